//! Guides: how to begin, how to do it, and why it is so.
//!
//! These modules hold text and examples only.
//!
//! | guide | question |
//! |---|---|
//! | [`tutorial`] | the first half hour, from nothing to a figure of your own data |
//! | [`how_to`] | recipes: a dozen things that one often wants |
//! | [`divergence`] | which divergence, and how to compute it from laws or from samples |
//! | [`transport`] | which transport solver |
//! | [`score`] | how to score a generator, and how to read the scores |
//! | [`systems`] | which game, what it proves, and what goes wrong |
//! | [`explanation`] | why each number has a second one beside it |
#![cfg_attr(doc, doc = "| [`gallery`] | examples with their figures, one a page |")]

pub mod divergence;
pub mod explanation;
// its pages carry the figures and sources of the examples, which a program has no use for
#[cfg(doc)]
pub mod gallery;
pub mod how_to;
pub mod score;
pub mod systems;
pub mod transport;
pub mod tutorial;
