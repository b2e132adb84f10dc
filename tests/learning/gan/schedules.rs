//! Rates and strengths that change over a run, and the units that networks see.

use fenchel::gan::{Config, Gan, Objective, Penalty, Schedule, Source, Toy};
use fenchel::nn::{Layers, Rule};
use fenchel::numeric::stream;
use ndarray::Array2;
use std::ops::ControlFlow;

#[test]
fn factors_are_those_of_their_formulas() {
    for (text, at) in [
        ("constant", [1.0, 1.0, 1.0]),
        ("linear", [1.0, 0.75, 0.0]),
        ("cosine", [1.0, 0.5 + 0.5f64.sqrt() / 2.0, 0.0]),
        ("geometric:0.0001", [1.0, 0.1, 1e-4]),
    ] {
        let schedule: Schedule = text.parse().unwrap();
        assert_eq!(schedule.to_string(), text);
        for (t, factor) in [0.0, 0.25, 1.0].into_iter().zip(at) {
            assert!((schedule.factor(t) - factor).abs() < 1e-15, "{text} at {t}: {}", schedule.factor(t));
        }
        // what comes before and after the run is as its ends
        assert_eq!([schedule.factor(-1.0), schedule.factor(2.0)], [schedule.factor(0.0), schedule.factor(1.0)]);
        assert_eq!(schedule.ends_at_zero(), schedule.factor(1.0) < 1e-12);
    }
    for text in ["", "cosin", "geometric", "geometric:", "geometric:0", "geometric:-1", "geometric:inf", "linear:2"] {
        assert!(text.parse::<Schedule>().is_err(), "{text}");
    }
}

/// With plain gradient descent a step is the rate times the gradient, so the rates of two runs can be seen in their weights.
#[test]
fn a_step_has_the_length_of_its_place_in_the_run() {
    let config = Config {
        objective: Objective::NonSaturating,
        penalty: Penalty::None,
        generator_hidden: Layers::leaky(&[4]),
        discriminator_hidden: Layers::leaky(&[4]),
        batch: 8,
        generator_rule: Rule::gradient_descent(0.1),
        discriminator_rule: Rule::gradient_descent(0.1),
        rate: Schedule::Linear,
        steps: 4,
        ..Config::plain()
    };
    let moved = |config: &Config| {
        let mut gan = Gan::new(config.clone(), Toy::ring8()).unwrap();
        gan.step().unwrap();
        let before: Vec<Array2<f32>> = gan.generator().parameters().cloned().collect();
        gan.generator_step().unwrap();
        let change = gan.generator().parameters().zip(&before).map(|(new, old)| (new - old).mapv(f64::from));
        change.flat_map(|change| change.into_iter()).collect::<Vec<f64>>()
    };
    // the first step is at the full rate in both; the second is at three quarters of it
    let (falling, constant) = (moved(&config), moved(&Config { rate: Schedule::Constant, ..config.clone() }));
    assert!(constant.iter().any(|x| x.abs() > 1e-4));
    for (a, b) in falling.iter().zip(&constant) {
        assert!((a - 0.75 * b).abs() < 1e-6, "{a} is not 3/4 of {b}");
    }
}

#[test]
fn a_penalty_fades_as_planned() {
    let config = Config { penalty: Penalty::R1(2.0), strength: Schedule::Geometric(1e-6), steps: 2, ..Config::plain() };
    let penalties = |config: Config| {
        let mut gan = Gan::new(config, Toy::ring8()).unwrap();
        let _ = gan.discriminator_step().unwrap();
        [gan.step().unwrap(), gan.step().unwrap()].map(|record| record.discriminator.penalty)
    };
    let [first, second] = penalties(config.clone());
    assert!(first > 0.0 && second < 0.01 * first, "{first}, then {second}");
    let [first, second] = penalties(Config { strength: Schedule::Constant, ..config });
    assert!(second > 0.1 * first, "{first}, then {second}");
}

#[test]
fn a_resumed_run_follows_the_plan_to_the_bit() {
    let config = Config {
        generator_hidden: Layers::leaky(&[8]),
        discriminator_hidden: Layers::leaky(&[8]),
        batch: 8,
        steps: 20,
        ..Config::grid25()
    };
    let go_on = |_: &fenchel::gan::Record| ControlFlow::Continue(());
    let mut whole = Gan::new(config.clone(), Toy::grid25()).unwrap();
    whole.train(20, go_on);
    let mut first = Gan::new(config, Toy::grid25()).unwrap();
    first.train(13, go_on);
    let read = serde_json::from_str(&serde_json::to_string(&first.checkpoint()).unwrap()).unwrap();
    let mut second = Gan::resume(read, Toy::grid25()).unwrap();
    second.train(20, go_on);
    assert_eq!(second.checkpoint(), whole.checkpoint());
    // beyond the plan the rate is zero and the weights stay
    whole.train(25, go_on);
    assert_eq!(whole.generator(), second.generator());
}

#[test]
fn networks_see_data_of_unit_size() {
    for toy in [Toy::ring8(), Toy::grid25(), Toy::swiss_roll()] {
        let sample = toy.draw(4000, &mut stream(0, 0)).mapv(|x| f64::from(x) / toy.unit());
        for column in sample.columns() {
            let deviation = column.std(0.0);
            assert!((0.5..1.2).contains(&deviation), "{toy}: {deviation}");
        }
    }
    // what is generated is in the data's own units again
    let config =
        Config { generator_hidden: Layers::leaky(&[8]), discriminator_hidden: Layers::leaky(&[8]), ..Config::grid25() };
    let gan = Gan::new(config, Toy::grid25()).unwrap();
    let made = gan.generate(5, &mut stream(1, 0));
    let raw = gan.generator().apply(
        Array2::from_shape_simple_fn((5, 2), {
            let mut rng = stream(1, 0);
            move || rand_distr::Distribution::<f32>::sample(&rand_distr::StandardNormal, &mut rng)
        })
        .view(),
    );
    for (x, y) in made.iter().zip(&raw) {
        assert!((x - Toy::grid25().unit() * f64::from(*y)).abs() < 1e-12);
    }
}

#[test]
fn presets_are_found_by_name_and_are_valid() {
    for (name, what) in Config::PRESETS {
        assert!(!what.is_empty());
        Config::preset(name).unwrap().validate().unwrap();
    }
    let error = Config::preset("ring9").unwrap_err().to_string();
    assert!(error.contains("ring9") && error.contains("grid25"), "{error}");
    assert!(Config { steps: 0, ..Config::plain() }.validate().is_err());
    assert!(Config { strength: Schedule::Geometric(0.0), ..Config::plain() }.validate().is_err());
    assert!(Config::ring8().is_scheduled() && !Config::plain().is_scheduled());
}
