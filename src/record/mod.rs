//! What is kept: files written whole or not at all, run folders, and the report as one HTML file.
//!
//! | item | what it guarantees |
//! |---|---|
//! | [`write_atomic`] | the file holds the old content or the new, never a part of either |
//! | [`Folder`] | a folder of results appears, or replaces its predecessor, only when it is complete |
//! | [`Run`] | a training run that was interrupted can be continued from its last checkpoint |
//! | [`json::number`] | a number in JSON reads back to the same f64; infinities are the strings `"inf"` and `"-inf"` |
//! | [`ReportPage`] | one self-contained HTML file: no scripts, no network |

mod atomic;
mod folder;
pub mod json;
mod report;
mod run;

pub use atomic::{ensure_writable, write_atomic};
pub use folder::Folder;
pub use report::{ClaimRow, FigureItem, ReportPage, Section, TableItem};
pub use run::{Metrics, Run};

use crate::error::Error;
use std::path::Path;

fn refused(action: &'static str, path: &Path, why: impl ToString) -> Error {
    Error::Io { action, path: path.display().to_string(), why: why.to_string() }
}
