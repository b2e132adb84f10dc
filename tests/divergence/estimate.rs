//! Divergences from samples: against closed forms, slow twins and what must not change.

#![allow(clippy::float_cmp)]

mod gaussian_plug_in;
mod histogram;
mod kde;
mod knn;
mod sizes;

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

/// The value as it was found: what is told where it was cut to the possible values.
fn uncut(found: &Estimate) -> f64 {
    let told =
        found.parameters.split("; ").find_map(|part| part.strip_suffix(" before it was cut to the possible values"));
    told.map_or(found.value, |value| value.parse().unwrap())
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

#[test]
fn two_samples_in_one_line() {
    use fenchel::divergence::estimate::{jsd, kl};
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 300, 1), sample(&q, 300, 2));
    assert_eq!(jsd(&x, &y).unwrap(), Knn::new().estimate(&x, &y, kind("jsd")).unwrap());
    assert_eq!(kl(&x, &y).unwrap(), Knn::new().estimate(&x, &y, kind("kl")).unwrap());
    // few rows have no four times five neighbours
    let (short_x, short_y) = (sample(&p, 15, 1), sample(&q, 12, 2));
    assert_eq!(jsd(&short_x, &short_y).unwrap(), Knn::new().k(5).estimate(&short_x, &short_y, kind("jsd")).unwrap());
    // whole numbers have no density: shares of bins
    let whole = |x: &Empirical| Empirical::new(x.points().mapv(f64::round)).unwrap();
    let (x, y) = (whole(&x), whole(&y));
    assert_eq!(jsd(&x, &y).unwrap(), HistogramPlugIn::new().estimate(&x, &y, kind("jsd")).unwrap());
    let (p, q) = laws(6);
    let (x, y) = (whole(&sample(&p, 300, 1)), whole(&sample(&q, 300, 2)));
    assert!(jsd(&x, &y).unwrap_err().to_string().contains("`classifier`"));
}
