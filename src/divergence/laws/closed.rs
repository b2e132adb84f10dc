//! Divergences between named laws in closed form.
//!
//! Each formula keeps its digits where the laws are close. The textbook formulas subtract numbers of order one to get a
//! number of second order. The forms here are never negative, and exactly zero for equal parameters.
//!
//! [`kl`] takes two [`Law`]s and answers where a closed form is known; laws that are not on the line have functions
//! of their own ([`kl_bernoulli`], [`kl_poisson`], [`kl_dirichlet`]), and Gaussian laws of any dimension their own
//! [module](super::gaussian).
//!
//! Source of the formulas: M. Gil, F. Alajaji and T. Linder, doi:10.1016/j.ins.2013.06.018; for Cauchy F. Chyzak and
//! F. Nielsen, arXiv:1905.10965.

use crate::error::{Error, Result};
use crate::measure::density::{Family, Law};
use crate::numeric::gamma::saddle;
use crate::numeric::special::{cross_difference, stirling_bregman};
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
        (Family::Normal { mean: m1, std_dev: s1 }, Family::Normal { mean: m2, std_dev: s2 })
        | (Family::LogNormal { mu: m1, sigma: s1 }, Family::LogNormal { mu: m2, sigma: s2 }) => {
            let shift = (m1 - m2) / s2;
            Some(half_variance_gap(s1, s2) + 0.5 * shift * shift)
        }
        (Family::Uniform { low: a, high: b }, Family::Uniform { low: c, high: d }) => {
            Some(if c <= a && b <= d { ln_ratio(d - c, b - a).max(0.0) } else { f64::INFINITY })
        }
        (Family::Laplace { location: m1, scale: b1 }, Family::Laplace { location: m2, scale: b2 }) => {
            // ln(b2/b1) + (d + b1 e^{-d/b1})/b2 - 1 in two parts, of the scales and of the shift, neither negative
            let d = (m1 - m2).abs();
            let shift = if d == 0.0 {
                0.0
            } else if d <= b1 {
                b1 / b2 * exp_gap(d / b1)
            } else {
                (d + b1 * (-d / b1).exp_m1()) / b2
            };
            Some(minus_ln(b1, b2) + shift)
        }
        (Family::Cauchy { location: x1, scale: g1 }, Family::Cauchy { location: x2, scale: g2 }) => {
            let (d, e) = ((x1 - x2).abs(), (g1 - g2).abs());
            let (root, g) = (d.hypot(e), 2.0 * g1.sqrt() * g2.sqrt());
            Some(if root < g { (root / g * (root / g)).ln_1p() } else { 2.0 * ln_ratio(root.hypot(g), g) })
        }
        _ => match (as_gamma(p), as_gamma(q), p.0, q.0) {
            (Some((a1, r1)), Some((a2, r2)), ..) => Some(kl_gamma(a1, r1, a2, r2)),
            (_, _, Family::Beta { a: a1, b: b1, .. }, Family::Beta { a: a2, b: b2, .. }) => {
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
            return Err(Error::out_of_domain(what, value, "a probability between 0 and 1"));
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
            return Err(Error::not_finite(what, 0, value));
        }
        if value < 0.0 {
            return Err(Error::negative(what, 0, value));
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
        return Err(Error::size_mismatch(("p", p.len()), ("q", q.len()), "parameters"));
    }
    if p.len() < 2 {
        return Err(Error::too_few("p", p.len(), 2, "parameters"));
    }
    for (name, law) in [("p", p), ("q", q)] {
        if let Some((i, &value)) = law.iter().enumerate().find(|(_, x)| !(x.is_finite() && **x > 0.0)) {
            let what = format!("parameter {i} of {name}");
            return Err(Error::out_of_domain(what, value, "a positive finite number"));
        }
    }
    Ok(dirichlet(p, q))
}

/// KL is the Bregman divergence of the log-partition function of the family, `sum ln Gamma(a_k) - ln Gamma(sum a_k)`.
/// With `ln Gamma(x) = x ln x - x + F(x)` and `A = sum a_k`, `B = sum b_k`, the leading terms are the divergence of the
/// two means, `sum b_k ln((b_k/B)/(a_k/A))`. The remainder is small.
fn dirichlet(p: &[f64], q: &[f64]) -> f64 {
    let (total_p, total_q): (f64, f64) = (p.iter().sum(), q.iter().sum());
    let part = |(i, (&a, &b)): (usize, (&f64, &f64))| {
        stirling_bregman(b, a) + saddle(b, a / total_p * total_q, share_excess(p, q, i) / total_p)
    };
    let parts: f64 = p.iter().zip(q).enumerate().map(part).sum();
    (parts - stirling_bregman(total_q, total_p)).max(0.0)
}

/// `p_i sum q - q_i sum p`, term by term, so that nearly equal shares keep their difference.
pub(super) fn share_excess(p: &[f64], q: &[f64], i: usize) -> f64 {
    p.iter().zip(q).map(|(&x, &y)| cross_difference(x, p[i], y, q[i])).sum()
}

fn as_gamma(law: &Law) -> Option<(f64, f64)> {
    match law.0 {
        Family::Exponential { rate } => Some((1.0, rate)),
        Family::Gamma { shape, rate, .. } => Some((shape, rate)),
        _ => None,
    }
}

/// Shape and rate. In terms of shape and mean `m = a/r` it is `a2 (m1/m2 - 1 - ln m1/m2)`, plus the Bregman divergence
/// of the part of `ln Gamma` beyond Stirling's leading terms. Neither is negative, and nothing cancels.
fn kl_gamma(a1: f64, r1: f64, a2: f64, r2: f64) -> f64 {
    let (r1, r2) = common_unit(r1, r2);
    stirling_bregman(a2, a1) + saddle(a2, a1 * (r2 / r1), mean_excess(a1, r1, a2, r2) / r1)
}

/// Both divided by a power of two, so that the larger is of the order of one.
pub(super) fn common_unit(x: f64, y: f64) -> (f64, f64) {
    let exponent = x.max(y).max(f64::MIN_POSITIVE).to_bits() & (0x7ff << 52);
    let unit = f64::from_bits(exponent);
    (x / unit, y / unit)
}

/// `a1 r2 - a2 r1`.
pub(super) fn mean_excess(a1: f64, r1: f64, a2: f64, r2: f64) -> f64 {
    cross_difference(a2, a1, r2, r1)
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
