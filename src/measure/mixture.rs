//! Weighted sums of named laws: mixtures, and points or a uniform law under Gaussian noise.

use super::density::{Density, Law};
use super::{MASS_TOLERANCE, check_masses};
use crate::error::{Error, Result};
use crate::numeric::{Sum, logsumexp};
use rand::{Rng, RngExt};

/// A weighted sum of named laws.
#[derive(Debug, Clone, PartialEq)]
pub struct Mixture {
    weights: Vec<f64>,
    components: Vec<Law>,
}

impl Mixture {
    /// The law with density `sum w_k p_k`; components of weight zero are dropped.
    ///
    /// # Errors
    /// No components; weights that are negative, not finite or do not sum to one within 1e-9.
    pub fn new(components: Vec<(f64, Law)>) -> Result<Self> {
        let weights: Vec<f64> = components.iter().map(|c| c.0).collect();
        check_masses(&weights, "weights of the mixture")?;
        let total = Sum::of(weights.iter().copied());
        if (total - 1.0).abs() > MASS_TOLERANCE {
            return Err(Error::not_normalised("weights of the mixture", total, 1.0));
        }
        let (weights, components) = components.into_iter().filter(|c| c.0 > 0.0).unzip();
        Ok(Self { weights, components })
    }

    /// The law of a weighted point with added noise `N(0, sigma^2)`: a discrete law under instance noise, or a kernel
    /// density estimate.
    ///
    /// # Errors
    /// As [`Mixture::new`]; points that are not finite, as many as there are weights; `sigma` that is not positive.
    ///
    /// ```
    /// use fenchel::measure::density::{Density, Law, Mixture};
    /// let noisy = Mixture::smoothed(&[0.0], &[1.0], 2.0)?;
    /// assert_eq!(noisy.ln_pdf(1.5), Law::normal(0.0, 2.0)?.ln_pdf(1.5));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn smoothed(points: &[f64], weights: &[f64], sigma: f64) -> Result<Self> {
        if points.len() != weights.len() {
            return Err(Error::size_mismatch(("points", points.len()), ("weights", weights.len()), "entries"));
        }
        let laws: Result<Vec<Law>> = points.iter().map(|&x| Law::normal(x, sigma)).collect();
        Self::new(weights.iter().copied().zip(laws?).collect())
    }

    /// Weights, positive and of total one.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Components, in the order of the weights.
    #[must_use]
    pub fn components(&self) -> &[Law] {
        &self.components
    }

    fn parts(&self) -> impl Iterator<Item = (f64, &Law)> {
        self.weights.iter().copied().zip(&self.components)
    }

    fn gather(&self, points: impl Fn(&Law) -> Vec<f64>) -> Vec<f64> {
        self.components.iter().flat_map(points).collect()
    }
}

impl Density for Mixture {
    fn ln_pdf(&self, x: f64) -> f64 {
        if let [only] = self.components.as_slice() {
            return only.ln_pdf(x);
        }
        let terms: Vec<f64> = self.parts().map(|(w, law)| w.ln() + law.ln_pdf(x)).collect();
        logsumexp(&terms)
    }

    fn ln_pdf_error(&self, x: f64) -> f64 {
        if let [only] = self.components.as_slice() {
            return only.ln_pdf_error(x);
        }
        let total = self.ln_pdf(x);
        if !total.is_finite() {
            return 0.0;
        }
        // the errors of the components by their shares, and that of each logarithm of a weight
        let part = |(w, law): (f64, &Law)| {
            let ln_part = w.ln() + law.ln_pdf(x);
            let share = (ln_part - total).exp();
            if share > 0.0 {
                share * (law.ln_pdf_error(x) + f64::EPSILON * (w.ln().abs() + ln_part.abs()))
            } else {
                0.0
            }
        };
        self.parts().map(part).sum::<f64>() + f64::EPSILON * (total.abs() + self.weights.len() as f64)
    }

    fn score(&self, x: f64) -> f64 {
        let total = self.ln_pdf(x);
        if total.is_infinite() {
            return 0.0;
        }
        let share = |w: f64, law: &Law| w * (law.ln_pdf(x) - total).exp();
        self.parts().map(|(w, law)| (share(w, law), law)).filter(|s| s.0 > 0.0).map(|(s, law)| s * law.score(x)).sum()
    }

    fn cdf(&self, x: f64) -> f64 {
        Sum::of(self.parts().map(|(w, law)| w * law.cdf(x))).min(1.0)
    }

    fn survival(&self, x: f64) -> f64 {
        Sum::of(self.parts().map(|(w, law)| w * law.survival(x))).min(1.0)
    }

    fn support(&self) -> (f64, f64) {
        let ends = self.components.iter().map(Density::support);
        ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (low, high)| (a.min(low), b.max(high)))
    }

    fn mean(&self) -> Option<f64> {
        self.parts().map(|(w, law)| law.mean().map(|m| w * m)).sum()
    }

    fn breakpoints(&self) -> Vec<f64> {
        self.gather(Density::breakpoints)
    }

    fn landmarks(&self) -> Vec<f64> {
        self.gather(Density::landmarks)
    }

    fn draw(&self, rng: &mut dyn Rng) -> f64 {
        let mut u: f64 = rng.random();
        for (w, law) in self.parts() {
            if u < w {
                return law.draw(rng);
            }
            u -= w;
        }
        // rounding in the weights: the last component
        self.components[self.components.len() - 1].draw(rng)
    }
}
