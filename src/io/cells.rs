//! Cells that are numbers or words, and what the columns hold that they make up.

use super::field::{is_missing, is_missing_number};
use super::fields::Fields;
use super::folder::alike;
use super::limits::Room;
use super::text::unexpected;
use super::{Note, Table, broken};
use crate::error::{Error, Place, Result, quoted};
use crate::measure::{Column, ColumnKind, Frame};
use ndarray::Axis;
use std::borrow::Cow;

/// The cells of a file as they stand there, and those that are numbers also as numbers.
#[derive(Debug, Clone)]
pub struct Cells {
    name: String,
    /// The number of the first row in the file.
    first: u64,
    /// NaN where a cell is no number.
    table: Table,
    /// None of a file that holds numbers only.
    fields: Option<Fields>,
    /// Columns of the file, and which of them are kept.
    width: usize,
    kept: Vec<usize>,
    /// Where rows of other files follow, and their names.
    others: Vec<(usize, String)>,
}

impl Cells {
    /// Rows of a file from this number on: the cells as numbers and as they stand there, the columns of the file, and those that are kept.
    pub(super) fn new(
        name: &str,
        first: u64,
        (table, fields): (Table, Option<Fields>),
        (width, kept): (usize, Vec<usize>),
    ) -> Self {
        Self { name: name.to_owned(), first, table, fields, width, kept, others: Vec::new() }
    }

    /// Takes the rows of another file of the same columns after its own.
    pub(super) fn append(&mut self, other: Self) -> Result<()> {
        let of = |cells: &Self| cells.dim().1;
        alike((&self.name, of(self), self.columns()), (&other.name, of(&other), other.columns()))?;
        if (self.width, &self.kept) != (other.width, &other.kept) || self.fields.is_some() != other.fields.is_some() {
            let why = format!("its columns stand at other places than those of {}", self.name);
            return Err(broken(&other.name, why));
        }
        let rows = self.dim().0;
        Room::plain().check_shape(&[rows + other.dim().0, of(self)], &other.name)?;
        self.table.values.append(Axis(0), other.table.values.view()).expect("as many columns");
        if let (Some(fields), Some(more)) = (&mut self.fields, &other.fields) {
            fields.append(more);
        }
        self.others.push((rows, other.name));
        Ok(())
    }

    /// The file of a row, and the row in it.
    fn file_of(&self, row: usize) -> (&str, u64) {
        match self.others.iter().rfind(|(start, _)| *start <= row) {
            Some((start, name)) => (name, (row - start) as u64),
            None => (&self.name, self.first + row as u64),
        }
    }

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
        let (file, number) = self.file_of(row);
        let line = self.fields.as_ref().map_or(number + 1, |fields| fields.line(row));
        Place { file: file.to_owned(), line: Some(line), column: Some(self.kept[column] as u64 + 1) }
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

    /// The rows as a table whose columns hold what those of another table hold, which was made of earlier rows or of another file.
    ///
    /// # Errors
    /// Another number of columns; a word in a column of numbers.
    ///
    /// ```
    /// use fenchel::io::{Format, Reading, frames};
    /// let cells = |text: &str| Reading::new().format(Format::Text).sheet_from(text.as_bytes(), "stdin")?.cells();
    /// let model = &frames(&[cells("code,x\nab,1.5\n")?], &[])?[0];
    /// assert_eq!(cells("code,x\n07,2.5\n")?.like(model)?.columns()[0].levels(), ["07"]);
    /// assert!(cells("code,x\n07,many\n")?.like(model).is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn like(&self, model: &Frame) -> Result<Frame> {
        let width = model.columns().len();
        if self.dim().1 != width {
            return Err(Error::size_mismatch((&*self.name, self.dim().1), ("the table before", width), "columns"));
        }
        let columns = model.names().iter().zip(model.columns()).enumerate().map(|(j, (name, column))| {
            if column.kind() == ColumnKind::Category {
                return Ok((name.clone(), self.words(j)));
            }
            match self.count(j).first {
                Some(row) => Err(self.unexpected(row, j, "a number, since those of the first rows are")),
                None => Ok((name.clone(), self.numbers(j)?)),
            }
        });
        Frame::new(columns.collect::<Result<_>>()?)
    }

    fn unexpected(&self, row: usize, column: usize, expected: &str) -> Error {
        let Place { line, column: place, .. } = self.place(row, column);
        unexpected(
            self.file_of(row).0,
            &self.word(row, column),
            expected,
            (line.unwrap_or_default(), place.unwrap_or_default()),
        )
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
            let is_infinite = file.word(row, column).trim().parse().is_ok_and(f64::is_infinite);
            let kind = if is_infinite { "finite number" } else { "number" };
            let others = format!("a {kind}, since {numbers} of the {} cells of the column are", numbers + words);
            Err(file.unexpected(row, column, &others))
        }
        first => Ok(first.is_some()),
    }
}
