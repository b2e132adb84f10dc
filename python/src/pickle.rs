//! Results as text, which is how they are pickled.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::Serialize;

/// What `__reduce__` returns: the function that reads, and its arguments.
pub type Reduced<'py> = (Bound<'py, PyAny>, (&'static str, String));

/// A value of the class of this name as text, for `stored` to read.
pub fn reduced<'py>(py: Python<'py>, class: &'static str, value: &impl Serialize) -> PyResult<Reduced<'py>> {
    let read = py.import("fenchel._fenchel")?.getattr("stored")?;
    Ok((read, (class, serde_json::to_string(value).map_err(|error| PyValueError::new_err(error.to_string()))?)))
}
