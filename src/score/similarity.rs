//! How like two rows are: the kernels of the MMD and the similarities of the Vendi score.

use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// The kernel of an MMD: how like each other two rows are.
///
/// | name | kernel |
/// |---|---|
/// | `gaussian` | `exp(-\|x-y\|²/(2 s²))` |
/// | `laplace` | `exp(-\|x-y\|/s)` |
/// | `polynomial`, `polynomial:3:1` | `(x·y/d + c)^p`, here with degree `p = 3` and offset `c = 1` |
///
/// `s` is the [`Bandwidth`]. The first two see any difference of two laws, and their MMD is bounded, by 2. The polynomial one sees moments up to its
/// degree, and does not leave a common shift alone.
///
/// ```
/// use fenchel::score::kernel::{Bandwidth, Kernel};
/// assert_eq!(Kernel::default(), Kernel::Gaussian(Bandwidth::Median));
/// assert_eq!("polynomial:2".parse::<Kernel>()?, Kernel::Polynomial { degree: 2, divisor: None, offset: 1.0 });
/// assert_eq!(Kernel::KID.to_string(), "polynomial:3:1");
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub enum Kernel {
    /// `exp(-|x-y|²/(2 s²))`.
    Gaussian(Bandwidth),
    /// `exp(-|x-y|/s)`.
    Laplace(Bandwidth),
    /// `(x·y/divisor + offset)^degree`.
    Polynomial {
        /// The degree, 1 to 20.
        degree: u32,
        /// What products of rows are divided by, the inverse of the `gamma` of other programs; `None` for the number of columns.
        divisor: Option<f64>,
        /// The offset, zero or more; with zero only moments of the very degree are seen.
        offset: f64,
    },
}

/// The bandwidth of a kernel, in the unit of the columns.
#[derive(Debug, Clone, PartialEq)]
pub enum Bandwidth {
    /// The median distance of the pooled sample: over at most 2000 pooled points (a seeded draw beyond that), and over the positive
    /// distances where more than half are zero.
    Median,
    /// These; of several the kernel is the mean over them, which sees differences at every one of the scales.
    Given(Vec<f64>),
}

impl Default for Kernel {
    /// Gaussian, with the median distance.
    fn default() -> Self {
        Self::Gaussian(Bandwidth::Median)
    }
}

impl Kernel {
    /// The kernel of [`kid`](super::kernel::kid), `(x·y/d + 1)³`.
    pub const KID: Self = Self::Polynomial { degree: 3, divisor: None, offset: 1.0 };

    /// The same kernel with these bandwidths; one that has none stays as it is.
    ///
    /// ```
    /// use fenchel::score::kernel::{Bandwidth, Kernel};
    /// let kernel = Kernel::default().bandwidths(&[0.5, 1.0, 2.0]);
    /// assert_eq!(kernel, Kernel::Gaussian(Bandwidth::Given(vec![0.5, 1.0, 2.0])));
    /// ```
    #[must_use]
    pub fn bandwidths(self, bandwidths: &[f64]) -> Self {
        let given = Bandwidth::Given(bandwidths.to_vec());
        match self {
            Self::Gaussian(_) => Self::Gaussian(given),
            Self::Laplace(_) => Self::Laplace(given),
            Self::Polynomial { .. } => self,
        }
    }

    /// Of how many kernels it is the mean.
    pub(super) fn count(&self) -> usize {
        match self {
            Self::Gaussian(Bandwidth::Given(all)) | Self::Laplace(Bandwidth::Given(all)) => all.len(),
            _ => 1,
        }
    }

    pub(super) fn validate(&self) -> Result<()> {
        match self {
            Self::Gaussian(Bandwidth::Given(all)) | Self::Laplace(Bandwidth::Given(all)) => {
                if all.is_empty() {
                    return Err(Error::too_few("bandwidths", 0, 1, "numbers"));
                }
                match all.iter().find(|s| !(s.is_finite() && **s > 0.0)) {
                    Some(&s) => {
                        Err(Error::out_of_domain("bandwidth", s, "a positive number, in the unit of the columns"))
                    }
                    None => Ok(()),
                }
            }
            Self::Gaussian(Bandwidth::Median) | Self::Laplace(Bandwidth::Median) => Ok(()),
            Self::Polynomial { degree, divisor, offset } => {
                if !(1..=MOST_DEGREE).contains(degree) {
                    return Err(Error::out_of_domain("degree", f64::from(*degree), format!("1 to {MOST_DEGREE}")));
                }
                if let Some(divisor) = divisor.filter(|d| !(d.is_finite() && *d > 0.0)) {
                    return Err(Error::out_of_domain("divisor", divisor, "a positive number"));
                }
                if !(offset.is_finite() && *offset >= 0.0) {
                    return Err(Error::out_of_domain("offset", *offset, "zero or more"));
                }
                Ok(())
            }
        }
    }
}

/// Degrees of a polynomial kernel.
const MOST_DEGREE: u32 = 20;

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gaussian(_) => f.pad("gaussian"),
            Self::Laplace(_) => f.pad("laplace"),
            Self::Polynomial { degree, offset, .. } => f.pad(&format!("polynomial:{degree}:{offset}")),
        }
    }
}

impl FromStr for Kernel {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let unknown = || {
            Error::unknown_name(
                "kernel",
                name,
                "gaussian, laplace, polynomial, polynomial:DEGREE, polynomial:DEGREE:OFFSET",
            )
        };
        let mut parts = name.split(':');
        let (word, degree, offset) = (parts.next(), parts.next(), parts.next());
        if parts.next().is_some() {
            return Err(unknown());
        }
        let kernel = match (word, degree) {
            (Some("gaussian"), None) => Self::Gaussian(Bandwidth::Median),
            (Some("laplace"), None) => Self::Laplace(Bandwidth::Median),
            (Some("polynomial"), _) => Self::Polynomial {
                degree: degree.map_or(Ok(3), str::parse).map_err(|_| unknown())?,
                divisor: None,
                offset: offset.map_or(Ok(1.0), str::parse).map_err(|_| unknown())?,
            },
            _ => return Err(unknown()),
        };
        kernel.validate()?;
        Ok(kernel)
    }
}

/// The similarity of two rows in [`vendi`](super::vendi::vendi()).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Similarity {
    /// The cosine of the angle at the origin, as in the paper for features. Neither a shift of the columns nor their scales leave it alone, and a
    /// row of zeros has none.
    #[default]
    Cosine,
    /// `exp(-|x-y|²/(2 s²))`, with `s` the median distance within the real sample, so that all generators are measured by one kernel. Where all
    /// real points are one, `s` is the median distance of the generated sample. Of at most [`MOST_ROWS`](super::MOST_ROWS) rows.
    Gaussian,
}

impl fmt::Display for Similarity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Cosine => "cosine",
            Self::Gaussian => "gaussian",
        })
    }
}

impl FromStr for Similarity {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        match name {
            "cosine" => Ok(Self::Cosine),
            "gaussian" => Ok(Self::Gaussian),
            _ => Err(Error::unknown_name("similarity", name, "cosine, gaussian")),
        }
    }
}
