//! The loop: isolation of the players, resumption, early ends, refusals.

use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::gan::{Checkpoint, Config, Gan, Limit, Objective, Penalty, Plain, Rows, Toy};
use fenchel::nn::{Activation, Layers, Mlp, Rule, Tape};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use rand::RngExt;
use rand_distr::StandardNormal;
use std::ops::ControlFlow;

fn go_on(_: &fenchel::gan::Record) -> ControlFlow<()> {
    ControlFlow::Continue(())
}

fn small() -> Config {
    Config {
        generator_hidden: Layers::leaky(&[16, 16]),
        discriminator_hidden: Layers::leaky(&[16, 16]),
        batch: 32,
        ..Config::plain()
    }
}

#[test]
fn a_players_step_leaves_the_other_player_alone() {
    for (objective, limit) in [
        (Objective::NonSaturating, Limit::None),
        (Objective::Relativistic, Limit::None),
        (Objective::NonSaturating, Limit::Spectral),
    ] {
        let mut gan = Gan::new(Config { objective, limit, ..small() }, Toy::ring8()).unwrap();
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
        penalty: Penalty::None,
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
    assert_eq!(state["game"]["discriminator"]["optimizer"]["steps"], 3);
    assert_eq!(state["game"]["generator"]["optimizer"]["steps"], 1);
}

#[test]
fn a_resumed_run_has_the_bits_of_an_uninterrupted_one() {
    let kept = [
        (Penalty::None, Limit::None),
        (Penalty::Gradient(0.1), Limit::None),
        (Penalty::R1R2(1.0), Limit::Clip(0.1)),
        (Penalty::R1(1.0), Limit::Spectral),
    ];
    for (penalty, limit) in kept {
        let config = Config { penalty, limit, ..small() };
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
        let read: Checkpoint<Plain> = serde_json::from_slice(&written).unwrap();
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
        penalty: Penalty::None,
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
    assert!(matches!(refused(Config { penalty: Penalty::R1(f64::NAN), ..small() }), Error::OutOfDomain { .. }));
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
    // faults that the configuration does not show
    let mut gan = Gan::new(small(), Toy::ring8()).unwrap();
    gan.train(1, go_on);
    let written = serde_json::to_value(gan.checkpoint()).unwrap();
    let read =
        |written: &serde_json::Value| -> Checkpoint<Plain> { serde_json::from_str(&written.to_string()).unwrap() };
    assert!(Gan::resume(read(&written), Toy::ring8()).is_ok());
    for (path, value) in [
        ("/game/config/generator_hidden", serde_json::json!("17, 16")),
        ("/game/config/limit", serde_json::json!("spectral")),
        ("/game/config/averaging", serde_json::json!(0.5)),
        ("/game/config/packed", serde_json::json!(2)),
        ("/game/generator/network/layers/0/activation", serde_json::json!("tanh")),
        ("/game/generator/network/layers/2/activation", serde_json::json!("tanh")),
        ("/game/generator/average/layers/1/activation", serde_json::json!("relu")),
        ("/game/generator/average", serde_json::json!(null)),
        ("/game/discriminator/network/free/layers/0/activation", serde_json::json!("tanh")),
        ("/game/discriminator/network/free/layers/2/activation", serde_json::json!("sigmoid")),
        ("/game/generator/optimizer/rule/adam/rate", serde_json::json!(-5.0)),
        ("/game/discriminator/optimizer/rule/adam/beta1", serde_json::json!(0.25)),
        ("/game/discriminator/learning/rule/adam/beta1", serde_json::json!(0.25)),
        ("/steps", serde_json::json!(u64::MAX)),
        ("/game/generator/optimizer/steps", serde_json::json!(u64::MAX)),
        ("/streams/open/2/stream", serde_json::json!(7)),
        ("/streams/seed", serde_json::json!(1)),
        ("/game/config/seed", serde_json::json!(1)),
        ("/game/config/latent", serde_json::json!(3)),
    ] {
        let mut broken = written.clone();
        *broken.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = value;
        let broken = read(&broken);
        assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })), "{path}");
    }
}

/// Sizes beyond any machine are refused before memory is taken.
#[test]
fn sizes_beyond_all_memory_are_refused() {
    let huge = 10_usize.pow(18);
    for config in [
        Config { batch: huge, ..small() },
        Config { latent: huge, ..small() },
        Config { generator_hidden: Layers::leaky(&[huge, huge]), ..small() },
        Config { discriminator_hidden: Layers::leaky(&[16, usize::MAX]), ..small() },
        Config { batch: huge, packed: huge, ..small() },
    ] {
        let Err(Error::Unsupported { what, why }) = Gan::new(config.clone(), Toy::ring8()) else {
            panic!("{config:?} is not refused");
        };
        assert!(what.contains("batch") && why.contains("take a smaller batch"), "{what}: {why}");
    }
    let endless = Config { discriminator_steps: huge, ..small() };
    assert!(matches!(Gan::new(endless, Toy::ring8()), Err(Error::OutOfDomain { .. })));
    let steep = Config { generator_hidden: Layers::new(&[4], Activation::LeakyRelu(1e300)), ..small() };
    assert!(matches!(Gan::new(steep, Toy::ring8()), Err(Error::OutOfDomain { .. })));

    // a checkpoint with such a batch
    let mut broken = serde_json::to_value(Gan::new(small(), Toy::ring8()).unwrap().checkpoint()).unwrap();
    *broken.pointer_mut("/game/config/batch").unwrap() = serde_json::json!(huge);
    let broken: Checkpoint<Plain> = serde_json::from_value(broken).unwrap();
    assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Unsupported { .. })));
}

/// The memory of an optimiser is such as gradients leave, or it is refused.
#[test]
fn a_memory_that_no_gradients_leave_is_refused() {
    let mut gan = Gan::new(small(), Toy::ring8()).unwrap();
    gan.train(3, |_| ControlFlow::Continue(()));
    let written = serde_json::to_value(gan.checkpoint()).unwrap();
    for path in ["/game/generator/optimizer/square/0/data/0", "/game/discriminator/optimizer/square/1/data/0"] {
        let mut broken = written.clone();
        *broken.pointer_mut(path).unwrap_or_else(|| panic!("no {path}")) = serde_json::json!(-1.0);
        let broken: Checkpoint<Plain> = serde_json::from_str(&broken.to_string()).unwrap();
        assert!(matches!(Gan::resume(broken, Toy::ring8()), Err(Error::Infeasible { .. })), "{path}");
    }
}

#[test]
#[should_panic(expected = "at least one mode")]
fn a_ring_without_modes_has_no_samples() {
    let _ = Toy::Ring { modes: 0, radius: 1.0, sigma: 0.1 }.sample(1, &mut stream(0, 0));
}

/// What the fuzzers start from is taken, so that they look further than at the first check.
#[test]
fn seeds_of_the_fuzzers_are_taken() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let texts = |target: &str| {
        let files = std::fs::read_dir(folder.join(target)).unwrap();
        files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap()).collect::<Vec<String>>()
    };
    for text in texts("config") {
        let config: Config = serde_json::from_str(&text).unwrap();
        assert!(Gan::new(config, Toy::ring8()).is_ok(), "{text}");
    }
    for text in texts("checkpoint") {
        let checkpoint: Checkpoint<Plain> = serde_json::from_str(&text).unwrap();
        assert!(Gan::resume(checkpoint, Toy::ring8()).unwrap().step().is_some());
    }
}
