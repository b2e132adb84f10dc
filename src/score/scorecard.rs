//! Scores by name, each with a baseline.

use super::kernel::Kernel;
use super::neighbours::{Neighbours, authenticity};
use super::{
    Compat, MOST_ROWS, Pair, Permutations, at_most, classifier, energy, frechet, information, kernel, transport, vendi,
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
    /// Unbiased squared MMD, unless told otherwise under a Gaussian kernel: [`kernel::mmd`].
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
            Self::Mmd => "squared MMD under a kernel (unless told otherwise Gaussian, at the median distance)",
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
    kernel: Kernel,
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
        Self {
            metrics: None,
            compat: None,
            k: None,
            kernel: Kernel::default(),
            permutations: 500,
            seed: 0,
            baseline: true,
        }
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

    /// The kernel of `mmd`. Left unset: Gaussian, with the median distance of the pooled sample.
    #[must_use]
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.kernel = kernel;
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
    /// Where the metrics were left to the scorecard, those that do not apply to such samples are left out, as `kl_knn` is where the
    /// laws have no density; [`score_with`](Self::score_with) says why.
    ///
    /// # Errors
    /// Different dimensions, fewer than two rows, weighted samples, a score that overflows; of metrics that were asked for,
    /// a `k` that is not below the number of rows, samples that a metric does not apply to, and a metric that needs the training
    /// sample without one.
    pub fn score(&self, real: &Empirical, generated: &Empirical, train: Option<&Empirical>) -> Result<Vec<Estimate>> {
        let scores = self.score_with(real, generated, train, |_| {})?.into_iter();
        let asked = |found: &Result<Estimate>| {
            self.metrics.is_some() || !found.as_ref().is_err_and(|why| matches!(why.cause(), Error::Unsupported { .. }))
        };
        scores.map(|(_, found)| found).filter(asked).collect()
    }

    /// As [`score`](Self::score), each metric with its estimate or the reason why there is none; `on_metric` is called before each.
    ///
    /// # Errors
    /// Different dimensions, fewer than two rows, weighted samples.
    pub fn score_with(
        &self,
        real: &Empirical,
        generated: &Empirical,
        train: Option<&Empirical>,
        mut on_metric: impl FnMut(Metric),
    ) -> Result<Vec<(Metric, Result<Estimate>)>> {
        let pair = Pair::new(real, generated)?;
        let halves = if self.baseline { halves(real, self.seed)? } else { None };
        let halves = halves.as_ref().map(|(a, b)| Pair::new(a, b)).transpose()?;
        let mut sample = Run { card: self, pair: &pair, train, neighbours: None };
        let mut floor = halves.as_ref().map(|pair| Run { pair, ..sample.clone() });
        let possible = |m: &Metric| (train.is_some() || !m.needs_train()) && sample.allows(*m);
        let all = || Metric::all().iter().copied().filter(possible).collect();
        let metrics: Vec<Metric> = self.metrics.clone().unwrap_or_else(all);
        let mut scores = Vec::with_capacity(metrics.len());
        for metric in metrics {
            on_metric(metric);
            let mut found = sample.score(metric, self.permutations);
            if let (Ok(estimate), true) = (&mut found, self.baseline) {
                match sample.baseline(metric, floor.as_mut()) {
                    Ok(Some((value, of))) => {
                        estimate.baseline = Some(value);
                        estimate.parameters.push_str(&format!("; baseline: {of}"));
                    }
                    Ok(None) => {}
                    Err(why) => estimate.warnings.push(format!("there is no baseline: {why}")),
                }
            }
            scores.push((metric, found));
        }
        Ok(scores)
    }
}

/// One pair of samples; what several metrics share is computed once.
#[derive(Clone)]
struct Run<'a> {
    card: &'a Scorecard,
    pair: &'a Pair<'a>,
    train: Option<&'a Empirical>,
    neighbours: Option<Neighbours>,
}

impl Run<'_> {
    fn score(&mut self, metric: Metric, permutations: usize) -> Result<Estimate> {
        let (pair, seed, compat) = (self.pair, self.card.seed, self.card.compat);
        let test = Permutations::new(permutations, seed);
        match metric {
            Metric::Frechet => frechet::frechet(pair),
            Metric::FrechetInfinity => frechet::infinity(pair, seed),
            Metric::W1 => transport::w1(pair, seed),
            Metric::W2 => transport::w2(pair, seed),
            Metric::SlicedW2 => transport::sliced_w2(pair, seed),
            Metric::SinkhornDivergence => transport::sinkhorn_divergence(pair, seed),
            Metric::C2st => classifier::c2st(pair, test),
            Metric::Kid => match compat {
                Some(Compat::TorchFidelity | Compat::CleanFid) => kernel::kid_over_subsets(pair, test),
                _ => kernel::kid(pair, test),
            },
            Metric::Mmd => kernel::mmd(pair, &self.card.kernel, test),
            Metric::Energy => match compat {
                Some(Compat::Scipy) => energy::root_energy(pair, test),
                _ => energy::energy(pair, test),
            },
            Metric::KlKnn => information::kl_knn(pair, self.k(metric)),
            Metric::Precision | Metric::Recall if compat == Some(Compat::TorchFidelity) => {
                let balls = Neighbours::with_closed_balls(pair, self.k(metric))?;
                Ok(if metric == Metric::Precision { balls.precision() } else { balls.recall() })
            }
            Metric::Precision => Ok(self.neighbours()?.precision()),
            Metric::Recall => Ok(self.neighbours()?.recall()),
            Metric::Density => Ok(self.neighbours()?.density()),
            Metric::Coverage => Ok(self.neighbours()?.coverage()),
            Metric::Vendi => match compat {
                Some(Compat::VendiScore) => vendi::vendi_cosine(pair),
                _ => vendi::vendi(pair, seed),
            },
            Metric::Authenticity => match self.train {
                Some(train) => {
                    let copies = Pair::new(train, pair.generated());
                    Ok(authenticity(&copies.map_err(|error| error.context("training sample in the place of `real`"))?))
                }
                None => {
                    Err(Error::unsupported("authenticity", "it compares with the training sample, and none was given"))
                }
            },
        }
    }

    /// What real data score against real data, and what was scored: between halves of the real sample, or of scores that look at one
    /// sample, of the real one.
    fn baseline(&self, metric: Metric, floor: Option<&mut Self>) -> Result<Option<(f64, String)>> {
        let real = self.pair.real();
        let own = match metric {
            Metric::Vendi => {
                let most = if self.card.compat == Some(Compat::VendiScore) { usize::MAX } else { MOST_ROWS };
                at_most(self.pair.generated().len().min(most), real, self.card.seed, 9)?
            }
            Metric::Authenticity => real.clone(),
            _ => {
                let Some(floor) = floor.filter(|floor| floor.allows(metric)) else { return Ok(None) };
                let (n, m, _) = floor.pair.sizes();
                let of = format!("real halves of {n} and {m}, seed {}", self.card.seed);
                return Ok(Some((floor.score(metric, 0)?.value, of)));
            }
        };
        let pair = Pair::new(real, &own)?;
        let value = Run { pair: &pair, ..self.clone() }.score(metric, 0)?.value;
        Ok(Some((value, format!("{} rows of the real sample", own.len()))))
    }

    fn neighbours(&mut self) -> Result<&Neighbours> {
        let known = self.neighbours.take();
        let neighbours = match known {
            Some(neighbours) => neighbours,
            None => Neighbours::new(self.pair, self.k(Metric::Coverage))?,
        };
        Ok(self.neighbours.insert(neighbours))
    }

    fn k(&self, metric: Metric) -> usize {
        let usual = match (self.card.compat, metric) {
            (Some(Compat::TorchFidelity), Metric::Precision | Metric::Recall) => 3,
            _ => 5,
        };
        self.card.k.unwrap_or(usual)
    }

    /// Whether the samples are large enough for this metric.
    fn allows(&self, metric: Metric) -> bool {
        let rows = self.pair.rows();
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
