//! The maximum mean discrepancy by random features.
//!
//! `exp(-|x-y|²/(2 s²)) = E cos(w·(x-y))` for `w` normal with deviation `1/s` (Rahimi and Recht, NIPS 2007), so the squared MMD is the mean over
//! frequencies `w` of the squared distance of the means of `(cos w·x, sin w·x)`.

use super::Running;
use super::jackknife::{GROUPS, Jackknife, STUDENT};
use super::projection::{Projection, checked_origin};
use super::rows::{RowNumbers, same};
use super::stored::{Version, checked_when_read};
use super::waves::{self, UNIT};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::numeric::{stream, variance};
use crate::score::{Z, normal_estimate};
use ndarray::{Array2, ArrayView2};
use rand_distr::{Distribution, StandardNormal};
use std::sync::OnceLock;

/// The streams of the seed that frequencies come from.
const TASK: u64 = 1 << 32;

/// Means of random cosines and sines, for the MMD under a Gaussian kernel `exp(-|x-y|²/(2 s²))`.
///
/// There may be 1.3 billion rows. The sums are of whole numbers (units of `2⁻³⁶`), so their order does not matter: merging halves in any order and pushing all rows give the same bits.
/// 40 numbers a frequency are kept: a cosine and a sine for each of 20 groups of rows. O(frequencies d) a row.
///
/// ```
/// use fenchel::score::running::{RandomFeatures, Running};
/// use ndarray::Array2;
/// let (mut x, mut y) = (RandomFeatures::new(1, 1.0, 500, 7)?, RandomFeatures::new(1, 1.0, 500, 7)?);
/// x.push(Array2::zeros((100, 1)).view())?;
/// y.push(Array2::ones((100, 1)).view())?;
/// let (found, truth) = (x.mmd(&y)?, 2.0 - 2.0 * (-0.5f64).exp());
/// assert!((found.value - truth).abs() < 4.0 * found.std_error.unwrap());
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct RandomFeatures {
    version: Version,
    rows: RowNumbers,
    seed: u64,
    bandwidth: f64,
    frequencies: usize,
    origin: Vec<f64>,
    /// Rows of each group, and its sums: the cosines of all frequencies, then the sines.
    counts: Vec<u64>,
    sums: Vec<Vec<i64>>,
    #[cfg_attr(feature = "serde", serde(skip))]
    projection: OnceLock<Projection>,
}

checked_when_read!(RandomFeatures);

impl PartialEq for RandomFeatures {
    /// Frequencies follow from the seed.
    fn eq(&self, other: &Self) -> bool {
        self.version == other.version
            && self.alike(other).is_ok()
            && self.rows == other.rows
            && self.counts == other.counts
            && self.sums == other.sums
    }
}

impl RandomFeatures {
    /// Rows that a group may have: a sum of as many ones still fits.
    pub(in crate::score) const MOST: u64 = 1 << 26;

    /// No rows yet, of so many columns; the bandwidth is in their unit.
    ///
    /// # Errors
    /// No columns, no frequencies; a bandwidth that is not positive.
    ///
    /// ```
    /// use fenchel::score::running::RandomFeatures;
    /// assert!(RandomFeatures::new(3, 1.5, 256, 0).is_ok() && RandomFeatures::new(3, 0.0, 256, 0).is_err());
    /// ```
    pub fn new(columns: usize, bandwidth: f64, frequencies: usize, seed: u64) -> Result<Self> {
        if frequencies == 0 {
            return Err(Error::too_few("random features", 0, 1, "frequencies"));
        }
        if !(bandwidth.is_finite() && bandwidth > 0.0) {
            return Err(Error::out_of_domain("bandwidth", bandwidth, "a positive number, in the unit of the columns"));
        }
        let rows = RowNumbers::new(columns)?;
        Ok(Self {
            version: Version,
            rows,
            seed,
            bandwidth,
            frequencies,
            origin: vec![0.0; columns],
            counts: vec![0; GROUPS],
            sums: vec![vec![0; 2 * frequencies]; GROUPS],
            projection: OnceLock::new(),
        })
    }

    /// The same, with rows seen from this point: columns far from zero keep their digits if it lies near the data.
    ///
    /// # Errors
    /// An origin with another number of columns, or not finite.
    ///
    /// ```
    /// use fenchel::score::running::RandomFeatures;
    /// assert!(RandomFeatures::new(2, 1.0, 10, 0)?.origin(&[1e12, 0.0]).is_ok());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn origin(mut self, origin: &[f64]) -> Result<Self> {
        self.origin = checked_origin(origin, self.rows.columns())?;
        self.projection = OnceLock::new();
        Ok(self)
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let shape = self.counts.len() == GROUPS
            && self.sums.len() == GROUPS
            && self.sums.iter().all(|sums| sums.len() == 2 * self.frequencies)
            && self.origin.len() == self.rows.columns();
        let counted =
            self.counts.iter().try_fold(0u64, |sum, count| sum.checked_add(*count)) == Some(self.rows.count());
        let most = |(sums, count): (&Vec<i64>, &u64)| sums.iter().all(|sum| sum.unsigned_abs() <= count * UNIT as u64);
        let possible =
            self.counts.iter().all(|count| *count <= Self::MOST) && self.sums.iter().zip(&self.counts).all(most);
        super::stored::sound(shape && counted && possible, "the sums of features")?;
        super::stored::sound(self.bandwidth > 0.0 && self.bandwidth.is_finite() && self.frequencies > 0, "its settings")
    }

    fn alike(&self, other: &Self) -> Result<()> {
        self.rows.like(&other.rows)?;
        same("bandwidths", self.bandwidth, other.bandwidth)?;
        same("numbers of frequencies", self.frequencies, other.frequencies)?;
        same("seeds", self.seed, other.seed)?;
        same("origins", format!("{:?}", self.origin), format!("{:?}", other.origin))
    }

    /// That the groups have room for so many rows each.
    fn check_room(&self, more: impl Fn(usize) -> u64) -> Result<()> {
        match (0..GROUPS).all(|group| self.counts[group] + more(group) <= Self::MOST) {
            true => Ok(()),
            false => Err(Error::too_many("a group of rows", Self::MOST, "rows")),
        }
    }

    /// The same with its frequencies drawn, so that its clones need not draw them.
    pub(in crate::score) fn ready(self) -> Self {
        self.projection();
        self
    }

    /// The rows of each group and its sums.
    pub(in crate::score) fn sums(&self) -> (&[u64], &[Vec<i64>]) {
        (&self.counts, &self.sums)
    }

    /// The same with sums that were kept elsewhere.
    pub(in crate::score) fn with_sums(self, counts: Vec<u64>, sums: Vec<Vec<i64>>) -> Result<Self> {
        let mut rows = RowNumbers::new(self.rows.columns())?;
        rows.advance(counts.iter().sum::<u64>() as usize)?;
        Ok(Self { rows, counts, sums, ..self })
    }

    fn projection(&self) -> &Projection {
        self.projection.get_or_init(|| {
            let mut directions = Array2::zeros((self.rows.columns(), self.frequencies));
            for (k, mut column) in directions.columns_mut().into_iter().enumerate() {
                let mut rng = stream(self.seed, TASK + k as u64);
                column.mapv_inplace(|_: f64| {
                    let z: f64 = StandardNormal.sample(&mut rng);
                    z / self.bandwidth
                });
            }
            Projection { origin: self.origin.clone(), directions }
        })
    }

    /// The squared MMD, unbiased as that of [`kernel::mmd`](crate::score::kernel::mmd); the real sample is `self`.
    ///
    /// The standard error joins the spread over the frequencies, which says how far the value is from that of the kernel itself, with the jackknife
    /// over 20 groups of rows (a row's number modulo 20). Fewer than 40 rows have the first one only.
    ///
    /// # Errors
    /// Other settings; fewer than two rows.
    ///
    /// ```
    /// # use fenchel::score::running::{RandomFeatures, Running};
    /// # use ndarray::Array2;
    /// let mut x = RandomFeatures::new(1, 1.0, 64, 7)?;
    /// x.push(Array2::from_shape_fn((100, 1), |(i, _)| (i as f64).sin()).view())?;
    /// assert!(x.mmd(&x)?.value <= 0.0); // unbiased: below zero for a sample against itself
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn mmd(&self, generated: &Self) -> Result<Estimate> {
        self.alike(generated)?;
        for (what, state) in [("real", self), ("generated", generated)] {
            if state.rows() < 2 {
                return Err(Error::too_few(what, state.rows() as usize, 2, "rows"));
            }
        }
        let (x, y) = (self.total(None), generated.total(None));
        let by_frequency = distances(&x, &y);
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let value = mean(&by_frequency);
        let over_frequencies = (variance(&by_frequency) / self.frequencies as f64).sqrt();
        let enough = self.counts.iter().chain(&generated.counts).all(|count| *count > 1);
        let jackknife = enough.then(|| {
            let without_x: Vec<f64> = (0..GROUPS).map(|g| mean(&distances(&self.total(Some(g)), &y))).collect();
            let without_y: Vec<f64> = (0..GROUPS).map(|g| mean(&distances(&x, &generated.total(Some(g))))).collect();
            Jackknife::of(value, [&without_x, &without_y]).error
        });
        let std_error = over_frequencies.hypot(jackknife.unwrap_or(0.0));
        let rows = if jackknife.is_some() {
            format!("jackknife over {GROUPS} groups")
        } else {
            "no error of the rows".to_owned()
        };
        let how = format!(
            "unbiased, Gaussian kernel, bandwidth {}, {} random frequencies, seed {}, their error {over_frequencies:.1e}; {rows}",
            self.bandwidth, self.frequencies, self.seed
        );
        let sizes = (self.rows() as usize, generated.rows() as usize, self.rows.columns());
        let reach = (Z * over_frequencies).hypot(STUDENT * jackknife.unwrap_or(0.0));
        let found = normal_estimate("mmd", value, Some(std_error), (f64::NEG_INFINITY, f64::INFINITY), sizes, how);
        Ok(Estimate { interval: Some((value - reach, value + reach)), ..found })
    }

    /// The rows of all groups (or of all but one), and the means of cosines and sines over them.
    fn total(&self, without: Option<usize>) -> Means {
        let mut sums = vec![0i64; 2 * self.frequencies];
        let mut count = 0;
        for group in (0..GROUPS).filter(|g| Some(*g) != without) {
            count += self.counts[group];
            for (sum, part) in sums.iter_mut().zip(&self.sums[group]) {
                *sum += part;
            }
        }
        let mean = |sum: &i64| *sum as f64 / UNIT / count as f64;
        let (cosines, sines) = sums.split_at(self.frequencies);
        (count as f64, cosines.iter().zip(sines).map(|(c, s)| (mean(c), mean(s))).collect())
    }
}

/// Rows, and their mean cosine and sine at each frequency.
type Means = (f64, Vec<(f64, f64)>);

/// The unbiased squared distance of the means at each frequency. A row has the length 1 there.
fn distances((n, x): &Means, (m, y): &Means) -> Vec<f64> {
    let within = |rows: f64, (c, s): (f64, f64)| (rows * (c * c + s * s) - 1.0) / (rows - 1.0);
    let of = |x: &(f64, f64), y: &(f64, f64)| within(*n, *x) + within(*m, *y) - 2.0 * (x.0 * y.0 + x.1 * y.1);
    x.iter().zip(y).map(|(x, y)| of(x, y)).collect()
}

impl Running for RandomFeatures {
    type Finished = Vec<(f64, f64)>;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        self.check_room(|_| (rows.nrows() / GROUPS + 1) as u64)?;
        let first = self.rows.take(rows)?;
        let mut angles = vec![0.0; self.frequencies];
        for (row, number) in rows.rows().into_iter().zip(first..) {
            self.projection().project(row, &mut angles);
            let group = (number % GROUPS as u64) as usize;
            self.counts[group] += 1;
            let (cosines, sines) = self.sums[group].split_at_mut(self.frequencies);
            waves::add(&angles, cosines, sines);
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.alike(other)?;
        self.check_room(|group| other.counts[group])?;
        self.rows.join(&other.rows)?;
        for group in 0..GROUPS {
            self.counts[group] += other.counts[group];
            for (sum, part) in self.sums[group].iter_mut().zip(&other.sums[group]) {
                *sum += part;
            }
        }
        Ok(())
    }

    /// The mean cosine and sine at each frequency.
    fn finish(&self) -> Result<Vec<(f64, f64)>> {
        if self.rows() == 0 {
            return Err(Error::too_few("sample", 0, 1, "rows"));
        }
        Ok(self.total(None).1)
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}
