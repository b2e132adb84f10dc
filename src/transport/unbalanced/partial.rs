//! Partial transport as an ordinary problem.
//!
//! A dummy row that sends what is not received and a dummy column that receives what is not sent, both for nothing, and
//! a dear arc between the two, make it one; its solver and its potentials serve both ways.
//!
//! No point can send or receive more than is moved in all. Masses are cut off there first, since rounding is in proportion to
//! the total. The potential of a point that was cut off then goes into the price: it stands for the same mass.
//!
//! Source: Chapel, Alaya, Gasso 2020 (arXiv:2002.08276), proposition 1.

use crate::certificate::{Found, Report, Status};
use crate::error::{Error, Result, shown};
use crate::numeric::{Sum, exponent, times_power};
use crate::transport::exact::Exact;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::solution::{GAP, is_proven};
use crate::transport::problem::units::{Units, times};
use crate::transport::problem::{Problem, masses, total};
use ndarray::{Array2, ArrayView1, s};
use std::time::Instant;

const METHOD: &str = "partial, by the network simplex";

/// A partial plan, its potentials and the bracket that they prove.
#[derive(Debug, Clone)]
pub struct Partial {
    /// The plan, the potentials `u, v <= 0` with `u_i + v_j + price <= c_ij`, and the bracket of the cost.
    pub solution: Solution,
    /// `t`: what the last unit of mass costs. A little more mass costs at least so much, a little less saves at most so much.
    pub price: f64,
}

/// Partial transport: moves the mass `moved` from masses `a` to masses `b` at the least cost,
///
/// ```text
/// min { sum P_ij c_ij : P >= 0, P 1 <= a, Pᵀ 1 <= b, sum P_ij = s }
///   = max { sum a_i u_i + sum b_j v_j + s t : u_i + v_j + t <= c_ij, u <= 0, v <= 0 }.
/// ```
///
/// Exact, by the network simplex on n+1 and m+1 points; O(n m) memory. Masses may be as large as one likes beside `moved`.
///
/// The status is [`Status::Converged`] if and only if the gap is at most 1e-9 of the cost moved, or within the rounding of the
/// dual, and the residual at most 1e-9 of `moved`. `report.residual` is by how much the plan exceeds `a` or `b` and misses
/// `moved`, all rounding.
///
/// # Errors
/// Masses that are negative, not finite or of the wrong number; `moved` negative, more than either total, or beyond
/// `[1e-250, 1e250]` and not zero;
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
    let start = Instant::now();
    let (n, m) = cost.shape();
    let (a, b) = (masses(Some(a), n, 0.0, "x", "rows of costs")?, masses(Some(b), m, 0.0, "y", "columns of costs")?);
    let (total_a, total_b) = (total(&a), total(&b));
    let least = total_a.min(total_b);
    // the totals of laws are one to within rounding
    if !(moved >= 0.0 && moved <= least * (1.0 + 1e-12)) {
        return Err(Error::out_of_domain(
            "mass to move",
            moved,
            format!("between 0 and {}, the smaller total", shown(least)),
        ));
    }
    let (own, of_cost) = cost.in_own_unit().unwrap_or_else(|| (cost.clone(), 0));
    let units = Units { cost: of_cost, mass: exponent(total_a.max(total_b)) };
    let masses = (times(&a, -units.mass), times(&b, -units.mass));
    let Partial { solution, price } = in_own_units(masses, &own, times_power(moved, -units.mass), start)?;
    Ok(Partial { solution: units.bring_back(solution)?, price: times_power(price, units.cost) })
}

fn in_own_units((a, b): (Vec<f64>, Vec<f64>), cost: &Cost, moved: f64, start: Instant) -> Result<Partial> {
    let (n, m) = cost.shape();
    let dense = cost.to_dense();
    if moved <= 0.0 {
        // the first unit goes where it is cheapest
        let lowest = dense.iter().copied().fold(f64::INFINITY, f64::min);
        let price = if lowest.is_finite() { lowest } else { 0.0 };
        let plan = Plan::sparse((n, m), Vec::new());
        let report = Report::of(Found {
            method: METHOD,
            status: Status::Converged,
            iterations: 0,
            primal: 0.0,
            dual: 0.0,
            rounding: 0.0,
            residual: 0.0,
            seconds: start.elapsed().as_secs_f64(),
            trace: Vec::new(),
        });
        let potentials = (vec![0.0; n], vec![0.0; m]);
        return Ok(Partial {
            solution: Solution { potentials, plan, report, regularised: None, root: 1.0.into() },
            price,
        });
    }
    let mut costs = Array2::zeros((n + 1, m + 1));
    costs.slice_mut(s![..n, ..m]).assign(&dense);
    // Mass on the arc between the two is mass moved beyond what was asked for. It never pays, and what rounding of the
    // masses may leave on it is no reason to call the problem infeasible.
    let largest = costs.iter().filter(|c| c.is_finite()).fold(0.0_f64, |size, c| size.max(c.abs()));
    costs[[n, m]] = if largest > 0.0 { 2.0 * largest } else { 1.0 };
    let cut = |masses: &[f64]| masses.iter().map(|w| w.min(moved)).collect::<Vec<f64>>();
    let (mut rows, mut columns) = (cut(&a), cut(&b));
    let (total_a, total_b) = (total(&rows), total(&columns));
    rows.push((total_b - moved).max(0.0));
    columns.push((total_a - moved).max(0.0));
    let found = Exact::new().solve(&Problem::with_cost(costs, Some(rows), Some(columns))?)?;

    let arcs = found.plan.arcs().into_iter().filter(|&(i, j, _)| i < n && j < m).collect();
    let plan = Plan::sparse((n, m), arcs);
    let (mut u, mut v) = found.potentials;
    let (from_dummy, to_dummy) = (u.pop().unwrap_or(0.0), v.pop().unwrap_or(0.0));
    u.iter_mut().for_each(|u| *u = (*u + to_dummy).min(0.0));
    v.iter_mut().for_each(|v| *v = (*v + from_dummy).min(0.0));
    let mut price = -from_dummy - to_dummy;
    for (p, _) in u.iter_mut().zip(&a).chain(v.iter_mut().zip(&b)).filter(|(_, w)| **w > moved) {
        price += std::mem::take(p);
    }
    // the potentials of the dummies may have been so large that digits of the others were lost
    let standing = [&a, &b].map(|masses| masses.iter().map(|w| *w > moved).collect::<Vec<bool>>());
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
    let excess = rows.iter().zip(&a).chain(columns.iter().zip(&b)).map(|(p, w)| (p - w).max(0.0));
    let residual = Sum::of(excess.chain([(total(&rows) - moved).abs()]));
    let primal = primal.value();
    let proven = is_proven(primal, dual, size.value()) || (primal - dual).abs() <= rounding;
    let status = if proven && residual <= GAP * moved { Status::Converged } else { Status::Stalled };
    let seconds = start.elapsed().as_secs_f64();
    let (method, iterations, trace) = (METHOD, found.report.iterations, Vec::new());
    let report = Report::of(Found { method, status, iterations, primal, dual, rounding, residual, seconds, trace });
    Ok(Partial { solution: Solution { potentials: (u, v), plan, report, regularised: None, root: 1.0.into() }, price })
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
