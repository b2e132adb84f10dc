//! `W_inf` on the line: how far the farthest mass must go.

use crate::certificate::Certified;
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::line::points::{check_points, weights};
use crate::transport::line::sort;
use std::cmp::Ordering;

/// The distance `W_inf` between weighted points on the line: the least possible farthest move of a plan.
///
/// It is the limit of `W_p` as `p` grows. Weights that are not given are uniform; totals need not be one but must
/// agree. O(n log n + m log m).
///
/// `value` is the farthest move of the monotone plan, which is optimal. `dual` is a lower bound for all plans
/// (Strassen): where more mass of one law lies up to `s` than of the other below `t`, some of it must go from `s` or
/// less to `t` or more. The two are computed along different routes.
///
/// The farthest move depends on the least mass. Cumulated masses count as equal if they differ by rounding alone, both
/// from below and from above. So a mass of 1e-20 beside 1 counts, and the difference of 0.1 + 0.2 and 0.3 does not.
///
/// Source: Villani, *Topics in Optimal Transportation* (2003), sections 1.4 and 2.2.
///
/// # Errors
/// No points; points or weights that are not finite; negative weights; totals that differ by more than 1e-9 (relative).
///
/// ```
/// use fenchel::transport::line;
/// let far = line::infinity(&[0.0, 1.0], Some(&[0.7, 0.3]), &[0.0, 5.0], Some(&[0.9, 0.1]))?;
/// assert_eq!((far.value, far.dual), (4.0, 4.0)); // from 1 to 5; the rest of 1 goes to 0
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn infinity(x: &[f64], a: Option<&[f64]>, y: &[f64], b: Option<&[f64]>) -> Result<Certified> {
    let (x, y) = if a.is_none() && b.is_none() {
        check_points(x, "x")?;
        check_points(y, "y")?;
        // whole units, so that no sum is rounded
        (Law::of(x, &vec![y.len() as f64; x.len()]), Law::of(y, &vec![x.len() as f64; y.len()]))
    } else {
        let (a, b) = weights(x, a, y, b)?;
        (Law::of(x, &a), Law::of(y, &b))
    };
    Ok(Certified::new(farthest(&x, &y), proven(&x, &y).max(proven(&y, &x))))
}

/// A law on its points with mass, in ascending order.
struct Law {
    points: Vec<f64>,
    /// The mass up to and with each point.
    below: Vec<f64>,
    /// The mass beyond it.
    above: Vec<f64>,
}

impl Law {
    fn of(points: &[f64], masses: &[f64]) -> Self {
        let ordered = sort::order(points);
        let atoms: Vec<(f64, f64)> =
            ordered.into_iter().map(|(point, i)| (point, masses[i])).filter(|(_, mass)| *mass > 0.0).collect();
        let sums = |masses: &mut dyn Iterator<Item = f64>| -> Vec<f64> {
            let mut sum = Sum::new();
            masses
                .map(|mass| {
                    sum.add(mass);
                    sum.value()
                })
                .collect()
        };
        let below = sums(&mut atoms.iter().map(|atom| atom.1));
        let mut above = sums(&mut atoms.iter().rev().map(|atom| atom.1));
        above.reverse();
        above.push(0.0);
        above.remove(0);
        Self { points: atoms.into_iter().map(|atom| atom.0).collect(), below, above }
    }
}

/// Compares the mass of `x` up to its point `i` with that of `y` up to its point `j`, from below or from above,
/// whichever is more accurate.
fn compare(x: &Law, i: usize, y: &Law, j: usize) -> Ordering {
    let (below, above) = (x.below[i].max(y.below[j]), x.above[i].max(y.above[j]));
    let (difference, size) =
        if below <= above { (x.below[i] - y.below[j], below) } else { (y.above[j] - x.above[i], above) };
    if difference.abs() <= 8.0 * f64::EPSILON * size { Ordering::Equal } else { difference.total_cmp(&0.0) }
}

/// The farthest move of the monotone plan, walked from below.
fn farthest(x: &Law, y: &Law) -> f64 {
    let (mut i, mut j, mut most) = (0, 0, 0.0f64);
    while i < x.points.len() && j < y.points.len() {
        most = most.max((x.points[i] - y.points[j]).abs());
        let order = compare(x, i, y, j);
        i += usize::from(order != Ordering::Greater);
        j += usize::from(order != Ordering::Less);
    }
    most
}

/// The farthest that mass of `x` must go up: for each point, the distance to the last of `y` below which there is no
/// room for all mass up to that point.
fn proven(x: &Law, y: &Law) -> f64 {
    let reach = |i: usize| {
        // the number of points of y that are filled before all mass up to i is placed
        let filled = partition(y.points.len(), |j| compare(x, i, y, j) == Ordering::Greater);
        y.points[filled.min(y.points.len() - 1)] - x.points[i]
    };
    (0..x.points.len()).map(reach).fold(0.0, f64::max)
}

/// The number of leading indices of `0..n` for which `holds`.
fn partition(n: usize, holds: impl Fn(usize) -> bool) -> usize {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low + (high - low) / 2;
        if holds(middle) { low = middle + 1 } else { high = middle }
    }
    low
}
