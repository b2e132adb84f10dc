//! Gromov-Wasserstein: matching two clouds that live in different spaces by the distances inside each.
//!
//! The objective is `sum_i p_i (C² p)_i + sum_j q_j (D² q)_j - 2 <C P D, P>`. The third of Mémoli's bounds is an ordinary
//! transport problem, and its plan is a good start.
//!
//! Sources: Mémoli 2011 (doi:10.1007/s10208-011-9093-5); Peyré, Cuturi, Solomon 2016 (proceedings.mlr.press/v48/peyre16) for the
//! products and the entropic iteration; Vayer, Chapel, Flamary, Tavenard, Courty 2019 (arXiv:1805.09114) for the fused problem and the
//! conditional gradient.

use crate::certificate::{Report, Status, Unchecked};
use crate::error::{Error, Result};
use crate::linalg::matmul;
use crate::measure::unit;
use crate::measure::{Empirical, Pmf};
use crate::numeric::{Sum, largest_exponent, stream, times_power};
use crate::transport::entropic::Sinkhorn;
use crate::transport::exact::Exact;
use crate::transport::problem::Problem;
use crate::transport::problem::cost::{Cost, Ground};
use crate::transport::problem::limits::{Limits, Watch, check_positive, limit_setters, stopping_setters};
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::Solution;
use ndarray::{Array2, ArrayView2};
use rand::{Rng, RngExt};
use rayon::prelude::*;

/// A cloud known by the distances inside it.
#[derive(Debug, Clone)]
pub struct Space {
    distances: Array2<f64>,
    weights: Vec<f64>,
}

impl Space {
    /// The space with these symmetric distances (or similarities) and the weights of its points.
    ///
    /// # Errors
    /// A matrix that is not square, symmetric and finite, or not of the size of the weights.
    pub fn new(distances: Array2<f64>, weights: &Pmf) -> Result<Self> {
        let n = weights.masses().len();
        for (what, size) in
            [("rows of the distances", distances.nrows()), ("columns of the distances", distances.ncols())]
        {
            if size != n {
                return Err(Error::size_mismatch((what, size), ("weights", n), "entries"));
            }
        }
        for ((i, j), &value) in distances.indexed_iter() {
            let what = || "distances".to_owned();
            if !value.is_finite() {
                return Err(Error::not_finite(what(), (i, j), value));
            }
            let turned = distances[[j, i]];
            if (value - turned).abs() > 1e-12 * value.abs().max(turned.abs()) {
                return Err(Error::out_of_domain(
                    format!("distance[{i}, {j}]"),
                    value,
                    format!("{turned}, as distance[{j}, {i}]"),
                ));
            }
        }
        Ok(Self { distances, weights: unit(weights.masses()) })
    }

    /// The space of a law's points under a ground cost.
    ///
    /// # Errors
    /// Points so far apart that a cost overflows.
    pub fn of(law: &Empirical, ground: Ground) -> Result<Self> {
        let distances = Cost::between(law.points(), law.points(), ground)?.to_dense();
        Ok(Self { distances, weights: unit(law.weights()) })
    }

    /// Number of points.
    #[must_use]
    #[allow(clippy::len_without_is_empty)] // a law has at least one point
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// `sum_k w_k C_ik²` for each point: its squared eccentricity.
    fn eccentricities(&self) -> Vec<f64> {
        let of = |row: ndarray::ArrayView1<'_, f64>| Sum::of(row.iter().zip(&self.weights).map(|(c, w)| w * c * c));
        self.distances.rows().into_iter().map(of).collect()
    }

    /// The distances from each point, ascending, with the weights of the points they lead to.
    fn sorted_rows(&self) -> Vec<Vec<(f64, f64)>> {
        let row = |row: ndarray::ArrayView1<'_, f64>| {
            ascending(row.iter().copied().zip(self.weights.iter().copied()).collect())
        };
        self.distances.rows().into_iter().map(row).collect()
    }

    /// All distances, ascending, with the weights of their pairs.
    fn sorted_pairs(&self) -> Vec<(f64, f64)> {
        let pairs = self.distances.indexed_iter().map(|((i, k), &c)| (c, self.weights[i] * self.weights[k]));
        ascending(pairs.collect())
    }
}

fn ascending(mut atoms: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
    atoms.sort_unstable_by(|x, y| x.0.total_cmp(&y.0).then(x.1.total_cmp(&y.1)));
    atoms
}

/// `W2²` between two laws on the line, given by ascending atoms.
fn on_the_line(x: &[(f64, f64)], y: &[(f64, f64)]) -> f64 {
    let mut total = 0.0;
    let (mut x, mut y) = (x.iter(), y.iter());
    let (Some(&(mut s, mut a)), Some(&(mut t, mut b))) = (x.next(), y.next()) else { return 0.0 };
    loop {
        let mass = a.min(b);
        total += mass * (s - t) * (s - t);
        (a, b) = (a - mass, b - mass);
        if a <= 0.0 {
            let Some(&next) = x.next() else { return total };
            (s, a) = next;
        }
        if b <= 0.0 {
            let Some(&next) = y.next() else { return total };
            (t, b) = next;
        }
    }
}

/// A plan between two spaces and the bracket of the optimum.
#[derive(Debug, Clone)]
pub struct Matching {
    /// The plan; its marginals are exact.
    pub plan: Plan,
    /// `primal` is the objective at the plan, `dual` the lower bound. The status refers to the descent: a converged one has ended at
    /// a stationary plan, which is optimal only if the bracket says so. `residual` is the decrease that the linear model still
    /// promises, relative to the objective; with a regularisation it is the L1 change of the plan. `trace` is the objective by
    /// iteration, from the best of the starts.
    pub report: Report,
}

impl Matching {
    /// The objective at the plan.
    #[must_use]
    pub fn cost(&self) -> f64 {
        self.report.primal
    }
}

/// The Gromov-Wasserstein solver: descent from several starts, with a lower bound of the optimum.
///
/// It matches clouds that live in different spaces by the distances `C` and `D` inside each,
///
/// ```text
/// min over plans P with marginals p, q of  E(P) = sum_ijkl (C_ik - D_jl)² P_ij P_kl,
/// ```
///
/// or, fused, `(1 - share) <M, P> + share E(P)` with costs `M` between the clouds. `E` is zero for isometric clouds, and does not see
/// rotation, reflection and relabelling.
///
/// The problem is not convex, so the value of the plan found is only an upper bound of the optimum. The lower bound is the larger of
/// two that transport on the line gives (Mémoli 2011):
///
/// ```text
/// E >= W2²(law of C under p⊗p, law of D under q⊗q)                                                    (second)
/// E >= min over plans of sum_ij P_ij W2²(law of C_i· under p, law of D_j· under q)                      (third)
/// ```
///
/// ```
/// use fenchel::measure::Empirical;
/// use fenchel::transport::{Gromov, Ground, Space};
/// use ndarray::array;
/// let x = Empirical::new(array![[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]])?;
/// let turned = Empirical::new(array![[1.0, 1.0], [1.0, 4.0], [-3.0, 1.0]])?; // by a right angle, and moved
/// let matching = Gromov::new().solve(&Space::of(&x, Ground::Euclidean)?, &Space::of(&turned, Ground::Euclidean)?)?;
/// assert_eq!(matching.report.primal, 0.0);
/// assert_eq!(matching.plan.arcs().len(), 3);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Gromov<'a> {
    eps: Option<f64>,
    restarts: usize,
    seed: u64,
    tolerance: f64,
    iteration_limit: usize,
    limits: Limits<'a>,
}

impl Default for Gromov<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl<'a> Gromov<'a> {
    /// The solver by conditional gradient, with tolerance 1e-9, 8 restarts and at most 200 iterations from each start.
    ///
    /// An iteration solves exact transport for the linearised objective and goes to the best point on the way to that plan. Where that
    /// ends, the best exchange of two masses is tried. The starts are the plan of the third bound, the product of the weights, and
    /// random vertices.
    #[must_use]
    pub fn new() -> Self {
        Self { eps: None, restarts: 8, seed: 0, tolerance: 1e-9, iteration_limit: 200, limits: Limits::default() }
    }

    /// Solves the linearised objective by entropic transport, with `eps` in units of the objective: plans are smooth, and no
    /// exact problem is solved.
    #[must_use]
    pub fn epsilon(self, eps: f64) -> Self {
        Self { eps: Some(eps), ..self }
    }

    /// Starts from so many random plans too; each is the optimal plan of random costs.
    #[must_use]
    pub fn restarts(self, restarts: usize) -> Self {
        Self { restarts, ..self }
    }

    /// Another seed for the random starts.
    #[must_use]
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    stopping_setters!("Stops when the residual is at most this.", "Stops after so many iterations from each start.");
    limit_setters!();

    /// Matches two spaces. O(n² m + n m²) and a transport problem an iteration; O(n² + n m + m²) memory.
    ///
    /// # Errors
    /// `eps` or tolerance not positive and finite; distances so large that the objective overflows; errors of the transport
    /// solvers.
    pub fn solve(&self, x: &Space, y: &Space) -> Result<Matching> {
        let nothing = Array2::zeros((x.len(), y.len()));
        self.solve_fused(x, y, nothing.view(), 1.0)
    }

    /// Matches two spaces that also have costs between their points (n×m): minimises `(1 - share) <cross, P> + share E(P)`.
    ///
    /// # Errors
    /// As [`solve`](Self::solve); costs of another shape or not finite; a share outside [0, 1].
    pub fn solve_fused(&self, x: &Space, y: &Space, cross: ArrayView2<'_, f64>, share: f64) -> Result<Matching> {
        let watch = Watch::start(self.limits);
        self.check_fused(x, y, cross, share)?;
        // distances in a unit of their own; costs are squares of them
        let largest = |values: &Array2<f64>| largest_exponent(values.iter().copied());
        let (of_x, of_y) = (largest(&x.distances), largest(&y.distances));
        let unit = of_x.max(of_y);
        let scaled = |a: ArrayView2<'_, f64>, k: i32| a.mapv(|t| times_power(t, k));
        let own = |space: &Space| Space { distances: scaled(space.distances.view(), -unit), ..space.clone() };
        let cross = scaled(cross, -2 * unit);
        let solver = Self { eps: self.eps.map(|eps| times_power(eps, -2 * unit)), ..*self };
        let Matching { plan, mut report } =
            solver.in_own_unit(&own(x), &own(y), cross.view(), share, watch.in_unit(2 * unit))?;
        let values = report.trace.iter_mut().map(|(_, value)| value).chain([&mut report.primal, &mut report.dual]);
        values.for_each(|value| *value = times_power(*value, 2 * unit));
        Ok(Matching { plan, report })
    }

    fn check_fused(&self, x: &Space, y: &Space, cross: ArrayView2<'_, f64>, share: f64) -> Result<()> {
        check_positive([("eps", self.eps.unwrap_or(1.0)), ("tolerance", self.tolerance)])?;
        if !(0.0..=1.0).contains(&share) {
            return Err(Error::out_of_domain("share of the distances", share, "a number in [0, 1]"));
        }
        for (what, found, size) in
            [("rows of the costs", cross.nrows(), x.len()), ("columns of the costs", cross.ncols(), y.len())]
        {
            if found != size {
                return Err(Error::size_mismatch((what, found), ("points", size), "entries"));
            }
        }
        match cross.indexed_iter().find(|(_, c)| !c.is_finite()) {
            Some(((i, j), &value)) => Err(Error::not_finite("costs", (i, j), value)),
            None => Ok(()),
        }
    }

    fn in_own_unit(
        &self,
        x: &Space,
        y: &Space,
        cross: ArrayView2<'_, f64>,
        share: f64,
        mut watch: Watch<'_>,
    ) -> Result<Matching> {
        let outside = |what: &str, value: f64, expected: &str| Err(Error::out_of_domain(what, value, expected));
        let objective = Objective::new(x, y, cross, share);
        if !objective.size.is_finite() {
            return outside("size of the objective", objective.size, "a finite number; rescale the distances");
        }
        let (dual, start) = objective.lower_bound()?;
        let product = Array2::from_shape_fn(cross.dim(), |(i, j)| x.weights[i] * y.weights[j]);
        let mut best: Option<Array2<f64>> = None;
        let mut found = Unchecked {
            method: if self.eps.is_some() {
                "entropic Gromov-Wasserstein"
            } else {
                "Gromov-Wasserstein, conditional gradient"
            },
            status: Status::Converged,
            iterations: 0,
            primal: f64::INFINITY,
            dual,
            // both are differences of the terms that cancel
            rounding: ROUNDING * objective.size + objective.unmoved(1),
            residual: 0.0,
            seconds: 0.0,
            trace: Vec::new(),
        };
        for k in 0..2 + self.restarts {
            // nothing is below the bound
            if found.primal <= dual + found.rounding {
                break;
            }
            let start = match k {
                0 => start.clone(),
                1 => product.clone(),
                _ => objective.random_vertex(&mut stream(self.seed, k as u64))?,
            };
            let run = self.descend(&objective, start, &mut watch, dual)?;
            found.iterations += run.iterations;
            if run.value < found.primal {
                (found.primal, found.status, found.residual, found.trace) =
                    (run.value, run.status, run.residual, run.trace);
                best = Some(run.plan);
            }
            if matches!(run.status, Status::TimeLimit | Status::Interrupted) {
                found.status = run.status;
                break;
            }
        }
        let Some(plan) = best else {
            return outside("objective at the plans found", f64::NAN, "a number; rescale the distances");
        };
        let arcs: Vec<_> = plan.indexed_iter().filter(|(_, p)| **p > 0.0).map(|((i, j), p)| (i, j, *p)).collect();
        found.primal = objective.exactly(&arcs).unwrap_or(found.primal);
        found.seconds = watch.started().elapsed().as_secs_f64();
        Ok(Matching { plan: Plan::sparse(cross.dim(), arcs), report: Report::of(found) })
    }

    fn descend(&self, objective: &Objective<'_>, start: Array2<f64>, watch: &mut Watch<'_>, dual: f64) -> Result<Run> {
        let (mut plan, mut trace, mut iterations) = (start, Vec::new(), 0);
        loop {
            let product = objective.product(&plan);
            let value = objective.value(&plan, &product);
            let slope = objective.gradient(&product);
            trace.push((iterations, value));
            let (next, residual) = match self.eps {
                Some(eps) => objective.entropic_step(&plan, slope.clone(), eps)?,
                None => objective.conditional_step(&plan, &slope, value)?,
            };
            // where the linear model promises nothing more, an exchange of two masses still may
            let ended = self.eps.is_none() && residual <= self.tolerance && iterations < self.iteration_limit;
            if ended && let Some(better) = objective.exchange(&plan, &slope) {
                plan = better;
                iterations += 1;
                continue;
            }
            let status = if residual <= self.tolerance {
                Some(Status::Converged)
            } else if iterations >= self.iteration_limit {
                Some(Status::IterationLimit)
            } else {
                watch.check(iterations, || (value, dual))
            };
            if let Some(status) = status {
                // with a regularisation the start is no plan of that problem, but the last iterate is one
                let plan = if self.eps.is_some() { next } else { plan };
                let value = objective.value(&plan, &objective.product(&plan));
                return Ok(Run { plan, value, status, residual, iterations, trace });
            }
            plan = next;
            plan.mapv_inplace(|p| p.max(0.0));
            iterations += 1;
        }
    }
}

/// How the descent from one start ended.
struct Run {
    plan: Array2<f64>,
    value: f64,
    status: Status,
    residual: f64,
    iterations: usize,
    trace: Vec<(usize, f64)>,
}

/// The fused objective with what does not change in it.
struct Objective<'o> {
    x: &'o Space,
    y: &'o Space,
    cross: ArrayView2<'o, f64>,
    share: f64,
    /// `(C² p)_i` and `(D² q)_j`.
    squares: (Vec<f64>, Vec<f64>),
    /// The size of the terms that cancel.
    size: f64,
}

impl<'o> Objective<'o> {
    fn new(x: &'o Space, y: &'o Space, cross: ArrayView2<'o, f64>, share: f64) -> Self {
        let squares = (x.eccentricities(), y.eccentricities());
        let mean = |w: &[f64], squares: &[f64]| Sum::of(w.iter().zip(squares).map(|(w, s)| w * s));
        let largest = cross.iter().fold(0.0_f64, |size, c| size.max(c.abs()));
        let size = share * (mean(&x.weights, &squares.0) + mean(&y.weights, &squares.1)) + (1.0 - share) * largest;
        Self { x, y, cross, share, squares, size }
    }

    /// `C P D`.
    fn product(&self, plan: &Array2<f64>) -> Array2<f64> {
        matmul(matmul(self.x.distances.view(), plan.view()).view(), self.y.distances.view())
    }

    fn value(&self, plan: &Array2<f64>, product: &Array2<f64>) -> f64 {
        let term = |((i, j), p): ((usize, usize), &f64)| {
            p * (self.share * (self.squares.0[i] + self.squares.1[j] - 2.0 * product[[i, j]])
                + (1.0 - self.share) * self.cross[[i, j]])
        };
        let value = Sum::of(plan.indexed_iter().map(term));
        if self.share >= 1.0 { value.max(0.0) } else { value }
    }

    fn gradient(&self, product: &Array2<f64>) -> Array2<f64> {
        Array2::from_shape_fn(product.dim(), |(i, j)| {
            2.0 * self.share * (self.squares.0[i] + self.squares.1[j] - 2.0 * product[[i, j]])
                + (1.0 - self.share) * self.cross[[i, j]]
        })
    }

    /// The entropic plan for the linearised objective, and its L1 distance from the present one.
    fn entropic_step(&self, plan: &Array2<f64>, slope: Array2<f64>, eps: f64) -> Result<(Array2<f64>, f64)> {
        let next = Sinkhorn::new(eps).tolerance(1e-9).solve(&self.problem(slope)?)?.plan.to_dense();
        let change = Sum::of(next.iter().zip(plan).map(|(p, q)| (p - q).abs()));
        Ok((next, change))
    }

    /// The best plan on the way to the optimum of the linearised objective, and the decrease that the linear model promises, relative to the
    /// present value.
    fn conditional_step(&self, plan: &Array2<f64>, slope: &Array2<f64>, value: f64) -> Result<(Array2<f64>, f64)> {
        let target = self.transport(slope.clone())?.plan.to_dense();
        let way = &target - plan;
        let linear = Sum::of(slope.iter().zip(&way).map(|(g, d)| g * d));
        let quadratic = -2.0 * self.share * Sum::of(self.product(&way).iter().zip(&way).map(|(c, d)| c * d));
        let length = if quadratic > 0.0 { (-0.5 * linear / quadratic).clamp(0.0, 1.0) } else { 1.0 };
        // an objective that is zero but for rounding promises nothing
        let noise = 1e-14 * self.size;
        let promise = (-linear - noise).max(0.0);
        let next = if promise > 0.0 { plan + &(way * length) } else { plan.clone() };
        Ok((next, promise / value.abs().max(noise).max(f64::MIN_POSITIVE)))
    }

    /// The objective from its definition, where the plan is sparse enough: no terms cancel.
    fn exactly(&self, arcs: &[(usize, usize, f64)]) -> Option<f64> {
        if arcs.len() > EXACT_ARCS {
            return None;
        }
        let each = arcs.par_iter().map(|&(i, j, p)| {
            let inside =
                arcs.iter().map(|&(k, l, r)| r * (self.x.distances[[i, k]] - self.y.distances[[j, l]]).powi(2));
            p * (self.share * inside.sum::<f64>() + (1.0 - self.share) * self.cross[[i, j]])
        });
        Some(Sum::of(each.collect::<Vec<f64>>()))
    }

    /// The plan after the best exchange, if one lowers the objective: two arcs swap their ends, `(i, j), (k, l)` to
    /// `(i, l), (k, j)`, with as much mass as both have. The direction has rank one, so each pair of arcs takes O(1).
    fn exchange(&self, plan: &Array2<f64>, slope: &Array2<f64>) -> Option<Array2<f64>> {
        let (n, m) = plan.dim();
        let arcs: Vec<_> = plan.indexed_iter().filter(|(_, p)| **p > 0.0).map(|((i, j), p)| (i, j, *p)).collect();
        if arcs.len() > 2 * (n + m) {
            return None;
        }
        let apart = |c: &Array2<f64>, i: usize, k: usize| c[[i, i]] + c[[k, k]] - 2.0 * c[[i, k]];
        let mut best = (-1e-12 * self.size, None);
        for (s, &(i, j, p)) in arcs.iter().enumerate() {
            for &(k, l, q) in arcs[..s].iter().filter(|&&(k, l, _)| k != i && l != j) {
                let mass = p.min(q);
                let linear = mass * (slope[[i, l]] + slope[[k, j]] - slope[[i, j]] - slope[[k, l]]);
                let bend = apart(&self.x.distances, i, k) * apart(&self.y.distances, j, l);
                let change = linear - 2.0 * self.share * mass * mass * bend;
                if change < best.0 {
                    best = (change, Some(((i, j), (k, l), mass)));
                }
            }
        }
        let ((i, j), (k, l), mass) = best.1?;
        let mut plan = plan.clone();
        for (at, sign) in [([i, j], -1.0), ([k, l], -1.0), ([i, l], 1.0), ([k, j], 1.0)] {
            plan[at] += sign * mass;
        }
        Some(plan)
    }

    /// The optimal plan of random costs.
    fn random_vertex(&self, rng: &mut impl Rng) -> Result<Array2<f64>> {
        let costs = Array2::from_shape_simple_fn(self.cross.dim(), || rng.random::<f64>());
        Ok(self.transport(costs)?.plan.to_dense())
    }

    /// Exact transport between the weights.
    fn transport(&self, costs: Array2<f64>) -> Result<Solution> {
        Exact::new().solve(&self.problem(costs)?)
    }

    /// Transport between the weights.
    fn problem(&self, costs: Array2<f64>) -> Result<Problem> {
        let [a, b] = [self.x, self.y].map(|space| Some(space.weights.clone()));
        Problem::with_cost(costs, a, b)
    }

    /// The most that the mass of so many atoms which rounding loses may cost. Beside very uneven weights it can be as much as the
    /// objective.
    fn unmoved(&self, atoms: usize) -> f64 {
        let largest = |c: &mut dyn Iterator<Item = &f64>| c.fold(0.0f64, |most, c| most.max(c.abs()));
        let inside = largest(&mut self.x.distances.iter()).max(largest(&mut self.y.distances.iter()));
        let across = (1.0 - self.share) * largest(&mut self.cross.iter());
        let worth = f64::EPSILON * (8 + atoms) as f64 * (self.share * inside * inside + across);
        // beside the terms that cancel it is rounding like any other
        if worth > 0.1 * ROUNDING * self.size { worth } else { 0.0 }
    }

    /// The larger of the second and third lower bound (the first where the third takes too long), and the plan of the latter.
    fn lower_bound(&self) -> Result<(f64, Array2<f64>)> {
        let (n, m) = self.cross.dim();
        let distances = if n * m * (n + m) <= THIRD_BOUND {
            let (rows, columns) = (self.x.sorted_rows(), self.y.sorted_rows());
            let entries: Vec<f64> = rows
                .par_iter()
                .flat_map_iter(|row| columns.iter().map(move |column| on_the_line(row, column)))
                .collect();
            Array2::from_shape_vec((n, m), entries).expect("n rows of m")
        } else {
            Array2::from_shape_fn((n, m), |(i, j)| (self.squares.0[i].sqrt() - self.squares.1[j].sqrt()).powi(2))
        };
        let joint = self.transport(self.share * distances + &((1.0 - self.share) * &self.cross))?;
        let mut bound = joint.report.dual - self.unmoved(n + m);
        if n * n + m * m <= SECOND_BOUND {
            let pairs = self.share * on_the_line(&self.x.sorted_pairs(), &self.y.sorted_pairs());
            let across = if self.share < 1.0 {
                (1.0 - self.share) * self.transport(self.cross.to_owned())?.report.dual
            } else {
                0.0
            };
            bound = bound.max(pairs + across - self.unmoved(n * n + m * m));
        }
        // a sum of squares is never negative
        let bound = if self.share >= 1.0 { bound.max(0.0) } else { bound };
        Ok((bound, joint.plan.to_dense()))
    }
}

/// What rounding may do to the difference of the two bounds, in proportion to the terms that cancel.
const ROUNDING: f64 = 1e-12;
/// Arcs up to which the objective is computed from its definition.
const EXACT_ARCS: usize = 5000;
/// Largest number of operations for the third bound, and of atoms for the second.
const THIRD_BOUND: usize = 1 << 29;
const SECOND_BOUND: usize = 1 << 24;
