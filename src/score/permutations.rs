//! Random relabellings: how many, from which seed, and the pooled rows that they are made of.

use crate::error::{Error, Result};
use crate::numeric::stream;
use multiversion::multiversion;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};

/// Operations, about a nanosecond each, that relabellings may take together; at least [`FEWEST`] are made.
const BUDGET: f64 = 1e9;
const FEWEST: usize = 5;
/// Relabellings beyond which p-values, means and spreads gain little; a bit each has room in a `u128`.
const MOST: usize = 99;
/// The seeds of the relabellings come after all others.
const TASK: u64 = 1 << 20;

/// How many random relabellings a two-sample test uses, and the seed they come from.
///
/// The p-value is `(1 + hits)/(1 + count)`: exact at any count, never 0. With a count of 0 no test is run; more than a
/// million are refused with [`Error::OutOfDomain`], since every one is kept as a label a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Permutations {
    /// Number of relabellings, at most a million.
    pub count: usize,
    /// Seed of the relabellings.
    pub seed: u64,
}

impl Permutations {
    /// No test.
    #[must_use]
    pub fn none() -> Self {
        Self { count: 0, seed: 0 }
    }

    /// `count` relabellings drawn from `seed`.
    #[must_use]
    pub fn new(count: usize, seed: u64) -> Self {
        Self { count, seed }
    }

    pub(super) fn validate(self) -> Result<()> {
        const MOST: usize = 1_000_000;
        if self.count <= MOST {
            return Ok(());
        }
        let expected = format!("0 to {MOST}");
        Err(Error::out_of_domain("permutations", self.count as f64, expected))
    }

    /// As many as were asked for, but no more than the work of one allows, in operations.
    pub(super) fn within(self, work: f64) -> usize {
        self.as_far_as(work).count.min(MOST)
    }

    /// The number of [`within`](Self::within) before it is rounded, so that a forecast has no steps.
    pub(super) fn about(self, work: f64) -> f64 {
        (self.count.min(MOST) as f64).min((BUDGET / work).max(FEWEST as f64))
    }

    /// The same for relabellings of which none is kept.
    pub(super) fn as_far_as(self, work: f64) -> Self {
        Self { count: self.count.min(((BUDGET / work) as usize).max(FEWEST)), ..self }
    }
}

/// One sample under the other.
pub(super) fn pool(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array2<f64> {
    match concatenate(Axis(0), &[x, y]) {
        Ok(pooled) => pooled,
        Err(_) => unreachable!("the samples were checked to have the same columns"),
    }
}

/// The rows in a random order.
pub(super) fn order(rows: usize, seed: u64, relabelling: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..rows).collect();
    order.shuffle(&mut stream(seed, TASK + relabelling));
    order
}

/// Relabellings that are taken side by side, a bit each.
pub(super) const ABREAST: usize = 16;
/// In this many parts is the share of the first sample known to the random bits.
const PARTS: u32 = 256;

/// For each of so many rows in an order of their own, of which of [`ABREAST`] relabellings it is one of the `n` rows of the first sample.
///
/// A row is drawn with about the chance that it should have, from as few random bits as this takes. Then rows that are drawn at random change sides until
/// there are `n`. So any `n` rows are as likely as any others. O(rows).
pub(super) fn side_by_side(n: usize, rows: usize, rng: &mut impl Rng) -> Vec<u16> {
    let share = (n as f64 / rows as f64 * f64::from(PARTS)).round() as u32;
    let mut labels = vec![if share == PARTS { u16::MAX } else { 0 }; rows];
    if (1..PARTS).contains(&share) {
        for few in labels.chunks_mut(4) {
            // a binary fraction from its last digit on: each halves the chance, and a one adds a half
            let mut drawn = 0u64;
            for digit in share.trailing_zeros()..PARTS.ilog2() {
                let bits = rng.next_u64();
                drawn = if share >> digit & 1 == 1 { drawn | bits } else { drawn & bits };
            }
            few.iter_mut().zip(0..).for_each(|(label, k)| *label = (drawn >> (16 * k)) as u16);
        }
    }
    for (k, mut count) in counts(&labels).into_iter().enumerate() {
        while count != n {
            let label = &mut labels[rng.random_range(0..rows)];
            let is_first = *label >> k & 1 == 1;
            if is_first == (count > n) {
                *label ^= 1 << k;
                count = if is_first { count - 1 } else { count + 1 };
            }
        }
    }
    labels
}

/// How often each bit is set.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn counts(labels: &[u16]) -> [usize; ABREAST] {
    let mut counts = [0usize; ABREAST];
    // runs whose counts have room in half the width
    for run in labels.chunks(usize::from(u16::MAX)) {
        let mut few = [0u16; ABREAST];
        for label in run {
            few.iter_mut().enumerate().for_each(|(k, count)| *count += label >> k & 1);
        }
        counts.iter_mut().zip(few).for_each(|(count, few)| *count += usize::from(few));
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_rows_are_as_likely_as_any_others() {
        // of all ways to choose n of a few rows, each is drawn about as often: the chi-square of that is within five deviations
        for (n, rows) in [(3, 6), (2, 7), (1, 6), (5, 6), (4, 4)] {
            let mut seen = std::collections::BTreeMap::<u32, f64>::new();
            let mut rng = stream(11, rows as u64);
            let rounds = 2000;
            for _ in 0..rounds {
                let labels = side_by_side(n, rows, &mut rng);
                for k in 0..ABREAST {
                    let chosen =
                        labels.iter().enumerate().fold(0, |all, (i, label)| all | u32::from(label >> k & 1) << i);
                    assert_eq!(chosen.count_ones() as usize, n);
                    *seen.entry(chosen).or_default() += 1.0;
                }
            }
            let ways = (0..1u32 << rows).filter(|chosen| chosen.count_ones() as usize == n).count();
            assert_eq!(seen.len(), ways, "{n} of {rows}");
            let expected = (rounds * ABREAST) as f64 / ways as f64;
            let chi: f64 = seen.values().map(|count| (count - expected) * (count - expected) / expected).sum();
            let free = ways as f64 - 1.0;
            assert!(chi <= free + 5.0 * (2.0 * free).sqrt(), "{n} of {rows}: {chi} for {free}");
        }
    }
}
