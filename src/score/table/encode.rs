//! Rows with categories as points, for the scores that see all columns at once.

use super::super::Scale;
use super::levels::{Levels, MOST_LEVELS};
use crate::error::Result;
use crate::measure::{ColumnKind, Empirical, Frame};
use ndarray::Array2;
use std::f64::consts::FRAC_1_SQRT_2;
use std::fmt;

/// How the rows of tables become points: numbers standardised by the real table, and a column of zeros and `1/√2` a
/// category.
///
/// Two rows that differ in one category are then at distance 1, as are two whose numbers differ by one standard
/// deviation of the real column. Beyond [`MOST_LEVELS`](super::MOST_LEVELS) categories of a column the rarest share
/// one. A missing number has the mean of the real column, and a missing category is zero throughout;
/// [`Frame::mark_missing`] makes either visible. `Display` says all of this of the tables at hand.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// use fenchel::score::table::Encoding;
/// let frame = |x: [f64; 2], city: [&str; 2]| {
///     let x = Column::numbers(x.map(Some))?;
///     Frame::new(vec![("x".to_owned(), x), ("city".to_owned(), Column::categories(city.map(Some)))])
/// };
/// let (real, generated) = (frame([1.0, 3.0], ["Oslo", "Riga"])?, frame([3.0, 3.0], ["Oslo", "Oslo"])?);
/// let encoding = Encoding::of(&real, &[&generated]);
/// let half = 0.5f64.sqrt();
/// assert_eq!(encoding.apply(&real)?.points(), ndarray::array![[-1.0, half, 0.0], [1.0, 0.0, half]]);
/// assert_eq!(encoding.apply(&generated)?.points(), ndarray::array![[1.0, half, 0.0], [1.0, half, 0.0]]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Encoding {
    columns: Vec<Encoded>,
    names: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Encoded {
    /// None where the real column has no number: it is left out.
    Number(Option<Scale>),
    Category(Levels),
}

impl Encoding {
    /// The encoding of tables with the same columns, the real one first.
    #[must_use]
    pub fn of(real: &Frame, generated: &[&Frame]) -> Self {
        let frames: Vec<&Frame> = [real].into_iter().chain(generated.iter().copied()).collect();
        let columns = real.columns().iter().enumerate().map(|(j, column)| match column.values() {
            Some(values) => {
                let present: Vec<f64> = values.iter().copied().filter(|value| !value.is_nan()).collect();
                let points = Array2::from_shape_vec((present.len(), 1), present).expect("one column");
                Encoded::Number(Empirical::new(points).ok().map(|points| Scale::of(&points)))
            }
            None => Encoded::Category(Levels::of(&frames, j)),
        });
        Self { columns: columns.collect(), names: real.names().to_vec() }
    }

    /// Of columns with these names.
    pub(super) fn new(names: Vec<String>, columns: Vec<Encoded>) -> Self {
        Self { columns, names }
    }

    /// Coordinates of a point.
    #[must_use]
    pub fn dimension(&self) -> usize {
        let width = |column: &Encoded| match column {
            Encoded::Number(scale) => usize::from(scale.is_some()),
            Encoded::Category(levels) => levels.places(),
        };
        self.columns.iter().map(width).sum()
    }

    /// The rows of a table as points.
    ///
    /// # Errors
    /// A table of other columns; numbers that overflow when they are standardised.
    pub fn apply(&self, frame: &Frame) -> Result<Empirical> {
        let mut points = Array2::zeros((frame.rows(), self.dimension()));
        let mut at = 0;
        for (encoded, column) in self.columns.iter().zip(frame.columns()) {
            match encoded {
                Encoded::Number(None) => {}
                Encoded::Number(Some(scale)) => {
                    let rows: Vec<usize> = (0..column.len()).filter(|&row| !column.is_missing(row)).collect();
                    let values = column.values().unwrap_or_default();
                    let present: Vec<f64> = rows.iter().filter_map(|&row| values.get(row).copied()).collect();
                    if !present.is_empty() {
                        let present = Array2::from_shape_vec((present.len(), 1), present).expect("one column");
                        let scaled = scale.apply(&Empirical::new(present)?)?;
                        rows.iter().zip(scaled.points()).for_each(|(&row, value)| points[(row, at)] = *value);
                    }
                    at += 1;
                }
                Encoded::Category(levels) => {
                    for row in 0..column.len() {
                        // a category that no table had when this was made is zero throughout
                        let place = column.category(row).map(|level| levels.place(level));
                        if let Some(place) = place.filter(|place| *place < levels.places()) {
                            points[(row, at + place)] = FRAC_1_SQRT_2;
                        }
                    }
                    at += levels.places();
                }
            }
        }
        Empirical::new(points)
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of_kind = |kind: ColumnKind| {
            let is = |column: &&Encoded| (kind == ColumnKind::Category) == matches!(column, Encoded::Category(_));
            self.columns.iter().filter(is).count()
        };
        let (numbers, categories) = (of_kind(ColumnKind::Number), of_kind(ColumnKind::Category));
        write!(f, "rows as points in {} dimensions: ", self.dimension())?;
        if numbers > 0 {
            write!(f, "{numbers} columns of numbers in standard deviations of the real ones, ")?;
        }
        write!(
            f,
            "{categories} columns of categories as coordinates 0 and 1/√2, so that two categories are at distance 1"
        )?;
        for (name, column) in self.names.iter().zip(&self.columns) {
            match column {
                Encoded::Category(levels) if levels.all > MOST_LEVELS => {
                    write!(f, "; the {} rarest categories of `{name}` count as one", levels.all - MOST_LEVELS)?;
                }
                Encoded::Number(None) => write!(f, "; `{name}` is left out, since all of its real cells are missing")?,
                _ => {}
            }
        }
        Ok(())
    }
}
