//! Files that are written whole or not at all.

use super::refused;
use crate::error::Result;
use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file so that whoever opens `path`, at any moment, sees the old content or the whole of the new.
///
/// The bytes go to a temporary file in the same folder, are flushed to disk, and the file is renamed. Missing parent
/// folders are made. Where writing fails the temporary file is removed and what was there stays.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) with the path; also if `path` is a folder or a device, which renaming would replace.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    let temporary = prepare(path)?;
    let written = File::create(&temporary)
        .and_then(|mut file| file.write_all(bytes).and_then(|()| file.sync_all()))
        .and_then(|()| fs::rename(&temporary, path));
    if let Err(e) = written {
        fs::remove_file(&temporary).ok();
        return Err(refused("write", path, e));
    }
    // the rename itself is durable once the folder is; not every file system lets a folder be flushed
    File::open(folder_of(path)).and_then(|folder| folder.sync_all()).ok();
    Ok(())
}

/// Finds out whether [`write_atomic`] could write to `path`, before the work whose result is to go there.
///
/// Nothing is left behind: missing parent folders are made to try, and removed again.
///
/// # Errors
/// As [`write_atomic`].
pub fn ensure_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let missing: Vec<&Path> = folder_of(path).ancestors().take_while(|folder| !folder.exists()).collect();
    let temporary = prepare(path)?;
    let tried = File::create(&temporary).and_then(|_| fs::remove_file(&temporary));
    for folder in missing {
        // one in which somebody has put something by now stays
        fs::remove_dir(folder).ok();
    }
    tried.map_err(|e| refused("write", path, e))
}

/// Makes the parent folder and names a temporary file in it.
fn prepare(path: &Path) -> Result<PathBuf> {
    if let Ok(there) = fs::metadata(path)
        && !there.is_file()
    {
        return Err(refused("write", path, if there.is_dir() { "it is a folder" } else { "it is not a regular file" }));
    }
    if path.file_name().is_none() {
        return Err(refused("write", path, "it names no file"));
    }
    let folder = folder_of(path);
    fs::create_dir_all(folder).map_err(|e| refused("write", path, e))?;
    Ok(folder.join(temporary_name(path, "tmp")))
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A hidden name that no other call, thread or process uses.
pub(super) fn temporary_name(path: &Path, extension: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    format!(".{name}.{}-{}.{extension}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed))
}
