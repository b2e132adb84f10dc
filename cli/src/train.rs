//! `fenchel train`: a small generator, scored as it goes, in a run that can be interrupted and continued.

use crate::failure::Unfinished;
use crate::output::{Answer, EstimateJson, Output, significant};
use crate::{input, interrupt, names, score};
use anyhow::{Context, Result, bail};
use clap::Args;
use fenchel::certificate::{Estimate, Status};
use fenchel::gan::{Checkpoint, Config, Constraint, Gan, ModeScores, Objective, Record, Rows, Source, Toy};
use fenchel::measure::Empirical;
use fenchel::nn::Activation;
use fenchel::numeric::stream;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::Run;
use fenchel::record::json::{self, Number};
use fenchel::score::{Metric, Scorecard};
use fenchel::{Error, error::Index, io};
use ndarray::{Array1, Array2, Axis as Along, s};
use rand::seq::SliceRandom;
use serde::{Deserialize, Serialize};
use std::ffi::OsString;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Trains a small generator against a discriminator and scores it as it goes
///
/// A run is a folder: config.json, metrics.jsonl (one line every 50 steps, and the scores), checkpoint.json, and at the end
/// samples.npy, samples.svg and scores.json. Ctrl-C stops at the next step and keeps the state; `--resume` goes on from it to
/// the same numbers, bit for bit, as if nothing had happened.
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

/// Steps between two lines of metrics.jsonl.
const LOG_EVERY: u64 = 50;
/// Samples that scores compare, of each kind.
const SCORED: usize = 1000;
/// Samples whose modes are counted (the protocol of PacGAN, arXiv:1712.04086).
const COUNTED: usize = 2500;
/// Beyond it the powers of scores overflow.
const LARGEST: f64 = 1e20;
/// Random streams under the run's seed, apart from those of the game itself.
const SPLIT: u64 = 100;
const HELD_OUT: u64 = 101;
const GENERATED: u64 = 102;

/// Everything a run was started with.
#[derive(Serialize, Deserialize)]
struct Start {
    data: String,
    steps: u64,
    score_every: u64,
    gan: Config,
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
        let start =
            Start { data: data.place(name)?, steps: self.steps.unwrap_or(3000), score_every: self.score_every, gan };
        let game = Gan::new(start.gan.clone(), data.source()?)?;
        let folder = self.out.clone().unwrap_or_else(|| free_folder(&data.name));
        let run = Run::create(folder, &start)?;
        Ok((run, start, data, game))
    }

    fn resumed(&self, folder: &Path) -> Result<(Run, Start, Data, Gan)> {
        let run = Run::open(folder)?;
        let mut start: Start = run.config()?;
        let mut data = Data::load(&start.data, start.gan.seed)?;
        // stopped before the first checkpoint, a run begins again
        let game = if run.folder().join("checkpoint.json").is_file() {
            let checkpoint: Checkpoint = serde_json::from_slice(&run.load("checkpoint.json")?)
                .with_context(|| format!("{}", run.folder().join("checkpoint.json").display()))?;
            Gan::resume(checkpoint, data.source()?)?
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
            let next = (self.gan.steps() / self.start.score_every + 1) * self.start.score_every;
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
                    Err(error) => return self.save_state().map_err(Into::into).and(Err(error)).with_context(kept),
                }
            }
            self.save_state().with_context(kept)?;
        }
        bar.finish_and_clear();
        self.finish(status).with_context(kept)
    }

    fn save_state(&self) -> fenchel::Result<()> {
        self.run.save("checkpoint.json", json::line(&self.gan.checkpoint()).as_bytes())
    }

    fn finish(&self, status: Status) -> Result<Answer> {
        let steps = self.gan.steps();
        let folder = self.run.folder().display();
        let scores = self.data.score(&self.gan, if status == Status::Interrupted { 0 } else { 200 })?;
        let samples = self.data.generate(&self.gan, SCORED);
        self.run.save("samples.npy", &io::to_npy(samples.view()))?;
        if let Some(figure) = self.data.figure(&samples) {
            self.run.save("samples.svg", figure.svg().as_bytes())?;
        }
        self.run.save("scores.json", json::pretty(&estimates(&scores)).as_bytes())?;
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
        Ok(Answer { unfinished, ..Answer::new(text, &json) })
    }
}

fn estimates(scores: &[Estimate]) -> Vec<EstimateJson<'_>> {
    scores.iter().map(EstimateJson::from).collect()
}

/// What is trained on, and what the scores compare with.
struct Data {
    name: String,
    kind: Kind,
    /// Real samples that the discriminator never sees, in the data's own units.
    held_out: Empirical,
    /// The training rows as the networks see them; taken by `source`.
    rows: Option<Array2<f64>>,
    /// `x = shift + scale * row`, column by column.
    shift: Array1<f64>,
    scale: Array1<f64>,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Toy(Toy),
    Digits,
    Table,
}

impl Data {
    fn load(name: &str, seed: u64) -> Result<Self> {
        if let Ok(toy) = name.parse::<Toy>() {
            let held_out = Empirical::new(toy.sample(SCORED, &mut stream(seed, HELD_OUT)))?;
            let (shift, scale) = (Array1::zeros(2), Array1::ones(2));
            return Ok(Self { name: name.to_owned(), kind: Kind::Toy(toy), held_out, rows: None, shift, scale });
        }
        if name == "digits" {
            let images = io::digits().images;
            let columns = images.ncols();
            let (shift, scale) = (Array1::from_elem(columns, 8.0), Array1::from_elem(columns, 8.0));
            return Self::split(name, Kind::Digits, images, seed, Some((shift, scale)));
        }
        let file = match name {
            "fashion" => "/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz",
            file => file,
        };
        if !Path::new(file).exists() {
            match name {
                "fashion" => {
                    bail!("{file} is missing; install Debian's package dataset-fashion-mnist, or give the file")
                }
                "mnist" => {
                    bail!("mnist does not ship with fenchel; give its file of images: train-images-idx3-ubyte[.gz]")
                }
                _ if !name.contains(['.', '/', '-']) => {
                    return Err(Error::UnknownName {
                        what: "data",
                        found: name.to_owned(),
                        expected: "ring8, grid25, swissroll, digits, fashion, mnist, or a file".to_owned(),
                    }
                    .into());
                }
                _ => {}
            }
        }
        Self::split(name, Kind::Table, input::table(&OsString::from(file).into())?.values, seed, None)
    }

    /// Half to train on, half held out; `units` are found from the first half where they are not known.
    fn split(
        name: &str,
        kind: Kind,
        table: Array2<f64>,
        seed: u64,
        units: Option<(Array1<f64>, Array1<f64>)>,
    ) -> Result<Self> {
        let found = table.nrows();
        if found < 20 {
            return Err(Error::TooFew { what: name.to_owned(), unit: "rows (samples)", needed: 20, found }.into());
        }
        if let Some(((i, j), &value)) = table.indexed_iter().find(|(_, x)| x.abs() > LARGEST) {
            return Err(Error::OutOfDomain {
                what: format!("{name} at {}", Index::Cell(i, j)),
                value,
                expected: format!("at most {LARGEST:e} in absolute value, so that it can be scored"),
            }
            .into());
        }
        let mut order: Vec<usize> = (0..found).collect();
        order.shuffle(&mut stream(seed, SPLIT));
        let (train, held_out) = order.split_at(found / 2);
        let train = table.select(Along(0), train);
        let held_out = Empirical::named(table.select(Along(0), held_out), name)?;
        let (shift, scale) = units.unwrap_or_else(|| {
            let mean = train.sum_axis(Along(0)) / train.nrows() as f64;
            // a constant column stays as it is
            (mean, train.std_axis(Along(0), 0.0).mapv(|s| if s > 0.0 { s } else { 1.0 }))
        });
        let rows = (&train - &shift) / &scale;
        let name =
            Path::new(name).file_stem().map_or_else(|| name.to_owned(), |stem| stem.to_string_lossy().into_owned());
        Ok(Self { name, kind, held_out, rows: Some(rows), shift, scale })
    }

    fn preset(&self) -> Config {
        match self.kind {
            Kind::Toy(_) => Config::ring8(),
            Kind::Digits => Config::digits(),
            Kind::Table => Config { output: Activation::Linear, ..Config::digits() },
        }
    }

    /// The name by which a later session finds the same data.
    fn place(&self, name: &str) -> Result<String> {
        if self.kind == Kind::Table && name != "fashion" {
            let (file, key) = name
                .split_once(".npz:")
                .map_or((name.to_owned(), String::new()), |(file, key)| (format!("{file}.npz"), format!(":{key}")));
            return Ok(format!("{}{key}", std::path::absolute(file)?.display()));
        }
        Ok(name.to_owned())
    }

    fn source(&mut self) -> fenchel::Result<Box<dyn Source>> {
        Ok(match (self.kind, self.rows.take()) {
            (Kind::Toy(toy), _) => Box::new(toy),
            (_, rows) => Box::new(Rows::new(rows.unwrap_or_default().view())?),
        })
    }

    /// Samples in the data's own units. The same noise every time: scores of two steps differ by the generator alone.
    fn generate(&self, gan: &Gan, n: usize) -> Array2<f64> {
        gan.generate(n, &mut stream(gan.config().seed, GENERATED)) * &self.scale + &self.shift
    }

    fn score(&self, gan: &Gan, permutations: usize) -> Result<Vec<Estimate>> {
        let generated = self.generate(gan, COUNTED);
        let mut scores = Vec::new();
        if let Kind::Toy(toy) = self.kind
            && toy.sigma().is_some()
        {
            scores = ModeScores::new(generated.view(), &toy)?.estimates();
        }
        let real = self.held_out.points();
        let real = Empirical::new(real.slice(s![..real.nrows().min(SCORED), ..]).to_owned())?;
        let generated = Empirical::new(generated.slice(s![..SCORED, ..]).to_owned())?;
        let metrics =
            [Metric::Frechet, Metric::Energy, Metric::Precision, Metric::Recall, Metric::Density, Metric::Coverage];
        let card = Scorecard::new().metrics(&metrics).permutations(permutations).seed(gan.config().seed);
        scores.extend(card.score(&real, &generated, None)?);
        Ok(scores)
    }

    fn figure(&self, samples: &Array2<f64>) -> Option<Figure> {
        if self.kind == Kind::Digits {
            let rows: Vec<Vec<f64>> = samples.rows().into_iter().take(100).map(|row| row.to_vec()).collect();
            let pictures: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
            return Some(Figure::new("Generated digits", [Panel::pictures(&pictures, 8, 20, 0.0, 16.0)]));
        }
        if samples.ncols() != 2 {
            return None;
        }
        let points = |label: &str, cloud: ndarray::ArrayView2<'_, f64>| {
            Series::points(label, &cloud.column(0).to_vec(), &cloud.column(1).to_vec())
        };
        let panel = Panel::new(Axis::new("column 1"), Axis::new("column 2"))
            .add(points("real", self.held_out.points()))
            .add(points("generated", samples.view()))
            .equal();
        Some(Figure::new("Real and generated samples", [panel]))
    }
}
