//! Gaussian laws: distances and barycenters.

use super::super::check::{self, Fault, Verdict, bracket, is_true};
use super::super::degenerate::{Kind, clouds};
use super::super::truth;
use super::shared::{Outcome, farthest, held, program, refused};
use fenchel::measure::Gaussian;
use fenchel::transport::{Ground, gaussian};
use fenchel::{Error, Result};
use ndarray::{Array1, Array2};

/// The law with the moments of a cloud.
pub fn gaussian_of(points: &Array2<f64>, w: &[f64]) -> Result<Gaussian> {
    let weights = Array1::from(w.to_vec());
    let mean = weights.dot(points);
    let centred = points - &mean;
    let mut scaled = centred.clone();
    for (mut row, w) in scaled.rows_mut().into_iter().zip(w) {
        row *= *w;
    }
    Gaussian::new(mean, centred.t().dot(&scaled))
}

pub fn gaussian_distance(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let d = 1 + (seed % 3) as usize;
    let c = clouds(kind, d, 200, seed);
    let found = gaussian_of(&c.x, &c.a)
        .and_then(|p| Ok((p, gaussian_of(&c.y, &c.b)?)))
        .and_then(|(p, q)| Ok((gaussian::squared_distance(&p, &q)?, p, q)));
    let (found, p, q) = match found {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    bracket("distance", found.dual, found.value)?;
    let shift = (&p.mean() - &q.mean()).mapv(|t| t * t).sum();
    let traces = p.cov().diag().sum() + q.cov().diag().sum();
    is_true(found.value >= shift * (1.0 - 1e-12) && found.value <= (shift + traces) * (1.0 + 1e-12), || {
        format!("{:e} is not between {shift:e} and {:e}", found.value, shift + traces)
    })?;
    if d == 1 {
        let deviations = (p.cov()[[0, 0]].sqrt() - q.cov()[[0, 0]].sqrt()).powi(2);
        let expected = shift + deviations;
        is_true((found.value - expected).abs() <= 1e-13 * (shift + traces), || {
            format!("{:e} is {expected:e}", found.value)
        })?;
    }
    // laws of their own moments: transport between the clouds costs no less
    let costs = check::costs(c.x.view(), c.y.view(), Ground::SqEuclidean);
    if let Some(truth) = truth::transport(costs.view(), &c.a, &c.b, program(kind, seed)) {
        let means = (1e-14 * farthest(&c)).powi(2);
        is_true(found.dual <= truth.cost + (truth.precision + 1e-12) * (shift + traces) + means, || {
            format!("dual {:e} above the transport of the clouds {:e}", found.dual, truth.cost)
        })?;
    }
    Ok(if found.dual == f64::NEG_INFINITY { Outcome::GaveUp } else { Outcome::Held })
}

pub fn gaussian_barycenter(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let d = 1 + (seed % 2) as usize;
    let c = clouds(kind, d, 200, seed);
    let weights = [[0.5, 0.5], [0.999, 0.001], [1.0, 0.0]][(seed % 3) as usize];
    let laws = gaussian_of(&c.x, &c.a).and_then(|p| Ok([p, gaussian_of(&c.y, &c.b)?]));
    let laws = match laws {
        Err(error) => return refused(kind, &error),
        Ok(laws) => laws,
    };
    let found = match gaussian::barycenter(&laws, Some(&weights)) {
        // a mean covariance that is singular has no maps to start from
        Err(Error::NotPositiveDefinite { .. }) => return Ok(Outcome::Refused),
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    check::report(&found.report)?;
    let each = laws.iter().zip(weights).map(|(law, w)| Ok(w * gaussian::squared_distance(&found.law, law)?.value));
    let value: Verdict = match each.sum::<Result<f64>>() {
        Err(error) => Err(Fault::Wrong(error.to_string())),
        Ok(value) => {
            let size =
                laws.iter().zip(weights).map(|(law, w)| w * law.cov().diag().sum()).sum::<f64>() + found.report.primal;
            is_true((value - found.report.primal).abs() <= 1e-6 * size, || {
                format!("objective {:e} is {value:e}", found.report.primal)
            })
        }
    };
    value?;
    Ok(held(&found.report))
}
