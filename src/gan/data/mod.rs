//! Where real samples come from, and how many modes of a law that is known a sample covers.

mod cells;
mod faces;
mod labelled;
mod modes;
mod painted;
mod rows;
mod source;
mod toy;

pub use faces::Faces;
pub use labelled::{Labelled, LabelledRows};
pub use modes::ModeScores;
pub use painted::Painted;
pub use rows::Rows;
pub use source::{Scaled, Source};
pub use toy::Toy;
