//! Samples of different sizes, discrete and mixed data: what is said covers the truth, or is refused with what would work.

use super::*;
use fenchel::divergence::estimate::Variational;
use fenchel::measure::Pmf;

/// How many of so many pairs of samples have intervals that hold the truth; what is refused holds nothing.
fn covered(
    estimator: &dyn Estimator,
    name: &str,
    truth: f64,
    reps: u64,
    draw: impl Fn(u64) -> (Empirical, Empirical),
) -> u64 {
    let holds = |task: u64| {
        let (x, y) = draw(task);
        let found = estimator.estimate(&x, &y, kind(name));
        let interval = found.ok().and_then(|e| e.interval);
        interval.is_some_and(|(low, high)| low <= truth + 1e-12 && truth <= high + 1e-12)
    };
    (0..reps).filter(|&task| holds(task)).count() as u64
}

/// `n` rows of `N(shift, 1)` and `m` of `N(0, 1)`.
fn normals(n: usize, m: usize, shift: f64, task: u64) -> (Empirical, Empirical) {
    let law = Gaussian::univariate(0.0, 1.0).unwrap();
    let moved = Empirical::new(&sample(&law, n, 2 * task + 5001).points() + shift).unwrap();
    (moved, sample(&law, m, 2 * task + 5000))
}

fn column(values: &[f64]) -> Empirical {
    Empirical::new(Array2::from_shape_vec((values.len(), 1), values.to_vec()).unwrap()).unwrap()
}

/// Rows of a law on 0, 1, 2, ...
fn draws(law: &[f64], n: usize, task: u64) -> Empirical {
    let mut rng = stream(23, task);
    let mut one = || {
        let mut left: f64 = rng.random();
        law.iter().position(|p| {
            left -= p;
            left < 0.0
        })
    };
    column(&(0..n).map(|_| one().unwrap_or(law.len() - 1) as f64).collect::<Vec<_>>())
}

#[test]
fn neighbours_cover_whatever_the_sizes() {
    for (n, m, reps) in [(1000, 5000, 6), (200, 1000, 20), (1000, 200, 20), (50, 1000, 20)] {
        let same = covered(&Knn::new(), "jsd", 0.0, reps, |task| normals(n, m, 0.0, task));
        let apart = covered(&Knn::new(), "jsd", 0.111_421_482, reps, |task| normals(n, m, 1.0, task));
        let kl = covered(&Knn::new(), "kl", 0.5, reps, |task| normals(n, m, 1.0, task));
        for (what, count) in [("same law", same), ("jsd", apart), ("kl", kl)] {
            assert!(4 * count >= 3 * reps, "{what} {n} {m}: {count} of {reps}");
        }
    }
    let (x, y) = normals(1000, 5000, 0.0, 1);
    let jsd = Knn::new().estimate(&x, &y, kind("jsd")).unwrap();
    assert!(jsd.value < 0.05 && jsd.parameters.contains("in 5 blocks"), "{jsd:?}");
}

/// Sizes and weights that differ are two names of one thing.
#[test]
fn an_uneven_weight_is_as_uneven_sizes() {
    let (p, q) = (Gaussian::univariate(0.0, 1.0).unwrap(), Gaussian::univariate(1.0, 1.0).unwrap());
    let (x, y) = (sample(&p, 3000, 1), sample(&q, 3000, 2));
    for (w, name) in [(0.1, "js_weighted:0.1"), (0.9, "js_weighted:0.9")] {
        // by the trapezoidal rule
        let density = |t: f64, mean: f64| (-0.5 * (t - mean).powi(2)).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let term = |t: f64| {
            let (p, q) = (density(t, 0.0), density(t, 1.0));
            let mixed = w * p + (1.0 - w) * q;
            w * p * (p / mixed).ln() + (1.0 - w) * q * (q / mixed).ln()
        };
        let truth = (-2000..=2200).map(|i| 0.005 * term(0.005 * f64::from(i))).sum::<f64>();
        within(&Knn::new().estimate(&x, &y, kind(name)).unwrap(), truth, 3.0);
    }
}

#[test]
fn histograms_cover_whatever_the_sizes() {
    for (n, m) in [(1000, 10), (200, 1000), (1000, 200), (50, 5000)] {
        let same = covered(&HistogramPlugIn::new(), "jsd", 0.0, 40, |task| normals(n, m, 0.0, task));
        let apart = covered(&HistogramPlugIn::new(), "jsd", 0.111_421_482, 40, |task| normals(n, m, 1.0, task));
        // ten rows are few, and it is said
        assert!(same >= 30 && (m == 10 || apart >= 28), "{n} {m}: {same} {apart} of 40");
        let (x, y) = normals(n, m, 1.0, 0);
        let warnings = HistogramPlugIn::new().estimate(&x, &y, kind("jsd")).unwrap().warnings;
        // as is that bins for fewer than a thousand hide much
        let said = if m == 10 { "10 rows are few".to_owned() } else { format!("has {} rows", n.min(m)) };
        assert!(warnings.len() == 1 && warnings[0].contains(&said), "{warnings:?}");
    }
    for (n, m) in [(5, 20_000), (20_000, 5)] {
        let (x, y) = normals(n, m, 1.0, 3);
        for name in ["kl", "reverse_kl", "jsd", "tv"] {
            let found = HistogramPlugIn::new().estimate(&x, &y, kind(name)).unwrap();
            let (low, high) = found.interval.unwrap();
            assert!(0.0 <= low && low <= found.value && found.value <= high && high - low > 0.1, "{found:?}");
        }
    }
}

#[test]
fn histograms_of_enough_rows_need_no_warning() {
    for (n, m) in [(1000, 1000), (1000, 5000)] {
        let (x, y) = normals(n, m, 1.0, 0);
        let found = HistogramPlugIn::new().estimate(&x, &y, kind("jsd")).unwrap();
        assert!(found.warnings.is_empty(), "{found:?}");
    }
    // an interval without an upper end is not too short
    let (p, q) = (draws(&[0.4, 0.3, 0.3], 200, 0), draws(&[0.5, 0.5], 100, 1));
    let kl = HistogramPlugIn::new().estimate(&p, &q, kind("kl")).unwrap();
    assert!(kl.warnings.iter().all(|w| !w.contains("the smaller sample")), "{kl:?}");
}

#[test]
fn a_kink_takes_no_noise_for_a_difference() {
    for (n, m) in [(400, 400), (100, 800)] {
        // Φ(1/2) - Φ(-1/2), and Φ(1/2 - ln 2) - 2 Φ(-1/2 - ln 2)
        for (shift, truth, stick) in [(0.0, 0.0, 0.0), (1.0, 0.382_924_923, 0.190_61)] {
            for (estimator, reps) in [(&HistogramPlugIn::new() as &dyn Estimator, 20), (&Kde::new(), 8)] {
                let count = covered(estimator, "tv", truth, reps, |task| normals(n, m, shift, 100 + task));
                assert!(4 * count >= 3 * reps, "tv by {} {n} {m} {shift}: {count} of {reps}", estimator.name());
            }
            let histogram = HistogramPlugIn::new();
            let count = covered(&histogram, "hockey_stick:2", stick, 20, |task| normals(n, m, shift, 200 + task));
            assert!(count >= 15, "hockey stick {n} {m} {shift}: {count} of 20");
        }
    }
}

#[test]
fn atoms_are_recognised_and_a_histogram_answers() {
    let coin: Vec<f64> = (0..100).map(|i| f64::from(i % 2)).collect();
    let (coin, far) = (column(&coin), column(&[14.0; 100]));
    for estimator in [&Knn::new() as &dyn Estimator, &Kde::new()] {
        for name in ["kl", "renyi:0.5"] {
            let refused = estimator.estimate(&coin, &far, kind(name)).unwrap_err();
            assert!(matches!(refused, Error::Unsupported { .. }), "{refused:?}");
            let message = refused.to_string();
            assert!(message.contains("100 of the 100 rows of x") && message.contains("`histogram`"), "{message}");
        }
    }
    let kl = HistogramPlugIn::new().estimate(&coin, &far, kind("kl")).unwrap();
    assert!(kl.value == f64::INFINITY && kl.warnings[0].contains("100 % of x"), "{kl:?}");
    assert_eq!(HistogramPlugIn::new().estimate(&coin, &far, kind("jsd")).unwrap().value, 2f64.ln());
    // a value that only x has: nothing bounds the divergence from above
    let (p, q) = (draws(&[0.4, 0.3, 0.3], 200, 0), draws(&[0.5, 0.5], 100, 1));
    let kl = HistogramPlugIn::new().estimate(&p, &q, kind("kl")).unwrap();
    assert!(kl.interval.unwrap().1 == f64::INFINITY && kl.value.is_finite() && kl.warnings.len() == 1, "{kl:?}");
    assert!(HistogramPlugIn::new().estimate(&q, &p, kind("kl")).unwrap().interval.unwrap().1.is_finite());
}

#[test]
fn discrete_laws_are_covered_at_uneven_sizes() {
    let (p, q) = ([0.3, 0.3, 0.2, 0.2], [0.1, 0.2, 0.3, 0.4]);
    let truth = |name: &str| kind(name).evaluate(&Pmf::new(p).unwrap(), &Pmf::new(q).unwrap()).unwrap().value;
    for (n, m) in [(400, 400), (2000, 100), (100, 10_000)] {
        for name in ["kl", "jsd", "tv"] {
            let count = covered(&HistogramPlugIn::new(), name, truth(name), 40, |task| {
                (draws(&p, n, 2 * task), draws(&q, m, 2 * task + 1))
            });
            assert!(count >= 30, "{name} {n} {m}: {count} of 40");
        }
    }
}

#[test]
fn a_discrete_column_among_others_is_recognised() {
    let mixed = |shift: f64, p: f64, n: usize, task: u64| {
        let mut rng = stream(29, task);
        let base = sample(&Gaussian::univariate(0.0, 1.0).unwrap(), n, 900 + task);
        let coin = Array2::from_shape_simple_fn((n, 1), || f64::from(u8::from(rng.random::<f64>() < p)));
        let line = &base.points() + shift;
        Empirical::new(concatenate(Axis(1), &[line.view(), coin.view()]).unwrap()).unwrap()
    };
    let (x, y) = (mixed(0.0, 0.5, 400, 1), mixed(1.0, 0.2, 300, 2));
    for estimator in [&Knn::new() as &dyn Estimator, &Kde::new()] {
        let message = estimator.estimate(&x, &y, kind("kl")).unwrap_err().to_string();
        assert!(message.contains("column 2 of x is discrete"), "{message}");
    }
    let truth = 0.5 + 0.5 * 2.5f64.ln() + 0.5 * 0.625f64.ln();
    let count = covered(&HistogramPlugIn::new(), "kl", truth, 20, |task| {
        (mixed(0.0, 0.5, 2000, 2 * task), mixed(1.0, 0.2, 1000, 2 * task + 1))
    });
    assert!(count >= 14, "{count} of 20");
}

/// A sample against itself: what is taken off for bias is too much, and the estimate is zero.
#[test]
fn a_sample_is_as_far_from_itself_as_it_should_be() {
    let x = sample(&laws(1).0, 3000, 5);
    for (estimator, name) in [
        (&GaussianPlugIn::new() as &dyn Estimator, "kl"),
        (&HistogramPlugIn::new(), "kl"),
        (&HistogramPlugIn::new(), "jsd"),
        (&HistogramPlugIn::new(), "tv"),
    ] {
        let found = estimator.estimate(&x, &x, kind(name)).unwrap();
        assert!(found.value == 0.0 && found.interval.unwrap().0 == 0.0, "{found:?}");
    }
    // copies are atoms
    assert!(matches!(Knn::new().estimate(&x, &x, kind("kl")), Err(Error::Unsupported { .. })));
}

#[test]
fn binary_pixels_are_no_density() {
    let pixels = |share: f64, task: u64| {
        let mut rng = stream(37, task);
        Empirical::new(Array2::from_shape_simple_fn((60, 784), || f64::from(u8::from(rng.random::<f64>() < share))))
            .unwrap()
    };
    let (x, y) = (pixels(0.2, 0), pixels(0.3, 1));
    for name in ["jsd", "kl"] {
        let message = Knn::new().estimate(&x, &y, kind(name)).unwrap_err().to_string();
        assert!(message.contains("is discrete") && message.contains("`classifier`"), "{message}");
    }
    let bound = Variational::classifier().estimate(&x, &y, kind("jsd")).unwrap();
    let (low, high) = bound.interval.unwrap();
    assert!(0.0 <= low && low <= bound.value && bound.value <= high, "{bound:?}");
}

#[test]
fn columns_that_say_nothing_change_nothing() {
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 300, 1), sample(&q, 200, 2));
    let with = |s: &Empirical| {
        let rows = s.points();
        let tenths = Array2::from_elem((s.len(), 1), 0.1);
        let first = rows.slice(ndarray::s![.., ..1]);
        Empirical::new(concatenate(Axis(1), &[tenths.view(), rows, first, tenths.view()]).unwrap()).unwrap()
    };
    for estimator in [&Knn::new() as &dyn Estimator, &Kde::new(), &GaussianPlugIn::new(), &HistogramPlugIn::new()] {
        let (plain, more) = (
            estimator.estimate(&x, &y, kind("kl")).unwrap(),
            estimator.estimate(&with(&x), &with(&y), kind("kl")).unwrap(),
        );
        close(more.value, plain.value, 1e-12, estimator.name());
        assert!(more.warnings[0].contains("2 columns (1, 5) are constant"), "{more:?}");
        assert!(more.warnings[1].contains("column 4"), "{more:?}");
        assert_eq!((more.dimension, plain.dimension), (5, 2));
    }
}

#[test]
fn kernels_take_what_they_need_of_a_large_sample() {
    let (x, y) = normals(5, 100_000, 0.5, 1);
    let found = Kde::new().estimate(&x, &y, kind("jsd")).unwrap();
    assert!(
        found.warnings.iter().any(|w| w == "kernels of 1000 of the 100000 rows of y, drawn at random"),
        "{found:?}"
    );
    assert_eq!((found.n, found.m), (5, 100_000));
    assert!(Kde::new().forecast(5, 100_000, 1) < 0.1);
    // the cost has an end
    let large = Kde::new().forecast(1_000_000, 1_000_000, 2);
    assert!(large.to_bits() == Kde::new().forecast(20_000, 20_000, 2).to_bits() && large > 1.0, "{large}");
}

#[test]
fn kernels_in_many_columns_are_doubted() {
    let (x, y) = shifted(100, 0.2, 12, 400);
    let found = Kde::new().estimate(&x, &y, kind("jsd")).unwrap();
    assert!(found.warnings[0].contains("12 columns") && Kde::new().doubt(10).is_none(), "{found:?}");
    assert!(Knn::new().doubt(64).is_none());
}

/// Whatever goes in, what comes out is possible and in its interval.
#[test]
fn values_lie_in_their_intervals_and_those_in_the_range() {
    let mut count = 0;
    for (n, m, d, shift) in
        [(30, 30, 1, 0.0), (25, 400, 2, 0.1), (400, 25, 1, 0.0), (60, 60, 20, 0.0), (40, 40, 64, 0.3)]
    {
        for task in 0..3 {
            let law = Gaussian::new(Array1::zeros(d), Array2::eye(d)).unwrap();
            let x = Empirical::new(&sample(&law, n, 700 + 2 * task).points() + shift).unwrap();
            let y = sample(&law, m, 701 + 2 * task);
            for k in Kind::all() {
                let (least, greatest) = match k {
                    Kind::F(f) => fenchel::divergence::Generator::range(&f),
                    _ => (0.0, f64::INFINITY),
                };
                for estimator in [
                    &Kde::new() as &dyn Estimator,
                    &Knn::new(),
                    &GaussianPlugIn::new(),
                    &HistogramPlugIn::new(),
                    &Variational::classifier(),
                ] {
                    // a critic takes long to fit, and serves all kinds alike
                    let is_asked = estimator.name() != "classifier" || ["kl", "jsd"].map(kind).contains(&k);
                    let Some(Ok(found)) = is_asked.then(|| estimator.estimate(&x, &y, k)) else { continue };
                    count += 1;
                    assert!(least <= found.value && found.value <= greatest, "{} {found:?}", estimator.name());
                    let Some((low, high)) = found.interval else { continue };
                    assert!(least <= low && low <= found.value, "{} {found:?}", estimator.name());
                    assert!(found.value <= high && high <= greatest, "{} {found:?}", estimator.name());
                }
            }
        }
    }
    assert!(count > 300, "{count}");
}
