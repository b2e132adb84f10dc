//! Random relabellings: how many, from which seed, and the pooled rows that they are made of.

use crate::error::{Error, Result};
use crate::numeric::stream;
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;

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
