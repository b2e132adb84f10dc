//! A folder of results that appears when it is complete.

use super::atomic::{flush, without_trace};
use super::temporary::{self, MARK, folder_of};
use super::{exchange, keep_mode, refused};
use crate::error::Result;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A folder under construction.
///
/// Files are written under a temporary name beside the target, and [`Folder::finish`] puts the whole in place. If it is
/// dropped before that, the temporary folder is removed and an old folder is untouched. A killed process leaves its
/// temporary folder behind, and the next process with the same target removes it.
///
/// The folder holds a mark, the file `.fenchel`, whose first line names its maker. A folder is replaced only by its own
/// maker, so neither other people's files nor another command's results are lost.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let target = dir.path().join("report");
/// let folder = fenchel::record::Folder::create(&target, "my program")?;
/// folder.write("figures/one.svg", b"<svg/>")?;
/// assert!(!target.exists());
/// folder.finish()?;
/// assert_eq!(std::fs::read(target.join("figures/one.svg"))?, b"<svg/>");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Folder {
    target: PathBuf,
    partial: PathBuf,
    maker: String,
    /// Open and locked for as long as the folder is under construction.
    mark: Option<File>,
}

impl Folder {
    /// Begins the folder that will be `target`. `maker` names the command that makes it, in one line.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the folder cannot be made, or if `target` is a symbolic link, holds the current
    /// folder, or holds something that was not made in this way by the same maker.
    pub fn create(target: impl AsRef<Path>, maker: &str) -> Result<Self> {
        let target = place(target.as_ref())?;
        may_be_replaced(&target, maker)?;
        Self::begin(target, maker)
    }

    /// Begins a folder where there is nothing yet, or an empty one, to be [put there](Self::appear) when it is complete.
    pub(super) fn create_new(target: &Path, maker: &str) -> Result<Self> {
        let target = place(target)?;
        may_be_begun(&target)?;
        Self::begin(target, maker)
    }

    fn begin(target: PathBuf, maker: &str) -> Result<Self> {
        Self::build(&target, maker).map_err(|e| refused("create", &target, e))
    }

    fn build(target: &Path, maker: &str) -> io::Result<Self> {
        fs::create_dir_all(folder_of(target))?;
        temporary::sweep_beside(target);
        let (partial, mut mark) = temporary::folder(target)?;
        // a private folder must be private before it has content
        let written = keep_mode(target, &partial)
            .and_then(|()| writeln!(mark, "{maker}\n\nThis names the maker of the folder. Nobody else replaces it."));
        let folder = Self { target: target.to_owned(), partial, maker: maker.to_owned(), mark: Some(mark) };
        written.map(|()| folder)
    }

    /// Checks that a folder can be made at `target`, before the work whose results go there.
    ///
    /// Nothing is left behind. A full disk is not an error here, since there may be room by the time of writing.
    ///
    /// # Errors
    /// As [`Folder::create`].
    pub fn check(target: impl AsRef<Path>, maker: &str) -> Result<()> {
        let target = place(target.as_ref())?;
        may_be_replaced(&target, maker)?;
        without_trace(&target, || Self::build(&target, maker).map(drop)).map_err(|e| refused("create", &target, e))
    }

    /// Where the folder will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes a file; `name` may have folders in it. It gets the mode of the file that it is going to replace.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) with the path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let (path, former) = (self.partial.join(name), self.target.join(name));
        let write = || {
            fs::create_dir_all(folder_of(&path))?;
            let mut file = File::create(&path)?;
            keep_mode(&former, &path)?;
            file.write_all(bytes)?;
            file.sync_all()
        };
        write().map_err(|e| refused("write", &former, e))
    }

    /// Puts the folder in place of an earlier one. Where the system can exchange folders in one step, `target` holds
    /// the earlier folder or the new one at every moment. Elsewhere it holds neither for an instant.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io). The earlier folder is then still in place, unless only its removal failed. In
    /// that case the new folder is in place, and the error names the rest of the earlier one.
    pub fn finish(mut self) -> Result<()> {
        may_be_replaced(&self.target, &self.maker)?;
        let former = self.put(exchange::put).map_err(|e| refused("create", &self.target, e))?;
        match former.map(|former| (fs::remove_dir_all(&former), former)) {
            // another process may remove it at the same time
            Some((Err(e), former)) if former.exists() => Err(refused("remove", &former, e)),
            _ => Ok(()),
        }
    }

    /// Puts the folder where there is nothing yet, or an empty folder.
    pub(super) fn appear(mut self) -> Result<()> {
        may_be_begun(&self.target)?;
        let put = self.put(|partial, target| {
            if cfg!(windows) {
                fs::remove_dir(target).ok(); // elsewhere renaming replaces an empty folder
            }
            fs::rename(partial, target)
        });
        put.map_err(|e| refused("create", &self.target, e))
    }

    fn put<T>(&mut self, rename: impl FnOnce(&Path, &Path) -> io::Result<T>) -> io::Result<T> {
        flush(&self.partial);
        let mark = self.mark.take();
        // a folder is renamed while its mark is locked, so that nobody takes it for abandoned; Windows has that only closed
        let mark = mark.filter(|_| !cfg!(windows));
        let put = rename(&self.partial, &self.target)?;
        drop(mark);
        flush(folder_of(&self.target));
        Ok(put)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // once it is in place there is nothing left under this name
        fs::remove_dir_all(&self.partial).ok();
    }
}

/// The absolute path of the folder. Endings such as `folder/` and `folder/.` are removed, because they would hide a
/// link.
fn place(target: &Path) -> Result<PathBuf> {
    let whole = std::path::absolute(target).map_err(|e| refused("create", target, e))?;
    match (whole.parent(), whole.file_name()) {
        (Some(parent), Some(name)) => Ok(parent.join(name)),
        _ => Err(refused("create", target, "it names no folder; give the name of one that is new or empty")),
    }
}

fn may_be_replaced(target: &Path, maker: &str) -> Result<()> {
    let no = |why: &str| Err(refused("replace", target, why));
    if is_missing_or_empty(target)? {
        return is_elsewhere(target);
    }
    match fs::read_to_string(target.join(MARK)) {
        Ok(mark) if mark.lines().next() == Some(maker) => is_elsewhere(target),
        Ok(mark) => no(&match mark.lines().next() {
            Some(other) if !other.is_empty() => {
                format!("it was made by `{other}`; choose another folder, or remove this one first")
            }
            _ => "its mark does not say who made it; choose another folder, or remove this one first".to_owned(),
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => {
            no("it holds files that are not a report of fenchel; choose a folder that is new or empty")
        }
        Err(e) => Err(refused("read", &target.join(MARK), e)),
    }
}

fn may_be_begun(target: &Path) -> Result<()> {
    if is_missing_or_empty(target)? {
        return is_elsewhere(target);
    }
    Err(refused("create", target, "it is not empty; continue the run in it or choose another folder"))
}

/// Whether the target is missing or empty, so that nothing can be lost. A target that cannot be a folder of this
/// library is an error.
fn is_missing_or_empty(target: &Path) -> Result<bool> {
    let no = |why: &str| Err(refused("create", target, why));
    let Ok(there) = fs::symlink_metadata(target) else {
        return Ok(true); // or what it is in cannot be entered, as will turn out
    };
    if there.is_symlink() {
        return no("it is a symbolic link, and folders are replaced as a whole; give the folder that it leads to");
    }
    if !there.is_dir() {
        return no("there is a file of this name");
    }
    let is_empty = fs::read_dir(target).map_err(|e| refused("read", target, e))?.next().is_none();
    Ok(is_empty)
}

/// Refuses the current folder: a program working in it, and the shell that started it, would lose it.
fn is_elsewhere(target: &Path) -> Result<()> {
    let current = std::env::current_dir().and_then(fs::canonicalize);
    match (current, fs::canonicalize(target)) {
        (Ok(current), Ok(target)) if current.starts_with(&target) => {
            Err(refused("replace", &target, "the current folder is in it; choose a folder below, by its name"))
        }
        _ => Ok(()),
    }
}
