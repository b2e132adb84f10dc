//! How often do the intervals of the estimators hold the truth?
//!
//! `cargo bench --bench coverage` draws every pair of laws below again and again, asks every estimator for its 90 %
//! interval, and writes what it counted to `benches/coverage.md`. Words after `--` choose: only rows whose law,
//! estimator or divergence has one of them are run, and the table goes to the terminal alone. `--replications N` sets
//! the number of repetitions (200).

use fenchel::certificate::Estimate;
use fenchel::divergence::estimate::{Bandwidth, Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn};
use fenchel::divergence::{Kind, density, gaussian};
use fenchel::measure::density::{Density, Law};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use ndarray::{Array1, Array2};
use rayon::prelude::*;
use std::f64::consts::LN_2;
use std::fmt::Write;
use std::time::Instant;

/// Two laws, what to draw from them, and the true divergences.
struct Pair {
    name: String,
    dimension: usize,
    laws: Laws,
}

enum Laws {
    Gaussian(Gaussian, Gaussian),
    Line(Box<dyn Density>, Box<dyn Density>),
}

impl Pair {
    fn gaussian(dimension: usize, shift: f64, deviation: f64) -> Self {
        let mut mean = Array1::zeros(dimension);
        mean[0] = shift;
        let p = Gaussian::new(Array1::zeros(dimension), Array2::eye(dimension)).expect("a law");
        let q = Gaussian::new(mean, Array2::eye(dimension) * deviation * deviation).expect("a law");
        let scale = if (deviation - 1.0).abs() < 1e-12 { String::new() } else { format!(", {deviation}² I") };
        let shift = if shift == 0.0 { "0".to_owned() } else { format!("{shift} e₁") };
        let second = if scale.is_empty() { ", I".to_owned() } else { scale };
        Self { name: format!("N(0, I), N({shift}{second})"), dimension, laws: Laws::Gaussian(p, q) }
    }

    fn line(name: &str, p: impl Density + 'static, q: impl Density + 'static) -> Self {
        Self { name: name.to_owned(), dimension: 1, laws: Laws::Line(Box::new(p), Box::new(q)) }
    }

    fn truth(&self, kind: &str) -> Option<f64> {
        match (&self.laws, kind) {
            (Laws::Gaussian(p, q), "kl") => gaussian::kl(p, q).ok(),
            (Laws::Gaussian(p, q), "jsd") => gaussian::jsd(p, q).ok(),
            (Laws::Gaussian(p, q), "hellinger2") => gaussian::hellinger2(p, q).ok(),
            (Laws::Line(p, q), "kl") => density::kl(p.as_ref(), q.as_ref()).ok().map(|c| c.value),
            (Laws::Line(p, q), "jsd") => density::jsd(p.as_ref(), q.as_ref()).ok().map(|c| c.value),
            (Laws::Line(p, q), "hellinger2") => density::hellinger2(p.as_ref(), q.as_ref()).ok().map(|c| c.value),
            _ => None,
        }
    }

    fn draw(&self, n: usize, task: u64) -> (Empirical, Empirical) {
        let (mut a, mut b) = (stream(task, 0), stream(task, 1));
        let points = match &self.laws {
            Laws::Gaussian(p, q) => (p.sample(n, &mut a).expect("draws"), q.sample(n, &mut b).expect("draws")),
            Laws::Line(p, q) => {
                let column = |values: Vec<f64>| Array2::from_shape_vec((n, 1), values).expect("one column");
                (column(p.sample(n, &mut a)), column(q.sample(n, &mut b)))
            }
        };
        (Empirical::new(points.0).expect("a sample"), Empirical::new(points.1).expect("a sample"))
    }
}

/// What the repetitions of one estimate say.
struct Row {
    bias: f64,
    spread: f64,
    stated: f64,
    covered: f64,
}

fn study(
    pair: &Pair,
    estimator: &(dyn Estimator + Sync),
    kind: Kind,
    truth: f64,
    n: usize,
    reps: usize,
) -> Option<Row> {
    let one = |r: usize| -> Option<Estimate> {
        let (x, y) = pair.draw(n, 1000 + r as u64);
        estimator.estimate(&x, &y, kind).ok().filter(|e| e.interval.is_some())
    };
    let runs: Vec<Estimate> = (0..reps).into_par_iter().map(one).collect::<Option<Vec<_>>>()?;
    let count = reps as f64;
    let mean = runs.iter().map(|e| e.value).sum::<f64>() / count;
    let spread = (runs.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let stated = runs.iter().filter_map(|e| e.std_error).sum::<f64>() / count;
    // ends are compared with the slack of a rounding: the greatest value may be the truth
    let holds = |e: &&Estimate| e.interval.is_some_and(|(low, high)| low <= truth + 1e-12 && truth <= high + 1e-12);
    let covered = runs.iter().filter(holds).count() as f64 / count;
    Some(Row { bias: mean - truth, spread, stated, covered })
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let mut reps = 200;
    if let Some(at) = words.iter().position(|w| w == "--replications") {
        reps = words.get(at + 1).and_then(|w| w.parse().ok()).expect("a number after --replications");
        words.drain(at..=at + 1);
    }
    let law = |law: fenchel::Result<Law>| law.expect("a law");
    let normal = |mean, deviation| law(Law::normal(mean, deviation));
    let mixture = fenchel::measure::density::Mixture::new(vec![(0.5, normal(-2.0, 1.0)), (0.5, normal(2.0, 1.0))]);
    let pairs = [
        Pair::gaussian(1, 0.0, 1.0),
        Pair::gaussian(1, 1.0, 1.0),
        Pair::gaussian(1, 0.5, 1.5),
        Pair::line("mixture of N(±2, 1), N(0, 2²)", mixture.expect("a law"), normal(0.0, 2.0)),
        Pair::line("exponential of rates 1, 1/2", law(Law::exponential(1.0)), law(Law::exponential(0.5))),
        Pair::line("uniform on [0, 1], [0, 2]", law(Law::uniform(0.0, 1.0)), law(Law::uniform(0.0, 2.0))),
        Pair::line(
            "Student's t of 2, shifted by 1",
            law(Law::student_t(2.0, 0.0, 1.0)),
            law(Law::student_t(2.0, 1.0, 1.0)),
        ),
        Pair::line("uniform on [0, 1], [2, 3]", law(Law::uniform(0.0, 1.0)), law(Law::uniform(2.0, 3.0))),
        Pair::gaussian(2, 1.0, 1.0),
        Pair::gaussian(5, 1.0, 1.0),
        Pair::gaussian(10, 1.0, 1.0),
    ];
    let estimators: [(&str, Box<dyn Estimator + Sync>); 6] = [
        ("gaussian", Box::new(GaussianPlugIn::new())),
        ("histogram", Box::new(HistogramPlugIn::new())),
        ("knn", Box::new(Knn::new())),
        ("knn, k = 5", Box::new(Knn::new().k(5))),
        ("kde", Box::new(Kde::new())),
        ("kde, leave one out", Box::new(Kde::new().bandwidth(Bandwidth::LeaveOneOut))),
    ];

    let mut table = String::from(
        "| laws | d | divergence | true | estimator | n = m | bias | spread | stated error | covered |\n\
         |---|---|---|---|---|---|---|---|---|---|\n",
    );
    let started = Instant::now();
    for pair in &pairs {
        for kind in ["kl", "jsd"] {
            let Some(truth) = pair.truth(kind).filter(|t| t.is_finite()) else { continue };
            let named: Kind = kind.parse().expect("a divergence");
            for (label, estimator) in &estimators {
                for n in [200, 1000, 5000] {
                    let chosen = |w: &String| pair.name.contains(w.as_str()) || label.contains(w.as_str()) || kind == w;
                    if !words.is_empty() && !words.iter().all(chosen) {
                        continue;
                    }
                    // the fits of Gaussian laws estimate another number where the laws are not Gaussian
                    let wrong_model = *label == "gaussian" && matches!(pair.laws, Laws::Line(..));
                    // pairs in many dimensions cost n² d, kernels n² at every try of a bandwidth
                    let slow = match n {
                        5000 => pair.dimension > 2 || label.contains("kde"),
                        1000 => label.contains("leave"),
                        _ => false,
                    };
                    if wrong_model || slow || !estimator.supports(&named, pair.dimension) {
                        continue;
                    }
                    let Some(row) = study(pair, estimator.as_ref(), named, truth, n, reps) else { continue };
                    let line = format!(
                        "| {} | {} | {kind} | {truth:.4} | {label} | {n} | {:+.4} | {:.4} | {:.4} | {:.1} % |\n",
                        pair.name,
                        pair.dimension,
                        row.bias,
                        row.spread,
                        row.stated,
                        100.0 * row.covered
                    );
                    eprint!("{:6.0} s {line}", started.elapsed().as_secs_f64());
                    table.push_str(&line);
                }
            }
        }
    }
    if !words.is_empty() {
        return;
    }
    let mut text = String::from("# Coverage of the 90 % intervals\n\n");
    let _ = writeln!(
        text,
        "Written by `cargo bench --bench coverage`: {reps} pairs of samples a row, the same for every estimator; a share of\n\
         90 % has a standard error of {:.1} points. *Bias* and *spread* are the mean error and the standard deviation of the\n\
         estimates, *stated error* the mean of their standard errors. Laws in nats; {LN_2:.4} is the greatest `jsd`.\n",
        100.0 * (0.09 / reps as f64).sqrt()
    );
    text.push_str(&table);
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/coverage.md");
    std::fs::write(file, text).expect("benches/coverage.md can be written");
}
