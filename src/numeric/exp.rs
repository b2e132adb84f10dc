//! The exponential as a branch-free polynomial, for loops that the compiler turns into SIMD.
//!
//! ```text
//! e^x = 2^k e^r,   k = round(x / ln 2),   r = x - k ln 2 in [-ln(2)/2, ln(2)/2]
//! ```
//!
//! with `ln 2` in two parts (Cody and Waite), so that `r` is exact to the last digit, and `e^r = 1 + r + r² q(r)` with a
//! polynomial `q` that interpolates in Chebyshev nodes. No table, no branch, no call: inside a loop over slices in a
//! function under `#[multiversion]` this is several times as fast as the library's `exp`.
//!
//! The parameter `FMA` says whether the machine has a fused multiply-add, which saves a third of the time. Without one
//! `mul_add` would be a slow call. A multiversioned function knows: `target_cfg_f!(target_feature = "fma")`.

/// `e^x`, within one unit in the last place (relative error below 2.2e-16) on [-708, 709]; 0 below, `+inf` above, NaN for
/// NaN.
#[inline(always)]
#[must_use]
pub fn exp<const FMA: bool>(x: f64) -> f64 {
    let inside = exp_clamped::<FMA>(x);
    let inside = if x < LOW { 0.0 } else { inside };
    if x > HIGH { f64::INFINITY } else { inside }
}

/// `e^x` as by [`exp`] on [-708, 709], clamped to the value at the nearer end (3e-308, 8e307) outside. It is a little
/// faster, for sums in which such terms do not count.
#[inline(always)]
#[must_use]
pub fn exp_clamped<const FMA: bool>(x: f64) -> f64 {
    // adding it rounds to an integer, which is then in the low bits
    const SHIFT: f64 = 1.5 * (1_u64 << 52) as f64;
    const Q: [f64; 9] = [
        2.762_008_844_540_974_6e-7,
        2.755_726_845_999_706_4e-6,
        2.480_152_129_595_437_6e-5,
        1.984_126_986_305_361_8e-4,
        1.388_888_891_721_371_7e-3,
        8.333_333_333_330_062e-3,
        4.166_666_666_662_413e-2,
        1.666_666_666_666_667e-1,
        5.000_000_000_000_001e-1,
    ];
    let x = if x < LOW { LOW } else { x };
    let x = if x > HIGH { HIGH } else { x };
    let shifted = fused::<FMA>(x, std::f64::consts::LOG2_E, SHIFT);
    let k = shifted - SHIFT;
    let r = fused::<FMA>(k, -0.693_147_180_559_208_2, x); // 13 bits short of ln 2, so that the product is exact
    let r = fused::<FMA>(k, -7.371_002_565_167_799e-13, r);
    let mut q = 2.510_038_549_551_032e-8;
    for c in Q {
        q = fused::<FMA>(r, q, c);
    }
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1f64.to_bits()));
    (1.0 + fused::<FMA>(r * r, q, r)) * power
}

/// `e^x` in single precision, within one unit in the last place (relative error below 1.2e-7) on [-87, 88]. Outside it
/// is clamped to the value at the nearer end (1.6e-38, 1.7e38); NaN for NaN.
#[inline(always)]
#[must_use]
pub fn exp_clamped_f32<const FMA: bool>(x: f32) -> f32 {
    const SHIFT: f32 = 1.5 * (1_u32 << 23) as f32;
    const Q: [f32; 4] = [8.363_179e-3, 4.166_655_6e-2, 1.666_657_6e-1, 0.5];
    let x = if x < LOW_F32 { LOW_F32 } else { x };
    let x = if x > HIGH_F32 { HIGH_F32 } else { x };
    let shifted = fused_f32::<FMA>(x, std::f32::consts::LOG2_E, SHIFT);
    let k = shifted - SHIFT;
    let r = fused_f32::<FMA>(k, -0.693_145_75, x); // 9 bits short of ln 2
    let r = fused_f32::<FMA>(k, -1.428_606_8e-6, r);
    let mut q = 1.392_618_4e-3;
    for c in Q {
        q = fused_f32::<FMA>(r, q, c);
    }
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1f32.to_bits()));
    (1.0 + fused_f32::<FMA>(r * r, q, r)) * power
}

/// Between these `2^k` is a normal number.
const LOW: f64 = -708.0;
const HIGH: f64 = 709.0;
const LOW_F32: f32 = -87.0;
const HIGH_F32: f32 = 88.0;

#[inline(always)]
fn fused<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[inline(always)]
fn fused_f32<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    /// Points that fill an interval evenly, in no order.
    fn spread(low: f64, high: f64, count: u32) -> impl Iterator<Item = f64> {
        (0..count).map(move |i| low + (high - low) * (f64::from(i) * 0.618_033_988_749_895).fract())
    }

    fn worst<const FMA: bool>(low: f64, high: f64) -> f64 {
        let error = |x: f64| (exp::<FMA>(x) / x.exp() - 1.0).abs();
        spread(low, high, 200_000).map(error).fold(0.0, f64::max)
    }

    fn worst_f32<const FMA: bool>(low: f64, high: f64) -> f64 {
        // the library's double is exact for this purpose
        let error = |x: f64| (f64::from(exp_clamped_f32::<FMA>(x as f32)) / f64::from(x as f32).exp() - 1.0).abs();
        spread(low, high, 200_000).map(error).fold(0.0, f64::max)
    }

    #[test]
    fn is_right_to_the_last_digit() {
        for (low, high) in [(-708.0, 709.0), (-1.0, 1.0), (-1e-3, 1e-3), (-40.0, 0.0)] {
            assert!(worst::<false>(low, high) < 2.3e-16, "{:e}", worst::<false>(low, high));
            assert!(worst::<true>(low, high) < 2.3e-16, "{:e}", worst::<true>(low, high));
        }
        for (low, high) in [(-87.0, 88.0), (-1.0, 1.0), (-1e-3, 1e-3), (-40.0, 0.0)] {
            assert!(worst_f32::<false>(low, high) < 1.2e-7, "{:e}", worst_f32::<false>(low, high));
            assert!(worst_f32::<true>(low, high) < 1.2e-7, "{:e}", worst_f32::<true>(low, high));
        }
    }

    #[test]
    fn ends_as_it_should() {
        assert_eq!((exp::<true>(0.0), exp::<false>(-0.0)), (1.0, 1.0));
        assert_eq!((exp_clamped_f32::<true>(0.0), exp_clamped_f32::<false>(-0.0)), (1.0, 1.0));
        for x in [-709.0, -1e300, f64::NEG_INFINITY] {
            assert_eq!(exp::<true>(x), 0.0);
            assert_eq!(exp_clamped::<true>(x), exp_clamped::<true>(LOW));
            assert_eq!(exp_clamped_f32::<true>(x as f32), exp_clamped_f32::<true>(LOW_F32));
        }
        for x in [710.0, 1e300, f64::INFINITY] {
            assert_eq!(exp::<true>(x), f64::INFINITY);
            assert!(exp_clamped::<true>(x) > 8e307 && exp_clamped_f32::<true>(x as f32) > 1.6e38);
        }
        assert!(exp::<true>(f64::NAN).is_nan() && exp_clamped_f32::<false>(f32::NAN).is_nan());
    }

    #[test]
    fn grows() {
        let mut last = 0.0;
        for i in -4000..4000 {
            let x = f64::from(i) / 40.0;
            assert!(exp::<true>(x) > last);
            last = exp::<true>(x);
        }
    }

    #[test]
    fn serves_a_loop_over_a_slice() {
        use multiversion::{multiversion, target::target_cfg_f};

        #[multiversion(targets = "simd")]
        fn exp_all(values: &mut [f64]) {
            const FMA: bool = target_cfg_f!(target_feature = "fma");
            for x in values {
                *x = exp::<FMA>(*x);
            }
        }
        let mut values = [0.0, 1.0, f64::NEG_INFINITY];
        exp_all(&mut values);
        assert_eq!((values[0].to_bits(), values[2].to_bits()), (1.0_f64.to_bits(), 0.0_f64.to_bits()));
        assert!((values[1] / std::f64::consts::E - 1.0).abs() <= f64::EPSILON);
    }
}
