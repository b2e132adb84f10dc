//! Where real samples come from.

use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use std::fmt;

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

/// A source in units of itself: what networks see of it.
///
/// Any source turns into one by `into`, and so does any [labelled one](super::Labelled) into `Scaled<dyn Labelled>`.
pub struct Scaled<S: ?Sized = dyn Source>(pub(super) Box<S>);

impl<S: Source + ?Sized> Scaled<S> {
    /// Columns of a sample.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.0.dimension()
    }

    /// The length that is 1 in these units.
    #[must_use]
    pub fn unit(&self) -> f64 {
        self.0.unit()
    }

    /// `n` independent samples, divided by the unit.
    pub fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.divided(self.0.draw(n, rng))
    }

    pub(super) fn divided(&self, mut samples: Array2<f32>) -> Array2<f32> {
        let unit = self.0.unit() as f32;
        samples.mapv_inplace(|x| x / unit);
        samples
    }
}

impl<S: Source + 'static> From<S> for Scaled {
    fn from(source: S) -> Self {
        Self(Box::new(source))
    }
}

impl<S: Source + ?Sized> fmt::Debug for Scaled<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scaled").field("dimension", &self.dimension()).field("unit", &self.unit()).finish()
    }
}
