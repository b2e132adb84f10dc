//! The dual side for `p = 1`: the area between two distribution functions and the function that attains it.

use super::{check_range, weights};
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::masses::Masses;
use crate::transport::sort;

/// The area between the distribution functions, `∫ |F_p(t) - F_q(t)| dt`: W1 along a route that shares nothing with
/// [`wasserstein`](super::wasserstein) but the sort.
///
/// # Errors
/// As [`wasserstein`](super::wasserstein).
pub fn area(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<f64> {
    let (a, b) = weights(x, a, y, b)?;
    let steps = Steps::of(x, &a, y, &b)?;
    Ok(Sum::of(steps.intervals().map(|(width, excess)| width * (excess.abs() as f64 * steps.unit))))
}

/// Steps between two looks at the ends.
const RUN: usize = 256;

/// The same for points in ascending order with masses in units; in units.
pub(super) fn area_of_sorted((x, a): (&[f64], impl Fn(usize) -> i64), (y, b): (&[f64], impl Fn(usize) -> i64)) -> f64 {
    let (mut i, mut j, mut excess) = (0, 0, 0);
    let mut last = x[0].min(y[0]);
    let mut total = Sum::new();
    while i < x.len() && j < y.len() {
        // a run of steps is summed as it comes, and the runs with compensation
        let mut run = 0.0;
        for _ in 0..RUN.min(x.len() - i).min(y.len() - j) {
            // which comes first is anybody's guess, so nothing here is a branch
            let first = x[i] <= y[j];
            let t = x[i].min(y[j]);
            run += (t - last) * (excess as f64).abs();
            last = t;
            excess += if first { a(i) } else { -b(j) };
            i += usize::from(first);
            j += usize::from(!first);
        }
        total.add(run);
    }
    // one side is used up, and all that the other has left goes there
    for (k, &t) in x.iter().enumerate().skip(i) {
        total.add((t - last) * (excess as f64).abs());
        (last, excess) = (t, excess + a(k));
    }
    for (k, &t) in y.iter().enumerate().skip(j) {
        total.add((t - last) * (excess as f64).abs());
        (last, excess) = (t, excess - b(k));
    }
    total.value()
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
    fn of(x: &[f64], a: &[f64], y: &[f64], b: &[f64]) -> Result<Self> {
        let ends = |points: &[f64]| {
            let least = points.iter().copied().fold(f64::INFINITY, f64::min);
            [least, points.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
        };
        check_range(&ends(x), &ends(y), 1.0)?;
        let masses = Masses::of(a, b);
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

    fn intervals(&self) -> impl Iterator<Item = (f64, i64)> {
        self.knots.windows(2).zip(&self.excess).map(|(ends, &excess)| (ends[1] - ends[0], excess))
    }
}
