//! Files: CSV, NPY, NPZ, IDX, and the embedded digits.
//!
//! A file is read by its extension into a [`Table`]: rows are samples, columns are dimensions, numbers are f64.
//!
//! | extension | format |
//! |---|---|
//! | `.csv` `.tsv` `.txt` | numbers between commas, semicolons, tabs or blanks; with or without a header |
//! | `.npy` | NumPy array of floats (32 or 64 bits), integers or booleans |
//! | `.npz` | NumPy archive; `file.npz:key` picks an array |
//! | `.idx`, `*-ubyte` | IDX, the format of MNIST |
//!
//! Each may be compressed (`.gz` follows). An array of one axis is a column; axes past the first are flattened into
//! columns. Every entry must be a finite number; an error says in which file, line and column one is not.
//!
//! ```
//! # let dir = tempfile::tempdir()?;
//! # let path = dir.path().join("points.csv");
//! std::fs::write(&path, "x,y\n0.5,1\n2,-3e-1\n")?;
//! let table = fenchel::io::read_table(&path)?;
//! assert_eq!(table.columns.unwrap(), ["x", "y"]);
//! assert_eq!(table.values, ndarray::array![[0.5, 1.0], [2.0, -0.3]]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The writers [`to_csv`], [`to_npy`] and [`to_npz`] give bytes; where they go is for the caller to say.

mod digits;
mod idx;
mod npy;
mod text;

pub use digits::{Digits, digits};
pub use npy::{to_npy, to_npz};
pub use text::{records_to_csv, to_csv};

use crate::error::{Error, Index, Place, Result};
use ndarray::{Array2, ArrayD};
use std::fs;
use std::io::Read;
use std::path::Path;

/// Numbers read from a file, one sample a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The numbers, all of them finite; at least one row and one column.
    pub values: Array2<f64>,
    /// The names of the columns, where the file has a header.
    pub columns: Option<Vec<String>>,
}

/// Reads a file of samples; its extension says how (see the [module](self)).
///
/// Integers of 64 bits become the nearest f64.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Parse`] if it is empty or not what its format promises, with the
/// line and the column where there are lines; [`Error::NotFinite`] for a NaN or an infinity in a binary file.
pub fn read_table(path: impl AsRef<Path>) -> Result<Table> {
    let path = path.as_ref();
    let (path, key) = split_key(path);
    let name = path.display().to_string();
    let mut bytes = fs::read(&path).map_err(|e| Error::Io {
        action: "read",
        path: name.clone(),
        why: match e.kind() {
            std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
            std::io::ErrorKind::IsADirectory => "it is a folder, expected a file".to_owned(),
            _ => e.to_string(),
        },
    })?;
    if bytes.is_empty() {
        return Err(broken(&name, "the file is empty; expected numbers, one sample a row"));
    }
    let mut format = name.to_ascii_lowercase();
    if let Some(inner) = format.strip_suffix(".gz") {
        bytes = gunzip(&bytes, &name)?;
        format = inner.to_owned();
    }
    match format.rsplit(['.', '-']).next().unwrap_or_default() {
        "csv" | "tsv" | "txt" => text::parse(&bytes, &name),
        "npy" => table(npy::parse(&bytes, &name)?, &name),
        "npz" => table(npy::parse_archive(&bytes, key.as_deref(), &name)?, &name),
        "idx" | "ubyte" => table(idx::parse(&bytes, &name)?, &name),
        _ => Err(broken(&name, "unknown format; expected a name ending in .csv .tsv .txt .npy .npz .idx or -ubyte")),
    }
}

/// Reads a file of one row or one column: a pmf (one number a bin) or weights.
///
/// # Errors
/// As [`read_table`]; [`Error::Parse`] if there are several rows and several columns.
pub fn read_vector(path: impl AsRef<Path>) -> Result<Vec<f64>> {
    let values = read_table(&path)?.values;
    match values.dim() {
        (1, _) | (_, 1) => Ok(values.into_iter().collect()),
        (rows, columns) => Err(broken(
            &path.as_ref().display().to_string(),
            format!("{rows} rows and {columns} columns; expected one number a bin, in one row or one column"),
        )),
    }
}

/// `file.npz:key` as file and key.
fn split_key(path: &Path) -> (std::path::PathBuf, Option<String>) {
    if let Some(text) = path.to_str()
        && let Some(at) = text.rfind(".npz:")
    {
        return (text[..at + 4].into(), Some(text[at + 5..].to_owned()));
    }
    (path.to_owned(), None)
}

/// Rows are the first axis, columns all the others.
fn table(array: ArrayD<f64>, name: &str) -> Result<Table> {
    let shape = array.shape().to_vec();
    let rows = shape.first().copied().unwrap_or(1);
    let columns: usize = shape.iter().skip(1).product();
    if rows == 0 || columns == 0 {
        return Err(no_numbers(&shape, name));
    }
    // `iter` is in logical order whatever the memory layout, so Fortran-ordered files come out right
    let values = Array2::from_shape_vec((rows, columns), array.iter().copied().collect()).expect("the shape's product");
    match values.indexed_iter().find(|(_, x)| !x.is_finite()) {
        Some(((i, j), &value)) => Err(Error::NotFinite { what: name.to_owned(), at: Index::Cell(i, j), value }),
        None => Ok(Table { values, columns: None }),
    }
}

fn no_numbers(shape: &[usize], name: &str) -> Error {
    broken(name, format!("an array of shape {shape:?} holds no numbers"))
}

fn gunzip(bytes: &[u8], name: &str) -> Result<Vec<u8>> {
    let mut out = Vec::new();
    flate2::read::MultiGzDecoder::new(bytes)
        .read_to_end(&mut out)
        .map_err(|e| broken(name, format!("not a whole gzip file: {e}")))?;
    Ok(out)
}

/// An error about a file as a whole.
fn broken(file: &str, why: impl Into<String>) -> Error {
    Error::Parse { place: Place { file: file.to_owned(), line: None, column: None }, why: why.into() }
}
