//! Quality and variety from nearest neighbours.
//!
//! The ball of a point reaches to its k-th nearest neighbour in its own sample, itself not counted. Balls are open, a
//! point at exactly the radius is outside, unless they are asked to be closed.
//!
//! | score | definition | source |
//! |---|---|---|
//! | precision | share of generated points in the ball of some real point | Kynkäänniemi et al., arXiv 1904.06991 |
//! | recall | share of real points in the ball of some generated point | the same |
//! | density | mean over generated points of the number of real balls around them, divided by k | Naeem et al., arXiv 2002.09797 |
//! | coverage | share of real points whose ball holds a generated point | the same |
//!
//! One pass over the pooled rows finds, for each, its nearest neighbours in both samples. From these follow the balls,
//! the balls without a group of rows, and the balls of relabelled samples, which give baseline and p-value.
//!
//! Neighbours are found by a k-d tree in up to eight dimensions and by blocks of matrix products in more. Whoever is
//! near the edge of a ball is decided from the differences of the coordinates, so ties in gridded data and copies of
//! points are exact. A point that occurs more than k times has the empty open ball.
//!
//! # Standard errors
//! The shares depend on both samples, through the balls as well as through the points, and a binomial error would
//! be up to half too small. The error here is the jackknife's over 20 groups of either sample (row `i` is in group
//! `i mod 20`): a group left out makes the balls of the others grow to their k-th neighbour among what is left. It
//! errs on the large side, by up to a third where a share is near 1. Samples of fewer than 20 rows have none. The
//! interval of a share is Wilson's at the sample size that has this error, so it has a length at 0 and 1 too.

mod incidence;
mod labels;
mod walk;

use super::null::Null;
use super::permutations::pool;
use super::share::{Mean, share};
use super::{Better, Pair, Permutations, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::neighbours::Points;
use incidence::{Incidence, Tally};
use labels::{Labels, Relabelled, TallyOfLabels};
use walk::{GROUPS, Walk};

/// What precision, recall, density and coverage are read from.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::neighbours::Neighbours;
/// use fenchel::score::{Pair, Permutations};
/// use ndarray::array;
/// let real = Empirical::new(array![[0.0], [1.0], [10.0], [11.0]])?;
/// let generated = Empirical::new(array![[0.25], [0.5], [0.75]])?; // one of two clusters
/// let n = Neighbours::new(&Pair::new(&real, &generated)?, 1, Permutations::none())?;
/// assert_eq!((n.precision().value, n.coverage().value), (1.0, 0.5));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Neighbours {
    k: usize,
    closed: bool,
    /// Generated points in real balls.
    real_balls: Incidence,
    /// Real points in generated balls.
    generated_balls: Incidence,
    /// The scores of relabelled samples.
    null: Relabelled<Null>,
    sizes: (usize, usize, usize),
}

impl Neighbours {
    /// Finds the balls of both samples and who is in whose, and the same for relabelled samples, at most 99. O((n + m)²
    /// d) time, in few dimensions about O((n + m) log(n + m)); O(n + m) memory.
    ///
    /// # Errors
    /// A `k` that is 0, or not below the number of rows of both samples; more than a million permutations.
    pub fn new(pair: &Pair<'_>, k: usize, test: Permutations) -> Result<Self> {
        Self::find(pair, k, test, false)
    }

    /// As [`new`](Self::new), but a point at exactly the radius is inside. It matters on grids and for copies.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_closed_balls(pair: &Pair<'_>, k: usize, test: Permutations) -> Result<Self> {
        Self::find(pair, k, test, true)
    }

    fn find(pair: &Pair<'_>, k: usize, test: Permutations, closed: bool) -> Result<Self> {
        check_neighbours(k, pair.rows())?;
        test.validate()?;
        let (real, generated, _) = pair.scaled();
        let (n, m) = (real.len(), generated.len());
        let pooled = pool(real.points(), generated.points());
        let labels = Labels::new(n, m, test);
        let (in_real, in_generated) = (Tally::new(m), Tally::new(n));
        let relabelled = TallyOfLabels::new(n + m, labels.count);
        let balls = Points::new(pooled.view()).around(pooled.view(), |i, around| {
            let mut walk = Walk::new(around, i, first_neighbours(k, n, m), n + m - 1);
            labels.count_balls(i, &mut walk, (k, closed), &relabelled);
            // numbers of the own and of the other sample
            let (own, first, tally) = if i < n { (0..n, n, &in_real) } else { (n..n + m, 0, &in_generated) };
            tally.count_ball(i, &mut walk, (k, closed), &own, first)
        });
        let (of_real, of_generated) = balls.split_at(n);
        let groups = n.min(m) >= GROUPS;
        Ok(Self {
            k,
            closed,
            real_balls: in_real.incidence(of_real, groups),
            generated_balls: in_generated.incidence(of_generated, groups),
            null: relabelled.scores(&labels, k, test.seed),
            sizes: pair.sizes(),
        })
    }

    /// The share of generated points in the ball of some real point; 1 is best.
    #[must_use]
    pub fn precision(&self) -> Estimate {
        self.share("precision", self.real_balls.mean_over_points(|balls| f64::from(balls > 0)), &self.null.precision)
    }

    /// The share of real points in the ball of some generated point; 1 is best.
    ///
    /// One generated outlier with a huge ball can recall everything: see [`coverage`](Self::coverage).
    #[must_use]
    pub fn recall(&self) -> Estimate {
        self.share("recall", self.generated_balls.mean_over_points(|balls| f64::from(balls > 0)), &self.null.recall)
    }

    /// The mean number of real balls around a generated point, divided by k: about 1 for equal laws, above 1 where
    /// the generator prefers dense regions.
    #[must_use]
    pub fn density(&self) -> Estimate {
        let k = self.k as f64;
        let balls = self.real_balls.mean_over_points(f64::from);
        let std_error = balls.std_error.map(|s| s / k);
        let value = balls.sum / (k * balls.count as f64);
        let found = normal_estimate("density", value, std_error, (0.0, f64::INFINITY), self.sizes, self.parameters());
        self.null.density.beside(found, Better::Higher, 0.0)
    }

    /// The share of real points whose ball holds a generated point; 1 is best.
    ///
    /// For equal laws it is `1 - (n-1)…(n-k)/((n+m-1)…(n+m-k))` on average, 0.97 for k = 5 and n = m.
    #[must_use]
    pub fn coverage(&self) -> Estimate {
        self.share("coverage", self.real_balls.share_of_balls(), &self.null.coverage)
    }

    fn share(&self, name: &str, mean: Mean, null: &Null) -> Estimate {
        null.beside(share(name, mean, self.sizes, self.parameters()), Better::Higher, 0.0)
    }

    fn parameters(&self) -> String {
        let edge = if self.closed { "closed" } else { "open" };
        format!("k = {}, {edge} balls; jackknife over {GROUPS} groups of either sample", self.k)
    }
}

pub(super) fn check_neighbours(k: usize, rows: usize) -> Result<()> {
    if (1..rows).contains(&k) {
        return Ok(());
    }
    Err(Error::out_of_domain(
        "k (nearest neighbours)",
        k as f64,
        format!("1 to {}: fewer than the {rows} rows of the smaller sample", rows - 1),
    ))
}

/// So many neighbours in both samples mostly have `k` in the own one, however the rows are labelled.
fn first_neighbours(k: usize, n: usize, m: usize) -> usize {
    const MOST: f64 = 256.0;
    let k = k as f64;
    let share = n.min(m) as f64 / (n + m) as f64;
    ((k + 3.0 * k.sqrt() + 6.0) / share).min(MOST).max(2.0 * k + 4.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Empirical;
    use crate::score::permutations::order;
    use ndarray::{Array2, Axis, s};

    #[test]
    fn relabellings_side_by_side_are_relabelled_samples_one_by_one() {
        // rows on a grid have many ties, those in nine columns are found by products
        for (n, m, d, k, levels) in [(60, 40, 1, 3, 7), (50, 70, 2, 5, 4), (330, 310, 9, 2, 2), (40, 40, 3, 1, 900)] {
            let row = |i: usize, j: usize| ((i * i * 7 + i * j * 31 + 3 * j + i) % 911 % levels) as f64;
            let rows = Array2::from_shape_fn((n + m, d), |(i, j)| row(i, j));
            let part = |rows: Array2<f64>| Empirical::new(rows).unwrap();
            let (x, y) = (part(rows.slice(s![..n, ..]).to_owned()), part(rows.slice(s![n.., ..]).to_owned()));
            let test = Permutations::new(70, 3);
            for closed in [false, true] {
                let found = Neighbours::find(&Pair::new(&x, &y).unwrap(), k, test, closed).unwrap();
                let mut sums = [0.0; 4];
                for r in 0..test.count as u64 {
                    let order = order(n + m, test.seed, r);
                    let pick = |chosen: &[usize]| part(rows.select(Axis(0), chosen));
                    let (a, b) = (pick(&order[..n]), pick(&order[n..]));
                    let one = Neighbours::find(&Pair::new(&a, &b).unwrap(), k, Permutations::none(), closed).unwrap();
                    let scores = [one.precision(), one.recall(), one.density(), one.coverage()];
                    sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score.value);
                }
                let scores = [found.precision(), found.recall(), found.density(), found.coverage()];
                for (sum, score) in sums.into_iter().zip(scores) {
                    let (mean, baseline) = (sum / test.count as f64, score.baseline.unwrap());
                    assert!((mean - baseline).abs() < 1e-12, "{} {n} {d} {closed}: {baseline} for {mean}", score.name);
                }
            }
        }
    }
}
