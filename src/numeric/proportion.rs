//! Intervals of proportions.

/// Wilson's interval of a share that was found among `n`, at `z` standard errors (Wilson 1927,
/// doi:10.1080/01621459.1927.10502953).
///
/// The shares `p` with `|share - p| <= z √(p (1 - p)/n)`. It holds the share, stays in `[0, 1]`, and has a length at 0 and 1 too.
/// `n` need not be whole: it may be the sample size that has some standard error.
pub(crate) fn wilson(share: f64, n: f64, z: f64) -> (f64, f64) {
    let spread = share * (1.0 - share);
    let middle = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let reach = z * (spread / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
    // rounding must not push an end past the share, which it equals at 0 and 1
    ((middle - reach).clamp(0.0, share), (middle + reach).clamp(share, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::special::NORMAL_975 as Z;

    #[test]
    fn the_ends_are_the_shares_that_lie_just_so_many_errors_away() {
        for n in [1.0, 7.5, 100.0, 1e6] {
            for hits in [0.0, 0.1, 0.5, 0.93, 1.0] {
                let (low, high) = wilson(hits, n, Z);
                assert!(0.0 <= low && low <= hits && hits <= high && high <= 1.0 && low < high);
                for end in [low, high].into_iter().filter(|end| (1e-12..1.0 - 1e-12).contains(end)) {
                    let errors = (hits - end).abs() / (end * (1.0 - end) / n).sqrt();
                    assert!((errors - Z).abs() < 1e-6, "{hits} of {n}: {end} is {errors} errors away");
                }
            }
        }
        // all of n: n/(n + z²)
        assert!((wilson(1.0, 4.0, Z).0 - 4.0 / (4.0 + Z * Z)).abs() < 1e-15);
    }
}
