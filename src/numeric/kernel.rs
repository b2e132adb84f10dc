//! The scalar kernels of divergences: the second-order parts that remain when the leading terms cancel.
//!
//! Near `p = q` a divergence is of second order in the difference, while the terms of its textbook formula are of
//! first order or of order one. Each kernel here returns the second-order part itself, by a series whose terms do
//! not cancel, so that its relative error stays at a few units in the last place.

use std::f64::consts::LN_2;

/// `phi(e) = (1+e) ln(1+e) - e` for `e >= -1`: the Bregman form of Kullback-Leibler, `KL cell = q phi((p-q)/q)`.
///
/// ```
/// use fenchel::numeric::phi;
/// assert!((phi(1e-8) / 5e-17 - 1.0).abs() < 1e-8);
/// assert_eq!(phi(-1.0), 1.0);
/// ```
#[must_use]
pub fn phi(e: f64) -> f64 {
    if e <= -1.0 {
        return 1.0;
    }
    // With d = e/(2+e): ln(1+e) = 2 artanh d, so phi = (2+e) [(artanh d - d) + d artanh d], a series in d^2.
    let d = e / (2.0 + e);
    if d.abs() > 0.15 {
        return (1.0 + e) * e.ln_1p() - e;
    }
    let z = d * d;
    let mut power = z;
    let mut sum = 0.0;
    for k in 1..=11 {
        let odd = f64::from(2 * k);
        sum += power * (1.0 / (odd - 1.0) + d / (odd + 1.0));
        power *= z;
    }
    (2.0 + e) * sum
}

/// `KL cell = x ln(x/y) - x + y` for `x, y >= 0`: never negative, zero only where `x = y`, `+inf` where `y = 0 < x`.
#[must_use]
pub fn kl_cell(x: f64, y: f64) -> f64 {
    if x == 0.0 {
        return y;
    }
    if y == 0.0 {
        return f64::INFINITY;
    }
    kl_cell_beyond(x, y, x - y)
}

/// The same for `x, y > 0` and `excess = x - y`, which the caller may know better than either.
pub(crate) fn kl_cell_beyond(x: f64, y: f64, excess: f64) -> f64 {
    let ratio = x / y;
    if (0.5..=2.0).contains(&ratio) { y * phi(excess / y) } else { super::x_ln_x_over_y(x, y) - excess }
}

/// `psi(d) = ((1+d) ln(1+d) + (1-d) ln(1-d))/2` for `-1 <= d <= 1`: with `d = (p-q)/(p+q)`, the Jensen-Shannon
/// divergence is `sum (p+q)/2 psi(d)`. Also `ln 2 - h((1-d)/2)` with `h` the binary entropy.
///
/// ```
/// use fenchel::numeric::psi_jsd;
/// assert_eq!(psi_jsd(1.0), std::f64::consts::LN_2);
/// assert_eq!(psi_jsd(-1e-9), psi_jsd(1e-9));
/// ```
#[must_use]
pub fn psi_jsd(d: f64) -> f64 {
    let d = d.abs();
    if d >= 1.0 {
        return LN_2;
    }
    if d > 0.25 {
        return 0.5 * ((1.0 + d) * d.ln_1p() + (1.0 - d) * (-d).ln_1p());
    }
    let z = d * d;
    let mut power = z;
    let mut sum = 0.0;
    for k in 1..=13 {
        let even = f64::from(2 * k);
        sum += power / (even * (even - 1.0));
        power *= z;
    }
    sum
}

/// `ln(x/y)` for `x, y > 0`: exact differences near one, no overflow of `x/y`, subnormals kept.
#[must_use]
pub fn ln_ratio(x: f64, y: f64) -> f64 {
    let ratio = x / y;
    if (0.5..=2.0).contains(&ratio) {
        ((x - y) / y).ln_1p()
    } else if ratio.is_normal() {
        ratio.ln()
    } else {
        x.ln() - y.ln()
    }
}

/// `(x-y)/(x+y)` for `x, y >= 0` not both zero; `+-1` exactly where one of them is zero.
#[must_use]
pub fn contrast(x: f64, y: f64) -> f64 {
    let total = x + y;
    if total.is_finite() { (x - y) / total } else { (0.5 * x - 0.5 * y) / (0.5 * x + 0.5 * y) }
}

/// `(e^{b x} - 1)/b`, which is `x` at `b = 0`.
#[must_use]
pub fn expm1_over(b: f64, x: f64) -> f64 {
    if b == 0.0 { x } else { (b * x).exp_m1() / b }
}

/// `m (e^x - 1)` for `m >= 0`, also where `e^x` overflows and the product does not.
#[must_use]
pub fn scaled_expm1(m: f64, x: f64) -> f64 {
    if x > 700.0 { (x + m.ln()).exp() } else { m * x.exp_m1() }
}

/// `ln(1 + b y)/b`, which is `y` at `b = 0`; the inverse of [`expm1_over`]. `-inf` or `+inf` at `b y = -1`; the caller
/// makes sure that `b y >= -1`.
#[must_use]
pub fn ln1p_over(b: f64, y: f64) -> f64 {
    if b == 0.0 { y } else { (b * y).ln_1p() / b }
}

/// `ln(1 - e^{-x})` for `x > 0`.
#[must_use]
pub fn ln_1m_exp(x: f64) -> f64 {
    if x < LN_2 { (-(-x).exp_m1()).ln() } else { (-(-x).exp()).ln_1p() }
}

/// `ln(2 sigmoid(x)) = ln 2 - ln(1 + e^{-x})`, accurate near zero; at most `ln 2`.
#[must_use]
pub fn ln_2_sigmoid(x: f64) -> f64 {
    if x.abs() < 1.0 { (0.5 * x).tanh().ln_1p() } else { LN_2 - super::softplus(-x) }
}

/// The Wright omega function on the real line: the solution `w > 0` of `w + ln w = z`.
///
/// `omega(z) = W(e^z)` with Lambert's `W`, without forming `e^z`. Source: Corless and Jeffrey, "The Wright omega
/// function" (2002), doi:10.1007/3-540-45470-5_10.
///
/// ```
/// use fenchel::numeric::wright_omega;
/// assert_eq!(wright_omega(1.0), 1.0);
/// let w = wright_omega(1001.0);
/// assert!((w + w.ln() - 1001.0).abs() < 1e-12);
/// ```
#[must_use]
pub fn wright_omega(z: f64) -> f64 {
    if z < -1.0 {
        // w = e^{z-w}, a contraction with factor w < 0.28; its Newton form in w converges in a few steps
        let mut w = z.exp();
        for _ in 0..8 {
            let e = (z - w).exp();
            w -= (w - e) / (1.0 + e);
        }
        return w;
    }
    // Newton in y = ln w on the convex e^y + y - z converges from either side
    let mut y = if z > 2.0 { (z - z.ln()).ln() } else { 0.5 * (z - 1.0) };
    for _ in 0..8 {
        let w = y.exp();
        y -= (w + y - z) / (w + 1.0);
    }
    // y carries an absolute error; one step in w itself makes it a relative one
    let w = y.exp();
    w - (w + w.ln() - z) / (1.0 + 1.0 / w)
}

/// The solution `w` in `(0, 1]` of `w - ln w = z` for `z >= 1`, that is `-W(-e^{-z})` on Lambert's principal branch.
///
/// `z` is handed over as `excess = z - 1 >= 0`, since the branch point at `z = 1` is a square root.
#[must_use]
pub fn minus_lambert(excess: f64) -> f64 {
    if excess == 0.0 {
        return 1.0;
    }
    if excess > 1.0 {
        // w = e^{w-z}: Newton in w, starting below the root of a convex function
        let z = excess + 1.0;
        let mut w = (-z).exp();
        for _ in 0..10 {
            let e = (w - z).exp();
            w -= (w - e) / (1.0 - e);
        }
        return w;
    }
    // With w = 1 - x: -ln(1-x) - x = excess, of second order at zero: x = s - s^2/3 + s^3/36 + ..., s^2 = 2 excess.
    let s = (2.0 * excess).sqrt();
    let mut x = s - s * s / 3.0 + s * s * s / 36.0;
    for _ in 0..6 {
        let lhs = ln_gap_excess(x);
        x -= (lhs - excess) * (1.0 - x) / x;
    }
    1.0 - x
}

/// `-ln(1-x) - x` for `0 <= x <= 1`: the excess of the logarithm of a gap over its first order.
#[must_use]
pub fn ln_gap_excess(x: f64) -> f64 {
    if x > 0.1 {
        return -(-x).ln_1p() - x;
    }
    let mut power = x * x;
    let mut sum = 0.0;
    for k in 2..=17 {
        sum += power / f64::from(k);
        power *= x;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(got: f64, want: f64, relative: f64) {
        assert!((got - want).abs() <= relative * want.abs(), "{got:e} for {want:e}");
    }

    /// `phi` and `psi_jsd` as their alternating or positive power series, long enough for |x| <= 0.6.
    #[test]
    fn series_and_closed_form_meet() {
        for i in -60..=60 {
            let x = f64::from(i) / 100.0;
            let phi_series: f64 = (2..200).rev().map(|k| (-x).powi(k) / f64::from(k * (k - 1))).sum();
            close(phi(x), phi_series, 3e-15);
            let psi_series: f64 = (1..100).rev().map(|k| x.powi(2 * k) / f64::from(2 * k * (2 * k - 1))).sum();
            close(psi_jsd(x), psi_series, 3e-15);
        }
    }

    #[test]
    fn kernels_of_tiny_differences() {
        close(phi(1e-10), 5e-21, 1e-9);
        close(phi(-1e-160), 5e-321, 1e-2);
        close(psi_jsd(1e-100), 5e-201, 1e-15);
        assert!(kl_cell(0.0, 0.0) == 0.0 && kl_cell(0.3, 0.3) == 0.0 && kl_cell(5e-324, 0.0).is_infinite());
        close(ln_ratio(4.0, 5e-324), 4f64.ln() - 5e-324f64.ln(), 1e-15);
        close(ln_ratio(1.0, 1.0 + f64::EPSILON), -f64::EPSILON, 1e-15);
        assert!((contrast(f64::MAX, 0.0) - 1.0).abs() == 0.0 && contrast(f64::MAX, f64::MAX) == 0.0);
    }

    #[test]
    fn wright_omega_solves_its_equation() {
        for i in -3000..=3000 {
            let z = f64::from(i) / 4.0;
            let w = wright_omega(z);
            if z < -1.0 {
                close(w, (z - w).exp(), 1e-13);
            } else {
                assert!((w + w.ln() - z).abs() <= 4e-16 * w.max(1.0), "{z}");
            }
        }
        close(wright_omega(0.0), 0.567_143_290_409_783_8, 2e-16);
        assert!(wright_omega(-1e4) == 0.0);
        close(wright_omega(1e300), 1e300, 1e-15);
    }

    #[test]
    fn minus_lambert_solves_its_equation() {
        for i in 0..2000 {
            let excess = 1e-12 * 1.02f64.powi(i);
            let w = minus_lambert(excess);
            if w > 0.5 {
                close(ln_gap_excess(1.0 - w), excess, 1e-15 + 4e-16 / excess.sqrt());
            } else if excess < 700.0 {
                close(w, (w - excess - 1.0).exp(), 1e-13);
            }
        }
        // W(-e^{-1/2}/2) = -1/2
        close(minus_lambert(0.5 + LN_2 - 1.0), 0.5, 1e-15);
        assert!(minus_lambert(1e4) == 0.0);
    }

    #[test]
    fn limits_are_continuous() {
        for x in [-3.0, -0.2, 0.7, 5.0] {
            close(expm1_over(1e-12, x), expm1_over(0.0, x), 1e-11);
            close(ln1p_over(1e-9, expm1_over(1e-9, x)), x, 1e-12);
            close(ln_2_sigmoid(x), (2.0 / (1.0 + (-x).exp())).ln(), 1e-14);
        }
        close(scaled_expm1(1e-310, 1000.0), (1000.0 + 1e-310f64.ln()).exp(), 1e-15);
        assert!(scaled_expm1(0.0, 1e4) == 0.0);
        close(ln_1m_exp(1e-20), 1e-20f64.ln(), 1e-15);
        close(ln_1m_exp(40.0), -(-40f64).exp(), 1e-15);
    }
}
