//! Powers of two, by which numbers are multiplied without rounding.
//!
//! A computation that is homogeneous in its data gives the same digits at every scale, as long as nothing overflows or
//! underflows. So data are scaled to a size of about one first, and the answer is scaled back.

/// `floor(log2 |x|)`, exactly; zero for numbers that have no logarithm.
///
/// ```
/// use fenchel::numeric::exponent;
/// assert_eq!((exponent(1.0), exponent(-0.75), exponent(5e-324), exponent(0.0)), (0, -1, -1074, 0));
/// ```
#[must_use]
pub fn exponent(x: f64) -> i32 {
    if x == 0.0 || !x.is_finite() { 0 } else { libm::ilogb(x) }
}

/// `x · 2^k`, rounded once where it leaves the range of normal numbers.
///
/// ```
/// use fenchel::numeric::times_power;
/// assert_eq!((times_power(3.0, 4), times_power(1.0, -1074), times_power(1.0, 2000)), (48.0, 5e-324, f64::INFINITY));
/// ```
#[must_use]
#[inline]
pub fn times_power(x: f64, k: i32) -> f64 {
    // a power of two that is a normal number has nothing but an exponent
    if (-1022..=1023).contains(&k) { x * f64::from_bits(((k + 1023) as u64) << 52) } else { libm::scalbn(x, k) }
}

/// The exponent of the largest of the numbers in absolute value.
pub(crate) fn largest_exponent(values: impl IntoIterator<Item = f64>) -> i32 {
    exponent(values.into_iter().fold(0.0, |most: f64, x| most.max(x.abs())))
}

/// A change of unit makes no number smaller than this exponent, so that all numbers keep their digits.
const LEAST: i32 = -1000;

/// The power of two that brings a size of this exponent to about one. It stops earlier where the smallest of the
/// numbers would lose digits.
pub(crate) fn shift_to_one(size: i32, values: impl IntoIterator<Item = f64>) -> i32 {
    if size <= 0 {
        return -size;
    }
    let least = values.into_iter().filter(|x| *x != 0.0 && x.is_finite()).map(exponent).min().unwrap_or(0);
    (-size).max(LEAST - least).min(0)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    #[test]
    fn powers_of_two_are_exact() {
        for k in -1074..1024 {
            let x = times_power(1.0, k);
            assert_eq!((exponent(x), times_power(x, -k)), (k, 1.0));
        }
        assert_eq!(times_power(1.0 - f64::EPSILON / 2.0, -1022), f64::MIN_POSITIVE);
        // a number whose digits do not fit is rounded once, to even
        assert_eq!(times_power(1.5, -1074), 1e-323);
        assert_eq!(largest_exponent([0.1, -9.0, 0.0]), 3);
        assert_eq!(largest_exponent([]), 0);
        assert_eq!((shift_to_one(-900, [1e-300]), shift_to_one(900, [1e270, 1e200])), (900, -900));
        // 1e-200 is above 2^-665
        assert_eq!((shift_to_one(900, [1e270, 0.0, 1e-200]), shift_to_one(3, [8.0, 5e-324])), (-335, 0));
    }
}
