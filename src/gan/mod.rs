//! Adversarial training: objectives on logits, constraints, the alternating game, toy data and their scores.
//!
//! A discriminator `D` with output (logit) `s` and a generator `G` play
//! `min_G max_D E_p[ln σ(s(x))] + E_z[ln(1 - σ(s(G(z))))]` (Goodfellow et al., arXiv:1406.2661) or one of its relatives
//! ([`Objective`]). Whatever the objective, the discriminator's outputs prove a lower bound `2 JSD >= V + ln 4`
//! ([`GameValue`]), and training that leaves the finite numbers stops with a status and the last good state.
//!
//! ```
//! use fenchel::gan::{Config, Gan, Toy};
//! let small = Config { generator_hidden: vec![16], discriminator_hidden: vec![16], ..Config::plain() };
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
//! | [`Gan`], [`Config`] | the two players and the alternating loop; what determines a run |
//! | [`Objective`], [`Head`] | what the players minimise |
//! | [`Constraint`], [`SpectralNorm`] | weight clipping, gradient penalties, spectral normalisation |
//! | [`Schedule`] | how rates and strengths change over a run |
//! | [`Discriminator`], [`Fit`] | one player, and fitting it between two fixed laws |
//! | [`GameValue`] | what the discriminator's outputs prove |
//! | [`NetworkBound`] | the lower bound of a divergence that a trained network proves |
//! | [`Checkpoint`] | the whole state, so that a resumed run gives the same bits |
//! | [`Source`], [`Rows`], [`Toy`] | where real samples come from: rows; ring, grid and swiss roll |
//! | [`ModeScores`] | how many modes a generator found, and how well |

mod bound;
mod checkpoint;
mod config;
mod constraint;
mod discriminator;
mod game;
mod modes;
mod schedule;
mod source;
mod toy;
mod value;

pub use bound::NetworkBound;
pub use checkpoint::Checkpoint;
pub use config::Config;
pub use constraint::{Constraint, Scored, SpectralNorm};
pub use discriminator::{Discriminator, DiscriminatorStep, Fit};
pub use game::{Gan, Record};
pub use modes::ModeScores;
pub use schedule::Schedule;
pub use source::{Rows, Source};
pub use toy::Toy;
pub use value::{GameValue, Head, Objective};
