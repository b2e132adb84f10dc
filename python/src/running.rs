//! States of samples that are read block by block: one state a sample, which merge and are stored.

use crate::estimate::Estimate;
use crate::failure::refused;
use crate::input::Rows;
use crate::pickle::{Reduced, reduced};
use fenchel::ndarray::ArrayView2;
use fenchel::score::running::{ColumnSketches, Moments, RandomFeatures, Running as _, Slices};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};

/// The statistics that scores of a pair of samples are made from.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Means and covariances: the Fréchet distance.
    Moments(Moments),
    /// Random Fourier features: the MMD.
    Features(RandomFeatures),
    /// Sketches along directions: the sliced W2.
    Slices(Slices),
    /// Sketches of columns: KS, W1 and JSD of each.
    Columns(ColumnSketches),
}

/// What a state is made with.
#[derive(FromPyObject)]
pub struct Settings {
    seed: u64,
    bandwidth: f64,
    /// Frequencies or directions.
    count: usize,
    /// Values that a level of a sketch holds.
    values: usize,
    origin: Option<Vec<f64>>,
}

/// The same call on whatever state there is.
macro_rules! on_each {
    ($state:expr, $bound:ident => $call:expr) => {
        match $state {
            State::Moments($bound) => $call,
            State::Features($bound) => $call,
            State::Slices($bound) => $call,
            State::Columns($bound) => $call,
        }
    };
}

impl State {
    fn new(kind: &str, columns: usize, settings: &Settings) -> PyResult<Self> {
        let Settings { seed, bandwidth, count, values, origin } = settings;
        let origin = origin.as_deref().unwrap_or_default();
        let state = match kind {
            "moments" => Moments::new(columns).map(Self::Moments),
            "features" => RandomFeatures::new(columns, *bandwidth, *count, *seed)
                .and_then(|state| state.origin(origin))
                .map(Self::Features),
            "slices" => {
                Slices::new(columns, *count, *values, *seed).and_then(|state| state.origin(origin)).map(Self::Slices)
            }
            "columns" => ColumnSketches::new(columns, *values).map(Self::Columns),
            _ => return Err(PyValueError::new_err(format!("no running state `{kind}`"))),
        };
        state.map_err(refused)
    }

    fn starting_at(self, row: u64) -> Self {
        match self {
            Self::Moments(state) => Self::Moments(state.starting_at(row)),
            Self::Features(state) => Self::Features(state.starting_at(row)),
            Self::Slices(state) => Self::Slices(state.starting_at(row)),
            Self::Columns(state) => Self::Columns(state.starting_at(row)),
        }
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> fenchel::Result<()> {
        on_each!(self, state => state.push(rows))
    }

    fn merge(&mut self, other: &Self) -> PyResult<()> {
        let merged = match (self, other) {
            (Self::Moments(state), Self::Moments(other)) => state.merge(other),
            (Self::Features(state), Self::Features(other)) => state.merge(other),
            (Self::Slices(state), Self::Slices(other)) => state.merge(other),
            (Self::Columns(state), Self::Columns(other)) => state.merge(other),
            _ => return Err(PyValueError::new_err("states of different scores do not merge")),
        };
        merged.map_err(refused)
    }

    fn scores(&self, fake: &Self) -> PyResult<Vec<fenchel::certificate::Estimate>> {
        let found = match (self, fake) {
            (Self::Moments(real), Self::Moments(fake)) => real.frechet(fake).map(|found| vec![found]),
            (Self::Features(real), Self::Features(fake)) => real.mmd(fake).map(|found| vec![found]),
            (Self::Slices(real), Self::Slices(fake)) => real.sliced_w2(fake).map(|found| vec![found]),
            (Self::Columns(real), Self::Columns(fake)) => {
                real.ks(fake).and_then(|ks| Ok([ks, real.w1(fake)?, real.jsd(fake)?].concat()))
            }
            _ => return Err(PyValueError::new_err("states of different scores are not compared")),
        };
        found.map_err(refused)
    }
}

/// A state of one sample: ``push`` takes blocks of rows (n, d), ``merge`` another state, ``scores`` the state of a fake sample.
#[pyclass(module = "fenchel")]
#[derive(Clone)]
pub struct Running(State);

impl Running {
    /// A state that was stored.
    pub fn read(state: State) -> Self {
        Self(state)
    }
}

#[pymethods]
impl Running {
    #[new]
    fn new(kind: &str, columns: usize, start: u64, settings: Settings) -> PyResult<Self> {
        Ok(Self(State::new(kind, columns, &settings)?.starting_at(start)))
    }

    fn push(&mut self, py: Python<'_>, rows: Rows<'_>) -> PyResult<()> {
        let rows = rows.as_array();
        py.detach(|| self.0.push(rows)).map_err(refused)
    }

    fn merge(&mut self, other: &Self) -> PyResult<()> {
        self.0.merge(&other.0)
    }

    fn scores(&self, py: Python<'_>, fake: &Self) -> PyResult<Vec<Estimate>> {
        Ok(py.detach(|| self.0.scores(&fake.0))?.into_iter().map(Estimate).collect())
    }

    #[getter]
    fn rows(&self) -> u64 {
        on_each!(&self.0, state => state.rows())
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        reduced(py, "Running", &self.0)
    }
}
