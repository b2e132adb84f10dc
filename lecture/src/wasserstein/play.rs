//! The five piles of F2 under Sinkhorn's regularisation.

use super::shared::{CHAPTER, PILES, TARGET, distance_matrix};
use crate::play::{Explorable, shortened};
use fenchel::Result;
use fenchel::record::json::Number;
use fenchel::transport::{Exact, Problem, Sinkhorn};
use serde::Serialize;

/// From a hundredth to ten, in 61 steps of equal ratio.
const STEPS: usize = 60;

#[derive(Serialize)]
struct Data {
    piles: [f64; 5],
    target: [f64; 5],
    exact: Number,
    epsilon: Vec<Number>,
    /// Cost of the entropic plan.
    linear: Vec<Number>,
    /// The bracket of the cost without regularisation that it proves.
    primal: Vec<Number>,
    dual: Vec<Number>,
    /// The plans, by rows.
    plans: Vec<Vec<Number>>,
}

/// The regularisation on a slider.
pub(crate) fn regularisation() -> Result<Explorable> {
    let problem = Problem::with_cost(distance_matrix(5), Some(PILES.to_vec()), Some(TARGET.to_vec()))?;
    let epsilon: Vec<f64> = (0..=STEPS).map(|k| 0.01 * 1000f64.powf(k as f64 / STEPS as f64)).collect();
    let found = epsilon.iter().map(|&eps| Sinkhorn::new(eps).solve(&problem)).collect::<Result<Vec<_>>>()?;
    let plans = found.iter().map(|solution| {
        let dense: Vec<f64> = solution.plan.to_dense().iter().copied().collect();
        shortened(&dense)
    });
    let linear = |k: usize| found[k].regularised.as_ref().map_or(f64::NAN, |r| r.linear);
    let of = |value: &dyn Fn(usize) -> f64| shortened(&(0..=STEPS).map(value).collect::<Vec<_>>());
    let data = Data {
        piles: PILES,
        target: TARGET,
        exact: Number(Exact::new().solve(&problem)?.cost()),
        linear: of(&linear),
        primal: of(&|k| found[k].report.primal),
        dual: of(&|k| found[k].report.dual),
        plans: plans.collect(),
        epsilon: shortened(&epsilon),
    };
    Ok(Explorable::new(
        (CHAPTER, "sinkhorn"),
        "Blur the plan",
        "The five piles again, with the plan that minimises ⟨P, c⟩ + ε KL(P ‖ a ⊗ b). A large ε spreads every pile over all holes; a small one \
         leaves a best plan, but not the network simplex’s corner: of several best plans it takes the most spread one. Cost and plan prove a \
         bracket of the cost without regularisation. Each of the 61 values of ε was solved by the library.",
        &data,
    ))
}
