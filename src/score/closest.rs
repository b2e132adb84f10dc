//! Memorisation by distance to the closest record: are generated rows nearer to the training sample than to real rows
//! that it has not seen?
//!
//! A generator that learnt the law and not the sample is as near to one as to the other: of as many training rows as
//! held-out real ones, each is the nearest to half of the generated rows. This is the share that synthetic-data reports
//! call DCR (distance to closest record; Platzer and Reutterer, doi:10.3389/fdata.2021.679939). It is only as good as
//! the real sample is apart from the training sample, and of the same law.

use super::definition::{Definition, Sees};
use super::forecast::Step;
use super::null::Null;
use super::permutations::{Permutations, order, pool};
use super::share::{Mean, share};
use super::{Better, Pair};
use crate::certificate::Estimate;
use crate::error::Result;
use crate::measure::Empirical;
use crate::measure::copies::equal_rows;
use crate::measure::neighbours::Points;
use crate::numeric::variance;
use ndarray::{ArrayView2, Axis};
use rayon::prelude::*;

pub(super) const DCR: Definition = Definition::new(
    "dcr",
    "share of generated points nearer to the training sample than to the real one (1/2 is best)",
    Step::new("nearest training and real rows", |task| {
        let known = task.train + task.n;
        task.neighbours(task.m, known) + task.test().count as f64 * known * DEAL
    }),
    |card| dcr(card.pair(), card.train("dcr")?, card.test()),
)
.aliases(&["distance_to_closest_record"])
.sees(Sees::Memorisation, Better::Lower)
.needs_train();

/// Nanoseconds of dealing a row anew.
const DEAL: f64 = 5.0;
/// Shares that differ by less are the same up to rounding.
const ROUNDING: f64 = 1e-9;

/// The share of generated rows whose nearest row among training and real rows together is a training row.
///
/// `t a / (t a + b)` with `a` of the generated rows nearest to one of the training rows, `b` to one of the real ones,
/// and `t` the real rows divided by the training rows: each training row counts as much as there are real rows for it,
/// so the sizes may differ and one half stays what a perfect generator gets. A generated row with several nearest rows
/// counts in equal parts to all of them, so copies and the order of the rows do not matter.
///
/// Few rows may be the nearest of many, so the error is not the binomial one of the generated rows: the value is a
/// ratio of two means, of how many generated rows a training row and a real row are nearest to, and the standard error
/// is that of their spreads. It has the chance in it that rows came into one sample and not the other. The interval is
/// Wilson's at the number of rows that has this error. The p-value, for so large a share, comes from dividing training
/// and real rows anew: exact where the generator did not see either, for any law. `n` are the real rows. O((n + t) m d)
/// time, in few dimensions about O((n + t + m) log).
///
/// # Errors
/// Other columns in the training sample; weights; more than a million permutations.
///
/// ```
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// use fenchel::score::{Pair, Permutations, closest::dcr};
/// let law = Gaussian::univariate(0.0, 1.0)?;
/// let draw = |k| Empirical::new(law.sample(200, &mut stream(0, k))?);
/// let (train, real, honest) = (draw(0)?, draw(1)?, draw(2)?);
/// let copied = Empirical::new(&train.points() + 1e-6)?;
/// let of = |generated| dcr(&Pair::new(&real, generated)?, &train, Permutations::new(199, 0));
/// assert!(of(&copied)?.value > 0.95 && of(&copied)?.p_value.unwrap() < 0.01);
/// assert!((of(&honest)?.value - 0.5).abs() < 0.2 && of(&honest)?.p_value.unwrap() > 0.01);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub fn dcr(pair: &Pair<'_>, train: &Empirical, test: Permutations) -> Result<Estimate> {
    test.validate()?;
    let train = pair.scaled_train(train)?;
    let (real, generated, _) = pair.scaled();
    let (t, n) = (train.len(), real.len());
    let weights = nearest_of(train.points(), real.points(), generated.points());
    let balance = n as f64 / t as f64;
    let value_of = |trained: f64, held_out: f64| balance * trained / (balance * trained + held_out);
    let all: f64 = weights.iter().sum();
    let trained: f64 = weights[..t].iter().sum();
    let value = value_of(trained, all - trained);

    // the value is a ratio of means over training and over real rows: the delta method
    let mean_and_variance = |weights: &[f64]| {
        let rows = weights.len() as f64;
        let of_mean = if weights.len() > 1 { variance(weights) / rows } else { 0.0 };
        (weights.iter().sum::<f64>() / rows, of_mean)
    };
    let ((of_train, train_error), (of_real, real_error)) =
        (mean_and_variance(&weights[..t]), mean_and_variance(&weights[t..]));
    let std_error =
        (of_real.powi(2) * train_error + of_train.powi(2) * real_error).sqrt() / (of_train + of_real).powi(2);
    let relabelled: Vec<f64> = (0..test.count)
        .into_par_iter()
        .map(|relabelling| {
            let order = order(t + n, test.seed, relabelling as u64);
            let trained: f64 = order[..t].iter().map(|&j| weights[j]).sum();
            value_of(trained, all - trained)
        })
        .collect();
    let parameters =
        format!("{t} training rows; nearest of training and real rows; delta method over the rows that are nearest");
    // where all are nearest to one sample there is no error, and as much evidence as there are different nearest rows
    let effective = all * all / weights.iter().map(|weight| weight * weight).sum::<f64>();
    let count = if value > 0.0 && value < 1.0 { generated.len() } else { (effective as usize).max(1) };
    let mean = Mean { sum: value * count as f64, count, std_error: Some(std_error) };
    let found = share("dcr", mean, pair.sizes(), parameters);
    Ok(Null::new(relabelled, test.seed).beside(found, Better::Lower, ROUNDING))
}

/// For each training row and then each real row, the number of generated rows that it is nearest to; those with several
/// nearest rows are divided among them.
fn nearest_of(train: ArrayView2<'_, f64>, real: ArrayView2<'_, f64>, generated: ArrayView2<'_, f64>) -> Vec<f64> {
    // equal rows are one point, so that ties among copies cost nothing
    let mut groups = equal_rows(train, real);
    let mut alone = vec![true; train.nrows() + real.nrows()];
    groups.iter().flatten().for_each(|&j| alone[j] = false);
    groups.extend((0..alone.len()).filter(|&j| alone[j]).map(|j| vec![j]));
    let firsts: Vec<usize> = groups.iter().map(|group| group[0]).collect();
    let points = pool(train, real).select(Axis(0), &firsts);
    let nearest = Points::new(points.view()).around(generated, |_, around| {
        let (distance, _) = around.nearest(1, None)[0];
        let mut tied: Vec<usize> = Vec::new();
        around.for_each_within(distance, |group, _| tied.push(group));
        tied.sort_unstable();
        tied
    });
    let mut weights = vec![0.0; alone.len()];
    for tied in nearest {
        let rows: usize = tied.iter().map(|&group| groups[group].len()).sum();
        tied.iter().flat_map(|&group| &groups[group]).for_each(|&j| weights[j] += 1.0 / rows as f64);
    }
    weights
}
