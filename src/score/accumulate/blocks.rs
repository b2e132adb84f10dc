//! Statistics of pairs of samples, block by block: the energy distance and KID.

use super::accumulator::Accumulator;
use super::additive::{Additive, unweighted};
use super::format::{Arrays, foreign};
use super::merged::Merged;
use crate::error::{Error, Result};
use crate::score::pairs::{Form, PairKernel, pair_statistic};
use crate::score::{Permutations, normal_estimate};
use ndarray::{ArrayView2, Axis, s};

/// What is computed of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Statistic {
    /// The energy distance `2 E|X-Y| - E|X-X'| - E|Y-Y'|`, unbiased.
    Energy,
    /// KID: the squared MMD under `(x·y/d + 1)³`, unbiased.
    Kid,
}

/// The mean of a statistic over blocks of pairs of rows, with its variance.
///
/// A row holds a real row and, in the columns after it, a generated one. Rows are cut into blocks in their order; those of an
/// incomplete block are kept until others come or a state is merged. The mean over blocks has no bias, and blocks are independent if rows
/// are, so the spread over blocks is the error. O(block columns) a row, in place of O(rows columns) for all pairs; the variance is larger than that of all pairs.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, BlockMeans, Statistic};
/// use ndarray::array;
/// let mut state = Accumulator::new(BlockMeans::new(1, 2, Statistic::Energy)?);
/// state.push(array![[0.0, 3.0], [2.0, 3.0]])?; // the real rows 0 and 2, the generated rows 3 and 3
/// assert_eq!(state.finish()?.estimate.value, 2.0); // 2 (3 + 1)/2 - 2 - 0
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct BlockMeans {
    columns: usize,
    block: usize,
    statistic: u64,
    blocks: u64,
    mean: f64,
    /// Squared deviations from the mean.
    squares: f64,
    /// At least the sum of the sizes of the values, for the bound of rounding.
    sizes: f64,
    /// Rows of an incomplete block, one after the other.
    waiting: Vec<f64>,
}

impl BlockMeans {
    /// Of pairs of rows with so many columns *each*, in blocks of so many pairs.
    ///
    /// # Errors
    /// No columns; blocks of fewer than two rows or more than 16,384.
    ///
    /// ```
    /// use fenchel::score::accumulate::{BlockMeans, Statistic};
    /// assert!(BlockMeans::new(3, 1, Statistic::Kid).is_err());
    /// ```
    pub fn new(columns: usize, block: usize, statistic: Statistic) -> Result<Self> {
        const ROWS: usize = 1 << 14;
        const MOST: usize = 1 << 26;
        if columns == 0 {
            return Err(Error::too_few("rows", 0, 1, "columns"));
        }
        if block < 2 {
            return Err(Error::too_few("block", block, 2, "rows"));
        }
        if block > ROWS || columns > MOST {
            return Err(Error::too_many("block", ROWS as u64, "rows"));
        }
        let statistic = statistic as u64;
        Ok(Self { columns, block, statistic, blocks: 0, mean: 0.0, squares: 0.0, sizes: 0.0, waiting: Vec::new() })
    }

    fn add(&mut self, block: ArrayView2<'_, f64>) -> Result<()> {
        let (x, y) = (block.slice(s![.., ..self.columns]), block.slice(s![.., self.columns..]));
        let cubic = PairKernel::Polynomial { degree: 3, divisor: self.columns as f64, offset: 1.0 };
        let kernel = if self.statistic == 0 { PairKernel::NegativeDistance } else { cubic };
        let found = pair_statistic(x, y, &kernel, Form::U, Permutations::none());
        if !found.value.is_finite() {
            return Err(Error::out_of_domain("statistic of a block", found.value, "finite: rescale the columns"));
        }
        self.join(1, found.value, 0.0, found.value.abs() + found.slack + found.rounding);
        Ok(())
    }

    fn join(&mut self, blocks: u64, mean: f64, squares: f64, sizes: f64) {
        if blocks == 0 {
            return;
        }
        let (n, m) = (self.blocks as f64, blocks as f64);
        let apart = mean - self.mean;
        self.mean += apart * (m / (n + m));
        self.squares += squares + apart * apart * (n * m / (n + m));
        self.sizes += sizes;
        self.blocks += blocks;
    }

    /// Takes rows that wait and computes the blocks that are complete.
    fn take(&mut self, rows: &[f64]) -> Result<()> {
        self.waiting.extend(rows);
        let size = self.block * 2 * self.columns;
        let whole = self.waiting.len() / size * size;
        let rest = self.waiting.split_off(whole);
        let full = std::mem::replace(&mut self.waiting, rest);
        let all = ArrayView2::from_shape((whole / (2 * self.columns), 2 * self.columns), &full).expect("whole rows");
        all.axis_chunks_iter(Axis(0), self.block).try_for_each(|block| self.add(block))
    }
}

impl Additive for BlockMeans {
    const NAME: &'static str = "blocks";
    const NUMBER: u32 = 5;

    fn columns(&self) -> usize {
        2 * self.columns
    }

    fn specification(&self, to: &mut Arrays) {
        to.count("columns", self.columns as u64);
        to.count("block", self.block as u64);
        to.count("statistic", self.statistic);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, _: u64) -> Result<()> {
        unweighted(weights, Self::NAME)?;
        self.take(&rows.iter().copied().collect::<Vec<f64>>())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.join(other.blocks, other.mean, other.squares, other.sizes);
        self.take(&other.waiting)
    }

    fn write(&self, to: &mut Arrays) {
        to.count("blocks", self.blocks);
        to.reals("sums", &[self.mean, self.squares, self.sizes]);
        to.count("rows waiting", (self.waiting.len() / (2 * self.columns)) as u64);
        to.reals("waiting", &self.waiting);
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let (columns, block) = (from.take_size("columns")?, from.take_size("block")?);
        let statistic = match from.take_count("statistic")? {
            0 => Statistic::Energy,
            1 => Statistic::Kid,
            other => return Err(foreign(format!("there is no statistic {other}"))),
        };
        let mut state = Self::new(columns, block, statistic)?;
        state.blocks = from.take_count("blocks")?;
        let sums = from.take_reals("sums", 3)?;
        (state.mean, state.squares, state.sizes) = (sums[0], sums[1], sums[2]);
        let waiting = from.take_size("rows waiting")?;
        let counted = state.blocks.checked_mul(block as u64).and_then(|all| all.checked_add(waiting as u64));
        if waiting >= block || counted != Some(rows) || state.squares < 0.0 || state.sizes < 0.0 {
            return Err(foreign("the numbers of blocks and rows do not fit"));
        }
        state.waiting = from.take_reals("waiting", waiting * 2 * columns)?;
        Ok(state)
    }
}

impl Accumulator<BlockMeans> {
    /// The mean over all complete blocks, with the standard error over blocks; one block has none.
    ///
    /// # Errors
    /// Fewer rows than a block has.
    pub fn finish(&self) -> Result<Merged> {
        let kept = &self.kept;
        if kept.blocks == 0 {
            return Err(Error::too_few("sample", self.rows() as usize, kept.block, "pairs of rows"));
        }
        let blocks = kept.blocks as f64;
        let error = (kept.blocks > 1).then(|| (kept.squares / (blocks - 1.0) / blocks).sqrt());
        let used = (kept.blocks * kept.block as u64) as usize;
        let how = format!(
            "mean over {} blocks of {} pairs of rows, each unbiased; spread over blocks",
            kept.blocks, kept.block
        );
        let (name, low) = if kept.statistic == 0 { ("energy", 0.0) } else { ("kid", f64::NEG_INFINITY) };
        let value = kept.mean;
        let mut estimate =
            normal_estimate(name, value, error, (f64::NEG_INFINITY, f64::INFINITY), (used, used, kept.columns), how);
        // the statistic of the laws is not negative, that of blocks may be
        estimate.interval = estimate.interval.map(|(from, to)| (from.max(low.min(value)), to));
        let rounding = (8.0 * blocks + 64.0 * (kept.block * kept.block) as f64) * f64::EPSILON * (kept.sizes / blocks);
        Ok(Merged { estimate, bracket: (value - rounding, value + rounding), rounding })
    }
}
