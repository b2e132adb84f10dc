//! Transport between masses that need not be kept: what is created or destroyed is paid for.
//!
//! With a regularisation the dual is maximised over one potential, a constant moved between the two, and the other
//! potential in turn, in the log domain; each step has a closed form. The gap is then a sum over points of
//! the divergence between the mass that arrives and the mass the potential asks for, so it is known without
//! cancellation, for nothing. Without a regularisation the plan is scaled by a majorisation of the objective, which never rises.
//!
//! Sources: Chizat, Peyré, Schmitzer, Vialard 2018 (arXiv:1607.05816); Séjourné, Vialard, Peyré 2022 (arXiv:2201.00730) for
//! the constant; Chapel, Flamary, Wu, Févotte, Gasso 2021 (arXiv:2106.04145) for the majorisation.

pub(in crate::transport) mod entropic;
pub(in crate::transport) mod majorise;
pub(in crate::transport) mod marginal;
pub(in crate::transport) mod partial;

use crate::error::{Error, Result};
use crate::numeric::times_power;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::solution::Solution;
use crate::transport::problem::units::{Units, mass_unit, times};
use crate::transport::problem::{self, total};
use crate::transport::unbalanced::entropic::EntropicRun;
use crate::transport::unbalanced::majorise::majorise;
use crate::transport::unbalanced::marginal::{Marginal, Side};
use std::borrow::Cow;
use std::sync::Arc;

/// The solver of transport with free marginals: what is created or destroyed is paid for,
///
/// ```text
/// min over P >= 0 of  sum P_ij c_ij + D_a(P 1) + D_b(Pᵀ 1)  [ + eps KL(P | R) ],   R_ij = a_i b_j / sqrt(|a| |b|),
/// ```
///
/// with generalised `KL(x | y) = sum x ln(x/y) - x + y`. The [`Marginal`] on each side says what a deviation costs. Every
/// pair of potentials proves
///
/// ```text
/// sum_i d_a(u_i) + sum_j d_b(v_j)  <=  the value,      u_i + v_j <= c_ij,      d(u) = inf over x >= 0 of D(x) + u x,
/// ```
///
/// and with a regularisation the same without the constraint, less `eps sum R_ij (exp((u_i + v_j - c_ij)/eps) - 1)`.
///
/// ```
/// use fenchel::transport::{Cost, Marginal, Unbalanced};
/// use ndarray::array;
/// // one pile of 2 and one hole of 1 at the same place: half the mass has nowhere to go
/// let solution = Unbalanced::new(Marginal::Kl(1.0)).solve(&[2.0], &[1.0], Cost::matrix(array![[0.0]])?)?;
/// solution.report.require_converged()?;
/// assert!((solution.plan.arcs()[0].2 - 2f64.sqrt()).abs() < 1e-9); // the geometric mean
/// assert!((solution.cost() - (3.0 - 2.0 * 2f64.sqrt())).abs() < 1e-12);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Unbalanced<'a> {
    rows: Marginal,
    columns: Marginal,
    eps: Option<f64>,
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl<'a> Unbalanced<'a> {
    /// The solver with the same marginal on both sides, no regularisation, tolerance 1e-9, at most 10,000 iterations.
    #[must_use]
    pub fn new(marginal: Marginal) -> Self {
        Self {
            rows: marginal,
            columns: marginal,
            eps: None,
            tolerance: 1e-9,
            iteration_limit: 10_000,
            limits: Limits::default(),
        }
    }

    /// Other marginals for rows and columns; semi-relaxed transport keeps one of them [`Marginal::Exact`].
    #[must_use]
    pub fn marginals(self, rows: Marginal, columns: Marginal) -> Self {
        Self { rows, columns, ..self }
    }

    /// Adds `eps KL(P | R)`, in units of the cost: smooth, and fast to solve.
    #[must_use]
    pub fn regularisation(self, eps: f64) -> Self {
        Self { eps: Some(eps), ..self }
    }

    stopping_setters!(
        "Stops when the duality gap of the problem solved (the regularised one, if there is a regularisation) is at most this
part of its value.",
        "Stops after so many iterations."
    );
    limit_setters!();

    /// Solves the problem between masses `a` (rows) and `b` (columns), whose totals may differ. O(n m) an iteration, memory
    /// O(n + m) beside the costs with a regularisation (tables of up to 128 MB each way where costs are slow to compute) and O(n m)
    /// without.
    ///
    /// `report.primal`, which is [`Solution::cost`], is the objective without regularisation at [`Solution::plan`], penalties
    /// included, `report.dual` the dual value at [`Solution::potentials`], so the two bracket the *unregularised* value. `report.residual` is the duality
    /// gap of the problem that was solved, to which the status refers; with a regularisation its two values are in
    /// [`Solution::regularised`]. `report.trace` has the gaps by iteration. An exact marginal is met to rounding.
    ///
    /// Without regularisation the gap falls like one over the iterations where the plan is degenerate; the bracket says how far it got.
    ///
    /// # Errors
    /// A strength, `eps` or tolerance that is not positive and finite; masses that are negative, not finite, of the wrong number
    /// or with a total outside `[1e-250, 1e250]`; penalties that overflow; both marginals exact (that is [`Sinkhorn`](crate::transport::Sinkhorn)'s or [`Exact`](crate::transport::Exact)'s
    /// problem); without regularisation, marginals that are not both KL or both L2; [`Error::Infeasible`] if a point of an exact
    /// marginal reaches nothing.
    pub fn solve(&self, a: &[f64], b: &[f64], cost: Cost) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        self.validate(a, b, &cost)?;
        let (cost, of_cost) = cost.in_own_unit().unwrap_or((cost, 0));
        let units = Units { cost: of_cost, mass: mass_unit(a) };
        let (a, b) = (times(a, -units.mass), times(b, -units.mass));
        let watch = watch.in_unit(units.value());
        let mut solution = self.in_units(units).in_own_units(&a, &b, cost, watch)?;
        // the residual is a gap, in units of the value
        let report = &mut solution.report;
        report.residual = times_power(report.residual, units.cost);
        report.trace.iter_mut().for_each(|(_, gap)| *gap = times_power(*gap, units.cost));
        units.bring_back(solution)
    }

    /// The same problem where costs and masses have these units.
    fn in_units(&self, units: Units) -> Self {
        let strength = |marginal| match marginal {
            Marginal::Exact => Marginal::Exact,
            Marginal::Kl(strength) => Marginal::Kl(times_power(strength, -units.cost)),
            // a cost by a mass
            Marginal::L2(strength) => Marginal::L2(times_power(strength, units.mass - units.cost)),
        };
        let eps = self.eps.map(|eps| times_power(eps, -units.cost));
        Self { rows: strength(self.rows), columns: strength(self.columns), eps, ..*self }
    }

    fn in_own_units(&self, a: &[f64], b: &[f64], cost: Cost, watch: Watch<'_>) -> Result<Solution> {
        let cost = Arc::new(cost);
        let [rows, columns] = [(a, self.rows), (b, self.columns)].map(|(masses, marginal)| Side { masses, marginal });
        let (tolerance, iterations) = (self.tolerance, self.iteration_limit);
        let Some(eps) = self.eps else { return majorise([rows, columns], &cost, tolerance, iterations, watch) };
        let read = match cost.tabulated_if_slow() {
            Cow::Owned(table) => Arc::new(table),
            Cow::Borrowed(_) => Arc::clone(&cost),
        };
        let turned = Arc::new(read.transposed());
        // the side updated last meets its marginal, so an exact one comes first
        if self.columns == Marginal::Exact {
            let mut run = EntropicRun::new([columns, rows], [turned, read], eps);
            let end = run.run(tolerance, iterations, watch)?;
            run.turn();
            Ok(run.solution(cost, end))
        } else {
            let mut run = EntropicRun::new([rows, columns], [read, turned], eps);
            let end = run.run(tolerance, iterations, watch)?;
            Ok(run.solution(cost, end))
        }
    }

    fn validate(&self, a: &[f64], b: &[f64], cost: &Cost) -> Result<()> {
        self.rows.validate()?;
        self.columns.validate()?;
        check_positive([("eps", self.eps.unwrap_or(1.0)), ("tolerance", self.tolerance)])?;
        let (n, m) = cost.shape();
        for (masses, marginal, size, what, along) in
            [(a, self.rows, n, "x", "rows of costs"), (b, self.columns, m, "y", "columns of costs")]
        {
            problem::masses(Some(masses), size, 0.0, what, along)?;
            let value = total(masses);
            if !(1e-250..=1e250).contains(&value) {
                return Err(Error::out_of_domain(
                    format!("total of the weights of {what}"),
                    value,
                    "between 1e-250 and 1e250",
                ));
            }
            let value = Side { masses, marginal }.size();
            if !value.is_finite() {
                let expected = "a finite number; rescale the masses".to_owned();
                let what = format!("penalty of moving none of the weights of {what}");
                return Err(Error::out_of_domain(what, value, expected));
            }
        }
        let refused = |why: &str| Err(Error::unsupported("unbalanced transport with these marginals", why));
        match (self.eps, self.rows, self.columns) {
            (_, Marginal::Exact, Marginal::Exact) => refused("both are exact; use Sinkhorn or Exact"),
            (Some(_), ..) | (None, Marginal::Kl(_), Marginal::Kl(_)) | (None, Marginal::L2(_), Marginal::L2(_)) => {
                Ok(())
            }
            _ => refused("without regularisation both must be KL or both L2"),
        }
    }
}
