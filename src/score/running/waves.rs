//! Cosines and sines in whole numbers, in a loop without branches.
//!
//! An angle is reduced to `[-π/4, π/4]` by a π/2 in two parts (Cody and Waite), and cosine and sine there are the polynomials of FreeBSD's
//! `k_cos.c` and `k_sin.c`. No fused operations are used, so all instruction sets give the same bits.

use multiversion::multiversion;

/// Cosines and sines are counted in this part of one.
pub(super) const UNIT: f64 = (1u64 << 36) as f64;
/// Beyond it the reduction would lose digits.
const FARTHEST: f64 = 1e6;
/// Adding it rounds to an integer, which is then in the low bits.
const SHIFT: f64 = 1.5 * (1u64 << 52) as f64;
/// The first 33 bits of π/2, and the rest.
const HALF_PI: (f64, f64) = (1.570_796_326_734_125_6, 6.077_100_506_506_192e-11);

/// Adds the cosine and the sine of each angle, in units, to its pair of sums; right to half a unit and 1e-12 of one.
pub(super) fn add(angles: &[f64], cosines: &mut [i64], sines: &mut [i64]) {
    if angles.iter().all(|angle| angle.abs() < FARTHEST) {
        near(angles, cosines, sines);
        return;
    }
    for ((angle, cosine), sine) in angles.iter().zip(cosines).zip(sines) {
        let (s, c) = angle.sin_cos();
        *cosine += units(c);
        *sine += units(s);
    }
}

#[multiversion(targets = "simd")]
fn near(angles: &[f64], cosines: &mut [i64], sines: &mut [i64]) {
    for ((angle, cosine), sine) in angles.iter().zip(cosines).zip(sines) {
        let shifted = angle * std::f64::consts::FRAC_2_PI + SHIFT;
        let quarter = shifted - SHIFT;
        let r = (angle - quarter * HALF_PI.0) - quarter * HALF_PI.1;
        let z = r * r;
        let s = z * (2.755_731_370_707_006_8e-6 + z * (-2.505_076_025_340_686_3e-8 + z * 1.589_690_995_211_55e-10));
        let s = r + r
            * z
            * (-1.666_666_666_666_663_2e-1 + z * (8.333_333_333_322_49e-3 + z * (-1.984_126_982_985_795e-4 + s)));
        let c = z * (-2.755_731_435_139_066_3e-7 + z * (2.087_572_321_298_175e-9 + z * -1.135_964_755_778_819_5e-11));
        let c = z * (4.166_666_666_666_66e-2 + z * (-1.388_888_888_887_411e-3 + z * (2.480_158_728_947_673e-5 + c)));
        let c = (1.0 - 0.5 * z) + z * c;
        // which of the two, and its sign, go round with the quarters
        let turn = shifted.to_bits();
        let odd = turn & 1 == 1;
        let (c, s) = if odd { (s, c) } else { (c, s) };
        let sign = |flip: u64| flip << 62 & 1 << 63;
        *cosine += units(f64::from_bits(c.to_bits() ^ sign(turn.wrapping_add(1) & 2)));
        *sine += units(f64::from_bits(s.to_bits() ^ sign(turn & 2)));
    }
}

/// The nearest number of units.
#[inline(always)]
fn units(x: f64) -> i64 {
    // the integer stands in the low bits of the sum, above those of the shift
    ((x * UNIT + SHIFT).to_bits() as i64).wrapping_sub(SHIFT.to_bits() as i64)
}

#[cfg(test)]
mod tests {
    use super::{UNIT, add};
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4};

    #[test]
    fn cosines_and_sines_of_all_quarters() {
        let mut angles: Vec<f64> = (-4000..4000).map(|k| f64::from(k) * 0.01 + 1e-3).collect();
        angles.extend([0.0, -0.0, FRAC_PI_4, -FRAC_PI_2, 999_999.5, -123_456.789, 1e-300]);
        let far: Vec<f64> = angles.iter().map(|angle| angle * 1e9).collect();
        for angles in [angles, far, vec![1e6, 0.5]] {
            let (mut c, mut s) = (vec![7; angles.len()], vec![-3; angles.len()]);
            add(&angles, &mut c, &mut s);
            for ((angle, c), s) in angles.iter().zip(c).zip(s) {
                assert!(((c - 7) as f64 - angle.cos() * UNIT).abs() < 0.51, "cos {angle}");
                assert!(((s + 3) as f64 - angle.sin() * UNIT).abs() < 0.51, "sin {angle}");
            }
        }
    }
}
