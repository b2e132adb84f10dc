//! Linear algebra: the only door to a linear-algebra crate.
//!
//! Products go through the `gemm` crate, which takes any strides, so a transposed view costs nothing. Decompositions
//! go through `faer` (pure Rust), or through LAPACK when the feature `lapack` is on; both backends can then be called
//! by name through [`backend`] and a test holds them against each other.
//!
//! All routines but [`matmul_in_halves`] run on the calling thread. The bits never depend on the number of threads.

mod band;
mod product;
mod threads;

/// The decompositions, one module a backend.
pub mod backend {
    pub mod faer;
    #[cfg(feature = "lapack")]
    pub mod lapack;
}

#[cfg(not(feature = "lapack"))]
use backend::faer as chosen;
#[cfg(feature = "lapack")]
use backend::lapack as chosen;

use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};

pub use product::{Scalar, congruent, gram, matmul, matmul_in_halves, matmul_into, times_lower};
pub(crate) use threads::both;

/// Eigenvalues in ascending order and the matching orthonormal eigenvectors (columns) of a symmetric matrix.
#[derive(Debug, Clone)]
pub struct Eigh {
    /// Ascending eigenvalues.
    pub values: Array1<f64>,
    /// Eigenvectors by column.
    pub vectors: Array2<f64>,
}

/// Eigendecomposition of the symmetric matrix whose lower triangle is given. O(n³).
///
/// # Errors
/// A matrix that is not square or not finite.
pub fn eigh(a: ArrayView2<'_, f64>) -> Result<Eigh> {
    check_square(a, "matrix of an eigenproblem")?;
    chosen::eigh(a)
}

/// Rows from which [`eigvalsh`] goes by way of a band.
const LARGE: usize = 256;

/// Ascending eigenvalues of the symmetric matrix that is given whole. O(n³), far below [`eigh`]: a large matrix is reduced by matrix products.
///
/// # Errors
/// As [`eigh`].
pub fn eigvalsh(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    check_square(a, "matrix of an eigenproblem")?;
    if a.nrows() < LARGE {
        return chosen::eigvalsh(a);
    }
    let size = a.iter().fold(0.0, |most: f64, t| most.max(t.abs()));
    if !(1e-100..1e100).contains(&size) {
        // products could overflow or underflow
        return chosen::eigvalsh(a);
    }
    let (diagonal, subdiagonal) = band::tridiagonal(a);
    backend::faer::eigenvalues_of_tridiagonal(&diagonal, &subdiagonal)
}

/// The rounding error of an eigenvalue, relative to the largest.
const ROUNDING: f64 = 4.0 * f64::EPSILON;

/// The sum of the singular values, of which rounding may be this `share`.
///
/// They are the roots of the eigenvalues of `a aᵀ` or `aᵀ a`, which are found at a fraction of the cost. Roots of small eigenvalues lose
/// digits, so where that could be more than the share, [`singular_values`] are computed. O(n m min(n, m)).
///
/// # Errors
/// A matrix that is not finite.
///
/// ```
/// use ndarray::array;
/// assert_eq!(fenchel::linalg::nuclear_norm(array![[0.0, 3.0], [-4.0, 0.0]].view(), 1e-10)?, 7.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn nuclear_norm(a: ArrayView2<'_, f64>, share: f64) -> Result<f64> {
    check_finite(a, "matrix of a singular value problem")?;
    if a.nrows().min(a.ncols()) >= LARGE {
        let gram = if a.nrows() < a.ncols() { gram(a.t()) } else { gram(a) };
        if let Some(sum) = sum_of_roots(eigvalsh(gram.view())?.view(), share) {
            return Ok(sum);
        }
    }
    Ok(singular_values(a)?.sum())
}

/// The sum of the roots of the eigenvalues of a positive semidefinite matrix, where rounding is no more than this `share` of it.
///
/// An eigenvalue `t` errs by a few units in the last place of the largest, and its root by that over `2 √t`. The errors of different eigenvalues have
/// signs of their own, so their squares add up. None if they may exceed the share of the sum, as they do where an eigenvalue is nearly 0.
#[must_use]
pub fn sum_of_roots(eigenvalues: ArrayView1<'_, f64>, share: f64) -> Option<f64> {
    let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
    let rounding = ROUNDING * largest;
    let sum: f64 = eigenvalues.iter().map(|t| t.max(0.0).sqrt()).sum();
    let squares: f64 = eigenvalues.iter().map(|&t| if t > rounding { rounding / t } else { f64::INFINITY }).sum();
    (largest.is_normal() && (rounding * squares).sqrt() <= share * sum).then_some(sum)
}

/// The sum of the singular values of `a`, from their squares and the lengths of `aᵀ u` for the eigenvectors `u` of `a aᵀ`; where rounding is no more than
/// this `share` of it.
///
/// Where `u` is off by a rounding error `e` of `a aᵀ`, the square of the length is that of the singular value up to `e² / gap`. So a length has digits that
/// the root of an eigenvalue has lost: of `√t` the sum over all gaps leaves less than `e² / (4 t √t)`. None as in [`sum_of_roots`].
#[must_use]
pub fn sum_of_lengths(lengths: ArrayView1<'_, f64>, eigenvalues: ArrayView1<'_, f64>, share: f64) -> Option<f64> {
    let largest = eigenvalues.iter().copied().fold(0.0, f64::max);
    let rounding = ROUNDING * largest;
    let error = |t: f64| if t > rounding { (rounding / t).powi(2) * t.sqrt() / 4.0 } else { f64::INFINITY };
    let (sum, errors) = (lengths.sum(), eigenvalues.iter().map(|t| error(*t)).sum::<f64>());
    (largest.is_normal() && errors <= share * sum).then_some(sum)
}

/// Lower-triangular `L` with `L Lᵀ = a`. O(n³/3).
///
/// # Errors
/// [`Error::NotPositiveDefinite`] with the pivot at which it failed; a matrix that is not square or not finite.
///
/// ```
/// use ndarray::array;
/// let l = fenchel::linalg::cholesky(array![[4.0, 2.0], [2.0, 5.0]].view(), "a")?;
/// assert_eq!(l, array![[2.0, 0.0], [1.0, 2.0]]);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn cholesky(a: ArrayView2<'_, f64>, what: &str) -> Result<Array2<f64>> {
    check_square(a, what)?;
    chosen::cholesky(a).map_err(|pivot| {
        Error::not_positive_definite(
            what,
            pivot,
            "a singular covariance has no density; drop constant or repeated columns",
        )
    })
}

/// Singular values in descending order. O(n m min(n, m)).
///
/// # Errors
/// A matrix that is not finite.
pub fn singular_values(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    check_finite(a, "matrix of a singular value problem")?;
    if a.is_empty() {
        return Ok(Array1::zeros(0));
    }
    chosen::singular_values(a)
}

/// The thin singular value decomposition `a = u diag(values) vᵀ`. O(n m min(n, m)).
#[derive(Debug, Clone)]
pub struct Svd {
    /// Left singular vectors by column, n × min(n, m).
    pub u: Array2<f64>,
    /// Singular values in descending order.
    pub values: Array1<f64>,
    /// Right singular vectors by column, m × min(n, m).
    pub v: Array2<f64>,
}

/// The thin singular value decomposition of a matrix; see [`Svd`] for its parts.
///
/// # Errors
/// A matrix that is not finite.
pub fn svd(a: ArrayView2<'_, f64>) -> Result<Svd> {
    check_finite(a, "matrix of a singular value problem")?;
    if a.is_empty() {
        let (n, m) = a.dim();
        return Ok(Svd { u: Array2::zeros((n, 0)), values: Array1::zeros(0), v: Array2::zeros((m, 0)) });
    }
    chosen::svd(a)
}

/// `ln det a` of a positive definite matrix.
///
/// # Errors
/// As [`cholesky`].
pub fn logdet(a: ArrayView2<'_, f64>, what: &str) -> Result<f64> {
    Ok(2.0 * cholesky(a, what)?.diag().iter().map(|x| x.ln()).sum::<f64>())
}

/// Solves `L X = B` for a lower-triangular `L` with non-zero diagonal, by forward substitution. O(n² k).
///
/// Entries above the diagonal of `L` are not read.
///
/// # Panics
/// If the shapes do not match.
#[must_use]
pub fn solve_lower(l: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    assert_eq!(l.nrows(), l.ncols(), "solve_lower: rows and columns of L");
    assert_eq!(l.nrows(), b.nrows(), "solve_lower: rows of L and B");
    backend::faer::solve_lower(l, b)
}

fn check_square(a: ArrayView2<'_, f64>, what: &str) -> Result<()> {
    if a.nrows() != a.ncols() {
        return Err(Error::size_mismatch(
            (format!("rows of {what}"), a.nrows()),
            (format!("columns of {what}"), a.ncols()),
            "entries",
        ));
    }
    check_finite(a, what)
}

pub(crate) fn check_finite(a: ArrayView2<'_, f64>, what: &str) -> Result<()> {
    match a.indexed_iter().find(|(_, x)| !x.is_finite()) {
        Some(((i, j), &value)) => Err(Error::not_finite(what, (i, j), value)),
        None => Ok(()),
    }
}
