//! The regularised problem of [`Unbalanced`](crate::transport::unbalanced::Unbalanced): one potential, a constant moved between the
//! two, and the other potential in turn, in the log domain.

use crate::certificate::{Found, Report, Status};
use crate::error::{Error, Result};
use crate::numeric::Sum;
use crate::transport::entropic::rows::softmin::softmin;
use crate::transport::problem::certify::ULPS;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::Watch;
use crate::transport::problem::plan::{Entropic, Plan};
use crate::transport::problem::solution::{Regularised, Solution};
use crate::transport::problem::total;
use crate::transport::unbalanced::marginal::{Marginal, Side, feasible, proven, translation};
use std::sync::Arc;

/// From one `eps` to the next, and the relative gap at which a larger `eps` than the one asked for has done its work.
const STAGE_FACTOR: f64 = 4.0;
const STAGE_TOLERANCE: f64 = 1e-3;

/// The entropic problem under way. Index 0 is the side that is updated last.
pub(in crate::transport) struct EntropicRun<'m> {
    sides: [Side<'m>; 2],
    /// Costs by rows of the first side, and by rows of the second.
    costs: [Arc<Cost>; 2],
    /// Logarithms of the two factors of the reference measure.
    logs: [Vec<f64>; 2],
    potentials: [Vec<f64>; 2],
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

impl<'m> EntropicRun<'m> {
    pub(in crate::transport) fn new(sides: [Side<'m>; 2], costs: [Arc<Cost>; 2], eps: f64) -> Self {
        let half = 0.25 * (total(sides[0].masses).ln() + total(sides[1].masses).ln());
        let logs = sides.map(|side| side.masses.iter().map(|a| a.ln() - half).collect());
        let potentials = sides.map(|side| vec![0.0; side.masses.len()]);
        Self { sides, costs, logs, potentials, shift: half, eps }
    }

    /// Takes the second side for the first.
    pub(in crate::transport) fn turn(&mut self) {
        self.sides.reverse();
        self.costs.reverse();
        self.logs.reverse();
        self.potentials.reverse();
    }

    /// The soft minimum that side `k` sees, so that the mass arriving at a point is `a exp((u - soft)/eps)`.
    fn soft(&self, k: usize, eps: f64) -> Vec<f64> {
        let other = 1 - k;
        let heights: Vec<f64> =
            self.logs[other].iter().zip(&self.potentials[other]).map(|(ln, p)| ln + p / eps).collect();
        let mut soft = softmin(&self.costs[k], &heights, eps);
        soft.iter_mut().for_each(|s| *s += eps * self.shift);
        soft
    }

    fn update(&mut self, k: usize, soft: &[f64], eps: f64) -> Result<()> {
        let side = self.sides[k];
        for ((p, &soft), &a) in self.potentials[k].iter_mut().zip(soft).zip(side.masses) {
            if side.marginal == Marginal::Exact && a > 0.0 && soft == f64::INFINITY {
                return Err(Error::infeasible(
                    "the unbalanced transport problem",
                    "a point of the exact marginal has only forbidden arcs (infinite costs) to points with mass",
                ));
            }
            *p = side.marginal.update(soft, a, eps);
        }
        Ok(())
    }

    /// The duality gap, and the mass of the plan: it brings `b exp((v - soft)/eps)` to the second side, and to the first what
    /// that asks for.
    fn gap(&self, soft: &[f64], eps: f64) -> (f64, f64) {
        let side = self.sides[1];
        let points = || side.masses.iter().zip(self.potentials[1].iter().zip(soft)).filter(|(b, _)| **b > 0.0);
        let arrived = |b: f64, v: f64, soft: f64| b * ((v - soft) / eps).exp();
        let gap = Sum::of(points().map(|(&b, (&v, &soft))| {
            let (x, asked) = (arrived(b, v, soft), side.marginal.asked(v, b));
            match side.marginal {
                Marginal::L2(strength) => 0.5 * strength * (x - asked) * (x - asked) + (v - strength * b).max(0.0) * x,
                marginal => marginal.penalty(x, asked),
            }
        }));
        (gap, Sum::of(points().map(|(&b, (&v, &soft))| arrived(b, v, soft))))
    }

    pub(in crate::transport) fn run(
        &mut self,
        tolerance: f64,
        iteration_limit: usize,
        mut watch: Watch<'_>,
    ) -> Result<End> {
        let (mut iterations, mut trace) = (0, Vec::new());
        let mut stage = self.coarsest().max(self.eps);
        loop {
            let last = stage <= self.eps;
            let target = if last { tolerance } else { STAGE_TOLERANCE.max(tolerance) };
            let soft = self.soft(0, stage);
            self.update(0, &soft, stage)?;
            loop {
                let soft = self.soft(1, stage);
                let (gap, mass) = self.gap(&soft, stage);
                if last {
                    trace.push((iterations, gap));
                }
                let scale = self.dual(mass, stage).abs().max(stage * mass);
                let status = if gap <= target * scale {
                    Some(Status::Converged)
                } else if gap.is_nan() {
                    Some(Status::Diverged)
                } else if iterations >= iteration_limit {
                    Some(Status::IterationLimit)
                } else {
                    watch.check(iterations, || self.bracket(stage))
                };
                match status {
                    Some(Status::Converged) if !last => break,
                    Some(status) => {
                        let mut gap = gap;
                        if !last {
                            // stopped at a larger eps: what the potentials prove is computed at the one asked for
                            let soft = self.soft(0, self.eps);
                            self.update(0, &soft, self.eps)?;
                            gap = self.gap(&self.soft(1, self.eps), self.eps).0;
                        }
                        let seconds = watch.started().elapsed().as_secs_f64();
                        return Ok(End { status, iterations, gap, seconds, trace });
                    }
                    None => {}
                }
                iterations += 1;
                self.update(1, &soft, stage)?;
                let shift = translation(&self.sides, &self.potentials[0], &self.potentials[1]);
                self.potentials[1].iter_mut().for_each(|v| *v -= shift);
                let soft = self.soft(0, stage);
                self.update(0, &soft, stage)?;
            }
            stage = (stage / STAGE_FACTOR).max(self.eps);
        }
    }

    /// Where the descent of `eps` starts: at the mean cost the plan is nearly a product.
    fn coarsest(&self) -> f64 {
        let [a, b] = self.sides.map(|side| {
            let total = total(side.masses);
            side.masses.iter().map(|w| w / total).collect::<Vec<f64>>()
        });
        let mut costs = vec![0.0; b.len()];
        let (mut cost, mut mass) = (Sum::new(), Sum::new());
        for (i, a) in a.iter().enumerate() {
            self.costs[0].fill(i, 0, &mut costs);
            for (c, b) in costs.iter().zip(&b).filter(|(c, _)| c.is_finite()) {
                cost.add(a * b * c.abs());
                mass.add(a * b);
            }
        }
        if mass.value() > 0.0 { cost.value() / mass.value() } else { 0.0 }
    }

    /// The dual value of the regularised problem, for a plan of this mass.
    fn dual(&self, mass: f64, eps: f64) -> f64 {
        let reference = (2.0 * self.shift).exp();
        self.sides[0].dual_on_support(&self.potentials[0]) + self.sides[1].dual_on_support(&self.potentials[1])
            - eps * (mass - reference)
    }

    fn bracket(&self, eps: f64) -> (f64, f64) {
        let (u, v) = feasible(&self.costs[0], &self.sides, &self.potentials[1]);
        let values = self.values(&self.plan(Arc::clone(&self.costs[0]), eps), eps);
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
            let c = self.costs[0].at(i, j);
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
        let report = Report::of(Found {
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
        Solution { potentials: (u, v), plan, report, regularised: Some(regularised), root: 1.0.into() }
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
