//! Decompositions by LAPACK through `ndarray-linalg` (feature `lapack`). Inputs are square (where they must be) and
//! finite.

use super::super::{Eigh, Svd};
use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView2};
use ndarray_linalg::error::LinalgError;
use ndarray_linalg::{Cholesky, EigValsh as _, Eigh as _, JobSvd, SVD as _, SVDDC as _, UPLO};

/// See [`eigh`](crate::linalg::eigh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigh(a: ArrayView2<'_, f64>) -> Result<Eigh> {
    let (values, vectors) = a.to_owned().eigh(UPLO::Lower).map_err(|e| failed(&e))?;
    Ok(Eigh { values, vectors })
}

/// See [`eigvalsh`](crate::linalg::eigvalsh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigvalsh(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    a.to_owned().eigvalsh(UPLO::Lower).map_err(|e| failed(&e))
}

/// See [`cholesky`](crate::linalg::cholesky).
///
/// # Errors
/// The index of the pivot that is not positive.
pub fn cholesky(a: ArrayView2<'_, f64>) -> std::result::Result<Array2<f64>, usize> {
    a.to_owned().cholesky(UPLO::Lower).map_err(|e| match e {
        LinalgError::Lapack(ndarray_linalg::lax::error::Error::LapackComputationalFailure { return_code }) => {
            usize::try_from(return_code - 1).unwrap_or(0)
        }
        _ => 0,
    })
}

/// See [`singular_values`](crate::linalg::singular_values).
///
/// # Errors
/// If the iteration does not converge.
pub fn singular_values(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    let (_, values, _) = a.to_owned().svd(false, false).map_err(|e| failed(&e))?;
    Ok(values)
}

/// See [`svd`](crate::linalg::svd).
///
/// # Errors
/// If the iteration does not converge.
pub fn svd(a: ArrayView2<'_, f64>) -> Result<Svd> {
    match a.to_owned().svddc(JobSvd::Some).map_err(|e| failed(&e))? {
        (Some(u), values, Some(vt)) => Ok(Svd { u, values, v: vt.reversed_axes() }),
        _ => unreachable!("both sets of vectors were asked for"),
    }
}

fn failed(e: &LinalgError) -> Error {
    Error::Unsupported { what: "LAPACK decomposition".to_owned(), why: e.to_string() }
}
