//! Hidden names beside a target, for files and folders that are not complete yet.
//!
//! The name is `.TARGET.PID-COUNT.KIND`. Its file, or the mark in its folder, stays locked while the process that made
//! it works on it. A killed process leaves the name behind, but not its lock. So the next process that writes to the
//! same target recognises a stale name, also one from another container, and removes it. Where the file system has no
//! locks, nothing is removed.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// The file in a folder that names its maker. Its lock says that a process works on the folder.
pub(super) const MARK: &str = ".fenchel";

/// A file that is being written.
const FILE: &str = "tmp";
/// A folder that is being filled, or a replaced folder that is being removed.
const FOLDER: &str = "partial";
/// A replaced folder, where the system cannot exchange two folders in one step.
const FORMER: &str = "old";

/// The folder that holds `path`.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A new file beside `target`, locked.
pub(super) fn file(target: &Path) -> io::Result<(PathBuf, File)> {
    beside(target, FILE, |hidden| owned(File::create_new(hidden)?, hidden))
}

/// A new folder beside `target` that holds its mark, empty and locked.
pub(super) fn folder(target: &Path) -> io::Result<(PathBuf, File)> {
    beside(target, FOLDER, |hidden| {
        fs::create_dir(hidden)?;
        let mark = hidden.join(MARK);
        match File::create_new(&mark) {
            Ok(made) => owned(made, &mark),
            // another process took it for stale before it had its mark
            Err(e) if e.kind() == ErrorKind::NotFound => Ok(None),
            Err(e) => fs::remove_dir(hidden).and(Err(e)),
        }
    })
}

/// Moves the folder `target` out of the way, to a name beside it.
pub(super) fn set_aside(target: &Path) -> io::Result<PathBuf> {
    beside(target, FORMER, |hidden| fs::rename(target, hidden).map(Some)).map(|(former, ())| former)
}

/// Makes something under a hidden name that nothing else has. `make` must fail where the name exists, since two
/// containers that share a volume may have the same process id. It returns none if the name was lost again.
fn beside<T>(target: &Path, kind: &str, make: impl Fn(&Path) -> io::Result<Option<T>>) -> io::Result<(PathBuf, T)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = stem(target.file_name().unwrap_or_default());
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let hidden = target.with_file_name(format!(".{name}.{}-{count}.{kind}", std::process::id()));
        match make(&hidden) {
            Ok(Some(made)) => return Ok((hidden, made)),
            Ok(None) => {}
            Err(e) if matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {}
            Err(e) => return Err(e),
        }
    }
}

/// The file, locked; none if another process took it for stale before the lock.
fn owned(file: File, path: &Path) -> io::Result<Option<File>> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Ok(None),
        // without locks no process takes anything for stale
        Ok(()) | Err(TryLockError::Error(_)) => Ok(path.exists().then_some(file)),
    }
}

/// The part of a hidden name that comes from the target's; short, so that a long name does not become too long.
fn stem(name: &OsStr) -> String {
    name.to_string_lossy().chars().take(50).collect()
}

/// Target's part and kind of a hidden name.
fn parse(hidden: &str) -> Option<(&str, &str)> {
    let (rest, kind) = hidden.strip_prefix('.')?.rsplit_once('.')?;
    let (name, origin) = rest.rsplit_once('.')?;
    let (process, count) = origin.split_once('-')?;
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_number(process) && is_number(count)).then_some((name, kind))
}

/// Removes the leftovers of dead processes beside `target`, and puts back a former folder that was not replaced.
pub(super) fn sweep_beside(target: &Path) {
    let own = stem(target.file_name().unwrap_or_default());
    sweep(folder_of(target), |name| name == own, Some(target));
}

/// Removes the files that dead processes have left in the folder of a run, and in the folders that it holds.
pub(super) fn sweep_run(folder: &Path) {
    let within = fs::read_dir(folder).into_iter().flatten().flatten();
    // links lead to what is not the run's
    let folders = within.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path());
    for folder in folders.chain([folder.to_owned()]) {
        sweep(&folder, |_| true, None);
    }
}

/// Whether a name is one of these hidden names.
pub(super) fn is_temporary(name: &str) -> bool {
    parse(name).is_some()
}

fn sweep(folder: &Path, is_meant: impl Fn(&str) -> bool, target: Option<&Path>) {
    // entries that cannot be read or removed belong to someone else and do no harm
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let (hidden, path) = (entry.file_name(), entry.path());
        let Some((name, kind)) = hidden.to_str().and_then(parse) else { continue };
        if !is_meant(name) {
            continue;
        }
        match (kind, target) {
            (FILE, _) => {
                if let Some(_lock) = abandoned(&path) {
                    fs::remove_file(&path).ok();
                }
            }
            (FORMER, Some(target)) if !target.exists() => {
                if let Some(_lock) = abandoned(&path.join(MARK)) {
                    fs::rename(&path, target).ok();
                }
            }
            (FOLDER | FORMER, Some(_)) => {
                if let Some(_lock) = abandoned(&path.join(MARK)) {
                    fs::remove_dir_all(&path).ok();
                } else {
                    fs::remove_dir(&path).ok(); // killed before it had its mark: empty
                }
            }
            _ => {}
        }
    }
}

/// The lock of a file whose process is gone.
fn abandoned(path: &Path) -> Option<File> {
    let file = OpenOptions::new().read(true).write(true).open(path).ok()?;
    file.try_lock().ok().map(|()| file)
}
