//! Every column of the table of generators against numbers of 32 digits: right for an argument within some units in its last
//! place, over the whole of its domain.

#![allow(clippy::float_cmp)] // signed infinities are compared

use crate::common::double_double::Dd;
use crate::common::laws::generators;
use fenchel::divergence::{FDivergence as F, Generator};

/// Units in the last place, of the value and of the argument.
const BOUND: f64 = 16.0;

fn d(x: f64) -> Dd {
    Dd::from(x)
}

fn one() -> Dd {
    d(1.0)
}

fn power(u: Dd, a: Dd) -> Dd {
    (a * u.ln()).exp()
}

/// `h(r)` of a share whose complement is handed over.
fn logarithm(part: Dd, rest: Dd) -> Dd {
    let total = part + rest;
    if part.to_f64() > rest.to_f64() { (-(rest / total)).ln_1p() } else { (part / total).ln() }
}

fn weighted(w: Dd, x: Dd) -> Dd {
    if w.is_zero() { Dd::ZERO } else { w * x }
}

/// `f(u)` for `u > 0` from its definition.
fn f(kind: F, u: Dd) -> Dd {
    let half = d(0.5);
    let two_jsd = |u: Dd| u * (Dd::LN_2 - (one() / u).ln_1p()) + Dd::LN_2 - u.ln_1p();
    match kind {
        F::Kl => u * u.ln(),
        F::KlSelfNormalised => u * u.ln() - u + one(),
        F::ReverseKl => -u.ln(),
        F::ReverseKlSelfNormalised => u - one() - u.ln(),
        F::Pearson => (u - one()) * (u - one()),
        F::Neyman => (one() - u) * (one() - u) / u,
        F::SquaredHellinger => (u.sqrt() - one()) * (u.sqrt() - one()),
        F::Hellinger2 => half * (u.sqrt() - one()) * (u.sqrt() - one()),
        F::TotalVariation => half * (u - one()).abs(),
        F::Jeffreys => (u - one()) * u.ln(),
        F::TwoJsd => two_jsd(u),
        F::Jsd => half * two_jsd(u),
        F::JsWeighted(pi) => {
            let (pi, rest) = (d(pi), one() - d(pi));
            let mean = pi * u + rest;
            pi * u * (u / mean).ln() - rest * mean.ln()
        }
        F::Gan => -(u * (one() / u).ln_1p()) - u.ln_1p(),
        F::Alpha(1.0) => f(F::KlSelfNormalised, u),
        F::Alpha(0.0) => f(F::ReverseKlSelfNormalised, u),
        F::Alpha(a) => (power(u, d(a)) - d(a) * u - (one() - d(a))) / (d(a) * (d(a) - one())),
        F::LeCam => (u - one()) * (u - one()) / (u + one()),
        F::KDivergence => u * (Dd::LN_2 - (one() / u).ln_1p()),
        F::ArithmeticGeometric => (one() + u) * (u.ln_1p() - Dd::LN_2 - half * u.ln()),
        F::NonSaturating => (one() / u).ln_1p(),
        F::LabelSmoothed { real, fake } => {
            let (part, rest) = (d(real) * u + d(fake), (one() - d(real)) * u + (one() - d(fake)));
            weighted(part, logarithm(part, rest)) + weighted(rest, logarithm(rest, part))
        }
        F::LsganSlide => one() / ((one() + u) * (one() + u)) - d(0.25),
        F::HockeyStick(g) => {
            if u.to_f64() > g {
                u - d(g)
            } else {
                Dd::ZERO
            }
        }
        other => panic!("{other:?} has no reference"),
    }
}

/// `f'(u)` for `u > 0`.
fn df(kind: F, u: Dd) -> Dd {
    let half = d(0.5);
    let share = |u: Dd| if u.to_f64() > 1.0 { Dd::LN_2 - (one() / u).ln_1p() } else { Dd::LN_2 + u.ln() - u.ln_1p() };
    match kind {
        F::Kl => one() + u.ln(),
        F::KlSelfNormalised => u.ln(),
        F::ReverseKl => -(one() / u),
        F::ReverseKlSelfNormalised => one() - one() / u,
        F::Pearson => d(2.0) * (u - one()),
        F::Neyman => one() - one() / (u * u),
        F::SquaredHellinger => one() - one() / u.sqrt(),
        F::Hellinger2 => half - half / u.sqrt(),
        F::Jeffreys => u.ln() + one() - one() / u,
        F::TwoJsd => share(u),
        F::Jsd => half * share(u),
        F::JsWeighted(pi) => d(pi) * (u / (d(pi) * u + one() - d(pi))).ln(),
        F::Gan => -(one() / u).ln_1p(),
        F::Alpha(1.0) => u.ln(),
        F::Alpha(a) => (power(u, d(a) - one()) - one()) / (d(a) - one()),
        F::LeCam => one() - d(4.0) / ((u + one()) * (u + one())),
        F::KDivergence => share(u) + one() / (one() + u),
        F::ArithmeticGeometric => u.ln_1p() - Dd::LN_2 - half * u.ln() + half - half / u,
        F::NonSaturating => -(one() / (u * (u + one()))),
        F::LabelSmoothed { real, fake } => {
            let (part, rest) = (d(real) * u + d(fake), (one() - d(real)) * u + (one() - d(fake)));
            weighted(d(real), logarithm(part, rest)) + weighted(one() - d(real), logarithm(rest, part))
        }
        F::LsganSlide => d(-2.0) / ((one() + u) * (one() + u) * (one() + u)),
        other => panic!("{other:?} has no reference"),
    }
}

/// `u f''(u)`, to some ten digits, which is all that a tolerance or a step of Newton's method needs.
fn bend(kind: F, u: Dd) -> f64 {
    let h = 1e-7;
    ((df(kind, u * (one() + d(h))) - df(kind, u * (one() - d(h)))).to_f64()) / (2.0 * h)
}

/// The `u` with `f'(u) = t`, by Newton's method in `ln u` from a start that may be poor.
fn ratio(kind: F, t: Dd, start: f64) -> Option<Dd> {
    let mut u = d(start);
    for _ in 0..60 {
        let step = (t - df(kind, u)).to_f64() / bend(kind, u);
        if !step.is_finite() {
            return None;
        }
        u = u * d(step.clamp(-1.0, 1.0)).exp();
        if step.abs() < 1e-20 {
            return Some(u);
        }
    }
    // the last digits of 32 may go round in circles
    let rest = (t - df(kind, u)).to_f64() / bend(kind, u);
    (rest.abs() < 1e-18).then_some(u)
}

#[track_caller]
fn check(what: &str, kind: F, x: f64, got: f64, want: Dd, moved: f64, wrong: &mut Vec<String>) {
    let exact = want.to_f64();
    if !exact.is_finite() || exact.abs() > 1e290 || moved.is_nan() {
        return;
    }
    // powers go through a logarithm, whose size is lost from their digits
    let powers = if let F::Alpha(_) = kind {
        1.0 + exact.abs().max(1e-300).ln().abs() + x.abs().max(1e-300).ln().abs()
    } else {
        1.0
    };
    let allowed = f64::EPSILON * (exact.abs() + moved.abs()) * powers + f64::MIN_POSITIVE;
    let off = (d(got) - want).to_f64().abs() / allowed;
    if off.is_nan() || off > BOUND {
        wrong.push(format!("{kind:?}: {what}({x:e}) = {got:e}, exactly {exact:e}, off by {off:.1} units"));
    }
}

fn ratios() -> impl Iterator<Item = f64> {
    let orders = (-60..=60).map(|k| 10f64.powf(f64::from(5 * k) + 0.3));
    let near = (1..=6).flat_map(|k| [1.0 + 10f64.powi(-k), 1.0 - 10f64.powi(-k)]);
    let moderate = (0..80).map(|k| 10f64.powf(f64::from(k - 40) / 8.0));
    // at one itself the references cancel
    orders.chain(near).chain(moderate).filter(|&u| u != 1.0)
}

#[test]
fn generators_and_slopes_have_their_digits() {
    let mut wrong = Vec::new();
    for kind in generators() {
        let smooth = !matches!(kind, F::TotalVariation | F::HockeyStick(_));
        for x in ratios() {
            let u = d(x);
            let slope = if smooth { df(kind, u).to_f64() } else { 0.0 };
            check("f", kind, x, kind.f(x), f(kind, u), x * slope, &mut wrong);
            if smooth {
                check("f'", kind, x, kind.df(x), df(kind, u), bend(kind, u), &mut wrong);
            }
        }
    }
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn conjugates_and_their_arguments_have_their_digits() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    for kind in generators().into_iter().filter(|k| !matches!(k, F::TotalVariation | F::HockeyStick(_))) {
        let end = kind.conjugate_domain().supremum;
        let sizes: Vec<f64> = (-28..=300).map(|k| 10f64.powf(f64::from(k) / 4.0 + 0.1)).collect();
        let mut arguments: Vec<f64> = sizes.iter().map(|&s| if end.is_finite() { end - s } else { -s }).collect();
        arguments.extend(sizes.iter().filter(|&&s| s < 300.0 && s < end).copied());
        for t in arguments.into_iter().filter(|&t| kind.conjugate_domain().contains(t)) {
            let start = kind.dconjugate(t);
            if !(start > 1e-150 && start < 1e20) {
                continue;
            }
            let Some(u) = ratio(kind, d(t), start) else { continue };
            seen += 1;
            check("f*", kind, t, kind.conjugate(t), u * d(t) - f(kind, u), t * u.to_f64(), &mut wrong);
            let moved = t * u.to_f64() / bend(kind, u);
            check("f*'", kind, t, start, u, moved, &mut wrong);
        }
    }
    assert!(seen > 2000, "{seen} arguments");
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// The head of a critic in 32 digits, and its slope.
fn head(kind: F, v: Dd) -> Dd {
    let softplus = |x: Dd| if x.to_f64() > 0.0 { x + (-x).exp().ln_1p() } else { x.exp().ln_1p() };
    match kind {
        F::Kl | F::KlSelfNormalised | F::Pearson | F::Jeffreys | F::ArithmeticGeometric => v,
        F::ReverseKl | F::NonSaturating | F::LsganSlide => -(-v).exp(),
        F::ReverseKlSelfNormalised | F::Neyman | F::SquaredHellinger | F::LeCam => -(-v).exp_m1(),
        F::Hellinger2 => d(-0.5) * (-v).exp_m1(),
        F::TwoJsd | F::KDivergence => Dd::LN_2 - softplus(-v),
        F::Jsd => d(0.5) * (Dd::LN_2 - softplus(-v)),
        F::Gan => -softplus(-v),
        F::Alpha(a) if a >= 1.0 => v,
        F::Alpha(a) => one() / (one() - d(a)) - softplus(-v),
        F::JsWeighted(pi) => -(d(pi) * d(pi).ln()) - softplus(-v),
        F::LabelSmoothed { real, .. } => {
            weighted(d(real), d(real.max(1e-300)).ln()) + weighted(one() - d(real), (one() - d(real)).ln())
                - softplus(-v)
        }
        other => panic!("{other:?} has no reference"),
    }
}

#[test]
fn heads_and_their_conjugates_have_their_digits() {
    let mut wrong = Vec::new();
    let mut seen = 0;
    let smooth = |k: &F| !matches!(k, F::TotalVariation | F::HockeyStick(_));
    for kind in generators().into_iter().chain([F::LabelSmoothed { real: 1.0, fake: 0.2 }]).filter(smooth) {
        for v in (-120..=74).map(|k| 0.5 * f64::from(k) + 0.17).chain((1..=6).map(|k| 10f64.powi(-k))) {
            let t = head(kind, d(v));
            let slope = (head(kind, d(v) + d(1e-8)) - t).to_f64() / 1e-8;
            check("g", kind, v, kind.activation(v), t, v * slope, &mut wrong);
            let start = kind.dconjugate(kind.activation(v));
            let start = if start.is_finite() && start > 0.0 { start } else { v.exp() };
            if !(start > 1e-150 && start < 1e20) {
                continue;
            }
            let Some(u) = ratio(kind, t, start) else { continue };
            seen += 1;
            let composed = kind.conjugate_of_activation(v);
            check("f*(g)", kind, v, composed, u * t - f(kind, u), v * slope * u.to_f64(), &mut wrong);
        }
    }
    assert!(seen > 2000, "{seen} arguments");
    assert!(wrong.is_empty(), "{} of them:\n{}", wrong.len(), wrong.join("\n"));
}

/// The numbers that were wrong once.
#[test]
fn far_ratios() {
    let smoothed = F::LabelSmoothed { real: 1.0, fake: 0.2 };
    assert!((smoothed.f(1e12) + 23.083_331_733_794_686).abs() < 1e-13 * 23.0, "{}", smoothed.f(1e12));
    assert!(
        (smoothed.conjugate_of_activation(35.0) - 28.0).abs() < 1e-13 * 28.0,
        "{}",
        smoothed.conjugate_of_activation(35.0)
    );
    assert!((F::Gan.f(1e12) + 28.631_021_115_929_048).abs() < 1e-13 * 28.0, "{}", F::Gan.f(1e12));
    for kind in generators() {
        for v in [-1e300, -1e3, -745.0, -300.0, 300.0, 745.0, 1e3, 1e300] {
            let (t, composed) = (kind.activation(v), kind.conjugate_of_activation(v));
            assert!(!t.is_nan() && !composed.is_nan(), "{kind:?} at {v}: {t}, {composed}");
        }
    }
}
