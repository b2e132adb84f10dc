//! How well the predictions of a classifier separate two samples: accuracy, and the area under the curve (AUC).

use super::folds::Folds;
use super::null::Null;
use super::share::{Mean, share};
use super::{Better, Pair, Permutations};
use crate::certificate::Estimate;
use crate::numeric::variance;

/// Shares that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;

/// What a classifier says of every row.
pub(super) struct Predictions {
    /// The chance that it calls the row generated.
    pub(super) called: Vec<f64>,
    /// What it compares rows of one fold by: the larger, the more like a generated one.
    pub(super) score: Vec<f64>,
}

/// Accuracy and AUC of a classifier, with those of relabelled samples.
pub(super) struct Separation {
    accuracy: (f64, f64),
    area: (f64, f64),
    null_accuracy: Null,
    null_area: Null,
    p_values: (f64, f64),
    how: String,
    sizes: (usize, usize, usize),
}

impl Separation {
    /// From the predictions under the labels that were seen and those under relabelled ones. The first of the latter
    /// are again under the labels that were seen, by the steps that the others took: the p-values compare with it.
    pub(super) fn new(
        pair: &Pair<'_>,
        folds: &Folds,
        seen: &Predictions,
        tested: Option<(f64, f64)>,
        relabelled: Vec<(f64, f64)>,
        (test, how): (Permutations, String),
    ) -> Self {
        let labels = folds.labels();
        let (accuracy, area) = (accuracy(&labels, seen), area(&labels, seen, folds));
        let (of_accuracy, of_area): (Vec<f64>, Vec<f64>) = relabelled.into_iter().unzip();
        let (null_accuracy, null_area) = (Null::new(of_accuracy, test.seed), Null::new(of_area, test.seed));
        let (a, b) = tested.unwrap_or((accuracy.0, area.0));
        let p_values =
            (null_accuracy.p_value(a, Better::Lower, ROUNDING), null_area.p_value(b, Better::Lower, ROUNDING));
        Self { accuracy, area, null_accuracy, null_area, p_values, how, sizes: pair.sizes() }
    }

    /// The mean of the shares of real and of generated rows that are called what they are.
    pub(super) fn accuracy(&self, name: &str) -> Estimate {
        let (n, m, _) = self.sizes;
        // as many rows as have the error of a share among all at equal sizes
        let count = (4.0 * n as f64 * m as f64 / (n + m) as f64) as usize;
        self.estimate(name, self.accuracy, count, &self.null_accuracy, self.p_values.0)
    }

    /// The probability that of a real and a generated row of one fold the generated one looks more like one.
    pub(super) fn area(&self, name: &str) -> Estimate {
        let (n, m, _) = self.sizes;
        // a share among so many has the error of the area where the laws are equal
        let count = (3 * n * m / (n + m + 1)).max(1);
        self.estimate(name, self.area, count, &self.null_area, self.p_values.1)
    }

    fn estimate(&self, name: &str, (value, error): (f64, f64), count: usize, null: &Null, p: f64) -> Estimate {
        let mean = Mean { sum: value * count as f64, count, std_error: Some(error) };
        let found = null.beside(share(name, mean, self.sizes, self.how.clone()), Better::Lower, ROUNDING);
        Estimate { value, p_value: found.p_value.map(|_| p), ..found }
    }
}

/// Both, as of relabelled samples.
pub(super) fn both(labels: &[bool], predictions: &Predictions, folds: &Folds) -> (f64, f64) {
    (accuracy(labels, predictions).0, area(labels, predictions, folds).0)
}

/// The accuracy with its binomial error.
fn accuracy(labels: &[bool], predictions: &Predictions) -> (f64, f64) {
    let (mut right, mut count) = ([0.0; 2], [0.0; 2]);
    for (is, called) in labels.iter().zip(&predictions.called) {
        right[usize::from(*is)] += if *is { *called } else { 1.0 - called };
        count[usize::from(*is)] += 1.0;
    }
    let shares = [right[0] / count[0], right[1] / count[1]];
    let error = (0..2).map(|k| shares[k] * (1.0 - shares[k]) / count[k]).sum::<f64>().sqrt();
    ((shares[0] + shares[1]) / 2.0, error / 2.0)
}

/// The area with the error of the placements (DeLong et al., doi:10.2307/2531595): pairs of one fold, equal scores
/// count half.
fn area(labels: &[bool], predictions: &Predictions, folds: &Folds) -> (f64, f64) {
    let (mut won, mut pairs) = (0.0, 0.0);
    let mut placements = [Vec::new(), Vec::new()];
    for fold in 0..folds.count() {
        let mut rows = folds.rows(fold, true);
        let score = |row: usize| predictions.score[row];
        rows.sort_unstable_by(|&a, &b| score(a).total_cmp(&score(b)));
        let all = rows.iter().filter(|&&row| labels[row]).count() as f64;
        let all = [rows.len() as f64 - all, all];
        if all[0] < 1.0 || all[1] < 1.0 {
            continue;
        }
        let mut before = [0.0; 2];
        for tied in rows.chunk_by(|&a, &b| score(b) - score(a) <= ROUNDING * score(a).abs().max(1.0)) {
            let generated = tied.iter().filter(|&&row| labels[row]).count() as f64;
            let own = [tied.len() as f64 - generated, generated];
            won += own[1] * (before[0] + own[0] / 2.0);
            for &row in tied {
                let is = usize::from(labels[row]);
                placements[is].push((before[1 - is] + own[1 - is] / 2.0) / all[1 - is]);
            }
            (0..2).for_each(|k| before[k] += own[k]);
        }
        pairs += all[0] * all[1];
    }
    if pairs <= 0.0 {
        return (0.5, 0.5);
    }
    let of = |values: &[f64]| if values.len() > 1 { variance(values) / values.len() as f64 } else { 0.25 };
    (won / pairs, (of(&placements[0]) + of(&placements[1])).sqrt())
}
