//! Every solver on every kind of degenerate input: nothing it claims is false, however early it stopped.
//!
//! A few hundred problems a solver; `cargo bench --bench soak` takes ten thousand.

use crate::common::degenerate::Kind;
use crate::common::trials::{Outcome, SOLVERS, Solver};
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::transport::{Exact, Ground, LowRank, Marginal, Problem, Sinkhorn, Unbalanced};
use ndarray::array;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

fn every_claim_holds(solver: Solver, problems: u32) {
    let config = Config { cases: problems, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let kinds = prop::sample::select(solver.kinds.to_vec());
    let outcome = runner.run(&(kinds, any::<u64>()), |(kind, seed): (Kind, u64)| {
        let found = (solver.trial)(kind, seed);
        prop_assert!(found.is_ok(), "{} of {} inputs, seed {seed}: {found:?}", solver.name, kind.name());
        prop_assert!(found != Ok(Outcome::GaveUp), "{} gave up on {} inputs, seed {seed}", solver.name, kind.name());
        Ok(())
    });
    if let Err(why) = outcome {
        panic!("{why}");
    }
}

macro_rules! trials {
    ($($test:ident: $name:literal),+ $(,)?) => {
        $(#[test]
        fn $test() {
            let solver = SOLVERS.iter().find(|solver| solver.name == $name).expect("a solver of this name");
            every_claim_holds(*solver, 300);
        })+

        #[test]
        fn no_solver_is_left_out() {
            let tested = [$($name),+];
            assert!(SOLVERS.iter().all(|solver| tested.contains(&solver.name)));
        }
    };
}

trials! {
    exact: "exact",
    line: "line",
    circle: "circle",
    sinkhorn: "sinkhorn",
    debiased: "debiased",
    unbalanced_kl: "unbalanced KL",
    unbalanced_l2: "unbalanced L2",
    unbalanced_kl_entropic: "unbalanced KL, entropic",
    unbalanced_l2_entropic: "unbalanced L2, entropic",
    unbalanced_tv: "unbalanced TV",
    unbalanced_tv_entropic: "unbalanced TV, entropic",
    partial: "partial",
    low_rank: "low rank",
    fixed_barycenters: "barycenter, fixed",
    debiased_barycenters: "barycenter, debiased",
    free_barycenters: "barycenter, free",
    gromov: "gromov",
    sliced: "sliced, max-sliced",
    gaussian: "gaussian",
    gaussian_barycenters: "gaussian barycenter",
}

/// Found by fuzzing: beside costs of 1e26 the exponents are known to 1e10 only, and an arc carried an infinite mass.
#[test]
fn no_arc_overflows_where_costs_are_known_to_many_times_epsilon() {
    let costs = array![[0.0, 1e26, 1e3, 1e14, 3.0]];
    let masses = vec![1e-49, 0.6, 0.0, 0.4, 1e-49];
    let problem = Problem::with_cost(costs.clone(), Some(vec![1.0]), Some(masses)).expect("a valid problem");
    for limit in [0, 1, 300] {
        let solution = Sinkhorn::new(0.1).iteration_limit(limit).solve(&problem).expect("an answer with its status");
        for (i, j, mass) in solution.plan.arcs() {
            assert!(mass.is_finite() && mass <= 1.0 + 1e-12, "{limit} iterations: arc ({i}, {j}) carries {mass}");
        }
        let optimum = 0.6 * 1e26 + 0.4 * 1e14;
        assert!(solution.report.primal >= optimum * (1.0 - 1e-15), "{limit} iterations: {:?}", solution.report);
        assert!(solution.report.dual <= optimum * (1.0 + 1e-15), "{limit} iterations: {:?}", solution.report);
    }
}

/// Found by the soak: where all points are one, the Gaussian bound is the rounding of the means, and the bracket was crossed.
#[test]
fn low_rank_transport_between_copies_of_one_point_is_free() {
    let copies = |masses: &[f64]| {
        let points = ndarray::Array2::from_shape_fn((masses.len(), 2), |(_, k)| [-0.1, -0.300_000_000_000_000_04][k]);
        Empirical::weighted(points, masses.to_vec()).expect("a law")
    };
    let (x, y) = (copies(&[0.4, 0.6]), copies(&[0.4, 0.4, 0.2]));
    let found =
        LowRank::new(3).solve(&Problem::between(&x, &y, Ground::SqEuclidean).expect("a problem")).expect("an answer");
    assert_eq!(found.report.status, Status::Converged);
    assert!(found.report.primal.abs() < f64::MIN_POSITIVE, "{:?}", found.report);
    assert!(found.report.dual >= -1e-28, "{:?}", found.report);
}

/// Found by the soak: a mass that vanishes when the unit of the masses is taken back is no arc.
#[test]
fn an_arc_of_a_plan_carries_mass() {
    let (a, b) = ([1e-300, 1.0], [1.0, 1e-310]);
    let costs = array![[0.5, 2.0], [0.25, 1e-3]];
    let kept = Marginal::L2(1.0);
    let problem = Problem::unbalanced(costs, a, b, kept, kept).expect("a problem");
    let solution = Unbalanced::new().solve(&problem).expect("an answer");
    assert!(solution.plan.arcs().iter().all(|arc| arc.2 > 0.0), "{:?}", solution.plan.arcs());
}

/// Found by fuzzing: potentials of 1e25 know nothing of an `eps` of 0.1, and the sweeps, content with one another, had converged
/// to a plan that moved nothing.
#[test]
fn sweeps_that_have_lost_their_digits_claim_nothing() {
    let costs = array![[1e27, 1e6], [1e6, 1e6]];
    let problem = Problem::with_cost(costs, Some(vec![0.5, 0.5]), Some(vec![0.5, 0.5])).expect("a valid problem");
    let solution = Sinkhorn::new(0.1).iteration_limit(300).solve(&problem).expect("an answer with its status");
    let report = &solution.report;
    let (rows, columns) = solution.plan.marginals();
    for sum in rows.iter().chain(&columns) {
        assert!((sum - 0.5).abs() <= 1e-12 + report.residual, "{rows:?} {columns:?} {report:?}");
    }
    assert!(report.primal >= 1e6 && report.dual <= 1e6, "{report:?}");
    assert!(report.status != Status::Converged || report.gap() <= 1.0, "{report:?}");
}

/// Found by the soak: a step on trial that led beyond all numbers was taken for the end of the solve.
#[test]
fn a_step_beyond_all_numbers_is_taken_back() {
    let costs = array![[1.7e10, 1.748e10], [3096.0, 1.0], [8522.0, 2e4]];
    let (a, b) = ([1.8e-4, 2.5e-4, 1.2e-4], [9.7e-5, 8.3e-5]);
    let kept = Marginal::Kl(1.0);
    let problem = Problem::unbalanced(costs, a, b, kept, kept).expect("a problem");
    for limit in 0..40 {
        let report = Sinkhorn::new(0.01).iteration_limit(limit).solve(&problem).expect("an answer").report;
        assert!(report.primal.is_finite() && report.dual.is_finite(), "{limit}: {report:?}");
    }
    let report = Sinkhorn::new(0.01).solve(&problem).expect("an answer").report;
    assert_eq!(report.status, Status::Converged, "{report:?}");
}

/// Found by the soak: potentials below the price of creating mass let those of the other side rise too far.
#[test]
fn prices_bind_both_sides_of_a_plan_that_was_stopped() {
    let costs = array![[-1.2, 1.1, 0.5], [-1.1, -1.08, 0.4], [-1.36, 2.3, 0.46]];
    let (a, b) = ([1.0, 1e-13, 8e-15], [0.25, 0.25, 1e-3]);
    let kept = Marginal::Tv(1.0);
    let problem = Problem::unbalanced(costs.clone(), a, b, kept, kept).expect("a problem");
    for limit in 0..5 {
        let found = Exact::new().iteration_limit(limit).solve(&problem).expect("an answer");
        assert_ne!(found.report.status, Status::Diverged, "{limit}: {:?}", found.report);
        let (u, v) = &found.potentials;
        assert!(costs.indexed_iter().all(|((i, j), c)| u[i] + v[j] <= c + 1e-14), "{limit}: {u:?} {v:?}");
    }
}

/// Found by the soak: a plan that was stopped within the tolerance of the gap moved a little too much, so that its cost lay
/// below the optimum; and a bracket that proves nothing was called an overflow.
#[test]
fn a_part_that_is_stopped_early_moves_what_was_asked_for() {
    let costs = array![[-1.2, 1.0, -0.5], [0.1, 0.3, -0.8], [-0.3, -1.3, -0.6]];
    let (a, b) = ([7.5, 4e-10, 2e-11], [7.5, 1.7e-11, 7e-16]);
    let problem = Problem::partial(costs, a, b, 1.875).expect("a problem");
    let optimum = Exact::new().solve(&problem).expect("an answer").report;
    for limit in 0..5 {
        let found = Exact::new().iteration_limit(limit).solve(&problem).expect("an answer");
        let moved: f64 = found.plan.marginals().0.iter().sum();
        assert!((moved - 1.875).abs() < 1e-15, "{limit}: {moved:e}");
        let report = &found.report;
        assert!(report.dual <= optimum.primal + 1e-15 && optimum.dual <= report.primal + 1e-15, "{limit}: {report:?}");
    }
}

/// A side that is kept is kept by the plan, or the plan bounds nothing.
#[test]
fn a_stopped_plan_that_lacks_mass_bounds_nothing() {
    let costs = array![[3.0, 1.0, f64::INFINITY], [f64::INFINITY, 2.0, 0.5], [1.0, f64::INFINITY, 4.0]];
    let (a, b) = ([1.0, 2.0, 0.5], [0.3, 0.2, 2.0]);
    let problem = Problem::unbalanced(costs, a, b, Marginal::Exact, Marginal::Tv(0.7)).expect("a problem");
    let optimum = Exact::new().solve(&problem).expect("an answer").report;
    assert_eq!(optimum.status, Status::Converged, "{optimum:?}");
    for limit in 0..6 {
        let report = Exact::new().iteration_limit(limit).solve(&problem).expect("an answer").report;
        assert!(report.dual <= optimum.primal + 1e-12 && optimum.dual <= report.primal + 1e-12, "{limit}: {report:?}");
    }
}
