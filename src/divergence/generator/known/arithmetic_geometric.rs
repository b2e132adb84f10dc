//! Twice the arithmetic-geometric mean divergence, `KL(M,P) + KL(M,Q)` with `M = (P+Q)/2`.

use crate::divergence::generator::closed_form::{ClosedForm, INF, centred};
use crate::divergence::generator::parts::{ln_cosh_half, mean};
use crate::divergence::generator::signal::Signal;
use crate::numeric::{contrast, first_float, ln_ratio, scaled_expm1};
use std::f64::consts::LN_2;

/// `f = (1+u) ln((1+u)/(2 sqrt u))`. Its conjugate has no closed form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ArithmeticGeometric;

impl ClosedForm for ArithmeticGeometric {
    fn name(&self) -> &'static str {
        "arithmetic_geometric"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        centred(self, u)
    }
    fn df(&self, u: f64) -> f64 {
        if u == 0.0 { -INF } else { ln_cosh_half(u.ln(), contrast(u, 1.0)) + 0.5 * ((u - 1.0) / u) }
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        INF
    }
    fn conjugate(&self, t: f64) -> f64 {
        let l = mean_logit(t);
        0.5 * l.exp_m1() - ln_cosh_half(l, (0.5 * l).tanh())
    }
    fn dconjugate(&self, t: f64) -> f64 {
        let l = mean_logit(t);
        let d = (0.5 * l).tanh();
        // l has few digits after the point where it is large: one step of Newton's method in u itself
        let (slope, bend) = (ln_cosh_half(l, d) - 0.5 * (-l).exp_m1(), 0.5 * d + 0.5 * (-l).exp());
        l.exp() * (1.0 + (t - slope) / bend)
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.5)
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn is_information(&self) -> bool {
        true
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        2.0 * mean(p, q) * ln_cosh_half(ln_ratio(p, q), contrast(p, q))
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let rise = ln_cosh_half(l, (0.5 * l).tanh());
        (rise - 0.5 * (-l).exp_m1(), 0.5 * l.exp_m1() - rise)
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        0.5 * scaled_expm1(q, l) - q * ln_cosh_half(l, (0.5 * l).tanh())
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        // with ln cosh(v/2) = sp(v) - v/2 - ln 2
        let rise = v.softplus() + v.scale(-0.5).shift(-LN_2);
        Some(rise + (-v).exp().shift(-1.0).scale(-0.5))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        let rise = v.softplus() + v.scale(-0.5).shift(-LN_2);
        Some((-rise) + v.exp().shift(-1.0).scale(0.5))
    }
}

/// The logit at which the slope, `ln cosh(l/2) - (e^-l - 1)/2`, is `t`.
fn mean_logit(t: f64) -> f64 {
    first_float(f64::MIN, f64::MAX, |l| ln_cosh_half(l, (0.5 * l).tanh()) - 0.5 * (-l).exp_m1() >= t)
}
