//! What laws and costs are built from: arrays, views and vectors, in double or single precision.

use ndarray::{Array1, Array2, ArrayBase, Data, Ix1, Ix2};

/// `f64`, or `f32`, which is widened.
pub trait Real: Copy + 'static {
    /// A vector of these as doubles. Owned doubles are moved, not copied.
    fn vector(values: Vec<Self>) -> Vec<f64>;

    /// An array of these as doubles. An owned array of doubles is moved, not copied; a view is copied once.
    fn table<S: Data<Elem = Self>>(array: ArrayBase<S, Ix2>) -> Array2<f64>;
}

impl Real for f64 {
    fn vector(values: Vec<Self>) -> Vec<f64> {
        values
    }

    fn table<S: Data<Elem = Self>>(array: ArrayBase<S, Ix2>) -> Array2<f64> {
        array.into_owned()
    }
}

impl Real for f32 {
    fn vector(values: Vec<Self>) -> Vec<f64> {
        values.into_iter().map(f64::from).collect()
    }

    fn table<S: Data<Elem = Self>>(array: ArrayBase<S, Ix2>) -> Array2<f64> {
        array.mapv(f64::from)
    }
}

/// A list of numbers: a vector, a slice, an array of Rust or one of ndarray, of `f64` or `f32`.
///
/// ```
/// use fenchel::measure::Pmf;
/// use ndarray::array;
/// let law = Pmf::new([0.25, 0.75])?;
/// assert_eq!(Pmf::new(vec![0.25f32, 0.75])?, law);
/// assert_eq!(Pmf::new(array![0.25, 0.75].view())?, law);
/// # Ok::<(), fenchel::Error>(())
/// ```
pub trait Numbers {
    /// The numbers as doubles. An owned vector of doubles is moved, not copied.
    fn numbers(self) -> Vec<f64>;
}

impl<T: Real> Numbers for Vec<T> {
    fn numbers(self) -> Vec<f64> {
        T::vector(self)
    }
}

impl<T: Real> Numbers for &Vec<T> {
    fn numbers(self) -> Vec<f64> {
        T::vector(self.clone())
    }
}

impl<T: Real> Numbers for &[T] {
    fn numbers(self) -> Vec<f64> {
        T::vector(self.to_vec())
    }
}

impl<T: Real, const N: usize> Numbers for [T; N] {
    fn numbers(self) -> Vec<f64> {
        T::vector(self.to_vec())
    }
}

impl<T: Real, const N: usize> Numbers for &[T; N] {
    fn numbers(self) -> Vec<f64> {
        T::vector(self.to_vec())
    }
}

impl<T: Real, S: Data<Elem = T>> Numbers for ArrayBase<S, Ix1> {
    fn numbers(self) -> Vec<f64> {
        let owned: Array1<T> = self.into_owned();
        T::vector(if owned.is_standard_layout() { owned.into_raw_vec_and_offset().0 } else { owned.to_vec() })
    }
}
