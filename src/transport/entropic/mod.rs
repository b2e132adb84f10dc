//! Entropic transport by Sinkhorn's iteration, in the log domain throughout.
//!
//! Each half-step makes one marginal exact, `f_i = -eps ln sum_j (b_j/total) exp((g_j - c_ij)/eps)`. Both halves are one pass
//! over the costs with one exponential an entry ([`sweep`](crate::transport::sweep)), first in single precision and at the end in
//! double. Between sweeps the column potentials are mixed ([`anderson`](crate::transport::anderson)), and where that is slow, Newton
//! steps on the sparse plan take over ([`newton`](crate::transport::newton)). A small `eps` is approached from larger ones
//! ([`anneal`](crate::transport::anneal)).
//!
//! Steps other than Sinkhorn's own are taken back when the dual value falls; Sinkhorn's always raises it.
//!
//! Sources: Cuturi 2013 (arXiv:1306.0895), Altschuler, Weed, Rigollet 2017 (arXiv:1705.09634) for the rounding, Peyré
//! and Cuturi 2019, section 4.4 (arXiv:1803.00567).

pub(in crate::transport) mod anderson;
pub(in crate::transport) mod anneal;
pub(in crate::transport) mod bracket;
pub(in crate::transport) mod debiased;
pub(in crate::transport) mod gradient;
pub(in crate::transport) mod newton;
pub(in crate::transport) mod precision;
pub(in crate::transport) mod rows;
pub(in crate::transport) mod unbalanced;

use crate::certificate::{Found, Report, Status};
use crate::error::{Error, Result};
use crate::numeric::{Sum, logsumexp, times_power};
use crate::transport::entropic::anderson::Mixing;
use crate::transport::entropic::anneal::{ENOUGH, stages};
use crate::transport::entropic::bracket::{Bracket, bracket, mean};
use crate::transport::entropic::newton::Wanted;
use crate::transport::entropic::precision::{Ended, Nearest, SINGLE, SMALL};
use crate::transport::entropic::rows::Rows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::{Swept, column_error, lowest, parts, sweep};
use crate::transport::entropic::unbalanced::EntropicRun;
use crate::transport::problem::certify::{ULPS, dual_value, size};
use crate::transport::problem::cost::Ground;
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::marginal::Marginal;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::{Regularised, Solution};
use crate::transport::problem::units::Units;
use crate::transport::problem::{self, Kept, Problem};
use rayon::prelude::*;
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
        let mean = mean_cost(problem, &Rows::of(problem.cost()))?;
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
        let rows = Rows::of(problem.cost());
        let mean = mean_cost(problem, &rows)?;
        let eps = self.eps_of(mean)?;
        let mut descent = Descent::of(problem, &rows, self.iteration_limit);
        let (mut swept, mut status) = descent.descend(&stages(eps, mean), self.tolerance, &mut watch)?;
        let exact = rows.made_exact(problem.cost());
        if let Some(exact) = &exact {
            descent.rows = exact;
            (swept, status) = if status == Status::Converged {
                // there is something to do only where costs are rounded at the size of eps
                descent.finish(eps, self.tolerance, &mut watch)?
            } else {
                (descent.sweep_at(eps)?, status)
            };
        }
        let mut found = descent.bracket_of(eps, &swept);
        // what rounding adds may have to use a dear arc: as long as that shows, there is more to gain from iterating
        let mut polished = self.tolerance;
        let dear =
            |found: &Bracket| found.added == f64::INFINITY || found.added > DEAR * (found.primal - found.added).abs();
        while status == Status::Converged && dear(&found) && polished > 1e-12 {
            polished *= 1e-3;
            let before = (descent.f.clone(), descent.g.clone());
            let further = descent.polish(eps, polished, &mut watch)?;
            let bracket = descent.bracket_of(eps, &further);
            // what it ended with may be a step on trial
            let met = column_error(problem.b(), &further.columns) <= self.tolerance * descent.total;
            if !met || bracket.primal > found.primal {
                (descent.f, descent.g) = before;
                break;
            }
            (swept, found) = (further, bracket);
        }
        descent.complete(eps, &swept.f);

        let (a, b) = (problem.a(), problem.b());
        let residual = if found.is_lost { 0.0 } else { column_error(b, &swept.columns) };
        if found.is_lost && status == Status::Converged {
            status = Status::Stalled;
        }
        let report = Report::of(Found {
            method: "sinkhorn",
            status,
            iterations: descent.iterations,
            primal: mutate!(found.primal, EntropicPrimal, |c| 0.98 * c),
            dual: mutate!(found.dual, EntropicDual, |c| 1.1 * c),
            rounding: found.rounding,
            residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace: descent.trace,
        });
        let (f, g) = (swept.f, descent.g);
        let bounds = (found.regularised, dual_value(a, b, &f, &g));
        let rounding = found.rounding + ULPS * size((a, b), (&f, &g)) + EXPONENT * eps * descent.total;
        let regularised = Regularised::of(eps, found.linear, bounds, (f, g), rounding);
        let (potentials, plan) = (found.potentials, Plan::entropic(found.plan));
        Ok(Solution { potentials, plan, report, regularised: Some(regularised), price: None, root: problem.root() })
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
        let mean = mean_cost(&own, &Rows::of(own.cost()))?;
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
/// Sweeps at one `eps` after which Newton steps are tried, and the largest marginal error at which they are.
const PATIENCE: usize = 12;
const NEAR: f64 = 0.3;
/// A column that gets less than this part of its mass has lost contact, and is started again from its best arc.
const STARVED: f64 = 1e-12;

/// Part of the cost that rounding may add before the marginals are made more exact, and the sweeps for that.
const DEAR: f64 = 1e-3;
const POLISH: usize = 50;
/// What rounding may do to the exponents of a plan that counts.
const EXPONENT: f64 = 1e-13;

/// The state of one solve.
struct Descent<'a> {
    problem: &'a Problem,
    rows: &'a Rows<'a, f64>,
    total: f64,
    /// `ln(b_j/total)`, `-inf` where there is no mass.
    ln_b: Vec<f64>,
    g: Vec<f64>,
    /// The `f` of the last sweep.
    f: Vec<f64>,
    /// Whether Newton steps are taken at the present `eps`.
    slow: bool,
    iterations: usize,
    limit: usize,
    trace: Vec<(usize, f64)>,
}

/// Where the last step came from, to take it back.
struct Taken {
    g: Vec<f64>,
    dual: f64,
    /// Sinkhorn's own step, and the one that was taken in its place.
    plain: Vec<f64>,
    step: Vec<f64>,
    /// How much of it was taken, and the least of it that is worth trying.
    length: f64,
    shortest: f64,
}

impl<'a> Descent<'a> {
    fn of(problem: &'a Problem, rows: &'a Rows<'a, f64>, limit: usize) -> Self {
        let (n, m) = problem.shape();
        let total = problem::total(problem.a());
        Self {
            problem,
            rows,
            total,
            ln_b: problem.b().iter().map(|w| (w / total).ln()).collect(),
            g: vec![0.0; m],
            f: vec![0.0; n],
            slow: false,
            iterations: 0,
            limit,
            trace: Vec::new(),
        }
    }

    fn heights(&self, eps: f64) -> Vec<f64> {
        self.g.iter().zip(&self.ln_b).map(|(g, ln)| g + eps * ln).collect()
    }

    /// Runs through the stages: the last sweep, in double precision at the smallest `eps`, and why it was the last.
    fn descend(&mut self, stages: &[f64], tolerance: f64, watch: &mut Watch<'_>) -> Result<(Swept, Status)> {
        let (problem, rows) = (self.problem, self.rows);
        let single = (self.g.len() * self.f.len() >= SMALL).then(|| Rows::<f32>::of(problem.cost()));
        let mut single = single.as_ref();
        let (eps, last) = (stages[stages.len() - 1], stages.len() - 1);
        for (k, &stage) in stages.iter().enumerate() {
            let target = if k == last { tolerance } else { ENOUGH.max(tolerance) } * self.total;
            self.slow = false;
            if let Some(rows) = single {
                let rough = target.max(SINGLE * self.total);
                // costs beyond single precision are infinite in it, and what it calls infeasible need not be
                match self.run(rows, stage, rough, k == last, watch) {
                    Ok((Ended::Stopped(status), _)) => return Ok((self.sweep_at(eps)?, status)),
                    Ok((Ended::Reached, _)) if k < last => continue,
                    Ok((Ended::Reached | Ended::Exhausted, _)) => {}
                    Err(_) => single = None,
                }
                if self.f.iter().chain(&self.g).any(|p| !p.is_finite()) {
                    (self.f, self.g) = (vec![0.0; self.f.len()], vec![0.0; self.g.len()]);
                    single = None;
                }
            }
            if k == last {
                return self.finish(eps, tolerance, watch);
            }
            if let (Ended::Stopped(status), _) = self.run(rows, stage, target, false, watch)? {
                return Ok((self.sweep_at(eps)?, status));
            }
        }
        unreachable!("the last stage returns")
    }

    fn sweep_at(&mut self, eps: f64) -> Result<Swept> {
        let swept = sweep(self.rows, eps, self.problem.a(), &self.heights(eps), &self.f)?;
        self.trace.push((self.iterations, column_error(self.problem.b(), &swept.columns)));
        Ok(swept)
    }

    /// Sweeps at one `eps` in one precision until the marginal error is at most `target`.
    fn run<T: Float>(
        &mut self,
        rows: &Rows<'_, T>,
        eps: f64,
        target: f64,
        record: bool,
        watch: &mut Watch<'_>,
    ) -> Result<(Ended, Swept)> {
        let (a, b) = (self.problem.a(), self.problem.b());
        let mut mixing = Mixing::default();
        let mut taken: Option<Taken> = None;
        let mut sparse = true;
        let mut nearest = Nearest::to(&self.g, self.total);
        for sweeps in 0.. {
            let heights = self.heights(eps);
            let swept = sweep(rows, eps, a, &heights, &self.f)?;
            self.f.clone_from(&swept.f);
            let residual = column_error(b, &swept.columns);
            if record {
                self.trace.push((self.iterations, residual));
            }
            nearest.see(residual, &self.g);
            let noise = T::NOISE * (size((a, b), (&swept.f, &self.g)) + 100.0 * eps * self.total);
            let ended = if residual <= target {
                Some(Ended::Reached)
            } else if self.iterations >= self.limit {
                Some(Ended::Stopped(Status::IterationLimit))
            } else if T::SINGLE && nearest.is_exhausted(residual) {
                Some(Ended::Exhausted)
            } else if !T::SINGLE && nearest.stalled_at().is_some_and(|best| eps * best <= noise) {
                // the mass of an arc is known to the rounding of its exponent
                Some(Ended::Exhausted)
            } else {
                watch.check(self.iterations, || self.bracket(eps)).map(Ended::Stopped)
            };
            if let Some(ended) = ended {
                let Some(g) = nearest.instead_of(residual) else { return Ok((ended, swept)) };
                self.g = g;
                let swept = sweep(rows, eps, a, &self.heights(eps), &self.f)?;
                self.f.clone_from(&swept.f);
                return Ok((ended, swept));
            }
            self.iterations += 1;

            let dual = dual_value(a, b, &swept.f, &self.g);
            if let Some(taken) = taken.as_mut().filter(|taken| taken.length > 0.0 && dual < taken.dual - noise) {
                mixing.clear();
                taken.length = if 0.25 * taken.length >= taken.shortest { 0.25 * taken.length } else { 0.0 };
                let (step, length) = if taken.length > 0.0 { (&taken.step, taken.length) } else { (&taken.plain, 1.0) };
                self.g = taken.g.iter().zip(step).map(|(g, step)| g + length * step).collect();
                continue;
            }

            if self.feed(rows, eps, &swept, sweeps == 0)? {
                mixing.clear();
                taken = None;
                continue;
            }
            let pairs = b.iter().zip(&swept.columns);
            let plain: Vec<f64> =
                pairs.clone().map(|(b, c)| if *b > 0.0 && *c > 0.0 { eps * (b / c).ln() } else { 0.0 }).collect();
            self.slow |= sweeps >= PATIENCE;
            let newton = if self.slow && sparse && residual < NEAR * self.total {
                let missing = pairs.map(|(b, c)| if *b > 0.0 { b - c } else { 0.0 }).collect();
                let wanted = Wanted { masses: b, missing, plain: &plain, stiffness: None };
                let step = newton::step(rows, eps, wanted, &heights, &swept);
                sparse = step.is_some();
                step
            } else {
                None
            };
            let (step, shortest) = match newton {
                Some(step) => (step, 0.01),
                None => (mixing.step(&self.g, &plain, b), 1.0),
            };
            let next = self.g.iter().zip(&step).map(|(g, step)| g + step).collect();
            let g = std::mem::replace(&mut self.g, next);
            self.centre();
            taken = Some(Taken { g, dual, plain, step, length: 1.0, shortest });
        }
        unreachable!("the iteration limit is finite")
    }

    /// Starts columns that have lost contact with all rows again, from `min_i c_ij - f_i`. Whether there were any.
    fn feed<T: Float>(&mut self, rows: &Rows<'_, T>, eps: f64, swept: &Swept, first: bool) -> Result<bool> {
        let b = self.problem.b();
        let starved = |j: usize| b[j] > 0.0 && swept.columns[j] < STARVED * b[j];
        if !(0..b.len()).any(starved) {
            return Ok(false);
        }
        let lowest = lowest(rows, self.problem.a(), &swept.f);
        let mut fed = false;
        for j in (0..b.len()).filter(|j| starved(*j)) {
            if lowest[j] == f64::INFINITY {
                return Err(Error::infeasible(
                    "the transport problem",
                    "a point that has mass has only forbidden arcs (infinite costs) to points that have",
                ));
            }
            // what gets the same potential again starves for want of digits, not of contact
            fed |= (lowest[j] - self.g[j]).abs() > 1e-3 * eps || first;
            self.g[j] = lowest[j];
        }
        Ok(fed)
    }

    /// Moves the constant that potentials leave open, so that those of the columns are zero on average. Steps add to it, and
    /// digits are lost to it.
    fn centre(&mut self) {
        let mean = mean(self.problem.b(), &self.g);
        if !mean.is_finite() {
            return;
        }
        self.g.iter_mut().for_each(|g| *g -= mean);
        self.f.iter_mut().for_each(|f| *f += mean);
    }

    /// Sweeps in double precision at the smallest `eps`, until the tolerance is met again.
    fn finish(&mut self, eps: f64, tolerance: f64, watch: &mut Watch<'_>) -> Result<(Swept, Status)> {
        let (ended, swept) = self.run(self.rows, eps, tolerance * self.total, true, watch)?;
        let status = match ended {
            Ended::Reached => Status::Converged,
            Ended::Exhausted => Status::Stalled,
            Ended::Stopped(status) => status,
        };
        Ok((swept, status))
    }

    /// More sweeps in double precision, towards a smaller marginal error.
    fn polish(&mut self, eps: f64, tolerance: f64, watch: &mut Watch<'_>) -> Result<Swept> {
        self.limit = self.limit.min(self.iterations + POLISH);
        Ok(self.run(self.rows, eps, tolerance * self.total, true, watch)?.1)
    }

    fn bracket_of(&self, eps: f64, swept: &Swept) -> Bracket {
        bracket(self.rows, self.problem, eps, &self.g, self.heights(eps), swept)
    }

    /// The bracket of the unregularised cost that the present potentials prove.
    fn bracket(&self, eps: f64) -> (f64, f64) {
        match sweep(self.rows, eps, self.problem.a(), &self.heights(eps), &self.f) {
            Ok(swept) => {
                let found = self.bracket_of(eps, &swept);
                (found.primal, found.dual)
            }
            Err(_) => (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    /// Gives columns without mass the potential that follows from the rows, as rows without mass have theirs.
    fn complete(&mut self, eps: f64, f: &[f64]) {
        let a = self.problem.a();
        for j in (0..self.g.len()).filter(|j| self.ln_b[*j] == f64::NEG_INFINITY) {
            let reached = (0..a.len()).filter(|i| a[*i] > 0.0);
            let terms: Vec<f64> =
                reached.map(|i| (a[i] / self.total).ln() + (f[i] - self.problem.cost().at(i, j)) / eps).collect();
            let height = logsumexp(&terms);
            self.g[j] = if height > f64::NEG_INFINITY { -eps * height } else { 0.0 };
        }
    }
}

/// The mean of `|c_ij|` under the product of the masses, over arcs that are not forbidden. O((n + m) d) for squared
/// Euclidean costs, otherwise O(n m).
fn mean_cost(problem: &Problem, rows: &Rows<'_, f64>) -> Result<f64> {
    let share = |masses: &[f64]| {
        let total = problem::total(masses);
        masses.iter().map(|w| w / total).collect::<Vec<f64>>()
    };
    let (a, b) = (share(problem.a()), share(problem.b()));
    let mean = if let Some((x, y, Ground::SqEuclidean)) = problem.cost().points() {
        // about the mean of x the product term vanishes
        let by_column = |k: usize| {
            let mean = Sum::of(x.column(k).iter().zip(&a).map(|(x, w)| w * x));
            let spread = |(p, w): (&f64, &f64)| w * (p - mean) * (p - mean);
            Sum::of(x.column(k).into_iter().zip(&a).chain(y.row(k).into_iter().zip(&b)).map(spread))
        };
        (0..x.ncols()).map(by_column).sum()
    } else {
        let part = |range: std::ops::Range<usize>| {
            let (mut cost, mut mass) = (Sum::new(), Sum::new());
            rows.for_each(range, |i, costs| {
                let (mut row, mut open) = (0.0, 0.0);
                for (c, b) in costs.iter().zip(&b) {
                    let w = if *c < f64::INFINITY { *b } else { 0.0 };
                    row += if w > 0.0 { w * c.abs() } else { 0.0 };
                    open += w;
                }
                cost.add(a[i] * row);
                mass.add(a[i] * open);
            });
            [cost.value(), mass.value()]
        };
        let parts: Vec<[f64; 2]> = parts(a.len()).into_par_iter().map(part).collect();
        let sum = |k: usize| Sum::of(parts.iter().map(|part| part[k]));
        if sum(1) > 0.0 { sum(0) / sum(1) } else { 0.0 }
    };
    if mean.is_finite() {
        return Ok(mean);
    }
    Err(Error::out_of_domain("mean cost", mean, "a finite number; rescale the costs"))
}
