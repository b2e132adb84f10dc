//! How does the cost of a solve grow with the number of points?
//!
//! The exact optimum by the general solver, its bracket by Sinkhorn, the mean over random directions by sorting, and the optimum
//! on the line. The last column is the exponent k of "time grows as n^k" between the last two sizes.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use fenchel::transport::{Exact, Ground, Problem, Sinkhorn, Sliced, line};
use ndarray::{Array2, ArrayView1};
use rand_distr::{Distribution, StandardNormal};
use std::time::Instant;

fn main() -> fenchel::Result<()> {
    // as many as you like: cargo run --release --example cost_of_a_solve 1000 2000 4000 8000
    let given: Vec<usize> = std::env::args().skip(1).filter_map(|word| word.parse().ok()).collect();
    let sizes = if given.len() < 2 { vec![125, 250, 500, 1000] } else { given };
    println!("two Gaussian clouds in the plane, W2; seconds, and how wide the bracket is as a share of the cost\n");
    println!("{:<10} {:>8} {:>12} {:>12} {:>10} {:>9}", "method", "points", "value", "bracket", "seconds", "exponent");
    let mut panel = Panel::new(Axis::new("points").log(), Axis::new("squared distance"));
    for (name, solve) in METHODS {
        let (mut at, mut values) = (Vec::new(), Vec::new());
        let mut last: Option<(usize, f64)> = None;
        for &n in &sizes {
            let (x, y) = (cloud(n, 0.0, 1)?, cloud(n, 1.0, 2)?);
            let start = Instant::now();
            let (value, bracket) = solve(&x, &y)?;
            let seconds = start.elapsed().as_secs_f64();
            let exponent = last.map_or_else(
                || "-".to_owned(),
                |(m, before)| format!("{:.1}", (seconds / before).ln() / (n as f64 / m as f64).ln()),
            );
            println!("{name:<10} {n:>8} {value:>12.6} {bracket:>12.1e} {seconds:>10.4} {exponent:>9}");
            last = Some((n, seconds));
            at.push(n as f64);
            values.push(value);
        }
        panel = panel.add(Series::line(name, &at, &values).markers());
    }
    // the figure of the gallery, where a path is given for it; seconds would differ from run to run
    if let Some(path) = std::env::args().skip(1).find(|word| word.ends_with(".svg")) {
        write_atomic(path, Figure::new("Four answers as the clouds grow", [panel]).svg().as_bytes())?;
    }
    Ok(())
}

/// A solver: its value and the width of its bracket relative to it (of an estimate: twice its standard error).
type Solve = fn(&Empirical, &Empirical) -> fenchel::Result<(f64, f64)>;

const METHODS: [(&str, Solve); 4] = [
    ("exact", |x, y| {
        let report = Exact::new().solve(&Problem::between(x, y, Ground::SqEuclidean)?)?.report;
        Ok((report.primal, report.gap() / report.primal))
    }),
    ("sinkhorn", |x, y| {
        let problem = Problem::between(x, y, Ground::SqEuclidean)?;
        let report = Sinkhorn::new(0.05).relative_to_mean_cost().tolerance(1e-6).solve(&problem)?.report;
        Ok((report.primal, report.gap() / report.primal))
    }),
    ("sliced", |x, y| {
        let found = Sliced::new(200).seed(1).solve(x, y, 2.0)?;
        let error = found.std_error.unwrap_or(f64::INFINITY);
        Ok((found.value * found.value, 4.0 * error / found.value))
    }),
    ("line", |x, y| {
        let first = |points: ArrayView1<'_, f64>| points.to_vec();
        let found = line::distance(&first(x.points().column(0)), None, &first(y.points().column(0)), None, 2.0)?;
        Ok((found.value * found.value, found.gap() / found.value))
    }),
];

fn cloud(n: usize, shift: f64, seed: u64) -> fenchel::Result<Empirical> {
    let mut rng = stream(seed, 0);
    Empirical::new(Array2::from_shape_simple_fn((n, 2), || {
        let z: f64 = StandardNormal.sample(&mut rng);
        z + shift
    }))
}
