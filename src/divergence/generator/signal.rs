//! The arithmetic in which the head of a critic is written.
//!
//! A head is trained through a tape of automatic differentiation and checked on plain numbers. Both are a [`Signal`], so the
//! formula of a head is written once.

use crate::numeric::softplus;
use std::ops::{Add, Neg};

/// A number, or a node of a tape that stands for one.
pub(crate) trait Signal: Copy + Neg<Output = Self> + Add<Output = Self> {
    /// Plus a constant.
    fn shift(self, by: f64) -> Self;
    /// Times a constant.
    fn scale(self, by: f64) -> Self;
    /// `e^x`.
    fn exp(self) -> Self;
    /// `ln(1 + e^x)`.
    fn softplus(self) -> Self;
    /// The hyperbolic tangent.
    fn tanh(self) -> Self;
    /// `max(x, 0)`.
    fn relu(self) -> Self;
    /// `x^2`.
    fn square(self) -> Self;
}

impl Signal for f64 {
    fn shift(self, by: f64) -> Self {
        self + by
    }
    fn scale(self, by: f64) -> Self {
        self * by
    }
    fn exp(self) -> Self {
        self.exp()
    }
    fn softplus(self) -> Self {
        softplus(self)
    }
    fn tanh(self) -> Self {
        self.tanh()
    }
    fn relu(self) -> Self {
        self.max(0.0)
    }
    fn square(self) -> Self {
        self * self
    }
}
