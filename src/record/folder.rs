//! A folder of results that appears when it is complete.

use super::atomic::beside;
use super::{refused, write_atomic};
use crate::error::Result;
use std::fs;
use std::path::{Path, PathBuf};

/// The file by which a later run knows that a folder is its own to replace.
const MARK: &str = ".fenchel";

/// A folder under construction.
///
/// Files are written under a temporary name beside the target; [`Folder::finish`] puts the whole in place. Dropped
/// before that, it vanishes and the old folder, if there was one, is untouched.
///
/// ```
/// # let dir = tempfile::tempdir()?;
/// # let target = dir.path().join("report");
/// let folder = fenchel::record::Folder::create(&target)?;
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
}

impl Folder {
    /// Begins the folder that will be `target`.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) if the folder cannot be made, or if `target` holds something that was not made
    /// in this way: other people's files are never replaced.
    pub fn create(target: impl AsRef<Path>) -> Result<Self> {
        let target = std::path::absolute(&target).map_err(|e| refused("create", target.as_ref(), e))?;
        let (Some(parent), Some(_)) = (target.parent(), target.file_name()) else {
            return Err(refused("create", &target, "it names no folder"));
        };
        may_be_replaced(&target)?;
        let (partial, ()) = fs::create_dir_all(parent)
            .and_then(|()| beside(&target, "partial", |name| fs::create_dir(name)))
            .map_err(|e| refused("create", &target, e))?;
        let folder = Self { target, partial };
        folder.write(MARK, b"Written as a whole by fenchel, and replaced as a whole by its next report.\n")?;
        Ok(folder)
    }

    /// Where the folder will be.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// Writes a file; `name` may have folders in it.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io) with the path.
    pub fn write(&self, name: &str, bytes: &[u8]) -> Result<()> {
        write_atomic(self.partial.join(name), bytes)
    }

    /// Puts the folder in place of whatever earlier one is there.
    ///
    /// # Errors
    /// [`Error::Io`](crate::Error::Io); the earlier folder is then still in place, unless it was only its removal that
    /// failed: then the new one is in place, and the error names where the rest of the earlier one is.
    pub fn finish(self) -> Result<()> {
        let fail = |e| refused("create", &self.target, e);
        may_be_replaced(&self.target)?;
        if !self.target.exists() {
            return fs::rename(&self.partial, &self.target).map_err(fail);
        }
        let (old, ()) = beside(&self.target, "old", |name| fs::rename(&self.target, name)).map_err(fail)?;
        if let Err(e) = fs::rename(&self.partial, &self.target) {
            fs::rename(&old, &self.target).ok();
            return Err(fail(e));
        }
        fs::remove_dir_all(&old).map_err(|e| refused("remove", &old, e))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // after `finish` there is nothing left under this name
        fs::remove_dir_all(&self.partial).ok();
    }
}

fn may_be_replaced(target: &Path) -> Result<()> {
    let Ok(there) = fs::metadata(target) else {
        return Ok(());
    };
    if !there.is_dir() {
        return Err(refused("create", target, "there is a file of this name"));
    }
    let empty = fs::read_dir(target).map_err(|e| refused("read", target, e))?.next().is_none();
    if empty || target.join(MARK).is_file() {
        return Ok(());
    }
    Err(refused(
        "replace",
        target,
        "it holds files that are not a report of fenchel; choose a folder that is new or empty",
    ))
}
