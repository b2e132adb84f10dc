//! Points and weights on the line, checked.

use crate::error::{Error, Result};
use crate::measure::MASS_TOLERANCE;
use crate::transport::problem;
use crate::transport::problem::power::power;

/// No cost between these points, in ascending order, may overflow.
pub(in crate::transport) fn check_range(x: &[f64], y: &[f64], p: f64) -> Result<()> {
    let largest = power(x[0] - y[y.len() - 1], p).max(power(x[x.len() - 1] - y[0], p));
    if largest.is_finite() {
        return Ok(());
    }
    Err(Error::out_of_domain("largest cost between the points", largest, "a finite number; rescale the points"))
}

pub(in crate::transport) fn check_points(points: &[f64], what: &str) -> Result<()> {
    if points.is_empty() {
        return Err(Error::too_few(what, 0, 1, "points"));
    }
    match points.iter().enumerate().find(|(_, t)| !t.is_finite()) {
        Some((i, &value)) => Err(Error::not_finite(what, i, value)),
        None => Ok(()),
    }
}

/// The weights of both sides, checked and balanced.
pub(in crate::transport) fn weights(
    x: &[f64],
    a: Option<&[f64]>,
    y: &[f64],
    b: Option<&[f64]>,
) -> Result<(Vec<f64>, Vec<f64>)> {
    check_points(x, "x")?;
    check_points(y, "y")?;
    let total = a.or(b).map_or(1.0, problem::total);
    let a = problem::masses(a, x.len(), total, "x", "points")?;
    let mut b = problem::masses(b, y.len(), total, "y", "points")?;
    problem::balance(&a, &mut b, MASS_TOLERANCE)?;
    Ok((a, b))
}
