//! AC-GAN: a generator that is told a class, and a discriminator that names it (Odena et al., arXiv:1610.09585).
//!
//! The discriminator `D(x)` has an output for the source, `s`, and one for each class; `P(c | x)` is the softmax of these.
//! With `L_C = E ln P(c | x) + E ln P(c | G(z, c))` the discriminator maximises `L_S + L_C` and the generator
//! `L_C - L_S`, here in its non-saturating form.
//!
//! A class may be a combination of [factors](Labelled::factors), such as a digit and its slant: a figure and its pose. Then the
//! generator is told the value of each, the discriminator has a softmax for each, and `L_C` is the sum over them.

use super::classes::Classes;
use super::noise::{beside, noise};
use super::players::{alike, counts, players, same};
use crate::error::Result;
use crate::gan::data::{Labelled, Scaled};
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::penalty::{Penalty, Scored};
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Layers, Mlp, Rule, Var};
use ndarray::Array2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AcGanConfig {
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of both networks.
    pub hidden: Layers,
    /// Samples of each kind a step.
    pub batch: usize,
    /// The penalty on the slope of the discriminator's output for the source.
    pub penalty: Penalty,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for AcGanConfig {
    /// For labelled laws in the plane.
    fn default() -> Self {
        Self {
            latent: 8,
            hidden: Layers::leaky(&[64, 64]),
            batch: 128,
            penalty: Penalty::R1(0.01),
            learning: Learning { averaging: Some(0.99), ..Learning::new(Rule::adam(1e-3, 0.0, 0.9)) },
            steps: 2000,
            seed: 0,
        }
    }
}

impl AcGanConfig {
    /// For small images with classes, such as the 8×8 digits from -1 to 1.
    #[must_use]
    pub fn pictures() -> Self {
        let learning =
            Learning { rate: Schedule::Cosine, averaging: Some(0.99), ..Learning::new(Rule::adam(2e-3, 0.0, 0.9)) };
        Self {
            latent: 16,
            hidden: Layers::leaky(&[128, 128]),
            batch: 64,
            penalty: Penalty::R1(0.5),
            learning,
            ..Self::default()
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AcGanRecord {
    /// The discriminator's loss for the source, without the penalty.
    pub source: f64,
    /// Its cross entropy for the classes, of real and generated samples together.
    pub classes: f64,
    /// The generator's loss.
    pub generator: f64,
}

/// The two players.
///
/// ```
/// use fenchel::gan::{AcGan, AcGanConfig, Toy, Training};
/// let config = AcGanConfig { hidden: "16".parse()?, batch: 16, ..AcGanConfig::default() };
/// let mut run = Training::<AcGan>::new(config, Toy::ring8())?;
/// let record = run.step().expect("the losses are finite");
/// assert!((record.classes - 2.0 * 8f64.ln()).abs() < 2.0); // it knows nothing yet of eight classes
/// let samples = run.generate(&[0, 3, 3], &mut fenchel::numeric::stream(1, 0));
/// assert_eq!(samples.dim(), (3, 2));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AcGan {
    config: AcGanConfig,
    classes: Classes,
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

impl Game for AcGan {
    type Config = AcGanConfig;
    type Data = Scaled<dyn Labelled>;
    type Record = AcGanRecord;

    fn new(config: AcGanConfig, data: &Self::Data) -> Result<Self> {
        let classes = Classes::of(data)?;
        config.penalty.validate()?;
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        let networks = [
            ("hidden", config.latent.saturating_add(classes.columns()), &config.hidden, data.dimension()),
            ("hidden", data.dimension(), &config.hidden, classes.columns().saturating_add(1)),
        ];
        let [generator, discriminator] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { classes, generator, discriminator, config })
    }

    fn config(&self) -> &AcGanConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminator]
    }

    fn round(&mut self, data: &Self::Data, turn: &mut Turn<'_>) -> Option<AcGanRecord> {
        let (progress, batch) = (turn.progress(self.config.steps), self.config.batch);

        let (tape, streams) = turn.fresh();
        let bound = self.discriminator.bind(tape);
        let (real, real_classes) = data.draw_labelled(batch, streams.get(Streams::DATA));
        let (z, classes) = self.wishes(batch, streams.get(Streams::NOISE));
        let (real, fake) = (tape.leaf(real), self.generator.bind(tape).forward(tape.leaf(z)));
        let (of_real, of_fake) = (bound.forward(real), bound.forward(fake));
        let cross = self.cross_entropy(of_real, &real_classes) + self.cross_entropy(of_fake, &classes);
        let real = Scored { points: real, outputs: of_real.columns(0..1) };
        let fake = Scored { points: fake, outputs: of_fake.columns(0..1) };
        let loss = Objective::NonSaturating.discriminator_loss(real.outputs, fake.outputs);
        let source = |x| bound.forward(x).columns(0..1);
        let penalty = self.config.penalty.term(source, real, fake, streams.get(Streams::BETWEEN));
        let total = penalty.into_iter().fold(loss + cross, |sum, penalty| sum + penalty);
        let (source_loss, class_loss) = (loss.scalar(), cross.scalar());
        self.discriminator.descend(&bound, total, progress)?;

        let (tape, streams) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let (z, classes) = self.wishes(batch, streams.get(Streams::NOISE));
        let outputs = discriminator.forward(generator.forward(tape.leaf(z)));
        let of_source = outputs.columns(0..1);
        let loss = Objective::NonSaturating.generator_loss(of_source, || of_source);
        let loss = loss + self.cross_entropy(outputs, &classes);
        let generator_loss = loss.scalar();
        self.generator.descend(&generator, loss, progress)?;
        Some(AcGanRecord { source: source_loss, classes: class_loss, generator: generator_loss })
    }

    fn validate(&self, data: &Self::Data) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        same(self.classes == new.classes)?;
        alike(&[(&self.generator, &new.generator), (&self.discriminator, &new.discriminator)])
    }
}

impl AcGan {
    /// Noise, each row followed by its class, and the classes: uniform ones.
    fn wishes(&self, n: usize, rng: &mut impl Rng) -> (Array2<f32>, Vec<usize>) {
        let z = noise(n, self.config.latent, rng);
        let classes = self.classes.draw(n, rng);
        (self.told(z, &classes), classes)
    }

    fn told(&self, z: Array2<f32>, classes: &[usize]) -> Array2<f32> {
        beside(&z, &self.classes.one_hot(classes))
    }

    /// What the generator makes of noise and classes.
    fn made(&self, told: &Array2<f32>, unit: f64) -> Array2<f64> {
        self.generator.best().apply(told.view()).mapv(|x| unit * f64::from(x))
    }

    /// `-E ln P(c | x)` of outputs for the source and for the classes.
    fn cross_entropy<'t>(&self, outputs: Var<'t, f32>, classes: &[usize]) -> Var<'t, f32> {
        self.classes.cross_entropy(outputs.columns(1..1 + self.classes.columns()), classes)
    }
}

impl Generative for AcGan {
    fn told(record: &AcGanRecord) -> Vec<(&'static str, f64)> {
        let AcGanRecord { source, classes, generator } = *record;
        vec![("discriminator_loss", source), ("class_loss", classes), ("generator_loss", generator)]
    }

    /// Of classes drawn at random.
    fn samples(&self, data: &Self::Data, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let (z, _) = self.wishes(n, rng);
        self.made(&z, data.unit())
    }
}

impl Training<AcGan> {
    /// A sample of each of the given classes, one a row; of the averaged weights if the run keeps an average.
    ///
    /// # Panics
    /// If a class is not one of the data's.
    pub fn generate(&self, classes: &[usize], rng: &mut impl Rng) -> Array2<f64> {
        let game = self.game();
        let z = game.told(noise(classes.len(), game.config.latent, rng), classes);
        game.made(&z, self.data().unit())
    }
}
