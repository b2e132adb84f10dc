//! Rows that are equal.

use ndarray::{ArrayView1, ArrayView2};
use std::cmp::Ordering;

/// The rows of two matrices that equal another row of either, in groups of equal ones; rows of the second are counted on from those of the
/// first. O((n + m) d log(n + m)).
pub(crate) fn equal_rows(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Vec<Vec<usize>> {
    let n = x.nrows();
    let row = |i: usize| if i < n { x.row(i) } else { y.row(i - n) };
    let mut order: Vec<usize> = (0..n + y.nrows()).collect();
    order.sort_unstable_by(|&a, &b| lexicographic(row(a), row(b)));
    let groups = order.chunk_by(|&a, &b| lexicographic(row(a), row(b)).is_eq());
    groups.filter(|group| group.len() > 1).map(<[usize]>::to_vec).collect()
}

/// Equal as numbers: zero has two signs.
#[allow(clippy::float_cmp)]
pub(crate) fn equal(a: f64, b: f64) -> bool {
    a == b
}

pub(crate) fn lexicographic(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> Ordering {
    let each = a.iter().zip(b).map(|(a, b)| if equal(*a, *b) { Ordering::Equal } else { a.total_cmp(b) });
    each.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
