//! Statistics of pairs: what the energy distance, MMD and KID have in common.
//!
//! For a kernel `k` and the pooled sample `z = (x, y)` all of them need only sums of `K = k(z_i, z_j)`: of each row over `x` and over
//! `y` for the statistic and its jackknife, and `pᵀ K p` for the 0/1 vector `p` of each random subset for the permutation test. `K` is
//! symmetric, so only the tiles on one side of its diagonal are computed, one after the other. Memory is O(N permutations) and
//! the time O(N² (d + permutations)/2) of matrix products. The diagonal of `K` is left out throughout.

use super::Better;
use super::null::Null;
use super::permutations::{Permutations, pool};
use super::products::Products;
use crate::certificate::Estimate;
use crate::linalg;
use crate::measure::distance::{Clouds, merge_rows};
use crate::numeric::{exp, stream};
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut2, s};
use rand::seq::SliceRandom;
use std::ops::Range;

/// What is summed over pairs; `-|x - y|` turns the energy distance into an MMD.
pub(super) enum PairKernel<'k> {
    NegativeDistance,
    /// The mean of `exp(-|x-y|²/(2 s²))` over the bandwidths `s`.
    Gaussian(&'k [f64]),
    /// The mean of `exp(-|x-y|/s)` over the bandwidths `s`.
    Laplace(&'k [f64]),
    /// `(x·y/divisor + offset)^degree`
    Polynomial {
        degree: i32,
        divisor: f64,
        offset: f64,
    },
}

/// Divisors of the within-sample sums: `n²` or `n(n - 1)`.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    V,
    U,
}

/// `mean k(x,x') + mean k(y,y') - 2 mean k(x,y)` with its jackknife standard error and what relabelled samples have.
pub(super) struct PairStatistic {
    pub(super) value: f64,
    /// By divisors that leave no bias.
    pub(super) unbiased: f64,
    pub(super) std_error: Option<f64>,
    pub(super) null: Null,
    /// Values that differ by less are the same up to rounding.
    pub(super) slack: f64,
    /// By what products in single precision may change the value; 0 without them.
    pub(super) rounding: f64,
}

impl PairStatistic {
    /// The estimate with its baseline and p-value.
    pub(super) fn beside(&self, estimate: Estimate) -> Estimate {
        self.null.beside(estimate, Better::Lower, self.slack)
    }
}

pub(super) fn pair_statistic(
    x: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    kernel: &PairKernel<'_>,
    form: Form,
    test: Permutations,
) -> PairStatistic {
    let (n, m) = (x.nrows(), y.nrows());
    let labels = labels(n, m, test);
    let pooled = pool(x, y);
    let tiles = Tiles::new(pooled.view(), kernel);
    let rounding = tiles.rounding(n);
    let Sums { over, inside } = sums(&tiles, n, labels.view());
    let statistic = Statistic { form, n: n as f64, m: m as f64 };
    let over_all: Array1<f64> = over[0].iter().zip(&over[1]).map(|(x, y)| x + y).collect();
    let total = over_all.sum();
    let relabelled = inside.iter().zip(labels.t().dot(&over_all)).map(|(&inside, touched)| {
        let across = touched - inside;
        statistic.of(inside, across, total - 2.0 * across - inside)
    });
    PairStatistic { rounding, ..PairStatistic::of_sums(form, n, over, relabelled.collect(), test.seed) }
}

impl PairStatistic {
    /// From the sums of each row over the `n` rows of `x` and over the `y`, and the statistics of relabelled samples.
    pub(super) fn of_sums(form: Form, n: usize, over: [Vec<f64>; 2], relabelled: Vec<f64>, seed: u64) -> Self {
        let [over_x, over_y] = &over;
        let m = over_x.len() - n;
        let statistic = Statistic { form, n: n as f64, m: m as f64 };
        let ((xx, yx), (xy, yy)) = (over_x.split_at(n), over_y.split_at(n));
        let (sum_xx, sum_xy, sum_yy) = (sum(xx), sum(xy), sum(yy));
        // the statistic without one point needs only that point's row sums
        let smallest = if form == Form::U { 3 } else { 2 };
        let std_error = (n.min(m) >= smallest).then(|| {
            let fewer_x = Statistic { n: statistic.n - 1.0, ..statistic };
            let without_x: Vec<f64> =
                (0..n).map(|i| fewer_x.of(sum_xx - 2.0 * xx[i], sum_xy - xy[i], sum_yy)).collect();
            let fewer_y = Statistic { m: statistic.m - 1.0, ..statistic };
            let without_y: Vec<f64> =
                (0..m).map(|j| fewer_y.of(sum_xx, sum_xy - yx[j], sum_yy - 2.0 * yy[j])).collect();
            (jackknife_variance(&without_x) + jackknife_variance(&without_y)).sqrt()
        });
        let size = over_x.iter().chain(over_y).map(|v| v.abs()).sum::<f64>();
        Self {
            value: statistic.of(sum_xx, sum_xy, sum_yy),
            unbiased: Statistic { form: Form::U, ..statistic }.of(sum_xx, sum_xy, sum_yy),
            std_error,
            null: Null::new(relabelled, seed),
            slack: 1e-12 * size / (statistic.n * statistic.m),
            rounding: 0.0,
        }
    }
}

#[derive(Clone, Copy)]
struct Statistic {
    form: Form,
    n: f64,
    m: f64,
}

impl Statistic {
    fn of(self, xx: f64, xy: f64, yy: f64) -> f64 {
        let within = |sum: f64, n: f64| match self.form {
            Form::V => sum / (n * n),
            Form::U => sum / (n * (n - 1.0)),
        };
        within(xx, self.n) + within(yy, self.m) - mutate!(2.0, Energy, |_| 1.0) * xy / (self.n * self.m)
    }
}

fn jackknife_variance(without_one: &[f64]) -> f64 {
    let n = without_one.len() as f64;
    (n - 1.0) * (n - 1.0) / n * crate::numeric::variance(without_one)
}

/// One random subset of size `n` a relabelling, as a column of zeros and ones.
fn labels(n: usize, m: usize, test: Permutations) -> Array2<f64> {
    let mut labels = Array2::zeros((n + m, test.count));
    let mut rng = stream(test.seed, 0);
    let mut order: Vec<u32> = (0..(n + m) as u32).collect();
    for mut column in labels.columns_mut() {
        order.partial_shuffle(&mut rng, n).0.iter().for_each(|&i| column[i as usize] = 1.0);
    }
    labels
}

/// What a squared distance is multiplied by in the exponent of a Gaussian kernel; finite for the least width, so that a
/// point is like itself.
pub(super) fn gaussian_rate(width: f64) -> f64 {
    (-0.5 / (width * width)).max(f64::MIN)
}

/// Sums over pairs of different rows.
struct Sums {
    /// Of each row over the `x` and over the `y`.
    over: [Vec<f64>; 2],
    /// Over the pairs within each subset.
    inside: Vec<f64>,
}

/// The sums of a kernel. `K` is symmetric: a tile beside the diagonal counts for its rows and for its columns, and is computed once.
/// The first `n` rows are those of `x`.
fn sums(tiles: &Tiles<'_>, n: usize, p: ArrayView2<'_, f64>) -> Sums {
    let rows = p.nrows();
    let of_rows = |first: usize| {
        let block = first..(first + ROWS).min(rows);
        let mut over = [vec![0.0; rows - first], vec![0.0; rows - first]];
        let mut times_p = Array2::zeros((block.len(), p.ncols()));
        let (mut room, mut run) = (vec![0.0; ROWS * COLUMNS], Vec::new());
        // what is beside the diagonal block counts twice within a subset
        for (columns, weight) in tiles_of(block.clone(), rows) {
            let entries = &mut room[..block.len() * columns.len()];
            tiles.of(block.clone(), columns.clone(), entries, &mut run);
            let diagonal = columns.start == first;
            if diagonal {
                entries.iter_mut().step_by(block.len() + 1).for_each(|t| *t = 0.0);
            }
            for (i, row) in block.clone().zip(entries.chunks_exact(columns.len())) {
                let (of_x, of_y) = row.split_at(n.clamp(columns.start, columns.end) - columns.start);
                over[0][i - first] += sum(of_x);
                over[1][i - first] += sum(of_y);
                if !diagonal {
                    add(&mut over[usize::from(i >= n)][columns.start - first..columns.end - first], row);
                }
            }
            let k = matrix(entries, (block.len(), columns.len()));
            linalg::matmul_into(weight, k.view(), p.slice(s![columns, ..]), 1.0, times_p.view_mut());
        }
        let inside: Vec<f64> =
            times_p.columns().into_iter().zip(p.slice(s![block, ..]).columns()).map(|(a, b)| a.dot(&b)).collect();
        (first, over, inside)
    };
    let mut sums = Sums { over: [vec![0.0; rows], vec![0.0; rows]], inside: vec![0.0; p.ncols()] };
    merge_rows(ROWS, rows, of_rows, |(first, over, inside)| {
        sums.over.iter_mut().zip(&over).for_each(|(all, part)| add(&mut all[first..], part));
        add(&mut sums.inside, &inside);
    });
    sums
}

/// Rows and columns of a tile: so large that a product costs more than arranging its factors, so small that it stays in the cache.
const ROWS: usize = 512;
const COLUMNS: usize = 512;

fn matrix(entries: &mut [f64], shape: (usize, usize)) -> ArrayViewMut2<'_, f64> {
    let Ok(view) = ArrayViewMut2::from_shape(shape, entries) else { unreachable!("it has as many entries") };
    view
}

/// The columns of the tiles from the diagonal on, the diagonal tile first and alone, and how often their entries count.
fn tiles_of(block: Range<usize>, rows: usize) -> impl Iterator<Item = (Range<usize>, f64)> {
    let beside = (block.end..rows).step_by(COLUMNS).map(move |first| (first..(first + COLUMNS).min(rows), 2.0));
    std::iter::once((block, 1.0)).chain(beside)
}

/// Parts of the matrix of a kernel.
struct Tiles<'a> {
    kernel: &'a PairKernel<'a>,
    of: Of<'a>,
}

/// What the kernel is a function of.
enum Of<'a> {
    Distances(Clouds<'a>),
    Products(Products<'a>),
}

impl<'a> Tiles<'a> {
    fn new(pooled: ArrayView2<'a, f64>, kernel: &'a PairKernel<'a>) -> Self {
        let of = match kernel {
            PairKernel::Polynomial { .. } => Of::Products(Products::new(pooled)),
            _ => Of::Distances(Clouds::new(pooled, pooled)),
        };
        Self { kernel, of }
    }

    /// By what the rounding of products may change the statistic of the first `n` rows and the others. Where a product is off by `e` the kernel is off by
    /// no more than its largest slope times `e`, and of the products of norms by which products err the statistic has `mean² + mean² + 2 mean mean`.
    fn rounding(&self, n: usize) -> f64 {
        let (Of::Products(products), PairKernel::Polynomial { degree, divisor, offset }) = (&self.of, self.kernel)
        else {
            return 0.0;
        };
        let Some((errors, largest)) = products.errors() else { return 0.0 };
        let mean = |errors: &[f64]| sum(errors) / errors.len() as f64;
        let (of_x, of_y) = errors.split_at(n);
        let most = errors.iter().copied().fold(0.0, f64::max).powi(2);
        let slope =
            f64::from(*degree) * ((largest + most) / divisor.abs() + offset.abs()).powi(degree - 1) / divisor.abs();
        slope * (mean(of_x) + mean(of_y)).powi(2)
    }

    /// `K` of some rows and columns; `run` is room for products.
    fn of(&self, rows: Range<usize>, columns: Range<usize>, entries: &mut [f64], run: &mut Vec<f32>) {
        let tile = matrix(entries, (rows.len(), columns.len()));
        match &self.of {
            Of::Distances(clouds) => clouds.tile(rows, columns, tile),
            Of::Products(products) => products.tile(rows, columns, tile, run),
        }
        match *self.kernel {
            PairKernel::NegativeDistance => negative_roots(entries),
            PairKernel::Gaussian(widths) => {
                let rates: Vec<f64> = widths.iter().map(|&width| gaussian_rate(width)).collect();
                mean_of_exponentials(entries, &rates);
            }
            PairKernel::Laplace(widths) => {
                negative_roots(entries);
                let rates: Vec<f64> = widths.iter().map(|&width| width.recip().min(f64::MAX)).collect();
                mean_of_exponentials(entries, &rates);
            }
            PairKernel::Polynomial { degree, divisor, offset } => powers(entries, degree, divisor, offset),
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn negative_roots(entries: &mut [f64]) {
    entries.iter_mut().for_each(|d| *d = -d.sqrt());
}

/// The mean of `exp(rate d)` over the rates.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn mean_of_exponentials(entries: &mut [f64], rates: &[f64]) {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    let share = 1.0 / rates.len() as f64;
    for d in entries {
        let mut total = 0.0;
        for rate in rates {
            total += exp::<FMA>(rate * *d);
        }
        *d = share * total;
    }
}

/// `(t/divisor + offset)^degree`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn powers(entries: &mut [f64], degree: i32, divisor: f64, offset: f64) {
    for t in entries.iter_mut() {
        *t = *t / divisor + offset;
    }
    if degree == 3 {
        return entries.iter_mut().for_each(|t| *t = *t * *t * *t);
    }
    entries.iter_mut().for_each(|t| *t = t.powi(degree));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn sum(values: &[f64]) -> f64 {
    let mut lanes = [0.0; 32];
    let chunks = values.chunks_exact(32);
    let rest: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        lanes.iter_mut().zip(chunk).for_each(|(lane, value)| *lane += value);
    }
    lanes.iter().sum::<f64>() + rest
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn add(sums: &mut [f64], values: &[f64]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_add_up_to_all_pairs() {
        let (n, m) = (300, 540);
        let row = |i: usize, j: usize| ((i * i * 7 + i * j * 31 + 3 * j) % 23) as f64 / 8.0;
        let pooled = Array2::from_shape_fn((n + m, 3), |(i, j)| row(i, j) + if i < n { 0.0 } else { 0.25 });
        let kernels = [
            PairKernel::NegativeDistance,
            PairKernel::Gaussian(&[0.5, 2.0]),
            PairKernel::Laplace(&[0.7]),
            PairKernel::Polynomial { degree: 3, divisor: 3.0, offset: 1.0 },
            PairKernel::Polynomial { degree: 2, divisor: 0.5, offset: 0.0 },
        ];
        let test = Permutations::new(3, 8);
        let p = labels(n, m, test);
        for kernel in &kernels {
            let of = |i: usize, j: usize| -> f64 {
                let (a, b) = (pooled.row(i), pooled.row(j));
                let distance = a.iter().zip(&b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>().sqrt();
                match *kernel {
                    PairKernel::NegativeDistance => -distance,
                    PairKernel::Gaussian(s) => {
                        s.iter().map(|s| (-0.5 * (distance / s).powi(2)).exp()).sum::<f64>() / s.len() as f64
                    }
                    PairKernel::Laplace(s) => s.iter().map(|s| (-distance / s).exp()).sum::<f64>() / s.len() as f64,
                    PairKernel::Polynomial { degree, divisor, offset } => (a.dot(&b) / divisor + offset).powi(degree),
                }
            };
            let k = Array2::from_shape_fn((n + m, n + m), |(i, j)| if i == j { 0.0 } else { of(i, j) });
            let found = sums(&Tiles::new(pooled.view(), kernel), n, p.view());
            let close = |found: f64, expected: f64| (found - expected).abs() <= 1e-11 * expected.abs();
            for i in 0..n + m {
                let row = k.row(i);
                assert!(close(found.over[0][i], row.slice(s![..n]).sum()), "row {i}");
                assert!(close(found.over[1][i], row.slice(s![n..]).sum()), "row {i}");
            }
            for (inside, label) in found.inside.iter().zip(p.columns()) {
                assert!(close(*inside, label.dot(&k.dot(&label))));
            }
        }
    }
}
