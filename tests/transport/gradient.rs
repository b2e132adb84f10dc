//! Gradients of the entropic value and of the Sinkhorn divergence.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::clouds::normal;
use fenchel::measure::Empirical;
use fenchel::transport::{
    Ground, Problem, Sinkhorn, entropic_gradient, sinkhorn_divergence, sinkhorn_divergence_gradient,
};
use ndarray::Array2;

/// Central differences of `value` along each coordinate of points, and along differences of weights.
fn finite_differences(x: &Empirical, value: impl Fn(&Empirical) -> f64) -> (Array2<f64>, Vec<f64>) {
    let law = |points: Array2<f64>, w: Vec<f64>| Empirical::weighted(points, w).unwrap();
    let h = 1e-4;
    let by_points = Array2::from_shape_fn(x.points().dim(), |at| {
        let moved = |t: f64| {
            let mut points = x.points().to_owned();
            points[at] += t;
            value(&law(points, x.weights().to_vec()))
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    });
    // mass goes from the next point to this one
    let n = x.len();
    let by_weights = (0..n).map(|i| {
        let moved = |t: f64| {
            let mut w = x.weights().to_vec();
            w[i] += t;
            w[(i + 1) % n] -= t;
            value(&law(x.points().to_owned(), w))
        };
        (moved(h) - moved(-h)) / (2.0 * h)
    });
    (by_points, by_weights.collect())
}

#[test]
fn gradients_are_those_of_finite_differences() {
    let positive = |n: usize, seed: u64| {
        let w: Vec<f64> = (0..n).map(|i| 1.0 + (i % 3) as f64).collect();
        let total: f64 = w.iter().sum();
        Empirical::weighted(normal(n, 2, seed), w.iter().map(|w| w / total).collect::<Vec<f64>>()).unwrap()
    };
    let (x, y) = (positive(7, 1), positive(5, 2));
    let solver = Sinkhorn::new(0.3).tolerance(1e-12);
    let agree = |by: (&Array2<f64>, &[f64]), expected: (Array2<f64>, Vec<f64>), what: &str| {
        let worst = (by.0 - &expected.0).mapv(f64::abs).into_iter().fold(0.0, f64::max);
        assert!(worst < 1e-6, "{what}, points: {worst:e}");
        for (i, expected) in expected.1.iter().enumerate() {
            let found = by.1[i] - by.1[(i + 1) % by.1.len()];
            assert!((found - expected).abs() < 1e-5, "{what}, weights: {found} {expected}");
        }
    };
    for ground in Ground::ALL {
        let value = |x: &Empirical, y: &Empirical| {
            let problem = Problem::between(x, y, ground).unwrap();
            solver.solve(&problem).unwrap().regularised.unwrap().dual
        };
        let (_, gradient) = entropic_gradient(&x, &y, ground, &solver).unwrap();
        agree((&gradient.x, &gradient.a), finite_differences(&x, |x| value(x, &y)), ground.name());
        agree((&gradient.y, &gradient.b), finite_differences(&y, |y| value(&x, y)), ground.name());
        let centred: f64 = gradient.a.iter().zip(x.weights()).map(|(g, w)| g * w).sum();
        assert!(centred.abs() < 1e-12);
        if ground == Ground::Chebyshev {
            continue;
        }
        let value = |x: &Empirical, y: &Empirical| sinkhorn_divergence(x, y, ground, &solver).unwrap().value;
        let (found, gradient) = sinkhorn_divergence_gradient(&x, &y, ground, &solver).unwrap();
        assert_eq!(found.value, value(&x, &y));
        agree((&gradient.x, &gradient.a), finite_differences(&x, |x| value(x, &y)), "divergence");
        agree((&gradient.y, &gradient.b), finite_differences(&y, |y| value(&x, y)), "divergence");
    }
    let (_, zero) = sinkhorn_divergence_gradient(&x, &x, Ground::SqEuclidean, &solver).unwrap();
    assert!(zero.x.iter().chain(&zero.y).chain(&zero.a).chain(&zero.b).all(|t| *t == 0.0));
}

#[test]
fn descending_the_divergence_brings_the_points_home() {
    let y = Empirical::new(normal(12, 2, 8)).unwrap();
    let mut x = Empirical::new(normal(12, 2, 9)).unwrap();
    let solver = Sinkhorn::new(0.2).tolerance(1e-9);
    let first = sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &solver).unwrap().value;
    for _ in 0..60 {
        let (_, gradient) = sinkhorn_divergence_gradient(&x, &y, Ground::SqEuclidean, &solver).unwrap();
        x = Empirical::new(&x.points() - &(gradient.x * 5.0)).unwrap();
    }
    let last = sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &solver).unwrap().value;
    assert!(last < 1e-3 * first, "{first} {last}");
}
