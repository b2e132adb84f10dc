//! The main job: every chapter, the study on real data, and the report.

use crate::digits::{self, gallery};
use crate::{
    Chapter, Claim, Illustration, fgan, game, likelihood, losses, saturation, training, variants, wasserstein,
};
use fenchel::certificate::Status;
use fenchel::gan;
use fenchel::{Error, Result};
use std::fmt;
use std::ops::ControlFlow;
use std::str::FromStr;

/// A part of the reproduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Part {
    /// Chapter A: likelihood and the Kullback-Leibler divergence.
    Likelihood,
    /// Chapter B: the game, the optimal discriminator and the theorem.
    Game,
    /// Chapter C: the losses of the two players, and their steps.
    Losses,
    /// Chapter D: the table of f-GAN.
    Fgan,
    /// Chapter E: laws that do not overlap.
    Saturation,
    /// Chapter F: the Wasserstein distance.
    Wasserstein,
    /// What runs of the game show.
    Training,
    /// Systems beside the plain game.
    Variants,
    /// The generator of digits, trained and scored.
    Digits,
}

impl Part {
    /// All of them, in the order of the report.
    pub const ALL: [Self; 9] = [
        Self::Likelihood,
        Self::Game,
        Self::Losses,
        Self::Fgan,
        Self::Saturation,
        Self::Wasserstein,
        Self::Training,
        Self::Variants,
        Self::Digits,
    ];

    /// The name, as `--chapter` takes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Likelihood => "likelihood",
            Self::Game => "game",
            Self::Losses => "losses",
            Self::Fgan => "fgan",
            Self::Saturation => "saturation",
            Self::Wasserstein => "wasserstein",
            Self::Training => "training",
            Self::Variants => "variants",
            Self::Digits => "digits",
        }
    }

    /// Letter of the chapter; the study has none.
    #[must_use]
    pub fn letter(self) -> Option<char> {
        match self {
            Self::Likelihood => Some('A'),
            Self::Game => Some('B'),
            Self::Losses => Some('C'),
            Self::Fgan => Some('D'),
            Self::Saturation => Some('E'),
            Self::Wasserstein => Some('F'),
            Self::Training => Some('T'),
            Self::Variants => Some('H'),
            Self::Digits => None,
        }
    }

    /// About how many seconds it takes, for the progress bar.
    fn weight(self) -> f64 {
        match self {
            Self::Likelihood | Self::Losses | Self::Wasserstein => 1.0,
            Self::Game | Self::Saturation => 4.0,
            Self::Fgan => 3.0,
            Self::Training => 10.0,
            Self::Variants => 20.0,
            Self::Digits => 30.0,
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Part {
    type Err = Error;

    /// A name, or the letter of a chapter.
    fn from_str(name: &str) -> Result<Self> {
        let is = |part: &Self| {
            part.name() == name || part.letter().is_some_and(|letter| name.eq_ignore_ascii_case(&letter.to_string()))
        };
        Self::ALL
            .into_iter()
            .find(is)
            .ok_or_else(|| Error::unknown_name("chapter", name, Self::ALL.map(Self::name).join(", ")))
    }
}

/// The selection of parts and the seed.
#[derive(Debug, Clone)]
pub struct Options {
    /// Which parts; all of them by default.
    pub parts: Vec<Part>,
    /// Seed of everything random.
    pub seed: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { parts: Part::ALL.to_vec(), seed: 0 }
    }
}

/// The progress of the work.
#[derive(Debug, Clone, PartialEq)]
pub struct Progress {
    /// The part at work.
    pub part: Part,
    /// Fraction of the whole that is done, from 0 to 1.
    pub fraction: f64,
    /// What is being done, in a few words.
    pub message: String,
}

/// The result.
#[derive(Debug, Clone)]
pub struct Reproduction {
    /// The chapters that were asked for and finished.
    pub chapters: Vec<Chapter>,
    /// The study on real digits, if it was asked for and finished.
    pub study: Option<digits::Study>,
    /// Seed of everything random.
    pub seed: u64,
    /// [`Status::Interrupted`] if the caller asked to stop; what was finished by then is kept.
    pub status: Status,
}

impl Reproduction {
    /// All claims in the order of the report.
    pub fn claims(&self) -> impl Iterator<Item = &Claim> {
        self.chapters.iter().flat_map(|chapter| &chapter.claims)
    }

    /// All figures in the order of the report.
    #[must_use]
    pub fn figures(&self) -> Vec<Illustration> {
        let of_chapters = self.chapters.iter().flat_map(|chapter| &chapter.figures).cloned();
        of_chapters.chain(self.study.iter().flat_map(gallery::figures)).collect()
    }

    /// The claims that do not hold.
    #[must_use]
    pub fn failed(&self) -> Vec<&Claim> {
        self.claims().filter(|claim| !claim.holds()).collect()
    }
}

/// Reproduces the claims of the lectures.
///
/// `progress` is told of each step; when it answers [`ControlFlow::Break`] the work stops and the finished parts are
/// returned. The same seed gives the same numbers. All of it takes about a minute on two cores, the chapters alone some
/// seconds.
///
/// ```
/// use fenchel_lecture::{Options, Part, reproduce};
/// use std::ops::ControlFlow;
/// let options = Options { parts: vec![Part::Likelihood], ..Options::default() };
/// let result = reproduce(&options, &mut |_| ControlFlow::Continue(()))?;
/// assert!(result.failed().is_empty());
/// # Ok::<(), fenchel::Error>(())
/// ```
///
/// # Errors
/// Errors of the library; a claim that does not hold is not one.
pub fn reproduce(options: &Options, progress: &mut dyn FnMut(Progress) -> ControlFlow<()>) -> Result<Reproduction> {
    let seed = options.seed;
    let mut result = Reproduction { chapters: Vec::new(), study: None, seed, status: Status::Converged };
    let parts: Vec<Part> = Part::ALL.into_iter().filter(|part| options.parts.contains(part)).collect();
    let total: f64 = parts.iter().map(|part| part.weight()).sum();
    let mut done = 0.0;
    for part in parts {
        let message = part.letter().map_or_else(|| part.to_string(), |letter| format!("{letter}: {part}"));
        let stop = progress(Progress { part, fraction: done / total, message }).is_break();
        let chapter = match part {
            _ if stop => None,
            Part::Likelihood => Some(likelihood::chapter(seed)?),
            Part::Game => Some(game::chapter(seed)?),
            Part::Losses => Some(losses::chapter(seed)?),
            Part::Fgan => Some(fgan::chapter(seed)?),
            Part::Saturation => Some(saturation::chapter(seed)?),
            Part::Wasserstein => Some(wasserstein::chapter(seed)?),
            Part::Training => Some(training::chapter(seed)?),
            Part::Variants => Some(variants::chapter(seed)?),
            Part::Digits => {
                let config = digits::Config {
                    gan: gan::Config { seed, ..gan::Config::digits() },
                    seed,
                    ..digits::Config::default()
                };
                result.study = digits::study(&config, |now| {
                    let (share, message) = so_far(now);
                    progress(Progress { part, fraction: (done + share * part.weight()) / total, message })
                })?;
                None
            }
        };
        if stop || (part == Part::Digits && result.study.is_none()) {
            result.status = Status::Interrupted;
            break;
        }
        result.chapters.extend(chapter);
        done += part.weight();
    }
    Ok(result)
}

/// The finished share of the study, and its present step.
fn so_far(now: digits::StudyProgress<'_>) -> (f64, String) {
    match now {
        digits::StudyProgress::Training { step, steps } => {
            (0.5 * step as f64 / steps as f64, format!("digits: training, step {step} of {steps}"))
        }
        digits::StudyProgress::Scoring { source, metric } => {
            let place = ["real half", "generator", "Gaussian fit", "uniform noise", "one digit"];
            let k = place.iter().position(|name| *name == source).unwrap_or(0);
            (0.5 + 0.1 * k as f64, format!("digits: scoring {source}, {}", metric.name()))
        }
    }
}
