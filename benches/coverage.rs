//! How often do the intervals of the estimators hold the truth?
//!
//! `cargo bench --bench coverage` draws every pair of laws below again and again, asks every estimator for its 90 %
//! interval, and writes the counts to `benches/coverage.md`. The whole takes long. Words after `--` choose rows: only
//! rows whose law, estimator, divergence or sizes (`200:1000`) have all of the words are counted again, and the others
//! stay as they are. `--replications N` sets the number of repetitions (200).

use fenchel::certificate::Estimate;
use fenchel::divergence::estimate::{Bandwidth, Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn};
use fenchel::divergence::{FDivergence, Generator, Kind, density};
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::stream;
use ndarray::Array2;
use rand::RngExt;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::f64::consts::LN_2;
use std::time::Instant;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/coverage.md");
const HEADING: &str = "| laws | d | divergence | true | estimator | n | m | pairs | bias | spread | stated error | covered | refused |\n\
     |---|---|---|---|---|---|---|---|---|---|---|---|---|\n";
/// Rows of both samples.
const SIZES: [(usize, usize); 11] = [
    (200, 200),
    (1000, 1000),
    (5000, 5000),
    (200, 400),
    (200, 1000),
    (200, 4000),
    (200, 20_000),
    (1000, 200),
    (4000, 200),
    (50, 5000),
    (5000, 50),
];

/// Two laws, how to draw from them, and the true divergences.
struct Pair {
    name: &'static str,
    laws: Laws,
}

enum Laws {
    /// Densities on the line, and a number of further columns of `N(0, 1)` that both laws have.
    Line(Box<dyn Density>, Box<dyn Density>, usize),
    /// Masses of 0, 1, 2, ...
    Cells(Vec<f64>, Vec<f64>),
    /// Densities on the line, and a coin beside each.
    Mixed(Box<dyn Density>, Box<dyn Density>, (f64, f64)),
}

impl Pair {
    fn line(name: &'static str, p: impl Density + 'static, q: impl Density + 'static) -> Self {
        Self { name, laws: Laws::Line(Box::new(p), Box::new(q), 0) }
    }

    fn dimension(&self) -> usize {
        match self.laws {
            Laws::Line(_, _, more) => 1 + more,
            Laws::Cells(..) => 1,
            Laws::Mixed(..) => 2,
        }
    }

    fn truth(&self, f: &FDivergence) -> Option<f64> {
        match &self.laws {
            Laws::Line(p, q, _) => density::f_divergence(f, p.as_ref(), q.as_ref()).ok().map(|c| c.value),
            Laws::Cells(p, q) => {
                let law = |masses: &Vec<f64>| Pmf::new(masses.clone()).expect("a law");
                Kind::F(*f).evaluate(&law(p), &law(q)).ok().map(|c| c.value)
            }
            Laws::Mixed(p, q, (a, b)) => {
                let at = |i: i32| f64::from(i) * 1e-3;
                let cell = |x: f64, a: f64, b: f64| f.cell(a * p.pdf(x), b * q.pdf(x));
                let sum = (-9000..10_000).map(|i| cell(at(i), *a, *b) + cell(at(i), 1.0 - a, 1.0 - b)).sum::<f64>();
                Some(1e-3 * sum)
            }
        }
    }

    fn draw(&self, n: usize, m: usize, seed: u64, task: u64) -> (Empirical, Empirical) {
        let (mut a, mut b) = (stream(seed, 2 * task), stream(seed, 2 * task + 1));
        let columns = |columns: Vec<Vec<f64>>| {
            let points = Array2::from_shape_fn((columns[0].len(), columns.len()), |(i, j)| columns[j][i]);
            Empirical::new(points).expect("a sample")
        };
        match &self.laws {
            Laws::Line(p, q, more) => {
                let noise = Law::normal(0.0, 1.0).expect("a law");
                let mut x = vec![p.sample(n, &mut a)];
                x.extend((0..*more).map(|_| noise.sample(n, &mut a)));
                let mut y = vec![q.sample(m, &mut b)];
                y.extend((0..*more).map(|_| noise.sample(m, &mut b)));
                (columns(x), columns(y))
            }
            Laws::Cells(p, q) => {
                let cell = |masses: &[f64], mut u: f64| {
                    let place = masses.iter().position(|mass| {
                        u -= mass;
                        u < 0.0
                    });
                    place.unwrap_or(masses.len() - 1) as f64
                };
                let x = (0..n).map(|_| cell(p, a.random())).collect();
                let y = (0..m).map(|_| cell(q, b.random())).collect();
                (columns(vec![x]), columns(vec![y]))
            }
            Laws::Mixed(p, q, coins) => {
                let coin = |u: f64, share: f64| f64::from(u8::from(u < share));
                let x = vec![p.sample(n, &mut a), (0..n).map(|_| coin(a.random(), coins.0)).collect()];
                let y = vec![q.sample(m, &mut b), (0..m).map(|_| coin(b.random(), coins.1)).collect()];
                (columns(x), columns(y))
            }
        }
    }
}

/// The results of the repetitions of one estimate.
struct Row {
    bias: f64,
    spread: f64,
    stated: f64,
    covered: f64,
    refused: usize,
}

fn study(estimate: impl Fn(u64) -> Option<Estimate> + Send + Sync, truth: f64, reps: usize) -> Row {
    let all: Vec<Option<Estimate>> = (0..reps as u64).into_par_iter().map(estimate).collect();
    let runs: Vec<&Estimate> = all.iter().flatten().collect();
    let count = runs.len() as f64;
    let mean = runs.iter().map(|e| e.value).sum::<f64>() / count;
    let spread = (runs.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (count - 1.0)).sqrt();
    let stated = runs.iter().filter_map(|e| e.std_error).sum::<f64>() / count;
    // ends are compared with the slack of a rounding: the greatest value may be the truth
    let holds = |e: &&&Estimate| e.interval.is_some_and(|(low, high)| low <= truth + 1e-12 && truth <= high + 1e-12);
    let covered = runs.iter().filter(holds).count() as f64 / count;
    Row { bias: mean - truth, spread, stated, covered, refused: reps - runs.len() }
}

/// The rows of the table by the columns before the numbers.
fn counted() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| laws"));
    rows.map(|line| (key_of(line), format!("{line}\n"))).collect()
}

/// Laws, dimension, divergence, truth, estimator and sizes.
fn key_of(line: &str) -> String {
    line.split(" | ").take(7).collect::<Vec<_>>().join(" | ")
}

fn write(jobs: &[Job<'_>], rows: &BTreeMap<String, String>) {
    let mut text = format!(
        "# Coverage of the 90 % intervals\n\n\
         Written by `cargo bench --bench coverage`: so many *pairs* of samples a row, drawn for that row; of 200 a share of\n\
         90 % has a standard error of 2.1 points, of 100 one of 3. *Bias* and *spread* are the mean error and the standard\n\
         deviation of the estimates, *stated error* the mean of their standard errors. Where values are cut to those that are\n\
         possible the bias is that of the cut ones. *Covered* is the share of those given, *refused* how many were not. Laws in nats;\n\
         {LN_2:.4} is the greatest `jsd`.\n\n{HEADING}"
    );
    jobs.iter().filter_map(|job| rows.get(&job.key)).for_each(|row| text.push_str(row));
    std::fs::write(FILE, text).expect("benches/coverage.md can be written");
}

/// FNV-1a: every row has draws of its own.
fn seed_of(key: &str) -> u64 {
    key.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn pairs() -> Vec<Pair> {
    let law = |law: fenchel::Result<Law>| law.expect("a law");
    let normal = |mean, deviation| law(Law::normal(mean, deviation));
    let wide =
        |name, more| Pair { name, laws: Laws::Line(Box::new(normal(0.0, 1.0)), Box::new(normal(1.0, 1.0)), more) };
    let mixture = Mixture::new(vec![(0.5, normal(-2.0, 1.0)), (0.5, normal(2.0, 1.0))]).expect("a law");
    let poisson = |rate: f64| {
        let masses: Vec<f64> = (0..24)
            .scan(1.0, |mass, k| {
                *mass *= if k == 0 { 1.0 } else { rate / f64::from(k) };
                Some(*mass)
            })
            .collect();
        let total: f64 = masses.iter().sum();
        masses.into_iter().map(|mass| mass / total).collect::<Vec<f64>>()
    };
    let four = vec![0.3, 0.3, 0.2, 0.2];
    vec![
        Pair::line("N(0, I), N(0, I)", normal(0.0, 1.0), normal(0.0, 1.0)),
        wide("N(0, I), N(1 e₁, I)", 0),
        Pair::line("N(0, I), N(0.5 e₁, 1.5² I)", normal(0.0, 1.0), normal(0.5, 1.5)),
        Pair::line("mixture of N(±2, 1), N(0, 2²)", mixture, normal(0.0, 2.0)),
        Pair::line("exponential of rates 1, 1/2", law(Law::exponential(1.0)), law(Law::exponential(0.5))),
        Pair::line("uniform on [0, 1], [0, 2]", law(Law::uniform(0.0, 1.0)), law(Law::uniform(0.0, 2.0))),
        Pair::line(
            "Student's t of 2, shifted by 1",
            law(Law::student_t(2.0, 0.0, 1.0)),
            law(Law::student_t(2.0, 1.0, 1.0)),
        ),
        Pair::line("uniform on [0, 1], [2, 3]", law(Law::uniform(0.0, 1.0)), law(Law::uniform(2.0, 3.0))),
        wide("N(0, I), N(1 e₁, I)", 1),
        wide("N(0, I), N(1 e₁, I)", 4),
        wide("N(0, I), N(1 e₁, I)", 9),
        Pair { name: "four cells, the same", laws: Laws::Cells(four.clone(), four.clone()) },
        Pair { name: "four cells, others", laws: Laws::Cells(four, vec![0.1, 0.2, 0.3, 0.4]) },
        Pair { name: "Poisson of rates 3, 4", laws: Laws::Cells(poisson(3.0), poisson(4.0)) },
        Pair {
            name: "N(0, 1) and a coin of 1/2, N(1, 1) and one of 1/5",
            laws: Laws::Mixed(Box::new(normal(0.0, 1.0)), Box::new(normal(1.0, 1.0)), (0.5, 0.2)),
        },
    ]
}

/// A row of the table.
struct Job<'a> {
    key: String,
    pair: &'a Pair,
    kind: Kind,
    truth: f64,
    label: &'static str,
    estimator: &'a (dyn Estimator + Sync),
    sizes: (usize, usize),
}

impl Job<'_> {
    fn has(&self, word: &str) -> bool {
        let sizes = format!("{}:{}", self.sizes.0, self.sizes.1);
        self.pair.name.contains(word) || self.label.contains(word) || self.kind.to_string() == word || sizes == word
    }
}

type Named = (&'static str, Box<dyn Estimator + Sync>);

fn jobs<'a>(pair: &'a Pair, estimators: &'a [Named]) -> Vec<Job<'a>> {
    let d = pair.dimension();
    let mut jobs = Vec::new();
    for name in ["kl", "jsd", "tv", "hockey_stick:2"] {
        let kind: Kind = name.parse().expect("a divergence");
        let Kind::F(f) = kind else { unreachable!("all of them are") };
        let Some(truth) = pair.truth(&f).filter(|t| t.is_finite()) else { continue };
        for (label, estimator) in estimators.iter().filter(|(_, estimator)| estimator.supports(&kind, d)) {
            for (n, m) in SIZES {
                // for laws that are not Gaussian the Gaussian fits estimate another number
                let wrong_model = *label == "gaussian" && !pair.name.starts_with("N(0, I)");
                // pairs in many dimensions cost n² d, kernels n² at every try of a bandwidth
                let slow = match n.max(m) {
                    20_000 => d > 1 || label.contains("kde"),
                    4000 | 5000 => d > 2 || label.contains("kde"),
                    1000 => label.contains("leave"),
                    _ => false,
                };
                // for unequal sizes only the default options are tried
                let minor = n != m && label.contains(',');
                let no_density = !matches!(pair.laws, Laws::Line(..)) && *label != "histogram";
                if !(wrong_model || slow || minor || no_density) {
                    let key = format!("| {} | {d} | {name} | {truth:.4} | {label} | {n} | {m}", pair.name);
                    jobs.push(Job { key, pair, kind, truth, label, estimator: estimator.as_ref(), sizes: (n, m) });
                }
            }
        }
    }
    jobs
}

fn main() {
    let mut words: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let mut reps = 200;
    if let Some(at) = words.iter().position(|w| w == "--replications") {
        reps = words.get(at + 1).and_then(|w| w.parse().ok()).expect("a number after --replications");
        words.drain(at..=at + 1);
    }
    let estimators: [Named; 6] = [
        ("gaussian", Box::new(GaussianPlugIn::new())),
        ("histogram", Box::new(HistogramPlugIn::new())),
        ("knn", Box::new(Knn::new())),
        ("knn, k = 5", Box::new(Knn::new().k(5))),
        ("kde", Box::new(Kde::new())),
        ("kde, leave one out", Box::new(Kde::new().bandwidth(Bandwidth::LeaveOneOut))),
    ];
    let mut rows = counted();
    let pairs = pairs();
    let jobs: Vec<Job<'_>> = pairs.iter().flat_map(|pair| jobs(pair, &estimators)).collect();
    let started = Instant::now();
    for job in jobs.iter().filter(|job| words.iter().all(|word| job.has(word))) {
        let seed = seed_of(&job.key);
        let one = |task: u64| {
            let (x, y) = job.pair.draw(job.sizes.0, job.sizes.1, seed, task);
            job.estimator.estimate(&x, &y, job.kind).ok()
        };
        let Row { bias, spread, stated, covered, refused } = study(one, job.truth, reps);
        let line = format!(
            "{} | {reps} | {bias:+.4} | {spread:.4} | {stated:.4} | {:.1} % | {refused} |\n",
            job.key,
            100.0 * covered
        );
        eprint!("{:6.0} s {line}", started.elapsed().as_secs_f64());
        rows.insert(job.key.clone(), line);
        write(&jobs, &rows);
    }
    write(&jobs, &rows);
}
