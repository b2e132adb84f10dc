//! The GAN game at its optimal discriminator, `2 JSD - ln 4` (arXiv:1406.2661).

use super::jsd::TwoJsd;
use crate::divergence::generator::block::{Alone, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional};
use crate::divergence::generator::parts::ln_1p_recip;
use crate::divergence::generator::signal::Signal;
use crate::numeric::{ln_1m_exp, softplus};

/// `f = u ln u - (u+1) ln(u+1)`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Gan;

impl ClosedForm for Gan {
    fn name(&self) -> &'static str {
        "gan"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        -u * ln_1p_recip(u) - u.ln_1p()
    }
    fn df(&self, u: f64) -> f64 {
        -ln_1p_recip(u)
    }
    fn at_zero(&self) -> f64 {
        0.0
    }
    fn slope_at_infinity(&self) -> f64 {
        0.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        -ln_1m_exp(-t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (-t).exp_m1().recip()
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
    fn functional(&self) -> Functional {
        Functional::JensenShannon { weight: 0.5, scale: 2.0, shift: -4f64.ln() }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        TwoJsd.cell(p, q)
    }
    fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64) {
        TwoJsd.dual_pair(l, masses)
    }
    fn activation(&self, v: f64) -> f64 {
        -softplus(-v)
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        softplus(v)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(-(-v).softplus())
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.softplus())
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        TwoJsd.sum_block(p, q, alone)
    }
}
