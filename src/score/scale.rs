//! Columns in different units, made comparable.

use crate::error::{Error, Result};
use crate::measure::Empirical;
use ndarray::{Array1, Axis};

/// The centre and the spread of every column of one sample, by which any sample is standardised.
///
/// Distances between rows see little else than the column with the largest numbers. Standardised by the real sample, all columns count alike, and
/// all generators are measured by one scale.
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::score::Scale;
/// use ndarray::array;
/// let real = Empirical::new(array![[1.0, 1000.0], [3.0, 5000.0]])?;
/// let generated = Empirical::new(array![[3.0, 3000.0]])?;
/// let scale = Scale::of(&real);
/// assert_eq!(scale.apply(&real)?.points(), array![[-1.0, -1.0], [1.0, 1.0]]);
/// assert_eq!(scale.apply(&generated)?.points(), array![[1.0, 0.0]]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    first: Array1<f64>,
    /// The means less the first row, so that columns far from zero keep their digits.
    centre: Array1<f64>,
    spread: Array1<f64>,
}

impl Scale {
    /// That of a sample: the means of its columns and their standard deviations, with the divisor `n`. A column that is constant keeps its unit.
    #[must_use]
    pub fn of(sample: &Empirical) -> Self {
        let points = sample.points();
        let first = points.row(0).to_owned();
        let from_first = &points - &first;
        let n = sample.len() as f64;
        let centre = from_first.sum_axis(Axis(0)) / n;
        let spread = (from_first - &centre).map_axis(Axis(0), |column| {
            // in a unit of its own: squares may overflow
            let largest = column.iter().fold(0.0, |most: f64, x| most.max(x.abs()));
            let mean = column.iter().map(|x| (x / largest) * (x / largest)).sum::<f64>() / n;
            if largest > 0.0 { largest * mean.sqrt() } else { 1.0 }
        });
        Self { first, centre, spread }
    }

    /// That of one column: where its numbers are counted from, their mean from there, and their standard deviation.
    pub(super) fn of_column(first: f64, mean: f64, deviation: f64) -> Self {
        let spread = if deviation > 0.0 { deviation } else { 1.0 };
        Self {
            first: Array1::from_elem(1, first),
            centre: Array1::from_elem(1, mean),
            spread: Array1::from_elem(1, spread),
        }
    }

    /// The sample with its columns in these units.
    ///
    /// # Errors
    /// Another number of columns; numbers that overflow.
    pub fn apply(&self, sample: &Empirical) -> Result<Empirical> {
        if sample.dimension() != self.spread.len() {
            return Err(Error::size_mismatch(("scale", self.spread.len()), ("sample", sample.dimension()), "columns"));
        }
        Empirical::new((&sample.points() - &self.first - &self.centre) / &self.spread)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::float_cmp)]
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn units_and_offsets_leave_no_trace() {
        let plain = Array2::from_shape_fn((50, 2), |(i, j)| ((i * (j + 2) * 37) % 101) as f64 / 16.0);
        let standard = |points: Array2<f64>| {
            let sample = Empirical::new(points).unwrap();
            Scale::of(&sample).apply(&sample).unwrap().points().to_owned()
        };
        let expected = standard(plain.clone());
        assert!(expected.var_axis(Axis(0), 0.0).iter().all(|v| (v - 1.0).abs() < 1e-12));
        assert!(expected.mean_axis(Axis(0)).unwrap().iter().all(|m| m.abs() < 1e-12));
        for (unit, offset) in [(2f64.powi(600), 0.0), (2f64.powi(-900), 0.0), (1.0, 2f64.powi(40))] {
            let found = standard(&plain * unit + offset);
            assert!((found - &expected).iter().all(|d| d.abs() < 1e-9), "{unit} {offset}");
        }
    }

    #[test]
    fn a_constant_column_is_only_moved() {
        let sample = Empirical::new(array![[7.0], [7.0]]).unwrap();
        let scale = Scale::of(&sample);
        assert_eq!(scale.apply(&Empirical::new(array![[9.0], [7.0]]).unwrap()).unwrap().points(), array![[2.0], [0.0]]);
        assert!(scale.apply(&Empirical::new(array![[9.0, 7.0]]).unwrap()).is_err());
    }
}
