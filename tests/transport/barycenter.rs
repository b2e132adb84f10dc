//! Barycenters: quantile averages, translates, a linear program, a peer, and brackets that hold.

use crate::common::check::costs;
use fenchel::certificate::Status;
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::stream;
use fenchel::transport::{Cost, Exact, FixedSupport, FreeSupport, Ground, Problem, Progress};
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array1, Array2, Axis, array};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn grid(n: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, 1), |(i, _)| i as f64)
}

fn random_law(n: usize, seed: u64) -> Pmf {
    let mut rng = stream(seed, 1);
    Pmf::normalised((0..n).map(|_| rng.random::<f64>().powi(3)).collect::<Vec<f64>>()).unwrap()
}

/// A Gaussian bump on the points 0 .. n-1.
fn bump(n: usize, mean: f64, variance: f64) -> Pmf {
    Pmf::normalised((0..n).map(|i| (-(i as f64 - mean).powi(2) / (2.0 * variance)).exp()).collect::<Vec<f64>>())
        .unwrap()
}

fn moments(law: &[f64]) -> (f64, f64) {
    let mean: f64 = law.iter().enumerate().map(|(i, w)| w * i as f64).sum();
    (mean, law.iter().enumerate().map(|(i, w)| w * (i as f64 - mean).powi(2)).sum())
}

/// The unregularised problem on given points by a general linear-programming solver.
fn linear_program(c: &Array2<f64>, laws: &[Pmf], weights: &[f64]) -> f64 {
    let mut lp = microlp::Problem::new(OptimizationDirection::Minimize);
    let (n, m) = c.dim();
    let a: Vec<_> = (0..n).map(|_| lp.add_var(0.0, (0.0, f64::INFINITY))).collect();
    for (law, w) in laws.iter().zip(weights) {
        let plan: Vec<Vec<_>> =
            (0..n).map(|i| (0..m).map(|j| lp.add_var(w * c[[i, j]], (0.0, f64::INFINITY))).collect()).collect();
        for i in 0..n {
            let row: Vec<_> = plan[i].iter().map(|&v| (v, 1.0)).chain([(a[i], -1.0)]).collect();
            lp.add_constraint(&row, ComparisonOp::Eq, 0.0);
        }
        for j in 0..m {
            let column: Vec<_> = plan.iter().map(|row| (row[j], 1.0)).collect();
            lp.add_constraint(&column, ComparisonOp::Eq, law.masses()[j]);
        }
    }
    lp.solve().unwrap().into_solution().unwrap().objective()
}

#[test]
fn the_bracket_on_fixed_points_contains_the_linear_program() {
    for seed in 0..8 {
        let (n, m) = (5 + seed as usize % 3, 6);
        let c = costs(normal(n, 2, seed).view(), normal(m, 2, 100 + seed).view(), Ground::SqEuclidean);
        let laws: Vec<Pmf> = (0..3).map(|k| random_law(m, 10 * seed + k)).collect();
        let weights = [0.5, 0.3, 0.2];
        let optimum = linear_program(&c, &laws, &weights);
        let mut width = f64::INFINITY;
        for eps in [1.0, 0.1, 0.02] {
            let found = FixedSupport::new(eps).solve(&Cost::matrix(c.clone()).unwrap(), &laws, &weights).unwrap();
            let report = &found.report;
            assert_eq!(report.status, Status::Converged, "seed {seed} eps {eps}: {report:?}");
            assert!(
                report.dual <= optimum + 1e-9 && optimum <= report.primal + 1e-9,
                "seed {seed}: {report:?} misses {optimum}"
            );
            assert!(report.gap() < width + 1e-9);
            width = report.gap();
            // the upper bound is no less than what exact transport to the barycenter costs
            let exact: f64 = laws
                .iter()
                .zip(&weights)
                .map(|(law, w)| {
                    let problem = Problem::with_cost(
                        c.clone(),
                        Some(found.masses.masses().to_vec()),
                        Some(law.masses().to_vec()),
                    )
                    .unwrap();
                    w * Exact::new().solve(&problem).unwrap().cost()
                })
                .sum();
            assert!(optimum - 1e-9 <= exact && exact <= report.primal + 1e-9);
        }
        assert!(width < 0.1 * optimum.max(0.1), "seed {seed}: {width:e} of {optimum}");
    }
}

#[test]
fn gaussians_on_a_grid_average_their_means_and_deviations() {
    let n = 60;
    let cost = Cost::between(grid(n).view(), grid(n).view(), Ground::SqEuclidean).unwrap();
    let laws = [bump(n, 18.0, 4.0), bump(n, 40.0, 16.0)];
    let weights = [0.25, 0.75];
    let (mean, deviation) = (0.25 * 18.0 + 0.75 * 40.0, 0.25 * 2.0 + 0.75 * 4.0);
    let blurred = FixedSupport::new(4.0).solve(&cost, &laws, &weights).unwrap();
    let sharp = FixedSupport::new(4.0).debiased().solve(&cost, &laws, &weights).unwrap();
    for found in [&blurred, &sharp] {
        assert_eq!(found.report.status, Status::Converged, "{:?}", found.report.residual);
        assert!((moments(found.masses.masses()).0 - mean).abs() < 0.01);
        let sum: f64 = found.masses.masses().iter().sum();
        assert!((sum - 1.0).abs() < 1e-12);
    }
    let (_, variance) = moments(sharp.masses.masses());
    assert!((variance.sqrt() - deviation).abs() < 0.05, "{} for {deviation}", variance.sqrt());
    // entropy adds about eps/2 to the variance
    let (_, wider) = moments(blurred.masses.masses());
    assert!(wider > variance + 1.0 && wider < variance + 3.0, "{wider} beside {variance}");
}

/// `ot.bregman.barycenter(A, C, 0.2, weights=[.3, .7], method="sinkhorn_log", stopThr=1e-14)` of POT 0.9.7.post1 (its default
/// method stops at 0.1225 for the first number, which is no fixed point) and `barycenter_debiased`. The debiasing factor is
/// hardly determined where the masses are tiny, and its iteration wanders there by some 1e-4 for thousands of rounds.
#[test]
fn agrees_with_a_peer() {
    let n = 20;
    let c = costs(grid(n).view(), grid(n).view(), Ground::SqEuclidean) / n as f64;
    let laws = [bump(n, 5.0, 2.0), bump(n, 13.0, 4.5)];
    let solver = FixedSupport::new(0.2);
    let cost = Cost::matrix(c).unwrap();
    for (solver, close, eighth, tenth, mean, variance) in [
        (
            solver.tolerance(1e-11),
            1e-9,
            0.09234698224808083,
            0.1626890564675697,
            10.594894113242093,
            5.6177825720259875,
        ),
        (
            solver.debiased().tolerance(1e-5),
            1e-3,
            0.08269440229499417,
            0.19850654074368226,
            10.595051945332585,
            3.6230458818260303,
        ),
    ] {
        let found = solver.solve(&cost, &laws, &[0.3, 0.7]).unwrap();
        let masses = found.masses.masses();
        let (m, v) = moments(masses);
        for (found, expected) in [(masses[8], eighth), (masses[10], tenth), (m, mean), (v, variance)] {
            assert!((found - expected).abs() < close * expected.max(1.0), "{found} for {expected}");
        }
    }
}

/// From 2^16 entries on the rounds begin in single precision. Without a point that has no mass the same problem stays below that, and is
/// solved in double from the start.
#[test]
fn single_precision_only_shortens_the_way() {
    let n = 256;
    let points = grid(n);
    let without_last = |points: &Array2<f64>| points.slice(ndarray::s![..n - 1, ..]).to_owned();
    let laws = |n: usize| [bump(n, 60.0, 90.0), bump(n, 110.0, 400.0), bump(n, 90.0, 30.0)];
    let weights = [0.5, 0.3, 0.2];
    let solver = || FixedSupport::new(40.0).tolerance(1e-7);
    for (solver, close) in [(solver(), 1e-6), (solver().debiased().tolerance(1e-5), 1e-3)] {
        let solve = |points: &Array2<f64>| {
            let cost = Cost::between(points.view(), points.view(), Ground::SqEuclidean).unwrap();
            solver.solve(&cost, &laws(points.nrows()), &weights).unwrap()
        };
        let (large, small) = (solve(&points), solve(&without_last(&points)));
        for found in [&large, &small] {
            assert_eq!(found.report.status, Status::Converged, "{}", found.report.residual);
            assert!(found.report.dual <= found.cost());
        }
        let off: f64 = large.masses.masses().iter().zip(small.masses.masses()).map(|(a, b)| (a - b).abs()).sum();
        assert!(off < close, "{off:e}");
        assert!((large.cost() - small.cost()).abs() < close * small.cost());
        assert!((large.report.dual - small.report.dual).abs() < close * small.cost());
    }
    // the same bits on any number of threads, and costs that single precision cannot hold
    let cost = Cost::between(points.view(), points.view(), Ground::SqEuclidean).unwrap();
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let found = pool.install(|| solver().solve(&cost, &laws(n), &weights).unwrap());
        (found.report.primal.to_bits(), found.report.dual.to_bits(), found.report.trace, found.masses.masses().to_vec())
    };
    assert!(run(1) == run(2));
    let huge = Cost::matrix(cost.to_dense() * 1e45).unwrap();
    let found = FixedSupport::new(40e45).solve(&huge, &laws(n), &weights).unwrap();
    assert_eq!(found.report.status, Status::Converged);
    assert!(found.report.dual <= found.cost());
}

/// Regularisations beyond what numbers can tell apart are as good as the nearest that is one.
#[test]
fn extreme_regularisations_have_brackets_that_hold() {
    let cost = Cost::between(grid(20).view(), grid(20).view(), Ground::SqEuclidean).unwrap();
    let laws = [bump(20, 4.0, 2.0), bump(20, 13.0, 2.0)];
    for eps in [1e-310, 1e-100, 1e-9, 1e9, 1e300] {
        for solver in [FixedSupport::new(eps), FixedSupport::new(eps).debiased()] {
            let report = solver.solve(&cost, &laws, &[0.5, 0.5]).unwrap().report;
            // laws of one shape, nine apart, meet in the middle
            assert!(report.dual <= 20.5 && 20.0 <= report.primal, "{eps:e}: {report:?}");
        }
    }
}

#[test]
fn one_law_is_its_own_barycenter() {
    let cost = Cost::between(grid(12).view(), grid(12).view(), Ground::SqEuclidean).unwrap();
    let law = random_law(12, 3);
    let found = FixedSupport::new(0.05).debiased().solve(&cost, std::slice::from_ref(&law), &[1.0]).unwrap();
    let off: f64 = found.masses.masses().iter().zip(law.masses()).map(|(a, b)| (a - b).abs()).sum();
    assert!(off < 1e-3, "{off:e}");
    let cloud = Empirical::new(normal(9, 2, 4)).unwrap();
    let found = FreeSupport::new().solve(std::slice::from_ref(&cloud), &[1.0], &cloud).unwrap();
    assert!(found.report.primal == 0.0 && found.report.dual == 0.0);
}

#[test]
fn on_the_line_it_is_the_average_of_the_quantiles() {
    let clouds: Vec<Array2<f64>> = (0..3).map(|k| normal(15, 1, 30 + k) * (1.0 + k as f64) + k as f64).collect();
    let weights = [0.2, 0.5, 0.3];
    let sorted = |x: &Array2<f64>| {
        let mut x = x.iter().copied().collect::<Vec<f64>>();
        x.sort_by(f64::total_cmp);
        Array1::from(x)
    };
    let expected: Array1<f64> =
        clouds.iter().zip(weights).map(|(x, w)| sorted(x) * w).fold(Array1::zeros(15), |sum, x| sum + x);
    let laws: Vec<Empirical> = clouds.iter().map(|x| Empirical::new(x.clone()).unwrap()).collect();
    let found = FreeSupport::new().solve(&laws, &weights, &Empirical::new(normal(15, 1, 99)).unwrap()).unwrap();
    let points = sorted(&found.law.points().to_owned());
    assert!((&points - &expected).iter().all(|d| d.abs() < 1e-12));
    assert_eq!(found.report.status, Status::Converged);
    assert!(
        found.report.gap() < 1e-12 * found.report.primal,
        "on the line the pairwise bound is tight: {:?}",
        found.report
    );
}

#[test]
fn translates_meet_in_the_middle() {
    let shape = normal(12, 2, 7);
    let shifts = [array![0.0, 0.0], array![10.0, 0.0], array![0.0, 20.0]];
    let weights = [0.5, 0.25, 0.25];
    let laws: Vec<Empirical> = shifts.iter().map(|s| Empirical::new(&shape + s).unwrap()).collect();
    let found = FreeSupport::new().solve(&laws, &weights, &laws[0]).unwrap();
    let middle = array![2.5, 5.0];
    assert!((found.law.points().to_owned() - &shape - &middle).iter().all(|d| d.abs() < 1e-12));
    let spread: f64 = shifts.iter().zip(weights).map(|(s, w)| w * (s - &middle).mapv(|x| x * x).sum()).sum();
    assert!((found.report.primal - spread).abs() < 1e-10 && (found.report.dual - spread).abs() < 1e-10);
}

#[test]
fn the_free_objective_falls_and_is_what_it_says() {
    for seed in 0..5 {
        let laws: Vec<Empirical> =
            (0..3).map(|k| Empirical::new(normal(10 + k, 2, 200 + 10 * seed + k as u64)).unwrap()).collect();
        let weights = [0.4, 0.4, 0.2];
        let found = FreeSupport::new().solve(&laws, &weights, &Empirical::new(normal(11, 2, seed)).unwrap()).unwrap();
        let report = &found.report;
        assert_eq!(report.status, Status::Converged);
        assert!(report.trace.windows(2).all(|pair| pair[1].1 <= pair[0].1 * (1.0 + 1e-12)), "{:?}", report.trace);
        let value: f64 = laws
            .iter()
            .zip(weights)
            .map(|(law, w)| {
                let c = costs(found.law.points(), law.points(), Ground::SqEuclidean);
                w * Exact::new().solve(&Problem::with_cost(c, None, None).unwrap()).unwrap().cost()
            })
            .sum();
        assert!((value - report.primal).abs() < 1e-9 * value);
        assert!(report.dual <= value + 1e-12 && report.dual > 0.5 * value, "{report:?}");
        // no law does better than the bound: try others
        for k in 0..5 {
            let other = normal(6, 2, 1000 + k) * 0.7;
            let value: f64 = laws
                .iter()
                .zip(weights)
                .map(|(law, w)| {
                    let c = costs(other.view(), law.points(), Ground::SqEuclidean);
                    w * Exact::new().solve(&Problem::with_cost(c, None, None).unwrap()).unwrap().cost()
                })
                .sum();
            assert!(value >= report.dual - 1e-12);
        }
        let last = found.law.points().mean_axis(Axis(0)).unwrap();
        let mean: Array1<f64> = laws
            .iter()
            .zip(weights)
            .map(|(law, w)| law.points().mean_axis(Axis(0)).unwrap() * w)
            .fold(Array1::zeros(2), |s, x| s + x);
        assert!((&last - &mean).iter().all(|d| d.abs() < 1e-6), "the mean of a barycenter is the mean of the means");
    }
}

#[test]
fn refuses_what_has_no_barycenter() {
    let cost = Cost::between(grid(3).view(), grid(3).view(), Ground::SqEuclidean).unwrap();
    let law = random_law(3, 1);
    let solver = FixedSupport::new(0.1);
    assert!(solver.solve(&cost, &[], &[]).is_err());
    assert!(solver.solve(&cost, std::slice::from_ref(&law), &[0.5]).is_err());
    assert!(solver.solve(&cost, std::slice::from_ref(&law), &[0.5, 0.5]).is_err());
    assert!(solver.solve(&cost, &[random_law(4, 1)], &[1.0]).is_err());
    assert!(FixedSupport::new(0.0).solve(&cost, std::slice::from_ref(&law), &[1.0]).is_err());
    let crooked = Cost::matrix(array![[0.0, 1.0, 2.0], [3.0, 0.0, 1.0], [2.0, 1.0, 0.0]]).unwrap();
    assert!(solver.solve(&crooked, std::slice::from_ref(&law), &[1.0]).is_ok());
    assert!(solver.debiased().solve(&crooked, &[law], &[1.0]).is_err());
    let cloud = Empirical::new(normal(3, 2, 1)).unwrap();
    assert!(
        FreeSupport::new()
            .solve(std::slice::from_ref(&cloud), &[1.0], &Empirical::new(normal(3, 1, 1)).unwrap())
            .is_err()
    );
    let stopped = FreeSupport::new().iteration_limit(0).solve(
        std::slice::from_ref(&cloud),
        &[1.0],
        &Empirical::new(normal(3, 2, 5)).unwrap(),
    );
    assert_eq!(stopped.unwrap().report.status, Status::IterationLimit);
}

/// Totals that are one only to within what a law may miss it by.
#[test]
fn bounds_hold_for_totals_that_are_not_quite_one() {
    for by in [9e-10, -9e-10] {
        let (cost, law) = (Cost::matrix(array![[1e6]]).unwrap(), Pmf::new([1.0 + by]).unwrap());
        for weight in [1.0, 1.0 - by] {
            let found = FixedSupport::new(1.0).solve(&cost, std::slice::from_ref(&law), &[weight]).unwrap().report;
            assert!(found.dual <= found.primal && (found.primal - 1e6).abs() < 1e-9, "{by}: {found:?}");
        }
        let at = |x: f64, w: f64| Empirical::weighted(array![[x]], vec![w]).unwrap();
        let laws = [at(0.0, 1.0 + by), at(1e3, 1.0 - by)];
        let start = at(500.0, 1.0 - by);
        for weights in [[0.5 + by, 0.5], [0.5, 0.5]] {
            let found = FreeSupport::new().solve(&laws, &weights, &start).unwrap().report;
            assert!(found.dual <= found.primal * (1.0 + 1e-14) && found.gap() < 1e-8, "{by}: {found:?}");
            assert!((found.primal - 0.25e6).abs() < 1e-3);
        }
    }
}

#[test]
fn time_observers_and_threads() {
    let cost = Cost::between(normal(60, 6, 1).view(), normal(60, 6, 2).view(), Ground::SqEuclidean).unwrap();
    let laws: Vec<Pmf> = (0..3).map(|k| random_law(60, k)).collect();
    let clouds: Vec<Empirical> = (0..3).map(|k| Empirical::new(normal(200 + k, 2, k as u64)).unwrap()).collect();
    let (weights, start) = ([0.5, 0.3, 0.2], Empirical::new(normal(200, 2, 9)).unwrap());
    let fixed = || FixedSupport::new(0.05).tolerance(1e-13).iteration_limit(100_000);
    let late = fixed().time_limit(Duration::ZERO).solve(&cost, &laws, &weights).unwrap().report;
    assert_eq!((late.status, late.iterations), (Status::TimeLimit, 1));
    assert!(late.dual <= late.primal);
    let free = || FreeSupport::new().tolerance(1e-15);
    let late = free().time_limit(Duration::ZERO).solve(&clouds, &weights, &start).unwrap().report;
    assert_eq!((late.status, late.iterations), (Status::TimeLimit, 0));
    assert!(late.dual <= late.primal);
    let seen = AtomicUsize::new(0);
    let stop = |p: &Progress| {
        assert!(p.dual <= p.primal);
        seen.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    };
    assert_eq!(fixed().on_progress(&stop).solve(&cost, &laws, &weights).unwrap().report.status, Status::Interrupted);
    assert_eq!(free().on_progress(&stop).solve(&clouds, &weights, &start).unwrap().report.status, Status::Interrupted);
    assert_eq!(seen.load(Ordering::Relaxed), 2);

    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let fixed = fixed().iteration_limit(200).solve(&cost, &laws, &weights).unwrap();
            let free = free().iteration_limit(3).solve(&clouds, &weights, &start).unwrap();
            let reports = [fixed.report, free.report].map(|r| (r.primal.to_bits(), r.dual.to_bits(), r.trace));
            (reports, fixed.masses.masses().to_vec(), free.law.points().to_owned())
        })
    };
    assert!(run(1) == run(2));
}
