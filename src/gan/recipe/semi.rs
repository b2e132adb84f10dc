//! Semi-supervised GAN: a discriminator that names classes, which few of its samples need have (Salimans et al., arXiv:1606.03498).
//!
//! The discriminator has a score `l_c(x)` for each of K classes, and 0 is the score of a generated sample. With
//! `Z(x) = Σ e^(l_c(x))` it takes a sample for real with probability `D(x) = Z(x)/(Z(x) + 1)`, so that `ln Z` is its logit. It minimises
//!
//! `-E ln P(c | x) + w (-E ln D(x) - E ln(1 - D(G(z))))`,
//!
//! the first mean over samples with a class, the others over all. The generator matches features: it minimises
//! `|E f(x) - E f(G(z))|²` for the outputs `f` of the discriminator's last hidden layer.

use super::classes::Classes;
use super::noise::noise;
use super::players::{alike, counts, not_negative, players, same};
use crate::error::{Error, Result};
use crate::gan::data::{Labelled, Scaled};
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::gan::value::GameValue;
use crate::nn::{Element, Layers, Mlp, Rule, Var};
use crate::numeric::stream;
use ndarray::{Array1, Array2, ArrayView2, Axis, stack};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

/// The stream that chooses the samples whose classes are shown, and that of their order.
const SHOWN: u64 = 16;
const ORDER: u64 = 17;
/// Draws of as many samples as are to be shown, before a class counts as too small.
const DRAWS: usize = 1000;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SemiConfig {
    /// Dimension of the noise.
    pub latent: usize,
    /// Hidden layers of the generator.
    pub generator: Layers,
    /// Hidden layers of the discriminator.
    pub discriminator: Layers,
    /// Samples of each kind a step: with a class, without one, generated.
    pub batch: usize,
    /// Samples of each class whose class is shown, always the same.
    pub labels_per_class: usize,
    /// The weight `w` of the samples without a class. With 0 the network learns from labels alone, and the generator rests.
    pub unlabelled: f64,
    /// Deviation of the normal noise that is added to what the discriminator sees.
    pub instance_noise: f64,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and noise.
    pub seed: u64,
}

impl Default for SemiConfig {
    /// For labelled laws in the plane.
    fn default() -> Self {
        let rule = Rule::adam(1e-3, 0.5, 0.9);
        Self {
            latent: 4,
            generator: Layers::leaky(&[64, 64]),
            discriminator: Layers::leaky(&[64, 64]),
            batch: 64,
            labels_per_class: 5,
            unlabelled: 1.0,
            instance_noise: 0.05,
            learning: Learning { averaging: Some(0.99), rate: Schedule::Linear, ..Learning::new(rule) },
            steps: 2000,
            seed: 0,
        }
    }
}

impl SemiConfig {
    /// For small images with classes, such as the 8×8 digits from -1 to 1.
    #[must_use]
    pub fn pictures() -> Self {
        Self {
            latent: 16,
            generator: Layers::leaky(&[128, 128]),
            discriminator: Layers::leaky(&[192, 192]),
            batch: 32,
            instance_noise: 0.5,
            learning: Learning { rule: Rule::adam(4e-3, 0.0, 0.99), ..Self::default().learning },
            ..Self::default()
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SemiRecord {
    /// The cross entropy of the samples with a class.
    pub classes: f64,
    /// The loss for real or generated.
    pub source: f64,
    /// The squared distance of mean features; 0 where the generator rests.
    pub generator: f64,
}

/// The two players, and the samples whose classes are shown.
///
/// ```
/// use fenchel::gan::{Semi, SemiConfig, Toy, Training};
/// let mut run = Training::<Semi>::new(SemiConfig { batch: 16, ..SemiConfig::default() }, Toy::ring8())?;
/// let record = run.step().expect("the losses are finite");
/// assert!((record.classes - 8f64.ln()).abs() < 1.0); // it knows nothing yet of eight classes
/// assert!(run.classify(ndarray::array![[1.0, 0.0]].view())[0] < 8);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Semi {
    config: SemiConfig,
    classes: Classes,
    shown: (Array2<f32>, Vec<usize>),
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

/// `ln Z`, the logit of "real" of scores of classes, n×K.
#[must_use]
pub fn source_logit<T: Element>(scores: Var<'_, T>) -> Var<'_, T> {
    // ln P of any class is its score less ln Z
    scores.columns(0..1) - scores.log_softmax().columns(0..1)
}

impl Game for Semi {
    type Config = SemiConfig;
    type Data = Scaled<dyn Labelled>;
    type Record = SemiRecord;

    fn new(config: SemiConfig, data: &Self::Data) -> Result<Self> {
        let classes = Classes::of(data)?;
        if config.discriminator.0.is_empty() {
            return Err(Error::unsupported(
                "a discriminator without hidden layers",
                "its features are what they give; take one",
            ));
        }
        counts(&[("latent", config.latent as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        counts(&[("labels_per_class", config.labels_per_class as u64)])?;
        not_negative(&[("unlabelled", config.unlabelled), ("instance_noise", config.instance_noise)])?;
        let networks = [
            ("generator", config.latent, &config.generator, data.dimension()),
            ("discriminator", data.dimension(), &config.discriminator, classes.count()),
        ];
        let [generator, discriminator] = players(networks, &config.learning, (config.batch, config.seed))?;
        let shown = some_of_each(data, config.labels_per_class, &mut stream(config.seed, SHOWN))?;
        Ok(Self { classes, shown, generator, discriminator, config })
    }

    fn config(&self) -> &SemiConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminator]
    }

    fn round(&mut self, data: &Self::Data, turn: &mut Turn<'_>) -> Option<SemiRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let hidden = self.discriminator.network().layers.len() - 1;

        let (tape, streams) = turn.fresh();
        let bound = self.discriminator.bind(tape);
        let (known, labels) = self.some_shown(streams.get(ORDER));
        let known = bound.forward(self.seen(tape.leaf(known), streams));
        let of_classes = self.classes.cross_entropy(known, &labels);
        let mut total = of_classes;
        let mut source = 0.0;
        if config.unlabelled > 0.0 {
            let real = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
            let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
            let fake = self.generator.bind(tape).forward(z);
            let [real, fake] = [real, fake].map(|x| source_logit(bound.forward(self.seen(x, streams))));
            let loss = Objective::NonSaturating.discriminator_loss(real, fake);
            source = loss.scalar();
            total = total + loss.scale(config.unlabelled);
        }
        let class_loss = of_classes.scalar();
        self.discriminator.descend(&bound, total, progress)?;
        if config.unlabelled == 0.0 {
            return Some(SemiRecord { classes: class_loss, source, generator: 0.0 });
        }

        let (tape, streams) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let real = tape.leaf(data.draw(config.batch, streams.get(Streams::DATA)));
        let z = tape.leaf(noise(config.batch, config.latent, streams.get(Streams::NOISE)));
        let fake = generator.forward(z);
        let [real, fake] = [real, fake].map(|x| discriminator.through(0..hidden, self.seen(x, streams)).sum_columns());
        let loss = (real - fake).scale(1.0 / config.batch as f64).square().sum();
        let generator_loss = loss.scalar();
        self.generator.descend(&generator, loss, progress)?;
        Some(SemiRecord { classes: class_loss, source, generator: generator_loss })
    }

    fn validate(&self, data: &Self::Data) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        same(self.classes == new.classes && self.shown == new.shown)?;
        alike(&[(&self.generator, &new.generator), (&self.discriminator, &new.discriminator)])
    }
}

impl Semi {
    /// A batch of the samples whose classes are shown.
    fn some_shown(&self, rng: &mut impl Rng) -> (Array2<f32>, Vec<usize>) {
        let (samples, labels) = &self.shown;
        let rows: Vec<usize> = (0..self.config.batch).map(|_| rng.random_range(0..labels.len())).collect();
        (samples.select(Axis(0), &rows), rows.iter().map(|&row| labels[row]).collect())
    }

    /// Samples as the discriminator sees them.
    fn seen<'t>(&self, samples: Var<'t, f32>, streams: &mut Streams) -> Var<'t, f32> {
        let deviation = self.config.instance_noise as f32;
        if deviation > 0.0 {
            let (rows, columns) = samples.shape();
            return samples + samples.tape().leaf(noise(rows, columns, streams.get(Streams::INSTANCE)) * deviation);
        }
        samples
    }

    /// The scores of classes, of the averaged weights if the run keeps an average.
    fn scores(&self, samples: ArrayView2<'_, f64>, unit: f64) -> Array2<f32> {
        self.discriminator.best().apply(samples.mapv(|x| (x / unit) as f32).view())
    }
}

/// So many different samples of each class, and their classes.
fn some_of_each(data: &Scaled<dyn Labelled>, each: usize, rng: &mut ChaCha8Rng) -> Result<(Array2<f32>, Vec<usize>)> {
    let classes = data.classes();
    let mut of_class: Vec<Vec<Array1<f32>>> = vec![Vec::new(); classes];
    for _ in 0..DRAWS {
        let (samples, labels) = data.draw_labelled(classes, rng);
        for (x, class) in samples.rows().into_iter().zip(labels) {
            if of_class[class].len() < each && !of_class[class].iter().any(|known| known == x) {
                of_class[class].push(x.to_owned());
            }
        }
        if of_class.iter().all(|samples| samples.len() == each) {
            break;
        }
    }
    if let Some((class, found)) = of_class.iter().map(Vec::len).enumerate().find(|(_, found)| *found < each) {
        let why =
            format!("class {class} has {found} different rows, and labels_per_class asks for {each} of each class");
        return Err(Error::infeasible("showing some classes", why));
    }
    let labels = (0..classes).flat_map(|class| vec![class; each]).collect();
    let rows: Vec<_> = of_class.iter().flatten().map(|x| x.view()).collect();
    // all rows have the columns of the data
    Ok((stack(Axis(0), &rows).unwrap_or_default(), labels))
}

impl Generative for Semi {
    fn told(record: &SemiRecord) -> Vec<(&'static str, f64)> {
        let SemiRecord { classes, source, generator } = *record;
        vec![("class_loss", classes), ("discriminator_loss", source), ("generator_loss", generator)]
    }

    fn samples(&self, data: &Self::Data, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let z = noise(n, self.config.latent, rng);
        self.generator.best().apply(z.view()).mapv(|x| data.unit() * f64::from(x))
    }

    fn value_on(&self, data: &Self::Data, real: ArrayView2<'_, f64>, fake: ArrayView2<'_, f64>) -> Option<GameValue> {
        let logits = |x: ArrayView2<'_, f64>| {
            let tape = crate::nn::Tape::new();
            source_logit(tape.leaf(self.scores(x, data.unit()))).value().as_ref().clone()
        };
        Some(GameValue::of(logits(real).view(), logits(fake).view()))
    }
}

impl Training<Semi> {
    /// The class that each row most likely has, by the averaged weights if the run keeps an average.
    ///
    /// # Panics
    /// If the columns are not those of the training data.
    #[must_use]
    pub fn classify(&self, samples: ArrayView2<'_, f64>) -> Vec<usize> {
        let scores = self.game().scores(samples, self.data().unit());
        let best = |row: ndarray::ArrayView1<'_, f32>| (0..row.len()).max_by(|&i, &j| row[i].total_cmp(&row[j]));
        scores.rows().into_iter().map(|row| best(row).unwrap_or(0)).collect()
    }
}
