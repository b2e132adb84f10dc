//! What is halfway between a ring and a cross?
//!
//! The mean of two pictures is both of them, faint; their barycenter is a shape. Three shapes are interpolated on a
//! grid, by transport without the entropic blur. Each barycenter comes with a proven bracket of its cost. The figure is
//! written to the path given, or to `target/barycenter.svg`.
#![allow(clippy::print_stdout)] // an example answers on stdout

use fenchel::Result;
use fenchel::measure::Pmf;
use fenchel::plot::{Figure, Panel};
use fenchel::transport::{Cost, FixedSupport, Ground};
use ndarray::Array2;

const SIDE: usize = 16;

/// The uniform law on the pixels inside a shape, given in coordinates from -1 to 1.
fn shape(inside: impl Fn(f64, f64) -> bool) -> Result<Pmf> {
    let at = |k: usize| (k as f64 + 0.5) / SIDE as f64 * 2.0 - 1.0;
    Pmf::normalised(
        (0..SIDE * SIDE).map(|k| f64::from(u8::from(inside(at(k % SIDE), at(k / SIDE))))).collect::<Vec<f64>>(),
    )
}

fn main() -> Result<()> {
    let shapes = [
        ("ring", shape(|x, y| (0.45..0.8).contains(&x.hypot(y)))?),
        ("cross", shape(|x, y| x.abs().min(y.abs()) < 0.2 && x.abs().max(y.abs()) < 0.8)?),
        ("two discs", shape(|x, y| (x.abs() - 0.5).hypot(y.abs() - 0.5) < 0.3 && x * y > 0.0)?),
    ];
    let pixels =
        Array2::from_shape_fn((SIDE * SIDE, 2), |(k, axis)| if axis == 0 { k % SIDE } else { k / SIDE } as f64);
    let cost = Cost::between(pixels.view(), pixels.view(), Ground::SqEuclidean)?;
    let solver = FixedSupport::new(0.5).debiased().tolerance(1e-3);
    let mut pictures = Vec::new();
    println!("{:<24} {:>9} {:>9}  status", "barycenter of", "at least", "at most");
    for (k, (name, law)) in shapes.iter().enumerate() {
        let (next, other) = &shapes[(k + 1) % shapes.len()];
        pictures.push(law.masses().to_vec());
        for percent in [25, 50, 75] {
            let t = f64::from(percent) / 100.0;
            let between = solver.solve(&cost, &[law.clone(), other.clone()], &[1.0 - t, t])?;
            let (low, high) = (between.report.dual, between.cost());
            println!(
                "{:<24} {low:>9.3} {high:>9.3}  {}",
                format!("{} {name}, {percent} {next}", 100 - percent),
                between.report.status
            );
            pictures.push(between.masses.masses().to_vec());
        }
        pictures.push(other.masses().to_vec());
    }
    let sheet: Vec<&[f64]> = pictures.iter().map(Vec::as_slice).collect();
    let darkest = pictures.iter().flatten().copied().fold(0.0, f64::max);
    let panel = Panel::pictures(&sheet, SIDE, 5, 0.0, 0.6 * darkest).title("from shape to shape in steps of 25 %");
    let path = std::env::args().nth(1).unwrap_or_else(|| "target/barycenter.svg".to_owned());
    let written = std::fs::create_dir_all("target")
        .and_then(|()| std::fs::write(&path, Figure::new("Barycenters of shapes", [panel]).svg()));
    match written {
        Ok(()) => println!("written to {path}"),
        Err(why) => println!("{path} could not be written: {why}"),
    }
    Ok(())
}
