//! Lower bounds: a critic learns on one half of the rows and proves on the other.
//!
//! `critic` fits it, `features` says what it sees, `held_out` turns its outputs into a bound with a confidence limit,
//! `confidence` chooses the limit and reports it, and `variational` is the estimator.

mod confidence;
pub mod critic;
mod features;
pub mod held_out;
mod variational;

pub(crate) use confidence::{Confidence, ROWS, halves, is_bounded_below};
pub(crate) use critic::Criterion;
pub use critic::{Critic, LinearCritic};
pub use features::Features;
pub use held_out::{Form, HeldOut};
pub use variational::Variational;
