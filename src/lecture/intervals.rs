//! Row D3, second half: what estimates from samples state about themselves, counted over repetitions.
//!
//! Samples of N(0, 1) and N(1, 1), whose divergences are known, are drawn again and again. An estimator is where it should
//! be if its mean is; its standard error is right if it is the spread of the estimates; its interval is right if it holds
//! the truth as often as its level says, which the count shows up to its own binomial error.

use super::fgan::CHAPTER;
use super::measuring::draw;
use super::Claim;
use crate::certificate::Estimate;
use crate::divergence::Kind;
use crate::divergence::estimate::{Estimator, Features, GaussianPlugIn, HistogramPlugIn, Kde, Knn, Variational};
use crate::error::Result;
use crate::numeric::{Sum, stream, variance};
use rayon::prelude::*;

/// Repetitions, and rows of either sample in each.
const REPEATS: u64 = 200;
const ROWS: usize = 800;
/// How many of the intervals at 90 % may hold the truth: the binomial law with 0.9 leaves this range once in 4000, and its upper
/// end is that of the more cautious estimators.
const BAND: std::ops::RangeInclusive<usize> = 165..=198;

/// What the repetitions of one estimate come to.
struct Counted {
    name: &'static str,
    /// Mean of the estimates, less the truth.
    bias: f64,
    /// Mean of the standard errors stated, over the spread of the estimates.
    ratio: f64,
    /// Intervals that hold the truth.
    covered: usize,
}

fn count(estimator: &(dyn Estimator + Sync), kind: Kind, truth: f64, seed: u64) -> Result<Counted> {
    let once = |repeat: u64| -> Result<Estimate> {
        let (x, y) = draw(ROWS, &mut stream(seed, 2000 + repeat))?;
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

/// Rows D3.6 to D3.8.
pub(super) fn claims(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let (jsd, kl): (Kind, Kind) = ("jsd".parse()?, "kl".parse()?);
    let js = 0.111_421_482_184_736_18;
    let classifier = Variational::classifier().features(Features { degree: 1, fourier: 0 });
    let counted = [
        count(&Knn::new(), jsd, js, seed)?,
        count(&HistogramPlugIn::new(), jsd, js, seed)?,
        count(&Kde::new(), jsd, js, seed)?,
        count(&classifier, jsd, js, seed)?,
        count(&GaussianPlugIn::new(), kl, 0.5, seed)?,
    ];
    let about = |id: &str, statement: String| Claim::about(id, CHAPTER, statement, "S3 L100-135");
    let names = "JSD by nearest neighbours, histograms, kernel densities and a classifier’s held-out half, KL by Gaussian laws";
    let all = |of: &dyn Fn(&Counted) -> f64| counted.iter().map(of).collect::<Vec<f64>>();
    claims.push(
        about("D3.6", format!("Estimates from samples are where they should be: mean of {REPEATS} estimates from {ROWS} + {ROWS} rows of N(0, 1) and N(1, 1), less the truth. {names}"))
            .vector(&all(&|c| c.bias), &[0.0; 5], 0.004),
    );
    claims.push(
        about("D3.7", format!("Standard errors are those of the estimates: mean of those stated in {REPEATS} repetitions, over the spread of the estimates. {names}"))
            .vector(&all(&|c| c.ratio), &[1.0; 5], 0.3),
    );
    let text: Vec<String> = counted.iter().map(|c| format!("{} {}", c.name, c.covered)).collect();
    claims.push(
        about("D3.8", format!("Intervals at 90 % hold the truth as often as they say, up to the error of the count: how many of {REPEATS}, a range that the binomial law leaves once in thousands. {names}"))
            .property(
                format!("{} to {} each", BAND.start(), BAND.end()),
                text.join(", "),
                counted.iter().all(|c| BAND.contains(&c.covered)),
            ),
    );
    Ok(())
}
