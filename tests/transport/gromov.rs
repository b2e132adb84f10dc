//! Gromov-Wasserstein: closed forms, all permutations, the definition written out again, bounds that hold.

use crate::common::check::costs;
use fenchel::certificate::Status;
use fenchel::measure::{Empirical, Pmf};
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Gromov, Ground, Matching, Problem, Progress, Space};
use ndarray::{Array2, array};
use rand::RngExt;
use rand::seq::SliceRandom;
use rand_distr::{Distribution, StandardNormal};
use std::ops::ControlFlow;
use std::time::Duration;

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn uniform(n: usize) -> Pmf {
    Pmf::normalised(vec![1.0; n]).unwrap()
}

fn space(points: &Array2<f64>) -> Space {
    Space::of(&Empirical::new(points.clone()).unwrap(), Ground::Euclidean).unwrap()
}

fn distances(points: &Array2<f64>) -> Array2<f64> {
    costs(points.view(), points.view(), Ground::Euclidean)
}

/// The objective from its definition.
fn objective(c: &Array2<f64>, d: &Array2<f64>, plan: &Array2<f64>) -> f64 {
    let mut total = 0.0;
    for ((i, j), p) in plan.indexed_iter() {
        for ((k, l), q) in plan.indexed_iter() {
            total += (c[[i, k]] - d[[j, l]]).powi(2) * p * q;
        }
    }
    total
}

fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in permutations(n - 1) {
        for at in 0..n {
            let mut longer = shorter.clone();
            longer.insert(at, n - 1);
            all.push(longer);
        }
    }
    all
}

#[track_caller]
fn check(c: &Array2<f64>, d: &Array2<f64>, p: &[f64], q: &[f64], found: &Matching) {
    let plan = found.plan.to_dense();
    let rows = plan.rows().into_iter().zip(p).map(|(row, p)| (row.sum() - p).abs()).sum::<f64>();
    let columns = plan.columns().into_iter().zip(q).map(|(column, q)| (column.sum() - q).abs()).sum::<f64>();
    assert!(rows + columns < 1e-12, "marginals off by {:e}", rows + columns);
    let value = objective(c, d, &plan);
    assert!((value - found.report.primal).abs() < 1e-12 * (1.0 + value), "{} is {value}", found.report.primal);
    assert!(found.report.dual <= found.report.primal);
}

#[test]
fn spaces_of_two_points() {
    for (s, t) in [(1.0, 1.0), (1.0, 3.0), (0.2, 5.0)] {
        let (c, d) = (array![[0.0, s], [s, 0.0]], array![[0.0, t], [t, 0.0]]);
        let found = Gromov::new()
            .solve(&Space::new(c.clone(), &uniform(2)).unwrap(), &Space::new(d.clone(), &uniform(2)).unwrap())
            .unwrap();
        let exact = 0.5 * (s - t).powi(2);
        assert!((found.report.primal - exact).abs() < 1e-14, "{:?}", found.report);
        assert!((found.report.dual - exact).abs() < 1e-14, "the second bound is tight here: {:?}", found.report);
        check(&c, &d, &[0.5, 0.5], &[0.5, 0.5], &found);
    }
    // one point against two: there is one plan, E = t²/2
    let one = Space::new(array![[0.0]], &uniform(1)).unwrap();
    let two = Space::new(array![[0.0, 2.0], [2.0, 0.0]], &uniform(2)).unwrap();
    let found = Gromov::new().solve(&one, &two).unwrap().report;
    assert!((found.primal - 2.0).abs() < 1e-14 && (found.dual - 2.0).abs() < 1e-14);
}

#[test]
fn zero_on_isometric_clouds() {
    for seed in 0..10 {
        let n = 5 + seed as usize;
        let x = normal(n, 2, seed);
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut stream(seed, 3));
        // turned, reflected, moved and shuffled
        let (sin, cos) = (0.3 + seed as f64).sin_cos();
        let map = array![[cos, sin], [sin, -cos]];
        let y = (x.dot(&map) + 4.0).select(ndarray::Axis(0), &order);
        let found = Gromov::new().solve(&space(&x), &space(&y)).unwrap();
        assert!(
            found.report.primal < 1e-25 && found.report.dual <= found.report.primal,
            "seed {seed}: {:?}",
            found.report
        );
        let arcs = found.plan.arcs();
        assert!(arcs.len() == n && arcs.iter().all(|&(i, j, _)| order[j] == i), "seed {seed}");
        assert_eq!(found.report.status, Status::Converged);
    }
}

#[test]
fn no_permutation_is_below_the_bound_and_the_descent_mostly_finds_the_best() {
    let mut best_found = 0;
    for seed in 0..20 {
        let n = 3 + seed as usize % 4;
        let (x, y) = (normal(n, 2, 50 + seed), normal(n, 3, 80 + seed));
        let (c, d) = (distances(&x), distances(&y));
        let value = |order: &[usize]| {
            let plan = Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from(order[i] == j)) / n as f64);
            objective(&c, &d, &plan)
        };
        let best = permutations(n).iter().map(|order| value(order)).fold(f64::INFINITY, f64::min);
        let found = Gromov::new().solve(&space(&x), &space(&y)).unwrap();
        let weights = vec![1.0 / n as f64; n];
        check(&c, &d, &weights, &weights, &found);
        assert!(found.report.dual <= best + 1e-12, "seed {seed}: bound {} above {best}", found.report.dual);
        best_found += usize::from(found.report.primal <= best + 1e-12);
    }
    assert!(best_found >= 15, "the best of all permutations in {best_found} of 20");
}

#[test]
fn bounds_hold_for_random_plans_and_weights() {
    for seed in 0..6 {
        let (n, m) = (4 + seed as usize, 7);
        let mut rng = stream(seed, 9);
        let mut weights =
            |n: usize| Pmf::normalised((0..n).map(|_| rng.random::<f64>()).collect::<Vec<f64>>()).unwrap();
        let (p, q) = (weights(n), weights(m));
        let (c, d) = (distances(&normal(n, 2, 900 + seed)), distances(&normal(m, 1, 950 + seed)));
        let (x, y) = (Space::new(c.clone(), &p).unwrap(), Space::new(d.clone(), &q).unwrap());
        let found = Gromov::new().solve(&x, &y).unwrap();
        check(&c, &d, p.masses(), q.masses(), &found);
        for k in 0..20 {
            // a vertex of the plans, by random costs
            let random: Array2<f64> =
                Array2::from_shape_simple_fn((n, m), || StandardNormal.sample(&mut rng_of(seed, k)));
            let problem = Problem::with_cost(random, Some(p.masses().to_vec()), Some(q.masses().to_vec())).unwrap();
            let plan = Exact::new().solve(&problem).unwrap().plan.to_dense();
            assert!(objective(&c, &d, &plan) >= found.report.dual - 1e-12);
        }
        let smooth = Gromov::new().epsilon(0.5).tolerance(1e-6).solve(&x, &y).unwrap();
        check(&c, &d, p.masses(), q.masses(), &smooth);
        assert!(smooth.report.dual - 1e-12 <= found.report.primal && found.report.dual <= smooth.report.primal);
    }
}

fn rng_of(seed: u64, k: u64) -> rand_chacha::ChaCha8Rng {
    stream(seed, 100 + k)
}

#[test]
fn laws_of_scale_and_symmetry() {
    let (x, y) = (normal(6, 2, 1), normal(5, 2, 2));
    let one = Gromov::new().solve(&space(&x), &space(&y)).unwrap().report;
    let three = Gromov::new().solve(&space(&(&x * 3.0)), &space(&(&y * 3.0))).unwrap().report;
    assert!((three.primal - 9.0 * one.primal).abs() < 1e-9 && (three.dual - 9.0 * one.dual).abs() < 1e-9);
    let turned = Gromov::new().solve(&space(&y), &space(&x)).unwrap().report;
    assert!((turned.dual - one.dual).abs() < 1e-12);
    let itself = Gromov::new().solve(&space(&x), &space(&x)).unwrap().report;
    assert!(itself.primal == 0.0 && itself.dual == 0.0, "{itself:?}");
}

#[test]
fn fused_is_between_its_ends() {
    let (x, y) = (normal(6, 2, 11), normal(6, 2, 12));
    let cross = costs(x.view(), y.view(), Ground::SqEuclidean);
    let fused = |share: f64| Gromov::new().solve_fused(&space(&x), &space(&y), cross.view(), share).unwrap();
    let exact = Exact::new().solve(&Problem::with_cost(cross.clone(), None, None).unwrap()).unwrap();
    let none = fused(0.0).report;
    assert!((none.primal - exact.cost()).abs() < 1e-12 && (none.dual - exact.cost()).abs() < 1e-9);
    let all = Gromov::new().solve(&space(&x), &space(&y)).unwrap().report;
    assert!((fused(1.0).report.primal - all.primal).abs() < 1e-12);
    let (c, d) = (distances(&x), distances(&y));
    for share in [0.2, 0.5, 0.8] {
        let found = fused(share);
        let plan = found.plan.to_dense();
        let value = (1.0 - share) * (&plan * &cross).sum() + share * objective(&c, &d, &plan);
        assert!((value - found.report.primal).abs() < 1e-12);
        assert!(found.report.dual <= value && found.report.dual >= (1.0 - share) * exact.cost() - 1e-9);
    }
}

/// POT 0.9.7.post1: `ot.gromov.gromov_wasserstein`, `entropic_gromov_wasserstein(epsilon=0.5)` and
/// `fused_gromov_wasserstein(alpha=0.5)`, square loss.
#[test]
fn at_least_as_good_as_a_peer() {
    let x = array![[0.0, 0.0], [1.0, 0.0], [0.0, 2.0], [3.0, 1.0]];
    let y = array![[0.0, 0.0], [2.0, 0.0], [0.0, 1.0], [2.0, 2.0], [1.0, 3.0]];
    let found = Gromov::new().solve(&space(&x), &space(&y)).unwrap().report;
    assert!(found.primal <= 0.7601784955205053 + 1e-9 && found.dual <= found.primal, "{found:?}");
    let smooth =
        Gromov::new().epsilon(0.5).tolerance(1e-10).iteration_limit(2000).solve(&space(&x), &space(&y)).unwrap();
    assert!(smooth.report.primal <= 0.7776079862967513 + 1e-6, "{:?}", smooth.report);
    let cross = costs(x.view(), y.view(), Ground::SqEuclidean);
    let fused = Gromov::new().solve_fused(&space(&x), &space(&y), cross.view(), 0.5).unwrap().report;
    assert!(fused.primal <= 1.22260248339876 + 1e-9, "{fused:?}");
}

#[test]
fn refuses_what_is_not_a_space() {
    assert!(Space::new(array![[0.0, 1.0], [2.0, 0.0]], &uniform(2)).is_err());
    assert!(Space::new(array![[0.0, f64::NAN], [f64::NAN, 0.0]], &uniform(2)).is_err());
    assert!(Space::new(array![[0.0, 1.0], [1.0, 0.0]], &uniform(3)).is_err());
    let x = space(&normal(3, 2, 1));
    assert!(Gromov::new().epsilon(0.0).solve(&x, &x).is_err());
    let cross = Array2::zeros((3, 3));
    assert!(Gromov::new().solve_fused(&x, &x, cross.view(), 1.5).is_err());
    assert!(Gromov::new().solve_fused(&x, &x, Array2::zeros((2, 3)).view(), 0.5).is_err());
}

/// Negative costs make a negative objective, whose size is still what a promise is small beside.
#[test]
fn a_negative_objective_converges_like_its_shift() {
    let (x, y) = (normal(8, 2, 21), normal(8, 2, 22));
    let cross = costs(x.view(), y.view(), Ground::SqEuclidean);
    let solve = |cross: &Array2<f64>| {
        Gromov::new().restarts(0).tolerance(1e-6).solve_fused(&space(&x), &space(&y), cross.view(), 0.5).unwrap()
    };
    let (plain, shifted) = (solve(&cross).report, solve(&(&cross - 100.0)).report);
    assert!((plain.primal - 50.0 - shifted.primal).abs() < 1e-9);
    assert_eq!(shifted.status, Status::Converged);
    assert!(shifted.residual <= 1e-6);
}

#[test]
fn time_observers_and_threads() {
    let (x, y) = (space(&normal(60, 2, 1)), space(&normal(50, 3, 2)));
    let solvers: [fn() -> Gromov<'static>; 2] = [Gromov::new, || Gromov::new().epsilon(0.1).tolerance(1e-14)];
    for solver in solvers {
        let late = solver().time_limit(Duration::ZERO).solve(&x, &y).unwrap();
        assert_eq!(late.report.status, Status::TimeLimit);
        assert!(late.report.dual <= late.report.primal && late.report.primal.is_finite());
        let stop = |p: &Progress| {
            assert!(p.dual <= p.primal);
            ControlFlow::Break(())
        };
        assert_eq!(solver().on_progress(&stop).solve(&x, &y).unwrap().report.status, Status::Interrupted);
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let found = pool.install(|| solver().restarts(2).iteration_limit(20).solve(&x, &y).unwrap());
            (found.report.primal.to_bits(), found.report.dual.to_bits(), found.report.trace, found.plan.arcs())
        };
        assert!(run(1) == run(2));
    }
}
