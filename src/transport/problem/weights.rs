//! The weights of several laws.

use crate::error::{Error, Result};
use crate::measure::{MASS_TOLERANCE, check_masses};
use crate::transport::problem::total;

/// Refuses weights that are not one for each law, or are no pmf.
pub(in crate::transport) fn check_weights(laws: usize, weights: &[f64]) -> Result<()> {
    if laws == 0 {
        return Err(Error::too_few("laws of a barycenter", 0, 1, "laws"));
    }
    check_masses(weights, "weights of the laws")?;
    if weights.len() != laws {
        return Err(Error::size_mismatch(("weights", weights.len()), ("laws", laws), "entries"));
    }
    let sum = total(weights);
    if (sum - 1.0).abs() > MASS_TOLERANCE {
        return Err(Error::not_normalised("weights of the laws", sum, 1.0));
    }
    Ok(())
}
