//! The file `config.toml`: all that a run was started with, for people to read, to change and to start a run with.

use crate::places;
use anyhow::{Context, Result};
use fenchel::Error;
use fenchel::gan::Config;
use serde::{Deserialize, Serialize};
use std::path::Path;
use toml::Table;

/// Its name in the folder of a run.
pub const FILE: &str = "config.toml";

const HEADING: &str = "\
# What this run was started with. `fenchel train --config config.toml` starts another with the same settings and the same
# numbers, or with those that are changed here. What continues this run is config.json beside it.

";

/// The settings of a run.
#[derive(Serialize, Deserialize)]
pub struct Settled {
    pub run: Plan,
    pub game: Config,
}

/// What is no setting of the game.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    pub data: String,
    pub steps: u64,
    pub score_every: u64,
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
        // the keys first, because an unknown one is most often a slip, and has a name that is near
        known(&text.parse()?, &Table::try_from(Self::example())?)?;
        let settled: Self = toml::from_str(text)?;
        settled.game.validate()?;
        if settled.run.score_every == 0 {
            return Err(Error::out_of_domain("score_every", 0.0, "at least 1").into());
        }
        Ok(settled)
    }

    /// Settings in which nothing is left out.
    fn example() -> Self {
        let run = Plan { data: String::new(), steps: 1, score_every: 1 };
        Self { run, game: Config { clipping: Some(1.0), averaging: Some(0.5), ..Config::plain() } }
    }
}

/// Checks that all keys are known, but for the numbers of an optimiser, which depend on which it is.
fn known(given: &Table, expected: &Table) -> Result<()> {
    for (key, value) in given {
        let Some(example) = expected.get(key) else {
            let names: Vec<&str> = expected.keys().map(String::as_str).collect();
            return Err(Error::unknown_name("key", key, names.join(", ")).into());
        };
        if let (Some(inner), Some(example), false) = (value.as_table(), example.as_table(), key.ends_with("_rule")) {
            known(inner, example)?;
        }
    }
    Ok(())
}
