//! One degenerate problem for one solver, and the verdict on its answer, for the tests and the soak.

#![allow(dead_code)] // each user takes a part of this

use super::check::{self, Fault, Verdict, bracket, is_true};
use super::degenerate::{Clouds, Kind, Limit, Table, clouds, table};
use super::truth::{self, Truth};
use fenchel::certificate::{Report, Status};
use fenchel::measure::{Empirical, Gaussian, Pmf};
use fenchel::transport::{
    Cost, Exact, FixedSupport, FreeSupport, Gromov, Ground, LowRank, Marginal, MaxSliced, Problem, Sinkhorn, Sliced,
    Solution, Space, Unbalanced, circle, gaussian, line, sinkhorn_divergence,
};
use fenchel::{Error, Result};
use ndarray::{Array1, Array2};

/// How a trial ended, if nothing was wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Every claim holds.
    Held,
    /// The input was refused with an error.
    Refused,
    /// The status says that a bound could not be proven.
    GaveUp,
}

/// One solver, the kinds of input that it takes, and the trial of one seed.
#[derive(Clone, Copy)]
pub struct Solver {
    pub name: &'static str,
    pub kinds: &'static [Kind],
    pub trial: fn(Kind, u64) -> std::result::Result<Outcome, Fault>,
}

pub const SOLVERS: [Solver; 19] = [
    Solver { name: "exact", kinds: &Kind::ALL, trial: exact },
    Solver { name: "line", kinds: &Kind::CLOUDS, trial: on_the_line },
    Solver { name: "circle", kinds: &Kind::CLOUDS, trial: on_the_circle },
    Solver { name: "sinkhorn", kinds: &Kind::ALL, trial: sinkhorn },
    Solver { name: "debiased", kinds: &Kind::CLOUDS, trial: debiased },
    Solver {
        name: "unbalanced KL",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Kl, false),
    },
    Solver {
        name: "unbalanced L2",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::L2, false),
    },
    Solver {
        name: "unbalanced KL, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Kl, true),
    },
    Solver {
        name: "unbalanced L2, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::L2, true),
    },
    Solver {
        name: "unbalanced TV",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Tv, false),
    },
    Solver {
        name: "unbalanced TV, entropic",
        kinds: &Kind::ALL,
        trial: |kind, seed| unbalanced(kind, seed, Marginal::Tv, true),
    },
    Solver { name: "partial", kinds: &Kind::ALL, trial: in_part },
    Solver { name: "low rank", kinds: &Kind::CLOUDS, trial: low_rank },
    Solver { name: "barycenter, fixed", kinds: &Kind::CLOUDS, trial: fixed_barycenter },
    Solver { name: "barycenter, free", kinds: &Kind::CLOUDS, trial: free_barycenter },
    Solver { name: "gromov", kinds: &Kind::CLOUDS, trial: gromov },
    Solver { name: "sliced, max-sliced", kinds: &Kind::CLOUDS, trial: sliced },
    Solver { name: "gaussian", kinds: &Kind::CLOUDS, trial: gaussian_distance },
    Solver { name: "gaussian barycenter", kinds: &Kind::CLOUDS, trial: gaussian_barycenter },
];

/// Only extremes may be refused; plain problems must be solved.
fn refused(kind: Kind, error: &Error) -> std::result::Result<Outcome, Fault> {
    let extreme = matches!(kind, Kind::Scaled | Kind::Outliers);
    if extreme { Ok(Outcome::Refused) } else { Err(Fault::Wrong(format!("refused: {error}"))) }
}

fn held(r: &Report) -> Outcome {
    if r.status == Status::Diverged { Outcome::GaveUp } else { Outcome::Held }
}

/// The solver with its limit.
macro_rules! limited {
    ($solver:expr, $seed:expr) => {
        match Limit::of($seed) {
            Limit::None => $solver,
            Limit::Iterations(k) => $solver.iteration_limit(k),
            Limit::Time(t) => $solver.time_limit(t),
        }
    };
}

/// Whether a linear program can tell the truth about such a problem, and this is one of the problems for which it is asked.
fn program(kind: Kind, seed: u64) -> bool {
    !matches!(kind, Kind::Uneven | Kind::Outliers | Kind::Signs) && seed % 8 == 7
}

fn feasible(truth: Option<Truth>) -> Option<bool> {
    truth.map(|truth| truth.cost.is_finite())
}

fn solved(
    kind: Kind,
    t: &Table,
    truth: Option<Truth>,
    found: Result<Solution>,
    strict: bool,
) -> std::result::Result<Outcome, Fault> {
    match found {
        Err(Error::Infeasible { .. }) if kind == Kind::Forbidden && feasible(truth) != Some(true) => Ok(Outcome::Held),
        Err(error) => refused(kind, &error),
        Ok(s) => {
            let truth = truth.filter(|truth| truth.cost.is_finite());
            check::balanced(&t.costs, (&t.a, &t.b), &s, truth, strict)?;
            Ok(held(&s.report))
        }
    }
}

fn exact(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let t = table(kind, seed);
    let truth = truth::transport(t.costs.view(), &t.a, &t.b, program(kind, seed));
    let found = Problem::with_cost(t.costs.clone(), Some(t.a.clone()), Some(t.b.clone()))
        .and_then(|problem| limited!(Exact::new(), seed).solve(&problem));
    solved(kind, &t, truth, found, true)
}

fn sinkhorn(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let t = table(kind, seed);
    let truth = truth::transport(t.costs.view(), &t.a, &t.b, program(kind, seed));
    let eps = [2e-3, 0.02, 0.3, 10.0][(seed / 12 % 4) as usize];
    let solver = Sinkhorn::new(eps).relative_to_mean_cost().iteration_limit(300);
    let found = Problem::with_cost(t.costs.clone(), Some(t.a.clone()), Some(t.b.clone()))
        .and_then(|problem| limited!(solver, seed).solve(&problem));
    if let Ok(s) = &found {
        let entropic = s.regularised.as_ref().expect("an entropic solution");
        let value = (program(kind, seed) && eps > 0.1 && kind != Kind::Forbidden)
            .then(|| truth::entropic(&t.costs, &t.a, &t.b, entropic.epsilon))
            .flatten();
        check::entropic(&t.costs, (&t.a, &t.b), entropic, &s.plan, value)?;
    }
    solved(kind, &t, truth, found, false)
}

fn unbalanced(
    kind: Kind,
    seed: u64,
    marginal: fn(f64) -> Marginal,
    entropic: bool,
) -> std::result::Result<Outcome, Fault> {
    let Table { costs, a, mut b } = table(kind, seed);
    // totals of their own
    b.iter_mut().for_each(|b| *b *= [1.0, 0.5, 20.0][(seed / 3 % 3) as usize]);
    let size = costs.iter().filter(|c| c.is_finite()).fold(0.0f64, |most, c| most.max(c.abs()));
    let scale = if kind == Kind::Scaled { size.max(1e-300) } else { 1.0 };
    let strength = [0.03, 1.0, 50.0][(seed / 12 % 3) as usize] * scale;
    let marginals = [marginal(strength), marginal(strength)];
    let found = Problem::unbalanced(costs.view(), &a, &b, marginals[0], marginals[1]).and_then(|problem| {
        if entropic {
            let solver = Sinkhorn::new([0.01, 1.0][(seed % 2) as usize] * scale).iteration_limit(200);
            limited!(solver, seed).solve(&problem)
        } else if let Marginal::Tv(_) = marginals[0] {
            limited!(Exact::new(), seed).solve(&problem)
        } else {
            limited!(Unbalanced::new().iteration_limit(200), seed).solve(&problem)
        }
    });
    let lowest = costs.iter().copied().fold(0.0, f64::min);
    match found {
        // to create mass on both sides would pay without bound
        Err(Error::OutOfDomain { .. }) if marginals[0] == Marginal::Tv(strength) && lowest < -2.0 * strength => {
            Ok(Outcome::Held)
        }
        Err(error) => refused(kind, &error),
        Ok(s) => {
            check::unbalanced(&costs, (&a, &b), marginals, &s)?;
            Ok(held(&s.report))
        }
    }
}

/// As an ordinary problem with a dummy on each side, by the truth's own routes.
fn in_part(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let Table { costs, a, mut b } = table(kind, seed);
    b.iter_mut().for_each(|b| *b *= [1.0, 0.5, 3.0][(seed / 3 % 3) as usize]);
    let (total_a, total_b) = (a.iter().sum::<f64>(), b.iter().sum::<f64>());
    let moved = [0.0, 0.25, 0.9, 1.0][(seed % 4) as usize] * total_a.min(total_b);
    let problem = Problem::partial(costs.view(), &a, &b, moved);
    let found = problem.and_then(|problem| limited!(Exact::new(), seed).solve(&problem));
    let found = match found {
        Err(Error::Infeasible { .. }) if kind == Kind::Forbidden => return Ok(Outcome::Held),
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let (r, (u, v), price) = (&found.report, &found.potentials, found.price.expect("a price"));
    check::report(r)?;
    let (mut rows, mut columns) = (vec![0.0; a.len()], vec![0.0; b.len()]);
    let (mut primal, mut size) = (0.0, 0.0);
    for (i, j, mass) in found.plan.arcs() {
        rows[i] += mass;
        columns[j] += mass;
        primal += mass * costs[[i, j]];
        size += (mass * costs[[i, j]]).abs();
    }
    let over = rows.iter().zip(&a).chain(columns.iter().zip(&b)).map(|(p, w)| (p - w).max(0.0)).sum::<f64>();
    let sum = rows.iter().sum::<f64>();
    is_true(over + (sum - moved).abs() <= 1e-12 * moved, || format!("moves {sum:e} of {moved:e}, {over:e} too much"))?;
    // a plan that was not finished may use a forbidden arc, which proves no upper bound
    let unfinished = r.status != Status::Converged && primal == f64::INFINITY && r.primal == f64::INFINITY;
    is_true(unfinished || (primal - r.primal).abs() <= 1e-13 * size, || {
        format!("primal {:e} is {primal:e}", r.primal)
    })?;
    is_true(u.iter().chain(v).all(|p| *p <= 0.0), || "a potential is positive".to_owned())?;
    let mut excess = 0.0;
    for ((i, j), c) in costs.indexed_iter() {
        let beyond = u[i] + v[j] + price - c;
        is_true(beyond <= 1e-14 * (u[i].abs() + v[j].abs() + price.abs() + c.abs()), || {
            format!("potentials break the constraint ({i}, {j}) by {beyond:e}")
        })?;
        excess = f64::max(excess, beyond);
    }
    let terms: Vec<f64> = a
        .iter()
        .zip(u)
        .chain(b.iter().zip(v))
        .chain([(&moved, &price)])
        .map(|(w, p)| if *w > 0.0 { w * p } else { 0.0 })
        .collect();
    let (dual, rounding) = (terms.iter().sum::<f64>(), 1e-15 * terms.iter().map(|t| t.abs()).sum::<f64>());
    is_true(r.dual <= dual + 4.0 * rounding, || format!("dual {:e} is {dual:e}", r.dual))?;
    if dual - excess.max(0.0) * moved > primal + 4.0 * rounding + 1e-13 * size {
        return Err(Fault::Crossed(format!("{dual:e} above {primal:e}")));
    }
    Ok(held(r))
}

fn laws(c: &Clouds) -> (Empirical, Empirical) {
    let law = |points: &Array2<f64>, w: &[f64]| Empirical::weighted(points.clone(), w.to_vec()).expect("a law");
    (law(&c.x, &c.a), law(&c.y, &c.b))
}

const GROUNDS: [Ground; 4] = [Ground::SqEuclidean, Ground::Euclidean, Ground::Cityblock, Ground::Chebyshev];

fn line_of(points: &Array2<f64>) -> Vec<f64> {
    points.column(0).to_vec()
}

fn on_the_line(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 1, 450, seed);
    let (x, y) = (line_of(&c.x), line_of(&c.y));
    let p: f64 = [1.0, 2.0, 3.0][(seed % 3) as usize];
    let p = if kind == Kind::Scaled { p.min(2.0) } else { p };
    let costs = Array2::from_shape_fn((x.len(), y.len()), |(i, j)| (x[i] - y[j]).abs().powf(p));
    let value = truth::line(&x, &c.a, &y, &c.b, p);
    let truth = Truth { cost: value, moved: value, precision: 1e-15 };
    match line::wasserstein(&x, Some(&c.a), &y, Some(&c.b), p) {
        Err(error) => refused(kind, &error),
        Ok(s) => {
            check::balanced(&costs, (&c.a, &c.b), &s, Some(truth), true)?;
            let distance =
                line::distance(&x, Some(&c.a), &y, Some(&c.b), p).map_err(|e| Fault::Wrong(e.to_string()))?;
            bracket("distance", distance.dual, distance.value)?;
            is_true((distance.value - s.distance()).abs() <= 1e-12 * s.distance(), || {
                format!("distance {:e}, with the plan {:e}", distance.value, s.distance())
            })?;
            Ok(held(&s.report))
        }
    }
}

fn on_the_circle(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 1, 450, seed);
    let (x, y) = (line_of(&c.x), line_of(&c.y));
    let p: f64 = [1.0, 2.0][(seed % 2) as usize];
    let round =
        if kind == Kind::Scaled { 3.0 * x.iter().chain(&y).fold(0.0f64, |most, t| most.max(t.abs())) } else { 2.0 };
    if round <= 0.0 {
        return Ok(Outcome::Refused);
    }
    let costs = Array2::from_shape_fn((x.len(), y.len()), |(i, j)| {
        let wrap = |t: f64| t - round * (t / round).round();
        let around = [-1.0, 0.0, 1.0].map(|k| (wrap(x[i]) - (wrap(y[j]) + k * round)).abs());
        around.into_iter().fold(f64::INFINITY, f64::min).powf(p)
    });
    let truth = truth::transport(costs.view(), &c.a, &c.b, program(kind, seed));
    let truth = truth.filter(|_| kind != Kind::Outliers);
    match circle::wasserstein(&x, Some(&c.a), &y, Some(&c.b), round, p) {
        Err(error) => refused(kind, &error),
        Ok(s) if kind == Kind::Outliers => {
            // far points lose digits when they are wound up, so costs are the solver's own
            check::report(&s.report)?;
            Ok(held(&s.report))
        }
        Ok(s) => {
            check::balanced(&costs, (&c.a, &c.b), &s, truth, true)?;
            Ok(held(&s.report))
        }
    }
}

fn debiased(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 450, seed);
    let (x, y) = laws(&c);
    let ground = GROUNDS[(seed % 3) as usize];
    let eps = [5e-3, 0.3][(seed / 12 % 2) as usize];
    let solver = limited!(Sinkhorn::new(eps).relative_to_mean_cost().iteration_limit(300), seed);
    let found = match sinkhorn_divergence(&x, &y, ground, &solver) {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let r = &found.report;
    check::report(r)?;
    is_true(!found.value.is_nan() && found.value >= 0.0, || format!("value {}", found.value))?;
    bracket("value and upper bound", found.value, r.primal)?;
    bracket("lower bound and value", r.dual, found.value)?;
    if program(kind, seed) && eps > 0.1 && kind != Kind::Scaled {
        let value = |x: &Empirical, y: &Empirical| {
            let costs = check::costs(x.points(), y.points(), ground);
            let size = costs.iter().fold(0.0f64, |most, c| most.max(*c));
            truth::entropic(&costs, x.weights(), y.weights(), found.epsilon).map(|value| (value, size))
        };
        if let (Some(xy), Some(xx), Some(yy)) = (value(&x, &y), value(&x, &x), value(&y, &y)) {
            let truth = xy.0 - 0.5 * (xx.0 + yy.0);
            // the truth is a difference, too, of terms of the size of epsilon
            let size = 1e-9 * (xy.1 + xx.1 + yy.1) + 1e-15 * found.epsilon;
            is_true(r.dual <= truth + size && truth <= r.primal + size, || {
                format!("{truth:e} not in [{:e}, {:e}]", r.dual, r.primal)
            })?;
        }
    }
    Ok(held(r))
}

fn low_rank(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 450, seed);
    let (x, y) = laws(&c);
    let problem = Problem::between(&x, &y, Ground::SqEuclidean);
    let found = match problem.and_then(|p| limited!(LowRank::new(1 + (seed % 4) as usize), seed).solve(&p)) {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    check::report(&found.report)?;
    let costs = check::costs(c.x.view(), c.y.view(), Ground::SqEuclidean);
    let plan = found.plan.to_dense();
    let (mut primal, mut size) = (0.0, 0.0);
    for ((i, j), p) in plan.indexed_iter() {
        is_true(*p >= 0.0, || format!("plan {p}"))?;
        primal += p * costs[[i, j]];
        size += p * costs[[i, j]];
    }
    let off = plan.rows().into_iter().zip(&c.a).chain(plan.columns().into_iter().zip(&c.b));
    let error = off.map(|(line, w)| (line.sum() - w).abs()).sum::<f64>();
    is_true(error <= 1e-11, || format!("marginals off by {error:e}"))?;
    let spread = spread(&c.x, &c.a) + spread(&c.y, &c.b);
    // means are as exact as the points
    let spread = spread + (1e-5 * farthest(&c)).powi(2);
    is_true((primal - found.cost()).abs() <= 1e-10 * (size + spread), || {
        format!("cost {:e} is {primal:e}", found.cost())
    })?;
    if let Some(truth) = truth::transport(costs.view(), &c.a, &c.b, program(kind, seed)) {
        check::holds(&found.report, truth, (truth.precision + 1e-10) * (size + spread))?;
    }
    Ok(held(&found.report))
}

fn farthest(c: &Clouds) -> f64 {
    c.x.iter().chain(&c.y).fold(0.0, |most, t| most.max(t.abs()))
}

/// The variance of a law, over all coordinates.
fn spread(points: &Array2<f64>, w: &[f64]) -> f64 {
    let weights = Array1::from(w.to_vec());
    let mean = weights.dot(points);
    points.rows().into_iter().zip(w).map(|(p, w)| w * (&p - &mean).mapv(|t| t * t).sum()).sum()
}

fn fixed_barycenter(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 450, seed);
    let costs = check::costs(c.x.view(), c.y.view(), Ground::SqEuclidean);
    let size = costs.iter().fold(0.0f64, |most, c| most.max(*c));
    let law = |w: &[f64]| Pmf::normalised(w.to_vec());
    let mut turned = c.b.clone();
    turned.rotate_left(1);
    let laws = [law(&c.b).expect("a law"), law(&turned).expect("a law")];
    let eps = [0.01, 0.3][(seed / 12 % 2) as usize] * if size > 0.0 { size } else { 1.0 };
    let solver = limited!(FixedSupport::new(eps).iteration_limit(300), seed);
    let weights = [[0.5, 0.5], [1.0, 0.0], [0.999, 0.001]][(seed % 3) as usize];
    let found = Cost::matrix(costs.clone()).and_then(|cost| solver.solve(&cost, &laws, &weights));
    let found = match found {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let r = &found.report;
    check::report(r)?;
    let masses = found.masses.masses();
    is_true(masses.iter().all(|w| *w >= 0.0) && (masses.iter().sum::<f64>() - 1.0).abs() < 1e-12, || {
        "no law".to_owned()
    })?;
    // what the barycenter found really costs is no more than the upper bound and no less than the lower one
    let each = laws.iter().map(|law| truth::transport(costs.view(), masses, law.masses(), false));
    if let Some(each) = each.collect::<Option<Vec<Truth>>>() {
        let cost = each.iter().zip(weights).map(|(t, w)| w * t.cost).sum::<f64>();
        let within = 1e-12 * cost + 1e-14 * size;
        is_true(r.dual <= cost + within && cost <= r.primal + within, || {
            format!("the barycenter costs {cost:e}, not in [{:e}, {:e}]", r.dual, r.primal)
        })?;
    }
    // and so does every other law on these points: all mass on one, or as the rows have it
    for i in 0..costs.nrows() {
        let cost = laws
            .iter()
            .zip(weights)
            .map(|(law, w)| w * law.masses().iter().enumerate().map(|(j, b)| b * costs[[i, j]]).sum::<f64>())
            .sum::<f64>();
        is_true(r.dual <= cost + 1e-12 * cost + 1e-14 * size, || {
            format!("dual {:e}, but point {i} costs {cost:e}", r.dual)
        })?;
    }
    Ok(held(r))
}

fn free_barycenter(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 450, seed);
    let (x, y) = laws(&c);
    let weights = [[0.5, 0.5], [0.9, 0.1], [1.0, 0.0]][(seed % 3) as usize];
    let solver = limited!(FreeSupport::new().iteration_limit(30), seed);
    let found = match solver.solve(&[x.clone(), y.clone()], &weights, &x) {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let r = &found.report;
    check::report(r)?;
    let mut value = 0.0;
    for (law, w) in [&x, &y].into_iter().zip(weights) {
        let costs = check::costs(found.law.points(), law.points(), Ground::SqEuclidean);
        let Some(truth) = truth::transport(costs.view(), found.law.weights(), law.weights(), false) else {
            return Ok(held(r));
        };
        value += w * truth.cost;
    }
    let size = check::costs(c.x.view(), c.y.view(), Ground::SqEuclidean).iter().fold(0.0f64, |most, c| most.max(*c));
    is_true((value - r.primal).abs() <= 1e-9 * value + 1e-14 * size, || {
        format!("objective {:e} is {value:e}", r.primal)
    })?;
    is_true(r.dual <= value * (1.0 + 1e-9) + 1e-14 * size, || {
        format!("dual {:e} above the objective {value:e}", r.dual)
    })?;
    Ok(held(r))
}

fn gromov(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 2, 200, seed);
    let (x, y) = laws(&c);
    let ground = GROUNDS[(seed % 2) as usize];
    let solver = limited!(Gromov::new().restarts(1).iteration_limit(20), seed);
    let spaces = Space::of(&x, ground).and_then(|p| Ok((p, Space::of(&y, ground)?)));
    let found = match spaces.and_then(|(p, q)| solver.solve(&p, &q)) {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    let r = &found.report;
    check::report(r)?;
    let (within, across) = (check::costs(c.x.view(), c.x.view(), ground), check::costs(c.y.view(), c.y.view(), ground));
    let objective = |arcs: &[(usize, usize, f64)]| {
        let (mut value, mut size) = (0.0, 0.0);
        for &(i, j, p) in arcs {
            for &(k, l, q) in arcs {
                value += p * q * (within[[i, k]] - across[[j, l]]).powi(2);
                size += p * q * (within[[i, k]].powi(2) + across[[j, l]].powi(2));
            }
        }
        (value, size)
    };
    let arcs = found.plan.arcs();
    is_true(arcs.iter().all(|(.., p)| *p > 0.0 && p.is_finite()), || "a mass is no number".to_owned())?;
    let (mut rows, mut columns) = (vec![0.0; c.a.len()], vec![0.0; c.b.len()]);
    for &(i, j, p) in &arcs {
        rows[i] += p;
        columns[j] += p;
    }
    let off = rows.iter().zip(&c.a).chain(columns.iter().zip(&c.b)).map(|(p, w)| (p - w).abs()).sum::<f64>();
    is_true(off <= 1e-11, || format!("marginals off by {off:e}"))?;
    let (value, size) = objective(&arcs);
    is_true((value - r.primal).abs() <= 1e-11 * size, || format!("objective {:e} is {value:e}", r.primal))?;
    // no plan is below the lower bound: the product of the weights is one
    let product: Vec<(usize, usize, f64)> = (0..c.a.len())
        .flat_map(|i| (0..c.b.len()).map(move |j| (i, j)))
        .map(|(i, j)| (i, j, c.a[i] * c.b[j]))
        .collect();
    let (other, _) = objective(&product);
    is_true(r.dual <= other + 1e-11 * size && r.dual <= value + 1e-11 * size, || {
        format!("dual {:e}, but plans at {value:e} and {other:e}", r.dual)
    })?;
    Ok(held(r))
}

fn sliced(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let c = clouds(kind, 3, 450, seed);
    let (x, y) = laws(&c);
    let p: f64 = [1.0, 2.0][(seed % 2) as usize];
    let (mean, most) = match (Sliced::new(12).solve(&x, &y, p), MaxSliced::new(2).solve(&x, &y, p)) {
        (Ok(mean), Ok(most)) => (mean, most),
        (Err(error), _) | (_, Err(error)) => return refused(kind, &error),
    };
    let (low, high) = mean.interval.unwrap_or((mean.value, mean.value));
    bracket("interval", low, high)?;
    bracket("interval and value", low, mean.value)?;
    bracket("value and interval", mean.value, high)?;
    bracket("max-sliced", most.distance, most.upper)?;
    is_true(mean.value >= 0.0 && mean.value <= most.upper * (1.0 + 1e-12), || {
        format!("sliced {:e} above every slice, {:e}", mean.value, most.upper)
    })?;
    let projected = |points: &Array2<f64>| points.dot(&most.direction).to_vec();
    let (px, py) = (projected(&c.x), projected(&c.y));
    let slice = truth::line(&px, &c.a, &py, &c.b, p).powf(1.0 / p);
    let size = px.iter().chain(&py).fold(0.0f64, |most, t| most.max(t.abs()));
    is_true((slice - most.distance).abs() <= 1e-9 * slice + 1e-7 * size, || {
        format!("max-sliced {:e} is {slice:e} along its direction", most.distance)
    })?;
    Ok(Outcome::Held)
}

/// The law with the moments of a cloud.
fn gaussian_of(points: &Array2<f64>, w: &[f64]) -> Result<Gaussian> {
    let weights = Array1::from(w.to_vec());
    let mean = weights.dot(points);
    let centred = points - &mean;
    let mut scaled = centred.clone();
    for (mut row, w) in scaled.rows_mut().into_iter().zip(w) {
        row *= *w;
    }
    Gaussian::new(mean, centred.t().dot(&scaled))
}

fn gaussian_distance(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let d = 1 + (seed % 3) as usize;
    let c = clouds(kind, d, 200, seed);
    let found = gaussian_of(&c.x, &c.a)
        .and_then(|p| Ok((p, gaussian_of(&c.y, &c.b)?)))
        .and_then(|(p, q)| Ok((gaussian::squared_distance(&p, &q)?, p, q)));
    let (found, p, q) = match found {
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    bracket("distance", found.dual, found.value)?;
    let shift = (&p.mean() - &q.mean()).mapv(|t| t * t).sum();
    let traces = p.cov().diag().sum() + q.cov().diag().sum();
    is_true(found.value >= shift * (1.0 - 1e-12) && found.value <= (shift + traces) * (1.0 + 1e-12), || {
        format!("{:e} is not between {shift:e} and {:e}", found.value, shift + traces)
    })?;
    if d == 1 {
        let deviations = (p.cov()[[0, 0]].sqrt() - q.cov()[[0, 0]].sqrt()).powi(2);
        let expected = shift + deviations;
        is_true((found.value - expected).abs() <= 1e-13 * (shift + traces), || {
            format!("{:e} is {expected:e}", found.value)
        })?;
    }
    // laws of their own moments: transport between the clouds costs no less
    let costs = check::costs(c.x.view(), c.y.view(), Ground::SqEuclidean);
    if let Some(truth) = truth::transport(costs.view(), &c.a, &c.b, program(kind, seed)) {
        let means = (1e-14 * farthest(&c)).powi(2);
        is_true(found.dual <= truth.cost + (truth.precision + 1e-12) * (shift + traces) + means, || {
            format!("dual {:e} above the transport of the clouds {:e}", found.dual, truth.cost)
        })?;
    }
    Ok(if found.dual == f64::NEG_INFINITY { Outcome::GaveUp } else { Outcome::Held })
}

fn gaussian_barycenter(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let d = 1 + (seed % 2) as usize;
    let c = clouds(kind, d, 200, seed);
    let weights = [[0.5, 0.5], [0.999, 0.001], [1.0, 0.0]][(seed % 3) as usize];
    let laws = gaussian_of(&c.x, &c.a).and_then(|p| Ok([p, gaussian_of(&c.y, &c.b)?]));
    let laws = match laws {
        Err(error) => return refused(kind, &error),
        Ok(laws) => laws,
    };
    let found = match gaussian::barycenter(&laws, Some(&weights)) {
        // a mean covariance that is singular has no maps to start from
        Err(Error::NotPositiveDefinite { .. }) => return Ok(Outcome::Refused),
        Err(error) => return refused(kind, &error),
        Ok(found) => found,
    };
    check::report(&found.report)?;
    let each = laws.iter().zip(weights).map(|(law, w)| Ok(w * gaussian::squared_distance(&found.law, law)?.value));
    let value: Verdict = match each.sum::<Result<f64>>() {
        Err(error) => Err(Fault::Wrong(error.to_string())),
        Ok(value) => {
            let size =
                laws.iter().zip(weights).map(|(law, w)| w * law.cov().diag().sum()).sum::<f64>() + found.report.primal;
            is_true((value - found.report.primal).abs() <= 1e-6 * size, || {
                format!("objective {:e} is {value:e}", found.report.primal)
            })
        }
    };
    value?;
    Ok(held(&found.report))
}
