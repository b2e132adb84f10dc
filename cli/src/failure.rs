//! Errors as the user sees them: what is wrong, what to do next, and the exit status.

use crate::names;
use fenchel::Error;
use std::fmt;
use std::io::Write;
use std::process::ExitCode;

/// Bad arguments or bad input.
const BAD_INPUT: u8 = 2;
/// The input was good, the work could not be finished.
pub const UNFINISHED: u8 = 1;

/// An error that is not due to the input, by itself or, with `context`, added to another. It says which results were
/// kept.
#[derive(Debug)]
pub struct Unfinished(pub String);

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unfinished {}

/// Writes a line to stderr; if stderr cannot be written, nobody can be told.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stderr(), "{}", harmless(line));
}

/// The text with control characters escaped, so that no name of a file acts on the terminal.
fn harmless(text: &str) -> String {
    let escaped = |c: char| if c.is_control() && c != '\n' { c.escape_default().collect() } else { String::from(c) };
    text.chars().map(escaped).collect()
}

/// Prints the error and gives the exit status it stands for.
pub fn report(error: &anyhow::Error) -> ExitCode {
    let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
    say(&format!("error: {}", causes.join(": ")));
    let about = error.downcast_ref::<Error>().map(Error::cause);
    if let Some(advice) = about.and_then(advice).map(str::to_owned).or_else(|| about.and_then(names::suggestion)) {
        say(&format!("help: {advice}"));
    }
    let unfinished = error.downcast_ref::<Unfinished>().is_some() || matches!(about, Some(Error::NotConverged { .. }));
    ExitCode::from(if unfinished { UNFINISHED } else { BAD_INPUT })
}

/// Advice on the next step, where the message itself gives none.
fn advice(error: &Error) -> Option<&'static str> {
    match error {
        Error::NotNormalised { total, .. } if *total > 0.0 => Some("--normalize divides masses by their total"),
        Error::SizeMismatch { unit: "columns", .. } => {
            Some("both files must have the same columns; rows are samples, columns are dimensions")
        }
        Error::SizeMismatch { unit: "bins", .. } => Some("both files must list the same bins in the same order"),
        Error::TooMany { unit: "bytes once unpacked" | "numbers", .. } => Some(
            "`--max-unpacked SIZE` allows compressed and piped input more, for example 4G; `fenchel --help` has all limits",
        ),
        Error::TooMany { .. } => Some("`fenchel --help` has the limits"),
        Error::Parse { why, .. } if why.starts_with("unknown format") => {
            Some("say it with --format csv, tsv, txt, npy, npz, idx or parquet")
        }
        Error::Parse { place, why } if place.line == Some(1) && why.starts_with("found `") => {
            Some("if the first row has the names of the columns, say so with --header yes")
        }
        Error::Io { action: "read", .. } => Some("check the name; relative names start at the current folder"),
        Error::Io { action: "write" | "create" | "replace", .. } => {
            Some("choose a place that can be written, with --out, --plan or --figure")
        }
        _ => None,
    }
}
