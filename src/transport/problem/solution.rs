//! What every transport solver returns.

use crate::certificate::{Report, Status, bracket, certificate_by_report};
use crate::numeric::{Sum, exponent, times_power};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::power::Power;
use crate::transport::problem::root::{Root, root_of};

/// The length of an arc.
pub(in crate::transport) type Length<'a> = &'a dyn Fn(usize, usize) -> f64;

/// The relative gap below which an optimum is claimed.
pub(in crate::transport) const GAP: f64 = 1e-9;

/// Whether `[dual, primal]` proves optimality: a gap of 1e-9 of the cost that is moved.
pub(in crate::transport) fn is_proven(primal: f64, dual: f64, moved: f64) -> bool {
    let gap = (primal - dual).abs();
    gap.is_finite() && gap <= GAP * moved
}

/// A plan, potentials and the bracket that they prove.
///
/// The plan is feasible up to [`Report::residual`](crate::certificate::Report::residual) for a solver that keeps the
/// marginals, and the potentials satisfy `u_i + v_j <= c_ij`, so the optimal cost lies in
/// `[report.dual, report.primal]` however early the solver stopped.
///
/// Solvers work in units of the problem's own, so data of any scale have right answers. Where a cost is too small for a double
/// (the square of 1e-170), it and the bracket are rounded to the nearest one, which may be zero; the distance is not taken from
/// the rounded cost and keeps its digits. A cost or potential that is too large is an error.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Solution", into = "stored::Solution"))]
pub struct Solution {
    /// Dual potentials `u` (rows) and `v` (columns).
    pub potentials: (Vec<f64>, Vec<f64>),
    /// The plan, whose cost is `report.primal`.
    pub plan: Plan,
    /// Bracket, status and the route taken.
    pub report: Report,
    /// The values of the entropic problem, where that is what was solved.
    pub regularised: Option<Regularised>,
    /// Where a [part](crate::transport::Kept::Part) of the masses is moved, what the last unit of mass costs: a little more mass
    /// costs at least so much, a little less saves at most so much. The potentials are then `u, v <= 0` with
    /// `u_i + v_j + price <= c_ij`.
    pub price: Option<f64>,
    pub(in crate::transport) root: Root,
}

certificate_by_report!(Solution);

impl Solution {
    /// The transport cost as asked: the cost of [`Solution::plan`], of a problem whose deviations are paid for with the penalties.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }

    /// The distance between the laws: the root of the cost (W2 for squared Euclidean costs, Wp on the line), and the
    /// cost itself for ground costs that are metrics and for cost matrices.
    #[must_use]
    pub fn distance(&self) -> f64 {
        self.distance_bracket().1
    }

    /// The bracket of the optimal cost, as distances.
    #[must_use]
    pub fn distance_bracket(&self) -> (f64, f64) {
        let root = |cost| root_of(cost, self.root.p);
        self.root.bracket.unwrap_or_else(|| (root(self.report.dual), root(self.report.primal)))
    }

    /// Counts what moving masses that were too small for the plan may cost at most, beside the cost moved.
    pub(in crate::transport) fn add_lost(&mut self, most: f64, moved: f64) {
        if most > 0.0 {
            let report = &mut self.report;
            report.primal += most;
            if report.status == Status::Converged && !is_proven(report.primal, report.dual, moved + most) {
                report.status = Status::Stalled;
            }
        }
    }

    /// Brings costs in a unit of length back to the unit of the data. Where the powers of distances are too small for that unit, the
    /// distance comes from the `lengths` that the plan moves mass over.
    pub(in crate::transport) fn with_powers(mut self, power: Power, lengths: Option<(Power, Length<'_>)>) -> Self {
        if power.is_plain() && lengths.is_none() {
            return self;
        }
        let (dual, primal) = self.distance_bracket();
        let primal = lengths.map_or(primal * power.unit, |(moved, length)| {
            let mut sum = Sum::new();
            self.plan.for_each(|i, j, mass| sum.add(mass * moved.of(length(i, j))));
            moved.root(sum.value())
        });
        self.root.bracket = Some((dual * power.unit, primal));
        // unit^p = 2^whole · rest
        let log = power.p * f64::from(exponent(power.unit));
        let lost = power.p.mul_add(f64::from(exponent(power.unit)), -log);
        let (whole, rest) = (log.floor(), f64::exp2(log - log.floor() + lost));
        let times = |x: &mut f64| *x = times_power(*x * rest, whole as i32);
        self.potentials.0.iter_mut().chain(&mut self.potentials.1).for_each(times);
        times(&mut self.report.primal);
        times(&mut self.report.dual);
        self
    }
}

/// The values of `min_P sum P_ij c_ij + eps KL(P | a bᵀ)`, apart from those of the transport problem itself.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "stored::Regularised", into = "stored::Regularised"))]
pub struct Regularised {
    /// The regularisation, in units of the cost.
    pub epsilon: f64,
    /// `sum P_ij c_ij` of the entropic plan (before its marginals are made exact).
    pub linear: f64,
    /// An upper bound of the entropic optimum: the entropic objective at the rounded plan, or by the log-sum inequality a little more.
    pub primal: f64,
    /// The entropic dual at the entropic potentials: a lower bound of the entropic optimum.
    pub dual: f64,
    /// The entropic potentials `f` and `g`.
    pub potentials: (Vec<f64>, Vec<f64>),
    /// What rounding may have done to the difference of the two bounds.
    pub(in crate::transport) rounding: f64,
}

impl Regularised {
    /// The values, through the same door as those of a report: the two bounds are not crossed, and nothing is NaN.
    pub(in crate::transport) fn of(
        epsilon: f64,
        linear: f64,
        (primal, dual): (f64, f64),
        potentials: (Vec<f64>, Vec<f64>),
        rounding: f64,
    ) -> Self {
        let (Ok((primal, dual)) | Err((primal, dual))) = bracket(primal, dual, rounding);
        let linear = if linear.is_nan() { f64::INFINITY } else { linear };
        Self { epsilon, linear, primal, dual, potentials, rounding }
    }
}

/// What is written and read. A file may hold anything, so what is read is looked at: potentials of the size of the plan, brackets in
/// order, nothing that is NaN.
#[cfg(feature = "serde")]
mod stored {
    use super::{Plan, Report, Root};
    use crate::certificate::bracket;
    use crate::error::{Error, Result};

    fn contradiction<T>(why: String) -> Result<T> {
        Err(Error::infeasible("the solution", why))
    }

    /// Potentials of the rows and of the columns.
    fn check(potentials: &(Vec<f64>, Vec<f64>), (n, m): (usize, usize)) -> Result<()> {
        let (u, v) = potentials;
        if (u.len(), v.len()) != (n, m) {
            return contradiction(format!(
                "it has {} and {} potentials for {n} rows and {m} columns",
                u.len(),
                v.len()
            ));
        }
        if u.iter().chain(v).any(|x| x.is_nan()) {
            return contradiction("a potential is not a number".to_owned());
        }
        Ok(())
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Solution {
        #[serde(with = "crate::serial")]
        potentials: (Vec<f64>, Vec<f64>),
        plan: Plan,
        report: Report,
        regularised: Option<super::Regularised>,
        #[serde(default)]
        price: Option<f64>,
        root: Root,
    }

    impl From<super::Solution> for Solution {
        fn from(super::Solution { potentials, plan, report, regularised, price, root }: super::Solution) -> Self {
            Self { potentials, plan, report, regularised, price, root }
        }
    }

    impl TryFrom<Solution> for super::Solution {
        type Error = Error;

        fn try_from(Solution { potentials, plan, report, regularised, price, root }: Solution) -> Result<Self> {
            check(&potentials, plan.shape())?;
            if let Some(regularised) = &regularised {
                check(&regularised.potentials, plan.shape())?;
            }
            let crossed = |(low, high)| bracket(high, low, 0.0).is_err();
            if root.p.is_nan() || root.p <= 0.0 || root.bracket.is_some_and(crossed) {
                return contradiction("its distance has no order, or a bracket that is crossed".to_owned());
            }
            if price.is_some_and(f64::is_nan) {
                return contradiction("its price is not a number".to_owned());
            }
            Ok(Self { potentials, plan, report, regularised, price, root })
        }
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    pub(super) struct Regularised {
        epsilon: f64,
        #[serde(with = "crate::serial")]
        linear: f64,
        #[serde(with = "crate::serial")]
        primal: f64,
        #[serde(with = "crate::serial")]
        dual: f64,
        #[serde(with = "crate::serial")]
        potentials: (Vec<f64>, Vec<f64>),
        #[serde(with = "crate::serial")]
        rounding: f64,
    }

    impl From<super::Regularised> for Regularised {
        fn from(values: super::Regularised) -> Self {
            let super::Regularised { epsilon, linear, primal, dual, potentials, rounding } = values;
            Self { epsilon, linear, primal, dual, potentials, rounding }
        }
    }

    impl TryFrom<Regularised> for super::Regularised {
        type Error = Error;

        fn try_from(read: Regularised) -> Result<Self> {
            let Regularised { epsilon, linear, primal, dual, potentials, rounding } = read;
            if epsilon.is_nan()
                || epsilon <= 0.0
                || linear.is_nan()
                || rounding.is_nan()
                || bracket(primal, dual, 0.0).is_err()
            {
                return contradiction("its entropic bounds are crossed, or are not numbers".to_owned());
            }
            Ok(Self { epsilon, linear, primal, dual, potentials, rounding })
        }
    }
}
