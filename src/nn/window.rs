//! Windows that slide over images.

/// A square window that slides over images, which are surrounded by zeros.
///
/// ```
/// use fenchel::nn::Window;
/// // the 4×4 windows of stride 2 that halve an image of 28×28
/// let halving = Window { height: 28, width: 28, channels: 1, side: 4, stride: 2, padding: 1 };
/// assert_eq!((halving.places(), halving.columns()), ((14, 14), 16));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Window {
    /// Rows of pixels of an image.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
    /// Pixels of a side of the window.
    pub side: usize,
    /// Pixels from one place of the window to the next.
    pub stride: usize,
    /// Pixels of zeros around an image.
    pub padding: usize,
}

impl Window {
    /// Whether it exists: a window that moves and fits, of sizes whose products can be counted.
    pub(super) fn is_sound(&self) -> bool {
        let room = |length: usize| self.padding.checked_mul(2).and_then(|around| around.checked_add(length));
        let fits = |length: usize| room(length).is_some_and(|room| self.side <= room);
        let counted = |a: usize, b: usize| a.checked_mul(b).and_then(|n| n.checked_mul(self.channels)).is_some();
        self.stride > 0
            && self.side > 0
            && fits(self.height)
            && fits(self.width)
            && counted(self.side, self.side)
            && counted(self.height, self.width)
    }

    /// How many places the window has, down and across.
    ///
    /// # Panics
    /// If the stride is 0, or the window is larger than the image with what surrounds it.
    #[must_use]
    pub fn places(&self) -> (usize, usize) {
        assert!(self.stride > 0, "a window moves by at least one pixel");
        let along = |length: usize| {
            let room = length + 2 * self.padding;
            assert!(self.side <= room, "a window of {} pixels does not fit into {room}", self.side);
            (room - self.side) / self.stride + 1
        };
        (along(self.height), along(self.width))
    }

    /// Numbers of a window: a row of what `unfold` gives.
    #[must_use]
    pub fn columns(&self) -> usize {
        self.side * self.side * self.channels
    }

    /// Numbers of an image.
    #[must_use]
    pub fn pixels(&self) -> usize {
        self.height * self.width * self.channels
    }

    /// For each row of each window, in order: the first number of the window's row, that of the image, and how many.
    pub(super) fn for_each_run(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (down, across) = self.places();
        for (place, (top, left)) in (0..down).flat_map(|i| (0..across).map(move |j| (i, j))).enumerate() {
            for row in 0..self.side {
                let Some(y) = (top * self.stride + row).checked_sub(self.padding).filter(|&y| y < self.height) else {
                    continue;
                };
                // the columns of the window that are on the image
                let from = self.padding.saturating_sub(left * self.stride);
                let to = self.side.min((self.width + self.padding).saturating_sub(left * self.stride));
                if from < to {
                    let x = left * self.stride + from - self.padding;
                    let of_window = place * self.columns() + (row * self.side + from) * self.channels;
                    visit(of_window, (y * self.width + x) * self.channels, (to - from) * self.channels);
                }
            }
        }
    }
}
