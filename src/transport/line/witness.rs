//! The dual side for `p = 1`: the area between two distribution functions and the function that attains it.

use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::line::points::{check_range, weights};
use crate::transport::line::sort;
use crate::transport::problem::masses::{Masses, WholeMass};

/// The area between the distribution functions, `∫ |F_p(t) - F_q(t)| dt`: W1 by a route that shares only the sort with
/// [`wasserstein`](super::wasserstein).
///
/// # Errors
/// As [`wasserstein`](super::wasserstein).
pub fn area(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<f64> {
    let (a, b) = weights(x, a, y, b)?;
    let steps = Steps::of(x, &a, y, &b)?;
    Ok(Sum::of(
        steps
            .intervals()
            .map(|(width, excess)| width * (excess.abs() as f64 * mutate!(steps.unit, Area, |u| u * (1.0 + 1e-9)))),
    ))
}

/// Steps between two looks at the ends.
const RUN: usize = 256;

/// The same area in units of mass, for points in ascending order with masses in units.
///
/// The points are taken from both ends at once. Each step depends on the one before, and the processor can work on two
/// such chains side by side. At equal points those of `x` count as the lower ones.
pub(super) fn area_of_sorted<M: WholeMass>(
    (x, a): (&[f64], impl Fn(usize) -> M),
    (y, b): (&[f64], impl Fn(usize) -> M),
) -> f64 {
    // the points between the two positions remain; the excess is the mass of x minus that of y, below or above
    let (mut low, mut high) = ((0, 0), (x.len(), y.len()));
    let (mut below, mut above) = (M::ZERO, M::ZERO);
    let (mut last, mut next) = (x[0].min(y[0]), x[x.len() - 1].max(y[y.len() - 1]));
    let mut total = Sum::new();
    loop {
        let steps = RUN.min((high.0 - low.0) / 2).min((high.1 - low.1) / 2);
        if steps == 0 {
            break;
        }
        // a run of steps is summed as it comes, and the runs with compensation
        let (mut upwards, mut downwards) = (0.0, 0.0);
        for _ in 0..steps {
            // the order of the two points is unpredictable, so this code has no branches
            let (s, t) = (x[low.0], y[low.1]);
            let (of_x, at) = (s <= t, s.min(t));
            upwards += (at - last) * below.to_f64().abs();
            below += if of_x { a(low.0) } else { -b(low.1) };
            last = at;
            low = (low.0 + usize::from(of_x), low.1 + usize::from(!of_x));

            let (s, t) = (x[high.0 - 1], y[high.1 - 1]);
            let (of_x, at) = (s > t, s.max(t));
            downwards += (next - at) * above.to_f64().abs();
            above += if of_x { a(high.0 - 1) } else { -b(high.1 - 1) };
            next = at;
            high = (high.0 - usize::from(of_x), high.1 - usize::from(!of_x));
        }
        total.add(upwards);
        total.add(downwards);
    }
    // hardly anything is left of one side
    while low.0 < high.0 || low.1 < high.1 {
        let of_x = low.1 == high.1 || (low.0 < high.0 && x[low.0] <= y[low.1]);
        let at = if of_x { x[low.0] } else { y[low.1] };
        total.add((at - last) * below.to_f64().abs());
        below += if of_x { a(low.0) } else { -b(low.1) };
        last = at;
        low = (low.0 + usize::from(of_x), low.1 + usize::from(!of_x));
    }
    total.add((next - last) * below.to_f64().abs());
    total.value()
}

/// A Kantorovich potential on the line: piecewise linear, slope -1, 0 or 1, constant outside its knots.
///
/// It satisfies `E_p h - E_q h = W1(p, q)`, as an optimal critic of a Wasserstein GAN would.
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
/// As [`wasserstein`](super::wasserstein).
///
/// ```
/// use fenchel::transport::line;
/// let h = line::witness(&[0.0], None, &[3.0], None)?;
/// assert_eq!(h.at(0.0) - h.at(3.0), 3.0); // E_p h - E_q h = W1
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn witness(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<Witness> {
    let (a, b) = weights(x, a, y, b)?;
    let steps = Steps::of(x, &a, y, &b)?;
    let mut values = vec![0.0];
    let mut height = Sum::new();
    for (width, excess) in steps.intervals() {
        height.add(-(excess.signum() as f64) * mutate!(width, WitnessSteep, |w| w * (1.0 + 1e-5)));
        values.push(height.value());
    }
    Ok(Witness { knots: steps.knots, values })
}

/// The difference of two distribution functions: `excess[k]` units between `knots[k]` and `knots[k + 1]`.
struct Steps {
    knots: Vec<f64>,
    excess: Vec<i128>,
    unit: f64,
}

impl Steps {
    fn of(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> Result<Self> {
        let ends = |points: &[f64]| {
            let least = points.iter().copied().fold(f64::INFINITY, f64::min);
            [least, points.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
        };
        check_range(&ends(x), &ends(y), 1.0)?;
        let coarse = Masses::<i64>::of(a, b);
        let masses = if coarse.are_coarse(a, b) { Masses::<i128>::of(a, b) } else { coarse.widened() };
        let points: Vec<f64> = x.iter().chain(y).copied().collect();
        let mut steps = Self { knots: Vec::new(), excess: Vec::new(), unit: masses.unit };
        let mut excess = 0;
        for (t, k) in sort::order(&points) {
            excess += if k < x.len() { masses.a[k] } else { -masses.b[k - x.len()] };
            if steps.knots.last().is_some_and(|&last| last >= t) {
                *steps.excess.last_mut().expect("as many as knots") = excess;
            } else {
                steps.knots.push(t);
                steps.excess.push(excess);
            }
        }
        Ok(steps)
    }

    fn intervals(&self) -> impl Iterator<Item = (f64, i128)> {
        self.knots.windows(2).zip(&self.excess).map(|(ends, &excess)| (ends[1] - ends[0], excess))
    }
}
