//! Partial transport as an ordinary problem.
//!
//! A dummy row that sends what is not received and a dummy column that receives what is not sent, both for nothing, and
//! a dear arc between the two, make it one; its solver and its potentials serve both ways.
//!
//! ```text
//! min { sum P_ij c_ij : P >= 0, P 1 <= a, Pᵀ 1 <= b, sum P_ij = s }
//!   = max { sum a_i u_i + sum b_j v_j + s t : u_i + v_j + t <= c_ij, u <= 0, v <= 0 }
//! ```
//!
//! No point can send or receive more than is moved in all. Masses are cut off there first, since rounding is in proportion to
//! the total. The potential of a point that was cut off then goes into the price `t`: it stands for the same mass.
//!
//! Source: Chapel, Alaya, Gasso 2020 (arXiv:2002.08276), proposition 1.

use crate::certificate::{Report, Status, Unchecked};
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::{GAP, Solution, is_proven};
use crate::transport::problem::{Kept, Problem, total};
use ndarray::{Array2, ArrayView1, s};
use std::time::Instant;

/// What rounding may do to the mass moved, as a part of it.
const ROUNDING: f64 = 1e-13;
const METHOD: &str = "partial, by the network simplex";

/// Solves the problem by `kept`, which solves an ordinary one whose values are in units of a power of two.
///
/// The status is [`Status::Converged`] if and only if the gap is at most 1e-9 of the cost moved, or within the rounding of the
/// dual, and the residual at most 1e-9 of `moved`. The residual is by how much the plan exceeds the masses and misses `moved`,
/// all rounding.
pub(in crate::transport) fn solve(
    problem: &Problem,
    start: Instant,
    kept: impl FnOnce(&Problem, i32) -> Result<Solution>,
) -> Result<Solution> {
    let (own, units) = problem.in_own_units();
    let Kept::Part(moved) = own.kept() else { unreachable!("a problem that is solved in part") };
    let solution = if moved <= 0.0 {
        nothing(&own, start)
    } else {
        in_own_units(&own, moved, start, |extended| kept(extended, units.value()))?
    };
    units.bring_back(solution)
}

/// The first unit would go where it is cheapest.
fn nothing(problem: &Problem, start: Instant) -> Solution {
    let (n, m) = problem.shape();
    let lowest = problem.cost().to_dense().iter().copied().fold(f64::INFINITY, f64::min);
    let report = Report::of(Unchecked { seconds: start.elapsed().as_secs_f64(), ..Unchecked::free(METHOD) });
    Solution {
        potentials: (vec![0.0; n], vec![0.0; m]),
        plan: Plan::sparse((n, m), Vec::new()),
        report,
        regularised: None,
        price: Some(if lowest.is_finite() { lowest } else { 0.0 }),
        root: 1.0.into(),
    }
}

fn in_own_units(
    problem: &Problem,
    moved: f64,
    start: Instant,
    kept: impl FnOnce(&Problem) -> Result<Solution>,
) -> Result<Solution> {
    let (n, m) = problem.shape();
    let (a, b, cost) = (problem.a(), problem.b(), problem.cost());
    let dense = cost.to_dense();
    let mut costs = Array2::zeros((n + 1, m + 1));
    costs.slice_mut(s![..n, ..m]).assign(&dense);
    // Mass on the arc between the two is mass moved beyond what was asked for. It never pays, and what rounding of the
    // masses may leave on it is no reason to call the problem infeasible.
    let largest = costs.iter().filter(|c| c.is_finite()).fold(0.0_f64, |size, c| size.max(c.abs()));
    costs[[n, m]] = if largest > 0.0 { 2.0 * largest } else { 1.0 };
    let cut = |masses: &[f64]| masses.iter().map(|w| w.min(moved)).collect::<Vec<f64>>();
    let (mut rows, mut columns) = (cut(a), cut(b));
    let (total_a, total_b) = (total(&rows), total(&columns));
    rows.push((total_b - moved).max(0.0));
    columns.push((total_a - moved).max(0.0));
    let found = kept(&Problem::with_cost(costs, Some(rows), Some(columns))?)?;

    let mut arcs: Vec<_> = found.plan.arcs().into_iter().filter(|&(i, j, _)| i < n && j < m).collect();
    // a plan that was not finished may move more than was asked for, over the arc between the dummies
    let beyond = Sum::of(arcs.iter().map(|arc| arc.2)) - moved;
    if beyond > ROUNDING * moved {
        take_back(&mut arcs, beyond, &dense);
    }
    let plan = Plan::sparse((n, m), arcs);
    let (mut u, mut v) = found.potentials;
    let (from_dummy, to_dummy) = (u.pop().unwrap_or(0.0), v.pop().unwrap_or(0.0));
    u.iter_mut().for_each(|u| *u = (*u + to_dummy).min(0.0));
    v.iter_mut().for_each(|v| *v = (*v + from_dummy).min(0.0));
    let mut price = -from_dummy - to_dummy;
    for (p, _) in u.iter_mut().zip(a).chain(v.iter_mut().zip(b)).filter(|(_, w)| **w > moved) {
        price += std::mem::take(p);
    }
    // the potentials of the dummies may have been so large that digits of the others were lost
    let standing = [a, b].map(|masses| masses.iter().map(|w| *w > moved).collect::<Vec<bool>>());
    (u, v, price) = feasible(&dense, &standing, v, price);

    let (mut primal, mut size) = (Sum::new(), Sum::new());
    plan.for_each(|i, j, mass| {
        let term = mass * cost.at(i, j);
        primal.add(term);
        size.add(term.abs());
    });
    let pairs = a.iter().zip(&u).chain(b.iter().zip(&v)).chain([(&moved, &price)]);
    let terms: Vec<f64> = pairs.map(|(w, p)| if *w > 0.0 { w * p } else { 0.0 }).collect();
    let dual = Sum::of(terms.iter().copied());
    // where next to nothing moves, the masses and the terms of the dual are known to rounding only
    let size_of_terms = terms.iter().map(|t| t.abs()).sum::<f64>() + (total_a + total_b) * largest;
    let rounding = 16.0 * f64::EPSILON * size_of_terms;
    let (rows, columns) = plan.marginals();
    let excess = rows.iter().zip(a).chain(columns.iter().zip(b)).map(|(p, w)| (p - w).max(0.0));
    let residual = Sum::of(excess.chain([(total(&rows) - moved).abs()]));
    let primal = primal.value();
    let proven = is_proven(primal, dual, size.value()) || (primal - dual).abs() <= rounding;
    let status = match found.report.status {
        _ if proven && residual <= GAP * moved => Status::Converged,
        Status::Converged => Status::Stalled,
        early => early,
    };
    let seconds = start.elapsed().as_secs_f64();
    let (method, iterations, trace) = (METHOD, found.report.iterations, Vec::new());
    let report = Report::of(Unchecked { method, status, iterations, primal, dual, rounding, residual, seconds, trace });
    Ok(Solution { potentials: (u, v), plan, report, regularised: None, price: Some(price), root: 1.0.into() })
}

/// Takes mass off the dearest arcs.
fn take_back(arcs: &mut Vec<(usize, usize, f64)>, beyond: f64, costs: &Array2<f64>) {
    arcs.sort_by(|&(i, j, _), &(k, l, _)| costs[[k, l]].total_cmp(&costs[[i, j]]));
    let mut left = beyond;
    for (.., mass) in arcs.iter_mut() {
        let taken = left.min(*mass);
        *mass -= taken;
        left -= taken;
    }
    arcs.retain(|(.., mass)| *mass > 0.0);
    arcs.sort_unstable_by_key(|&(i, j, _)| (i, j));
}

/// Potentials `u, v <= 0` with `u_i + v_j + price <= c_ij`, from those of the columns; `standing` ones are zero and stay so.
fn feasible(costs: &Array2<f64>, standing: &[Vec<bool>; 2], v: Vec<f64>, price: f64) -> (Vec<f64>, Vec<f64>, f64) {
    let between = costs.indexed_iter().filter(|((i, j), _)| standing[0][*i] && standing[1][*j]);
    let price = between.map(|(_, c)| *c).fold(price, f64::min);
    let lowest = |line: ArrayView1<'_, f64>, other: &[f64], standing: bool| {
        let least = || line.iter().zip(other).map(|(c, p)| (c - price) - p).fold(0.0, f64::min);
        if standing { 0.0 } else { least() }
    };
    let u: Vec<f64> = costs.rows().into_iter().zip(&standing[0]).map(|(row, s)| lowest(row, &v, *s)).collect();
    let v = costs.columns().into_iter().zip(&standing[1]).map(|(column, s)| lowest(column, &u, *s)).collect();
    (u, v, price)
}
