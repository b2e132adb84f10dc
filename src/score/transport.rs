//! Transport distances between samples, with the standard error that the dual potentials give.
//!
//! For optimal potentials `u, v` the transport cost of two samples scatters like `mean u(x_i) + mean v(y_j)`
//! (del Barrio and Loubes, arXiv 1705.01299), so its standard error is `√(var u / n + var v / m)`: the certificate of
//! optimality is also the influence function. The distance between samples is biased upwards, in many dimensions by
//! more than it scatters: compare with the baseline.

use super::kernel::in_data;
use super::{MOST_ROWS, Pair, at_most, normal_estimate};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::numeric::{times_power, variance};
use crate::transport::{Ground, Sinkhorn, Sliced, sinkhorn_divergence as debiased, wasserstein};
use ndarray::Axis;

/// The distance W₁ of two samples under the Euclidean ground distance, exact.
///
/// In one dimension on all points, by sorting; otherwise by the network simplex on at most [`MOST_ROWS`] rows of
/// either sample, drawn from `seed`; `parameters` then says so. Units: those of the columns.
///
/// # Errors
/// A value that `f64` cannot hold.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, transport};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
/// let y = Empirical::new(array![[0.0, 3.0], [1.0, 1.0]])?;
/// assert_eq!(transport::w1(&Pair::new(&x, &y)?, 0)?.value, 2.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn w1(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    exact("w1", pair, Ground::Euclidean, seed)
}

/// The distance W₂ of two samples, exact; as [`w1`].
///
/// # Errors
/// As [`w1`].
pub fn w2(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    exact("w2", pair, Ground::SqEuclidean, seed)
}

fn exact(name: &str, pair: &Pair<'_>, ground: Ground, seed: u64) -> Result<Estimate> {
    pair.in_own_unit(1, |real, generated, unit| {
        let most = if real.dimension() == 1 { usize::MAX } else { MOST_ROWS };
        let (x, y) = (at_most(most, real, seed, 3)?, at_most(most, generated, seed, 4)?);
        let solution = wasserstein(&x, &y, ground)?;
        let value = solution.distance();
        let (u, v) = &solution.potentials;
        let of_cost = (variance(u) / u.len() as f64 + variance(v) / v.len() as f64).sqrt();
        // W₂ is the root of the cost: the delta method, which has nothing to say at 0
        let slope = if matches!(ground, Ground::SqEuclidean) { 0.5 / value } else { 1.0 };
        let std_error = (value > 0.0).then_some(of_cost * slope);
        let mut parameters = format!(
            "exact ({}), gap {:.1e}; potentials",
            solution.report.method,
            times_power(solution.report.gap(), ground.root() as i32 * unit)
        );
        if (x.len(), y.len()) != (real.len(), generated.len()) {
            parameters.push_str(&format!("; subsamples of {} and {} rows, seed {seed}", x.len(), y.len()));
        }
        Ok(normal_estimate(name, value, std_error, (0.0, f64::INFINITY), pair.sizes(), parameters))
    })
}

/// Directions of [`sliced_w2`].
const PROJECTIONS: usize = 200;
/// Groups of its jackknife.
const GROUPS: usize = 20;

/// The sliced distance W₂: the root mean square of W₂ over 200 random directions drawn from `seed`.
///
/// The standard error is that over the directions, joined by the jackknife's over 20 groups of either sample (row `i`
/// is in group `i mod 20`); fewer than 20 rows have none. O((n + m) (d + log(n + m))) a direction and group.
///
/// # Errors
/// As [`w1`].
pub fn sliced_w2(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    let (real, generated) = (pair.real(), pair.generated());
    let sliced = Sliced::new(PROJECTIONS).seed(seed);
    let all = sliced.solve(real, generated, 2.0)?;
    let without = |sample: &Empirical, group: usize| {
        let kept: Vec<usize> = (0..sample.len()).filter(|i| i % GROUPS != group).collect();
        Empirical::new(sample.points().select(Axis(0), &kept))
    };
    let std_error = if real.len().min(generated.len()) >= GROUPS {
        let (mut without_real, mut without_generated) = (Vec::new(), Vec::new());
        for group in 0..GROUPS {
            without_real.push(sliced.solve(&without(real, group)?, generated, 2.0)?.value);
            without_generated.push(sliced.solve(real, &without(generated, group)?, 2.0)?.value);
        }
        let g = GROUPS as f64;
        let over_samples = (g - 1.0) * (g - 1.0) / g * (variance(&without_real) + variance(&without_generated));
        Some((over_samples + all.std_error.unwrap_or(0.0).powi(2)).sqrt())
    } else {
        None
    };
    let parameters = format!("{PROJECTIONS} directions, seed {seed}; jackknife over {GROUPS} groups and directions");
    let range = (0.0, f64::INFINITY);
    Ok(normal_estimate("sliced_w2", all.value, std_error, range, pair.sizes(), parameters))
}

/// The regularisation of [`sinkhorn_divergence`], relative to the mean squared distance within the real sample.
const RELATIVE_EPS: f64 = 0.1;

/// The Sinkhorn divergence of two samples under the squared Euclidean cost.
///
/// The regularisation is a tenth of the mean squared distance within the real sample, so it is the same for all
/// generators. On at most [`MOST_ROWS`] rows of either sample, drawn from `seed`. No standard error; `parameters` has
/// the bracket of the solver.
///
/// # Errors
/// As [`w1`]; a regularisation beyond what the solver can do.
pub fn sinkhorn_divergence(pair: &Pair<'_>, seed: u64) -> Result<Estimate> {
    pair.in_own_unit(2, |real, generated, unit| {
        let (x, y) = (at_most(MOST_ROWS, real, seed, 3)?, at_most(MOST_ROWS, generated, seed, 4)?);
        let spread = |x: &Empirical| 2.0 * x.points().var_axis(Axis(0), 0.0).sum();
        // two single points have the same divergence under any regularisation
        let eps = [spread(real), spread(generated)].into_iter().find(|s| *s > 0.0).map_or(1.0, |s| RELATIVE_EPS * s);
        let solution = debiased(&x, &y, Ground::SqEuclidean, &Sinkhorn::new(eps).tolerance(1e-6))?;
        let (report, of) = (&solution.report, |value: f64| in_data(value, 2 * unit));
        let mut parameters = format!(
            "squared Euclidean, eps {}; {} in [{}, {}]",
            of(eps),
            report.status,
            of(report.dual),
            of(report.primal)
        );
        if (x.len(), y.len()) != (real.len(), generated.len()) {
            parameters.push_str(&format!("; subsamples of {} and {} rows, seed {seed}", x.len(), y.len()));
        }
        let range = (0.0, f64::INFINITY);
        let size = pair.sizes();
        Ok(normal_estimate("sinkhorn_divergence", solution.value, None, range, size, parameters))
    })
}
