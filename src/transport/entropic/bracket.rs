//! From entropic potentials to what they prove about the unregularised cost, in one pass over the costs.
//!
//! The cost of the [rounded](Rounded) plan is an upper bound. The c-transform of the potentials is feasible, so its dual value
//! is a lower bound, once it is lowered by what rounding may have added ([`excess`]) and by what the mass that rounding leaves
//! unmoved is worth.
//!
//! Potentials that have drifted by a common constant have lost its digits. They are centred and transformed again where
//! that shows, so that what is left of them is as exact as the costs.

use crate::numeric::Sum;
use crate::transport::entropic::rounded::Rounded;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::sweep::{Swept, column_error, parts};
use crate::transport::problem::certify::{ULPS, dual_value, excess};
use crate::transport::problem::plan::Entropic;
use crate::transport::problem::{Problem, total};
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;

/// What a sweep in double precision proves.
pub(in crate::transport) struct Bracket {
    /// The rounded plan and its cost.
    pub plan: Entropic,
    pub primal: f64,
    /// What rounding adds to the cost.
    pub added: f64,
    /// Feasible potentials and the lower bound that they prove.
    pub potentials: (Vec<f64>, Vec<f64>),
    pub dual: f64,
    /// What rounding may have done to the difference of the two bounds.
    pub rounding: f64,
    /// Cost of the entropic plan.
    pub linear: f64,
    /// An upper bound of the entropic objective at the rounded plan.
    pub regularised: f64,
    /// Whether the sweep had lost its digits, so that the plan is the product of the marginals.
    pub is_lost: bool,
    /// The L1 error of the columns of the sweep that the plan is made of.
    pub residual: f64,
    /// The L1 error of the marginals of the rounded plan, where it is more than rounding.
    pub unmoved: f64,
}

/// The bracket of the plan of `swept`, a sweep with these column potentials `g` and `heights`. O(n m), O(n + m) memory.
pub(in crate::transport) fn bracket(
    rows: &CostRows<'_, f64>,
    problem: &Problem,
    eps: f64,
    g: &[f64],
    heights: Vec<f64>,
    swept: &Swept,
) -> Bracket {
    let again;
    let (swept, rounded) = match Rounded::of(rows, problem, eps, &heights, swept) {
        Some(rounded) => (swept, rounded),
        // the potentials have moved since, by less than their rounding
        None => match swept_again(rows, problem, eps, &heights, swept) {
            Some((swept, rounded)) => {
                again = swept;
                (&again, rounded)
            }
            None => return of_the_product(rows, problem, eps, g, heights, swept),
        },
    };
    let primal = rounded.primal();
    let unmoved = rounded.unmoved(problem.a(), problem.b());
    let proven = prove(rows, problem, g, &unmoved, primal);
    // what does not leave its row arrives in no column
    let missed = unmoved.each_ref().map(|side| 2.0 * side.iter().map(|mass| mass.abs()).sum::<f64>());
    let missed = missed[0].max(missed[1]);
    let regularised = primal + eps * rounded.divergence(rows, problem, eps, &heights, swept);
    let Rounded { right, r, s, linear, added, moved, .. } = rounded;
    let (f, left) = (swept.shift.clone(), swept.left.clone());
    Bracket {
        plan: Entropic { cost: problem.shared_cost(), eps, f, g: heights, left, right, r, s },
        primal,
        added,
        potentials: proven.potentials,
        dual: proven.dual,
        rounding: ULPS * moved + proven.excess,
        linear,
        regularised,
        is_lost: false,
        residual: column_error(problem.b(), &swept.columns),
        unmoved: if missed > MISSED * total(problem.a()) { missed } else { 0.0 },
    }
}

/// Another sweep and its rounded plan, if that one keeps its digits.
fn swept_again(
    rows: &CostRows<'_, f64>,
    problem: &Problem,
    eps: f64,
    heights: &[f64],
    swept: &Swept,
) -> Option<(Swept, Rounded)> {
    let again = rows.sweep(eps, problem.a(), heights, &swept.shift).ok()?;
    let rounded = Rounded::of(rows, problem, eps, heights, &again)?;
    Some((again, rounded))
}

/// The bracket of the product of the marginals, which is a plan whatever the potentials are; no sweep is better than none.
fn of_the_product(
    rows: &CostRows<'_, f64>,
    problem: &Problem,
    eps: f64,
    g: &[f64],
    heights: Vec<f64>,
    swept: &Swept,
) -> Bracket {
    let nothing = Swept {
        shift: swept.shift.clone(),
        left: vec![0.0; swept.left.len()],
        f: swept.f.clone(),
        soft: swept.soft.clone(),
        columns: vec![0.0; g.len()],
    };
    let product = bracket(rows, problem, eps, g, heights, &nothing);
    Bracket { linear: product.primal, is_lost: true, ..product }
}

/// Part of the mass that a plan may miss by the rounding of its sums.
const MISSED: f64 = 1e-12;

/// Feasible potentials, what they prove, and what was taken off for rounding.
struct Proven {
    potentials: (Vec<f64>, Vec<f64>),
    dual: f64,
    excess: f64,
}

/// The part of the gap that what is taken off the dual value may be before more digits are looked for.
const NOTICED: f64 = 1e-2;
/// The least part of the cost that is worth looking for.
const NEGLIGIBLE: f64 = 1e-13;

/// Feasible potentials from those of the columns, by the c-transform; again from their own columns, centred, where their
/// rounding shows. O(n m).
fn prove(rows: &CostRows<'_, f64>, problem: &Problem, g: &[f64], unmoved: &[Vec<f64>; 2], primal: f64) -> Proven {
    let (a, b) = (problem.a(), problem.b());
    let mut start = g.to_vec();
    let mut best: Option<Proven> = None;
    for _ in 0..TRANSFORMS {
        let mean = mean(b, &start);
        let centred = b.iter().zip(&start).map(|(b, v)| if *b > 0.0 { v - mean } else { f64::NEG_INFINITY }).collect();
        let (u, v) = transformed(rows, centred);
        let value = dual_value(a, b, &u, &v);
        let worth = |missing: &[f64], p: &[f64]| missing.iter().zip(p).map(|(m, p)| (m * p).abs()).sum::<f64>();
        let noticed = (NOTICED * (primal - value)).max(NEGLIGIBLE * primal.abs());
        let excess =
            excess(problem.cost(), (a, b), (&u, &v), noticed) + worth(&unmoved[0], &u) + worth(&unmoved[1], &v);
        let proven = Proven { dual: value - excess, excess, potentials: (u, v) };
        let enough = excess <= noticed;
        start.clone_from(&proven.potentials.1);
        if best.as_ref().is_none_or(|best| best.dual.is_nan() || best.dual < proven.dual) {
            best = Some(proven);
        } else {
            break;
        }
        if enough {
            break;
        }
    }
    best.expect("at least one transform")
}

/// Transforms at most.
const TRANSFORMS: usize = 3;

/// The mean of potentials under the masses.
pub(in crate::transport) fn mean(w: &[f64], p: &[f64]) -> f64 {
    let pairs = || w.iter().zip(p).filter(|(w, _)| **w > 0.0);
    Sum::of(pairs().map(|(w, p)| w * p)) / Sum::of(pairs().map(|(w, _)| *w))
}

/// The c-transform of potentials of the columns, and the c-transform of that. Columns at `-inf` do not bind; theirs follow
/// from the rows.
fn transformed(rows: &CostRows<'_, f64>, v: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
    let part = |range: Range<usize>| {
        let (mut u, mut lowest) = (Vec::with_capacity(range.len()), vec![f64::INFINITY; v.len()]);
        rows.for_each(range, |_, costs| {
            let least = least(costs, &v);
            let least = if least.is_finite() { least } else { 0.0 };
            lower(&mut lowest, costs, least);
            u.push(least);
        });
        (u, lowest)
    };
    let parts: Vec<_> = parts(rows.shape().0).into_par_iter().map(part).collect();
    let least = |j: usize| parts.iter().map(|(_, lowest)| lowest[j]).fold(f64::INFINITY, f64::min);
    let v = (0..v.len()).map(least).map(|v| if v.is_finite() { v } else { 0.0 }).collect();
    (parts.iter().flat_map(|(u, _)| u.iter().copied()).collect(), v)
}

/// `min c_j - v_j`.
#[allow(clippy::needless_range_loop)] // lanes of several arrays, in step
#[multiversion(targets = "simd")]
fn least(costs: &[f64], v: &[f64]) -> f64 {
    const LANES: usize = 16;
    let mut least = [f64::INFINITY; LANES];
    let (costs, costs_rest) = costs.as_chunks::<LANES>();
    let (v, v_rest) = v.as_chunks::<LANES>();
    for (c, v) in costs.iter().zip(v) {
        for k in 0..LANES {
            let slack = c[k] - v[k];
            least[k] = if slack < least[k] { slack } else { least[k] };
        }
    }
    let rest = costs_rest.iter().zip(v_rest).map(|(c, v)| c - v);
    rest.chain(least).fold(f64::INFINITY, f64::min)
}

/// `lowest_j = min(lowest_j, c_j - u)`.
#[multiversion(targets = "simd")]
fn lower(lowest: &mut [f64], costs: &[f64], u: f64) {
    for (lowest, c) in lowest.iter_mut().zip(costs) {
        let slack = c - u;
        *lowest = if slack < *lowest { slack } else { *lowest };
    }
}
