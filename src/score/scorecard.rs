//! Scores by name, each with a baseline.

use super::neighbours::{Neighbours, authenticity};
use super::{
    Compat, MOST_ROWS, Permutations, at_most, check_samples, classifier, energy, frechet, information, kernel,
    transport, vendi,
};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::stream;
use ndarray::Axis;
use rand::seq::SliceRandom;
use std::fmt;
use std::str::FromStr;

/// A score by name. `Display` and `FromStr` agree; [`Metric::all`] lists them.
///
/// ```
/// use fenchel::score::Metric;
/// assert_eq!("frechet".parse::<Metric>()?, Metric::Frechet);
/// assert!("fid".parse::<Metric>().unwrap_err().to_string().contains("frechet"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Metric {
    /// Squared Fréchet distance of Gaussian fits: [`frechet::frechet`].
    Frechet,
    /// The same without its bias, by extrapolation: [`frechet::infinity`].
    FrechetInfinity,
    /// Unbiased squared MMD under a cubic kernel: [`kernel::kid`].
    Kid,
    /// Unbiased squared MMD under a Gaussian kernel: [`kernel::mmd`].
    Mmd,
    /// Energy distance: [`energy::energy`].
    Energy,
    /// Exact transport distance: [`transport::w1`].
    W1,
    /// Exact transport distance: [`transport::w2`].
    W2,
    /// Root mean square of W₂ over random directions: [`transport::sliced_w2`].
    SlicedW2,
    /// Entropic transport without its bias: [`transport::sinkhorn_divergence`].
    SinkhornDivergence,
    /// Accuracy of a classifier that tells generated from real: [`classifier::c2st`].
    C2st,
    /// Kullback-Leibler divergence by nearest neighbours: [`information::kl_knn`].
    KlKnn,
    /// Share of generated points near real ones: [`Neighbours::precision`].
    Precision,
    /// Share of real points near generated ones: [`Neighbours::recall`].
    Recall,
    /// Mean number of real balls around a generated point: [`Neighbours::density`].
    Density,
    /// Share of real points with a generated one nearby: [`Neighbours::coverage`].
    Coverage,
    /// Effective number of different generated points: [`vendi::vendi`].
    Vendi,
    /// Share of generated points that copy no training point: [`authenticity`]; needs the training sample.
    Authenticity,
}

/// Which way a score improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Smaller values are better.
    Lower,
    /// Larger values are better.
    Higher,
}

impl Metric {
    /// Every metric, in the order in which tables list them.
    #[must_use]
    pub fn all() -> &'static [Self] {
        use Metric::*;
        &[
            Frechet,
            FrechetInfinity,
            Kid,
            Mmd,
            Energy,
            W1,
            W2,
            SlicedW2,
            SinkhornDivergence,
            C2st,
            KlKnn,
            Precision,
            Recall,
            Density,
            Coverage,
            Vendi,
            Authenticity,
        ]
    }

    /// The name at the command line and in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Frechet => "frechet",
            Self::FrechetInfinity => "frechet_infinity",
            Self::Kid => "kid",
            Self::Mmd => "mmd",
            Self::Energy => "energy",
            Self::W1 => "w1",
            Self::W2 => "w2",
            Self::SlicedW2 => "sliced_w2",
            Self::SinkhornDivergence => "sinkhorn_divergence",
            Self::C2st => "c2st",
            Self::KlKnn => "kl_knn",
            Self::Precision => "precision",
            Self::Recall => "recall",
            Self::Density => "density",
            Self::Coverage => "coverage",
            Self::Vendi => "vendi",
            Self::Authenticity => "authenticity",
        }
    }

    /// What it says, in half a line.
    #[must_use]
    pub fn description(self) -> &'static str {
        match self {
            Self::Frechet => "squared Fréchet distance of Gaussian fits (means and covariances only)",
            Self::FrechetInfinity => "the same extrapolated to infinitely many samples",
            Self::Kid => "squared MMD, kernel (x·y/d + 1)³ (moments up to the third)",
            Self::Mmd => "squared MMD, Gaussian kernel at the median distance",
            Self::Energy => "energy distance 2E|X-Y| - E|X-X'| - E|Y-Y'|",
            Self::W1 => "transport distance W1",
            Self::W2 => "transport distance W2",
            Self::SlicedW2 => "transport distance W2 of projections",
            Self::SinkhornDivergence => "entropic transport cost without its bias",
            Self::C2st => "accuracy of a nearest-neighbour classifier, real against generated (1/2 is best)",
            Self::KlKnn => "KL(real || generated) in nats, by nearest neighbours",
            Self::Precision => "share of generated points among the real ones",
            Self::Recall => "share of real points among the generated ones",
            Self::Density => "real balls around a generated point, relative to k",
            Self::Coverage => "share of real points with a generated one in their ball",
            Self::Vendi => "effective number of different generated points (the real ones' is best)",
            Self::Authenticity => "share of generated points that are no copies of training points",
        }
    }

    /// Which way it improves.
    #[must_use]
    pub fn better(self) -> Better {
        match self {
            Self::Precision | Self::Recall | Self::Density | Self::Coverage | Self::Vendi | Self::Authenticity => {
                Better::Higher
            }
            _ => Better::Lower,
        }
    }

    /// How many rows it needs of either sample, beside those that `k` needs.
    #[must_use]
    pub fn rows(self) -> usize {
        if matches!(self, Self::FrechetInfinity | Self::C2st) { 4 } else { 2 }
    }

    /// Whether it compares with the training sample.
    #[must_use]
    pub fn needs_train(self) -> bool {
        self == Self::Authenticity
    }
}

impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Metric {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let names = || Self::all().iter().map(|m| m.name()).collect::<Vec<_>>().join(", ");
        Self::all()
            .iter()
            .copied()
            .find(|m| m.name() == name)
            .ok_or_else(|| Error::unknown_name("metric", name, names()))
    }
}

/// Scores a generated sample against a real one, each score with its uncertainty and baseline.
///
/// The baseline is the same score between two random halves of the real sample. The halves are smaller than the
/// samples, so for the scores that are biased upwards at small `n` (`frechet`, `energy`, `w1`, `w2`) it is somewhat
/// larger than what a perfect generator would get. For `vendi` and `authenticity`, which look at one sample, it is the
/// score of the real one, for `vendi` of as many rows if it has them.
#[derive(Debug, Clone)]
pub struct Scorecard {
    metrics: Option<Vec<Metric>>,
    compat: Option<Compat>,
    k: Option<usize>,
    permutations: usize,
    seed: u64,
    baseline: bool,
}

impl Default for Scorecard {
    fn default() -> Self {
        Self::new()
    }
}

impl Scorecard {
    /// All metrics that the samples allow, in our conventions, k = 5, 500 permutations, seed 0, with baselines.
    #[must_use]
    pub fn new() -> Self {
        Self { metrics: None, compat: None, k: None, permutations: 500, seed: 0, baseline: true }
    }

    /// The metrics to compute, in this order. Left unset: all for which there are enough rows, `authenticity` only where a
    /// training sample is given.
    #[must_use]
    pub fn metrics(mut self, metrics: &[Metric]) -> Self {
        self.metrics = Some(metrics.to_vec());
        self
    }

    /// Follow the conventions of another program.
    #[must_use]
    pub fn compat(mut self, compat: Compat) -> Self {
        self.compat = Some(compat);
        self
    }

    /// The neighbour that a ball reaches to, for `kl_knn`, precision, recall, density and coverage. Left unset: 5, or what the
    /// program takes whose conventions are followed.
    #[must_use]
    pub fn k(mut self, k: usize) -> Self {
        self.k = Some(k);
        self
    }

    /// Relabellings of the permutation tests of `energy`, `mmd`, `kid` and `c2st`; 0 for no test.
    #[must_use]
    pub fn permutations(mut self, permutations: usize) -> Self {
        self.permutations = permutations;
        self
    }

    /// The seed of everything random: the halves of the baseline, the relabellings, subsamples.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether to compute baselines, which cost up to half as much again.
    #[must_use]
    pub fn baseline(mut self, baseline: bool) -> Self {
        self.baseline = baseline;
        self
    }

    /// Scores `generated` against `real`.
    ///
    /// # Errors
    /// Different dimensions, fewer than two rows, weighted samples, a score that overflows; of metrics that were asked for,
    /// a `k` that is not below the number of rows, and a metric that needs the training sample without one.
    pub fn score(&self, real: &Empirical, generated: &Empirical, train: Option<&Empirical>) -> Result<Vec<Estimate>> {
        self.score_with(real, generated, train, |_| {})
    }

    /// As [`score`](Self::score); `on_metric` is called before each metric.
    ///
    /// # Errors
    /// As [`score`](Self::score).
    pub fn score_with(
        &self,
        real: &Empirical,
        generated: &Empirical,
        train: Option<&Empirical>,
        mut on_metric: impl FnMut(Metric),
    ) -> Result<Vec<Estimate>> {
        check_samples(real, generated, 2)?;
        let mut sample =
            Run { real, generated, train, compat: self.compat, k: self.k, seed: self.seed, neighbours: None };
        let possible = |m: &Metric| (train.is_some() || !m.needs_train()) && sample.allows(*m);
        let all = || Metric::all().iter().copied().filter(possible).collect();
        let metrics: Vec<Metric> = self.metrics.clone().unwrap_or_else(all);
        let halves = if self.baseline { halves(real, self.seed)? } else { None };
        let mut floor = halves.as_ref().map(|(a, b)| Run { real: a, generated: b, ..sample.clone() });
        let mut scores = Vec::with_capacity(metrics.len());
        for metric in metrics {
            on_metric(metric);
            let mut estimate = sample.score(metric, self.permutations)?;
            // of scores that look at one sample: the real one instead
            let own = match metric {
                _ if !self.baseline => None,
                Metric::Vendi => {
                    let most = if self.compat == Some(Compat::VendiScore) { usize::MAX } else { MOST_ROWS };
                    Some(at_most(generated.len().min(most), real, self.seed, 9)?)
                }
                Metric::Authenticity => Some(real.clone()),
                _ => None,
            };
            if let Some(own) = own {
                let rows = own.len();
                estimate.baseline = Some(Run { generated: &own, ..sample.clone() }.score(metric, 0)?.value);
                estimate.parameters.push_str(&format!("; baseline: {rows} rows of the real sample"));
            } else if let Some(floor) = &mut floor
                && !metric.needs_train()
                && floor.allows(metric)
            {
                estimate.baseline = Some(floor.score(metric, 0)?.value);
                let (n, m) = (floor.real.len(), floor.generated.len());
                estimate.parameters.push_str(&format!("; baseline: real halves of {n} and {m}, seed {}", self.seed));
            }
            scores.push(estimate);
        }
        Ok(scores)
    }
}

/// One pair of samples; what several metrics share is computed once.
#[derive(Clone)]
struct Run<'a> {
    real: &'a Empirical,
    generated: &'a Empirical,
    train: Option<&'a Empirical>,
    compat: Option<Compat>,
    k: Option<usize>,
    seed: u64,
    neighbours: Option<Neighbours>,
}

impl Run<'_> {
    fn score(&mut self, metric: Metric, permutations: usize) -> Result<Estimate> {
        let (real, generated) = (self.real, self.generated);
        let test = Permutations::new(permutations, self.seed);
        match metric {
            Metric::Frechet => frechet::frechet(real, generated),
            Metric::FrechetInfinity => frechet::infinity(real, generated, self.seed),
            Metric::W1 => transport::w1(real, generated, self.seed),
            Metric::W2 => transport::w2(real, generated, self.seed),
            Metric::SlicedW2 => transport::sliced_w2(real, generated, self.seed),
            Metric::SinkhornDivergence => transport::sinkhorn_divergence(real, generated, self.seed),
            Metric::C2st => classifier::c2st(real, generated, test),
            Metric::Kid => match self.compat {
                Some(Compat::TorchFidelity | Compat::CleanFid) => kernel::kid_over_subsets(real, generated, test),
                _ => kernel::kid(real, generated, test),
            },
            Metric::Mmd => kernel::mmd(real, generated, test),
            Metric::Energy => match self.compat {
                Some(Compat::Scipy) => energy::root_energy(real, generated, test),
                _ => energy::energy(real, generated, test),
            },
            Metric::KlKnn => information::kl_knn(real, generated, self.k(metric)),
            Metric::Precision | Metric::Recall if self.compat == Some(Compat::TorchFidelity) => {
                let balls = Neighbours::with_closed_balls(real, generated, self.k(metric))?;
                Ok(if metric == Metric::Precision { balls.precision() } else { balls.recall() })
            }
            Metric::Precision => Ok(self.neighbours()?.precision()),
            Metric::Recall => Ok(self.neighbours()?.recall()),
            Metric::Density => Ok(self.neighbours()?.density()),
            Metric::Coverage => Ok(self.neighbours()?.coverage()),
            Metric::Vendi => match self.compat {
                Some(Compat::VendiScore) => vendi::vendi_cosine(real, generated),
                _ => vendi::vendi(real, generated, self.seed),
            },
            Metric::Authenticity => match self.train {
                Some(train) => authenticity(train, generated),
                None => {
                    Err(Error::unsupported("authenticity", "it compares with the training sample, and none was given"))
                }
            },
        }
    }

    fn neighbours(&mut self) -> Result<&Neighbours> {
        let known = self.neighbours.take();
        let neighbours = match known {
            Some(neighbours) => neighbours,
            None => Neighbours::new(self.real, self.generated, self.k(Metric::Coverage))?,
        };
        Ok(self.neighbours.insert(neighbours))
    }

    fn k(&self, metric: Metric) -> usize {
        let usual = match (self.compat, metric) {
            (Some(Compat::TorchFidelity), Metric::Precision | Metric::Recall) => 3,
            _ => 5,
        };
        self.k.unwrap_or(usual)
    }

    /// Whether the samples are large enough for this metric.
    fn allows(&self, metric: Metric) -> bool {
        let rows = self.real.len().min(self.generated.len());
        match metric {
            Metric::KlKnn | Metric::Precision | Metric::Recall | Metric::Density | Metric::Coverage => {
                self.k(metric) < rows
            }
            _ => rows >= metric.rows(),
        }
    }
}

/// Two random halves; none for fewer than four rows.
fn halves(sample: &Empirical, seed: u64) -> Result<Option<(Empirical, Empirical)>> {
    if sample.len() < 4 {
        return Ok(None);
    }
    let mut order: Vec<usize> = (0..sample.len()).collect();
    order.shuffle(&mut stream(seed, 2));
    let (a, b) = order.split_at(sample.len() / 2);
    let part = |rows: &[usize]| Empirical::new(sample.points().select(Axis(0), rows));
    Ok(Some((part(a)?, part(b)?)))
}
