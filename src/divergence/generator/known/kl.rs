//! Kullback-Leibler, `sum p ln(p/q)`, in two generators that differ by a tangent.

use crate::divergence::generator::block::{self, Alone, Excess, Sums, Swapped};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF};
use crate::divergence::generator::signal::Signal;
use crate::numeric::{kl_cell, phi, scaled_expm1};

/// `f = u ln u`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Kl;

impl ClosedForm for Kl {
    fn name(&self) -> &'static str {
        "kl"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        u * u.ln()
    }
    fn df(&self, u: f64) -> f64 {
        1.0 + u.ln()
    }
    fn at_zero(&self) -> f64 {
        0.0
    }
    fn slope_at_infinity(&self) -> f64 {
        INF
    }
    fn conjugate(&self, t: f64) -> f64 {
        (t - 1.0).exp()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (t - 1.0).exp()
    }
    fn curvature(&self) -> Option<f64> {
        Some(1.0)
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::Alpha { order: 1.0, scale: 1.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        kl_cell(p, q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (l, l.exp_m1())
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        scaled_expm1(q, l)
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v)
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.shift(-1.0).exp())
    }
    fn neutral_output(&self) -> f64 {
        1.0
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        if mutate!(false, KlSwapped, |_| true) {
            return block::sum(&Swapped(Excess), p, q, alone);
        }
        block::sum(&Excess, p, q, alone)
    }
}

/// `f = u ln u - u + 1`; for masses of unequal totals `sum p ln(p/q) - p + q`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KlSelfNormalised;

impl ClosedForm for KlSelfNormalised {
    fn name(&self) -> &'static str {
        "kl_self_normalised"
    }
    fn f(&self, u: f64) -> f64 {
        phi(u - 1.0)
    }
    fn df(&self, u: f64) -> f64 {
        u.ln()
    }
    fn at_zero(&self) -> f64 {
        1.0
    }
    fn slope_at_infinity(&self) -> f64 {
        INF
    }
    fn conjugate(&self, t: f64) -> f64 {
        t.exp_m1()
    }
    fn dconjugate(&self, t: f64) -> f64 {
        t.exp()
    }
    fn curvature(&self) -> Option<f64> {
        Kl.curvature()
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Kl.functional()
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        Kl.cell(p, q)
    }
    fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64) {
        Kl.dual_pair(l, masses)
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        Kl.conjugate_mass(l, q)
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Excess, p, q, alone)
    }
}
