//! One-dimensional laws with a density.
//!
//! [`Density`] is what integrals over the line ask of a law: its log-density (so that far tails do not underflow),
//! distribution function from both sides, quantiles, support, and where it has kinks. [`Law`] has the named ones,
//! [`Mixture`] weighted sums of them, among them the law of points or of a uniform law under Gaussian noise.
//!
//! ```
//! use fenchel::measure::density::{Density, Law, Mixture};
//! let p = Mixture::new(vec![(0.3, Law::normal(0.0, 1.0)?), (0.7, Law::laplace(4.0, 0.5)?)])?;
//! assert!((p.cdf(p.quantile(0.2)) - 0.2).abs() < 1e-14);
//! // the density itself is zero in f64
//! assert!((Law::normal(0.0, 1.0)?.ln_pdf(-60.0) + 1800.9189385332047).abs() < 1e-9);
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! The incomplete gamma function comes from the crate `statrs`, `erf` and `ln Gamma` from `libm`.

use crate::error::{Error, Index, Result};
use crate::numeric::special::{
    LN_SQRT_2PI, beta_regularised, ln_beta, ln_normal_between, ln_normal_tail, ln_student_constant, normal_ramp,
};
use libm::{erfc, lgamma as ln_gamma};
use rand::{Rng, RngExt};
use rand_distr::Distribution;
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::{gamma_lr, gamma_ur};
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI, SQRT_2};
use std::fmt;

pub use super::mixture::Mixture;

/// Levels of the quantiles that show a quadrature where the mass lies.
const LEVELS: [f64; 7] = [1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0 - 1e-6];

/// A law on the real line with a density that is positive on the inside of one interval, its support (a mixture may
/// have gaps). All methods take any `x`, infinite ones too, and never return NaN for it.
pub trait Density: Send + Sync + fmt::Debug {
    /// Log-density; `-inf` outside the support, `+inf` at a pole at its end.
    fn ln_pdf(&self, x: f64) -> f64;

    /// Derivative of the log-density inside the support (the *score*), at a kink from one side; zero outside.
    fn score(&self, x: f64) -> f64;

    /// `P(X <= x)`.
    fn cdf(&self, x: f64) -> f64;

    /// `P(X > x)`, with relative accuracy in the right tail.
    fn survival(&self, x: f64) -> f64;

    /// The closed interval that carries the mass; the ends may be infinite.
    fn support(&self) -> (f64, f64);

    /// The mean, where it exists.
    fn mean(&self) -> Option<f64>;

    /// Kinks and jumps of the density inside or at the ends of the support, finite ones only.
    fn breakpoints(&self) -> Vec<f64>;

    /// Density.
    fn pdf(&self, x: f64) -> f64 {
        self.ln_pdf(x).exp()
    }

    /// The smallest `x` with `cdf(x) >= u`, for `u` in `[0, 1]` (others are taken to the nearer end).
    ///
    /// By default through bisection over the floating-point numbers themselves: at most 64 evaluations of `cdf` or
    /// `survival`, and no starting interval to get wrong.
    fn quantile(&self, u: f64) -> f64 {
        invert(self, u)
    }

    /// Points that show where the mass lies and on what scale, for quadrature; by default some quantiles.
    fn landmarks(&self) -> Vec<f64> {
        LEVELS.iter().map(|&u| self.quantile(u)).collect()
    }

    /// One draw; by default the quantile of a uniform number.
    fn draw(&self, rng: &mut dyn Rng) -> f64 {
        self.quantile(rng.random())
    }

    /// `n` independent draws.
    fn sample(&self, n: usize, rng: &mut dyn Rng) -> Vec<f64> {
        (0..n).map(|_| self.draw(rng)).collect()
    }
}

fn invert<D: Density + ?Sized>(law: &D, u: f64) -> f64 {
    let (low, high) = law.support();
    if u <= 0.0 {
        return low;
    }
    if u >= 1.0 {
        return high;
    }
    // The order of floats is the order of these integers, and the map is its own inverse.
    let order = |x: i64| x ^ (((x >> 63) as u64) >> 1) as i64;
    let key = |x: f64| order(x.clamp(f64::MIN, f64::MAX).to_bits() as i64);
    let reached = |x: f64| if u <= 0.5 { law.cdf(x) >= u } else { law.survival(x) <= 1.0 - u };
    let (mut below, mut above) = (key(low), key(high));
    while below < above {
        let middle = (below & above) + ((below ^ above) >> 1);
        if reached(f64::from_bits(order(middle) as u64)) {
            above = middle;
        } else {
            below = middle + 1;
        }
    }
    f64::from_bits(order(above) as u64)
}

/// A named law; built by its constructors, which check the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law(pub(crate) Kind);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    Normal { mean: f64, std_dev: f64 },
    Uniform { low: f64, high: f64 },
    Exponential { rate: f64 },
    Laplace { location: f64, scale: f64 },
    Cauchy { location: f64, scale: f64 },
    Gamma { shape: f64, rate: f64, ln_norm: f64 },
    Beta { a: f64, b: f64, ln_norm: f64 },
    StudentT { freedom: f64, location: f64, scale: f64, ln_norm: f64 },
    LogNormal { mu: f64, sigma: f64 },
    SmoothedUniform { low: f64, high: f64, sigma: f64 },
}

impl Law {
    /// `N(mean, std_dev^2)`.
    ///
    /// # Errors
    /// For every constructor: a parameter that is not finite; a scale, rate or shape that is not positive.
    pub fn normal(mean: f64, std_dev: f64) -> Result<Self> {
        finite("mean", mean)?;
        positive("standard deviation", std_dev)?;
        Ok(Self(Kind::Normal { mean, std_dev }))
    }

    /// Uniform on `[low, high]`.
    ///
    /// # Errors
    /// As [`Law::normal`]; `low >= high`.
    pub fn uniform(low: f64, high: f64) -> Result<Self> {
        finite("low", low)?;
        finite("high", high)?;
        positive("high - low", high - low)?;
        Ok(Self(Kind::Uniform { low, high }))
    }

    /// Density `rate exp(-rate x)` on `x >= 0`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn exponential(rate: f64) -> Result<Self> {
        positive("rate", rate)?;
        Ok(Self(Kind::Exponential { rate }))
    }

    /// Density `exp(-|x - location|/scale)/(2 scale)`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn laplace(location: f64, scale: f64) -> Result<Self> {
        finite("location", location)?;
        positive("scale", scale)?;
        Ok(Self(Kind::Laplace { location, scale }))
    }

    /// Density `1/(pi scale (1 + z^2))` with `z = (x - location)/scale`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn cauchy(location: f64, scale: f64) -> Result<Self> {
        finite("location", location)?;
        positive("scale", scale)?;
        Ok(Self(Kind::Cauchy { location, scale }))
    }

    /// Density proportional to `x^(shape-1) exp(-rate x)` on `x >= 0`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn gamma(shape: f64, rate: f64) -> Result<Self> {
        positive("shape", shape)?;
        positive("rate", rate)?;
        Ok(Self(Kind::Gamma { shape, rate, ln_norm: rate.ln() - ln_gamma(shape) }))
    }

    /// Density proportional to `x^(a-1) (1-x)^(b-1)` on `[0, 1]`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn beta(a: f64, b: f64) -> Result<Self> {
        positive("a", a)?;
        positive("b", b)?;
        Ok(Self(Kind::Beta { a, b, ln_norm: -ln_beta(a, b) }))
    }

    /// Student's law: density proportional to `(1 + z^2/freedom)^(-(freedom+1)/2)` with `z = (x - location)/scale`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn student_t(freedom: f64, location: f64, scale: f64) -> Result<Self> {
        positive("degrees of freedom", freedom)?;
        finite("location", location)?;
        positive("scale", scale)?;
        let ln_norm = ln_student_constant(freedom) - scale.ln();
        Ok(Self(Kind::StudentT { freedom, location, scale, ln_norm }))
    }

    /// The law of `exp(N(mu, sigma^2))`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn log_normal(mu: f64, sigma: f64) -> Result<Self> {
        finite("mu", mu)?;
        positive("sigma", sigma)?;
        Ok(Self(Kind::LogNormal { mu, sigma }))
    }

    /// The law of `U + N(0, sigma^2)` with `U` uniform on `[low, high]`: a uniform law under instance noise.
    ///
    /// # Errors
    /// As [`Law::uniform`].
    pub fn smoothed_uniform(low: f64, high: f64, sigma: f64) -> Result<Self> {
        Self::uniform(low, high)?;
        positive("sigma", sigma)?;
        Ok(Self(Kind::SmoothedUniform { low, high, sigma }))
    }
}

impl Density for Law {
    fn ln_pdf(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x.is_infinite() || x < low || x > high {
            return f64::NEG_INFINITY;
        }
        match self.0 {
            Kind::Normal { mean, std_dev } => {
                let z = (x - mean) / std_dev;
                -0.5 * z * z - std_dev.ln() - LN_SQRT_2PI
            }
            Kind::Uniform { low, high } => -(high - low).ln(),
            Kind::Exponential { rate } => rate.ln() - rate * x,
            Kind::Laplace { location, scale } => -(x - location).abs() / scale - scale.ln() - LN_2,
            Kind::Cauchy { location, scale } => -ln_1p_square((x - location) / scale) - scale.ln() - PI.ln(),
            Kind::Gamma { rate, .. } if rate * x == f64::INFINITY => f64::NEG_INFINITY,
            Kind::Gamma { shape, rate, ln_norm } => ln_norm + power(shape - 1.0, rate * x) - rate * x,
            Kind::Beta { a, b, ln_norm } => ln_norm + power(a - 1.0, x) + power(b - 1.0, 1.0 - x),
            Kind::StudentT { freedom, location, scale, ln_norm } => {
                let z = (x - location) / scale;
                ln_norm - 0.5 * (freedom + 1.0) * ln_1p_square(z / freedom.sqrt())
            }
            Kind::LogNormal { mu, sigma } => {
                if x == 0.0 {
                    return f64::NEG_INFINITY;
                }
                let z = (x.ln() - mu) / sigma;
                -0.5 * z * z - x.ln() - sigma.ln() - LN_SQRT_2PI
            }
            Kind::SmoothedUniform { low, high, sigma } => {
                ln_normal_between((x - high) / sigma, (x - low) / sigma) - (high - low).ln()
            }
        }
    }

    fn score(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x.is_infinite() || x < low || x > high {
            return 0.0;
        }
        match self.0 {
            Kind::Normal { mean, std_dev } => -(x - mean) / std_dev / std_dev,
            Kind::Uniform { .. } => 0.0,
            Kind::Exponential { rate } => -rate,
            Kind::Laplace { location, scale } => -(x - location).signum() / scale,
            Kind::Cauchy { location, scale } => -2.0 * over_1p_square((x - location) / scale) / scale,
            Kind::Gamma { shape, rate, .. } => pole(shape - 1.0, x) - rate,
            Kind::Beta { a, b, .. } => pole(a - 1.0, x) - pole(b - 1.0, 1.0 - x),
            Kind::StudentT { freedom, location, scale, .. } => {
                let root = freedom.sqrt();
                -(freedom + 1.0) * over_1p_square((x - location) / scale / root) / (scale * root)
            }
            Kind::LogNormal { mu, sigma } => {
                if x == 0.0 {
                    return f64::INFINITY;
                }
                -(1.0 + (x.ln() - mu) / sigma / sigma) / x
            }
            Kind::SmoothedUniform { low, high, sigma } => {
                let (a, b) = ((x - high) / sigma, (x - low) / sigma);
                let mass = ln_normal_between(a, b) + LN_SQRT_2PI;
                if mass == f64::NEG_INFINITY {
                    // so far out that only the nearer edge is seen
                    return if a > 0.0 { -a / sigma } else { -b / sigma };
                }
                ((-0.5 * b * b - mass).exp() - (-0.5 * a * a - mass).exp()) / sigma
            }
        }
    }

    fn cdf(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x <= low {
            return 0.0;
        }
        if x >= high {
            return 1.0;
        }
        match self.0 {
            Kind::Normal { mean, std_dev } => 0.5 * erfc((mean - x) / std_dev * FRAC_1_SQRT_2),
            Kind::Uniform { low, high } => ((x - low) / (high - low)).min(1.0),
            Kind::Exponential { rate } => -(-rate * x).exp_m1(),
            Kind::Laplace { location, scale } => laplace_cdf((x - location) / scale),
            Kind::Cauchy { location, scale } => cauchy_cdf((x - location) / scale),
            Kind::Gamma { shape, rate, .. } => gamma_cdf(shape, rate * x),
            Kind::Beta { a, b, .. } => beta_regularised(a, b, x, 1.0 - x),
            Kind::StudentT { freedom, location, scale, .. } => student_cdf(freedom, (x - location) / scale),
            Kind::LogNormal { mu, sigma } => 0.5 * erfc((mu - x.ln()) / sigma * FRAC_1_SQRT_2),
            Kind::SmoothedUniform { low, high, sigma } => smoothed_cdf((x - low) / sigma, (high - low) / sigma),
        }
    }

    fn survival(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x <= low {
            return 1.0;
        }
        if x >= high {
            return 0.0;
        }
        match self.0 {
            Kind::Normal { mean, std_dev } => 0.5 * erfc((x - mean) / std_dev * FRAC_1_SQRT_2),
            Kind::Uniform { low, high } => ((high - x) / (high - low)).min(1.0),
            Kind::Exponential { rate } => (-rate * x).exp(),
            Kind::Laplace { location, scale } => laplace_cdf((location - x) / scale),
            Kind::Cauchy { location, scale } => cauchy_cdf((location - x) / scale),
            Kind::Gamma { shape, rate, .. } => gamma_survival(shape, rate * x),
            Kind::Beta { a, b, .. } => beta_regularised(b, a, 1.0 - x, x),
            Kind::StudentT { freedom, location, scale, .. } => student_cdf(freedom, (location - x) / scale),
            Kind::LogNormal { mu, sigma } => 0.5 * erfc((x.ln() - mu) / sigma * FRAC_1_SQRT_2),
            Kind::SmoothedUniform { low, high, sigma } => smoothed_cdf((high - x) / sigma, (high - low) / sigma),
        }
    }

    fn quantile(&self, u: f64) -> f64 {
        if u <= 0.0 || u >= 1.0 {
            return invert(self, u);
        }
        match self.0 {
            Kind::Normal { mean, std_dev } => mean + std_dev * normal_quantile(u),
            Kind::LogNormal { mu, sigma } => (mu + sigma * normal_quantile(u)).exp(),
            Kind::Uniform { low, high } => low + u * (high - low),
            Kind::Exponential { rate } => -(-u).ln_1p() / rate,
            Kind::Laplace { location, scale } if u <= 0.5 => location + scale * (2.0 * u).ln(),
            Kind::Laplace { location, scale } => location - scale * (2.0 * (1.0 - u)).ln(),
            Kind::Cauchy { location, scale } if u < 0.25 => location - scale / (PI * u).tan(),
            Kind::Cauchy { location, scale } if u > 0.75 => location + scale / (PI * (1.0 - u)).tan(),
            Kind::Cauchy { location, scale } => location + scale * (PI * (u - 0.5)).tan(),
            _ => invert(self, u),
        }
    }

    fn support(&self) -> (f64, f64) {
        match self.0 {
            Kind::Uniform { low, high } => (low, high),
            Kind::Exponential { .. } | Kind::Gamma { .. } | Kind::LogNormal { .. } => (0.0, f64::INFINITY),
            Kind::Beta { .. } => (0.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn mean(&self) -> Option<f64> {
        match self.0 {
            Kind::Normal { mean, .. } => Some(mean),
            Kind::Uniform { low, high } | Kind::SmoothedUniform { low, high, .. } => Some(0.5 * low + 0.5 * high),
            Kind::Exponential { rate } => Some(1.0 / rate),
            Kind::Laplace { location, .. } => Some(location),
            Kind::Cauchy { .. } => None,
            Kind::Gamma { shape, rate, .. } => Some(shape / rate),
            Kind::Beta { a, b, .. } => Some(a / (a + b)),
            Kind::StudentT { freedom, location, .. } => (freedom > 1.0).then_some(location),
            Kind::LogNormal { mu, sigma } => Some((mu + 0.5 * sigma * sigma).exp()),
        }
    }

    fn breakpoints(&self) -> Vec<f64> {
        match self.0 {
            Kind::Uniform { low, high } => vec![low, high],
            Kind::Beta { .. } => vec![0.0, 1.0],
            Kind::Exponential { .. } | Kind::Gamma { .. } | Kind::LogNormal { .. } => vec![0.0],
            Kind::Laplace { location, .. } => vec![location],
            _ => Vec::new(),
        }
    }

    fn landmarks(&self) -> Vec<f64> {
        match self.0 {
            // the edges are where a uniform law under little noise changes
            Kind::SmoothedUniform { low, high, sigma } => [low, high]
                .iter()
                .flat_map(|edge| [-8.0, -2.0, 0.0, 2.0, 8.0].map(|steps| edge + steps * sigma))
                .chain([0.5 * low + 0.5 * high])
                .collect(),
            _ => LEVELS.iter().map(|&u| self.quantile(u)).collect(),
        }
    }

    fn draw(&self, rng: &mut dyn Rng) -> f64 {
        let normal = rand_distr::StandardNormal;
        match self.0 {
            Kind::Normal { mean, std_dev } => mean + std_dev * Distribution::<f64>::sample(&normal, rng),
            Kind::LogNormal { mu, sigma } => (mu + sigma * Distribution::<f64>::sample(&normal, rng)).exp(),
            Kind::Exponential { rate } => Distribution::<f64>::sample(&rand_distr::Exp1, rng) / rate,
            Kind::SmoothedUniform { low, high, sigma } => {
                low + (high - low) * rng.random::<f64>() + sigma * Distribution::<f64>::sample(&normal, rng)
            }
            Kind::Gamma { shape, rate, .. } => match rand_distr::Gamma::new(shape, 1.0) {
                Ok(law) => Distribution::<f64>::sample(&law, rng) / rate,
                Err(_) => self.quantile(rng.random()),
            },
            Kind::Beta { a, b, .. } => match rand_distr::Beta::new(a, b) {
                Ok(law) => law.sample(rng),
                Err(_) => self.quantile(rng.random()),
            },
            Kind::StudentT { freedom, location, scale, .. } => match rand_distr::StudentT::new(freedom) {
                Ok(law) => location + scale * Distribution::<f64>::sample(&law, rng),
                Err(_) => self.quantile(rng.random()),
            },
            _ => self.quantile(rng.random()),
        }
    }
}

/// `exponent ln x` with `0 ln 0 = 0`.
fn power(exponent: f64, x: f64) -> f64 {
    if exponent == 0.0 { 0.0 } else { exponent * x.ln() }
}

/// `weight/x` with `0/0 = 0`.
fn pole(weight: f64, x: f64) -> f64 {
    if weight == 0.0 { 0.0 } else { weight / x }
}

/// `ln(1 + z^2)` without overflow.
fn ln_1p_square(z: f64) -> f64 {
    if z.abs() > 1e8 { 2.0 * z.abs().ln() } else { (z * z).ln_1p() }
}

/// `z/(1 + z^2)` without overflow.
fn over_1p_square(z: f64) -> f64 {
    if z.abs() > 1e8 { 1.0 / z } else { z / (1.0 + z * z) }
}

fn normal_quantile(u: f64) -> f64 {
    let z = -SQRT_2 * erfc_inv(2.0 * u.min(1.0 - u));
    // one step of Newton's method in the logarithm takes the rational approximation to full accuracy
    let tail = u.min(1.0 - u).ln();
    let slope = (-0.5 * z * z - LN_SQRT_2PI - ln_normal_tail(-z)).exp();
    let z = if slope > 0.0 { z - (ln_normal_tail(-z) - tail) / slope } else { z };
    if u <= 0.5 { z } else { -z }
}

fn laplace_cdf(z: f64) -> f64 {
    if z <= 0.0 { 0.5 * z.exp() } else { -0.5 * (-z).exp() + 1.0 }
}

fn cauchy_cdf(z: f64) -> f64 {
    if z < -1.0 { (-1.0 / z).atan() / PI } else { 0.5 + z.atan() / PI }
}

fn gamma_cdf(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        0.0
    } else if x.is_infinite() {
        1.0
    } else {
        gamma_lr(shape, x).clamp(0.0, 1.0)
    }
}

fn gamma_survival(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        1.0
    } else if x.is_infinite() {
        0.0
    } else {
        gamma_ur(shape, x).clamp(0.0, 1.0)
    }
}

fn student_cdf(freedom: f64, z: f64) -> f64 {
    let square = z / freedom * z;
    let (x, y) = (1.0 / (1.0 + square), 1.0 / (1.0 + 1.0 / square));
    let tail = 0.5 * beta_regularised(0.5 * freedom, 0.5, x, y);
    if z <= 0.0 { tail } else { 1.0 - tail }
}

/// Distribution function of a uniform law under noise of deviation one: `x` from its lower end, of this width.
fn smoothed_cdf(x: f64, width: f64) -> f64 {
    if x > width + 40.0 {
        return 1.0;
    }
    ((normal_ramp(x) - normal_ramp(x - width)) / width).clamp(0.0, 1.0)
}

fn finite(what: &str, value: f64) -> Result<()> {
    if value.is_finite() {
        return Ok(());
    }
    Err(Error::NotFinite { what: what.to_owned(), at: Index::Entry(0), value })
}

fn positive(what: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::OutOfDomain { what: what.to_owned(), value, expected: "a positive finite number".to_owned() })
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::numeric::quadrature::Quadrature;
    use crate::numeric::stream;

    fn laws() -> Vec<Law> {
        vec![
            Law::normal(0.3, 2.0).unwrap(),
            Law::normal(0.0, 1e-8).unwrap(),
            Law::uniform(-1.0, 2.0).unwrap(),
            Law::exponential(3.0).unwrap(),
            Law::laplace(1.0, 0.5).unwrap(),
            Law::cauchy(0.0, 1.0).unwrap(),
            Law::gamma(2.5, 3.0).unwrap(),
            Law::gamma(0.2, 1.0).unwrap(),
            Law::gamma(1.0, 2.0).unwrap(),
            Law::beta(2.0, 3.0).unwrap(),
            Law::beta(0.5, 1.0).unwrap(),
            Law::student_t(3.0, 1.0, 2.0).unwrap(),
            Law::student_t(0.5, 0.0, 1.0).unwrap(),
            Law::log_normal(0.0, 1.0).unwrap(),
            Law::smoothed_uniform(0.0, 1.0, 0.1).unwrap(),
            Law::smoothed_uniform(0.0, 1.0, 3.0).unwrap(),
        ]
    }

    fn densities() -> Vec<Box<dyn Density>> {
        let mut all: Vec<Box<dyn Density>> = laws().into_iter().map(|l| Box::new(l) as Box<dyn Density>).collect();
        let gap = vec![(0.25, Law::uniform(0.0, 1.0).unwrap()), (0.75, Law::uniform(2.0, 3.0).unwrap())];
        all.push(Box::new(Mixture::new(gap).unwrap()));
        let mixed = vec![(0.5, Law::cauchy(0.0, 1.0).unwrap()), (0.5, Law::normal(5.0, 0.1).unwrap())];
        all.push(Box::new(Mixture::new(mixed).unwrap()));
        all
    }

    fn points(law: &dyn Density, extra: &[f64]) -> Vec<f64> {
        let (low, high) = law.support();
        let mut points: Vec<f64> = [vec![low, high], law.breakpoints(), law.landmarks(), extra.to_vec()].concat();
        points.retain(|&x| x >= low && x <= high);
        points.sort_by(f64::total_cmp);
        points
    }

    #[test]
    fn density_integrates_to_the_distribution_function() {
        for law in densities() {
            let law = law.as_ref();
            let pdf = |x: f64| law.pdf(x);
            let whole = Quadrature::new().integrate(pdf, &points(law, &[])).unwrap();
            assert!((whole.value - 1.0).abs() <= whole.error + 1e-13, "{law:?}: {whole:?}");
            for u in [1e-4, 0.2, 0.6, 0.999] {
                let x = law.quantile(u);
                let mut left = points(law, &[x]);
                left.retain(|&y| y <= x);
                let left = Quadrature::new().integrate(pdf, &left).unwrap();
                assert!(
                    (left.value - law.cdf(x)).abs() <= left.error + 2e-13,
                    "{law:?} at {x}: {left:?} {}",
                    law.cdf(x)
                );
                assert!((law.cdf(x) - u).abs() < 1e-13, "{law:?}: cdf(quantile({u})) = {}", law.cdf(x));
                assert!(
                    (law.cdf(x) + law.survival(x) - 1.0).abs() < 1e-13,
                    "{law:?} {x} {} {}",
                    law.cdf(x),
                    law.survival(x)
                );
            }
        }
    }

    #[test]
    fn score_is_the_slope_of_the_log_density() {
        for law in densities() {
            for u in [0.05, 0.3, 0.71, 0.9] {
                let x = law.quantile(u);
                let h = 1e-5 * (x - law.support().0).min(law.quantile(0.75) - law.quantile(0.25));
                let slope = (law.ln_pdf(x + h) - law.ln_pdf(x - h)) / (2.0 * h);
                let error = (slope - law.score(x)).abs() * (law.quantile(0.75) - law.quantile(0.25)).min(1.0);
                assert!(error <= 1e-5 * (1.0 + law.score(x).abs()), "{law:?} at {x}: {slope} {}", law.score(x));
            }
        }
    }

    #[test]
    fn no_nan_anywhere() {
        let xs =
            [f64::NEG_INFINITY, f64::MIN, -1e160, -1.0, -0.0, 0.0, 5e-324, 0.5, 1.0, 1e160, f64::MAX, f64::INFINITY];
        for law in densities() {
            for x in xs {
                for value in [law.ln_pdf(x), law.pdf(x), law.cdf(x), law.survival(x), law.score(x)] {
                    assert!(!value.is_nan(), "{law:?} at {x}");
                }
                assert!((0.0..=1.0).contains(&law.cdf(x)), "{law:?}");
            }
            for u in [0.0, 1e-300, 1e-17, 0.5, 1.0 - f64::EPSILON, 1.0, 2.0, -1.0] {
                assert!(!law.quantile(u).is_nan(), "{law:?} {u}");
            }
            assert_eq!((law.quantile(0.0), law.quantile(1.0)), law.support());
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        let normal = Law::normal(0.0, 1.0).unwrap();
        assert!((normal.ln_pdf(-1e6) + 5e11).abs() < 1.0);
        // mpmath: quantiles of the normal law
        for (u, z) in [(1e-10, -6.361_340_902_404_056), (0.975, 1.959_963_984_540_054), (1e-300, -37.047_096_299_361_2)]
        {
            assert!((normal.quantile(u) / z - 1.0).abs() < 1e-15, "{u}: {}", normal.quantile(u));
        }
        assert!((Law::laplace(0.0, 1.0).unwrap().ln_pdf(2000.0) + 2000.0 + LN_2).abs() < 1e-12);
        assert!(Law::cauchy(0.0, 1.0).unwrap().ln_pdf(1e200).is_finite());
        assert!((Law::cauchy(0.0, 1.0).unwrap().cdf(-1e20) * PI * 1e20 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn draws_follow_the_law_and_repeat() {
        for law in densities() {
            let draws = law.sample(4000, &mut stream(3, 1));
            assert_eq!(draws, law.sample(4000, &mut stream(3, 1)));
            for u in [0.1, 0.5, 0.8] {
                let x = law.quantile(u);
                let below = draws.iter().filter(|&&y| y <= x).count() as f64 / 4000.0;
                assert!((below - u).abs() < 0.035, "{law:?} at {u}: {below}");
            }
        }
    }

    #[test]
    fn means_are_integrals() {
        for law in densities() {
            let law = law.as_ref();
            let Some(mean) = law.mean() else { continue };
            let got = Quadrature::new()
                .relative(1e-9)
                .absolute(1e-9)
                .integrate(|x| x * law.pdf(x), &points(law, &[0.0]))
                .unwrap();
            assert!((got.value - mean).abs() <= got.error + 1e-9, "{law:?}: {got:?} {mean}");
        }
        assert!(Law::student_t(1.0, 0.0, 1.0).unwrap().mean().is_none());
    }

    #[test]
    fn bad_parameters_are_named() {
        assert!(matches!(Law::normal(f64::NAN, 1.0), Err(Error::NotFinite { .. })));
        assert!(matches!(Law::normal(0.0, 0.0), Err(Error::OutOfDomain { .. })));
        assert!(
            Law::uniform(1.0, 1.0).is_err() && Law::beta(-1.0, 1.0).is_err() && Law::gamma(1.0, f64::INFINITY).is_err()
        );
        let normal = Law::normal(0.0, 1.0).unwrap();
        assert!(matches!(Mixture::new(vec![(0.5, normal)]), Err(Error::NotNormalised { .. })));
        assert!(Mixture::new(vec![]).is_err() && Mixture::new(vec![(-1.0, normal), (2.0, normal)]).is_err());
        assert!(matches!(Mixture::smoothed(&[0.0], &[0.5, 0.5], 1.0), Err(Error::SizeMismatch { .. })));
    }
}
