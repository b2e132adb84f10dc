//! The generators that have names: Table A of f-GAN (arXiv:1606.00709), corrected where it extends `f` to `u < 0`,
//! and its relatives.
//!
//! Each method below reads as one column of the table. `d = (u-1)/(u+1)`, `W` is Lambert's function, `sp` the
//! softplus, `h(r) = r ln r + (1-r) ln(1-r)`.

use super::cell::{self, ln_cosh_half};
use crate::divergence::generator::{ConjugateDomain, Generator};
use crate::error::{Error, Result};
use crate::numeric::gamma::saddle;
use crate::numeric::{
    contrast, expm1_over, first_float, ln_1m_exp, ln_2_sigmoid, ln1p_over, minus_lambert, phi, sigmoid, softplus,
    wright_omega,
};
use std::f64::consts::LN_2;

const INF: f64 = f64::INFINITY;

/// The named generators. Values in nats; `m = (p+q)/2`.
///
/// | variant | divergence | greatest value |
/// |---|---|---|
/// | [`Kl`](Self::Kl), [`KlSelfNormalised`](Self::KlSelfNormalised) | `sum p ln(p/q)` | inf |
/// | [`ReverseKl`](Self::ReverseKl), [`ReverseKlSelfNormalised`](Self::ReverseKlSelfNormalised) | `sum q ln(q/p)` | inf |
/// | [`Pearson`](Self::Pearson) | `sum (p-q)^2/q` | inf |
/// | [`Neyman`](Self::Neyman) | `sum (p-q)^2/p` | inf |
/// | [`SquaredHellinger`](Self::SquaredHellinger) | `sum (sqrt p - sqrt q)^2` | 2 |
/// | [`Hellinger2`](Self::Hellinger2) | `1 - sum sqrt(pq)` | 1 |
/// | [`TotalVariation`](Self::TotalVariation) | `sum abs(p-q)/2` | 1 |
/// | [`Jeffreys`](Self::Jeffreys) | `sum (p-q) ln(p/q)` | inf |
/// | [`Jsd`](Self::Jsd) | `(KL(P,M) + KL(Q,M))/2` | ln 2 |
/// | [`TwoJsd`](Self::TwoJsd) | f-GAN's "Jensen-Shannon", `2 JSD` | 2 ln 2 |
/// | [`JsWeighted`](Self::JsWeighted) | `pi KL(P,N) + (1-pi) KL(Q,N)`, `N = pi P + (1-pi) Q` | `-pi ln pi - (1-pi) ln(1-pi)` |
/// | [`Gan`](Self::Gan) | `2 JSD - ln 4`, from `-ln 4` | 0 |
/// | [`Alpha`](Self::Alpha) | `(sum p^a q^(1-a) - 1)/(a(a-1))` | `1/(a(1-a))` for `0<a<1`, else inf |
/// | [`LeCam`](Self::LeCam) | `sum (p-q)^2/(p+q)` | 2 |
/// | [`KDivergence`](Self::KDivergence) | `KL(P,M)` | ln 2 |
/// | [`ArithmeticGeometric`](Self::ArithmeticGeometric) | `KL(M,P) + KL(M,Q)` | inf |
/// | [`NonSaturating`](Self::NonSaturating) | `E_Q[-ln D*]`, from `ln 2` | inf |
/// | [`LabelSmoothed`](Self::LabelSmoothed) | value of the smoothed game at its `D*` | `h(real) + h(fake)` |
/// | [`LsganSlide`](Self::LsganSlide) | `E_Q[(D*-1)^2] - 1/4` | 3/4 |
/// | [`HockeyStick`](Self::HockeyStick) | `sum (p - g q)_+` | 1 |
///
/// ```
/// use fenchel::divergence::{FDivergence, Generator};
/// let f = FDivergence::Jsd;
/// let t = f.df(2.0);
/// assert!((f.f(2.0) + f.conjugate(t) - 2.0 * t).abs() < 1e-15);
/// assert!(FDivergence::alpha(f64::NAN).is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum FDivergence {
    /// Kullback-Leibler, `f = u ln u`.
    Kl,
    /// Kullback-Leibler with `f = u ln u - u + 1`; for masses of unequal totals `sum p ln(p/q) - p + q`.
    KlSelfNormalised,
    /// `KL(Q||P)`, `f = -ln u`.
    ReverseKl,
    /// `KL(Q||P)` with `f = u - 1 - ln u`.
    ReverseKlSelfNormalised,
    /// Pearson's chi-squared, `f = (u-1)^2`.
    Pearson,
    /// Neyman's chi-squared, `f = (1-u)^2/u`.
    Neyman,
    /// Squared Hellinger distance as in f-GAN, `f = (sqrt u - 1)^2`: twice [`Hellinger2`](Self::Hellinger2).
    SquaredHellinger,
    /// Squared Hellinger distance with the half, `f = (sqrt u - 1)^2/2`: one minus the Bhattacharyya coefficient.
    Hellinger2,
    /// Total variation, half the L1 distance, `f = |u-1|/2`.
    TotalVariation,
    /// Jeffreys, `KL(P||Q) + KL(Q||P)`, `f = (u-1) ln u`.
    Jeffreys,
    /// Twice the Jensen-Shannon divergence, `f = u ln u - (u+1) ln((u+1)/2)`: what f-GAN prints as Jensen-Shannon.
    TwoJsd,
    /// The Jensen-Shannon divergence (Lin, doi:10.1109/18.61115).
    Jsd,
    /// Jensen-Shannon with weight `0 < pi < 1` on `P`; [`Jsd`](Self::Jsd) at one half.
    JsWeighted(f64),
    /// The GAN game at its optimal discriminator, `f = u ln u - (u+1) ln(u+1)` (arXiv:1406.2661).
    Gan,
    /// The alpha family of Cichocki and Amari (doi:10.3390/e12061532), any finite `a`; continuous at 0 (reverse KL)
    /// and 1 (KL).
    Alpha(f64),
    /// Le Cam's, or triangular, discrimination, `f = (u-1)^2/(u+1)`.
    LeCam,
    /// Lin's K-divergence, `f = u ln(2u/(1+u))`.
    KDivergence,
    /// `KL(M||P) + KL(M||Q)`, `f = (1+u) ln((1+u)/(2 sqrt u))`: twice the arithmetic-geometric mean divergence.
    /// Its conjugate has no closed form.
    ArithmeticGeometric,
    /// The non-saturating generator's loss at the optimal discriminator, `f = ln(1 + 1/u)`.
    NonSaturating,
    /// The GAN game with targets `real` and `fake` in place of 1 and 0, `f = (u+1) h((real u + fake)/(u+1))`.
    /// Both in `[0, 1]` and different. Its conjugate has no closed form.
    LabelSmoothed {
        /// Target for samples of `P`.
        real: f64,
        /// Target for samples of `Q`.
        fake: f64,
    },
    /// The least-squares generator's loss with 0-1 targets at the optimal discriminator, less its value at `P = Q`:
    /// `f = (1+u)^-2 - 1/4`.
    LsganSlide,
    /// The hockey-stick divergence `E_g`, `f = (u-g)_+`, `g >= 1`; total variation at one.
    HockeyStick(f64),
}

use FDivergence as F;

impl FDivergence {
    /// The alpha-divergence; any finite `a`.
    ///
    /// # Errors
    /// `a` is not finite.
    pub fn alpha(a: f64) -> Result<Self> {
        F::Alpha(a).checked()
    }

    /// The Jensen-Shannon divergence with weight `pi` on the first law.
    ///
    /// # Errors
    /// `pi` outside `(0, 1)`.
    pub fn js_weighted(pi: f64) -> Result<Self> {
        F::JsWeighted(pi).checked()
    }

    /// The hockey-stick divergence.
    ///
    /// # Errors
    /// `g < 1` or not finite.
    pub fn hockey_stick(g: f64) -> Result<Self> {
        F::HockeyStick(g).checked()
    }

    /// The GAN game with smoothed labels.
    ///
    /// # Errors
    /// A target outside `[0, 1]`, or both equal (a game about nothing).
    pub fn label_smoothed(real: f64, fake: f64) -> Result<Self> {
        F::LabelSmoothed { real, fake }.checked()
    }

    fn checked(self) -> Result<Self> {
        self.validate().map(|()| self)
    }
}

impl Generator for FDivergence {
    fn f(&self, u: f64) -> f64 {
        let u = mutate!(u, GeneratorOff, |u| u * (1.0 + 1e-9));
        if u == 0.0 {
            return self.at_zero();
        }
        match *self {
            F::Kl => u * u.ln(),
            F::KlSelfNormalised => phi(u - 1.0),
            F::ReverseKl => -u.ln(),
            F::ReverseKlSelfNormalised => cell::primal(self, u, 1.0),
            F::Pearson => (u - 1.0) * (u - 1.0),
            F::Neyman => (1.0 - u) / u * (1.0 - u),
            F::SquaredHellinger => ((u - 1.0) / (u.sqrt() + 1.0)).powi(2),
            F::Hellinger2 => 0.5 * ((u - 1.0) / (u.sqrt() + 1.0)).powi(2),
            F::TotalVariation => 0.5 * (u - 1.0).abs(),
            F::Jeffreys => (u - 1.0) * u.ln(),
            // f(1) = f'(1) = 0: the cell itself
            F::TwoJsd | F::Jsd | F::JsWeighted(_) | F::ArithmeticGeometric => cell::primal(self, u, 1.0),
            F::Gan => -u * ln_1p_recip(u) - u.ln_1p(),
            F::Alpha(a) => alpha(a, u),
            F::LeCam => (u - 1.0) / (u + 1.0) * (u - 1.0),
            F::KDivergence => u * ln_2_share(u),
            F::NonSaturating => ln_1p_recip(u),
            F::LabelSmoothed { real, fake } => {
                let labels = Labels { real, fake };
                let (ln_d, ln_not_d) = labels.logarithms(u);
                weighted(real * u + fake, ln_d) + weighted((1.0 - real) * u + (1.0 - fake), ln_not_d)
            }
            F::LsganSlide => -0.25 * ((u - 1.0) / (u + 1.0)) * ((u + 3.0) / (u + 1.0)),
            F::HockeyStick(g) => (u - g).max(0.0),
        }
    }

    fn df(&self, u: f64) -> f64 {
        let u = mutate!(u, SlopeOff, |u| u * (1.0 + 1e-9));
        match *self {
            F::Kl => 1.0 + u.ln(),
            F::KlSelfNormalised => u.ln(),
            F::ReverseKl => -u.recip(),
            F::ReverseKlSelfNormalised => 1.0 - u.recip(),
            F::Pearson => 2.0 * (u - 1.0),
            F::Neyman => (u - 1.0) / u * (1.0 + u.recip()),
            F::SquaredHellinger => 1.0 - u.sqrt().recip(),
            F::Hellinger2 => 0.5 * (1.0 - u.sqrt().recip()),
            F::TotalVariation => 0.5 * sign(u - 1.0),
            F::Jeffreys => u.ln() + 1.0 - u.recip(),
            F::TwoJsd => ln_2_share(u),
            F::Jsd => 0.5 * ln_2_share(u),
            F::JsWeighted(pi) => pi * (u / pi.mul_add(u - 1.0, 1.0)).ln(),
            F::Gan => -ln_1p_recip(u),
            F::Alpha(a) => power_less_one_over(a - 1.0, u),
            F::LeCam => (u - 1.0) / (u + 1.0) * ((u + 3.0) / (u + 1.0)),
            F::KDivergence => ln_2_share(u) + (1.0 + u).recip(),
            F::ArithmeticGeometric if u == 0.0 => -INF,
            F::ArithmeticGeometric => ln_cosh_half(u.ln(), contrast(u, 1.0)) + 0.5 * ((u - 1.0) / u),
            F::NonSaturating => -(u * (u + 1.0)).recip(),
            F::LabelSmoothed { real, fake } => {
                // the log-likelihood of the target under D*
                let (ln_d, ln_not_d) = Labels { real, fake }.logarithms(u);
                weighted(real, ln_d) + weighted(1.0 - real, ln_not_d)
            }
            F::LsganSlide => -2.0 * (1.0 + u).powi(-3),
            F::HockeyStick(1.0) => 0.5 + 0.5 * sign(u - 1.0),
            F::HockeyStick(g) => f64::from(u8::from(u > g)),
        }
    }

    fn at_zero(&self) -> f64 {
        match *self {
            F::Kl | F::Gan | F::KDivergence | F::HockeyStick(_) => 0.0,
            F::KlSelfNormalised | F::Pearson | F::SquaredHellinger | F::LeCam => 1.0,
            F::ReverseKl
            | F::ReverseKlSelfNormalised
            | F::Neyman
            | F::Jeffreys
            | F::ArithmeticGeometric
            | F::NonSaturating => INF,
            F::Hellinger2 | F::TotalVariation => 0.5,
            F::TwoJsd => LN_2,
            F::Jsd => 0.5 * LN_2,
            F::JsWeighted(pi) => -(1.0 - pi) * (-pi).ln_1p(),
            F::Alpha(a) => {
                if a > 0.0 {
                    a.recip()
                } else {
                    INF
                }
            }
            F::LabelSmoothed { fake, .. } => neg_entropy(fake),
            F::LsganSlide => 0.75,
        }
    }

    fn slope_at_infinity(&self) -> f64 {
        match *self {
            F::Kl | F::KlSelfNormalised | F::Pearson | F::Jeffreys | F::ArithmeticGeometric => INF,
            F::ReverseKl | F::Gan | F::NonSaturating | F::LsganSlide => 0.0,
            F::ReverseKlSelfNormalised | F::Neyman | F::SquaredHellinger | F::LeCam | F::HockeyStick(_) => 1.0,
            F::Hellinger2 | F::TotalVariation => 0.5,
            F::TwoJsd | F::KDivergence => LN_2,
            F::Jsd => 0.5 * LN_2,
            F::JsWeighted(pi) => -pi * pi.ln(),
            F::Alpha(a) => {
                if a < 1.0 {
                    (1.0 - a).recip()
                } else {
                    INF
                }
            }
            F::LabelSmoothed { real, .. } => neg_entropy(real),
        }
    }

    fn conjugate_domain(&self) -> ConjugateDomain {
        let end = self.slope_at_infinity();
        let attained = match *self {
            F::Neyman | F::TotalVariation | F::LeCam | F::KDivergence | F::LsganSlide | F::HockeyStick(_) => true,
            F::Alpha(a) => a < 0.0,
            F::LabelSmoothed { real, .. } => real > 0.0 && real < 1.0,
            _ => false,
        };
        ConjugateDomain { supremum: end, attained }
    }

    fn conjugate(&self, t: f64) -> f64 {
        let t = mutate!(t, ConjugateOff, |t| t - 1e-9);
        if mutate!(!self.conjugate_domain().contains(t), DomainIgnored, |_| false) {
            return INF;
        }
        if t == -INF {
            return -self.at_zero();
        }
        match *self {
            F::Kl => (t - 1.0).exp(),
            F::KlSelfNormalised => t.exp_m1(),
            F::ReverseKl => -1.0 - (-t).ln(),
            F::ReverseKlSelfNormalised => -(-t).ln_1p(),
            F::Pearson if mutate!(t < -2.0, ConjugateUnclipped, |_| false) => -1.0,
            F::Pearson => t * (0.25 * t + 1.0),
            F::Neyman => 2.0 * t / (1.0 + (1.0 - t).sqrt()),
            F::SquaredHellinger => t / (1.0 - t),
            F::Hellinger2 => t / (1.0 - 2.0 * t),
            F::TotalVariation => t.max(-0.5),
            F::Jeffreys => {
                // 1/w - 1 - ln w with w + ln w = 1 - t
                if t.abs() > 1.0 {
                    let w = wright_omega(1.0 - t);
                    w.recip() - 1.0 - w.ln()
                } else {
                    let w_less_one = omega_less_one(t);
                    -w_less_one / (1.0 + w_less_one) - w_less_one.ln_1p()
                }
            }
            F::TwoJsd => ln_inverse_gap(t),
            F::Jsd => 0.5 * ln_inverse_gap(2.0 * t),
            F::JsWeighted(pi) => -(1.0 - pi) * (-pi / (1.0 - pi) * (t / pi).exp_m1()).ln_1p(),
            F::Gan => -ln_1m_exp(-t),
            F::Alpha(a) if (a - 1.0) * t <= -1.0 => -a.recip(),
            F::Alpha(a) => expm1_over(a, ln1p_over(a - 1.0, t)),
            F::LeCam if t < -3.0 => -1.0,
            F::LeCam => {
                let s = (1.0 - t).sqrt();
                t * (3.0 - s) / (1.0 + s)
            }
            F::KDivergence => minus_lambert(LN_2 - t),
            F::ArithmeticGeometric => {
                let l = mean_logit(t);
                0.5 * l.exp_m1() - ln_cosh_half(l, (0.5 * l).tanh())
            }
            F::LabelSmoothed { real, fake } => Labels { real, fake }.conjugate(self.slope_at_infinity() - t),
            F::NonSaturating => {
                let u = self.dconjugate(t);
                u * t - ln_1p_recip(u)
            }
            F::LsganSlide if t < -2.0 => -0.75,
            F::LsganSlide => {
                // t (w-1) - w^-2 + 1/4 with w = (-2/t)^(1/3), written in 1/w
                let y = (-0.5 * t).cbrt();
                y * y * (2.0 * y - 3.0) + 0.25
            }
            F::HockeyStick(g) => g * t.max(0.0),
        }
    }

    fn dconjugate(&self, t: f64) -> f64 {
        if !self.conjugate_domain().contains(t) {
            return INF;
        }
        match *self {
            F::Kl => (t - 1.0).exp(),
            F::KlSelfNormalised => t.exp(),
            F::ReverseKl => -t.recip(),
            F::ReverseKlSelfNormalised => (1.0 - t).recip(),
            F::Pearson => (0.5 * t + 1.0).max(0.0),
            F::Neyman => (1.0 - t).sqrt().recip(),
            F::SquaredHellinger => (1.0 - t).powi(-2),
            F::Hellinger2 => (1.0 - 2.0 * t).powi(-2),
            F::TotalVariation => f64::from(u8::from(t >= -0.5)),
            F::Jeffreys => wright_omega(1.0 - t).recip(),
            F::TwoJsd => two_jsd_ratio(t),
            F::Jsd => two_jsd_ratio(2.0 * t),
            F::JsWeighted(pi) => (1.0 - pi) * (t / pi).exp() / (1.0 - pi - pi * (t / pi).exp_m1()),
            F::Gan => (-t).exp_m1().recip(),
            F::Alpha(a) if (a - 1.0) * t <= -1.0 => {
                if a > 1.0 {
                    0.0
                } else {
                    INF
                }
            }
            F::Alpha(a) => ln1p_over(a - 1.0, t).exp(),
            F::LeCam => (2.0 / (1.0 - t).sqrt() - 1.0).max(0.0),
            F::KDivergence => {
                let w = minus_lambert(LN_2 - t);
                w / (1.0 - w)
            }
            F::ArithmeticGeometric => {
                let l = mean_logit(t);
                let d = (0.5 * l).tanh();
                // l has few digits after the point where it is large: one step of Newton's method in u itself
                let (slope, bend) = (ln_cosh_half(l, d) - 0.5 * (-l).exp_m1(), 0.5 * d + 0.5 * (-l).exp());
                l.exp() * (1.0 + (t - slope) / bend)
            }
            F::LabelSmoothed { real, fake } => Labels { real, fake }.ratio(self.slope_at_infinity() - t),
            F::NonSaturating => 2.0 / ((-t).sqrt() * (4.0 - t).sqrt() - t),
            F::LsganSlide => ((-2.0 / t).cbrt() - 1.0).max(0.0),
            F::HockeyStick(g) => {
                if t < 0.0 {
                    0.0
                } else {
                    g
                }
            }
        }
    }

    #[allow(clippy::float_cmp)] // the kink of the hockey stick is at u = 1 for g = 1 alone
    fn curvature(&self) -> Option<f64> {
        Some(match *self {
            F::Kl | F::KlSelfNormalised | F::ReverseKl | F::ReverseKlSelfNormalised | F::Alpha(_) | F::LeCam => 1.0,
            F::Pearson | F::Neyman | F::Jeffreys => 2.0,
            F::SquaredHellinger | F::TwoJsd | F::Gan | F::ArithmeticGeometric => 0.5,
            F::Hellinger2 | F::Jsd | F::KDivergence => 0.25,
            F::TotalVariation => return None,
            F::JsWeighted(pi) => pi * (1.0 - pi),
            F::NonSaturating => 0.75,
            F::LabelSmoothed { real, fake } => {
                let r = 0.5 * (real + fake);
                (real - fake).powi(2) / (8.0 * r * (1.0 - r))
            }
            F::LsganSlide => 0.375,
            F::HockeyStick(1.0) => return None,
            F::HockeyStick(_) => 0.0,
        })
    }

    #[allow(clippy::float_cmp)] // symmetric at one value of the parameter only
    fn symmetric(&self) -> bool {
        match *self {
            F::SquaredHellinger
            | F::Hellinger2
            | F::TotalVariation
            | F::Jeffreys
            | F::TwoJsd
            | F::Jsd
            | F::Gan
            | F::LeCam
            | F::ArithmeticGeometric => true,
            F::JsWeighted(x) | F::Alpha(x) => x == 0.5,
            F::LabelSmoothed { real, fake } => real + fake == 1.0,
            F::HockeyStick(g) => g == 1.0,
            _ => false,
        }
    }

    fn dual_optimum(&self, p: f64, q: f64) -> f64 {
        if q == 0.0 {
            self.slope_at_infinity()
        } else if p == 0.0 {
            self.df(0.0)
        } else {
            let (excess, _) = cell::dual_pair(self, p, q);
            self.df(1.0) + excess
        }
    }

    fn activation(&self, v: f64) -> f64 {
        match *self {
            F::Kl | F::KlSelfNormalised | F::Pearson | F::Jeffreys | F::ArithmeticGeometric => v,
            F::ReverseKl | F::NonSaturating | F::LsganSlide => -(-v).exp(),
            F::ReverseKlSelfNormalised | F::Neyman | F::SquaredHellinger | F::LeCam => -(-v).exp_m1(),
            F::Hellinger2 => -0.5 * (-v).exp_m1(),
            F::TotalVariation => 0.5 * v.tanh(),
            F::TwoJsd => ln_2_sigmoid(v),
            F::Jsd => 0.5 * ln_2_sigmoid(v),
            F::Gan => -softplus(-v),
            F::Alpha(a) if a >= 1.0 => v,
            F::HockeyStick(_) => sigmoid(v),
            F::KDivergence => ln_2_sigmoid(v),
            F::JsWeighted(_) | F::Alpha(_) | F::LabelSmoothed { .. } => self.slope_at_infinity() - softplus(-v),
        }
    }

    fn conjugate_of_activation(&self, v: f64) -> f64 {
        let v = mutate!(v, HeadOff, |v| v + 1e-3);
        match *self {
            F::ReverseKl => v - 1.0,
            F::ReverseKlSelfNormalised => v,
            F::Neyman => -2.0 * (-0.5 * v).exp_m1(),
            F::SquaredHellinger => v.exp_m1(),
            F::Hellinger2 => 0.5 * v.exp_m1(),
            F::TotalVariation => 0.5 * v.tanh(),
            F::TwoJsd => -ln_2_sigmoid(-v),
            F::Jsd => -0.5 * ln_2_sigmoid(-v),
            F::JsWeighted(pi) => {
                // ln(1 - s(v)^(1/pi)), where s(v)^(1/pi) = exp(-sp(-v)/pi) comes within e^-v/pi of one
                let ln_rest = if v > 40.0 { -v - pi.ln() } else { ln_1m_exp(softplus(-v) / pi) };
                (1.0 - pi) * ((-pi).ln_1p() - ln_rest)
            }
            F::Gan => softplus(v),
            F::Alpha(a) if a < 1.0 => {
                let ln_softplus = if v > 40.0 { -v } else { softplus(-v).ln() };
                expm1_over(a, ((-a).ln_1p() + ln_softplus) / (a - 1.0))
            }
            F::LeCam => {
                // (1-s)(3-s) with s = e^(-v/2)
                let gap = -(-0.5 * v).exp_m1();
                if gap < -1.0 { -1.0 } else { gap * (2.0 + gap) }
            }
            F::KDivergence => minus_lambert(softplus(-v)),
            // u t - ln(1+1/u), where 1 + 1/u = e^(2 asinh(e^(-v/2)/2))
            F::NonSaturating if v < -80.0 => v - 1.0,
            F::NonSaturating => {
                let s = (-0.5 * v).exp();
                -2.0 * s / (s + s.hypot(2.0)) - 2.0 * (0.5 * s).asinh()
            }
            F::LabelSmoothed { real, fake } => Labels { real, fake }.conjugate(softplus(-v)),
            _ => self.conjugate(self.activation(v)),
        }
    }

    fn cell(&self, p: f64, q: f64) -> f64 {
        cell::primal(self, p, q)
    }

    fn dual_cell(&self, p: f64, q: f64) -> f64 {
        let (t, conjugate) = cell::dual_pair(self, p, q);
        p * t - if conjugate == f64::INFINITY { cell::conjugate_mass(self, p, q) } else { q * conjugate }
    }

    fn named(&self) -> Option<FDivergence> {
        Some(*self)
    }

    fn dual_pair(&self, logit: f64) -> (f64, f64) {
        let logit = logit.clamp(-700.0, 700.0);
        cell::dual_pair(self, sigmoid(logit), sigmoid(-logit))
    }

    fn validate(&self) -> Result<()> {
        let outside = |what: &str, value: f64, expected: &str| {
            Err(Error::OutOfDomain { what: what.to_owned(), value, expected: expected.to_owned() })
        };
        match *self {
            F::Alpha(a) if !a.is_finite() => outside("alpha", a, "a finite number"),
            F::JsWeighted(pi) if !(pi > 0.0 && pi < 1.0) => outside("weight pi of js_weighted", pi, "0 < pi < 1"),
            F::HockeyStick(g) if !(g >= 1.0 && g.is_finite()) => outside("g of hockey_stick", g, "a finite g >= 1"),
            F::LabelSmoothed { real, .. } if !(0.0..=1.0).contains(&real) => {
                outside("target for real samples", real, "0 to 1")
            }
            F::LabelSmoothed { real, fake } if !(0.0..=1.0).contains(&fake) || (real - fake).abs() == 0.0 => {
                outside("target for fake samples", fake, "0 to 1, and not the target for real samples")
            }
            _ => Ok(()),
        }
    }
}

/// `sign(x)` with `sign(0) = 0`.
fn sign(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x.signum() }
}

/// `h(r) = r ln r + (1-r) ln(1-r)`.
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

/// `ln(2u/(u+1))`.
fn ln_2_share(u: f64) -> f64 {
    if u > 0.5 { ((u - 1.0) / (u + 1.0)).ln_1p() } else { (2.0 * u / (u + 1.0)).ln() }
}

/// `ln(1 + 1/u)`, also where `1/u` overflows.
fn ln_1p_recip(u: f64) -> f64 {
    if u < 1.0 { u.ln_1p() - u.ln() } else { u.recip().ln_1p() }
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

/// `[u^a - a u - (1-a)]/(a(a-1))`.
fn alpha(a: f64, u: f64) -> f64 {
    let near = u.ln().abs() * a.abs().max((1.0 - a).abs()) < 1.0;
    if near {
        cell::primal(&F::Alpha(a), u, 1.0)
    } else if a >= 0.5 {
        (u * power_less_one_over(a - 1.0, u) - (u - 1.0)) / a
    } else {
        (-power_less_one_over(a, u) + (u - 1.0)) / (1.0 - a)
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

/// The logit at which the slope of the arithmetic-geometric generator, `ln cosh(l/2) - (e^-l - 1)/2`, is `t`.
fn mean_logit(t: f64) -> f64 {
    first_float(f64::MIN, f64::MAX, |l| ln_cosh_half(l, (0.5 * l).tanh()) - 0.5 * (-l).exp_m1() >= t)
}

/// The GAN game with targets `real` and `fake`, whose discriminator is `D* = (real u + fake)/(u + 1)`.
#[derive(Debug, Clone, Copy)]
struct Labels {
    real: f64,
    fake: f64,
}

impl Labels {
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
    fn conjugate(self, gap: f64) -> f64 {
        let (ln_d, ln_not_d) = self.logarithms(self.ratio(gap));
        -weighted(self.fake, ln_d) - weighted(1.0 - self.fake, ln_not_d)
    }
}

/// `-ln(2 - e^t)`.
fn ln_inverse_gap(t: f64) -> f64 {
    -(-t.exp_m1()).ln_1p()
}

/// `e^t/(2 - e^t)`.
fn two_jsd_ratio(t: f64) -> f64 {
    t.exp() / (1.0 - t.exp_m1())
}
