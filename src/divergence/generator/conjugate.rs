//! The conjugate of a generator that has no closed form for it.
//!
//! `h(x) = t e^x - f(e^x)` is maximised over `x = ln u`. Since `t - f'(u)` decreases in `u`, its sign brackets the
//! maximum and Brent's method (argmin) finds it. At an interior maximum an error in `x` enters squared, so the value
//! is good to rounding although the argument by itself would be good to half the digits only; the argument is
//! therefore found apart, as the root of `f'(u) = t`.

use crate::divergence::generator::Generator;
use argmin::core::{CostFunction, Executor};
use argmin::solver::brent::BrentOpt;

/// `e^{+-LIMIT}` are the ends of the search: beyond them `u` is no longer a normal number.
const LIMIT: f64 = 700.0;

struct Descent<'a, G: ?Sized> {
    generator: &'a G,
    t: f64,
}

impl<G: Generator + ?Sized> Descent<'_, G> {
    fn at(&self, x: f64) -> f64 {
        let u = x.exp();
        self.generator.f(u) - u * self.t
    }
}

impl<G: Generator + ?Sized> CostFunction for Descent<'_, G> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, x: &f64) -> Result<f64, argmin::core::Error> {
        Ok(self.at(*x))
    }
}

/// `sup_{u>=0} (u t - f(u))`.
pub(super) fn by_brent<G: Generator + ?Sized>(generator: &G, t: f64) -> f64 {
    if !generator.conjugate_domain().contains(t) {
        return f64::INFINITY;
    }
    // u -> 0 is always a candidate, and the supremum where f' > t everywhere
    let at_zero = -generator.at_zero();
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
pub(super) fn argument_by_bisection<G: Generator + ?Sized>(generator: &G, t: f64) -> f64 {
    if !generator.conjugate_domain().contains(t) {
        return f64::INFINITY;
    }
    let Some((mut lo, mut hi)) = bracket(generator, t) else {
        return 0.0;
    };
    loop {
        let middle = 0.5 * (lo + hi);
        if middle <= lo || middle >= hi {
            return middle.exp();
        }
        if generator.df(middle.exp()) < t {
            lo = middle;
        } else {
            hi = middle;
        }
    }
}

/// `(lo, hi)` with `f'(e^lo) < t <= f'(e^hi)`; none if `f' >= t` on the whole half-line. `lo = LIMIT` where the
/// slope stays below `t` as far as numbers go.
fn bracket<G: Generator + ?Sized>(generator: &G, t: f64) -> Option<(f64, f64)> {
    let below = |x: f64| generator.df(x.exp()) < t;
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
