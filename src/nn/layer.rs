//! Layers and networks of them.
//!
//! A [`Mlp`] owns its weights as plain matrices. For training it is [bound](Mlp::bind) to a tape for one step.
//! [`apply`](Mlp::apply) computes what it does afterwards: the same function, but for what differs between training and use (batch
//! normalisation, dropout).

use super::activation::Activation;
use super::bound::{Bound, BoundLayer};
use super::forward::dense_into;
use super::geometry::{Planned, through};
use super::initial::Initial;
use super::layers::{Layers, Normalisation};
use super::network::Network;
use super::norm::RunningNorm;
use super::op::Then;
use super::passage::Passage;
use super::{Element, Tape};
use crate::error::Result;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::sync::Arc;

/// `activation(X W + b)`: the rows of X are samples, or windows or pixels of them.
///
/// With a normalisation, `activation(gain · norm(X W) + b)`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dense<T> {
    /// Inputs × outputs.
    pub weight: Array2<T>,
    /// 1 × outputs, or channels where the outputs are images.
    pub bias: Array2<T>,
    /// The function applied to the product.
    pub activation: Activation,
    /// What makes a convolution of the product.
    #[cfg_attr(feature = "serde", serde(default))]
    pub passage: Passage,
    /// What is done to the product before the bias is added.
    #[cfg_attr(feature = "serde", serde(default = "Option::default"))]
    pub norm: Option<Norm<T>>,
    /// What is left out in training.
    #[cfg_attr(feature = "serde", serde(default))]
    pub dropout: Option<Dropout>,
}

/// A normalisation of a layer's outputs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Norm<T> {
    /// What each column is multiplied by, 1 × columns; it is learnt.
    pub gain: Array2<T>,
    /// Means and variances of the batches of training; none normalises each row by itself.
    pub running: Option<RunningNorm<T>>,
}

/// Outputs that are zero in training.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Dropout {
    /// With which probability one is.
    pub share: f64,
    /// Seed of those that are.
    pub seed: u64,
    /// Steps learnt, each with a stream of its own.
    pub steps: u64,
}

impl Dropout {
    /// What decides on the outputs of this step.
    fn stream(self) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.steps);
        rng
    }
}

/// Share of the running means that a batch leaves of what was before.
const MEMORY: f64 = 0.9;
/// Rows of images that are computed at once.
const BLOCK: usize = 256;

impl<T: Element> Dense<T> {
    /// A dense layer.
    #[must_use]
    pub fn new(weight: Array2<T>, bias: Array2<T>, activation: Activation) -> Self {
        Self { weight, bias, activation, passage: Passage::Rows, norm: None, dropout: None }
    }

    fn drawn(plan: &Planned, rng: &mut impl Rng) -> Self {
        let activation = plan.layer.activation;
        let weight = Initial::Fitting.draw(plan.weight, plan.passage.fans(plan.weight), activation, rng);
        let running = match plan.layer.normalisation {
            Normalisation::Batch => Some(Some(RunningNorm::new(plan.channels, MEMORY))),
            Normalisation::Layer => Some(None),
            Normalisation::None => None,
        };
        let share = plan.layer.dropout;
        Self {
            weight,
            bias: Array2::zeros((1, plan.channels)),
            activation,
            passage: plan.passage,
            norm: running.map(|running| Norm { gain: Array2::ones((1, plan.channels)), running }),
            dropout: (share > 0.0).then(|| Dropout { share, seed: rng.random(), steps: 0 }),
        }
    }

    /// What is done to rows, which is the same in training and afterwards, where that is all.
    fn plain(&self) -> Option<Then<T>> {
        let fused = mutate!(self.activation, Activation, |_| Activation::Linear).fused();
        fused.filter(|_| self.passage == Passage::Rows && self.norm.is_none() && self.dropout.is_none())
    }

    /// All but the numbers.
    fn kind(&self) -> impl PartialEq + use<T> {
        let norm = self.norm.as_ref().map(|norm| (norm.gain.dim(), norm.running.as_ref().map(RunningNorm::memory)));
        let dropped = self.dropout.map(|dropout| (dropout.share, dropout.seed));
        (self.weight.dim(), self.bias.dim(), self.activation, self.passage, norm, dropped)
    }
}

/// Layers one after another: a multilayer perceptron, or a network of convolutions.
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
        let hidden = Layers::new(&sizes[1..sizes.len() - 1], hidden);
        Self::stacked(inputs, &hidden, (outputs, output), rng).expect("dense layers always fit")
    }

    /// A network from `inputs` columns through hidden layers to a last one of the given size and activation, with initial
    /// weights as in [`new`](Self::new). Where the last hidden layer makes images of that size by that activation, it is the last one.
    ///
    /// ```
    /// use fenchel::nn::{Activation, Mlp};
    /// let mut rng = fenchel::numeric::stream(0, 0);
    /// let net = Mlp::<f32>::stacked(2, &"64 lrelu, 32 tanh".parse()?, (1, Activation::Linear), &mut rng)?;
    /// assert_eq!((net.inputs(), net.layers[1].weight.dim(), net.outputs()), (2, (64, 32), 1));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    ///
    /// # Errors
    /// Layers whose shapes do not fit.
    pub fn stacked(inputs: usize, hidden: &Layers, last: (usize, Activation), rng: &mut impl Rng) -> Result<Self> {
        let planned = through(hidden, inputs, last)?;
        Ok(Self { layers: planned.iter().map(|plan| Dense::drawn(plan, rng)).collect() })
    }

    /// Draws the weights anew by a rule of this name; biases become zero, gains one, and what was remembered of training is forgotten.
    pub fn redraw(&mut self, initial: Initial, rng: &mut impl Rng) {
        for layer in &mut self.layers {
            let shape = layer.weight.dim();
            layer.weight = initial.draw(shape, layer.passage.fans(shape), layer.activation, rng);
            layer.bias.fill(T::zero());
            if let Some(norm) = &mut layer.norm {
                norm.gain.fill(T::one());
                norm.running =
                    norm.running.as_ref().map(|running| RunningNorm::new(layer.bias.ncols(), running.memory()));
            }
            if let Some(dropout) = &mut layer.dropout {
                dropout.steps = 0;
            }
        }
    }

    /// Puts the weights on a tape for one step of training.
    pub fn bind<'t>(&self, tape: &'t Tape<T>) -> Bound<'t, T> {
        self.bound(tape, true)
    }

    /// The same, as it is used after training.
    pub(super) fn bound<'t>(&self, tape: &'t Tape<T>, training: bool) -> Bound<'t, T> {
        let layers = self.layers.iter().map(|layer| BoundLayer {
            weight: tape.leaf(layer.weight.view()),
            bias: tape.leaf(layer.bias.view()),
            activation: layer.activation,
            passage: layer.passage,
            gain: layer.norm.as_ref().map(|norm| tape.leaf(norm.gain.view())),
            running: layer.norm.as_ref().and_then(|norm| norm.running.as_ref()).filter(|_| !training).cloned(),
            remembers: training && layer.norm.as_ref().is_some_and(|norm| norm.running.is_some()),
            dropout: layer.dropout.filter(|_| training).map(|dropout| (dropout.share, RefCell::new(dropout.stream()))),
        });
        Bound::new(layers.collect())
    }

    /// The outputs for the rows of `x` after training, without a tape. But for batch normalisation and dropout they are those of the
    /// bound network, to the bit where all layers are dense and up to rounding otherwise.
    ///
    /// # Panics
    /// If the columns of `x` are not [`inputs`](Self::inputs).
    #[must_use]
    pub fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        let plain: Option<Vec<Then<T>>> = self.layers.iter().map(Dense::plain).collect();
        let Some(plain) = plain else {
            return in_blocks(x, |tape, x| self.bound(tape, false).forward(tape.leaf(x)).value());
        };
        let mut h = x.to_owned();
        for (layer, then) in self.layers.iter().zip(plain) {
            let mut out = Array2::zeros((h.nrows(), layer.weight.ncols()));
            dense_into(h.view(), &layer.weight, &layer.bias, then, &mut out);
            h = out;
        }
        h
    }

    /// What training changes, in the order of [`Bound::parameters`]: weight and bias of each layer in turn, and the gain where it is
    /// normalised.
    pub fn parameters(&self) -> impl Iterator<Item = &Array2<T>> {
        self.layers.iter().flat_map(|layer| {
            [&layer.weight, &layer.bias].into_iter().chain(layer.norm.as_ref().map(|norm| &norm.gain))
        })
    }

    /// As [`parameters`](Self::parameters), to be changed.
    pub fn parameters_mut(&mut self) -> impl Iterator<Item = &mut Array2<T>> {
        self.layers.iter_mut().flat_map(|layer| {
            [&mut layer.weight, &mut layer.bias].into_iter().chain(layer.norm.as_mut().map(|norm| &mut norm.gain))
        })
    }

    /// Number of weights, biases and gains.
    #[must_use]
    pub fn parameter_count(&self) -> usize {
        self.parameters().map(Array2::len).sum()
    }

    /// Columns of the input.
    #[must_use]
    pub fn inputs(&self) -> usize {
        self.layers.first().map_or(0, |layer| layer.passage.sides(layer.weight.dim()).0)
    }

    /// Columns of the output.
    #[must_use]
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |layer| layer.passage.sides(layer.weight.dim()).1)
    }
}

/// A block of rows at a time, because windows take much memory.
pub(super) fn in_blocks<T: Element>(
    x: ArrayView2<'_, T>,
    forward: impl Fn(&Tape<T>, ArrayView2<'_, T>) -> Arc<Array2<T>>,
) -> Array2<T> {
    let mut tape = Tape::new();
    let starts = (0..x.nrows().max(1)).step_by(BLOCK);
    let blocks: Vec<Arc<Array2<T>>> = starts
        .map(|start| {
            tape.clear();
            forward(&tape, x.slice(s![start..(start + BLOCK).min(x.nrows()), ..]))
        })
        .collect();
    let views: Vec<_> = blocks.iter().map(|block| block.view()).collect();
    concatenate(Axis(0), &views).expect("blocks have the same columns")
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

    fn remember(&mut self, seen: &[Arc<Array2<T>>]) {
        let kept = self.layers.iter_mut().filter_map(|layer| layer.norm.as_mut()?.running.as_mut());
        let mut kept: Vec<_> = kept.collect();
        let layers = kept.len().max(1);
        for (i, batch) in seen.chunks_exact(2).enumerate() {
            kept[i % layers].take(&batch[0], &batch[1]);
        }
        for dropout in self.layers.iter_mut().filter_map(|layer| layer.dropout.as_mut()) {
            dropout.steps = dropout.steps.wrapping_add(1);
        }
    }

    fn is_settled(&self) -> bool {
        self.layers.iter().all(|layer| {
            let norm = layer.norm.as_ref();
            layer.passage.is_sound(layer.weight.dim(), layer.bias.ncols())
                && norm.is_none_or(|norm| norm.gain.dim() == layer.bias.dim())
                && norm.and_then(|norm| norm.running.as_ref()).is_none_or(|r| r.is_sound(layer.bias.ncols()))
        })
    }

    fn is_like(&self, other: &Self) -> bool {
        let kinds = |network: &Self| network.layers.iter().map(Dense::kind).collect::<Vec<_>>();
        kinds(self) == kinds(other)
    }

    fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        self.apply(x)
    }
}
