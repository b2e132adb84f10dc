//! What a kind of state has to say about itself.

use super::format::Arrays;
use crate::error::{Error, Result};
use ndarray::ArrayView2;

/// A kind of sums over rows that [`Accumulator`](super::Accumulator) keeps, merges and stores.
///
/// The kinds of this module implement it; it is not meant to be implemented elsewhere.
pub trait Additive: Clone {
    /// What the kind is called.
    const NAME: &'static str;
    /// Its number in the bytes of a state.
    const NUMBER: u32;

    /// How many columns rows have.
    fn columns(&self) -> usize;

    /// What two states have to agree on.
    fn specification(&self, to: &mut Arrays);

    /// Takes rows that are finite and of the right columns; weights are finite and not negative. `first` rows were pushed before.
    ///
    /// # Errors
    /// Rows or weights that the kind does not take. What is left behind is thrown away by the caller.
    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, first: u64) -> Result<()>;

    /// Takes the sums of another state of the same specification. What is left behind by an error is thrown away.
    ///
    /// # Errors
    /// Sums that become too large.
    fn merge(&mut self, other: &Self) -> Result<()>;

    /// The sums as arrays.
    fn write(&self, to: &mut Arrays);

    /// Specification and sums from arrays that anyone may have written.
    ///
    /// # Errors
    /// Arrays that this library does not write for so many rows.
    fn read(from: &mut Arrays, rows: u64) -> Result<Self>;
}

/// Weights as the numbers of times that rows count.
pub(super) fn times(weights: Option<&[f64]>, kind: &str) -> Result<Option<Vec<u64>>> {
    /// Beyond it not every whole number is one of `f64`.
    const MOST: f64 = (1u64 << 53) as f64;
    let Some(weights) = weights else { return Ok(None) };
    if let Some(&wrong) = weights.iter().find(|w| w.fract() != 0.0 || **w > MOST) {
        return Err(Error::out_of_domain(
            format!("a weight of {kind}"),
            wrong,
            "a whole number: how many times the row counts",
        ));
    }
    Ok(Some(weights.iter().map(|w| *w as u64).collect()))
}

/// That there are no weights.
pub(super) fn unweighted(weights: Option<&[f64]>, kind: &str) -> Result<()> {
    match weights {
        None => Ok(()),
        Some(_) => Err(Error::unsupported(
            format!("{kind} with weights"),
            "its rows count once; weights go with moments, histograms, features and cells",
        )),
    }
}
