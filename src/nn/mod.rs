//! Differentiation, layers and optimisers for adversarial training.
//!
//! A [`Tape`] records matrix operations; [`Var::gradients`] walks it backwards and *records its own work on the same
//! tape*, so a gradient is an expression like any other and can be differentiated again. Gradient penalties, whose loss
//! holds a gradient, need exactly that.
//!
//! ```
//! use fenchel::nn::Tape;
//! use ndarray::array;
//!
//! let tape = Tape::<f64>::new();
//! let x = tape.leaf(array![[2.0]]);
//! let y = (x * x * x).sum(); // x³
//! let first = y.gradients(&[x])[0]; // 3x²
//! let second = first.sum().gradients(&[x])[0]; // 6x
//! assert_eq!((first.scalar(), second.scalar()), (12.0, 12.0));
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Tape`], [`Var`] | the record of operations, and a matrix on it |
//! | [`Dense`], [`Mlp`], [`Activation`] | layers and networks of them |
//! | [`Layers`], [`Initial`] | hidden layers by a short text; initial weights by name |
//! | [`Window`], [`RunningNorm`] | what makes a convolution of a product; what batch normalisation remembers |
//! | [`Network`], [`OnTape`] | what a game asks of a network, and of one whose parameters are on a tape |
//! | [`Bound`] | a perceptron whose parameters are on a tape |
//! | [`Clipped`], [`Spectral`] | perceptrons that keep something true of their weights |
//! | [`Optimizer`], [`Rule`] | what moves the parameters: Adam, AdamW, RMSProp, gradient descent with and without momentum |
//!
//! Everything is generic over [`Element`] (`f32` to train, `f64` to check) and runs on the calling thread in a fixed order, so
//! the same seed gives the same bits whatever the number of threads.

mod activation;
mod clipped;
mod fold;
mod forward;
mod gradient;
mod initial;
mod layer;
mod layers;
mod network;
mod norm;
mod op;
mod optim;
mod spectral;
mod tape;
mod window;

pub use activation::Activation;
pub use clipped::Clipped;
pub use initial::Initial;
pub use layer::{Bound, Dense, Mlp};
pub use layers::Layers;
pub use network::{Network, OnTape};
pub use norm::RunningNorm;
pub use optim::{Optimizer, Rule};
pub use spectral::Spectral;
pub(crate) use tape::Blame;
pub use tape::{Tape, Var};
pub use window::Window;

use crate::linalg::Scalar;
use ndarray::NdFloat;

/// The element types of networks: `f32` and `f64`.
pub trait Element: Scalar + NdFloat {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// This value as `f64`, exactly.
    fn to_f64(self) -> f64;
}

impl Element for f32 {
    #[inline]
    fn of(x: f64) -> Self {
        x as f32
    }
    #[inline]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }
}

impl Element for f64 {
    #[inline]
    fn of(x: f64) -> Self {
        x
    }
    #[inline]
    fn to_f64(self) -> f64 {
        self
    }
}
