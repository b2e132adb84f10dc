//! Kernel scores: the squared maximum mean discrepancy, and KID.
//!
//! `MMD²(p, q) = E k(X,X') + E k(Y,Y') - 2 E k(X,Y)` (Gretton et al., JMLR 13(25), 2012), estimated by the unbiased
//! U-statistic: no pair of a point with itself. It scatters around 0 where the laws agree, so it may come out negative.

use super::pairs::{Form, Kernel, Permutations, pair_statistic};
use super::{check_samples, normal_estimate, sizes};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::distance::{BLOCK, Clouds};
use crate::numeric::stream;
use ndarray::{Array2, Axis};
use rand::seq::index;

/// The median of the pairwise distances is taken over at most this many pooled points.
const MEDIAN_POINTS: usize = 2000;

/// The squared MMD under the Gaussian kernel `exp(-|x-y|²/(2 s²))`, `s` the median distance of the pooled sample.
///
/// The median is over at most 2000 pooled points (a seeded draw beyond that); if more than half of the distances are
/// zero it is over the positive ones. The standard error is the jackknife's; where the laws agree it is too large by
/// up to √2. O((n+m)² (d + permutations)) time.
///
/// # Errors
/// Different dimensions, fewer than two rows, weighted samples, coordinates beyond 1e20, more than a million
/// permutations.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Permutations, kernel};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0], [0.0]])?;
/// let y = Empirical::new(array![[1.0], [1.0]])?;
/// let mmd = kernel::mmd(&x, &y, Permutations::none())?; // the median positive distance is 1
/// assert!((mmd.value - (2.0 - 2.0 * (-0.5f64).exp())).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn mmd(real: &Empirical, generated: &Empirical, test: Permutations) -> Result<Estimate> {
    check_samples(real, generated, 2)?;
    test.validate()?;
    let bandwidth = median_distance(real, generated, test.seed);
    let what = format!("unbiased, Gaussian kernel, bandwidth {bandwidth:.6} (median distance)");
    Ok(unbiased("mmd", Kernel::Gaussian { bandwidth }, real, generated, test, &what))
}

/// The kernel Inception distance's statistic on the columns as they are: the unbiased squared MMD under
/// `(x·y/d + 1)³` over all pairs (Bińkowski et al., arXiv 1801.01401).
///
/// Over all pairs there is no noise from random subsets. The standard error is the jackknife's; where the laws agree
/// it is too large by up to √2. Not invariant under translation. O((n+m)² (d + permutations)) time.
///
/// # Errors
/// As [`mmd`].
pub fn kid(real: &Empirical, generated: &Empirical, test: Permutations) -> Result<Estimate> {
    check_samples(real, generated, 2)?;
    test.validate()?;
    Ok(unbiased("kid", Kernel::Cubic, real, generated, test, "unbiased, kernel (x.y/d + 1)^3, all pairs"))
}

fn unbiased(
    name: &str,
    kernel: Kernel,
    real: &Empirical,
    generated: &Empirical,
    test: Permutations,
    what: &str,
) -> Estimate {
    let statistic = pair_statistic(real.points(), generated.points(), kernel, Form::U, test);
    let parameters = format!("{what}; jackknife{}", test.describe());
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let estimate =
        normal_estimate(name, statistic.value, statistic.std_error, range, sizes(real, generated), parameters);
    Estimate { p_value: statistic.p_value, ..estimate }
}

fn median_distance(real: &Empirical, generated: &Empirical, seed: u64) -> f64 {
    let (n, total) = (real.len(), real.len() + generated.len());
    let mut chosen: Vec<usize> = if total <= MEDIAN_POINTS {
        (0..total).collect()
    } else {
        index::sample(&mut stream(seed, 1), total, MEDIAN_POINTS).into_vec()
    };
    chosen.sort_unstable();
    let (from_real, from_generated): (Vec<usize>, Vec<usize>) = chosen.into_iter().partition(|&i| i < n);
    let from_generated: Vec<usize> = from_generated.into_iter().map(|i| i - n).collect();
    let mut pooled: Array2<f64> = real.points().select(Axis(0), &from_real);
    if let Err(e) = pooled.append(Axis(0), generated.points().select(Axis(0), &from_generated).view()) {
        unreachable!("the samples were checked to have the same columns: {e}");
    }
    let clouds = Clouds::new(pooled.view(), pooled.view());
    let mut squares = Vec::with_capacity(pooled.nrows() * pooled.nrows() / 2);
    for first in (0..pooled.nrows()).step_by(BLOCK) {
        for (i, row) in clouds.block(first).rows().into_iter().enumerate() {
            squares.extend(row.iter().skip(first + i + 1));
        }
    }
    let mut median = middle(&mut squares);
    if median == 0.0 {
        squares.retain(|&d| d > 0.0);
        median = middle(&mut squares);
    }
    // every point is the same: any bandwidth gives the statistic 0
    if median > 0.0 { median.sqrt() } else { 1.0 }
}

/// The upper median; 0 for no values.
fn middle(values: &mut [f64]) -> f64 {
    if values.is_empty() {
        return 0.0;
    }
    let half = values.len() / 2;
    *values.select_nth_unstable_by(half, f64::total_cmp).1
}
