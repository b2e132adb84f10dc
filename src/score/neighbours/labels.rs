//! The four scores of relabelled samples, all relabellings side by side.

use super::walk::Walk;
use crate::score::Permutations;
use crate::score::null::Null;
use crate::score::permutations::order;
use std::sync::atomic::{AtomicU64, Ordering};

/// Something of each of the four scores.
#[derive(Debug, Clone, Default)]
pub(super) struct Relabelled<T> {
    pub(super) precision: T,
    pub(super) recall: T,
    pub(super) density: T,
    pub(super) coverage: T,
}

/// Relabellings of the pooled rows: bit `r` of a row is set where it is a real one in relabelling `r`.
pub(super) struct Labels {
    real: Vec<u128>,
    pub(super) count: usize,
    sizes: (usize, usize),
}

impl Labels {
    /// As many as were asked for, at most as fit.
    pub(super) fn new(n: usize, m: usize, test: Permutations) -> Self {
        let count = test.within(0.0);
        let mut real = vec![0; n + m];
        for r in 0..count {
            order(n + m, test.seed, r as u64)[..n].iter().for_each(|&i| real[i] |= 1 << r);
        }
        Self { real, count, sizes: (n, m) }
    }

    fn is_real(&self, i: usize, r: usize) -> bool {
        self.real[i] >> r & 1 == 1
    }

    /// Counts the balls that row `i` has in all relabellings, which are taken side by side, a bit each: its neighbours
    /// come in ascending distance, and a ball is open until `k` of them had the label of the row. Those at one distance
    /// come together.
    pub(super) fn count_balls(
        &self,
        i: usize,
        walk: &mut Walk<'_, '_>,
        (k, closed): (usize, bool),
        tally: &TallyOfLabels,
    ) {
        let mine = self.real[i];
        let (mut open, mut left) = (u128::MAX >> (128 - self.count as u32).min(127), Countdown::from(k));
        if self.count == 0 {
            return;
        }
        let (mut held, mut first) = ([0; 128], 0);
        while open != 0 {
            let known = walk.nearest.len();
            if first == known && !walk.extend() {
                unreachable!("k is below the number of rows");
            }
            let distance = walk.nearest[first].0;
            let end = first + walk.nearest[first..].partition_point(|(other, _)| *other <= distance);
            let group = &walk.nearest[first..end];
            let (mut still, mut fewer) = (open, left);
            for &(_, j) in group {
                still &= !fewer.count(still & !(mine ^ self.real[j]));
            }
            let all_of_it = end < walk.nearest.len() || walk.nearest.len() == walk.others;
            if !all_of_it && (closed || still != 0) && walk.extend() {
                // more of them may follow
                continue;
            }
            let reaching = if closed { open } else { still };
            for &(_, j) in &walk.nearest[first..end] {
                let inside = reaching & (mine ^ self.real[j]);
                tally.reach(j, inside);
                for_each_bit(inside & mine, |r| held[r] += 1);
            }
            (open, left, first) = (still, fewer, end);
        }
        for (r, &held) in held.iter().enumerate().filter(|(_, held)| **held > 0) {
            tally.held[r].fetch_add(held, Ordering::Relaxed);
            tally.holding[r].fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn for_each_bit(mut bits: u128, mut see: impl FnMut(usize)) {
    while bits != 0 {
        see(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// 128 counters side by side: bit `r` of plane `p` is bit `p` of counter `r`.
#[derive(Clone, Copy)]
struct Countdown {
    planes: [u128; usize::BITS as usize],
    width: usize,
}

impl Countdown {
    /// All at `k`, written as the distance from the power of two at which a counter overflows.
    fn from(k: usize) -> Self {
        let width = (usize::BITS - k.leading_zeros()) as usize;
        let missing = (1_usize << width) - k;
        let plane = |p| if missing >> p & 1 == 1 { u128::MAX } else { 0 };
        Self { planes: std::array::from_fn(plane), width }
    }

    /// One less for these: those that are now at 0.
    fn count(&mut self, these: u128) -> u128 {
        let mut carry = these;
        for plane in &mut self.planes[..self.width] {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
        carry
    }
}

/// What is counted in every relabelling; whole numbers, for the same reason as in [`Tally`].
pub(super) struct TallyOfLabels {
    /// For every row a bit a relabelling: whether it is in a ball of the other sample.
    reached: Vec<[AtomicU64; 2]>,
    /// Generated points in real balls, with multiplicity.
    held: Vec<AtomicU64>,
    /// Real balls that hold a generated point.
    holding: Vec<AtomicU64>,
}

impl TallyOfLabels {
    pub(super) fn new(rows: usize, count: usize) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            reached: (0..rows).map(|_| [AtomicU64::new(0), AtomicU64::new(0)]).collect(),
            held: zeros(count),
            holding: zeros(count),
        }
    }

    /// Row `j` is in a ball of the other sample in these relabellings.
    fn reach(&self, j: usize, these: u128) {
        for (reached, half) in self.reached[j].iter().zip([these as u64, (these >> 64) as u64]) {
            if half != 0 {
                reached.fetch_or(half, Ordering::Relaxed);
            }
        }
    }

    pub(super) fn scores(self, labels: &Labels, k: usize, seed: u64) -> Relabelled<Null> {
        let (n, m) = labels.sizes;
        let (n, m) = (n as f64, m as f64);
        let mut scores = Relabelled::<Vec<f64>>::default();
        for r in 0..labels.count {
            let (mut real, mut generated) = (0, 0);
            for (i, reached) in self.reached.iter().enumerate() {
                let bit = reached[r / 64].load(Ordering::Relaxed) >> (r % 64) & 1;
                *(if labels.is_real(i, r) { &mut real } else { &mut generated }) += bit;
            }
            scores.precision.push(generated as f64 / m);
            scores.recall.push(real as f64 / n);
            scores.density.push(self.held[r].load(Ordering::Relaxed) as f64 / (k as f64 * m));
            scores.coverage.push(self.holding[r].load(Ordering::Relaxed) as f64 / n);
        }
        let null = |values| Null::new(values, seed);
        Relabelled {
            precision: null(scores.precision),
            recall: null(scores.recall),
            density: null(scores.density),
            coverage: null(scores.coverage),
        }
    }
}
