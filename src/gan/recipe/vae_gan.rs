//! VAE/GAN: an autoencoder whose errors are measured in what a discriminator sees (Larsen et al., arXiv:1512.09300).
//!
//! The discriminator is two networks: features `f` of a sample, and a logit of the features. With `x̃ = D(z)` for `z ~ q(z | x)` and
//! `x_p = D(z)` for `z ~ p(z)`, `L_like = ½ E‖f(x) - f(x̃)‖²` up to a constant is `-E ln p(f(x) | z)` of a normal law of deviation 1.
//! The encoder minimises `E KL(q(z | x), p(z)) + L_like`, the decoder `γ L_like - L_GAN`, and the discriminator `L_GAN`, which calls `x`
//! real and `x̃` and `x_p` generated.

use super::noise::noise;
use super::players::{alike, counts, players, positive};
use super::posterior::{Posterior, encoded};
use crate::error::Result;
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::penalty::{Penalty, Scored};
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::streams::Streams;
use crate::nn::{Bound, Layers, Mlp, Rule, Var};
use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct VaeGanConfig {
    /// Dimension of the codes.
    pub latent: usize,
    /// Hidden layers of encoder, decoder and features.
    pub hidden: Layers,
    /// Features that a discriminator has of a sample, each in (-1, 1).
    pub features: usize,
    /// `γ`, the weight of `L_like` for the decoder.
    pub weight: f64,
    /// The penalty on the slope of the discriminator.
    pub penalty: Penalty,
    /// Samples of each kind a step.
    pub batch: usize,
    /// How all players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for VaeGanConfig {
    /// For laws in the plane and 8×8 pictures.
    fn default() -> Self {
        Self {
            latent: 2,
            hidden: Layers::leaky(&[64, 64]),
            features: 32,
            weight: 1.0,
            penalty: Penalty::R1(0.1),
            batch: 128,
            learning: Learning { averaging: Some(0.99), ..Learning::new(Rule::adam(1e-3, 0.5, 0.9)) },
            steps: 3000,
            seed: 0,
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VaeGanRecord {
    /// `E KL(q(z | x), p(z))`.
    pub kl: f64,
    /// `L_like`.
    pub reconstruction: f64,
    /// The discriminator's loss, without the penalty.
    pub discriminator: f64,
    /// The decoder's adversarial loss.
    pub generator: f64,
}

/// The four networks.
///
/// ```
/// use fenchel::gan::{Toy, Training, VaeGan, VaeGanConfig};
/// let mut run = Training::<VaeGan>::new(VaeGanConfig { batch: 16, ..VaeGanConfig::default() }, Toy::ring8())?;
/// assert!(run.step().expect("finite losses").reconstruction > 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct VaeGan {
    config: VaeGanConfig,
    encoder: Player<Mlp<f32>>,
    decoder: Player<Mlp<f32>>,
    features: Player<Mlp<f32>>,
    judge: Player<Mlp<f32>>,
}

impl Game for VaeGan {
    type Config = VaeGanConfig;
    type Data = Scaled;
    type Record = VaeGanRecord;

    fn new(config: VaeGanConfig, data: &Scaled) -> Result<Self> {
        let (latent, columns, features) = (config.latent, data.dimension(), config.features);
        counts(&[("latent", latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        counts(&[("features", features as u64)])?;
        positive(&[("weight", config.weight)])?;
        config.penalty.validate()?;
        let networks = [
            ("hidden", columns, &config.hidden, 2 * latent),
            ("hidden", latent, &config.hidden, columns),
            ("hidden", columns, &config.hidden, features),
            ("features", features, &Layers(Vec::new()), 1),
        ];
        let [encoder, decoder, features, judge] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { encoder, decoder, features, judge, config })
    }

    fn config(&self) -> &VaeGanConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.decoder, &self.encoder, &self.features, &self.judge]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<VaeGanRecord> {
        let progress = turn.progress(self.config.steps);
        let discriminator = self.discriminate(data, turn)?;

        let (tape, streams) = turn.fresh();
        let [encoder, decoder, features, judge] =
            [&self.encoder, &self.decoder, &self.features, &self.judge].map(|player| player.bind(tape));
        let x = tape.leaf(data.draw(self.config.batch, streams.get(Streams::DATA)));
        let (q, [returned, made]) = self.made(&encoder, &decoder, x, streams);
        let seen = |x| features.forward(x).tanh();
        let like = (seen(x) - seen(returned)).square().sum_rows().mean().scale(0.5);
        let kl = q.kl_from_normal().mean();
        let fooled = |x| (-judge.forward(seen(x))).softplus().mean().scale(0.5);
        let adversarial = fooled(returned) + fooled(made);
        let [kl_value, like_value, generator] = [kl, like, adversarial].map(Var::scalar);
        let of_encoder = self.encoder.gradients(&encoder, kl + like)?;
        self.decoder.descend(&decoder, like.scale(self.config.weight) + adversarial, progress)?;
        self.encoder.learn(of_encoder, progress);
        Some(VaeGanRecord { kl: kl_value, reconstruction: like_value, discriminator, generator })
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        alike(&[(&self.encoder, &new.encoder), (&self.decoder, &new.decoder)])?;
        alike(&[(&self.features, &new.features), (&self.judge, &new.judge)])
    }
}

impl VaeGan {
    /// The laws of the codes of `x`, and the samples `x̃` and `x_p`.
    fn made<'t>(
        &self,
        encoder: &Bound<'t, f32>,
        decoder: &Bound<'t, f32>,
        x: Var<'t, f32>,
        streams: &mut Streams,
    ) -> (Posterior<'t, f32>, [Var<'t, f32>; 2]) {
        let [e, z] =
            [0, 1].map(|_| x.tape().leaf(noise(self.config.batch, self.config.latent, streams.get(Streams::NOISE))));
        let q = Posterior::of(encoder.forward(x));
        (q, [q.codes(e), z].map(|z| decoder.forward(z)))
    }

    /// The step of the discriminator; its loss.
    fn discriminate(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<f64> {
        let progress = turn.progress(self.config.steps);
        let (tape, streams) = turn.fresh();
        let (features, judge) = (self.features.bind(tape), self.judge.bind(tape));
        let x = tape.leaf(data.draw(self.config.batch, streams.get(Streams::DATA)));
        let (_, fakes) = self.made(&self.encoder.bind(tape), &self.decoder.bind(tape), x, streams);
        let logit = |x| judge.forward(features.forward(x).tanh());
        let [real, returned, made] = [x, fakes[0], fakes[1]].map(|x| Scored::new(logit, x));
        let [returned, caught] = [returned, made].map(|fake| fake.outputs.softplus().mean().scale(0.5));
        let loss = (-real.outputs).softplus().mean() + returned + caught;
        let penalty = self.config.penalty.term(logit, real, made, streams.get(Streams::BETWEEN));
        let total = penalty.map_or(loss, |penalty| loss + penalty);
        let value = loss.scalar();
        let of_features = self.features.gradients(&features, total)?;
        self.judge.descend(&judge, total, progress)?;
        self.features.learn(of_features, progress);
        Some(value)
    }
}

impl Generative for VaeGan {
    const PLAYERS: &'static [&'static str] = &["decoder", "encoder", "features", "judge"];

    fn told(record: &VaeGanRecord) -> Vec<(&'static str, f64)> {
        let VaeGanRecord { kl, reconstruction, discriminator, generator } = *record;
        vec![
            ("discriminator_loss", discriminator),
            ("generator_loss", generator),
            ("reconstruction_loss", reconstruction),
            ("code_loss", kl),
        ]
    }

    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let made = self.decoder.best().apply(noise(n, self.config.latent, rng).view());
        made.mapv(|x| data.unit() * f64::from(x))
    }
}

impl Training<VaeGan> {
    /// What the decoder makes of the mean codes of some rows.
    #[must_use]
    pub fn returned(&self, x: ArrayView2<'_, f64>) -> Array2<f64> {
        let (game, unit) = (self.game(), self.data().unit());
        let [codes, _] = encoded(game.encoder.best(), x, unit);
        game.decoder.best().apply(codes.mapv(|z| z as f32).view()).mapv(|x| unit * f64::from(x))
    }
}
