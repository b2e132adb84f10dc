//! A data set as a source.

use super::source::Source;
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A data set: each draw takes rows at random, with replacement.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows(Array2<f32>);

impl Rows {
    /// The rows of a matrix, one sample each.
    ///
    /// # Errors
    /// No rows, no columns, an entry that is not finite or too large for an `f32`.
    pub fn new(rows: ArrayView2<'_, f64>) -> Result<Self> {
        for (unit, found) in [("rows", rows.nrows()), ("columns", rows.ncols())] {
            if found == 0 {
                return Err(Error::too_few("training data", found, 1, unit));
            }
        }
        let narrow = rows.mapv(|x| x as f32);
        match narrow.indexed_iter().find(|(_, x)| !x.is_finite()) {
            Some(((i, j), _)) => Err(Error::not_finite("training data", (i, j), rows[[i, j]])),
            None => Ok(Self(narrow)),
        }
    }
}

impl Rows {
    /// Some of the rows, by their numbers.
    pub(super) fn at(&self, numbers: &[usize]) -> Array2<f32> {
        self.0.select(Axis(0), numbers)
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.0.nrows()
    }
}

impl Source for Rows {
    fn dimension(&self) -> usize {
        self.0.ncols()
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        let mut batch = Array2::zeros((n, self.0.ncols()));
        for mut row in batch.rows_mut() {
            row.assign(&self.0.row(rng.random_range(0..self.0.nrows())));
        }
        batch
    }
}
