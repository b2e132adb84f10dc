//! How the columns of a table hang together, in the real table and in the generated one.

use super::super::running::{GROUPS, Jackknife};
use super::super::{Permutations, Z, normal_estimate};
use super::levels::{MergedColumn, pooled};
use super::ranks::{ASIDE, Sorted};
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
    /// Spearman's correlation of two columns of numbers, in [-1, 1]: Pearson's of their ranks, those of equal numbers
    /// averaged (Spearman 1904, doi:10.2307/1412159).
    Spearman,
    /// The correlation ratio of a column of numbers by the categories of another one, in [0, 1], without its bias
    /// (Kelley 1935, doi:10.1073/pnas.21.9.554).
    CorrelationRatio,
    /// Cramér's V of two columns of categories, in [0, 1], without its bias (Bergsma 2013,
    /// doi:10.1016/j.jkss.2012.10.002).
    CramersV,
}

impl AssociationKind {
    /// The name in tables.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Pearson => "pearson",
            Self::Spearman => "spearman",
            Self::CorrelationRatio => "correlation_ratio",
            Self::CramersV => "cramers_v",
        }
    }

    fn of(x: ColumnKind, y: ColumnKind) -> &'static [Self] {
        match (x, y) {
            (ColumnKind::Number, ColumnKind::Number) => &[Self::Pearson, Self::Spearman],
            (ColumnKind::Category, ColumnKind::Category) => &[Self::CramersV],
            _ => &[Self::CorrelationRatio],
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
    /// The chance that any of the pairs differs so much, in units of its spread, if the laws are the same (Westfall and
    /// Young's maximum): it is corrected for the number of pairs. None without relabellings.
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
    /// One a pair of columns, row by row of the upper triangle; of two columns of numbers two, Pearson's and then
    /// Spearman's.
    pub pairs: Vec<Association>,
    /// The mean of the absolute differences, beside what equal laws get: one a pair of columns, that of Pearson and not
    /// of Spearman.
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
/// Two columns of numbers: Pearson's correlation, and Spearman's, which sees any rising or falling dependence and no
/// outliers. A number and a category: the correlation ratio η. Two categories: Cramér's V. Both of the latter are
/// without their bias, `η² = 1 - (1 - SSB/SST)(n - 1)/(n - K)` and Bergsma's `V`, cut at 0, so that tables of different
/// sizes compare. An association with a constant column is 0. Rows in which either cell is missing are left aside, pair
/// by pair; ranks are those within the column of a table. Beyond [`MOST_LEVELS`](super::MOST_LEVELS) categories of a
/// column the rarest count as one.
///
/// Standard errors are those of a jackknife over twentieths of the rows. Relabelled rows (at most 499, fewer of large
/// tables) give the baseline and the p-values. The interval of the mean difference reaches below by what equal laws
/// reach in 95 of 100 cases, and above by its standard error.
///
/// O(d² (n + m)) a relabelling, and twenty times that for the errors of Spearman's correlations.
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
    let tables = Tables::new(real, generated);
    let all: Vec<Measured> = (0..d)
        .flat_map(|i| (i + 1..d).map(move |j| (i, j)))
        .flat_map(|(i, j)| {
            let kinds = AssociationKind::of(real.columns()[i].kind(), real.columns()[j].kind());
            kinds.iter().map(move |&kind| Measured { columns: (i, j), kind })
        })
        .collect();
    let whole = tables.whole(&all);
    let work = all.len() as f64 * (n + m) as f64 * 4.0;
    let count = test.count.min(((BUDGET / work) as usize).clamp(RELABELLINGS, MOST));
    let seen: Vec<f64> = whole.iter().map(|[real, generated]| generated.value - real.value).collect();
    let relabelled: Vec<Vec<f64>> =
        (0..count).into_par_iter().map(|t| tables.relabelled(&all, &order(n + m, test.seed, t as u64))).collect();
    let p_values = by_the_maximum(&seen, &relabelled);
    let found = all.iter().zip(&whole).enumerate().map(|(k, (measured, [x, y]))| Association {
        columns: measured.columns,
        kind: measured.kind,
        real: x.value,
        generated: y.value,
        std_error: Jackknife::of(0.0, [&x.without, &y.without]).error,
        p_value: (count > 0).then(|| p_values[k]),
    });
    let first: Vec<usize> = (0..all.len()).filter(|&k| all[k].kind != AssociationKind::Spearman).collect();
    Ok(Associations {
        pairs: found.collect(),
        mean_difference: mean_difference((&whole, &relabelled), &first, (n, m, d)),
    })
}

/// Two columns, and how their association is measured.
struct Measured {
    columns: (usize, usize),
    kind: AssociationKind,
}

/// The rows of both tables, one under the other.
struct Tables {
    columns: Vec<MergedColumn>,
    /// The columns of numbers in order.
    sorted: Vec<Option<Sorted>>,
    n: usize,
    m: usize,
}

impl Tables {
    fn new(real: &Frame, generated: &Frame) -> Self {
        // of the numbers as they are: beside an outlier those in common units may be equal
        let sorted = real.columns().par_iter().zip(generated.columns()).map(|(x, y)| {
            let (x, y) = x.values().zip(y.values())?;
            Some(Sorted::of(&[x, y].concat()))
        });
        Self { sorted: sorted.collect(), columns: pooled(real, generated), n: real.rows(), m: generated.rows() }
    }

    /// The columns of numbers as ranks within the table that each row is given to; there are no others.
    fn ranked(&self, tables: &[usize]) -> Vec<MergedColumn> {
        let of = |sorted: &Option<Sorted>| {
            MergedColumn::Numbers(sorted.as_ref().map_or_else(Vec::new, |sorted| sorted.ranks(tables)))
        };
        self.sorted.iter().map(of).collect()
    }

    /// The sums of an association over these rows.
    fn sums(&self, ranked: &[MergedColumn], measured: &Measured, rows: &[usize]) -> PairSums {
        let (i, j) = measured.columns;
        let of = if measured.kind == AssociationKind::Spearman { ranked } else { &self.columns };
        PairSums::of(&of[i], &of[j], rows)
    }

    /// The differences of the associations, where the first rows of an order are the real ones.
    fn relabelled(&self, all: &[Measured], order: &[usize]) -> Vec<f64> {
        let (real, generated) = order.split_at(self.n);
        let mut tables = vec![0; self.n + self.m];
        generated.iter().for_each(|&row| tables[row] = 1);
        let ranked = self.ranked(&tables);
        let of = |measured, rows| self.sums(&ranked, measured, rows).value();
        all.iter().map(|measured| of(measured, generated) - of(measured, real)).collect()
    }

    /// The associations in both tables, and without each group of rows.
    fn whole(&self, all: &[Measured]) -> Vec<[Grouped; 2]> {
        let rows: [Vec<usize>; 2] = [(0..self.n).collect(), (self.n..self.n + self.m).collect()];
        let table_of = |row: usize| usize::from(row >= self.n);
        let group_of = |row: usize| if row < self.n { row } else { row - self.n };
        let groups = rows.each_ref().map(|rows| GROUPS.min(rows.len()));
        let tables: Vec<usize> = (0..self.n + self.m).map(table_of).collect();
        let ranked = self.ranked(&tables);
        let mut found: Vec<[Grouped; 2]> = all
            .par_iter()
            .map(|measured| {
                [0, 1].map(|table| {
                    let parts: Vec<PairSums> = (0..groups[table])
                        .map(|group| {
                            let part: Vec<usize> =
                                rows[table].iter().copied().skip(group).step_by(groups[table]).collect();
                            self.sums(&ranked, measured, &part)
                        })
                        .collect();
                    Grouped::of(&parts)
                })
            })
            .collect();
        // ranks are others without a group
        for group in 0..groups[0].max(groups[1]) {
            let left_out = |row: usize| group_of(row) % groups[table_of(row)] == group;
            let tables: Vec<usize> =
                tables.iter().enumerate().map(|(row, &table)| if left_out(row) { ASIDE } else { table }).collect();
            let ranked = self.ranked(&tables);
            found.par_iter_mut().zip(all).filter(|(_, one)| one.kind == AssociationKind::Spearman).for_each(
                |(found, measured)| {
                    for (found, rows) in found.iter_mut().zip(&rows) {
                        if let Some(without) = found.without.get_mut(group) {
                            *without = self.sums(&ranked, measured, rows).value();
                        }
                    }
                },
            );
        }
        found
    }
}

/// The association in one table, and without each group of its rows.
struct Grouped {
    value: f64,
    without: Vec<f64>,
}

impl Grouped {
    /// From the sums over each group.
    fn of(parts: &[PairSums]) -> Self {
        let all = PairSums::total(parts);
        Self { value: all.value(), without: parts.iter().map(|part| all.less(part).value()).collect() }
    }
}

/// The chance of so large a value anywhere, each in the unit of its spread over all labellings, the one that was seen
/// included.
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

/// Over the associations at these places.
fn mean_difference(
    (whole, relabelled): (&[[Grouped; 2]], &[Vec<f64>]),
    places: &[usize],
    sizes: (usize, usize, usize),
) -> Estimate {
    let pairs = places.len() as f64;
    let mean = |values: &[f64]| places.iter().map(|&k| values[k].abs()).sum::<f64>() / pairs;
    let whole: Vec<&[Grouped; 2]> = places.iter().map(|&k| &whole[k]).collect();
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
