//! From a plan and any potentials to a solution with its proof.
//!
//! Weak duality: for every plan `P` with marginals `a, b` and all potentials with `u_i + v_j <= c_ij`,
//! `sum a_i u_i + sum b_j v_j <= sum P_ij c_ij`. Potentials are made feasible by the c-transform
//! `u_i = min_j c_ij - v_j`, so whatever the solver did, the dual value is a lower bound.

use crate::certificate::{Report, Status, Unchecked};
use crate::numeric::Sum;
use crate::transport::problem::Problem;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::masses::Flow;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::root::Root;
use crate::transport::problem::solution::{GAP, Solution, is_proven};
use rayon::prelude::*;
use std::time::Instant;

/// Both c-transforms, `u` of `v` and then `v` of the new `u`; potentials that were feasible can only grow. O(n m).
///
/// A row or column whose arcs are all forbidden has no constraint, and gets the potential zero.
pub(in crate::transport) fn c_transform(cost: &Cost, u: &mut [f64], v: &mut [f64]) {
    let mut row = vec![0.0; v.len()];
    let mut lowest = vec![f64::INFINITY; v.len()];
    for (i, u) in u.iter_mut().enumerate() {
        cost.fill(i, 0, &mut row);
        let mut least = f64::INFINITY;
        for (c, v) in row.iter().zip(v.iter()) {
            least = least.min(c - v);
        }
        *u = if least.is_finite() { least } else { 0.0 };
        for (lowest, c) in lowest.iter_mut().zip(&row) {
            *lowest = lowest.min(c - *u);
        }
    }
    for (v, &lowest) in v.iter_mut().zip(&lowest) {
        *v = if lowest.is_finite() { lowest } else { 0.0 };
    }
}

/// `sum a_i u_i + sum b_j v_j`.
pub(in crate::transport) fn dual_value(a: &[f64], b: &[f64], u: &[f64], v: &[f64]) -> f64 {
    // a product that overflows only because its mass is zero is no contribution
    Sum::of(a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| if *w > 0.0 { w * p } else { 0.0 }))
}

/// `sum a_i |u_i| + sum b_j |v_j|`, in proportion to which the dual value is rounded.
pub(in crate::transport) fn size((a, b): (&[f64], &[f64]), (u, v): (&[f64], &[f64])) -> f64 {
    a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| if *w > 0.0 { w * p.abs() } else { 0.0 }).sum()
}

fn largest(p: &[f64]) -> f64 {
    p.iter().fold(0.0, |most, p| most.max(p.abs()))
}

/// The rounding of a compensated sum of products, in proportion to the size of its terms.
pub(in crate::transport) const ULPS: f64 = 4.0 * f64::EPSILON;

/// By how much at most the dual value exceeds the lower bound that it stands for.
///
/// Potentials are rounded, so a c-transform makes `u_i + v_j <= c_ij` hold only to a unit in the last place of the
/// potentials, which may be far more than the costs in use. Their size bounds the excess at once, and where that is more
/// than `enough`, the excess is summed up arc by arc without rounding, O(n m).
pub(in crate::transport) fn excess(
    cost: &Cost,
    (a, b): (&[f64], &[f64]),
    (u, v): (&[f64], &[f64]),
    enough: f64,
) -> f64 {
    let bound = f64::EPSILON * size((a, b), (u, v));
    let (n, m) = cost.shape();
    if bound <= enough || n * m > ARCS {
        return bound;
    }
    // lowered by what its row exceeds at most, `u` is feasible
    let of_row = |row: &mut Vec<f64>, i: usize| {
        cost.fill(i, 0, row);
        let beyond = |(c, v): (&f64, &f64)| {
            let ((sum, lost), c) = (two_sum(u[i], *v), *c);
            let (difference, rest) = two_sum(sum, -c);
            if c.is_finite() { difference + (lost + rest) } else { 0.0 }
        };
        a[i] * row.iter().zip(v).map(beyond).fold(0.0, f64::max)
    };
    let of_rows: Vec<f64> = (0..n).into_par_iter().map_init(|| vec![0.0; m], of_row).collect();
    let products =
        a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| if *w > 0.0 { w.mul_add(*p, -(w * p)) } else { 0.0 });
    Sum::of(of_rows) + Sum::of(products).abs()
}

/// Up to so many arcs, the potentials are held against each of them where need be.
const ARCS: usize = 1 << 28;

/// A sum and what its rounding has lost (Knuth).
fn two_sum(x: f64, y: f64) -> (f64, f64) {
    let sum = x + y;
    let part = sum - x;
    (sum, (x - (sum - part)) + (y - part))
}

/// The solution without the claim of an optimum, should the rounding of its potentials be able to hide a gap.
pub(in crate::transport) fn beyond_rounding(
    problem: &Problem,
    mut solution: Solution,
    stopped: Option<Status>,
) -> Solution {
    let (cost, report) = (problem.cost(), &mut solution.report);
    if report.status == Status::Converged {
        let (moved, (u, v)) = (problem.moved(&solution.plan), &solution.potentials);
        let excess = excess(cost, (problem.a(), problem.b()), (u, v), 0.1 * GAP * moved);
        if !mutate!(is_proven(report.primal, report.dual - excess, moved), StatusConverged, |_| true) {
            report.status = stopped.unwrap_or(Status::Stalled);
        }
    }
    solution
}

/// `sum P_ij c_ij` and `sum P_ij |c_ij|`.
pub(in crate::transport) fn cost_of(flow: &[Flow], unit: f64, cost: impl Fn(usize, usize) -> f64) -> (f64, f64) {
    let (mut primal, mut moved) = (Sum::new(), Sum::new());
    for f in flow {
        let term = f.mass as f64 * unit * cost(f.i as usize, f.j as usize);
        primal.add(term);
        moved.add(term.abs());
    }
    (primal.value(), moved.value())
}

/// L1 distance of the plan's marginals from those asked for.
pub(in crate::transport) fn marginal_error(a: &[f64], b: &[f64], plan: &Plan) -> f64 {
    let (rows, columns) = plan.marginals();
    Sum::of(rows.iter().zip(a).chain(columns.iter().zip(b)).map(|(p, w)| (p - w).abs()))
}

/// The problem as the certificate needs it.
pub(in crate::transport) struct Given<'a, C> {
    pub a: &'a [f64],
    pub b: &'a [f64],
    pub cost: C,
    pub root: Root,
}

impl<C: Fn(usize, usize) -> f64> Given<'_, C> {
    /// Puts plan and potentials together. The potentials must be feasible already. `stopped` is the reason for an
    /// early stop, if there was one; a solver that ran to its end has converged if and only if the gap proves it.
    pub(in crate::transport) fn solution(
        &self,
        plan: Plan,
        (u, v): (Vec<f64>, Vec<f64>),
        method: &'static str,
        iterations: usize,
        stopped: Option<Status>,
        start: Instant,
    ) -> Solution {
        let (mut primal, mut moved) = (Sum::new(), Sum::new());
        plan.for_each(|i, j, mass| {
            let term = mass * (self.cost)(i, j);
            primal.add(term);
            moved.add(term.abs());
        });
        let primal = mutate!(primal.value(), Primal, |c| c * (1.0 - 1e-6));
        let dual = mutate!(dual_value(self.a, self.b, &u, &v), Dual, |c| c + 1e-6);
        let proven = is_proven(primal, dual, moved.value());
        let residual = marginal_error(self.a, self.b, &plan);
        let report = Report::of(Unchecked {
            method,
            status: if mutate!(proven, StatusConverged, |_| true) {
                Status::Converged
            } else {
                stopped.unwrap_or(Status::Stalled)
            },
            iterations,
            primal,
            dual,
            // what is not moved is worth at most the potentials
            rounding: ULPS * (moved.value() + size((self.a, self.b), (&u, &v)))
                + residual * largest(&u).max(largest(&v)),
            residual,
            seconds: start.elapsed().as_secs_f64(),
            trace: Vec::new(),
        });
        let potentials =
            mutate!((u, v), Potentials, |(u, v)| (u.iter().map(|u: &f64| u + 1e-3).collect::<Vec<_>>(), v));
        Solution { potentials, plan, report, regularised: None, price: None, root: self.root }
    }
}
