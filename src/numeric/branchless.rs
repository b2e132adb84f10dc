//! Logarithm and exponential without a branch, so that a loop over a slice is compiled to vector instructions.
//!
//! Everything rests on two reductions. With `k` the whole number nearest to `log2(x/y)`,
//!
//! ```text
//! ln(x/y) = k ln 2 + 2 artanh d,    d = (x - 2^k y)/(x + 2^k y),    |d| <= 0.2004,
//! ```
//!
//! where `x - 2^k y` is exact (Sterbenz) and `k` comes from the bits of `x` and `y` without a division; and
//! `e^l = 2^n e^r` with `|r| <= ln 2/2`. The series are Taylor's,
//! economised by Chebyshev polynomials to where what is left off is below a rounding.
//! The parameter `FMA` says whether the machine has a fused multiply-add, as for [`exp`](super::exp()): it takes a quarter
//! off the time and changes no more than the last bit.
//!
//! The arguments are positive normal numbers (for [`ln_ratio`] with a ratio within `2^+-1000`); elsewhere the answer
//! is some number without meaning, and it is the caller who looks. Errors, in units in the last place: [`ln`] and
//! [`ln_1p`] below 2, [`excess`](LnRatio::excess) and [`exp_excess`] below 16 (where they are of order one; below 4
//! near zero).

const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
/// `1.5 * 2^52`: adding it rounds to a whole number, whose low bits are then those of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// `ln(x/y)`, with what it has beyond its first order.
#[derive(Debug, Clone, Copy)]
pub struct LnRatio {
    /// `ln(x/y)`.
    pub ln: f64,
    /// `x ln(x/y) - x + y`, never negative, without cancellation where `x` is near `y`.
    pub excess: f64,
}

/// `ln(x/y)` for positive normal `x` and `y`, where `difference = x - y` may be known better than its rounding.
#[inline(always)]
#[must_use]
pub fn ln_ratio<const FMA: bool>(x: f64, y: f64, difference: f64) -> LnRatio {
    // the difference of the bits is 2^52 log2(x/y) to within 0.0861 * 2^52
    let biased = x.to_bits().wrapping_sub(y.to_bits()).wrapping_add((1023 << 52) + (1 << 51));
    let power = f64::from_bits(biased & EXPONENT);
    let k = f64::from_bits((biased >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
    let near = (biased & EXPONENT) == (1023 << 52);
    let scaled = y * power;
    // near one this is exact, or better than that
    let gap = if near { difference } else { x - scaled };
    let d = gap / (x + scaled);
    let z = d * d;
    let r = artanh_excess::<FMA>(z);
    let tail = 2.0 * d * (z * r) + k * LN2_LO;
    let ln = k * LN2_HI + (2.0 * d + tail);
    // x ln(x/y) - (x-y) = (x+y) [(artanh d - d) + d artanh d], whose terms are of second order
    let excess = if near { (x + y) * z * (1.0 + r * (d + z)) } else { x * ln - difference };
    LnRatio { ln, excess }
}

/// `ln x` for positive normal `x`.
///
/// ```
/// use fenchel::numeric::branchless::ln;
/// assert!((ln::<false>(10.0) - 10f64.ln()).abs() < 1e-15);
/// ```
#[inline(always)]
#[must_use]
pub fn ln<const FMA: bool>(x: f64) -> f64 {
    ln_ratio::<FMA>(x, 1.0, x - 1.0).ln
}

/// `ln(1 + x)` for `x > -1` with `1 + x` normal.
///
/// ```
/// assert_eq!(fenchel::numeric::branchless::ln_1p::<false>(1e-20), 1e-20);
/// ```
#[inline(always)]
#[must_use]
pub fn ln_1p<const FMA: bool>(x: f64) -> f64 {
    ln_ratio::<FMA>(1.0 + x, 1.0, x).ln
}

/// `e^l - 1 - l` for `|l| <= 700`: never negative, without cancellation near zero.
///
/// ```
/// use fenchel::numeric::branchless::exp_excess;
/// assert!((exp_excess::<false>(1e-9) / 5e-19 - 1.0).abs() < 1e-9);
/// ```
#[inline(always)]
#[must_use]
pub fn exp_excess<const FMA: bool>(l: f64) -> f64 {
    let shifted = l * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let power = f64::from_bits((shifted.to_bits() << 52).wrapping_add(1023 << 52));
    let r = (l - n * LN2_HI) - n * LN2_LO;
    let excess = r * r * exp_series::<FMA>(r);
    if n.abs() < 0.5 { excess } else { power * (1.0 + (r + excess)) - (1.0 + l) }
}

/// `(artanh d - d)/d^3` in `z = d^2 <= 0.0402`: `1/3 + z/5 + z^2/7 + ...`, to 1.4e-17.
#[inline(always)]
fn artanh_excess<const FMA: bool>(z: f64) -> f64 {
    polynomial::<FMA, _>(
        z,
        [
            0.333_333_333_333_333_3,
            0.200_000_000_000_040_7,
            0.142_857_142_835_943_42,
            0.111_111_115_312_349_6,
            0.090_908_682_724_196_44,
            0.076_944_550_570_245_28,
            0.066_044_455_621_694_07,
            0.068_076_030_035_564_53,
        ],
    )
}

/// `(e^r - 1 - r)/r^2` for `|r| <= 0.3466`: `1/2 + r/6 + r^2/24 + ...`, to 1.4e-18.
#[inline(always)]
fn exp_series<const FMA: bool>(r: f64) -> f64 {
    polynomial::<FMA, _>(
        r,
        [
            0.5,
            0.166_666_666_666_666_7,
            0.041_666_666_666_666_68,
            0.008_333_333_333_326_136,
            0.001_388_888_888_887_907_5,
            0.000_198_412_698_748_175_15,
            2.480_158_733_643_862e-5,
            2.755_725_544_441_76e-6,
            2.755_726_328_311_978e-7,
            2.510_521_516_564_936_8e-8,
            2.091_813_619_825_884_6e-9,
        ],
    )
}

/// Horner's scheme.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let mut sum = coefficients[N - 1];
    for j in (0..N - 1).rev() {
        sum = if FMA { sum.mul_add(x, coefficients[j]) } else { sum * x + coefficients[j] };
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::phi;
    use rand::RngExt;

    fn ulps(got: f64, want: f64) -> f64 {
        (got - want).abs() / (want.abs().max(f64::MIN_POSITIVE) * f64::EPSILON)
    }

    /// The library's logarithm is correct to well below one unit; two is the bound that is promised.
    #[test]
    fn logarithms_are_good_to_two_units() {
        let mut rng = crate::numeric::stream(1, 0);
        let mut worst = [0.0f64; 2];
        for i in 0..400_000 {
            let x = match i % 4 {
                0 => rng.random_range(0.4..2.5),
                1 => 1.0 + rng.random_range(-1e-3..1e-3),
                2 => 2f64.powf(rng.random_range(-1000.0..1000.0)),
                _ => 1.0 + f64::EPSILON * f64::from(i - 200_000),
            };
            worst[0] = worst[0].max(ulps(ln::<false>(x), x.ln()));
            let e = match i % 3 {
                0 => rng.random_range(-0.9..3.0),
                1 => rng.random_range(-1e-3..1e-3),
                _ => 10f64.powf(rng.random_range(-300.0..10.0)),
            };
            worst[1] = worst[1].max(ulps(ln_1p::<false>(e), e.ln_1p()));
        }
        assert!(worst.iter().all(|&w| w < 2.0), "{worst:?}");
        assert!(ln::<false>(1.0) == 0.0 && ln_1p::<false>(0.0) == 0.0);
    }

    #[test]
    fn what_exceeds_the_first_order() {
        let mut rng = crate::numeric::stream(2, 0);
        let mut worst = [0.0f64; 2];
        for i in 0..400_000 {
            let far = [1e-9, 1e-3, 0.5, 30.0][i % 4];
            let l: f64 = rng.random_range(-far..far);
            // e^l - 1 - l = e^l phi(e^-l - 1) - l (e^l - 1) ... which cancels; the series does not
            let want = if l.abs() < 0.5 {
                (2..30).rev().fold(0.0, |s, k| (1.0 + s) * l / f64::from(k)) * l
            } else {
                l.exp_m1() - l
            };
            worst[0] = worst[0].max(ulps(exp_excess::<false>(l), want));
            let (x, y) = (l.exp(), 1.0);
            worst[1] = worst[1].max(ulps(ln_ratio::<false>(x, y, x - y).excess, phi(x - y)));
        }
        assert!(worst.iter().all(|&w| w < 16.0), "{worst:?}");
        assert!(exp_excess::<false>(0.0) == 0.0 && ln_ratio::<false>(0.3, 0.3, 0.0).excess == 0.0);
        assert!(
            ulps(exp_excess::<false>(700.0), 700f64.exp()) < 300.0 && ulps(exp_excess::<false>(-700.0), 699.0) < 1.0
        );
    }
}
