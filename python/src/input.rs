//! What Python hands in: arrays as views, and limits.

use crate::failure::refused;
use crate::watch::Watch;
use fenchel::measure::{Empirical, Pmf};
use fenchel::ndarray::{ArrayView1, ArrayView2};
use numpy::{PyReadonlyArray1, PyReadonlyArray2};
use pyo3::prelude::*;
use std::time::Duration;

/// A table of numbers, one sample a row.
pub type Rows<'py> = PyReadonlyArray2<'py, f64>;
/// Numbers in a row: weights or masses.
pub type Numbers<'py> = PyReadonlyArray1<'py, f64>;

/// The view of weights that may be left out.
pub fn view<'a>(weights: Option<&'a Numbers<'_>>) -> Option<ArrayView1<'a, f64>> {
    weights.map(|weights| weights.as_array())
}

/// A law on points, with equal weights where none are given.
pub fn law(points: ArrayView2<'_, f64>, weights: Option<ArrayView1<'_, f64>>) -> fenchel::Result<Empirical> {
    match weights {
        None => Empirical::new(points),
        Some(weights) => Empirical::weighted(points, weights),
    }
}

/// Masses on the rows of a table, which are uniform where none are given.
pub fn masses(weights: Option<ArrayView1<'_, f64>>, n: usize) -> fenchel::Result<Pmf> {
    match weights {
        None => Pmf::uniform(n),
        Some(weights) => Pmf::new(weights),
    }
}

/// A name of the library, as any of its types that are read from text.
pub fn named<T: std::str::FromStr<Err = fenchel::Error>>(name: &str) -> PyResult<T> {
    name.parse().map_err(refused)
}

/// How long a solver may run, and who watches it; what is left out is as the library has it.
#[derive(FromPyObject)]
pub struct Limits {
    /// When it has converged.
    pub tolerance: Option<f64>,
    /// After how many iterations it stops.
    pub iterations: Option<usize>,
    seconds: Option<f64>,
    progress: Option<Py<PyAny>>,
}

impl Limits {
    /// Who watches: the caller's function, if there is one, and signals in any case.
    pub fn watch(&self, py: Python<'_>) -> Watch {
        Watch::new(self.progress.as_ref().map(|progress| progress.clone_ref(py)))
    }

    /// The time limit.
    pub fn time(&self) -> PyResult<Option<Duration>> {
        self.seconds
            .map(|seconds| {
                Duration::try_from_secs_f64(seconds).map_err(|_| {
                    refused(fenchel::Error::out_of_domain("time_limit", seconds, "seconds, a number of 0 or more"))
                })
            })
            .transpose()
    }
}

/// The solver with what was given of its limits. Each solver has setters of its own, so this is no function.
macro_rules! limited {
    ($solver:expr, $limits:expr, $observer:expr, [$($setter:ident = $field:ident),*]) => {{
        let mut solver = $solver.on_progress($observer);
        if let Some(time) = $limits.time()? {
            solver = solver.time_limit(time);
        }
        $(if let Some(value) = $limits.$field {
            solver = solver.$setter(value);
        })*
        solver
    }};
}
pub(crate) use limited;
