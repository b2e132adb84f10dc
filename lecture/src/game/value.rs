//! The value function `V(D, G) = E_p ln D + E_q ln(1 - D)` and the three ways to its maximum over D.
//!
//! D is always given by its logit `l`, `D = σ(l)`: `ln D = -softplus(-l)` and `ln(1 - D) = -softplus(l)` are finite for
//! every finite logit, and the best logit is `ln p - ln q`.

use crate::optimise::maximise;
use fenchel::Result;
use fenchel::gan::{Discriminator, Fit, Source};
use fenchel::measure::density::Density;
use fenchel::numeric::quadrature::Quadrature;
use fenchel::numeric::{Sum, ln_sigmoid, sigmoid, softplus};
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// `V` of a table of logits against masses `p` (real) and `q` (generated).
pub(super) fn value_of_logits(p: &[f64], q: &[f64], logits: &[f64]) -> f64 {
    // 0 times an infinite logarithm is nothing
    let term = |mass: f64, ln: f64| if mass > 0.0 { mass * ln } else { 0.0 };
    Sum::of(p.iter().zip(q).zip(logits).flat_map(|((&p, &q), &l)| [term(p, ln_sigmoid(l)), term(q, -softplus(l))]))
}

/// The logits that maximise `V`, found by L-BFGS on the table without use of the formula.
///
/// The unknowns are scaled by the root of the mass of their cell, which makes the curvatures comparable.
pub(super) fn best_logits(p: &[f64], q: &[f64]) -> Vec<f64> {
    let scale: Vec<f64> = p.iter().zip(q).map(|(p, q)| (p + q).sqrt().max(1e-12)).collect();
    let unscaled = |at: &[f64]| at.iter().zip(&scale).map(|(x, s)| x / s).collect::<Vec<f64>>();
    let found = maximise(
        |at| {
            let logits = unscaled(at);
            let gradient = (0..p.len()).map(|i| {
                let d = sigmoid(logits[i]);
                (p[i] * sigmoid(-logits[i]) - q[i] * d) / scale[i]
            });
            (value_of_logits(p, q, &logits), gradient.collect())
        },
        vec![0.0; p.len()],
    );
    unscaled(&found.at)
}

/// `E_law f(x)` by adaptive quadrature.
pub(super) fn expectation(law: &dyn Density, f: impl Fn(f64) -> f64) -> Result<f64> {
    let (low, high) = law.support();
    let mut points: Vec<f64> = law.breakpoints().into_iter().chain(law.landmarks()).chain([low, high]).collect();
    points.sort_by(f64::total_cmp);
    let integrand = |x: f64| {
        let density = law.pdf(x);
        // where the density is zero in f64 a large f may not turn it into NaN
        if density > 0.0 { density * f(x) } else { 0.0 }
    };
    Ok(Quadrature::new().absolute(1e-14).integrate(integrand, &points)?.value)
}

/// `V` of a discriminator given by its logit, by quadrature.
pub(super) fn value_between(p: &dyn Density, q: &dyn Density, logit: impl Fn(f64) -> f64) -> Result<f64> {
    Ok(expectation(p, |x| ln_sigmoid(logit(x)))? + expectation(q, |x| -softplus(logit(x)))?)
}

/// Draws one point from each of `n` equally likely strips of a law: unbiased, and far less noisy than independent draws.
struct Strips<'a>(&'a dyn Density);

impl Source for Strips<'_> {
    fn dimension(&self) -> usize {
        1
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        let shift: f64 = rng.random_range(1e-6..1.0);
        Array2::from_shape_fn((n, 1), |(i, _)| self.0.quantile((i as f64 + shift) / n as f64) as f32)
    }
}

/// A discriminator of two hidden layers of 32, trained by Adam on the sum of its two cross entropies, which is `-V`.
pub(super) fn train_discriminator(p: &dyn Density, q: &dyn Density, seed: u64) -> Result<Discriminator> {
    Fit { seed, ..Fit::default() }.run(&Strips(p), &Strips(q))
}

/// The logits of a discriminator at points.
pub(super) fn logits_of(d: &Discriminator, x: &[f64]) -> Vec<f64> {
    d.outputs(Array2::from_shape_fn((x.len(), 1), |(i, _)| x[i]).view()).to_vec()
}
