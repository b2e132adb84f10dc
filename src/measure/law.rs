//! The named laws of the line: parameters, checked once, and the formulas of [`Density`] that keep their digits in the
//! tails.
//!
//! The distribution functions of large shapes are those of [`numeric`](crate::numeric); `erf` and `ln Gamma` come from
//! `libm`.

use super::density::{Density, LEVELS, invert};
use crate::error::{Error, Result};
use crate::numeric::gamma::{saddle, stirling_error, tails};
use crate::numeric::special::{
    LN_SQRT_2PI, beta_regularised, beta_saddle, ln_beta, ln_beta_norm, ln_normal_between, ln_student_constant,
    normal_quantile, normal_ramp,
};
use libm::{erfc, lgamma as ln_gamma};
use rand::{Rng, RngExt};
use rand_distr::Distribution;
use std::f64::consts::{FRAC_1_SQRT_2, LN_2, PI};

/// A named law; built by its constructors, which check the parameters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Law(pub(crate) Family);

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Family {
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
        Ok(Self(Family::Normal { mean, std_dev }))
    }

    /// Uniform on `[low, high]`.
    ///
    /// # Errors
    /// As [`Law::normal`]; `low >= high`.
    pub fn uniform(low: f64, high: f64) -> Result<Self> {
        finite("low", low)?;
        finite("high", high)?;
        positive("high - low", high - low)?;
        Ok(Self(Family::Uniform { low, high }))
    }

    /// Density `rate exp(-rate x)` on `x >= 0`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn exponential(rate: f64) -> Result<Self> {
        positive("rate", rate)?;
        Ok(Self(Family::Exponential { rate }))
    }

    /// Density `exp(-|x - location|/scale)/(2 scale)`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn laplace(location: f64, scale: f64) -> Result<Self> {
        finite("location", location)?;
        positive("scale", scale)?;
        Ok(Self(Family::Laplace { location, scale }))
    }

    /// Density `1/(pi scale (1 + z^2))` with `z = (x - location)/scale`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn cauchy(location: f64, scale: f64) -> Result<Self> {
        finite("location", location)?;
        positive("scale", scale)?;
        Ok(Self(Family::Cauchy { location, scale }))
    }

    /// Density proportional to `x^(shape-1) exp(-rate x)` on `x >= 0`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn gamma(shape: f64, rate: f64) -> Result<Self> {
        positive("shape", shape)?;
        positive("rate", rate)?;
        let ln_norm = if shape < SADDLE {
            rate.ln() - ln_gamma(shape)
        } else {
            rate.ln() + 0.5 * shape.ln() - LN_SQRT_2PI - stirling_error(shape)
        };
        Ok(Self(Family::Gamma { shape, rate, ln_norm }))
    }

    /// Density proportional to `x^(a-1) (1-x)^(b-1)` on `[0, 1]`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn beta(a: f64, b: f64) -> Result<Self> {
        positive("a", a)?;
        positive("b", b)?;
        let ln_norm = if a + b < SADDLE { -ln_beta(a, b) } else { ln_beta_norm(a, b) };
        Ok(Self(Family::Beta { a, b, ln_norm }))
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
        Ok(Self(Family::StudentT { freedom, location, scale, ln_norm }))
    }

    /// The law of `exp(N(mu, sigma^2))`.
    ///
    /// # Errors
    /// As [`Law::normal`].
    pub fn log_normal(mu: f64, sigma: f64) -> Result<Self> {
        finite("mu", mu)?;
        positive("sigma", sigma)?;
        Ok(Self(Family::LogNormal { mu, sigma }))
    }

    /// The law of `U + N(0, sigma^2)` with `U` uniform on `[low, high]`: a uniform law under instance noise.
    ///
    /// # Errors
    /// As [`Law::uniform`].
    pub fn smoothed_uniform(low: f64, high: f64, sigma: f64) -> Result<Self> {
        Self::uniform(low, high)?;
        positive("sigma", sigma)?;
        Ok(Self(Family::SmoothedUniform { low, high, sigma }))
    }
}

impl Density for Law {
    fn ln_pdf(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x.is_infinite() || x < low || x > high {
            return f64::NEG_INFINITY;
        }
        match self.0 {
            Family::Normal { mean, std_dev } => {
                let z = mutate!((x - mean) / std_dev, NormalPdf, |z| z * (1.0 + 1e-6));
                -0.5 * z * z - std_dev.ln() - LN_SQRT_2PI
            }
            Family::Uniform { low, high } => -(high - low).ln(),
            Family::Exponential { rate } => rate.ln() - rate * x,
            Family::Laplace { location, scale } => -(x - location).abs() / scale - scale.ln() - LN_2,
            Family::Cauchy { location, scale } => -ln_1p_square((x - location) / scale) - scale.ln() - PI.ln(),
            Family::Gamma { rate, .. } if rate * x == f64::INFINITY => f64::NEG_INFINITY,
            Family::Gamma { shape, rate, ln_norm } if shape < SADDLE => {
                ln_norm + power(shape - 1.0, rate * x) - rate * x
            }
            Family::Gamma { shape, rate, ln_norm } => {
                let (scaled, excess) = scaled(shape, rate, x);
                if scaled == 0.0 { f64::NEG_INFINITY } else { ln_norm - scaled.ln() - saddle(shape, scaled, excess) }
            }
            Family::Beta { a, b, ln_norm } if a + b < SADDLE => ln_norm + power(a - 1.0, x) + power(b - 1.0, 1.0 - x),
            Family::Beta { a, b, ln_norm } => {
                let y = 1.0 - x;
                if x == 0.0 || y == 0.0 {
                    // b - 1 or a - 1 times the logarithm of one is zero
                    power(a - 1.0, x) + power(b - 1.0, y) - ln_beta(a, b)
                } else {
                    ln_norm - x.ln() - y.ln() - beta_saddle(a, b, x, y)
                }
            }
            Family::StudentT { freedom, location, scale, ln_norm } => {
                let z = (x - location) / scale;
                ln_norm - 0.5 * (freedom + 1.0) * ln_1p_square(z / freedom.sqrt())
            }
            Family::LogNormal { mu, sigma } => {
                if x == 0.0 {
                    return f64::NEG_INFINITY;
                }
                let z = (x.ln() - mu) / sigma;
                -0.5 * z * z - x.ln() - sigma.ln() - LN_SQRT_2PI
            }
            Family::SmoothedUniform { low, high, sigma } => {
                ln_normal_between((x - high) / sigma, (x - low) / sigma) - (high - low).ln()
            }
        }
    }

    fn ln_pdf_error(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x.is_infinite() || x < low || x > high {
            return 0.0;
        }
        // An error bound of each term by its number of roundings; partial sums are of the size of the largest term
        let terms = match self.0 {
            Family::Normal { mean, std_dev } => {
                let z = (x - mean) / std_dev;
                2.0 * z * z + std_dev.ln().abs()
            }
            Family::Uniform { low, high } => (high - low).ln().abs(),
            Family::Exponential { rate } => rate.ln().abs() + 2.0 * rate * x,
            Family::Laplace { location, scale } => 2.0 * (x - location).abs() / scale + scale.ln().abs(),
            Family::Cauchy { location, scale } => 2.0 * ln_1p_square((x - location) / scale) + scale.ln().abs(),
            Family::Gamma { shape, rate, .. } => {
                let (scaled, excess) = scaled(shape, rate, x);
                if scaled == 0.0 || scaled == f64::INFINITY {
                    0.0
                } else if shape < SADDLE {
                    rate.ln().abs() + ln_gamma(shape).abs() + 2.0 * power(shape - 1.0, scaled).abs() + 2.0 * scaled
                } else {
                    rate.ln().abs() + shape.ln() + 2.0 * scaled.ln().abs() + 4.0 * saddle(shape, scaled, excess)
                }
            }
            Family::Beta { a, b, ln_norm } => {
                let y = 1.0 - x;
                if x == 0.0 || y == 0.0 {
                    0.0
                } else if a + b < SADDLE {
                    2.0 * ln_norm.abs() + 2.0 * (power(a - 1.0, x).abs() + power(b - 1.0, y).abs()) + b
                } else {
                    let half = 0.5 * (a.ln().abs() + b.ln().abs());
                    // `y` is `1 - x` rounded
                    half + 2.0 * (x.ln().abs() + y.ln().abs()) + 4.0 * beta_saddle(a, b, x, y) + (a * y - b * x).abs()
                }
            }
            Family::StudentT { freedom, location, scale, ln_norm } => {
                let z = (x - location) / scale / freedom.sqrt();
                ln_norm.abs() + (freedom + 1.0) * (ln_1p_square(z) + z.abs().min(1.0).powi(2)) + 2.0
            }
            Family::LogNormal { mu, sigma } => {
                if x == 0.0 {
                    return 0.0;
                }
                let (ln, z) = (x.ln(), (x.ln() - mu) / sigma);
                // z itself is off by the rounding of ln x in units of sigma
                let shift = ln.abs() / sigma;
                2.0 * z * z + z.abs() * shift + f64::EPSILON * shift * shift + ln.abs() + sigma.ln().abs()
            }
            Family::SmoothedUniform { low, high, sigma } => {
                let (a, b) = ((x - high) / sigma, (x - low) / sigma);
                let near = if a > 0.0 {
                    a
                } else if b < 0.0 {
                    b
                } else {
                    0.0
                };
                // Where both edges lie on one side, their distance was found as a difference.
                let width = if near == 0.0 { 0.0 } else { a.abs().max(b.abs()) / (b - a) };
                4.0 * near * near + width + (high - low).ln().abs()
            }
        };
        if terms.is_finite() { f64::EPSILON * (4.0 + terms) } else { 0.0 }
    }

    fn score(&self, x: f64) -> f64 {
        let (low, high) = self.support();
        if x.is_infinite() || x < low || x > high {
            return 0.0;
        }
        match self.0 {
            Family::Normal { mean, std_dev } => -(x - mean) / std_dev / std_dev,
            Family::Uniform { .. } => 0.0,
            Family::Exponential { rate } => -rate,
            Family::Laplace { location, scale } => -(x - location).signum() / scale,
            Family::Cauchy { location, scale } => -2.0 * over_1p_square((x - location) / scale) / scale,
            Family::Gamma { shape, rate, .. } => pole(shape - 1.0, x) - rate,
            Family::Beta { a, b, .. } => pole(a - 1.0, x) - pole(b - 1.0, 1.0 - x),
            Family::StudentT { freedom, location, scale, .. } => {
                let root = freedom.sqrt();
                -(freedom + 1.0) * over_1p_square((x - location) / scale / root) / (scale * root)
            }
            Family::LogNormal { mu, sigma } => {
                if x == 0.0 {
                    return f64::INFINITY;
                }
                -(1.0 + (x.ln() - mu) / sigma / sigma) / x
            }
            Family::SmoothedUniform { low, high, sigma } => {
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
            Family::Normal { mean, std_dev } => {
                0.5 * erfc(mutate!((mean - x) / std_dev, NormalCdf, |z| z * 1.001) * FRAC_1_SQRT_2)
            }
            Family::Uniform { low, high } => mutate!(((x - low) / (high - low)).min(1.0), UniformCdf, |u: f64| u * u),
            Family::Exponential { rate } => -(-rate * x).exp_m1(),
            Family::Laplace { location, scale } => laplace_cdf((x - location) / scale),
            Family::Cauchy { location, scale } => cauchy_cdf((x - location) / scale),
            Family::Gamma { shape, rate, .. } => gamma_tails(shape, rate, x).0,
            Family::Beta { a, b, .. } => beta_regularised(a, b, x, 1.0 - x),
            Family::StudentT { freedom, location, scale, .. } => student_cdf(freedom, (x - location) / scale),
            Family::LogNormal { mu, sigma } => 0.5 * erfc((mu - x.ln()) / sigma * FRAC_1_SQRT_2),
            Family::SmoothedUniform { low, high, sigma } => smoothed_cdf((x - low) / sigma, (high - low) / sigma),
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
            Family::Normal { mean, std_dev } => 0.5 * erfc((x - mean) / std_dev * FRAC_1_SQRT_2),
            Family::Uniform { low, high } => ((high - x) / (high - low)).min(1.0),
            Family::Exponential { rate } => (-rate * x).exp(),
            Family::Laplace { location, scale } => laplace_cdf((location - x) / scale),
            Family::Cauchy { location, scale } => cauchy_cdf((location - x) / scale),
            Family::Gamma { shape, rate, .. } => gamma_tails(shape, rate, x).1,
            Family::Beta { a, b, .. } => beta_regularised(b, a, 1.0 - x, x),
            Family::StudentT { freedom, location, scale, .. } => student_cdf(freedom, (location - x) / scale),
            Family::LogNormal { mu, sigma } => 0.5 * erfc((x.ln() - mu) / sigma * FRAC_1_SQRT_2),
            Family::SmoothedUniform { low, high, sigma } => smoothed_cdf((high - x) / sigma, (high - low) / sigma),
        }
    }

    fn quantile(&self, u: f64) -> f64 {
        if u <= 0.0 || u >= 1.0 {
            return invert(self, u);
        }
        match self.0 {
            Family::Normal { mean, std_dev } => mean + std_dev * normal_quantile(u),
            Family::LogNormal { mu, sigma } => (mu + sigma * normal_quantile(u)).exp(),
            Family::Uniform { low, high } => mutate!(low + u * (high - low), Quantile, |x| x * (1.0 + 1e-6)),
            Family::Exponential { rate } => -(-u).ln_1p() / rate,
            Family::Laplace { location, scale } if u <= 0.5 => location + scale * (2.0 * u).ln(),
            Family::Laplace { location, scale } => location - scale * (2.0 * (1.0 - u)).ln(),
            Family::Cauchy { location, scale } if u < 0.25 => location - scale / (PI * u).tan(),
            Family::Cauchy { location, scale } if u > 0.75 => location + scale / (PI * (1.0 - u)).tan(),
            Family::Cauchy { location, scale } => location + scale * (PI * (u - 0.5)).tan(),
            _ => invert(self, u),
        }
    }

    fn support(&self) -> (f64, f64) {
        match self.0 {
            Family::Uniform { low, high } => (low, high),
            Family::Exponential { .. } | Family::Gamma { .. } | Family::LogNormal { .. } => (0.0, f64::INFINITY),
            Family::Beta { .. } => (0.0, 1.0),
            _ => (f64::NEG_INFINITY, f64::INFINITY),
        }
    }

    fn mean(&self) -> Option<f64> {
        match self.0 {
            Family::Normal { mean, .. } => Some(mean),
            Family::Uniform { low, high } | Family::SmoothedUniform { low, high, .. } => Some(0.5 * low + 0.5 * high),
            Family::Exponential { rate } => Some(1.0 / rate),
            Family::Laplace { location, .. } => Some(location),
            Family::Cauchy { .. } => None,
            Family::Gamma { shape, rate, .. } => Some(shape / rate),
            Family::Beta { a, b, .. } => Some(a / (a + b)),
            Family::StudentT { freedom, location, .. } => (freedom > 1.0).then_some(location),
            Family::LogNormal { mu, sigma } => Some((mu + 0.5 * sigma * sigma).exp()),
        }
    }

    fn breakpoints(&self) -> Vec<f64> {
        match self.0 {
            Family::Uniform { low, high } => vec![low, high],
            Family::Beta { .. } => vec![0.0, 1.0],
            Family::Exponential { .. } | Family::Gamma { .. } | Family::LogNormal { .. } => vec![0.0],
            Family::Laplace { location, .. } => vec![location],
            _ => Vec::new(),
        }
    }

    fn landmarks(&self) -> Vec<f64> {
        match self.0 {
            // the edges are where a uniform law under little noise changes
            Family::SmoothedUniform { low, high, sigma } => [low, high]
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
            Family::Normal { mean, std_dev } => mean + std_dev * Distribution::<f64>::sample(&normal, rng),
            Family::LogNormal { mu, sigma } => (mu + sigma * Distribution::<f64>::sample(&normal, rng)).exp(),
            Family::Exponential { rate } => Distribution::<f64>::sample(&rand_distr::Exp1, rng) / rate,
            Family::SmoothedUniform { low, high, sigma } => {
                low + (high - low) * rng.random::<f64>() + sigma * Distribution::<f64>::sample(&normal, rng)
            }
            Family::Gamma { shape, rate, .. } => match rand_distr::Gamma::new(shape, 1.0) {
                Ok(law) => Distribution::<f64>::sample(&law, rng) / rate,
                Err(_) => self.quantile(rng.random()),
            },
            Family::Beta { a, b, .. } => match rand_distr::Beta::new(a, b) {
                Ok(law) => law.sample(rng),
                Err(_) => self.quantile(rng.random()),
            },
            Family::StudentT { freedom, location, scale, .. } => match rand_distr::StudentT::new(freedom) {
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

fn laplace_cdf(z: f64) -> f64 {
    if z <= 0.0 { 0.5 * z.exp() } else { -0.5 * (-z).exp() + 1.0 }
}

fn cauchy_cdf(z: f64) -> f64 {
    if z < -1.0 { (-1.0 / z).atan() / PI } else { 0.5 + z.atan() / PI }
}

/// Above this shape, or sum of shapes, the log-density of a Gamma or Beta law is formed from its saddle point: the
/// terms of the textbook formula cancel there.
const SADDLE: f64 = 16.0;

/// `rate x`, and its excess over the shape. The excess includes the rounding error of the product, which for a large
/// shape would shift the law by more than its spread.
fn scaled(shape: f64, rate: f64, x: f64) -> (f64, f64) {
    let product = rate * x;
    let rest = rate.mul_add(x, -product);
    (product, if rest.is_finite() { product - shape + rest } else { product - shape })
}

fn gamma_tails(shape: f64, rate: f64, x: f64) -> (f64, f64) {
    let (scaled, excess) = scaled(shape, rate, x);
    tails(shape, scaled, excess)
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
    Err(Error::not_finite(what, 0, value))
}

fn positive(what: &str, value: f64) -> Result<()> {
    if value > 0.0 && value.is_finite() {
        return Ok(());
    }
    Err(Error::out_of_domain(what, value, "a positive finite number"))
}
