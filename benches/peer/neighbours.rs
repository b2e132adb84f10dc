//! Divergences by nearest neighbours.

use crate::options::{Options, number};
use fenchel::Result;
use fenchel::divergence::Kind;
use fenchel::divergence::estimate::{Estimator, Knn};
use fenchel::linalg::matmul;
use fenchel::measure::Empirical;
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;
use serde_json::{Value, json};

/// Rows and columns of a tile of products.
const BLOCK: usize = 256;

/// `--x --y --k`: the Kullback-Leibler divergence of two samples from files, by the plain `k`-th neighbour. Also the
/// time of the products of all rows of x with those of x and y, from which distances could be computed. Without a tree,
/// that time is the least possible.
pub fn kl(options: &Options) -> Result<Value> {
    let (x, y) = (Empirical::new(options.table("x")?)?, Empirical::new(options.table("y")?)?);
    let knn = Knn::new().k(options.number("k", 5.0) as usize);
    let kind: Kind = "kl".parse()?;
    let (estimate, seconds) = options.time(|| knn.estimate(&x, &y, kind))?;
    let of_block = |rows: ArrayView2<'_, f64>| -> f64 {
        let mut sum = 0.0;
        for other in [x.points(), y.points()] {
            for others in other.axis_chunks_iter(Axis(0), BLOCK) {
                sum += matmul(rows, others.t())[[0, 0]];
            }
        }
        sum
    };
    let (_, products) =
        options.time(|| Ok(x.points().axis_chunks_iter(Axis(0), BLOCK).into_par_iter().map(of_block).sum::<f64>()))?;
    let mut answer = number(seconds, estimate.value);
    answer["products"] = json!(products);
    Ok(answer)
}
