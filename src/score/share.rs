//! A share of rows, with the interval of a proportion.

use super::{LEVEL, Z, normal_estimate};
use crate::certificate::Estimate;
use crate::numeric::wilson;

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
