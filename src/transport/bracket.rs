//! From entropic potentials to what they prove about the unregularised cost, in one pass over the costs.
//!
//! The plan is rounded to exact marginals (Altschuler, Weed, Rigollet 2017, arXiv:1705.09634): its rows are exact
//! already, columns that are too heavy are scaled down, and what is then missing is added as a rank-one term. Its cost
//! is an upper bound. The c-transform of the potentials is feasible, so its dual value is a lower bound.
//!
//! The divergence of the rounded plan `P' + Q` from the product `R` of its marginals is bounded by the log-sum
//! inequality: with `q` the part of the mass that `Q` has, `KL(P' + Q | R) <= KL(P' | (1-q) R) + KL(Q | q R)`, and both
//! are sums over rows and columns alone, since `ln P'` is linear in potentials and costs and `Q` is a product.

use super::certify::dual_value;
use super::plan::Entropic;
use super::problem::{self, Problem};
use super::rows::Rows;
use super::sweep::{Float, Swept, parts};
use crate::numeric::Sum;
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;

/// What a sweep in double precision proves.
pub(super) struct Bracket {
    /// The rounded plan and its cost.
    pub plan: Entropic,
    pub primal: f64,
    /// What rounding adds to the cost.
    pub added: f64,
    /// Feasible potentials and their dual value.
    pub potentials: (Vec<f64>, Vec<f64>),
    pub dual: f64,
    /// Cost of the entropic plan.
    pub linear: f64,
    /// An upper bound of the entropic objective at the rounded plan.
    pub regularised: f64,
}

/// Part of the mass that the sums themselves may miss, and up to which what is missing is left out rather than put on a
/// forbidden arc.
const ROUNDING: f64 = 1e-15;
const LEFT_OUT: f64 = 1e-13;

/// The bracket of the plan of `swept`, a sweep with these column potentials `g` and `heights`. O(n m), O(n + m) memory.
pub(super) fn bracket(
    rows: &Rows<'_, f64>,
    problem: &Problem,
    eps: f64,
    g: &[f64],
    heights: Vec<f64>,
    swept: &Swept,
) -> Bracket {
    let (a, b) = (problem.a(), problem.b());
    let columns = b.iter().zip(&swept.columns);
    let right: Vec<f64> = columns
        .map(|(b, c)| {
            if *b <= 0.0 {
                0.0
            } else if c > b {
                b / c
            } else {
                1.0
            }
        })
        .collect();
    let taken: Vec<f64> = swept.columns.iter().zip(&right).map(|(c, right)| c * right).collect();
    let mut s: Vec<f64> = b.iter().zip(&taken).map(|(b, c)| (b - c).max(0.0)).collect();
    let mut missing = Sum::of(s.iter().copied());
    let total = problem::total(a);
    if missing <= ROUNDING * total {
        (missing, s) = (0.0, vec![0.0; b.len()]);
    }
    // columns without mass must not bind: their potentials follow from the rows
    let v: Vec<f64> = b.iter().zip(g).map(|(b, g)| if *b > 0.0 { *g } else { f64::NEG_INFINITY }).collect();

    let part = |range: Range<usize>| {
        let mut e = vec![0.0; g.len()];
        let mut lowest = vec![f64::INFINITY; g.len()];
        let mut found = Vec::with_capacity(range.len());
        rows.for_each(range, |i, costs| {
            f64::exponentials(costs, &heights, swept.shift[i], eps.recip(), &mut e);
            let row = moments(costs, &e, &right, &s, &v);
            let u = if row.least.is_finite() { row.least } else { 0.0 };
            lower(&mut lowest, costs, u);
            found.push((u, row));
        });
        (found, lowest)
    };
    let parts: Vec<_> = parts(a.len()).into_par_iter().map(part).collect();
    let found = || parts.iter().flat_map(|(found, _)| found.iter()).zip(&swept.left);

    let kept: Vec<f64> = found().map(|((_, row), left)| left * row.kept).collect();
    let part_of = |missing: f64, w: f64| if missing > 0.0 { w / missing } else { 0.0 };
    let mut r: Vec<f64> = a.iter().zip(&kept).map(|(a, kept)| part_of(missing, (a - kept).max(0.0))).collect();
    let linear = Sum::of(found().map(|((_, row), left)| left * row.cost));
    let kept_cost = Sum::of(found().map(|((_, row), left)| left * row.kept_cost));
    let added = found().zip(&r).map(|(((_, row), _), r)| {
        if *r <= 0.0 {
            0.0
        } else if row.blocked {
            f64::INFINITY
        } else {
            r * row.added_cost
        }
    });
    let mut added = Sum::of(added);
    if added == f64::INFINITY && missing <= LEFT_OUT * total {
        (added, missing) = (0.0, 0.0);
        r.fill(0.0);
        s.fill(0.0);
    }
    let primal = kept_cost + added;

    let u: Vec<f64> = found().map(|((u, _), _)| *u).collect();
    let least = |j: usize| parts.iter().map(|(_, lowest)| lowest[j]).fold(f64::INFINITY, f64::min);
    let v: Vec<f64> = (0..g.len()).map(least).map(|v| if v.is_finite() { v } else { 0.0 }).collect();
    let dual = dual_value(a, b, &u, &v);

    // KL(P' | R): mass times ln(left right total / (a b)) + (F + G - c)/eps
    let term = |mass: f64, factor: f64, height: f64, w: f64| {
        if mass > 0.0 { mass * ((factor / w).ln() + height / eps) } else { 0.0 }
    };
    let by_row = kept.iter().zip(&swept.left).zip(&swept.shift).zip(a).map(|(((k, l), h), a)| term(*k, *l, *h, *a));
    let by_column = taken.iter().zip(&right).zip(&heights).zip(b).map(|(((k, r), h), b)| term(*k, *r, *h, *b));
    let mass = Sum::of(taken.iter().copied());
    let mut divergence = Sum::of(by_row.chain(by_column)) + mass * total.ln() - kept_cost / eps;
    if missing > 0.0 {
        // the parts, and KL(Q | R) of Q = r sᵀ
        divergence += -mass * (mass / total).ln() - missing * (missing / total).ln();
        let product = |w: &[f64], of: &[f64], other: f64| {
            Sum::of(w.iter().zip(of).map(|(w, of)| if *w > 0.0 { w * other * (w / of).ln() } else { 0.0 }))
        };
        divergence += product(&r, a, missing) + product(&s, b, Sum::of(r.iter().copied())) + missing * total.ln();
    }

    let plan = Entropic {
        cost: problem.shared_cost(),
        eps,
        f: swept.shift.clone(),
        g: heights,
        left: swept.left.clone(),
        right,
        r,
        s,
    };
    Bracket { plan, primal, added, potentials: (u, v), dual, linear, regularised: primal + eps * divergence }
}

/// Sums along a row with entries `e`; forbidden arcs carry nothing.
struct Moments {
    /// `sum e_j c_j`
    cost: f64,
    /// `sum e_j right_j` and `sum e_j right_j c_j`
    kept: f64,
    kept_cost: f64,
    /// `sum s_j c_j`, and whether an arc with `s_j > 0` is forbidden.
    added_cost: f64,
    blocked: bool,
    /// `min c_j - v_j`
    least: f64,
}

#[multiversion(targets = "simd")]
fn moments(costs: &[f64], e: &[f64], right: &[f64], s: &[f64], v: &[f64]) -> Moments {
    const LANES: usize = 16;
    let m = costs.len();
    let (e, right, s, v) = (&e[..m], &right[..m], &s[..m], &v[..m]);
    let mut sums = [[0.0; LANES]; 4];
    let mut blocked = [0.0; LANES];
    let mut least = [f64::INFINITY; LANES];
    let mut one = |lane: usize, j: usize| {
        let open = costs[j] < f64::INFINITY;
        let c = if open { costs[j] } else { 0.0 };
        let kept = if open { e[j] * right[j] } else { 0.0 };
        sums[0][lane] += e[j] * c;
        sums[1][lane] += kept;
        sums[2][lane] += kept * c;
        sums[3][lane] += s[j] * c;
        blocked[lane] += if open { 0.0 } else { s[j] };
        let slack = costs[j] - v[j];
        least[lane] = if slack < least[lane] { slack } else { least[lane] };
    };
    for first in (0..m / LANES * LANES).step_by(LANES) {
        for lane in 0..LANES {
            one(lane, first + lane);
        }
    }
    for j in m / LANES * LANES..m {
        one(0, j);
    }
    let sum = |k: usize| sums[k].iter().sum();
    Moments {
        cost: sum(0),
        kept: sum(1),
        kept_cost: sum(2),
        added_cost: sum(3),
        blocked: blocked.iter().any(|s| *s > 0.0),
        least: least.into_iter().fold(f64::INFINITY, f64::min),
    }
}

/// `lowest_j = min(lowest_j, c_j - u)`.
#[multiversion(targets = "simd")]
fn lower(lowest: &mut [f64], costs: &[f64], u: f64) {
    for (lowest, c) in lowest.iter_mut().zip(costs) {
        let slack = c - u;
        *lowest = if slack < *lowest { slack } else { *lowest };
    }
}
