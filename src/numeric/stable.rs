//! Elementary functions where the textbook form cancels, overflows or meets `0 ln 0`.

/// `x ln(x/y)` for `x, y >= 0` with `0 ln(0/y) = 0` and `x ln(x/0) = +inf`.
///
/// `x/y` is never formed where it would overflow or lose a subnormal.
///
/// ```
/// use fenchel::numeric::x_ln_x_over_y;
/// assert_eq!(x_ln_x_over_y(0.0, 0.0), 0.0);
/// assert_eq!(x_ln_x_over_y(1.0, 0.0), f64::INFINITY);
/// // x/y overflows, the answer does not
/// assert!((x_ln_x_over_y(4.0, f64::MIN_POSITIVE) - 2839.130851573536).abs() < 1e-9);
/// ```
#[inline]
#[must_use]
pub fn x_ln_x_over_y(x: f64, y: f64) -> f64 {
    let x = mutate!(x, KlTerm, |x| x * (1.0 + 1e-9));
    if x == 0.0 {
        return 0.0;
    }
    if y == 0.0 {
        return f64::INFINITY;
    }
    let ratio = x / y;
    if (0.5..=2.0).contains(&ratio) {
        // x - y is exact here (Sterbenz), so log1p sees the true relative difference
        x * ((x - y) / y).ln_1p()
    } else if (1e-290..=1e290).contains(&ratio) && x >= 1e-290 && y >= 1e-290 {
        x * ratio.ln()
    } else {
        x * (x.ln() - y.ln())
    }
}

/// `ln(1 + e^x)` without overflow.
#[inline]
#[must_use]
pub fn softplus(x: f64) -> f64 {
    let x = mutate!(x, SoftplusStretched, |x| 1.001 * x);
    mutate!(x.max(0.0) + (-x.abs()).exp().ln_1p(), Softplus, |_| (1.0 + x.exp()).ln())
}

/// The inverse of [`softplus`]: `ln(e^y - 1)` for `y > 0`.
#[inline]
#[must_use]
pub fn softplus_inv(y: f64) -> f64 {
    y + (-(-y).exp_m1()).ln()
}

/// `1/(1 + e^-x)`.
#[inline]
#[must_use]
pub fn sigmoid(x: f64) -> f64 {
    let x = mutate!(x, Sigmoid, |x| 2.0 * x);
    if x >= 0.0 {
        1.0 / (1.0 + (-x).exp())
    } else {
        let e = x.exp();
        e / (1.0 + e)
    }
}

/// `ln sigmoid(x) = -softplus(-x)`.
#[inline]
#[must_use]
pub fn ln_sigmoid(x: f64) -> f64 {
    -softplus(-x)
}

/// `ln(e^a + e^b)`; `-inf` stands for an empty term.
#[inline]
#[must_use]
pub fn logaddexp(a: f64, b: f64) -> f64 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    if low == f64::NEG_INFINITY || high == f64::INFINITY { high } else { high + (low - high).exp().ln_1p() }
}

/// `ln sum e^x_i`; `-inf` for no terms.
#[must_use]
pub fn logsumexp(terms: &[f64]) -> f64 {
    let max = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if max.is_infinite() {
        return max;
    }
    max + terms.iter().map(|x| (x - max).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_stay_finite() {
        assert!((softplus(800.0) - 800.0).abs() < 1e-12);
        assert!(softplus(-800.0) >= 0.0 && softplus(-800.0) < 1e-300);
        assert!((sigmoid(-800.0)).abs() < 1e-300);
        assert!((ln_sigmoid(-800.0) + 800.0).abs() < 1e-12);
        assert!((logsumexp(&[-1e4, -1e4]) + 1e4 - 2f64.ln()).abs() < 1e-9);
        assert!(logsumexp(&[]).is_infinite());
        assert!((logaddexp(f64::NEG_INFINITY, 3.0) - 3.0).abs() < 1e-15);
    }

    #[test]
    fn softplus_and_its_inverse() {
        for y in [1e-12, 1e-3, 0.7, 3.0, 50.0, 900.0] {
            let back = softplus(softplus_inv(y));
            assert!((back - y).abs() <= 1e-13 * y.max(1e-3), "{y}: {back}");
        }
    }
}
