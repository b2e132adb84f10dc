//! What one divergence says about another, for any pair of laws.
//!
//! Each `x_given_y(y)` is the interval `(lo, hi)` in which `x` must lie for a given `y`, by the sharpest of the
//! inequalities listed; `+inf` where nothing bounds it from above. Conventions as everywhere: total variation is half
//! the L1 distance, `hellinger2` is `1 - sum sqrt(pq)`, Jensen-Shannon has the two halves, `le_cam` is `sum
//! (p-q)^2/(p+q)`, `pearson` is `sum (p-q)^2/q`, all in nats. Swapping the laws turns a statement about `kl` into one
//! about the reverse. The given number counts as exact, which matters near the end of a range, where a bound is steep.
//! For example, a total variation of `1 - 1e-17` is 1 in floating point and gives the interval of laws that do not
//! overlap.
//!
//! | inequality | name |
//! |---|---|
//! | `TV <= sqrt(KL/2)` | Pinsker |
//! | `TV <= sqrt(1 - e^-KL)` | Bretagnolle and Huber |
//! | `KL >= ln((1+TV)/(1-TV)) - 2 TV/(1+TV)` | Vajda |
//! | `H2 <= TV <= sqrt(H2 (2 - H2))` | Le Cam |
//! | `-2 ln(1-H2) <= KL <= ln(1+chi2) <= chi2` | Renyi's divergences increase in their order |
//! | `TV <= sqrt(chi2)/2`, and `chi2 >= TV/(1-TV)` from `TV = 1/2` on | |
//! | `ln 2 - h((1-TV)/2) <= JSD <= ln 2 TV`, `h` the binary entropy | Fano, Lin |
//! | `Delta/4 <= JSD <= (ln 2/2) Delta`, `Delta/4 <= H2 <= Delta/2`, `2 TV^2 <= Delta <= 2 TV` | Topsoe, Le Cam |
//! | `ln 2 H2 <= JSD <= H2` | |
//! | `JSD <= J/8`, `J >= 8 H2`, `J >= 2 TV ln((1+TV)/(1-TV))` | Jeffreys |
//!
//! Sources: Tsybakov, "Introduction to Nonparametric Estimation" (2009), section 2.4, doi:10.1007/b13794; Sason and
//! Verdu, arXiv:1508.00335; Topsoe, doi:10.1109/18.850703. Cost O(1).
//!
//! ```
//! use fenchel::divergence::bounds;
//! let (lo, hi) = bounds::jsd_given_tv(0.7)?;
//! assert!(0.2704 < lo && hi < 0.4853);
//! assert!(bounds::tv_given_kl(-1.0).is_err());
//! # Ok::<(), fenchel::Error>(())
//! ```

use crate::error::{Error, Result, shown};
use crate::numeric::{first_float, ln_gap_excess, psi_jsd};
use std::f64::consts::LN_2;

const INF: f64 = f64::INFINITY;

/// `sqrt(KL/2)`, an upper bound on total variation; says nothing from `KL = 2` on.
#[must_use]
pub fn pinsker(kl: f64) -> f64 {
    (0.5 * kl).sqrt()
}

/// `sqrt(1 - e^-KL)`, an upper bound on total variation that is below one for every finite `KL`.
#[must_use]
pub fn bretagnolle_huber(kl: f64) -> f64 {
    (-(-kl).exp_m1()).sqrt()
}

/// `ln((1+TV)/(1-TV)) - 2 TV/(1+TV)`, a lower bound on `KL` that grows without limit as `TV` goes to one.
#[must_use]
pub fn vajda(tv: f64) -> f64 {
    let x = 2.0 * tv / (1.0 + tv);
    // `(1-TV)/(1+TV) = 1 - x`. Near TV = 1 this difference has lost its digits; near 0 the difference below would lose
    // them
    if x < 0.5 { ln_gap_excess(x) } else { 2.0 * tv.atanh() - x }
}

/// `(1 + TV)/2`, the accuracy of the best classifier of two equally likely laws.
///
/// # Errors
/// `tv` outside `[0, 1]`.
pub fn bayes_accuracy_given_tv(tv: f64) -> Result<f64> {
    let tv = within("tv", tv, 1.0)?;
    Ok(0.5 * (1.0 + tv))
}

macro_rules! bound {
    ($(#[doc = $doc:literal])+ $name:ident($x:ident up to $end:expr) = $interval:expr) => {
        $(#[doc = $doc])+
        ///
        /// # Errors
        #[doc = concat!("`", stringify!($x), "` is NaN, negative or above its greatest value.")]
        pub fn $name($x: f64) -> Result<(f64, f64)> {
            let $x = within(stringify!($x), $x, $end)?;
            Ok($interval)
        }
    };
}

bound! {
    /// Total variation given Kullback-Leibler: Pinsker, Bretagnolle-Huber and Vajda (inverted), whichever is least.
    tv_given_kl(kl up to INF) = (0.0, pinsker(kl).min(bretagnolle_huber(kl)).min(last_below(1.0, vajda, kl)))
}
bound! {
    /// Kullback-Leibler given total variation.
    kl_given_tv(tv up to 1.0) = (
        vajda(tv).max(2.0 * tv * tv).max(-(-tv * tv).ln_1p()),
        if tv == 0.0 { 0.0 } else { INF },
    )
}
bound! {
    /// Total variation given Pearson's chi-squared.
    tv_given_pearson(pearson up to INF) = (
        0.0,
        if pearson < 1.0 { 0.5 * pearson.sqrt() } else { 1.0 - 1.0 / (1.0 + pearson) },
    )
}
bound! {
    /// Pearson's chi-squared given total variation.
    pearson_given_tv(tv up to 1.0) = (
        if tv < 0.5 { 4.0 * tv * tv } else { tv / (1.0 - tv) },
        if tv == 0.0 { 0.0 } else { INF },
    )
}
bound! {
    /// Total variation given the squared Hellinger distance.
    tv_given_hellinger2(hellinger2 up to 1.0) = (hellinger2, (hellinger2 * (2.0 - hellinger2)).sqrt())
}
bound! {
    /// The squared Hellinger distance given total variation.
    hellinger2_given_tv(tv up to 1.0) = (tv * tv / (1.0 + ((1.0 - tv) * (1.0 + tv)).sqrt()), tv)
}
bound! {
    /// Total variation given Jensen-Shannon.
    tv_given_jsd(jsd up to LN_2) = (jsd / LN_2, last_below(1.0, psi_jsd, jsd))
}
bound! {
    /// Jensen-Shannon given total variation: Fano below, Lin above.
    jsd_given_tv(tv up to 1.0) = (psi_jsd(tv), LN_2 * tv)
}
bound! {
    /// Total variation given Le Cam's discrimination.
    tv_given_le_cam(le_cam up to 2.0) = (0.5 * le_cam, (0.5 * le_cam).sqrt())
}
bound! {
    /// Le Cam's discrimination given total variation.
    le_cam_given_tv(tv up to 1.0) = (2.0 * tv * tv, 2.0 * tv)
}
bound! {
    /// Total variation given Jeffreys.
    tv_given_jeffreys(jeffreys up to INF) = (0.0, last_below(1.0, jeffreys_floor, jeffreys))
}
bound! {
    /// Jeffreys given total variation.
    jeffreys_given_tv(tv up to 1.0) = (jeffreys_floor(tv), if tv == 0.0 { 0.0 } else { INF })
}
bound! {
    /// Kullback-Leibler given the squared Hellinger distance.
    kl_given_hellinger2(hellinger2 up to 1.0) = (
        -2.0 * (-hellinger2).ln_1p(),
        if hellinger2 == 0.0 { 0.0 } else { INF },
    )
}
bound! {
    /// The squared Hellinger distance given Kullback-Leibler.
    hellinger2_given_kl(kl up to INF) = (0.0, -(-0.5 * kl).exp_m1())
}
bound! {
    /// Kullback-Leibler given Pearson's chi-squared.
    kl_given_pearson(pearson up to INF) = (0.0, pearson.ln_1p())
}
bound! {
    /// Pearson's chi-squared given Kullback-Leibler.
    pearson_given_kl(kl up to INF) = (kl.exp_m1(), if kl == 0.0 { 0.0 } else { INF })
}
bound! {
    /// The squared Hellinger distance given Pearson's chi-squared.
    hellinger2_given_pearson(pearson up to INF) = (0.0, -(-0.5 * pearson.ln_1p()).exp_m1())
}
bound! {
    /// Pearson's chi-squared given the squared Hellinger distance.
    pearson_given_hellinger2(hellinger2 up to 1.0) = (
        (-2.0 * (-hellinger2).ln_1p()).exp_m1(),
        if hellinger2 == 0.0 { 0.0 } else { INF },
    )
}
bound! {
    /// Jensen-Shannon given Le Cam's discrimination.
    jsd_given_le_cam(le_cam up to 2.0) = (0.25 * le_cam, 0.5 * LN_2 * le_cam)
}
bound! {
    /// Le Cam's discrimination given Jensen-Shannon.
    le_cam_given_jsd(jsd up to LN_2) = (2.0 / LN_2 * jsd, (4.0 * jsd).min(2.0))
}
bound! {
    /// The squared Hellinger distance given Le Cam's discrimination.
    hellinger2_given_le_cam(le_cam up to 2.0) = (0.25 * le_cam, 0.5 * le_cam)
}
bound! {
    /// Le Cam's discrimination given the squared Hellinger distance.
    le_cam_given_hellinger2(hellinger2 up to 1.0) = (2.0 * hellinger2, (4.0 * hellinger2).min(2.0))
}
bound! {
    /// Jensen-Shannon given the squared Hellinger distance.
    jsd_given_hellinger2(hellinger2 up to 1.0) = (LN_2 * hellinger2, hellinger2.min(LN_2))
}
bound! {
    /// The squared Hellinger distance given Jensen-Shannon.
    hellinger2_given_jsd(jsd up to LN_2) = (jsd, (jsd / LN_2).min(1.0))
}
bound! {
    /// Jensen-Shannon given Jeffreys.
    jsd_given_jeffreys(jeffreys up to INF) = (0.0, (0.125 * jeffreys).min(LN_2))
}
bound! {
    /// Jeffreys given Jensen-Shannon.
    jeffreys_given_jsd(jsd up to LN_2) = (8.0 * jsd, if jsd == 0.0 { 0.0 } else { INF })
}
bound! {
    /// Jeffreys given the squared Hellinger distance: `8 H2`, and `-4 ln(1-H2)` since both its halves are at least
    /// `-2 ln(1-H2)`.
    jeffreys_given_hellinger2(hellinger2 up to 1.0) = (
        (8.0 * hellinger2).max(-4.0 * (-hellinger2).ln_1p()),
        if hellinger2 == 0.0 { 0.0 } else { INF },
    )
}
bound! {
    /// The squared Hellinger distance given Jeffreys.
    hellinger2_given_jeffreys(jeffreys up to INF) = (0.0, (0.125 * jeffreys).min(-(-0.25 * jeffreys).exp_m1()))
}

/// `2 TV ln((1+TV)/(1-TV))`.
fn jeffreys_floor(tv: f64) -> f64 {
    if tv == 0.0 { 0.0 } else { 4.0 * tv * tv.atanh() }
}

/// The greatest `x` in `[0, end]` with `g(x) <= y`, for an increasing `g` with `g(0) = 0`; rounded up, so that it
/// stays an upper bound.
fn last_below(end: f64, g: impl Fn(f64) -> f64, y: f64) -> f64 {
    // g may underflow before its argument does
    if y == 0.0 { 0.0 } else { first_float(0.0, end, |x| g(x) > y) }
}

/// Checks that the value is one that the quantity can have.
fn within(what: &str, value: f64, greatest: f64) -> Result<f64> {
    // a value computed elsewhere may end a rounding above
    if value >= 0.0 && value <= greatest * (1.0 + 4.0 * f64::EPSILON) {
        return Ok(value.min(greatest));
    }
    let expected = if greatest == INF { "0 or more".to_owned() } else { format!("0 to {}", shown(greatest)) };
    Err(Error::out_of_domain(what, value, expected))
}
