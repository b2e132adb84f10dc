//! A run in progress: its lines, its state and its results.

use super::data::{Data, SCORED};
use super::start::Start;
use crate::command::score;
use crate::failure::Unfinished;
use crate::interrupt;
use crate::output::{Answer, EstimateJson, Output, significant};
use anyhow::{Context, Result};
use fenchel::certificate::{Estimate, Status};
use fenchel::gan::{Gan, Record};
use fenchel::io;
use fenchel::record::json::{self, Number};
use fenchel::record::{Metrics, Run};
use serde::Serialize;
use std::ops::ControlFlow;

/// The state to continue from.
pub const CHECKPOINT: &str = "checkpoint.json";

/// Steps between two lines of metrics.jsonl.
const LOG_EVERY: u64 = 50;

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

/// A run in progress.
pub struct Session<'a> {
    pub run: Run,
    pub start: Start,
    pub data: Data,
    pub gan: Gan,
    pub output: &'a Output,
}

impl Session<'_> {
    /// Trains to the last step, or until it is asked to stop.
    pub fn play(mut self) -> Result<Answer> {
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
            // before the checkpoint: all that the checkpoint covers has been written
            if status != Status::Diverged && step.is_multiple_of(self.start.score_every) {
                match self.data.score(&self.gan, 0) {
                    Ok(scores) => {
                        metrics.append(&Scored { step, scores: estimates(&scores) }).with_context(kept)?;
                        let first = scores.first().map(|s| format!("{} {}", s.name, significant(s.value, 3)));
                        bar.set_message(first.unwrap_or_default());
                    }
                    // the samples of the generator may be beyond all scores, but the state is worth keeping
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
                ("diverged", Some(format!("{why}; try another --objective, a stronger --penalty or a smaller --rate")))
            }
            _ => ("completed", None),
        };
        let gan = &self.start.gan;
        let text = format!(
            "{} after {steps} steps: {}, objective {}, penalty {}, limit {}, seed {}\n\n{}\nrun kept in {folder}\n",
            word,
            self.data.name,
            gan.objective,
            gan.penalty,
            gan.limit,
            gan.seed,
            score::table::of_one(&scores).render(self.output)
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
