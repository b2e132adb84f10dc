//! Files that are written whole or not at all.

use super::temporary::{self, folder_of};
use super::{keep_mode, no_room, refused};
use crate::error::Result;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file so that whoever opens `path`, at any moment, sees the old content or the whole of the new.
///
/// The bytes go to a temporary file in the same folder, are flushed to disk, and the file is renamed. Missing parent
/// folders are made. A file that is replaced keeps its mode. Where writing fails the temporary file is removed and what was
/// there stays; a killed process may leave its temporary file, which the next writer of the same file removes. A symbolic
/// link to a file is followed: the file it leads to is replaced, and the link stays.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) with the path; also if `path` is a folder or a device, which renaming would replace.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    replace(path.as_ref(), |file| file.write_all(bytes))
}

/// As [`write_atomic`], for what is not at hand in one piece.
pub(super) fn replace(path: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> Result<()> {
    let target = behind_links(path)?;
    put(&target, write).map_err(|e| refused("write", path, e))
}

fn put(target: &Path, write: impl FnOnce(&mut File) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir_all(folder_of(target))?;
    temporary::sweep_beside(target);
    let (hidden, mut file) = temporary::file(target)?;
    // what is private must be so before there is anything in it
    let written = keep_mode(target, &hidden).and_then(|()| write(&mut file)).and_then(|()| file.sync_all());
    // renamed while it is locked, so that nobody takes it for abandoned
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

/// Finds out whether [`write_atomic`] could write to `path`, before the work whose result is to go there.
///
/// Nothing is left behind: missing parent folders are made to try, and removed again. That the disk is full is no reason
/// not to begin, since it may have room by then.
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

/// Tries something in the folder of `target`, which is made for it and removed again where it is missing.
pub(super) fn without_trace(target: &Path, attempt: impl FnOnce() -> io::Result<()>) -> io::Result<()> {
    let missing: Vec<&Path> = folder_of(target).ancestors().take_while(|folder| !folder.exists()).collect();
    let tried = fs::create_dir_all(folder_of(target)).and_then(|()| attempt());
    for folder in missing {
        // one in which somebody has put something by now stays
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
