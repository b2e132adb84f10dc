//! Jeffreys' divergence, `KL(P||Q) + KL(Q||P) = sum (p-q) ln(p/q)`.

use crate::divergence::generator::block::{self, Alone, Cell, Each, Sums};
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF};
use crate::divergence::generator::signal::Signal;
use crate::numeric::branchless::{self, exp_excess};
use crate::numeric::{ln_ratio, scaled_expm1, wright_omega};

/// `f = (u-1) ln u`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Jeffreys;

impl ClosedForm for Jeffreys {
    fn name(&self) -> &'static str {
        "jeffreys"
    }
    fn usual() -> Option<Self> {
        Some(Self)
    }
    fn f(&self, u: f64) -> f64 {
        (u - 1.0) * u.ln()
    }
    fn df(&self, u: f64) -> f64 {
        u.ln() + 1.0 - u.recip()
    }
    fn at_zero(&self) -> f64 {
        INF
    }
    fn slope_at_infinity(&self) -> f64 {
        INF
    }
    fn conjugate(&self, t: f64) -> f64 {
        // 1/w - 1 - ln w with w + ln w = 1 - t
        if t.abs() > 1.0 {
            let w = wright_omega(1.0 - t);
            w.recip() - 1.0 - w.ln()
        } else {
            let w_less_one = omega_less_one(t);
            -w_less_one / (1.0 + w_less_one) - w_less_one.ln_1p()
        }
    }
    fn dconjugate(&self, t: f64) -> f64 {
        wright_omega(1.0 - t).recip()
    }
    fn curvature(&self) -> Option<f64> {
        Some(2.0)
    }
    fn symmetric(&self) -> bool {
        true
    }
    fn is_information(&self) -> bool {
        true
    }
    fn functional(&self) -> Functional {
        Functional::Jeffreys
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        (p - q) * ln_ratio(p, q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (l - (-l).exp_m1(), l.exp_m1() + l)
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        scaled_expm1(q, l) + q * l
    }
    fn head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v + (-(-v).exp()).shift(1.0))
    }
    fn conjugate_of_head<S: Signal>(&self, v: S) -> Option<S> {
        Some(v + v.exp().shift(-1.0))
    }
    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        block::sum(&Each(JeffreysCell), p, q, alone)
    }
}

struct JeffreysCell;

impl Cell for JeffreysCell {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let t = branchless::ln_ratio::<FMA>(p, q, p - q);
        let value = (p - q) * t;
        (value, 2.0 * value - q * exp_excess::<FMA>(t) - p * exp_excess::<FMA>(-t))
    }
}

/// `w - 1` where `w + ln w = 1 - t`, for `|t| <= 1`: by Newton's method on the concave `d + ln(1+d) + t`.
fn omega_less_one(t: f64) -> f64 {
    let mut d = -0.5 * t;
    for _ in 0..6 {
        d -= (d + d.ln_1p() + t) * (1.0 + d) / (2.0 + d);
    }
    d
}
