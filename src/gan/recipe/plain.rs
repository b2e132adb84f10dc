//! The plain game: a generator against a [`Discriminator`] (Goodfellow et al., arXiv:1406.2661, and its relatives).
//!
//! A step of the game is k steps of the discriminator and then m of the generator (Algorithm 1 of the paper has m = 1), or
//! one of each at once. In the discriminator's steps the generator only supplies samples; nothing is differentiated by its
//! weights. In the generator's steps no gradient of the discriminator's weights is computed.

use super::config::{Config, Moves};
use super::noise::noise;
use crate::error::{Error, Result};
use crate::gan::data::Scaled;
use crate::gan::discriminator::{Discriminator, DiscriminatorStep, Task};
use crate::gan::generative::Generative;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Gradients, Player, Trained};
use crate::gan::streams::Streams;
use crate::gan::value::GameValue;
use crate::nn::{Activation, Mlp, Var};
use crate::numeric::stream;
use ndarray::{Array2, ArrayView2, Axis, s};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// The losses of a step of the game, each computed before the player moved.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Record {
    /// Steps of the game done, this one included.
    pub step: u64,
    /// The last discriminator step.
    pub discriminator: DiscriminatorStep,
    /// The generator's loss in its last step.
    pub generator_loss: f64,
}

/// The two players, and their configuration.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Plain {
    config: Config,
    generator: Player<Mlp<f32>>,
    discriminator: Discriminator,
}

/// The plain game in training.
pub type Gan = Training<Plain>;

impl Game for Plain {
    type Config = Config;
    type Data = Scaled;
    type Record = Record;

    fn new(config: Config, data: &Scaled) -> Result<Self> {
        config.validate()?;
        config.fits_memory(data.dimension())?;
        let [mut generator_rng, mut discriminator_rng] = [0, 1].map(|k| stream(config.seed, k));
        let made = (data.dimension(), config.output);
        let generator = Mlp::stacked(config.latent, &config.generator_hidden, made, &mut generator_rng)?;
        let (seen, judged) = (config.packed * data.dimension(), (1, Activation::Linear));
        let network = Mlp::stacked(seen, &config.discriminator_hidden, judged, &mut discriminator_rng)?;
        let network = config.limit.on(network, &mut discriminator_rng);
        Ok(Self {
            generator: Player::new(generator, config.generator_learning()),
            discriminator: Discriminator::new(network, config.discriminator_learning()),
            config,
        })
    }

    fn config(&self) -> &Config {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, self.discriminator.player()]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<Record> {
        let step = turn.step + 1;
        if self.config.moves == Moves::Simultaneous {
            let (discriminator, of_discriminator) = self.discriminator_gradients(data, turn)?;
            let (generator_loss, of_generator) = self.generator_gradients(data, turn)?;
            self.discriminator.learn(of_discriminator, turn.progress(self.config.steps));
            self.generator.learn(of_generator, turn.progress(self.config.steps));
            return Some(Record { step, discriminator, generator_loss });
        }
        let mut discriminator = None;
        for _ in 0..self.config.discriminator_steps {
            discriminator = Some(self.discriminator_step(data, turn)?);
        }
        let mut generator_loss = None;
        for _ in 0..self.config.generator_steps {
            generator_loss = Some(self.generator_step(data, turn)?);
        }
        Some(Record { step, discriminator: discriminator?, generator_loss: generator_loss? })
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let made = self.generator.network().outputs();
        if made != data.dimension() {
            let (made, given) = (("the checkpoint's generator", made), ("training data", data.dimension()));
            return Err(Error::size_mismatch(made, given, "columns"));
        }
        let new = Self::new(self.config.clone(), data)?;
        let discriminator = self.discriminator.player();
        if self.generator.is_like(&new.generator) && discriminator.is_like(new.discriminator.player()) {
            return Ok(());
        }
        Err(Error::infeasible("the checkpoint", "its players are not those of its configuration"))
    }
}

impl Plain {
    fn discriminator_step(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<DiscriminatorStep> {
        let (step, gradients) = self.discriminator_gradients(data, turn)?;
        self.discriminator.learn(gradients, turn.progress(self.config.steps));
        Some(step)
    }

    fn generator_step(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<f64> {
        let (loss, gradients) = self.generator_gradients(data, turn)?;
        self.generator.learn(gradients, turn.progress(self.config.steps));
        Some(loss)
    }

    fn discriminator_gradients(&self, data: &Scaled, turn: &mut Turn<'_>) -> Option<(DiscriminatorStep, Gradients)> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (tape, streams) = turn.fresh();
        let real = data.draw(config.batch, streams.get(Streams::DATA));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let fake = self.generator.bind(tape).forward(z);
        let [real, fake] = [tape.leaf(real), fake].map(|samples| self.seen(samples, progress, streams));
        let task = Task {
            batches: config.batches,
            objective: config.objective,
            penalty: config.penalty.scaled(config.strength.factor(progress)),
            labels: (config.real_label, config.fake_label),
        };
        self.discriminator.judge(task, (real, fake), streams.get(Streams::BETWEEN))
    }

    fn generator_gradients(&self, data: &Scaled, turn: &mut Turn<'_>) -> Option<(f64, Gradients)> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (tape, streams) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.player().bind(tape));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let fake = discriminator.forward(self.seen(generator.forward(z), progress, streams));
        let loss = config.objective.generator_loss(fake, || {
            let real = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
            discriminator.forward(self.seen(real, progress, streams))
        });
        Some((loss.scalar(), self.generator.gradients(&generator, loss)?))
    }

    /// Samples as the discriminator sees them: with noise if there is any, and in packs.
    fn seen<'t>(&self, mut samples: Var<'t, f32>, progress: f64, streams: &mut Streams) -> Var<'t, f32> {
        let (rows, columns) = samples.shape();
        let deviation = self.config.instance_noise * self.config.noise_schedule.factor(progress);
        if deviation > 0.0 {
            let noise = noise(rows, columns, streams.get(Streams::INSTANCE)) * deviation as f32;
            samples = samples + samples.tape().leaf(noise);
        }
        samples.reshape((rows / self.config.packed, self.config.packed * columns))
    }
}

impl Plain {
    fn made(&self, n: usize, unit: f64, rng: &mut impl Rng) -> Array2<f64> {
        let z = noise(n, self.config.latent, rng);
        self.generator.best().apply(z.view()).mapv(|x| unit * f64::from(x))
    }

    fn judged(&self, unit: f64, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> GameValue {
        let Self { discriminator, config, .. } = self;
        let neutral = config.objective.neutral_output();
        let logits = |x: ArrayView2<'_, f64>| {
            let packs = x.nrows() / config.packed;
            let whole = x.slice(s![..packs * config.packed, ..]);
            let scaled = whole.iter().map(|x| x / unit).collect();
            let packed = Array2::from_shape_vec((packs, config.packed * x.ncols()), scaled).unwrap_or_default();
            (discriminator.outputs(packed.view()) - neutral).insert_axis(Axis(1))
        };
        GameValue::of(logits(real).view(), logits(fake).view())
    }
}

impl Generative for Plain {
    fn told(record: &Record) -> Vec<(&'static str, f64)> {
        let DiscriminatorStep { loss, value, .. } = record.discriminator;
        vec![
            ("discriminator_loss", loss),
            ("generator_loss", record.generator_loss),
            ("value", value.value),
            ("value_std_error", value.std_error),
            ("jsd_lower_bound", value.jsd_lower_bound()),
            ("accuracy", value.accuracy),
        ]
    }

    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        self.made(n, data.unit(), rng)
    }

    /// Of a discriminator that judges one sample at a time.
    fn value_on(&self, data: &Scaled, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> Option<GameValue> {
        (self.config.packed == 1).then(|| self.judged(data.unit(), real, fake))
    }
}

impl Training<Plain> {
    /// One step of the discriminator alone; the generator does not change. None, without a change of the weights, if
    /// the loss or its gradient is not finite. The random streams advance in either case.
    pub fn discriminator_step(&mut self) -> Option<DiscriminatorStep> {
        self.at_turn(Plain::discriminator_step)
    }

    /// One step of the generator alone; the discriminator does not change. Returns the loss before the step. None,
    /// without a change of the weights, if the loss or its gradient is not finite. The random streams advance in either
    /// case.
    pub fn generator_step(&mut self) -> Option<f64> {
        self.at_turn(Plain::generator_step)
    }

    /// `n` samples of the generator, one a row; of its averaged weights if the run keeps an average.
    pub fn generate(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        self.game().made(n, self.data().unit(), rng)
    }

    /// `V` of the present discriminator on the given samples. On real samples it was not trained on, this proves the
    /// lower bound on the Jensen-Shannon divergence up to the standard error.
    ///
    /// A discriminator that judges m samples together is given the rows m by m, without those that are left over, and the
    /// bound is then one of the divergence between m independent samples of either law.
    ///
    /// # Panics
    /// If the columns are not those of the training data.
    #[must_use]
    pub fn value(&self, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> GameValue {
        self.game().judged(self.data().unit(), real, fake)
    }

    /// The generator with its last weights; what it makes is in [units of the source](Scaled::unit).
    #[must_use]
    pub fn generator(&self) -> &Mlp<f32> {
        self.game().generator.network()
    }

    /// The discriminator; it sees samples in [units of the source](Scaled::unit).
    #[must_use]
    pub fn discriminator(&self) -> &Discriminator {
        &self.game().discriminator
    }
}
