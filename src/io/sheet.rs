//! Files whose columns are numbers or words, and may have missing cells.

use super::cells::Cells;
use super::reading::{Format, Reading, Unpacked};
use super::text::parse_words;
use super::{Table, broken};
use crate::error::{Error, Result};
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file that was read, and whose cells were not taken for anything yet: [`numbers`](Self::numbers) where all of them are, or
/// [`cells`](Self::cells), which become columns of numbers or categories by [`frames`](super::frames).
///
/// ```
/// use fenchel::io::{Format, Reading, frames};
/// use fenchel::measure::ColumnKind;
/// let text = "age,city\n31,Riga\n,Oslo\n";
/// let sheet = Reading::new().format(Format::Text).sheet_from(text.as_bytes(), "stdin")?;
/// assert!(sheet.numbers().is_err());
/// let frame = &frames(&[sheet.cells()?], &[])?[0];
/// assert_eq!(frame.columns()[0].values().unwrap()[0], 31.0);
/// assert_eq!(frame.columns()[0].missing(), 1);
/// assert_eq!(frame.columns()[1].kind(), ColumnKind::Category);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Sheet {
    reading: Reading,
    path: PathBuf,
    files: Vec<Unpacked>,
}

impl Reading {
    /// Reads a file, or the files of a folder, and leaves open whether its cells are numbers.
    ///
    /// # Errors
    /// The file cannot be read; its format is not known; a limit.
    pub fn sheet(&self, path: impl AsRef<Path>) -> Result<Sheet> {
        let path = path.as_ref();
        Ok(Sheet { reading: self.clone(), path: path.to_owned(), files: self.all_unpacked(path)? })
    }

    /// The same of a stream; `name` is for messages.
    ///
    /// # Errors
    /// As [`sheet`](Self::sheet).
    pub fn sheet_from(&self, source: impl Read, name: &str) -> Result<Sheet> {
        Ok(Sheet { reading: self.clone(), path: name.into(), files: vec![self.unpacked_from(source, name)?] })
    }
}

impl Sheet {
    /// The cells as numbers.
    ///
    /// # Errors
    /// As [`read_table`](super::read_table).
    pub fn numbers(&self) -> Result<Table> {
        self.reading.all_numbers(&self.path, &self.files)
    }

    /// The cells as they stand there.
    ///
    /// # Errors
    /// A file that is not what its format promises; rows of different lengths; a limit.
    pub fn cells(&self) -> Result<Cells> {
        let mut all: Option<Cells> = None;
        for file in &self.files {
            let cells = self.cells_of(file)?;
            match &mut all {
                None => all = Some(cells),
                Some(all) => all.append(cells)?,
            }
        }
        all.ok_or_else(|| broken(&self.path.display().to_string(), "no files"))
    }

    fn cells_of(&self, file: &Unpacked) -> Result<Cells> {
        let Unpacked { bytes, format, room, name, .. } = file;
        if *format == Format::Parquet {
            let (table, fields) = self.reading.parquet_cells(file)?;
            let width = table.values.ncols();
            return Ok(Cells::new(name, 0, (table, Some(fields)), (width, (0..width).collect())));
        }
        let is_text = *format == Format::Text;
        let (table, fields) = if is_text {
            let (table, fields) = parse_words(bytes, name, self.reading.request(*room))?;
            (table, Some(fields))
        } else {
            (self.reading.array(file)?, None)
        };
        let width = table.values.ncols();
        let (table, kept) = self.reading.cut(table, is_text, name)?;
        if let Some(((i, j), &value)) = table.values.indexed_iter().find(|(_, x)| x.is_infinite()) {
            return Err(Error::not_finite(name.clone(), (i, j), value));
        }
        Ok(Cells::new(name, 0, (table, fields), (width, kept)))
    }
}
