//! `fenchel train`: a small generator, scored as it goes, in a run that can be interrupted and continued.

mod advice;
mod data;
mod events;
mod file;
mod frames;
mod log;
mod page;
mod picture;
mod playing;
mod session;
mod settings;
mod start;
mod stop;
mod system;
mod watch;
mod weights;

use crate::names;
use crate::output::{Answer, Output, Table};
use anyhow::{Context, Result, bail};
use clap::Args;
use data::Data;
use fenchel::Error;
use fenchel::gan::Config;
use fenchel::record::Run;
use fenchel::record::json;
use file::{FILE, Plan, Settled};
use serde::Serialize;
use session::{Begun, CHECKPOINT, Session};
use settings::{Settings, is_scheduled};
use start::Start;
use std::path::{Path, PathBuf};
use stop::Stop;
use system::{SYSTEMS, System, table};
use toml::Value;

/// Trains a small generator, and shows how far its samples are from real ones as it goes
///
/// A run is a folder. index.html shows it, also while it goes on: losses and true distances over the steps, samples by a slider,
/// scores. metrics.jsonl has the numbers: the losses every 50 steps, what is watched (--watch-every), the scores
/// (--score-every). samples/ has pictures, at most 60; at the end there are samples.npy, samples.svg, scores.json, and the weights
/// as generator.safetensors and so on, for other programs.
///
/// Ctrl-C, `kill` and a closing terminal stop the run at the next step and keep its state in checkpoint.json. `--resume` continues
/// from it to the same numbers, bit for bit. Even `kill -9` loses only the steps since the last score. config.json holds the
/// check sums of the data and of itself. So a run continues only with the data and settings it was started with, and in one
/// process at a time. config.toml holds the settings for people: `--config` starts a run with them, as they are or changed.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Train {
    /// ring8, grid25, swissroll, digits, leaning, painted, faces, fashion, mnist, permutation, sentences, or a file with one sample a row
    #[arg(required_unless_present_any = ["resume", "list", "list_presets", "config"], conflicts_with = "resume")]
    data: Option<String>,
    /// The game to play, by the name of --list [default: plain]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["resume", "preset", "config"])]
    game: Option<String>,
    /// Print the games with their sources, and train nothing
    #[arg(long, conflicts_with_all = ["data", "resume"])]
    list: bool,
    /// Settings of the plain game to start from, or a game of --list; the options below change them [default: by the data]
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
    /// Look at the samples every so many steps, beside fresh real ones: distances, modes, a picture; 0 switches it off [default: 100 to
    /// 2000, so that it takes a few percent of the time]
    #[arg(long, value_name = "N", conflicts_with = "resume")]
    watch_every: Option<u64>,
    /// Stop once something that is watched is below a value, such as w2=0.02; the run can go on later. `none` lifts it
    #[arg(long, value_name = "NAME=VALUE")]
    stop_below: Option<String>,
    /// Write the numbers for TensorBoard too, into tensorboard/ in the run's folder
    #[arg(long)]
    tensorboard: bool,
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
  fenchel train digits --game acgan --steps 2000          a generator that is told which digit
  fenchel train digits --game cyclegan                    digits and their mirror image
  fenchel train leaning --game acgan                      which digit, and to which side it leans
  fenchel train digits --game semi --set labels_per_class=5
  fenchel train painted --game colour                     colours for grey digits, with hints
  fenchel train ring8 --game wgan-gp --set batch=128      a game of the literature
  fenchel train ring8 --stop-below w2=0.05 --tensorboard  until the samples are near enough
  fenchel train sentences --game seqgan                   English to German
  fenchel train digits --game vae --set deviation=0.3     an autoencoder
  fenchel train --list                                    all games, with their sources
  fenchel train --config runs/ring8/config.toml           the settings of another run
  fenchel train digits --out runs/digits --seed 3         the 8x8 digits that ship with fenchel
  fenchel train digits --preset dcgan                     convolutions on both sides
  fenchel train --resume runs/digits --steps 10000        go on, further than was planned
  fenchel train samples.npy --json | jq .scores           any table of numbers

Objectives: minimax nonsaturating lsgan[:a,b,c] fgan:KIND wgan hinge relativistic.
Penalties: none gp[:lambda] lp[:lambda] r1[:gamma] r2[:gamma] r1r2[:gamma]. Limits: none clip[:c] spectral.
Layers: SIZE, HxWxC, conv, up or nearest with CHANNELS SIDE/STRIDE; then batch or layer, an activation, dropout:SHARE.
Activations of layers: linear relu lrelu[:slope] tanh sigmoid softplus elu gelu.
Watched, by the data: w1 and w2 (exact, to fresh draws of a law or to held-out rows, up to 16 columns), or frechet, precision and \
recall on 64 principal components; those of tables in standard deviations of the columns; of laws with modes also modes, \
modes_1pct, high_quality, reverse_kl, forward_kl, mode_jsd. value_fresh is the value V of the discriminator on fresh samples. \
Three bounds hold at the level of 95 % each: jsd_at_least; optimal_value_at_least, what a discriminator proves that only knows \
the cells of the law; and gap_at_least and gap_at_most on either side of 2 JSD - (V + ln 4). `real` beside a value is what real \
samples score in its place.
Presets ring8, grid25 and digits let the rates fall to zero over the steps of the run, which is what makes samples exact; such a \
run ends where it was planned to. The others go on for as long as they are told to.
Files and images: half of the rows are trained on, the other half is held out for the scores. leaning are the digits, each leaning to the left and to the right; painted are the digits in colours, as planes of lightness and chroma; faces have long hair or none, and smile or not.
fashion and mnist do not ship; scripts/fetch-data brings them into data/fetched.";

/// A list of names, as JSON.
#[derive(Serialize)]
struct Listed {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    presets: Vec<Item>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    games: Vec<Item>,
}

#[derive(Serialize)]
struct Item {
    name: &'static str,
    what: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    source: Option<&'static str>,
    /// Data that a game can be played with.
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'static str>,
}

/// Who makes the folder.
const MAKER: &str = "fenchel train";

impl Train {
    pub fn run(&self, seed: Option<u64>, output: &Output) -> Result<Answer> {
        if self.list_presets || self.list {
            return Ok(self.listed(output));
        }
        let (run, begun) = match &self.resume {
            Some(_) if seed.is_some() => {
                bail!("a run goes on with the seed that it was started with; leave out --seed, or start a new run")
            }
            Some(folder) => self.resumed(folder)?,
            None => self.started(seed)?,
        };
        Session::new(run, begun, output)?.play()
    }

    fn listed(&self, output: &Output) -> Answer {
        if self.list {
            let mut rows = Table::new(&["game", "what it is", "for example on", "source"]).spare(1);
            SYSTEMS.iter().for_each(|game| rows.row([game.name, game.what, game.data, game.source].map(str::to_owned)));
            let item = |game: &System| Item {
                name: game.name,
                what: game.what,
                source: Some(game.source),
                data: Some(game.data),
            };
            return Answer::new(
                rows.render(output),
                &Listed { presets: Vec::new(), games: SYSTEMS.iter().map(item).collect() },
            );
        }
        let mut rows = Table::new(&["preset", "what it is for"]);
        Config::PRESETS.iter().for_each(|(name, what)| rows.row([name.to_string(), what.to_string()]));
        let item = |(name, what): &(&'static str, &'static str)| Item { name, what, source: None, data: None };
        Answer::new(
            rows.render(output),
            &Listed { presets: Config::PRESETS.iter().map(item).collect(), games: Vec::new() },
        )
    }

    /// The game, and the settings to start from.
    fn base(&self, file: Option<&Settled>, data: &Data) -> Result<(&'static System, toml::Table)> {
        if let Some(file) = file {
            return Ok((names::parse(&file.run.game, System::named)?, file.game.clone()));
        }
        let (game, mut settings) = match (&self.preset, &self.game) {
            (Some(name), _) => preset(name, data)?,
            (None, Some(name)) => of_game(names::parse(name, System::named)?, data)?,
            (None, None) => of_game(&SYSTEMS[0], data)?,
        };
        // they may be for data with more rows
        data.lower_batch(&mut settings);
        Ok((game, settings))
    }

    fn started(&self, seed: Option<u64>) -> Result<(Run, Begun)> {
        let file = self.config.as_deref().map(Settled::read).transpose()?;
        let name = self.data.as_deref().or(file.as_ref().map(|file| file.run.data.as_str())).unwrap_or_default();
        let in_file = file.as_ref().and_then(|file| u64::try_from(file.game.get("seed")?.as_integer()?).ok());
        let seed = seed.or(in_file).unwrap_or_default();
        let mut data = Data::load(name, seed)?;
        let (system, base) = self.base(file.as_ref(), &data)?;
        let mut game = system.complete(&self.settings.on(base)?)?;
        game.insert("seed".to_owned(), Value::Integer(whole(seed)?));
        let plan = file.as_ref().map(|file| &file.run);
        let planned = game.get("steps").and_then(Value::as_integer).and_then(|steps| u64::try_from(steps).ok());
        let steps = self.steps.or(plan.map(|plan| plan.steps)).or(planned).context("the settings have no steps")?;
        if is_scheduled(&game) && self.steps.is_some() {
            game.insert("steps".to_owned(), Value::Integer(whole(steps.max(1))?));
        } else if is_scheduled(&game) && Some(steps.max(1)) != planned {
            bail!(
                "what changes over this run is laid out for {} steps ([game] steps), and the run would take {steps} ([run] steps); \
                 --steps sets both",
                planned.unwrap_or_default()
            );
        }
        let score_every = self.score_every.or(plan.map(|plan| plan.score_every)).unwrap_or((steps / 20).max(1000));
        let playing = system.begin(&game, &mut data)?;
        let watch_every = self.watch_every.or(plan.map(|plan| plan.watch_every));
        let watch_every = watch_every.unwrap_or_else(|| watch::cadence(&*playing, &game, steps));
        let places = (data.place(name)?, data.checksum.clone());
        let mut start = Start::new(places, system.name, (steps, score_every, watch_every), game).sealed();
        start.stop_below = self.stop(plan.and_then(|plan| plan.stop_below.clone()))?;
        start.tensorboard = self.tensorboard || plan.is_some_and(|plan| plan.tensorboard);
        let folder = self.out.clone().unwrap_or_else(|| free_folder(&data.name));
        let told = settled(&start).text()?; // before anything is made
        let begun = Begun::new(start, data, playing)?;
        let run = Run::create(folder, MAKER, &begun.start).map_err(|error| advised(error, self.out.as_deref()))?;
        run.save(FILE, told.as_bytes())?;
        Ok((run, begun))
    }

    /// Where the run is to stop early: as the option says, or as it was planned.
    fn stop(&self, planned: Option<String>) -> Result<Option<String>> {
        match self.stop_below.as_deref() {
            Some("none") => Ok(None),
            Some(text) => Ok(Some(text.parse::<Stop>()?.to_string())),
            None => Ok(planned),
        }
    }

    fn resumed(&self, folder: &Path) -> Result<(Run, Begun)> {
        let run = Run::open(folder)?;
        let mut start = Start::of(&run)?;
        unchanged(&run, &start, self.steps)?;
        let mut data = Data::load(&start.data, start.seed()?).with_context(|| {
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
        let system = System::named(&start.game)?;
        let file = run.folder().join(CHECKPOINT);
        let game = if file.is_file() {
            system.resume(&start.gan, &mut data, &run.load(CHECKPOINT)?).with_context(|| {
                format!("{} cannot be continued from; without it the run begins again", file.display())
            })?
        } else {
            system.begin(&start.gan, &mut data)?
        };
        if let Some(steps) = self.steps {
            if steps < game.steps() {
                bail!("{} steps are done already; --steps {steps} would go back", game.steps());
            }
            if is_scheduled(&start.gan) && steps != start.steps {
                bail!(
                    "what changes over this run is laid out for the {} steps that it was started with, so that it ends there; continue \
                     it without --steps, or start a new run with --steps {steps}",
                    start.steps
                );
            }
            start.steps = steps;
        }
        start.stop_below = self.stop(start.stop_below.take())?;
        start.tensorboard |= self.tensorboard;
        let begun = Begun::new(start, data, game)?; // before anything is written
        if self.steps.is_some() || self.stop_below.is_some() || self.tensorboard {
            run.save("config.json", json::pretty(&begun.start).as_bytes())?;
            run.save(FILE, settled(&begun.start).text()?.as_bytes())?;
        }
        Ok((run, begun))
    }
}

/// A preset of the plain game, or a game with the settings that it begins with.
fn preset(name: &str, data: &Data) -> Result<(&'static System, toml::Table)> {
    if let Ok(config) = names::parse(name, Config::preset) {
        return Ok((&SYSTEMS[0], table(&config)?));
    }
    let games = SYSTEMS.iter().map(|game| game.name);
    let all: Vec<&str> = Config::PRESETS.iter().map(|(name, _)| *name).chain(games).collect();
    let game = names::parse(name, System::named);
    of_game(game.map_err(|_| Error::unknown_name("preset", name, all.join(", ")))?, data)
}

fn of_game(game: &'static System, data: &Data) -> Result<(&'static System, toml::Table)> {
    Ok((game, game.settings(data)?))
}

/// A number that a file of settings can hold.
fn whole(number: u64) -> Result<i64> {
    i64::try_from(number).with_context(|| format!("{FILE} cannot hold a whole number above {}", i64::MAX))
}

/// How to go on where there is a run already.
fn advised(error: fenchel::Error, out: Option<&Path>) -> anyhow::Error {
    match out {
        Some(folder) if folder.join("config.json").is_file() => anyhow::Error::from(error).context(format!(
            "there is a run already; continue it with `fenchel train --resume {}`, or choose another --out",
            folder.display()
        )),
        _ => error.into(),
    }
}

/// What a run was started with, for people.
fn settled(start: &Start) -> Settled {
    let Start { data, game, steps, score_every, watch_every, stop_below, tensorboard, gan, .. } = start;
    let run = Plan {
        data: data.clone(),
        game: game.clone(),
        steps: *steps,
        score_every: *score_every,
        watch_every: *watch_every,
        stop_below: stop_below.clone(),
        tensorboard: *tensorboard,
    };
    Settled { run, game: gan.clone() }
}

/// Refuses to continue where somebody has changed the settings for people, which a running run does not follow.
fn unchanged(run: &Run, start: &Start, asked: Option<u64>) -> Result<()> {
    let path = run.folder().join(FILE);
    if !path.is_file() {
        // the run was stopped before it was written
        return Ok(run.save(FILE, settled(start).text()?.as_bytes())?);
    }
    let (mut found, mut expected) = (Settled::read(&path)?, settled(start));
    let steps = found.run.steps;
    for plan in [&mut found.run, &mut expected.run] {
        // these a run may change
        (plan.steps, plan.stop_below, plan.tensorboard) = (0, None, false);
        plan.data.clear();
    }
    if found != expected {
        bail!(
            "{path} was changed, and a run goes on as it was started: `fenchel train --config {path}` starts a new one; undo the change \
             to continue this one",
            path = path.display()
        );
    }
    if asked.is_none() && steps != start.steps {
        bail!("{} says {steps} steps, and config.json beside it {}; --steps N decides", path.display(), start.steps);
    }
    Ok(())
}

/// `runs/NAME`, or the first of `runs/NAME-2`, `runs/NAME-3`, ... that does not exist.
fn free_folder(name: &str) -> PathBuf {
    let numbered = (2..).map(|k| PathBuf::from(format!("runs/{name}-{k}")));
    let mut candidates = [PathBuf::from(format!("runs/{name}"))].into_iter().chain(numbered);
    candidates.find(|path| !path.exists()).expect("numbers do not run out")
}
