//! Partial transport: the cheapest way to move a given part of the mass.
//!
//! ```text
//! min { sum P_ij c_ij : P >= 0, P 1 <= a, Pᵀ 1 <= b, sum P_ij = s }
//!   = max { sum a_i u_i + sum b_j v_j + s t : u_i + v_j + t <= c_ij, u <= 0, v <= 0 }.
//! ```
//!
//! A dummy row that sends what is not received and a dummy column that receives what is not sent, both for nothing, and
//! a dear arc between the two, make it an ordinary transport problem; its solver and its potentials serve both ways.
//!
//! Source: Chapel, Alaya, Gasso 2020 (arXiv:2002.08276), proposition 1.

use super::certify::is_proven;
use super::cost::Cost;
use super::exact::Exact;
use super::plan::Plan;
use super::problem::{Problem, total};
use super::solution::Solution;
use crate::certificate::{Report, Status};
use crate::error::{Error, Result};
use crate::measure::check_masses;
use crate::numeric::Sum;
use ndarray::{Array2, s};

/// A partial plan, its potentials and the bracket that they prove.
#[derive(Debug, Clone)]
pub struct Partial {
    /// The plan, the potentials `u, v <= 0` with `u_i + v_j + price <= c_ij`, and the bracket of the cost.
    pub solution: Solution,
    /// `t`: what the last unit of mass costs. A little more mass costs at least so much, a little less saves at most so much.
    pub price: f64,
}

/// Moves the mass `moved` from masses `a` to masses `b` at the least cost. Exact; O(n m) memory.
///
/// The status is [`Status::Converged`] if and only if the gap is at most 1e-9 of the cost moved, or within the rounding of the dual. `report.residual` is by how
/// much the plan exceeds `a` or `b` and misses `moved`, all rounding.
///
/// # Errors
/// Masses that are negative, not finite, without total or of the wrong number; `moved` negative or more than either total;
/// [`Error::Infeasible`] if forbidden arcs leave no way to move it.
///
/// ```
/// use fenchel::transport::{Cost, partial};
/// use ndarray::array;
/// let costs = Cost::matrix(array![[0.0, 9.0], [5.0, 4.0]])?;
/// let half = partial(&[0.5, 0.5], &[0.5, 0.5], &costs, 0.5)?;
/// assert_eq!((half.solution.cost(), half.solution.plan.arcs()), (0.0, vec![(0, 0, 0.5)]));
/// assert_eq!(partial(&[0.5, 0.5], &[0.5, 0.5], &costs, 0.75)?.price, 4.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn partial(a: &[f64], b: &[f64], cost: &Cost, moved: f64) -> Result<Partial> {
    let (n, m) = cost.shape();
    check_masses(a, "weights of x")?;
    check_masses(b, "weights of y")?;
    let (total_a, total_b) = (total(a), total(b));
    let least = total_a.min(total_b);
    // the totals of laws are one to within rounding
    if !(moved >= 0.0 && moved <= least * (1.0 + 1e-12)) {
        return Err(Error::OutOfDomain {
            what: "mass to move".to_owned(),
            value: moved,
            expected: format!("between 0 and {least}, the smaller total"),
        });
    }
    let mut costs = Array2::zeros((n + 1, m + 1));
    costs.slice_mut(s![..n, ..m]).assign(&cost.to_dense());
    // Mass on the arc between the two is mass moved beyond what was asked for. It never pays, and what rounding of the
    // masses may leave on it is no reason to call the problem infeasible.
    let largest = costs.iter().filter(|c| c.is_finite()).fold(0.0_f64, |size, c| size.max(c.abs()));
    costs[[n, m]] = if largest > 0.0 { 2.0 * largest } else { 1.0 };
    let with_rest = |masses: &[f64], rest: f64| masses.iter().copied().chain([rest.max(0.0)]).collect::<Vec<f64>>();
    let extended = Problem::with_cost(costs, Some(with_rest(a, total_b - moved)), Some(with_rest(b, total_a - moved)))?;
    let found = Exact::new().solve(&extended)?;

    let arcs = found.plan.arcs().into_iter().filter(|&(i, j, _)| i < n && j < m).collect();
    let plan = Plan::sparse((n, m), arcs);
    let (mut u, mut v) = found.potentials;
    let (from_dummy, to_dummy) = (u.pop().unwrap_or(0.0), v.pop().unwrap_or(0.0));
    u.iter_mut().for_each(|u| *u = (*u + to_dummy).min(0.0));
    v.iter_mut().for_each(|v| *v = (*v + from_dummy).min(0.0));
    let price = -from_dummy - to_dummy;

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
    let status = if proven { Status::Converged } else { Status::Stalled };
    let report = Report { method: "partial, by the network simplex", status, primal, dual, residual, ..found.report };
    Ok(Partial { solution: Solution { potentials: (u, v), plan, report, regularised: None, root: 1.0 }, price })
}
