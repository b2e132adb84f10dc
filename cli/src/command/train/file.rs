//! The file `config.toml`: all that a run was started with, for people to read, to change and to start a run with.

use super::settings::check_keys;
use super::stop::Stop;
use super::system::System;
use crate::{names, places};
use anyhow::{Context, Result};
use fenchel::Error;
use serde::{Deserialize, Serialize};
use std::ops::Not;
use std::path::Path;
use toml::{Table, Value};

/// Its name in the folder of a run.
pub const FILE: &str = "config.toml";

const HEADING: &str = "\
# What this run was started with. `fenchel train --config config.toml` starts another with the same settings and the same
# numbers, or with those that are changed here. What continues this run is config.json beside it.

";

/// The settings of a run.
#[derive(Serialize, Deserialize, PartialEq)]
pub struct Settled {
    pub run: Plan,
    pub game: Table,
}

/// What is no setting of the game.
#[derive(Serialize, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub data: String,
    /// The name of the game.
    pub game: String,
    pub steps: u64,
    pub score_every: u64,
    pub watch_every: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stop_below: Option<String>,
    #[serde(default, skip_serializing_if = "Not::not")]
    pub tensorboard: bool,
}

impl Settled {
    /// The text of the file.
    pub fn text(&self) -> Result<String> {
        let told = toml::to_string(self)?;
        // larger numbers are written all the same, and then not read
        let read = told.parse::<Table>();
        read.with_context(|| format!("{FILE} cannot hold a whole number above {}", i64::MAX))?;
        Ok(HEADING.to_owned() + &told)
    }

    /// Reads a file.
    pub fn read(path: &Path) -> Result<Self> {
        Self::parse(&places::text(path)?).with_context(|| path.display().to_string())
    }

    fn parse(text: &str) -> Result<Self> {
        let read: Table = text.parse()?;
        // the keys first, because an unknown one is most often a slip, and has a name that is near
        check_keys(&read, &["run", "game"])?;
        let part =
            |name: &str| read.get(name).and_then(Value::as_table).with_context(|| format!("it has no part [{name}]"));
        check_keys(
            part("run")?,
            &["data", "game", "steps", "score_every", "watch_every", "stop_below", "tensorboard"],
        )?;
        let mut settled: Self = toml::from_str(text)?;
        let system = names::parse(&settled.run.game, System::named)?;
        system.knows(part("game")?)?;
        settled.game = system.complete(&settled.game)?;
        settled.run.stop_below.as_deref().map(str::parse::<Stop>).transpose()?;
        if settled.run.score_every == 0 {
            return Err(Error::out_of_domain("score_every", 0.0, "at least 1").into());
        }
        Ok(settled)
    }
}
