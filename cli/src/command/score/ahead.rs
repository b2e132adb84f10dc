//! The work of a comparison: said before it is done if there is much of it, and shown while it is done.

use crate::output::{Output, duration};
use fenchel::score::Metric;
use indicatif::ProgressBar;

/// The length of the bar.
const PARTS: f64 = 1000.0;
/// Scores that are named, and seconds from which one is.
const NAMED: usize = 3;
const WORTH_NAMING: f64 = 1.0;
const SHORTER: &str =
    "--metrics chooses scores, --no-baseline and fewer --permutations leave out repetitions, --time-limit bounds it";

/// The scores that are still ahead, with their forecasts in seconds.
pub struct Ahead {
    bar: ProgressBar,
    scores: Vec<(Metric, f64)>,
    begun: usize,
}

impl Ahead {
    /// Announces the scores.
    pub fn new(scores: Vec<(Metric, f64)>, output: &Output) -> Self {
        let mut most: Vec<(Metric, f64)> = Vec::new();
        for &(metric, seconds) in &scores {
            // of several generators
            match most.iter_mut().find(|(known, _)| *known == metric) {
                Some((_, all)) => *all += seconds,
                None => most.push((metric, seconds)),
            }
        }
        most.retain(|(_, seconds)| *seconds > WORTH_NAMING);
        most.sort_by(|a, b| b.1.total_cmp(&a.1));
        let named = most.iter().take(NAMED).map(|(metric, seconds)| format!("{metric} {}", duration(*seconds)));
        let named = named.collect::<Vec<_>>().join(", ");
        let what = if named.is_empty() { "scores".to_owned() } else { format!("scores, most of all {named}") };
        output.announce(&what, work(&scores), SHORTER);
        Self { bar: output.progress(PARTS as u64), scores, begun: 0 }
    }

    /// The next score begins.
    pub fn begin(&mut self, file: &str, metric: Metric) {
        let done = work(&self.scores[..self.begun]) / work(&self.scores).max(f64::MIN_POSITIVE);
        self.bar.set_position((PARTS * done) as u64);
        let seconds = self.scores.get(self.begun).map_or(0.0, |(_, seconds)| *seconds);
        let about = if seconds > WORTH_NAMING { format!(", about {}", duration(seconds)) } else { String::new() };
        self.bar.set_message(format!("{file}: {metric}{about}"));
        self.begun = (self.begun + 1).min(self.scores.len());
    }

    pub fn finish(self) {
        self.bar.finish_and_clear();
    }
}

fn work(scores: &[(Metric, f64)]) -> f64 {
    scores.iter().map(|(_, seconds)| seconds).sum()
}
