//! Entropic transport between masses whose deviations are paid for.
//!
//! A sweep gives the potentials of the rows, each in closed form, and with the same exponentials the masses that arrive at
//! the columns. What the columns ask for at their potentials is known as well, so the duality gap is a sum over columns of
//! the divergence between the two, without cancellation. The potentials of the columns follow from these masses in closed form,
//! up to a constant that is moved between rows and columns. As with masses that are kept, steps are mixed, Newton steps
//! take over where that is slow, and larger `eps` come first.
//!
//! Sources: Chizat, Peyré, Schmitzer, Vialard 2018 (arXiv:1607.05816); Séjourné, Vialard, Peyré 2022 (arXiv:2201.00730) for
//! the constant.

use crate::certificate::{Report, Status, Unchecked};
use crate::error::Result;
use crate::numeric::{Sum, logsumexp};
use crate::transport::entropic::anderson::Mixing;
use crate::transport::entropic::anneal::{ENOUGH, stages};
use crate::transport::entropic::newton::{self, PATIENCE, SHORTEST, Wanted};
use crate::transport::entropic::precision::SMALL;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::Swept;
use crate::transport::entropic::trial::Trial;
use crate::transport::problem::certify::ULPS;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::Watch;
use crate::transport::problem::marginal::{Marginal, Side, feasible, proven, translation};
use crate::transport::problem::plan::{Entropic, Plan};
use crate::transport::problem::solution::{Regularised, Solution};
use crate::transport::problem::total;
use std::sync::Arc;

/// Sweeps in single precision at a larger `eps`.
const ROUGH: usize = 200;
/// The largest gap, as a part of the value, at which Newton steps are tried.
const NEAR_VALUE: f64 = 0.1;
/// The steps that may be taken back before Newton's are given up.
const FAILURES: usize = 10;
/// What keeps a potential where it is, in units of mass.
const RIGID: f64 = 1e150;

/// The entropic problem under way. Index 0 is the side that is updated last; its points are the rows of the costs.
pub(in crate::transport) struct EntropicRun<'m> {
    sides: [Side<'m>; 2],
    cost: Arc<Cost>,
    /// Logarithms of the two factors of the reference measure.
    logs: [Vec<f64>; 2],
    potentials: [Vec<f64>; 2],
    /// The soft minima of the last sweep, where the next one starts.
    guess: Vec<f64>,
    /// `ln(|a| |b|)/4`, half of what normalises the reference.
    shift: f64,
    eps: f64,
}

/// How a run ended.
pub(in crate::transport) struct End {
    status: Status,
    iterations: usize,
    gap: f64,
    seconds: f64,
    trace: Vec<(usize, f64)>,
}

/// What is counted over all stages.
struct Count {
    iterations: usize,
    limit: usize,
    trace: Vec<(usize, f64)>,
    /// The gap of the last sweep.
    gap: f64,
}

/// One stage.
struct Stage {
    eps: f64,
    /// The part of the value at which the gap is small enough.
    target: f64,
    last: bool,
}

impl<'m> EntropicRun<'m> {
    /// The run for these sides, with the costs by rows of the first.
    pub(in crate::transport) fn new(sides: [Side<'m>; 2], cost: Arc<Cost>, eps: f64) -> Self {
        let half = 0.25 * (total(sides[0].masses).ln() + total(sides[1].masses).ln());
        let logs = sides.map(|side| side.masses.iter().map(|a| a.ln() - half).collect());
        let potentials = sides.map(|side| vec![0.0; side.masses.len()]);
        let guess = vec![0.0; sides[0].masses.len()];
        Self { sides, cost, logs, potentials, guess, shift: half, eps }
    }

    /// Takes the second side for the first, with the costs by its rows.
    pub(in crate::transport) fn turn(&mut self, cost: Arc<Cost>) {
        self.sides.reverse();
        self.logs.reverse();
        self.potentials.reverse();
        self.cost = cost;
    }

    /// The potentials of the rows, and the masses that arrive at the columns.
    fn sweep<T: Float>(&mut self, rows: &CostRows<'_, T>, eps: f64) -> Result<Swept> {
        let heights: Vec<f64> = self.logs[1].iter().zip(&self.potentials[1]).map(|(ln, p)| p + eps * ln).collect();
        let (side, half) = (self.sides[0], eps * self.shift);
        let swept = rows.sweep_by(eps, &heights, &self.guess, |i, soft| {
            let (a, soft) = (side.masses[i], soft + half);
            if side.marginal == Marginal::Exact && a > 0.0 && soft == f64::INFINITY {
                return None;
            }
            let f = side.marginal.update(soft, a, eps);
            Some((f, if a > 0.0 { a * ((f - soft) / eps).exp() } else { 0.0 }))
        })?;
        self.potentials[0].clone_from(&swept.f);
        self.guess.clone_from(&swept.soft);
        Ok(swept)
    }

    /// The duality gap, and the mass of the plan: what arrives at the columns, and brings to the rows what they ask for.
    fn gap(&self, swept: &Swept) -> (f64, f64) {
        let side = self.sides[1];
        let points =
            || side.masses.iter().zip(self.potentials[1].iter().zip(&swept.columns)).filter(|(b, _)| **b > 0.0);
        let gap = Sum::of(points().map(|(&b, (&v, &arrived))| side.marginal.excess(arrived, v, b)));
        (gap, Sum::of(points().map(|(_, (_, arrived))| *arrived)))
    }

    /// The step of the columns that alternating maximisation takes, the constant included.
    fn plain<T: Float>(&self, swept: &Swept, eps: f64) -> Vec<f64> {
        let side = self.sides[1];
        let soft = |j: usize, b: f64| {
            let arrived = swept.columns[j];
            // what single precision cannot tell from nothing is summed up again
            let known = arrived > b * if T::SINGLE { 1e-20 } else { 1e-200 } && arrived < f64::INFINITY;
            if known { self.potentials[1][j] + eps * (b / arrived).ln() } else { self.soft(j, eps) }
        };
        let next = |(j, &b): (usize, &f64)| if b > 0.0 { side.marginal.update(soft(j, b), b, eps) } else { 0.0 };
        let mut g: Vec<f64> = side.masses.iter().enumerate().map(next).collect();
        let shift = translation(&self.sides, &self.potentials[0], &g);
        g.iter_mut().for_each(|v| *v -= shift);
        g.iter().zip(&self.potentials[1]).map(|(next, g)| next - g).collect()
    }

    /// The soft minimum that a column sees, so that the mass arriving there is `b exp((v - soft)/eps)`.
    fn soft(&self, j: usize, eps: f64) -> f64 {
        let rows = self.logs[0].iter().zip(&self.potentials[0]).enumerate();
        let terms: Vec<f64> = rows.map(|(i, (ln, p))| ln + (p - self.cost.at(i, j)) / eps).collect();
        let height = logsumexp(&terms);
        if height > f64::NEG_INFINITY { eps * (self.shift - height) } else { f64::INFINITY }
    }

    /// The Newton step for the columns. CostRows follow, more or less as the penalty of their masses is soft or stiff.
    fn newton<T: Float>(&self, rows: &CostRows<'_, T>, eps: f64, swept: &Swept, plain: &[f64]) -> Option<Vec<f64>> {
        let side = self.sides[1];
        let points = || side.masses.iter().zip(&self.potentials[1]);
        let heights: Vec<f64> = self.logs[1].iter().zip(&self.potentials[1]).map(|(ln, p)| p + eps * ln).collect();
        let missing = points().zip(&swept.columns).zip(plain).map(|(((&b, &v), arrived), plain)| {
            if b > 0.0 && *plain != 0.0 { side.marginal.asked(v, b) - arrived } else { 0.0 }
        });
        let of_rows = |(&a, &u): (&f64, &f64)| self.sides[0].marginal.stiffness(u, a, eps);
        let of_columns = |((&b, &v), plain): ((&f64, &f64), &f64)| {
            // a potential that its penalty holds at an end stays there
            if b > 0.0 && *plain == 0.0 { RIGID } else { side.marginal.stiffness_inside(v, b, eps) }
        };
        let stiffness = [
            self.sides[0].masses.iter().zip(&self.potentials[0]).map(of_rows).collect(),
            points().zip(plain).map(of_columns).collect(),
        ];
        let wanted = Wanted { masses: side.masses, missing: missing.collect(), plain, stiffness: Some(stiffness) };
        newton::step(rows, eps, wanted, &heights, swept)
    }

    /// Descends from large `eps` to the one asked for.
    pub(in crate::transport) fn run(
        &mut self,
        mean_cost: f64,
        tolerance: f64,
        iteration_limit: usize,
        mut watch: Watch<'_>,
    ) -> Result<End> {
        let cost = Arc::clone(&self.cost);
        let rows = CostRows::<f64>::of(&cost);
        let (n, m) = rows.shape();
        let mut single = (n * m >= SMALL).then(|| CostRows::<f32>::of(&cost));
        let stages = stages(self.eps, mean_cost);
        let mut count = Count { iterations: 0, limit: iteration_limit, trace: Vec::new(), gap: f64::INFINITY };
        let mut status = Status::Converged;
        for (k, &eps) in stages.iter().enumerate() {
            let last = k + 1 == stages.len();
            let stage = Stage { eps, target: if last { tolerance } else { ENOUGH.max(tolerance) }, last };
            if let (Some(rows), false) = (&single, last) {
                count.limit = iteration_limit.min(count.iterations + ROUGH);
                let rough = self.descend(rows, &stage, &mut count, &mut watch);
                count.limit = iteration_limit;
                if let Ok(stopped @ (Status::TimeLimit | Status::Interrupted)) = rough {
                    status = stopped;
                    break;
                }
                // costs beyond single precision are infinite in it, and the next stage is as good a start in double
                if rough.is_err() || self.potentials.iter().flatten().any(|p| !p.is_finite()) {
                    single = None;
                    self.potentials.iter_mut().flatten().chain(&mut self.guess).for_each(|p| *p = 0.0);
                }
                continue;
            }
            status = self.descend(&rows, &stage, &mut count, &mut watch)?;
            if status != Status::Converged {
                break;
            }
        }
        // what is proven must hold for the costs as they are, and for the eps asked for
        let exact = rows.made_exact(&cost);
        match &exact {
            Some(exact) if status == Status::Converged => {
                let stage = Stage { eps: self.eps, target: tolerance, last: true };
                status = self.descend(exact, &stage, &mut count, &mut watch)?;
            }
            _ if status != Status::Converged => {
                let swept = self.sweep(exact.as_ref().unwrap_or(&rows), self.eps)?;
                count.gap = self.gap(&swept).0;
            }
            _ => {}
        }
        let Count { iterations, trace, gap, .. } = count;
        Ok(End { status, iterations, gap, seconds: watch.started().elapsed().as_secs_f64(), trace })
    }

    /// Steps at one `eps` until the gap is small enough, or the reason why not.
    fn descend<T: Float>(
        &mut self,
        rows: &CostRows<'_, T>,
        stage: &Stage,
        count: &mut Count,
        watch: &mut Watch<'_>,
    ) -> Result<Status> {
        let eps = stage.eps;
        let (mut mixing, mut trial, mut failures) = (Mixing::default(), None::<Trial>, 0);
        for sweeps in 0.. {
            let swept = self.sweep(rows, eps)?;
            let (gap, mass) = self.gap(&swept);
            count.gap = gap;
            if stage.last {
                count.trace.push((count.iterations, gap));
            }
            let dual = self.dual(mass, eps);
            let scale = dual.abs().max(eps * mass);
            // whether the step on trial has led down, perhaps beyond all numbers
            let worse = trial.as_ref().is_some_and(|trial| dual.is_nan() || dual < trial.dual);
            let status = if worse {
                None
            } else if gap <= stage.target * scale && dual.is_finite() {
                // a dual that is no number proves nothing, however large
                Some(Status::Converged)
            } else if gap.is_nan() {
                Some(Status::Diverged)
            } else {
                None
            };
            let stopped = || (count.iterations >= count.limit).then_some(Status::IterationLimit);
            let status = status.or_else(stopped).or_else(|| watch.check(count.iterations, || self.bracket(eps)));
            if let Some(status) = status {
                if let Some(trial) = trial.filter(|_| worse) {
                    self.potentials[1] = trial.before;
                }
                return Ok(status);
            }
            count.iterations += 1;

            let marginal = self.sides[1].marginal;
            if let Some(failed) = trial.take_if(|_| worse) {
                mixing.clear();
                (self.potentials[1], trial) = failed.shorter(|p| marginal.admissible(p));
                failures += usize::from(trial.is_none());
                continue;
            }
            let plain = self.plain::<T>(&swept, eps);
            let near = sweeps >= PATIENCE && failures < FAILURES && gap <= NEAR_VALUE * scale;
            let newton = near.then(|| self.newton(rows, eps, &swept, &plain)).flatten();
            if near && newton.is_none() {
                failures = FAILURES;
            }
            let (step, shortest) = match newton {
                Some(step) => (step, SHORTEST),
                None => (mixing.step(&self.potentials[1], &plain, self.sides[1].masses), 1.0),
            };
            let next = self.potentials[1].iter().zip(&step).map(|(g, step)| marginal.admissible(g + step)).collect();
            // what rounding may do to the dual value
            let noise = T::NOISE * (self.size() + 100.0 * eps * mass);
            let before = std::mem::replace(&mut self.potentials[1], next);
            trial = Some(Trial::of(before, dual - noise, (plain, step), shortest));
        }
        unreachable!("the iteration limit is finite")
    }

    /// The size of the terms of the dual value.
    fn size(&self) -> f64 {
        self.sides[0].terms(&self.potentials[0]) + self.sides[1].terms(&self.potentials[1])
    }

    /// The dual value of the regularised problem, for a plan of this mass.
    fn dual(&self, mass: f64, eps: f64) -> f64 {
        let reference = (2.0 * self.shift).exp();
        self.sides[0].dual_on_support(&self.potentials[0]) + self.sides[1].dual_on_support(&self.potentials[1])
            - eps * (mass - reference)
    }

    fn bracket(&self, eps: f64) -> (f64, f64) {
        let (u, v) = feasible(&self.cost, &self.sides, &self.potentials[1]);
        let values = self.values(&self.plan(Arc::clone(&self.cost), eps), eps);
        (values.primal, proven(&self.sides, (&u, &v)).0)
    }

    fn plan(&self, cost: Arc<Cost>, eps: f64) -> Plan {
        let [f, g] = [0, 1].map(|k| {
            let pairs = self.logs[k].iter().zip(&self.potentials[k]);
            pairs.map(|(ln, p)| if *ln > f64::NEG_INFINITY { p + eps * ln } else { *ln }).collect::<Vec<f64>>()
        });
        let (r, s) = (vec![0.0; f.len()], vec![0.0; g.len()]);
        let (left, right) = (vec![1.0; f.len()], vec![1.0; g.len()]);
        Plan::entropic(Entropic { cost, eps, f, g, left, right, r, s })
    }

    fn values(&self, plan: &Plan, eps: f64) -> Values {
        let [rows, columns] = [&self.sides[0], &self.sides[1]];
        let (n, m) = plan.shape();
        let (mut linear, mut mass, mut size) = (Sum::new(), Sum::new(), Sum::new());
        let (mut at_rows, mut at_columns) = (vec![Sum::new(); n], vec![Sum::new(); m]);
        // KL(P | R) = sum P (f + g - c)/eps - |P| + |R|, since P = R exp((f + g - c)/eps)
        let mut exponent = Sum::new();
        plan.for_each(|i, j, p| {
            let c = self.cost.at(i, j);
            linear.add(p * c);
            size.add((p * c).abs());
            mass.add(p);
            exponent.add(p * (self.potentials[0][i] + self.potentials[1][j] - c));
            at_rows[i].add(p);
            at_columns[j].add(p);
        });
        let reference = (2.0 * self.shift).exp();
        let value = |sums: &[Sum]| sums.iter().map(Sum::value).collect::<Vec<f64>>();
        let penalty = rows.penalty(&value(&at_rows)) + columns.penalty(&value(&at_columns));
        let (primal, size) = (linear.value() + penalty, size.value() + penalty);
        let divergence = exponent.value() - eps * (mass.value() - reference);
        Values { linear: linear.value(), mass: mass.value(), size, primal, regularised: primal + divergence }
    }

    pub(in crate::transport) fn solution(&self, cost: Arc<Cost>, end: End) -> Solution {
        let eps = self.eps;
        let plan = self.plan(Arc::clone(&cost), eps);
        let values = self.values(&plan, eps);
        let (u, v) = feasible(&cost, &self.sides, &self.potentials[1]);
        let (dual, rounding) = proven(&self.sides, (&u, &v));
        let rounding = rounding + ULPS * values.size;
        let report = Report::of(Unchecked {
            method: "unbalanced sinkhorn",
            status: end.status,
            iterations: end.iterations,
            primal: values.primal,
            dual,
            rounding,
            residual: end.gap,
            seconds: end.seconds,
            trace: end.trace,
        });
        let [f, g] = self.potentials.clone();
        let of_the_entropic = proven(&self.sides, (&f, &g)).1 + 1e-13 * eps * (values.mass + (2.0 * self.shift).exp());
        let rounding = of_the_entropic + ULPS * values.size;
        let bounds = (values.regularised, self.dual(values.mass, eps));
        let regularised = Regularised::of(eps, values.linear, bounds, (f, g), rounding);
        Solution { potentials: (u, v), plan, report, regularised: Some(regularised), price: None, root: 1.0.into() }
    }
}

/// Sums over the entropic plan: cost, mass, the size of the terms, the objective without and with the regularisation.
struct Values {
    linear: f64,
    mass: f64,
    size: f64,
    primal: f64,
    regularised: f64,
}
