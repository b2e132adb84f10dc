//! A law on finitely many bins.

use super::check_masses;
use crate::error::{Error, Result};
use crate::measure::numbers::Numbers;
use crate::numeric::Sum;

/// How far the total of a [`Pmf`] may be from one, and totals of weights from each other (relative).
pub const MASS_TOLERANCE: f64 = 1e-9;

/// A probability mass function: non-negative, total one within [`MASS_TOLERANCE`].
///
/// The numbers are kept as given; only [`Pmf::normalised`] changes them.
///
/// ```
/// use fenchel::measure::Pmf;
/// let die = Pmf::normalised([1.0, 1.0, 1.0, 0.0, 1.0, 2.0])?;
/// assert_eq!(die.len(), 6);
/// assert!((die.entropy() - 1.5607104090414066).abs() < 1e-14);
/// assert!(Pmf::new([0.5, 0.6]).is_err());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Vec<f64>"))]
pub struct Pmf(Vec<f64>);

impl Pmf {
    /// The law with these masses.
    ///
    /// # Errors
    /// No masses; one that is negative or not finite; a total that is not one.
    pub fn new(masses: impl Numbers) -> Result<Self> {
        let masses = masses.numbers();
        check_masses(&masses, "masses")?;
        let total = Sum::of(masses.iter().copied());
        if mutate!((total - 1.0).abs() > MASS_TOLERANCE, PmfUnchecked, |_| false) {
            return Err(Error::not_normalised("masses", total, 1.0));
        }
        Ok(Self(masses))
    }

    /// The law proportional to these masses (counts, say).
    ///
    /// # Errors
    /// No masses; one that is negative or not finite; all of them zero.
    pub fn normalised(masses: impl Numbers) -> Result<Self> {
        let mut masses = masses.numbers();
        check_masses(&masses, "masses")?;
        // Scaling by the largest mass first keeps the total from overflowing.
        let largest = masses.iter().copied().fold(0.0, f64::max);
        if largest == 0.0 {
            return Err(Error::not_normalised("masses", 0.0, 1.0));
        }
        let total = Sum::of(masses.iter().map(|x| x / largest));
        for x in &mut masses {
            *x = *x / largest / total;
        }
        Ok(Self(masses))
    }

    /// The uniform law on `n` bins.
    ///
    /// # Errors
    /// `n = 0`.
    pub fn uniform(n: usize) -> Result<Self> {
        Self::new(vec![1.0 / n.max(1) as f64; n])
    }

    /// The masses.
    #[must_use]
    pub fn masses(&self) -> &[f64] {
        &self.0
    }

    /// Number of bins.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // a law has at least one bin
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Shannon entropy `-sum p ln p` in nats.
    #[must_use]
    pub fn entropy(&self) -> f64 {
        let entropy = Sum::of(self.0.iter().map(|&p| if p > 0.0 { -p * p.ln() } else { 0.0 }));
        mutate!(entropy, Entropy, |h| h / std::f64::consts::LN_2)
    }
}

impl TryFrom<Vec<f64>> for Pmf {
    type Error = Error;

    /// As [`Pmf::new`].
    fn try_from(masses: Vec<f64>) -> Result<Self> {
        Self::new(masses)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Index;

    #[test]
    fn says_what_is_wrong_and_where() {
        assert!(matches!(Pmf::new(Vec::<f64>::new()), Err(Error::TooFew { found: 0, .. })));
        assert!(matches!(Pmf::new([-0.1, 1.1]), Err(Error::Negative { at: Index::Entry(0), .. })));
        assert!(matches!(Pmf::new([0.5, f64::NAN]), Err(Error::NotFinite { at: Index::Entry(1), .. })));
        assert!(matches!(Pmf::new([0.3, 0.3]), Err(Error::NotNormalised { .. })));
        assert!(matches!(Pmf::normalised([0.0, 0.0]), Err(Error::NotNormalised { .. })));
        assert!(Pmf::uniform(0).is_err());
    }

    #[test]
    fn normalising_survives_extremes() {
        let p = Pmf::normalised([1e308, 1e308]).unwrap();
        assert_eq!(p.masses(), [0.5, 0.5]);
        let p = Pmf::normalised([5e-324, 5e-324]).unwrap();
        assert_eq!(p.masses(), [0.5, 0.5]);
    }
}
