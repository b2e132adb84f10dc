//! The independent verifier of transport solutions.
//!
//! It takes the raw problem (costs or points, and masses) and what a solver claims, recomputes everything by the plain
//! definition, and shares no code with the solvers. It trusts no bookkeeping: not the primal, not the dual, not the
//! marginal error, not the status.

//!
//! `check_…` panics, for tests of one solution. The verdicts at the end name a [`Fault`], for tests and soaks over many
//! problems: what is wrong with the claims of any solver, on any input, however early it stopped.

#![allow(dead_code)] // each test file uses a part of this

use super::double_double::Dd;
use super::truth::Truth;
use fenchel::certificate::{Report, Status};
use fenchel::transport::{Ground, Marginal, Plan, Regularised, Solution};
use ndarray::{Array2, ArrayView2};

/// The result of the verifier.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub primal: f64,
    pub dual: f64,
    /// L1 distance of the plan's marginals from the masses.
    pub marginal_error: f64,
    /// Largest `u_i + v_j - c_ij`, relative to the size of the three.
    pub infeasibility: f64,
    /// Largest `u_i + v_j - c_ij`, computed without rounding where it cancels; zero if there is none.
    pub violation: f64,
    pub arcs: usize,
}

/// The costs between two clouds, from the definition.
pub fn costs(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, ground: Ground) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), y.nrows()), |(i, j)| {
        let gaps = (0..x.ncols()).map(|k| (x[[i, k]] - y[[j, k]]).abs());
        match ground {
            Ground::SqEuclidean => gaps.map(|g| g * g).sum(),
            Ground::Euclidean => gaps.map(|g| g * g).sum::<f64>().sqrt(),
            Ground::Cityblock => gaps.sum(),
            Ground::Chebyshev => gaps.fold(0.0, f64::max),
        }
    })
}

/// Recomputes the certificate.
pub fn recompute(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let (n, m) = c.dim();
    let (u, v) = &solution.potentials;
    assert_eq!((a.len(), b.len(), u.len(), v.len()), (n, m, n, m), "sizes");
    let arcs = solution.plan.arcs();
    let (mut rows, mut columns, mut primal) = (vec![0.0; n], vec![0.0; m], 0.0);
    for &(i, j, mass) in &arcs {
        assert!(mass > 0.0 && mass.is_finite(), "arc ({i}, {j}) carries {mass}");
        rows[i] += mass;
        columns[j] += mass;
        primal += mass * c[[i, j]];
    }
    let error = |sums: &[f64], masses: &[f64]| sums.iter().zip(masses).map(|(s, w)| (s - w).abs()).sum::<f64>();
    let (mut infeasibility, mut violation) = (f64::NEG_INFINITY, 0.0f64);
    for ((i, j), &c) in c.indexed_iter() {
        assert!(u[i].is_finite() && v[j].is_finite(), "potentials ({i}, {j}): {} {}", u[i], v[j]);
        if c.is_finite() {
            let size = u[i].abs() + v[j].abs() + c.abs();
            infeasibility = infeasibility.max((u[i] + v[j] - c) / size.max(f64::MIN_POSITIVE));
            let (sum, lost) = two_sum(u[i], v[j]);
            let (difference, rest) = two_sum(sum, -c);
            violation = violation.max(difference + (lost + rest));
        }
    }
    let value = |masses: &[f64], p: &[f64]| masses.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    Found {
        primal,
        dual: value(a, u) + value(b, v),
        marginal_error: error(&rows, a) + error(&columns, b),
        infeasibility,
        violation,
        arcs: arcs.len(),
    }
}

/// A sum and what its rounding has lost.
fn two_sum(x: f64, y: f64) -> (f64, f64) {
    let sum = x + y;
    let part = sum - x;
    (sum, (x - (sum - part)) + (y - part))
}

/// Panics unless plan and potentials are feasible and the report tells the truth about them.
#[track_caller]
pub fn check_bracket(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let found = recompute(c, a, b, solution);
    let report = &solution.report;
    let total: f64 = a.iter().sum();
    let size = c.iter().filter(|c| c.is_finite()).fold(0.0f64, |s, c| s.max(c.abs()));
    let potentials = solution.potentials.0.iter().chain(&solution.potentials.1).fold(0.0f64, |s, p| s.max(p.abs()));
    let rounding = 1e-12 * total * size.max(potentials).min(1e3 * found.primal.abs().max(size));
    assert!(found.marginal_error <= 1e-12 * total, "marginals off by {:e}", found.marginal_error);
    assert!(found.infeasibility <= 1e-12, "potentials infeasible by {:e} (relative)", found.infeasibility);
    assert!(
        report.primal.is_infinite()
            || (report.primal - found.primal).abs() <= 1e-12 * found.primal.abs() + 1e-14 * total * size
    );
    assert!((report.dual - found.dual).abs() <= rounding, "dual {} is really {}", report.dual, found.dual);
    assert!(report.dual <= report.primal + rounding, "dual {} above primal {}", report.dual, report.primal);
    assert!((report.residual - found.marginal_error).abs() <= 1e-12 * total);
    found
}

/// As [`check_bracket`], and the optimum must be claimed and proven, by a sparse plan.
#[track_caller]
pub fn check_optimal(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let found = check_bracket(c, a, b, solution);
    let report = &solution.report;
    let moved: f64 = solution.plan.arcs().iter().map(|&(i, j, mass)| (mass * c[[i, j]]).abs()).sum();
    assert_eq!(report.status, Status::Converged, "bracket [{:e}, {:e}]", report.dual, report.primal);
    assert!(report.gap() <= 1e-9 * moved, "gap {:e} of {:e}", report.gap(), moved);
    // potentials that break a constraint by more prove nothing, whatever their dual value
    let total: f64 = a.iter().sum();
    assert!(found.violation * total <= 1e-9 * moved, "u + v - c = {:e} beside {:e}", found.violation, moved);
    assert!(found.arcs < a.len() + b.len(), "{} arcs", found.arcs);
    found
}

// ------------------------------------------------------------------------------------------------------------- verdicts

/// A fault of a claim.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    /// Something is not a number, or infinite where it must not be.
    Nan(String),
    /// Plan and potentials contradict each other: the bound that one proves lies above the cost of the other.
    Crossed(String),
    /// An interval is printed with its ends exchanged.
    Inverted(String),
    /// A number is not what plan, potentials or an independent solver say.
    Wrong(String),
}

pub type Verdict = Result<(), Fault>;

/// How exact a recomputed number must be, relative to the size of its terms.
const DIGITS: f64 = 1e-13;
/// The part of the cost moved to which an optimum that is claimed must be proven and true.
const PROVEN: f64 = 1e-9;

pub fn is_true(holds: bool, why: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(Fault::Wrong(why())) }
}

/// The numbers of a report by themselves: none is NaN, the bracket is one, and who claims convergence has two bounds.
pub fn report(r: &Report) -> Verdict {
    let numbers = [r.primal, r.dual, r.residual, r.seconds, r.gap()];
    if numbers.iter().chain(r.trace.iter().map(|(_, x)| x)).any(|x| x.is_nan()) {
        return Err(Fault::Nan(format!("{r:?}")));
    }
    if r.status == Status::Converged && !(r.primal.is_finite() && r.dual.is_finite()) {
        return Err(Fault::Nan(format!("converged with [{:e}, {:e}]", r.dual, r.primal)));
    }
    bracket("report", r.dual, r.primal)
}

pub fn bracket(what: &str, low: f64, high: f64) -> Verdict {
    if low.is_nan() || high.is_nan() {
        return Err(Fault::Nan(format!("{what}: [{low:e}, {high:e}]")));
    }
    if low > high { Err(Fault::Inverted(format!("{what}: [{low:e}, {high:e}]"))) } else { Ok(()) }
}

/// Whether the bracket holds the truth, up to rounding of the masses and of the route by which the truth was found.
pub fn holds(r: &Report, truth: Truth, rounding: f64) -> Verdict {
    let within = 1e-12 * truth.moved + rounding;
    is_true(r.dual <= truth.cost + within && truth.cost <= r.primal + within, || {
        format!("{:e} is not in [{:e}, {:e}] ({})", truth.cost, r.dual, r.primal, r.status)
    })
}

/// Row sums, column sums, cost and the size of its terms, from the plan alone.
struct Moved {
    rows: Vec<f64>,
    columns: Vec<f64>,
    cost: f64,
    size: f64,
}

fn moved(costs: &Array2<f64>, plan: &Plan) -> Result<Moved, Fault> {
    let (n, m) = costs.dim();
    let mut sums = (vec![Dd::ZERO; n], vec![Dd::ZERO; m]);
    let (mut cost, mut size) = (Dd::ZERO, 0.0);
    for (i, j, mass) in plan.arcs() {
        if !(mass > 0.0 && mass.is_finite()) {
            return Err(Fault::Nan(format!("arc ({i}, {j}) carries {mass}")));
        }
        sums.0[i] = sums.0[i] + Dd::from(mass);
        sums.1[j] = sums.1[j] + Dd::from(mass);
        size += mass * costs[[i, j]].abs();
        cost = cost + if costs[[i, j]].is_finite() { Dd::from(mass) * Dd::from(costs[[i, j]]) } else { Dd::ZERO };
    }
    let values = |sums: Vec<Dd>| sums.into_iter().map(Dd::to_f64).collect();
    let cost = if size.is_finite() { cost.to_f64() } else { f64::INFINITY };
    Ok(Moved { rows: values(sums.0), columns: values(sums.1), cost, size })
}

/// By how much each row's potential must be lowered so that no constraint is broken, or else each column's.
fn violations(costs: &Array2<f64>, (u, v): (&[f64], &[f64])) -> Result<(Vec<f64>, Vec<f64>), Fault> {
    if u.len() != costs.nrows() || v.len() != costs.ncols() {
        return Err(Fault::Wrong(format!("{} and {} potentials", u.len(), v.len())));
    }
    if let Some(p) = u.iter().chain(v).find(|p| !p.is_finite()) {
        return Err(Fault::Nan(format!("a potential is {p}")));
    }
    let (mut rows, mut columns) = (vec![0.0f64; u.len()], vec![0.0f64; v.len()]);
    for ((i, j), c) in costs.indexed_iter().filter(|(_, c)| c.is_finite()) {
        let beyond = (Dd::from(u[i]) + Dd::from(v[j]) - Dd::from(*c)).to_f64();
        rows[i] = rows[i].max(beyond);
        columns[j] = columns[j].max(beyond);
    }
    Ok((rows, columns))
}

/// A solution of a problem whose marginals are kept. `strict` for solvers that claim an optimum only where they prove it.
pub fn balanced(
    costs: &Array2<f64>,
    (a, b): (&[f64], &[f64]),
    s: &Solution,
    truth: Option<Truth>,
    strict: bool,
) -> Verdict {
    let r = &s.report;
    report(r)?;
    let plan = moved(costs, &s.plan)?;
    let total: f64 = a.iter().sum();
    let off = |sums: &[f64], w: &[f64]| sums.iter().zip(w).map(|(s, w)| (s - w).abs()).sum::<f64>();
    let error = off(&plan.rows, a) + off(&plan.columns, b);
    // beside enormous costs an iteration may stop before all mass is moved, and its residual says so
    let said = if strict || r.status == Status::Converged { 0.0 } else { r.residual };
    is_true(error <= 1e-12 * total + 1.01 * said, || {
        format!("marginals off by {error:e} of {total:e}, the residual says {:e}", r.residual)
    })?;
    is_true((plan.cost - r.primal).abs() <= DIGITS * plan.size || r.primal == f64::INFINITY, || {
        format!("primal {:e} is {:e}", r.primal, plan.cost)
    })?;
    let (u, v) = (&s.potentials.0[..], &s.potentials.1[..]);
    let lower = violations(costs, (u, v))?;
    let product = |w: f64, p: f64| if w > 0.0 { Dd::from(w) * Dd::from(p) } else { Dd::ZERO };
    let terms = a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| product(*w, *p));
    let size = terms.clone().map(|t| t.abs().to_f64()).sum::<f64>();
    let lost = |w: &[f64], by: &[f64]| w.iter().zip(by).map(|(w, by)| w * by).sum::<f64>();
    let excess = lost(a, &lower.0).min(lost(b, &lower.1));
    let proven = terms.fold(Dd::ZERO, |sum, t| sum + t).to_f64() - excess;
    let rounding = 4.0 * f64::EPSILON * size;
    is_true(r.dual <= proven + rounding, || {
        format!("dual {:e}, the potentials prove {proven:e} (rounding {rounding:e})", r.dual)
    })?;
    // potentials about their own mean: what the mass that is not moved is worth
    let mean = b.iter().zip(v).map(|(b, v)| b * v).sum::<f64>() / total;
    let worth = |sums: &[f64], w: &[f64], p: &[f64], by: f64| {
        sums.iter().zip(w).zip(p).map(|((s, w), p)| (s - w).abs() * (p + by).abs()).sum::<f64>()
    };
    let unmoved = worth(&plan.rows, a, u, mean) + worth(&plan.columns, b, v, -mean);
    if proven > plan.cost + unmoved + rounding + DIGITS * plan.size {
        return Err(Fault::Crossed(format!("{proven:e} is proven, the plan costs {:e}", plan.cost)));
    }
    if r.status == Status::Converged && strict {
        is_true(r.gap() <= PROVEN * plan.size, || format!("gap {:e} of {:e}", r.gap(), plan.size))?;
        is_true(unmoved <= PROVEN * plan.size + r.gap(), || {
            format!("what is not moved is worth {unmoved:e}, the gap is {:e} of {:e}", r.gap(), plan.size)
        })?;
    }
    let Some(truth) = truth else { return Ok(()) };
    let largest = costs.iter().filter(|c| c.is_finite()).fold(0.0f64, |most, c| most.max(c.abs()));
    // masses are known to rounding, and what that is worth no solver can tell
    holds(r, truth, (truth.precision + 1e-15) * total * largest)?;
    if r.status == Status::Converged && strict {
        let off = (r.primal - truth.cost).abs();
        let within = 2.0 * PROVEN * truth.moved + (truth.precision + 1e-15) * total * largest;
        is_true(off <= within, || format!("converged at {:e}, the truth is {:e}", r.primal, truth.cost))?;
    }
    Ok(())
}

/// The values of the entropic problem: its dual recomputed at any potentials, its primal at the rounded plan.
pub fn entropic(
    costs: &Array2<f64>,
    (a, b): (&[f64], &[f64]),
    r: &Regularised,
    plan: &Plan,
    truth: Option<f64>,
) -> Verdict {
    let (f, g) = (&r.potentials.0, &r.potentials.1);
    if let Some(bad) = f.iter().chain(g).chain([&r.linear, &r.primal, &r.dual]).find(|x| x.is_nan()) {
        return Err(Fault::Nan(format!("entropic: {bad}")));
    }
    bracket("entropic", r.dual, r.primal)?;
    let total: f64 = a.iter().sum();
    let (mut value, mut size) = (Dd::ZERO, r.epsilon * total);
    for (w, p) in a.iter().zip(f).chain(b.iter().zip(g)).filter(|(w, _)| **w > 0.0) {
        value = value + Dd::from(*w) * Dd::from(*p);
        size += w * p.abs();
    }
    let mut excess = 0.0;
    for ((i, j), c) in costs.indexed_iter() {
        let reference = a[i] * (b[j] / total);
        if reference > 0.0 {
            let exponent = (f[i] + g[j] - c) / r.epsilon;
            excess += reference * if c.is_finite() { exponent.exp_m1() } else { -1.0 };
            size += if exponent > -40.0 && c.is_finite() {
                reference * exponent.exp() * (c.abs() + f[i].abs() + g[j].abs())
            } else {
                0.0
            };
        }
    }
    // where the rounding of enormous potentials is more than epsilon, only those of the columns are what they say, and those of the rows
    // are their soft minima
    let value = (value.to_f64() - r.epsilon * excess).max(at_columns(costs, (a, b), g, r.epsilon));
    is_true(r.dual <= value + 1e-12 * size, || format!("entropic dual {:e} is {value:e}", r.dual))?;
    let mut objective = 0.0;
    for (i, j, p) in plan.arcs() {
        let reference = a[i] * (b[j] / total);
        objective +=
            p * costs[[i, j]] + if reference > 0.0 { r.epsilon * p * (p / reference).ln() } else { f64::INFINITY };
        size += p * costs[[i, j]].abs();
    }
    is_true(objective <= r.primal + 1e-12 * size || objective.is_nan(), || {
        format!("entropic primal {:e}, at the plan {objective:e}", r.primal)
    })?;
    let Some(truth) = truth else { return Ok(()) };
    is_true(r.dual <= truth + 1e-9 * size && truth <= r.primal + 1e-9 * size, || {
        format!("entropic optimum {truth:e} not in [{:e}, {:e}]", r.dual, r.primal)
    })
}

/// The dual value of the entropic problem at column potentials and their soft minima.
fn at_columns(costs: &Array2<f64>, (a, b): (&[f64], &[f64]), g: &[f64], eps: f64) -> f64 {
    let total: f64 = a.iter().sum();
    let soft = |i: usize| {
        let columns = || (0..b.len()).filter(|&j| b[j] > 0.0 && costs[[i, j]].is_finite());
        let least = columns().map(|j| costs[[i, j]] - g[j]).fold(f64::INFINITY, f64::min);
        let share = |j: usize| b[j] / total * ((least - (costs[[i, j]] - g[j])) / eps).exp();
        least - eps * columns().map(share).sum::<f64>().ln()
    };
    let rows = (0..a.len()).filter(|&i| a[i] > 0.0).map(|i| a[i] * soft(i));
    rows.chain(b.iter().zip(g).filter(|(b, _)| **b > 0.0).map(|(b, g)| b * g)).sum()
}

/// What a point of mass `a` pays for moving `x`, and what a potential proves there at least (`inf over x of penalty + u x`).
fn priced(marginal: Marginal, x: f64, a: f64) -> f64 {
    match marginal {
        Marginal::Exact => {
            if (x - a).abs() <= 1e-11 * a {
                0.0
            } else {
                f64::INFINITY
            }
        }
        Marginal::Kl(s) if x == 0.0 => s * a,
        Marginal::Kl(_) if a == 0.0 => f64::INFINITY,
        Marginal::Kl(s) => s * (x * (x / a).ln() - x + a),
        Marginal::L2(s) => 0.5 * s * (x - a).powi(2),
        Marginal::Tv(s) => s * (x - a).abs(),
    }
}

fn proves(marginal: Marginal, u: f64, a: f64) -> f64 {
    match marginal {
        Marginal::Exact => {
            if a > 0.0 {
                a * u
            } else {
                0.0
            }
        }
        Marginal::Kl(s) => {
            if a > 0.0 {
                -s * a * (-u / s).exp_m1()
            } else {
                0.0
            }
        }
        Marginal::L2(s) => {
            let x = (a - u / s).max(0.0);
            0.5 * s * (x - a).powi(2) + if x > 0.0 { u * x } else { 0.0 }
        }
        // below the price more and more mass would be created, but for the rounding of what was taken off
        Marginal::Tv(s) if u < -s * (1.0 + 1e-12) => f64::NEG_INFINITY,
        Marginal::Tv(s) => a * u.clamp(-s, s),
    }
}

/// A solution of the problem with free marginals.
pub fn unbalanced(costs: &Array2<f64>, (a, b): (&[f64], &[f64]), marginals: [Marginal; 2], s: &Solution) -> Verdict {
    let r = &s.report;
    report(r)?;
    if let Some(e) = &s.regularised {
        bracket("entropic", e.dual, e.primal)?;
        is_true(!e.linear.is_nan(), || "the linear part is NaN".to_owned())?;
        // a claim of convergence is a claim about this gap; the rounding of large potentials is in it
        let large = s.potentials.0.iter().chain(&s.potentials.1).fold(0.0f64, |most, p| most.max(p.abs()));
        let masses = a.iter().chain(b).sum::<f64>();
        let size = e.primal.abs().max(e.epsilon * masses) + 1e-6 * large * masses;
        is_true(r.status != Status::Converged || e.primal - e.dual <= 1e-7 * size, || {
            format!("converged with the entropic bracket [{:e}, {:e}]", e.dual, e.primal)
        })?;
    }
    let plan = moved(costs, &s.plan)?;
    let penalties = |sums: &[f64], w: &[f64], k: usize| -> f64 {
        sums.iter().zip(w).map(|(&x, &a)| priced(marginals[k], x, a)).sum()
    };
    let primal = plan.cost + penalties(&plan.rows, a, 0) + penalties(&plan.columns, b, 1);
    let masses = |sums: &[f64], w: &[f64], k: usize| -> f64 {
        let strength = match marginals[k] {
            Marginal::Exact => return 0.0,
            Marginal::Kl(s) => return s * sums.iter().chain(w).sum::<f64>(),
            Marginal::Tv(s) => return s * sums.iter().chain(w).sum::<f64>(),
            Marginal::L2(s) => s,
        };
        strength * sums.iter().chain(w).map(|x| x * x).sum::<f64>()
    };
    let size = plan.size + masses(&plan.rows, a, 0) + masses(&plan.columns, b, 1);
    is_true((primal - r.primal).abs() <= 1e-12 * size || r.primal == f64::INFINITY, || {
        format!("primal {:e} is {primal:e} of {size:e}", r.primal)
    })?;
    let (u, v) = (&s.potentials.0[..], &s.potentials.1[..]);
    let lower = violations(costs, (u, v))?;
    let of = |p: &[f64], by: &[f64], w: &[f64], k: usize| -> Vec<f64> {
        p.iter().zip(by).zip(w).map(|((&p, &by), &w)| proves(marginals[k], p - by, w)).collect()
    };
    let (still_u, still_v) = (vec![0.0; u.len()], vec![0.0; v.len()]);
    let value = |by_u: &[f64], by_v: &[f64]| {
        let terms = [of(u, by_u, a, 0), of(v, by_v, b, 1)].concat();
        let size = terms.iter().map(|t| t.abs()).sum::<f64>();
        (terms.iter().map(|t| Dd::from(*t)).fold(Dd::ZERO, |sum, t| sum + t).to_f64(), size)
    };
    let (by_rows, by_columns) = (value(&lower.0, &still_v), value(&still_u, &lower.1));
    let proven = by_rows.0.max(by_columns.0);
    let rounding = 1e-14 * by_rows.1.max(by_columns.1);
    is_true(r.dual <= proven + rounding, || format!("dual {:e}, the potentials prove {proven:e}", r.dual))?;
    if proven > primal + rounding + 1e-12 * size {
        return Err(Fault::Crossed(format!("{proven:e} is proven, the plan costs {primal:e}")));
    }
    Ok(())
}
