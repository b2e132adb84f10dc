//! Counts in bins along lines, for W₁ of each line and the sliced W₂.

use super::accumulator::Accumulator;
use super::additive::{Additive, times};
use super::format::{Arrays, foreign};
use super::lines::Lines;
use super::merged::Merged;
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::numeric::variance;
use crate::score::{Z, normal_estimate};
use ndarray::ArrayView2;

/// The most bins of a line.
const BINS: usize = 1 << 20;
/// The most bins of all lines.
const MOST: usize = 1 << 26;

/// How many rows fall into each of `bins` equal bins along each line, between bounds that a first pass ([`Extents`](super::Extents)) has fixed.
///
/// Whole numbers, so the same bits in any order. A row is at most half a bin from the middle of its bin: so W₁ and W₂ of two samples differ
/// from those of the counts by at most a bin. O(columns) a row and line, `bins` numbers a line.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, HistogramCounts, Lines};
/// use ndarray::array;
/// let kind = HistogramCounts::new(Lines::columns(1)?, &[(0.0, 8.0)], 64)?;
/// let (mut x, mut y) = (Accumulator::new(kind.clone()), Accumulator::new(kind));
/// x.push(array![[1.0], [2.0]])?;
/// y.push(array![[4.0], [5.0]])?;
/// let w1 = &x.w1(&y)?[0];
/// assert!(w1.bracket.0 <= 3.0 && 3.0 <= w1.bracket.1 && w1.bracket.1 - w1.bracket.0 < 0.26); // twice 8/64
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct HistogramCounts {
    lines: Lines,
    bins: usize,
    low: Vec<f64>,
    high: Vec<f64>,
    /// The bins of the first line, then those of the second, and so on.
    counts: Vec<u64>,
}

impl HistogramCounts {
    /// Along these lines, within a range a line.
    ///
    /// # Errors
    /// No bins or more than a million, ranges that are not as many as lines, not finite, or that end before they begin.
    ///
    /// ```
    /// use fenchel::score::accumulate::{HistogramCounts, Lines};
    /// assert!(HistogramCounts::new(Lines::columns(1)?, &[(1.0, 0.0)], 64).is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn new(lines: Lines, ranges: &[(f64, f64)], bins: usize) -> Result<Self> {
        if bins == 0 {
            return Err(Error::too_few("histogram", 0, 1, "bins"));
        }
        if bins > BINS || lines.count().checked_mul(bins).is_none_or(|all| all > MOST) {
            return Err(Error::too_many("histograms", MOST.min(BINS) as u64, "bins"));
        }
        if ranges.len() != lines.count() {
            return Err(Error::size_mismatch(("ranges", ranges.len()), ("lines", lines.count()), "lines"));
        }
        for &(low, high) in ranges {
            if !(high - low).is_finite() || low > high {
                return Err(Error::out_of_domain("end of a range", high, format!("a finite number, {low} or more")));
            }
        }
        let (low, high) = ranges.iter().copied().unzip();
        let counts = vec![0; lines.count() * bins];
        Ok(Self { lines, bins, low, high, counts })
    }

    /// The width of the bins of a line.
    fn width(&self, line: usize) -> f64 {
        (self.high[line] - self.low[line]) / self.bins as f64
    }

    /// How far a row can be from the middle of its bin, rounding included.
    fn reach(&self, line: usize) -> f64 {
        self.width(line) / 2.0 + self.rounding(line)
    }

    fn rounding(&self, line: usize) -> f64 {
        4.0 * f64::EPSILON * self.low[line].abs().max(self.high[line].abs())
    }

    fn bin(&self, line: usize, value: f64) -> Result<usize> {
        let (low, high) = (self.low[line], self.high[line]);
        if !(low <= value && value <= high) {
            let expected = format!("within [{low}, {high}]: the first pass has to see all rows");
            return Err(Error::out_of_domain(format!("projection on line {line}"), value, expected));
        }
        let width = self.width(line);
        Ok(if width > 0.0 { (((value - low) / width) as usize).min(self.bins - 1) } else { 0 })
    }

    fn line(&self, line: usize) -> &[u64] {
        &self.counts[line * self.bins..(line + 1) * self.bins]
    }
}

impl Additive for HistogramCounts {
    const NAME: &'static str = "histograms";
    const NUMBER: u32 = 3;

    fn columns(&self) -> usize {
        self.lines.of_columns()
    }

    fn specification(&self, to: &mut Arrays) {
        self.lines.write(to);
        to.count("bins", self.bins as u64);
        to.reals("low", &self.low);
        to.reals("high", &self.high);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, _: u64) -> Result<()> {
        let times = times(weights, Self::NAME)?;
        let mut values = vec![0.0; self.lines.count()];
        for (i, row) in rows.rows().into_iter().enumerate() {
            let times = times.as_ref().map_or(1, |times| times[i]);
            if times == 0 {
                continue;
            }
            self.lines.project(row, &mut values);
            for (line, value) in values.iter().enumerate() {
                let at = line * self.bins + self.bin(line, *value)?;
                self.counts[at] = added(self.counts[at], times)?;
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        for (count, more) in self.counts.iter_mut().zip(&other.counts) {
            *count = added(*count, *more)?;
        }
        Ok(())
    }

    fn write(&self, to: &mut Arrays) {
        to.counts("counts", &self.counts);
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let lines = Lines::read(from)?;
        let bins = from.take_size("bins")?;
        let (low, high) = (from.take_reals("low", lines.count())?, from.take_reals("high", lines.count())?);
        let ranges: Vec<(f64, f64)> = low.into_iter().zip(high).collect();
        let mut state = Self::new(lines, &ranges, bins)?;
        state.counts = from.take_counts("counts", state.counts.len())?;
        let totals: Option<Vec<u64>> = (0..state.lines.count())
            .map(|line| state.line(line).iter().try_fold(0, |sum, count| added(sum, *count).ok()))
            .collect();
        let alike =
            totals.is_some_and(|totals| totals.windows(2).all(|two| two[0] == two[1]) && (rows > 0 || totals[0] == 0));
        if alike { Ok(state) } else { Err(foreign("the lines have not seen the same rows")) }
    }
}

/// A count beyond which products of two counts, and sums of them, would not fit.
fn added(count: u64, more: u64) -> Result<u64> {
    const MOST: u64 = 1 << 40;
    let sum = count.checked_add(more).filter(|sum| *sum <= MOST);
    sum.ok_or_else(|| Error::too_many("histogram", MOST, "rows"))
}

impl Accumulator<HistogramCounts> {
    /// The counts of each line, bin by bin.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, HistogramCounts, Lines};
    /// let mut state = Accumulator::new(HistogramCounts::new(Lines::columns(1)?, &[(0.0, 2.0)], 2)?);
    /// state.push(ndarray::array![[0.5], [1.5], [2.0]])?;
    /// assert_eq!(state.finish(), [[1, 2]]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn finish(&self) -> Vec<Vec<u64>> {
        self.kept.counts.chunks_exact(self.kept.bins).map(<[u64]>::to_vec).collect()
    }

    /// The rows, by weight, of both states.
    fn totals(&self, generated: &Self) -> Result<(u128, u128)> {
        self.alike(generated)?;
        let total = |state: &Self| state.kept.line(0).iter().map(|count| u128::from(*count)).sum::<u128>();
        match (total(self), total(generated)) {
            (0, _) | (_, 0) => Err(Error::too_few("sample", 0, 1, "rows")),
            totals => Ok(totals),
        }
    }

    fn sizes(&self, generated: &Self) -> (usize, usize, usize) {
        (self.rows() as usize, generated.rows() as usize, self.columns())
    }

    /// W₁ along each line, in the unit of the columns; the real sample is `self`.
    ///
    /// `h Σ |F - G|` over bins of width `h`, and a bracket of the distance of the rows: this value, less and plus `h`. There is no interval for the laws.
    ///
    /// # Errors
    /// Other specifications; no rows.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, HistogramCounts, Lines};
    /// let mut x = Accumulator::new(HistogramCounts::new(Lines::columns(1)?, &[(0.0, 1.0)], 10)?);
    /// x.push(ndarray::array![[0.25], [0.75]])?;
    /// assert!(x.w1(&x)?[0].estimate.value == 0.0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn w1(&self, generated: &Self) -> Result<Vec<Merged>> {
        let (n, m) = self.totals(generated)?;
        let one = |line: usize| {
            let (mut f, mut g, mut area) = (0u128, 0u128, 0u128);
            for (x, y) in self.kept.line(line).iter().zip(generated.kept.line(line)) {
                (f, g) = (f + u128::from(*x), g + u128::from(*y));
                area += (f * m).abs_diff(g * n);
            }
            let (width, reach) = (self.kept.width(line), 2.0 * self.kept.reach(line));
            let value = width * (area as f64 / (n * m) as f64);
            let how = format!("histogram of {} bins of width {width:.3e}", self.kept.bins);
            let estimate = normal_estimate("w1", value, None, (0.0, f64::INFINITY), self.sizes(generated), how);
            let rounding = 2.0 * self.kept.rounding(line) + 8.0 * f64::EPSILON * value;
            Merged { estimate, bracket: ((value - reach - rounding).max(0.0), value + reach + rounding), rounding }
        };
        Ok((0..self.kept.lines.count()).map(one).collect())
    }

    /// The sliced W₂: the root mean square of W₂ over the lines; the real sample is `self`.
    ///
    /// W₂ of the counts, whose quantiles are coupled in whole numbers. Along a line it is off by at most the width `h` of a bin, and so over all by the root mean square of
    /// the widths, which is the bracket. The standard error and the interval are those over random directions; what the rows scatter is not in them.
    ///
    /// # Errors
    /// Other specifications; no rows.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, HistogramCounts, Lines};
    /// let kind = HistogramCounts::new(Lines::columns(1)?, &[(0.0, 4.0)], 4000)?;
    /// let (mut x, mut y) = (Accumulator::new(kind.clone()), Accumulator::new(kind));
    /// x.push(ndarray::array![[0.0], [1.0]])?;
    /// y.push(ndarray::array![[3.0], [4.0]])?;
    /// let found = x.sliced_w2(&y)?;
    /// assert!((found.estimate.value - 3.0).abs() < 2e-3 && found.bracket.1 < 3.003);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn sliced_w2(&self, generated: &Self) -> Result<Merged> {
        let (n, m) = self.totals(generated)?;
        let (lines, kept) = (self.kept.lines.count(), &self.kept);
        let squares: Vec<f64> = (0..lines)
            .map(|line| {
                let moved = coupled(kept.line(line), generated.kept.line(line), n, m);
                kept.width(line).powi(2) * (moved as f64 / (n * m) as f64)
            })
            .collect();
        let mean = |values: &dyn Fn(usize) -> f64| (0..lines).map(values).sum::<f64>() / lines as f64;
        let value = mean(&|line| squares[line]).sqrt();
        let reach = mean(&|line| (2.0 * kept.reach(line)).powi(2)).sqrt();
        let rounding = mean(&|line| (2.0 * kept.rounding(line)).powi(2)).sqrt() + lines as f64 * f64::EPSILON * value;
        let random = kept.lines.seed().is_some() && lines > 1 && value > 0.0;
        let error = random.then(|| (variance(&squares) / lines as f64).sqrt() / (2.0 * value));
        let lines = kept.lines.seed().map_or("columns".to_owned(), |seed| format!("{lines} directions, seed {seed}"));
        let how = format!("histograms of {} bins along {lines}; the error is that over directions", kept.bins);
        let found = normal_estimate("sliced_w2", value, error, (0.0, f64::INFINITY), self.sizes(generated), how);
        let interval = error.map(|error| ((value - Z * error - reach).max(0.0), value + Z * error + reach));
        let bracket = ((value - reach - rounding).max(0.0), value + reach + rounding);
        Ok(Merged { estimate: Estimate { interval, ..found }, bracket, rounding })
    }
}

/// `Σ mass (i - j)²` of the monotone plan between counts, in units of `1/(n m)`.
fn coupled(x: &[u64], y: &[u64], n: u128, m: u128) -> u128 {
    let (mut i, mut j, mut sum) = (0usize, 0usize, 0u128);
    let mass = |counts: &[u64], at: usize, times: u128| counts.get(at).map_or(0, |count| u128::from(*count) * times);
    let (mut left, mut right) = (mass(x, 0, m), mass(y, 0, n));
    while i < x.len() && j < y.len() {
        let moved = left.min(right);
        sum += moved * (i.abs_diff(j) as u128).pow(2);
        (left, right) = (left - moved, right - moved);
        if left == 0 {
            i += 1;
            left = mass(x, i, m);
        }
        if right == 0 {
            j += 1;
            right = mass(y, j, n);
        }
    }
    sum
}
