//! Where an answer came from: files with their checksums, version and seed.

use crate::input::File;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::Path;

/// What a reader needs to make an answer again.
#[derive(Serialize)]
pub struct Provenance {
    version: &'static str,
    seed: u64,
    inputs: Vec<Source>,
}

/// A file and what was read of it.
#[derive(Serialize)]
pub struct Source {
    role: &'static str,
    file: String,
    /// None for a pipe, which is gone.
    sha256: Option<String>,
    rows: usize,
    columns: usize,
}

impl Provenance {
    pub fn new(seed: u64, inputs: Vec<Source>) -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), seed, inputs }
    }
}

impl Source {
    pub fn of(role: &'static str, file: &File, rows: usize, columns: usize) -> Self {
        Self { role, file: file.to_string(), sha256: checksum(file), rows, columns }
    }
}

/// The SHA-256 of a regular file, as `sha256sum` prints it; of `file.npz:key` that of the archive.
fn checksum(file: &File) -> Option<String> {
    let whole: &Path = file.as_ref();
    let archive = file.rsplit_once(':').map(|(path, _)| Path::new(path));
    let path = [Some(whole), archive].into_iter().flatten().find(|path| path.is_file())?;
    let mut reader = std::fs::File::open(path).ok()?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match reader.read(&mut block).ok()? {
            0 => return Some(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            read => hash.update(&block[..read]),
        }
    }
}
