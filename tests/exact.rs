//! The exact solver's routes for problems that are not small: coarse to fine for clouds of few dimensions, column
//! generation for the rest. Every solution goes through the independent checker, which reads all n m costs.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

mod common;

use common::check::{check_bracket, check_optimal, costs};
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Ground, Problem, Progress, Solution};
use ndarray::{Array2, Axis, concatenate};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;
use std::time::Duration;

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn uniform(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 1);
    Array2::from_shape_simple_fn((n, d), || rng.random())
}

fn clusters(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let centres = normal(12, d, 99) * 5.0;
    let mut rng = stream(seed, 2);
    let chosen: Vec<usize> = (0..n).map(|_| rng.random_range(0..12)).collect();
    centres.select(Axis(0), &chosen) + normal(n, d, seed) * 0.05
}

/// Random weights; every fifth is zero if `gaps`.
fn weights(n: usize, seed: u64, gaps: bool) -> Vec<f64> {
    let mut rng = stream(seed, 3);
    let w = (0..n).map(|i| if gaps && i % 5 == 2 { 0.0 } else { rng.random::<f64>() + 0.05 });
    normalised(w.collect())
}

fn normalised(mut w: Vec<f64>) -> Vec<f64> {
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    w
}

fn even(points: Array2<f64>) -> Empirical {
    Empirical::new(points).unwrap()
}

fn weighted(points: Array2<f64>, weights: Vec<f64>) -> Empirical {
    Empirical::weighted(points, weights, "cloud").unwrap()
}

#[track_caller]
fn between(x: &Empirical, y: &Empirical, ground: Ground, method: &str) -> Solution {
    let solution = Exact::new().solve(&Problem::between(x, y, ground).unwrap()).unwrap();
    check_optimal(&costs(x.points(), y.points(), ground), x.weights(), y.weights(), &solution);
    assert_eq!(solution.report.method, method);
    solution
}

#[track_caller]
fn with_costs(c: Array2<f64>, a: &[f64], b: &[f64]) -> Solution {
    let problem = Problem::with_cost(c.clone(), Some(a.to_vec()), Some(b.to_vec())).unwrap();
    let solution = Exact::new().solve(&problem).unwrap();
    check_optimal(&c, a, b, &solution);
    solution
}

const FEW: &str = "multiscale simplex";
const MANY: &str = "column generation";

#[test]
fn clouds_of_every_dimension_weight_and_ground() {
    for (d, method) in [(2, FEW), (3, FEW), (5, FEW), (9, MANY), (40, MANY)] {
        for ground in Ground::ALL {
            let (x, y) = (normal(260, d, 1), normal(200, d, 2) + 0.5);
            between(&even(x.clone()), &even(y.clone()), ground, method);
            let (a, b) = (weights(260, 3, true), weights(200, 4, false));
            between(&weighted(x.clone(), a.clone()), &weighted(y.clone(), b.clone()), ground, method);
            between(&weighted(y, b), &weighted(x, a), ground, method);
        }
    }
}

#[test]
fn clouds_of_every_shape() {
    let line = |n, seed| uniform(n, 1, seed).dot(&ndarray::array![[1.0, 2.0]]);
    let grid = |n, seed| (uniform(n, 2, seed) * 7.0).mapv(f64::floor);
    let mut outliers = normal(400, 2, 5);
    outliers[[0, 0]] = 1e6;
    outliers[[1, 1]] = -1e9;
    let pairs = [
        (clusters(500, 2, 1), clusters(500, 2, 2)),
        (clusters(300, 3, 1), clusters(200, 3, 2) + 1.0),
        (line(400, 1), line(400, 2)),
        (line(400, 1), line(300, 2) + 1.0),
        (grid(500, 1), grid(400, 2)),
        (grid(500, 1), grid(500, 2) + 0.5),
        (outliers, normal(300, 2, 6)),
        (normal(300, 2, 7) + 1e5, normal(300, 2, 8)),
        (normal(6000, 2, 9), normal(20, 2, 10)),
        (normal(1, 2, 9), normal(30_000, 2, 10)),
        (Array2::zeros((300, 2)), Array2::zeros((200, 2))),
        (Array2::zeros((300, 2)), normal(200, 2, 11)),
        (concatenate![Axis(0), Array2::zeros((300, 2)), normal(100, 2, 1)], normal(300, 2, 12)),
    ];
    for (k, (x, y)) in pairs.into_iter().enumerate() {
        for ground in [Ground::SqEuclidean, Ground::Euclidean] {
            between(&even(x.clone()), &even(y.clone()), ground, FEW);
            let (a, b) = (weights(x.nrows(), k as u64, x.nrows() > 1), weights(y.nrows(), k as u64 + 50, false));
            between(&weighted(x.clone(), a), &weighted(y.clone(), b), ground, FEW);
        }
    }
}

#[test]
fn matrices_of_every_kind() {
    let (n, m) = (220, 180);
    let mut rng = stream(1, 9);
    let random = uniform(n, m, 3);
    let whole = random.mapv(|c| (c * 10.0).floor());
    let metric = costs(normal(n, 3, 4).view(), normal(m, 3, 5).view(), Ground::Euclidean);
    let negative = &random - 0.7;
    let equal = Array2::from_elem((n, m), 2.5);
    let huge = Array2::from_shape_fn((n, m), |(i, j)| if (i + 2 * j) % 7 < 3 { random[[i, j]] } else { 1e32 });
    let forbidden = huge.mapv(|c| if c > 1.0 { f64::INFINITY } else { c });
    let mut all = Vec::new();
    for c in [random, whole, metric, negative, equal, huge, forbidden] {
        let even = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
        let gaps = (weights(n, 6, true), weights(m, 7, false));
        let steep = normalised((0..n).map(|_| 10f64.powi(-rng.random_range(0..12))).collect());
        for (a, b) in [even, gaps, (steep, weights(m, 8, true))] {
            all.push(with_costs(c.clone(), &a, &b).report.method);
        }
    }
    assert_eq!(all[0], MANY);
    assert_eq!(all[all.len() - 1], "network simplex");
}

#[test]
fn whole_costs_and_masses_give_whole_answers() {
    let c = (uniform(200, 200, 5) * 20.0).mapv(f64::floor);
    let w = vec![1.0; 200];
    let solution = with_costs(c, &w, &w);
    assert_eq!((solution.cost().fract(), solution.report.gap()), (0.0, 0.0));
    assert!(solution.plan.arcs().iter().all(|&(_, _, mass)| mass == 1.0));
}

#[test]
fn a_shift_and_a_stretch_are_found() {
    for (d, method) in [(2, FEW), (3, FEW), (30, MANY)] {
        let x = weighted(normal(300, d, 8), weights(300, 2, false));
        let y = weighted(&x.points() * 1.5 + 3.0, x.weights().to_vec());
        let solution = between(&x, &y, Ground::SqEuclidean, method);
        for (i, j, mass) in solution.plan.arcs() {
            assert!(i == j && (mass - x.weights()[i]).abs() < 1e-15);
        }
        assert_eq!(between(&x, &x, Ground::SqEuclidean, method).cost(), 0.0);
    }
}

#[test]
fn stopped_early_it_returns_a_bracket() {
    for d in [2, 20] {
        let x = weighted(normal(600, d, 1), weights(600, 1, true));
        let y = even(normal(500, d, 2));
        let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
        let c = costs(x.points(), y.points(), Ground::SqEuclidean);
        let full = Exact::new().solve(&problem).unwrap();
        let pivots = full.report.iterations;
        let mut last = f64::INFINITY;
        for limit in [0, pivots / 20, pivots / 2, pivots - 1] {
            let early = Exact::new().iteration_limit(limit).solve(&problem).unwrap();
            check_bracket(&c, x.weights(), y.weights(), &early);
            assert!(early.report.iterations <= limit);
            assert!(early.report.dual <= full.cost() + 1e-12 && full.cost() <= early.report.primal + 1e-12);
            last = early.report.primal;
        }
        assert!(last <= 1.05 * full.cost(), "one pivot short of the optimum");
        let timed = Exact::new().time_limit(Duration::ZERO).solve(&problem).unwrap();
        assert_eq!(timed.report.status, Status::TimeLimit);
        check_bracket(&c, x.weights(), y.weights(), &timed);
        let stop = |_: &Progress| ControlFlow::Break(());
        let watched = Exact::new().on_progress(&stop).solve(&problem).unwrap();
        check_bracket(&c, x.weights(), y.weights(), &watched);
    }
}

#[test]
fn the_same_bits_on_one_thread_and_on_two() {
    for d in [2, 20] {
        let x = weighted(normal(900, d, 1), weights(900, 1, false));
        let y = even(normal(700, d, 2));
        let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Exact::new().solve(&problem).unwrap())
        };
        let (one, two) = (on(1), on(2));
        assert_eq!(one.potentials, two.potentials);
        assert_eq!(one.plan.arcs(), two.plan.arcs());
        assert_eq!(one.report.iterations, two.report.iterations);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_cloud(
        n in 100usize..400, m in 100usize..400, seed in 0u64..1000, steps in prop_oneof![Just(0.0), 2.0f64..9.0],
        d in 2usize..8, stretch in -6i32..7, ground in 0usize..4, gaps in any::<bool>(),
    ) {
        prop_assume!(n * m > 150 * 150);
        let shaped = |points: Array2<f64>| {
            let rounded = if steps > 0.0 { points.mapv(|t| (t * steps).round() / steps) } else { points };
            rounded * 10f64.powi(stretch)
        };
        let x = weighted(shaped(normal(n, d, seed)), weights(n, seed, gaps));
        let y = weighted(shaped(normal(m, d, seed + 1)), weights(m, seed + 1, !gaps));
        let method = if d <= 6 { FEW } else { MANY };
        let there = between(&x, &y, Ground::ALL[ground], method).cost();
        let back = between(&y, &x, Ground::ALL[ground], method).cost();
        prop_assert!((there - back).abs() <= 1e-9 * there);
    }
}
