//! The plan of a sweep rounded to exact marginals (Altschuler, Weed, Rigollet 2017, arXiv:1705.09634).
//!
//! Its rows are exact already, columns that are too heavy are scaled down, and what is then missing is added as a rank-one term.
//!
//! The divergence of the rounded plan `P' + Q` from the product `R` of its marginals is bounded by the log-sum
//! inequality: with `q` the part of the mass that `Q` has, `KL(P' + Q | R) <= KL(P' | (1-q) R) + KL(Q | q R)`, and both
//! are sums over rows and columns alone, since `ln P'` is linear in potentials and costs and `Q` is a product.

use crate::numeric::Sum;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::{Swept, parts};
use crate::transport::problem::plan::NOTHING;
use crate::transport::problem::{Problem, total};
use multiversion::multiversion;
use rayon::prelude::*;
use std::ops::Range;

/// Part of the mass that the sums themselves may miss, and up to which what is missing is left out rather than put on a
/// forbidden arc.
const ROUNDING: f64 = 1e-15;
const LEFT_OUT: f64 = 1e-13;
/// Part of the cost and of `eps` that rounding may add to the divergence before it is summed arc by arc.
const NOTICED: f64 = 1e-12;
/// Part of the mass by which row sums and column sums differ where the exponents of the sweep have lost their digits: costs that are
/// known to many times `eps`.
const LOST: f64 = 1e-11;

/// A plan with exact marginals, `P'` and the rank-one term `Q = r sᵀ`, and sums over it.
pub(super) struct Rounded {
    /// The factors of the columns, and the mass that `P'` has in each row and in each column.
    pub right: Vec<f64>,
    kept: Vec<f64>,
    taken: Vec<f64>,
    pub r: Vec<f64>,
    pub s: Vec<f64>,
    /// The mass of `Q`.
    missing: f64,
    /// Costs: of the plan of the sweep, of `P'`, and of `Q`.
    pub linear: f64,
    kept_cost: f64,
    pub added: f64,
    /// The size of the terms of the cost.
    pub moved: f64,
}

impl Rounded {
    /// The rounded plan of a sweep with these `heights`, in one pass over the costs; nothing if the sweep had lost its digits.
    pub(super) fn of(
        rows: &CostRows<'_, f64>,
        problem: &Problem,
        eps: f64,
        heights: &[f64],
        swept: &Swept,
    ) -> Option<Self> {
        let rounded = Self::by_factors(rows, problem, eps, heights, swept);
        // where no row sends anything the plan is the product of the marginals, and there is nothing to fall back on
        let is_product = swept.left.iter().all(|left| *left <= 0.0);
        (is_product || rounded.lost(&swept.columns) <= LOST * total(problem.a())).then_some(rounded)
    }

    /// The mass that the columns are said to have and have not, and that the rows have and the columns have not.
    fn lost(&self, said: &[f64]) -> f64 {
        let of_columns =
            said.iter().zip(&self.right).zip(&self.taken).map(|((c, right), taken)| (c * right - taken).abs());
        let totals = Sum::of(self.kept.iter().copied()) - Sum::of(self.taken.iter().copied());
        Sum::of(of_columns).max(totals.abs())
    }

    fn by_factors(rows: &CostRows<'_, f64>, problem: &Problem, eps: f64, heights: &[f64], swept: &Swept) -> Self {
        let (a, b) = (problem.a(), problem.b());
        let total = total(a);
        let right: Vec<f64> = b.iter().zip(&swept.columns).map(|(b, c)| factor(*b, *c)).collect();
        let mut s: Vec<f64> =
            (b.iter().zip(&swept.columns).zip(&right)).map(|((b, c), right)| (b - c * right).max(0.0)).collect();
        let mut missing = Sum::of(s.iter().copied());
        if missing <= ROUNDING * total {
            (missing, s) = (0.0, vec![0.0; b.len()]);
        }
        let (along, columns) = along_rows(rows, eps, heights, swept, (&right, &s));
        let taken: Vec<f64> = columns.iter().zip(&right).map(|(c, right)| c * right).collect();
        let found = || along.iter().zip(&swept.left);
        let kept: Vec<f64> = found().map(|(row, left)| left * row.kept).collect();
        let part_of = |w: f64| if missing > 0.0 { w / missing } else { 0.0 };
        let mut r: Vec<f64> = a.iter().zip(&kept).map(|(a, kept)| part_of((a - kept).max(0.0))).collect();
        let mut added = Sum::of(along.iter().zip(&r).map(|(row, r)| row.added(*r)));
        if added == f64::INFINITY && missing <= LEFT_OUT * total {
            (added, missing) = (0.0, 0.0);
            r.fill(0.0);
            s.fill(0.0);
        }
        let linear = Sum::of(found().map(|(row, left)| left * row.cost));
        let kept_cost = Sum::of(found().map(|(row, left)| left * row.kept_cost));
        let moved = Sum::of(found().zip(&r).map(|((row, left), r)| left * row.kept_size + r * row.added_size));
        Self { right, kept, taken, r, s, missing, linear, kept_cost, added, moved }
    }

    /// The cost of the rounded plan.
    pub(super) fn primal(&self) -> f64 {
        self.kept_cost + self.added
    }

    /// Of each point, by how much the plan misses its mass, which is rounding.
    pub(super) fn unmoved(&self, a: &[f64], b: &[f64]) -> [Vec<f64>; 2] {
        let by_row = a.iter().zip(&self.kept).zip(&self.r).map(|((a, kept), r)| a - kept - r * self.missing);
        let part_added = Sum::of(self.r.iter().copied());
        let by_column = b.iter().zip(&self.taken).zip(&self.s).map(|((b, taken), s)| b - taken - s * part_added);
        [by_row.collect(), by_column.collect()]
    }

    /// An upper bound of the divergence from the product of the marginals. O(n + m), and O(n m) where the potentials are so large beside
    /// `eps` that sums over them have lost the digits.
    pub(super) fn divergence(
        &self,
        rows: &CostRows<'_, f64>,
        problem: &Problem,
        eps: f64,
        heights: &[f64],
        swept: &Swept,
    ) -> f64 {
        let (a, b) = (problem.a(), problem.b());
        let total = total(a);
        // KL(P' | R): mass times ln(left right total / (a b)) + (F + G - c)/eps
        let term = |mass: f64, factor: f64, height: f64, w: f64| {
            if mass > 0.0 { mass * ((factor / w).ln() + height / eps) } else { 0.0 }
        };
        let by_row = self.kept.iter().zip(&swept.left).zip(&swept.shift).zip(a);
        let by_row = by_row.map(|(((k, l), h), a)| term(*k, *l, *h, *a));
        let by_column = self.taken.iter().zip(&self.right).zip(heights).zip(b);
        let by_column = by_column.map(|(((k, r), h), b)| term(*k, *r, *h, *b));
        let terms: Vec<f64> = by_row.chain(by_column).collect();
        let size: f64 = terms.iter().map(|term| term.abs()).sum();
        if f64::EPSILON * eps * size > NOTICED * (self.moved + eps * total) {
            return self.divergence_of_arcs(rows, (a, b), eps, heights, swept);
        }
        let (mass, missing) = (Sum::of(self.taken.iter().copied()), self.missing);
        let mut divergence = Sum::of(terms) + mass * total.ln() - self.kept_cost / eps;
        if missing > 0.0 {
            // the parts, and KL(Q | R) of Q = r sᵀ
            divergence += if mass > 0.0 { -mass * (mass / total).ln() } else { 0.0 } - missing * (missing / total).ln();
            let product = |w: &[f64], of: &[f64], other: f64| {
                Sum::of(w.iter().zip(of).map(|(w, of)| if *w > 0.0 { w * other * (w / of).ln() } else { 0.0 }))
            };
            let part_added = Sum::of(self.r.iter().copied());
            divergence += product(&self.r, a, missing) + product(&self.s, b, part_added) + missing * total.ln();
        }
        divergence
    }

    /// `sum P ln(P/R)` arc by arc, from the masses alone.
    fn divergence_of_arcs(
        &self,
        rows: &CostRows<'_, f64>,
        (a, b): (&[f64], &[f64]),
        eps: f64,
        heights: &[f64],
        swept: &Swept,
    ) -> f64 {
        let ln_b: Vec<f64> = b.iter().map(|b| (b / total(a)).ln()).collect();
        let mut e = vec![0.0; heights.len()];
        let mut sum = Sum::default();
        rows.for_each(0..a.len(), |i, costs| {
            f64::exponentials(costs, heights, swept.shift[i], eps.recip(), &mut e);
            for (j, e) in e.iter().enumerate() {
                let kept =
                    if *e > NOTHING && costs[j] < f64::INFINITY { swept.left[i] * e * self.right[j] } else { 0.0 };
                let mass = kept + self.r[i] * self.s[j];
                if mass > 0.0 {
                    sum.add(mass * (mass.ln() - a[i].ln() - ln_b[j]));
                }
            }
        });
        sum.value()
    }
}

/// What a column of mass `b` that gets `c` is scaled by.
fn factor(b: f64, c: f64) -> f64 {
    if b <= 0.0 {
        0.0
    } else if c > b {
        b / c
    } else {
        1.0
    }
}

/// The sums along all rows, and the column sums before the factors of the columns.
fn along_rows(
    rows: &CostRows<'_, f64>,
    eps: f64,
    heights: &[f64],
    swept: &Swept,
    (right, s): (&[f64], &[f64]),
) -> (Vec<Moments>, Vec<f64>) {
    let part = |range: Range<usize>| {
        let (mut e, mut columns) = (vec![0.0; heights.len()], vec![0.0; heights.len()]);
        let mut found = Vec::with_capacity(range.len());
        rows.for_each(range, |i, costs| {
            f64::exponentials(costs, heights, swept.shift[i], eps.recip(), &mut e);
            f64::add_scaled(&mut columns, &e, swept.left[i]);
            found.push(moments(costs, &e, right, s));
        });
        (found, columns)
    };
    let parts: Vec<_> = parts(rows.shape().0).into_par_iter().map(part).collect();
    let columns = added_up(parts.iter().map(|(_, columns)| &columns[..]), heights.len());
    (parts.into_iter().flat_map(|(found, _)| found).collect(), columns)
}

fn added_up<'a>(parts: impl Iterator<Item = &'a [f64]>, count: usize) -> Vec<f64> {
    let mut sums = vec![0.0; count];
    parts.for_each(|part| sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
    sums
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

impl Moments {
    /// The cost of the rank-one term in a row with the factor `r`.
    fn added(&self, r: f64) -> f64 {
        if r <= 0.0 {
            0.0
        } else if self.blocked {
            f64::INFINITY
        } else {
            r * self.added_cost
        }
    }
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
