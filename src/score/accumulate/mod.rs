//! States of samples that are spread over many machines: sums that merge and go through bytes.
//!
//! Each part of a sample is pushed into an [`Accumulator`] where it lies. Its state is sent as bytes, and states are merged in a tree.
//! Sums of whole numbers have the same bits in any order. The others have the same bits if the tree is the same one. So whoever fixes the tree, as
//! `fenchel.dask` of the Python package does, gets the same bytes from any number of machines.
//!
//! | kind | what a state holds | what two states finish into |
//! |---|---|---|
//! | [`MomentSums`] | mean and covariance | the squared Fréchet distance |
//! | [`Extents`] | ranges along lines, for the next one | |
//! | [`HistogramCounts`] | counts in bins along lines | W₁ of each line, the sliced W₂ |
//! | [`WaveSums`] | random cosines and sines | the squared MMD |
//! | [`BlockMeans`] | means over blocks of pairs of rows | the energy distance, KID (of one state for both samples) |
//! | [`QueryDistances`] | the nearest rows of some queries | precision, recall, density, coverage |
//! | [`CellMasses`] | masses of cells | W₂, between proven bounds |
//!
//! They finish into a [`Merged`]: an estimate, a bracket of the value of these samples, and a bound of what rounding did.
//! [`running`](super::running) has states for one machine, whose sketches need no first pass and whose text is read by `serde`.
//!
//! # Bytes
#![doc = include_str!("bytes.md")]

mod accumulator;
mod additive;
mod blocks;
mod cells;
mod extents;
mod features;
mod format;
mod histograms;
mod lines;
mod merged;
mod moments;
mod parts;
mod queries;

pub use accumulator::Accumulator;
pub use additive::Additive;
pub use blocks::{BlockMeans, Statistic};
pub use cells::CellMasses;
pub use extents::Extents;
pub use features::WaveSums;
pub use format::{Arrays, VERSION};
pub use histograms::HistogramCounts;
pub use lines::Lines;
pub use merged::Merged;
pub use moments::MomentSums;
pub use queries::QueryDistances;
