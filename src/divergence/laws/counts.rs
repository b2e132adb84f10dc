//! Laws of counts as masses in bins: which bins matter, and how much lies in each.

use super::named::NamedLaw;
use crate::divergence::generator::closed_form::Functional;
use crate::divergence::kind::Kind;
use crate::divergence::masses::discrete::check_lengths;
use crate::error::{Error, Result};
use crate::numeric::gamma::stirling_error;
use crate::numeric::{kl_cell, kl_cell_beyond};

/// Bins up to which a sum over a support is taken.
const MOST_BINS: f64 = 4e6;

pub(super) fn is_count(law: &NamedLaw) -> bool {
    use NamedLaw as L;
    matches!(law, L::Bernoulli(_) | L::Categorical(_) | L::Binomial { .. } | L::Poisson(_))
}

/// The masses of both laws in the bins that can matter: outside of them neither law has a mass that an `f64` could show
/// in this divergence.
///
/// Where these bins do not include the end of one of the laws, one more bin stands for the part beyond that end, in
/// which only the other law has mass.
pub(super) fn common_masses(p: &NamedLaw, q: &NamedLaw, kind: Kind) -> Result<(Vec<f64>, Vec<f64>)> {
    use NamedLaw as L;
    if let (L::Categorical(x), L::Categorical(y)) = (p, q) {
        check_lengths(x.len(), y.len())?;
    }
    let (end_p, end_q) = (last_bin(p), last_bin(q));
    let (shorter, end) = (end_p.min(end_q), end_p.max(end_q));
    let peak = power(kind).and_then(|a| peak(p, q, a));
    if let Some(peak) = peak {
        // all large terms of a sum of powers are here, so the masses must have all their digits here
        let near = [-8.0, 0.0, 8.0].map(|t| (peak + t * peak.sqrt()).clamp(0.0, shorter).round() as u64);
        if near.iter().any(|&k| [p, q].iter().any(|law| mass(law, k) < f64::MIN_POSITIVE)) {
            return Err(Error::unsupported(
                format!("the sum of {kind} between these laws"),
                format!("it lies in bins around {peak:.0}, where a mass is too small for f64"),
            ));
        }
    }
    let (mut low, mut high) = (0.0, end);
    if end >= MOST_BINS {
        let peaks = || [Some(mean(p)), Some(mean(q)), peak].into_iter().flatten();
        low = peaks().map(|x| x - 40.0 * x.sqrt() - 40.0).fold(end, f64::min).max(0.0).floor();
        high = peaks().map(|x| x + 40.0 * x.sqrt() + 400.0).fold(0.0, f64::max).min(end).ceil();
        if [p, q].iter().any(|law| matches!(law, L::Categorical(_))) {
            (low, high) = (0.0, high.max(shorter));
        }
    }
    if high - low > MOST_BINS {
        return Err(Error::unsupported(
            format!("a sum over {:.1e} bins", high - low),
            format!("at most {MOST_BINS:.0e} are summed; Kullback-Leibler and Renyi divergences have closed forms"),
        ));
    }
    let masses = |law: &NamedLaw| (low as u64..=high as u64).map(|k| mass(law, k)).collect::<Vec<f64>>();
    let (mut of_p, mut of_q) = (masses(p), masses(q));
    if high < shorter && shorter < end {
        of_p.push(if end_p > shorter { LEAST } else { 0.0 });
        of_q.push(if end_q > shorter { LEAST } else { 0.0 });
    }
    Ok((of_p, of_q))
}

/// The order of a divergence that is a sum of `p^a q^(1-a)`, where that may lie apart from both laws.
fn power(kind: Kind) -> Option<f64> {
    let order = match kind {
        Kind::F(f) => match f.functional() {
            Functional::Alpha { order, .. } => order,
            _ => return None,
        },
        Kind::Renyi(a) | Kind::Tsallis(a) => a,
        Kind::Bhattacharyya => return None,
    };
    (order.is_finite() && !(0.0..=1.0).contains(&order)).then_some(order)
}

/// The last bin that can have mass.
fn last_bin(law: &NamedLaw) -> f64 {
    use NamedLaw as L;
    match law {
        L::Bernoulli(_) => 1.0,
        L::Categorical(law) => (law.len() - 1) as f64,
        L::Binomial { trials, .. } => *trials as f64,
        L::Poisson(_) => f64::INFINITY,
        _ => unreachable!("only laws of counts come here"),
    }
}

fn mean(law: &NamedLaw) -> f64 {
    use NamedLaw as L;
    match law {
        L::Bernoulli(x) => *x,
        L::Binomial { trials, probability } => *trials as f64 * probability,
        L::Poisson(mean) => *mean,
        // given bin by bin
        _ => 0.0,
    }
}

/// Where `p^a q^(1-a)` is largest, for `a` above one or below zero; `None` where the law in the denominator ends before the
/// other, and where there is no formula.
fn peak(p: &NamedLaw, q: &NamedLaw, a: f64) -> Option<f64> {
    use NamedLaw as L;
    let (over, under) = if a > 1.0 { (p, q) } else { (q, p) };
    let end = last_bin(over);
    if end > last_bin(under) {
        return None;
    }
    // k times the mass of k over that of k - 1
    let rate = |law: &NamedLaw, k: f64| match law {
        L::Poisson(mean) => Some(*mean),
        L::Binomial { trials, probability } => Some((*trials as f64 - k) * probability / (1.0 - probability)),
        _ => None,
    };
    // the sum of powers has the rate p^a q^(1-a), and is largest where that is k
    let rises = |k: f64| Some(a * rate(p, k)?.ln() + (1.0 - a) * rate(q, k)?.ln() > k.ln());
    let (mut low, mut high) = (0.0, end.min(f64::MAX));
    while high - low > 0.25 + 1e-9 * high {
        let middle = 0.5 * (low + high);
        if rises(middle)? {
            low = middle;
        } else {
            high = middle;
        }
    }
    Some(low)
}

/// The mass of bin `k`.
fn mass(law: &NamedLaw, k: u64) -> f64 {
    use NamedLaw as L;
    match law {
        L::Bernoulli(x) => match k {
            0 => 1.0 - x,
            1 => *x,
            _ => 0.0,
        },
        L::Categorical(law) => law.masses().get(k as usize).copied().unwrap_or(0.0),
        L::Binomial { trials, probability } => binomial_mass(k, *trials, *probability),
        L::Poisson(mean) => poisson_mass(k, *mean),
        _ => unreachable!("only laws of counts come here"),
    }
}

/// The mass that stands for a positive mass too small for `f64`, which must not be mistaken for zero.
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
    let excess = excess(k, trials, probability);
    let exponent = stirling_error(n)
        - stirling_error(x)
        - stirling_error(y)
        - kl_cell_beyond(x, n * probability, excess)
        - kl_cell_beyond(y, n * (1.0 - probability), -excess);
    (exponent.exp() * (n / (std::f64::consts::TAU * x * y)).sqrt()).max(LEAST)
}

/// `k - n p` with its digits, also where `k` and `n p` share more than an `f64` has: a mass depends on it many times as much as on
/// either.
fn excess(k: u64, trials: u64, probability: f64) -> f64 {
    // a count is the sum of two numbers
    let parts = |count: u64| (count as f64, (i128::from(count) - count as f64 as i128) as f64);
    let ((k, rest_k), (n, rest_n)) = (parts(k), parts(trials));
    let product = n * probability;
    let rest = n.mul_add(probability, -product);
    (k - product) - rest + (rest_k - rest_n * probability)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn binomial_masses_have_their_digits_at_any_count() {
        // k, n, p and the mass: mpmath at 80 digits, by ln Gamma
        for (k, n, p, expected) in [
            (1_000_000_000, 1_000_000_000_000, 0.001, 1.262_197_517_517_334_4e-5),
            (1_000_031_622, 1_000_000_000_000, 0.001, 7.651_891_816_308_764e-6),
            (999_778_646, 1_000_000_000_000, 0.001, 2.818_692_297_108_506e-16),
            (1_000_632_440, 1_000_000_000_000, 0.001, 1.505_645_349_261_325_3e-92),
            (999_999_999, 1_000_000_000_000_000, 1e-6, 1.261_566_891_688_551_8e-5),
            (1_000_031_621, 1_000_000_000_000_000, 1e-6, 7.652_135_391_374_15e-6),
            (999_778_645, 1_000_000_000_000_000, 1e-6, 2.886_517_776_839_565e-16),
            (1_000_632_439, 1_000_000_000_000_000, 1e-6, 1.839_224_845_282_66e-92),
            (299_999_999_999_999, 1_000_000_000_000_000, 0.3, 2.752_963_278_705_284_8e-8),
            (300_000_017_320_507, 1_000_000_000_000_000, 0.3, 1.347_690_318_846_637e-8),
            (299_999_878_756_443, 1_000_000_000_000_000, 0.3, 1.735_770_554_533_617_3e-23),
            (300_000_346_410_159, 1_000_000_000_000_000, 0.3, 2.268_253_934_408_853_4e-132),
            (9_007_199_254, 9_007_199_254_740_993, 1e-6, 4.203_542_065_944_899e-6),
            (9_007_294_160, 9_007_199_254_740_993, 1e-6, 2.549_593_954_766_253e-6),
            (9_006_534_912, 9_007_199_254_740_993, 1e-6, 9.620_113_296_740_888e-17),
            (9_009_097_374, 9_007_199_254_740_993, 1e-6, 5.905_288_249_036_429e-93),
            (1_000_000_000, 1_000_000_000_000_000_000, 1e-9, 1.261_566_261_535_732_7e-5),
            (1_000_031_622, 1_000_000_000_000_000_000, 1e-9, 7.651_893_422_677_702e-6),
            (999_778_646, 1_000_000_000_000_000_000, 1e-9, 2.887_226_081_350_78e-16),
            (1_000_632_440, 1_000_000_000_000_000_000, 1e-9, 1.838_428_725_076_573e-92),
            (922_337_203, 9_223_372_036_854_775_811, 1e-10, 1.313_606_238_902_852_1e-5),
            (922_367_573, 9_223_372_036_854_775_811, 1e-10, 7.967_518_280_465_5e-6),
            (922_124_613, 9_223_372_036_854_775_811, 1e-10, 3.002_048_788_052_714e-16),
            (922_944_603, 9_223_372_036_854_775_811, 1e-10, 1.899_813_514_696_974e-92),
            (1_844_674_407_370_955_263, 18_446_744_073_709_551_615, 0.1, 3.096_199_597_553_603_4e-10),
            (1_844_674_408_729_143_176, 18_446_744_073_709_551_615, 0.1, 1.776_455_111_512_330_7e-10),
            (1_844_674_397_863_639_872, 18_446_744_073_709_551_615, 0.1, 4.659_808_149_268_804e-22),
            (1_844_674_434_534_713_523, 18_446_744_073_709_551_615, 0.1, 9.570_718_121_495_008e-107),
            (7, 20, 0.3, 0.164_261_985_217_236_48),
        ] {
            let found = binomial_mass(k, n, p);
            let tolerance = 4.0 * f64::EPSILON * (4.0 - f64::ln(expected));
            assert!((found / expected - 1.0).abs() <= tolerance, "{k} of {n} at {p}: {found:e} for {expected:e}");
        }
    }
}
