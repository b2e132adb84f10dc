//! Memorisation word for word: generated rows that are training rows.

use super::definition::{Definition, Sees};
use super::forecast::Step;
use super::share::{Mean, share};
use super::{Better, Pair};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::copies::equal_rows;
use ndarray::ArrayView2;

pub(super) const COPIES: Definition =
    Definition::new("copies", "share of generated points that are training points, number for number", EQUAL, |card| {
        copies(card.pair(), card.train("copies")?)
    })
    .sees(Sees::Memorisation, Better::Lower)
    .needs_train();

/// Rows in order, twice with the training rows.
const EQUAL: Step = Step::new("equal rows", |task| {
    let rows = 2.0 * task.train + task.rows();
    rows * (SORT * rows.max(2.0).ln() + 2.0 * task.d)
});

/// Nanoseconds of sorting, by row and logarithm of the rows.
const SORT: f64 = 12.0;

/// The share of generated rows that equal a training row in every column; 0 for a law with a density that was learnt.
///
/// Rows of discrete data are equal by chance. So the baseline is the same share of the real rows, which nobody copied,
/// and the p-value is Fisher's: the probability that of all rows that equal a training row so many are generated, where
/// generated and real rows are of one law. It is exact. The interval is Wilson's. O((t + n + m) d log(t + n + m)).
///
/// # Errors
/// Other columns in the training sample; weights.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, copied::copies};
/// use ndarray::array;
/// let train = Empirical::new(array![[0.0, 1.0], [2.0, 3.0]])?;
/// let real = Empirical::new(array![[5.0, 1.0], [6.0, 3.0]])?;
/// let generated = Empirical::new(array![[2.0, 3.0], [2.0, 3.0], [2.0, 3.5], [0.0, 1.0]])?;
/// let found = copies(&Pair::new(&real, &generated)?, &train)?;
/// assert_eq!((found.value, found.baseline), (0.75, Some(0.0)));
/// assert!((found.p_value.unwrap() - 0.2).abs() < 1e-12); // 3 of 6 rows, all among 4 of them
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn copies(pair: &Pair<'_>, train: &Empirical) -> Result<Estimate> {
    // equality needs no unit of its own
    pair.scaled_train(train)?;
    let (n, m, _) = pair.sizes();
    let copied = count(train.points(), pair.generated().points());
    let by_chance = count(train.points(), pair.real().points());
    let (value, baseline) = (copied as f64 / m as f64, by_chance as f64 / n as f64);
    let binomial = |share: f64, rows: usize| (share * (1.0 - share) / rows as f64).sqrt();
    let parameters =
        format!("{copied} of {m} rows; binomial; baseline: {by_chance} of {n} real rows; Fisher's exact test");
    let mean = Mean { sum: copied as f64, count: m, std_error: Some(binomial(value, m)) };
    Ok(Estimate {
        p_value: Some(tail(copied, copied + by_chance, m, n)),
        baseline: Some(baseline),
        baseline_spread: Some(binomial(baseline, n)),
        ..share("copies", mean, pair.sizes(), parameters)
    })
}

/// The rows of a sample that equal a training row.
fn count(train: ArrayView2<'_, f64>, sample: ArrayView2<'_, f64>) -> usize {
    let is_sample = |row: &&usize| **row >= train.nrows();
    let groups = equal_rows(train, sample);
    let with_both = groups.iter().filter(|group| group.iter().any(|row| *row < train.nrows()));
    with_both.map(|group| group.iter().filter(is_sample).count()).sum()
}

/// The probability that of `all` marked rows among `m + n` at least `least` are among the `m`.
fn tail(least: usize, all: usize, m: usize, n: usize) -> f64 {
    let ln_factorial = |k: usize| libm::lgamma(k as f64 + 1.0);
    let ln_choose = |n: usize, k: usize| ln_factorial(n) - ln_factorial(k) - ln_factorial(n - k);
    let of_count = |k: usize| (ln_choose(m, k) + ln_choose(n, all - k) - ln_choose(m + n, all)).exp();
    let fewest = all.saturating_sub(n);
    if least <= fewest {
        return 1.0;
    }
    (least..=all.min(m)).map(of_count).sum::<f64>().clamp(f64::MIN_POSITIVE, 1.0)
}
