//! Sliced transport: the mean over random directions of the transport between the projections.
//!
//! `SW_p^p = E_theta W_p^p(theta·x, theta·y)` with `theta` uniform on the sphere. Each projection is solved by sorting.
//! The error over directions is that of a mean, so the result has a standard error. To compare distances between runs,
//! use the same seed.
//!
//! Source: Bonneel, Rabin, Peyré, Pfister 2015 (doi:10.1007/s10851-014-0506-3).

use crate::certificate::{Estimate, LEVEL};
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::numeric::special::NORMAL_950;
use crate::numeric::{Sum, times_power};
use crate::transport::line::projection::{direction, project};
use crate::transport::line::sort;
use crate::transport::line::{SortedLaw, cost_of_pairs, cost_of_sorted, farthest};
use crate::transport::problem::masses::{Masses, WholeMass};
use crate::transport::problem::power::{self, Power, check_power};
use ndarray::Array2;
use rayon::prelude::*;

/// The estimator of sliced distances.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::Sliced;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 2.0]])?;
/// let y = Empirical::new(array![[3.0, 4.0], [4.0, 6.0]])?;
/// // a translation by t: SW_2 is |t|/sqrt(d), here 5/sqrt(2) = 3.54
/// let estimate = Sliced::new(2000).seed(1).solve(&x, &y, 2.0)?;
/// let (low, high) = estimate.interval.unwrap();
/// assert!(low < 3.5355 && 3.5355 < high);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sliced {
    projections: usize,
    seed: u64,
}

/// Numbers in the projections that are made at once: enough directions for an efficient product, little memory.
const BLOCK: usize = 1 << 20;

impl Sliced {
    /// The mean over so many random directions, with seed 0.
    #[must_use]
    pub fn new(projections: usize) -> Self {
        Self { projections, seed: 0 }
    }

    /// Draws the directions from this seed.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The sliced distance of order `p >= 1` between two laws, with its standard error and 90 % interval.
    ///
    /// The error is that of the choice of directions; in one dimension there is only one direction and no error. The
    /// laws themselves are taken as known. The same seed gives the same bits for any number of threads. O(projections ·
    /// (n d + n log n)). The answer is right for points of any scale, because they are taken in a unit of their own.
    ///
    /// # Errors
    /// Fewer than two projections; laws of different dimensions; `p < 1` or not finite; a power so large that costs overflow.
    pub fn solve(&self, x: &Empirical, y: &Empirical, p: f64) -> Result<Estimate> {
        x.same_dimension(y, "x", "y")?;
        if self.projections < 2 {
            let found = self.projections;
            return Err(Error::too_few("sliced transport", found, 2, "projections"));
        }
        check_power(p)?;
        let ([x, y], unit) = Empirical::in_own_unit(x, y);
        let masses = Masses::<i64>::of(x.weights(), y.weights());
        let estimate = if masses.are_coarse(x.weights(), y.weights()) {
            self.over_directions(&x, &y, &Masses::<i128>::of(x.weights(), y.weights()), p)
        } else {
            self.over_directions(&x, &y, &masses, p)
        };
        let back = |length: f64| times_power(length, unit);
        let estimate = Estimate {
            value: back(estimate.value),
            std_error: estimate.std_error.map(back),
            interval: estimate.interval.map(|(low, high)| (back(low), back(high))),
            ..estimate
        };
        estimate.sound()
    }

    /// The same in the unit of the points.
    fn over_directions<M: WholeMass>(&self, x: &Empirical, y: &Empirical, masses: &Masses<M>, p: f64) -> Estimate {
        let d = x.dimension();
        let mut power = Power::plain(p);
        let mut costs = self.along_directions(x, y, masses, |slice| slice.cost(power));
        let most = costs.iter().fold(0.0f64, |most, cost| most.max(*cost));
        if most == 0.0 || !most.is_finite() || power.underflows(power.root(most)) {
            // in the unit of the moved lengths
            let lengths = self.along_directions(x, y, masses, |slice| farthest(slice.rows(), slice.columns()));
            power = Power::of_moved(lengths.into_iter().fold(0.0, f64::max), p);
            costs = self.along_directions(x, y, masses, |slice| slice.cost(power));
        }
        let count = costs.len() as f64;
        let mean = Sum::of(costs.iter().copied()) / count;
        let variance = Sum::of(costs.iter().map(|c| (c - mean) * (c - mean))) / (count - 1.0);
        // in one dimension the directions 1 and -1 give the same cost
        let error = if d == 1 { 0.0 } else { (variance / count).sqrt() };
        let value = power.root(mean);
        // d(mean^(1/p)) = value/(p mean) d(mean)
        let std_error = if mean > 0.0 { value / (p * mean) * error } else { 0.0 };
        let reach = NORMAL_950 * error;
        let interval = (power.root((mean - reach).max(0.0)), power.root(mean + reach));
        Estimate {
            name: format!("sliced_w{p}"),
            value,
            std_error: Some(std_error),
            interval: Some(interval),
            level: LEVEL,
            p_value: None,
            baseline: None,
            baseline_spread: None,
            n: x.len(),
            m: y.len(),
            dimension: d,
            warnings: Vec::new(),
            parameters: format!(
                "p={p}, projections={}, seed={}; error over the choice of directions",
                self.projections, self.seed
            ),
        }
    }

    /// The value of `of` for the projections on each direction.
    fn along_directions<M: WholeMass>(
        &self,
        x: &Empirical,
        y: &Empirical,
        masses: &Masses<M>,
        of: impl Fn(&Slice<'_, M>) -> f64 + Sync,
    ) -> Vec<f64> {
        let d = x.dimension();
        let pairs = x.is_uniform() && y.is_uniform() && x.len() == y.len();
        let size = (BLOCK / (x.len() + y.len())).clamp(8, 64);
        let blocks: Vec<Vec<f64>> = (0..self.projections.div_ceil(size))
            .into_par_iter()
            .map(|block| {
                let chosen = block * size..self.projections.min((block + 1) * size);
                let mut directions = Array2::zeros((chosen.len(), d));
                for (mut row, k) in directions.rows_mut().into_iter().zip(chosen) {
                    row.assign(&direction(self.seed, k as u64, d));
                }
                let (px, py) = (project(x.points(), &directions), project(y.points(), &directions));
                let (mut sorted_x, mut sorted_y) = (vec![0.0; x.len()], vec![0.0; y.len()]);
                px.rows()
                    .into_iter()
                    .zip(py.rows())
                    .map(|(x, y)| {
                        let (x, y) = (x.to_slice().expect("a row"), y.to_slice().expect("a row"));
                        let (a, b) = (&masses.a[..], &masses.b[..]);
                        if pairs {
                            sort::sort_into(x, &mut sorted_x);
                            sort::sort_into(y, &mut sorted_y);
                            return of(&Slice { x: &sorted_x, y: &sorted_y, a, b, pairs, unit: masses.unit });
                        }
                        let (x, y) = (SortedLaw::weighted(x, a), SortedLaw::weighted(y, b));
                        let (a, b) = (&x.masses[..], &y.masses[..]);
                        of(&Slice { x: &x.points, y: &y.points, a, b, pairs, unit: masses.unit })
                    })
                    .collect()
            })
            .collect();
        blocks.concat()
    }
}

/// Both laws along one direction, ascending, and the units of mass of their points.
struct Slice<'s, M> {
    x: &'s [f64],
    y: &'s [f64],
    a: &'s [M],
    b: &'s [M],
    /// As many points on both sides, all of one mass.
    pairs: bool,
    unit: f64,
}

impl<M: WholeMass> Slice<'_, M> {
    fn rows(&self) -> (&[f64], impl Fn(usize) -> M) {
        (self.x, |r| self.a[r])
    }

    fn columns(&self) -> (&[f64], impl Fn(usize) -> M) {
        (self.y, |s| self.b[s])
    }

    fn cost(&self, power: Power) -> f64 {
        // a case of its own, so that the common unit costs no division
        if power.is_plain() { self.cost_by(|t| power::power(t, power.p)) } else { self.cost_by(|t| power.of(t)) }
    }

    fn cost_by(&self, cost: impl Fn(f64) -> f64) -> f64 {
        if self.pairs {
            cost_of_pairs(self.x, self.y, cost) / self.x.len() as f64
        } else {
            self.unit * cost_of_sorted(self.rows(), self.columns(), cost)
        }
    }
}
