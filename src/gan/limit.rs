//! What the discriminator keeps true of its weights.
//!
//! | name | the weights | source |
//! |---|---|---|
//! | `none` | are free | |
//! | `clip:c` | and biases are in `[-c, c]` | arXiv:1701.07875 |
//! | `spectral` | have the largest singular value 1 in each layer | arXiv:1802.05957 |

use crate::error::{Error, Result};
use crate::nn::{Bound, Clipped, Mlp, Network, Spectral, Tape};
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A limit on the weights of the discriminator; see the table.
///
/// ```
/// use fenchel::gan::Limit;
/// assert_eq!("clip".parse(), Ok(Limit::Clip(0.01)));
/// assert_eq!("spectral".parse(), Ok(Limit::Spectral));
/// assert!("clip:0".parse::<Limit>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Limit {
    /// No limit.
    None,
    /// Weight clipping at the given bound (0.01 by default).
    Clip(f64),
    /// Spectral normalisation.
    Spectral,
}

/// Power iterations before training, so that it starts from good singular vectors.
const ITERATIONS: usize = 21;

impl Limit {
    const NAMES: &'static str = "none, clip, spectral";

    /// The perceptron under the limit.
    pub(super) fn on(self, network: Mlp<f32>, rng: &mut impl Rng) -> Limited {
        match self {
            Self::None => Limited::Free(network),
            Self::Clip(bound) => Limited::Clipped(Clipped::new(network, bound)),
            Self::Spectral => Limited::Spectral(Spectral::new(network, ITERATIONS, rng)),
        }
    }

    /// Checks the bound.
    ///
    /// # Errors
    /// A bound that is not positive and finite in f32.
    pub fn validate(self) -> Result<()> {
        match self {
            Self::Clip(bound) if !(bound as f32 > 0.0 && (bound as f32).is_finite()) => {
                Err(Error::out_of_domain("bound of the weights", bound, "a number that is positive and finite in f32"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Clip(bound) => write!(f, "clip:{bound}"),
            Self::Spectral => f.write_str("spectral"),
        }
    }
}

impl FromStr for Limit {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("limit", text, Self::NAMES);
        let limit = match text.split_once(':') {
            None if text == "none" => Self::None,
            None if text == "clip" => Self::Clip(0.01),
            None if text == "spectral" => Self::Spectral,
            Some(("clip", bound)) => Self::Clip(bound.parse().map_err(|_| unknown())?),
            _ => return Err(unknown()),
        };
        limit.validate()?;
        Ok(limit)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> Self {
        limit.to_string()
    }
}

impl TryFrom<String> for Limit {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// A perceptron under a limit that is chosen when the program runs.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Limited {
    /// Under none.
    Free(Mlp<f32>),
    /// Its weights clipped.
    Clipped(Clipped<f32>),
    /// Its weights divided by their largest singular values.
    Spectral(Spectral<f32>),
}

impl Limited {
    /// The perceptron; under spectral normalisation, before its weights are divided.
    #[must_use]
    pub fn network(&self) -> &Mlp<f32> {
        match self {
            Self::Free(network) => network,
            Self::Clipped(clipped) => clipped.network(),
            Self::Spectral(spectral) => spectral.network(),
        }
    }

    /// The limit.
    #[must_use]
    pub fn limit(&self) -> Limit {
        match self {
            Self::Free(_) => Limit::None,
            Self::Clipped(clipped) => Limit::Clip(clipped.bound()),
            Self::Spectral(_) => Limit::Spectral,
        }
    }
}

impl Network<f32> for Limited {
    type Bound<'t> = Bound<'t, f32>;

    fn bind<'t>(&self, tape: &'t Tape<f32>) -> Bound<'t, f32> {
        match self {
            Self::Free(network) => network.bind(tape),
            Self::Clipped(clipped) => clipped.bind(tape),
            Self::Spectral(spectral) => spectral.bind(tape),
        }
    }

    fn parameters(&self) -> Vec<&Array2<f32>> {
        self.network().parameters().collect()
    }

    fn parameters_mut(&mut self) -> Vec<&mut Array2<f32>> {
        match self {
            Self::Free(network) => Network::parameters_mut(network),
            Self::Clipped(clipped) => clipped.parameters_mut(),
            Self::Spectral(spectral) => spectral.parameters_mut(),
        }
    }

    fn remember(&mut self, seen: &[Arc<Array2<f32>>]) {
        match self {
            Self::Free(network) => network.remember(seen),
            Self::Clipped(clipped) => clipped.remember(seen),
            Self::Spectral(spectral) => spectral.remember(seen),
        }
    }

    fn settle(&mut self) {
        match self {
            Self::Free(_) => {}
            Self::Clipped(clipped) => clipped.settle(),
            Self::Spectral(spectral) => spectral.settle(),
        }
    }

    fn is_settled(&self) -> bool {
        match self {
            Self::Free(network) => network.is_settled(),
            Self::Clipped(clipped) => clipped.is_settled(),
            Self::Spectral(spectral) => spectral.is_settled(),
        }
    }

    fn is_like(&self, other: &Self) -> bool {
        self.limit() == other.limit() && self.network().is_like(other.network())
    }

    fn apply(&self, x: ArrayView2<'_, f32>) -> Array2<f32> {
        match self {
            Self::Free(network) => network.apply(x),
            Self::Clipped(clipped) => clipped.apply(x),
            Self::Spectral(spectral) => spectral.apply(x),
        }
    }
}
