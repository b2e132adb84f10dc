//! Transport on the circle, by sorting and one convex search.
//!
//! Cut open and repeated along the line, a law on a circle of circumference `L` has a distribution function with
//! `F(t + L) = F(t) + 1`. For `c = d(x, y)^p`, `p >= 1`, with `d` the distance along the circle, the optimum is
//!
//! ```text
//! W_p^p = min over α of ∫ |F_p⁻¹(u) - F_q⁻¹(u + α)|^p du
//! ```
//!
//! which is convex in the shift `α` and piecewise linear, with kinks where the two staircases have a step at the same
//! level. With masses in whole units every kink is at a whole number, so bisection on the sign of the slope finds the
//! minimum itself. (For `p = 1` it is the median of `F_p - F_q` along the circle.) The slopes on the two sides of the
//! kink have opposite signs. Each belongs to a pair of potentials that differ from themselves by that slope after one
//! turn. The weighted mean of the two pairs that closes up exactly proves the optimum.
//!
//! Source: Delon, Salomon, Sobolevski 2010 (doi:10.1137/090772708); Rabin, Delon, Gousseau 2011 (doi:10.1007/s10851-011-0284-0).

use crate::error::{Error, Result};
use crate::numeric::{Sum, first_float};
use crate::transport::line::{SortedLaw, weights};
use crate::transport::problem::certify::Given;
use crate::transport::problem::masses::{self, Masses, WholeMass};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::power::{Power, check_power, power};
use crate::transport::problem::solution::Solution;
use crate::transport::problem::units::{Units, in_range, mass_unit, times};
use std::time::Instant;

/// Optimal transport between weighted points on a circle under the p-th power of the distance along it.
///
/// Points that differ by a multiple of the `circumference` are the same (`1.0` for fractions of a turn, `TAU` for
/// angles). Weights that are not given are uniform; totals need not be one but must agree. O((n + m) log(n + m)), with
/// up to 60 passes for weights of many digits.
///
/// # Errors
/// As [`line::wasserstein`](crate::transport::line::wasserstein); a circumference that is not positive with a finite power.
///
/// ```
/// use fenchel::transport::circle;
/// // from ten past to ten to, around the top of the clock
/// let solution = circle::wasserstein(&[10.0], None, &[50.0], None, 60.0, 1.0)?;
/// assert_eq!(solution.distance(), 20.0);
/// assert_eq!(solution.report.gap(), 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn wasserstein(
    x: &[f64],
    a: Option<&[f64]>,
    y: &[f64],
    b: Option<&[f64]>,
    circumference: f64,
    p: f64,
) -> Result<Solution> {
    let start = Instant::now();
    check_power(p)?;
    let (a, b) = weights(x, a, y, b)?;
    let largest = power(circumference, p);
    if !(circumference > 0.0 && largest.is_finite()) {
        return Err(Error::out_of_domain("circumference", circumference, "positive, with a p-th power that is finite"));
    }
    // centred at zero without rounding, so that numbers near zero keep their digits on both sides of it
    let wrap = |points: &[f64]| points.iter().map(|t| libm::remainder(*t, circumference)).collect::<Vec<_>>();
    let (x, y) = (wrap(x), wrap(y));
    let units = Units { cost: 0, mass: mass_unit(&a) };
    let (a, b) = (times(&a, -units.mass), times(&b, -units.mass));
    let masses = Masses::<i64>::of(&a, &b);
    let (solution, power, moved) = if masses.are_coarse(&a, &b) {
        around((&x, &a), (&y, &b), &Masses::<i128>::of(&a, &b), circumference, p, start)
    } else {
        around((&x, &a), (&y, &b), &masses, circumference, p, start)
    };
    let solution = units.bring_back(solution)?;
    let lengths = |i: usize, j: usize| way(x[i], y[j], circumference);
    let proven = solution.report.dual.is_finite();
    in_range(solution.with_powers(power, moved.map(|moved| (moved, &lengths as _))), proven)
}

/// The optimum with its proof, in a unit of length, and that unit. The unit is that of the moved lengths if their
/// powers are small beside those of the circle.
fn around<M: WholeMass>(
    (x, a): (&[f64], &[f64]),
    (y, b): (&[f64], &[f64]),
    masses: &Masses<M>,
    circumference: f64,
    p: f64,
    start: Instant,
) -> (Solution, Power, Option<Power>) {
    let mut cover = Cover {
        rows: Turns::of(x, &masses.a),
        columns: Turns::of(y, &masses.b),
        total: masses::sum(&masses.a),
        circumference,
        power: Power::about(circumference, p),
    };
    let (shift, passes) = cover.best_shift();
    let (mut arcs, mut farthest) = (Vec::new(), 0.0f64);
    cover.for_each_arc(shift, |i, j, amount| {
        arcs.push((i, j, amount.to_f64() * masses.unit));
        farthest = farthest.max(way(x[i], y[j], circumference));
    });
    let plan = Plan::sparse((x.len(), y.len()), arcs);
    let moved = cover.power.underflows(farthest).then(|| Power::of_moved(farthest, p));
    if moved.is_some() {
        cover.power = Power::finest(circumference, p);
    }
    let power = cover.power;
    let cost = |i: usize, j: usize| power.of(way(x[i], y[j], circumference));
    let potentials = cover.potentials(shift);
    let mut solution =
        Given { a, b, cost, root: p.into() }.solution(plan, potentials, "circular sort", passes, None, start);
    solution.add_lost(masses.lost(a, b) * power.of(0.5 * circumference), solution.cost());
    (solution, power, moved)
}

/// The distance along the circle.
fn way(x: f64, y: f64, circumference: f64) -> f64 {
    [-1, 0, 1].map(|turns| apart(x, y, turns, circumference).abs()).into_iter().fold(f64::INFINITY, f64::min)
}

/// `x - (y + turns L)`, computed by moving either of the two, so that points near each other keep their digits.
fn apart(x: f64, y: f64, turns: i64, circumference: f64) -> f64 {
    let way = turns.unsigned_abs() as f64 * circumference;
    if turns < 0 { (x + way) - y } else { x - (y + way) }
}

/// A law on the circle: its points in `[-L/2, L/2]` ascending, and the cumulated units of mass up to and including
/// each.
struct Turns<M> {
    side: SortedLaw<M>,
    ends: Vec<M>,
}

impl<M: WholeMass> Turns<M> {
    fn of(points: &[f64], masses: &[M]) -> Self {
        let side = SortedLaw::weighted(points, masses);
        let sums = side.masses.iter().scan(M::ZERO, |sum, &mass| {
            *sum += mass;
            Some(*sum)
        });
        Self { ends: sums.collect(), side }
    }

    fn len(&self) -> usize {
        self.ends.len()
    }
}

/// A place in the repeated order: the point `index` of turn `turn`.
#[derive(Clone, Copy)]
struct At {
    turn: i64,
    index: usize,
}

/// Both laws repeated along the line; the columns are shifted down by a number of units.
struct Cover<M> {
    rows: Turns<M>,
    columns: Turns<M>,
    /// Units of a whole turn.
    total: M,
    circumference: f64,
    power: Power,
}

/// Which side goes first where both have a step at the same level.
#[derive(Clone, Copy, PartialEq)]
enum First {
    Columns,
    Rows,
}

impl<M: WholeMass> Cover<M> {
    fn cost(&self, row: At, column: At) -> f64 {
        let (x, y) = (self.rows.side.points[row.index], self.columns.side.points[column.index]);
        self.power.of(apart(x, y, column.turn - row.turn, self.circumference))
    }

    fn end(&self, law: &Turns<M>, at: At) -> M {
        law.ends[at.index] + M::from_i64(at.turn) * self.total
    }

    fn next(law: &Turns<M>, at: At) -> At {
        if at.index + 1 < law.len() { At { index: at.index + 1, ..at } } else { At { turn: at.turn + 1, index: 0 } }
    }

    /// The first place whose end is above `level`, or at it where that counts.
    fn first(&self, law: &Turns<M>, level: M, at_level_counts: bool) -> At {
        // in the turn (0, total] when ends at the level count, else in [0, total)
        let turn = if at_level_counts { level - M::ONE } else { level }.div_euclid(self.total);
        let level = level - turn * self.total;
        let index = law.ends.partition_point(|&end| if at_level_counts { end < level } else { end <= level });
        At { turn: turn.to_f64() as i64, index }
    }

    /// For each column of one turn, in order, the row in which it ends.
    fn rows_of_column_ends(&self, shift: M, first: First) -> impl Iterator<Item = (At, At)> {
        // columns first: the row is still the one below the step
        let at_level_counts = first == First::Columns;
        let columns = &self.columns;
        let mut row = self.first(&self.rows, columns.ends[0] - shift, at_level_counts);
        (0..columns.len()).map(move |index| {
            let level = columns.ends[index] - shift;
            while self.end(&self.rows, row) < level || (!at_level_counts && self.end(&self.rows, row) == level) {
                row = Self::next(&self.rows, row);
            }
            (row, At { turn: 0, index })
        })
    }

    /// The slope of the cost in the shift: to the right with columns first, to the left with rows first.
    fn slope(&self, shift: M, first: First) -> f64 {
        let mut slope = Sum::new();
        for (row, column) in self.rows_of_column_ends(shift, first) {
            slope.add(self.cost(row, Self::next(&self.columns, column)));
            slope.add(-self.cost(row, column));
        }
        slope.value()
    }

    /// The least shift from which the cost no longer falls, and the number of passes to find it.
    fn best_shift(&self) -> (M, usize) {
        // A turn up or down every column lies beyond all rows of its level, so the cost grows outwards. The least shift
        // may be there.
        let (mut low, mut high) = (-self.total - M::ONE, self.total);
        let mut passes = 0;
        while high - low > M::ONE {
            let middle = low + (high - low).half();
            if self.slope(middle, First::Columns) >= 0.0 {
                high = middle
            } else {
                low = middle
            }
            passes += 1;
        }
        (high, passes)
    }

    /// The arcs of one turn.
    fn for_each_arc(&self, shift: M, mut visit: impl FnMut(usize, usize, M)) {
        let (mut row, mut column) = (At { turn: 0, index: 0 }, self.first(&self.columns, shift, false));
        let mut level = M::ZERO;
        while row.turn == 0 {
            let (row_end, column_end) = (self.end(&self.rows, row), self.end(&self.columns, column) - shift);
            let end = row_end.min(column_end);
            if end > level {
                visit(self.rows.side.order[row.index], self.columns.side.order[column.index], end - level);
                level = end;
            }
            if row_end <= column_end {
                row = Self::next(&self.rows, row);
            }
            if column_end <= row_end {
                column = Self::next(&self.columns, column);
            }
        }
    }

    /// Potentials of the circle, in the order of the points given.
    ///
    /// The step of `v` from one column to the next has two bounds. It is at most the increase of the cost for the row
    /// below their common step, and at least the increase for the row above. The two bounds differ where both sides
    /// have a step at the same level. Each step is taken as near to one number as its bounds allow, and the number is
    /// chosen so that the circle closes. Zero is tried first, so that for two coinciding laws all potentials are
    /// exactly zero. `u` then follows from the columns around each row.
    fn potentials(&self, shift: M) -> (Vec<f64>, Vec<f64>) {
        let growths = |first| {
            let steps = self.rows_of_column_ends(shift, first);
            let growth = |(row, column)| self.cost(row, Self::next(&self.columns, column)) - self.cost(row, column);
            steps.map(growth).collect::<Vec<f64>>()
        };
        // kept in order despite rounding
        let bounds: Vec<(f64, f64)> = growths(First::Rows)
            .into_iter()
            .zip(growths(First::Columns))
            .map(|(low, high)| (low.min(high), high))
            .collect();
        let around = |near: f64| Sum::of(bounds.iter().map(|&(low, high)| near.clamp(low, high)));
        let near = zero_of(around, bounds.iter().fold(0.0, |most, (low, high)| low.abs().max(high.abs()).max(most)));
        let (mut v, mut height) = (Vec::with_capacity(bounds.len()), Sum::new());
        for &(low, high) in &bounds {
            v.push(height.value());
            height.add(near.clamp(low, high));
        }
        // the remaining rounding error is spread over the turn
        let open = height.value() / v.len() as f64;
        v.iter_mut().enumerate().for_each(|(k, v)| *v -= open * k as f64);

        let start = |index: usize| if index == 0 { M::ZERO } else { self.rows.ends[index - 1] };
        let mut u = Vec::with_capacity(self.rows.len());
        for index in 0..self.rows.len() {
            let row = At { turn: 0, index };
            let mut column = self.first(&self.columns, start(index) + shift, true);
            let mut least = f64::INFINITY;
            loop {
                least = least.min(self.cost(row, column) - v[column.index]);
                if self.end(&self.columns, column) > self.rows.ends[index] + shift {
                    break;
                }
                column = Self::next(&self.columns, column);
            }
            u.push(least);
        }
        let unsorted = |law: &Turns<M>, sorted: Vec<f64>| {
            let mut given = vec![0.0; law.len()];
            law.side.order.iter().zip(sorted).for_each(|(&place, potential)| given[place] = potential);
            given
        };
        (unsorted(&self.rows, u), unsorted(&self.columns, v))
    }
}

/// The zero of a nondecreasing function within `[-reach, reach]`; the argument zero if it is one.
fn zero_of(f: impl Fn(f64) -> f64, reach: f64) -> f64 {
    let at_zero = f(0.0);
    if at_zero > 0.0 {
        first_float(-reach, 0.0, |x| f(x) >= 0.0)
    } else if at_zero < 0.0 {
        first_float(0.0, reach, |x| f(x) >= 0.0)
    } else {
        0.0
    }
}
