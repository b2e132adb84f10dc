//! Barycenters on given points, by iterative Bregman projections in the log domain.
//!
//! Sources: Benamou, Carlier, Cuturi, Nenna, Peyré 2015 (arXiv:1412.5154) for the projections; Janati, Cuturi, Gramfort 2020
//! (arXiv:2006.02575) for taking out the blur.

use crate::certificate::{Found, Report, Status};
use crate::error::{Error, Result};
use crate::measure::{Pmf, unit};
use crate::numeric::{Sum, logsumexp, times_power};
use crate::transport::entropic::rows::softmin::softmin;
use crate::transport::problem::certify::{ULPS, c_transform, dual_value, size};
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::rounding;
use crate::transport::problem::weights::check_weights;
use rayon::prelude::*;

/// The masses of a barycenter on given points, and the bracket of the problem they solve.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// The masses.
    pub masses: Pmf,
    /// `primal` is `sum_k w_k` times the cost of a plan from the masses to law k, `dual` a lower bound that holds for every law on
    /// these points: both of the *unregularised* problem. `residual` is the L1 disagreement of the plans about
    /// the barycenter, to which the status refers.
    pub report: Report,
}

/// Entropic barycenters on given points (a grid, bins),
///
/// ```text
/// min over mu of  sum_k w_k OT(mu, nu_k),     w_k >= 0, sum w_k = 1,
/// ```
///
/// with the bracket of the unregularised problem on these points, by iterative Bregman projections in the log domain.
///
/// Of all plans of the form `exp((f_i + g_j - c_ij)/eps)` each iteration makes the columns those of the laws and the rows the
/// weighted geometric mean of what they are. The regularisation blurs; [`debiased`](Self::debiased) takes the blur out.
///
/// ```
/// use fenchel::measure::Pmf;
/// use fenchel::transport::{Cost, FixedSupport, Ground};
/// use ndarray::Array2;
/// let grid = Array2::from_shape_fn((9, 1), |(i, _)| i as f64);
/// let cost = Cost::between(grid.view(), grid.view(), Ground::SqEuclidean)?;
/// let at = |k: usize| Pmf::new((0..9).map(|i| f64::from(u8::from(i == k))).collect::<Vec<f64>>());
/// let middle = FixedSupport::new(0.2).debiased().solve(&cost, &[at(1)?, at(7)?], &[0.5, 0.5])?;
/// assert!(middle.masses.masses()[4] > 0.99);
/// assert!(middle.report.dual <= 9.0 && 9.0 <= middle.report.primal); // ½ 3² + ½ 3²
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct FixedSupport<'a> {
    eps: f64,
    debiased: bool,
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl<'a> FixedSupport<'a> {
    /// The solver for the regularisation `eps > 0`, in units of the cost. Tolerance 1e-6, at most 2000 iterations.
    #[must_use]
    pub fn new(eps: f64) -> Self {
        Self { eps, debiased: false, tolerance: 1e-6, iteration_limit: 2000, limits: Limits::default() }
    }

    /// The barycenter for the Sinkhorn divergence instead of the entropic cost: without the blur. The laws must then live on the
    /// points of the barycenter, with symmetric costs.
    #[must_use]
    pub fn debiased(self) -> Self {
        Self { debiased: true, ..self }
    }

    stopping_setters!(
        "Stops when the plans' ideas of the barycenter differ by at most this in L1.",
        "Stops after so many iterations (those at larger `eps` included)."
    );
    limit_setters!();

    /// The barycenter on the rows of `cost` of laws on its columns. O(K n m) an iteration for K laws, each on a thread of its own.
    /// O(K (n + m)) memory beside the costs while it runs (and a table of up to 128 MB each way where costs are slow to compute),
    /// O(n m) for each thread at the end, where the bracket is computed. `report.trace` has the residuals at the smallest `eps`.
    ///
    /// # Errors
    /// `eps` or tolerance not positive and finite; no laws, not as many weights, weights that are negative or do not sum to one; a law
    /// without the right number of masses; a cost that is not finite; with debiasing, costs that are not symmetric.
    pub fn solve(&self, cost: &Cost, laws: &[Pmf], weights: &[f64]) -> Result<Histogram> {
        check_positive([("eps", self.eps), ("tolerance", self.tolerance)])?;
        let Some((own, unit)) = cost.in_own_unit() else { return self.in_own_unit(cost, laws, weights) };
        let solver = Self { eps: times_power(self.eps, -unit), limits: self.limits.in_unit(unit), ..*self };
        let Histogram { masses, mut report } = solver.in_own_unit(&own, laws, weights)?;
        (report.primal, report.dual) = (times_power(report.primal, unit), times_power(report.dual, unit));
        Ok(Histogram { masses, report })
    }

    fn in_own_unit(&self, cost: &Cost, laws: &[Pmf], weights: &[f64]) -> Result<Histogram> {
        let mut watch = Watch::start(self.limits);
        check_weights(laws.len(), weights)?;
        check_positive([("eps", self.eps), ("tolerance", self.tolerance)])?;
        let (n, m) = cost.shape();
        if let Some((k, law)) = laws.iter().enumerate().find(|(_, law)| law.masses().len() != m) {
            return Err(Error::size_mismatch((format!("law {k}"), law.masses().len()), ("the costs", m), "columns"));
        }
        let mean = mean_cost(cost)?;
        if self.debiased {
            let symmetric =
                n == m && (0..n).all(|i| (0..i).all(|j| (cost.at(i, j) - cost.at(j, i)).abs() <= 1e-12 * mean));
            if !symmetric {
                return Err(Error::unsupported(
                    "a debiased barycenter with these costs",
                    "they must be the symmetric costs of one set of points; leave the debiasing out",
                ));
            }
        }
        let table = cost.tabulated_if_slow();
        let mut run = Projections::new(&table, laws, weights, self.debiased);
        let (mut iterations, mut trace) = (0, Vec::new());
        let mut residual;
        let mut stage = mean.max(self.eps);
        let status = 'stages: loop {
            let last = stage <= self.eps;
            let target = if last { self.tolerance } else { STAGE_TOLERANCE.max(self.tolerance) };
            loop {
                residual = run.step(stage);
                iterations += 1;
                if last {
                    trace.push((iterations, residual));
                }
                if residual <= target {
                    if last {
                        break 'stages Status::Converged;
                    }
                    break;
                }
                if iterations >= self.iteration_limit {
                    break 'stages Status::IterationLimit;
                }
                let bounds = || {
                    let found = run.bracket(stage);
                    (found.primal, found.dual)
                };
                if let Some(status) = watch.check(iterations, bounds) {
                    break 'stages status;
                }
            }
            stage = (stage / STAGE_FACTOR).max(self.eps);
        };
        let Bounds { primal, dual, rounding } = run.bracket(stage);
        let report = Report::of(Found {
            method: "iterative Bregman projections",
            status,
            iterations,
            primal,
            dual,
            rounding,
            residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace,
        });
        Ok(Histogram { masses: Pmf::normalised(run.masses())?, report })
    }
}

/// From one `eps` to the next, and the disagreement at which a larger `eps` than the one asked for has done its work.
const STAGE_FACTOR: f64 = 4.0;
const STAGE_TOLERANCE: f64 = 1e-2;

fn mean_cost(cost: &Cost) -> Result<f64> {
    let (n, m) = cost.shape();
    let mut row = vec![0.0; m];
    let mut sum = Sum::new();
    for i in 0..n {
        cost.fill(i, 0, &mut row);
        if let Some(j) = row.iter().position(|c| !c.is_finite()) {
            return Err(Error::out_of_domain(format!("cost[{i}, {j}]"), row[j], "a finite number"));
        }
        row.iter().for_each(|c| sum.add(c.abs()));
    }
    Ok(sum.value() / (n * m) as f64)
}

/// The projections under way.
struct Projections<'p> {
    rows: &'p Cost,
    columns: Cost,
    /// Masses of the laws, and their weights, with totals of one: the constants in the potentials must not count.
    laws: Vec<Vec<f64>>,
    weights: Vec<f64>,
    /// Potentials of each law on the points of the barycenter, and on its own.
    f: Vec<Vec<f64>>,
    g: Vec<Vec<f64>>,
    /// `ln` of the barycenter.
    ln_a: Vec<f64>,
    /// `eps ln d` of the debiasing factor.
    debias: Option<Vec<f64>>,
}

impl<'p> Projections<'p> {
    fn new(rows: &'p Cost, laws: &[Pmf], weights: &[f64], debiased: bool) -> Self {
        let (n, m) = rows.shape();
        Self {
            rows,
            columns: rows.transposed(),
            laws: laws.iter().map(|law| unit(law.masses())).collect(),
            weights: unit(weights),
            f: vec![vec![0.0; n]; laws.len()],
            g: vec![vec![0.0; m]; laws.len()],
            ln_a: vec![-(n as f64).ln(); n],
            debias: debiased.then(|| vec![0.0; n]),
        }
    }

    /// One round of projections; returns the L1 disagreement about the barycenter before it.
    fn step(&mut self, eps: f64) -> f64 {
        // the columns of each plan become those of its law, and the rows are then exp((f - soft)/eps)
        let softs: Vec<(Vec<f64>, Vec<f64>)> = self
            .f
            .par_iter()
            .zip(&self.laws)
            .map(|(f, law)| {
                let scaled = |p: &[f64]| p.iter().map(|p| p / eps).collect::<Vec<f64>>();
                let soft = softmin(&self.columns, &scaled(f), eps);
                let g: Vec<f64> = soft.iter().zip(law).map(|(soft, b)| soft + eps * b.ln()).collect();
                let soft = softmin(self.rows, &scaled(&g), eps);
                (g, soft)
            })
            .collect();
        let n = self.ln_a.len();
        let mean = |i: usize| Sum::of(self.weights.iter().zip(&softs).map(|(w, (_, soft))| w * soft[i]));
        let height: Vec<f64> = (0..n).map(|i| self.debias.as_ref().map_or(0.0, |d| d[i]) - mean(i)).collect();
        let ln_a: Vec<f64> = height.iter().map(|h| h / eps).collect();
        let disagreement = |k: usize| {
            let rows = self.f[k].iter().zip(&softs[k].1).zip(&ln_a);
            Sum::of(rows.map(|((f, soft), ln)| (((f - soft) / eps).exp() - ln.exp()).abs()))
        };
        let residual = Sum::of((0..self.f.len()).map(|k| self.weights[k] * disagreement(k)));
        for (k, (g, soft)) in softs.into_iter().enumerate() {
            self.f[k] = height.iter().zip(&soft).map(|(h, soft)| h + soft).collect();
            self.g[k] = g;
        }
        if let Some(d) = &mut self.debias {
            // d <- sqrt(d a / K d)
            let heights: Vec<f64> = d.iter().map(|d| d / eps).collect();
            let soft = softmin(self.rows, &heights, eps);
            for ((d, soft), ln) in d.iter_mut().zip(soft).zip(&ln_a) {
                *d = 0.5 * (*d + eps * ln + soft);
            }
        }
        self.ln_a = ln_a;
        residual
    }

    fn masses(&self) -> Vec<f64> {
        let height = logsumexp(&self.ln_a);
        self.ln_a.iter().map(|ln| (ln - height).exp()).collect()
    }

    /// Upper and lower bound of the unregularised problem. Above: each plan rounded to the marginals it should have. Below: with
    /// `u_k` the c-transform of `v_k`, no law on these points does better than `sum_k w_k <b_k, v_k> + min_i sum_k w_k u_k,i`.
    fn bracket(&self, eps: f64) -> Bounds {
        let a = self.masses();
        let (n, costs) = (self.rows.shape().0, self.rows.to_dense());
        let each: Vec<OneLaw> = (0..self.laws.len())
            .into_par_iter()
            .map(|k| {
                let b = &self.laws[k];
                let mut plan = costs.clone();
                for ((i, j), p) in plan.indexed_iter_mut() {
                    *p = ((self.f[k][i] + self.g[k][j] - *p) / eps).exp();
                }
                rounding::round(&mut plan, &a, b);
                let terms = || plan.iter().zip(&costs).map(|(p, c)| p * c);
                // without the debiasing the row potentials of all laws (nearly) cancel, and the transforms only raise them
                let debias = |i: usize| self.debias.as_ref().map_or(0.0, |d| d[i]);
                let mut u: Vec<f64> = self.f[k].iter().enumerate().map(|(i, f)| f - debias(i)).collect();
                let mut v = vec![0.0; b.len()];
                c_transform(&self.columns, &mut v, &mut u);
                let (nothing, largest) = (vec![0.0; n], u.iter().fold(0.0f64, |most, u| most.max(u.abs())));
                OneLaw {
                    cost: Sum::of(terms()),
                    moved: terms().map(f64::abs).sum(),
                    dual: dual_value(&nothing, b, &u, &v),
                    excess: f64::EPSILON * (size((&nothing, b), (&u, &v)) + largest),
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

/// What the projections prove, and what rounding may have done to the difference of the two bounds.
struct Bounds {
    primal: f64,
    dual: f64,
    rounding: f64,
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
