//! VAE: an encoder and a decoder raise a lower bound of the likelihood together (Kingma and Welling, arXiv:1312.6114).
//!
//! The model is `z ~ N(0, I)`, `x = D(z) + s e` with normal `e`. The encoder gives `q(z | x) = N(μ(x), diag σ²(x))`, and both maximise
//! `ELBO = E_q ln p(x | z) - KL(q(z | x), p(z)) = ln p(x) - KL(q(z | x), p(z | x))`, here with one code a sample.

use super::noise::noise;
use super::players::{alike, counts, players, positive};
use super::posterior::{Posterior, encoded, ln_normal, modelled};
use crate::error::Result;
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Layers, Mlp, Rule, Tape};
use ndarray::{Array1, Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct VaeConfig {
    /// Dimension of the codes.
    pub latent: usize,
    /// Hidden layers of both networks; none makes the model linear.
    pub hidden: Layers,
    /// `s`, the deviation of a sample from what the decoder makes of its code, in units of the source.
    pub deviation: f64,
    /// Samples a step.
    pub batch: usize,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for VaeConfig {
    /// For laws in the plane and 8×8 pictures.
    fn default() -> Self {
        let learning = Learning { rate: Schedule::Cosine, ..Learning::new(Rule::adam(2e-3, 0.9, 0.999)) };
        Self { latent: 2, hidden: Layers::leaky(&[64, 64]), deviation: 0.2, batch: 128, learning, steps: 3000, seed: 0 }
    }
}

/// The terms of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VaeRecord {
    /// `-E ln p(x | z)`.
    pub reconstruction: f64,
    /// `E KL(q(z | x), p(z))`.
    pub kl: f64,
}

/// The two players.
///
/// ```
/// use fenchel::gan::{Toy, Training, Vae, VaeConfig};
/// let mut run = Training::<Vae>::new(VaeConfig { batch: 16, ..VaeConfig::default() }, Toy::ring8())?;
/// let record = run.step().expect("finite losses");
/// assert!(record.kl >= 0.0);
/// let x = Toy::ring8().sample(5, &mut fenchel::numeric::stream(1, 0));
/// assert_eq!(run.evidence_bounds(x.view(), 10, &mut fenchel::numeric::stream(2, 0)).len(), 5);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Vae {
    config: VaeConfig,
    encoder: Player<Mlp<f32>>,
    decoder: Player<Mlp<f32>>,
}

impl Game for Vae {
    type Config = VaeConfig;
    type Data = Scaled;
    type Record = VaeRecord;

    fn new(config: VaeConfig, data: &Scaled) -> Result<Self> {
        let (latent, columns) = (config.latent, data.dimension());
        counts(&[("latent", latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        positive(&[("deviation", config.deviation)])?;
        let networks = [("hidden", columns, &config.hidden, 2 * latent), ("hidden", latent, &config.hidden, columns)];
        let [encoder, decoder] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { encoder, decoder, config })
    }

    fn config(&self) -> &VaeConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.decoder, &self.encoder]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<VaeRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (tape, streams) = turn.fresh();
        let (encoder, decoder) = (self.encoder.bind(tape), self.decoder.bind(tape));
        let x = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
        let e = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let q = Posterior::of(encoder.forward(x));
        let missed = -ln_normal(x, decoder.forward(q.codes(e)), config.deviation).mean();
        let kl = q.kl_from_normal().mean();
        let loss = missed + kl;
        let record = VaeRecord { reconstruction: missed.scalar(), kl: kl.scalar() };
        let of_encoder = self.encoder.gradients(&encoder, loss)?;
        self.decoder.descend(&decoder, loss, progress)?;
        self.encoder.learn(of_encoder, progress);
        Some(record)
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        alike(&[(&self.encoder, &new.encoder), (&self.decoder, &new.decoder)])
    }
}

impl Generative for Vae {
    const PLAYERS: &'static [&'static str] = &["decoder", "encoder"];

    fn told(record: &VaeRecord) -> Vec<(&'static str, f64)> {
        let VaeRecord { reconstruction, kl } = *record;
        vec![("reconstruction_loss", reconstruction), ("code_loss", kl), ("elbo", -(reconstruction + kl))]
    }

    /// Of the model, noise included.
    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        data.unit() * modelled(self.decoder.best(), self.config.deviation, n, rng)
    }
}

impl Training<Vae> {
    /// The evidence bound of each row, by so many codes of each; of rows and densities in [units of the source](Scaled::unit).
    pub fn evidence_bounds(&self, x: ArrayView2<'_, f64>, codes: usize, rng: &mut ChaCha8Rng) -> Array1<f64> {
        let (game, unit) = (self.game(), self.data().unit());
        let config = game.config();
        let mut tape = Tape::new();
        let mut sum = Array1::zeros(x.nrows());
        for _ in 0..codes {
            tape.clear();
            let x = tape.leaf(x.mapv(|x| (x / unit) as f32));
            let q = Posterior::of(game.encoder.best().bind(&tape).forward(x));
            let z = q.codes(tape.leaf(noise(x.shape().0, config.latent, rng)));
            let made = game.decoder.best().bind(&tape).forward(z);
            let bound = ln_normal(x, made, config.deviation) - q.kl_from_normal();
            sum += &bound.value().column(0).mapv(f64::from);
        }
        sum / codes as f64
    }

    /// Means and deviations of the codes of some rows.
    #[must_use]
    pub fn encode(&self, x: ArrayView2<'_, f64>) -> [Array2<f64>; 2] {
        encoded(self.game().encoder.best(), x, self.data().unit())
    }

    /// What the decoder makes of codes, without the noise of the model.
    #[must_use]
    pub fn decode(&self, z: ArrayView2<'_, f64>) -> Array2<f64> {
        let made = self.game().decoder.best().apply(z.mapv(|z| z as f32).view());
        made.mapv(|x| self.data().unit() * f64::from(x))
    }
}
