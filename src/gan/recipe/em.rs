//! Expectation and maximisation on samples that come in batches (Cappé and Moulines, arXiv:0712.4273).
//!
//! The share `r` of each component in each sample gives the batch's means of `r`, `r x` and `r |x|²`. Their running means, which forget
//! the first batches, determine the mixture.

use crate::nn::{Element, GaussianMixture, Network, Tape};
use ndarray::{Array1, Array2, Axis};

/// By how much the `t`-th batch moves the running means: `t^-0.6`.
const FORGETTING: f64 = -0.6;
/// The least mass of a component and the least variance of one, so that none ends as a point.
const LEAST: f64 = 1e-6;

/// The running means.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct Em {
    batches: u64,
    mass: Array1<f64>,
    sum: Array2<f64>,
    square: Array1<f64>,
}

impl Em {
    /// Nothing seen.
    pub fn new(components: usize, columns: usize) -> Self {
        let none = Array1::zeros(components);
        Self { batches: 0, mass: none.clone(), sum: Array2::zeros((components, columns)), square: none }
    }

    /// Whether they are of so many components and columns, and finite.
    pub fn fits(&self, components: usize, columns: usize) -> bool {
        let all = self.mass.iter().chain(&self.sum).chain(&self.square);
        (self.mass.len(), self.sum.dim(), self.square.len()) == (components, (components, columns), components)
            && all.into_iter().all(|x| x.is_finite())
    }

    /// The mixture after a batch.
    pub fn step(&mut self, mixture: &GaussianMixture<f32>, x: &Array2<f32>) -> GaussianMixture<f32> {
        let tape = Tape::new();
        let joint = mixture.bind(&tape).joint(tape.leaf(x.view()));
        let shares = joint.log_softmax().exp().value().mapv(f64::from);
        let x = x.mapv(f64::from);
        let n = x.nrows() as f64;
        self.batches += 1;
        let new = (self.batches as f64).powf(FORGETTING);
        let lengths = (&x * &x).sum_axis(Axis(1));
        let follow = |old: &mut f64, batch: &f64| *old += new * (batch / n - *old);
        self.mass.zip_mut_with(&shares.sum_axis(Axis(0)), follow);
        self.sum.zip_mut_with(&shares.t().dot(&x), follow);
        self.square.zip_mut_with(&shares.t().dot(&lengths), follow);

        let mut next = mixture.clone();
        for (k, (&mass, sum)) in self.mass.iter().zip(self.sum.rows()).enumerate() {
            let mass = mass.max(LEAST);
            let mean = &sum / mass;
            let variance = (self.square[k] / mass - mean.dot(&mean)) / x.ncols() as f64;
            next.logits[[0, k]] = f32::of(mass.ln());
            next.ln_deviations[[0, k]] = f32::of(0.5 * variance.max(LEAST).ln());
            next.means.row_mut(k).assign(&mean.mapv(|x| x as f32));
        }
        next
    }
}
