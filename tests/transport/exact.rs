//! The exact solver's routes for problems that are not small: coarse to fine for clouds of few dimensions, column
//! generation for the rest. Every solution goes through the independent checker, which reads all n m costs.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::check::{check_bracket, check_optimal, costs};
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Ground, Problem, Progress, Solution};
use ndarray::{Array2, Axis, array, concatenate};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub(super) fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

pub(super) fn uniform(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 1);
    Array2::from_shape_simple_fn((n, d), || rng.random())
}

pub(super) fn whole(n: usize, d: usize, below: f64, seed: u64) -> Array2<f64> {
    (uniform(n, d, seed) * below).mapv(f64::floor)
}

/// Random costs of which one in twenty is enormous.
pub(super) fn with_outliers(n: usize, m: usize, enormous: f64, seed: u64) -> Array2<f64> {
    let far = uniform(n, m, seed + 100);
    Array2::from_shape_fn((n, m), |(i, j)| if far[[i, j]] < 0.05 { enormous } else { far[[j % n, i % m]] })
}

fn clusters(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let centres = normal(12, d, 99) * 5.0;
    let mut rng = stream(seed, 2);
    let chosen: Vec<usize> = (0..n).map(|_| rng.random_range(0..12)).collect();
    centres.select(Axis(0), &chosen) + normal(n, d, seed) * 0.05
}

/// Random weights; every fifth is zero if `gaps`.
pub(super) fn weights(n: usize, seed: u64, gaps: bool) -> Vec<f64> {
    let mut rng = stream(seed, 3);
    let w = (0..n).map(|i| if gaps && i % 5 == 2 { 0.0 } else { rng.random::<f64>() + 0.05 });
    normalised(w.collect())
}

fn normalised(mut w: Vec<f64>) -> Vec<f64> {
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    w
}

pub(super) fn even(points: Array2<f64>) -> Empirical {
    Empirical::new(points).unwrap()
}

pub(super) fn weighted(points: Array2<f64>, weights: Vec<f64>) -> Empirical {
    Empirical::weighted(points, weights).unwrap()
}

#[track_caller]
pub(super) fn optimum(x: &Empirical, y: &Empirical, ground: Ground) -> Solution {
    let solution = Exact::new().solve(&Problem::between(x, y, ground).unwrap()).unwrap();
    check_optimal(&costs(x.points(), y.points(), ground), x.weights(), y.weights(), &solution);
    solution
}

#[track_caller]
pub(super) fn between(x: &Empirical, y: &Empirical, ground: Ground, method: &str) -> Solution {
    let solution = optimum(x, y, ground);
    assert_eq!(solution.report.method, method);
    solution
}

#[track_caller]
pub(super) fn with_costs(c: Array2<f64>, a: &[f64], b: &[f64]) -> Solution {
    let problem = Problem::with_cost(c.clone(), Some(a.to_vec()), Some(b.to_vec())).unwrap();
    let solution = Exact::new().solve(&problem).unwrap();
    check_optimal(&c, a, b, &solution);
    solution
}

pub(super) const FEW: &str = "multiscale simplex";
pub(super) const MANY: &str = "column generation";
pub(super) const ALL: &str = "network simplex";
/// Where masses differ by so many orders of magnitude that they need a finer unit.
const FINE: &str = "shortest paths";
const PATHS: &str = "shortest augmenting paths";
const SORT: &str = "sort";

#[test]
fn clouds_of_every_dimension_weight_and_ground() {
    for (d, method) in [(2, FEW), (3, FEW), (5, FEW), (9, MANY), (40, MANY)] {
        // scanning begins where all arcs are many
        let (n, m) = if method == MANY { (580, 530) } else { (260, 200) };
        for ground in Ground::ALL {
            let (x, y) = (normal(n, d, 1), normal(m, d, 2) + 0.5);
            between(&even(x.clone()), &even(y.clone()), ground, method);
            let (a, b) = (weights(n, 3, true), weights(m, 4, false));
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
    // where points are equal, few of them are different
    let pairs = [
        (clusters(500, 2, 1), clusters(500, 2, 2), FEW),
        (clusters(300, 3, 1), clusters(200, 3, 2) + 1.0, FEW),
        (line(400, 1), line(400, 2), FEW),
        (line(400, 1), line(300, 2) + 1.0, FEW),
        (grid(500, 1), grid(400, 2), ALL),
        (grid(500, 1), grid(500, 2) + 0.5, ALL),
        (outliers.clone(), normal(300, 2, 6), ALL),
        (outliers, normal(400, 2, 6), FEW),
        (normal(300, 2, 7) + 1e5, normal(300, 2, 8), FEW),
        (normal(6000, 2, 9), normal(20, 2, 10), FEW),
        (normal(1, 2, 9), normal(30_000, 2, 10), FEW),
        (Array2::zeros((300, 2)), Array2::zeros((200, 2)), ALL),
        (Array2::zeros((300, 2)), normal(200, 2, 11), ALL),
        (concatenate![Axis(0), Array2::zeros((300, 2)), normal(100, 2, 1)], normal(300, 2, 12), FEW),
    ];
    for (k, (x, y, method)) in pairs.into_iter().enumerate() {
        for ground in [Ground::SqEuclidean, Ground::Euclidean] {
            between(&even(x.clone()), &even(y.clone()), ground, method);
            let (a, b) = (weights(x.nrows(), k as u64, x.nrows() > 1), weights(y.nrows(), k as u64 + 50, false));
            between(&weighted(x.clone(), a), &weighted(y.clone(), b), ground, method);
        }
    }
}

#[test]
fn clouds_that_differ_in_one_coordinate_alone_are_sorted() {
    // the others are the same for all points, also where they are not zero
    let placed = |points: Array2<f64>, place: usize| {
        let mut cloud = Array2::from_elem((points.nrows(), 3), -0.7);
        cloud.column_mut(place).assign(&points.column(0));
        cloud
    };
    for (ground, place) in Ground::ALL.into_iter().zip([0, 1, 2, 1]) {
        let (x, y) = (normal(300, 1, 1), normal(200, 1, 2) * 2.0 + 0.5);
        let (a, b) = (weights(300, 3, true), weights(200, 4, false));
        for (a, b) in [(vec![1.0 / 300.0; 300], vec![1.0 / 200.0; 200]), (a, b)] {
            let law = |points: &Array2<f64>, w: &[f64]| weighted(points.clone(), w.to_vec());
            let found = between(&law(&x, &a), &law(&y, &b), ground, SORT);
            let moved = between(&law(&placed(x.clone(), place), &a), &law(&placed(y.clone(), place), &b), ground, SORT);
            assert_eq!((found.plan.arcs(), found.cost()), (moved.plan.arcs(), moved.cost()));
            // by the simplex method, which sees a matrix
            let costs = with_costs(costs(x.view(), y.view(), ground), &a, &b);
            assert!((found.cost() - costs.cost()).abs() <= 1e-12 * costs.cost());
        }
    }
}

#[test]
fn small_masses_start_where_the_others_have_come_to() {
    // masses over twelve orders beside enormous costs, in finer units: nearly all is sent before the first path
    for (n, m, seed) in [(60, 90, 1), (150, 400, 2)] {
        let graded =
            |n: usize, seed: u64| normalised(uniform(n, 1, seed).iter().map(|t| 10f64.powf(-18.0 * t)).collect());
        let (a, b) = (graded(n, seed), graded(m, seed + 50));
        let found = with_costs(with_outliers(n, m, 1e12, seed), &a, &b);
        assert_eq!(found.report.method, "shortest paths");
        let each = found.report.iterations as f64 / (n + m) as f64;
        assert!(each < 12.0, "{n} x {m}: {each} pivots and paths a point");
        let (rows, columns) = found.plan.marginals();
        for (sum, w) in rows.iter().zip(&a).chain(columns.iter().zip(&b)) {
            assert!((sum - w).abs() <= 1e-12 * w, "{sum:e} of {w:e}");
        }
    }
}

#[test]
fn equal_points_are_solved_as_one() {
    let few = normal(12, 3, 1);
    let chosen = |n: usize, seed| whole(n, 1, 12.0, seed).iter().map(|k| *k as usize).collect::<Vec<_>>();
    let (rows, columns) = (chosen(400, 2), chosen(300, 3));
    let (x, y) = (few.select(Axis(0), &rows), few.select(Axis(0), &columns) + 0.25);
    let (a, b) = (weights(400, 1, true), weights(300, 2, true));
    let of_points = optimum(&weighted(x.clone(), a.clone()), &weighted(y.clone(), b.clone()), Ground::SqEuclidean);
    let of_costs = with_costs(costs(x.view(), y.view(), Ground::SqEuclidean), &a, &b);
    assert!((of_points.cost() - of_costs.cost()).abs() <= 1e-14 * of_costs.cost());
    // the same by hand: twelve points with the masses of all that are there
    let total = |chosen: &[usize], w: &[f64]| {
        let mut masses = vec![0.0; 12];
        chosen.iter().zip(w).for_each(|(&k, w)| masses[k] += w);
        normalised(masses)
    };
    let (x, y) = (weighted(few.clone(), total(&rows, &a)), weighted(few + 0.25, total(&columns, &b)));
    let by_hand = optimum(&x, &y, Ground::SqEuclidean);
    assert!((of_points.cost() - by_hand.cost()).abs() <= 1e-13 * by_hand.cost());
    for solution in [&of_points, &of_costs] {
        assert!(solution.report.iterations <= by_hand.report.iterations + 24);
        for (i, k) in rows.iter().enumerate() {
            let other = rows.iter().position(|other| other == k).unwrap();
            assert_eq!(solution.potentials.0[i], solution.potentials.0[other]);
        }
    }
    // the two zeros are one number
    let zeros = Array2::from_shape_fn((200, 2), |(i, _)| if i % 2 == 0 { 0.0 } else { -0.0 });
    assert_eq!(optimum(&even(zeros), &even(normal(200, 2, 1)), Ground::Euclidean).report.iterations, 0);
}

#[test]
fn equal_masses_are_assigned() {
    for (n, d) in [(2, 2), (7, 1), (64, 2), (130, 5), (300, 20)] {
        for ground in Ground::ALL {
            for steps in [0.0, 2.0] {
                let cloud = |seed| {
                    let points = normal(n, d, seed);
                    even(if steps > 0.0 { points.mapv(|t| (t * steps).round() / steps) } else { points })
                };
                let (x, y) = (cloud(1), cloud(2));
                let solution = optimum(&x, &y, ground);
                if steps == 0.0 || d > 2 {
                    assert_eq!(solution.report.method, if n > 48 * d { ALL } else { PATHS });
                }
                // by another method: masses that differ in the last place
                let mut masses = vec![1.0 / n as f64; n];
                masses[0] = masses[0].next_up();
                let other = optimum(&weighted(x.points().to_owned(), masses), &y, ground);
                assert!((solution.cost() - other.cost()).abs() <= 1e-12 * solution.cost());
            }
        }
    }
    let negative = uniform(90, 90, 1) * 3.0 - 2.0;
    let w = vec![1.0 / 90.0; 90];
    assert_eq!(with_costs(negative.clone(), &w, &w).report.method, PATHS);
    // stopped, it has a plan and a bracket
    let full = solved(&negative, &w, &w, None);
    for limit in [0, 1, full.report.iterations / 2] {
        let early = solved(&negative, &w, &w, Some(limit));
        check_bracket(&negative, &w, &w, &early);
        assert!(early.report.dual <= full.cost() + 1e-12 && full.cost() <= early.report.primal + 1e-12);
    }
}

/// What a solver without a limit finds, checked.
#[track_caller]
fn solved(c: &Array2<f64>, a: &[f64], b: &[f64], limit: Option<usize>) -> Solution {
    let problem = Problem::with_cost(c.clone(), Some(a.to_vec()), Some(b.to_vec())).unwrap();
    let solver = limit.map_or(Exact::new(), |limit| Exact::new().iteration_limit(limit));
    solver.solve(&problem).unwrap()
}

#[test]
fn potentials_that_absorb_the_costs_prove_nothing() {
    // u + v <= c holds to the rounding of 2^54 only, which is more than all that the plan costs: 3, which is proven by no
    // potentials in double precision
    let (big, bit) = (2f64.powi(54), 2f64.powi(-54));
    let c = array![[1.0, big, big], [big, 3.0, 3.0], [big, 5.0, 3.0]];
    let (a, b) = ([0.5, 0.25, 0.25 - bit], [0.5 - bit, 0.25, 0.25]);
    let solution = solved(&c, &a, &b, None);
    check_bracket(&c, &a, &b, &solution);
    assert!((solution.cost() - 3.0).abs() < 1e-12);
    assert_eq!(solution.report.status, Status::Stalled);
}

#[test]
fn an_infinite_cost_is_no_optimum() {
    let c = array![[0.0, 1.0], [0.0, f64::INFINITY]];
    let stopped = solved(&c, &[0.5, 0.5], &[0.5, 0.5], Some(0));
    assert_eq!(stopped.report.status, Status::IterationLimit);
    assert_eq!(with_costs(c, &[0.5, 0.5], &[0.5, 0.5]).cost(), 0.5);
}

#[test]
fn masses_that_balance_to_rounding_in_each_block_are_feasible() {
    const NO: f64 = f64::INFINITY;
    let c = array![[0.0, NO], [0.0, NO], [NO, 0.0]];
    assert_eq!(with_costs(c, &[0.1, 0.2, 0.7], &[0.3, 0.7]).cost(), 0.0);
    let c = Array2::from_shape_fn((90, 60), |(i, j)| if i / 3 == j / 2 { 1.0 + ((i + j) % 3) as f64 } else { NO });
    let a = weights(90, 3, false);
    let b: Vec<f64> = (0..60).map(|j| a[j / 2 * 3..][..3].iter().sum::<f64>() * [0.3, 0.7][j % 2]).collect();
    with_costs(c.clone(), &a, &b);
    let mut uneven = b.clone();
    uneven[0] += 1e-10;
    uneven[59] -= 1e-10;
    let problem = Problem::with_cost(c, Some(a), Some(uneven)).unwrap();
    assert!(matches!(Exact::new().solve(&problem), Err(Error::Infeasible { .. })));
}

#[test]
fn coordinates_at_the_ends_of_the_range() {
    for (ground, scale) in [
        (Ground::Cityblock, 1e200),
        (Ground::Chebyshev, 1e200),
        (Ground::Chebyshev, 1e300),
        (Ground::Euclidean, 1e150),
        (Ground::SqEuclidean, 1e150),
        (Ground::SqEuclidean, 1e-130),
        (Ground::Euclidean, 1e-130),
        (Ground::Cityblock, 1e-280),
    ] {
        for gaps in [false, true] {
            let x = weighted(normal(200, 2, 1) * scale, weights(200, 1, gaps));
            between(&x, &even(normal(200, 2, 2) * scale), ground, FEW);
        }
    }
    // costs of a few units of the least number there is: rounding decides, but a plan is found
    let near_nothing = |seed| {
        let mut points = normal(200, 2, seed) * 3e-161;
        points[[0, 0]] = 1.0;
        points
    };
    for (x, y) in [
        (normal(200, 2, 1) * 3e-161, normal(200, 2, 2) * 3e-161),
        (near_nothing(1), near_nothing(2)),
        (normal(200, 2, 1) * 1e-150, normal(200, 2, 2) * 1e-150),
    ] {
        let solution = Exact::new().solve(&Problem::between(&even(x), &even(y), Ground::SqEuclidean).unwrap()).unwrap();
        assert!(solution.report.residual < 1e-14 && solution.report.dual <= solution.report.primal + 1e-318);
    }
}

#[test]
fn costs_below_single_precision() {
    let mut c = uniform(200, 200, 5) * 1e-40;
    c[[0, 0]] = 1.0;
    let w = vec![1.0 / 200.0; 200];
    with_costs(c.clone(), &w, &w);
    with_costs(c, &weights(200, 1, true), &weights(200, 2, false));
    let cloud = |seed| even(normal(200, 8, seed) * 1e-20 + 1e-6);
    for ground in Ground::ALL {
        let (x, y) = (cloud(1), cloud(2));
        let solution = Exact::new().solve(&Problem::between(&x, &y, ground).unwrap()).unwrap();
        check_optimal(&costs(x.points(), y.points(), ground), x.weights(), y.weights(), &solution);
    }
}

#[test]
fn a_matrix_with_a_free_plan_needs_no_second_solver() {
    let order = |i: usize| (i * 77 + 3) % 400;
    let mut c = (uniform(400, 400, 5) * 20.0).mapv(f64::floor);
    (0..400).for_each(|i| c[[i, order(i)]] = 0.0);
    let w = vec![1.0 / 400.0; 400];
    let solution = with_costs(c, &w, &w);
    assert_eq!((solution.cost(), solution.report.gap(), &*solution.report.method), (0.0, 0.0, ALL));
}

#[test]
fn nearly_the_same_large_clouds_are_proven() {
    for shift in [1e-3, 1e-5, 1e-9] {
        let x = even(normal(5000, 2, 3));
        let y = even(&x.points() + shift);
        let solution = Exact::new().solve(&Problem::between(&x, &y, Ground::SqEuclidean).unwrap()).unwrap();
        check_optimal(&costs(x.points(), y.points(), Ground::SqEuclidean), x.weights(), y.weights(), &solution);
        assert!((solution.cost() / (2.0 * shift * shift) - 1.0).abs() < 1e-6);
    }
}

#[test]
fn a_limit_never_loses_what_is_in_hand() {
    let (n, mut rng) = (200, stream(4, 9));
    let c = Array2::from_shape_simple_fn((n, n), || if rng.random_bool(0.1) { rng.random::<f64>() } else { 1e12 });
    let (a, b) = (weights(n, 1, false), weights(n, 2, false));
    let full = solved(&c, &a, &b, None);
    check_optimal(&c, &a, &b, &full);
    let mut last = f64::INFINITY;
    for eighths in 0..=8 {
        let early = solved(&c, &a, &b, Some(full.report.iterations * eighths / 8));
        check_bracket(&c, &a, &b, &early);
        assert!(early.report.primal <= last * (1.0 + 1e-9), "{} after {last}", early.report.primal);
        last = early.report.primal;
    }
    assert!((last - full.cost()).abs() <= 1e-9 * last);
}

#[test]
fn matrices_of_every_kind() {
    let (n, m) = (450, 380);
    let mut rng = stream(1, 9);
    let random = uniform(n, m, 3);
    let whole = random.mapv(|c| (c * 10.0).floor());
    let metric = costs(normal(n, 3, 4).view(), normal(m, 3, 5).view(), Ground::Euclidean);
    let negative = &random - 0.7;
    let equal = Array2::from_elem((n, m), 2.5);
    let sea =
        |dear: f64| Array2::from_shape_fn((n, m), |(i, j)| if (i + 2 * j) % 7 < 3 { random[[i, j]] } else { dear });
    let (dear, enormous, huge, forbidden) = (sea(1e12), sea(1e25), sea(1e32), sea(f64::INFINITY));
    let mut all = Vec::new();
    for c in [random, whole, metric, negative, equal, dear, enormous, huge, forbidden] {
        let even = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
        let gaps = (weights(n, 6, true), weights(m, 7, false));
        let steep = normalised((0..n).map(|_| 10f64.powi(-rng.random_range(0..12))).collect());
        for (a, b) in [even, gaps, (steep, weights(m, 8, true))] {
            all.push(with_costs(c.clone(), &a, &b).report.method);
        }
    }
    // where costs tie, or arcs are forbidden, all arcs are read
    assert!(all[3..6].iter().all(|method| method == ALL || method == FINE), "{all:?}");
    let mut others = all[..3].iter().chain(&all[6..12]);
    assert!(others.all(|method| method == MANY || method == FINE), "{all:?}");
    // where all costs are equal, one row and one column remain
    assert!(all[12..15].iter().all(|method| method == PATHS), "{all:?}");
    assert!(all[24..].iter().all(|method| method == ALL || method == FINE), "{all:?}");
}

#[test]
fn whole_costs_and_masses_give_whole_answers() {
    let c = (uniform(200, 200, 5) * 20.0).mapv(f64::floor);
    let w = vec![1.0; 200];
    let solution = with_costs(c, &w, &w);
    assert_eq!((solution.cost().fract(), solution.report.gap(), &*solution.report.method), (0.0, 0.0, PATHS));
    assert!(solution.plan.arcs().iter().all(|&(_, _, mass)| mass == 1.0));
}

#[test]
fn a_shift_and_a_stretch_are_found() {
    for (d, method) in [(2, FEW), (3, FEW), (12, MANY)] {
        let x = weighted(normal(400, d, 8), weights(400, 2, false));
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
        let asked = AtomicUsize::new(0);
        let stop = |_: &Progress| {
            asked.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        };
        let watched = Exact::new().on_progress(&stop).solve(&problem).unwrap();
        check_bracket(&c, x.weights(), y.weights(), &watched);
        // whoever is asked, once, is obeyed
        let expected = if asked.load(Ordering::Relaxed) == 0 { Status::Converged } else { Status::Interrupted };
        assert!(asked.load(Ordering::Relaxed) <= 1 && watched.report.status == expected);
    }
}

#[test]
fn the_same_bits_on_one_thread_and_on_two() {
    let clouds = |n: usize, d, ground| {
        let x = weighted(normal(n, d, 1), weights(n, 1, false));
        Problem::between(&x, &even(normal(700, d, 2)), ground).unwrap()
    };
    // beyond 8192 points the kd-tree is built on both threads
    for problem in [
        clouds(900, 2, Ground::SqEuclidean),
        clouds(900, 20, Ground::SqEuclidean),
        clouds(900, 3, Ground::Euclidean),
        clouds(900, 20, Ground::Euclidean),
        clouds(9000, 2, Ground::SqEuclidean),
        Problem::with_cost(uniform(500, 400, 3), Some(weights(500, 4, false)), None).unwrap(),
    ] {
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
        n in 100usize..600, m in 100usize..600, seed in 0u64..1000, steps in prop_oneof![Just(0.0), 2.0f64..9.0],
        d in 2usize..8, stretch in -6i32..7, ground in 0usize..4, gaps in any::<bool>(),
    ) {
        prop_assume!(n * m > 150 * 150);
        let shaped = |points: Array2<f64>| {
            let rounded = if steps > 0.0 { points.mapv(|t| (t * steps).round() / steps) } else { points };
            rounded * 10f64.powi(stretch)
        };
        let x = weighted(shaped(normal(n, d, seed)), weights(n, seed, gaps));
        let y = weighted(shaped(normal(m, d, seed + 1)), weights(m, seed + 1, !gaps));
        let (there, back) = (optimum(&x, &y, Ground::ALL[ground]), optimum(&y, &x, Ground::ALL[ground]));
        if steps == 0.0 {
            let wanted = if d <= 6 { FEW } else if n * m > 150_000 { MANY } else { ALL };
            prop_assert_eq!(&*there.report.method, wanted);
        }
        let (there, back) = (there.cost(), back.cost());
        prop_assert!((there - back).abs() <= 1e-9 * there);
    }
}
