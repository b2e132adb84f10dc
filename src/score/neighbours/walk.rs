//! The neighbours of one point in both samples, nearest first, as far as they are asked for.

use crate::measure::neighbours::Around;

/// Groups of the jackknife.
pub(super) const GROUPS: usize = 20;

/// The neighbours of a point in both samples, as squared distance and row, ascending; more are found when they are
/// asked for.
pub(super) struct Walk<'w, 'p> {
    around: &'w Around<'p>,
    own: usize,
    pub(super) nearest: Vec<(f64, usize)>,
    /// How many there are at all.
    pub(super) others: usize,
}

impl<'w, 'p> Walk<'w, 'p> {
    pub(super) fn new(around: &'w Around<'p>, own: usize, few: usize, others: usize) -> Self {
        Self { around, own, nearest: around.some_nearest(few.min(others), Some(own)), others }
    }

    /// Finds twice as many; false where there are no more.
    pub(super) fn extend(&mut self) -> bool {
        let more = (2 * self.nearest.len()).min(self.others);
        let extended = more > self.nearest.len();
        if extended {
            self.nearest = self.around.some_nearest(more, Some(self.own));
        }
        extended
    }

    /// The squared distance to the `k`-th neighbour among some.
    pub(super) fn kth(&mut self, k: usize, among: impl Fn(usize) -> bool) -> Option<f64> {
        let (mut place, mut seen) = (0, 0);
        loop {
            while let Some(&(distance, j)) = self.nearest.get(place) {
                seen += usize::from(among(j));
                if seen == k {
                    return Some(distance);
                }
                place += 1;
            }
            if !self.extend() {
                return None;
            }
            // those at the last distance may now stand in another order
            (place, seen) = (0, 0);
        }
    }

    /// The squared distance to the `k`-th neighbour among those that have a group, without each of the groups.
    pub(super) fn kth_without_groups(
        &mut self,
        k: usize,
        group_of: impl Fn(usize) -> Option<usize>,
    ) -> [Option<f64>; GROUPS] {
        let (mut found, mut missing) = ([None; GROUPS], GROUPS);
        let (mut seen, mut of_group, mut place) = (0, [0; GROUPS], 0);
        while missing > 0 {
            let Some(&(distance, j)) = self.nearest.get(place) else {
                // those at the last distance may now stand in another order
                if self.extend() {
                    return self.kth_without_groups(k, group_of);
                }
                break;
            };
            place += 1;
            let Some(group) = group_of(j) else { continue };
            seen += 1;
            of_group[group] += 1;
            for (found, of_group) in found.iter_mut().zip(&of_group) {
                if seen - of_group >= k && found.is_none() {
                    *found = Some(distance);
                    missing -= 1;
                }
            }
        }
        found
    }

    /// The neighbours in the ball of a radius that one of them has.
    pub(super) fn inside(&mut self, radius: f64, closed: bool) -> &[(f64, usize)] {
        // those at the edge of a closed ball may go on beyond the last that is known
        while closed && self.nearest.last().is_some_and(|(last, _)| *last <= radius) && self.extend() {}
        let end = self.nearest.partition_point(|(distance, _)| reaches(radius, *distance, closed));
        &self.nearest[..end]
    }
}

pub(super) fn reaches(radius: f64, distance: f64, closed: bool) -> bool {
    if closed { distance <= radius } else { distance < radius }
}
