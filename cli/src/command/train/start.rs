//! The settings a run was started with, and the check that they have not changed.

use super::data::checksum;
use anyhow::{Context, Result, bail};
use fenchel::record::{Run, json};
use serde::{Deserialize, Serialize};
use std::ops::Not;
use toml::Table;

/// The version of what a run folder holds. One of another version is refused.
const FORMAT: u32 = 2;

/// Everything a run was started with.
#[derive(Serialize, Deserialize)]
pub struct Start {
    format: u32,
    /// A name or a file, which may move.
    pub data: String,
    pub data_checksum: String,
    /// The name of the game.
    pub game: String,
    /// The number that `--steps` may change.
    pub steps: u64,
    pub score_every: u64,
    pub watch_every: u64,
    /// Where the run stops before its last step, which `--stop-below` may change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_below: Option<String>,
    /// Whether the numbers are written for TensorBoard too.
    #[serde(default, skip_serializing_if = "Not::not")]
    pub tensorboard: bool,
    /// The settings of the game.
    pub gan: Table,
    /// Check sum of all settings that must not change.
    #[serde(default)]
    checksum: String,
}

impl Start {
    /// Settings whose check sum is taken.
    pub fn sealed(mut self) -> Self {
        self.checksum = self.sum();
        self
    }

    /// Settings that have no check sum yet.
    pub fn new(data: (String, String), game: &str, plan: (u64, u64, u64), gan: Table) -> Self {
        let ((data, data_checksum), (steps, score_every, watch_every)) = (data, plan);
        let (game, stop_below, tensorboard, checksum) = (game.to_owned(), None, false, String::new());
        Self {
            format: FORMAT,
            data,
            data_checksum,
            game,
            steps,
            score_every,
            watch_every,
            stop_below,
            tensorboard,
            gan,
            checksum,
        }
    }

    fn sum(&self) -> String {
        let kept = (&self.data_checksum, &self.game, self.score_every, self.watch_every, &self.gan);
        checksum(json::line(&kept).as_bytes())
    }

    /// The settings of a run, checked, since the file may have been changed.
    pub fn of(run: &Run) -> Result<Self> {
        #[derive(Deserialize)]
        struct Version {
            #[serde(default = "first")]
            format: u32,
        }
        fn first() -> u32 {
            1
        }
        let file = run.folder().join("config.json");
        let Version { format } = run.config()?;
        if format != FORMAT {
            bail!(
                "the run in {} is of another version of fenchel (its format is {format}, here it is {FORMAT}); continue it with \
                 that version, or start a new run",
                run.folder().display()
            );
        }
        let start: Self = run.config()?;
        if start.checksum != start.sum() {
            bail!(
                "{} is not as the run was started with; undo what was changed there, or start a new run with other \
                 options (--steps may change, and the place of the data)",
                file.display()
            );
        }
        Ok(start)
    }

    /// The seed of the run.
    pub fn seed(&self) -> Result<u64> {
        let seed = self.gan.get("seed").and_then(toml::Value::as_integer);
        seed.and_then(|seed| u64::try_from(seed).ok()).context("config.json has no seed")
    }
}
