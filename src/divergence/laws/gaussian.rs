//! Divergences between Gaussian laws of any dimension and any rank, in closed form.
//!
//! Whitening by the covariance `L2 L2^T` of `Q` turns the pair into `N(d, A)` against `N(0, I)`, where `A = M M^T`, `M
//! = L2^-1 L1` and `d = L2^-1 (mu1 - mu2)`. Every formula here is a sum over the singular values of `M`. None of its
//! terms cancels for laws that are close.
//!
//! A singular covariance puts the law on an affine subspace. Two Gaussian laws whose subspaces differ are mutually
//! singular: KL, Renyi and chi-squared are `+inf`, Hellinger and total variation 1. On the same subspace they have
//! densities there, and the formulas hold within it. The rank counts eigenvalues of the correlation matrix above
//! `n eps` times the largest, so it does not depend on the units of the columns.
//!
//! Source: L. Pardo, *Statistical Inference Based on Divergence Measures*, doi:10.1201/9781420034813; M. Gil,
//! F. Alajaji and T. Linder, doi:10.1016/j.ins.2013.06.018.

use super::closed::half_variance_gap;
use super::density;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::Gaussian;
use crate::measure::density::{Density, Law};
use crate::numeric::phi;
use libm::erf;
use ndarray::{Array1, Array2, Axis};
use std::f64::consts::{LN_2, SQRT_2};

/// `KL(P||Q) = (tr A - n - ln det A + |d|^2)/2` in nats; `+inf` for laws on different subspaces. O(n³).
///
/// ```
/// use fenchel::divergence::gaussian::kl;
/// use fenchel::measure::Gaussian;
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(1.0, 2.0)?);
/// assert!((kl(&p, &q)? - (2f64.ln() - 0.25)).abs() < 1e-15);
/// assert_eq!(kl(&p, &Gaussian::univariate(0.0, 0.0)?)?, f64::INFINITY);
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// Laws of different dimensions; a covariance that `f64` cannot tell from a singular one.
pub fn kl(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    let Some(pair) = Whitened::new(p, q)? else { return Ok(f64::INFINITY) };
    let spread: f64 = pair.deviations.iter().map(|&s| half_variance_gap(s, 1.0)).sum();
    Ok(spread + 0.5 * pair.shift.iter().map(|y| y * y).sum::<f64>())
}

/// Renyi's divergence of order `alpha > 0`, `ln(integral of p^alpha q^(1-alpha))/(alpha - 1)` in nats; Kullback-Leibler
/// at one. `+inf` where `alpha Sigma_2 + (1 - alpha) Sigma_1` is not positive definite, and for laws on different
/// subspaces. O(n³).
///
/// # Errors
/// As [`kl`]; an order that is not positive and finite.
pub fn renyi(p: &Gaussian, q: &Gaussian, alpha: f64) -> Result<f64> {
    if !(alpha > 0.0 && alpha.is_finite()) {
        return Err(Error::out_of_domain("alpha", alpha, "a positive finite order"));
    }
    if (alpha - 1.0).abs() < f64::EPSILON {
        return kl(p, q);
    }
    let Some(pair) = Whitened::new(p, q)? else { return Ok(f64::INFINITY) };
    let beta = 1.0 - alpha;
    let mut total = 0.0;
    for (&s, &y) in pair.deviations.iter().zip(&pair.shift) {
        // With the variance a = 1 + e: the blend alpha + beta a is 1 + beta e.
        let e = (s - 1.0) * (s + 1.0);
        let blend = 1.0 + beta * e;
        if blend <= 0.0 {
            return Ok(f64::INFINITY);
        }
        // ln(blend) - beta ln a, whose first orders in e cancel
        let spread = if e.abs() < 0.1 && (beta * e).abs() < 0.1 {
            beta * excess(e) - excess(beta * e)
        } else {
            ln_blend(s, alpha, beta) - 2.0 * beta * s.ln()
        };
        total += 0.5 * alpha * y * y / blend + 0.5 * spread / beta;
    }
    Ok(total.max(0.0))
}

/// Pearson's chi-squared, the integral of `(p - q)^2/q`: `+inf` unless `2 Sigma_2 - Sigma_1` is positive definite.
///
/// # Errors
/// As [`kl`].
pub fn pearson(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    Ok(renyi(p, q, 2.0)?.exp_m1())
}

/// Bhattacharyya's distance, `-ln` of the integral of `sqrt(pq)`: half of Renyi's divergence of order one half.
///
/// # Errors
/// As [`kl`].
pub fn bhattacharyya(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    Ok(0.5 * renyi(p, q, 0.5)?)
}

/// Squared Hellinger distance, one minus the integral of `sqrt(pq)`: 0 to 1.
///
/// # Errors
/// As [`kl`].
pub fn hellinger2(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    Ok(-(-bhattacharyya(p, q)?).exp_m1())
}

/// Total variation, half the L1 distance: `erf(|d|/sqrt 8)` for equal covariances in any dimension; on the line, from
/// the two points where the densities cross.
///
/// # Errors
/// As [`kl`]; covariances that differ in more than one dimension, where no closed form is known.
pub fn total_variation(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    let Some(pair) = Whitened::new(p, q)? else { return Ok(1.0) };
    if p.cov() == q.cov() {
        return Ok(erf(pair.distance() / (2.0 * SQRT_2)));
    }
    let (law, standard) = pair.on_the_line("the total variation of Gaussian laws with different covariances")?;
    let (m, s) = (pair.shift[0], pair.deviations[0]);
    // ln p - ln q = 0 is (s^2 - 1) x^2 + 2 m x - m^2 - 2 s^2 ln s = 0
    let (a, half_b, c) = ((s - 1.0) * (s + 1.0), m, -(m * m + 2.0 * s * s * s.ln()));
    if a == 0.0 && m == 0.0 {
        return Ok(0.0);
    }
    let root = (half_b * half_b - a * c).max(0.0).sqrt();
    let steep = -(half_b + root.copysign(half_b));
    let (x, y) = (steep / a, if steep == 0.0 { 0.0 } else { c / steep });
    let (low, high) = (x.min(y), x.max(y));
    let between = |law: &dyn Density| {
        if low > 0.0 { law.survival(low) - law.survival(high) } else { law.cdf(high) - law.cdf(low) }
    };
    Ok((between(&law) - between(&standard)).abs().min(1.0))
}

/// Jensen-Shannon divergence in nats, by quadrature over a line: of laws on the line, or of laws with equal
/// covariances in any dimension, which differ along one direction only. The error is below 1e-12.
///
/// # Errors
/// As [`total_variation`].
pub fn jsd(p: &Gaussian, q: &Gaussian) -> Result<f64> {
    let Some(pair) = Whitened::new(p, q)? else { return Ok(LN_2) };
    let (law, standard) = if p.cov() == q.cov() {
        (Law::normal(pair.distance(), 1.0)?, Law::normal(0.0, 1.0)?)
    } else {
        pair.on_the_line("the Jensen-Shannon divergence of Gaussian laws with different covariances")?
    };
    Ok(density::jsd(&law, &standard)?.value)
}

/// The law `P` in the coordinates in which `Q` is the standard law, along the principal axes of `P`.
struct Whitened {
    /// Standard deviations of `P`.
    deviations: Vec<f64>,
    /// Mean of `P`.
    shift: Vec<f64>,
}

impl Whitened {
    /// `None` for laws on different affine subspaces.
    fn new(p: &Gaussian, q: &Gaussian) -> Result<Option<Self>> {
        let n = p.dimension();
        if n != q.dimension() {
            return Err(Error::size_mismatch(("p", n), ("q", q.dimension()), "columns"));
        }
        if p == q {
            return Ok(Some(Self { deviations: vec![1.0; n], shift: vec![0.0; n] }));
        }
        // units of the columns, so that rank does not depend on them
        let unit = Array1::from_shape_fn(n, |i| {
            let deviation = q.cov()[[i, i]].max(0.0).sqrt();
            let other = p.cov()[[i, i]].max(0.0).sqrt();
            if deviation > 0.0 {
                deviation
            } else if other > 0.0 {
                other
            } else {
                1.0
            }
        });
        let scaled = |cov: ndarray::ArrayView2<'_, f64>| &(&cov / &unit) / &unit.view().insert_axis(Axis(1));
        let (mut s1, mut s2) = (scaled(p.cov()), scaled(q.cov()));
        let mut shift = (&p.mean() - &q.mean()) / &unit;

        let range1 = range(&s1)?;
        let range2 = range(&s2)?;
        if range1.ncols() != range2.ncols() {
            return Ok(None);
        }
        if range2.ncols() < n {
            // If the subspace is the same, the formulas hold within it
            let outside =
                |x: &Array2<f64>| x - &linalg::matmul(range2.view(), linalg::matmul(range2.t(), x.view()).view());
            let mean = shift.clone().insert_axis(Axis(1));
            let scale = mean.iter().fold(1.0f64, |m, x| m.max(x.abs()));
            let strays = |x: &Array2<f64>, scale: f64| outside(x).iter().any(|r| r.abs() > 1e-9 * scale);
            if strays(&range1, 1.0) || strays(&mean, scale) {
                return Ok(None);
            }
            let within = |s: &Array2<f64>| linalg::matmul(linalg::matmul(range2.t(), s.view()).view(), range2.view());
            (s1, s2) = (within(&s1), within(&s2));
            shift = range2.t().dot(&shift);
            if shift.is_empty() {
                return Ok(Some(Self { deviations: Vec::new(), shift: Vec::new() }));
            }
        }
        let l1 = linalg::cholesky(s1.view(), "covariance of p")?;
        let l2 = linalg::cholesky(s2.view(), "covariance of q")?;
        let m = linalg::svd(linalg::solve_lower(l2.view(), l1.view()).view())?;
        let white = linalg::solve_lower(l2.view(), shift.insert_axis(Axis(1)).view());
        let axes = linalg::matmul(m.u.t(), white.view());
        Ok(Some(Self { deviations: m.values.to_vec(), shift: axes.column(0).to_vec() }))
    }

    /// `|d|`, Mahalanobis' distance of the means.
    fn distance(&self) -> f64 {
        self.shift.iter().fold(0.0, |r: f64, &y| r.hypot(y))
    }

    fn on_the_line(&self, what: &str) -> Result<(Law, Law)> {
        if self.shift.len() != 1 {
            return Err(Error::unsupported(
                what,
                format!("no closed form is known in {} dimensions; estimate it from samples", self.shift.len()),
            ));
        }
        Ok((Law::normal(self.shift[0], self.deviations[0])?, Law::normal(0.0, 1.0)?))
    }
}

/// Orthonormal columns that span the range of a covariance in correlation units.
fn range(cov: &Array2<f64>) -> Result<Array2<f64>> {
    let n = cov.nrows();
    // In its own correlation units: above, this covariance was scaled by the other law.
    let unit = Array1::from_shape_fn(n, |i| if cov[[i, i]] > 0.0 { cov[[i, i]].sqrt() } else { 1.0 });
    let correlation = &(cov / &unit) / &unit.view().insert_axis(Axis(1));
    let eigh = linalg::eigh(correlation.view())?;
    let largest = eigh.values.iter().fold(0.0f64, |m, &x| m.max(x));
    let keep: Vec<usize> = (0..n).filter(|&i| eigh.values[i] > n as f64 * f64::EPSILON * largest).collect();
    if keep.len() == n {
        return Ok(Array2::eye(n));
    }
    let mut spanning = eigh.vectors.select(Axis(1), &keep);
    spanning *= &unit.insert_axis(Axis(1));
    Ok(if keep.is_empty() { spanning } else { linalg::svd(spanning.view())?.u })
}

/// `e - ln(1+e)` for small `|e|`.
fn excess(e: f64) -> f64 {
    (1.0 + e) * phi(-e / (1.0 + e))
}

/// `ln(alpha + beta s^2)` without overflow of the square.
fn ln_blend(s: f64, alpha: f64, beta: f64) -> f64 {
    if s > 1e100 { (beta + alpha / s / s).ln() + 2.0 * s.ln() } else { (alpha + beta * s * s).ln() }
}
