//! Folders whose files are one sample: which files, in what order, and that they belong together.

use super::limits::Room;
use super::{Note, Table, broken};
use crate::error::{Error, Result};
use ndarray::{Axis, concatenate};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// The files of a folder in the order of their names. `format` finds the format of a name; `wanted` leaves out the files of other formats, and is that
/// of names that do not tell theirs. Names that begin with a dot or an underscore are not data.
pub(super) fn files<F: PartialEq>(
    folder: &Path,
    wanted: Option<F>,
    format: impl Fn(&str) -> Option<F>,
) -> Result<Vec<PathBuf>> {
    let shown = folder.display().to_string();
    let failed = |error: std::io::Error| Error::io("read", &*shown, error.to_string());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(['.', '_']) {
            paths.push((entry.path(), format(&name)));
        }
    }
    paths.sort_by(|one, other| one.0.cmp(&other.0));
    if let Some(wanted) = &wanted {
        paths.retain(|(_, found)| found.as_ref().is_none_or(|found| found == wanted));
    }
    let mut first: Option<&(PathBuf, Option<F>)> = None;
    for each in &paths {
        let (path, found) = each;
        let name = path.display().to_string();
        if !path.is_file() {
            return Err(broken(&name, "no ordinary file; a folder that is one sample holds files only"));
        }
        if found.is_none() && wanted.is_none() {
            return Err(broken(
                &name,
                "a file of no known format in a folder that is one sample; take it away, or say the format",
            ));
        }
        match first {
            Some((other, known)) if wanted.is_none() && known != found => {
                let why = format!("another format than {}; the files of a folder are one sample", other.display());
                return Err(broken(&name, format!("{why}, of one format; say which one")));
            }
            _ => first = first.or(Some(each)),
        }
    }
    if paths.is_empty() {
        return Err(broken(&shown, "a folder without files of samples"));
    }
    Ok(paths.into_iter().map(|(path, _)| path).collect())
}

/// The name of a file, how many columns it has, and how they are called.
pub(super) type Heading<'c> = (&'c str, usize, Option<&'c [String]>);

/// That two files of a folder have the same columns.
pub(super) fn alike(first: Heading<'_>, other: Heading<'_>) -> Result<()> {
    if first.1 != other.1 {
        return Err(Error::size_mismatch((first.0, first.1), (other.0, other.1), "columns"));
    }
    if first.2 == other.2 {
        return Ok(());
    }
    let called = |names: Option<&[String]>| match names {
        Some(names) => format!("`{}`", crate::error::quoted(&names.join(","))),
        None => "without names".to_owned(),
    };
    let why = format!("its columns are {}, and those of {} are {}", called(other.2), first.0, called(first.2));
    Err(broken(
        other.0,
        format!("{why}; the files of a folder are one sample, with the same columns in the same order"),
    ))
}

/// The tables of the files of a folder, one after another.
pub(super) fn joined(folder: &str, tables: Vec<(&str, Table)>) -> Result<Table> {
    let columns = |table: &(&str, Table)| table.1.values.ncols();
    let Some((first, others)) = tables.split_first() else { return Err(broken(folder, "no files")) };
    for (name, table) in others {
        alike(
            (first.0, columns(first), first.1.columns.as_deref()),
            (name, table.values.ncols(), table.columns.as_deref()),
        )?;
    }
    let rows = tables.iter().map(|(_, table)| table.values.nrows()).sum();
    Room::plain().check_shape(&[rows, columns(first)], folder)?;
    let views: Vec<_> = tables.iter().map(|(_, table)| table.values.view()).collect();
    let values = concatenate(Axis(0), &views).expect("as many columns in each");
    let notes: Vec<Note> = first.1.notes.clone();
    Ok(Table { values, columns: first.1.columns.clone(), notes })
}

/// What tells that a file was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    length: u64,
    changed: Option<SystemTime>,
}

impl Stamp {
    pub(super) fn of(path: &Path) -> Result<Self> {
        let name = path.display().to_string();
        let about = fs::metadata(path).map_err(|error| Error::io("read", name, error.to_string()))?;
        Ok(Self { length: about.len(), changed: about.modified().ok() })
    }

    /// That the file is still the one that this was taken of.
    fn check(self, path: &Path) -> Result<()> {
        if Self::of(path)? == self {
            return Ok(());
        }
        Err(broken(&path.display().to_string(), "it was changed while its folder was read"))
    }
}

/// How the blocks of a file are opened.
type Open<B> = Box<dyn FnMut(&Path) -> Result<B> + Send>;

/// The blocks of one file after another.
pub(super) struct Chain<B> {
    left: std::vec::IntoIter<(PathBuf, Stamp)>,
    open: Open<B>,
    /// The blocks that are read, and of which file.
    pub(super) current: Option<(B, PathBuf, Stamp)>,
}

impl<B> Chain<B> {
    pub(super) fn new(files: Vec<(PathBuf, Stamp)>, open: Open<B>) -> Result<Self> {
        let mut chain = Self { left: files.into_iter(), open, current: None };
        chain.advance()?;
        Ok(chain)
    }

    /// Goes on to the next file, if there is one; the one before must be as it was.
    pub(super) fn advance(&mut self) -> Result<()> {
        if let Some((_, path, stamp)) = self.current.take() {
            stamp.check(&path)?;
        }
        if let Some((path, stamp)) = self.left.next() {
            stamp.check(&path)?;
            self.current = Some(((self.open)(&path)?, path, stamp));
        }
        Ok(())
    }
}
