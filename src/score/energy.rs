//! The energy distance.
//!
//! `E(p, q) = 2 E|X - Y| - E|X - X'| - E|Y - Y'|`, the squared distance of Székely and Rizzo
//! (doi:10.1016/j.jspi.2013.03.018). It is zero only if the laws are equal and finite whenever the means are. In one
//! dimension it is `2 ∫ (F - G)²`.

use super::definition::Definition;
use super::forecast::Step;
use super::line::{self, Line};
use super::pairs::{Form, PairKernel, pair_statistic};
use super::{Compat, Pair, Permutations, Z, normal_estimate};
use crate::certificate::Estimate;
use crate::error::Result;

pub(super) const ENERGY: Definition =
    Definition::new("energy", "energy distance 2E|X-Y| - E|X-X'| - E|Y-Y'|", PAIRS, |card| match card.compat() {
        Some(Compat::Scipy) => root_energy(card.pair(), card.of_pairs(1.0)),
        _ => energy(card.pair(), card.of_pairs(1.0)),
    })
    .aliases(&["energy_distance"]);

/// All pairs, or the order of the rows where they are numbers.
const PAIRS: Step = Step::new("pairs under the distance", |task| {
    let relabelled = task.of_pairs(task.rows(), 1.0);
    if task.d > 1.0 { task.pairs(task.rows(), ROOT, relabelled) } else { line::nanoseconds(task.rows(), relabelled) }
});

/// Nanoseconds of a square root.
const ROOT: f64 = 1.0;

/// The energy distance of two samples: the V-statistic `2 mean|x-y| - mean|x-x'| - mean|y-y'|` over all pairs.
///
/// Never negative; exactly 0 for identical samples. The V-statistic is biased upwards by `E|X-X'|/n + E|Y-Y'|/m`, so the interval, which is
/// for the distance of the laws, stands around the U-statistic, which has no bias. It was counted to hold the truth in 82 to 94 % of 200 trials for
/// nominal 90 %, and in all or nearly all where the laws are equal or so near that it ends at 0 (`benches/coverage_scores.md`).
/// The standard error is the jackknife's over the points of both samples; where the laws agree it is too large by up
/// to √2. Units: those of the columns. O((n+m)² (d + permutations)) time, O(n+m) memory a label. In one dimension O((n+m) log(n+m)) time, O(n+m) a
/// permutation, of which there are then fewer the more rows there are.
///
/// # Errors
/// More than a million permutations; a value that `f64` cannot hold.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, Permutations, energy};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0], [2.0]])?;
/// let y = Empirical::new(array![[3.0], [3.0]])?;
/// // 2 (3 + 1)/2 - (0 + 2 + 2 + 0)/4 - 0
/// assert!((energy::energy(&Pair::new(&x, &y)?, Permutations::none())?.value - 3.0).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn energy(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    pair.in_own_unit(1, |real, generated, _| {
        test.validate()?;
        let (x, y) = (real.points(), generated.points());
        let statistic = if real.dimension() == 1 {
            Line::new(x, y).energy(test)
        } else {
            pair_statistic(x, y, &PairKernel::NegativeDistance, Form::V, test)
        };
        let value = if x == y { 0.0 } else { statistic.value.max(0.0) };
        let parameters = "V-statistic of all pairs; jackknife; interval around the U-statistic".to_owned();
        let range = (0.0, f64::INFINITY);
        let estimate = normal_estimate("energy", value, statistic.std_error, range, pair.sizes(), parameters);
        let of_laws = statistic.unbiased.max(0.0);
        let interval =
            statistic.std_error.map(|error| ((statistic.unbiased - Z * error).max(0.0), of_laws + Z * error));
        Ok(statistic.beside(Estimate { interval, ..estimate }))
    })
}

/// The root of [`energy`], a metric between laws, in the root of the units of the columns: what
/// `scipy.stats.energy_distance` gives for one column.
///
/// The standard error is the delta method's; at 0 there is none.
///
/// # Errors
/// As [`energy`].
pub fn root_energy(pair: &Pair<'_>, test: Permutations) -> Result<Estimate> {
    let squared = energy(pair, test)?;
    let value = squared.value.sqrt();
    Ok(Estimate {
        value,
        std_error: squared.std_error.filter(|_| value > 0.0).map(|s| s / (2.0 * value)),
        interval: squared.interval.map(|(low, high)| (low.sqrt(), high.sqrt())),
        baseline: squared.baseline.map(f64::sqrt),
        // the delta method's, too
        baseline_spread: squared
            .baseline
            .zip(squared.baseline_spread)
            .map(|(mean, spread)| spread / (2.0 * mean.sqrt())),
        parameters: format!("root of the {}", squared.parameters),
        ..squared
    })
}
