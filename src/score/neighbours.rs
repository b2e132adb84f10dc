//! Quality and variety from nearest neighbours.
//!
//! The ball of a point reaches to its k-th nearest neighbour in its own sample, itself not counted. Balls are open:
//! a point at exactly the radius is outside.
//!
//! | score | definition | source |
//! |---|---|---|
//! | precision | share of generated points in the ball of some real point | Kynkäänniemi et al., arXiv 1904.06991 |
//! | recall | share of real points in the ball of some generated point | the same |
//! | density | mean over generated points of the number of real balls around them, divided by k | Naeem et al., arXiv 2002.09797 |
//! | coverage | share of real points whose ball holds a generated point | the same |
//! | authenticity | share of generated points farther from their nearest training point than that is from its own nearest | Alaa et al., arXiv 2102.08921 |
//!
//! Distances come from blocks of matrix products; comparisons that hang on rounding are decided from the differences
//! of the coordinates, so ties in gridded data and copies of points are exact. A point that occurs more than k times
//! has the empty ball.
//!
//! Precision and density are means over generated points, recall and coverage over real points; the standard error is
//! that of such a mean (binomial, with Wilson's interval, for the shares), with the other sample and so the balls held
//! fixed.

use super::distance::{Clouds, TIE, for_blocks};
use super::{LEVEL, Z, check_sample, check_samples, normal_estimate, sizes, variance};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use ndarray::ArrayView2;

/// What precision, recall, density and coverage are read from: one pass over the three sets of distances.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::neighbours::Neighbours;
/// use ndarray::array;
/// let real = Empirical::new(array![[0.0], [1.0], [10.0], [11.0]])?;
/// let generated = Empirical::new(array![[0.25], [0.5], [0.75]])?; // one of two clusters
/// let n = Neighbours::new(&real, &generated, 1)?;
/// assert_eq!((n.precision().value, n.coverage().value), (1.0, 0.5));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Neighbours {
    k: usize,
    /// For every generated point, the number of real balls around it.
    balls: Vec<usize>,
    /// For every real point, whether its ball holds a generated point.
    covered: Vec<bool>,
    /// For every real point, whether it is in the ball of a generated point.
    recalled: Vec<bool>,
    sizes: (usize, usize, usize),
}

impl Neighbours {
    /// Finds the balls of both samples and who is in whose. O((n + m)² d) time, O(n + m) memory a thread.
    ///
    /// # Errors
    /// Different dimensions, weighted samples, coordinates beyond 1e20; a `k` that is 0, or not below the number of
    /// rows of both samples.
    pub fn new(real: &Empirical, generated: &Empirical, k: usize) -> Result<Self> {
        check_samples(real, generated, 2)?;
        check_neighbours(k, real.len().min(generated.len()))?;
        let (x, y) = (real.points(), generated.points());
        let (x_radii, y_radii) = (squared_radii(x, k), squared_radii(y, k));
        let clouds = Clouds::new(x, y);
        let blocks = for_blocks(x.nrows(), |first| {
            let mut balls = vec![0; y.nrows()];
            let of_row = |(i, row): (usize, ndarray::ArrayView1<'_, f64>)| {
                let (mut covered, mut recalled) = (false, false);
                let radius = x_radii[first + i];
                for (j, &distance) in row.iter().enumerate() {
                    let inside = |radius: f64| {
                        let exact = || clouds.exact(first + i, j);
                        let tie = (distance - radius).abs() <= TIE * radius;
                        if tie { exact() < radius } else { distance < radius }
                    };
                    if inside(radius) {
                        covered = true;
                        balls[j] += 1;
                    }
                    recalled = recalled || inside(y_radii[j]);
                }
                (covered, recalled)
            };
            let flags: Vec<(bool, bool)> = clouds.block(first).rows().into_iter().enumerate().map(of_row).collect();
            (balls, flags)
        });
        let mut balls = vec![0; y.nrows()];
        let (mut covered, mut recalled) = (Vec::with_capacity(x.nrows()), Vec::with_capacity(x.nrows()));
        for (block, flags) in blocks {
            balls.iter_mut().zip(block).for_each(|(total, b)| *total += b);
            covered.extend(flags.iter().map(|f| f.0));
            recalled.extend(flags.iter().map(|f| f.1));
        }
        Ok(Self { k, balls, covered, recalled, sizes: sizes(real, generated) })
    }

    /// The share of generated points in the ball of some real point; 1 is best.
    #[must_use]
    pub fn precision(&self) -> Estimate {
        let hits = self.balls.iter().filter(|&&b| b > 0).count();
        self.share("precision", hits, self.balls.len(), "generated")
    }

    /// The share of real points in the ball of some generated point; 1 is best.
    ///
    /// One generated outlier with a huge ball can recall everything: see [`coverage`](Self::coverage).
    #[must_use]
    pub fn recall(&self) -> Estimate {
        let hits = self.recalled.iter().filter(|&&r| r).count();
        self.share("recall", hits, self.recalled.len(), "real")
    }

    /// The mean number of real balls around a generated point, divided by k: about 1 for equal laws, above 1 where
    /// the generator prefers dense regions.
    #[must_use]
    pub fn density(&self) -> Estimate {
        let counts: Vec<f64> = self.balls.iter().map(|&b| b as f64 / self.k as f64).collect();
        let m = counts.len() as f64;
        let std_error = (variance(&counts) / m).sqrt();
        let parameters = format!("k = {}, open balls; error over generated points", self.k);
        let range = (0.0, f64::INFINITY);
        let value = self.balls.iter().sum::<usize>() as f64 / (self.k as f64 * m);
        normal_estimate("density", value, Some(std_error), range, self.sizes, parameters)
    }

    /// The share of real points whose ball holds a generated point; 1 is best.
    ///
    /// For equal laws it is `1 - (n-1)…(n-k)/((n+m-1)…(n+m-k))` on average, 0.97 for k = 5 and n = m.
    #[must_use]
    pub fn coverage(&self) -> Estimate {
        let hits = self.covered.iter().filter(|&&c| c).count();
        self.share("coverage", hits, self.covered.len(), "real")
    }

    fn share(&self, name: &str, hits: usize, of: usize, points: &str) -> Estimate {
        let parameters = format!("k = {}, open balls; binomial error over {points} points", self.k);
        share(name, hits, of, self.sizes, parameters)
    }
}

/// The share of generated points that are no copies: farther from their nearest training point than that point is
/// from its nearest other training point.
///
/// 0 for copies. For fresh samples of the training law it is the share of points that are not the nearest neighbour
/// of their nearest neighbour: 1/3 in one dimension, 0.38 in two, towards 1/2 in many. The standard error is binomial
/// over generated points. `n` of the estimate counts training points. O((n + m) n d).
///
/// # Errors
/// Different dimensions, fewer than two training rows, weighted samples, coordinates beyond 1e20.
pub fn authenticity(train: &Empirical, generated: &Empirical) -> Result<Estimate> {
    train.same_dimension(generated, "train", "generated")?;
    check_sample(train, "train", 2)?;
    check_sample(generated, "generated", 1)?;
    let (x, y) = (train.points(), generated.points());
    let own = squared_radii(x, 1);
    let clouds = Clouds::new(y, x);
    let hits: usize = for_blocks(y.nrows(), |first| {
        let authentic = |(i, row): (usize, ndarray::ArrayView1<'_, f64>)| {
            let closest = row.iter().copied().fold(f64::INFINITY, f64::min);
            // of all training points that are nearest up to rounding, the first by exact distance
            let nearest =
                (0..row.len()).filter(|&j| row[j] <= closest * (1.0 + TIE)).map(|j| (clouds.exact(first + i, j), j));
            let (distance, j) =
                nearest.fold((f64::INFINITY, 0), |best, next| if next.0 < best.0 { next } else { best });
            distance > own[j]
        };
        clouds.block(first).rows().into_iter().enumerate().filter(|(i, row)| authentic((*i, row.view()))).count()
    })
    .into_iter()
    .sum();
    let parameters = "nearest training point; binomial error over generated points".to_owned();
    Ok(share("authenticity", hits, y.nrows(), sizes(train, generated), parameters))
}

fn check_neighbours(k: usize, rows: usize) -> Result<()> {
    if (1..rows).contains(&k) {
        return Ok(());
    }
    Err(Error::OutOfDomain {
        what: "k (nearest neighbours)".to_owned(),
        value: k as f64,
        expected: format!("1 to {}: fewer than the {rows} rows of the smaller sample", rows - 1),
    })
}

/// The squared distance of every point to its k-th nearest other point.
fn squared_radii(x: ArrayView2<'_, f64>, k: usize) -> Vec<f64> {
    let clouds = Clouds::new(x, x);
    let blocks = for_blocks(x.nrows(), |first| {
        let mut others = Vec::with_capacity(x.nrows());
        let block = clouds.block(first);
        let radius = |(i, row): (usize, ndarray::ArrayView1<'_, f64>)| {
            let own = first + i;
            others.clear();
            others.extend(row.iter().enumerate().filter(|(j, _)| *j != own).map(|(_, &d)| d));
            let guess = *others.select_nth_unstable_by(k - 1, f64::total_cmp).1;
            // which of those that agree with it up to rounding is the k-th, their exact distances say
            let (low, high) = (guess * (1.0 - TIE), guess * (1.0 + TIE));
            let closer = others.iter().filter(|&&d| d < low).count();
            let near = |(j, &d): (usize, &f64)| (j != own && (low..=high).contains(&d)).then(|| clouds.exact(own, j));
            let mut near: Vec<f64> = row.iter().enumerate().filter_map(near).collect();
            *near.select_nth_unstable_by(k - 1 - closer, f64::total_cmp).1
        };
        block.rows().into_iter().enumerate().map(radius).collect::<Vec<f64>>()
    });
    blocks.concat()
}

/// A proportion with its binomial standard error and Wilson's interval.
pub(super) fn share(name: &str, hits: usize, of: usize, sizes: (usize, usize, usize), parameters: String) -> Estimate {
    let n = of as f64;
    let value = hits as f64 / n;
    let middle = (value + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
    let reach = Z * (value * (1.0 - value) / n + Z * Z / (4.0 * n * n)).sqrt() / (1.0 + Z * Z / n);
    let std_error = (value * (1.0 - value) / n).sqrt();
    let estimate = normal_estimate(name, value, Some(std_error), (0.0, 1.0), sizes, parameters);
    // rounding must not push an end past the value, which at 0 and 1 it equals
    let interval = ((middle - reach).clamp(0.0, value), (middle + reach).clamp(value, 1.0));
    Estimate { interval: Some(interval), level: LEVEL, ..estimate }
}
