//! Matrix products through the `gemm` crate: any strides, fixed order, on the calling thread unless said otherwise.

use super::threads::both;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, LinalgScalar, s};
use std::ops::Range;

/// The element types that products are compiled for: `f32` and `f64`.
pub trait Scalar: LinalgScalar + PartialEq + Send + Sync + sealed::Sealed {}
impl Scalar for f32 {}
impl Scalar for f64 {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for f32 {}
    impl Sealed for f64 {}
}

/// `A B`. O(n k m); views may be transposed or strided at no cost.
///
/// ```
/// use ndarray::array;
/// let a = array![[1.0, 2.0], [3.0, 4.0]];
/// assert_eq!(fenchel::linalg::matmul(a.view(), a.t()), array![[5.0, 11.0], [11.0, 25.0]]);
/// ```
///
/// # Panics
/// If the inner dimensions differ.
#[must_use]
pub fn matmul<T: Scalar>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>) -> Array2<T> {
    let mut out = Array2::zeros((a.nrows(), b.ncols()));
    matmul_into(T::one(), a, b, T::zero(), out.view_mut());
    out
}

/// `C ← alpha A B + beta C`; with `beta = 0` what was in `C` is not read.
///
/// # Panics
/// If the shapes do not match.
pub fn matmul_into<T: Scalar>(
    alpha: T,
    a: ArrayView2<'_, T>,
    b: ArrayView2<'_, T>,
    beta: T,
    mut c: ArrayViewMut2<'_, T>,
) {
    let alpha = mutate!(alpha, Product, |alpha: T| alpha + alpha);
    let (m, k) = a.dim();
    let n = b.ncols();
    assert_eq!(k, b.nrows(), "matmul: inner dimensions");
    assert_eq!((m, n), c.dim(), "matmul: shape of the result");
    if m == 0 || n == 0 {
        return;
    }
    let (sa, sb, sc) = (strides(&a), strides(&b), [c.strides()[0], c.strides()[1]]);
    // SAFETY: the pointers and strides are those of three ndarray views whose shapes were just checked to be m×k, k×n
    // and m×n. So every element that gemm touches lies inside a view. `c` is borrowed mutably and cannot overlap `a` or
    // `b`.
    #[allow(unsafe_code)]
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            sc[1],
            sc[0],
            !beta.is_zero(),
            a.as_ptr(),
            sa[1],
            sa[0],
            b.as_ptr(),
            sb[1],
            sb[0],
            beta,
            alpha,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

/// Multiplications from which a product is worth a second thread.
const WORTH_A_THREAD: usize = 1 << 21;

/// `C ← A B`, a large one in two halves on two threads.
///
/// What is a half depends on the shapes alone, and each is computed in a fixed order, so the bits are the same on any number of
/// threads. Work that already runs on the thread pool, such as one of several trainings at once, stays on its thread.
///
/// ```
/// use fenchel::linalg::matmul_in_halves;
/// use ndarray::{Array2, array};
/// let mut c = Array2::zeros((1, 1));
/// matmul_in_halves(array![[1.0, 2.0]].view(), array![[3.0], [4.0]].view(), c.view_mut());
/// assert_eq!(c, array![[11.0]]);
/// ```
///
/// # Panics
/// If the shapes do not match.
pub fn matmul_in_halves<T: Scalar>(a: ArrayView2<'_, T>, b: ArrayView2<'_, T>, c: ArrayViewMut2<'_, T>) {
    let (m, n) = c.dim();
    if m.saturating_mul(n).saturating_mul(a.ncols()) < WORTH_A_THREAD {
        return matmul_into(T::one(), a, b, T::zero(), c);
    }
    // whole registers in each half
    let axis = Axis(usize::from(n > m));
    let middle = (m.max(n) / 2).next_multiple_of(16).min(m.max(n));
    let (first, second) = c.split_at(axis, middle);
    let ((a, lower), (b, right)) =
        if axis == Axis(0) { (a.split_at(axis, middle), (b, b)) } else { ((a, a), b.split_at(axis, middle)) };
    let one = || matmul_into(T::one(), a, b, T::zero(), first);
    let other = || matmul_into(T::one(), lower, right, T::zero(), second);
    both(one, other);
}

/// Columns of a block of [`gram`].
const BLOCK: usize = 256;

/// `Xᵀ X`. What lies outside the blocks on the diagonal is multiplied once.
#[must_use]
pub fn gram<T: Scalar>(x: ArrayView2<'_, T>) -> Array2<T> {
    let d = x.ncols();
    if d <= BLOCK {
        return matmul(x.t(), x);
    }
    let mut out = Array2::zeros((d, d));
    for first in (0..d).step_by(BLOCK) {
        let last = (first + BLOCK).min(d);
        let rows = x.slice(s![.., first..last]);
        matmul_into(T::one(), rows.t(), x.slice(s![.., ..last]), T::zero(), out.slice_mut(s![first..last, ..last]));
        mirror(&mut out, first..last);
    }
    out
}

/// `A L` for a lower-triangular `L`, of which nothing above the diagonal blocks is read. Half the operations of [`matmul`].
#[must_use]
pub fn times_lower(a: ArrayView2<'_, f64>, l: ArrayView2<'_, f64>) -> Array2<f64> {
    let mut out = Array2::zeros((a.nrows(), l.ncols()));
    for first in (0..l.ncols()).step_by(BLOCK) {
        let last = (first + BLOCK).min(l.ncols());
        let (left, right) = (a.slice(s![.., first..]), l.slice(s![first.., first..last]));
        matmul_into(1.0, left, right, 0.0, out.slice_mut(s![.., first..last]));
    }
    out
}

/// `B L` and `Lᵀ B L` for a symmetric `B` and a lower-triangular `L`. A third of the operations of two products.
#[must_use]
pub fn congruent(b: ArrayView2<'_, f64>, l: ArrayView2<'_, f64>) -> (Array2<f64>, Array2<f64>) {
    let (d, bl) = (l.ncols(), times_lower(b, l));
    let mut out = Array2::zeros((d, d));
    for first in (0..d).step_by(BLOCK) {
        let last = (first + BLOCK).min(d);
        let (left, right) = (l.slice(s![first.., first..last]), bl.slice(s![first.., ..last]));
        matmul_into(1.0, left.t(), right, 0.0, out.slice_mut(s![first..last, ..last]));
        mirror(&mut out, first..last);
    }
    (bl, out)
}

/// Copies what is left of a diagonal block to above it.
fn mirror<T: Copy>(a: &mut Array2<T>, block: Range<usize>) {
    for i in block.clone() {
        for j in 0..block.start {
            a[[j, i]] = a[[i, j]];
        }
    }
}

fn strides<T>(a: &ArrayView2<'_, T>) -> [isize; 2] {
    [a.strides()[0], a.strides()[1]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    fn naive(a: &ArrayView2<'_, f64>, b: &ArrayView2<'_, f64>) -> Array2<f64> {
        Array2::from_shape_fn((a.nrows(), b.ncols()), |(i, j)| (0..a.ncols()).map(|k| a[[i, k]] * b[[k, j]]).sum())
    }

    #[test]
    fn agrees_with_three_loops_on_strided_and_transposed_views() {
        let x = Array2::from_shape_fn((13, 17), |(i, j)| ((i * 31 + j * 7) % 11) as f64 - 5.0);
        let views = [(x.view(), x.t()), (x.t(), x.view()), (x.slice(s![..;2, ..;-3]), x.slice(s![..6, ..]))];
        for (a, b) in views {
            assert_eq!(matmul(a, b), naive(&a, &b));
        }
    }

    #[test]
    fn halves_have_the_same_bits_on_any_number_of_threads() {
        for (m, k, n) in [
            (520, 300, 130),
            (100, 500, 784),
            (41, 4000, 77),
            (3, 7, 5),
            (9, 120_000, 8),
            (1, 1 << 23, 1),
            (17, 40_000, 17),
        ] {
            let a = Array2::from_shape_fn((m, k), |(i, j)| ((i * 31 + j * 7) % 101) as f32 / 37.0 - 1.3);
            let b = Array2::from_shape_fn((n, k), |(i, j)| ((i * 13 + j * 17) % 103) as f32 / 41.0 - 1.2);
            let product = || {
                let mut c = Array2::from_elem((m, n), f32::NAN);
                matmul_in_halves(a.view(), b.t(), c.view_mut());
                c.mapv(f32::to_bits)
            };
            let here = product();
            for threads in [1, 2, 5] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                assert_eq!(pool.install(product), here, "{m}x{k}x{n} on {threads} threads");
            }
            let whole = matmul(a.mapv(f64::from).view(), b.mapv(f64::from).t());
            let error = here.iter().zip(&whole).map(|(&x, y)| (f64::from(f32::from_bits(x)) - y).abs());
            assert!(error.fold(0.0, f64::max) < 1e-6 * k as f64);
        }
    }

    #[test]
    fn half_products_are_whole_ones() {
        let d = 2 * BLOCK + 37;
        let x = Array2::from_shape_fn((19, d), |(i, j)| ((i * 31 + j * 7 + i * j) % 11) as f64 - 5.0);
        let all = matmul(x.t(), x.view());
        assert_eq!(gram(x.view()), all);
        let lower = Array2::from_shape_fn((d, d), |(i, j)| if j <= i { ((i + 3 * j) % 5) as f64 - 2.0 } else { 0.0 });
        assert_eq!(times_lower(x.view(), lower.view()), matmul(x.view(), lower.view()));
        let (half, whole) = congruent(all.view(), lower.view());
        assert_eq!(half, matmul(all.view(), lower.view()));
        assert_eq!(whole, matmul(lower.t(), half.view()));
    }

    #[test]
    fn accumulates_with_alpha_and_beta() {
        let a = Array2::from_elem((2, 3), 1.0);
        let b = Array2::from_elem((3, 2), 2.0);
        let mut c = Array2::from_elem((2, 2), 10.0);
        matmul_into(0.5, a.view(), b.view(), 2.0, c.view_mut());
        assert_eq!(c, Array2::from_elem((2, 2), 23.0));
        let mut nan = Array2::from_elem((2, 2), f64::NAN);
        matmul_into(1.0, a.view(), b.view(), 0.0, nan.view_mut());
        assert_eq!(nan, Array2::from_elem((2, 2), 6.0));
        let empty = Array2::<f64>::zeros((2, 0));
        assert_eq!(matmul(empty.view(), empty.t()), Array2::<f64>::zeros((2, 2)));
    }
}
