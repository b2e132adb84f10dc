//! Maximum likelihood: a mixture of Gaussians fitted to samples, beside the same mixture drawn to the law's modes.
//!
//! Three ways to fit `q`:
//!
//! - `em` and `gradient` minimise `-E_p ln q(x)`, which is `KL(p, q)` up to the entropy of `p`. Mass of `p` where `q` has none costs
//!   without end, so `q` covers.
//! - `reverse` minimises `KL(q, p) = E_q (ln q - ln p)` by samples of each component that its parameters move. Mass of `q` where `p` has
//!   none costs without end, so `q` seeks. It asks for the density of `p`.

use super::em::Em;
use super::noise::noise;
use super::players::{alike, counts, positive};
use crate::error::{Error, Result};
use crate::gan::data::Known;
use crate::gan::generative::Generative;
use crate::gan::play::{Game, Turn};
use crate::gan::player::{Learning, Player, Trained};
use crate::gan::schedule::Schedule;
use crate::gan::streams::Streams;
use crate::nn::{GaussianMixture, Network, OnTape, Rule};
use crate::numeric::stream;
use ndarray::Array2;
use rand_chacha::ChaCha8Rng;

/// How a mixture is fitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum MixtureFit {
    /// Maximum likelihood by expectation and maximisation; the learning of the configuration is not used.
    Em,
    /// Maximum likelihood by gradients.
    Gradient,
    /// The least reverse divergence by gradients; for laws whose density is known.
    Reverse,
}

/// What determines a run.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(deny_unknown_fields))]
pub struct LikelihoodConfig {
    /// How the mixture is fitted.
    pub fit: MixtureFit,
    /// Components of the mixture.
    pub components: usize,
    /// Deviation of all components at the start, in units of the source; their means are samples.
    pub deviation: f64,
    /// Samples a step; of `reverse` as many of each component as there are in all, or one less, divided by the components.
    pub batch: usize,
    /// How the parameters learn.
    pub learning: Learning,
    /// Steps over which the rates change.
    pub steps: u64,
    /// Seed of the first means, data and noise.
    pub seed: u64,
}

impl Default for LikelihoodConfig {
    /// Eight components by expectation and maximisation.
    fn default() -> Self {
        let learning = Learning { rate: Schedule::Cosine, ..Learning::new(Rule::adam(0.02, 0.9, 0.9)) };
        Self { fit: MixtureFit::Em, components: 8, deviation: 0.3, batch: 256, learning, steps: 2000, seed: 0 }
    }
}

/// What a step told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LikelihoodRecord {
    /// `-E ln q(x)` of the data.
    pub surprise: f64,
    /// `KL(q, p)` by samples of `q`, where it is what is minimised.
    pub reverse_kl: Option<f64>,
}

/// The mixture, and what its fit remembers.
///
/// ```
/// use fenchel::gan::{Likelihood, LikelihoodConfig, Toy, Training};
/// let one = LikelihoodConfig { components: 1, ..LikelihoodConfig::default() };
/// let mut run = Training::<Likelihood>::new(one, Toy::ring8())?;
/// run.train(50, |_| std::ops::ControlFlow::Continue(()));
/// // one component has the moments of the ring
/// let mixture = run.game().mixture();
/// assert!(mixture.means.iter().all(|x| x.abs() < 0.1) && (mixture.ln_deviations[[0, 0]] + 0.5 * 2f32.ln()).abs() < 0.05);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Likelihood {
    config: LikelihoodConfig,
    player: Player<GaussianMixture<f32>>,
    em: Em,
}

impl Game for Likelihood {
    type Config = LikelihoodConfig;
    type Data = Known;
    type Record = LikelihoodRecord;

    fn new(config: LikelihoodConfig, data: &Known) -> Result<Self> {
        counts(&[("components", config.components as u64), ("batch", config.batch as u64), ("steps", config.steps)])?;
        positive(&[("deviation", config.deviation)])?;
        config.learning.validate()?;
        if config.components > config.batch {
            let expected = format!("at least the {} components", config.components);
            return Err(Error::out_of_domain("batch", config.batch as f64, expected));
        }
        if config.fit == MixtureFit::Reverse && mixture_of(data).is_none() {
            let why = "the reverse divergence asks for the density of the data, which is not known of these; it is of ring8 and grid25. \
                       Take fit = \"em\" or \"gradient\"";
            return Err(Error::unsupported("fit = \"reverse\"", why));
        }
        let means = data.source.draw(config.components, &mut stream(config.seed, 0));
        let mixture = GaussianMixture::new(means, config.deviation);
        let em = Em::new(config.components, data.source.dimension());
        Ok(Self { player: Player::new(mixture, config.learning.clone()), em, config })
    }

    fn config(&self) -> &LikelihoodConfig {
        &self.config
    }

    fn seed(&self) -> u64 {
        self.config.seed
    }

    fn players(&self) -> Vec<&dyn Trained> {
        vec![&self.player]
    }

    fn round(&mut self, data: &Known, turn: &mut Turn<'_>) -> Option<LikelihoodRecord> {
        let (config, progress) = (&self.config, turn.progress(self.config.steps));
        let (tape, streams) = turn.fresh();
        let mixture = self.player.bind(tape);
        let x = data.source.draw(config.batch, streams.get(Streams::DATA));
        let loss = -mixture.forward(tape.leaf(x.view())).mean();
        let surprise = loss.scalar();
        let mut reverse_kl = None;
        match config.fit {
            MixtureFit::Em => {
                let next = self.em.step(self.player.network(), &x);
                self.player = Player::new(next, config.learning.clone());
            }
            MixtureFit::Gradient => self.player.descend(&mixture, loss, progress)?,
            MixtureFit::Reverse => {
                let rows = config.batch / config.components * config.components;
                let e = tape.leaf(noise(rows, data.source.dimension(), streams.get(Streams::NOISE)));
                let (points, weights) = mixture.samples(e);
                let above = mixture.forward(points) - mixture_of(data)?.bind(tape).forward(points);
                let loss = (weights * above).sum();
                reverse_kl = Some(loss.scalar());
                self.player.descend(&mixture, loss, progress)?;
            }
        }
        surprise.is_finite().then_some(LikelihoodRecord { surprise, reverse_kl })
    }

    fn validate(&self, data: &Known) -> Result<()> {
        let new = Self::new(self.config.clone(), data)?;
        if !self.em.fits(self.config.components, data.source.dimension()) {
            return Err(Error::infeasible("the checkpoint", "its running means are not those of the mixture"));
        }
        alike(&[(&self.player, &new.player)])
    }
}

/// The density of the data, in units of the source, where it is known.
fn mixture_of(data: &Known) -> Option<GaussianMixture<f32>> {
    let (law, unit) = (data.law?, data.source.unit());
    Some(GaussianMixture::new(law.centres().mapv(|x| (x / unit) as f32), law.sigma()? / unit))
}

impl Likelihood {
    /// The mixture, in units of the source.
    #[must_use]
    pub fn mixture(&self) -> &GaussianMixture<f32> {
        self.player.best()
    }
}

impl Generative for Likelihood {
    const PLAYERS: &'static [&'static str] = &["mixture"];

    fn told(record: &LikelihoodRecord) -> Vec<(&'static str, f64)> {
        let reverse = record.reverse_kl.map(|kl| ("reverse_loss", kl));
        [("surprise_loss", record.surprise)].into_iter().chain(reverse).collect()
    }

    fn samples(&self, data: &Known, n: usize, rng: &mut ChaCha8Rng) -> Array2<f64> {
        data.source.unit() * self.mixture().sample(n, rng)
    }
}
