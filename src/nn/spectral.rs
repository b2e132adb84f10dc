//! A network whose layers have the largest singular value 1.

use super::bound::Bound;
use super::layer::{Mlp, in_blocks};
use super::network::Network;
use super::{Element, Tape};
use crate::linalg::matmul;
use ndarray::{Array2, ArrayView2};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::sync::Arc;

/// A perceptron each of whose weight matrices is divided by its largest singular value (Miyato et al., arXiv:1802.05957).
///
/// With dense layers, no gains to learn and activations of slope at most 1, it changes by at most the distance its input moves. Of a
/// convolution the matrix that windows are multiplied by is divided, and windows that overlap may stretch further. The singular vectors are
/// followed by power iteration as training moves the weights. One iteration a step suffices, since weights move slowly.
///
/// ```
/// use fenchel::nn::{Activation, Mlp, Network, Spectral};
/// let mut rng = fenchel::numeric::stream(0, 0);
/// let network = Mlp::<f64>::new(&[1, 1], Activation::Linear, Activation::Linear, &mut rng);
/// let spectral = Spectral::new(network, 1, &mut rng);
/// let y = spectral.apply(ndarray::array![[0.0], [3.0]].view());
/// assert!(((y[[1, 0]] - y[[0, 0]]).abs() - 3.0).abs() < 1e-15); // a slope of 1, whatever the weight
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Spectral<T> {
    network: Mlp<T>,
    /// One row a layer, as long as the layer has inputs: the singular vector on that side.
    left: Vec<Array2<T>>,
    /// The same, as long as the layer has outputs.
    right: Vec<Array2<T>>,
}

impl<T: Element> Spectral<T> {
    /// Follows the weights from random directions, with `iterations` rounds of power iteration (at least one) so that
    /// training starts from good values.
    pub fn new(network: Mlp<T>, iterations: usize, rng: &mut impl Rng) -> Self {
        let mut direction =
            |n| unit(Array2::from_shape_simple_fn((1, n), || T::of(rng.sample::<f64, _>(StandardNormal))));
        let right = network.layers.iter().map(|layer| direction(layer.weight.ncols())).collect();
        let left = network.layers.iter().map(|layer| Array2::zeros((1, layer.weight.nrows()))).collect();
        let mut spectral = Self { network, left, right };
        for _ in 0..iterations.max(1) {
            spectral.settle();
        }
        spectral
    }

    /// The perceptron before its weights are divided.
    #[must_use]
    pub fn network(&self) -> &Mlp<T> {
        &self.network
    }

    /// The largest singular value `σ = u W vᵀ` of each layer's weights, as followed so far.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let layers = self.network.layers.iter().zip(&self.left).zip(&self.right);
        let values = layers.map(|((layer, left), right)| {
            let image = matmul(left.view(), layer.weight.view());
            image.iter().zip(right).map(|(&x, &v)| Element::to_f64(x) * Element::to_f64(v)).sum()
        });
        values.collect()
    }
}

impl<T: Element> Spectral<T> {
    fn divided<'t>(&self, tape: &'t Tape<T>, bound: Bound<'t, T>) -> Bound<'t, T> {
        bound.reweighted(|i, weight| {
            let (u, v) = (tape.leaf(self.left[i].view()), tape.leaf(self.right[i].view()));
            let sigma = u.matmul(weight).matmul_t(v);
            if sigma.scalar() > 0.0 { weight / sigma } else { weight }
        })
    }
}

impl<T: Element> Network<T> for Spectral<T> {
    type Bound<'t> = Bound<'t, T>;

    /// The singular vectors are constants on the tape, the weights are not: gradients flow through `σ` too, as they must.
    fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        self.divided(tape, self.network.bind(tape))
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

    /// One power iteration for each layer.
    fn settle(&mut self) {
        let layers = mutate!(&self.network.layers[..], PowerIteration, |_| &[]);
        for ((layer, left), right) in layers.iter().zip(&mut self.left).zip(&mut self.right) {
            *left = unit(matmul(right.view(), layer.weight.t()));
            *right = unit(matmul(left.view(), layer.weight.view()));
        }
    }

    fn is_settled(&self) -> bool {
        let shapes = |side: fn((usize, usize)) -> usize| {
            self.network.layers.iter().map(move |layer| (1, side(layer.weight.dim())))
        };
        self.network.is_settled()
            && self.left.iter().map(Array2::dim).eq(shapes(|(inputs, _)| inputs))
            && self.right.iter().map(Array2::dim).eq(shapes(|(_, outputs)| outputs))
            && self.left.iter().chain(&self.right).all(|x| {
                let length = length(x.view());
                // zero weights have no direction
                length <= 0.0 || (length - 1.0).abs() < 1e-3
            })
    }

    fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        in_blocks(x, |tape, x| self.divided(tape, self.network.bound(tape, false)).forward(tape.leaf(x)).value())
    }
}

fn length<T: Element>(x: ArrayView2<'_, T>) -> f64 {
    x.iter().map(|&x| x.to_f64() * x.to_f64()).sum::<f64>().sqrt()
}

fn unit<T: Element>(mut x: Array2<T>) -> Array2<T> {
    let length = length(x.view());
    if length > 0.0 {
        x.mapv_inplace(|x| T::of(x.to_f64() / length));
    }
    x
}
