//! Interactive colourisation as a conditional game: a grey image and hints of its colours become colours.
//!
//! A sample is three planes of as many pixels: lightness, and two coordinates of chroma. The generator is given the lightness, hints and
//! noise, and makes both planes of chroma, `G(y, h, z)`; a hint is the chroma of a pixel and a 1 in a mask. The discriminator
//! judges chroma together with what was given, `D(y, h, c)`. The generator minimises `-E ln D(y, h, G(y, h, z)) + λ E|c - G(y, h, z)|`
//! (conditional games: Mirza and Osindero, arXiv:1411.1784; with this loss of pixels: Isola et al., arXiv:1611.07004). Hints are put as in Zhang
//! et al., arXiv:1705.02999: their number and places are random, here where there is colour.

use super::noise::{beside, noise};
use super::players::{alike, counts, not_negative, players};
use crate::error::{Error, Result};
use crate::gan::data::Scaled;
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::penalty::{Penalty, Scored};
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{Layers, Mlp, Rule};
use ndarray::{Array2, ArrayView1, ArrayView2, Axis, s};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

/// The stream that puts hints.
const HINTS: u64 = 16;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct ColourConfig {
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of both networks.
    pub hidden: Layers,
    /// Samples of each kind a step.
    pub batch: usize,
    /// The most hints that an image gets in training; their number is uniform from 0 on.
    pub hints: usize,
    /// The weight λ of the loss of pixels.
    pub pixels: f64,
    /// The penalty on the slope of the discriminator by the chroma.
    pub penalty: Penalty,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data, hints and noise.
    pub seed: u64,
}

impl Default for ColourConfig {
    /// For small images, such as painted digits of 8×8 pixels.
    fn default() -> Self {
        let rule = Rule::adam(1e-3, 0.5, 0.9);
        Self {
            latent: 4,
            hidden: Layers::leaky(&[128, 128]),
            batch: 64,
            hints: 10,
            pixels: 20.0,
            penalty: Penalty::R1(0.5),
            learning: Learning { rate: Schedule::Cosine, averaging: Some(0.99), ..Learning::new(rule) },
            steps: 2000,
            seed: 0,
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ColourRecord {
    /// The discriminator's loss, without the penalty.
    pub discriminator: f64,
    /// The generator's loss before the discriminator.
    pub generator: f64,
    /// `E|c - G|`, averaged over the pixels.
    pub pixels: f64,
}

/// The chroma that a pixel should have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hint {
    /// Number of the pixel.
    pub pixel: usize,
    /// Its chroma, in units of the data.
    pub chroma: [f64; 2],
}

/// The two players.
///
/// ```
/// use fenchel::gan::{Colour, ColourConfig, Hint, Painted, Training};
/// let images = ndarray::Array2::from_shape_fn((6, 16), |(i, pixel)| f64::from(u8::from(pixel % 3 == i % 3)));
/// let data = Painted::new(images.view(), &[0, 1, 2, 0, 1, 2])?;
/// let mut run = Training::<Colour>::new(ColourConfig { batch: 8, ..ColourConfig::default() }, data)?;
/// assert!(run.step().expect("the losses are finite").pixels > 0.0);
/// let hints = [vec![], vec![Hint { pixel: 1, chroma: [1.0, 0.0] }]];
/// let chroma = run.colour(images.slice(ndarray::s![..2, ..]), &hints, &mut fenchel::numeric::stream(1, 0));
/// assert_eq!(chroma.dim(), (2, 32));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Colour {
    config: ColourConfig,
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

impl Game for Colour {
    type Config = ColourConfig;
    type Data = Scaled;
    type Record = ColourRecord;

    fn new(config: ColourConfig, data: &Scaled) -> Result<Self> {
        config.penalty.validate()?;
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        not_negative(&[("pixels", config.pixels)])?;
        if data.dimension() == 0 || !data.dimension().is_multiple_of(3) {
            let why = format!(
                "samples of {} columns are not three planes of as many pixels: lightness and two of chroma; those of painted are",
                data.dimension()
            );
            return Err(Error::unsupported("colourisation", why));
        }
        let pixels = data.dimension() / 3;
        let given = 4_usize.saturating_mul(pixels);
        let (told, judged) = (given.saturating_add(config.latent), given.saturating_add(2 * pixels));
        let networks = [("hidden", told, &config.hidden, 2 * pixels), ("hidden", judged, &config.hidden, 1)];
        let [generator, discriminator] = players(networks, &config.learning, (config.batch, config.seed))?;
        Ok(Self { generator, discriminator, config })
    }

    fn config(&self) -> &ColourConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminator]
    }

    fn round(&mut self, data: &Scaled, turn: &mut Turn<'_>) -> Option<ColourRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));

        let (tape, streams) = turn.fresh();
        let bound = self.discriminator.bind(tape);
        let (given, chroma) = self.asked(data, streams);
        let z = noise(config.batch, config.latent, streams.get(Streams::NOISE));
        let fake = tape.leaf(self.generator.network().apply(beside(&given, &z).view()));
        let (given, real) = (tape.leaf(given), tape.leaf(chroma));
        let judged = |chroma| bound.forward(given.beside(chroma));
        let (real, fake) = (Scored::new(judged, real), Scored::new(judged, fake));
        let loss = Objective::NonSaturating.discriminator_loss(real.outputs, fake.outputs);
        let penalty = config.penalty.term(judged, real, fake, streams.get(Streams::BETWEEN));
        let discriminator_loss = loss.scalar();
        self.discriminator.descend(&bound, penalty.map_or(loss, |penalty| loss + penalty), progress)?;

        let (tape, streams) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let (given, chroma) = self.asked(data, streams);
        let z = noise(config.batch, config.latent, streams.get(Streams::NOISE));
        let (given, z) = (tape.leaf(given), tape.leaf(z));
        let fake = generator.forward(given.beside(z));
        let outputs = discriminator.forward(given.beside(fake));
        let adversarial = Objective::NonSaturating.generator_loss(outputs, || outputs);
        let pixels = (fake - tape.leaf(chroma)).abs().mean();
        let (generator_loss, pixel_loss) = (adversarial.scalar(), pixels.scalar());
        self.generator.descend(&generator, adversarial + pixels.scale(config.pixels), progress)?;
        Some(ColourRecord { discriminator: discriminator_loss, generator: generator_loss, pixels: pixel_loss })
    }

    fn validate(&self, data: &Scaled) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        alike(&[(&self.generator, &new.generator), (&self.discriminator, &new.discriminator)])
    }
}

impl Colour {
    /// What is given of a batch, and its chroma.
    fn asked(&self, data: &Scaled, streams: &mut Streams) -> (Array2<f32>, Array2<f32>) {
        let samples = data.draw(self.config.batch, streams.get(Streams::DATA));
        self.parted(&samples, streams.get(HINTS))
    }

    /// What is given of samples, with hints at random, and their chroma.
    fn parted(&self, samples: &Array2<f32>, rng: &mut impl Rng) -> (Array2<f32>, Array2<f32>) {
        let pixels = samples.ncols() / 3;
        let (lightness, chroma) = samples.view().split_at(Axis(1), pixels);
        let hints: Vec<Vec<Hint>> =
            chroma.rows().into_iter().map(|row| some_hints(row, self.config.hints, rng)).collect();
        (given(lightness, &hints), chroma.to_owned())
    }

    /// The chroma for what is given, of the averaged weights if the run keeps an average.
    fn made(&self, given: &Array2<f32>, rng: &mut impl Rng) -> Array2<f32> {
        let z = noise(given.nrows(), self.config.latent, rng);
        self.generator.best().apply(beside(given, &z).view())
    }
}

/// Up to so many hints of an image with these two planes of chroma, each at a pixel that is chosen in proportion to its colour.
fn some_hints(chroma: ArrayView1<'_, f32>, most: usize, rng: &mut impl Rng) -> Vec<Hint> {
    let (a, b) = chroma.split_at(Axis(0), chroma.len() / 2);
    let lengths: Vec<f64> = a.iter().zip(b).map(|(a, b)| f64::from(a.hypot(*b))).collect();
    let total: f64 = lengths.iter().sum();
    let number = rng.random_range(0..=most);
    let choose = |u: f64| {
        let mut left = u * total;
        lengths.iter().position(|length| {
            left -= length;
            left < 0.0
        })
    };
    let pixels = (0..number).map(|_| choose(rng.random::<f64>())).collect::<Vec<_>>();
    let hint = |pixel: usize| Hint { pixel, chroma: [f64::from(a[pixel]), f64::from(b[pixel])] };
    pixels.into_iter().flatten().map(hint).collect()
}

/// Lightness, the mask of the hints, and their chroma, side by side.
fn given(lightness: ArrayView2<'_, f32>, hints: &[Vec<Hint>]) -> Array2<f32> {
    let (n, pixels) = lightness.dim();
    let mut rows = Array2::zeros((n, 4 * pixels));
    rows.slice_mut(s![.., ..pixels]).assign(&lightness);
    for (mut row, hints) in rows.rows_mut().into_iter().zip(hints) {
        for Hint { pixel, chroma: [a, b] } in hints {
            assert!(*pixel < pixels, "a hint at pixel {pixel} of {pixels}");
            for (plane, value) in [1.0, *a, *b].into_iter().enumerate() {
                row[(plane + 1) * pixels + pixel] = value as f32;
            }
        }
    }
    rows
}

impl Generative for Colour {
    fn told(record: &ColourRecord) -> Vec<(&'static str, f64)> {
        let ColourRecord { discriminator, generator, pixels } = *record;
        vec![("discriminator_loss", discriminator), ("generator_loss", generator), ("pixel_loss", pixels)]
    }

    /// Images of the data in the colours that the generator gives them, with hints at random.
    fn samples(&self, data: &Scaled, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let mut samples = data.draw(n, rng);
        let (given, _) = self.parted(&samples, rng);
        let pixels = samples.ncols() / 3;
        samples.slice_mut(s![.., pixels..]).assign(&self.made(&given, rng));
        samples.mapv(|x| data.unit() * f64::from(x))
    }
}

impl Training<Colour> {
    /// Colours for images of these lightnesses with some hints each: both planes of chroma side by side.
    ///
    /// # Panics
    /// If the columns are not the pixels of the training data, there are not as many lists of hints as images, or a hint is at no pixel.
    pub fn colour(&self, lightness: ArrayView2<'_, f64>, hints: &[Vec<Hint>], rng: &mut impl Rng) -> Array2<f64> {
        assert_eq!(lightness.nrows(), hints.len(), "one list of hints for each image");
        let unit = self.data().unit();
        let small = |hint: &Hint| Hint { chroma: hint.chroma.map(|x| x / unit), ..*hint };
        let hints: Vec<Vec<Hint>> = hints.iter().map(|hints| hints.iter().map(small).collect()).collect();
        let given = given(lightness.mapv(|x| (x / unit) as f32).view(), &hints);
        self.game().made(&given, rng).mapv(|x| unit * f64::from(x))
    }
}
