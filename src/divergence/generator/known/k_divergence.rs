//! Lin's K-divergence, `KL(P,M)` with `M = (P+Q)/2`.

use crate::divergence::generator::closed_form::ClosedForm;
use crate::divergence::generator::parts::{ln_2_share, mean};
use crate::divergence::generator::signal::Signal;
use crate::numeric::{contrast, ln_2_sigmoid, minus_lambert, phi, softplus, x_ln_x_over_y};
use std::f64::consts::LN_2;

/// `f = u ln(2u/(1+u))`. Its conjugate is Lambert's function.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KDivergence;

impl ClosedForm for KDivergence {
    fn name(&self) -> &'static str {
        "k_divergence"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        u * ln_2_share(u)
    }
    fn df(&self, u: f64) -> f64 {
        ln_2_share(u) + (1.0 + u).recip()
    }
    fn at_zero(&self) -> f64 {
        0.0
    }
    fn slope_at_infinity(&self) -> f64 {
        LN_2
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        minus_lambert(LN_2 - t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        let w = minus_lambert(LN_2 - t);
        w / (1.0 - w)
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.25)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let d = contrast(p, q);
        if d > -0.5 { mean(p, q) * phi(d) } else { x_ln_x_over_y(p, mean(p, q)) - 0.5 * (p - q) }
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let d = (0.5 * l).tanh();
        (ln_2_sigmoid(l) - 0.5 * d, 0.5 * d)
    }
    fn activation(&self, v: f64) -> f64 {
        ln_2_sigmoid(v)
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        minus_lambert(softplus(-v))
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).softplus()) + v.scale(0.5).tanh().scale(-0.5).shift(LN_2 + 0.5))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.scale(0.5).tanh().scale(0.5).shift(0.5))
    }
}
