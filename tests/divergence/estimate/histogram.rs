//! Histograms: bins, empty bins, corrections, and what bins hide.

use super::*;
use fenchel::measure::Pmf;

fn uniform(n: usize, from: f64, to: f64, task: u64) -> Empirical {
    let mut rng = stream(17, task);
    Empirical::new(Array2::from_shape_simple_fn((n, 1), || rng.random_range(from..to))).unwrap()
}

#[test]
fn laws_that_do_not_overlap_have_the_greatest_value_and_an_error() {
    let (x, y) = (uniform(200, 0.0, 1.0, 0), uniform(200, 2.0, 3.0, 1));
    let found = HistogramPlugIn::new().estimate(&x, &y, kind("jsd")).unwrap();
    assert_eq!((found.value, found.interval.unwrap().1), (2f64.ln(), 2f64.ln()));
    // 200 rows do not rule out a common mass of a percent
    assert!((0.005..0.1).contains(&found.std_error.unwrap()), "{found:?}");
    assert!(found.interval.unwrap().0 < 0.99 * 2f64.ln(), "{found:?}");
}

#[test]
fn the_interval_reaches_for_what_bins_hide_and_given_edges_hide_nothing() {
    let (x, y) = (uniform(1000, 0.0, 1.0, 2), uniform(1000, 0.0, 2.0, 3));
    let sides = |bins: Binning| {
        let found = HistogramPlugIn::new().bins(bins).estimate(&x, &y, kind("jsd")).unwrap();
        let (low, high) = found.interval.unwrap();
        (found.value - low, high - found.value)
    };
    // the jump at one is in the middle of a bin
    let (below, above) = sides(Binning::Equal(5));
    assert!(above > 1.5 * below, "{below} {above}");
    let (below, above) = sides(Binning::Edges(vec![vec![0.0, 0.4, 0.8, 1.2, 1.6, 2.0]]));
    close(above, below, 1e-12, "given edges");
}

/// Between equal numbers `a (1 - t) + a t` need not be `a`.
#[test]
fn repeated_values_make_edges_that_ascend() {
    let column = |copies: usize, of: f64, first: f64| {
        let rest = (0..if first == 0.0 { 10 } else { 12 }).map(|i| first + f64::from(i));
        let rows: Vec<f64> = std::iter::repeat_n(of, copies).chain(rest).collect();
        Empirical::new(Array2::from_shape_vec((rows.len(), 1), rows).unwrap()).unwrap()
    };
    for of in [0.1, 0.3, 0.7, 0.9, 1.1, 1e-3] {
        for copies in 5..60 {
            let (x, y) = (column(copies, of, 0.0), column(copies - 2, of, 0.5));
            for histogram in [
                HistogramPlugIn::new(),
                HistogramPlugIn::new().bins(Binning::FreedmanDiaconis),
                HistogramPlugIn::new().bins(Binning::Quantiles(30)),
            ] {
                let found = histogram.estimate(&x, &y, kind("jsd")).unwrap();
                // the copies share a bin, or it would be near ln 2
                assert!(found.value < 0.6, "{found:?}");
            }
        }
    }
}

/// Rows of a law on the cells 0, 1, 2, ...
fn cells(law: &[f64], n: usize, task: u64) -> Empirical {
    let mut rng = stream(21, task);
    let draw = || {
        let u: f64 = rng.random();
        let mut sum = 0.0;
        law.iter()
            .position(|p| {
                sum += p;
                u < sum
            })
            .unwrap_or(law.len() - 1) as f64
    };
    Empirical::new(Array2::from_shape_simple_fn((n, 1), draw)).unwrap()
}

fn on_cells(count: usize) -> HistogramPlugIn {
    let edges = (0..=count).map(|i| i as f64 - 0.5).collect();
    HistogramPlugIn::new().bins(Binning::Edges(vec![edges])).empty(EmptyBins::Exact)
}

fn mean_of(reps: u64, n: usize, m: usize, law: &[f64], estimator: &HistogramPlugIn, name: &str) -> (f64, f64) {
    let values: Vec<f64> = (0..reps)
        .map(|r| {
            let (x, y) = (cells(law, n, 2 * r), cells(law, m, 2 * r + 1));
            uncut(&estimator.estimate(&x, &y, kind(name)).unwrap())
        })
        .collect();
    let mean = values.iter().sum::<f64>() / reps as f64;
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / reps as f64;
    (mean, (variance / reps as f64).sqrt())
}

/// Row O167 of the oracles: `(K-1)/8 (1/n + 1/m)` for jsd of two samples of one law on K = 50 cells, and
/// `(K-1)/2 (1/n + 1/m)` for kl; both corrections take it off.
#[test]
fn has_the_bias_of_the_oracle_and_the_corrections_take_it_off() {
    let oracles = include_str!("../../golden/oracles.csv");
    let row = oracles.lines().find(|line| line.starts_with("O167,")).unwrap();
    let expected: f64 = row.rsplit('"').next().unwrap().split(',').nth(1).unwrap().parse().unwrap();
    assert_eq!(expected, 0.01225);
    let law = [0.02; 50];
    let plain = on_cells(50).correction(BiasCorrection::None);
    let (jsd, _) = mean_of(2000, 1000, 1000, &law, &plain, "jsd");
    close(jsd / expected, 1.0, 0.05, "jsd");
    let (kl, _) = mean_of(400, 1000, 1500, &law, &plain, "kl");
    close(kl / (24.5 * (1e-3 + 1.0 / 1500.0)), 1.0, 0.08, "kl");
    let (corrected, _) = mean_of(400, 1000, 1000, &law, &on_cells(50), "jsd");
    close(corrected / expected, 0.0, 0.06, "Miller-Madow");
    let jackknife = on_cells(50).correction(BiasCorrection::Jackknife);
    let (corrected, _) = mean_of(40, 1000, 1000, &law, &jackknife, "jsd");
    close(corrected / expected, 0.0, 0.12, "jackknife");
}

#[test]
fn is_the_divergence_of_the_shares() {
    let (x, y) = (cells(&[0.5, 0.3, 0.2], 400, 1), cells(&[0.2, 0.3, 0.5], 300, 2));
    let shares = |s: &Empirical| {
        let count = |c: f64| s.points().iter().filter(|v| **v == c).count() as f64 / s.len() as f64;
        Pmf::normalised([count(0.0), count(1.0), count(2.0)]).unwrap()
    };
    for k in Kind::all() {
        let estimate = on_cells(3).correction(BiasCorrection::None).estimate(&x, &y, k).unwrap();
        close(estimate.value, k.evaluate(&shares(&x), &shares(&y)).unwrap().value, 1e-14, &k.to_string());
    }
    // the Miller-Madow correction of an entropy: cells less one over 2n, and for q the like
    let none = on_cells(3).correction(BiasCorrection::None).estimate(&x, &y, kind("kl")).unwrap().value;
    let (p, q) = (shares(&x), shares(&y));
    let from_q: f64 = p.masses().iter().zip(q.masses()).map(|(p, q)| p / q * (1.0 - q)).sum();
    let bias = 2.0 / 800.0 + from_q / 600.0;
    close(on_cells(3).estimate(&x, &y, kind("kl")).unwrap().value, none - bias, 1e-9, "kl corrected");
    // leaving every row out in turn, by hand
    let jackknife = on_cells(3).correction(BiasCorrection::Jackknife);
    let plain = |x: &Empirical, y: &Empirical| {
        on_cells(3).correction(BiasCorrection::None).estimate(x, y, kind("jsd")).unwrap().value
    };
    let (few_x, few_y) = (cells(&[0.5, 0.3, 0.2], 30, 1), cells(&[0.2, 0.3, 0.5], 20, 2));
    let whole = plain(&few_x, &few_y);
    let without = |s: &Empirical, i: usize| {
        let rows: Vec<usize> = (0..s.len()).filter(|&j| j != i).collect();
        Empirical::new(s.points().select(Axis(0), &rows)).unwrap()
    };
    let x_bias = 29.0 * ((0..30).map(|i| plain(&without(&few_x, i), &few_y)).sum::<f64>() / 30.0 - whole);
    let y_bias = 19.0 * ((0..20).map(|i| plain(&few_x, &without(&few_y, i))).sum::<f64>() / 20.0 - whole);
    let got = jackknife.estimate(&few_x, &few_y, kind("jsd")).unwrap().value;
    close(got, whole - x_bias - y_bias, 1e-12, "jackknife");
}

#[test]
fn states_the_spread_that_it_has() {
    let (p, q) = ([0.5, 0.3, 0.2], [0.2, 0.3, 0.5]);
    for (name, law) in [("kl", q), ("jsd", q), ("renyi:0.5", q), ("jsd", p)] {
        let runs: Vec<Estimate> = (0..400)
            .map(|r| on_cells(3).estimate(&cells(&p, 300, 2 * r), &cells(&law, 200, 2 * r + 1), kind(name)).unwrap())
            .collect();
        let mean = runs.iter().map(uncut).sum::<f64>() / 400.0;
        let spread = (runs.iter().map(|e| (uncut(e) - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
        let stated = (runs.iter().map(|e| e.std_error.unwrap().powi(2)).sum::<f64>() / 400.0).sqrt();
        close(stated / spread, 1.0, 0.25, name);
    }
}

#[test]
fn empty_bins_follow_the_policy() {
    let (x, y) = (cells(&[0.5, 0.5, 0.0], 100, 1), cells(&[0.5, 0.0, 0.5], 100, 2));
    let exact = on_cells(3).estimate(&x, &y, kind("kl")).unwrap();
    assert!(exact.value.is_infinite() && exact.std_error.is_none() && exact.interval.is_none());
    let smooth = on_cells(3).empty(EmptyBins::Additive(0.5)).estimate(&x, &y, kind("kl")).unwrap();
    assert!(smooth.value.is_finite() && smooth.parameters.contains("0.5 rows added"));
    assert!(on_cells(3).estimate(&x, &y, kind("jsd")).unwrap().value.is_finite());
    let bad = on_cells(3).empty(EmptyBins::Additive(-1.0)).estimate(&x, &y, kind("kl"));
    assert!(matches!(bad, Err(Error::OutOfDomain { .. })));
}

#[test]
fn rows_beyond_the_edges_are_in_the_outer_bins_and_grids_are_products() {
    let x = Empirical::new(array![[-9.0, 0.1], [0.1, 0.1], [0.9, 9.0], [0.9, 0.9]]).unwrap();
    let y = Empirical::new(array![[0.2, 0.2], [0.2, 0.8], [0.8, 0.2], [0.8, 0.8]]).unwrap();
    let halves = vec![0.0, 0.5, 1.0];
    let histogram = HistogramPlugIn::new()
        .bins(Binning::Edges(vec![halves.clone(), halves.clone()]))
        .empty(EmptyBins::Exact)
        .correction(BiasCorrection::None);
    // shares (1/2, 0, 0, 1/2) against quarters
    close(histogram.estimate(&x, &y, kind("kl")).unwrap().value, 2f64.ln(), 1e-15, "kl");
    let wrong = HistogramPlugIn::new().bins(Binning::Edges(vec![halves]));
    assert!(matches!(wrong.estimate(&x, &y, kind("kl")), Err(Error::SizeMismatch { unit: "columns", .. })));
    let falling = HistogramPlugIn::new().bins(Binning::Edges(vec![vec![1.0, 0.0]; 2]));
    assert!(matches!(falling.estimate(&x, &y, kind("kl")), Err(Error::OutOfDomain { .. })));
    let many = HistogramPlugIn::new().bins(Binning::Equal(3000));
    assert!(matches!(many.estimate(&x, &y, kind("kl")), Err(Error::OutOfDomain { .. })));
    assert!(matches!(
        HistogramPlugIn::new().bins(Binning::Quantiles(0)).estimate(&x, &y, kind("kl")),
        Err(Error::TooFew { unit: "bins", .. })
    ));
}

#[test]
fn five_columns_are_too_many() {
    let (x, y) = (sample(&laws(5).0, 100, 1), sample(&laws(5).0, 100, 2));
    let refused = HistogramPlugIn::new().estimate(&x, &y, kind("kl"));
    assert!(matches!(refused, Err(Error::Unsupported { .. })));
}

#[test]
fn every_rule_is_near_the_closed_form_on_the_line() {
    let (p, q) = laws(1);
    let (x, y) = (sample(&p, 20_000, 1), sample(&q, 20_000, 2));
    for bins in [Binning::Equal(40), Binning::FreedmanDiaconis, Binning::Quantiles(60), Binning::MannWald] {
        let estimate = HistogramPlugIn::new().bins(bins).estimate(&x, &y, kind("jsd")).unwrap();
        within(&estimate, gaussian::jsd(&p, &q).unwrap(), 3.5);
    }
    // a common map that keeps order changes nothing where bins are quantiles
    let curved = |s: &Empirical| Empirical::new(s.points().mapv(f64::exp)).unwrap();
    let of = |x: &Empirical, y: &Empirical| {
        HistogramPlugIn::new().bins(Binning::Quantiles(7)).estimate(x, y, kind("jsd")).unwrap().value
    };
    close(of(&x, &y), of(&curved(&x), &curved(&y)), 1e-3, "quantiles");
}

/// Between laws that end within each other no bin straddles the jump, so the plug-in value is not far too low.
#[test]
fn bounded_laws_have_an_edge_where_they_end() {
    let mean = |histogram: &HistogramPlugIn| {
        let of = |task: u64| {
            let (x, y) = (uniform(1000, 0.0, 1.0, 20 + 2 * task), uniform(1000, 0.0, 2.0, 21 + 2 * task));
            histogram.estimate(&x, &y, kind("kl")).unwrap().value
        };
        (0..20).map(of).sum::<f64>() / 20.0
    };
    let (straddled, ended) =
        (mean(&HistogramPlugIn::new().bins(Binning::Quantiles(42))), mean(&HistogramPlugIn::new()));
    assert!((ended - 2f64.ln()).abs() < 0.025 && straddled < ended, "{straddled} {ended}");
    let (x, y) = (uniform(500, 0.0, 1.0, 5), uniform(400, 0.5, 2.0, 6));
    let jsd = |x, y| HistogramPlugIn::new().estimate(x, y, kind("jsd")).unwrap().value;
    close(jsd(&x, &y), jsd(&y, &x), 1e-8, "symmetry");
}

/// Of discrete laws each value has a bin of its own, the greatest too, and nothing is hidden.
#[test]
fn discrete_laws_are_not_merged() {
    let laws = [
        (vec![0.8, 0.2], vec![0.4, 0.6]),
        (vec![0.5, 0.4, 0.1], vec![0.5, 0.1, 0.4]),
        (vec![0.25, 0.25, 0.25, 0.2, 0.05], vec![0.25, 0.25, 0.25, 0.05, 0.2]),
        (vec![0.1, 0.8, 0.1, 0.0, 0.0], vec![0.1, 0.1, 0.4, 0.2, 0.2]),
    ];
    for (task, (p, q)) in laws.iter().enumerate() {
        let truth = |name: &str| {
            kind(name).evaluate(&Pmf::new(p.clone()).unwrap(), &Pmf::new(q.clone()).unwrap()).unwrap().value
        };
        let (x, y) = (cells(p, 2000, 50 + 2 * task as u64), cells(q, 2000, 51 + 2 * task as u64));
        for name in ["kl", "jsd", "tv"] {
            let found = HistogramPlugIn::new().estimate(&x, &y, kind(name)).unwrap();
            within(&found, truth(name), 3.0);
            assert!(found.parameters.contains("a bin of its own"), "{found:?}");
        }
    }
    let constant = Empirical::new(Array2::<f64>::ones((50, 1))).unwrap();
    assert_eq!(HistogramPlugIn::new().estimate(&constant, &constant, kind("kl")).unwrap().value, 0.0);
}
