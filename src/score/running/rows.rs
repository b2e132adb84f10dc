//! The numbers of the rows that a state has seen.

use super::stored::checked_when_read;
use crate::error::{Error, Result};
use crate::linalg;
use ndarray::ArrayView2;
use std::fmt::Display;

/// Rows that one state may see: sums of whole numbers hold no more.
const MOST: u64 = 1 << 31;

/// How many columns rows have, which numbers were seen, and which comes next.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub(in crate::score) struct RowNumbers {
    columns: usize,
    next: u64,
    /// Disjoint ranges that do not touch, ascending.
    seen: Vec<(u64, u64)>,
}

checked_when_read!(RowNumbers);

impl RowNumbers {
    pub(in crate::score) fn new(columns: usize) -> Result<Self> {
        if columns == 0 {
            return Err(Error::too_few("rows", 0, 1, "columns"));
        }
        Ok(Self { columns, next: 0, seen: Vec::new() })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let ordered =
            self.seen.iter().all(|(from, to)| from < to) && self.seen.windows(2).all(|two| two[0].1 < two[1].0);
        let counted = self.seen.iter().try_fold(0u64, |sum, (from, to)| sum.checked_add(to.saturating_sub(*from)));
        super::stored::sound(self.columns > 0, "no columns")?;
        super::stored::sound(ordered && counted.is_some_and(|count| count <= MOST), "the ranges of row numbers")
    }

    pub(in crate::score) fn starting_at(mut self, row: u64) -> Self {
        self.next = row;
        self
    }

    /// The same rows with another number of columns.
    pub(in crate::score) fn with_columns(self, columns: usize) -> Self {
        Self { columns, ..self }
    }

    pub(in crate::score) fn columns(&self) -> usize {
        self.columns
    }

    pub(in crate::score) fn count(&self) -> u64 {
        self.seen.iter().map(|(from, to)| to - from).sum()
    }

    /// Checks a block and gives its rows their numbers; returns the first.
    pub(in crate::score) fn take(&mut self, block: ArrayView2<'_, f64>) -> Result<u64> {
        if block.ncols() != self.columns {
            return Err(Error::size_mismatch(("block", block.ncols()), ("state", self.columns), "columns"));
        }
        linalg::check_finite(block, "block")?;
        self.advance(block.nrows())
    }

    /// Gives so many rows their numbers; returns the first.
    pub(in crate::score) fn advance(&mut self, rows: usize) -> Result<u64> {
        let first = self.next;
        let last = first.checked_add(rows as u64).ok_or_else(|| Error::too_many("state", MOST, "rows"))?;
        if first < last {
            self.add(&[(first, last)])?;
        }
        self.next = last;
        Ok(first)
    }

    /// Takes the rows of another state.
    pub(in crate::score) fn join(&mut self, other: &Self) -> Result<()> {
        self.like(other)?;
        self.add(&other.seen)?;
        self.next = self.next.max(other.next);
        Ok(())
    }

    /// That rows of both have the same columns.
    pub(in crate::score) fn like(&self, other: &Self) -> Result<()> {
        if self.columns == other.columns {
            return Ok(());
        }
        Err(Error::size_mismatch(("state", self.columns), ("other state", other.columns), "columns"))
    }

    fn add(&mut self, ranges: &[(u64, u64)]) -> Result<()> {
        let mut all = [&self.seen, ranges].concat();
        all.sort_unstable();
        let mut joined: Vec<(u64, u64)> = Vec::with_capacity(all.len());
        for (from, to) in all {
            match joined.last_mut() {
                Some(last) if from < last.1 => {
                    let twice = format!("rows {from} to {} (counted from 0) were seen before", to.min(last.1) - 1);
                    return Err(Error::unsupported(
                        twice,
                        "each part of a sample starts at the number of its first row",
                    ));
                }
                Some(last) if from == last.1 => last.1 = to,
                _ => joined.push((from, to)),
            }
        }
        if joined.iter().map(|(from, to)| to - from).sum::<u64>() > MOST {
            return Err(Error::too_many("state", MOST, "rows"));
        }
        self.seen = joined;
        Ok(())
    }
}

/// That a setting of two states is the same.
pub(in crate::score) fn same<T: PartialEq + Display>(what: &str, one: T, other: T) -> Result<()> {
    if one == other {
        return Ok(());
    }
    Err(Error::unsupported(
        format!("one statistic of states whose {what} differ, {one} and {other},"),
        "only states of the same settings go together",
    ))
}
