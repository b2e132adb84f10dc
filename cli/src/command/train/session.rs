//! A run in progress: steps, what is seen of them, its state and its results.

use super::data::{COUNTED, Data, SCORED};
use super::frames::Frames;
use super::log::{Log, Round, Scored, Watched};
use super::page::{self, Page};
use super::picture::{self, Picture, SHOWN};
use super::playing::Playing;
use super::start::Start;
use super::stop::Stop;
use super::watch::{Lookout, Sight};
use super::{advice, weights};
use crate::command::score;
use crate::failure::Unfinished;
use crate::interrupt;
use crate::output::{Answer, EstimateJson, Output, significant};
use anyhow::{Context, Result, bail};
use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::io;
use fenchel::record::{Run, json};
use indicatif::ProgressBar;
use ndarray::s;
use serde::Serialize;

/// The state to continue from.
pub const CHECKPOINT: &str = "checkpoint.json";

/// Steps between two lines of losses in metrics.jsonl.
const LOG_EVERY: u64 = 50;
/// Relabellings of the scores at the end.
const PERMUTATIONS: usize = 200;

#[derive(Serialize)]
struct Json<'a> {
    run: String,
    steps: u64,
    scores: Vec<EstimateJson<'a>>,
    status: &'static str,
}

/// How a session ends.
enum End {
    Completed,
    Interrupted,
    Diverged,
    /// Something that is watched fell below where the run was to stop; in words.
    Reached(String),
}

/// What a run is made of, before it has a folder.
pub struct Begun {
    pub start: Start,
    pub data: Data,
    pub game: Box<dyn Playing>,
    watch: Option<Watch>,
    stop: Option<Stop>,
}

/// How samples are looked at while a run goes on.
struct Watch {
    lookout: Lookout,
    picture: Picture,
}

impl Watch {
    fn new(data: &Data, seed: u64) -> Result<Self> {
        let lookout = Lookout::new(data, seed)?;
        let picture = Picture::new(data, lookout.axes())?;
        Ok(Self { lookout, picture })
    }
}

impl Begun {
    /// Checks that what the run is to stop at is watched.
    pub fn new(start: Start, data: Data, game: Box<dyn Playing>) -> Result<Self> {
        let watch = (start.watch_every > 0).then(|| Watch::new(&data, game.seed())).transpose()?;
        let stop = start.stop_below.as_deref().map(str::parse::<Stop>).transpose()?;
        if let Some(stop) = &stop {
            let Some(watch) = &watch else {
                bail!("--stop-below {stop} needs what --watch-every 0 switches off");
            };
            let seen = watch.lookout.look(&*game)?;
            let names: Vec<&str> = seen.iter().map(|seen| seen.name.as_str()).collect();
            if !names.contains(&stop.name.as_str()) {
                return Err(Error::unknown_name("value to stop at", &stop.name, names.join(", ")).into());
            }
        }
        Ok(Self { start, data, game, watch, stop })
    }
}

/// A run in progress.
pub struct Session<'a> {
    run: Run,
    start: Start,
    data: Data,
    game: Box<dyn Playing>,
    output: &'a Output,
    watch: Option<Watch>,
    frames: Frames,
    stop: Option<Stop>,
}

impl<'a> Session<'a> {
    pub fn new(run: Run, begun: Begun, output: &'a Output) -> Result<Self> {
        let Begun { start, data, game, watch, stop } = begun;
        let frames = Frames::open(&run, picture::ending(&data), start.watch_every, game.steps())?;
        Ok(Self { run, start, data, game, output, watch, frames, stop })
    }

    /// Trains to the last step, or until it is asked to stop.
    pub fn play(mut self) -> Result<Answer> {
        interrupt::listen()?;
        let folder = self.run.folder().display().to_string();
        let kept = || Unfinished(format!("the run in {folder} is kept up to its last checkpoint"));
        let mut log = Log::open(&self.run, self.game.steps(), self.start.tensorboard).with_context(kept)?;
        let bar = self.output.steps(self.start.steps, self.game.steps());
        let end = self.rounds(&mut log, &bar).with_context(kept)?;
        self.save_state(&log).with_context(kept)?;
        bar.finish_and_clear();
        self.finish(&end).with_context(kept)
    }

    fn rounds(&mut self, log: &mut Log, bar: &ProgressBar) -> Result<End> {
        while self.game.steps() < self.start.steps {
            let Some(told) = self.game.step() else { return Ok(End::Diverged) };
            bar.inc(1);
            let step = self.game.steps();
            if step.is_multiple_of(LOG_EVERY) {
                log.append(&Round { step, told: &told })?;
            }
            let mut reached = None;
            if let Some(watch) = &self.watch
                && step.is_multiple_of(self.start.watch_every)
            {
                reached = self.look(watch, log, bar)?;
            }
            if step.is_multiple_of(self.start.score_every) {
                self.score(log)?;
            }
            if let Some(why) = reached {
                return Ok(End::Reached(why));
            }
            if interrupt::asked() {
                return Ok(End::Interrupted);
            }
        }
        Ok(End::Completed)
    }

    /// Looks at the samples, and says whether that is a reason to stop.
    fn look(&self, watch: &Watch, log: &mut Log, bar: &ProgressBar) -> Result<Option<String>> {
        let step = self.game.steps();
        // the samples of a generator may be beyond all distances for a while
        let (watched, reason) = or_reason(watch.lookout.look(&*self.game));
        log.append(&Watched { step, watched: &watched, reason })?;
        if self.frames.is_due(step) {
            let samples = self.game.generate(SHOWN);
            self.frames.add(&self.run, step, &watch.picture.draw(&self.data, samples.view(), step)?)?;
        }
        let of = |name: &str| watched.iter().find(|seen| seen.name == name);
        if let Some(Sight { name, value, floor }) = of(watch.lookout.first()) {
            let floor = floor.map(|floor| format!(" (real {})", significant(floor.0, 2))).unwrap_or_default();
            bar.set_message(format!("{name} {}{floor}", significant(value.0, 3)));
        }
        let Some(stop) = &self.stop else { return Ok(None) };
        let below = of(&stop.name).filter(|seen| seen.value.0 < stop.value);
        Ok(below.map(|seen| format!("{} {} is below {}", seen.name, significant(seen.value.0, 3), stop.value)))
    }

    fn score(&self, log: &mut Log) -> Result<()> {
        let step = self.game.steps();
        // the samples of a generator may be beyond all scores for a while
        let (scores, reason) = or_reason(self.scores(0));
        log.append(&Scored { step, scores: estimates(&scores), reason })?;
        self.save_state(log)?;
        self.show("running", &[])
    }

    fn scores(&self, permutations: usize) -> Result<Vec<Estimate>> {
        let generated = self.data.in_own_units(self.game.generate(COUNTED));
        self.data.score(&generated, permutations, self.game.seed())
    }

    fn save_state(&self, log: &Log) -> fenchel::Result<()> {
        log.flush()?; // the state must not be ahead of the lines that lead to it
        self.game.save(&self.run, CHECKPOINT)
    }

    /// Writes the page of the run.
    fn show(&self, status: &str, scores: &[Estimate]) -> Result<()> {
        let steps = (self.game.steps(), self.start.steps);
        let metrics = self.run.load("metrics.jsonl")?;
        let settings = self.run.load(super::file::FILE)?;
        let page = Page {
            title: format!("{}, {}", self.data.name, self.start.game),
            status,
            steps,
            metrics: &String::from_utf8_lossy(&metrics),
            frames: &self.frames.all(&self.run)?,
            ending: self.frames.ending(),
            scores,
            settings: &String::from_utf8_lossy(&settings),
        };
        Ok(self.run.save(page::FILE, page.html()?.as_bytes())?)
    }

    fn finish(&self, end: &End) -> Result<Answer> {
        let steps = self.game.steps();
        let folder = self.run.folder().display();
        // what is known is told without scores, too: samples of a run that diverged may have none
        let scored = self.scores(if matches!(end, End::Interrupted) { 0 } else { PERMUTATIONS });
        let (scores, unscored) = or_reason(scored);
        let (word, unfinished, why) = match end {
            End::Completed => ("completed", None, String::new()),
            End::Reached(why) => {
                let on = format!("{why}; fenchel train --resume {folder} --stop-below none goes on\n\n");
                ("reached", None, on)
            }
            End::Interrupted => {
                let why = format!("interrupted after step {steps}; continue with: fenchel train --resume {folder}");
                ("interrupted", Some(why), String::new())
            }
            End::Diverged => {
                let why = self.game.diagnosis().unwrap_or_default();
                let kept = format!("{folder} holds the state of step {steps}");
                (
                    "diverged",
                    Some(format!("{why}; {kept}; {}", advice::against_divergence(&self.start.gan))),
                    String::new(),
                )
            }
        };
        let written = self.keep(word, &scores);
        let text = format!(
            "{} after {steps} steps: {}, {}\n\n{why}{}\nrun kept in {folder}\n",
            word,
            self.data.name,
            advice::in_words(&self.start),
            score::table::of_one(&scores).render(self.output)
        );
        let json = Json { run: folder.to_string(), steps, scores: estimates(&scores), status: word };
        let kept = format!("the run in {folder} is kept up to step {steps}, not all of its results");
        let written = written.map_err(|error| format!("{error:#}"));
        let answer = Answer { unfinished, ..Answer::new(text, &json) };
        Ok(answer.despite(unscored.map_or(Ok(()), Err), "there are no scores").despite(written, &kept))
    }

    /// Samples, scores and weights beside the state, and the page of all.
    fn keep(&self, status: &str, scores: &[Estimate]) -> Result<()> {
        let samples = self.data.in_own_units(self.game.generate(COUNTED)).slice_move(s![..SCORED, ..]);
        self.run.save("samples.npy", &io::to_npy(samples.view()))?;
        if let Some(figure) = picture::last(&self.data, &samples) {
            self.run.save("samples.svg", figure.svg().as_bytes())?;
        }
        self.run.save("scores.json", json::pretty(&estimates(scores)).as_bytes())?;
        weights::save(&self.run, &*self.game, &self.data, &self.start.gan)?;
        self.show(status, scores)
    }
}

/// What was found, or nothing and why.
fn or_reason<T>(found: Result<Vec<T>>) -> (Vec<T>, Option<String>) {
    match found {
        Ok(found) => (found, None),
        Err(error) => (Vec::new(), Some(format!("{error:#}"))),
    }
}

fn estimates(scores: &[Estimate]) -> Vec<EstimateJson<'_>> {
    scores.iter().map(EstimateJson::from).collect()
}
