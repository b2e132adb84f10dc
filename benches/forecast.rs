//! How long the scores take, and how long it is said that they will:  `cargo bench --bench forecast`.
//!
//! Every score runs alone on one thread at a few sizes, and its processor time stands beside the forecast in `benches/forecast.md`.
//! Words after `--` choose scores. A forecast that is wrong by more than a factor of three fails the bench, but for those of less than
//! three hundredths of a second.

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::score::{Metric, Scorecard};
use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};
use std::collections::BTreeMap;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/forecast.md");
/// Rows of either sample and columns.
const SIZES: [(usize, usize); 9] =
    [(300, 3), (300, 64), (1000, 1), (1000, 16), (1000, 300), (3000, 3), (3000, 8), (3000, 64), (10_000, 16)];
/// Forecasts that nobody waits for.
const NOTHING: f64 = 0.03;

/// The seconds that all threads of this process were on a processor: a machine may do other things beside.
fn processor_seconds() -> f64 {
    let threads = std::fs::read_dir("/proc/self/task").expect("Linux");
    let of_one = |thread: std::fs::DirEntry| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).expect("the schedule of a thread");
        text.split_whitespace().next().and_then(|time| time.parse::<f64>().ok()).expect("nanoseconds")
    };
    1e-9 * threads.map(|thread| of_one(thread.expect("a thread"))).sum::<f64>()
}

fn sample(n: usize, d: usize, task: u64) -> Empirical {
    let mut rng = stream(11, task);
    let points = Array2::from_shape_simple_fn((n, d), || {
        let z: f64 = StandardNormal.sample(&mut rng);
        z + 0.1 * task as f64
    });
    Empirical::new(points).expect("a sample")
}

fn main() {
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().expect("a pool");
    let words: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with("--bench")).collect();
    let text = std::fs::read_to_string(FILE).unwrap_or_default();
    let key_of = |line: &str| line.split(" | ").take(3).collect::<Vec<_>>().join(" | ");
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| score"));
    let mut rows: BTreeMap<String, String> = rows.map(|line| (key_of(line), format!("{line}\n"))).collect();
    let mut wrong = Vec::new();
    let mut order = Vec::new();
    for (n, d) in SIZES {
        let [real, generated, train] = [0, 1, 2].map(|k| sample(n, d, k));
        for &metric in Metric::all() {
            let key = format!("| {metric} | {n} | {d}");
            order.push(key.clone());
            if !(words.is_empty() || words.iter().any(|word| word == metric.name())) {
                continue;
            }
            let card = Scorecard::new().metrics(&[metric]);
            let said = metric.forecast(n, n, d);
            let start = processor_seconds();
            let found = card.score_with(&real, &generated, Some(&train), |_| std::ops::ControlFlow::Continue(()));
            let took = processor_seconds() - start;
            assert!(found.is_ok_and(|found| found[0].1.is_ok()), "{metric} of {n} rows");
            let ratio = said / took;
            eprintln!("{metric:20} {n:6} {d:4}  {said:9.4} s said, {took:9.4} s, ratio {ratio:.2}");
            rows.insert(key.clone(), format!("{key} | {said:.3} | {took:.3} | {ratio:.2} |\n"));
            if !(1.0 / 3.0..=3.0).contains(&ratio) && said.max(took) > NOTHING {
                wrong.push(key);
            }
        }
    }
    let mut page = "# Forecasts of the scores\n\n\
         Written by `cargo bench --bench forecast`: the seconds that `Metric::forecast` says for samples of so many rows each, and those of a processor that the\n\
         score took alone, with its baseline. The last column is their ratio.\n\n\
         | score | n = m | d | said | took | ratio |\n|---|---|---|---|---|---|\n"
        .to_owned();
    order.iter().filter_map(|key| rows.get(key)).for_each(|row| page.push_str(row));
    std::fs::write(FILE, page).expect("benches/forecast.md can be written");
    assert!(wrong.is_empty(), "more than three times off:\n{}", wrong.join("\n"));
}
