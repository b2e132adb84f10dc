//! Images to their windows and back: what makes a convolution of a product.
//!
//! An image is a row of height × width × channels. [`Var::unfold`] writes each window of each image as a row. So a convolution
//! is `unfold`, a dense layer, and a [reshape](Var::reshape) back to images, and its transpose is a product and
//! [`Var::fold`]. Each of the two is the other's pull-back, so both can be differentiated any number of times.

use super::op::Op;
use super::window::Window;
use super::{Element, Var, kernel};
use crate::linalg::both;
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
        let per_image = down * across * window.columns();
        over_images((slice_mut(&mut out), per_image), (slice(&x), window.pixels()), |windows, image| {
            windows.fill(T::zero());
            window.for_each_run(|w, i, n| windows[w..w + n].copy_from_slice(&image[i..i + n]));
        });
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
        let per_image = down * across * window.columns();
        over_images((slice_mut(&mut out), window.pixels()), (slice(&x), per_image), |image, windows| {
            image.fill(T::zero());
            window.for_each_run(|w, i, n| {
                for (pixel, &x) in image[i..i + n].iter_mut().zip(&windows[w..w + n]) {
                    *pixel = mutate!(*pixel + x, Folds, |_| x);
                }
            });
        });
        self.tape.push(out, Op::Fold { x: self.index, window })
    }
}

/// Does something for each image, with its numbers on either side; on two threads where there are many.
fn over_images<T: Element>((y, of_y): (&mut [T], usize), (x, of_x): (&[T], usize), f: impl Fn(&mut [T], &[T]) + Sync) {
    let (of_y, of_x) = (of_y.max(1), of_x.max(1));
    let each = |y: &mut [T], x: &[T]| {
        y.chunks_exact_mut(of_y).zip(x.chunks_exact(of_x)).for_each(|(y, x)| f(y, x));
    };
    let Some(middle) = kernel::middle(y.len() / of_y, of_y.max(of_x)) else { return each(y, x) };
    let ((y, z), (x, w)) = (y.split_at_mut(middle * of_y), x.split_at(middle * of_x));
    both(|| each(y, x), || each(z, w));
}

fn slice<T>(x: &Array2<T>) -> &[T] {
    x.as_slice().expect("values on a tape are laid out by rows")
}

fn slice_mut<T>(x: &mut Array2<T>) -> &mut [T] {
    x.as_slice_mut().expect("values on a tape are laid out by rows")
}
