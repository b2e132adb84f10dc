//! The way from data to paper, and the sizes of text on it.

use super::axis::AxisScale;
use super::canvas::{Point, Rect};

/// Size of labels, in pixels.
pub(super) const TEXT: f64 = 13.0;
/// Size of the title of a figure.
pub(super) const TITLE: f64 = 16.0;
/// Size of the numbers at ticks.
pub(super) const SMALL: f64 = 12.0;

/// The way from data to paper.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlotView {
    pub frame: Rect,
    pub x: AxisScale,
    pub y: AxisScale,
}

impl PlotView {
    pub fn across(&self, place: f64) -> f64 {
        self.frame.left + self.x.fraction(place) * self.frame.width()
    }

    pub fn down(&self, place: f64) -> f64 {
        self.frame.bottom - self.y.fraction(place) * self.frame.height()
    }

    /// Pixels of a point in data coordinates; infinite where the point is.
    pub fn at(&self, (x, y): Point) -> Point {
        (self.across(self.x.place(x)), self.down(self.y.place(y)))
    }
}
