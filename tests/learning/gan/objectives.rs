//! Objectives and heads: exact losses, gradients, names.

use crate::common::oracles::oracle;
use fenchel::Error;
use fenchel::divergence::FDivergence;
use fenchel::gan::{Codes, GameValue, Head, Limit, Objective, Penalty, Toy};
use fenchel::nn::Tape;
use ndarray::{Array2, array};
use proptest::prelude::*;

#[test]
fn losses_of_an_undecided_discriminator() {
    let tape = Tape::<f64>::new();
    let zero = tape.leaf(Array2::zeros((5, 1)));
    let game = Objective::NonSaturating;
    oracle("O200").check(game.discriminator_loss(zero, zero).scalar());
    oracle("O201").check(game.generator_loss(zero, || zero).scalar());
    let value = GameValue::of(zero.value().view(), zero.value().view());
    oracle("O199").check(value.value);
    assert_eq!((value.jsd_lower_bound(), value.std_error, value.accuracy), (0.0, 0.0, 0.5));
    oracle("O201").check(Objective::Relativistic.discriminator_loss(zero, zero).scalar());
}

#[test]
fn gradients_by_the_logit_where_the_discriminator_is_sure() {
    let tape = Tape::<f64>::new();
    let s = tape.leaf(array![[-10.0]]);
    let by_s = |objective: Objective| objective.generator_loss(s, || s).gradients(&[s])[0].scalar();
    oracle("O108").check(by_s(Objective::Minimax));
    oracle("O109").check(by_s(Objective::NonSaturating));
}

/// Every objective against the formulas on probabilities that the papers print, and finite at the extremes.
#[test]
fn objectives_agree_with_their_textbook_forms() {
    let (r, f) = ([0.3_f64, -1.2, 2.0], [-0.7_f64, 0.4, 1.1]);
    let tape = Tape::<f64>::new();
    let column = |x: [f64; 3]| tape.leaf(Array2::from_shape_vec((3, 1), x.to_vec()).unwrap());
    let (real, fake) = (column(r), column(f));
    let mean = |x: [f64; 3], g: &dyn Fn(f64) -> f64| x.into_iter().map(g).sum::<f64>() / 3.0;
    let d = |s: f64| 1.0 / (1.0 + (-s).exp());
    let v = mean(r, &|s| d(s).ln()) + mean(f, &|s| (1.0 - d(s)).ln());
    let pairs = |sign: f64| (0..3).map(|i| -d(sign * (r[i] - f[i])).ln()).sum::<f64>() / 3.0;
    let table = [
        (Objective::Minimax, -v, mean(f, &|s| (1.0 - d(s)).ln())),
        (Objective::NonSaturating, -v, -mean(f, &|s| d(s).ln())),
        (
            Objective::LeastSquares(Codes::ZERO_ONE),
            0.5 * mean(r, &|s| (s - 1.0).powi(2)) + 0.5 * mean(f, &|s| s * s),
            0.5 * mean(f, &|s| (s - 1.0).powi(2)),
        ),
        (
            Objective::LeastSquares(Codes { fake: -1.0, real: 1.0, target: 0.0 }),
            0.5 * mean(r, &|s| (s - 1.0).powi(2)) + 0.5 * mean(f, &|s| (s + 1.0).powi(2)),
            0.5 * mean(f, &|s| s * s),
        ),
        (Objective::Wasserstein, mean(f, &|s| s) - mean(r, &|s| s), -mean(f, &|s| s)),
        (Objective::Hinge, mean(r, &|s| (1.0 - s).max(0.0)) + mean(f, &|s| (1.0 + s).max(0.0)), -mean(f, &|s| s)),
        (Objective::Relativistic, pairs(1.0), pairs(-1.0)),
        (Objective::FGan(Head::of(FDivergence::Gan).unwrap()), -v, mean(f, &|s| (1.0 - d(s)).ln())),
    ];
    for (objective, discriminator, generator) in table {
        assert!((objective.discriminator_loss(real, fake).scalar() - discriminator).abs() < 1e-14, "{objective}");
        assert!((objective.generator_loss(fake, || real).scalar() - generator).abs() < 1e-14, "{objective}");
    }
    assert!((GameValue::of(real.value().view(), fake.value().view()).value - v).abs() < 1e-14);

    // labels t and u: the cross entropy -t ln D - (1 - t) ln(1 - D), and u in place of t for generated samples
    let cross = |t: f64| move |s: f64| -t * d(s).ln() - (1.0 - t) * (1.0 - d(s)).ln();
    for (t, u) in [(1.0, 0.0), (0.9, 0.0), (0.9, 0.1)] {
        let smoothed = Objective::NonSaturating.smoothed_loss((t, u), real, fake).scalar();
        assert!((smoothed - mean(r, &cross(t)) - mean(f, &cross(u))).abs() < 1e-14, "{t} {u}");
    }

    let extreme = tape.leaf(array![[800.0], [-800.0]]);
    for objective in [Objective::Minimax, Objective::NonSaturating, Objective::Relativistic] {
        let loss = objective.discriminator_loss(extreme, -extreme) + objective.generator_loss(-extreme, || extreme);
        assert!(loss.scalar().is_finite());
        assert!(loss.gradients(&[extreme])[0].value().iter().all(|g: &f64| g.is_finite()));
    }
}

const HEADS: [FDivergence; 15] = [
    FDivergence::Kl,
    FDivergence::ReverseKl,
    FDivergence::Pearson,
    FDivergence::Neyman,
    FDivergence::Hellinger2,
    FDivergence::TotalVariation,
    FDivergence::Jsd,
    FDivergence::Gan,
    FDivergence::Jeffreys,
    FDivergence::TwoJsd,
    FDivergence::JsWeighted(0.3),
    FDivergence::SquaredHellinger,
    FDivergence::LeCam,
    FDivergence::KDivergence,
    FDivergence::ArithmeticGeometric,
];

/// `f(u)` of each divergence as printed in tables, with the scale of the library's names.
fn f(divergence: FDivergence, u: f64) -> f64 {
    match divergence {
        FDivergence::Kl => u * u.ln(),
        FDivergence::ReverseKl => -u.ln(),
        FDivergence::Pearson => (u - 1.0).powi(2),
        FDivergence::Neyman => (1.0 - u).powi(2) / u,
        FDivergence::Hellinger2 => 0.5 * (u.sqrt() - 1.0).powi(2),
        FDivergence::TotalVariation => 0.5 * (u - 1.0).abs(),
        FDivergence::Jsd => 0.5 * (u * u.ln() - (1.0 + u) * (0.5 * (1.0 + u)).ln()),
        FDivergence::Gan => u * u.ln() - (u + 1.0) * (u + 1.0).ln(),
        FDivergence::Jeffreys => (u - 1.0) * u.ln(),
        FDivergence::TwoJsd => u * u.ln() - (1.0 + u) * (0.5 * (1.0 + u)).ln(),
        FDivergence::JsWeighted(pi) => {
            let n = pi * u + 1.0 - pi;
            pi * u * (u / n).ln() - (1.0 - pi) * n.ln()
        }
        FDivergence::SquaredHellinger => (u.sqrt() - 1.0).powi(2),
        FDivergence::LeCam => (u - 1.0).powi(2) / (u + 1.0),
        FDivergence::KDivergence => u * (2.0 * u / (1.0 + u)).ln(),
        FDivergence::ArithmeticGeometric => (1.0 + u) * ((1.0 + u) / (2.0 * u.sqrt())).ln(),
        other => panic!("{other:?} is not in the table"),
    }
}

/// Heads are Fenchel pairs: `u T(v) - f*(T(v)) <= f(u)` for every v, with equality at some v (in the limit for `tv`).
#[test]
fn heads_are_fenchel_pairs() {
    let grid = Array2::from_shape_fn((1, 80_001), |(_, i)| (i as f64 - 40_000.0) * 5e-4);
    let tape = Tape::<f64>::new();
    let v = tape.leaf(grid);
    for divergence in HEADS {
        let head = Head::of(divergence).unwrap();
        let (t, conjugate) = (head.witness(v), head.conjugate(v));
        for u in [0.2, 0.7, 1.0, 1.9, 4.0] {
            let gap = conjugate.shift(f(divergence, u)) - t.scale(u);
            let least = gap.value().iter().copied().fold(f64::INFINITY, f64::min);
            assert!((-1e-13..1e-6).contains(&least), "{head:?} at u = {u}: least gap {least}");
        }
        let slope = head.witness(v).sum().gradients(&[v])[0];
        // where the head is flat its slope is a difference of terms that round
        assert!(slope.value().iter().all(|&slope| slope >= -1e-15), "{head:?}: large outputs must mean real");
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    let plain = ["minimax", "nonsaturating", "lsgan", "wgan", "hinge", "relativistic"].map(str::to_owned);
    let heads = [
        "kl",
        "reverse_kl",
        "pearson",
        "neyman",
        "hellinger2",
        "tv",
        "jsd",
        "gan",
        "jeffreys",
        "le_cam",
        "k_divergence",
        "arithmetic_geometric",
        "two_jsd",
        "squared_hellinger",
        "js_weighted:0.3",
    ]
    .map(|h| format!("fgan:{h}"));
    for name in plain.iter().chain(&heads) {
        assert_eq!(&name.parse::<Objective>().unwrap().to_string(), name);
    }
    assert_eq!("lsgan:-1,1,0".parse::<Objective>().unwrap().to_string(), "lsgan:-1,1,0");
    assert_eq!("lsgan:0,1,1".parse::<Objective>().unwrap().to_string(), "lsgan");
    for name in ["lsgan:", "lsgan:1", "lsgan:1,1,0", "lsgan:0,inf,1", "lsgan:0,1,1,1"] {
        assert!(matches!(name.parse::<Objective>(), Err(Error::UnknownName { .. })), "{name}");
    }
    for name in ["none", "gp:10", "lp:0.5", "r1:1", "r2:1", "r1r2:0.25"] {
        assert_eq!(name.parse::<Penalty>().unwrap().to_string(), name);
    }
    for name in ["none", "clip:0.01", "spectral"] {
        assert_eq!(name.parse::<Limit>().unwrap().to_string(), name);
    }
    assert!(matches!("gan".parse::<Objective>(), Err(Error::UnknownName { .. })));
    for name in ["", "r3", "gp:", "gp:x", "none:1", "clip:1"] {
        assert!(matches!(name.parse::<Penalty>(), Err(Error::UnknownName { .. })), "{name}");
    }
    for name in ["", "clip:", "clip:x", "none:1", "spectral:2", "gp:1"] {
        assert!(matches!(name.parse::<Limit>(), Err(Error::UnknownName { .. })), "{name}");
    }
    for name in ["gp:0", "r1:inf", "r1:nan", "lp:-1"] {
        assert!(matches!(name.parse::<Penalty>(), Err(Error::OutOfDomain { .. })), "{name}");
    }
    for name in ["clip:-1", "clip:0", "clip:inf"] {
        assert!(matches!(name.parse::<Limit>(), Err(Error::OutOfDomain { .. })), "{name}");
    }
    for name in ["ring8", "grid25", "swissroll"] {
        assert_eq!(name.parse::<Toy>().unwrap().to_string(), name);
    }
    assert!(matches!("ring".parse::<Toy>(), Err(Error::UnknownName { .. })));
}

proptest! {
    /// For any outputs at all, V is at most 0 and the bound lies in [0, ln 2].
    #[test]
    fn the_bound_stays_in_the_range_of_the_divergence(
        r in proptest::collection::vec(-1e3..1e3_f64, 2..20),
        f in proptest::collection::vec(-1e3..1e3_f64, 2..20),
    ) {
        let column = |x: Vec<f64>| Array2::from_shape_vec((x.len(), 1), x).unwrap();
        let value = GameValue::of(column(r).view(), column(f).view());
        prop_assert!(value.value <= 0.0);
        prop_assert!((0.0..=std::f64::consts::LN_2).contains(&value.jsd_lower_bound()));
        prop_assert!((0.0..=1.0).contains(&value.accuracy));
        prop_assert!(value.std_error.is_finite());
    }
}

#[test]
fn nothing_is_proven_from_nothing() {
    let sure = |n: usize, logit: f64| Array2::from_elem((n, 1), logit);
    for (n, m) in [(0, 0), (0, 5), (5, 0)] {
        let game = GameValue::of(sure(n, 9.0).view(), sure(m, -9.0).view());
        assert_eq!((game.value, game.std_error, game.jsd_lower_bound()), (f64::NEG_INFINITY, f64::INFINITY, 0.0));
        assert!((0.0..=1.0).contains(&game.accuracy));
    }
    // one row shows no variance
    for (n, m) in [(1, 1), (1, 5), (5, 1)] {
        let game = GameValue::of(sure(n, 9.0).view(), sure(m, -9.0).view());
        assert!(game.value.is_finite() && game.std_error == f64::INFINITY, "{game:?}");
    }
    assert!(GameValue::of(sure(2, 9.0).view(), sure(2, -9.0).view()).std_error.is_finite());
}
