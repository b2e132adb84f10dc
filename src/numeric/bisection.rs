//! Bisection over the floating-point numbers themselves.

/// The least float from `low` to `high` at which `reached` holds, for a condition that holds from some point on; `high`
/// if it holds at no smaller float. The condition is evaluated at most 64 times, for any interval. Infinite ends stand
/// for the greatest finite numbers.
///
/// ```
/// use fenchel::numeric::first_float;
/// assert_eq!(first_float(0.0, f64::INFINITY, |x| x * x >= 2.0), 2f64.sqrt());
/// ```
#[must_use]
pub fn first_float(low: f64, high: f64, reached: impl Fn(f64) -> bool) -> f64 {
    // The order of floats is the order of these integers, and the map is its own inverse.
    let order = |x: i64| x ^ (((x >> 63) as u64) >> 1) as i64;
    let key = |x: f64| order(x.clamp(f64::MIN, f64::MAX).to_bits() as i64);
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
