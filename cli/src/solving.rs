//! A running solver: its progress on the terminal, Ctrl-C, its time limit, and the limit for matrices kept whole.

use crate::interrupt;
use crate::output::{Output, significant};
use anyhow::Result;
use clap::Args;
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::transport::Progress;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The most entries of a matrix of costs or of a plan that is kept whole: 800 MB.
const MAX_ENTRIES: usize = 100_000_000;

/// The most random directions, or relabellings, that may be asked for.
pub const MAX_REPETITIONS: u64 = 1_000_000;

/// Whether the program listens to Ctrl-C; one command may solve several problems.
static LISTENING: AtomicBool = AtomicBool::new(false);

/// Refuses a matrix that is too large to be kept, before it is made.
pub fn check_entries(what: &str, n: usize, m: usize) -> fenchel::Result<()> {
    if n.saturating_mul(m) > MAX_ENTRIES {
        let what = format!("{what} ({n} x {m})");
        return Err(Error::too_many(what, MAX_ENTRIES as u64, "entries"));
    }
    Ok(())
}

/// How long a solver may take.
#[derive(Args)]
pub struct Limit {
    /// Stop after so many seconds, with the bracket reached by then
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
}

impl Limit {
    /// Whether the user has set one.
    pub fn is_given(&self) -> bool {
        self.time_limit.is_some()
    }

    /// The limit, or as long as it takes.
    pub fn time(&self) -> Duration {
        self.time_limit.unwrap_or(Duration::MAX)
    }
}

/// The message about a solver that stopped before its end.
pub fn unfinished(status: Status) -> Option<String> {
    (status != Status::Converged)
        .then(|| format!("stopped early ({status}); the optimum lies between dual and primal of the result"))
}

/// For `--time-limit`.
pub fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    parsed.ok_or_else(|| "expected a number of seconds, zero or more".to_owned())
}

/// Runs `solve` with an observer that shows the bracket of `what` and listens to Ctrl-C. Also returns the progress
/// reports that it saw.
pub fn watched<T>(
    what: &str,
    output: &Output,
    solve: impl FnOnce(&(dyn Fn(&Progress) -> ControlFlow<()> + Sync)) -> fenchel::Result<T>,
) -> Result<(T, Vec<Progress>)> {
    if !LISTENING.swap(true, Ordering::SeqCst) {
        interrupt::listen()?;
    }
    let bar = output.progress(0);
    let seen = Mutex::new(Vec::new());
    let observe = |progress: &Progress| {
        if let Ok(mut seen) = seen.lock() {
            seen.push(*progress);
        }
        let (primal, dual) = (significant(progress.primal, 6), significant(progress.dual, 6));
        bar.set_message(format!("step {}, {what} in [{dual}, {primal}]", progress.iterations));
        if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    let solved = solve(&observe);
    bar.finish_and_clear();
    Ok((solved?, seen.into_inner().unwrap_or_default()))
}
