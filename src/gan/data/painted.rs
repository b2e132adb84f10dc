//! Grey images in colours that their class suggests and does not decide.

use super::source::Source;
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2, s};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::TAU;

/// Deviation of a hue from that of its class, in radians.
const SPREAD: f64 = 0.8;

/// Grey images, painted anew whenever they are drawn.
///
/// A pixel of ink `y` in [0, 1] gets the chroma `y (cos h, sin h)`. The hue `h` is that of the class, `2π c/K`, and normal noise of
/// deviation 0.8, drawn for the upper and the lower half of the image apart. A row holds three planes, one after another: the grey
/// image, and the two coordinates of the chroma.
///
/// ```
/// use fenchel::gan::{Painted, Source};
/// let two = Painted::new(ndarray::array![[1.0, 0.0], [0.5, 1.0]].view(), &[0, 1])?;
/// let rows = two.draw(5, &mut fenchel::numeric::stream(0, 0));
/// assert_eq!(rows.dim(), (5, 6));
/// let chroma = rows.row(0)[2].hypot(rows.row(0)[4]);
/// assert!((chroma - rows.row(0)[0]).abs() < 1e-6); // of the first pixel: as long as there is ink
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Painted {
    images: Array2<f64>,
    labels: Vec<usize>,
}

impl Painted {
    /// Images of ink from 0 to 1, one a row from the top to the bottom, and what each shows.
    ///
    /// # Errors
    /// No images; not one label for each; ink that is not between 0 and 1.
    pub fn new(images: ArrayView2<'_, f64>, labels: &[usize]) -> Result<Self> {
        if images.is_empty() {
            return Err(Error::too_few("images", images.nrows(), 1, "rows"));
        }
        if images.nrows() != labels.len() {
            return Err(Error::size_mismatch(("images", images.nrows()), ("labels", labels.len()), "rows"));
        }
        if let Some(&ink) = images.iter().find(|ink| !(0.0..=1.0).contains(*ink)) {
            return Err(Error::out_of_domain("ink", ink, "a number in [0, 1]"));
        }
        Ok(Self { images: images.to_owned(), labels: labels.to_vec() })
    }

    /// The usual hue of a class, in radians.
    #[must_use]
    pub fn hue(&self, class: usize) -> f64 {
        let classes = self.labels.iter().max().map_or(1, |most| most + 1);
        TAU * class as f64 / classes as f64
    }

    /// Every image once, painted.
    pub fn all(&self, rng: &mut impl Rng) -> Array2<f64> {
        let mut rows = Array2::zeros((self.images.nrows(), self.dimension()));
        for (k, mut row) in rows.rows_mut().into_iter().enumerate() {
            row.assign(&self.paint(k, rng).row(0));
        }
        rows
    }

    /// An image in new colours, as a matrix of one row.
    fn paint(&self, number: usize, rng: &mut impl Rng) -> Array2<f64> {
        let pixels = self.images.ncols();
        let usual = self.hue(self.labels[number]);
        let hues = [(); 2].map(|()| {
            let noise: f64 = StandardNormal.sample(rng);
            usual + SPREAD * noise
        });
        let ink = self.images.row(number);
        let hue = |pixel: usize| hues[usize::from(2 * pixel >= pixels)];
        let mut row = Array2::zeros((1, 3 * pixels));
        row.slice_mut(s![0, ..pixels]).assign(&ink);
        for pixel in 0..pixels {
            row[[0, pixels + pixel]] = ink[pixel] * hue(pixel).cos();
            row[[0, 2 * pixels + pixel]] = ink[pixel] * hue(pixel).sin();
        }
        row
    }
}

impl Source for Painted {
    fn dimension(&self) -> usize {
        3 * self.images.ncols()
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        let mut batch = Array2::zeros((n, self.dimension()));
        for mut row in batch.rows_mut() {
            let number = rng.random_range(0..self.images.nrows());
            row.assign(&self.paint(number, rng).row(0).mapv(|x| x as f32));
        }
        batch
    }
}
