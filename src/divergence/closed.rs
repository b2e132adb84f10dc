//! Divergences between named laws in closed form.
//!
//! Each is written so that it keeps its digits where the laws are close: the textbook formulas subtract numbers of
//! order one to get one of second order. What remains is never negative, and exactly zero for equal parameters.
//!
//! [`kl`] takes two [`Law`]s and answers where a closed form is known; laws that are not on the line have functions
//! of their own ([`kl_bernoulli`], [`kl_poisson`], [`kl_dirichlet`]), and Gaussian laws of any dimension their own
//! [module](super::gaussian).
//!
//! Source of the formulas: M. Gil, F. Alajaji and T. Linder, doi:10.1016/j.ins.2013.06.018; for Cauchy F. Chyzak and
//! F. Nielsen, arXiv:1905.10965.

use crate::error::{Error, Index, Result};
use crate::measure::density::{Kind, Law};
use crate::numeric::special::ln_gamma_bregman;
use crate::numeric::{kl_cell, ln_ratio, phi};

/// `KL(P||Q)` in nats where a closed form is known: both laws of one family out of normal, log-normal, uniform,
/// exponential, Laplace, Cauchy, gamma and beta (an exponential law is also a gamma law). Otherwise `None`; quadrature
/// ([`density::kl`](super::density::kl)) then has the answer.
///
/// ```
/// use fenchel::divergence::closed::kl;
/// use fenchel::measure::density::Law;
/// assert_eq!(kl(&Law::uniform(0.0, 1.0)?, &Law::uniform(-1.0, 2.0)?), Some(3f64.ln()));
/// assert_eq!(kl(&Law::uniform(-1.0, 2.0)?, &Law::uniform(0.0, 1.0)?), Some(f64::INFINITY));
/// assert_eq!(kl(&Law::normal(0.0, 1.0)?, &Law::cauchy(0.0, 1.0)?), None);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub fn kl(p: &Law, q: &Law) -> Option<f64> {
    match (p.0, q.0) {
        (Kind::Normal { mean: m1, std_dev: s1 }, Kind::Normal { mean: m2, std_dev: s2 })
        | (Kind::LogNormal { mu: m1, sigma: s1 }, Kind::LogNormal { mu: m2, sigma: s2 }) => {
            let shift = (m1 - m2) / s2;
            Some(half_variance_gap(s1, s2) + 0.5 * shift * shift)
        }
        (Kind::Uniform { low: a, high: b }, Kind::Uniform { low: c, high: d }) => {
            Some(if c <= a && b <= d { ((d - c) / (b - a)).ln().max(0.0) } else { f64::INFINITY })
        }
        (Kind::Laplace { location: m1, scale: b1 }, Kind::Laplace { location: m2, scale: b2 }) => {
            // ln(b2/b1) + (d + b1 e^{-d/b1})/b2 - 1 in two parts, of the scales and of the shift, neither negative
            let d = (m1 - m2).abs() / b1;
            Some(minus_ln(b1, b2) + b1 / b2 * exp_gap(d))
        }
        (Kind::Cauchy { location: x1, scale: g1 }, Kind::Cauchy { location: x2, scale: g2 }) => {
            let (d, e) = ((x1 - x2).abs(), (g1 - g2).abs());
            let (root, g) = (d.hypot(e), 2.0 * g1.sqrt() * g2.sqrt());
            Some(if root < g { (root / g * (root / g)).ln_1p() } else { 2.0 * (root.hypot(g) / g).ln() })
        }
        _ => match (as_gamma(p), as_gamma(q), p.0, q.0) {
            (Some((a1, r1)), Some((a2, r2)), ..) => Some(kl_gamma(a1, r1, a2, r2)),
            (_, _, Kind::Beta { a: a1, b: b1, .. }, Kind::Beta { a: a2, b: b2, .. }) => {
                Some(dirichlet(&[a1, b1], &[a2, b2]))
            }
            _ => None,
        },
    }
}

/// `KL(Bernoulli(p)||Bernoulli(q))` in nats.
///
/// # Errors
/// A probability outside `[0, 1]`.
///
/// ```
/// assert_eq!(fenchel::divergence::closed::kl_bernoulli(0.5, 0.0)?, f64::INFINITY);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl_bernoulli(p: f64, q: f64) -> Result<f64> {
    for (what, value) in [("p", p), ("q", q)] {
        if !(0.0..=1.0).contains(&value) {
            let expected = "a probability between 0 and 1".to_owned();
            return Err(Error::OutOfDomain { what: what.to_owned(), value, expected });
        }
    }
    Ok(kl_cell(p, q) + kl_cell(1.0 - p, 1.0 - q))
}

/// `KL(Poisson(p)||Poisson(q)) = p ln(p/q) - p + q` in nats. A mean of zero is the law of the constant zero.
///
/// # Errors
/// A mean that is negative or not finite.
///
/// ```
/// let kl = fenchel::divergence::closed::kl_poisson(1e12, 1e12 + 1e6)?;
/// assert!((kl / 0.49999966666691667 - 1.0).abs() < 1e-14);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl_poisson(p: f64, q: f64) -> Result<f64> {
    for (what, value) in [("mean of p", p), ("mean of q", q)] {
        if !value.is_finite() {
            return Err(Error::NotFinite { what: what.to_owned(), at: Index::Entry(0), value });
        }
        if value < 0.0 {
            return Err(Error::Negative { what: what.to_owned(), at: Index::Entry(0), value });
        }
    }
    Ok(kl_cell(p, q))
}

/// `KL(Dirichlet(p)||Dirichlet(q))` in nats.
///
/// # Errors
/// Fewer than two parameters, numbers of parameters that differ, one that is not positive and finite.
///
/// ```
/// let kl = fenchel::divergence::closed::kl_dirichlet(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0])?;
/// assert!((kl - 0.8068528194400547).abs() < 1e-14);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl_dirichlet(p: &[f64], q: &[f64]) -> Result<f64> {
    if p.len() != q.len() {
        return Err(Error::SizeMismatch {
            left: "p".to_owned(),
            left_size: p.len(),
            right: "q".to_owned(),
            right_size: q.len(),
            unit: "parameters",
        });
    }
    if p.len() < 2 {
        return Err(Error::TooFew { what: "p".to_owned(), unit: "parameters", needed: 2, found: p.len() });
    }
    for (name, law) in [("p", p), ("q", q)] {
        if let Some((i, &value)) = law.iter().enumerate().find(|(_, x)| !(x.is_finite() && **x > 0.0)) {
            let what = format!("parameter {i} of {name}");
            return Err(Error::OutOfDomain { what, value, expected: "a positive finite number".to_owned() });
        }
    }
    Ok(dirichlet(p, q))
}

/// The log-partition function of the family is `sum ln Gamma(a_k) - ln Gamma(sum a_k)`, and KL its Bregman divergence.
fn dirichlet(p: &[f64], q: &[f64]) -> f64 {
    let parts: f64 = p.iter().zip(q).map(|(&a, &b)| ln_gamma_bregman(b, a)).sum();
    (parts - ln_gamma_bregman(q.iter().sum(), p.iter().sum())).max(0.0)
}

fn as_gamma(law: &Law) -> Option<(f64, f64)> {
    match law.0 {
        Kind::Exponential { rate } => Some((1.0, rate)),
        Kind::Gamma { shape, rate, .. } => Some((shape, rate)),
        _ => None,
    }
}

/// Shape and rate. `B(a2, a1) + a1 (r - 1 - ln r) - (a2 - a1) ln r` with `r = r2/r1` and `B` the Bregman divergence of
/// `ln Gamma`: every term is of second order.
fn kl_gamma(a1: f64, r1: f64, a2: f64, r2: f64) -> f64 {
    let shape = a2 - a1;
    let cross = if shape == 0.0 { 0.0 } else { shape * ln_ratio(r2, r1) };
    (ln_gamma_bregman(a2, a1) + a1 * minus_ln(r2, r1) - cross).max(0.0)
}

/// `(r - 1 - ln r)/2` with `r = (s1/s2)^2`.
pub(super) fn half_variance_gap(s1: f64, s2: f64) -> f64 {
    let ratio = s1 / s2;
    if (0.5..=2.0).contains(&ratio) {
        let e = (s1 - s2) / s2;
        // r - 1 - ln r = e^2 + 2 (e - ln(1+e))
        0.5 * e * e + minus_ln(s1, s2)
    } else {
        // r - 1 = (ratio-1)(ratio+1) keeps its digits and r does not overflow alone
        0.5 * ((ratio - 1.0) * (ratio + 1.0)) - ln_ratio(s1, s2)
    }
}

/// `r - 1 - ln r` for `r = x/y`, by `r phi(1/r - 1)` near one.
pub(super) fn minus_ln(x: f64, y: f64) -> f64 {
    let r = x / y;
    if (0.5..=2.0).contains(&r) { r * phi((y - x) / x) } else { (x - y) / y - ln_ratio(x, y) }
}

/// `e^{-d} - 1 + d` for `d >= 0`.
fn exp_gap(d: f64) -> f64 {
    if d > 0.5 {
        return (-d).exp_m1() + d;
    }
    // the series alternates and falls fast
    let mut term = 0.5 * d * d;
    let mut sum = 0.0;
    for k in 3..=18 {
        sum += term;
        term *= -d / f64::from(k);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_against_their_formulas() {
        for x in [0.3f64, 0.49, 0.51, 0.9, 1.1, 1.9, 2.1, 40.0] {
            assert!((minus_ln(x, 1.0) / (x - 1.0 - x.ln()) - 1.0).abs() < 1e-13, "{x}");
            let exact = 0.5 * (x * x - 1.0) - x.ln();
            assert!((half_variance_gap(x, 1.0) / exact - 1.0).abs() < 1e-13, "{x}");
            assert!((exp_gap(x) / ((-x).exp() - 1.0 + x) - 1.0).abs() < 1e-14, "{x}");
        }
        assert!((exp_gap(1e-10) / 5e-21 - 1.0).abs() < 1e-10);
        assert!((half_variance_gap(1.0 + 1e-9, 1.0) / 1e-18 - 1.0).abs() < 1e-6);
        assert!(half_variance_gap(1e200, 1e-200).is_infinite());
    }
}
