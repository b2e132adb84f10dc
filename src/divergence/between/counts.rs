//! Laws of counts as masses in bins: which bins matter, and how much lies in each.

use super::NamedLaw;
use crate::divergence::discrete::check_lengths;
use crate::error::{Error, Result};
use crate::numeric::kl_cell;
use crate::numeric::special::LN_SQRT_2PI;

/// Bins up to which a sum over a support is taken.
const MOST_BINS: f64 = 4e6;

pub(super) fn is_count(law: &NamedLaw) -> bool {
    use NamedLaw as L;
    matches!(law, L::Bernoulli(_) | L::Categorical(_) | L::Binomial { .. } | L::Poisson(_))
}

/// The bins outside of which neither law has mass that an `f64` could show in any divergence.
pub(super) fn common_bins(p: &NamedLaw, q: &NamedLaw) -> Result<(u64, u64)> {
    use NamedLaw as L;
    // least and greatest bin, mean, and whether the bins go on
    let shape = |law: &NamedLaw| match law {
        L::Bernoulli(x) => (1.0, *x),
        L::Categorical(law) => ((law.len() - 1) as f64, 0.0),
        L::Binomial { trials, probability } => (*trials as f64, *trials as f64 * probability),
        L::Poisson(mean) => (f64::INFINITY, *mean),
        _ => unreachable!("only laws of counts come here"),
    };
    let ((end_p, mean_p), (end_q, mean_q)) = (shape(p), shape(q));
    if let (L::Categorical(x), L::Categorical(y)) = (p, q) {
        check_lengths(x.len(), y.len())?;
    }
    let end = end_p.max(end_q);
    let (mut low, mut high) = (0.0, end);
    if end >= MOST_BINS {
        // a chi-squared sum has its mass where p^2/q has, by a mean of about mean_p^2/mean_q
        let peaks = [mean_p, mean_q, mean_p * mean_p / mean_q.max(1e-300), mean_q * mean_q / mean_p.max(1e-300)];
        let around = |x: f64| (x - 40.0 * x.sqrt() - 40.0, x + 40.0 * x.sqrt() + 400.0);
        low = peaks.iter().map(|&x| around(x).0).fold(f64::INFINITY, f64::min).max(0.0).floor();
        high = peaks.iter().map(|&x| around(x).1).fold(0.0, f64::max).min(end).ceil();
    }
    if high - low > MOST_BINS {
        return Err(Error::Unsupported {
            what: format!("a sum over {:.1e} bins", high - low),
            why: format!(
                "at most {MOST_BINS:.0e} are summed; Kullback-Leibler and Renyi divergences have closed forms"
            ),
        });
    }
    Ok((low as u64, high as u64))
}

/// The masses of a law of counts in the bins from `low` to `high`.
pub(super) fn masses(law: &NamedLaw, low: u64, high: u64) -> Vec<f64> {
    use NamedLaw as L;
    let mass = |k: u64| match law {
        L::Bernoulli(x) => match k {
            0 => 1.0 - x,
            1 => *x,
            _ => 0.0,
        },
        L::Categorical(law) => law.masses().get(k as usize).copied().unwrap_or(0.0),
        L::Binomial { trials, probability } => binomial_mass(k, *trials, *probability),
        L::Poisson(mean) => poisson_mass(k, *mean),
        _ => unreachable!("only laws of counts come here"),
    };
    (low..=high).map(mass).collect()
}

/// What a mass is taken for that is too small for `f64`: a positive one must not be mistaken for none.
const LEAST: f64 = 5e-324;

/// `e^-m m^k/k!` by its saddle point, so that nothing of the size of `k ln m` is subtracted (C. Loader, "Fast and
/// accurate computation of binomial probabilities", 2000).
fn poisson_mass(k: u64, mean: f64) -> f64 {
    if k == 0 || mean == 0.0 {
        return if k == 0 { (-mean).exp().max(LEAST) } else { 0.0 };
    }
    let x = k as f64;
    ((-stirling_error(x) - kl_cell(x, mean)).exp() / (std::f64::consts::TAU * x).sqrt()).max(LEAST)
}

#[allow(clippy::float_cmp)] // a certain success or failure has no other outcome, to the last bit
fn binomial_mass(k: u64, trials: u64, probability: f64) -> f64 {
    if k > trials || (k > 0 && probability == 0.0) || (k < trials && probability == 1.0) {
        return 0.0;
    }
    let (n, x, y) = (trials as f64, k as f64, (trials - k) as f64);
    if k == 0 || k == trials {
        let ln = if k == 0 { (-probability).ln_1p() } else { probability.ln() };
        return if trials == 0 { 1.0 } else { (n * ln).exp().max(LEAST) };
    }
    let exponent = stirling_error(n)
        - stirling_error(x)
        - stirling_error(y)
        - kl_cell(x, n * probability)
        - kl_cell(y, n * (1.0 - probability));
    (exponent.exp() * (n / (std::f64::consts::TAU * x * y)).sqrt()).max(LEAST)
}

/// `ln k! - ln(sqrt(2 pi k) (k/e)^k)` for `k > 0`.
fn stirling_error(k: f64) -> f64 {
    if k < 16.0 {
        return libm::lgamma(k + 1.0) - (k + 0.5) * k.ln() + k - LN_SQRT_2PI;
    }
    let r = 1.0 / (k * k);
    (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / k
}
