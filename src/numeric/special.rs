//! Special functions that laws need beyond what a statistics crate offers.

pub(crate) use super::gamma::LN_SQRT_2PI;
use super::gamma::{saddle, stirling_error};
use super::kernel::{ln_gap_excess, phi};
use super::kronrod::gauss;
use libm::{erf, erfc, lgamma as ln_gamma};
use statrs::function::erf::erfc_inv;
use statrs::function::gamma::digamma;
use std::f64::consts::{FRAC_1_SQRT_2, PI, SQRT_2};

/// The 0.975-quantile of the standard normal law, for intervals at 95 %.
pub(crate) const NORMAL_975: f64 = 1.959_963_984_540_054;
/// Its 0.95-quantile, for intervals at 90 %.
pub(crate) const NORMAL_950: f64 = 1.644_853_626_951_472_2;

/// The `u`-quantile of the standard normal law, `0 < u < 1`.
///
/// ```
/// assert!((fenchel::numeric::special::normal_quantile(0.95) - 1.6448536269514722).abs() < 1e-15);
/// ```
#[must_use]
pub fn normal_quantile(u: f64) -> f64 {
    let z = -SQRT_2 * erfc_inv(2.0 * u.min(1.0 - u));
    // one step of Newton's method in the logarithm takes the rational approximation to full accuracy
    let tail = u.min(1.0 - u).ln();
    let slope = (-0.5 * z * z - LN_SQRT_2PI - ln_normal_tail(-z)).exp();
    let z = if slope > 0.0 { z - (ln_normal_tail(-z) - tail) / slope } else { z };
    if u <= 0.5 { z } else { -z }
}

/// `ln Q(z)` with `Q(z) = P(N(0,1) > z)`; right also where `Q` underflows.
#[must_use]
pub fn ln_normal_tail(z: f64) -> f64 {
    if z < 5.0 {
        (0.5 * erfc(z * FRAC_1_SQRT_2)).ln()
    } else if z == f64::INFINITY {
        f64::NEG_INFINITY
    } else {
        -0.5 * z * z - LN_SQRT_2PI - (z + mills(z)).ln()
    }
}

/// The `c` of `Q(z) = phi(z)/(z + c)`, by Laplace's continued fraction `c = 1/(z + 2/(z + 3/(z + ...)))`, for `z >= 5`.
fn mills(z: f64) -> f64 {
    (1..=60).rev().fold(0.0, |rest, k| f64::from(k) / (z + rest))
}

/// `ln P(a < N(0,1) < b)` for `a < b`: no cancellation in either tail nor for `b` close to `a`.
#[must_use]
pub fn ln_normal_between(a: f64, b: f64) -> f64 {
    if b <= 0.0 {
        return ln_normal_between_right(-b, -a);
    }
    if a >= 0.0 {
        return ln_normal_between_right(a, b);
    }
    // the two terms of the difference have different signs
    (0.5 * (erf(b * FRAC_1_SQRT_2) - erf(a * FRAC_1_SQRT_2))).ln()
}

fn ln_normal_between_right(a: f64, b: f64) -> f64 {
    let width = b - a;
    if width.is_finite() && width * (a + 0.5 * width) < 2.0 {
        // phi(a) times the integral of exp(-a t - t^2/2)
        let area = gauss(|t| (-t * (a + 0.5 * t)).exp(), 0.0, width);
        return -0.5 * a * a - LN_SQRT_2PI + area.ln();
    }
    let (near, far) = (ln_normal_tail(a), ln_normal_tail(b));
    if near == f64::NEG_INFINITY {
        return near;
    }
    near + (-(far - near).exp()).ln_1p()
}

/// `E max(z + N(0,1), 0) = z Phi(z) + phi(z)`, the integral of `Phi` up to `z`; relative accuracy in the left tail too.
#[must_use]
pub fn normal_ramp(z: f64) -> f64 {
    let density = (-0.5 * z * z - LN_SQRT_2PI).exp();
    if z < -5.0 {
        let c = mills(-z);
        density * c / (c - z)
    } else {
        z * 0.5 * erfc(-z * FRAC_1_SQRT_2) + density
    }
}

/// Trigamma, the second derivative of `ln Gamma`, for `x > 0`.
#[must_use]
pub fn trigamma(x: f64) -> f64 {
    let (shifted, head) = trigamma_steps(x);
    head + (1.0 + trigamma_series(shifted)) / shifted
}

/// `trigamma(x) - 1/x`, which is positive, for `x > 0`.
fn trigamma_excess(x: f64) -> f64 {
    if x < 15.0 { trigamma(x) - 1.0 / x } else { trigamma_series(x) / x }
}

/// The argument shifted to where the series converges, and what the steps there add.
fn trigamma_steps(x: f64) -> (f64, f64) {
    let (mut shifted, mut head) = (x, 0.0);
    while shifted < 15.0 {
        head += 1.0 / (shifted * shifted);
        shifted += 1.0;
    }
    (shifted, head)
}

/// `x trigamma(x) - 1` for `x >= 15`.
fn trigamma_series(x: f64) -> f64 {
    let r = 1.0 / (x * x);
    let bernoulli = [1.0 / 6.0, -1.0 / 30.0, 1.0 / 42.0, -1.0 / 30.0, 5.0 / 66.0, -691.0 / 2730.0, 7.0 / 6.0];
    0.5 / x + bernoulli.iter().rev().fold(0.0, |sum, b| (sum + b) * r)
}

/// `digamma(x) - ln x` for `x > 0`.
fn digamma_excess(x: f64) -> f64 {
    if x < 15.0 {
        return digamma(x) - x.ln();
    }
    let r = 1.0 / (x * x);
    let series = [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    -0.5 / x - series.iter().rev().fold(0.0, |sum, b| (sum + b) * r)
}

/// Bregman divergence of `ln Gamma(x) - x ln x + x`, for `a, b > 0`: the excess of [`ln_gamma_bregman`] over `b ln(b/a)
/// - b + a`. Never negative; of the order of `(ln b/a)^2` where that is of the order of `b`.
pub(crate) fn stirling_bregman(b: f64, a: f64) -> f64 {
    let step = b - a;
    if step.abs() <= 0.5 * a {
        step * (step * gauss(|s| (1.0 - s) * trigamma_excess(a + s * step), 0.0, 1.0))
    } else {
        let of = |x: f64| {
            if x < 1.0 { ln_gamma(x) - x * x.ln() + x } else { stirling_error(x) - 0.5 * x.ln() + LN_SQRT_2PI }
        };
        (of(b) - of(a) - step * digamma_excess(a)).max(0.0)
    }
}

/// Bregman divergence of `ln Gamma`: `ln Gamma(b) - ln Gamma(a) - (b - a) digamma(a)` for `a, b > 0`.
///
/// Never negative. For `b` near `a`, where the formula cancels, it is `(b-a)^2` times the integral of
/// `(1-s) trigamma(a + s(b-a))` over `[0, 1]`, whose terms are all positive.
///
/// ```
/// use fenchel::numeric::special::ln_gamma_bregman;
/// // trigamma(1) = pi^2/6
/// let tiny = ln_gamma_bregman(1.0 + 1e-9, 1.0);
/// assert!((tiny / (1e-18 * std::f64::consts::PI.powi(2) / 12.0) - 1.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn ln_gamma_bregman(b: f64, a: f64) -> f64 {
    let step = b - a;
    if step.abs() <= 0.5 * a {
        step * step * gauss(|s| (1.0 - s) * trigamma(a + s * step), 0.0, 1.0)
    } else {
        ln_gamma(b) - ln_gamma(a) - step * digamma(a)
    }
}

/// `ln B(a, b)`, the logarithm of Euler's beta function, without the cancellation of its three `ln Gamma`.
pub(crate) fn ln_beta(a: f64, b: f64) -> f64 {
    let (small, large) = if a < b { (a, b) } else { (b, a) };
    let total = a + b;
    small * (small / total).ln() + large * (-small / total).ln_1p() - ln_beta_norm(a, b)
}

/// `ln` of `sqrt(ab/(2 pi n)) Gamma*(n)/(Gamma*(a) Gamma*(b))` with `n = a + b`: the value of `x^a y^b/B(a, b)` at its
/// saddle point.
pub(crate) fn ln_beta_norm(a: f64, b: f64) -> f64 {
    let total = a + b;
    0.5 * (a / total * b).ln() - LN_SQRT_2PI + (stirling_error(total) - stirling_error(a) - stirling_error(b))
}

/// By how much `ln(x^a y^b)` lies below its greatest value, for `x + y = 1`.
pub(crate) fn beta_saddle(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let (total, excess) = (a + b, cross_difference(a, b, x, y));
    saddle(a, total * x, excess) + saddle(b, total * y, -excess)
}

/// `b x - a y`, to a unit in the last place or so (Kahan).
pub(crate) fn cross_difference(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let product = a * y;
    b.mul_add(x, -product) + (-a).mul_add(y, product)
}

/// The regularised incomplete beta function `I_x(a, b)`. The caller passes `y = 1 - x` too, so that neither end loses
/// digits.
///
/// By the continued fraction of DLMF 8.17.22, evaluated with Lentz's method on the side where it converges fast. Where
/// both parameters are large, Gauss's rule integrates on the scale of the spread, with all terms of the exponent of one
/// sign. The relative error of the smaller tail is `4e-15 (1 + |ln tail|)` for every `a` and `b`, for exact `x` and
/// `y`.
#[must_use]
pub fn beta_regularised(a: f64, b: f64, x: f64, y: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    // asked of the smaller of x and y, which has the digits
    let right = if x <= y { x > (a + 1.0) / (a + b + 2.0) } else { y < (b + 1.0) / (a + b + 2.0) };
    if right {
        return 1.0 - beta_regularised_left(b, a, y, x);
    }
    beta_regularised_left(a, b, x, y)
}

fn beta_regularised_left(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let front = (ln_beta_norm(a, b) - beta_saddle(a, b, x, y)).exp();
    if a.min(b) > 1e3 {
        return (front * beta_left_integral(a, b, x, y)).min(1.0);
    }
    let away = |t: f64| if t.abs() < 1e-300 { 1e-300 } else { t };
    let mut d = 1.0 / away(1.0 - (a + b) * x / (a + 1.0));
    let (mut c, mut fraction) = (1.0, d);
    for m in 1..10_000 {
        let k = f64::from(m);
        let even = k * ((b - k) / (a + 2.0 * k - 1.0)) * (x / (a + 2.0 * k));
        let odd = -((a + k) / (a + 2.0 * k)) * ((a + b + k) / (a + 2.0 * k + 1.0)) * x;
        let mut last = 1.0;
        for term in [even, odd] {
            d = 1.0 / away(1.0 + term * d);
            c = away(1.0 + term / c);
            last = c * d;
            fraction *= last;
        }
        if (last - 1.0).abs() < 1e-16 {
            break;
        }
    }
    (front / a * fraction).min(1.0)
}

/// The integral of `t^(a-1) (1-t)^(b-1)` up to `x`, divided by `x^a y^b`, for `x` at most near the mode. With `t = x
/// (1-w)` the exponent is `-slope w - a (-ln(1-w) - w) - b (r w - ln(1 + r w))`, `r = x/y`.
fn beta_left_integral(a: f64, b: f64, x: f64, y: f64) -> f64 {
    let (ratio, slope) = (x / y, -cross_difference(a, b, x, y) / y);
    let scale = 1.0 / (slope.max(0.0) + (a + b * ratio * ratio).sqrt());
    let integrand = |w: f64| {
        let rise = ratio * w;
        // r w - ln(1 + r w)
        let bend = (1.0 + rise) * phi(-rise / (1.0 + rise));
        (-slope * w - a * ln_gap_excess(w) - b * bend).exp() / ((1.0 - w) * (1.0 + rise))
    };
    let mut sum = 0.0;
    for panel in 0..40 {
        let (low, high) = (f64::from(panel) * scale, (f64::from(panel + 1) * scale).min(1.0));
        if low >= 1.0 {
            break;
        }
        sum += gauss(integrand, low, high);
    }
    sum / y
}

/// `ln(Gamma((nu+1)/2) / (Gamma(nu/2) sqrt(nu pi)))`, the constant of Student's law, which tends to `-ln sqrt(2 pi)`.
pub(crate) fn ln_student_constant(nu: f64) -> f64 {
    if nu > 1e4 {
        // Stirling: the two ln Gamma would cancel
        let r = 1.0 / nu;
        return -LN_SQRT_2PI - r / 4.0 + r * r * r / 24.0;
    }
    ln_gamma(0.5 * (nu + 1.0)) - ln_gamma(0.5 * nu) - 0.5 * (nu * PI).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs(), "{got:e} for {want:e}");
    }

    #[test]
    fn normal_tails() {
        // mpmath at 40 digits
        close(ln_normal_tail(0.0), 0.5f64.ln(), 1e-15);
        close(ln_normal_tail(4.999_999), ln_normal_tail(5.0), 1e-6);
        close(ln_normal_tail(5.0), -15.064_998_393_988_726, 1e-15);
        close(ln_normal_tail(40.0), -804.608_442_013_753_7, 1e-15);
        close(ln_normal_tail(1e10), -5e19, 1e-15);
    }

    #[test]
    fn intervals_of_the_normal_law() {
        for (a, b) in [(-1.0, 1.0), (0.0, 1e-9), (3.0, 3.0 + 1e-7), (6.0, 9.0), (-9.0, -6.0), (-0.1, 30.0), (2.0, 2.6)]
        {
            let fine = |n: usize| {
                let h = (f64::min(b, a + 12.0) - a) / n as f64;
                (0..n)
                    .map(|i| gauss(|t| (-0.5 * t * t - LN_SQRT_2PI).exp(), a + i as f64 * h, a + (i + 1) as f64 * h))
                    .sum::<f64>()
            };
            close(ln_normal_between(a, b).exp(), fine(200), 2e-13);
        }
        close(ln_normal_between(40.0, f64::INFINITY), ln_normal_tail(40.0), 1e-15);
        close(ln_normal_between(-41.0, -40.0), ln_normal_between(40.0, 41.0), 1e-16);
    }

    #[test]
    fn ramp_is_the_integral_of_the_distribution_function() {
        for z in [-7.0, -5.1, -4.9, -1.0, 0.0, 3.0] {
            let sum: f64 = (0..400)
                .map(|i| {
                    let t = z - 0.05 * f64::from(i);
                    gauss(|t| (ln_normal_tail(-t)).exp(), t - 0.05, t)
                })
                .sum();
            close(normal_ramp(z), sum, 1e-11);
        }
    }

    #[test]
    fn polygamma_and_its_bregman_divergence() {
        close(trigamma(1.0), PI * PI / 6.0, 1e-15);
        close(trigamma(0.5), PI * PI / 2.0, 1e-15);
        close(trigamma(1e-3), 1_000_001.642_533_195_2, 1e-15);
        // ln Gamma(4) - ln Gamma(2) - 2 digamma(2) with digamma(2) = 1 - gamma
        close(ln_gamma_bregman(4.0, 2.0), 6f64.ln() - 2.0 * (1.0 - 0.577_215_664_901_532_9), 1e-14);
        // the two branches meet
        for a in [0.01, 0.3, 2.0, 50.0] {
            for sign in [-1.0, 1.0] {
                let (inside, outside) = (a * (1.0 + sign * 0.5), a * (1.0 + sign * 0.5 * (1.0 + 1e-12)));
                close(ln_gamma_bregman(inside, a), ln_gamma_bregman(outside, a), 1e-11);
            }
        }
        close(ln_gamma_bregman(1e12 + 1e6, 1e12), 0.5, 1e-6);
    }

    #[test]
    fn incomplete_beta() {
        for (x, y) in [(1e-30, 1.0), (0.1, 0.9), (0.5, 0.5), (0.999, 0.001), (1.0, 1e-30)] {
            close(beta_regularised(1.0, 1.0, x, y), x, 1e-14);
            close(beta_regularised(0.5, 1.0, x, y), x.sqrt(), 1e-14);
            close(beta_regularised(2.0, 1.0, x, y), x * x, 1e-14);
            close(beta_regularised(2.0, 3.0, x, y), x * x * (6.0 - 8.0 * x + 3.0 * x * x), 1e-14);
            close(beta_regularised(0.5, 0.5, x, y), 2.0 / PI * x.sqrt().atan2(y.sqrt()), 1e-14);
        }
        // mpmath at 50 digits
        close(beta_regularised(0.5, 40.0, 0.01, 0.99), 0.628_613_976_746_015_3, 1e-14);
        close(beta_regularised(30.0, 20.0, 0.7, 0.3), 0.930_012_906_699_492_5, 1e-14);
        close(beta_regularised(500.0, 700.0, 0.4, 0.6), 0.120_516_289_089_432_08, 1e-14);
        close(beta_regularised(2e3, 3e3, 0.41, 0.59), 0.925_262_126_208_304_2, 1e-14);
        // far larger ones are normal: the mean is a half but for the skewness
        for n in [1e8, 1e12, 1e16, 1e30] {
            close(beta_regularised(n, n, 0.5, 0.5), 0.5, 1e-14);
        }
        for (a, b) in [(1e-3, 1e20), (1.0, 1e300), (50.0, 1e15), (1e5, 1e200)] {
            let x = a / (a + b);
            let (below, above) = (beta_regularised(a, b, x, 1.0), beta_regularised(b, a, 1.0, x));
            assert!((below + above - 1.0).abs() < 1e-13 && below > 0.4, "{a} {b}: {below} {above}");
        }
        // symmetric laws: a half, also for large parameters
        close(beta_regularised(1e5, 1e5, 0.5, 0.5), 0.5, 1e-14);
    }

    #[test]
    fn student_constant_joins_its_limit() {
        close(ln_student_constant(1e4), ln_student_constant(1e4 + 1e-6), 1e-11);
        close(ln_student_constant(1.0), -PI.ln(), 1e-14);
    }
}
