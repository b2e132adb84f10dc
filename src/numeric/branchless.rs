//! Logarithm and exponential without a branch, so that a loop over a slice is compiled to vector instructions.
//!
//! Everything rests on two reductions. With `k` the whole number nearest to `log2(x/y)`,
//!
//! ```text
//! ln(x/y) = k ln 2 + 2 artanh d,    d = (x - 2^k y)/(x + 2^k y),    |d| <= 0.2004,
//! ```
//!
//! where `x - 2^k y` is exact (Sterbenz) and `k` comes from the bits of `x` and `y` without a division, and `e^l = 2^n
//! e^r` with `|r| <= ln 2/2`. The series are Taylor's, economised by Chebyshev polynomials until the truncation error
//! is below a rounding error. The parameter `FMA` says whether the machine has a fused multiply-add, as for
//! [`exp`](super::exp()): it saves a quarter of the time and changes at most the last bit.
//!
//! The arguments are positive normal numbers, for [`ln_ratio`] with a ratio within `2^+-1000`. Outside this range the
//! result is meaningless; the caller must check. Errors in units in the last place: [`ln_ratio`] and [`ln_and_excess`]
//! below 2; [`excesses`] and [`exp_excess`] below 16 where they are of order one, below 4 near zero.

use std::f64::consts::LN_2;
use std::ops::AddAssign;

const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
/// `1.5 * 2^52`: adding it rounds to a whole number, whose low bits are then those of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// Numbers that go through a formula side by side. A logarithm and its exponential form one long chain of dependent
/// operations. With many numbers taken step by step, the processor need not wait for each result.
pub const WIDE: usize = 32;
pub type Wide = [f64; WIDE];

/// `x/y` near a power of two.
#[derive(Clone, Copy)]
struct Reduced {
    /// `2^k y`.
    scaled: f64,
    k: f64,
    /// `x - 2^k y`.
    gap: f64,
}

impl Reduced {
    #[inline(always)]
    fn of(x: f64, y: f64, difference: f64) -> Self {
        // the difference of the bits is 2^52 log2(x/y) to within 0.0861 * 2^52
        let biased = x.to_bits().wrapping_sub(y.to_bits()).wrapping_add((1023 << 52) + (1 << 51));
        let near = (biased & EXPONENT) == (1023 << 52);
        let scaled = y * f64::from_bits(biased & EXPONENT);
        let k = f64::from_bits((biased >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
        // near one this is exact, or better than that
        Self { scaled, k, gap: if near { difference } else { x - scaled } }
    }

    /// `d = (x - 2^k y)/(x + 2^k y)`.
    #[inline(always)]
    fn ratio(self, x: f64) -> f64 {
        self.gap / (x + self.scaled)
    }

    /// `ln(x/y)` from `d` and `(artanh d - d)/d^3`.
    #[inline(always)]
    fn ln<const FMA: bool>(self, d: f64, series: f64) -> f64 {
        let tail = 2.0 * d * (d * d * series);
        fma::<FMA>(self.k, LN2_HI, 2.0 * d + fma::<FMA>(self.k, LN2_LO, tail))
    }
}

/// `ln(x/y)` for positive normal `x` and `y`, where `difference = x - y` may be known better than its rounding.
#[inline(always)]
#[must_use]
pub fn ln_ratio<const FMA: bool>(x: f64, y: f64, difference: f64) -> f64 {
    let reduced = Reduced::of(x, y, difference);
    let d = reduced.ratio(x);
    reduced.ln::<FMA>(d, artanh_excess::<FMA>(d * d))
}

/// Two values of second order in the difference: `x t - x + y` at `t = ln(x/y)`, and the same by the exponential of
/// `t`, `(x - y) t - y (e^t - 1 - t)`.
///
/// The first is the excess of the logarithms over their first order. It is never negative and does not cancel where `x`
/// is near `y`. The second is never above the first, for any `t`. Arguments as for [`ln_ratio`]. `e^t` needs no
/// reduction of its own, since `t - k ln 2` is at hand.
#[inline(always)]
#[must_use]
#[allow(clippy::needless_range_loop)] // lanes of several arrays, in step
pub fn excesses<const FMA: bool>(x: &Wide, y: &Wide, difference: &Wide) -> (Wide, Wide) {
    let (mut scaled, mut k, mut gap, mut d) = ([0.0; WIDE], [0.0; WIDE], [0.0; WIDE], [0.0; WIDE]);
    for i in 0..WIDE {
        let reduced = Reduced::of(x[i], y[i], difference[i]);
        (scaled[i], k[i], gap[i], d[i]) = (reduced.scaled, reduced.k, reduced.gap, reduced.ratio(x[i]));
    }
    // ln(x/c) = 2 artanh d = 2 d + 2 d series with c = 2^k y
    let (mut series, mut rest) = ([0.0; WIDE], [0.0; WIDE]);
    for i in 0..WIDE {
        let (z, twice) = (d[i] * d[i], 2.0 * d[i]);
        series[i] = z * artanh_excess::<FMA>(z);
        rest[i] = fma::<FMA>(twice, series[i], twice);
    }
    let mut exponential = [0.0; WIDE];
    for i in 0..WIDE {
        exponential[i] = rest[i] * rest[i] * exp_series::<FMA>(rest[i]);
    }
    let (mut excess, mut dual) = ([0.0; WIDE], [0.0; WIDE]);
    for i in 0..WIDE {
        let (x, scaled, d) = (x[i], scaled[i], d[i]);
        // `x k ln 2 + y - c`: the term of the power of two in both results, zero where that power is one
        let power = fma::<FMA>(x * k[i], LN_2, y[i] - scaled);
        // x ln(x/c) - (x-c) = (x+c) [(artanh d - d) + d artanh d], whose terms are of second order
        let z = d * d;
        excess[i] = fma::<FMA>(x + scaled, fma::<FMA>(series[i], d + z, z), power);
        dual[i] = fma::<FMA>(-scaled, exponential[i], fma::<FMA>(gap[i], rest[i], power));
    }
    (excess, dual)
}

/// `ln x = k ln 2 + ln f` with `x = 2^k f`, for positive normal numbers, and a bound on its error. Where the computed
/// `ln f` is `l`, the bound is `f e^-l - 1`: `ln f <= l + (f e^-l - 1)`.
#[inline(always)]
#[must_use]
#[allow(clippy::needless_range_loop)] // lanes of several arrays, in step
pub fn ln_and_excess<const FMA: bool, const N: usize>(x: &[f64; N]) -> ([f64; N], [f64; N]) {
    // x = 2^k f
    let (mut f, mut k, mut d) = ([0.0; N], [0.0; N], [0.0; N]);
    for i in 0..N {
        let biased = x[i].to_bits().wrapping_add(1 << 51);
        f[i] = f64::from_bits(x[i].to_bits().wrapping_sub((biased & EXPONENT).wrapping_sub(1023 << 52)));
        k[i] = f64::from_bits((biased >> 52) | 0x4330_0000_0000_0000) - (4_503_599_627_370_496.0 + 1023.0);
        d[i] = (f[i] - 1.0) / (f[i] + 1.0);
    }
    let (mut ln, mut excess) = ([0.0; N], [0.0; N]);
    for i in 0..N {
        let (z, twice) = (d[i] * d[i], 2.0 * d[i]);
        ln[i] = fma::<FMA>(twice, z * artanh_excess::<FMA>(z), twice);
    }
    for i in 0..N {
        // f e^-l - 1 = f (e^-l - 1) + (f - 1)
        let less_one = fma::<FMA>(ln[i] * ln[i], exp_series::<FMA>(-ln[i]), -ln[i]);
        excess[i] = fma::<FMA>(f[i], less_one, f[i] - 1.0);
        ln[i] = fma::<FMA>(k[i], LN_2, ln[i]);
    }
    (ln, excess)
}

/// `e^l - 1 - l` for `|l| <= 700`: never negative, without cancellation near zero.
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

/// `(e^r - 1 - r)/r^2` for `|r| <= 0.4067`: `1/2 + r/6 + r^2/24 + ...`, to 8.8e-18.
#[inline(always)]
fn exp_series<const FMA: bool>(r: f64) -> f64 {
    polynomial::<FMA, _>(
        r,
        [
            0.5,
            0.166_666_666_666_666_88,
            0.041_666_666_666_666_685,
            0.008_333_333_333_307_453,
            0.001_388_888_888_887_040_8,
            0.000_198_412_699_288_801_23,
            2.480_158_736_415_023_6e-5,
            2.755_719_818_085_527_3e-6,
            2.755_723_278_428_984e-7,
            2.512_525_587_910_170_4e-8,
            2.092_899_619_393_465e-9,
        ],
    )
}

/// `a b + c`, rounded once where the machine can.
#[inline(always)]
pub fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The sum of the lanes, in pairs.
#[inline(always)]
#[must_use]
pub fn sum_lanes<T: Copy + AddAssign, const N: usize>(mut lanes: [T; N]) -> T {
    const { assert!(N.is_power_of_two()) };
    let mut width = N / 2;
    while width > 0 {
        for k in 0..width {
            lanes[k] += lanes[k + width];
        }
        width /= 2;
    }
    lanes[0]
}

/// Horner's scheme.
#[inline(always)]
fn polynomial<const FMA: bool, const N: usize>(x: f64, coefficients: [f64; N]) -> f64 {
    let mut sum = coefficients[N - 1];
    for j in (0..N - 1).rev() {
        sum = fma::<FMA>(sum, x, coefficients[j]);
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
        let ln = |x: f64, difference| ln_ratio::<false>(x, 1.0, difference);
        let mut worst = [0.0f64; 2];
        for i in 0..400_000 {
            let x = match i % 4 {
                0 => rng.random_range(0.4..2.5),
                1 => 1.0 + rng.random_range(-1e-3..1e-3),
                2 => 2f64.powf(rng.random_range(-1000.0..1000.0)),
                _ => 1.0 + f64::EPSILON * f64::from(i - 200_000),
            };
            worst[0] = worst[0].max(ulps(ln(x, x - 1.0), x.ln()));
            let e = match i % 3 {
                0 => rng.random_range(-0.9..3.0),
                1 => rng.random_range(-1e-3..1e-3),
                _ => 10f64.powf(rng.random_range(-300.0..10.0)),
            };
            worst[1] = worst[1].max(ulps(ln(1.0 + e, e), e.ln_1p()));
        }
        assert!(worst.iter().all(|&w| w < 2.0), "{worst:?}");
        assert!(ln(1.0, 0.0) == 0.0);
    }

    fn of_one(x: f64, y: f64) -> (f64, f64) {
        let (excess, dual) = excesses::<false>(&[x; WIDE], &[y; WIDE], &[x - y; WIDE]);
        (excess[WIDE - 1], dual[WIDE - 1])
    }

    #[test]
    fn logarithms_bounded_by_their_exponential() {
        let mut rng = crate::numeric::stream(3, 0);
        let mut worst = [0.0f64; 2];
        for i in 0..100_000 {
            let x = match i % 3 {
                0 => rng.random_range(0.4..2.5),
                1 => 1.0 + rng.random_range(-1e-3..1e-3),
                _ => 2f64.powf(rng.random_range(-1020.0..1020.0)),
            };
            let (ln, excess) = ln_and_excess::<false, 2>(&[1.0, x]);
            assert!(ln[0] == 0.0 && excess[0] == 0.0);
            worst[0] = worst[0].max(ulps(ln[1], x.ln()));
            // what is left is the rounding of the logarithm before its power of two is added
            worst[1] = worst[1].max(excess[1].abs());
        }
        assert!(worst[0] < 2.0 && worst[1] < 4.0 * f64::EPSILON, "{worst:?}");
    }

    #[test]
    fn what_exceeds_the_first_order() {
        let mut rng = crate::numeric::stream(2, 0);
        let mut worst = [0.0f64; 3];
        for i in 0..40_000 {
            let far = [1e-9, 1e-3, 0.5, 30.0][i % 4];
            let l: f64 = rng.random_range(-far..far);
            // e^l - 1 - l = e^l phi(e^-l - 1) - l (e^l - 1) ... which cancels; the series does not
            let want = if l.abs() < 0.5 {
                (2..30).rev().fold(0.0, |s, k| (1.0 + s) * l / f64::from(k)) * l
            } else {
                l.exp_m1() - l
            };
            worst[0] = worst[0].max(ulps(exp_excess::<false>(l), want));
            let (excess, dual) = of_one(l.exp(), 1.0);
            worst[1] = worst[1].max(ulps(excess, phi(l.exp() - 1.0)));
            worst[2] = worst[2].max(ulps(dual, excess));
        }
        assert!(worst.iter().all(|&w| w < 16.0), "{worst:?}");
        assert!(exp_excess::<false>(0.0) == 0.0 && of_one(0.3, 0.3) == (0.0, 0.0));
        assert!(
            ulps(exp_excess::<false>(700.0), 700f64.exp()) < 300.0 && ulps(exp_excess::<false>(-700.0), 699.0) < 1.0
        );
    }
}
