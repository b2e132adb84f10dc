//! The squared Fréchet distance between Gaussian fits: what FID reports, on any columns.
//!
//! `|μ - ν|² + tr A + tr B - 2 tr (A B)^½` (Dowson and Landau 1982, doi:10.1016/0047-259X(82)90077-X; Heusel et al.,
//! arXiv 1706.08500), the squared 2-Wasserstein distance of `N(μ, A)` and `N(ν, B)`.
//!
//! No square root of a matrix is taken. With any factors `A = L Lᵀ` and `B = M Mᵀ` the eigenvalues of `A B` are the
//! squares of the singular values of `Lᵀ M = U S Vᵀ`, so `tr (A B)^½` is the sum of these, and the three traces are
//! `‖L U - M V‖²` together, which loses no digits where `A` is near `B`. For fewer samples than columns the
//! centred sample itself is the factor, and `Lᵀ M` is n × m; otherwise it is the Cholesky factor, or the
//! eigendecomposition where the covariance is singular. Exact at any rank, real by construction.

use super::{Pair, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::linalg::{self, Svd};
use crate::measure::Gaussian;
use crate::numeric::{stream, times_power, variance};
use crate::transport::gaussian::{self, aligned};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::seq::SliceRandom;

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

/// The squared Fréchet distance of two samples: of the Gaussians with their means and unbiased covariances.
///
/// Never negative; exactly 0 for identical samples. Units: those of the columns, squared. Biased upwards at small
/// `n`, the more so the more columns: between samples of one law it is about `(1/n + 1/m) (tr A + O(d tr A))` and not
/// 0, which the baseline of a scorecard shows. The standard error is the delta method's, from the influence of every
/// point on the value; it does not see the bias, and where the laws agree the value is all bias.
/// O((n + m) d min(n, m, d)) and a singular value decomposition of size min(n, d) × min(m, d).
///
/// # Errors
/// A value that `f64` cannot hold; a decomposition that fails.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, frechet};
/// use ndarray::array;
/// let x = Empirical::new(array![[-1.0], [0.0], [1.0]])?;
/// let y = Empirical::new(array![[3.0], [5.0], [7.0]])?;
/// assert!((frechet::frechet(&Pair::new(&x, &y)?)?.value - 26.0).abs() < 1e-12); // (0 - 5)² + (1 - 2)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn frechet(pair: &Pair<'_>) -> Result<Estimate> {
    pair.in_own_unit(2, |real, generated, _| {
        let (value, std_error) = value_and_error(real.points(), generated.points())?;
        let parameters = "Gaussian fits, unbiased covariances; delta method".to_owned();
        let range = (0.0, f64::INFINITY);
        Ok(normal_estimate("frechet", value, Some(std_error), range, pair.sizes(), parameters))
    })
}

/// Splits into halves that [`infinity`] averages over.
const SPLITS: u64 = 4;

/// The squared Fréchet distance extrapolated to infinitely many samples: `2 F(all) - mean F(halves)`.
///
/// The bias of [`frechet`] falls like `1/n`, so the value on halves has twice that of the value on all points, and the
/// line through the two meets `1/n = 0` here (the extrapolation of Chong and Forsyth, arXiv 1911.07023, from two
/// sizes). The halves are disjoint random ones of either sample, four splits from `seed`. Where the laws agree it
/// scatters around 0 and may be negative. It needs several times more rows than columns to be of use; the standard
/// error is that of [`frechet`], joined by the spread over the splits.
///
/// # Errors
/// As [`frechet`], and fewer than four rows.
pub fn infinity(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    pair.in_own_unit(2, |real, generated, _| {
        pair.at_least(4)?;
        let (x, y) = (real.points(), generated.points());
        let (all, delta) = value_and_error(x, y)?;
        let mut halves = Vec::new();
        for split in 0..SPLITS {
            let ([a, b], [c, d]) = (halve(x, seed, 2 * split), halve(y, seed, 2 * split + 1));
            halves.push((value_and_error(a.view(), c.view())?.0 + value_and_error(b.view(), d.view())?.0) / 2.0);
        }
        let value = 2.0 * all - halves.iter().sum::<f64>() / halves.len() as f64;
        let std_error = (delta * delta + variance(&halves) / halves.len() as f64).sqrt();
        let parameters = format!("from all rows and {SPLITS} splits in halves, seed {seed}; delta method");
        let range = (f64::NEG_INFINITY, f64::INFINITY);
        Ok(normal_estimate("frechet_infinity", value, Some(std_error), range, pair.sizes(), parameters))
    })
}

fn halve(x: ArrayView2<'_, f64>, seed: u64, split: u64) -> [Array2<f64>; 2] {
    let mut order: Vec<usize> = (0..x.nrows()).collect();
    order.shuffle(&mut stream(seed, 100 + split));
    let (a, b) = order.split_at(x.nrows() / 2);
    [x.select(Axis(0), a), x.select(Axis(0), b)]
}

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

/// The mean of the rows less the first, and the rows less the mean. Sums of the differences keep the digits that sums of numbers far from
/// zero, as time stamps are, would lose.
fn centred(x: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let from_first = &x - &x.row(0);
    let mean = from_first.sum_axis(Axis(0)) / x.nrows() as f64;
    let centred = from_first - &mean;
    (mean, centred)
}

/// `L` with `L Lᵀ` the unbiased covariance of centred rows.
fn sample_factor(x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let free = (x.nrows() - 1) as f64;
    if x.nrows() <= x.ncols() {
        return Ok(x.t().mapv(|v| v / free.sqrt()));
    }
    factor((linalg::gram(x) / free).view())
}

/// `L` with `L Lᵀ = a` for a positive semidefinite `a` of any rank.
fn factor(a: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    match linalg::cholesky(a, "covariance") {
        Err(Error::NotPositiveDefinite { .. }) => Ok(gaussian::factor(a)?.root),
        factor => factor,
    }
}
