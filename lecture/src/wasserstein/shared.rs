//! The worked example and the proof of a solution, which several rows of the chapter use.

use crate::claim::{difference, larger};
use fenchel::numeric::Sum;
use fenchel::transport::Solution;
use ndarray::Array2;

pub(super) const CHAPTER: &str = "wasserstein";

/// The piles of the worked example, on the positions 0 to 4.
pub(super) const PILES: [f64; 5] = [0.10, 0.35, 0.30, 0.20, 0.05];
/// The masses after the move.
pub(super) const TARGET: [f64; 5] = [0.25, 0.05, 0.15, 0.20, 0.35];

/// The distances of the positions 0 to n - 1.
pub(super) fn distance_matrix(n: usize) -> Array2<f64> {
    Array2::from_shape_fn((n, n), |(i, j)| i.abs_diff(j) as f64)
}

/// The numbers that a plan and potentials prove, from the costs and the masses alone, without the solver's report.
pub(super) struct Proof {
    /// Cost of the plan.
    pub primal: f64,
    /// `sum a_i u_i + sum b_j v_j`.
    pub dual: f64,
    /// The most that `u_i + v_j` exceeds `c_ij`.
    pub excess: f64,
    /// The most that a marginal of the plan is off.
    pub residual: f64,
}

impl Proof {
    pub fn of(solution: &Solution, costs: &Array2<f64>, (a, b): (&[f64], &[f64])) -> Self {
        let plan = solution.plan.to_dense();
        let (u, v) = &solution.potentials;
        let off = |sums: Vec<f64>, w: &[f64]| sums.iter().zip(w).map(|(&s, &w)| difference(s, w)).fold(0.0, larger);
        let rows = plan.rows().into_iter().map(|row| Sum::of(row.iter().copied())).collect();
        let columns = plan.columns().into_iter().map(|column| Sum::of(column.iter().copied())).collect();
        Self {
            primal: Sum::of(plan.iter().zip(costs).map(|(p, c)| p * c)),
            dual: Sum::of(a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| w * p)),
            excess: costs.indexed_iter().map(|((i, j), c)| u[i] + v[j] - c).fold(f64::NEG_INFINITY, larger),
            residual: larger(off(rows, a), off(columns, b)),
        }
    }
}
