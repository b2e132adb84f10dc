//! What an encoder says of samples: for each a normal law of its code.
//!
//! With `q(z | x) = N(μ, diag σ²)`, `p(z) = N(0, I)` and `p(x | z) = N(m, s² I)` the two terms of the evidence bound are closed forms
//! of what networks give: `KL(q, p) = ½ Σ (μ² + σ² - 1 - ln σ²)` and `ln p(x | z) = -½ Σ ((x - m)/s)² - d/2 ln 2πs²`.

use super::noise::noise;
use crate::nn::{Element, Mlp, Tape, Var};
use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;
use std::f64::consts::TAU;

/// Normal laws of codes, one a row.
///
/// ```
/// use fenchel::gan::Posterior;
/// use fenchel::nn::Tape;
/// let tape = Tape::<f64>::new();
/// // means 0 and 1, variances 1 and e
/// let q = Posterior::of(tape.leaf(ndarray::array![[0.0, 1.0, 0.0, 1.0]]));
/// assert!((q.kl_from_normal().scalar() - 0.5 * (1.0 + std::f64::consts::E - 2.0)).abs() < 1e-15);
/// assert_eq!(q.codes(tape.leaf(ndarray::array![[2.0, 0.0]])).value()[[0, 0]], 2.0);
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Posterior<'t, T> {
    /// `μ`, n×k.
    pub mean: Var<'t, T>,
    /// `ln σ²`, n×k.
    pub ln_variance: Var<'t, T>,
}

impl<'t, T: Element> Posterior<'t, T> {
    /// The laws that an encoder's outputs stand for: means in the first half of the columns, logarithms of variances in the second.
    #[must_use]
    pub fn of(outputs: Var<'t, T>) -> Self {
        let k = outputs.shape().1 / 2;
        Self { mean: outputs.columns(0..k), ln_variance: outputs.columns(k..2 * k) }
    }

    /// Codes `μ + σ e` for noise `e`, through which gradients flow to the encoder.
    #[must_use]
    pub fn codes(self, noise: Var<'t, T>) -> Var<'t, T> {
        self.mean + self.ln_variance.scale(0.5).exp() * noise
    }

    /// `KL(q, N(0, I))` of each row, n×1.
    #[must_use]
    pub fn kl_from_normal(self) -> Var<'t, T> {
        let spread = mutate!(self.ln_variance.exp(), CodeDivergence, |x| x.scale(0.0));
        let excess = self.mean.square() + spread - self.ln_variance;
        excess.shift(-1.0).sum_rows().scale(0.5)
    }
}

/// `ln p(x | z)` of each row, n×1, for `p(x | z) = N(m, s² I)` with the deviation `s`.
#[must_use]
pub fn ln_normal<'t, T: Element>(x: Var<'t, T>, mean: Var<'t, T>, deviation: f64) -> Var<'t, T> {
    let half_of_columns = 0.5 * x.shape().1 as f64;
    let squares = (x - mean).square().sum_rows().scale(-0.5 / (deviation * deviation));
    squares.shift(-half_of_columns * (TAU * deviation * deviation).ln())
}

/// Means and deviations of the codes of samples, which are in units of `unit`.
pub(super) fn encoded(encoder: &Mlp<f32>, x: ArrayView2<'_, f64>, unit: f64) -> [Array2<f64>; 2] {
    let tape = Tape::new();
    let outputs = encoder.apply(x.mapv(|x| (x / unit) as f32).view());
    let q = Posterior::of(tape.leaf(outputs));
    [q.mean, q.ln_variance.scale(0.5).exp()].map(|part| part.value().mapv(f64::from))
}

/// `n` samples `D(z) + s e` of the model, one a row.
pub(super) fn modelled(decoder: &Mlp<f32>, deviation: f64, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
    let means = decoder.apply(noise(n, decoder.inputs(), rng).view());
    means.mapv(f64::from) + deviation * noise(n, decoder.outputs(), rng).mapv(f64::from)
}
