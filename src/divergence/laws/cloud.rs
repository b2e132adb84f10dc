//! Laws of vectors that Monte Carlo can use: draws, and log-densities at them.

use super::named::NamedLaw;
use crate::error::Result;
use crate::linalg::{cholesky, solve_lower};
use crate::measure::Gaussian;
use crate::numeric::special::LN_SQRT_2PI;
use crate::numeric::{logsumexp, stream};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use rand::RngExt;
use rand_distr::{Distribution, Gamma};

/// A law of vectors that can be drawn from and has a density.
pub(super) enum VectorLaw<'a> {
    Gaussians(Vec<(f64, &'a Gaussian, Array2<f64>)>),
    Dirichlet(&'a [f64]),
}

impl<'a> VectorLaw<'a> {
    /// `None` for laws of another kind.
    pub(super) fn of(law: &'a NamedLaw, name: &str) -> Result<Option<Self>> {
        let part = |weight: f64, law: &'a Gaussian| {
            let root = cholesky(law.cov(), &format!("covariance of {name}"))?;
            Ok((weight, law, root))
        };
        Ok(Some(match law {
            NamedLaw::Gaussian(law) => Self::Gaussians(vec![part(1.0, law)?]),
            NamedLaw::GaussianMixture(parts) => {
                let parts = parts.iter().filter(|(weight, _)| *weight > 0.0);
                Self::Gaussians(parts.map(|(weight, law)| part(*weight, law)).collect::<Result<_>>()?)
            }
            NamedLaw::Dirichlet(parameters) => Self::Dirichlet(parameters),
            _ => return Ok(None),
        }))
    }

    pub(super) fn is_simplex(&self) -> bool {
        matches!(self, Self::Dirichlet(_))
    }

    pub(super) fn dimension(&self) -> usize {
        match self {
            Self::Gaussians(parts) => parts[0].1.dimension(),
            Self::Dirichlet(parameters) => parameters.len(),
        }
    }

    pub(super) fn draw(&self, n: usize, seed: u64, side: u64) -> Result<Array2<f64>> {
        let mut rng = stream(seed, side);
        match self {
            Self::Gaussians(parts) => {
                // as many of each part as its weight says, by independent choices
                let mut counts = vec![0; parts.len()];
                for _ in 0..n {
                    let mut u: f64 = rng.random();
                    let mut chosen = parts.len() - 1;
                    for (i, part) in parts.iter().enumerate() {
                        if u < part.0 {
                            chosen = i;
                            break;
                        }
                        u -= part.0;
                    }
                    counts[chosen] += 1;
                }
                let mut draws = Array2::zeros((0, self.dimension()));
                for (part, count) in parts.iter().zip(counts) {
                    draws.append(Axis(0), part.1.sample(count, &mut rng)?.view()).expect("equal columns");
                }
                Ok(draws)
            }
            Self::Dirichlet(parameters) => {
                let gammas: Vec<Gamma<f64>> =
                    parameters.iter().map(|&a| Gamma::new(a, 1.0).expect("positive parameters")).collect();
                let mut draws = Array2::from_shape_fn((n, parameters.len()), |(_, k)| gammas[k].sample(&mut rng));
                for mut row in draws.rows_mut() {
                    let total = row.sum().max(f64::MIN_POSITIVE);
                    row.mapv_inplace(|x| (x / total).max(f64::MIN_POSITIVE));
                }
                Ok(draws)
            }
        }
    }

    /// Log-densities at the rows.
    pub(super) fn ln_pdf(&self, points: ArrayView2<'_, f64>) -> Vec<f64> {
        match self {
            Self::Gaussians(parts) => {
                let of_parts: Vec<Vec<f64>> = parts
                    .iter()
                    .map(|(weight, law, root)| {
                        let white = solve_lower(root.view(), (&points - &law.mean()).t());
                        let scale: f64 = root.diag().iter().map(|x| x.ln() + LN_SQRT_2PI).sum();
                        let at = |column: ArrayView1<'_, f64>| weight.ln() - scale - 0.5 * column.dot(&column);
                        white.columns().into_iter().map(at).collect()
                    })
                    .collect();
                let mut terms = vec![0.0; parts.len()];
                (0..points.nrows())
                    .map(|i| {
                        terms.iter_mut().zip(&of_parts).for_each(|(term, part)| *term = part[i]);
                        logsumexp(&terms)
                    })
                    .collect()
            }
            Self::Dirichlet(parameters) => {
                let norm =
                    parameters.iter().map(|&a| libm::lgamma(a)).sum::<f64>() - libm::lgamma(parameters.iter().sum());
                let at = |row: ArrayView1<'_, f64>| {
                    row.iter().zip(*parameters).map(|(x, a)| (a - 1.0) * x.ln()).sum::<f64>() - norm
                };
                points.rows().into_iter().map(at).collect()
            }
        }
    }
}
