//! From entropic potentials to what they prove about the unregularised cost, in one pass over the costs.
//!
//! The plan is rounded to exact marginals (Altschuler, Weed, Rigollet 2017, arXiv:1705.09634): its rows are exact
//! already, columns that are too heavy are scaled down, and what is then missing is added as a rank-one term. Its cost
//! is an upper bound. The c-transform of the potentials is feasible, so its dual value is a lower bound, once it is lowered
//! by what rounding may have added ([`excess`]) and by what the mass that rounding leaves unmoved is worth.
//!
//! Potentials that have drifted by a common constant have lost its digits. They are centred and transformed again where
//! that shows, so that what is left of them is as exact as the costs.
//!
//! The divergence of the rounded plan `P' + Q` from the product `R` of its marginals is bounded by the log-sum
//! inequality: with `q` the part of the mass that `Q` has, `KL(P' + Q | R) <= KL(P' | (1-q) R) + KL(Q | q R)`, and both
//! are sums over rows and columns alone, since `ln P'` is linear in potentials and costs and `Q` is a product.

use crate::numeric::Sum;
use crate::transport::entropic::rows::Rows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::{Swept, parts};
use crate::transport::problem::certify::{ULPS, dual_value, excess};
use crate::transport::problem::plan::{Entropic, NOTHING};
use crate::transport::problem::{self, Problem};
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
}

/// Part of the mass that the sums themselves may miss, and up to which what is missing is left out rather than put on a
/// forbidden arc.
const ROUNDING: f64 = 1e-15;
const LEFT_OUT: f64 = 1e-13;
/// Part of the mass by which the row sums and the column sums of a plan differ where the exponents of the sweep have lost their
/// digits: costs that are known to many times `eps`.
const LOST: f64 = 1e-6;

/// The bracket of the plan of `swept`, a sweep with these column potentials `g` and `heights`. O(n m), O(n + m) memory.
pub(in crate::transport) fn bracket(
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
    let part = |range: Range<usize>| {
        let mut e = vec![0.0; g.len()];
        let mut found = Vec::with_capacity(range.len());
        rows.for_each(range, |i, costs| {
            f64::exponentials(costs, &heights, swept.shift[i], eps.recip(), &mut e);
            found.push(moments(costs, &e, &right, &s));
        });
        found
    };
    let parts: Vec<_> = parts(a.len()).into_par_iter().map(part).collect();
    let found = || parts.iter().flatten().zip(&swept.left);

    let kept: Vec<f64> = found().map(|(row, left)| left * row.kept).collect();
    if (Sum::of(kept.iter().copied()) - Sum::of(taken.iter().copied())).abs() > LOST * total {
        // the product of the marginals is a plan whatever the potentials are; no sweep is better than none
        let nothing = Swept {
            shift: swept.shift.clone(),
            left: vec![0.0; a.len()],
            f: swept.f.clone(),
            soft: swept.soft.clone(),
            columns: vec![0.0; b.len()],
        };
        let product = bracket(rows, problem, eps, g, heights, &nothing);
        return Bracket { linear: product.primal, is_lost: true, ..product };
    }
    let part_of = |missing: f64, w: f64| if missing > 0.0 { w / missing } else { 0.0 };
    let mut r: Vec<f64> = a.iter().zip(&kept).map(|(a, kept)| part_of(missing, (a - kept).max(0.0))).collect();
    let linear = Sum::of(found().map(|(row, left)| left * row.cost));
    let kept_cost = Sum::of(found().map(|(row, left)| left * row.kept_cost));
    let added = found().zip(&r).map(|((row, _), r)| {
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

    let moved = Sum::of(found().zip(&r).map(|((row, left), r)| left * row.kept_size + r * row.added_size));
    // of each point, by how much the plan misses its mass, which is rounding
    let by_row = a.iter().zip(&kept).zip(&r).map(|((a, kept), r)| a - kept - r * missing);
    let part_added = Sum::of(r.iter().copied());
    let by_column = b.iter().zip(&taken).zip(&s).map(|((b, taken), s)| b - taken - s * part_added);
    let unmoved = (by_row.collect::<Vec<f64>>(), by_column.collect::<Vec<f64>>());
    let proven = prove(rows, problem, g, &unmoved, primal);

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
        divergence += if mass > 0.0 { -mass * (mass / total).ln() } else { 0.0 } - missing * (missing / total).ln();
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
    Bracket {
        plan,
        primal,
        added,
        potentials: proven.potentials,
        dual: proven.dual,
        rounding: ULPS * moved + proven.excess,
        linear,
        regularised: primal + eps * divergence,
        is_lost: false,
    }
}

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
fn prove(rows: &Rows<'_, f64>, problem: &Problem, g: &[f64], unmoved: &(Vec<f64>, Vec<f64>), primal: f64) -> Proven {
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
        let excess = excess(problem.cost(), (a, b), (&u, &v), noticed) + worth(&unmoved.0, &u) + worth(&unmoved.1, &v);
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
fn transformed(rows: &Rows<'_, f64>, v: Vec<f64>) -> (Vec<f64>, Vec<f64>) {
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

/// Sums along a row with entries `e`; forbidden arcs carry nothing.
struct Moments {
    /// `sum e_j c_j`
    cost: f64,
    /// `sum e_j right_j`, `sum e_j right_j c_j` and `sum e_j right_j |c_j|`
    kept: f64,
    kept_cost: f64,
    kept_size: f64,
    /// `sum s_j c_j`, `sum s_j |c_j|`, and whether an arc with `s_j > 0` is forbidden.
    added_cost: f64,
    added_size: f64,
    blocked: bool,
}

#[multiversion(targets = "simd")]
fn moments(costs: &[f64], e: &[f64], right: &[f64], s: &[f64]) -> Moments {
    const LANES: usize = 16;
    let m = costs.len();
    let (e, right, s) = (&e[..m], &right[..m], &s[..m]);
    let mut sums = [[0.0; LANES]; 6];
    let mut blocked = [0.0; LANES];
    let mut one = |lane: usize, j: usize| {
        let open = costs[j] < f64::INFINITY;
        let c = if open { costs[j] } else { 0.0 };
        let e = if e[j] > NOTHING { e[j] } else { 0.0 };
        let kept = if open { e * right[j] } else { 0.0 };
        sums[0][lane] += e * c;
        sums[1][lane] += kept;
        sums[2][lane] += kept * c;
        sums[3][lane] += kept * c.abs();
        sums[4][lane] += s[j] * c;
        sums[5][lane] += s[j] * c.abs();
        blocked[lane] += if open { 0.0 } else { s[j] };
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
        kept_size: sum(3),
        added_cost: sum(4),
        added_size: sum(5),
        blocked: blocked.iter().any(|s| *s > 0.0),
    }
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
