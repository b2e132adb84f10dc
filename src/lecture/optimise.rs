//! The three optimisers the chapters use, as functions: argmin's L-BFGS, golden section and Nelder-Mead.
//!
//! Each keeps the best point it has evaluated, so a line search that gives up at the limit of floating point costs
//! nothing: the point is judged by the claim, not by the solver's word.

use crate::error::Error;
use argmin::core::{CostFunction, Executor, Gradient, State};
use argmin::solver::goldensectionsearch::GoldenSectionSearch;
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::neldermead::NelderMead;
use argmin::solver::quasinewton::LBFGS;
use std::cell::RefCell;

/// A point and the value there.
#[derive(Debug, Clone)]
pub(super) struct Optimum {
    pub at: Vec<f64>,
    pub value: f64,
}

/// Counts as worse than anything, and keeps line searches away from where the objective is not defined.
const WORST: f64 = 1e300;

/// The objective with its sign turned, as argmin asks for it: value and gradient come from one evaluation.
struct Negated<'a, F> {
    objective: &'a F,
    best: &'a RefCell<Optimum>,
    last: RefCell<(Vec<f64>, Vec<f64>)>,
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Negated<'_, F> {
    fn evaluate(&self, at: &[f64]) -> f64 {
        let (value, gradient) = (self.objective)(at);
        let gradient = gradient.into_iter().map(|g| if g.is_finite() { -g } else { 0.0 }).collect();
        *self.last.borrow_mut() = (at.to_vec(), gradient);
        if value.is_nan() || value == f64::NEG_INFINITY {
            return WORST;
        }
        let mut best = self.best.borrow_mut();
        if value > best.value {
            *best = Optimum { at: at.to_vec(), value };
        }
        -value
    }
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> CostFunction for Negated<'_, F> {
    type Param = Vec<f64>;
    type Output = f64;

    fn cost(&self, at: &Self::Param) -> Result<f64, argmin::core::Error> {
        Ok(self.evaluate(at))
    }
}

impl<F: Fn(&[f64]) -> (f64, Vec<f64>)> Gradient for Negated<'_, F> {
    type Param = Vec<f64>;
    type Gradient = Vec<f64>;

    fn gradient(&self, at: &Self::Param) -> Result<Vec<f64>, argmin::core::Error> {
        let same = |known: &[f64]| known.len() == at.len() && known.iter().zip(at).all(|(a, b)| a.total_cmp(b).is_eq());
        if !same(&self.last.borrow().0) {
            self.evaluate(at);
        }
        Ok(self.last.borrow().1.clone())
    }
}

/// The largest value of a smooth function that returns itself and its gradient, by L-BFGS (history 10) with
/// Moré-Thuente line search, restarted until a restart gains nothing.
pub(super) fn maximise(objective: impl Fn(&[f64]) -> (f64, Vec<f64>), start: Vec<f64>) -> Optimum {
    let value = objective(&start).0;
    let best = RefCell::new(Optimum { at: start, value });
    for _ in 0..8 {
        let from = best.borrow().clone();
        // stops where a step changes nothing: values of order one are no finer than 1e-16
        let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
            .with_tolerance_grad(1e-14)
            .and_then(|solver| solver.with_tolerance_cost(1e-17));
        if let Ok(solver) = solver {
            let problem = Negated { objective: &objective, best: &best, last: RefCell::default() };
            // A line search that fails at the limit of rounding is an error to argmin; the best point is kept by `best`.
            let _ = Executor::new(problem, solver)
                .configure(|state| state.param(from.at.clone()).max_iters(500))
                .timer(false)
                .run();
        }
        if best.borrow().value - from.value <= 1e-15 * from.value.abs() {
            break;
        }
    }
    best.into_inner()
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
/// The function is compared with itself at neighbouring points, so the answer is no better than the square root of its
/// relative rounding error: give differences to a nearby reference, not values, where more is wanted.
///
/// # Errors
/// [`Error::OutOfDomain`] for an interval that is empty or a tolerance that is not positive.
pub(super) fn golden_section(
    function: impl Fn(f64) -> f64,
    low: f64,
    high: f64,
    tolerance: f64,
) -> crate::error::Result<f64> {
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
        .ok_or_else(|| Error::OutOfDomain {
            what: format!("tolerance of the golden section on [{low}, {high}]"),
            value: tolerance,
            expected: "a positive tolerance and an interval that is not empty".to_owned(),
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

/// A minimiser by Nelder-Mead from a simplex with edges of length `step`; `None` if no point could be evaluated.
pub(super) fn minimise_without_gradient(function: impl Fn(&[f64]) -> f64, start: &[f64], step: f64) -> Option<Optimum> {
    let mut simplex = vec![start.to_vec()];
    for i in 0..start.len() {
        let mut corner = start.to_vec();
        corner[i] += step;
        simplex.push(corner);
    }
    let solver = NelderMead::new(simplex).with_sd_tolerance(1e-15).ok()?;
    let result = Executor::new(DerivativeFree(function), solver)
        .configure(|state| state.max_iters(300))
        .timer(false)
        .run()
        .ok()?;
    let state = result.state();
    Some(Optimum { at: state.get_best_param()?.clone(), value: state.get_best_cost() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_finds_a_known_optimum() {
        // -(x-1)^2 - 10 (y+2)^2 has its maximum 0 at (1, -2)
        let found = maximise(
            |at| {
                let (x, y) = (at[0] - 1.0, at[1] + 2.0);
                (-x * x - 10.0 * y.powi(2), vec![-2.0 * x, -20.0 * y])
            },
            vec![5.0, 5.0],
        );
        assert!(found.value > -1e-15 && (found.at[0] - 1.0).abs() < 1e-7, "{found:?}");
        let found = golden_section(|x| (x - 0.3).powi(2), 0.0, 1.0, 1e-10).unwrap();
        assert!((found - 0.3).abs() < 1e-7);
        assert!(golden_section(|x| x, 1.0, 0.0, 1e-10).is_err());
        let found = minimise_without_gradient(|at| (at[0] - 1.0).powi(2) + (at[1] - 2.0).powi(2), &[0.0, 0.0], 0.5);
        let found = found.unwrap();
        assert!((found.at[0] - 1.0).abs() < 1e-6 && (found.at[1] - 2.0).abs() < 1e-6);
    }
}
