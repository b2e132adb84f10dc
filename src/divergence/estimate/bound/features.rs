//! Features of a point, over which a critic is linear.
//!
//! Columns are centred and scaled by mean and standard deviation of the points the map was made for. Then come the
//! monomials of degree 1 and 2 (for Gaussian laws `ln p/q` is a combination of them), and random Fourier features
//! `sqrt(2/D) cos(w . z + b)`, `w ~ N(0, I/s^2)`, `b ~ U[0, 2 pi)`, whose products average to the Gaussian kernel
//! `exp(-|z - z'|^2 / 2 s^2)` (Rahimi and Recht, NIPS 2007) with `s` the median distance of the points. Each block is
//! scaled to a mean square of one or less, so that one ridge serves all.

use crate::linalg::matmul;
use crate::numeric::stream;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use rand::RngExt;
use rand::seq::index::sample;
use rand_distr::StandardNormal;
use std::f64::consts::TAU;

/// Most products of two columns; beyond it only the squares are taken.
const MOST_PRODUCTS: usize = 400;
/// Points of which the median distance is found.
const MEDIAN_POINTS: usize = 300;

/// Which features: monomials up to a degree, and so many random Fourier features.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Features {
    /// 0, 1 or 2.
    pub degree: usize,
    /// How many random Fourier features.
    pub fourier: usize,
}

/// A feature map made for certain points.
#[derive(Debug, Clone)]
pub(super) struct FeatureMap {
    degree: usize,
    mean: Array1<f64>,
    scale: Array1<f64>,
    frequencies: Array2<f64>,
    phases: Array1<f64>,
}

impl FeatureMap {
    /// The map for `points`; `seed` draws the frequencies.
    pub fn new(features: Features, points: ArrayView2<'_, f64>, seed: u64) -> Self {
        let d = points.ncols();
        let rows = points.nrows() as f64;
        // from the first row, so that the mean of equal numbers is that number
        let mean_of =
            |column: ArrayView1<'_, f64>| column[0] + column.iter().map(|x| (x - column[0]) / rows).sum::<f64>();
        let mean = points.columns().into_iter().map(mean_of).collect();
        let scale = points.columns().into_iter().zip(&mean as &Array1<f64>).map(|(column, mean)| {
            // by the largest deviation first, so that no square overflows
            let largest = column.iter().map(|x| (x - mean).abs()).fold(0.0, f64::max);
            let square = column.iter().map(|x| ((x - mean) / largest).powi(2)).sum::<f64>() / rows;
            // a column that never changes says nothing
            if largest > 0.0 { largest * square.sqrt() } else { f64::INFINITY }
        });
        let scale = scale.collect();
        let mut map =
            Self { degree: features.degree, mean, scale, frequencies: Array2::zeros((d, 0)), phases: Array1::zeros(0) };
        if features.fourier > 0 {
            let mut rng = stream(seed, 1);
            let width = median_distance(map.standardised(points).view(), seed);
            map.frequencies =
                Array2::from_shape_simple_fn((d, features.fourier), || rng.sample::<f64, _>(StandardNormal) / width);
            map.phases = Array1::from_shape_simple_fn(features.fourier, || rng.random_range(0.0..TAU));
        }
        map
    }

    fn standardised(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        let mut z = points.to_owned();
        for mut row in z.rows_mut() {
            row -= &self.mean;
            row /= &self.scale;
        }
        z
    }

    /// Number of features.
    pub fn len(&self) -> usize {
        let d = self.mean.len();
        let products = if self.degree < 2 { 0 } else { products(d).len() };
        d * self.degree.min(1) + products + self.phases.len()
    }

    /// The features of each point, one point a row.
    pub fn of(&self, points: ArrayView2<'_, f64>) -> Array2<f64> {
        let z = self.standardised(points);
        let mut out = Array2::zeros((points.nrows(), self.len()));
        let mut used = 0;
        if self.degree >= 1 {
            let scale = (z.ncols() as f64).sqrt().recip();
            out.slice_mut(s![.., ..z.ncols()]).assign(&z.mapv(|x| x * scale));
            used = z.ncols();
        }
        if self.degree >= 2 {
            let products = products(z.ncols());
            let scale = (2.0 * products.len() as f64).sqrt().recip();
            for &(i, j) in &products {
                let level = f64::from(u8::from(i == j));
                let mut column = out.column_mut(used);
                for (out, row) in column.iter_mut().zip(z.rows()) {
                    *out = scale * (row[i] * row[j] - level);
                }
                used += 1;
            }
        }
        if !self.phases.is_empty() {
            let scale = (2.0 / self.phases.len() as f64).sqrt();
            let mut waves = matmul(z.view(), self.frequencies.view());
            for mut row in waves.rows_mut() {
                row += &self.phases;
                row.mapv_inplace(|x| scale * x.cos());
            }
            out.slice_mut(s![.., used..]).assign(&waves);
        }
        out
    }
}

/// The pairs of columns that are multiplied.
fn products(d: usize) -> Vec<(usize, usize)> {
    if d * (d + 1) / 2 <= MOST_PRODUCTS {
        (0..d).flat_map(|i| (i..d).map(move |j| (i, j))).collect()
    } else {
        (0..d).map(|i| (i, i)).collect()
    }
}

/// The median distance between some of the points; 1 where most of them coincide.
fn median_distance(z: ArrayView2<'_, f64>, seed: u64) -> f64 {
    let chosen = sample(&mut stream(seed, 2), z.nrows(), z.nrows().min(MEDIAN_POINTS)).into_vec();
    let z = z.select(Axis(0), &chosen);
    let mut distances = Vec::with_capacity(z.nrows() * z.nrows() / 2);
    for i in 0..z.nrows() {
        for j in 0..i {
            distances.push(z.row(i).iter().zip(z.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt());
        }
    }
    let middle = distances.len() / 2;
    let median = if distances.is_empty() { 0.0 } else { *distances.select_nth_unstable_by(middle, f64::total_cmp).1 };
    if median > 0.0 { median } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn monomials_of_standardised_columns() {
        let points = array![[1.0, 7.0], [3.0, 7.0]];
        let map = FeatureMap::new(Features { degree: 2, fourier: 0 }, points.view(), 0);
        // z = (-1, 0), (1, 0): the constant column is left out; z1^2 - 1, z1 z2, z2^2 - 1 over sqrt(2 * 3)
        let half = 0.5f64.sqrt();
        let sixth = 6f64.sqrt().recip();
        let expected = array![[-half, 0.0, 0.0, 0.0, -sixth], [half, 0.0, 0.0, 0.0, -sixth]];
        let found = map.of(points.view());
        assert!((&found - &expected).iter().all(|e| e.abs() < 1e-15), "{found}");
        assert_eq!(map.len(), 5);
    }

    #[test]
    fn a_constant_column_is_left_out_whatever_the_constant() {
        let points = Array2::from_shape_fn((60, 2), |(i, j)| if j == 1 { 0.1 } else { i as f64 });
        let map = FeatureMap::new(Features { degree: 1, fourier: 0 }, points.view(), 0);
        assert!(map.of(points.view()).column(1).iter().all(|x| x.abs() == 0.0));
    }

    #[test]
    fn fourier_features_have_the_gaussian_kernel() {
        let mut rng = stream(1, 0);
        let points = Array2::from_shape_simple_fn((200, 3), || rng.sample::<f64, _>(StandardNormal));
        let map = FeatureMap::new(Features { degree: 0, fourier: 20_000 }, points.view(), 0);
        let z = map.standardised(points.view());
        let width = median_distance(z.view(), 0);
        let phi = map.of(points.slice(s![..5, ..]));
        for i in 0..5 {
            for j in 0..5 {
                let squared: f64 = z.row(i).iter().zip(z.row(j)).map(|(a, b)| (a - b).powi(2)).sum();
                let kernel = (-0.5 * squared / (width * width)).exp();
                assert!((phi.row(i).dot(&phi.row(j)) - kernel).abs() < 0.03);
            }
        }
    }

    #[test]
    fn many_columns_are_not_multiplied_pairwise() {
        assert_eq!(products(20).len(), 210);
        assert_eq!(products(64).len(), 64);
    }
}
