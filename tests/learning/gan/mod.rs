//! Adversarial training, a file a subject.

#![allow(clippy::float_cmp)]

mod constraints;
mod game;
mod games;
mod objectives;
mod optimum;
mod options;
mod schedules;
mod systems;
mod tables;
mod variants;

use fenchel::gan::Source;
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;

/// A normal law on the line.
struct Normal {
    mean: f64,
    deviation: f64,
}

impl Source for Normal {
    fn dimension(&self) -> usize {
        1
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        Array2::from_shape_simple_fn((n, 1), || {
            (self.mean + self.deviation * rng.sample::<f64, _>(StandardNormal)) as f32
        })
    }
}
