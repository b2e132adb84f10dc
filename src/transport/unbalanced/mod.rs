//! Transport between masses whose deviations are paid for, without regularisation.
//!
//! The plan is scaled by a majorisation of the objective, which never rises.
//!
//! Source: Chapel, Flamary, Wu, Févotte, Gasso 2021 (arXiv:2106.04145).

pub(in crate::transport) mod majorise;

use crate::error::Result;
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::marginal::Marginal;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::{Kept, Problem};
use crate::transport::unbalanced::majorise::majorise;

/// The solver of unbalanced transport without regularisation,
///
/// ```text
/// min over P >= 0 of  sum P_ij c_ij + D_a(P 1) + D_b(Pᵀ 1),
/// ```
///
/// where the [`Marginal`] of each side says what a deviation costs: KL on both sides, or L2 on both. With `d(u)` the least of
/// `D(x) + u x` over `x >= 0`, every pair of potentials proves
///
/// ```text
/// sum_i d_a(u_i) + sum_j d_b(v_j)  <=  the value,      u_i + v_j <= c_ij.
/// ```
///
/// Other marginals are for [`Sinkhorn`](crate::transport::Sinkhorn), total variation for [`Exact`](crate::transport::Exact), too.
///
/// ```
/// use fenchel::transport::{Marginal, Problem, Unbalanced};
/// use ndarray::array;
/// // one pile of 2 and one hole of 1 at the same place: half the mass has nowhere to go
/// let problem = Problem::unbalanced(array![[0.0]], [2.0], [1.0], Marginal::Kl(1.0), Marginal::Kl(1.0))?;
/// let solution = Unbalanced::new().solve(&problem)?;
/// solution.report.require_converged()?;
/// assert!((solution.plan.arcs()[0].2 - 2f64.sqrt()).abs() < 1e-9); // the geometric mean
/// assert!((solution.cost() - (3.0 - 2.0 * 2f64.sqrt())).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Unbalanced<'a> {
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl Default for Unbalanced<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Unbalanced<'a> {
    /// The solver with tolerance 1e-9 and at most 10,000 iterations.
    #[must_use]
    pub fn new() -> Self {
        Self { tolerance: 1e-9, iteration_limit: 10_000, limits: Limits::default() }
    }

    stopping_setters!("Stops when the gap is at most this part of the value.", "Stops after so many iterations.");
    limit_setters!();

    /// Solves the problem. O(n m) an iteration, O(n m) memory.
    ///
    /// `report.primal`, which is [`Solution::cost`], is the objective at [`Solution::plan`], penalties included, and
    /// `report.dual` the dual value at [`Solution::potentials`]. `report.residual` is the gap, to which the status refers;
    /// `report.trace` has the gaps by iteration. The gap falls like one over the iterations where the plan is degenerate; the
    /// bracket says how far it got.
    ///
    /// # Errors
    /// A tolerance that is not positive and finite; masses that are kept otherwise than by KL on both sides or L2 on both.
    pub fn solve(&self, problem: &Problem) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        check_positive([("tolerance", self.tolerance)])?;
        match problem.kept() {
            Kept::Penalised(Marginal::Kl(_), Marginal::Kl(_)) | Kept::Penalised(Marginal::L2(_), Marginal::L2(_)) => {}
            _ => {
                return Err(
                    problem.not_for("`Unbalanced`", "both sides must be KL or both L2; use `Exact` or `Sinkhorn`")
                );
            }
        }
        let (own, units) = problem.in_own_units();
        let watch = watch.in_unit(units.value());
        let mut solution = majorise(own.sides(), own.cost(), self.tolerance, self.iteration_limit, watch)?;
        units.residual_is_a_cost(&mut solution.report);
        units.bring_back(solution)
    }
}
