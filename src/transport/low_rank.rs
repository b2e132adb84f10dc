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

use crate::certificate::{Report, Status, Unchecked};
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::measure::{Empirical, Gaussian, MASS_TOLERANCE, moments, unit};
use crate::numeric::{Sum, stream, times_power};
use crate::transport::entropic::Sinkhorn;
use crate::transport::gaussian::map_directions;
use crate::transport::problem::certify::{dual_value, marginal_error};
use crate::transport::problem::cost::Ground;
use crate::transport::problem::limits::{Limits, Watch, limit_setters};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::units::Units;
use crate::transport::problem::{Kept, Problem, total};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis};
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
/// use fenchel::transport::{Ground, LowRank, Problem};
/// use ndarray::Array2;
/// let x = Empirical::new(Array2::from_shape_fn((400, 2), |(i, k)| ((i * (k + 3)) % 101) as f64 / 101.0))?;
/// let y = Empirical::new(&x.points() + 1.0)?; // a translation by (1, 1), whose cost is 2
/// let solution = LowRank::new(20).solve(&Problem::between(&x, &y, Ground::SqEuclidean)?)?;
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

    /// Solves a problem between points under [`Ground::SqEuclidean`] whose masses are kept: [`Status::Converged`] where another
    /// round gains less than a thousandth. The result is a local optimum, as always with low rank; the bracket holds
    /// regardless. O((n + m) r) a sweep of a round.
    ///
    /// The plan is kept as its [factors](Plan::factors). The potentials are quadratic functions of the points, as between
    /// Gaussian laws of the same means and covariances; their dual value is rarely close to the optimum. `report.trace` has the
    /// cost by round.
    ///
    /// # Errors
    /// A rank of zero; costs that are not the squared distances between points; masses that are not kept exactly; points
    /// so far apart that a cost leaves what [`Sinkhorn`] admits.
    pub fn solve(&self, problem: &Problem) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        if self.rank == 0 {
            return Err(Error::too_few("low-rank plan", 0, 1, "hubs"));
        }
        if problem.kept() != Kept::Exactly {
            return Err(problem.not_for("`LowRank`", "use `Sinkhorn`, `Unbalanced` or `Exact`"));
        }
        let (own, unit) = problem.cost().in_own_unit().unwrap_or_else(|| (problem.cost().clone(), 0));
        let Some((x, y, Ground::SqEuclidean)) = own.points() else {
            return Err(Error::unsupported(
                "`LowRank` with these costs",
                "it takes the squared distances between points; use `Sinkhorn`",
            ));
        };
        let total = total(problem.a());
        let law = |points: ArrayView2<'_, f64>, masses: &[f64]| {
            let one = (total - 1.0).abs() <= MASS_TOLERANCE;
            let weights = masses.iter().map(|w| if one { *w } else { w / total }).collect::<Vec<f64>>();
            Empirical::weighted(points, weights)
        };
        let (x, y) = (law(x, problem.a())?, law(y.t(), problem.b())?);
        let total = if (total - 1.0).abs() <= MASS_TOLERANCE { 1.0 } else { total };
        let mut solution = self.in_own_unit(&x, &y, watch.in_unit(unit), total)?;
        solution.report.trace.iter_mut().for_each(|(_, cost)| *cost = times_power(*cost, unit));
        Units { cost: unit, mass: 0 }.bring_back(solution)
    }

    fn in_own_unit(&self, x: &Empirical, y: &Empirical, mut watch: Watch<'_>, total: f64) -> Result<Solution> {
        let gaussian = |law: &Empirical| {
            let (mean, cov) = moments(law);
            Gaussian::new(mean, cov)
        };
        let (like_x, like_y) = (gaussian(x)?, gaussian(y)?);
        let (a, b) = (unit(x.weights()), unit(y.weights()));
        let (u, v) = quadratic((&like_x, x.points()), (&like_y, y.points()))?;
        let excess = (8 + x.dimension()) as f64 * f64::EPSILON * (u.size(&a) + v.size(&b));
        let potentials = (u.values, v.values);
        let dual = dual_value(&a, &b, &potentials.0, &potentials.1) - excess;

        let mut hubs = self.start(x);
        let (mut best, mut rounds, mut trace) = (f64::INFINITY, 0, Vec::new());
        let mut found = None;
        let status = loop {
            let Round { from, to, leaving, cost } = Round::after(&hubs, (x, &a), (y, &b))?;
            rounds += 1;
            trace.push((rounds, cost));
            hubs = leaving;
            let gained = cost < (1.0 - PROGRESS) * best;
            if found.is_none() || cost < best {
                (best, found) = (cost, Some((from, to)));
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
        let (from, to) = found.expect("at least one round");
        let masses = vec![1.0 / self.rank as f64; self.rank];
        let residual = marginal_error(&masses, &a, &from).max(marginal_error(&masses, &b, &to));
        // both bounds are differences of second moments about means, and the means are known to the rounding of the points
        let moments = best + like_x.cov().diag().sum() + like_y.cov().diag().sum();
        let farthest = x.points().iter().chain(&y.points()).fold(0.0f64, |far, t| far.max(t.abs()));
        let of_means = ULPS * farthest;
        let rounding = ROUNDING * moments + (2.0 * moments.sqrt() + of_means) * of_means;
        let report = Report::of(Unchecked {
            method: "low rank",
            status,
            iterations: rounds,
            primal: total * best,
            dual: total * dual,
            rounding: total * rounding,
            residual: total * residual,
            seconds: watch.started().elapsed().as_secs_f64(),
            trace,
        });
        let (plan, root) = (Plan::factored(from, to, total), Ground::SqEuclidean.root().into());
        Ok(Solution { potentials, plan, report, regularised: None, price: None, root })
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

/// One round from the hubs of the last.
struct Round {
    from: Plan,
    to: Plan,
    /// The barycentres of the first law's mass, which are the hubs of the next round.
    leaving: Array2<f64>,
    cost: f64,
}

impl Round {
    /// The barycentres of the second law's mass follow from those of the first law's, and those from these in turn.
    fn after(hubs: &Array2<f64>, (x, a): (&Empirical, &[f64]), (y, b): (&Empirical, &[f64])) -> Result<Self> {
        let to = factor(hubs, y)?;
        let arriving = to.barycentric(y.points());
        let from = factor(&arriving, x)?;
        let leaving = from.barycentric(x.points());
        let cost = between(&leaving, &arriving) + within(x, a, &leaving) + within(y, b, &arriving);
        if cost.is_finite() {
            return Ok(Self { from, to, leaving, cost });
        }
        Err(Error::out_of_domain("cost of a low-rank plan", cost, "a finite number; rescale the points"))
    }
}

/// Transport from hubs of equal mass to a law, with exact marginals.
fn factor(hubs: &Array2<f64>, law: &Empirical) -> Result<Plan> {
    let problem = Problem::between(&Empirical::new(hubs.clone())?, law, Ground::SqEuclidean)?;
    let solver = Sinkhorn::new(EPS).relative_to_mean_cost().tolerance(TOLERANCE).iteration_limit(200);
    Ok(solver.solve(&problem)?.plan)
}

/// Potentials of the points of one law.
struct Quadratic {
    values: Vec<f64>,
    /// The sizes of the terms that they were summed from.
    sizes: Vec<f64>,
}

impl Quadratic {
    fn size(&self, weights: &[f64]) -> f64 {
        Sum::of(self.sizes.iter().zip(weights).map(|(size, w)| size * w))
    }
}

/// Potentials `u(x) = |ξ|² - ξᵀ M ξ + 2 δ·ξ + |δ|²` and `v(y) = |η|² - ηᵀ M⁻¹ η - 2 δ·η` with `ξ`, `η` the points about their
/// means, which are `δ` apart. They satisfy `u(x) + v(y) <= |x - y|²` everywhere for any positive `M`; with the map between
/// Gaussian laws of these moments their dual value is the distance between those (Gelbrich).
///
/// Along each eigenvector of the map the best factor is the ratio of the deviations. Where one of them is zero the best is
/// not a number; a floor makes it one, at a loss that is small beside the moments.
fn quadratic(
    (like_x, x): (&Gaussian, ArrayView2<'_, f64>),
    (like_y, y): (&Gaussian, ArrayView2<'_, f64>),
) -> Result<(Quadratic, Quadratic)> {
    let (a, b) = (like_x.cov(), like_y.cov());
    let floor = (FLOOR * (a.diag().sum() + b.diag().sum())).max(f64::MIN_POSITIVE);
    let directions = map_directions(a, b)?;
    let along = |cov: ArrayView2<'_, f64>, v: ArrayView1<'_, f64>| v.dot(&cov.dot(&v)).max(floor);
    let factors: Vec<f64> = directions.columns().into_iter().map(|v| (along(b, v) / along(a, v)).sqrt()).collect();
    let shift = &like_x.mean() - &like_y.mean();
    let of = |points: ArrayView2<'_, f64>, mean: ArrayView1<'_, f64>, shift: &Array1<f64>, inverse: bool| {
        let about = &points - &mean;
        let turned = matmul(about.view(), directions.view());
        let one = |(row, turned): (ArrayView1<'_, f64>, ArrayView1<'_, f64>)| {
            let squares = row.dot(&row);
            let quadratic: f64 =
                turned.iter().zip(&factors).map(|(t, m)| t * t * if inverse { m.recip() } else { *m }).sum();
            let linear = 2.0 * shift.dot(&row);
            (squares - quadratic + linear, squares + quadratic + linear.abs())
        };
        let (values, sizes) = about.rows().into_iter().zip(turned.rows()).map(one).unzip();
        Quadratic { values, sizes }
    };
    let mut u = of(x, like_x.mean(), &shift, false);
    let v = of(y, like_y.mean(), &-&shift, true);
    let between = shift.dot(&shift);
    u.values.iter_mut().chain(&mut u.sizes).for_each(|u| *u += between);
    Ok((u, v))
}

/// The least variance along a direction, in proportion to all of it.
const FLOOR: f64 = 1e-14;

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
