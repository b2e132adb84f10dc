//! Chapter "training": what runs of the game show (rows B20, B22, D7 and E7).
//!
//! The chapters before this one are about the game as it is written. Here it is played. How many steps the discriminator takes,
//! which samples share a batch, and which divergence its head stands for decide what is learnt; and what the losses say of the
//! generator is compared with its true distance from the data.

mod affine;
mod batches;
mod distances;
mod heads;
mod overfitting;
mod preferences;
mod shared;

use crate::Chapter;
use crate::play::Explorable;
use fenchel::Result;
use shared::CHAPTER;

/// The chapter. Some ten seconds.
///
/// # Errors
/// None that valid constants could cause; errors of the computations are passed on.
pub fn chapter(seed: u64) -> Result<Chapter> {
    told(seed).map(|(chapter, _)| chapter)
}

/// The chapter, and one of its runs on a slider.
pub(crate) fn told(seed: u64) -> Result<(Chapter, Explorable)> {
    let mut claims = Vec::new();
    let mut figures = Vec::new();
    overfitting::claims(seed, &mut claims, &mut figures)?;
    batches::claims(seed, &mut claims)?;
    let run = heads::claims(seed, &mut claims, &mut figures)?;
    preferences::claims(seed, &mut claims, &mut figures)?;
    distances::claims(seed, &mut claims, &mut figures)?;
    let chapter = Chapter {
        name: CHAPTER,
        letter: 'T',
        title: "Training: what a run shows",
        intro: "The game played: more steps of the discriminator prove more of the divergence, on samples that it has not seen; batch \
                normalisation sees other laws when real and generated samples share a batch; each head leads a weak generator to a \
                compromise of its own; and a critic’s value follows the distance while a discriminator’s loss stands still."
            .to_owned(),
        claims,
        figures,
    };
    Ok((chapter, run))
}
