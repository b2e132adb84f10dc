//! `fenchel train`: a small generator, scored as it goes, in a run that can be interrupted and continued.

mod data;
mod file;
mod session;
mod settings;
mod start;

use crate::names;
use crate::output::{Answer, Output, Table};
use anyhow::{Context, Result, bail};
use clap::Args;
use data::Data;
use fenchel::gan::{Checkpoint, Config, Gan, Plain};
use fenchel::record::Run;
use fenchel::record::json;
use file::{FILE, Plan, Settled};
use serde::Serialize;
use session::{CHECKPOINT, Session};
use settings::Settings;
use start::Start;
use std::path::{Path, PathBuf};

/// Trains a small generator against a discriminator and scores it as it goes
///
/// A run is a folder: config.toml, config.json, metrics.jsonl (one line every 50 steps, and the scores), checkpoint.json, and
/// at the end samples.npy, samples.svg and scores.json. Ctrl-C, `kill` and a closing terminal stop the run at the next step
/// and keep its state. `--resume` continues from it to the same numbers, bit for bit. Even `kill -9` loses only the
/// steps since the last score. config.json holds the check sums of the data and of itself. So a run continues only with
/// the data and settings it was started with, and in one process at a time. config.toml holds the settings for people:
/// `--config` starts a run with them, as they are or changed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Train {
    /// ring8, grid25, swissroll, digits, fashion, mnist, or a file with one sample a row
    #[arg(required_unless_present_any = ["resume", "list_presets", "config"], conflicts_with = "resume")]
    data: Option<String>,
    /// Settings to start from; the options below change them [default: by the data]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    preset: Option<String>,
    /// Print the presets, and train nothing
    #[arg(long, conflicts_with_all = ["data", "resume"])]
    list_presets: bool,
    /// Settings to start from: the config.toml of a run, as it is or changed [default: the preset]
    #[arg(long, value_name = "FILE", conflicts_with_all = ["resume", "preset"])]
    config: Option<PathBuf>,
    #[command(flatten)]
    settings: Settings,
    /// Steps of the game in all, over which the preset's rates fall [default: by the preset; with --resume the number the run was
    /// started with]
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Score the generator every so many steps [default: 1000, or a twentieth of the steps where that is more]
    #[arg(long, value_name = "N", conflicts_with = "resume", value_parser = clap::value_parser!(u64).range(1..))]
    score_every: Option<u64>,
    /// Folder of the run, new or empty [default: runs/DATA, or with a number after it if that exists]
    #[arg(long, value_name = "DIR", conflicts_with = "resume")]
    out: Option<PathBuf>,
    /// Continue the run in this folder
    #[arg(long, value_name = "DIR")]
    resume: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel train ring8 --steps 20000                       eight modes on a circle
  fenchel train grid25 --objective wgan --penalty gp:0.1 --critic-steps 5
  fenchel train ring8 --preset plain --steps 1000 --generator 32,32 --batch 64 --rate 5e-4
  fenchel train ring8 --preset plain --limit spectral --generator '64, 32 tanh'
  fenchel train --list-presets
  fenchel train --config runs/ring8/config.toml           the settings of another run
  fenchel train digits --out runs/digits --seed 3         the 8x8 digits that ship with fenchel
  fenchel train digits --preset dcgan                     convolutions on both sides
  fenchel train --resume runs/digits --steps 10000        go on, further than was planned
  fenchel train samples.npy --json | jq .scores           any table of numbers

Objectives: minimax nonsaturating lsgan[:a,b,c] fgan:KIND wgan hinge relativistic.
Penalties: none gp[:lambda] lp[:lambda] r1[:gamma] r2[:gamma] r1r2[:gamma]. Limits: none clip[:c] spectral.
Layers: SIZE, HxWxC, conv, up or nearest with CHANNELS SIDE/STRIDE; then batch or layer, an activation, dropout:SHARE.
Activations of layers: linear relu lrelu[:slope] tanh sigmoid softplus elu gelu.
Presets ring8 and grid25 let the rates fall to zero over the steps of the run, which is what makes samples exact; such a run ends where it \
was planned to. The others go on for as long as they are told to.
Files and images: half of the rows are trained on, the other half is held out for the scores.
fashion and mnist do not ship; scripts/fetch-data brings them into data/fetched.";

#[derive(Serialize)]
struct Presets {
    presets: Vec<Preset>,
}

#[derive(Serialize)]
struct Preset {
    name: &'static str,
    what: &'static str,
}

/// Who makes the folder.
const MAKER: &str = "fenchel train";

impl Train {
    pub fn run(&self, seed: Option<u64>, output: &Output) -> Result<Answer> {
        if self.list_presets {
            let mut table = Table::new(&["preset", "what it is for"]);
            Config::PRESETS.iter().for_each(|(name, what)| table.row([name.to_string(), what.to_string()]));
            let presets: Vec<_> = Config::PRESETS.iter().map(|(name, what)| Preset { name, what }).collect();
            return Ok(Answer::new(table.render(output), &Presets { presets }));
        }
        let (run, start, data, gan) = match &self.resume {
            Some(_) if seed.is_some() => {
                bail!("a run goes on with the seed that it was started with; leave out --seed, or start a new run")
            }
            Some(folder) => self.resumed(folder)?,
            None => self.started(seed)?,
        };
        Session { run, start, data, gan, output }.play()
    }

    fn started(&self, seed: Option<u64>) -> Result<(Run, Start, Data, Gan)> {
        let file = self.config.as_deref().map(Settled::read).transpose()?;
        let name = self.data.as_deref().or(file.as_ref().map(|file| file.run.data.as_str())).unwrap_or_default();
        let seed = seed.or(file.as_ref().map(|file| file.game.seed)).unwrap_or_default();
        let mut data = Data::load(name, seed)?;
        let preset = self.preset.as_deref().map(|name| names::parse(name, Config::preset)).transpose()?;
        let base = file.as_ref().map(|file| file.game.clone()).or(preset).unwrap_or_else(|| data.preset());
        let gan = self.planned(self.settings.on(Config { seed, ..base })?);
        let plan = file.as_ref().map(|file| &file.run);
        let steps = self.steps.or(plan.map(|plan| plan.steps)).unwrap_or(gan.steps);
        if gan.is_scheduled() && steps.max(1) != gan.steps {
            bail!(
                "what changes over this run is laid out for {} steps ([game] steps), and the run would take {steps} ([run] steps); \
                 --steps sets both",
                gan.steps
            );
        }
        let score_every = self.score_every.or(plan.map(|plan| plan.score_every));
        let score_every = score_every.unwrap_or((steps / 20).max(1000));
        let start = Start::new(data.place(name)?, data.checksum.clone(), steps, score_every, gan);
        let game = Gan::new(start.gan.clone(), data.source()?)?;
        let folder = self.out.clone().unwrap_or_else(|| free_folder(&data.name));
        let told = settled(&start).text()?; // before anything is made
        let run = Run::create(folder, MAKER, &start)?;
        run.save(FILE, told.as_bytes())?;
        Ok((run, start, data, game))
    }

    /// The settings for a run of `--steps`. Where nothing changes over the run, its length is no setting of the game.
    fn planned(&self, gan: Config) -> Config {
        match self.steps {
            Some(steps) if gan.is_scheduled() => Config { steps: steps.max(1), ..gan },
            _ => gan,
        }
    }

    fn resumed(&self, folder: &Path) -> Result<(Run, Start, Data, Gan)> {
        let run = Run::open(folder)?;
        let mut start: Start = run.config()?;
        start.validate(&run.folder().join("config.json"))?;
        unchanged(&run, &start, self.steps)?;
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
            if start.gan.is_scheduled() && steps != start.steps {
                bail!(
                    "what changes over this run is laid out for the {} steps that it was started with, so that it ends there; continue \
                     it without --steps, or start a new run with --steps {steps}",
                    start.steps
                );
            }
            start.steps = steps;
            run.save("config.json", json::pretty(&start).as_bytes())?;
            run.save(FILE, settled(&start).text()?.as_bytes())?;
        }
        Ok((run, start, data, game))
    }
}

/// What a run was started with, for people.
fn settled(start: &Start) -> Settled {
    let run = Plan { data: start.data.clone(), steps: start.steps, score_every: start.score_every };
    Settled { run, game: start.gan.clone() }
}

/// Refuses to continue where somebody has changed the settings for people, which a running run does not follow.
fn unchanged(run: &Run, start: &Start, asked: Option<u64>) -> Result<()> {
    let path = run.folder().join(FILE);
    if !path.is_file() {
        // the run was stopped before it was written
        return Ok(run.save(FILE, settled(start).text()?.as_bytes())?);
    }
    let found = Settled::read(&path)?;
    if found.game != start.gan || found.run.score_every != start.score_every {
        bail!(
            "{path} was changed, and a run goes on as it was started: `fenchel train --config {path}` starts a new one; undo the change \
             to continue this one",
            path = path.display()
        );
    }
    if asked.is_none() && found.run.steps != start.steps {
        bail!(
            "{} says {} steps, and config.json beside it {}; --steps N decides",
            path.display(),
            found.run.steps,
            start.steps
        );
    }
    Ok(())
}

fn resumed_from(bytes: &[u8], start: &Start, data: &mut Data) -> Result<Gan> {
    let checkpoint: Checkpoint<Plain> = serde_json::from_slice(bytes)?;
    if checkpoint.config() != &start.gan {
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
