//! What determines a run of the plain game: its configuration, its presets, and whether they make sense.

use super::memory;
use crate::error::{Error, Result};
use crate::gan::discriminator::Batches;
use crate::gan::limit::Limit;
use crate::gan::objective::Objective;
use crate::gan::penalty::Penalty;
use crate::gan::player::Learning;
use crate::gan::schedule::Schedule;
use crate::nn::{Activation, Filter, Image, Layer, LayerForm, Layers, Normalisation, Rule};

/// Steps of a player in a step of the game, beyond which that would seem to hang.
const MOST_STEPS: usize = 100_000;

/// Who has moved when a player looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Moves {
    /// The discriminator moves first, and the generator sees its new weights.
    Alternating,
    /// Both take one step from where they were: gradient descent-ascent.
    Simultaneous,
}

/// Everything that determines a run, together with the data: the same configuration gives the same bits.
///
/// Start from a preset and change what matters: `Config { seed: 7, ..Config::ring8() }`.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct Config {
    /// What the players minimise.
    pub objective: Objective,
    /// The penalty on the slope of the discriminator.
    pub penalty: Penalty,
    /// The limit on its weights.
    pub limit: Limit,
    /// Dimension of the noise, standard normal.
    pub latent: usize,
    /// Hidden layers of the generator.
    pub generator_hidden: Layers,
    /// Hidden layers of the discriminator.
    pub discriminator_hidden: Layers,
    /// Activation of the generator's output: tanh for data in [-1, 1]. Hidden layers that end in images of the data's size by this
    /// activation need no output layer.
    pub output: Activation,
    /// Samples of each kind a step.
    pub batch: usize,
    /// Steps of the discriminator in a step of the game.
    pub discriminator_steps: usize,
    /// Steps of the generator in a step of the game, after those of the discriminator.
    pub generator_steps: usize,
    /// Whether the players move in turn or at once.
    pub moves: Moves,
    /// Whether real and generated samples come before the discriminator together.
    pub batches: Batches,
    /// Samples of one kind that the discriminator judges together (PacGAN, arXiv:1712.04086); 1 is the usual game.
    pub packed: usize,
    /// With which probability a real sample counts as real in the discriminator's loss: below 1, its label is smoothed
    /// (arXiv:1606.03498).
    pub real_label: f64,
    /// With which probability a generated sample counts as real; above 0, smoothing is two-sided.
    pub fake_label: f64,
    /// Deviation of the normal noise that is added to all samples before the discriminator sees them, in units of the source
    /// (arXiv:1610.04490).
    pub instance_noise: f64,
    /// How that deviation changes over [`steps`](Self::steps).
    pub noise_schedule: Schedule,
    /// Optimiser of the generator.
    pub generator_rule: Rule,
    /// Optimiser of the discriminator.
    pub discriminator_rule: Rule,
    /// How both rates change over [`steps`](Self::steps).
    pub rate: Schedule,
    /// How the strength of a penalty changes over [`steps`](Self::steps).
    pub strength: Schedule,
    /// The largest length of either player's gradient; see [`Learning::clipping`](crate::gan::Learning::clipping).
    pub clipping: Option<f64>,
    /// Steps of the game that the schedules are laid out for.
    pub steps: u64,
    /// Memory of the running average of the generator's weights; samples are drawn with the averaged weights. It is
    /// shorter during the first steps. None: samples come from the last weights.
    pub averaging: Option<f64>,
    /// Seed of weights, data and noise, each with a stream of its own.
    pub seed: u64,
}

impl Config {
    /// For the [ring of eight](crate::gan::Toy::ring8): all eight modes in every seed that was tried, and more than 95 % of the samples
    /// within 3σ; `benches/gan.md` has the counts.
    ///
    /// Real and generated samples are compared in pairs (arXiv:2501.05441, with both penalties). What makes the samples tight
    /// is that the penalty's strength falls by a factor of a thousand and the rate to zero.
    #[must_use]
    pub fn ring8() -> Self {
        Self {
            objective: Objective::Relativistic,
            penalty: Penalty::R1R2(0.1),
            limit: Limit::None,
            latent: 2,
            generator_hidden: Layers::leaky(&[64; 3]),
            discriminator_hidden: Layers::leaky(&[64; 3]),
            output: Activation::Linear,
            batch: 128,
            discriminator_steps: 1,
            generator_steps: 1,
            moves: Moves::Alternating,
            batches: Batches::Mixed,
            packed: 1,
            real_label: 1.0,
            fake_label: 0.0,
            instance_noise: 0.0,
            noise_schedule: Schedule::Linear,
            generator_rule: Rule::adam(2e-3, 0.0, 0.9),
            discriminator_rule: Rule::adam(2e-3, 0.0, 0.9),
            rate: Schedule::Cosine,
            strength: Schedule::Geometric(1e-3),
            clipping: None,
            steps: 120_000,
            averaging: Some(0.999),
            seed: 0,
        }
    }

    /// For the [grid of 25](crate::gan::Toy::grid25): the game of [`ring8`](Self::ring8), longer.
    #[must_use]
    pub fn grid25() -> Self {
        Self { penalty: Penalty::R1R2(0.3), steps: 180_000, ..Self::ring8() }
    }

    /// The plain game in two columns: the non-saturating loss with a weak penalty, at constant rates. It learns quickly where the modes
    /// are, and seldom all of them: a baseline, and a start for experiments with [`Objective`] and [`Penalty`].
    #[must_use]
    pub fn plain() -> Self {
        Self {
            objective: Objective::NonSaturating,
            penalty: Penalty::R1(0.001),
            batches: Batches::Separate,
            generator_hidden: Layers::leaky(&[64; 2]),
            discriminator_hidden: Layers::leaky(&[64; 2]),
            generator_rule: Rule::adam(1e-3, 0.5, 0.9),
            discriminator_rule: Rule::adam(1e-3, 0.5, 0.9),
            rate: Schedule::Constant,
            strength: Schedule::Constant,
            steps: 3000,
            ..Self::ring8()
        }
    }

    /// For 8×8 digits, one a row of 64 columns scaled to [-1, 1]: real and generated images compared in pairs, with both penalties at a
    /// constant strength, and rates that fall to zero.
    ///
    /// Generated images are then at a Fréchet distance of .40 to .47 (three seeds) from the half of the images that was not learnt, which
    /// is at .25 from the half that was.
    #[must_use]
    pub fn digits() -> Self {
        Self {
            penalty: Penalty::R1R2(2.0),
            latent: 64,
            generator_hidden: Layers::leaky(&[128; 3]),
            discriminator_hidden: Layers::leaky(&[256; 2]),
            output: Activation::Tanh,
            generator_rule: Rule::adam(3e-3, 0.0, 0.9),
            discriminator_rule: Rule::adam(3e-3, 0.0, 0.9),
            strength: Schedule::Constant,
            steps: 9000,
            ..Self::ring8()
        }
    }

    /// The perceptrons of the slides, for pictures scaled to [-1, 1]: one hidden layer of 128 on both sides, noise of 100 columns, no penalty,
    /// Adam at 2e-4. A baseline; what it reaches stands in `benches/gan.md`.
    #[must_use]
    pub fn slides() -> Self {
        let rule = Rule::adam(2e-4, 0.5, 0.999);
        Self {
            penalty: Penalty::None,
            latent: 100,
            generator_hidden: Layers::leaky(&[128]),
            discriminator_hidden: Layers::leaky(&[128]),
            output: Activation::Tanh,
            batch: 100,
            batches: Batches::Mixed,
            generator_rule: rule,
            discriminator_rule: rule,
            steps: 20_000,
            ..Self::plain()
        }
    }

    /// For 8×8 digits: convolutions on both sides with batch normalisation (DCGAN: Radford et al., arXiv:1511.06434, at the size of the
    /// images), real and generated images in separate batches.
    #[must_use]
    pub fn dcgan() -> Self {
        let layer = |form, normalisation, activation| Layer { form, normalisation, activation, dropout: 0.0 };
        let halving = |channels| Filter { channels, side: 4, stride: 2 };
        let (lrelu, image) = (Activation::LeakyRelu(0.2), Image { height: 2, width: 2, channels: 64 });
        Self {
            penalty: Penalty::None,
            latent: 32,
            generator_hidden: Layers(vec![
                layer(LayerForm::Image(image), Normalisation::Batch, Activation::Relu),
                layer(LayerForm::Transposed(halving(32)), Normalisation::Batch, Activation::Relu),
                layer(LayerForm::Transposed(halving(1)), Normalisation::None, Activation::Tanh),
            ]),
            discriminator_hidden: Layers(vec![
                layer(LayerForm::Convolution(halving(32)), Normalisation::None, lrelu),
                layer(LayerForm::Convolution(halving(64)), Normalisation::Batch, lrelu),
            ]),
            output: Activation::Tanh,
            batch: 64,
            generator_rule: Rule::adam(5e-4, 0.5, 0.999),
            discriminator_rule: Rule::adam(5e-4, 0.5, 0.999),
            ..Self::plain()
        }
    }

    /// Checks the numbers, and that the memory that they ask for can be had.
    ///
    /// # Errors
    /// A size, batch, rate or strength that is not positive; a memory outside [0, 1); packs that do not divide the batch;
    /// labels out of range, or for an objective that has none; noise that is negative; simultaneous moves of several steps. Networks or a
    /// batch for which there is not enough memory; this is found before any of it is taken.
    pub fn validate(&self) -> Result<()> {
        self.penalty.validate()?;
        self.limit.validate()?;
        self.generator_hidden.validate("generator_hidden")?;
        self.discriminator_hidden.validate("discriminator_hidden")?;
        self.output.validate("output")?;
        for (what, size) in [("latent", self.latent), ("batch", self.batch)] {
            positive(what, size as f64)?;
        }
        for (what, steps) in
            [("discriminator_steps", self.discriminator_steps), ("generator_steps", self.generator_steps)]
        {
            if !(1..=MOST_STEPS).contains(&steps) {
                return Err(Error::out_of_domain(what, steps as f64, format!("a number from 1 to {MOST_STEPS}")));
            }
        }
        if self.moves == Moves::Simultaneous && (self.discriminator_steps, self.generator_steps) != (1, 1) {
            let why = "players that move at once take one step each; take one, or let them alternate";
            return Err(Error::unsupported("simultaneous moves of several steps", why));
        }
        if self.packed == 0 || !self.batch.is_multiple_of(self.packed) {
            let expected = format!("a number that divides the batch of {}", self.batch);
            return Err(Error::out_of_domain("packed", self.packed as f64, expected));
        }
        if self.packed > 1 && self.discriminator_hidden.has_images() {
            let why = "samples side by side are no image; take dense layers, or judge samples one by one";
            return Err(Error::unsupported("packs of samples before a discriminator with convolutions", why));
        }
        self.validate_labels()?;
        if !(self.instance_noise >= 0.0 && (self.instance_noise as f32).is_finite()) {
            let expected = "a finite number that is not negative";
            return Err(Error::out_of_domain("instance_noise", self.instance_noise, expected));
        }
        for learning in [self.generator_learning(), self.discriminator_learning()] {
            learning.validate()?;
        }
        for schedule in [self.strength, self.noise_schedule] {
            schedule.validate()?;
        }
        positive("steps", self.steps as f64)?;
        // what images they make of the data is not known here
        if self.discriminator_hidden.has_images() { Ok(()) } else { self.fits_memory(1) }
    }

    fn validate_labels(&self) -> Result<()> {
        let (real, fake) = (self.real_label, self.fake_label);
        if !(real > 0.5 && real <= 1.0) {
            return Err(Error::out_of_domain("real_label", real, "a number above 0.5, at most 1"));
        }
        if !(0.0..0.5).contains(&fake) {
            return Err(Error::out_of_domain("fake_label", fake, "a number from 0 on, below 0.5"));
        }
        if (real < 1.0 || fake > 0.0) && !self.objective.has_labels() {
            return Err(Error::unsupported(
                format!("smoothed labels for the objective {}", self.objective),
                "it has no labels; take minimax or nonsaturating, or give lsgan other codes",
            ));
        }
        Ok(())
    }

    /// How the generator learns.
    pub(super) fn generator_learning(&self) -> Learning {
        let (rate, clipping, averaging) = (self.rate, self.clipping, self.averaging);
        Learning { rule: self.generator_rule, rate, clipping, averaging }
    }

    /// How the discriminator learns.
    pub(super) fn discriminator_learning(&self) -> Learning {
        Learning { rule: self.discriminator_rule, rate: self.rate, clipping: self.clipping, averaging: None }
    }

    /// Names of presets with what they are for; [`preset`](Self::preset) takes them.
    pub const PRESETS: [(&str, &str); 6] = [
        (
            "ring8",
            "relativistic pairs with both penalties, rates to zero over 120000 steps: for ring8 and other plane data",
        ),
        ("grid25", "the same over 180000 steps with a stronger penalty, for grid25"),
        ("plain", "the non-saturating game with a weak penalty, 3000 steps at constant rates: a baseline"),
        ("digits", "relativistic pairs with both penalties, rates to zero over 9000 steps: for 8x8 pictures"),
        ("slides", "one hidden layer of 128 on both sides and no penalty, 20000 steps at constant rates: for pictures"),
        ("dcgan", "convolutions with batch normalisation for 8x8 pictures, 3000 steps at constant rates"),
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
            "slides" => Self::slides(),
            "dcgan" => Self::dcgan(),
            _ => {
                let names: Vec<&str> = Self::PRESETS.iter().map(|(name, _)| *name).collect();
                return Err(Error::unknown_name("preset", name, names.join(", ")));
            }
        })
    }

    /// Whether rates, strengths or noise change, so that the run has an end that was planned.
    #[must_use]
    pub fn is_scheduled(&self) -> bool {
        let noise = if self.instance_noise > 0.0 { self.noise_schedule } else { Schedule::Constant };
        [self.rate, self.strength, noise].iter().any(|schedule| *schedule != Schedule::Constant)
    }

    /// Checks that the memory suffices to train networks for samples of `dimension` columns.
    pub(super) fn fits_memory(&self, dimension: usize) -> Result<()> {
        let seen = self.packed.saturating_mul(dimension);
        let networks = [(self.latent, &self.generator_hidden, dimension), (seen, &self.discriminator_hidden, 1)];
        memory::check(networks, self.batch)
    }
}

fn positive(what: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::out_of_domain(what, value, "a positive finite number"))
}
