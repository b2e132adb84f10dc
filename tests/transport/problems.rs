//! Exact, one-dimensional, entropic and sliced transport against oracles, brute force, a linear-programming solver and
//! the properties that transport has.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::check::{check_bracket, check_optimal, costs};
use crate::common::oracles::oracle;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{self, Exact, Ground, Problem, Solution, line};
use fenchel::{Error, Result};
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

// ---------------------------------------------------------------------------------------------- problems and oracles

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn random_weights(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    let w: Vec<f64> = (0..n).map(|_| rng.random::<f64>() + 0.05).collect();
    let total: f64 = w.iter().sum();
    w.iter().map(|w| w / total).collect()
}

fn cloud(points: Array2<f64>, weights: Vec<f64>) -> Empirical {
    Empirical::weighted(points, weights).unwrap()
}

/// Solves exactly and checks the solution independently.
#[track_caller]
fn solved(c: &Array2<f64>, a: &[f64], b: &[f64]) -> Solution {
    let problem = Problem::with_cost(c.clone(), Some(a.to_vec()), Some(b.to_vec())).unwrap();
    let solution = Exact::new().solve(&problem).unwrap();
    check_optimal(c, a, b, &solution);
    solution
}

/// As [`solved`] for clouds, by the simplex in any dimension.
#[track_caller]
fn between(x: &Empirical, y: &Empirical, ground: Ground) -> Solution {
    let solution = Exact::new().solve(&Problem::between(x, y, ground).unwrap()).unwrap();
    check_optimal(&costs(x.points(), y.points(), ground), x.weights(), y.weights(), &solution);
    solution
}

/// The cheapest of all permutations.
fn best_permutation(c: &Array2<f64>) -> f64 {
    fn search(c: &Array2<f64>, i: usize, used: &mut Vec<bool>) -> f64 {
        if i == c.nrows() {
            return 0.0;
        }
        let mut best = f64::INFINITY;
        for j in 0..c.ncols() {
            if !used[j] {
                used[j] = true;
                best = best.min(c[[i, j]] + search(c, i + 1, used));
                used[j] = false;
            }
        }
        best
    }
    search(c, 0, &mut vec![false; c.ncols()])
}

/// The optimum by a general linear-programming solver.
fn linear_program(c: &Array2<f64>, a: &[f64], b: &[f64]) -> f64 {
    let mut lp = microlp::Problem::new(OptimizationDirection::Minimize);
    let (n, m) = c.dim();
    let vars: Vec<Vec<_>> =
        (0..n).map(|i| (0..m).map(|j| lp.add_var(c[[i, j]], (0.0, f64::INFINITY))).collect()).collect();
    for i in 0..n {
        let row: Vec<_> = (0..m).map(|j| (vars[i][j], 1.0)).collect();
        lp.add_constraint(&row, ComparisonOp::Eq, a[i]);
    }
    for j in 0..m - 1 {
        let column: Vec<_> = (0..n).map(|i| (vars[i][j], 1.0)).collect();
        lp.add_constraint(&column, ComparisonOp::Eq, b[j]);
    }
    lp.solve().unwrap().into_solution().unwrap().objective()
}

// --------------------------------------------------------------------------------------------------- exact, by oracle

#[test]
fn agrees_with_all_permutations() {
    for seed in 0..40 {
        let n = 1 + (seed as usize % 8);
        let mut rng = stream(seed, 2);
        let c = if seed % 3 == 0 {
            // few distinct integers: ties everywhere
            Array2::from_shape_simple_fn((n, n), || f64::from(rng.random_range(0..4u8)))
        } else {
            Array2::from_shape_simple_fn((n, n), || rng.random::<f64>() - 0.3)
        };
        let w = vec![1.0; n];
        let cost = solved(&c, &w, &w).cost();
        assert!((cost - best_permutation(&c)).abs() <= 1e-12, "seed {seed}");
        if seed % 3 == 0 {
            assert_eq!(cost, best_permutation(&c), "integers are exact");
        }
    }
}

#[test]
fn agrees_with_a_linear_programming_solver() {
    for seed in 0..60 {
        let mut rng = stream(seed, 3);
        let (n, m) = (rng.random_range(1..12), rng.random_range(1..12));
        let (mut a, mut b) = (random_weights(n, seed), random_weights(m, seed + 1000));
        if seed % 4 == 0 && n > 2 && m > 2 {
            a[1] += a[0];
            a[0] = 0.0;
            b[2] += b[0];
            b[0] = 0.0;
        }
        let c = match seed % 3 {
            0 => Array2::from_shape_simple_fn((n, m), || f64::from(rng.random_range(-3..4i8))),
            1 => costs(normal(n, 2, seed).view(), normal(m, 2, seed + 1).view(), Ground::SqEuclidean),
            _ => Array2::from_shape_simple_fn((n, m), || rng.random::<f64>()),
        };
        let cost = solved(&c, &a, &b).cost();
        let expected = linear_program(&c, &a, &b);
        assert!((cost - expected).abs() < 1e-9, "seed {seed}: {cost} {expected}");
    }
}

#[test]
fn transport_tables_have_whole_answers() {
    // textbook tables: costs, supplies, demands, optimum
    type Table<'a> = (Array2<f64>, &'a [f64], &'a [f64], f64);
    let tables: [Table; 4] = [
        (
            array![[8., 6., 10., 9.], [9., 12., 13., 7.], [14., 9., 16., 5.]],
            &[35., 50., 40.],
            &[45., 20., 30., 30.],
            1020.,
        ),
        (
            array![[19., 30., 50., 10.], [70., 30., 40., 60.], [40., 8., 70., 20.]],
            &[7., 9., 18.],
            &[5., 8., 7., 14.],
            743.,
        ),
        (
            array![[3., 1., 7., 4.], [2., 6., 5., 9.], [8., 3., 3., 2.]],
            &[300., 400., 500.],
            &[250., 350., 400., 200.],
            2850.,
        ),
        (array![[4.0]], &[7.0], &[7.0], 28.0),
    ];
    for (c, a, b, optimum) in tables {
        let solution = solved(&c, a, b);
        assert_eq!(solution.cost(), optimum);
        assert_eq!(solution.report.gap(), 0.0);
        assert!(solution.plan.arcs().iter().all(|&(_, _, mass)| mass.fract() == 0.0), "whole masses stay whole");
    }
}

#[test]
fn oracle_rows() -> Result<()> {
    let bins = [0.0, 1.0, 2.0, 3.0];
    let (p, q) = ([0.4, 0.3, 0.2, 0.1], [0.3, 0.2, 0.3, 0.2]);
    oracle("O037").check(line::wasserstein(&bins, Some(&p), &bins, Some(&q), 1.0)?.distance());
    oracle("O037").check(line::area(&bins, Some(&p), &bins, Some(&q))?);
    let grid = Array2::from_shape_vec((4, 1), bins.to_vec()).unwrap();
    oracle("O037").check(between(&cloud(grid.clone(), p.to_vec()), &cloud(grid, q.to_vec()), Ground::Euclidean).cost());

    // U[0,1] against U[t,t+1], t = 0.3, both as 1000 equally likely points
    let x: Vec<f64> = (0..1000).map(|k| (f64::from(k) + 0.5) / 1000.0).collect();
    let y: Vec<f64> = x.iter().map(|x| x + 0.3).collect();
    oracle("O096").check(line::wasserstein(&x, None, &y, None, 1.0)?.distance());

    // parallel lines: mass on {0} x Z and {t} x Z is moved straight across, |t|
    for t in [0.0, 0.25, -3.0] {
        let segment =
            |t: f64| Empirical::new(Array2::from_shape_fn((64, 2), |(i, k)| if k == 0 { t } else { i as f64 / 64.0 }));
        let solution = transport::w1(&segment(0.0)?, &segment(t)?)?;
        assert_eq!(solution.distance(), f64::abs(t));
        assert_eq!(solution.report.status, Status::Converged);
    }

    // Dirac masses at 0 and 3
    oracle("O180").check(line::wasserstein(&[0.0], None, &[3.0], None, 1.0)?.distance());
    let h = line::witness(&[0.0], None, &[3.0], None)?;
    oracle("O180").check(h.at(0.0) - h.at(3.0));
    Ok(())
}

// ------------------------------------------------------------------------------------------- exact, by known answers

#[test]
fn a_translation_costs_its_length() {
    for (d, n) in [(1, 30), (2, 50), (7, 40)] {
        let x = normal(n, d, 5);
        let shift = Array1::from_shape_fn(d, |k| 0.7 - k as f64);
        let x = cloud(x.clone(), random_weights(n, 6));
        let y = cloud(&x.points() + &shift, x.weights().to_vec());
        let length = shift.dot(&shift).sqrt();
        assert!((between(&x, &y, Ground::SqEuclidean).distance() - length).abs() < 1e-12);
        assert!((between(&x, &y, Ground::Euclidean).distance() - length).abs() < 1e-12);
        assert!((transport::w2(&x, &y).unwrap().distance() - length).abs() < 1e-12);
    }
}

#[test]
fn a_scaling_is_optimal_and_a_permutation_is_found() {
    // y = s x is the gradient of a convex function, so it is the optimal map: cost (s - 1)^2 E|x|^2
    let x = Empirical::new(normal(60, 3, 8)).unwrap();
    let order: Vec<usize> = (0..60).map(|i| (i * 7 + 3) % 60).collect();
    let y = Empirical::new((&x.points() * 1.5).select(ndarray::Axis(0), &order)).unwrap();
    let expected = 0.25 * x.points().iter().map(|x| x * x).sum::<f64>() / 60.0;
    let solution = between(&x, &y, Ground::SqEuclidean);
    assert!((solution.cost() - expected).abs() < 1e-12);
    for (i, j, mass) in solution.plan.arcs() {
        assert_eq!((order[j], mass), (i, 1.0 / 60.0));
    }
}

#[test]
fn a_law_is_at_distance_zero_from_itself() {
    for ground in Ground::ALL {
        for d in [1, 3] {
            let x = cloud(normal(80, d, 9), random_weights(80, 9));
            let solution = transport::wasserstein(&x, &x, ground).unwrap();
            assert_eq!((solution.cost(), solution.distance(), solution.report.gap()), (0.0, 0.0, 0.0));
            assert_eq!(solution.report.status, Status::Converged);
        }
    }
}

#[test]
fn nearly_the_same_law_is_still_proven() {
    // the cost is 1e-24, far below the rounding of the other costs
    for d in [1, 2] {
        let x = Empirical::new(Array2::from_shape_fn((50, d), |(i, k)| ((i * 37 + k * 11) % 50) as f64)).unwrap();
        let y = Empirical::new(&x.points() + 2f64.powi(-40)).unwrap();
        let solution = transport::w2(&x, &y).unwrap();
        assert_eq!(solution.report.status, Status::Converged);
        assert!((solution.cost() / (d as f64 * 2f64.powi(-80)) - 1.0).abs() < 1e-9);
    }
}

// ------------------------------------------------------------------------------------------------ exact, hard inputs

#[test]
fn costs_all_equal_duplicates_and_zero_weights() {
    let c = Array2::from_elem((30, 20), 3.5);
    let solution = solved(&c, &random_weights(30, 1), &random_weights(20, 2));
    assert!((solution.cost() - 3.5).abs() < 1e-14);

    let x = cloud(Array2::from_shape_fn((60, 2), |(i, k)| ((i + k) % 3) as f64), random_weights(60, 3));
    let y = cloud(Array2::from_shape_fn((40, 2), |(i, k)| ((i * k) % 4) as f64), random_weights(40, 4));
    for ground in Ground::ALL {
        between(&x, &y, ground);
    }

    let mut weights = random_weights(40, 5);
    let dropped: f64 = weights[..10].iter().sum();
    weights[..10].fill(0.0);
    weights[39] += dropped;
    let y_all = cloud(normal(40, 2, 6), weights.clone());
    let y_some = cloud(y_all.points().slice(ndarray::s![10.., ..]).to_owned(), weights[10..].to_vec());
    let x = Empirical::new(normal(25, 2, 7)).unwrap();
    let (all, some) = (between(&x, &y_all, Ground::Euclidean), between(&x, &y_some, Ground::Euclidean));
    assert!((all.cost() - some.cost()).abs() < 1e-13);
    between(&y_all, &x, Ground::Euclidean);
}

#[test]
fn enormous_costs_beside_small_ones() {
    // a ring of cheap arcs in a sea of enormous ones: the optimum uses cheap arcs only, and is still exact
    for (n, seed) in [(4, 1), (30, 2), (80, 3)] {
        let mut rng = stream(seed, 4);
        let mut c = Array2::from_elem((n, n), 1e32);
        for i in 0..n {
            for k in 0..3 {
                c[[i, (i + k * k) % n]] = rng.random::<f64>();
            }
        }
        let forbidden = c.mapv(|c| if c > 1.0 { f64::INFINITY } else { c });
        let w = vec![1.0 / n as f64; n];
        let solution = solved(&c, &w, &w);
        assert!(solution.cost() < 1.0);
        assert!((solved(&forbidden, &w, &w).cost() - solution.cost()).abs() < 1e-14);
    }
    // where an enormous cost must be paid it is
    let solution = solved(&array![[1e32, 1.0], [1e32, 2.0]], &[0.5, 0.5], &[0.5, 0.5]);
    assert_eq!(solution.cost(), 0.5e32 + 0.5);
}

#[test]
fn forbidden_arcs() {
    const NO: f64 = f64::INFINITY;
    let solution = solved(&array![[NO, 1.0, 5.0], [2.0, NO, 1.0], [1.0, 4.0, NO]], &[1.0; 3], &[1.0; 3]);
    assert_eq!(solution.cost(), 3.0);
    let infeasible = [
        (array![[1.0, NO], [1.0, NO]], [0.5, 0.5]),
        (array![[NO, NO], [1.0, 1.0]], [0.5, 0.5]),
        (array![[1.0, NO], [NO, 1.0]], [0.5 - 1e-6, 0.5 + 1e-6]),
        (array![[1.0, NO], [NO, 1.0]], [0.4, 0.6]),
    ];
    for (c, a) in infeasible {
        let problem = Problem::with_cost(c, Some(a.to_vec()), Some(vec![0.5, 0.5])).unwrap();
        assert!(matches!(Exact::new().solve(&problem), Err(Error::Infeasible { .. })), "{a:?}");
    }
    // the masses of each block agree, to rounding
    let a = [0.5, 0.5 + 1e-6];
    solved(&array![[1.0, NO], [NO, 1.0]], &a, &[0.5, a[0] + a[1] - 0.5]);
    // a row whose arcs are all forbidden may exist if it has no mass
    solved(&array![[NO, NO], [1.0, 2.0]], &[0.0, 1.0], &[0.5, 0.5]);
    // two blocks without an arc between them
    let c = Array2::from_shape_fn((20, 20), |(i, j)| if i / 10 == j / 10 { ((i * j) % 7) as f64 } else { NO });
    solved(&c, &[0.05; 20], &[0.05; 20]);
}

#[test]
fn one_point_and_one_against_many() {
    assert_eq!(solved(&array![[-2.0]], &[1.0], &[1.0]).cost(), -2.0);
    let y = Empirical::new(normal(33, 2, 3)).unwrap();
    let x = Empirical::new(array![[0.0, 0.0]]).unwrap();
    let expected = y.points().iter().map(|t| t * t).sum::<f64>() / 33.0;
    assert!((between(&x, &y, Ground::SqEuclidean).cost() - expected).abs() < 1e-13);
    assert!((between(&y, &x, Ground::SqEuclidean).cost() - expected).abs() < 1e-13);
}

#[test]
fn far_outliers_and_masses_of_all_sizes() {
    let mut points = normal(60, 2, 12);
    points[[0, 0]] = 1e6;
    points[[1, 1]] = -1e9;
    let x = cloud(points, random_weights(60, 1));
    let mut weights: Vec<f64> = (0..50).map(|k| 10f64.powi(-(k % 17))).collect();
    let total: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|w| *w /= total);
    let y = cloud(normal(50, 2, 13), weights);
    for ground in Ground::ALL {
        between(&x, &y, ground);
    }
}

#[test]
fn an_early_stop_returns_a_bracket() {
    let (x, y) = (Empirical::new(normal(150, 2, 1)).unwrap(), Empirical::new(normal(150, 2, 2)).unwrap());
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    let c = costs(x.points(), y.points(), Ground::SqEuclidean);
    let full = between(&x, &y, Ground::SqEuclidean);
    let (optimum, pivots) = (full.cost(), full.report.iterations);
    let mut widths = Vec::new();
    for limit in [0, pivots / 4, pivots / 2] {
        let early = Exact::new().iteration_limit(limit).solve(&problem).unwrap();
        check_bracket(&c, x.weights(), y.weights(), &early);
        assert_eq!((early.report.status, early.report.iterations), (Status::IterationLimit, limit));
        assert!(early.report.dual <= optimum && optimum <= early.report.primal);
        assert!(early.report.require_converged().is_err());
        widths.push(early.report.primal);
    }
    assert!(widths[0] > widths[1] && widths[1] > widths[2]);
    let timed = Exact::new().time_limit(std::time::Duration::ZERO).solve(&problem).unwrap();
    assert_eq!(timed.report.status, Status::TimeLimit);
    check_bracket(&c, x.weights(), y.weights(), &timed);
}

#[test]
fn a_watched_solver_tells_a_bracket_and_can_be_interrupted() {
    use fenchel::transport::{Progress, Sinkhorn};
    use std::ops::ControlFlow;
    use std::sync::Mutex;
    let (x, y) = (Empirical::new(normal(1200, 2, 1)).unwrap(), Empirical::new(normal(1200, 2, 2)).unwrap());
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    let told = Mutex::new(Vec::new());
    let observer = |progress: &Progress| {
        told.lock().unwrap().push(*progress);
        ControlFlow::Break(())
    };
    // large enough for more than the hundredth of a second after which it asks
    let cloud = |seed| Empirical::new(normal(8000, 2, seed)).unwrap();
    let large = Problem::between(&cloud(1), &cloud(2), Ground::SqEuclidean).unwrap();
    let exact = Exact::new().on_progress(&observer).solve(&large).unwrap();
    assert_eq!((told.lock().unwrap().len(), exact.report.status), (1, Status::Interrupted));
    assert!(exact.report.dual <= exact.report.primal);
    let entropic = Sinkhorn::new(1e-3).tolerance(1e-14).on_progress(&observer).solve(&problem).unwrap();
    assert_ne!(entropic.report.status, Status::Converged);
    assert!(entropic.report.dual <= entropic.report.primal);
    assert!(told.lock().unwrap().iter().all(|p| p.dual <= p.primal * (1.0 + 1e-12)));
}

// ----------------------------------------------------------------------------------------------------------- the line

#[test]
fn sorting_agrees_with_the_simplex() {
    for seed in 0..30u64 {
        let (n, m) = (1 + seed as usize, 31 - seed as usize);
        let (x, y) = (normal(n, 1, seed), normal(m, 1, seed + 100));
        let (x, y) = (x.mapv(|t| if seed % 2 == 0 { t } else { t.round() }), y.mapv(|t| t.round()));
        let (a, b) = (random_weights(n, seed), random_weights(m, seed + 1));
        for p in [1.0, 1.5, 2.0, 3.0] {
            let c = Array2::from_shape_fn((n, m), |(i, j)| (x[[i, 0]] - y[[j, 0]]).abs().powf(p));
            let (x, y) = (x.as_slice().unwrap(), y.as_slice().unwrap());
            let solution = line::wasserstein(x, Some(&a), y, Some(&b), p).unwrap();
            check_optimal(&c, &a, &b, &solution);
            let general = solved(&c, &a, &b);
            assert!((solution.cost() - general.cost()).abs() <= 1e-12 * (1.0 + general.cost()));
            assert!((solution.distance() - general.cost().powf(1.0 / p)).abs() < 1e-9);
            if p == 1.0 {
                let area = line::area(x, Some(&a), y, Some(&b)).unwrap();
                assert!((area - solution.cost()).abs() <= 1e-13 * (1.0 + area));
                let h = line::witness(x, Some(&a), y, Some(&b)).unwrap();
                let mean = |points: &[f64], w: &[f64]| points.iter().zip(w).map(|(&t, w)| w * h.at(t)).sum::<f64>();
                assert!((mean(x, &a) - mean(y, &b) - area).abs() < 1e-12);
                for (t, h) in h.knots().windows(2).zip(h.values().windows(2)) {
                    assert!(t[0] < t[1] && (h[1] - h[0]).abs() <= (t[1] - t[0]) * (1.0 + 1e-12));
                }
            }
        }
    }
}

#[test]
fn gaussian_quantiles_on_the_line() {
    // W2 between N(0,1) and N(1,2^2) is sqrt(2); quantiles at midpoints approach it
    use statrs::distribution::{ContinuousCDF, Normal};
    let law = Normal::new(0.0, 1.0).unwrap();
    let x: Vec<f64> = (0..4000).map(|k| law.inverse_cdf((f64::from(k) + 0.5) / 4000.0)).collect();
    let y: Vec<f64> = x.iter().rev().map(|x| 1.0 + 2.0 * x).collect();
    let solution = line::wasserstein(&x, None, &y, None, 2.0).unwrap();
    assert!((solution.cost() - oracle("O081").value()).abs() < 1e-3);
    assert_eq!(solution.report.status, Status::Converged);
}

#[test]
fn the_line_refuses_nonsense() {
    assert!(matches!(line::wasserstein(&[], None, &[1.0], None, 1.0), Err(Error::TooFew { .. })));
    assert!(matches!(line::wasserstein(&[f64::NAN], None, &[1.0], None, 1.0), Err(Error::NotFinite { .. })));
    for p in [0.5, f64::NAN, f64::INFINITY] {
        assert!(matches!(line::wasserstein(&[0.0], None, &[1.0], None, p), Err(Error::OutOfDomain { .. })));
    }
    assert!(matches!(line::wasserstein(&[1e200], None, &[0.0], None, 2.0), Err(Error::OutOfDomain { .. })));
    assert!(matches!(
        line::wasserstein(&[0.0], Some(&[0.9]), &[0.0], Some(&[1.0]), 2.0),
        Err(Error::NotNormalised { .. })
    ));
}

// --------------------------------------------------------------------------------------------------------- properties

fn weighted_cloud(d: usize) -> impl Strategy<Value = Empirical> {
    (1usize..9).prop_flat_map(move |n| {
        let points = proptest::collection::vec(-3i8..4, n * d);
        let weights = proptest::collection::vec(0u8..5, n);
        (points, weights).prop_map(move |(points, weights)| {
            let points = points.iter().map(|&t| f64::from(t) / 2.0).collect();
            let mut weights: Vec<f64> = weights.iter().map(|&w| f64::from(w)).collect();
            weights[0] += 1.0;
            let total: f64 = weights.iter().sum();
            weights.iter_mut().for_each(|w| *w /= total);
            cloud(Array2::from_shape_vec((n, d), points).unwrap(), weights)
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn wasserstein_is_a_metric(x in weighted_cloud(2), y in weighted_cloud(2), z in weighted_cloud(2)) {
        for ground in Ground::ALL {
            let d = |x: &Empirical, y: &Empirical| between(x, y, ground).distance();
            let (xy, yx, yz, xz) = (d(&x, &y), d(&y, &x), d(&y, &z), d(&x, &z));
            prop_assert!((xy - yx).abs() < 1e-7);
            prop_assert!(xz <= xy + yz + 1e-7);
            prop_assert!(xy >= 0.0);
        }
    }

    #[test]
    fn scaling_translation_and_order(x in weighted_cloud(3), y in weighted_cloud(3), s in 0.1f64..9.0, t in -5.0f64..5.0) {
        let map = |x: &Empirical| cloud(&x.points() * s + t, x.weights().to_vec());
        let reversed = |x: &Empirical| {
            let order: Vec<usize> = (0..x.len()).rev().collect();
            cloud(x.points().select(ndarray::Axis(0), &order), order.iter().map(|&i| x.weights()[i]).collect())
        };
        for ground in Ground::ALL {
            let cost = between(&x, &y, ground).cost();
            let scaled = between(&map(&x), &map(&y), ground).cost();
            prop_assert!((scaled - s.powf(ground.root()) * cost).abs() < 1e-11 * (1.0 + scaled));
            prop_assert!((between(&reversed(&x), &reversed(&y), ground).cost() - cost).abs() < 1e-13 * (1.0 + cost));
        }
    }

    #[test]
    fn the_line_is_dispatched_and_proven(x in weighted_cloud(1), y in weighted_cloud(1)) {
        for ground in Ground::ALL {
            let sorted = transport::wasserstein(&x, &y, ground).unwrap();
            prop_assert_eq!(&*sorted.report.method, "sort");
            check_optimal(&costs(x.points(), y.points(), ground), x.weights(), y.weights(), &sorted);
            prop_assert!((sorted.cost() - between(&x, &y, ground).cost()).abs() < 1e-12);
        }
    }
}
