//! Constraints that keep a discriminator from being too steep.
//!
//! With `∇` the gradient of the output by the sample, taken for each sample apart:
//!
//! | name | acts on | how | source |
//! |---|---|---|---|
//! | `clip:c` | weights | every weight and bias is kept in `[-c, c]` | arXiv:1701.07875 |
//! | `gp:λ` | loss | `λ E(‖∇‖ - 1)²` on points between real and generated samples | arXiv:1704.00028 |
//! | `r1:γ` | loss | `γ/2 E‖∇‖²` on real samples | arXiv:1801.04406 |
//! | `r1r2:γ` | loss | the same on real and on generated samples | arXiv:2501.05441 |
//! | `spectral` | weights | each `W` is replaced by `W/σ(W)`, its largest singular value | arXiv:1802.05957 |
//!
//! The penalties are differentiated through: they contain a gradient, and their own gradient by the weights contains
//! the second derivative.

use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::nn::{Bound, Element, Mlp, Var};
use ndarray::{Array2, ArrayView2, Zip};
use rand::{Rng, RngExt};
use rand_distr::StandardNormal;
use std::fmt;
use std::str::FromStr;

/// A constraint on the discriminator, with its strength; see the table.
///
/// ```
/// use fenchel::gan::Constraint;
/// assert_eq!("gp".parse(), Ok(Constraint::GradientPenalty(10.0)));
/// assert_eq!("r1:0.5".parse(), Ok(Constraint::R1(0.5)));
/// assert!("r1:-1".parse::<Constraint>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "String", into = "String"))]
pub enum Constraint {
    /// No constraint.
    None,
    /// Weight clipping at the given bound (0.01 by default).
    Clip(f64),
    /// The one-centred gradient penalty with the given weight (10 by default).
    GradientPenalty(f64),
    /// The zero-centred penalty on real samples (1 by default).
    R1(f64),
    /// The zero-centred penalty on real and on generated samples (1 by default).
    R1R2(f64),
    /// Spectral normalisation.
    Spectral,
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
    /// Puts samples on the discriminator's tape and through it.
    #[must_use]
    pub fn new(discriminator: &Bound<'t, T>, points: Var<'t, T>) -> Self {
        Self { points, outputs: discriminator.forward(points) }
    }

    /// `‖∇‖²` of each sample, n×1.
    #[must_use]
    pub fn squared_slopes(self) -> Var<'t, T> {
        self.outputs.sum().gradients(&[self.points])[0].square().sum_rows()
    }
}

impl Constraint {
    const NAMES: &'static str = "none, clip, gp, r1, r1r2, spectral";

    /// The term to add to the discriminator's loss, where there is one. `rng` places the points between the samples.
    pub fn penalty<'t, T: Element>(
        self,
        discriminator: &Bound<'t, T>,
        real: Scored<'t, T>,
        fake: Scored<'t, T>,
        rng: &mut impl Rng,
    ) -> Option<Var<'t, T>> {
        match self {
            Self::None | Self::Clip(_) | Self::Spectral => None,
            Self::GradientPenalty(weight) => {
                let between = between(real.points.value().view(), fake.points.value().view(), rng);
                let scored = Scored::new(discriminator, real.points.tape().leaf(between));
                Some(scored.squared_slopes().sqrt().shift(-1.0).square().mean().scale(weight))
            }
            Self::R1(gamma) => Some(real.squared_slopes().mean().scale(0.5 * gamma)),
            Self::R1R2(gamma) => {
                let both = real.squared_slopes().mean() + fake.squared_slopes().mean();
                Some(both.scale(0.5 * gamma))
            }
        }
    }

    /// The same with its penalty weaker (or stronger) by a factor; what acts on weights stays.
    pub(super) fn scaled(self, factor: f64) -> Self {
        match self {
            Self::None | Self::Clip(_) | Self::Spectral => self,
            Self::GradientPenalty(weight) => Self::GradientPenalty(factor * weight),
            Self::R1(gamma) => Self::R1(factor * gamma),
            Self::R1R2(gamma) => Self::R1R2(factor * gamma),
        }
    }

    /// Checks the strength.
    ///
    /// # Errors
    /// A strength that is not positive and finite.
    pub fn validate(self) -> Result<()> {
        match self {
            Self::None | Self::Spectral => Ok(()),
            Self::Clip(x) | Self::GradientPenalty(x) | Self::R1(x) | Self::R1R2(x) if x > 0.0 && x.is_finite() => {
                Ok(())
            }
            Self::Clip(value) | Self::GradientPenalty(value) | Self::R1(value) | Self::R1R2(value) => {
                Err(Error::out_of_domain("strength of the constraint", value, "a positive finite number"))
            }
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

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Clip(bound) => write!(f, "clip:{bound}"),
            Self::GradientPenalty(weight) => write!(f, "gp:{weight}"),
            Self::R1(gamma) => write!(f, "r1:{gamma}"),
            Self::R1R2(gamma) => write!(f, "r1r2:{gamma}"),
            Self::Spectral => f.write_str("spectral"),
        }
    }
}

impl FromStr for Constraint {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let unknown = || Error::unknown_name("constraint", text, Self::NAMES);
        let (name, strength) = match text.split_once(':') {
            None => (text, None),
            Some((name, number)) => (name, Some(number.parse::<f64>().map_err(|_| unknown())?)),
        };
        let constraint = match name {
            "none" if strength.is_none() => Self::None,
            "spectral" if strength.is_none() => Self::Spectral,
            "clip" => Self::Clip(strength.unwrap_or(0.01)),
            "gp" => Self::GradientPenalty(strength.unwrap_or(10.0)),
            "r1" => Self::R1(strength.unwrap_or(1.0)),
            "r1r2" => Self::R1R2(strength.unwrap_or(1.0)),
            _ => return Err(unknown()),
        };
        constraint.validate()?;
        Ok(constraint)
    }
}

impl From<Constraint> for String {
    fn from(constraint: Constraint) -> Self {
        constraint.to_string()
    }
}

impl TryFrom<String> for Constraint {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

/// The power iterations that follow the largest singular value of each weight matrix as training moves it.
///
/// With activations of slope at most 1, a network whose weights are divided by their largest singular values changes by at
/// most the distance its input moves. One iteration a training step suffices, since weights move slowly.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SpectralNorm<T> {
    /// One row a layer: the current right singular vector (as long as the layer has outputs).
    right: Vec<Array2<T>>,
}

impl<T: Element> SpectralNorm<T> {
    /// Random directions after `iterations` rounds of power iteration, so that training starts from good values.
    pub fn new(network: &Mlp<T>, iterations: usize, rng: &mut impl Rng) -> Self {
        let mut direction =
            |n| unit(Array2::from_shape_simple_fn((1, n), || T::of(rng.sample::<f64, _>(StandardNormal))));
        let mut norm = Self { right: network.layers.iter().map(|layer| direction(layer.weight.ncols())).collect() };
        for _ in 0..iterations {
            norm.iterate(network);
        }
        norm
    }

    /// One power iteration for each layer; returns the left singular vectors.
    fn iterate(&mut self, network: &Mlp<T>) -> Vec<Array2<T>> {
        let layers = network.layers.iter().zip(&mut self.right);
        layers
            .map(|(layer, right)| {
                let left = unit(matmul(right.view(), layer.weight.t()));
                *right = unit(matmul(left.view(), layer.weight.view()));
                left
            })
            .collect()
    }

    /// Whether there is a direction of the right length for each layer, of finite numbers.
    pub(super) fn fits(&self, network: &Mlp<T>) -> bool {
        let lengths = network.layers.iter().map(|layer| (1, layer.weight.ncols()));
        self.right.iter().map(Array2::dim).eq(lengths) && self.right.iter().flatten().all(|x| x.is_finite())
    }

    /// The largest singular value of each layer's weights, as followed so far.
    #[must_use]
    pub fn values(&self, network: &Mlp<T>) -> Vec<f64> {
        let layers = network.layers.iter().zip(&self.right);
        layers.map(|(layer, right)| length(matmul(right.view(), layer.weight.t()).view())).collect()
    }

    /// One power iteration, then the bound network with each weight divided by its `σ = u W vᵀ`. The vectors are constants,
    /// the weights are not: gradients flow through `σ` too, as they must.
    #[must_use]
    pub fn normalise<'t>(&mut self, network: &Mlp<T>, bound: Bound<'t, T>) -> Bound<'t, T> {
        let left = self.iterate(network);
        bound.reweighted(|i, weight| {
            let (u, v) = (weight.tape().leaf(left[i].view()), weight.tape().leaf(self.right[i].view()));
            let sigma = u.matmul(weight).matmul_t(v);
            if sigma.scalar() > 0.0 { weight / sigma } else { weight }
        })
    }
}

fn length<T: Element>(x: ArrayView2<'_, T>) -> f64 {
    x.iter().map(|&x| x.to_f64() * x.to_f64()).sum::<f64>().sqrt()
}

fn unit<T: Element>(mut x: Array2<T>) -> Array2<T> {
    let length = length(x.view());
    if length > 0.0 {
        x.mapv_inplace(|x| T::of(x.to_f64() / length));
    }
    x
}
