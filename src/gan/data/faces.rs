//! Small images with two factors of two values each, which change pixels of their own: faces with long hair or without, that smile or do
//! not.

use super::labelled::Labelled;
use super::source::Source;
use ndarray::Array2;
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, StandardNormal};

/// Pixels of a side of the image.
const SIDE: usize = 8;
/// Deviation of the noise of a pixel.
const GRAIN: f64 = 0.05;

/// Eyes and mouth: earnest, and smiling.
const MOUTHS: [[&str; SIDE]; 2] = [
    ["........", "........", "..#..#..", "........", "........", "..####..", "........", "........"],
    ["........", "........", "..#..#..", "........", ".#....#.", "..#..#..", "...##...", "........"],
];
/// No hair, and hair at both sides.
const HAIR: [[&str; SIDE]; 2] = [
    ["........", "........", "........", "........", "........", "........", "........", "........"],
    ["........", "#......#", "#......#", "#......#", "#......#", "........", "........", "........"],
];

/// Images of 8×8 pixels from -1 (paper) to 1 (ink): faces without long hair or with it, earnest or smiling, with noise of deviation 0.05.
///
/// The class is `2 hair + smile`, two [factors](Labelled::factors).
///
/// ```
/// use fenchel::gan::{Faces, Labelled};
/// let templates = Faces::templates();
/// assert_eq!(templates.dim(), (4, 64));
/// // a smiling face with hair less an earnest one with hair, and an earnest one without: a smiling one without
/// let sum = &templates.row(3) - &templates.row(2) + templates.row(0);
/// assert_eq!(sum, templates.row(1));
/// assert_eq!(Faces.factors(), [2, 2]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Faces;

impl Faces {
    /// The image of each class without noise, one a row.
    #[must_use]
    pub fn templates() -> Array2<f64> {
        Array2::from_shape_fn((4, SIDE * SIDE), |(class, pixel)| template(class, pixel))
    }
}

/// A pixel of an image without noise.
fn template(class: usize, pixel: usize) -> f64 {
    let is_ink = |picture: [&str; SIDE]| picture[pixel / SIDE].as_bytes()[pixel % SIDE] == b'#';
    if is_ink(HAIR[class / 2]) || is_ink(MOUTHS[class % 2]) { 1.0 } else { -1.0 }
}

impl Source for Faces {
    fn dimension(&self) -> usize {
        SIDE * SIDE
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.draw_labelled(n, rng).0
    }
}

impl Labelled for Faces {
    fn classes(&self) -> usize {
        4
    }

    fn factors(&self) -> Vec<usize> {
        vec![2, 2]
    }

    fn draw_labelled(&self, n: usize, rng: &mut ChaCha8Rng) -> (Array2<f32>, Vec<usize>) {
        let classes: Vec<usize> = (0..n).map(|_| rng.random_range(0..4)).collect();
        let images = Array2::from_shape_fn((n, SIDE * SIDE), |(i, pixel)| {
            let noise: f64 = StandardNormal.sample(rng);
            (template(classes[i], pixel) + GRAIN * noise) as f32
        });
        (images, classes)
    }
}
