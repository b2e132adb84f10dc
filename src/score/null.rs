//! What equal laws score: the values of a score where the rows of both samples change places at random.
//!
//! If the two laws are one, every way of giving the pooled rows to two samples of the same sizes is as likely as the one that was seen. The
//! scores of such *relabelled* samples therefore say what a perfect generator would get at these very sizes, bias included, and where among
//! them the score that was seen stands is an exact p-value (Good, doi:10.1007/b138696).

use super::Better;
use super::permutations::{Permutations, order, pool};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::numeric::{exponent, stream, times_power, variance};
use ndarray::{Array2, ArrayView2, Axis};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::ops::Range;

/// The bias of different laws is at most so many times that of equal ones.
const MOST_FACTOR: f64 = 2.0;

/// Relabellings from which a p-value can be small enough to say something: 1/20.
const TESTED: usize = 19;

/// The scores of relabelled samples.
#[derive(Debug, Clone, Default)]
pub(super) struct Null {
    values: Vec<f64>,
    seed: u64,
}

impl Null {
    pub(super) fn new(values: Vec<f64>, seed: u64) -> Self {
        Self { values, seed }
    }

    /// Scores relabelled samples, as many as were asked for or as the work of one lets there be; the score is one of the numbers that the rows of
    /// two samples have in the pooled one, as [`by_number`] makes it.
    pub(super) fn of(
        (n, m): (usize, usize),
        test: Permutations,
        work: f64,
        score: impl Fn(&[usize], &[usize]) -> Result<f64> + Sync,
    ) -> Result<Self> {
        let values = (0..test.within(work)).into_par_iter().map(|relabelling| {
            let order = order(n + m, test.seed, relabelling as u64);
            let (a, b) = order.split_at(n);
            score(a, b)
        });
        Ok(Self::new(values.collect::<Result<_>>()?, test.seed))
    }

    #[cfg(test)]
    pub(super) fn values(&self) -> &[f64] {
        &self.values
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len() as f64
    }

    /// The standard deviation of the values; 0 where there are fewer than two.
    pub(super) fn spread(&self) -> f64 {
        if self.values.len() < 2 {
            return 0.0;
        }
        // in a unit in which no square overflows or underflows
        let unit = exponent(self.values.iter().fold(0.0f64, |most, value| most.max(value.abs())));
        let scaled: Vec<f64> = self.values.iter().map(|value| times_power(*value, -unit)).collect();
        times_power(variance(&scaled).sqrt(), unit)
    }

    /// The probability of so bad a score, or a worse one, where the laws are equal. Scores that differ by `slack` are the same up to rounding.
    pub(super) fn p_value(&self, value: f64, better: Better, slack: f64) -> f64 {
        let as_bad = self.values.iter().filter(|null| match better {
            Better::Lower => **null >= value - slack,
            Better::Higher => **null <= value + slack,
        });
        (1 + as_bad.count()) as f64 / (1 + self.values.len()) as f64
    }

    /// The values in another unit.
    pub(super) fn map(self, of: impl Fn(f64) -> f64) -> Self {
        Self { values: self.values.into_iter().map(of).collect(), ..self }
    }

    /// The estimate with its baseline and p-value; without relabellings as it was.
    pub(super) fn beside(&self, estimate: Estimate, better: Better, slack: f64) -> Estimate {
        if self.is_empty() {
            return estimate;
        }
        Estimate {
            p_value: (self.values.len() >= TESTED).then(|| self.p_value(estimate.value, better, slack)),
            baseline: Some(self.mean()),
            baseline_spread: (self.values.len() > 1).then(|| self.spread()),
            parameters: format!("{}; {} relabellings, seed {}", estimate.parameters, self.values.len(), self.seed),
            ..estimate
        }
    }
}

/// How a score rises from all rows to half of them, here and for equal laws.
#[derive(Debug, Clone)]
pub(super) struct Rise {
    /// What equal laws score.
    pub(super) null: Null,
    /// Of relabelled samples, and of the samples.
    halves: Option<[Halves; 2]>,
}

/// The scores of halves: their mean, and the standard error of the rise to it.
#[derive(Debug, Clone, Copy)]
struct Halves {
    mean: f64,
    error: f64,
}

impl Halves {
    /// From the halves and what each rises from.
    fn new(halves: &[f64], from: &[f64]) -> Self {
        let count = halves.len() as f64;
        let rises: Vec<f64> = halves.iter().zip(from).map(|(half, from)| half - from).collect();
        let error = if halves.len() > 1 { (variance(&rises) / count).sqrt() } else { 0.0 };
        Self { mean: halves.iter().sum::<f64>() / count, error }
    }
}

/// Rows of either sample that halves need.
pub(super) const HALVED: usize = 4;
/// Splits into halves that are averaged over.
pub(super) const SPLITS: u64 = 4;

impl Rise {
    /// Scores relabelled samples and halves of all; the work is that of one score of all rows.
    pub(super) fn of(
        (n, m): (usize, usize),
        value: f64,
        test: Permutations,
        work: f64,
        score: impl Fn(&[usize], &[usize]) -> Result<f64> + Sync,
    ) -> Result<Self> {
        // the halves of relabelled samples cost at most as much again
        let null = Null::of((n, m), test, 2.0 * work, &score)?;
        if n.min(m) < HALVED {
            return Ok(Self { null, halves: None });
        }
        let again = Permutations { count: null.len(), ..test };
        let of_null = Null::of((n, m), again, 0.0, |a, b| score(&half(a, n), &half(b, n)))?;
        let of_split = |split: u64| {
            let ([a, b], [c, d]) =
                (split_in_two(0..n, test.seed, 2 * split), split_in_two(n..n + m, test.seed, 2 * split + 1));
            Ok((score(&a, &c)? + score(&b, &d)?) / 2.0)
        };
        let splits = (0..SPLITS).into_par_iter().map(of_split).collect::<Result<Vec<f64>>>()?;
        let of_null = Halves::new(&of_null.values, &null.values);
        let halves = Some([of_null, Halves::new(&splits, &[value; SPLITS as usize])]);
        Ok(Self { null, halves })
    }

    /// The value less its bias, and the error of that bias, which is taken to be in proportion to that of equal laws. The factor is the ratio of the
    /// rises from all rows to half of them. Without relabellings the bias is taken to double. None where the samples have no halves.
    pub(super) fn without_bias(&self, value: f64) -> Option<(f64, f64)> {
        let [of_null, of_both] = self.halves?;
        let rise = of_both.mean - value;
        if self.null.is_empty() {
            return Some((value - rise, of_both.error));
        }
        let (bias, null_rise) = (self.null.mean(), of_null.mean - self.null.mean());
        // a rise that is lost in the spread says nothing
        if null_rise <= 0.0 {
            return Some((value - bias, bias.abs()));
        }
        let factor = (rise / null_rise).clamp(0.0, MOST_FACTOR);
        let error = of_both.error.hypot(factor * of_null.error) / null_rise;
        Some((value - factor * bias, error.min(1.0) * bias.abs()))
    }
}

/// A score of two samples as one of the numbers that their rows have in the pooled one.
pub(super) fn by_number(
    (x, y): (ArrayView2<'_, f64>, ArrayView2<'_, f64>),
    score: impl Fn(Array2<f64>, Array2<f64>) -> Result<f64> + Sync,
) -> impl Fn(&[usize], &[usize]) -> Result<f64> + Sync {
    let pooled = pool(x, y);
    move |a, b| score(pooled.select(Axis(0), a), pooled.select(Axis(0), b))
}

/// Half of the rows of a relabelled sample, with half of those of either sample, of which the first has `n`. What a half scores depends on its mixture, and
/// this one has that of the whole.
fn half(rows: &[usize], n: usize) -> Vec<usize> {
    let (real, generated): (Vec<usize>, Vec<usize>) = rows.iter().copied().partition(|i| *i < n);
    // one after the other, so that two odd counts make a whole
    real.into_iter().chain(generated).step_by(2).take(rows.len() / 2).collect()
}

/// Two disjoint random halves of the rows.
fn split_in_two(rows: Range<usize>, seed: u64, split: u64) -> [Vec<usize>; 2] {
    let mut order: Vec<usize> = rows.collect();
    order.shuffle(&mut stream(seed, 100 + split));
    let other = order.split_off(order.len() / 2);
    [order, other]
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn half_of_a_relabelled_sample_has_its_mixture() {
        for (seed, n, m) in [(0, 40, 40), (1, 41, 30), (2, 9, 100)] {
            let order = order(n + m, seed, 0);
            let (a, b) = order.split_at(n);
            for rows in [a, b] {
                let half = half(rows, n);
                let real = |rows: &[usize]| rows.iter().filter(|i| **i < n).count();
                assert_eq!(half.len(), rows.len() / 2);
                assert!(real(rows).abs_diff(2 * real(&half)) <= 1, "{} of {}", real(&half), real(rows));
            }
        }
    }

    #[test]
    fn the_error_of_a_bias_is_that_of_both_rises() {
        let halves = |mean: f64, error: f64| Halves { mean, error };
        let rise = |of_null: Halves, of_both: Halves| Rise {
            null: Null::new(vec![9.0, 11.0], 0),
            halves: Some([of_null, of_both]),
        };
        // equal laws rise by 4, these by 3: three quarters of a bias of 10, known to |(0.3, 3/4 0.4)|/4
        let (value, error) = rise(halves(14.0, 0.4), halves(15.0, 0.3)).without_bias(12.0).unwrap();
        assert!(
            (value - 4.5).abs() < 1e-12 && (error - 10.0 * 0.3f64.hypot(0.3) / 4.0).abs() < 1e-12,
            "{value} {error}"
        );
        // a rise that is not seen leaves the bias open
        assert_eq!(rise(halves(9.5, 0.4), halves(15.0, 0.3)).without_bias(12.0), Some((2.0, 10.0)));
        let spread = Halves::new(&[3.0, 5.0, 4.0], &[1.0, 1.0, 1.0]);
        assert!((spread.mean - 4.0).abs() < 1e-15 && (spread.error - (1.0f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
