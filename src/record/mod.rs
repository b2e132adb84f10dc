//! Storage of results: files written whole or not at all, folders of results, and training runs.
//!
//! | item | what it guarantees |
//! |---|---|
//! | [`write_atomic`] | the file holds the old content or the new, never a part of either |
//! | [`Folder`] | a folder of results appears, or replaces its own predecessor, only when it is complete |
//! | [`Run`] | a training run that was interrupted or killed can be continued from its last checkpoint, by one process at a time |
//! | [`json::number`] | a number in JSON reads back to the same f64; infinities are the strings `"inf"` and `"-inf"` |

mod atomic;
mod exchange;
mod folder;
pub mod json;
mod run;
mod temporary;

pub use atomic::{ensure_writable, write_atomic};
pub use folder::Folder;
pub use run::{Growing, Metrics, Run};

use crate::error::Error;
use std::path::Path;
use std::{fs, io};

fn refused(action: &'static str, path: &Path, why: impl ToString) -> Error {
    Error::io(action, path.display().to_string(), why.to_string())
}

/// Whether the error is a lack of room on the disk, or in the quota of the process.
fn no_room(error: &io::Error) -> bool {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge)
}

/// Gives `new` the mode of the file or folder that it will replace, if there is one.
fn keep_mode(former: &Path, new: &Path) -> io::Result<()> {
    match fs::metadata(former) {
        Ok(there) => fs::set_permissions(new, there.permissions()),
        Err(_) => Ok(()),
    }
}
