//! Kullback-Leibler divergence of the generated from the real law, by nearest neighbours.
//!
//! Unlike a distance it does not see how far apart points are, only how likely: a generator that leaves out a part of
//! the real law has a large `KL(real || generated)`. The estimate and its error are those of
//! [`Knn`]; in many dimensions trust the comparison with the baseline rather than the value.

use super::neighbours::check_neighbours;
use super::{LEVEL, Pair};
use crate::certificate::Estimate;
use crate::divergence::estimate::Knn;
use crate::divergence::{FDivergence, Kind};
use crate::error::Result;

/// `KL(real || generated)` in nats: extrapolated from `k`, `2k` and `4k` neighbours where both samples have more than
/// `4k + 1` rows, else by the plain `k`-th. About 0 for equal laws, where it may be slightly negative.
///
/// # Errors
/// A `k` that is 0, or not below the number of rows.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::Pair;
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let x = Empirical::new(law.sample(500, &mut stream(0, 0))?)?;
/// let y = Empirical::new(law.sample(500, &mut stream(0, 1))? + 1.0)?;
/// let kl = fenchel::score::information::kl_knn(&Pair::new(&x, &y)?, 5)?; // 1/2 for the laws
/// assert!((kl.value - 0.5).abs() < 3.0 * kl.std_error.unwrap());
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn kl_knn(pair: &Pair<'_>, k: usize) -> Result<Estimate> {
    pair.in_own_unit(0, |real, generated, _| {
        let rows = pair.rows();
        check_neighbours(k, rows)?;
        let enough = rows > 4 * k + 1;
        let knn = if enough { Knn::new().extrapolated(k) } else { Knn::new().k(k) };
        // uncut: a score compares samples, and below zero means what it says, nearer than equal laws are on average
        let estimate = knn.level(LEVEL).uncut(real, generated, Kind::F(FDivergence::Kl))?;
        Ok(Estimate { name: "kl_knn".to_owned(), ..estimate })
    })
}
