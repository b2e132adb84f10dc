//! Partial transport: a linear program, a peer, its certificate, capacities far above what is moved, early stops.

use crate::common::check::costs;
use crate::unbalanced::{cost, masses, normal};
use fenchel::certificate::Status;
use fenchel::error::{Error, Result};
use fenchel::transport::{Cost, Exact, Ground, Problem, Solution};
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array2, array};

fn partial(a: &[f64], b: &[f64], cost: &Cost, moved: f64) -> Result<Solution> {
    Exact::new().solve(&Problem::partial(cost, a, b, moved)?)
}

fn partial_by_linear_program(c: &Array2<f64>, a: &[f64], b: &[f64], moved: f64) -> f64 {
    let mut lp = microlp::Problem::new(OptimizationDirection::Minimize);
    let (n, m) = c.dim();
    let vars: Vec<Vec<_>> =
        (0..n).map(|i| (0..m).map(|j| lp.add_var(c[[i, j]], (0.0, f64::INFINITY))).collect()).collect();
    for i in 0..n {
        let row: Vec<_> = (0..m).map(|j| (vars[i][j], 1.0)).collect();
        lp.add_constraint(&row, ComparisonOp::Le, a[i]);
    }
    for j in 0..m {
        let column: Vec<_> = (0..n).map(|i| (vars[i][j], 1.0)).collect();
        lp.add_constraint(&column, ComparisonOp::Le, b[j]);
    }
    let all: Vec<_> = vars.iter().flatten().map(|&v| (v, 1.0)).collect();
    lp.add_constraint(&all, ComparisonOp::Eq, moved);
    lp.solve().unwrap().into_solution().unwrap().objective()
}

/// The plan moves what it should, the potentials are feasible, and the two agree.
#[track_caller]
fn check_partial(c: &Array2<f64>, a: &[f64], b: &[f64], moved: f64) -> Solution {
    let s = partial(a, b, &cost(c), moved).unwrap();
    let price = s.price.unwrap();
    assert_eq!(s.report.status, Status::Converged, "{:?}", s.report);
    let (rows, columns) = s.plan.marginals();
    let scale = moved.max(1.0);
    assert!(rows.iter().zip(a).chain(columns.iter().zip(b)).all(|(p, w)| *p <= w + 1e-12 * scale));
    let sum = rows.iter().sum::<f64>();
    assert!((sum - moved).abs() < 1e-12 * scale, "moves {sum} instead of {moved}");
    let (u, v) = &s.potentials;
    assert!(u.iter().chain(v).all(|p| *p <= 0.0));
    assert!(c.indexed_iter().all(|((i, j), c)| u[i] + v[j] + price <= c + 1e-12));
    let dual = a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| w * p).sum::<f64>() + price * moved;
    assert!((dual - s.report.dual).abs() < 1e-11 * scale, "dual {} is {dual}", s.report.dual);
    s
}

#[test]
fn partial_agrees_with_a_linear_program_and_its_certificate_is_true() {
    for seed in 0..12 {
        let (n, m) = (3 + seed as usize % 5, 2 + seed as usize % 7);
        let (a, b) = (masses(n, 100 + seed), masses(m, 200 + seed));
        let c = costs(normal(n, 2, 300 + seed).view(), normal(m, 2, 400 + seed).view(), Ground::Euclidean);
        let most = a.iter().sum::<f64>().min(b.iter().sum());
        let mut last = 0.0;
        for part in [0.0, 0.1, 0.5, 0.9, 1.0] {
            let moved = part * most;
            let found = check_partial(&c, &a, &b, moved);
            let s = &found;
            let expected = partial_by_linear_program(&c, &a, &b, moved);
            assert!(
                (s.cost() - expected).abs() < 1e-9 * (1.0 + expected),
                "seed {seed}, part {part}: {} for {expected}",
                s.cost()
            );
            assert!(s.cost() >= last);
            last = s.cost();
        }
    }
}

#[test]
fn partial_of_everything_is_transport_and_a_peer_agrees() {
    let c = costs(normal(6, 2, 1).view(), normal(6, 2, 2).view(), Ground::SqEuclidean);
    let uniform = vec![1.0 / 6.0; 6];
    let all = partial(&uniform, &uniform, &cost(&c), 1.0).unwrap();
    let exact = Exact::new().solve(&Problem::with_cost(c, None, None).unwrap()).unwrap();
    assert!((all.cost() - exact.cost()).abs() < 1e-12);
    // POT 0.9.7.post1: ot.partial.partial_wasserstein(a, b, M, m=0.6)
    let (x, y) = (array![[0.0], [1.0], [2.5], [4.0]], array![[0.5], [1.5], [3.0]]);
    let c = costs(x.view(), y.view(), Ground::SqEuclidean);
    let found = partial(&[0.4, 0.3, 0.2, 0.1], &[0.5, 0.25, 0.25], &cost(&c), 0.6).unwrap();
    assert!((found.cost() - 0.15).abs() < 1e-12);
}

#[test]
fn partial_refuses_what_cannot_be() {
    let c = cost(&array![[0.0, f64::INFINITY], [f64::INFINITY, f64::INFINITY]]);
    assert!(partial(&[1.0, 1.0], &[1.0, 1.0], &c, 1.0).is_ok());
    assert!(matches!(partial(&[1.0, 1.0], &[1.0, 1.0], &c, 1.5), Err(Error::Infeasible { .. })));
    for moved in [-0.1, 2.5, f64::NAN] {
        assert!(matches!(partial(&[1.0, 1.0], &[1.0, 1.0], &c, moved), Err(Error::OutOfDomain { .. })));
    }
}

/// Capacities far above what is moved: that of an unlimited supplier must not swallow the masses that matter.
#[test]
fn partial_with_capacities_far_above_what_is_moved() {
    let c = array![[1.0, 4.0, 2.0], [3.0, 1.0, 5.0], [2.0, 6.0, 1.0]];
    let found = check_partial(&c, &[1.0, 2.0, 3.0], &[1e18; 3], 6.0);
    assert!((found.cost() - 6.0).abs() < 1e-12, "{}", found.cost());
    let one = check_partial(&array![[1.0]], &[1.0], &[1e15], 0.3);
    assert!((one.price.unwrap() - 1.0).abs() < 1e-12);
    // one column is cheapest for all and takes all; a little more would cost as much
    let c = array![[1.0, 4.0], [2.0, 6.0]];
    let all = check_partial(&c, &[1e20, 1e-3], &[1e17, 1e19], 7.0);
    assert!((all.cost() - 7.0).abs() < 1e-12 && (all.price.unwrap() - 1.0).abs() < 1e-12);
    for seed in 0..20 {
        let (n, m) = (2 + seed as usize % 4, 2 + seed as usize % 3);
        let (mut a, mut b) = (masses(n, 500 + seed), masses(m, 600 + seed));
        let moved = 0.9 * a.iter().sum::<f64>().min(b.iter().sum());
        let c = costs(normal(n, 2, 700 + seed).view(), normal(m, 2, 800 + seed).view(), Ground::Euclidean);
        a[0] = if seed % 2 == 0 { 1e16 } else { 0.9 * moved };
        b[m - 1] = 1e12;
        let clipped = |w: &[f64]| w.iter().map(|w| w.min(2.0 * moved)).collect::<Vec<f64>>();
        let moved = moved.min(a.iter().sum());
        let expected = partial_by_linear_program(&c, &clipped(&a), &clipped(&b), moved);
        let found = check_partial(&c, &a, &b, moved);
        assert!((found.cost() - expected).abs() < 1e-9 * (1.0 + expected), "seed {seed}");
    }
    let nothing = check_partial(&array![[-1.0, 2.0]], &[1e200], &[1.0, 1.0], 0.0);
    assert!(nothing.plan.arcs().is_empty() && nothing.cost() == 0.0 && nothing.price.unwrap() <= -1.0);
}

/// Partial transport that is stopped early still moves what was asked for, and brackets the optimum.
#[test]
fn a_part_that_is_stopped_early_is_bracketed() {
    let c = costs(normal(60, 2, 1).view(), normal(50, 2, 2).view(), Ground::SqEuclidean);
    let (a, b) = (masses(60, 3), masses(50, 4));
    let problem = Problem::partial(cost(&c), &a, &b, 12.0).unwrap();
    let optimum = Exact::new().solve(&problem).unwrap().cost();
    for pivots in [0, 1, 5, 20, 50] {
        let s = Exact::new().iteration_limit(pivots).solve(&problem).unwrap();
        let moved: f64 = s.plan.marginals().0.iter().sum();
        assert!((moved - 12.0).abs() < 1e-11, "{pivots} pivots move {moved}");
        assert!(s.report.dual <= optimum + 1e-9 && optimum <= s.report.primal + 1e-9, "{pivots}: {:?}", s.report);
        assert!(s.report.status == Status::IterationLimit || s.report.gap() < 1e-8, "{pivots}: {:?}", s.report);
    }
}
