//! CostRows of a cost in the precision and by the route that is fastest for reading them all, again and again.
//!
//! A matrix is read where it is. Points of few dimensions are faster computed than read. In many dimensions
//! `|x - y|² = |x|² + |y|² - 2 x·y` makes a block of rows one matrix product; where that cancels (points close together
//! and far from the origin) the entry is computed again from the differences. What is computed slowly and fits a table
//! is computed once.
//!
//! Products round otherwise than differences, which far from the centre shows in a plan: the last pass, which proves the
//! result, takes differences, and so does a table in double precision, so that it serves for that pass too.

pub(in crate::transport) mod lanes;
pub(in crate::transport) mod sweep;

use crate::linalg::matmul_into;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::problem::cost::{Cost, Ground};
use lanes::CANCELLED;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, s};
use std::borrow::Cow;
use std::ops::Range;

/// The costs, n×m.
pub(in crate::transport) struct CostRows<'a, T: Float> {
    shape: (usize, usize),
    kind: Kind<'a, T>,
    /// Whether the entries have the bits that `Cost` gives them.
    exact: bool,
}

enum Kind<'a, T: Float> {
    Table(Cow<'a, [T]>),
    /// `x` is n×d, `y` is d×m, both about a common centre.
    Points {
        x: Array2<T>,
        y: Array2<T>,
        ground: Ground,
    },
    /// The same for Euclidean grounds, with the squared lengths.
    Product {
        x: Array2<T>,
        y: Array2<T>,
        xx: Vec<T>,
        yy: Vec<T>,
        ground: Ground,
    },
}

/// Up to this dimension a cost is computed as fast as it is read.
const COMPUTED: usize = 4;
/// From this dimension on a matrix product is faster than differences.
const PRODUCT: usize = 12;
/// Largest table, in bytes.
const TABLE: usize = 1 << 28;
/// Entries of a block of rows: what a second-level cache holds.
const BLOCK: usize = 1 << 17;
/// Parts of a table that threads take turns at.
const TASKS: usize = 32;
/// Coordinates of a block of columns: what a first-level cache holds.
const TILE: usize = 1 << 12;

impl<'a, T: Float> CostRows<'a, T> {
    pub(in crate::transport) fn of(cost: &'a Cost) -> Self {
        // of a table in double precision the last pass needs no other
        Self::by(cost, if !T::SINGLE && Self::fits(cost.shape()) { usize::MAX } else { PRODUCT })
    }

    /// Whether a table of this shape is not too large.
    fn fits((n, m): (usize, usize)) -> bool {
        n * m * size_of::<T>() <= TABLE
    }

    fn by(cost: &'a Cost, product: usize) -> Self {
        let shape = cost.shape();
        if let Some(table) = cost.table() {
            return Self { shape, kind: Kind::Table(T::table(table)), exact: !T::SINGLE };
        }
        let (x, y, ground) = cost.points().expect("a cost is a table or between points");
        let kind = Self::between(x, y, ground, product);
        let exact = !T::SINGLE && matches!(kind, Kind::Points { .. });
        let computed = Self { shape, kind, exact };
        if x.ncols() > COMPUTED && Self::fits(shape) { computed.tabulated() } else { computed }
    }

    fn between(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, ground: Ground, product: usize) -> Kind<'a, T> {
        let product = x.ncols() >= product && matches!(ground, Ground::SqEuclidean | Ground::Euclidean);
        // About a common centre the numbers are smaller, which is what their rounding is in proportion to. Differences in
        // double precision are left as they are, so that they have the bits that `Cost` gives them.
        let (x, y) = if product || T::SINGLE {
            let middle = x.mean_axis(Axis(0)).expect("points") + y.mean_axis(Axis(1)).expect("points");
            let centre = middle / 2.0;
            ((&x - &centre).mapv(T::of), (&y - &centre.insert_axis(Axis(1))).mapv(T::of))
        } else {
            (x.mapv(T::of), y.mapv(T::of))
        };
        if !product {
            return Kind::Points { x, y, ground };
        }
        let square = |p: ndarray::ArrayView1<'_, T>| p.iter().fold(T::zero(), |sum, t| sum + *t * *t);
        let (xx, yy) = (x.rows().into_iter().map(square).collect(), y.columns().into_iter().map(square).collect());
        Kind::Product { x, y, xx, yy, ground }
    }

    fn tabulated(self) -> Self {
        use rayon::prelude::*;
        let (n, m) = self.shape;
        let mut table = vec![T::zero(); n * m];
        let rows = n.div_ceil(TASKS).max(4);
        table.par_chunks_mut(rows * m).enumerate().for_each(|(k, block)| {
            self.fill(k * rows, ArrayViewMut2::from_shape((block.len() / m, m), block).expect("whole rows"));
        });
        Self { shape: (n, m), kind: Kind::Table(Cow::Owned(table)), exact: self.exact }
    }

    /// The same costs with the bits that `Cost` gives them, if these have not. What is proven must hold for those.
    pub(in crate::transport) fn made_exact(&self, cost: &'a Cost) -> Option<Self> {
        (!self.exact).then(|| Self::by(cost, usize::MAX))
    }

    pub(in crate::transport) fn shape(&self) -> (usize, usize) {
        self.shape
    }

    fn block_rows(&self) -> usize {
        (BLOCK / self.shape.1).clamp(4, 64)
    }

    /// Calls `visit(i, row)` for the rows of a range, in order.
    pub(in crate::transport) fn for_each(&self, range: Range<usize>, mut visit: impl FnMut(usize, &[T])) {
        let m = self.shape.1;
        if let Kind::Table(table) = &self.kind {
            return range.for_each(|i| visit(i, &table[i * m..(i + 1) * m]));
        }
        let rows = match &self.kind {
            Kind::Points { x, .. } if x.ncols() <= COMPUTED => 1,
            _ => self.block_rows(),
        };
        let mut block = Array2::from_elem((rows.min(range.len().max(1)), m), T::zero());
        for first in range.clone().step_by(rows) {
            let mut block = block.slice_mut(s![..rows.min(range.end - first), ..]);
            self.fill(first, block.view_mut());
            for (i, row) in block.rows().into_iter().enumerate() {
                visit(first + i, row.to_slice().expect("rows of a new array are contiguous"));
            }
        }
    }

    /// Writes the rows from `first` on.
    fn fill(&self, first: usize, mut out: ArrayViewMut2<'_, T>) {
        match &self.kind {
            Kind::Table(_) => unreachable!("a table is read where it is"),
            Kind::Points { x, y, ground } if out.nrows() == 1 => {
                let row = out.as_slice_mut().expect("contiguous");
                T::distances(slice_of(x, first), y.as_slice().expect("standard layout"), *ground, row);
            }
            Kind::Points { x, y, ground } => {
                // a few columns at a time, read from the cache by all rows
                let width = (TILE / y.nrows()).max(32).min(self.shape.1);
                for (k, mut tile) in out.axis_chunks_iter_mut(Axis(1), width).enumerate() {
                    let y = y.slice(s![.., k * width..k * width + tile.ncols()]).as_standard_layout().into_owned();
                    for (i, mut row) in tile.rows_mut().into_iter().enumerate() {
                        let row = row.as_slice_mut().expect("rows are contiguous");
                        T::distances(slice_of(x, first + i), y.as_slice().expect("standard layout"), *ground, row);
                    }
                }
            }
            Kind::Product { x, y, xx, yy, ground } => {
                let x = x.slice(s![first..first + out.nrows(), ..]);
                matmul_into(T::of(-2.0), x, y.view(), T::zero(), out.view_mut());
                for (i, mut row) in out.rows_mut().into_iter().enumerate() {
                    let row = row.as_slice_mut().expect("contiguous");
                    if T::squares(row, xx[first + i], yy) {
                        let cancelled = T::of(CANCELLED);
                        for (j, c) in row.iter_mut().enumerate() {
                            if *c < cancelled * (xx[first + i] + yy[j]) {
                                let pairs = x.row(i).into_iter().zip(y.column(j));
                                *c = pairs.fold(T::zero(), |sum, (x, y)| sum + (*x - *y) * (*x - *y));
                            }
                        }
                    }
                    if *ground == Ground::Euclidean {
                        T::roots(row);
                    }
                }
            }
        }
    }
}

fn slice_of<T>(a: &Array2<T>, i: usize) -> &[T] {
    let width = a.ncols();
    &a.as_slice().expect("standard layout")[i * width..(i + 1) * width]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand_distr::{Distribution, StandardNormal};

    /// Every route gives the costs that `Cost` gives, also far from the origin and for points that coincide.
    #[test]
    fn every_route_gives_the_same_costs() {
        for (d, shift) in [(1, 0.0), (2, 1e3), (7, 0.0), (12, 0.0), (40, 1e4)] {
            let mut rng = stream(d as u64, 0);
            let mut x = Array2::from_shape_simple_fn((70, d), || StandardNormal.sample(&mut rng));
            x += shift;
            x[[0, 0]] += 1e3;
            let y = x.slice(s![5..38, ..]).to_owned();
            for ground in Ground::ALL {
                let cost = Cost::between(x.view(), y.view(), ground).unwrap();
                let dense = cost.to_dense();
                let matrix = Cost::matrix(dense.clone()).unwrap();
                for rows in [
                    CostRows::<f64>::of(&cost),
                    CostRows::of(&matrix),
                    CostRows {
                        shape: cost.shape(),
                        kind: {
                            let (x, y, g) = cost.points().unwrap();
                            CostRows::between(x, y, g, PRODUCT)
                        },
                        exact: false,
                    },
                ] {
                    rows.for_each(3..69, |i, row| {
                        for (c, expected) in row.iter().zip(dense.row(i)) {
                            let tolerance = if shift > 0.0 { 1e-9 } else { 1e-12 };
                            assert!(
                                (c - expected).abs() <= tolerance * expected.max(1e-3),
                                "{ground} {d}: {c} {expected}"
                            );
                        }
                    });
                }
                for exact in [
                    CostRows::<f64>::by(&cost, usize::MAX),
                    CostRows {
                        shape: cost.shape(),
                        kind: {
                            let (x, y, g) = cost.points().unwrap();
                            CostRows::between(x, y, g, usize::MAX)
                        },
                        exact: true,
                    },
                ] {
                    assert!(exact.made_exact(&cost).is_none());
                    exact.for_each(0..70, |i, row| {
                        assert!(row.iter().zip(dense.row(i)).all(|(c, expected)| c.to_bits() == expected.to_bits()));
                    });
                }
                CostRows::<f32>::of(&cost).for_each(0..70, |i, row| {
                    for (c, expected) in row.iter().zip(dense.row(i)) {
                        assert!((f64::from(*c) - expected).abs() <= 1e-4 * (1.0 + expected));
                    }
                });
            }
        }
    }
}
