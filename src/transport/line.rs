//! Transport on the line, by sorting.
//!
//! For `c(x, y) = |x - y|^p`, `p >= 1`, the monotone plan is optimal: the lowest mass of one law goes to the lowest mass
//! of the other. In the sorted order the cost matrix has the Monge property, so the potentials that make every arc of
//! that staircase tight are feasible everywhere, and they prove it. For `p = 1` the cost is also the area between the
//! distribution functions, [`area`], and the [`witness`] is a function of slope at most one that attains it.
//!
//! Source: Villani, *Topics in Optimal Transportation* (2003), theorem 2.18; Peyré and Cuturi 2019, section 2.6
//! (arXiv:1803.00567).

use super::certify::Given;
use super::masses::Masses;
use super::plan::Plan;
use super::problem::{self, LAWS_AGREE};
use super::solution::Solution;
use crate::error::{Error, Index, Result};
use crate::measure::MASS_TOLERANCE;
use crate::numeric::Sum;
use std::time::Instant;

/// Optimal transport between weighted points on the line under `|x - y|^p`. Weights that are not given are uniform;
/// totals need not be one but must agree. O(n log n + m log m).
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
    if !(p >= 1.0 && p.is_finite()) {
        return Err(Error::OutOfDomain {
            what: "p".to_owned(),
            value: p,
            expected: "a finite power of at least 1".to_owned(),
        });
    }
    let cost = |i: usize, j: usize| power(x[i] - y[j], p);
    let (rows, columns) = (sorted(x), sorted(y));
    let ends = |order: &[usize]| (order[0], order[order.len() - 1]);
    let ((x_low, x_high), (y_low, y_high)) = (ends(&rows), ends(&columns));
    let largest = cost(x_low, y_high).max(cost(x_high, y_low));
    if !largest.is_finite() {
        return Err(Error::OutOfDomain {
            what: "largest cost between the points".to_owned(),
            value: largest,
            expected: "a finite number; rescale the points".to_owned(),
        });
    }
    let stairs = Staircase::of(&rows, &columns, &Masses::of(a, b), cost);
    let plan = Plan::sparse((x.len(), y.len()), stairs.arcs);
    let steps = x.len() + y.len() - 1;
    Ok(Given { a, b, cost, root: p }.solution(plan, (stairs.u, stairs.v), "sort", steps, None, start))
}

/// The monotone plan and the potentials that are tight along it.
struct Staircase {
    arcs: Vec<(usize, usize, f64)>,
    u: Vec<f64>,
    v: Vec<f64>,
}

impl Staircase {
    /// Walks from the lowest pair to the highest, along one side at a time. Where both sides are used up at once, the
    /// next potential is free between two bounds, and taking the one nearest to zero keeps potentials as small as the
    /// costs in use: of two clouds that nearly coincide the dual value is then as exact as the cost.
    fn of(rows: &[usize], columns: &[usize], masses: &Masses, cost: impl Fn(usize, usize) -> f64) -> Self {
        let (mut arcs, mut u, mut v) = (Vec::new(), vec![0.0; rows.len()], vec![0.0; columns.len()]);
        let (mut r, mut s) = (0, 0);
        let (mut supply, mut demand) = (masses.a[rows[0]], masses.b[columns[0]]);
        // the potential of the present row; summed with compensation, because n terms go into it
        let mut height = Sum::new();
        loop {
            let (i, j) = (rows[r], columns[s]);
            let c = cost(i, j);
            u[i] = height.value();
            v[j] = c - u[i];
            let amount = supply.min(demand);
            supply -= amount;
            demand -= amount;
            if amount > 0 {
                arcs.push((i, j, amount as f64 * masses.unit));
            }
            let (row, column) = (rows.get(r + 1).copied(), columns.get(s + 1).copied());
            match (row, column) {
                (None, None) => return Self { arcs, u, v },
                (Some(row), Some(column)) if supply == 0 && demand == 0 => {
                    let (mut high, mut low) = (height, height);
                    high.add(cost(row, j));
                    high.add(-c);
                    low.add(cost(row, column));
                    low.add(-cost(i, column));
                    height = if low.value() > 0.0 {
                        low
                    } else if high.value() < 0.0 {
                        high
                    } else {
                        Sum::new()
                    };
                    (r, s) = (r + 1, s + 1);
                    (supply, demand) = (masses.a[row], masses.b[column]);
                }
                (_, Some(column)) if supply > 0 || row.is_none() => {
                    s += 1;
                    demand = masses.b[column];
                }
                (Some(row), _) => {
                    height.add(cost(row, j));
                    height.add(-c);
                    r += 1;
                    supply = masses.a[row];
                }
                (None, Some(_)) => unreachable!("without a further row the column advances"),
            }
        }
    }
}

/// The area between the distribution functions, `∫ |F_p(t) - F_q(t)| dt`: W1 along a route that shares nothing with
/// [`wasserstein`] but the sort.
///
/// # Errors
/// As [`wasserstein`].
pub fn area(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<f64> {
    let (a, b) = weights(x, a, y, b)?;
    let steps = Steps::of(x, &a, y, &b);
    Ok(Sum::of(steps.intervals().map(|(width, excess)| width * (excess.abs() as f64 * steps.unit))))
}

/// A Kantorovich potential on the line: piecewise linear, slope -1, 0 or 1, constant outside its knots.
///
/// It satisfies `E_p h - E_q h = W1(p, q)` and is what an optimal critic of a Wasserstein GAN would be.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    knots: Vec<f64>,
    values: Vec<f64>,
}

impl Witness {
    /// Where the slope may change, ascending.
    #[must_use]
    pub fn knots(&self) -> &[f64] {
        &self.knots
    }

    /// The values at the knots.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The value at `t`.
    #[must_use]
    pub fn at(&self, t: f64) -> f64 {
        let right = self.knots.partition_point(|&knot| knot <= t);
        if right == 0 {
            return self.values[0];
        }
        let left = right - 1;
        if right == self.knots.len() {
            return self.values[left];
        }
        let slope = (self.values[right] - self.values[left]) / (self.knots[right] - self.knots[left]);
        self.values[left] + slope * (t - self.knots[left])
    }
}

/// The function `h` with `h' = sign(F_q - F_p)`, zero at its first knot, where the laws `p` of `x` and `q` of `y`
/// have distribution functions `F_p` and `F_q`.
///
/// # Errors
/// As [`wasserstein`].
///
/// ```
/// use fenchel::transport::line;
/// let h = line::witness(&[0.0], None, &[3.0], None)?;
/// assert_eq!(h.at(0.0) - h.at(3.0), 3.0); // E_p h - E_q h = W1
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn witness(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<Witness> {
    let (a, b) = weights(x, a, y, b)?;
    let steps = Steps::of(x, &a, y, &b);
    let mut values = vec![0.0];
    let mut height = Sum::new();
    for (width, excess) in steps.intervals() {
        height.add(-(excess.signum() as f64) * width);
        values.push(height.value());
    }
    Ok(Witness { knots: steps.knots, values })
}

/// The difference of two distribution functions: `excess[k]` units between `knots[k]` and `knots[k + 1]`.
struct Steps {
    knots: Vec<f64>,
    excess: Vec<i64>,
    unit: f64,
}

impl Steps {
    fn of(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> Self {
        let masses = Masses::of(a, b);
        let jumps = x.iter().zip(&masses.a).map(|(&x, &w)| (x, w));
        let mut jumps: Vec<(f64, i64)> = jumps.chain(y.iter().zip(&masses.b).map(|(&y, &w)| (y, -w))).collect();
        jumps.sort_by(|left, right| left.0.total_cmp(&right.0));
        let mut steps = Self { knots: Vec::new(), excess: Vec::new(), unit: masses.unit };
        let mut excess = 0;
        for (t, jump) in jumps {
            excess += jump;
            if steps.knots.last().is_some_and(|&last| last >= t) {
                *steps.excess.last_mut().expect("as many as knots") = excess;
            } else {
                steps.knots.push(t);
                steps.excess.push(excess);
            }
        }
        steps
    }

    fn intervals(&self) -> impl Iterator<Item = (f64, i64)> {
        self.knots.windows(2).zip(&self.excess).map(|(ends, &excess)| (ends[1] - ends[0], excess))
    }
}

/// `sum over the monotone plan of mass |x - y|^p` and nothing else, for those who need very many of them.
pub(super) fn cost_of_sorted(
    (x, rows): (&[f64], &[usize]),
    (y, columns): (&[f64], &[usize]),
    masses: &Masses,
    p: f64,
) -> f64 {
    let mut total = 0.0;
    let (mut r, mut s) = (0, 0);
    let (mut supply, mut demand) = (masses.a[rows[0]], masses.b[columns[0]]);
    loop {
        let amount = supply.min(demand);
        total += amount as f64 * power(x[rows[r]] - y[columns[s]], p);
        supply -= amount;
        demand -= amount;
        if supply == 0 {
            r += 1;
            let Some(&row) = rows.get(r) else { return total * masses.unit };
            supply = masses.a[row];
        } else {
            s += 1;
            let Some(&column) = columns.get(s) else { return total * masses.unit };
            demand = masses.b[column];
        }
    }
}

/// The indices that sort `x`; ties in the order given.
pub(super) fn sorted(x: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..x.len()).collect();
    order.sort_by(|&i, &j| x[i].total_cmp(&x[j]));
    order
}

pub(super) fn power(difference: f64, p: f64) -> f64 {
    if p <= 1.0 {
        difference.abs()
    } else if (p - 2.0).abs() < f64::EPSILON {
        difference * difference
    } else {
        difference.abs().powf(p)
    }
}

fn weights(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<(Vec<f64>, Vec<f64>)> {
    for (points, what) in [(x, "x"), (y, "y")] {
        if points.is_empty() {
            return Err(Error::TooFew { what: what.to_owned(), unit: "points", needed: 1, found: 0 });
        }
        if let Some((i, &value)) = points.iter().enumerate().find(|(_, t)| !t.is_finite()) {
            return Err(Error::NotFinite { what: what.to_owned(), at: Index::Entry(i), value });
        }
    }
    let total = a.or(b).map_or(1.0, problem::total);
    let a = problem::masses(a, x.len(), total, "x", "points")?;
    let mut b = problem::masses(b, y.len(), total, "y", "points")?;
    problem::balance(&a, &mut b, MASS_TOLERANCE)?;
    Ok((a, b))
}
