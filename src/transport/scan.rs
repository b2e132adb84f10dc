//! Costs between clouds of many dimensions, or given as a matrix, searched by scanning them in blocks of rows.
//!
//! A scan computes single-precision *lower bounds* of `c_ij - v_j`, for (squared) Euclidean costs by matrix products,
//! and looks closer, in double precision, only where a bound is low enough to matter. So its answers are exact, and
//! nothing of size n×m is ever stored.
//!
//! The bounds: with `x` and `y` centred, `|x - y|² = |x|² + |y|² - 2 x·y`. A product of d terms computed with unit
//! roundoff `r = 2^-24` errs by at most `(d + 3) r 2|x||y| <= (d + 3) r (|x|² + |y|²)`, so squared norms shrunk by
//! a little more than that many parts keep the sum below the truth (Higham 2002, section 3.1,
//! doi:10.1137/1.9780898718027).

use super::cost::{Cost, Ground};
use super::generate::{Finder, Found, MOST, Search, insert};
use crate::linalg;
use crate::numeric::exp_clamped_f32;
use ndarray::{Array2, ArrayViewMut2, Axis, s};
use rayon::prelude::*;
use std::ops::Range;

/// Rows in a block: enough that a product costs more than arranging its factors.
const BLOCK: usize = 64;
/// Columns whose least bound is computed before any of them is looked at.
const STRIP: usize = 32;
/// Groups of rows in a sweep; fixed, so that sums do not depend on the number of threads.
const GROUPS: usize = 8;
/// Unit roundoff of single precision.
const R: f64 = 1.0 / (1u64 << 24) as f64;

/// One side of the costs: queries are rows, points are columns.
pub(super) struct Scan {
    costs: Costs,
    potentials: Vec<f64>,
    /// What does not depend on the query: `|y|² - v` or `v`, rounded so that bounds stay bounds.
    column: Vec<f32>,
}

enum Costs {
    Matrix(Array2<f64>),
    Clouds(Box<Clouds>),
}

/// Points by rows, as given and centred in single precision.
struct Clouds {
    ground: Ground,
    x: Array2<f64>,
    y: Array2<f64>,
    x32: Array2<f32>,
    y32: Array2<f32>,
    x_norms: Vec<f64>,
    y_norms: Vec<f64>,
}

impl Scan {
    /// The problem's costs between some rows and some columns, from both sides.
    pub(super) fn both_sides(cost: &Cost, rows: &[u32], columns: &[u32]) -> Search<Self> {
        let index = |places: &[u32]| places.iter().map(|&k| k as usize).collect::<Vec<_>>();
        let (rows, columns) = (index(rows), index(columns));
        match cost.points() {
            Some((x, y, ground)) => {
                let (x, y) = (standard(x.select(Axis(0), &rows)), standard(y.t().select(Axis(0), &columns)));
                Search {
                    rows: Self::of(Costs::clouds(ground, x.clone(), y.clone())),
                    columns: Self::of(Costs::clouds(ground, y, x)),
                }
            }
            None => {
                let matrix = standard(cost.to_dense().select(Axis(0), &rows).select(Axis(1), &columns));
                let turned = standard(matrix.t().to_owned());
                Search { rows: Self::of(Costs::Matrix(matrix)), columns: Self::of(Costs::Matrix(turned)) }
            }
        }
    }

    fn of(costs: Costs) -> Self {
        let points = costs.shape().1;
        let mut scan = Self { costs, potentials: Vec::new(), column: Vec::new() };
        scan.set_potentials(&vec![0.0; points]);
        scan
    }

    /// One entropic sweep at `eps` for masses `a` of the queries and `b` of the points (relative to their means), from
    /// potentials `v` to `u` and the next `v`. O(n m) time in single precision, one exponential an entry.
    pub(super) fn sweep(&mut self, a: &[f32], b: &[f32], v: &mut [f64], eps: f64) -> Vec<f64> {
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
                    self.bounds(block.clone(), &mut bounds);
                    for (i, bounds) in block.zip(bounds.chunks_exact_mut(m)) {
                        let (least, total) = soften(bounds, rate);
                        accumulate(&mut sums, bounds, a[i] / total);
                        let soft = f64::from(least) + eps * f64::from(a[i] / total).ln();
                        u.push(self.row_term(i) + soft);
                    }
                }
                (u, sums)
            })
            .collect();
        for j in 0..m {
            let sum: f32 = groups.iter().map(|(_, sums)| sums[j]).sum();
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
    fn bounds(&self, rows: Range<usize>, out: &mut [f32]) {
        let m = self.column.len();
        let out = &mut out[..rows.len() * m];
        match &self.costs {
            Costs::Clouds(c) if matches!(c.ground, Ground::SqEuclidean | Ground::Euclidean) => {
                let Ok(mut products) = ArrayViewMut2::from_shape((rows.len(), m), &mut *out) else {
                    unreachable!("as long as rows times columns")
                };
                let (x, y) = (c.x32.slice(s![rows.clone(), ..]), c.y32.t());
                linalg::matmul_into(-2.0f32, x, y, 0.0, products.view_mut());
                for (i, row) in rows.zip(out.chunks_exact_mut(m)) {
                    if c.ground == Ground::SqEuclidean {
                        row.iter_mut().zip(&self.column).for_each(|(p, h)| *p += h);
                    } else {
                        euclidean(row, below(c.x_norms[i]), &c.y_norms, &self.column);
                    }
                }
            }
            _ => {
                let mut costs = vec![0.0; m];
                for (i, row) in rows.zip(out.chunks_exact_mut(m)) {
                    self.costs.fill(i, &mut costs);
                    for ((out, c), v) in row.iter_mut().zip(&costs).zip(&self.potentials) {
                        *out = below(c - v);
                    }
                }
            }
        }
    }
}

/// The largest single-precision number that is surely not above this one, or nearly.
#[inline(always)]
fn below(value: f64) -> f32 {
    if value.is_finite() { (value - 2.0 * R * value.abs()) as f32 } else { value as f32 }
}

/// `sqrt(|x|² + |y|² - 2 x·y) - v` from below; `row` holds the products.
fn euclidean(row: &mut [f32], x_norm: f32, y_norms: &[f64], v: &[f32]) {
    for ((p, y_norm), v) in row.iter_mut().zip(y_norms).zip(v) {
        let squared = (x_norm + *y_norm as f32 + *p).max(0.0);
        let distance = squared.sqrt() * (1.0 - 8.0 * R as f32);
        let value = distance - v;
        *p = value - 4.0 * R as f32 * (distance + v.abs());
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
    lanes.iter().chain(rest).copied().fold(f32::INFINITY, f32::min)
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

impl Finder for Scan {
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
        (0..n.div_ceil(BLOCK))
            .into_par_iter()
            .map(|block| {
                let mut out = T::default();
                let rows = block * BLOCK..((block + 1) * BLOCK).min(n);
                let mut bounds = vec![0.0f32; rows.len() * m];
                let mut minima = vec![0.0f32; m.div_ceil(STRIP)];
                self.bounds(rows.clone(), &mut bounds);
                for (i, bounds) in rows.zip(bounds.chunks_exact(m)) {
                    strip_minima(bounds, &mut minima);
                    let limit = limits.map_or(f64::INFINITY, |limits| limits[i]);
                    let mut best = [Found { value: limit, index: u32::MAX }; MOST];
                    let count = self.look(i, bounds, &minima, &mut best[..k]);
                    visit(i, &best[..count], &mut out);
                }
                out
            })
            .collect()
    }

    fn part(&self, queries: &[u32], points: &[u32]) -> Self {
        let index = |places: &[u32]| places.iter().map(|&k| k as usize).collect::<Vec<_>>();
        let (queries, points) = (index(queries), index(points));
        Self::of(match &self.costs {
            Costs::Matrix(c) => Costs::Matrix(standard(c.select(Axis(0), &queries).select(Axis(1), &points))),
            Costs::Clouds(c) => Costs::clouds(c.ground, c.x.select(Axis(0), &queries), c.y.select(Axis(0), &points)),
        })
    }
}

impl Scan {
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

impl Costs {
    fn clouds(ground: Ground, x: Array2<f64>, y: Array2<f64>) -> Self {
        let (count, d) = ((x.nrows() + y.nrows()) as f64, x.ncols());
        let centre = (x.sum_axis(Axis(0)) + y.sum_axis(Axis(0))) / count;
        let shrink = 1.0 - (d as f64 + 16.0) * R;
        let single = |points: &Array2<f64>| {
            let centred = points - &centre;
            let norms = centred.rows().into_iter().map(|row| row.dot(&row) * shrink).collect::<Vec<_>>();
            (centred.mapv(|t| t as f32), norms)
        };
        let ((x32, x_norms), (y32, y_norms)) = (single(&x), single(&y));
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

    fn fill(&self, i: usize, out: &mut [f64]) {
        match self {
            Self::Matrix(c) => out.copy_from_slice(row(c, i)),
            Self::Clouds(c) => {
                let x = row(&c.x, i);
                out.iter_mut().enumerate().for_each(|(j, out)| *out = c.ground.between(x, row(&c.y, j)));
            }
        }
    }
}

fn standard(a: Array2<f64>) -> Array2<f64> {
    if a.is_standard_layout() { a } else { a.as_standard_layout().into_owned() }
}

fn row(a: &Array2<f64>, i: usize) -> &[f64] {
    let width = a.ncols();
    &a.as_slice().expect("kept in standard layout")[i * width..(i + 1) * width]
}
