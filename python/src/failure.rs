//! Errors of the library as Python's.

use pyo3::PyErr;
use pyo3::exceptions::{PyRuntimeError, PyValueError};

/// Bad input is a `ValueError` with the library's message; a result without the certificate that was insisted on is a `RuntimeError`.
pub fn refused(error: fenchel::Error) -> PyErr {
    match error {
        fenchel::Error::NotConverged { .. } => PyRuntimeError::new_err(error.to_string()),
        _ => PyValueError::new_err(error.to_string()),
    }
}
