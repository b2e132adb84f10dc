//! Two laws without pairs between their samples, and the image of a law under an affine map.

use super::source::{Scaled, Source};
use crate::error::{Error, Result};
use ndarray::{Array1, Array2, ArrayView2};
use rand_chacha::ChaCha8Rng;

/// Samples of two kinds; which of one kind belongs to which of the other is not known.
///
/// ```
/// use fenchel::gan::{Toy, Unpaired};
/// let pair = Unpaired::new(Toy::ring8(), Toy::grid25());
/// assert_eq!((pair.one.dimension(), pair.other.dimension()), (2, 2));
/// ```
#[derive(Debug)]
pub struct Unpaired {
    /// The first kind.
    pub one: Scaled,
    /// The second.
    pub other: Scaled,
}

impl Unpaired {
    /// Two sources.
    pub fn new(one: impl Into<Scaled>, other: impl Into<Scaled>) -> Self {
        Self { one: one.into(), other: other.into() }
    }
}

/// The samples `x A + b` of the samples `x` of a source.
///
/// ```
/// use fenchel::gan::{Moved, Rows, Source};
/// use ndarray::array;
/// let one = Rows::new(array![[1.0, 0.0]].view())?;
/// let turned = Moved::new(one, array![[0.0, 1.0], [-1.0, 0.0]].view(), &[0.0, 5.0])?;
/// assert_eq!(turned.draw(1, &mut fenchel::numeric::stream(0, 0)), array![[0.0, 6.0]]);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Moved<S> {
    source: S,
    map: Array2<f32>,
    shift: Array1<f32>,
}

impl<S: Source> Moved<S> {
    /// A source, the map `A` from its columns to those of the samples, and the shift `b`.
    ///
    /// # Errors
    /// Sizes that do not fit; a number that is not finite.
    pub fn new(source: S, map: ArrayView2<'_, f64>, shift: &[f64]) -> Result<Self> {
        let sizes = [
            (("the map", map.nrows()), ("the source", source.dimension())),
            (("the map", map.ncols()), ("the shift", shift.len())),
        ];
        for (found, expected) in sizes {
            if found.1 != expected.1 {
                return Err(Error::size_mismatch(found, expected, "columns"));
            }
        }
        if let Some(((i, j), &value)) = map.indexed_iter().find(|(_, x)| !x.is_finite()) {
            return Err(Error::not_finite("the map", (i, j), value));
        }
        if let Some((i, &value)) = shift.iter().enumerate().find(|(_, x)| !x.is_finite()) {
            return Err(Error::not_finite("the shift", i, value));
        }
        Ok(Self { source, map: map.mapv(|x| x as f32), shift: shift.iter().map(|&x| x as f32).collect() })
    }
}

impl<S: Source> Source for Moved<S> {
    fn dimension(&self) -> usize {
        self.map.ncols()
    }

    fn unit(&self) -> f64 {
        self.source.unit()
    }

    fn draw(&self, n: usize, rng: &mut ChaCha8Rng) -> Array2<f32> {
        self.source.draw(n, rng).dot(&self.map) + &self.shift
    }
}
