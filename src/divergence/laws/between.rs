//! Divergences between named laws, each by the best available route.
//!
//! | laws | closed form | otherwise |
//! |---|---|---|
//! | Bernoulli, categorical, binomial, Poisson | KL; Renyi's and what follows from it | summation over the bins |
//! | laws on the line and mixtures of them | as above within one family; everything between uniform laws | quadrature |
//! | Gaussian laws of any dimension | as above; total variation for equal covariances | quadrature for Jensen-Shannon with equal covariances, Monte Carlo |
//! | Dirichlet laws | as above | Monte Carlo |
//! | mixtures of Gaussian laws | none | Monte Carlo |
//!
//! Every answer has an interval that holds the value. For a closed form it covers rounding, for a sum rounding and the
//! gap, and for quadrature the error bound. For Monte Carlo it is the interval of 95 % confidence.
//!
//! ```
//! use fenchel::divergence::{Between, Kind, NamedLaw, Route};
//! use fenchel::measure::density::Law;
//! let (p, q) = (NamedLaw::from(Law::normal(0.0, 1.0)?), NamedLaw::from(Law::laplace(0.0, 1.0)?));
//! let found = Between::new("kl".parse()?).solve(&p, &q)?;
//! assert_eq!(found.route, Route::Quadrature);
//! let (low, high) = found.interval;
//! assert!(high - low < 1e-10 && (found.value - 0.0720932082).abs() < 1e-9);
//! let many = Between::new("kl".parse()?).solve(&NamedLaw::Poisson(1e12), &NamedLaw::Poisson(1e12 + 1e6))?;
//! assert_eq!(many.route, Route::ClosedForm);
//! # Ok::<(), fenchel::Error>(())
//! ```

use super::cloud::VectorLaw;
use super::counts::{common_masses, is_count};
use super::named::NamedLaw;
use super::{closed, density, gaussian, orders};
use crate::certificate::Certified;
use crate::divergence::generator::{FDivergence, Generator};
use crate::divergence::kind::Kind;
use crate::divergence::masses::discrete::f_divergence;
use crate::divergence::masses::related::{self, bhattacharyya};
use crate::error::{Error, Result};
use crate::measure::Pmf;
use crate::measure::density::{Density, Family, Law};
use crate::numeric::special::NORMAL_975;
use crate::numeric::{Sum, ln1p_over, sigmoid};
use std::fmt;

/// How a divergence was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Route {
    /// From a formula.
    ClosedForm,
    /// Over all the bins that matter.
    Summation,
    /// Adaptive, over the common support.
    Quadrature,
    /// From draws of both laws.
    MonteCarlo,
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClosedForm => "closed form",
            Self::Summation => "summation",
            Self::Quadrature => "quadrature",
            Self::MonteCarlo => "Monte Carlo",
        })
    }
}

/// A divergence of named laws with an interval for its error.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct LawDivergence {
    /// In nats; may be `+inf`, never NaN.
    pub value: f64,
    /// Holds the value: certainly up to rounding, or with 95 % confidence for Monte Carlo.
    pub interval: (f64, f64),
    /// The dual value, where the route has one (summation and quadrature).
    pub dual: Option<f64>,
    /// How it was found.
    pub route: Route,
}

/// Finds the divergence of two named laws by the best route there is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Between {
    kind: Kind,
    samples: usize,
    seed: u64,
}

/// The relative error assumed for a closed form.
const CLOSED: f64 = 1e-12;

impl Between {
    /// This divergence; 100,000 draws from each law where Monte Carlo is the only route, seed 0.
    #[must_use]
    pub fn new(kind: Kind) -> Self {
        Self { kind, samples: 100_000, seed: 0 }
    }

    /// Draws from each law for Monte Carlo, at least two.
    #[must_use]
    pub fn samples(mut self, samples: usize) -> Self {
        self.samples = samples;
        self
    }

    /// Seed of the draws.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// The divergence of `p` from `q`.
    ///
    /// Cost: O(d^3) for a closed form, O(bins) for a sum, some thousand evaluations of the densities for quadrature,
    /// O(samples d^2) for Monte Carlo.
    ///
    /// # Errors
    /// Parameters outside their domain. Laws on different spaces or of different dimensions. A singular covariance
    /// where a density is needed. Supports of too many bins for a sum; the message says how many. Renyi's divergence of
    /// order zero or infinity between laws that are not on finitely many bins.
    pub fn solve(&self, p: &NamedLaw, q: &NamedLaw) -> Result<LawDivergence> {
        p.check("p")?;
        q.check("q")?;
        if let Kind::F(f) = self.kind {
            f.validate()?;
        }
        if let Some(value) = self.closed(p, q)? {
            return self.found(value, CLOSED * value.abs(), None, Route::ClosedForm);
        }
        if let (NamedLaw::Gaussian(x), NamedLaw::Gaussian(y), Kind::F(FDivergence::Jsd)) = (p, q, self.kind) {
            match gaussian::jsd(x, y) {
                Ok(value) => return self.found(value, 1e-12, None, Route::Quadrature),
                Err(Error::Unsupported { .. }) => {}
                Err(other) => return Err(other),
            }
        }
        if let (Some(of_p), Some(of_q)) = (p.on_the_line(), q.on_the_line()) {
            return self.by_quadrature(of_p.as_ref(), of_q.as_ref());
        }
        if is_count(p) && is_count(q) {
            return self.by_summation(p, q);
        }
        match (VectorLaw::of(p, "p")?, VectorLaw::of(q, "q")?) {
            (Some(of_p), Some(of_q)) if of_p.is_simplex() == of_q.is_simplex() => self.by_sampling(&of_p, &of_q),
            _ => Err(Error::unsupported(
                "a divergence between laws on different spaces",
                "both must be on counts, on the line, on R^d or on the simplex",
            )),
        }
    }

    fn closed(&self, p: &NamedLaw, q: &NamedLaw) -> Result<Option<f64>> {
        use NamedLaw as L;
        let nothing = Certified::new(0.0, 0.0);
        if p == q {
            let at_one = if let Kind::F(f) = self.kind { f.f(1.0) } else { nothing.value };
            return Ok(Some(at_one));
        }
        let ordered = |kl: &dyn Fn(bool) -> Result<Option<f64>>, renyi: &dyn Fn(f64, bool) -> Result<Option<f64>>| {
            #[allow(clippy::float_cmp)] // order one is its own formula
            orders::by_renyi(self.kind, |a, swapped| if a == 1.0 { kl(swapped) } else { renyi(a, swapped) })
        };
        match (p, q) {
            (L::Line(Law(Family::Uniform { low: a, high: b })), L::Line(Law(Family::Uniform { low: c, high: d }))) => {
                Ok(Some(self.kind.evaluate_pair(uniform_cells((*a, *b), (*c, *d))?)?))
            }
            (L::Line(x), L::Line(y)) => {
                ordered(&|swapped| Ok(if swapped { closed::kl(y, x) } else { closed::kl(x, y) }), &|a, swapped| {
                    if swapped { orders::renyi(y, x, a) } else { orders::renyi(x, y, a) }
                })
            }
            (L::Gaussian(x), L::Gaussian(y)) => {
                let found = match self.kind {
                    Kind::F(FDivergence::TotalVariation) => gaussian::total_variation(x, y),
                    _ => {
                        return ordered(
                            &|swapped| (if swapped { gaussian::kl(y, x) } else { gaussian::kl(x, y) }).map(Some),
                            &|a, swapped| {
                                (if swapped { gaussian::renyi(y, x, a) } else { gaussian::renyi(x, y, a) }).map(Some)
                            },
                        );
                    }
                };
                match found {
                    Err(Error::Unsupported { .. }) => Ok(None),
                    other => other.map(Some),
                }
            }
            (L::Poisson(x), L::Poisson(y)) => ordered(
                &|swapped| (if swapped { closed::kl_poisson(*y, *x) } else { closed::kl_poisson(*x, *y) }).map(Some),
                &|a, swapped| Ok(Some(if swapped { orders::poisson(*y, *x, a) } else { orders::poisson(*x, *y, a) })),
            ),
            (L::Binomial { trials, probability: x }, L::Binomial { trials: others, probability: y })
                if trials == others =>
            {
                // a sum of independent trials: orders add
                let coin = |x: f64| Pmf::new([1.0 - x, x]);
                let (x, y) = (coin(*x)?, coin(*y)?);
                let of_one = |a: f64, swapped: bool| -> Result<Option<f64>> {
                    let one = if swapped { related::renyi(a, &y, &x)? } else { related::renyi(a, &x, &y)? };
                    Ok(Some(if *trials == 0 { 0.0 } else { *trials as f64 * one.value }))
                };
                ordered(&|swapped| of_one(1.0, swapped), &of_one)
            }
            (L::Dirichlet(x), L::Dirichlet(y)) => ordered(
                &|swapped| (if swapped { closed::kl_dirichlet(y, x) } else { closed::kl_dirichlet(x, y) }).map(Some),
                &|a, swapped| Ok(Some(if swapped { orders::dirichlet(y, x, a) } else { orders::dirichlet(x, y, a) })),
            ),
            _ => Ok(None),
        }
    }

    fn by_quadrature(&self, p: &dyn Density, q: &dyn Density) -> Result<LawDivergence> {
        let bracket = |f: FDivergence, of: &dyn Fn(f64) -> f64| -> Result<LawDivergence> {
            let d = density::f_divergence(&f, p, q)?;
            let (low, high) = d.interval(&f);
            self.bracketed(of(d.value), (of(low), of(high)), Some(of(d.dual)), Route::Quadrature)
        };
        match self.kind {
            Kind::F(f) => bracket(f, &|d| d),
            Kind::Tsallis(a) if a > 0.0 => bracket(FDivergence::alpha(a)?, &|d| a * d),
            Kind::Renyi(a) if a > 0.0 && a.is_finite() => bracket(FDivergence::alpha(a)?, &|d| renyi_of_alpha(a, d)),
            Kind::Bhattacharyya => bracket(FDivergence::alpha(0.5)?, &|d| 0.5 * renyi_of_alpha(0.5, d)),
            other => Err(no_order(other)),
        }
    }

    fn by_summation(&self, p: &NamedLaw, q: &NamedLaw) -> Result<LawDivergence> {
        let (of_p, of_q) = common_masses(p, q, self.kind)?;
        let (of_p, of_q) = (
            Pmf::new(of_p).map_err(|error| error.context("masses of p"))?,
            Pmf::new(of_q).map_err(|error| error.context("masses of q"))?,
        );
        let found = self.kind.evaluate(&of_p, &of_q)?;
        // masses by Loader's formula are good to some units in the last place
        self.found(found.value, found.gap() + CLOSED * found.value.abs() + 1e-15, Some(found.dual), Route::Summation)
    }

    /// `E_M[c(2p/(p+q), 2q/(p+q))]` under the mixture `M = (P+Q)/2`, from as many draws of each law. Here `c` is the
    /// contribution of a pair of masses, which is bounded wherever the divergence is.
    fn by_sampling(&self, p: &VectorLaw<'_>, q: &VectorLaw<'_>) -> Result<LawDivergence> {
        if self.samples < 2 {
            return Err(Error::too_few("samples", self.samples, 2, "draws"));
        }
        if p.dimension() != q.dimension() {
            return Err(Error::size_mismatch(("p", p.dimension()), ("q", q.dimension()), "columns"));
        }
        let (f, of): (FDivergence, Box<dyn Fn(f64) -> f64>) = match self.kind {
            Kind::F(f) => (f, Box::new(|d| d)),
            Kind::Tsallis(a) if a > 0.0 => (FDivergence::alpha(a)?, Box::new(move |d| a * d)),
            Kind::Renyi(a) if a > 0.0 && a.is_finite() => {
                (FDivergence::alpha(a)?, Box::new(move |d| renyi_of_alpha(a, d)))
            }
            Kind::Bhattacharyya => (FDivergence::alpha(0.5)?, Box::new(|d| 0.5 * renyi_of_alpha(0.5, d))),
            other => return Err(no_order(other)),
        };
        let at_one = f.f(1.0);
        let alone = (f.slope_at_infinity() - f.df(1.0), f.at_zero() + f.df(1.0) - at_one);
        let cell = |l: f64| {
            let (x, y) = (2.0 * sigmoid(l), 2.0 * sigmoid(-l));
            match (x > 0.0, y > 0.0) {
                (true, true) => f.cell(x, y),
                (true, false) => x * alone.0,
                _ => y * alone.1,
            }
        };
        let (mut mean, mut variance) = (0.0, 0.0);
        for (side, law) in [p, q].into_iter().enumerate() {
            let draws = law.draw(self.samples, self.seed, side as u64)?;
            let (under_p, under_q) = (p.ln_pdf(draws.view()), q.ln_pdf(draws.view()));
            let cells: Vec<f64> = under_p.iter().zip(&under_q).map(|(p, q)| cell(p - q)).collect();
            let n = cells.len() as f64;
            let average = Sum::of(cells.iter().copied()) / n;
            if average.is_infinite() {
                return self.found(of(f.range().1), 0.0, None, Route::MonteCarlo);
            }
            mean += 0.5 * average;
            variance += 0.25 * Sum::of(cells.iter().map(|c| (c - average).powi(2))) / (n * (n - 1.0));
        }
        let (least, greatest) = f.range();
        let clamp = |d: f64| of((at_one + d).clamp(least, greatest));
        let error = NORMAL_975 * variance.sqrt();
        self.bracketed(clamp(mean), (clamp(mean - error), clamp(mean + error)), None, Route::MonteCarlo)
    }

    fn found(&self, value: f64, error: f64, dual: Option<f64>, route: Route) -> Result<LawDivergence> {
        let error = if value.is_finite() { error } else { 0.0 };
        self.bracketed(value, (value - error, value + error), dual, route)
    }

    /// Checks every answer: each number is in the range of the divergence, the value is in its interval, and nothing is
    /// NaN.
    fn bracketed(&self, value: f64, ends: (f64, f64), dual: Option<f64>, route: Route) -> Result<LawDivergence> {
        let numbers = [Some(value), Some(ends.0), Some(ends.1), dual];
        if numbers.into_iter().flatten().any(f64::is_nan) {
            let what = format!("{} by {route}", self.kind);
            return Err(Error::not_finite(what, 0, f64::NAN));
        }
        let (least, greatest) = self.kind.range();
        let value = value.clamp(least, greatest);
        let interval = (ends.0.max(least).min(value), ends.1.min(greatest).max(value));
        Ok(LawDivergence { value, interval, dual: dual.map(|dual| dual.min(greatest)), route })
    }
}

impl Kind {
    fn evaluate_pair(self, (p, q): (Pmf, Pmf)) -> Result<f64> {
        Ok(match self {
            Self::F(f) => f_divergence(&f, &p, &q)?,
            Self::Bhattacharyya => bhattacharyya(&p, &q)?,
            other => other.evaluate(&p, &q)?,
        }
        .value)
    }
}

fn no_order(kind: Kind) -> Error {
    Error::unsupported(
        format!("{kind} between these laws"),
        "the limits of order zero and infinity need laws on finitely many bins",
    )
}

fn renyi_of_alpha(a: f64, d: f64) -> f64 {
    // of laws that do not overlap, up to rounding: past the end of the logarithm there is no number
    let apart = a < 1.0 && d >= FDivergence::Alpha(a).range().1 * (1.0 - 4.0 * f64::EPSILON);
    if apart || d.is_infinite() { f64::INFINITY } else { ln1p_over(a - 1.0, a * d).max(0.0) }
}

/// Two intervals as laws on three bins: in both, in the first alone, in the second alone.
fn uniform_cells((a, b): (f64, f64), (c, d): (f64, f64)) -> Result<(Pmf, Pmf)> {
    let common = (b.min(d) - a.max(c)).max(0.0);
    let outside = |low: f64, high: f64, left: f64, right: f64| (left - low).max(0.0) + (high - right).max(0.0);
    let (only_p, only_q) = if common > 0.0 { (outside(a, b, c, d), outside(c, d, a, b)) } else { (b - a, d - c) };
    let law = |common: f64, p: f64, q: f64, width: f64| Pmf::normalised([common / width, p / width, q / width]);
    Ok((law(common, only_p, 0.0, b - a)?, law(common, 0.0, only_q, d - c)?))
}
