//! Results from text: the other half of pickling.

use crate::estimate::Estimate;
use crate::game;
use crate::plan::Plan;
use crate::report::Report;
use crate::running::Running;
use crate::solution::Solution;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// A value of the class of this name from text; what is read is checked as what is computed.
#[pyfunction]
pub fn stored<'py>(py: Python<'py>, class: &str, text: &str) -> PyResult<Bound<'py, PyAny>> {
    fn from<'a, T: serde::Deserialize<'a>>(text: &'a str) -> PyResult<T> {
        serde_json::from_str(text).map_err(|error| PyValueError::new_err(error.to_string()))
    }
    Ok(match class {
        "Estimate" => Bound::new(py, Estimate(from(text)?))?.into_any(),
        "Gan" => Bound::new(py, game::Gan::resumed(from(text)?)?)?.into_any(),
        "Plan" => Bound::new(py, Plan(from(text)?))?.into_any(),
        "Report" => Bound::new(py, Report(from(text)?))?.into_any(),
        "Running" => Bound::new(py, Running::read(from(text)?))?.into_any(),
        "Solution" => Bound::new(py, Solution(from(text)?))?.into_any(),
        _ => return Err(PyValueError::new_err(format!("no stored class `{class}`"))),
    })
}
