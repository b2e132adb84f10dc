//! A mixture of round Gaussian laws as a network: its output is the logarithm of its density.

use super::network::{Network, OnTape};
use super::{Element, Tape, Var};
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// `q(x) = Σₖ wₖ N(x; mₖ, σₖ² I)` with `w = softmax(logits)`: a law that can be trained.
///
/// ```
/// use fenchel::nn::{GaussianMixture, Network};
/// use ndarray::array;
/// let normal = GaussianMixture::<f64>::new(array![[0.0, 0.0]], 1.0);
/// let ln_density = normal.apply(array![[3.0, 4.0]].view());
/// assert!((ln_density[[0, 0]] + 12.5 + std::f64::consts::TAU.ln()).abs() < 1e-14);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct GaussianMixture<T> {
    /// 1×K.
    pub logits: Array2<T>,
    /// K×d.
    pub means: Array2<T>,
    /// 1×K.
    pub ln_deviations: Array2<T>,
}

/// A mixture whose parameters are on a tape.
#[derive(Debug, Clone)]
pub struct BoundMixture<'t, T>([Var<'t, T>; 3]);

impl<T: Element> GaussianMixture<T> {
    /// Components of equal weights and deviations around these means, one a row.
    #[must_use]
    pub fn new(means: Array2<T>, deviation: f64) -> Self {
        let row = (1, means.nrows());
        Self { logits: Array2::zeros(row), ln_deviations: Array2::from_elem(row, T::of(deviation.ln())), means }
    }

    /// The weights of the components.
    #[must_use]
    pub fn weights(&self) -> Vec<f64> {
        let tape = Tape::new();
        tape.leaf(self.logits.view()).log_softmax().exp().value().iter().map(|&w| Element::to_f64(w)).collect()
    }

    /// `n` independent samples, one a row.
    pub fn sample(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        let weights = self.weights();
        let mut points = Array2::zeros((n, self.means.ncols()));
        for mut point in points.rows_mut() {
            let mut left: f64 = rng.random();
            let chosen = weights.iter().position(|w| {
                left -= w;
                left < 0.0
            });
            let k = chosen.unwrap_or(weights.len() - 1);
            let deviation = self.ln_deviations[[0, k]].to_f64().exp();
            for (x, mean) in point.iter_mut().zip(self.means.row(k)) {
                *x = Element::to_f64(*mean) + deviation * rng.sample::<f64, _>(StandardNormal);
            }
        }
        points
    }
}

impl<'t, T: Element> BoundMixture<'t, T> {
    /// `ln wₖ N(x; mₖ, σₖ² I)` of each row and each component, n×K.
    #[must_use]
    pub fn joint(&self, x: Var<'t, T>) -> Var<'t, T> {
        let [logits, means, ln_deviations] = self.0;
        let (k, d) = means.shape();
        let squares = x.square().sum_rows() + means.square().sum_rows().reshape((1, k)) - x.matmul_t(means).scale(2.0);
        let quadratic = squares * ln_deviations.scale(-2.0).exp();
        let constant = -0.5 * d as f64 * TAU.ln();
        (quadratic.scale(-0.5) - ln_deviations.scale(d as f64) + logits.log_softmax()).shift(constant)
    }

    /// For each component as many samples as the rows of `noise` suffice for, those of the first component first, and what each counts in a
    /// mean over the mixture: gradients flow through both to all parameters.
    ///
    /// # Panics
    /// If the rows of `noise` cannot be shared out evenly.
    #[must_use]
    pub fn samples(&self, noise: Var<'t, T>) -> (Var<'t, T>, Var<'t, T>) {
        let [logits, means, ln_deviations] = self.0;
        let (k, n) = (means.shape().0, noise.shape().0);
        assert!(n.is_multiple_of(k), "{n} rows for {k} components");
        let of: Vec<usize> = (0..n).map(|row| row * k / n).collect();
        let column = |row: Var<'t, T>| row.reshape((k, 1)).embedding(&of);
        let points = means.embedding(&of) + column(ln_deviations).exp() * noise;
        (points, column(logits.log_softmax()).exp().scale(k as f64 / n as f64))
    }
}

impl<T: Element> Network<T> for GaussianMixture<T> {
    type Bound<'t> = BoundMixture<'t, T>;

    fn bind<'t>(&self, tape: &'t Tape<T>) -> BoundMixture<'t, T> {
        BoundMixture([&self.logits, &self.means, &self.ln_deviations].map(|part| tape.leaf(part.view())))
    }

    fn parameters(&self) -> Vec<&Array2<T>> {
        vec![&self.logits, &self.means, &self.ln_deviations]
    }

    fn parameters_mut(&mut self) -> Vec<&mut Array2<T>> {
        vec![&mut self.logits, &mut self.means, &mut self.ln_deviations]
    }

    fn is_settled(&self) -> bool {
        let row = (1, self.means.nrows());
        self.logits.dim() == row && self.ln_deviations.dim() == row
    }
}

impl<'t, T: Element> OnTape<'t, T> for BoundMixture<'t, T> {
    /// `ln q(x)`, n×1.
    fn forward(&self, x: Var<'t, T>) -> Var<'t, T> {
        let joint = self.joint(x);
        // the same in every column
        (joint - joint.log_softmax()).columns(0..1)
    }

    fn parameters(&self) -> &[Var<'t, T>] {
        &self.0
    }
}
