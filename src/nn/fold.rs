//! Images to their windows and back: what makes a convolution of a product.
//!
//! An image is a row of height × width × channels. [`Var::unfold`] writes each window of each image as a row. So a convolution
//! is `unfold`, a dense layer, and a [reshape](Var::reshape) back to images, and its transpose is a product and
//! [`Var::fold`]. Each of the two is the other's pull-back, so both can be differentiated any number of times.

use super::op::Op;
use super::window::Window;
use super::{Element, Var};
use ndarray::Array2;

/// Windows of images.
///
/// # Panics
/// If the sizes are not those of the window.
impl<T: Element> Var<'_, T> {
    /// The windows of images (n × [`pixels`](Window::pixels)), a row each: those of the first image first, from its top left to
    /// its bottom right.
    #[must_use]
    pub fn unfold(self, window: Window) -> Self {
        let x = self.value();
        assert_eq!(x.ncols(), window.pixels(), "unfold: a row is an image of {window:?}");
        let (down, across) = window.places();
        let mut out = self.tape.buffer((x.nrows() * down * across, window.columns()));
        out.fill(T::zero());
        let per_image = down * across * window.columns();
        let images = slice(&x).chunks_exact(window.pixels().max(1));
        for (windows, image) in slice_mut(&mut out).chunks_exact_mut(per_image.max(1)).zip(images) {
            window.for_each_run(|w, i, n| windows[w..w + n].copy_from_slice(&image[i..i + n]));
        }
        self.tape.push(out, Op::Unfold { x: self.index, window })
    }

    /// Images from their windows: each pixel is the sum of what the windows have at its place. The pull-back of
    /// [`unfold`](Self::unfold).
    #[must_use]
    pub fn fold(self, window: Window) -> Self {
        let x = self.value();
        let (down, across) = window.places();
        let images = x.nrows() / (down * across);
        assert_eq!(x.dim(), (images * down * across, window.columns()), "fold: a row is a window of {window:?}");
        let mut out = self.tape.buffer((images, window.pixels()));
        out.fill(T::zero());
        let per_image = down * across * window.columns();
        let all = slice(&x).chunks_exact(per_image.max(1));
        for (image, windows) in slice_mut(&mut out).chunks_exact_mut(window.pixels().max(1)).zip(all) {
            window.for_each_run(|w, i, n| {
                for (pixel, &x) in image[i..i + n].iter_mut().zip(&windows[w..w + n]) {
                    *pixel = mutate!(*pixel + x, Folds, |_| x);
                }
            });
        }
        self.tape.push(out, Op::Fold { x: self.index, window })
    }
}

fn slice<T>(x: &Array2<T>) -> &[T] {
    x.as_slice().expect("values on a tape are laid out by rows")
}

fn slice_mut<T>(x: &mut Array2<T>) -> &mut [T] {
    x.as_slice_mut().expect("values on a tape are laid out by rows")
}
