//! A quantity estimated from samples.

use crate::pickle::{Reduced, reduced};
use crate::show::{Shown, number, optional, pair, quoted};
use pyo3::prelude::*;
use pyo3::types::PyDict;

/// A quantity estimated from samples: ``value`` with ``std_error``, ``interval`` at ``level``, and what equal laws would get.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Estimate(pub fenchel::certificate::Estimate);

impl Estimate {
    fn shown(&self) -> Shown {
        let estimate = &self.0;
        let mut shown = Shown::new("Estimate").row("name", quoted(&estimate.name)).row("value", number(estimate.value));
        if let Some(interval) = estimate.interval {
            shown = shown.row("interval", pair(interval)).row("level", number(estimate.level));
        }
        for (name, value) in [("baseline", estimate.baseline), ("p_value", estimate.p_value)] {
            if value.is_some() {
                shown = shown.row(name, optional(value));
            }
        }
        if !estimate.warnings.is_empty() {
            shown = shown.row("warnings", estimate.warnings.len().to_string());
        }
        shown
    }
}

#[pymethods]
impl Estimate {
    /// What is estimated.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// The point estimate.
    #[getter]
    fn value(&self) -> f64 {
        self.0.value
    }

    /// Its standard error, where one is defined.
    #[getter]
    fn std_error(&self) -> Option<f64> {
        self.0.std_error
    }

    /// A confidence interval at ``level``, where there is one.
    #[getter]
    fn interval(&self) -> Option<(f64, f64)> {
        self.0.interval
    }

    /// Nominal coverage of the interval.
    #[getter]
    fn level(&self) -> f64 {
        self.0.level
    }

    /// The probability of so large a value where the two laws are one, where a test was run; never zero.
    #[getter]
    fn p_value(&self) -> Option<f64> {
        self.0.p_value
    }

    /// What the quantity is on average for equal laws at these sizes.
    #[getter]
    fn baseline(&self) -> Option<f64> {
        self.0.baseline
    }

    /// The standard deviation of the values that the baseline is the mean of.
    #[getter]
    fn baseline_spread(&self) -> Option<f64> {
        self.0.baseline_spread
    }

    /// Rows of the first (real) sample.
    #[getter]
    fn n(&self) -> usize {
        self.0.n
    }

    /// Rows of the second (generated) sample.
    #[getter]
    fn m(&self) -> usize {
        self.0.m
    }

    /// Columns.
    #[getter]
    fn dimension(&self) -> usize {
        self.0.dimension
    }

    /// How the estimate and its error were obtained, with parameters and seed.
    #[getter]
    fn parameters(&self) -> &str {
        &self.0.parameters
    }

    /// What a reader should know before trusting the estimate.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.0.warnings.clone()
    }

    /// All fields as a ``dict``, for a table.
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let (of, fields) = (&self.0, PyDict::new(py));
        fields.set_item("name", &of.name)?;
        fields.set_item("value", of.value)?;
        fields.set_item("std_error", of.std_error)?;
        fields.set_item("low", of.interval.map(|interval| interval.0))?;
        fields.set_item("high", of.interval.map(|interval| interval.1))?;
        fields.set_item("level", of.level)?;
        fields.set_item("p_value", of.p_value)?;
        fields.set_item("baseline", of.baseline)?;
        fields.set_item("baseline_spread", of.baseline_spread)?;
        fields.set_item("n", of.n)?;
        fields.set_item("m", of.m)?;
        fields.set_item("dimension", of.dimension)?;
        fields.set_item("parameters", &of.parameters)?;
        fields.set_item("warnings", self.warnings())?;
        Ok(fields)
    }

    fn __float__(&self) -> f64 {
        self.0.value
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced(py, "Estimate", &self.0)
    }
}
