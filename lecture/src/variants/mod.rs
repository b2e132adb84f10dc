//! Chapter "variants": systems beside the plain game (rows G and H, and A8 by the trainer).

mod ahead;
mod attributes;
mod autoencoders;
mod balance;
mod checkerboard;
mod critics;
mod encoders;
mod mixtures;
mod sentences;
mod shared;
mod systems;
mod translation;

use crate::Chapter;
use fenchel::Result;
use shared::CHAPTER;

/// The chapter. Under a minute.
///
/// # Errors
/// None that valid constants could cause; errors of the divergences are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    encoders::claims(&mut claims)?;
    systems::claims(&mut claims);
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
                leaves out, autoencoders with an adversary, translation without pairs and of sentences, the balance of BEGAN, maximum \
                likelihood in the tables of the games, a generator that looks ahead, attributes carried by a plan, and the checkerboards of \
                transposed convolutions. Each is played by the trainer, small."
            .to_owned(),
        claims,
        figures,
    })
}
