//! Evaluation of generated samples against real ones: every number with its uncertainty.
//!
//! | metric | what it sees | formula in |
//! |---|---|---|
//! | `frechet`, `frechet_infinity` | mean and covariance | [`frechet`] |
//! | `mmd_agg` | any difference of the laws, at all scales at once: the test to begin with | [`aggregated`] |
//! | `energy`, `mmd`, `kid` | any difference of the laws, weighted by a kernel; with a permutation p-value | [`energy`], [`kernel`], [`subsets`] |
//! | `w1`, `w2`, `sliced_w2`, `sinkhorn_divergence` | any difference, in units of distance | [`transport`] |
//! | `c2st`, `c2st_auc` | whatever a nearest-neighbour classifier sees | [`classifier`] |
//! | `c2st_logistic`, `c2st_logistic_auc` | differences of means, spread over any number of columns | [`logistic`] |
//! | `kl_knn` | any difference, in nats: how unlikely is real data under the generator | [`information`] |
//! | `precision`, `density` | quality: are generated points where real ones are? | [`neighbours`] |
//! | `recall`, `coverage` | variety: is all of the real law reached? | [`neighbours`] |
//! | `vendi` | variety by itself: as how many different samples the generated ones count | [`vendi`] |
//! | `authenticity` | copying: is a generated point a training point, slightly moved? | [`mod@authenticity`] |
//! | `copies`, `dcr`, `ct` | copying, with a p-value: equal rows, nearest rows, distances region by region | [`copied`], [`closest`], [`cells`] |
//! | conditional samples | are they of the class that was asked for? | [`classes`] |
//! | `fld` | quality, variety and copying together, by likelihood | [`likelihood`] |
//! | `ks`, `tv`, `w1`, `jsd` a column, associations of columns | tables of numbers and categories, with missing cells | [`table`] |
//! | `frechet`, `mmd`, `sliced_w2`; `ks`, `w1`, `jsd` a column; copies | samples that are read once, block by block, and merged | [`running`] |
//! | `frechet`, `w1`, `sliced_w2` | samples on many machines, by states that go through bytes | [`accumulate`] |
//!
//! [`Scorecard`] runs any of them by name, in the conventions of another program if asked ([`Compat`]). The real sample
//! always comes first. Every [`Estimate`] has a standard error and says in `parameters` how
//! it was obtained.
//!
//! Most scores are biased upwards at small `n`: equal laws do not score zero. The *baseline* is what they score at the sizes of the comparison, the
//! mean over samples into which the pooled rows were divided at random. How often these are as bad as the sample that was seen is the p-value.
//! The interval is for the value of the *laws*. The bias is removed from it (`frechet`, `energy`, `sliced_w2`, `sinkhorn_divergence`) or
//! bounded (`w1`, `w2`), so it need not hold the value of the samples. `benches/coverage_scores.md` counts how often it holds the truth.
//! The neighbour scores, `c2st` and `vendi` have no value apart from a size, and their intervals are for what they are on average at these
//! sizes.
//!
//! Every score is a function of a [`Pair`], two samples that were checked once; [`Pair::doubts`] says what is odd about them.
//! `authenticity`, `copies`, `dcr`, `ct` and `fld` compare with the sample that was trained on, and the real sample is one that was not.
//! Samples are equally weighted. Distances are taken between rows as they are: [`Scale`] standardises columns whose units
//! differ. [`ranks`] compares several generators. Where only means and
//! covariances are known, there is [`moments`].
//!
//! ```
//! use fenchel::measure::{Empirical, Gaussian};
//! use fenchel::numeric::stream;
//! use fenchel::score::{Metric, Scorecard};
//!
//! let law = Gaussian::univariate(0.0, 1.0)?;
//! let real = Empirical::new(law.sample(200, &mut stream(0, 0))?)?;
//! let generated = Empirical::new(law.sample(200, &mut stream(0, 1))? + 3.0)?;
//! let scores = Scorecard::new().metrics(&[Metric::Energy, Metric::Coverage]).score(&real, &generated, None)?;
//! assert!(scores[0].p_value.unwrap() < 0.01); // the laws differ
//! assert!(scores[1].value < 0.5); // and little of the real one is reached
//! # Ok::<(), fenchel::Error>(())
//! ```

pub mod accumulate;
pub mod aggregated;
pub mod authenticity;
mod balls;
pub mod cells;
mod choices;
pub mod classes;
pub mod classifier;
pub mod closest;
mod compat;
pub mod copied;
mod covariances;
mod definition;
mod directions;
mod doubts;
pub mod energy;
mod folds;
mod forecast;
pub mod frechet;
pub mod information;
pub mod kernel;
pub mod likelihood;
mod line;
pub mod logistic;
mod metric;
pub mod moments;
pub mod neighbours;
mod null;
mod pair;
mod pairs;
mod permutations;
mod products;
mod rank;
pub mod running;
mod scale;
mod scorecard;
mod separation;
mod share;
mod similarity;
pub mod subsets;
pub mod table;
pub mod transport;
pub mod vendi;

pub use compat::Compat;
pub use definition::Sees;
pub use metric::Metric;
pub use pair::Pair;
pub use permutations::Permutations;
pub use rank::{Rank, ranks};
pub use scale::Scale;
pub use scorecard::Scorecard;

use crate::certificate::{Estimate, LEVEL};
use crate::error::Result;
use crate::measure::Empirical;
use crate::numeric::special::NORMAL_950 as Z;
use crate::numeric::stream;
use ndarray::Axis;
use rand::seq::index;

/// Which way a score improves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Smaller values are better.
    Lower,
    /// Larger values are better.
    Higher,
}

/// The squares of the sixth powers of coordinates (variances of KID's kernel, which has a unit) must not overflow.
const LARGEST: f64 = 1e20;
/// The most rows of either sample in the Sinkhorn divergence and the Vendi score, whose cost is cubic; of larger ones they take random
/// subsamples, and the sizes of the estimate are theirs.
pub const MOST_ROWS: usize = 1000;

/// An estimate with the normal interval `value ± z std_error`, cut to the range the quantity can have.
fn normal_estimate(
    name: &str,
    value: f64,
    std_error: Option<f64>,
    range: (f64, f64),
    (n, m, dimension): (usize, usize, usize),
    parameters: String,
) -> Estimate {
    Estimate {
        name: name.to_owned(),
        value,
        std_error,
        interval: std_error.map(|s| ((value - Z * s).max(range.0), (value + Z * s).min(range.1))),
        level: LEVEL,
        p_value: None,
        baseline: None,
        baseline_spread: None,
        n,
        m,
        dimension,
        parameters,
        warnings: Vec::new(),
    }
}

/// The sample, or as many rows of it, drawn at random.
fn at_most(rows: usize, sample: &Empirical, seed: u64, task: u64) -> Result<Empirical> {
    if sample.len() <= rows {
        return Ok(sample.clone());
    }
    let mut chosen = index::sample(&mut stream(seed, task), sample.len(), rows).into_vec();
    chosen.sort_unstable();
    Empirical::new(sample.points().select(Axis(0), &chosen))
}
