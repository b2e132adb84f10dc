//! The conjugate of a generator that has no closed form for it.
//!
//! `h(x) = t e^x - f(e^x)` is maximised over `x = ln u`. Since `t - f'(u)` decreases in `u`, its sign brackets the
//! maximum, and Brent's method (argmin) finds it. At an interior maximum an error in `x` enters squared. So the value
//! is accurate to rounding, while the argument has only half the digits. The argument is therefore computed separately,
//! as the root of `f'(u) = t`.

use crate::numeric::first_float;
use argmin::core::{CostFunction, Executor};
use argmin::solver::brent::BrentOpt;

/// The domain of a conjugate: all `t` up to [`supremum`](Self::supremum), which may or may not belong to it.
///
/// A conjugate over `u >= 0` is nondecreasing, so its domain is always of this shape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ConjugateDomain {
    /// The least upper bound, `f'(inf)`; `+inf` for the whole line.
    pub supremum: f64,
    /// Whether `f*` is finite at the supremum itself.
    pub attained: bool,
}

impl ConjugateDomain {
    /// The whole line.
    pub const LINE: Self = Self { supremum: f64::INFINITY, attained: false };

    /// All `t < supremum`.
    #[must_use]
    pub const fn below(supremum: f64) -> Self {
        Self { supremum, attained: false }
    }

    /// All `t <= supremum`.
    #[must_use]
    pub const fn up_to(supremum: f64) -> Self {
        Self { supremum, attained: true }
    }

    /// Whether `f*(t)` is finite.
    #[must_use]
    #[allow(clippy::float_cmp)] // the end point is one number
    pub fn contains(&self, t: f64) -> bool {
        t < self.supremum || (self.attained && t == self.supremum)
    }
}

/// `e^{+-LIMIT}` are the ends of the search: beyond them `u` is no longer a normal number.
const LIMIT: f64 = 700.0;

/// The functions of a generator that the search needs.
#[derive(Clone, Copy)]
pub(super) struct Convex<'a> {
    pub f: &'a dyn Fn(f64) -> f64,
    pub df: &'a dyn Fn(f64) -> f64,
    pub at_zero: f64,
    pub domain: ConjugateDomain,
}

struct Descent<'a> {
    generator: Convex<'a>,
    t: f64,
}

impl Descent<'_> {
    fn at(&self, x: f64) -> f64 {
        let u = x.exp();
        (self.generator.f)(u) - u * self.t
    }
}

impl CostFunction for Descent<'_> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, argmin::core::Error> {
        Ok(self.at(*x))
    }
}

/// `sup_{u>=0} (u t - f(u))`.
pub(super) fn by_brent(generator: Convex<'_>, t: f64) -> f64 {
    if !generator.domain.contains(t) {
        return f64::INFINITY;
    }
    // u -> 0 is always a candidate, and the supremum where f' > t everywhere
    let at_zero = -generator.at_zero;
    let problem = Descent { generator, t };
    let Some((lo, hi)) = bracket(generator, t) else {
        return at_zero;
    };
    if lo >= LIMIT {
        return at_zero.max(-problem.at(lo));
    }
    let ends = at_zero.max(-problem.at(lo)).max(-problem.at(hi));
    let solver = BrentOpt::new(lo, hi).set_tolerance(1e-9, 1e-12);
    match Executor::new(problem, solver).configure(|state| state.max_iters(200)).timer(false).run() {
        Ok(found) => ends.max(-found.state().get_best_cost()),
        Err(_) => ends, // cannot happen: the cost function does not fail
    }
}

/// The `u` at which `f'(u) = t`.
pub(super) fn argument_by_bisection(generator: Convex<'_>, t: f64) -> f64 {
    if !generator.domain.contains(t) {
        return f64::INFINITY;
    }
    match bracket(generator, t) {
        Some((low, high)) => first_float(low, high, |x| (generator.df)(x.exp()) >= t).exp(),
        None => 0.0,
    }
}

/// `(lo, hi)` with `f'(e^lo) < t <= f'(e^hi)`; none if `f' >= t` on the whole half-line. `lo = LIMIT` where the
/// slope stays below `t` as far as numbers go.
fn bracket(generator: Convex<'_>, t: f64) -> Option<(f64, f64)> {
    let below = |x: f64| (generator.df)(x.exp()) < t;
    let steps = || std::iter::successors(Some(0.5), |step| Some(step * 2.0)).take_while(|step| *step < 2.0 * LIMIT);
    let mut near = 0.0;
    if below(0.0) {
        for step in steps() {
            let x = step.min(LIMIT);
            if !below(x) {
                return Some((near, x));
            }
            near = x;
        }
        return Some((LIMIT, LIMIT));
    }
    for step in steps() {
        let x = -step.min(LIMIT);
        if below(x) {
            return Some((x, near));
        }
        near = x;
    }
    None
}
