//! The law of one column as a sketch knows it: a staircase, and how far from it the true one may be.

use crate::transport::line::sorted;

/// The distribution function and the quantiles of a column, each with bounds that the column's own are in.
///
/// The bounds are certain: they come from what the sketch has forgotten. They know nothing of the law that the rows were drawn from.
///
/// ```
/// use fenchel::score::running::{ColumnSketches, Running};
/// use ndarray::array;
/// let mut columns = ColumnSketches::new(1, 1024)?;
/// columns.push(array![[1.0], [2.0], [4.0], [4.0]].view())?;
/// let law = &columns.finish()?[0]; // so few rows are all kept
/// assert_eq!(law.cdf(2.0), (0.5, 0.5, 0.5));
/// assert_eq!(law.quantile(0.75), (4.0, 4.0, 4.0));
/// assert_eq!((law.rows(), law.range(), law.error()), (4, (1.0, 4.0), (0.0, 0.0)));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SketchedLaw {
    /// Different points, ascending.
    points: Vec<f64>,
    /// Rows at or below each point, as the sketch has it; the last is all of them.
    ranks: Vec<u64>,
    /// How far ranks may be too high, and too low.
    high: u64,
    low: u64,
    range: (f64, f64),
}

impl SketchedLaw {
    pub(in crate::score) fn new(mut weighted: Vec<(f64, u64)>, (high, low): (u64, u64), range: (f64, f64)) -> Self {
        weighted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0));
        Self::of_ordered(weighted.into_iter(), (high, low), range)
    }

    /// Of values that are all known.
    pub(in crate::score) fn of_rows(values: &[f64], range: (f64, f64)) -> Self {
        Self::of_ordered(sorted(values).into_iter().map(|value| (value, 1)), (0, 0), range)
    }

    fn of_ordered(
        weighted: impl ExactSizeIterator<Item = (f64, u64)>,
        (high, low): (u64, u64),
        range: (f64, f64),
    ) -> Self {
        let most = weighted.len();
        let (mut points, mut ranks): (Vec<f64>, Vec<u64>) = (Vec::with_capacity(most), Vec::with_capacity(most));
        let mut below = 0;
        for (value, weight) in weighted {
            below += weight;
            if points.last().is_none_or(|&last| last < value) {
                points.push(value);
                ranks.push(below);
            } else if let Some(rank) = ranks.last_mut() {
                *rank = below;
            }
        }
        Self { points, ranks, high, low, range }
    }

    /// How many rows there were.
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 64)?;
    /// columns.push(ndarray::Array2::zeros((1000, 1)).view())?;
    /// assert_eq!(columns.finish()?[0].rows(), 1000);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.ranks.last().copied().unwrap_or(0)
    }

    /// The points that were kept, ascending.
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 64)?;
    /// columns.push(ndarray::array![[3.0], [1.0], [3.0]].view())?;
    /// assert_eq!(columns.finish()?[0].points(), [1.0, 3.0]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn points(&self) -> &[f64] {
        &self.points
    }

    /// The share of the rows at each of the [`points`](Self::points).
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 64)?;
    /// columns.push(ndarray::array![[3.0], [1.0], [3.0], [3.0]].view())?;
    /// assert_eq!(columns.finish()?[0].masses(), [0.25, 0.75]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn masses(&self) -> Vec<f64> {
        let n = self.rows() as f64;
        let before = std::iter::once(&0).chain(&self.ranks);
        self.ranks.iter().zip(before).map(|(rank, before)| (rank - before) as f64 / n).collect()
    }

    /// The smallest and the largest row, exactly.
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 16)?;
    /// columns.push(ndarray::Array2::from_shape_fn((1000, 1), |(i, _)| i as f64).view())?;
    /// assert_eq!(columns.finish()?[0].range(), (0.0, 999.0));
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        self.range
    }

    /// How far the distribution function may be too high, and too low, as shares of the rows.
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 256)?;
    /// columns.push(ndarray::Array2::from_shape_fn((100_000, 1), |(i, _)| (i as f64).sin()).view())?;
    /// let (high, low) = columns.finish()?[0].error();
    /// assert!(high < 0.02 && low < 0.02);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn error(&self) -> (f64, f64) {
        let n = self.rows() as f64;
        (self.high as f64 / n, self.low as f64 / n)
    }

    /// The share of rows at or below `t`: lower bound, value, upper bound. O(log k).
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 256)?;
    /// columns.push(ndarray::Array2::from_shape_fn((100_000, 1), |(i, _)| i as f64).view())?;
    /// let (low, value, high) = columns.finish()?[0].cdf(24_999.0);
    /// assert!(low <= 0.25 && 0.25 <= high && (value - 0.25).abs() < 0.02);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn cdf(&self, t: f64) -> (f64, f64, f64) {
        let (n, rank) = (self.rows(), self.rank(t));
        let share = |rank: u64| rank as f64 / n as f64;
        if t < self.range.0 {
            return (0.0, 0.0, 0.0);
        }
        if t >= self.range.1 {
            return (1.0, 1.0, 1.0);
        }
        (share(rank.saturating_sub(self.high)), share(rank), share((rank + self.low).min(n)))
    }

    /// The quantile `min { t : F(t) >= u }`: lower bound, value, upper bound; levels outside of [0, 1] are taken as the nearest end. O(log k).
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// let mut columns = ColumnSketches::new(1, 256)?;
    /// columns.push(ndarray::Array2::from_shape_fn((100_000, 1), |(i, _)| i as f64).view())?;
    /// let (low, value, high) = columns.finish()?[0].quantile(0.5);
    /// assert!(low <= 49_999.0 && 49_999.0 <= high && (value - 5e4).abs() < 2e3);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn quantile(&self, u: f64) -> (f64, f64, f64) {
        let n = self.rows();
        let rank = ((u * n as f64).ceil() as u64).clamp(1, n);
        let (low, high) = self.around(rank);
        (low, self.at(rank), high)
    }

    /// Rows at or below `t`, as the sketch has it.
    pub(super) fn rank(&self, t: f64) -> u64 {
        match self.points.partition_point(|&point| point <= t) {
            0 => 0,
            some => self.ranks[some - 1],
        }
    }

    /// Calls `see` with every point of either law, ascending, and the rows of both at or below it.
    pub(super) fn for_each_point_with(&self, other: &Self, mut see: impl FnMut(f64, u64, u64)) {
        let (mut i, mut j, mut ranks) = (0, 0, (0, 0));
        while i < self.points.len() || j < other.points.len() {
            let point = |law: &Self, k: usize| law.points.get(k).copied().unwrap_or(f64::INFINITY);
            let (a, b) = (point(self, i), point(other, j));
            if a <= b {
                (ranks.0, i) = (self.ranks[i], i + 1);
            }
            if b <= a {
                (ranks.1, j) = (other.ranks[j], j + 1);
            }
            see(a.min(b), ranks.0, ranks.1);
        }
    }

    /// The row of this rank, counted from 1.
    fn at(&self, rank: u64) -> f64 {
        self.points[self.ranks.partition_point(|&r| r < rank)]
    }

    /// Where the row of this rank is for certain.
    fn around(&self, rank: u64) -> (f64, f64) {
        let low = if rank <= self.low { self.range.0 } else { self.at(rank - self.low) };
        let high = if rank + self.high > self.rows() { self.range.1 } else { self.at(rank + self.high) };
        (low, high)
    }

    /// A bound of the distance `W_p` between this staircase and that of the rows: their quantiles are in known bounds, so it is at most
    /// `(∫ max(Q⁺ - Q, Q - Q⁻)^p)^(1/p)`. For `p = 1` the area between the two distribution functions may bound it better.
    pub(super) fn distance_to_rows(&self, p: i32) -> f64 {
        if self.high.max(self.low) == 0 {
            return 0.0;
        }
        let n = self.rows();
        let mut steps: Vec<u64> = Vec::with_capacity(3 * self.ranks.len() + 2);
        for &rank in &self.ranks {
            steps.extend([rank, rank.saturating_sub(self.high), (rank + self.low).min(n)]);
        }
        steps.extend([self.low.min(n), n.saturating_sub(self.high)]);
        steps.sort_unstable();
        steps.dedup();
        let (mut from, mut sum) = (0, 0.0);
        for to in steps.into_iter().filter(|&to| to > 0) {
            // nothing changes between two steps
            let ((low, high), here) = (self.around(to), self.at(to));
            sum += (high - here).max(here - low).powi(p) * ((to - from) as f64 / n as f64);
            from = to;
        }
        let by_quantiles = sum.powf(1.0 / f64::from(p));
        let area = self.high.max(self.low) as f64 / n as f64 * (self.range.1 - self.range.0);
        if p == 1 { by_quantiles.min(area) } else { by_quantiles }
    }
}
