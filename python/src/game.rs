//! The plain adversarial game from a preset.

use crate::failure::refused;
use crate::input::{Rows, named};
use crate::pickle::{Reduced, reduced};
use crate::show::{Shown, quoted};
use crate::watch::Watch;
use fenchel::certificate::Status;
use fenchel::gan::{Checkpoint, Config, Plain, Record, Scaled, Toy};
use fenchel::ndarray::Array2;
use fenchel::numeric::stream;
use numpy::{IntoPyArray, PyArray2};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Where real samples come from, as it is stored.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Data {
    Toy(String),
    Rows(Array2<f64>),
}

impl Data {
    fn source(&self) -> PyResult<Scaled> {
        Ok(match self {
            Self::Toy(name) => named::<Toy>(name)?.into(),
            Self::Rows(rows) => fenchel::gan::Rows::new(rows.view()).map_err(refused)?.into(),
        })
    }
}

/// A game as it is stored.
#[derive(Serialize, Deserialize)]
pub struct Stored {
    preset: String,
    data: Data,
    checkpoint: Checkpoint<Plain>,
}

/// A generator and a discriminator, trained on rows or on a toy law.
#[pyclass(frozen, module = "fenchel")]
pub struct Gan {
    preset: String,
    data: Data,
    /// Empty while it is trained: the lock is not held meanwhile, so a progress function that looks at the game gets an answer.
    game: Mutex<Option<fenchel::gan::Gan>>,
}

/// The game while it is trained; dropped, it goes back, also after a panic.
struct Taken<'a> {
    owner: &'a Gan,
    game: Option<fenchel::gan::Gan>,
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        *self.owner.place() = self.game.take();
    }
}

impl Gan {
    /// A game that was stored; it continues to the same bits.
    pub fn resumed(stored: Stored) -> PyResult<Self> {
        let Stored { preset, data, checkpoint } = stored;
        let game = fenchel::gan::Gan::resume(checkpoint, data.source()?).map_err(refused)?;
        Ok(Self { preset, data, game: Mutex::new(Some(game)) })
    }

    fn place(&self) -> MutexGuard<'_, Option<fenchel::gan::Gan>> {
        self.game.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What `look` finds in the game, unless it is in training.
    fn look<T>(&self, look: impl FnOnce(&fenchel::gan::Gan) -> T) -> PyResult<T> {
        self.place().as_ref().map(look).ok_or_else(in_training)
    }

    fn train_detached(&self, steps: u64, observe: impl FnMut(&Record) -> ControlFlow<()>) -> PyResult<Status> {
        let game = self.place().take().ok_or_else(in_training)?;
        let mut taken = Taken { owner: self, game: Some(game) };
        taken.game.as_mut().map(|game| game.train(steps, observe)).ok_or_else(in_training)
    }

    fn shown(&self) -> Shown {
        let data = match &self.data {
            Data::Toy(name) => quoted(name),
            Data::Rows(rows) => format!("{} rows of {} columns", rows.nrows(), rows.ncols()),
        };
        Shown::new("Gan")
            .row("preset", quoted(&self.preset))
            .row("data", data)
            .row("steps", self.look(|game| game.steps().to_string()).unwrap_or_else(|_| "in training".to_owned()))
    }
}

fn in_training() -> PyErr {
    PyRuntimeError::new_err("the game is in training; look at it after `train` returns, or train in parts")
}

#[pymethods]
impl Gan {
    #[new]
    fn new(preset: String, toy: Option<String>, rows: Option<Rows<'_>>, seed: u64) -> PyResult<Self> {
        let data = match rows {
            Some(rows) => Data::Rows(rows.as_array().to_owned()),
            None => Data::Toy(toy.unwrap_or_else(|| "ring8".to_owned())),
        };
        let config = Config { seed, ..Config::preset(&preset).map_err(refused)? };
        let game = fenchel::gan::Gan::new(config, data.source()?).map_err(refused)?;
        Ok(Self { preset, data, game: Mutex::new(Some(game)) })
    }

    /// Plays until ``steps`` steps are played in all, and returns why it stopped.
    fn train(&self, py: Python<'_>, steps: u64, progress: Option<Py<PyAny>>, every: u64) -> PyResult<String> {
        let watch = Watch::new(progress);
        let observe = |record: &Record| {
            if !record.step.is_multiple_of(every.max(1)) {
                return ControlFlow::Continue(());
            }
            let losses = (record.step, record.discriminator.loss, record.generator_loss);
            watch.ask(|py, progress| progress.call1(py, losses).map(drop))
        };
        let status = py.detach(|| self.train_detached(steps, observe))?;
        watch.finish(py, status.to_string(), "the game keeps what it has learnt")
    }

    /// Samples of the generator, an array (n, d).
    fn sample<'py>(&self, py: Python<'py>, n: usize, seed: u64) -> PyResult<Bound<'py, PyArray2<f64>>> {
        let samples = py.detach(|| self.look(|game| game.generate(n, &mut stream(seed, 0))))?;
        Ok(samples.into_pyarray(py))
    }

    /// Steps played.
    #[getter]
    fn steps(&self, py: Python<'_>) -> PyResult<u64> {
        py.detach(|| self.look(fenchel::gan::Gan::steps))
    }

    /// The name of the preset.
    #[getter]
    fn preset(&self) -> &str {
        &self.preset
    }

    /// The names of the presets, and what they are for.
    #[staticmethod]
    fn presets() -> Vec<(&'static str, &'static str)> {
        Config::PRESETS.to_vec()
    }

    fn __repr__(&self, py: Python<'_>) -> String {
        py.detach(|| self.shown()).text()
    }

    fn _repr_html_(&self, py: Python<'_>) -> String {
        py.detach(|| self.shown()).html()
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<Reduced<'py>> {
        let checkpoint = py.detach(|| self.look(fenchel::gan::Gan::checkpoint))?;
        reduced(py, "Gan", &Stored { preset: self.preset.clone(), data: self.data.clone(), checkpoint })
    }
}
