//! The claims of GAN theory as numbers that are checked.
//!
//! Each chapter takes the statements of a set of lectures one by one: the statement as it should read, where it was said,
//! what was wrong there, and the comparison of what theory expects with what `fenchel` computes. A [`Claim`] holds or
//! does not hold by that comparison alone.
//!
//! | module | chapter |
//! |---|---|
//! | [`likelihood`] | A: maximum likelihood is minimum Kullback-Leibler divergence |
//! | [`game`] | B: the game, the optimal discriminator, and the theorem that its value is `2 JSD - ln 4` |
//! | [`losses`] | C: what each player is trained on, and what its steps do |
//! | [`fgan`] | D: the table of f-GAN and the choice of the divergence |
//! | [`saturation`] | E: laws that do not overlap |
//! | [`wasserstein`] | F: the least work of moving one law onto another |
//! | [`training`] | T: what runs of the game show |
//! | [`variants`] | H: systems beside the plain game |
//! | [`digits`] | a generator of real images, scored beside references with known faults |
//! | [`reproduce()`] | all of them, and the report |
//! | [`page`] | the report as one HTML file |
//!
//! The lectures are cited by short names, see [`SOURCES`]; "L" is a line of their transcription, "O" a row of the reference
//! values in `tests/golden/oracles.csv`, which were computed to 40 digits elsewhere.

mod chapter;
mod claim;
mod code;
pub mod digits;
pub mod fgan;
pub mod game;
pub mod likelihood;
pub mod losses;
mod optimise;
pub mod page;
mod play;
mod report;
mod reproduce;
pub mod saturation;
mod shared;
mod text;
pub mod training;
pub mod variants;
pub mod wasserstein;

pub use chapter::{Chapter, Illustration, SOURCES};
pub use claim::{Claim, Comparison, Draft, Quantity};
pub use code::Code;
pub use play::Explorable;
pub use report::{MAKER, ScoreRecord, Summary};
pub use reproduce::{Options, Part, Progress, Reproduction, reproduce};
