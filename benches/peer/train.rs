//! Steps of adversarial training.

use crate::options::Options;
use fenchel::Result;
use fenchel::gan::{Batches, Config, Gan, Rows, Toy};
use fenchel::gan::{Objective, Penalty};
use fenchel::nn::{Activation, Layers, Rule};
use fenchel::numeric::stream;
use ndarray::Array2;
use rand::RngExt;
use serde_json::{Value, json};

/// `--net NAME --steps N`: so many steps of the game, after a tenth as many to warm up. `value` is what both sides have computed: steps a second
/// depend on nothing else.
pub fn steps(options: &Options) -> Result<Value> {
    let steps = options.number("steps", 100.0) as u64;
    let mut gan = match options.text("net").expect("a net") {
        "slides" => Gan::new(slides(), images(784)?)?,
        "ring" => Gan::new(ring(), Toy::ring8())?,
        "critic" => Gan::new(critic(), Toy::ring8())?,
        "dcgan" => Gan::new(dcgan()?, images(784)?)?,
        name => panic!("no net {name:?}"),
    };
    (0..steps.div_ceil(10)).for_each(|_| assert!(gan.step().is_some(), "the losses are finite"));
    let (_, seconds) = options.time(|| {
        (0..steps).for_each(|_| assert!(gan.step().is_some(), "the losses are finite"));
        Ok(())
    })?;
    Ok(json!({ "seconds": seconds, "steps_a_second": steps as f64 / seconds }))
}

/// Images of noise in [-1, 1]: what they show does not matter to the time.
fn images(pixels: usize) -> Result<Rows> {
    let mut rng = stream(0, 0);
    Rows::new(Array2::from_shape_simple_fn((2000, pixels), || 2.0 * rng.random::<f64>() - 1.0).view())
}

/// 784-128-1 against 100-128-784; the average of the weights is no part of the race.
fn slides() -> Config {
    Config { averaging: None, ..Config::slides() }
}

/// Two hidden layers of 128 on a ring.
fn ring() -> Config {
    Config {
        latent: 2,
        generator_hidden: Layers::leaky(&[128; 2]),
        discriminator_hidden: Layers::leaky(&[128; 2]),
        output: Activation::Linear,
        batch: 256,
        ..slides()
    }
}

/// Convolutions on both sides for images of 28 x 28, with batch normalisation.
fn dcgan() -> Result<Config> {
    Ok(Config {
        generator_hidden: "7x7x128 batch relu, up 64 4/2 batch relu, up 1 4/2 tanh".parse()?,
        discriminator_hidden: "conv 64 4/2 lrelu, conv 128 4/2 batch lrelu".parse()?,
        batch: 64,
        batches: Batches::Separate,
        ..slides()
    })
}

/// WGAN-GP on a ring: three hidden layers of 512, five steps of the critic.
fn critic() -> Config {
    Config {
        objective: Objective::Wasserstein,
        penalty: Penalty::Gradient(0.1),
        generator_hidden: Layers::leaky(&[512; 3]),
        discriminator_hidden: Layers::leaky(&[512; 3]),
        discriminator_steps: 5,
        generator_rule: Rule::adam(1e-4, 0.5, 0.9),
        discriminator_rule: Rule::adam(1e-4, 0.5, 0.9),
        ..ring()
    }
}
