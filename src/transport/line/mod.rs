//! Transport on the line, by sorting.
//!
//! For `c(x, y) = |x - y|^p`, `p >= 1`, the monotone plan is optimal: the lowest mass of one law goes to the lowest
//! mass of the other. In the sorted order the cost matrix has the Monge property. So the potentials that are tight on
//! every arc of that plan are feasible everywhere, and they prove it. For `p = 1` the cost is also the area between the
//! distribution functions, [`area`], and the [`witness`] is a function of slope at most one that attains it.
//!
//! Source: Villani, *Topics in Optimal Transportation* (2003), theorem 2.18; Peyré and Cuturi 2019, section 2.6
//! (arXiv:1803.00567).

pub mod circle;
mod farthest;
pub(in crate::transport) mod max_sliced;
mod ordered;
pub(in crate::transport) mod points;
pub(in crate::transport) mod projection;
mod quantile;
pub(in crate::transport) mod sliced;
pub(in crate::transport) mod sort;
mod staircase;
mod witness;

pub use farthest::infinity;
pub(crate) use ordered::{cost_of_ordered, order, potentials_of_ordered, sorted};
pub(crate) use projection::direction;
pub use quantile::Quantile;
pub use witness::{Witness, area, witness};

pub(in crate::transport) use staircase::{cost_of_pairs, cost_of_sorted, farthest, walk};

use crate::certificate::{Certified, bracket};
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::line::points::{check_points, check_range, weights};
use crate::transport::problem::certify::Given;
use crate::transport::problem::masses::{Masses, WholeMass};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::power::{Power, check_power, is_square};
use crate::transport::problem::solution::Solution;
use crate::transport::problem::units::{Units, in_range, mass_unit, times};
use crate::transport::problem::{self, LAWS_AGREE};
use std::time::Instant;

/// Optimal transport between weighted points on the line under `|x - y|^p`: the monotone plan and its potentials.
///
/// Weights that are not given are uniform; totals need not be one but must agree. O(n log n + m log m). [`distance`] is
/// quicker where the plan is not needed.
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
pub(in crate::transport) fn between_laws(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<Solution> {
    let mut b = b.to_vec();
    problem::balance(a, &mut b, LAWS_AGREE)?;
    solve(x, a, y, &b, p)
}

fn solve(x: &[f64], a: &[f64], y: &[f64], b: &[f64], p: f64) -> Result<Solution> {
    let start = Instant::now();
    let units = Units { cost: 0, mass: mass_unit(a) };
    let (a, b) = (&times(a, -units.mass)[..], &times(b, -units.mass)[..]);
    let masses = Masses::<i64>::of(a, b);
    let (solution, powers) = if masses.are_coarse(a, b) {
        monotone((x, a), (y, b), &Masses::<i128>::of(a, b), p, start)?
    } else {
        monotone((x, a), (y, b), &masses, p, start)?
    };
    let solution = units.bring_back(solution)?;
    let lengths = |i: usize, j: usize| x[i] - y[j];
    let proven = solution.report.dual.is_finite();
    in_range(solution.with_powers(powers.0, powers.1.map(|moved| (moved, &lengths as _))), proven)
}

/// The monotone plan with its proof, in a unit of length, and that unit. The unit is that of the moved lengths if their
/// powers are small beside others.
fn monotone<M: WholeMass>(
    (x, a): (&[f64], &[f64]),
    (y, b): (&[f64], &[f64]),
    masses: &Masses<M>,
    p: f64,
    start: Instant,
) -> Result<(Solution, (Power, Option<Power>))> {
    let (rows, columns) = (SortedLaw::weighted(x, &masses.a), SortedLaw::weighted(y, &masses.b));
    check_range(&rows.points, &columns.points, p)?;
    let largest = spread(&rows.points, &columns.points);
    let (from, to) = ((&rows.points[..], |r| rows.masses[r]), (&columns.points[..], |s| columns.masses[s]));
    let farthest = farthest(from, to);
    let mut power = Power::about(largest, p);
    let rounded = power.underflows(farthest);
    if rounded {
        power = Power::finest(largest, p);
    }
    let mut arcs = Vec::with_capacity(x.len() + y.len() - 1);
    let (mut u, mut v) = (vec![0.0; x.len()], vec![0.0; y.len()]);
    let visit = |stop: &staircase::Stop<M>| {
        let (i, j) = (rows.order[stop.row], columns.order[stop.column]);
        if stop.new_row {
            u[i] = stop.u;
        }
        if stop.new_column {
            v[j] = stop.v;
        }
        if stop.amount > M::ZERO {
            arcs.push((i, j, stop.amount.to_f64() * masses.unit));
        }
    };
    staircase::walk(from, to, |d| power.of(d), visit);
    let plan = Plan::sparse((x.len(), y.len()), arcs);
    let steps = x.len() + y.len() - 1;
    let cost = |i: usize, j: usize| mutate!(power.of(x[i] - y[j]), LineCost, |c| 1.1 * c);
    let mut solution = Given { a, b, cost, root: p.into() }.solution(plan, (u, v), "sort", steps, None, start);
    solution.add_lost(masses.lost(a, b) * power.of(largest), solution.cost());
    Ok((solution, (power, rounded.then(|| Power::of_moved(farthest, p)))))
}

/// The distance `W_p` between weighted points on the line, by sorting, without a plan. O(n log n + m log m).
///
/// `value` is the cost of the monotone plan and `dual` the value of feasible potentials, both as distances. For `p = 1`
/// the dual is the area between the distribution functions. Totals other than one are taken as they are, as by
/// [`wasserstein`].
///
/// Distances are right at any scale and for any power, also where the costs, their powers, would overflow or underflow:
/// they are taken in a unit of their own. For `p` infinite it is `W_inf`, the largest distance over which the plan
/// moves mass.
///
/// # Errors
/// As [`wasserstein`], but the powers may be of any size and `p` may be infinite.
///
/// ```
/// use fenchel::transport::line;
/// let w2 = line::distance(&[0.0, 1.0], None, &[3.0, 4.0], None, 2.0)?;
/// assert_eq!((w2.value, w2.dual), (3.0, 3.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn distance(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>, p: f64) -> Result<Certified> {
    if p != f64::INFINITY {
        check_power(p)?;
    }
    if a.is_none() && b.is_none() {
        check_points(x, "x")?;
        check_points(y, "y")?;
        let (each_x, each_y) = Masses::uniform(x.len(), y.len());
        let unit = (x.len() as f64 * each_x as f64).recip();
        let (x, y) = (sort::sorted(x), sort::sorted(y));
        return certified(true, (&x, |_| each_x), (&y, |_| each_y), (unit, 0.0), p);
    }
    let (a, b) = weights(x, a, y, b)?;
    let masses = Masses::<i64>::of(&a, &b);
    if masses.are_coarse(&a, &b) {
        between_weighted((x, &a), (y, &b), &Masses::<i128>::of(&a, &b), p)
    } else {
        between_weighted((x, &a), (y, &b), &masses, p)
    }
}

fn between_weighted<M: WholeMass>(
    (x, a): (&[f64], &[f64]),
    (y, b): (&[f64], &[f64]),
    masses: &Masses<M>,
    p: f64,
) -> Result<Certified> {
    let lost = masses.lost(a, b);
    let (mut x, mut y) = (SortedLaw::weighted(x, &masses.a), SortedLaw::weighted(y, &masses.b));
    check_range(&x.points, &y.points, 1.0)?;
    x.retain_mass();
    y.retain_mass();
    let (rows, columns) = ((&x.points[..], |r| x.masses[r]), (&y.points[..], |s| y.masses[s]));
    certified(false, rows, columns, (masses.unit, lost), p)
}

/// The distance between sorted points that all have mass, and its dual value. Where masses are `equal`, both sides have
/// as many points of one unit each. The `lost` mass is in no plan, and moving it costs at most the largest cost.
fn certified<M: WholeMass>(
    equal: bool,
    (x, a): (&[f64], impl Fn(usize) -> M + Copy),
    (y, b): (&[f64], impl Fn(usize) -> M + Copy),
    (unit, lost): (f64, f64),
    p: f64,
) -> Result<Certified> {
    check_range(x, y, 1.0)?;
    let largest = spread(x, y);
    let within = |power: Power, (value, dual, rounding): (f64, f64, f64)| {
        let open = if lost > 0.0 { lost * power.of(largest) } else { 0.0 };
        let (Ok((value, dual)) | Err((value, dual))) = bracket(value, dual, rounding);
        let (value, dual) = (power.root(unit * value + open), power.root((unit * dual - open).max(0.0)));
        Certified::within(value, dual, ROUNDING * value)
    };
    if p == f64::INFINITY {
        // every move counts here, however small its mass, so lost masses leave no lower bound
        let value = farthest((x, a), (y, b));
        let (value, dual) = if lost > 0.0 { (largest, 0.0) } else { (value, least_farthest((x, a), (y, b))) };
        return Ok(Certified::within(value, dual, 0.0));
    }
    if p <= 1.0 {
        let power = Power::about(largest, p);
        if power.unit > 1.0 {
            // sums in units of mass would overflow here
            let shrunk = |points: &[f64]| points.iter().map(|t| t / power.unit).collect::<Vec<f64>>();
            let found = certified(equal, (&shrunk(x), a), (&shrunk(y), b), (unit, lost), p)?;
            return Ok(Certified::within(found.value * power.unit, found.dual * power.unit, 0.0));
        }
        let pairs = x.len() == y.len() && equal;
        let value = if pairs { cost_of_pairs(x, y, f64::abs) } else { cost_of_sorted((x, a), (y, b), f64::abs) };
        let area = witness::area_of_sorted((x, a), (y, b));
        return Ok(within(power, (value, area, ROUNDING * value)));
    }
    // the two powers apart, so that the common one is a product and no call
    if is_square(p) && Power::about(largest, p).is_plain() {
        let found = within(Power::plain(p), primal_and_dual((x, a), (y, b), |d| d * d));
        if !Power::plain(p).underflows(found.value) && found.value > 0.0 {
            return Ok(found);
        }
    }
    let farthest = farthest((x, a), (y, b));
    if farthest == 0.0 {
        return Ok(within(Power::about(largest, p), (0.0, 0.0, 0.0)));
    }
    let power = Power::of_moved(farthest, p);
    Ok(within(power, primal_and_dual((x, a), (y, b), |d| power.of(d))))
}

/// The rounding error allowed between the two values, relative to the size of their terms.
const ROUNDING: f64 = 1e-13;

/// The cost of the monotone plan, the value of its potentials, and a bound on the rounding error of their difference,
/// in units of mass.
fn primal_and_dual<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M + Copy),
    (y, b): (&[f64], impl Fn(usize) -> M + Copy),
    cost: impl Fn(f64) -> f64,
) -> (f64, f64, f64) {
    let (mut primal, mut dual, mut largest) = (Sum::new(), Sum::new(), 0.0f64);
    let visit = |stop: &staircase::Stop<M>| {
        largest = largest.max(stop.u.abs()).max(stop.v.abs());
        primal.add(stop.amount.to_f64() * stop.cost);
        if stop.new_row {
            dual.add(a(stop.row).to_f64() * stop.u);
        }
        if stop.new_column {
            dual.add(b(stop.column).to_f64() * stop.v);
        }
    };
    staircase::walk((x, a), (y, b), cost, visit);
    let units = (0..x.len()).map(|r| a(r).to_f64()).sum::<f64>();
    (primal.value(), dual.value(), ROUNDING * (primal.value() + units * largest))
}

/// A distance that some mass has to move in every plan. Where one law has more mass up to a point than the other has
/// below another point, some of it goes to that point or beyond.
fn least_farthest<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M + Copy),
    (y, b): (&[f64], impl Fn(usize) -> M + Copy),
) -> f64 {
    one_way((x, a), (y, b)).max(one_way((y, b), (x, a)))
}

/// The same bound for moves upwards from the points of `x`, or zero.
fn one_way<M: WholeMass>((x, a): (&[f64], impl Fn(usize) -> M), (y, b): (&[f64], impl Fn(usize) -> M)) -> f64 {
    let (mut least, mut up_to_x) = (0.0f64, M::ZERO);
    let (mut s, mut up_to_y) = (0, b(0));
    for (r, x) in x.iter().enumerate() {
        up_to_x += a(r);
        while up_to_y < up_to_x {
            s += 1;
            up_to_y += b(s);
        }
        least = least.max(y[s] - x);
    }
    least
}

/// One law in ascending order.
pub(in crate::transport) struct SortedLaw<M = i64> {
    pub points: Vec<f64>,
    /// Units of mass.
    pub masses: Vec<M>,
    /// The original index of each point.
    pub order: Vec<usize>,
}

impl<M: WholeMass> SortedLaw<M> {
    pub(in crate::transport) fn weighted(points: &[f64], masses: &[M]) -> Self {
        let (points, order): (Vec<f64>, Vec<usize>) = sort::order(points).into_iter().unzip();
        Self { points, masses: order.iter().map(|&i| masses[i]).collect(), order }
    }

    /// Leaves points without mass out.
    fn retain_mass(&mut self) {
        if self.masses.contains(&M::ZERO) {
            let kept: Vec<usize> = (0..self.masses.len()).filter(|&k| self.masses[k] > M::ZERO).collect();
            self.points = kept.iter().map(|&k| self.points[k]).collect();
            self.order = kept.iter().map(|&k| self.order[k]).collect();
            self.masses = kept.iter().map(|&k| self.masses[k]).collect();
        }
    }

    /// Calls `visit` for each arc of the monotone plan, in the sorted order.
    pub(in crate::transport) fn for_each_arc_to(&self, other: &Self, visit: impl FnMut(usize, usize, M)) {
        let (rows, columns) = ((self.points.len(), |r| self.masses[r]), (other.points.len(), |s| other.masses[s]));
        staircase::for_each_arc(rows, columns, visit);
    }
}

/// The largest distance between points of the two laws, in ascending order.
fn spread(x: &[f64], y: &[f64]) -> f64 {
    (y[y.len() - 1] - x[0]).abs().max((x[x.len() - 1] - y[0]).abs())
}
