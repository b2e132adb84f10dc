//! The curves of a run, from the lines of its metrics: what belongs together in one chart, thinned to what can be seen.

use anyhow::Result;
use fenchel::record::json::Number;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Points of a curve; of more, neighbours are averaged.
const MOST_POINTS: usize = 300;

/// What belongs together: a title, whether the axis is logarithmic, and the names.
const GROUPS: [(&str, bool, &[&str]); 6] = [
    ("Distance to real samples", true, &["w1", "w2", "frechet"]),
    ("Share of samples", false, &["high_quality", "precision", "recall"]),
    ("Modes found, and with 1 % of all samples", false, &["modes", "modes_1pct"]),
    ("Divergences of the mode histogram (nats)", true, &["reverse_kl", "forward_kl", "mode_jsd"]),
    ("Value of the game, and a bound of the best at 95 % (nats)", false, &["value_fresh", "optimal_value_at_least"]),
    (
        "2 JSD - (V + ln 4), not proven by the discriminator: bounds at 95 % (nats)",
        false,
        &["gap_at_least", "gap_at_most"],
    ),
];
/// Names that say again what another curve says.
const LEFT_OUT: [&str; 5] = ["value", "value_std_error", "jsd_lower_bound", "jsd_at_least", "accuracy"];

#[derive(Serialize)]
pub struct Chart {
    title: &'static str,
    log: bool,
    series: Vec<Curve>,
}

#[derive(Serialize)]
struct Curve {
    name: String,
    floor: Option<f64>,
    points: Vec<(u64, f64)>,
}

#[derive(Deserialize)]
struct Watched {
    name: String,
    value: Number,
    floor: Option<Number>,
}

/// All curves of the lines.
pub fn charts(metrics: &str) -> Result<Vec<Chart>> {
    let mut losses: Vec<Curve> = Vec::new();
    let mut watched: Vec<Curve> = Vec::new();
    for line in metrics.lines() {
        let line: Value = serde_json::from_str(line)?;
        let step = line["step"].as_u64().unwrap_or(0);
        for (name, value) in line.as_object().into_iter().flatten().filter(|(name, _)| *name != "step") {
            if let Some(value) = value.as_f64() {
                add(&mut losses, name, step, value, None);
            }
        }
        for row in line["watched"].as_array().into_iter().flatten() {
            let Watched { name, value, floor } = serde_json::from_value(row.clone())?;
            add(&mut watched, &name, step, value.0, floor.map(|floor| floor.0));
        }
    }
    let (mut told, mut losses): (Vec<Curve>, Vec<Curve>) =
        losses.into_iter().partition(|curve| !curve.name.ends_with("loss"));
    told.retain(|curve| !LEFT_OUT.contains(&&*curve.name));
    losses.sort_by(|a, b| a.name.cmp(&b.name));
    let mut all = vec![Chart { title: "Losses", log: false, series: losses }];
    for (title, log, names) in GROUPS {
        let series = names.iter().filter_map(|name| {
            let at = watched.iter().position(|curve| curve.name == *name)?;
            Some(watched.swap_remove(at))
        });
        all.push(Chart { title, log, series: series.collect() });
    }
    all.push(Chart { title: "What else the rounds tell", log: false, series: told });
    // the distances first: they are what the losses are not
    all.swap(0, 1);
    all.retain(|chart| !chart.series.is_empty());
    for curve in all.iter_mut().flat_map(|chart| &mut chart.series) {
        curve.points = thinned(&curve.points);
    }
    Ok(all)
}

fn add(curves: &mut Vec<Curve>, name: &str, step: u64, value: f64, floor: Option<f64>) {
    let at = curves.iter().position(|curve| curve.name == name).unwrap_or_else(|| {
        curves.push(Curve { name: name.to_owned(), floor: None, points: Vec::new() });
        curves.len() - 1
    });
    let curve = &mut curves[at];
    curve.floor = floor.map(rounded).or(curve.floor);
    if value.is_finite() {
        curve.points.push((step, value));
    }
}

/// At most so many points, each the mean of as many neighbours.
fn thinned(points: &[(u64, f64)]) -> Vec<(u64, f64)> {
    let together = points.len().div_ceil(MOST_POINTS).max(1);
    points
        .chunks(together)
        .map(|chunk| {
            let mean = chunk.iter().map(|point| point.1).sum::<f64>() / chunk.len() as f64;
            (chunk[chunk.len() - 1].0, rounded(mean))
        })
        .collect()
}

/// As many digits as a curve can show.
fn rounded(value: f64) -> f64 {
    format!("{value:.4e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn curves_are_grouped_thinned_and_without_what_is_no_number() {
        let mut metrics = String::new();
        for step in 1..=1000 {
            let step = 50 * step;
            writeln!(metrics, "{{\"step\":{step},\"generator_loss\":{step},\"value\":-1.0,\"balance\":0.25}}").unwrap();
        }
        metrics += "{\"step\":50000,\"watched\":[{\"name\":\"w2\",\"value\":0.5,\"floor\":0.1},{\"name\":\"forward_kl\",\"value\":\"inf\",\"floor\":null}]}\n";
        metrics += "{\"step\":50000,\"scores\":[{\"name\":\"energy\",\"value\":1.0}]}\n";
        let charts = charts(&metrics).unwrap();
        let titles: Vec<&str> = charts.iter().map(|chart| chart.title).collect();
        assert_eq!(titles[..2], ["Distance to real samples", "Losses"]);
        assert!(titles.contains(&"What else the rounds tell"));
        let loss = &charts[1].series[0];
        assert!(loss.points.len() <= MOST_POINTS);
        assert_eq!(loss.points.last(), Some(&(50_000, 49_925.0))); // the mean of the last four
        assert_eq!(
            (charts[0].series[0].floor, charts[0].series[0].points.as_slice()),
            (Some(0.1), &[(50_000, 0.5)][..])
        );
    }
}
