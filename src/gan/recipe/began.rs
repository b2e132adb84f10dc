//! BEGAN: an autoencoder judges samples by how well it returns them (Berthelot et al., arXiv:1703.10717).
//!
//! With `L(x) = |x - D(x)|`, averaged over the columns, the discriminator minimises `L(x) - k L(G(z))` and the generator
//! `L(G(z))`. The balance `k` is held so that `L(G(z)) = γ L(x)`: `k ← k + λ (γ L(x) - L(G(z)))`, in [0, 1]. The
//! measure `L(x) + |γ L(x) - L(G(z))|` falls as the run converges.
//!
//! In the plane the generator goes to few modes, those that the autoencoder returns best. Over ten seeds (`benches/systems.md`) it keeps 0.7
//! modes of the ring of eight on average. Codes of 1, 2 and 64 numbers, `γ` of 0.5 to 1, `λ` of 0.001 to 1, rates that fall and averages of the
//! weights were tried for two or three seeds each, and none kept more than two on average.
//!
//! The measure is no distance: it falls on the ring too. On the grid of 25 it falls to 0.67 ± 0.10 of what it was after 300 steps by the end
//! of 3000, and its rank correlation with the exact W1 over the run is 0.56 ± 0.28, from -0.07 to 0.96.

use super::noise::noise;
use super::players::{alike, counts, not_negative, players, positive};
use crate::error::{Error, Result};
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::streams::Streams;
use crate::nn::{Activation, Bound, Layers, Mlp, Rule, Var};
use ndarray::Array2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct BeganConfig {
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of the generator.
    pub generator: Layers,
    /// Hidden layers of the autoencoder; the narrowest is its code.
    pub autoencoder: Layers,
    /// Samples of each kind a step.
    pub batch: usize,
    /// The paper's γ, the ratio of the two losses in balance: small means tight samples, large means various ones.
    pub diversity: f64,
    /// The paper's λ, the rate of the balance.
    pub balance_rate: f64,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for BeganConfig {
    /// For laws in the plane, with a code of one number.
    fn default() -> Self {
        Self {
            latent: 2,
            generator: Layers::leaky(&[64, 64]),
            autoencoder: Layers(vec![
                (64, Activation::LeakyRelu(0.2)).into(),
                (1, Activation::Linear).into(),
                (64, Activation::LeakyRelu(0.2)).into(),
            ]),
            batch: 64,
            diversity: 0.7,
            balance_rate: 0.001,
            learning: Learning::new(Rule::adam(1e-3, 0.5, 0.9)),
            steps: 6000,
            seed: 0,
        }
    }
}

impl BeganConfig {
    /// The balance after a step with these losses of real and of generated samples: `k + λ (γ L(x) - L(G(z)))`, in [0, 1].
    ///
    /// ```
    /// use fenchel::gan::BeganConfig;
    /// let config = BeganConfig { diversity: 0.5, balance_rate: 0.001, ..BeganConfig::default() };
    /// assert!((config.balanced(0.0, 1.0, 0.3) - 2e-4).abs() < 1e-18);
    /// ```
    #[must_use]
    pub fn balanced(&self, balance: f64, real: f64, fake: f64) -> f64 {
        let towards = mutate!(self.diversity * real - fake, BeganBalance, |x| -x);
        (balance + self.balance_rate * towards).clamp(0.0, 1.0)
    }
}

/// The losses of a step, and the balance after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BeganRecord {
    /// `L(x)` of real samples.
    pub real: f64,
    /// `L(G(z))` of generated ones.
    pub fake: f64,
    /// `k`.
    pub balance: f64,
}

impl BeganRecord {
    /// `L(x) + |γ L(x) - L(G(z))|`, which falls as the run converges.
    #[must_use]
    pub fn measure(&self, diversity: f64) -> f64 {
        self.real + mutate!((diversity * self.real - self.fake).abs(), BeganMeasure, |off| -off)
    }
}

/// The two players, and the balance between them.
///
/// ```
/// use fenchel::gan::{Began, BeganConfig, Toy, Training};
/// let mut run = Training::<Began>::new(BeganConfig::default(), Toy::ring8())?;
/// let record = run.step().expect("the losses are finite");
/// assert!(record.real > 0.0 && (0.0..=1.0).contains(&record.balance));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Began {
    config: BeganConfig,
    generator: Player<Mlp<f32>>,
    autoencoder: Player<Mlp<f32>>,
    balance: f64,
}

impl Game for Began {
    type Config = BeganConfig;
    type Data = Scaled;
    type Record = BeganRecord;

    fn new(config: BeganConfig, data: &Scaled) -> Result<Self> {
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        positive(&[("diversity", config.diversity)])?;
        not_negative(&[("balance_rate", config.balance_rate)])?;
        let networks = [
            ("generator", config.latent, &config.generator, data.dimension()),
            ("autoencoder", data.dimension(), &config.autoencoder, data.dimension()),
        ];
        let [generator, autoencoder] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { generator, autoencoder, balance: 0.0, config })
    }

    fn config(&self) -> &BeganConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.autoencoder]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<BeganRecord> {
        let (progress, config) = (turn.progress(self.config.steps), &self.config);

        let (tape, streams) = turn.fresh();
        let autoencoder = self.autoencoder.bind(tape);
        let x = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let made = self.generator.bind(tape).forward(z);
        let (real, fake) = (missed(&autoencoder, x), missed(&autoencoder, made));
        let real_loss = real.scalar();
        self.autoencoder.descend(&autoencoder, real - fake.scale(self.balance), progress)?;

        let (tape, streams) = turn.fresh();
        let (generator, autoencoder) = (self.generator.bind(tape), self.autoencoder.bind(tape));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let fake = missed(&autoencoder, generator.forward(z));
        let fake_loss = fake.scalar();
        self.generator.descend(&generator, fake, progress)?;

        self.balance = config.balanced(self.balance, real_loss, fake_loss);
        Some(BeganRecord { real: real_loss, fake: fake_loss, balance: self.balance })
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        if !(0.0..=1.0).contains(&self.balance) {
            return Err(Error::infeasible("the checkpoint", "its balance is not in [0, 1]"));
        }
        alike(&[(&self.generator, &new.generator), (&self.autoencoder, &new.autoencoder)])
    }
}

/// `L`: the mean absolute difference between samples and what the autoencoder returns.
fn missed<'t>(autoencoder: &Bound<'t, f32>, x: Var<'t, f32>) -> Var<'t, f32> {
    (x - autoencoder.forward(x)).abs().mean()
}

impl Generative for Began {
    const PLAYERS: &'static [&'static str] = &["generator", "autoencoder"];

    fn told(record: &BeganRecord) -> Vec<(&'static str, f64)> {
        vec![("real_loss", record.real), ("fake_loss", record.fake), ("balance", record.balance)]
    }

    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        self.made(n, data.unit(), rng)
    }
}

impl Began {
    fn made(&self, n: usize, unit: f64, rng: &mut impl Rng) -> Array2<f64> {
        let z = noise(n, self.config.latent, rng);
        self.generator.best().apply(z.view()).mapv(|x| unit * f64::from(x))
    }
}

impl Training<Began> {
    /// `n` samples of the generator, one a row.
    pub fn generate(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        self.game().made(n, self.data().unit(), rng)
    }
}
