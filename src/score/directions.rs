//! Squared transport along random directions between many pairs of subsets of the same rows, as relabelled samples are, and samples without a group.
//!
//! The rows are projected and put in order once a direction; a subset of them is in order too. O(rows (d + log rows)) a direction, and O(rows) a pair.

use crate::transport::line::{cost_of_ordered, direction, order};
use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

/// Directions that are projected on at once.
const BLOCK: usize = 8;

/// The subset of a pair that a row belongs to.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Belongs {
    Neither,
    First,
    Second,
}

/// The mean over the first `count` directions of the seed, for each pair of subsets: a side for each row of `x`, then of `y`. No subset is empty.
pub(super) fn mean_squares(
    (x, y): (ArrayView2<'_, f64>, ArrayView2<'_, f64>),
    (count, seed): (usize, u64),
    pairs: &[Vec<Belongs>],
) -> Vec<f64> {
    let d = x.ncols();
    let of_block = |first: usize| {
        let chosen = first..(first + BLOCK).min(count);
        let mut directions = Array2::zeros((chosen.len(), d));
        directions
            .rows_mut()
            .into_iter()
            .zip(chosen)
            .for_each(|(mut row, k)| row.assign(&direction(seed, k as u64, d)));
        let [of_x, of_y] = [x, y].map(|points| crate::linalg::matmul(directions.view(), points.t()));
        let mut sums = vec![0.0; pairs.len()];
        for (x, y) in of_x.rows().into_iter().zip(of_y.rows()) {
            let ordered = order(&x.iter().chain(y).copied().collect::<Vec<f64>>());
            let mut subsets = [vec![0.0; ordered.len() + 1], vec![0.0; ordered.len() + 1]];
            sums.iter_mut().zip(pairs).for_each(|(sum, sides)| *sum += square(&ordered, sides, &mut subsets));
        }
        sums
    };
    let blocks: Vec<Vec<f64>> = (0..count).into_par_iter().step_by(BLOCK).map(of_block).collect();
    (0..pairs.len()).map(|k| blocks.iter().map(|sums| sums[k]).sum::<f64>() / count as f64).collect()
}

fn square(ordered: &[(f64, usize)], sides: &[Belongs], [first, second]: &mut [Vec<f64>; 2]) -> f64 {
    let (mut n, mut m) = (0, 0);
    for &(t, i) in ordered {
        // no branch, since none could be foreseen: what is not kept is overwritten
        (first[n], second[m]) = (t, t);
        n += usize::from(sides[i] == Belongs::First);
        m += usize::from(sides[i] == Belongs::Second);
    }
    cost_of_ordered(&first[..n], &second[..m], 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Empirical;
    use crate::numeric::stream;
    use crate::transport::Sliced;
    use ndarray::Axis;
    use rand::RngExt;

    #[test]
    fn subsets_have_the_sliced_distance_of_their_rows() {
        let mut rng = stream(2, 0);
        for (n, m, d) in [(40, 40, 3), (30, 50, 1), (25, 20, 12)] {
            // ties in a column, and copies across the samples
            let mut draw =
                |rows: usize| Array2::from_shape_simple_fn((rows, d), || (6.0 * rng.random::<f64>()).floor());
            let (x, y) = (draw(n), draw(m));
            let side = |k: usize| [Belongs::First, Belongs::Second, Belongs::Neither][k % 3];
            let pairs: Vec<Vec<Belongs>> =
                (1..4).map(|step| (0..n + m).map(|i| side(i * step + i / 5)).collect()).collect();
            let found = mean_squares((x.view(), y.view()), (20, 9), &pairs);
            let pooled = ndarray::concatenate![Axis(0), x, y];
            for (found, sides) in found.iter().zip(&pairs) {
                let part = |side: Belongs| {
                    let rows: Vec<usize> = (0..n + m).filter(|i| sides[*i] == side).collect();
                    Empirical::new(pooled.select(Axis(0), &rows)).unwrap()
                };
                let sliced = Sliced::new(20).seed(9);
                let expected = sliced.solve(&part(Belongs::First), &part(Belongs::Second), 2.0).unwrap().value.powi(2);
                assert!((found - expected).abs() < 1e-12 * expected.max(1.0), "{n} {m} {d}: {found} for {expected}");
            }
        }
    }
}
