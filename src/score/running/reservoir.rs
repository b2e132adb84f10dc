//! Rows drawn at random from a stream, with or without weights.
//!
//! Every row has a key `-ln(u)/w` with `u` from the seed and the row's number, and those of the smallest keys are kept: the scheme of Efraimidis and
//! Spirakis (doi:10.1016/j.ipl.2005.11.003), in logarithms.

use super::Running;
use super::rows::{RowNumbers, same};
use super::stored::{Version, checked_when_read};
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView1, ArrayView2};
use siphasher::sip::SipHasher13;
use std::cmp::Ordering;
use std::hash::Hasher;

/// A random draw of at most `capacity` rows without replacement, for the scores that need neighbours.
///
/// A row's key depends on the seed, its number and its weight alone. So the draw of all rows is found in the draws of the parts, and merging in any order and
/// pushing all rows give the same bits. `d + 2` numbers a row kept, and at most twice as many rows on the way.
///
/// ```
/// use fenchel::score::running::{Reservoir, Running};
/// use ndarray::Array2;
/// let rows = Array2::from_shape_fn((1000, 2), |(i, j)| (2 * i + j) as f64);
/// let mut drawn = Reservoir::new(2, 10, 3)?;
/// drawn.push(rows.view())?;
/// let sample = drawn.finish()?; // in the order of the stream
/// assert_eq!(sample.nrows(), 10);
/// assert!(sample.rows().into_iter().all(|row| row[1] == row[0] + 1.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct Reservoir {
    version: Version,
    rows: RowNumbers,
    seed: u64,
    capacity: usize,
    /// The rows of the smallest keys, by key.
    kept: Vec<Kept>,
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Kept {
    key: f64,
    number: u64,
    row: Vec<f64>,
}

checked_when_read!(Reservoir);

impl Kept {
    fn order(&self, other: &Self) -> Ordering {
        self.key.total_cmp(&other.key).then(self.number.cmp(&other.number))
    }
}

impl Reservoir {
    /// No rows yet, of so many columns.
    ///
    /// # Errors
    /// No columns, no capacity.
    ///
    /// ```
    /// use fenchel::score::running::Reservoir;
    /// assert!(Reservoir::new(3, 1000, 0).is_ok() && Reservoir::new(3, 0, 0).is_err());
    /// ```
    pub fn new(columns: usize, capacity: usize, seed: u64) -> Result<Self> {
        if capacity == 0 {
            return Err(Error::too_few("reservoir", 0, 1, "rows"));
        }
        Ok(Self { version: Version, rows: RowNumbers::new(columns)?, seed, capacity, kept: Vec::new() })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let fits = self.kept.len() <= self.capacity && self.kept.len() as u64 <= self.rows.count();
        let ordered = self.kept.windows(2).all(|two| two[0].order(&two[1]).is_lt());
        let whole = self.kept.iter().all(|kept| kept.row.len() == self.rows.columns());
        super::stored::sound(fits && ordered && whole && self.capacity > 0, "the rows of a reservoir")
    }

    /// As [`push`](Running::push), for rows that are drawn in proportion to weights: a row of weight 2 as if it were two, until it is drawn. Rows
    /// of weight 0 never are.
    ///
    /// # Errors
    /// As [`push`](Running::push); weights that are negative, not finite, or not as many as rows.
    ///
    /// ```
    /// use fenchel::score::running::{Reservoir, Running};
    /// use ndarray::array;
    /// let mut drawn = Reservoir::new(1, 2, 0)?;
    /// drawn.push_weighted(array![[1.0], [2.0], [3.0]].view(), array![1.0, 0.0, 5.0].view())?;
    /// assert_eq!(drawn.finish()?, array![[1.0], [3.0]]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn push_weighted(&mut self, rows: ArrayView2<'_, f64>, weights: ArrayView1<'_, f64>) -> Result<()> {
        if weights.len() != rows.nrows() {
            return Err(Error::size_mismatch(("weights", weights.len()), ("block", rows.nrows()), "rows"));
        }
        for (i, &weight) in weights.iter().enumerate() {
            if !weight.is_finite() {
                return Err(Error::not_finite("weights", i, weight));
            }
            if weight < 0.0 {
                return Err(Error::negative("weights", i, weight));
            }
        }
        self.draw(rows, weights.iter().copied())
    }

    fn draw(&mut self, rows: ArrayView2<'_, f64>, weights: impl IntoIterator<Item = f64>) -> Result<()> {
        let first = self.rows.take(rows)?;
        let mut last = self.settle();
        for ((row, weight), number) in rows.rows().into_iter().zip(weights).zip(first..) {
            let key = exponential(self.seed, number) / weight;
            // a row without weight, or one after the last of a full reservoir, is never kept
            if key.is_infinite() || key > last {
                continue;
            }
            self.kept.push(Kept { key, number, row: row.to_vec() });
            if self.kept.len() >= 2 * self.capacity {
                last = self.settle();
            }
        }
        self.settle();
        Ok(())
    }

    /// Keeps the smallest keys, in order, and returns the one that others have to be below.
    fn settle(&mut self) -> f64 {
        self.kept.sort_unstable_by(Kept::order);
        self.kept.truncate(self.capacity);
        if self.kept.len() < self.capacity { f64::INFINITY } else { self.kept[self.capacity - 1].key }
    }
}

/// `-ln(u)` for a `u` in (0, 1) that belongs to this row.
fn exponential(seed: u64, number: u64) -> f64 {
    let mut hasher = SipHasher13::new_with_keys(seed, 0x7265_7365_7276_6f69);
    hasher.write_u64(number);
    let u = ((hasher.finish() >> 12) as f64 + 0.5) / (1u64 << 52) as f64;
    -libm::log(u)
}

impl Running for Reservoir {
    type Finished = Array2<f64>;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    /// All rows have the weight 1.
    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        self.draw(rows, std::iter::repeat(1.0))
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.rows.like(&other.rows)?;
        same("capacities", self.capacity, other.capacity)?;
        same("seeds", self.seed, other.seed)?;
        self.rows.join(&other.rows)?;
        self.kept.extend(other.kept.iter().cloned());
        self.settle();
        Ok(())
    }

    /// The rows drawn, in the order of their numbers.
    fn finish(&self) -> Result<Array2<f64>> {
        let mut kept: Vec<&Kept> = self.kept.iter().collect();
        kept.sort_unstable_by_key(|kept| kept.number);
        let values = kept.iter().flat_map(|kept| &kept.row).copied().collect();
        let shape = (kept.len(), self.rows.columns());
        Ok(Array2::from_shape_vec(shape, values).expect("every row has as many columns"))
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}
