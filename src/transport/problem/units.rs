//! Problems in units of their own, and answers brought back.
//!
//! Transport is homogeneous: costs and masses that are multiplied by a number multiply the answer. A solver sees points
//! whose largest spread is about one, masses whose total is about one, and costs of ordinary size, so that nothing
//! overflows or underflows on the way, and it takes the same decisions at every scale. Powers of two multiply without
//! rounding, so the answer has the same digits at every scale, too.
//!
//! What the answer is itself may leave the range of a double. A distance never does for that reason alone, since it is
//! taken from the answer in units; a cost that underflows is rounded to the nearest double, and one that overflows is an
//! error.

use crate::certificate::Report;
use crate::error::{Error, Result};
use crate::numeric::{exponent, times_power};
use crate::transport::problem::marginal::Marginal;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::{Kept, Problem, total};
use std::borrow::Cow;
use std::sync::Arc;

/// The units of a problem, as powers of two.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(in crate::transport) struct Units {
    pub cost: i32,
    pub mass: i32,
}

/// The exponent of the unit of masses with this total.
pub(in crate::transport) fn mass_unit(masses: &[f64]) -> i32 {
    exponent(total(masses))
}

pub(in crate::transport) fn times(values: &[f64], k: i32) -> Vec<f64> {
    values.iter().map(|x| times_power(*x, k)).collect()
}

impl Problem {
    /// The same problem in units of its own, and the units.
    pub(in crate::transport) fn in_own_units(&self) -> (Cow<'_, Self>, Units) {
        let (cost, of_cost) = self.cost().in_own_unit().map_or((None, 0), |(cost, unit)| (Some(cost), unit));
        let mass = match self.kept() {
            Kept::Part(_) => exponent(total(self.a()).max(total(self.b()))),
            Kept::Exactly | Kept::Penalised(..) => mass_unit(self.a()),
        };
        let units = Units { cost: of_cost, mass };
        if cost.is_none() && units.mass == 0 {
            return (Cow::Borrowed(self), units);
        }
        let cost = cost.map_or_else(|| self.shared_cost(), Arc::new);
        let parts = self.with_parts(times(self.a(), -units.mass), times(self.b(), -units.mass), cost);
        (Cow::Owned(parts.keeping(self.kept().in_units(units))), units)
    }
}

impl Kept {
    /// The same where costs and masses have these units.
    fn in_units(self, units: Units) -> Self {
        let by_cost = |strength| times_power(strength, -units.cost);
        let strength = |marginal| match marginal {
            Marginal::Exact => Marginal::Exact,
            Marginal::Kl(strength) => Marginal::Kl(by_cost(strength)),
            Marginal::Tv(strength) => Marginal::Tv(by_cost(strength)),
            // a cost by a mass
            Marginal::L2(strength) => Marginal::L2(times_power(strength, units.mass - units.cost)),
        };
        match self {
            Self::Exactly => Self::Exactly,
            Self::Penalised(rows, columns) => Self::Penalised(strength(rows), strength(columns)),
            Self::Part(moved) => Self::Part(times_power(moved, -units.mass)),
        }
    }
}

impl Units {
    /// The unit of the objective.
    pub(in crate::transport) fn value(self) -> i32 {
        self.cost + self.mass
    }

    /// Of a solver whose residual is a gap and no mass: brings it to where [`bring_back`](Self::bring_back) takes it from.
    pub(in crate::transport) fn residual_is_a_cost(self, report: &mut Report) {
        report.residual = times_power(report.residual, self.cost);
        report.trace.iter_mut().for_each(|(_, gap)| *gap = times_power(*gap, self.cost));
    }

    /// The solution in the units of the data.
    ///
    /// # Errors
    /// [`Error::OutOfDomain`] if a cost of it overflows there.
    pub(in crate::transport) fn bring_back(self, mut solution: Solution) -> Result<Solution> {
        if self == Self::default() {
            return Ok(solution);
        }
        let value = self.value();
        let report = &mut solution.report;
        solution.root = solution.root.in_unit((report.dual, report.primal), value);
        let (finite, proven) = (report.primal.is_finite(), report.dual.is_finite());
        (report.primal, report.dual) = (times_power(report.primal, value), times_power(report.dual, value));
        report.residual = times_power(report.residual, self.mass);
        report.trace.iter_mut().for_each(|(_, residual)| *residual = times_power(*residual, self.mass));
        let by_cost = |values: &mut Vec<f64>| values.iter_mut().for_each(|x| *x = times_power(*x, self.cost));
        by_cost(&mut solution.potentials.0);
        by_cost(&mut solution.potentials.1);
        if let Some(entropic) = &mut solution.regularised {
            entropic.epsilon = times_power(entropic.epsilon, self.cost);
            for x in [&mut entropic.linear, &mut entropic.primal, &mut entropic.dual, &mut entropic.rounding] {
                *x = times_power(*x, value);
            }
            by_cost(&mut entropic.potentials.0);
            by_cost(&mut entropic.potentials.1);
        }
        solution.price = solution.price.map(|price| times_power(price, self.cost));
        solution.plan = solution.plan.times_power(self.mass);
        if finite { in_range(solution, proven) } else { Ok(solution) }
    }
}

/// The solution, unless a number of it overflowed. A bound that was not `proven` was infinite before.
pub(in crate::transport) fn in_range(solution: Solution, proven: bool) -> Result<Solution> {
    let (u, v) = &solution.potentials;
    let of_report = [solution.report.primal, if proven { solution.report.dual } else { 0.0 }];
    let Some(value) = u.iter().chain(v).copied().chain(of_report).find(|x| !x.is_finite()) else {
        return Ok(solution);
    };
    Err(Error::out_of_domain(
        "transport cost or potential",
        value,
        "a finite number; rescale the costs, points or masses",
    ))
}
