//! What the files of the chapter share: its name, the linear-Gaussian model, the digits in halves, and who judges what an image shows.

use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::gan::LabelledRows;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::score::classes::ByNearest;
use ndarray::{Array2, Axis};
use rand::seq::SliceRandom;
use std::ops::ControlFlow;

pub(super) const CHAPTER: &str = "variants";

/// Slope of the decoder of `x = w z + e`, and the deviation of its noise.
pub(super) const W: f64 = 1.3;
pub(super) const S: f64 = 0.7;

/// What a run is told by one who does not watch it.
pub(super) const GO_ON: ControlFlow<()> = ControlFlow::Continue(());

/// Random streams of the chapter.
pub(super) const MADE: u64 = 90;
const SPLIT: u64 = 91;

/// Images, one a row, and what each shows.
pub(super) struct Shown {
    pub images: Array2<f64>,
    pub labels: Vec<usize>,
}

impl Shown {
    /// The digits from -1 to 1.
    pub fn digits() -> Self {
        let digits = fenchel::io::digits();
        Self {
            images: digits.images.mapv(|ink| ink / 8.0 - 1.0),
            labels: digits.labels.into_iter().map(usize::from).collect(),
        }
    }

    /// Two halves at random: one to learn from, and one that no game sees.
    pub fn halves(&self, seed: u64) -> [Self; 2] {
        let mut order: Vec<usize> = (0..self.labels.len()).collect();
        order.shuffle(&mut stream(seed, SPLIT));
        let (first, second) = order.split_at(order.len() / 2);
        [first, second].map(|rows| Self {
            images: self.images.select(Axis(0), rows),
            labels: rows.iter().map(|&row| self.labels[row]).collect(),
        })
    }

    /// As data of a game.
    pub fn source(&self) -> Result<LabelledRows> {
        LabelledRows::new(self.images.view(), self.labels.clone())
    }

    /// What some images show, by the nearest of these.
    pub fn names(&self, images: &Array2<f64>) -> Result<Vec<usize>> {
        ByNearest::new(&Empirical::new(self.images.clone())?, &self.labels)?.names(&Empirical::new(images.clone())?)
    }

    /// The share of some images that show what was asked for, by the nearest of these.
    pub fn as_asked(&self, images: &Array2<f64>, asked: &[usize]) -> Result<Estimate> {
        let own = Empirical::new(self.images.clone())?;
        ByNearest::new(&own, &self.labels)?.share_as_asked(&Empirical::new(images.clone())?, asked)
    }
}

/// How many of two lists agree, as a share.
pub(super) fn agreement(one: &[usize], other: &[usize]) -> f64 {
    one.iter().zip(other).filter(|(a, b)| a == b).count() as f64 / one.len() as f64
}

/// Mean of a few numbers, and the half-width of its interval of 95 % by Student's law.
///
/// # Panics
/// Without two to six numbers.
pub(super) fn mean_of_few(values: &[f64]) -> (f64, f64) {
    let quantile = [12.706, 4.303, 3.182, 2.776, 2.571][values.len() - 2];
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, quantile * (variance / n).sqrt())
}
