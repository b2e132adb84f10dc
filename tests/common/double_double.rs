//! Numbers of about 32 digits, as unevaluated sums of two doubles: what the independent twins are computed in.
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

    /// `e^x` by halving the argument nine times before Taylor's series.
    pub fn exp(self) -> Self {
        if self.hi < 0.0 {
            return Self::from(1.0) / (-self).exp();
        }
        let x = self * Self::from(1.0 / 512.0);
        let (mut term, mut sum) = (x, x);
        for k in 2..=18 {
            term = term * x / Self::from(f64::from(k));
            sum = sum + term;
        }
        // doubling on e^x - 1 keeps the digits: (1+s)^2 - 1 = s (2+s)
        for _ in 0..9 {
            sum = sum * (Self::from(2.0) + sum);
        }
        Self::from(1.0) + sum
    }

    /// `ln x` by two Newton steps from the logarithm in double precision.
    pub fn ln(self) -> Self {
        let mut y = Self::from(self.hi.ln());
        for _ in 0..2 {
            y = y + self * (-y).exp() - Self::from(1.0);
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
