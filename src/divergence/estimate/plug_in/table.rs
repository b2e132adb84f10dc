//! Counts on common bins: the plug-in value, its bias and its error.

use super::bins::bin;
use crate::divergence::estimate::reduce::Reduced;
use crate::divergence::generator::{FDivergence, Generator};
use crate::divergence::kind::Kind;
use crate::error::{Error, Index, Result};
use crate::measure::{Empirical, Pmf};
use libm::erfc;
use rayon::prelude::*;
use std::f64::consts::{FRAC_1_SQRT_2, PI};

/// Bins are a product of intervals; no more of them than this.
const MOST_BINS: usize = 1 << 22;

/// What becomes of bins in which one of the samples has no row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum EmptyBins {
    /// Their mass is zero: the divergence may be infinite.
    Exact,
    /// So many rows are added to every bin of either sample, those empty in both included: 1/2 is Jeffreys' choice and
    /// 1 Laplace's. Pulls both laws towards the uniform one.
    Additive(f64),
}

/// What is taken off the plug-in value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BiasCorrection {
    /// Nothing.
    None,
    /// The second-order term, in nats, and the pull of the rows added to bins; where `f` has a kink (`tv`, `hockey_stick`)
    /// what noise adds to the absolute values.
    MillerMadow,
    /// The jackknife's estimate of the bias, leaving out one row of either sample. O(bins²).
    Jackknife,
}

/// Share of a law in bins without a row of the other from which there is no upper bound.
const MOST_UNSEEN: f64 = 0.1;

/// The `g` at which `f` has a kink, where it has one: `tv` is half of `Σ |p - q|`, `hockey_stick:g` of `Σ |p - g q| + p - g q`.
pub(super) fn kink(kind: &Kind) -> Option<f64> {
    match kind {
        Kind::F(f) => f.kink(),
        _ => None,
    }
}

/// Counts on common bins.
pub(super) struct BinCounts {
    kind: Kind,
    x: Vec<f64>,
    y: Vec<f64>,
    empty: EmptyBins,
}

impl BinCounts {
    pub(super) fn new(kind: Kind, x: &Empirical, y: &Empirical, edges: &[Vec<f64>], empty: EmptyBins) -> Result<Self> {
        let cells = edges.iter().map(|e| e.len() - 1).try_fold(1usize, usize::checked_mul);
        let Some(cells) = cells.filter(|&cells| cells <= MOST_BINS) else {
            return Err(Error::out_of_domain(
                "bins of the histogram in all columns together",
                edges.iter().map(|e| (e.len() - 1) as f64).product(),
                format!("at most {MOST_BINS}; take fewer bins a column, or an estimator without bins"),
            ));
        };
        Ok(Self { kind, x: counts(x, edges, cells), y: counts(y, edges, cells), empty })
    }

    /// The value less its bias, and the bias.
    pub(super) fn corrected(&self, correction: BiasCorrection) -> Result<(f64, f64)> {
        let plug_in = self.value(&self.x, &self.y)?;
        let bias = match correction {
            BiasCorrection::None => 0.0,
            // noise adds no more to a sum of positive parts than there is
            BiasCorrection::MillerMadow if kink(&self.kind).is_some() => self.kink_bias().min(plug_in),
            BiasCorrection::MillerMadow => self.moments(self.empty)?.0,
            BiasCorrection::Jackknife => self.jackknife(plug_in)?,
        };
        Ok((if plug_in.is_finite() { plug_in - bias } else { plug_in }, bias))
    }

    /// The standard error; no bin is believed to be empty for not having been met.
    pub(super) fn error(&self) -> Result<f64> {
        let (_, error) = self.moments(self.empty)?;
        if self.empty != EmptyBins::Exact {
            return Ok(error);
        }
        Ok(error.max(self.moments(EmptyBins::Additive(0.5))?.1))
    }

    fn law(counts: &[f64], empty: EmptyBins) -> Result<Pmf> {
        match empty {
            EmptyBins::Exact => Pmf::normalised(counts),
            EmptyBins::Additive(rows) => Pmf::normalised(counts.iter().map(|c| c + rows).collect::<Vec<_>>()),
        }
    }

    fn value(&self, x: &[f64], y: &[f64]) -> Result<f64> {
        Ok(self.kind.evaluate(&Self::law(x, self.empty)?, &Self::law(y, self.empty)?)?.value)
    }

    pub(super) fn cells(&self) -> usize {
        self.x.len()
    }

    /// Whether no bin has rows of both samples.
    pub(super) fn is_apart(&self) -> bool {
        self.x.iter().zip(&self.y).all(|(x, y)| x * y == 0.0)
    }

    fn generator(&self) -> (Reduced, FDivergence) {
        let Some(reduced) = Reduced::new(&self.kind) else { unreachable!("a kind that is supported has a functional") };
        let f = reduced.core.generator();
        (reduced, f)
    }

    /// Why nothing bounds the divergence from above, where nothing does: a part of one law where no row of the other is.
    pub(super) fn without_bound(&self) -> Option<String> {
        let (reduced, f) = self.generator();
        let alone = |of: &[f64], other: &[f64]| {
            let alone: f64 = of.iter().zip(other).filter(|(_, other)| **other == 0.0).map(|(of, _)| of).sum();
            alone / of.iter().sum::<f64>()
        };
        let unbounded = |greatest: f64, share: f64| greatest.is_infinite() && share > MOST_UNSEEN;
        let (x, y) = (alone(&self.x, &self.y), alone(&self.y, &self.x));
        let apart = reduced.order.is_some() && self.is_apart();
        let seen = |share: f64, of: &str, other: &str| {
            format!(
                "{:.0} % of {of} is in bins without a row of {other}: the divergence may be infinite",
                100.0 * share
            )
        };
        if unbounded(f.slope_at_infinity(), x) || apart {
            Some(seen(x, "x", "y"))
        } else if unbounded(f.at_zero(), y) {
            Some(seen(y, "y", "x"))
        } else {
            None
        }
    }

    /// By how much the plug-in value of a kind with a kink is above the dual value with signs from one half of the rows,
    /// judged by the other, on average over all halvings; zero for other kinds.
    pub(super) fn doubt(&self) -> f64 {
        let excess = |d: f64, s: f64| {
            let t = (d / s).abs();
            s * (normal_density(t) + t * normal_tail(t))
        };
        self.differences().map(|(d, s)| excess(d, s)).sum()
    }

    /// What noise adds to the plug-in value of a kind with a kink, at the observed shares.
    fn kink_bias(&self) -> f64 {
        self.kink_biases().sum()
    }

    /// The same for each bin.
    fn kink_biases(&self) -> impl Iterator<Item = f64> {
        self.differences().map(|(d, s)| {
            let t = (d / s).abs();
            s * (normal_density(t) - t * normal_tail(t))
        })
    }

    /// `p - g q` in each bin and its standard error, where the kind has a kink at `g`.
    fn differences(&self) -> impl Iterator<Item = (f64, f64)> {
        let (n, m): (f64, f64) = (self.x.iter().sum(), self.y.iter().sum());
        let of_bin = move |g: f64, (x, y): (&f64, &f64)| {
            let (p, q) = (x / n, y / m);
            (p - g * q, (p * (1.0 - p) / n + g * g * q * (1.0 - q) / m).sqrt())
        };
        let bins = kink(&self.kind).map(|g| self.x.iter().zip(&self.y).map(move |pair| of_bin(g, pair)));
        bins.into_iter().flatten().filter(|(_, s)| *s > 0.0)
    }

    /// The bias, of second order and from the rows added, and the standard error.
    fn moments(&self, empty: EmptyBins) -> Result<(f64, f64)> {
        let (reduced, f) = self.generator();
        let (p, q) = (Self::law(&self.x, empty)?, Self::law(&self.y, empty)?);
        let (n, m): (f64, f64) = (self.x.iter().sum(), self.y.iter().sum());
        let core = crate::divergence::f_divergence(&f, &p, &q)?.value;
        let kinked = kink(&self.kind).is_some();
        // u f''(u), by a central difference in ln u: (f'(u e^h) - f'(u e^-h))/2h; nothing but at the kink where f has one
        let bend = |p: f64, q: f64| match kinked {
            true => 0.0,
            false => (f.dual_optimum(p * (1.0 + 1e-4), q) - f.dual_optimum(p * (1.0 - 1e-4), q)) / 2e-4,
        };
        let added = matches!(empty, EmptyBins::Additive(rows) if rows > 0.0);
        let pull = |value: f64, full: f64, share: f64| if added { value * (full - share) } else { 0.0 };
        let (mut x, mut y) = (Moments::default(), Moments::default());
        let (mut second, mut wobble) = (self.kink_bias(), self.kink_biases().map(|b| b * b).sum::<f64>());
        for (i, (&p, &q)) in p.masses().iter().zip(q.masses()).enumerate() {
            if p > 0.0 {
                let value = f.dual_optimum(p, q);
                x.add(p, value);
                second += pull(value, p, self.x[i] / n);
            }
            if q > 0.0 {
                let value = if p > 0.0 { f.conjugate(f.dual_optimum(p, q)) } else { -f.at_zero() };
                y.add(q, value);
                second -= pull(value, q, self.y[i] / m);
            }
            if p > 0.0 && q > 0.0 {
                let (bend, u) = (bend(p, q), p / q);
                second += 0.5 * bend * ((1.0 - p) / n + u * (1.0 - q) / m);
                wobble += 0.5 * (bend * ((1.0 - p) / n + u * (1.0 - q) / m)).powi(2);
            }
        }
        let first = x.variance() / n + y.variance() / m;
        let variance = (first - wobble).max(wobble);
        let (carried, error) = reduced.carry(core, variance.sqrt());
        let bias = reduced.slope(core) * second + reduced.value(core) - carried;
        Ok((if bias.is_finite() { bias } else { 0.0 }, if error.is_nan() { f64::INFINITY } else { error }))
    }

    /// `(n-1)(mean without a row - plug-in)` of either sample.
    fn jackknife(&self, plug_in: f64) -> Result<f64> {
        let without = |counts: &[f64], value: &(dyn Fn(&[f64]) -> Result<f64> + Sync)| -> Result<f64> {
            let total: f64 = counts.iter().sum();
            let occupied: Vec<usize> = (0..counts.len()).filter(|&i| counts[i] > 0.0).collect();
            let each = |&i: &usize| {
                let mut fewer = counts.to_vec();
                fewer[i] -= 1.0;
                Ok(counts[i] * (value(&fewer)? - plug_in))
            };
            let terms: Vec<Result<f64>> = occupied.par_iter().map(each).collect();
            let sum = terms.into_iter().sum::<Result<f64>>()?;
            Ok((total - 1.0) / total * sum)
        };
        let bias = without(&self.x, &|x| self.value(x, &self.y))? + without(&self.y, &|y| self.value(&self.x, y))?;
        if bias.is_finite() || plug_in.is_infinite() {
            return Ok(bias);
        }
        let at = self.y.iter().zip(&self.x).position(|(&y, &x)| (y < 1.5) != (x < 1.5)).unwrap_or(0);
        Err(Error::unsupported(
            "the jackknife of an infinite divergence",
            format!("without one row a bin near {} is empty; add a share of a row to every bin", Index::Entry(at)),
        ))
    }
}

/// Mean and variance of a function of the bins.
#[derive(Default)]
struct Moments {
    terms: Vec<(f64, f64)>,
}

impl Moments {
    fn add(&mut self, mass: f64, value: f64) {
        self.terms.push((mass, value));
    }

    fn variance(&self) -> f64 {
        let mean: f64 = self.terms.iter().map(|(w, v)| w * v).sum();
        self.terms.iter().map(|(w, v)| w * (v - mean) * (v - mean)).sum()
    }
}

/// Rows of a sample in each cell of the product of the columns' bins.
fn counts(sample: &Empirical, edges: &[Vec<f64>], cells: usize) -> Vec<f64> {
    let mut cell_of = vec![0usize; sample.len()];
    for (column, edges) in sample.points().columns().into_iter().zip(edges) {
        let bins = edges.len() - 1;
        for (cell, &x) in cell_of.iter_mut().zip(column) {
            *cell = *cell * bins + bin(edges, x);
        }
    }
    let mut counts = vec![0.0; cells];
    cell_of.into_iter().for_each(|cell| counts[cell] += 1.0);
    counts
}

fn normal_density(t: f64) -> f64 {
    (-0.5 * t * t).exp() / (2.0 * PI).sqrt()
}

fn normal_tail(t: f64) -> f64 {
    0.5 * erfc(t * FRAC_1_SQRT_2)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against means over the noise, summed on a grid.
    #[test]
    fn what_noise_adds_to_an_absolute_value() {
        let average = |d: f64, s: f64, of: &dyn Fn(f64) -> f64| {
            let steps = (-8000..=8000).map(|i| f64::from(i) * 1e-3);
            steps.map(|z| 1e-3 * normal_density(z) * of(d + s * z)).sum::<f64>()
        };
        for (x, y) in [(50.0, 50.0), (60.0, 50.0), (20.0, 70.0)] {
            let table = BinCounts {
                kind: Kind::F(FDivergence::TotalVariation),
                x: vec![x, 100.0 - x],
                y: vec![y, 200.0 - y],
                empty: EmptyBins::Exact,
            };
            let (mut bias, mut doubt) = (0.0, 0.0);
            for (d, s) in table.differences() {
                bias += 0.5 * (average(d, s, &f64::abs) - d.abs());
                // half the rows have the difference d + e, the other half d - e, and e has the error s
                doubt += 0.5 * (d.abs() - average(d, s, &|half: f64| half.signum() * (2.0 * d - half)));
            }
            assert!((table.kink_bias() - bias).abs() < 1e-6 && (table.doubt() - doubt).abs() < 1e-3, "{x} {y}");
            assert!(bias < doubt);
        }
    }
}
