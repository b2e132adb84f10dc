//! Masses as integers, so that subtracting them is exact: no problem is "infeasible by rounding", and ties are ties.
//!
//! The unit is 2^-59 of the total at most, which 64 bits hold. Masses may be far smaller than that beside others; they
//! are [too coarse](Masses::are_coarse) then, and 128 bits, with a unit of 2^-119 of the total, have room for masses of 20
//! orders of magnitude without rounding and of 35 with it.

use crate::numeric::{exponent, times_power};
use std::fmt::Debug;
use std::ops::{Add, AddAssign, Mul, Neg, Sub, SubAssign};

/// An integer that counts units of mass.
pub(in crate::transport) trait WholeMass:
    Copy
    + Ord
    + Debug
    + Default
    + Send
    + Sync
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
{
    const ZERO: Self;
    const ONE: Self;
    /// The largest power of two that a unit goes into a total.
    const DIGITS: i32;

    /// The nearest integer.
    fn round(x: f64) -> Self;
    fn to_f64(self) -> f64;
    fn from_i64(x: i64) -> Self;
    /// `whole · part / total`, rounded down or nearly so.
    fn share(whole: Self, part: Self, total: Self) -> Self;
    fn div_euclid(self, other: Self) -> Self;
    fn half(self) -> Self;
}

impl WholeMass for i64 {
    const ZERO: Self = 0;
    const ONE: Self = 1;
    const DIGITS: i32 = 59;

    fn round(x: f64) -> Self {
        x.round() as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_i64(x: i64) -> Self {
        x
    }

    fn share(whole: Self, part: Self, total: Self) -> Self {
        (i128::from(whole) * i128::from(part) / i128::from(total)) as Self
    }

    fn div_euclid(self, other: Self) -> Self {
        self.div_euclid(other)
    }

    fn half(self) -> Self {
        self / 2
    }
}

impl WholeMass for i128 {
    const ZERO: Self = 0;
    const ONE: Self = 1;
    const DIGITS: i32 = 119;

    fn round(x: f64) -> Self {
        x.round() as Self
    }

    fn to_f64(self) -> f64 {
        self as f64
    }

    fn from_i64(x: i64) -> Self {
        Self::from(x)
    }

    fn share(whole: Self, part: Self, total: Self) -> Self {
        (whole.to_f64() * (part.to_f64() / total.to_f64())) as Self
    }

    fn div_euclid(self, other: Self) -> Self {
        self.div_euclid(other)
    }

    fn half(self) -> Self {
        self / 2
    }
}

/// Integer masses with equal totals; `count as f64 * unit` is the mass.
#[derive(Debug, Clone)]
pub(in crate::transport) struct Masses<M = i64> {
    pub a: Vec<M>,
    pub b: Vec<M>,
    pub unit: f64,
}

/// A mass that is changed by more than this part of it has lost digits that count.
const KEPT: f64 = 1e-9;

impl Masses {
    /// The units that each of `n` and each of `m` equal masses of the same total are, in the largest common unit.
    pub(in crate::transport) fn uniform(n: usize, m: usize) -> (i64, i64) {
        let (n, m) = (n as i64, m as i64);
        let g = gcd(n, m);
        (m / g, n / g)
    }

    /// The same in wider integers.
    pub(in crate::transport) fn widened(&self) -> Masses<i128> {
        let wide = |masses: &[i64]| masses.iter().map(|&w| i128::from(w)).collect();
        Masses { a: wide(&self.a), b: wide(&self.b), unit: self.unit }
    }
}

impl<M: WholeMass> Masses<M> {
    /// Rounds masses whose totals agree. What is rounded away is below a unit of the total an entry.
    ///
    /// Equal masses on both sides become whole numbers of a common unit. Otherwise the unit is a power of two, so
    /// integers and everything else with few enough bits stay exactly what they are.
    pub(in crate::transport) fn of(a: &[f64], b: &[f64]) -> Self {
        if is_constant(a) && is_constant(b) {
            let (each_a, each_b) = Masses::uniform(a.len(), b.len());
            let unit = a[0] / each_a as f64;
            return Self { a: vec![M::from_i64(each_a); a.len()], b: vec![M::from_i64(each_b); b.len()], unit };
        }
        let total = a.iter().sum::<f64>().max(b.iter().sum());
        let unit = times_power(1.0, exponent(total) - M::DIGITS);
        let round = |w: &[f64]| w.iter().map(|w| M::round(w / unit)).collect::<Vec<_>>();
        let (mut a, mut b) = (round(a), round(b));
        let missing = sum(&a) - sum(&b);
        if missing > M::ZERO {
            spread(&mut b, missing);
        } else {
            spread(&mut a, -missing);
        }
        Self { a, b, unit }
    }

    /// What the small masses lose that the unit is too coarse for, in all; their L1 distance from what was asked for. Zero
    /// if every mass keeps its first nine digits.
    pub(in crate::transport) fn lost(&self, a: &[f64], b: &[f64]) -> f64 {
        let lost = |(&units, &w): (&M, &f64)| {
            let change = (units.to_f64() * self.unit - w).abs();
            if change > KEPT * w { change } else { 0.0 }
        };
        self.a.iter().zip(a).map(lost).sum::<f64>() + self.b.iter().zip(b).map(lost).sum::<f64>()
    }

    /// Whether the unit is too coarse for some mass.
    pub(in crate::transport) fn are_coarse(&self, a: &[f64], b: &[f64]) -> bool {
        self.lost(a, b) > 0.0
    }

    /// The masses that the integers of the rows stand for.
    pub(in crate::transport) fn real_a(&self) -> Vec<f64> {
        self.a.iter().map(|w| w.to_f64() * self.unit).collect()
    }

    /// The masses that the integers of the columns stand for.
    pub(in crate::transport) fn real_b(&self) -> Vec<f64> {
        self.b.iter().map(|w| w.to_f64() * self.unit).collect()
    }
}

/// Masses in units of their mean.
pub(in crate::transport) fn relative(masses: &[i64]) -> Vec<f32> {
    let mean = masses.iter().map(|&w| w as f64).sum::<f64>() / masses.len() as f64;
    masses.iter().map(|&w| (w as f64 / mean) as f32).collect()
}

/// Adds `extra` units in proportion, the indivisible rest to the largest entry.
fn spread<M: WholeMass>(masses: &mut [M], extra: M) {
    let total = sum(masses);
    let mut rest = extra;
    for w in masses.iter_mut() {
        let share = M::share(extra, *w, total);
        *w += share;
        rest -= share;
    }
    if let Some(largest) = masses.iter_mut().max() {
        *largest += rest;
    }
}

pub(in crate::transport) fn sum<M: WholeMass>(masses: &[M]) -> M {
    masses.iter().fold(M::ZERO, |sum, &mass| sum + mass)
}

fn is_constant(w: &[f64]) -> bool {
    w.windows(2).all(|w| w[0].to_bits() == w[1].to_bits())
}

fn gcd(a: i64, b: i64) -> i64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// An arc of a basis and the mass it carries, which may be zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::transport) struct Flow {
    pub i: u32,
    pub j: u32,
    pub mass: i64,
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;

    fn check<M: WholeMass>(a: &[f64], b: &[f64]) {
        let masses = Masses::<M>::of(a, b);
        assert_eq!(sum(&masses.a), sum(&masses.b));
        let total: f64 = a.iter().sum();
        for (w, &k) in a.iter().zip(&masses.a).chain(b.iter().zip(&masses.b)) {
            assert!((k.to_f64() * masses.unit - w).abs() <= 1e-15 * total);
            assert!(k >= M::ZERO && (*w > 0.0 || k == M::ZERO));
        }
    }

    #[test]
    fn totals_are_equal_and_masses_kept() {
        let third = 1.0 / 3.0;
        for (a, b) in [
            (vec![0.1; 10], vec![0.5, 0.5]),
            (vec![third, third, third], vec![0.2, 0.8]),
            (vec![1e-300, 1.0], vec![1.0, 0.0, 1e-20]),
            (vec![20.0, 30.0, 25.0], vec![10.0, 35.0, 30.0]),
            (vec![1e200, 3e200], vec![4e200]),
        ] {
            check::<i64>(&a, &b);
            check::<i128>(&a, &b);
        }
    }

    #[test]
    fn whole_numbers_stay_whole() {
        let masses = Masses::<i64>::of(&[20.0, 30.0, 25.0], &[10.0, 35.0, 30.0]);
        assert_eq!(masses.real_a(), [20.0, 30.0, 25.0]);
        let uniform = Masses::<i64>::of(&[1.0 / 7.0; 7], &[1.0 / 7.0; 7]);
        assert_eq!((uniform.a[0], uniform.unit), (1, 1.0 / 7.0));
    }

    #[test]
    fn small_masses_are_lost_to_the_coarse_unit_only() {
        let (a, b) = ([1.0, 1e-20, 3e-25], [1e-20, 1.0, 3e-25]);
        let (coarse, fine) = (Masses::<i64>::of(&a, &b), Masses::<i128>::of(&a, &b));
        assert!((coarse.lost(&a, &b) - 2.00006e-20).abs() < 1e-30 && coarse.are_coarse(&a, &b));
        assert!(!fine.are_coarse(&a, &b));
        assert_eq!(fine.a[1].to_f64() * fine.unit, 1e-20);
        assert_eq!(Masses::<i64>::of(&[0.25, 0.75], &[0.5, 0.5]).lost(&[0.25, 0.75], &[0.5, 0.5]), 0.0);
    }

    #[test]
    fn units_scale_with_the_masses() {
        let w = [1.0 - f64::EPSILON / 2.0, 0.3, 1e-9];
        let unit = Masses::<i64>::of(&w, &w).unit;
        for k in [-800, -3, 1, 640] {
            let scaled = w.map(|w| times_power(w, k));
            assert_eq!(Masses::<i64>::of(&scaled, &scaled).unit, times_power(unit, k));
        }
    }
}
