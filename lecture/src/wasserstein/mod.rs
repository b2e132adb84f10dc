//! Chapter F: the earth mover's distance.
//!
//! `W1(p, q) = inf_γ E_γ |x - y|` over plans γ with marginals `p` and `q`, which is also `sup_h E_p h - E_q h` over
//! functions of slope at most one. The two sides bracket the value, so each is the certificate of the other.

mod bracket;
mod constraints;
mod critic;
mod plans;
mod play;
mod shared;

pub(crate) use play::regularisation;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// Chapter F, rows F1 to F10. A second or less.
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
    constraints::claims(seed, &mut claims)?;
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
