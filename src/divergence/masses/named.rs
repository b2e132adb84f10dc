//! A divergence by its name, of laws on the same bins.

use crate::certificate::Certified;
use crate::divergence::kind::Kind;
use crate::divergence::masses::discrete::f_divergence;
use crate::divergence::masses::related::{bhattacharyya, renyi, tsallis};
use crate::error::Result;
use crate::measure::Pmf;

impl Kind {
    /// The divergence of `p` from `q` in nats, with its dual.
    ///
    /// # Errors
    /// Laws of different lengths; a parameter outside its domain.
    pub fn evaluate(&self, p: &Pmf, q: &Pmf) -> Result<Certified> {
        match self {
            Self::F(f) => f_divergence(f, p, q),
            Self::Renyi(a) => renyi(*a, p, q),
            Self::Tsallis(a) => tsallis(*a, p, q),
            Self::Bhattacharyya => bhattacharyya(p, q),
        }
    }
}
