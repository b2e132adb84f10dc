//! Files whose columns are numbers or words, and may have missing cells.

use super::field::{is_missing, is_missing_number};
use super::fields::Fields;
use super::reading::{Format, Reading, Unpacked};
use super::text::{parse_words, unexpected};
use super::{Note, Table, broken};
use crate::error::{Error, Place, Result, quoted};
use crate::measure::{Column, Frame};
use ndarray::Axis;
use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

/// A file that was read, and whose cells were not taken for anything yet: [`numbers`](Self::numbers) where all of them are, or
/// [`cells`](Self::cells), which become columns of numbers or categories by [`frames`].
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
    file: Unpacked,
}

impl Reading {
    /// Reads a file, and leaves open whether its cells are numbers.
    ///
    /// # Errors
    /// The file cannot be read; its format is not known; a limit.
    pub fn sheet(&self, path: impl AsRef<Path>) -> Result<Sheet> {
        Ok(Sheet { reading: self.clone(), file: self.unpacked(path.as_ref())? })
    }

    /// The same of a stream; `name` is for messages.
    ///
    /// # Errors
    /// As [`sheet`](Self::sheet).
    pub fn sheet_from(&self, source: impl Read, name: &str) -> Result<Sheet> {
        Ok(Sheet { reading: self.clone(), file: self.unpacked_from(source, name)? })
    }
}

impl Sheet {
    /// The cells as numbers.
    ///
    /// # Errors
    /// As [`read_table`](super::read_table).
    pub fn numbers(&self) -> Result<Table> {
        self.reading.numbers(&self.file)
    }

    /// The cells as they stand there.
    ///
    /// # Errors
    /// A file that is not what its format promises; rows of different lengths; a limit.
    pub fn cells(&self) -> Result<Cells> {
        let Unpacked { bytes, format, room, name, .. } = &self.file;
        if *format == Format::Parquet {
            let (table, fields) = self.reading.parquet_cells(&self.file)?;
            let width = table.values.ncols();
            return Ok(Cells { name: name.clone(), table, fields: Some(fields), width, kept: (0..width).collect() });
        }
        let is_text = *format == Format::Text;
        let (table, fields) = if is_text {
            let (table, fields) = parse_words(bytes, name, self.reading.request(*room))?;
            (table, Some(fields))
        } else {
            (self.reading.array(&self.file)?, None)
        };
        let width = table.values.ncols();
        let (table, kept) = self.reading.cut(table, is_text, name)?;
        if let Some(((i, j), &value)) = table.values.indexed_iter().find(|(_, x)| x.is_infinite()) {
            return Err(Error::not_finite(name.clone(), (i, j), value));
        }
        Ok(Cells { name: name.clone(), table, fields, width, kept })
    }
}

/// The cells of a file as they stand there, and those that are numbers also as numbers.
#[derive(Debug, Clone)]
pub struct Cells {
    name: String,
    /// NaN where a cell is no number.
    table: Table,
    /// None of a file that holds numbers only.
    fields: Option<Fields>,
    /// Columns of the file, and which of them are kept.
    width: usize,
    kept: Vec<usize>,
}

impl Cells {
    /// The names of the columns, where the file has a header.
    #[must_use]
    pub fn columns(&self) -> Option<&[String]> {
        self.table.columns.as_deref()
    }

    /// What was decided where the file does not say it clearly.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.table.notes
    }

    /// How many rows and columns there are.
    #[must_use]
    pub fn dim(&self) -> (usize, usize) {
        self.table.values.dim()
    }

    /// The columns at these places, in this order.
    ///
    /// # Panics
    /// If there is no such column.
    #[must_use]
    pub fn select(mut self, places: &[usize]) -> Self {
        self.kept = places.iter().map(|&place| self.kept[place]).collect();
        self.table.values = self.table.values.select(Axis(1), places);
        self.table.columns = self.table.columns.map(|names| places.iter().map(|&place| names[place].clone()).collect());
        self
    }

    /// The error that a cell is missing, with its place.
    ///
    /// # Panics
    /// If there is no such cell.
    #[must_use]
    pub fn is_missing(&self, row: usize, column: usize) -> Error {
        let found = match &*self.word(row, column) {
            "" => "the field is empty".to_owned(),
            word => format!("found `{}`", quoted(word)),
        };
        Error::parse(self.place(row, column), format!("{found}, a missing value"))
    }

    fn place(&self, row: usize, column: usize) -> Place {
        let line = self.fields.as_ref().map_or(row as u64 + 1, |fields| fields.line(row));
        Place { file: self.name.clone(), line: Some(line), column: Some(self.kept[column] as u64 + 1) }
    }

    /// The text of a cell.
    fn word(&self, row: usize, column: usize) -> Cow<'_, str> {
        match &self.fields {
            Some(fields) => fields.get(row * self.width + self.kept[column]).into(),
            None => self.table.values[(row, column)].to_string().into(),
        }
    }

    /// What there is in a column, missing cells left aside.
    fn count(&self, column: usize) -> Count {
        let mut count = Count::default();
        for (row, value) in self.table.values.column(column).iter().enumerate() {
            if value.is_finite() {
                count.numbers += 1;
                continue;
            }
            let word = self.word(row, column);
            if !is_missing(&word) {
                let mark = is_missing_number(&word);
                count.words += usize::from(!mark);
                count.first = count.first.or((!mark).then_some(row));
            }
        }
        count
    }

    fn numbers(&self, column: usize) -> Result<Column> {
        let values = self.table.values.column(column);
        Column::numbers(values.iter().map(|value| value.is_finite().then_some(*value)))
    }

    fn words(&self, column: usize) -> Column {
        let words = (0..self.dim().0).map(|row| self.word(row, column));
        Column::categories(words.map(|word| (!is_missing(&word)).then_some(word)))
    }
}

#[derive(Default)]
struct Count {
    numbers: usize,
    words: usize,
    /// The row of the first word.
    first: Option<usize>,
}

/// Files with the same columns as tables; what a column holds is decided over all of them.
///
/// A column is one of numbers if every cell that is not missing is a number, in every file, and one of categories if it has words. A column that has words among
/// mostly numbers is neither, and refused with the first of them. `categories` names columns that are categories whatever is in them, such as codes that
/// happen to be digits: by name, or by number counted from 1, or as a range of numbers.
///
/// Missing are an empty field, `NA`, `N/A`, `#N/A`, `<NA>`, `NaN`, `null`, `None` and `nil`, in any case. Among numbers also `?`, `-` and `.`.
///
/// # Errors
/// Different numbers of columns; words among numbers; an unknown name.
///
/// ```
/// use fenchel::io::{Format, Reading, frames};
/// let cells = |text: &str| Reading::new().format(Format::Text).sheet_from(text.as_bytes(), "stdin")?.cells();
/// let codes = "code,x\n007,1.5\n7,2.5\n";
/// let columns = |categories: &[String]| Ok::<_, fenchel::Error>(frames(&[cells(codes)?], categories)?[0].columns()[0].clone());
/// assert_eq!(columns(&[])?.values().unwrap(), [7.0, 7.0]);
/// assert_eq!(columns(&["code".to_owned()])?.levels(), ["007", "7"]);
/// assert!(frames(&[cells("x\n1\n2\n3\nfour\n")?], &[]).unwrap_err().to_string().contains("`four`"));
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn frames(cells: &[Cells], categories: &[String]) -> Result<Vec<Frame>> {
    let Some(first) = cells.first() else { return Ok(Vec::new()) };
    let width = first.dim().1;
    if let Some(other) = cells.iter().find(|other| other.dim().1 != width) {
        return Err(Error::size_mismatch((&*first.name, width), (&*other.name, other.dim().1), "columns"));
    }
    let names = cells.iter().find_map(Cells::columns);
    let forced = match categories {
        [] => Vec::new(),
        words => super::columns::Selection::Only(words.to_vec()).of(names, width, &first.name)?,
    };
    let name = |j: usize| names.map_or_else(|| format!("column {}", j + 1), |names| names[j].clone());
    let mut columns: Vec<Vec<(String, Column)>> = vec![Vec::with_capacity(width); cells.len()];
    for j in 0..width {
        let is_category = forced.contains(&j) || has_words(cells, j)?;
        for (file, columns) in cells.iter().zip(&mut columns) {
            columns.push((name(j), if is_category { file.words(j) } else { file.numbers(j)? }));
        }
    }
    let made = columns.into_iter().zip(cells);
    made.map(|(columns, file)| Frame::new(columns).map_err(|_| broken(&file.name, "the file has no rows"))).collect()
}

/// Whether a column of all files holds words; an error where it holds words among mostly numbers.
fn has_words(cells: &[Cells], column: usize) -> Result<bool> {
    let counts: Vec<Count> = cells.iter().map(|file| file.count(column)).collect();
    let (numbers, words) = counts.iter().fold((0, 0), |sum, count| (sum.0 + count.numbers, sum.1 + count.words));
    let first = cells.iter().zip(&counts).find_map(|(file, count)| Some((file, count.first?)));
    match first {
        Some((file, row)) if numbers >= words => {
            let Place { line, column: place, .. } = file.place(row, column);
            let others = format!("a number, since {numbers} of the {} cells of the column are", numbers + words);
            let at = (line.unwrap_or_default(), place.unwrap_or_default());
            Err(unexpected(&file.name, &file.word(row, column), &others, at))
        }
        first => Ok(first.is_some()),
    }
}
