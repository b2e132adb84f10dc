//! The divergence of the Gaussian laws that have the samples' means and covariances.
//!
//! Exact for Gaussian data; for other data it estimates the divergence of the Gaussian laws with the same moments, and
//! its interval is an interval for that. It does not change when both samples go through one invertible affine map.
//!
//! Everything follows from Renyi's divergence of order `a`. Where `Q` is the standard law and `P = N(y, diag c)`, with
//! `b_i = 1/(a + (1-a) c_i)`, `e = c - 1`, `v = b y` and `t = z - y`, its influence functions are
//!
//! ```text
//! a v·t - a(1-a)/2 [(v·t)² - Σ v²c] + a/2 Σ (e b/c)(t² - c)     at z of the first sample,
//! -a v·z - a²/2 [(v·z)² - Σ v²] - a/2 Σ e b (z² - 1)            at z of the second,
//! ```
//!
//! and the bias of the plug-in value is, to second order in `1/n`, half the trace of the second derivative against the
//! (Wishart) covariance of means and covariances. Kullback-Leibler of two samples of one law in 10 dimensions is too
//! large by `(d² + 3d)/4 (1/n + 1/m) = 32.5 (1/n + 1/m)` without that correction.

use crate::certificate::Estimate;
use crate::divergence::estimate::door::Finding;
use crate::divergence::estimate::reduce::{Core, Reduced};
use crate::divergence::estimate::resample::delta_error;
use crate::divergence::estimate::{Estimator, LEVEL, prepared};
use crate::divergence::generator::FDivergence;
use crate::divergence::kind::Kind;
use crate::divergence::laws::gaussian;
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::{Empirical, Gaussian, centred};
use crate::numeric::{expm1_over, variance};
use ndarray::{Array2, ArrayView2, Axis};

/// Closed forms between Gaussian fits, less their bias, with the delta method's error. O((n + m) d² + d³).
///
/// Needs `d + 2` rows of either sample and covariances of full rank.
///
/// ```
/// use fenchel::divergence::Kind;
/// use fenchel::divergence::estimate::{Estimator, GaussianPlugIn};
/// let gaussian = GaussianPlugIn::new().level(0.95);
/// assert!(gaussian.supports(&"renyi:0.5".parse()?, 64));
/// assert!(gaussian.supports(&"jsd".parse()?, 1) && !gaussian.supports(&"jsd".parse()?, 2)); // no closed form
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct GaussianPlugIn {
    level: f64,
}

impl Default for GaussianPlugIn {
    fn default() -> Self {
        Self::new()
    }
}

impl GaussianPlugIn {
    /// Intervals at 90 %.
    #[must_use]
    pub fn new() -> Self {
        Self { level: LEVEL }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(mut self, level: f64) -> Self {
        self.level = level;
        self
    }
}

impl Estimator for GaussianPlugIn {
    fn name(&self) -> &'static str {
        "gaussian"
    }

    fn supports(&self, kind: &Kind, dimension: usize) -> bool {
        match Reduced::new(kind).map(|r| r.core) {
            Some(Core::Alpha(_) | Core::Jeffreys) => true,
            #[allow(clippy::float_cmp)]
            Some(Core::JensenShannon(w)) => w == 0.5 && dimension == 1,
            Some(Core::Other(f)) => f == FDivergence::TotalVariation && dimension == 1,
            None => false,
        }
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        let columns = prepared(self, (x, y), &kind, |d| d + 2, self.level)?;
        let found = Self::find(&columns.x, &columns.y, &kind)?.warned(columns.left_out);
        found.report((&kind, self.name()), self.level, (x, y))
    }
}

impl GaussianPlugIn {
    fn find(x: &Empirical, y: &Empirical, kind: &Kind) -> Result<Finding> {
        let Some(reduced) = Reduced::new(kind) else { unreachable!("a kind that is supported has a functional") };
        let (p, q) = (Fit::new(x, "x")?, Fit::new(y, "y")?);
        let piece = match reduced.core {
            Core::Alpha(a) => reduced.of_renyi(a, &p, &q)?,
            Core::Jeffreys => {
                let (forth, back) = (renyi(1.0, &p, &q)?, renyi(1.0, &q, &p)?);
                let add = |a: Vec<f64>, b: Vec<f64>| a.into_iter().zip(b).map(|(a, b)| a + b).collect();
                Piece {
                    value: forth.value + back.value,
                    bias: forth.bias + back.bias,
                    x: add(forth.x, back.y),
                    y: add(forth.y, back.x),
                }
            }
            Core::JensenShannon(_) => on_the_line(&reduced, gaussian::jsd, &p, &q)?,
            Core::Other(_) => on_the_line(&reduced, gaussian::total_variation, &p, &q)?,
        };
        let parameters = format!(
            "gaussian: closed form between Gaussian fits, less its bias of {:.2e}; delta method, normal interval",
            piece.bias
        );
        let std_error = delta_error(&piece.x, &piece.y);
        Ok(Finding::new(piece.value - piece.bias, std_error, parameters).less(piece.bias))
    }
}

/// A plug-in value, its bias, and what each row moves it by.
struct Piece {
    value: f64,
    bias: f64,
    x: Vec<f64>,
    y: Vec<f64>,
}

impl Piece {
    fn infinite() -> Self {
        Self { value: f64::INFINITY, bias: 0.0, x: Vec::new(), y: Vec::new() }
    }
}

/// A sample with its Gaussian fit.
struct Fit {
    law: Gaussian,
    /// Rows less their mean.
    centred: Array2<f64>,
    root: Array2<f64>,
}

impl Fit {
    fn new(sample: &Empirical, name: &str) -> Result<Self> {
        let law = Gaussian::fit(sample)?;
        let root = root_of_full_rank(&law, name)?;
        Ok(Self { centred: centred(sample.points()).1, law, root })
    }

    fn rows(&self) -> f64 {
        self.centred.nrows() as f64
    }
}

/// The Cholesky factor of the covariance of the sample `name`, which must have a density.
pub(super) fn root_of_full_rank(law: &Gaussian, name: &str) -> Result<Array2<f64>> {
    let what = format!("covariance of {name}");
    let root = linalg::cholesky(law.cov(), &what)?;
    // the share of a column's variance that the columns before it do not explain
    match (0..law.dimension()).find(|&i| root[[i, i]].powi(2) <= 1e-13 * law.cov()[[i, i]]) {
        Some(pivot) => {
            let hint = "a singular covariance has no density; drop constant or repeated columns";
            Err(Error::not_positive_definite(what, pivot, hint))
        }
        None => Ok(root),
    }
}

impl Reduced {
    /// The kind as a function of Renyi's divergence of order `a`.
    fn of_renyi(&self, a: f64, p: &Fit, q: &Fit) -> Result<Piece> {
        if a <= 0.0 {
            // D_a(P||Q) = D_{1-a}(Q||P)
            let swapped = self.of_renyi(1.0 - a, q, p)?;
            return Ok(Piece { x: swapped.y, y: swapped.x, ..swapped });
        }
        let r = renyi(a, p, q)?;
        if r.value.is_infinite() {
            return Ok(Piece::infinite());
        }
        // value, slope and curvature in r; Renyi's own logarithm undoes the exponential
        let (value, slope, curvature) = if self.order.is_some() {
            (self.scale * r.value, self.scale, 0.0)
        } else {
            let growth = self.scale * ((a - 1.0) * r.value).exp() / a;
            (self.value(expm1_over(a - 1.0, r.value) / a), growth, (a - 1.0) * growth)
        };
        if !value.is_finite() {
            return Ok(Piece::infinite());
        }
        let spread = variance(&r.x) / p.rows() + variance(&r.y) / q.rows();
        let scaled = |terms: Vec<f64>| terms.into_iter().map(|t| slope * t).collect();
        Ok(Piece { value, bias: slope * r.bias + 0.5 * curvature * spread, x: scaled(r.x), y: scaled(r.y) })
    }
}

/// Renyi's divergence of order `a > 0`.
fn renyi(a: f64, p: &Fit, q: &Fit) -> Result<Piece> {
    let value = gaussian::renyi(&p.law, &q.law, a)?;
    if value.is_infinite() {
        return Ok(Piece::infinite());
    }
    // the frame in which Q is standard and P has the covariance diag(c)
    let white = |x: ArrayView2<'_, f64>| linalg::solve_lower(q.root.view(), x);
    let axes = linalg::svd(white(p.root.view()).view())?;
    let frame = |x: ArrayView2<'_, f64>| linalg::matmul(axes.u.t(), white(x).view());
    let mean = (&p.law.mean() - &q.law.mean()).insert_axis(Axis(1));
    let y = frame(mean.view()).remove_axis(Axis(1));
    let c = axes.values.mapv(|s| s * s);
    let d = y.len();
    let e = c.mapv(|c| c - 1.0);
    let b = e.mapv(|e| 1.0 / (1.0 + (1.0 - a) * e));
    let v = &b * &y;

    let influence = |centred: &Array2<f64>, weight: f64, sign: f64, spread: &ndarray::Array1<f64>, slope: Vec<f64>| {
        let rows = frame(centred.t());
        let level: f64 = (0..d).map(|i| v[i] * v[i] * spread[i]).sum();
        rows.columns()
            .into_iter()
            .map(|t| {
                let along = v.dot(&t);
                let square: f64 = (0..d).map(|i| slope[i] * (t[i] * t[i] - spread[i])).sum();
                a * (sign * along - 0.5 * weight * (along * along - level) + 0.5 * sign * square)
            })
            .collect::<Vec<f64>>()
    };
    let unit = ndarray::Array1::ones(d);
    let x_terms = influence(&p.centred, 1.0 - a, 1.0, &c, (0..d).map(|i| e[i] * b[i] / c[i]).collect());
    let y_terms = influence(&q.centred, a, -1.0, &unit, (0..d).map(|i| e[i] * b[i]).collect());

    // second order: means with covariance Σ/n, covariances of Wishart's law
    let sum = |term: &dyn Fn(usize) -> f64| (0..d).map(term).sum::<f64>();
    let (size, beta) = (d as f64, 1.0 - a);
    let bc = sum(&|i| b[i] * c[i]);
    let from_x = 0.25 * (size * size + size - beta * (sum(&|i| (b[i] * c[i]).powi(2)) + bc * bc))
        + 0.5 * a * bc
        + 0.5 * a * beta * beta * sum(&|i| v[i] * v[i] * c[i] * (b[i] * c[i] + bc));
    let sum_b = b.sum();
    // (d² + d - a Σb² - a (Σb)²)/(1-a), without the division
    let spread = sum(&|i| b[i] * b[i] * (1.0 + 2.0 * e[i] + beta * e[i] * e[i]))
        + sum(&|i| b[i] * e[i]) * (size + sum_b)
        + sum_b * sum_b;
    let from_y = 0.25 * a * spread + 0.5 * a * sum_b + 0.5 * a.powi(3) * sum(&|i| v[i] * v[i] * (b[i] + sum_b));
    Ok(Piece { value, bias: from_x / p.rows() + from_y / q.rows(), x: x_terms, y: y_terms })
}

/// A divergence of Gaussian laws on the line, with its derivatives in means and variances by central differences.
fn on_the_line(
    reduced: &Reduced,
    divergence: fn(&Gaussian, &Gaussian) -> Result<f64>,
    p: &Fit,
    q: &Fit,
) -> Result<Piece> {
    let (m1, s1, m2, s2) = (p.law.mean()[0], p.root[[0, 0]], q.law.mean()[0], q.root[[0, 0]]);
    // in units of the smaller deviation: (mean, variance) of either
    let unit = s1.min(s2);
    let at = [(m1 - m2) / unit, (s1 / unit).powi(2), 0.0, (s2 / unit).powi(2)];
    let value = |at: [f64; 4]| {
        let law = |mean: f64, variance: f64| Gaussian::univariate(mean, variance.sqrt());
        divergence(&law(at[0], at[1])?, &law(at[2], at[3])?)
    };
    let middle = value(at)?;
    let (mut slopes, mut bias) = ([0.0; 4], 0.0);
    for k in 0..4 {
        let (variance, rows) = if k < 2 { (at[1], p.rows()) } else { (at[3], q.rows()) };
        let step = 1e-3 * if k % 2 == 0 { variance.sqrt() } else { variance };
        let moved = |h: f64| {
            let mut to = at;
            to[k] += h;
            value(to)
        };
        let (above, below) = (moved(step)?, moved(-step)?);
        slopes[k] = (above - below) / (2.0 * step);
        let spread = if k % 2 == 0 { variance } else { 2.0 * variance * variance };
        bias += 0.5 * (above + below - 2.0 * middle) / (step * step) * spread / rows;
    }
    let scale = reduced.slope(middle);
    let terms = |fit: &Fit, slopes: [f64; 2], variance: f64| {
        let move_of = |&x: &f64| {
            let t = x / unit;
            scale * (slopes[0] * t + slopes[1] * (t * t - variance))
        };
        fit.centred.iter().map(move_of).collect()
    };
    Ok(Piece {
        value: reduced.value(middle),
        bias: scale * bias,
        x: terms(p, [slopes[0], slopes[1]], at[1]),
        y: terms(q, [slopes[2], slopes[3]], at[3]),
    })
}
