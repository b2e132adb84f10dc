//! Divergences by nearest neighbours.

use crate::options::{Options, number};
use fenchel::Result;
use fenchel::divergence::Kind;
use fenchel::divergence::estimate::{Estimator, Knn};
use fenchel::measure::Empirical;
use serde_json::Value;

/// `--x --y --k`: the Kullback-Leibler divergence of two samples from files, by the plain `k`-th neighbour.
pub fn kl(options: &Options) -> Result<Value> {
    let (x, y) = (Empirical::new(options.table("x")?)?, Empirical::new(options.table("y")?)?);
    let knn = Knn::new().k(options.number("k", 5.0) as usize);
    let kind: Kind = "kl".parse()?;
    let (estimate, seconds) = options.time(|| knn.estimate(&x, &y, kind))?;
    Ok(number(seconds, estimate.value))
}
