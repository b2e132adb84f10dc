//! Divergences of laws on finitely many bins, from their masses.
//!
//! `discrete` sums an f-divergence over the bins, value and dual together; `named` finds it by its name. `related` holds the relatives that are no
//! f-divergence, or that compare more than two laws. `pairwise` does the same for many laws at once, and `entropies` is its
//! shortcut for the Jensen-Shannon family.

pub mod discrete;
mod entropies;
mod named;
pub mod pairwise;
pub mod related;
