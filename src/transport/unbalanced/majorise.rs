//! Unbalanced transport without regularisation, by scaling the plan.
//!
//! A step multiplies the plan by a factor for each row, one for each column and, for KL, the kernel `exp(-c/(p + q))`. An
//! outlier's mass at the optimum may be `exp(-500)` and its factors beyond all numbers, so under KL the plan is kept in
//! logarithms.
//!
//! Source: Chapel, Flamary, Wu, Févotte, Gasso 2021 (arXiv:2106.04145).

use crate::certificate::{Report, Status, Unchecked};
use crate::error::Result;
use crate::numeric::{Sum, exp, logsumexp};
use crate::transport::problem::certify::ULPS;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::Watch;
use crate::transport::problem::marginal::{Marginal, Side, feasible, proven};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::rounding::sums;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::total;
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array2, ArrayView1, Axis};

/// Iterations of the majorisation between two computations of the gap, which takes as long as a few of them.
const CHECK_EVERY: usize = 10;

/// Scales the plan so that a separable upper bound of the objective, tight at the present plan, is least.
pub(in crate::transport) fn majorise(
    sides: [Side<'_>; 2],
    cost: &Cost,
    tolerance: f64,
    iteration_limit: usize,
    mut watch: Watch<'_>,
) -> Result<Solution> {
    let dense = cost.to_dense();
    let mut scaling = Scaling::of(&sides, &dense);
    let noise = 16.0 * f64::EPSILON * (sides[0].size() + sides[1].size());
    let mut best: Option<Proven> = None;
    let (mut iterations, mut trace) = (0, Vec::new());
    let (primal, size, status) = loop {
        let arrived = sums(scaling.plan.view());
        if iterations % CHECK_EVERY == 0 || iterations >= iteration_limit {
            let (primal, size) = scaling.objective(&sides, &dense, &arrived);
            let proven = Proven::by(&scaling, &sides, cost, &arrived.1);
            if best.as_ref().is_none_or(|best| proven.dual > best.dual) {
                best = Some(proven);
            }
            let bound = best.as_ref().map_or(f64::NEG_INFINITY, |best| best.dual);
            let gap = primal - bound;
            trace.push((iterations, gap));
            let status = if gap <= tolerance * primal.abs() + noise {
                Some(Status::Converged)
            } else if gap.is_nan() {
                Some(Status::Diverged)
            } else if iterations >= iteration_limit {
                Some(Status::IterationLimit)
            } else {
                watch.check(iterations, || (primal, bound))
            };
            if let Some(status) = status {
                break (primal, size, status);
            }
        }
        iterations += 1;
        scaling.step(&sides, &arrived);
    };
    let Proven { dual, rounding, potentials } = best.expect("the gap is computed before the first iteration");
    let arcs = scaling.plan.indexed_iter().filter(|(_, p)| **p > 0.0).map(|((i, j), p)| (i, j, *p)).collect();
    let report = Report::of(Unchecked {
        method: "majorisation",
        status,
        iterations,
        primal,
        dual,
        rounding: rounding + ULPS * size,
        residual: (primal - dual).max(0.0),
        seconds: watch.started().elapsed().as_secs_f64(),
        trace,
    });
    let plan = Plan::sparse(cost.shape(), arcs);
    Ok(Solution { potentials, plan, report, regularised: None, price: None, root: 1.0.into() })
}

/// The best potentials so far.
struct Proven {
    dual: f64,
    rounding: f64,
    potentials: (Vec<f64>, Vec<f64>),
}

impl Proven {
    /// Feasible potentials from what the columns ask for at the masses that arrive there.
    fn by(scaling: &Scaling, sides: &[Side<'_>; 2], cost: &Cost, arrived: &[f64]) -> Self {
        let potentials = feasible(cost, sides, &scaling.asking(&sides[1], arrived));
        let (dual, rounding) = proven(sides, (&potentials.0, &potentials.1));
        Self { dual, rounding, potentials }
    }
}

/// The plan under way.
struct Scaling {
    plan: Array2<f64>,
    kind: Kind,
}

enum Kind {
    /// Logarithms of the plan and of the kernel, `-inf` where there is nothing, and the two strengths.
    Kl { ln_plan: Array2<f64>, ln_kernel: Array2<f64>, strengths: [f64; 2] },
    /// The numerators `(p a_i + q b_j - c_ij)+`, and the two strengths.
    L2 { kernel: Array2<f64>, strengths: [f64; 2] },
}

/// Below this a sum has lost digits, or all of them.
const TINY: f64 = 1e-290;

impl Scaling {
    /// Positive wherever the optimum may be, and of the mass `sqrt(|a| |b|)`.
    fn of(sides: &[Side<'_>; 2], costs: &Array2<f64>) -> Self {
        let [rows, columns] = sides;
        let (total_a, total_b) = (total(rows.masses), total(columns.masses));
        match (rows.marginal, columns.marginal) {
            (Marginal::Kl(p), Marginal::Kl(q)) => {
                let ln_kernel = costs.mapv(|c| -c / (p + q));
                let share =
                    |masses: &[f64], total: f64| masses.iter().map(|w| w.ln() - total.ln()).collect::<Vec<f64>>();
                let (a, b) = (share(rows.masses, total_a), share(columns.masses, total_b));
                let mut ln_plan = Array2::from_shape_fn(costs.dim(), |(i, j)| {
                    if costs[[i, j]].is_finite() { a[i] + b[j] } else { f64::NEG_INFINITY }
                });
                let mass = logsumexp(ln_plan.as_slice().expect("standard layout"));
                if mass.is_finite() {
                    ln_plan += 0.5 * (total_a.ln() + total_b.ln()) - mass;
                }
                let mut plan = Array2::zeros(costs.dim());
                exponentials(ln_plan.as_slice().expect("standard"), plan.as_slice_mut().expect("standard"));
                Self { plan, kind: Kind::Kl { ln_plan, ln_kernel, strengths: [p, q] } }
            }
            (Marginal::L2(p), Marginal::L2(q)) => {
                let kernel = Array2::from_shape_fn(costs.dim(), |(i, j)| {
                    (p * rows.masses[i] + q * columns.masses[j] - costs[[i, j]]).max(0.0)
                });
                let mut plan = kernel.clone();
                let mass = Sum::of(plan.iter().copied());
                if mass > 0.0 {
                    plan *= total_a.sqrt() * total_b.sqrt() / mass;
                }
                Self { plan, kind: Kind::L2 { kernel, strengths: [p, q] } }
            }
            _ => unreachable!("refused by the solver"),
        }
    }

    /// Logarithms of the row sums (axis 0) or column sums (axis 1), also of those that are no numbers any more.
    fn ln_sums(&self, axis: usize, sums: &[f64]) -> Vec<f64> {
        let afresh = |k: usize| match &self.kind {
            Kind::Kl { ln_plan, .. } => ln_sum(ln_plan.index_axis(Axis(axis), k)),
            Kind::L2 { .. } => f64::NEG_INFINITY,
        };
        sums.iter().enumerate().map(|(k, &sum)| if sum > TINY { sum.ln() } else { afresh(k) }).collect()
    }

    /// The objective, and the size of its terms.
    fn objective(&self, sides: &[Side<'_>; 2], costs: &Array2<f64>, arrived: &(Vec<f64>, Vec<f64>)) -> (f64, f64) {
        let terms = || self.plan.iter().zip(costs).map(|(p, c)| if *p > 0.0 { p * c } else { 0.0 });
        let penalty = sides[0].penalty(&arrived.0) + sides[1].penalty(&arrived.1);
        (Sum::of(terms()) + penalty, terms().map(f64::abs).sum::<f64>() + penalty)
    }

    /// The potentials at which the columns ask for what arrives.
    fn asking(&self, columns: &Side<'_>, arrived: &[f64]) -> Vec<f64> {
        match columns.marginal {
            Marginal::Kl(strength) => {
                let of = |(&b, &ln_x): (&f64, &f64)| {
                    if b > 0.0 { (strength * (b.ln() - ln_x)).min(columns.marginal.saturated(b)) } else { 0.0 }
                };
                columns.masses.iter().zip(&self.ln_sums(1, arrived)).map(of).collect()
            }
            Marginal::L2(strength) => columns.masses.iter().zip(arrived).map(|(&b, &x)| strength * (b - x)).collect(),
            Marginal::Exact | Marginal::Tv(_) => unreachable!("refused by the solver"),
        }
    }

    fn step(&mut self, sides: &[Side<'_>; 2], arrived: &(Vec<f64>, Vec<f64>)) {
        let ln_sums = [self.ln_sums(0, &arrived.0), self.ln_sums(1, &arrived.1)];
        match &mut self.kind {
            Kind::Kl { ln_plan, ln_kernel, strengths: [p, q] } => {
                let (rows, columns) =
                    (sides[0].log_factors(&ln_sums[0], *p, *q), sides[1].log_factors(&ln_sums[1], *q, *p));
                for ((mut line, kernel), row) in ln_plan.rows_mut().into_iter().zip(ln_kernel.rows()).zip(&rows) {
                    for ((ln, kernel), column) in line.iter_mut().zip(kernel).zip(&columns) {
                        *ln += (row + column) + kernel;
                    }
                }
                let (from, to) = (ln_plan.as_slice(), self.plan.as_slice_mut());
                exponentials(from.expect("standard layout"), to.expect("standard layout"));
            }
            Kind::L2 { kernel, strengths: [p, q] } => {
                for ((mut line, kernel), row) in self.plan.rows_mut().into_iter().zip(kernel.rows()).zip(&arrived.0) {
                    for ((mass, kernel), column) in line.iter_mut().zip(kernel).zip(&arrived.1) {
                        let moved = *p * row + *q * column;
                        *mass *= if moved > 0.0 { kernel / moved } else { 0.0 };
                    }
                }
            }
        }
    }
}

fn ln_sum(terms: ArrayView1<'_, f64>) -> f64 {
    logsumexp(&terms.to_vec())
}

#[multiversion(targets = "simd")]
fn exponentials(logs: &[f64], out: &mut [f64]) {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    for (out, ln) in out.iter_mut().zip(logs) {
        *out = exp::<FMA>(*ln);
    }
}
