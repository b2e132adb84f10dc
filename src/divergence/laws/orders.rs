//! Renyi's divergence between named laws in closed form, and the divergences that are functions of it.
//!
//! Two laws of one exponential family with natural parameters `x, y` and log-partition function `F` have
//!
//! ```text
//! ln(integral of p^a q^(1-a)) = F(z) - a F(x) - (1-a) F(y),    z = a x + (1-a) y,
//! ```
//!
//! which is `-a B(x, z) - (1-a) B(y, z)` with the Bregman divergence `B` of `F`: both terms are of second order, so laws
//! that are close keep their digits. The integral diverges where `z` leaves the domain of `F`. Renyi's divergence is
//! that logarithm over `a - 1`; Hellinger's, the chi-squared and alpha divergences are functions of it.
//!
//! Source: M. Gil, F. Alajaji and T. Linder, doi:10.1016/j.ins.2013.06.018.

use super::closed::{common_unit, mean_excess, share_excess};
use super::gaussian;
use crate::divergence::generator::closed_form::Functional;
use crate::divergence::generator::{FDivergence, Generator};
use crate::divergence::kind::Kind;
use crate::error::Result;
use crate::measure::Gaussian;
use crate::measure::density::{Family, Law};
use crate::numeric::expm1_over;
use crate::numeric::gamma::saddle;
use crate::numeric::special::stirling_bregman;

/// The divergence `kind` as a function of Renyi's and Kullback-Leibler's divergences, in either direction; `None` if it
/// is no such function. `renyi(a, swapped)` is of order `0 < a < inf`, and Kullback-Leibler's at one.
pub(super) fn by_renyi(kind: Kind, renyi: impl Fn(f64, bool) -> Result<Option<f64>>) -> Result<Option<f64>> {
    // (sum p^a q^(1-a) - 1)/(a-1)
    let tsallis = |a: f64, swapped: bool| Ok(renyi(a, swapped)?.map(|r| power_excess(a - 1.0, r)));
    Ok(match kind {
        Kind::F(f) => match f.functional() {
            Functional::Alpha { order: a, scale } => {
                // the larger of a and 1-a is an order; the other may be negative
                let (a, swapped) = if a < 0.5 { (1.0 - a, true) } else { (a, false) };
                tsallis(a, swapped)?.map(|t| scale * (t / a))
            }
            Functional::Jeffreys => match (renyi(1.0, false)?, renyi(1.0, true)?) {
                (Some(there), Some(back)) => Some(there + back),
                _ => None,
            },
            Functional::JensenShannon { .. } | Functional::Own => None,
        },
        Kind::Renyi(a) if a > 0.0 && a.is_finite() => renyi(a, false)?,
        Kind::Tsallis(a) if a > 0.0 => return tsallis(a, false),
        Kind::Bhattacharyya => renyi(0.5, false)?.map(|r| 0.5 * r),
        Kind::Renyi(_) | Kind::Tsallis(_) => None,
    })
}

/// `(e^{b r} - 1)/b` for a divergence `r`, which may be infinite.
fn power_excess(b: f64, r: f64) -> f64 {
    if r.is_infinite() && b < 0.0 { -b.recip() } else { expm1_over(b, r) }
}

/// Renyi's divergence of order `0 < a < inf`, not one, between laws on the line of one family out of normal, log-normal,
/// exponential, gamma and beta; of order two between Cauchy laws. Otherwise `None`.
pub(super) fn renyi(p: &Law, q: &Law, a: f64) -> Result<Option<f64>> {
    let gamma = |law: &Law| match law.0 {
        Family::Exponential { rate } => Some((1.0, rate)),
        Family::Gamma { shape, rate, .. } => Some((shape, rate)),
        _ => None,
    };
    Ok(match (p.0, q.0) {
        (Family::Normal { mean: m1, std_dev: s1 }, Family::Normal { mean: m2, std_dev: s2 })
        | (Family::LogNormal { mu: m1, sigma: s1 }, Family::LogNormal { mu: m2, sigma: s2 }) => {
            Some(gaussian::renyi(&Gaussian::univariate(m1, s1)?, &Gaussian::univariate(m2, s2)?, a)?)
        }
        (Family::Beta { a: a1, b: b1, .. }, Family::Beta { a: a2, b: b2, .. }) => {
            Some(dirichlet(&[a1, b1], &[a2, b2], a))
        }
        #[allow(clippy::float_cmp)] // order two alone: chi^2 = ((x1-x2)^2 + (g1-g2)^2)/(2 g1 g2)
        (Family::Cauchy { location: x1, scale: g1 }, Family::Cauchy { location: x2, scale: g2 }) if a == 2.0 => {
            let far = (x1 - x2).hypot(g1 - g2);
            Some((0.5 * (far / g1) * (far / g2)).ln_1p())
        }
        _ => match (gamma(p), gamma(q)) {
            (Some(p), Some(q)) => Some(gamma_pair(p, q, a)),
            _ => None,
        },
    })
}

/// Shape and rate of each. As for Kullback-Leibler, in terms of shapes and means.
fn gamma_pair((k1, r1): (f64, f64), (k2, r2): (f64, f64), a: f64) -> f64 {
    let b = 1.0 - a;
    let (r1, r2) = common_unit(r1, r2);
    let (k, r) = (a * k1 + b * k2, a * r1 + b * r2);
    if k <= 0.0 || r <= 0.0 {
        return f64::INFINITY;
    }
    let apart = mean_excess(k1, r1, k2, r2) / r;
    let under_p = stirling_bregman(k1, k) + saddle(k1, k * (r1 / r), -b * apart);
    let under_q = stirling_bregman(k2, k) + saddle(k2, k * (r2 / r), a * apart);
    ((a * under_p + b * under_q) / b).max(0.0)
}

/// Of Dirichlet laws with these positive parameters.
pub(super) fn dirichlet(p: &[f64], q: &[f64], a: f64) -> f64 {
    let b = 1.0 - a;
    let blend: Vec<f64> = p.iter().zip(q).map(|(x, y)| a * x + b * y).collect();
    if blend.iter().any(|&z| z <= 0.0) {
        return f64::INFINITY;
    }
    let total = |x: &[f64]| x.iter().sum::<f64>();
    let (total_p, total_q, whole) = (total(p), total(q), total(&blend));
    let part = |i: usize| {
        let (x, y, z) = (p[i], q[i], blend[i]);
        // the share of z against that of x is b times that of y against it, and against that of y it is a times
        let apart = share_excess(p, q, i) / whole;
        let under_p = stirling_bregman(x, z) + saddle(x, z / whole * total_p, -b * apart);
        a * under_p + b * (stirling_bregman(y, z) + saddle(y, z / whole * total_q, a * apart))
    };
    let parts: f64 = (0..p.len()).map(part).sum();
    let totals = a * stirling_bregman(total_p, whole) + b * stirling_bregman(total_q, whole);
    ((parts - totals) / b).max(0.0)
}

/// Of Poisson laws with these means: `(a p + (1-a) q - p^a q^(1-a))/(1-a)`.
pub(super) fn poisson(p: f64, q: f64, a: f64) -> f64 {
    if p == 0.0 {
        return q;
    }
    if q == 0.0 {
        return if a > 1.0 { f64::INFINITY } else { a * p / (1.0 - a) };
    }
    a * FDivergence::Alpha(a).cell(p, q)
}
