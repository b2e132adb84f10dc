//! Entropic and debiased transport, and plans of low rank: against exact solutions, closed forms and the laws they obey.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::clouds::{normal, squared, weighted};
use crate::common::check::{costs, recompute};
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::transport::{
    Exact, Ground, LowRank, Problem, Progress, Sinkhorn, Solution, entropic_gradient, sinkhorn_divergence,
};
use ndarray::{Array1, Array2, Axis, array, s};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Every claim of an entropic solution, recomputed: the rounded plan is a plan and costs what is said, the potentials are
/// feasible, and the bracket holds the exact optimum.
#[track_caller]
fn check(problem: &Problem, solution: &Solution) {
    let c = problem.cost().to_dense();
    let found = recompute(&c, problem.a(), problem.b(), solution);
    let total: f64 = problem.a().iter().sum();
    let report = &solution.report;
    assert!(found.marginal_error < 1e-12 * total, "rounded marginals off by {:e}", found.marginal_error);
    assert!(found.infeasibility < 1e-12);
    // the rounding of a forbidden arc's marginals may have to use it: an upper bound that says nothing, and only where
    // there is such an arc and the solver was stopped
    let forbidden = c.iter().any(|c| c.is_infinite());
    let useless = found.primal == f64::INFINITY && report.primal == f64::INFINITY;
    assert!(!useless || (forbidden && report.status != Status::Converged), "{report:?}");
    let agrees = (found.primal - report.primal).abs() <= 1e-11 * found.primal.abs() + 1e-14;
    assert!(useless || agrees, "recomputed {:e}, reported {:e}", found.primal, report.primal);
    // the potentials prove what is reported, which is lowered by their rounding and by what mass that is not moved is worth
    let rounding = 1e-11 * found.primal.abs().max(found.dual.abs()) + 1e-14;
    assert!(
        report.dual <= found.dual + rounding && found.dual - report.dual <= rounding.max(0.05 * report.gap()),
        "recomputed {:e}, reported {:e} of {:e}",
        found.dual,
        report.dual,
        report.primal
    );
    let exact = Exact::new().solve(problem).unwrap().cost();
    let rounding = 1e-11 * exact.abs();
    assert!(report.dual <= exact + rounding && exact <= report.primal + rounding);
    let entropic = solution.regularised.as_ref().unwrap();
    assert!(entropic.dual <= entropic.primal + 1e-9 * entropic.primal.abs());
    if report.status == Status::Converged {
        assert!(report.residual <= 1e-9 * total);
        assert!(entropic.primal - entropic.dual < 1e-6 * entropic.primal.abs().max(total * entropic.epsilon));
    }
}

#[test]
fn brackets_the_exact_cost_for_every_eps() {
    for (seed, ground) in (0..).zip(Ground::ALL) {
        let (x, y) = (weighted(40, 2, seed), weighted(30, 2, seed + 10));
        let problem = Problem::between(&x, &y, ground).unwrap();
        let mut last = f64::NEG_INFINITY;
        for eps in [1e-4, 1e-3, 1e-2, 0.1, 1.0, 100.0] {
            let solution = Sinkhorn::new(eps).relative_to_mean_cost().iteration_limit(2000).solve(&problem).unwrap();
            check(&problem, &solution);
            if eps >= 1e-2 {
                assert_eq!(solution.report.status, Status::Converged, "eps {eps}: {:e}", solution.report.residual);
            }
            // the entropic optimum grows with eps
            let entropic = solution.regularised.unwrap();
            assert!(entropic.primal >= last);
            last = entropic.dual;
        }
    }
}

#[test]
fn a_small_eps_comes_close_and_a_large_one_gives_the_product() {
    let (x, y) = (weighted(30, 3, 1), weighted(40, 3, 2));
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    let exact = Exact::new().solve(&problem).unwrap().cost();
    let close = Sinkhorn::new(2e-3).relative_to_mean_cost().iteration_limit(3000).solve(&problem).unwrap();
    assert!(close.report.primal < 1.02 * exact && close.report.dual > 0.97 * exact);
    let wide = Sinkhorn::new(1e6).solve(&problem).unwrap();
    for ((i, j), mass) in wide.plan.to_dense().indexed_iter() {
        assert!((mass - x.weights()[i] * y.weights()[j]).abs() < 1e-7);
    }
}

#[test]
fn two_points_by_hand() {
    // uniform masses, costs (0 1; 1 0): P_11 = 1/2 sigma(1/eps), value eps (ln 2 - ln(1 + e^(-1/eps)))... by symmetry
    for eps in [0.05, 0.3, 2.0] {
        let problem = Problem::with_cost(array![[0.0, 1.0], [1.0, 0.0]], None, None).unwrap();
        let solution = Sinkhorn::new(eps).solve(&problem).unwrap();
        let same = 0.5 / (1.0 + (-1.0 / eps).exp());
        assert!((solution.plan.to_dense()[[0, 0]] - same).abs() < 1e-12);
        let entropic = solution.regularised.unwrap();
        let move_cost = 1.0 - 2.0 * same;
        let kl = 2.0 * same * (4.0 * same).ln() + move_cost * (2.0 * move_cost).ln();
        assert!((entropic.linear - move_cost).abs() < 1e-12);
        assert!((entropic.primal - (move_cost + eps * kl)).abs() < 1e-12);
        assert!((entropic.dual - entropic.primal).abs() < 1e-12);
    }
}

#[test]
fn totals_other_than_one_and_far_outliers() {
    let mut c = costs(normal(20, 2, 1).view(), normal(25, 2, 2).view(), Ground::SqEuclidean);
    c[[3, 4]] = 1e30;
    c[[0, 7]] = f64::INFINITY;
    let problem = Problem::with_cost(c, Some(vec![5.0; 20]), Some(vec![4.0; 25])).unwrap();
    let solution = Sinkhorn::new(0.05).iteration_limit(3000).solve(&problem).unwrap();
    check(&problem, &solution);
    assert_eq!(solution.report.status, Status::Converged);
    assert!(solution.report.primal.is_finite());

    let mut points = normal(30, 2, 3);
    points[[0, 0]] = 1e5;
    let (x, y) = (Empirical::new(points).unwrap(), Empirical::new(normal(30, 2, 4)).unwrap());
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    for eps in [1e-4, 0.05] {
        let solution = Sinkhorn::new(eps).relative_to_mean_cost().iteration_limit(500).solve(&problem).unwrap();
        check(&problem, &solution);
    }
}

#[test]
fn the_entropic_solver_refuses_nonsense_and_admits_an_early_stop() {
    let problem = Problem::with_cost(array![[0.0, 1.0], [1.0, 0.0]], Some(vec![0.3, 0.7]), None).unwrap();
    for eps in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert!(matches!(Sinkhorn::new(eps).solve(&problem), Err(Error::OutOfDomain { .. })));
    }
    assert!(matches!(Sinkhorn::new(1.0).tolerance(0.0).solve(&problem), Err(Error::OutOfDomain { .. })));
    let blocked = array![[f64::INFINITY, f64::INFINITY], [1.0, 0.0]];
    let blocked = Problem::with_cost(blocked, None, None).unwrap();
    assert!(matches!(Sinkhorn::new(1.0).solve(&blocked), Err(Error::Infeasible { .. })));
    let early = Sinkhorn::new(1e-3).iteration_limit(3).solve(&problem).unwrap();
    assert_eq!((early.report.status, early.report.iterations), (Status::IterationLimit, 3));
    check(&problem, &early);
    // costs that are all zero have the product as their plan, whatever eps is relative to
    let free = Problem::with_cost(Array2::<f64>::zeros((3, 2)), None, None).unwrap();
    assert_eq!(Sinkhorn::new(0.1).relative_to_mean_cost().solve(&free).unwrap().cost(), 0.0);
}

#[test]
fn the_sinkhorn_divergence_is_zero_only_on_itself_and_of_the_right_size() {
    let solver = Sinkhorn::new(0.05).relative_to_mean_cost().tolerance(1e-10);
    let (x, y) = (weighted(40, 2, 1), weighted(35, 2, 2));
    for ground in [Ground::SqEuclidean, Ground::Euclidean, Ground::Cityblock] {
        assert_eq!(sinkhorn_divergence(&x, &x, ground, &solver).unwrap().value, 0.0);
        let found = sinkhorn_divergence(&x, &y, ground, &solver).unwrap();
        assert!(found.value > 0.0 && found.report.dual <= found.value && found.value <= found.report.primal);
        assert!(found.report.gap() < 1e-6, "{:e}", found.report.gap());
        let back = sinkhorn_divergence(&y, &x, ground, &solver).unwrap();
        assert!((found.value - back.value).abs() < 1e-7);
        // the same law in another order
        let order: Vec<usize> = (0..x.len()).rev().collect();
        let weights = order.iter().map(|&i| x.weights()[i]).collect::<Vec<f64>>();
        let turned = Empirical::weighted(x.points().select(Axis(0), &order), weights).unwrap();
        let zero = sinkhorn_divergence(&x, &turned, ground, &solver).unwrap();
        assert!(zero.value >= 0.0 && zero.value < 1e-7);
        assert!(zero.report.dual <= 1e-12);
    }
    // a translation costs |t|² under squared distances for every eps
    let moved = Empirical::weighted(&x.points() + &array![0.3, -0.4], x.weights().to_vec()).unwrap();
    for eps in [0.02, 0.3, 5.0] {
        let found = sinkhorn_divergence(&x, &moved, Ground::SqEuclidean, &Sinkhorn::new(eps)).unwrap();
        assert!((found.value - 0.25).abs() < 1e-6, "{}", found.value);
    }
    assert!(matches!(sinkhorn_divergence(&x, &y, Ground::Chebyshev, &solver), Err(Error::Unsupported { .. })));
}

/// Sinkhorn's iteration as in the textbook, in the linear domain: scalings `u`, `v` of the kernel `exp(-c/eps)`.
fn textbook(c: &Array2<f64>, a: &[f64], b: &[f64], eps: f64) -> Array2<f64> {
    let kernel = c.mapv(|c| (-c / eps).exp());
    let (mut u, mut v) = (Array1::<f64>::ones(a.len()), Array1::<f64>::ones(b.len()));
    let divided =
        |w: &[f64], s: Array1<f64>| Array1::from_shape_fn(w.len(), |i| if w[i] > 0.0 { w[i] / s[i] } else { 0.0 });
    for _ in 0..800 {
        u = divided(a, kernel.dot(&v));
        v = divided(b, kernel.t().dot(&u));
    }
    Array2::from_shape_fn(c.dim(), |(i, j)| u[i] * kernel[[i, j]] * v[j])
}

#[test]
fn agrees_with_the_textbook_in_every_route() {
    // 300 x 280 entries are many enough for single precision; 2, 7 and 20 dimensions are computed in different ways
    for (d, ground, eps) in [
        (2, Ground::SqEuclidean, 0.05),
        (7, Ground::Cityblock, 0.05),
        (20, Ground::SqEuclidean, 0.03),
        (20, Ground::Euclidean, 0.03),
        (3, Ground::Chebyshev, 0.1),
    ] {
        let (x, y) = (weighted(300, d, 1), weighted(280, d, 2));
        let problem = Problem::between(&x, &y, ground).unwrap();
        let solution = Sinkhorn::new(eps).relative_to_mean_cost().tolerance(1e-11).solve(&problem).unwrap();
        solution.report.require_converged().unwrap();
        let c = costs(x.points(), y.points(), ground);
        let entropic = solution.regularised.as_ref().unwrap();
        let expected = textbook(&c, x.weights(), y.weights(), entropic.epsilon);
        let worst = (&solution.plan.to_dense() - &expected).mapv(f64::abs).sum();
        assert!(worst < 1e-8, "{d} {ground}: {worst:e}");
        let linear: f64 = (&expected * &c).sum();
        assert!((entropic.linear - linear).abs() < 1e-8 * linear);
        let divergence: f64 = expected
            .indexed_iter()
            .map(|((i, j), p)| if *p > 0.0 { p * (p / (x.weights()[i] * y.weights()[j])).ln() } else { 0.0 })
            .sum();
        let objective = linear + entropic.epsilon * divergence;
        assert!((entropic.primal - objective).abs() < 1e-8 * objective);
        assert!((entropic.dual - objective).abs() < 1e-8 * objective);
        // the plan is that of the potentials, also where there is no mass
        let (f, g) = &entropic.potentials;
        for ((i, j), p) in expected.indexed_iter() {
            let gibbs = x.weights()[i] * y.weights()[j] * ((f[i] + g[j] - c[[i, j]]) / entropic.epsilon).exp();
            assert!((p - gibbs).abs() < 1e-9);
        }
        let free = g.iter().zip(c.axis_iter(Axis(1))).zip(y.weights()).filter(|(_, w)| **w == 0.0);
        for ((g, c), _) in free {
            let terms = f.iter().zip(c).zip(x.weights());
            let sum: f64 = terms.map(|((f, c), w)| w * ((f + g - c) / entropic.epsilon).exp()).sum();
            assert!((sum - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn gaussians_have_a_closed_form() {
    // Janati, Muzellec, Peyré, Cuturi 2020 (arXiv:2006.02572), in one dimension, with eps = 2 s²
    let law = |mean: f64, sigma: f64| {
        let points = Array2::from_shape_fn((281, 1), |(i, _)| mean + sigma * (i as f64 - 140.0) / 20.0);
        let mut w: Vec<f64> = points.iter().map(|x| (-0.5 * ((x - mean) / sigma).powi(2)).exp()).collect();
        let total: f64 = w.iter().sum();
        w.iter_mut().for_each(|w| *w /= total);
        Empirical::weighted(points, w).unwrap()
    };
    for (sigma, tau, eps) in [(1.0f64, 1.0f64, 0.5f64), (0.7, 1.5, 1.0), (1.0, 0.5, 20.0)] {
        let problem = Problem::between(&law(0.3, sigma), &law(-1.0, tau), Ground::SqEuclidean).unwrap();
        let found = Sinkhorn::new(eps).tolerance(1e-12).solve(&problem).unwrap().regularised.unwrap();
        let (s2, product) = (eps / 2.0, sigma * sigma * tau * tau);
        let root = (4.0 * product + s2 * s2).sqrt();
        let spread = sigma * sigma + tau * tau - root + s2 * (1.0 - (2.0 * s2).ln()) + s2 * (root + s2).ln();
        let expected = 1.3f64.powi(2) + spread;
        assert!((found.primal - expected).abs() < 1e-7 * expected, "{} {expected}", found.primal);
        assert!((found.dual - expected).abs() < 1e-7 * expected);
    }
}

#[test]
fn extremes_converge_or_say_why_not() {
    // one point; one against many
    let (one, many) = (weighted(1, 2, 1), weighted(50, 2, 2));
    for (x, y) in [(&one, &one), (&one, &many), (&many, &one)] {
        let problem = Problem::between(x, y, Ground::SqEuclidean).unwrap();
        let solution = Sinkhorn::new(1e-4).solve(&problem).unwrap();
        check(&problem, &solution);
        assert_eq!(solution.report.status, Status::Converged);
    }
    // every point ten times, on both sides
    let cloud = normal(30, 2, 3);
    let again = Array2::from_shape_fn((300, 2), |(i, k)| cloud[[i % 30, k]]);
    let same = Empirical::new(again).unwrap();
    let problem = Problem::between(&same, &same, Ground::SqEuclidean).unwrap();
    let solver = Sinkhorn::new(1e-3).relative_to_mean_cost().tolerance(1e-7).iteration_limit(300);
    let solution = solver.solve(&problem).unwrap();
    let exact = Exact::new().solve(&problem).unwrap().cost();
    assert!(solution.report.dual <= exact + 1e-9 && exact <= solution.report.primal + 1e-9);
    assert!(solution.report.primal < 1e-3 && solution.report.residual < 1e-3);
    // outliers a million away on either side, in single precision at first; masses from 1e-30 to one
    for eps in [1e-4, 0.05] {
        let (mut x, mut y) = (normal(260, 2, 4), normal(270, 2, 5));
        x[[0, 0]] = 1e6;
        y[[7, 1]] = -1e6;
        let mut w: Vec<f64> = (0..260).map(|i| if i < 5 { 10f64.powi(-6 * i) } else { 1.0 }).collect();
        let total: f64 = w.iter().sum();
        w.iter_mut().for_each(|w| *w /= total);
        let (x, y) = (Empirical::weighted(x, w).unwrap(), Empirical::new(y).unwrap());
        let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
        let solution = Sinkhorn::new(eps).relative_to_mean_cost().iteration_limit(300).solve(&problem).unwrap();
        check(&problem, &solution);
        let entropic = solution.regularised.unwrap();
        let all = entropic.potentials.0.iter().chain(&entropic.potentials.1);
        assert!(all.chain(&[entropic.linear, entropic.primal, entropic.dual]).all(|v| v.is_finite()));
    }
}

#[test]
fn a_tiny_eps_is_reached() {
    let (x, y) = (weighted(120, 2, 6), weighted(100, 2, 7));
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    let solution = Sinkhorn::new(1e-3).relative_to_mean_cost().iteration_limit(1000).solve(&problem).unwrap();
    check(&problem, &solution);
    assert_eq!(solution.report.status, Status::Converged);
    assert!(solution.report.gap() < 0.01 * solution.report.primal);
}

#[test]
fn sweeps_are_the_same_on_one_thread_and_on_two() {
    for d in [2, 20] {
        let (x, y) = (weighted(400, d, 1), weighted(390, d, 2));
        let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
        let run = |threads: usize| {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
                let solution = Sinkhorn::new(0.01).relative_to_mean_cost().tolerance(1e-7).solve(&problem).unwrap();
                let (_, gradient) =
                    entropic_gradient(&x, &y, Ground::SqEuclidean, &Sinkhorn::new(1.0).tolerance(1e-6)).unwrap();
                (solution.report.primal, solution.report.dual, solution.potentials, solution.report.trace, gradient)
            })
        };
        assert_eq!(run(1), run(2));
    }
}

#[test]
fn time_and_observers_stop_the_entropic_solvers_with_a_bracket() {
    let (x, y) = (weighted(300, 2, 1), weighted(280, 2, 2));
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    let solver = Sinkhorn::new(1e-4).relative_to_mean_cost();
    let late = solver.time_limit(Duration::ZERO).solve(&problem).unwrap();
    assert_eq!(late.report.status, Status::TimeLimit);
    check(&problem, &late);
    let exact = Exact::new().solve(&problem).unwrap().cost();
    let seen = AtomicUsize::new(0);
    let once = |p: &Progress| {
        assert!(p.dual <= exact && exact <= p.primal && p.seconds > 0.0);
        seen.fetch_add(1, Ordering::Relaxed);
        ControlFlow::Break(())
    };
    let stopped = solver.on_progress(&once).solve(&problem).unwrap();
    assert_eq!((stopped.report.status, seen.load(Ordering::Relaxed)), (Status::Interrupted, 1));
    check(&problem, &stopped);

    // three solves share one time limit, and who is equal needs none
    let late = sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &solver.time_limit(Duration::ZERO)).unwrap();
    assert_eq!(late.report.status, Status::TimeLimit);
    assert!(late.report.dual <= late.value && late.value <= late.report.primal);
    let same = sinkhorn_divergence(&x, &x, Ground::SqEuclidean, &solver.time_limit(Duration::ZERO)).unwrap();
    assert_eq!((same.value, same.report.status, same.report.iterations), (0.0, Status::Converged, 0));
    assert!(matches!(
        sinkhorn_divergence(&x, &x, Ground::SqEuclidean, &Sinkhorn::new(-1.0)),
        Err(Error::OutOfDomain { .. })
    ));

    let late = LowRank::new(30).time_limit(Duration::ZERO).solve(&squared(&x, &y)).unwrap();
    assert_eq!((late.report.status, late.report.iterations), (Status::TimeLimit, 1));
    assert!(late.report.dual <= exact && exact <= late.report.primal);
    let first = |_: &Progress| ControlFlow::Break(());
    let stopped = LowRank::new(100).on_progress(&first).solve(&squared(&x, &y)).unwrap();
    assert_eq!(stopped.report.status, Status::Interrupted);
}

#[test]
fn divergences_and_low_rank_plans_are_the_same_on_one_thread_and_on_two() {
    let (x, y) = (weighted(200, 3, 1), weighted(190, 3, 2));
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let solver = Sinkhorn::new(0.1).relative_to_mean_cost().tolerance(1e-7);
            let divergence = sinkhorn_divergence(&x, &y, Ground::Euclidean, &solver).unwrap();
            let low_rank = LowRank::new(10).solve(&squared(&x, &y)).unwrap();
            (
                divergence.value,
                divergence.report.trace,
                low_rank.cost(),
                low_rank.report.trace,
                low_rank.plan.to_dense(),
            )
        })
    };
    assert_eq!(run(1), run(2));
}

#[test]
fn what_no_solver_can_do_is_refused() {
    let two = |c: f64, d: f64, mass: f64| {
        Problem::with_cost(array![[c, d], [d, c]], Some(vec![mass; 2]), Some(vec![mass; 2])).unwrap()
    };
    let refused = |solver: Sinkhorn<'_>, problem: &Problem| {
        let found = solver.solve(problem);
        assert!(matches!(found, Err(Error::OutOfDomain { .. })), "{found:?}");
    };
    let plain = two(0.0, 1.0, 0.5);
    refused(Sinkhorn::new(1e-310), &plain);
    // so much entropy that the plan is the product of the laws
    let product = Sinkhorn::new(1e308).solve(&plain).unwrap().report;
    assert!(product.dual <= 0.0 && (product.primal - 0.5).abs() < 1e-15, "{product:?}");
    // an eps that underflows only in the unit of the data
    let near = Empirical::new(array![[0.0], [1e-75]]).unwrap();
    let near = Problem::between(&near, &Empirical::new(array![[2e-75]]).unwrap(), Ground::SqEuclidean).unwrap();
    let found = Sinkhorn::new(1e-200).relative_to_mean_cost().solve(&near).unwrap().report;
    assert!((found.primal / 2.5e-150 - 1.0).abs() < 1e-14 && found.dual <= found.primal, "{found:?}");
    // an eps so far below the costs that its units hide them
    refused(Sinkhorn::new(1.0), &two(1e300, 0.0, 1e10));
    let tiny = two(0.0, 1.0, 1e-170);
    let (found, expected) = (Sinkhorn::new(0.3).relative_to_mean_cost(), Sinkhorn::new(0.15));
    let eps = |solver: Sinkhorn<'_>| solver.solve(&tiny).unwrap().regularised.unwrap().epsilon;
    assert!((eps(found) - eps(expected)).abs() < 1e-15);
}

/// Masses so uneven that potentials may drift by a constant in which all their digits are lost.
#[test]
fn uneven_masses_under_costs_of_both_signs_have_a_true_bracket() {
    let costs = array![[0.0, -0.9, -0.1], [-0.4, 1.2, 2.0]];
    let (a, b) = (vec![1.0 - 1e-10, 1e-10], vec![1.0 - 2e-10, 1e-10, 1e-10]);
    let problem = Problem::with_cost(costs, Some(a), Some(b)).unwrap();
    for eps in [0.002, 0.02, 0.2] {
        let found = Sinkhorn::new(eps).solve(&problem).unwrap().report;
        // -0.9 and -0.1 from the first row, -0.4 from the second, each with a mass of 1e-10
        let truth = -1.4e-10;
        assert!(found.dual <= truth + 1e-15 && truth <= found.primal + 1e-15, "{eps}: {found:?}");
        assert!(found.gap() >= 0.0 && found.dual > -1.0, "{found:?}");
    }
    // the same on clouds
    for seed in 0..40 {
        let law = |seed: u64| {
            let w: Vec<f64> = (0..6).map(|i| 10f64.powi(-((i * i + seed as i32) % 21))).collect();
            let total: f64 = w.iter().sum();
            Empirical::weighted(normal(6, 2, seed), w.iter().map(|w| w / total).collect::<Vec<f64>>()).unwrap()
        };
        let problem = Problem::between(&law(seed), &law(seed + 100), Ground::SqEuclidean).unwrap();
        let found = Sinkhorn::new(0.002).relative_to_mean_cost().iteration_limit(500).solve(&problem).unwrap();
        check(&problem, &found);
        let exact = Exact::new().solve(&problem).unwrap().cost();
        assert!(found.report.dual > -10.0 * exact, "seed {seed}: {:?}, exact {exact}", found.report);
    }
}

/// A hundredth of a trillionth of the mass, on an arc that costs as much as a hundred trillion times that.
#[test]
fn what_little_is_missing_is_paid_for() {
    let costs = array![[0.0, 1e16], [1e16, 0.0]];
    let problem = Problem::with_cost(costs, Some(vec![0.5, 0.5]), Some(vec![0.5 + 1e-14, 0.5 - 1e-14])).unwrap();
    let exact = Exact::new().solve(&problem).unwrap();
    let found = Sinkhorn::new(1.0).solve(&problem).unwrap().report;
    // masses are known to 1e-16, which costs one
    assert!(found.dual <= exact.report.primal && (found.primal - 100.0).abs() < 2.0, "{found:?}");
}

#[test]
fn a_tolerance_below_rounding_stalls() {
    let (x, y) = (weighted(40, 2, 1), weighted(30, 2, 2));
    let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
    for eps in [0.01, 0.1, 1.0] {
        let found = Sinkhorn::new(eps).relative_to_mean_cost().tolerance(1e-17).solve(&problem).unwrap();
        assert_eq!(found.report.status, Status::Stalled, "{eps}");
        assert!(found.report.residual < 1e-13 && found.report.iterations < 2000, "{:?}", found.report.iterations);
    }
}

/// In many dimensions costs come from products, except those that prove the result.
#[test]
fn outliers_in_many_dimensions_leave_the_plan_exact() {
    for (ground, eps) in [(Ground::SqEuclidean, 0.3), (Ground::Euclidean, 0.01)] {
        let (mut x, mut y) = (normal(60, 20, 1), normal(60, 20, 2));
        // far out, and as far from each other as products are trusted
        x.slice_mut(s![..6, ..]).mapv_inplace(|t| 1e3 + 1e-3 * t);
        y.slice_mut(s![..6, ..]).mapv_inplace(|t| 1.06e3 + 1e-3 * t);
        let (x, y) = (Empirical::new(x).unwrap(), Empirical::new(y).unwrap());
        let problem = Problem::between(&x, &y, ground).unwrap();
        let found = Sinkhorn::new(eps).iteration_limit(2000).solve(&problem).unwrap();
        check(&problem, &found);
        let (rows, columns) = found.plan.marginals();
        let off = |sums: &[f64], w: &[f64]| sums.iter().zip(w).map(|(s, w)| (s - w).abs()).sum::<f64>();
        assert!(off(&rows, x.weights()) + off(&columns, y.weights()) < 1e-12);
    }
}

#[test]
fn a_last_row_that_has_no_mass_and_reaches_nothing_takes_nothing_along() {
    let inf = f64::INFINITY;
    let costs = array![[0.0, 1.0], [1.0, 0.0], [inf, inf]];
    let solve = |costs: Array2<f64>, a: Vec<f64>| {
        let problem = Problem::with_cost(costs, Some(a), Some(vec![0.5, 0.5])).unwrap();
        Sinkhorn::new(0.5).solve(&problem).unwrap()
    };
    let with = solve(costs.clone(), vec![0.5, 0.5, 0.0]);
    let without = solve(costs.slice(ndarray::s![..2, ..]).to_owned(), vec![0.5, 0.5]);
    with.report.require_converged().unwrap();
    assert!((with.cost() - without.cost()).abs() < 1e-12, "{} {}", with.cost(), without.cost());
}

/// A row whose costs leave a sweep nothing that it can tell from zero: its mass stays where it is, and that is no convergence.
#[test]
fn mass_that_is_not_moved_is_in_the_residual() {
    let costs = array![[1.0, 1e27], [2.0, 0.0], [3.0, 1e6]];
    let total = 2e-32 + 1e-40;
    let (a, b) = (vec![1e-32 / total, 1e-32 / total, 1e-40 / total], vec![0.5, 0.5]);
    let problem = Problem::with_cost(costs, Some(a.clone()), Some(b.clone())).unwrap();
    let s = Sinkhorn::new(0.1).iteration_limit(300).solve(&problem).unwrap();
    let (rows, columns) = s.plan.marginals();
    let off = |sums: &[f64], masses: &[f64]| sums.iter().zip(masses).map(|(s, m)| (s - m).abs()).sum::<f64>();
    let residual = off(&rows, &a) + off(&columns, &b);
    assert!(residual <= 1.01 * s.report.residual + 1e-15, "{residual:e}: {:?}", s.report);
    assert!(s.report.status != Status::Converged || residual < 1e-9, "{:?}", s.report);
}

/// Beside costs of 1e27 potentials have no digits left at the scale of `eps`. The plan has its marginals all the same, and the entropic
/// objective at it is no more than is said.
#[test]
fn enormous_costs_take_no_mass_from_the_plan() {
    let (few, fewer) = (3.832_991_110_669_05e-6, 2.820_982_019_973_711e-7);
    let problems = [
        (array![[1e14, 1e14], [3.0, 1e27]], vec![few, 7.5 - few], 0.002),
        (array![[1e14, 1e27], [1e26, 1e26]], vec![7.5 - fewer, fewer], 10.0),
        (array![[1e26, 1e6], [1e27, 1e6], [1e14, 3.0]], vec![7.5 - fewer, fewer, 0.0], 0.3),
    ];
    for ((costs, a, eps), limit) in
        problems.iter().flat_map(|problem| [0, 1, 2, 3, 7, 300].map(|limit| (problem, limit)))
    {
        let b = vec![3.75, 3.75];
        let problem = Problem::with_cost(costs.clone(), Some(a.clone()), Some(b.clone())).unwrap();
        let s = Sinkhorn::new(*eps).iteration_limit(limit).solve(&problem).unwrap();
        let (rows, columns) = s.plan.marginals();
        let off = |sums: &[f64], masses: &[f64]| sums.iter().zip(masses).map(|(s, m)| (s - m).abs()).sum::<f64>();
        assert!(
            off(&rows, a) + off(&columns, &b) < 1e-10,
            "after {limit}: {:e} {:e}",
            off(&rows, a),
            off(&columns, &b)
        );
        let of_arc = |(i, j, p): (usize, usize, f64)| p * costs[[i, j]] + eps * p * (p * 7.5 / (a[i] * b[j])).ln();
        let objective: f64 = s.plan.arcs().into_iter().map(of_arc).sum();
        let said = s.regularised.as_ref().unwrap().primal;
        assert!(objective <= said * (1.0 + 1e-12), "after {limit}: {objective:e} is more than {said:e}");
    }
}
