//! Kullback-Leibler with the laws swapped, `sum q ln(q/p)`, in two generators that differ by a tangent.

use crate::divergence::generator::block::{self, Alone, Excess, Sums, Swapped};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF, centred};
use crate::divergence::generator::signal::Signal;
use crate::numeric::kl_cell;

/// `f = -ln u`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReverseKl;

impl ClosedForm for ReverseKl {
    fn name(&self) -> &'static str {
        "reverse_kl"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        -u.ln()
    }
    fn df(&self, u: f64) -> f64 {
        -u.recip()
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        0.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        -1.0 - (-t).ln()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        -t.recip()
    }
    fn curvature(&self) -> Option<f64> {
        Some(1.0)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::Alpha { order: 0.0, scale: 1.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        kl_cell(q, p)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (-(-l).exp_m1(), l)
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        v - 1.0
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(-(-v).exp())
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.shift(-1.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Swapped(Excess), p, q, alone)
    }
}

/// `f = u - 1 - ln u`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ReverseKlSelfNormalised;

impl ClosedForm for ReverseKlSelfNormalised {
    fn name(&self) -> &'static str {
        "reverse_kl_self_normalised"
    }
    fn f(&self, u: f64) -> f64 {
        centred(self, u)
    }
    fn df(&self, u: f64) -> f64 {
        1.0 - u.recip()
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        1.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        -(-t).ln_1p()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (1.0 - t).recip()
    }
    fn curvature(&self) -> Option<f64> {
        ReverseKl.curvature()
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        ReverseKl.functional()
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        ReverseKl.cell(p, q)
    }
    fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64) {
        ReverseKl.dual_pair(l, masses)
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp_m1()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        v
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        ReverseKl.sum_block(p, q, alone)
    }
}
