//! Critics: functions of a point that are to tell two laws apart, and how one that is linear in features is fitted.
//!
//! ```text
//! v(x) = v0 + b + w . phi(x),      maximising   bound(v on x, v on y) - lambda |w|^2 / 2
//! ```
//!
//! by L-BFGS, where `v0` is the output that makes the bound zero, `phi` a [feature map](Features) and `lambda` the
//! value, of a path from 1 down to 1e-6, whose critic does best on a third of the points that was kept back. If none does
//! better than the constant `v0`, the constant is taken. The unknowns are preconditioned by the Cholesky factor of
//! `E phi phi' + lambda I`, which is the shape of the objective at `w = 0`, so collinear features cost nothing.

use super::features::{FeatureMap, Features};
use crate::divergence::generator::Generator;
use crate::error::Result;
use crate::linalg::{cholesky, gram, matmul, solve_lower};
use crate::numeric::{Ascent, Sum, logsumexp};
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate};

/// A function of a point that has learnt to tell two laws apart.
///
/// Any function of rows is one: `|x: ArrayView2<f64>| x.column(0).to_owned()`.
pub trait Critic {
    /// The output `v` for each row of `points`.
    fn outputs(&self, points: ArrayView2<'_, f64>) -> Array1<f64>;

    /// An interval that holds every output, whatever the point; known without sight of new points.
    fn range(&self) -> (f64, f64) {
        (f64::NEG_INFINITY, f64::INFINITY)
    }
}

impl<F: Fn(ArrayView2<'_, f64>) -> Array1<f64>> Critic for F {
    fn outputs(&self, points: ArrayView2<'_, f64>) -> Array1<f64> {
        self(points)
    }
}

/// What a fit maximises, as a function of the outputs.
pub(crate) enum Criterion<'a> {
    /// `mean g(v) - mean f*(g(v))` with the head `T = g(v)` of a generator.
    Head(&'a dyn Generator),
    /// `mean v - ln mean e^v`.
    DonskerVaradhan,
}

impl Criterion<'_> {
    /// The output of a critic that sees no difference: `T = f'(1)`, where the bound is zero.
    fn neutral(&self) -> f64 {
        let Self::Head(f) = self else {
            return 0.0;
        };
        // where only the end of the line will do (a hockey stick), stay where there is a slope to climb
        let (mut low, mut high) = (-4.0, 4.0);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if f.activation(middle) < f.df(1.0) {
                low = middle;
            } else {
                high = middle;
            }
        }
        0.5 * (low + high)
    }

    /// The outputs at which the critic takes the density ratio `p/q` for `1/most` and for `most`, given its outputs on y.
    ///
    /// From `n` points a ratio beyond `n` cannot be learnt, and a critic that claims one risks all on it.
    fn limits(&self, most: f64, on_y: &Array1<f64>) -> (f64, f64) {
        let Self::Head(f) = self else {
            let centre = logsumexp(&on_y.to_vec()) - (on_y.len() as f64).ln();
            return (centre - most.ln(), centre + most.ln());
        };
        let output_at = |ratio: f64| {
            let (mut low, mut high) = (-50.0, 50.0);
            for _ in 0..60 {
                let middle = 0.5 * (low + high);
                if f.dconjugate(f.activation(middle)) < ratio {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            0.5 * (low + high)
        };
        (output_at(most.recip()), output_at(most))
    }

    /// The range to which outputs are confined: what they were on the points of the fit, within the [limits](Self::limits)
    /// of as many points.
    pub fn range(&self, on_x: &Array1<f64>, on_y: &Array1<f64>) -> (f64, f64) {
        let all = || on_x.iter().chain(on_y).copied();
        let (low, high) = (all().fold(f64::INFINITY, f64::min), all().fold(f64::NEG_INFINITY, f64::max));
        let (least, most) = self.limits(on_x.len().min(on_y.len()) as f64, on_y);
        (low.clamp(least, most), high.clamp(least, most))
    }

    /// The part of a range, of those that confine the ratio to powers of two, at which `worth` is largest on the points of
    /// the fit. A bound that is to be guaranteed pays for its range.
    pub fn worthiest_range(
        &self,
        on_x: &Array1<f64>,
        on_y: &Array1<f64>,
        (low, high): (f64, f64),
        worth: impl Fn(&Array1<f64>, &Array1<f64>, (f64, f64)) -> f64,
    ) -> (f64, f64) {
        let ranges = (1..20).map(|k| {
            let (least, most) = self.limits(f64::from(1 << k), on_y);
            (low.clamp(least, most), high.clamp(least, most))
        });
        let valued = ranges.map(|range| {
            let confined = |v: &Array1<f64>| v.mapv(|v| v.clamp(range.0, range.1));
            (worth(&confined(on_x), &confined(on_y), range), range)
        });
        valued.max_by(|a, b| a.0.total_cmp(&b.0)).map_or((low, high), |best| best.1)
    }

    fn value(&self, on_x: &Array1<f64>, on_y: &Array1<f64>) -> f64 {
        match self {
            Self::Head(f) => {
                Sum::of(on_x.iter().map(|&v| f.activation(v))) / on_x.len() as f64
                    - Sum::of(on_y.iter().map(|&v| f.conjugate_of_activation(v))) / on_y.len() as f64
            }
            Self::DonskerVaradhan => {
                let ln_mean = logsumexp(&on_y.to_vec()) - (on_y.len() as f64).ln();
                Sum::of(on_x.iter().copied()) / on_x.len() as f64 - ln_mean
            }
        }
    }

    /// Derivatives of the value by each output.
    fn slopes(&self, on_x: &Array1<f64>, on_y: &Array1<f64>) -> (Array1<f64>, Array1<f64>) {
        let (n, m) = (on_x.len() as f64, on_y.len() as f64);
        match self {
            Self::Head(f) => {
                // heads are smooth and composed so that they do not cancel: a central difference has ten digits
                let slope = |function: &dyn Fn(f64) -> f64, v: f64| {
                    let h = 1e-5 * v.abs().max(1.0);
                    (function(v + h) - function(v - h)) / (2.0 * h)
                };
                (
                    on_x.mapv(|v| slope(&|v| f.activation(v), v) / n),
                    on_y.mapv(|v| -slope(&|v| f.conjugate_of_activation(v), v) / m),
                )
            }
            Self::DonskerVaradhan => {
                let total = logsumexp(&on_y.to_vec());
                (Array1::from_elem(on_x.len(), n.recip()), on_y.mapv(|v| -(v - total).exp()))
            }
        }
    }
}

/// A critic that is linear in features, its outputs confined to the range they had on the points it was fitted to, and to
/// density ratios that as many points can show.
///
/// Confining them keeps it a critic, so what it proves stays true; and it bounds what one far point can add to a mean over
/// new points, whether it was seen or not.
#[derive(Debug, Clone)]
pub struct LinearCritic {
    map: FeatureMap,
    weights: Array1<f64>,
    offset: f64,
    pub(super) range: (f64, f64),
    /// The ridge chosen; infinite for a constant critic.
    pub(super) ridge: f64,
}

impl LinearCritic {
    /// Number of features.
    #[must_use]
    pub fn features(&self) -> usize {
        self.map.len()
    }
}

impl Critic for LinearCritic {
    fn outputs(&self, points: ArrayView2<'_, f64>) -> Array1<f64> {
        let (low, high) = self.range;
        linear(self.map.of(points).view(), &self.weights, self.offset).mapv_into(|v| v.clamp(low, high))
    }

    fn range(&self) -> (f64, f64) {
        self.range
    }
}

/// Ridges that are tried, in this order, each fit starting from the last.
const PATH: [f64; 7] = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6];
/// A fit is judged on new points, so the sixth digit of its weights does not matter.
const ASCENT: Ascent = Ascent { iterations: 100, gradient: 1e-6, change: 1e-9, runs: 1 };

/// Fits a critic to the rows of `x` and `y`, which are in random order.
pub(super) fn fit(
    objective: &Criterion<'_>,
    features: Features,
    x: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    seed: u64,
) -> Result<LinearCritic> {
    // shapes agree, so concatenation cannot fail; an empty matrix would only make a constant critic
    let pooled = concatenate(Axis(0), &[x, y]).unwrap_or_default();
    let map = FeatureMap::new(features, pooled.view(), seed);
    let (phi_x, phi_y) = (map.of(x), map.of(y));
    let neutral = objective.neutral();
    let constant = Line { weights: Array1::zeros(map.len()), offset: neutral };

    let cut = |phi: &Array2<f64>| (2 * phi.nrows()).div_ceil(3).min(phi.nrows() - 1);
    let ((learn_x, judge_x), (learn_y, judge_y)) =
        (phi_x.view().split_at(Axis(0), cut(&phi_x)), phi_y.view().split_at(Axis(0), cut(&phi_y)));
    let judged = |line: &Line| {
        let (low, high) = objective.range(&line.outputs(learn_x), &line.outputs(learn_y));
        let outputs = |phi| line.outputs(phi).mapv_into(|v| v.clamp(low, high));
        objective.value(&outputs(judge_x), &outputs(judge_y))
    };
    let mut best = (judged(&constant), f64::INFINITY, constant.clone());
    let mut line = constant;
    let mut worse = 0;
    for ridge in PATH {
        line = climb(objective, (learn_x, learn_y), ridge, &line)?;
        let value = judged(&line);
        if value > best.0 {
            best = (value, ridge, line.clone());
            worse = 0;
        } else {
            worse += 1;
        }
        if worse == 3 {
            break;
        }
    }
    let (_, ridge, mut line) = best;
    if ridge.is_finite() {
        line = climb(objective, (phi_x.view(), phi_y.view()), ridge, &line)?;
    }
    let range = objective.range(&line.outputs(phi_x.view()), &line.outputs(phi_y.view()));
    Ok(LinearCritic { map, weights: line.weights, offset: line.offset, range, ridge })
}

/// A linear function of features.
#[derive(Debug, Clone)]
struct Line {
    weights: Array1<f64>,
    offset: f64,
}

impl Line {
    fn outputs(&self, phi: ArrayView2<'_, f64>) -> Array1<f64> {
        linear(phi, &self.weights, self.offset)
    }
}

fn linear(phi: ArrayView2<'_, f64>, weights: &Array1<f64>, offset: f64) -> Array1<f64> {
    column_of(&matmul(phi, weights.view().insert_axis(Axis(1)))) + offset
}

fn column_of(matrix: &Array2<f64>) -> Array1<f64> {
    matrix.column(0).to_owned()
}

/// The best weights under a ridge, from a start.
fn climb(
    objective: &Criterion<'_>,
    (phi_x, phi_y): (ArrayView2<'_, f64>, ArrayView2<'_, f64>),
    ridge: f64,
    start: &Line,
) -> Result<Line> {
    let k = phi_x.ncols();
    let mut shape = (gram(phi_x) / phi_x.nrows() as f64 + gram(phi_y) / phi_y.nrows() as f64) / 2.0;
    shape.diag_mut().mapv_inplace(|x| x + ridge);
    let factor = cholesky(shape.view(), "the features of a critic")?;
    let inverse = solve_lower(factor.view(), Array2::eye(k).view());
    // w = L^-T a
    let weights = |a: &[f64]| {
        let a = Array2::from_shape_fn((k, 1), |(i, _)| a[i + 1]);
        column_of(&matmul(inverse.t(), a.view()))
    };
    let value_and_gradient = |at: &[f64]| {
        let w = weights(at);
        let (on_x, on_y) = (linear(phi_x, &w, at[0]), linear(phi_y, &w, at[0]));
        let value = objective.value(&on_x, &on_y) - 0.5 * ridge * w.dot(&w);
        let (slope_x, slope_y) = objective.slopes(&on_x, &on_y);
        let pulled = |phi: ArrayView2<'_, f64>, slope: &Array1<f64>| {
            column_of(&matmul(phi.t(), slope.view().insert_axis(Axis(1))))
        };
        let by_w = pulled(phi_x, &slope_x) + pulled(phi_y, &slope_y) - ridge * &w;
        let by_a = matmul(inverse.view(), by_w.view().insert_axis(Axis(1)));
        let by_offset = slope_x.sum() + slope_y.sum();
        (value, std::iter::once(by_offset).chain(by_a.iter().copied()).collect())
    };
    // a = L' w
    let a = matmul(factor.t(), start.weights.view().insert_axis(Axis(1)));
    let mut at: Vec<f64> = std::iter::once(start.offset).chain(a.iter().copied()).collect();
    if !value_and_gradient(&at).0.is_finite() {
        // weights that suited some of the points may be far off on others
        at.fill(0.0);
        at[0] = objective.neutral();
    }
    let found = ASCENT.maximise(value_and_gradient, at);
    Ok(Line { weights: weights(&found.at), offset: found.at[0] })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::divergence::FDivergence;
    use crate::numeric::stream;
    use ndarray::s;
    use rand::RngExt;
    use rand_distr::StandardNormal;

    fn normal(n: usize, mean: f64, deviation: f64, k: u64) -> Array2<f64> {
        let mut rng = stream(5, k);
        Array2::from_shape_simple_fn((n, 1), || mean + deviation * rng.sample::<f64, _>(StandardNormal))
    }

    #[test]
    fn slopes_are_the_derivatives_of_the_value() {
        let (x, y) = (Array1::from(vec![0.3, -1.2, 2.0]), Array1::from(vec![0.1, 0.9, -0.4, -3.0]));
        let heads = [FDivergence::Kl, FDivergence::Jsd, FDivergence::ReverseKl, FDivergence::Alpha(0.3)];
        let objectives = heads.iter().map(|f| Criterion::Head(f as &dyn Generator)).chain([Criterion::DonskerVaradhan]);
        for objective in objectives {
            let (slope_x, slope_y) = objective.slopes(&x, &y);
            for i in 0..y.len() {
                let moved = |h: f64| {
                    let (mut x, mut y) = (x.clone(), y.clone());
                    if i < x.len() {
                        x[i] += h;
                    }
                    y[i] += h;
                    objective.value(&x, &y)
                };
                let expected = (moved(1e-4) - moved(-1e-4)) / 2e-4;
                let found = slope_y[i] + if i < x.len() { slope_x[i] } else { 0.0 };
                assert!((found - expected).abs() < 1e-6 * expected.abs().max(1.0), "{found} {expected}");
            }
        }
    }

    #[test]
    fn neutral_outputs_make_the_bound_zero() {
        for f in [FDivergence::Kl, FDivergence::Jsd, FDivergence::Pearson, FDivergence::LeCam, FDivergence::Alpha(0.3)]
        {
            let objective = Criterion::Head(&f);
            let v = Array1::from_elem(3, objective.neutral());
            assert!(objective.value(&v, &v).abs() < 1e-12, "{f:?}");
        }
    }

    /// Newton's method on the same objective, written out for one feature and logistic loss.
    #[test]
    fn agrees_with_newton_on_a_logistic_regression() {
        let (x, y) = (normal(400, 0.0, 1.0, 0), normal(300, 1.0, 1.0, 1));
        let objective = Criterion::Head(&FDivergence::Gan);
        let map = FeatureMap::new(Features { degree: 1, fourier: 0 }, x.view(), 0);
        let (phi_x, phi_y) = (map.of(x.view()), map.of(y.view()));
        let ridge = 0.01;
        let start = Line { weights: Array1::zeros(1), offset: 0.0 };
        let found = climb(&objective, (phi_x.view(), phi_y.view()), ridge, &start).unwrap();
        let (mut b, mut w) = (0.0, 0.0);
        for _ in 0..50 {
            let (mut gradient, mut hessian) = ([0.0, -ridge * w], [[0.0, 0.0], [0.0, ridge]]);
            for (phi, sign) in [(&phi_x, 1.0), (&phi_y, -1.0)] {
                for &z in phi {
                    let d = 1.0 / (1.0 + f64::exp(sign * (b + w * z)));
                    let weight = d * (1.0 - d) / phi.len() as f64;
                    for (i, fi) in [1.0, z].into_iter().enumerate() {
                        gradient[i] += sign * d * fi / phi.len() as f64;
                        for (j, fj) in [1.0, z].into_iter().enumerate() {
                            hessian[i][j] += weight * fi * fj;
                        }
                    }
                }
            }
            let det = hessian[0][0] * hessian[1][1] - hessian[0][1] * hessian[1][0];
            b += (hessian[1][1] * gradient[0] - hessian[0][1] * gradient[1]) / det;
            w += (hessian[0][0] * gradient[1] - hessian[1][0] * gradient[0]) / det;
        }
        assert!((found.offset - b).abs() < 1e-5 && (found.weights[0] - w).abs() < 1e-5, "{found:?} {b} {w}");
    }

    #[test]
    fn outputs_stay_in_the_range_of_the_fit() {
        let (x, y) = (normal(200, 0.0, 1.0, 2), normal(200, 1.0, 1.0, 3));
        let features = Features { degree: 2, fourier: 20 };
        let critic = fit(&Criterion::Head(&FDivergence::Kl), features, x.view(), y.view(), 0).unwrap();
        let (low, high) = critic.range();
        assert_eq!(critic.features(), 22);
        let far = Array2::from_shape_fn((3, 1), |(i, _)| [1e9, -1e9, 0.0][i]);
        assert!(critic.outputs(far.view()).iter().all(|v| (low..=high).contains(v)));
        assert!(critic.outputs(x.slice(s![..9, ..])).iter().all(|v| (low..=high).contains(v)));
    }
}
