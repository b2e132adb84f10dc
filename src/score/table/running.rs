//! The columns of a table whose rows are seen block by block and never held.

#[cfg(feature = "serde")]
use super::super::running::sound;
use super::super::running::{RowNumbers, Sketch, Version, binned, checked_when_read, ks, same, w1};
use super::super::{Permutations, Scale};
use super::column::{ColumnScores, relative, too_few};
use super::encode::{Encoded, Encoding};
use super::holm::corrected;
use super::levels::{Counts, Levels};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::{Column, ColumnKind, Frame, MISSING_CATEGORY, NO, YES, name_of_missing};
use rayon::prelude::*;
use std::collections::BTreeMap;

/// Values that a level of the sketch of a column holds.
const VALUES: usize = 4096;
/// Different categories that a column may have.
const MOST: usize = 1_000_000;
/// Sums of squares below it have lost their digits.
const LEAST: f64 = 1e-280;

/// What is known of every column of a table: of numbers a quantile sketch, their mean and their deviation, of
/// categories the rows of each, and of both the missing cells.
///
/// It is [`Running`](crate::score::running::Running) for tables: parts of a table are pushed into states of their own
/// and merged. Categories and missing cells are counted exactly, so their scores have the bits of those of
/// [`columns`](super::columns()). `ks`, `w1` and `jsd` of numbers are those of
/// [`ColumnSketches`](crate::score::running::ColumnSketches), with the rank errors of the sketches in their intervals;
/// up to 4095 numbers nothing is forgotten. Merging two halves and pushing both gives the same counts, deviations
/// within 1e-12 where columns are not far from zero, and sketches each within its stated error.
///
/// At most `4096 (2 + log₂(n/4096))` numbers a column of numbers, and a text and a number a category, of which there
/// may be a million.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// use fenchel::score::{Permutations, table::RunningTable};
/// let part = |city: [Option<&str>; 3], age: [f64; 3]| {
///     let age = Column::numbers(age.map(Some))?;
///     Frame::new(vec![("city".to_owned(), Column::categories(city)), ("age".to_owned(), age)])
/// };
/// let first = part([Some("Riga"), Some("Oslo"), None], [31.0, 58.0, 40.0])?;
/// let second = part([Some("Riga"), Some("Riga"), Some("Bonn")], [22.0, 35.0, 61.0])?;
/// let mut real = RunningTable::like(&first)?;
/// real.push(&first)?;
/// let mut other = RunningTable::like(&first)?.starting_at(real.rows());
/// other.push(&second)?;
/// real.merge(&other)?;
/// let found = real.columns(&real, Permutations::none())?;
/// assert_eq!(found[0].missing_shares, (1.0 / 6.0, 1.0 / 6.0));
/// assert_eq!(found[1].score("ks").unwrap().value, 0.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct RunningTable {
    version: Version,
    rows: RowNumbers,
    names: Vec<String>,
    columns: Vec<Seen>,
}

/// One column.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
enum Seen {
    Numbers { sketch: Sketch, spread: Spread, missing: u64 },
    Categories { counts: BTreeMap<String, u64>, missing: u64 },
}

/// The mean and the sum of squares about it, joined by the formula of Chan, Golub and LeVeque
/// (doi:10.1080/00031305.1983.10483115).
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Spread {
    count: u64,
    /// The first number; the mean is counted from it, so that columns far from zero keep their digits.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    origin: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    mean: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    squares: f64,
}

impl Spread {
    fn push(&mut self, x: f64) {
        if self.count == 0 {
            self.origin = x;
        }
        self.count += 1;
        let x = x - self.origin;
        let before = x - self.mean;
        self.mean += before / self.count as f64;
        self.squares += before * (x - self.mean);
    }

    fn merge(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                self.clone_from(other);
            }
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let apart = (other.origin - self.origin) + (other.mean - self.mean);
        self.mean += apart * m / (n + m);
        self.squares += other.squares + apart * apart * n * m / (n + m);
        self.count += other.count;
    }

    /// The standard deviation, where squares can tell it.
    fn deviation(&self, what: impl Into<String>) -> Result<f64> {
        let is_constant = self.squares.abs() <= 0.0 && self.mean.abs() <= 0.0;
        if is_constant || (LEAST..f64::INFINITY).contains(&self.squares) {
            return Ok((self.squares / self.count as f64).sqrt());
        }
        Err(Error::unsupported(what, "squares of its numbers overflow or underflow; rescale it"))
    }
}

impl Seen {
    fn of(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Number => Self::Numbers { sketch: Sketch::new(VALUES), spread: Spread::default(), missing: 0 },
            ColumnKind::Category => Self::Categories { counts: BTreeMap::new(), missing: 0 },
        }
    }

    fn kind(&self) -> ColumnKind {
        match self {
            Self::Numbers { .. } => ColumnKind::Number,
            Self::Categories { .. } => ColumnKind::Category,
        }
    }

    fn missing(&self) -> u64 {
        match self {
            Self::Numbers { missing, .. } | Self::Categories { missing, .. } => *missing,
        }
    }

    fn push(&mut self, column: &Column) {
        match self {
            Self::Numbers { sketch, spread, missing } => {
                *missing += column.missing() as u64;
                for value in column.values().unwrap_or_default().iter().filter(|value| !value.is_nan()) {
                    sketch.extend([*value]);
                    spread.push(*value);
                }
            }
            Self::Categories { counts, missing } => {
                *missing += column.missing() as u64;
                let mut rows = vec![0; column.levels().len()];
                (0..column.len()).filter_map(|row| column.code(row)).for_each(|code| rows[code] += 1);
                add(counts, column.levels().iter().zip(&rows));
            }
        }
    }

    fn merge(&mut self, other: &Self) {
        match (self, other) {
            (
                Self::Numbers { sketch, spread, missing },
                Self::Numbers { sketch: other_sketch, spread: other_spread, missing: other_missing },
            ) => {
                sketch.merge(other_sketch);
                spread.merge(other_spread);
                *missing += other_missing;
            }
            (
                Self::Categories { counts, missing },
                Self::Categories { counts: other_counts, missing: other_missing },
            ) => {
                add(counts, other_counts.iter());
                *missing += other_missing;
            }
            _ => unreachable!("columns of one kind"),
        }
    }

    fn counts(&self) -> Counts<'_> {
        match self {
            Self::Categories { counts, .. } => counts.iter().map(|(level, rows)| (&**level, *rows)).collect(),
            Self::Numbers { .. } => Counts::new(),
        }
    }
}

fn add<'c>(counts: &mut BTreeMap<String, u64>, others: impl Iterator<Item = (&'c String, &'c u64)>) {
    for (level, rows) in others {
        match counts.get_mut(level) {
            Some(count) => *count += rows,
            None => {
                counts.insert(level.clone(), *rows);
            }
        }
    }
}

checked_when_read!(RunningTable);

impl RunningTable {
    /// No rows yet, of columns with the names and the kinds of this table.
    ///
    /// # Errors
    /// No columns.
    pub fn like(table: &Frame) -> Result<Self> {
        Ok(Self {
            version: Version,
            rows: RowNumbers::new(table.columns().len())?,
            names: table.names().to_vec(),
            columns: table.columns().iter().map(|column| Seen::of(column.kind())).collect(),
        })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let rows = self.rows();
        sound(self.names.len() == self.columns.len() && self.rows.columns() == self.columns.len(), "a name a column")?;
        let counted = |column: &Seen| match column {
            Seen::Numbers { sketch, spread, missing } => {
                sketch.capacity() == VALUES
                    && sketch.count() == spread.count
                    && spread.count.checked_add(*missing) == Some(rows)
                    && spread.origin.is_finite()
                    && (spread.squares >= 0.0 || spread.squares.is_nan())
            }
            Seen::Categories { counts, missing } => {
                let all = counts.values().try_fold(*missing, |sum, rows| sum.checked_add(*rows));
                all == Some(rows) && counts.len() <= MOST && counts.values().all(|rows| *rows > 0)
            }
        };
        sound(self.columns.iter().all(counted), "the cells of the columns")
    }

    /// The state with its next row at this number; 0 where nothing is said.
    #[must_use]
    pub fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    /// How many rows were seen.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows.count()
    }

    /// The names of the columns.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Missing cells of each column.
    #[must_use]
    pub fn missing(&self) -> Vec<u64> {
        self.columns.iter().map(Seen::missing).collect()
    }

    /// Takes the rows of a part of the table.
    ///
    /// # Errors
    /// Other columns; row numbers that were seen before; more than a million categories of a column. The state stays as
    /// it was.
    pub fn push(&mut self, part: &Frame) -> Result<()> {
        let kinds: Vec<ColumnKind> = part.columns().iter().map(Column::kind).collect();
        self.alike(part.names(), &kinds)?;
        for (k, column) in part.columns().iter().enumerate() {
            self.room_for(k, column.levels().iter())?;
        }
        self.rows.advance(part.rows())?;
        self.columns.par_iter_mut().zip(part.columns()).for_each(|(seen, column)| seen.push(column));
        Ok(())
    }

    /// Takes what another state has seen of the same table. The next row comes after the rows of both.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn merge(&mut self, other: &Self) -> Result<()> {
        self.like_state(other)?;
        for (k, column) in other.columns.iter().enumerate() {
            if let Seen::Categories { counts, .. } = column {
                self.room_for(k, counts.keys())?;
            }
        }
        self.rows.join(&other.rows)?;
        self.columns.iter_mut().zip(&other.columns).for_each(|(seen, other)| seen.merge(other));
        Ok(())
    }

    fn like_state(&self, other: &Self) -> Result<()> {
        let kinds: Vec<ColumnKind> = other.columns.iter().map(Seen::kind).collect();
        self.alike(&other.names, &kinds)
    }

    fn alike(&self, names: &[String], kinds: &[ColumnKind]) -> Result<()> {
        if self.names.len() != names.len() {
            return Err(Error::size_mismatch(("state", self.names.len()), ("table", names.len()), "columns"));
        }
        for ((mine, seen), (name, kind)) in self.names.iter().zip(&self.columns).zip(names.iter().zip(kinds)) {
            same("names of a column", mine, name)?;
            same(&format!("kinds of the column `{name}`"), seen.kind().name(), kind.name())?;
        }
        Ok(())
    }

    /// That a column does not come to have too many categories.
    fn room_for<'l>(&self, column: usize, levels: impl Iterator<Item = &'l String>) -> Result<()> {
        let Seen::Categories { counts, .. } = &self.columns[column] else { return Ok(()) };
        if counts.len() + levels.filter(|level| !counts.contains_key(*level)).count() <= MOST {
            return Ok(());
        }
        Err(Error::too_many(format!("column `{}`", self.names[column]), MOST as u64, "categories"))
    }

    /// Makes what is missing a category of its own in tables of the same columns, as [`Frame::mark_missing`] does. The
    /// places of the columns for which it was done are returned, for [`Frame::mark_missing_at`]; no rows can be pushed
    /// afterwards but those of tables in which it was done.
    ///
    /// ```
    /// use fenchel::measure::{Column, Frame};
    /// use fenchel::score::table::RunningTable;
    /// let part = Frame::new(vec![("age".to_owned(), Column::numbers([Some(31.0), None, Some(5.0)])?)])?;
    /// let mut state = RunningTable::like(&part)?;
    /// state.push(&part)?;
    /// let mut states = [state];
    /// assert_eq!(RunningTable::mark_missing(&mut states), [0]);
    /// assert_eq!(states[0].names(), ["age", "age missing"]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn mark_missing(tables: &mut [Self]) -> Vec<usize> {
        let width = tables.iter().map(|table| table.columns.len()).min().unwrap_or(0);
        let places: Vec<usize> =
            (0..width).filter(|&j| tables.iter().any(|table| table.columns[j].missing() > 0)).collect();
        for table in tables {
            for &j in &places {
                table.mark(j);
            }
            table.rows = table.rows.clone().with_columns(table.columns.len());
        }
        places
    }

    fn mark(&mut self, j: usize) {
        let rows = self.rows();
        match &mut self.columns[j] {
            Seen::Categories { counts, missing } => {
                let nothing = std::mem::take(missing);
                if nothing > 0 {
                    *counts.entry(MISSING_CATEGORY.to_owned()).or_default() += nothing;
                }
            }
            Seen::Numbers { missing, .. } => {
                let said = [(YES, *missing), (NO, rows - *missing)];
                let counts = said.into_iter().filter(|(_, rows)| *rows > 0);
                let counts = counts.map(|(says, rows)| (says.to_owned(), rows)).collect();
                self.names.push(name_of_missing(&self.names[j]));
                self.columns.push(Seen::Categories { counts, missing: 0 });
            }
        }
    }

    /// Compares the tables column by column; the real one is `self`. As [`columns`](super::columns()), but for `ks`,
    /// `w1` and `jsd` of numbers, whose intervals have in them what the sketches forgot, and whose p-values are by
    /// Kolmogorov's limit.
    ///
    /// # Errors
    /// Other columns; no rows; too many relabellings.
    pub fn columns(&self, generated: &Self, test: Permutations) -> Result<Vec<ColumnScores>> {
        self.like_state(generated)?;
        test.validate()?;
        let sizes = (self.rows() as usize, generated.rows() as usize);
        if sizes.0.min(sizes.1) == 0 {
            return Err(Error::too_few("a table", 0, 1, "rows"));
        }
        let pairs = self.names.par_iter().zip(self.columns.par_iter().zip(&generated.columns));
        let found = pairs.map(|(name, (real, generated))| {
            let cells = ((real.missing() as usize, sizes.0), (generated.missing() as usize, sizes.1));
            match (real, generated) {
                (Seen::Numbers { sketch: x, spread, .. }, Seen::Numbers { sketch: y, .. }) => {
                    ColumnScores::of_scores(name, of_numbers((x, spread), y), cells)
                }
                _ => ColumnScores::of_counts(name, (&real.counts(), &generated.counts()), cells, test),
            }
        });
        Ok(corrected(found.collect()))
    }

    /// How the rows of these tables become points, the real one being `self`: as [`Encoding::of`] the tables
    /// themselves.
    ///
    /// # Errors
    /// Other columns; numbers whose squares overflow or underflow.
    pub fn encoding(&self, generated: &Self) -> Result<Encoding> {
        self.like_state(generated)?;
        let columns = self.columns.iter().zip(&generated.columns).zip(&self.names).map(|((real, generated), name)| {
            Ok(match real {
                Seen::Numbers { spread, .. } if spread.count == 0 => Encoded::Number(None),
                Seen::Numbers { spread, .. } => {
                    let deviation = spread.deviation(format!("column `{name}` in standard deviations"))?;
                    Encoded::Number(Some(Scale::of_column(spread.origin, spread.mean, deviation)))
                }
                Seen::Categories { .. } => Encoded::Category(Levels::of_counts(&[real.counts(), generated.counts()])),
            })
        });
        Ok(Encoding::new(self.names.clone(), columns.collect::<Result<_>>()?))
    }
}

/// The scores of a column of numbers, the real one with its spread.
fn of_numbers((x, spread): (&Sketch, &Spread), y: &Sketch) -> Vec<(&'static str, Result<Estimate>)> {
    let sizes = (x.count() as usize, y.count() as usize, 1);
    if let Some(error) = too_few(sizes.0, sizes.1) {
        return ["ks", "w1", "w1_relative", "jsd"].map(|name| (name, Err(error.clone()))).into();
    }
    let (real, generated) = (Sketch::law_of(&[x]), Sketch::law_of(&[y]));
    let w1 = w1(&real, &generated, sizes);
    let of_deviation = w1.clone().and_then(|w1| relative(w1, spread.deviation("w1_relative")?));
    vec![
        ("ks", Ok(ks(&real, &generated, sizes))),
        ("w1", w1),
        ("w1_relative", of_deviation),
        ("jsd", binned(&real, &generated, sizes)),
    ]
}
