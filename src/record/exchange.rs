//! One folder in the place of another.

use super::temporary::{self, MARK};
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// Puts the folder `new` at `target`, in place of a folder if there is one, and tells where that one is now.
///
/// Linux and macOS exchange the two folders in one step, so `target` holds one or the other at every moment. Elsewhere,
/// and on file systems that cannot exchange, the former folder is moved aside first, so for an instant there is none. A
/// program killed in that instant leaves the former folder under a hidden name, and [`temporary::sweep_beside`] puts it
/// back.
pub(super) fn put(new: &Path, target: &Path) -> io::Result<Option<PathBuf>> {
    loop {
        match fs::rename(new, target) {
            Ok(()) => return Ok(None),
            Err(e) if !target.is_dir() => return Err(e),
            Err(_) => {} // a folder that is not empty: an empty one would have been replaced
        }
        match swap(new, target) {
            Ok(()) => return Ok(Some(new.to_owned())),
            Err(e) if e.kind() == ErrorKind::NotFound && new.exists() => {} // gone in this moment
            Err(e) if matches!(e.kind(), ErrorKind::Unsupported | ErrorKind::InvalidInput) => {
                return in_two_steps(new, target).map(Some);
            }
            Err(e) => return Err(e),
        }
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn swap(a: &Path, b: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, a, CWD, b, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn swap(_: &Path, _: &Path) -> io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

fn in_two_steps(new: &Path, target: &Path) -> io::Result<PathBuf> {
    // a sweep in between must not take the former folder for stale
    let mark = File::open(target.join(MARK)).ok().filter(|_| cfg!(unix));
    if let Some(mark) = &mark {
        mark.try_lock().ok();
    }
    let former = temporary::set_aside(target)?;
    if let Err(e) = fs::rename(new, target) {
        fs::rename(&former, target).ok();
        return Err(e);
    }
    Ok(former)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(path: &Path, content: &str) {
        fs::create_dir(path).unwrap();
        fs::write(path.join(MARK), "").unwrap();
        fs::write(path.join("content"), content).unwrap();
    }

    #[test]
    fn both_ways_replace_and_keep_the_former() {
        for way in [put, |new: &Path, target: &Path| in_two_steps(new, target).map(Some)] {
            let dir = tempfile::tempdir().unwrap();
            let [new, target] = ["new", "target"].map(|name| dir.path().join(name));
            folder(&target, "former");
            folder(&new, "new");
            let former = way(&new, &target).unwrap().unwrap();
            assert_eq!(fs::read(target.join("content")).unwrap(), b"new");
            assert_eq!(fs::read(former.join("content")).unwrap(), b"former");
        }
    }

    #[test]
    fn killed_between_two_steps_the_former_is_put_back() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("target");
        folder(&target, "former");
        let former = temporary::set_aside(&target).unwrap();
        assert!(!target.exists() && former.exists());
        temporary::sweep_beside(&target);
        assert_eq!(fs::read(target.join("content")).unwrap(), b"former");
        assert!(!former.exists());
    }

    #[test]
    fn where_the_new_one_is_missing_the_former_stays() {
        let dir = tempfile::tempdir().unwrap();
        let [new, target] = ["new", "target"].map(|name| dir.path().join(name));
        folder(&target, "former");
        assert!(put(&new, &target).is_err() && in_two_steps(&new, &target).is_err());
        assert_eq!(fs::read(target.join("content")).unwrap(), b"former");
    }
}
