//! Files that are written whole or not at all.

use super::temporary::{self, folder_of};
use super::{keep_mode, no_room, refused};
use crate::error::Result;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file so that any reader of `path`, at any moment, sees the old content or the whole of the new.
///
/// The bytes go to a temporary file in the same folder and are flushed to disk; then the file is renamed. Missing
/// parent folders are made. A replaced file keeps its mode. If writing fails, the temporary file is removed and the old
/// content stays. A killed process may leave its temporary file, which the next writer of the same file removes. A
/// symbolic link to a file is followed: its target is replaced, and the link stays.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) with the path; also if `path` is a folder or a device, which renaming would replace.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    replace(path.as_ref(), |file| file.write_all(bytes))
}

/// Does the same as [`write_atomic`], for content that is produced piece by piece.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let target = behind_links(path)?;
    put(&target, write).map_err(|e| refused("write", path, e))
}

fn put(target: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir_all(folder_of(target))?;
    temporary::sweep_beside(target);
    let (hidden, mut file) = temporary::file(target)?;
    // a private file must be private before it has content
    let written = keep_mode(target, &hidden).and_then(|()| write(&mut file)).and_then(|()| file.sync_all());
    // renamed while it is locked, so that no other process takes it for stale
    let done = written.and_then(|()| fs::rename(&hidden, target));
    drop(file);
    if done.is_err() {
        fs::remove_file(&hidden).ok();
        return done;
    }
    flush(folder_of(target));
    Ok(())
}

/// Makes renames durable; not every file system lets a folder be flushed.
pub(super) fn flush(folder: &Path) {
    File::open(folder).and_then(|folder| folder.sync_all()).ok();
}

/// Checks that [`write_atomic`] could write to `path`, before the work whose result goes there.
///
/// Nothing is left behind: missing parent folders are made for the check and removed again. A full disk is not an error
/// here, since there may be room by the time of writing.
///
/// # Errors
/// As [`write_atomic`].
pub fn ensure_writable(path: impl AsRef<Path>) -> Result<()> {
    let path = path.as_ref();
    let target = behind_links(path)?;
    let tried = without_trace(&target, || {
        let (hidden, file) = temporary::file(&target)?;
        drop(file);
        fs::remove_file(hidden)
    });
    tried.map_err(|e| refused("write", path, e))
}

/// Tries an operation in the folder of `target`. A missing folder is made for it and removed again.
pub(super) fn without_trace(target: &Path, attempt: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let missing: Vec<&Path> = folder_of(target).ancestors().take_while(|folder| !folder.exists()).collect();
    let tried = fs::create_dir_all(folder_of(target)).and_then(|()| attempt());
    for folder in missing {
        // a folder that is no longer empty stays
        fs::remove_dir(folder).ok();
    }
    tried.or_else(|e| if no_room(&e) { Ok(()) } else { Err(e) })
}

/// The file that is to be replaced, behind whatever links lead to it.
fn behind_links(path: &Path) -> Result<PathBuf> {
    if let Ok(there) = fs::metadata(path)
        && !there.is_file()
    {
        return Err(refused("write", path, if there.is_dir() { "it is a folder" } else { "it is not a regular file" }));
    }
    if path.file_name().is_none() {
        return Err(refused("write", path, "it names no file"));
    }
    Ok(fs::canonicalize(path).unwrap_or_else(|_| path.to_owned()))
}
