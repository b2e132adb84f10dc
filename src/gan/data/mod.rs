//! Where real samples come from, and how many modes of a law that is known a sample covers.

mod cells;
mod faces;
mod known;
mod labelled;
mod modes;
mod painted;
mod phrases;
mod rows;
mod source;
mod toy;
mod unpaired;

pub use faces::Faces;
pub use known::Known;
pub use labelled::{Labelled, LabelledRows};
pub use modes::ModeScores;
pub use painted::Painted;
pub use phrases::Phrases;
pub use rows::Rows;
pub use source::{Scaled, Source};
pub use toy::Toy;
pub use unpaired::{Moved, Unpaired};
