//! Random directions, and the projections of a cloud on them.

use crate::linalg::matmul;
use crate::numeric::stream;
use ndarray::{Array1, Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};

/// The k-th of the random unit vectors of this seed, from a stream of its own.
pub(crate) fn direction(seed: u64, k: u64, d: usize) -> Array1<f64> {
    let mut rng = stream(seed, k);
    loop {
        let direction: Array1<f64> = Array1::from_shape_simple_fn(d, || StandardNormal.sample(&mut rng));
        let length = direction.dot(&direction).sqrt();
        if length > 1e-100 {
            return direction / length;
        }
    }
}

/// The projections of all points, one direction a row.
pub(in crate::transport) fn project(points: ArrayView2<'_, f64>, directions: &Array2<f64>) -> Array2<f64> {
    matmul(directions.view(), points.t())
}
