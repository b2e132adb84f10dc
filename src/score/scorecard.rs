//! Scores by name, each with a baseline.

use super::choices::Choices;
use super::compat::{Compat, Subsets};
use super::definition::Comparison;
use super::similarity::{Kernel, Similarity};
use super::{Metric, Pair};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use std::ops::ControlFlow;

/// Scores a generated sample against a real one, each score with its uncertainty and baseline.
///
/// The baseline is what a perfect generator would get at the sizes of the comparison, bias included: the mean score of samples of the same sizes into
/// which the pooled rows were divided at random, with its spread. How often these score as badly as the generated sample is the p-value.
/// Scores that take long have fewer of them, at least five. For `vendi`, `authenticity` and `copies`, which look at one sample, the baseline is the
/// score of the real one, for `vendi` of as many rows if it has them. For `fld` it is that of training rows that were held back.
#[derive(Debug, Clone)]
pub struct Scorecard {
    metrics: Option<Vec<Metric>>,
    choices: Choices,
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
        Self { metrics: None, choices: Choices::default() }
    }

    /// The metrics to compute, in this order. Left unset: all for which there are enough rows, those of memorisation only where a
    /// training sample is given.
    #[must_use]
    pub fn metrics(mut self, metrics: &[Metric]) -> Self {
        self.metrics = Some(metrics.to_vec());
        self
    }

    /// Follow the conventions of another program.
    #[must_use]
    pub fn compat(mut self, compat: Compat) -> Self {
        self.choices.compat = Some(compat);
        self
    }

    /// The neighbour that a ball reaches to, for `kl_knn`, precision, recall, density and coverage. Left unset: 5, or what the
    /// program takes whose conventions are followed.
    #[must_use]
    pub fn k(mut self, k: usize) -> Self {
        self.choices.k = Some(k);
        self
    }

    /// The kernel of `mmd`. Left unset: Gaussian, with the median distance of the pooled sample.
    #[must_use]
    pub fn kernel(mut self, kernel: Kernel) -> Self {
        self.choices.kernel = kernel;
        self
    }

    /// The similarity of rows in `vendi`. Left unset: the cosine.
    #[must_use]
    pub fn similarity(mut self, similarity: Similarity) -> Self {
        self.choices.similarity = similarity;
        self
    }

    /// The order of `vendi`. Left unset: 1.
    #[must_use]
    pub fn order(mut self, order: f64) -> Self {
        self.choices.order = order;
        self
    }

    /// Take `kid` over random subsets, as other programs do: how many, and of how many rows. Left unset: over all pairs, or as the program does
    /// whose conventions are followed.
    #[must_use]
    pub fn subsets(mut self, subsets: Subsets) -> Self {
        self.choices.subsets = Some(subsets);
        self
    }

    /// The most relabellings of a score; 0 for no p-values, no baselines, and no intervals of scores that are biased. Left unset: 500, and of
    /// `energy`, `mmd` and `kid` on many rows as few as 99.
    #[must_use]
    pub fn permutations(mut self, permutations: usize) -> Self {
        self.choices.permutations = Some(permutations);
        self
    }

    /// The seed of everything random: the halves of the baseline, the relabellings, subsamples.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.choices.seed = seed;
        self
    }

    /// Whether to compute the baselines that take as long as the score, several times over. Left out are then also the p-values of these
    /// scores and the intervals of those that are biased; `energy`, `mmd`, `kid` and `c2st` keep theirs, which cost little.
    #[must_use]
    pub fn baseline(mut self, baseline: bool) -> Self {
        self.choices.baseline = baseline;
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
        let mut comparison = Comparison::new(&self.choices, &pair, train);
        let metrics = self.chosen(&comparison);
        let mut scores = Vec::with_capacity(metrics.len());
        for metric in metrics {
            if on_metric(metric).is_break() {
                break;
            }
            scores.push((metric, comparison.score(metric.definition())));
        }
        Ok(scores)
    }

    /// How long each metric will take, in seconds of one core, in the order in which [`score`](Self::score) computes them; 0 for one that is
    /// read from what an earlier one has computed, as `frechet_infinity` is after `frechet`.
    ///
    /// Right to within a factor of about three on a machine of 3 GHz (`benches/forecast.md`).
    ///
    /// # Errors
    /// As [`score_with`](Self::score_with).
    ///
    /// ```
    /// use fenchel::measure::Empirical;
    /// use fenchel::score::{Metric, Scorecard};
    /// use ndarray::Array2;
    /// let sample = |rows| Empirical::new(Array2::from_shape_fn((rows, 3), |(i, j)| (i * (j + 1)) as f64));
    /// let card = Scorecard::new().metrics(&[Metric::Energy, Metric::Recall, Metric::Coverage]);
    /// let (small, large) = (sample(100)?, sample(10_000)?);
    /// let few = card.forecast(&small, &small, None)?;
    /// let many = card.forecast(&large, &large, None)?;
    /// assert!(many[0].1 > 100.0 * few[0].1);
    /// assert_eq!(many[2], (Metric::Coverage, 0.0)); // recall has found all neighbours
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn forecast(
        &self,
        real: &Empirical,
        generated: &Empirical,
        train: Option<&Empirical>,
    ) -> Result<Vec<(Metric, f64)>> {
        let pair = Pair::new(real, generated)?;
        let comparison = Comparison::new(&self.choices, &pair, train);
        let task = comparison.task();
        let metrics = self.chosen(&comparison);
        let seconds = metrics.iter().enumerate().map(|(k, metric)| {
            let step = metric.definition().step;
            // closed balls are found for each score by itself
            let alone = |metric: &Metric| {
                self.choices.compat == Some(Compat::TorchFidelity)
                    && matches!(metric, Metric::Precision | Metric::Recall)
            };
            let done = !alone(metric)
                && metrics[..k].iter().any(|earlier| !alone(earlier) && earlier.definition().step.is(&step));
            (*metric, if done { 0.0 } else { step.seconds(&task) })
        });
        Ok(seconds.collect())
    }

    /// Metrics that are left out because there are too few rows for them, where all were left to the scorecard.
    ///
    /// # Errors
    /// As [`score_with`](Self::score_with).
    ///
    /// ```
    /// use fenchel::measure::Empirical;
    /// use fenchel::score::{Metric, Scorecard};
    /// let few = Empirical::new(ndarray::array![[0.0], [1.0], [2.0]])?;
    /// assert!(Scorecard::new().left_out(&few, &few, None)?.contains(&Metric::Recall)); // there are no five neighbours
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn left_out(&self, real: &Empirical, generated: &Empirical, train: Option<&Empirical>) -> Result<Vec<Metric>> {
        let pair = Pair::new(real, generated)?;
        let comparison = Comparison::new(&self.choices, &pair, train);
        let chosen = self.chosen(&comparison);
        let is_left_out = |metric: &Metric| {
            self.metrics.is_none() && !chosen.contains(metric) && (train.is_some() || !metric.needs_train())
        };
        Ok(Metric::all().iter().copied().filter(is_left_out).collect())
    }

    /// The metrics that were asked for, or all that the samples allow.
    fn chosen(&self, comparison: &Comparison<'_>) -> Vec<Metric> {
        let possible = |metric: &Metric| comparison.allows(metric.definition());
        self.metrics.clone().unwrap_or_else(|| Metric::all().iter().copied().filter(possible).collect())
    }
}
