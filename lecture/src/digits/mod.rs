//! A generator trained on real digits, scored beside four references whose faults are known.
//!
//! The 8×8 digits are split in two at random. A generator learns from one half. Everything is scored against the other
//! half, on as many samples. The references are the training half itself (the floor: the score of a perfect generator),
//! a Gaussian fit (right moments, no shapes), uniform noise, and one digit only (mode collapse). A score *sees* a fault
//! if it is worse than the floor by more than [`SEEN`] standard errors of the difference.

pub(crate) mod gallery;

use fenchel::Result;
use fenchel::certificate::{Estimate, Status};
use fenchel::gan::{self, Gan, Record, Rows};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::score::{Better, Metric, Scorecard};
use ndarray::{Array2, Axis};
use rand::RngExt;
use rand::seq::SliceRandom;
use std::ops::ControlFlow;

/// Standard errors above the floor from which on a fault counts as seen.
pub const SEEN: f64 = 3.0;

/// The settings of the study.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The generator and how it is trained.
    pub gan: gan::Config,
    /// Steps of the game.
    pub steps: u64,
    /// The scores.
    pub metrics: Vec<Metric>,
    /// The digit that the collapsed reference shows.
    pub digit: u8,
    /// Seed of the split, of the references and of the scores.
    pub seed: u64,
}

impl Default for Config {
    fn default() -> Self {
        use Metric::*;
        let metrics =
            vec![Frechet, Kid, Mmd, Energy, W2, SlicedW2, C2st, Precision, Recall, Density, Coverage, Authenticity];
        let gan = gan::Config::digits();
        Self { steps: gan.steps, gan, metrics, digit: 3, seed: 0 }
    }
}

/// The progress of the study.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StudyProgress<'a> {
    /// A step of the game is done.
    Training {
        /// Steps done.
        step: u64,
        /// Steps in all.
        steps: u64,
    },
    /// A score is about to be computed.
    Scoring {
        /// Name of the source.
        source: &'a str,
        /// The score.
        metric: Metric,
    },
}

/// One source of images: its samples and its scores.
#[derive(Debug, Clone)]
pub struct SourceRow {
    /// `"generator"`, `"real half"`, `"Gaussian fit"`, `"uniform noise"` or `"one digit"`.
    pub name: &'static str,
    /// What it is, in half a line.
    pub description: String,
    /// Its samples, 64 columns from -1 (paper) to 1 (ink).
    pub samples: Array2<f64>,
    /// Its scores against the held-out half, in the order of [`Config::metrics`]; the baseline of each is that of the
    /// real half.
    pub scores: Vec<Estimate>,
}

/// Whether a score tells a source from the real half.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// The score.
    pub metric: Metric,
    /// The source.
    pub source: &'static str,
    /// By how much the score is worse than the floor; negative if it is better.
    pub worse: f64,
    /// The same in standard errors of the difference.
    pub z: f64,
    /// Whether `z` exceeds [`SEEN`].
    pub seen: bool,
}

/// The outcome.
#[derive(Debug, Clone)]
pub struct Study {
    /// The sources: the real half first, then the generator, then the faulty references.
    pub rows: Vec<SourceRow>,
    /// The held-out half that all are scored against.
    pub held_out: Array2<f64>,
    /// Which score sees which source, for all sources but the real half.
    pub findings: Vec<Finding>,
    /// How the training ended.
    pub status: Status,
    /// Every hundredth step of the training, and the last.
    pub trace: Vec<Record>,
}

impl Study {
    /// The samples of every source, the held-out half first, for sample grids.
    #[must_use]
    pub fn grids(&self) -> Vec<(&str, &Array2<f64>)> {
        let sources = self.rows.iter().map(|row| (row.name, &row.samples));
        std::iter::once(("held-out half", &self.held_out)).chain(sources).collect()
    }

    /// The scores that see `source` and those that do not.
    #[must_use]
    pub fn seen(&self, source: &str) -> (Vec<Metric>, Vec<Metric>) {
        let of_source = self.findings.iter().filter(|f| f.source == source);
        let (seen, unseen): (Vec<&Finding>, Vec<&Finding>) = of_source.partition(|f| f.seen);
        (seen.iter().map(|f| f.metric).collect(), unseen.iter().map(|f| f.metric).collect())
    }

    /// One sentence a source: which scores see it and which do not.
    #[must_use]
    pub fn sentences(&self) -> Vec<String> {
        let list = |metrics: Vec<Metric>| match metrics.as_slice() {
            [] => "none".to_owned(),
            some => some.iter().map(|m| m.name()).collect::<Vec<_>>().join(", "),
        };
        let of_row = |row: &SourceRow| {
            let (seen, unseen) = self.seen(row.name);
            format!("{}: seen by {}; not by {}.", row.name, list(seen), list(unseen))
        };
        self.rows.iter().skip(1).map(of_row).collect()
    }
}

/// Trains the generator and scores it beside the references.
///
/// The same configuration gives the same bits. The default one takes well under a minute on two cores. `None` if
/// `progress` asked to stop, since a study that is half done has nothing to compare.
///
/// # Errors
/// A configuration of the game that is out of its domain; a digit above 9; scores that their samples do not allow.
pub fn study(config: &Config, mut progress: impl FnMut(StudyProgress<'_>) -> ControlFlow<()>) -> Result<Option<Study>> {
    let digits = fenchel::io::digits();
    let images = digits.images.mapv(|grey| grey / 8.0 - 1.0);
    let mut order: Vec<usize> = (0..images.nrows()).collect();
    order.shuffle(&mut stream(config.seed, 0));
    let (train_rows, held_out_rows) = order.split_at(images.nrows() / 2);
    let (train, held_out) = (images.select(Axis(0), train_rows), images.select(Axis(0), held_out_rows));
    let n = train.nrows();

    let mut gan = Gan::new(config.gan.clone(), Rows::new(train.view())?)?;
    let mut trace = Vec::new();
    let status = gan.train(config.steps, |record| {
        if record.step % 100 == 0 || record.step == config.steps {
            trace.push(*record);
        }
        progress(StudyProgress::Training { step: record.step, steps: config.steps })
    });
    if status == Status::Interrupted {
        return Ok(None);
    }

    let (real, known) = (Empirical::new(held_out.clone())?, Empirical::new(train.clone())?);
    let shown: Vec<usize> = train_rows.iter().copied().filter(|&i| digits.labels[i] == config.digit).collect();
    if shown.is_empty() {
        return Err(fenchel::Error::out_of_domain("digit", f64::from(config.digit), "0 to 9"));
    }
    let noise = {
        let mut rng = stream(config.seed, 1);
        Array2::from_shape_simple_fn((n, images.ncols()), || rng.random_range(-1.0..1.0))
    };
    let collapsed = {
        let mut rng = stream(config.seed, 2);
        let rows: Vec<usize> = (0..n).map(|_| shown[rng.random_range(0..shown.len())]).collect();
        // half a grey level of dither, or every copy would be at distance 0 of the next
        images.select(Axis(0), &rows).mapv(|v| v + rng.random_range(-0.0625..0.0625))
    };
    let sources = [
        ("real half", format!("the {n} images the generator learnt from"), train),
        ("generator", format!("MLP GAN after {} steps", gan.steps()), gan.generate(n, &mut stream(config.seed, 3))),
        (
            "Gaussian fit",
            "mean and covariance of the training half".to_owned(),
            Gaussian::fit(&known)?.sample(n, &mut stream(config.seed, 4))?,
        ),
        ("uniform noise", "independent uniform pixels".to_owned(), noise),
        (
            "one digit",
            format!("{} training images of a {}, drawn again with dither", shown.len(), config.digit),
            collapsed,
        ),
    ];

    let Some(rows) = scored(config, sources.into(), (&known, &real), progress)? else {
        return Ok(None);
    };
    let floor = &rows[0].scores;
    let findings = rows[1..].iter().flat_map(|row| findings(&config.metrics, row, floor)).collect();
    Ok(Some(Study { rows, held_out, findings, status, trace }))
}

/// A source before it is scored: name, description and samples.
type Unscored = (&'static str, String, Array2<f64>);

/// The scores of all sources against the `real` half, with those of the first as baseline; `known` is the half that was learnt.
fn scored(
    config: &Config,
    sources: Vec<Unscored>,
    (known, real): (&Empirical, &Empirical),
    mut progress: impl FnMut(StudyProgress<'_>) -> ControlFlow<()>,
) -> Result<Option<Vec<SourceRow>>> {
    let card = Scorecard::new().metrics(&config.metrics).permutations(200).seed(config.seed).baseline(false);
    let mut rows: Vec<SourceRow> = Vec::new();
    for (name, description, samples) in sources {
        let sample = Empirical::new(samples.clone())?;
        let mut stopped = false;
        let found = card.score_with(real, &sample, Some(known), |metric| {
            let answer = progress(StudyProgress::Scoring { source: name, metric });
            stopped |= answer.is_break();
            answer
        })?;
        if stopped {
            return Ok(None);
        }
        let mut scores: Vec<Estimate> = found.into_iter().map(|(_, score)| score).collect::<Result<_>>()?;
        // the training half consists of copies of itself; fresh real images are the output of a perfect generator
        if name == "real half" {
            for (score, metric) in scores.iter_mut().zip(&config.metrics) {
                if metric.needs_train() {
                    *score =
                        Scorecard::new().metrics(&[*metric]).baseline(false).score(known, real, Some(known))?.remove(0);
                    score.parameters.push_str("; of the held-out half");
                }
            }
        }
        rows.push(SourceRow { name, description, samples, scores });
    }
    let floor = rows[0].scores.clone();
    for row in &mut rows {
        for (score, floor) in row.scores.iter_mut().zip(&floor) {
            score.baseline = Some(floor.value);
            score.parameters.push_str("; baseline: the real half");
        }
    }
    Ok(Some(rows))
}

fn findings(metrics: &[Metric], row: &SourceRow, floor: &[Estimate]) -> Vec<Finding> {
    let compare = |((&metric, score), floor): ((&Metric, &Estimate), &Estimate)| {
        let worse = match metric.better() {
            Better::Lower => score.value - floor.value,
            Better::Higher => floor.value - score.value,
        };
        let error = spread(score).hypot(spread(floor));
        let z = if error > 0.0 { worse / error } else { 0.0 };
        Finding { metric, source: row.name, worse, z, seen: z > SEEN }
    };
    metrics.iter().zip(&row.scores).zip(floor).map(compare).collect()
}

/// The standard error of a score. A share of 0 or 1 has no usable one, and takes that of its interval.
fn spread(score: &Estimate) -> f64 {
    let of_interval = score.interval.map_or(0.0, |(low, high)| (high - low) / (2.0 * 1.645));
    score.std_error.map_or(of_interval, |s| if s > 0.0 { s } else { of_interval })
}
