//! F4, the proof: the result of a solver that is stopped early, or that solves a smoothed problem.

use super::shared::{CHAPTER, Proof};
use crate::Claim;
use crate::claim::{difference, larger};
use fenchel::Result;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Cost, Exact, Ground, Problem, Sinkhorn, Solution};
use ndarray::Array2;
use rand_distr::{Distribution, StandardNormal};

/// The largest difference between the numbers of a report and those that plan and potentials prove.
fn untrue(solution: &Solution, proof: &Proof) -> f64 {
    let report = &solution.report;
    let pairs = [
        (report.primal, proof.primal),
        (report.dual, proof.dual),
        (report.gap(), proof.primal - proof.dual),
        (solution.cost(), proof.primal),
    ];
    pairs.into_iter().map(|(said, proven)| difference(said, proven)).fold(0.0, larger)
}

/// F4.5 to F4.8: brackets that are not yet closed.
pub(super) fn early_stops(seed: u64, claims: &mut Vec<Claim>) -> Result<()> {
    let mut rng = stream(seed, 64);
    let mut cloud = |n: usize, shift: f64| {
        Empirical::new(Array2::from_shape_simple_fn((n, 2), || {
            let z: f64 = StandardNormal.sample(&mut rng);
            z + shift
        }))
    };
    let (x, y) = (cloud(50, 0.0)?, cloud(40, 1.0)?);
    let costs = Cost::between(x.points(), y.points(), Ground::Euclidean)?.to_dense();
    let problem = Problem::with_cost(costs.clone(), None, None)?;
    let prove = |solution: &Solution| Proof::of(solution, &costs, (problem.a(), problem.b()));
    let whole = Exact::new().solve(&problem)?;
    let early = Exact::new().iteration_limit(20).solve(&problem)?;
    let smooth = Sinkhorn::new(0.1).relative_to_mean_cost().solve(&problem)?;
    let about = |id: &str, statement: &str| Claim::about(id, CHAPTER, statement, "S1 L142, L155-169, S4 L49");
    let least = prove(&whole).primal;
    for (id, which, solution) in [
        ("F4.5", "the network simplex, stopped after 20 pivots between 50 and 40 points of the plane", &early),
        ("F4.6", "Sinkhorn’s iteration at a tenth of the mean cost, between 50 and 40 points of the plane", &smooth),
    ] {
        let proof = prove(solution);
        claims.push(
            about(id, &format!("Plan and potentials of {which} bracket the least cost: feasible to 10⁻¹², dual below and primal above it, a gap of more than a hundredth of it between them, all from the costs by the claim’s own sums"))
                .property(
                    format!("around {least:.6}"),
                    format!("[{:.6}, {:.6}]", proof.dual, proof.primal),
                    proof.excess <= 1e-12
                        && proof.residual <= 1e-12
                        && (proof.dual..=proof.primal).contains(&least)
                        && proof.primal - proof.dual > 0.01 * least,
                ),
        );
    }
    claims.push(
        about("F4.7", "What a report says of a solve that has not closed its bracket (20 pivots; a tenth of the mean cost) is what plan and potentials prove: primal, dual, gap and cost, largest difference of each solve")
            .vector(&[untrue(&early, &prove(&early)), untrue(&smooth, &prove(&smooth))], &[0.0; 2], 1e-12),
    );
    let said = [&whole, &early, &smooth].map(|solution| solution.report.status);
    claims.push(
        about("F4.8", "A solver that has closed its bracket says so, and one that was stopped does not: the network simplex to its end and after 20 pivots, and Sinkhorn’s iteration, which met its own tolerance")
            .property(
                "converged, iteration limit, converged",
                said.map(|status| status.to_string()).join(", "),
                said == [Status::Converged, Status::IterationLimit, Status::Converged],
            ),
    );
    Ok(())
}
