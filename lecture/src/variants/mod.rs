//! Chapter "variants": systems beside the plain game (rows G1, G2, H1, H2, H4, H5, H7, H8, H9 and H11).

mod arithmetic;
mod checkerboard;
mod colours;
mod conditional;
mod convolutions;
mod encoders;
mod labels;
mod shared;
mod stages;
mod systems;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// The chapter. Some twenty seconds.
///
/// # Errors
/// None that valid constants could cause; errors of the computations are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    encoders::claims(&mut claims)?;
    systems::claims(&mut claims);
    labels::claims(seed, &mut claims, &mut figures)?;
    conditional::claims(seed, &mut claims, &mut figures)?;
    stages::claims(seed, &mut claims, &mut figures)?;
    colours::claims(seed, &mut claims, &mut figures)?;
    arithmetic::claims(seed, &mut claims, &mut figures)?;
    convolutions::claims(seed, &mut claims, &mut figures)?;
    checkerboard::claims(&mut claims, &mut figures);
    Ok(Chapter {
        name: CHAPTER,
        letter: 'H',
        title: "Variants: other players, other bounds",
        intro: "Systems that the lectures name beside the plain game: the evidence bound of an autoencoder and what the board's version of it \
                leaves out, discriminators with classes, generators that are told what to make, images in two stages, colours by hints, \
                arithmetic with noise, convolutions, the balance of BEGAN, and the checkerboards of transposed convolutions. Small versions, trained \
                in seconds; the tables of ten seeds are in benches/systems.md."
            .to_owned(),
        claims,
        figures,
    })
}
