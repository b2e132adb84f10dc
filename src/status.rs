//! Why a computation stopped: what errors and certificates both say.

use serde::Serialize;
use std::fmt;

/// Why an iterative computation stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Status {
    /// The stopping test held; for an exact solver, optimality is proven by the gap.
    Converged,
    /// The iteration limit was reached first.
    IterationLimit,
    /// The time limit was reached first.
    TimeLimit,
    /// No further progress is possible in floating point, and the stopping test does not hold.
    Stalled,
    /// The caller asked to stop.
    Interrupted,
    /// A number left the finite range, or the two bounds contradicted each other: the last good state is kept, and a bound
    /// that is not proven is infinite.
    Diverged,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Converged => "converged",
            Self::IterationLimit => "iteration limit",
            Self::TimeLimit => "time limit",
            Self::Stalled => "stalled",
            Self::Interrupted => "interrupted",
            Self::Diverged => "diverged",
        })
    }
}
