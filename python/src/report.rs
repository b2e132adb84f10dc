//! What a solver did and proved, and a value with its dual.

use crate::failure::refused;
use crate::pickle::{Reduced, reduced};
use crate::show::{Shown, number, quoted};
use pyo3::prelude::*;

/// What a solver did and what it can prove: the optimum lies between ``dual`` and ``primal``.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Report(pub fenchel::certificate::Report);

impl Report {
    fn shown(&self) -> Shown {
        let report = &self.0;
        Shown::new("Report")
            .row("method", quoted(&report.method))
            .row("status", quoted(&report.status.to_string()))
            .row("primal", number(report.primal))
            .row("dual", number(report.dual))
            .row("gap", number(report.gap()))
            .row("residual", number(report.residual))
            .row("iterations", report.iterations.to_string())
            .row("seconds", number(report.seconds))
    }
}

#[pymethods]
impl Report {
    /// The route taken, in a word or two.
    #[getter]
    fn method(&self) -> &str {
        &self.0.method
    }

    /// Why it stopped: ``converged``, ``iteration limit``, ``time limit``, ``stalled``, ``interrupted`` or ``diverged``.
    #[getter]
    fn status(&self) -> String {
        self.0.status.to_string()
    }

    /// Whether the stopping test held.
    #[getter]
    fn converged(&self) -> bool {
        self.0.status == fenchel::certificate::Status::Converged
    }

    /// Iterations, or pivots.
    #[getter]
    fn iterations(&self) -> usize {
        self.0.iterations
    }

    /// The objective at the point that is returned: an upper bound of the optimum.
    #[getter]
    fn primal(&self) -> f64 {
        self.0.primal
    }

    /// A lower bound of the optimum.
    #[getter]
    fn dual(&self) -> f64 {
        self.0.dual
    }

    /// ``primal - dual``, never negative.
    #[getter]
    fn gap(&self) -> f64 {
        self.0.gap()
    }

    /// The largest violation of what was to be satisfied; of transport, the L1 error of the marginals.
    #[getter]
    fn residual(&self) -> f64 {
        self.0.residual
    }

    /// Wall time.
    #[getter]
    fn seconds(&self) -> f64 {
        self.0.seconds
    }

    /// Pairs of iteration and residual, where the solver records them.
    #[getter]
    fn trace(&self) -> Vec<(usize, f64)> {
        self.0.trace.clone()
    }

    /// Raises ``RuntimeError`` unless the status is ``converged``.
    fn require_converged(&self) -> PyResult<()> {
        self.0.require_converged().map_err(refused)
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced(py, "Report", &self.0)
    }
}

/// A value with the dual value that certifies it: ``dual <= value``, and their ``gap`` is zero up to rounding.
#[pyclass(frozen, get_all, module = "fenchel")]
#[derive(Clone)]
pub struct Certified {
    /// The value; may be infinite.
    value: f64,
    /// The lower bound computed on another route.
    dual: f64,
    /// ``value - dual``, never negative.
    gap: f64,
}

impl From<fenchel::certificate::Certified> for Certified {
    fn from(of: fenchel::certificate::Certified) -> Self {
        Self { value: of.value, dual: of.dual, gap: of.gap() }
    }
}

impl Certified {
    fn shown(&self) -> Shown {
        let [value, dual, gap] = [self.value, self.dual, self.gap].map(number);
        Shown::new("Certified").row("value", value).row("dual", dual).row("gap", gap)
    }
}

#[pymethods]
impl Certified {
    fn __float__(&self) -> f64 {
        self.value
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }
}
