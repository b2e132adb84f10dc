//! The game: exact losses and gradients, a known optimum, isolation of the players, resumption.
#![allow(clippy::float_cmp)]

use crate::common::oracles::oracle;
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::divergence::FDivergence;
use fenchel::gan::{
    Checkpoint, Config, Constraint, Fit, GameValue, Gan, Head, Objective, Rows, Scored, Source, SpectralNorm, Toy,
};
use fenchel::nn::{Activation, Mlp, Rule, Tape, Var};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use std::ops::ControlFlow;

fn go_on(_: &fenchel::gan::Record) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

// ---- objectives ----

#[test]
fn losses_of_an_undecided_discriminator() {
    let tape = Tape::<f64>::new();
    let zero = tape.leaf(Array2::zeros((5, 1)));
    let game = Objective::NonSaturating;
    oracle("O200").check(game.discriminator_loss(zero, zero).scalar());
    oracle("O201").check(game.generator_loss(zero, zero).scalar());
    let value = GameValue::of(zero.value().view(), zero.value().view());
    oracle("O199").check(value.value);
    assert_eq!((value.jsd_lower_bound(), value.std_error, value.accuracy), (0.0, 0.0, 0.5));
    oracle("O201").check(Objective::Relativistic.discriminator_loss(zero, zero).scalar());
}

#[test]
fn gradients_by_the_logit_where_the_discriminator_is_sure() {
    let tape = Tape::<f64>::new();
    let s = tape.leaf(array![[-10.0]]);
    let by_s = |objective: Objective| objective.generator_loss(s, s).gradients(&[s])[0].scalar();
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
            Objective::LeastSquares,
            0.5 * mean(r, &|s| (s - 1.0).powi(2)) + 0.5 * mean(f, &|s| s * s),
            0.5 * mean(f, &|s| (s - 1.0).powi(2)),
        ),
        (Objective::Wasserstein, mean(f, &|s| s) - mean(r, &|s| s), -mean(f, &|s| s)),
        (Objective::Hinge, mean(r, &|s| (1.0 - s).max(0.0)) + mean(f, &|s| (1.0 + s).max(0.0)), -mean(f, &|s| s)),
        (Objective::Relativistic, pairs(1.0), pairs(-1.0)),
        (Objective::FGan(Head::of(FDivergence::Gan).unwrap()), -v, mean(f, &|s| (1.0 - d(s)).ln())),
    ];
    for (objective, discriminator, generator) in table {
        assert!((objective.discriminator_loss(real, fake).scalar() - discriminator).abs() < 1e-14, "{objective}");
        assert!((objective.generator_loss(real, fake).scalar() - generator).abs() < 1e-14, "{objective}");
    }
    assert!((GameValue::of(real.value().view(), fake.value().view()).value - v).abs() < 1e-14);

    let extreme = tape.leaf(array![[800.0], [-800.0]]);
    for objective in [Objective::Minimax, Objective::NonSaturating, Objective::Relativistic] {
        let loss = objective.discriminator_loss(extreme, -extreme) + objective.generator_loss(extreme, -extreme);
        assert!(loss.scalar().is_finite());
        assert!(loss.gradients(&[extreme])[0].value().iter().all(|g: &f64| g.is_finite()));
    }
}

const HEADS: [FDivergence; 8] = [
    FDivergence::Kl,
    FDivergence::ReverseKl,
    FDivergence::Pearson,
    FDivergence::Neyman,
    FDivergence::Hellinger2,
    FDivergence::TotalVariation,
    FDivergence::Jsd,
    FDivergence::Gan,
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
        assert!(slope.value().iter().all(|&slope| slope >= 0.0), "{head:?}: large outputs must mean real");
    }
}

#[test]
fn names_are_read_as_they_are_written() {
    let plain = ["minimax", "nonsaturating", "lsgan", "wgan", "hinge", "relativistic"].map(str::to_owned);
    let heads =
        ["kl", "reverse_kl", "pearson", "neyman", "hellinger2", "tv", "jsd", "gan"].map(|h| format!("fgan:{h}"));
    for name in plain.iter().chain(&heads) {
        assert_eq!(&name.parse::<Objective>().unwrap().to_string(), name);
    }
    for name in ["none", "clip:0.01", "gp:10", "r1:1", "r1r2:0.25", "spectral"] {
        assert_eq!(name.parse::<Constraint>().unwrap().to_string(), name);
    }
    assert!(matches!("gan".parse::<Objective>(), Err(Error::UnknownName { .. })));
    for name in ["", "r2", "gp:", "gp:x", "none:1", "spectral:2"] {
        assert!(matches!(name.parse::<Constraint>(), Err(Error::UnknownName { .. })), "{name}");
    }
    for name in ["gp:0", "clip:-1", "r1:inf", "r1:nan"] {
        assert!(matches!(name.parse::<Constraint>(), Err(Error::OutOfDomain { .. })), "{name}");
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

// ---- constraints ----

/// The penalties of a critic whose slope is known: `w·x` has gradient `w` everywhere.
#[test]
fn penalties_of_a_linear_critic() {
    let mut network = Mlp::<f64>::new(&[2, 1], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0], [4.0]];
    let tape = Tape::new();
    let bound = network.bind(&tape);
    let real = Scored::new(&bound, tape.leaf(array![[0.0, 1.0], [2.0, 3.0]]));
    let fake = Scored::new(&bound, tape.leaf(array![[5.0, -1.0], [0.5, 0.0]]));
    let mut rng = stream(0, 1);
    let mut penalty = |constraint: Constraint| constraint.penalty(&bound, real, fake, &mut rng);
    assert_eq!(penalty(Constraint::R1(0.2)).unwrap().scalar(), 0.5 * 0.2 * 25.0);
    assert_eq!(penalty(Constraint::R1R2(0.2)).unwrap().scalar(), 0.2 * 25.0);
    assert_eq!(penalty(Constraint::GradientPenalty(10.0)).unwrap().scalar(), 10.0 * 16.0);
    assert!(penalty(Constraint::Clip(0.1)).is_none());
    // λ (‖w‖ - 1)² has gradient 2 λ (‖w‖ - 1) w/‖w‖ = 80 (0.6, 0.8)
    let by_weight = penalty(Constraint::GradientPenalty(10.0)).unwrap().gradients(bound.parameters());
    assert!((by_weight[0].value()[[0, 0]] - 48.0).abs() < 1e-12);
    assert!((by_weight[0].value()[[1, 0]] - 64.0).abs() < 1e-12);
    assert_eq!(by_weight[1].scalar(), 0.0);
}

#[test]
fn spectral_norm_of_a_known_matrix() {
    let mut network = Mlp::<f64>::new(&[2, 2], Activation::Linear, Activation::Linear, &mut stream(0, 0));
    network.layers[0].weight = array![[3.0, 0.0], [4.0, 5.0]];
    let mut norm = SpectralNorm::new(&network, 20, &mut stream(0, 1));
    oracle("O209").check_all(&norm.values(&network));
    let tape = Tape::new();
    let bound = norm.normalise(&network, network.bind(&tape));
    let weight = bound.forward(tape.leaf(Array2::eye(2)));
    let largest = fenchel::linalg::singular_values(weight.value().view()).unwrap()[0];
    assert!((largest - 1.0).abs() < 1e-12);
    // a weight divided by its norm does not change when it is scaled: the gradient has no component along it
    let by_weight = weight.square().sum().gradients(bound.parameters())[0].value();
    let along: f64 = by_weight.iter().zip(&network.layers[0].weight).map(|(g, w)| g * w).sum();
    assert!(along.abs() < 1e-10 && by_weight.iter().any(|g| g.abs() > 0.01), "{along}");
}

#[test]
fn constrained_discriminators_keep_their_promise() {
    let far = |mean: f64| Normal { mean, deviation: 0.3 };
    let fit = |constraint| Fit {
        objective: Objective::Wasserstein,
        constraint,
        activation: Activation::LeakyRelu(0.2),
        steps: 200,
        ..Fit::default()
    };
    let spectral = fit(Constraint::Spectral).run(&far(0.0), &far(3.0)).unwrap();
    let x = Array2::from_shape_fn((400, 1), |(i, _)| -4.0 + 0.03 * i as f64);
    let y = spectral.outputs(x.view());
    let steepest = y.windows(2).into_iter().map(|w| (w[1] - w[0]).abs() / 0.03).fold(0.0, f64::max);
    assert!((0.2..=1.001).contains(&steepest), "Lipschitz constant {steepest}");

    let clipped = fit(Constraint::Clip(0.01)).run(&far(0.0), &far(3.0)).unwrap();
    assert!(clipped.network().parameters().all(|w| w.iter().all(|w| w.abs() <= 0.01)));

    let penalised = fit(Constraint::GradientPenalty(10.0)).run(&far(0.0), &far(3.0)).unwrap();
    let y = penalised.outputs(array![[0.5], [2.5]].view());
    let slope = (y[0] - y[1]) / 2.0;
    assert!((slope - 1.0).abs() < 0.15, "slope {slope} between the laws; the Kantorovich potential has slope 1");
}

// ---- a known optimum ----

struct Normal {
    mean: f64,
    deviation: f64,
}

impl Source for Normal {
    fn dimension(&self) -> usize {
        1
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        Array2::from_shape_simple_fn((n, 1), || {
            (self.mean + self.deviation * rng.sample::<f64, _>(StandardNormal)) as f32
        })
    }
}

/// `V` of a discriminator between N(0, 1) and N(1, 1) by the trapezoidal rule, exact to rounding for smooth integrands.
fn value_by_quadrature(outputs: impl Fn(f64) -> f64) -> f64 {
    let h = 0.01;
    let density = |x: f64| (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt();
    let softplus = fenchel::numeric::softplus;
    (-900..=1000)
        .map(|i| h * f64::from(i))
        .map(|x| -h * (density(x) * softplus(-outputs(x)) + density(x - 1.0) * softplus(outputs(x))))
        .sum()
}

#[test]
fn a_trained_discriminator_reaches_the_optimum_between_two_normals() {
    let (p, q) = (Normal { mean: 0.0, deviation: 1.0 }, Normal { mean: 1.0, deviation: 1.0 });
    assert!((value_by_quadrature(|x| 0.5 - x) - oracle("O085").value()).abs() < 1e-10);
    for hidden in [vec![], vec![32, 32]] {
        let d = Fit { hidden, ..Fit::default() }.run(&p, &q).unwrap();
        let logit = |x: f64| d.outputs(array![[x]].view())[0];
        let value = value_by_quadrature(logit);
        assert!(value <= oracle("O085").value() + 1e-12, "no discriminator exceeds V(D*)");
        assert!(value > oracle("O085").value() - 1e-3, "V = {value}");
        let at_zero = fenchel::numeric::sigmoid(logit(0.0));
        assert!((at_zero - oracle("O093").value()).abs() < 0.02, "D(0) = {at_zero}");
        // on fresh samples V is within its standard error of the integral, and so proves its bound
        let mut rng = stream(9, 9);
        let sample = |law: &Normal, rng: &mut ChaCha8Rng| d.outputs(law.draw(20_000, rng).mapv(f64::from).view());
        let (real, fake) = (sample(&p, &mut rng), sample(&q, &mut rng));
        let column = |x: &ndarray::Array1<f64>| x.clone().insert_axis(ndarray::Axis(1));
        let game = GameValue::of(column(&real).view(), column(&fake).view());
        assert!((game.value - value).abs() < 4.0 * game.std_error, "{game:?} against {value}");
        assert!(game.jsd_lower_bound() - 2.0 * game.std_error < oracle("O084").value());
        // Bayes: (1 + TV)/2 = Φ(1/2)
        assert!((game.accuracy - 0.691_462_461_274_013).abs() < 0.01);
    }
}

/// Kantorovich duality: under the penalty the critic's value approaches W1 = 3 of two laws three apart.
#[test]
fn a_linear_clipped_critic_scales_the_distance_by_its_bound() {
    let point = |x: f64| Rows::new(array![[x]].view()).unwrap();
    let fit = Fit {
        objective: Objective::Wasserstein,
        constraint: Constraint::Clip(0.01),
        hidden: vec![],
        steps: 100,
        ..Fit::default()
    };
    let critic = fit.run(&point(0.0), &point(3.0)).unwrap();
    let y = critic.outputs(array![[0.0], [3.0]].view());
    assert!((y[0] - y[1] - oracle("O181").value()).abs() < 1e-8);
}

// ---- the Dirac game ----

/// The Jacobian of one step of the game `D(x) = psi x`, `G = theta`, data at 0, at the fixed point, column by column from
/// steps that start next to it. The game is written on the tape with the library's losses.
fn dirac_step(theta: f64, psi: f64, h: f64, alternating: bool, gamma: f64) -> (f64, f64) {
    let gradients = |theta: f64, psi: f64| {
        let tape = Tape::<f64>::new();
        let (g, d) = (tape.leaf(array![[theta]]), tape.leaf(array![[psi]]));
        let x = tape.leaf(array![[0.0]]);
        let outputs: (Var<'_, f64>, Var<'_, f64>) = (x * d, g * d);
        let slopes = Scored { points: x, outputs: outputs.0 }.squared_slopes().mean().scale(0.5 * gamma);
        let for_d = Objective::Minimax.discriminator_loss(outputs.0, outputs.1) + slopes;
        let for_g = Objective::Minimax.generator_loss(outputs.0, outputs.1);
        (for_g.gradients(&[g])[0].scalar(), for_d.gradients(&[d])[0].scalar())
    };
    let (by_theta, by_psi) = gradients(theta, psi);
    if alternating {
        let psi = psi - h * by_psi;
        (theta - h * gradients(theta, psi).0, psi)
    } else {
        (theta - h * by_theta, psi - h * by_psi)
    }
}

/// Trace and determinant of the Jacobian at the fixed point.
fn dirac_jacobian(h: f64, alternating: bool, gamma: f64) -> (f64, f64) {
    let e = 1e-6;
    let (a, c) = dirac_step(e, 0.0, h, alternating, gamma);
    let (b, d) = dirac_step(0.0, e, h, alternating, gamma);
    ((a + d) / e, (a * d - b * c) / (e * e))
}

#[test]
fn the_dirac_game_turns_as_the_theory_says() {
    // complex eigenvalues: |λ|² is the determinant
    let (trace, det) = dirac_jacobian(0.1, false, 0.0);
    assert!(trace * trace < 4.0 * det);
    assert!((det.sqrt() - oracle("O176").value()).abs() < 1e-9, "simultaneous steps spiral out: {}", det.sqrt());
    for h in [0.1, 1.0, 3.0] {
        let (_, det) = dirac_jacobian(h, true, 0.0);
        assert!((det.sqrt() - oracle("O197").value()).abs() < 1e-9, "alternating steps circle: {}", det.sqrt());
    }
    // with R1 the step is 1 + hλ, λ = -γ/2 ± √(γ²/4 - 1/4): at γ = 1 a double root
    let h = 0.1;
    let (trace, det) = dirac_jacobian(h, false, 1.0);
    assert!(((trace / 2.0 - 1.0) / h - oracle("O177").value()).abs() < 1e-8);
    assert!((trace * trace - 4.0 * det).abs() < 1e-8, "the roots coincide");
}

// ---- the loop ----

fn small() -> Config {
    Config { generator_hidden: vec![16, 16], discriminator_hidden: vec![16, 16], batch: 32, ..Config::ring8() }
}

#[test]
fn a_players_step_leaves_the_other_player_alone() {
    for (objective, constraint) in [
        (Objective::NonSaturating, Constraint::R1(0.001)),
        (Objective::Relativistic, Constraint::R1(0.001)),
        (Objective::NonSaturating, Constraint::Spectral),
    ] {
        let mut gan = Gan::new(Config { objective, constraint, ..small() }, Toy::ring8()).unwrap();
        for _ in 0..3 {
            let (g, d) = (gan.generator().clone(), gan.discriminator().clone());
            gan.discriminator_step().unwrap();
            assert_eq!(gan.generator(), &g);
            assert_ne!(gan.discriminator(), &d);
            let d = gan.discriminator().clone();
            gan.generator_step().unwrap();
            assert_eq!(gan.discriminator(), &d);
            assert_ne!(gan.generator(), &g);
        }
    }
}

#[test]
fn a_generator_step_is_the_gradient_of_its_loss() {
    let config = Config {
        objective: Objective::NonSaturating,
        constraint: Constraint::None,
        generator_rule: Rule::gradient_descent(0.1),
        discriminator_rule: Rule::gradient_descent(0.1),
        batch: 4,
        ..small()
    };
    let mut gan = Gan::new(config, Toy::ring8()).unwrap();
    let (before, critic) = (gan.generator().clone(), gan.discriminator().network().clone());
    gan.generator_step().unwrap();
    // the same step by hand, in f64, with the noise the run drew: stream 3 of its seed
    let noise: Array2<f32> = {
        let mut rng = stream(0, 3);
        Array2::from_shape_simple_fn((4, 2), || rng.sample::<f64, _>(StandardNormal) as f32)
    };
    let wide = |net: &Mlp<f32>| -> Mlp<f64> { serde_json::from_value(serde_json::to_value(net).unwrap()).unwrap() };
    let tape = Tape::<f64>::new();
    let (g, d) = (wide(&before).bind(&tape), wide(&critic).bind(&tape));
    let loss = (-d.forward(g.forward(tape.leaf(noise.mapv(f64::from))))).softplus().mean();
    for ((new, old), gradient) in gan.generator().parameters().zip(before.parameters()).zip(g.gradients(loss)) {
        for ((new, old), gradient) in new.iter().zip(old).zip(gradient.iter()) {
            assert!((f64::from(*new) - (f64::from(*old) - 0.1 * gradient)).abs() < 1e-6);
        }
    }
}

#[test]
fn a_step_plays_k_to_one_and_counts() {
    let mut gan = Gan::new(Config { discriminator_steps: 3, ..small() }, Toy::grid25()).unwrap();
    let record = gan.step().unwrap();
    assert_eq!((record.step, gan.steps()), (1, 1));
    let state = serde_json::to_value(gan.checkpoint()).unwrap();
    assert_eq!(state["state"]["discriminator"]["optimizer"]["steps"], 3);
    assert_eq!(state["state"]["generator_optimizer"]["steps"], 1);
}

#[test]
fn a_resumed_run_has_the_bits_of_an_uninterrupted_one() {
    let constraints = [Constraint::None, Constraint::GradientPenalty(0.1), Constraint::R1R2(1.0), Constraint::Spectral];
    for constraint in constraints {
        let config = Config { constraint, ..small() };
        let mut whole = Gan::new(config.clone(), Toy::ring8()).unwrap();
        let mut records = Vec::new();
        whole.train(130, |record| {
            records.push(*record);
            ControlFlow::Continue(())
        });

        let mut first = Gan::new(config, Toy::ring8()).unwrap();
        first.train(57, go_on);
        let written = serde_json::to_vec(&first.checkpoint()).unwrap();
        drop(first);
        let read: Checkpoint = serde_json::from_slice(&written).unwrap();
        assert_eq!(read.steps(), 57);
        let mut second = Gan::resume(read, Toy::ring8()).unwrap();
        let mut rest = Vec::new();
        assert_eq!(
            second.train(130, |record| {
                rest.push(*record);
                ControlFlow::Continue(())
            }),
            Status::IterationLimit
        );
        assert_eq!(rest, records[57..]);
        assert_eq!(second.checkpoint(), whole.checkpoint());
        let sample = |gan: &Gan| gan.generate(50, &mut stream(4, 4));
        assert_eq!(sample(&second), sample(&whole));
    }
}

#[test]
fn the_number_of_threads_changes_no_bit() {
    let run = || {
        let mut gan = Gan::new(small(), Toy::ring8()).unwrap();
        gan.train(20, go_on);
        gan.checkpoint()
    };
    let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    assert_eq!(pool(1).install(run), pool(2).install(run));
    let other = Gan::new(Config { seed: 1, ..small() }, Toy::ring8()).unwrap();
    assert_ne!(other.generator(), Gan::new(small(), Toy::ring8()).unwrap().generator());
}

#[test]
fn an_observer_can_stop_the_run() {
    let mut gan = Gan::new(small(), Toy::swiss_roll()).unwrap();
    let status =
        gan.train(100, |record| if record.step == 5 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) });
    assert_eq!((status, gan.steps()), (Status::Interrupted, 5));
}

#[test]
fn divergence_is_a_status_and_the_last_good_state_is_kept() {
    let config = Config {
        objective: Objective::Wasserstein,
        constraint: Constraint::None,
        discriminator_rule: Rule::gradient_descent(1e6),
        generator_rule: Rule::gradient_descent(1e6),
        ..small()
    };
    let mut gan = Gan::new(config, Toy::ring8()).unwrap();
    assert_eq!(gan.train(1000, go_on), Status::Diverged);
    assert!(gan.diverged_at().is_some_and(|step| step < 1000));
    assert!(gan.step().is_none());
    assert!(gan.generate(20, &mut stream(0, 0)).iter().all(|x| x.is_finite()));
    assert!(gan.generator().parameters().all(|w| w.iter().all(|w| w.is_finite())));
}

#[test]
fn bad_configurations_and_data_are_refused() {
    let refused = |config: Config| Gan::new(config, Toy::ring8()).unwrap_err();
    assert!(matches!(refused(Config { batch: 0, ..small() }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(Config { latent: 0, ..small() }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(Config { discriminator_steps: 0, ..small() }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(Config { averaging: Some(1.0), ..small() }), Error::OutOfDomain { .. }));
    assert!(matches!(refused(Config { constraint: Constraint::R1(f64::NAN), ..small() }), Error::OutOfDomain { .. }));
    assert!(matches!(
        refused(Config { generator_rule: Rule::adam(1e-3, 1.0, 0.9), ..small() }),
        Error::OutOfDomain { .. }
    ));
    // networks compute in f32, where these are 0 and infinite
    for rule in [
        Rule::Adam { rate: 1e-3, beta1: 0.5, beta2: 0.9, epsilon: 1e-60 },
        Rule::RmsProp { rate: 1e-3, decay: 0.9, epsilon: 1e-60 },
        Rule::gradient_descent(1e-60),
        Rule::gradient_descent(1e60),
    ] {
        let config = Config { discriminator_rule: rule, ..small() };
        assert!(matches!(refused(config), Error::OutOfDomain { .. }), "{rule:?}");
    }
    assert!(matches!(Rows::new(Array2::zeros((0, 3)).view()), Err(Error::TooFew { .. })));
    assert!(matches!(Rows::new(array![[1.0, f64::NAN]].view()), Err(Error::NotFinite { .. })));
    assert!(matches!(Rows::new(array![[1e300]].view()), Err(Error::NotFinite { .. })));

    let checkpoint = Gan::new(small(), Toy::ring8()).unwrap().checkpoint();
    let wide = Rows::new(Array2::zeros((4, 3)).view()).unwrap();
    assert!(matches!(Gan::resume(checkpoint.clone(), wide), Err(Error::SizeMismatch { .. })));
    let mut broken = checkpoint.clone();
    broken.config.generator_hidden = vec![17, 16];
    assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })));
    let mut broken = checkpoint.clone();
    broken.config.constraint = Constraint::Spectral;
    assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })));

    // what the configuration does not show
    let written = serde_json::to_value(&checkpoint).unwrap();
    let read = |written: &serde_json::Value| -> Checkpoint { serde_json::from_str(&written.to_string()).unwrap() };
    assert!(Gan::resume(read(&written), Toy::ring8()).is_ok());
    for (path, value) in [
        ("/state/generator/layers/0/activation", serde_json::json!("tanh")),
        ("/state/generator/layers/2/activation", serde_json::json!("tanh")),
        ("/state/average/layers/1/activation", serde_json::json!("relu")),
        ("/state/discriminator/network/layers/0/activation", serde_json::json!("tanh")),
        ("/state/discriminator/network/layers/2/activation", serde_json::json!("sigmoid")),
        ("/state/generator_optimizer/rule/adam/rate", serde_json::json!(-5.0)),
        ("/state/discriminator/optimizer/rule/adam/beta1", serde_json::json!(0.25)),
        ("/state/steps", serde_json::json!(u64::MAX)),
        ("/state/generator_optimizer/steps", serde_json::json!(u64::MAX)),
        ("/state/data/stream", serde_json::json!(7)),
        ("/config/seed", serde_json::json!(1)),
        ("/config/latent", serde_json::json!(3)),
    ] {
        let mut broken = written.clone();
        *broken.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
        let broken = read(&broken);
        assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })), "{path}");
    }
}

/// What no machine has is refused before any of it is taken.
#[test]
fn sizes_beyond_all_memory_are_refused() {
    let huge = 10_usize.pow(18);
    for config in [
        Config { batch: huge, ..small() },
        Config { latent: huge, ..small() },
        Config { generator_hidden: vec![huge, huge], ..small() },
        Config { discriminator_hidden: vec![16, usize::MAX], ..small() },
    ] {
        let Err(Error::Unsupported { what, why }) = Gan::new(config.clone(), Toy::ring8()) else {
            panic!("{config:?} is not refused");
        };
        assert!(what.contains("batch") && why.contains("take a smaller batch"), "{what}: {why}");
    }
    let endless = Config { discriminator_steps: huge, ..small() };
    assert!(matches!(Gan::new(endless, Toy::ring8()), Err(Error::OutOfDomain { .. })));
    let steep = Config { activation: Activation::LeakyRelu(1e300), ..small() };
    assert!(matches!(Gan::new(steep, Toy::ring8()), Err(Error::OutOfDomain { .. })));

    // a checkpoint with such a batch
    let checkpoint = Gan::new(small(), Toy::ring8()).unwrap().checkpoint();
    let mut broken = checkpoint;
    broken.config.batch = huge;
    assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Unsupported { .. })));
}

/// The memory of an optimiser is such as gradients leave, or it is refused.
#[test]
fn a_memory_that_no_gradients_leave_is_refused() {
    let mut gan = Gan::new(small(), Toy::ring8()).unwrap();
    gan.train(3, |_| ControlFlow::Continue(()));
    let written = serde_json::to_value(gan.checkpoint()).unwrap();
    for path in ["/state/generator_optimizer/square/0/data/0", "/state/discriminator/optimizer/square/1/data/0"] {
        let mut broken = written.clone();
        *broken.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = serde_json::json!(-1.0);
        let broken: Checkpoint = serde_json::from_str(&broken.to_string()).unwrap();
        assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })), "{path}");
    }
}

#[test]
#[should_panic(expected = "at least one mode")]
fn a_ring_without_modes_has_no_samples() {
    let _ = Toy::Ring { modes: 0, radius: 1.0, sigma: 0.1 }.sample(1, &mut stream(0, 0));
}
