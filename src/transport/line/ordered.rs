//! Points of equal weight that are in order already, for callers that order them once and ask many times.

use crate::transport::line::sort;
use crate::transport::line::staircase::{cost_of_pairs, cost_of_sorted};
use crate::transport::problem::masses::Masses;
use crate::transport::problem::power::power;

/// Finite numbers and where they stood, ascending; ties in the order given.
pub(crate) fn order(values: &[f64]) -> Vec<(f64, usize)> {
    sort::order(values)
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
