//! What the files of the chapter share: its name, and the linear-Gaussian model.

pub(super) const CHAPTER: &str = "variants";

/// Slope of the decoder of `x = w z + e`, and the deviation of its noise.
pub(super) const W: f64 = 1.3;
pub(super) const S: f64 = 0.7;
