//! Kernel scores: the squared maximum mean discrepancy, and KID.
//!
//! `MMD²(p, q) = E k(X,X') + E k(Y,Y') - 2 E k(X,Y)` (Gretton et al., JMLR 13(25), 2012), estimated by the unbiased
//! U-statistic: no pair of a point with itself. It scatters around 0 where the laws agree, so it may come out negative.

use super::pairs::{Form, Kernel, Permutations, pair_statistic, pool};
use super::{LARGEST, Pair, normal_estimate};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::distance::{BLOCK, Clouds};
use crate::numeric::{stream, times_power, variance};
use ndarray::{ArrayView2, Axis};
use rand::seq::index;

/// The median of the pairwise distances is taken over at most this many points.
const MEDIAN_POINTS: usize = 2000;
/// Random subsets of [`kid_over_subsets`], and the most rows of one.
const SUBSETS: u64 = 100;
const SUBSET_ROWS: usize = 1000;

/// The squared MMD under the Gaussian kernel `exp(-|x-y|²/(2 s²))`, `s` the median distance of the pooled sample.
///
/// The median is over at most 2000 pooled points (a seeded draw beyond that); if more than half of the distances are
/// zero it is over the positive ones. The standard error is the jackknife's; where the laws agree it is too large by
/// up to √2. O((n+m)² (d + permutations)) time.
///
/// # Errors
/// More than a million permutations.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, kernel};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0], [0.0]])?;
/// let y = Empirical::new(array![[1.0], [1.0]])?;
/// let mmd = kernel::mmd(&Pair::new(&x, &y)?, Permutations::none())?; // the median positive distance is 1
/// assert!((mmd.value - (2.0 - 2.0 * (-0.5f64).exp())).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn mmd(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, unit| {
        test.validate()?;
        let pooled = pool(real.points(), generated.points());
        // where every point is the same any bandwidth gives the statistic 0
        let bandwidth = median_distance(pooled.view(), test.seed).unwrap_or(1.0);
        let what = format!("unbiased, Gaussian kernel, bandwidth {} (median distance)", in_data(bandwidth, unit));
        Ok(unbiased("mmd", Kernel::Gaussian { bandwidth }, (real, generated), test, &what))
    })
}

/// The kernel Inception distance's statistic on the columns as they are: the unbiased squared MMD under
/// `(x·y/d + 1)³` over all pairs (Bińkowski et al., arXiv 1801.01401).
///
/// Over all pairs there is no noise from random subsets. The standard error is the jackknife's; where the laws agree
/// it is too large by up to √2. Not invariant under translation. O((n+m)² (d + permutations)) time.
///
/// # Errors
/// As [`mmd`]; coordinates beyond 1e20.
pub fn kid(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    pair.check_size(LARGEST)?;
    test.validate()?;
    Ok(unbiased(
        "kid",
        Kernel::Cubic,
        (pair.real(), pair.generated()),
        test,
        "unbiased, kernel (x.y/d + 1)^3, all pairs",
    ))
}

/// KID as most programs report it: the mean of [`kid`] over 100 pairs of random subsets of 1000 rows, or of as many as the
/// smaller sample has.
///
/// The mean over all choices of subsets is [`kid`] itself, and this one scatters around it. The standard error is that of
/// [`kid`] joined by that over the subsets, whose standard deviation (what follows the sign ± elsewhere) is among the
/// parameters; the p-value is that of [`kid`]. The subsets come from the seed of `test`.
/// O((n+m)² (d + permutations)) time and 100 products of subsets.
///
/// # Errors
/// As [`mmd`].
pub fn kid_over_subsets(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    let all = kid(pair, test)?;
    let (real, generated) = (pair.real(), pair.generated());
    let rows = pair.rows().min(SUBSET_ROWS);
    let of_subset = |subset| {
        let mut rng = stream(test.seed, 200 + subset);
        let mut draw = |sample: &Empirical| {
            sample.points().select(Axis(0), &index::sample(&mut rng, sample.len(), rows).into_vec())
        };
        let (x, y) = (draw(real), draw(generated));
        pair_statistic(x.view(), y.view(), Kernel::Cubic, Form::U, Permutations::none()).value
    };
    let whole = real.len() == rows && generated.len() == rows;
    let values: Vec<f64> = if whole { vec![all.value] } else { (0..SUBSETS).map(of_subset).collect() };
    let count = values.len() as f64;
    let spread = if whole { 0.0 } else { variance(&values).sqrt() };
    let std_error = all.std_error.map(|jackknife| jackknife.hypot(spread / count.sqrt()));
    let parameters = format!(
        "unbiased, kernel (x.y/d + 1)^3, mean of {count} subsets of {rows} rows (standard deviation {spread:.3e}); jackknife{}",
        test.describe()
    );
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let value = values.iter().sum::<f64>() / count;
    let estimate = normal_estimate("kid", value, std_error, range, pair.sizes(), parameters);
    Ok(Estimate { p_value: all.p_value, ..estimate })
}

fn unbiased(
    name: &str,
    kernel: Kernel,
    (real, generated): (&Empirical, &Empirical),
    test: Permutations,
    what: &str,
) -> Estimate {
    let statistic = pair_statistic(real.points(), generated.points(), kernel, Form::U, test);
    let parameters = format!("{what}; jackknife{}", test.describe());
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let sizes = (real.len(), generated.len(), real.dimension());
    let estimate = normal_estimate(name, statistic.value, statistic.std_error, range, sizes, parameters);
    Estimate { p_value: statistic.p_value, ..estimate }
}

/// A length in units of `2^unit`, to be read.
pub(super) fn in_data(length: f64, unit: i32) -> String {
    let length = times_power(length, unit);
    if (1e-3..1e9).contains(&length) { format!("{length:.6}") } else { format!("{length:.6e}") }
}

/// The median distance of pairs of points: over a seeded draw where there are more than 2000, over the positive
/// distances where more than half are zero. None where all points are the same.
pub(super) fn median_distance(points: ArrayView2<'_, f64>, seed: u64) -> Option<f64> {
    let drawn = (points.nrows() > MEDIAN_POINTS).then(|| {
        let mut chosen = index::sample(&mut stream(seed, 1), points.nrows(), MEDIAN_POINTS).into_vec();
        chosen.sort_unstable();
        points.select(Axis(0), &chosen)
    });
    let points = drawn.as_ref().map_or(points, |drawn| drawn.view());
    let clouds = Clouds::new(points, points);
    let mut squares = Vec::with_capacity(points.nrows() * points.nrows() / 2);
    for first in (0..points.nrows()).step_by(BLOCK) {
        for (i, row) in clouds.block(first).rows().into_iter().enumerate() {
            squares.extend(row.iter().skip(first + i + 1));
        }
    }
    let mut median = middle(&mut squares);
    if median == 0.0 {
        squares.retain(|&d| d > 0.0);
        median = middle(&mut squares);
    }
    (median > 0.0).then(|| median.sqrt())
}

/// The upper median; 0 for no values.
fn middle(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}
