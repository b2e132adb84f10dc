//! Files: CSV, NPY, NPZ, IDX, and the embedded digits.
//!
//! A file is read by its extension into a [`Table`]: rows are samples, columns are dimensions, numbers are f64.
//!
//! | extension | format |
//! |---|---|
//! | `.csv` `.tsv` `.txt` | numbers between commas, semicolons, tabs or blanks; with or without a header |
//! | `.npy` | NumPy array of floats (16, 32 or 64 bits), integers or booleans |
//! | `.npz` | NumPy archive; `file.npz:key` picks an array |
//! | `.idx`, `*-ubyte` | IDX, the format of MNIST |
//! | `.parquet` | Parquet, with the feature `parquet`: flat columns of numbers, truth values and text |
//!
//! Each may be compressed (`.gz` follows). An array of one axis is a column; axes past the first are flattened into
//! columns. An archive that holds a sparse matrix of SciPy (CSR, CSC or COO) is read as the matrix with its zeros. Every entry
//! must be a finite number; an error says in which file, line and column one is not.
//!
//! What a file does not say itself can be said by a [`Reading`]: its format, whether the first row is a header, whether `inf` is a number,
//! which columns are wanted.
//!
//! # Headers
//! The first row of a text is a header if it has a word and no number. `1,234`, `50%`, `$5`, `True`, `1_000`, `0x10`, `1.0D0` and dates are
//! no words, and no numbers either: a row of them is refused.
//!
//! Two or more numbers in the first row are a header too where they count the columns from 0, as pandas writes them, or where they are an
//! arithmetic sequence from 0 or 1 above columns that are no whole numbers. A first column without a name (or `Unnamed: 0`) that counts the rows
//! from 0 or 1 is an index, and left out. Laws and matrices may begin like that: read them [`unlabelled`](Reading::unlabelled).
//!
//! Wherever this had to be decided (also where a name is empty or `NA`, or all names have digits) [`Table::notes`] says how.
//!
//! # Limits
//! All are checked before the memory is asked for; beyond one the error is [`Error::TooMany`].
//!
//! | what | at most |
//! |---|---|
//! | rows of a table | [`MAX_ROWS`], 100,000,000 |
//! | numbers of a table | [`MAX_NUMBERS`], 500,000,000 |
//! | bytes that a `.gz`, an array of an `.npz`, or a stream unpacks to, and the numbers made of them | [`MAX_UNPACKED`], 1 GiB, or [`Reading::max_unpacked`] |
//! | characters of a file that a message quotes | 80, control characters as escapes |
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
//! A file that is larger than memory is read in [`Blocks`] of rows.
//!
//! A folder is one sample: its files of one format and the same columns, one after another in the order of their names. What begins with a dot or an
//! underscore (`_SUCCESS`, `_metadata`) is left aside. A file that is changed while its folder is read in blocks is an error that names it.
//!
//! The writers [`to_csv`], [`to_npy`] and [`to_npz`] give bytes; where they go is for the caller to say.

mod blocks;
mod cells;
mod columns;
mod digits;
mod field;
mod fields;
mod folder;
mod idx;
mod limits;
mod npy;
#[cfg(feature = "parquet")]
mod parquet;
mod reading;
mod sheet;
mod sparse;
mod text;

pub use blocks::{Blocks, CellBlocks};
pub use cells::{Cells, frames};
pub use digits::{Digits, digits, digits_file};
pub use limits::{MAX_NUMBERS, MAX_ROWS, MAX_UNPACKED};
pub use npy::{to_npy, to_npz};
pub use reading::{Format, Reading};
pub use sheet::Sheet;
pub use text::{records_to_csv, to_csv};

use crate::error::{Error, Place, Result};
use ndarray::Array2;
use std::fmt;
use std::path::Path;

/// Numbers read from a file, one sample a row.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// The numbers, all of them finite; at least one row and one column.
    pub values: Array2<f64>,
    /// The names of the columns, where the file has a header.
    pub columns: Option<Vec<String>>,
    /// What was decided where the file does not say it clearly.
    pub notes: Vec<Note>,
}

/// What was decided about a file that does not say it clearly, in words; it `Display`s as them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// Whether the first row is a header: [`Reading::header`] decides otherwise.
    Header(String),
    /// Whether a column is an index: [`Reading::columns`] and [`Reading::drop`] decide otherwise.
    Column(String),
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Header(words) | Self::Column(words)) = self;
        f.write_str(words)
    }
}

/// Reads a file of samples; its extension says how (see the [module](self)).
///
/// Integers of 64 bits become the nearest f64.
///
/// # Errors
/// [`Error::Io`] if the file cannot be read; [`Error::Parse`] if it is empty or not what its format promises, with the
/// line and the column where there are lines; [`Error::NotFinite`] for a NaN or an infinity in a binary file;
/// [`Error::TooMany`] beyond a limit.
pub fn read_table(path: impl AsRef<Path>) -> Result<Table> {
    Reading::new().table(path)
}

/// Reads a file of one row or one column: a pmf (one number a bin) or weights.
///
/// # Errors
/// As [`read_table`]; [`Error::Parse`] if there are several rows and several columns.
pub fn read_vector(path: impl AsRef<Path>) -> Result<Vec<f64>> {
    read_table(&path)?.into_vector(&path.as_ref().display().to_string())
}

impl Table {
    /// The numbers of a table of one row or one column; `name` is that of the file, for the error.
    ///
    /// # Errors
    /// [`Error::Parse`] if there are several rows and several columns.
    pub fn into_vector(self, name: &str) -> Result<Vec<f64>> {
        match self.values.dim() {
            (1, _) | (_, 1) => Ok(self.values.into_iter().collect()),
            (rows, columns) => {
                let why =
                    format!("{rows} rows and {columns} columns; expected one number a bin, in one row or one column");
                Err(broken(name, why))
            }
        }
    }
}

fn no_numbers(shape: &[usize], name: &str) -> Error {
    broken(name, format!("an array of shape {shape:?} holds no numbers"))
}

/// An error about a file as a whole.
fn broken(file: &str, why: impl Into<String>) -> Error {
    Error::parse(Place { file: file.to_owned(), line: None, column: None }, why.into())
}
