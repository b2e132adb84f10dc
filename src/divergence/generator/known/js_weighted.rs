//! Jensen-Shannon with a weight, `pi KL(P,N) + (1-pi) KL(Q,N)` with `N = pi P + (1-pi) Q`.

use crate::divergence::generator::block::{self, Alone, JensenShannon, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, centred, outside};
use crate::divergence::generator::signal::Signal;
use crate::error::Result;
use crate::numeric::{ln_1m_exp, phi, softplus, x_ln_x_over_y};

/// The weight `0 < pi < 1` is that of `P`; the Jensen-Shannon divergence itself at one half.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JsWeighted(pub f64);

impl ClosedForm for JsWeighted {
    fn name(&self) -> &'static str {
        "js_weighted"
    }
    fn usual() -> Option<Self> {
        Some(Self(0.5))
    }
    fn check(&self) -> Result<()> {
        let fine = self.0 > 0.0 && self.0 < 1.0;
        if fine { Ok(()) } else { outside("weight pi of js_weighted", self.0, "0 < pi < 1") }
    }
    fn f(&self, u: f64) -> f64 {
        centred(self, u)
    }
    fn df(&self, u: f64) -> f64 {
        let pi = self.0;
        pi * (u / pi.mul_add(u - 1.0, 1.0)).ln()
    }
    fn at_zero(&self) -> f64 {
        let pi = self.0;
        -(1.0 - pi) * (-pi).ln_1p()
    }
    fn slope_at_infinity(&self) -> f64 {
        -self.0 * self.0.ln()
    }
    fn conjugate(&self, t: f64) -> f64 {
        let pi = self.0;
        -(1.0 - pi) * (-pi / (1.0 - pi) * (t / pi).exp_m1()).ln_1p()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        let pi = self.0;
        (1.0 - pi) * (t / pi).exp() / (1.0 - pi - pi * (t / pi).exp_m1())
    }
    fn curvature(&self) -> Option<f64> {
        Some(self.0 * (1.0 - self.0))
    }
    #[allow(clippy::float_cmp)] // at one weight only
    fn symmetric(&self) -> bool {
        self.0 == 0.5
    }
    fn metric_power(&self) -> Option<f64> {
        ClosedForm::symmetric(self).then_some(0.5)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::JensenShannon { weight: self.0, scale: 1.0, shift: 0.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let pi = self.0;
        let n = pi * p + (1.0 - pi) * q;
        let (e_p, e_q) = ((1.0 - pi) * (p - q) / n, -pi * (p - q) / n);
        let part = |x: f64, e: f64| if e.abs() <= 0.5 { n * phi(e) } else { x_ln_x_over_y(x, n) - n * e };
        pi * part(p, e_p) + (1.0 - pi) * part(q, e_q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let pi = self.0;
        (-pi * ln_mean_exp(1.0 - pi, -l), (1.0 - pi) * ln_mean_exp(pi, l))
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        let pi = self.0;
        // ln(1 - s(v)^(1/pi)), where s(v)^(1/pi) = exp(-sp(-v)/pi) comes within e^-v/pi of one
        let ln_rest = if v > 40.0 { -v - pi.ln() } else { ln_1m_exp(softplus(-v) / pi) };
        (1.0 - pi) * ((-pi).ln_1p() - ln_rest)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        // -pi ln((1-pi) e^-v + pi)
        let pi = self.0;
        let odds = ((1.0 - pi) / pi).ln();
        Some((-v).shift(odds).softplus().shift(pi.ln()).scale(-pi))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        // (1-pi) ln(pi e^v + 1-pi)
        let pi = self.0;
        let odds = (pi / (1.0 - pi)).ln();
        Some(v.shift(odds).softplus().shift((-pi).ln_1p()).scale(1.0 - pi))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&JensenShannon { pi: mutate!(self.0, WeightIgnored, |_| 0.5), scale: 1.0 }, p, q, alone)
    }
}

/// `ln(1 - w + w e^x)` without overflow, for `0 < w < 1`.
fn ln_mean_exp(w: f64, x: f64) -> f64 {
    if x < 1.0 { (w * x.exp_m1()).ln_1p() } else { x + ((1.0 - w) * (-x).exp_m1()).ln_1p() }
}
