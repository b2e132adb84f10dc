//! What follows a product in a layer: the activations, their names, and the initial weights that suit them.

use super::op::Then;
use super::{Element, Var};
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The nonlinearity after a layer.
///
/// ```
/// use fenchel::nn::Activation;
/// assert_eq!("lrelu".parse::<Activation>()?, Activation::LeakyRelu(0.2));
/// assert_eq!(Activation::LeakyRelu(0.1).to_string(), "lrelu:0.1");
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Activation {
    /// None: `x`.
    Linear,
    /// `max(x, 0)`.
    Relu,
    /// `x` where positive, else the slope times `x`; 0.2 is usual for a discriminator.
    LeakyRelu(f64),
    /// The hyperbolic tangent, for outputs in (-1, 1).
    Tanh,
    /// `1/(1 + e^-x)`, for outputs in (0, 1).
    Sigmoid,
    /// `ln(1 + e^x)`, smooth and 1-Lipschitz.
    Softplus,
    /// `x` where positive, else `e^x - 1`.
    Elu,
    /// `x Φ(x)`, as [`Var::gelu`].
    Gelu,
}

impl Activation {
    pub(super) fn on<T: Element>(self, x: Var<'_, T>) -> Var<'_, T> {
        match self {
            Self::Linear => x,
            Self::Relu => x.relu(),
            Self::LeakyRelu(slope) => x.leaky_relu(slope),
            Self::Tanh => x.tanh(),
            Self::Sigmoid => x.sigmoid(),
            Self::Softplus => x.softplus(),
            Self::Elu => x.elu(),
            Self::Gelu => x.gelu(),
        }
    }

    /// What a dense layer can do on its way to the same end, where it can.
    pub(super) fn fused<T: Element>(self) -> Option<Then<T>> {
        match self {
            Self::Linear => Some(Then::Nothing),
            Self::Relu => Some(Then::Gate(T::zero())),
            Self::LeakyRelu(slope) if slope >= 0.0 => Some(Then::Gate(T::of(slope))),
            Self::Tanh => Some(Then::Tanh),
            Self::LeakyRelu(_) | Self::Sigmoid | Self::Softplus | Self::Elu | Self::Gelu => None,
        }
    }

    /// Checks the slope; `what` names in an error what has the activation.
    ///
    /// # Errors
    /// A slope that is not finite in f32, which networks may be trained in.
    pub fn validate(self, what: &str) -> Result<()> {
        match self {
            Self::LeakyRelu(slope) if !(slope as f32).is_finite() => {
                Err(Error::out_of_domain(format!("slope of {what}"), slope, "a number that is finite in f32"))
            }
            _ => Ok(()),
        }
    }

    /// Variance of the initial weights for a layer with `fan_in` inputs and `fan_out` outputs.
    ///
    /// It is `2/((1 + slope²) fan_in)` before a rectifier (He et al., arXiv:1502.01852) and `2/(fan_in + fan_out)`
    /// elsewhere (Glorot and Bengio, AISTATS 2010). With these variances the signal neither grows nor fades.
    #[must_use]
    pub fn initial_variance(self, fan_in: usize, fan_out: usize) -> f64 {
        match self {
            Self::Relu | Self::Elu | Self::Gelu => 2.0 / fan_in as f64,
            Self::LeakyRelu(slope) => 2.0 / ((1.0 + slope * slope) * fan_in as f64),
            Self::Linear | Self::Tanh | Self::Sigmoid | Self::Softplus => 2.0 / (fan_in + fan_out) as f64,
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Linear => "linear",
            Self::Relu => "relu",
            Self::LeakyRelu(slope) => return write!(f, "lrelu:{slope}"),
            Self::Tanh => "tanh",
            Self::Sigmoid => "sigmoid",
            Self::Softplus => "softplus",
            Self::Elu => "elu",
            Self::Gelu => "gelu",
        })
    }
}

impl FromStr for Activation {
    type Err = Error;

    /// The name of an activation; `lrelu` alone has the slope 0.2.
    fn from_str(text: &str) -> Result<Self> {
        let unknown = || {
            Error::unknown_name(
                "activation",
                text,
                "linear, relu, lrelu, lrelu:SLOPE, tanh, sigmoid, softplus, elu, gelu",
            )
        };
        Ok(match text {
            "linear" => Self::Linear,
            "relu" => Self::Relu,
            "lrelu" => Self::LeakyRelu(0.2),
            "tanh" => Self::Tanh,
            "sigmoid" => Self::Sigmoid,
            "softplus" => Self::Softplus,
            "elu" => Self::Elu,
            "gelu" => Self::Gelu,
            _ => {
                let slope =
                    text.strip_prefix("lrelu:").and_then(|slope| slope.parse::<f64>().ok()).ok_or_else(unknown)?;
                let activation = Self::LeakyRelu(slope);
                activation.validate("a leaky rectifier")?;
                activation
            }
        })
    }
}

impl From<Activation> for String {
    fn from(activation: Activation) -> Self {
        activation.to_string()
    }
}

impl TryFrom<String> for Activation {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
