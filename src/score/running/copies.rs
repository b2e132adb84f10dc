//! How many rows are exact copies of others, in bounded memory.
//!
//! Rows are known by a hash of 128 bits. While few different ones were seen all hashes are kept, and the counts are exact. Beyond that only those that begin
//! with `s` zeros are kept, a share `2⁻ˢ` of the different rows, with `s` as small as the capacity allows (Wegman's adaptive sampling; Flajolet,
//! doi:10.1007/BF02241657). Which are kept depends on the rows alone, so two samples keep the same ones.

use super::Running;
use super::rows::{RowNumbers, same};
use super::stored::{Version, checked_when_read};
use crate::error::{Error, Result};
use ndarray::{ArrayView1, ArrayView2};
use siphasher::sip128::{Hasher128, SipHasher13};
use std::collections::BTreeMap;
use std::hash::Hasher;

type Hash = (u64, u64);

/// Counts of rows that are equal, number by number (zero has one sign here).
///
/// At most `capacity` different rows are kept, each by about 5 numbers. With no more different rows than that the counts are exact; else they are estimates with a
/// standard error. Two different rows among `n` have one hash with a probability below `n²/2¹²⁹`. Merging in any order and pushing all rows give the
/// same bits. O(d + log capacity) a row.
///
/// ```
/// use fenchel::score::running::{Copies, Running};
/// use ndarray::array;
/// let (mut real, mut generated) = (Copies::new(1, 1000, 0)?, Copies::new(1, 1000, 0)?);
/// real.push(array![[1.0], [2.0], [2.0]].view())?;
/// generated.push(array![[2.0], [3.0], [2.0], [9.0]].view())?;
/// let (within, across) = (real.finish()?, real.copied(&generated)?);
/// assert_eq!((within.value, across.value, across.std_error), (1.0, 2.0, 0.0));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct Copies {
    version: Version,
    rows: RowNumbers,
    seed: u64,
    capacity: usize,
    /// Zeros that a hash begins with in order to be kept.
    zeros: u32,
    #[cfg_attr(feature = "serde", serde(with = "listed"))]
    counts: BTreeMap<Hash, u64>,
}

checked_when_read!(Copies);

/// A number of rows, counted or estimated.
///
/// ```
/// use fenchel::score::running::{Copies, Running};
/// let mut copies = Copies::new(1, 100, 0)?;
/// copies.push(ndarray::Array2::zeros((7, 1)).view())?;
/// let found = copies.finish()?;
/// assert!(found.is_exact() && found.value == 6.0 && found.rows == 7);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Counted {
    /// How many rows.
    pub value: f64,
    /// The standard error, 0 where all different rows were kept.
    pub std_error: f64,
    /// Of how many.
    pub rows: u64,
    /// The share of the different rows that was looked at, a power of two.
    pub share: f64,
}

impl Counted {
    /// Whether it is a count and no estimate.
    ///
    /// ```
    /// use fenchel::score::running::{Copies, Running};
    /// let mut copies = Copies::new(1, 10, 0)?;
    /// copies.push(ndarray::Array2::from_shape_fn((100, 1), |(i, _)| i as f64).view())?;
    /// assert!(!copies.finish()?.is_exact());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.share >= 1.0
    }
}

impl Copies {
    /// No rows yet, of so many columns; the seed is that of the hashes.
    ///
    /// # Errors
    /// No columns, no capacity.
    ///
    /// ```
    /// use fenchel::score::running::Copies;
    /// assert!(Copies::new(3, 100_000, 0).is_ok() && Copies::new(3, 0, 0).is_err());
    /// ```
    pub fn new(columns: usize, capacity: usize, seed: u64) -> Result<Self> {
        if capacity == 0 {
            return Err(Error::too_few("count of copies", 0, 1, "hashes"));
        }
        Ok(Self {
            version: Version,
            rows: RowNumbers::new(columns)?,
            seed,
            capacity,
            zeros: 0,
            counts: BTreeMap::new(),
        })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let fits = self.counts.len() <= self.capacity && self.capacity > 0 && self.zeros <= 64;
        let counted = self.counts.values().try_fold(0u64, |sum, count| sum.checked_add(*count));
        let right = counted
            .is_some_and(|sum| if self.zeros == 0 { sum == self.rows.count() } else { sum <= self.rows.count() });
        super::stored::sound(
            fits && right && self.counts.keys().all(|hash| begins(*hash, self.zeros)),
            "counts of hashes",
        )
    }

    /// How many of the generated rows are copies of real ones; the real sample is `self`.
    ///
    /// # Errors
    /// Other settings.
    ///
    /// ```
    /// use fenchel::score::running::{Copies, Running};
    /// use ndarray::Array2;
    /// let rows = |from: usize| Array2::from_shape_fn((20_000, 1), |(i, _)| (from + i) as f64);
    /// let (mut real, mut generated) = (Copies::new(1, 2000, 0)?, Copies::new(1, 2000, 0)?);
    /// real.push(rows(0).view())?;
    /// generated.push(rows(10_000).view())?;
    /// let found = real.copied(&generated)?; // 10,000 in truth
    /// assert!((found.value - 1e4).abs() < 4.0 * found.std_error);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn copied(&self, generated: &Self) -> Result<Counted> {
        self.alike(generated)?;
        let zeros = self.zeros.max(generated.zeros);
        let both = generated.counts.iter().filter(|(hash, _)| self.counts.contains_key(hash));
        let counts = both.filter(|(hash, _)| begins(**hash, zeros)).map(|(_, count)| *count);
        Ok(counted(counts, zeros, generated.rows()))
    }

    fn alike(&self, other: &Self) -> Result<()> {
        self.rows.like(&other.rows)?;
        same("capacities", self.capacity, other.capacity)?;
        same("seeds", self.seed, other.seed)
    }

    fn hash(&self, row: ArrayView1<'_, f64>) -> Hash {
        let mut hasher = SipHasher13::new_with_keys(self.seed, 0x636f_7069_6573);
        for x in row {
            // the sum of both zeros is the one without a sign
            hasher.write_u64((x + 0.0).to_bits());
        }
        let hash = hasher.finish128();
        (hash.h1, hash.h2)
    }

    fn add(&mut self, hash: Hash, count: u64) {
        if !begins(hash, self.zeros) {
            return;
        }
        *self.counts.entry(hash).or_insert(0) += count;
        while self.counts.len() > self.capacity {
            self.zeros += 1;
            let zeros = self.zeros;
            self.counts.retain(|hash, _| begins(*hash, zeros));
        }
    }
}

fn begins((head, _): Hash, zeros: u32) -> bool {
    head.leading_zeros() >= zeros
}

/// The sum over all different rows, from those that are kept.
fn counted(counts: impl Iterator<Item = u64>, zeros: u32, rows: u64) -> Counted {
    let share = 0.5f64.powi(zeros as i32);
    let (sum, squares) = counts.fold((0.0, 0.0), |(sum, squares), c| (sum + c as f64, squares + (c as f64).powi(2)));
    Counted { value: sum / share, std_error: (squares * (1.0 - share)).sqrt() / share, rows, share }
}

impl Running for Copies {
    type Finished = Counted;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        self.rows.take(rows)?;
        for row in rows.rows() {
            self.add(self.hash(row), 1);
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.alike(other)?;
        self.rows.join(&other.rows)?;
        if other.zeros > self.zeros {
            self.zeros = other.zeros;
            self.counts.retain(|hash, _| begins(*hash, other.zeros));
        }
        for (hash, count) in &other.counts {
            self.add(*hash, *count);
        }
        Ok(())
    }

    /// How many rows repeat another one; the first of each is no copy.
    fn finish(&self) -> Result<Counted> {
        Ok(counted(self.counts.values().map(|count| count - 1), self.zeros, self.rows()))
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}

/// A map as a list, for formats whose keys are words.
#[cfg(feature = "serde")]
mod listed {
    use super::{BTreeMap, Hash};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(counts: &BTreeMap<Hash, u64>, serializer: S) -> Result<S::Ok, S::Error> {
        counts.iter().map(|((a, b), count)| (*a, *b, *count)).collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Hash, u64>, D::Error> {
        let list = Vec::<(u64, u64, u64)>::deserialize(deserializer)?;
        let counts = list.into_iter().filter(|(_, _, count)| *count > 0);
        Ok(counts.map(|(a, b, count)| ((a, b), count)).collect())
    }
}
