//! Means of several laws: on given points, on free ones, and of Gaussian laws.

use crate::failure::refused;
use crate::input::{Limits, Numbers, Rows, law, limited, view};
use crate::report::{Certified, Report};
use crate::show::{Shown, number, pair, quoted};
use fenchel::measure::{Gaussian, Pmf};
use fenchel::ndarray::{Array1, Array2};
use fenchel::transport::{Cost, FixedSupport, FreeSupport, gaussian};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;

/// The weighted mean of several laws, and the bracket of its objective.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Barycenter {
    weights: Vec<f64>,
    points: Option<Array2<f64>>,
    report: fenchel::certificate::Report,
}

impl Barycenter {
    fn shown(&self) -> Shown {
        Shown::new("Barycenter")
            .row("value", number(self.report.primal))
            .row("bracket", pair(self.bracket()))
            .row("status", quoted(&self.report.status.to_string()))
            .row("atoms", self.weights.len().to_string())
    }
}

#[pymethods]
impl Barycenter {
    /// The weighted sum of what transport to the laws costs.
    #[getter]
    fn value(&self) -> f64 {
        self.report.primal
    }

    /// The lower and the upper bound of the least objective.
    #[getter]
    fn bracket(&self) -> (f64, f64) {
        (self.report.dual, self.report.primal)
    }

    /// The masses (n,).
    #[getter]
    fn weights<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_slice(py, &self.weights)
    }

    /// The points (n, d), where they were free.
    #[getter]
    fn points<'py>(&self, py: Python<'py>) -> Option<Bound<'py, PyArray2<f64>>> {
        self.points.as_ref().map(|points| PyArray2::from_array(py, points))
    }

    /// Bracket, status and the route taken.
    #[getter]
    fn report(&self) -> Report {
        Report(self.report.clone())
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }
}

/// The entropic mean of the rows of ``laws`` (k, n), on n points with costs (n, n).
#[pyfunction]
pub fn fixed_barycenter(
    py: Python<'_>,
    laws: Rows<'_>,
    costs: Rows<'_>,
    weights: Numbers<'_>,
    epsilon: f64,
    debiased: bool,
    limits: Limits,
) -> PyResult<Barycenter> {
    let (laws, costs, weights) = (laws.as_array(), costs.as_array(), weights.as_array().to_vec());
    let watch = limits.watch(py);
    let observer = |at: &fenchel::transport::Progress| watch.observe(at);
    let solver =
        limited!(FixedSupport::new(epsilon), limits, &observer, [tolerance = tolerance, iteration_limit = iterations]);
    let solver = if debiased { solver.debiased() } else { solver };
    let found = py.detach(|| {
        let laws = laws.rows().into_iter().map(Pmf::new).collect::<fenchel::Result<Vec<_>>>()?;
        solver.solve(&Cost::matrix(costs)?, &laws, &weights)
    });
    watch.finish_certified(py, found.map_err(refused)?, |found| Barycenter {
        weights: found.masses.masses().to_vec(),
        points: None,
        report: found.report,
    })
}

/// The mean of clouds (n_k, d) with their weights under squared Euclidean costs, from a start (n, d) whose points move.
#[pyfunction]
pub fn free_barycenter(
    py: Python<'_>,
    clouds: Vec<(Rows<'_>, Option<Numbers<'_>>)>,
    weights: Numbers<'_>,
    start: (Rows<'_>, Option<Numbers<'_>>),
    limits: Limits,
) -> PyResult<Barycenter> {
    let views: Vec<_> = clouds.iter().map(|(points, masses)| (points.as_array(), view(masses.as_ref()))).collect();
    let (begin, weights) = ((start.0.as_array(), view(start.1.as_ref())), weights.as_array().to_vec());
    let watch = limits.watch(py);
    let observer = |at: &fenchel::transport::Progress| watch.observe(at);
    let solver = limited!(FreeSupport::new(), limits, &observer, [tolerance = tolerance, iteration_limit = iterations]);
    let found = py.detach(|| {
        let laws =
            views.into_iter().map(|(points, masses)| law(points, masses)).collect::<fenchel::Result<Vec<_>>>()?;
        solver.solve(&laws, &weights, &law(begin.0, begin.1)?)
    });
    watch.finish_certified(py, found.map_err(refused)?, |found| Barycenter {
        weights: found.law.weights().to_vec(),
        points: Some(found.law.points().to_owned()),
        report: found.report,
    })
}

/// A mean (d,) and a covariance (d, d).
type Moments<'py> = (Numbers<'py>, Rows<'py>);
/// The same as new arrays.
type NewMoments<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray2<f64>>);

fn normal(moments: &Moments<'_>) -> fenchel::Result<Gaussian> {
    Gaussian::new(moments.0.as_array().to_owned(), moments.1.as_array().to_owned())
}

/// The squared W2 distance of two Gaussian laws, with its dual.
#[pyfunction]
pub fn gaussian_distance(p: Moments<'_>, q: Moments<'_>) -> PyResult<Certified> {
    let found = normal(&p).and_then(|p| gaussian::squared_distance(&p, &normal(&q)?));
    Ok(found.map_err(refused)?.into())
}

/// The optimal map ``x -> to + (x - from) A`` between two Gaussian laws: ``A``, ``from``, ``to`` and the residual.
#[pyfunction]
#[allow(clippy::type_complexity)] // what the map consists of
pub fn gaussian_map<'py>(
    py: Python<'py>,
    p: Moments<'py>,
    q: Moments<'py>,
) -> PyResult<(Bound<'py, PyArray2<f64>>, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>, f64)> {
    let map = normal(&p).and_then(|p| gaussian::map(&p, &normal(&q)?)).map_err(refused)?;
    let vector = |of: &Array1<f64>| PyArray1::from_array(py, of);
    Ok((PyArray2::from_array(py, &map.linear), vector(&map.from), vector(&map.to), map.residual))
}

/// The W2 mean of Gaussian laws: its mean, its covariance, and the report.
#[pyfunction]
pub fn gaussian_barycenter<'py>(
    py: Python<'py>,
    laws: Vec<Moments<'py>>,
    weights: Option<Numbers<'py>>,
) -> PyResult<(NewMoments<'py>, Report)> {
    let laws = laws.iter().map(normal).collect::<fenchel::Result<Vec<_>>>().map_err(refused)?;
    let weights = weights.map(|weights| weights.as_array().to_vec());
    let found = py.detach(|| gaussian::barycenter(&laws, weights.as_deref())).map_err(refused)?;
    let (mean, cov) = (found.law.mean().to_owned(), found.law.cov().to_owned());
    Ok(((PyArray1::from_array(py, &mean), PyArray2::from_array(py, &cov)), Report(found.report)))
}
