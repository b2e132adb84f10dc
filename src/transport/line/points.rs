//! Points and weights on the line, checked.

use crate::error::{Error, Index, Result};
use crate::measure::MASS_TOLERANCE;
use crate::transport::problem;
use crate::transport::problem::power::power;

/// No cost between these points, in ascending order, may overflow.
pub(in crate::transport) fn check_range(x: &[f64], y: &[f64], p: f64) -> Result<()> {
    let largest = power(x[0] - y[y.len() - 1], p).max(power(x[x.len() - 1] - y[0], p));
    if largest.is_finite() {
        return Ok(());
    }
    Err(Error::OutOfDomain {
        what: "largest cost between the points".to_owned(),
        value: largest,
        expected: "a finite number; rescale the points".to_owned(),
    })
}

pub(in crate::transport) fn check_points(points: &[f64], what: &str) -> Result<()> {
    if points.is_empty() {
        return Err(Error::TooFew { what: what.to_owned(), unit: "points", needed: 1, found: 0 });
    }
    match points.iter().enumerate().find(|(_, t)| !t.is_finite()) {
        Some((i, &value)) => Err(Error::NotFinite { what: what.to_owned(), at: Index::Entry(i), value }),
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
