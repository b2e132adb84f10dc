//! Memorisation by nearest neighbours: is a generated point a training point, slightly moved?
//!
//! The share of generated points farther from their nearest training point than that is from its own nearest (Alaa et
//! al., arXiv 2102.08921).

use super::definition::{Definition, Sees};
use super::forecast::Step;
use super::share::{Mean, share};
use super::{Better, Pair};
use crate::certificate::Estimate;
use crate::measure::neighbours::Points;

pub(super) const AUTHENTICITY: Definition = Definition::new(
    "authenticity",
    "share of generated points that are no copies of training points",
    NEAREST,
    |card| card.beside_real("authenticity", |pair| Ok(authenticity(pair))),
)
.sees(Sees::Memorisation, Better::Higher)
.needs_train();

/// The nearest training row of each training row, twice, and of each row of both samples.
const NEAREST: Step =
    Step::new("nearest training rows", |task| task.neighbours(2.0 * task.train + task.rows(), task.train));

/// The share of generated points that are no copies: farther from their nearest training point than that point is from
/// its nearest other training point. A generated point with several nearest training points counts with the share of
/// them for which this holds, so the order of the rows does not matter.
///
/// 0 for copies. For fresh samples of the training law it is the share of points that are not the nearest neighbour
/// of their nearest neighbour: 1/3 in one dimension, 0.38 in two, towards 1/2 in many. The standard error is binomial
/// over generated points, given the training sample. The real sample of the pair is the training sample here.
/// O((n + m) n d), in few
/// dimensions about O((n + m) log n).
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::{Pair, authenticity::authenticity};
/// use ndarray::array;
/// let train = Empirical::new(array![[0.0], [4.0], [9.0]])?;
/// let generated = Empirical::new(array![[0.5], [4.0], [20.0], [30.0]])?; // the first two are nearly copies
/// assert_eq!(authenticity(&Pair::new(&train, &generated)?).value, 0.5);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[must_use]
pub fn authenticity(pair: &Pair<'_>) -> Estimate {
    let (train, generated, _) = pair.scaled();
    let known = Points::new(train.points());
    let own = known.nearest(train.points(), 1, true);
    let authentic: Vec<f64> = known.around(generated.points(), |_, around| {
        let (distance, _) = around.nearest(1, None)[0];
        let (mut farther, mut tied) = (0.0, 0.0);
        around.for_each_within(distance, |j, _| {
            tied += 1.0;
            farther += f64::from(u8::from(distance > own[[j, 0]]));
        });
        mutate!(farther / tied, Authenticity, |authentic: f64| 1.0 - authentic)
    });
    let (sum, count) = (authentic.iter().sum::<f64>(), authentic.len());
    let binomial = (sum / count as f64 * (1.0 - sum / count as f64) / count as f64).sqrt();
    let parameters = "nearest training point; binomial error over generated points".to_owned();
    let mean = Mean { sum, count, std_error: Some(binomial) };
    share("authenticity", mean, pair.sizes(), parameters)
}
