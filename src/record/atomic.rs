//! Files that are written whole or not at all.

use super::refused;
use crate::error::Result;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// Writes a file so that whoever opens `path`, at any moment, sees the old content or the whole of the new.
///
/// The bytes go to a temporary file in the same folder, are flushed to disk, and the file is renamed. Missing parent
/// folders are made. Where writing fails the temporary file is removed and what was there stays. A symbolic link to a file
/// is followed: the file it leads to is replaced, and the link stays.
///
/// # Errors
/// [`Error::Io`](crate::Error::Io) with the path; also if `path` is a folder or a device, which renaming would replace.
pub fn write_atomic(path: impl AsRef<Path>, bytes: &[u8]) -> Result<()> {
    let path = path.as_ref();
    let target = prepare(path)?;
    let (temporary, mut file) =
        beside(&target, "tmp", |name| File::create_new(name)).map_err(|e| refused("write", path, e))?;
    let flushed = file.write_all(bytes).and_then(|()| file.sync_all());
    drop(file); // not every system renames a file that is open
    if let Err(e) = flushed.and_then(|()| fs::rename(&temporary, &target)) {
        fs::remove_file(&temporary).ok();
        return Err(refused("write", path, e));
    }
    // the rename itself is durable once the folder is; not every file system lets a folder be flushed
    File::open(folder_of(&target)).and_then(|folder| folder.sync_all()).ok();
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
    let target = prepare(path)?;
    let tried =
        beside(&target, "tmp", |name| File::create_new(name)).and_then(|(temporary, _)| fs::remove_file(temporary));
    for folder in missing {
        // one in which somebody has put something by now stays
        fs::remove_dir(folder).ok();
    }
    tried.map_err(|e| refused("write", path, e))
}

/// The file that is to be replaced, behind whatever links lead to it; its folder is made.
fn prepare(path: &Path) -> Result<PathBuf> {
    if let Ok(there) = fs::metadata(path)
        && !there.is_file()
    {
        return Err(refused("write", path, if there.is_dir() { "it is a folder" } else { "it is not a regular file" }));
    }
    if path.file_name().is_none() {
        return Err(refused("write", path, "it names no file"));
    }
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    fs::create_dir_all(folder_of(&target)).map_err(|e| refused("write", path, e))?;
    Ok(target)
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes something in the folder of `path` under a hidden name that nothing else has. `make` must fail where there is
/// something: two containers that share a volume may share the process id too.
pub(super) fn beside<T>(
    path: &Path,
    extension: &str,
    make: impl Fn(&Path) -> io::Result<T>,
) -> io::Result<(PathBuf, T)> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    loop {
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let hidden = path.with_file_name(format!(".{name}.{}-{count}.{extension}", std::process::id()));
        match make(&hidden) {
            Err(e) if matches!(e.kind(), ErrorKind::AlreadyExists | ErrorKind::DirectoryNotEmpty) => {}
            made => return made.map(|made| (hidden, made)),
        }
    }
}
