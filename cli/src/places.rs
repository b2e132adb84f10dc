//! Files and their places: that no input is also an output, and how much there is to read and room for it.

use anyhow::{Result, bail};
use fenchel::Error;
use std::fs;
use std::path::{Path, PathBuf};

/// Checks, before the work, that no output is an input too, holds one, or has the place of another output.
///
/// `outputs` are options with the file or folder that each names; a folder is replaced as a whole.
pub fn distinct<I: AsRef<Path>>(
    inputs: impl IntoIterator<Item = I>,
    outputs: &[(&str, Option<&PathBuf>)],
) -> Result<()> {
    let inputs: Vec<PathBuf> = inputs.into_iter().map(|input| real(&file_of(input.as_ref()))).collect();
    let named: Vec<(&str, &PathBuf)> = outputs.iter().filter_map(|(option, path)| Some((*option, (*path)?))).collect();
    let places: Vec<PathBuf> = named.iter().map(|(_, path)| real(path)).collect();
    for (k, (place, (option, path))) in places.iter().zip(&named).enumerate() {
        if let Some(input) = inputs.iter().find(|input| input.starts_with(place)) {
            let how = if input == place { "is read too" } else { "holds a file that is read" };
            bail!("{option} {}: it would be replaced, but {how}; give another name", path.display());
        }
        if let Some(j) = places[..k].iter().position(|earlier| earlier.starts_with(place) || place.starts_with(earlier))
        {
            bail!("{option} {}: {} names the same place; give another name", path.display(), named[j].0);
        }
    }
    Ok(())
}

/// The bytes of a regular file.
pub fn size(path: &Path) -> Option<u64> {
    fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|known| known.len())
}

/// The text of a file.
pub fn text(path: &Path) -> fenchel::Result<String> {
    fs::read_to_string(path).map_err(|error| Error::io("read", path.display().to_string(), error.to_string()))
}

/// The bytes of memory that are free, where the system says it.
pub fn free_memory() -> Option<u64> {
    let text = fs::read_to_string("/proc/meminfo").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("MemAvailable:"))?;
    let kilobytes: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    kilobytes.checked_mul(1024)
}

/// The file of `file.npz:key`.
fn file_of(input: &Path) -> PathBuf {
    let text = input.to_string_lossy();
    match text.split_once(".npz:") {
        Some((stem, _)) => PathBuf::from(format!("{stem}.npz")),
        None => input.to_owned(),
    }
}

/// The place behind all links, of as much of the path as there is.
fn real(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let known = whole.ancestors().find_map(|part| Some((part, fs::canonicalize(part).ok()?)));
    match known {
        Some((part, real)) => match whole.strip_prefix(part) {
            Ok(rest) if !rest.as_os_str().is_empty() => real.join(rest),
            _ => real,
        },
        None => whole,
    }
}
