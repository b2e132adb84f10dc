//! Weighted points.

use super::{MASS_TOLERANCE, check_masses};
use crate::error::{Error, Index, Result};
use crate::linalg::gram;
use crate::measure::numbers::{Numbers, Real};
use crate::numeric::{Sum, exponent, largest_exponent, shift_to_one, times_power};
use ndarray::{Array1, Array2, ArrayBase, ArrayView1, ArrayView2, Data, Ix2};
use std::borrow::Cow;

/// A weighted point cloud: `n` points in `d` dimensions, weights that sum to one.
///
/// ```
/// use fenchel::measure::Empirical;
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]])?;
/// assert_eq!((x.len(), x.dimension()), (2, 2));
/// assert_eq!(x.weights(), [0.5, 0.5]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(try_from = "Stored", into = "Stored"))]
pub struct Empirical {
    points: Array2<f64>,
    weights: Vec<f64>,
    uniform: bool,
}

impl Empirical {
    /// The empirical law of these points, each of weight `1/n`.
    ///
    /// # Errors
    /// No points, no columns, an entry that is not finite.
    pub fn new<T: Real, S: Data<Elem = T>>(points: ArrayBase<S, Ix2>) -> Result<Self> {
        let points = T::table(points);
        check_points(points.view(), "points")?;
        let n = points.nrows();
        Ok(Self { points, weights: vec![1.0 / n as f64; n], uniform: true })
    }

    /// The law with these points and weights; the weights must be non-negative and sum to one within 1e-9.
    ///
    /// # Errors
    /// As [`Empirical::new`]; a number of weights other than `n`; weights that are negative, not finite or do not sum
    /// to one.
    pub fn weighted<T: Real, S: Data<Elem = T>>(points: ArrayBase<S, Ix2>, weights: impl Numbers) -> Result<Self> {
        let (points, weights) = (T::table(points), weights.numbers());
        check_points(points.view(), "points")?;
        check_masses(&weights, "weights")?;
        if weights.len() != points.nrows() {
            return Err(Error::size_mismatch(("points", points.nrows()), ("weights", weights.len()), "rows"));
        }
        let total = Sum::of(weights.iter().copied());
        if (total - 1.0).abs() > MASS_TOLERANCE {
            return Err(Error::not_normalised("weights", total, 1.0));
        }
        let uniform = weights.windows(2).all(|w| w[0].to_bits() == w[1].to_bits());
        Ok(Self { points, weights, uniform })
    }

    /// The points, one a row.
    #[must_use]
    pub fn points(&self) -> ArrayView2<'_, f64> {
        self.points.view()
    }

    /// Point `i`.
    #[must_use]
    pub fn point(&self, i: usize) -> ArrayView1<'_, f64> {
        self.points.row(i)
    }

    /// The weights.
    #[must_use]
    pub fn weights(&self) -> &[f64] {
        &self.weights
    }

    /// Whether all weights are equal.
    #[must_use]
    pub fn is_uniform(&self) -> bool {
        self.uniform
    }

    /// Number of points.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // a law has at least one point
    pub fn len(&self) -> usize {
        self.points.nrows()
    }

    /// Number of columns.
    #[must_use]
    pub fn dimension(&self) -> usize {
        self.points.ncols()
    }

    /// Two clouds in a common unit, in which their spread is about one, and the exponent of that unit. A function that
    /// is homogeneous in the points has the same digits in every unit, and in this one its powers neither overflow nor
    /// underflow.
    pub(crate) fn in_own_unit<'a>(x: &'a Self, y: &'a Self) -> ([Cow<'a, Self>; 2], i32) {
        let coordinates = x.points.iter().chain(&y.points).copied();
        let shift = shift_to_one(spread(x.points(), y.points()), coordinates);
        let scaled = |law: &'a Self| if shift == 0 { Cow::Borrowed(law) } else { Cow::Owned(law.times_power(shift)) };
        ([scaled(x), scaled(y)], -shift)
    }

    /// The law of the points times `2^k`.
    pub(crate) fn times_power(&self, k: i32) -> Self {
        Self { points: self.points.mapv(|t| times_power(t, k)), weights: self.weights.clone(), uniform: self.uniform }
    }

    /// Checks that no coordinate exceeds `largest`, beyond which the powers that a method takes overflow.
    pub(crate) fn check_size(&self, what: &str, largest: f64) -> Result<()> {
        match self.points.indexed_iter().find(|(_, x)| x.abs() > largest) {
            Some(((i, j), &value)) => Err(Error::out_of_domain(
                format!("{what} at {}", Index::Cell(i, j)),
                value,
                format!("at most {largest:e} in absolute value, so that its powers do not overflow"),
            )),
            None => Ok(()),
        }
    }

    /// Checks that two clouds live in the same space.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] in columns.
    pub fn same_dimension(&self, other: &Self, left: &str, right: &str) -> Result<()> {
        if self.dimension() == other.dimension() {
            return Ok(());
        }
        Err(Error::size_mismatch((left, self.dimension()), (right, other.dimension()), "columns"))
    }
}

/// The stored form of the law.
#[cfg(feature = "serde")]
#[derive(serde::Serialize, serde::Deserialize)]
struct Stored {
    #[serde(with = "crate::serial")]
    points: Array2<f64>,
    weights: Vec<f64>,
}

#[cfg(feature = "serde")]
impl From<Empirical> for Stored {
    fn from(Empirical { points, weights, .. }: Empirical) -> Self {
        Self { points, weights }
    }
}

#[cfg(feature = "serde")]
impl TryFrom<Stored> for Empirical {
    type Error = Error;

    fn try_from(read: Stored) -> Result<Self> {
        Self::weighted(read.points, read.weights)
    }
}

/// The exponent of the largest difference of two points in one coordinate; of the largest coordinate where all points
/// coincide.
pub(crate) fn spread(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> i32 {
    let of_column = |(x, y): (ArrayView1<'_, f64>, ArrayView1<'_, f64>)| {
        let (low, high) = x.iter().chain(y).fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &t| {
            (if t < low { t } else { low }, if t > high { t } else { high })
        });
        // half of each where the difference overflows
        let apart = high - low;
        let size = if apart.is_finite() { exponent(apart) } else { exponent(0.5 * high - 0.5 * low) + 1 };
        (apart > 0.0).then_some(size)
    };
    let columns = x.columns().into_iter().zip(y.columns());
    columns.filter_map(of_column).max().unwrap_or_else(|| largest_exponent(x.iter().copied()))
}

fn check_points(points: ArrayView2<'_, f64>, what: &str) -> Result<()> {
    for (unit, found) in [("rows", points.nrows()), ("columns", points.ncols())] {
        if found == 0 {
            return Err(Error::too_few(what, found, 1, unit));
        }
    }
    match points.indexed_iter().find(|(_, x)| !x.is_finite()) {
        Some(((i, j), &value)) => Err(Error::not_finite(what, (i, j), value)),
        None => Ok(()),
    }
}

/// The weights with total one; those of a law may miss it by 1e-9.
pub(crate) fn unit(weights: &[f64]) -> Vec<f64> {
    let total = Sum::of(weights.iter().copied());
    if (total - 1.0).abs() > 1e-13 { weights.iter().map(|w| w / total).collect() } else { weights.to_vec() }
}

/// Mean and covariance of a law, whose total may miss one.
pub(crate) fn moments(law: &Empirical) -> (Array1<f64>, Array2<f64>) {
    let weights = unit(law.weights());
    let mean = ArrayView1::from(&weights).dot(&law.points());
    let mut scaled = &law.points() - &mean;
    for (mut row, w) in scaled.rows_mut().into_iter().zip(&weights) {
        row *= w.sqrt();
    }
    (mean, gram(scaled.view()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn refuses_what_is_not_a_law() {
        let points = array![[0.0], [1.0]];
        assert!(Empirical::new(Array2::<f64>::zeros((0, 2))).is_err());
        assert!(Empirical::new(Array2::<f64>::zeros((2, 0))).is_err());
        assert!(matches!(
            Empirical::new(array![[0.0, f64::INFINITY]]),
            Err(Error::NotFinite { at: Index::Cell(0, 1), .. })
        ));
        assert!(Empirical::weighted(points.clone(), vec![1.0]).is_err());
        assert!(Empirical::weighted(points.clone(), vec![-0.5, 1.5]).is_err());
        assert!(Empirical::weighted(points.clone(), vec![0.2, 0.2]).is_err());
        assert!(!Empirical::weighted(points, vec![0.0, 1.0]).unwrap().is_uniform());
    }
}
