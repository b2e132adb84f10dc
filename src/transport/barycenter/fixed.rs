//! Barycenters on given points, by iterative Bregman projections in the log domain.
//!
//! Sources: Benamou, Carlier, Cuturi, Nenna, Peyré 2015 (arXiv:1412.5154) for the projections; Janati, Cuturi, Gramfort 2020
//! (arXiv:2006.02575) for taking out the blur.

use crate::certificate::{Report, Unchecked};
use crate::error::{Error, Result};
use crate::measure::Pmf;
use crate::numeric::times_power;
use crate::transport::barycenter::projections::{Bounds, Projections};
use crate::transport::entropic::anneal::stages;
use crate::transport::entropic::mean::mean_cost;
use crate::transport::entropic::rows::CostRows;
use crate::transport::problem::cost::Cost;
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::weights::check_weights;

/// The masses of a barycenter on given points, and the bracket of the problem they solve.
#[derive(Debug, Clone)]
pub struct FixedBarycenter {
    /// The masses.
    pub masses: Pmf,
    /// Bounds of the *unregularised* problem: `primal` is `sum_k w_k` times the cost of a plan from the masses to law k, and
    /// `dual` a lower bound for every law on these points. `residual` is the L1 disagreement of the plans about the barycenter (with
    /// debiasing also of its plan to itself), to which the status refers.
    pub report: Report,
}

impl FixedBarycenter {
    /// The weighted mean of what transport from the barycenter to the laws costs: that of the plans found.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }
}

/// The solver for entropic barycenters on given points, such as a grid or bins.
///
/// ```text
/// min over mu of  sum_k w_k OT(mu, nu_k),     w_k >= 0, sum w_k = 1.
/// ```
///
/// Of all plans of the form `exp((f_i + g_j - c_ij)/eps)`, each iteration makes the columns those of the laws and the rows the
/// weighted geometric mean of what they are (iterative Bregman projections, in the log domain). A small `eps` is approached from
/// larger ones. The bracket that comes with the result is that of the problem without regularisation. The regularisation
/// blurs; [`debiased`](Self::debiased) takes the blur out.
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
/// assert!(middle.report.dual <= 9.0 && 9.0 <= middle.cost()); // ½ 3² + ½ 3²
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

    /// The barycenter for the Sinkhorn divergence in place of the entropic cost, which has no blur. The laws must then live on the
    /// points of the barycenter, with symmetric costs. It takes far more iterations.
    ///
    /// The plan of the barycenter to itself is then one of the plans whose disagreement the residual, and with it the status, knows: the
    /// factor that takes the blur out moves slowly, which the other plans do not see.
    #[must_use]
    pub fn debiased(self) -> Self {
        Self { debiased: true, ..self }
    }

    stopping_setters!(
        "Stops when the plans' ideas of the barycenter differ by at most this in L1.",
        "Stops after so many iterations (those at larger `eps` included)."
    );
    limit_setters!();

    /// The barycenter on the rows of `cost` of laws on its columns.
    ///
    /// An iteration is one pass over the costs for each of the K laws, O(K n m), on all threads: in single precision first where
    /// the problem is large, and in double at the end. It takes O(K (n + m)) memory beside the costs, and tables of up to 256 MB where
    /// costs are slow to compute. The bracket takes O(n m) memory for each thread. `report.trace` has the residuals at the
    /// smallest `eps`.
    ///
    /// # Errors
    /// `eps` or tolerance not positive and finite; no laws, not as many weights, weights that are negative or do not sum to one; a law
    /// without the right number of masses; a cost that is not finite; with debiasing, costs that are not symmetric.
    pub fn solve(&self, cost: &Cost, laws: &[Pmf], weights: &[f64]) -> Result<FixedBarycenter> {
        check_positive([("eps", self.eps), ("tolerance", self.tolerance)])?;
        let Some((own, unit)) = cost.in_own_unit() else { return self.in_own_unit(cost, laws, weights) };
        let solver = Self { eps: times_power(self.eps, -unit), limits: self.limits.in_unit(unit), ..*self };
        let FixedBarycenter { masses, mut report } = solver.in_own_unit(&own, laws, weights)?;
        (report.primal, report.dual) = (times_power(report.primal, unit), times_power(report.dual, unit));
        Ok(FixedBarycenter { masses, report })
    }

    fn in_own_unit(&self, cost: &Cost, laws: &[Pmf], weights: &[f64]) -> Result<FixedBarycenter> {
        let mut watch = Watch::start(self.limits);
        check_weights(laws.len(), weights)?;
        // beside costs of one, all that are so large are alike, and all that are so small
        let eps = self.eps.clamp(EPS_RANGE.0, EPS_RANGE.1);
        let (n, m) = cost.shape();
        if let Some((k, law)) = laws.iter().enumerate().find(|(_, law)| law.masses().len() != m) {
            return Err(Error::size_mismatch((format!("law {k}"), law.masses().len()), ("the costs", m), "columns"));
        }
        check_finite(cost)?;
        let columns = cost.transposed();
        let rows = CostRows::of(&columns);
        let mean = mean_cost(&columns, &rows, [&vec![1.0; m], &vec![1.0; n]])?;
        if self.debiased {
            check_symmetric(cost, mean)?;
        }
        let mut run = Projections::new((cost, &columns), laws, weights, self.debiased, self.iteration_limit);
        let (round, status) = run.descend(&rows, &stages(eps, mean), self.tolerance, &mut watch)?;
        let Bounds { primal, dual, rounding } = run.bracket(&round);
        let report = Report::of(Unchecked {
            method: "iterative Bregman projections",
            status,
            iterations: run.iterations,
            primal,
            dual,
            rounding,
            residual: round.residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace: run.trace,
        });
        Ok(FixedBarycenter { masses: Pmf::normalised(round.masses())?, report })
    }
}

/// The regularisations that are told apart, in units of the cost's own.
const EPS_RANGE: (f64, f64) = (1e-200, 1e200);

/// Refuses costs that are not those of one set of points.
fn check_symmetric(cost: &Cost, mean: f64) -> Result<()> {
    let (n, m) = cost.shape();
    if n == m && (0..n).all(|i| (0..i).all(|j| (cost.at(i, j) - cost.at(j, i)).abs() <= 1e-12 * mean)) {
        return Ok(());
    }
    Err(Error::unsupported(
        "a debiased barycenter with these costs",
        "they must be the symmetric costs of one set of points; leave the debiasing out",
    ))
}

/// Refuses a cost that is not finite: then no law need have a barycenter.
fn check_finite(cost: &Cost) -> Result<()> {
    let (n, m) = cost.shape();
    let mut row = vec![0.0; m];
    for i in 0..n {
        cost.fill(i, 0, &mut row);
        if let Some(j) = row.iter().position(|c| !c.is_finite()) {
            return Err(Error::out_of_domain(format!("cost[{i}, {j}]"), row[j], "a finite number"));
        }
    }
    Ok(())
}
