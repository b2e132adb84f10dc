//! The time of the exact solver from one size to the next:  `cargo bench --bench smooth`.
//!
//! The solver changes its method with the size, the dimension and the weights of a problem. Sizes grow by a tenth from 32 to
//! 1024; a step that takes more than twice as long as the one before (and a tenth of a millisecond more) is a cliff, and the
//! bench fails. Times are the best of several runs on one thread.

use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Ground, Problem};
use ndarray::Array2;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::io::Write;
use std::time::Instant;

/// The most that a step of a tenth may multiply the time by: growth as n³ alone makes 1.33.
const STEP: f64 = 2.0;
/// A difference in seconds too small to be a cliff.
const NOTHING: f64 = 1e-4;

fn cloud(n: usize, d: usize, shift: f64, uneven: bool, seed: u64) -> Empirical {
    let mut rng = stream(seed, n as u64);
    let points = Array2::from_shape_simple_fn((n, d), || {
        let z: f64 = StandardNormal.sample(&mut rng);
        z + shift
    });
    if !uneven {
        return Empirical::new(points).expect("finite points");
    }
    let w: Vec<f64> = (0..n).map(|_| rng.random::<f64>() + 0.05).collect();
    let total: f64 = w.iter().sum();
    Empirical::weighted(points, w.iter().map(|w| w / total).collect::<Vec<f64>>()).expect("weights")
}

/// The median over three problems of the best of several runs, and the method.
fn seconds(n: usize, d: usize, uneven: bool) -> (f64, String) {
    let mut times = Vec::new();
    let mut method = String::new();
    for seed in 0..3 {
        let (x, y) = (cloud(n, d, 0.0, uneven, 2 * seed), cloud(n, d, 0.5, uneven, 2 * seed + 1));
        let problem = Problem::between(&x, &y, Ground::SqEuclidean).expect("a problem");
        let mut best = f64::INFINITY;
        for _ in 0..5 {
            let start = Instant::now();
            method = std::hint::black_box(Exact::new().solve(&problem).expect("a solution")).report.method.into_owned();
            best = best.min(start.elapsed().as_secs_f64());
        }
        times.push(best);
    }
    times.sort_by(f64::total_cmp);
    (times[1], method)
}

fn main() {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let mut out = std::io::stdout().lock();
    let mut cliffs = 0;
    for (d, uneven) in [(2, false), (2, true), (8, false), (8, true), (64, false), (64, true)] {
        let mut last = f64::INFINITY;
        let mut size = 32.0;
        while size <= 1024.0 {
            let n = size as usize;
            let (time, method) = pool.install(|| seconds(n, d, uneven));
            let cliff = time > STEP * last + NOTHING;
            cliffs += usize::from(cliff);
            let weights = if uneven { "rand" } else { "unif" };
            writeln!(
                out,
                "{d:3}-D {weights} n = {n:5}: {:8.3} ms  {method}{}",
                1e3 * time,
                if cliff { "  CLIFF" } else { "" }
            )
            .expect("stdout is open");
            last = time;
            size *= 1.1;
        }
    }
    assert_eq!(cliffs, 0, "cliffs");
}
