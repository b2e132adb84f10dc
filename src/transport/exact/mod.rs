//! The exact solver: which method solves what, and the proof of the result.

pub(in crate::transport) mod assignment;
pub(in crate::transport) mod basis;
pub(in crate::transport) mod dense;
pub(in crate::transport) mod equal;
pub(in crate::transport) mod find;
pub(in crate::transport) mod fine;
pub(in crate::transport) mod flat;
pub(in crate::transport) mod generate;
pub(in crate::transport) mod monotone;
pub(in crate::transport) mod multiscale;
pub(in crate::transport) mod partial;
pub(in crate::transport) mod priced;
pub(in crate::transport) mod start;

use crate::certificate::Status;
use crate::error::Result;
use crate::transport::exact::basis::simplex::Effort;
use crate::transport::exact::dense::KnownFlow;
use crate::transport::exact::equal::Distinct;
use crate::transport::exact::find::near::Near;
use crate::transport::exact::find::scan::Scan;
use crate::transport::exact::multiscale::Cloud;
use crate::transport::problem::certify::{self, Given};
use crate::transport::problem::cost::{Cost, Ground};
use crate::transport::problem::limits::{Limits, Watch, limit_setters};
use crate::transport::problem::marginal::Marginal;
use crate::transport::problem::masses::Flow;
use crate::transport::problem::masses::Masses;
use crate::transport::problem::plan::Plan;
use crate::transport::problem::solution::GAP;
use crate::transport::problem::solution::Solution;
use crate::transport::problem::units::Units;
use crate::transport::problem::{Kept, Problem};
use ndarray::ArrayView2;
use std::borrow::Cow;

/// The exact solver: network simplex with integer masses.
///
/// Any masses, any costs that are not NaN or `-inf`; `+inf` forbids an arc. The route depends on the problem alone and
/// is named by [`Report::method`](crate::certificate::Report::method):
///
/// | problem | `method` | memory |
/// |---|---|---|
/// | equal masses on as many columns as rows, up to 48 a dimension and 1152 | `"shortest augmenting paths"` | O(n m) |
/// | clouds that differ in one coordinate alone | `"sort"` | O(n + m) |
/// | clouds of up to 6 dimensions | `"multiscale simplex"` | O(n + m) |
/// | clouds of more, cost matrices | `"column generation"` | O((n + m) d); of a matrix a transposed copy |
/// | small, forbidden arcs, costs of very different size | `"network simplex"` | O(n + m) besides the costs |
/// | masses below 1e-9 of the total, where their digits may count | `"shortest paths"` | O(n m) |
///
/// Of a matrix in which some costs are enormous beside the others the solver keeps a copy in which these are lowered: O(n m) more,
/// by every method, and where the copy is transposed twice that.
///
/// ```
/// use fenchel::transport::{Exact, Problem};
/// use ndarray::array;
/// let problem = Problem::with_cost(array![[0.0, 1.0], [1.0, 5.0]], None, None)?;
/// let solution = Exact::new().solve(&problem)?;
/// assert_eq!(solution.cost(), 1.0);
/// assert_eq!(solution.plan.arcs(), [(0, 1, 0.5), (1, 0, 0.5)]);
/// solution.report.require_converged()?;
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct Exact<'a> {
    iteration_limit: Option<usize>,
    limits: Limits<'a>,
}

impl<'a> Exact<'a> {
    /// The solver without limits.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops after so many pivots (or augmenting paths).
    #[must_use]
    pub fn iteration_limit(self, pivots: usize) -> Self {
        Self { iteration_limit: Some(pivots), ..self }
    }

    limit_setters!();

    /// Solves the problem.
    ///
    /// The status is [`Status::Converged`] if and only if the gap is at most 1e-9 of the cost moved, even when what the
    /// rounding of the potentials may hide is added to it. A solver that was stopped early returns a feasible plan, feasible
    /// potentials and so a true bracket. Pivots on coarser clouds count towards the limit, too.
    ///
    /// Time grows about as n log n for clouds of few dimensions; for the others each round of column generation reads
    /// O(n m d), of which there are a few; over all arcs it is O(n m) for many of the O(n + m) pivots.
    ///
    /// The answer has the same digits at every scale: the problem is solved in units of its own. Masses keep their digits down to
    /// about 1e-20 of the total. Should smaller ones matter, what moving them may cost at most is added to the gap.
    ///
    /// # Errors
    /// [`Error::Infeasible`](crate::Error::Infeasible) if the forbidden arcs leave no plan of finite cost;
    /// [`Error::OutOfDomain`](crate::Error::OutOfDomain) if the answer overflows.
    pub fn solve(&self, problem: &Problem) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        let kept = |extended: &Problem, unit: i32| {
            Self { limits: self.limits.in_unit(unit), ..*self }.keeping_masses(extended)
        };
        match problem.kept() {
            Kept::Exactly => self.keeping_masses(problem),
            Kept::Part(_) => partial::solve(problem, watch.started(), kept),
            Kept::Penalised(Marginal::Exact | Marginal::Tv(_), Marginal::Exact | Marginal::Tv(_)) => {
                priced::solve(problem, watch.started(), kept)
            }
            Kept::Penalised(..) => {
                Err(problem.not_for("`Exact`", "it is a linear program for TV only; use `Unbalanced` or `Sinkhorn`"))
            }
        }
    }

    fn keeping_masses(&self, problem: &Problem) -> Result<Solution> {
        let (own, mut units) = problem.in_own_units();
        let mut solution = self.of_all_masses(&own, units)?;
        let mut small = false;
        solution.plan.for_each(|i, j, _| small |= own.cost().underflows(i, j));
        if small && let Some((cost, unit)) = own.cost().in_finest_unit() {
            // distances whose squares underflow beside the others
            units.cost += unit;
            solution = self.of_all_masses(&own.with_cost_of(cost), units)?;
        }
        units.bring_back(solution)
    }

    /// Solves in units of mass that are fine enough.
    fn of_all_masses(&self, problem: &Problem, units: Units) -> Result<Solution> {
        let solver = Self { limits: self.limits.in_unit(units.value()), ..*self };
        let (a, b, cost) = (problem.a(), problem.b(), problem.cost());
        let lost = Masses::<i64>::of(a, b).lost(a, b);
        if lost == 0.0 {
            return solver.in_coarse_units(problem);
        }
        let most = lost * cost.largest();
        let coarse = if cost.forbids() { None } else { Some(solver.in_coarse_units(problem)?) };
        let moved = coarse.as_ref().map_or(0.0, |solution| problem.moved(&solution.plan));
        match coarse {
            Some(solution) if most <= 0.1 * GAP * moved => Ok(solution),
            // stopped early
            Some(mut solution) if !matches!(solution.report.status, Status::Converged | Status::Stalled) => {
                solution.add_lost(most, moved);
                Ok(solution)
            }
            coarse => fine::solve(problem, coarse, Watch::start(solver.limits)),
        }
    }

    fn in_coarse_units(&self, problem: &Problem) -> Result<Solution> {
        let watch = Watch::start(self.limits);
        let start = watch.started();
        let (whole, of_whole) = (problem.cost(), Masses::of(problem.a(), problem.b()));
        let nonnegative = whole.is_nonnegative();
        let pivot_limit = mutate!(self.iteration_limit, PivotsLimited, |_| Some(10));
        let mut effort = Effort { watch, pivot_limit, pivots: 0, nonnegative };
        let unit = mutate!(of_whole.unit, PlanLoses, |m| m * (1.0 - 1e-6));
        let finish = |known: &KnownFlow, method, pivots| {
            let duals = if nonnegative && is_free(known, whole) { zeros(problem.shape()) } else { known.duals.clone() };
            let mass = |f: &Flow| (f.i as usize, f.j as usize, f.mass as f64 * unit);
            let plan = Plan::sparse(problem.shape(), known.flow.iter().map(mass).collect());
            let given = Given { a: problem.a(), b: problem.b(), cost: |i, j| whole.at(i, j), root: problem.root() };
            let solution = given.solution(plan, duals, method, pivots, known.stopped, start);
            certify::beyond_rounding(problem, solution, known.stopped)
        };
        let distinct = Distinct::of(whole, &of_whole);
        let (cost, masses) = distinct.as_ref().map_or((whole, &of_whole), |d| (&d.cost, &d.masses));
        let finish = |known: &KnownFlow, method, pivots| match &distinct {
            Some(distinct) => finish(&distinct.split(known, &of_whole), method, pivots),
            None => finish(known, method, pivots),
        };
        // beside enormous costs potentials are coarse, and starts go wrong; they are rarely in use
        if let Some(capped) = cost.capped() {
            let (known, method) = match by_structure(&capped, masses, &mut effort) {
                Some(route) => route,
                None => (dense::solve(&capped, masses, None, &mut effort)?, SIMPLEX),
            };
            let solution = finish(&known, method, effort.pivots);
            if solution.report.status != Status::Stalled {
                return Ok(solution);
            }
        }
        let quick = by_structure(cost, masses, &mut effort);
        if let Some((known, method)) = &quick {
            let solution = finish(known, method, effort.pivots);
            let (n, m) = cost.shape();
            if solution.report.status != Status::Stalled || (cost.points().is_some() && n * m > LARGE) {
                return Ok(solution);
            }
        }
        let known = dense::solve(cost, masses, quick.map(|(known, _)| known), &mut effort)?;
        Ok(finish(&known, SIMPLEX, effort.pivots))
    }
}

/// Whether a plan costs nothing. Where no cost is negative, potentials of zero prove that it is optimal.
fn is_free(known: &KnownFlow, cost: &Cost) -> bool {
    known.flow.iter().all(|f| cost.at(f.i as usize, f.j as usize) <= 0.0)
}

fn zeros((n, m): (usize, usize)) -> (Vec<f64>, Vec<f64>) {
    (vec![0.0; n], vec![0.0; m])
}

/// Up to so many arcs between points, what floating point leaves unproven is improved over all arcs, with more care; the arcs
/// of a matrix have been stored, so they can be read.
const LARGE: usize = 1 << 26;
/// Up to so many points a dimension, up to a number of dimensions, are assigned to as many others; a matrix is taken for one of
/// so many dimensions.
const PATHS: usize = 48;
const MOST: usize = 24;
const MATRIX: usize = 8;
/// Where clouds are small, all arcs are few. Up to so many the simplex over all of them is as fast as the multiscale method, and as
/// column generation by scanning, twice as many in many dimensions; up to the second number it is as fast as the multiscale method
/// where a few points lie far out.
const SMALL: usize = 150 * 150;
const SCANNED: usize = 150_000;
/// Up to so many dimensions are few, from so many on they are many.
const FEW: usize = 6;
const MANY: usize = 16;
/// Where costs tie, as whole numbers do, many plans are optimal. The simplex over all arcs meets one of them soon.
const TIED: usize = 1 << 22;

/// What a method has come to, in the order of the problem, and its name.
type Route = (KnownFlow, &'static str);

/// The name of the method for all problems.
const SIMPLEX: &str = "network simplex";

/// By what the problem allows beyond the simplex method over all arcs, if it allows anything.
fn by_structure(cost: &Cost, masses: &Masses, effort: &mut Effort) -> Option<Route> {
    (by_assignment(cost, masses, effort))
        .or_else(|| by_line(cost, masses))
        .or_else(|| by_points(cost, masses, effort))
        .or_else(|| by_scanning(cost, masses, effort))
}

/// Shortest augmenting paths, for as many columns as rows of equal masses, where they are not too many: in few dimensions the
/// paths are long.
fn by_assignment(cost: &Cost, masses: &Masses, effort: &mut Effort) -> Option<Route> {
    let (n, m) = cost.shape();
    let limit = PATHS * cost.points().map_or(MATRIX, |(x, ..)| x.ncols().min(MOST));
    let equal = |masses_of: &[i64]| masses_of.iter().all(|&mass| mass == masses.a[0]);
    if n != m || n > limit || !equal(&masses.a) || !equal(&masses.b) || !cost.suits_single_precision() {
        return None;
    }
    Some((assignment::solve(cost, masses.a[0], effort), "shortest augmenting paths"))
}

/// The monotone plan, for clouds that differ in one coordinate alone and are not small.
fn by_line(cost: &Cost, masses: &Masses) -> Option<Route> {
    let (x, y, ground) = cost.points()?;
    if x.nrows() * y.ncols() <= SMALL {
        return None;
    }
    let differs = |k: &usize| x.column(*k).iter().chain(y.row(*k)).any(|t| (t - x[[0, *k]]).abs() > 0.0);
    let mut coordinates = (0..x.ncols()).filter(differs);
    let (k, None) = (coordinates.next().unwrap_or(0), coordinates.next()) else { return None };
    let (x, y) = (x.column(k).to_vec(), y.row(k).to_vec());
    let (mut flow, duals) = monotone::plan(ground, (&x, &masses.a), (&y, &masses.b));
    flow.sort_unstable();
    Some((KnownFlow { flow, duals, stopped: None }, "sort"))
}

/// The multiscale method, for clouds of few dimensions that are not small.
fn by_points(cost: &Cost, masses: &Masses, effort: &mut Effort) -> Option<Route> {
    let (x, y, ground) = cost.points()?;
    let arcs = x.nrows() * y.ncols();
    // cells that hold outliers are long and say little about the other points
    if x.ncols() > FEW || arcs <= SMALL || (arcs <= SCANNED && cost.has_outliers()) {
        return None;
    }
    match x.ncols() {
        1 | 2 => Some(multiscale::<2>(x, y, ground, masses, effort)),
        3 => Some(multiscale::<3>(x, y, ground, masses, effort)),
        _ => Some(multiscale::<FEW>(x, y, ground, masses, effort)),
    }
}

/// Coordinates beyond those of the points are zero, which changes no cost.
fn multiscale<const D: usize>(
    x: ArrayView2<'_, f64>,
    y: ArrayView2<'_, f64>,
    ground: Ground,
    masses: &Masses,
    effort: &mut Effort,
) -> Route {
    let point = |row: ndarray::ArrayView1<'_, f64>| std::array::from_fn(|k| row.get(k).copied().unwrap_or(0.0));
    let x: Vec<[f64; D]> = x.rows().into_iter().map(point).collect();
    let y: Vec<[f64; D]> = y.columns().into_iter().map(point).collect();
    // points without mass take no part until the potentials are there
    let (kept_x, kept_y) = (with_mass(&masses.a), with_mass(&masses.b));
    let cloud = |points: &[[f64; D]], masses: &[i64], kept: &[u32]| {
        let points: Vec<_> = kept.iter().map(|&i| points[i as usize]).collect();
        Cloud::new(&points, &kept.iter().map(|&i| masses[i as usize]).collect::<Vec<_>>())
    };
    let (cloud_x, cloud_y) = (cloud(&x, &masses.a, &kept_x), cloud(&y, &masses.b, &kept_y));
    let problem = multiscale::TwoClouds { ground, x: &cloud_x, y: &cloud_y, unit: masses.unit };
    let state = multiscale::solve(&problem, effort);
    let place_x: Vec<u32> = cloud_x.order.iter().map(|&k| kept_x[k as usize]).collect();
    let place_y: Vec<u32> = cloud_y.order.iter().map(|&k| kept_y[k as usize]).collect();
    let mut flow: Vec<Flow> = (state.flow.iter())
        .map(|f| Flow { i: place_x[f.i as usize], j: place_y[f.j as usize], mass: f.mass })
        .collect();
    flow.sort_unstable();
    let mut v = vec![f64::NEG_INFINITY; y.len()];
    place_y.iter().zip(&state.v).for_each(|(&j, &value)| v[j as usize] = value);
    (KnownFlow { flow, duals: feasible(ground, &x, &y, &v), stopped: state.stopped }, "multiscale simplex")
}

/// Column generation by scanning, for what is not small and suits single precision.
fn by_scanning(cost: &Cost, masses: &Masses, effort: &mut Effort) -> Option<Route> {
    let (n, m) = cost.shape();
    let wide = cost.points().is_some_and(|(x, ..)| x.ncols() >= MANY);
    let few = if wide { 2 * SCANNED } else { SCANNED };
    if n * m <= few || !cost.suits_single_precision() || (n * m <= TIED && cost.is_tied()) {
        return None;
    }
    // costs that are no matrix products are computed once, where they are not too many
    let table = cost.points().filter(|(.., ground)| matches!(ground, Ground::Cityblock | Ground::Chebyshev));
    let cost = &*table.map_or(Cow::Borrowed(cost), |_| cost.tabulated_if_slow());
    let (rows, columns) = (with_mass(&masses.a), with_mass(&masses.b));
    let positive = Masses {
        a: rows.iter().map(|&i| masses.a[i as usize]).collect(),
        b: columns.iter().map(|&j| masses.b[j as usize]).collect(),
        unit: masses.unit,
    };
    let mut search = Scan::both_sides(cost, &rows, &columns);
    let state = flat::solve(&mut search, &positive, effort);
    let place = |f: &Flow| Flow { i: rows[f.i as usize], j: columns[f.j as usize], mass: f.mass };
    let duals = if (rows.len(), columns.len()) == (n, m) {
        // at the optimum the other transform would change nothing
        if state.stopped.is_none() { (search.transform(&state.v), state.v) } else { search.feasible(&state.v) }
    } else {
        drop(search);
        let mut v = vec![f64::NEG_INFINITY; m];
        columns.iter().zip(&state.v).for_each(|(&j, &value)| v[j as usize] = value);
        let all = |count: usize| (0..count as u32).collect::<Vec<_>>();
        Scan::both_sides(cost, &all(n), &all(m)).feasible(&v)
    };
    let flow = state.flow.iter().map(place).collect();
    Some((KnownFlow { flow, duals, stopped: state.stopped }, "column generation"))
}

fn with_mass(masses: &[i64]) -> Vec<u32> {
    (0..masses.len() as u32).filter(|&i| masses[i as usize] > 0).collect()
}

/// Both c-transforms by search, on trees of their own: `u` of `v`, then `v` of `u`. Entries of `v` may be `-inf`.
fn feasible<const D: usize>(ground: Ground, x: &[[f64; D]], y: &[[f64; D]], v: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let (x, y) = (Cloud::new(x, &vec![0; x.len()]), Cloud::new(y, &vec![0; y.len()]));
    let v: Vec<f64> = y.order.iter().map(|&j| v[j as usize]).collect();
    let (u, v) = Near::between(ground, x.points, y.points).feasible(&v);
    let back = |order: &[u32], values: &[f64]| {
        let mut out = vec![0.0; order.len()];
        order.iter().zip(values).for_each(|(&place, &value)| out[place as usize] = value);
        out
    };
    (back(&x.order, &u), back(&y.order, &v))
}
