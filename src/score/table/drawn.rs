//! Rows of a table drawn at random while it goes by, for what needs all columns of a row at once and many passes over the rows.

use crate::error::Result;
use crate::measure::{Column, ColumnKind, Frame};
use crate::numeric::stream;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

/// At most so many rows of a table, all equally likely to be among them (algorithm R of Vitter 1985, doi:10.1145/3147.3165).
///
/// Up to that number all rows are kept. O(columns) a row that is taken, O(1) a row that is not.
///
/// ```
/// use fenchel::measure::{Column, Frame};
/// use fenchel::score::table::DrawnRows;
/// let part = |from: i32| Frame::new(vec![("x".to_owned(), Column::numbers((from..from + 100).map(|x| Some(f64::from(x))))?)]);
/// let mut drawn = DrawnRows::like(&part(0)?, 20, 0);
/// for k in 0..50 {
///     drawn.push(&part(100 * k)?);
/// }
/// assert_eq!(drawn.table()?.rows(), 20);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct DrawnRows {
    most: usize,
    seen: u64,
    rng: ChaCha8Rng,
    names: Vec<String>,
    columns: Vec<Cells>,
}

/// The cells that are kept of a column.
#[derive(Debug, Clone)]
enum Cells {
    Numbers(Vec<Option<f64>>),
    Words(Vec<Option<String>>),
}

impl Cells {
    fn put(&mut self, place: usize, column: &Column, row: usize) {
        fn put<T>(cells: &mut Vec<T>, place: usize, cell: T) {
            if place < cells.len() { cells[place] = cell } else { cells.push(cell) }
        }
        match self {
            Self::Numbers(cells) => {
                let cell = column.values().map(|values| values[row]).filter(|value| !value.is_nan());
                put(cells, place, cell);
            }
            Self::Words(cells) => put(cells, place, column.category(row).map(str::to_owned)),
        }
    }
}

impl DrawnRows {
    /// No rows yet, of columns with the names and the kinds of this table.
    #[must_use]
    pub fn like(table: &Frame, most: usize, seed: u64) -> Self {
        let cells = |column: &Column| match column.kind() {
            ColumnKind::Number => Cells::Numbers(Vec::new()),
            ColumnKind::Category => Cells::Words(Vec::new()),
        };
        let columns = table.columns().iter().map(cells).collect();
        Self { most, seen: 0, rng: stream(seed, 40), names: table.names().to_vec(), columns }
    }

    /// Takes the rows of a part of the table, which has the columns that were said.
    pub fn push(&mut self, part: &Frame) {
        for row in 0..part.rows() {
            let place = if self.seen < self.most as u64 { self.seen } else { self.rng.random_range(0..=self.seen) };
            self.seen += 1;
            if place < self.most as u64 {
                self.columns
                    .iter_mut()
                    .zip(part.columns())
                    .for_each(|(cells, column)| cells.put(place as usize, column, row));
            }
        }
    }

    /// The rows that were drawn.
    ///
    /// # Errors
    /// No rows.
    pub fn table(self) -> Result<Frame> {
        let column = |cells: Cells| match cells {
            Cells::Numbers(cells) => Column::numbers(cells),
            Cells::Words(cells) => Ok(Column::categories(cells)),
        };
        let columns = self.names.into_iter().zip(self.columns).map(|(name, cells)| Ok((name, column(cells)?)));
        Frame::new(columns.collect::<Result<_>>()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_as_likely_as_any_other_and_stays_whole() {
        let part = |rows: std::ops::Range<usize>| {
            let number = |row: usize| (!row.is_multiple_of(5)).then_some(row as f64);
            let word = |row: usize| (!row.is_multiple_of(7)).then(|| format!("w{}", row % 3));
            let columns = [
                ("x", Column::numbers(rows.clone().map(number)).unwrap()),
                ("word", Column::categories(rows.clone().map(word))),
                ("row", Column::numbers(rows.map(|row| Some(row as f64))).unwrap()),
            ];
            Frame::new(columns.map(|(name, column)| (name.to_owned(), column)).into()).unwrap()
        };
        let mut taken = [0.0; 60];
        for seed in 0..400 {
            let mut drawn = DrawnRows::like(&part(0..1), 15, seed);
            [0..7, 7..40, 40..60].into_iter().for_each(|rows| drawn.push(&part(rows)));
            let table = drawn.table().unwrap();
            assert_eq!((table.rows(), table.names().len()), (15, 3));
            for k in 0..15 {
                let row = table.columns()[2].values().unwrap()[k] as usize;
                taken[row] += 1.0;
                assert_eq!(table.columns()[0].is_missing(k), row.is_multiple_of(5));
                let word = (!row.is_multiple_of(7)).then(|| format!("w{}", row % 3));
                assert_eq!(table.columns()[1].category(k), word.as_deref());
            }
        }
        // each 100 times of 400, with a variance of 75
        let chi: f64 = taken.iter().map(|count| (count - 100.0) * (count - 100.0) / 75.0).sum();
        assert!(chi < 60.0 + 5.0 * 120f64.sqrt(), "{chi}");
        let mut few = DrawnRows::like(&part(0..1), 100, 0);
        few.push(&part(0..60));
        // missing numbers are equal to nothing
        assert_eq!(format!("{:?}", few.table().unwrap()), format!("{:?}", part(0..60)));
    }
}
