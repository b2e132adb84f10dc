//! Masses that are kept: exact, entropic, debiased and low-rank transport.

use super::super::check::{self, Fault, bracket, is_true};
use super::super::degenerate::{Kind, Limit, Table, clouds, table};
use super::super::truth::{self, Truth};
use super::shared::{GROUNDS, Outcome, farthest, held, laws, limited, program, refused, spread};
use fenchel::measure::Empirical;
use fenchel::transport::{Exact, Ground, LowRank, Problem, Sinkhorn, Solution, sinkhorn_divergence};
use fenchel::{Error, Result};

pub fn feasible(truth: Option<Truth>) -> Option<bool> {
    truth.map(|truth| truth.cost.is_finite())
}

pub fn solved(
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

pub fn exact(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let t = table(kind, seed);
    let truth = truth::transport(t.costs.view(), &t.a, &t.b, program(kind, seed));
    let found = Problem::with_cost(t.costs.clone(), Some(t.a.clone()), Some(t.b.clone()))
        .and_then(|problem| limited!(Exact::new(), seed).solve(&problem));
    solved(kind, &t, truth, found, true)
}

pub fn sinkhorn(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
    let t = table(kind, seed);
    let truth = truth::transport(t.costs.view(), &t.a, &t.b, program(kind, seed));
    let eps = [2e-3, 0.02, 0.3, 10.0][(seed / 12 % 4) as usize];
    let solver = Sinkhorn::new(eps).iteration_limit(300);
    // the mean of enormous costs would hide the others
    let solver = if kind == Kind::Enormous { solver } else { solver.relative_to_mean_cost() };
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

pub fn debiased(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
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

pub fn low_rank(kind: Kind, seed: u64) -> std::result::Result<Outcome, Fault> {
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
