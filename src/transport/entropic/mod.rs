//! Entropic transport by Sinkhorn's iteration, in the log domain throughout.
//!
//! Each half-step makes one marginal exact, `f_i = -eps ln sum_j (b_j/total) exp((g_j - c_ij)/eps)`. Both halves are one pass
//! over the costs with one exponential an entry ([`rows::sweep`]), first in single precision and at the end in double. Between
//! sweeps the column potentials are mixed ([`anderson`]), and where that is slow, Newton steps on the sparse plan take over
//! ([`newton`]). A small `eps` is approached from larger ones ([`anneal`]). The iteration itself is in `descent`.
//!
//! Steps other than Sinkhorn's own are taken back when the dual value falls; Sinkhorn's always raises it.
//!
//! Sources: Cuturi 2013 (arXiv:1306.0895), Altschuler, Weed, Rigollet 2017 (arXiv:1705.09634) for the rounding, Peyré
//! and Cuturi 2019, section 4.4 (arXiv:1803.00567).

pub(in crate::transport) mod anderson;
pub(in crate::transport) mod anneal;
pub(in crate::transport) mod bracket;
pub(in crate::transport) mod debiased;
mod descent;
pub(in crate::transport) mod gradient;
pub(in crate::transport) mod mean;
pub(in crate::transport) mod newton;
pub(in crate::transport) mod precision;
mod rounded;
pub(in crate::transport) mod rows;
mod trial;
pub(in crate::transport) mod unbalanced;

use crate::certificate::{Report, Status, Unchecked};
use crate::error::{Error, Result};
use crate::numeric::times_power;
use crate::transport::entropic::anneal::stages;
use crate::transport::entropic::bracket::Bracket;
use crate::transport::entropic::descent::BalancedRun;
use crate::transport::entropic::mean::mean_cost;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::sweep::Swept;
use crate::transport::entropic::unbalanced::EntropicRun;
use crate::transport::problem::certify::{ULPS, dual_value, size};
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::marginal::Marginal;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::{Regularised, Solution};
use crate::transport::problem::units::Units;
use crate::transport::problem::{Kept, Problem};
use std::sync::Arc;
use std::time::Instant;

/// The entropic solver.
///
/// ```text
/// min over plans P of  sum P_ij c_ij + eps KL(P | R),   R_ij = a_i b_j / total,
///   = max over f, g of  sum a_i f_i + sum b_j g_j - eps sum R_ij (exp((f_i + g_j - c_ij)/eps) - 1),
/// ```
///
/// whose solution is `P_ij = R_ij exp((f_i + g_j - c_ij)/eps)`. The plan, its marginals made exact by rounding, costs at least
/// the *unregularised* optimum, and the c-transform of the potentials is feasible, so its dual value is at most that.
///
/// Where deviations from the masses are paid for ([`Problem::unbalanced`]) the penalties are added, with the reference
/// `R_ij = a_i b_j / sqrt(|a| |b|)` and generalised `KL(x | y) = sum x ln(x/y) - x + y`; the [`Marginal`] of each side may be any.
///
/// ```
/// use fenchel::transport::{Problem, Sinkhorn};
/// use ndarray::array;
/// let problem = Problem::with_cost(array![[0.0, 1.0], [1.0, 0.5]], None, None)?;
/// let solution = Sinkhorn::new(0.05).relative_to_mean_cost().solve(&problem)?;
/// solution.report.require_converged()?;
/// assert!(solution.report.dual <= 0.25 && 0.25 <= solution.report.primal); // the unregularised optimum
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Sinkhorn<'a> {
    eps: f64,
    relative: bool,
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl<'a> Sinkhorn<'a> {
    /// The solver for the regularisation `epsilon > 0`, in units of the cost. Tolerance 1e-9, at most 10,000 iterations.
    #[must_use]
    pub fn new(epsilon: f64) -> Self {
        Self { eps: epsilon, relative: false, tolerance: 1e-9, iteration_limit: 10_000, limits: Limits::default() }
    }

    /// Measures `epsilon` in units of the mean cost, `sum a_i b_j c_ij`, over arcs that are not forbidden.
    #[must_use]
    pub fn relative_to_mean_cost(self) -> Self {
        Self { relative: true, ..self }
    }

    stopping_setters!(
        "Stops when the L1 distance of the marginals from those asked for is at most this part of the total (where deviations are
paid for: the gap, of the value).",
        "Stops after so many iterations (of two half-steps, those at larger `eps` included)."
    );
    limit_setters!();

    /// Solves the problem. O(n m) an iteration; O(n + m) memory for clouds beside the cost, as long as tables of costs
    /// and of the entries of the plan that count would take more than 256 MB each. Between clouds in 12 dimensions and more,
    /// two passes at the end take O(n m d).
    ///
    /// `report.primal` and `report.dual` bracket the *unregularised* cost, `report.residual` is the L1 marginal error
    /// of the entropic plan before it is rounded, `status` tells whether that met the tolerance. The values of the
    /// entropic problem are in [`Solution::regularised`]. The plan returned is the rounded one.
    ///
    /// Where deviations are paid for, `report.primal` is the objective without regularisation at the entropic plan, penalties
    /// included, and `report.dual` the dual value at feasible potentials, so the two bracket the *unregularised* value.
    /// `report.residual` is then the gap of the entropic problem, and the tolerance is a part of its value. A marginal that is
    /// exact is met to rounding.
    ///
    /// `report.trace` has the residuals at the smallest `eps`, by iteration.
    ///
    /// # Errors
    /// `epsilon` or the tolerance not positive and finite, or `epsilon` in units of the cost outside `[1e-250, 1e250]`; a mean cost
    /// that overflows; [`Error::Infeasible`] if a point that has mass has only forbidden arcs to points that have, and
    /// must send it; [`Error::Unsupported`] for a problem whose masses are moved in part.
    pub fn solve(&self, problem: &Problem) -> Result<Solution> {
        self.validate()?;
        let (own, units) = problem.in_own_units();
        let solver = self.in_units(units);
        match problem.kept() {
            Kept::Exactly => units.bring_back(solver.solve_in_own_units(&own)?),
            Kept::Penalised(..) => {
                let mut solution = solver.solve_unbalanced(&own)?;
                units.residual_is_a_cost(&mut solution.report);
                units.bring_back(solution)
            }
            Kept::Part(_) => Err(problem.not_for("`Sinkhorn`", "use `Exact`")),
        }
    }

    /// Where deviations from the masses are paid for.
    fn solve_unbalanced(&self, problem: &Problem) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        let cost = problem.shared_cost();
        let mean = mean_of(problem, &CostRows::of(problem.cost()))?;
        let eps = self.eps_of(mean)?;
        let [rows, columns] = problem.sides();
        let turned = columns.marginal == Marginal::Exact;
        // the side updated last meets its marginal, so an exact one comes first
        let mut run = if turned {
            EntropicRun::new([columns, rows], Arc::new(cost.transposed()), eps)
        } else {
            EntropicRun::new([rows, columns], Arc::clone(&cost), eps)
        };
        let end = run.run(mean, self.tolerance, self.iteration_limit, watch)?;
        if turned {
            run.turn(Arc::clone(&cost));
        }
        Ok(run.solution(cost, end))
    }

    /// The same solver where costs and masses have these units.
    fn in_units(&self, units: Units) -> Self {
        let limits = self.limits.in_unit(units.value());
        if self.relative {
            return Self { limits, ..*self };
        }
        // beside costs of one, all that are so large are alike
        let eps = times_power(self.eps, -units.cost);
        let eps = if eps > LARGEST_EPS && self.eps.is_finite() { LARGEST_EPS } else { eps };
        Self { eps, limits, ..*self }
    }

    fn solve_in_own_units(&self, problem: &Problem) -> Result<Solution> {
        let mut watch = Watch::start(self.limits);
        self.validate()?;
        let rows = CostRows::of(problem.cost());
        let mean = mean_of(problem, &rows)?;
        let eps = self.eps_of(mean)?;
        let mut run = BalancedRun::of(problem, &rows, self.iteration_limit);
        let (mut swept, mut status) = run.descend(&stages(eps, mean), self.tolerance, &mut watch)?;
        let exact = rows.made_exact(problem.cost());
        if let Some(exact) = &exact {
            run.use_rows(exact);
            (swept, status) = if status == Status::Converged {
                // there is something to do only where costs are rounded at the size of eps
                run.finish(eps, self.tolerance, &mut watch)?
            } else {
                (run.sweep_at(eps)?, status)
            };
        }
        let mut found = run.bracket_of(eps, &swept);
        if status == Status::Converged {
            (swept, found) = run.polished(eps, self.tolerance, (swept, found), &mut watch)?;
        }
        // beside costs that are enormous for `eps` a row may have no term that a sweep can tell from nothing
        let is_short = found.unmoved.max(found.residual) > self.tolerance * run.total;
        if (found.is_lost || is_short) && status == Status::Converged {
            status = Status::Stalled;
        }
        run.complete(eps, &swept.f);
        Ok(solution(problem, run, (swept, found), (eps, status), watch.started()))
    }

    fn validate(&self) -> Result<()> {
        check_positive([("epsilon", self.eps), ("tolerance", self.tolerance)])
    }

    /// The regularisation in units of the cost.
    pub(in crate::transport) fn eps_for(&self, problem: &Problem) -> Result<f64> {
        self.validate()?;
        if !self.relative {
            return self.eps_of(0.0);
        }
        let (own, units) = problem.in_own_units();
        let mean = mean_of(&own, &CostRows::of(own.cost()))?;
        Ok(times_power(self.in_units(units).eps_of(mean)?, units.cost))
    }

    fn eps_of(&self, mean: f64) -> Result<f64> {
        // where nothing costs anything every eps has the same solution
        let eps = if self.relative && mean > 0.0 { self.eps * mean } else { self.eps };
        if (1e-250..=1e250).contains(&eps) {
            return Ok(eps);
        }
        Err(Error::out_of_domain("epsilon in units of the cost", eps, "between 1e-250 and 1e250; rescale the costs"))
    }

    /// The same solver with `eps` in units of the cost, and with what is left of its time since `start`.
    pub(in crate::transport) fn continued(self, eps: f64, start: Instant) -> Self {
        let time = self.limits.time.map(|limit| limit.saturating_sub(start.elapsed()));
        Self { eps, relative: false, limits: Limits { time, ..self.limits }, ..self }
    }
}

/// The largest regularisation in units of the problem's own.
const LARGEST_EPS: f64 = 1e200;
/// What rounding may do to the exponents of a plan that counts.
const EXPONENT: f64 = 1e-13;

/// The mean cost of a problem under the product of its masses.
fn mean_of(problem: &Problem, rows: &CostRows<'_, f64>) -> Result<f64> {
    mean_cost(problem.cost(), rows, [problem.a(), problem.b()])
}

/// What a run has found by its last sweep, with the bracket that the sweep proves.
fn solution(
    problem: &Problem,
    run: BalancedRun<'_>,
    (swept, found): (Swept, Bracket),
    (eps, status): (f64, Status),
    start: Instant,
) -> Solution {
    let (a, b) = (problem.a(), problem.b());
    let report = Report::of(Unchecked {
        method: "sinkhorn",
        status,
        iterations: run.iterations,
        primal: mutate!(found.primal, EntropicPrimal, |c| 0.98 * c),
        dual: mutate!(found.dual, EntropicDual, |c| 1.1 * c),
        rounding: found.rounding,
        residual: if found.is_lost { 0.0 } else { found.residual.max(found.unmoved) },
        seconds: start.elapsed().as_secs_f64(),
        trace: run.trace,
    });
    let (f, g) = (swept.f, run.g);
    let bounds = (found.regularised, dual_value(a, b, &f, &g));
    let rounding = found.rounding + ULPS * size((a, b), (&f, &g)) + EXPONENT * eps * run.total;
    let regularised = Regularised::of(eps, found.linear, bounds, (f, g), rounding);
    let (potentials, plan) = (found.potentials, Plan::entropic(found.plan));
    Solution { potentials, plan, report, regularised: Some(regularised), price: None, root: problem.root() }
}
