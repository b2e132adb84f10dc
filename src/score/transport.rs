//! Transport distances between samples, with the standard error that the dual potentials give.
//!
//! For optimal potentials `u, v` the transport cost of two samples scatters like `mean u(x_i) + mean v(y_j)`
//! (del Barrio and Loubes, arXiv 1705.01299), so its standard error is `√(var u / n + var v / m)`: the certificate of
//! optimality is also the influence function. The distance between samples is biased upwards, in many dimensions by
//! more than it scatters: compare with the baseline.

use super::definition::Definition;
use super::directions::{Belongs, mean_squares};
use super::forecast::{Step, Workload};
use super::kernel::in_data;
use super::line::{self, Line};
use super::null::{Null, Rise, SPLITS, by_number};
use super::{Better, MOST_ROWS, Pair, Permutations, Z, at_most, normal_estimate, permutations};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::numeric::{times_power, variance};
use crate::status::Status;
use crate::transport::{
    Ground, Sinkhorn, Sliced, debiased_with_influences, sinkhorn_divergence as debiased, wasserstein,
};
use ndarray::{Array2, Axis};

pub(super) const W1: Definition =
    Definition::new("w1", "transport distance W1", Step::new("plans of length", plans), |card| {
        w1(card.pair(), card.again())
    })
    .aliases(&["wasserstein", "emd"]);
pub(super) const W2: Definition =
    Definition::new("w2", "transport distance W2", Step::new("plans of squared length", plans), |card| {
        w2(card.pair(), card.again())
    });
pub(super) const SLICED_W2: Definition = Definition::new(
    "sliced_w2",
    "transport distance W2 of projections",
    Step::new("plans along directions", |task| {
        let one = work_of_slices(task.rows());
        let in_order = PROJECTIONS as f64 * task.rows() * (PLACE + 0.24 * task.d);
        in_order + (GROUPS as f64 + task.again(one)) * one
    }),
    |card| sliced_w2(card.pair(), card.again()),
)
.aliases(&["sliced_wasserstein"]);
pub(super) const SINKHORN_DIVERGENCE: Definition = Definition::new(
    "sinkhorn_divergence",
    "entropic transport cost without its bias",
    Step::new("entropic plans", |task| {
        let rows = task.n.min(MOST_ROWS as f64) + task.m.min(MOST_ROWS as f64);
        let times = 1.0 + SPLITS as f64 + 2.0 * task.again(2.0 * work_of_sinkhorn(rows));
        times * rows * rows * (25.0 + 0.05 * task.d)
    }),
    |card| sinkhorn_divergence(card.pair(), card.again()),
)
.aliases(&["sinkhorn"]);

/// The nanoseconds of an exact distance: the simplex method meets few of the pairs, and fewer the more there are.
fn work_of_exact(n: f64, m: f64, d: f64) -> f64 {
    PAIR * (n * m).powf(0.71) + COORDINATE * n * m * d
}

/// Nanoseconds of a pair that the simplex method meets, and of a coordinate of any pair.
const PAIR: f64 = 2500.0;
const COORDINATE: f64 = 0.45;

/// The nanoseconds of an exact distance and of those of relabelled samples.
fn plans(task: &Workload<'_>) -> f64 {
    if task.d <= 1.0 {
        return line::nanoseconds(task.rows(), task.again(line::WORK * task.rows()));
    }
    let whole = task.n.max(task.m) <= EXACT_ROWS as f64;
    let (most, samples) = if whole { (f64::INFINITY, 1.0) } else { (SUBSAMPLE_ROWS as f64, SUBSAMPLES as f64) };
    let one = work_of_exact(task.n.min(most), task.m.min(most), task.d);
    (samples + task.again(one)) * one
}

/// The nanoseconds of a sliced distance of rows that are in order already.
fn work_of_slices(rows: f64) -> f64 {
    PROJECTIONS as f64 * rows * 4.0
}

/// Nanoseconds of finding the place of a row along a direction, by numbers alone and with the rows.
const PLACE: f64 = 45.0;

/// The operations of a Sinkhorn divergence, by which relabellings are counted.
fn work_of_sinkhorn(rows: f64) -> f64 {
    100.0 * rows * rows
}

/// The most rows of either sample that [`w1`] and [`w2`] take whole in more than one dimension.
pub const EXACT_ROWS: usize = 20_000;
/// Beyond it, how many subsamples they take, and of how many rows.
const SUBSAMPLES: u64 = 3;
const SUBSAMPLE_ROWS: usize = 10_000;

/// The distance W₁ of two samples under the Euclidean ground distance, exact.
///
/// In one dimension on all points, by sorting; otherwise by the network simplex, on all points up to [`EXACT_ROWS`] of either sample.
/// Of more it is the mean over three random subsamples of 10,000 rows, drawn from the seed of `test`; its error has their spread in it,
/// `n` and `m` are the rows of one, and `parameters` say so. Units: those of the columns.
///
/// Samples are farther apart than their laws, by a bias that in many dimensions falls like `n^(-1/d)`: no estimate removes it. The interval
/// bounds it. It starts where the bias is as large as for equal laws (the baseline) and ends where there is none, wider at both ends by the
/// error, so it covers more often than its level says: in 94 to 100 % of 200 trials (`w2` in 86 to 100 %, `benches/coverage_scores.md`).
///
/// # Errors
/// A value that `f64` cannot hold; more than a million permutations.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, transport};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
/// let y = Empirical::new(array![[0.0, 3.0], [1.0, 1.0]])?;
/// assert_eq!(transport::w1(&Pair::new(&x, &y)?, Permutations::none())?.value, 2.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn w1(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    exact("w1", pair, Ground::Euclidean, test)
}

/// The distance W₂ of two samples, exact; as [`w1`]. The bias is bounded in the squared distance.
///
/// # Errors
/// As [`w1`].
pub fn w2(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    exact("w2", pair, Ground::SqEuclidean, test)
}

fn exact(name: &str, pair: &Pair<'_>, ground: Ground, test: Permutations) -> Result<Estimate> {
    test.validate()?;
    pair.in_own_unit(1, |real, generated, unit| {
        if real.dimension() == 1 {
            let line = Line::new(real.points(), generated.points());
            let (exact, null) =
                rayon::join(|| on_line(&line, ground, unit), || line.relabelled_transport(ground.root(), test));
            let how = format!("{}; potentials", exact.how);
            return Ok(bounded(name, &exact, &null, ground, pair.sizes(), how));
        }
        if real.len().max(generated.len()) <= EXACT_ROWS {
            let (exact, null) = (of_rows(real, generated, ground, unit)?, relabelled(real, generated, ground, test)?);
            let how = format!("{}; potentials", exact.how);
            return Ok(bounded(name, &exact, &null, ground, pair.sizes(), how));
        }
        let (mut found, mut samples) = (Vec::new(), None);
        for subsample in 0..SUBSAMPLES {
            let draw =
                |sample: &Empirical, task: u64| at_most(SUBSAMPLE_ROWS, sample, test.seed, 300 + 2 * subsample + task);
            let (x, y) = (draw(real, 0)?, draw(generated, 1)?);
            found.push(of_rows(&x, &y, ground, unit)?);
            samples.get_or_insert((x, y));
        }
        let Some((x, y)) = samples else { unreachable!("there are subsamples") };
        let values: Vec<f64> = found.iter().map(|one| one.cost).collect();
        let (count, spread) = (values.len() as f64, variance(&values).sqrt());
        let error = found.iter().map(|one| one.error).sum::<f64>() / count;
        let exact = Exact {
            cost: values.iter().sum::<f64>() / count,
            error: error.hypot(spread / count.sqrt()),
            how: found[0].how.clone(),
            doubt: found.into_iter().find_map(|one| one.doubt),
        };
        let how = format!(
            "{}; potentials; mean of {SUBSAMPLES} subsamples of {} and {} rows, seed {}, standard deviation of the cost {}",
            exact.how,
            x.len(),
            y.len(),
            test.seed,
            in_data(spread, ground.root() as i32 * unit)
        );
        let null = relabelled(&x, &y, ground, test)?;
        Ok(bounded(name, &exact, &null, ground, (x.len(), y.len(), real.dimension()), how))
    })
}

/// The costs of relabelled samples.
fn relabelled(x: &Empirical, y: &Empirical, ground: Ground, test: Permutations) -> Result<Null> {
    let work = work_of_exact(x.len() as f64, y.len() as f64, x.dimension() as f64);
    let cost =
        |x: Array2<f64>, y: Array2<f64>| Ok(wasserstein(&Empirical::new(x)?, &Empirical::new(y)?, ground)?.cost());
    Null::of((x.len(), y.len()), test, work, by_number((x.points(), y.points()), cost))
}

/// The distance with an interval between the greatest bias and none.
fn bounded(
    name: &str,
    exact: &Exact,
    null: &Null,
    ground: Ground,
    sizes: (usize, usize, usize),
    how: String,
) -> Estimate {
    let root = |cost: f64| if matches!(ground, Ground::SqEuclidean) { cost.max(0.0).sqrt() } else { cost.max(0.0) };
    let value = root(exact.cost);
    // W₂ is the root of the cost: the delta method, which has nothing to say at 0
    let slope = if matches!(ground, Ground::SqEuclidean) { 0.5 / value } else { 1.0 };
    let std_error = (value > 0.0).then_some(exact.error * slope);
    let estimate = normal_estimate(name, value, std_error, (0.0, f64::INFINITY), sizes, how);
    let error = exact.error.hypot(null.spread());
    let interval =
        (!null.is_empty()).then(|| (root(exact.cost - null.mean() - Z * error), root(exact.cost + Z * error)));
    let warnings = exact.doubt.clone().into_iter().collect();
    let estimate = Estimate { interval, warnings, ..estimate };
    null.clone().map(root).beside(estimate, Better::Lower, ROUNDING * value)
}

/// Distances that differ by less, relatively, are the same up to rounding.
const ROUNDING: f64 = 1e-12;

/// An exact transport cost of two samples.
struct Exact {
    cost: f64,
    error: f64,
    /// The method and its gap.
    how: String,
    /// Where the solver did not finish.
    doubt: Option<String>,
}

fn on_line(line: &Line, ground: Ground, unit: i32) -> Exact {
    let (cost, [u, v]) = line.transport(ground.root());
    let gap = times_power(cost.gap(), ground.root() as i32 * unit);
    Exact { cost: cost.value, error: error_of(&u, &v), how: format!("exact (sort), gap {gap:.1e}"), doubt: None }
}

/// The standard error of a cost from its potentials.
fn error_of(u: &[f64], v: &[f64]) -> f64 {
    (variance(u) / u.len() as f64 + variance(v) / v.len() as f64).sqrt()
}

fn of_rows(x: &Empirical, y: &Empirical, ground: Ground, unit: i32) -> Result<Exact> {
    let solution = wasserstein(x, y, ground)?;
    let report = &solution.report;
    let (u, v) = &solution.potentials;
    let gap = times_power(report.gap(), ground.root() as i32 * unit);
    Ok(Exact {
        cost: solution.cost(),
        error: error_of(u, v),
        how: format!("exact ({}), gap {gap:.1e}", report.method),
        doubt: (report.status != Status::Converged)
            .then(|| format!("the solver stopped ({}) with a gap of {gap:.1e} in the cost", report.status)),
    })
}

/// Directions of [`sliced_w2`].
const PROJECTIONS: usize = 200;
/// Groups of its jackknife.
const GROUPS: usize = 20;

/// The sliced distance W₂: the root mean square of W₂ over 200 random directions drawn from the seed of `test`.
///
/// The standard error is that over the directions, joined by the jackknife's over 20 groups of rows (row `i` of either sample
/// is in group `i mod 20`); fewer than 20 rows have none. The same jackknife shows the bias of the squared distance, and the interval, which is for
/// the distance of the laws, is free of it. Counted to hold the truth in 88 to 98 % of 200 trials for nominal 90 %, in nearly all where the laws are
/// equal, and as often where most of the error is that of the directions, which the count holds fixed
/// (`benches/coverage_scores.md`). O((n + m) (d + log(n + m))) a direction, and O(n + m) a direction and group or relabelling.
///
/// # Errors
/// As [`w1`].
pub fn sliced_w2(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    test.validate()?;
    pair.in_own_unit(1, |real, generated, _| {
        let all = Sliced::new(PROJECTIONS).seed(test.seed).solve(real, generated, 2.0)?;
        let value = all.value;
        let (n, m, _) = pair.sizes();
        let without = if n.min(m) >= GROUPS { GROUPS } else { 0 };
        let relabelled = test.within(work_of_slices((n + m) as f64));
        let mut pairs: Vec<Vec<Belongs>> = (0..without).map(|group| without_group((n, m), group)).collect();
        pairs.extend((0..relabelled as u64).map(|relabelling| relabelled_members((n, m), test.seed, relabelling)));
        let points = (real.points(), generated.points());
        let mut squares = mean_squares(points, (PROJECTIONS, test.seed), &pairs);
        let null = Null::new(squares.split_off(without), test.seed);
        let groups = (without > 0).then(|| jackknife(value * value, &squares));
        // the error of a square by the delta method
        let over_directions = 2.0 * value * all.std_error.unwrap_or(0.0);
        let error = groups.as_ref().map(|groups| groups.error.hypot(over_directions));
        let interval = groups.as_ref().zip(error).map(|(groups, error)| {
            let of_laws = value * value - groups.bias;
            let reach = Z * error.hypot(null.spread());
            ((of_laws - reach).max(0.0).sqrt(), (of_laws.max(0.0) + reach).sqrt())
        });
        let std_error = error.filter(|_| value > 0.0).map(|error| error / (2.0 * value));
        let parameters =
            format!("{PROJECTIONS} directions, seed {}; jackknife over {GROUPS} groups and directions", test.seed);
        let range = (0.0, f64::INFINITY);
        let estimate = normal_estimate("sliced_w2", value, std_error, range, pair.sizes(), parameters);
        Ok(null.map(f64::sqrt).beside(Estimate { interval, ..estimate }, Better::Lower, ROUNDING * value))
    })
}

/// Both samples without a group of rows. Both at once, since samples of unlike sizes are farther apart: their steps no longer fall together, and that is no
/// part of the bias.
fn without_group((n, m): (usize, usize), group: usize) -> Vec<Belongs> {
    let of =
        |rows: usize, side: Belongs| (0..rows).map(move |i| if i % GROUPS == group { Belongs::Neither } else { side });
    of(n, Belongs::First).chain(of(m, Belongs::Second)).collect()
}

fn relabelled_members((n, m): (usize, usize), seed: u64, relabelling: u64) -> Vec<Belongs> {
    let mut sides = vec![Belongs::Second; n + m];
    permutations::order(n + m, seed, relabelling)[..n].iter().for_each(|&i| sides[i] = Belongs::First);
    sides
}

/// The error and the bias of a statistic of two samples.
struct Jackknife {
    error: f64,
    bias: f64,
}

/// From the statistic of all rows, and of all but each group.
fn jackknife(all: f64, without: &[f64]) -> Jackknife {
    let g = without.len() as f64;
    Jackknife {
        error: ((g - 1.0) * (g - 1.0) / g * variance(without)).sqrt(),
        bias: (g - 1.0) * (without.iter().sum::<f64>() / g - all),
    }
}

/// The regularisation of [`sinkhorn_divergence`], relative to the mean squared distance within the real sample.
const RELATIVE_EPS: f64 = 0.1;

/// The Sinkhorn divergence of two samples under the squared Euclidean cost.
///
/// The regularisation is a tenth of the mean squared distance within the real sample, so it is the same for all
/// generators. On at most [`MOST_ROWS`] rows of either sample, drawn from the seed of `test`; `parameters` has
/// the bracket of the solver. The standard error is that of the differences of the entropic potentials, which are the influences of the points
/// (González-Sanz, Loubes and Niles-Weed, arXiv 2207.07427). The interval is for the divergence of the laws at this regularisation; its bias is
/// removed as that of [`frechet::infinity`](super::frechet::infinity).
///
/// # Errors
/// As [`w1`]; a regularisation beyond what the solver can do.
pub fn sinkhorn_divergence(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    test.validate()?;
    pair.in_own_unit(2, |real, generated, unit| {
        let (x, y) = (at_most(MOST_ROWS, real, test.seed, 3)?, at_most(MOST_ROWS, generated, test.seed, 4)?);
        let spread = |x: &Empirical| 2.0 * x.points().var_axis(Axis(0), 0.0).sum();
        // two single points have the same divergence under any regularisation
        let eps = [spread(real), spread(generated)].into_iter().find(|s| *s > 0.0).map_or(1.0, |s| RELATIVE_EPS * s);
        let solver = Sinkhorn::new(eps).tolerance(1e-6);
        let (solution, influences) = debiased_with_influences(&x, &y, Ground::SqEuclidean, &solver)?;
        let size = (x.len(), y.len(), real.dimension());
        let work = work_of_sinkhorn((size.0 + size.1) as f64);
        let again = |x: Array2<f64>, y: Array2<f64>| {
            Ok(debiased(&Empirical::new(x)?, &Empirical::new(y)?, Ground::SqEuclidean, &solver)?.value)
        };
        let relabelled = by_number((x.points(), y.points()), again);
        let rise = Rise::of((size.0, size.1), solution.value, test, work, relabelled)?;
        let (report, of) = (&solution.report, |value: f64| in_data(value, 2 * unit));
        let mut parameters = format!(
            "squared Euclidean, eps {}; {} in [{}, {}]; potentials",
            of(eps),
            report.status,
            of(report.dual),
            of(report.primal)
        );
        if (x.len(), y.len()) != (real.len(), generated.len()) {
            parameters.push_str(&format!("; subsamples of {} and {} rows, seed {}", x.len(), y.len(), test.seed));
        }
        let of_mean = |influences: &[f64]| variance(influences) / influences.len() as f64;
        let delta = influences.map_or(0.0, |[u, v]| (of_mean(&u) + of_mean(&v)).sqrt());
        let error = delta.hypot(rise.null.spread());
        let of_laws = rise.without_bias(solution.value).filter(|_| !rise.null.is_empty());
        let interval = of_laws.map(|(value, of_bias)| {
            let reach = Z * error.hypot(of_bias);
            ((value - reach).max(0.0), value.max(0.0) + reach)
        });
        let range = (0.0, f64::INFINITY);
        let estimate = normal_estimate("sinkhorn_divergence", solution.value, Some(delta), range, size, parameters);
        let slack = (report.primal - report.dual).max(0.0);
        Ok(rise.null.beside(Estimate { interval, ..estimate }, Better::Lower, slack))
    })
}
