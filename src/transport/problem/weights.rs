//! The weights of several laws.

use crate::error::{Error, Result};
use crate::measure::{MASS_TOLERANCE, check_masses};
use crate::transport::problem::total;

/// Refuses weights that are not one for each law, or are no pmf.
pub(in crate::transport) fn check_weights(laws: usize, weights: &[f64]) -> Result<()> {
    if laws == 0 {
        return Err(Error::TooFew { what: "laws of a barycenter".to_owned(), unit: "laws", needed: 1, found: 0 });
    }
    check_masses(weights, "weights of the laws")?;
    if weights.len() != laws {
        return Err(Error::SizeMismatch {
            left: "weights".to_owned(),
            left_size: weights.len(),
            right: "laws".to_owned(),
            right_size: laws,
            unit: "entries",
        });
    }
    let sum = total(weights);
    if (sum - 1.0).abs() > MASS_TOLERANCE {
        return Err(Error::NotNormalised { what: "weights of the laws".to_owned(), total: sum, expected: 1.0 });
    }
    Ok(())
}
