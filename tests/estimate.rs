//! Divergences from samples: against closed forms, slow twins and what must not change.

#![allow(clippy::float_cmp)]

use fenchel::certificate::Estimate;
use fenchel::divergence::estimate::{Estimator, GaussianPlugIn, Knn};
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

mod gaussian_plug_in {
    use super::*;

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
        assert!(matches!(of(Knn::new().k(3), "pearson"), Ok(_)));
        assert!(matches!(of(Knn::new().k(1), "pearson"), Err(Error::OutOfDomain { .. })));
        assert!(matches!(of(Knn::new().k(3), "tv"), Err(Error::Unsupported { .. })));
        let one = Empirical::new(array![[0.0, 1.0]]).unwrap();
        assert!(matches!(Knn::new().k(1).estimate(&one, &y, kind("kl")), Err(Error::TooFew { .. })));
    }
}
