//! Translation by a discriminator that judges pairs of sentences, for words that no gradient passes (as in SeqGAN, arXiv:1609.05473).
//!
//! The generator gives for each place of the translation `b` of a sentence `a` a law of words; `D(a, b)` has the logit `s`. Words are
//! drawn, so the gradient of `E ln D(a, b)` by the generator is estimated, in one of two ways:
//!
//! - REINFORCE with two draws a sentence, each the baseline of the other (Kool, van Hoof, Welling 2019):
//!   `½ (r₁ - r₂) ∇(ln p(b₁) - ln p(b₂))` with the reward `r = ln D(a, b)`. It is unbiased.
//! - Gumbel-softmax (arXiv:1611.01144, 1611.00712): the words are those of largest `ln p + g` with Gumbel noise `g`, and the gradient is
//!   that of `softmax((ln p + g)/τ)` in their place. It is biased, and varies less.

use super::players::{alike, counts, players};
use super::words::WordGradient;
use crate::error::{Error, Result};
use crate::gan::data::Phrases;
use crate::gan::generative::Generative;
use crate::gan::objective::Objective;
use crate::gan::penalty::{Penalty, Scored};
use crate::gan::play::{Game, Training, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::streams::Streams;
use crate::nn::{Bound, Layers, Mlp, Rule, Tape, Var};
use ndarray::{Array2, ArrayView2, Axis, concatenate};
use rand::{Rng, RngExt};
use rand_chacha::ChaCha8Rng;

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct SeqGanConfig {
    /// Hidden layers of both networks.
    pub hidden: Layers,
    /// How a gradient passes words that were drawn.
    pub gradient: WordGradient,
    /// The penalty on the slope of the discriminator.
    pub penalty: Penalty,
    /// Pairs a step.
    pub batch: usize,
    /// How both players learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of weights, data and words.
    pub seed: u64,
}

impl Default for SeqGanConfig {
    /// For sentences of some words.
    fn default() -> Self {
        Self {
            hidden: Layers::leaky(&[64]),
            gradient: WordGradient::Gumbel(1.0),
            penalty: Penalty::R1(0.1),
            batch: 64,
            learning: Learning::new(Rule::adam(2e-3, 0.5, 0.9)),
            steps: 2000,
            seed: 0,
        }
    }
}

/// The losses of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SeqGanRecord {
    /// The discriminator's, without the penalty.
    pub discriminator: f64,
    /// `-E ln D(a, b)` of the translations that were drawn.
    pub generator: f64,
    /// `-E ln p(b)` of the translations of the data, which the generator is not trained on.
    pub surprise: f64,
}

/// The two players.
///
/// ```
/// use fenchel::gan::{Phrases, SeqGan, SeqGanConfig, Training};
/// let pairs = Phrases::permutation();
/// let mut run = Training::<SeqGan>::new(SeqGanConfig::default(), pairs.clone())?;
/// let surprise = run.step().expect("finite losses").surprise;
/// assert!((surprise - 4.0 * 3f64.ln()).abs() < 2.0); // it knows nothing yet of three words
/// let words = run.translate(pairs.rows()[0]);
/// assert_eq!(pairs.read(1, words.view())[0].len(), "x y z x".len());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct SeqGan {
    config: SeqGanConfig,
    /// Words of the second side.
    words: usize,
    generator: Player<Mlp<f32>>,
    discriminator: Player<Mlp<f32>>,
}

impl Game for SeqGan {
    type Config = SeqGanConfig;
    type Data = Phrases;
    type Record = SeqGanRecord;

    fn new(config: SeqGanConfig, data: &Phrases) -> Result<Self> {
        counts(&[("batch", config.batch as u64), ("steps", config.steps)])?;
        config.gradient.validate()?;
        config.penalty.validate()?;
        let [from, to] = data.rows().map(|rows| rows.ncols());
        let networks = [("hidden", from, &config.hidden, to), ("hidden", from + to, &config.hidden, 1)];
        let [generator, discriminator] = players(networks, &config.learning, (2 * config.batch, config.seed))?;
        Ok(Self { words: data.words()[1].len(), generator, discriminator, config })
    }

    fn config(&self) -> &SeqGanConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.generator, &self.discriminator]
    }

    fn round(&mut self, data: &Phrases, turn: &mut Turn<'_>) -> Option<SeqGanRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));

        let (tape, streams) = turn.fresh();
        let discriminator = self.discriminator.bind(tape);
        let judge = |pairs| discriminator.forward(pairs);
        let [a, b] = data.draw(config.batch, streams.get(Streams::DATA)).map(|rows| tape.leaf(rows));
        let [given, _] = data.draw(config.batch, streams.get(Streams::DATA)).map(|rows| tape.leaf(rows));
        let (_, drawn) = self.drawn(self.laws(&self.generator.bind(tape), given), streams.get(Streams::NOISE));
        let (real, fake) = (Scored::new(judge, a.beside(b)), Scored::new(judge, given.beside(tape.leaf(drawn))));
        let loss = Objective::NonSaturating.discriminator_loss(real.outputs, fake.outputs);
        let penalty = config.penalty.term(judge, real, fake, streams.get(Streams::BETWEEN));
        let discriminator_loss = loss.scalar();
        self.discriminator.descend(&discriminator, penalty.map_or(loss, |penalty| loss + penalty), progress)?;

        let (tape, streams) = turn.fresh();
        let (generator, discriminator) = (self.generator.bind(tape), self.discriminator.bind(tape));
        let [a, b] = data.draw(config.batch, streams.get(Streams::DATA)).map(|rows| tape.leaf(rows));
        let laws = self.laws(&generator, a);
        let missed = |words| (-discriminator.forward(a.beside(words))).softplus();
        let (loss, generator_loss) = self.through_words(laws, missed, streams.get(Streams::NOISE));
        let surprise = -(self.by_place(laws) * b).sum_rows().mean();
        let record =
            SeqGanRecord { discriminator: discriminator_loss, generator: generator_loss, surprise: surprise.scalar() };
        self.generator.descend(&generator, loss, progress)?;
        Some(record)
    }

    fn validate(&self, data: &Phrases) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        if self.words != new.words {
            return Err(Error::infeasible("the checkpoint", "it has not as many words as these sentences"));
        }
        alike(&[(&self.generator, &new.generator), (&self.discriminator, &new.discriminator)])
    }
}

impl SeqGan {
    /// `ln p` of all words, a row for each place of each translation.
    fn laws<'t>(&self, generator: &Bound<'t, f32>, sentences: Var<'t, f32>) -> Var<'t, f32> {
        let logits = generator.forward(sentences);
        let (n, columns) = logits.shape();
        logits.reshape((n * columns / self.words, self.words)).log_softmax()
    }

    /// Rows of places as rows of sentences.
    fn by_place<'t>(&self, rows: Var<'t, f32>) -> Var<'t, f32> {
        let columns = self.generator.network().outputs();
        rows.reshape((rows.shape().0 * self.words / columns, columns))
    }

    /// What the generator descends, and the mean of what it descends by: `missed` of words that are drawn, n×1.
    fn through_words<'t>(
        &self,
        laws: Var<'t, f32>,
        missed: impl Fn(Var<'t, f32>) -> Var<'t, f32>,
        rng: &mut impl Rng,
    ) -> (Var<'t, f32>, f64) {
        let tape = laws.tape();
        match self.config.gradient {
            WordGradient::Gumbel(temperature) => {
                let (noisy, drawn) = self.drawn(laws, rng);
                let soft = self.by_place(noisy.scale(1.0 / temperature).log_softmax().exp());
                // the words that were drawn, with the gradient of the softmax
                let loss = missed(tape.leaf(drawn) + soft - soft.detach()).mean();
                (loss, loss.scalar())
            }
            WordGradient::Reinforce => {
                let [one, other] = [0, 1].map(|_| tape.leaf(self.drawn(laws, rng).1));
                let [first, second] = [one, other].map(|words| missed(words).detach());
                let chosen = (self.by_place(laws) * (one - other)).sum_rows();
                let value = (first + second).mean().scale(0.5).scalar();
                (((first - second) * chosen).mean().scale(0.5), value)
            }
        }
    }

    /// `ln p + g`, and the words of which it is largest.
    fn drawn<'t>(&self, laws: Var<'t, f32>, rng: &mut impl Rng) -> (Var<'t, f32>, Array2<f32>) {
        let gumbel = || -(-(1.0 - rng.random::<f32>()).max(f32::MIN_POSITIVE).ln()).max(f32::MIN_POSITIVE).ln();
        let noise = Array2::from_shape_simple_fn(laws.shape(), gumbel);
        let noisy = laws + laws.tape().leaf(noise);
        let words = largest(noisy.value().view());
        let columns = self.generator.network().outputs();
        let shape = (words.len() / columns, columns);
        (noisy, words.into_shape_with_order(shape).unwrap_or_default())
    }
}

/// In each row a 1 at the largest entry, and zeros.
fn largest(rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut chosen = Array2::zeros(rows.dim());
    for (mut chosen, row) in chosen.rows_mut().into_iter().zip(rows.rows()) {
        let best = row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(k, _)| k);
        chosen[best] = 1.0;
    }
    chosen
}

impl Generative for SeqGan {
    fn told(record: &SeqGanRecord) -> Vec<(&'static str, f64)> {
        let SeqGanRecord { discriminator, generator, surprise } = *record;
        vec![("discriminator_loss", discriminator), ("generator_loss", generator), ("surprise", surprise)]
    }

    /// Sentences of the data beside translations that were drawn.
    fn samples(&self, data: &Phrases, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        let [given, _] = data.draw(n, rng);
        let tape = Tape::new();
        let laws = self.laws(&self.generator.best().bind(&tape), tape.leaf(given.view()));
        let (_, drawn) = self.drawn(laws, rng);
        // as many rows on both sides
        concatenate(Axis(1), &[given.view(), drawn.view()]).unwrap_or_default().mapv(f64::from)
    }
}

impl Training<SeqGan> {
    /// The likeliest translations of sentences, one a row.
    #[must_use]
    pub fn translate(&self, sentences: ArrayView2<'_, f32>) -> Array2<f64> {
        let game = self.game();
        let tape = Tape::new();
        let laws = game.laws(&game.generator.best().bind(&tape), tape.leaf(sentences));
        let words = tape.leaf(largest(laws.value().view()));
        game.by_place(words).value().mapv(f64::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use ndarray::array;

    /// Three words of different costs: the gradient of the mean cost is `p (c - E c)`.
    #[test]
    fn both_gradients_pass_words_and_that_of_rewards_is_unbiased() {
        let pairs = Phrases::new(&[("a", "x"), ("b", "y"), ("c", "z")]).unwrap();
        let (costs, logits) = ([1.0_f32, 0.0, 4.0], array![[0.5_f32, 0.0, -0.5]]);
        for (gradient, tolerance) in [(WordGradient::Reinforce, 0.03), (WordGradient::Gumbel(1.0), 0.2)] {
            let game = SeqGan::new(SeqGanConfig { gradient, ..SeqGanConfig::default() }, &pairs).unwrap();
            let tape = Tape::<f32>::new();
            let shared = tape.leaf(logits.view());
            let laws = (shared + tape.leaf(Array2::zeros((40_000, 3)))).log_softmax();
            let cost = tape.leaf(array![[costs[0]], [costs[1]], [costs[2]]]);
            let (loss, value) = game.through_words(laws, |words| words.matmul(cost), &mut stream(7, 0));
            let found = loss.gradients(&[shared])[0].value();
            let p = shared.log_softmax().exp().value();
            let mean: f32 = (0..3).map(|k| p[[0, k]] * costs[k]).sum();
            assert!((value - f64::from(mean)).abs() < 0.03, "{gradient}: {value} {mean}");
            for k in 0..3 {
                let exact = p[[0, k]] * (costs[k] - mean);
                assert!((found[[0, k]] - exact).abs() < tolerance, "{gradient}: {found} {exact}");
            }
        }
    }
}
