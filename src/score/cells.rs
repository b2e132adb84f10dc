//! Memorisation region by region: the data-copying test of Meehan, Chaudhuri and Dasgupta (arXiv 2004.05675).
//!
//! Generated rows that are closer to the training sample than fresh real rows are have been copied from it. A generator
//! may copy in one region and miss another, which cancels in a mean over all; so distances are compared within cells.

use super::definition::{Definition, Sees};
use super::forecast::Step;
use super::null::Null;
use super::permutations::Permutations;
use super::{Better, Pair, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::neighbours::Points;
use crate::numeric::{stream, variance};
use ndarray::{Array2, ArrayView2, Axis};
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

pub(super) const CT: Definition = Definition::new(
    "ct",
    "whether generated points are nearer to training points than real ones, a z-score (0 is best, copies are below it)",
    Step::new("distances in cells", |task| {
        let cells = (task.train.min(task.n).min(task.m) / ROWS_A_CELL as f64).clamp(1.0, MOST_CELLS as f64);
        let means = (cells + USUAL_ROUNDS) * (task.neighbours(task.train, cells) + task.train * task.d * ADD);
        means + task.neighbours(task.rows(), task.train / cells) + task.test().count as f64 * task.rows() * DEAL
    }),
    |card| ct(card.pair(), card.train("ct")?, card.test()),
)
.aliases(&["c_t", "data_copying"])
.sees(Sees::Memorisation, Better::Higher)
.rows(LEAST)
.needs_train();

/// The least of generated and of real rows in a cell that counts.
const LEAST: usize = 20;
/// Rows of the smallest sample that there is a cell for, and the most cells.
const ROWS_A_CELL: usize = 100;
const MOST_CELLS: usize = 50;
/// Rounds of k-means.
const ROUNDS: usize = 50;
/// Rounds that k-means needs as a rule.
const USUAL_ROUNDS: f64 = 30.0;
/// Nanoseconds of adding a number to a mean, and of dealing a row anew.
const ADD: f64 = 3.0;
const DEAL: f64 = 5.0;
/// Values that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;

/// The statistic `C_T`: the mean over cells, weighted by the real rows in them, of Mann and Whitney's standardised U of
/// the distances to the training sample, generated against real.
///
/// ```text
/// Z = (#{(g, r) : d(g) > d(r)} - n m/2) / √(n m (n + m + 1)/12),   C_T = Σ n_cell Z_cell / Σ n_cell
/// ```
///
/// where `d` is the distance to the nearest training row of the same cell. 0 where generated rows are as far from the
/// training sample as real ones are; far below 0 for copies, far above it for a generator that is worse than the sample
/// that it learnt from. It is a z-score, so it grows with the root of the number of rows. Equal distances count half,
/// and the deviation is that of their ranks. The cells are those of k-means on the training rows, one for each hundred
/// rows of the smallest sample, at most 50. A cell counts with at least 20 generated and 20 real rows; the paper asks
/// for 20 generated ones.
///
/// The standard error is that of the placements of the ranks (DeLong et al., doi:10.2307/2531595), given cells and
/// training sample. The p-value is for copying, that is for so low a value, from exchanging generated and real rows
/// within the cells: exact where both are of one law and neither was trained on. `n` are the real rows. O((t + n + m) d
/// cells) time and that of the distances.
///
/// # Errors
/// Other columns in the training sample; weights; no cell with so many rows; more than a million permutations.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations, cells::ct};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let draw = |k| Empirical::new(law.sample(200, &mut stream(0, k))?);
/// let (train, real, honest) = (draw(0)?, draw(1)?, draw(2)?);
/// let copied = Empirical::new(&train.points() + 1e-6)?;
/// let of = |generated| ct(&Pair::new(&real, generated)?, &train, Permutations::new(199, 0));
/// assert!(of(&copied)?.value < -5.0 && of(&copied)?.p_value.unwrap() < 0.01);
/// assert!(of(&honest)?.value.abs() < 3.0);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn ct(pair: &Pair<'_>, train: &Empirical, test: Permutations) -> Result<Estimate> {
    test.validate()?;
    let train = pair.scaled_train(train)?;
    let (real, generated, _) = pair.scaled();
    let (train, real, generated) = (train.points(), real.points(), generated.points());
    let smallest = train.nrows().min(real.nrows()).min(generated.nrows());
    let centres = means(train, (smallest / ROWS_A_CELL).clamp(1, MOST_CELLS), test.seed);
    let members = [train, real, generated].map(|sample| members(centres.view(), sample));
    let cells = (0..centres.nrows()).filter_map(|cell| {
        let [train, real, generated] =
            [0, 1, 2].map(|k| [train, real, generated][k].select(Axis(0), &members[k][cell]));
        let enough = train.nrows() > 0 && real.nrows().min(generated.nrows()) >= LEAST;
        enough.then(|| Cell::new(train.view(), real.view(), generated.view()))
    });
    let cells: Vec<Cell> = cells.collect();
    if cells.is_empty() {
        let why = format!(
            "it compares distances in cells with at least {LEAST} real and {LEAST} generated rows, and there is none"
        );
        return Err(Error::unsupported("ct", why));
    }
    let rows: f64 = cells.iter().map(|cell| cell.real as f64).sum();
    let weighted = |of: &dyn Fn(&Cell) -> f64| cells.iter().map(|cell| cell.real as f64 / rows * of(cell)).sum::<f64>();
    let value = weighted(&|cell| cell.standardised(cell.ranks[..cell.generated].iter().sum()));
    let std_error = cells.iter().map(|cell| (cell.real as f64 / rows * cell.error()).powi(2)).sum::<f64>().sqrt();
    let relabelled: Vec<f64> = (0..test.count)
        .into_par_iter()
        .map(|relabelling| {
            let mut rng = stream(test.seed, TASK + relabelling as u64);
            let z = cells.iter().map(|cell| {
                let mut ranks = cell.ranks.clone();
                let (chosen, _) = ranks.partial_shuffle(&mut rng, cell.generated);
                cell.real as f64 / rows * cell.standardised(chosen.iter().sum())
            });
            z.sum()
        })
        .collect();
    let (t, of) = (train.nrows(), centres.nrows());
    let parameters =
        format!("{t} training rows, {} of {of} cells by k-means, seed {}; placements", cells.len(), test.seed);
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let found = normal_estimate("ct", value, Some(std_error), range, pair.sizes(), parameters);
    Ok(Null::new(relabelled, test.seed).beside(found, Better::Higher, ROUNDING))
}

/// The seeds of the relabellings.
const TASK: u64 = 1 << 21;

/// The ranks of the distances in a cell.
struct Cell {
    generated: usize,
    real: usize,
    /// Of the generated rows, then of the real ones; those at one distance have the mean of their ranks.
    ranks: Vec<f64>,
    /// The standard deviation of the sum of ranks of so many generated rows, where all ways to choose them are alike.
    deviation: f64,
    /// The ranks among the rows of the own sample alone.
    own: Vec<f64>,
}

impl Cell {
    fn new(train: ArrayView2<'_, f64>, real: ArrayView2<'_, f64>, generated: ArrayView2<'_, f64>) -> Self {
        let points = Points::new(train);
        let distances = |sample| points.nearest(sample, 1, false).column(0).to_vec();
        let (far_generated, far_real): (Vec<f64>, Vec<f64>) = (distances(generated), distances(real));
        let ranks = ranks(&[&far_generated[..], &far_real[..]].concat());
        let (m, n) = (far_generated.len() as f64, far_real.len() as f64);
        // drawing without replacement from the ranks
        let deviation = (m * n / (m + n) * variance(&ranks)).sqrt();
        let own = [self::ranks(&far_generated), self::ranks(&far_real)].concat();
        Self { generated: far_generated.len(), real: far_real.len(), ranks, deviation, own }
    }

    /// U of a sum of ranks, less its mean, in deviations; 0 where all distances are equal.
    fn standardised(&self, ranks: f64) -> f64 {
        let (m, n) = (self.generated as f64, self.real as f64);
        let from_mean = ranks - m * (m + n + 1.0) / 2.0;
        if self.deviation > 0.0 { from_mean / self.deviation } else { 0.0 }
    }

    /// The standard error of the standardised U: a rank less the rank in the own sample counts the rows of the other
    /// sample below. Where the samples are apart it is that of half a pair of rows.
    fn error(&self) -> f64 {
        let (m, n) = (self.generated as f64, self.real as f64);
        let placements: Vec<f64> = self.ranks.iter().zip(&self.own).map(|(rank, own)| rank - own).collect();
        let (of_generated, of_real) = placements.split_at(self.generated);
        let of_u = (n * variance(of_real) + m * variance(of_generated)).sqrt();
        let least = m.max(n) / 2.0;
        if self.deviation > 0.0 { of_u.max(least) / self.deviation } else { 0.0 }
    }
}

/// Ranks from 1 on; equal values have the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_unstable_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&a, &b| values[a].total_cmp(&values[b]).is_eq()) {
        let mean = before as f64 + (tied.len() + 1) as f64 / 2.0;
        tied.iter().for_each(|&i| ranks[i] = mean);
        before += tied.len();
    }
    ranks
}

/// The centres of k-means, from seeds far apart (Arthur and Vassilvitskii 2007).
fn means(points: ArrayView2<'_, f64>, cells: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 30);
    let mut centres = points.select(Axis(0), &[rng.random_range(0..points.nrows())]);
    while centres.nrows() < cells {
        let far = Points::new(centres.view()).nearest(points, 1, false).column(0).to_vec();
        let mut left = rng.random::<f64>() * far.iter().sum::<f64>();
        let next = far.iter().position(|distance| {
            left -= distance;
            left < 0.0
        });
        // all rows are centres
        let Some(next) = next else { break };
        if centres.push_row(points.row(next)).is_err() {
            unreachable!("a centre has the columns of a row");
        }
    }
    let mut before = Vec::new();
    for _ in 0..ROUNDS {
        let cells = members(centres.view(), points);
        for (mut centre, rows) in centres.rows_mut().into_iter().zip(&cells) {
            if let Some(mean) = points.select(Axis(0), rows).mean_axis(Axis(0)) {
                centre.assign(&mean);
            }
        }
        if cells == before {
            break;
        }
        before = cells;
    }
    centres
}

/// The rows nearest to each centre; of several at one distance to the first.
fn members(centres: ArrayView2<'_, f64>, points: ArrayView2<'_, f64>) -> Vec<Vec<usize>> {
    let mut members = vec![Vec::new(); centres.nrows()];
    let nearest = Points::new(centres).around(points, |_, around| around.nearest(1, None)[0].1);
    nearest.into_iter().enumerate().for_each(|(row, cell)| members[cell].push(row));
    members
}
