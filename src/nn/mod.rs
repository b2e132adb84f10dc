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
//! | [`Dense`], [`Mlp`], [`Activation`] | layers and networks of them: dense ones and convolutions |
//! | [`Layers`], [`Layer`], [`LayerForm`], [`Initial`] | hidden layers by a short text; initial weights by name |
//! | [`Passage`], [`Norm`], [`Dropout`] | what else a layer does than multiply: windows, normalisation, what it leaves out |
//! | [`Window`], [`RunningNorm`] | what makes a convolution of a product; what batch normalisation remembers |
//! | [`Network`], [`OnTape`] | what a game asks of a network, and of one whose parameters are on a tape |
//! | [`Bound`] | a network of layers whose parameters are on a tape |
//! | [`GaussianMixture`], [`BoundMixture`] | a law as a network: its output is the logarithm of its density |
//! | [`Clipped`], [`Spectral`] | perceptrons that keep something true of their weights |
//! | [`Optimizer`], [`Rule`] | what moves the parameters: Adam, AdamW, RMSProp, gradient descent with and without momentum |
//!
//! Everything is generic over [`Element`] (`f32` to train, `f64` to check). All work has a fixed order, on the calling thread but for
//! large products and loops, which are done in two halves. So the same seed gives the same bits whatever the number of threads.

mod activation;
mod bound;
mod clipped;
mod composed;
mod elementary;
mod fold;
mod forward;
mod gaussian_mixture;
mod geometry;
mod gradient;
mod initial;
mod kernel;
mod layer;
mod layers;
mod looped;
mod network;
mod norm;
mod op;
mod optim;
mod passage;
mod spectral;
mod tape;
mod window;

pub use activation::Activation;
pub use bound::Bound;
pub use clipped::Clipped;
pub use gaussian_mixture::{BoundMixture, GaussianMixture};
pub(crate) use geometry::through;
pub use initial::Initial;
pub use layer::{Dense, Dropout, Mlp, Norm};
pub use layers::{Filter, Layer, LayerForm, Layers, Normalisation};
pub use network::{Network, OnTape};
pub use norm::RunningNorm;
pub(crate) use optim::follow;
pub use optim::{Optimizer, Rule};
pub use passage::{Image, Passage};
pub use spectral::Spectral;
pub(crate) use tape::Blame;
pub use tape::{Tape, Var};
pub use window::Window;

use crate::linalg::Scalar;
use ndarray::NdFloat;

/// The element types of networks: `f32` and `f64`.
pub trait Element: Scalar + NdFloat + Default {
    /// The nearest value of this type.
    fn of(x: f64) -> Self;
    /// This value as `f64`, exactly.
    fn to_f64(self) -> f64;
    /// `e^x`: in `f32` with an error of at most 2 units in the last place, and 0 in place of a subnormal number.
    fn exp_in_bulk(self) -> Self;
    /// `tanh x`: in `f32` with an error of at most 3 units in the last place.
    fn tanh_in_bulk(self) -> Self;
    /// `ln(1 + x)` for `x` in [0, 1]: in `f32` with an error of at most 3 units in the last place.
    fn ln_1p_in_bulk(self) -> Self;
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
    #[inline(always)]
    fn exp_in_bulk(self) -> Self {
        elementary::exp(self)
    }
    #[inline(always)]
    fn tanh_in_bulk(self) -> Self {
        elementary::tanh(self)
    }
    #[inline(always)]
    fn ln_1p_in_bulk(self) -> Self {
        elementary::ln_1p(self)
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
    #[inline]
    fn exp_in_bulk(self) -> Self {
        self.exp()
    }
    #[inline]
    fn tanh_in_bulk(self) -> Self {
        self.tanh()
    }
    #[inline]
    fn ln_1p_in_bulk(self) -> Self {
        self.ln_1p()
    }
}
