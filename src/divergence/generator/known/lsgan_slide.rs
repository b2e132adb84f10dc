//! The least-squares generator's loss with 0-1 targets at the optimal discriminator, less its value at `P = Q`:
//! `E_Q[(D*-1)^2] - 1/4`.

use crate::divergence::generator::closed_form::ClosedForm;
use crate::divergence::generator::parts::mean;
use crate::numeric::contrast;

/// `f = (1+u)^-2 - 1/4`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LsganSlide;

impl ClosedForm for LsganSlide {
    fn name(&self) -> &'static str {
        "lsgan_slide"
    }
    fn f(&self, u: f64) -> f64 {
        -0.25 * ((u - 1.0) / (u + 1.0)) * ((u + 3.0) / (u + 1.0))
    }
    fn df(&self, u: f64) -> f64 {
        -2.0 * (1.0 + u).powi(-3)
    }
    fn at_zero(&self) -> f64 {
        0.75
    }
    fn slope_at_infinity(&self) -> f64 {
        0.0
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        if t < -2.0 {
            return -0.75;
        }
        // t (w-1) - w^-2 + 1/4 with w = (-2/t)^(1/3), written in 1/w
        let y = (-0.5 * t).cbrt();
        y * y * (2.0 * y - 3.0) + 0.25
    }
    fn dconjugate(&self, t: f64) -> f64 {
        ((-2.0 / t).cbrt() - 1.0).max(0.0)
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.375)
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let d = contrast(p, q);
        0.25 * mean(p, q) * d * d * (3.0 - d)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        let d = (0.5 * l).tanh();
        (0.25 * d * (3.0 - 3.0 * d + d * d), 0.25 * d * (3.0 - d * d))
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp()
    }
}
