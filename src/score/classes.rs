//! Samples of a class that was asked for: are they of it?
//!
//! Real rows whose classes are known name those of generated rows: each has the class of its nearest real row. The share that is named as
//! asked for judges a conditional generator by what it has not seen (compare the classifiers of Ravuri and Vinyals,
//! arXiv:1905.10887).

use super::share::{Mean, share};
use crate::certificate::Estimate;
use crate::error::{Error, Result};
use crate::measure::Empirical;
use crate::measure::neighbours::Points;

/// Real rows and the class of each.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::classes::ByNearest;
/// let real = Empirical::new(ndarray::array![[0.0], [1.0], [8.0]])?;
/// let judge = ByNearest::new(&real, &[0, 0, 1])?;
/// let made = Empirical::new(ndarray::array![[0.2], [7.0], [9.0]])?;
/// assert_eq!(judge.names(&made)?, [0, 1, 1]);
/// assert!((judge.share_as_asked(&made, &[0, 1, 0])?.value - 2.0 / 3.0).abs() < 1e-15);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct ByNearest<'a> {
    rows: &'a Empirical,
    labels: &'a [usize],
}

impl<'a> ByNearest<'a> {
    /// Rows with their classes. Their weights do not matter.
    ///
    /// # Errors
    /// Not one label for each row.
    pub fn new(rows: &'a Empirical, labels: &'a [usize]) -> Result<Self> {
        if rows.len() != labels.len() {
            return Err(Error::size_mismatch(("real samples", rows.len()), ("labels", labels.len()), "rows"));
        }
        Ok(Self { rows, labels })
    }

    /// The class of the nearest real row of each sample; of the first of them where several are as near. O(n m d), in few dimensions
    /// about O((n + m) log n).
    ///
    /// # Errors
    /// Samples of other columns.
    pub fn names(&self, samples: &Empirical) -> Result<Vec<usize>> {
        let (known, asked) = (self.rows.points(), samples.points());
        if known.ncols() != asked.ncols() {
            let (real, generated) = (("real samples", known.ncols()), ("generated samples", asked.ncols()));
            return Err(Error::size_mismatch(real, generated, "columns"));
        }
        let points = Points::new(known.view());
        Ok(points.around(asked.view(), |_, around| self.labels[around.nearest(1, None)[0].1]))
    }

    /// The share of samples that are named by the class that was asked for, with the interval of a proportion, given the real rows.
    ///
    /// # Errors
    /// As [`names`](Self::names); not one class for each sample.
    pub fn share_as_asked(&self, samples: &Empirical, asked: &[usize]) -> Result<Estimate> {
        if samples.len() != asked.len() {
            let (made, classes) = (("generated samples", samples.len()), ("classes asked for", asked.len()));
            return Err(Error::size_mismatch(made, classes, "rows"));
        }
        let hits = self.names(samples)?.iter().zip(asked).filter(|(found, asked)| found == asked).count();
        let (n, m) = (self.rows.len(), samples.len());
        let p = hits as f64 / m as f64;
        let mean = Mean { sum: hits as f64, count: m, std_error: Some((p * (1.0 - p) / m as f64).sqrt()) };
        let parameters = "class of the nearest real row; binomial error over generated rows".to_owned();
        Ok(share("class_as_asked", mean, (n, m, samples.points().ncols()), parameters))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn the_name_is_that_of_the_nearest_of_all_rows() {
        let rows =
            |n: usize, d: usize, step: f64| Array2::from_shape_fn((n, d), |(i, j)| (step * (i * d + j) as f64).sin());
        for d in [1, 2, 9] {
            let (real, made) = (rows(60, d, 0.7), rows(40, d, 1.1));
            let labels: Vec<usize> = (0..60).map(|i| i * i % 7).collect();
            let slow = made.rows().into_iter().map(|x| {
                let distance = |i: usize| (&x - &real.row(i)).mapv(|v| v * v).sum();
                labels[(0..60).min_by(|&i, &j| f64::total_cmp(&distance(i), &distance(j))).unwrap()]
            });
            let slow: Vec<usize> = slow.collect();
            let (real, made) = (Empirical::new(real.clone()).unwrap(), Empirical::new(made.clone()).unwrap());
            let judge = ByNearest::new(&real, &labels).unwrap();
            assert_eq!(judge.names(&made).unwrap(), slow);
            let all = judge.share_as_asked(&made, &slow).unwrap();
            assert!((all.value, all.interval.unwrap().1) == (1.0, 1.0) && all.interval.unwrap().0 > 0.9);
            assert!(judge.share_as_asked(&made, &slow[1..]).is_err() && ByNearest::new(&real, &labels[1..]).is_err());
        }
        let line = Empirical::new(rows(3, 1, 1.0)).unwrap();
        let plane = Empirical::new(rows(3, 2, 1.0)).unwrap();
        assert!(ByNearest::new(&line, &[0, 0, 1]).unwrap().names(&plane).is_err());
    }
}
