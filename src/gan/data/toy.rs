//! Laws in the plane whose modes are known.

use super::source::Source;
use crate::error::{Error, Result};
use ndarray::{Array2, array};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::f64::consts::{PI, TAU};
use std::fmt;
use std::str::FromStr;

/// A toy law in two dimensions.
///
/// ```
/// use fenchel::gan::Toy;
/// let ring: Toy = "ring8".parse()?;
/// assert_eq!(ring.centres().dim(), (8, 2)); // eight distinct modes
/// assert_eq!(ring.sample(100, &mut fenchel::numeric::stream(0, 0)).dim(), (100, 2));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Toy {
    /// Equal Gaussians with centres `radius (cos 2πk/modes, sin 2πk/modes)`, k = 0 .. modes-1, so no centre is taken
    /// twice.
    Ring {
        /// Number of Gaussians, at least one.
        modes: usize,
        /// Radius of the circle of centres.
        radius: f64,
        /// Standard deviation in each direction.
        sigma: f64,
    },
    /// Equal Gaussians on a square grid centred at the origin.
    Grid {
        /// Gaussians a side, at least one.
        side: usize,
        /// Distance between neighbouring centres.
        spacing: f64,
        /// Standard deviation in each direction.
        sigma: f64,
    },
    /// The spiral `(t cos t, t sin t)/7.5`, t uniform on [1.5π, 4.5π], with normal noise of deviation `noise/7.5`.
    SwissRoll {
        /// Deviation of the noise before the scaling.
        noise: f64,
    },
}

impl Toy {
    /// Eight Gaussians on the unit circle, deviation 0.01 (PacGAN's protocol, arXiv:1712.04086).
    #[must_use]
    pub fn ring8() -> Self {
        Self::Ring { modes: 8, radius: 1.0, sigma: 0.01 }
    }

    /// 25 Gaussians on {-4, -2, 0, 2, 4}², deviation 0.05 (PacGAN's protocol).
    #[must_use]
    pub fn grid25() -> Self {
        Self::Grid { side: 5, spacing: 2.0, sigma: 0.05 }
    }

    /// The swiss roll with noise 0.25.
    #[must_use]
    pub fn swiss_roll() -> Self {
        Self::SwissRoll { noise: 0.25 }
    }

    /// The centres of the modes, one a row; none for the swiss roll.
    #[must_use]
    pub fn centres(&self) -> Array2<f64> {
        match *self {
            Self::Ring { modes, radius, .. } => Array2::from_shape_fn((modes, 2), |(k, axis)| {
                let angle = TAU * k as f64 / modes as f64;
                radius * if axis == 0 { angle.cos() } else { angle.sin() }
            }),
            Self::Grid { side, spacing, .. } => Array2::from_shape_fn((side * side, 2), |(k, axis)| {
                let step = if axis == 0 { k / side } else { k % side };
                spacing * (step as f64 - (side as f64 - 1.0) / 2.0)
            }),
            Self::SwissRoll { .. } => Array2::zeros((0, 2)),
        }
    }

    /// The standard deviation of a mode in each direction; none for the swiss roll.
    #[must_use]
    pub fn sigma(&self) -> Option<f64> {
        match *self {
            Self::Ring { sigma, .. } | Self::Grid { sigma, .. } => Some(sigma),
            Self::SwissRoll { .. } => None,
        }
    }

    /// `n` independent samples, one a row.
    ///
    /// # Panics
    /// If a ring has no modes, or a grid has sides of length 0.
    pub fn sample(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        self.sample_with_modes(n, rng).0
    }

    /// `n` independent samples, one a row, and the mode that each was drawn from; 0 on the swiss roll.
    ///
    /// # Panics
    /// If a ring has no modes, or a grid has sides of length 0.
    pub fn sample_with_modes(&self, n: usize, rng: &mut impl Rng) -> (Array2<f64>, Vec<usize>) {
        let empty = matches!(self, Self::Ring { modes: 0, .. } | Self::Grid { side: 0, .. });
        assert!(!empty, "a ring or a grid needs at least one mode");
        let centres = self.centres();
        let mut points = Array2::zeros((n, 2));
        let mut modes = vec![0; n];
        for (mut point, mode) in points.rows_mut().into_iter().zip(&mut modes) {
            let (centre, deviation) = match *self {
                Self::Ring { sigma, .. } | Self::Grid { sigma, .. } => {
                    *mode = rng.random_range(0..centres.nrows());
                    (centres.row(*mode).to_owned(), sigma)
                }
                Self::SwissRoll { noise } => {
                    let t = 1.5 * PI * (1.0 + 2.0 * rng.random::<f64>());
                    (array![t * t.cos() / 7.5, t * t.sin() / 7.5], noise / 7.5)
                }
            };
            point.assign(&centre.mapv(|c| c + deviation * rng.sample::<f64, _>(StandardNormal)));
        }
        (points, modes)
    }
}

impl Source for Toy {
    fn dimension(&self) -> usize {
        2
    }

    /// The radius of a ring, the standard deviation of a column of a grid.
    fn unit(&self) -> f64 {
        match *self {
            Self::Ring { radius, .. } => radius,
            Self::Grid { side, spacing, sigma } => {
                (spacing * ((side * side) as f64 - 1.0).max(0.0).sqrt() / 12f64.sqrt()).hypot(sigma)
            }
            Self::SwissRoll { .. } => 1.0,
        }
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.sample(n, rng).mapv(|x| x as f32)
    }
}

impl fmt::Display for Toy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ring { modes, .. } => write!(f, "ring{modes}"),
            Self::Grid { side, .. } => write!(f, "grid{}", side * side),
            Self::SwissRoll { .. } => f.write_str("swissroll"),
        }
    }
}

impl FromStr for Toy {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "ring8" => Ok(Self::ring8()),
            "grid25" => Ok(Self::grid25()),
            "swissroll" => Ok(Self::swiss_roll()),
            _ => Err(Error::unknown_name("toy data", name, "ring8, grid25, swissroll")),
        }
    }
}
