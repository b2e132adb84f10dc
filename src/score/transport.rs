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
use crate::status::Status;
use crate::transport::{Ground, Sinkhorn, Sliced, sinkhorn_divergence as debiased, wasserstein};
use ndarray::Axis;

/// The most rows of either sample that [`w1`] and [`w2`] take whole in more than one dimension.
pub const EXACT_ROWS: usize = 20_000;
/// Beyond it, how many subsamples they take, and of how many rows.
const SUBSAMPLES: u64 = 3;
const SUBSAMPLE_ROWS: usize = 10_000;

/// The distance W₁ of two samples under the Euclidean ground distance, exact.
///
/// In one dimension on all points, by sorting; otherwise by the network simplex, on all points up to [`EXACT_ROWS`] of either sample.
/// Of more it is the mean over three random subsamples of 10,000 rows, drawn from `seed`; its error has their spread in it, `n` and `m` are the
/// rows of one, and `parameters` say so. Units: those of the columns.
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
        let range = (0.0, f64::INFINITY);
        if real.dimension() == 1 || real.len().max(generated.len()) <= EXACT_ROWS {
            let Exact { value, std_error, how, doubt } = of_rows(real, generated, ground, unit)?;
            let found = normal_estimate(name, value, std_error, range, pair.sizes(), format!("{how}; potentials"));
            return Ok(Estimate { warnings: doubt.into_iter().collect(), ..found });
        }
        let mut found = Vec::new();
        for subsample in 0..SUBSAMPLES {
            let draw =
                |sample: &Empirical, task: u64| at_most(SUBSAMPLE_ROWS, sample, seed, 300 + 2 * subsample + task);
            let (x, y) = (draw(real, 0)?, draw(generated, 1)?);
            found.push((of_rows(&x, &y, ground, unit)?, (x.len(), y.len(), real.dimension())));
        }
        let values: Vec<f64> = found.iter().map(|(one, _)| one.value).collect();
        let (count, spread) = (values.len() as f64, variance(&values).sqrt());
        let errors: Option<Vec<f64>> = found.iter().map(|(one, _)| one.std_error).collect();
        let std_error = errors.map(|errors| (errors.iter().sum::<f64>() / count).hypot(spread / count.sqrt()));
        let warnings = found.iter().find_map(|(one, _)| one.doubt.clone()).into_iter().collect();
        let (first, sizes) = &found[0];
        let parameters = format!(
            "{}; potentials; mean of {SUBSAMPLES} subsamples of {} and {} rows, seed {seed}, standard deviation {}",
            first.how,
            sizes.0,
            sizes.1,
            in_data(spread, unit)
        );
        let found = normal_estimate(name, values.iter().sum::<f64>() / count, std_error, range, *sizes, parameters);
        Ok(Estimate { warnings, ..found })
    })
}

/// An exact distance of two samples.
struct Exact {
    value: f64,
    std_error: Option<f64>,
    /// The method and its gap.
    how: String,
    /// Where the solver did not finish.
    doubt: Option<String>,
}

fn of_rows(x: &Empirical, y: &Empirical, ground: Ground, unit: i32) -> Result<Exact> {
    let solution = wasserstein(x, y, ground)?;
    let (value, report) = (solution.distance(), &solution.report);
    let (u, v) = &solution.potentials;
    let of_cost = (variance(u) / u.len() as f64 + variance(v) / v.len() as f64).sqrt();
    // W₂ is the root of the cost: the delta method, which has nothing to say at 0
    let slope = if matches!(ground, Ground::SqEuclidean) { 0.5 / value } else { 1.0 };
    let gap = times_power(report.gap(), ground.root() as i32 * unit);
    Ok(Exact {
        value,
        std_error: (value > 0.0).then_some(of_cost * slope),
        how: format!("exact ({}), gap {gap:.1e}", report.method),
        doubt: (report.status != Status::Converged)
            .then(|| format!("the solver stopped ({}) with a gap of {gap:.1e} in the cost", report.status)),
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
        let size = (x.len(), y.len(), real.dimension());
        Ok(normal_estimate("sinkhorn_divergence", solution.value, None, range, size, parameters))
    })
}
