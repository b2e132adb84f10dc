//! Tables: columns of numbers and of categories, each compared by itself, and how they hang together.
//!
//! | question | numbers | categories |
//! |---|---|---|
//! | how far is a column from the real one? | `ks`, `w1` in its unit and in standard deviations, `jsd` | `tv`, `jsd` |
//! | is that chance? | p-value of `ks`: over all relabellings, or Kolmogorov's limit | p-value of the likelihood ratio over relabellings |
//! | are as many cells missing? | difference of the shares | the same |
//! | which categories are new or lost? | | listed |
//! | do the columns hang together as they should? | Pearson's correlation and Spearman's; the correlation ratio with categories | Cramér's V |
//!
//! [`columns`] answers the first four and [`associations`] the last. p-values of columns are corrected for their number
//! by Holm's method, which holds however the columns depend on each other. An [`Encoding`] makes points of rows, for
//! the scores of all columns together. A [`RunningTable`] answers the first four for tables that are seen block by
//! block and never held, and [`DrawnRows`] keeps as many of their rows as the last needs.
//!
//! ```
//! use fenchel::measure::{Column, Frame};
//! use fenchel::score::{Permutations, table};
//! let frame = |city: [&str; 4]| Frame::new(vec![("city".to_owned(), Column::categories(city.map(Some)))]);
//! let found = table::columns(
//!     &frame(["Riga", "Riga", "Oslo", "Bonn"])?,
//!     &frame(["Riga", "Riga", "Riga", "Lund"])?,
//!     Permutations::new(999, 0),
//! )?;
//! assert_eq!(found[0].score("tv").unwrap().value, 0.5);
//! assert_eq!(found[0].unseen, [("Lund".to_owned(), 1)]);
//! # Ok::<(), fenchel::Error>(())
//! ```

mod association;
mod column;
mod drawn;
mod encode;
mod exact;
mod holm;
mod levels;
mod ranks;
mod running;
mod sums;

pub use association::{Association, AssociationKind, Associations, associations};
pub use column::ColumnScores;
pub use drawn::DrawnRows;
pub use encode::Encoding;
pub use levels::MOST_LEVELS;
pub use running::RunningTable;

use super::Permutations;
use crate::error::Result;
use crate::measure::Frame;
use holm::corrected;
use rayon::prelude::*;

/// Compares two tables column by column.
///
/// `ks` is the largest difference of the distribution functions and `tv` half the sum of the differences of the shares,
/// both in [0, 1]. `w1` is the mean distance that a number is moved, in the unit of the column, and `w1_relative` the
/// same over the standard deviation of the real column. `jsd` is in nats, of numbers on at most 32 quantile bins.
/// Missing cells are left aside and counted.
///
/// Intervals, at 90 %, are for the laws. That of `ks` covers at least as often as it says; those of `tv`, `w1` and
/// `jsd` are less their bias, which is the baseline. Up to `n m` of 5,000,000 the p-value of `ks` is exact, also with
/// ties; so is that of `tv` for two categories. More categories have that of the likelihood ratio, at `jsd`. Else it is
/// that of at most `test.count` relabellings, or for more than 1000 different numbers Kolmogorov's limit.
///
/// O((n + m) log(n + m)) a column, and O(n m) for an exact p-value.
///
/// # Errors
/// Tables of different columns; too many relabellings. A column without cells has its reason in place of scores.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// use fenchel::score::{Permutations, table::columns};
/// let frame = |x: [f64; 3]| Frame::new(vec![("x".to_owned(), Column::numbers(x.map(Some))?)]);
/// let found = columns(&frame([1.0, 2.0, 3.0])?, &frame([4.0, 5.0, 6.0])?, Permutations::new(999, 0))?;
/// assert_eq!(found[0].score("ks").unwrap().value, 1.0);
/// assert_eq!(found[0].score("w1").unwrap().value, 3.0);
/// assert!((found[0].p_adjusted.unwrap() - 0.1).abs() < 1e-15); // 2 of C(6, 3)
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn columns(real: &Frame, generated: &Frame, test: Permutations) -> Result<Vec<ColumnScores>> {
    real.like(generated)?;
    test.validate()?;
    let pairs = real.names().par_iter().zip(real.columns().par_iter().zip(generated.columns()));
    Ok(corrected(pairs.map(|(name, (real, generated))| ColumnScores::of(name, real, generated, test)).collect()))
}
