//! The handwritten digits that ship with the library.

use super::{Reading, Table};
use ndarray::{Array2, s};

/// The file as it lies in `data/`, where its source and licences are named.
const FILE: &[u8] = include_bytes!("../../data/digits.csv.gz");

/// Handwritten digits: images and what they show.
#[derive(Debug, Clone, PartialEq)]
pub struct Digits {
    /// 1797 images of 8×8 pixels, one a row, row by row from the top left; whole numbers from 0 (paper) to 16 (ink).
    pub images: Array2<f64>,
    /// The digit each image shows, 0 to 9.
    pub labels: Vec<u8>,
}

impl Digits {
    /// The images, leaning: a row is moved to the right by `by` pixels more than the row below it, and the middle stays where it is.
    /// Between pixels the ink is interpolated; what leaves the image is lost.
    ///
    /// ```
    /// let digits = fenchel::io::digits();
    /// assert_eq!(digits.leaning(0.0), digits.images);
    /// let (upright, leaning) = (digits.images.row(0).to_vec(), digits.leaning(2.0).row(0).to_vec());
    /// assert_eq!(leaning[3 * 8 + 1..4 * 8], upright[3 * 8..4 * 8 - 1]); // half of two rows above the middle
    /// ```
    ///
    /// # Panics
    /// If `by` is not finite.
    #[must_use]
    pub fn leaning(&self, by: f64) -> Array2<f64> {
        assert!(by.is_finite(), "images cannot lean by {by}");
        let ink = |image: usize, row: usize, column: isize| {
            usize::try_from(column).ok().filter(|&k| k < SIDE).map_or(0.0, |k| self.images[[image, SIDE * row + k]])
        };
        Array2::from_shape_fn(self.images.dim(), |(image, pixel)| {
            let (row, column) = (pixel / SIDE, pixel % SIDE);
            let from = column as f64 - by * (0.5 * (SIDE - 1) as f64 - row as f64);
            let (left, share) = (from.floor(), from - from.floor());
            (1.0 - share) * ink(image, row, left as isize) + share * ink(image, row, left as isize + 1)
        })
    }
}

/// Pixels of a side.
const SIDE: usize = 8;

/// The 1797 digits of the UCI set *Optical Recognition of Handwritten Digits* (test part), decompressed from the
/// 57 kB that are part of the library. Takes a few milliseconds.
///
/// Source: E. Alpaydin and C. Kaynak, doi:10.24432/C50P49, CC BY 4.0; the file is scikit-learn's (BSD 3-Clause).
///
/// ```
/// let digits = fenchel::io::digits();
/// assert_eq!(digits.images.dim(), (1797, 64));
/// assert_eq!(digits.labels[..5], [0, 1, 2, 3, 4]);
/// ```
#[must_use]
pub fn digits() -> Digits {
    let name = "data/digits.csv.gz";
    let table = Reading::new().table_from(FILE, name);
    let Table { values, .. } = table.expect("the embedded file is read by a test");
    let labels = values.column(64).iter().map(|&label| label as u8).collect();
    let images = values.slice(s![.., ..64]).to_owned();
    Digits {
        images: mutate!(images, Digits, |mut all: Array2<f64>| {
            all.row_mut(0).fill(16.0);
            all
        }),
        labels,
    }
}
