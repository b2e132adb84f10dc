//! Squared distances of rows to all points, from below: single precision first, and more digits only where they decide.
//!
//! With `x` and `y` near the origin, `|x - y|² = |x|² + |y|² - 2 x·y`. A product of d terms with unit roundoff `u = 2⁻²⁴` errs by at most
//! `(d + 3) u (|x|² + |y|²)`, so squared norms that are shrunk by a little more than that many parts keep the sum below the truth (Higham
//! 2002, section 3.1, doi:10.1137/1.9780898718027). Whoever may matter by these bounds is looked at again from the differences of the
//! coordinates. Where the bounds are too coarse to tell many points apart, the distances of a block of rows are computed in double precision.

use super::distance::{BLOCK, Clouds};
use crate::linalg;
use multiversion::multiversion;
use ndarray::{Array2, ArrayView2, s};
use std::sync::OnceLock;

/// Points whose least bound is known.
const STRIP: usize = 32;
/// Points whose bounds are completed while they are in the cache; whole strips.
const CACHED: usize = 64 * STRIP;
/// Unit roundoff of single precision.
const U: f64 = 1.0 / (1u64 << 24) as f64;
/// Squared norms that single precision holds with room to spare.
const SIZES: std::ops::Range<f64> = 1e-25..1e30;

/// Queries and points in both precisions.
pub(super) struct Screen<'a> {
    pub(super) clouds: Clouds<'a>,
    /// None where single precision cannot hold them.
    single: Option<Single>,
}

/// Queries, and points by columns, about the centre; their squared norms from below.
struct Single {
    x: Array2<f32>,
    y: Array2<f32>,
    x_norms: Vec<f32>,
    y_norms: Vec<f32>,
    /// By what a bound may miss the squared distance, relative to both squared norms.
    slack: f64,
    largest: f64,
}

impl<'a> Screen<'a> {
    pub(super) fn new(queries: ArrayView2<'a, f64>, points: ArrayView2<'a, f64>) -> Self {
        let clouds = Clouds::new(queries, points);
        let [(x, x_norms), (y, y_norms)] = clouds.centred();
        let largest = x_norms.iter().chain(y_norms).fold(0.0, |most: f64, t| most.max(*t));
        let parts = (x.ncols() as f64 + 16.0) * U;
        let below = |norms: &[f64]| norms.iter().map(|t| (t * (1.0 - parts)) as f32 - f32::MIN_POSITIVE).collect();
        let single = SIZES.contains(&largest).then(|| Single {
            x: x.mapv(|t| t as f32),
            y: y.t().mapv(|t| t as f32).as_standard_layout().into_owned(),
            x_norms: below(x_norms),
            y_norms: below(y_norms),
            slack: 2.5 * parts,
            largest,
        });
        Self { clouds, single }
    }

    /// The queries from `first` on, as many as a block has.
    pub(super) fn block(&self, first: usize) -> Block<'_, 'a> {
        let bounds = self.single.as_ref().map(|single| single.bounds(first));
        Block { scan: self, first, bounds, doubles: OnceLock::new() }
    }
}

impl Single {
    fn bounds(&self, first: usize) -> Bounds {
        let (rows, columns) = ((first + BLOCK).min(self.x.nrows()) - first, self.y.ncols());
        let strips = columns.div_ceil(STRIP);
        let mut bounds = Array2::zeros((rows, columns));
        let mut minima = Array2::zeros((rows, strips));
        let x = self.x.slice(s![first..first + rows, ..]);
        for start in (0..columns).step_by(CACHED) {
            let end = (start + CACHED).min(columns);
            let y = self.y.slice(s![.., start..end]);
            linalg::matmul_into(-2.0f32, x, y, 0.0, bounds.slice_mut(s![.., start..end]));
            for i in 0..rows {
                let (mut row, mut minima) = (bounds.row_mut(i), minima.row_mut(i));
                let (Some(row), Some(minima)) = (row.as_slice_mut(), minima.as_slice_mut()) else {
                    unreachable!("rows of a standard layout")
                };
                let strips = start / STRIP..end.div_ceil(STRIP);
                complete(&mut row[start..end], self.x_norms[first + i], &self.y_norms[start..end], &mut minima[strips]);
            }
        }
        Bounds { bounds, minima }
    }
}

/// Lower bounds, and the least of each strip.
struct Bounds {
    bounds: Array2<f32>,
    minima: Array2<f32>,
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn complete(row: &mut [f32], x_norm: f32, y_norms: &[f32], minima: &mut [f32]) {
    for ((strip, norms), minimum) in row.chunks_mut(STRIP).zip(y_norms.chunks(STRIP)).zip(minima) {
        let mut lanes = [f32::INFINITY; STRIP];
        for ((bound, norm), lane) in strip.iter_mut().zip(norms).zip(&mut lanes) {
            *bound += x_norm + norm;
            *lane = *bound;
        }
        for half in [16, 8, 4, 2, 1] {
            for k in 0..half {
                lanes[k] = if lanes[k + half] < lanes[k] { lanes[k + half] } else { lanes[k] };
            }
        }
        *minimum = lanes[0];
    }
}

/// What is known of the distances of some queries.
pub(super) struct Block<'s, 'a> {
    scan: &'s Screen<'a>,
    first: usize,
    bounds: Option<Bounds>,
    /// Squared distances up to [`TIE`](super::distance::TIE), once they were needed.
    doubles: OnceLock<Array2<f64>>,
}

impl Block<'_, '_> {
    pub(super) fn rows(&self) -> usize {
        (self.first + BLOCK).min(self.scan.clouds.rows()) - self.first
    }

    /// The squared distance of its `i`-th query from the differences of the coordinates.
    pub(super) fn exact(&self, i: usize, j: usize) -> f64 {
        self.scan.clouds.exact(self.first + i, j)
    }

    /// All squared distances of its `i`-th query up to [`TIE`](super::distance::TIE).
    pub(super) fn doubles(&self, i: usize) -> &[f64] {
        let doubles = self.doubles.get_or_init(|| self.scan.clouds.block(self.first));
        match doubles.row(i).to_slice() {
            Some(row) => row,
            None => unreachable!("a row of a standard layout"),
        }
    }

    /// What is known of its `i`-th query, given what it may ask for.
    pub(super) fn row<'r>(
        &'r self,
        i: usize,
        exact: &'r dyn Fn(usize) -> f64,
        doubles: &'r dyn Fn() -> &'r [f64],
    ) -> Row<'r> {
        let slack = self.scan.single.as_ref().map_or(f64::INFINITY, |single| single.slack * 2.0 * single.largest);
        Row { bounds: self.bounds.as_ref().map(|bounds| bounds.of(i)), slack, exact, doubles }
    }
}

/// What is known of the distances of one query.
pub(crate) struct Row<'r> {
    /// Lower bounds, and the least of each strip.
    bounds: Option<(&'r [f32], &'r [f32])>,
    /// By what they miss at most.
    slack: f64,
    exact: &'r dyn Fn(usize) -> f64,
    doubles: &'r dyn Fn() -> &'r [f64],
}

impl Row<'_> {
    /// The squared distance from the differences of the coordinates.
    pub(super) fn exact(&self, j: usize) -> f64 {
        (self.exact)(j)
    }

    /// All squared distances up to [`TIE`](super::distance::TIE).
    pub(super) fn doubles(&self) -> &[f64] {
        (self.doubles)()
    }

    /// Rows and squared distances of points among which are the `k` nearest but `skip`, and all that are as near as the last of these. None
    /// where the bounds leave too many.
    pub(super) fn near(&self, k: usize, skip: Option<usize>) -> Option<Vec<(f64, usize)>> {
        let (row, minima) = self.bounds?;
        let most = 4 * k + 256;
        // so many strips have a point each at least, one of them perhaps the query itself
        let needed = k + usize::from(skip.is_some());
        if row.len() <= most || minima.len() <= needed {
            return None;
        }
        let mut least = minima.to_vec();
        let reach = *least.select_nth_unstable_by(needed - 1, f32::total_cmp).1;
        let mut found: Vec<(f64, usize)> = Vec::with_capacity(2 * needed);
        let look = |found: &mut Vec<(f64, usize)>, bounds: (f32, f32)| {
            self.between(bounds, |j| {
                if Some(j) != skip {
                    found.push((self.exact(j), j));
                }
                found.len() <= most
            })
        };
        if !look(&mut found, (f32::NEG_INFINITY, reach)) {
            return None;
        }
        // what may be as near as the k-th of these by their own distances
        let mut distances: Vec<f64> = found.iter().map(|(distance, _)| *distance).collect();
        let kth = *distances.select_nth_unstable_by(k - 1, f64::total_cmp).1;
        let nearest = kth as f32;
        let kth = if f64::from(nearest) < kth { nearest.next_up() } else { nearest };
        look(&mut found, (reach, kth)).then_some(found)
    }

    /// Calls `see` with every point whose bound is above `from` and not above `to`, until it says no; whether it never did.
    fn between(&self, (from, to): (f32, f32), mut see: impl FnMut(usize) -> bool) -> bool {
        let Some((row, minima)) = self.bounds else { return false };
        let strips = minima.iter().enumerate().filter(|(_, minimum)| **minimum <= to);
        strips.map(|(strip, _)| strip * STRIP).all(|start| {
            let strip = &row[start..(start + STRIP).min(row.len())];
            (start..).zip(strip).filter(|(_, bound)| from < **bound && **bound <= to).all(|(j, _)| see(j))
        })
    }

    /// Calls `found` with the row of every point that may be within this squared radius, and whether it surely is. False, and no call, where
    /// the bounds are too coarse to tell.
    pub(super) fn within(&self, radius: f64, mut found: impl FnMut(usize, bool)) -> bool {
        let Some((row, minima)) = self.bounds.filter(|_| self.slack <= COARSE * radius) else { return false };
        for (strip, _) in minima.iter().enumerate().filter(|(_, minimum)| f64::from(**minimum) <= radius) {
            let start = strip * STRIP;
            for (j, &bound) in (start..).zip(&row[start..(start + STRIP).min(row.len())]) {
                if f64::from(bound) <= radius {
                    found(j, f64::from(bound) + self.slack < radius);
                }
            }
        }
        true
    }
}

/// Bounds that miss by a larger share of a radius do not tell who is within it.
const COARSE: f64 = 1e-2;

impl Bounds {
    fn of(&self, i: usize) -> (&[f32], &[f32]) {
        match (self.bounds.row(i).to_slice(), self.minima.row(i).to_slice()) {
            (Some(bounds), Some(minima)) => (bounds, minima),
            _ => unreachable!("rows of a standard layout"),
        }
    }
}
