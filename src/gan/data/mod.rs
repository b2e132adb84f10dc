//! Where real samples come from, and how many modes of a law that is known a sample covers.

mod cells;
mod labelled;
mod modes;
mod rows;
mod source;
mod toy;

pub use labelled::{Labelled, LabelledRows};
pub use modes::ModeScores;
pub use rows::Rows;
pub use source::{Scaled, Source};
pub use toy::Toy;
