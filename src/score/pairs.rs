//! Statistics of pairs: what the energy distance, MMD and KID have in common.
//!
//! For a kernel `k` and the pooled sample `z = (x, y)` all of them need only sums of rows of `K = k(z_i, z_j)` over
//! subsets of its columns: over `x` and over `y` for the statistic and its jackknife, over random subsets for the
//! permutation test. All of these are the one product `K P` with a 0/1 matrix `P`, accumulated over blocks of rows of
//! `K`, so memory is O(block N + N permutations) and the time O(N² (d + permutations)) of matrix products. The
//! diagonal of `K` is left out throughout.

use super::Better;
use super::null::Null;
use super::permutations::{Permutations, pool};
use crate::certificate::Estimate;
use crate::linalg;
use crate::measure::distance::{BLOCK, Clouds, for_blocks};
use crate::numeric::stream;
use ndarray::{Array2, ArrayView2, Axis, concatenate, s};
use rand::seq::SliceRandom;

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
    null: Null,
    /// Values that differ by less are the same up to rounding.
    slack: f64,
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
    let sums = row_sums(x, y, kernel, labels.view());
    let statistic = Statistic { form, n: n as f64, m: m as f64 };

    // sums of each row over the x and over the y
    let (over_x, over_y) = (sums.column(0), sums.column(1));
    let (xx, xy) = (over_x.slice(s![..n]), over_y.slice(s![..n]));
    let (yx, yy) = (over_x.slice(s![n..]), over_y.slice(s![n..]));
    let (sum_xx, sum_xy, sum_yy) = (xx.sum(), xy.sum(), yy.sum());
    let value = statistic.of(sum_xx, sum_xy, sum_yy);

    // the statistic without one point needs only that point's row sums
    let smallest = if form == Form::U { 3 } else { 2 };
    let std_error = (n.min(m) >= smallest).then(|| {
        let fewer_x = Statistic { n: statistic.n - 1.0, ..statistic };
        let without_x: Vec<f64> = (0..n).map(|i| fewer_x.of(sum_xx - 2.0 * xx[i], sum_xy - xy[i], sum_yy)).collect();
        let fewer_y = Statistic { m: statistic.m - 1.0, ..statistic };
        let without_y: Vec<f64> = (0..m).map(|j| fewer_y.of(sum_xx, sum_xy - yx[j], sum_yy - 2.0 * yy[j])).collect();
        (jackknife_variance(&without_x) + jackknife_variance(&without_y)).sqrt()
    });

    let total = sum_xx + 2.0 * sum_xy + sum_yy;
    let relabelled = (2..labels.ncols()).map(|b| {
        let (label, sum) = (labels.column(b), sums.column(b));
        let inside: f64 = label.dot(&sum);
        let across = sum.sum() - inside;
        statistic.of(inside, across, total - 2.0 * across - inside)
    });
    let null = Null::new(relabelled.collect(), test.seed);
    let slack =
        1e-12 * sums.column(0).iter().chain(sums.column(1)).map(|v| v.abs()).sum::<f64>() / (statistic.n * statistic.m);
    let unbiased = Statistic { form: Form::U, ..statistic }.of(sum_xx, sum_xy, sum_yy);
    PairStatistic { value, unbiased, std_error, null, slack }
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

/// Indicator columns: of `x`, of `y`, then one random subset of size `n` a relabelling.
fn labels(n: usize, m: usize, test: Permutations) -> Array2<f64> {
    let mut labels = Array2::zeros((2 + test.count, n + m));
    labels.slice_mut(s![0, ..n]).fill(1.0);
    labels.slice_mut(s![1, n..]).fill(1.0);
    let mut rng = stream(test.seed, 0);
    let mut order: Vec<usize> = (0..n + m).collect();
    for mut row in labels.rows_mut().into_iter().skip(2) {
        let (chosen, _) = order.partial_shuffle(&mut rng, n);
        for &i in chosen.iter() {
            row[i] = 1.0;
        }
    }
    labels.reversed_axes()
}

/// What a squared distance is multiplied by in the exponent of a Gaussian kernel; finite for the least width, so that a
/// point is like itself.
pub(super) fn gaussian_rate(width: f64) -> f64 {
    (-0.5 / (width * width)).max(f64::MIN)
}

/// `K P` for the pooled sample, the diagonal of `K` left out.
fn row_sums(
    x: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    kernel: &PairKernel<'_>,
    p: ArrayView2<'_, f64>,
) -> Array2<f64> {
    let pooled = pool(x, y);
    let blocks: Vec<Array2<f64>> = match *kernel {
        PairKernel::Polynomial { degree, divisor, offset } => for_blocks(pooled.nrows(), |first| {
            let last = (first + BLOCK).min(pooled.nrows());
            let mut k = linalg::matmul(pooled.slice(s![first..last, ..]), pooled.t());
            k.mapv_inplace(|dot| (dot / divisor + offset).powi(degree));
            times(k, first, p)
        }),
        PairKernel::NegativeDistance => of_distances(pooled.view(), p, |d| -d.sqrt()),
        PairKernel::Gaussian(widths) => {
            let rates: Vec<f64> = widths.iter().map(|&width| gaussian_rate(width)).collect();
            of_distances(pooled.view(), p, |d| mean(&rates, |rate| (rate * d).exp()))
        }
        PairKernel::Laplace(widths) => of_distances(pooled.view(), p, |d| {
            let distance = d.sqrt();
            mean(widths, |width| (-distance / width).exp())
        }),
    };
    let views: Vec<ArrayView2<'_, f64>> = blocks.iter().map(|b| b.view()).collect();
    match concatenate(Axis(0), &views) {
        Ok(sums) => sums,
        Err(_) => unreachable!("every block has one column a label"),
    }
}

/// The blocks of `K P` for a kernel of squared distances.
fn of_distances(
    pooled: ArrayView2<'_, f64>,
    p: ArrayView2<'_, f64>,
    of: impl Fn(f64) -> f64 + Sync,
) -> Vec<Array2<f64>> {
    let clouds = Clouds::new(pooled, pooled);
    for_blocks(pooled.nrows(), |first| times(clouds.block(first).mapv_into(&of), first, p))
}

fn mean(parameters: &[f64], of: impl Fn(f64) -> f64) -> f64 {
    parameters.iter().map(|&parameter| of(parameter)).sum::<f64>() / parameters.len() as f64
}

fn times(mut k: Array2<f64>, first: usize, p: ArrayView2<'_, f64>) -> Array2<f64> {
    for i in 0..k.nrows() {
        k[[i, first + i]] = 0.0;
    }
    linalg::matmul(k.view(), p)
}
