//! Masses that are paid for, or moved in part.

use super::super::check::{self, Fault, is_true};
use super::super::degenerate::{Kind, Limit, Table, table};
use super::shared::{Outcome, held, limited, refused};
use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::transport::{Exact, Marginal, Problem, Sinkhorn, Unbalanced};

pub fn unbalanced(
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
pub fn in_part(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
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
