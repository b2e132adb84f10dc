//! Neyman's chi-squared, `sum (p-q)^2/p`: Pearson's with the laws swapped.

use super::pearson::PearsonCell;
use crate::divergence::generator::block::{self, Alone, Each, Sums, Swapped};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF};
use crate::divergence::generator::signal::Signal;

/// `f = (1-u)^2/u`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Neyman;

impl ClosedForm for Neyman {
    fn name(&self) -> &'static str {
        "neyman"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        (1.0 - u) / u * (1.0 - u)
    }
    fn df(&self, u: f64) -> f64 {
        (u - 1.0) / u * (1.0 + u.recip())
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        1.0
    }
    fn attained(&self) -> bool {
        true
    }
    fn conjugate(&self, t: f64) -> f64 {
        2.0 * t / (1.0 + (1.0 - t).sqrt())
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (1.0 - t).sqrt().recip()
    }
    fn curvature(&self) -> Option<f64> {
        Some(2.0)
    }
    fn functional(&self) -> Functional {
        Functional::Alpha { order: -1.0, scale: 2.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        let difference = p - q;
        difference / p * difference
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (-(-2.0 * l).exp_m1(), -2.0 * (-l).exp_m1())
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp_m1()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        -2.0 * (-0.5 * v).exp_m1()
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).exp()).shift(1.0))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.scale(-0.5).exp().scale(-2.0).shift(2.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        if mutate!(false, NeymanSwapped, |_| true) {
            return block::sum(&Each(PearsonCell), p, q, alone);
        }
        block::sum(&Swapped(Each(PearsonCell)), p, q, alone)
    }
}
