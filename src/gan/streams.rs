//! The random numbers of a run: one stream under its seed for each use, so that a new use shifts nobody's numbers.

use crate::error::{Error, Result};
use crate::numeric::stream;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// The streams of a run, each opened when it is first used.
///
/// Streams 0 and 1 are for initial weights, those below for what most games draw; a game's own uses are numbered from 16.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Streams {
    seed: u64,
    open: BTreeMap<u64, ChaCha8Rng>,
}

impl Streams {
    /// Real samples.
    pub const DATA: u64 = 2;
    /// The noise that generators start from.
    pub const NOISE: u64 = 3;
    /// Points between samples.
    pub const BETWEEN: u64 = 4;
    /// Noise that is added to samples.
    pub const INSTANCE: u64 = 5;

    pub(super) fn new(seed: u64) -> Self {
        Self { seed, open: BTreeMap::new() }
    }

    /// The stream of this number, where it was left.
    pub fn get(&mut self, number: u64) -> &mut ChaCha8Rng {
        let seed = self.seed;
        self.open.entry(number).or_insert_with(|| stream(seed, number))
    }

    /// Checks that the streams are those of the seed, since they come from a file.
    pub(super) fn validate(&self, seed: u64) -> Result<()> {
        let own = self.open.iter().all(|(&number, rng)| {
            let own = stream(seed, number);
            (rng.get_seed(), rng.get_stream()) == (own.get_seed(), own.get_stream())
        });
        if own && self.seed == seed {
            return Ok(());
        }
        Err(Error::infeasible("the checkpoint", "its random numbers are not those of the configured seed"))
    }
}
