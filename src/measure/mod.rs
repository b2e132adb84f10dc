//! Laws: values that are valid once built.
//!
//! | type | what it is |
//! |---|---|
//! | [`Pmf`] | masses on finitely many bins, total one |
//! | [`Empirical`] | weighted points, n×d |
//! | [`Gaussian`] | mean and covariance, any rank |
//! | [`density`] | one-dimensional laws with a density |
//! | [`Histogram`] | bin edges and counts |

pub(crate) mod copies;
pub mod density;
pub(crate) mod distance;
mod empirical;
mod frame;
mod gaussian;
mod histogram;
mod law;
mod mixture;
pub(crate) mod neighbours;
mod numbers;
mod pmf;
mod scan;

pub use empirical::Empirical;
pub(crate) use empirical::spread;
pub(crate) use empirical::{moments, unit};
pub use frame::{Column, ColumnKind, Frame};
pub(crate) use frame::{MISSING_CATEGORY, NO, YES, name_of_missing};
pub use gaussian::Gaussian;
pub(crate) use gaussian::centred;
pub use histogram::{Histogram, OutOfRange, equal_edges, freedman_diaconis_edges};
pub(crate) use histogram::{ascending, between};
pub use numbers::{Numbers, Real};
pub use pmf::{MASS_TOLERANCE, Pmf};

use crate::error::{Error, Result};

/// Checks that masses are finite and non-negative, and that there is at least one.
pub(crate) fn check_masses(masses: &[f64], what: &str) -> Result<()> {
    if masses.is_empty() {
        return Err(Error::too_few(what, 0, 1, "entries"));
    }
    for (i, &value) in masses.iter().enumerate() {
        if !value.is_finite() {
            return Err(Error::not_finite(what, i, value));
        }
        if value < 0.0 {
            return Err(Error::negative(what, i, value));
        }
    }
    Ok(())
}
