//! Products of all rows with each other, a tile at a time: in single precision where they are many, with a bound of what that costs.
//!
//! With the mean `c` of the rows, `x·y = (x-c)·(y-c) + x·c + y·c - |c|²`. The first term is small. It is multiplied in single precision over short runs of
//! columns, and the runs are added up in double precision. A run of `k` terms with unit roundoff `u = 2⁻²⁴` errs by at most `k u |x||y|`, and rounding the
//! factors by `2 u |x||y|` (Higham 2002, section 3.1, doi:10.1137/1.9780898718027). The other terms are computed in double precision.

use crate::linalg;
use multiversion::multiversion;
use ndarray::{Array2, ArrayView1, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, s};
use std::ops::Range;

/// Multiplications beyond which single precision is used: seconds of a core.
const MANY: f64 = 5e10;
/// Columns of a run.
const RUN: usize = 256;
/// Unit roundoff of single precision.
const U: f64 = 1.0 / (1u64 << 24) as f64;
/// Squared norms that single precision holds with room to spare.
const SIZES: Range<f64> = 1e-25..1e30;

/// Rows that are multiplied with each other.
pub(super) enum Products<'a> {
    Double(ArrayView2<'a, f64>),
    Single {
        /// Less their mean.
        rows: Array2<f32>,
        /// `x·c - |c|²/2` of each.
        along: Vec<f64>,
        /// Of the rows less their mean.
        norms: Vec<f64>,
        /// Of all products of rows.
        largest: f64,
    },
}

impl<'a> Products<'a> {
    pub(super) fn new(rows: ArrayView2<'a, f64>) -> Self {
        let (n, d) = rows.dim();
        let many = n as f64 * n as f64 * d as f64 > MANY;
        many.then(|| Self::single(rows)).flatten().unwrap_or(Self::Double(rows))
    }

    /// None where single precision cannot hold them.
    fn single(rows: ArrayView2<'_, f64>) -> Option<Self> {
        let mean = rows.mean_axis(Axis(0))?;
        let half = mean.dot(&mean) / 2.0;
        let along = rows.rows().into_iter().map(|row| row.dot(&mean) - half).collect();
        let mut single = Array2::zeros(rows.dim());
        let squared = |(row, mut to): (ArrayView1<'_, f64>, ArrayViewMut1<'_, f32>)| {
            let mut square = 0.0;
            for ((t, mean), to) in row.iter().zip(&mean).zip(&mut to) {
                let from = t - mean;
                square += from * from;
                *to = from as f32;
            }
            square
        };
        let norms: Vec<f64> = rows.rows().into_iter().zip(single.rows_mut()).map(squared).collect();
        let held = SIZES.contains(&norms.iter().copied().fold(0.0, f64::max));
        let norms = norms.into_iter().map(f64::sqrt).collect();
        let largest = rows.rows().into_iter().map(|row| row.dot(&row)).fold(0.0, f64::max);
        held.then_some(Self::Single { rows: single, along, norms, largest })
    }

    /// The products of some rows with some others; `run` is room for those of a run.
    pub(super) fn tile(
        &self,
        rows: Range<usize>,
        columns: Range<usize>,
        mut tile: ArrayViewMut2<'_, f64>,
        run: &mut Vec<f32>,
    ) {
        match self {
            Self::Double(all) => {
                let (x, y) = (all.slice(s![rows, ..]), all.slice(s![columns, ..]));
                linalg::matmul_into(1.0, x, y.t(), 0.0, tile);
            }
            Self::Single { rows: all, along, .. } => {
                for (mut row, &of_row) in tile.rows_mut().into_iter().zip(&along[rows.clone()]) {
                    row.iter_mut().zip(&along[columns.clone()]).for_each(|(t, of_column)| *t = of_row + of_column);
                }
                run.resize(tile.len(), 0.0);
                for first in (0..all.ncols()).step_by(RUN) {
                    let last = (first + RUN).min(all.ncols());
                    let [x, y] = [&rows, &columns].map(|few| all.slice(s![few.clone(), first..last]));
                    let Ok(products) = ArrayViewMut2::from_shape(tile.dim(), run) else {
                        unreachable!("it has as many entries as the tile")
                    };
                    linalg::matmul_into(1.0, x, y.t(), 0.0, products);
                    let Some(sums) = tile.as_slice_mut() else { unreachable!("a tile is in standard layout") };
                    add(sums, run);
                }
            }
        }
    }

    /// By what products err, and the largest of them: a product of two rows errs by no more than the product of their entries. None in double precision.
    pub(super) fn errors(&self) -> Option<(Vec<f64>, f64)> {
        match self {
            Self::Double(_) => None,
            Self::Single { norms, largest, .. } => {
                // a little more than the bound, for the squares of the roundoff
                let unit = ((RUN + 3) as f64 * U).sqrt();
                Some((norms.iter().map(|norm| unit * norm).collect(), *largest))
            }
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn add(sums: &mut [f64], run: &[f32]) {
    sums.iter_mut().zip(run).for_each(|(sum, t)| *sum += f64::from(*t));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    #[test]
    fn single_precision_errs_by_no_more_than_its_bound() {
        let mut rng = stream(3, 0);
        // far from the origin, with rows of very different length
        let entry = |(i, _): (usize, usize)| 7.0 + (1 + i % 50) as f64 * (rng.random::<f64>() - 0.3);
        let rows = Array2::from_shape_fn((150, 2 * RUN + 9), entry);
        let single = Products::single(rows.view()).unwrap();
        let (errors, _) = single.errors().unwrap();
        let tile = |products: &Products<'_>| {
            let mut tile = Array2::zeros((40, 50));
            products.tile(0..40, 100..150, tile.view_mut(), &mut vec![7.0; 3]);
            tile
        };
        let exact = tile(&Products::new(rows.view()));
        let mut largest = 0.0f64;
        for ((i, j), found) in tile(&single).indexed_iter() {
            let error = (found - exact[[i, j]]).abs();
            assert!(error <= errors[i] * errors[100 + j] + 1e-12 * exact[[i, j]].abs());
            largest = largest.max(error / (errors[i] * errors[100 + j]));
        }
        assert!(largest > 1e-4, "the bound is not absurd: {largest}");
    }
}
