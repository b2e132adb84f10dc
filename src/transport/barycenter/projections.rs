//! The iterative Bregman projections of [`FixedSupport`](crate::transport::FixedSupport).
//!
//! A round makes the columns of every plan those of its law, and then the rows of all plans their weighted geometric mean `a`:
//!
//! ```text
//! g_j = -eps ln sum_i exp((f_i - c_ij)/eps) + eps ln b_j,   r_i = sum_j exp((f_i + g_j - c_ij)/eps),
//! ln a = sum_k w_k (ln r_k - f_k/eps),                      f_k <- f_k + eps (ln a - ln r_k).
//! ```
//!
//! `g` and `r` of a law come from one [sweep](CostRows::sweep) over its costs. The rounds raise the concave function
//! `sum_k w_k <b_k, g_k>` of the `f_k`, so a mixed step ([`Mixing`]) that lowers it is taken back.
//!
//! With debiasing, `ln a` has the summand `ln d`, and `d <- sqrt(d a / K d)` follows, whose fixed point `d (K d) = a` is a plan of `a`
//! to itself (Janati et al. 2020, arXiv:2006.02575). No function is known that these rounds raise.
//! A mixed step is then taken back when the plain step after it is more than five times as long as the one before.

use crate::error::Result;
use crate::measure::{Pmf, unit};
use crate::numeric::{Sum, logsumexp};
use crate::status::Status;
use crate::transport::entropic::anderson::Mixing;
use crate::transport::entropic::anneal::ENOUGH;
use crate::transport::entropic::precision::{Ended, Nearest, SINGLE, SMALL};
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::Swept;
use crate::transport::problem::certify::{ULPS, c_transform, dual_value, size};
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::Watch;
use crate::transport::problem::rounding;
use rayon::prelude::*;

/// Factor by which a mixed step may lengthen the next one where no function is known to rise.
const LONGER: f64 = 5.0;
/// Points that the mixing remembers with debiasing, whose slow directions are many.
const MEMORY: usize = 50;
/// A point of the barycenter with less mass takes the plain step: it counts too little for the mixing to know its direction.
const LIGHT: f64 = 1e-9;

/// The projections under way.
pub(super) struct Projections<'p> {
    rows: &'p Cost,
    /// The same costs, by the points of the laws.
    columns: &'p Cost,
    /// Masses of the laws and their weights. Their totals are made one, since the brackets must not depend on constants in the potentials.
    laws: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// The potentials of each law on the points of the barycenter, one law after the other. With debiasing `eps ln d` comes last.
    heights: Vec<f64>,
    debiased: bool,
    /// The soft minima of the last round, where the next one starts.
    softs: Vec<Vec<f64>>,
    pub iterations: usize,
    limit: usize,
    pub trace: Vec<(usize, f64)>,
}

/// What one round of projections finds.
pub(super) struct Round {
    eps: f64,
    /// For each law `-eps ln sum_i exp((f_i - c_ij)/eps)` on its points: `g` without the masses. With debiasing that of `d` comes last.
    softs: Vec<Vec<f64>>,
    /// The step of the potentials after which the rows of all plans are the barycenter.
    step: Vec<f64>,
    /// `ln` of the barycenter.
    ln_a: Vec<f64>,
    /// The L1 disagreement of the plans about the barycenter, before the step. With debiasing the plan of the barycenter to itself
    /// is one of them: the factor has its own slow directions, which the other plans do not see.
    pub residual: f64,
    /// `sum_k w_k <b_k, soft_k>`: what rounds without debiasing raise.
    dual: f64,
    /// How much each coordinate of the step counts, and the length of the step in that norm.
    counts: Vec<f64>,
    length: f64,
}

impl Round {
    pub(super) fn masses(&self) -> Vec<f64> {
        let height = logsumexp(&self.ln_a);
        self.ln_a.iter().map(|ln| (ln - height).exp()).collect()
    }
}

/// A mixed step on trial.
struct Trial {
    /// The potentials before it, and the plain step that it replaced.
    heights: Vec<f64>,
    plain: Vec<f64>,
    dual: f64,
    length: f64,
}

impl<'p> Projections<'p> {
    /// `columns` are the transposed costs.
    pub(super) fn new(
        (rows, columns): (&'p Cost, &'p Cost),
        laws: &[Pmf],
        weights: &[f64],
        debiased: bool,
        limit: usize,
    ) -> Self {
        let (n, m) = rows.shape();
        let potentials = laws.len() + usize::from(debiased);
        Self {
            rows,
            columns,
            laws: laws.iter().map(|law| unit(law.masses())).collect(),
            weights: unit(weights),
            heights: vec![0.0; n * potentials],
            debiased,
            softs: vec![vec![0.0; m]; potentials],
            iterations: 0,
            limit,
            trace: Vec::new(),
        }
    }

    /// Runs through the stages: the last round, in double precision, and why it was the last.
    pub(super) fn descend(
        &mut self,
        rows: &CostRows<'_, f64>,
        stages: &[f64],
        tolerance: f64,
        watch: &mut Watch<'_>,
    ) -> Result<(Round, Status)> {
        let columns = self.columns;
        let (m, n) = columns.shape();
        let single = (n * m >= SMALL).then(|| CostRows::<f32>::of(columns));
        let mut single = single.as_ref();
        let last = stages.len() - 1;
        for (k, &stage) in stages.iter().enumerate() {
            let target = if k == last { tolerance } else { ENOUGH.max(tolerance) };
            if let Some(rough) = single {
                // costs beyond single precision are infinite in it
                match self.run(rough, stage, target.max(SINGLE), k == last, watch) {
                    Ok((Ended::Stopped(status), _)) => return Ok((self.round(rows, stage)?, status)),
                    Ok((Ended::Reached, _)) if k < last => continue,
                    Ok(_) => {}
                    Err(_) => single = None,
                }
                if self.heights.iter().any(|p| !p.is_finite()) {
                    self.heights.fill(0.0);
                    single = None;
                }
            }
            match self.run(rows, stage, target, k == last, watch)? {
                (Ended::Stopped(status), round) => return Ok((round, status)),
                (_, round) if k == last => return Ok((round, Status::Converged)),
                _ => {}
            }
        }
        unreachable!("the last stage returns")
    }

    /// Rounds at one `eps` in one precision until the disagreement is at most `target`.
    fn run<T: Float>(
        &mut self,
        rows: &CostRows<'_, T>,
        eps: f64,
        target: f64,
        record: bool,
        watch: &mut Watch<'_>,
    ) -> Result<(Ended, Round)> {
        let mut mixing = if self.debiased { Mixing::remembering(MEMORY) } else { Mixing::default() };
        let mut trial: Option<Trial> = None;
        let mut nearest = Nearest::to(&self.heights, 1.0);
        loop {
            let round = self.round(rows, eps)?;
            self.iterations += 1;
            let residual = round.residual;
            if record {
                self.trace.push((self.iterations, residual));
            }
            nearest.see(residual, &self.heights);
            let ended = if residual <= target {
                Some(Ended::Reached)
            } else if self.iterations >= self.limit {
                Some(Ended::Stopped(Status::IterationLimit))
            } else if T::SINGLE && nearest.is_exhausted(residual) {
                Some(Ended::Exhausted)
            } else {
                watch.check(self.iterations, || self.bracket(&round).values()).map(Ended::Stopped)
            };
            if let Some(ended) = ended {
                let Some(heights) = nearest.instead_of(residual) else { return Ok((ended, round)) };
                self.heights = heights;
                return Ok((ended, self.round(rows, eps)?));
            }
            trial = match trial.filter(|trial| self.is_worse::<T>(&round, trial)) {
                Some(failed) => {
                    mixing.clear();
                    self.heights = sum(&failed.heights, &failed.plain);
                    None
                }
                None => self.advance(&mut mixing, round),
            };
        }
    }

    /// Whether a mixed step has led away from the solution.
    fn is_worse<T: Float>(&self, round: &Round, trial: &Trial) -> bool {
        if self.debiased {
            return round.length > LONGER * trial.length;
        }
        let laws = self.weights.iter().zip(&self.laws).zip(&round.softs);
        let terms: f64 = laws.map(|((w, law), soft)| w * size((&[], law), (&[], soft))).sum();
        round.dual < trial.dual - T::NOISE * (terms + 100.0 * round.eps)
    }

    /// Takes the step of a round, mixed with those before it.
    fn advance(&mut self, mixing: &mut Mixing, round: Round) -> Option<Trial> {
        let mut step = mixing.step(&self.heights, &round.step, &round.counts);
        for ((step, plain), ln) in step.iter_mut().zip(&round.step).zip(round.ln_a.iter().cycle()) {
            // the same points for every law, so that the weighted potentials still cancel
            *step = if *ln < LIGHT.ln() { *plain } else { *step };
        }
        let next = sum(&self.heights, &step);
        let heights = std::mem::replace(&mut self.heights, next);
        self.softs = round.softs;
        Some(Trial { heights, plain: round.step, dual: round.dual, length: round.length })
    }

    /// One round of projections. O(K n m).
    fn round<T: Float>(&self, rows: &CostRows<'_, T>, eps: f64) -> Result<Round> {
        let (n, m) = self.rows.shape();
        let laws = self.laws.len();
        // the debiasing factor is swept as a law without masses
        let nothing = vec![0.0; if self.debiased { m } else { 0 }];
        let masses: Vec<&[f64]> =
            self.laws.iter().chain(self.debiased.then_some(&nothing)).map(Vec::as_slice).collect();
        let swept: Vec<Swept> = (masses.par_iter().zip(&self.softs).enumerate())
            .map(|(k, (law, guess))| rows.sweep(eps, law, &self.heights[k * n..(k + 1) * n], guess))
            .collect::<Result<_>>()?;
        // rows too light for a double are as heavy as the lightest that is one, until their potentials have risen
        let ln_r: Vec<f64> =
            swept[..laws].iter().flat_map(|law| law.columns.iter().map(|r| r.max(f64::MIN_POSITIVE).ln())).collect();
        let d = &self.heights[laws * n..];
        let term = |k: usize, i: usize| self.weights[k] * (ln_r[k * n + i] - self.heights[k * n + i] / eps);
        let mean = |i: usize| Sum::of((0..laws).map(|k| term(k, i)));
        let ln_a: Vec<f64> = (0..n).map(|i| d.get(i).map_or(0.0, |d| d / eps) + mean(i)).collect();
        let mut step: Vec<f64> = ln_r.iter().zip(ln_a.iter().cycle()).map(|(r, a)| eps * (a - r)).collect();
        step.extend(d.iter().zip(&ln_a).zip(swept[laws..].iter().flat_map(|factor| &factor.f)).map(
            // d <- sqrt(d a / K d)
            |((d, ln), soft)| 0.5 * (eps * ln + soft - d),
        ));

        let disagreement = |k: usize| {
            let pairs = swept[k].columns.iter().zip(&ln_a);
            Sum::of(pairs.map(|(r, ln)| (r - ln.exp()).abs()))
        };
        let of_laws = |of: &dyn Fn(usize) -> f64| Sum::of((0..laws).map(|k| self.weights[k] * of(k)));
        // d (K d) is what the plan of the barycenter to itself makes of its masses
        let of_itself = Sum::of(
            step[laws * n..].iter().zip(&ln_a).map(|(half, ln)| ((ln - 2.0 * half / eps).exp() - ln.exp()).abs()),
        );
        let mut residual = of_laws(&disagreement).max(of_itself);
        let dual = of_laws(&|k| dual_value(&[], &self.laws[k], &[], &swept[k].f));
        // a sweep that overflows has no rows, which agree
        if of_itself.is_nan() || swept.iter().any(|law| law.f.iter().any(|soft| !soft.is_finite())) {
            residual = f64::INFINITY;
        }
        let each = self.weights.iter().chain(self.debiased.then_some(&1.0));
        let counts: Vec<f64> = each.flat_map(|w| ln_a.iter().map(move |ln| w * ln.exp())).collect();
        let length = counts.iter().zip(&step).map(|(w, step)| w * step * step).sum::<f64>().sqrt();
        Ok(Round {
            eps,
            softs: swept.into_iter().map(|law| law.f).collect(),
            step,
            ln_a,
            residual,
            dual,
            counts,
            length,
        })
    }

    /// Upper and lower bound of the unregularised problem, after the step of a round. Above: each plan rounded to the marginals it
    /// should have. Below: with `u_k` the c-transform of `v_k`, no law on these points does better than
    /// `sum_k w_k <b_k, v_k> + min_i sum_k w_k u_k,i`.
    pub(super) fn bracket(&self, round: &Round) -> Bounds {
        let (a, costs) = (round.masses(), self.rows.to_dense());
        let n = a.len();
        let heights = sum(&self.heights, &round.step);
        let d = &self.heights[self.laws.len() * n..];
        let each: Vec<OneLaw> = (0..self.laws.len())
            .into_par_iter()
            .map(|k| {
                let (b, f) = (&self.laws[k], &heights[k * n..(k + 1) * n]);
                let g: Vec<f64> = round.softs[k].iter().zip(b).map(|(soft, b)| soft + round.eps * b.ln()).collect();
                let mut plan = costs.clone();
                for ((i, j), p) in plan.indexed_iter_mut() {
                    *p = ((f[i] + g[j] - *p) / round.eps).exp();
                }
                rounding::round(&mut plan, &a, b);
                let terms = || plan.iter().zip(&costs).map(|(p, c)| p * c);
                // without the debiasing the row potentials of all laws (nearly) cancel, and the transforms only raise them
                let mut u: Vec<f64> = (0..n).map(|i| f[i] - d.get(i).unwrap_or(&0.0)).collect();
                let mut v = vec![0.0; b.len()];
                c_transform(self.columns, &mut v, &mut u);
                let largest = u.iter().fold(0.0f64, |most, u| most.max(u.abs()));
                OneLaw {
                    cost: Sum::of(terms()),
                    moved: terms().map(f64::abs).sum(),
                    dual: dual_value(&[], b, &[], &v),
                    excess: f64::EPSILON * (size((&[], b), (&[], &v)) + largest),
                    u,
                }
            })
            .collect();
        let weighted =
            |of: &dyn Fn(&OneLaw) -> f64| Sum::of(self.weights.iter().zip(&each).map(|(w, law)| w * of(law)));
        let lowest = (0..n).map(|i| weighted(&|law| law.u[i])).fold(f64::INFINITY, f64::min);
        Bounds {
            primal: weighted(&|law| law.cost),
            dual: weighted(&|law| law.dual) + lowest - weighted(&|law| law.excess),
            rounding: weighted(&|law| ULPS * law.moved + law.excess),
        }
    }
}

fn sum(x: &[f64], y: &[f64]) -> Vec<f64> {
    x.iter().zip(y).map(|(x, y)| x + y).collect()
}

/// What the projections prove, and what rounding may have done to the difference of the two bounds.
pub(super) struct Bounds {
    pub primal: f64,
    pub dual: f64,
    pub rounding: f64,
}

impl Bounds {
    fn values(&self) -> (f64, f64) {
        (self.primal, self.dual)
    }
}

/// The part of one law in the bounds.
struct OneLaw {
    /// `sum P c` and `sum P |c|`.
    cost: f64,
    moved: f64,
    /// `<b, v>`, and by how much at most rounding has raised what the potentials prove.
    dual: f64,
    excess: f64,
    u: Vec<f64>,
}
