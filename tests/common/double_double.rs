//! Numbers of about 32 digits, as unevaluated sums of two doubles, in which the independent twins are computed.
//!
//! Dekker's and Knuth's error-free transformations (doi:10.1007/BF01397083); slow and short.

#![allow(dead_code)]

use std::ops::{Add, Div, Mul, Neg, Sub};

#[derive(Debug, Clone, Copy)]
pub struct Dd {
    hi: f64,
    lo: f64,
}

impl Dd {
    pub const ZERO: Self = Self { hi: 0.0, lo: 0.0 };
    pub const LN_2: Self = Self { hi: std::f64::consts::LN_2, lo: 2.319_046_813_846_299_6e-17 };

    pub fn to_f64(self) -> f64 {
        if self.hi.is_finite() { self.hi + self.lo } else { self.hi }
    }

    pub fn is_zero(self) -> bool {
        self.hi == 0.0
    }

    pub fn abs(self) -> Self {
        if self.hi < 0.0 { -self } else { self }
    }

    pub fn sqrt(self) -> Self {
        if self.is_zero() {
            return self;
        }
        let x = Self::from(self.hi.sqrt());
        (x + self / x) * Self::from(0.5)
    }

    /// `e^x`: the multiple of `ln 2` taken out, the rest halved nine times before Taylor's series.
    pub fn exp(self) -> Self {
        let k = (self.hi / std::f64::consts::LN_2).round();
        let half = 2f64.powi((0.5 * k) as i32);
        let rest = 2f64.powi(k as i32 - (0.5 * k) as i32);
        (Self::from(1.0) + (self - Self::LN_2 * Self::from(k)).small_exp_m1()) * Self::from(half) * Self::from(rest)
    }

    /// `e^x - 1`.
    pub fn exp_m1(self) -> Self {
        if self.hi.abs() < 0.5 { self.small_exp_m1() } else { self.exp() - Self::from(1.0) }
    }

    fn small_exp_m1(self) -> Self {
        let x = self * Self::from(1.0 / 512.0);
        let (mut term, mut sum) = (x, x);
        for k in 2..=12 {
            term = term * x / Self::from(f64::from(k));
            sum = sum + term;
        }
        // doubling on e^x - 1 keeps the digits: (1+s)^2 - 1 = s (2+s)
        for _ in 0..9 {
            sum = sum * (Self::from(2.0) + sum);
        }
        sum
    }

    /// `ln x` by two Newton steps from the logarithm in double precision.
    pub fn ln(self) -> Self {
        let mut y = Self::from(self.hi.ln());
        for _ in 0..2 {
            y = y + self * (-y).exp() - Self::from(1.0);
        }
        y
    }

    /// `ln(1 + x)`, by the same steps on `e^y - 1` where `x` is small.
    pub fn ln_1p(self) -> Self {
        if self.hi.abs() > 0.5 {
            return (Self::from(1.0) + self).ln();
        }
        let mut y = Self::from(self.hi.ln_1p());
        for _ in 0..2 {
            let s = y.exp_m1();
            y = y + (self - s) / (Self::from(1.0) + s);
        }
        y
    }
}

impl From<f64> for Dd {
    fn from(hi: f64) -> Self {
        Self { hi, lo: 0.0 }
    }
}

fn two_sum(a: f64, b: f64) -> (f64, f64) {
    let s = a + b;
    let shadow = s - a;
    (s, (a - (s - shadow)) + (b - shadow))
}

fn renormalised(a: f64, b: f64) -> Dd {
    let (hi, lo) = two_sum(a, b);
    Dd { hi, lo }
}

impl Add for Dd {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        let (s, e) = two_sum(self.hi, other.hi);
        let (t, f) = two_sum(self.lo, other.lo);
        let first = renormalised(s, e + t);
        renormalised(first.hi, first.lo + f)
    }
}

impl Neg for Dd {
    type Output = Self;
    fn neg(self) -> Self {
        Self { hi: -self.hi, lo: -self.lo }
    }
}

impl Sub for Dd {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self + -other
    }
}

impl Mul for Dd {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        let product = self.hi * other.hi;
        let error = self.hi.mul_add(other.hi, -product);
        renormalised(product, error + (self.hi * other.lo + self.lo * other.hi))
    }
}

impl Div for Dd {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        let first = self.hi / other.hi;
        let rest = self - other * Self::from(first);
        let second = rest.hi / other.hi;
        let rest = rest - other * Self::from(second);
        renormalised(first, second) + Self::from(rest.hi / other.hi)
    }
}
