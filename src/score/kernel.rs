//! Kernel scores: the squared maximum mean discrepancy, and KID.
//!
//! `MMD²(p, q) = E k(X,X') + E k(Y,Y') - 2 E k(X,Y)` (Gretton et al., JMLR 13(25), 2012), estimated by the unbiased
//! U-statistic: no pair of a point with itself. It scatters around 0 where the laws agree, so it may come out negative.

use super::pairs::{Form, PairKernel, pair_statistic};
use super::permutations::{Permutations, pool};
use super::{LARGEST, Pair, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::distance::{BLOCK, Clouds};
use crate::numeric::{stream, times_power, variance};
use ndarray::{ArrayView2, Axis};
use rand::seq::index;
use std::fmt;
use std::str::FromStr;

/// The median of the pairwise distances is taken over at most this many points.
const MEDIAN_POINTS: usize = 2000;
/// The degree of KID's kernel.
const KID_DEGREE: i32 = 3;
/// Random subsets of [`kid_over_subsets`], and the most rows of one.
const SUBSETS: u64 = 100;
const SUBSET_ROWS: usize = 1000;

/// The kernel of an MMD: how like each other two rows are.
///
/// | name | kernel |
/// |---|---|
/// | `gaussian` | `exp(-\|x-y\|²/(2 s²))` |
/// | `laplace` | `exp(-\|x-y\|/s)` |
/// | `polynomial`, `polynomial:3:1` | `(x·y/d + c)^p`, here with degree `p = 3` and offset `c = 1` |
///
/// `s` is the [`Bandwidth`]. The first two see any difference of two laws, and their MMD is bounded, by 2. The polynomial one sees moments up to its
/// degree, and does not leave a common shift alone.
///
/// ```
/// use fenchel::score::kernel::{Bandwidth, Kernel};
/// assert_eq!(Kernel::default(), Kernel::Gaussian(Bandwidth::Median));
/// assert_eq!("polynomial:2".parse::<Kernel>()?, Kernel::Polynomial { degree: 2, divisor: None, offset: 1.0 });
/// assert_eq!(Kernel::KID.to_string(), "polynomial:3:1");
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    /// `exp(-|x-y|²/(2 s²))`.
    Gaussian(Bandwidth),
    /// `exp(-|x-y|/s)`.
    Laplace(Bandwidth),
    /// `(x·y/divisor + offset)^degree`.
    Polynomial {
        /// The degree, 1 to 20.
        degree: u32,
        /// What products of rows are divided by, the inverse of the `gamma` of other programs; `None` for the number of columns.
        divisor: Option<f64>,
        /// The offset, zero or more; with zero only moments of the very degree are seen.
        offset: f64,
    },
}

/// The bandwidth of a kernel, in the unit of the columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Bandwidth {
    /// The median distance of the pooled sample: over at most 2000 pooled points (a seeded draw beyond that), and over the positive
    /// distances where more than half are zero.
    Median,
    /// These; of several the kernel is the mean over them, which sees differences at every one of the scales.
    Given(Vec<f64>),
}

impl Default for Kernel {
    /// Gaussian, with the median distance.
    fn default() -> Self {
        Self::Gaussian(Bandwidth::Median)
    }
}

impl Kernel {
    /// The kernel of [`kid`], `(x·y/d + 1)³`.
    pub const KID: Self = Self::Polynomial { degree: 3, divisor: None, offset: 1.0 };

    /// The same kernel with these bandwidths; one that has none stays as it is.
    ///
    /// ```
    /// use fenchel::score::kernel::{Bandwidth, Kernel};
    /// let kernel = Kernel::default().bandwidths(&[0.5, 1.0, 2.0]);
    /// assert_eq!(kernel, Kernel::Gaussian(Bandwidth::Given(vec![0.5, 1.0, 2.0])));
    /// ```
    #[must_use]
    pub fn bandwidths(self, bandwidths: &[f64]) -> Self {
        let given = Bandwidth::Given(bandwidths.to_vec());
        match self {
            Self::Gaussian(_) => Self::Gaussian(given),
            Self::Laplace(_) => Self::Laplace(given),
            Self::Polynomial { .. } => self,
        }
    }

    fn validate(&self) -> Result<()> {
        match self {
            Self::Gaussian(Bandwidth::Given(all)) | Self::Laplace(Bandwidth::Given(all)) => {
                if all.is_empty() {
                    return Err(Error::too_few("bandwidths", 0, 1, "numbers"));
                }
                match all.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
                    Some(&s) => {
                        Err(Error::out_of_domain("bandwidth", s, "a positive number, in the unit of the columns"))
                    }
                    None => Ok(()),
                }
            }
            Self::Gaussian(Bandwidth::Median) | Self::Laplace(Bandwidth::Median) => Ok(()),
            Self::Polynomial { degree, divisor, offset } => {
                if !(1..=MOST_DEGREE).contains(degree) {
                    return Err(Error::out_of_domain("degree", f64::from(*degree), format!("1 to {MOST_DEGREE}")));
                }
                if let Some(divisor) = divisor.filter(|d| !(d.is_finite() && *d > 0.0)) {
                    return Err(Error::out_of_domain("divisor", divisor, "a positive number"));
                }
                if !(offset.is_finite() && *offset >= 0.0) {
                    return Err(Error::out_of_domain("offset", *offset, "zero or more"));
                }
                Ok(())
            }
        }
    }
}

/// Degrees of a polynomial kernel.
const MOST_DEGREE: u32 = 20;

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian(_) => f.pad("gaussian"),
            Self::Laplace(_) => f.pad("laplace"),
            Self::Polynomial { degree, offset, .. } => f.pad(&format!("polynomial:{degree}:{offset}")),
        }
    }
}

impl FromStr for Kernel {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || {
            Error::unknown_name(
                "kernel",
                name,
                "gaussian, laplace, polynomial, polynomial:DEGREE, polynomial:DEGREE:OFFSET",
            )
        };
        let mut parts = name.split(':');
        let (word, degree, offset) = (parts.next(), parts.next(), parts.next());
        if parts.next().is_some() {
            return Err(unknown());
        }
        let kernel = match (word, degree) {
            (Some("gaussian"), None) => Self::Gaussian(Bandwidth::Median),
            (Some("laplace"), None) => Self::Laplace(Bandwidth::Median),
            (Some("polynomial"), _) => Self::Polynomial {
                degree: degree.map_or(Ok(3), str::parse).map_err(|_| unknown())?,
                divisor: None,
                offset: offset.map_or(Ok(1.0), str::parse).map_err(|_| unknown())?,
            },
            _ => return Err(unknown()),
        };
        kernel.validate()?;
        Ok(kernel)
    }
}

/// The squared MMD of two samples under a kernel, unbiased.
///
/// `mean k(x,x') + mean k(y,y') - 2 mean k(x,y)` over pairs of different points. The standard error is the jackknife's; where the laws
/// agree it is too large by up to √2. O((n+m)² (d + permutations)) time.
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
/// it is too large by up to √2. Not invariant under translation. O((n+m)² (d + permutations)) time.
///
/// # Errors
/// As [`mmd`]; coordinates beyond 1e20.
pub fn kid(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(Estimate { name: "kid".to_owned(), ..mmd(pair, &Kernel::KID, test)? })
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
    let cubic = PairKernel::Polynomial { degree: KID_DEGREE, divisor: real.dimension() as f64, offset: 1.0 };
    let of_subset = |subset| {
        let mut rng = stream(test.seed, 200 + subset);
        let mut draw = |sample: &Empirical| {
            sample.points().select(Axis(0), &index::sample(&mut rng, sample.len(), rows).into_vec())
        };
        let (x, y) = (draw(real), draw(generated));
        pair_statistic(x.view(), y.view(), &cubic, Form::U, Permutations::none()).value
    };
    let whole = real.len() == rows && generated.len() == rows;
    let values: Vec<f64> = if whole { vec![all.value] } else { (0..SUBSETS).map(of_subset).collect() };
    let count = values.len() as f64;
    let spread = if whole { 0.0 } else { variance(&values).sqrt() };
    let std_error = all.std_error.map(|jackknife| jackknife.hypot(spread / count.sqrt()));
    let parameters = format!(
        "unbiased, kernel (x.y/d + 1)^3, mean of {count} subsets of {rows} rows (standard deviation {spread:.3e}); jackknife; \
         baseline and p-value of all pairs"
    );
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let value = values.iter().sum::<f64>() / count;
    let estimate = normal_estimate("kid", value, std_error, range, pair.sizes(), parameters);
    let Estimate { p_value, baseline, baseline_spread, .. } = all;
    Ok(Estimate { p_value, baseline, baseline_spread, ..estimate })
}

fn unbiased(
    name: &str,
    kernel: &PairKernel<'_>,
    (real, generated): (&Empirical, &Empirical),
    test: Permutations,
    what: &str,
) -> Estimate {
    let statistic = pair_statistic(real.points(), generated.points(), kernel, Form::U, test);
    let parameters = format!("{what}; jackknife");
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let sizes = (real.len(), generated.len(), real.dimension());
    statistic.beside(normal_estimate(name, statistic.value, statistic.std_error, range, sizes, parameters))
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
