//! Games, one a file, each short enough to be read beside its paper.

mod acgan;
mod began;
mod classes;
mod colour;
mod config;
mod memory;
mod noise;
mod plain;
mod semi;
mod stacked;

pub use acgan::{AcGan, AcGanConfig, AcGanRecord};
pub use began::{Began, BeganConfig, BeganRecord};
pub use colour::{Colour, ColourConfig, ColourRecord, Hint};
pub use config::{Config, Moves};
pub use plain::{Gan, Plain, Record};
pub use semi::{Semi, SemiConfig, SemiRecord, source_logit};
pub use stacked::{Stacked, StackedConfig, StackedRecord};
