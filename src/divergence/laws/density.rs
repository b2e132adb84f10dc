//! f-divergences of two known laws on the line, by quadrature.
//!
//! The value integrates `q f(p/q)` and the dual `p T* - q f*(T*)`, each by its own adaptive quadrature. Both use the
//! generator minus its tangent at one. Everything is formed from the log-densities, with `l = ln p - ln q` and `m =
//! max(ln p, ln q)`. The integrand is `e^m` times the contribution of a pair of masses whose larger one is 1, so
//! nothing underflows where the densities do.
//!
//! Supports need not coincide. The mass of `P` outside the support of `Q` adds its size times `f'(inf)`. The mass of
//! `Q` outside the support of `P` adds its size times `f(0)`. These masses come from the distribution functions and not
//! from quadrature.
//!
//! A quadrature sees a law at its nodes only. So the mass of either law is integrated too and compared with its
//! distribution function. The two differ, for example, for a law that is narrower than the spacing of the numbers at
//! its place. The missing mass enters the error at the most that it can add.
//!
//! ```
//! use fenchel::divergence::density;
//! use fenchel::measure::density::Law;
//! let d = density::jsd(&Law::uniform(0.0, 1.0)?, &Law::uniform(2.0, 3.0)?)?;
//! assert_eq!(d.value, std::f64::consts::LN_2);
//! let d = density::kl(&Law::normal(0.0, 1.0)?, &Law::normal(1.0, 2.0)?)?;
//! assert!((d.value - (2f64.ln() - 0.25)).abs() <= d.error && d.gap() < 1e-12);
//! # Ok::<(), fenchel::Error>(())
//! ```

use crate::certificate::{Certified, Status};
use crate::divergence::generator::{FDivergence, Generator};
use crate::error::{Error, Result};
use crate::measure::density::Density;
use crate::numeric::quadrature::{Integral, Quadrature};
use crate::numeric::{expm1_over, ln_sigmoid, sigmoid};

/// A divergence of two densities with its dual value and the quadrature error of each.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CertifiedIntegral {
    /// `D_f(P||Q)`; may be `+inf`, never NaN.
    pub value: f64,
    /// `E_P[T*] - E_Q[f*(T*)]`, an independent integral.
    pub dual: f64,
    /// Bound on the error of `value`: the error of quadrature, rounding errors of the sum and of the log-densities, and
    /// mass that no node has seen. Never negative nor NaN; `+inf` where no bound is known.
    pub error: f64,
    /// The same for `dual`.
    pub dual_error: f64,
    /// Evaluations of the integrands.
    pub evaluations: usize,
    /// Converged if both integrals did.
    pub status: Status,
}

impl CertifiedIntegral {
    /// `value - dual`, zero where that is within the two errors or both are the same infinity.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.certified().gap()
    }

    /// Checks the numbers and brings them into the range of the divergence; the part beyond the range becomes error.
    fn within((least, greatest): (f64, f64), value: Bounded, dual: Bounded, evaluations: usize) -> Result<Self> {
        let side = |of: Bounded, least: f64| -> Result<(f64, f64)> {
            if of.value.is_nan() || of.error.is_nan() {
                return Err(Error::not_finite("integral of a divergence", 0, f64::NAN));
            }
            let clamped = of.value.clamp(least, greatest);
            let beyond = if of.value.is_finite() { (of.value - clamped).abs() } else { 0.0 };
            Ok((clamped, of.error.max(0.0) + beyond))
        };
        let ((value, error), (dual, dual_error)) = (side(value, least)?, side(dual, f64::NEG_INFINITY)?);
        Ok(Self { value, dual, error, dual_error, evaluations, status: Status::Converged })
    }

    /// The interval of `value` within its error, cut at the ends of the range of the generator: it holds `value`, and its
    /// ends are in order.
    #[must_use]
    pub fn interval<G: Generator + ?Sized>(&self, f: &G) -> (f64, f64) {
        let (least, greatest) = f.range();
        if self.error == f64::INFINITY {
            return (least.min(self.value), greatest.max(self.value));
        }
        let error = if self.value.is_finite() { self.error } else { 0.0 };
        ((self.value - error).max(least).min(self.value), (self.value + error).min(greatest).max(self.value))
    }

    /// Value and dual without the errors.
    #[must_use]
    pub fn certified(&self) -> Certified {
        Certified::within(self.value, self.dual, self.error + self.dual_error)
    }
}

/// `D_f(P||Q) = integral of q f(p/q) + f'(inf) P(q = 0)` in nats, with its dual value at `T* = f'(p/q)`.
///
/// Exactly `f(1)` where `P` and `Q` are the same object or equal bit for bit. `+inf` where the definition says so; if a
/// mass outside the support decides, the error is zero. Also `+inf` where the integral over a tail or up to a pole
/// diverges. This is found by the growth of its pieces, so the error is then infinite too.
///
/// Cost: some thousand evaluations of both log-densities; more where there are poles or heavy tails.
///
/// # Errors
/// A parameter of `f` outside its domain; a generator or density that returns NaN.
pub fn f_divergence<G: Generator + ?Sized>(f: &G, p: &dyn Density, q: &dyn Density) -> Result<CertifiedIntegral> {
    f.validate()?;
    let (p, q) = mutate!((p, q), DensitiesSwapped, |(p, q)| (q, p));
    let (at_one, slope) = (f.f(1.0), f.df(1.0));
    let pair = Pair::new(p, q);
    // the contribution of a unit of mass where the other law has none
    let alone = (
        mutate!(f.slope_at_infinity() - slope, InfinityClamped, |v: f64| v.min(700.0)),
        mutate!(f.at_zero() + slope - at_one, ZeroDropped, |_| 0.0),
    );
    let outside = at_one + mass_times(pair.p_outside, alone.0) + mass_times(pair.q_outside, alone.1);
    let rule = Quadrature::new();

    let inside = pair.integrate(&rule, |lp, lq| cell(lp, lq, alone, |p, q| f.cell(p, q)))?;
    let dual = pair.integrate(&rule, |lp, lq| {
        cell(lp, lq, alone, |p, q| {
            let dual = f.dual_cell(p, q);
            // T* may overflow before the product does
            if dual.is_finite() { dual } else { f.cell(p, q) }
        })
    })?;
    // The effect of the last digits of the log-densities: d(cell) = p t d(ln p) - q f*(t) d(ln q), t = T* - f'(1).
    let coarse = rule.relative(0.05).max_evaluations(20_000);
    let critic = |p: f64, q: f64| p * (f.dual_optimum(p, q) - slope);
    let rounding = pair.integrate_with_errors(&coarse, |(lp, lq), (ep, eq)| {
        let of_p = cell(lp, lq, (0.0, 0.0), critic).abs();
        let of_q = cell(lp, lq, (0.0, 0.0), |p, q| critic(p, q) - f.cell(p, q)).abs();
        let sensitivity = if ep > 0.0 { ep * of_p } else { 0.0 } + if eq > 0.0 { eq * of_q } else { 0.0 };
        if sensitivity.is_finite() { sensitivity } else { 0.0 }
    })?;
    let rounding = if rounding.value.is_finite() { rounding.value.max(0.0) + rounding.error } else { f64::INFINITY };
    let unseen = pair.unseen(&rule)?;
    let missing = mass_times(unseen.0, alone.0) + mass_times(unseen.1, alone.1);

    let side = |integral: &Integral| {
        let value = outside + integral.value;
        if outside == f64::INFINITY {
            return Bounded { value, error: 0.0 };
        }
        let error = if value.is_finite() { rounding + missing + 4.0 * f64::EPSILON * outside.abs() } else { missing };
        Bounded { value, error: integral.error + error }
    };
    let evaluations = inside.evaluations + dual.evaluations;
    let found = CertifiedIntegral::within(f.range(), side(&inside), side(&dual), evaluations)?;
    let status = if missing > 0.0 { Status::Stalled } else { worse(inside.status, dual.status) };
    Ok(CertifiedIntegral {
        value: mutate!(found.value, DensityValue, |v| v + 1e-9),
        dual: mutate!(found.dual, DensityDual, |v| v - 1e-9),
        error: mutate!(found.error, ErrorBound, |e| 1e-6 * e),
        status,
        ..found
    })
}

/// A computed value and the bound on its error.
#[derive(Debug, Clone, Copy)]
struct Bounded {
    value: f64,
    error: f64,
}

macro_rules! shortcut {
    ($name:ident, $variant:ident, $doc:literal) => {
        #[doc = $doc]
        ///
        /// # Errors
        /// A density that returns NaN.
        pub fn $name(p: &dyn Density, q: &dyn Density) -> Result<CertifiedIntegral> {
            f_divergence(&FDivergence::$variant, p, q)
        }
    };
}

shortcut!(kl, Kl, "Kullback-Leibler, the integral of `p ln(p/q)` in nats; `+inf` where `Q` misses mass of `P`.");
shortcut!(reverse_kl, ReverseKl, "`KL(Q||P)` in nats.");
shortcut!(jeffreys, Jeffreys, "Jeffreys, `KL(P||Q) + KL(Q||P)` in nats.");
shortcut!(jsd, Jsd, "Jensen-Shannon, with the two halves: 0 to `ln 2`. Its root is a metric.");
shortcut!(total_variation, TotalVariation, "Total variation, half the L1 distance: 0 to 1, a metric.");
shortcut!(hellinger2, Hellinger2, "Squared Hellinger, one minus the integral of `sqrt(pq)`: 0 to 1.");
shortcut!(pearson, Pearson, "Pearson's chi-squared, the integral of `(p-q)^2/q`.");

/// The logit `ln p(x) - ln q(x)` of the optimal discriminator; infinite where only one law has density, 0 where
/// neither has.
///
/// ```
/// use fenchel::divergence::density::{optimal_discriminator, optimal_logit};
/// use fenchel::measure::density::Law;
/// let (p, q) = (Law::normal(0.0, 1.0)?, Law::normal(1.0, 1.0)?);
/// assert!((optimal_logit(&p, &q, -50.0) - 50.5).abs() < 1e-11);
/// assert!((optimal_discriminator(&p, &q, 0.5) - 0.5).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub fn optimal_logit(p: &dyn Density, q: &dyn Density, x: f64) -> f64 {
    logit(p.ln_pdf(x), q.ln_pdf(x))
}

/// `D*(x) = p/(p+q)`, the sigmoid of [`optimal_logit`] (Goodfellow et al., arXiv:1406.2661, proposition 1). For
/// `1 - D*` without cancellation, swap the laws.
#[must_use]
pub fn optimal_discriminator(p: &dyn Density, q: &dyn Density, x: f64) -> f64 {
    sigmoid(optimal_logit(p, q, x))
}

/// The value of the GAN game at the optimal discriminator, `V(D*, G) = -ln 4 + 2 JSD`.
///
/// `value` is `-ln 4 + 2 JSD`; `dual` is the game itself, the integral of `p ln D* + q ln(1 - D*)` from the logits.
///
/// # Errors
/// A density that returns NaN.
pub fn value_at_optimum(p: &dyn Density, q: &dyn Density) -> Result<CertifiedIntegral> {
    let primal = f_divergence(&FDivergence::Gan, p, q)?;
    let pair = Pair::new(p, q);
    // outside the common support one of D*, 1 - D* is one and its logarithm zero
    let game = pair.integrate(&Quadrature::new(), |lp, lq| {
        let l = logit(lp, lq);
        weighted(lp, ln_sigmoid(l)) + weighted(lq, ln_sigmoid(-l))
    })?;
    let (value, dual) =
        (Bounded { value: primal.value, error: primal.error }, Bounded { value: game.value, error: game.error });
    let evaluations = primal.evaluations + game.evaluations;
    let found = CertifiedIntegral::within(FDivergence::Gan.range(), value, dual, evaluations)?;
    Ok(CertifiedIntegral { status: worse(primal.status, game.status), ..found })
}

/// The loss that the generator of a GAN descends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum GeneratorLoss {
    /// `E_Q[ln(1 - D)]`, the minimax loss, whose gradient vanishes where the discriminator wins.
    Saturating,
    /// `E_Q[-ln D]`.
    NonSaturating,
}

/// Derivative of a generator's loss with respect to a translation of `Q`, the discriminator frozen at `D*`.
///
/// With `X = Z + theta` it is `E_Q[-D* l']` or `E_Q[-(1 - D*) l']`, where `l' = (ln p - ln q)'`. This is the mean of
/// the gradients that automatic differentiation through the samples would give. For laws with the same support the
/// first is the derivative of `2 JSD` by the envelope theorem, and the second that of `KL(Q||P) - 2 JSD` (Arjovsky and
/// Bottou, arXiv:1701.04862, theorem 2.5). Jumps of `D*` at the ends of the supports carry no gradient to samples and
/// add nothing here.
///
/// # Errors
/// A density that returns NaN; the non-saturating loss where `Q` has mass outside the support of `P`, since it is
/// infinite there.
pub fn translation_gradient(p: &dyn Density, q: &dyn Density, loss: GeneratorLoss) -> Result<Integral> {
    let pair = Pair::new(p, q);
    if loss == GeneratorLoss::NonSaturating && pair.q_outside > 0.0 {
        return Err(Error::infeasible(
            "gradient of the non-saturating loss",
            format!("Q has mass {} where P has none, so the loss is infinite", pair.q_outside),
        ));
    }
    pair.integrate_at(&Quadrature::new(), |x, lp, lq| {
        let l = logit(lp, lq);
        let weight = match loss {
            GeneratorLoss::Saturating => sigmoid(l),
            GeneratorLoss::NonSaturating => sigmoid(-l),
        };
        let slope = p.score(x) - q.score(x);
        if weight == 0.0 { 0.0 } else { weighted(lq, -weight * slope) }
    })
}

/// Mass between neighbouring numbers from which on a law counts as not resolved by them.
const UNRESOLVED: f64 = 1e-3;

/// Two laws, split into the part in both supports and the parts outside.
struct Pair<'a> {
    p: &'a dyn Density,
    q: &'a dyn Density,
    p_outside: f64,
    q_outside: f64,
    /// From one end of the common support to the other, in this unit, a power of two; empty where there is none.
    points: Vec<f64>,
    unit: f64,
}

/// The unit of length is chosen so that log-densities stay below this, far from where the density overflows.
const TALLEST: f64 = 650.0;

/// Mass that a quadrature may miss before it is reported: its own tolerance with a margin.
const UNSEEN: f64 = 1e-9;

impl<'a> Pair<'a> {
    fn new(p: &'a dyn Density, q: &'a dyn Density) -> Self {
        let ((a, b), (c, d)) = (p.support(), q.support());
        let (low, high) = (a.max(c), b.min(d));
        if low >= high {
            return Self { p, q, p_outside: 1.0, q_outside: 1.0, points: Vec::new(), unit: 1.0 };
        }
        // A law has mass all over its support. Where that mass underflows it is still positive, and it decides if its
        // rate is infinite.
        let outside = |law: &dyn Density, from: f64, to: f64| {
            let left = if from < low { law.cdf(low).max(f64::MIN_POSITIVE) } else { 0.0 };
            let right = if to > high { law.survival(high).max(f64::MIN_POSITIVE) } else { 0.0 };
            left + right
        };
        let mut points = [p.breakpoints(), q.breakpoints(), p.landmarks(), q.landmarks()].concat();
        points.retain(|&x| x > low && x < high);
        points.extend([low, high]);
        points.sort_by(f64::total_cmp);
        let crossings: Vec<f64> = points.windows(2).filter_map(|w| crossing(p, q, w[0], w[1])).collect();
        points.extend(crossings);
        points.sort_by(f64::total_cmp);
        let tallest = points.iter().flat_map(|&x| [p.ln_pdf(x), q.ln_pdf(x)]).filter(|l| l.is_finite());
        let excess = tallest.fold(TALLEST, f64::max) - TALLEST;
        let unit = 2f64.powi(-(excess / std::f64::consts::LN_2).ceil() as i32);
        points.iter_mut().for_each(|x| *x /= unit);
        let last = points.len() - 1;
        let mut at = 0..=last;
        points.retain(|x| {
            let k = at.next();
            x.is_finite() || k == Some(0) || k == Some(last)
        });
        Self { p, q, p_outside: outside(p, a, b), q_outside: outside(q, c, d), points, unit }
    }

    /// The integral over the common support of a function of the two log-densities, homogeneous in the densities.
    fn integrate(&self, rule: &Quadrature, f: impl Fn(f64, f64) -> f64) -> Result<Integral> {
        self.integrate_at(rule, |_, lp, lq| f(lp, lq))
    }

    /// The same of the log-densities and the bounds on their rounding.
    fn integrate_with_errors(&self, rule: &Quadrature, f: impl Fn((f64, f64), (f64, f64)) -> f64) -> Result<Integral> {
        self.integrate_at(rule, |x, lp, lq| f((lp, lq), (self.p.ln_pdf_error(x), self.q.ln_pdf_error(x))))
    }

    fn integrate_at(&self, rule: &Quadrature, f: impl Fn(f64, f64, f64) -> f64) -> Result<Integral> {
        if self.points.is_empty() {
            return Ok(Integral { value: 0.0, error: 0.0, evaluations: 0, status: Status::Converged });
        }
        let mut nan = None;
        let ln_unit = self.unit.ln();
        let integral = rule.integrate(
            |t| {
                let x = t * self.unit;
                let (lp, lq) = (self.p.ln_pdf(x), self.q.ln_pdf(x));
                if lp.is_nan() || lq.is_nan() {
                    nan.get_or_insert(x);
                    return 0.0;
                }
                // rounding has put the node on a pole, which is a point without mass
                if lp == f64::INFINITY || lq == f64::INFINITY {
                    return 0.0;
                }
                f(x, lp + ln_unit, lq + ln_unit)
            },
            &self.points,
        );
        match nan {
            Some(x) => {
                let what = format!("log-density at x = {x:?}");
                Err(Error::not_finite(what, 0, f64::NAN))
            }
            None => integral,
        }
    }

    /// The difference, for each law, of the mass that the nodes see and the mass in the common support; zero within the
    /// tolerance.
    fn unseen(&self, rule: &Quadrature) -> Result<(f64, f64)> {
        let rule = rule.relative(1e-10).max_evaluations(50_000);
        let off = |mass: Integral, outside: f64| {
            let off = (mass.value - (1.0 - outside)).abs();
            if off <= UNSEEN + mass.error { 0.0 } else { off }
        };
        let of = |law: &dyn Density, outside: f64, integral: &dyn Fn() -> Result<Integral>| -> Result<f64> {
            if outside < 1.0 { Ok(off(integral()?, outside).max(self.unresolved(law))) } else { Ok(0.0) }
        };
        let p = of(self.p, self.p_outside, &|| self.integrate(&rule, |lp, _| lp.exp()))?;
        Ok((p, of(self.q, self.q_outside, &|| self.integrate(&rule, |_, lq| lq.exp()))?))
    }

    /// The most mass that a law has between a point and the neighbouring numbers, if it exceeds [`UNRESOLVED`]. No node
    /// can tell how this mass is spread, and no extrapolation can be trusted there.
    fn unresolved(&self, law: &dyn Density) -> f64 {
        let grain = |t: &f64| {
            let x = t * self.unit;
            let (before, after) = (x.next_down(), x.next_up());
            (law.cdf(after) - law.cdf(before)).min((law.survival(before) - law.survival(after)).abs())
        };
        let most = self.points.iter().filter(|t| t.is_finite()).map(grain).fold(0.0, f64::max);
        if most > UNRESOLVED { most } else { 0.0 }
    }
}

/// Where the densities cross between two points at which different ones are larger: total variation has a kink there.
fn crossing(p: &dyn Density, q: &dyn Density, low: f64, high: f64) -> Option<f64> {
    let l = |x: f64| logit(p.ln_pdf(x), q.ln_pdf(x));
    let (mut low, mut high) = (low, high);
    let sign = l(low).signum();
    if !(low.is_finite() && high.is_finite()) || l(low) == 0.0 || l(high) * sign >= 0.0 {
        return None;
    }
    for _ in 0..60 {
        let middle = 0.5 * low + 0.5 * high;
        if l(middle) * sign > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(high)
}

/// Log-ratios beyond which a cell is extrapolated: the first of these at which the cell does not overflow.
const FAR: [f64; 3] = [700.0, 300.0, 100.0];

/// `of(p, q)` for the densities with these logarithms, where `of` is homogeneous of degree one and `alone` has
/// `of(1, 0)` and `of(0, 1)`.
fn cell(lp: f64, lq: f64, alone: (f64, f64), of: impl Fn(f64, f64) -> f64) -> f64 {
    let top = lp.max(lq);
    if top == f64::NEG_INFINITY {
        return 0.0;
    }
    let l = logit(lp, lq);
    let at = |l: f64| if l >= 0.0 { of(1.0, (-l).exp()) } else { of(l.exp(), 1.0) };
    if l.is_infinite() {
        return weighted(top, if l > 0.0 { alone.0 } else { alone.1 });
    }
    let direct = at(l);
    if l.abs() <= FAR[0] && direct.is_finite() {
        return weighted(top, direct);
    }
    // That far out the contribution is bounded, linear (KL) or exponential (powers of p/q) as a function of l: a + b
    // (e^{c l} - 1)/c with c <= 0, c = 0 or c > 0, taken from three points.
    let sign = l.signum();
    let far = FAR.into_iter().find(|&far| at(sign * far).is_finite() && far < l.abs()).unwrap_or(FAR[2]);
    let step = far * 3.0 / 7.0;
    let (first, second, third) = (at(sign * (far - 2.0 * step)), at(sign * (far - step)), at(sign * far));
    let (early, late) = (second - first, third - second);
    let ratio = late / early;
    if !(ratio > 0.0 && ratio.is_finite()) {
        return weighted(top, third);
    }
    let rate = if (ratio - 1.0).abs() < 1e-9 { 0.0 } else { ratio.ln() / step };
    let excess = l.abs() - far;
    let growth = late / -expm1_over(rate, -step);
    let grown = third + growth * expm1_over(rate, excess);
    if grown.is_finite() {
        return weighted(top, grown);
    }
    // too large for f64 before the weight makes it small: e^{c l} alone
    (top + (growth / rate).abs().ln() + rate * excess).exp().copysign(growth)
}

/// `e^ln_weight times y`, with `0 times inf = 0`; the product may be in range where the weight is not.
fn weighted(ln_weight: f64, y: f64) -> f64 {
    let weight = ln_weight.exp();
    if y == 0.0 || (weight == 0.0 && y.is_infinite()) {
        0.0
    } else if weight < f64::MIN_POSITIVE || weight.is_infinite() {
        (ln_weight + y.abs().ln()).exp().copysign(y)
    } else {
        weight * y
    }
}

fn mass_times(mass: f64, rate: f64) -> f64 {
    if mass == 0.0 { 0.0 } else { mass * rate }
}

fn logit(lp: f64, lq: f64) -> f64 {
    match (lp.is_finite(), lq.is_finite()) {
        (true, true) => lp - lq,
        _ if lp > lq => f64::INFINITY,
        _ if lp < lq => f64::NEG_INFINITY,
        _ => 0.0,
    }
}

fn worse(a: Status, b: Status) -> Status {
    if a == Status::Converged { b } else { a }
}
