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
//! is some number without meaning, and it is the caller who looks. Errors, in units in the last place:
//! [`ln`](LnRatio::ln) below 2, [`excess`](LnRatio::excess) and [`exp_excess`] below 16 (where they are of order one; below 4
//! near zero).

const EXPONENT: u64 = 0x7ff0_0000_0000_0000;
/// `1.5 * 2^52`: adding it rounds to a whole number, whose low bits are then those of the sum.
const ROUND: f64 = 6_755_399_441_055_744.0;
const LN2_HI: f64 = 6.931_471_803_691_238e-1;
const LN2_LO: f64 = 1.908_214_929_270_587_7e-10;

/// `ln(x/y)`, with what it and its exponential have beyond their first order.
#[derive(Debug, Clone, Copy)]
pub struct LnRatio {
    /// `ln(x/y)`.
    pub ln: f64,
    /// `x ln(x/y) - x + y`, never negative, without cancellation where `x` is near `y`.
    pub excess: f64,
    /// `(x - y) ln - y (e^ln - 1 - ln)`, by an exponential of the `ln` above: the same number as `excess` but for what `ln`
    /// misses, and never above it. `e^ln` needs no reduction of its own, as `ln - k ln 2` is at hand.
    pub dual: f64,
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
    let series = artanh_excess::<FMA>(z);
    let twice = 2.0 * d;
    let tail = twice * (z * series);
    let rest = twice + tail;
    let ln = fma::<FMA>(k, LN2_HI, twice + fma::<FMA>(k, LN2_LO, tail));
    let exponential = rest * rest * exp_series::<FMA>(rest);
    let product = x * ln;
    // x ln(x/y) - (x-y) = (x+y) [(artanh d - d) + d artanh d], whose terms are of second order
    let (excess, dual) = if near {
        ((x + y) * fma::<FMA>(z * series, d + z, z), fma::<FMA>(difference, ln, -(y * exponential)))
    } else {
        (product - difference, product - fma::<FMA>(scaled, 1.0 + (rest + exponential), -y))
    };
    LnRatio { ln, excess, dual }
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
fn fma<const FMA: bool>(a: f64, b: f64, c: f64) -> f64 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
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
        let ln = |x: f64, difference| ln_ratio::<false>(x, 1.0, difference).ln;
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

    #[test]
    fn what_exceeds_the_first_order() {
        let mut rng = crate::numeric::stream(2, 0);
        let mut worst = [0.0f64; 3];
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
            let LnRatio { excess, dual, .. } = ln_ratio::<false>(x, y, x - y);
            worst[1] = worst[1].max(ulps(excess, phi(x - y)));
            worst[2] = worst[2].max(ulps(dual, excess));
        }
        assert!(worst.iter().all(|&w| w < 16.0), "{worst:?}");
        assert!(exp_excess::<false>(0.0) == 0.0 && ln_ratio::<false>(0.3, 0.3, 0.0).dual == 0.0);
        assert!(
            ulps(exp_excess::<false>(700.0), 700f64.exp()) < 300.0 && ulps(exp_excess::<false>(-700.0), 699.0) < 1.0
        );
    }
}
