//! The squared Fréchet distance between Gaussian fits: what FID reports, on any columns.
//!
//! `|μ - ν|² + tr A + tr B - 2 tr (A B)^½` (Dowson and Landau 1982, doi:10.1016/0047-259X(82)90077-X; Heusel et al.,
//! arXiv 1706.08500), the squared 2-Wasserstein distance of `N(μ, A)` and `N(ν, B)`.
//!
//! No square root of a matrix is taken. With any factors `A = L Lᵀ` and `B = M Mᵀ` the eigenvalues of `A B` are the
//! squares of the singular values of `Lᵀ M = U S Vᵀ`, so `tr (A B)^½` is the sum of these, and the three traces are
//! `‖L U - M V‖²` together, which loses no digits where `A` is near `B`. For fewer samples than columns the
//! centred sample itself is the factor, and `Lᵀ M` is n × m; otherwise it is the Cholesky factor, or the
//! eigendecomposition where the covariance is singular. Exact at any rank, real by construction. Where rounding cannot be seen, the
//! singular values are taken as roots of eigenvalues, and what relabelled samples share is computed once (`covariances`).

use super::covariances::{Pooled, SUBSETS, centred, factor, sample_factor};
use super::definition::{Comparison, Definition};
use super::forecast::Step;
use super::null::{HALVED, Null, Rise, SPLITS};
use super::{Better, Pair, Permutations, Z, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::linalg::{self, Svd};
use crate::measure::Gaussian;
use crate::numeric::{times_power, variance};
use crate::transport::gaussian::aligned;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};

pub(super) const FRECHET: Definition = Definition::new(
    "frechet",
    "squared Fréchet distance of Gaussian fits (means and covariances only)",
    FITS,
    |card| Ok(fits(card)?.frechet()),
)
.aliases(&["fid", "fréchet"]);
pub(super) const FRECHET_INFINITY: Definition =
    Definition::new("frechet_infinity", "the same extrapolated to infinitely many samples", FITS, |card| {
        fits(card)?.infinity()
    })
    .aliases(&["fid_infinity"])
    .rows(HALVED);

/// The value with its error, halves, and relabelled samples with their halves.
const FITS: Step = Step::new("Gaussian fits", |task| {
    let one = work(task.n, task.m, task.d);
    // a half costs about half
    let times = 3.0 + SPLITS as f64 + 1.5 * task.again(2.0 * one);
    times * (OPERATION * one + task.rows() * (ROW + ENTRY * task.d))
});

/// Nanoseconds of an operation of [`work`], and of a row and an entry that are taken into a subset.
const OPERATION: f64 = 0.15;
const ROW: f64 = 30.0;
const ENTRY: f64 = 6.0;

/// The operations of a distance of Gaussian fits: products of the rows or of the columns, and singular values.
fn work(n: f64, m: f64, d: f64) -> f64 {
    let rank = |rows: f64| rows.min(d);
    (n + m) * d * rank(n.max(m)) / 4.0 + 5.0 * rank(n) * rank(m) * rank(n.min(m))
}

fn fits<'c>(card: &'c mut Comparison<'_>) -> Result<&'c Fits> {
    card.shared(|card| Fits::new(card.pair(), card.again()))
}

/// The squared Fréchet distance of two laws known exactly.
///
/// Never negative; exactly 0 for equal laws. Its root is `W₂`. O(d³).
///
/// # Errors
/// Different dimensions; an eigenvalue iteration that fails.
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::score::frechet;
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(3.0, 3.0)?);
/// assert!((frechet::between(&p, &q)? - 13.0).abs() < 1e-12); // (0 - 3)² + (1 - 3)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn between(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    if p.dimension() != q.dimension() {
        return Err(Error::size_mismatch(("first law", p.dimension()), ("second law", q.dimension()), "columns"));
    }
    if p == q {
        return Ok(0.0);
    }
    let unit = Gaussian::unit([p, q].into_iter());
    if unit != 0 {
        return Ok(times_power(between(&p.times_power(-unit), &q.times_power(-unit))?, 2 * unit));
    }
    let (l, m) = (factor(p.cov())?, factor(q.cov())?);
    let svd = linalg::svd(linalg::matmul(l.t(), m.view()).view())?;
    let shift = &p.mean() - &q.mean();
    Ok(shift.dot(&shift) + aligned(&l, &m, &svd))
}

/// The squared Fréchet distance of Gaussian fits to two samples: what FID reports, given features as columns.
///
/// With unbiased covariances. Never negative; exactly 0 for identical samples. Units: those of the columns, squared. The value is biased upwards
/// by a term that falls like `1/n`, and where the laws agree it is all bias. The standard error is the delta method's, from the influence
/// of every point on the value. The interval is for the distance of the *laws*, as in [`infinity`]. Baseline and p-value are those of
/// relabelled samples. Interval, baseline and p-value need permutations.
/// O((n + m) d min(n, m, d)) and a singular value decomposition of size min(n, d) × min(m, d), for the value and for each
/// relabelling; of these there are fewer the longer one takes.
///
/// # Errors
/// A value that `f64` cannot hold; a decomposition that fails; more than a million permutations.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, frechet};
/// use ndarray::array;
/// let x = Empirical::new(array![[-1.0], [0.0], [1.0]])?;
/// let y = Empirical::new(array![[3.0], [5.0], [7.0]])?;
/// let found = frechet::frechet(&Pair::new(&x, &y)?, Permutations::none())?;
/// assert!((found.value - 26.0).abs() < 1e-12); // (0 - 5)² + (1 - 2)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn frechet(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Ok(Fits::new(pair, test)?.frechet())
}

/// The squared Fréchet distance of the laws: [`frechet()`] less its bias.
///
/// Relabelled samples show the bias of equal laws. The bias of different laws is taken to be in proportion to it, with a factor from
/// random halves of both samples: the ratio of the rises from all rows to half of them. So the value is extrapolated to infinitely many rows
/// along the curve of equal laws. Chong and Forsyth (arXiv 1911.07023) extrapolate along `1/n`, which goes far below zero where there are
/// few rows for the columns. Without permutations the curve is `1/n` here too.
///
/// Where the laws agree it scatters around 0 and may be negative. The halves are disjoint, of four splits. The standard
/// error joins that of [`frechet()`] with the spread of equal laws and the error of the bias. Of nominal 90 % the interval of [`frechet()`] was counted to hold the
/// truth in 86 to 98 % of 200 trials where laws are shifted or scaled, in 87 to 100 % where they have heavy tails, and always where
/// they are equal (`benches/coverage_scores.md`).
///
/// # Errors
/// As [`frechet()`], and fewer than four rows.
pub fn infinity(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    Fits::new(pair, test)?.infinity()
}

/// What [`frechet()`] and [`infinity`] are read from.
#[derive(Debug, Clone)]
pub struct Fits {
    value: f64,
    std_error: f64,
    /// The distance of the laws and its error, where there are rows enough.
    of_laws: Option<(f64, f64)>,
    null: Null,
    /// Values that differ by less are the same up to rounding.
    slack: f64,
    sizes: (usize, usize, usize),
    seed: u64,
}

impl Fits {
    /// Fits both samples, halves of them and relabelled samples.
    ///
    /// # Errors
    /// As [`frechet()`].
    pub fn new(pair: &Pair<'_>, test: Permutations) -> Result<Self> {
        test.validate()?;
        let (real, generated, unit) = pair.scaled();
        let (x, y) = (real.points(), generated.points());
        let back = |value: f64| times_power(value, 2 * unit);
        let rows = Pooled::new(x, y);
        let (value, std_error) = match rows.value_and_error()? {
            Some(found) => found,
            None => value_and_error(x, y)?,
        };
        pair.finite("frechet", back(value))?;
        if value > 0.0 && back(value) < f64::MIN_POSITIVE {
            let why = "it is in squares of the unit of the columns, and these underflow; rescale the samples";
            return Err(Error::unsupported("frechet", why));
        }
        let (n, m, d) = pair.sizes();
        let work = work(n as f64, m as f64, d as f64);
        let rise = Rise::of((n, m), value, test, work, |a, b| rows.value(a, b))?;
        let error = std_error.hypot(rise.null.spread());
        let of_laws = rise.without_bias(value).map(|(of_laws, of_bias)| (back(of_laws), back(error.hypot(of_bias))));
        let moments = x.var_axis(Axis(0), 0.0).sum() + y.var_axis(Axis(0), 0.0).sum();
        Ok(Self {
            value: back(value),
            std_error: back(std_error),
            of_laws,
            null: rise.null.map(back),
            slack: back(SUBSETS * moments),
            sizes: pair.sizes(),
            seed: test.seed,
        })
    }

    /// See [`frechet()`].
    #[must_use]
    pub fn frechet(&self) -> Estimate {
        let parameters = "Gaussian fits, unbiased covariances; delta method; interval of frechet_infinity".to_owned();
        let range = (0.0, f64::INFINITY);
        let found = normal_estimate("frechet", self.value, Some(self.std_error), range, self.sizes, parameters);
        let known = self.of_laws.filter(|_| !self.null.is_empty());
        let interval = known.map(|(value, error)| ((value - Z * error).max(0.0), value.max(0.0) + Z * error));
        self.null.beside(Estimate { interval, ..found }, Better::Lower, self.slack)
    }

    /// See [`infinity`].
    ///
    /// # Errors
    /// Fewer than four rows.
    pub fn infinity(&self) -> Result<Estimate> {
        let Some((value, error)) = self.of_laws else {
            let (what, rows) = if self.sizes.0 < HALVED { ("real", self.sizes.0) } else { ("generated", self.sizes.1) };
            return Err(Error::too_few(what, rows, HALVED, "rows"));
        };
        let curve = if self.null.is_empty() { "1/n" } else { "the bias of equal laws" };
        let parameters = format!("along {curve}, all rows and {SPLITS} splits in halves, seed {}", self.seed);
        let range = (f64::NEG_INFINITY, f64::INFINITY);
        let found = normal_estimate("frechet_infinity", value, Some(error), range, self.sizes, parameters);
        let tested = self.frechet();
        Ok(Estimate { p_value: tested.p_value, baseline: tested.baseline.map(|_| 0.0), ..found })
    }
}

/// By singular vectors, which lose no digits where the laws are near each other.
fn value_and_error(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Result<(f64, f64)> {
    let (x_mean, x_centred) = centred(x);
    let (y_mean, y_centred) = centred(y);
    let (l, m) = (sample_factor(x_centred.view())?, sample_factor(y_centred.view())?);
    let svd = linalg::svd(linalg::matmul(l.t(), m.view()).view())?;
    // where columns are far from zero, the difference of the means is that of two large numbers, and these are subtracted first
    let shift = (&x.row(0) - &y.row(0)) + (x_mean - y_mean);
    let value = if x == y { 0.0 } else { mutate!(shift.dot(&shift), Frechet, |_| 0.0) + aligned(&l, &m, &svd) };

    let Svd { u, values, v } = svd;
    let x_influence = influence(x_centred.view(), &shift, &m, &v, &values);
    let y_influence = influence(y_centred.view(), &-shift, &l, &u, &values);
    let variance_of_mean = |i: &[f64]| variance(i) / i.len() as f64;
    Ok((value, (variance_of_mean(&x_influence) + variance_of_mean(&y_influence)).sqrt()))
}

/// The influence of each point on the value, up to a constant: `2 Δ·x + |x|² - xᵀ T x` for centred `x`, where
/// `T = M V S⁻¹ Vᵀ Mᵀ` is the linear map that transports this law to the other.
fn influence(
    x: ArrayView2<'_, f64>,
    shift: &Array1<f64>,
    other: &Array2<f64>,
    vectors: &Array2<f64>,
    values: &Array1<f64>,
) -> Vec<f64> {
    let largest = values.iter().copied().fold(0.0, f64::max);
    let negligible = f64::EPSILON * other.nrows().max(values.len()) as f64 * largest;
    let scales = values.mapv(|s| if s > negligible { s.sqrt().recip() } else { 0.0 });
    let root = linalg::matmul(other.view(), vectors.view()) * &scales;
    let moved = linalg::matmul(x, root.view());
    let of_point =
        |(x, moved): (ArrayView1<'_, f64>, ArrayView1<'_, f64>)| 2.0 * shift.dot(&x) + x.dot(&x) - moved.dot(&moved);
    x.rows().into_iter().zip(moved.rows()).map(of_point).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    #[test]
    fn the_short_way_and_singular_vectors_agree() {
        for (n, m, d) in [(40, 30, 60), (30, 50, 60), (90, 120, 20), (7, 9, 1)] {
            let mut rng = stream(6, d as u64);
            let mut draw = |rows: usize, scale: f64| {
                Array2::from_shape_fn((rows, d), |(_, j)| 4.0 + scale * (1 + j % 3) as f64 * rng.random::<f64>())
            };
            let (x, y) = (draw(n, 1.0), draw(m, 2.0));
            let (value, error) = value_and_error(x.view(), y.view()).unwrap();
            let short = Pooled::new(x.view(), y.view()).value_and_error().unwrap();
            let Some((short_value, short_error)) = short else { unreachable!("nothing cancels") };
            assert!((value - short_value).abs() < 1e-11 * value, "{n} {m} {d}: {short_value} for {value}");
            assert!((error - short_error).abs() < 1e-9 * error, "{n} {m} {d}: {short_error} for {error}");
        }
    }
}
