//! Gaussian fits: the closed forms at the samples' moments.

use super::*;

/// Their mean is no number of `f64`, so the rows differ from it; of one sample only they say that there is no density.
#[test]
fn a_column_of_tenths_is_constant() {
    let (x, y) = shifted(60, 0.5, 1, 303);
    let tenths = Array2::from_elem((60, 1), 0.1);
    let with = |s: &Empirical| Empirical::new(concatenate(Axis(1), &[s.points(), tenths.view()]).unwrap()).unwrap();
    for estimator in [&GaussianPlugIn::new() as &dyn Estimator, &Kde::new()] {
        let (plain, more) =
            (estimator.estimate(&x, &y, kind("kl")), estimator.estimate(&with(&x), &with(&y), kind("kl")));
        assert_eq!(plain.unwrap().value, more.unwrap().value);
    }
    let plane = sample(&laws(2).0, 60, 1);
    let refused = GaussianPlugIn::new().estimate(&with(&x), &plane, kind("kl"));
    assert!(matches!(refused, Err(Error::NotPositiveDefinite { pivot: 1, .. })), "{refused:?}");
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
            let mean = runs.iter().map(uncut).sum::<f64>() / count;
            let spread = (runs.iter().map(|e| (uncut(e) - mean).powi(2)).sum::<f64>() / count).sqrt();
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
    let weights: Vec<f64> = (0..50).map(|i| if i == 0 { 0.51 } else { 0.01 }).collect();
    let weighted = Empirical::weighted(x.points().to_owned(), weights).unwrap();
    assert!(matches!(of(&weighted, &y, "kl"), Err(Error::Unsupported { .. })));
}
