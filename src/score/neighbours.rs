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
//! One pass over the pooled rows finds, for each, its nearest neighbours in both samples. From these follow the balls, the balls without a group of
//! rows, and the balls of relabelled samples, which give baseline and p-value.
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

use super::definition::{Comparison, Definition, Sees};
use super::null::Null;
use super::permutations::{order, pool};
use super::{Better, Compat, LEVEL, Pair, Permutations, Z, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::neighbours::{Around, Points};
use crate::numeric::{variance, wilson};
use std::ops::Range;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

pub(super) const PRECISION: Definition =
    Definition::new("precision", "share of generated points among the real ones", |card| {
        of_balls(card, Neighbours::precision)
    })
    .sees(Sees::Fidelity, Better::Higher)
    .neighbours(of_program);
pub(super) const RECALL: Definition =
    Definition::new("recall", "share of real points among the generated ones", |card| {
        of_balls(card, Neighbours::recall)
    })
    .sees(Sees::Diversity, Better::Higher)
    .neighbours(of_program);
pub(super) const DENSITY: Definition =
    Definition::new("density", "real balls around a generated point, relative to k", |card| Ok(found(card)?.density()))
        .sees(Sees::Fidelity, Better::Higher)
        .neighbours(|_| USUAL);
pub(super) const COVERAGE: Definition =
    Definition::new("coverage", "share of real points with a generated one in their ball", |card| {
        Ok(found(card)?.coverage())
    })
    .sees(Sees::Diversity, Better::Higher)
    .neighbours(|_| USUAL);
pub(super) const AUTHENTICITY: Definition =
    Definition::new("authenticity", "share of generated points that are no copies of training points", |card| {
        card.beside_real("authenticity", |pair| Ok(authenticity(pair)))
    })
    .sees(Sees::Memorisation, Better::Higher)
    .needs_train();

/// The neighbour that a ball reaches to, unless the user says which.
const USUAL: usize = 5;

fn of_program(compat: Option<Compat>) -> usize {
    if compat == Some(Compat::TorchFidelity) { 3 } else { USUAL }
}

/// Precision and recall, of closed balls where torch-fidelity's are asked for.
fn of_balls(card: &mut Comparison<'_>, score: fn(&Neighbours) -> Estimate) -> Result<Estimate> {
    if card.compat() == Some(Compat::TorchFidelity) {
        return Ok(score(&Neighbours::with_closed_balls(card.pair(), card.k(), card.again())?));
    }
    Ok(score(found(card)?))
}

fn found<'c>(card: &'c mut Comparison<'_>) -> Result<&'c Neighbours> {
    card.shared(|card| Neighbours::new(card.pair(), card.k(), card.again()))
}

/// Groups of the jackknife.
const GROUPS: usize = 20;

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
    /// Finds the balls of both samples and who is in whose, and the same for relabelled samples, at most 99. O((n + m)² d) time, in few
    /// dimensions about O((n + m) log(n + m)); O(n + m) memory.
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

/// The neighbours of a point in both samples, as squared distance and row, ascending; more are found when they are asked for.
struct Walk<'w, 'p> {
    around: &'w Around<'p>,
    own: usize,
    nearest: Vec<(f64, usize)>,
    /// How many there are at all.
    others: usize,
}

impl<'w, 'p> Walk<'w, 'p> {
    fn new(around: &'w Around<'p>, own: usize, few: usize, others: usize) -> Self {
        Self { around, own, nearest: around.some_nearest(few.min(others), Some(own)), others }
    }

    /// Finds twice as many; false where there are no more.
    fn extend(&mut self) -> bool {
        let more = (2 * self.nearest.len()).min(self.others);
        let extended = more > self.nearest.len();
        if extended {
            self.nearest = self.around.some_nearest(more, Some(self.own));
        }
        extended
    }

    /// The squared distance to the `k`-th neighbour among some.
    fn kth(&mut self, k: usize, among: impl Fn(usize) -> bool) -> Option<f64> {
        let (mut place, mut seen) = (0, 0);
        loop {
            while let Some(&(distance, j)) = self.nearest.get(place) {
                seen += usize::from(among(j));
                if seen == k {
                    return Some(distance);
                }
                place += 1;
            }
            if !self.extend() {
                return None;
            }
            // those at the last distance may now stand in another order
            (place, seen) = (0, 0);
        }
    }

    /// The squared distance to the `k`-th neighbour among those that have a group, without each of the groups.
    fn kth_without_groups(&mut self, k: usize, group_of: impl Fn(usize) -> Option<usize>) -> [Option<f64>; GROUPS] {
        let (mut found, mut missing) = ([None; GROUPS], GROUPS);
        let (mut seen, mut of_group, mut place) = (0, [0; GROUPS], 0);
        while missing > 0 {
            let Some(&(distance, j)) = self.nearest.get(place) else {
                // those at the last distance may now stand in another order
                if self.extend() {
                    return self.kth_without_groups(k, group_of);
                }
                break;
            };
            place += 1;
            let Some(group) = group_of(j) else { continue };
            seen += 1;
            of_group[group] += 1;
            for (found, of_group) in found.iter_mut().zip(&of_group) {
                if seen - of_group >= k && found.is_none() {
                    *found = Some(distance);
                    missing -= 1;
                }
            }
        }
        found
    }

    /// The neighbours in the ball of a radius that one of them has.
    fn inside(&mut self, radius: f64, closed: bool) -> &[(f64, usize)] {
        // those at the edge of a closed ball may go on beyond the last that is known
        while closed && self.nearest.last().is_some_and(|(last, _)| *last <= radius) && self.extend() {}
        let end = self.nearest.partition_point(|(distance, _)| reaches(radius, *distance, closed));
        &self.nearest[..end]
    }
}

fn reaches(radius: f64, distance: f64, closed: bool) -> bool {
    if closed { distance <= radius } else { distance < radius }
}

/// Counts of balls around the points of the other sample: all, and without each group of centres. Whole numbers, so that the sums are the same in
/// whatever order the threads add.
struct Tally {
    around: Vec<Vec<AtomicU32>>,
}

/// What a ball holds of the other sample.
struct Ball {
    /// The number of points, by their group.
    inside: [u32; GROUPS],
    /// Whether it holds a point when a group of centres is left out and it has grown.
    grown: [bool; GROUPS],
    /// Whether it has a radius without each of the groups.
    groups: bool,
}

impl Tally {
    fn new(points: usize) -> Self {
        Self { around: (0..=GROUPS).map(|_| (0..points).map(|_| AtomicU32::new(0)).collect()).collect() }
    }

    /// The ball of row `i` among its `own` rows; the other sample starts at `first`.
    fn count_ball(
        &self,
        i: usize,
        walk: &mut Walk<'_, '_>,
        (k, closed): (usize, bool),
        own: &Range<usize>,
        first: usize,
    ) -> Ball {
        let group_of = |j: usize| (j - own.start) % GROUPS;
        let Some(radius) = walk.kth(k, |j| own.contains(&j)) else { unreachable!("k is below the number of rows") };
        let without = walk.kth_without_groups(k, |j| own.contains(&j).then(|| group_of(j)));
        let groups = without.iter().all(Option::is_some);
        let without: [f64; GROUPS] = without.map(|larger| larger.unwrap_or(radius));
        let largest = without.iter().copied().fold(radius, f64::max);
        let mut ball = Ball { inside: [0; GROUPS], grown: [false; GROUPS], groups };
        for &(distance, j) in walk.inside(largest, closed).iter().filter(|(_, j)| !own.contains(j)) {
            let j = j - first;
            if reaches(radius, distance, closed) {
                self.around[0][j].fetch_add(1, Ordering::Relaxed);
                ball.inside[j % GROUPS] += 1;
            }
            for (g, &radius) in without.iter().enumerate() {
                if g != group_of(i) && reaches(radius, distance, closed) {
                    self.around[1 + g][j].fetch_add(1, Ordering::Relaxed);
                    ball.grown[g] = true;
                }
            }
        }
        ball
    }

    fn incidence(self, balls: &[Ball], groups: bool) -> Incidence {
        let whole = |layer: Vec<AtomicU32>| layer.into_iter().map(AtomicU32::into_inner).collect();
        Incidence {
            around: self.around.into_iter().map(whole).collect(),
            inside: balls.iter().map(|ball| ball.inside).collect(),
            grown: balls.iter().map(|ball| ball.grown).collect(),
            groups: groups && balls.iter().all(|ball| ball.groups),
        }
    }
}

/// Something of each of the four scores.
#[derive(Debug, Clone, Default)]
struct Relabelled<T> {
    precision: T,
    recall: T,
    density: T,
    coverage: T,
}

/// Relabellings of the pooled rows: bit `r` of a row is set where it is a real one in relabelling `r`.
struct Labels {
    real: Vec<u128>,
    count: usize,
    sizes: (usize, usize),
}

impl Labels {
    /// As many as were asked for, at most as fit.
    fn new(n: usize, m: usize, test: Permutations) -> Self {
        let count = test.within(0.0);
        let mut real = vec![0; n + m];
        for r in 0..count {
            order(n + m, test.seed, r as u64)[..n].iter().for_each(|&i| real[i] |= 1 << r);
        }
        Self { real, count, sizes: (n, m) }
    }

    fn is_real(&self, i: usize, r: usize) -> bool {
        self.real[i] >> r & 1 == 1
    }

    /// Counts the balls that row `i` has in all relabellings, which are taken side by side, a bit each: its neighbours come in ascending
    /// distance, and a ball is open until `k` of them had the label of the row. Those at one distance come together.
    fn count_balls(&self, i: usize, walk: &mut Walk<'_, '_>, (k, closed): (usize, bool), tally: &TallyOfLabels) {
        let mine = self.real[i];
        let (mut open, mut left) = (u128::MAX >> (128 - self.count as u32).min(127), Countdown::from(k));
        if self.count == 0 {
            return;
        }
        let (mut held, mut first) = ([0; 128], 0);
        while open != 0 {
            let known = walk.nearest.len();
            if first == known && !walk.extend() {
                unreachable!("k is below the number of rows");
            }
            let distance = walk.nearest[first].0;
            let end = first + walk.nearest[first..].partition_point(|(other, _)| *other <= distance);
            let group = &walk.nearest[first..end];
            let (mut still, mut fewer) = (open, left);
            for &(_, j) in group {
                still &= !fewer.count(still & !(mine ^ self.real[j]));
            }
            let all_of_it = end < walk.nearest.len() || walk.nearest.len() == walk.others;
            if !all_of_it && (closed || still != 0) && walk.extend() {
                // more of them may follow
                continue;
            }
            let reaching = if closed { open } else { still };
            for &(_, j) in &walk.nearest[first..end] {
                let inside = reaching & (mine ^ self.real[j]);
                tally.reach(j, inside);
                for_each_bit(inside & mine, |r| held[r] += 1);
            }
            (open, left, first) = (still, fewer, end);
        }
        for (r, &held) in held.iter().enumerate().filter(|(_, held)| **held > 0) {
            tally.held[r].fetch_add(held, Ordering::Relaxed);
            tally.holding[r].fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn for_each_bit(mut bits: u128, mut see: impl FnMut(usize)) {
    while bits != 0 {
        see(bits.trailing_zeros() as usize);
        bits &= bits - 1;
    }
}

/// 128 counters side by side: bit `r` of plane `p` is bit `p` of counter `r`.
#[derive(Clone, Copy)]
struct Countdown {
    planes: [u128; usize::BITS as usize],
    width: usize,
}

impl Countdown {
    /// All at `k`, written as the distance from the power of two at which a counter overflows.
    fn from(k: usize) -> Self {
        let width = (usize::BITS - k.leading_zeros()) as usize;
        let missing = (1_usize << width) - k;
        let plane = |p| if missing >> p & 1 == 1 { u128::MAX } else { 0 };
        Self { planes: std::array::from_fn(plane), width }
    }

    /// One less for these: those that are now at 0.
    fn count(&mut self, these: u128) -> u128 {
        let mut carry = these;
        for plane in &mut self.planes[..self.width] {
            (*plane, carry) = (*plane ^ carry, *plane & carry);
        }
        carry
    }
}

/// What is counted in every relabelling; whole numbers, for the same reason as in [`Tally`].
struct TallyOfLabels {
    /// For every row a bit a relabelling: whether it is in a ball of the other sample.
    reached: Vec<[AtomicU64; 2]>,
    /// Generated points in real balls, with multiplicity.
    held: Vec<AtomicU64>,
    /// Real balls that hold a generated point.
    holding: Vec<AtomicU64>,
}

impl TallyOfLabels {
    fn new(rows: usize, count: usize) -> Self {
        let zeros = |count: usize| (0..count).map(|_| AtomicU64::new(0)).collect();
        Self {
            reached: (0..rows).map(|_| [AtomicU64::new(0), AtomicU64::new(0)]).collect(),
            held: zeros(count),
            holding: zeros(count),
        }
    }

    /// Row `j` is in a ball of the other sample in these relabellings.
    fn reach(&self, j: usize, these: u128) {
        for (reached, half) in self.reached[j].iter().zip([these as u64, (these >> 64) as u64]) {
            if half != 0 {
                reached.fetch_or(half, Ordering::Relaxed);
            }
        }
    }

    fn scores(self, labels: &Labels, k: usize, seed: u64) -> Relabelled<Null> {
        let (n, m) = labels.sizes;
        let (n, m) = (n as f64, m as f64);
        let mut scores = Relabelled::<Vec<f64>>::default();
        for r in 0..labels.count {
            let (mut real, mut generated) = (0, 0);
            for (i, reached) in self.reached.iter().enumerate() {
                let bit = reached[r / 64].load(Ordering::Relaxed) >> (r % 64) & 1;
                *(if labels.is_real(i, r) { &mut real } else { &mut generated }) += bit;
            }
            scores.precision.push(generated as f64 / m);
            scores.recall.push(real as f64 / n);
            scores.density.push(self.held[r].load(Ordering::Relaxed) as f64 / (k as f64 * m));
            scores.coverage.push(self.holding[r].load(Ordering::Relaxed) as f64 / n);
        }
        let null = |values| Null::new(values, seed);
        Relabelled {
            precision: null(scores.precision),
            recall: null(scores.recall),
            density: null(scores.density),
            coverage: null(scores.coverage),
        }
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
    /// Whether all radii without a group exist, and no group is a whole sample.
    groups: bool,
}

impl Incidence {
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
    use crate::measure::Empirical;
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
