//! Kernel scores: the squared maximum mean discrepancy, and KID.
//!
//! `MMD²(p, q) = E k(X,X') + E k(Y,Y') - 2 E k(X,Y)` (Gretton et al., JMLR 13(25), 2012), estimated by the unbiased
//! U-statistic: no pair of a point with itself. It scatters around 0 where the laws agree, so it may come out negative.

pub use super::similarity::{Bandwidth, Kernel};

use super::definition::Definition;
use super::forecast::Step;
use super::pairs::{Form, PairKernel, pair_statistic};
use super::permutations::{Permutations, pool};
use super::{LARGEST, Pair, normal_estimate};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::distance::{BLOCK, Clouds};
use crate::numeric::{stream, times_power};
use ndarray::{ArrayView2, Axis};
use rand::seq::index;

pub(super) const MMD: Definition = Definition::new(
    "mmd",
    "squared MMD under a kernel (unless told otherwise Gaussian, at the median distance)",
    Step::new("pairs under a kernel", |task| {
        let kernels = task.choices.kernel.count() as f64;
        let medians = task.pairs(task.rows().min(MEDIAN_POINTS as f64), MIDDLE, 0.0);
        medians + task.pairs(task.rows(), EXPONENTIAL * kernels, task.of_pairs(task.rows(), 1.0))
    }),
    |card| mmd(card.pair(), card.kernel(), card.of_pairs(1.0)),
);

/// Nanoseconds of an exponential, and of a distance among those whose middle is found.
pub(super) const EXPONENTIAL: f64 = 1.5;
const MIDDLE: f64 = 10.0;
/// The median of the pairwise distances is taken over at most this many points.
const MEDIAN_POINTS: usize = 2000;
/// The degree of KID's kernel.
const KID_DEGREE: i32 = 3;

/// The squared MMD of two samples under a kernel, unbiased.
///
/// `mean k(x,x') + mean k(y,y') - 2 mean k(x,y)` over pairs of different points. The standard error is the jackknife's; where the laws
/// agree it is too large by up to √2. Intervals at 90 % were counted to hold the truth in 84 to 99 % of 200 trials, least often in few columns, where
/// the statistic is skewed, and most often where equal laws have many columns (`benches/coverage_scores.md`). O((n+m)² (d + permutations)) time.
///
/// # Errors
/// More than a million permutations; a bandwidth that is not positive, a degree beyond 20; with a polynomial kernel, coordinates whose
/// powers overflow.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::kernel::{Kernel, mmd};
/// use fenchel::score::{Pair, Permutations};
/// use ndarray::array;
/// let (x, y) = (Empirical::new(array![[0.0], [0.0]])?, Empirical::new(array![[1.0], [1.0]])?);
/// let pair = Pair::new(&x, &y)?;
/// let found = mmd(&pair, &Kernel::default(), Permutations::none())?; // the median positive distance is 1
/// assert!((found.value - (2.0 - 2.0 * (-0.5f64).exp())).abs() < 1e-15);
/// let given = Kernel::Laplace(fenchel::score::kernel::Bandwidth::Given(vec![0.5]));
/// assert!((mmd(&pair, &given, Permutations::none())?.value - (2.0 - 2.0 * (-2f64).exp())).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn mmd(pair: &Pair<'_>, kernel: &Kernel, test: Permutations) -> Result<Estimate> {
    kernel.validate()?;
    test.validate()?;
    match kernel {
        Kernel::Gaussian(width) => of_width("Gaussian", width, pair, test, |widths| PairKernel::Gaussian(widths)),
        Kernel::Laplace(width) => of_width("Laplace", width, pair, test, |widths| PairKernel::Laplace(widths)),
        Kernel::Polynomial { degree, divisor, offset } => {
            // the power of the degree has a variance, so twice the degree of two coordinates must not overflow
            pair.check_size(LARGEST.powf(f64::from(KID_DEGREE) / f64::from(*degree)))?;
            let d = pair.real().dimension() as f64;
            let similarity =
                PairKernel::Polynomial { degree: *degree as i32, divisor: divisor.unwrap_or(d), offset: *offset };
            let divided = divisor.map_or("d".to_owned(), |divisor| divisor.to_string());
            let what = format!("unbiased, kernel (x.y/{divided} + {offset})^{degree}, all pairs");
            Ok(unbiased("mmd", &similarity, (pair.real(), pair.generated()), test, &what))
        }
    }
}

/// An MMD of a kernel with a bandwidth, in the samples' own unit.
fn of_width(
    name: &str,
    width: &Bandwidth,
    pair: &Pair<'_>,
    test: Permutations,
    similarity: impl for<'k> Fn(&'k [f64]) -> PairKernel<'k>,
) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, unit| {
        let (widths, whence) = match width {
            Bandwidth::Median => {
                let pooled = pool(real.points(), generated.points());
                // where every point is the same any bandwidth gives the statistic 0
                (vec![median_distance(pooled.view(), test.seed).unwrap_or(1.0)], " (median distance)")
            }
            // one that underflows in the unit of the samples is far below every distance
            Bandwidth::Given(all) => {
                (all.iter().map(|&s| times_power(s, -unit).clamp(f64::MIN_POSITIVE, f64::MAX)).collect(), "")
            }
        };
        let shown: Vec<String> = widths.iter().map(|&width| in_data(width, unit)).collect();
        let (plural, shown) = (if shown.len() > 1 { "s" } else { "" }, shown.join(", "));
        let what = format!("unbiased, {name} kernel, bandwidth{plural} {shown}{whence}");
        Ok(unbiased("mmd", &similarity(&widths), (real, generated), test, &what))
    })
}

/// The kernel Inception distance's statistic on the columns as they are: the unbiased squared MMD under
/// `(x·y/d + 1)³` over all pairs (Bińkowski et al., arXiv 1801.01401). It is [`mmd`] under [`Kernel::KID`].
///
/// Over all pairs there is no noise from random subsets. The standard error is the jackknife's; where the laws agree
/// it is too large by up to √2. Not invariant under translation. O((n+m)² (d + permutations)) time. From (n+m)² d = 5e10 on the rows less their
/// mean are multiplied in single precision and added up in double; `parameters` has a bound of what that changes, and the interval is wider by it.
///
/// # Errors
/// As [`mmd`]; coordinates beyond 1e20.
pub fn kid(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(Estimate { name: "kid".to_owned(), ..mmd(pair, &Kernel::KID, test)? })
}

fn unbiased(
    name: &str,
    kernel: &PairKernel<'_>,
    (real, generated): (&Empirical, &Empirical),
    test: Permutations,
    what: &str,
) -> Estimate {
    let statistic = pair_statistic(real.points(), generated.points(), kernel, Form::U, test);
    let single = statistic.rounding;
    let precision = if single > 0.0 { format!("; single precision, right to {single:.1e}") } else { String::new() };
    let rounding = single + statistic.slack;
    let parameters = format!("{what}{precision}; jackknife");
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let sizes = (real.len(), generated.len(), real.dimension());
    let estimate = normal_estimate(name, statistic.value, statistic.std_error, range, sizes, parameters);
    let interval = estimate.interval.map(|(low, high)| (low - rounding, high + rounding));
    let (x, y) = (real.points(), generated.points());
    let differ = x.rows().into_iter().chain(y.rows()).any(|row| row != x.row(0));
    let is_lost = statistic.std_error.is_some_and(|error| rounding > error.max(statistic.value.abs())) && differ;
    let why = format!(
        "lost in rounding errors of up to {rounding:.1e}: to this kernel all rows are alike; standardise the columns"
    );
    let warnings = is_lost.then_some(why).into_iter().collect();
    statistic.beside(Estimate { interval, warnings, ..estimate })
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

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn what_is_lost_in_rounding_is_said() {
        let entry = |i: usize, j: usize| (i * i * 7 + 3 * j * i) as f64 % 11.0 - 5.0;
        for (offset, size, lost) in [(0.0, 1.0, false), (1e12, 1.0, true), (0.0, 1e-200, true), (7.0, 0.0, false)] {
            let sample = |from: usize| Array2::from_shape_fn((40, 3), |(i, j)| offset + size * entry(from + i, j));
            let (x, y) = (Empirical::new(sample(0)).unwrap(), Empirical::new(sample(50)).unwrap());
            let found = kid(&Pair::new(&x, &y).unwrap(), Permutations::none()).unwrap();
            assert_eq!(!found.warnings.is_empty(), lost, "{offset} {size}: {found:?}");
        }
    }
}
