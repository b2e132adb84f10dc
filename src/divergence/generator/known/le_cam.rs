//! Le Cam's, or triangular, discrimination, `sum (p-q)^2/(p+q)`.

use crate::divergence::generator::block::{self, Alone, Cell, Each, Sums};
use crate::divergence::generator::closed_form::ClosedForm;
use crate::divergence::generator::signal::Signal;
use crate::numeric::contrast;

/// `f = (u-1)^2/(u+1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LeCam;

impl ClosedForm for LeCam {
    fn name(&self) -> &'static str {
        "le_cam"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        (u - 1.0) / (u + 1.0) * (u - 1.0)
    }
    fn df(&self, u: f64) -> f64 {
        (u - 1.0) / (u + 1.0) * ((u + 3.0) / (u + 1.0))
    }
    fn at_zero(&self) -> f64 {
        1.0
    }
    fn slope_at_infinity(&self) -> f64 {
        1.0
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t < -3.0 {
            return -1.0;
        }
        let s = (1.0 - t).sqrt();
        t * (3.0 - s) / (1.0 + s)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (2.0 / (1.0 - t).sqrt() - 1.0).max(0.0)
    }
    fn curvature(&self) -> Option<f64> {
        Some(1.0)
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn metric_power(&self) -> Option<f64> {
        Some(0.5)
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        contrast(p, q) * (p - q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let d = (0.5 * l).tanh();
        (d * (2.0 - d), d * (2.0 + d))
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp_m1()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        // (1-s)(3-s) with s = e^(-v/2)
        let gap = -(-0.5 * v).exp_m1();
        if gap < -1.0 { -1.0 } else { gap * (2.0 + gap) }
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        // d (2 - d) with d = tanh(v/2)
        Some((-(-v.scale(0.5).tanh()).shift(1.0).square()).shift(1.0))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.scale(0.5).tanh().shift(1.0).square().shift(-1.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(LeCamCell), p, q, alone)
    }
}

struct LeCamCell;

impl Cell for LeCamCell {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let d = difference / (p + q);
        let t = d * (2.0 - d);
        // f*(t) = t (3-s)/(1+s) = t + 2 t^2/(1+s)^2 with s = sqrt(1-t)
        let s = 1.0 + (1.0 - t).max(0.0).sqrt();
        (d * difference, t * (difference - 2.0 * q * (t / (s * s))))
    }
}
