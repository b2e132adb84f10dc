//! Lower bounds from samples: a critic is fitted on one half of them and [proves what it can](HeldOut) on the other.
//!
//! [`Variational`] splits each sample at random, fits a critic that is linear in [features](Features) on one half and
//! evaluates it on the other. The reported value therefore has the bound itself as its expectation, its standard error is that
//! of two means, and its interval is one-sided: from below `value - z std_error`, by [half a row](HeldOut::lower) of
//! the other law, up to the greatest value the divergence can have.
//! [`guaranteed`](Variational::guaranteed) replaces the normal approximation by the empirical Bernstein bound (Maurer and
//! Pontil, arXiv:0907.3740), which holds for every law and every sample size.
//!
//! A bound says nothing from above: it is as low as the critic is poor.

use super::confidence::{Confidence, ROWS, halves, is_bounded_below};
use super::critic::{self, Criterion, Critic};
use super::features::Features;
use super::held_out::{Form, HeldOut};
use crate::certificate::Estimate;
use crate::divergence::estimate::{Estimator, LEVEL, check};
use crate::divergence::generator::FDivergence;
use crate::divergence::kind::Kind;
use crate::error::{Error, Result};
use crate::measure::Empirical;

/// A lower bound of a divergence, by a critic that is fitted on one half of the samples and evaluated on the other.
///
/// [`fgan`](Self::fgan), [`classifier`](Self::classifier) and [`donsker_varadhan`](Self::donsker_varadhan) differ in what
/// the critic maximises and in how its output becomes a bound. `renyi`, `tsallis` and `bhattacharyya` are increasing
/// functions of an alpha-divergence, whose bound is then carried over.
///
/// ```
/// use fenchel::divergence::estimate::{Estimator, Variational};
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
///
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(2.0, 1.0)?);
/// let x = Empirical::new(p.sample(1000, &mut stream(0, 0))?)?;
/// let y = Empirical::new(q.sample(1000, &mut stream(0, 1))?)?;
/// let jsd = Variational::classifier().estimate(&x, &y, "jsd".parse()?)?; // 0.337
/// let (lower, greatest) = jsd.interval.unwrap();
/// assert!(0.25 < lower && lower < 0.337 && greatest == 2f64.ln());
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// At most 5000 rows of either sample are fitted to. Cost: some hundred passes over the matrix of their `k` features, and one
/// evaluation a row; memory O((n + m) k).
#[derive(Debug, Clone, Copy)]
pub struct Variational {
    method: Method,
    features: Features,
    level: f64,
    guaranteed: bool,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Method {
    FGan,
    Classifier,
    DonskerVaradhan,
}

impl Variational {
    fn new(method: Method) -> Self {
        Self { method, features: Features { degree: 2, fourier: 100 }, level: LEVEL, guaranteed: false, seed: 0 }
    }

    /// The critic maximises the bound of the divergence itself, behind its f-GAN head. For `kl` this is the bound of
    /// Nguyen, Wainwright and Jordan, whose `E_Q e^v` makes it the noisiest: from few samples take another.
    #[must_use]
    pub fn fgan() -> Self {
        Self::new(Method::FGan)
    }

    /// The critic is a classifier: logistic regression, whose logit is an estimate of `ln p/q` that serves every
    /// divergence. The most robust of the three.
    #[must_use]
    pub fn classifier() -> Self {
        Self::new(Method::Classifier)
    }

    /// The bound of Donsker and Varadhan, for `kl` and `reverse_kl`; never below that of `fgan` for the same critic.
    #[must_use]
    pub fn donsker_varadhan() -> Self {
        Self::new(Method::DonskerVaradhan)
    }

    /// The features over which the critic is linear; at first monomials up to degree 2 and 100 random Fourier features.
    #[must_use]
    pub fn features(mut self, features: Features) -> Self {
        self.features = features;
        self
    }

    /// Nominal coverage of the interval, 0.9 at first.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }

    /// Whether the interval is to hold for all laws and sample sizes, which makes it longer.
    #[must_use]
    pub fn guaranteed(mut self, guaranteed: bool) -> Self {
        self.guaranteed = guaranteed;
        self
    }

    /// The seed of the split and of the random features.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    fn prove(&self, f: FDivergence, x: &Empirical, y: &Empirical) -> Result<(HeldOut, String)> {
        let ((fit_x, test_x), (fit_y, test_y)) = (halves(x, self.seed, 0), halves(y, self.seed, 3));
        // the reverse Kullback-Leibler divergence is the other one with the laws exchanged
        let swap = self.method == Method::DonskerVaradhan && f == FDivergence::ReverseKl;
        let (fit_x, fit_y) = if swap { (fit_y, fit_x) } else { (fit_x, fit_y) };
        let (test_x, test_y) = if swap { (test_y, test_x) } else { (test_x, test_y) };
        let (objective, form) = match self.method {
            Method::FGan => (Criterion::Head(&f), Form::Head),
            Method::Classifier => (Criterion::Head(&FDivergence::Gan), Form::LogRatio),
            Method::DonskerVaradhan => (Criterion::DonskerVaradhan, Form::DonskerVaradhan),
        };
        let mut critic = critic::fit(&objective, self.features, fit_x.view(), fit_y.view(), self.seed)?;
        if self.guaranteed {
            let (on_x, on_y) = (critic.outputs(fit_x.view()), critic.outputs(fit_y.view()));
            critic.range = objective.worthiest_range(&on_x, &on_y, critic.range, |on_x, on_y, range| {
                HeldOut::of_outputs(&f, form, on_x, on_y, range).guaranteed(self.level)
            });
        }
        let proof = HeldOut::new(&f, form, &critic, test_x.view(), test_y.view());
        let ridge =
            if critic.ridge.is_finite() { format!("ridge {:e}", critic.ridge) } else { "a constant".to_owned() };
        let how = format!(
            "{} features (degree {}, {} Fourier), {ridge}; fitted on {} + {} rows, evaluated on {} + {}; seed {}",
            critic.features(),
            self.features.degree,
            self.features.fourier,
            fit_x.nrows(),
            fit_y.nrows(),
            test_x.nrows(),
            test_y.nrows(),
            self.seed
        );
        Ok((proof, how))
    }
}

impl Estimator for Variational {
    fn name(&self) -> &'static str {
        match self.method {
            Method::FGan => "fgan",
            Method::Classifier => "classifier",
            Method::DonskerVaradhan => "dv",
        }
    }

    fn supports(&self, kind: &Kind, _dimension: usize) -> bool {
        if self.method == Method::DonskerVaradhan {
            return matches!(kind, Kind::F(FDivergence::Kl | FDivergence::ReverseKl));
        }
        is_bounded_below(kind)
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        check(self, x, y, &kind, ROWS, self.level)?;
        if self.features.degree > 2 {
            let (what, value) = ("degree of the features".to_owned(), self.features.degree as f64);
            return Err(Error::out_of_domain(what, value, "0, 1 or 2"));
        }
        Confidence { level: self.level, guaranteed: self.guaranteed }.estimate(kind, (x, y), |f| self.prove(f, x, y))
    }
}
