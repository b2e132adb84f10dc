//! What one pair of positive masses adds to a divergence and to its dual, without cancellation.
//!
//! Both are of the generator with its tangent at one taken off, `f(u) - f(1) - f'(1)(u-1)`. The primal side works on
//! the masses and their difference; the dual side only knows `T*` and `f*(T*)`, each as a function of the logit
//! `l = ln(p/q)`: that is the route of an f-GAN head, which stays accurate where `T*` comes within rounding of the
//! end of the domain of `f*`. Neither side uses the other, so their agreement is evidence.

use crate::divergence::generator::named::FDivergence as F;
use crate::numeric::{
    contrast, expm1_over, kl_cell, ln_2_sigmoid, ln_ratio, phi, psi_jsd, scaled_expm1, x_ln_x_over_y,
};
use std::f64::consts::LN_2;

/// `q [f(u) - f(1) - f'(1)(u-1)]` at `u = p/q`, for `p, q > 0`.
#[allow(clippy::float_cmp)] // equal masses add nothing, to the bit
pub(super) fn primal(f: &F, p: f64, q: f64) -> f64 {
    if p == q {
        return 0.0;
    }
    let difference = p - q;
    match *f {
        F::Kl | F::KlSelfNormalised => kl_cell(p, q),
        F::ReverseKl | F::ReverseKlSelfNormalised => kl_cell(q, p),
        F::Pearson => difference / q * difference,
        F::Neyman => difference / p * difference,
        F::SquaredHellinger => (difference / (p.sqrt() + q.sqrt())).powi(2),
        F::Hellinger2 => 0.5 * (difference / (p.sqrt() + q.sqrt())).powi(2),
        F::TotalVariation | F::HockeyStick(1.0) => 0.5 * difference.abs(),
        F::Jeffreys => difference * ln_ratio(p, q),
        F::TwoJsd | F::Gan => 2.0 * jsd(p, q),
        F::Jsd => jsd(p, q),
        F::JsWeighted(pi) => js_weighted(pi, p, q),
        F::Alpha(a) => alpha(a, p, q),
        F::LeCam => contrast(p, q) * difference,
        F::KDivergence => {
            let d = contrast(p, q);
            if d > -0.5 { mean(p, q) * phi(d) } else { x_ln_x_over_y(p, mean(p, q)) - 0.5 * difference }
        }
        F::ArithmeticGeometric => 2.0 * mean(p, q) * ln_cosh_half(ln_ratio(p, q), contrast(p, q)),
        F::NonSaturating => {
            // q ln(m/p) + p - m, with ln(m/p) = -ln(1+d)
            let d = contrast(p, q);
            if d > -0.5 {
                mean(p, q) * (2.0 * d * d.ln_1p() - phi(d))
            } else {
                -q * ln_2_sigmoid(ln_ratio(p, q)) + 0.5 * difference
            }
        }
        F::LabelSmoothed { real, fake } => {
            // (p+q) KL of D* against its value at p = q, a Bernoulli each
            let shift = 0.5 * (real - fake) * contrast(p, q);
            let r = 0.5 * (real + fake);
            2.0 * mean(p, q) * (r * phi((shift / r).max(-1.0)) + (1.0 - r) * phi((-shift / (1.0 - r)).max(-1.0)))
        }
        F::LsganSlide => {
            let d = contrast(p, q);
            0.25 * mean(p, q) * d * d * (3.0 - d)
        }
        F::HockeyStick(g) => (p - g * q).max(0.0),
    }
}

/// `(T* - f'(1), f*(T*) - f'(1) + f(1))` for `p, q > 0`: the centred dual variable and its conjugate.
pub(super) fn dual_pair(f: &F, p: f64, q: f64) -> (f64, f64) {
    let l = ln_ratio(p, q);
    let d = (0.5 * l).tanh();
    match *f {
        F::Kl | F::KlSelfNormalised => (l, l.exp_m1()),
        F::ReverseKl | F::ReverseKlSelfNormalised => (-(-l).exp_m1(), l),
        F::Pearson => (2.0 * l.exp_m1(), (2.0 * l).exp_m1()),
        F::Neyman => (-(-2.0 * l).exp_m1(), -2.0 * (-l).exp_m1()),
        F::SquaredHellinger => (-(-0.5 * l).exp_m1(), (0.5 * l).exp_m1()),
        F::Hellinger2 => (-0.5 * (-0.5 * l).exp_m1(), 0.5 * (0.5 * l).exp_m1()),
        F::TotalVariation | F::HockeyStick(1.0) => {
            let t = if l == 0.0 { 0.0 } else { 0.5 * l.signum() };
            (t, t)
        }
        F::Jeffreys => (l - (-l).exp_m1(), l.exp_m1() + l),
        F::TwoJsd | F::Gan => (ln_2_sigmoid(l), -ln_2_sigmoid(-l)),
        F::Jsd => (0.5 * ln_2_sigmoid(l), -0.5 * ln_2_sigmoid(-l)),
        F::JsWeighted(pi) => (-pi * ln_mean_exp(1.0 - pi, -l), (1.0 - pi) * ln_mean_exp(pi, l)),
        F::Alpha(a) => (expm1_over(a - 1.0, l), expm1_over(a, l)),
        F::LeCam => (d * (2.0 - d), d * (2.0 + d)),
        F::KDivergence => (ln_2_sigmoid(l) - 0.5 * d, 0.5 * d),
        F::ArithmeticGeometric => {
            let rise = ln_cosh_half(l, d);
            (rise - 0.5 * (-l).exp_m1(), 0.5 * l.exp_m1() - rise)
        }
        F::NonSaturating => (0.5 * d * (1.0 + 2.0 * (-l).exp()), 0.5 * d + ln_2_sigmoid(l)),
        F::LabelSmoothed { real, fake } => {
            let total = p + q;
            let ln_d = ln_quotient((real * p + fake * q) / total, 0.5 * (real + fake), 0.5 * (real - fake) * d);
            let ln_not_d = ln_quotient(
                ((1.0 - real) * p + (1.0 - fake) * q) / total,
                1.0 - 0.5 * (real + fake),
                0.5 * (fake - real) * d,
            );
            (real * ln_d + (1.0 - real) * ln_not_d, -(fake * ln_d + (1.0 - fake) * ln_not_d))
        }
        F::LsganSlide => (0.25 * d * (3.0 - 3.0 * d + d * d), 0.25 * d * (3.0 - d * d)),
        F::HockeyStick(g) => {
            if p > g * q {
                (1.0, g)
            } else {
                (0.0, 0.0)
            }
        }
    }
}

/// `q` times that conjugate where the conjugate alone overflows; `+inf` if the product does.
pub(super) fn conjugate_mass(f: &F, p: f64, q: f64) -> f64 {
    let l = ln_ratio(p, q);
    match *f {
        F::Kl | F::KlSelfNormalised => scaled_expm1(q, l),
        F::Pearson => scaled_expm1(q, 2.0 * l),
        F::SquaredHellinger => scaled_expm1(q, 0.5 * l),
        F::Hellinger2 => 0.5 * scaled_expm1(q, 0.5 * l),
        F::Jeffreys => scaled_expm1(q, l) + q * l,
        F::Alpha(a) => scaled_expm1(q, a * l) / a,
        F::ArithmeticGeometric => 0.5 * scaled_expm1(q, l) - q * ln_cosh_half(l, (0.5 * l).tanh()),
        _ => f64::INFINITY,
    }
}

fn mean(p: f64, q: f64) -> f64 {
    let total = p + q;
    if total.is_finite() { 0.5 * total } else { 0.5 * p + 0.5 * q }
}

/// `(p ln(p/m) + q ln(q/m))/2`.
fn jsd(p: f64, q: f64) -> f64 {
    let d = contrast(p, q);
    if d.abs() <= 0.5 {
        return mean(p, q) * psi_jsd(d);
    }
    // 1 - |d| has lost the digits of the smaller mass; the masses themselves have not
    let (small, large) = if p < q { (p, q) } else { (q, p) };
    let l = ln_ratio(small, large);
    0.5 * (large * ln_2_sigmoid(-l) + small * ln_2_sigmoid(l))
}

/// `pi p ln(p/n) + (1-pi) q ln(q/n)` with `n = pi p + (1-pi) q`.
fn js_weighted(pi: f64, p: f64, q: f64) -> f64 {
    let n = pi * p + (1.0 - pi) * q;
    let (e_p, e_q) = ((1.0 - pi) * (p - q) / n, -pi * (p - q) / n);
    let part = |x: f64, e: f64| if e.abs() <= 0.5 { n * phi(e) } else { x_ln_x_over_y(x, n) - n * e };
    pi * part(p, e_p) + (1.0 - pi) * part(q, e_q)
}

/// `[p^a q^(1-a) - a p - (1-a) q]/(a(a-1))`, continuous in `a`.
///
/// Away from `p = q` it is `[p E(a-1, l) - (p-q)]/a`, or the same with the masses swapped and `1-a` for `a`, where
/// `E(b, l) = (e^{b l} - 1)/b`: the larger of `a` and `1-a` is divided by, the other one never is. Near it, the power
/// series `q sum_k l^k/k! (1 + a + ... + a^(k-2))`, whose coefficients are polynomials in `a`.
fn alpha(a: f64, p: f64, q: f64) -> f64 {
    if a < 0.5 {
        return alpha(1.0 - a, q, p);
    }
    let l = ln_ratio(p, q);
    if l.abs() * a.max(1.0) < 0.25 {
        let (mut power, mut coefficient, mut sum) = (0.5 * l * l, 1.0, 0.0);
        for k in 3..=16 {
            sum += power * coefficient;
            power *= l / f64::from(k);
            coefficient = 1.0 + a * coefficient;
        }
        return q * sum;
    }
    let b = a - 1.0;
    let rise = if b == 0.0 { p * l } else { scaled_expm1(p, b * l) / b };
    (rise - (p - q)) / a
}

/// `ln cosh(l/2)`, which is `-ln(1-d^2)/2` with `d = tanh(l/2)`.
pub(super) fn ln_cosh_half(l: f64, d: f64) -> f64 {
    if d.abs() < 0.5 { -0.5 * (-d * d).ln_1p() } else { 0.5 * l.abs() + (-l.abs()).exp().ln_1p() - LN_2 }
}

/// `ln(1 - w + w e^x)` without overflow, for `0 < w < 1`.
fn ln_mean_exp(w: f64, x: f64) -> f64 {
    if x < 1.0 { (w * x.exp_m1()).ln_1p() } else { x + ((1.0 - w) * (-x).exp_m1()).ln_1p() }
}

/// `ln(x/y)` where `shift = x - y` is known without cancellation.
fn ln_quotient(x: f64, y: f64, shift: f64) -> f64 {
    let e = shift / y;
    if e.abs() < 0.5 { e.ln_1p() } else { (x / y).ln() }
}
