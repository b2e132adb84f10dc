//! The lines of `metrics.jsonl`, and the same numbers for TensorBoard where they are asked for.

use super::events::Events;
use super::playing::Told;
use super::watch::Sight;
use crate::output::EstimateJson;
use anyhow::Result;
use fenchel::record::json::Number;
use fenchel::record::{Metrics, Run};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What a round told.
pub struct Round<'a> {
    pub step: u64,
    pub told: &'a Told,
}

impl Serialize for Round<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1 + self.told.len()))?;
        map.serialize_entry("step", &self.step)?;
        for (name, value) in self.told {
            map.serialize_entry(name, &Number(*value))?;
        }
        map.end()
    }
}

/// What was seen of the samples after a step, or why nothing was.
#[derive(Serialize)]
pub struct Watched<'a> {
    pub step: u64,
    pub watched: &'a [Sight],
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The scores after a step, or why there are none.
#[derive(Serialize)]
pub struct Scored<'a> {
    pub step: u64,
    pub scores: Vec<EstimateJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The growing files.
pub struct Log {
    metrics: Metrics,
    events: Option<Events>,
}

impl Log {
    /// Goes on after `step`; later lines are removed.
    pub fn open(run: &Run, step: u64, for_tensorboard: bool) -> Result<Self> {
        let metrics = run.metrics(step)?;
        let events = for_tensorboard.then(|| Events::open(run)).transpose()?;
        Ok(Self { metrics, events })
    }

    pub fn append(&mut self, line: &impl Serialize) -> Result<()> {
        self.metrics.append(line)?;
        if let Some(events) = &mut self.events {
            events.append(&serde_json::to_value(line)?)?;
        }
        Ok(())
    }

    /// Flushes the lines, before a state is written that they lead to.
    pub fn flush(&self) -> fenchel::Result<()> {
        self.metrics.flush()
    }
}
