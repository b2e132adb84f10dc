//! The hidden layers of a network, by a short text.

use super::activation::Activation;
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Sizes and activations of hidden layers, from the first to the last, read and written as `128 lrelu, 64 tanh`.
///
/// A size alone stands for a leaky rectifier of slope 0.2. The empty text is a network without hidden layers.
///
/// ```
/// use fenchel::nn::{Activation, Layers};
/// let layers: Layers = "128, 64 tanh".parse()?;
/// assert_eq!(layers.0, [(128, Activation::LeakyRelu(0.2)), (64, Activation::Tanh)]);
/// assert_eq!(layers.to_string(), "128 lrelu:0.2, 64 tanh");
/// assert!("64 tan".parse::<Layers>().unwrap_err().to_string().contains("tanh"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub struct Layers(pub Vec<(usize, Activation)>);

impl Layers {
    /// Layers of these sizes, all with the same activation.
    #[must_use]
    pub fn new(sizes: &[usize], activation: Activation) -> Self {
        Self(sizes.iter().map(|&size| (size, activation)).collect())
    }

    /// Layers of these sizes with leaky rectifiers of slope 0.2, as is usual in adversarial training.
    #[must_use]
    pub fn leaky(sizes: &[usize]) -> Self {
        Self::new(sizes, Activation::LeakyRelu(0.2))
    }

    /// The sizes.
    pub fn sizes(&self) -> impl Iterator<Item = usize> {
        self.0.iter().map(|&(size, _)| size)
    }

    /// Checks the numbers; `what` names the layers in an error.
    ///
    /// # Errors
    /// A size of zero, a slope that is not finite in f32.
    pub fn validate(&self, what: &str) -> Result<()> {
        for (k, &(size, activation)) in self.0.iter().enumerate() {
            if size == 0 {
                let layer = format!("the size of layer {} in {what}", k + 1);
                return Err(Error::out_of_domain(layer, 0.0, "a positive finite number"));
            }
            activation.validate(what)?;
        }
        Ok(())
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (size, activation)) in self.0.iter().enumerate() {
            write!(f, "{}{size} {activation}", if i == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl FromStr for Layers {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.trim().is_empty() {
            return Ok(Self(Vec::new()));
        }
        let layers = text.split(',').map(|layer| {
            let mut words = layer.split_whitespace();
            let unknown = || Error::unknown_name("layer", layer.trim(), "SIZE or SIZE ACTIVATION, such as `128 lrelu`");
            let size = words.next().and_then(|word| word.parse().ok()).ok_or_else(unknown)?;
            let activation = words.next().map_or(Ok(Activation::LeakyRelu(0.2)), str::parse)?;
            if words.next().is_some() { Err(unknown()) } else { Ok((size, activation)) }
        });
        Ok(Self(layers.collect::<Result<_>>()?))
    }
}

impl From<Layers> for String {
    fn from(layers: Layers) -> Self {
        layers.to_string()
    }
}

impl TryFrom<String> for Layers {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
