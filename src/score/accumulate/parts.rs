//! Which parts of a sample a state has seen, so that none is counted twice.

use super::format::{Arrays, foreign};
use crate::error::{Error, Result};

/// Numbers of parts, as disjoint ranges that do not touch, ascending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Parts(Vec<(u64, u64)>);

impl Parts {
    /// One part.
    pub(super) fn only(part: u64) -> Self {
        // the last number stands for itself and for none after it
        Self(vec![(part.min(u64::MAX - 1), part.min(u64::MAX - 1) + 1)])
    }

    /// Adds the parts of another state.
    pub(super) fn join(&self, other: &Self) -> Result<Self> {
        let mut all = [&self.0[..], &other.0].concat();
        all.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match joined.last_mut() {
                Some(last) if from < last.1 => {
                    return Err(Error::unsupported(
                        format!("a merge of two states that have both seen part {from}"),
                        "each part of a sample has a number of its own and is merged once",
                    ));
                }
                Some(last) if from == last.1 => last.1 = to,
                _ => joined.push((from, to)),
            }
        }
        Ok(Self(joined))
    }

    pub(super) fn write(&self, to: &mut Arrays) {
        to.counts("parts", &self.0.iter().flat_map(|(from, to)| [*from, *to]).collect::<Vec<u64>>());
    }

    pub(super) fn read(from: &mut Arrays) -> Result<Self> {
        let ends = from.take_all("parts")?;
        let ascending = ends.windows(2).all(|two| two[0] < two[1]);
        if ends.is_empty() || ends.len() % 2 == 1 || !ascending {
            return Err(foreign("the ranges of parts are in disorder"));
        }
        Ok(Self(ends.chunks_exact(2).map(|two| (two[0], two[1])).collect()))
    }
}
