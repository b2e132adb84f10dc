//! Values that a user would store read back to the same bits, and invalid ones are refused.
#![allow(clippy::float_cmp)] // reading back exactly is the claim

use fenchel::certificate::{Certified, Estimate, Report};
use fenchel::divergence::FDivergence;
use fenchel::divergence::estimate::{Form, HeldOut};
use fenchel::measure::{Empirical, Gaussian, Pmf};
use fenchel::numeric::stream;
use fenchel::transport::{Cost, Exact, Ground, LowRank, Marginal, Plan, Problem, Sinkhorn, Solution, Unbalanced};
use ndarray::{ArrayView2, array};
use serde::{Serialize, de::DeserializeOwned};

/// Written and read as JSON.
fn again<T: Serialize + DeserializeOwned>(value: &T) -> T {
    let text = serde_json::to_string(value).unwrap();
    serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e} in {text}"))
}

/// The message of the refusal of a value with `from` replaced by `to` in its text.
fn refusal<T: Serialize + DeserializeOwned>(value: &T, from: &str, to: &str) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert!(text.contains(from), "{from} is not in {text}");
    serde_json::from_str::<T>(&text.replacen(from, to, 1)).err().expect("must be refused").to_string()
}

fn clouds() -> (Empirical, Empirical) {
    let sample = |mean: f64, k| {
        let law = Gaussian::new(array![mean, 0.1], array![[1.0, 0.3], [0.3, 1.0]]).unwrap();
        law.sample(20, &mut stream(5, k)).unwrap()
    };
    let weights = (1..=20).map(|k| f64::from(k) / 210.0).collect::<Vec<f64>>();
    (Empirical::weighted(sample(0.0, 0), weights).unwrap(), Empirical::new(sample(1.0, 1)).unwrap())
}

#[test]
fn laws() {
    let p = Pmf::new([0.1, 0.2, 0.7]).unwrap();
    assert_eq!(serde_json::to_string(&p).unwrap(), "[0.1,0.2,0.7]");
    assert_eq!(again(&p), p);
    assert!(refusal(&p, "0.7", "0.8").contains("sums to 1.1"));
    assert!(refusal(&p, "0.1", "-0.1").contains("negative"));
    let (x, y) = clouds();
    assert_eq!((again(&x), again(&y)), (x, y));
    let x = Empirical::new(array![[0.0, 1.5], [2.0, 3.0]]).unwrap();
    assert_eq!(serde_json::to_string(&x).unwrap(), r#"{"points":[[0.0,1.5],[2.0,3.0]],"weights":[0.5,0.5]}"#);
    assert!(refusal(&x, "[2.0,3.0]", "[2.0]").contains("row 1"));
    assert!(refusal(&x, "3.0", "\"inf\"").contains("finite"));
    assert!(refusal(&x, "0.5,0.5", "0.5,0.5,0.0").contains("equal"));
}

#[test]
fn certificates() {
    for certified in [Certified::new(0.5, 0.25), Certified::new(f64::INFINITY, f64::NEG_INFINITY)] {
        assert_eq!(again(&certified), certified);
    }
    assert!(refusal(&Certified::new(0.5, 0.25), "0.25", "0.75").contains("no larger than the primal value 0.5"));
    assert!(refusal(&Certified::new(0.5, 0.25), "0.25", "\"nan\"").contains("NaN"));
    let estimate = Estimate {
        name: "kl".to_owned(),
        value: 0.1 + 0.2,
        std_error: None,
        interval: Some((0.1, f64::INFINITY)),
        level: 0.95,
        p_value: None,
        baseline: Some(1e-300),
        baseline_spread: Some(f64::INFINITY),
        n: 10,
        m: 20,
        dimension: 1,
        parameters: "k = 5".to_owned(),
        warnings: vec!["few rows".to_owned()],
    };
    assert_eq!(again(&estimate), estimate);
    assert!(refusal(&estimate, "\"inf\"", "\"much\"").contains("much"));
}

#[test]
fn a_bound_on_held_out_rows() {
    let (x, y) = clouds();
    let critic = |x: ArrayView2<'_, f64>| x.column(0).mapv(|x| 0.5 - x);
    for form in [Form::Head, Form::LogRatio, Form::DonskerVaradhan] {
        let proof = HeldOut::new(&FDivergence::Kl, form, &critic, x.points(), y.points());
        let read = again(&proof);
        assert_eq!(read, proof);
        assert_eq!((read.lower(0.95), read.guaranteed(0.95)), (proof.lower(0.95), proof.guaranteed(0.95)));
        let value = serde_json::to_string(&proof.value).unwrap();
        assert!(refusal(&proof, &value, "17.5").contains("follows from its means"));
    }
}

fn assert_same(read: &Solution, solution: &Solution) {
    assert_eq!(read.report, solution.report);
    assert_eq!(read.potentials, solution.potentials);
    assert_eq!(read.plan.is_sparse(), solution.plan.is_sparse());
    assert_eq!(read.plan.to_dense(), solution.plan.to_dense());
    assert_eq!((read.cost(), read.distance_bracket()), (solution.cost(), solution.distance_bracket()));
    let entropic = |s: &Solution| s.regularised.as_ref().map(|r| (r.epsilon, r.primal, r.dual, r.potentials.clone()));
    assert_eq!(entropic(read), entropic(solution));
}

#[test]
fn solutions() {
    let (x, y) = clouds();
    let huge = |law: &Empirical| Empirical::new(law.points().mapv(|t| t * 1e200)).unwrap();
    for ground in [Ground::SqEuclidean, Ground::Euclidean] {
        let problem = Problem::between(&x, &y, ground).unwrap();
        for solution in [Exact::new().solve(&problem).unwrap(), Sinkhorn::new(0.1).solve(&problem).unwrap()] {
            assert_same(&again(&solution), &solution);
        }
    }
    let far = Problem::between(&huge(&x), &huge(&y), Ground::Euclidean).unwrap();
    let solution = Sinkhorn::new(1e199).solve(&far).unwrap();
    assert_same(&again(&solution), &solution);
    // forbidden arcs are infinite costs
    let costs = array![[0.0, f64::INFINITY], [1.0, 0.5]];
    let solution = Sinkhorn::new(0.1).solve(&Problem::with_cost(costs.clone(), None, None).unwrap()).unwrap();
    assert_same(&again(&solution), &solution);
    assert_eq!(again(&Cost::matrix(costs.clone()).unwrap()).to_dense(), costs);
    let cost = Cost::between(x.points(), y.points(), Ground::Cityblock).unwrap();
    let kept = Marginal::Kl(2.0);
    let problem = Problem::unbalanced(cost, x.weights(), y.weights(), kept, kept).unwrap();
    for solution in [
        Unbalanced::new().iteration_limit(20).solve(&problem).unwrap(),
        Exact::new().solve(&problem.in_part(0.5).unwrap()).unwrap(),
        LowRank::new(2).solve(&Problem::between(&x, &y, Ground::SqEuclidean).unwrap()).unwrap(),
    ] {
        assert_same(&again(&solution), &solution);
        assert_eq!(again(&solution).price, solution.price);
    }
    let solution = Sinkhorn::new(0.1).solve(&problem).unwrap();
    assert_same(&again(&solution), &solution);
}

#[test]
fn what_is_no_solution_is_refused() {
    let costs = array![[0.0, 1.0], [1.0, 0.0]];
    let problem = Problem::with_cost(costs, None, None).unwrap();
    let solution = Exact::new().solve(&problem).unwrap();
    assert!(refusal(&solution, "\"arcs\":[[0,", "\"arcs\":[[2,").contains("2 rows"));
    assert!(refusal(&solution, "\"potentials\":[[", "\"potentials\":[[0.0,").contains("potentials for 2 rows"));
    assert!(refusal(&solution, "\"dual\":0.0", "\"dual\":1.0").contains("dual value"));
    assert!(refusal(&solution, "\"primal\":0.0", "\"primal\":\"inf\"").contains("not finite"));
    assert!(refusal(&solution, "\"converged\"", "\"done\"").contains("done"));
    let report: Report = again(&solution.report);
    assert!(report.require_converged().is_ok() && report.method == solution.report.method);
    let entropic = Sinkhorn::new(0.5).solve(&problem).unwrap();
    assert!(refusal(&entropic.plan, "\"eps\":0.5", "\"eps\":-0.5").contains("not positive"));
    assert!(refusal(&entropic.plan, "\"left\":[", "\"left\":[-1.0,").contains("3 numbers"));
    assert!(serde_json::from_str::<Plan>(r#"{"sparse":{"shape":[1,1],"arcs":[[0,0,-1.0]]}}"#).is_err());
}
