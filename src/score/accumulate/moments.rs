//! Means and covariances, for the Fréchet distance.
//!
//! As [`running::Moments`](crate::score::running::Moments), with weights, with one half of each symmetric matrix, and with a bound of what
//! rounding did. Deviations are taken from the first row; sums are joined by the formula of Chan, Golub and LeVeque
//! (doi:10.1080/00031305.1983.10483115).

use super::accumulator::Accumulator;
use super::additive::Additive;
use super::format::{Arrays, foreign};
use super::merged::Merged;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::Gaussian;
use crate::score::running::{GROUPS, Jackknife, STUDENT};
use crate::score::{frechet, normal_estimate};
use ndarray::{Array1, Array2, ArrayView2, Axis, s};

/// Rows whose products are formed at once.
const BLOCK: usize = 1 << 13;
/// Up to so many columns there are groups, whose covariances say how the value scatters.
const GROUPED: usize = 256;
/// The unit of rounding, `2⁻⁵³`.
const UNIT: f64 = f64::EPSILON / 2.0;
/// Operations on a sum for each row and for each merge: the difference from the origin, that from the mean, the root of the
/// weight, the product, the sum.
const STEPS: u64 = 8;

/// Counts, weights, means and products of deviations; `d (d + 1)/2` numbers a group.
///
/// With at most 256 columns there are 20 groups (rows by their number modulo 20), from which the error comes. Beyond there is one. So a state
/// of 2048 columns has 16.8 MB.
///
/// Weights say how sure a row is, not how often it was seen: the divisor of the covariance is `Σw - Σw²/Σw`, which is `n - 1` for equal weights
/// of one.
///
/// ```
/// use fenchel::score::accumulate::{Accumulator, MomentSums};
/// use ndarray::array;
/// let mut state = Accumulator::new(MomentSums::new(2)?);
/// state.push(array![[0.0, 1.0], [2.0, 1.0], [4.0, 4.0]])?;
/// let law = state.finish()?;
/// assert!((law.mean()[0] - 2.0).abs() < 1e-15 && (law.cov()[[0, 1]] - 3.0).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct MomentSums {
    columns: usize,
    groups: Vec<Sums>,
}

/// The moments of some rows.
#[derive(Debug, Clone, PartialEq)]
struct Sums {
    count: u64,
    weight: f64,
    /// Of the weights.
    squares: f64,
    /// The longest chain of roundings behind one of the sums.
    steps: u64,
    /// What the mean is counted from.
    origin: Vec<f64>,
    mean: Vec<f64>,
    /// At least the weighted squared distances from the origin, column by column.
    around: Vec<f64>,
    /// Products of deviations from the mean: row by row, from the diagonal on.
    scatter: Vec<f64>,
}

impl MomentSums {
    /// Of rows with so many columns.
    ///
    /// # Errors
    /// No columns, or more than 100,000.
    ///
    /// ```
    /// use fenchel::score::accumulate::MomentSums;
    /// assert!(MomentSums::new(64).is_ok() && MomentSums::new(0).is_err());
    /// ```
    pub fn new(columns: usize) -> Result<Self> {
        const MOST: usize = 100_000;
        if columns == 0 {
            return Err(Error::too_few("rows", 0, 1, "columns"));
        }
        if columns > MOST {
            return Err(Error::too_many("moments", MOST as u64, "columns"));
        }
        let groups = if columns <= GROUPED { GROUPS } else { 1 };
        Ok(Self { columns, groups: vec![Sums::none(); groups] })
    }
}

impl Additive for MomentSums {
    const NAME: &'static str = "moments";
    const NUMBER: u32 = 1;

    fn columns(&self) -> usize {
        self.columns
    }

    fn specification(&self, to: &mut Arrays) {
        to.count("columns", self.columns as u64);
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>, weights: Option<&[f64]>, first: u64) -> Result<()> {
        let groups = self.groups.len();
        for (k, block) in rows.axis_chunks_iter(Axis(0), BLOCK).enumerate() {
            let start = k * BLOCK;
            for (group, sums) in self.groups.iter_mut().enumerate() {
                // the first row of this group in the block
                let from = (group + groups - ((first + start as u64) % groups as u64) as usize) % groups;
                if from >= block.nrows() {
                    continue;
                }
                let weights: Option<Array1<f64>> = weights.map(|weights| {
                    weights[start..start + block.nrows()].iter().skip(from).step_by(groups).copied().collect()
                });
                sums.join(&Sums::of_rows(block.slice(s![from..;groups, ..]), weights));
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.groups.iter_mut().zip(&other.groups).for_each(|(sums, other)| sums.join(other));
        Ok(())
    }

    fn write(&self, to: &mut Arrays) {
        to.counts("counts", &self.groups.iter().flat_map(|sums| [sums.count, sums.steps]).collect::<Vec<u64>>());
        to.reals("weights", &self.groups.iter().flat_map(|sums| [sums.weight, sums.squares]).collect::<Vec<f64>>());
        for sums in self.groups.iter().filter(|sums| sums.count > 0) {
            to.reals("origin", &sums.origin);
            to.reals("mean", &sums.mean);
            to.reals("around", &sums.around);
            to.reals("scatter", &sums.scatter);
        }
    }

    fn read(from: &mut Arrays, rows: u64) -> Result<Self> {
        let mut state = Self::new(from.take_size("columns")?)?;
        let (d, groups) = (state.columns, state.groups.len());
        let counts = from.take_counts("counts", 2 * groups)?;
        let weights = from.take_reals("weights", 2 * groups)?;
        let counted = counts.iter().step_by(2).try_fold(0u64, |sum, count| sum.checked_add(*count));
        let possible = counts.iter().skip(1).step_by(2).all(|steps| *steps < 1 << 50);
        if counted != Some(rows) || !possible || weights.iter().any(|weight| *weight < 0.0) {
            return Err(foreign("the counts of the groups do not fit"));
        }
        for (g, sums) in state.groups.iter_mut().enumerate() {
            (sums.count, sums.steps) = (counts[2 * g], counts[2 * g + 1]);
            (sums.weight, sums.squares) = (weights[2 * g], weights[2 * g + 1]);
            if sums.count > 0 {
                sums.origin = from.take_reals("origin", d)?;
                sums.mean = from.take_reals("mean", d)?;
                sums.around = from.take_reals("around", d)?;
                sums.scatter = from.take_reals("scatter", d * (d + 1) / 2)?;
            } else if sums.weight != 0.0 || sums.squares != 0.0 || sums.steps != 0 {
                return Err(foreign("a group without rows has a weight"));
            }
        }
        Ok(state)
    }
}

impl Sums {
    fn none() -> Self {
        let empty = Vec::new;
        Self {
            count: 0,
            weight: 0.0,
            squares: 0.0,
            steps: 0,
            origin: empty(),
            mean: empty(),
            around: empty(),
            scatter: empty(),
        }
    }

    /// Of all groups, or of all but one.
    fn of(groups: &[Self], without: Option<usize>) -> Self {
        let mut whole = Self::none();
        for (_, sums) in groups.iter().enumerate().filter(|(k, _)| Some(*k) != without) {
            whole.join(sums);
        }
        whole
    }

    fn of_rows(rows: ArrayView2<'_, f64>, weights: Option<Array1<f64>>) -> Self {
        let (count, d) = (rows.nrows() as u64, rows.ncols());
        let ones = || Array1::ones(rows.nrows());
        let is_weighted = weights.is_some();
        let weights = weights.unwrap_or_else(ones);
        let (weight, squares) = (weights.sum(), weights.dot(&weights));
        let origin = rows.row(0).to_vec();
        let (mut mean, mut around) = (vec![0.0; d], vec![0.0; d]);
        let mut moved = rows.to_owned();
        for (mut row, weight) in moved.rows_mut().into_iter().zip(&weights) {
            // row by row, since columns are far apart in memory
            for (((x, from), sum), square) in row.iter_mut().zip(&origin).zip(&mut mean).zip(&mut around) {
                *x -= from;
                *sum += weight * *x;
                *square += weight * *x * *x;
            }
        }
        let share = if weight > 0.0 { 1.0 / weight } else { 0.0 };
        mean.iter_mut().for_each(|sum| *sum *= share);
        for (mut row, weight) in moved.rows_mut().into_iter().zip(&weights) {
            let root = if is_weighted { weight.sqrt() } else { 1.0 };
            row.iter_mut().zip(&mean).for_each(|(x, mean)| *x = (*x - mean) * root);
        }
        let products = linalg::gram(moved.view());
        let scatter = (0..d).flat_map(|i| products.slice(s![i, i..]).to_vec()).collect();
        Self { count, weight, squares, steps: STEPS + count, origin, mean, around, scatter }
    }

    fn join(&mut self, other: &Self) {
        if self.count == 0 || other.count == 0 {
            if self.count == 0 {
                self.clone_from(other);
            }
            return;
        }
        let (n, m) = (self.weight, other.weight);
        let share = if n + m > 0.0 { m / (n + m) } else { 0.0 };
        let between: Vec<f64> = other.origin.iter().zip(&self.origin).map(|(to, from)| to - from).collect();
        let apart: Vec<f64> = (0..between.len()).map(|j| between[j] + (other.mean[j] - self.mean[j])).collect();
        let mut at = 0;
        for (i, &left) in apart.iter().enumerate() {
            for &right in &apart[i..] {
                self.scatter[at] += other.scatter[at] + left * right * (n * share);
                at += 1;
            }
        }
        for j in 0..apart.len() {
            self.mean[j] += apart[j] * share;
            // seen from this origin the rows of the other are farther by no more than the origins are apart
            self.around[j] += (other.around[j].sqrt() + m.sqrt() * between[j].abs()).powi(2) * (1.0 + 8.0 * UNIT);
        }
        self.count += other.count;
        self.weight += other.weight;
        self.squares += other.squares;
        self.steps = self.steps.max(other.steps) + STEPS;
    }

    /// The divisor of the covariance.
    fn free(&self) -> f64 {
        self.weight - self.squares / self.weight
    }

    fn cov(&self) -> Array2<f64> {
        let (d, free) = (self.mean.len(), self.free());
        let mut cov = Array2::zeros((d, d));
        let mut at = 0;
        for i in 0..d {
            for j in i..d {
                cov[[i, j]] = self.scatter[at] / free;
                cov[[j, i]] = cov[[i, j]];
                at += 1;
            }
        }
        cov
    }

    /// Bounds of the errors: of the mean, of the covariance as a matrix (Frobenius), and in the sum of its singular values.
    fn rounding(&self) -> Rounding {
        let chain = STEPS as f64 * (self.steps as f64 + STEPS as f64) * UNIT;
        let relative = chain / (1.0 - chain).max(UNIT);
        let around: f64 = self.around.iter().sum();
        let largest = self.origin.iter().zip(&self.mean).map(|(o, m)| o.abs() + m.abs()).fold(0.0, f64::max);
        let mean = relative * (around / self.weight).sqrt() + 4.0 * UNIT * largest * (self.mean.len() as f64).sqrt();
        let cov = relative * around / self.free();
        Rounding { mean, cov, nuclear: cov * (self.mean.len() as f64).sqrt() }
    }
}

/// Bounds of rounding errors.
struct Rounding {
    mean: f64,
    cov: f64,
    nuclear: f64,
}

impl Accumulator<MomentSums> {
    /// The Gaussian law with mean and unbiased covariance of the rows.
    ///
    /// # Errors
    /// Fewer than two rows of positive weight.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// assert!(Accumulator::new(MomentSums::new(1)?).finish().is_err());
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn finish(&self) -> Result<Gaussian> {
        let whole = self.whole()?;
        Gaussian::new(Array1::from(whole.origin.clone()) + Array1::from(whole.mean.clone()), whole.cov())
    }

    fn whole(&self) -> Result<Sums> {
        let whole = Sums::of(&self.kept.groups, None);
        // without any weight there is no divisor, not even a small one
        if whole.count < 2 || whole.weight <= 0.0 || whole.free() <= 0.0 {
            return Err(Error::too_few("sample", whole.count.min(1) as usize, 2, "rows of positive weight"));
        }
        Ok(whole)
    }

    /// The squared Fréchet distance of the Gaussian fits; the real sample is `self`.
    ///
    /// `|μ - ν|² + tr A + tr B - 2 tr (A B)^½`, and the interval of [`running::Moments`](crate::score::running::Moments::frechet): the jackknife over 20 groups with
    /// at most 256 columns and at least 40 rows. The rounding bound follows every sum: a chain of `s` roundings on squares that add up to `q` is off by at most `8 s 2⁻⁵³ q`.
    /// It enters the value through the smallest eigenvalues of the covariances, or through the Bures distance, whichever is less.
    ///
    /// # Errors
    /// Different columns; fewer than two rows; values that `f64` cannot hold.
    ///
    /// ```
    /// use fenchel::score::accumulate::{Accumulator, MomentSums};
    /// use ndarray::array;
    /// let (mut x, mut y) = (Accumulator::new(MomentSums::new(1)?), Accumulator::new(MomentSums::new(1)?));
    /// x.push(array![[-1.0], [0.0], [1.0]])?;
    /// y.push(array![[3.0], [5.0], [7.0]])?;
    /// let found = x.frechet(&y)?;
    /// assert!((found.estimate.value - 26.0).abs() < 1e-12 && found.rounding < 1e-9); // (0 - 5)² + (1 - 2)²
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn frechet(&self, generated: &Self) -> Result<Merged> {
        self.alike(generated)?;
        let (x, y) = (self.whole()?, generated.whole()?);
        let value = between(&x, &y)?;
        let (groups, others) = (&self.kept.groups, &generated.kept.groups);
        let enough =
            |groups: &[Sums]| groups.len() > 1 && groups.iter().all(|sums| sums.count > 1 && sums.free() > 0.0);
        let jackknife = (enough(groups) && enough(others)).then(|| -> Result<Jackknife> {
            let without = 0..groups.len();
            let of_x =
                without.clone().map(|g| between(&Sums::of(groups, Some(g)), &y)).collect::<Result<Vec<f64>>>()?;
            let of_y = without.map(|g| between(&x, &Sums::of(others, Some(g)))).collect::<Result<Vec<f64>>>()?;
            Ok(Jackknife::of(value, [&of_x, &of_y]))
        });
        let jackknife = jackknife.transpose()?;
        let rounding = rounding(&x, &y, value)?;
        let error = jackknife.as_ref().map_or("no error of the rows".to_owned(), |_| {
            format!("jackknife over {GROUPS} groups, bias removed from the interval")
        });
        let how = format!("Gaussian fits, unbiased covariances, merged, right to {rounding:.1e}; {error}");
        let sizes = (x.count as usize, y.count as usize, self.columns());
        let error = jackknife.map(|found| found.error);
        let found = normal_estimate("frechet", value, error, (0.0, f64::INFINITY), sizes, how);
        let interval = jackknife.map(|Jackknife { error, bias }| {
            let (of_laws, reach) = (value - bias, STUDENT * error.hypot(bias) + rounding);
            ((of_laws - reach).max(0.0), of_laws.max(0.0) + reach)
        });
        let bracket = ((value - rounding).max(0.0), value + rounding);
        Ok(Merged { estimate: crate::certificate::Estimate { interval, ..found }, bracket, rounding })
    }
}

/// The squared Fréchet distance, with both means counted from the origin of the first.
fn between(x: &Sums, y: &Sums) -> Result<f64> {
    let mean = (0..x.mean.len()).map(|j| (y.origin[j] - x.origin[j]) + y.mean[j]);
    let p = Gaussian::new(Array1::from(x.mean.clone()), x.cov())?;
    frechet::between(&p, &Gaussian::new(mean.collect(), y.cov())?)
}

/// By how much rounding errors of the sums can have changed the squared distance.
///
/// If the errors of `A` are between `-η A` and `η A`, then `tr (A B)^½` is off by a factor between `√(1 - η)` and `√(1 + η)`. And the
/// distance itself is off by no more than the Bures distance of `A` and what was computed for it, which is at most the root of the sum of the singular values
/// of the error (Powers and Størmer, doi:10.1007/BF01645492).
fn rounding(x: &Sums, y: &Sums, value: f64) -> Result<f64> {
    let (a, b) = (x.rounding(), y.rounding());
    let (p, q) = (x.cov(), y.cov());
    let d = p.nrows() as f64;
    let shift =
        (0..x.mean.len()).map(|j| ((y.origin[j] - x.origin[j]) + (y.mean[j] - x.mean[j])).powi(2)).sum::<f64>().sqrt();
    let traces = p.diag().sum() + q.diag().sum();
    let means = (a.mean + b.mean) * (2.0 * shift + a.mean + b.mean);
    // what the decompositions do to the value, which is relative to all that is in it
    let solver = 64.0 * d * UNIT * (traces + shift * shift);
    let smallest = |cov: &Array2<f64>, error: f64| -> Result<f64> {
        let least = linalg::eigvalsh(cov.view())?.iter().copied().fold(f64::INFINITY, f64::min) - error;
        Ok(if least > 0.0 { error / least } else { 1.0 })
    };
    let relative = smallest(&p, a.cov)?.max(smallest(&q, b.cov)?);
    // tr (A B)^½ is at most (tr A + tr B)/2
    let by_eigenvalues = if relative < 0.5 { a.nuclear + b.nuclear + 2.0 * relative * traces } else { f64::INFINITY };
    let moved = a.nuclear.sqrt() + b.nuclear.sqrt();
    let by_distance = moved * (2.0 * value.max(0.0).sqrt() + moved);
    Ok(means + solver + by_eigenvalues.min(by_distance))
}
