//! Chapter "variants": systems beside the plain game (rows G1, G2, H4, H9 and H11).

mod checkerboard;
mod encoders;
mod shared;
mod systems;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// The chapter. Well under a second.
///
/// # Errors
/// None that valid constants could cause; errors of the divergences are passed on.
pub fn chapter() -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    encoders::claims(&mut claims)?;
    systems::claims(&mut claims);
    checkerboard::claims(&mut claims, &mut figures);
    Ok(Chapter {
        name: CHAPTER,
        letter: 'H',
        title: "Variants: other players, other bounds",
        intro: "Systems that the lectures name beside the plain game, as far as they can be checked without training: the evidence bound \
                of an autoencoder and what the board's version of it leaves out, a discriminator with classes, the balance of BEGAN, and \
                the checkerboards of transposed convolutions."
            .to_owned(),
        claims,
        figures,
    })
}
