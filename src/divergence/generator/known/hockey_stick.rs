//! The hockey-stick divergence, `sum (p - g q)_+`; total variation at one.

use super::total_variation::{TotalVariation, sign};
use crate::divergence::generator::block::{Alone, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, outside};
use crate::error::Result;
use crate::numeric::sigmoid;

/// `f = (u-g)_+`, `g >= 1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HockeyStick(pub f64);

impl HockeyStick {
    #[allow(clippy::float_cmp)] // the kink is at u = 1 for g = 1 alone
    fn is_total_variation(self) -> bool {
        self.0 == 1.0
    }
}

impl ClosedForm for HockeyStick {
    fn name(&self) -> &'static str {
        "hockey_stick"
    }
    fn usual() -> Option<Self> {
        Some(Self(2.0))
    }
    fn check(&self) -> Result<()> {
        let fine = self.0 >= 1.0 && self.0.is_finite();
        if fine { Ok(()) } else { outside("g of hockey_stick", self.0, "a finite g >= 1") }
    }
    fn f(&self, u: f64) -> f64 {
        (u - self.0).max(0.0)
    }
    fn df(&self, u: f64) -> f64 {
        if self.is_total_variation() { 0.5 + 0.5 * sign(u - 1.0) } else { f64::from(u8::from(u > self.0)) }
    }
    fn at_zero(&self) -> f64 {
        0.0
    }
    fn slope_at_infinity(&self) -> f64 {
        1.0
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        self.0 * t.max(0.0)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        if t < 0.0 { 0.0 } else { self.0 }
    }
    fn curvature(&self) -> Option<f64> {
        (!self.is_total_variation()).then_some(0.0)
    }
    fn symmetric(&self) -> bool {
        self.is_total_variation()
    }
    fn metric_power(&self) -> Option<f64> {
        self.is_total_variation().then_some(1.0)
    }
    fn kink(&self) -> Option<f64> {
        Some(self.0)
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        if self.is_total_variation() { TotalVariation.cell(p, q) } else { (p - self.0 * q).max(0.0) }
    }
    fn dual_pair(&self, l: f64, (p, q): (f64, f64)) -> (f64, f64) {
        if self.is_total_variation() {
            TotalVariation.dual_pair(l, (p, q))
        } else if p > self.0 * q {
            (1.0, self.0)
        } else {
            (0.0, 0.0)
        }
    }
    fn activation(&self, v: f64) -> f64 {
        sigmoid(v)
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        if self.is_total_variation() { TotalVariation.sum_block(p, q, alone) } else { None }
    }
}
