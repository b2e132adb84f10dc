//! Divergences from samples: against closed forms, slow twins and what must not change.

#![allow(clippy::float_cmp)]

use fenchel::certificate::Estimate;
use fenchel::divergence::estimate::{
    Bandwidth, BiasCorrection, Binning, EmptyBins, Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn,
};
use fenchel::divergence::{Kind, gaussian};
use fenchel::error::Error;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use ndarray::{Array1, Array2, Axis, array, concatenate};
use rand::RngExt;
use statrs::function::gamma::digamma;

fn kind(name: &str) -> Kind {
    name.parse().unwrap()
}

fn sample(law: &Gaussian, n: usize, task: u64) -> Empirical {
    Empirical::new(law.sample(n, &mut stream(11, task)).unwrap()).unwrap()
}

fn close(got: f64, want: f64, tolerance: f64, what: &str) {
    assert!((got - want).abs() <= tolerance, "{what}: {got} for {want}");
}

/// Two Gaussian laws in `d` dimensions with different means and covariances.
fn laws(d: usize) -> (Gaussian, Gaussian) {
    let p = Gaussian::new(Array1::zeros(d), Array2::eye(d)).unwrap();
    let mix = Array2::from_shape_fn((d, d), |(i, j)| if i == j { 1.2 } else { 0.3 / d as f64 });
    let q = Gaussian::new(Array1::from_elem(d, 0.7 / (d as f64).sqrt()), mix.dot(&mix.t())).unwrap();
    (p, q)
}

fn within(estimate: &Estimate, truth: f64, errors: f64) {
    let s = estimate.std_error.unwrap();
    assert!(s > 0.0 && (estimate.value - truth).abs() < errors * s, "{estimate:?} for {truth}");
}

/// `N(0, 1)` against `N(shift, 1)` in `d` columns.
fn shifted(n: usize, shift: f64, d: usize, task: u64) -> (Empirical, Empirical) {
    let law = Gaussian::new(Array1::zeros(d), Array2::eye(d)).unwrap();
    let far = Empirical::new(&sample(&law, n, 2 * task + 1).points() + shift).unwrap();
    (sample(&law, n, 2 * task), far)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Powers above one have heavy tails: what a few rows say must not run away with the estimate.
#[test]
fn orders_above_one_stay_within_reason() {
    for (name, shift, n, truth) in
        [("renyi:2", 1.0, 200, 1.0), ("renyi:2", 1.5, 60, 2.25), ("renyi:2", 2.0, 400, 4.0), ("renyi:3", 1.0, 200, 1.5)]
    {
        for estimator in [&Kde::new() as &dyn Estimator, &Knn::new()] {
            let estimates = (0..20).map(|task| {
                let (x, y) = shifted(n, shift, 1, 100 + task);
                estimator.estimate(&x, &y, kind(name)).unwrap()
            });
            let values: Vec<f64> = estimates.map(|e| e.value).collect();
            assert!(values.iter().all(|v| (-3.0..4.0 * truth + 3.0).contains(v)), "{name} {shift}: {values:?}");
            assert!((0.2 * truth..2.0 * truth).contains(&median(values.clone())), "{name} {shift}: {values:?}");
        }
    }
    let values = (0..20).map(|task| {
        let (x, y) = shifted(400, 2.0, 1, 200 + task);
        Kde::new().estimate(&x, &y, kind("pearson")).unwrap().value
    });
    let middle = median(values.collect());
    assert!((5.0..100.0).contains(&middle), "{middle}"); // 53.6
}

/// Laws so far apart that the densities of one underflow at the rows of the other.
#[test]
fn nothing_is_no_number_however_far_apart() {
    for (shift, d) in [(12.0, 2), (30.0, 1), (1e4, 2), (1e9, 1)] {
        let (x, y) = shifted(60, shift, d, 300);
        for k in Kind::all().into_iter().chain(["alpha:-2", "alpha:60", "renyi:0.9"].map(kind)) {
            for estimator in
                [&Kde::new() as &dyn Estimator, &Knn::new(), &GaussianPlugIn::new(), &HistogramPlugIn::new()]
            {
                match estimator.estimate(&x, &y, k) {
                    Ok(found) => {
                        assert!(!found.value.is_nan(), "{} {shift} {found:?}", estimator.name());
                        let (low, high) = found.interval.unwrap_or_default();
                        assert!(low <= high && found.std_error.is_none_or(f64::is_finite), "{found:?}");
                    }
                    Err(Error::Unsupported { .. }) => {}
                    Err(Error::OutOfDomain { what, .. }) => {
                        assert!(what.contains(&k.to_string()) || what.contains("order"), "{what}");
                    }
                    Err(other) => panic!("{k} by {}: {other}", estimator.name()),
                }
            }
        }
    }
    let (x, y) = shifted(60, 0.5, 2, 301);
    for scale in [1e69, 1e-69] {
        let far = Empirical::new(&y.points() * scale).unwrap();
        for name in ["kl", "jeffreys", "hellinger2", "renyi:0.5", "pearson"] {
            match GaussianPlugIn::new().estimate(&x, &far, kind(name)) {
                Ok(found) => assert!(!found.value.is_nan(), "{found:?}"),
                Err(error) => assert!(error.to_string().contains(name), "{error}"),
            }
        }
    }
}

#[test]
fn coordinates_whose_squares_overflow_are_named() {
    let (x, y) = shifted(60, 0.5, 2, 302);
    let far = Empirical::new(&x.points() * 1e200).unwrap();
    for estimator in [&Kde::new() as &dyn Estimator, &Knn::new(), &GaussianPlugIn::new(), &HistogramPlugIn::new()] {
        for (x, y, name) in [(&far, &y, "x at row 0"), (&x, &far, "y at row 0")] {
            let message = estimator.estimate(x, y, kind("kl")).unwrap_err().to_string();
            assert!(message.contains(name) && message.contains("1e70"), "{message}");
        }
    }
}

mod gaussian_plug_in {
    use super::*;

    /// Their mean is no number of `f64`, so the rows differ from it.
    #[test]
    fn a_column_of_tenths_is_constant() {
        let (x, y) = shifted(60, 0.5, 1, 303);
        let tenths = Array2::from_elem((60, 1), 0.1);
        let with = |s: &Empirical| Empirical::new(concatenate(Axis(1), &[s.points(), tenths.view()]).unwrap()).unwrap();
        for estimator in [&GaussianPlugIn::new() as &dyn Estimator, &Kde::new()] {
            let refused = estimator.estimate(&with(&x), &with(&y), kind("kl"));
            assert!(matches!(refused, Err(Error::NotPositiveDefinite { pivot: 1, .. })), "{refused:?}");
        }
    }

    #[test]
    fn is_near_the_closed_form_for_every_kind_it_supports() {
        for d in [1, 3, 8] {
            let (p, q) = laws(d);
            let (x, y) = (sample(&p, 4000, 1), sample(&q, 3000, 2));
            let truths = [
                ("kl", gaussian::kl(&p, &q)),
                ("reverse_kl", gaussian::kl(&q, &p)),
                ("jeffreys", Ok(gaussian::kl(&p, &q).unwrap() + gaussian::kl(&q, &p).unwrap())),
                ("renyi:0.3", gaussian::renyi(&p, &q, 0.3)),
                ("renyi:1.4", gaussian::renyi(&p, &q, 1.4)),
                ("bhattacharyya", gaussian::bhattacharyya(&p, &q)),
                ("hellinger2", gaussian::hellinger2(&p, &q)),
                ("pearson", gaussian::pearson(&p, &q)),
                ("alpha:0.3", gaussian::renyi(&p, &q, 0.3).map(|r| ((-0.7 * r).exp() - 1.0) / (0.3 * -0.7))),
                ("alpha:-0.2", gaussian::renyi(&q, &p, 1.2).map(|r| ((0.2 * r).exp() - 1.0) / (1.2 * 0.2))),
            ];
            for (name, truth) in truths {
                let estimate = GaussianPlugIn::new().estimate(&x, &y, kind(name)).unwrap();
                within(&estimate, truth.unwrap(), 3.5);
                assert_eq!((estimate.n, estimate.m, estimate.dimension), (4000, 3000, d));
            }
        }
        let (p, q) = laws(1);
        let (x, y) = (sample(&p, 4000, 1), sample(&q, 3000, 2));
        for (name, truth) in [("jsd", gaussian::jsd(&p, &q)), ("tv", gaussian::total_variation(&p, &q))] {
            within(&GaussianPlugIn::new().estimate(&x, &y, kind(name)).unwrap(), truth.unwrap(), 3.5);
        }
    }

    /// Over many small samples the mean is right and the stated error is the spread.
    #[test]
    fn has_neither_bias_nor_a_wrong_error() {
        for (d, n, m, reps) in [(1, 40, 60, 400), (6, 150, 100, 200)] {
            let (p, q) = laws(d);
            let names = ["kl", "reverse_kl", "renyi:0.5", "hellinger2", "renyi:1.3"];
            let truths = [
                gaussian::kl(&p, &q),
                gaussian::kl(&q, &p),
                gaussian::renyi(&p, &q, 0.5),
                gaussian::hellinger2(&p, &q),
                gaussian::renyi(&p, &q, 1.3),
            ];
            for (name, truth) in names.into_iter().zip(truths) {
                let runs: Vec<Estimate> = (0..reps)
                    .map(|r| {
                        let (x, y) = (sample(&p, n, 2 * r), sample(&q, m, 2 * r + 1));
                        GaussianPlugIn::new().estimate(&x, &y, kind(name)).unwrap()
                    })
                    .collect();
                let count = reps as f64;
                let mean = runs.iter().map(|e| e.value).sum::<f64>() / count;
                let spread = (runs.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / count).sqrt();
                let stated = (runs.iter().map(|e| e.std_error.unwrap().powi(2)).sum::<f64>() / count).sqrt();
                close(mean, truth.unwrap(), 0.35 * spread, &format!("mean of {name} in {d} dimensions"));
                close(stated / spread, 1.0, 0.3, &format!("error of {name} in {d} dimensions"));
            }
        }
    }

    #[test]
    fn does_not_change_under_affine_maps_or_the_order_of_rows() {
        let (p, q) = laws(3);
        let (x, y) = (sample(&p, 300, 1), sample(&q, 200, 2));
        let map = array![[2.0, 0.3, 0.0], [0.0, 1e3, 5.0], [1.0, 0.0, 1e-3]];
        let mapped = |s: &Empirical| Empirical::new(s.points().dot(&map) + 7.0).unwrap();
        let reversed = Empirical::new(x.points().slice(ndarray::s![..;-1, ..]).to_owned()).unwrap();
        for name in ["kl", "renyi:0.4", "hellinger2", "pearson", "jeffreys"] {
            let of = |x: &Empirical, y: &Empirical| GaussianPlugIn::new().estimate(x, y, kind(name)).unwrap();
            let (plain, moved) = (of(&x, &y), of(&mapped(&x), &mapped(&y)));
            close(moved.value / plain.value, 1.0, 1e-6, name);
            close(moved.std_error.unwrap() / plain.std_error.unwrap(), 1.0, 1e-6, name);
            close(of(&reversed, &y).value / plain.value, 1.0, 1e-10, name);
        }
    }

    #[test]
    fn names_what_is_wrong_with_its_input() {
        let (p, _) = laws(2);
        let (x, y) = (sample(&p, 50, 1), sample(&p, 50, 2));
        let of = |x: &Empirical, y: &Empirical, name: &str| GaussianPlugIn::new().estimate(x, y, kind(name));
        let constant = concatenate(Axis(1), &[x.points().slice(ndarray::s![.., ..1]), Array2::ones((50, 1)).view()]);
        let constant = Empirical::new(constant.unwrap()).unwrap();
        assert!(matches!(of(&constant, &y, "kl"), Err(Error::NotPositiveDefinite { pivot: 1, .. })));
        assert!(matches!(of(&x, &constant, "kl"), Err(Error::NotPositiveDefinite { .. })));
        let twice = x.points().select(Axis(1), &[0, 0]) * &array![[1.0, 3.0]];
        assert!(of(&Empirical::new(twice).unwrap(), &y, "kl").is_err());
        let few = Empirical::new(x.points().select(Axis(0), &[0, 1, 2])).unwrap();
        assert!(matches!(of(&few, &y, "kl"), Err(Error::TooFew { unit: "rows", needed: 4, found: 3, .. })));
        assert!(matches!(of(&sample(&laws(1).0, 50, 3), &y, "kl"), Err(Error::SizeMismatch { unit: "columns", .. })));
        assert!(matches!(of(&x, &y, "jsd"), Err(Error::Unsupported { .. })));
        assert!(matches!(of(&x, &y, "le_cam"), Err(Error::Unsupported { .. })));
        let level = GaussianPlugIn::new().level(1.0).estimate(&x, &y, kind("kl"));
        assert!(matches!(level, Err(Error::OutOfDomain { .. })));
        let weights = (0..50).map(|i| if i == 0 { 0.51 } else { 0.01 }).collect();
        let weighted = Empirical::weighted(x.points().to_owned(), weights, "x").unwrap();
        assert!(matches!(of(&weighted, &y, "kl"), Err(Error::Unsupported { .. })));
    }
}

mod knn {
    use super::*;

    /// All distances from `row`, ascending.
    fn distances(row: ndarray::ArrayView1<'_, f64>, points: &Empirical, skip: Option<usize>) -> Vec<f64> {
        let others = (0..points.len()).filter(|j| Some(*j) != skip);
        let mut all: Vec<f64> = others.map(|j| (&row - &points.point(j)).mapv(|t| t * t).sum().sqrt()).collect();
        all.sort_by(f64::total_cmp);
        all
    }

    /// The formula, row by row.
    fn kl_by_hand(x: &Empirical, y: &Empirical, k: usize) -> f64 {
        let (n, m, d) = (x.len() as f64, y.len() as f64, x.dimension() as f64);
        let term = |i: usize| {
            let (own, other) = (distances(x.point(i), x, Some(i))[k - 1], distances(x.point(i), y, None)[k - 1]);
            d * (other / own).ln() + (m / (n - 1.0)).ln()
        };
        (0..x.len()).map(term).sum::<f64>() / n
    }

    fn adaptive_by_hand(x: &Empirical, y: &Empirical, k: usize) -> f64 {
        let (n, m) = (x.len() as f64, y.len() as f64);
        let term = |i: usize| {
            let (own, other) = (distances(x.point(i), x, Some(i)), distances(x.point(i), y, None));
            let radius = own[k - 1].max(other[k - 1]);
            let count = |all: &[f64]| all.iter().filter(|d| **d <= radius).count() as f64;
            digamma(count(&own)) - digamma(count(&other)) + (m / (n - 1.0)).ln()
        };
        (0..x.len()).map(term).sum::<f64>() / n
    }

    #[test]
    fn is_the_formula_in_few_and_many_dimensions() {
        for (d, n, m) in [(1, 300, 260), (2, 90, 120), (4, 300, 280), (12, 150, 100)] {
            let (p, q) = laws(d);
            let (x, y) = (sample(&p, n, 1), sample(&q, m, 2));
            for k in [1, 3, 7] {
                let of = |knn: Knn, name: &str| knn.estimate(&x, &y, kind(name)).unwrap().value;
                close(of(Knn::new().k(k), "kl"), kl_by_hand(&x, &y, k), 1e-9, "kl");
                close(of(Knn::new().k(k), "reverse_kl"), kl_by_hand(&y, &x, k), 1e-9, "reverse kl");
                close(of(Knn::new().adaptive(k), "kl"), adaptive_by_hand(&x, &y, k), 1e-9, "adaptive kl");
            }
        }
    }

    #[test]
    fn repeated_points_and_grids_are_counted_and_finite() {
        let mut rng = stream(5, 0);
        let mut grid = |n: usize, most: u32| {
            Empirical::new(Array2::from_shape_simple_fn((n, 2), || f64::from(rng.random_range(0..most)))).unwrap()
        };
        let (x, y) = (grid(600, 3), grid(500, 4));
        let exact = (16.0f64 / 9.0).ln(); // uniform on 9 of 16 cells
        for name in ["kl", "jsd", "renyi:0.5", "reverse_kl"] {
            let estimate = Knn::new().k(4).estimate(&x, &y, kind(name)).unwrap();
            assert!(estimate.value.is_finite() && estimate.parameters.contains("distances of zero"), "{estimate:?}");
        }
        close(Knn::new().k(4).estimate(&x, &y, kind("kl")).unwrap().value, exact, 0.1, "kl on a grid");
        let copies = Empirical::new(concatenate(Axis(0), &[x.points(), x.points()]).unwrap()).unwrap();
        let same = Knn::new().estimate(&copies, &copies, kind("kl")).unwrap();
        assert!(same.value.abs() < 0.05, "{same:?}");
    }

    #[test]
    fn is_near_the_closed_form() {
        for (d, n) in [(1, 3000), (2, 3000)] {
            let (p, q) = laws(d);
            let (x, y) = (sample(&p, n, 1), sample(&q, n - 500, 2));
            let truths = [
                ("kl", gaussian::kl(&p, &q)),
                ("reverse_kl", gaussian::kl(&q, &p)),
                ("renyi:0.5", gaussian::renyi(&p, &q, 0.5)),
                ("hellinger2", gaussian::hellinger2(&p, &q)),
                ("alpha:0.3", gaussian::renyi(&p, &q, 0.3).map(|r| ((-0.7 * r).exp() - 1.0) / (0.3 * -0.7))),
                ("bhattacharyya", gaussian::bhattacharyya(&p, &q)),
            ];
            for (name, truth) in truths {
                within(&Knn::new().estimate(&x, &y, kind(name)).unwrap(), truth.unwrap(), 3.0);
            }
        }
        let (p, q) = laws(1);
        let (x, y) = (sample(&p, 3000, 1), sample(&q, 2500, 2));
        within(&Knn::new().estimate(&x, &y, kind("jsd")).unwrap(), gaussian::jsd(&p, &q).unwrap(), 3.0);
    }

    #[test]
    fn jensen_shannon_of_separate_laws_is_its_greatest_value() {
        let (p, _) = laws(2);
        let (x, far) = (sample(&p, 200, 1), Empirical::new(&sample(&p, 200, 2).points() + 100.0).unwrap());
        for (name, most) in [("jsd", 2f64.ln()), ("js_weighted:0.4", -(0.4 * 0.4f64.ln() + 0.6 * 0.6f64.ln()))] {
            let jsd = Knn::new().k(5).estimate(&x, &far, kind(name)).unwrap();
            close(jsd.value, most, 1e-12, name);
        }
        let near = Knn::new().estimate(&x, &sample(&p, 200, 2), kind("jsd")).unwrap();
        assert!(near.value.abs() < 0.06, "{near:?}");
    }

    #[test]
    fn does_not_change_with_the_order_of_rows_rotation_scale_or_threads() {
        let (p, q) = laws(2);
        let (x, y) = (sample(&p, 400, 1), sample(&q, 300, 2));
        let (c, s) = (0.6, 0.8);
        let turn = array![[c, s], [-s, c]] * 37.0;
        let turned = |e: &Empirical| Empirical::new(e.points().dot(&turn) - 3.0).unwrap();
        let reversed = |e: &Empirical| Empirical::new(e.points().slice(ndarray::s![..;-1, ..]).to_owned()).unwrap();
        for name in ["kl", "jsd", "hellinger2"] {
            let of = |x: &Empirical, y: &Empirical| Knn::new().estimate(x, y, kind(name)).unwrap();
            let plain = of(&x, &y);
            close(of(&turned(&x), &turned(&y)).value, plain.value, 1e-9, name);
            close(of(&reversed(&x), &reversed(&y)).value, plain.value, 1e-12, name);
            let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            assert_eq!(pool(1).install(|| of(&x, &y)), pool(2).install(|| of(&x, &y)));
        }
    }

    #[test]
    fn names_what_is_wrong_with_its_input() {
        let (p, _) = laws(2);
        let (x, y) = (sample(&p, 30, 1), sample(&p, 10, 2));
        let of = |knn: Knn, name: &str| knn.estimate(&x, &y, kind(name));
        assert!(matches!(of(Knn::new().k(0), "kl"), Err(Error::OutOfDomain { .. })));
        assert!(of(Knn::new().k(9), "kl").is_ok());
        assert!(matches!(of(Knn::new().k(10), "kl"), Err(Error::OutOfDomain { .. })));
        assert!(matches!(of(Knn::new(), "kl"), Err(Error::OutOfDomain { .. }))); // needs 20
        assert!(of(Knn::new().k(3), "pearson").is_ok());
        assert!(matches!(of(Knn::new().k(1), "pearson"), Err(Error::OutOfDomain { .. })));
        assert!(matches!(of(Knn::new().k(3), "tv"), Err(Error::Unsupported { .. })));
        let one = Empirical::new(array![[0.0, 1.0]]).unwrap();
        assert!(matches!(Knn::new().k(1).estimate(&one, &y, kind("kl")), Err(Error::TooFew { .. })));
    }
}

mod histogram {
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
                estimator.estimate(&x, &y, kind(name)).unwrap().value
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
        let oracles = include_str!("../golden/oracles.csv");
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
                .map(|r| {
                    on_cells(3).estimate(&cells(&p, 300, 2 * r), &cells(&law, 200, 2 * r + 1), kind(name)).unwrap()
                })
                .collect();
            let mean = runs.iter().map(|e| e.value).sum::<f64>() / 400.0;
            let spread = (runs.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / 400.0).sqrt();
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
}

mod kde {
    use super::*;
    use std::f64::consts::PI;

    /// The log-density of a kernel estimate with bandwidth `h` on the line, at `at`, `skip` left out.
    fn ln_density(sample: &[f64], h: f64, at: f64, skip: Option<usize>) -> f64 {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let width = h * (sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        let others = sample.iter().enumerate().filter(|(i, _)| Some(*i) != skip);
        let (sum, count) = others
            .fold((0.0, 0.0), |(sum, count), (_, x)| (sum + (-0.5 * ((at - x) / width).powi(2)).exp(), count + 1.0));
        (sum / (count * width * (2.0 * PI).sqrt())).ln()
    }

    #[test]
    fn is_the_formula_on_the_line() {
        let (p, q) = laws(1);
        let (x, y) = (sample(&p, 120, 1), sample(&q, 90, 2));
        let (xs, ys): (Vec<f64>, Vec<f64>) =
            (x.points().iter().copied().collect(), y.points().iter().copied().collect());
        let h = 0.3;
        let ratio_x = |i: usize| ln_density(&xs, h, xs[i], Some(i)) - ln_density(&ys, h, xs[i], None);
        let ratio_y = |j: usize| ln_density(&xs, h, ys[j], None) - ln_density(&ys, h, ys[j], Some(j));
        let of = |name: &str| Kde::new().bandwidth(Bandwidth::Fixed(h)).estimate(&x, &y, kind(name)).unwrap().value;
        let kl = (0..120).map(ratio_x).sum::<f64>() / 120.0;
        close(of("kl"), kl, 1e-9, "kl");
        close(of("reverse_kl"), -(0..90).map(ratio_y).sum::<f64>() / 90.0, 1e-9, "reverse kl");
        // the value of the game at D = p/(p+q)
        let (at_x, at_y) = (|l: f64| -(-l).exp().ln_1p(), |l: f64| -l.exp().ln_1p());
        let game = (0..120).map(|i| at_x(ratio_x(i))).sum::<f64>() / 120.0
            + (0..90).map(|j| at_y(ratio_y(j))).sum::<f64>() / 90.0;
        close(of("jsd"), 0.5 * (game + 4f64.ln()), 1e-9, "jsd");
        // 90 rows can show a ratio of 90
        let pearson = (0..120).map(|i| ratio_x(i).exp().min(90.0)).sum::<f64>() / 120.0 - 1.0;
        close(of("pearson"), pearson, 1e-9, "pearson");
    }

    #[test]
    fn is_near_the_closed_form_and_does_not_change_under_affine_maps() {
        let (p, q) = laws(2);
        let (x, y) = (sample(&p, 1500, 1), sample(&q, 1200, 2));
        let truth = gaussian::hellinger2(&p, &q).unwrap();
        let map = array![[2.0, 0.3], [0.0, 1e3]];
        let mapped = |s: &Empirical| Empirical::new(s.points().dot(&map) + 7.0).unwrap();
        for bandwidth in [Bandwidth::Silverman, Bandwidth::Scott, Bandwidth::LeaveOneOut] {
            let kde = Kde::new().bandwidth(bandwidth);
            let plain = kde.estimate(&x, &y, kind("hellinger2")).unwrap();
            close(plain.value, truth, 0.25 * truth, "hellinger2");
            let moved = kde.estimate(&mapped(&x), &mapped(&y), kind("hellinger2")).unwrap();
            close(moved.value / plain.value, 1.0, 1e-6, "affine");
        }
    }

    #[test]
    fn every_kind_has_a_finite_value_and_bad_input_is_named() {
        let (p, q) = laws(2);
        let (x, y) = (sample(&p, 100, 1), sample(&q, 80, 2));
        for k in Kind::all() {
            let estimate = Kde::new().estimate(&x, &y, k).unwrap();
            assert!(estimate.value.is_finite(), "{estimate:?}");
            let (low, high) = estimate.interval.unwrap();
            assert!(low <= high, "{estimate:?}");
        }
        let constant = Empirical::new(Array2::ones((80, 2))).unwrap();
        assert!(matches!(Kde::new().estimate(&x, &constant, kind("kl")), Err(Error::NotPositiveDefinite { .. })));
        let bad = Kde::new().bandwidth(Bandwidth::Fixed(0.0)).estimate(&x, &y, kind("kl"));
        assert!(matches!(bad, Err(Error::OutOfDomain { .. })));
    }

    #[test]
    fn the_likeliest_bandwidth_of_two_clusters_is_narrower_than_the_rule() {
        let mut points = sample(&laws(1).0, 400, 1).points().mapv(|v| 0.1 * v);
        points.slice_mut(ndarray::s![..200, ..]).mapv_inplace(|v| v + 5.0);
        let (x, y) = (Empirical::new(points).unwrap(), sample(&laws(1).0, 400, 2));
        let h = |bandwidth| {
            let text = Kde::new().bandwidth(bandwidth).estimate(&x, &y, kind("jsd")).unwrap().parameters;
            let number = text.split("bandwidths ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
            number.parse::<f64>().unwrap()
        };
        assert!(h(Bandwidth::LeaveOneOut) < 0.3 * h(Bandwidth::Silverman));
    }
}
