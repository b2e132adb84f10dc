//! The p-th power of a distance, in a unit of length in which it neither overflows nor underflows.
//!
//! `(2^-170)^20` is no number of the machine, but `W_20` of two points that far apart is. Distances are divided by a power of
//! two first, and the answer is multiplied by it.

use crate::error::{Error, Result};
use crate::numeric::{exponent, times_power};

/// `|difference / unit|^p`, where the unit is a power of two (or `p` is so large that rounding the quotient is harmless).
#[derive(Debug, Clone, Copy)]
pub(in crate::transport) struct Power {
    pub p: f64,
    pub unit: f64,
}

/// Powers down to `2^-RANGE`, and up to `2^RANGE`, leave room for masses and sums.
const RANGE: f64 = 800.0;
/// From this power on the unit is the largest distance itself, whose power is one.
const LARGE: f64 = 100.0;
/// The least exponent of a number.
const LEAST: i32 = -1074;

impl Power {
    /// In the unit of the data.
    pub(in crate::transport) fn plain(p: f64) -> Self {
        Self { p, unit: 1.0 }
    }

    /// In a unit in which distances are at most about one, if `largest` is the largest of them. Where the power needs no unit
    /// (`p = 1`, or squares that are well within range) it is one.
    pub(in crate::transport) fn about(largest: f64, p: f64) -> Self {
        let size = exponent(largest);
        let plain = p <= 1.0 && f64::from(size) < RANGE || is_square(p) && 2.0 * f64::from(size.abs()) < RANGE;
        Self { p, unit: if plain { 1.0 } else { times_power(1.0, size) } }
    }

    /// Whether the unit is that of the data.
    #[allow(clippy::float_cmp)] // a unit is one, or it is not
    pub(in crate::transport) fn is_plain(self) -> bool {
        self.unit == 1.0
    }

    /// In a unit for the distances over which mass moves, the largest of which is this; other powers may overflow.
    pub(in crate::transport) fn of_moved(farthest: f64, p: f64) -> Self {
        if p > LARGE && farthest > 0.0 { Self { p, unit: farthest } } else { Self::about(farthest, p) }
    }

    /// In the smallest unit in which the power of the largest distance is still in range.
    pub(in crate::transport) fn finest(largest: f64, p: f64) -> Self {
        let size = exponent(largest) + 1 - (RANGE / p) as i32;
        Self { p, unit: times_power(1.0, size.max(LEAST)) }
    }

    /// Whether the power of this distance is so small that it, or its product with a mass, loses digits.
    pub(in crate::transport) fn underflows(self, distance: f64) -> bool {
        distance > 0.0 && self.p * f64::from(exponent(distance) - exponent(self.unit)) < -RANGE
    }

    #[inline(always)]
    pub(in crate::transport) fn of(self, difference: f64) -> f64 {
        power(difference / self.unit, self.p)
    }

    /// The length whose power is this.
    pub(in crate::transport) fn root(self, power: f64) -> f64 {
        crate::transport::problem::root::root_of(power, self.p) * self.unit
    }
}

/// `|difference|^p`.
#[inline(always)]
pub(in crate::transport) fn power(difference: f64, p: f64) -> f64 {
    if p <= 1.0 {
        difference.abs()
    } else if is_square(p) {
        difference * difference
    } else {
        difference.abs().powf(p)
    }
}

pub(in crate::transport) fn is_square(p: f64) -> bool {
    (p - 2.0).abs() < f64::EPSILON
}

pub(in crate::transport) fn check_power(p: f64) -> Result<()> {
    if p >= 1.0 && p.is_finite() {
        return Ok(());
    }
    Err(Error::out_of_domain("p", p, "a finite power of at least 1"))
}
