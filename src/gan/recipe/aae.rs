//! Adversarial autoencoder: a discriminator holds the codes of all samples together to the prior (Makhzani et al., arXiv:1511.05644).
//!
//! Encoder and decoder are those of a [VAE](super::Vae). In place of `E KL(q(z | x), p(z))` stands the divergence of the aggregate
//! `q(z) = E q(z | x)` from `p(z)`. A discriminator of codes has `s = ln p(z)/q(z)` at its best, so `-E s` of codes is
//! `KL(q(z), p(z))`, and its gradient by the encoder is that of the divergence. What is maximised is
//! `E ln p(x | z) - KL(q(z), p(z)) = ELBO + I(x; z)`: the formula of the 2018 board.

use super::noise::noise;
use super::players::{alike, counts, players, positive};
use super::posterior::{Posterior, encoded, ln_normal, modelled};
use crate::error::Result;
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Layers, Mlp, Rule};
use ndarray::{Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct AaeConfig {
    /// Dimension of the codes.
    pub latent: usize,
    /// Hidden layers of encoder and decoder.
    pub hidden: Layers,
    /// Hidden layers of the discriminator of codes.
    pub discriminator: Layers,
    /// `s`, the deviation of a sample from what the decoder makes of its code, in units of the source.
    pub deviation: f64,
    /// Samples a step.
    pub batch: usize,
    /// Steps of the discriminator in a step of the game.
    pub discriminator_steps: usize,
    /// How all players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for AaeConfig {
    /// For laws in the plane and 8×8 pictures.
    fn default() -> Self {
        Self {
            latent: 2,
            hidden: Layers::leaky(&[64, 64]),
            discriminator: Layers::leaky(&[64, 64]),
            deviation: 0.2,
            batch: 128,
            discriminator_steps: 2,
            learning: Learning { rate: Schedule::Cosine, ..Learning::new(Rule::adam(2e-3, 0.5, 0.999)) },
            steps: 3000,
            seed: 0,
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AaeRecord {
    /// `-E ln p(x | z)`.
    pub reconstruction: f64,
    /// The discriminator's loss, `ln 4` where codes are like the prior.
    pub discriminator: f64,
    /// `-E s` of codes, which estimates `KL(q(z), p(z))`.
    pub kl: f64,
}

/// The three players.
///
/// ```
/// use fenchel::gan::{Aae, AaeConfig, Toy, Training};
/// let mut run = Training::<Aae>::new(AaeConfig { batch: 16, ..AaeConfig::default() }, Toy::ring8())?;
/// assert!(run.step().expect("finite losses").discriminator > 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Aae {
    config: AaeConfig,
    encoder: Player<Mlp<f32>>,
    decoder: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

impl Game for Aae {
    type Config = AaeConfig;
    type Data = Scaled;
    type Record = AaeRecord;

    fn new(config: AaeConfig, data: &Scaled) -> Result<Self> {
        let (latent, columns) = (config.latent, data.dimension());
        counts(&[("latent", latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        counts(&[("discriminator_steps", config.discriminator_steps as u64)])?;
        positive(&[("deviation", config.deviation)])?;
        let networks = [
            ("hidden", columns, &config.hidden, 2 * latent),
            ("hidden", latent, &config.hidden, columns),
            ("discriminator", latent, &config.discriminator, 1),
        ];
        let [encoder, decoder, discriminator] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { encoder, decoder, discriminator, config })
    }

    fn config(&self) -> &AaeConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.decoder, &self.encoder, &self.discriminator]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<AaeRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (n, latent) = (config.batch, config.latent);
        let mut discriminator_loss = f64::NAN;
        for _ in 0..config.discriminator_steps {
            let (tape, streams) = turn.fresh();
            let judge = self.discriminator.bind(tape);
            let x = tape.leaf(data.draw(n, streams.get(Streams::DATA)));
            let [z, e] = [0, 1].map(|_| tape.leaf(noise(n, latent, streams.get(Streams::NOISE))));
            let codes = Posterior::of(self.encoder.bind(tape).forward(x)).codes(e);
            let loss = Objective::NonSaturating.discriminator_loss(judge.forward(z), judge.forward(codes));
            discriminator_loss = loss.scalar();
            self.discriminator.descend(&judge, loss, progress)?;
        }

        let (tape, streams) = turn.fresh();
        let (encoder, decoder) = (self.encoder.bind(tape), self.decoder.bind(tape));
        let x = tape.leaf(data.draw(n, streams.get(Streams::DATA)));
        let e = tape.leaf(noise(n, latent, streams.get(Streams::NOISE)));
        let codes = Posterior::of(encoder.forward(x)).codes(e);
        let missed = -ln_normal(x, decoder.forward(codes), config.deviation).mean();
        let kl = -self.discriminator.bind(tape).forward(codes).mean();
        let record = AaeRecord { reconstruction: missed.scalar(), discriminator: discriminator_loss, kl: kl.scalar() };
        let of_encoder = self.encoder.gradients(&encoder, missed + kl)?;
        self.decoder.descend(&decoder, missed, progress)?;
        self.encoder.learn(of_encoder, progress);
        Some(record)
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        let players = [(&self.encoder, &new.encoder), (&self.decoder, &new.decoder)];
        alike(&players)?;
        alike(&[(&self.discriminator, &new.discriminator)])
    }
}

impl Generative for Aae {
    const PLAYERS: &'static [&'static str] = &["decoder", "encoder", "discriminator"];

    fn told(record: &AaeRecord) -> Vec<(&'static str, f64)> {
        let AaeRecord { reconstruction, discriminator, kl } = *record;
        vec![("reconstruction_loss", reconstruction), ("discriminator_loss", discriminator), ("code_loss", kl)]
    }

    /// Of the model, noise included.
    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        data.unit() * modelled(self.decoder.best(), self.config.deviation, n, rng)
    }
}

impl Training<Aae> {
    /// Means and deviations of the codes of some rows.
    #[must_use]
    pub fn encode(&self, x: ArrayView2<'_, f64>) -> [Array2<f64>; 2] {
        encoded(self.game().encoder.best(), x, self.data().unit())
    }
}
