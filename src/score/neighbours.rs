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
//! | authenticity | share of generated points farther from their nearest training point than that is from its own nearest | Alaa et al., arXiv 2102.08921 |
//!
//! Neighbours are found by a k-d tree in up to eight dimensions and by blocks of matrix products in more. Whoever is near the edge of
//! a ball is decided from the differences of the coordinates, so ties in gridded data and copies of points are exact. A point that
//! occurs more than k times has the empty open ball.
//!
//! # Standard errors
//! The shares depend on both samples, through the balls as well as through the points, and a binomial error would
//! be up to half too small. The error here is the jackknife's over 20 groups of either sample (row `i` is in group
//! `i mod 20`): a group left out makes the balls of the others grow to their k-th neighbour among what is left. It
//! errs on the large side, by up to a third where a share is near 1. Samples of fewer than 20 rows have none. The
//! interval of a share is Wilson's at the sample size that has this error, so it has a length at 0 and 1 too.

use super::{LEVEL, Pair, Z, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::neighbours::Points;
use crate::numeric::{variance, wilson};
use ndarray::{Array2, ArrayView2};
use std::sync::atomic::{AtomicU32, Ordering};

/// Groups of the jackknife.
const GROUPS: usize = 20;

/// What precision, recall, density and coverage are read from.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::Pair;
/// use fenchel::score::neighbours::Neighbours;
/// use ndarray::array;
/// let real = Empirical::new(array![[0.0], [1.0], [10.0], [11.0]])?;
/// let generated = Empirical::new(array![[0.25], [0.5], [0.75]])?; // one of two clusters
/// let n = Neighbours::new(&Pair::new(&real, &generated)?, 1)?;
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
    sizes: (usize, usize, usize),
}

impl Neighbours {
    /// Finds the balls of both samples and who is in whose. O((n + m)² d) time, in few dimensions about
    /// O((n + m) log(n + m)); O(n + m) memory.
    ///
    /// # Errors
    /// A `k` that is 0, or not below the number of rows of both samples.
    pub fn new(pair: &Pair<'_>, k: usize) -> Result<Self> {
        Self::find(pair, k, false)
    }

    /// As [`new`](Self::new), but a point at exactly the radius is inside. It matters on grids and for copies.
    ///
    /// # Errors
    /// As [`new`](Self::new).
    pub fn with_closed_balls(pair: &Pair<'_>, k: usize) -> Result<Self> {
        Self::find(pair, k, true)
    }

    fn find(pair: &Pair<'_>, k: usize, closed: bool) -> Result<Self> {
        check_neighbours(k, pair.rows())?;
        let (real, generated, _) = pair.scaled();
        let (x, y) = (real.points(), generated.points());
        let (of_x, of_y) = (Points::new(x), Points::new(y));
        Ok(Self {
            k,
            closed,
            real_balls: Incidence::new(x, &Balls::new(&of_x, x, k), (&of_y, y.nrows()), closed),
            generated_balls: Incidence::new(y, &Balls::new(&of_y, y, k), (&of_x, x.nrows()), closed),
            sizes: pair.sizes(),
        })
    }

    /// The share of generated points in the ball of some real point; 1 is best.
    #[must_use]
    pub fn precision(&self) -> Estimate {
        self.share("precision", self.real_balls.mean_over_points(|balls| f64::from(balls > 0)))
    }

    /// The share of real points in the ball of some generated point; 1 is best.
    ///
    /// One generated outlier with a huge ball can recall everything: see [`coverage`](Self::coverage).
    #[must_use]
    pub fn recall(&self) -> Estimate {
        self.share("recall", self.generated_balls.mean_over_points(|balls| f64::from(balls > 0)))
    }

    /// The mean number of real balls around a generated point, divided by k: about 1 for equal laws, above 1 where
    /// the generator prefers dense regions.
    #[must_use]
    pub fn density(&self) -> Estimate {
        let k = self.k as f64;
        let balls = self.real_balls.mean_over_points(f64::from);
        let std_error = balls.std_error.map(|s| s / k);
        let value = balls.sum / (k * balls.count as f64);
        normal_estimate("density", value, std_error, (0.0, f64::INFINITY), self.sizes, self.parameters())
    }

    /// The share of real points whose ball holds a generated point; 1 is best.
    ///
    /// For equal laws it is `1 - (n-1)…(n-k)/((n+m-1)…(n+m-k))` on average, 0.97 for k = 5 and n = m.
    #[must_use]
    pub fn coverage(&self) -> Estimate {
        self.share("coverage", self.real_balls.share_of_balls())
    }

    fn share(&self, name: &str, mean: Mean) -> Estimate {
        share(name, mean, self.sizes, self.parameters())
    }

    fn parameters(&self) -> String {
        let edge = if self.closed { "closed" } else { "open" };
        format!("k = {}, {edge} balls; jackknife over {GROUPS} groups of either sample", self.k)
    }
}

/// The share of generated points that are no copies: farther from their nearest training point than that point is
/// from its nearest other training point. A generated point with several nearest training points counts with the share of them
/// for which this holds, so the order of the rows does not matter.
///
/// 0 for copies. For fresh samples of the training law it is the share of points that are not the nearest neighbour
/// of their nearest neighbour: 1/3 in one dimension, 0.38 in two, towards 1/2 in many. The standard error is binomial
/// over generated points, given the training sample. The real sample of the pair is the training sample here.
/// O((n + m) n d), in few
/// dimensions about O((n + m) log n).
pub fn authenticity(pair: &Pair<'_>) -> Estimate {
    let (train, generated, _) = pair.scaled();
    let known = Points::new(train.points());
    let own = Balls::new(&known, train.points(), 1).radii;
    let authentic: Vec<f64> = known.around(generated.points(), |_, around| {
        let (distance, _) = around.nearest(1, None)[0];
        let (mut farther, mut tied) = (0.0, 0.0);
        around.for_each_within(distance, |j, _| {
            tied += 1.0;
            farther += f64::from(u8::from(distance > own[j]));
        });
        mutate!(farther / tied, Authenticity, |authentic: f64| 1.0 - authentic)
    });
    let (sum, count) = (authentic.iter().sum::<f64>(), authentic.len());
    let binomial = (sum / count as f64 * (1.0 - sum / count as f64) / count as f64).sqrt();
    let parameters = "nearest training point; binomial error over generated points".to_owned();
    let mean = Mean { sum, count, std_error: Some(binomial) };
    share("authenticity", mean, pair.sizes(), parameters)
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

/// The balls of a sample, as squared radii.
struct Balls {
    /// To the k-th nearest other point.
    radii: Vec<f64>,
    /// The same with one group left out, n × groups; none where a group leaves some point without k others.
    without: Option<Array2<f64>>,
}

impl Balls {
    /// Those of the rows of `x`, among each other.
    fn new(points: &Points<'_>, x: ArrayView2<'_, f64>, k: usize) -> Self {
        let others = x.nrows() - 1;
        let (radii, without): (Vec<f64>, Vec<Option<Vec<f64>>>) = points
            .around(x, |i, around| {
                // the nearest few, more of them until every group can do without its own
                let mut few = (2 * k + 4).min(others);
                loop {
                    let nearest = around.nearest(few, Some(i));
                    let kth_without = |g| nearest.iter().filter(|(_, j)| j % GROUPS != g).nth(k - 1).map(|(d, _)| *d);
                    let without: Option<Vec<f64>> = (0..GROUPS).map(kth_without).collect();
                    if without.is_some() || few == others {
                        return (nearest[k - 1].0, without);
                    }
                    few = (2 * few).min(others);
                }
            })
            .into_iter()
            .unzip();
        let without: Option<Vec<Vec<f64>>> = without.into_iter().collect();
        let without = without.map(|rows| Array2::from_shape_fn((rows.len(), GROUPS), |(i, g)| rows[i][g]));
        Self { radii, without }
    }
}

/// Which points are in which balls, and the same with a group of the ball centres or of the points left out.
#[derive(Debug, Clone)]
struct Incidence {
    /// For every point, the number of balls around it; then the same without each group of centres.
    around: Vec<Vec<u32>>,
    /// For every ball, the number of points in it, by group of points.
    inside: Vec<[u32; GROUPS]>,
    /// For every ball, whether it holds a point when a group of centres is left out and it has grown.
    grown: Vec<[bool; GROUPS]>,
    /// Whether all radii without a group exist.
    groups: bool,
}

impl Incidence {
    fn new(centres: ArrayView2<'_, f64>, balls: &Balls, points: (&Points<'_>, usize), closed: bool) -> Self {
        let reaches = |radius: f64, distance: f64| if closed { distance <= radius } else { distance < radius };
        let (n, (points, m)) = (centres.nrows(), points);
        let layers = if balls.without.is_some() { 1 + GROUPS } else { 1 };
        // whole numbers: the sums are the same in whatever order the threads add
        let counts: Vec<Vec<AtomicU32>> = (0..layers).map(|_| (0..m).map(|_| AtomicU32::new(0)).collect()).collect();
        let (inside, grown) = points
            .around(centres, |i, around| {
                let radius = balls.radii[i];
                let larger = balls.without.as_ref().map(|w| w.row(i));
                let largest = larger.iter().flatten().copied().fold(radius, f64::max);
                let (mut inside, mut grown) = ([0; GROUPS], [false; GROUPS]);
                around.for_each_within(largest, |j, distance| {
                    if reaches(radius, distance) {
                        counts[0][j].fetch_add(1, Ordering::Relaxed);
                        inside[j % GROUPS] += 1;
                    }
                    for (g, &radius) in larger.iter().flatten().enumerate() {
                        if g != i % GROUPS && reaches(radius, distance) {
                            counts[1 + g][j].fetch_add(1, Ordering::Relaxed);
                            grown[g] = true;
                        }
                    }
                });
                (inside, grown)
            })
            .into_iter()
            .unzip();
        Self {
            around: counts.into_iter().map(|layer| layer.into_iter().map(AtomicU32::into_inner).collect()).collect(),
            inside,
            grown,
            // a group that is the whole sample, or empty, tells nothing
            groups: balls.without.is_some() && n.min(m) >= GROUPS,
        }
    }

    /// Mean over points of `score(number of balls around it)`.
    fn mean_over_points(&self, score: impl Fn(u32) -> f64) -> Mean {
        let scores = |layer: &[u32]| -> Vec<f64> { layer.iter().map(|&balls| score(balls)).collect() };
        let whole = scores(&self.around[0]);
        let sum = whole.iter().sum();
        let std_error = self.groups.then(|| {
            let without_centres: Vec<f64> = self.around[1..].iter().map(|layer| mean(scores(layer))).collect();
            let kept = |g| whole.iter().enumerate().filter(move |(j, _)| j % GROUPS != g).map(|(_, s)| *s);
            let without_points: Vec<f64> = (0..GROUPS).map(|g| mean(kept(g))).collect();
            jackknife(&without_centres, &without_points)
        });
        Mean { sum, count: whole.len(), std_error }
    }

    /// Share of balls that hold a point.
    fn share_of_balls(&self) -> Mean {
        let held: Vec<u32> = self.inside.iter().map(|by_group| by_group.iter().sum()).collect();
        let sum = held.iter().map(|&h| f64::from(h > 0)).sum();
        let std_error = self.groups.then(|| {
            let kept = |g| self.grown.iter().enumerate().filter(move |(i, _)| i % GROUPS != g);
            let without_centres: Vec<f64> =
                (0..GROUPS).map(|g| mean(kept(g).map(|(_, grown)| f64::from(grown[g])))).collect();
            let holds = |g: usize| held.iter().zip(&self.inside).map(move |(h, by_group)| f64::from(*h > by_group[g]));
            let without_points: Vec<f64> = (0..GROUPS).map(|g| mean(holds(g))).collect();
            jackknife(&without_centres, &without_points)
        });
        Mean { sum, count: held.len(), std_error }
    }
}

fn mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0.0), |(s, c), v| (s + v, c + 1.0));
    sum / count
}

/// The standard error from the values without each group of either sample.
fn jackknife(without_centres: &[f64], without_points: &[f64]) -> f64 {
    let g = GROUPS as f64;
    ((g - 1.0) * (g - 1.0) / g * (variance(without_centres) + variance(without_points))).sqrt()
}

/// A mean of `count` terms with its standard error.
pub(super) struct Mean {
    pub(super) sum: f64,
    pub(super) count: usize,
    pub(super) std_error: Option<f64>,
}

/// A proportion with Wilson's interval at the sample size that has its standard error.
pub(super) fn share(name: &str, mean: Mean, sizes: (usize, usize, usize), parameters: String) -> Estimate {
    let value = mean.sum / mean.count as f64;
    let interval = mean.std_error.map(|s| {
        let spread = value * (1.0 - value);
        // at 0 and 1 no sample size has an error, though the jackknife may find one: then the interval reaches so far
        let n = if s > 0.0 && spread > 0.0 { (spread / (s * s)).min(mean.count as f64) } else { mean.count as f64 };
        let least = if spread > 0.0 { 0.0 } else { Z * s };
        let (low, high) = wilson(value, n, Z);
        ((low.min(value - least)).max(0.0), (high.max(value + least)).min(1.0))
    });
    let estimate = normal_estimate(name, value, mean.std_error, (0.0, 1.0), sizes, parameters);
    Estimate { interval, level: LEVEL, ..estimate }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_of_all_has_an_interval_even_where_the_jackknife_finds_an_error() {
        for (sum, s) in [(1000.0, 0.0), (1000.0, 0.03), (0.0, 0.03), (500.0, 0.03)] {
            let mean = Mean { sum, count: 1000, std_error: Some(s) };
            let estimate = share("recall", mean, (1000, 1000, 2), String::new());
            let (low, high) = estimate.interval.unwrap();
            assert!(0.0 <= low && low <= estimate.value && estimate.value <= high && high <= 1.0, "{estimate:?}");
            assert!(high - low > 0.9 * Z * s && high > low, "{estimate:?}");
        }
    }
}
