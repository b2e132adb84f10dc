//! Games, one a file, each short enough to be read beside its paper.

mod acgan;
mod began;
mod config;
mod memory;
mod noise;
mod plain;

pub use acgan::{AcGan, AcGanConfig, AcGanRecord};
pub use began::{Began, BeganConfig, BeganRecord};
pub use config::{Config, Moves};
pub use plain::{Gan, Plain, Record};
