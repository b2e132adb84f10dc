//! Transport on the line, on the circle, and along directions.

use crate::estimate::Estimate;
use crate::failure::refused;
use crate::input::{Numbers, Rows, law, view};
use crate::show::{Shown, number, pair};
use crate::solution::Solution;
use fenchel::ndarray::ArrayView1;
use fenchel::transport::{MaxSliced, Sliced, circle as around, line as on_line};
use numpy::PyArray1;
use pyo3::prelude::*;
use rayon::prelude::*;

/// Two samples of numbers and their weights.
type Pair<'py> = (Numbers<'py>, Numbers<'py>);
type Weights<'py> = (Option<Numbers<'py>>, Option<Numbers<'py>>);

fn numbers(values: &Numbers<'_>) -> Vec<f64> {
    values.as_array().to_vec()
}

fn weights(values: Option<&Numbers<'_>>) -> Option<Vec<f64>> {
    view(values).map(|values| values.to_vec())
}

/// Transport between numbers (n,) and (m,) under the cost ``|x - y|^p``, by sorting.
#[pyfunction]
pub fn line(py: Python<'_>, values: Pair<'_>, masses: Weights<'_>, p: f64) -> PyResult<Solution> {
    let (x, y) = (numbers(&values.0), numbers(&values.1));
    let (a, b) = (weights(masses.0.as_ref()), weights(masses.1.as_ref()));
    py.detach(|| on_line::wasserstein(&x, a.as_deref(), &y, b.as_deref(), p)).map(Solution).map_err(refused)
}

/// The same on a circle of this circumference.
#[pyfunction]
pub fn circle(py: Python<'_>, values: Pair<'_>, masses: Weights<'_>, circumference: f64, p: f64) -> PyResult<Solution> {
    let (x, y) = (numbers(&values.0), numbers(&values.1));
    let (a, b) = (weights(masses.0.as_ref()), weights(masses.1.as_ref()));
    let found = py.detach(|| around::wasserstein(&x, a.as_deref(), &y, b.as_deref(), circumference, p));
    found.map(Solution).map_err(refused)
}

/// The distances ``W_p`` between the columns of ``x`` (n, k) and of ``y`` (m, k), without plans: values (k,) and lower bounds (k,).
#[pyfunction]
#[allow(clippy::type_complexity)] // values and bounds
pub fn line_distances<'py>(
    py: Python<'py>,
    values: (Rows<'py>, Rows<'py>),
    masses: (Option<Rows<'py>>, Option<Rows<'py>>),
    p: f64,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    let (x, y) = (values.0.as_array(), values.1.as_array());
    let [a, b] = [&masses.0, &masses.1].map(|masses| masses.as_ref().map(|masses| masses.as_array()));
    let column = |j: usize| {
        let of = |values: ArrayView1<'_, f64>| values.to_vec();
        let (a, b) = (a.as_ref().map(|a| of(a.column(j))), b.as_ref().map(|b| of(b.column(j))));
        on_line::distance(&of(x.column(j)), a.as_deref(), &of(y.column(j)), b.as_deref(), p)
    };
    let found: Vec<_> = py
        .detach(|| (0..x.ncols()).into_par_iter().map(column).collect::<Vec<fenchel::Result<_>>>())
        .into_iter()
        .collect::<fenchel::Result<_>>()
        .map_err(refused)?;
    let part =
        |part: fn(&fenchel::certificate::Certified) -> f64| PyArray1::from_vec(py, found.iter().map(part).collect());
    Ok((part(|found| found.value), part(|found| found.dual)))
}

/// The sliced distance of order ``p`` over random directions, an estimate with its error.
#[pyfunction]
pub fn sliced(
    py: Python<'_>,
    points: (Rows<'_>, Rows<'_>),
    masses: Weights<'_>,
    projections: usize,
    p: f64,
    seed: u64,
) -> PyResult<Estimate> {
    let (x, y) = (points.0.as_array(), points.1.as_array());
    let (a, b) = (view(masses.0.as_ref()), view(masses.1.as_ref()));
    let found = py.detach(|| Sliced::new(projections).seed(seed).solve(&law(x, a)?, &law(y, b)?, p));
    found.map(Estimate).map_err(refused)
}

/// The direction along which two clouds differ most.
#[pyclass(frozen, module = "fenchel")]
#[derive(Clone)]
pub struct Slice(fenchel::transport::Slice);

impl Slice {
    fn shown(&self) -> Shown {
        let bracket = self.bracket();
        Shown::new("Slice").row("distance", number(bracket.0)).row("bracket", pair(bracket))
    }
}

#[pymethods]
impl Slice {
    /// The distance of the projections, a lower bound of the largest.
    #[getter]
    fn distance(&self) -> f64 {
        self.0.distance
    }

    /// The largest distance of all directions lies between these.
    #[getter]
    fn bracket(&self) -> (f64, f64) {
        (self.0.distance, self.0.upper)
    }

    /// A unit vector (d,).
    #[getter]
    fn direction<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        PyArray1::from_array(py, &self.0.direction)
    }

    fn __float__(&self) -> f64 {
        self.0.distance
    }

    fn __repr__(&self) -> String {
        self.shown().text()
    }

    fn _repr_html_(&self) -> String {
        self.shown().html()
    }
}

/// The max-sliced distance of order ``p``, by climbs from random directions.
#[pyfunction]
pub fn max_sliced(
    py: Python<'_>,
    points: (Rows<'_>, Rows<'_>),
    masses: Weights<'_>,
    starts: usize,
    p: f64,
    seed: u64,
) -> PyResult<Slice> {
    let (x, y) = (points.0.as_array(), points.1.as_array());
    let (a, b) = (view(masses.0.as_ref()), view(masses.1.as_ref()));
    let found = py.detach(|| MaxSliced::new(starts).seed(seed).solve(&law(x, a)?, &law(y, b)?, p));
    found.map(Slice).map_err(refused)
}
