//! What deviations from a marginal cost, and the duality that prices them.
//!
//! Every pair of potentials with `u_i + v_j <= c_ij` proves that unbalanced transport costs at least
//! `sum_i d(u_i) + sum_j d(v_j)`, with `d(u) = inf over x >= 0 of D(x) + u x` for the penalty `D` of a point, the sign of
//! the potential turned so that `d` grows with it.

use crate::error::{Error, Result};
use crate::numeric::{Sum, kl_cell, wright_omega};
use crate::transport::problem::certify::ULPS;
use crate::transport::problem::cost::Cost;

/// What it costs when the mass `x_i` that a plan moves from (or to) a point is not the mass `a_i` that is there.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Marginal {
    /// It must be: the marginal of ordinary transport.
    Exact,
    /// `strength * sum x_i ln(x_i/a_i) - x_i + a_i`; where there is no mass none may be moved.
    Kl(f64),
    /// `strength/2 * sum (x_i - a_i)²`.
    L2(f64),
    /// `strength * sum |x_i - a_i|`: to create or to destroy a unit of mass costs so much, wherever that is.
    Tv(f64),
}

impl Marginal {
    pub(in crate::transport) fn validate(self) -> Result<()> {
        match self {
            Self::Kl(value) | Self::L2(value) | Self::Tv(value) if !(value > 0.0 && value.is_finite()) => {
                Err(Error::out_of_domain("strength of a marginal", value, "a positive number, or Marginal::Exact"))
            }
            _ => Ok(()),
        }
    }

    /// What creating a unit of mass costs at most.
    pub(in crate::transport) fn price(self) -> f64 {
        if let Self::Tv(strength) = self { strength } else { f64::INFINITY }
    }

    /// What a point of mass `a` pays for moving `x`.
    pub(in crate::transport) fn penalty(self, x: f64, a: f64) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl(strength) => strength * kl_cell(x, a),
            Self::L2(strength) => 0.5 * strength * (x - a) * (x - a),
            Self::Tv(strength) => strength * (x - a).abs(),
        }
    }

    /// `d(u) = inf over x >= 0 of penalty(x, a) + u x` with the sign of the potential turned, so that it grows with `u`.
    pub(in crate::transport) fn dual(self, u: f64, a: f64) -> f64 {
        match self {
            Self::Exact if a > 0.0 => a * u,
            Self::Kl(strength) if a > 0.0 => -strength * a * (-u / strength).exp_m1(),
            Self::L2(strength) => {
                let u = u.min(strength * a);
                u * (a - 0.5 * u / strength)
            }
            Self::Tv(strength) if u < -strength => f64::NEG_INFINITY,
            Self::Tv(strength) => a * u.min(strength),
            _ => 0.0,
        }
    }

    /// By how much `penalty(x, a) + u x` exceeds its least value, without cancellation: zero where `x` is the mass asked for.
    pub(in crate::transport) fn excess(self, x: f64, u: f64, a: f64) -> f64 {
        let asked = self.asked(u, a);
        match self {
            Self::L2(strength) => 0.5 * strength * (x - asked) * (x - asked) + (u - strength * a).max(0.0) * x,
            Self::Tv(strength) if x > a => (strength + u) * (x - a),
            Self::Tv(strength) => (strength - u).max(0.0) * (a - x) + (u - strength).max(0.0) * x,
            // the mass asked for may be too small for a number, and what arrives is the rounding of nothing
            Self::Kl(strength) if asked == 0.0 && x > 0.0 => {
                (strength * x * ((x / a).ln() + u / strength - 1.0)).max(0.0)
            }
            _ => self.penalty(x, asked),
        }
    }

    /// The mass at which that infimum is attained.
    pub(in crate::transport) fn asked(self, u: f64, a: f64) -> f64 {
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
            Self::Tv(strength) => {
                if u > strength {
                    0.0
                } else {
                    a
                }
            }
        }
    }

    /// A potential beyond which the dual hardly grows: for a point that nothing can reach.
    pub(in crate::transport) fn saturated(self, a: f64) -> f64 {
        match self {
            Self::Exact => 0.0,
            Self::Kl(strength) => 700.0 * strength,
            Self::L2(strength) => strength * a,
            Self::Tv(strength) => strength,
        }
    }

    /// `eps` times the curvature of the dual at a potential that takes the best value, in units of mass.
    pub(in crate::transport) fn stiffness(self, u: f64, a: f64, eps: f64) -> f64 {
        match self {
            // at an end the potential does not follow
            Self::Tv(strength) if u.abs() >= strength => f64::MAX.sqrt(),
            marginal => marginal.stiffness_inside(u, a, eps),
        }
    }

    /// The same where the potential is free to move.
    pub(in crate::transport) fn stiffness_inside(self, u: f64, a: f64, eps: f64) -> f64 {
        match self {
            Self::Exact | Self::Tv(_) => 0.0,
            Self::Kl(strength) => eps * (self.asked(u, a) / strength),
            Self::L2(strength) => {
                if u < strength * a {
                    eps / strength
                } else {
                    0.0
                }
            }
        }
    }

    /// The nearest potential whose dual is finite.
    pub(in crate::transport) fn admissible(self, u: f64) -> f64 {
        if let Self::Tv(strength) = self { u.clamp(-strength, strength) } else { u }
    }

    /// The potential that asks for the mass it gets, `a exp((u - soft)/eps)`.
    pub(in crate::transport) fn update(self, soft: f64, a: f64, eps: f64) -> f64 {
        if a == 0.0 {
            return 0.0;
        }
        if soft == f64::INFINITY {
            return self.saturated(a);
        }
        match self {
            Self::Exact => soft,
            Self::Kl(strength) => soft * (strength / (strength + eps)),
            Self::Tv(strength) => soft.clamp(-strength, strength),
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
pub(in crate::transport) struct Side<'m> {
    pub masses: &'m [f64],
    pub marginal: Marginal,
}

impl Side<'_> {
    fn sum(&self, of: impl Fn(Marginal, f64, f64) -> f64, at: &[f64]) -> f64 {
        Sum::of(self.masses.iter().zip(at).map(|(&a, &x)| of(self.marginal, x, a)))
    }

    pub(in crate::transport) fn penalty(&self, sums: &[f64]) -> f64 {
        self.sum(Marginal::penalty, sums)
    }

    pub(in crate::transport) fn dual(&self, potential: &[f64]) -> f64 {
        self.sum(Marginal::dual, potential)
    }

    /// The size of the terms of the dual value, and by how much at most it exceeds what it stands for: potentials are
    /// rounded, and each is worth the mass that it asks for.
    fn rounding(&self, potential: &[f64]) -> (f64, f64) {
        let size = self.sum(|marginal, u, a| marginal.dual(u, a).abs(), potential);
        let worth = |marginal: Marginal, u: f64, a: f64| {
            let asked = marginal.asked(u, a);
            if asked > 0.0 { asked * u.abs() } else { 0.0 }
        };
        (size, f64::EPSILON * self.sum(worth, potential))
    }

    /// The size of the terms of the dual over points that have mass.
    pub(in crate::transport) fn terms(&self, potential: &[f64]) -> f64 {
        self.sum(|marginal, u, a| if a > 0.0 { marginal.dual(u, a).abs() } else { 0.0 }, potential)
    }

    /// The dual over points that have mass: where there is none the regularised problem moves none.
    pub(in crate::transport) fn dual_on_support(&self, potential: &[f64]) -> f64 {
        self.sum(|marginal, u, a| if a > 0.0 { marginal.dual(u, a) } else { 0.0 }, potential)
    }

    /// The size of the terms of penalty and dual, for what rounding can do to their sums.
    pub(in crate::transport) fn size(&self) -> f64 {
        self.sum(|marginal, _, a| marginal.penalty(0.0, a), self.masses)
    }

    /// What this side adds to the logarithms of the plan in a step of the majorisation for KL, from the logarithms of its sums.
    pub(in crate::transport) fn log_factors(&self, ln_sums: &[f64], strength: f64, other: f64) -> Vec<f64> {
        let factor = |(&a, &ln_x): (&f64, &f64)| {
            if a > 0.0 && ln_x.is_finite() { (a.ln() - ln_x) * (strength / (strength + other)) } else { 0.0 }
        };
        self.masses.iter().zip(ln_sums).map(factor).collect()
    }
}

/// The lower bound that feasible potentials prove, and what rounding may have done to it.
pub(in crate::transport) fn proven(sides: &[Side<'_>; 2], (u, v): (&[f64], &[f64])) -> (f64, f64) {
    let ((size_u, excess_u), (size_v, excess_v)) = (sides[0].rounding(u), sides[1].rounding(v));
    let excess = excess_u + excess_v;
    (sides[0].dual(u) + sides[1].dual(v) - excess, ULPS * (size_u + size_v) + excess)
}

/// The constant that, added to the potential of the rows and taken from that of the columns, makes both sides ask for the same
/// total; zero where that has no closed form.
pub(in crate::transport) fn translation(sides: &[Side<'_>; 2], u: &[f64], v: &[f64]) -> f64 {
    let asked = [(&sides[0], u), (&sides[1], v)]
        .map(|(side, p)| side.sum(|marginal, u, a| if a > 0.0 { marginal.asked(u, a) } else { 0.0 }, p));
    let slopes = sides.map(|side| match side.marginal {
        Marginal::Exact => (0.0, 0.0),
        Marginal::Kl(strength) => (1.0 / strength, f64::NAN),
        Marginal::Tv(_) => (f64::NAN, f64::NAN),
        Marginal::L2(strength) => (f64::NAN, side.masses.iter().filter(|a| **a > 0.0).count() as f64 / strength),
    });
    let logarithmic = (asked[0] / asked[1]).ln() / (slopes[0].0 + slopes[1].0);
    let linear = (asked[0] - asked[1]) / (slopes[0].1 + slopes[1].1);
    [logarithmic, linear].into_iter().find(|t| t.is_finite()).unwrap_or(0.0)
}

/// Feasible potentials from any of the columns: the c-transform, then the best constant. O(n m).
///
/// None is larger than what makes its dual saturated. Beyond it would prove nothing, and take the digits of the others.
pub(in crate::transport) fn feasible(cost: &Cost, sides: &[Side<'_>; 2], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let capped = |side: &Side<'_>, least: f64, mass: f64| match side.marginal {
        Marginal::Exact if least == f64::INFINITY => 0.0,
        Marginal::Exact => least,
        // no lower either, but for rounding: the potentials of the other side leave room
        Marginal::Tv(strength) => least.clamp(-strength, strength),
        marginal => least.min(marginal.saturated(mass)),
    };
    // where no mass may arrive no potential is needed: it must not bind those of the rows
    let needed = |b: f64| b > 0.0 || matches!(sides[1].marginal, Marginal::L2(_) | Marginal::Tv(_));
    let mut binding: Vec<f64> =
        v.iter().zip(sides[1].masses).map(|(v, b)| if needed(*b) { *v } else { f64::NEG_INFINITY }).collect();
    let mut row = vec![0.0; v.len()];
    if let Marginal::Tv(strength) = sides[1].marginal {
        // what creating mass there costs; the rows may take no more
        binding.iter_mut().for_each(|v| *v = v.max(-strength));
    }
    if let Marginal::Tv(strength) = sides[0].marginal {
        // so that no row needs less than what creating mass there costs
        let mut cheapest = vec![f64::INFINITY; v.len()];
        for i in 0..sides[0].masses.len() {
            cost.fill(i, 0, &mut row);
            cheapest.iter_mut().zip(&row).for_each(|(least, c)| *least = least.min(*c));
        }
        binding.iter_mut().zip(&cheapest).for_each(|(v, least)| *v = v.min(least + strength));
    }
    let mut lowest = vec![f64::INFINITY; v.len()];
    let mut u = Vec::with_capacity(sides[0].masses.len());
    for (i, &mass) in sides[0].masses.iter().enumerate() {
        cost.fill(i, 0, &mut row);
        let least = row.iter().zip(&binding).map(|(c, v)| c - v).fold(f64::INFINITY, f64::min);
        let p = capped(&sides[0], least, mass);
        for (lowest, c) in lowest.iter_mut().zip(&row) {
            *lowest = lowest.min(c - p);
        }
        u.push(p);
    }
    let v: Vec<f64> = lowest.iter().zip(sides[1].masses).map(|(p, b)| capped(&sides[1], *p, *b)).collect();
    let value = |u: &[f64], v: &[f64]| sides[0].dual(u) + sides[1].dual(v);
    let shift = translation(sides, &u, &v);
    let moved = |p: &[f64], by: f64| -> Vec<f64> { p.iter().map(|p| p + by).collect() };
    let candidate = (moved(&u, shift), moved(&v, -shift));
    if value(&candidate.0, &candidate.1) > value(&u, &v) { candidate } else { (u, v) }
}
