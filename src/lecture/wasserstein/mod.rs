//! Chapter F: the earth mover's distance.
//!
//! `W1(p, q) = inf_γ E_γ |x - y|` over plans γ with marginals `p` and `q`, which is also `sup_h E_p h - E_q h` over
//! functions of slope at most one. The two sides bracket the value, so each is the certificate of the other.

mod bracket;
mod critic;
mod plans;

use super::{Chapter, Claim, Illustration, difference, larger, linspace, on_common_atoms, smaller};
use crate::error::Result;
use crate::numeric::Sum;
use crate::transport::Solution;
use ndarray::Array2;

const CHAPTER: &str = "wasserstein";

/// Chapter F, rows F1 to F6 and F10. A second or less.
///
/// # Errors
/// None that valid constants could cause; errors of the computations are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    plans::two_points(seed, &mut claims, &mut figures)?;
    plans::moving_plans(seed, &mut claims, &mut figures)?;
    plans::board(&mut claims, &mut figures)?;
    plans::definition(seed, &mut claims)?;
    bracket::early_stops(seed, &mut claims)?;
    critic::parallel_lines(seed, &mut claims, &mut figures)?;
    critic::duality(&mut claims, &mut figures)?;
    critic::progress(&mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'F',
        title: "Wasserstein: the least work of moving one law onto another",
        intro:
            "Of all plans that move the mass of one law onto the other the Wasserstein distance takes the one of least \
                average distance. A function of slope at most one proves that no plan does better. The distance keeps \
                falling while a generator comes nearer, where the Jensen-Shannon divergence stands still at ln 2."
                .to_owned(),
        claims,
        figures,
    })
}

/// What a plan and potentials prove, from the costs and the masses alone: no word of the solver is taken.
struct Proof {
    /// Cost of the plan.
    primal: f64,
    /// `sum a_i u_i + sum b_j v_j`.
    dual: f64,
    /// The most that `u_i + v_j` exceeds `c_ij`.
    excess: f64,
    /// The most that a marginal of the plan is off.
    residual: f64,
}

impl Proof {
    fn of(solution: &Solution, costs: &Array2<f64>, (a, b): (&[f64], &[f64])) -> Self {
        let plan = solution.plan.to_dense();
        let (u, v) = &solution.potentials;
        let off = |sums: Vec<f64>, w: &[f64]| sums.iter().zip(w).map(|(&s, &w)| difference(s, w)).fold(0.0, larger);
        let rows = plan.rows().into_iter().map(|row| Sum::of(row.iter().copied())).collect();
        let columns = plan.columns().into_iter().map(|column| Sum::of(column.iter().copied())).collect();
        Self {
            primal: Sum::of(plan.iter().zip(costs).map(|(p, c)| p * c)),
            dual: Sum::of(a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| w * p)),
            excess: costs.indexed_iter().map(|((i, j), c)| u[i] + v[j] - c).fold(f64::NEG_INFINITY, larger),
            residual: larger(off(rows, a), off(columns, b)),
        }
    }
}
