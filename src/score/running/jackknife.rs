//! The error and the bias of a statistic from what it is without a group of rows.

use crate::numeric::variance;

/// Rows are in the group of their number modulo this.
pub(in crate::score) const GROUPS: usize = 20;

/// The 0.95-quantile of Student's law with one degree of freedom less than there are groups, for intervals at 90 %.
pub(in crate::score) const STUDENT: f64 = 1.729_132_811_521_367_7;

/// What groups say about a statistic of two samples.
#[derive(Debug, Clone, Copy)]
pub(in crate::score) struct Jackknife {
    pub(in crate::score) error: f64,
    pub(in crate::score) bias: f64,
}

impl Jackknife {
    /// From the statistic of all rows, and without each group of either sample.
    pub(in crate::score) fn of(all: f64, without: [&[f64]; 2]) -> Self {
        let of_one = |without: &[f64]| {
            let groups = without.len() as f64;
            let mean = without.iter().sum::<f64>() / groups;
            ((groups - 1.0) * (groups - 1.0) / groups * variance(without), (groups - 1.0) * (mean - all))
        };
        let ([x, y], [u, v]) = (without, without.map(of_one).map(|(variance, _)| variance));
        Self { error: (u + v).sqrt(), bias: of_one(x).1 + of_one(y).1 }
    }
}
