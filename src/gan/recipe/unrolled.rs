//! Unrolled GAN: the generator sees where the discriminator would be k steps later (Metz et al., arXiv:1611.02163).
//!
//! With `D₀ = D` and `Dᵢ₊₁ = Dᵢ - η ∇ L(Dᵢ, G)`, all on one tape, the generator minimises its loss against `D_k`. Its gradient passes
//! through the k steps too: it knows how the discriminator will answer. The discriminator itself takes one ordinary step a round.
//!
//! Looking ahead pays where the generator is faster than the discriminator. The default gives it five steps to one. On the ring of eight, over
//! ten seeds (`benches/systems.md`), the plain game then loses modes, and the game that looks five steps ahead does not. At one step to one
//! the plain game keeps 7.8 modes and looking ahead gains nothing. The steps must be short: at `η = 0.1` they overshoot as soon as the
//! discriminator has become steep, and one mode was left. A run of the default takes about half a minute.

use super::noise::noise;
use super::players::{alike, counts, players, positive};
use crate::error::{Error, Result};
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Layers, Mlp, Rule};
use ndarray::Array2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// Steps that can be looked ahead: every one is on the tape, with what it was computed from.
const MOST_STEPS: usize = 100;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct UnrolledConfig {
    /// What the players minimise.
    pub objective: Objective,
    /// Steps of the discriminator that are looked ahead; 0 is the plain game.
    pub ahead: usize,
    /// `η`, the length of these steps.
    pub ahead_rate: f64,
    /// Steps of the generator in a step of the game.
    pub generator_steps: usize,
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of the generator.
    pub generator: Layers,
    /// Hidden layers of the discriminator.
    pub discriminator: Layers,
    /// Samples of each kind a step.
    pub batch: usize,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for UnrolledConfig {
    /// For laws in the plane: five steps ahead, and five of the generator to one of the discriminator.
    fn default() -> Self {
        Self {
            objective: Objective::NonSaturating,
            ahead: 5,
            ahead_rate: 0.01,
            generator_steps: 5,
            latent: 2,
            generator: Layers::leaky(&[64, 64]),
            discriminator: Layers::leaky(&[64, 64]),
            batch: 64,
            learning: Learning {
                rate: Schedule::Cosine,
                averaging: Some(0.99),
                ..Learning::new(Rule::adam(1e-3, 0.5, 0.999))
            },
            steps: 1500,
            seed: 0,
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct UnrolledRecord {
    /// The discriminator's, before its step.
    pub discriminator: f64,
    /// The discriminator's after the steps that are looked ahead.
    pub ahead: f64,
    /// The generator's, against the discriminator after these steps.
    pub generator: f64,
}

/// The two players.
///
/// ```
/// use fenchel::gan::{Toy, Training, Unrolled, UnrolledConfig};
/// let mut run = Training::<Unrolled>::new(UnrolledConfig { batch: 16, ..UnrolledConfig::default() }, Toy::ring8())?;
/// let record = run.step().expect("finite losses");
/// assert!(record.ahead < record.discriminator + 0.1); // its steps descend
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Unrolled {
    config: UnrolledConfig,
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

impl Game for Unrolled {
    type Config = UnrolledConfig;
    type Data = Scaled;
    type Record = UnrolledRecord;

    fn new(config: UnrolledConfig, data: &Scaled) -> Result<Self> {
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        counts(&[("generator_steps", config.generator_steps as u64)])?;
        positive(&[("ahead_rate", config.ahead_rate)])?;
        if config.ahead > MOST_STEPS {
            return Err(Error::out_of_domain("ahead", config.ahead as f64, format!("at most {MOST_STEPS}")));
        }
        let columns = data.dimension();
        let networks = [
            ("generator", config.latent, &config.generator, columns),
            ("discriminator", columns, &config.discriminator, 1),
        ];
        // each step looked ahead keeps what a batch keeps
        let rows = config.batch.saturating_mul(config.ahead + 1);
        let [generator, discriminator] = players(networks, &config.learning, (rows, config.seed))?;
        Ok(Self { generator, discriminator, config })
    }

    fn config(&self) -> &UnrolledConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminator]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<UnrolledRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));

        let (tape, streams) = turn.fresh();
        let discriminator = self.discriminator.bind(tape);
        let x = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let made = self.generator.bind(tape).forward(z);
        let loss = config.objective.discriminator_loss(discriminator.forward(x), discriminator.forward(made));
        let discriminator_loss = loss.scalar();
        self.discriminator.descend(&discriminator, loss, progress)?;

        let mut after = None;
        for _ in 0..config.generator_steps {
            after = Some(self.generator_step(data, turn)?);
        }
        let (ahead, generator) = after?;
        Some(UnrolledRecord { discriminator: discriminator_loss, ahead, generator })
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        alike(&[(&self.generator, &new.generator), (&self.discriminator, &new.discriminator)])
    }
}

impl Unrolled {
    /// A step of the generator: the losses of both players after the steps that are looked ahead.
    fn generator_step(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<(f64, f64)> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (tape, streams) = turn.fresh();
        let (generator, mut discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let x = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let made = generator.forward(z);
        for _ in 0..config.ahead {
            let loss = config.objective.discriminator_loss(discriminator.forward(x), discriminator.forward(made));
            let slopes = loss.gradients(discriminator.parameters());
            let moved = discriminator.parameters().iter().zip(slopes);
            let moved = moved.map(|(&weight, slope)| weight - slope.scale(config.ahead_rate)).collect();
            discriminator = discriminator.with(moved);
        }
        let (real, fake) = (discriminator.forward(x), discriminator.forward(made));
        let ahead = config.objective.discriminator_loss(real, fake).scalar();
        let loss = config.objective.generator_loss(fake, || real);
        let generator_loss = loss.scalar();
        self.generator.descend(&generator, loss, progress)?;
        Some((ahead, generator_loss))
    }

    fn made(&self, n: usize, unit: f64, rng: &mut impl Rng) -> Array2<f64> {
        let z = noise(n, self.config.latent, rng);
        self.generator.best().apply(z.view()).mapv(|x| unit * f64::from(x))
    }
}

impl Generative for Unrolled {
    fn told(record: &UnrolledRecord) -> Vec<(&'static str, f64)> {
        let UnrolledRecord { discriminator, ahead, generator } = *record;
        vec![("discriminator_loss", discriminator), ("ahead_loss", ahead), ("generator_loss", generator)]
    }

    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        self.made(n, data.unit(), rng)
    }
}

impl Training<Unrolled> {
    /// `n` samples of the generator, one a row.
    pub fn generate(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        self.game().made(n, self.data().unit(), rng)
    }
}
