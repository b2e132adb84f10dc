//! Total variation, half the L1 distance, `sum abs(p-q)/2`.

use crate::divergence::generator::block::{self, Alone, Cell, Each, Sums};
use crate::divergence::generator::closed_form::ClosedForm;
use crate::divergence::generator::signal::Signal;

/// `f = |u-1|/2`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TotalVariation;

impl ClosedForm for TotalVariation {
    fn name(&self) -> &'static str {
        "tv"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        0.5 * (u - 1.0).abs()
    }
    fn df(&self, u: f64) -> f64 {
        0.5 * sign(u - 1.0)
    }
    fn at_zero(&self) -> f64 {
        0.5
    }
    fn slope_at_infinity(&self) -> f64 {
        0.5
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        t.max(-0.5)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        f64::from(u8::from(t >= -0.5))
    }
    fn curvature(&self) -> Option<f64> {
        None
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn metric_power(&self) -> Option<f64> {
        Some(1.0)
    }
    fn kink(&self) -> Option<f64> {
        Some(1.0)
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        0.5 * (p - q).abs()
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let t = 0.5 * sign(l);
        (t, t)
    }
    fn activation(&self, v: f64) -> f64 {
        0.5 * v.tanh()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        0.5 * v.tanh()
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.tanh().scale(0.5))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.tanh().scale(0.5))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(TotalVariationCell), p, q, alone)
    }
}

/// `sign(x)` with `sign(0) = 0`.
pub(super) fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

struct TotalVariationCell;

impl Cell for TotalVariationCell {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let t = 0.5f64.copysign(difference);
        (mutate!(0.5 * difference.abs(), TvWhole, |v| 2.0 * v), t * p - t * q)
    }
}
