//! Penalties that keep a discriminator from being too steep.
//!
//! With `∇` the gradient of the output by the sample, taken for each sample apart, a penalty adds to the loss:
//!
//! | name | term | where | source |
//! |---|---|---|---|
//! | `gp:λ` | `λ E(‖∇‖ - 1)²` | between real and generated samples | arXiv:1704.00028 |
//! | `lp:λ` | `λ E max(0, ‖∇‖ - 1)²` | the same | arXiv:1704.00028 and 1709.08894, one-sided |
//! | `r1:γ` | `γ/2 E‖∇‖²` | on real samples | arXiv:1801.04406 |
//! | `r2:γ` | `γ/2 E‖∇‖²` | on generated samples | arXiv:1801.04406 |
//! | `r1r2:γ` | `γ/2 E‖∇‖²` | on both, one after the other | arXiv:2501.05441 |
//!
//! The penalties are differentiated through: they contain a gradient, and their own gradient by the weights contains
//! the second derivative. They ask of a network only what it makes of samples on a tape.

use crate::error::{Error, Result};
use crate::nn::{Element, Var};
use ndarray::{Array2, ArrayView2, Zip};
use rand::{Rng, RngExt};
use std::fmt;
use std::str::FromStr;

/// A penalty on the slope of the discriminator, with its strength; see the table.
///
/// ```
/// use fenchel::gan::Penalty;
/// assert_eq!("gp".parse(), Ok(Penalty::Gradient(10.0)));
/// assert_eq!("r1:0.5".parse(), Ok(Penalty::R1(0.5)));
/// assert!("r1:-1".parse::<Penalty>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Penalty {
    /// No penalty.
    None,
    /// The one-centred gradient penalty between samples with the given weight (10 by default).
    Gradient(f64),
    /// The same where the slope is above 1 only (10 by default).
    OneSided(f64),
    /// The zero-centred penalty on real samples (1 by default).
    R1(f64),
    /// The zero-centred penalty on generated samples (1 by default).
    R2(f64),
    /// The zero-centred penalty on real and on generated samples (1 by default).
    R1R2(f64),
}

/// Samples on a tape with the discriminator's outputs for them.
#[derive(Debug, Clone, Copy)]
pub struct Scored<'t, T> {
    /// n×d.
    pub points: Var<'t, T>,
    /// n×1.
    pub outputs: Var<'t, T>,
}

impl<'t, T: Element> Scored<'t, T> {
    /// Samples, and what the discriminator makes of them.
    #[must_use]
    pub fn new(discriminator: impl FnOnce(Var<'t, T>) -> Var<'t, T>, points: Var<'t, T>) -> Self {
        Self { points, outputs: discriminator(points) }
    }

    /// `‖∇‖²` of each sample, n×1.
    #[must_use]
    pub fn squared_slopes(self) -> Var<'t, T> {
        self.outputs.sum().gradients(&[self.points])[0].square().sum_rows()
    }
}

impl Penalty {
    const NAMES: &'static str = "none, gp, lp, r1, r2, r1r2";

    /// The term to add to the discriminator's loss, where there is one. `discriminator` gives the outputs for samples on the
    /// tape, n×1. `rng` places the points between the samples.
    pub fn term<'t, T: Element>(
        self,
        discriminator: impl FnOnce(Var<'t, T>) -> Var<'t, T>,
        real: Scored<'t, T>,
        fake: Scored<'t, T>,
        rng: &mut impl Rng,
    ) -> Option<Var<'t, T>> {
        let excess = |rng: &mut _| {
            let between = between(real.points.value().view(), fake.points.value().view(), rng);
            let scored = Scored::new(discriminator, real.points.tape().leaf(between));
            scored.squared_slopes().sqrt().shift(-1.0)
        };
        match self {
            Self::None => None,
            Self::Gradient(weight) => Some(excess(rng).square().mean().scale(weight)),
            Self::OneSided(weight) => Some(excess(rng).relu().square().mean().scale(weight)),
            Self::R1(gamma) => Some(real.squared_slopes().mean().scale(0.5 * gamma)),
            Self::R2(gamma) => Some(fake.squared_slopes().mean().scale(0.5 * gamma)),
            Self::R1R2(gamma) => {
                let both = real.squared_slopes().mean() + fake.squared_slopes().mean();
                Some(both.scale(0.5 * gamma))
            }
        }
    }

    /// The same in one walk back, if it asks for the slopes of both kinds and they are in one batch, half and half.
    pub(super) fn joint_term<T: Element>(self, all: Scored<'_, T>) -> Option<Var<'_, T>> {
        match self {
            Self::R1R2(gamma) => Some(all.squared_slopes().mean().scale(gamma)),
            _ => None,
        }
    }

    /// Weaker (or stronger) by a factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::None => Self::None,
            Self::Gradient(weight) => Self::Gradient(factor * weight),
            Self::OneSided(weight) => Self::OneSided(factor * weight),
            Self::R1(gamma) => Self::R1(factor * gamma),
            Self::R2(gamma) => Self::R2(factor * gamma),
            Self::R1R2(gamma) => Self::R1R2(factor * gamma),
        }
    }

    fn strength(self) -> Option<f64> {
        match self {
            Self::None => None,
            Self::Gradient(x) | Self::OneSided(x) | Self::R1(x) | Self::R2(x) | Self::R1R2(x) => Some(x),
        }
    }

    /// Checks the strength.
    ///
    /// # Errors
    /// A strength that is not positive and finite.
    pub fn validate(self) -> Result<()> {
        match self.strength() {
            Some(value) if !(value > 0.0 && value.is_finite()) => {
                Err(Error::out_of_domain("strength of the penalty", value, "a positive finite number"))
            }
            _ => Ok(()),
        }
    }
}

/// Points `x + u (y - x)` on the segments between paired rows, each `u` uniform on [0, 1).
fn between<T: Element>(real: ArrayView2<'_, T>, fake: ArrayView2<'_, T>, rng: &mut impl Rng) -> Array2<T> {
    let mut points = real.to_owned();
    for (mut x, y) in points.rows_mut().into_iter().zip(fake.rows()) {
        let u = T::of(rng.random::<f64>());
        Zip::from(&mut x).and(y).for_each(|x, &y| *x += u * (y - *x));
    }
    points
}

impl fmt::Display for Penalty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Gradient(weight) => write!(f, "gp:{weight}"),
            Self::OneSided(weight) => write!(f, "lp:{weight}"),
            Self::R1(gamma) => write!(f, "r1:{gamma}"),
            Self::R2(gamma) => write!(f, "r2:{gamma}"),
            Self::R1R2(gamma) => write!(f, "r1r2:{gamma}"),
        }
    }
}

impl FromStr for Penalty {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("penalty", text, Self::NAMES);
        let (name, strength) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => (name, Some(number.parse::<f64>().map_err(|_| unknown())?)),
        };
        let penalty = match name {
            "none" if strength.is_none() => Self::None,
            "gp" => Self::Gradient(strength.unwrap_or(10.0)),
            "lp" => Self::OneSided(strength.unwrap_or(10.0)),
            "r1" => Self::R1(strength.unwrap_or(1.0)),
            "r2" => Self::R2(strength.unwrap_or(1.0)),
            "r1r2" => Self::R1R2(strength.unwrap_or(1.0)),
            _ => return Err(unknown()),
        };
        penalty.validate()?;
        Ok(penalty)
    }
}

impl From<Penalty> for String {
    fn from(penalty: Penalty) -> Self {
        penalty.to_string()
    }
}

impl TryFrom<String> for Penalty {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}
