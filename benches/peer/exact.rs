//! Exact transport.

use crate::options::Options;
use fenchel::Result;
use fenchel::measure::Empirical;
use fenchel::transport::{Exact, Problem};
use serde_json::{Value, json};

/// `--x --y [--a --b] [--ground NAME]` for clouds, `--cost [--a --b]` for a matrix.
pub fn solve(options: &Options) -> Result<Value> {
    let (a, b) = (options.vector("a")?, options.vector("b")?);
    let (solution, seconds) = if options.text("cost").is_some() {
        let cost = options.table("cost")?;
        options.time(|| Exact::new().solve(&Problem::with_cost(cost.clone(), a.clone(), b.clone())?))?
    } else {
        let law = |points, weights: &Option<Vec<f64>>| match weights {
            Some(weights) => Empirical::weighted(points, weights.clone(), "points"),
            None => Empirical::new(points),
        };
        let (x, y) = (law(options.table("x")?, &a)?, law(options.table("y")?, &b)?);
        let ground = options.text("ground").unwrap_or("sqeuclidean").parse()?;
        options.time(|| Exact::new().solve(&Problem::between(&x, &y, ground)?))?
    };
    let report = &solution.report;
    Ok(json!({
        "seconds": seconds,
        "value": solution.cost(),
        "gap": report.gap(),
        "marginal_error": report.residual,
        "status": report.status,
        "method": report.method,
        "iterations": report.iterations,
    }))
}
