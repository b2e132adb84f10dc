//! Where real samples come from.

use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A law that can be sampled.
pub trait Source: Send + Sync {
    /// Columns of a sample.
    fn dimension(&self) -> usize;

    /// The length that networks should take for one: a game divides samples by it before it shows them to its discriminator, and multiplies
    /// what its generator makes. Networks learn best where columns vary by about one. Left unset: 1.
    fn unit(&self) -> f64 {
        1.0
    }

    /// `n` independent samples, one a row.
    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32>;
}

impl Source for Box<dyn Source> {
    fn dimension(&self) -> usize {
        self.as_ref().dimension()
    }

    fn unit(&self) -> f64 {
        self.as_ref().unit()
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.as_ref().draw(n, rng)
    }
}

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
