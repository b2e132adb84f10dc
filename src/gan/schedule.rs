//! How a rate or a strength changes over a run.

use crate::error::{Error, Result};
use std::f64::consts::PI;
use std::fmt;
use std::str::FromStr;

/// What a number is multiplied by, from the start of a run (`t = 0`) to its end (`t = 1`).
///
/// | name | factor at `t` |
/// |---|---|
/// | `constant` | 1 |
/// | `linear` | `1 - t` |
/// | `cosine` | `(1 + cos πt)/2` (Loshchilov and Hutter, arXiv:1608.03983, without restarts) |
/// | `geometric:r` | `rᵗ`, so `r` at the end |
/// | `warmup:w` | `t/w` until `t = w`, then 1 |
/// | `warmup_cosine:w` | the same, then the cosine from 1 down to zero |
///
/// ```
/// use fenchel::gan::Schedule;
/// assert_eq!(Schedule::Cosine.factor(0.5), 0.5);
/// assert_eq!("geometric:0.01".parse::<Schedule>()?.factor(0.5), 0.1);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Schedule {
    /// No change.
    Constant,
    /// A straight line down to zero.
    Linear,
    /// Half a wave down to zero.
    Cosine,
    /// Equal ratios in equal times, down (or up) to this factor.
    Geometric(f64),
    /// A straight line up over this share of the run.
    Warmup(f64),
    /// A straight line up over this share of the run, then half a wave down to zero.
    WarmupCosine(f64),
}

impl Schedule {
    const NAMES: &'static str = "constant, linear, cosine, geometric:RATIO, warmup:SHARE, warmup_cosine:SHARE";

    /// The factor at `t`; that of the end beyond it.
    #[must_use]
    pub fn factor(self, t: f64) -> f64 {
        let t = t.clamp(0.0, 1.0);
        match self {
            Self::Constant => 1.0,
            Self::Linear => 1.0 - t,
            Self::Cosine => 0.5 * (1.0 + (PI * t).cos()),
            Self::Geometric(ratio) => ratio.powf(t),
            Self::Warmup(share) | Self::WarmupCosine(share) if t < share => t / share,
            Self::Warmup(_) => 1.0,
            Self::WarmupCosine(share) => Self::Cosine.factor((t - share) / (1.0 - share)),
        }
    }

    /// Whether nothing is left at the end, so that a run cannot go on beyond it.
    #[must_use]
    pub fn ends_at_zero(self) -> bool {
        matches!(self, Self::Linear | Self::Cosine | Self::WarmupCosine(_))
    }

    /// Checks the ratio or the share.
    ///
    /// # Errors
    /// A ratio that is not positive and finite, a share of a run that is not between 0 and 1.
    pub fn validate(self) -> Result<()> {
        match self {
            Self::Geometric(ratio) if !(ratio > 0.0 && ratio.is_finite()) => {
                Err(Error::out_of_domain("ratio of a geometric schedule", ratio, "a positive finite number"))
            }
            Self::Warmup(share) | Self::WarmupCosine(share) if !(share > 0.0 && share < 1.0) => {
                Err(Error::out_of_domain("share of a run for warming up", share, "a number between 0 and 1"))
            }
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant => f.write_str("constant"),
            Self::Linear => f.write_str("linear"),
            Self::Cosine => f.write_str("cosine"),
            Self::Geometric(ratio) => write!(f, "geometric:{ratio}"),
            Self::Warmup(share) => write!(f, "warmup:{share}"),
            Self::WarmupCosine(share) => write!(f, "warmup_cosine:{share}"),
        }
    }
}

impl FromStr for Schedule {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("schedule", text, Self::NAMES);
        let schedule = match text.split_once(':') {
            Some(("geometric", ratio)) => Self::Geometric(ratio.parse().map_err(|_| unknown())?),
            Some(("warmup", share)) => Self::Warmup(share.parse().map_err(|_| unknown())?),
            Some(("warmup_cosine", share)) => Self::WarmupCosine(share.parse().map_err(|_| unknown())?),
            None if text == "constant" => Self::Constant,
            None if text == "linear" => Self::Linear,
            None if text == "cosine" => Self::Cosine,
            _ => return Err(unknown()),
        };
        schedule.validate()?;
        Ok(schedule)
    }
}

impl From<Schedule> for String {
    fn from(schedule: Schedule) -> Self {
        schedule.to_string()
    }
}

impl TryFrom<String> for Schedule {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
