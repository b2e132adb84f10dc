//! The pictures of a run over time: files in `samples`, of which no more are kept than a slider has use for.

use anyhow::Result;
use fenchel::record::Run;

/// The folder of the pictures.
const FOLDER: &str = "samples";
/// Pictures that are kept.
const MOST: u64 = 60;

/// A picture and its step.
pub struct Frame {
    pub step: u64,
    pub bytes: Vec<u8>,
}

/// The pictures of a run.
pub struct Frames {
    ending: &'static str,
    every: u64,
}

impl Frames {
    /// The pictures of a run that looks at its samples after every so many steps, and goes on after `step`. Later pictures
    /// are removed.
    pub fn open(run: &Run, ending: &'static str, every: u64, step: u64) -> Result<Self> {
        let frames = Self { ending, every };
        frames.keep(run, |found| found <= step)?;
        Ok(frames)
    }

    /// Whether a picture of this step is kept. The distance between two doubles when there are too many, so what is kept after a
    /// step depends on the step alone.
    pub fn is_due(&self, step: u64) -> bool {
        step.is_multiple_of(self.pace(step))
    }

    fn pace(&self, step: u64) -> u64 {
        let mut pace = self.every.max(1);
        while step / pace > MOST {
            pace = pace.saturating_mul(2);
        }
        pace
    }

    /// Adds a picture, and removes those that are too many then.
    pub fn add(&self, run: &Run, step: u64, bytes: &[u8]) -> Result<()> {
        run.save(&format!("{FOLDER}/{}", self.name_of(step)), bytes)?;
        let pace = self.pace(step);
        self.keep(run, |found| found.is_multiple_of(pace))
    }

    /// All pictures, by their steps.
    pub fn all(&self, run: &Run) -> Result<Vec<Frame>> {
        let mut frames = Vec::new();
        for name in run.names_in(FOLDER)? {
            if let Some(step) = self.step_of(&name) {
                frames.push(Frame { step, bytes: run.load(&format!("{FOLDER}/{name}"))? });
            }
        }
        frames.sort_by_key(|frame| frame.step);
        Ok(frames)
    }

    pub fn ending(&self) -> &'static str {
        self.ending
    }

    /// Removes the pictures of steps that are not wanted. What is no picture of the run stays.
    fn keep(&self, run: &Run, wanted: impl Fn(u64) -> bool) -> Result<()> {
        for name in run.names_in(FOLDER)? {
            if self.step_of(&name).is_some_and(|step| !wanted(step)) {
                run.remove(&format!("{FOLDER}/{name}"))?;
            }
        }
        Ok(())
    }

    fn name_of(&self, step: u64) -> String {
        format!("{step}.{}", self.ending)
    }

    fn step_of(&self, name: &str) -> Option<u64> {
        let step = name.split('.').next()?.parse().ok()?;
        (self.name_of(step) == name).then_some(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pictures_that_are_kept_are_never_too_many_and_evenly_spaced() {
        let frames = Frames { ending: "svg", every: 10 };
        let mut kept: Vec<u64> = Vec::new();
        for step in (10..=10_000).step_by(10) {
            if frames.is_due(step) {
                kept.push(step);
                let pace = frames.pace(step);
                kept.retain(|step| step % pace == 0);
            }
            assert!(kept.len() as u64 <= MOST);
            let pace = kept[0];
            assert!(kept.iter().enumerate().all(|(k, step)| *step == (k as u64 + 1) * pace), "{step}: {kept:?}");
        }
        assert!(kept.len() as u64 > MOST / 2 - 1, "{kept:?}");
    }
}
