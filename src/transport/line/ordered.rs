//! Points of equal weight that are in order already, for callers that order them once and ask many times.

use crate::certificate::Certified;
use crate::numeric::Sum;
use crate::transport::line::sort;
use crate::transport::line::staircase::{cost_of_pairs, cost_of_sorted, walk};
use crate::transport::problem::masses::Masses;
use crate::transport::problem::power::power;

/// Finite numbers and where they stood, ascending; ties in the order given.
pub(crate) fn order(values: &[f64]) -> Vec<(f64, usize)> {
    sort::order(values)
}

/// Finite numbers, ascending.
pub(crate) fn sorted(values: &[f64]) -> Vec<f64> {
    sort::sorted(values)
}

/// The cost of transport under `|x - y|^p` between ascending points, all of one weight on either side, with total one. Powers of the distances
/// must be in range.
pub(crate) fn cost_of_ordered(x: &[f64], y: &[f64], p: f64) -> f64 {
    let cost = |difference| power(difference, p);
    if x.len() == y.len() {
        return cost_of_pairs(x, y, cost) / x.len() as f64;
    }
    let (each_x, each_y) = Masses::<i64>::uniform(x.len(), y.len());
    cost_of_sorted((x, |_| each_x), (y, |_| each_y), cost) / (x.len() as f64 * each_x as f64)
}

/// [`cost_of_ordered`] with what the potentials of the points of either side prove of it.
pub(crate) fn potentials_of_ordered(x: &[f64], y: &[f64], p: f64) -> (Certified, [Vec<f64>; 2]) {
    let (each_x, each_y) = Masses::<i64>::uniform(x.len(), y.len());
    let (mut u, mut v) = (vec![0.0; x.len()], vec![0.0; y.len()]);
    walk(
        (x, |_| each_x),
        (y, |_| each_y),
        |difference| power(difference, p),
        |stop| {
            if stop.new_row {
                u[stop.row] = stop.u;
            }
            if stop.new_column {
                v[stop.column] = stop.v;
            }
        },
    );
    let mean = |potentials: &[f64]| Sum::of(potentials.iter().copied()) / potentials.len() as f64;
    let largest = u.iter().chain(&v).fold(0.0f64, |most, t| most.max(t.abs()));
    let cost = cost_of_ordered(x, y, p);
    let certified = Certified::within(cost, mean(&u) + mean(&v), ROUNDING * (cost + largest));
    (certified, [u, v])
}

/// The rounding error allowed between cost and potentials, relative to the size of their terms.
const ROUNDING: f64 = 1e-13;
