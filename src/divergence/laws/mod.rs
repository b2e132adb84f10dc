//! Divergences between laws that are given by a density or by a name and parameters.
//!
//! [`density`] integrates, [`closed`], [`gaussian`] and `orders` hold the closed forms, and `between` chooses among them for
//! a pair of named laws. `counts` turns laws of counts into masses in bins; `cloud` draws from laws of vectors.

pub mod between;
pub mod closed;
mod cloud;
mod counts;
pub mod density;
pub mod gaussian;
pub mod named;
mod orders;
