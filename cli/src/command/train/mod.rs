//! `fenchel train`: a small generator, scored as it goes, in a run that can be interrupted and continued.

mod data;

use crate::command::score;
use crate::failure::Unfinished;
use crate::output::{Answer, EstimateJson, Output, significant};
use crate::{interrupt, names};
use anyhow::{Context, Result, bail};
use clap::Args;
use data::{Data, SCORED, checksum};
use fenchel::Error;
use fenchel::certificate::{Estimate, Status};
use fenchel::gan::{Checkpoint, Config, Constraint, Gan, Objective, Record};
use fenchel::io;
use fenchel::record::json::{self, Number};
use fenchel::record::{Metrics, Run};
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Trains a small generator against a discriminator and scores it as it goes
///
/// A run is a folder: config.json, metrics.jsonl (one line every 50 steps, and the scores), checkpoint.json, and at the end
/// samples.npy, samples.svg and scores.json. Ctrl-C, `kill` and a terminal that closes stop it at the next step and keep the
/// state; `--resume` goes on from it to the same numbers, bit for bit, as if nothing had happened. Even `kill -9` costs no more
/// than the steps since the last score. config.json holds the check sums of the data and of itself: a run goes on with what it
/// was started with, in one process at a time.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Train {
    /// ring8, grid25, swissroll, digits, fashion, mnist, or a file with one sample a row
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    data: Option<String>,
    /// What the players minimise [default: by the data]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    objective: Option<String>,
    /// What the discriminator is held to; a strength may follow a colon [default: by the data]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    constraint: Option<String>,
    /// Steps of the game in all [default: 3000; with --resume what the run was started with]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Score the generator every so many steps
    #[arg(long, value_name = "N", default_value_t = 1000, conflicts_with = "resume",
          value_parser = clap::value_parser!(u64).range(1..))]
    score_every: u64,
    /// Folder of the run, new or empty [default: runs/DATA, or with a number after it if that exists]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Continue the run in this folder
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel train ring8                                     eight modes on a circle
  fenchel train grid25 --objective wgan --constraint gp:10 --steps 5000
  fenchel train digits --out runs/digits --seed 3         the 8x8 digits that ship with fenchel
  fenchel train --resume runs/digits --steps 10000        go on, further than was planned
  fenchel train samples.npy --json | jq .scores           any table of numbers

Objectives: minimax nonsaturating lsgan fgan:KIND wgan hinge relativistic.
Constraints: none clip[:c] gp[:lambda] r1[:gamma] r1r2[:gamma] spectral.
Files and images: half of the rows are trained on, the other half is held out for the scores.
fashion is read from Debian's package dataset-fashion-mnist; for mnist give its IDX file of \
images.";

/// Who makes the folder.
const MAKER: &str = "fenchel train";

/// Steps between two lines of metrics.jsonl.
const LOG_EVERY: u64 = 50;
/// Everything a run was started with.
#[derive(Serialize, Deserialize)]
struct Start {
    /// A name or a file, which may move.
    data: String,
    data_checksum: String,
    /// What `--steps` may change.
    steps: u64,
    score_every: u64,
    gan: Config,
    /// Of all that must not change.
    checksum: String,
}

impl Start {
    fn new(data: String, data_checksum: String, steps: u64, score_every: u64, gan: Config) -> Self {
        let mut start = Self { data, data_checksum, steps, score_every, gan, checksum: String::new() };
        start.checksum = start.sum();
        start
    }

    fn sum(&self) -> String {
        checksum(json::line(&(&self.data_checksum, self.score_every, &self.gan)).as_bytes())
    }

    /// What was read from a file may have been changed there.
    fn validate(&self, file: &Path) -> Result<()> {
        if self.score_every == 0 {
            let (what, expected) = (format!("score_every in {}", file.display()), "at least 1".to_owned());
            return Err(Error::OutOfDomain { what, value: 0.0, expected }.into());
        }
        self.gan.validate().with_context(|| file.display().to_string())?;
        if self.checksum != self.sum() {
            bail!(
                "{} is not as the run was started with; undo what was changed there, or start a new run with other \
                 options (--steps may change, and the place of the data)",
                file.display()
            );
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct Json<'a> {
    run: String,
    steps: u64,
    scores: Vec<EstimateJson<'a>>,
    status: &'static str,
}

/// A line of metrics.jsonl.
#[derive(Serialize)]
struct Losses {
    step: u64,
    discriminator_loss: Number,
    generator_loss: Number,
    value: Number,
    value_std_error: Number,
    jsd_lower_bound: Number,
    accuracy: Number,
}

impl From<&Record> for Losses {
    fn from(record: &Record) -> Self {
        let game = record.discriminator.value;
        Self {
            step: record.step,
            discriminator_loss: Number(record.discriminator.loss),
            generator_loss: Number(record.generator_loss),
            value: Number(game.value),
            value_std_error: Number(game.std_error),
            jsd_lower_bound: Number(game.jsd_lower_bound()),
            accuracy: Number(game.accuracy),
        }
    }
}

/// Another line of metrics.jsonl.
#[derive(Serialize)]
struct Scored<'a> {
    step: u64,
    scores: Vec<EstimateJson<'a>>,
}

impl Train {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let (run, start, data, gan) = match &self.resume {
            Some(folder) => self.resumed(folder)?,
            None => self.started(seed)?,
        };
        Session { run, start, data, gan, output }.play()
    }

    fn started(&self, seed: u64) -> Result<(Run, Start, Data, Gan)> {
        let name = self.data.as_deref().unwrap_or_default();
        let mut data = Data::load(name, seed)?;
        let mut gan = Config { seed, ..data.preset() };
        if let Some(objective) = &self.objective {
            gan.objective = names::parse(objective, str::parse)?;
            if gan.objective == Objective::Wasserstein {
                gan.constraint = Constraint::GradientPenalty(10.0); // a critic without slope limit proves nothing
            }
        }
        if let Some(constraint) = &self.constraint {
            gan.constraint = names::parse(constraint, str::parse)?;
        }
        let (steps, place) = (self.steps.unwrap_or(3000), data.place(name)?);
        let start = Start::new(place, data.checksum.clone(), steps, self.score_every, gan);
        let game = Gan::new(start.gan.clone(), data.source()?)?;
        let folder = self.out.clone().unwrap_or_else(|| free_folder(&data.name));
        let run = Run::create(folder, MAKER, &start)?;
        Ok((run, start, data, game))
    }

    fn resumed(&self, folder: &Path) -> Result<(Run, Start, Data, Gan)> {
        let run = Run::open(folder)?;
        let mut start: Start = run.config()?;
        start.validate(&run.folder().join("config.json"))?;
        let mut data = Data::load(&start.data, start.gan.seed).with_context(|| {
            format!("the data of the run are gone (if they have moved, config.json may say where): {}", start.data)
        })?;
        if data.checksum != start.data_checksum {
            bail!(
                "{} is not the data that the run in {} was started with; put those back, or start a new run with these",
                start.data,
                folder.display()
            );
        }
        // stopped before the first checkpoint, a run begins again
        let file = run.folder().join(CHECKPOINT);
        let game = if file.is_file() {
            resumed_from(&run.load(CHECKPOINT)?, &start, &mut data).with_context(|| {
                format!("{} cannot be continued from; without it the run begins again", file.display())
            })?
        } else {
            Gan::new(start.gan.clone(), data.source()?)?
        };
        if let Some(steps) = self.steps {
            if steps < game.steps() {
                bail!("{} steps are done already; --steps {steps} would go back", game.steps());
            }
            start.steps = steps;
            run.save("config.json", json::pretty(&start).as_bytes())?;
        }
        Ok((run, start, data, game))
    }
}

/// The state to continue from.
const CHECKPOINT: &str = "checkpoint.json";

fn resumed_from(bytes: &[u8], start: &Start, data: &mut Data) -> Result<Gan> {
    let checkpoint: Checkpoint = serde_json::from_slice(bytes)?;
    if checkpoint.config != start.gan {
        bail!("it is of another run: its configuration is not that of config.json");
    }
    Ok(Gan::resume(checkpoint, data.source()?)?)
}

/// `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3`, ... that does not exist.
fn free_folder(name: &str) -> PathBuf {
    let numbered = (2..).map(|k| PathBuf::from(format!("runs/{name}-{k}")));
    let mut candidates = [PathBuf::from(format!("runs/{name}"))].into_iter().chain(numbered);
    candidates.find(|path| !path.exists()).expect("numbers do not run out")
}

/// A run in progress.
struct Session<'a> {
    run: Run,
    start: Start,
    data: Data,
    gan: Gan,
    output: &'a Output,
}

impl Session<'_> {
    fn play(mut self) -> Result<Answer> {
        interrupt::listen()?;
        let folder = self.run.folder().display().to_string();
        let kept = || Unfinished(format!("the run in {folder} is kept up to its last checkpoint"));
        let mut metrics = self.run.metrics(self.gan.steps()).with_context(kept)?;
        let bar = self.output.progress(self.start.steps);
        bar.set_position(self.gan.steps());
        let mut status = Status::IterationLimit;
        while self.gan.steps() < self.start.steps && status == Status::IterationLimit {
            let next = (self.gan.steps() / self.start.score_every + 1).saturating_mul(self.start.score_every);
            let mut written = Ok(());
            status = self.gan.train(next.min(self.start.steps), |record| {
                if record.step.is_multiple_of(LOG_EVERY) {
                    written = metrics.append(&Losses::from(record));
                }
                bar.inc(1);
                if written.is_err() || interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            });
            written.with_context(kept)?;
            let step = self.gan.steps();
            // before the checkpoint: whatever it holds has been written
            if status != Status::Diverged && step.is_multiple_of(self.start.score_every) {
                match self.data.score(&self.gan, 0) {
                    Ok(scores) => {
                        metrics.append(&Scored { step, scores: estimates(&scores) }).with_context(kept)?;
                        let first = scores.first().map(|s| format!("{} {}", s.name, significant(s.value, 3)));
                        bar.set_message(first.unwrap_or_default());
                    }
                    // what the generator makes may be beyond all scores; the state is worth keeping
                    Err(error) => {
                        return self.save_state(&metrics).map_err(Into::into).and(Err(error)).with_context(kept);
                    }
                }
            }
            self.save_state(&metrics).with_context(kept)?;
        }
        bar.finish_and_clear();
        self.finish(status).with_context(kept)
    }

    fn save_state(&self, metrics: &Metrics) -> fenchel::Result<()> {
        metrics.flush()?; // the state must not be ahead of the lines that lead to it
        self.run.save_json(CHECKPOINT, &self.gan.checkpoint())
    }

    fn finish(&self, status: Status) -> Result<Answer> {
        let steps = self.gan.steps();
        let folder = self.run.folder().display();
        let scores = self.data.score(&self.gan, if status == Status::Interrupted { 0 } else { 200 })?;
        let written = self.keep(&scores);
        let (word, unfinished) = match status {
            Status::Interrupted => (
                "interrupted",
                Some(format!("interrupted after step {steps}; continue with: fenchel train --resume {folder}")),
            ),
            Status::Diverged => {
                let at = self.gan.diverged_at().unwrap_or(steps);
                let why = format!(
                    "a loss or gradient was not finite after step {at}; {folder} holds the state of step {steps}"
                );
                ("diverged", Some(format!("{why}; try another --objective or a stronger --constraint")))
            }
            _ => ("completed", None),
        };
        let gan = &self.start.gan;
        let text = format!(
            "{} after {steps} steps: {}, objective {}, constraint {}, seed {}\n\n{}\nrun kept in {folder}\n",
            word,
            self.data.name,
            gan.objective,
            gan.constraint,
            gan.seed,
            score::table(&scores).render(self.output)
        );
        let json = Json { run: folder.to_string(), steps, scores: estimates(&scores), status: word };
        let kept = format!("the run in {folder} is kept up to step {steps}, not all of its results");
        Ok(Answer { unfinished, ..Answer::new(text, &json) }.despite(written, &kept))
    }

    /// Samples and scores beside the state.
    fn keep(&self, scores: &[Estimate]) -> fenchel::Result<()> {
        let samples = self.data.generate(&self.gan, SCORED);
        self.run.save("samples.npy", &io::to_npy(samples.view()))?;
        if let Some(figure) = self.data.figure(&samples) {
            self.run.save("samples.svg", figure.svg().as_bytes())?;
        }
        self.run.save("scores.json", json::pretty(&estimates(scores)).as_bytes())
    }
}

fn estimates(scores: &[Estimate]) -> Vec<EstimateJson<'_>> {
    scores.iter().map(EstimateJson::from).collect()
}
