//! Adversarial training: a loop that plays any game, the games, objectives on logits, toy data and their scores.
//!
//! A discriminator `D` with output (logit) `s` and a generator `G` play
//! `min_G max_D E_p[ln σ(s(x))] + E_z[ln(1 - σ(s(G(z))))]` (Goodfellow et al., arXiv:1406.2661) or one of its relatives
//! ([`Objective`]). Whatever the objective, the discriminator's outputs prove a lower bound `2 JSD >= V + ln 4`
//! ([`GameValue`]), and training that leaves the finite numbers stops with a status and the last good state.
//!
//! ```
//! use fenchel::gan::{Config, Gan, Toy};
//! let small = Config { generator_hidden: "16".parse()?, discriminator_hidden: "16".parse()?, ..Config::plain() };
//! let mut gan = Gan::new(small, Toy::ring8())?;
//! let status = gan.train(20, |_| std::ops::ControlFlow::Continue(()));
//! assert_eq!((status, gan.steps()), (fenchel::certificate::Status::IterationLimit, 20));
//! let samples = gan.generate(100, &mut fenchel::numeric::stream(1, 0));
//! assert_eq!(samples.dim(), (100, 2));
//! # Ok::<(), fenchel::Error>(())
//! ```
//!
//! | item | what it is |
//! |---|---|
//! | [`Gan`], [`Config`] | the plain game of a generator and a discriminator; what determines a run of it |
//! | [`AcGan`], [`Began`] | a game with labels, and one with a state of its own |
//! | [`Vae`], [`Aae`], [`VaeGan`] | autoencoders: by a bound of the likelihood, by a discriminator of codes, and by both |
//! | [`Posterior`], [`ln_normal`] | the terms of that bound |
//! | [`Cycle`], [`SeqGan`], [`Unrolled`] | translation without pairs, of sentences, and a generator that looks ahead |
//! | [`WordGradient`] | how a gradient passes words that were drawn |
//! | [`Likelihood`], [`MixtureFit`] | a mixture of Gaussians by maximum likelihood, and by the reverse divergence |
//! | [`Semi`], [`Stacked`], [`Colour`] | few labels; two stages, from small images to large ones; colours for grey images with hints |
//! | [`Training`], [`Game`], [`Turn`] | the loop, and what a new variant has to say to it |
//! | [`Generative`] | what a program has to know of a game to train it by name |
//! | [`Failure`], [`NotFinite`] | which player could not move, and why |
//! | [`Checkpoint`], [`Streams`] | the whole state, so that a resumed run gives the same bits; its random numbers |
//! | [`Player`], [`Learning`] | a network with its optimiser; how it learns |
//! | [`Objective`], [`Head`] | what the players minimise |
//! | [`Penalty`], [`Limit`] | what keeps a discriminator from being too steep: a term of its loss, a limit on its weights |
//! | [`Schedule`] | how rates and strengths change over a run |
//! | [`Discriminator`], [`Batches`], [`Fit`] | one player, what it sees at once, and fitting it between two fixed laws |
//! | [`GameValue`] | what the discriminator's outputs prove |
//! | [`NetworkBound`] | the lower bound of a divergence that a trained network proves |
//! | [`Source`], [`Labelled`] | where real samples come from, and with a class |
//! | [`Rows`], [`LabelledRows`], [`Toy`] | sources: rows; ring, grid and swiss roll |
//! | [`Known`], [`Unpaired`], [`Moved`], [`Phrases`] | samples with their law; two laws; an affine image of a law; sentences in pairs |
//! | [`Inversion`] | how near a generator comes to given samples |
//! | [`Painted`], [`Faces`] | sources of small images: grey ones in colour; faces with two factors |
//! | [`ModeScores`] | how many modes a generator found, and how well |

mod bound;
mod data;
mod discriminator;
mod failure;
mod fit;
mod generative;
mod inversion;
mod limit;
mod objective;
mod penalty;
mod play;
mod player;
mod recipe;
mod schedule;
mod streams;
mod value;

pub use bound::NetworkBound;
pub use data::{
    Faces, Known, Labelled, LabelledRows, ModeScores, Moved, Painted, Phrases, Rows, Scaled, Source, Toy, Unpaired,
};
pub use discriminator::{Batches, Discriminator, DiscriminatorStep};
pub use failure::{Failure, NotFinite};
pub use fit::Fit;
pub use generative::Generative;
pub use inversion::Inversion;
pub use limit::{Limit, Limited};
pub use objective::{Codes, Head, Objective};
pub use penalty::{Penalty, Scored};
pub use play::{Checkpoint, Game, Training, Turn};
pub use player::{Gradients, Learning, Player, Trained};
pub use recipe::{
    Aae, AaeConfig, AaeRecord, Cycle, CycleConfig, CycleRecord, Likelihood, LikelihoodConfig, LikelihoodRecord,
    MixtureFit, Posterior, SeqGan, SeqGanConfig, SeqGanRecord, Unrolled, UnrolledConfig, UnrolledRecord, Vae,
    VaeConfig, VaeGan, VaeGanConfig, VaeGanRecord, VaeRecord, WordGradient, ln_normal,
};
pub use recipe::{AcGan, AcGanConfig, AcGanRecord, Began, BeganConfig, BeganRecord, Config, Gan, Moves, Plain, Record};
pub use recipe::{Colour, ColourConfig, ColourRecord, Hint};
pub use recipe::{Semi, SemiConfig, SemiRecord, source_logit};
pub use recipe::{Stacked, StackedConfig, StackedRecord};
pub use schedule::Schedule;
pub use streams::Streams;
pub use value::GameValue;
