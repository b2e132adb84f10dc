//! Decompositions by LAPACK through `ndarray-linalg` (feature `lapack`). Inputs are square (where they must be) and
//! finite.

use super::super::{Eigh, Svd};
use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView2, s};
use ndarray_linalg::error::LinalgError;
use ndarray_linalg::{Cholesky, EigValsh as _, Eigh as _, JobSvd, SVD as _, SVDDC as _, UPLO};

/// See [`eigh`](crate::linalg::eigh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigh(a: ArrayView2<'_, f64>) -> Result<Eigh> {
    let (values, vectors) = mirrored(a).eigh(UPLO::Lower).map_err(|e| failed(&e))?;
    Ok(Eigh { values, vectors })
}

/// See [`eigvalsh`](crate::linalg::eigvalsh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigvalsh(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    mirrored(a).eigvalsh(UPLO::Lower).map_err(|e| failed(&e))
}

/// See [`cholesky`](crate::linalg::cholesky).
///
/// # Errors
/// The index of the pivot that is not positive.
pub fn cholesky(a: ArrayView2<'_, f64>) -> std::result::Result<Array2<f64>, usize> {
    let a = mirrored(a);
    let factor = |size: usize| a.slice(s![..size, ..size]).to_owned().cholesky(UPLO::Lower);
    // LAPACK reports the pivot through a crate of its own. Every leading block from that pivot on fails, so the pivot
    // is found by trying blocks.
    factor(a.nrows()).map_err(|_| {
        let sizes: Vec<usize> = (1..=a.nrows()).collect();
        sizes.partition_point(|&size| factor(size).is_ok())
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

/// The symmetric matrix with this lower triangle. The layouts of LAPACK and ndarray disagree on which triangle is the
/// lower one, so both are filled.
fn mirrored(a: ArrayView2<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn(a.dim(), |(i, j)| a[[i.max(j), i.min(j)]])
}

fn failed(e: &LinalgError) -> Error {
    Error::unsupported("LAPACK decomposition", e.to_string())
}
