//! Closed forms against the reference values, against quadrature, and against what must hold for all laws.

#![allow(clippy::float_cmp)] // zero for equal laws means zero

use crate::common::oracles::{oracle, rows};
use fenchel::divergence::closed::{self, kl_bernoulli, kl_dirichlet, kl_poisson};
use fenchel::divergence::{FDivergence, density, gaussian};
use fenchel::error::Error;
use fenchel::linalg;
use fenchel::measure::Gaussian;
use fenchel::measure::density::{Density, Law};
use fenchel::numeric::stream;
use ndarray::{Array1, Array2, array};
use proptest::prelude::*;
use rand::RngExt;
use std::collections::BTreeMap;

const INF: f64 = f64::INFINITY;

/// Rows of the category `closed` that another module answers: W2 of Gaussians is the Bures distance of `transport`.
const ELSEWHERE: [&str; 1] = ["O081"];

fn normal(mean: f64, std_dev: f64) -> Gaussian {
    Gaussian::univariate(mean, std_dev).unwrap()
}

fn planar(mean: [f64; 2], cov: [[f64; 2]; 2]) -> Gaussian {
    Gaussian::new(array![mean[0], mean[1]], array![[cov[0][0], cov[0][1]], [cov[1][0], cov[1][1]]]).unwrap()
}

fn close(got: f64, want: f64, relative: f64) -> bool {
    got == want || (got - want).abs() <= relative * want.abs()
}

#[test]
fn every_reference_value() {
    let law = |l: fenchel::Result<Law>| l.unwrap();
    let kl = |p: fenchel::Result<Law>, q: fenchel::Result<Law>| closed::kl(&p.unwrap(), &q.unwrap()).unwrap();
    let (unit, wide) = (normal(0.0, 1.0), normal(1.0, 2.0));
    let moved = normal(1.0, 1.0);
    let r = 1.0 - 1e-12;
    let (near_singular, identity) =
        (planar([0.0; 2], [[1.0, r], [r, 1.0]]), planar([0.0; 2], [[1.0, 0.0], [0.0, 1.0]]));
    let measured: BTreeMap<&str, Vec<f64>> = [
        ("O069", vec![kl(Law::normal(0.0, 1.0), Law::normal(1.0, 2.0)), gaussian::kl(&unit, &wide).unwrap()]),
        ("O070", vec![kl(Law::normal(1.0, 2.0), Law::normal(0.0, 1.0)), gaussian::kl(&wide, &unit).unwrap()]),
        (
            "O071",
            vec![kl(Law::normal(0.0, 1e-8), Law::normal(0.0, 1.0)), gaussian::kl(&normal(0.0, 1e-8), &unit).unwrap()],
        ),
        (
            "O072",
            vec![kl(Law::normal(0.0, 1.0), Law::normal(0.0, 1e-8)), gaussian::kl(&unit, &normal(0.0, 1e-8)).unwrap()],
        ),
        ("O073", vec![gaussian::kl(&near_singular, &identity).unwrap()]),
        ("O074", vec![gaussian::kl(&identity, &near_singular).unwrap()]),
        ("O075", vec![gaussian::pearson(&unit, &moved).unwrap()]),
        ("O076", vec![gaussian::pearson(&normal(0.0, 2.0), &unit).unwrap()]),
        ("O077", vec![gaussian::pearson(&unit, &wide).unwrap()]),
        ("O078", vec![gaussian::hellinger2(&unit, &wide).unwrap(), gaussian::hellinger2(&wide, &unit).unwrap()]),
        ("O079", vec![gaussian::total_variation(&unit, &moved).unwrap()]),
        ("O080", vec![gaussian::renyi(&unit, &moved, 2.0).unwrap()]),
        ("O155", vec![kl_bernoulli(0.3, 0.6).unwrap()]),
        ("O156", vec![kl_poisson(3.0, 5.0).unwrap()]),
        ("O157", vec![kl_poisson(1e12, 1e12 + 1e6).unwrap()]),
        (
            "O158",
            vec![kl(Law::exponential(2.0), Law::exponential(3.0)), kl(Law::gamma(1.0, 2.0), Law::exponential(3.0))],
        ),
        ("O159", vec![kl(Law::laplace(0.0, 1.0), Law::laplace(1.0, 2.0))]),
        (
            "O160",
            vec![kl(Law::cauchy(0.0, 1.0), Law::cauchy(1.0, 2.0)), kl(Law::cauchy(1.0, 2.0), Law::cauchy(0.0, 1.0))],
        ),
        ("O161", vec![kl(Law::gamma(2.0, 3.0), Law::gamma(4.0, 1.0))]),
        ("O162", vec![kl(Law::beta(2.0, 3.0), Law::beta(4.0, 1.0))]),
        ("O163", vec![kl_dirichlet(&[1.0, 2.0, 3.0], &[2.0, 2.0, 2.0]).unwrap()]),
        ("O164", vec![closed::kl(&law(Law::uniform(0.0, 1.0)), &law(Law::uniform(-1.0, 2.0))).unwrap()]),
        ("O165", vec![kl(Law::uniform(-1.0, 2.0), Law::uniform(0.0, 1.0))]),
        (
            "O166",
            vec![
                gaussian::kl(
                    &planar([0.0; 2], [[2.0, 0.5], [0.5, 1.0]]),
                    &planar([1.0, -2.0], [[1.0, -0.3], [-0.3, 2.0]]),
                )
                .unwrap(),
            ],
        ),
    ]
    .into();
    for row in rows(&["closed"]) {
        match measured.get(row.id.as_str()) {
            Some(values) => row.check_each(values),
            None => assert!(ELSEWHERE.contains(&row.id.as_str()), "{} ({}) is not measured", row.id, row.inputs),
        }
    }
    for (id, values) in measured {
        oracle(id).check_each(&values);
    }
}

/// Pairs of laws of one family, close ones and far ones.
fn pairs() -> Vec<(Law, Law)> {
    let build: Vec<[fenchel::Result<Law>; 3]> = vec![
        [Law::normal(0.0, 1.0), Law::normal(0.3, 0.9), Law::normal(-4.0, 3.0)],
        [Law::log_normal(0.0, 1.0), Law::log_normal(0.1, 1.1), Law::log_normal(1.0, 0.4)],
        [Law::uniform(0.0, 1.0), Law::uniform(-0.5, 1.5), Law::uniform(0.5, 4.0)],
        [Law::exponential(1.0), Law::exponential(1.1), Law::exponential(9.0)],
        [Law::laplace(0.0, 1.0), Law::laplace(0.1, 1.2), Law::laplace(-3.0, 0.3)],
        [Law::cauchy(0.0, 1.0), Law::cauchy(0.2, 0.9), Law::cauchy(8.0, 0.1)],
        [Law::gamma(2.0, 3.0), Law::gamma(2.1, 2.9), Law::gamma(0.4, 1.0)],
        [Law::beta(2.0, 3.0), Law::beta(2.2, 2.9), Law::beta(0.7, 1.0)],
        [Law::exponential(2.0), Law::gamma(1.2, 2.0), Law::gamma(5.0, 1.0)],
    ];
    let mut all = Vec::new();
    for family in build {
        let laws: Vec<Law> = family.into_iter().map(Result::unwrap).collect();
        for &p in &laws {
            all.extend(laws.iter().map(|&q| (p, q)));
        }
    }
    all
}

#[test]
fn closed_forms_are_what_quadrature_finds() {
    for (p, q) in pairs() {
        let exact = closed::kl(&p, &q).unwrap();
        let got = density::kl(&p, &q).unwrap();
        assert!(
            got.value == exact || (got.value - exact).abs() <= got.error + 1e-14 * exact,
            "{p:?} {q:?}: {exact} {got:?}"
        );
        assert!(got.value == exact || got.error <= 1e-10 * exact.max(1.0), "{p:?} {q:?}: {got:?}");
        assert!(got.value == exact || got.gap() <= got.error + got.dual_error, "{p:?} {q:?}: {got:?}");
        assert!(exact >= 0.0);
        if p == q {
            assert_eq!((exact, got.value, got.dual), (0.0, 0.0, 0.0), "{p:?}");
        }
    }
}

#[test]
fn gaussian_closed_forms_are_what_quadrature_finds() {
    let parameters = [(0.0, 1.0), (0.3, 1.1), (-2.0, 0.4), (5.0, 3.0), (0.0, 1.2), (1.0, 1.0)];
    for &(m1, s1) in &parameters {
        for &(m2, s2) in &parameters {
            let (p, q) = (normal(m1, s1), normal(m2, s2));
            let (dp, dq) = (Law::normal(m1, s1).unwrap(), Law::normal(m2, s2).unwrap());
            let by = |f: FDivergence| density::f_divergence(&f, &dp, &dq).unwrap();
            for (name, exact, found) in [
                ("kl", gaussian::kl(&p, &q), by(FDivergence::Kl)),
                ("chi2", gaussian::pearson(&p, &q), by(FDivergence::Pearson)),
                ("hellinger2", gaussian::hellinger2(&p, &q), by(FDivergence::Hellinger2)),
                ("tv", gaussian::total_variation(&p, &q), by(FDivergence::TotalVariation)),
                ("jsd", gaussian::jsd(&p, &q), by(FDivergence::Jsd)),
            ] {
                let exact = exact.unwrap();
                let near = found.value == exact || (found.value - exact).abs() <= found.error + 2e-15 + 1e-13 * exact;
                assert!(near, "{name} N({m1}, {s1}) N({m2}, {s2}): {exact:e} {found:?}");
            }
            // Renyi by its definition in terms of the alpha divergence, where that is finite
            for alpha in [0.3, 0.5, 1.5, 3.0] {
                let exact = gaussian::renyi(&p, &q, alpha).unwrap();
                let d = by(FDivergence::Alpha(alpha));
                let found = (alpha * (alpha - 1.0) * d.value).ln_1p() / (alpha - 1.0);
                assert!(
                    close(found, exact, 1e-9) || (found - exact).abs() < 1e-12,
                    "{alpha} {m1} {s1} {m2} {s2}: {exact} {found}"
                );
            }
            let (below, at, above) = (1.0 - 1e-7, 1.0, 1.0 + 1e-7);
            let r = |a| gaussian::renyi(&p, &q, a).unwrap();
            assert!(r(below) <= r(at) * (1.0 + 1e-9) + 1e-15 && r(at) <= r(above) * (1.0 + 1e-9) + 1e-15);
            assert!(close(r(below), r(at), 1e-5));
        }
    }
}

/// Another route to KL: the textbook formula with the inverse and the determinants.
#[test]
fn gaussians_of_many_dimensions() {
    let mut rng = stream(11, 0);
    for n in [1usize, 2, 5, 20] {
        let mut draw = || {
            let g = Array2::from_shape_simple_fn((n + 3, n), || rng.random::<f64>() - 0.5);
            let cov = linalg::gram(g.view()) + Array2::<f64>::eye(n) * 0.05;
            Gaussian::new(Array1::from_shape_simple_fn(n, || rng.random::<f64>()), cov).unwrap()
        };
        let (p, q) = (draw(), draw());
        // Q's inverse by its eigendecomposition
        let e = linalg::eigh(q.cov()).unwrap();
        let inverse = e.vectors.dot(&Array2::from_diag(&e.values.mapv(|x| 1.0 / x))).dot(&e.vectors.t());
        let d = &q.mean() - &p.mean();
        let trace = inverse.dot(&p.cov()).diag().sum();
        let logs = linalg::logdet(q.cov(), "q").unwrap() - linalg::logdet(p.cov(), "p").unwrap();
        let textbook = 0.5 * (trace - n as f64 + d.dot(&inverse.dot(&d)) + logs);
        assert!(close(gaussian::kl(&p, &q).unwrap(), textbook, 1e-11), "{n}");
        assert_eq!(gaussian::kl(&p, &p).unwrap(), 0.0);

        // units do not matter, nor does the order of the columns
        let scale = Array2::from_diag(&Array1::from_shape_fn(n, |i| 10f64.powi(i as i32 % 7 * 3 - 9)));
        let rescaled = |g: &Gaussian| Gaussian::new(scale.dot(&g.mean()), scale.dot(&g.cov()).dot(&scale)).unwrap();
        assert!(close(gaussian::kl(&rescaled(&p), &rescaled(&q)).unwrap(), textbook, 1e-9), "{n} rescaled");
        // KL of a Gaussian is at least that of its first marginal
        let first = |g: &Gaussian| normal(g.mean()[0], g.cov()[[0, 0]].sqrt());
        assert!(gaussian::kl(&first(&p), &first(&q)).unwrap() <= textbook * (1.0 + 1e-12));
        // Bhattacharyya is symmetric; Renyi of order a and 1 - a are mirror images
        let (b, c) = (gaussian::bhattacharyya(&p, &q).unwrap(), gaussian::bhattacharyya(&q, &p).unwrap());
        assert!(close(b, c, 1e-10));
        let (r, s) = (gaussian::renyi(&p, &q, 0.3).unwrap() * 0.7, gaussian::renyi(&q, &p, 0.7).unwrap() * 0.3);
        assert!(close(r, s, 1e-10));
    }
}

#[test]
fn equal_covariances_reduce_to_the_line() {
    let cov = [[2.0, 0.5], [0.5, 1.0]];
    let (p, q) = (planar([0.0, 0.0], cov), planar([1.0, -2.0], cov));
    // Mahalanobis: d^T S^-1 d with S^-1 = [[1, -1/2], [-1/2, 2]]/1.75
    let distance = ((1.0 + 2.0 + 8.0) / 1.75f64).sqrt();
    let (a, b) = (normal(0.0, 1.0), normal(distance, 1.0));
    assert!(close(gaussian::total_variation(&p, &q).unwrap(), gaussian::total_variation(&a, &b).unwrap(), 1e-14));
    assert!(close(gaussian::jsd(&p, &q).unwrap(), gaussian::jsd(&a, &b).unwrap(), 1e-12));
    let other = planar([0.0, 0.0], [[1.0, 0.0], [0.0, 2.0]]);
    assert!(matches!(gaussian::jsd(&p, &other), Err(Error::Unsupported { .. })));
    assert!(matches!(gaussian::total_variation(&p, &other), Err(Error::Unsupported { .. })));
}

#[test]
fn laws_on_subspaces() {
    // two parallel lines: WGAN's first example
    let (p, q) = (planar([0.0, 0.0], [[0.0, 0.0], [0.0, 1.0]]), planar([0.25, 0.0], [[0.0, 0.0], [0.0, 1.0]]));
    assert_eq!(gaussian::kl(&p, &q).unwrap(), INF);
    assert_eq!(gaussian::total_variation(&p, &q).unwrap(), 1.0);
    assert_eq!(gaussian::jsd(&p, &q).unwrap(), std::f64::consts::LN_2);
    assert_eq!(gaussian::hellinger2(&p, &q).unwrap(), 1.0);
    assert_eq!(gaussian::pearson(&p, &q).unwrap(), INF);
    assert_eq!(gaussian::kl(&p, &p).unwrap(), 0.0);
    // a line against the plane, either way
    let plane = planar([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]);
    assert_eq!(gaussian::kl(&p, &plane).unwrap(), INF);
    assert_eq!(gaussian::kl(&plane, &p).unwrap(), INF);
    // two laws on one slanted line, in units that differ by twelve orders: t (1, 1e-12) with t ~ N(0, 1), N(1, 4)
    let on_line = |m: f64, s: f64| planar([m, 1e-12 * m], [[s * s, 1e-12 * s * s], [1e-12 * s * s, 1e-24 * s * s]]);
    assert!(close(gaussian::kl(&on_line(0.0, 1.0), &on_line(1.0, 2.0)).unwrap(), oracle("O069").value(), 1e-12));
    // lines that cross
    let crossing = planar([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]]);
    assert_eq!(gaussian::kl(&crossing, &p).unwrap(), INF);
    // points
    let dot = |x: f64| planar([x, 0.0], [[0.0; 2]; 2]);
    assert_eq!(gaussian::kl(&dot(0.0), &dot(0.0)).unwrap(), 0.0);
    assert_eq!(gaussian::kl(&dot(0.0), &dot(1e-3)).unwrap(), INF);
    // a sample covariance of rank 3 in 6 dimensions
    let mut rng = stream(5, 0);
    let factor = Array2::from_shape_simple_fn((6, 3), || rng.random::<f64>() - 0.5);
    let low_rank = |s: f64| Gaussian::new(Array1::zeros(6), factor.dot(&factor.t()) * s).unwrap();
    // within the subspace: 3 copies of N(0, 1) against N(0, 2)
    let exact = 1.5 * (0.5 - 1.0 + 2f64.ln());
    assert!(close(gaussian::kl(&low_rank(1.0), &low_rank(2.0)).unwrap(), exact, 1e-10));
}

#[test]
fn laws_that_are_close_keep_their_digits() {
    // second order: KL = (Fisher information) e^2/2
    let e = 1e-7;
    let near = |p: fenchel::Result<Law>, q: fenchel::Result<Law>| closed::kl(&p.unwrap(), &q.unwrap()).unwrap();
    let pi2 = std::f64::consts::PI.powi(2);
    for (got, fisher) in [
        (near(Law::normal(e, 1.0), Law::normal(0.0, 1.0)), 1.0),
        (near(Law::normal(0.0, 1.0 + e), Law::normal(0.0, 1.0)), 2.0),
        (near(Law::exponential(1.0 + e), Law::exponential(1.0)), 1.0),
        (near(Law::laplace(0.0, 1.0 + e), Law::laplace(0.0, 1.0)), 1.0),
        (near(Law::laplace(e, 1.0), Law::laplace(0.0, 1.0)), 1.0),
        (near(Law::cauchy(e, 1.0), Law::cauchy(0.0, 1.0)), 0.5),
        (near(Law::cauchy(0.0, 1.0 + e), Law::cauchy(0.0, 1.0)), 0.5),
        (near(Law::gamma(1.0 + e, 1.0), Law::gamma(1.0, 1.0)), pi2 / 6.0),
        (near(Law::gamma(3.0, 1.0 + e), Law::gamma(3.0, 1.0)), 3.0),
        (near(Law::beta(1.0 + e, 1.0), Law::beta(1.0, 1.0)), 1.0),
        (gaussian::kl(&normal(0.0, 1.0 + e), &normal(0.0, 1.0)).unwrap(), 2.0),
        (gaussian::renyi(&normal(0.0, 1.0 + e), &normal(0.0, 1.0), 2.0).unwrap(), 4.0),
        (gaussian::hellinger2(&normal(e, 1.0), &normal(0.0, 1.0)).unwrap(), 0.25),
    ] {
        assert!(close(got, 0.5 * fisher * e * e, 1e-5), "{got:e}, Fisher information {fisher}");
    }
}

/// mpmath at 50 digits.
#[test]
fn scales_of_every_size_and_shapes_of_every_size() {
    let kl = |p: fenchel::Result<Law>, q: fenchel::Result<Law>| closed::kl(&p.unwrap(), &q.unwrap()).unwrap();
    let tiny = 1e-310;
    // ln(b2/b1) + d/b2 - 1 + (b1/b2) e^(-d/b1)
    assert!(close(kl(Law::laplace(1.0, tiny), Law::laplace(0.0, 1.0)), (1.0 / 1e-300f64).ln() + 1e10f64.ln(), 1e-14));
    assert!(close(kl(Law::laplace(0.0, tiny), Law::laplace(0.0, 2.0 * tiny)), 2f64.ln() - 0.5, 1e-12));
    assert_eq!(kl(Law::laplace(0.0, 1.0), Law::laplace(0.0, tiny)), INF);
    assert_eq!(kl(Law::laplace(0.0, tiny), Law::laplace(0.0, tiny)), 0.0);
    // ln(1 + (x1-x2)^2/(4 g1 g2)) far apart
    assert!(close(
        kl(Law::cauchy(0.0, tiny), Law::cauchy(1e10, tiny)),
        2.0 * (1e300f64.ln() + 1e20f64.ln() - 2f64.ln()),
        1e-12
    ));
    assert!(close(kl(Law::uniform(0.0, tiny), Law::uniform(0.0, 1e10)), 1e300f64.ln() + 1e20f64.ln(), 1e-14));
    // terms of 1e13 that leave some hundredths
    assert!(close(kl(Law::gamma(1e8, 1e8), Law::gamma(1.1e8, 1.1e8)), GAMMA[0], 1e-12));
    assert!(close(kl(Law::gamma(1e15, 1.0), Law::gamma(1e15 + 3e7, 1.0)), GAMMA[1], 1e-12));
    assert!(close(kl(Law::beta(1e9, 2e9), Law::beta(1.1e9, 2.2e9)), GAMMA[2], 1e-12));
}

const GAMMA: [f64; 3] = [0.0023449101054133276, 0.449_999_995_500_000_3, 0.0023449100987214084];

#[test]
fn edges_of_the_discrete_families() {
    assert_eq!(kl_bernoulli(0.3, 0.3).unwrap(), 0.0);
    assert_eq!(kl_bernoulli(0.0, 0.5).unwrap(), 2f64.ln());
    assert_eq!(kl_bernoulli(1.0, 0.0).unwrap(), INF);
    assert_eq!(kl_bernoulli(0.0, 0.0).unwrap(), 0.0);
    assert_eq!(kl_poisson(0.0, 2.0).unwrap(), 2.0);
    assert_eq!(kl_poisson(2.0, 0.0).unwrap(), INF);
    assert_eq!(kl_poisson(0.0, 0.0).unwrap(), 0.0);
    assert_eq!(kl_dirichlet(&[0.3, 7.0], &[0.3, 7.0]).unwrap(), 0.0);
    assert!(matches!(kl_bernoulli(1.5, 0.5), Err(Error::OutOfDomain { .. })));
    assert!(matches!(kl_poisson(-1.0, 0.5), Err(Error::Negative { .. })));
    assert!(matches!(kl_poisson(1.0, f64::NAN), Err(Error::NotFinite { .. })));
    assert!(matches!(kl_dirichlet(&[1.0], &[1.0]), Err(Error::TooFew { .. })));
    assert!(matches!(kl_dirichlet(&[1.0, 2.0], &[1.0]), Err(Error::SizeMismatch { .. })));
    assert!(matches!(kl_dirichlet(&[1.0, 0.0], &[1.0, 1.0]), Err(Error::OutOfDomain { .. })));
    assert!(matches!(
        gaussian::kl(&normal(0.0, 1.0), &planar([0.0; 2], [[1.0, 0.0], [0.0, 1.0]])),
        Err(Error::SizeMismatch { .. })
    ));
    assert!(gaussian::renyi(&normal(0.0, 1.0), &normal(0.0, 2.0), 0.0).is_err());
    assert_eq!(closed::kl(&Law::student_t(3.0, 0.0, 1.0).unwrap(), &Law::student_t(3.0, 0.0, 1.0).unwrap()), None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn kl_is_a_divergence(a in 0.05f64..20.0, b in 0.05f64..20.0, c in 0.05f64..20.0, d in 0.05f64..20.0, m in -5f64..5.0, k in 1e-6f64..1e6) {
        for (p, q) in [
            (Law::normal(m, a), Law::normal(0.0, b)),
            (Law::laplace(m, a), Law::laplace(0.0, b)),
            (Law::cauchy(m, a), Law::cauchy(0.0, b)),
            (Law::gamma(a, b), Law::gamma(c, d)),
            (Law::beta(a, b), Law::beta(c, d)),
        ] {
            let kl = closed::kl(&p.unwrap(), &q.unwrap()).unwrap();
            prop_assert!(kl >= 0.0 && kl.is_finite());
        }
        // a common change of units changes nothing
        for (p, q, r, s) in [
            (Law::normal(m, a), Law::normal(0.0, b), Law::normal(k * m, k * a), Law::normal(0.0, k * b)),
            (Law::laplace(m, a), Law::laplace(0.0, b), Law::laplace(k * m, k * a), Law::laplace(0.0, k * b)),
            (Law::cauchy(m, a), Law::cauchy(0.0, b), Law::cauchy(k * m, k * a), Law::cauchy(0.0, k * b)),
            (Law::gamma(a, b), Law::gamma(c, d), Law::gamma(a, k * b), Law::gamma(c, k * d)),
        ] {
            let (x, y) = (closed::kl(&p.unwrap(), &q.unwrap()).unwrap(), closed::kl(&r.unwrap(), &s.unwrap()).unwrap());
            prop_assert!((x - y).abs() <= 1e-11 * x.max(1.0), "{} {}", x, y);
        }
        // merging the last two cells of a Dirichlet law loses information
        let fine = kl_dirichlet(&[a, b, c], &[d, a, b]).unwrap();
        let coarse = kl_dirichlet(&[a, b + c], &[d, a + b]).unwrap();
        prop_assert!(coarse <= fine + 1e-10 * fine.max(1.0));
        prop_assert!(Law::normal(m, a).unwrap().support().0 == f64::NEG_INFINITY);
    }
}
