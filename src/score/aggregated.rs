//! The aggregated MMD test: many kernels at once, none chosen beforehand.
//!
//! An MMD sees differences at the scale of its bandwidth, and the median distance may be the wrong one. MMDAgg (Schrab,
//! Kim, Albert, Laurent, Guedj, Gretton, JMLR 24(194), 2023, arXiv 2110.15073) tests with a collection of kernels and
//! rejects if any of them does, each at a level that is lowered so far that all together keep theirs. The collection is
//! that of the paper: the Laplace kernel `exp(-|x-y|₁/s)` and the Gaussian kernel `exp(-|x-y|²/(2 s²))`, each at ten
//! bandwidths in geometric progression, from half the 5 % quantile of the distances to twice the largest, with equal
//! weights. Distances are those of pooled rows, so that the collection does not depend on which are real; the authors'
//! program takes those between the samples.
//!
//! # The p-value
//! With `B₁` relabellings every kernel gets a p-value of its own, and the least of these is the statistic of the
//! aggregate. The `B₂` others say how often it is so small where the laws are equal:
//!
//! ```text
//! p_λ(M) = (1 + #{b ≤ B₁ : M_λ^b ≥ M}) / (1 + B₁),   t = min_λ p_λ(M_λ),   p = (1 + #{b ≤ B₂ : t^b ≤ t}) / (1 + B₂)
//! ```
//!
//! Given the pooled rows and the first `B₁`, the labels that were seen and the `B₂` others come from one law, so `P(p ≤
//! α) ≤ α` at any sizes and any number of relabellings. The paper finds the corrected level `u` by `B₃` steps of
//! bisection in `sup {u : #{b : t^b < u/w} ≤ α B₂}`. That is a step function, and `p ≤ α` is the comparison with its
//! supremum: `p` is the smallest level at which the test rejects, up to `1/(1 + B₂)`. Where the least p-values are
//! equal, which they often are at `1/(1 + B₁)`, the larger of the standardised statistics `(M_λ - mean)/deviation`
//! decides.

use super::definition::Definition;
use super::forecast::Step;
use super::kernel::{EXPONENTIAL, in_data};
use super::null::Null;
use super::permutations::{Permutations, pool};
use super::{Better, Pair, at_most, normal_estimate};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::linalg;
use crate::measure::distance::{Clouds, merge_blocks};
use crate::numeric::{exp, stream, times_power, variance};
use crate::text::significant;
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array2, Array3, ArrayView1, ArrayView2, Axis, s};
use rand::seq::{SliceRandom, index};
use std::fmt;

pub(super) const MMD_AGG: Definition = Definition::new(
    "mmd_agg",
    "squared MMD over kernels of all bandwidths at once: the test to begin with",
    PAIRS,
    |card| mmd_agg(card.pair(), card.of_pairs(RELATIVE_COST)),
)
.aliases(&["mmdagg", "mmd_aggregated"]);

/// Distances of both kinds of all pairs, and their kernels, each with two relabellings for one.
const PAIRS: Step = Step::new("pairs under kernels of all bandwidths", |task| {
    let rows = task.n.min(MOST as f64) + task.m.min(MOST as f64);
    let relabelled = 2.0 * task.of_pairs(task.rows(), RELATIVE_COST);
    let drawn = task.rows().min(BANDWIDTH_ROWS as f64);
    let bandwidths = drawn * drawn * (task.d + 10.0);
    let kernels = 2.0 * BANDWIDTHS as f64;
    bandwidths + task.pairs(rows, CITY * task.d + EXPONENTIAL * kernels, kernels * relabelled)
});

/// Nanoseconds of a column of a distance in cityblocks.
const CITY: f64 = 0.3;

/// Bandwidths of either kernel.
const BANDWIDTHS: usize = 10;
/// Of the distances, the quantile that half of is the least bandwidth.
const LEAST: f64 = 0.05;
/// Pooled rows that the bandwidths are taken from.
const BANDWIDTH_ROWS: usize = 1000;
/// The most rows of either sample.
const MOST: usize = 5000;
/// What a relabelling costs, in those of one kernel: two of twenty, by half of their pairs.
const RELATIVE_COST: f64 = 10.0;
/// Values of a kernel that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-12;

/// A family of kernels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KernelFamily {
    /// `exp(-|x-y|₁/s)`.
    Laplace,
    /// `exp(-|x-y|²/(2 s²))`.
    Gaussian,
}

impl fmt::Display for KernelFamily {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Laplace => "Laplace",
            Self::Gaussian => "Gaussian",
        })
    }
}

/// One kernel of the collection, and what it sees by itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Member {
    /// Its family.
    pub family: KernelFamily,
    /// Its bandwidth, in the unit of the columns.
    pub bandwidth: f64,
    /// The unbiased squared MMD.
    pub value: f64,
    /// Its p-value, not corrected for there being others; 1 without relabellings.
    pub p_value: f64,
}

/// The test by all kernels, and what each of them sees.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregated {
    /// The score: see [`mmd_agg`].
    pub estimate: Estimate,
    /// The kernels, Laplace first, by rising bandwidth.
    pub members: Vec<Member>,
    /// The place among them of the one that sees most: of the least p-value, and of equal ones that of the largest
    /// standardised statistic.
    pub best: usize,
}

impl Aggregated {
    /// Whether the test rejects equal laws at a level, such as 0.05; never without relabellings.
    #[must_use]
    pub fn rejects(&self, level: f64) -> bool {
        self.estimate.p_value.is_some_and(|p| p <= level)
    }
}

/// The squared MMD under the mean of the twenty kernels, with the p-value of the aggregated test.
///
/// The value is unbiased, so it scatters around 0 where the laws agree, and at most 2; its error is the jackknife's
/// over the points, given the bandwidths. The p-value is that of the [module](self), exact at any sizes. `parameters`
/// name the kernel that sees most. Neither a shift of all rows nor their unit changes anything but that bandwidth. Of
/// more than 5000 rows it takes random subsamples, drawn from the seed of `test`, and `n` and `m` are theirs. `test`
/// says how many relabellings `B₁` and `B₂` there are each. O((n+m)² (d + permutations)) time, twenty times that of
/// half an [`mmd`](super::kernel::mmd).
///
/// # Errors
/// More than a million permutations.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, aggregated::mmd_agg};
/// use ndarray::Array2;
/// // two far clusters, each of one shape here and of another one there: at the median distance they look alike
/// let clusters = |inner: fn(usize) -> f64| {
///     Empirical::new(Array2::from_shape_fn((120, 1), |(i, _)| 100.0 * (i % 2) as f64 + inner(i / 2)))
/// };
/// let (x, y) = (clusters(|i| (i % 20) as f64 / 10.0)?, clusters(|i| (i % 2) as f64 * 1.9)?);
/// let pair = Pair::new(&x, &y)?;
/// let median = fenchel::score::kernel::mmd(&pair, &Default::default(), Permutations::new(199, 0))?;
/// let all = mmd_agg(&pair, Permutations::new(199, 0))?;
/// assert!(median.p_value.unwrap() > 0.1 && all.p_value.unwrap() < 0.01);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn mmd_agg(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(aggregate(pair, test)?.estimate)
}

/// As [`mmd_agg`], with what each kernel sees.
///
/// # Errors
/// As [`mmd_agg`].
pub fn aggregate(pair: &Pair<'_>, test: Permutations) -> Result<Aggregated> {
    test.validate()?;
    let (real, generated, unit) = pair.scaled();
    let (real, generated) = (at_most(MOST, real, test.seed, 20)?, at_most(MOST, generated, test.seed, 21)?);
    let pooled = pool(real.points(), generated.points());
    let kernels = collection(pooled.view(), test.seed);
    let sizes = Sizes { n: real.len(), m: generated.len() };
    let labels = labels(sizes, test);
    let sums = Sums::of(pooled.view(), &kernels, labels.view(), sizes.n);
    let statistics = sums.statistics(labels.view(), sizes);

    let seen = statistics.column(0);
    let value = seen.sum() / kernels.len() as f64;
    let ranks = Ranks::of(statistics.slice(s![.., 1..=test.count]));
    let (best, p_value) = ranks.p_value(seen, statistics.slice(s![.., 1 + test.count..]));
    let members = kernels.iter().zip(seen).enumerate().map(|(k, (kernel, value))| Member {
        family: kernel.family,
        bandwidth: times_power(kernel.width, unit),
        value: *value,
        p_value: ranks.at_least(k, *value) as f64 / (1 + test.count) as f64,
    });
    let members: Vec<Member> = members.collect();
    let most = members[best];
    let mut parameters = format!(
        "unbiased, mean of Laplace and Gaussian kernels at {} bandwidths each; jackknife; seen most by the {} kernel of bandwidth {} (MMD² {:.3e}",
        kernels.len() / 2,
        most.family,
        in_data(kernels[best].width, unit),
        most.value
    );
    parameters += &if test.count > 0 {
        format!(", by itself p = {}); level by {} more", significant(most.p_value, 2), test.count)
    } else {
        ")".to_owned()
    };
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let error = sums.jackknife(sizes);
    let found = normal_estimate("mmd_agg", value, error, range, (sizes.n, sizes.m, real.dimension()), parameters);
    let means = statistics.slice(s![.., 1 + test.count..]).mean_axis(Axis(0)).unwrap_or_default();
    let found = Null::new(means.to_vec(), test.seed).beside(found, Better::Lower, 0.0);
    Ok(Aggregated { estimate: Estimate { p_value: found.p_value.map(|_| p_value), ..found }, members, best })
}

/// The numbers of real and of generated rows.
#[derive(Clone, Copy)]
struct Sizes {
    n: usize,
    m: usize,
}

impl Sizes {
    /// The unbiased squared MMD from sums over ordered pairs of different points.
    fn unbiased(self, xx: f64, xy: f64, yy: f64) -> f64 {
        let (n, m) = (self.n as f64, self.m as f64);
        xx / (n * (n - 1.0)) + yy / (m * (m - 1.0)) - 2.0 * xy / (n * m)
    }
}

/// A kernel in the unit of the samples.
#[derive(Clone, Copy)]
struct Scaled {
    family: KernelFamily,
    width: f64,
}

/// The kernels: all bandwidths of either family.
fn collection(pooled: ArrayView2<'_, f64>, seed: u64) -> Vec<Scaled> {
    let mut chosen: Vec<usize> = (0..pooled.nrows()).collect();
    if chosen.len() > BANDWIDTH_ROWS {
        chosen = index::sample(&mut stream(seed, 22), pooled.nrows(), BANDWIDTH_ROWS).into_vec();
    }
    let points = pooled.select(Axis(0), &chosen);
    let pairs = || (0..points.nrows()).flat_map(|i| (0..i).map(move |j| (i, j)));
    let apart = |(i, j): (usize, usize)| points.row(i).into_iter().zip(points.row(j)).map(|(a, b)| a - b);
    let city = bandwidths(pairs().map(|pair| apart(pair).map(f64::abs).sum()).collect());
    let straight = bandwidths(pairs().map(|pair| apart(pair).map(|t| t * t).sum::<f64>().sqrt()).collect());
    let of = |family| move |width| Scaled { family, width };
    city.into_iter()
        .map(of(KernelFamily::Laplace))
        .chain(straight.into_iter().map(of(KernelFamily::Gaussian)))
        .collect()
}

/// From half of a low quantile of the distances to twice the largest; where all points are one, any.
fn bandwidths(mut distances: Vec<f64>) -> Vec<f64> {
    distances.retain(|distance| *distance > 0.0);
    distances.sort_unstable_by(f64::total_cmp);
    let (low, high) = match distances.last() {
        Some(largest) => (distances[(LEAST * distances.len() as f64) as usize] / 2.0, 2.0 * largest),
        None => (1.0, 1.0),
    };
    (0..BANDWIDTHS).map(|i| low * (high / low).powf(i as f64 / (BANDWIDTHS - 1) as f64)).collect()
}

/// A column a labelling with 1 for real rows: that of the samples, then `B₁` and `B₂` random ones.
fn labels(sizes: Sizes, test: Permutations) -> Array2<f64> {
    let rows = sizes.n + sizes.m;
    let mut labels = Array2::zeros((rows, 1 + 2 * test.count));
    labels.slice_mut(s![..sizes.n, 0]).fill(1.0);
    let mut rng = stream(test.seed, 23);
    let mut order: Vec<usize> = (0..rows).collect();
    for mut column in labels.columns_mut().into_iter().skip(1) {
        order.partial_shuffle(&mut rng, sizes.n).0.iter().for_each(|&i| column[i] = 1.0);
    }
    labels
}

/// Sums of every kernel over pairs of rows.
struct Sums {
    /// A row a kernel, a column a labelling: over ordered pairs of different real rows.
    inside: Array2<f64>,
    /// By kernel and row: over the other real rows, and over the other generated ones, as the samples are labelled.
    of_rows: Array3<f64>,
}

impl Sums {
    /// Kernels are symmetric, so half of their entries will do: row `i` with the rows before it.
    fn of(pooled: ArrayView2<'_, f64>, kernels: &[Scaled], labels: ArrayView2<'_, f64>, n: usize) -> Self {
        let clouds = Clouds::new(pooled, pooled);
        let columns = pooled.t().as_standard_layout().to_owned();
        let empty = || Self {
            inside: Array2::zeros((kernels.len(), labels.ncols())),
            of_rows: Array3::zeros((kernels.len(), pooled.nrows(), 2)),
        };
        let mut sums = empty();
        let of_block = |first: usize| {
            let mut sums = empty();
            let squares = clouds.block(first);
            let last = first + squares.nrows();
            let mut city = Array2::zeros((last - first, last));
            add_city(columns.view(), first, &mut city);
            for (k, kernel) in kernels.iter().enumerate() {
                let similar = kernel.of_block(first, squares.slice(s![.., ..last]), city.view());
                sums.add(k, first, similar.view(), labels, n);
            }
            sums
        };
        merge_blocks(pooled.nrows(), of_block, |block| {
            sums.inside += &block.inside;
            sums.of_rows += &block.of_rows;
        });
        sums
    }

    /// A block of rows of one kernel, with the rows before each.
    fn add(
        &mut self,
        kernel: usize,
        first: usize,
        similar: ArrayView2<'_, f64>,
        labels: ArrayView2<'_, f64>,
        n: usize,
    ) {
        let last = similar.ncols();
        let product = linalg::matmul(similar, labels.slice(s![..last, ..]));
        let mut inside = self.inside.row_mut(kernel);
        let own = labels.slice(s![first..last, ..]);
        product.rows().into_iter().zip(own.rows()).for_each(|(sum, own)| {
            inside.iter_mut().zip(sum).zip(own).for_each(|((inside, sum), own)| *inside += 2.0 * sum * own);
        });
        let real = n.clamp(first, last) - first;
        let mut of_rows = self.of_rows.index_axis_mut(Axis(0), kernel);
        for (i, row) in similar.rows().into_iter().enumerate() {
            let over_real = row.slice(s![..n.min(last)]).sum();
            of_rows[[first + i, 0]] += over_real;
            of_rows[[first + i, 1]] += row.slice(s![n.min(last)..]).sum();
        }
        let columns =
            [similar.slice(s![..real, ..]).sum_axis(Axis(0)), similar.slice(s![real.., ..]).sum_axis(Axis(0))];
        for (whose, columns) in columns.iter().enumerate() {
            let mut before = of_rows.slice_mut(s![..last, whose]);
            before += columns;
        }
    }

    /// The unbiased squared MMD of every kernel (rows) under every labelling (columns).
    fn statistics(&self, labels: ArrayView2<'_, f64>, sizes: Sizes) -> Array2<f64> {
        let of_rows = self.of_rows.sum_axis(Axis(2));
        let touching = linalg::matmul(of_rows.view(), labels);
        Array2::from_shape_fn(self.inside.dim(), |(k, b)| {
            let inside = self.inside[[k, b]];
            let across = touching[[k, b]] - inside;
            sizes.unbiased(inside, across, of_rows.row(k).sum() - 2.0 * across - inside)
        })
    }

    /// The standard error of the mean of all kernels, from the statistics without one point each.
    fn jackknife(&self, sizes: Sizes) -> Option<f64> {
        let Sizes { n, m } = sizes;
        if n.min(m) < 3 {
            return None;
        }
        let rows: Array2<f64> = self.of_rows.mean_axis(Axis(0))?;
        let over = |from: usize, to: usize, whose: usize| rows.slice(s![from..to, whose]).sum();
        let (xx, xy, yy) = (over(0, n, 0), over(0, n, 1), over(n, n + m, 1));
        let fewer = Sizes { n: n - 1, m };
        let without_x: Vec<f64> =
            (0..n).map(|i| fewer.unbiased(xx - 2.0 * rows[[i, 0]], xy - rows[[i, 1]], yy)).collect();
        let fewer = Sizes { n, m: m - 1 };
        let without_y: Vec<f64> =
            (n..n + m).map(|j| fewer.unbiased(xx, xy - rows[[j, 0]], yy - 2.0 * rows[[j, 1]])).collect();
        let spread = |without: &[f64]| {
            let count = without.len() as f64;
            (count - 1.0) * (count - 1.0) / count * variance(without)
        };
        Some((spread(&without_x) + spread(&without_y)).sqrt())
    }
}

impl Scaled {
    /// Its values for a block of rows and those before them; 0 for a row itself and for later ones.
    fn of_block(self, first: usize, squares: ArrayView2<'_, f64>, city: ArrayView2<'_, f64>) -> Array2<f64> {
        let (distances, rate) = match self.family {
            KernelFamily::Laplace => (city, -1.0 / self.width),
            KernelFamily::Gaussian => (squares, -0.5 / (self.width * self.width)),
        };
        let mut similar = distances.mapv(|distance| rate * distance);
        for (i, mut row) in similar.rows_mut().into_iter().enumerate() {
            if let Some(row) = row.as_slice_mut() {
                exp_all(&mut row[..first + i]);
                row[first + i..].fill(0.0);
            }
        }
        similar
    }
}

#[multiversion(targets = "simd")]
fn exp_all(values: &mut [f64]) {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    for x in values {
        *x = exp::<FMA>(*x);
    }
}

/// Distances in cityblocks of rows from `first` on to those before; the points are given by column.
fn add_city(columns: ArrayView2<'_, f64>, first: usize, city: &mut Array2<f64>) {
    for (i, mut row) in city.rows_mut().into_iter().enumerate() {
        let Some(row) = row.as_slice_mut() else { unreachable!("it is in standard layout") };
        for column in columns.rows() {
            let Some(column) = column.to_slice() else { unreachable!("it is in standard layout") };
            add_apart(&mut row[..first + i], column[first + i], column);
        }
    }
}

#[multiversion(targets = "simd")]
fn add_apart(sums: &mut [f64], x: f64, column: &[f64]) {
    for (sum, y) in sums.iter_mut().zip(column) {
        *sum += (x - y).abs();
    }
}

/// What statistics are compared with: those of the first relabellings.
struct Ranks {
    /// Of every kernel, ascending.
    sorted: Vec<Vec<f64>>,
    /// Of every kernel: mean, and standard deviation.
    moments: Vec<(f64, f64)>,
}

impl Ranks {
    fn of(first: ArrayView2<'_, f64>) -> Self {
        let sorted: Vec<Vec<f64>> = first
            .rows()
            .into_iter()
            .map(|row| {
                let mut row = row.to_vec();
                row.sort_unstable_by(f64::total_cmp);
                row
            })
            .collect();
        let moments = sorted.iter().map(|row| {
            if row.len() < 2 {
                return (0.0, 0.0);
            }
            (row.iter().sum::<f64>() / row.len() as f64, variance(row).sqrt())
        });
        Self { moments: moments.collect(), sorted }
    }

    /// One more than the number of relabellings whose statistic of this kernel is as large.
    fn at_least(&self, kernel: usize, value: f64) -> usize {
        let sorted = &self.sorted[kernel];
        1 + sorted.len() - sorted.partition_point(|other| *other < value - ROUNDING)
    }

    /// How far a statistic is from the mean, in deviations.
    fn standardised(&self, kernel: usize, value: f64) -> f64 {
        let (mean, deviation) = self.moments[kernel];
        if deviation > ROUNDING { (value - mean) / deviation } else { 0.0 }
    }

    /// The least count of all kernels with the largest standardised statistic, and the kernel that sees most.
    fn least(&self, statistics: ArrayView1<'_, f64>) -> (usize, f64, usize) {
        let of = |(k, value): (usize, &f64)| (self.at_least(k, *value), self.standardised(k, *value), k);
        let best = statistics.iter().enumerate().map(of).min_by(|a, b| a.0.cmp(&b.0).then(b.1.total_cmp(&a.1)));
        let Some((count, _, kernel)) = best else { unreachable!("there are kernels") };
        let largest = statistics.iter().enumerate().map(|(k, value)| self.standardised(k, *value));
        (count, largest.fold(f64::NEG_INFINITY, f64::max), kernel)
    }

    /// The kernel that sees most, and the probability that equal laws look so different to any of them.
    fn p_value(&self, seen: ArrayView1<'_, f64>, others: ArrayView2<'_, f64>) -> (usize, f64) {
        let (count, largest, kernel) = self.least(seen);
        let as_extreme = others.columns().into_iter().filter(|other| {
            let (other, size, _) = self.least(other.view());
            other < count || (other == count && size >= largest - 1e-9)
        });
        (kernel, (1 + as_extreme.count()) as f64 / (1 + others.ncols()) as f64)
    }
}
