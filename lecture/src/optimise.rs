//! The three optimisers the chapters use, as functions: argmin's L-BFGS, golden section and Nelder-Mead.
//!
//! The claims judge the results; the status of the solver is not used.

use argmin::core::{CostFunction, Executor, State};
use argmin::solver::goldensectionsearch::GoldenSectionSearch;
use argmin::solver::neldermead::NelderMead;
use fenchel::Error;
use fenchel::numeric::{Ascent, Optimum};

/// The value that stands for an undefined objective, worse than any other.
const WORST: f64 = 1e300;

/// The largest value of a smooth function that returns itself and its gradient, by L-BFGS restarted until a restart gains
/// nothing.
pub(crate) fn maximise(objective: impl Fn(&[f64]) -> (f64, Vec<f64>), start: Vec<f64>) -> Optimum {
    Ascent::TO_ROUNDING.maximise(objective, start)
}

struct Plain<F>(F);

impl<F: Fn(f64) -> f64> CostFunction for Plain<F> {
    type Param = f64;
    type Output = f64;

    fn cost(&self, at: &f64) -> Result<f64, argmin::core::Error> {
        let value = (self.0)(*at);
        Ok(if value.is_nan() { WORST } else { value })
    }
}

/// The minimiser of a unimodal function on `[low, high]` by golden section, to `tolerance` relative to the argument.
///
/// The function is compared with itself at neighbouring points, so the error of the answer is at least the square root
/// of its relative rounding error. For more digits, minimise the difference to a nearby reference value.
///
/// # Errors
/// [`Error::OutOfDomain`] for an interval that is empty or a tolerance that is not positive.
pub(crate) fn golden_section(
    function: impl Fn(f64) -> f64,
    low: f64,
    high: f64,
    tolerance: f64,
) -> fenchel::Result<f64> {
    let middle = low + 0.381_966_011_250_105_2 * (high - low);
    GoldenSectionSearch::new(low, high)
        .and_then(|solver| solver.with_tolerance(tolerance))
        .and_then(|solver| {
            Executor::new(Plain(function), solver)
                .configure(|state| state.param(middle).max_iters(200))
                .timer(false)
                .run()
        })
        .ok()
        .and_then(|result| result.state().get_best_param().copied())
        .ok_or_else(|| {
            Error::out_of_domain(
                format!("tolerance of the golden section on [{low}, {high}]"),
                tolerance,
                "a positive tolerance and an interval that is not empty",
            )
        })
}

struct DerivativeFree<F>(F);

impl<F: Fn(&[f64]) -> f64> CostFunction for DerivativeFree<F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, at: &Self::Param) -> Result<f64, argmin::core::Error> {
        let value = (self.0)(at);
        Ok(if value.is_nan() { WORST } else { value })
    }
}

/// A minimiser by Nelder-Mead from a simplex with edges of length `step`.
///
/// # Errors
/// [`Error::Infeasible`] if no point has a value.
pub(crate) fn minimise_without_gradient(
    function: impl Fn(&[f64]) -> f64,
    start: &[f64],
    step: f64,
) -> fenchel::Result<Optimum> {
    let mut simplex = vec![start.to_vec()];
    for i in 0..start.len() {
        let mut corner = start.to_vec();
        corner[i] += step;
        simplex.push(corner);
    }
    NelderMead::new(simplex)
        .with_sd_tolerance(1e-15)
        .and_then(|solver| {
            Executor::new(DerivativeFree(function), solver).configure(|state| state.max_iters(300)).timer(false).run()
        })
        .ok()
        .and_then(|result| {
            let state = result.state();
            Some(Optimum { at: state.get_best_param()?.clone(), value: state.get_best_cost() })
        })
        // undefined values count as the worst, so a search that finds nothing else ends with them
        .filter(|found| found.value < WORST)
        .ok_or_else(|| {
            Error::infeasible("search by Nelder-Mead", format!("the function has no value around {start:?}"))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finds_a_known_optimum() {
        let found = golden_section(|x| (x - 0.3).powi(2), 0.0, 1.0, 1e-10).unwrap();
        assert!((found - 0.3).abs() < 1e-7);
        assert!(golden_section(|x| x, 1.0, 0.0, 1e-10).is_err());
        let found = minimise_without_gradient(|at| (at[0] - 1.0).powi(2) + (at[1] - 2.0).powi(2), &[0.0, 0.0], 0.5);
        let found = found.unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-6 && (found.at[1] - 2.0).abs() < 1e-6);
        assert!(minimise_without_gradient(|_| f64::NAN, &[0.0, 0.0], 0.5).is_err());
    }
}
