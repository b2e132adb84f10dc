//! The laws that both halves of the chapter use.

use fenchel::Result;
use fenchel::measure::Pmf;
use rand::{Rng, RngExt};

pub(super) const CHAPTER: &str = "game";

/// The asymmetric pair that most of the exact values refer to.
pub(super) fn pair() -> Result<(Pmf, Pmf)> {
    Ok((Pmf::new([0.1, 0.4, 0.5])?, Pmf::new([0.8, 0.15, 0.05])?))
}

/// A random law on `n` bins, none of them empty.
pub(super) fn random_pmf(n: usize, rng: &mut impl Rng) -> Result<Pmf> {
    Pmf::normalised((0..n).map(|_| 1e-3 - rng.random_range(f64::MIN_POSITIVE..1.0).ln()).collect::<Vec<f64>>())
}
