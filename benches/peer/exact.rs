//! Exact transport.

use crate::options::Options;
use fenchel::Result;
use fenchel::measure::Empirical;
use fenchel::transport::{Exact, Ground, Problem};
use serde_json::{Value, json};
use std::time::Instant;

/// `--x --y [--a --b] [--ground NAME]` for clouds, `--cost [--a --b]` for a matrix.
pub fn solve(options: &Options) -> Result<Value> {
    let (a, b) = (options.vector("a")?, options.vector("b")?);
    let (solution, seconds) = if options.text("cost").is_some() {
        let cost = options.table("cost")?;
        options.time(|| Exact::new().solve(&Problem::with_cost(cost.clone(), a.clone(), b.clone())?))?
    } else {
        let law = |points, weights: &Option<Vec<f64>>| match weights {
            Some(weights) => Empirical::weighted(points, weights.clone()),
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

/// `--folder --count`: the optimum, the status, the method, the pivots and the seconds (the best of `--repeat` runs) of each
/// problem. The problems are `K-x.npy`, `K-y.npy` (or `K-c.npy`), `K-a.npy`, `K-b.npy`, with the ground cost in
/// `K.txt`.
pub fn batch(options: &Options) -> Result<Value> {
    let folder = options.text("folder").expect("a folder");
    let start = Instant::now();
    let (mut values, mut statuses, mut methods) = (Vec::new(), Vec::new(), Vec::new());
    let (mut pivots, mut times) = (Vec::new(), Vec::new());
    for k in 0..options.number("count", 0.0) as usize {
        let file = |name: &str| format!("{folder}/{k}-{name}.npy");
        let table = |name: &str| -> Result<_> { Ok(fenchel::io::read_table(file(name))?.values) };
        let (a, b) = (fenchel::io::read_vector(file("a"))?, fenchel::io::read_vector(file("b"))?);
        let kind = std::fs::read_to_string(format!("{folder}/{k}.txt")).expect("the kind of problem");
        let (solution, seconds) = match kind.parse::<Ground>() {
            Ok(ground) => {
                let (x, y) = (Empirical::weighted(table("x")?, a)?, Empirical::weighted(table("y")?, b)?);
                options.time(|| Exact::new().solve(&Problem::between(&x, &y, ground)?))?
            }
            Err(_) => {
                let cost = table("c")?;
                options
                    .time(|| Exact::new().solve(&Problem::with_cost(cost.clone(), Some(a.clone()), Some(b.clone()))?))?
            }
        };
        values.push(solution.cost());
        statuses.push(solution.report.status);
        methods.push(solution.report.method);
        pivots.push(solution.report.iterations);
        times.push(seconds);
    }
    Ok(json!({
        "seconds": start.elapsed().as_secs_f64(),
        "values": values,
        "statuses": statuses,
        "methods": methods,
        "pivots": pivots,
        "times": times,
    }))
}
