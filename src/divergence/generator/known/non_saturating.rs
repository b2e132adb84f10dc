//! The non-saturating generator's loss at the optimal discriminator, `E_Q[-ln D*]`.

use crate::divergence::generator::closed_form::{ClosedForm, INF};
use crate::divergence::generator::parts::{ln_1p_recip, mean};
use crate::numeric::{contrast, ln_2_sigmoid, ln_ratio, phi};

/// `f = ln(1 + 1/u)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NonSaturating;

impl ClosedForm for NonSaturating {
    fn name(&self) -> &'static str {
        "nonsaturating"
    }
    fn f(&self, u: f64) -> f64 {
        ln_1p_recip(u)
    }
    fn df(&self, u: f64) -> f64 {
        -(u * (u + 1.0)).recip()
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        0.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        let u = self.dconjugate(t);
        u * t - ln_1p_recip(u)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        2.0 / ((-t).sqrt() * (4.0 - t).sqrt() - t)
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.75)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        // q ln(m/p) + p - m, with ln(m/p) = -ln(1+d)
        let d = contrast(p, q);
        if d > -0.5 {
            mean(p, q) * (2.0 * d * d.ln_1p() - phi(d))
        } else {
            -q * ln_2_sigmoid(ln_ratio(p, q)) + 0.5 * (p - q)
        }
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let d = (0.5 * l).tanh();
        (0.5 * d * (1.0 + 2.0 * (-l).exp()), 0.5 * d + ln_2_sigmoid(l))
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        if v < -80.0 {
            return v - 1.0;
        }
        // u t - ln(1+1/u), where 1 + 1/u = e^(2 asinh(e^(-v/2)/2))
        let s = (-0.5 * v).exp();
        -2.0 * s / (s + s.hypot(2.0)) - 2.0 * (0.5 * s).asinh()
    }
}
