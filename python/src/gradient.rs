//! The Sinkhorn divergence and its gradient.

use crate::failure::refused;
use crate::input::{Limits, Numbers, Rows, law, limited, named, view};
use crate::report::Report;
use crate::show::{Shown, number, pair, quoted};
use fenchel::transport::{Gradient, Ground, Sinkhorn};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use std::sync::Arc;

/// Gradients by ``x``, ``y``, ``a`` and ``b``.
type Gradients<'py> =
    (Bound<'py, PyArray2<f64>>, Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

/// The Sinkhorn divergence: entropic transport without its bias, zero for equal laws.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Debiased {
    found: fenchel::transport::Debiased,
    gradient: Option<Arc<Gradient>>,
}

impl Debiased {
    fn shown(&self) -> Shown {
        Shown::new("Debiased")
            .row("value", number(self.found.value))
            .row("bracket", pair(self.bracket()))
            .row("epsilon", number(self.found.epsilon))
            .row("status", quoted(&self.found.report.status.to_string()))
    }
}

#[pymethods]
impl Debiased {
    /// The divergence, in units of the cost.
    #[getter]
    fn value(&self) -> f64 {
        self.found.value
    }

    /// Where the divergence lies.
    #[getter]
    fn bracket(&self) -> (f64, f64) {
        (self.found.report.dual, self.found.report.primal)
    }

    /// The regularisation, in units of the cost.
    #[getter]
    fn epsilon(&self) -> f64 {
        self.found.epsilon
    }

    /// Bracket, status, and the iterations of all three problems.
    #[getter]
    fn report(&self) -> Report {
        Report(self.found.report.clone())
    }

    /// The gradients by the points (n, d) and (m, d) and by the weights (n,) and (m,), if they were asked for.
    #[getter]
    fn gradient<'py>(&self, py: Python<'py>) -> Option<Gradients<'py>> {
        self.gradient.as_ref().map(|found| {
            let points = |points| PyArray2::from_array(py, points);
            let weights = |weights: &Vec<f64>| PyArray1::from_slice(py, weights);
            (points(&found.x), points(&found.y), weights(&found.a), weights(&found.b))
        })
    }

    fn __float__(&self) -> f64 {
        self.found.value
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }
}

/// The Sinkhorn divergence of two clouds, with its gradient if asked for.
#[pyfunction]
#[allow(clippy::too_many_arguments)] // of Python's function, which names them
pub fn sinkhorn_divergence(
    py: Python<'_>,
    points: (Rows<'_>, Rows<'_>),
    weights: (Option<Numbers<'_>>, Option<Numbers<'_>>),
    ground: &str,
    epsilon: f64,
    relative: bool,
    gradient: bool,
    limits: Limits,
) -> PyResult<Debiased> {
    let ground = named::<Ground>(ground)?;
    let (x, y) = (points.0.as_array(), points.1.as_array());
    let (a, b) = (view(weights.0.as_ref()), view(weights.1.as_ref()));
    let watch = limits.watch(py);
    let observer = |at: &fenchel::transport::Progress| watch.observe(at);
    let solver =
        limited!(Sinkhorn::new(epsilon), limits, &observer, [tolerance = tolerance, iteration_limit = iterations]);
    let solver = if relative { solver.relative_to_mean_cost() } else { solver };
    let found = py.detach(|| {
        let (x, y) = (law(x, a)?, law(y, b)?);
        if !gradient {
            return fenchel::transport::sinkhorn_divergence(&x, &y, ground, &solver).map(|found| (found, None));
        }
        let (found, gradient) = fenchel::transport::sinkhorn_divergence_gradient(&x, &y, ground, &solver)?;
        Ok((found, Some(Arc::new(gradient))))
    });
    let (found, gradient) = found.map_err(refused)?;
    watch.finish_certified(py, found, |found| Debiased { found, gradient })
}
