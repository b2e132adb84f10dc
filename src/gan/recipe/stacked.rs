//! StackGAN: images of a class in two stages, first small and then as large as the data (Zhang et al., arXiv:1612.03242).
//!
//! With `↓` the mean of 2×2 pixels and `↑` their repetition, stage I plays for images of half the side: `G₁(z, c)` against `D₁(↓x, c)`. Then
//! its generator stays as it is, and stage II corrects what it makes: `↑G₁(z, c) + G₂(G₁(z, c), z, c)` against `D₂(x, c)`. Every
//! discriminator is told the class and judges whether the image is a real one of it. Without a first stage, `G₂(z, c)` makes the
//! whole image at once.

use super::classes::Classes;
use super::memory;
use super::noise::{beside, noise};
use super::players::{alike, counts, same};
use crate::error::{Error, Result};
use crate::gan::data::{Labelled, Scaled};
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::penalty::{Penalty, Scored};
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Activation, Layers, Mlp, Rule};
use crate::numeric::stream;
use ndarray::Array2;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct StackedConfig {
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of all networks.
    pub hidden: Layers,
    /// Samples of each kind a step.
    pub batch: usize,
    /// The share of the steps that belongs to stage I. With 0 there is none, and one generator makes the whole image.
    pub first: f64,
    /// The penalty on the slope of the discriminators.
    pub penalty: Penalty,
    /// How all players learn. The rate changes over each stage anew.
    pub learning: Learning,
    /// Steps of both stages together.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for StackedConfig {
    /// For small images with classes, such as the 8×8 digits from -1 to 1.
    fn default() -> Self {
        let rule = Rule::adam(2e-3, 0.0, 0.9);
        Self {
            latent: 16,
            hidden: Layers::leaky(&[128, 128]),
            batch: 64,
            first: 0.2,
            penalty: Penalty::R1(0.5),
            learning: Learning { rate: Schedule::Cosine, averaging: Some(0.99), ..Learning::new(rule) },
            steps: 3000,
            seed: 0,
        }
    }
}

/// The losses of a step, of the stage that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StackedRecord {
    /// 1 or 2.
    pub stage: u8,
    /// The discriminator's loss, without the penalty.
    pub discriminator: f64,
    /// The generator's loss.
    pub generator: f64,
}

/// The two players of a stage.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Stage {
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

/// What a generator begins with: its input, the image that it corrects if there is one, and the class.
struct Begun {
    input: Array2<f32>,
    image: Option<Array2<f32>>,
    class: Array2<f32>,
}

/// The players of both stages.
///
/// ```
/// use fenchel::gan::{LabelledRows, Stacked, StackedConfig, Training};
/// let images = ndarray::Array2::from_shape_fn((6, 16), |(i, pixel)| f64::from(u8::from(pixel % 3 == i % 3)));
/// let data = LabelledRows::new(images.view(), vec![0, 1, 2, 0, 1, 2])?;
/// let mut run = Training::<Stacked>::new(StackedConfig { batch: 8, ..StackedConfig::default() }, data)?;
/// assert_eq!(run.step().expect("the losses are finite").stage, 1);
/// assert_eq!(run.generate(&[0, 2], &mut fenchel::numeric::stream(1, 0)).dim(), (2, 16));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stacked {
    config: StackedConfig,
    classes: Classes,
    fine: Stage,
    coarse: Option<Stage>,
}

impl Game for Stacked {
    type Config = StackedConfig;
    type Data = Scaled<dyn Labelled>;
    type Record = StackedRecord;

    fn new(config: StackedConfig, data: &Self::Data) -> Result<Self> {
        let classes = Classes::of(data)?;
        config.learning.validate()?;
        config.penalty.validate()?;
        config.hidden.validate("hidden")?;
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        if !(0.0..1.0).contains(&config.first) {
            return Err(Error::out_of_domain("first", config.first, "a share of the steps in [0, 1)"));
        }
        let pixels = data.dimension();
        side(pixels)?;
        let told = config.latent.saturating_add(classes.columns());
        let stage = |k, start: usize, pixels: usize, corrects: bool| {
            let judged = pixels + classes.columns();
            memory::check([(start, &config.hidden, pixels), (judged, &config.hidden, 1)], config.batch)?;
            let network = |k, inputs, outputs| {
                Mlp::stacked(inputs, &config.hidden, (outputs, Activation::Linear), &mut stream(config.seed, k))
            };
            let mut generator = network(k, start, pixels)?;
            if let (true, Some(last)) = (corrects, generator.layers.last_mut()) {
                // until it has learnt something, the correction is none
                last.weight.fill(0.0);
            }
            let [generator, discriminator] =
                [generator, network(k + 1, judged, 1)?].map(|network| Player::new(network, config.learning.clone()));
            Ok::<_, Error>(Stage { generator, discriminator })
        };
        let (fine, coarse) = if config.first > 0.0 {
            (stage(18, told + pixels / 4, pixels, true)?, Some(stage(16, told, pixels / 4, false)?))
        } else {
            (stage(18, told, pixels, false)?, None)
        };
        Ok(Self { classes, fine, coarse, config })
    }

    fn config(&self) -> &StackedConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        let stages = [Some(&self.fine), self.coarse.as_ref()];
        stages
            .into_iter()
            .flatten()
            .flat_map(|stage| [&stage.generator as &dyn Trained, &stage.discriminator])
            .collect()
    }

    fn round(&mut self, data: &Self::Data, turn: &mut Turn<'_>) -> Option<StackedRecord> {
        let is_first = turn.progress(self.config.steps) < self.config.first;
        let (_, streams) = turn.fresh();
        let (real, classes) = data.draw_labelled(self.config.batch, streams.get(Streams::DATA));
        let class = self.classes.one_hot(&classes);
        let begun = [(); 2].map(|()| {
            let rng = streams.get(Streams::NOISE);
            let classes = self.classes.draw(self.config.batch, rng);
            if is_first { self.at_first(&classes, rng) } else { self.begun(&classes, rng) }
        });
        let real = if is_first { real.dot(&halving(data.dimension())) } else { real };
        let Self { config, fine, coarse, .. } = self;
        let stage = if is_first { coarse.as_mut()? } else { fine };
        let (discriminator, generator) = stage.play(config, (real, class), begun, turn)?;
        Some(StackedRecord { stage: if is_first { 1 } else { 2 }, discriminator, generator })
    }

    fn validate(&self, data: &Self::Data) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        same(self.classes == new.classes && self.coarse.is_some() == new.coarse.is_some())?;
        let stages = [Some((&self.fine, &new.fine)), self.coarse.as_ref().zip(new.coarse.as_ref())];
        stages.into_iter().flatten().try_for_each(|(own, new)| {
            alike(&[(&own.generator, &new.generator), (&own.discriminator, &new.discriminator)])
        })
    }
}

impl Stage {
    /// A step of the discriminator and one of the generator; the losses of both.
    fn play(
        &mut self,
        config: &StackedConfig,
        (real, class): (Array2<f32>, Array2<f32>),
        [first, second]: [Begun; 2],
        turn: &mut Turn<'_>,
    ) -> Option<(f64, f64)> {
        let overall = turn.progress(config.steps);
        let progress = if overall < config.first {
            overall / config.first
        } else {
            (overall - config.first) / (1.0 - config.first)
        };

        let (tape, streams) = turn.fresh();
        let bound = self.discriminator.bind(tape);
        let (class, asked) = (tape.leaf(class), tape.leaf(first.class.view()));
        let real = Scored::new(|x| bound.forward(x.beside(class)), tape.leaf(real));
        let fake = made(self.generator.network(), &first);
        let fake = Scored::new(|x| bound.forward(x.beside(asked)), tape.leaf(fake));
        let loss = Objective::NonSaturating.discriminator_loss(real.outputs, fake.outputs);
        let penalty =
            config.penalty.term(|x| bound.forward(x.beside(class)), real, fake, streams.get(Streams::BETWEEN));
        let discriminator_loss = loss.scalar();
        self.discriminator.descend(&bound, penalty.map_or(loss, |penalty| loss + penalty), progress)?;

        let (tape, _) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let mut fake = generator.forward(tape.leaf(second.input));
        if let Some(image) = second.image {
            fake = fake + tape.leaf(image);
        }
        let of_fake = discriminator.forward(fake.beside(tape.leaf(second.class)));
        let loss = Objective::NonSaturating.generator_loss(of_fake, || of_fake);
        let generator_loss = loss.scalar();
        self.generator.descend(&generator, loss, progress)?;
        Some((discriminator_loss, generator_loss))
    }
}

/// What a generator makes of what it begins with.
fn made(generator: &Mlp<f32>, begun: &Begun) -> Array2<f32> {
    let made = generator.apply(begun.input.view());
    if let Some(image) = &begun.image { made + image } else { made }
}

impl Stacked {
    /// Noise and classes, for a generator that has nothing else to begin with.
    fn at_first(&self, classes: &[usize], rng: &mut impl Rng) -> Begun {
        let class = self.classes.one_hot(classes);
        Begun { input: beside(&noise(classes.len(), self.config.latent, rng), &class), image: None, class }
    }

    /// What the generator of whole images begins with.
    fn begun(&self, classes: &[usize], rng: &mut impl Rng) -> Begun {
        let first = self.at_first(classes, rng);
        let Some(coarse) = &self.coarse else { return first };
        let small = made(coarse.generator.best(), &first);
        // four pixels of a quarter each in halving, of one each in its reverse
        let image = small.dot(&halving(4 * small.ncols()).t()) * 4.0;
        Begun { input: beside(&small, &first.input), image: Some(image), class: first.class }
    }

    fn made(&self, classes: &[usize], unit: f64, rng: &mut impl Rng) -> Array2<f64> {
        made(self.fine.generator.best(), &self.begun(classes, rng)).mapv(|x| unit * f64::from(x))
    }
}

/// The matrix that takes an image of so many pixels to one of half its side, by the means of 2×2 pixels.
fn halving(pixels: usize) -> Array2<f32> {
    let side = pixels.isqrt();
    let mut matrix = Array2::zeros((pixels, pixels / 4));
    for pixel in 0..pixels {
        matrix[[pixel, pixel / side / 2 * (side / 2) + pixel % side / 2]] = 0.25;
    }
    matrix
}

/// The side of a square image of so many pixels that can be halved.
fn side(pixels: usize) -> Result<usize> {
    let side = pixels.isqrt();
    if side > 0 && side * side == pixels && side.is_multiple_of(2) {
        return Ok(side);
    }
    let why = format!("samples of {pixels} columns are no square images of an even side; those of digits are (8×8)");
    Err(Error::unsupported("two stages", why))
}

impl Generative for Stacked {
    const PLAYERS: &'static [&'static str] = &["generator", "discriminator", "small_generator", "small_discriminator"];

    fn told(record: &StackedRecord) -> Vec<(&'static str, f64)> {
        let StackedRecord { stage, discriminator, generator } = *record;
        vec![("discriminator_loss", discriminator), ("generator_loss", generator), ("stage", f64::from(stage))]
    }

    /// Of classes drawn at random.
    fn samples(&self, data: &Self::Data, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let classes = self.classes.draw(n, rng);
        self.made(&classes, data.unit(), rng)
    }
}

impl Training<Stacked> {
    /// An image of each of the given classes, one a row; of the averaged weights if the run keeps an average. During stage I it is a small
    /// image, enlarged.
    ///
    /// # Panics
    /// If a class is not one of the data's.
    pub fn generate(&self, classes: &[usize], rng: &mut impl Rng) -> Array2<f64> {
        self.game().made(classes, self.data().unit(), rng)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn an_image_is_halved_by_means_and_enlarged_by_copies() {
        let image = array![[1.0_f32, 3.0, 0.0, 0.0, 5.0, 7.0, 0.0, 8.0, 1.0, 1.0, 2.0, 2.0, 1.0, 1.0, 2.0, 2.0]];
        let half = image.dot(&halving(16));
        assert_eq!(half, array![[4.0, 2.0, 1.0, 2.0]]);
        let again = half.dot(&halving(16).t()) * 4.0;
        assert_eq!(again.row(0).to_vec()[..8], [4.0, 4.0, 2.0, 2.0, 4.0, 4.0, 2.0, 2.0]);
        assert!(side(63).is_err() && side(9).is_err() && side(0).is_err() && side(64).is_ok());
    }
}
