//! Clouds that several files draw.

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Ground, Problem};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Standard normal rows.
pub fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

/// The same under random weights, one of them zero.
pub fn weighted(n: usize, d: usize, seed: u64) -> Empirical {
    let mut rng = stream(seed, 1);
    let mut w: Vec<f64> = (0..n).map(|_| rng.random::<f64>() + 0.05).collect();
    if n > 5 {
        w[3] = 0.0;
    }
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    Empirical::weighted(normal(n, d, seed), w).unwrap()
}

/// Transport between them under squared distances.
pub fn squared(x: &Empirical, y: &Empirical) -> Problem {
    Problem::between(x, y, Ground::SqEuclidean).unwrap()
}
