//! A chapter: claims and the figures that show them.

use crate::Claim;
use fenchel::plot::Figure;

/// The lectures, by the names under which claims cite them.
pub const SOURCES: [(&str, &str); 6] = [
    ("S0", "Lecture board A: GAN, LSGAN, earth mover’s distance (machine transcription)"),
    ("S1", "Lecture board B, 16 November 2018 (machine transcription, Russian)"),
    ("S2", "Yunjey Choi, Generative Adversarial Networks (slides, machine transcription)"),
    ("S3", "Hung-yi Lee, Theory behind GAN (lecture notes, machine transcription, Chinese)"),
    ("S4", "Lecture board B, a second transcription"),
    ("O", "A reference value of tests/golden/oracles.csv, computed to 40 digits elsewhere; O082 is its row 82"),
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
    /// One paragraph on the result of the chapter and why it matters.
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
