//! Entropic transport by Sinkhorn's iteration, in the log domain throughout.
//!
//! ```text
//! min over plans P of  sum P_ij c_ij + eps KL(P | R),   R_ij = a_i b_j / total,
//! ```
//!
//! whose solution is `P_ij = R_ij exp((f_i + g_j - c_ij)/eps)`. Each half-step makes one marginal exact,
//! `f_i = -eps ln sum_j (b_j/total) exp((g_j - c_ij)/eps)`, as a log-sum-exp that cannot overflow, underflow to zero or
//! divide by it. From a large `eps` down to the one asked for, the potentials of one are the start of the next; where
//! the iteration is slow and the problem not too large, Newton steps ([`newton`]) finish it.
//!
//! What is proven: the entropic plan, its marginals made exact by rounding, is a plan, so its cost is an upper bound of
//! the *unregularised* optimum; the c-transform of the potentials is feasible, so its dual value is a lower bound.
//!
//! Sources: Cuturi 2013 (arXiv:1306.0895), Altschuler, Weed, Rigollet 2017 (arXiv:1705.09634) for the rounding, Peyré
//! and Cuturi 2019, section 4.4 (arXiv:1803.00567).

use super::certify::{c_transform, dual_value};
use super::cost::Cost;
use super::newton;
use super::plan::{Entropic, Plan};
use super::problem::{self, Problem};
use super::progress::{Limits, Progress, Watch};
use super::solution::{Regularised, Solution};
use crate::certificate::{Report, Status};
use crate::error::{Error, Result};
use crate::numeric::{Sum, x_ln_x_over_y};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::time::Duration;

/// The entropic solver.
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
    /// The solver for the regularisation `eps > 0`, in units of the cost. Tolerance 1e-9, at most 10,000 iterations.
    #[must_use]
    pub fn new(eps: f64) -> Self {
        Self { eps, relative: false, tolerance: 1e-9, iteration_limit: 10_000, limits: Limits::default() }
    }

    /// Measures `eps` in units of the mean cost, `sum a_i b_j c_ij`, over arcs that are not forbidden.
    #[must_use]
    pub fn relative_to_mean_cost(self) -> Self {
        Self { relative: true, ..self }
    }

    /// Stops when the L1 distance of the marginals from those asked for is at most this part of the total.
    #[must_use]
    pub fn tolerance(self, tolerance: f64) -> Self {
        Self { tolerance, ..self }
    }

    /// Stops after so many iterations (of two half-steps, those at larger `eps` included).
    #[must_use]
    pub fn iteration_limit(self, iterations: usize) -> Self {
        Self { iteration_limit: iterations, ..self }
    }

    /// Stops after so much time.
    #[must_use]
    pub fn time_limit(self, limit: Duration) -> Self {
        Self { limits: Limits { time: Some(limit), ..self.limits }, ..self }
    }

    /// Calls `observer` a few times a second; [`ControlFlow::Break`] stops the solver with [`Status::Interrupted`].
    #[must_use]
    pub fn on_progress(self, observer: &'a (dyn Fn(&Progress) -> ControlFlow<()> + 'a)) -> Self {
        Self { limits: Limits { observer: Some(observer), ..self.limits }, ..self }
    }

    /// Solves the problem. O(n m) an iteration.
    ///
    /// `report.primal` and `report.dual` bracket the *unregularised* cost, `report.residual` is the L1 marginal error
    /// of the entropic plan before it is rounded, `status` tells whether that met the tolerance. The values of the
    /// entropic problem are in [`Solution::regularised`]. The plan returned is the rounded one.
    ///
    /// # Errors
    /// `eps` or the tolerance not positive and finite; [`Error::Infeasible`] if a point that has mass has only
    /// forbidden arcs to points that have.
    pub fn solve(&self, problem: &Problem) -> Result<Solution> {
        let mut watch = Watch::start(self.limits);
        for (what, value) in [("eps", self.eps), ("tolerance", self.tolerance)] {
            if !(value > 0.0 && value.is_finite()) {
                return Err(Error::OutOfDomain {
                    what: what.to_owned(),
                    value,
                    expected: "a positive number".to_owned(),
                });
            }
        }
        let scaling = Scaling::of(problem);
        let eps = self.eps_for(problem);
        let (potentials, iterations, residual, status, trace) = self.iterate(problem, &scaling, eps, &mut watch)?;
        let rounded = scaling.round(problem, eps, &potentials);
        let values = scaling.values(&rounded, eps, &potentials);

        let (mut u, mut v) = potentials.clone();
        c_transform(&scaling.rows, &mut u, &mut v);
        let (a, b) = (problem.a(), problem.b());
        let dual = dual_value(a, b, &u, &v);
        let report = Report {
            method: "sinkhorn",
            status,
            iterations,
            primal: values.rounded,
            dual,
            residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace,
        };
        let regularised = Regularised {
            eps,
            linear: values.linear,
            primal: values.rounded + eps * values.divergence,
            dual: dual_value(a, b, &potentials.0, &potentials.1) - eps * (values.mass - scaling.total),
            potentials,
        };
        let plan = Plan::entropic(rounded);
        Ok(Solution { potentials: (u, v), plan, report, regularised: Some(regularised), root: problem.root() })
    }

    /// The regularisation in units of the cost.
    pub(super) fn eps_for(&self, problem: &Problem) -> f64 {
        let mean = if self.relative { mean_cost(problem) } else { 1.0 };
        // where nothing costs anything every eps has the same solution
        if mean > 0.0 { self.eps * mean } else { self.eps }
    }

    /// The same solver with `eps` as given, in units of the cost.
    pub(super) fn absolute(self, eps: f64) -> Self {
        Self { eps, relative: false, ..self }
    }

    fn iterate(&self, problem: &Problem, scaling: &Scaling, eps: f64, watch: &mut Watch<'_>) -> Result<Iterated> {
        let mut trace = Vec::new();
        let mut iterations = 0;
        let mut g = vec![0.0; scaling.b.len()];
        let mut stage = scaling.coarsest().max(eps);
        loop {
            let last = stage <= eps;
            let target = if last { self.tolerance } else { STAGE_TOLERANCE.max(self.tolerance) } * scaling.total;
            let mut in_stage = 0;
            let mut f = half_step(&scaling.rows, &scaling.ln_b, &g, stage, &scaling.a)?;
            loop {
                // the column sums of the present plan are b_j exp((g_j - next_j)/eps); its row sums are exact
                let next = half_step(&scaling.columns, &scaling.ln_a, &f, stage, &scaling.b)?;
                let errors = scaling.b.iter().zip(g.iter().zip(&next));
                let residual = Sum::of(
                    errors.map(|(b, (g, next))| if *b > 0.0 { b * ((g - next) / stage).exp_m1().abs() } else { 0.0 }),
                );
                if last {
                    trace.push((iterations, residual));
                }
                let status = if residual <= target {
                    Some(Status::Converged)
                } else if iterations >= self.iteration_limit {
                    Some(Status::IterationLimit)
                } else {
                    watch.check(iterations, || scaling.bracket(problem, stage, &f, &g))
                };
                match status {
                    // at a larger eps than the one asked for, this only says that it has done its work
                    Some(Status::Converged) if !last => break,
                    Some(status) if last => return Ok(((f, g), iterations, residual, status, trace)),
                    // stopped before the eps asked for was reached: its marginal error is that of these potentials there
                    Some(status) => {
                        f = half_step(&scaling.rows, &scaling.ln_b, &g, eps, &scaling.a)?;
                        let residual = scaling.column_error(eps, &f, &g)?;
                        trace.push((iterations, residual));
                        return Ok(((f, g), iterations, residual, status, trace));
                    }
                    None => {}
                }
                (iterations, in_stage) = (iterations + 1, in_stage + 1);
                let jump = if in_stage > PATIENCE { scaling.newton(stage, &f, &g)? } else { None };
                g = jump.unwrap_or(next);
                f = half_step(&scaling.rows, &scaling.ln_b, &g, stage, &scaling.a)?;
            }
            stage = (stage / STAGE_FACTOR).max(eps);
        }
    }
}

/// From one `eps` to the next.
const STAGE_FACTOR: f64 = 4.0;
/// Marginal error at which a larger `eps` than the one asked for has done its work.
const STAGE_TOLERANCE: f64 = 1e-2;
/// Iterations at one `eps` after which Newton steps are tried.
const PATIENCE: usize = 30;
/// Largest problem for Newton steps, in columns and in entries: a step costs n m² operations.
const NEWTON_COLUMNS: usize = 2000;
const NEWTON_ENTRIES: usize = 1 << 23;

/// Potentials, iterations, marginal error, status and the errors on the way.
type Iterated = ((Vec<f64>, Vec<f64>), usize, f64, Status, Vec<(usize, f64)>);

/// One problem in the form the iteration reads: costs by rows and by columns, logarithms of the masses.
struct Scaling {
    rows: Cost,
    columns: Cost,
    a: Vec<f64>,
    b: Vec<f64>,
    /// `ln(a_i/total)` and `ln(b_j/total)`; `-inf` where there is no mass.
    ln_a: Vec<f64>,
    ln_b: Vec<f64>,
    total: f64,
    mean: f64,
}

/// Sums over the entropic plan and the rounded one.
struct Values {
    /// Mass of the entropic plan.
    mass: f64,
    /// Cost of the entropic plan.
    linear: f64,
    /// Cost of the rounded plan.
    rounded: f64,
    /// `KL(rounded plan | R)`.
    divergence: f64,
}

impl Scaling {
    fn of(problem: &Problem) -> Self {
        let rows = problem.cost().tabulated_if_slow().into_owned();
        let columns = rows.transposed();
        let total = problem::total(problem.a());
        let ln = |masses: &[f64]| masses.iter().map(|w| (w / total).ln()).collect();
        let (a, b) = (problem.a().to_vec(), problem.b().to_vec());
        let (ln_a, ln_b) = (ln(&a), ln(&b));
        Self { rows, columns, a, b, ln_a, ln_b, total, mean: mean_cost(problem) }
    }

    /// Where the descent of `eps` starts: at the mean cost the plan is nearly the product of its marginals.
    fn coarsest(&self) -> f64 {
        self.mean
    }

    /// L1 error of the column sums of the plan of these potentials, whose row sums are exact.
    fn column_error(&self, eps: f64, f: &[f64], g: &[f64]) -> Result<f64> {
        let next = half_step(&self.columns, &self.ln_a, f, eps, &self.b)?;
        Ok(marginal_error(&self.b, eps, g, &next))
    }

    /// The bracket of the unregularised cost that these potentials prove.
    fn bracket(&self, problem: &Problem, eps: f64, f: &[f64], g: &[f64]) -> (f64, f64) {
        let potentials = (f.to_vec(), g.to_vec());
        let primal = self.values(&self.round(problem, eps, &potentials), eps, &potentials).rounded;
        let (mut u, mut v) = potentials;
        c_transform(&self.rows, &mut u, &mut v);
        (primal, dual_value(&self.a, &self.b, &u, &v))
    }

    /// The column potentials after a Newton step, halved until the dual value grows; nothing if it does not, or if the
    /// problem is too large.
    fn newton(&self, eps: f64, f: &[f64], g: &[f64]) -> Result<Option<Vec<f64>>> {
        let (n, m) = self.rows.shape();
        if m > NEWTON_COLUMNS || n * m > NEWTON_ENTRIES {
            return Ok(None);
        }
        let plan = newton::plan(&self.rows, eps, f, g, &self.a, &self.ln_b);
        // a Hessian that rounding has made indefinite gives no direction
        let Ok(step) = newton::direction(plan, eps, &self.a, &self.b) else { return Ok(None) };
        let before = dual_value(&self.a, &self.b, f, g);
        let mut length = 1.0;
        for _ in 0..12 {
            let trial: Vec<f64> = g.iter().zip(&step).map(|(g, step)| g + length * step).collect();
            let f = half_step(&self.rows, &self.ln_b, &trial, eps, &self.a)?;
            if dual_value(&self.a, &self.b, &f, &trial) >= before {
                return Ok(Some(trial));
            }
            length *= 0.5;
        }
        Ok(None)
    }

    /// Rounds the entropic plan to exact marginals: rows and columns that are too heavy are scaled down, and what is
    /// then missing is added as a rank-one term.
    fn round(&self, problem: &Problem, eps: f64, (f, g): &(Vec<f64>, Vec<f64>)) -> Entropic {
        let with_mass = |p: &[f64], ln: &[f64], extra: f64| -> Vec<f64> {
            p.iter().zip(ln).map(|(p, ln)| if *ln > f64::NEG_INFINITY { p + eps * (ln + extra) } else { *ln }).collect()
        };
        let mut plan = Entropic {
            cost: problem.shared_cost(),
            eps,
            f: with_mass(f, &self.ln_a, self.total.ln()),
            g: with_mass(g, &self.ln_b, 0.0),
            r: vec![0.0; f.len()],
            s: vec![0.0; g.len()],
        };
        let reduce = |p: &mut [f64], masses: &[f64], sums: &[f64]| {
            for ((p, w), sum) in p.iter_mut().zip(masses).zip(sums) {
                if sum > w {
                    *p += eps * (w / sum).ln();
                }
            }
        };
        let sums = marginal(&self.rows, eps, &plan.f, &plan.g);
        reduce(&mut plan.f, &self.a, &sums);
        let sums = marginal(&self.columns, eps, &plan.g, &plan.f);
        reduce(&mut plan.g, &self.b, &sums);
        let missing = |masses: &[f64], sums: &[f64]| -> Vec<f64> {
            masses.iter().zip(sums).map(|(w, sum)| (w - sum).max(0.0)).collect()
        };
        let rows = missing(&self.a, &marginal(&self.rows, eps, &plan.f, &plan.g));
        let columns = missing(&self.b, &marginal(&self.columns, eps, &plan.g, &plan.f));
        let mass = problem::total(&columns);
        if mass > 0.0 {
            plan.r = rows.iter().map(|w| w / mass).collect();
            plan.s = columns;
        }
        plan
    }

    fn values(&self, rounded: &Entropic, eps: f64, (f, g): &(Vec<f64>, Vec<f64>)) -> Values {
        let m = g.len();
        let by_row = |(i, costs): (usize, &mut Vec<f64>)| {
            self.rows.fill(i, 0, costs);
            let mut sums = [Sum::new(); 4];
            for (j, &c) in costs.iter().enumerate() {
                let reference = self.a[i] * (self.b[j] / self.total);
                if reference > 0.0 {
                    let entropic = (self.ln_a[i] + self.ln_b[j] + (f[i] + g[j] - c) / eps).exp() * self.total;
                    let mass = rounded.at(i, j, c);
                    sums[0].add(entropic);
                    if entropic > 0.0 {
                        sums[1].add(entropic * c);
                    }
                    if mass > 0.0 {
                        sums[2].add(mass * c);
                    }
                    sums[3].add(x_ln_x_over_y(mass, reference) - mass + reference);
                }
            }
            sums.map(|sum| sum.value())
        };
        let rows: Vec<[f64; 4]> =
            (0..f.len()).into_par_iter().map_init(|| vec![0.0; m], |costs, i| by_row((i, costs))).collect();
        let column = |k: usize| Sum::of(rows.iter().map(|row| row[k]));
        Values { mass: column(0), linear: column(1), rounded: column(2), divergence: column(3) }
    }
}

/// `-eps ln sum_j exp(ln_w_j + (p_j - c_ij)/eps)` for every row; rows in parallel, each summed in order.
///
/// A row without mass that reaches nothing gets zero: no plan uses it.
fn half_step(cost: &Cost, ln_w: &[f64], p: &[f64], eps: f64, masses: &[f64]) -> Result<Vec<f64>> {
    let heights: Vec<f64> = ln_w.iter().zip(p).map(|(ln, p)| ln + p / eps).collect();
    let row = |i: usize, terms: &mut [f64]| {
        cost.fill(i, 0, terms);
        let mut highest = f64::NEG_INFINITY;
        for (t, h) in terms.iter_mut().zip(&heights) {
            *t = h - *t / eps;
            highest = highest.max(*t);
        }
        if highest == f64::NEG_INFINITY {
            return if masses[i] > 0.0 { None } else { Some(0.0) };
        }
        let sum: f64 = terms.iter().map(|t| (t - highest).exp()).sum();
        Some(-eps * (highest + sum.ln()))
    };
    let potentials: Option<Vec<f64>> =
        (0..masses.len()).into_par_iter().map_init(|| vec![0.0; p.len()], |terms, i| row(i, terms)).collect();
    potentials.ok_or_else(|| Error::Infeasible {
        what: "the transport problem",
        why: "a point that has mass has only forbidden arcs (infinite costs) to points that have".to_owned(),
    })
}

/// `sum_j |b_j exp((g_j - next_j)/eps) - b_j|`.
fn marginal_error(masses: &[f64], eps: f64, present: &[f64], next: &[f64]) -> f64 {
    let pairs = masses.iter().zip(present.iter().zip(next));
    Sum::of(pairs.map(|(w, (p, next))| if *w > 0.0 { w * ((p - next) / eps).exp_m1().abs() } else { 0.0 }))
}

/// Row sums of `exp((f_i + g_j - c_ij)/eps)`.
fn marginal(cost: &Cost, eps: f64, f: &[f64], g: &[f64]) -> Vec<f64> {
    let row = |i: usize, costs: &mut [f64]| {
        cost.fill(i, 0, costs);
        Sum::of(costs.iter().zip(g).map(|(c, g)| ((f[i] + g - c) / eps).exp()))
    };
    (0..f.len()).into_par_iter().map_init(|| vec![0.0; g.len()], |costs, i| row(i, costs)).collect()
}

/// The mean of `|c_ij|` under the product of the masses, over arcs that are not forbidden.
fn mean_cost(problem: &Problem) -> f64 {
    let (n, m) = problem.shape();
    let mut costs = vec![0.0; m];
    let (mut cost, mut mass) = (Sum::new(), Sum::new());
    for i in 0..n {
        problem.cost().fill(i, 0, &mut costs);
        for (c, b) in costs.iter().zip(problem.b()) {
            if c.is_finite() {
                let w = problem.a()[i] * b;
                cost.add(w * c.abs());
                mass.add(w);
            }
        }
    }
    if mass.value() > 0.0 { cost.value() / mass.value() } else { 0.0 }
}
