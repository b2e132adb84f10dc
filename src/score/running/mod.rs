//! Scores of samples that are never held: states that take rows block by block, merge, and finish into numbers with their error.
//!
//! A [`Running`] state knows nothing of files or threads. Whoever has a part of the rows pushes them into a state of its own, and the states are
//! merged afterwards: two halves of a file, two machines, two days. Memory is bounded by the settings, whatever the number of rows.
//!
//! | state | memory, in numbers of 8 bytes | what it finishes into | merging two halves, against pushing both |
//! |---|---|---|---|
//! | [`Moments`] | `d²` a group (20 groups up to 256 columns, else 1) | [`Gaussian`](crate::measure::Gaussian); the squared Fréchet distance | 1e-10, relative to the largest distance of a row from the first |
//! | [`ColumnSketches`] | at most `k (2 + log₂(n/k))` a column | a [`SketchedLaw`] a column; KS, W₁, JSD | within the stated rank errors of both |
//! | [`Slices`] | twice that a direction | a [`SketchedLaw`] a direction; sliced W₂ | the same |
//! | [`RandomFeatures`] | 40 a frequency | means of cosines and sines; MMD | the same bits |
//! | [`Reservoir`] | `d + 2` a row kept | rows drawn at random | the same bits |
//! | [`Copies`] | about 5 a row kept | rows that are copies | the same bits |
//!
//! [`Sample`] holds all of them for one sample, and a [`RunningPair`] a real and a generated one, which [finishes](RunningPair::finish) into
//! [`Estimate`](crate::certificate::Estimate)s.
//!
//! Rows have numbers, counted from 0 or from where a state [starts](Running::starting_at). Random choices depend on the seed and on the number of
//! a row, not on the state that saw it. A state remembers the ranges of numbers it has seen, and two states that have seen the same row do not merge.
//! A state needs two numbers more for each range that has a gap before it.
//!
//! The same calls give the same bits. With the feature `serde` a state can be written and read back; it has the version of its format in it, and
//! what is read is checked.
//!
//! ```
//! use fenchel::score::running::{Moments, Running};
//! use ndarray::array;
//! let mut whole = Moments::new(1)?;
//! whole.push(array![[0.0], [1.0], [2.0], [5.0]].view())?;
//! let mut first = Moments::new(1)?;
//! first.push(array![[0.0], [1.0]].view())?;
//! let mut second = Moments::new(1)?.starting_at(2);
//! second.push(array![[2.0], [5.0]].view())?;
//! first.merge(&second)?;
//! assert_eq!(first.rows(), 4);
//! assert!((first.finish()?.mean()[0] - whole.finish()?.mean()[0]).abs() < 1e-15);
//! # Ok::<(), fenchel::Error>(())
//! ```

mod columns;
mod copies;
mod features;
mod jackknife;
mod law;
mod moments;
mod pair;
mod projection;
mod reservoir;
mod rows;
mod sample;
mod sketch;
mod slices;
mod stored;
mod waves;

pub use columns::ColumnSketches;
pub(super) use columns::{binned, jsd_of_bins, kolmogorov, kolmogorov_moments, ks, rates, spread, w1};
pub use copies::{Copies, Counted};
pub use features::RandomFeatures;
pub(super) use jackknife::{GROUPS, Jackknife, STUDENT};
pub use law::SketchedLaw;
pub use moments::Moments;
pub use pair::RunningPair;
pub(super) use projection::Projection;
pub use reservoir::Reservoir;
pub(super) use rows::{RowNumbers, same};
pub use sample::{Sample, Setting};
pub(super) use sketch::Sketch;
pub use slices::Slices;
#[cfg(feature = "serde")]
pub(super) use stored::sound;
pub(super) use stored::{Version, checked_when_read};

use crate::error::Result;
use ndarray::ArrayView2;

/// A statistic of a sample that is seen block by block.
///
/// An error leaves the state as it was.
///
/// ```
/// use fenchel::score::running::{Copies, Running};
/// use ndarray::array;
/// let mut copies = Copies::new(2, 1000, 0)?;
/// copies.push(array![[1.0, 2.0], [3.0, 4.0]].view())?;
/// copies.push(array![[1.0, 2.0]].view())?;
/// assert_eq!(copies.finish()?.value, 1.0); // one row repeats another
/// # Ok::<(), fenchel::Error>(())
/// ```
pub trait Running: Sized {
    /// What the statistic is once all rows were seen.
    type Finished;

    /// The state with its next row at this number; 0 where nothing is said.
    #[must_use]
    fn starting_at(self, row: u64) -> Self;

    /// Takes a block of rows, of any length.
    ///
    /// # Errors
    /// Another number of columns; entries that are not finite; row numbers that were seen before.
    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()>;

    /// Takes what another state has seen. The next row comes after the rows of both.
    ///
    /// # Errors
    /// States of other settings (the error says which), or that have seen the same row.
    fn merge(&mut self, other: &Self) -> Result<()>;

    /// The statistic of all rows so far; more may be pushed afterwards.
    ///
    /// # Errors
    /// Too few rows, or values that `f64` cannot hold.
    fn finish(&self) -> Result<Self::Finished>;

    /// How many rows were seen.
    fn rows(&self) -> u64;
}
