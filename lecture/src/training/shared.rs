//! What the files of the chapter share: its name, and samples of laws on the line.

use fenchel::gan::Source;
use fenchel::measure::density::Density;
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

pub(super) const CHAPTER: &str = "training";

/// `n` independent samples of a law, one a row.
pub(super) fn rows(law: &dyn Density, n: usize, rng: &mut impl Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((n, 1), || law.quantile(rng.random::<f64>()))
}

/// A law on the line as real data.
pub(super) struct Line<D>(pub D);

impl<D: Density + Send + Sync> Source for Line<D> {
    fn dimension(&self) -> usize {
        1
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        rows(&self.0, n, rng).mapv(|x| x as f32)
    }
}
