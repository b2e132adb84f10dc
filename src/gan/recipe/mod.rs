//! Games, one a file, each short enough to be read beside its paper.

mod aae;
mod acgan;
mod began;
mod config;
mod cycle;
mod em;
mod likelihood;
mod memory;
mod noise;
mod plain;
mod players;
mod posterior;
mod seq;
mod unrolled;
mod vae;
mod vae_gan;
mod words;

pub use aae::{Aae, AaeConfig, AaeRecord};
pub use acgan::{AcGan, AcGanConfig, AcGanRecord};
pub use began::{Began, BeganConfig, BeganRecord};
pub use config::{Config, Moves};
pub use cycle::{Cycle, CycleConfig, CycleRecord};
pub use likelihood::{Likelihood, LikelihoodConfig, LikelihoodRecord, MixtureFit};
pub use plain::{Gan, Plain, Record};
pub use posterior::{Posterior, ln_normal};
pub use seq::{SeqGan, SeqGanConfig, SeqGanRecord};
pub use unrolled::{Unrolled, UnrolledConfig, UnrolledRecord};
pub use vae::{Vae, VaeConfig, VaeRecord};
pub use vae_gan::{VaeGan, VaeGanConfig, VaeGanRecord};
pub use words::WordGradient;
