//! What stands before and after the product of a layer, and makes a convolution of it.

use super::window::Window;
use super::{Element, Var};
use ndarray::Array2;

/// The size of images; a row holds one, pixel by pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Image {
    /// Rows of pixels.
    pub height: usize,
    /// Pixels of a row.
    pub width: usize,
    /// Numbers of a pixel.
    pub channels: usize,
}

/// What stands before and after the product of a layer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "snake_case"))]
pub enum Passage {
    /// Nothing.
    #[default]
    Rows,
    /// The windows of an image are multiplied: a convolution.
    Unfold(Window),
    /// The products of pixels are windows that are added up to an image: a transposed convolution.
    Fold(Window),
    /// The products are images.
    Image(Image),
    /// Pixels are repeated before the windows are multiplied.
    Nearest {
        /// Places of the copies of a pixel.
        copies: Window,
        /// Windows of the larger image.
        windows: Window,
    },
}

impl Passage {
    /// Numbers of a sample before and after a layer with a weight matrix of this shape.
    pub(super) fn sides(self, weight: (usize, usize)) -> (usize, usize) {
        let places = |window: Window| {
            let (down, across) = window.places();
            down * across
        };
        match self {
            Self::Rows | Self::Image(_) => weight,
            Self::Unfold(window) => (window.pixels(), places(window) * weight.1),
            Self::Fold(window) => (places(window) * weight.0, window.pixels()),
            Self::Nearest { copies, windows } => (places(copies) * copies.channels, places(windows) * weight.1),
        }
    }

    /// Products that add up to an output, and outputs that an input adds to, for a weight matrix of this shape.
    pub(super) fn fans(self, (rows, columns): (usize, usize)) -> (usize, usize) {
        match self {
            Self::Rows | Self::Image(_) => (rows, columns),
            Self::Unfold(window) | Self::Nearest { windows: window, .. } => {
                (rows, columns.saturating_mul(window.side * window.side))
            }
            // each pixel is covered by about so many windows
            Self::Fold(window) => (rows.saturating_mul((window.side / window.stride).max(1).pow(2)), columns),
        }
    }

    /// Whether windows exist and belong to a weight matrix of this shape and so many channels, as what was read from a file may not.
    pub(super) fn is_sound(self, (rows, columns): (usize, usize), channels: usize) -> bool {
        match self {
            Self::Rows => channels == columns,
            Self::Image(Image { height, width, channels: made }) => {
                made == channels && height.checked_mul(width).and_then(|n| n.checked_mul(made)) == Some(columns)
            }
            Self::Unfold(window) => window.is_sound() && window.columns() == rows && channels == columns,
            Self::Fold(window) => window.is_sound() && window.columns() == columns && channels == window.channels,
            Self::Nearest { copies, windows } => {
                copies.is_sound() && windows.is_sound() && windows.columns() == rows && channels == columns
            }
        }
    }

    /// Whether the product has the channels of the result for its columns, with nothing after it.
    pub(super) fn is_product_last(self) -> bool {
        matches!(self, Self::Rows | Self::Unfold(_) | Self::Nearest { .. })
    }

    /// What is multiplied by the weights.
    pub(super) fn before<T: Element>(self, x: Var<'_, T>) -> Var<'_, T> {
        let pixels = |x: Var<'_, T>, window: Window| {
            let ((samples, columns), (down, across)) = (x.shape(), window.places());
            (samples * down * across, columns / (down * across))
        };
        match self {
            Self::Rows | Self::Image(_) => x,
            Self::Unfold(window) => x.unfold(window),
            Self::Fold(window) => x.reshape(pixels(x, window)),
            Self::Nearest { copies, windows } => {
                let channels = copies.channels;
                let once = Array2::from_shape_fn((channels, copies.columns()), |(i, j)| {
                    if i == j % channels { T::one() } else { T::zero() }
                });
                let all = x.reshape(pixels(x, copies)).matmul(x.tape().leaf(once));
                all.fold(copies).unfold(windows)
            }
        }
    }

    /// The product, a pixel a row where the result is images.
    pub(super) fn after<T: Element>(self, product: Var<'_, T>) -> Var<'_, T> {
        let (y, channels) = match self {
            Self::Rows | Self::Unfold(_) | Self::Nearest { .. } => return product,
            Self::Fold(window) => (product.fold(window), window.channels),
            Self::Image(image) => (product, image.channels),
        };
        let (samples, columns) = y.shape();
        y.reshape((samples * (columns / channels), channels))
    }
}
