//! What a game asks of a network: parameters, a place on a tape, and what is kept true of it after a step.

use super::{Element, Tape, Var};
use ndarray::{Array2, ArrayView2};
use std::sync::Arc;

/// A function with parameters that can be trained.
///
/// Write one to play with a network of your own; a [`Mlp`](super::Mlp) is one. [`Clipped`](super::Clipped) and
/// [`Spectral`](super::Spectral) keep something true of a perceptron while it is trained.
pub trait Network<T: Element>: Clone {
    /// The network with its parameters on a tape.
    type Bound<'t>: OnTape<'t, T>;

    /// Puts the parameters on a tape for one step of training.
    fn bind<'t>(&self, tape: &'t Tape<T>) -> Self::Bound<'t>;

    /// What training changes, in the order of [`OnTape::parameters`].
    fn parameters(&self) -> Vec<&Array2<T>>;

    /// As [`parameters`](Self::parameters), to be changed.
    fn parameters_mut(&mut self) -> Vec<&mut Array2<T>>;

    /// Takes note of the batches that the network has [seen](OnTape::seen) in a step. Nothing is noted unless this is written.
    fn remember(&mut self, _seen: &[Arc<Array2<T>>]) {}

    /// Makes true again what the network keeps, after its parameters have moved. Nothing is kept unless this is written.
    fn settle(&mut self) {}

    /// Whether what is kept beside the parameters fits them, for a network that was read from a file.
    fn is_settled(&self) -> bool {
        true
    }

    /// Whether another network differs in its parameters only, for one that was read from a file. Unless this is written, it does
    /// if the parameters have the same shapes.
    fn is_like(&self, other: &Self) -> bool {
        let shapes = |network: &Self| network.parameters().into_iter().map(Array2::dim).collect::<Vec<_>>();
        shapes(self) == shapes(other)
    }

    /// The outputs for the rows of `x` after training. Unless this is written, the same bits as on a tape.
    ///
    /// # Panics
    /// If the columns of `x` are not the network's inputs.
    fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        let tape = Tape::new();
        let outputs = self.bind(&tape).forward(tape.leaf(x)).value();
        outputs.as_ref().clone()
    }
}

/// A network whose parameters are on a tape.
pub trait OnTape<'t, T: Element> {
    /// The outputs for the rows of `x`.
    fn forward(&self, x: Var<'t, T>) -> Var<'t, T>;

    /// The leaves that training changes.
    fn parameters(&self) -> &[Var<'t, T>];

    /// What the network wants to [remember](Network::remember) of the batches of this step, those of a penalty included. Nothing unless
    /// this is written.
    fn seen(&self) -> Vec<Arc<Array2<T>>> {
        Vec::new()
    }
}
