//! The alpha family of Cichocki and Amari (doi:10.3390/e12061532), `(sum p^a q^(1-a) - 1)/(a(a-1))`.

use crate::divergence::generator::Generator;
use crate::divergence::generator::closed_form::{ClosedForm, Functional, INF, centred, outside};
use crate::error::Result;
use crate::numeric::{expm1_over, ln_ratio, ln1p_over, scaled_expm1, softplus};

/// Any finite order `a`; continuous at 0 (reverse Kullback-Leibler) and 1 (Kullback-Leibler).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Alpha(pub f64);

impl ClosedForm for Alpha {
    fn name(&self) -> &'static str {
        "alpha"
    }
    fn usual() -> Option<Self> {
        Some(Self(0.5))
    }
    fn check(&self) -> Result<()> {
        if self.0.is_finite() { Ok(()) } else { outside("alpha", self.0, "a finite number") }
    }
    fn f(&self, u: f64) -> f64 {
        let a = self.0;
        let near = u.ln().abs() * a.abs().max((1.0 - a).abs()) < 1.0;
        if near {
            centred(self, u)
        } else if a >= 0.5 {
            (u * power_less_one_over(a - 1.0, u) - (u - 1.0)) / a
        } else {
            (-power_less_one_over(a, u) + (u - 1.0)) / (1.0 - a)
        }
    }
    fn df(&self, u: f64) -> f64 {
        power_less_one_over(self.0 - 1.0, u)
    }
    fn at_zero(&self) -> f64 {
        if self.0 > 0.0 { self.0.recip() } else { INF }
    }
    fn slope_at_infinity(&self) -> f64 {
        if self.0 < 1.0 { (1.0 - self.0).recip() } else { INF }
    }
    fn attained(&self) -> bool {
        self.0 < 0.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        let a = self.0;
        if (a - 1.0) * t <= -1.0 { -a.recip() } else { expm1_over(a, ln1p_over(a - 1.0, t)) }
    }
    fn dconjugate(&self, t: f64) -> f64 {
        let a = self.0;
        // no number at a = 1 and t = -inf, where the last branch has the limit
        if (a - 1.0) * t <= -1.0 { if a > 1.0 { 0.0 } else { INF } } else { ln1p_over(a - 1.0, t).exp() }
    }
    fn curvature(&self) -> Option<f64> {
        Some(1.0)
    }
    #[allow(clippy::float_cmp)] // at one order only
    fn symmetric(&self) -> bool {
        self.0 == 0.5
    }
    fn metric_power(&self) -> Option<f64> {
        ClosedForm::symmetric(self).then_some(0.5)
    }
    fn functional(&self) -> Functional {
        Functional::Alpha { order: self.0, scale: 1.0 }
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        cell(self.0, p, q)
    }
    fn dual_pair(&self, l: f64, _: (f64, f64)) -> (f64, f64) {
        (expm1_over(self.0 - 1.0, l), expm1_over(self.0, l))
    }
    fn conjugate_mass(&self, l: f64, q: f64) -> f64 {
        scaled_expm1(q, self.0 * l) / self.0
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        let a = self.0;
        if a >= 1.0 {
            return Generator::conjugate(self, v);
        }
        let ln_softplus = if v > 40.0 { -v } else { softplus(-v).ln() };
        expm1_over(a, ((-a).ln_1p() + ln_softplus) / (a - 1.0))
    }
}

/// `[p^a q^(1-a) - a p - (1-a) q]/(a(a-1))`, continuous in `a`.
///
/// Away from `p = q` it is `[p E(a-1, l) - (p-q)]/a` with `E(b, l) = (e^{b l} - 1)/b`, or the same with the masses
/// swapped and `1-a` for `a`. The form is chosen that divides by the larger of `a` and `1-a`. Near `p = q` it is the
/// power series `q sum_k l^k/k! (1 + a + ... + a^(k-2))`, whose coefficients are polynomials in `a`.
fn cell(a: f64, p: f64, q: f64) -> f64 {
    if a < 0.5 {
        return cell(1.0 - a, q, p);
    }
    let l = ln_ratio(p, q);
    if l.abs() * a.max(1.0) < 0.25 {
        let (mut power, mut coefficient, mut sum) = (0.5 * l * l, 1.0, 0.0);
        for k in 3..=16 {
            sum += power * coefficient;
            power *= l / f64::from(k);
            coefficient = 1.0 + a * coefficient;
        }
        return q * sum;
    }
    let b = a - 1.0;
    let rise = if b == 0.0 { p * l } else { scaled_expm1(p, b * l) / b };
    (rise - (p - q)) / a
}

/// `(u^b - 1)/b`, which is `ln u` at `b = 0`: by the power itself where the logarithm would cost digits.
fn power_less_one_over(b: f64, u: f64) -> f64 {
    let x = b * u.ln();
    if b == 0.0 {
        u.ln()
    } else if x.abs() < 1.0 {
        x.exp_m1() / b
    } else {
        (u.powf(b) - 1.0) / b
    }
}
