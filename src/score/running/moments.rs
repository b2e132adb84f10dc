//! Counts, means and covariances of rows that come in blocks.
//!
//! Deviations are taken from the first row, so columns far from zero keep their digits. Blocks are joined by the formula of Chan, Golub and
//! LeVeque (doi:10.1080/00031305.1983.10483115): `S = S₁ + S₂ + δ δᵀ n₁ n₂ / (n₁ + n₂)` with `δ` the difference of the means.

use super::Running;
use super::jackknife::{GROUPS, Jackknife, STUDENT};
use super::rows::{RowNumbers, same};
use super::stored::{Version, checked_when_read};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::Gaussian;
use crate::score::{frechet, normal_estimate};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// Rows whose products are formed at once.
const BLOCK: usize = 1 << 13;
/// Up to so many columns there are groups, whose covariances say how the value scatters.
const GROUPED: usize = 256;
/// A column that moves, but by less, has squares that underflow.
const SMALLEST: f64 = 1e-140;

/// Count, mean and covariance of the rows, from which the squared Fréchet distance is finished.
///
/// `|μ - ν|² + tr A + tr B - 2 tr (A B)^½` of the two fits, as in [`frechet`]. With at most 256 columns
/// the rows are kept in 20 groups (by their number modulo 20), and the jackknife over these gives the standard error and the bias; beyond there is a
/// value only. O(d²) a row, and `d²` numbers a group.
///
/// Rounding errors are below 1e-10 of the largest squared distance of a row from the first one, also where columns are far from zero. The
/// order of blocks and merges changes no more than that.
///
/// ```
/// use fenchel::score::running::{Moments, Running};
/// use ndarray::array;
/// let (mut x, mut y) = (Moments::new(1)?, Moments::new(1)?);
/// x.push(array![[-1.0], [0.0], [1.0]].view())?;
/// y.push(array![[3.0], [5.0], [7.0]].view())?;
/// assert!((x.frechet(&y)?.value - 26.0).abs() < 1e-12); // (0 - 5)² + (1 - 2)²
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct Moments {
    version: Version,
    rows: RowNumbers,
    groups: Vec<Fit>,
}

/// The moments of some rows.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
struct Fit {
    count: u64,
    /// What the mean is counted from; empty until there is a row.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    origin: Vec<f64>,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    mean: Vec<f64>,
    /// Sums of products of deviations from the mean, row by row.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    scatter: Vec<f64>,
    /// The largest deviation of each column from its origin.
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    reach: Vec<f64>,
}

checked_when_read!(Moments);

impl Moments {
    /// No rows yet, of so many columns.
    ///
    /// # Errors
    /// No columns.
    ///
    /// ```
    /// use fenchel::score::running::{Moments, Running};
    /// assert_eq!(Moments::new(3)?.rows(), 0);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn new(columns: usize) -> Result<Self> {
        let groups = if columns <= GROUPED { GROUPS } else { 1 };
        Ok(Self { version: Version, rows: RowNumbers::new(columns)?, groups: vec![Fit::none(); groups] })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        let d = self.rows.columns();
        let fits = self.groups.iter().all(|fit| match fit.count {
            0 => *fit == Fit::none(),
            _ => [&fit.origin, &fit.mean, &fit.reach].iter().all(|v| v.len() == d) && fit.scatter.len() == d * d,
        });
        let counted =
            self.groups.iter().try_fold(0u64, |sum, fit| sum.checked_add(fit.count)) == Some(self.rows.count());
        let groups = if d <= GROUPED { GROUPS } else { 1 };
        super::stored::sound(fits && counted && self.groups.len() == groups, "the moments of the groups")
    }

    /// The squared Fréchet distance of the Gaussian fits; the real sample is `self`.
    ///
    /// The interval is for the laws: the bias that the jackknife sees is taken from the value, and the length has the standard error and the bias in
    /// it. No interval and no error with more than 256 columns, or fewer than 40 rows. O(d³) for the value and 40 times that for the error.
    ///
    /// # Errors
    /// Different columns; fewer than two rows; values that `f64` cannot hold.
    ///
    /// ```
    /// use fenchel::score::running::{Moments, Running};
    /// use ndarray::Array2;
    /// let (mut x, mut y) = (Moments::new(2)?, Moments::new(2)?);
    /// x.push(Array2::from_shape_fn((100, 2), |(i, j)| (i * (j + 1) % 10) as f64).view())?;
    /// y.push(Array2::from_shape_fn((100, 2), |(i, j)| 3.0 + (i * (j + 1) % 10) as f64).view())?;
    /// let found = x.frechet(&y)?;
    /// assert!((found.value - 18.0).abs() < 1e-9 && found.interval.is_some());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn frechet(&self, generated: &Self) -> Result<Estimate> {
        self.rows.like(&generated.rows)?;
        let (x, y) = (self.whole()?, generated.whole()?);
        let value = between(&x, &y)?;
        let enough = |fits: &[Fit]| fits.len() > 1 && fits.iter().all(|fit| fit.count > 1);
        let jackknife = (enough(&self.groups) && enough(&generated.groups)).then(|| -> Result<Jackknife> {
            let groups = 0..self.groups.len();
            let without_x = groups.clone().map(|g| between(&self.without(g), &y)).collect::<Result<Vec<f64>>>()?;
            let without_y = groups.map(|g| between(&x, &generated.without(g))).collect::<Result<Vec<f64>>>()?;
            Ok(Jackknife::of(value, [&without_x, &without_y]))
        });
        let jackknife = jackknife.transpose()?;
        let sizes = (x.count as usize, y.count as usize, self.rows.columns());
        let how = match &jackknife {
            Some(_) => format!(
                "Gaussian fits, unbiased covariances, streamed; jackknife over {GROUPS} groups, bias removed from the interval"
            ),
            None => "Gaussian fits, unbiased covariances, streamed; no error".to_owned(),
        };
        let range = (0.0, f64::INFINITY);
        let found = normal_estimate("frechet", value, jackknife.map(|found| found.error), range, sizes, how);
        let interval = jackknife.map(|Jackknife { error, bias }| {
            let (of_laws, reach) = (value - bias, STUDENT * error.hypot(bias));
            ((of_laws - reach).max(0.0), of_laws.max(0.0) + reach)
        });
        Ok(Estimate { interval, ..found })
    }

    fn whole(&self) -> Result<Fit> {
        let whole = Fit::of(&self.groups, None);
        if whole.count < 2 {
            return Err(Error::too_few("sample", whole.count as usize, 2, "rows"));
        }
        match whole.reach.iter().position(|reach| *reach > 0.0 && *reach < SMALLEST) {
            Some(j) => {
                let what = format!("largest deviation in column {} (counted from 1)", j + 1);
                Err(Error::out_of_domain(what, whole.reach[j], "0 or at least 1e-140; rescale the columns"))
            }
            None => Ok(whole),
        }
    }

    fn without(&self, group: usize) -> Fit {
        Fit::of(&self.groups, Some(group))
    }
}

impl Running for Moments {
    type Finished = Gaussian;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        let mut first = self.rows.take(rows)?;
        for block in rows.axis_chunks_iter(Axis(0), BLOCK) {
            let groups = self.groups.len();
            for (group, fit) in self.groups.iter_mut().enumerate() {
                // the first row of this group in the block
                let from = (group + groups - (first % groups as u64) as usize) % groups;
                if from < block.nrows() {
                    fit.join(&Fit::of_rows(block.slice(s![from..;groups, ..])));
                }
            }
            first += block.nrows() as u64;
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        same("numbers of groups", self.groups.len(), other.groups.len())?;
        self.rows.join(&other.rows)?;
        for (fit, other) in self.groups.iter_mut().zip(&other.groups) {
            fit.join(other);
        }
        Ok(())
    }

    /// The Gaussian law with mean and unbiased covariance of the rows.
    fn finish(&self) -> Result<Gaussian> {
        let whole = self.whole()?;
        Gaussian::new(Array1::from(whole.origin.clone()) + Array1::from(whole.mean.clone()), whole.cov())
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}

impl Fit {
    fn none() -> Self {
        Self { count: 0, origin: Vec::new(), mean: Vec::new(), scatter: Vec::new(), reach: Vec::new() }
    }

    /// Of all fits, or of all but one.
    fn of(fits: &[Self], without: Option<usize>) -> Self {
        let mut whole = Self::none();
        for (_, fit) in fits.iter().enumerate().filter(|(k, _)| Some(*k) != without) {
            whole.join(fit);
        }
        whole
    }

    fn of_rows(rows: ArrayView2<'_, f64>) -> Self {
        let origin = rows.row(0);
        let mut moved = &rows - &origin;
        let mean = moved.sum_axis(Axis(0)) / rows.nrows() as f64;
        let reach = moved.columns().into_iter().map(|c| c.iter().fold(0.0, |most: f64, x| most.max(x.abs()))).collect();
        moved -= &mean;
        let scatter = linalg::gram(moved.view());
        Self {
            count: rows.nrows() as u64,
            origin: origin.to_vec(),
            mean: mean.to_vec(),
            scatter: scatter.iter().copied().collect(),
            reach,
        }
    }

    fn join(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                self.clone_from(other);
            }
            return;
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let share = m / (n + m);
        let between: Vec<f64> = other.origin.iter().zip(&self.origin).map(|(to, from)| to - from).collect();
        let apart: Vec<f64> = (0..between.len()).map(|j| between[j] + (other.mean[j] - self.mean[j])).collect();
        let d = apart.len();
        for (i, row) in self.scatter.chunks_exact_mut(d).enumerate() {
            for (j, sum) in row.iter_mut().enumerate() {
                *sum += other.scatter[i * d + j] + apart[i] * apart[j] * (n * share);
            }
        }
        for j in 0..d {
            self.mean[j] += apart[j] * share;
            self.reach[j] = self.reach[j].max(between[j].abs() + other.reach[j]);
        }
        self.count += other.count;
    }

    fn cov(&self) -> Array2<f64> {
        let (d, free) = (self.mean.len(), (self.count - 1) as f64);
        Array2::from_shape_fn((d, d), |(i, j)| self.scatter[i * d + j] / free)
    }
}

/// The squared Fréchet distance, with both means counted from the origin of the first.
fn between(x: &Fit, y: &Fit) -> Result<f64> {
    let mean = (0..x.mean.len()).map(|j| (y.origin[j] - x.origin[j]) + y.mean[j]);
    let p = Gaussian::new(Array1::from(x.mean.clone()), x.cov())?;
    frechet::between(&p, &Gaussian::new(mean.collect(), y.cov())?)
}
