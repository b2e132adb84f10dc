//! Chapter "variants": systems beside the plain game (rows G and H, and A8 by the trainer).

mod ahead;
mod arithmetic;
mod attributes;
mod autoencoders;
mod balance;
mod checkerboard;
mod colours;
mod conditional;
mod convolutions;
mod critics;
mod encoders;
mod labels;
mod mixtures;
mod sentences;
mod shared;
mod stages;
mod systems;
mod translation;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// The chapter. About a minute.
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
    autoencoders::claims(seed, &mut claims, &mut figures)?;
    translation::claims(seed, &mut claims, &mut figures)?;
    sentences::claims(seed, &mut claims, &mut figures)?;
    balance::claims(seed, &mut claims, &mut figures)?;
    mixtures::claims(seed, &mut claims, &mut figures)?;
    ahead::claims(seed, &mut claims, &mut figures)?;
    attributes::claims(&mut claims, &mut figures)?;
    critics::claims(seed, &mut claims)?;
    Ok(Chapter {
        name: CHAPTER,
        letter: 'H',
        title: "Variants: other players, other bounds",
        intro: "Systems that the lectures name beside the plain game: the evidence bound of an autoencoder and what the board's version of it \
                leaves out, discriminators with classes, generators that are told what to make, images in two stages, colours by hints, \
                arithmetic with noise, convolutions and their checkerboards, autoencoders with an adversary, translation without pairs and of \
                sentences, the balance of BEGAN, maximum likelihood in the tables of the games, a generator that looks ahead, and attributes \
                carried by a plan. Small versions, trained in seconds; tables over more seeds are in benches/systems.md."
            .to_owned(),
        claims,
        figures,
    })
}
