//! Transport problems, and the solver that each of them asks for.

use crate::failure::refused;
use crate::input::{Limits, Numbers, Rows, law, limited, named, view};
use crate::solution::Solution;
use fenchel::transport::{Cost, Exact, Ground, LowRank, Marginal, Problem, Sinkhorn, Unbalanced};
use numpy::{IntoPyArray, PyArray2};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

/// What is asked of a solver, apart from its limits.
#[derive(FromPyObject)]
pub struct Asked {
    /// The regularisation, and whether it is in units of the mean cost.
    epsilon: Option<f64>,
    relative: bool,
    /// The prices of deviations on either side; infinity keeps that side.
    unbalanced: Option<(f64, f64)>,
    penalty: String,
    /// The mass to move.
    partial: Option<f64>,
    rank: Option<usize>,
    seed: u64,
}

impl Asked {
    fn marginals(&self) -> PyResult<Option<(Marginal, Marginal)>> {
        let price: fn(f64) -> Marginal = match self.penalty.as_str() {
            "kl" => Marginal::Kl,
            "l2" => Marginal::L2,
            "tv" => Marginal::Tv,
            other => {
                return Err(PyValueError::new_err(format!("unknown penalty `{other}`; expected one of: kl, l2, tv")));
            }
        };
        let side = |strength: f64| if strength == f64::INFINITY { Marginal::Exact } else { price(strength) };
        Ok(self.unbalanced.map(|(rows, columns)| (side(rows), side(columns))))
    }

    fn solve(&self, py: Python<'_>, problem: &Problem, limits: Limits) -> PyResult<Solution> {
        let watch = limits.watch(py);
        let observer = |at: &fenchel::transport::Progress| watch.observe(at);
        let penalised = self.unbalanced.is_some() && self.penalty != "tv";
        let found = if let Some(epsilon) = self.epsilon {
            let solver = limited!(
                Sinkhorn::new(epsilon),
                limits,
                &observer,
                [tolerance = tolerance, iteration_limit = iterations]
            );
            let solver = if self.relative { solver.relative_to_mean_cost() } else { solver };
            py.detach(|| solver.solve(problem))
        } else if let Some(rank) = self.rank {
            let solver =
                limited!(LowRank::new(rank).seed(self.seed), limits, &observer, [iteration_limit = iterations]);
            py.detach(|| solver.solve(problem))
        } else if penalised {
            let solver =
                limited!(Unbalanced::new(), limits, &observer, [tolerance = tolerance, iteration_limit = iterations]);
            py.detach(|| solver.solve(problem))
        } else {
            let solver = limited!(Exact::new(), limits, &observer, [iteration_limit = iterations]);
            py.detach(|| solver.solve(problem))
        };
        watch.finish_certified(py, found.map_err(refused)?, Solution)
    }
}

/// Transport between two clouds ``x`` (n, d) and ``y`` (m, d) under a ground cost.
#[pyfunction]
pub fn between(
    py: Python<'_>,
    points: (Rows<'_>, Rows<'_>),
    weights: (Option<Numbers<'_>>, Option<Numbers<'_>>),
    ground: &str,
    asked: Asked,
    limits: Limits,
) -> PyResult<Solution> {
    let (ground, marginals) = (named::<Ground>(ground)?, asked.marginals()?);
    let (x, y) = (points.0.as_array(), points.1.as_array());
    let (a, b) = (view(weights.0.as_ref()), view(weights.1.as_ref()));
    let problem = py.detach(|| {
        if marginals.is_none() && asked.partial.is_none() {
            return Problem::between(&law(x, a)?, &law(y, b)?, ground);
        }
        built(Cost::between(x, y, ground)?, (a.map(|a| a.to_vec()), b.map(|b| b.to_vec())), marginals, asked.partial)
    });
    asked.solve(py, &problem.map_err(refused)?, limits)
}

/// Transport under a matrix of costs (n, m).
#[pyfunction]
pub fn with_costs(
    py: Python<'_>,
    costs: Rows<'_>,
    weights: (Option<Numbers<'_>>, Option<Numbers<'_>>),
    asked: Asked,
    limits: Limits,
) -> PyResult<Solution> {
    let marginals = asked.marginals()?;
    let costs = costs.as_array();
    let [a, b] = [&weights.0, &weights.1].map(|masses| view(masses.as_ref()).map(|masses| masses.to_vec()));
    let problem = py.detach(|| built(Cost::matrix(costs)?, (a, b), marginals, asked.partial));
    asked.solve(py, &problem.map_err(refused)?, limits)
}

/// The problem of these costs and masses, kept as asked; masses that are not given are uniform, with a total of one.
fn built(
    cost: Cost,
    (a, b): (Option<Vec<f64>>, Option<Vec<f64>>),
    marginals: Option<(Marginal, Marginal)>,
    partial: Option<f64>,
) -> fenchel::Result<Problem> {
    let (n, m) = cost.shape();
    let uniform = |masses: Option<Vec<f64>>, n: usize| masses.unwrap_or_else(|| vec![1.0 / n as f64; n]);
    match (marginals, partial) {
        (Some((rows, columns)), _) => Problem::unbalanced(cost, uniform(a, n), uniform(b, m), rows, columns),
        (None, Some(moved)) => Problem::partial(cost, uniform(a, n), uniform(b, m), moved),
        (None, None) => Problem::with_cost(cost, a, b),
    }
}

/// The costs between the rows of ``x`` (n, d) and of ``y`` (m, d), as a matrix (n, m).
#[pyfunction]
pub fn costs<'py>(py: Python<'py>, x: Rows<'py>, y: Rows<'py>, ground: &str) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (ground, x, y) = (named::<Ground>(ground)?, x.as_array(), y.as_array());
    Ok(py.detach(|| Cost::between(x, y, ground).map(|cost| cost.to_dense())).map_err(refused)?.into_pyarray(py))
}
