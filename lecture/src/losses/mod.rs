//! Chapter C: the losses that the two players are given (rows C1 to C10, B18, B19 and B21).
//!
//! The game has one value, but each player is trained on a loss of its own: cross entropy with hard or smoothed labels, its
//! non-saturating form, least squares. Each has a best discriminator in closed form, found here by descent on a table, and
//! each leaves the generator something else to minimise. The steps matter, too: played at the same time they diverge from
//! the equilibrium, in turn they circle it, and a gradient penalty makes them arrive.

mod cross_entropy;
mod dynamics;
mod least_squares;
mod shared;
mod smoothing;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// Chapter C. A second or two.
///
/// # Errors
/// None that valid constants could cause; errors of the computations are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    cross_entropy::claims(seed, &mut claims, &mut figures)?;
    smoothing::claims(&mut claims, &mut figures)?;
    least_squares::claims(&mut claims, &mut figures)?;
    dynamics::claims(&mut claims, &mut figures)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'C',
        title: "Losses: what each player is trained on",
        intro: "Cross entropy, its non-saturating form, smoothed labels and least squares: for each the best discriminator \
                is found by descent and compared with its closed form, and what the generator then minimises is named. \
                Against a sure discriminator the saturating loss has no gradient, the non-saturating one has. And steps \
                taken at the same time leave the equilibrium, steps in turn circle it, a gradient penalty leads there."
            .to_owned(),
        claims,
        figures,
    })
}
