//! Samples of different sizes, seen at one scale.
//!
//! What is smoothed away of a density hangs on how many rows there are. In the logarithm of a ratio it cancels in part
//! where both densities are smoothed alike, and not where one sample is far larger. So the rows of the larger one are dealt
//! into blocks of about the size of the smaller; each block is compared with it, and the mean is taken. No row is lost.

use crate::error::Result;
use crate::measure::Empirical;
use crate::numeric::stream;
use ndarray::Axis;
use rand::seq::SliceRandom;

/// Seed of the deal, which belongs to the estimator.
const SEED: u64 = 0x0064_6561_6C65_7221;

/// Rows beyond which a quadratic method takes some of a sample only.
const MOST_ROWS: usize = 20_000;
/// Rows of a sample for each of the other beyond which its part in the error is one in a hundred.
const MOST_TIMES: usize = 100;
const FEWEST: usize = 1000;

/// Numbers of the rows in each block, ascending, dealt at random: the order of the rows may mean something.
pub(super) fn deal(rows: usize, blocks: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..rows).collect();
    if blocks <= 1 {
        return vec![order];
    }
    order.shuffle(&mut stream(SEED, 0));
    let block = |b: usize| {
        let mut block = order[b * rows / blocks..(b + 1) * rows / blocks].to_vec();
        block.sort_unstable();
        block
    };
    (0..blocks).map(block).collect()
}

/// Rows of a sample that are enough for work which grows with their square, where the other sample has `others`.
pub(super) fn most_rows(rows: usize, others: usize) -> usize {
    rows.min(MOST_ROWS).min((MOST_TIMES * others).max(FEWEST))
}

/// So many rows of the sample, drawn at random; none where it has no more.
pub(super) fn thin(sample: &Empirical, most: usize) -> Result<Option<Empirical>> {
    if sample.len() <= most {
        return Ok(None);
    }
    let mut rows: Vec<usize> = (0..sample.len()).collect();
    rows.shuffle(&mut stream(SEED, 1));
    rows.truncate(most);
    rows.sort_unstable();
    Empirical::new(sample.points().select(Axis(0), &rows)).map(Some)
}

/// The rows in random order, so that those with even and with odd numbers are two samples of one law.
pub(super) fn shuffled(sample: &Empirical) -> Result<Empirical> {
    let mut rows: Vec<usize> = (0..sample.len()).collect();
    rows.shuffle(&mut stream(SEED, 2));
    Empirical::new(sample.points().select(Axis(0), &rows))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_sample_is_thinned_where_it_is_too_large() {
        assert_eq!((most_rows(100_000, 5), most_rows(5, 100_000)), (1000, 5));
        assert_eq!((most_rows(100_000, 90_000), most_rows(4000, 30)), (20_000, 3000));
        let sample = Empirical::new(Array2::from_shape_fn((50, 2), |(i, j)| (2 * i + j) as f64)).unwrap();
        assert_eq!(thin(&sample, 50).unwrap(), None);
        let few = thin(&sample, 20).unwrap().unwrap();
        let first: Vec<f64> = few.points().column(0).to_vec();
        assert!(few.len() == 20 && first.is_sorted() && first.iter().all(|v| v % 2.0 == 0.0), "{first:?}");
    }

    #[test]
    fn every_row_is_dealt_once() {
        for (rows, blocks) in [(7, 1), (10, 3), (1000, 7), (5, 5)] {
            let dealt = deal(rows, blocks);
            assert_eq!(dealt.len(), blocks);
            assert!(dealt.iter().all(|b| b.len().abs_diff(rows / blocks) <= 1 && b.is_sorted()));
            let mut all = dealt.concat();
            all.sort_unstable();
            assert_eq!(all, (0..rows).collect::<Vec<_>>());
        }
    }
}
