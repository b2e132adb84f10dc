//! The law of each column by itself: Kolmogorov-Smirnov, W₁ and Jensen-Shannon of the columns of two samples.

use super::Running;
use super::law::SketchedLaw;
use super::rows::{RowNumbers, same};
use super::sketch::Sketch;
use super::stored::{Version, checked_when_read};
use crate::certificate::Estimate;
use crate::divergence::jsd;
use crate::error::{Error, Result};
use crate::measure::Pmf;
use crate::score::{Z, normal_estimate};
use crate::transport::line;
use ndarray::{ArrayView2, Axis};
use std::f64::consts::{LN_2, PI};

/// Values that a level of a sketch must hold.
pub(super) const FEWEST: usize = 2;
/// Bins of the Jensen-Shannon divergence.
const BINS: u64 = 32;

/// A quantile sketch of every column.
///
/// Level `h` of a sketch has at most `k` values of weight `2^h`, so a column of `n` rows keeps at most `k (2 + log₂(n/k))` numbers. Shares of rows
/// are wrong by at most about `log₂(n/k) / (2k)` in either direction: a sixth of a percent for 50 million rows and `k = 4096`. The bound that is stated is the one
/// that was counted while the rows went by. Up to `k - 1` rows nothing is forgotten. O(log k) a number.
///
/// Merging two halves and pushing both give different points, each within its stated error.
///
/// ```
/// use fenchel::score::running::{ColumnSketches, Running};
/// use ndarray::array;
/// let (mut real, mut generated) = (ColumnSketches::new(1, 1024)?, ColumnSketches::new(1, 1024)?);
/// real.push(array![[0.0], [1.0], [2.0], [3.0]].view())?;
/// generated.push(array![[2.0], [3.0], [4.0], [5.0]].view())?;
/// assert_eq!(real.ks(&generated)?[0].value, 0.5);
/// assert_eq!(real.w1(&generated)?[0].value, 2.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(remote = "Self"))]
pub struct ColumnSketches {
    version: Version,
    rows: RowNumbers,
    sketches: Vec<Sketch>,
}

checked_when_read!(ColumnSketches);

impl ColumnSketches {
    /// No rows yet, of so many columns, with `k` values a level.
    ///
    /// # Errors
    /// No columns; `k` below 2.
    ///
    /// ```
    /// use fenchel::score::running::ColumnSketches;
    /// assert!(ColumnSketches::new(3, 4096).is_ok() && ColumnSketches::new(3, 1).is_err());
    /// ```
    pub fn new(columns: usize, k: usize) -> Result<Self> {
        if k < FEWEST {
            return Err(Error::too_few("level of a sketch", k, FEWEST, "values"));
        }
        Ok(Self { version: Version, rows: RowNumbers::new(columns)?, sketches: vec![Sketch::new(k); columns] })
    }

    #[cfg(feature = "serde")]
    fn check(&self) -> std::result::Result<(), String> {
        super::stored::sound(
            self.sketches.len() == self.rows.columns() && self.sketches.iter().all(|s| s.capacity() >= FEWEST),
            "a sketch a column",
        )
    }

    /// The largest difference of the distribution functions, a column each; the real sample is `self`.
    ///
    /// The interval is for the laws and always covers at its level: it is longer by both rank errors and by the bounds of Dvoretzky,
    /// Kiefer, Wolfowitz and Massart (doi:10.1214/aop/1176990746). The p-value is Kolmogorov's limit for the smallest value that the rank errors leave possible.
    /// The baseline is the mean for equal laws without ties.
    ///
    /// # Errors
    /// Different columns; no rows.
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// # use ndarray::Array2;
    /// let (mut real, mut generated) = (ColumnSketches::new(1, 256)?, ColumnSketches::new(1, 256)?);
    /// real.push(Array2::from_shape_fn((50_000, 1), |(i, _)| i as f64).view())?;
    /// generated.push(Array2::from_shape_fn((50_000, 1), |(i, _)| 5_000.0 + i as f64).view())?;
    /// let ks = &real.ks(&generated)?[0];
    /// assert!((ks.value - 0.1).abs() < 0.03 && ks.interval.unwrap().0 <= 0.1 && ks.interval.unwrap().1 >= 0.1);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn ks(&self, generated: &Self) -> Result<Vec<Estimate>> {
        self.each(generated, |x, y, sizes| Ok(ks(x, y, sizes)))
    }

    /// The distance W₁, a column each; the real sample is `self`.
    ///
    /// The value is the exact distance of the two sketches. That of the rows differs by no more than the sum of two areas, between the
    /// distribution function of a sketch and the bounds it is certain of. This is in the interval, whose lower end is moved by the bias of equal laws, the baseline.
    ///
    /// # Errors
    /// As [`ColumnSketches::ks`].
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// # use ndarray::array;
    /// let (mut real, mut generated) = (ColumnSketches::new(2, 64)?, ColumnSketches::new(2, 64)?);
    /// real.push(array![[0.0, 1.0], [1.0, 1.0]].view())?;
    /// generated.push(array![[0.0, 4.0], [3.0, 4.0]].view())?;
    /// let w1: Vec<f64> = real.w1(&generated)?.into_iter().map(|found| found.value).collect();
    /// assert_eq!(w1, [1.0, 3.0]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn w1(&self, generated: &Self) -> Result<Vec<Estimate>> {
        self.each(generated, w1)
    }

    /// The Jensen-Shannon divergence in nats, a column each, on at most 32 bins that are quantiles of the even mixture of both.
    ///
    /// Bins only lower it. The rank errors enter by bounds that hold for certain, the rest of the interval by the delta method, less the bias of equal laws
    /// on as many bins, which is the baseline.
    ///
    /// # Errors
    /// As [`ColumnSketches::ks`].
    ///
    /// ```
    /// # use fenchel::score::running::{ColumnSketches, Running};
    /// # use ndarray::array;
    /// let (mut real, mut generated) = (ColumnSketches::new(1, 64)?, ColumnSketches::new(1, 64)?);
    /// real.push(array![[0.0], [1.0]].view())?;
    /// generated.push(array![[2.0], [3.0]].view())?;
    /// assert!((real.jsd(&generated)?[0].value - 2f64.ln()).abs() < 1e-15);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    pub fn jsd(&self, generated: &Self) -> Result<Vec<Estimate>> {
        self.each(generated, binned)
    }

    fn each(
        &self,
        generated: &Self,
        of: impl Fn(&SketchedLaw, &SketchedLaw, (usize, usize, usize)) -> Result<Estimate>,
    ) -> Result<Vec<Estimate>> {
        self.rows.like(&generated.rows)?;
        let sizes = (self.rows() as usize, generated.rows() as usize, 1);
        let (real, generated) = rayon::join(|| self.finish(), || generated.finish());
        real?.iter().zip(&generated?).map(|(x, y)| of(x, y, sizes)).collect()
    }
}

impl Running for ColumnSketches {
    type Finished = Vec<SketchedLaw>;

    fn starting_at(mut self, row: u64) -> Self {
        self.rows = self.rows.starting_at(row);
        self
    }

    fn push(&mut self, rows: ArrayView2<'_, f64>) -> Result<()> {
        self.rows.take(rows)?;
        for (column, sketch) in rows.axis_iter(Axis(1)).zip(&mut self.sketches) {
            sketch.extend(column.iter().copied());
        }
        Ok(())
    }

    fn merge(&mut self, other: &Self) -> Result<()> {
        self.rows.like(&other.rows)?;
        same("values a level", self.sketches[0].capacity(), other.sketches[0].capacity())?;
        self.rows.join(&other.rows)?;
        for (sketch, other) in self.sketches.iter_mut().zip(&other.sketches) {
            sketch.merge(other);
        }
        Ok(())
    }

    /// The law of each column.
    fn finish(&self) -> Result<Vec<SketchedLaw>> {
        if self.rows.count() == 0 {
            return Err(Error::too_few("sample", 0, 1, "rows"));
        }
        Ok(self.sketches.iter().map(|sketch| Sketch::law_of(&[sketch])).collect())
    }

    fn rows(&self) -> u64 {
        self.rows.count()
    }
}

/// What is said of the sketches of two laws.
fn sketched(x: &SketchedLaw, y: &SketchedLaw) -> String {
    let of = |law: &SketchedLaw| law.error().0.max(law.error().1);
    format!("quantile sketches, ranks right to {:.1e} and {:.1e}", of(x), of(y))
}

/// `1/n + 1/m`.
pub(in crate::score) fn rates((n, m, _): (usize, usize, usize)) -> f64 {
    1.0 / n as f64 + 1.0 / m as f64
}

pub(in crate::score) fn ks(x: &SketchedLaw, y: &SketchedLaw, sizes: (usize, usize, usize)) -> Estimate {
    let (n, m) = (sizes.0 as f64, sizes.1 as f64);
    let (mut value, mut at) = (0.0, (0.0, 0.0));
    x.for_each_point_with(y, |_, below_x, below_y| {
        let (f, g) = (below_x as f64 / n, below_y as f64 / m);
        if (f - g).abs() > value {
            (value, at) = ((f - g).abs(), (f, g));
        }
    });
    // the first function may be too high where the second is too low
    let ((a, b), (c, d)) = (x.error(), y.error());
    let rank_error = (a + d).max(b + c);
    let std_error = (at.0 * (1.0 - at.0) / n + at.1 * (1.0 - at.1) / m).sqrt();
    // each sample is farther from its law with probability 0.05 at most
    let band = |rows: f64| ((2.0f64 / 0.05).ln() / (2.0 * rows)).sqrt();
    let reach = rank_error + band(n) + band(m);
    let how = format!("{}; interval by DKW, p-value by Kolmogorov's limit", sketched(x, y));
    let found = normal_estimate("ks", value, Some(std_error), (0.0, 1.0), sizes, how);
    let root = rates(sizes).sqrt();
    let (mean, deviation) = kolmogorov_moments();
    Estimate {
        interval: Some(((value - reach).max(0.0), (value + reach).min(1.0))),
        p_value: Some(kolmogorov((value - rank_error).max(0.0) / root)),
        baseline: Some(mean * root),
        baseline_spread: Some(deviation * root),
        ..found
    }
}

/// Mean and standard deviation of Kolmogorov's law.
pub(in crate::score) fn kolmogorov_moments() -> (f64, f64) {
    ((PI / 2.0).sqrt() * LN_2, (PI * PI / 12.0 - PI / 2.0 * LN_2 * LN_2).sqrt())
}

/// `P(K > z) = 2 sum (-1)^(j-1) exp(-2 j² z²)`, the limit of the statistic times `√(nm/(n+m))`; never 0.
pub(in crate::score) fn kolmogorov(z: f64) -> f64 {
    if z < 0.2 {
        return 1.0; // up to 1e-12
    }
    let term = |j: i32| f64::from(2 * (j % 2) - 1) * (-2.0 * f64::from(j * j) * z * z).exp();
    (2.0 * (1..=40).map(term).sum::<f64>()).clamp(f64::MIN_POSITIVE, 1.0)
}

pub(in crate::score) fn w1(x: &SketchedLaw, y: &SketchedLaw, sizes: (usize, usize, usize)) -> Result<Estimate> {
    let (a, b) = (x.masses(), y.masses());
    let solution = line::wasserstein(x.points(), Some(&a), y.points(), Some(&b), 1.0)?;
    let value = solution.distance();
    let (u, v) = &solution.potentials;
    let std_error = (spread(u, &a) / sizes.0 as f64 + spread(v, &b) / sizes.1 as f64).sqrt();
    let bias = bias_of_w1(x, y, rates(sizes));
    let sketch = x.distance_to_rows(1) + y.distance_to_rows(1);
    let how = format!("{}, W1 of the rows within {sketch:.3e}; potentials", sketched(x, y));
    let found = normal_estimate("w1", value, Some(std_error), (0.0, f64::INFINITY), sizes, how);
    let reach = Z * std_error.hypot(bias);
    let interval = ((value - sketch - bias - reach).max(0.0), value + sketch + reach);
    Ok(Estimate { interval: Some(interval), baseline: Some(bias), ..found })
}

/// The variance of values of these masses.
pub(in crate::score) fn spread(values: &[f64], masses: &[f64]) -> f64 {
    let mean: f64 = values.iter().zip(masses).map(|(v, w)| v * w).sum();
    values.iter().zip(masses).map(|(v, w)| w * (v - mean) * (v - mean)).sum()
}

/// What W₁ of samples of the even mixture is on average: `√(2/π) ∫ √(H (1 - H) (1/n + 1/m))`.
fn bias_of_w1(x: &SketchedLaw, y: &SketchedLaw, rates: f64) -> f64 {
    let mixture = mixture(x, y);
    let pairs = mixture.windows(2).map(|two| (two[1].0 - two[0].0) * (two[0].1 * (1.0 - two[0].1)).max(0.0).sqrt());
    (2.0 / PI * rates).sqrt() * pairs.sum::<f64>()
}

/// The points of both and the distribution function of the even mixture there.
fn mixture(x: &SketchedLaw, y: &SketchedLaw) -> Vec<(f64, f64)> {
    let (n, m) = (x.rows() as f64, y.rows() as f64);
    let mut mixture = Vec::with_capacity(x.points().len() + y.points().len());
    x.for_each_point_with(y, |t, below_x, below_y| {
        mixture.push((t, 0.5 * (below_x as f64 / n + below_y as f64 / m)));
    });
    mixture
}

/// The Jensen-Shannon divergence on quantile bins.
pub(in crate::score) fn binned(x: &SketchedLaw, y: &SketchedLaw, sizes: (usize, usize, usize)) -> Result<Estimate> {
    let mixture = mixture(x, y);
    let mut edges: Vec<f64> = Vec::new();
    for k in 1..BINS {
        let level = k as f64 / BINS as f64;
        let edge = mixture[mixture.partition_point(|(_, share)| *share < level).min(mixture.len() - 1)].0;
        if edges.last().is_none_or(|last| *last < edge) && edge < mixture[mixture.len() - 1].0 {
            edges.push(edge);
        }
    }
    let masses = |law: &SketchedLaw| -> Vec<f64> {
        let ranks: Vec<u64> = edges.iter().map(|t| law.rank(*t)).chain([law.rows()]).collect();
        let before = std::iter::once(&0).chain(&ranks);
        ranks.iter().zip(before).map(|(rank, before)| (rank - before) as f64 / law.rows() as f64).collect()
    };
    let how = sketched(x, y);
    jsd_of_bins((&masses(x), x.error()), (&masses(y), y.error()), sizes, &how)
}

/// The divergence of two laws on bins, or on categories, whose cumulative masses are known up to an error in either direction.
pub(in crate::score) fn jsd_of_bins(
    (p, p_error): (&[f64], (f64, f64)),
    (q, q_error): (&[f64], (f64, f64)),
    sizes: (usize, usize, usize),
    how: &str,
) -> Result<Estimate> {
    let value = jsd(&Pmf::normalised(p)?, &Pmf::normalised(q)?)?.value;
    let (low, high) = reach_of_ranks((p, p_error), (q, q_error));
    let (g, h) = (slopes(p, q), slopes(q, p));
    let std_error = (spread(&g, p) / sizes.0 as f64 + spread(&h, q) / sizes.1 as f64).sqrt();
    let free = (p.len() - 1) as f64;
    let (bias, deviation) = (free / 8.0 * rates(sizes), (2.0 * free).sqrt() / 8.0 * rates(sizes));
    let reach = Z * std_error.hypot(deviation);
    let how = format!("{how}, {} bins, JSD of the rows within -{low:.1e} and +{high:.1e}; delta method", p.len());
    let found = normal_estimate("jsd", value, Some(std_error), (0.0, LN_2), sizes, how);
    let interval = ((value - low - bias - reach).max(0.0), (value + high + reach).min(LN_2));
    Ok(Estimate { interval: Some(interval), baseline: Some(bias), baseline_spread: Some(deviation), ..found })
}

/// The derivative of the divergence by the mass of each bin, `½ ln(2p/(p+q))`; 0 for a bin that the law has no mass in.
fn slopes(p: &[f64], q: &[f64]) -> Vec<f64> {
    p.iter().zip(q).map(|(p, q)| if *p > 0.0 { 0.5 * (2.0 * p / (p + q)).ln() } else { 0.0 }).collect()
}

/// How far the divergence of the rows may be below, and above, that of the sketches.
///
/// An edge between bins `b` and `b+1` that is off by `e` moves `e` from one to the other and changes the divergence by `e` times the difference of
/// the slopes, plus a term of second order above (the divergence is convex, so there is none below). Bins whose mass is no larger than
/// its error are taken at the corners of what is possible.
fn reach_of_ranks(
    (p, (p_high, p_low)): (&[f64], (f64, f64)),
    (q, (q_high, q_low)): (&[f64], (f64, f64)),
) -> (f64, f64) {
    let (dp, dq) = (p_high + p_low, q_high + q_low);
    let small = |b: usize| (dp > 0.0 && p[b] <= 2.0 * dp) || (dq > 0.0 && q[b] <= 2.0 * dq);
    let without_small = |slopes: Vec<f64>| -> Vec<f64> {
        slopes.into_iter().enumerate().map(|(b, slope)| if small(b) { 0.0 } else { slope }).collect()
    };
    let (mut low, mut high) = (0.0, 0.0);
    for (slopes, (down, up)) in
        [(without_small(slopes(p, q)), (p_high, p_low)), (without_small(slopes(q, p)), (q_high, q_low))]
    {
        for two in slopes.windows(2) {
            let step = two[0] - two[1];
            high += (step * up).max(-step * down);
            low += (step * down).max(-step * up);
        }
    }
    for (b, (&p, &q)) in p.iter().zip(q).enumerate() {
        if small(b) {
            let ((p0, p1), (q0, q1)) = (((p - dp).max(0.0), p + dp), ((q - dq).max(0.0), q + dq));
            let most = cell(p0, q1).max(cell(p1, q0)).max(cell(p0, q0)).max(cell(p1, q1));
            let least = if p0 > q1 {
                cell(p0, q1)
            } else if q0 > p1 {
                cell(p1, q0)
            } else {
                0.0
            };
            high += most - cell(p, q);
            low += cell(p, q) - least;
        } else {
            let second = |mass: f64, off: f64| if off > 0.0 { off * off / (mass - off) / 4.0 } else { 0.0 };
            high += second(p, dp) + second(q, dq);
        }
    }
    (low, high)
}

/// `½ (p ln(2p/(p+q)) + q ln(2q/(p+q)))`.
fn cell(p: f64, q: f64) -> f64 {
    let part = |p: f64, q: f64| if p > 0.0 { 0.5 * p * (2.0 * p / (p + q)).ln() } else { 0.0 };
    part(p, q) + part(q, p)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kolmogorovs_law() {
        // scipy.special.kolmogorov
        for (z, p) in
            [(0.5, 0.963_945_243_664_875_1), (1.0, 0.269_999_671_677_355_1), (2.0, 0.000_670_925_255_779_695_5)]
        {
            assert!((kolmogorov(z) - p).abs() < 1e-14, "{z}: {}", kolmogorov(z));
        }
        assert!(kolmogorov(100.0) > 0.0 && kolmogorov(0.2) <= 1.0);
    }

    #[test]
    fn what_ranks_leave_open_holds_every_divergence_that_they_allow() {
        // all ways to move the three inner edges of either law by what is allowed
        let (p, q) = ([0.1, 0.3, 0.4, 0.2], [0.25, 0.25, 0.02, 0.48]);
        let (high, low) = (0.01, 0.02);
        let (below, above) = reach_of_ranks((&p, (high, low)), (&q, (high, low)));
        let total = |p: &[f64], q: &[f64]| p.iter().zip(q).map(|(p, q)| cell(*p, *q)).sum::<f64>();
        let value = total(&p, &q);
        let moved = |masses: &[f64; 4], choice: usize| {
            let mut edges = [masses[0], masses[0] + masses[1], masses[0] + masses[1] + masses[2]];
            for (k, edge) in edges.iter_mut().enumerate() {
                *edge += [-high, 0.0, low][choice / 3usize.pow(k as u32) % 3];
            }
            let all = [edges[0], edges[1] - edges[0], edges[2] - edges[1], 1.0 - edges[2]];
            all.iter().all(|mass| *mass >= 0.0).then_some(all)
        };
        let mut farthest = (0.0f64, 0.0f64);
        for (a, b) in (0..27).flat_map(|a| (0..27).map(move |b| (a, b))) {
            if let (Some(p), Some(q)) = (moved(&p, a), moved(&q, b)) {
                let found = total(&p, &q);
                assert!(value - below <= found + 1e-15 && found <= value + above + 1e-15, "{found}");
                farthest = (farthest.0.max(value - found), farthest.1.max(found - value));
            }
        }
        assert!(below < 3.0 * farthest.0 && above < 3.0 * farthest.1, "{below} {above} {farthest:?}");
    }
}
