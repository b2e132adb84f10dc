//! The time of entropic unbalanced transport:  `cargo bench --bench unbalanced`.
//!
//! Two clouds of 2000 points, one of them with a part of outliers, in 2 and in 20 dimensions; deviations from the masses are paid
//! for by KL, L2 or total variation, at two regularisations. A row of the table it prints has what the report says;
//! `unbalanced.md` keeps such tables. Words after `--` choose rows by name.

use fenchel::numeric::stream;
use fenchel::transport::{Cost, Ground, Marginal, Problem, Sinkhorn};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::io::Write;

const POINTS: usize = 2000;

/// Points about the origin, the first hundredth of them far away.
fn cloud(d: usize, shift: f64, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    let far = |i: usize| if i < POINTS / 100 { 10.0 } else { 1.0 };
    Array2::from_shape_fn((POINTS, d), |(i, _)| {
        let z: f64 = StandardNormal.sample(&mut rng);
        far(i) * z + shift
    })
}

fn masses(seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    (0..POINTS).map(|_| rng.random_range(0.5..1.5) / POINTS as f64).collect()
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut out = std::io::stdout().lock();
    let head = "| clouds | penalty | eps, mean costs | status | iterations | relative gap | seconds | dual | primal |";
    writeln!(out, "{head}\n|---|---|---:|---|---:|---:|---:|---:|---:|").expect("stdout is open");
    for d in [2, 20] {
        let (x, y) = (cloud(d, 0.0, 1), cloud(d, 0.5, 2));
        let cost = Cost::between(x.view(), y.view(), Ground::SqEuclidean).expect("finite costs");
        let mean = cost.to_dense().mean().expect("points");
        // what an ordinary point pays for not being moved is about the mean cost
        let penalties =
            [("KL", Marginal::Kl(mean)), ("L2", Marginal::L2(mean * POINTS as f64)), ("TV", Marginal::Tv(0.5 * mean))];
        for (penalty, kept) in penalties {
            for eps in [0.01, 0.002] {
                let row = format!("{d} {penalty} {eps}");
                if !chosen.iter().all(|word| row.contains(word)) {
                    continue;
                }
                let problem = Problem::unbalanced(&cost, masses(3), masses(4), kept, kept).expect("a problem");
                let solver = Sinkhorn::new(eps * mean).tolerance(1e-6).iteration_limit(2000);
                let found = solver.solve(&problem).expect("a solution").report;
                let gap = found.residual / found.primal;
                writeln!(
                    out,
                    "| {d}-D | {penalty} | {eps} | {} | {} | {gap:.1e} | {:.2} | {:.8} | {:.8} |",
                    found.status, found.iterations, found.seconds, found.dual, found.primal
                )
                .expect("stdout is open");
            }
        }
    }
}
