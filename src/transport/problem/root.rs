//! How a cost becomes a distance.

use crate::numeric::times_power;

/// How a cost becomes a distance: by the p-th root. Where the cost is rounded more than the distance is, the bracket of the distance.
#[derive(Debug, Clone, Copy)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub(in crate::transport) struct Root {
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub p: f64,
    #[cfg_attr(feature = "serde", serde(with = "crate::serial"))]
    pub bracket: Option<(f64, f64)>,
}

impl From<f64> for Root {
    fn from(p: f64) -> Self {
        Self { p, bracket: None }
    }
}

impl Root {
    /// With the roots of a bracket in units of `2^k`.
    pub(in crate::transport) fn in_unit(self, (dual, primal): (f64, f64), k: i32) -> Self {
        let root = |cost: f64| {
            if self.p <= 1.0 {
                times_power(cost, k)
            } else if (self.p - 2.0).abs() < f64::EPSILON {
                times_power(root_of(times_power(cost, k.rem_euclid(2)), 2.0), k.div_euclid(2))
            } else {
                root_of(cost, self.p) * f64::exp2(f64::from(k) / self.p)
            }
        };
        Self { bracket: Some((root(dual), root(primal))), ..self }
    }
}

/// The cost or distance of a p-th power; roots exact where they are (1, 2).
pub(in crate::transport) fn root_of(cost: f64, p: f64) -> f64 {
    if (p - 1.0).abs() < f64::EPSILON {
        cost
    } else if (p - 2.0).abs() < f64::EPSILON {
        cost.max(0.0).sqrt()
    } else {
        cost.max(0.0).powf(p.recip())
    }
}
