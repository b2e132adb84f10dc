//! Which points are in which balls, and the shares of them with their jackknife errors.

use super::walk::{GROUPS, Walk, reaches};
use crate::numeric::variance;
use crate::score::share::Mean;
use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

/// Counts of balls around the points of the other sample: all, and without each group of centres. Whole numbers, so
/// that the sums are the same in whatever order the threads add.
pub(super) struct Tally {
    around: Vec<Vec<AtomicU32>>,
}

/// What a ball holds of the other sample.
pub(super) struct Ball {
    /// The number of points, by their group.
    inside: [u32; GROUPS],
    /// Whether it holds a point when a group of centres is left out and it has grown.
    grown: [bool; GROUPS],
    /// Whether it has a radius without each of the groups.
    groups: bool,
}

impl Tally {
    pub(super) fn new(points: usize) -> Self {
        Self { around: (0..=GROUPS).map(|_| (0..points).map(|_| AtomicU32::new(0)).collect()).collect() }
    }

    /// The ball of row `i` among its `own` rows; the other sample starts at `first`.
    pub(super) fn count_ball(
        &self,
        i: usize,
        walk: &mut Walk<'_, '_>,
        (k, closed): (usize, bool),
        own: &Range<usize>,
        first: usize,
    ) -> Ball {
        let group_of = |j: usize| (j - own.start) % GROUPS;
        let Some(radius) = walk.kth(k, |j| own.contains(&j)) else { unreachable!("k is below the number of rows") };
        let without = walk.kth_without_groups(k, |j| own.contains(&j).then(|| group_of(j)));
        let groups = without.iter().all(Option::is_some);
        let without: [f64; GROUPS] = without.map(|larger| larger.unwrap_or(radius));
        let largest = without.iter().copied().fold(radius, f64::max);
        let mut ball = Ball { inside: [0; GROUPS], grown: [false; GROUPS], groups };
        for &(distance, j) in walk.inside(largest, closed).iter().filter(|(_, j)| !own.contains(j)) {
            let j = j - first;
            if reaches(radius, distance, closed) {
                self.around[0][j].fetch_add(1, Ordering::Relaxed);
                ball.inside[j % GROUPS] += 1;
            }
            for (g, &radius) in without.iter().enumerate() {
                if g != group_of(i) && reaches(radius, distance, closed) {
                    self.around[1 + g][j].fetch_add(1, Ordering::Relaxed);
                    ball.grown[g] = true;
                }
            }
        }
        ball
    }

    pub(super) fn incidence(self, balls: &[Ball], groups: bool) -> Incidence {
        let whole = |layer: Vec<AtomicU32>| layer.into_iter().map(AtomicU32::into_inner).collect();
        Incidence {
            around: self.around.into_iter().map(whole).collect(),
            inside: balls.iter().map(|ball| ball.inside).collect(),
            grown: balls.iter().map(|ball| ball.grown).collect(),
            groups: groups && balls.iter().all(|ball| ball.groups),
        }
    }
}

/// Which points are in which balls, and the same with a group of the ball centres or of the points left out.
#[derive(Debug, Clone)]
pub(super) struct Incidence {
    /// For every point, the number of balls around it; then the same without each group of centres.
    around: Vec<Vec<u32>>,
    /// For every ball, the number of points in it, by group of points.
    inside: Vec<[u32; GROUPS]>,
    /// For every ball, whether it holds a point when a group of centres is left out and it has grown.
    grown: Vec<[bool; GROUPS]>,
    /// Whether all radii without a group exist, and no group is a whole sample.
    groups: bool,
}

impl Incidence {
    /// Mean over points of `score(number of balls around it)`.
    pub(super) fn mean_over_points(&self, score: impl Fn(u32) -> f64) -> Mean {
        let scores = |layer: &[u32]| -> Vec<f64> { layer.iter().map(|&balls| score(balls)).collect() };
        let whole = scores(&self.around[0]);
        let sum = whole.iter().sum();
        let std_error = self.groups.then(|| {
            let without_centres: Vec<f64> = self.around[1..].iter().map(|layer| mean(scores(layer))).collect();
            let kept = |g| whole.iter().enumerate().filter(move |(j, _)| j % GROUPS != g).map(|(_, s)| *s);
            let without_points: Vec<f64> = (0..GROUPS).map(|g| mean(kept(g))).collect();
            jackknife(&without_centres, &without_points)
        });
        Mean { sum, count: whole.len(), std_error }
    }

    /// Share of balls that hold a point.
    pub(super) fn share_of_balls(&self) -> Mean {
        let held: Vec<u32> = self.inside.iter().map(|by_group| by_group.iter().sum()).collect();
        let sum = held.iter().map(|&h| f64::from(h > 0)).sum();
        let std_error = self.groups.then(|| {
            let kept = |g| self.grown.iter().enumerate().filter(move |(i, _)| i % GROUPS != g);
            let without_centres: Vec<f64> =
                (0..GROUPS).map(|g| mean(kept(g).map(|(_, grown)| f64::from(grown[g])))).collect();
            let holds = |g: usize| held.iter().zip(&self.inside).map(move |(h, by_group)| f64::from(*h > by_group[g]));
            let without_points: Vec<f64> = (0..GROUPS).map(|g| mean(holds(g))).collect();
            jackknife(&without_centres, &without_points)
        });
        Mean { sum, count: held.len(), std_error }
    }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(s, c), v| (s + v, c + 1.0));
    sum / count
}

/// The standard error from the values without each group of either sample.
fn jackknife(without_centres: &[f64], without_points: &[f64]) -> f64 {
    let g = GROUPS as f64;
    ((g - 1.0) * (g - 1.0) / g * (variance(without_centres) + variance(without_points))).sqrt()
}
