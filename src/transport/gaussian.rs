//! Transport between Gaussian laws in closed form (Bures).
//!
//! ```text
//! W2² = |m - n|² + tr A + tr B - 2 tr (A^½ B A^½)^½
//! ```
//!
//! The last trace is the sum of the singular values of `Lᵀ M` for any factors `A = L Lᵀ`, `B = M Mᵀ`, so singular
//! covariances are no exception, and no square root of a product of matrices, real or complex, is formed.
//!
//! Source: Dowson and Landau 1982 (doi:10.1016/0047-259X(82)90077-X); Bhatia, Jain, Lim 2019 (arXiv:1712.01504).

use crate::certificate::Certified;
use crate::error::{Error, Result};
use crate::linalg::{eigh, matmul, singular_values};
use crate::measure::Gaussian;
use crate::numeric::Sum;
use ndarray::{Array1, Array2, ArrayView2, Axis};

/// The squared distance `W2²` between two Gaussian laws. O(d³).
///
/// The dual value is the distance between the projections on an orthonormal basis, which is never more than that
/// between the laws. On the eigenvectors of the optimal map between them, the basis used, the two are equal; where a
/// covariance is singular the map exists only as a limit, and a small gap may remain.
///
/// # Errors
/// Laws of different dimensions; a decomposition that does not converge.
///
/// ```
/// use fenchel::measure::Gaussian;
/// use fenchel::transport::gaussian;
/// let w2 = gaussian::squared_distance(&Gaussian::univariate(0.0, 1.0)?, &Gaussian::univariate(1.0, 2.0)?)?;
/// assert_eq!(w2.value, 2.0); // (0 - 1)² + (1 - 2)²
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn squared_distance(p: &Gaussian, q: &Gaussian) -> Result<Certified> {
    if p.dimension() != q.dimension() {
        return Err(Error::SizeMismatch {
            left: "p".to_owned(),
            left_size: p.dimension(),
            right: "q".to_owned(),
            right_size: q.dimension(),
            unit: "dimensions",
        });
    }
    if p == q {
        return Ok(Certified { value: 0.0, dual: 0.0 });
    }
    let shift = &p.mean() - &q.mean();
    let between_means = shift.dot(&shift);
    let (a, b) = (p.cov(), q.cov());
    let (l, m) = (factor(a)?, factor(b)?);
    let value = if p.dimension() == 1 {
        (l[[0, 0]].abs() - m[[0, 0]].abs()).powi(2)
    } else {
        let overlap = singular_values(matmul(l.t(), m.view()).view())?.sum();
        (a.diag().sum() + b.diag().sum() - 2.0 * overlap).max(0.0)
    };
    let directions = map_directions(a, b)?;
    let dual = Sum::of(directions.axis_iter(Axis(1)).map(|v| (length(v.dot(&l)) - length(v.dot(&m))).powi(2)));
    Ok(Certified { value: between_means + value, dual: between_means + dual })
}

/// `L` with `L Lᵀ = a`, for any rank: eigenvalues that are rounding only are zero, since their roots would not be.
fn factor(a: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let e = eigh(a)?;
    let floor = a.nrows() as f64 * f64::EPSILON * e.values.iter().fold(0.0, |m, t| t.max(m));
    Ok(e.vectors * &e.values.mapv(|t| if t > floor { t.sqrt() } else { 0.0 }))
}

fn length(v: Array1<f64>) -> f64 {
    v.dot(&v).sqrt()
}

/// Eigenvectors of the optimal map `T = A^-½ (A^½ B A^½)^½ A^-½`; where `A` is singular, of one close to it.
fn map_directions(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let size = a.diag().sum().max(b.diag().sum());
    if size <= 0.0 {
        return Ok(Array2::eye(a.nrows()));
    }
    let power = |m: ArrayView2<'_, f64>, floor: f64, exponent: f64| -> Result<Array2<f64>> {
        let e = eigh(m)?;
        Ok(matmul((&e.vectors * &e.values.mapv(|t| t.max(floor).powf(exponent))).view(), e.vectors.t()))
    };
    let sandwich = |outer: &Array2<f64>, inner: ArrayView2<'_, f64>| {
        let product = matmul(matmul(outer.view(), inner).view(), outer.view());
        (&product + &product.t()) / 2.0
    };
    let floor = 1e-12 * size;
    let (root, inverse_root) = (power(a, floor, 0.5)?, power(a, floor, -0.5)?);
    let map = sandwich(&inverse_root, power(sandwich(&root, b).view(), 0.0, 0.5)?.view());
    Ok(eigh(map.view())?.vectors)
}
