//! The mean cost, by which a regularisation is measured and from which it descends.

use crate::error::{Error, Result};
use crate::numeric::Sum;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::sweep::parts;
use crate::transport::problem::cost::{Cost, Ground};
use crate::transport::problem::total;
use ndarray::ArrayView2;
use rayon::prelude::*;
use std::ops::Range;

/// The mean of `|c_ij|` under the product of the masses, over arcs that are not forbidden. O((n + m) d) for squared
/// Euclidean costs, otherwise O(n m).
///
/// # Errors
/// A mean that overflows.
pub(in crate::transport) fn mean_cost(cost: &Cost, rows: &CostRows<'_, f64>, [a, b]: [&[f64]; 2]) -> Result<f64> {
    let share = |masses: &[f64]| {
        let total = total(masses);
        masses.iter().map(|w| w / total).collect::<Vec<f64>>()
    };
    let (a, b) = (share(a), share(b));
    let mean = match cost.points() {
        Some((x, y, Ground::SqEuclidean)) => of_squares(x, y, &a, &b),
        _ => of_rows(rows, &a, &b),
    };
    if mean.is_finite() {
        return Ok(mean);
    }
    Err(Error::out_of_domain("mean cost", mean, "a finite number; rescale the costs"))
}

/// About the mean of `x` the product term of `|x - y|²` vanishes.
fn of_squares(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, a: &[f64], b: &[f64]) -> f64 {
    let by_column = |k: usize| {
        let mean = Sum::of(x.column(k).iter().zip(a).map(|(x, w)| w * x));
        let spread = |(p, w): (&f64, &f64)| w * (p - mean) * (p - mean);
        Sum::of(x.column(k).into_iter().zip(a).chain(y.row(k).into_iter().zip(b)).map(spread))
    };
    (0..x.ncols()).map(by_column).sum()
}

fn of_rows(rows: &CostRows<'_, f64>, a: &[f64], b: &[f64]) -> f64 {
    let part = |range: Range<usize>| {
        let (mut cost, mut mass) = (Sum::new(), Sum::new());
        rows.for_each(range, |i, costs| {
            let (mut row, mut open) = (0.0, 0.0);
            for (c, b) in costs.iter().zip(b) {
                let w = if *c < f64::INFINITY { *b } else { 0.0 };
                row += if w > 0.0 { w * c.abs() } else { 0.0 };
                open += w;
            }
            cost.add(a[i] * row);
            mass.add(a[i] * open);
        });
        [cost.value(), mass.value()]
    };
    let parts: Vec<[f64; 2]> = parts(a.len()).into_par_iter().map(part).collect();
    let sum = |k: usize| Sum::of(parts.iter().map(|part| part[k]));
    if sum(1) > 0.0 { sum(0) / sum(1) } else { 0.0 }
}
