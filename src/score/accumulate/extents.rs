//! The first pass of histograms: how far rows reach along each line.

use super::accumulator::Accumulator;
use super::additive::Additive;
use super::format::{Arrays, foreign};
use super::lines::Lines;
use crate::error::{Error, Result};
use ndarray::ArrayView2;

/// The least and the largest projection on each line, exactly; the same bits in any order. Weights do not matter, but rows of weight 0 are not seen.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, Extents, Lines};
/// let mut state = Accumulator::new(Extents::new(Lines::columns(1)?));
/// state.push(ndarray::array![[3.0], [-1.0], [2.0]])?;
/// assert_eq!(state.finish()?, [(-1.0, 3.0)]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Extents {
    lines: Lines,
    /// Empty until there is a row.
    low: Vec<f64>,
    high: Vec<f64>,
}

impl Extents {
    /// Along these lines.
    #[must_use]
    pub fn new(lines: Lines) -> Self {
        Self { lines, low: Vec::new(), high: Vec::new() }
    }

    fn reach(&mut self, low: &[f64], high: &[f64]) {
        if self.low.is_empty() {
            (self.low, self.high) = (low.to_vec(), high.to_vec());
            return;
        }
        self.low.iter_mut().zip(low).for_each(|(all, x)| *all = all.min(*x));
        self.high.iter_mut().zip(high).for_each(|(all, x)| *all = all.max(*x));
    }
}

impl Additive for Extents {
    const NAME: &'static str = "extents";
    const NUMBER: u32 = 2;

    fn columns(&self) -> usize {
        self.lines.of_columns()
    }

    fn specification(&self, to: &mut Arrays) {
        self.lines.write(to);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, _: u64) -> Result<()> {
        let mut values = vec![0.0; self.lines.count()];
        for (i, row) in rows.rows().into_iter().enumerate() {
            if weights.is_none_or(|weights| weights[i] > 0.0) {
                self.lines.project(row, &mut values);
                // a zero has no sign here: which of two equal rows comes first must not be seen
                values.iter_mut().for_each(|value| *value += 0.0);
                self.reach(&values, &values);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        if !other.low.is_empty() {
            self.reach(&other.low, &other.high);
        }
        Ok(())
    }

    fn write(&self, to: &mut Arrays) {
        to.count("lines", self.low.len() as u64);
        to.reals("low", &self.low);
        to.reals("high", &self.high);
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let lines = Lines::read(from)?;
        let seen = from.take_size("lines")?;
        if seen != 0 && (seen != lines.count() || rows == 0) {
            return Err(foreign("the number of lines does not fit"));
        }
        let (low, high) = (from.take_reals("low", seen)?, from.take_reals("high", seen)?);
        if low.iter().zip(&high).any(|(low, high)| low > high) {
            return Err(foreign("a range ends before it begins"));
        }
        Ok(Self { lines, low, high })
    }
}

impl Accumulator<Extents> {
    /// The range of each line.
    ///
    /// # Errors
    /// No rows.
    pub fn finish(&self) -> Result<Vec<(f64, f64)>> {
        if self.kept.low.is_empty() {
            return Err(Error::too_few("sample", 0, 1, "rows"));
        }
        Ok(self.kept.low.iter().copied().zip(self.kept.high.iter().copied()).collect())
    }
}
