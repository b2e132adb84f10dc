//! How a gradient passes words that were drawn, by name.

use super::players::positive;
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// How a gradient passes words that were drawn.
///
/// ```
/// use fenchel::gan::WordGradient;
/// assert_eq!("gumbel:0.5".parse(), Ok(WordGradient::Gumbel(0.5)));
/// assert!("gumbel:0".parse::<WordGradient>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum WordGradient {
    /// By the reward of two draws.
    Reinforce,
    /// By a softmax of this temperature.
    Gumbel(f64),
}

impl WordGradient {
    pub(super) fn validate(self) -> Result<()> {
        match self {
            Self::Gumbel(temperature) => positive(&[("temperature", temperature)]),
            Self::Reinforce => Ok(()),
        }
    }
}

impl fmt::Display for WordGradient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reinforce => f.write_str("reinforce"),
            Self::Gumbel(temperature) => write!(f, "gumbel:{temperature}"),
        }
    }
}

impl FromStr for WordGradient {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("gradient of words", text, "reinforce, gumbel, gumbel:TEMPERATURE");
        let gradient = match text.split_once(':') {
            None if text == "reinforce" => Self::Reinforce,
            None if text == "gumbel" => Self::Gumbel(1.0),
            Some(("gumbel", temperature)) => Self::Gumbel(temperature.parse().map_err(|_| unknown())?),
            _ => return Err(unknown()),
        };
        gradient.validate()?;
        Ok(gradient)
    }
}

impl From<WordGradient> for String {
    fn from(gradient: WordGradient) -> Self {
        gradient.to_string()
    }
}

impl TryFrom<String> for WordGradient {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
