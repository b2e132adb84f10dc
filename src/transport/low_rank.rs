//! Transport through a few hubs.
//!
//! Under squared Euclidean costs and with the barycentres `x_k = sum_i Q_ki x_i / w_k` and `y_k = sum_j R_kj y_j / w_k` the cost
//! of `P = Qᵀ diag(1/w) R` is
//!
//! ```text
//! sum_k w_k |x_k - y_k|² + sum_ki Q_ki |x_i - x_k|² + sum_kj R_kj |y_j - y_k|²,
//! ```
//!
//! and for given `R` the best `Q` is the optimal transport from the `x_i` to the `y_k`; likewise `R`. The two are
//! improved in turn, each by an entropic solve of size r×n or r×m whose plan is made exact, and kept if the cost falls.
//!
//! Sources: Forrow, Hütter, Nitzan, Rigollet, Schiebinger, Weed 2019 (arXiv:1806.07348); Scetbon, Cuturi, Peyré 2021
//! (arXiv:2103.04737).

use crate::certificate::{Found, Report, Status};
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::measure::moments;
use crate::measure::unit;
use crate::measure::{Empirical, Gaussian};
use crate::numeric::{Sum, stream, times_power};
use crate::transport::entropic::Sinkhorn;
use crate::transport::gaussian;
use crate::transport::problem::Problem;
use crate::transport::problem::certify::marginal_error;
use crate::transport::problem::cost::Ground;
use crate::transport::problem::limits::{Limits, Watch, limit_setters};
use crate::transport::problem::plan::Plan;
use ndarray::{Array2, Axis};
use rand::RngExt;

/// The solver for plans of low rank under squared Euclidean costs, for clouds so large that `n m` operations are too many:
///
/// ```text
/// P = Qᵀ diag(1/w) R,   Q >= 0 with marginals w, a;   R >= 0 with marginals w, b;   w_k = 1/r
/// ```
///
/// is a plan of rank at most `r` with exact marginals, kept in O((n + m) r). Its cost is an upper bound of the optimum; the
/// distance between Gaussian laws of the same means and covariances is a lower bound (Gelbrich 1990,
/// doi:10.1002/mana.19901470121).
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::LowRank;
/// use ndarray::Array2;
/// let x = Empirical::new(Array2::from_shape_fn((400, 2), |(i, k)| ((i * (k + 3)) % 101) as f64 / 101.0))?;
/// let y = Empirical::new(&x.points() + 1.0)?; // a translation by (1, 1), whose cost is 2
/// let solution = LowRank::new(20).solve(&x, &y)?;
/// assert!(solution.report.dual <= 2.0 + 1e-9 && 2.0 <= solution.report.primal && solution.report.primal < 2.2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct LowRank<'a> {
    rank: usize,
    seed: u64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

/// A plan `Qᵀ diag(1/w) R` through `r` hubs of equal mass, and the bracket of the optimal cost.
#[derive(Debug, Clone)]
pub struct Factored {
    /// `Q`, r×n: which mass of the first law goes through which hub.
    pub from: Plan,
    /// `R`, r×m: which mass of the second law comes through which hub.
    pub to: Plan,
    /// Where the mass of each hub comes from and goes to on average, r×d each.
    pub hubs: (Array2<f64>, Array2<f64>),
    /// `primal` is the cost of the plan, `dual` a lower bound of the optimum (Gaussian, so rarely close), `trace` the cost by
    /// round.
    pub report: Report,
}

/// The regularisation of the two factors, in units of the mean cost; the marginal error before they are made exact.
const EPS: f64 = 3e-3;
const TOLERANCE: f64 = 1e-5;
/// A round that lowers the cost by less than this part of it is the last.
const PROGRESS: f64 = 1e-3;
/// What rounding may do to the difference of the two bounds, in proportion to the second moments that go into them.
const ROUNDING: f64 = 1e-12;
/// What rounding may do to a mean, in proportion to the farthest coordinate.
const ULPS: f64 = 16.0 * f64::EPSILON;

impl<'a> LowRank<'a> {
    /// The solver for plans of rank at most `rank`. Seed 0, at most 20 rounds.
    #[must_use]
    pub fn new(rank: usize) -> Self {
        Self { rank, seed: 0, iteration_limit: 20, limits: Limits::default() }
    }

    /// The seed of the points where the hubs start.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Stops after so many rounds.
    #[must_use]
    pub fn iteration_limit(self, rounds: usize) -> Self {
        Self { iteration_limit: rounds, ..self }
    }

    limit_setters!();

    /// Solves the problem: [`Status::Converged`] where another round gains less than a thousandth. The result is a local
    /// optimum, as always with low rank; the bracket holds regardless. O((n + m) r) a sweep of a round.
    ///
    /// # Errors
    /// A rank of zero; laws of different dimensions, or so far apart that a cost overflows or leaves what [`Sinkhorn`] admits.
    pub fn solve(&self, x: &Empirical, y: &Empirical) -> Result<Factored> {
        let mut watch = Watch::start(self.limits);
        x.same_dimension(y, "x", "y")?;
        if self.rank == 0 {
            return Err(Error::too_few("low-rank plan", 0, 1, "hubs"));
        }
        let ([x, y], unit) = Empirical::in_own_unit(x, y);
        watch = watch.in_unit(2 * unit);
        let Factored { from, to, hubs: (leaving, arriving), mut report } = self.in_own_unit(&x, &y, watch)?;
        let back = |points: Array2<f64>| points.mapv(|t| times_power(t, unit));
        let costs = report.trace.iter_mut().map(|(_, cost)| cost).chain([&mut report.primal, &mut report.dual]);
        costs.for_each(|cost| *cost = times_power(*cost, 2 * unit));
        if !report.primal.is_finite() {
            return Err(Error::out_of_domain(
                "low-rank transport cost",
                report.primal,
                "a finite number; rescale the points",
            ));
        }
        Ok(Factored { from, to, hubs: (back(leaving), back(arriving)), report })
    }

    fn in_own_unit(&self, x: &Empirical, y: &Empirical, mut watch: Watch<'_>) -> Result<Factored> {
        let gaussian = |law: &Empirical| {
            let (mean, cov) = moments(law);
            Gaussian::new(mean, cov)
        };
        let (like_x, like_y) = (gaussian(x)?, gaussian(y)?);
        let dual = gaussian::squared_distance(&like_x, &like_y)?.dual;
        let (a, b) = (unit(x.weights()), unit(y.weights()));

        // the barycentres of the first law's mass; those of the second law's follow from them, and so on in turn
        let mut hubs = self.start(x);
        let (mut best, mut rounds, mut trace) = (f64::INFINITY, 0, Vec::new());
        let mut found = None;
        let status = loop {
            let to = factor(&hubs, y)?;
            let arriving = to.barycentric(y.points());
            let from = factor(&arriving, x)?;
            let leaving = from.barycentric(x.points());
            let cost = between(&leaving, &arriving) + within(x, &a, &leaving) + within(y, &b, &arriving);
            if !cost.is_finite() {
                return Err(Error::out_of_domain(
                    "cost of a low-rank plan",
                    cost,
                    "a finite number; rescale the points",
                ));
            }
            rounds += 1;
            trace.push((rounds, cost));
            hubs.clone_from(&leaving);
            let gained = cost < (1.0 - PROGRESS) * best;
            if found.is_none() || cost < best {
                (best, found) = (cost, Some((from, to, (leaving, arriving))));
            }
            if !gained {
                break Status::Converged;
            }
            if rounds >= self.iteration_limit {
                break Status::IterationLimit;
            }
            if let Some(status) = watch.check(rounds, || (best, dual)) {
                break status;
            }
        };
        let (from, to, hubs) = found.expect("at least one round");
        let masses = vec![1.0 / self.rank as f64; self.rank];
        let residual = marginal_error(&masses, &a, &from).max(marginal_error(&masses, &b, &to));
        // both bounds are differences of second moments about means, and the means are known to the rounding of the points
        let moments = best + like_x.cov().diag().sum() + like_y.cov().diag().sum();
        let farthest = x.points().iter().chain(&y.points()).fold(0.0f64, |far, t| far.max(t.abs()));
        let of_means = ULPS * farthest;
        let rounding = ROUNDING * moments + (2.0 * moments.sqrt() + of_means) * of_means;
        let report = Report::of(Found {
            method: "low rank",
            status,
            iterations: rounds,
            primal: best,
            dual,
            rounding,
            residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace,
        });
        Ok(Factored { from, to, hubs, report })
    }

    /// Points of `x`, one from each r-th part of its mass.
    fn start(&self, x: &Empirical) -> Array2<f64> {
        let mut rng = stream(self.seed, 0);
        let above: Vec<f64> = x
            .weights()
            .iter()
            .scan(0.0, |sum, w| {
                *sum += w;
                Some(*sum)
            })
            .collect();
        let total = above[above.len() - 1];
        let draw = |k: usize, t: f64| (k as f64 + t) / self.rank as f64 * total;
        let row = |t: f64| above.partition_point(|sum| *sum <= t).min(x.len() - 1);
        let rows: Vec<usize> = (0..self.rank).map(|k| row(draw(k, rng.random()))).collect();
        x.points().select(Axis(0), &rows)
    }
}

impl Factored {
    /// The cost of the plan, an upper bound of the optimum.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }

    /// The plan as a matrix. O(n m) memory.
    #[must_use]
    pub fn to_dense(&self) -> Array2<f64> {
        let (from, to) = (self.from.to_dense(), self.to.to_dense());
        matmul(from.t(), to.view()) * self.from.shape().0 as f64
    }
}

/// Transport from hubs of equal mass to a law, with exact marginals.
fn factor(hubs: &Array2<f64>, law: &Empirical) -> Result<Plan> {
    let problem = Problem::between(&Empirical::new(hubs.clone())?, law, Ground::SqEuclidean)?;
    let solver = Sinkhorn::new(EPS).relative_to_mean_cost().tolerance(TOLERANCE).iteration_limit(200);
    Ok(solver.solve(&problem)?.plan)
}

/// The mean squared distance between hubs.
fn between(leaving: &Array2<f64>, arriving: &Array2<f64>) -> f64 {
    let hubs = leaving.nrows() as f64;
    Sum::of((leaving - arriving).iter().map(|t| t * (t / hubs)))
}

/// `sum_ki Q_ki |x_i - x_k|²` for barycentres `x_k` of equal mass: the variance of the law less that of the barycentres.
fn within(law: &Empirical, weights: &[f64], barycentres: &Array2<f64>) -> f64 {
    let mean = barycentres.mean_axis(Axis(0)).expect("at least one hub");
    let squared = |p: ndarray::ArrayView1<'_, f64>| p.iter().zip(&mean).map(|(p, m)| (p - m) * (p - m)).sum::<f64>();
    let whole = Sum::of(law.points().rows().into_iter().zip(weights).map(|(p, w)| w * squared(p)));
    let share = 1.0 / barycentres.nrows() as f64;
    let hubs = Sum::of(barycentres.rows().into_iter().map(|p| share * squared(p)));
    (whole - hubs).max(0.0)
}
