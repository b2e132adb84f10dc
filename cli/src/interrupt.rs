//! Requests to stop: Ctrl-C, `kill`, a closing terminal. The first asks to stop at the next safe place, the second
//! stops at once.

use crate::failure::UNFINISHED;
use anyhow::{Context, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

static ASKED: LazyLock<Arc<AtomicBool>> = LazyLock::new(Arc::default);

/// From now on a request to stop sets a flag.
pub fn listen() -> Result<()> {
    for signal in [SIGINT, SIGTERM].into_iter().chain(hang_up()) {
        flag::register_conditional_shutdown(signal, UNFINISHED.into(), Arc::clone(&ASKED))
            .and_then(|_| flag::register(signal, Arc::clone(&ASKED)))
            .context("requests to stop could not be attended to")?;
    }
    Ok(())
}

/// Whether somebody asked to stop.
pub fn asked() -> bool {
    ASKED.load(Ordering::SeqCst)
}

/// The signal of a closing terminal, unless `nohup` started the program.
#[cfg(unix)]
fn hang_up() -> Option<i32> {
    use signal_hook::consts::SIGHUP;
    // without such a file `nohup` cannot be recognised
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    (ignored >> (SIGHUP - 1) & 1 == 0).then_some(SIGHUP)
}

#[cfg(not(unix))]
fn hang_up() -> Option<i32> {
    None
}
