//! Random features, for the MMD under a Gaussian kernel.

use super::accumulator::Accumulator;
use super::additive::{Additive, times};
use super::format::{Arrays, foreign};
use super::merged::Merged;
use crate::error::{Error, Result};
use crate::score::running::{GROUPS, RandomFeatures, Running};
use ndarray::{ArrayView2, Axis};

/// Numbers of all groups; those of a foreign state must not fill the memory.
const MOST: usize = 1 << 24;

/// Sums of random cosines and sines: [`RandomFeatures`], in whole numbers of `2⁻³⁶`, so with the same bits in any order.
///
/// 40 numbers a frequency: a cosine and a sine for each of 20 groups of rows, by their number modulo 20. O(frequencies columns) a row.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, WaveSums};
/// use ndarray::Array2;
/// let kind = WaveSums::new(1, 1.0, 500, 7)?;
/// let (mut x, mut y) = (Accumulator::new(kind.clone()), Accumulator::new(kind));
/// x.push(Array2::<f64>::zeros((100, 1)))?;
/// y.push(Array2::<f64>::ones((100, 1)))?;
/// let (found, truth) = (x.mmd(&y)?.estimate, 2.0 - 2.0 * (-0.5f64).exp());
/// assert!((found.value - truth).abs() < 4.0 * found.std_error.unwrap());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WaveSums {
    columns: usize,
    bandwidth: f64,
    frequencies: usize,
    seed: u64,
    /// Without rows; it knows the frequencies.
    empty: RandomFeatures,
    counts: Vec<u64>,
    /// A group after the other: the cosines of all frequencies, then the sines.
    sums: Vec<i64>,
}

impl WaveSums {
    /// For rows of so many columns, a bandwidth in their unit, and so many frequencies.
    ///
    /// # Errors
    /// No columns, no frequencies or too many of them; a bandwidth that is not positive.
    ///
    /// ```
    /// use fenchel::score::accumulate::WaveSums;
    /// assert!(WaveSums::new(3, 1.5, 256, 0).is_ok() && WaveSums::new(3, 0.0, 256, 0).is_err());
    /// ```
    pub fn new(columns: usize, bandwidth: f64, frequencies: usize, seed: u64) -> Result<Self> {
        let size = frequencies.checked_mul(2 * GROUPS).zip(frequencies.checked_mul(columns));
        if size.is_none_or(|(sums, directions)| sums > MOST || directions > MOST) {
            return Err(Error::too_many("random features", MOST as u64, "numbers"));
        }
        let empty = RandomFeatures::new(columns, bandwidth, frequencies, seed)?.ready();
        let (counts, sums) = (vec![0; GROUPS], vec![0; 2 * frequencies * GROUPS]);
        Ok(Self { columns, bandwidth, frequencies, seed, empty, counts, sums })
    }

    fn add(&mut self, counts: &[u64], sums: &[i64]) -> Result<()> {
        let full = || Error::too_many("features", 1 << 26, "rows a group");
        for (count, more) in self.counts.iter_mut().zip(counts) {
            *count = count.checked_add(*more).filter(|count| *count <= RandomFeatures::MOST).ok_or_else(full)?;
        }
        // a sum is at most as many units as there are rows, so it fits
        self.sums.iter_mut().zip(sums).for_each(|(sum, more)| *sum += more);
        Ok(())
    }
}

impl Additive for WaveSums {
    const NAME: &'static str = "features";
    const NUMBER: u32 = 4;

    fn columns(&self) -> usize {
        self.columns
    }

    fn specification(&self, to: &mut Arrays) {
        to.count("columns", self.columns as u64);
        to.reals("bandwidth", &[self.bandwidth]);
        to.count("frequencies", self.frequencies as u64);
        to.count("seed", self.seed);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, first: u64) -> Result<()> {
        let mut push = |rows: ArrayView2<'_, f64>, first: u64, times: u64| -> Result<()> {
            let mut state = self.empty.clone().starting_at(first);
            state.push(rows)?;
            let (counts, sums) = state.sums();
            let counts: Vec<u64> = counts.iter().map(|count| count * times).collect();
            let sums: Vec<i64> = sums.iter().flatten().map(|sum| sum * times as i64).collect();
            self.add(&counts, &sums)
        };
        let Some(times) = times(weights, Self::NAME)? else { return push(rows, first, 1) };
        for ((row, times), number) in rows.axis_chunks_iter(Axis(0), 1).zip(times).zip(first..) {
            if times > RandomFeatures::MOST {
                return Err(Error::too_many("features", RandomFeatures::MOST, "rows a group"));
            }
            push(row, number, times)?;
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.add(&other.counts, &other.sums)
    }

    fn write(&self, to: &mut Arrays) {
        to.counts("counts", &self.counts);
        to.integers("sums", &self.sums);
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let (columns, bandwidth) = (from.take_size("columns")?, from.take_reals("bandwidth", 1)?[0]);
        let (frequencies, seed) = (from.take_size("frequencies")?, from.take_count("seed")?);
        let mut state = Self::new(columns, bandwidth, frequencies, seed)?;
        state.counts = from.take_counts("counts", GROUPS)?;
        state.sums = from.take_integers("sums", state.sums.len())?;
        let most = |(sums, count): (&[i64], &u64)| {
            *count <= RandomFeatures::MOST && sums.iter().all(|sum| sum.unsigned_abs() <= count << 36)
        };
        let possible = state.sums.chunks_exact(2 * frequencies).zip(&state.counts).all(most);
        if possible && (rows > 0 || state.counts.iter().all(|count| *count == 0)) {
            return Ok(state);
        }
        Err(foreign("sums of features are larger than their rows allow"))
    }
}

impl Accumulator<WaveSums> {
    /// The mean cosine and sine at each frequency.
    ///
    /// # Errors
    /// No rows.
    pub fn finish(&self) -> Result<Vec<(f64, f64)>> {
        self.whole()?.finish()
    }

    fn whole(&self) -> Result<RandomFeatures> {
        let kept = &self.kept;
        let sums = kept.sums.chunks_exact(2 * kept.frequencies).map(<[i64]>::to_vec).collect();
        kept.empty.clone().with_sums(kept.counts.clone(), sums)
    }

    /// The squared MMD, unbiased: [`RandomFeatures::mmd`] of all rows, with its error and its interval. The real sample is `self`.
    ///
    /// # Errors
    /// Other specifications; fewer than two rows.
    pub fn mmd(&self, generated: &Self) -> Result<Merged> {
        self.alike(generated)?;
        let estimate = self.whole()?.mmd(&generated.whole()?)?;
        // each cosine is right to half a unit and 1e-12 of one; four products of means are at most one each
        let rounding = 8.0 * 2f64.powi(-36) + 1e-14;
        let bracket = (estimate.value - rounding, estimate.value + rounding);
        Ok(Merged { estimate, bracket, rounding })
    }
}
