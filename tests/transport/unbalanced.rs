//! Unbalanced and partial transport: closed forms, definitions written out again, slow twins, laws.

use crate::common::check::costs;
use fenchel::certificate::Status;
use fenchel::error::Error;
use fenchel::numeric::stream;
use fenchel::transport::{
    Cost, Exact, Ground, Marginal, Partial, Problem, Progress, Sinkhorn, Solution, Unbalanced, partial,
};
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array2, array};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::cell::Cell;
use std::ops::ControlFlow;

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn masses(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    (0..n).map(|_| 0.1 + rng.random::<f64>()).collect()
}

fn cost(c: &Array2<f64>) -> Cost {
    Cost::matrix(c.clone()).unwrap()
}

/// What a deviation costs, from the definition.
fn penalty(marginal: Marginal, x: f64, a: f64) -> f64 {
    match marginal {
        Marginal::Exact => {
            if (x - a).abs() <= 1e-12 * a.max(1e-3) {
                0.0
            } else {
                f64::INFINITY
            }
        }
        Marginal::Kl(_) if x == 0.0 => strength(marginal) * a,
        Marginal::Kl(_) if a == 0.0 => f64::INFINITY,
        Marginal::Kl(_) => strength(marginal) * (x * (x / a).ln() - x + a),
        Marginal::L2(_) => 0.5 * strength(marginal) * (x - a).powi(2),
    }
}

fn strength(marginal: Marginal) -> f64 {
    match marginal {
        Marginal::Exact => f64::INFINITY,
        Marginal::Kl(s) | Marginal::L2(s) => s,
    }
}

/// The least of penalty + u x over x >= 0 with the sign of u turned: closed forms of the definition.
fn dual(marginal: Marginal, u: f64, a: f64) -> f64 {
    match marginal {
        Marginal::Exact => a * u,
        Marginal::Kl(s) => s * a * (1.0 - (-u / s).exp()),
        Marginal::L2(s) => {
            let x = (a - u / s).max(0.0);
            0.5 * s * (x - a).powi(2) + u * x
        }
    }
}

/// The objective without and with the regularisation, from the plan and nothing else.
fn objectives(
    c: &Array2<f64>,
    a: &[f64],
    b: &[f64],
    marginals: [Marginal; 2],
    eps: f64,
    plan: &Array2<f64>,
) -> (f64, f64) {
    let total = |w: &[f64]| w.iter().sum::<f64>();
    let scale = (total(a) * total(b)).sqrt();
    let (mut linear, mut divergence) = (0.0, 0.0);
    for ((i, j), &p) in plan.indexed_iter() {
        let r = a[i] * b[j] / scale;
        linear += if p > 0.0 { p * c[[i, j]] } else { 0.0 };
        divergence += if p > 0.0 { p * (p / r).ln() } else { 0.0 } - p + r;
    }
    let rows: f64 = plan.rows().into_iter().zip(a).map(|(row, &a)| penalty(marginals[0], row.sum(), a)).sum();
    let columns: f64 =
        plan.columns().into_iter().zip(b).map(|(column, &b)| penalty(marginals[1], column.sum(), b)).sum();
    (linear + rows + columns, linear + rows + columns + eps * divergence)
}

/// The report tells the truth: recomputed from plan and potentials.
#[track_caller]
fn check(c: &Array2<f64>, a: &[f64], b: &[f64], marginals: [Marginal; 2], s: &Solution) {
    let eps = s.regularised.as_ref().map_or(0.0, |r| r.eps);
    let plan = s.plan.to_dense();
    let (primal, regularised) = objectives(c, a, b, marginals, eps, &plan);
    let size = primal.abs() + 1e-3;
    assert!((primal - s.report.primal).abs() <= 1e-9 * size, "primal {} is {primal}", s.report.primal);
    let (u, v) = &s.potentials;
    for ((i, j), &c) in c.indexed_iter() {
        assert!(u[i] + v[j] <= c + 1e-12 * (u[i].abs() + v[j].abs() + c.abs()), "potentials at ({i}, {j})");
    }
    let value: f64 = a.iter().zip(u).map(|(&a, &u)| dual(marginals[0], u, a)).sum::<f64>()
        + b.iter().zip(v).map(|(&b, &v)| dual(marginals[1], v, b)).sum::<f64>();
    assert!((value - s.report.dual).abs() <= 1e-9 * size, "dual {} is {value}", s.report.dual);
    assert!(s.report.dual <= s.report.primal + 1e-12 * size);
    if let Some(r) = &s.regularised {
        assert!((regularised - r.primal).abs() <= 1e-9 * size, "regularised {} is {regularised}", r.primal);
        assert!(r.dual <= r.primal + 1e-11 * size);
        if s.report.status == Status::Converged {
            assert!(r.primal - r.dual <= 1e-7 * size, "gap {:e}", r.primal - r.dual);
        }
    }
}

#[test]
fn one_point_on_each_side() {
    for (a, b, c) in [(2.0, 1.0, 0.0), (0.5, 3.0, 0.7), (1.0, 1.0, 5.0)] {
        let costs = array![[c]];
        let (p, q): (f64, f64) = (1.5, 0.4);
        let marginals = [Marginal::Kl(p), Marginal::Kl(q)];
        let solver = Unbalanced::new(marginals[0]).marginals(marginals[0], marginals[1]);
        let exact = ((p * f64::ln(a) + q * f64::ln(b) - c) / (p + q)).exp();
        let s = solver.solve(&[a], &[b], cost(&costs)).unwrap();
        s.report.require_converged().unwrap();
        check(&costs, &[a], &[b], marginals, &s);
        assert!((s.plan.arcs()[0].2 - exact).abs() < 1e-6 * exact);
        for eps in [0.01, 1.0] {
            let s = solver.regularisation(eps).tolerance(1e-15).solve(&[a], &[b], cost(&costs)).unwrap();
            s.report.require_converged().unwrap();
            check(&costs, &[a], &[b], marginals, &s);
            let exact = ((p * f64::ln(a) + q * f64::ln(b) + 0.5 * eps * f64::ln(a * b) - c) / (p + q + eps)).exp();
            assert!((s.plan.arcs()[0].2 - exact).abs() < 1e-7 * exact, "eps {eps}");
        }
        let marginals = [Marginal::L2(p), Marginal::L2(q)];
        let s = Unbalanced::new(marginals[0])
            .marginals(marginals[0], marginals[1])
            .solve(&[a], &[b], cost(&costs))
            .unwrap();
        s.report.require_converged().unwrap();
        check(&costs, &[a], &[b], marginals, &s);
        let exact = ((p * a + q * b - c) / (p + q)).max(0.0);
        let moved: f64 = s.plan.arcs().iter().map(|arc| arc.2).sum();
        assert!((moved - exact).abs() < 1e-6, "{moved} for {exact}");
    }
}

#[test]
fn the_report_is_true_and_the_gap_closes_for_all_marginals() {
    let kinds = [Marginal::Exact, Marginal::Kl(0.7), Marginal::Kl(5.0), Marginal::L2(0.7), Marginal::L2(5.0)];
    let (a, b) = (masses(7, 1), masses(5, 2));
    let c = costs(normal(7, 2, 3).view(), normal(5, 2, 4).view(), Ground::SqEuclidean);
    for rows in kinds {
        for columns in kinds {
            for eps in [0.05, 1.0] {
                let solver = Unbalanced::new(rows).marginals(rows, columns).regularisation(eps);
                let solution = solver.solve(&a, &b, cost(&c));
                if rows == Marginal::Exact && columns == Marginal::Exact {
                    assert!(matches!(solution, Err(Error::Unsupported { .. })));
                    continue;
                }
                let s = solution.unwrap();
                assert_eq!(s.report.status, Status::Converged, "{rows:?} {columns:?} {eps}: {:?}", s.report);
                check(&c, &a, &b, [rows, columns], &s);
            }
        }
    }
}

/// Coordinate descent over the entries of the plan, each by bisection on the derivative.
fn slowly(c: &Array2<f64>, a: &[f64], b: &[f64], marginals: [Marginal; 2], eps: f64) -> Array2<f64> {
    let scale = (a.iter().sum::<f64>() * b.iter().sum::<f64>()).sqrt();
    let mut plan = Array2::from_shape_fn(c.dim(), |(i, j)| a[i] * b[j] / scale);
    let slope = |marginal: Marginal, x: f64, a: f64| match marginal {
        Marginal::Kl(s) => s * (x / a).ln(),
        Marginal::L2(s) => s * (x - a),
        Marginal::Exact => unreachable!(),
    };
    for _ in 0..4000 {
        for i in 0..a.len() {
            for j in 0..b.len() {
                let (row, column) = (plan.row(i).sum() - plan[[i, j]], plan.column(j).sum() - plan[[i, j]]);
                let r = a[i] * b[j] / scale;
                let derivative = |p: f64| {
                    c[[i, j]]
                        + eps * (p / r).ln()
                        + slope(marginals[0], row + p, a[i])
                        + slope(marginals[1], column + p, b[j])
                };
                let (mut low, mut high) = (-300.0_f64, 5.0_f64);
                for _ in 0..70 {
                    let middle = 0.5 * (low + high);
                    if derivative(middle.exp()) > 0.0 { high = middle } else { low = middle }
                }
                plan[[i, j]] = low.exp();
            }
        }
    }
    plan
}

#[test]
fn agrees_with_descent_over_single_entries() {
    let (a, b) = (masses(3, 5), masses(2, 6));
    let c = costs(normal(3, 1, 7).view(), normal(2, 1, 8).view(), Ground::Euclidean);
    for marginals in [
        [Marginal::Kl(1.0), Marginal::Kl(2.0)],
        [Marginal::L2(1.0), Marginal::L2(2.0)],
        [Marginal::Kl(1.0), Marginal::L2(2.0)],
    ] {
        let s = Unbalanced::new(marginals[0]).marginals(marginals[0], marginals[1]).regularisation(0.3);
        let plan = s.tolerance(1e-12).solve(&a, &b, cost(&c)).unwrap().plan.to_dense();
        let twin = slowly(&c, &a, &b, marginals, 0.3);
        let off = plan.iter().zip(&twin).map(|(p, q)| (p - q).abs()).fold(0.0, f64::max);
        assert!(off < 1e-6, "{marginals:?}: {off:e}");
    }
}

/// POT 0.9.7.post1: `ot.unbalanced.sinkhorn_unbalanced(a, b, M, reg, reg_m, reg_type="kl", numItermax=200000, stopThr=1e-16)`
/// and `ot.unbalanced.mm_unbalanced(a, b, M, reg_m, div, numItermax=2000000, stopThr=1e-18)`.
#[test]
fn agrees_with_a_peer() {
    let (x, y) = (array![[0.0], [1.0], [2.5], [4.0]], array![[0.5], [1.5], [3.0]]);
    let c = costs(x.view(), y.view(), Ground::SqEuclidean);
    let (a, b) = ([0.4, 0.3, 0.2, 0.1], [0.5, 0.25, 0.25]);
    for (eps, strength, mass, linear, first, last) in [
        (0.5, 1.0, 0.7632025721737343, 0.25409484321807724, 0.2914278959526774, 0.0426435082778719),
        (0.1, 3.0, 0.9352548999824303, 0.28837339055437017, 0.38505045258327586, 0.07019713565895169),
    ] {
        let s = Unbalanced::new(Marginal::Kl(strength))
            .regularisation(eps)
            .tolerance(1e-14)
            .solve(&a, &b, cost(&c))
            .unwrap();
        let plan = s.plan.to_dense();
        let linear_found = s.regularised.as_ref().unwrap().linear;
        for (found, expected) in
            [(plan.sum(), mass), (linear_found, linear), (plan[[0, 0]], first), (plan[[3, 2]], last)]
        {
            assert!((found - expected).abs() < 1e-6, "{found} for {expected}");
        }
    }
    let twice = a.map(|a| 2.0 * a);
    for (marginal, mass, value) in
        [(Marginal::Kl(2.0), 1.3069609250261065, 0.7721562998955727), (Marginal::L2(5.0), 1.325, 0.7328125)]
    {
        let s = Unbalanced::new(marginal).tolerance(1e-6).iteration_limit(100_000).solve(&twice, &b, cost(&c)).unwrap();
        check(&c, &twice, &b, [marginal; 2], &s);
        assert!(
            s.report.dual <= value + 1e-9 && value <= s.report.primal + 1e-9,
            "{value} outside {:?}",
            (s.report.dual, s.report.primal)
        );
        assert!(s.report.gap() < 1e-5, "{:?}: gap {:e} after {}", marginal, s.report.gap(), s.report.iterations);
        assert!((s.plan.to_dense().sum() - mass).abs() < 1e-2);
    }
}

#[test]
fn majorisation_never_rises_and_brackets_agree() {
    let (a, b) = (masses(9, 11), masses(6, 12));
    let c = costs(normal(9, 2, 13).view(), normal(6, 2, 14).view(), Ground::SqEuclidean);
    for marginal in [Marginal::Kl(1.0), Marginal::L2(1.0)] {
        let after = |n| Unbalanced::new(marginal).tolerance(1e-12).iteration_limit(n).solve(&a, &b, cost(&c)).unwrap();
        let mut last = f64::INFINITY;
        for n in [0, 10, 50, 200, 1000] {
            let s = after(n);
            check(&c, &a, &b, [marginal; 2], &s);
            assert!(s.report.primal <= last + 1e-14, "{n}");
            last = s.report.primal;
        }
        let smooth = Unbalanced::new(marginal).regularisation(0.01).solve(&a, &b, cost(&c)).unwrap();
        let exact = after(10_000);
        assert!(smooth.report.dual <= exact.report.primal + 1e-9 && exact.report.dual <= smooth.report.primal + 1e-9);
        assert!(exact.report.gap() < 1e-3 * exact.report.primal, "{:e}", exact.report.gap());
    }
}

#[test]
fn laws_of_scale_and_limits() {
    let (a, b) = (masses(6, 21), masses(6, 22));
    let c = costs(normal(6, 2, 23).view(), normal(6, 2, 24).view(), Ground::SqEuclidean);
    let by = |w: &[f64], k: f64| w.iter().map(|w| k * w).collect::<Vec<f64>>();
    let kl = |a: &[f64], b: &[f64]| {
        Unbalanced::new(Marginal::Kl(1.0))
            .regularisation(0.1)
            .tolerance(1e-12)
            .solve(a, b, cost(&c))
            .unwrap()
            .regularised
            .unwrap()
    };
    // the KL problem is homogeneous in the masses
    let (one, seven) = (kl(&a, &b), kl(&by(&a, 7.0), &by(&b, 7.0)));
    assert!((seven.primal - 7.0 * one.primal).abs() < 1e-8 * seven.primal);
    // it is symmetric
    let turned =
        Unbalanced::new(Marginal::Kl(1.0)).regularisation(0.1).tolerance(1e-12).solve(&b, &a, cost(&c.t().to_owned()));
    assert!((turned.unwrap().regularised.unwrap().primal - one.primal).abs() < 1e-8);
    // a strong marginal is an exact one: the value is that of the balanced problem, from below
    let normalised = |w: &[f64]| by(w, 1.0 / w.iter().sum::<f64>());
    let (p, q) = (normalised(&a), normalised(&b));
    let balanced = Problem::with_cost(c.clone(), Some(p.clone()), Some(q.clone())).unwrap();
    let balanced = Sinkhorn::new(0.1).solve(&balanced).unwrap().regularised.unwrap().primal;
    let mut last = 0.0;
    for strength in [1.0, 10.0, 100.0, 1e4] {
        let value = Unbalanced::new(Marginal::Kl(strength))
            .regularisation(0.1)
            .solve(&p, &q, cost(&c))
            .unwrap()
            .regularised
            .unwrap()
            .primal;
        assert!(
            value >= last - 1e-9 && value <= balanced + 1e-9,
            "{strength}: {value} after {last}, balanced {balanced}"
        );
        last = value;
    }
    assert!((last - balanced).abs() < 1e-3 * balanced);
    // equal masses at the same places cost nothing
    let none = Unbalanced::new(Marginal::L2(1.0)).solve(
        &[0.3, 0.7],
        &[0.3, 0.7],
        cost(&array![[0.0, f64::INFINITY], [f64::INFINITY, 0.0]]),
    );
    assert!(none.unwrap().report.primal < 1e-12);
}

#[test]
fn zero_weights_forbidden_arcs_and_far_points() {
    let c = array![[0.0, f64::INFINITY, 1e4], [f64::INFINITY, f64::INFINITY, f64::INFINITY], [2.0, 1.0, 1e6]];
    let (a, b) = ([1.0, 0.5, 2.0], [1.5, 0.0, 0.7]);
    for marginal in [Marginal::Kl(1.0), Marginal::L2(1.0)] {
        for eps in [None, Some(1e-3), Some(1.0)] {
            let solver = Unbalanced::new(marginal).tolerance(1e-8);
            let solver = eps.map_or(solver, |eps| solver.regularisation(eps));
            let s = solver.solve(&a, &b, cost(&c)).unwrap();
            let finite = s.potentials.0.iter().chain(&s.potentials.1).all(|p| p.is_finite());
            assert!(finite && s.report.primal.is_finite() && s.report.dual.is_finite(), "{marginal:?} {eps:?}");
            check(&c, &a, &b, [marginal; 2], &s);
            if eps.is_some() {
                assert_eq!(s.report.status, Status::Converged, "{marginal:?} {eps:?} {:?}", s.report);
            }
        }
    }
    let infeasible =
        Unbalanced::new(Marginal::Kl(1.0)).marginals(Marginal::Exact, Marginal::Kl(1.0)).regularisation(0.1);
    assert!(matches!(infeasible.solve(&a, &b, cost(&c)), Err(Error::Infeasible { .. })));
    let refused = |solver: Unbalanced<'_>, a: &[f64], b: &[f64]| solver.solve(a, b, cost(&array![[1.0, 2.0]])).is_err();
    let kl = Unbalanced::new(Marginal::Kl(1.0));
    assert!(refused(Unbalanced::new(Marginal::Kl(0.0)), &[1.0], &[1.0, 1.0]));
    assert!(refused(kl.regularisation(-1.0), &[1.0], &[1.0, 1.0]));
    assert!(refused(kl, &[1.0, 1.0], &[1.0, 1.0]));
    assert!(refused(kl, &[1.0], &[f64::NAN, 1.0]));
    assert!(refused(kl, &[0.0], &[1.0, 1.0]));
    assert!(refused(kl.marginals(Marginal::Kl(1.0), Marginal::L2(1.0)), &[1.0], &[1.0, 1.0]));
}

// ------------------------------------------------------------------------------------------------------------ partial

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
fn check_partial(c: &Array2<f64>, a: &[f64], b: &[f64], moved: f64) -> Partial {
    let found = partial(a, b, &cost(c), moved).unwrap();
    let (s, price) = (&found.solution, found.price);
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
    found
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
            let s = &found.solution;
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
    assert!((all.solution.cost() - exact.cost()).abs() < 1e-12);
    // POT 0.9.7.post1: ot.partial.partial_wasserstein(a, b, M, m=0.6)
    let (x, y) = (array![[0.0], [1.0], [2.5], [4.0]], array![[0.5], [1.5], [3.0]]);
    let c = costs(x.view(), y.view(), Ground::SqEuclidean);
    let found = partial(&[0.4, 0.3, 0.2, 0.1], &[0.5, 0.25, 0.25], &cost(&c), 0.6).unwrap();
    assert!((found.solution.cost() - 0.15).abs() < 1e-12);
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
    assert!((found.solution.cost() - 6.0).abs() < 1e-12, "{}", found.solution.cost());
    let one = check_partial(&array![[1.0]], &[1.0], &[1e15], 0.3);
    assert!((one.price - 1.0).abs() < 1e-12);
    // one column is cheapest for all and takes all; a little more would cost as much
    let c = array![[1.0, 4.0], [2.0, 6.0]];
    let all = check_partial(&c, &[1e20, 1e-3], &[1e17, 1e19], 7.0);
    assert!((all.solution.cost() - 7.0).abs() < 1e-12 && (all.price - 1.0).abs() < 1e-12);
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
        assert!((found.solution.cost() - expected).abs() < 1e-9 * (1.0 + expected), "seed {seed}");
    }
    let nothing = check_partial(&array![[-1.0, 2.0]], &[1e200], &[1.0, 1.0], 0.0);
    assert!(nothing.solution.plan.arcs().is_empty() && nothing.solution.cost() == 0.0 && nothing.price <= -1.0);
}

/// Where moving costs more than any penalty, next to nothing moves: `exp(-c/2)` of the mass, which may be no number.
#[test]
fn far_points_are_left_where_they_are() {
    for (c, a, b) in
        [(1420.0, 1.0, 1.0), (1e4, 1.0, 1.0), (1e300, 0.25, 3.0), (700.0, 1e-80, 1e80), (1400.0, 1e10, 1.0)]
    {
        let costs = array![[c]];
        let s = Unbalanced::new(Marginal::Kl(1.0)).solve(&[a], &[b], cost(&costs)).unwrap();
        s.report.require_converged().unwrap();
        check(&costs, &[a], &[b], [Marginal::Kl(1.0); 2], &s);
        assert!((s.cost() - (a + b)).abs() <= 1e-12 * (a + b), "{c}: {} for {}", s.cost(), a + b);
    }
    for seed in 0..60 {
        let (mut x, y) = (normal(6, 2, seed), normal(5, 2, seed + 1000));
        let far = 28.0 + (seed % 14) as f64;
        x.row_mut(0).assign(&array![far, 0.0]);
        let (a, b) = (masses(6, seed), masses(5, seed + 1));
        let c = costs(x.view(), y.view(), Ground::SqEuclidean);
        let s = Unbalanced::new(Marginal::Kl(1.0)).tolerance(1e-6).solve(&a, &b, cost(&c)).unwrap();
        check(&c, &a, &b, [Marginal::Kl(1.0); 2], &s);
        assert!(s.report.status != Status::Diverged && s.report.gap() < 0.1, "{far}: {:?}", s.report.status);
        // the outlier is left out, at the price of its mass
        let rest = c.slice(ndarray::s![1.., ..]).to_owned();
        let without =
            Unbalanced::new(Marginal::Kl(1.0)).tolerance(1e-6).solve(&a[1..], &b, cost(&rest)).unwrap().report;
        assert!(
            s.report.dual <= without.primal + a[0] + 1e-9 && without.dual + a[0] <= s.report.primal + 1e-9,
            "{far}"
        );
    }
}

/// Totals near both ends of what is admitted.
#[test]
fn masses_of_any_size_converge_or_are_refused() {
    let c = array![[0.0]];
    for (size, eps) in [(1e160, None), (1e-160, None), (1e160, Some(0.1)), (1e-160, Some(0.1)), (1e249, Some(0.1))] {
        let solver = Unbalanced::new(Marginal::Kl(1.0));
        let solver = eps.map_or(solver, |eps| solver.regularisation(eps));
        let s = solver.solve(&[size], &[2.0 * size], cost(&c)).unwrap();
        s.report.require_converged().unwrap();
        let expected = size * (3.0 - 2.0 * 2f64.sqrt());
        let plain = s.regularised.is_none();
        assert!(!plain || (s.cost() - expected).abs() < 1e-6 * expected, "{size:e}: {} for {expected:e}", s.cost());
        let report = &s.report;
        assert!(report.dual <= report.primal * (1.0 + 1e-12) && report.primal.is_finite(), "{report:?}");
    }
    let squared = Unbalanced::new(Marginal::L2(1.0)).solve(&[1e160], &[1e160], cost(&c));
    assert!(matches!(squared, Err(Error::OutOfDomain { .. })), "{squared:?}");
}

/// What is reported after an early stop belongs to the problem that was asked for.
#[test]
fn an_early_stop_reports_the_gap_of_the_regularisation_asked_for() {
    let (a, b) = (masses(20, 1), masses(15, 2));
    let c = costs(normal(20, 2, 3).view(), normal(15, 2, 4).view(), Ground::SqEuclidean);
    let solver = Unbalanced::new(Marginal::Kl(1.0)).regularisation(1e-3);
    for limit in [0, 1, 3] {
        let s = solver.iteration_limit(limit).solve(&a, &b, cost(&c)).unwrap();
        assert_eq!(s.report.status, Status::IterationLimit);
        let entropic = s.regularised.unwrap();
        let gap = entropic.primal - entropic.dual;
        assert!((s.report.residual - gap).abs() < 1e-6 * gap.abs() + 1e-9, "{limit}: {} {gap}", s.report.residual);
    }
}

#[test]
fn time_observers_and_threads() {
    let (a, b) = (masses(150, 1), masses(140, 2));
    let c = costs(normal(150, 2, 3).view(), normal(140, 2, 4).view(), Ground::SqEuclidean);
    for eps in [None, Some(1e-3)] {
        let solver = || {
            let solver = Unbalanced::new(Marginal::Kl(1.0)).tolerance(1e-12).iteration_limit(100_000);
            eps.map_or(solver, |eps| solver.regularisation(eps))
        };
        let late = solver().time_limit(std::time::Duration::ZERO).solve(&a, &b, cost(&c)).unwrap();
        assert_eq!(late.report.status, Status::TimeLimit);
        assert!(late.report.dual <= late.report.primal && late.report.primal.is_finite());
        let seen = Cell::new(0);
        let once = |p: &Progress| {
            assert!(p.dual <= p.primal);
            seen.set(seen.get() + 1);
            ControlFlow::Break(())
        };
        let stopped = solver().on_progress(&once).solve(&a, &b, cost(&c)).unwrap();
        assert_eq!((stopped.report.status, seen.get()), (Status::Interrupted, 1));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let s = pool.install(|| solver().iteration_limit(300).solve(&a, &b, cost(&c)).unwrap());
            (s.report.primal.to_bits(), s.report.dual.to_bits(), s.report.iterations, s.plan.arcs())
        };
        assert!(run(1) == run(2));
    }
}
