//! Distances on the line from the pooled sample in ascending order, which every relabelled sample shares.
//!
//! With the distribution functions `F` and `G` the energy distance is `2 ∫ (F - G)²` (Székely and Rizzo, doi:10.1016/j.jspi.2013.03.018) and `W₁`
//! is `∫ |F - G|`: sums over the gaps between neighbours, in which nothing cancels. Each sample is sorted once. O(N log N) time, and O(N) a relabelling.

use super::Permutations;
use super::null::Null;
use super::pairs::{Form, PairStatistic};
use super::permutations::{ABREAST, side_by_side};
use crate::certificate::Certified;
use crate::numeric::stream;
use crate::transport::line::{cost_of_ordered, potentials_of_ordered, sorted};
use multiversion::multiversion;
use ndarray::ArrayView2;
use rayon::prelude::*;

/// Operations a row and relabelling.
pub(super) const WORK: f64 = 20.0;
/// Terms that are added up before their sum is added to the others.
const RUN: usize = 1024;

/// Two samples of numbers in ascending order, and both together.
pub(super) struct Line {
    x: Vec<f64>,
    y: Vec<f64>,
    pooled: Vec<f64>,
    /// 1 where a pooled number is one of `x`.
    labels: Vec<u16>,
}

impl Line {
    /// Of samples in one column.
    pub(super) fn new(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Self {
        let in_order = |points: ArrayView2<'_, f64>| sorted(&points.iter().copied().collect::<Vec<f64>>());
        let (x, y) = rayon::join(|| in_order(x), || in_order(y));
        let (pooled, labels) = merged(&x, &y);
        Self { x, y, pooled, labels }
    }

    fn sizes(&self) -> (f64, f64) {
        (self.x.len() as f64, self.y.len() as f64)
    }

    /// The energy distance with its error, as the V-statistic; as many relabellings as time allows.
    pub(super) fn energy(&self, test: Permutations) -> PairStatistic {
        let (n, m) = self.sizes();
        let relabelled = || {
            let squares = |labels: &[u16], _| integrals(&self.pooled, labels, n, m, true).map(|sum| 2.0 * sum).to_vec();
            self.relabelled(test.as_far_as(WORK * (n + m)), squares)
        };
        let of_pairs = || {
            let (square, over) = self.row_sums();
            let statistic = PairStatistic::of_sums(Form::V, self.x.len(), over, Vec::new(), test.seed);
            let value = mutate!(2.0, Energy, |_| 1.0) * square;
            // the bias of the mean distances within the samples, which the sums hold to all digits
            PairStatistic { value, unbiased: value - (statistic.value - statistic.unbiased), ..statistic }
        };
        let (null, statistic) = rayon::join(relabelled, of_pairs);
        PairStatistic { null, ..statistic }
    }

    /// The cost of transport under `|x - y|^p` and its dual value, and the potentials of the rows of either sample.
    pub(super) fn transport(&self, p: f64) -> (Certified, [Vec<f64>; 2]) {
        potentials_of_ordered(&self.x, &self.y, p)
    }

    /// The costs of relabelled samples.
    pub(super) fn relabelled_transport(&self, p: f64, test: Permutations) -> Null {
        let (n, m) = self.sizes();
        let test = Permutations { count: test.within(WORK * (n + m)), ..test };
        if p <= 1.0 {
            return self.relabelled(test, |labels, _| integrals(&self.pooled, labels, n, m, false).to_vec());
        }
        self.relabelled(test, |labels, count| {
            let cost = |k: usize| {
                let [a, b] = divided(&self.pooled, labels, k);
                cost_of_ordered(&a, &b, p)
            };
            (0..count).into_par_iter().map(cost).collect()
        })
    }

    /// What `of` says of relabelled samples. It is given the labels of up to [`ABREAST`] of them in the order of the pooled numbers, and how many there are.
    fn relabelled(&self, test: Permutations, of: impl Fn(&[u16], usize) -> Vec<f64> + Sync) -> Null {
        let rows = self.pooled.len();
        let some = |first: usize| {
            let count = ABREAST.min(test.count - first);
            let labels = side_by_side(self.x.len(), rows, &mut stream(test.seed, first as u64));
            of(&labels, count).into_iter().take(count).collect::<Vec<f64>>()
        };
        let values: Vec<Vec<f64>> = (0..test.count).into_par_iter().step_by(ABREAST).map(some).collect();
        Null::new(values.concat(), test.seed)
    }

    /// `∫ (F - G)²`, and the sums of `-|z_i - z_j|` of each row, first of `x` and then of `y`, over the rows of either sample.
    fn row_sums(&self) -> (f64, [Vec<f64>; 2]) {
        let (n, m) = self.sizes();
        let gaps = || self.pooled.windows(2).map(|pair| pair[1] - pair[0]);
        // of the least row, by the numbers of rows above each gap; then from row to row, by the numbers on both sides
        let (mut x_below, mut y_below) = (0.0, 0.0);
        let (mut over_x, mut over_y) = (0.0, 0.0);
        for (gap, label) in gaps().zip(&self.labels) {
            let is_x = f64::from(*label);
            (x_below, y_below) = (x_below + is_x, y_below + 1.0 - is_x);
            (over_x, over_y) = (over_x + gap * (n - x_below), over_y + gap * (m - y_below));
        }
        let rows = self.pooled.len();
        let mut over = [vec![0.0; rows], vec![0.0; rows]];
        let mut places = [self.x.len(), 0];
        (x_below, y_below) = (0.0, 0.0);
        let (mut square, mut run) = (0.0, 0.0);
        for (k, (gap, label)) in gaps().chain([0.0]).zip(&self.labels).enumerate() {
            let place = &mut places[usize::from(*label)];
            (over[0][*place], over[1][*place]) = (-over_x, -over_y);
            *place += 1;
            let is_x = f64::from(*label);
            (x_below, y_below) = (x_below + is_x, y_below + 1.0 - is_x);
            (over_x, over_y) = (over_x + gap * (2.0 * x_below - n), over_y + gap * (2.0 * y_below - m));
            let apart = x_below * m - y_below * n;
            run += gap * (apart * apart);
            if k % RUN == 0 {
                (square, run) = (square + run, 0.0);
            }
        }
        ((square + run) / (n * m) / (n * m), over)
    }
}

/// The nanoseconds of a score of so many numbers and of its relabellings, of which so many are asked for.
pub(super) fn nanoseconds(rows: f64, relabellings: f64) -> f64 {
    let test = Permutations { count: relabellings as usize, seed: 0 }.as_far_as(WORK * rows);
    rows * (SORT * rows.max(2.0).ln() + RELABELLED * (test.count + ABREAST) as f64)
}

/// Nanoseconds of sorting, by row and logarithm of the rows; and of a relabelling, by row.
const SORT: f64 = 4.0;
const RELABELLED: f64 = 1.0;

/// Numbers of two samples in ascending order, and whether they are of the first.
fn merged(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<u16>) {
    let rows = x.len() + y.len();
    let (mut pooled, mut labels) = (vec![0.0; rows], vec![0; rows]);
    let (mut i, mut j, mut k) = (0, 0, 0);
    while i < x.len() && j < y.len() {
        // no branch, since none could be foreseen
        let (a, b) = (x[i], y[j]);
        let is_x = a <= b;
        pooled[k] = if is_x { a } else { b };
        labels[k] = u16::from(is_x);
        (i, j, k) = (i + usize::from(is_x), j + usize::from(!is_x), k + 1);
    }
    labels[k..].fill(u16::from(i < x.len()));
    let rest = if i < x.len() { &x[i..] } else { &y[j..] };
    pooled[k..].copy_from_slice(rest);
    (pooled, labels)
}

/// The numbers in order whose bit `k` is set, and the others.
fn divided(pooled: &[f64], labels: &[u16], k: usize) -> [Vec<f64>; 2] {
    // each number is written to both, and kept by one
    let mut both = [vec![0.0; pooled.len()], vec![0.0; pooled.len()]];
    let [mut i, mut j] = [0, 0];
    for (t, label) in pooled.iter().zip(labels) {
        let is_first = usize::from(label >> k & 1);
        (both[0][i], both[1][j]) = (*t, *t);
        (i, j) = (i + is_first, j + 1 - is_first);
    }
    both[0].truncate(i);
    both[1].truncate(j);
    both
}

/// `∫ |F - G|`, or `∫ (F - G)²`, for each of the bits of the labels, whose rows have the distribution function `F`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn integrals(pooled: &[f64], labels: &[u16], n: f64, m: f64, squared: bool) -> [f64; ABREAST] {
    // F - G is (rows below of the first (n + m) - rows below n)/(n m), and the bracket is a whole number
    let rows = n + m;
    let (mut below, mut sums) = ([0.0; ABREAST], [0.0; ABREAST]);
    let mut all = 0.0;
    let gaps = pooled.len().saturating_sub(1);
    for first in (0..gaps).step_by(RUN) {
        let last = (first + RUN).min(gaps);
        let mut run = [0.0; ABREAST];
        for ((low, high), &bits) in pooled[first..last].iter().zip(&pooled[first + 1..=last]).zip(&labels[first..last])
        {
            all += n;
            let gap = high - low;
            for k in 0..ABREAST {
                below[k] += f64::from(u8::from(bits & 1 << k != 0));
                let apart = below[k] * rows - all;
                run[k] += gap * if squared { apart * apart } else { apart.abs() };
            }
        }
        sums.iter_mut().zip(run).for_each(|(sum, run)| *sum += run);
    }
    let unit = if squared { n * m * n * m } else { n * m };
    sums.map(|sum| sum / unit)
}

#[cfg(test)]
mod tests {
    use super::super::pairs::{PairKernel, pair_statistic};
    use super::*;
    use ndarray::Array2;

    /// Ties, copies across the samples, far from zero.
    const CASES: [(usize, usize, f64, usize); 5] =
        [(50, 70, 0.0, 1000), (200, 90, 1e6, 13), (3, 4, -5.0, 2), (40, 40, 0.0, 1), (60, 60, 0.0, 500)];

    fn samples((n, m, offset, levels): (usize, usize, f64, usize)) -> [Array2<f64>; 2] {
        [(n, 1), (m, 5)].map(|(rows, seed)| {
            Array2::from_shape_fn((rows, 1), |(i, _)| {
                offset + ((i * i * 37 + i * 11 + seed) % 997 % levels) as f64 / 16.0
            })
        })
    }

    fn close(found: f64, expected: f64) -> bool {
        (found - expected).abs() < 1e-9 * expected.abs().max(1e-4)
    }

    #[test]
    fn order_and_all_pairs_agree() {
        for case in CASES {
            let [x, y] = samples(case);
            let kernel = PairKernel::NegativeDistance;
            let expected = pair_statistic(x.view(), y.view(), &kernel, Form::V, Permutations::none());
            let found = Line::new(x.view(), y.view()).energy(Permutations::new(37, 4));
            assert!(close(found.value, expected.value), "{} {}", found.value, expected.value);
            assert!(close(found.unbiased, expected.unbiased), "{} {}", found.unbiased, expected.unbiased);
            assert!(close(found.std_error.unwrap(), expected.std_error.unwrap()));
            assert_eq!(found.null.len(), 37);
        }
    }

    #[test]
    fn relabelled_samples_side_by_side_have_the_distances_of_their_rows() {
        for case in CASES {
            let [x, y] = samples(case);
            let line = Line::new(x.view(), y.view());
            // more than go abreast
            let test = Permutations::new(21, 7);
            let energies = line.energy(test).null;
            let costs = [1.0, 2.0].map(|p| line.relabelled_transport(p, test));
            for r in 0..test.count {
                let labels = side_by_side(x.nrows(), line.pooled.len(), &mut stream(7, (r / ABREAST * ABREAST) as u64));
                let part = |first: bool| {
                    let of = |label: &u16| (label >> (r % ABREAST) & 1 == 1) == first;
                    let rows = line.pooled.iter().zip(&labels).filter(|(_, label)| of(label));
                    Array2::from_shape_vec(
                        (if first { x.nrows() } else { y.nrows() }, 1),
                        rows.map(|(t, _)| *t).collect(),
                    )
                    .unwrap()
                };
                let (a, b) = (part(true), part(false));
                let kernel = PairKernel::NegativeDistance;
                let energy = pair_statistic(a.view(), b.view(), &kernel, Form::V, Permutations::none()).value;
                assert!(close(energies.values()[r], energy), "{case:?} {r}");
                for (p, costs) in [1.0, 2.0].into_iter().zip(&costs) {
                    let (a, b) = (a.as_slice().unwrap(), b.as_slice().unwrap());
                    let expected = crate::transport::line::wasserstein(a, None, b, None, p).unwrap().cost();
                    assert!(close(costs.values()[r], expected), "{case:?} {r} {p}: {} {expected}", costs.values()[r]);
                }
            }
        }
    }

    #[test]
    fn potentials_prove_the_cost() {
        for case in CASES {
            let [x, y] = samples(case);
            for p in [1.0, 2.0] {
                let (cost, [u, v]) = Line::new(x.view(), y.view()).transport(p);
                let (a, b) = (x.as_slice().unwrap(), y.as_slice().unwrap());
                let expected = crate::transport::line::wasserstein(a, None, b, None, p).unwrap().cost();
                assert!(close(cost.value, expected) && cost.gap() <= 1e-9 * (1.0 + expected), "{case:?} {p}");
                let (mut a, mut b) = (a.to_vec(), b.to_vec());
                a.sort_by(f64::total_cmp);
                b.sort_by(f64::total_cmp);
                let feasible = |(s, u): (&f64, &f64)| {
                    b.iter().zip(&v).all(|(t, v)| u + v <= (s - t).abs().powf(p) * (1.0 + 1e-12) + 1e-9)
                };
                assert!(a.iter().zip(&u).all(feasible), "{case:?} {p}");
            }
        }
    }
}
