//! One state: what it is, which parts it has seen, and its sums.

use super::additive::Additive;
use super::format::{Arrays, Header, foreign};
use super::parts::Parts;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::{Numbers, Real};
use ndarray::{ArrayBase, Data, Ix2};

/// The state of one sample, or of a part of it: takes rows in blocks, merges, and goes through bytes.
///
/// Each part of a sample has a number ([`part`](Self::part)). Two states that have seen the same part do not merge, so nothing is counted twice.
/// An error leaves the state as it was.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, MomentSums};
/// use ndarray::array;
/// let mut first = Accumulator::new(MomentSums::new(2)?);
/// first.push(array![[0.0, 1.0], [2.0, 3.0]])?;
/// let mut second = Accumulator::new(MomentSums::new(2)?).part(1);
/// second.push(array![[4.0f32, 5.0]])?; // single precision too
/// let sent = second.to_bytes();
/// first.merge(&Accumulator::from_bytes(&sent)?)?;
/// assert_eq!(first.rows(), 3);
/// assert!(first.merge(&second).unwrap_err().to_string().contains("part 1"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Accumulator<K> {
    parts: Parts,
    rows: u64,
    pub(super) kept: K,
}

impl<K: Additive> Accumulator<K> {
    /// No rows yet, for part 0.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// assert_eq!(Accumulator::new(MomentSums::new(3)?).rows(), 0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn new(kind: K) -> Self {
        Self { parts: Parts::only(0), rows: 0, kept: kind }
    }

    /// The same for the part of this number.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// let mut whole = Accumulator::new(MomentSums::new(3)?);
    /// assert!(whole.merge(&Accumulator::new(MomentSums::new(3)?).part(7)).is_ok()); // a part without rows
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn part(self, number: u64) -> Self {
        Self { parts: Parts::only(number), ..self }
    }

    /// How many rows were seen.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// How many columns rows have.
    pub fn columns(&self) -> usize {
        self.kept.columns()
    }

    /// Takes a block of rows, in double or single precision.
    ///
    /// # Errors
    /// Another number of columns; entries that are not finite; rows that the kind does not take.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// let mut state = Accumulator::new(MomentSums::new(1)?);
    /// let error = state.push(ndarray::array![[0.0], [f64::NAN]]).unwrap_err();
    /// assert!(error.to_string().contains("NaN") && state.rows() == 0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn push<T: Real, S: Data<Elem = T>>(&mut self, rows: ArrayBase<S, Ix2>) -> Result<()> {
        self.take(rows, None)
    }

    /// The same with a weight a row.
    ///
    /// Moments and cells take any weights. Histograms and features count in whole numbers, and so their weights are whole. The
    /// other kinds take none.
    ///
    /// # Errors
    /// As [`push`](Self::push); weights that are negative, not finite, not as many as rows, or none of the kind.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// use ndarray::array;
    /// let mut state = Accumulator::new(MomentSums::new(1)?);
    /// state.push_weighted(array![[0.0], [3.0]], [2.0, 1.0])?;
    /// assert!((state.finish()?.mean()[0] - 1.0).abs() < 1e-15);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn push_weighted<T: Real, S: Data<Elem = T>>(
        &mut self,
        rows: ArrayBase<S, Ix2>,
        weights: impl Numbers,
    ) -> Result<()> {
        self.take(rows, Some(weights.numbers()))
    }

    fn take<T: Real, S: Data<Elem = T>>(&mut self, rows: ArrayBase<S, Ix2>, weights: Option<Vec<f64>>) -> Result<()> {
        // of one layout, so that the bits do not depend on the caller's
        let rows = T::table(rows).as_standard_layout().into_owned();
        if rows.ncols() != self.columns() {
            return Err(Error::size_mismatch(("block", rows.ncols()), ("state", self.columns()), "columns"));
        }
        linalg::check_finite(rows.view(), "block")?;
        for (i, &weight) in weights.iter().flatten().enumerate() {
            if !weight.is_finite() {
                return Err(Error::not_finite("weights", i, weight));
            }
            if weight < 0.0 {
                return Err(Error::negative("weights", i, weight));
            }
        }
        if let Some(weights) = weights.as_ref().filter(|weights| weights.len() != rows.nrows()) {
            return Err(Error::size_mismatch(("weights", weights.len()), ("block", rows.nrows()), "rows"));
        }
        if rows.nrows() == 0 {
            return Ok(());
        }
        let all = self.sum(rows.nrows() as u64)?;
        let mut kept = self.kept.clone();
        kept.push(rows.view(), weights.as_deref(), self.rows)?;
        (self.rows, self.kept) = (all, kept);
        Ok(())
    }

    fn sum(&self, more: u64) -> Result<u64> {
        const MOST: u64 = 1 << 40;
        let all = self.rows.checked_add(more).filter(|rows| *rows <= MOST);
        all.ok_or_else(|| Error::too_many("state", MOST, "rows"))
    }

    /// Takes what another state has seen.
    ///
    /// # Errors
    /// States of other specifications (the error says what differs), or that have both seen the same part.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// let mut state = Accumulator::new(MomentSums::new(3)?);
    /// let other = Accumulator::new(MomentSums::new(4)?).part(1);
    /// assert!(state.merge(&other).unwrap_err().to_string().contains("`columns` differ (3 and 4)"));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.alike(other)?;
        let (parts, rows) = (self.parts.join(&other.parts)?, self.sum(other.rows)?);
        let mut kept = self.kept.clone();
        kept.merge(&other.kept)?;
        *self = Self { parts, rows, kept };
        Ok(())
    }

    /// That both states are of one specification.
    pub(super) fn alike(&self, other: &Self) -> Result<()> {
        specification(&self.kept).same(&specification(&other.kept))
    }

    /// The state as bytes, in the format of this [module](super).
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// let state = Accumulator::new(MomentSums::new(2)?);
    /// let bytes = state.to_bytes();
    /// assert!(bytes.starts_with(b"fenchel") && bytes.len() == state.size());
    /// assert!(Accumulator::<MomentSums>::from_bytes(&bytes)? == state);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut arrays = Arrays::default();
        self.parts.write(&mut arrays);
        self.kept.specification(&mut arrays);
        self.kept.write(&mut arrays);
        let hash = specification(&self.kept).hash();
        arrays.to_bytes(Header { kind: K::NUMBER, hash, rows: self.rows })
    }

    /// A state from bytes. They may come from anywhere: what is not a whole state of this kind and version is an error.
    ///
    /// # Errors
    /// Bytes that are cut off, changed, of another kind or of another version.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// assert!(Accumulator::<MomentSums>::from_bytes(b"no state").is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let (header, mut arrays) = Arrays::from_bytes(bytes)?;
        if header.kind != K::NUMBER {
            return Err(foreign(format!("they hold kind {} and not {} ({})", header.kind, K::NUMBER, K::NAME)));
        }
        let parts = Parts::read(&mut arrays)?;
        let kept = K::read(&mut arrays, header.rows)?;
        arrays.end()?;
        if specification(&kept).hash() != header.hash {
            return Err(foreign("the hash of the specification is another one"));
        }
        Ok(Self { parts, rows: header.rows, kept })
    }

    /// The length of [`to_bytes`](Self::to_bytes).
    #[must_use]
    pub fn size(&self) -> usize {
        self.to_bytes().len()
    }
}

fn specification(kind: &impl Additive) -> Arrays {
    let mut arrays = Arrays::default();
    kind.specification(&mut arrays);
    arrays
}
