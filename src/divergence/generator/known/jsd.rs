//! The Jensen-Shannon divergence, `(KL(P,M) + KL(Q,M))/2` with `M = (P+Q)/2`, in two scales.

use crate::divergence::generator::block::{self, Alone, JensenShannon, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, centred};
use crate::divergence::generator::parts::{ln_2_share, mean};
use crate::divergence::generator::signal::Signal;
use crate::numeric::{contrast, ln_2_sigmoid, ln_ratio, psi_jsd};
use std::f64::consts::LN_2;

/// With the halves (Lin, doi:10.1109/18.61115).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jsd;

impl ClosedForm for Jsd {
    fn name(&self) -> &'static str {
        "jsd"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        centred(self, u)
    }
    fn df(&self, u: f64) -> f64 {
        0.5 * ln_2_share(u)
    }
    fn at_zero(&self) -> f64 {
        0.5 * LN_2
    }
    fn slope_at_infinity(&self) -> f64 {
        0.5 * LN_2
    }
    fn conjugate(&self, t: f64) -> f64 {
        0.5 * TwoJsd.conjugate(2.0 * t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        TwoJsd.dconjugate(2.0 * t)
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.25)
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn metric_power(&self) -> Option<f64> {
        Some(0.5)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::JensenShannon { weight: 0.5, scale: 1.0, shift: 0.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let d = contrast(p, q);
        if d.abs() <= 0.5 {
            return mean(p, q) * psi_jsd(d);
        }
        // 1 - |d| has lost the digits of the smaller mass; the masses themselves have not
        let (small, large) = if p < q { (p, q) } else { (q, p) };
        let l = ln_ratio(small, large);
        0.5 * (large * ln_2_sigmoid(-l) + small * ln_2_sigmoid(l))
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (0.5 * ln_2_sigmoid(l), -0.5 * ln_2_sigmoid(-l))
    }
    fn activation(&self, v: f64) -> f64 {
        0.5 * ln_2_sigmoid(v)
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        -0.5 * ln_2_sigmoid(-v)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).softplus()).shift(LN_2).scale(0.5))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.softplus().shift(-LN_2).scale(0.5))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&JensenShannon { pi: 0.5, scale: mutate!(1.0, JsdTwice, |_| 2.0) }, p, q, alone)
    }
}

/// Without the halves, `f = u ln u - (u+1) ln((u+1)/2)`: what f-GAN prints as Jensen-Shannon.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TwoJsd;

impl ClosedForm for TwoJsd {
    fn name(&self) -> &'static str {
        "two_jsd"
    }
    fn f(&self, u: f64) -> f64 {
        centred(self, u)
    }
    fn df(&self, u: f64) -> f64 {
        ln_2_share(u)
    }
    fn at_zero(&self) -> f64 {
        LN_2
    }
    fn slope_at_infinity(&self) -> f64 {
        LN_2
    }
    fn conjugate(&self, t: f64) -> f64 {
        // -ln(2 - e^t)
        -(-t.exp_m1()).ln_1p()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        // e^t/(2 - e^t)
        t.exp() / (1.0 - t.exp_m1())
    }
    fn curvature(&self) -> Option<f64> {
        Some(0.5)
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn metric_power(&self) -> Option<f64> {
        Some(0.5)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::JensenShannon { weight: 0.5, scale: 2.0, shift: 0.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        2.0 * Jsd.cell(p, q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (ln_2_sigmoid(l), -ln_2_sigmoid(-l))
    }
    fn activation(&self, v: f64) -> f64 {
        ln_2_sigmoid(v)
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        -ln_2_sigmoid(-v)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).softplus()).shift(LN_2))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.softplus().shift(-LN_2))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&JensenShannon { pi: 0.5, scale: 2.0 }, p, q, alone)
    }
}
