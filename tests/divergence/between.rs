//! Named laws: closed forms against the routes that know no formula, and which route was taken.

#![allow(clippy::float_cmp)] // zero for equal laws means zero

use fenchel::divergence::{
    Between, FDivergence as F, Kind, LawDivergence, NamedLaw as L, Route, density, gaussian, renyi,
};
use fenchel::error::Error;
use fenchel::measure::density::{Law, Mixture};
use fenchel::measure::{Gaussian, Pmf};
use ndarray::array;
use std::f64::consts::LN_2;

fn find(kind: &str, p: &L, q: &L) -> LawDivergence {
    let found = Between::new(kind.parse().unwrap()).solve(p, q).unwrap();
    let (low, high) = found.interval;
    assert!(low <= found.value && found.value <= high, "{kind} {p:?} {q:?}: {found:?}");
    found
}

fn line(law: fenchel::Result<Law>) -> L {
    L::from(law.unwrap())
}

fn line_pairs() -> Vec<(Law, Law)> {
    [
        (Law::normal(0.0, 1.0), Law::normal(0.3, 1.2)),
        (Law::normal(0.0, 1.3), Law::normal(0.0, 1.0)),
        (Law::log_normal(0.0, 1.0), Law::log_normal(0.1, 1.1)),
        (Law::exponential(1.0), Law::exponential(0.7)),
        (Law::gamma(2.0, 3.0), Law::gamma(2.3, 2.8)),
        (Law::gamma(3.0, 3.0), Law::exponential(2.0)),
        (Law::beta(2.0, 3.0), Law::beta(2.2, 2.9)),
        (Law::cauchy(0.0, 1.0), Law::cauchy(0.4, 1.5)),
        (Law::laplace(0.0, 1.0), Law::laplace(0.4, 1.5)),
        (Law::uniform(0.0, 1.0), Law::uniform(-0.5, 2.0)),
        (Law::uniform(0.0, 1.0), Law::uniform(0.5, 2.0)),
    ]
    .map(|(p, q)| (p.unwrap(), q.unwrap()))
    .to_vec()
}

/// Every kind between every pair, by the best route, against quadrature of the generator.
#[test]
fn closed_forms_are_what_quadrature_finds() {
    let kinds = [
        "kl",
        "reverse_kl",
        "jeffreys",
        "pearson",
        "neyman",
        "hellinger2",
        "alpha:0.3",
        "alpha:1.5",
        "alpha:-0.2",
        "jsd",
        "tv",
    ];
    let mut closed = 0;
    for (p, q) in line_pairs() {
        for name in kinds {
            let kind: Kind = name.parse().unwrap();
            let Kind::F(f) = kind else { unreachable!() };
            let found = find(name, &p.into(), &q.into());
            let want = density::f_divergence(&f, &p, &q).unwrap();
            let near = found.value == want.value
                || (found.value - want.value).abs() <= want.error + found.interval.1 - found.value + 1e-12 * want.value;
            assert!(near, "{name} {p:?} {q:?}: {found:?} {want:?}");
            closed += u32::from(found.route == Route::ClosedForm);
        }
        for (name, a) in [("renyi:0.5", 0.5), ("renyi:1.5", 1.5), ("tsallis:0.5", 0.5), ("bhattacharyya", 0.5)] {
            let found = find(name, &p.into(), &q.into()).value;
            let alpha = density::f_divergence(&F::Alpha(a), &p, &q).unwrap().value;
            let want = match name {
                "tsallis:0.5" => a * alpha,
                "bhattacharyya" => -0.5 * (-0.25 * alpha).ln_1p() / 0.5,
                _ => (a * (a - 1.0) * alpha).ln_1p() / (a - 1.0),
            };
            assert!(found == want || (found - want).abs() <= 1e-9 * want.abs(), "{name} {p:?} {q:?}: {found} {want}");
        }
    }
    assert!(closed > 70, "{closed}");
}

/// Near `p = q` every divergence is half of `f''(1)` times the Fisher information times the squared step.
#[test]
fn orders_keep_their_digits_where_laws_are_close() {
    let e = 1e-7;
    for (p, q, fisher) in [
        (line(Law::exponential(1.0 + e)), line(Law::exponential(1.0)), 1.0),
        (line(Law::gamma(3.0, 1.0 + e)), line(Law::gamma(3.0, 1.0)), 3.0),
        (line(Law::gamma(1.0 + e, 1.0)), line(Law::gamma(1.0, 1.0)), std::f64::consts::PI.powi(2) / 6.0),
        (line(Law::beta(1.0 + e, 1.0)), line(Law::beta(1.0, 1.0)), 1.0),
        (line(Law::normal(e, 1.0)), line(Law::normal(0.0, 1.0)), 1.0),
        (L::Poisson(1.0 + e), L::Poisson(1.0), 1.0),
        (L::Dirichlet(vec![1.0 + e, 1.0]), L::Dirichlet(vec![1.0, 1.0]), 1.0),
    ] {
        for (name, curvature) in
            [("kl", 1.0), ("pearson", 2.0), ("hellinger2", 0.25), ("renyi:3", 3.0), ("renyi:0.2", 0.2)]
        {
            let found = find(name, &p, &q);
            let want = 0.5 * curvature * fisher * e * e;
            assert!((found.value / want - 1.0).abs() < 3e-6, "{name} {p:?}: {:e} {want:e}", found.value);
            assert_eq!(found.route, Route::ClosedForm);
        }
    }
}

#[test]
fn counts_in_closed_form_and_by_summation() {
    let pairs = [
        (L::Poisson(3.0), L::Poisson(4.5)),
        (L::Poisson(2000.0), L::Poisson(2050.0)),
        (L::Binomial { trials: 30, probability: 0.3 }, L::Binomial { trials: 30, probability: 0.45 }),
        (L::Binomial { trials: 10_000, probability: 0.3 }, L::Binomial { trials: 10_000, probability: 0.31 }),
    ];
    for (p, q) in pairs {
        let sum = find("jsd", &p, &q);
        assert_eq!(sum.route, Route::Summation);
        assert!((sum.value - sum.dual.unwrap()).abs() < 1e-12);
        let (of_p, of_q) = (one_by_one(&p), one_by_one(&q));
        for closed in ["kl", "renyi:2", "renyi:0.5"] {
            let found = find(closed, &p, &q);
            assert_eq!(found.route, Route::ClosedForm, "{closed}");
            let want = closed.parse::<Kind>().unwrap().evaluate(&of_p, &of_q).unwrap().value;
            assert!((found.value / want - 1.0).abs() < 1e-9, "{closed} {p:?}: {} {want}", found.value);
        }
    }
    // masses that underflow are not taken for none
    let (p, q) = (L::Binomial { trials: 9_999, probability: 0.3 }, L::Binomial { trials: 10_000, probability: 0.31 });
    assert!(find("kl", &p, &q).value.is_finite());
    // one trial more: no closed form, and infinite the other way round
    let (few, many) = (L::Binomial { trials: 5, probability: 0.5 }, L::Binomial { trials: 6, probability: 0.5 });
    assert_eq!(find("kl", &few, &many).route, Route::Summation);
    assert!(find("kl", &many, &few).value.is_infinite());
    let coin = L::Categorical(Pmf::new([0.7, 0.3]).unwrap());
    assert_eq!(find("tv", &coin, &L::Bernoulli(0.1)).value, 0.2);
    assert!((find("kl", &L::Poisson(0.5), &L::Bernoulli(0.3))).value.is_infinite());
    assert!(find("kl", &L::Bernoulli(0.3), &L::Poisson(0.5)).value.is_finite());
}

/// Where one law ends and the other goes on, however far that is from the mass of both.
#[test]
fn the_end_of_a_support_is_seen_from_afar() {
    let (p, q) = (L::Poisson(5.0), L::Binomial { trials: 1000, probability: 0.005 });
    for name in ["kl", "pearson", "renyi:2", "alpha:3"] {
        assert_eq!(find(name, &p, &q).value, f64::INFINITY, "{name}");
        assert!(find(name, &q, &p).value < 0.1, "{name}");
    }
    let jsd = find("jsd", &p, &q);
    assert!(jsd.value > 0.0 && jsd.value < 1e-5, "{jsd:?}");
    // masses without a formula, under a tail without an end
    let long = L::Categorical(Pmf::uniform(2000).unwrap());
    assert!((find("tv", &long, &L::Poisson(1.0)).value - 1.0).abs() < 0.01);
}

/// A sum of powers lies apart from both laws; the others lie where the laws do.
#[test]
fn bins_that_matter_are_those_of_the_divergence() {
    for (name, greatest) in [("jsd", LN_2), ("tv", 1.0), ("le_cam", 2.0)] {
        let found = find(name, &L::Poisson(1.0), &L::Poisson(3000.0));
        assert!((found.value / greatest - 1.0).abs() < 1e-12, "{name}: {found:?}");
    }
    // the chi-squared sum of Poisson laws, exp((m - l)^2/l) - 1, though neither is Poisson to the last digit
    let (p, q) = (L::Binomial { trials: 100_000_000, probability: 2e-7 }, L::Poisson(10.0));
    let renyi = find("renyi:2", &p, &q);
    assert!((renyi.value - 10.0).abs() < 1e-4, "{renyi:?}");
    assert!((find("pearson", &p, &q).value.ln() - 10.0).abs() < 1e-4);
    let refused = Between::new(Kind::Renyi(6.1)).solve(&L::Binomial { trials: 10_000_000, probability: 2e-6 }, &q);
    assert!(refused.unwrap_err().to_string().contains("bins around 68"));
}

/// The masses, each from the one before it.
fn one_by_one(law: &L) -> Pmf {
    let masses = |first: f64, bins: u64, ratio: &dyn Fn(f64) -> f64| {
        let next = |ln: &f64, k: u64| ln + ratio(k as f64).ln();
        let mut ln = vec![first];
        (1..=bins).for_each(|k| ln.push(next(&ln[k as usize - 1], k)));
        Pmf::normalised(ln.iter().map(|x| x.exp().max(1e-300)).collect::<Vec<_>>()).unwrap()
    };
    match *law {
        L::Poisson(m) => masses(-m, 2700, &|k| m / k),
        L::Binomial { trials, probability: x } => {
            let n = trials as f64;
            masses(n * (-x).ln_1p(), trials, &|k| (n - k + 1.0) / k * x / (1.0 - x))
        }
        _ => unreachable!(),
    }
}

#[test]
fn laws_that_do_not_overlap_are_infinitely_far_apart_in_renyi_of_order_below_one() {
    let (p, q) = (line(Law::exponential(1.0)), line(Law::uniform(-2.0, -1.0)));
    for k in 1..100 {
        let kind = Kind::Renyi(f64::from(k) / 100.0);
        let found = Between::new(kind).solve(&p, &q).unwrap();
        assert_eq!((found.value, found.interval.1), (f64::INFINITY, f64::INFINITY), "{kind}: {found:?}");
    }
    assert_eq!(find("bhattacharyya", &p, &q).value, f64::INFINITY);
    assert!(find("renyi:0.4", &p, &line(Law::uniform(-2.0, 0.1))).value.is_finite());
}

#[test]
fn extremes_stay_right() {
    let huge = find("kl", &L::Poisson(1e12), &L::Poisson(1e12 + 1e6));
    assert!((huge.value / 0.499_999_666_666_916_67 - 1.0).abs() < 1e-14);
    assert!(find("hellinger2", &L::Poisson(1e12), &L::Poisson(1e12 + 1e6)).value > 0.0);
    assert!(matches!(
        Between::new(Kind::F(F::Jsd)).solve(&L::Poisson(1e14), &L::Poisson(2e14)),
        Err(Error::Unsupported { .. })
    ));
    assert_eq!(find("renyi:2", &L::Poisson(0.0), &L::Poisson(2.0)).value, 2.0);
    assert!(find("renyi:2", &L::Poisson(2.0), &L::Poisson(0.0)).value.is_infinite());
    assert_eq!(find("tv", &L::Poisson(0.0), &L::Poisson(0.0)).value, 0.0);
    // alpha r1 + (1 - alpha) r2 leaves the domain
    assert!(find("pearson", &line(Law::exponential(1.0)), &line(Law::exponential(2.0))).value.is_infinite());
    assert!(find("pearson", &line(Law::normal(0.0, 2.0)), &line(Law::normal(0.0, 1.0))).value.is_infinite());
    assert_eq!(find("hellinger2", &line(Law::uniform(0.0, 1.0)), &line(Law::uniform(2.0, 3.0))).value, 1.0);
    assert_eq!(find("jsd", &line(Law::uniform(0.0, 1.0)), &line(Law::uniform(0.0, 2.0))).route, Route::ClosedForm);
    for kind in Kind::all() {
        let law = line(Law::gamma(2.0, 1.0));
        let found = Between::new(kind).solve(&law, &law).unwrap();
        assert_eq!(found.value, if kind == Kind::F(F::Gan) { -2.0 * LN_2 } else { 0.0 }, "{kind}");
    }
}

fn plane(mean: [f64; 2], cov: [[f64; 2]; 2]) -> Gaussian {
    Gaussian::new(array![mean[0], mean[1]], array![[cov[0][0], cov[0][1]], [cov[1][0], cov[1][1]]]).unwrap()
}

#[test]
fn gaussians_mixtures_and_the_simplex() {
    let (x, y) = (plane([0.0, 0.0], [[1.0, 0.3], [0.3, 2.0]]), plane([0.5, -0.2], [[1.5, 0.0], [0.0, 1.0]]));
    let (p, q) = (L::from(x.clone()), L::from(y.clone()));
    assert_eq!(find("kl", &p, &q).value, gaussian::kl(&x, &y).unwrap());
    // a mixture of one part is that part; sampling does not know it
    let (only_x, only_y) = (L::GaussianMixture(vec![(1.0, x.clone())]), L::GaussianMixture(vec![(1.0, y.clone())]));
    for name in ["kl", "hellinger2", "renyi:0.5"] {
        let (exact, sampled) = (find(name, &p, &q), find(name, &only_x, &only_y));
        assert_eq!((exact.route, sampled.route), (Route::ClosedForm, Route::MonteCarlo));
        let half = 0.5 * (sampled.interval.1 - sampled.interval.0);
        assert!(
            (sampled.value - exact.value).abs() < 2.0 * half && half < 0.02 * exact.value,
            "{name}: {exact:?} {sampled:?}"
        );
    }
    // different covariances: Jensen-Shannon by sampling, between the bounds of Hellinger's
    let (jsd, h2) = (find("jsd", &p, &q), find("hellinger2", &p, &q).value);
    assert!(jsd.route == Route::MonteCarlo && LN_2 * h2 < jsd.interval.0 && jsd.interval.1 < h2);
    let same = Between::new(Kind::F(F::Jsd)).seed(1).solve(&p, &q).unwrap();
    assert!(same != jsd && same == Between::new(Kind::F(F::Jsd)).seed(1).solve(&p, &q).unwrap());
    // one dimension: quadrature
    let narrow = |m: f64| Gaussian::univariate(m, 1.0).unwrap();
    let pair = L::GaussianMixture(vec![(0.5, narrow(-2.0)), (0.5, narrow(2.0))]);
    let found = find("kl", &pair, &line(Law::normal(0.0, 2.0)));
    assert!(found.route == Route::Quadrature && found.interval.1 - found.interval.0 < 1e-9);
    let mixture = Mixture::smoothed(&[-2.0, 2.0], &[0.5, 0.5], 1.0).unwrap();
    assert!((find("kl", &mixture.into(), &line(Law::normal(0.0, 2.0))).value - found.value).abs() < 1e-12);
    // Dirichlet: two parameters are a beta law
    let (a, b) = (L::Dirichlet(vec![2.0, 3.0]), L::Dirichlet(vec![2.2, 2.9]));
    let (beta_a, beta_b) = (line(Law::beta(2.0, 3.0)), line(Law::beta(2.2, 2.9)));
    for name in ["kl", "renyi:3", "neyman"] {
        assert!((find(name, &a, &b).value / find(name, &beta_a, &beta_b).value - 1.0).abs() < 1e-12, "{name}");
    }
    let (sampled, exact) = (find("jsd", &a, &b), find("jsd", &beta_a, &beta_b));
    assert!(sampled.interval.0 < exact.value && exact.value < sampled.interval.1, "{sampled:?} {exact:?}");
}

#[test]
fn what_is_wrong_is_named() {
    let refused = |p: &L, q: &L| Between::new(Kind::F(F::Jsd)).solve(p, q).unwrap_err();
    let fair = L::Bernoulli(0.5);
    assert!(matches!(refused(&L::Bernoulli(1.5), &fair), Error::OutOfDomain { .. }));
    assert!(matches!(refused(&fair, &L::Binomial { trials: 3, probability: f64::NAN }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(&fair, &L::Poisson(-1.0)), Error::Negative { .. }));
    assert!(matches!(refused(&L::Dirichlet(vec![1.0]), &fair), Error::TooFew { .. }));
    assert!(matches!(refused(&L::Dirichlet(vec![1.0, -1.0]), &fair), Error::OutOfDomain { .. }));
    assert!(matches!(refused(&fair, &line(Law::normal(0.0, 1.0))), Error::Unsupported { .. }));
    let (two, three) = (Pmf::uniform(2).unwrap(), Pmf::uniform(3).unwrap());
    assert!(matches!(refused(&two.into(), &three.into()), Error::SizeMismatch { .. }));
    let flat = L::from(plane([0.0, 0.0], [[1.0, 1.0], [1.0, 1.0]]));
    let round = L::from(plane([0.0, 0.0], [[1.0, 0.0], [0.0, 1.0]]));
    // closed forms know what a singular covariance means; a density there is none
    assert!(find("kl", &flat, &round).value.is_infinite());
    assert_eq!(find("jsd", &flat, &round).value, LN_2);
    let wider = L::from(plane([0.0, 0.0], [[2.0, 2.0], [2.0, 2.0]]));
    let refused_le_cam = Between::new(Kind::F(F::LeCam)).solve(&flat, &wider).unwrap_err();
    match refused_le_cam {
        Error::NotPositiveDefinite { what, .. } => assert_eq!(what, "covariance of p"),
        other => panic!("{other}"),
    }
    let line_mixture = L::GaussianMixture(vec![(0.5, Gaussian::univariate(0.0, 1.0).unwrap())]);
    assert!(matches!(refused(&line_mixture, &round), Error::NotNormalised { .. }));
    assert!(matches!(refused(&round, &L::Dirichlet(vec![1.0, 1.0])), Error::Unsupported { .. }));
    let few = Between::new(Kind::F(F::Jsd)).samples(1);
    let moved = L::from(plane([0.0, 0.0], [[2.0, 0.0], [0.0, 1.0]]));
    assert!(matches!(few.solve(&round, &moved), Err(Error::TooFew { .. })));
    let zero = Between::new(Kind::Renyi(0.0));
    assert!(matches!(
        zero.solve(&line(Law::normal(0.0, 1.0)), &line(Law::normal(1.0, 1.0))),
        Err(Error::Unsupported { .. })
    ));
    let (p, q) = (Pmf::new([1.0, 0.0]).unwrap(), Pmf::uniform(2).unwrap());
    assert_eq!(zero.solve(&p.clone().into(), &q.clone().into()).unwrap().value, renyi(0.0, &p, &q).unwrap().value);
}
