//! Divergences: of known laws, from samples, at scale.

#[path = "../common/mod.rs"]
mod common;

mod accuracy;
mod at_scale;
mod between;
mod bounds;
mod closed;
mod density;
mod discrete;
mod estimate;
mod generators;
mod reference;
mod variational;
