//! Transport over random directions, and between Gaussian laws, against closed forms.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::clouds::{normal, weighted};
use crate::common::oracles::oracle;
use fenchel::Error;
use fenchel::linalg::{eigh, matmul};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::transport::{Ground, Problem, Sinkhorn, Sliced, gaussian, line, wasserstein};
use ndarray::{Array1, Array2, array};

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
    let y = Empirical::weighted(&x.points() + &t, x.weights().to_vec()).unwrap();
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
    assert!((340..=380).contains(&covered), "{covered} of 400"); // 90 % is 360, standard deviation 6
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
