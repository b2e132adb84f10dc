//! Folds for classifiers that are tested: every row is classified by a model that has not seen it, nor a copy of it.

use super::permutations::Permutations;
use crate::measure::copies::equal_rows;
use crate::numeric::stream;
use ndarray::ArrayView2;
use rand::seq::SliceRandom;

/// As many folds, or as many as the smaller sample has rows.
pub(super) const FOLDS: usize = 5;
/// Deals of the folds, until every model has rows of either label to learn from.
const DEALS: usize = 1000;
/// The seeds of the relabellings.
const TASK: u64 = 1 << 22;

/// Real and generated rows, pooled, in folds of about the same size.
///
/// Equal rows are in one fold, unless there are more of them than folds: then the value is one that the law repeats,
/// and its rows are dealt out as others are. Which rows are together depends on the pooled rows and on chance, and never on
/// which of them are real. So labels may change places within a fold: where the laws are equal, each of these labellings is as likely as
/// the one that was seen, and every fold and every model keeps its numbers of rows of either label.
pub(super) struct Folds {
    /// The fold of every row.
    of_row: Vec<usize>,
    count: usize,
    /// Which rows are real: the first `real`.
    real: usize,
}

impl Folds {
    pub(super) fn new(real: ArrayView2<'_, f64>, generated: ArrayView2<'_, f64>, seed: u64) -> Self {
        let (n, rows) = (real.nrows(), real.nrows() + generated.nrows());
        let count = FOLDS.min(n).min(rows - n);
        let mut together = equal_rows(real, generated);
        // what is all there is of a sample would leave a model without an example of it
        together.retain(|group| group.len() <= count && group.len() < n.min(rows - n));
        let mut is_alone = vec![true; rows];
        together.iter().flatten().for_each(|&row| is_alone[row] = false);
        together.extend((0..rows).filter(|&row| is_alone[row]).map(|row| vec![row]));
        let mut rng = stream(seed, 5);
        let mut deal = || {
            together.shuffle(&mut rng);
            let (mut of_row, mut sizes) = (vec![0; rows], vec![0; count]);
            for group in &together {
                let smallest = (0..count).min_by_key(|&fold| sizes[fold]).unwrap_or_default();
                sizes[smallest] += group.len();
                group.iter().for_each(|&row| of_row[row] = smallest);
            }
            Self { of_row, count, real: n }
        };
        // of few rows all of one label may come into one fold; whether they do is the same for all labellings within folds
        let mut folds = deal();
        for _ in 0..DEALS {
            if folds.teach_both() {
                break;
            }
            folds = deal();
        }
        folds
    }

    /// Whether there are rows of either label outside of every fold.
    fn teach_both(&self) -> bool {
        let spread = |rows: &[usize]| rows.iter().any(|fold| *fold != rows[0]);
        let (real, generated) = self.of_row.split_at(self.real);
        spread(real) && spread(generated)
    }

    pub(super) fn count(&self) -> usize {
        self.count
    }

    /// The rows in a fold, or those outside of it.
    pub(super) fn rows(&self, fold: usize, inside: bool) -> Vec<usize> {
        (0..self.of_row.len()).filter(|&row| (self.of_row[row] == fold) == inside).collect()
    }

    /// Which rows are generated, as the samples are.
    pub(super) fn labels(&self) -> Vec<bool> {
        (0..self.of_row.len()).map(|row| row >= self.real).collect()
    }

    /// The same for relabelled samples.
    pub(super) fn relabelled(&self, test: Permutations, relabelling: usize) -> Vec<bool> {
        let mut labels = self.labels();
        let mut rng = stream(test.seed, TASK + relabelling as u64);
        for fold in 0..self.count {
            let rows = self.rows(fold, true);
            let mut own: Vec<bool> = rows.iter().map(|&row| labels[row]).collect();
            own.shuffle(&mut rng);
            rows.iter().zip(own).for_each(|(&row, label)| labels[row] = label);
        }
        labels
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array, concatenate};

    #[test]
    fn copies_stay_together_and_labels_keep_their_numbers() {
        // 7 pairs of copies across the samples, a value of 12 rows, and rows of their own
        let draw = |from: usize, rows: usize| Array2::from_shape_fn((rows, 1), |(i, _)| (from + i) as f64);
        let ones = Array2::from_elem((6, 1), -1.0);
        let real = concatenate![ndarray::Axis(0), draw(0, 7), ones, draw(100, 30)];
        let generated = concatenate![ndarray::Axis(0), draw(0, 7), ones, draw(200, 17)];
        let folds = Folds::new(real.view(), generated.view(), 3);
        assert_eq!(folds.count(), 5);
        assert!((0..7).all(|i| folds.of_row[i] == folds.of_row[43 + i]));
        let of_ones: Vec<usize> = (7..13).map(|i| folds.of_row[i]).collect();
        assert!(of_ones.iter().any(|fold| *fold != of_ones[0]));
        let numbers = |labels: &[bool], fold| folds.rows(fold, true).iter().filter(|&&row| labels[row]).count();
        let seen = folds.labels();
        let mut moved = false;
        for relabelling in 0..20 {
            let labels = folds.relabelled(Permutations::new(20, 1), relabelling);
            // copies of one sample change places with rows that stand alone
            moved |= (13..43).any(|row| labels[row]);
            assert!((0..5).all(|fold| numbers(&labels, fold) == numbers(&seen, fold)));
        }
        assert!(moved);
        let sizes: Vec<usize> = (0..5).map(|fold| folds.rows(fold, true).len()).collect();
        assert_eq!(sizes.iter().sum::<usize>(), 73);
        assert!(sizes.iter().all(|size| (12..=18).contains(size)), "{sizes:?}");
        // rows that are all alike and few, beside many: every model learns from some of them
        let few = Folds::new(array![[7.0], [7.0], [7.0], [7.0]].view(), draw(100, 60).view(), 1);
        assert!(few.teach_both());
        // as many folds as there are rows of the smaller sample
        let few = Folds::new(array![[0.0], [1.0]].view(), draw(5, 9).view(), 0);
        assert_eq!(few.count(), 2);
    }
}
