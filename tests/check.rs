//! The independent verifier itself: it accepts the solutions of every route, and refuses each kind of false claim.

mod common;

use common::check::{check_bracket, check_optimal, costs, recompute};
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::transport::{Ground, Solution, wasserstein};
use ndarray::{Array2, array};
use std::panic::{AssertUnwindSafe, catch_unwind};

struct Case {
    costs: Array2<f64>,
    a: Vec<f64>,
    b: Vec<f64>,
    solution: Solution,
}

fn case() -> Case {
    let x = Empirical::weighted(array![[0.0, 0.0], [1.0, 0.5], [2.0, -1.0]], vec![0.5, 0.25, 0.25]).unwrap();
    let y = Empirical::new(array![[0.5, 0.0], [2.0, 2.0]]).unwrap();
    let solution = wasserstein(&x, &y, Ground::Euclidean).unwrap();
    let costs = costs(x.points(), y.points(), Ground::Euclidean);
    Case { costs, a: x.weights().to_vec(), b: y.weights().to_vec(), solution }
}

fn refuses(case: &Case) -> bool {
    catch_unwind(AssertUnwindSafe(|| check_optimal(&case.costs, &case.a, &case.b, &case.solution))).is_err()
}

#[test]
fn accepts_what_is_true() {
    let case = case();
    let found = check_optimal(&case.costs, &case.a, &case.b, &case.solution);
    assert!((found.primal - found.dual).abs() < 1e-12);
    check_bracket(&case.costs, &case.a, &case.b, &case.solution);
}

#[test]
fn refuses_what_is_not() {
    let lies: [fn(&mut Case); 8] = [
        |c| c.solution.report.primal -= 1e-6,
        |c| c.solution.report.dual += 1e-6,
        |c| c.solution.report.status = Status::Stalled,
        |c| c.solution.report.residual = 0.5,
        // potentials that are not feasible, with a report that agrees with them
        |c| {
            c.solution.potentials.0[1] += 0.1;
            c.solution.report.dual = recompute(&c.costs, &c.a, &c.b, &c.solution).dual;
        },
        // feasible potentials that prove less than is claimed
        |c| {
            c.solution.potentials.0[0] -= 0.1;
            c.solution.report.dual = recompute(&c.costs, &c.a, &c.b, &c.solution).dual;
        },
        // a plan for other masses
        |c| c.a = vec![0.25, 0.5, 0.25],
        // a plan for other costs
        |c| c.costs[[0, 0]] -= 0.1,
    ];
    for (k, lie) in lies.into_iter().enumerate() {
        let mut case = case();
        assert!(!refuses(&case));
        lie(&mut case);
        assert!(refuses(&case), "lie {k} was believed");
    }
}
