//! A network whose weights stay in an interval.

use super::bound::Bound;
use super::layer::Mlp;
use super::network::Network;
use super::{Element, Tape};
use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

/// A perceptron whose weights and biases are all in `[-bound, bound]` (WGAN, arXiv:1701.07875).
///
/// ```
/// use fenchel::nn::{Activation, Clipped, Mlp};
/// let network = Mlp::<f32>::new(&[2, 8, 1], Activation::Relu, Activation::Linear, &mut fenchel::numeric::stream(0, 0));
/// let clipped = Clipped::new(network, 0.01);
/// assert!(clipped.network().parameters().flatten().all(|w| w.abs() <= 0.01));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Clipped<T> {
    network: Mlp<T>,
    bound: f64,
}

impl<T: Element> Clipped<T> {
    /// Clips the weights at once.
    #[must_use]
    pub fn new(network: Mlp<T>, bound: f64) -> Self {
        let mut clipped = Self { network, bound };
        clipped.settle();
        clipped
    }

    /// The perceptron.
    #[must_use]
    pub fn network(&self) -> &Mlp<T> {
        &self.network
    }

    /// The largest absolute value of a weight.
    #[must_use]
    pub fn bound(&self) -> f64 {
        self.bound
    }
}

impl<T: Element> Network<T> for Clipped<T> {
    type Bound<'t> = Bound<'t, T>;

    fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        self.network.bind(tape)
    }

    fn parameters(&self) -> Vec<&Array2<T>> {
        self.network.parameters().collect()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Array2<T>> {
        self.network.parameters_mut().collect()
    }

    fn remember(&mut self, seen: &[Arc<Array2<T>>]) {
        self.network.remember(seen);
    }

    fn settle(&mut self) {
        let bound = T::of(self.bound);
        for parameter in self.network.parameters_mut() {
            // unlike `min` and `max` this keeps a NaN, so that divergence is seen
            parameter.mapv_inplace(|w| if w.abs() > bound { bound.copysign(w) } else { w });
        }
    }

    fn is_settled(&self) -> bool {
        let bound = T::of(self.bound);
        self.network.is_settled() && self.network.parameters().flatten().all(|w| w.abs() <= bound)
    }

    fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        self.network.apply(x)
    }
}
