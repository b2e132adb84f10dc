//! Scores by name, each with a baseline.

use super::frechet::Fits;
use super::kernel::Kernel;
use super::neighbours::{Neighbours, authenticity};
use super::vendi::{self, Similarity};
use super::{Better, Compat, Pair, Permutations, classifier, energy, information, kernel, transport};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use std::fmt;
use std::ops::ControlFlow;
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
    /// Squared Fréchet distance of Gaussian fits: [`frechet`](super::frechet::frechet()).
    Frechet,
    /// The same without its bias, by extrapolation: [`infinity`](super::frechet::infinity).
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

/// What a score sees of a generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// Any difference of the two laws.
    Distribution,
    /// Whether generated points are where real ones are.
    Fidelity,
    /// Whether all of the real law is reached.
    Diversity,
    /// Whether training points are copied.
    Memorisation,
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

    /// What it sees.
    #[must_use]
    pub fn sees(self) -> Sees {
        match self {
            Self::Precision | Self::Density => Sees::Fidelity,
            Self::Recall | Self::Coverage | Self::Vendi => Sees::Diversity,
            Self::Authenticity => Sees::Memorisation,
            _ => Sees::Distribution,
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

/// Relabellings unless the user says how many: of scores of pairs so many that a relabelling of every pair of rows is this much work together.
const MOST: usize = 500;
const FEWEST: usize = 99;
const PAIRS: f64 = 1e10;

/// Scores a generated sample against a real one, each score with its uncertainty and baseline.
///
/// The baseline is what a perfect generator would get at the sizes of the comparison, bias included: the mean score of samples of the same sizes into
/// which the pooled rows were divided at random, with its spread. How often these score as badly as the generated sample is the p-value.
/// Scores that take long have fewer of them, at least five. For `vendi` and `authenticity`, which look at one sample, the baseline is the
/// score of the real one, for `vendi` of as many rows if it has them.
#[derive(Debug, Clone)]
pub struct Scorecard {
    metrics: Option<Vec<Metric>>,
    compat: Option<Compat>,
    k: Option<usize>,
    kernel: Kernel,
    similarity: Similarity,
    order: f64,
    permutations: Option<usize>,
    seed: u64,
    baseline: bool,
}

impl Default for Scorecard {
    fn default() -> Self {
        Self::new()
    }
}

impl Scorecard {
    /// All metrics that the samples allow, in our conventions, k = 5, at most 500 relabellings, seed 0, with baselines.
    #[must_use]
    pub fn new() -> Self {
        Self {
            metrics: None,
            compat: None,
            k: None,
            kernel: Kernel::default(),
            similarity: Similarity::default(),
            order: 1.0,
            permutations: None,
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

    /// The similarity of rows in `vendi`. Left unset: the cosine.
    #[must_use]
    pub fn similarity(mut self, similarity: Similarity) -> Self {
        self.similarity = similarity;
        self
    }

    /// The order of `vendi`. Left unset: 1.
    #[must_use]
    pub fn order(mut self, order: f64) -> Self {
        self.order = order;
        self
    }

    /// The most relabellings of a score; 0 for no p-values, no baselines, and no intervals of scores that are biased. Left unset: 500, and of
    /// `energy`, `mmd` and `kid` on many rows as few as 99.
    #[must_use]
    pub fn permutations(mut self, permutations: usize) -> Self {
        self.permutations = Some(permutations);
        self
    }

    /// The seed of everything random: the halves of the baseline, the relabellings, subsamples.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Whether to compute the baselines that take as long as the score, several times over. Left out are then also the p-values of these
    /// scores and the intervals of those that are biased; `energy`, `mmd`, `kid` and `c2st` keep theirs, which cost little.
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
        let scores = self.score_with(real, generated, train, |_| ControlFlow::Continue(()))?.into_iter();
        let asked = |found: &Result<Estimate>| {
            self.metrics.is_some() || !found.as_ref().is_err_and(|why| matches!(why.cause(), Error::Unsupported { .. }))
        };
        scores.map(|(_, found)| found).filter(asked).collect()
    }

    /// As [`score`](Self::score), each metric with its estimate or the reason why there is none; `on_metric` is called before each, and where it
    /// breaks off, the scores so far are all.
    ///
    /// # Errors
    /// Different dimensions, fewer than two rows, weighted samples.
    pub fn score_with(
        &self,
        real: &Empirical,
        generated: &Empirical,
        train: Option<&Empirical>,
        mut on_metric: impl FnMut(Metric) -> ControlFlow<()>,
    ) -> Result<Vec<(Metric, Result<Estimate>)>> {
        let pair = Pair::new(real, generated)?;
        let mut run = Run { card: self, pair: &pair, train, neighbours: None, fits: None };
        let possible = |m: &Metric| (train.is_some() || !m.needs_train()) && run.allows(*m);
        let metrics: Vec<Metric> =
            self.metrics.clone().unwrap_or_else(|| Metric::all().iter().copied().filter(possible).collect());
        let mut scores = Vec::with_capacity(metrics.len());
        for metric in metrics {
            if on_metric(metric).is_break() {
                break;
            }
            scores.push((metric, run.score(metric)));
        }
        Ok(scores)
    }
}

/// One pair of samples; what several metrics share is computed once.
struct Run<'a> {
    card: &'a Scorecard,
    pair: &'a Pair<'a>,
    train: Option<&'a Empirical>,
    neighbours: Option<Neighbours>,
    fits: Option<Fits>,
}

impl Run<'_> {
    fn score(&mut self, metric: Metric) -> Result<Estimate> {
        let (card, pair, compat) = (self.card, self.pair, self.card.compat);
        let (n, m, _) = pair.sizes();
        let test = Permutations::new(card.permutations.unwrap_or(MOST), card.seed);
        // two operations for each pair of rows and relabelling
        let pairs = (n + m) as f64 * (n + m) as f64;
        let few = ((PAIRS / pairs) as usize).clamp(FEWEST, MOST);
        let of_pairs = Permutations { count: card.permutations.unwrap_or(few), ..test };
        // relabellings that cost as much as the score itself
        let again = if card.baseline { test } else { Permutations { count: 0, ..test } };
        match metric {
            Metric::Frechet => Ok(self.fits(again)?.frechet()),
            Metric::FrechetInfinity => self.fits(again)?.infinity(),
            Metric::W1 => transport::w1(pair, again),
            Metric::W2 => transport::w2(pair, again),
            Metric::SlicedW2 => transport::sliced_w2(pair, again),
            Metric::SinkhornDivergence => transport::sinkhorn_divergence(pair, again),
            Metric::C2st => classifier::c2st(pair, test),
            Metric::Kid => match compat {
                Some(Compat::TorchFidelity | Compat::CleanFid) => kernel::kid_over_subsets(pair, of_pairs),
                _ => kernel::kid(pair, of_pairs),
            },
            Metric::Mmd => kernel::mmd(pair, &card.kernel, of_pairs),
            Metric::Energy => match compat {
                Some(Compat::Scipy) => energy::root_energy(pair, of_pairs),
                _ => energy::energy(pair, of_pairs),
            },
            Metric::KlKnn => information::kl_knn(pair, self.k(metric), again),
            Metric::Precision | Metric::Recall if compat == Some(Compat::TorchFidelity) => {
                let balls = Neighbours::with_closed_balls(pair, self.k(metric), again)?;
                Ok(if metric == Metric::Precision { balls.precision() } else { balls.recall() })
            }
            Metric::Precision => Ok(self.neighbours(again)?.precision()),
            Metric::Recall => Ok(self.neighbours(again)?.recall()),
            Metric::Density => Ok(self.neighbours(again)?.density()),
            Metric::Coverage => Ok(self.neighbours(again)?.coverage()),
            Metric::Vendi => match compat {
                Some(Compat::VendiScore) => vendi::vendi_of_all(pair, again),
                _ => vendi::vendi(pair, card.similarity, card.order, again),
            },
            Metric::Authenticity => self.authenticity(),
        }
    }

    /// The score of the generated sample beside that of the real one.
    fn authenticity(&self) -> Result<Estimate> {
        let Some(train) = self.train else {
            return Err(Error::unsupported("authenticity", "it compares with the training sample, and none was given"));
        };
        let of = |sample| {
            let copies = Pair::new(train, sample);
            copies
                .map_err(|error| error.context("training sample in the place of `real`"))
                .map(|pair| authenticity(&pair))
        };
        let found = of(self.pair.generated())?;
        if !self.card.baseline {
            return Ok(found);
        }
        let real = of(self.pair.real())?;
        Ok(Estimate {
            baseline: Some(real.value),
            baseline_spread: real.std_error,
            parameters: format!("{}; baseline: {} real rows", found.parameters, real.m),
            ..found
        })
    }

    fn neighbours(&mut self, test: Permutations) -> Result<&Neighbours> {
        let known = self.neighbours.take();
        let neighbours = match known {
            Some(neighbours) => neighbours,
            None => Neighbours::new(self.pair, self.k(Metric::Coverage), test)?,
        };
        Ok(self.neighbours.insert(neighbours))
    }

    fn fits(&mut self, test: Permutations) -> Result<&Fits> {
        let known = self.fits.take();
        let fits = match known {
            Some(fits) => fits,
            None => Fits::new(self.pair, test)?,
        };
        Ok(self.fits.insert(fits))
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
