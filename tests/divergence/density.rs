//! Divergences of densities by quadrature: against the reference values, against a slow twin, and against what must
//! hold for all laws.

#![allow(clippy::float_cmp)] // zero for equal laws means zero

use crate::common::oracles::{oracle, rows};
use fenchel::certificate::Status;
use fenchel::divergence::density::{
    self, CertifiedIntegral, GeneratorLoss, f_divergence, optimal_discriminator, optimal_logit, translation_gradient,
    value_at_optimum,
};
use fenchel::divergence::{FDivergence, gaussian};
use fenchel::measure::Gaussian;
use fenchel::measure::density::{Density, Law, Mixture};
use fenchel::numeric::quadrature::Quadrature;
use fenchel::numeric::{sigmoid, stream};
use ndarray::array;
use rand::RngExt;
use std::collections::BTreeMap;
use std::f64::consts::LN_2;

const INF: f64 = f64::INFINITY;

fn normal(mean: f64, std_dev: f64) -> Law {
    Law::normal(mean, std_dev).unwrap()
}

fn uniform(low: f64, high: f64) -> Law {
    Law::uniform(low, high).unwrap()
}

/// The value, once dual, error and status have confirmed it.
#[track_caller]
fn certified(d: fenchel::Result<CertifiedIntegral>) -> f64 {
    let d = d.unwrap();
    assert_eq!(d.status, Status::Converged, "{d:?}");
    assert!(d.gap() <= d.error + d.dual_error, "{d:?} has the gap {:e}", d.gap());
    d.value
}

/// W1 on the line, the integral of |F - G|.
fn w1(p: &Law, q: &Law, points: &[f64]) -> f64 {
    Quadrature::new().integrate(|x| (p.cdf(x) - q.cdf(x)).abs(), points).unwrap().value
}

/// Derivative by central differences, extrapolated twice (Richardson).
fn derivative(f: impl Fn(f64) -> f64, x: f64) -> f64 {
    let d = |h: f64| (f(x + h) - f(x - h)) / (2.0 * h);
    let (a, b, c) = (d(0.08), d(0.04), d(0.02));
    let (ab, bc) = ((4.0 * b - a) / 3.0, (4.0 * c - b) / 3.0);
    (16.0 * bc - ab) / 15.0
}

#[test]
fn every_reference_value() {
    let unit = normal(0.0, 1.0);
    let at = |d: f64| normal(d, 1.0);
    let jsd = |q: Law| certified(density::jsd(&unit, &q));
    let game = |q: Law| {
        let v = value_at_optimum(&unit, &q).unwrap();
        assert!(v.gap() <= v.error + v.dual_error, "{v:?}");
        vec![v.value, v.dual]
    };
    let (p, shifted) = (uniform(0.0, 1.0), uniform(0.3, 1.3));
    let gradient = |theta: f64, loss| translation_gradient(&unit, &at(theta), loss).unwrap().value;
    use GeneratorLoss::{NonSaturating, Saturating};
    // KL(q||p) = theta^2/2
    let theorem = derivative(|t| 0.5 * t * t - 2.0 * density::jsd(&unit, &at(t)).unwrap().value, 1.0);
    let two_jsd = derivative(|t| 2.0 * density::jsd(&unit, &at(t)).unwrap().value, 1.0);
    assert!((two_jsd - oracle("O103").value()).abs() < 1e-9, "the envelope theorem");
    let noisy = |x: f64| Mixture::smoothed(&[x], &[1.0], 1.0).unwrap();

    let measured: BTreeMap<&str, Vec<f64>> = [
        ("O082", vec![jsd(at(0.5))]),
        ("O083", game(at(0.5))),
        ("O084", vec![jsd(at(1.0))]),
        ("O085", game(at(1.0))),
        ("O086", vec![jsd(at(2.0))]),
        ("O087", game(at(2.0))),
        ("O088", vec![jsd(at(4.0))]),
        ("O089", game(at(4.0))),
        ("O090", vec![jsd(at(10.0))]),
        ("O091", game(at(10.0))),
        ("O092", vec![jsd(normal(1.0, 2.0))]),
        ("O093", vec![optimal_discriminator(&unit, &at(1.0), 0.0)]),
        // 1 - D*, with the laws swapped
        ("O094", vec![optimal_discriminator(&at(1.0), &unit, -50.0), sigmoid(-optimal_logit(&unit, &at(1.0), -50.0))]),
        ("O095", vec![certified(density::jsd(&p, &shifted))]),
        ("O096", vec![w1(&p, &shifted, &[0.0, 0.3, 1.0, 1.3])]),
        ("O097", vec![certified(density::total_variation(&p, &shifted))]),
        ("O098", vec![certified(density::kl(&p, &shifted))]),
        ("O099", [1.0, 2.0, 100.0].map(|t| certified(density::jsd(&p, &uniform(t, t + 1.0)))).to_vec()),
        ("O101", vec![gradient(1.0, NonSaturating)]),
        ("O102", vec![theorem]),
        ("O103", vec![gradient(1.0, Saturating)]),
        ("O104", vec![gradient(4.0, Saturating).abs()]),
        ("O105", vec![gradient(4.0, NonSaturating).abs()]),
        ("O106", vec![gradient(10.0, Saturating).abs()]),
        ("O107", vec![gradient(10.0, NonSaturating).abs()]),
        // in the logit itself: l' = 1
        ("O108", vec![-sigmoid(-10.0)]),
        ("O109", vec![-sigmoid(10.0)]),
        ("O194", vec![-LN_2 + certified(density::jsd(&unit, &at(std::f64::consts::SQRT_2)))]),
        ("O202", vec![certified(density::jsd(&noisy(0.0), &noisy(1.0)))]),
    ]
    .into();
    for row in rows(&["quadrature", "gradient", "noise", "relativistic"]) {
        match measured.get(row.id.as_str()) {
            Some(values) => row.check_each(values),
            None => assert_eq!(row.id, "O100", "{} ({}) is not measured", row.id, row.inputs),
        }
    }
    for (id, values) in measured {
        oracle(id).check_each(&values);
    }
}

#[test]
fn parallel_lines() {
    let line = |x: f64| Gaussian::new(array![x, 0.0], array![[0.0, 0.0], [0.0, 1.0]]).unwrap();
    let text: Vec<&str> = oracle("O100").text.split(';').map(str::trim).collect();
    let expected = |i: usize| text[i].parse::<f64>().unwrap();
    for t in [0.25, -3.0] {
        assert_eq!(gaussian::jsd(&line(0.0), &line(t)).unwrap(), expected(1));
        assert_eq!(gaussian::kl(&line(0.0), &line(t)).unwrap(), expected(2));
        assert_eq!(gaussian::total_variation(&line(0.0), &line(t)).unwrap(), expected(3));
    }
    assert_eq!(gaussian::jsd(&line(1.0), &line(1.0)).unwrap(), 0.0);
}

/// JSD of `P x Q` and `Q x P` in the plane by the trapezoidal rule, exponentially accurate for such integrands.
#[test]
fn relativistic_optimum_in_the_plane() {
    let (p, q) = (normal(0.0, 1.0), normal(1.0, 1.0));
    let h = 0.1;
    let grid = || (-90..=100).map(|i| f64::from(i) * h);
    let mut total = 0.0;
    for x in grid() {
        for y in grid() {
            let (a, b) = ((p.ln_pdf(x) + q.ln_pdf(y)).exp(), (q.ln_pdf(x) + p.ln_pdf(y)).exp());
            let m = 0.5 * (a + b);
            total += 0.5 * h * h * (a * (a / m).ln() + b * (b / m).ln());
        }
    }
    oracle("O194").check(-LN_2 + total);
}

/// The naive twin: the trapezoidal rule on a fine grid, straight from the formula.
fn trapezoid(f: impl Fn(f64, f64) -> f64, p: &dyn Density, q: &dyn Density, low: f64, high: f64) -> f64 {
    let n = 200_000;
    let h = (high - low) / f64::from(n);
    (1..n).map(|i| low + h * f64::from(i)).map(|x| h * f(p.pdf(x), q.pdf(x))).sum()
}

#[test]
fn quadrature_agrees_with_its_naive_twin() {
    let mut rng = stream(2, 0);
    for _ in 0..12 {
        let mut mixture = || {
            let w = 0.2 + 0.6 * rng.random::<f64>();
            let mut part = || normal(6.0 * rng.random::<f64>() - 3.0, 0.7 + rng.random::<f64>());
            Mixture::new(vec![(w, part()), (1.0 - w, part())]).unwrap()
        };
        let (p, q) = (mixture(), mixture());
        for (value, twin) in [
            (
                certified(density::kl(&p, &q)),
                trapezoid(|a, b| if a > 0.0 { a * (a / b).ln() } else { 0.0 }, &p, &q, -14.0, 14.0),
            ),
            (certified(density::total_variation(&p, &q)), trapezoid(|a, b| 0.5 * (a - b).abs(), &p, &q, -20.0, 20.0)),
            (certified(density::hellinger2(&p, &q)), 1.0 - trapezoid(|a, b| (a * b).sqrt(), &p, &q, -20.0, 20.0)),
        ] {
            assert!((value - twin).abs() <= 1e-7 * value, "{value} {twin} {p:?} {q:?}");
        }
        let jsd = certified(density::jsd(&p, &q));
        assert!((jsd - certified(density::jsd(&q, &p))).abs() <= 1e-12);
        assert!(jsd > 0.0 && jsd < LN_2);
    }
}

fn all_kinds() -> Vec<FDivergence> {
    use FDivergence as F;
    vec![
        F::Kl,
        F::ReverseKl,
        F::Pearson,
        F::Neyman,
        F::SquaredHellinger,
        F::Hellinger2,
        F::TotalVariation,
        F::Jeffreys,
        F::TwoJsd,
        F::Jsd,
        F::JsWeighted(0.3),
        F::Gan,
        F::Alpha(0.5),
        F::Alpha(-0.5),
        F::Alpha(1.5),
        F::LeCam,
        F::KDivergence,
        F::ArithmeticGeometric,
        F::LsganSlide,
        F::HockeyStick(1.5),
    ]
}

#[test]
fn equal_laws_and_hard_pairs() {
    let laws: Vec<Law> = vec![
        normal(0.0, 1.0),
        normal(40.0, 1.0),
        normal(0.0, 1e-8),
        uniform(0.0, 1.0),
        uniform(0.5, 3.0),
        Law::cauchy(0.0, 1.0).unwrap(),
        Law::laplace(1.0, 0.1).unwrap(),
        Law::exponential(2.0).unwrap(),
        Law::gamma(0.3, 1.0).unwrap(),
        Law::beta(0.5, 2.0).unwrap(),
        Law::student_t(2.0, 0.0, 1.0).unwrap(),
        Law::log_normal(0.0, 1.0).unwrap(),
    ];
    for f in all_kinds() {
        for p in &laws {
            for q in &laws {
                let d = f_divergence(&f, p, q).unwrap();
                let (least, greatest) = fenchel::divergence::Generator::range(&f);
                assert!(!d.value.is_nan() && !d.dual.is_nan() && d.error >= 0.0, "{f:?} {p:?} {q:?}: {d:?}");
                assert!(d.value >= least && d.value <= greatest, "{f:?} {p:?} {q:?}: {d:?}");
                if p == q {
                    assert_eq!(d.value, least, "{f:?} {p:?}");
                }
                if d.status == Status::Converged && d.value.is_finite() {
                    let allowed = d.error + d.dual_error + 1e-11 * d.value.abs().max(1.0);
                    assert!(d.gap() <= allowed, "{f:?} {p:?} {q:?}: {d:?} gap {:e}", d.gap());
                }
            }
        }
    }
}

#[test]
fn far_tails_and_different_scales() {
    let (p, far) = (normal(0.0, 1.0), normal(40.0, 1.0));
    let close = |got: f64, want: f64| assert!((got / want - 1.0).abs() < 1e-10, "{got} for {want}");
    close(certified(density::kl(&p, &far)), 800.0);
    close(certified(density::jeffreys(&p, &far)), 1600.0);
    close(certified(density::jsd(&p, &far)), LN_2);
    // the two extremes of scale
    let narrow = normal(0.0, 1e-8);
    close(certified(density::kl(&narrow, &p)), oracle("O071").value());
    close(certified(density::kl(&p, &narrow)), oracle("O072").value());
    // the mass of chi-squared sits where neither law has any: e^400 - 1 comes from x = -20
    close(certified(density::pearson(&p, &normal(20.0, 1.0))).ln(), 400.0);
    // and where the log-ratio itself is beyond 700
    close(certified(density::pearson(&p, &normal(25.0, 1.0))).ln(), 625.0);
}

/// Within its interval, the interval in order and in the range.
fn stands(f: FDivergence, p: &Law, q: &Law) -> (f64, f64) {
    use fenchel::divergence::Generator;
    let d = f_divergence(&f, p, q).unwrap();
    let ((low, high), (least, greatest)) = (d.interval(&f), f.range());
    assert!(least <= low && low <= d.value && d.value <= high && high <= greatest, "{f:?} {p:?} {q:?}: {d:?}");
    assert!(d.error >= 0.0 && d.dual_error >= 0.0, "{f:?} {p:?} {q:?}: {d:?}");
    (low, high)
}

#[test]
fn intervals_hold_where_the_densities_are_hard_to_see() {
    // these do not overlap: 424 against 1e184, where a log-density of -1e184 has an error of its own
    let (near, far) = (Law::laplace(410.17, 0.756).unwrap(), Law::log_normal(423.5, 0.0249).unwrap());
    for (p, q) in [(&near, &far), (&far, &near)] {
        let (low, high) = stands(FDivergence::Hellinger2, p, q);
        assert!(low > 1.0 - 1e-10 && high == 1.0, "{low} {high}");
    }
    // narrower than the floats at its place are apart: no node sees it, and the truth is one
    let (wide, narrow) = (normal(-4.6e-6, 1.1e7), normal(2_456_039_899_296_555.5, 7.5e-6));
    for f in [FDivergence::Hellinger2, FDivergence::TotalVariation] {
        assert_eq!(stands(f, &wide, &narrow).1, 1.0, "{f:?}");
        assert_eq!(f_divergence(&f, &wide, &narrow).unwrap().status, Status::Stalled);
    }
    // half of the mass lies between the last number and one
    let (pole, plain) = (Law::beta(0.058, 0.019).unwrap(), Law::beta(63.5, 3.7).unwrap());
    assert_eq!(stands(FDivergence::Kl, &pole, &plain).1, INF);
    // densities that overflow
    let (p, q) = (Law::laplace(0.0, 1e-310).unwrap(), Law::laplace(0.0, 3e-310).unwrap());
    let exact = 3f64.ln() - 2.0 / 3.0;
    assert!((certified(density::kl(&p, &q)) - exact).abs() < 1e-10);
    let (low, high) = stands(FDivergence::Jsd, &p, &Law::laplace(0.0, 1.0).unwrap());
    assert!(low > LN_2 - 1e-9 && high == LN_2, "{low} {high}");
}

#[test]
fn random_pairs_over_many_orders_have_intervals_in_order() {
    let mut rng = stream(41, 0);
    for _ in 0..60 {
        let mut law = || loop {
            let mut scale = |orders: f64| 10f64.powf(orders * (2.0 * rng.random::<f64>() - 1.0));
            let (place, width) = (scale(20.0) * (scale(1.0) - 1.0), scale(20.0));
            let law = match (scale(4.0) * 1e4) as u64 % 7 {
                0 => Law::normal(place, width),
                1 => Law::laplace(place, width),
                2 => Law::cauchy(place, width),
                3 => Law::gamma(scale(2.0), width),
                4 => Law::beta(scale(1.0), scale(2.0)),
                5 => Law::log_normal(place.clamp(-300.0, 300.0), scale(1.5)),
                _ => Law::exponential(width),
            };
            if let Ok(law) = law {
                break law;
            }
        };
        let (p, q) = (law(), law());
        for f in [FDivergence::Hellinger2, FDivergence::Jsd, FDivergence::Kl] {
            stands(f, &p, &q);
        }
    }
}

#[test]
fn infinite_values_are_found_to_be_so() {
    let p = normal(0.0, 1.0);
    let cauchy = Law::cauchy(0.0, 1.0).unwrap();
    assert_eq!(density::kl(&cauchy, &p).unwrap().value, INF); // needs a second moment
    assert_eq!(density::kl(&Law::student_t(2.0, 0.0, 1.0).unwrap(), &p).unwrap().value, INF); // by a logarithm
    let five = density::kl(&Law::student_t(5.0, 0.0, 1.0).unwrap(), &p).unwrap();
    assert!(five.value.is_finite() && five.status == Status::Converged);
    assert_eq!(density::pearson(&normal(0.0, 2.0), &p).unwrap().value, INF); // 2 s2^2 <= s1^2
    assert_eq!(density::kl(&p, &uniform(-9.0, 9.0)).unwrap().value, INF);
    assert!(density::kl(&uniform(-9.0, 9.0), &p).unwrap().value.is_finite());
    // a mass outside the support that is too small for f64 is a mass
    for (p, q) in [
        (normal(40.0, 1.0), Law::exponential(2.0).unwrap()),
        (normal(-40.0, 1.0), uniform(-99.0, 0.0)),
        (normal(0.5, 1e-8), uniform(0.0, 1.0)),
    ] {
        assert_eq!(density::kl(&p, &q).unwrap().value, INF, "{p:?} {q:?}");
        assert_eq!(density::reverse_kl(&q, &p).unwrap().value, INF, "{p:?} {q:?}");
        assert!(density::jsd(&p, &q).unwrap().value <= LN_2, "{p:?} {q:?}");
    }
    assert_eq!(density::reverse_kl(&uniform(0.0, 1.0), &uniform(0.0, 2.0)).unwrap().value, INF);
    // a gap inside the support
    let gap = Mixture::new(vec![(0.5, uniform(0.0, 1.0)), (0.5, uniform(2.0, 3.0))]).unwrap();
    assert_eq!(density::kl(&uniform(0.0, 3.0), &gap).unwrap().value, INF);
    assert!((certified(density::kl(&gap, &uniform(0.0, 3.0))) - 1.5f64.ln()).abs() < 1e-13);
    assert!((certified(density::total_variation(&gap, &uniform(0.0, 3.0))) - 1.0 / 3.0).abs() < 1e-13);
}

#[test]
fn invariance_and_partial_overlap() {
    for t in [0.0, 0.1, 0.5, 0.999, 1.0, 3.0] {
        let (p, q) = (uniform(0.0, 1.0), uniform(t, t + 1.0));
        let share = f64::min(t, 1.0);
        assert!((certified(density::jsd(&p, &q)) - share * LN_2).abs() < 1e-14);
        assert!((certified(density::hellinger2(&p, &q)) - share).abs() < 1e-14);
    }
    // an f-divergence does not see a change of variables: normal against log-normal
    for (m, s) in [(0.5, 1.0), (1.0, 0.5)] {
        let on_line = certified(density::jsd(&normal(0.0, 1.0), &normal(m, s)));
        let after_exp = certified(density::jsd(&Law::log_normal(0.0, 1.0).unwrap(), &Law::log_normal(m, s).unwrap()));
        assert!((on_line - after_exp).abs() < 1e-11, "{on_line} {after_exp}");
    }
    for k in [1e-9, 1e9] {
        let (a, b) =
            (density::jsd(&normal(0.0, 1.0), &normal(1.0, 2.0)), density::jsd(&normal(0.0, k), &normal(k, 2.0 * k)));
        assert!((certified(a) - certified(b)).abs() < 1e-12);
    }
    // noise brings laws together
    let mut last = LN_2;
    for sigma in [0.1, 0.3, 1.0, 3.0] {
        let noisy = |low: f64| Law::smoothed_uniform(low, low + 1.0, sigma).unwrap();
        let jsd = certified(density::jsd(&noisy(0.0), &noisy(1.5)));
        assert!(jsd < last && jsd > 0.0);
        last = jsd;
    }
}

#[test]
fn gradients_and_their_limits() {
    // no gradient of a loss that is infinite
    assert!(translation_gradient(&uniform(0.0, 1.0), &uniform(0.5, 1.5), GeneratorLoss::NonSaturating).is_err());
    assert_eq!(
        translation_gradient(&normal(0.0, 1.0), &normal(0.0, 1.0), GeneratorLoss::Saturating).unwrap().value,
        0.0
    );
    // the envelope theorem for laws that are not Gaussian
    let p = Law::student_t(4.0, 0.0, 1.0).unwrap();
    let q = |t: f64| Law::laplace(t, 1.0).unwrap();
    let by_hand = derivative(|t| 2.0 * density::jsd(&p, &q(t)).unwrap().value, 1.3);
    let got = translation_gradient(&p, &q(1.3), GeneratorLoss::Saturating).unwrap().value;
    assert!((got - by_hand).abs() < 1e-7, "{got} {by_hand}");
}
