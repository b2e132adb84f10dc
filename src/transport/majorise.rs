//! Unbalanced transport without regularisation, by scaling the plan.
//!
//! Source: Chapel, Flamary, Wu, Févotte, Gasso 2021 (arXiv:2106.04145).

use super::cost::Cost;
use super::marginal::{Marginal, Side, feasible, isolated};
use super::plan::Plan;
use super::problem::total;
use super::progress::Watch;
use super::rounding::sums;
use super::solution::Solution;
use crate::certificate::{Report, Status};
use crate::error::Result;
use crate::numeric::Sum;
use ndarray::Array2;

/// Iterations of the majorisation between two computations of the gap, which takes as long as a few of them.
const CHECK_EVERY: usize = 10;

/// Scales the plan so that a separable upper bound of the objective, tight at the present plan, is least.
pub(super) fn majorise(
    sides: [Side<'_>; 2],
    cost: &Cost,
    tolerance: f64,
    iteration_limit: usize,
    mut watch: Watch<'_>,
) -> Result<Solution> {
    let [rows, columns] = sides;
    let dense = cost.to_dense();
    let kernel = match (rows.marginal, columns.marginal) {
        (Marginal::Kl(p), Marginal::Kl(q)) => dense.mapv(|c| (-c / (p + q)).exp()),
        (Marginal::L2(p), Marginal::L2(q)) => Array2::from_shape_fn(dense.dim(), |(i, j)| {
            (p * rows.masses[i] + q * columns.masses[j] - dense[[i, j]]).max(0.0)
        }),
        _ => unreachable!("refused by validate"),
    };
    // positive wherever the optimum may be; in shares, so that no product of masses leaves the range of numbers
    let (total_a, total_b) = (total(rows.masses), total(columns.masses));
    let mut plan = match rows.marginal {
        Marginal::L2(_) => kernel.clone(),
        _ => Array2::from_shape_fn(dense.dim(), |(i, j)| {
            if dense[[i, j]].is_finite() { (rows.masses[i] / total_a) * (columns.masses[j] / total_b) } else { 0.0 }
        }),
    };
    let mass = Sum::of(plan.iter().copied());
    if mass > 0.0 {
        plan *= total_a.sqrt() * total_b.sqrt() / mass;
    }
    let isolated = isolated(cost);
    let (mut best, mut best_potentials) = (f64::NEG_INFINITY, (Vec::new(), Vec::new()));
    let (mut iterations, mut trace) = (0, Vec::new());
    let (primal, status) = loop {
        let arrived = sums(plan.view());
        if iterations % CHECK_EVERY == 0 || iterations >= iteration_limit {
            let linear = Sum::of(plan.iter().zip(&dense).map(|(p, c)| if *p > 0.0 { p * c } else { 0.0 }));
            let primal = linear + rows.penalty(&arrived.0) + columns.penalty(&arrived.1);
            let asking = |side: &Side<'_>, sums: &[f64]| -> Vec<f64> {
                side.masses
                    .iter()
                    .zip(sums)
                    .map(|(&a, &x)| match side.marginal {
                        Marginal::Kl(strength) if a > 0.0 => {
                            (-strength * (x.max(f64::MIN_POSITIVE) / a).ln()).min(side.marginal.saturated(a))
                        }
                        Marginal::L2(strength) => strength * (a - x),
                        _ => 0.0,
                    })
                    .collect()
            };
            let candidate = feasible(cost, &sides, &isolated, asking(&columns, &arrived.1));
            let dual = rows.dual(&candidate.0) + columns.dual(&candidate.1);
            if dual > best {
                (best, best_potentials) = (dual, candidate);
            }
            let gap = primal - best;
            trace.push((iterations, gap));
            let noise = 16.0 * f64::EPSILON * (rows.size() + columns.size());
            if gap <= tolerance * primal.abs() + noise {
                break (primal, Status::Converged);
            }
            if gap.is_nan() {
                break (primal, Status::Diverged);
            }
            if iterations >= iteration_limit {
                break (primal, Status::IterationLimit);
            }
            if let Some(status) = watch.check(iterations, || (primal, best)) {
                break (primal, status);
            }
        }
        iterations += 1;
        let (factors, weights) = (rows.step(&arrived.0, &columns), columns.step(&arrived.1, &rows));
        for ((mut line, kernel), factor) in plan.rows_mut().into_iter().zip(kernel.rows()).zip(&factors) {
            for ((p, k), weight) in line.iter_mut().zip(kernel).zip(&weights) {
                *p *= match rows.marginal {
                    Marginal::L2(_) => {
                        if factor + weight > 0.0 {
                            k / (factor + weight)
                        } else {
                            0.0
                        }
                    }
                    _ => factor * weight * k,
                };
            }
        }
    };
    let arcs = plan.indexed_iter().filter(|(_, p)| **p > 0.0).map(|((i, j), p)| (i, j, *p)).collect();
    let report = Report {
        method: "majorisation",
        status,
        iterations,
        primal,
        dual: best,
        residual: (primal - best).max(0.0),
        seconds: watch.started().elapsed().as_secs_f64(),
        trace,
    };
    let plan = Plan::sparse(cost.shape(), arcs);
    Ok(Solution { potentials: best_potentials, plan, report, regularised: None, root: 1.0.into() })
}
