//! Divergences of discrete laws against a twin in 32 digits and properties that hold for all laws, and at the extremes.

#![allow(clippy::float_cmp)] // zero for equal laws means zero

use crate::common::double_double::Dd;
use crate::common::laws::{close_pair, generators, pair, pmf};
use fenchel::Error;
use fenchel::certificate::Certified;
use fenchel::divergence::{
    FDivergence, FDivergence as F, Generator, Kind, bhattacharyya, cressie_read, f_divergence, f_divergence_masses,
    generalised_jsd, optimal_discriminator, pearson, renyi, tsallis, value_at_optimum,
};
use fenchel::measure::Pmf;
use proptest::prelude::*;
use std::f64::consts::LN_2;

fn nothing_wrong(d: Certified, f: impl std::fmt::Debug) {
    assert!(!d.value.is_nan() && !d.dual.is_nan(), "{f:?}: {d:?}");
    assert_eq!(d.value.is_infinite(), d.dual.is_infinite(), "{f:?}: {d:?}");
    assert!(d.gap() <= 1e-12 * d.value.abs().max(1.0), "{f:?}: {d:?} has the gap {:e}", d.gap());
}

/// Merges the last two bins.
fn merged(law: &Pmf) -> Pmf {
    let masses = law.masses();
    let (kept, tail) = masses.split_at(masses.len() - 2);
    let mut out = kept.to_vec();
    out.push(tail[0] + tail[1]);
    Pmf::new(out).unwrap()
}

/// The textbook sum of a divergence in 32 digits, on the masses as given. What their totals miss of one is taken off
/// with the tangent at one, `f(1) + f'(1)(u-1)`, which contributes nothing else.
fn twin(f: FDivergence, p: &Pmf, q: &Pmf) -> f64 {
    let law = |law: &Pmf| law.masses().iter().map(|&x| Dd::from(x)).collect::<Vec<_>>();
    let c = Dd::from;
    let x_ln = |x: Dd, y: Dd| match (x.is_zero(), y.is_zero()) {
        (true, _) => Dd::ZERO,
        (false, true) => c(f64::INFINITY),
        (false, false) => x * (x / y).ln(),
    };
    let over = |x: Dd, y: Dd| match (x.is_zero(), y.is_zero()) {
        (true, _) => Dd::ZERO,
        (false, true) => c(f64::INFINITY),
        (false, false) => x / y,
    };
    let unless_infinite = |a: Dd, b: Dd| match (a.to_f64().is_infinite(), b.to_f64().is_infinite()) {
        (false, false) => a + b,
        _ => c(f64::INFINITY),
    };
    let half = c(0.5);
    let (p, q) = (law(p), law(q));
    let mut total = Dd::ZERO;
    for (&p, &q) in p.iter().zip(&q) {
        let m = half * (p + q);
        let difference = p - q;
        let root = p.sqrt() - q.sqrt();
        let jsd = half * (x_ln(p, m) + x_ln(q, m));
        let term = match f {
            F::Kl => x_ln(p, q),
            F::KlSelfNormalised => unless_infinite(x_ln(p, q), -difference),
            F::ReverseKl => x_ln(q, p),
            F::ReverseKlSelfNormalised => unless_infinite(x_ln(q, p), difference),
            F::Pearson => over(difference * difference, q),
            F::Neyman => over(difference * difference, p),
            F::SquaredHellinger => root * root,
            F::Hellinger2 => half * root * root,
            F::TotalVariation => half * difference.abs(),
            F::Jeffreys => unless_infinite(x_ln(p, q), x_ln(q, p)),
            F::TwoJsd | F::Gan => c(2.0) * jsd,
            F::Jsd => jsd,
            F::JsWeighted(pi) => {
                let (a, b) = (c(pi), c(1.0) - c(pi));
                let n = a * p + b * q;
                a * x_ln(p, n) + b * x_ln(q, n)
            }
            F::Alpha(1.0) => unless_infinite(x_ln(p, q), -difference),
            F::Alpha(0.0) => unless_infinite(x_ln(q, p), difference),
            F::Alpha(a) => {
                let tangent = c(a) * p + (c(1.0) - c(a)) * q;
                let power = match (p.is_zero(), q.is_zero()) {
                    (false, false) => (c(a) * p.ln() + (c(1.0) - c(a)) * q.ln()).exp(),
                    (true, true) => Dd::ZERO,
                    (true, false) => {
                        if a > 0.0 {
                            Dd::ZERO
                        } else {
                            c(f64::INFINITY)
                        }
                    }
                    (false, true) => {
                        if a < 1.0 {
                            Dd::ZERO
                        } else {
                            c(f64::INFINITY)
                        }
                    }
                };
                if power.to_f64().is_infinite() { power } else { (power - tangent) / (c(a) * (c(a) - c(1.0))) }
            }
            F::LeCam => over(difference * difference, p + q),
            F::KDivergence => x_ln(p, m),
            F::ArithmeticGeometric => unless_infinite(x_ln(m, p), x_ln(m, q)),
            F::NonSaturating => unless_infinite(x_ln(q, p), -x_ln(q, p + q)),
            F::LabelSmoothed { real, fake } => {
                let hit = c(real) * p + c(fake) * q;
                let miss = p + q - hit;
                x_ln(hit, p + q) + x_ln(miss, p + q)
            }
            F::LsganSlide => {
                let miss = over(q, p + q);
                q * (miss * miss - c(0.25))
            }
            F::HockeyStick(g) => {
                let excess = p - c(g) * q;
                if excess.to_f64() > 0.0 { excess } else { Dd::ZERO }
            }
            _ => unreachable!("{f:?}"),
        };
        if term.to_f64().is_infinite() {
            return f64::INFINITY;
        }
        total = total + term;
    }
    let sum = |masses: &[Dd]| masses.iter().fold(Dd::ZERO, |sum, &x| sum + x);
    if f == F::Gan {
        // 2 JSD less ln 4: the tangent is in the textbook form already
        return (total - c(4.0).ln()).to_f64();
    }
    (total - c(f.df(1.0)) * (sum(&p) - sum(&q)) + c(f.f(1.0)) * (c(1.0) - sum(&q))).to_f64()
}

/// A few roundings of the value and of the constant it is measured from are allowed, and the noise of the twin.
#[track_caller]
fn agrees(f: FDivergence, p: &Pmf, q: &Pmf) {
    let value = f_divergence(&f, p, q).unwrap().value;
    let want = twin(f, p, q);
    let constant = f.f(1.0).abs();
    let same = value == want || (value - want).abs() <= 3e-14 * want.abs() + 4e-16 * constant + 1e-30;
    assert!(same, "{f:?}: {value:e} for {want:e} on {p:?} {q:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_twin_in_32_digits_agrees((p, q) in pair()) {
        generators().into_iter().for_each(|f| agrees(f, &p, &q));
    }

    #[test]
    fn the_twin_agrees_near_equality((p, q) in close_pair()) {
        for f in generators() {
            // the corner of the hockey stick is not at p = q: nothing cancels, and nothing is left
            if !matches!(f, F::TotalVariation | F::HockeyStick(_)) {
                agrees(f, &p, &q);
            }
        }
    }

    #[test]
    fn certified_in_range_and_symmetric((p, q) in pair()) {
        for f in generators() {
            let d = f_divergence(&f, &p, &q).unwrap();
            nothing_wrong(d, f);
            let (least, greatest) = f.range();
            prop_assert!(least <= d.value && d.value <= greatest, "{:?}: {}", f, d.value);
            if f.symmetric() {
                let swapped = f_divergence(&f, &q, &p).unwrap().value;
                let noise = 4e-15 * d.value.abs() + 1e-15 * f.f(1.0).abs();
                prop_assert!(swapped == d.value || (swapped - d.value).abs() <= noise, "{:?}: {}", f, d.value);
            }
        }
        for kind in Kind::all() {
            nothing_wrong(kind.evaluate(&p, &q).unwrap(), kind);
        }
    }

    #[test]
    fn equal_laws_are_at_zero((p, _) in pair()) {
        for f in generators() {
            let d = f_divergence(&f, &p, &p).unwrap();
            prop_assert_eq!(d.value, f.f(1.0), "{:?}", f);
            prop_assert_eq!(d.gap(), 0.0, "{:?}", f);
        }
        for a in [0.0, 1e-9, 0.5, 1.0, 1.5, 30.0, f64::INFINITY] {
            prop_assert_eq!(renyi(a, &p, &p).unwrap().value, 0.0);
        }
        let same = [p.clone(), p.clone(), p];
        prop_assert_eq!(generalised_jsd(&same, &[0.1, 0.2, 0.7]).unwrap().value, 0.0);
    }

    #[test]
    fn merging_bins_tells_less((p, q) in pair().prop_filter("two bins", |(p, _)| p.len() > 1)) {
        let (coarse_p, coarse_q) = (merged(&p), merged(&q));
        for kind in Kind::all().into_iter().chain(generators().into_iter().map(Kind::F)) {
            let fine = kind.evaluate(&p, &q).unwrap().value;
            let coarse = kind.evaluate(&coarse_p, &coarse_q).unwrap().value;
            prop_assert!(coarse <= fine + 1e-14 * fine.abs().min(1e300) + 1e-15, "{}: {} from {}", kind, coarse, fine);
        }
    }

    #[test]
    fn convex_in_the_pair((p, q) in pair(), weight in 0.0f64..1.0) {
        // between (p, q) and (q, p)
        let mix = |a: &Pmf, b: &Pmf| {
            let mixed: Vec<f64> =
                a.masses().iter().zip(b.masses()).map(|(x, y)| weight * x + (1.0 - weight) * y).collect();
            Pmf::new(mixed).unwrap()
        };
        let (between_p, between_q) = (mix(&p, &q), mix(&q, &p));
        for f in generators() {
            let of = |p: &Pmf, q: &Pmf| f_divergence(&f, p, q).unwrap().value;
            let chord = weight * of(&p, &q) + (1.0 - weight) * of(&q, &p);
            let value = of(&between_p, &between_q);
            prop_assert!(value <= chord + 1e-13 * chord.abs().min(1e300) + 1e-15, "{:?}: {} above {}", f, value, chord);
        }
    }

    #[test]
    fn renyi_rises_with_its_order((p, q) in pair()) {
        let orders = [0.0, 1e-9, 0.1, 0.5, 0.9, 1.0 - 1e-8, 1.0, 1.0 + 1e-8, 1.1, 2.0, 10.0, 1e3, 1e300, f64::INFINITY];
        let values: Vec<Certified> = orders.iter().map(|&a| renyi(a, &p, &q).unwrap()).collect();
        for (pair, order) in values.windows(2).zip(&orders) {
            let (low, high) = (pair[0].value, pair[1].value);
            prop_assert!(low <= high + 1e-12 * high.min(1e300) + 1e-15, "from order {}: {} to {}", order, low, high);
        }
        values.into_iter().zip(orders).for_each(|(d, a)| nothing_wrong(d, a));
        let chi = pearson(&p, &q).unwrap().value;
        let two = renyi(2.0, &p, &q).unwrap().value;
        prop_assert!(two == chi.ln_1p() || (two - chi.ln_1p()).abs() <= 1e-12 * two);
    }

    #[test]
    fn relatives_are_related((p, q) in pair(), a in 0.01f64..4.0) {
        let near = |x: f64, y: f64| x == y || (x - y).abs() <= 1e-11 * y.abs() + 1e-15;
        let alpha = f_divergence(&F::Alpha(a), &p, &q).unwrap().value;
        prop_assert!(near(tsallis(a, &p, &q).unwrap().value, a * alpha));
        let affinity: f64 = p.masses().iter().zip(q.masses()).map(|(p, q)| (p * q).sqrt()).sum();
        let distance = bhattacharyya(&p, &q).unwrap().value;
        prop_assert!((distance + affinity.ln()).abs() <= 1e-11 * distance + 1e-15 || distance.is_infinite() && affinity == 0.0);
        let two = generalised_jsd(&[p.clone(), q.clone()], &[0.3, 0.7]).unwrap();
        nothing_wrong(two, "generalised JSD");
        prop_assert!(near(two.value, f_divergence(&F::JsWeighted(0.3), &p, &q).unwrap().value));
        let game = value_at_optimum(&p, &q).unwrap();
        nothing_wrong(game, "game");
    }
}

#[test]
fn extreme_ratios_are_finite_and_certified() {
    let laws = [
        pmf(&[5e-324, 1.0]),
        pmf(&[1.0, 5e-324]),
        pmf(&[1e-300, 1.0]),
        pmf(&[1.0, 1e-16]),
        pmf(&[0.5f64.next_down(), 0.5]),
        pmf(&[0.5, 0.5]),
        pmf(&[0.0, 1.0]),
        pmf(&[1.0, 0.0]),
    ];
    for p in &laws {
        for q in &laws {
            for f in generators() {
                nothing_wrong(f_divergence(&f, p, q).unwrap(), (f, p, q));
                nothing_wrong(f_divergence_masses(&f, p.masses(), q.masses()).unwrap(), (f, p, q));
            }
            for kind in Kind::all() {
                nothing_wrong(kind.evaluate(p, q).unwrap(), (kind, p, q));
            }
            for a in [0.0, 1e-300, 1e-12, 0.5, 1.0, 2.0, 1e6, f64::INFINITY] {
                nothing_wrong(renyi(a, p, q).unwrap(), (a, p, q));
            }
        }
    }
}

#[test]
fn counts_as_large_as_numbers_go() {
    let d = f_divergence_masses(&F::Jsd, &[f64::MAX, 0.0], &[0.5 * f64::MAX, 0.0]).unwrap();
    assert!(d.value.is_finite() && d.value > 0.0 && d.gap() <= 1e-13 * d.value);
}

#[test]
fn renyi_at_its_limits() {
    let (p, q) = (pmf(&[0.5, 0.5, 0.0]), pmf(&[0.25, 0.25, 0.5]));
    assert_eq!(renyi(0.0, &p, &q).unwrap().value, LN_2);
    assert_eq!(renyi(f64::INFINITY, &p, &q).unwrap().value, LN_2);
    assert!(renyi(1.0, &q, &p).unwrap().value.is_infinite());
    assert!(renyi(0.999, &q, &p).unwrap().value.is_finite());
    for bad in [-0.1, f64::NAN] {
        assert!(matches!(renyi(bad, &p, &q), Err(Error::OutOfDomain { .. })));
        assert!(matches!(tsallis(bad, &p, &q), Err(Error::OutOfDomain { .. })));
    }
    assert!(tsallis(f64::INFINITY, &p, &q).is_err());
    assert_eq!(tsallis(0.0, &p, &q).unwrap().value, 0.5);
}

/// SciPy's `power_divergence([16, 18, 16, 14, 12, 12], [16, 16, 16, 16, 16, 8])` for six values of `lambda_`.
#[test]
fn cressie_and_read() {
    let (seen, expected) = ([16.0, 18.0, 16.0, 14.0, 12.0, 12.0], [16.0, 16.0, 16.0, 16.0, 16.0, 8.0]);
    let sum = |l: f64| {
        let terms = seen.iter().zip(&expected).map(|(&o, &e): (&f64, &f64)| o * ((o / e).powf(l) - 1.0));
        2.0 / (l * (l + 1.0)) * terms.sum::<f64>()
    };
    for l in [1.0, -0.5, -2.0, 2.0 / 3.0, 3.0] {
        let d = cressie_read(l, &seen, &expected).unwrap();
        assert!((d.value - sum(l)).abs() < 1e-13 && d.gap() < 1e-13, "{l}: {d:?}");
    }
    let g: f64 = seen.iter().zip(&expected).map(|(&o, &e): (&f64, &f64)| 2.0 * o * (o / e).ln()).sum();
    assert!((cressie_read(0.0, &seen, &expected).unwrap().value - g).abs() < 1e-13);
    assert!(matches!(cressie_read(1.0, &[1.0], &[2.0]), Err(Error::NotNormalised { .. })));
    assert!(matches!(cressie_read(1.0, &[1.0], &[0.5, 0.5]), Err(Error::SizeMismatch { .. })));
    assert!(cressie_read(f64::NAN, &[1.0], &[1.0]).is_err());
}

#[test]
fn bad_input_is_named() {
    let (two, three) = (Pmf::uniform(2).unwrap(), Pmf::uniform(3).unwrap());
    for kind in Kind::all() {
        let unequal = kind.evaluate(&two, &three);
        assert!(matches!(unequal, Err(Error::SizeMismatch { left_size: 2, right_size: 3, .. })), "{kind}");
    }
    assert!(value_at_optimum(&two, &three).is_err() && optimal_discriminator(&two, &three).is_err());
    let laws = [two.clone(), two.clone()];
    let weights = |weights: &[f64]| generalised_jsd(&laws, weights).unwrap_err();
    assert!(matches!(weights(&[0.5, 0.6]).cause(), Error::NotNormalised { .. }));
    assert!(matches!(generalised_jsd(&laws, &[1.0]), Err(Error::SizeMismatch { .. })));
    assert!(matches!(weights(&[1.5, -0.5]).cause(), Error::Negative { .. }));
    assert!(matches!(generalised_jsd(&[], &[]).unwrap_err().cause(), Error::TooFew { .. }));
    assert!(matches!(generalised_jsd(&[two, three], &[0.5, 0.5]), Err(Error::SizeMismatch { .. })));
}

#[test]
fn names_are_read_and_written() {
    let names = "kl reverse_kl jeffreys jsd js_weighted pearson neyman hellinger2 tv le_cam alpha renyi tsallis \
                 k_divergence arithmetic_geometric hockey_stick gan bhattacharyya";
    let known = Kind::all();
    assert_eq!(names.split(' ').count(), known.len());
    for (name, kind) in names.split(' ').zip(known) {
        assert_eq!(name.parse::<Kind>().unwrap(), kind);
        assert_eq!(kind.to_string().parse::<Kind>().unwrap(), kind);
        assert!(kind.to_string().starts_with(name));
    }
    assert_eq!("js_weighted:0.3".parse::<Kind>().unwrap(), Kind::F(F::JsWeighted(0.3)));
    assert_eq!("renyi:inf".parse::<Kind>().unwrap(), Kind::Renyi(f64::INFINITY));
    assert_eq!("alpha:-1".parse::<Kind>().unwrap().to_string(), "alpha:-1");
    match "wasserstein".parse::<Kind>() {
        Err(Error::UnknownName { found, expected, .. }) => {
            assert_eq!(found, "wasserstein");
            assert!(names.split(' ').all(|name| expected.contains(name)), "{expected}");
        }
        other => panic!("{other:?}"),
    }
    for bad in ["kl:2", "alpha:x", "alpha:", "alpha:nan", "js_weighted:1", "hockey_stick:0.5", "renyi:-1", "", ":"] {
        assert!(bad.parse::<Kind>().is_err(), "{bad}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// The dual proves the value: close to it for every divergence, and not above it but by rounding.
    #[test]
    fn duals_stand_below_their_values((p, q) in prop_oneof![pair(), close_pair()], order in 0.05f64..6.0) {
        let named = generators().into_iter().map(Kind::F);
        let orders = [0.0, order, 0.5, 1.0, 2.0, 30.0, f64::INFINITY];
        let relatives = orders.into_iter().flat_map(|a| [Kind::Renyi(a), Kind::Tsallis(a.min(6.0))]);
        for kind in named.chain(relatives).chain([Kind::Bhattacharyya]) {
            let d = kind.evaluate(&p, &q).unwrap();
            // a power of the ratio multiplies the rounding of its logarithm by the order
            let steep = if let Kind::Tsallis(a) = kind { a.max(1.0) } else { 1.0 };
            let scale = steep * (1.0 + d.value.abs());
            prop_assert!(!d.value.is_nan() && !d.dual.is_nan(), "{kind}: {d:?}");
            if d.value.is_finite() && d.dual.is_finite() {
                prop_assert!(d.gap() <= 1e-13 * scale, "{kind}: {d:?} has the gap {:e}", d.gap());
                // powers of the ratio go through its logarithm
                let powers = !matches!(kind, Kind::F(F::Kl | F::ReverseKl | F::Jsd | F::TwoJsd | F::Gan | F::TotalVariation));
                let rounding = if powers { 1e-13 } else { 1e-14 };
                prop_assert!(d.dual <= d.value + rounding * scale, "{kind}: {d:?} is crossed by {:e}", d.dual - d.value);
            }
        }
    }
}

/// The best event of two laws whose masses are far smaller than one: their logarithms are a thousand times the divergence.
#[test]
fn the_largest_ratio_keeps_its_digits() {
    let (tiny, rest) = (1e-300, 1.0);
    for ratio in [1.0 + 1e-9, 1.25, 3.0, 1e200] {
        let (p, q) = (pmf(&[tiny * ratio, rest]), pmf(&[tiny, rest]));
        let d = renyi(f64::INFINITY, &p, &q).unwrap();
        assert!(d.dual <= d.value * (1.0 + 4e-16) && d.gap() <= 4e-16 * d.value, "{ratio}: {d:?}");
    }
}
