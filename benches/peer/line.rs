//! Transport on the line, on the circle and over random directions.

use crate::options::Options;
use fenchel::Result;
use fenchel::measure::Empirical;
use fenchel::transport::{Sliced, circle, line};
use serde_json::{Value, json};

fn points(options: &Options, key: &str) -> Result<Vec<f64>> {
    Ok(options.vector(key)?.expect("a file"))
}

/// `--x --y [--a --b] [--p P]`: the distance alone.
pub fn distance(options: &Options) -> Result<Value> {
    let (x, y) = (points(options, "x")?, points(options, "y")?);
    let (a, b, p) = (options.vector("a")?, options.vector("b")?, options.number("p", 1.0));
    let (found, seconds) = options.time(|| line::distance(&x, a.as_deref(), &y, b.as_deref(), p))?;
    Ok(json!({ "seconds": seconds, "value": found.value, "gap": found.gap() }))
}

/// As [`distance`], with plan and potentials; `value` is the cost.
pub fn plan(options: &Options) -> Result<Value> {
    let (x, y) = (points(options, "x")?, points(options, "y")?);
    let (a, b, p) = (options.vector("a")?, options.vector("b")?, options.number("p", 1.0));
    let (found, seconds) = options.time(|| line::wasserstein(&x, a.as_deref(), &y, b.as_deref(), p))?;
    Ok(json!({ "seconds": seconds, "value": found.cost(), "gap": found.report.gap() }))
}

/// `--x --y [--p P]` in turns; `value` is the cost.
pub fn around(options: &Options) -> Result<Value> {
    let (x, y, p) = (points(options, "x")?, points(options, "y")?, options.number("p", 1.0));
    let (found, seconds) = options.time(|| circle::wasserstein(&x, None, &y, None, 1.0, p))?;
    Ok(json!({ "seconds": seconds, "value": found.cost(), "gap": found.report.gap() }))
}

/// `--x --y --projections N`: the sliced distance W2.
pub fn sliced(options: &Options) -> Result<Value> {
    let (x, y) = (Empirical::new(options.table("x")?)?, Empirical::new(options.table("y")?)?);
    let sliced = Sliced::new(options.number("projections", 500.0) as usize);
    let (found, seconds) = options.time(|| sliced.solve(&x, &y, 2.0))?;
    Ok(json!({ "seconds": seconds, "value": found.value, "std_error": found.std_error }))
}
