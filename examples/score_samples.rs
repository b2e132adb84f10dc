//! Is this generator good, and would I have noticed if it were not?
//!
//! Three generators of the same two-dimensional law are scored against real samples: a perfect one, one that lost a mode, one that
//! is blurred. Each score comes with its standard error, and the baseline is what real data scores against itself.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::write_atomic;
use fenchel::score::{Metric, Scorecard};
use ndarray::Array2;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

/// Draws from Gaussians of deviation `sigma` around the first `modes` corners of a square.
fn corners(n: usize, modes: u32, sigma: f64, rng: &mut impl Rng) -> fenchel::Result<Empirical> {
    let mut points = Array2::zeros((n, 2));
    for mut row in points.rows_mut() {
        let mode = rng.random_range(0..modes);
        let centre = [f64::from(mode % 2), f64::from(mode / 2)];
        for (x, c) in row.iter_mut().zip(centre) {
            let z: f64 = StandardNormal.sample(rng);
            *x = c + sigma * z;
        }
    }
    Empirical::new(points)
}

fn main() -> fenchel::Result<()> {
    let real = corners(400, 4, 0.1, &mut stream(0, 0))?;
    let generators = [("perfect", 4, 0.1), ("lost a mode", 3, 0.1), ("blurred", 4, 0.2)];
    let card = Scorecard::new().metrics(&[Metric::Frechet, Metric::Energy, Metric::Precision, Metric::Recall]);
    println!("{:<12} {:<10} {:>9} {:>9} {:>9}", "generator", "score", "value", "± s.e.", "baseline");
    let mut panels = Vec::new();
    for (k, (name, modes, sigma)) in generators.into_iter().enumerate() {
        let generated = corners(400, modes, sigma, &mut stream(0, 1 + k as u64))?;
        for e in card.score(&real, &generated, None)? {
            let show = |x: Option<f64>| x.map_or("-".to_owned(), |x| format!("{x:.4}"));
            println!("{name:<12} {:<10} {:>9.4} {:>9} {:>9}", e.name, e.value, show(e.std_error), show(e.baseline));
        }
        let column = |sample: &Empirical, k| sample.points().column(k).iter().take(100).copied().collect::<Vec<f64>>();
        panels.push(
            Panel::new(Axis::hidden().range(-0.7, 1.7), Axis::hidden().range(-0.7, 1.7))
                .title(name)
                .add(Series::points("real", &column(&real, 0), &column(&real, 1)))
                .add(Series::points("generated", &column(&generated, 0), &column(&generated, 1)))
                .size(190.0, 190.0),
        );
    }
    // the figure of the gallery, where a path is given for it
    if let Some(path) = std::env::args().nth(1) {
        write_atomic(path, Figure::new("Three generators of one law", panels).svg().as_bytes())?;
    }
    Ok(())
}
