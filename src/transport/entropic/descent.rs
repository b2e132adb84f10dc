//! Sinkhorn's iteration where masses are kept: from a guess at large `eps` to potentials at the one asked for.
//!
//! A [`Descent`] is the iteration at one `eps` on the rows of the costs in one precision. A [`BalancedRun`] is what all of them
//! share: the potentials, and what is counted.

use crate::certificate::Status;
use crate::error::{Error, Result};
use crate::numeric::logsumexp;
use crate::transport::entropic::anderson::Mixing;
use crate::transport::entropic::anneal::ENOUGH;
use crate::transport::entropic::bracket::{Bracket, bracket, mean};
use crate::transport::entropic::newton::{self, PATIENCE, SHORTEST, Wanted};
use crate::transport::entropic::precision::{Ended, Nearest, SINGLE, SMALL};
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::{Swept, column_error};
use crate::transport::entropic::trial::Trial;
use crate::transport::problem::certify::{dual_value, size};
use crate::transport::problem::limits::Watch;
use crate::transport::problem::{self, Problem};

/// The largest marginal error, as a part of the total, at which Newton steps are tried.
const NEAR_MASSES: f64 = 0.3;
/// A column that gets less than this part of its mass has lost contact, and is started again from its best arc.
const STARVED: f64 = 1e-12;
/// A column whose best arc gives it the potential that it has, to this part of `eps`, has lost digits and not contact.
const SAME: f64 = 1e-3;
/// Part of the cost that rounding may add before the marginals are made more exact, to what part of the total at the most, and
/// the sweeps for each of these steps.
const DEAR: f64 = 1e-3;
const EXACT: f64 = 1e-12;
const POLISH: usize = 50;

/// The potentials of one solve, and what is counted over all of it.
pub(super) struct BalancedRun<'p> {
    problem: &'p Problem,
    /// The rows of the costs in double precision.
    rows: &'p CostRows<'p, f64>,
    pub total: f64,
    /// `ln(b_j/total)`, `-inf` where there is no mass.
    ln_b: Vec<f64>,
    pub g: Vec<f64>,
    /// The `f` of the last sweep.
    f: Vec<f64>,
    /// Whether Newton steps are taken at the present `eps`.
    slow: bool,
    pub iterations: usize,
    limit: usize,
    pub trace: Vec<(usize, f64)>,
}

impl<'p> BalancedRun<'p> {
    pub(super) fn of(problem: &'p Problem, rows: &'p CostRows<'p, f64>, limit: usize) -> Self {
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

    /// Goes on with the same costs in other bits.
    pub(super) fn use_rows(&mut self, rows: &'p CostRows<'p, f64>) {
        self.rows = rows;
    }

    /// The iteration at one `eps`.
    fn on<'d, T: Float>(&'d mut self, rows: &'d CostRows<'d, T>, eps: f64) -> Descent<'d, 'p, T> {
        Descent { rows, eps, run: self, heights: Vec::new(), mixing: Mixing::default(), trial: None, sparse: true }
    }

    /// Runs through the stages: the last sweep, in double precision at the smallest `eps`, and why it was the last.
    pub(super) fn descend(&mut self, stages: &[f64], tolerance: f64, watch: &mut Watch<'_>) -> Result<(Swept, Status)> {
        let (problem, rows) = (self.problem, self.rows);
        let single = (self.g.len() * self.f.len() >= SMALL).then(|| CostRows::<f32>::of(problem.cost()));
        let mut single = single.as_ref();
        let (eps, last) = (stages[stages.len() - 1], stages.len() - 1);
        for (k, &stage) in stages.iter().enumerate() {
            let target = if k == last { tolerance } else { ENOUGH.max(tolerance) } * self.total;
            self.slow = false;
            if let Some(rough) = single {
                let reachable = target.max(SINGLE * self.total);
                // costs beyond single precision are infinite in it, and what it calls infeasible need not be
                match self.on(rough, stage).run(reachable, k == last, watch) {
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
            if let (Ended::Stopped(status), _) = self.on(rows, stage).run(target, false, watch)? {
                return Ok((self.sweep_at(eps)?, status));
            }
        }
        unreachable!("the last stage returns")
    }

    /// Sweeps in double precision at the smallest `eps`, until the tolerance is met again.
    pub(super) fn finish(&mut self, eps: f64, tolerance: f64, watch: &mut Watch<'_>) -> Result<(Swept, Status)> {
        let target = tolerance * self.total;
        let (ended, swept) = self.on(self.rows, eps).run(target, true, watch)?;
        let status = match ended {
            Ended::Reached => Status::Converged,
            Ended::Exhausted => Status::Stalled,
            Ended::Stopped(status) => status,
        };
        Ok((swept, status))
    }

    /// Sweeps on where the rounded plan uses dear arcs, and keeps what has the better bracket.
    pub(super) fn polished(
        &mut self,
        eps: f64,
        tolerance: f64,
        (mut swept, mut found): (Swept, Bracket),
        watch: &mut Watch<'_>,
    ) -> Result<(Swept, Bracket)> {
        let dear =
            |found: &Bracket| found.added == f64::INFINITY || found.added > DEAR * (found.primal - found.added).abs();
        let mut target = tolerance;
        while dear(&found) && target > EXACT {
            target *= 1e-3;
            let before = (self.f.clone(), self.g.clone());
            self.limit = self.limit.min(self.iterations + POLISH);
            let (further, _) = self.finish(eps, target, watch)?;
            let bracket = self.bracket_of(eps, &further);
            // the last step may not have been accepted yet
            let met = column_error(self.problem.b(), &further.columns) <= tolerance * self.total;
            if !met || bracket.primal > found.primal {
                (self.f, self.g) = before;
                break;
            }
            (swept, found) = (further, bracket);
        }
        Ok((swept, found))
    }

    /// One sweep in double precision, which moves nothing.
    pub(super) fn sweep_at(&mut self, eps: f64) -> Result<Swept> {
        let swept = self.rows.sweep(eps, self.problem.a(), &self.heights(eps), &self.f)?;
        self.trace.push((self.iterations, column_error(self.problem.b(), &swept.columns)));
        Ok(swept)
    }

    /// What a sweep from the present potentials proves.
    pub(super) fn bracket_of(&self, eps: f64, swept: &Swept) -> Bracket {
        bracket(self.rows, self.problem, eps, &self.g, self.heights(eps), swept)
    }

    /// The bracket of the unregularised cost that the present potentials prove.
    fn bracket(&self, eps: f64) -> (f64, f64) {
        match self.rows.sweep(eps, self.problem.a(), &self.heights(eps), &self.f) {
            Ok(swept) => {
                let found = self.bracket_of(eps, &swept);
                (found.primal, found.dual)
            }
            Err(_) => (f64::INFINITY, f64::NEG_INFINITY),
        }
    }

    fn heights(&self, eps: f64) -> Vec<f64> {
        self.g.iter().zip(&self.ln_b).map(|(g, ln)| g + eps * ln).collect()
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

    /// Gives columns without mass the potential that follows from the rows, as rows without mass have theirs.
    pub(super) fn complete(&mut self, eps: f64, f: &[f64]) {
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

/// The iteration at one `eps`, on the rows of the costs in one precision.
struct Descent<'d, 'p, T: Float> {
    rows: &'d CostRows<'d, T>,
    eps: f64,
    run: &'d mut BalancedRun<'p>,
    /// `G` of the last sweep.
    heights: Vec<f64>,
    mixing: Mixing,
    /// The last step, where it may have to be taken back.
    trial: Option<Trial>,
    /// Whether the plan has few enough entries for Newton steps, as far as is known.
    sparse: bool,
}

impl<T: Float> Descent<'_, '_, T> {
    /// Iterates until the marginal error is at most `target`: the last sweep, and why it was the last.
    fn run(mut self, target: f64, record: bool, watch: &mut Watch<'_>) -> Result<(Ended, Swept)> {
        let mut nearest = Nearest::to(&self.run.g, self.run.total);
        for sweeps in 0.. {
            let swept = self.sweep()?;
            let residual = column_error(self.run.problem.b(), &swept.columns);
            if record {
                self.run.trace.push((self.run.iterations, residual));
            }
            nearest.see(residual, &self.run.g);
            let noise = self.noise(&swept);
            if let Some(ended) = self.ended(residual, target, &nearest, noise, watch) {
                let Some(g) = nearest.instead_of(residual) else { return Ok((ended, swept)) };
                self.run.g = g;
                return Ok((ended, self.sweep()?));
            }
            self.run.iterations += 1;
            let dual = self.dual(&swept);
            if !self.takes_back(dual, noise) && !self.revives(&swept, sweeps == 0)? {
                self.advance(sweeps, residual, dual, &swept);
            }
        }
        unreachable!("the iteration limit is finite")
    }

    /// One pass over the costs: the potentials of the rows, and the column sums of the plan.
    fn sweep(&mut self) -> Result<Swept> {
        self.heights = self.run.heights(self.eps);
        let swept = self.rows.sweep(self.eps, self.run.problem.a(), &self.heights, &self.run.f)?;
        self.run.f.clone_from(&swept.f);
        Ok(swept)
    }

    fn dual(&self, swept: &Swept) -> f64 {
        dual_value(self.run.problem.a(), self.run.problem.b(), &swept.f, &self.run.g)
    }

    /// What rounding may do to the dual value.
    fn noise(&self, swept: &Swept) -> f64 {
        let masses = (self.run.problem.a(), self.run.problem.b());
        T::NOISE * (size(masses, (&swept.f, &self.run.g)) + 100.0 * self.eps * self.run.total)
    }

    /// Whether to stop, and why.
    fn ended(&self, residual: f64, target: f64, nearest: &Nearest, noise: f64, watch: &mut Watch<'_>) -> Option<Ended> {
        if residual <= target {
            Some(Ended::Reached)
        } else if self.run.iterations >= self.run.limit {
            Some(Ended::Stopped(Status::IterationLimit))
        } else if T::SINGLE && nearest.is_exhausted(residual) {
            Some(Ended::Exhausted)
        } else if !T::SINGLE && nearest.stalled_at().is_some_and(|best| self.eps * best <= noise) {
            // the mass of an arc is known to the rounding of its exponent
            Some(Ended::Exhausted)
        } else {
            watch.check(self.run.iterations, || self.run.bracket(self.eps)).map(Ended::Stopped)
        }
    }

    /// Takes the last step back, wholly or in part, if it lowered the dual value. Whether it did.
    fn takes_back(&mut self, dual: f64, noise: f64) -> bool {
        let Some(failed) = self.trial.take_if(|trial| dual < trial.dual - noise) else { return false };
        self.mixing.clear();
        (self.run.g, self.trial) = failed.shorter(|g| g);
        true
    }

    /// Starts columns that have lost contact with all rows again, from `min_i c_ij - f_i`. Whether there were any.
    fn revives(&mut self, swept: &Swept, first: bool) -> Result<bool> {
        let b = self.run.problem.b();
        let starved = |j: usize| b[j] > 0.0 && swept.columns[j] < STARVED * b[j];
        if !(0..b.len()).any(starved) {
            return Ok(false);
        }
        let lowest = self.rows.lowest(self.run.problem.a(), &swept.f);
        let mut revived = false;
        for j in (0..b.len()).filter(|j| starved(*j)) {
            if lowest[j] == f64::INFINITY {
                return Err(Error::infeasible(
                    "the transport problem",
                    "a point that has mass has only forbidden arcs (infinite costs) to points that have",
                ));
            }
            revived |= (lowest[j] - self.run.g[j]).abs() > SAME * self.eps || first;
            self.run.g[j] = lowest[j];
        }
        if revived {
            self.mixing.clear();
            self.trial = None;
        }
        Ok(revived)
    }

    /// Takes the step that follows from a sweep: Newton's where the iteration is slow, a mixed one elsewhere.
    fn advance(&mut self, sweeps: usize, residual: f64, dual: f64, swept: &Swept) {
        let b = self.run.problem.b();
        let next = |(b, c): (&f64, &f64)| if *b > 0.0 && *c > 0.0 { self.eps * (b / c).ln() } else { 0.0 };
        let plain: Vec<f64> = b.iter().zip(&swept.columns).map(next).collect();
        self.run.slow |= sweeps >= PATIENCE;
        let (step, shortest) = match self.newton(residual, swept, &plain) {
            Some(step) => (step, SHORTEST),
            None => (self.mixing.step(&self.run.g, &plain, b), 1.0),
        };
        let next = self.run.g.iter().zip(&step).map(|(g, step)| g + step).collect();
        let before = std::mem::replace(&mut self.run.g, next);
        self.run.centre();
        self.trial = Some(Trial::of(before, dual, (plain, step), shortest));
    }

    /// The Newton step, if the iteration is slow, near enough, and the plan sparse.
    fn newton(&mut self, residual: f64, swept: &Swept, plain: &[f64]) -> Option<Vec<f64>> {
        if !(self.run.slow && self.sparse && residual < NEAR_MASSES * self.run.total) {
            return None;
        }
        let masses = self.run.problem.b();
        let missing = masses.iter().zip(&swept.columns).map(|(b, c)| if *b > 0.0 { b - c } else { 0.0 }).collect();
        let wanted = Wanted { masses, missing, plain, stiffness: None };
        let step = newton::step(self.rows, self.eps, wanted, &self.heights, swept);
        self.sparse = step.is_some();
        step
    }
}
