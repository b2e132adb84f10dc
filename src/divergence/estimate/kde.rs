//! The divergence of two kernel density estimates.
//!
//! Each sample has Gaussian kernels in the shape of its own covariance, `h² S`, so the estimate does not change when
//! both samples go through one invertible affine map. A density is never asked at a point that made it: at its own
//! rows it is the one of the others. With the log-ratios `l = ln p/q` that this gives at the rows of both samples,
//!
//! - `KL = mean over x of l`, and a power mean `E_P[(p/q)^(a-1)]` the same way for orders `a > 1`, where `p/q` is taken for
//!   at most `m`: how far past the last of `m` rows a point lies says nothing of the law there, and would be all of the mean;
//! - any other divergence is the dual at `T = f'(e^l)`, `mean over x of T - mean over y of f*(T)`, where an error of `l`
//!   enters in second order only (the one-step estimator of Kandasamy et al., arXiv:1411.4342).
//!
//! Smoothing biases it, towards equal laws mostly, by about `h²`, or by `h` where a density jumps; in many dimensions by far
//! more than the standard error. The values under kernels √2 and 2 times as wide, which the same pass gives, show by how
//! much, and the interval reaches so much farther to that side.
//! Sources: B. W. Silverman, doi:10.1201/9781315140919; D. W. Scott, doi:10.1002/9780470316849.

use super::gaussian::root_of_full_rank;
use super::reduce::{Core, Reduced};
use super::{Estimator, LEVEL, check, left_out, normal_estimate, widened};
use crate::certificate::Estimate;
use crate::divergence::{FDivergence, Generator, Kind};
use crate::error::{Error, Result};
use crate::linalg;
use crate::measure::distance::{Clouds, for_blocks};
use crate::measure::{Empirical, Gaussian};
use crate::numeric::exp_clamped;
use crate::numeric::variance;
use multiversion::{multiversion, target::target_cfg_f};
use ndarray::{Array2, ArrayView2};
use std::f64::consts::{PI, SQRT_2};

/// Kernels of widths `h`, `√2 h` and `2h`: one exponential gives all three.
const SCALES: usize = 3;

/// How wide the kernels are, in units of the sample's own covariance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Bandwidth {
    /// `h = (4/(n (d+2)))^(1/(d+4))`, best for a Gaussian law.
    Silverman,
    /// `h = n^(-1/(d+4))`.
    Scott,
    /// The `h` under which each row is likeliest given the others, between a twentieth and twice Silverman's.
    /// O(n² d) for each of two dozen tries.
    LeaveOneOut,
    /// This `h`.
    Fixed(f64),
}

/// Kernel densities, for every divergence. O((n + m)² d) time and O(n + m) memory.
///
/// Needs `d + 2` rows of either sample and covariances of full rank.
///
/// ```
/// use fenchel::divergence::estimate::{Bandwidth, Estimator, Kde};
/// use fenchel::measure::{Empirical, Gaussian};
/// use fenchel::numeric::stream;
/// let (p, q) = (Gaussian::univariate(0.0, 1.0)?, Gaussian::univariate(1.0, 1.0)?);
/// let x = Empirical::new(p.sample(500, &mut stream(0, 0))?)?;
/// let y = Empirical::new(q.sample(500, &mut stream(0, 1))?)?;
/// let tv = Kde::new().bandwidth(Bandwidth::Scott).estimate(&x, &y, "tv".parse()?)?;
/// assert!((tv.value - 0.3829).abs() < 3.0 * tv.std_error.unwrap()); // erf(1/sqrt 8)
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Kde {
    bandwidth: Bandwidth,
    level: f64,
}

impl Default for Kde {
    fn default() -> Self {
        Self::new()
    }
}

impl Kde {
    /// Silverman's bandwidth; intervals at 90 %.
    #[must_use]
    pub fn new() -> Self {
        Self { bandwidth: Bandwidth::Silverman, level: LEVEL }
    }

    /// How wide the kernels are.
    #[must_use]
    pub fn bandwidth(self, bandwidth: Bandwidth) -> Self {
        Self { bandwidth, ..self }
    }

    /// Nominal coverage of the interval.
    #[must_use]
    pub fn level(self, level: f64) -> Self {
        Self { level, ..self }
    }
}

impl Estimator for Kde {
    fn name(&self) -> &'static str {
        "kde"
    }

    fn supports(&self, kind: &Kind, _dimension: usize) -> bool {
        Reduced::new(kind).is_some()
    }

    fn estimate(&self, x: &Empirical, y: &Empirical, kind: Kind) -> Result<Estimate> {
        check(self, x, y, &kind, x.dimension() + 2, self.level)?;
        let Some(reduced) = Reduced::new(&kind) else { unreachable!("a kind that is supported has a functional") };
        let (p, q) = (Smooth::new(x, "x", self.bandwidth)?, Smooth::new(y, "y", self.bandwidth)?);
        let ratios = |at: &Empirical, own: bool| -> [Vec<f64>; SCALES] {
            let (over, under) = (p.ln_densities(at.points(), own), q.ln_densities(at.points(), !own));
            std::array::from_fn(|s| over[s].iter().zip(&under[s]).map(|(p, q)| p - q).collect())
        };
        let (at_x, at_y) = (ratios(x, true), ratios(y, false));
        let carried: [(f64, f64); SCALES] = std::array::from_fn(|s| {
            let (core, error) = functional(reduced.core, &at_x[s], &at_y[s]);
            reduced.carry(core, error)
        });
        let (value, error) = carried[0];
        // a bias of h² or, where a density jumps, of h
        let smoothed_away = left_out(carried.map(|(value, _)| value), (SQRT_2, 2.0));
        let parameters = format!(
            "kde: Gaussian kernels, bandwidths {:.3} and {:.3} times the samples' covariances ({}); delta method, \
             normal interval and {smoothed_away:.2e} more for what they smooth away",
            p.h,
            q.h,
            match self.bandwidth {
                Bandwidth::Silverman => "Silverman",
                Bandwidth::Scott => "Scott",
                Bandwidth::LeaveOneOut => "leave-one-out likelihood",
                Bandwidth::Fixed(_) => "given",
            }
        );
        let estimate = normal_estimate(&kind, value, Some(error), self.level, (x, y), parameters)?;
        Ok(widened(estimate, &kind, smoothed_away))
    }
}

/// The functional and its standard error from the log-ratios at the rows of both samples.
fn functional(core: Core, x: &[f64], y: &[f64]) -> (f64, f64) {
    let (n, m) = (x.len() as f64, y.len() as f64);
    let mean = |terms: &[f64]| terms.iter().sum::<f64>() / terms.len() as f64;
    let apply = |at: &[f64], term: &dyn Fn(f64) -> f64| at.iter().map(|&l| term(l)).collect::<Vec<f64>>();
    // E_P[g] with the error that the other sample adds through the density ratio
    let direct = |at: &[f64], term: &dyn Fn(f64) -> f64, other: &dyn Fn(f64) -> f64, n: f64, m: f64| {
        let terms = apply(at, term);
        let moment = mean(&apply(at, other));
        (mean(&terms), (variance(&terms) / n + moment.max(0.0) / m).sqrt())
    };
    match core {
        // Var_Q[p/q] = E_P[p/q - 1]; what one row in a gap of the other sample says of a tail is cut at the root of m
        Core::Alpha(1.0) => direct(x, &|l| l, &|l| l.min(0.5 * m.ln()).exp_m1(), n, m),
        Core::Alpha(0.0) => direct(y, &|l| -l, &|l| (-l).min(0.5 * n.ln()).exp_m1(), m, n),
        Core::Jeffreys => {
            let (a, b) = (functional(Core::Alpha(1.0), x, y), functional(Core::Alpha(0.0), x, y));
            (a.0 + b.0, a.1 + b.1)
        }
        Core::Alpha(a) if a > 1.0 => {
            let scale = 1.0 / (a * (a - 1.0));
            let x = apply(x, &|l| l.min(m.ln()));
            let power = mean(&apply(&x, &|l| ((a - 1.0) * l).exp()));
            if power.is_infinite() {
                return (power, power);
            }
            let other = |l: f64| (((2.0 * a - 1.0) * l).exp() - power * power) / (a * a);
            let (_, error) = direct(&x, &|l| ((a - 1.0) * l).exp() / (a - 1.0), &other, n, m);
            (scale * (power - 1.0), error)
        }
        Core::Alpha(a) if a < 0.0 => {
            let flipped = |at: &[f64]| apply(at, &|l| -l);
            functional(Core::Alpha(1.0 - a), &flipped(y), &flipped(x))
        }
        _ => {
            let f = match core {
                Core::Alpha(a) => FDivergence::Alpha(a),
                Core::JensenShannon(w) => FDivergence::JsWeighted(w),
                Core::Other(f) => f,
                Core::Jeffreys => unreachable!("has its own line"),
            };
            let (x, y) = (apply(x, &|l| f.dual_pair(l).0), apply(y, &|l| f.dual_pair(l).1));
            (mean(&x) - mean(&y) + f.f(1.0), (variance(&x) / n + variance(&y) / m).sqrt())
        }
    }
}

/// A sample under its kernels.
struct Smooth {
    /// The rows where their covariance is the identity.
    white: Array2<f64>,
    root: Array2<f64>,
    h: f64,
}

impl Smooth {
    fn new(sample: &Empirical, name: &str, bandwidth: Bandwidth) -> Result<Self> {
        let root = root_of_full_rank(&Gaussian::fit(sample)?, name)?;
        let (n, d) = (sample.len() as f64, sample.dimension() as f64);
        let silverman = (4.0 / (n * (d + 2.0))).powf(1.0 / (d + 4.0));
        let smooth = |h| Self { white: white(&root, sample.points()), root: root.clone(), h };
        match bandwidth {
            Bandwidth::Silverman => Ok(smooth(silverman)),
            Bandwidth::Scott => Ok(smooth(n.powf(-1.0 / (d + 4.0)))),
            Bandwidth::LeaveOneOut => {
                let of_rows = smooth(silverman);
                let h = of_rows.likeliest(0.05 * silverman, 2.0 * silverman);
                Ok(Self { h, ..of_rows })
            }
            Bandwidth::Fixed(h) if h > 0.0 && h.is_finite() => Ok(smooth(h)),
            Bandwidth::Fixed(h) => {
                let expected = "a positive finite number".to_owned();
                Err(Error::OutOfDomain { what: "bandwidth".to_owned(), value: h, expected })
            }
        }
    }

    /// The log-density at every row of `at`, under every scale; with `own` these are the sample's rows, and each is left out of
    /// its own.
    fn ln_densities(&self, at: ArrayView2<'_, f64>, own: bool) -> [Vec<f64>; SCALES] {
        let queries = white(&self.root, at);
        let (n, d) = (self.white.nrows() - usize::from(own), self.white.ncols() as f64);
        let volume: f64 = self.root.diag().iter().map(|r| r.ln()).sum();
        let constant = |h: f64| -(n as f64).ln() - 0.5 * d * (2.0 * PI).ln() - d * h.ln() - volume;
        let sums = self.ln_kernel_sums(queries.view(), own, self.h);
        std::array::from_fn(|s| {
            let constant = constant(self.h * SQRT_2.powi(s as i32));
            sums.iter().map(|sums| sums[s] + constant).collect()
        })
    }

    /// `ln Σ exp(-|x - y|²/2h²)` over the sample, for each query; and the same with `√2 h` and `2h`.
    fn ln_kernel_sums(&self, queries: ArrayView2<'_, f64>, own: bool, h: f64) -> Vec<[f64; SCALES]> {
        let clouds = Clouds::new(queries, self.white.view());
        let rate = 0.5 / (h * h);
        let sums = for_blocks(queries.nrows(), |first| {
            let mut block = clouds.block(first);
            let sum = |(i, row): (usize, ndarray::ArrayViewMut1<'_, f64>)| {
                let mut row = row;
                if own {
                    row[first + i] = f64::INFINITY;
                }
                let nearest = row.iter().copied().fold(f64::INFINITY, f64::min);
                let sums = match row.as_slice() {
                    Some(row) => kernel_sums(row, nearest, 0.25 * rate),
                    None => unreachable!("blocks are stored row by row"),
                };
                std::array::from_fn(|s| sums[s].ln() - rate * 0.5f64.powi(s as i32) * nearest)
            };
            block.rows_mut().into_iter().enumerate().map(sum).collect::<Vec<_>>()
        });
        sums.concat()
    }

    /// The bandwidth between the two under which each row is likeliest given the others: golden section in `ln h`.
    fn likeliest(&self, low: f64, high: f64) -> f64 {
        let (n, d) = (self.white.nrows() as f64, self.white.ncols() as f64);
        let loss = |ln_h: f64| {
            let sums = self.ln_kernel_sums(self.white.view(), true, ln_h.exp());
            n * d * ln_h - sums.iter().map(|[own, ..]| own).sum::<f64>()
        };
        let golden = 0.5 * (5f64.sqrt() - 1.0);
        let (mut a, mut b) = (low.ln(), high.ln());
        let (mut c, mut e) = (b - golden * (b - a), a + golden * (b - a));
        let (mut at_c, mut at_e) = (loss(c), loss(e));
        // the curve is flat at its least: a percent is plenty
        while b - a > 0.01 {
            if at_c <= at_e {
                (b, e, at_e) = (e, c, at_c);
                c = b - golden * (b - a);
                at_c = loss(c);
            } else {
                (a, c, at_c) = (c, e, at_e);
                e = a + golden * (b - a);
                at_e = loss(e);
            }
        }
        (0.5 * (a + b)).exp()
    }
}

/// `Σ e⁴`, `Σ e²` and `Σ e` of `e = exp(rate (nearest - d))`, in eight partial sums whatever the machine.
#[multiversion(targets = "simd")]
fn kernel_sums(distances: &[f64], nearest: f64, rate: f64) -> [f64; SCALES] {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    const LANES: usize = 8;
    let mut sums = [[0.0; LANES]; SCALES];
    let chunks = distances.chunks_exact(LANES);
    let rest = chunks.remainder();
    for chunk in chunks {
        for (lane, d) in chunk.iter().enumerate() {
            let e = exp_clamped::<FMA>(rate * (nearest - d));
            let square = e * e;
            sums[0][lane] += square * square;
            sums[1][lane] += square;
            sums[2][lane] += e;
        }
    }
    for (lane, d) in rest.iter().enumerate() {
        let e = exp_clamped::<FMA>(rate * (nearest - d));
        let square = e * e;
        sums[0][lane] += square * square;
        sums[1][lane] += square;
        sums[2][lane] += e;
    }
    sums.map(|lanes| lanes.iter().sum())
}

fn white(root: &Array2<f64>, points: ArrayView2<'_, f64>) -> Array2<f64> {
    linalg::solve_lower(root.view(), points.t()).reversed_axes().as_standard_layout().to_owned()
}
