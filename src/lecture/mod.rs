//! The claims of GAN theory as numbers that are checked.

mod claim;
pub mod digits;
pub mod saturation;
pub mod wasserstein;

use crate::plot::Figure;

pub use claim::{Claim, Comparison, Draft, Quantity};

/// A chapter: what it is about, its claims and its figures.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Name, as `--chapter` takes it.
    pub name: &'static str,
    /// Letter of the inventory.
    pub letter: char,
    /// Heading.
    pub title: &'static str,
    /// One paragraph: what is shown and why it matters.
    pub intro: String,
    /// Claims in the order of the inventory.
    pub claims: Vec<Claim>,
    /// Figures in the order in which they are shown.
    pub figures: Vec<Illustration>,
}

/// A figure of a chapter.
#[derive(Debug, Clone)]
pub struct Illustration {
    /// Name of the file and of the anchor (`"b9-value-along-a-path"`).
    pub id: &'static str,
    /// The picture.
    pub figure: Figure,
    /// What to see in it.
    pub caption: String,
}

/// `n` points from `low` to `high`, both included.
fn linspace(low: f64, high: f64, n: usize) -> Vec<f64> {
    (0..n).map(|i| low + (high - low) * i as f64 / (n - 1) as f64).collect()
}
