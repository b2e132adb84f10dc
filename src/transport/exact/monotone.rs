//! Clouds that lie along one coordinate: the monotone plan in it.
//!
//! Where all other coordinates are the same the plan is optimal, and its potentials prove it. Where the others are small beside it, as
//! where columns have different units, it is a first basis that is nearly right.

use crate::transport::line::{SortedLaw, walk};
use crate::transport::problem::cost::Ground;
use crate::transport::problem::masses::Flow;

/// The middle half of the points spreads so many times as far in a long coordinate as all of them do in the others, for each point.
const LONG: f64 = 0.25;

/// The coordinate that is long beside all others. Few points far away do not make one long, but do so for the others.
pub(in crate::transport) fn coordinate<const D: usize>(clouds: [&[[f64; D]]; 2]) -> Option<usize> {
    let points = clouds[0].len().max(clouds[1].len());
    let spreads: [(f64, f64); D] = std::array::from_fn(|k| {
        let mut at: Vec<f64> = clouds.iter().copied().flatten().map(|point| point[k]).collect();
        let ends = at.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), t| (low.min(*t), high.max(*t)));
        let quarter = at.len() / 4;
        let mut nth = |place: usize| *at.select_nth_unstable_by(place, f64::total_cmp).1;
        (nth(3 * quarter) - nth(quarter), ends.1 - ends.0)
    });
    let longest = (0..D).max_by(|&k, &l| spreads[k].0.total_cmp(&spreads[l].0))?;
    let others: f64 = (0..D).filter(|&k| k != longest).map(|k| spreads[k].1).sum();
    (spreads[longest].0 > LONG * points as f64 * others).then_some(longest)
}

/// The monotone plan between coordinates with these masses, in the order along the line, and potentials that are tight on it.
pub(in crate::transport) fn plan(
    ground: Ground,
    (x, a): (&[f64], &[i64]),
    (y, b): (&[f64], &[i64]),
) -> (Vec<Flow>, (Vec<f64>, Vec<f64>)) {
    let (rows, columns) = (SortedLaw::weighted(x, a), SortedLaw::weighted(y, b));
    let (mut flow, mut u, mut v) = (Vec::with_capacity(x.len() + y.len()), vec![0.0; x.len()], vec![0.0; y.len()]);
    let cost = |d: f64| ground.between(&[d], &[0.0]);
    walk((&rows.points, |r| rows.masses[r]), (&columns.points, |s| columns.masses[s]), cost, |stop| {
        let (i, j) = (rows.order[stop.row], columns.order[stop.column]);
        if stop.new_row {
            u[i] = stop.u;
        }
        if stop.new_column {
            v[j] = stop.v;
        }
        if stop.amount > 0 {
            flow.push(Flow { i: i as u32, j: j as u32, mass: stop.amount });
        }
    });
    (flow, (u, v))
}
