//! Transport on the line, by sorting.
//!
//! For `c(x, y) = |x - y|^p`, `p >= 1`, the monotone plan is optimal: the lowest mass of one law goes to the lowest mass
//! of the other. In the sorted order the cost matrix has the Monge property, so the potentials that make every arc of
//! that staircase tight are feasible everywhere, and they prove it. For `p = 1` the cost is also the area between the
//! distribution functions, [`area`], and the [`witness`] is a function of slope at most one that attains it.
//!
//! Source: Villani, *Topics in Optimal Transportation* (2003), theorem 2.18; Peyré and Cuturi 2019, section 2.6
//! (arXiv:1803.00567).

mod quantile;
mod staircase;
mod witness;

pub use quantile::Quantile;
pub use witness::{Witness, area, witness};

pub(super) use staircase::{cost_of_pairs, cost_of_sorted};

use super::certify::Given;
use super::masses::Masses;
use super::plan::Plan;
use super::problem::{self, LAWS_AGREE};
use super::solution::{Solution, root_of};
use super::sort;
use crate::certificate::Certified;
use crate::error::{Error, Index, Result};
use crate::measure::MASS_TOLERANCE;
use crate::numeric::Sum;
use std::time::Instant;

/// Optimal transport between weighted points on the line under `|x - y|^p`: the monotone plan and its potentials. Weights that
/// are not given are uniform; totals need not be one but must agree. O(n log n + m log m).
///
/// [`distance`] is quicker where the plan is of no interest.
///
/// # Errors
/// No points; points, weights or costs that are not finite; negative weights; totals that differ by more than 1e-9
/// (relative); `p < 1` or not finite.
///
/// ```
/// use fenchel::transport::line;
/// // the board: piles of earth (4, 3, 2, 1)/10 into holes (3, 2, 3, 2)/10
/// let bins = [0.0, 1.0, 2.0, 3.0];
/// let (p, q) = ([0.4, 0.3, 0.2, 0.1], [0.3, 0.2, 0.3, 0.2]);
/// let solution = line::wasserstein(&bins, Some(&p), &bins, Some(&q), 1.0)?;
/// assert!((solution.distance() - 0.4).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn wasserstein(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>, p: f64) -> Result<Solution> {
    check_power(p)?;
    let (a, b) = weights(x, a, y, b)?;
    solve(x, &a, y, &b, p)
}

/// As [`wasserstein`], for the weights of two laws.
pub(super) fn between_laws(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<Solution> {
    let mut b = b.to_vec();
    problem::balance(a, &mut b, LAWS_AGREE)?;
    solve(x, a, y, &b, p)
}

fn solve(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<Solution> {
    let start = Instant::now();
    let masses = Masses::of(a, b);
    let (rows, columns) = (Side::weighted(x, &masses.a), Side::weighted(y, &masses.b));
    check_range(&rows.points, &columns.points, p)?;
    let mut arcs = Vec::with_capacity(x.len() + y.len() - 1);
    let (mut u, mut v) = (vec![0.0; x.len()], vec![0.0; y.len()]);
    let visit = |stop: &staircase::Stop| {
        let (i, j) = (rows.order[stop.row], columns.order[stop.column]);
        if stop.new_row {
            u[i] = stop.u;
        }
        if stop.new_column {
            v[j] = stop.v;
        }
        if stop.amount > 0 {
            arcs.push((i, j, stop.amount as f64 * masses.unit));
        }
    };
    staircase::walk(
        (&rows.points, |r| rows.masses[r]),
        (&columns.points, |s| columns.masses[s]),
        |d| power(d, p),
        visit,
    );
    let plan = Plan::sparse((x.len(), y.len()), arcs);
    let steps = x.len() + y.len() - 1;
    let cost = |i: usize, j: usize| power(x[i] - y[j], p);
    Ok(Given { a, b, cost, root: p }.solution(plan, (u, v), "sort", steps, None, start))
}

/// The distance `W_p` between weighted points on the line, by sorting, without a plan. O(n log n + m log m).
///
/// `value` is the cost of the monotone plan and `dual` the value of feasible potentials (for `p = 1` the area between the
/// distribution functions), both as distances. Totals other than one are taken as they are, as by [`wasserstein`].
///
/// # Errors
/// As [`wasserstein`].
///
/// ```
/// use fenchel::transport::line;
/// let w2 = line::distance(&[0.0, 1.0], None, &[3.0, 4.0], None, 2.0)?;
/// assert_eq!((w2.value, w2.dual), (3.0, 3.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn distance(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>, p: f64) -> Result<Certified> {
    check_power(p)?;
    let cost = if a.is_none() && b.is_none() {
        check_points(x, "x")?;
        check_points(y, "y")?;
        let (each_x, each_y) = Masses::uniform(x.len(), y.len());
        let unit = (x.len() as f64 * each_x as f64).recip();
        let (x, y) = (sort::sorted(x), sort::sorted(y));
        certified(true, (&x, |_| each_x), (&y, |_| each_y), unit, p)?
    } else {
        let (a, b) = weights(x, a, y, b)?;
        let masses = Masses::of(&a, &b);
        let (x, y) = (Side::weighted(x, &masses.a), Side::weighted(y, &masses.b));
        certified(false, (&x.points, |r| x.masses[r]), (&y.points, |s| y.masses[s]), masses.unit, p)?
    };
    let (value, dual) = (root_of(cost.value, p), root_of(cost.dual, p));
    Ok(Certified::within(value, dual, ROUNDING * value))
}

/// The cost between sorted points, and its dual value; where masses are `equal`, as many points are pairs of one unit.
fn certified(
    equal: bool,
    (x, a): (&[f64], impl Fn(usize) -> i64 + Copy),
    (y, b): (&[f64], impl Fn(usize) -> i64 + Copy),
    unit: f64,
    p: f64,
) -> Result<Certified> {
    check_range(x, y, p)?;
    if p <= 1.0 {
        let pairs = x.len() == y.len() && equal;
        let value = if pairs { cost_of_pairs(x, y, f64::abs) } else { cost_of_sorted((x, a), (y, b), f64::abs) };
        return in_range(value, witness::area_of_sorted((x, a), (y, b)), ROUNDING * value, unit);
    }
    let (mut primal, mut dual, mut largest) = (Sum::new(), Sum::new(), 0.0f64);
    let visit = |stop: &staircase::Stop| {
        largest = largest.max(stop.u.abs()).max(stop.v.abs());
        primal.add(stop.amount as f64 * stop.cost);
        if stop.new_row {
            dual.add(a(stop.row) as f64 * stop.u);
        }
        if stop.new_column {
            dual.add(b(stop.column) as f64 * stop.v);
        }
    };
    // the two powers apart, so that the common one is a product and no call
    if is_square(p) {
        staircase::walk((x, a), (y, b), |d| d * d, visit);
    } else {
        staircase::walk((x, a), (y, b), |d| power(d, p), visit);
    }
    let units = (0..x.len()).map(|r| a(r) as f64).sum::<f64>();
    in_range(primal.value(), dual.value(), ROUNDING * (primal.value() + units * largest), unit)
}

/// What rounding may do to the difference of the two values, in proportion to the size of their terms.
const ROUNDING: f64 = 1e-13;

/// Sums in units of mass, which may overflow where no cost does.
fn in_range(value: f64, dual: f64, rounding: f64, unit: f64) -> Result<Certified> {
    if value.is_finite() && dual.is_finite() {
        return Ok(Certified::within(unit * value, unit * dual, unit * rounding));
    }
    Err(Error::OutOfDomain {
        what: "sum of the costs between the points".to_owned(),
        value,
        expected: "a finite number; rescale the points".to_owned(),
    })
}

/// One law in ascending order.
pub(super) struct Side {
    pub points: Vec<f64>,
    /// Units of mass.
    pub masses: Vec<i64>,
    /// Where each point stood.
    pub order: Vec<usize>,
}

impl Side {
    pub(super) fn weighted(points: &[f64], masses: &[i64]) -> Self {
        let (points, order): (Vec<f64>, Vec<usize>) = sort::order(points).into_iter().unzip();
        Self { points, masses: order.iter().map(|&i| masses[i]).collect(), order }
    }

    /// Calls `visit` for each arc of the monotone plan, in the sorted order.
    pub(super) fn for_each_arc_to(&self, other: &Self, visit: impl FnMut(usize, usize, i64)) {
        let (rows, columns) = ((self.points.len(), |r| self.masses[r]), (other.points.len(), |s| other.masses[s]));
        staircase::for_each_arc(rows, columns, visit);
    }
}

/// `|difference|^p`.
pub(super) fn power(difference: f64, p: f64) -> f64 {
    if p <= 1.0 {
        difference.abs()
    } else if is_square(p) {
        difference * difference
    } else {
        difference.abs().powf(p)
    }
}

fn is_square(p: f64) -> bool {
    (p - 2.0).abs() < f64::EPSILON
}

pub(super) fn check_power(p: f64) -> Result<()> {
    if p >= 1.0 && p.is_finite() {
        return Ok(());
    }
    let expected = "a finite power of at least 1".to_owned();
    Err(Error::OutOfDomain { what: "p".to_owned(), value: p, expected })
}

/// No cost between these points, in ascending order, may overflow.
fn check_range(x: &[f64], y: &[f64], p: f64) -> Result<()> {
    let largest = power(x[0] - y[y.len() - 1], p).max(power(x[x.len() - 1] - y[0], p));
    if largest.is_finite() {
        return Ok(());
    }
    Err(Error::OutOfDomain {
        what: "largest cost between the points".to_owned(),
        value: largest,
        expected: "a finite number; rescale the points".to_owned(),
    })
}

fn check_points(points: &[f64], what: &str) -> Result<()> {
    if points.is_empty() {
        return Err(Error::TooFew { what: what.to_owned(), unit: "points", needed: 1, found: 0 });
    }
    match points.iter().enumerate().find(|(_, t)| !t.is_finite()) {
        Some((i, &value)) => Err(Error::NotFinite { what: what.to_owned(), at: Index::Entry(i), value }),
        None => Ok(()),
    }
}

/// The weights of both sides, checked and balanced.
pub(super) fn weights(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<(Vec<f64>, Vec<f64>)> {
    check_points(x, "x")?;
    check_points(y, "y")?;
    let total = a.or(b).map_or(1.0, problem::total);
    let a = problem::masses(a, x.len(), total, "x", "points")?;
    let mut b = problem::masses(b, y.len(), total, "y", "points")?;
    problem::balance(&a, &mut b, MASS_TOLERANCE)?;
    Ok((a, b))
}
