//! Standard errors and p-values over repeated samples.

use super::*;

/// Mean standard error over the spread of the values, over seeds.
fn ratio(runs: u64, one: impl Fn(u64) -> Estimate) -> f64 {
    let estimates: Vec<Estimate> = (0..runs).map(one).collect();
    let n = runs as f64;
    let mean = estimates.iter().map(|e| e.value).sum::<f64>() / n;
    let spread = (estimates.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    estimates.iter().map(|e| e.std_error.unwrap()).sum::<f64>() / n / spread
}

fn drawn(seed: u64, n: usize, d: usize, shift: f64) -> (Empirical, Empirical) {
    (law(normal(n, d, seed, 0)), law(normal(n, d, seed, 1) * 1.2 + shift))
}

#[test]
fn standard_errors_match_the_spread_over_seeds() {
    type Score = fn(&Empirical, &Empirical) -> Estimate;
    let scores: [(&str, Score, f64, f64); 15] = [
        ("frechet", |x, y| frechet::frechet(&pair(x, y), Permutations::none()).unwrap(), 0.8, 1.25),
        ("energy", |x, y| energy::energy(&pair(x, y), Permutations::none()).unwrap(), 0.8, 1.25),
        ("mmd", |x, y| kernel::mmd(&pair(x, y), &Kernel::default(), Permutations::none()).unwrap(), 0.8, 1.25),
        ("kid", |x, y| kernel::kid(&pair(x, y), Permutations::none()).unwrap(), 0.7, 1.25),
        ("frechet_infinity", |x, y| frechet::infinity(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.25),
        ("w1", |x, y| transport::w1(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.25),
        ("w2", |x, y| transport::w2(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.25),
        ("sliced_w2", |x, y| transport::sliced_w2(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.35),
        ("c2st", |x, y| classifier::c2st(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.25),
        ("precision", |x, y| Neighbours::new(&pair(x, y), 5, Permutations::none()).unwrap().precision(), 0.8, 1.5),
        ("recall", |x, y| Neighbours::new(&pair(x, y), 5, Permutations::none()).unwrap().recall(), 0.8, 1.5),
        ("density", |x, y| Neighbours::new(&pair(x, y), 5, Permutations::none()).unwrap().density(), 0.8, 1.5),
        ("coverage", |x, y| Neighbours::new(&pair(x, y), 5, Permutations::none()).unwrap().coverage(), 0.8, 1.5),
        // given the real or the training sample, which is what their errors say
        (
            "vendi",
            |_, y| {
                vendi(&pair(&law(normal(120, 3, 999, 0)), y), Similarity::Gaussian, 1.0, Permutations::none()).unwrap()
            },
            0.8,
            1.25,
        ),
        ("authenticity", |_, y| authenticity(&pair(&law(normal(120, 3, 999, 0)), y)), 0.8, 1.25),
    ];
    for (name, score, low, high) in scores {
        let found = ratio(150, |seed| {
            let (x, y) = drawn(seed, 120, 3, 0.8);
            score(&x, &y)
        });
        eprintln!("{name}: {found:.3}");
        assert!((low..high).contains(&found), "{name}: {found}");
    }
}

#[test]
fn p_values_are_uniform_where_the_laws_agree() {
    for score in [energy::energy, mmd, kernel::kid, frechet::frechet, transport::sliced_w2] {
        let mut p: Vec<f64> = (0..120)
            .map(|seed| {
                let (x, y) = (law(normal(25, 2, seed, 0)), law(normal(20, 2, seed, 1)));
                score(&pair(&x, &y), Permutations::new(99, seed)).unwrap().p_value.unwrap()
            })
            .collect();
        p.sort_by(f64::total_cmp);
        let far = p.iter().enumerate().map(|(i, p)| (p - (i as f64 + 0.5) / 120.0).abs()).fold(0.0, f64::max);
        // Kolmogorov-Smirnov at the 0.1 % level: 1.95/√120 = 0.178
        assert!(far < 0.178, "{far}");
    }
}

/// For equal laws a value is one of those that the baseline is the mean of. Half of the real rows against the other half would have twice the
/// bias.
#[test]
fn baselines_are_at_the_sizes_of_the_comparison() {
    let metrics = [
        Metric::Frechet,
        Metric::Energy,
        Metric::W2,
        Metric::SlicedW2,
        Metric::SinkhornDivergence,
        Metric::C2st,
        Metric::Precision,
        Metric::Recall,
        Metric::Coverage,
    ];
    let card = Scorecard::new().metrics(&metrics).permutations(20);
    let runs: Vec<Vec<Estimate>> = (0..16)
        .map(|seed| card.score(&law(normal(90, 8, seed, 0)), &law(normal(60, 8, seed, 1)), None).unwrap())
        .collect();
    for k in 0..metrics.len() {
        let far = |run: &Vec<Estimate>| (run[k].value - run[k].baseline.unwrap()) / run[k].baseline_spread.unwrap();
        let mean = runs.iter().map(far).sum::<f64>() / runs.len() as f64;
        // of 16 values with spread one the mean has a spread of 1/4
        assert!(mean.abs() < 1.1, "{}: {mean} spreads away", metrics[k]);
    }
}

/// Nominal 90 %, of laws whose distance is known; `benches/coverage_scores.md` counts many more.
#[test]
fn intervals_hold_the_value_of_the_laws() {
    type Score = fn(&Pair<'_>, Permutations) -> fenchel::Result<Estimate>;
    let scores: [(&str, Score, f64); 4] = [
        ("frechet", frechet::frechet, 1.0),
        ("sliced_w2", transport::sliced_w2, 0.5),
        ("w2", transport::w2, 1.0),
        ("sinkhorn_divergence", transport::sinkhorn_divergence, 1.0),
    ];
    const RUNS: u64 = 40;
    for (name, score, shifted) in scores {
        // a unit shift in four dimensions, of which a slice sees half; and no shift
        for (shift, truth) in [(1.0, shifted), (0.0, 0.0)] {
            let holds = |seed: &u64| {
                let (x, mut y) = (normal(80, 4, *seed, 2), normal(80, 4, *seed, 3));
                y.column_mut(0).mapv_inplace(|v| v + shift);
                let found = score(&pair(&law(x), &law(y)), Permutations::new(9, 0)).unwrap();
                let (low, high) = found.interval.unwrap();
                // over 200 directions a slice sees half only nearly
                low <= truth * 1.03 && truth * 0.97 <= high
            };
            let held = (0..RUNS).filter(holds).count();
            assert!(held >= 31, "{name} shifted by {shift}: {held} of {RUNS}");
        }
    }
}
