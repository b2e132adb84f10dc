//! Functions of which several generators are made, each in a form that does not cancel.

use std::f64::consts::LN_2;

/// `(p+q)/2`.
pub(super) fn mean(p: f64, q: f64) -> f64 {
    let total = p + q;
    if total.is_finite() { 0.5 * total } else { 0.5 * p + 0.5 * q }
}

/// `ln(2u/(u+1))`.
pub(super) fn ln_2_share(u: f64) -> f64 {
    if u > 0.5 { ((u - 1.0) / (u + 1.0)).ln_1p() } else { (2.0 * u / (u + 1.0)).ln() }
}

/// `ln(1 + 1/u)`, also where `1/u` overflows.
pub(super) fn ln_1p_recip(u: f64) -> f64 {
    if u < 1.0 { u.ln_1p() - u.ln() } else { u.recip().ln_1p() }
}

/// `ln cosh(l/2)`, which is `-ln(1-d^2)/2` with `d = tanh(l/2)`.
pub(super) fn ln_cosh_half(l: f64, d: f64) -> f64 {
    if d.abs() < 0.5 { -0.5 * (-d * d).ln_1p() } else { 0.5 * l.abs() + (-l.abs()).exp().ln_1p() - LN_2 }
}
