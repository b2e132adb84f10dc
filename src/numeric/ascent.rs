//! The largest value of a smooth function, by argmin's L-BFGS.
//!
//! The best point that was evaluated is kept, so a line search that fails at the limit of floating point loses nothing.
//! The caller judges the point; the status of the solver is not used.

use argmin::core::{CostFunction, Executor, Gradient};
use argmin::solver::linesearch::MoreThuenteLineSearch;
use argmin::solver::quasinewton::LBFGS;
use std::cell::RefCell;

/// A point and the value there.
#[derive(Debug, Clone, PartialEq)]
pub struct Optimum {
    /// The point.
    pub at: Vec<f64>,
    /// The value of the function at the point.
    pub value: f64,
}

/// How far to climb: L-BFGS (history 10) with Moré-Thuente line search.
///
/// ```
/// use fenchel::numeric::Ascent;
/// // 1 - (x - 2)², and its slope
/// let top = Ascent::TO_ROUNDING.maximise(|x| (1.0 - (x[0] - 2.0).powi(2), vec![-2.0 * (x[0] - 2.0)]), vec![0.0]);
/// assert!((top.at[0] - 2.0).abs() < 1e-9 && (top.value - 1.0).abs() < 1e-15);
/// ```
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ascent {
    /// Iterations of a run.
    pub iterations: u64,
    /// Stops where the gradient is shorter than this.
    pub gradient: f64,
    /// Stops where a step changes the value by less than this.
    pub change: f64,
    /// Runs, each from where the last one ended; no more are made once one gains nothing.
    pub runs: usize,
}

impl Ascent {
    /// As far as floating point goes: values of order one are no finer than 1e-16.
    pub const TO_ROUNDING: Self = Self { iterations: 500, gradient: 1e-14, change: 1e-17, runs: 8 };

    /// Climbs from `start`. The function returns its value and its gradient. Where the value is minus infinity or NaN,
    /// the search avoids the place.
    #[must_use]
    pub fn maximise(&self, objective: impl Fn(&[f64]) -> (f64, Vec<f64>), start: Vec<f64>) -> Optimum {
        let value = objective(&start).0;
        let best = RefCell::new(Optimum { at: start, value });
        for _ in 0..mutate!(self.runs, AscentIdle, |_| 0) {
            let from = best.borrow().clone();
            let solver = LBFGS::new(MoreThuenteLineSearch::new(), 10)
                .with_tolerance_grad(self.gradient)
                .and_then(|solver| solver.with_tolerance_cost(self.change));
            if let Ok(solver) = solver {
                let problem = Negated { objective: &objective, best: &best, last: RefCell::default() };
                // a line search that fails at the limit of rounding is an error to argmin; the best point is kept by `best`
                let _ = Executor::new(problem, solver)
                    .configure(|state| state.param(from.at.clone()).max_iters(self.iterations))
                    .timer(false)
                    .run();
            }
            if best.borrow().value - from.value <= 1e-15 * from.value.abs() {
                break;
            }
        }
        best.into_inner()
    }
}

/// The value that stands for an undefined objective. It is worse than any other, so line searches stay away from it.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_a_known_optimum() {
        // -(x-1)^2 - 10 (y+2)^2 has its maximum 0 at (1, -2)
        let found = Ascent::TO_ROUNDING.maximise(
            |at| {
                let (x, y) = (at[0] - 1.0, at[1] + 2.0);
                (-x * x - 10.0 * y.powi(2), vec![-2.0 * x, -20.0 * y])
            },
            vec![5.0, 5.0],
        );
        assert!(found.value > -1e-15 && (found.at[0] - 1.0).abs() < 1e-7, "{found:?}");
    }

    #[test]
    fn keeps_away_from_where_there_is_no_value() {
        // ln x - x, which has no value left of 0, from a start whose first step leads there
        let objective = |at: &[f64]| (at[0].ln() - at[0], vec![1.0 / at[0] - 1.0]);
        let found = Ascent::TO_ROUNDING.maximise(objective, vec![9.0]);
        assert!((found.at[0] - 1.0).abs() < 1e-7, "{found:?}");
    }
}
