//! The scorecard and what its estimates carry.

use super::*;
use std::ops::ControlFlow;

#[test]
fn the_bias_of_frechet_is_extrapolated_away() {
    let run = |seed| {
        let (x, y) = (law(normal(200, 8, seed, 0)), law(normal(200, 8, seed, 1)));
        (
            frechet::frechet(&pair(&x, &y), Permutations::none()).unwrap().value,
            frechet::infinity(&pair(&x, &y), Permutations::none()).unwrap().value,
        )
    };
    let runs: Vec<(f64, f64)> = (0..30).map(run).collect();
    let mean = |of: &dyn Fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / 30.0;
    let (plain, extrapolated) = (mean(&|r| r.0), mean(&|r| r.1));
    assert!(plain > 0.2 && extrapolated.abs() < 0.15 * plain, "{plain} {extrapolated}");
}

#[test]
fn transport_beyond_its_limit_says_that_it_subsampled() {
    let rows = transport::EXACT_ROWS + 20;
    let (x, y) = (normal(rows, 2, 1, 0), law(normal(50, 2, 1, 1)));
    let line = law(x.slice(s![.., ..1]).to_owned());
    let whole = law(x.slice(s![..1500, ..]).to_owned());
    let estimate = transport::w1(&pair(&law(x), &y), Permutations::new(0, 3)).unwrap();
    let said = "mean of 3 subsamples of 10000 and 50 rows, seed 3, standard deviation";
    assert!(estimate.parameters.contains(said), "{}", estimate.parameters);
    // the rows that were used are the rows that are shown
    assert_eq!((estimate.n, estimate.m), (10_000, 50));
    let exact = transport::w1(&pair(&whole, &y), Permutations::new(0, 3)).unwrap();
    assert!((exact.n, exact.m) == (1500, 50) && !exact.parameters.contains("subsamples"));
    let solution = fenchel::transport::wasserstein(&whole, &y, fenchel::transport::Ground::Euclidean).unwrap();
    close(exact.value, solution.distance(), 1e-12);
    assert!((estimate.value - exact.value).abs() < 3.0 * exact.std_error.unwrap());
    let few = transport::sinkhorn_divergence(&pair(&whole, &y), Permutations::new(0, 3)).unwrap();
    assert_eq!((few.n, few.m), (fenchel::score::MOST_ROWS, 50));
    assert!(
        !transport::w1(&pair(&line, &law(normal(50, 1, 1, 1))), Permutations::new(0, 3))
            .unwrap()
            .parameters
            .contains("subsamples")
    );
}

#[test]
fn a_classifier_sees_only_differences() {
    let x = law(normal(200, 2, 4, 0));
    let at = |shift: f64| {
        classifier::c2st(&pair(&x, &law(normal(150, 2, 4, 1) + shift)), Permutations::new(200, 0)).unwrap()
    };
    assert!((at(0.0).value - 0.5).abs() < 0.12 && at(0.0).p_value.unwrap() > 0.02);
    assert!(at(3.0).value > 0.97 && at(3.0).p_value.unwrap() < 0.01);
    // total variation of two unit Gaussians at distance δ√2: erf(δ/2)
    let (bound, tv) = (2.0 * at(1.0).value - 1.0, 0.5205);
    assert!(bound < tv + 3.0 * 2.0 * at(1.0).std_error.unwrap() && bound > 0.3, "{bound}");
}

#[test]
fn a_classifier_that_is_always_right_on_few_points_proves_little() {
    let (x, y) = (law(array![[0.0], [1.0], [2.0], [3.0]]), law(array![[90.0], [91.0], [92.0], [93.0]]));
    let estimate = classifier::c2st(&pair(&x, &y), Permutations::none()).unwrap();
    assert_eq!((estimate.value, estimate.std_error), (1.0, Some(0.0)));
    let (low, high) = estimate.interval.unwrap();
    // Wilson's interval of 8 in 8, since every row is classified: 8/(8 + z²)
    close(low, 8.0 / (8.0 + 1.644_853_626_951_472_2_f64.powi(2)), 1e-12);
    assert_eq!(high, 1.0);
}

#[test]
fn names_go_both_ways() {
    for &metric in Metric::all() {
        assert_eq!(metric.to_string().parse::<Metric>().unwrap(), metric);
    }
    assert!(matches!("fid".parse::<Metric>(), Err(Error::UnknownName { what: "metric", .. })));
}

/// The times themselves are measured by `benches/forecast.rs`.
#[test]
fn forecasts_are_positive_and_grow_with_rows_and_columns() {
    for &metric in Metric::all() {
        let of = |n: usize, d: usize| metric.forecast(n, n, d);
        assert!(of(2, 1) > 0.0, "{metric}");
        // energy on the line is sorted, and w1 and w2 take subsamples of many rows
        for (n, d) in [(100, 2), (400, 16), (1500, 16)] {
            let most_rows = metric == Metric::SinkhornDivergence && n > 1000;
            assert!(of(2 * n, d) > of(n, d) || most_rows, "{metric}, {n} rows");
            // a fit of mixtures takes fewer rounds the more columns there are
            assert!(of(n, 4 * d) > of(n, d) || metric == Metric::Fld, "{metric}, {d} columns");
        }
        // where there are more real rows vendi draws several samples of them
        let jumps = (of(5000, 32) - metric.forecast(5000, 4999, 32)).abs() > 0.01 * of(5000, 32);
        assert!(!jumps || metric == Metric::Vendi, "{metric} jumps");
    }
}

#[test]
fn a_forecast_follows_the_choices_and_counts_once_what_is_shared() {
    let sample = law(normal(500, 12, 3, 0));
    let all = Scorecard::new();
    let forecast = |card: &Scorecard| card.forecast(&sample, &sample, Some(&sample)).unwrap();
    let of = |card: &Scorecard, metric: Metric| forecast(card).into_iter().find(|(m, _)| *m == metric).unwrap().1;
    assert_eq!(forecast(&all).into_iter().map(|(metric, _)| metric).collect::<Vec<_>>(), Metric::all());
    for metric in [Metric::FrechetInfinity, Metric::C2stAuc, Metric::C2stLogisticAuc, Metric::Recall, Metric::Coverage]
    {
        assert_eq!(of(&all, metric), 0.0, "{metric}");
        assert!(of(&all.clone().metrics(&[metric]), metric) > 0.0, "{metric}");
    }
    let plain = all.clone().baseline(false);
    for metric in [Metric::Frechet, Metric::W1, Metric::SlicedW2, Metric::KlKnn, Metric::Precision, Metric::Vendi] {
        assert!(of(&plain, metric) < of(&all, metric), "{metric}");
    }
    let none = all.clone().permutations(0);
    for metric in [Metric::Energy, Metric::Mmd, Metric::Kid, Metric::MmdAgg, Metric::C2st, Metric::C2stLogistic] {
        assert!(of(&none, metric) < of(&all, metric), "{metric}");
    }
    let wide = Kernel::default().bandwidths(&[1.0, 2.0, 4.0, 8.0]);
    assert!(of(&all.clone().kernel(wide), Metric::Mmd) > of(&all, Metric::Mmd));
    assert!(of(&all.clone().compat(Compat::TorchFidelity), Metric::Kid) > of(&all, Metric::Kid));
    assert!(matches!(all.forecast(&sample, &law(normal(9, 3, 0, 0)), None), Err(Error::SizeMismatch { .. })));
}

#[test]
fn every_estimate_carries_its_uncertainty_and_baseline() {
    let (x, y) = (law(normal(60, 3, 1, 0)), law(normal(50, 3, 1, 1) + 0.5));
    let mut seen = Vec::new();
    let scores = Scorecard::new()
        .score_with(&x, &y, Some(&x), |m| {
            seen.push(m);
            ControlFlow::Continue(())
        })
        .unwrap();
    let scores: Vec<Estimate> = scores.into_iter().map(|(_, found)| found.unwrap()).collect();
    assert_eq!(seen, Metric::all());
    for (score, metric) in scores.iter().zip(Metric::all()) {
        assert_eq!(score.name, metric.name());
        assert_eq!((score.n, score.m, score.dimension), (60, 50, 3));
        assert!(score.baseline.is_some() && score.std_error.is_some(), "{score:?}");
        let (low, high) = score.interval.unwrap();
        assert!(low < high, "{score:?}");
        assert!(FOR_LAWS.contains(metric) || (low <= score.value && score.value <= high), "{score:?}");
        // scores that look at one sample are compared with the real one, and FLD with the training sample
        let untested = matches!(metric, Metric::Vendi | Metric::Authenticity | Metric::Fld);
        // by Fisher's test, and with the relabellings of `frechet`
        let without = matches!(metric, Metric::Copies | Metric::FrechetInfinity);
        assert_eq!(score.parameters.contains("relabellings"), !untested && !without, "{score:?}");
        assert!(untested != score.p_value.is_some(), "{score:?}");
    }
}

#[test]
fn bad_input_is_named() {
    let x = law(normal(10, 3, 1, 0));
    let wide = law(normal(10, 4, 1, 0));
    let single = law(normal(1, 3, 1, 0));
    let card = Scorecard::new().permutations(0);
    assert!(matches!(card.score(&x, &wide, None), Err(Error::SizeMismatch { left_size: 3, right_size: 4, .. })));
    assert!(matches!(card.score(&x, &single, None), Err(Error::TooFew { found: 1, needed: 2, .. })));
    assert!(matches!(card.score(&single, &x, None), Err(Error::TooFew { .. })));
    for k in [0, 10, 11, 1 << 62, usize::MAX] {
        let asked = card.clone().metrics(&[Metric::Precision]).k(k).score(&x, &x, None);
        assert!(matches!(asked, Err(Error::OutOfDomain { .. })), "{k}");
        assert!(
            matches!(information::kl_knn(&pair(&x, &x), k, Permutations::none()), Err(Error::OutOfDomain { .. })),
            "{k}"
        );
    }
    for score in [energy::energy, mmd, kernel::kid, classifier::c2st, fenchel::score::aggregated::mmd_agg] {
        for count in [1_000_001, 100_000_000_000, usize::MAX] {
            let refused = score(&pair(&x, &x), Permutations::new(count, 0));
            assert!(matches!(refused, Err(Error::OutOfDomain { .. })), "{count}");
        }
    }
    // unless they are asked for, scores of more neighbours than there are rows are left out
    let scores = card.clone().k(10).score(&x, &x, None).unwrap();
    assert!(scores.iter().any(|s| s.name == "energy") && scores.iter().all(|s| s.name != "precision"));
    let explicit = card.clone().metrics(&[Metric::Authenticity]).score(&x, &x, None);
    assert!(matches!(explicit, Err(Error::Unsupported { .. })));
    let weighted = Empirical::weighted(array![[0.0], [1.0]], vec![0.25, 0.75]).unwrap();
    assert!(matches!(card.score(&weighted, &weighted, None), Err(Error::Unsupported { .. })));
    let huge = law(array![[0.0], [1e200]]);
    assert!(matches!(card.clone().k(1).score(&huge, &huge, None), Err(Error::OutOfDomain { .. })));
    // without permutations there is no baseline, and no interval of what is biased
    let scores = card.k(5).score(&x, &x, None).unwrap();
    assert!(scores.iter().all(|s| s.baseline.is_none() && s.p_value.is_none()));
    let of_laws = |s: &&Estimate| FOR_LAWS.contains(&s.name.parse().unwrap());
    assert!(scores.iter().filter(of_laws).all(|s| s.interval.is_none() || s.name == "energy"));
}
