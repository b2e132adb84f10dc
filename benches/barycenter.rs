//! The time of entropic barycenters on given points:  `cargo bench --bench barycenter`.
//!
//! Four laws on a line of 1000 bins and on a picture of 40 by 40 pixels, with and without the blur, at two regularisations. A row
//! of the table it prints has what the report says; `barycenter.md` keeps such tables. Words after `--` choose rows by name.

use fenchel::measure::Pmf;
use fenchel::transport::{Cost, FixedSupport, Ground};
use ndarray::Array2;
use std::io::Write;

const BINS: usize = 1000;
const SIDE: usize = 40;

fn law(masses: impl Iterator<Item = f64>) -> Pmf {
    Pmf::normalised(masses.collect::<Vec<f64>>()).expect("some mass")
}

/// Two Gaussian bumps each, of different places, widths and sizes.
fn on_the_line() -> (Array2<f64>, Vec<Pmf>) {
    let bump = |x: f64, mean: f64, deviation: f64| (-0.5 * ((x - mean) / deviation).powi(2)).exp() / deviation;
    let at = |i: usize| i as f64 / BINS as f64;
    let two = |m: [f64; 2], s: [f64; 2], share: f64| {
        law((0..BINS).map(|i| share * bump(at(i), m[0], s[0]) + (1.0 - share) * bump(at(i), m[1], s[1])))
    };
    let laws = vec![
        two([0.2, 0.7], [0.03, 0.05], 0.5),
        two([0.3, 0.5], [0.08, 0.02], 0.7),
        two([0.6, 0.9], [0.04, 0.03], 0.4),
        two([0.1, 0.8], [0.02, 0.10], 0.2),
    ];
    (Array2::from_shape_fn((BINS, 1), |(i, _)| at(i)), laws)
}

/// Shapes, without mass outside.
fn in_the_plane() -> (Array2<f64>, Vec<Pmf>) {
    let at = |k: usize| (k as f64 + 0.5) / SIDE as f64 * 2.0 - 1.0;
    let shape = |inside: fn(f64, f64) -> bool| {
        law((0..SIDE * SIDE).map(|k| f64::from(u8::from(inside(at(k % SIDE), at(k / SIDE))))))
    };
    let laws = vec![
        shape(|x, y| (0.45..0.8).contains(&x.hypot(y))),
        shape(|x, y| x.abs().min(y.abs()) < 0.2 && x.abs().max(y.abs()) < 0.8),
        shape(|x, y| (x.abs() - 0.5).hypot(y.abs() - 0.5) < 0.3 && x * y > 0.0),
        shape(|x, y| x.abs().max(y.abs()) < 0.4),
    ];
    (Array2::from_shape_fn((SIDE * SIDE, 2), |(k, axis)| at(if axis == 0 { k % SIDE } else { k / SIDE })), laws)
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut out = std::io::stdout().lock();
    let head = "| laws | blur | eps, mean costs | status | iterations | residual | seconds | dual | primal |";
    writeln!(out, "{head}\n|---|---|---:|---|---:|---:|---:|---:|---:|").expect("stdout is open");
    for (name, (points, laws)) in [("1000 bins", on_the_line()), ("40x40 pixels", in_the_plane())] {
        let cost = Cost::between(points.view(), points.view(), Ground::SqEuclidean).expect("finite costs");
        let mean = cost.to_dense().mean().expect("points");
        for debiased in [false, true] {
            for eps in [0.01, 0.002] {
                let blur = if debiased { "debiased" } else { "plain" };
                let row = format!("{name} {blur} {eps}");
                if !chosen.iter().all(|word| row.contains(word)) {
                    continue;
                }
                let solver = FixedSupport::new(eps * mean);
                let solver = if debiased { solver.debiased() } else { solver };
                let found = solver.solve(&cost, &laws, &[0.4, 0.3, 0.2, 0.1]).expect("a barycenter").report;
                writeln!(
                    out,
                    "| {name} | {blur} | {eps} | {} | {} | {:.1e} | {:.2} | {:.8} | {:.8} |",
                    found.status, found.iterations, found.residual, found.seconds, found.dual, found.primal
                )
                .expect("stdout is open");
            }
        }
    }
}
