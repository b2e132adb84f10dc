//! Fidelity, variety and memorisation in one number: the feature likelihood divergence of Jiralerspong et al. (arXiv
//! 2302.04440).
//!
//! A Gaussian stands at every generated row, with the variance that makes the training sample most likely. Where a
//! generated row is a copy, that variance shrinks to nothing, and the mixture has little density where fresh real rows
//! are; where a generator is poor or lacks a part of the law, likewise.

use super::definition::{Definition, Sees};
use super::forecast::{PRODUCT, Step};
use super::{Better, Pair, at_most, normal_estimate};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::copies::equal;
use crate::measure::distance::{Clouds, for_blocks};
use crate::numeric::{exp, stream, variance};
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, concatenate};
use rand::seq::SliceRandom;
use rayon::prelude::*;
use std::f64::consts::TAU;

pub(super) const FLD: Definition = Definition::new(
    "fld",
    "how much less likely real points are under Gaussians around generated ones than around training ones (0 is as good)",
    MIXTURES,
    |card| fld(card.pair(), card.train("fld")?, card.seed()),
)
.aliases(&["feature_likelihood_divergence"])
.sees(Sees::Memorisation, Better::Lower)
.rows(4)
.needs_train();

/// Mixtures around the generated rows, and around halves of the training rows, fitted round by round.
const MIXTURES: Step = Step::new("mixtures of Gaussians", |task| {
    let most = |rows: f64| rows.min(MOST as f64);
    let (train, real, generated) = (most(task.train), most(task.n), most(task.m));
    // few columns take more rounds
    let rounds = 30.0 + 60.0 / task.d;
    let fit = |centres: f64, sample: f64| centres * ((sample + real) * task.d * PRODUCT + sample * rounds * TERM);
    fit(generated, train) + SPLITS as f64 * fit(generated.min(train / 2.0), train / 2.0)
});

/// Nanoseconds of a row and Gaussian in a round.
const TERM: f64 = 4.0;
/// The most rows of each sample; each pair of rows is a number in memory.
const MOST: usize = 3000;
/// Splits of the training sample that are averaged over.
const SPLITS: u64 = 4;
/// Rounds of the fit, and the rise of the log-likelihood by row and column that ends it.
const ROUNDS: usize = 100;
const RISE: f64 = 1e-5;
/// The share of the way to the training mean that rows are moved before the wide Gaussian there sees them.
const TO_MEAN: f64 = 0.1;
/// What is added to the squared distance that a variance starts from, and the bounds of the logarithm of a variance.
const START: f64 = 1e-3;
const LOGARITHMS: (f64, f64) = (-40.0, 40.0);

/// The feature likelihood divergence: `100/d` times the mean of `ln p_T(x) - ln p_G(x)` over the real rows `x`, which
/// neither saw.
///
/// `p_G` is the mixture of Gaussians `N(g, s_g² I)` around the generated rows with equal weights, and its variances
/// maximise the likelihood of the training sample. `p_T` is the same of one half of the training sample, fitted to the
/// other half. So 0 is what fresh rows of the law would get in the place of the generated ones, below 0 a generator is
/// better than half the training sample, and a generator that copied its training sample has hundreds or more.
///
/// Conventions are those of the paper's program: columns have the mean and the standard deviation of the real sample,
/// variances start from the distance to the nearest training row, a wide Gaussian around the training mean takes part
/// in the fit and not in the evaluation, logarithms of variances stay in ±40. Other than there, variances are found by
/// expectation-maximisation, which never lowers the likelihood, in place of 50 steps of Adam; columns that are constant
/// in the real sample are left out; four random halvings of the training sample are averaged over; samples of more than
/// 3000 rows are subsampled, from `seed`. So the values are near to the program's and not equal.
///
/// The standard error is that of the mean over the real rows, joined by the spread over the halvings; it does not have
/// in it how other generated rows would do. The baseline is 0 with the spread over the halvings. There is no p-value:
/// under equal laws nothing exchanges the training sample with the generated one. O(t m d) time for distances and O(t
/// m) a round; O(t m) memory.
///
/// # Errors
/// Other columns in the training sample; weights; fewer than four training rows; a real sample that is constant.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, likelihood::fld};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let draw = |k| Empirical::new(law.sample(200, &mut stream(0, k))?);
/// let (train, real, honest) = (draw(0)?, draw(1)?, draw(2)?);
/// assert!(fld(&Pair::new(&real, &honest)?, &train, 0)?.value.abs() < 50.0);
/// assert!(fld(&Pair::new(&real, &train)?, &train, 0)?.value > 1000.0); // a copy of the training sample
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn fld(pair: &Pair<'_>, train: &Empirical, seed: u64) -> Result<Estimate> {
    let train = at_most(MOST, &*pair.scaled_train(train)?, seed, 40)?;
    let (real, generated, _) = pair.scaled();
    let (real, generated) = (at_most(MOST, real, seed, 41)?, at_most(MOST, generated, seed, 42)?);
    if train.len() < 4 {
        return Err(Error::too_few("train", train.len(), 4, "rows"));
    }
    let scale = Columns::of(real.points())?;
    let [train, real, generated] = [&train, &real, &generated].map(|sample| scale.apply(sample.points()));
    let d = real.ncols() as f64;
    let likely = Mixture::fit(generated.view(), train.view()).ln_density(real.view());

    let of_halves = (0..SPLITS).map(|split| {
        let mut order: Vec<usize> = (0..train.nrows()).collect();
        order.shuffle(&mut stream(seed, 43 + split));
        let size = generated.nrows().min(order.len() / 2);
        let (centres, others) = (train.select(Axis(0), &order[..size]), train.select(Axis(0), &order[size..]));
        Mixture::fit(centres.view(), others.view()).ln_density(real.view())
    });
    let of_halves: Vec<Array1<f64>> = of_halves.collect();
    let means: Vec<f64> = of_halves.iter().map(|ln| 100.0 / d * ln.sum() / ln.len() as f64).collect();
    let spread = variance(&means).sqrt();
    let less: Vec<f64> = (0..likely.len())
        .map(|i| 100.0 / d * (of_halves.iter().map(|ln| ln[i]).sum::<f64>() / SPLITS as f64 - likely[i]))
        .collect();
    let (n, value) = (less.len() as f64, less.iter().sum::<f64>() / less.len() as f64);
    let std_error = (variance(&less) / n + spread * spread / SPLITS as f64).sqrt();
    let parameters = format!(
        "Gaussians around {} generated rows, fitted to {} training rows; less the mean of {SPLITS} halvings of these, seed {seed}; error over real rows and halvings",
        generated.nrows(),
        train.nrows()
    );
    let range = (f64::NEG_INFINITY, f64::INFINITY);
    let sizes = (real.nrows(), generated.nrows(), pair.sizes().2);
    let found = normal_estimate("fld", value, Some(std_error), range, sizes, parameters);
    Ok(Estimate { baseline: Some(0.0), baseline_spread: Some(spread), warnings: scale.warnings(), ..found })
}

/// The mean and the standard deviation of the columns that are not constant.
struct Columns {
    kept: Vec<usize>,
    mean: Array1<f64>,
    deviation: Array1<f64>,
    left_out: usize,
}

impl Columns {
    fn of(real: ArrayView2<'_, f64>) -> Result<Self> {
        let varies = |j: &usize| real.column(*j).iter().any(|x| !equal(*x, real[[0, *j]]));
        let kept: Vec<usize> = (0..real.ncols()).filter(varies).collect();
        if kept.is_empty() {
            return Err(Error::unsupported(
                "fld",
                "all rows of the real sample are equal, so that they have no density",
            ));
        }
        let columns = real.select(Axis(1), &kept);
        let Some(mean) = columns.mean_axis(Axis(0)) else { unreachable!("a sample has rows") };
        Ok(Self { left_out: real.ncols() - kept.len(), deviation: columns.std_axis(Axis(0), 1.0), mean, kept })
    }

    fn apply(&self, sample: ArrayView2<'_, f64>) -> Array2<f64> {
        (sample.select(Axis(1), &self.kept) - &self.mean) / &self.deviation
    }

    fn warnings(&self) -> Vec<String> {
        let said = format!("{} columns that are constant in the real sample were left out", self.left_out);
        if self.left_out > 0 { vec![said] } else { Vec::new() }
    }
}

/// Gaussians with variances of their own around given centres, in equal parts.
struct Mixture<'a> {
    centres: ArrayView2<'a, f64>,
    ln_variances: Vec<f64>,
}

impl<'a> Mixture<'a> {
    /// The variances that make a sample likely, from those of the nearest rows on.
    fn fit(centres: ArrayView2<'a, f64>, sample: ArrayView2<'_, f64>) -> Self {
        let d = centres.ncols() as f64;
        let squares = squares(sample, centres);
        let nearest = squares.fold_axis(Axis(0), f64::INFINITY, |least, square| least.min(*square));
        let mut ln_variances: Vec<f64> = nearest.iter().map(|square| ((square + START) / d).ln()).collect();
        // the wide Gaussian is the last
        ln_variances.push(0.0);
        let Some(mean) = sample.mean_axis(Axis(0)) else { unreachable!("a sample has rows") };
        let wide = (1.0 - TO_MEAN).powi(2) * squares_to(sample, mean.view());
        let squares = match concatenate(Axis(1), &[squares.view(), wide.view().insert_axis(Axis(1))]) {
            Ok(all) => all.as_standard_layout().to_owned(),
            Err(_) => unreachable!("both have a row for each row of the sample"),
        };
        let ln_count = (centres.nrows() as f64).ln();
        let mut before = f64::NEG_INFINITY;
        for _ in 0..ROUNDS {
            let (rise, next) = round(&squares, &ln_variances, ln_count, d);
            if rise - before < RISE {
                break;
            }
            (before, ln_variances) = (rise, next);
        }
        ln_variances.pop();
        Self { centres, ln_variances }
    }

    /// The logarithm of its density at each row.
    fn ln_density(&self, sample: ArrayView2<'_, f64>) -> Array1<f64> {
        let d = self.centres.ncols() as f64;
        let squares = squares(sample, self.centres);
        let ln_weights = ln_weights(&self.ln_variances, d);
        let precisions: Vec<f64> = self.ln_variances.iter().map(|ln| (-ln).exp()).collect();
        let ln_count = (self.centres.nrows() as f64).ln();
        let mut terms = vec![0.0; self.ln_variances.len()];
        squares.rows().into_iter().map(|row| ln_sum(row, &ln_weights, &precisions, &mut terms) - ln_count).collect()
    }
}

/// One round of expectation-maximisation: the mean log-likelihood by row and column, and the variances that follow.
fn round(squares: &Array2<f64>, ln_variances: &[f64], ln_count: f64, d: f64) -> (f64, Vec<f64>) {
    let (rows, all) = squares.dim();
    let mut ln_weights = ln_weights(ln_variances, d);
    ln_weights[..all - 1].iter_mut().for_each(|ln| *ln -= ln_count);
    let precisions: Vec<f64> = ln_variances.iter().map(|ln| (-ln).exp()).collect();
    let blocks: Vec<usize> = (0..rows).step_by(BLOCK).collect();
    let sums = blocks.par_iter().map(|&first| {
        let (mut likely, mut shares, mut moments) = (0.0, vec![0.0; all], vec![0.0; all]);
        let mut terms = vec![0.0; all];
        for i in first..(first + BLOCK).min(rows) {
            let row = squares.row(i);
            likely += ln_sum(row, &ln_weights, &precisions, &mut terms);
            let total: f64 = terms.iter().sum();
            for ((term, square), (share, moment)) in terms.iter().zip(row).zip(shares.iter_mut().zip(&mut moments)) {
                let part = term / total;
                *share += part;
                *moment += part * square;
            }
        }
        (likely, shares, moments)
    });
    let (mut likely, mut shares, mut moments) = (0.0, vec![0.0; all], vec![0.0; all]);
    for (part, part_shares, part_moments) in sums.collect::<Vec<_>>() {
        likely += part;
        shares.iter_mut().zip(part_shares).for_each(|(sum, part)| *sum += part);
        moments.iter_mut().zip(part_moments).for_each(|(sum, part)| *sum += part);
    }
    let next = ln_variances.iter().zip(shares.iter().zip(&moments)).map(|(&old, (share, moment))| {
        // a Gaussian that has lost all rows stays as it is
        if *share > 0.0 { (moment / (d * share)).ln().clamp(LOGARITHMS.0, LOGARITHMS.1) } else { old }
    });
    (likely / (rows as f64 * d), next.collect())
}

/// Rows of a task.
const BLOCK: usize = 64;

/// The logarithms of what Gaussians have at their centres.
fn ln_weights(ln_variances: &[f64], d: f64) -> Vec<f64> {
    ln_variances.iter().map(|ln| -0.5 * d * (ln + TAU.ln())).collect()
}

/// `ln Σ exp(ln_weight - square precision/2)`; `terms` are left as the terms relative to the largest.
fn ln_sum(squares: ArrayView1<'_, f64>, ln_weights: &[f64], precisions: &[f64], terms: &mut [f64]) -> f64 {
    let mut largest = f64::NEG_INFINITY;
    for (((term, square), ln_weight), precision) in terms.iter_mut().zip(squares).zip(ln_weights).zip(precisions) {
        *term = ln_weight - 0.5 * square * precision;
        largest = largest.max(*term);
    }
    exp_less(terms, largest);
    largest + terms.iter().sum::<f64>().ln()
}

#[multiversion(targets = "simd")]
fn exp_less(terms: &mut [f64], largest: f64) {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    for x in terms {
        *x = exp::<FMA>(*x - largest);
    }
}

fn squares(sample: ArrayView2<'_, f64>, centres: ArrayView2<'_, f64>) -> Array2<f64> {
    let clouds = Clouds::new(sample, centres);
    let blocks = for_blocks(sample.nrows(), |first| clouds.block(first));
    let views: Vec<ArrayView2<'_, f64>> = blocks.iter().map(|block| block.view()).collect();
    match concatenate(Axis(0), &views) {
        Ok(all) => all,
        Err(_) => unreachable!("every block has a column for each centre"),
    }
}

fn squares_to(sample: ArrayView2<'_, f64>, centre: ArrayView1<'_, f64>) -> Array1<f64> {
    sample.rows().into_iter().map(|row| (&row - &centre).mapv(|t| t * t).sum()).collect()
}
