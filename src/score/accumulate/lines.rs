//! The lines that rows are projected on: the columns, or random directions.

use super::format::{Arrays, foreign};
use crate::error::{Error, Result};
use crate::score::running::Projection;
use crate::transport::line::direction;
use ndarray::{Array2, ArrayView1};

/// Lines through the origin. The bits of a projection depend on the row alone, and not on its block.
///
/// ```
/// use fenchel::score::accumulate::Lines;
/// assert_eq!(Lines::columns(3)?.count(), 3);
/// assert_eq!(Lines::directions(3, 50, 0)?.count(), 50);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    columns: usize,
    /// 0 where the lines are the columns.
    directions: usize,
    seed: u64,
    projection: Option<Projection>,
}

/// Columns times directions; the matrix of a foreign state must not fill the memory.
const MOST: usize = 1 << 24;

impl Lines {
    /// One line a column.
    ///
    /// # Errors
    /// No columns, or too many.
    ///
    /// ```
    /// assert!(fenchel::score::accumulate::Lines::columns(0).is_err());
    /// ```
    pub fn columns(columns: usize) -> Result<Self> {
        if columns == 0 {
            return Err(Error::too_few("rows", 0, 1, "columns"));
        }
        if columns > MOST {
            return Err(Error::too_many("rows", MOST as u64, "columns"));
        }
        Ok(Self { columns, directions: 0, seed: 0, projection: None })
    }

    /// Random directions: those of [`Sliced`](crate::transport::Sliced) with the same seed.
    ///
    /// # Errors
    /// No columns, no directions, or too many.
    ///
    /// ```
    /// assert!(fenchel::score::accumulate::Lines::directions(3, 0, 0).is_err());
    /// ```
    pub fn directions(columns: usize, directions: usize, seed: u64) -> Result<Self> {
        if directions == 0 {
            return Err(Error::too_few("sliced distance", 0, 1, "directions"));
        }
        Self::columns(columns)?;
        if columns.checked_mul(directions).is_none_or(|size| size > MOST) {
            return Err(Error::too_many("directions", MOST as u64, "numbers"));
        }
        let mut matrix = Array2::zeros((columns, directions));
        for (k, mut column) in matrix.columns_mut().into_iter().enumerate() {
            column.assign(&direction(seed, k as u64, columns));
        }
        let projection = Projection { origin: vec![0.0; columns], directions: matrix };
        Ok(Self { columns, directions, seed, projection: Some(projection) })
    }

    /// How many lines there are.
    #[must_use]
    pub fn count(&self) -> usize {
        if self.directions == 0 { self.columns } else { self.directions }
    }

    pub(super) fn of_columns(&self) -> usize {
        self.columns
    }

    /// The seed of the directions, if they are random.
    pub(super) fn seed(&self) -> Option<u64> {
        (self.directions > 0).then_some(self.seed)
    }

    pub(super) fn project(&self, row: ArrayView1<'_, f64>, into: &mut [f64]) {
        match &self.projection {
            Some(projection) => projection.project(row, into),
            None => into.iter_mut().zip(row).for_each(|(value, x)| *value = *x),
        }
    }

    pub(super) fn write(&self, to: &mut Arrays) {
        to.count("columns", self.columns as u64);
        to.count("directions", self.directions as u64);
        to.count("seed", self.seed);
    }

    pub(super) fn read(from: &mut Arrays) -> Result<Self> {
        let (columns, directions) = (from.take_size("columns")?, from.take_size("directions")?);
        match (directions, from.take_count("seed")?) {
            (0, 0) => Self::columns(columns),
            (0, _) => Err(foreign("lines along columns have no seed")),
            (_, seed) => Self::directions(columns, directions, seed),
        }
    }
}
