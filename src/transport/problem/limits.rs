//! Tolerances, limits, progress and interruption, the same for all iterative solvers.

use crate::certificate::{Status, bracket};
use crate::error::{Error, Result};
use crate::numeric::times_power;
use std::fmt;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Where a running solver stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Progress {
    /// Pivots or iterations so far.
    pub iterations: usize,
    /// Cost of the present plan, an upper bound of the optimum.
    pub primal: f64,
    /// Dual value of the present potentials made feasible, a lower bound.
    pub dual: f64,
    /// Seconds since the start.
    pub seconds: f64,
}

pub(in crate::transport) type Observer<'a> = dyn Fn(&Progress) -> ControlFlow<()> + Sync + 'a;

/// How long a solver may run, and who watches it.
#[derive(Clone, Copy, Default)]
pub(in crate::transport) struct Limits<'a> {
    pub time: Option<Duration>,
    pub observer: Option<&'a Observer<'a>>,
    /// The exponent of the unit in which the solver sees costs; the observer sees those of the data.
    pub unit: i32,
}

impl Limits<'_> {
    /// The same for a solver that sees values in units of `2^k`.
    pub(in crate::transport) fn in_unit(self, k: i32) -> Self {
        Self { unit: self.unit + k, ..self }
    }
}

impl fmt::Debug for Limits<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Limits").field("time", &self.time).field("observed", &self.observer.is_some()).finish()
    }
}

/// The setters of a solver that holds `limits: Limits<'a>`, for its `impl<'a>`.
macro_rules! limit_setters {
    () => {
        /// Stops after so much time, at the end of an iteration.
        #[must_use]
        pub fn time_limit(self, limit: std::time::Duration) -> Self {
            let limits = $crate::transport::problem::limits::Limits { time: Some(limit), ..self.limits };
            Self { limits, ..self }
        }

        /// Calls `observer` a few times a second; [`ControlFlow::Break`](std::ops::ControlFlow::Break) stops the solver with
        /// [`Status::Interrupted`](crate::certificate::Status::Interrupted).
        #[must_use]
        pub fn on_progress(
            self,
            observer: &'a (dyn Fn(&$crate::transport::Progress) -> std::ops::ControlFlow<()> + Sync + 'a),
        ) -> Self {
            let limits = $crate::transport::problem::limits::Limits { observer: Some(observer), ..self.limits };
            Self { limits, ..self }
        }
    };
}
pub(in crate::transport) use limit_setters;

/// The setters of a solver for when it stops by itself, with what each means there.
macro_rules! stopping_setters {
    ($tolerance:literal, $iterations:literal) => {
        #[doc = $tolerance]
        #[must_use]
        pub fn tolerance(self, tolerance: f64) -> Self {
            Self { tolerance, ..self }
        }

        #[doc = $iterations]
        #[must_use]
        pub fn iteration_limit(self, iterations: usize) -> Self {
            Self { iteration_limit: iterations, ..self }
        }
    };
}
pub(in crate::transport) use stopping_setters;

/// Refuses parameters that are not positive and finite.
pub(in crate::transport) fn check_positive<const N: usize>(parameters: [(&str, f64); N]) -> Result<()> {
    match parameters.into_iter().find(|(_, value)| !(*value > 0.0 && value.is_finite())) {
        Some((what, value)) => Err(Error::out_of_domain(what, value, "a positive number")),
        None => Ok(()),
    }
}

/// The clock of one solve.
pub(in crate::transport) struct Watch<'a> {
    limits: Limits<'a>,
    start: Instant,
    next: Duration,
}

/// An observer's first turn comes early, the next ones at times that grow by half, until they are a steady interval apart: so
/// short solves are seen, too.
const FIRST: Duration = Duration::from_millis(10);
const INTERVAL: Duration = Duration::from_millis(250);
/// What rounding may do to the difference of an observer's two bounds, in proportion to their size.
const ROUNDING: f64 = 1e-12;

impl<'a> Watch<'a> {
    pub(in crate::transport) fn start(limits: Limits<'a>) -> Self {
        Self { limits, start: Instant::now(), next: FIRST }
    }

    /// The same where values are seen in units of `2^k`.
    pub(in crate::transport) fn in_unit(self, k: i32) -> Self {
        Self { limits: self.limits.in_unit(k), ..self }
    }

    pub(in crate::transport) fn started(&self) -> Instant {
        self.start
    }

    /// The reason to stop now, if there is one. When the observer's turn has come, `bounds` computes the primal and the
    /// dual value; turns are so far apart that this takes at most a tenth of the time.
    pub(in crate::transport) fn check(
        &mut self,
        iterations: usize,
        bounds: impl FnOnce() -> (f64, f64),
    ) -> Option<Status> {
        if self.limits.time.is_none() && self.limits.observer.is_none() {
            return None;
        }
        let elapsed = self.start.elapsed();
        if self.limits.time.is_some_and(|limit| elapsed >= limit) {
            return Some(Status::TimeLimit);
        }
        let observer = self.limits.observer?;
        if elapsed < self.next {
            return None;
        }
        let (primal, dual) = bounds();
        let (Ok((primal, dual)) | Err((primal, dual))) = bracket(primal, dual, ROUNDING * primal.abs());
        let [primal, dual] = [primal, dual].map(|value| times_power(value, self.limits.unit));
        let answer = observer(&Progress { iterations, primal, dual, seconds: elapsed.as_secs_f64() });
        let after = self.start.elapsed();
        self.next = after + INTERVAL.min(after / 2).max(9 * (after - elapsed));
        answer.is_break().then_some(Status::Interrupted)
    }
}
