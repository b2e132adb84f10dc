//! Samples that come with a class.

use super::rows::Rows;
use super::source::{Scaled, Source};
use super::toy::Toy;
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// A law of samples and their classes.
pub trait Labelled: Source {
    /// Number of classes.
    fn classes(&self) -> usize;

    /// `n` independent samples, one a row, and the class of each, from 0 on.
    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>);
}

impl Scaled<dyn Labelled> {
    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.0.classes()
    }

    /// `n` independent samples, divided by the unit, and the class of each.
    pub fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>) {
        let (samples, labels) = self.0.draw_labelled(n, rng);
        (self.divided(samples), labels)
    }
}

impl<L: Labelled + 'static> From<L> for Scaled<dyn Labelled> {
    fn from(source: L) -> Self {
        Self(Box::new(source))
    }
}

/// The class of a sample is the mode it was drawn from. A swiss roll is one class.
impl Labelled for Toy {
    fn classes(&self) -> usize {
        self.centres().nrows().max(1)
    }

    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>) {
        let (points, modes) = self.sample_with_modes(n, rng);
        (points.mapv(|x| x as f32), modes)
    }
}

/// A labelled data set: each draw takes rows at random, with replacement.
///
/// ```
/// use fenchel::gan::{Labelled, LabelledRows};
/// let rows = LabelledRows::new(ndarray::array![[0.0], [1.0]].view(), vec![0, 1])?;
/// let (x, labels) = rows.draw_labelled(10, &mut fenchel::numeric::stream(0, 0));
/// assert!(x.column(0).iter().zip(&labels).all(|(&x, &label)| x as usize == label));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct LabelledRows {
    rows: Rows,
    labels: Vec<usize>,
}

impl LabelledRows {
    /// The rows of a matrix, one sample each, with the class of each.
    ///
    /// # Errors
    /// As [`Rows::new`]; not one label for each row; a class below the largest that no row has.
    pub fn new(rows: ArrayView2<'_, f64>, labels: Vec<usize>) -> Result<Self> {
        if rows.nrows() != labels.len() {
            return Err(Error::size_mismatch(("training data", rows.nrows()), ("labels", labels.len()), "rows"));
        }
        let classes = labels.iter().max().map_or(0, |most| most.saturating_add(1));
        let mut seen = vec![false; classes.min(labels.len())];
        for &label in &labels {
            match seen.get_mut(label) {
                Some(seen) => *seen = true,
                None => return Err(Error::out_of_domain("a label", label as f64, "numbers from 0 on without gaps")),
            }
        }
        if let Some(missing) = seen.iter().position(|seen| !seen) {
            let why = format!("no row has class {missing}; number them from 0 without gaps");
            return Err(Error::infeasible("the labels", why));
        }
        Ok(Self { rows: Rows::new(rows)?, labels })
    }
}

impl Source for LabelledRows {
    fn dimension(&self) -> usize {
        self.rows.dimension()
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.rows.draw(n, rng)
    }
}

impl Labelled for LabelledRows {
    fn classes(&self) -> usize {
        self.labels.iter().max().map_or(0, |most| most + 1)
    }

    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>) {
        let numbers: Vec<usize> = (0..n).map(|_| rng.random_range(0..self.rows.count())).collect();
        (self.rows.at(&numbers), numbers.iter().map(|&i| self.labels[i]).collect())
    }
}
