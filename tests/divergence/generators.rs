//! The table of generators: every column against every other, and closed forms against numerical ones.

#![allow(clippy::float_cmp)] // some claims are about exact zeros and infinities

use crate::common::laws::generators;
use fenchel::Error;
use fenchel::divergence::{ConjugateDomain, FDivergence as F, Generator, f_divergence};
use fenchel::measure::Pmf;

/// A generator of which only the required part is known: conjugate, cells and heads are the trait's defaults.
struct Plain(F);

impl Generator for Plain {
    fn f(&self, u: f64) -> f64 {
        self.0.f(u)
    }
    fn df(&self, u: f64) -> f64 {
        self.0.df(u)
    }
    fn at_zero(&self) -> f64 {
        self.0.at_zero()
    }
    fn slope_at_infinity(&self) -> f64 {
        self.0.slope_at_infinity()
    }
    fn conjugate_domain(&self) -> ConjugateDomain {
        self.0.conjugate_domain()
    }
}

const RATIOS: [f64; 15] = [1e-6, 1e-3, 0.02, 0.2, 0.5, 0.7, 0.99, 1.0, 1.01, 1.3, 2.0, 5.0, 30.0, 1e3, 1e6];

fn smooth(f: &F) -> bool {
    !matches!(f, F::TotalVariation | F::HockeyStick(_))
}

#[track_caller]
fn close(got: f64, want: f64, relative: f64, floor: f64, what: impl Fn() -> String) {
    let same = got == want || (got - want).abs() <= relative * want.abs() + floor;
    assert!(same, "{}: {got:e} for {want:e}", what());
}

#[test]
fn fenchel_young() {
    for f in generators() {
        let slopes: Vec<f64> = RATIOS.iter().map(|&u| f.df(u)).collect();
        for &u in &RATIOS {
            for &t in slopes.iter().chain(&[-40.0, -4.0, -2.5, -1.0, -0.3, 0.0, 0.2, 0.45, 0.9, 3.0]) {
                let gap = f.f(u) + f.conjugate(t) - u * t;
                let scale = 1.0 + f.f(u).abs() + (u * t).abs();
                assert!(gap >= -1e-12 * scale, "{f:?}: gap {gap:e} at u = {u}, t = {t}");
            }
            let t = f.df(u);
            let conjugate = f.conjugate(t);
            // T* within rounding of the end of the domain has lost the ratio; conjugate_of_activation has not
            if f.conjugate_domain().supremum - t > 1e-4 {
                let scale = 1.0 + f.f(u).abs() + (u * t).abs();
                close(f.f(u) + conjugate, u * t, 0.0, 1e-12 * scale, || format!("{f:?}: equality at u = {u}"));
            }
        }
    }
}

#[test]
fn numerical_conjugates_are_the_closed_ones() {
    for f in generators() {
        let plain = Plain(f);
        let slopes: Vec<f64> = RATIOS.iter().map(|&u| f.df(u)).collect();
        for &t in slopes.iter().chain(&[-30.0, -5.0, -2.5, -1.5, -0.3, 0.0, 0.1, 0.45, 0.6, 1.5, 5.0]) {
            let closed = f.conjugate(t);
            close(plain.conjugate(t), closed, 1e-9, 1e-9, || format!("{f:?}: f*({t})"));
        }
        for u in [0.02, 0.2, 0.5, 0.7, 1.0, 1.3, 2.0, 5.0, 30.0] {
            let t = f.df(u);
            if smooth(&f) {
                close(plain.dconjugate(t), f.dconjugate(t), 1e-10, 0.0, || format!("{f:?}: f*'({t})"));
            }
        }
    }
}

#[test]
fn numerical_conjugates_are_good_to_rounding_inside() {
    for f in generators().into_iter().filter(smooth) {
        for u in [0.2, 0.7, 1.0, 1.3, 5.0] {
            let t = f.df(u);
            let scale = 1.0 + f.f(u).abs() + (u * t).abs();
            close(Plain(f).conjugate(t), u * t - f.f(u), 0.0, 2e-14 * scale, || format!("{f:?} at u = {u}"));
        }
    }
}

#[test]
fn derivatives_are_derivatives() {
    for f in generators().into_iter().filter(smooth) {
        for u in [0.03, 0.2, 0.7, 1.0, 1.3, 5.0, 40.0] {
            let h = 1e-5 * u;
            let slope = (f.f(u + h) - f.f(u - h)) / (2.0 * h);
            close(f.df(u), slope, 1e-6, 1e-6, || format!("{f:?}: f'({u})"));
            let t = f.df(u);
            close(f.dconjugate(t), u, 1e-10, 0.0, || format!("{f:?}: f*'(f'({u}))"));
            let h = 1e-6 * (f.df(1.01 * u) - f.df(0.99 * u));
            let slope = (f.conjugate(t + h) - f.conjugate(t - h)) / (2.0 * h);
            close(slope, u, 1e-4, 1e-4, || format!("{f:?}: f* at f'({u})"));
        }
        let h = 1e-3;
        let bend = (f.f(1.0 + h) - 2.0 * f.f(1.0) + f.f(1.0 - h)) / (h * h);
        close(f.curvature().expect("smooth"), bend, 1e-5, 1e-8, || format!("{f:?}: f''(1)"));
    }
    assert_eq!(F::TotalVariation.curvature(), None);
    assert_eq!(F::HockeyStick(1.0).curvature(), None);
    assert_eq!(F::HockeyStick(1.5).curvature(), Some(0.0));
}

#[test]
fn limits_are_limits() {
    for f in generators() {
        assert_eq!(f.f(0.0), f.at_zero(), "{f:?}");
        if f.at_zero().is_finite() {
            close(f.f(1e-200), f.at_zero(), 0.0, 1e-12, || format!("{f:?}: f(0)"));
        } else {
            assert!(f.f(1e-200) > 200.0, "{f:?}: f(0)");
        }
        let slope = f.f(1e200) / 1e200;
        if f.slope_at_infinity().is_finite() {
            close(slope, f.slope_at_infinity(), 0.0, 1e-12, || format!("{f:?}: f'(inf)"));
        } else {
            assert!(slope > 200.0, "{f:?}: f'(inf)");
        }
    }
}

#[test]
fn convex_and_above_the_tangent_at_one() {
    for f in generators() {
        let rising = RATIOS.windows(2).all(|pair| f.df(pair[0]) <= f.df(pair[1]) + 1e-14);
        assert!(rising, "{f:?}: f' decreases");
        for &u in &RATIOS {
            let tangent = f.f(1.0) + f.df(1.0) * (u - 1.0);
            assert!(f.f(u) - tangent >= -1e-14 * (1.0 + u), "{f:?} at {u}");
        }
    }
}

#[test]
fn symmetry_is_symmetry() {
    for f in generators() {
        let c = 2.0 * f.df(1.0) - f.f(1.0);
        let symmetric = RATIOS.iter().all(|&u| {
            let excess = f.f(u) - u * f.f(1.0 / u) - c * (u - 1.0);
            excess.abs() <= 1e-10 * (1.0 + f.f(u).abs() + u)
        });
        assert_eq!(symmetric, f.symmetric(), "{f:?}");
    }
    assert!(F::JsWeighted(0.5).symmetric() && F::LabelSmoothed { real: 0.75, fake: 0.25 }.symmetric());
}

#[test]
fn metric_powers_are_metrics() {
    let law = |a: f64, b: f64| Pmf::normalised([a, b, 1.0]).unwrap();
    let laws: Vec<Pmf> = (0..24).map(|i| law(0.02 + f64::from(i % 6).powi(2), 0.05 + f64::from(i / 6))).collect();
    let metrics: Vec<F> = generators().into_iter().filter(|f| f.metric_power().is_some()).collect();
    assert!(metrics.len() >= 6 && F::Kl.metric_power().is_none() && F::HockeyStick(2.0).metric_power().is_none());
    for f in metrics {
        let power = f.metric_power().unwrap();
        assert!(f.symmetric());
        let distance = |p: &Pmf, q: &Pmf| f_divergence(&f, p, q).unwrap().value.powf(power);
        for p in &laws {
            for q in &laws {
                let through = laws.iter().map(|m| distance(p, m) + distance(m, q)).fold(f64::INFINITY, f64::min);
                assert!(distance(p, q) <= through + 1e-12, "{f:?}: {p:?} {q:?}");
            }
        }
    }
}

#[test]
fn ends_of_the_domain() {
    for f in generators() {
        let domain = f.conjugate_domain();
        let end = domain.supremum;
        assert_eq!(end, f.slope_at_infinity(), "{f:?}");
        if end.is_infinite() {
            assert!(f.conjugate(700.0) > 0.0 && domain.contains(1e300));
            continue;
        }
        assert!(f.conjugate(end + 1e-9).is_infinite(), "{f:?} beyond the end");
        assert_eq!(f.conjugate(end).is_finite(), domain.attained, "{f:?} at the end");
        assert!(f.conjugate(end - 1e-3).is_finite(), "{f:?} within");
    }
    // the values at the ends that belong
    assert_eq!(F::Neyman.conjugate(1.0), 2.0);
    assert_eq!(F::KDivergence.conjugate(2f64.ln()), 1.0);
    assert_eq!(F::LsganSlide.conjugate(0.0), 0.25);
    assert_eq!(F::Alpha(-1.0).conjugate(0.5), 1.0);
}

#[test]
fn heads_stay_in_the_domain_and_compose() {
    for f in generators() {
        let mut last = f64::NEG_INFINITY;
        for i in -80..=80 {
            let v = f64::from(i) / 4.0;
            let t = f.activation(v);
            assert!(f.conjugate_domain().contains(t), "{f:?}: T = {t} at v = {v}");
            assert!(t >= last, "{f:?}: the head decreases at v = {v}");
            last = t;
            let composed = f.conjugate_of_activation(v);
            // the effect of one rounding of T on f*(T)
            let noise = f.dconjugate(t).min(1e18) * 4.0 * f64::EPSILON * (1.0 + t.abs());
            close(composed, f.conjugate(t), 1e-12, noise + 1e-14, || format!("{f:?}: f*(g({v}))"));
        }
        for v in [-1e3, -745.0, -300.0, 300.0, 745.0, 1e3] {
            let (t, composed) = (f.activation(v), f.conjugate_of_activation(v));
            assert!(!t.is_nan() && !composed.is_nan(), "{f:?} at {v}: {t}, {composed}");
        }
    }
    // a logit of 800 costs 800, not infinity
    for f in [F::Gan, F::TwoJsd, F::JsWeighted(0.5)] {
        assert!((f.conjugate_of_activation(800.0) / 800.0 - 1.0).abs() < 0.6, "{f:?}");
    }
}

#[test]
fn the_dual_optimum_is_the_slope() {
    for f in generators() {
        for &u in &RATIOS {
            let t = f.dual_optimum(0.3 * u, 0.3);
            close(t, f.df(u), 1e-9, 1e-12, || format!("{f:?}: T* at {u}"));
        }
        assert_eq!(f.dual_optimum(0.5, 0.0), f.slope_at_infinity());
        assert_eq!(f.dual_optimum(0.0, 0.5), f.df(0.0));
    }
}

#[test]
fn cells_are_what_the_definition_says() {
    for f in generators() {
        for u in [1e-3, 0.02, 0.2, 0.45, 0.55, 0.7, 1.3, 1.9, 2.1, 5.0, 30.0, 1e3] {
            let (p, q) = (0.2 * u, 0.2);
            let definition = q * (f.f(u) - f.f(1.0) - f.df(1.0) * (u - 1.0));
            let scale = q * (f.f(u).abs() + u + 1.0);
            close(f.cell(p, q), definition, 1e-12, 1e-14 * scale, || format!("{f:?}: cell at {u}"));
            close(f.dual_cell(p, q), definition, 1e-12, 1e-13 * scale, || format!("{f:?}: dual cell at {u}"));
            close(Plain(f).cell(p, q), definition, 1e-12, 1e-14 * scale, || format!("{f:?}: default cell at {u}"));
            close(Plain(f).dual_cell(p, q), definition, 1e-9, 1e-9 * scale, || format!("{f:?}: default dual at {u}"));
        }
        assert_eq!(f.cell(0.3, 0.3), 0.0, "{f:?}");
        assert_eq!(f.dual_cell(0.3, 0.3), 0.0, "{f:?}");
    }
}

#[test]
fn alpha_is_continuous_through_its_limits() {
    let (p, q) = (Pmf::new([0.1, 0.4, 0.5]).unwrap(), Pmf::new([0.8, 0.15, 0.05]).unwrap());
    for (limit, near, named) in [(1.0, 1e-8, F::KlSelfNormalised), (0.0, 1e-8, F::ReverseKlSelfNormalised)] {
        let at = |f: F| f_divergence(&f, &p, &q).unwrap();
        close(at(F::Alpha(limit)).value, at(named).value, 1e-15, 0.0, || format!("alpha = {limit}"));
        for a in [limit - near, limit + near] {
            let d = at(F::Alpha(a));
            close(d.value, at(named).value, 1e-7, 0.0, || format!("alpha = {a}"));
            assert!(d.gap() < 1e-14, "alpha = {a}: gap {:e}", d.gap());
            for u in [0.1, 0.9, 1.2, 8.0] {
                let f = F::Alpha(a);
                close(f.f(u), named.f(u), 1e-6, 0.0, || format!("alpha = {a}: f({u})"));
                close(f.df(u), named.df(u), 1e-6, 0.0, || format!("alpha = {a}: f'({u})"));
                let t = named.df(u);
                close(f.conjugate(t), named.conjugate(t), 1e-6, 0.0, || format!("alpha = {a}: f*({t})"));
            }
        }
    }
}

#[test]
fn special_values_of_the_parameters() {
    let (p, q) = (Pmf::new([0.1, 0.4, 0.5]).unwrap(), Pmf::new([0.8, 0.15, 0.05]).unwrap());
    let of = |f: F| f_divergence(&f, &p, &q).unwrap().value;
    let pairs = [
        (F::Alpha(2.0), 0.5, F::Pearson),
        (F::Alpha(-1.0), 0.5, F::Neyman),
        (F::Alpha(0.5), 2.0, F::SquaredHellinger),
        (F::Alpha(0.5), 4.0, F::Hellinger2),
        (F::JsWeighted(0.5), 1.0, F::Jsd),
        (F::TwoJsd, 2.0, F::Jsd),
        (F::HockeyStick(1.0), 1.0, F::TotalVariation),
    ];
    for (left, factor, right) in pairs {
        close(of(left), factor * of(right), 2e-15, 0.0, || format!("{left:?} is {factor} {right:?}"));
    }
    close(of(F::Gan), 2.0 * of(F::Jsd) - 4f64.ln(), 1e-15, 0.0, || "GAN".to_owned());
    let smoothed = F::LabelSmoothed { real: 1.0, fake: 0.0 };
    close(of(smoothed), of(F::Gan), 1e-15, 0.0, || "labels of one and zero".to_owned());
}

#[test]
fn parameters_outside_their_domain() {
    let p = Pmf::uniform(2).unwrap();
    for f in [
        F::Alpha(f64::NAN),
        F::Alpha(f64::INFINITY),
        F::JsWeighted(0.0),
        F::JsWeighted(1.0),
        F::JsWeighted(f64::NAN),
        F::HockeyStick(0.999),
        F::HockeyStick(f64::NAN),
        F::LabelSmoothed { real: 1.1, fake: 0.0 },
        F::LabelSmoothed { real: 0.5, fake: 0.5 },
        F::LabelSmoothed { real: 0.5, fake: f64::NAN },
    ] {
        assert!(matches!(f_divergence(&f, &p, &p), Err(Error::OutOfDomain { .. })), "{f:?}");
    }
    assert!(F::alpha(f64::NAN).is_err() && F::alpha(-3.0).is_ok());
    assert!(F::js_weighted(1.0).is_err() && F::js_weighted(0.25).is_ok());
    assert!(F::hockey_stick(0.5).is_err() && F::hockey_stick(1.0).is_ok());
    assert!(F::label_smoothed(0.9, 0.9).is_err() && F::label_smoothed(0.9, 0.1).is_ok());
}

#[test]
fn a_generator_of_ones_own() {
    let (p, q) = (Pmf::new([0.1, 0.4, 0.5, 0.0]).unwrap(), Pmf::new([0.7, 0.15, 0.05, 0.1]).unwrap());
    for f in generators() {
        let own: &dyn Generator = &Plain(f);
        let (own, named) = (f_divergence(own, &p, &q).unwrap(), f_divergence(&f, &p, &q).unwrap());
        close(own.value, named.value, 1e-13, 1e-15, || format!("{f:?}"));
        close(own.dual, named.dual, 1e-9, 1e-9, || format!("{f:?}: dual"));
    }
    struct Broken;
    impl Generator for Broken {
        fn f(&self, u: f64) -> f64 {
            if u == 1.0 { 0.0 } else { f64::NAN }
        }
        fn df(&self, _: f64) -> f64 {
            0.0
        }
        fn at_zero(&self) -> f64 {
            0.0
        }
        fn slope_at_infinity(&self) -> f64 {
            f64::INFINITY
        }
        fn conjugate_domain(&self) -> ConjugateDomain {
            ConjugateDomain::LINE
        }
    }
    assert!(matches!(f_divergence(&Broken, &p, &q), Err(Error::NotFinite { .. })));
}
