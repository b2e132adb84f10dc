//! Pearson's chi-squared, `sum (p-q)^2/q`.

use crate::divergence::generator::block::{self, Alone, Cell, Each, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF};
use crate::divergence::generator::signal::Signal;
use crate::numeric::scaled_expm1;

/// `f = (u-1)^2`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pearson;

impl ClosedForm for Pearson {
    fn name(&self) -> &'static str {
        "pearson"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        (u - 1.0) * (u - 1.0)
    }
    fn df(&self, u: f64) -> f64 {
        2.0 * (u - 1.0)
    }
    fn at_zero(&self) -> f64 {
        1.0
    }
    fn slope_at_infinity(&self) -> f64 {
        INF
    }
    fn conjugate(&self, t: f64) -> f64 {
        if mutate!(t < -2.0, ConjugateUnclipped, |_| false) { -1.0 } else { t * (0.25 * t + 1.0) }
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (0.5 * t + 1.0).max(0.0)
    }
    fn curvature(&self) -> Option<f64> {
        Some(2.0)
    }
    fn functional(&self) -> Functional {
        Functional::Alpha { order: 2.0, scale: 2.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let difference = p - q;
        difference / q * difference
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (2.0 * l.exp_m1(), (2.0 * l).exp_m1())
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        scaled_expm1(q, 2.0 * l)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v)
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        // (max(v, -2) + 2)^2/4 - 1 is v^2/4 + v above -2 and -1 below
        Some(v.shift(2.0).relu().square().scale(0.25).shift(-1.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(PearsonCell), p, q, alone)
    }
}

/// A cell and its dual in a block.
pub(super) struct PearsonCell;

impl Cell for PearsonCell {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let half = difference / q;
        let t = 2.0 * half;
        // f*(t) = t + t^2/4
        (half * difference, t * (difference - q * (0.25 * t)))
    }
}
