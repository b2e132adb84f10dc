//! The squared Hellinger distance, in two scales.

use crate::divergence::generator::block::{self, Alone, Cell, Each, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional};
use crate::divergence::generator::signal::Signal;
use crate::numeric::scaled_expm1;

/// `f = (sqrt u - 1)^2`, as in f-GAN: twice [`Hellinger2`].
#[derive(Debug, Clone, Copy)]
pub(crate) struct SquaredHellinger;

impl ClosedForm for SquaredHellinger {
    fn name(&self) -> &'static str {
        "squared_hellinger"
    }
    fn f(&self, u: f64) -> f64 {
        ((u - 1.0) / (u.sqrt() + 1.0)).powi(2)
    }
    fn df(&self, u: f64) -> f64 {
        1.0 - u.sqrt().recip()
    }
    fn at_zero(&self) -> f64 {
        1.0
    }
    fn slope_at_infinity(&self) -> f64 {
        1.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        t / (1.0 - t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (1.0 - t).powi(-2)
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
    fn functional(&self) -> Functional {
        Functional::Alpha { order: 0.5, scale: 0.5 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        ((p - q) / (p.sqrt() + q.sqrt())).powi(2)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (-(-0.5 * l).exp_m1(), (0.5 * l).exp_m1())
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        scaled_expm1(q, 0.5 * l)
    }
    fn activation(&self, v: f64) -> f64 {
        -(-v).exp_m1()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        v.exp_m1()
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).exp()).shift(1.0))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.exp().shift(-1.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(HellingerCell { scale: 1.0 }), p, q, alone)
    }
}

/// `f = (sqrt u - 1)^2/2`: one minus the Bhattacharyya coefficient.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hellinger2;

impl ClosedForm for Hellinger2 {
    fn name(&self) -> &'static str {
        "hellinger2"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        0.5 * SquaredHellinger.f(u)
    }
    fn df(&self, u: f64) -> f64 {
        0.5 * SquaredHellinger.df(u)
    }
    fn at_zero(&self) -> f64 {
        0.5
    }
    fn slope_at_infinity(&self) -> f64 {
        0.5
    }
    fn conjugate(&self, t: f64) -> f64 {
        t / (1.0 - 2.0 * t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        (1.0 - 2.0 * t).powi(-2)
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
    fn functional(&self) -> Functional {
        Functional::Alpha { order: 0.5, scale: 0.25 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        0.5 * SquaredHellinger.cell(p, q)
    }
    fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64) {
        let (t, conjugate) = SquaredHellinger.dual_pair(l, masses);
        (0.5 * t, 0.5 * conjugate)
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        0.5 * SquaredHellinger.conjugate_mass(l, q)
    }
    fn activation(&self, v: f64) -> f64 {
        -0.5 * (-v).exp_m1()
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        0.5 * v.exp_m1()
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some((-(-v).exp()).shift(1.0).scale(0.5))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v.exp().shift(-1.0).scale(0.5))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(HellingerCell { scale: 0.5 }), p, q, alone)
    }
}

struct HellingerCell {
    scale: f64,
}

impl Cell for HellingerCell {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let (difference, root) = (p - q, p.sqrt());
        let c = difference / (root + q.sqrt());
        let t = c / root;
        // f*(t) = t/(1-t); where 1-t has no digits left, q has no weight
        let conjugate = t / (1.0 - t).max(0.25 * f64::EPSILON);
        let dual = if t.abs() < 0.5 { t * (difference - q * conjugate) } else { t * p - q * conjugate };
        (self.scale * (c * c), self.scale * dual)
    }
}
