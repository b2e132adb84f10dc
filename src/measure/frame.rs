//! A table whose columns are numbers or categories, with cells that may be missing.

use super::Empirical;
use crate::error::{Error, Result};
use ndarray::{Array2, Axis};
use std::collections::BTreeMap;

/// What the cells of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Numbers, which have an order and a distance.
    Number,
    /// Words, which are equal or not.
    Category,
}

impl ColumnKind {
    /// The kind in a word.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Category => "category",
        }
    }
}

/// One column of a [`Frame`]: numbers or categories, any of which may be missing.
///
/// ```
/// use fenchel::measure::{Column, ColumnKind};
/// let age = Column::numbers([Some(31.0), None, Some(58.0)])?;
/// let city = Column::categories([Some("Riga"), Some("Oslo"), None]);
/// assert_eq!((age.kind(), age.missing()), (ColumnKind::Number, 1));
/// assert_eq!(city.levels(), ["Oslo", "Riga"]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Column(Content);

/// A missing number is NaN, and the code of a missing category is past all levels.
#[derive(Debug, Clone, PartialEq)]
enum Content {
    Numbers(Vec<f64>),
    Categories { levels: Vec<String>, codes: Vec<u32> },
}

/// The code of a missing category.
const MISSING: u32 = u32::MAX;

impl Column {
    /// A column of numbers; NaN counts as missing.
    ///
    /// # Errors
    /// An infinity.
    pub fn numbers(cells: impl IntoIterator<Item = Option<f64>>) -> Result<Self> {
        let values: Vec<f64> = cells.into_iter().map(|cell| cell.unwrap_or(f64::NAN)).collect();
        match values.iter().position(|value| value.is_infinite()) {
            Some(at) => Err(Error::not_finite("a column of numbers", at, values[at])),
            None => Ok(Self(Content::Numbers(values))),
        }
    }

    /// A column of categories. Its levels are the different words, in the order of their bytes.
    pub fn categories<W: AsRef<str>>(cells: impl IntoIterator<Item = Option<W>>) -> Self {
        let mut known: BTreeMap<String, u32> = BTreeMap::new();
        let mut first: Vec<u32> = Vec::new();
        for cell in cells {
            first.push(match &cell {
                None => MISSING,
                Some(word) => match known.get(word.as_ref()) {
                    Some(&code) => code,
                    None => {
                        let code = known.len() as u32;
                        known.insert(word.as_ref().to_owned(), code);
                        code
                    }
                },
            });
        }
        let mut place = vec![0; known.len()];
        known.values().zip(0..).for_each(|(&code, sorted)| place[code as usize] = sorted);
        let codes = first.into_iter().map(|code| if code == MISSING { MISSING } else { place[code as usize] });
        Self(Content::Categories { codes: codes.collect(), levels: known.into_keys().collect() })
    }

    /// What its cells are.
    #[must_use]
    pub fn kind(&self) -> ColumnKind {
        match self.0 {
            Content::Numbers(_) => ColumnKind::Number,
            Content::Categories { .. } => ColumnKind::Category,
        }
    }

    /// How many cells there are, missing ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        match &self.0 {
            Content::Numbers(values) => values.len(),
            Content::Categories { codes, .. } => codes.len(),
        }
    }

    /// Whether there are no cells.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a cell is missing.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn is_missing(&self, row: usize) -> bool {
        match &self.0 {
            Content::Numbers(values) => values[row].is_nan(),
            Content::Categories { codes, .. } => codes[row] == MISSING,
        }
    }

    /// How many cells are missing.
    #[must_use]
    pub fn missing(&self) -> usize {
        (0..self.len()).filter(|&row| self.is_missing(row)).count()
    }

    /// The numbers, NaN where one is missing; none of a column of categories.
    #[must_use]
    pub fn values(&self) -> Option<&[f64]> {
        match &self.0 {
            Content::Numbers(values) => Some(values),
            Content::Categories { .. } => None,
        }
    }

    /// The different categories, ascending; none of a column of numbers.
    #[must_use]
    pub fn levels(&self) -> &[String] {
        match &self.0 {
            Content::Numbers(_) => &[],
            Content::Categories { levels, .. } => levels,
        }
    }

    /// The category of a cell; none where it is missing or a number.
    ///
    /// # Panics
    /// If there is no such row.
    #[must_use]
    pub fn category(&self, row: usize) -> Option<&str> {
        self.code(row).map(|code| &*self.levels()[code])
    }

    /// The place of a cell among the levels.
    pub(crate) fn code(&self, row: usize) -> Option<usize> {
        match &self.0 {
            Content::Categories { codes, .. } if codes[row] != MISSING => Some(codes[row] as usize),
            _ => None,
        }
    }

    /// These rows of it.
    fn select(&self, rows: &[usize]) -> Self {
        match &self.0 {
            Content::Numbers(values) => Self(Content::Numbers(rows.iter().map(|&row| values[row]).collect())),
            Content::Categories { .. } => Self::categories(rows.iter().map(|&row| self.category(row))),
        }
    }
}

/// A table of named columns of one length, each of numbers or of categories, with cells that may be missing.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// let frame = Frame::new(vec![
///     ("age".to_owned(), Column::numbers([Some(31.0), None])?),
///     ("city".to_owned(), Column::categories([Some("Riga"), Some("Oslo")])),
/// ])?;
/// assert_eq!((frame.rows(), frame.names().len()), (2, 2));
/// assert_eq!(frame.complete()?.rows(), 1);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    names: Vec<String>,
    columns: Vec<Column>,
}

/// The category that stands for a missing cell.
pub(crate) const MISSING_CATEGORY: &str = "(missing)";
/// What the column says that is made of the missing cells of another one.
pub(crate) const YES: &str = "yes";
pub(crate) const NO: &str = "no";

/// The name of the column that is made of the missing cells of this one.
pub(crate) fn name_of_missing(column: &str) -> String {
    format!("{column} missing")
}

impl Frame {
    /// The table of these columns.
    ///
    /// # Errors
    /// No columns, no rows, columns of different lengths.
    pub fn new(columns: Vec<(String, Column)>) -> Result<Self> {
        let (names, columns): (Vec<String>, Vec<Column>) = columns.into_iter().unzip();
        let Some(first) = columns.first() else {
            return Err(Error::too_few("a table", 0, 1, "columns"));
        };
        if first.is_empty() {
            return Err(Error::too_few("a table", 0, 1, "rows"));
        }
        match columns.iter().position(|column| column.len() != first.len()) {
            Some(j) => Err(Error::size_mismatch(
                (format!("column `{}`", names[0]), first.len()),
                (format!("column `{}`", names[j]), columns[j].len()),
                "rows",
            )),
            None => Ok(Self { names, columns }),
        }
    }

    /// The points of a sample as a table of numbers; columns beyond the names are called by their number, counted from 1.
    #[must_use]
    pub fn of_points(points: &Empirical, names: &[String]) -> Self {
        let points = points.points();
        let columns = points.columns().into_iter().map(|column| Column(Content::Numbers(column.to_vec())));
        let name = |j: usize| names.get(j).cloned().unwrap_or_else(|| format!("column {}", j + 1));
        Self { names: (0..points.ncols()).map(name).collect(), columns: columns.collect() }
    }

    /// How many rows there are.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.columns[0].len()
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether all columns are numbers and no cell is missing: whether the rows are points.
    #[must_use]
    pub fn is_points(&self) -> bool {
        self.columns.iter().all(|column| column.kind() == ColumnKind::Number && column.missing() == 0)
    }

    /// The rows as points, where all columns are numbers and no cell is missing.
    ///
    /// # Errors
    /// A column of categories; a missing cell.
    pub fn points(&self) -> Result<Empirical> {
        let mut points = Array2::zeros((self.rows(), self.columns.len()));
        for ((mut to, column), name) in points.axis_iter_mut(Axis(1)).zip(&self.columns).zip(&self.names) {
            let Some(values) = column.values() else {
                return Err(Error::unsupported(format!("column `{name}` as a coordinate"), "it holds categories"));
            };
            to.iter_mut().zip(values).for_each(|(to, value)| *to = *value);
        }
        Empirical::new(points)
    }

    /// The first missing cell, as row and column.
    #[must_use]
    pub fn first_missing(&self) -> Option<(usize, usize)> {
        let of_column =
            |(j, column): (usize, &Column)| (0..column.len()).find(|&row| column.is_missing(row)).map(|row| (row, j));
        self.columns.iter().enumerate().filter_map(of_column).min()
    }

    /// The rows in which nothing is missing.
    ///
    /// # Errors
    /// There are none.
    pub fn complete(&self) -> Result<Self> {
        let whole = |row: &usize| !self.columns.iter().any(|column| column.is_missing(*row));
        let rows: Vec<usize> = (0..self.rows()).filter(whole).collect();
        if rows.is_empty() {
            return Err(Error::too_few("a table", 0, 1, "rows in which nothing is missing"));
        }
        let columns = self.columns.iter().map(|column| column.select(&rows)).collect();
        Ok(Self { names: self.names.clone(), columns })
    }

    /// Makes what is missing a category of its own, in tables of the same columns: `(missing)` in a column of categories, and for a column of numbers with
    /// a missing cell in any of the tables a further column that says `yes` or `no`. The numbers stay missing.
    ///
    /// ```
    /// use fenchel::measure::{Column, Frame};
    /// let mut frames = [Frame::new(vec![
    ///     ("age".to_owned(), Column::numbers([Some(31.0), None])?),
    ///     ("city".to_owned(), Column::categories([None, Some("Oslo")])),
    /// ])?];
    /// Frame::mark_missing(&mut frames);
    /// assert_eq!(frames[0].names(), ["age", "city", "age missing"]);
    /// assert_eq!(frames[0].columns()[1].category(0), Some("(missing)"));
    /// assert_eq!(frames[0].columns()[2].category(1), Some("yes"));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn mark_missing(frames: &mut [Self]) {
        let width = frames.iter().map(|frame| frame.columns.len()).min().unwrap_or(0);
        for j in 0..width {
            if !frames.iter().any(|frame| frame.columns[j].missing() > 0) {
                continue;
            }
            frames.iter_mut().for_each(|frame| frame.mark_missing_at(&[j]));
        }
    }

    /// The same for the columns at these places, whether or not a cell is missing here: for a part of a table, where cells of another part are.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn mark_missing_at(&mut self, places: &[usize]) {
        for &j in places {
            let (column, rows) = (&self.columns[j], 0..self.rows());
            if column.kind() == ColumnKind::Category {
                self.columns[j] = Column::categories(rows.map(|row| column.category(row).or(Some(MISSING_CATEGORY))));
            } else {
                let says = rows.map(|row| Some(if column.is_missing(row) { YES } else { NO }));
                self.columns.push(Column::categories(says));
                self.names.push(name_of_missing(&self.names[j]));
            }
        }
    }

    /// That another table has columns of the same kinds, and as many.
    pub(crate) fn like(&self, other: &Self) -> Result<()> {
        if self.columns.len() != other.columns.len() {
            let (mine, theirs) = (self.columns.len(), other.columns.len());
            return Err(Error::size_mismatch(("real", mine), ("generated", theirs), "columns"));
        }
        let pairs = self.names.iter().zip(self.columns.iter().zip(&other.columns));
        match pairs.into_iter().find(|(_, (mine, theirs))| mine.kind() != theirs.kind()) {
            Some((name, (mine, theirs))) => Err(Error::unsupported(
                format!("a comparison of the columns `{name}`"),
                format!("one holds the kind {} and the other {}", mine.kind().name(), theirs.kind().name()),
            )),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_sorted_and_those_of_dropped_rows_are_gone() {
        let column = Column::categories([Some("b"), None, Some("a"), Some("b"), Some("c")]);
        assert_eq!(column.levels(), ["a", "b", "c"]);
        let words: Vec<Option<&str>> = (0..5).map(|row| column.category(row)).collect();
        assert_eq!(words, [Some("b"), None, Some("a"), Some("b"), Some("c")]);
        assert_eq!(column.select(&[0, 4]).levels(), ["b", "c"]);
        assert_eq!(column.missing(), 1);
    }

    #[test]
    fn what_is_no_table_is_refused() {
        assert!(Frame::new(vec![]).is_err());
        assert!(Frame::new(vec![("x".to_owned(), Column::numbers([]).unwrap())]).is_err());
        assert!(Column::numbers([Some(f64::INFINITY)]).is_err());
        let (x, y) = (Column::numbers([Some(1.0)]).unwrap(), Column::categories([Some("a"), None]));
        let message = Frame::new(vec![("x".to_owned(), x.clone()), ("y".to_owned(), y)]).unwrap_err().to_string();
        assert!(message.contains("`x`") && message.contains("`y`"), "{message}");
        let gone = Frame::new(vec![("x".to_owned(), Column::numbers([None]).unwrap())]).unwrap();
        assert_eq!(gone.first_missing(), Some((0, 0)));
        assert!(gone.complete().is_err() && gone.points().is_err());
        assert!(Frame::new(vec![("x".to_owned(), x)]).unwrap().is_points());
    }
}
