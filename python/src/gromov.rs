//! Clouds of different spaces.

use crate::failure::refused;
use crate::input::{Limits, Numbers, Rows, limited, masses, view};
use crate::plan::Plan;
use crate::report::Report;
use crate::show::{Shown, number, pair, quoted};
use fenchel::transport::{Gromov, Space};
use pyo3::prelude::*;

/// A plan between two spaces, and the bracket of the optimum.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Matching(fenchel::transport::Matching);

impl Matching {
    fn shown(&self) -> Shown {
        Shown::new("Matching")
            .row("value", number(self.0.cost()))
            .row("bracket", pair(self.bracket()))
            .row("status", quoted(&self.0.report.status.to_string()))
    }
}

#[pymethods]
impl Matching {
    /// The objective at the plan, an upper bound of the optimum.
    #[getter]
    fn value(&self) -> f64 {
        self.0.cost()
    }

    /// Where the optimum lies.
    #[getter]
    fn bracket(&self) -> (f64, f64) {
        (self.0.report.dual, self.0.report.primal)
    }

    /// The plan; its marginals are exact.
    #[getter]
    fn plan(&self) -> Plan {
        Plan(self.0.plan.clone())
    }

    /// Bracket and status, which refers to the descent.
    #[getter]
    fn report(&self) -> Report {
        Report(self.0.report.clone())
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
}

/// Gromov-Wasserstein between distances (n, n) and (m, m); fused with costs (n, m) where ``cross`` is given with its share.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // of Python's function, which names them
pub fn gromov(
    py: Python<'_>,
    distances: (Rows<'_>, Rows<'_>),
    weights: (Option<Numbers<'_>>, Option<Numbers<'_>>),
    cross: Option<(Rows<'_>, f64)>,
    epsilon: Option<f64>,
    restarts: Option<usize>,
    seed: u64,
    limits: Limits,
) -> PyResult<Matching> {
    let (c, d) = (distances.0.as_array(), distances.1.as_array());
    let (a, b) = (view(weights.0.as_ref()), view(weights.1.as_ref()));
    let cross = cross.as_ref().map(|(costs, share)| (costs.as_array(), *share));
    let watch = limits.watch(py);
    let observer = |at: &fenchel::transport::Progress| watch.observe(at);
    let mut solver =
        limited!(Gromov::new().seed(seed), limits, &observer, [tolerance = tolerance, iteration_limit = iterations]);
    if let Some(epsilon) = epsilon {
        solver = solver.epsilon(epsilon);
    }
    if let Some(restarts) = restarts {
        solver = solver.restarts(restarts);
    }
    let found = py.detach(|| {
        let x = Space::new(c.to_owned(), &masses(a, c.nrows())?)?;
        let y = Space::new(d.to_owned(), &masses(b, d.nrows())?)?;
        match cross {
            None => solver.solve(&x, &y),
            // fused: the library's share is that of the distances, beside that of the costs
            Some((costs, share)) => solver.solve_fused(&x, &y, costs, share),
        }
    });
    watch.finish_certified(py, found.map_err(refused)?, Matching)
}
