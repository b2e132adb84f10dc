//! A running solver seen from Python: progress, Ctrl-C, and what was found until then.

use crate::show::{Shown, number};
use fenchel::certificate::Certificate;
use pyo3::exceptions::{PyKeyboardInterrupt, PyStopIteration};
use pyo3::prelude::*;
use std::ops::ControlFlow;
use std::sync::{Mutex, PoisonError};

/// Where a running solver stands: ``iterations``, the bracket ``dual`` to ``primal`` of the optimum, and ``seconds``.
#[pyclass(frozen, get_all, module = "fenchel")]
pub struct Progress {
    iterations: usize,
    primal: f64,
    dual: f64,
    seconds: f64,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        let iterations = self.iterations.to_string();
        let [primal, dual, seconds] = [self.primal, self.dual, self.seconds].map(number);
        Shown::new("Progress")
            .row("iterations", iterations)
            .row("primal", primal)
            .row("dual", dual)
            .row("seconds", seconds)
            .text()
    }
}

/// Asks Python for signals and calls the caller's function each time the solver reports. The first exception stops the solver.
pub struct Watch {
    progress: Option<Py<PyAny>>,
    stopped: Mutex<Option<PyErr>>,
}

impl Watch {
    /// A watch that calls this function of Python, if any.
    pub fn new(progress: Option<Py<PyAny>>) -> Self {
        Self { progress, stopped: Mutex::new(None) }
    }

    /// The observer of a solver of transport.
    pub fn observe(&self, at: &fenchel::transport::Progress) -> ControlFlow<()> {
        self.ask(|py, progress| {
            let fenchel::transport::Progress { iterations, primal, dual, seconds } = *at;
            progress.call1(py, (Progress { iterations, primal, dual, seconds },)).map(drop)
        })
    }

    /// Looks for signals, and lets `call` call the caller's function.
    pub fn ask(&self, call: impl FnOnce(Python<'_>, &Py<PyAny>) -> PyResult<()>) -> ControlFlow<()> {
        let answer = Python::attach(|py| {
            py.check_signals()?;
            self.progress.as_ref().map_or(Ok(()), |progress| call(py, progress))
        });
        match answer {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.stopped.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                ControlFlow::Break(())
            }
        }
    }

    /// The result, if nothing stopped the solver or a `StopIteration` did. A `KeyboardInterrupt` takes the result along as its
    /// attribute `result`, and says how far things are. Other exceptions go on as they are.
    pub fn finish<'py, R>(self, py: Python<'py>, result: R, so_far: &str) -> PyResult<R>
    where
        R: IntoPyObject<'py> + Clone,
    {
        match self.stopped.into_inner().unwrap_or_else(PoisonError::into_inner) {
            None => Ok(result),
            Some(error) if error.is_instance_of::<PyStopIteration>(py) => Ok(result),
            Some(error) if error.is_instance_of::<PyKeyboardInterrupt>(py) => {
                let error = PyKeyboardInterrupt::new_err(format!("interrupted: {so_far}"));
                error.value(py).setattr("result", result)?;
                Err(error)
            }
            Some(error) => Err(error),
        }
    }

    /// As [`finish`](Self::finish), of a solver, with the bracket so far.
    pub fn finish_certified<'py, T, R>(self, py: Python<'py>, found: T, wrap: impl FnOnce(T) -> R) -> PyResult<R>
    where
        T: Certificate,
        R: IntoPyObject<'py> + Clone,
    {
        let (low, high) = found.bracket();
        let so_far = format!("the optimum is in [{}, {}]", number(low), number(high));
        self.finish(py, wrap(found), &so_far)
    }
}
