//! The Sinkhorn divergence: entropic transport without its bias.
//!
//! Source: Feydy, Séjourné, Vialard, Amari, Trouvé, Peyré 2019 (arXiv:1810.08278).

use crate::certificate::{Certificate, Report, Status, Unchecked};
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::transport::entropic::Sinkhorn;
use crate::transport::problem::Problem;
use crate::transport::problem::cost::Ground;
use crate::transport::problem::solution::Regularised;
use std::time::Instant;

/// A Sinkhorn divergence and the bracket that proves it.
#[derive(Debug, Clone)]
pub struct Debiased {
    /// The divergence, in units of the cost; never negative.
    pub value: f64,
    /// The regularisation, in units of the cost.
    pub epsilon: f64,
    /// The bracket `[dual, primal]` from the three pairs of entropic values; iterations of all three solves, and the
    /// largest of their marginal errors.
    pub report: Report,
}

impl Certificate for Debiased {
    fn value(&self) -> f64 {
        self.value
    }

    fn bracket(&self) -> (f64, f64) {
        (self.report.dual, self.report.primal)
    }

    fn report(&self) -> Option<&Report> {
        Some(&self.report)
    }
}

/// The Sinkhorn divergence between two laws, entropic transport without its bias,
///
/// ```text
/// S(x, y) = OT(x, y) - OT(x, x)/2 - OT(y, y)/2,
/// ```
///
/// with the entropic values `OT`. It is never negative and zero only for equal laws, as `exp(-c/eps)` is a positive
/// definite kernel; between the transport cost (`eps -> 0`) and an energy distance (`eps -> inf`).
///
/// With the `eps`, tolerance and limits of `solver`. An `eps` relative to the mean cost is relative to that between `x` and
/// `y`, and the same for all three solves, which share one time limit. O(n m + n² + m²) an iteration; nothing is iterated for
/// laws that are the same point by point.
///
/// # Errors
/// As [`Sinkhorn::solve`]; [`Error::Unsupported`] for [`Ground::Chebyshev`], whose kernel is not positive definite, so
/// that the difference may be negative.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::{Ground, Sinkhorn, sinkhorn_divergence};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
/// let y = Empirical::new(array![[0.0, 1.0], [1.0, 1.0]])?;
/// let solver = Sinkhorn::new(0.1);
/// assert_eq!(sinkhorn_divergence(&x, &x, Ground::SqEuclidean, &solver)?.value, 0.0);
/// assert!((sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &solver)?.value - 1.0).abs() < 1e-8);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn sinkhorn_divergence(x: &Empirical, y: &Empirical, ground: Ground, solver: &Sinkhorn<'_>) -> Result<Debiased> {
    Ok(terms(x, y, ground, solver)?.0)
}

/// The divergence and the solutions it is made of: between `x` and `y`, on `x`, on `y`; none for equal laws.
pub(in crate::transport) fn terms(
    x: &Empirical,
    y: &Empirical,
    ground: Ground,
    solver: &Sinkhorn<'_>,
) -> Result<(Debiased, Option<[Regularised; 3]>)> {
    if ground == Ground::Chebyshev {
        return Err(Error::unsupported(
            "the Sinkhorn divergence under the chebyshev cost",
            "exp(-c/eps) is not a positive definite kernel, so it could be negative; use another cost",
        ));
    }
    let start = Instant::now();
    let cross = Problem::between(x, y, ground)?;
    let eps = solver.eps_for(&cross)?;
    let mut found = Unchecked::free("sinkhorn divergence");
    if x == y {
        return Ok((Debiased { value: 0.0, epsilon: eps, report: Report::of(found) }, None));
    }
    let mut solve = |problem: &Problem| -> Result<Regularised> {
        let solution = solver.continued(eps, start).solve(problem)?;
        found.iterations += solution.report.iterations;
        found.residual = found.residual.max(solution.report.residual);
        if found.status == Status::Converged {
            found.status = solution.report.status;
        }
        Ok(solution.regularised.expect("an entropic solution"))
    };
    let xy = solve(&cross)?;
    let xx = solve(&Problem::between(x, x, ground)?)?;
    let yy = solve(&Problem::between(y, y, ground)?)?;
    found.seconds = start.elapsed().as_secs_f64();
    found.rounding = xy.rounding + xx.rounding + yy.rounding;
    // the three values cancel, so each bound is moved by what they may have lost; the kernel is positive definite, so zero is
    // a lower bound too
    found.dual = (xy.dual - 0.5 * (xx.primal + yy.primal) - found.rounding).max(0.0);
    found.primal = xy.primal - 0.5 * (xx.dual + yy.dual) + found.rounding;
    let report = Report::of(found);
    let value = (xy.dual - 0.5 * (xx.dual + yy.dual)).max(report.dual.max(0.0)).min(report.primal);
    Ok((Debiased { value, epsilon: eps, report }, Some([xy, xx, yy])))
}

/// The divergence with the influence of every point of `x` and of `y` on it, up to a constant of each: the potentials between the laws less
/// those on one of them. None for equal laws.
///
/// # Errors
/// As [`sinkhorn_divergence`].
pub(crate) fn debiased_with_influences(
    x: &Empirical,
    y: &Empirical,
    ground: Ground,
    solver: &Sinkhorn<'_>,
) -> Result<(Debiased, Option<[Vec<f64>; 2]>)> {
    let (found, solutions) = terms(x, y, ground, solver)?;
    let influences = solutions.map(|[xy, xx, yy]| {
        let (f, g) = xy.potentials;
        [(f, xx.potentials), (g, yy.potentials)]
            .map(|(across, (a, b))| across.iter().zip(a.iter().zip(&b)).map(|(c, (a, b))| c - 0.5 * (a + b)).collect())
    });
    Ok((found, influences))
}
