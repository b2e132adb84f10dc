//! The incomplete gamma function, both tails with their digits, for any shape.
//!
//! Everything is formed from `x - a`, which the caller may know better than `x`. The factor `x^a e^-x/Gamma(a+1)` comes
//! from its saddle point (C. Loader, "Fast and accurate computation of binomial probabilities", 2000), so that nothing
//! of the size of `a ln a` is subtracted. Far from `x = a` a series and a continued fraction have few terms. Near it
//! they would need about `sqrt(a)` of them, so Temme's uniform expansion takes over from `a = 100` on.
//!
//! Source: N. M. Temme, doi:10.1137/0510071; DLMF 8.11.7, 8.12 and 8.9.2.

use super::kernel::{kl_cell, phi};
use libm::{erfc, lgamma};
use std::f64::consts::TAU;

/// `ln sqrt(2 pi)`.
pub(crate) const LN_SQRT_2PI: f64 = 0.918_938_533_204_672_8;

/// The regularised incomplete gamma functions `P(a, x)` and `Q(a, x) = 1 - P(a, x)`: the lower and the upper tail of a
/// Gamma law of shape `a` and rate one.
///
/// With `tail` the smaller of the two, each has a relative error of at most `2e-15 (1 + |ln tail|)` for every `a`; for
/// `a, x < 1` the error of `Q` is `2e-15` absolute. At most some 200 terms, for any arguments. NaN for arguments that
/// are NaN, `a <= 0` or `x < 0`.
///
/// ```
/// use fenchel::numeric::gamma_regularised;
/// let (below, above) = gamma_regularised(1.0, 2.0);
/// assert!((below + (-2f64).exp_m1()).abs() < 1e-15 && (above - (-2f64).exp()).abs() < 1e-15);
/// // a law of shape 1e16 is as good as normal, with deviation 1e8
/// assert!((gamma_regularised(1e16, 1e16 + 1e8).1 - 0.158_655_253_931).abs() < 1e-10);
/// ```
#[must_use]
pub fn gamma_regularised(a: f64, x: f64) -> (f64, f64) {
    if a.is_nan() || a <= 0.0 || x.is_nan() || x < 0.0 {
        return (f64::NAN, f64::NAN);
    }
    tails(a, x, x - a)
}

/// The uniform expansion is used from this shape on, up to this distance from it, relative to it.
const LARGE: f64 = 100.0;
const NEAR: f64 = 0.3;

/// `P` and `Q` at `x = a + excess`.
pub(crate) fn tails(a: f64, x: f64, excess: f64) -> (f64, f64) {
    if x <= 0.0 {
        return (0.0, 1.0);
    }
    if x == f64::INFINITY {
        return (1.0, 0.0);
    }
    if a >= LARGE && excess.abs() <= NEAR * a {
        return uniform(a, x, excess);
    }
    if excess < 1.0 {
        let below = (front(a, x, excess) * series(a, x)).min(1.0);
        (below, 1.0 - below)
    } else {
        let above = (front(a, x, excess) * a * fraction(x, excess)).min(1.0);
        (1.0 - above, above)
    }
}

/// `a ln(a/x) + x - a` for positive `a` and `x = a + excess`: half the square of Temme's `eta` times `a`.
pub(crate) fn saddle(a: f64, x: f64, excess: f64) -> f64 {
    if excess.abs() < 0.5 * x { x * phi(-excess / x) } else { kl_cell(a, x) }
}

/// `x^a e^-x/Gamma(a+1)`.
fn front(a: f64, x: f64, excess: f64) -> f64 {
    if a < 1.0 {
        (a * x.ln() - x - lgamma(a + 1.0)).exp()
    } else {
        (-saddle(a, x, excess) - stirling_error(a)).exp() / (TAU * a).sqrt()
    }
}

/// `1 + x/(a+1) + x^2/((a+1)(a+2)) + ...`
fn series(a: f64, x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (1.0, 1.0, a);
    while term > 0.25 * f64::EPSILON * sum {
        k += 1.0;
        term *= x / k;
        sum += term;
    }
    sum
}

/// `e^x x^-a Gamma(a, x)` for `x >= a + 1`, by Lentz's method.
fn fraction(x: f64, excess: f64) -> f64 {
    let a = x - excess;
    let mut b = excess + 1.0;
    let (mut c, mut d) = (f64::MAX, b.recip());
    let mut value = d;
    for k in 1..1000 {
        let k = f64::from(k);
        let numerator = -k * (k - a);
        b += 2.0;
        d = (numerator * d + b).recip();
        c = b + numerator / c;
        value *= c * d;
        if (c * d - 1.0).abs() < f64::EPSILON {
            break;
        }
    }
    value
}

/// DLMF 8.12.3 and 8.12.4: the normal law, and a series in `1/a` whose coefficients are power series in `eta`.
fn uniform(a: f64, x: f64, excess: f64) -> (f64, f64) {
    let half_square = saddle(a, x, excess);
    let z = half_square.sqrt().copysign(excess);
    let eta = z * (2.0 / a).sqrt();
    let sum = TEMME.iter().rev().fold(0.0, |sum, row| sum / a + row.iter().rev().fold(0.0, |inner, d| inner * eta + d));
    let rest = (-half_square).exp() / (TAU * a).sqrt() * sum;
    ((0.5 * erfc(-z) - rest).clamp(0.0, 1.0), (0.5 * erfc(z) + rest).clamp(0.0, 1.0))
}

/// Powers of `1/a`, and of `eta` for the first of them; two less for each further one.
const ORDERS: usize = 7;
const POWERS: usize = 18;
const TEMME: [[f64; POWERS]; ORDERS] = coefficients();

/// The Taylor coefficients of DLMF 8.12.9 and 8.12.10, where those of `mu(eta)` come from `mu mu' = eta (1 + mu)`.
const fn coefficients() -> [[f64; POWERS]; ORDERS] {
    const LENGTH: usize = POWERS + 2 * ORDERS;
    /// Of Stirling's series for `Gamma(a)`.
    const STIRLING: [f64; ORDERS] = [
        1.0,
        1.0 / 12.0,
        1.0 / 288.0,
        -139.0 / 51_840.0,
        -571.0 / 2_488_320.0,
        163_879.0 / 209_018_880.0,
        5_246_819.0 / 75_246_796_800.0,
    ];
    let mut mu = [0.0; LENGTH + 2];
    mu[1] = 1.0;
    let mut n = 2;
    while n < LENGTH + 2 {
        let mut sum = mu[n - 1];
        let mut i = 2;
        while i < n {
            sum -= mu[i] * (n + 1 - i) as f64 * mu[n + 1 - i];
            i += 1;
        }
        mu[n] = sum / (n + 1) as f64;
        n += 1;
    }
    let mut first = [0.0; LENGTH];
    let mut n = 0;
    while n < LENGTH {
        first[n] = (n + 2) as f64 * mu[n + 2];
        n += 1;
    }
    first[0] -= 1.0;
    let mut table = [[0.0; POWERS]; ORDERS];
    let mut row = first;
    let mut k = 0;
    while k < ORDERS {
        let mut n = 0;
        while n + 2 * k < POWERS {
            table[k][n] = row[n];
            n += 1;
        }
        k += 1;
        if k < ORDERS {
            let sign = if k % 2 == 1 { -1.0 } else { 1.0 };
            let mut next = [0.0; LENGTH];
            let mut n = 0;
            while n + 2 < LENGTH {
                next[n] = sign * STIRLING[k] * first[n] + (n + 2) as f64 * row[n + 2];
                n += 1;
            }
            row = next;
        }
    }
    table
}

/// `ln Gamma(k+1) - ln(sqrt(2 pi k) (k/e)^k)` for `k > 0`, with its digits for every `k`.
///
/// Stirling's series from 16 on; below, steps of one, each of which adds `artanh(d)/d - 1` with `d = 1/(2k+1)`.
pub(crate) fn stirling_error(k: f64) -> f64 {
    if k < 1.0 {
        return lgamma(k + 1.0) - (k + 0.5) * k.ln() + k - LN_SQRT_2PI;
    }
    let (mut k, mut steps) = (k, 0.0);
    while k < 16.0 {
        let square = (2.0 * k + 1.0).powi(-2);
        steps += (1..=16).rev().fold(0.0, |sum, j| (sum + 1.0 / f64::from(2 * j + 1)) * square);
        k += 1.0;
    }
    let r = 1.0 / (k * k);
    steps + (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r * (1.0 / 1680.0 - r / 1188.0)))) / k
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Shape, argument and both tails: mpmath at 50 digits, by quadrature of the density for shapes from 1e5 on.
    const EXACT: [(f64, f64, f64, f64); 23] = [
        (0.01, 1e-12, 0.762_906_419_580_833_2, 0.237_093_580_419_166_8),
        (0.01, 0.2, 0.987_784_409_456_754_2, 0.012_215_590_543_245_81),
        (0.01, 1.7, 0.999_242_745_265_510_8, 0.000_757_254_734_489_212_6),
        (0.01, 9.0, 0.999_999_871_916_175_3, 1.280_838_247_338_937e-7),
        (0.3, 1e-12, 0.000_279_885_063_863_051_98, 0.999_720_114_936_137),
        (0.3, 0.2, 0.657_506_724_269_721_7, 0.342_493_275_730_278_3),
        (0.3, 1.7, 0.967_642_003_512_215_3, 0.032_357_996_487_784_67),
        (0.3, 9.0, 0.999_991_726_303_997_7, 8.273_696_002_345_569e-6),
        (2.5, 1e-12, 3.009_011_112_252_551e-31, 1.0),
        (2.5, 0.2, 0.004_670_406_764_129_572, 0.995_329_593_235_870_4),
        (2.5, 1.7, 0.361_430_076_896_204_9, 0.638_569_923_103_795_1),
        (2.5, 9.0, 0.997_053_595_412_119_7, 0.002_946_404_587_880_29),
        (30.0, 8.091_097_699_793_355, 2.706_388_383_620_876_5e-9, 0.999_999_997_293_611_6),
        (99.0, 118.899_748_742_132_4, 0.972_112_001_375_289, 0.027_887_998_624_711_02),
        (100.0, 100.1, 0.517_282_839_886_884_2, 0.482_717_160_113_115_8),
        (101.0, 70.850_373_136_637_33, 0.000_433_578_804_643_548_04, 0.999_566_421_195_356_5),
        (250.0, 329.056_941_504_209_5, 0.999_997_601_560_440_6, 2.398_439_559_380_211_5e-6),
        (1e3, 810.263_340_389_897_3, 6.938_445_317_486_539e-11, 0.999_999_999_930_615_6),
        (1e4, 1e4, 0.501_329_808_339_955_2, 0.498_670_191_660_044_8),
        (1e6, 1_000_500.0, 0.691_550_475_771_497_2, 0.308_449_524_228_502_8),
        (1e9, 999_747_017.787_186_5, 6.187_493_511_900_027e-16, 0.999_999_999_999_999_4),
        (1e12, 1_000_003_000_000.0, 0.998_650_090_150_083_1, 0.001_349_909_849_916_902),
        (1e15, 999_999_968_377_223.4, 0.158_655_253_753_046_38, 0.841_344_746_246_953_6),
    ];

    #[test]
    fn both_tails_for_any_shape() {
        for (a, x, below, above) in EXACT {
            let (p, q) = gamma_regularised(a, x);
            for (got, want) in [(p, below), (q, above)] {
                let allowed = 2e-15 * (1.0 + want.ln().abs()) * want + if a < 1.0 && x < 1.0 { 2e-15 } else { 0.0 };
                assert!((got - want).abs() <= allowed, "{a} {x}: {got:e} for {want:e}");
            }
        }
    }

    /// An exponential law and an Erlang law have finite sums for their tails.
    #[test]
    fn whole_shapes_are_poisson_sums() {
        for n in [1, 2, 7, 40, 99, 100, 101, 140] {
            let a = f64::from(n);
            for x in [0.2 * a, 0.69 * a, 0.71 * a, 0.9 * a, a, 1.1 * a, 1.29 * a, 1.31 * a, 3.0 * a] {
                let (mut term, mut sum) = ((-x).exp(), 0.0);
                for k in 1..=n {
                    sum += term;
                    term *= x / f64::from(k);
                }
                let (_, above) = gamma_regularised(a, x);
                assert!((above - sum).abs() <= 3e-13 * sum, "{n} {x}: {above:e} for {sum:e}");
            }
        }
    }

    #[test]
    fn no_parameter_takes_long_or_gives_no_number() {
        for a in [5e-324, 1e-300, 1e-5, 1.0, 1e5, 1e20, 1e89, 1e200, f64::MAX] {
            let mut last = 0.0;
            for x in [
                0.0,
                5e-324,
                1e-5 * a,
                0.69 * a,
                0.71 * a,
                a.next_down(),
                a,
                a.next_up(),
                1.31 * a,
                1e300,
                f64::INFINITY,
            ] {
                let (below, above) = gamma_regularised(a, x);
                assert!((0.0..=1.0).contains(&below) && (0.0..=1.0).contains(&above), "{a} {x}: {below} {above}");
                assert!((below + above - 1.0).abs() < 4e-15, "{a} {x}: {below} {above}");
                if x >= a {
                    assert!(below >= last - 1e-15, "{a} {x}: {below} after {last}");
                    last = below;
                }
            }
        }
        assert!(gamma_regularised(f64::NAN, 1.0).0.is_nan() && gamma_regularised(1.0, -1.0).1.is_nan());
    }

    #[test]
    fn stirling_error_has_its_digits() {
        // mpmath
        for (k, want) in [
            (0.5, 0.153_426_409_720_027_35),
            (1.0, 0.081_061_466_795_327_26),
            (10.0, 0.008_330_563_433_362_87),
            (15.99, 0.005_210_911_892_923_721),
        ] {
            assert!((stirling_error(k) - want).abs() <= 4e-16, "{k}: {}", stirling_error(k));
        }
    }
}
