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

    /// How many values each factor of a class has, where classes are combinations of factors: class `(v₁ n₂ + v₂) n₃ + v₃` has the
    /// values v of factors of n values. Unless this is written, a class is one factor.
    fn factors(&self) -> Vec<usize> {
        vec![self.classes()]
    }

    /// `n` independent samples, one a row, and the class of each, from 0 on.
    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>);
}

impl Scaled<dyn Labelled> {
    /// Number of classes.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.0.classes()
    }

    /// How many values each factor of a class has.
    #[must_use]
    pub fn factors(&self) -> Vec<usize> {
        self.0.factors()
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
    factors: Vec<usize>,
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
        Ok(Self { rows: Rows::new(rows)?, labels, factors: vec![classes] })
    }

    /// The same, where classes are combinations of [factors](Labelled::factors) of so many values.
    ///
    /// ```
    /// use fenchel::gan::{Labelled, LabelledRows};
    /// let four = LabelledRows::new(ndarray::array![[0.0], [1.0], [2.0], [3.0]].view(), vec![0, 1, 2, 3])?;
    /// assert_eq!(four.clone().with_factors(&[2, 2])?.factors(), [2, 2]);
    /// assert!(four.with_factors(&[2, 3]).is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// Factors whose combinations are not as many as the classes.
    pub fn with_factors(self, factors: &[usize]) -> Result<Self> {
        let classes = self.classes();
        if factors.iter().try_fold(1_usize, |product, &n| product.checked_mul(n)) != Some(classes) {
            let why = format!("factors of {factors:?} values do not make {classes} classes");
            return Err(Error::infeasible("the labels", why));
        }
        Ok(Self { factors: factors.to_vec(), ..self })
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

    fn factors(&self) -> Vec<usize> {
        self.factors.clone()
    }

    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>) {
        let numbers: Vec<usize> = (0..n).map(|_| rng.random_range(0..self.rows.count())).collect();
        (self.rows.at(&numbers), numbers.iter().map(|&i| self.labels[i]).collect())
    }
}
