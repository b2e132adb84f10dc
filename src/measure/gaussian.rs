//! Gaussian laws of any rank.

use super::Empirical;
use crate::error::{Error, Result};
use crate::linalg;
use crate::numeric::{largest_exponent, times_power};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

/// A Gaussian law: mean and a symmetric positive semidefinite covariance, which may be singular.
///
/// ```
/// use fenchel::measure::Gaussian;
/// use ndarray::array;
/// let g = Gaussian::new(array![0.0, 1.0], array![[2.0, 0.5], [0.5, 1.0]])?;
/// assert_eq!(g.dimension(), 2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Gaussian {
    mean: Array1<f64>,
    cov: Array2<f64>,
}

impl Gaussian {
    /// The law `N(mean, cov)`.
    ///
    /// # Errors
    /// Sizes that do not match; entries that are not finite; a covariance that is not symmetric (1e-9 relative) or
    /// has an eigenvalue below `-1e-9` times its largest.
    pub fn new(mean: Array1<f64>, cov: Array2<f64>) -> Result<Self> {
        if mean.is_empty() {
            return Err(Error::too_few("mean", 0, 1, "entries"));
        }
        for (unit, size) in [("rows", cov.nrows()), ("columns", cov.ncols())] {
            if size != mean.len() {
                return Err(Error::size_mismatch(("mean", mean.len()), ("covariance", size), unit));
            }
        }
        if let Some((i, &value)) = mean.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(Error::not_finite("mean", i, value));
        }
        let values = linalg::eigvalsh(cov.view())?;
        let scale = cov.iter().fold(0.0f64, |m, x| m.max(x.abs()));
        for ((i, j), &value) in cov.indexed_iter() {
            if (value - cov[[j, i]]).abs() > 1e-9 * scale {
                return Err(Error::out_of_domain(
                    format!("covariance[{i}, {j}]"),
                    value,
                    format!("a symmetric matrix: entry [{j}, {i}] is {}", cov[[j, i]]),
                ));
            }
        }
        if values[0] < -1e-9 * scale {
            return Err(Error::out_of_domain("smallest eigenvalue of the covariance", values[0], "zero or more"));
        }
        Ok(Self { mean, cov })
    }

    /// The one-dimensional law of this mean and standard deviation.
    ///
    /// # Errors
    /// A mean or deviation that is not finite, a negative deviation.
    pub fn univariate(mean: f64, std_dev: f64) -> Result<Self> {
        if std_dev < 0.0 {
            return Err(Error::negative("standard deviation", 0, std_dev));
        }
        Self::new(Array1::from_elem(1, mean), Array2::from_elem((1, 1), std_dev * std_dev))
    }

    /// Sample mean and unbiased sample covariance (divisor `n - 1`) of equally weighted points.
    ///
    /// # Errors
    /// Fewer than two points; weights that are not uniform.
    pub fn fit(sample: &Empirical) -> Result<Self> {
        if sample.len() < 2 {
            return Err(Error::too_few("sample", sample.len(), 2, "rows"));
        }
        if !sample.is_uniform() {
            return Err(Error::unsupported(
                "an unbiased covariance of weighted points",
                "the divisor n - 1 needs equal weights",
            ));
        }
        let (mean, centred) = centred(sample.points());
        let mut cov = linalg::gram(centred.view());
        cov /= (sample.len() - 1) as f64;
        Ok(Self { mean, cov })
    }

    /// The mean.
    #[must_use]
    pub fn mean(&self) -> ArrayView1<'_, f64> {
        self.mean.view()
    }

    /// The covariance.
    #[must_use]
    pub fn cov(&self) -> ArrayView2<'_, f64> {
        self.cov.view()
    }

    /// The law of `2^k X`.
    pub(crate) fn times_power(&self, k: i32) -> Self {
        Self { mean: self.mean.mapv(|t| times_power(t, k)), cov: self.cov.mapv(|t| times_power(t, 2 * k)) }
    }

    /// The exponent of a unit in which standard deviations and differences of means are at most about one.
    pub(crate) fn unit<'a>(laws: impl Iterator<Item = &'a Self> + Clone) -> i32 {
        let first = laws.clone().next();
        let apart = first.into_iter().flat_map(|first| laws.clone().flat_map(|law| &law.mean - &first.mean));
        let deviations = laws.clone().map(|law| law.cov.diag().sum().sqrt());
        largest_exponent(deviations.chain(apart))
    }

    /// Number of coordinates.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.mean.len()
    }

    /// `n` independent draws, one a row. Works for singular covariances too (through the eigendecomposition).
    ///
    /// # Errors
    /// If the eigenvalue iteration fails.
    pub fn sample(&self, n: usize, rng: &mut impl Rng) -> Result<Array2<f64>> {
        let d = self.dimension();
        let mut root = linalg::eigh(self.cov.view())?;
        for (mut column, &value) in root.vectors.columns_mut().into_iter().zip(&root.values) {
            column *= value.max(0.0).sqrt();
        }
        let normal = Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(rng));
        Ok(linalg::matmul(normal.view(), root.vectors.t()) + &self.mean)
    }
}

/// The mean of some rows, and the rows minus their mean; a column that never changes is exactly zero there.
pub(crate) fn centred(points: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    // The sums start from the first row, because the rounded mean of equal numbers need not be that number.
    let first = points.row(0);
    let mut moved = &points - &first;
    let shift = moved.sum_axis(Axis(0)) / points.nrows() as f64;
    moved -= &shift;
    (&first + &shift, moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use ndarray::array;

    #[test]
    #[allow(clippy::float_cmp)]
    fn a_constant_column_has_no_variance() {
        for constant in [0.1, 0.7, 1e9 / 3.0] {
            let rows = Array2::from_shape_fn((60, 2), |(i, j)| if j == 1 { constant } else { (i as f64).sin() });
            let fit = Gaussian::fit(&Empirical::new(rows).unwrap()).unwrap();
            assert_eq!((fit.mean()[1], fit.cov()[[1, 1]], fit.cov()[[0, 1]]), (constant, 0.0, 0.0));
        }
    }

    #[test]
    fn refuses_what_is_not_a_covariance() {
        let mean = array![0.0, 0.0];
        assert!(Gaussian::new(mean.clone(), array![[1.0, 0.5], [0.4, 1.0]]).is_err());
        assert!(Gaussian::new(mean.clone(), array![[1.0, 2.0], [2.0, 1.0]]).is_err());
        assert!(Gaussian::new(mean.clone(), array![[1.0]]).is_err());
        assert!(Gaussian::new(array![f64::NAN, 0.0], Array2::eye(2)).is_err());
        assert!(Gaussian::new(mean, array![[1.0, 1.0], [1.0, 1.0]]).is_ok());
    }

    #[test]
    fn samples_have_the_law_they_were_drawn_from() {
        let law = Gaussian::new(array![1.0, -2.0], array![[2.0, 1.0], [1.0, 0.5]]).unwrap();
        let sample = Empirical::new(law.sample(20_000, &mut stream(0, 0)).unwrap()).unwrap();
        let fit = Gaussian::fit(&sample).unwrap();
        assert!((&fit.mean() - &law.mean()).iter().all(|e| e.abs() < 0.05));
        assert!((&fit.cov() - &law.cov()).iter().all(|e| e.abs() < 0.08));
        // the covariance is singular: every draw lies on a line
        assert!(sample.points().rows().into_iter().all(|r| ((r[0] - 1.0) - 2.0 * (r[1] + 2.0)).abs() < 1e-7));
    }
}
