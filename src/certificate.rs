//! What every result carries: the reason why its number deserves trust.
//!
//! | quantity | type | certificate |
//! |---|---|---|
//! | divergence of known laws | [`Certified`] | dual value at `T*` and the Fenchel gap |
//! | solver | [`Report`] | [`Status`], primal, dual, gap, residual |
//! | quantity estimated from samples | [`Estimate`] | standard error, interval, sample sizes, seed |
//!
//! A [`Certified`] and a [`Report`] are made in this file only. Both pass one check, which lets no NaN and no crossed
//! bracket through: a bound that is not known is infinite, and the status says why. The bounds of a
//! [`Slice`](crate::transport::Slice) pass the same check.

pub use crate::status::Status;

use crate::error::{Error, Result, shown};
use std::borrow::Cow;

/// What every result has: its number, and what the number may be trusted for.
///
/// ```
/// use fenchel::certificate::Certificate;
/// use fenchel::divergence::jsd;
/// use fenchel::measure::{Empirical, Pmf};
/// use fenchel::transport::w1;
/// use ndarray::array;
/// fn shown(result: &dyn Certificate) -> String {
///     let (low, high) = result.bracket();
///     format!("{:.4} in [{low:.4}, {high:.4}]", result.value())
/// }
/// let divergence = jsd(&Pmf::new([0.5, 0.5])?, &Pmf::new([0.25, 0.75])?)?;
/// let distance = w1(&Empirical::new(array![[0.0], [1.0]])?, &Empirical::new(array![[3.0], [4.0]])?)?;
/// assert_eq!(shown(&divergence), "0.0338 in [0.0338, 0.0338]");
/// assert_eq!(shown(&distance), "3.0000 in [3.0000, 3.0000]");
/// # Ok::<(), fenchel::Error>(())
/// ```
pub trait Certificate {
    /// The number.
    fn value(&self) -> f64;

    /// Where the true number lies: proven for a divergence and a solver, at the stated confidence for an estimate; `-inf` to
    /// `inf` where nothing is known.
    fn bracket(&self) -> (f64, f64);

    /// What the solver did, where there was one.
    fn report(&self) -> Option<&Report> {
        None
    }
}

/// For results of solvers, whose `report` is public: the value is `report.primal`.
macro_rules! certificate_by_report {
    ($($result:ty),+) => {$(
        impl $crate::certificate::Certificate for $result {
            fn value(&self) -> f64 {
                self.report.primal
            }

            fn bracket(&self) -> (f64, f64) {
                (self.report.dual, self.report.primal)
            }

            fn report(&self) -> Option<&$crate::certificate::Report> {
                Some(&self.report)
            }
        }
    )+};
}
pub(crate) use certificate_by_report;

impl Certificate for Certified {
    fn value(&self) -> f64 {
        self.value
    }

    fn bracket(&self) -> (f64, f64) {
        (self.dual, self.value)
    }
}

impl Certificate for Report {
    fn value(&self) -> f64 {
        self.primal
    }

    fn bracket(&self) -> (f64, f64) {
        (self.dual, self.primal)
    }

    fn report(&self) -> Option<&Report> {
        Some(self)
    }
}

impl Certificate for Estimate {
    fn value(&self) -> f64 {
        self.value
    }

    fn bracket(&self) -> (f64, f64) {
        self.interval.unwrap_or((f64::NEG_INFINITY, f64::INFINITY))
    }
}

/// A value together with the dual value that certifies it.
///
/// For an f-divergence `value` is `sum q f(p/q)` and `dual` is `E_p[T*] - E_q[f*(T*)]`, a lower bound by
/// the Fenchel-Young inequality that is attained at `T* = f'(p/q)`. The two are computed along different
/// routes, so their [gap](Self::gap) is evidence and not bookkeeping.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Certified", into = "stored::Certified"))]
pub struct Certified {
    /// The primal value; may be `+inf`, never NaN.
    pub value: f64,
    /// The dual value, never above `value`; `+inf` exactly where `value` is, `-inf` where nothing is proven.
    pub dual: f64,
    door: Door,
}

impl Certified {
    /// Builds the pair and keeps only what it proves. A dual value above the value by no more than the rounding error
    /// of two sums is lowered to it. A dual value that is farther above, or NaN, proves nothing and becomes `-inf`. A
    /// value that is NaN becomes `+inf`.
    ///
    /// ```
    /// use fenchel::certificate::Certified;
    /// assert_eq!(Certified::new(2.0, 1.5).gap(), 0.5);
    /// assert_eq!(Certified::new(2.0, 3.0).gap(), f64::INFINITY);
    /// ```
    #[must_use]
    pub fn new(value: f64, dual: f64) -> Self {
        Self::within(value, dual, ROUNDING * (1.0 + value.abs().min(dual.abs())))
    }

    /// As [`new`](Self::new), with a known bound on the rounding error of the difference.
    pub(crate) fn within(value: f64, dual: f64, rounding: f64) -> Self {
        let (Ok((value, dual)) | Err((value, dual))) = bracket(value, dual, rounding);
        Self { value, dual, door: Door }
    }

    /// `value - dual`, never negative; zero where both are the same infinity.
    #[must_use]
    pub fn gap(&self) -> f64 {
        difference(self.value, self.dual)
    }
}

/// The rounding error allowed between value and dual, relative to their size plus one (the total mass).
const ROUNDING: f64 = 1e-11;

/// A private field of `Certified` and `Report`: only this file can make one, so all of them are checked.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
struct Door;

/// The bracket as given; where `dual` is above `primal` by no more than `rounding` it is lowered to `primal`. The error
/// holds the bounds that remain of an invalid bracket: one with a NaN, or with bounds that contradict each other.
pub(crate) fn bracket(primal: f64, dual: f64, rounding: f64) -> std::result::Result<(f64, f64), (f64, f64)> {
    if primal.is_nan() || dual.is_nan() {
        let known = |bound: f64, nothing: f64| if bound.is_nan() { nothing } else { bound };
        return Err((known(primal, f64::INFINITY), known(dual, f64::NEG_INFINITY)));
    }
    if dual <= primal {
        Ok((primal, dual))
    } else if dual - primal <= rounding {
        Ok((primal, primal))
    } else {
        Err((primal, f64::NEG_INFINITY))
    }
}

/// What a solver did and what it can prove.
///
/// `dual <= primal`, and neither is NaN; a bound that a solver could not prove is infinite.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Report", into = "stored::Report"))]
pub struct Report {
    /// The route taken, in a word or two (`"network simplex"`, `"sort"`).
    pub method: Cow<'static, str>,
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
    door: Door,
}

/// The unchecked results of a solver.
pub(crate) struct Unchecked {
    pub method: &'static str,
    pub status: Status,
    pub iterations: usize,
    pub primal: f64,
    pub dual: f64,
    /// A bound on the rounding error of the difference of the two.
    pub rounding: f64,
    pub residual: f64,
    pub seconds: f64,
    pub trace: Vec<(usize, f64)>,
}

impl Unchecked {
    /// A problem solved at no cost before the first iteration.
    pub(crate) fn free(method: &'static str) -> Self {
        let (primal, dual, rounding, residual, seconds) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let (status, iterations, trace) = (Status::Converged, 0, Vec::new());
        Self { method, status, iterations, primal, dual, rounding, residual, seconds, trace }
    }
}

impl Report {
    /// Checks the results: no NaN, no crossed bracket, and no claim of convergence without two finite
    /// bounds and a finite residual.
    pub(crate) fn of(found: Unchecked) -> Self {
        let Unchecked { method, mut status, iterations, primal, dual, rounding, residual, seconds, trace } = found;
        let ((primal, dual), sound) = match bracket(primal, dual, rounding) {
            Ok(proven) => (proven, !residual.is_nan()),
            Err(left) => (left, false),
        };
        if !sound {
            status = Status::Diverged;
        } else if status == Status::Converged && ![primal, dual, residual].iter().all(|x| x.is_finite()) {
            status = Status::Stalled;
        }
        let known = |residual: f64| if residual.is_nan() { f64::INFINITY } else { residual };
        let trace = trace.into_iter().map(|(at, residual)| (at, known(residual))).collect();
        let residual = known(residual);
        Self { method: method.into(), status, iterations, primal, dual, residual, seconds, trace, door: Door }
    }

    /// `primal - dual`, never negative: the optimum lies in a bracket of this length.
    #[must_use]
    pub fn gap(&self) -> f64 {
        mutate!(difference(self.primal, self.dual), GapZero, |_| 0.0)
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
            what: self.method.clone().into_owned(),
            status: self.status,
            residual: self.residual,
            hint: "allow more iterations or time, or loosen the tolerance",
        })
    }
}

/// Nominal coverage of the intervals of estimates, unless another is asked for.
pub const LEVEL: f64 = 0.90;

/// A quantity estimated from samples, with its uncertainty.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Estimate {
    /// What is estimated (`"frechet"`).
    pub name: String,
    /// The point estimate.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub value: f64,
    /// Its standard error, where one is defined.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub std_error: Option<f64>,
    /// A confidence interval at [`level`](Self::level).
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub interval: Option<(f64, f64)>,
    /// Nominal coverage of the interval, for example 0.9.
    pub level: f64,
    /// The probability of so large a value where the two laws are one, where a test was run; never zero.
    pub p_value: Option<f64>,
    /// What the same quantity is on average for equal laws, at the sizes of this comparison: what a perfect generator would score.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub baseline: Option<f64>,
    /// The standard deviation of the values that the baseline is the mean of.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::serial"))]
    pub baseline_spread: Option<f64>,
    /// Samples from the first (real) law.
    pub n: usize,
    /// Samples from the second (generated) law.
    pub m: usize,
    /// Columns.
    pub dimension: usize,
    /// How the estimate and its error were obtained, with parameters and seed.
    pub parameters: String,
    /// What a reader should know before trusting the estimate; usually empty.
    pub warnings: Vec<String>,
}

impl Estimate {
    /// The estimate, if its numbers are numbers and its interval holds its value.
    pub(crate) fn sound(self) -> Result<Self> {
        let (low, high) = self.interval.unwrap_or((f64::NEG_INFINITY, f64::INFINITY));
        let error = self.std_error.unwrap_or(0.0);
        if self.value.is_finite() && error >= 0.0 && low <= self.value && self.value <= high {
            return Ok(self);
        }
        let expected = format!("a finite number within [{}, {}], with an error", shown(low), shown(high));
        Err(Error::out_of_domain(format!("estimate of {}", self.name), self.value, expected))
    }
}

/// The stored form of a report. A file may hold anything, so the numbers are checked when they are read.
#[cfg(feature = "serde")]
mod stored {
    use super::{Door, Status, bracket};
    use crate::error::{Error, Result, shown};
    use std::borrow::Cow;

    /// A bracket that this library has written needs no repair; any other is refused.
    fn checked(primal: f64, dual: f64) -> Result<()> {
        if bracket(primal, dual, 0.0).is_ok() {
            return Ok(());
        }
        Err(Error::out_of_domain(
            "dual value",
            dual,
            format!("a number that is no larger than the primal value {}", shown(primal)),
        ))
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Certified {
        #[serde(with = "crate::serial")]
        value: f64,
        #[serde(with = "crate::serial")]
        dual: f64,
    }

    impl From<super::Certified> for Certified {
        fn from(super::Certified { value, dual, .. }: super::Certified) -> Self {
            Self { value, dual }
        }
    }

    impl TryFrom<Certified> for super::Certified {
        type Error = Error;

        fn try_from(Certified { value, dual }: Certified) -> Result<Self> {
            checked(value, dual)?;
            Ok(Self { value, dual, door: Door })
        }
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Report {
        method: Cow<'static, str>,
        status: Status,
        iterations: usize,
        #[serde(with = "crate::serial")]
        primal: f64,
        #[serde(with = "crate::serial")]
        dual: f64,
        #[serde(with = "crate::serial")]
        residual: f64,
        seconds: f64,
        #[serde(with = "crate::serial")]
        trace: Vec<(usize, f64)>,
    }

    impl From<super::Report> for Report {
        fn from(report: super::Report) -> Self {
            let super::Report { method, status, iterations, primal, dual, residual, seconds, trace, door: _ } = report;
            Self { method, status, iterations, primal, dual, residual, seconds, trace }
        }
    }

    impl TryFrom<Report> for super::Report {
        type Error = Error;

        fn try_from(read: Report) -> Result<Self> {
            let Report { method, status, iterations, primal, dual, residual, seconds, trace } = read;
            checked(primal, dual)?;
            let mut residuals = trace.iter().map(|(_, residual)| *residual).chain([residual]);
            if let Some(value) = residuals.find(|residual| residual.is_nan()) {
                let (what, expected) = ("residual".to_owned(), "a number".to_owned());
                return Err(Error::out_of_domain(what, value, expected));
            }
            if status == Status::Converged && !(primal.is_finite() && dual.is_finite()) {
                return Err(Error::infeasible(
                    "a report that says `converged`",
                    format!("its bracket [{}, {}] is not finite", shown(dual), shown(primal)),
                ));
            }
            Ok(Self { method, status, iterations, primal, dual, residual, seconds, trace, door: Door })
        }
    }
}

fn difference(above: f64, below: f64) -> f64 {
    if above.is_infinite() && below.is_infinite() && above.signum() == below.signum() { 0.0 } else { above - below }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INF: f64 = f64::INFINITY;

    fn report(status: Status, primal: f64, dual: f64, residual: f64) -> Report {
        let (method, trace) = ("test", vec![(0, residual)]);
        Report::of(Unchecked {
            method,
            status,
            iterations: 3,
            primal,
            dual,
            rounding: 1e-9,
            residual,
            seconds: 0.0,
            trace,
        })
    }

    #[test]
    fn gap_of_equal_infinities_is_zero() {
        let both = Certified::new(INF, INF);
        assert_eq!(both.gap().to_bits(), 0f64.to_bits());
        assert!(Certified::new(INF, 1.0).gap().is_infinite());
    }

    #[test]
    fn early_stop_becomes_an_error_on_request() {
        assert!(matches!(
            report(Status::IterationLimit, 1.0, 0.5, 0.1).require_converged(),
            Err(Error::NotConverged { .. })
        ));
        assert!(report(Status::Converged, 1.0, 0.5, 0.1).require_converged().is_ok());
    }

    #[test]
    fn nothing_crossed_and_no_nan_passes_the_door() {
        for (primal, dual, residual, expected) in [
            (1.0, 0.5, 0.0, (Status::Converged, 1.0, 0.5)),
            // above by rounding, and by more
            (1.0, 1.0 + 1e-10, 0.0, (Status::Converged, 1.0, 1.0)),
            (1.0, 1.1, 0.0, (Status::Diverged, 1.0, -INF)),
            (f64::NAN, 1.0, 0.0, (Status::Diverged, INF, 1.0)),
            (1.0, f64::NAN, 0.0, (Status::Diverged, 1.0, -INF)),
            (f64::NAN, f64::NAN, 0.0, (Status::Diverged, INF, -INF)),
            (1.0, 0.5, f64::NAN, (Status::Diverged, 1.0, 0.5)),
            // a bound that is missing proves no optimum
            (INF, 0.5, 0.0, (Status::Stalled, INF, 0.5)),
            (1.0, -INF, 0.0, (Status::Stalled, 1.0, -INF)),
            // and nothing is met by a residual that is no number
            (1.0, 0.5, INF, (Status::Stalled, 1.0, 0.5)),
        ] {
            let found = report(Status::Converged, primal, dual, residual);
            assert_eq!((found.status, found.primal, found.dual), expected);
            assert!(found.gap() >= 0.0 && !found.residual.is_nan() && !found.trace[0].1.is_nan());
        }
        assert_eq!(report(Status::TimeLimit, INF, 0.5, 0.0).status, Status::TimeLimit);
        let crossed = Certified::new(1.0, 1.1);
        assert_eq!((crossed.value, crossed.dual, crossed.gap()), (1.0, -INF, INF));
        assert_eq!(Certified::new(1.0, 1.0 + 1e-14).gap().to_bits(), 0f64.to_bits());
        assert_eq!((Certified::new(f64::NAN, 1.0).value, Certified::new(2.0, f64::NAN).dual), (INF, -INF));
    }
}
