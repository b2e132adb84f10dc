//! The solution of a transport problem.

use crate::pickle::{Reduced, reduced};
use crate::plan::Plan;
use crate::report::Report;
use crate::show::{Shown, number, pair, quoted};
use numpy::PyArray1;
use pyo3::prelude::*;

/// Two vectors of potentials.
type Potentials<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// A transport plan, dual potentials, and the bracket of the optimum.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Solution(pub fenchel::transport::Solution);

impl Solution {
    fn shown(&self) -> Shown {
        let (report, (n, m)) = (&self.0.report, self.0.plan.shape());
        let mut shown = Shown::new("Solution")
            .row("value", number(self.0.cost()))
            .row("distance", number(self.0.distance()))
            .row("bracket", pair(self.bracket()))
            .row("status", quoted(&report.status.to_string()))
            .row("method", quoted(&report.method));
        if let Some(regularised) = &self.0.regularised {
            shown = shown.row("epsilon", number(regularised.epsilon));
        }
        shown.row("shape", format!("({n}, {m})"))
    }

    fn arrays<'py>(py: Python<'py>, (u, v): &(Vec<f64>, Vec<f64>)) -> Potentials<'py> {
        (PyArray1::from_slice(py, u), PyArray1::from_slice(py, v))
    }
}

#[pymethods]
impl Solution {
    /// The transport cost of ``plan``, with the penalties where deviations are paid for.
    #[getter]
    fn value(&self) -> f64 {
        self.0.cost()
    }

    /// The distance: the root of the cost where the cost is a power of one (W2 for ``sqeuclidean``), else the cost.
    #[getter]
    fn distance(&self) -> f64 {
        self.0.distance()
    }

    /// The lower and the upper bound of the optimal cost.
    #[getter]
    fn bracket(&self) -> (f64, f64) {
        (self.0.report.dual, self.0.report.primal)
    }

    /// The same as distances.
    #[getter]
    fn distance_bracket(&self) -> (f64, f64) {
        self.0.distance_bracket()
    }

    /// ``primal - dual`` of the report.
    #[getter]
    fn gap(&self) -> f64 {
        self.0.report.gap()
    }

    /// Why the solver stopped.
    #[getter]
    fn status(&self) -> String {
        self.0.report.status.to_string()
    }

    /// The transport plan.
    #[getter]
    fn plan(&self) -> Plan {
        Plan(self.0.plan.clone())
    }

    /// Dual potentials ``u`` (n,) and ``v`` (m,), with ``u_i + v_j <= c_ij``.
    #[getter]
    fn potentials<'py>(&self, py: Python<'py>) -> Potentials<'py> {
        Self::arrays(py, &self.0.potentials)
    }

    /// Bracket, status and the route taken.
    #[getter]
    fn report(&self) -> Report {
        Report(self.0.report.clone())
    }

    /// The regularisation, in units of the cost, where the problem was an entropic one.
    #[getter]
    fn epsilon(&self) -> Option<f64> {
        self.0.regularised.as_ref().map(|found| found.epsilon)
    }

    /// The bracket of the *entropic* optimum, where that is what was solved.
    #[getter]
    fn entropic_bracket(&self) -> Option<(f64, f64)> {
        self.0.regularised.as_ref().map(|found| (found.dual, found.primal))
    }

    /// The cost of the entropic plan before its marginals were made exact.
    #[getter]
    fn entropic_cost(&self) -> Option<f64> {
        self.0.regularised.as_ref().map(|found| found.linear)
    }

    /// The entropic potentials ``f`` (n,) and ``g`` (m,).
    #[getter]
    fn entropic_potentials<'py>(&self, py: Python<'py>) -> Option<Potentials<'py>> {
        self.0.regularised.as_ref().map(|found| Self::arrays(py, &found.potentials))
    }

    /// Where a part of the masses is moved, what the last unit of mass costs.
    #[getter]
    fn price(&self) -> Option<f64> {
        self.0.price
    }

    fn __float__(&self) -> f64 {
        self.0.cost()
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced(py, "Solution", &self.0)
    }
}
