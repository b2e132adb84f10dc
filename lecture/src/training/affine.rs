//! A generator whose law is known: `x = a z + b`, so N(b, a²), at every step of a game against real data on the line.
//!
//! Divergences and distances of such a generator are computed, not estimated.

use super::shared::{Line, rows};
use fenchel::Result;
use fenchel::divergence::density;
use fenchel::gan::{Config, Gan, Objective, Penalty};
use fenchel::measure::density::{Density, Law};
use fenchel::nn::{Activation, Layers, Rule};
use fenchel::numeric::stream;
use fenchel::transport::line;

/// Steps between two looks.
const EVERY: u64 = 20;
/// Fresh samples of each kind that `V` is taken on.
const FRESH: usize = 4000;
/// Quantiles of each law for the distance.
const QUANTILES: usize = 500;

/// How a game is played.
#[derive(Clone, Copy)]
pub(super) struct Play {
    pub objective: Objective,
    pub penalty: Penalty,
    /// Steps of the discriminator to one of the generator.
    pub discriminator_steps: usize,
    pub steps: u64,
}

/// What was seen of a game, every [`EVERY`] steps.
#[derive(Default)]
pub(super) struct Seen {
    pub step: Vec<f64>,
    /// The discriminator's loss on its batch.
    pub loss: Vec<f64>,
    /// `V` on fresh samples.
    pub value: Vec<f64>,
    pub jsd: Vec<f64>,
    pub w1: Vec<f64>,
}

impl Seen {
    /// What the discriminator leaves unproven of `2 JSD`.
    pub fn gaps(&self) -> Vec<f64> {
        self.jsd.iter().zip(&self.value).map(|(jsd, value)| 2.0 * jsd - (value + 4f64.ln())).collect()
    }
}

/// Plays against `data`.
pub(super) fn play(play: Play, data: Law, seed: u64) -> Result<Seen> {
    let config = Config {
        objective: play.objective,
        penalty: play.penalty,
        latent: 1,
        generator_hidden: Layers::leaky(&[]),
        discriminator_hidden: Layers::new(&[32, 32], Activation::Tanh),
        batch: 128,
        discriminator_steps: play.discriminator_steps,
        generator_rule: Rule::adam(0.005, 0.0, 0.9),
        discriminator_rule: Rule::adam(0.025, 0.0, 0.9),
        averaging: None,
        steps: play.steps,
        seed,
        ..Config::plain()
    };
    let quantiles =
        |law: &Law| -> Vec<f64> { (0..QUANTILES).map(|k| law.quantile((k as f64 + 0.5) / QUANTILES as f64)).collect() };
    let (real, wanted) = (rows(&data, FRESH, &mut stream(seed, 84)), quantiles(&data));
    let mut gan = Gan::new(config, Line(data))?;
    let mut seen = Seen::default();
    while let Some(record) = (gan.steps() < play.steps).then(|| gan.step()).flatten() {
        if record.step % EVERY != 0 {
            continue;
        }
        let map = &gan.generator().layers[0];
        let made = Law::normal(f64::from(map.bias[[0, 0]]), f64::from(map.weight[[0, 0]].abs()))?;
        let fake = rows(&made, FRESH, &mut stream(seed, 85));
        seen.step.push(record.step as f64);
        seen.loss.push(record.discriminator.loss);
        seen.value.push(gan.value(real.view(), fake.view()).value);
        seen.jsd.push(density::jsd(&data, &made)?.value);
        seen.w1.push(line::wasserstein(&wanted, None, &quantiles(&made), None, 1.0)?.distance());
    }
    Ok(seen)
}
