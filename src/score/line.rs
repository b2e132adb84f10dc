//! The energy distance on the line, from the pooled sample in ascending order.
//!
//! With the distribution functions `F` and `G` it is `2 ∫ (F - G)²` (Székely and Rizzo, doi:10.1016/j.jspi.2013.03.018), a sum of squares over the
//! gaps between neighbours, in which nothing cancels. A relabelled sample has the same gaps. O(N log N) time, and O(N) a relabelling.

use super::Permutations;
use super::pairs::{Form, PairStatistic, for_each_subset};
use crate::transport::line;
use multiversion::multiversion;

/// Relabellings that are taken side by side, a bit each.
const ABREAST: usize = 16;
/// Operations a row and relabelling.
const WORK: f64 = 20.0;
/// Terms that are added up before their sum is added to the others.
const RUN: usize = 1024;

/// The energy distance of two samples with its error, as the V-statistic; as many relabellings as time allows.
pub(super) fn energy(x: &[f64], y: &[f64], test: Permutations) -> PairStatistic {
    let (n, rows) = (x.len(), x.len() + y.len());
    let (counts, m) = (n as f64, y.len() as f64);
    let pooled: Vec<f64> = x.iter().chain(y).copied().collect();
    let (sorted, numbers): (Vec<f64>, Vec<u32>) = line::order(&pooled).into_iter().map(|(t, i)| (t, i as u32)).unzip();
    let gaps: Vec<f64> = sorted.windows(2).map(|pair| pair[1] - pair[0]).collect();

    let labels: Vec<u16> = (0..rows).map(|i| u16::from(i < n)).collect();
    let value = mutate!(2.0, Energy, |_| 1.0) * squares(&gaps, &numbers, &labels, counts, m)[0];
    let over = row_sums(&gaps, &numbers, &labels, counts, m);

    let mut relabelled = Vec::new();
    let mut labels = vec![0u16; rows];
    let test = test.as_far_as(WORK * rows as f64);
    for_each_subset(n, rows, test, |b, chosen| {
        let place = b % ABREAST;
        chosen.iter().for_each(|&i| labels[i as usize] |= 1 << place);
        if place + 1 == ABREAST || b + 1 == test.count {
            let found = squares(&gaps, &numbers, &labels, counts, m);
            relabelled.extend(found[..=place].iter().map(|sum| 2.0 * sum));
            labels.fill(0);
        }
    });
    let statistic = PairStatistic::of_sums(Form::V, n, over, relabelled, test.seed);
    // the bias of the mean distances within the samples, which the sums hold to all digits
    PairStatistic { value, unbiased: value - (statistic.value - statistic.unbiased), ..statistic }
}

/// The nanoseconds of [`energy`] of so many rows.
pub(super) fn nanoseconds(rows: f64, relabellings: f64) -> f64 {
    let test = Permutations { count: relabellings as usize, seed: 0 }.as_far_as(WORK * rows);
    rows * (SORT * rows.max(2.0).ln() + WORK / 2.0 * (test.count + 1) as f64)
}

/// Nanoseconds of sorting, by row and logarithm of the rows.
const SORT: f64 = 20.0;

/// `∫ (F - G)²` for each of the bits of the labels, whose rows have the distribution function `F`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn squares(gaps: &[f64], numbers: &[u32], labels: &[u16], n: f64, m: f64) -> [f64; ABREAST] {
    let (step, each) = (1.0 / n + 1.0 / m, 1.0 / m);
    let (mut below, mut sums) = ([0.0; ABREAST], [0.0; ABREAST]);
    let mut rank = 0.0;
    for (gaps, numbers) in gaps.chunks(RUN).zip(numbers.chunks(RUN)) {
        let mut run = [0.0; ABREAST];
        for (gap, &i) in gaps.iter().zip(numbers) {
            rank += 1.0;
            let bits = labels[i as usize];
            for k in 0..ABREAST {
                below[k] += f64::from(u8::from(bits & 1 << k != 0));
                let apart = below[k] * step - rank * each;
                run[k] += gap * (apart * apart);
            }
        }
        sums.iter_mut().zip(run).for_each(|(sum, run)| *sum += run);
    }
    sums
}

/// The sums of `-|z_i - z_j|` of each row over the rows of either sample.
fn row_sums(gaps: &[f64], numbers: &[u32], labels: &[u16], n: f64, m: f64) -> [Vec<f64>; 2] {
    // of the least row, by the numbers of rows above each gap; then from row to row, by the numbers on both sides
    let (mut x_below, mut y_below) = (0.0, 0.0);
    let (mut over_x, mut over_y) = (0.0, 0.0);
    for (gap, &i) in gaps.iter().zip(numbers) {
        let is_x = f64::from(labels[i as usize]);
        (x_below, y_below) = (x_below + is_x, y_below + 1.0 - is_x);
        (over_x, over_y) = (over_x + gap * (n - x_below), over_y + gap * (m - y_below));
    }
    let mut over = [vec![0.0; numbers.len()], vec![0.0; numbers.len()]];
    (x_below, y_below) = (0.0, 0.0);
    for (gap, &i) in gaps.iter().chain([&0.0]).zip(numbers) {
        (over[0][i as usize], over[1][i as usize]) = (-over_x, -over_y);
        let is_x = f64::from(labels[i as usize]);
        (x_below, y_below) = (x_below + is_x, y_below + 1.0 - is_x);
        (over_x, over_y) = (over_x + gap * (2.0 * x_below - n), over_y + gap * (2.0 * y_below - m));
    }
    over
}

#[cfg(test)]
mod tests {
    use super::super::pairs::{PairKernel, pair_statistic};
    use super::*;
    use ndarray::{Array2, ArrayView2};

    #[test]
    fn order_and_all_pairs_agree() {
        // ties, copies across the samples, far from zero; more relabellings than go abreast
        for (n, m, offset, levels) in [(50, 70, 0.0, 1000), (200, 90, 1e6, 13), (3, 4, -5.0, 2), (40, 40, 0.0, 1)] {
            let draw = |rows: usize, seed: usize| -> Vec<f64> {
                (0..rows).map(|i| offset + ((i * i * 37 + i * 11 + seed) % 997 % levels) as f64 / 16.0).collect()
            };
            let (x, y) = (draw(n, 1), draw(m, 5));
            let column = |t: &[f64]| Array2::from_shape_vec((t.len(), 1), t.to_vec()).unwrap();
            let test = Permutations::new(37, 4);
            let (a, b): (Array2<f64>, Array2<f64>) = (column(&x), column(&y));
            let views: [ArrayView2<'_, f64>; 2] = [a.view(), b.view()];
            let expected = pair_statistic(views[0], views[1], &PairKernel::NegativeDistance, Form::V, test);
            let found = energy(&x, &y, test);
            let close = |found: f64, expected: f64| (found - expected).abs() < 1e-9 * expected.abs().max(1e-4);
            assert!(close(found.value, expected.value), "{} {}", found.value, expected.value);
            assert!(close(found.unbiased, expected.unbiased), "{} {}", found.unbiased, expected.unbiased);
            assert!(close(found.std_error.unwrap(), expected.std_error.unwrap()));
            let (null, slow) = (found.null.values(), expected.null.values());
            assert_eq!((null.len(), slow.len()), (37, 37));
            assert!(null.iter().zip(slow).all(|(found, expected)| close(*found, *expected)));
        }
    }
}
