//! The claims of GAN theory as numbers that are checked.

mod claim;

pub use claim::{Claim, Comparison, Draft, Quantity};
