//! Options of the plain game: who moves when, packs, and noise on samples.

use fenchel::Error;
use fenchel::gan::{Config, GameValue, Gan, Moves, Objective, Penalty, Schedule, Toy};
use fenchel::nn::{Layers, Rule};
use fenchel::numeric::stream;
use ndarray::{Array2, Axis};
use std::ops::ControlFlow;

fn small() -> Config {
    Config {
        generator_hidden: Layers::leaky(&[8]),
        discriminator_hidden: Layers::leaky(&[8]),
        batch: 16,
        averaging: None,
        ..Config::plain()
    }
}

fn stepped(config: Config) -> Gan {
    let mut gan = Gan::new(config, Toy::ring8()).unwrap();
    gan.step().unwrap();
    gan
}

#[test]
fn players_that_move_at_once_see_each_other_where_they_were() {
    let alternating = small();
    let at_once = stepped(Config { moves: Moves::Simultaneous, ..alternating.clone() });
    // the discriminator moves first, so it does not matter to it
    let in_turn = stepped(alternating.clone());
    assert_eq!(at_once.discriminator(), in_turn.discriminator());
    assert_ne!(at_once.generator(), in_turn.generator());
    // the generator moves as against a discriminator that stood still
    let still = Config { discriminator_rule: Rule::gradient_descent(1e-30), ..alternating };
    assert_eq!(at_once.generator(), stepped(still).generator());
}

#[test]
fn each_player_takes_its_own_number_of_steps() {
    let gan = stepped(Config { discriminator_steps: 3, generator_steps: 2, ..small() });
    let state = serde_json::to_value(gan.checkpoint()).unwrap();
    assert_eq!(state["game"]["discriminator"]["optimizer"]["steps"], 3);
    assert_eq!(state["game"]["generator"]["optimizer"]["steps"], 2);
    // two steps of the generator are two steps of the generator
    let mut by_hand = Gan::new(small(), Toy::ring8()).unwrap();
    for _ in 0..3 {
        by_hand.discriminator_step().unwrap();
    }
    for _ in 0..2 {
        by_hand.generator_step().unwrap();
    }
    assert_eq!((by_hand.generator(), by_hand.discriminator()), (gan.generator(), gan.discriminator()));
}

#[test]
fn a_discriminator_judges_samples_side_by_side() {
    let config = Config { packed: 4, penalty: Penalty::Gradient(0.1), ..small() };
    let mut gan = Gan::new(config.clone(), Toy::ring8()).unwrap();
    assert_eq!(gan.discriminator().network().inputs(), 8);
    assert_eq!(gan.train(5, |_| ControlFlow::Continue(())), fenchel::certificate::Status::IterationLimit);
    // V of eleven rows is that of two packs
    let (real, fake) = (Toy::ring8().sample(11, &mut stream(1, 0)), gan.generate(11, &mut stream(1, 1)));
    let logits = |x: &Array2<f64>| {
        let packs = Array2::from_shape_fn((2, 8), |(i, j)| x[[4 * i + j / 2, j % 2]]);
        gan.discriminator().outputs(packs.view()).insert_axis(Axis(1))
    };
    let value = gan.value(real.view(), fake.view());
    assert_eq!(value, GameValue::of(logits(&real).view(), logits(&fake).view()));
    assert_eq!(gan.generate(3, &mut stream(0, 0)).dim(), (3, 2), "samples come alone");

    for packed in [0, 3, 32] {
        let refused = Gan::new(Config { packed, ..config.clone() }, Toy::ring8());
        assert!(matches!(refused, Err(Error::OutOfDomain { .. })), "{packed}");
    }
}

#[test]
fn noise_on_samples_fades_as_planned() {
    let noisy = Config { instance_noise: 0.5, steps: 4, ..small() };
    assert_ne!(stepped(noisy.clone()).discriminator(), stepped(small()).discriminator());
    // none is drawn where there is none, so nobody's numbers shift
    let quiet = Config { instance_noise: 0.0, ..noisy.clone() };
    let state = |gan: &Gan| serde_json::to_value(gan.checkpoint()).unwrap();
    let drawn = |gan: &Gan| state(gan)["streams"]["open"]["5"].clone();
    assert!(drawn(&stepped(quiet)).is_null());
    let mut gan = stepped(noisy.clone());
    assert!(!drawn(&gan).is_null());
    // it is gone at the end of the plan
    gan.train(4, |_| ControlFlow::Continue(()));
    let before = drawn(&gan);
    gan.step().unwrap();
    assert_eq!(drawn(&gan), before);
    let constant = Config { noise_schedule: Schedule::Constant, ..noisy };
    let mut gan = stepped(constant);
    gan.train(4, |_| ControlFlow::Continue(()));
    let before = drawn(&gan);
    gan.step().unwrap();
    assert_ne!(drawn(&gan), before);
}

/// Noise has the deviation that was asked for: a linear discriminator's least-squares loss rises by half of `|w|² σ²` for either kind
/// of samples.
#[test]
fn noise_has_its_deviation() {
    let linear = Config {
        objective: "lsgan".parse().unwrap(),
        penalty: Penalty::None,
        discriminator_hidden: Layers(Vec::new()),
        batch: 40_000,
        ..small()
    };
    let loss = |instance_noise: f64| {
        let mut gan = Gan::new(Config { instance_noise, ..linear.clone() }, Toy::ring8()).unwrap();
        let weight = gan.discriminator().network().layers[0].weight.mapv(f64::from);
        (gan.discriminator_step().unwrap().loss, weight.mapv(|w| w * w).sum())
    };
    let ((quiet, length), (noisy, _)) = (loss(0.0), loss(0.5));
    // both kinds of samples get noise, and each has a half before its square
    let expected = length * 0.25;
    assert!(((noisy - quiet) / expected - 1.0).abs() < 0.05, "{} is not {expected}", noisy - quiet);
}

#[test]
fn labels_are_smoothed_where_there_are_any() {
    let first = |config: Config| Gan::new(config, Toy::ring8()).unwrap().discriminator_step().unwrap();
    let (sharp, smooth) = (first(small()), first(Config { real_label: 0.9, fake_label: 0.2, ..small() }));
    assert!((sharp.loss - smooth.loss).abs() > 1e-6);
    // V is that of the outputs, whatever the labels
    assert_eq!(sharp.value, smooth.value);
    for config in [
        Config { real_label: 0.9, objective: Objective::Hinge, ..small() },
        Config { fake_label: 0.1, objective: Objective::Relativistic, ..small() },
        Config { moves: Moves::Simultaneous, discriminator_steps: 2, ..small() },
    ] {
        assert!(matches!(Gan::new(config, Toy::ring8()), Err(Error::Unsupported { .. })));
    }
    for config in [
        Config { real_label: 0.5, ..small() },
        Config { real_label: 1.1, ..small() },
        Config { fake_label: 0.5, ..small() },
        Config { fake_label: -0.1, ..small() },
        Config { instance_noise: f64::NAN, ..small() },
        Config { generator_steps: 0, ..small() },
        Config { clipping: Some(-1.0), ..small() },
    ] {
        assert!(matches!(Gan::new(config.clone(), Toy::ring8()), Err(Error::OutOfDomain { .. })), "{config:?}");
    }
}
