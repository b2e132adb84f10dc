//! All running statistics of one sample.

use super::rows::same;
use super::stored::{Version, checked_when_read};
use super::{ColumnSketches, Copies, Moments, RandomFeatures, Reservoir, Running, Slices};
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayView2};

/// What the states of both samples, and of all their parts, have in common.
///
/// ```
/// use fenchel::score::running::Setting;
/// let setting = Setting { bandwidth: 2.5, seed: 7, ..Setting::default() };
/// assert_eq!((setting.column_values, setting.directions), (4096, 50));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Setting {
    /// The seed of frequencies, directions, the reservoir and the hashes.
    pub seed: u64,
    /// The bandwidth of the Gaussian kernel, in the unit of the columns.
    pub bandwidth: f64,
    /// Random frequencies of the MMD.
    pub frequencies: usize,
    /// Directions of the sliced distance.
    pub directions: usize,
    /// Values that a level of the sketches of a direction holds.
    pub direction_values: usize,
    /// Values that a level of the sketches of a column holds.
    pub column_values: usize,
    /// Rows that are drawn at random.
    pub drawn: usize,
    /// Different rows whose hashes are kept.
    pub hashes: usize,
    /// A point near the data, for instance the first real row; empty for zero. Columns far from zero keep their digits in the MMD and
    /// the sliced distance only if it is near.
    pub origin: Vec<f64>,
}

impl Default for Setting {
    /// Seed 0, bandwidth 1, 256 frequencies, 50 directions of 1024 values, 4096 values a column, 2000 rows, 100,000 hashes, origin zero.
    fn default() -> Self {
        Self {
            seed: 0,
            bandwidth: 1.0,
            frequencies: 256,
            directions: 50,
            direction_values: 1024,
            column_values: 4096,
            drawn: 2000,
            hashes: 100_000,
            origin: Vec::new(),
        }
    }
}

/// Every running state of this module, over one sample whose columns have names.
///
/// With `d` columns and the default setting it takes about `160 d²` bytes for moments (`8 d²` beyond 256 columns), and at 50 million rows
/// at most 500 kB a column, 13 MB for directions and 8 MB for rows and hashes.
///
/// ```
/// use fenchel::score::running::{Running, Sample, Setting};
/// use ndarray::array;
/// let mut sample = Sample::new(&["x", "y"], Setting::default())?;
/// sample.push(array![[0.0, 1.0], [2.0, 3.0]].view())?;
/// assert_eq!((sample.rows(), sample.names().len()), (2, 2));
/// assert_eq!(sample.finish()?, array![[0.0, 1.0], [2.0, 3.0]]); // the rows drawn
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct Sample {
    version: Version,
    names: Vec<String>,
    pub(super) moments: Moments,
    pub(super) columns: ColumnSketches,
    pub(super) features: RandomFeatures,
    pub(super) slices: Slices,
    reservoir: Reservoir,
    pub(super) copies: Copies,
}

checked_when_read!(Sample);

impl Sample {
    /// No rows yet, of columns with these names.
    ///
    /// # Errors
    /// No columns; a setting that one of the states refuses.
    ///
    /// ```
    /// use fenchel::score::running::{Sample, Setting};
    /// assert!(Sample::new(&["x"], Setting { bandwidth: -1.0, ..Setting::default() }).is_err());
    /// ```
    pub fn new(names: &[&str], setting: Setting) -> Result<Self> {
        let (d, Setting { seed, origin, .. }) = (names.len(), &setting);
        Ok(Self {
            version: Version,
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            moments: Moments::new(d)?,
            columns: ColumnSketches::new(d, setting.column_values)?,
            features: RandomFeatures::new(d, setting.bandwidth, setting.frequencies, *seed)?.origin(origin)?,
            slices: Slices::new(d, setting.directions, setting.direction_values, *seed)?.origin(origin)?,
            reservoir: Reservoir::new(d, setting.drawn, *seed)?,
            copies: Copies::new(d, setting.hashes, *seed)?,
        })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let rows = self.rows();
        let others =
            [self.columns.rows(), self.features.rows(), self.slices.rows(), self.reservoir.rows(), self.copies.rows()];
        super::stored::sound(others.iter().all(|other| *other == rows), "states of different rows")
    }

    /// The names of the columns.
    ///
    /// ```
    /// use fenchel::score::running::{Sample, Setting};
    /// assert_eq!(Sample::new(&["age", "income"], Setting::default())?.names(), ["age", "income"]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// That the columns of another sample have the same names, in the same order.
    pub(super) fn same_names(&self, other: &Self) -> Result<()> {
        if self.names.len() != other.names.len() {
            return Err(Error::size_mismatch(
                ("sample", self.names.len()),
                ("other sample", other.names.len()),
                "columns",
            ));
        }
        self.names.iter().zip(&other.names).try_for_each(|(one, other)| same("names of a column", one, other))
    }
}

impl Running for Sample {
    type Finished = Array2<f64>;

    fn starting_at(mut self, row: u64) -> Self {
        self.moments = self.moments.starting_at(row);
        self.columns = self.columns.starting_at(row);
        self.features = self.features.starting_at(row);
        self.slices = self.slices.starting_at(row);
        self.reservoir = self.reservoir.starting_at(row);
        self.copies = self.copies.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        // what another one refuses the features refuse, so their error leaves all as they were
        self.features.push(rows)?;
        self.moments.push(rows)?;
        self.columns.push(rows)?;
        self.slices.push(rows)?;
        self.reservoir.push(rows)?;
        self.copies.push(rows)
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.same_names(other)?;
        // any of them may refuse the settings of the other
        let mut merged = self.clone();
        merged.moments.merge(&other.moments)?;
        merged.columns.merge(&other.columns)?;
        merged.features.merge(&other.features)?;
        merged.slices.merge(&other.slices)?;
        merged.reservoir.merge(&other.reservoir)?;
        merged.copies.merge(&other.copies)?;
        *self = merged;
        Ok(())
    }

    /// The rows drawn at random, for scores that need neighbours; the numbers are finished of a [pair](super::RunningPair).
    fn finish(&self) -> Result<Array2<f64>> {
        self.reservoir.finish()
    }

    fn rows(&self) -> u64 {
        self.moments.rows()
    }
}
