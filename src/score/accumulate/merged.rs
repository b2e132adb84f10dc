//! What states of two samples finish into.

use crate::certificate::Estimate;

/// An estimate from merged states, with what merging and counting in cells may have changed.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, MomentSums};
/// use ndarray::array;
/// let mut x = Accumulator::new(MomentSums::new(1)?);
/// x.push(array![[0.0], [2.0]])?;
/// let mut y = Accumulator::new(MomentSums::new(1)?);
/// y.push(array![[3.0], [5.0]])?;
/// let found = x.frechet(&y)?;
/// assert!((found.estimate.value - 9.0).abs() <= found.rounding);
/// assert!(found.bracket.0 <= 9.0 && 9.0 <= found.bracket.1);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// The estimate; its interval is for the laws, as everywhere.
    pub estimate: Estimate,
    /// Where the value *of these samples* is for certain: rounding, the width of bins and the size of cells are in it.
    pub bracket: (f64, f64),
    /// By how much rounding (of sums, merges and stored numbers) can have changed the value.
    pub rounding: f64,
}
