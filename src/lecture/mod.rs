//! The claims of GAN theory as numbers that are checked.
//!
//! Each chapter takes the statements of a set of lectures one by one: the statement as it should read, where it was said,
//! what was wrong there, and the comparison of what theory expects with what this library computes. A [`Claim`] holds or
//! does not hold by that comparison alone.
//!
//! | file | chapter |
//! |---|---|
//! | [`likelihood`] | A: maximum likelihood is minimum Kullback-Leibler divergence |
//! | [`game`] | B: the game, the optimal discriminator, and the theorem that its value is `2 JSD - ln 4` |
//! | [`fgan`] | D: the table of f-GAN and the choice of the divergence |
//! | [`saturation`] | E: laws that do not overlap |
//! | [`wasserstein`] | F: the least work of moving one law onto another |
//! | [`digits`] | a generator of real images, scored beside references with known faults |
//! | [`reproduce()`] | all of them, and the report |
//!
//! The lectures are cited by short names, see [`SOURCES`]; "L" is a line of their transcription, "O" a row of the reference
//! values in `tests/golden/oracles.csv`, which were computed to 40 digits elsewhere.

mod claim;
pub mod digits;
mod few_samples;
pub mod fgan;
mod gallery;
pub mod game;
mod heads;
mod intervals;
pub mod likelihood;
mod measuring;
mod optimise;
#[cfg(feature = "record")]
mod report;
mod reproduce;
pub mod saturation;
mod theorem;
mod value;
pub mod wasserstein;

use crate::error::Result;
use crate::measure::{Empirical, Pmf};
use crate::plot::Figure;

use claim::{difference, larger, smaller};

pub use claim::{Claim, Comparison, Draft, Quantity};
#[cfg(feature = "record")]
pub use report::{MAKER, ScoreRecord, Summary};
pub use reproduce::{Options, Part, Progress, Reproduction, reproduce};

/// The lectures, by the names under which claims cite them.
pub const SOURCES: [(&str, &str); 5] = [
    ("S0", "Lecture board A: GAN, LSGAN, earth mover’s distance (machine transcription)"),
    ("S1", "Lecture board B, 16 November 2018 (machine transcription, Russian)"),
    ("S2", "Yunjey Choi, Generative Adversarial Networks (slides, machine transcription)"),
    ("S3", "Hung-yi Lee, Theory behind GAN (lecture notes, machine transcription, Chinese)"),
    ("S4", "Lecture board B, a second transcription"),
];

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

/// Two samples as laws on their atoms; points that coincide are one atom.
fn on_common_atoms(x: &Empirical, y: &Empirical) -> Result<(Pmf, Pmf)> {
    let mut atoms = Vec::new();
    let (mut p, mut q) = (vec![0.0; x.len() + y.len()], vec![0.0; x.len() + y.len()]);
    for (law, masses) in [(x, &mut p), (y, &mut q)] {
        for (k, weight) in law.weights().iter().enumerate() {
            let point = law.point(k);
            let at = atoms.iter().position(|atom| *atom == point).unwrap_or_else(|| {
                atoms.push(point);
                atoms.len() - 1
            });
            masses[at] += weight;
        }
    }
    Ok((Pmf::new(p)?, Pmf::new(q)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn points_that_coincide_are_one_atom() {
        let x = Empirical::new(array![[0.0, 0.0], [1.0, 0.0]]).unwrap();
        let y = Empirical::new(array![[1.0, 0.0], [1.0, 2.0]]).unwrap();
        let (p, q) = on_common_atoms(&x, &y).unwrap();
        assert_eq!(p.masses(), [0.5, 0.5, 0.0, 0.0]);
        assert_eq!(q.masses(), [0.0, 0.5, 0.5, 0.0]);
    }
}
