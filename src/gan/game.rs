//! The game: a generator against a [`Discriminator`], in alternating steps.
//!
//! A step of the game is k steps of the discriminator and one of the generator (Algorithm 1 of arXiv:1406.2661). In the
//! discriminator's steps the generator only supplies samples; it is not part of the differentiated expression. In the
//! generator's step no gradient of the discriminator's weights is computed.

use super::checkpoint::{BETWEEN, Checkpoint, DATA, GameState, NOISE};
use super::config::Config;
use super::discriminator::{Discriminator, DiscriminatorStep, all_finite};
use super::source::Source;
use super::value::{GameValue, Objective};
use crate::certificate::Status;
use crate::error::{Error, Result};
use crate::nn::{Mlp, Optimizer, Tape};
use crate::numeric::stream;
use ndarray::{Array2, ArrayView2, Zip};
use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};
use std::fmt;
use std::ops::ControlFlow;

/// Steps between two copies of the state to fall back on.
const KEEP_EVERY: u64 = 100;
/// The losses of a step of the game, each computed before the player moved.
#[derive(Debug, Clone, Copy, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Record {
    /// Steps of the game done, this one included.
    pub step: u64,
    /// The last discriminator step.
    pub discriminator: DiscriminatorStep,
    /// The generator's loss.
    pub generator_loss: f64,
}

/// A generator and a discriminator in training.
///
/// The loop belongs to the caller, through [`step`](Self::step), or runs through [`train`](Self::train).
pub struct Gan {
    config: Config,
    source: Box<dyn Source>,
    state: GameState,
    /// The state of at most [`KEEP_EVERY`] steps ago.
    good: GameState,
    diverged: Option<u64>,
    tape: Tape<f32>,
}

impl Gan {
    /// New networks for the data's dimension.
    ///
    /// # Errors
    /// As [`Config::validate`], with the data's columns.
    pub fn new(config: Config, source: impl Source + 'static) -> Result<Self> {
        config.validate()?;
        let dimension = source.dimension();
        config.fits_memory(dimension)?;
        let sizes = |first: usize, hidden: &[usize]| -> Vec<usize> { [&[first], hidden].concat() };
        let [mut generator_rng, mut discriminator_rng] = [0, 1].map(|k| stream(config.seed, k));
        let mut generator_sizes = sizes(config.latent, &config.generator_hidden);
        generator_sizes.push(dimension);
        let generator = Mlp::new(&generator_sizes, config.activation, config.output, &mut generator_rng);
        let state = GameState {
            steps: 0,
            average: config.averaging.map(|_| generator.clone()),
            generator,
            generator_optimizer: Optimizer::new(config.generator_rule),
            discriminator: Discriminator::new(
                &sizes(dimension, &config.discriminator_hidden),
                config.activation,
                config.constraint,
                config.discriminator_rule,
                &mut discriminator_rng,
            ),
            data: stream(config.seed, DATA),
            noise: stream(config.seed, NOISE),
            between: stream(config.seed, BETWEEN),
        };
        Ok(Self::in_state(config, state, Box::new(source)))
    }

    /// Continues from a checkpoint.
    ///
    /// With the same data the bits are those of a run that was never interrupted, as long as training stays finite.
    /// Both runs also diverge at the same step. But a checkpoint does not hold the state that the original run would
    /// fall back on. So until the next multiple of 100 steps a resumed run falls back on its checkpoint.
    ///
    /// # Errors
    /// Data of another dimension than the checkpoint's; a checkpoint that contradicts itself.
    pub fn resume(checkpoint: Checkpoint, source: impl Source + 'static) -> Result<Self> {
        let Checkpoint { config, state } = checkpoint;
        config.validate()?;
        state.validate(&config)?;
        if state.generator.outputs() != source.dimension() {
            return Err(Error::size_mismatch(
                ("the checkpoint's generator", state.generator.outputs()),
                ("training data", source.dimension()),
                "columns",
            ));
        }
        config.fits_memory(source.dimension())?;
        Ok(Self::in_state(config, state, Box::new(source)))
    }

    fn in_state(config: Config, state: GameState, source: Box<dyn Source>) -> Self {
        Self { config, source, good: state.clone(), state, diverged: None, tape: Tape::new() }
    }

    /// One step of the game: k discriminator steps, then a generator step.
    ///
    /// None once training has diverged, that is, a loss, a gradient or a weight is not finite; weights are checked
    /// every 100 steps. The networks are then those of the last good state, at most 100 steps before.
    pub fn step(&mut self) -> Option<Record> {
        if self.diverged.is_some() {
            return None;
        }
        let record = self.play();
        if record.is_none() || !self.state.is_finite_where_it_counts(KEEP_EVERY) {
            self.diverged = Some(self.state.steps);
            self.state = self.good.clone();
            return None;
        }
        if self.state.steps.is_multiple_of(KEEP_EVERY) {
            self.good.clone_from(&self.state);
        }
        record
    }

    fn play(&mut self) -> Option<Record> {
        let mut discriminator = None;
        for _ in 0..self.config.discriminator_steps {
            discriminator = Some(self.discriminator_step()?);
        }
        let generator_loss = self.generator_step()?;
        self.state.steps += 1;
        self.update_average();
        Some(Record { step: self.state.steps, discriminator: discriminator?, generator_loss })
    }

    /// One step of the discriminator alone; the generator does not change. None, without a change of the weights, if
    /// the loss or its gradient is not finite. The random streams advance in either case.
    pub fn discriminator_step(&mut self) -> Option<DiscriminatorStep> {
        let Self { config, source, state, tape, .. } = self;
        let progress = config.progress(state.steps);
        let real = drawn(source.as_ref(), config.batch, &mut state.data);
        let fake = state.generator.apply(noise(config.batch, config.latent, &mut state.noise).view());
        state.discriminator.optimizer.set_rate(config.discriminator_rule.rate() * config.rate.factor(progress));
        let strength = config.strength.factor(progress);
        state.discriminator.step(tape, config.objective, strength, (&real, &fake), &mut state.between)
    }

    /// One step of the generator alone; the discriminator does not change. Returns the loss before the step. None,
    /// without a change of the weights, if the loss or its gradient is not finite. The random streams advance in either
    /// case.
    pub fn generator_step(&mut self) -> Option<f64> {
        let Self { config, source, state, tape, .. } = self;
        tape.clear();
        let generator = state.generator.bind(tape);
        let discriminator = state.discriminator.bind(tape);
        let z = tape.leaf(noise(config.batch, config.latent, &mut state.noise).view());
        let fake = discriminator.forward(generator.forward(z));
        let real = if config.objective == Objective::Relativistic {
            discriminator.forward(tape.leaf(drawn(source.as_ref(), config.batch, &mut state.data)))
        } else {
            fake
        };
        let loss = config.objective.generator_loss(real, fake);
        let gradients = generator.gradients(loss);
        if !loss.scalar().is_finite() || !all_finite(&gradients) {
            return None;
        }
        let rate = config.rate.factor(config.progress(state.steps));
        state.generator_optimizer.set_rate(config.generator_rule.rate() * rate);
        state.generator_optimizer.step(state.generator.parameters_mut(), &gradients);
        Some(loss.scalar())
    }

    fn update_average(&mut self) {
        let (Some(memory), Some(average)) = (self.config.averaging, &mut self.state.average) else { return };
        // an average of few steps must not be dominated by the initial weights
        let t = self.state.steps as f64;
        let fresh = (1.0 - memory).max(9.0 / (10.0 + t)) as f32;
        for (slow, fast) in average.parameters_mut().zip(self.state.generator.parameters()) {
            Zip::from(slow).and(fast).for_each(|slow, &fast| *slow += fresh * (fast - *slow));
        }
    }

    /// Plays until `steps` steps of the game are done in all, including those before a checkpoint.
    ///
    /// Each step is passed to `observe`, which may stop the run.
    ///
    /// Returns [`Status::IterationLimit`] when the steps are done, and [`Status::Interrupted`] when `observe` stopped
    /// the run. Returns [`Status::Diverged`] when a loss, a gradient or a weight was not finite; for the state then
    /// kept see [`step`](Self::step).
    pub fn train(&mut self, steps: u64, mut observe: impl FnMut(&Record) -> ControlFlow<()>) -> Status {
        while self.state.steps < steps {
            match self.step() {
                None => return Status::Diverged,
                Some(record) if observe(&record).is_break() => return Status::Interrupted,
                Some(_) => {}
            }
        }
        Status::IterationLimit
    }

    /// `n` samples of the generator, one a row; of its averaged weights if the run keeps an average.
    pub fn generate(&self, n: usize, rng: &mut impl Rng) -> Array2<f64> {
        let network = self.state.average.as_ref().unwrap_or(&self.state.generator);
        let unit = self.source.unit();
        network.apply(noise(n, self.config.latent, rng).view()).mapv(|x| unit * f64::from(x))
    }

    /// `V` of the present discriminator on the given samples. On real samples it was not trained on, this proves the
    /// lower bound on the Jensen-Shannon divergence up to the standard error.
    ///
    /// # Panics
    /// If the columns are not those of the training data.
    #[must_use]
    pub fn value(&self, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> GameValue {
        let neutral = self.config.objective.neutral_output();
        let unit = self.source.unit();
        let logits = |x: ArrayView2<'_, f64>| {
            (self.state.discriminator.outputs(x.mapv(|x| x / unit).view()) - neutral).insert_axis(ndarray::Axis(1))
        };
        GameValue::of(logits(real).view(), logits(fake).view())
    }

    /// The whole state, to be written down.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        Checkpoint { config: self.config.clone(), state: self.state.clone() }
    }

    /// Steps of the game done.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.state.steps
    }

    /// The step at which a loss, a gradient or a weight was not finite, if there was one. [`steps`](Self::steps) is
    /// then the step of the state that was kept.
    #[must_use]
    pub fn diverged_at(&self) -> Option<u64> {
        self.diverged
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// The generator with its last weights; what it makes is in [units of the source](Source::unit).
    #[must_use]
    pub fn generator(&self) -> &Mlp<f32> {
        &self.state.generator
    }

    /// The discriminator; it sees samples in [units of the source](Source::unit).
    #[must_use]
    pub fn discriminator(&self) -> &Discriminator {
        &self.state.discriminator
    }
}

impl fmt::Debug for Gan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gan")
            .field("config", &self.config)
            .field("steps", &self.state.steps)
            .field("diverged", &self.diverged)
            .finish_non_exhaustive()
    }
}

/// Samples in units of the source.
fn drawn(source: &dyn Source, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
    let unit = source.unit() as f32;
    let mut samples = source.draw(n, rng);
    samples.mapv_inplace(|x| x / unit);
    samples
}

fn noise(n: usize, latent: usize, rng: &mut impl Rng) -> Array2<f32> {
    Array2::from_shape_simple_fn((n, latent), || StandardNormal.sample(rng))
}
