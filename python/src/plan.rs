//! A transport plan.

use crate::input::Rows;
use crate::pickle::{Reduced, reduced};
use crate::show::Shown;
use numpy::{IntoPyArray, PyArray1, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// Rows, columns and masses of arcs.
type Arcs<'py> = (Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<i64>>, Bound<'py, PyArray1<f64>>);

/// A transport plan, n by m. Exact plans are lists of at most n + m - 1 arcs; entropic plans are kept as a formula.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Plan(pub fenchel::transport::Plan);

impl Plan {
    fn shown(&self) -> Shown {
        let (n, m) = self.0.shape();
        let kept = if self.0.is_sparse() { "'arcs'" } else { "'formula'" };
        Shown::new("Plan").row("shape", format!("({n}, {m})")).row("kept_as", kept.to_owned())
    }
}

#[pymethods]
impl Plan {
    /// Rows and columns.
    #[getter]
    fn shape(&self) -> (usize, usize) {
        self.0.shape()
    }

    /// Whether the plan is kept as a list of arcs.
    #[getter]
    fn is_sparse(&self) -> bool {
        self.0.is_sparse()
    }

    /// The arcs that carry mass: arrays ``(rows, columns, masses)``.
    fn arcs<'py>(&self, py: Python<'py>) -> Arcs<'py> {
        let (mut rows, mut columns, mut masses) = (Vec::new(), Vec::new(), Vec::new());
        py.detach(|| {
            self.0.for_each(|i, j, mass| {
                rows.push(i as i64);
                columns.push(j as i64);
                masses.push(mass);
            })
        });
        (PyArray1::from_vec(py, rows), PyArray1::from_vec(py, columns), PyArray1::from_vec(py, masses))
    }

    /// The plan as a matrix of shape (n, m).
    fn to_dense<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray2<f64>> {
        py.detach(|| self.0.to_dense()).into_pyarray(py)
    }

    /// The plan as a ``scipy.sparse.coo_array`` of shape (n, m).
    fn to_scipy<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let (rows, columns, masses) = self.arcs(py);
        py.import("scipy.sparse")?.getattr("coo_array")?.call1(((masses, (rows, columns)), self.0.shape()))
    }

    /// Row sums (n,) and column sums (m,).
    fn marginals<'py>(&self, py: Python<'py>) -> (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>) {
        let (rows, columns) = py.detach(|| self.0.marginals());
        (PyArray1::from_vec(py, rows), PyArray1::from_vec(py, columns))
    }

    /// Where each point goes on average: for ``y`` of shape (m, d), an array of shape (n, d).
    fn barycentric<'py>(&self, py: Python<'py>, y: Rows<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let (y, (_, m)) = (y.as_array(), self.0.shape());
        if y.nrows() != m {
            return Err(PyValueError::new_err(format!("y has {} rows but the plan has {m} columns", y.nrows())));
        }
        Ok(py.detach(|| self.0.barycentric(y)).into_pyarray(py))
    }

    #[pyo3(signature = (dtype=None, copy=None))]
    fn __array__<'py>(
        &self,
        py: Python<'py>,
        dtype: Option<Py<PyAny>>,
        copy: Option<bool>,
    ) -> PyResult<Bound<'py, PyAny>> {
        if copy == Some(false) {
            return Err(PyValueError::new_err(
                "a plan is not kept as a matrix: it cannot be seen as one without a copy",
            ));
        }
        let dense = self.to_dense(py).into_any();
        match dtype {
            None => Ok(dense),
            Some(dtype) => dense.call_method1("astype", (dtype,)),
        }
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced(py, "Plan", &self.0)
    }
}
