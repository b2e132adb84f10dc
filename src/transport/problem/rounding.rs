//! From a matrix that nearly is a plan to one that is.
//!
//! Source: Altschuler, Weed, Rigollet 2017 (arXiv:1705.09634), algorithm 2.

use crate::numeric::Sum;
use crate::transport::problem::total;
use ndarray::{Array2, ArrayView2, Axis};

/// Row sums and column sums, compensated.
pub(in crate::transport) fn sums(plan: ArrayView2<'_, f64>) -> (Vec<f64>, Vec<f64>) {
    let along = |axis| plan.axis_iter(axis).map(|line| Sum::of(line.iter().copied())).collect();
    (along(Axis(0)), along(Axis(1)))
}

/// Gives a non-negative matrix the marginals `a` and `b`, whose totals agree: what is too heavy is scaled down, and what is
/// then missing is added as a rank-one term. Moves no more than twice the L1 error of the marginals.
pub(in crate::transport) fn round(plan: &mut Array2<f64>, a: &[f64], b: &[f64]) {
    for (axis, masses) in [(Axis(0), a), (Axis(1), b)] {
        for (mut line, &mass) in plan.axis_iter_mut(axis).zip(masses) {
            let sum = Sum::of(line.iter().copied());
            if sum > mass {
                line *= mass / sum;
            }
        }
    }
    let (rows, columns) = sums(plan.view());
    let missing = |masses: &[f64], sums: &[f64]| -> Vec<f64> {
        masses.iter().zip(sums).map(|(mass, sum)| (mass - sum).max(0.0)).collect()
    };
    let (r, s) = (missing(a, &rows), missing(b, &columns));
    let mass = total(&s);
    if mass > 0.0 {
        for (mut line, r) in plan.rows_mut().into_iter().zip(&r) {
            if *r > 0.0 {
                line.iter_mut().zip(&s).for_each(|(p, s)| *p += r * (s / mass));
            }
        }
    }
}
