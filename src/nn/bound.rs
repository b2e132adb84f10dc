//! A network on a tape.

use super::activation::Activation;

use super::network::OnTape;
use super::norm::RunningNorm;
use super::passage::Passage;
use super::{Element, Var};
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;

/// A network whose parameters are on a tape.
#[derive(Debug, Clone)]
pub struct Bound<'t, T> {
    layers: Vec<BoundLayer<'t, T>>,
    parameters: Vec<Var<'t, T>>,
    /// What batch normalisations were given, from the first layer to the last, time after time.
    seen: RefCell<Vec<Var<'t, T>>>,
}

#[derive(Debug, Clone)]
pub(super) struct BoundLayer<'t, T> {
    pub weight: Var<'t, T>,
    pub bias: Var<'t, T>,
    pub activation: Activation,
    pub passage: Passage,
    pub gain: Option<Var<'t, T>>,
    /// Means and variances that take the place of those of the batch.
    pub running: Option<RunningNorm<T>>,
    /// Whether those of the batch are to be remembered.
    pub remembers: bool,
    pub dropout: Option<(f64, RefCell<ChaCha8Rng>)>,
}

impl<'t, T: Element> BoundLayer<'t, T> {
    fn forward(&self, x: Var<'t, T>, seen: &RefCell<Vec<Var<'t, T>>>) -> Var<'t, T> {
        let samples = x.shape().0;
        let rows = self.passage.before(x);
        let y = match (self.gain, self.passage.is_product_last()) {
            (None, true) => rows.layer(self.weight, self.bias, self.activation),
            (gain, _) => {
                let y = self.passage.after(rows.matmul(self.weight));
                let y = match gain {
                    None => y,
                    Some(gain) => self.normalised(y, seen) * gain,
                };
                self.activation.on(y + self.bias)
            }
        };
        let y = match &self.dropout {
            None => y,
            Some((share, rng)) => y.dropped(*share, &mut *rng.borrow_mut()),
        };
        y.reshape((samples, self.passage.sides(self.weight.shape()).1))
    }

    fn normalised(&self, y: Var<'t, T>, seen: &RefCell<Vec<Var<'t, T>>>) -> Var<'t, T> {
        match &self.running {
            Some(running) => running.on(y.tape(), y),
            None if self.remembers => {
                seen.borrow_mut().push(y);
                y.normalised_columns()
            }
            None => y.normalised_rows(),
        }
    }
}

impl<'t, T: Element> Bound<'t, T> {
    pub(super) fn new(layers: Vec<BoundLayer<'t, T>>) -> Self {
        let of_layer = |layer: &BoundLayer<'t, T>| [Some(layer.weight), Some(layer.bias), layer.gain];
        let parameters = layers.iter().flat_map(of_layer).flatten().collect();
        Self { layers, parameters, seen: RefCell::default() }
    }

    /// The outputs for the rows of `x`.
    ///
    /// # Panics
    /// If the columns of `x` are not the network's inputs.
    #[must_use]
    pub fn forward(&self, x: Var<'t, T>) -> Var<'t, T> {
        self.through(0..self.layers.len(), x)
    }

    /// The outputs of some of the layers alone, one after another: those of all but the last are the features of a sample.
    ///
    /// # Panics
    /// If there are no such layers, or the columns of `x` are not the inputs of the first of them.
    #[must_use]
    pub fn through(&self, layers: Range<usize>, x: Var<'t, T>) -> Var<'t, T> {
        self.layers[layers].iter().fold(x, |h, layer| layer.forward(h, &self.seen))
    }

    /// The leaves that training changes: weight and bias of each layer in turn, and the gain where it is normalised.
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

    /// The network with other values on the tape in place of its parameters: after steps of an optimiser that are on the tape too.
    ///
    /// # Panics
    /// If they are not as many, or not of the same shapes.
    #[must_use]
    pub fn with(mut self, parameters: Vec<Var<'t, T>>) -> Self {
        let shapes = |of: &[Var<'t, T>]| of.iter().map(|var| var.shape()).collect::<Vec<_>>();
        assert_eq!(shapes(&parameters), shapes(&self.parameters), "one value for each parameter");
        let mut values = parameters.iter().copied();
        for layer in &mut self.layers {
            for place in [Some(&mut layer.weight), Some(&mut layer.bias), layer.gain.as_mut()].into_iter().flatten() {
                *place = values.next().unwrap_or(*place);
            }
        }
        self.parameters = parameters;
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

    fn seen(&self) -> Vec<Arc<Array2<T>>> {
        self.seen.borrow().iter().map(|y| y.value()).collect()
    }
}
