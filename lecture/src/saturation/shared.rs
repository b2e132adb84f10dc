//! Samples and distances that several rows of the chapter use.

use fenchel::linalg::matmul;
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

pub(super) const CHAPTER: &str = "saturation";

/// Squared distances from each row of `x` to each row of `y`.
pub(super) fn squared_distances(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array2<f64> {
    let norms = |a: ArrayView2<'_, f64>| a.rows().into_iter().map(|r| r.dot(&r)).collect::<Vec<_>>();
    let (nx, ny) = (norms(x), norms(y));
    let mut d = matmul(x, y.t());
    for ((i, j), d) in d.indexed_iter_mut() {
        *d = (nx[i] + ny[j] - 2.0 * *d).max(0.0);
    }
    d
}

/// `n` rows of `d` standard normal numbers.
pub(super) fn normal_rows(n: usize, d: usize, rng: &mut impl Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(rng))
}
