//! What the user of a scorecard decides.

use super::compat::{Compat, Subsets};
use super::permutations::Permutations;
use super::similarity::{Kernel, Similarity};

/// Relabellings unless the user says how many: of scores of pairs so many that a relabelling of every pair of rows is
/// this much work together.
const MOST: usize = 500;
const FEWEST: usize = 99;
const PAIRS: f64 = 1e10;

/// The choices of a scorecard.
#[derive(Debug, Clone)]
pub(super) struct Choices {
    pub(super) compat: Option<Compat>,
    pub(super) k: Option<usize>,
    pub(super) kernel: Kernel,
    pub(super) similarity: Similarity,
    pub(super) order: f64,
    pub(super) subsets: Option<Subsets>,
    pub(super) permutations: Option<usize>,
    pub(super) seed: u64,
    pub(super) baseline: bool,
}

impl Default for Choices {
    fn default() -> Self {
        Self {
            compat: None,
            k: None,
            kernel: Kernel::default(),
            similarity: Similarity::default(),
            order: 1.0,
            subsets: None,
            permutations: None,
            seed: 0,
            baseline: true,
        }
    }
}

impl Choices {
    /// Relabellings of a score for which they cost little.
    pub(super) fn test(&self) -> Permutations {
        Permutations::new(self.permutations.unwrap_or(MOST), self.seed)
    }

    /// Relabellings of a score of all pairs of so many rows, of which one costs as much as so many of a single kernel.
    pub(super) fn of_pairs(&self, rows: usize, kernels: f64) -> Permutations {
        // two operations for each pair of rows and relabelling
        let pairs = rows as f64 * rows as f64;
        let few = ((PAIRS / (kernels * pairs)) as usize).clamp(FEWEST, MOST);
        Permutations { count: self.permutations.unwrap_or(few), ..self.test() }
    }

    /// Relabellings that cost as much as the score itself.
    pub(super) fn again(&self) -> Permutations {
        if self.baseline { self.test() } else { Permutations { count: 0, ..self.test() } }
    }
}
