//! Squared distances between the rows of two matrices, a block of rows at a time.
//!
//! A block is one matrix product, `|x|² + |y|² - 2 x·y`. That form cancels for close points, so
//!
//! - both clouds are shifted by the same point near their mean first. The shift is a multiple of a power of two, so
//!   data on a grid (integers, sixteenths) stay on it and their distances are exact;
//! - an entry that lost more than four digits is computed again from the differences.
//!
//! What remains is a relative error of about 1e-12. Where a comparison needs more digits, [`Clouds::exact`] sums the
//! differences of the coordinates, in an order that does not depend on the order of the two points.

use crate::linalg;
use multiversion::multiversion;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Rows per block: the memory of a pass is `BLOCK` rows of distances a thread.
pub(crate) const BLOCK: usize = 128;
/// Two squared distances closer than this, relatively, are compared from the differences.
pub(crate) const TIE: f64 = 1e-9;
/// An entry below this share of `|x|² + |y|²` is computed again from the differences.
const CANCELLED: f64 = 1e-4;

/// Two clouds, and the same in a common frame.
pub(crate) struct Clouds<'a> {
    raw: (ArrayView2<'a, f64>, ArrayView2<'a, f64>),
    x: Array2<f64>,
    y: Array2<f64>,
    x_norms: Vec<f64>,
    y_norms: Vec<f64>,
}

impl<'a> Clouds<'a> {
    pub(crate) fn new(x: ArrayView2<'a, f64>, y: ArrayView2<'a, f64>) -> Self {
        let centre = centre(x, y);
        let raw = (x, y);
        let (x, y) = (&x - &centre, &y - &centre);
        let norms = |a: &Array2<f64>| a.rows().into_iter().map(|r| r.dot(&r)).collect();
        Self { raw, x_norms: norms(&x), y_norms: norms(&y), x, y }
    }

    /// Both clouds in the common frame, and their squared norms.
    pub(crate) fn centred(&self) -> [(&Array2<f64>, &[f64]); 2] {
        [(&self.x, &self.x_norms), (&self.y, &self.y_norms)]
    }

    pub(crate) fn rows(&self) -> usize {
        self.x.nrows()
    }

    pub(crate) fn columns(&self) -> usize {
        self.y.nrows()
    }

    /// Squared distances of the `x` in `first..first + BLOCK` (or to the end) to every `y`.
    pub(crate) fn block(&self, first: usize) -> Array2<f64> {
        let rows = first..(first + BLOCK).min(self.rows());
        let mut out = Array2::zeros((rows.len(), self.columns()));
        self.tile(rows, 0..self.columns(), out.view_mut());
        out
    }

    /// Squared distances of some `x` to some `y`.
    pub(crate) fn tile(&self, rows: Range<usize>, columns: Range<usize>, mut out: ArrayViewMut2<'_, f64>) {
        let (x, y) = (self.x.slice(s![rows.clone(), ..]), self.y.slice(s![columns.clone(), ..]));
        linalg::matmul_into(-2.0, x, y.t(), 0.0, out.view_mut());
        let y_norms = &self.y_norms[columns.clone()];
        for (i, mut row) in rows.zip(out.rows_mut()) {
            let Some(row) = row.as_slice_mut() else { unreachable!("a row of a standard layout") };
            for (first, few) in columns.clone().step_by(FEW).zip(row.chunks_mut(FEW)) {
                let norms = &y_norms[first - columns.start..][..few.len()];
                if add_norms(few, self.x_norms[i], norms) {
                    for (j, (entry, y_norm)) in (first..).zip(few.iter_mut().zip(norms)) {
                        if *entry <= CANCELLED * (self.x_norms[i] + y_norm) {
                            *entry = self.exact(i, j);
                        }
                    }
                }
            }
        }
    }

    /// The squared distance from the differences: the same bits for the same two points, whichever comes first and
    /// whatever the other points are; 0 for equal points.
    pub(crate) fn exact(&self, i: usize, j: usize) -> f64 {
        squared_distance(self.raw.0.row(i), self.raw.1.row(j))
    }
}

/// Entries that are completed at once.
const FEW: usize = 64;

/// Adds the squared norms to the products: whether any digits were lost.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn add_norms(products: &mut [f64], x_norm: f64, y_norms: &[f64]) -> bool {
    let mut cancelled = false;
    for (entry, y_norm) in products.iter_mut().zip(y_norms) {
        let scale = x_norm + y_norm;
        *entry += scale;
        cancelled |= *entry <= CANCELLED * scale;
    }
    cancelled
}

/// As [`merge_rows`] for blocks of [`BLOCK`] rows.
pub(crate) fn merge_blocks<T: Send>(rows: usize, task: impl Fn(usize) -> T + Sync + Send, merge: impl FnMut(T)) {
    merge_rows(BLOCK, rows, task, merge);
}

/// Runs `task` on the first row of every block of so many rows, on all threads; `merge` sees the results in the order of the rows,
/// and no more than a few are held at a time.
pub(crate) fn merge_rows<T: Send>(
    block: usize,
    rows: usize,
    task: impl Fn(usize) -> T + Sync + Send,
    mut merge: impl FnMut(T),
) {
    let starts: Vec<usize> = (0..rows).step_by(block).collect();
    for few in starts.chunks(4 * rayon::current_num_threads()) {
        let results: Vec<T> = few.par_iter().map(|&first| task(first)).collect();
        results.into_iter().for_each(&mut merge);
    }
}

/// The results of `task` on the first row of every block, in the order of the rows.
pub(crate) fn for_blocks<T: Send>(rows: usize, task: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    let mut all = Vec::with_capacity(rows.div_ceil(BLOCK));
    merge_blocks(rows, task, |result| all.push(result));
    all
}

pub(crate) fn squared_distance(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
    x.iter().zip(y).map(|(a, b)| (a - b) * (a - b)).sum()
}

/// The pooled mean, each coordinate rounded to a power of two below the pooled spread of its column.
fn centre(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array1<f64> {
    let n = (x.nrows() + y.nrows()) as f64;
    x.axis_iter(Axis(1))
        .zip(y.axis_iter(Axis(1)))
        .map(|(a, b)| {
            let mean = (a.sum() + b.sum()) / n;
            let spread = (a.iter().chain(b).map(|v| (v - mean) * (v - mean)).sum::<f64>() / n).sqrt();
            if spread > 0.0 {
                let step = spread.log2().floor().exp2();
                (mean / step).round() * step
            } else {
                a[0]
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    #[test]
    fn integers_far_from_the_origin_have_exact_distances() {
        let mut rng = stream(1, 0);
        let x = Array2::from_shape_simple_fn((200, 7), || 1e9 + f64::from(rng.random_range(0..17)));
        let y = Array2::from_shape_simple_fn((31, 7), || 1e9 + f64::from(rng.random_range(0..17)));
        let clouds = Clouds::new(x.view(), y.view());
        for first in [0, BLOCK] {
            for ((i, j), &d) in clouds.block(first).indexed_iter() {
                assert_eq!(d, squared_distance(x.row(first + i), y.row(j)));
            }
        }
    }

    #[test]
    fn close_points_keep_their_digits() {
        let mut rng = stream(2, 0);
        let x = Array2::from_shape_simple_fn((40, 5), || 1e3 * rng.random::<f64>());
        let y = x.mapv(|v| v + 1e-5 * (v % 1.0));
        let block = Clouds::new(x.view(), y.view()).block(0);
        for ((i, j), &d) in block.indexed_iter() {
            let direct = squared_distance(x.row(i), y.row(j));
            assert!((d - direct).abs() <= TIE * direct, "{d} {direct}");
        }
    }
}
