//! Entropic, debiased, sliced and Gaussian transport: against exact solutions, closed forms and the laws they obey.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

mod common;

use common::check::{costs, recompute};
use common::oracles::oracle;
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::linalg::{eigh, matmul};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::transport::{
    Exact, Ground, Problem, Sinkhorn, Sliced, Solution, gaussian, line, sinkhorn_divergence, wasserstein,
};
use ndarray::{Array1, Array2, Axis, array};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn weighted(n: usize, d: usize, seed: u64) -> Empirical {
    let mut rng = stream(seed, 1);
    let mut w: Vec<f64> = (0..n).map(|_| rng.random::<f64>() + 0.05).collect();
    if n > 5 {
        w[3] = 0.0;
    }
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    Empirical::weighted(normal(n, d, seed), w, "cloud").unwrap()
}

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
    // the rounding of a forbidden arc's marginals may have to use it: an upper bound that says nothing
    let useless = found.primal == f64::INFINITY && report.primal == f64::INFINITY;
    assert!(useless || (found.primal - report.primal).abs() <= 1e-11 * found.primal.abs() + 1e-14);
    assert!((found.dual - report.dual).abs() <= 1e-11 * found.primal.abs().max(found.dual.abs()) + 1e-14);
    let exact = Exact::new().solve(problem).unwrap().cost();
    let rounding = 1e-11 * exact.abs();
    assert!(report.dual <= exact + rounding && exact <= report.primal + rounding);
    let entropic = solution.regularised.as_ref().unwrap();
    assert!(entropic.dual <= entropic.primal + 1e-9 * entropic.primal.abs());
    if report.status == Status::Converged && !useless {
        assert!(report.residual <= 1e-9 * total);
        assert!(entropic.primal - entropic.dual < 1e-6 * entropic.primal.abs().max(total * entropic.eps));
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
    let free = Problem::with_cost(Array2::zeros((3, 2)), None, None).unwrap();
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
        let weights = order.iter().map(|&i| x.weights()[i]).collect();
        let turned = Empirical::weighted(x.points().select(Axis(0), &order), weights, "turned").unwrap();
        let zero = sinkhorn_divergence(&x, &turned, ground, &solver).unwrap();
        assert!(zero.value >= 0.0 && zero.value < 1e-7);
        assert!(zero.report.dual <= 1e-12);
    }
    // a translation costs |t|² under squared distances for every eps
    let moved = Empirical::weighted(&x.points() + &array![0.3, -0.4], x.weights().to_vec(), "moved").unwrap();
    for eps in [0.02, 0.3, 5.0] {
        let found = sinkhorn_divergence(&x, &moved, Ground::SqEuclidean, &Sinkhorn::new(eps)).unwrap();
        assert!((found.value - 0.25).abs() < 1e-6, "{}", found.value);
    }
    assert!(matches!(sinkhorn_divergence(&x, &y, Ground::Chebyshev, &solver), Err(Error::Unsupported { .. })));
}

// -------------------------------------------------------------------------------------------------------------- sliced

#[test]
fn slicing_known_answers() {
    // in one dimension it is the transport itself, without error
    let (x, y) = (weighted(30, 1, 1), weighted(20, 1, 2));
    for p in [1.0, 2.0, 3.0] {
        let points = |x: &Empirical| x.points().iter().copied().collect::<Vec<_>>();
        let exact = line::wasserstein(&points(&x), Some(x.weights()), &points(&y), Some(y.weights()), p).unwrap();
        let found = Sliced::new(10).solve(&x, &y, p).unwrap();
        assert!((found.value - exact.distance()).abs() < 1e-12 * (1.0 + exact.distance()));
        assert_eq!(found.std_error, Some(0.0));
    }
    // a translation by t in d dimensions: SW2² = |t|²/d, the mean of (theta·t)²
    let x = weighted(50, 5, 3);
    let t = Array1::from_vec(vec![1.0, -2.0, 0.0, 2.0, 0.0]);
    let y = Empirical::weighted(&x.points() + &t, x.weights().to_vec(), "y").unwrap();
    let found = Sliced::new(4000).seed(5).solve(&x, &y, 2.0).unwrap();
    let expected = (9.0f64 / 5.0).sqrt();
    assert!((found.value - expected).abs() < 4.0 * found.std_error.unwrap());
    let (low, high) = found.interval.unwrap();
    assert!(low < found.value && found.value < high && high - low < 0.1);
    // on itself: zero, exactly
    let zero = Sliced::new(50).solve(&x, &x, 1.0).unwrap();
    assert_eq!((zero.value, zero.std_error), (0.0, Some(0.0)));
    // never above the distance it slices
    let z = weighted(40, 5, 9);
    assert!(
        Sliced::new(100).solve(&x, &z, 2.0).unwrap().value
            < wasserstein(&x, &z, Ground::SqEuclidean).unwrap().distance()
    );
}

#[test]
fn slicing_is_the_same_on_one_thread_and_on_two() {
    let (x, y) = (weighted(100, 8, 1), weighted(90, 8, 2));
    let (u, v) = (Empirical::new(normal(64, 3, 1)).unwrap(), Empirical::new(normal(64, 3, 2)).unwrap());
    let problem = Problem::between(&x, &y, Ground::Euclidean).unwrap();
    let run = |threads: usize| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let sinkhorn = Sinkhorn::new(0.1).solve(&problem).unwrap();
            let sliced = Sliced::new(100).seed(3).solve(&x, &y, 2.0).unwrap();
            let uniform = Sliced::new(33).seed(4).solve(&u, &v, 1.0).unwrap();
            (sinkhorn.report.primal, sinkhorn.report.dual, sinkhorn.potentials, sliced, uniform)
        })
    };
    assert_eq!(run(1), run(2));
    let other = Sliced::new(100).seed(4).solve(&x, &y, 2.0).unwrap();
    assert_ne!(run(1).3.value, other.value);
}

#[test]
fn slicing_covers_the_truth_as_often_as_it_says() {
    let x = Empirical::new(array![[0.0, 0.0, 0.0]]).unwrap();
    let y = Empirical::new(array![[1.0, 0.0, 0.0]]).unwrap();
    let truth = (1.0f64 / 3.0).sqrt();
    let covered = (0..400).filter(|&seed| {
        let (low, high) = Sliced::new(100).seed(seed).solve(&x, &y, 2.0).unwrap().interval.unwrap();
        low <= truth && truth <= high
    });
    let covered = covered.count();
    assert!((365..=396).contains(&covered), "{covered} of 400"); // 95 % is 380, standard deviation 4.4
}

#[test]
fn slicing_refuses_nonsense() {
    let (x, y) = (weighted(5, 2, 1), weighted(5, 3, 1));
    assert!(matches!(Sliced::new(10).solve(&x, &y, 2.0), Err(Error::SizeMismatch { .. })));
    assert!(matches!(Sliced::new(1).solve(&x, &x, 2.0), Err(Error::TooFew { .. })));
    assert!(matches!(Sliced::new(10).solve(&x, &x, 0.5), Err(Error::OutOfDomain { .. })));
}

// ------------------------------------------------------------------------------------------------------------ Gaussian

fn covariance(d: usize, rank: usize, seed: u64) -> Array2<f64> {
    let root = normal(d, rank, seed);
    matmul(root.view(), root.t())
}

#[test]
fn gaussian_closed_forms() {
    let univariate = |m, s| Gaussian::univariate(m, s).unwrap();
    let found = gaussian::squared_distance(&univariate(0.0, 1.0), &univariate(1.0, 2.0)).unwrap();
    oracle("O081").check(found.value);
    assert!(found.gap() < 1e-9);
    let dirac = gaussian::squared_distance(&univariate(0.0, 0.0), &univariate(3.0, 0.0)).unwrap();
    assert_eq!((dirac.value, dirac.dual), (9.0, 9.0));

    // commuting covariances: the sum of (root difference)²
    let basis = eigh(covariance(4, 4, 1).view()).unwrap().vectors;
    let with = |values: [f64; 4]| {
        let cov = matmul((&basis * &Array1::from_vec(values.to_vec())).view(), basis.t());
        Gaussian::new(Array1::zeros(4), (&cov + &cov.t()) / 2.0).unwrap()
    };
    let found = gaussian::squared_distance(&with([1.0, 4.0, 9.0, 0.25]), &with([4.0, 4.0, 1.0, 1.0])).unwrap();
    assert!((found.value - (1.0 + 0.0 + 4.0 + 0.25)).abs() < 1e-12);
    assert!(found.gap() < 1e-9);
    let x = Gaussian::new(normal(4, 1, 3).column(0).to_owned(), covariance(4, 4, 2)).unwrap();
    assert_eq!(gaussian::squared_distance(&x, &x).unwrap().value, 0.0);
}

#[test]
fn gaussian_laws_of_any_rank() {
    // the same number by the definition, through the root of A^½ B A^½
    let root = |m: &Array2<f64>| {
        let e = eigh(m.view()).unwrap();
        matmul((&e.vectors * &e.values.mapv(|t| t.max(0.0).sqrt())).view(), e.vectors.t())
    };
    for (seed, (r, s)) in (0..).zip([(5, 5), (5, 2), (1, 5), (2, 3), (1, 1), (0, 4)]) {
        let (a, b) = (covariance(5, r, seed), covariance(5, s, seed + 50));
        let half = root(&a);
        let middle = root(&matmul(matmul(half.view(), b.view()).view(), half.view()));
        let expected = a.diag().sum() + b.diag().sum() - 2.0 * middle.diag().sum();
        let law = |cov: Array2<f64>| Gaussian::new(Array1::zeros(5), cov).unwrap();
        let (p, q) = (law(a), law(b));
        let found = gaussian::squared_distance(&p, &q).unwrap();
        assert!((found.value - expected).abs() < 1e-6 * (1.0 + expected), "{} {expected}", found.value);
        assert!(found.dual <= found.value * (1.0 + 1e-12) && found.gap() <= 1e-4 * (1.0 + found.value), "{found:?}");
        if r == 5 && s == 5 {
            assert!(found.gap() <= 1e-8 * found.value);
        }
        let back = gaussian::squared_distance(&q, &p).unwrap();
        assert!((back.value - found.value).abs() < 1e-10 * (1.0 + found.value));
    }
}

#[test]
fn a_sample_approaches_the_gaussian_distance() {
    let p = Gaussian::new(array![0.0, 0.0], array![[1.0, 0.3], [0.3, 0.5]]).unwrap();
    let q = Gaussian::new(array![3.0, 1.0], array![[0.6, -0.2], [-0.2, 1.2]]).unwrap();
    let sample = |law: &Gaussian, k| Empirical::new(law.sample(400, &mut stream(1, k)).unwrap()).unwrap();
    let solution = wasserstein(&sample(&p, 0), &sample(&q, 1), Ground::SqEuclidean).unwrap();
    let truth = gaussian::squared_distance(&p, &q).unwrap().value;
    assert!((solution.cost() - truth).abs() < 0.1 * truth, "{} {truth}", solution.cost());
}
