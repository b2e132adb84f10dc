//! The folder of a training run.
//!
//! | file | content |
//! |---|---|
//! | `config.json` | everything the run was started with |
//! | `metrics.jsonl` | one JSON object a line, each with its `step` |
//! | `checkpoint.json` | the state to continue from |
//! | `samples.npy`, `scores.json` | what the generator makes, and how it scored |
//! | any other | what a command keeps beside them, in folders too |
//!
//! The folder appears with its `config.json`, and every file but those that grow ([`Run::grow`]) is replaced atomically.
//! The metrics grow, and after an interruption they may be ahead of the checkpoint. So [`Run::metrics`] drops the later
//! lines, and the continued run writes the same lines again. A process that is killed at any moment leaves a run that can be
//! continued, or no run at all.

use super::atomic::{replace, write_atomic};
use super::folder::Folder;
use super::temporary::{self, MARK};
use super::{json, refused};
use crate::error::{Error, Place, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};

/// A run folder, which belongs to this value alone for as long as it lives.
#[derive(Debug)]
pub struct Run {
    folder: PathBuf,
    /// The folder's mark, locked: the system unlocks it when the process ends, however it ends.
    _lock: File,
}

impl Run {
    /// Begins a run in a new or empty folder and writes its `config.json`. `maker` names the command that makes it, in
    /// one line.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder has something in it, is a symbolic link, holds the current folder or cannot be made.
    pub fn create(folder: impl AsRef<Path>, maker: &str, config: &impl Serialize) -> Result<Self> {
        let begun = Folder::create_new(folder.as_ref(), maker)?;
        begun.write("config.json", json::pretty(config).as_bytes())?;
        begun.appear()?;
        Self::open(folder)
    }

    /// Opens the folder of an earlier run, to continue it.
    ///
    /// # Errors
    /// [`Error::Io`] if there is no run in it, or somebody else has it open.
    pub fn open(folder: impl AsRef<Path>) -> Result<Self> {
        let folder = folder.as_ref().to_owned();
        if !folder.join("config.json").is_file() {
            return Err(refused("continue", &folder, "there is no run in it (no config.json)"));
        }
        let mark = folder.join(MARK);
        let lock = match OpenOptions::new().read(true).write(true).open(&mark) {
            Err(e) if e.kind() == ErrorKind::NotFound => File::create_new(&mark),
            opened => opened,
        };
        let lock = lock.map_err(|e| refused("continue", &folder, e))?;
        // a file system without locks cannot show another owner
        if let Err(TryLockError::WouldBlock) = lock.try_lock() {
            return Err(refused(
                "continue",
                &folder,
                "another process is at work on it; wait until it ends, or stop it",
            ));
        }
        temporary::sweep_run(&folder);
        Ok(Self { folder, _lock: lock })
    }

    /// Where the run is.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The configuration that the run was started with.
    ///
    /// # Errors
    /// [`Error::Io`], or [`Error::Parse`] with line and column.
    pub fn config<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.load("config.json")?).map_err(|e| {
            let file = self.folder.join("config.json").display().to_string();
            let place = Place { file, line: Some(e.line() as u64), column: Some(e.column() as u64) };
            Error::parse(place, e.to_string())
        })
    }

    /// Writes a file of the run atomically; `name` may have folders in it.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.folder.join(name);
        if let Some(within) = path.parent().filter(|within| *within != self.folder) {
            fs::create_dir_all(within).map_err(|e| refused("create", within, e))?;
        }
        write_atomic(path, bytes)
    }

    /// The names in a folder of the run, sorted, without those of files that are not complete yet; none where there is no
    /// such folder.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn names_in(&self, folder: &str) -> Result<Vec<String>> {
        let path = self.folder.join(folder);
        let names = match fs::read_dir(&path) {
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.and_then(|entries| {
                entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned())).collect::<io::Result<_>>()
            }),
        };
        let mut names: Vec<String> = names.map_err(|e| refused("read", &path, e))?;
        names.retain(|name| !temporary::is_temporary(name));
        names.sort_unstable();
        Ok(names)
    }

    /// Removes a file of the run.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn remove(&self, name: &str) -> Result<()> {
        let path = self.folder.join(name);
        fs::remove_file(&path).map_err(|e| refused("remove", &path, e))
    }

    /// Begins a file of the run that grows, with these bytes in place of what it held. So a run that goes on begins it anew,
    /// with what it is to keep. Bytes that are added later are not atomic: a killed process may leave a part of them.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn grow(&self, name: &str, bytes: &[u8]) -> Result<Growing> {
        self.save(name, bytes)?;
        let path = self.folder.join(name);
        let file = OpenOptions::new().append(true).open(&path).map_err(|e| refused("write", &path, e))?;
        Ok(Growing { file, path })
    }

    /// Writes `value` as one line of JSON, atomically and without the whole text in memory: a state may be large.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save_json(&self, name: &str, value: &impl Serialize) -> Result<()> {
        replace(&self.folder.join(name), |file| {
            let mut text = BufWriter::with_capacity(1 << 20, file);
            serde_json::to_writer(&mut text, value)?;
            text.flush()
        })
    }

    /// Reads a file of the run.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn load(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(name);
        fs::read(&path).map_err(|e| refused("read", &path, e))
    }

    /// Opens `metrics.jsonl` to continue after `step`. Lines of later steps, and a last line that was cut short, are
    /// removed.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn metrics(&self, step: u64) -> Result<Metrics> {
        #[derive(serde::Deserialize)]
        struct Line {
            step: u64,
        }
        let path = self.folder.join("metrics.jsonl");
        let old = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == ErrorKind::NotFound => String::new(),
            Err(e) => return Err(refused("read", &path, e)),
        };
        let kept: String = old
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n') && serde_json::from_str::<Line>(line).is_ok_and(|l| l.step <= step))
            .collect();
        Ok(Metrics(self.grow("metrics.jsonl", kept.as_bytes())?))
    }
}

/// A file of a [`Run`] that grows.
#[derive(Debug)]
pub struct Growing {
    file: File,
    path: PathBuf,
}

impl Growing {
    /// Adds bytes.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn add(&mut self, bytes: &[u8]) -> Result<()> {
        self.file.write_all(bytes).map_err(|e| refused("write", &self.path, e))
    }
}

/// The growing `metrics.jsonl` of a [`Run`].
#[derive(Debug)]
pub struct Metrics(Growing);

impl Metrics {
    /// Adds a line; `record` is an object with a field `step`.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn append(&mut self, record: &impl Serialize) -> Result<()> {
        // one write a line: a reader that follows the file sees whole lines
        let line = json::line(record) + "\n";
        self.0.add(line.as_bytes())
    }

    /// Flushes the lines to the disk. It is called before a checkpoint is written, so that the checkpoint is never
    /// ahead of them.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn flush(&self) -> Result<()> {
        self.0.file.sync_data().map_err(|e| refused("write", &self.0.path, e))
    }
}
