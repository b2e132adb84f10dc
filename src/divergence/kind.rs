//! A divergence by its name, as on the command line.

use super::generator::{FDivergence, Generator};
use crate::error::{Error, Result, shown};
use std::fmt;
use std::str::FromStr;

/// A divergence of two laws by name; a parameter follows a colon.
///
/// Names: `kl reverse_kl jeffreys jsd js_weighted pearson neyman hellinger2 tv le_cam alpha renyi tsallis k_divergence
/// arithmetic_geometric hockey_stick gan bhattacharyya`. Without a parameter `js_weighted` has weight 0.5, `alpha`
/// order 0.5, `renyi` and `tsallis` order 2, `hockey_stick` g = 2; [`Display`](fmt::Display) always writes it.
///
/// ```
/// use fenchel::divergence::Kind;
/// use fenchel::measure::Pmf;
/// let kind: Kind = "renyi:2".parse()?;
/// assert_eq!(kind.to_string(), "renyi:2");
/// let (p, q) = (Pmf::new([0.5, 0.5])?, Pmf::new([0.25, 0.75])?);
/// assert!((kind.evaluate(&p, &q)?.value - (4.0f64 / 3.0).ln()).abs() < 1e-15);
/// assert!("jensen".parse::<Kind>().is_err());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// An f-divergence.
    F(FDivergence),
    /// [`renyi`](super::renyi) of this order.
    Renyi(f64),
    /// [`tsallis`](super::tsallis) of this order.
    Tsallis(f64),
    /// [`bhattacharyya`](super::bhattacharyya).
    Bhattacharyya,
}

impl Kind {
    /// Every name, parameters at their defaults.
    #[must_use]
    pub fn all() -> Vec<Self> {
        // the relatives of alpha stand beside it
        let relatives = |f: FDivergence| match f {
            FDivergence::Alpha(_) => vec![Self::F(f), Self::Renyi(2.0), Self::Tsallis(2.0)],
            _ => vec![Self::F(f)],
        };
        FDivergence::usual().into_iter().flat_map(relatives).chain([Self::Bhattacharyya]).collect()
    }

    /// The least and the greatest value for laws: that of equal laws, and that of laws that do not overlap.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        match *self {
            Self::F(f) => {
                let (least, greatest) = f.range();
                // zero may have come with a sign
                (least + 0.0, greatest)
            }
            Self::Tsallis(a) if a < 1.0 => (0.0, (1.0 - a).recip()),
            Self::Renyi(_) | Self::Tsallis(_) | Self::Bhattacharyya => (0.0, f64::INFINITY),
        }
    }

    /// Whether the value is an amount of information, which can be given in bits (`value / ln 2`). Distances such as
    /// total variation and ratios such as chi-squared have no unit.
    #[must_use]
    pub fn is_information(&self) -> bool {
        match self {
            Self::F(f) => f.is_information(),
            Self::Renyi(_) | Self::Bhattacharyya => true,
            Self::Tsallis(_) => false,
        }
    }

    /// Whether `D(P||Q) = D(Q||P)` for all laws.
    #[must_use]
    #[allow(clippy::float_cmp)] // symmetric at one order only
    pub fn is_symmetric(&self) -> bool {
        match self {
            Self::F(f) => f.symmetric(),
            Self::Renyi(a) | Self::Tsallis(a) => *a == 0.5,
            Self::Bhattacharyya => true,
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Self::F(f) => f.name(),
            Self::Renyi(_) => "renyi",
            Self::Tsallis(_) => "tsallis",
            Self::Bhattacharyya => "bhattacharyya",
        }
    }

    fn parameter(&self) -> Option<f64> {
        match *self {
            Self::F(f) => f.parameter(),
            Self::Renyi(x) | Self::Tsallis(x) => Some(x),
            Self::Bhattacharyya => None,
        }
    }

    /// The same divergence with another parameter, checked.
    fn with(self, parameter: f64) -> Result<Self> {
        if let Self::F(f) = self
            && let Some(with) = f.with_parameter(parameter)
        {
            return with.map(Self::F);
        }
        match self {
            Self::Renyi(_) if parameter >= 0.0 => Ok(Self::Renyi(parameter)),
            Self::Tsallis(_) if parameter >= 0.0 && parameter.is_finite() => Ok(Self::Tsallis(parameter)),
            _ => Err(Error::out_of_domain(format!("order of {}", self.name()), parameter, "an order of 0 or more")),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())?;
        match self.parameter() {
            Some(x) => write!(f, ":{}", shown(x)),
            None => Ok(()),
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    /// Reads `name` or `name:parameter`.
    fn from_str(text: &str) -> Result<Self> {
        let (name, parameter) = match text.split_once(':') {
            Some((name, parameter)) => (name, Some(parameter)),
            None => (text, None),
        };
        let unknown = |what: &'static str, expected: String| Error::unknown_name(what, text, expected);
        let Some(kind) = Self::all().into_iter().find(|kind| kind.name() == name) else {
            let known = |kind: &Self| match kind.parameter() {
                Some(_) => format!("{}[:number]", kind.name()),
                None => kind.name().to_owned(),
            };
            return Err(unknown("divergence", Self::all().iter().map(known).collect::<Vec<_>>().join(", ")));
        };
        let Some(parameter) = parameter else {
            return Ok(kind);
        };
        if kind.parameter().is_none() {
            return Err(unknown("parameter of a divergence", format!("{name} alone, which takes none")));
        }
        match parameter.trim().parse() {
            Ok(value) => kind.with(value),
            Err(_) => Err(unknown("parameter of a divergence", format!("{name}:NUMBER"))),
        }
    }
}
