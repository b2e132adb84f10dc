//! Decompositions by `faer`, the default backend. Inputs are square (where they must be) and finite.

use super::super::{Eigh, Svd};
use crate::error::{Error, Result};
use faer::dyn_stack::{MemBuffer, MemStack, StackReq};
use faer::linalg::evd::tridiagonal_self_adjoint_evd;
use faer::linalg::triangular_solve::solve_lower_triangular_in_place;
use faer::{ColMut, ColRef, MatMut, MatRef, Par, Side};
use ndarray::{Array1, Array2, ArrayView2};

/// See [`eigh`](crate::linalg::eigh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigh(a: ArrayView2<'_, f64>) -> Result<Eigh> {
    let a = a.as_standard_layout();
    let e = borrow(&a).self_adjoint_eigen(Side::Lower).map_err(|_| no_convergence())?;
    let (values, vectors) = (e.S().column_vector(), e.U());
    Ok(Eigh { values: Array1::from_shape_fn(values.nrows(), |i| values[i]), vectors: copy(vectors) })
}

/// See [`eigvalsh`](crate::linalg::eigvalsh).
///
/// # Errors
/// If the iteration does not converge.
pub fn eigvalsh(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    let a = a.as_standard_layout();
    Ok(borrow(&a).self_adjoint_eigenvalues(Side::Lower).map_err(|_| no_convergence())?.into())
}

/// Ascending eigenvalues of a tridiagonal matrix.
///
/// # Errors
/// If the iteration does not converge.
pub(in crate::linalg) fn eigenvalues_of_tridiagonal(diagonal: &[f64], subdiagonal: &[f64]) -> Result<Array1<f64>> {
    let mut values = vec![0.0; diagonal.len()];
    // room for both diagonals, each padded to whole registers
    let mut room = MemBuffer::new(StackReq::new_aligned::<f64>(4 * (diagonal.len() + 64), 128));
    tridiagonal_self_adjoint_evd::<f64>(
        ColRef::from_slice(diagonal).as_diagonal(),
        ColRef::from_slice(subdiagonal).as_diagonal(),
        ColMut::from_slice_mut(&mut values).as_diagonal_mut(),
        None,
        Par::Seq,
        MemStack::new(&mut room),
        Default::default(),
    )
    .map_err(|_| no_convergence())?;
    Ok(Array1::from_vec(values))
}

/// See [`cholesky`](crate::linalg::cholesky).
///
/// # Errors
/// The index of the pivot that is not positive.
pub fn cholesky(a: ArrayView2<'_, f64>) -> std::result::Result<Array2<f64>, usize> {
    let a = a.as_standard_layout();
    let llt = borrow(&a).llt(Side::Lower).map_err(|e| match e {
        faer::linalg::cholesky::llt::factor::LltError::NonPositivePivot { index } => index,
    })?;
    let l = llt.L();
    Ok(Array2::from_shape_fn((l.nrows(), l.ncols()), |(i, j)| if j <= i { l[(i, j)] } else { 0.0 }))
}

/// See [`singular_values`](crate::linalg::singular_values).
///
/// # Errors
/// If the iteration does not converge.
pub fn singular_values(a: ArrayView2<'_, f64>) -> Result<Array1<f64>> {
    let a = a.as_standard_layout();
    Ok(borrow(&a).singular_values().map_err(|_| no_convergence())?.into())
}

/// See [`svd`](crate::linalg::svd).
///
/// # Errors
/// If the iteration does not converge.
pub fn svd(a: ArrayView2<'_, f64>) -> Result<Svd> {
    let a = a.as_standard_layout();
    let e = borrow(&a).thin_svd().map_err(|_| no_convergence())?;
    let values = e.S().column_vector();
    Ok(Svd { u: copy(e.U()), values: Array1::from_shape_fn(values.nrows(), |i| values[i]), v: copy(e.V()) })
}

/// See [`solve_lower`](crate::linalg::solve_lower).
pub(in crate::linalg) fn solve_lower(l: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Array2<f64> {
    let (n, k) = b.dim();
    let l = l.as_standard_layout();
    let mut x = b.iter().copied().collect::<Vec<f64>>();
    solve_lower_triangular_in_place(borrow(&l), MatMut::from_row_major_slice_mut(&mut x, n, k), Par::Seq);
    match Array2::from_shape_vec((n, k), x) {
        Ok(x) => x,
        Err(_) => unreachable!("as many entries as before"),
    }
}

fn copy(a: MatRef<'_, f64>) -> Array2<f64> {
    Array2::from_shape_fn((a.nrows(), a.ncols()), |(i, j)| a[(i, j)])
}

fn borrow<'a>(a: &'a ndarray::CowArray<'_, f64, ndarray::Ix2>) -> MatRef<'a, f64> {
    let (n, m) = a.dim();
    match a.as_slice() {
        Some(slice) => MatRef::from_row_major_slice(slice, n, m),
        None => unreachable!("as_standard_layout returned a non-standard layout"),
    }
}

fn no_convergence() -> Error {
    Error::NotConverged {
        what: "eigenvalue iteration".to_owned(),
        status: crate::certificate::Status::Stalled,
        residual: f64::INFINITY,
        hint: "the matrix may be badly scaled",
    }
}
