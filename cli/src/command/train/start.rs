//! The settings a run was started with, and the check that they have not changed.

use super::data::checksum;
use anyhow::{Context, Result, bail};
use fenchel::Error;
use fenchel::gan::Config;
use fenchel::record::json;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Everything a run was started with.
#[derive(Serialize, Deserialize)]
pub struct Start {
    /// A name or a file, which may move.
    pub data: String,
    pub data_checksum: String,
    /// The number that `--steps` may change.
    pub steps: u64,
    pub score_every: u64,
    pub gan: Config,
    /// Check sum of all settings that must not change.
    checksum: String,
}

impl Start {
    pub fn new(data: String, data_checksum: String, steps: u64, score_every: u64, gan: Config) -> Self {
        let mut start = Self { data, data_checksum, steps, score_every, gan, checksum: String::new() };
        start.checksum = start.sum();
        start
    }

    fn sum(&self) -> String {
        checksum(json::line(&(&self.data_checksum, self.score_every, &self.gan)).as_bytes())
    }

    /// Checks what was read, since the file may have been changed.
    pub fn validate(&self, file: &Path) -> Result<()> {
        if self.score_every == 0 {
            let (what, expected) = (format!("score_every in {}", file.display()), "at least 1".to_owned());
            return Err(Error::out_of_domain(what, 0.0, expected).into());
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
