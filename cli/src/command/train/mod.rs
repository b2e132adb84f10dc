//! `fenchel train`: a small generator, scored as it goes, in a run that can be interrupted and continued.

mod data;
mod session;
mod start;

use crate::names;
use crate::output::{Answer, Output};
use anyhow::{Context, Result, bail};
use clap::Args;
use data::Data;
use fenchel::gan::{Checkpoint, Config, Constraint, Gan, Objective};
use fenchel::record::Run;
use fenchel::record::json;
use session::{CHECKPOINT, Session};
use start::Start;
use std::path::{Path, PathBuf};

/// Trains a small generator against a discriminator and scores it as it goes
///
/// A run is a folder: config.json, metrics.jsonl (one line every 50 steps, and the scores), checkpoint.json, and at the
/// end samples.npy, samples.svg and scores.json. Ctrl-C, `kill` and a closing terminal stop the run at the next step
/// and keep its state. `--resume` continues from it to the same numbers, bit for bit. Even `kill -9` loses only the
/// steps since the last score. config.json holds the check sums of the data and of itself. So a run continues only with
/// the data and settings it was started with, and in one process at a time.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Train {
    /// ring8, grid25, swissroll, digits, fashion, mnist, or a file with one sample a row
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    data: Option<String>,
    /// Losses of the two players [default: by the data]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    objective: Option<String>,
    /// Constraint on the discriminator; a strength may follow a colon [default: by the data]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    constraint: Option<String>,
    /// Steps of the game in all [default: 3000; with --resume the number the run was started with]
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
fashion and mnist do not ship; scripts/fetch-data brings them into data/fetched.";

/// Who makes the folder.
const MAKER: &str = "fenchel train";

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
