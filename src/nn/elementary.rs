//! Elementary functions in single precision, in a form that compilers turn into vector instructions.
//!
//! They use additions, products, quotients and selections only, each rounded once, so the bits are the same on every
//! processor. Where `e^x` is too small for a normal number it is zero: subnormal numbers slow down whatever follows.
//!
//! | function | error at most, units in the last place | method |
//! |---|---|---|
//! | `e^x` | 2 | `2ⁿ e^r` with a polynomial in `|r| <= ½ ln 2` |
//! | `tanh x` | 3 | a polynomial in `x²` below 0.625, `1 - 2/(e^2x + 1)` above |
//! | `ln(1 + t)`, `0 <= t <= 1` | 3 | a polynomial, and Kahan's correction for the rounding of `1 + t` |
//!
//! The polynomials are those of the Cephes library (S. L. Moshier).

use std::f32::consts::{LN_2, LOG2_E, SQRT_2};

/// Adding and subtracting it rounds a small number to the nearest integer.
const ROUNDER: f32 = 12_582_912.0;
/// Above, `e^x` overflows.
const LARGEST: f32 = 88.722_83;
/// Below, `e^x` is subnormal.
const SMALLEST: f32 = -87.336_54;

/// `c[0] xⁿ + ... + c[n]`.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, c: [f32; N]) -> f32 {
    let mut sum = c[0];
    let mut i = 1;
    // neither an iterator nor a closure, of which not every build makes one loop
    while i < N {
        sum = sum * x + c[i];
        i += 1;
    }
    sum
}

/// `e^x`.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    // comparisons that a NaN fails leave it as it is
    let inside = if x > LARGEST { LARGEST } else { x };
    let inside = if inside < SMALLEST { SMALLEST } else { inside };
    let n = (inside * LOG2_E + ROUNDER) - ROUNDER;
    // ln 2 in two parts; the first is 355/512, so the product with it is exact
    let r = (inside - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let c = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_5e-1, 5e-1];
    let e = polynomial(r, c) * (r * r) + r + 1.0;
    // in two factors, because 2¹²⁸ is no number
    let half = (n * 0.5 + ROUNDER) - ROUNDER;
    let y = e * power_of_two(half) * power_of_two(n - half);
    let y = if x > LARGEST { f32::INFINITY } else { y };
    if x < SMALLEST { 0.0 } else { y }
}

/// `2ⁿ` for an integer `n` in [-127, 127]; any number for a NaN.
#[inline(always)]
fn power_of_two(n: f32) -> f32 {
    // the integer stands in the last digits of the sum
    let exponent = (n + (ROUNDER + 127.0)).to_bits() & 0xff;
    f32::from_bits(exponent << 23)
}

/// `tanh x`.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let square = x * x;
    let c = [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_6e-2, 1.333_144_2e-1, -3.333_328e-1];
    // the sign of a zero would be lost
    let near = (polynomial(square, c) * square * x + x).copysign(x);
    let far = (1.0 - 2.0 / (exp(size + size) + 1.0)).copysign(x);
    if size > 0.625 { far } else { near }
}

/// `ln(1 + t)` for `t` in [0, 1].
#[inline(always)]
pub(super) fn ln_1p(t: f32) -> f32 {
    let u = 1.0 + t;
    let high = u > SQRT_2;
    let x = if high { 0.5 * u - 1.0 } else { u - 1.0 };
    let square = x * x;
    let c = [
        7.037_683_6e-2,
        -1.151_461e-1,
        1.167_699_9e-1,
        -1.242_014_1e-1,
        1.424_932_3e-1,
        -1.666_805_8e-1,
        2.000_071_5e-1,
        -2.499_999_4e-1,
        3.333_333e-1,
    ];
    let ln = polynomial(x, c) * x * square - 0.5 * square + x + if high { LN_2 } else { 0.0 };
    let stored = u - 1.0;
    // what was lost in 1 + t, to first order
    if stored > 0.0 { ln + (t - stored) / u } else { t }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The distance of `found` from `exact`, in units of the last place of the latter.
    fn units(found: f32, exact: f64) -> f64 {
        let near = (exact as f32).abs().max(f32::MIN_POSITIVE);
        let unit = f64::from(f32::from_bits(near.to_bits() + 1)) - f64::from(near);
        (f64::from(found) - exact).abs() / unit
    }

    /// The largest error over numbers of all sizes in a range.
    fn worst(range: (f32, f32), f: fn(f32) -> f32, exact: fn(f64) -> f64) -> f64 {
        let numbers = (0..=u32::from(u16::MAX)).flat_map(|k| {
            let share = k as f32 / f32::from(u16::MAX);
            let scaled = range.0 + share * (range.1 - range.0);
            let small = f32::from_bits(0x2000_0000 + k * 0x2000);
            [scaled, small, -small]
        });
        numbers
            .filter(|x| (range.0..=range.1).contains(x))
            .map(|x| units(f(x), exact(f64::from(x))))
            .fold(0.0, f64::max)
    }

    #[test]
    fn errors_are_as_stated() {
        let errors = [
            worst((SMALLEST, LARGEST), exp, f64::exp),
            worst((-20.0, 20.0), tanh, f64::tanh),
            worst((0.0, 1.0), ln_1p, f64::ln_1p),
        ];
        assert!(errors[0] <= 2.0 && errors[1] <= 3.0 && errors[2] <= 3.0, "{errors:?}");
    }

    #[test]
    fn ends_are_exact() {
        assert_eq!(
            [exp(0.0), exp(-0.0), exp(200.0), exp(-90.0)].map(f32::to_bits),
            [1.0, 1.0, f32::INFINITY, 0.0].map(f32::to_bits)
        );
        assert_eq!(
            [exp(f32::INFINITY), exp(f32::NEG_INFINITY)].map(f32::to_bits),
            [f32::INFINITY, 0.0].map(f32::to_bits)
        );
        assert!(exp(LARGEST).is_finite() && exp(SMALLEST).is_normal());
        assert!(exp(f32::NAN).is_nan() && tanh(f32::NAN).is_nan() && ln_1p(f32::NAN).is_nan());
        let ends = [tanh(f32::INFINITY), tanh(f32::NEG_INFINITY), tanh(0.0), tanh(-0.0), ln_1p(0.0)];
        assert_eq!(ends.map(f32::to_bits), [1.0, -1.0, 0.0, -0.0, 0.0f32].map(f32::to_bits));
    }
}
