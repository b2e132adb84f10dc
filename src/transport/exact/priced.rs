//! Unbalanced transport under total variation as an ordinary problem.
//!
//! To destroy a unit of mass of a row costs `p`, to create one costs `p` as well; of a column `q`. A dummy column takes what a
//! row does not send, at the price of destroying it or of sending it where it was not asked for, whichever is less; a dummy
//! row likewise brings what a column does not receive:
//!
//! ```text
//! s_i = min(p, min_j c_ij + q),      r_j = min(q, min_i c_ij + p).
//! ```
//!
//! A side whose masses are kept exactly has an infinite price. No other arc is needed, since creating mass on both sides never
//! pays (`c_ij >= -(p + q)`, or the problem has no solution).
//!
//! Source: Piccoli and Rossi 2014 (doi:10.1007/s00205-013-0669-x) for the distance.

use crate::certificate::{Report, Status, Unchecked};
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::problem::certify::ULPS;
use crate::transport::problem::marginal::{Marginal, feasible, proven};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::{GAP, Solution, is_proven};
use crate::transport::problem::{Problem, total};
use ndarray::{Array2, ArrayView1, s};
use std::time::Instant;

/// Solves the problem by `kept`, which solves an ordinary one whose values are in units of a power of two.
///
/// The status is [`Status::Converged`] if and only if the gap is at most 1e-9 of the cost moved and of the penalties, or within
/// the rounding of the dual. The residual is by how much a side that is to be kept is not, in L1.
pub(in crate::transport) fn solve(
    problem: &Problem,
    start: Instant,
    kept: impl FnOnce(&Problem, i32) -> Result<Solution>,
) -> Result<Solution> {
    let (own, units) = problem.in_own_units();
    let detours = Detours::of(&own);
    let found = kept(&detours.extended(&own)?, units.value())?;
    units.bring_back(detours.reduced(&own, &found, start))
}

/// What a row does with mass that it does not send where it is asked for, and a column with mass that it lacks.
struct Detours {
    costs: Array2<f64>,
    rows: Vec<Detour>,
    columns: Vec<Detour>,
}

/// What a unit costs, and by which arc it goes, unless it is destroyed or created.
struct Detour {
    cost: f64,
    by: Option<usize>,
}

impl Detour {
    fn of(line: ArrayView1<'_, f64>, own: f64, other: f64) -> Self {
        let cheapest = line.iter().enumerate().min_by(|x, y| x.1.total_cmp(y.1));
        match cheapest.map(|(k, cost)| (k, cost + other)) {
            Some((k, cost)) if cost < own => Self { cost, by: Some(k) },
            _ => Self { cost: own, by: None },
        }
    }
}

impl Detours {
    fn of(problem: &Problem) -> Self {
        let costs = problem.cost().to_dense();
        let [p, q] = problem.sides().map(|side| side.marginal.price());
        let rows = costs.rows().into_iter().map(|row| Detour::of(row, p, q)).collect();
        let columns = costs.columns().into_iter().map(|column| Detour::of(column, q, p)).collect();
        Self { costs, rows, columns }
    }

    fn extended(&self, problem: &Problem) -> Result<Problem> {
        let (n, m) = problem.shape();
        let mut costs = Array2::zeros((n + 1, m + 1));
        costs.slice_mut(s![..n, ..m]).assign(&self.costs);
        for (i, detour) in self.rows.iter().enumerate() {
            costs[[i, m]] = detour.cost;
        }
        for (j, detour) in self.columns.iter().enumerate() {
            costs[[n, j]] = detour.cost;
        }
        let (mut a, mut b) = (problem.a().to_vec(), problem.b().to_vec());
        a.push(total(problem.b()));
        b.push(total(problem.a()));
        Problem::with_cost(costs, Some(a), Some(b))
    }

    fn reduced(&self, problem: &Problem, found: &Solution, start: Instant) -> Solution {
        let (n, m) = problem.shape();
        let mut arcs = Vec::new();
        found.plan.for_each(|i, j, mass| match (i < n, j < m) {
            (true, true) => arcs.push((i, j, mass)),
            (true, false) => arcs.extend(self.rows[i].by.map(|j| (i, j, mass))),
            (false, true) => arcs.extend(self.columns[j].by.map(|i| (i, j, mass))),
            (false, false) => {}
        });
        let plan = Plan::sparse((n, m), merged(arcs));

        let sides = problem.sides();
        let by_dummy = found.potentials.0[n];
        let start_at: Vec<f64> = found.potentials.1[..m].iter().map(|v| v + by_dummy).collect();
        let potentials = feasible(problem.cost(), &sides, &start_at);
        let (dual, rounding) = proven(&sides, (&potentials.0, &potentials.1));

        let (mut cost, mut size) = (Sum::new(), Sum::new());
        plan.for_each(|i, j, mass| {
            let term = mass * self.costs[[i, j]];
            cost.add(term);
            size.add(term.abs());
        });
        let (rows, columns) = plan.marginals();
        let penalty = sides[0].penalty(&rows) + sides[1].penalty(&columns);
        let (primal, size) = (cost.value() + penalty, size.value() + penalty);
        let off = |side: usize, sums: &[f64]| match sides[side].marginal {
            Marginal::Exact => Sum::of(sums.iter().zip(sides[side].masses).map(|(x, a)| (x - a).abs())),
            _ => 0.0,
        };
        let residual = off(0, &rows) + off(1, &columns);
        // a plan that was not finished may lack mass that has to be sent, and then it bounds nothing
        let primal = if residual <= GAP * total(problem.a()) { primal } else { f64::INFINITY };
        // of the masses themselves, where nearly all are kept and nearly nothing is paid
        let rounding = rounding + ULPS * (size + sides[0].size() + sides[1].size());
        let closed = is_proven(primal, dual, size) || (primal - dual).abs() <= rounding;
        let status = match found.report.status {
            _ if closed && residual <= GAP * total(problem.a()) => Status::Converged,
            Status::Converged => Status::Stalled,
            early => early,
        };
        let report = Report::of(Unchecked {
            method: "total variation, by the network simplex",
            status,
            iterations: found.report.iterations,
            primal,
            dual,
            rounding,
            residual,
            seconds: start.elapsed().as_secs_f64(),
            trace: Vec::new(),
        });
        Solution { potentials, plan, report, regularised: None, price: None, root: 1.0.into() }
    }
}

/// The arcs in order, each once.
fn merged(mut arcs: Vec<(usize, usize, f64)>) -> Vec<(usize, usize, f64)> {
    arcs.sort_unstable_by_key(|&(i, j, _)| (i, j));
    let mut merged: Vec<(usize, usize, f64)> = Vec::with_capacity(arcs.len());
    for (i, j, mass) in arcs {
        match merged.last_mut() {
            Some(last) if (last.0, last.1) == (i, j) => last.2 += mass,
            _ => merged.push((i, j, mass)),
        }
    }
    merged
}
