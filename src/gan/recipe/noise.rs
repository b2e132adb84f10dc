//! What generators start from.

use ndarray::{Array2, Axis, concatenate};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// Independent standard normal numbers.
pub(super) fn noise(rows: usize, columns: usize, rng: &mut impl Rng) -> Array2<f32> {
    Array2::from_shape_simple_fn((rows, columns), || StandardNormal.sample(rng))
}

/// Each row of one matrix followed by the same row of another: noise and what a generator is told.
pub(super) fn beside(left: &Array2<f32>, right: &Array2<f32>) -> Array2<f32> {
    concatenate(Axis(1), &[left.view(), right.view()]).expect("matrices of as many rows")
}
