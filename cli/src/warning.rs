//! Warnings to the user about work that was done: printed on stderr at once, and kept for the JSON.

use crate::failure::say;
use serde::Serialize;
use std::sync::{Mutex, OnceLock, PoisonError};

static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
static QUIET: OnceLock<bool> = OnceLock::new();

/// With `--quiet` warnings are kept and not printed.
pub fn configure(quiet: bool) {
    let _ = QUIET.set(quiet);
}

/// Tells and keeps a warning, once.
pub fn warn(text: impl Into<String>) {
    let text = text.into();
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    if told.contains(&text) {
        return;
    }
    if !QUIET.get().copied().unwrap_or_default() {
        say(&format!("warning: {text}"));
    }
    told.push(text);
}

/// An object with the warnings so far.
#[derive(Serialize)]
pub struct Warned<'a, T> {
    #[serde(flatten)]
    answer: &'a T,
    warnings: Vec<String>,
}

impl<'a, T: Serialize> Warned<'a, T> {
    pub fn new(answer: &'a T) -> Self {
        Self { answer, warnings: TOLD.lock().unwrap_or_else(PoisonError::into_inner).clone() }
    }
}
