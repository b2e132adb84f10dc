//! Guides: which of the library's answers fits a question.
//!
//! These modules hold text and examples only.
//!
//! | guide | question |
//! |---|---|
//! | [`divergence`] | which divergence, and how to compute it from laws or from samples |
//! | [`transport`] | which transport solver |
//! | [`score`] | how to score a generator, and how to read the scores |
//! | [`systems`] | which game, what it proves, and what goes wrong |

pub mod divergence;
pub mod score;
pub mod systems;
pub mod transport;
