//! What deviations from a marginal cost, and the duality that prices them.
//!
//! Every pair of potentials with `u_i + v_j <= c_ij` proves that unbalanced transport costs at least
//! `sum_i d(u_i) + sum_j d(v_j)`, with `d(u) = inf over x >= 0 of D(x) + u x` for the penalty `D` of a point, the sign of
//! the potential turned so that `d` grows with it.

use super::certify::c_transform;
use super::cost::Cost;
use crate::error::{Error, Result};
use crate::numeric::{Sum, kl_cell, wright_omega};

/// What it costs when the mass `x_i` that a plan moves from (or to) a point is not the mass `a_i` that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Marginal {
    /// It must be: the marginal of ordinary transport.
    Exact,
    /// `strength * sum x_i ln(x_i/a_i) - x_i + a_i`; where there is no mass none may be moved.
    Kl(f64),
    /// `strength/2 * sum (x_i - a_i)²`.
    L2(f64),
}

impl Marginal {
    pub(super) fn validate(self) -> Result<()> {
        match self {
            Self::Kl(value) | Self::L2(value) if !(value > 0.0 && value.is_finite()) => Err(Error::OutOfDomain {
                what: "strength of a marginal".to_owned(),
                value,
                expected: "a positive number, or Marginal::Exact".to_owned(),
            }),
            _ => Ok(()),
        }
    }

    /// What a point of mass `a` pays for moving `x`.
    pub(super) fn penalty(self, x: f64, a: f64) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl(strength) => strength * kl_cell(x, a),
            Self::L2(strength) => 0.5 * strength * (x - a) * (x - a),
        }
    }

    /// `d(u) = inf over x >= 0 of penalty(x, a) + u x` with the sign of the potential turned, so that it grows with `u`.
    pub(super) fn dual(self, u: f64, a: f64) -> f64 {
        match self {
            Self::Exact if a > 0.0 => a * u,
            Self::Kl(strength) if a > 0.0 => -strength * a * (-u / strength).exp_m1(),
            Self::L2(strength) => {
                let u = u.min(strength * a);
                u * (a - 0.5 * u / strength)
            }
            _ => 0.0,
        }
    }

    /// The mass at which that infimum is attained.
    pub(super) fn asked(self, u: f64, a: f64) -> f64 {
        match self {
            Self::Exact => a,
            Self::Kl(strength) => {
                if a > 0.0 {
                    a * (-u / strength).exp()
                } else {
                    0.0
                }
            }
            Self::L2(strength) => (a - u / strength).max(0.0),
        }
    }

    /// A potential beyond which the dual hardly grows: for a point that nothing can reach.
    pub(super) fn saturated(self, a: f64) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl(strength) => 700.0 * strength,
            Self::L2(strength) => strength * a,
        }
    }

    /// The potential that asks for the mass it gets, `a exp((u - soft)/eps)`.
    pub(super) fn update(self, soft: f64, a: f64, eps: f64) -> f64 {
        if a == 0.0 {
            return 0.0;
        }
        if soft == f64::INFINITY {
            return self.saturated(a);
        }
        match self {
            Self::Exact => soft,
            Self::Kl(strength) => soft * (strength / (strength + eps)),
            Self::L2(strength) => {
                // k e^y + y = k - soft/eps with y = (u - soft)/eps: w = k e^y solves w + ln w = k + ln k - soft/eps
                let k = a * strength / eps;
                let w = wright_omega(k + k.ln() - soft / eps);
                if w > 0.5 * k { soft + eps * (w / k).ln() } else { strength * a - eps * w }
            }
        }
    }
}

/// The masses of one side and what a deviation from them costs.
#[derive(Clone, Copy)]
pub(super) struct Side<'m> {
    pub masses: &'m [f64],
    pub marginal: Marginal,
}

impl Side<'_> {
    fn sum(&self, of: impl Fn(Marginal, f64, f64) -> f64, at: &[f64]) -> f64 {
        Sum::of(self.masses.iter().zip(at).map(|(&a, &x)| of(self.marginal, x, a)))
    }

    pub(super) fn penalty(&self, sums: &[f64]) -> f64 {
        self.sum(Marginal::penalty, sums)
    }

    pub(super) fn dual(&self, potential: &[f64]) -> f64 {
        self.sum(Marginal::dual, potential)
    }

    /// The dual over points that have mass: where there is none the regularised problem moves none.
    pub(super) fn dual_on_support(&self, potential: &[f64]) -> f64 {
        self.sum(|marginal, u, a| if a > 0.0 { marginal.dual(u, a) } else { 0.0 }, potential)
    }

    /// The size of the terms of penalty and dual, for what rounding can do to their sums.
    pub(super) fn size(&self) -> f64 {
        self.sum(|marginal, _, a| marginal.penalty(0.0, a), self.masses)
    }

    /// What this side contributes to a step of the majorisation: a factor for KL, a denominator for L2.
    pub(super) fn step(&self, sums: &[f64], other: &Self) -> Vec<f64> {
        let factor = |(&a, &x): (&f64, &f64)| match (self.marginal, other.marginal) {
            (Marginal::Kl(own), Marginal::Kl(other)) if x > 0.0 => (a / x).powf(own / (own + other)),
            (Marginal::L2(own), _) => own * x,
            _ => 0.0,
        };
        self.masses.iter().zip(sums).map(factor).collect()
    }
}

/// The constant that, added to the potential of the rows and taken from that of the columns, makes both sides ask for the same
/// total; zero where that has no closed form.
pub(super) fn translation(sides: &[Side<'_>; 2], u: &[f64], v: &[f64]) -> f64 {
    let asked = [(&sides[0], u), (&sides[1], v)]
        .map(|(side, p)| side.sum(|marginal, u, a| if a > 0.0 { marginal.asked(u, a) } else { 0.0 }, p));
    let slopes = sides.map(|side| match side.marginal {
        Marginal::Exact => (0.0, 0.0),
        Marginal::Kl(strength) => (1.0 / strength, f64::NAN),
        Marginal::L2(strength) => (f64::NAN, side.masses.iter().filter(|a| **a > 0.0).count() as f64 / strength),
    });
    let logarithmic = (asked[0] / asked[1]).ln() / (slopes[0].0 + slopes[1].0);
    let linear = (asked[0] - asked[1]) / (slopes[0].1 + slopes[1].1);
    [logarithmic, linear].into_iter().find(|t| t.is_finite()).unwrap_or(0.0)
}

/// Rows and columns with forbidden arcs only.
pub(super) fn isolated(cost: &Cost) -> [Vec<bool>; 2] {
    let (n, m) = cost.shape();
    let (mut rows, mut columns) = (vec![true; n], vec![true; m]);
    let mut costs = vec![0.0; m];
    for (i, row) in rows.iter_mut().enumerate() {
        cost.fill(i, 0, &mut costs);
        for (c, column) in costs.iter().zip(&mut columns) {
            *row &= c.is_infinite();
            *column &= c.is_infinite();
        }
    }
    [rows, columns]
}

/// Feasible potentials from any of the columns: the c-transform, then the best constant.
pub(super) fn feasible(
    cost: &Cost,
    sides: &[Side<'_>; 2],
    isolated: &[Vec<bool>; 2],
    v: Vec<f64>,
) -> (Vec<f64>, Vec<f64>) {
    let (mut u, mut v) = (vec![0.0; cost.shape().0], v);
    for (v, &b) in v.iter_mut().zip(sides[1].masses) {
        // where no mass may arrive no potential is needed: it must not bind those of the rows
        if b == 0.0 && !matches!(sides[1].marginal, Marginal::L2(_)) {
            *v = -1e300;
        }
    }
    c_transform(cost, &mut u, &mut v);
    let saturate = |potential: &mut [f64], k: usize| {
        for ((p, &alone), &a) in potential.iter_mut().zip(&isolated[k]).zip(sides[k].masses) {
            if alone {
                *p = sides[k].marginal.saturated(a);
            }
        }
    };
    saturate(&mut u, 0);
    saturate(&mut v, 1);
    let value = |u: &[f64], v: &[f64]| sides[0].dual(u) + sides[1].dual(v);
    let shift = translation(sides, &u, &v);
    let moved = |p: &[f64], by: f64| -> Vec<f64> { p.iter().map(|p| p + by).collect() };
    let candidate = (moved(&u, shift), moved(&v, -shift));
    if value(&candidate.0, &candidate.1) > value(&u, &v) { candidate } else { (u, v) }
}
