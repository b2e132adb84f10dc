//! Figures as files.

use anyhow::{Result, bail};
use fenchel::plot::Figure;
use fenchel::record::ensure_writable;
use std::path::Path;

/// Checked before the work: a known format, and a place that can be written.
pub fn check(path: &Path, option: &str) -> Result<()> {
    check_name(option, path, &["svg", "png", "pdf"])?;
    Ok(ensure_writable(path)?)
}

/// The figure in the format that the name asks for.
pub fn bytes(figure: &Figure, path: &Path) -> fenchel::Result<Vec<u8>> {
    match extension(path).as_str() {
        "png" => figure.png(2.0),
        "pdf" => figure.pdf(),
        _ => Ok(figure.svg().as_bytes().to_vec()),
    }
}

/// The ending of a file name, in lower case.
pub fn extension(path: &Path) -> String {
    path.extension().map(|e| e.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

/// Refuses, before the work, a file whose name does not tell one of the known formats.
pub fn check_name(option: &str, path: &Path, known: &[&str]) -> Result<()> {
    if !known.contains(&extension(path).as_str()) {
        bail!("{option} {}: expected a name ending in .{}", path.display(), known.join(" or ."));
    }
    Ok(())
}
