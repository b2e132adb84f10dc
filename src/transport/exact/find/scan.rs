//! Costs between clouds of many dimensions, or given as a matrix, searched by scanning them in blocks of rows.
//!
//! A scan computes single-precision *lower bounds* of `c_ij - v_j`, for (squared) Euclidean costs by matrix products,
//! and looks closer, in double precision, only where a bound is low enough to matter. So its answers are exact. Between
//! clouds nothing of size n×m is ever stored; of a matrix there is one transposed copy, so that columns are rows, too.
//!
//! The bounds: with `x` and `y` centred, `|x - y|² = |x|² + |y|² - 2 x·y`. A product of d terms computed with unit
//! roundoff `r = 2^-24` errs by at most `(d + 3) r 2|x||y| <= (d + 3) r (|x|² + |y|²)`, so squared norms shrunk by
//! a little more than that many parts keep the sum below the truth (Higham 2002, section 3.1,
//! doi:10.1137/1.9780898718027).

use crate::linalg;
use crate::numeric::exp_clamped_f32;
use crate::transport::exact::basis::arcs::NORMAL;
use crate::transport::exact::find::{Finder, Found, MOST, Search, insert};
use crate::transport::problem::cost::{Cost, Ground, View, row};
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::borrow::Cow;
use std::ops::Range;

/// Rows in a block: enough that a product costs more than arranging its factors.
const BLOCK: usize = 128;
/// Columns whose least bound is computed before any of them is looked at.
const STRIP: usize = 32;
/// Groups of rows in a sweep; fixed, so that sums do not depend on the number of threads.
const GROUPS: usize = 8;
/// Unit roundoff of single precision.
const R: f64 = 1.0 / (1u64 << 24) as f64;

/// One side of the costs: queries are rows, points are columns.
pub(in crate::transport) struct Scan<'a> {
    costs: Costs<'a>,
    potentials: Vec<f64>,
    /// What does not depend on the query: `|y|² - v` or `v`, rounded so that bounds stay bounds.
    column: Vec<f32>,
    /// All products `-2 x·y`, where they are kept.
    products: Vec<f32>,
}

enum Costs<'a> {
    Matrix(Cow<'a, Array2<f64>>),
    Clouds(Box<Clouds>),
}

/// Points by rows, as given and centred in single precision; there those of `y` by columns, as the products read them.
struct Clouds {
    ground: Ground,
    x: Array2<f64>,
    y: Array2<f64>,
    x32: Array2<f32>,
    y32: Array2<f32>,
    x_norms: Vec<f64>,
    y_norms: Vec<f64>,
}

impl<'a> Scan<'a> {
    /// The problem's costs between some rows and some columns, from both sides.
    pub(in crate::transport) fn both_sides(cost: &'a Cost, rows: &[u32], columns: &[u32]) -> Search<Self> {
        match cost.view() {
            View::Points { x, y, ground } => {
                let (x, y) = (select(x, rows), select(y.t(), columns));
                Search {
                    rows: Self::of(Costs::clouds(ground, x.clone(), y.clone())),
                    columns: Self::of(Costs::clouds(ground, y, x)),
                }
            }
            View::Matrix(matrix) => {
                let all = (rows.len(), columns.len()) == matrix.dim();
                let matrix = if all { Cow::Borrowed(matrix) } else { Cow::Owned(cells(matrix, rows, columns)) };
                let turned = Cow::Owned(transposed(&matrix));
                Search { rows: Self::of(Costs::Matrix(matrix)), columns: Self::of(Costs::Matrix(turned)) }
            }
        }
    }

    fn of(costs: Costs<'a>) -> Self {
        let points = costs.shape().1;
        let mut scan = Self { costs, potentials: Vec::new(), column: Vec::new(), products: Vec::new() };
        scan.set_potentials(&vec![0.0; points]);
        scan
    }

    /// Keeps all products, for costs that are swept over many times. O(n m) memory.
    pub(in crate::transport) fn remembering(mut self) -> Self {
        let (n, m) = self.shape();
        if let Some(clouds) = self.costs.multiplied() {
            let mut products = vec![0.0; n * m];
            clouds.multiply(clouds.x32.view(), &mut products);
            self.products = products;
        }
        self
    }

    /// One entropic sweep at `eps` for masses `a` of the queries and `b` of the points (relative to their means), from
    /// potentials `v` to `u` and the next `v`. O(n m) time in single precision, one exponential an entry.
    pub(in crate::transport) fn sweep(&mut self, a: &[f32], b: &[f32], v: &mut [f64], eps: f64) -> Vec<f64> {
        self.set_potentials(v);
        let (n, m) = self.shape();
        let rate = (1.0 / eps) as f32;
        let groups: Vec<(Vec<f64>, Vec<f32>)> = (0..GROUPS)
            .into_par_iter()
            .map(|group| {
                let (mut u, mut sums) = (Vec::new(), vec![0.0f32; m]);
                let mut bounds = vec![0.0f32; BLOCK * m];
                let rows = n * group / GROUPS..n * (group + 1) / GROUPS;
                for first in rows.clone().step_by(BLOCK) {
                    let block = first..(first + BLOCK).min(rows.end);
                    self.bounds(Rows::Range(block.clone()), &mut bounds);
                    for (i, bounds) in block.zip(bounds.chunks_exact_mut(m)) {
                        let (least, total) = soften(bounds, rate);
                        accumulate(&mut sums, bounds, a[i] / total * NORMAL);
                        let soft = f64::from(least) + eps * f64::from(a[i] / total).ln();
                        u.push(self.row_term(i) + soft);
                    }
                }
                (u, sums)
            })
            .collect();
        for j in 0..m {
            let sum = groups.iter().map(|(_, sums)| sums[j]).sum::<f32>() / NORMAL;
            v[j] += eps * f64::from(b[j] / sum.max(1e-30)).ln();
        }
        groups.into_iter().flat_map(|(u, _)| u).collect()
    }

    /// What the bounds of a query lack: the same for all points.
    fn row_term(&self, i: usize) -> f64 {
        match &self.costs {
            Costs::Clouds(c) if c.ground == Ground::SqEuclidean => c.x_norms[i],
            _ => 0.0,
        }
    }

    /// Lower bounds of `c - v`, less the row term, of a block of rows.
    fn bounds(&self, rows: Rows, out: &mut [f32]) {
        let m = self.column.len();
        let out = &mut out[..rows.count() * m];
        if let Some(clouds) = self.costs.multiplied() {
            match &rows {
                Rows::Range(range) if !self.products.is_empty() => {
                    out.copy_from_slice(&self.products[range.start * m..range.end * m]);
                }
                Rows::Range(range) => clouds.multiply(clouds.x32.slice(s![range.clone(), ..]), out),
                Rows::List(list) => clouds.multiply(select(clouds.x32.view(), list).view(), out),
            }
            for (k, row) in out.chunks_exact_mut(m).enumerate() {
                if clouds.ground == Ground::SqEuclidean {
                    add(row, &self.column);
                } else {
                    euclidean(row, below(clouds.x_norms[rows.at(k)]), &clouds.y_norms, &self.column);
                }
            }
        } else {
            let mut costs = vec![0.0; m];
            for (k, row) in out.chunks_exact_mut(m).enumerate() {
                match &self.costs {
                    Costs::Matrix(matrix) => difference(row, self::row(matrix, rows.at(k)), &self.potentials),
                    Costs::Clouds(clouds) => {
                        clouds.fill(rows.at(k), &mut costs);
                        difference(row, &costs, &self.potentials);
                    }
                }
            }
        }
    }
}

/// Rows of a block.
enum Rows<'a> {
    Range(Range<usize>),
    List(&'a [u32]),
}

impl Rows<'_> {
    fn count(&self) -> usize {
        match self {
            Self::Range(range) => range.len(),
            Self::List(list) => list.len(),
        }
    }

    fn at(&self, place: usize) -> usize {
        match self {
            Self::Range(range) => range.start + place,
            Self::List(list) => list[place] as usize,
        }
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn add(row: &mut [f32], column: &[f32]) {
    row.iter_mut().zip(column).for_each(|(p, h)| *p += h);
}

/// `c - v` from below.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn difference(row: &mut [f32], costs: &[f64], potentials: &[f64]) {
    for ((out, c), v) in row.iter_mut().zip(costs).zip(potentials) {
        *out = below(c - v);
    }
}

/// A single-precision number that is not above this one, and nearly the largest.
#[inline(always)]
fn below(value: f64) -> f32 {
    // the least normal number covers underflow, here and in the products, and is lost in all that is not tiny
    if value.is_finite() { (value - 2.0 * R * value.abs()) as f32 - f32::MIN_POSITIVE } else { value as f32 }
}

/// `sqrt(|x|² + |y|² - 2 x·y) - v` from below; `row` holds the products.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn euclidean(row: &mut [f32], x_norm: f32, y_norms: &[f64], v: &[f32]) {
    for ((p, y_norm), v) in row.iter_mut().zip(y_norms).zip(v) {
        let squared = (x_norm + *y_norm as f32 + *p).max(0.0);
        let distance = squared.sqrt() * (1.0 - 8.0 * R as f32);
        let value = distance - v;
        // -inf takes a point out: no inf - inf
        *p = value - 4.0 * R as f32 * (distance + v.abs().min(f32::MAX));
    }
}

/// Replaces `c` by `exp((min - c) rate)`; the minimum and the sum.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn soften(row: &mut [f32], rate: f32) -> (f32, f32) {
    let least = least(row);
    let mut sums = [0.0f32; 16];
    let mut chunks = row.chunks_exact_mut(16);
    for chunk in &mut chunks {
        for (c, sum) in chunk.iter_mut().zip(&mut sums) {
            *c = exp_clamped_f32::<false>((least - *c) * rate);
            *sum += *c;
        }
    }
    for (c, sum) in chunks.into_remainder().iter_mut().zip(&mut sums) {
        *c = exp_clamped_f32::<false>((least - *c) * rate);
        *sum += *c;
    }
    (least, sums.iter().sum())
}

#[inline(always)]
fn least(values: &[f32]) -> f32 {
    let mut lanes = [f32::INFINITY; 16];
    let chunks = values.chunks_exact(16);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane = if *value < *lane { *value } else { *lane };
        }
    }
    for (lane, value) in lanes.iter_mut().zip(rest) {
        *lane = if *value < *lane { *value } else { *lane };
    }
    for half in [8, 4, 2, 1] {
        for k in 0..half {
            lanes[k] = if lanes[k + half] < lanes[k] { lanes[k + half] } else { lanes[k] };
        }
    }
    lanes[0]
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn accumulate(sums: &mut [f32], row: &[f32], scale: f32) {
    sums.iter_mut().zip(row).for_each(|(sum, p)| *sum += p * scale);
}

/// The least value of each strip.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn strip_minima(row: &[f32], minima: &mut [f32]) {
    row.chunks(STRIP).zip(minima).for_each(|(strip, minimum)| *minimum = least(strip));
}

impl Finder for Scan<'_> {
    fn shape(&self) -> (usize, usize) {
        self.costs.shape()
    }

    fn cost(&self, query: usize, index: usize) -> f64 {
        self.costs.at(query, index)
    }

    fn set_potentials(&mut self, potentials: &[f64]) {
        self.potentials.clear();
        self.potentials.extend_from_slice(potentials);
        self.column.clear();
        match &self.costs {
            Costs::Clouds(c) if c.ground == Ground::SqEuclidean => {
                self.column.extend(c.y_norms.iter().zip(potentials).map(|(y, v)| {
                    let raised = if v.is_finite() { v + 8.0 * R * v.abs() } else { *v };
                    below(y - raised)
                }));
            }
            _ => self.column.extend(potentials.iter().map(|v| -below(-v))),
        }
    }

    fn lowest<T: Send + Default>(
        &self,
        k: usize,
        limits: Option<&[f64]>,
        visit: impl Fn(usize, &[Found], &mut T) + Sync,
    ) -> Vec<T> {
        let (n, m) = self.shape();
        let sought = |i: &u32| limits.is_none_or(|limits| limits[*i as usize] > f64::NEG_INFINITY);
        let queries: Vec<u32> = (0..n as u32).filter(sought).collect();
        let buffers = || (vec![0.0f32; BLOCK * m], vec![0.0f32; m.div_ceil(STRIP)]);
        (queries.par_chunks(BLOCK))
            .map_init(buffers, |(bounds, minima), block| {
                let mut out = T::default();
                let first = block[0] as usize;
                let in_a_row = block[block.len() - 1] as usize + 1 == first + block.len();
                self.bounds(if in_a_row { Rows::Range(first..first + block.len()) } else { Rows::List(block) }, bounds);
                for (&i, bounds) in block.iter().zip(bounds.chunks_exact(m)) {
                    let i = i as usize;
                    strip_minima(bounds, minima);
                    let limit = limits.map_or(f64::INFINITY, |limits| limits[i]);
                    let mut best = [Found { value: limit, index: u32::MAX }; MOST];
                    let count = self.look(i, bounds, minima, &mut best[..k]);
                    visit(i, &best[..count], &mut out);
                }
                out
            })
            .collect()
    }

    fn part(&self, queries: &[u32], points: &[u32]) -> Self {
        Self::of(match &self.costs {
            Costs::Matrix(c) => Costs::Matrix(Cow::Owned(cells(c, queries, points))),
            Costs::Clouds(c) => Costs::clouds(c.ground, select(c.x.view(), queries), select(c.y.view(), points)),
        })
    }
}

impl Scan<'_> {
    /// The lowest exact values of a row, from its bounds. The most promising strip is opened first.
    fn look(&self, i: usize, bounds: &[f32], minima: &[f32], best: &mut [Found]) -> usize {
        let last = best.len() - 1;
        let row_term = self.row_term(i);
        let open = |strip: usize, best: &mut [Found]| {
            let first = strip * STRIP;
            for (j, &bound) in (first..).zip(&bounds[first..(first + STRIP).min(bounds.len())]) {
                if row_term + f64::from(bound) < best[last].value {
                    let value = self.costs.at(i, j) - self.potentials[j];
                    if value < best[last].value {
                        insert(best, Found { value, index: j as u32 });
                    }
                }
            }
        };
        let promising = (0..minima.len()).min_by(|&s, &t| minima[s].total_cmp(&minima[t])).unwrap_or(0);
        open(promising, best);
        for (strip, &minimum) in minima.iter().enumerate() {
            if strip != promising && row_term + f64::from(minimum) < best[last].value {
                open(strip, best);
            }
        }
        best.iter().take_while(|f| f.index != u32::MAX).count()
    }
}

impl Costs<'_> {
    fn clouds(ground: Ground, x: Array2<f64>, y: Array2<f64>) -> Self {
        let (d, centre) = (x.ncols(), centre(&x, &y));
        let shrink = 1.0 - (d as f64 + 16.0) * R;
        let single = |points: &Array2<f64>| {
            let centred = points - &centre;
            let norms = centred.rows().into_iter().map(|row| row.dot(&row) * shrink).collect::<Vec<_>>();
            (centred.mapv(|t| t as f32), norms)
        };
        let ((x32, x_norms), (y32, y_norms)) = (single(&x), single(&y));
        let y32 = y32.t().as_standard_layout().into_owned();
        Self::Clouds(Box::new(Clouds { ground, x, y, x32, y32, x_norms, y_norms }))
    }

    fn shape(&self) -> (usize, usize) {
        match self {
            Self::Matrix(c) => c.dim(),
            Self::Clouds(c) => (c.x.nrows(), c.y.nrows()),
        }
    }

    fn at(&self, i: usize, j: usize) -> f64 {
        match self {
            Self::Matrix(c) => c[[i, j]],
            Self::Clouds(c) => c.ground.between(row(&c.x, i), row(&c.y, j)),
        }
    }

    /// The clouds whose costs come from products.
    fn multiplied(&self) -> Option<&Clouds> {
        match self {
            Self::Clouds(c) if matches!(c.ground, Ground::SqEuclidean | Ground::Euclidean) => Some(c),
            _ => None,
        }
    }
}

impl Clouds {
    /// `-2 x·y` of some rows `x`.
    fn multiply(&self, x: ArrayView2<'_, f32>, out: &mut [f32]) {
        let Ok(mut products) = ArrayViewMut2::from_shape((x.nrows(), self.y.nrows()), out) else {
            unreachable!("as long as rows times columns")
        };
        linalg::matmul_into(-2.0f32, x, self.y32.view(), 0.0, products.view_mut());
    }

    fn fill(&self, i: usize, out: &mut [f64]) {
        let x = row(&self.x, i);
        out.iter_mut().enumerate().for_each(|(j, out)| *out = self.ground.between(x, row(&self.y, j)));
    }
}

/// The middle of two clouds: of each coordinate the median of a sample, since outliers that moved it would cost all others their digits.
fn centre(x: &Array2<f64>, y: &Array2<f64>) -> Array1<f64> {
    const ROWS: usize = 64;
    let mut sample = Vec::with_capacity(2 * ROWS);
    let median = |k: usize| {
        sample.clear();
        for points in [x, y] {
            let n = points.nrows();
            sample.extend((0..ROWS.min(n)).map(|i| points[[i * n / ROWS.min(n), k]]));
        }
        let middle = sample.len() / 2;
        *sample.select_nth_unstable_by(middle, f64::total_cmp).1
    };
    (0..x.ncols()).map(median).collect()
}

/// These rows of a matrix, in standard layout.
fn select<T: Copy>(a: ArrayView2<'_, T>, rows: &[u32]) -> Array2<T> {
    Array2::from_shape_fn((rows.len(), a.ncols()), |(i, k)| a[[rows[i] as usize, k]])
}

/// These rows and columns of a matrix.
fn cells(a: &Array2<f64>, rows: &[u32], columns: &[u32]) -> Array2<f64> {
    Array2::from_shape_fn((rows.len(), columns.len()), |(i, j)| a[[rows[i] as usize, columns[j] as usize]])
}

/// The transpose in standard layout, copied a tile at a time so that neither side is read or written with long strides.
fn transposed(a: &Array2<f64>) -> Array2<f64> {
    const TILE: usize = 16;
    let (n, m) = a.dim();
    let mut out = Array2::zeros((m, n));
    for (first, mut rows) in out.axis_chunks_iter_mut(Axis(0), TILE).enumerate() {
        let columns = a.slice(s![.., first * TILE..first * TILE + rows.nrows()]);
        for (mut to, from) in rows.axis_chunks_iter_mut(Axis(1), TILE).zip(columns.axis_chunks_iter(Axis(0), TILE)) {
            to.assign(&from.t());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    fn points(n: usize, d: usize, scale: f64, seed: u64) -> Array2<f64> {
        let mut rng = stream(seed, 0);
        Array2::from_shape_simple_fn((n, d), || (rng.random::<f64>() - 0.5) * scale)
    }

    /// No bound is above what it bounds, and potentials of `-inf` take points out.
    fn bounds_below(cost: &Cost) {
        let (n, m) = cost.shape();
        let all = |count: usize| (0..count as u32).collect::<Vec<_>>();
        let mut scan = Scan::both_sides(cost, &all(n), &all(m)).rows;
        let typical = cost.at(0, 1).abs();
        let mut potentials: Vec<f64> = (0..m).map(|j| typical * ((j % 7) as f64 - 3.0)).collect();
        potentials[3] = f64::NEG_INFINITY;
        scan.set_potentials(&potentials);
        let check = |scan: &Scan, rows: Rows| {
            let mut bounds = vec![0.0f32; n * m];
            let places: Vec<usize> = (0..rows.count()).map(|k| rows.at(k)).collect();
            scan.bounds(rows, &mut bounds);
            for (i, bounds) in places.into_iter().zip(bounds.chunks_exact(m)) {
                for (j, &bound) in bounds.iter().enumerate() {
                    let bound = scan.row_term(i) + f64::from(bound);
                    assert!(bound <= cost.at(i, j) - potentials[j], "{i} {j}: {bound:e}");
                }
            }
        };
        check(&scan, Rows::Range(0..n));
        check(&scan, Rows::List(&[4, 1]));
        let found = scan.lowest(2, None, |i, found, out: &mut Vec<_>| out.push((i, found[0].value, found[1].value)));
        for (i, first, second) in found.concat() {
            let mut plain: Vec<f64> = (0..m).map(|j| cost.at(i, j) - potentials[j]).collect();
            plain.sort_by(f64::total_cmp);
            assert_eq!((first, second), (plain[0], plain[1]));
        }
        check(&scan.remembering(), Rows::Range(3..n));
    }

    #[test]
    fn bounds_are_bounds_at_any_scale() {
        for scale in [1.0, 1e-9, 1e-20, 1e-25, 1e12] {
            for ground in Ground::ALL {
                let (x, y) = (points(70, 9, scale, 1), points(40, 9, scale, 2));
                bounds_below(&Cost::between(x.view(), y.view(), ground).unwrap());
                bounds_below(&Cost::between(x.view(), x.view(), ground).unwrap());
            }
        }
        for scale in [1.0, 1e-30, 1e-42, 1e-50, 1e29] {
            bounds_below(&Cost::matrix(points(70, 40, scale, 3)).unwrap());
        }
    }

    #[test]
    fn below_is_below() {
        for value in [-3e-50, 3e-50, 0.0, -1.0, 1e-38, 1e30, -1.4e-45, 0.1] {
            assert!(f64::from(below(value)) < value || value == 0.0 && below(value) <= 0.0);
        }
        assert_eq!((below(f64::INFINITY), below(f64::NEG_INFINITY)), (f32::INFINITY, f32::NEG_INFINITY));
        assert!(below(1.0) > 1.0 - 4.0 * R as f32);
    }

    #[test]
    fn a_transpose_by_tiles() {
        for (n, m) in [(1, 1), (16, 16), (3, 40), (50, 33)] {
            let a = points(n, m, 1.0, 1);
            assert_eq!(transposed(&a), a.t());
            assert!(transposed(&a).is_standard_layout());
        }
    }
}
