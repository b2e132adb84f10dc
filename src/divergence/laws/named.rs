//! A law by its name and parameters.

use super::closed;
use crate::error::{Error, Result};
use crate::measure::density::{Density, Law, Mixture};
use crate::measure::{Gaussian, MASS_TOLERANCE, Pmf, check_masses};
use crate::numeric::Sum;

/// A law by its name and parameters; these are checked when it is used.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum NamedLaw {
    /// On the line, with a density.
    Line(Law),
    /// A mixture on the line.
    Mixture(Mixture),
    /// Gaussian of any dimension, singular ones too.
    Gaussian(Gaussian),
    /// Weights, of total one, and Gaussian laws with positive definite covariances.
    GaussianMixture(Vec<(f64, Gaussian)>),
    /// One with this probability, otherwise zero.
    Bernoulli(f64),
    /// Masses on the bins 0, 1, ...
    Categorical(Pmf),
    /// Successes among so many trials.
    Binomial {
        /// Number of trials.
        trials: u64,
        /// Of success in each.
        probability: f64,
    },
    /// With this mean; zero for the constant zero.
    Poisson(f64),
    /// On the simplex, with these positive parameters, two or more.
    Dirichlet(Vec<f64>),
}

impl NamedLaw {
    /// Checks the parameters; `name` is the name of the law in errors.
    pub(super) fn check(&self, name: &str) -> Result<()> {
        use NamedLaw as L;
        let probability = |x: f64| {
            if (0.0..=1.0).contains(&x) {
                return Ok(());
            }
            let (what, expected) = (format!("probability of {name}"), "between 0 and 1".to_owned());
            Err(Error::out_of_domain(what, x, expected))
        };
        match self {
            L::Bernoulli(x) | L::Binomial { probability: x, .. } => probability(*x),
            L::Poisson(mean) => closed::kl_poisson(*mean, *mean).map(drop),
            L::Dirichlet(parameters) => closed::kl_dirichlet(parameters, parameters).map(drop),
            L::GaussianMixture(parts) => {
                let weights: Vec<f64> = parts.iter().map(|part| part.0).collect();
                let what = format!("weights of {name}");
                check_masses(&weights, &what)?;
                let total = Sum::of(weights);
                if (total - 1.0).abs() > MASS_TOLERANCE {
                    return Err(Error::not_normalised(what, total, 1.0));
                }
                let first = parts[0].1.dimension();
                match parts.iter().find(|part| part.1.dimension() != first) {
                    None => Ok(()),
                    Some(other) => Err(Error::size_mismatch(
                        (format!("the first part of {name}"), first),
                        ("another", other.1.dimension()),
                        "columns",
                    )),
                }
            }
            L::Line(_) | L::Mixture(_) | L::Gaussian(_) | L::Categorical(_) => Ok(()),
        }
    }

    /// The law as a density on the line, if it is one; Gaussian laws of one dimension are.
    pub(super) fn on_the_line(&self) -> Option<Box<dyn Density>> {
        let normal = |law: &Gaussian| {
            let spread = (law.dimension() == 1).then(|| law.cov()[[0, 0]].sqrt())?;
            Law::normal(law.mean()[0], spread).ok()
        };
        match self {
            NamedLaw::Line(law) => Some(Box::new(*law)),
            NamedLaw::Mixture(law) => Some(Box::new(law.clone())),
            NamedLaw::Gaussian(law) => Some(Box::new(normal(law)?)),
            NamedLaw::GaussianMixture(parts) => {
                let parts: Option<Vec<(f64, Law)>> = parts.iter().map(|(w, law)| Some((*w, normal(law)?))).collect();
                Some(Box::new(Mixture::new(parts?).ok()?))
            }
            _ => None,
        }
    }
}

impl From<Law> for NamedLaw {
    fn from(law: Law) -> Self {
        Self::Line(law)
    }
}

impl From<Mixture> for NamedLaw {
    fn from(law: Mixture) -> Self {
        Self::Mixture(law)
    }
}

impl From<Gaussian> for NamedLaw {
    fn from(law: Gaussian) -> Self {
        Self::Gaussian(law)
    }
}

impl From<Pmf> for NamedLaw {
    fn from(law: Pmf) -> Self {
        Self::Categorical(law)
    }
}
