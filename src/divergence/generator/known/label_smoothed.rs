//! The GAN game with targets `real` and `fake` in place of 1 and 0, at its optimal discriminator.
//!
//! Below, `h(r) = r ln r + (1-r) ln(1-r)`.

use crate::divergence::generator::closed_form::{ClosedForm, outside};
use crate::divergence::generator::parts::mean;
use crate::error::Result;
use crate::numeric::gamma::saddle;
use crate::numeric::{contrast, first_float, phi, softplus};

/// `f = (u+1) h(D*)` with the discriminator `D* = (real u + fake)/(u + 1)`. Its conjugate has no closed form.
#[derive(Debug, Clone, Copy)]
pub(crate) struct LabelSmoothed {
    /// Target for samples of `P`.
    pub real: f64,
    /// Target for samples of `Q`.
    pub fake: f64,
}

impl ClosedForm for LabelSmoothed {
    fn name(&self) -> &'static str {
        "label_smoothed"
    }
    fn check(&self) -> Result<()> {
        let Self { real, fake } = *self;
        if !(0.0..=1.0).contains(&real) {
            return outside("target for real samples", real, "0 to 1");
        }
        if !(0.0..=1.0).contains(&fake) || (real - fake).abs() == 0.0 {
            return outside("target for fake samples", fake, "0 to 1, and not the target for real samples");
        }
        Ok(())
    }
    fn f(&self, u: f64) -> f64 {
        let Self { real, fake } = *self;
        let (ln_d, ln_not_d) = self.logarithms(u);
        weighted(real * u + fake, ln_d) + weighted((1.0 - real) * u + (1.0 - fake), ln_not_d)
    }
    fn df(&self, u: f64) -> f64 {
        // the log-likelihood of the target under D*
        let (ln_d, ln_not_d) = self.logarithms(u);
        weighted(self.real, ln_d) + weighted(1.0 - self.real, ln_not_d)
    }
    fn at_zero(&self) -> f64 {
        neg_entropy(self.fake)
    }
    fn slope_at_infinity(&self) -> f64 {
        neg_entropy(self.real)
    }
    fn attained(&self) -> bool {
        self.real > 0.0 && self.real < 1.0
    }
    fn conjugate(&self, t: f64) -> f64 {
        self.conjugate_below(self.slope_at_infinity() - t)
    }
    fn dconjugate(&self, t: f64) -> f64 {
        self.ratio(self.slope_at_infinity() - t)
    }
    fn curvature(&self) -> Option<f64> {
        let r = 0.5 * (self.real + self.fake);
        Some((self.real - self.fake).powi(2) / (8.0 * r * (1.0 - r)))
    }
    #[allow(clippy::float_cmp)] // at targets that mirror each other only
    fn symmetric(&self) -> bool {
        self.real + self.fake == 1.0
    }
    fn is_information(&self) -> bool {
        true
    }
    fn cell(&self, p: f64, q: f64) -> f64 {
        // (p+q) KL of D* against its value at p = q, a Bernoulli each
        let shift = 0.5 * (self.real - self.fake) * contrast(p, q);
        let r = 0.5 * (self.real + self.fake);
        2.0 * mean(p, q) * (r * phi((shift / r).max(-1.0)) + (1.0 - r) * phi((-shift / (1.0 - r)).max(-1.0)))
    }
    fn dual_pair(&self, l: f64, (p, q): (f64, f64)) -> (f64, f64) {
        let Self { real, fake } = *self;
        let (total, d) = (p + q, (0.5 * l).tanh());
        let ln_d = ln_quotient((real * p + fake * q) / total, 0.5 * (real + fake), 0.5 * (real - fake) * d);
        let ln_not_d = ln_quotient(
            ((1.0 - real) * p + (1.0 - fake) * q) / total,
            1.0 - 0.5 * (real + fake),
            0.5 * (fake - real) * d,
        );
        (real * ln_d + (1.0 - real) * ln_not_d, -(fake * ln_d + (1.0 - fake) * ln_not_d))
    }
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        self.conjugate_below(softplus(-v))
    }
}

impl LabelSmoothed {
    /// `D*` and `1 - D*`.
    fn shares(self, u: f64) -> (f64, f64) {
        if u > 1.0 {
            let v = u.recip();
            ((self.real + self.fake * v) / (1.0 + v), ((1.0 - self.real) + (1.0 - self.fake) * v) / (1.0 + v))
        } else {
            ((self.real * u + self.fake) / (u + 1.0), ((1.0 - self.real) * u + (1.0 - self.fake)) / (u + 1.0))
        }
    }

    /// Their logarithms, each from the smaller one.
    fn logarithms(self, u: f64) -> (f64, f64) {
        let (d, not_d) = self.shares(u);
        if d < 0.5 { (d.ln(), (-d).ln_1p()) } else { ((-not_d).ln_1p(), not_d.ln()) }
    }

    /// By how much `f'(u)` lies below its supremum: the divergence of the Bernoulli law of `real` from that of `D*`.
    fn below_supremum(self, u: f64) -> f64 {
        let (d, not_d) = self.shares(u);
        let apart = (self.real - self.fake) / (u + 1.0);
        saddle(self.real, d, -apart) + saddle(1.0 - self.real, not_d, apart)
    }

    /// The `u` at which `f'` lies this much below its supremum.
    fn ratio(self, gap: f64) -> f64 {
        if gap <= 0.0 { f64::INFINITY } else { first_float(0.0, f64::MAX, |u| self.below_supremum(u) <= gap) }
    }

    /// `f*` there: `-fake ln D* - (1 - fake) ln(1 - D*)`.
    fn conjugate_below(self, gap: f64) -> f64 {
        let (ln_d, ln_not_d) = self.logarithms(self.ratio(gap));
        -weighted(self.fake, ln_d) - weighted(1.0 - self.fake, ln_not_d)
    }
}

/// `h(r)`.
fn neg_entropy(r: f64) -> f64 {
    weighted_ln(r, r) + if r < 1.0 { (1.0 - r) * (-r).ln_1p() } else { 0.0 }
}

/// `w ln x` with `0 ln 0 = 0`.
fn weighted_ln(w: f64, x: f64) -> f64 {
    if w == 0.0 { 0.0 } else { w * x.ln() }
}

/// `weight times y` with `0 times inf = 0`.
fn weighted(weight: f64, y: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight * y }
}

/// `ln(x/y)` where `shift = x - y` is known without cancellation.
fn ln_quotient(x: f64, y: f64, shift: f64) -> f64 {
    let e = shift / y;
    if e.abs() < 0.5 { e.ln_1p() } else { (x / y).ln() }
}
