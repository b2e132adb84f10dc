//! Dense layers and the multilayer perceptron.
//!
//! An [`Mlp`] owns its weights as plain matrices. For training it is [bound](Mlp::bind) to a tape for one step.
//! [`apply`](Mlp::apply) computes the same function without a tape.

use super::activation::Activation;
use super::forward::dense_into;
use super::initial::Initial;
use super::layers::Layers;
use super::network::{Network, OnTape};
use super::op::Then;
use super::{Element, Tape, Var};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use std::sync::Arc;

/// `activation(X W + b)`: the rows of X are samples.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dense<T> {
    /// Inputs × outputs.
    pub weight: Array2<T>,
    /// 1 × outputs.
    pub bias: Array2<T>,
    /// The function applied to the product.
    pub activation: Activation,
}

/// A multilayer perceptron: dense layers one after another.
///
/// ```
/// use fenchel::nn::{Activation, Mlp};
/// let mut rng = fenchel::numeric::stream(0, 0);
/// let net = Mlp::<f32>::new(&[2, 16, 1], Activation::Relu, Activation::Linear, &mut rng);
/// let y = net.apply(ndarray::Array2::zeros((5, 2)).view());
/// assert_eq!(y.dim(), (5, 1));
/// assert_eq!(net.parameter_count(), 2 * 16 + 16 + 16 + 1);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Mlp<T> {
    /// The layers in the order they are applied.
    pub layers: Vec<Dense<T>>,
}

impl<T: Element> Mlp<T> {
    /// A network with layers of the given sizes: inputs, hidden sizes, outputs. The activation `hidden` follows each
    /// layer but the last, which has `output`. Weights are normal with [`Activation::initial_variance`], biases zero.
    ///
    /// # Panics
    /// With fewer than two sizes: there is no layer.
    pub fn new(sizes: &[usize], hidden: Activation, output: Activation, rng: &mut impl Rng) -> Self {
        assert!(sizes.len() >= 2, "a network needs an input and an output size");
        let (inputs, outputs) = (sizes[0], sizes[sizes.len() - 1]);
        Self::stacked(inputs, &Layers::new(&sizes[1..sizes.len() - 1], hidden), (outputs, output), rng)
    }

    /// A network from `inputs` columns through hidden layers to a last one of the given size and activation, with initial
    /// weights as in [`new`](Self::new).
    ///
    /// ```
    /// use fenchel::nn::{Activation, Mlp};
    /// let mut rng = fenchel::numeric::stream(0, 0);
    /// let net = Mlp::<f32>::stacked(2, &"64 lrelu, 32 tanh".parse()?, (1, Activation::Linear), &mut rng);
    /// assert_eq!((net.inputs(), net.layers[1].weight.dim(), net.outputs()), (2, (64, 32), 1));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn stacked(inputs: usize, hidden: &Layers, last: (usize, Activation), rng: &mut impl Rng) -> Self {
        let mut fan_in = inputs;
        let layers = hidden.0.iter().copied().chain([last]).map(|(size, activation)| {
            let weight = Initial::Fitting.draw((fan_in, size), activation, rng);
            fan_in = size;
            Dense { weight, bias: Array2::zeros((1, size)), activation }
        });
        Self { layers: layers.collect() }
    }

    /// Draws the weights anew by a rule of this name; biases become zero.
    pub fn redraw(&mut self, initial: Initial, rng: &mut impl Rng) {
        for layer in &mut self.layers {
            layer.weight = initial.draw(layer.weight.dim(), layer.activation, rng);
            layer.bias.fill(T::zero());
        }
    }

    /// Puts the weights on a tape for one step of training.
    pub fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        let layers = self.layers.iter().map(|layer| BoundDense {
            weight: tape.leaf(layer.weight.view()),
            bias: tape.leaf(layer.bias.view()),
            activation: layer.activation,
        });
        let layers: Vec<_> = layers.collect();
        let parameters = layers.iter().flat_map(|layer| [layer.weight, layer.bias]).collect();
        Bound { layers, parameters }
    }

    /// The outputs for the rows of `x`, without a tape; the same bits as the bound network.
    ///
    /// # Panics
    /// If the columns of `x` are not [`inputs`](Self::inputs).
    #[must_use]
    pub fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        let mut h = x.to_owned();
        for layer in &self.layers {
            let activation = mutate!(layer.activation, Activation, |_| Activation::Linear);
            let mut out = Array2::zeros((h.nrows(), layer.weight.ncols()));
            let fused = activation.fused();
            dense_into(h.view(), &layer.weight, &layer.bias, fused.unwrap_or(Then::Nothing), &mut out);
            if let (None, Some(entries)) = (fused, out.as_slice_mut()) {
                activation.in_place(entries);
            }
            h = out;
        }
        h
    }

    /// Weight and bias of each layer in turn: the order of [`Bound::parameters`].
    pub fn parameters(&self) -> impl Iterator<Item = &Array2<T>> {
        self.layers.iter().flat_map(|layer| [&layer.weight, &layer.bias])
    }

    /// As [`parameters`](Self::parameters), to be changed.
    pub fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Array2<T>> {
        self.layers.iter_mut().flat_map(|layer| [&mut layer.weight, &mut layer.bias])
    }

    /// Number of weights and biases.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(Array2::len).sum()
    }

    /// Columns of the input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.weight.nrows())
    }

    /// Columns of the output.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.weight.ncols())
    }
}

impl<T: Element> Network<T> for Mlp<T> {
    type Bound<'t> = Bound<'t, T>;

    fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        self.bind(tape)
    }

    fn parameters(&self) -> Vec<&Array2<T>> {
        self.parameters().collect()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Array2<T>> {
        self.parameters_mut().collect()
    }

    fn is_like(&self, other: &Self) -> bool {
        let layer = |layer: &Dense<T>| (layer.weight.dim(), layer.bias.dim(), layer.activation);
        self.layers.iter().map(layer).eq(other.layers.iter().map(layer))
    }

    fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        self.apply(x)
    }
}

/// A network on a tape.
#[derive(Debug, Clone)]
pub struct Bound<'t, T> {
    layers: Vec<BoundDense<'t, T>>,
    parameters: Vec<Var<'t, T>>,
}

#[derive(Debug, Clone)]
struct BoundDense<'t, T> {
    weight: Var<'t, T>,
    bias: Var<'t, T>,
    activation: Activation,
}

impl<'t, T: Element> Bound<'t, T> {
    /// The outputs for the rows of `x`.
    ///
    /// # Panics
    /// If the columns of `x` are not the network's inputs.
    #[must_use]
    pub fn forward(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.layers.iter().fold(x, |h, layer| h.layer(layer.weight, layer.bias, layer.activation))
    }

    /// The leaves that training changes: weight and bias of each layer in turn.
    #[must_use]
    pub fn parameters(&self) -> &[Var<'t, T>] {
        &self.parameters
    }

    /// The gradients of `loss` by the parameters, ready for an [`Optimizer`](super::Optimizer).
    #[must_use]
    pub fn gradients(&self, loss: Var<'t, T>) -> Vec<Arc<Array2<T>>> {
        loss.gradients(&self.parameters).into_iter().map(Var::value).collect()
    }

    /// The network with each weight `W` replaced by `change(layer, W)`, as spectral normalisation needs it. The
    /// parameters remain the original ones, and gradients flow to them through the change.
    #[must_use]
    pub fn reweighted(mut self, mut change: impl FnMut(usize, Var<'t, T>) -> Var<'t, T>) -> Self {
        for (i, layer) in self.layers.iter_mut().enumerate() {
            layer.weight = change(i, layer.weight);
        }
        self
    }
}

impl<'t, T: Element> OnTape<'t, T> for Bound<'t, T> {
    fn forward(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.forward(x)
    }

    fn parameters(&self) -> &[Var<'t, T>] {
        &self.parameters
    }
}
