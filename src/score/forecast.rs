//! How long a score takes, said before it is computed.
//!
//! The time follows from the sizes, the choices of the user, and a count of the operations of one step; what these take
//! was measured (`benches/forecast.rs`).

use super::choices::Choices;
use super::permutations::Permutations;
use crate::measure::neighbours::TREE_COLUMNS;

/// Nanoseconds of a multiplication and an addition within a product of matrices, in double and in single precision.
pub(super) const PRODUCT: f64 = 0.08;
const SCREEN: f64 = 0.05;
/// Nanoseconds of one rotation of an eigendecomposition of a matrix of `r` rows, which has about `r³`.
pub(super) const ROTATION: f64 = 3.0;
/// Nanoseconds at each point that a search in a tree meets, and of each of its coordinates.
const MEETING: f64 = 3.0;
const COORDINATE: f64 = 0.4;
/// Nanoseconds of a search, whatever it finds.
const QUERY: f64 = 300.0;
/// What any score takes.
const LEAST: f64 = 1e4;

/// The step of a score that takes nearly all of its time. Scores that are read from one step have it in common.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    name: &'static str,
    nanoseconds: fn(&Workload<'_>) -> f64,
}

impl Step {
    pub(super) const fn new(name: &'static str, nanoseconds: fn(&Workload<'_>) -> f64) -> Self {
        Self { name, nanoseconds }
    }

    /// On one core.
    pub(super) fn seconds(&self, task: &Workload<'_>) -> f64 {
        1e-9 * (LEAST + (self.nanoseconds)(task))
    }

    /// Whether the other is the same step, done once for both.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

/// The sizes and the choices that a time follows from.
pub(super) struct Workload<'c> {
    pub(super) choices: &'c Choices,
    pub(super) n: f64,
    pub(super) m: f64,
    pub(super) d: f64,
    /// The training rows; 0 where there are none.
    pub(super) train: f64,
}

impl<'c> Workload<'c> {
    pub(super) fn new(choices: &'c Choices, (n, m, d): (usize, usize, usize), train: usize) -> Self {
        Self { choices, n: n as f64, m: m as f64, d: d as f64, train: train as f64 }
    }

    /// Of both samples.
    pub(super) fn rows(&self) -> f64 {
        self.n + self.m
    }

    /// See [`Choices::test`].
    pub(super) fn test(&self) -> Permutations {
        self.choices.test()
    }

    /// The numbers of [`Choices::of_pairs`].
    pub(super) fn of_pairs(&self, rows: f64, kernels: f64) -> f64 {
        self.choices.of_pairs(rows as usize, kernels).count as f64
    }

    /// How many relabelled samples are scored, if the work of one is this.
    pub(super) fn again(&self, work: f64) -> f64 {
        self.choices.again().about(work)
    }

    /// All pairs of so many rows, each with a product of the rows, so many nanoseconds of its own, and what it adds to
    /// relabelled sums.
    pub(super) fn pairs(&self, rows: f64, own: f64, relabelled: f64) -> f64 {
        rows * rows / 2.0 * (PRODUCT * (self.d + relabelled) + own)
    }

    /// Finding the nearest of the known rows around each that is asked for: by a tree, which meets more of them the
    /// more columns there are, or by products with all.
    pub(super) fn neighbours(&self, asked: f64, known: f64) -> f64 {
        if self.d <= TREE_COLUMNS as f64 {
            let met = (LEAF * known.max(2.0).ln() * 1.7f64.powf(self.d)).min(known);
            asked * (QUERY + met * (MEETING + COORDINATE * self.d))
        } else {
            asked * (QUERY + known * (SCREEN * self.d + 1.0))
        }
    }
}

/// Points in the leaves of a tree that a search in one column meets, by the logarithm of all.
const LEAF: f64 = 10.0;
