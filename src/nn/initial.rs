//! Initial weights, by name.

use super::Element;
use super::activation::Activation;
use crate::error::{Error, Result};
use crate::linalg::svd;
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::fmt;
use std::str::FromStr;

/// How the weights of a layer from `n` inputs to `m` outputs are drawn. All but the last are independent normal numbers.
///
/// | name | variance | source |
/// |---|---|---|
/// | `fitting` | that of [`Activation::initial_variance`]: `he` before a rectifier, `glorot` elsewhere | |
/// | `glorot` | `2/(n + m)` | Glorot and Bengio, AISTATS 2010 |
/// | `he` | `2/n` | He et al., arXiv:1502.01852 |
/// | `dcgan` | `0.02²` | Radford et al., arXiv:1511.06434 |
/// | `orthogonal` | orthonormal rows or columns, whichever are fewer | Saxe et al., arXiv:1312.6120 |
///
/// ```
/// use fenchel::nn::{Activation, Initial, Mlp};
/// let mut rng = fenchel::numeric::stream(0, 0);
/// let mut network = Mlp::<f64>::new(&[2, 8, 1], Activation::Relu, Activation::Linear, &mut rng);
/// network.redraw("orthogonal".parse()?, &mut rng);
/// let w = &network.layers[0].weight; // 2×8
/// assert!((w.row(0).dot(&w.row(0)) - 1.0).abs() < 1e-12 && w.row(0).dot(&w.row(1)).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Initial {
    /// As suits the activation.
    Fitting,
    /// For layers that keep the sign of what they get.
    Glorot,
    /// For rectifiers.
    He,
    /// As the DCGAN was trained.
    Dcgan,
    /// A random rotation.
    Orthogonal,
}

impl Initial {
    const ALL: [Self; 5] = [Self::Fitting, Self::Glorot, Self::He, Self::Dcgan, Self::Orthogonal];

    /// Weights of this shape for a layer with so many inputs and outputs, before this activation. For a dense layer these are the
    /// rows and columns; in a convolution more products add up, or fewer.
    pub(super) fn draw<T: Element>(
        self,
        shape: (usize, usize),
        (inputs, outputs): (usize, usize),
        activation: Activation,
        rng: &mut impl Rng,
    ) -> Array2<T> {
        let variance = match self {
            Self::Fitting => activation.initial_variance(inputs, outputs),
            Self::Glorot => 2.0 / (inputs + outputs) as f64,
            Self::He => 2.0 / inputs as f64,
            Self::Dcgan => 0.02 * 0.02,
            Self::Orthogonal => 1.0,
        };
        let deviation = variance.sqrt();
        let drawn = Array2::from_shape_simple_fn(shape, || deviation * rng.sample::<f64, _>(StandardNormal));
        if self != Self::Orthogonal {
            return drawn.mapv(T::of);
        }
        // the nearest orthonormal matrix, which is uniform because the normal law has no direction
        let turned = svd(drawn.view()).map_or(drawn, |parts| parts.u.dot(&parts.v.t()));
        turned.mapv(T::of)
    }
}

impl fmt::Display for Initial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fitting => "fitting",
            Self::Glorot => "glorot",
            Self::He => "he",
            Self::Dcgan => "dcgan",
            Self::Orthogonal => "orthogonal",
        })
    }
}

impl FromStr for Initial {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::ALL.into_iter().find(|initial| initial.to_string() == name).ok_or_else(|| {
            Error::unknown_name("initial weights", name, Self::ALL.map(|initial| initial.to_string()).join(", "))
        })
    }
}
