//! Entropic transport.

use crate::options::Options;
use fenchel::Result;
use fenchel::measure::Empirical;
use fenchel::transport::{Problem, Sinkhorn};
use serde_json::{Value, json};

/// `--x --y --eps PART-OF-MEAN-COST [--tolerance --ground NAME]`: the cost `<P, C>` of the entropic plan.
pub fn solve(options: &Options) -> Result<Value> {
    let (x, y) = (Empirical::new(options.table("x")?)?, Empirical::new(options.table("y")?)?);
    let ground = options.text("ground").unwrap_or("sqeuclidean").parse()?;
    let solver =
        Sinkhorn::new(options.number("eps", 0.05)).relative_to_mean_cost().tolerance(options.number("tolerance", 1e-6));
    let (solution, seconds) = options.time(|| solver.solve(&Problem::between(&x, &y, ground)?))?;
    let report = &solution.report;
    Ok(json!({
        "seconds": seconds,
        "value": solution.regularised.as_ref().expect("an entropic solution").linear,
        "gap": report.gap(),
        "marginal_error": report.residual,
        "status": report.status,
        "iterations": report.iterations,
    }))
}
