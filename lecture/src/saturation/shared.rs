//! Samples and distances that several rows of the chapter use.

use fenchel::Result;
use fenchel::divergence::{FDivergence, density};
use fenchel::linalg::matmul;
use fenchel::measure::density::{Density, Law};
use fenchel::transport::line;
use ndarray::{Array2, ArrayView2};
use rand::Rng;
use rand_distr::{Distribution, StandardNormal};

pub(super) const CHAPTER: &str = "saturation";

/// Squared distances from each row of `x` to each row of `y`.
pub(super) fn squared_distances(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array2<f64> {
    let norms = |a: ArrayView2<'_, f64>| a.rows().into_iter().map(|r| r.dot(&r)).collect::<Vec<_>>();
    let (nx, ny) = (norms(x), norms(y));
    let mut d = matmul(x, y.t());
    for ((i, j), d) in d.indexed_iter_mut() {
        *d = (nx[i] + ny[j] - 2.0 * *d).max(0.0);
    }
    d
}

/// `n` rows of `d` standard normal numbers.
pub(super) fn normal_rows(n: usize, d: usize, rng: &mut impl Rng) -> Array2<f64> {
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(rng))
}

/// The law of the data and of the generator at distance `t`.
pub(super) fn shifted(t: f64) -> Result<(Law, Law)> {
    Ok((Law::uniform(0.0, 1.0)?, Law::uniform(t, t + 1.0)?))
}

/// W1 between 1000 quantiles of each law.
pub(super) fn quantile_w1(p: &dyn Density, q: &dyn Density) -> Result<f64> {
    let levels: Vec<f64> = (0..1000).map(|k| (f64::from(k) + 0.5) / 1000.0).collect();
    let points = |law: &dyn Density| levels.iter().map(|&u| law.quantile(u)).collect::<Vec<_>>();
    Ok(line::wasserstein(&points(p), None, &points(q), None, 1.0)?.distance())
}

/// Total variation by quadrature.
pub(super) fn tv(p: &dyn Density, q: &dyn Density) -> Result<f64> {
    Ok(density::f_divergence(&FDivergence::TotalVariation, p, q)?.value)
}
