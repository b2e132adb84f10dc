//! The conventions of other programs, so that their numbers can be reproduced.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Another program whose conventions a [`Scorecard`](super::Scorecard) follows. Scores that the program does not have
/// keep ours; `frechet` has the unbiased covariances that torch-fidelity and clean-fid use too.
///
/// | name | what differs from ours |
/// |---|---|
/// | `torch-fidelity` | `kid` is the mean over 100 random subsets of 1000 rows, drawn as it draws them with the seed given (its own is 2020) and the real sample as its first input; `precision` and `recall` take k = 3 and closed balls |
/// | `clean-fid` | `kid` is the mean over 100 random subsets of 1000 rows, drawn as after `numpy.random.seed` |
/// | `pytorch-fid` | nothing: unbiased covariances |
/// | `prdc` | nothing: k = 5, open balls |
/// | `scipy` | `energy` is the root of ours, the number of `scipy.stats.energy_distance` |
/// | `vendi-score` | `vendi` takes all rows of the generated sample, and the cosine |
///
/// Samples of fewer than 1000 rows give subsets of as many rows as the smaller has; [`Scorecard::subsets`](super::Scorecard::subsets) sets their
/// number and size.
///
/// ```
/// use fenchel::score::Compat;
/// assert_eq!("clean-fid".parse::<Compat>()?, Compat::CleanFid);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Compat {
    /// torch-fidelity 0.4.
    TorchFidelity,
    /// clean-fid 0.1.
    CleanFid,
    /// pytorch-fid 0.3.
    PytorchFid,
    /// prdc 0.2.
    Prdc,
    /// SciPy 1.17.
    Scipy,
    /// vendi-score 0.0.3.
    VendiScore,
}

impl Compat {
    /// Every program.
    #[must_use]
    pub fn all() -> &'static [Self] {
        &[Self::TorchFidelity, Self::CleanFid, Self::PytorchFid, Self::Prdc, Self::Scipy, Self::VendiScore]
    }

    /// The name at the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::TorchFidelity => "torch-fidelity",
            Self::CleanFid => "clean-fid",
            Self::PytorchFid => "pytorch-fid",
            Self::Prdc => "prdc",
            Self::Scipy => "scipy",
            Self::VendiScore => "vendi-score",
        }
    }
}

impl fmt::Display for Compat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Compat {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::all().iter().copied().find(|c| c.name() == name).ok_or_else(|| {
            Error::unknown_name("program", name, Self::all().iter().map(|c| c.name()).collect::<Vec<_>>().join(", "))
        })
    }
}

/// How many random subsets [`kid_over_subsets`](super::subsets::kid_over_subsets) takes, of how many rows, and in which order they are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Subsets {
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) generated_first: bool,
}

impl Default for Subsets {
    /// 100 subsets of 1000 rows, those of the real sample drawn first.
    fn default() -> Self {
        Self::new(100, 1000)
    }
}

impl Subsets {
    /// `count` pairs of subsets of `rows` rows each, or of as many as the smaller sample has.
    #[must_use]
    pub fn new(count: usize, rows: usize) -> Self {
        Self { count, rows, generated_first: false }
    }

    /// Draw the subset of the generated sample before that of the real one.
    #[must_use]
    pub fn generated_first(mut self) -> Self {
        self.generated_first = true;
        self
    }
}
