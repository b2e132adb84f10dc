//! What determines a run: its configuration, its presets, and whether they make sense.

use super::constraint::Constraint;
use super::discriminator::positive;
use super::schedule::Schedule;
use super::value::Objective;
use crate::error::{Error, Result};
use crate::nn::{Activation, Rule};
use crate::numeric::is_there_memory;

/// Discriminator steps for each generator step, beyond which a step of the game would seem to hang.
const MOST_STEPS: usize = 100_000;
/// Numbers kept of each weight: itself, two of the optimiser, an average, the same four in the last good state, two on
/// the tape.
const COPIES_OF_WEIGHTS: f64 = 10.0;
/// Numbers kept of each unit and row: forward, backward, and the same again for a penalty.
const COPIES_OF_UNITS: f64 = 6.0;

/// Everything that determines a run, together with the data: the same configuration gives the same bits.
///
/// Start from a preset and change what matters: `Config { seed: 7, ..Config::ring8() }`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Config {
    /// What the players minimise.
    pub objective: Objective,
    /// What the discriminator keeps.
    pub constraint: Constraint,
    /// Dimension of the noise, standard normal.
    pub latent: usize,
    /// Hidden sizes of the generator.
    pub generator_hidden: Vec<usize>,
    /// Hidden sizes of the discriminator.
    pub discriminator_hidden: Vec<usize>,
    /// Activation of all hidden layers.
    pub activation: Activation,
    /// Activation of the generator's output: tanh for data in [-1, 1].
    pub output: Activation,
    /// Samples of each kind a step.
    pub batch: usize,
    /// Discriminator steps a generator step.
    pub discriminator_steps: usize,
    /// Optimiser of the generator.
    pub generator_rule: Rule,
    /// Optimiser of the discriminator.
    pub discriminator_rule: Rule,
    /// How both rates change over [`steps`](Self::steps).
    pub rate: Schedule,
    /// How the strength of a penalty changes over [`steps`](Self::steps).
    pub strength: Schedule,
    /// Steps of the game that the schedules are laid out for.
    pub steps: u64,
    /// Memory of the running average of the generator's weights; samples are drawn with the averaged weights. It is
    /// shorter during the first steps. None: samples come from the last weights.
    pub averaging: Option<f64>,
    /// Seed of weights, data and noise, each with a stream of its own.
    pub seed: u64,
}

impl Config {
    /// For the [ring of eight](super::Toy::ring8): all eight modes in every seed that was tried, and more than 95 % of the samples within
    /// 3σ; `benches/gan.md` has the counts.
    ///
    /// Real and generated samples are compared in pairs (arXiv:2501.05441, with both penalties). What makes the samples tight
    /// is that the penalty's strength falls by a factor of a thousand and the rate to zero.
    #[must_use]
    pub fn ring8() -> Self {
        Self {
            objective: Objective::Relativistic,
            constraint: Constraint::R1R2(0.1),
            latent: 2,
            generator_hidden: vec![64; 3],
            discriminator_hidden: vec![64; 3],
            activation: Activation::LeakyRelu(0.2),
            output: Activation::Linear,
            batch: 128,
            discriminator_steps: 1,
            generator_rule: Rule::adam(2e-3, 0.0, 0.9),
            discriminator_rule: Rule::adam(2e-3, 0.0, 0.9),
            rate: Schedule::Cosine,
            strength: Schedule::Geometric(1e-3),
            steps: 120_000,
            averaging: Some(0.999),
            seed: 0,
        }
    }

    /// For the [grid of 25](super::Toy::grid25): the game of [`ring8`](Self::ring8), longer.
    #[must_use]
    pub fn grid25() -> Self {
        Self { constraint: Constraint::R1R2(0.3), steps: 180_000, ..Self::ring8() }
    }

    /// The plain game in two columns: the non-saturating loss with a weak penalty, at constant rates. It learns quickly where the modes are,
    /// and seldom all of them: a baseline, and a start for experiments with [`Objective`] and [`Constraint`].
    #[must_use]
    pub fn plain() -> Self {
        Self {
            objective: Objective::NonSaturating,
            constraint: Constraint::R1(0.001),
            generator_hidden: vec![64; 2],
            discriminator_hidden: vec![64; 2],
            generator_rule: Rule::adam(1e-3, 0.5, 0.9),
            discriminator_rule: Rule::adam(1e-3, 0.5, 0.9),
            rate: Schedule::Constant,
            strength: Schedule::Constant,
            steps: 3000,
            ..Self::ring8()
        }
    }

    /// For 8×8 digits, one a row of 64 columns scaled to [-1, 1]. They are legible and varied after 3000 steps, best at
    /// about 9000.
    #[must_use]
    pub fn digits() -> Self {
        Self {
            objective: Objective::NonSaturating,
            constraint: Constraint::R1(0.05),
            latent: 32,
            generator_hidden: vec![128, 128],
            discriminator_hidden: vec![128, 128],
            activation: Activation::LeakyRelu(0.2),
            output: Activation::Tanh,
            batch: 64,
            discriminator_steps: 1,
            generator_rule: Rule::adam(1e-3, 0.5, 0.99),
            discriminator_rule: Rule::adam(1e-3, 0.5, 0.99),
            rate: Schedule::Constant,
            strength: Schedule::Constant,
            steps: 3000,
            averaging: Some(0.999),
            seed: 0,
        }
    }

    /// Checks the numbers, and that the memory that they ask for can be had.
    ///
    /// A size, batch, rate or strength that is not positive; a memory outside [0, 1). Networks or a batch for which
    /// there is not enough memory; this is found before any of it is taken.
    pub fn validate(&self) -> Result<()> {
        self.constraint.validate()?;
        let hidden =
            [("generator_hidden", &self.generator_hidden), ("discriminator_hidden", &self.discriminator_hidden)];
        for (what, sizes) in hidden {
            for &size in sizes {
                positive(&format!("a size in {what}"), size as f64)?;
            }
        }
        for (what, size) in [("latent", self.latent), ("batch", self.batch)] {
            positive(what, size as f64)?;
        }
        if !(1..=MOST_STEPS).contains(&self.discriminator_steps) {
            let (what, value) = ("discriminator_steps".to_owned(), self.discriminator_steps as f64);
            return Err(Error::out_of_domain(what, value, format!("a number from 1 to {MOST_STEPS}")));
        }
        for (what, activation) in [("activation", self.activation), ("output", self.output)] {
            if let Activation::LeakyRelu(slope) = activation
                && !(slope as f32).is_finite()
            {
                return Err(Error::out_of_domain(format!("slope of {what}"), slope, "a number that is finite in f32"));
            }
        }
        for rule in [self.generator_rule, self.discriminator_rule] {
            rule.validate()?;
        }
        for schedule in [self.rate, self.strength] {
            schedule.validate()?;
        }
        positive("steps", self.steps as f64)?;
        if let Some(value) = self.averaging
            && !(0.0..1.0).contains(&value)
        {
            return Err(Error::out_of_domain("memory of the running average", value, "a number in [0, 1)"));
        }
        self.fits_memory(1)
    }

    /// Names of presets with what they are for; [`preset`](Self::preset) takes them.
    pub const PRESETS: [(&str, &str); 4] = [
        (
            "ring8",
            "relativistic pairs with both penalties, rates to zero over 120000 steps: for ring8 and other plane data",
        ),
        ("grid25", "the same over 180000 steps with a stronger penalty, for grid25"),
        ("plain", "the non-saturating game with a weak penalty, 3000 steps at constant rates: a baseline"),
        ("digits", "wider networks for 8x8 pictures, 3000 steps at constant rates"),
    ];

    /// The preset of this name.
    ///
    /// # Errors
    /// A name that is not among [`PRESETS`](Self::PRESETS).
    ///
    /// ```
    /// use fenchel::gan::Config;
    /// assert_eq!(Config::preset("grid25")?, Config::grid25());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn preset(name: &str) -> Result<Self> {
        Ok(match name {
            "ring8" => Self::ring8(),
            "grid25" => Self::grid25(),
            "plain" => Self::plain(),
            "digits" => Self::digits(),
            _ => {
                let names: Vec<&str> = Self::PRESETS.iter().map(|(name, _)| *name).collect();
                return Err(Error::unknown_name("preset", name, names.join(", ")));
            }
        })
    }

    /// Whether rates or strengths change, so that the run has an end that was planned.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        [self.rate, self.strength].iter().any(|schedule| *schedule != Schedule::Constant)
    }

    /// How much of the run is over after so many steps, from 0 to 1.
    pub(super) fn progress(&self, steps: u64) -> f64 {
        (steps as f64 / self.steps as f64).min(1.0)
    }

    /// Checks that the memory suffices to train networks for samples of `dimension` columns.
    pub(super) fn fits_memory(&self, dimension: usize) -> Result<()> {
        let bytes = self.bytes(dimension);
        if is_there_memory(bytes) {
            return Ok(());
        }
        let widest = self.generator_hidden.iter().chain(&self.discriminator_hidden).chain([&self.latent, &dimension]);
        Err(Error::unsupported(
            format!("training with batch = {}", self.batch),
            format!(
                "with layers of up to {} units it takes about {bytes:.1e} bytes of memory, and so much cannot be had; take \
                 a smaller batch, smaller layers or fewer columns",
                widest.max().unwrap_or(&0)
            ),
        ))
    }

    /// The approximate memory of training: the numbers kept of each weight, and of each unit for each row of a batch.
    fn bytes(&self, dimension: usize) -> f64 {
        let network = |inputs: usize, hidden: &[usize], outputs: usize| {
            let sizes: Vec<f64> =
                [&[inputs], hidden, &[outputs]].concat().into_iter().map(|size| size as f64).collect();
            let weights: f64 = sizes.windows(2).map(|pair| (pair[0] + 1.0) * pair[1]).sum();
            (weights, sizes.iter().sum::<f64>())
        };
        let (generator, generator_units) = network(self.latent, &self.generator_hidden, dimension);
        let (discriminator, discriminator_units) = network(dimension, &self.discriminator_hidden, 1);
        let weights = COPIES_OF_WEIGHTS * (generator + discriminator);
        let units = COPIES_OF_UNITS * self.batch as f64 * (generator_units + discriminator_units);
        size_of::<f32>() as f64 * (weights + units)
    }
}
