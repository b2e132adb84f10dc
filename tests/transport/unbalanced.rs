//! Unbalanced transport: closed forms, definitions written out again, slow twins, laws.

use crate::common::check::costs;
use fenchel::certificate::Status;
use fenchel::error::{Error, Result};
use fenchel::numeric::stream;
use fenchel::transport::{Cost, Exact, Ground, Kept, Marginal, Problem, Progress, Sinkhorn, Solution, Unbalanced};
use microlp::{ComparisonOp, OptimizationDirection};
use ndarray::{Array2, array};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

pub fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

pub fn masses(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    (0..n).map(|_| 0.1 + rng.random::<f64>()).collect()
}

pub fn cost(c: &Array2<f64>) -> Cost {
    Cost::matrix(c.clone()).unwrap()
}

/// What is asked of the solver that a problem is for: that with a regularisation, or the one without.
#[derive(Clone, Copy)]
struct Asked<'a> {
    marginals: [Marginal; 2],
    eps: Option<f64>,
    tolerance: f64,
    iterations: usize,
    time: Duration,
    observer: &'a (dyn Fn(&Progress) -> ControlFlow<()> + Sync),
}

fn asked(rows: Marginal, columns: Marginal) -> Asked<'static> {
    let (iterations, observer) = (10_000, &|_: &Progress| ControlFlow::Continue(()));
    Asked { marginals: [rows, columns], eps: None, tolerance: 1e-9, iterations, time: Duration::MAX, observer }
}

impl Asked<'_> {
    fn epsilon(self, eps: f64) -> Self {
        Self { eps: Some(eps), ..self }
    }

    fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    fn iteration_limit(self, iterations: usize) -> Self {
        Self { iterations, ..self }
    }

    fn solve(&self, a: &[f64], b: &[f64], cost: Cost) -> Result<Solution> {
        let problem = Problem::unbalanced(cost, a, b, self.marginals[0], self.marginals[1])?;
        let (tolerance, iterations) = (self.tolerance, self.iterations);
        let linear = |marginal: &Marginal| matches!(marginal, Marginal::Exact | Marginal::Tv(_));
        match self.eps {
            Some(eps) => {
                let solver = Sinkhorn::new(eps).tolerance(tolerance).iteration_limit(iterations);
                solver.time_limit(self.time).on_progress(self.observer).solve(&problem)
            }
            None if self.marginals.iter().all(linear) => Exact::new().solve(&problem),
            None => {
                let solver = Unbalanced::new().tolerance(tolerance).iteration_limit(iterations);
                solver.time_limit(self.time).on_progress(self.observer).solve(&problem)
            }
        }
    }
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
        Marginal::Tv(_) => strength(marginal) * (x - a).abs(),
    }
}

fn strength(marginal: Marginal) -> f64 {
    match marginal {
        Marginal::Exact => f64::INFINITY,
        Marginal::Kl(s) | Marginal::L2(s) | Marginal::Tv(s) => s,
    }
}

/// The least of penalty + u x over x >= 0 with the sign of u turned: closed forms of the definition.
fn dual(marginal: Marginal, u: f64, a: f64) -> f64 {
    match marginal {
        Marginal::Exact => a * u,
        Marginal::Kl(s) => s * a * (1.0 - (-u / s).exp()),
        Marginal::Tv(s) => a * u.clamp(-s, s),
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
    let eps = s.regularised.as_ref().map_or(0.0, |r| r.epsilon);
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
        let solver = asked(marginals[0], marginals[1]);
        let exact = ((p * f64::ln(a) + q * f64::ln(b) - c) / (p + q)).exp();
        let s = solver.solve(&[a], &[b], cost(&costs)).unwrap();
        s.report.require_converged().unwrap();
        check(&costs, &[a], &[b], marginals, &s);
        assert!((s.plan.arcs()[0].2 - exact).abs() < 1e-6 * exact);
        for eps in [0.01, 1.0] {
            let s = solver.epsilon(eps).tolerance(1e-15).solve(&[a], &[b], cost(&costs)).unwrap();
            s.report.require_converged().unwrap();
            check(&costs, &[a], &[b], marginals, &s);
            let exact = ((p * f64::ln(a) + q * f64::ln(b) + 0.5 * eps * f64::ln(a * b) - c) / (p + q + eps)).exp();
            assert!((s.plan.arcs()[0].2 - exact).abs() < 1e-7 * exact, "eps {eps}");
        }
        let marginals = [Marginal::L2(p), Marginal::L2(q)];
        let s = asked(marginals[0], marginals[1]).solve(&[a], &[b], cost(&costs)).unwrap();
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
                let solver = asked(rows, columns).epsilon(eps);
                let solution = solver.solve(&a, &b, cost(&c));
                if rows == Marginal::Exact && columns == Marginal::Exact {
                    assert!(matches!(solution, Err(Error::NotNormalised { .. })));
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
        Marginal::Exact | Marginal::Tv(_) => unreachable!(),
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
        let s = asked(marginals[0], marginals[1]).epsilon(0.3);
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
        let s = asked(Marginal::Kl(strength), Marginal::Kl(strength))
            .epsilon(eps)
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
        let s = asked(marginal, marginal).tolerance(1e-6).iteration_limit(100_000).solve(&twice, &b, cost(&c)).unwrap();
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
        let after = |n| asked(marginal, marginal).tolerance(1e-12).iteration_limit(n).solve(&a, &b, cost(&c)).unwrap();
        let mut last = f64::INFINITY;
        for n in [0, 10, 50, 200, 1000] {
            let s = after(n);
            check(&c, &a, &b, [marginal; 2], &s);
            assert!(s.report.primal <= last + 1e-14, "{n}");
            last = s.report.primal;
        }
        let smooth = asked(marginal, marginal).epsilon(0.01).solve(&a, &b, cost(&c)).unwrap();
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
        asked(Marginal::Kl(1.0), Marginal::Kl(1.0))
            .epsilon(0.1)
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
    let turned = asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).epsilon(0.1).tolerance(1e-12).solve(
        &b,
        &a,
        cost(&c.t().to_owned()),
    );
    assert!((turned.unwrap().regularised.unwrap().primal - one.primal).abs() < 1e-8);
    // a strong marginal is an exact one: the value is that of the balanced problem, from below
    let normalised = |w: &[f64]| by(w, 1.0 / w.iter().sum::<f64>());
    let (p, q) = (normalised(&a), normalised(&b));
    let balanced = Problem::with_cost(c.clone(), Some(p.clone()), Some(q.clone())).unwrap();
    let balanced = Sinkhorn::new(0.1).solve(&balanced).unwrap().regularised.unwrap().primal;
    let mut last = 0.0;
    for strength in [1.0, 10.0, 100.0, 1e4] {
        let value = asked(Marginal::Kl(strength), Marginal::Kl(strength))
            .epsilon(0.1)
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
    let none = asked(Marginal::L2(1.0), Marginal::L2(1.0)).solve(
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
            let solver = asked(marginal, marginal).tolerance(1e-8);
            let solver = eps.map_or(solver, |eps| solver.epsilon(eps));
            let s = solver.solve(&a, &b, cost(&c)).unwrap();
            let finite = s.potentials.0.iter().chain(&s.potentials.1).all(|p| p.is_finite());
            assert!(finite && s.report.primal.is_finite() && s.report.dual.is_finite(), "{marginal:?} {eps:?}");
            check(&c, &a, &b, [marginal; 2], &s);
            if eps.is_some() {
                assert_eq!(s.report.status, Status::Converged, "{marginal:?} {eps:?} {:?}", s.report);
            }
        }
    }
    let infeasible = asked(Marginal::Exact, Marginal::Kl(1.0)).epsilon(0.1);
    assert!(matches!(infeasible.solve(&a, &b, cost(&c)), Err(Error::Infeasible { .. })));
    let refused = |solver: Asked<'_>, a: &[f64], b: &[f64]| solver.solve(a, b, cost(&array![[1.0, 2.0]])).is_err();
    let kl = asked(Marginal::Kl(1.0), Marginal::Kl(1.0));
    assert!(refused(asked(Marginal::Kl(0.0), Marginal::Kl(0.0)), &[1.0], &[1.0, 1.0]));
    assert!(refused(kl.epsilon(-1.0), &[1.0], &[1.0, 1.0]));
    assert!(refused(kl, &[1.0, 1.0], &[1.0, 1.0]));
    assert!(refused(kl, &[1.0], &[f64::NAN, 1.0]));
    assert!(refused(kl, &[0.0], &[1.0, 1.0]));
    assert!(refused(asked(Marginal::Kl(1.0), Marginal::L2(1.0)), &[1.0], &[1.0, 1.0]));
}

/// `min sum P c + p |P 1 - a| + q |Pᵀ 1 - b|` as a linear program with what is missing and what is too much.
fn total_variation_by_linear_program(c: &Array2<f64>, a: &[f64], b: &[f64], [p, q]: [f64; 2]) -> f64 {
    let mut lp = microlp::Problem::new(OptimizationDirection::Minimize);
    let (n, m) = c.dim();
    let mut variable = |cost: f64| lp.add_var(cost, (0.0, f64::INFINITY));
    let arcs: Vec<Vec<_>> = (0..n).map(|i| (0..m).map(|j| variable(c[[i, j]])).collect()).collect();
    let mut sides = Vec::new();
    for (masses, price) in [(a, p), (b, q)] {
        // a side that is kept has no way to deviate
        let slack = |variable: &mut dyn FnMut(f64) -> _| price.is_finite().then(|| [variable(price), variable(price)]);
        sides.push(masses.iter().map(|_| slack(&mut variable)).collect::<Vec<_>>());
    }
    let mut balance = |line: Vec<_>, slack: &Option<[_; 2]>, mass: f64| {
        let mut terms: Vec<_> = line.into_iter().map(|arc| (arc, 1.0)).collect();
        terms.extend(slack.iter().flat_map(|[missing, beyond]| [(*missing, 1.0), (*beyond, -1.0)]));
        lp.add_constraint(&terms, ComparisonOp::Eq, mass);
    };
    for i in 0..n {
        balance(arcs[i].clone(), &sides[0][i], a[i]);
    }
    for j in 0..m {
        balance((0..n).map(|i| arcs[i][j]).collect(), &sides[1][j], b[j]);
    }
    lp.solve().unwrap().into_solution().unwrap().objective()
}

#[test]
fn total_variation_agrees_with_a_linear_program() {
    for seed in 0..40 {
        let (n, m) = (2 + seed as usize % 5, 2 + seed as usize % 4);
        let (a, b) = (masses(n, 900 + seed), masses(m, 1000 + seed));
        let c = costs(normal(n, 2, 1100 + seed).view(), normal(m, 2, 1200 + seed).view(), Ground::Euclidean);
        // costs of both signs, and prices so different that creating mass on one side saves more on the other
        let c = if seed % 3 == 0 { c - 0.4 } else { c };
        let prices =
            [[1.0, 1.0], [0.3, 2.5], [2.5, 0.3], [0.7, f64::INFINITY], [f64::INFINITY, 0.7]][seed as usize % 5];
        let marginals = prices.map(|p| if p.is_finite() { Marginal::Tv(p) } else { Marginal::Exact });
        let expected = total_variation_by_linear_program(&c, &a, &b, prices);
        let s = asked(marginals[0], marginals[1]).solve(&a, &b, cost(&c)).unwrap();
        s.report.require_converged().unwrap();
        check(&c, &a, &b, marginals, &s);
        assert!((s.cost() - expected).abs() < 1e-9, "seed {seed}: {} for {expected}", s.cost());
        let smooth = asked(marginals[0], marginals[1]).epsilon(0.02).solve(&a, &b, cost(&c)).unwrap();
        smooth.report.require_converged().unwrap();
        check(&c, &a, &b, marginals, &smooth);
        assert!(smooth.report.dual <= expected + 1e-9 && expected <= smooth.report.primal + 1e-9, "seed {seed}");
    }
    // equal masses on one point, and next to nothing: |a - b| times the price
    for (a, b, price) in [(2.0, 2.0, 3.0), (2.0, 0.5, 3.0), (1e-200, 3e-200, 0.5)] {
        let s = asked(Marginal::Tv(price), Marginal::Tv(price)).solve(&[a], &[b], cost(&array![[0.0]])).unwrap();
        assert!((s.cost() - price * f64::abs(a - b)).abs() <= 1e-12 * price * (a + b), "{}", s.cost());
    }
    let unbounded = asked(Marginal::Tv(1.0), Marginal::Tv(1.0)).solve(&[1.0], &[1.0], cost(&array![[-2.1]]));
    assert!(matches!(unbounded, Err(Error::OutOfDomain { .. })), "{unbounded:?}");
}

/// Each solver says which problems are its own.
#[test]
fn a_solver_refuses_masses_that_are_kept_otherwise() {
    let balanced = Problem::with_cost(array![[0.0, 1.0], [1.0, 0.0]], None, None).unwrap();
    let kl = balanced.relaxed(Marginal::Kl(1.0), Marginal::Kl(1.0)).unwrap();
    let part = balanced.in_part(0.5).unwrap();
    let refused = |result: Result<Solution>| matches!(result, Err(Error::Unsupported { .. }));
    assert!(refused(Exact::new().solve(&kl)) && refused(Unbalanced::new().solve(&balanced)));
    assert!(refused(Unbalanced::new().solve(&part)) && refused(Sinkhorn::new(0.1).solve(&part)));
    let mixed = balanced.relaxed(Marginal::Kl(1.0), Marginal::L2(1.0)).unwrap();
    assert!(refused(Unbalanced::new().solve(&mixed)) && Sinkhorn::new(0.1).solve(&mixed).is_ok());
    assert!(balanced.relaxed(Marginal::Exact, Marginal::Exact).unwrap().kept() == Kept::Exactly);
}

/// Where moving costs more than any penalty, next to nothing moves: `exp(-c/2)` of the mass, which may be no number.
#[test]
fn far_points_are_left_where_they_are() {
    for (c, a, b) in
        [(1420.0, 1.0, 1.0), (1e4, 1.0, 1.0), (1e300, 0.25, 3.0), (700.0, 1e-80, 1e80), (1400.0, 1e10, 1.0)]
    {
        let costs = array![[c]];
        let s = asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).solve(&[a], &[b], cost(&costs)).unwrap();
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
        let s = asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).tolerance(1e-6).solve(&a, &b, cost(&c)).unwrap();
        check(&c, &a, &b, [Marginal::Kl(1.0); 2], &s);
        assert!(s.report.status != Status::Diverged && s.report.gap() < 0.1, "{far}: {:?}", s.report.status);
        // the outlier is left out, at the price of its mass
        let rest = c.slice(ndarray::s![1.., ..]).to_owned();
        let without =
            asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).tolerance(1e-6).solve(&a[1..], &b, cost(&rest)).unwrap().report;
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
        let solver = asked(Marginal::Kl(1.0), Marginal::Kl(1.0));
        let solver = eps.map_or(solver, |eps| solver.epsilon(eps));
        let s = solver.solve(&[size], &[2.0 * size], cost(&c)).unwrap();
        s.report.require_converged().unwrap();
        let expected = size * (3.0 - 2.0 * 2f64.sqrt());
        let plain = s.regularised.is_none();
        assert!(!plain || (s.cost() - expected).abs() < 1e-6 * expected, "{size:e}: {} for {expected:e}", s.cost());
        let report = &s.report;
        assert!(report.dual <= report.primal * (1.0 + 1e-12) && report.primal.is_finite(), "{report:?}");
    }
    let squared = asked(Marginal::L2(1.0), Marginal::L2(1.0)).solve(&[1e160], &[1e160], cost(&c));
    assert!(matches!(squared, Err(Error::OutOfDomain { .. })), "{squared:?}");
}

/// What is reported after an early stop belongs to the problem that was asked for.
#[test]
fn an_early_stop_reports_the_gap_of_the_regularisation_asked_for() {
    let (a, b) = (masses(20, 1), masses(15, 2));
    let c = costs(normal(20, 2, 3).view(), normal(15, 2, 4).view(), Ground::SqEuclidean);
    let solver = asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).epsilon(1e-3);
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
            let solver = asked(Marginal::Kl(1.0), Marginal::Kl(1.0)).tolerance(1e-12).iteration_limit(100_000);
            eps.map_or(solver, |eps| solver.epsilon(eps))
        };
        let late = Asked { time: Duration::ZERO, ..solver() }.solve(&a, &b, cost(&c)).unwrap();
        assert_eq!(late.report.status, Status::TimeLimit);
        assert!(late.report.dual <= late.report.primal && late.report.primal.is_finite());
        let seen = AtomicUsize::new(0);
        let once = |p: &Progress| {
            assert!(p.dual <= p.primal);
            seen.fetch_add(1, Ordering::Relaxed);
            ControlFlow::Break(())
        };
        let stopped = Asked { observer: &once, ..solver() }.solve(&a, &b, cost(&c)).unwrap();
        // whoever is asked, once, is obeyed; a solve of less than 10 ms asks nobody
        let asked = seen.load(Ordering::Relaxed);
        let expected = if asked == 0 { Status::Converged } else { Status::Interrupted };
        assert!(asked <= 1 && stopped.report.status == expected, "{:?} after {asked}", stopped.report.status);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let s = pool.install(|| solver().iteration_limit(300).solve(&a, &b, cost(&c)).unwrap());
            (s.report.primal.to_bits(), s.report.dual.to_bits(), s.report.iterations, s.plan.arcs())
        };
        assert!(run(1) == run(2));
    }
}

/// Where many potentials of total variation stand at an end of their range, Newton steps are shortened; a step that leaves the range
/// has a dual that is no number, and that is no convergence.
#[test]
fn what_converges_has_closed_its_entropic_bracket() {
    let cloud = |n: usize, d: usize, shift: f64, seed: u64| {
        let mut points = normal(n, d, seed) + shift;
        points.slice_mut(ndarray::s![..n / 100, ..]).mapv_inplace(|t| 10.0 * t);
        points
    };
    for (d, n, seed) in [(2, 400, 1), (20, 300, 3), (2, 300, 5)] {
        let c = costs(cloud(n, d, 0.0, seed).view(), cloud(n, d, 0.5, seed + 1).view(), Ground::SqEuclidean);
        let mean = c.mean().unwrap();
        let (a, b) = (masses(n, seed), masses(n, seed + 1));
        let per_mass = n as f64 / a.iter().sum::<f64>();
        for kept in [Marginal::Tv(0.5 * mean), Marginal::Kl(mean), Marginal::L2(mean * per_mass)] {
            let s = asked(kept, kept).epsilon(0.002 * mean).tolerance(1e-7).solve(&a, &b, cost(&c)).unwrap();
            s.report.require_converged().unwrap();
            check(&c, &a, &b, [kept; 2], &s);
            let entropic = s.regularised.unwrap();
            let gap = entropic.primal - entropic.dual;
            assert!(gap <= 1e-6 * entropic.primal.abs(), "{d}-D, {kept:?}: {gap:e} of {:e}", entropic.primal);
        }
    }
}
