//! The whole state of a run: weights, the optimisers' memory, the positions in the random streams.
//!
//! A [`Checkpoint`] is a value, with `serde` behind the feature of that name. Write it in any format that keeps `f32`
//! and `f64` exactly, as JSON with shortest round-trip numbers does. [`Gan::resume`](super::Gan::resume) continues from
//! it to the same bits.

use super::config::Config;
use super::discriminator::Discriminator;
use crate::error::{Error, Result};
use crate::nn::{Activation, Mlp, Optimizer, Rule};
use crate::numeric::stream;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;
use std::iter::repeat_n;

/// Random streams under the run's seed; the first two draw the initial weights.
pub(super) const DATA: u64 = 2;
pub(super) const NOISE: u64 = 3;
pub(super) const BETWEEN: u64 = 4;

/// Steps beyond all training, and far from overflow of the counter.
const MOST_STEPS: u64 = 1 << 53;

/// A run as it stands.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Checkpoint {
    /// What determines the run.
    pub config: Config,
    pub(super) state: GameState,
}

impl Checkpoint {
    /// Steps of the game done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state.steps
    }
}

#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(super) struct GameState {
    pub(super) steps: u64,
    pub(super) generator: Mlp<f32>,
    pub(super) average: Option<Mlp<f32>>,
    pub(super) generator_optimizer: Optimizer<f32>,
    pub(super) discriminator: Discriminator,
    pub(super) data: ChaCha8Rng,
    pub(super) noise: ChaCha8Rng,
    pub(super) between: ChaCha8Rng,
}

impl GameState {
    /// Whether all weights are finite, checked every `every` steps only, because the losses of each step show most
    /// failures.
    pub(super) fn is_finite_where_it_counts(&self, every: u64) -> bool {
        !self.steps.is_multiple_of(every) || self.weights().all(|w| w.iter().all(|w| w.is_finite()))
    }

    fn weights(&self) -> impl Iterator<Item = &Array2<f32>> {
        let average = self.average.iter().flat_map(Mlp::parameters);
        self.generator.parameters().chain(self.discriminator.network.parameters()).chain(average)
    }

    /// Checks that the parts fit each other, since a checkpoint comes from a file.
    pub(super) fn validate(&self, config: &Config) -> Result<()> {
        let contradiction = |why: &str| Err(Error::infeasible("the checkpoint", why));
        let outputs = self.generator.outputs();
        let generator = [&[config.latent], config.generator_hidden.as_slice(), &[outputs]].concat();
        let discriminator = [&[outputs], config.discriminator_hidden.as_slice(), &[1]].concat();
        let fits = |network: &Mlp<f32>, sizes: &[usize], output: Activation| {
            let expected = sizes.windows(2).flat_map(|pair| [(pair[0], pair[1]), (1, pair[1])]);
            let activations = repeat_n(config.activation, sizes.len() - 2).chain([output]);
            network.parameters().map(Array2::dim).eq(expected)
                && network.layers.iter().map(|layer| layer.activation).eq(activations)
        };
        if !self.average.iter().chain([&self.generator]).all(|network| fits(network, &generator, config.output)) {
            return contradiction("the generator's layers are not of the configured sizes and activations");
        }
        if !fits(&self.discriminator.network, &discriminator, Activation::Linear) {
            return contradiction("the discriminator's layers are not of the configured sizes and activations");
        }
        if self.average.is_some() != config.averaging.is_some() {
            return contradiction("an average of the weights is kept or it is not");
        }
        let optimizers = [
            (&self.generator_optimizer, &self.generator, config.generator_rule),
            (&self.discriminator.optimizer, &self.discriminator.network, config.discriminator_rule),
        ];
        // the rate is set anew at every step
        let follows = |followed: Rule, rule: Rule| {
            (0.0..f64::INFINITY).contains(&followed.rate()) && followed.with_rate(rule.rate()) == rule
        };
        if !optimizers.into_iter().all(|(optimizer, _, rule)| follows(optimizer.rule(), rule)) {
            return contradiction("an optimiser does not follow the configured rule");
        }
        if !optimizers.into_iter().all(|(optimizer, network, _)| optimizer.fits(network.parameters())) {
            return contradiction(
                "an optimiser's memory is not of the size of the weights, or holds what no gradients leave",
            );
        }
        if !self.discriminator.is_consistent(config.constraint) {
            return contradiction("the constraint is not the configured one");
        }
        if !self.weights().all(|w| w.iter().all(|w| w.is_finite())) {
            return contradiction("a weight is not finite");
        }
        if self.steps > MOST_STEPS || optimizers.iter().any(|(optimizer, ..)| optimizer.steps() > MOST_STEPS) {
            return contradiction("it counts more steps than can be taken");
        }
        for (rng, k) in [(&self.data, DATA), (&self.noise, NOISE), (&self.between, BETWEEN)] {
            let own = stream(config.seed, k);
            if (rng.get_seed(), rng.get_stream()) != (own.get_seed(), own.get_stream()) {
                return contradiction("its random numbers are not those of the configured seed");
            }
        }
        Ok(())
    }
}
