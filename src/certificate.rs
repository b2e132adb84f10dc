//! What every result carries: the reason why its number deserves trust.
//!
//! | quantity | type | certificate |
//! |---|---|---|
//! | divergence of known laws | [`Certified`] | dual value at `T*` and the Fenchel gap |
//! | solver | [`Report`] | [`Status`], primal, dual, gap, residual |
//! | quantity estimated from samples | [`Estimate`] | standard error, interval, sample sizes, seed |

use crate::error::{Error, Result};
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
    /// A number left the finite range; the last good state is kept.
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

/// A value together with the dual value that certifies it.
///
/// For an f-divergence `value` is `sum q f(p/q)` and `dual` is `E_p[T*] - E_q[f*(T*)]`, a lower bound by
/// the Fenchel-Young inequality that is attained at `T* = f'(p/q)`. The two are computed along different
/// routes, so their [gap](Self::gap) is evidence and not bookkeeping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Certified {
    /// The primal value; may be `+inf`, never NaN.
    pub value: f64,
    /// The dual value; `+inf` exactly where `value` is.
    pub dual: f64,
}

impl Certified {
    /// `|value - dual|`; zero where both are the same infinity.
    #[must_use]
    pub fn gap(&self) -> f64 {
        distance(self.value, self.dual)
    }
}

/// What a solver did and what it can prove.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// The route taken, in a word or two (`"network simplex"`, `"sort"`).
    pub method: &'static str,
    /// Why it stopped.
    pub status: Status,
    /// Iterations (pivots for a simplex method).
    pub iterations: usize,
    /// The objective at the feasible primal point that is returned: an upper bound.
    pub primal: f64,
    /// The objective at the feasible dual point that is returned: a lower bound.
    pub dual: f64,
    /// Largest violation of what the solver was to satisfy (for transport: L1 marginal error).
    pub residual: f64,
    /// Wall time in seconds.
    pub seconds: f64,
    /// Residual by iteration, where the solver records it.
    pub trace: Vec<(usize, f64)>,
}

impl Report {
    /// `primal - dual` in absolute value: the optimum lies in a bracket of this length.
    #[must_use]
    pub fn gap(&self) -> f64 {
        mutate!(distance(self.primal, self.dual), GapZero, |_| 0.0)
    }

    /// Turns an early stop into an error.
    ///
    /// # Errors
    /// [`Error::NotConverged`] unless the status is [`Status::Converged`].
    pub fn require_converged(&self) -> Result<()> {
        if self.status == Status::Converged {
            return Ok(());
        }
        Err(Error::NotConverged {
            what: self.method,
            status: self.status,
            residual: self.residual,
            hint: "allow more iterations or time, or loosen the tolerance",
        })
    }
}

/// A quantity estimated from samples, with its uncertainty.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// What is estimated (`"frechet"`).
    pub name: String,
    /// The point estimate.
    pub value: f64,
    /// Its standard error, where one is defined.
    pub std_error: Option<f64>,
    /// A confidence interval at [`level`](Self::level).
    pub interval: Option<(f64, f64)>,
    /// Nominal coverage of the interval, for example 0.95.
    pub level: f64,
    /// p-value of a two-sample test, where one was run; never zero.
    pub p_value: Option<f64>,
    /// The same quantity between two halves of the real data: what a perfect generator would score.
    pub baseline: Option<f64>,
    /// Samples from the first (real) law.
    pub n: usize,
    /// Samples from the second (generated) law.
    pub m: usize,
    /// Columns.
    pub dimension: usize,
    /// How the estimate and its error were obtained, with parameters and seed.
    pub parameters: String,
    /// What a reader should know before trusting it; mostly nothing.
    pub warnings: Vec<String>,
}

fn distance(a: f64, b: f64) -> f64 {
    if a.is_infinite() && b.is_infinite() && a.signum() == b.signum() { 0.0 } else { (a - b).abs() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gap_of_equal_infinities_is_zero() {
        let both = Certified { value: f64::INFINITY, dual: f64::INFINITY };
        assert_eq!(both.gap().to_bits(), 0f64.to_bits());
        let one = Certified { value: f64::INFINITY, dual: 1.0 };
        assert!(one.gap().is_infinite());
    }

    #[test]
    fn early_stop_becomes_an_error_on_request() {
        let mut report = Report {
            method: "test",
            status: Status::IterationLimit,
            iterations: 3,
            primal: 1.0,
            dual: 0.5,
            residual: 0.1,
            seconds: 0.0,
            trace: Vec::new(),
        };
        assert!(matches!(report.require_converged(), Err(Error::NotConverged { .. })));
        report.status = Status::Converged;
        assert!(report.require_converged().is_ok());
    }
}
