//! Projections whose bits do not depend on how rows come in blocks.

use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView1};

/// A matrix, one direction a column, and the point from which rows are seen.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::score) struct Projection {
    pub(in crate::score) origin: Vec<f64>,
    pub(in crate::score) directions: Array2<f64>,
}

impl Projection {
    /// `(row - origin) · direction` for every direction, the terms added in the order of the columns.
    pub(in crate::score) fn project(&self, row: ArrayView1<'_, f64>, into: &mut [f64]) {
        into.fill(0.0);
        for ((x, from), weights) in row.iter().zip(&self.origin).zip(self.directions.rows()) {
            match weights.as_slice() {
                Some(weights) => add(x - from, weights, into),
                None => into.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += (x - from) * weight),
            }
        }
    }
}

/// Adds multiples of the weights; products are rounded before they are added on every machine.
#[multiversion::multiversion(targets = "simd")]
fn add(x: f64, weights: &[f64], sums: &mut [f64]) {
    for (sum, weight) in sums.iter_mut().zip(weights) {
        *sum += x * weight;
    }
}

/// The origin as given, or zero.
pub(super) fn checked_origin(origin: &[f64], columns: usize) -> Result<Vec<f64>> {
    if origin.is_empty() {
        return Ok(vec![0.0; columns]);
    }
    if origin.len() != columns {
        return Err(Error::size_mismatch(("origin", origin.len()), ("rows", columns), "columns"));
    }
    match origin.iter().position(|x| !x.is_finite()) {
        Some(at) => Err(Error::not_finite("origin", at, origin[at])),
        None => Ok(origin.to_vec()),
    }
}
