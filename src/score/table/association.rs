//! How the columns of a table hang together, in the real table and in the generated one.

use super::super::running::{GROUPS, Jackknife};
use super::super::{Permutations, Z, normal_estimate};
use super::levels::{MergedColumn, pooled};
use super::sums::PairSums;
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::{ColumnKind, Frame};
use crate::score::permutations::order;
use rayon::prelude::*;

/// Operations that relabellings may take together, and how many are made at least.
const BUDGET: f64 = 3e9;
const RELABELLINGS: usize = 19;
const MOST: usize = 499;
/// Rows that either table must have.
const FEWEST: usize = 4;

/// How an association of two columns is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssociationKind {
    /// Pearson's correlation of two columns of numbers, in [-1, 1].
    Pearson,
    /// The correlation ratio of a column of numbers by the categories of another one, in [0, 1], without its bias (Kelley 1935,
    /// doi:10.1073/pnas.21.9.554).
    CorrelationRatio,
    /// Cramér's V of two columns of categories, in [0, 1], without its bias (Bergsma 2013, doi:10.1016/j.jkss.2012.10.002).
    CramersV,
}

impl AssociationKind {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pearson => "pearson",
            Self::CorrelationRatio => "correlation_ratio",
            Self::CramersV => "cramers_v",
        }
    }

    fn of(x: ColumnKind, y: ColumnKind) -> Self {
        match (x, y) {
            (ColumnKind::Number, ColumnKind::Number) => Self::Pearson,
            (ColumnKind::Category, ColumnKind::Category) => Self::CramersV,
            _ => Self::CorrelationRatio,
        }
    }
}

/// The association of two columns in either table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Association {
    /// The places of the two columns.
    pub columns: (usize, usize),
    /// How it is measured.
    pub kind: AssociationKind,
    /// In the real table.
    pub real: f64,
    /// In the generated one.
    pub generated: f64,
    /// The standard error of `generated - real`, from tables without a twentieth of their rows.
    pub std_error: f64,
    /// The chance that any of the pairs differs so much, in units of its spread, if the laws are the same (Westfall and Young's maximum): it is corrected for
    /// the number of pairs. None without relabellings.
    pub p_value: Option<f64>,
}

impl Association {
    /// `generated - real`.
    #[must_use]
    pub fn difference(&self) -> f64 {
        self.generated - self.real
    }
}

/// The associations of all pairs of columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Associations {
    /// One a pair of columns, row by row of the upper triangle.
    pub pairs: Vec<Association>,
    /// The mean of the absolute differences, beside what equal laws get.
    pub mean_difference: Estimate,
}

impl Associations {
    /// The pairs whose difference is largest, the largest first.
    #[must_use]
    pub fn largest(&self, count: usize) -> Vec<&Association> {
        let mut sorted: Vec<&Association> = self.pairs.iter().collect();
        sorted.sort_by(|a, b| b.difference().abs().total_cmp(&a.difference().abs()));
        sorted.truncate(count);
        sorted
    }
}

/// Compares how the columns of two tables hang together.
///
/// Two columns of numbers: Pearson's correlation. A number and a category: the correlation ratio η. Two categories: Cramér's V. Both of the latter are without their bias,
/// `η² = 1 - (1 - SSB/SST)(n - 1)/(n - K)` and Bergsma's `V`, cut at 0, so that tables of different sizes compare. An association with a constant column is 0. Rows in which either
/// cell is missing are left aside, pair by pair. Beyond [`MOST_LEVELS`](super::MOST_LEVELS) categories of a column the rarest count as one.
///
/// Standard errors are those of a jackknife over twentieths of the rows. Relabelled rows (at most 499, fewer of large tables) give the baseline and the p-values. The interval
/// of the mean difference reaches below by what equal laws reach in 95 of 100 cases, and above by its standard error.
///
/// O(d² (n + m)) a relabelling.
///
/// # Errors
/// Fewer than two columns or four rows; tables of different columns; too many relabellings.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// use fenchel::score::{Permutations, table::associations};
/// let frame = |sign: f64| {
///     let x: Vec<f64> = (0..40).map(|i| f64::from(i * 7 % 40)).collect();
///     let y: Vec<Option<f64>> = x.iter().map(|x| Some(sign * x)).collect();
///     Frame::new(vec![("x".to_owned(), Column::numbers(x.into_iter().map(Some))?), ("y".to_owned(), Column::numbers(y)?)])
/// };
/// let found = associations(&frame(1.0)?, &frame(-1.0)?, Permutations::new(99, 0))?;
/// assert!((found.pairs[0].real - 1.0).abs() < 1e-12 && (found.pairs[0].generated + 1.0).abs() < 1e-12);
/// assert_eq!(found.pairs[0].p_value, Some(0.01));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn associations(real: &Frame, generated: &Frame, test: Permutations) -> Result<Associations> {
    real.like(generated)?;
    test.validate()?;
    let (n, m, d) = (real.rows(), generated.rows(), real.columns().len());
    if d < 2 {
        return Err(Error::too_few("a table", d, 2, "columns, for an association"));
    }
    if n.min(m) < FEWEST {
        return Err(Error::too_few("a table", n.min(m), FEWEST, "rows, for an association"));
    }
    let columns = pooled(real, generated);
    let pairs: Vec<(usize, usize)> = (0..d).flat_map(|i| (i + 1..d).map(move |j| (i, j))).collect();
    let whole: Vec<[Grouped; 2]> = pairs
        .par_iter()
        .map(|&(i, j)| [0..n, n..n + m].map(|rows| Grouped::new(&columns[i], &columns[j], rows)))
        .collect();
    let work = pairs.len() as f64 * (n + m) as f64 * 4.0;
    let count = test.count.min(((BUDGET / work) as usize).clamp(RELABELLINGS, MOST));
    let seen: Vec<f64> = whole.iter().map(|[real, generated]| generated.value - real.value).collect();
    let relabelled: Vec<Vec<f64>> = (0..count)
        .into_par_iter()
        .map(|t| {
            let order = order(n + m, test.seed, t as u64);
            let of = |rows: &[usize], (i, j): (usize, usize)| PairSums::of(&columns[i], &columns[j], rows).value();
            pairs.iter().map(|&pair| of(&order[n..], pair) - of(&order[..n], pair)).collect()
        })
        .collect();
    let p_values = by_the_maximum(&seen, &relabelled);
    let kinds = |(i, j): (usize, usize)| AssociationKind::of(real.columns()[i].kind(), real.columns()[j].kind());
    let found = pairs.iter().zip(&whole).enumerate().map(|(k, (&columns, [x, y]))| Association {
        columns,
        kind: kinds(columns),
        real: x.value,
        generated: y.value,
        std_error: Jackknife::of(0.0, [&x.without, &y.without]).error,
        p_value: (count > 0).then(|| p_values[k]),
    });
    Ok(Associations { pairs: found.collect(), mean_difference: mean_difference(&whole, &relabelled, (n, m, d)) })
}

/// The association in one table, and without each group of its rows.
struct Grouped {
    value: f64,
    without: Vec<f64>,
}

impl Grouped {
    fn new(x: &MergedColumn, y: &MergedColumn, rows: std::ops::Range<usize>) -> Self {
        let groups = GROUPS.min(rows.len());
        let parts: Vec<PairSums> = (0..groups)
            .map(|group| {
                let rows: Vec<usize> = rows.clone().skip(group).step_by(groups).collect();
                PairSums::of(x, y, &rows)
            })
            .collect();
        let all = PairSums::total(&parts);
        Self { value: all.value(), without: parts.iter().map(|part| all.less(part).value()).collect() }
    }
}

/// The chance of so large a value anywhere, each in the unit of its spread over all labellings, the one that was seen included.
fn by_the_maximum(seen: &[f64], relabelled: &[Vec<f64>]) -> Vec<f64> {
    let all = || relabelled.iter().map(Vec::as_slice).chain([seen]);
    let count = (relabelled.len() + 1) as f64;
    let units: Vec<f64> =
        (0..seen.len()).map(|k| (all().map(|values| values[k] * values[k]).sum::<f64>() / count).sqrt()).collect();
    let size = |value: f64, unit: f64| if unit > 0.0 { value.abs() / unit } else { 0.0 };
    let largest: Vec<f64> = all()
        .map(|values| values.iter().zip(&units).map(|(value, unit)| size(*value, *unit)).fold(0.0, f64::max))
        .collect();
    let as_large = |found: f64| largest.iter().filter(|most| **most >= found * (1.0 - 1e-12)).count() as f64;
    seen.iter().zip(&units).map(|(value, unit)| as_large(size(*value, *unit)) / count).collect()
}

fn mean_difference(whole: &[[Grouped; 2]], relabelled: &[Vec<f64>], sizes: (usize, usize, usize)) -> Estimate {
    let pairs = whole.len() as f64;
    let mean = |values: &[f64]| values.iter().map(|value| value.abs()).sum::<f64>() / pairs;
    let value = whole.iter().map(|[x, y]| (y.value - x.value).abs()).sum::<f64>() / pairs;
    let without = |side: usize| -> Vec<f64> {
        let other = 1 - side;
        let groups = whole[0][side].without.len();
        (0..groups)
            .map(|k| whole.iter().map(|pair| (pair[side].without[k] - pair[other].value).abs()).sum::<f64>() / pairs)
            .collect()
    };
    let std_error = Jackknife::of(value, [&without(0), &without(1)]).error;
    let how = format!(
        "mean |difference| over {} pairs of columns, {} relabellings; jackknife",
        whole.len(),
        relabelled.len()
    );
    let found = normal_estimate("associations", value, Some(std_error), (0.0, 2.0), sizes, how);
    let mut drawn: Vec<f64> = relabelled.iter().map(|values| mean(values)).collect();
    drawn.sort_unstable_by(f64::total_cmp);
    let Some(&most) = drawn.get((0.95 * drawn.len() as f64) as usize) else {
        return Estimate { interval: None, ..found };
    };
    let count = drawn.len() as f64;
    let baseline = drawn.iter().sum::<f64>() / count;
    let spread = drawn.iter().map(|value| (value - baseline) * (value - baseline)).sum::<f64>() / count;
    let as_large = drawn.iter().filter(|drawn| **drawn >= value * (1.0 - 1e-12)).count() as f64;
    Estimate {
        interval: Some(((value - most).max(0.0), (value + Z * std_error).max(most).min(2.0))),
        p_value: Some((1.0 + as_large) / (1.0 + count)),
        baseline: Some(baseline),
        baseline_spread: Some(spread.sqrt()),
        ..found
    }
}
