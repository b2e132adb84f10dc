//! The files of a comparison: as points for the scores of rows, and as tables for those of columns.

use crate::input::{self, File, Tables};
use crate::warning::warn;
use anyhow::{Result, anyhow};
use clap::{Args, ValueEnum};
use fenchel::Error;
use fenchel::io::Cells;
use fenchel::measure::{ColumnKind, Empirical, Frame};
use fenchel::score::Scale;
use fenchel::score::table::Encoding;

/// How columns are read.
#[derive(Args)]
pub struct Columns {
    /// Columns that hold categories whatever is in them, such as codes that are digits: names or numbers, counted from 1, separated by commas
    /// [default: the columns with words]
    #[arg(long, value_name = "COLS", value_delimiter = ',')]
    pub categories: Vec<String>,
    /// What becomes of missing cells (empty, NA, NaN, null): an error; rows with one are dropped; or missing is a category of its own
    #[arg(long, value_name = "WHAT", default_value = "error")]
    missing: Missing,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Missing {
    /// An error that says where
    Error,
    /// Rows with a missing cell are left out, and counted
    Drop,
    /// A category, and for a column of numbers a further column that says yes or no
    Category,
}

/// The samples of all files, the real one first.
pub struct Samples {
    /// The rows as points.
    pub points: Vec<Empirical>,
    /// The names of the columns; none where no file has any.
    pub names: Vec<String>,
    /// The columns.
    pub frames: Vec<Frame>,
    /// The columns as they were before rows were dropped.
    pub whole: Option<Vec<Frame>>,
    /// What the points are, where there are categories.
    pub encoding: Option<String>,
}

/// Names of columns that are shown of each kind.
const SHOWN: usize = 8;

impl Columns {
    /// Whether something was asked that only tables have.
    pub fn is_asked(&self) -> bool {
        !self.categories.is_empty() || self.missing != Missing::Error
    }

    /// Whether missing is a category of its own.
    pub fn marks_missing(&self) -> bool {
        self.missing == Missing::Category
    }

    /// Rows of a file whose columns hold what those of another table hold; none where all were dropped.
    pub fn part(&self, cells: &Cells, model: &Frame, gone: &mut Gone) -> Result<Option<Frame>> {
        let part = cells.like(model).map_err(|error| with_advice(error.into()))?;
        match (self.missing, part.first_missing()) {
            (Missing::Error, Some((row, column))) => Err(no_missing(&cells.is_missing(row, column))),
            (Missing::Drop, _) => {
                gone.count(&part);
                let rest = part.complete().ok();
                gone.rows += part.rows() - rest.as_ref().map_or(0, Frame::rows);
                Ok(rest)
            }
            _ => Ok(Some(part)),
        }
    }

    /// The files, with missing cells treated as was asked.
    pub fn read(&self, files: &[&File], scale: bool) -> Result<Samples> {
        let tables = Tables::read(files, &self.categories).map_err(with_advice)?;
        let missing = tables.missing();
        let Tables { mut frames, names, .. } = tables;
        let mut whole = None;
        if let Some(missing) = missing {
            match self.missing {
                Missing::Error => return Err(no_missing(&missing)),
                Missing::Drop => {
                    let rest = dropped(&frames, files)?;
                    whole = Some(std::mem::replace(&mut frames, rest));
                }
                Missing::Category => Frame::mark_missing(&mut frames),
            }
        }
        warn_of_labels(&frames[0]);
        let (points, encoding) = points(&frames, files)?;
        input::check(&points, files)?;
        let points = if scale && encoding.is_none() { scaled(points, files)? } else { points };
        Ok(Samples { points, names, frames, whole, encoding })
    }
}

/// What was dropped of a file that is read block by block.
pub struct Gone {
    /// Rows that were read, and of these dropped; missing cells of each column.
    all: usize,
    rows: usize,
    missing: Vec<usize>,
}

impl Gone {
    pub fn new(columns: usize) -> Self {
        Self { all: 0, rows: 0, missing: vec![0; columns] }
    }

    fn count(&mut self, part: &Frame) {
        self.all += part.rows();
        self.missing.iter_mut().zip(part.columns()).for_each(|(sum, column)| *sum += column.missing());
    }

    /// Missing cells of a column and all of them, where rows may have been dropped.
    pub fn cells(&self, column: usize) -> Option<(usize, usize)> {
        Some((*self.missing.get(column)?, self.all)).filter(|_| self.all > 0)
    }

    pub fn say(&self, file: &File) {
        warn_of_dropped(file, self.rows, self.all);
    }
}

fn warn_of_dropped(file: &File, gone: usize, rows: usize) {
    if gone > 0 {
        warn(format!("{file}: {gone} of {rows} rows have a missing cell and were dropped"));
    }
}

/// A word among numbers may be a category.
pub fn with_advice(error: anyhow::Error) -> anyhow::Error {
    if error.to_string().contains(", expected a number, since ") {
        return anyhow!("{error}; if the column holds categories, say so with --categories");
    }
    error
}

fn no_missing(missing: &Error) -> anyhow::Error {
    anyhow!(
        "{missing}; --missing drop leaves out such rows, and --missing category makes missing a category of its own"
    )
}

/// Words that hardly repeat are names of rows, and no categories.
fn warn_of_labels(real: &Frame) {
    const FEW: usize = 50;
    for (name, column) in real.names().iter().zip(real.columns()) {
        let (levels, rows) = (column.levels().len(), column.len());
        if levels > FEW && levels > rows / 2 {
            warn(format!(
                "column `{name}` has {levels} different words in {rows} rows: if it names the rows, leave it out with --drop"
            ));
        }
    }
}

fn dropped(frames: &[Frame], files: &[&File]) -> Result<Vec<Frame>> {
    let rest = |(frame, file): (&Frame, &&File)| -> Result<Frame> {
        let rest = frame.complete().map_err(|error| error.context(file.to_string()))?;
        let gone = frame.rows() - rest.rows();
        warn_of_dropped(file, gone, frame.rows());
        Ok(rest)
    };
    frames.iter().zip(files).map(rest).collect()
}

/// The rows as points, and how, where they have to be encoded.
fn points(frames: &[Frame], files: &[&File]) -> Result<(Vec<Empirical>, Option<String>)> {
    let about = |error: fenchel::Error, file: &File| error.context(file.to_string());
    if frames.iter().all(Frame::is_points) {
        let points = frames.iter().zip(files).map(|(frame, file)| frame.points().map_err(|error| about(error, file)));
        return Ok((points.collect::<fenchel::Result<_>>()?, None));
    }
    let encoding = Encoding::of(&frames[0], &frames[1..].iter().collect::<Vec<_>>());
    let points =
        frames.iter().zip(files).map(|(frame, file)| encoding.apply(frame).map_err(|error| about(error, file)));
    Ok((points.collect::<fenchel::Result<_>>()?, Some(encoding.to_string())))
}

/// Every sample in standard deviations of the first.
fn scaled(samples: Vec<Empirical>, files: &[&File]) -> Result<Vec<Empirical>> {
    let scale = Scale::of(&samples[0]);
    let scaled = samples.iter().zip(files).map(|(sample, file)| {
        scale.apply(sample).map_err(|error| error.context(format!("{file}, standardised by {}", files[0])))
    });
    Ok(scaled.collect::<fenchel::Result<_>>()?)
}

impl Samples {
    /// Whether the columns are worth a comparison of their own without being asked for: they have names, or are not all numbers.
    pub fn is_table(&self) -> bool {
        const MOST: usize = 64;
        self.encoding.is_some() || (!self.names.is_empty() && self.frames[0].columns().len() <= MOST)
    }

    /// Which columns are what, in words; nothing where all are numbers.
    pub fn kinds(&self) -> String {
        let Some(encoding) = &self.encoding else { return String::new() };
        let frame = &self.frames[0];
        let of = |kind: ColumnKind| {
            let columns = frame.names().iter().zip(frame.columns()).filter(|(_, column)| column.kind() == kind);
            let names: Vec<&str> = columns.map(|(name, _)| name.as_str()).collect();
            let more = if names.len() > SHOWN { ", ..." } else { "" };
            let shown = names.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ");
            (!names.is_empty()).then(|| format!("{} {} ({shown}{more})", names.len(), plural(kind, names.len())))
        };
        let kinds: Vec<String> = [ColumnKind::Number, ColumnKind::Category].into_iter().filter_map(of).collect();
        format!("{}\n{encoding}\n", kinds.join(", "))
    }
}

fn plural(kind: ColumnKind, count: usize) -> &'static str {
    match (kind, count) {
        (ColumnKind::Number, 1) => "column of numbers",
        (ColumnKind::Number, _) => "columns of numbers",
        (ColumnKind::Category, 1) => "column of categories",
        (ColumnKind::Category, _) => "columns of categories",
    }
}
