//! The exact law of the Kolmogorov-Smirnov statistic under relabelling, with ties.

/// Products of the sizes up to which it is computed: a twentieth of a second.
pub(super) const LARGEST: f64 = 5e6;

/// The share of relabellings of pooled rows with a difference of distribution functions of at least `steps/(n m)`;
/// `ties` are the numbers of equal rows, in ascending order.
///
/// A relabelling is a path over the lattice of `(i, j)`: so many rows of either sample below. It is seen only where a
/// group of ties ends. The recursion goes forward over the chance that a path through a point has been so far away
/// (Schröer and Trenkler 1995, doi:10.1016/0167-9473(94)00040-P); all of its terms are positive, so small values keep
/// their digits. O(n m).
pub(super) fn exceeded((n, m): (usize, usize), ties: &[usize], steps: u64) -> f64 {
    let mut ends = vec![false; n + m + 1];
    let mut at = 0;
    for group in ties {
        at += group;
        ends[at] = true;
    }
    let far = |i: usize, j: usize| ends[i + j] && ((i * m) as u64).abs_diff((j * n) as u64) >= steps;
    let mut row = vec![0.0; m + 1];
    for i in 0..=n {
        for j in 0..=m {
            let total = (i + j) as f64;
            let above = if i > 0 { i as f64 / total * row[j] } else { 0.0 };
            let before = if j > 0 { j as f64 / total * row[j - 1] } else { 0.0 };
            row[j] = if i + j > 0 && far(i, j) { 1.0 } else { above + before };
        }
    }
    row[m].min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over all ways to choose which of the pooled rows are of the first sample.
    fn by_counting(n: usize, ties: &[usize], steps: u64) -> f64 {
        let total: usize = ties.iter().sum();
        let m = total - n;
        let (mut hits, mut all) = (0, 0);
        for chosen in (0..1u32 << total).filter(|chosen| chosen.count_ones() as usize == n) {
            let (mut at, mut i, mut most) = (0, 0, 0);
            for group in ties {
                for k in at..at + group {
                    i += (chosen >> k & 1) as usize;
                }
                at += group;
                most = most.max(((i * m) as u64).abs_diff(((at - i) * n) as u64));
            }
            hits += u32::from(most >= steps);
            all += 1;
        }
        f64::from(hits) / f64::from(all)
    }

    #[test]
    fn every_relabelling_is_counted() {
        for (n, ties) in [(3, vec![1; 6]), (2, vec![1; 7]), (5, vec![2, 3, 1, 1, 4]), (4, vec![5, 6]), (1, vec![9])] {
            let m = ties.iter().sum::<usize>() - n;
            for steps in 1..=(n * m) as u64 {
                let (found, expected) = (exceeded((n, m), &ties, steps), by_counting(n, &ties, steps));
                assert!((found - expected).abs() < 1e-14, "{n} {ties:?} {steps}: {found} {expected}");
            }
        }
    }

    #[test]
    fn small_values_keep_their_digits() {
        // two disjoint samples of 30: two of C(60, 30) relabellings, as scipy.stats.ks_2samp has it
        let found = exceeded((30, 30), &[1; 60], 900);
        assert!((found / 1.691_123_389_214_473_5e-17 - 1.0).abs() < 1e-12, "{found}");
    }
}
