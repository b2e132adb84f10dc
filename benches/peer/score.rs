//! Scores of samples.

use crate::options::Options;
use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::measure::Empirical;
use fenchel::score::running::{ColumnSketches, Running};
use fenchel::score::{Metric, Scorecard};
use serde_json::{Value, json};

/// `--x --y --metrics NAME,NAME… [--permutations N --baseline 0 --compat NAME]`: the scores as the program gives them, with their errors, and unless told
/// otherwise baselines and p-values. `value` is the first score.
pub fn card(options: &Options) -> Result<Value> {
    let (x, y) = (Empirical::new(options.table("x")?)?, Empirical::new(options.table("y")?)?);
    let names = options.text("metrics").expect("names").split(',');
    let metrics: Vec<Metric> = names.map(str::parse).collect::<Result<_>>()?;
    let mut card = Scorecard::new().metrics(&metrics).baseline(options.number("baseline", 1.0) > 0.5);
    if options.text("permutations").is_some() {
        card = card.permutations(options.number("permutations", 0.0) as usize);
    }
    if let Some(name) = options.text("compat") {
        card = card.compat(name.parse()?);
    }
    let (scores, seconds) = options.time(|| card.score(&x, &y, None))?;
    let parameters: Vec<&str> = scores.iter().map(|one| one.parameters.as_str()).collect();
    let of = |field: fn(&Estimate) -> Option<f64>| scores.iter().map(field).collect::<Vec<_>>();
    Ok(json!({
        "seconds": seconds,
        "value": scores[0].value,
        "values": of(|one| Some(one.value)),
        "errors": of(|one| one.std_error),
        "baselines": of(|one| one.baseline),
        "spreads": of(|one| one.baseline_spread),
        "p_values": of(|one| one.p_value),
        "lows": of(|one| one.interval.map(|i| i.0)),
        "highs": of(|one| one.interval.map(|i| i.1)),
        "parameters": parameters,
    }))
}

/// `--x --y`: the Kolmogorov-Smirnov distance of the first columns, with interval and p-value. Nothing is forgotten.
pub fn ks(options: &Options) -> Result<Value> {
    let (x, y) = (options.table("x")?, options.table("y")?);
    let rows = 1 + x.nrows().max(y.nrows());
    let (found, seconds) = options.time(|| {
        let sketch = |table: &ndarray::Array2<f64>| -> Result<ColumnSketches> {
            let mut sketch = ColumnSketches::new(table.ncols(), rows)?;
            sketch.push(table.view())?;
            Ok(sketch)
        };
        Ok(sketch(&x)?.ks(&sketch(&y)?)?.swap_remove(0))
    })?;
    Ok(json!({ "seconds": seconds, "value": found.value, "p_value": found.p_value }))
}
