//! Normalisation: columns or rows of a matrix brought to mean 0 and variance 1.

use super::{Element, Tape, Var};
use ndarray::{Array2, ArrayView2, Axis};
use rand::{Rng, RngExt};

/// Keeps the division finite.
const EPSILON: f64 = 1e-5;

impl<'t, T: Element> Var<'t, T> {
    /// Each row less its mean, divided by the root of its variance (layer normalisation: Ba et al., arXiv:1607.06450). The
    /// variance is that of the row, with 1e-5 added.
    #[must_use]
    pub fn normalised_rows(self) -> Self {
        let columns = self.shape().1 as f64;
        let centred = self - self.sum_rows().scale(1.0 / columns);
        let variance = centred.square().sum_rows().scale(1.0 / columns);
        centred / variance.shift(EPSILON).sqrt()
    }

    /// Each column less its mean, divided by the root of its variance (batch normalisation as in training: Ioffe and Szegedy,
    /// arXiv:1502.03167). The variance is that of the column, with 1e-5 added.
    #[must_use]
    pub fn normalised_columns(self) -> Self {
        let Centred { rows, variance, .. } = self.centred_columns();
        rows / variance.shift(EPSILON).sqrt()
    }

    /// Each column less its mean, with that and its variance.
    pub(super) fn centred_columns(self) -> Centred<'t, T> {
        let each = 1.0 / self.shape().0 as f64;
        let mean = self.sum_columns().scale(each);
        let rows = self - mean;
        Centred { rows, mean, variance: rows.dot_columns(rows).scale(each) }
    }

    /// Each entry is zero with probability `share`, and the others grow by `1/(1 - share)`, so that the mean stays (dropout as
    /// in training: Srivastava et al., JMLR 15, 2014).
    ///
    /// # Panics
    /// If `share` is not in [0, 1).
    #[must_use]
    pub fn dropped(self, share: f64, rng: &mut impl Rng) -> Self {
        assert!((0.0..1.0).contains(&share), "a share of {share} cannot be dropped");
        let kept = T::of(1.0 / (1.0 - share));
        let draw = || if rng.random::<f64>() < share { T::zero() } else { kept };
        self * self.tape().leaf(Array2::from_shape_simple_fn(self.shape(), draw))
    }
}

/// The rows of a batch less their mean, that mean, and the variance of the columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct Centred<'t, T> {
    pub rows: Var<'t, T>,
    pub mean: Var<'t, T>,
    pub variance: Var<'t, T>,
}

impl<'t, T: Element> Centred<'t, T> {
    /// What the centred columns are multiplied by, so that they have the variance of `gain²`.
    pub fn scale(self, gain: Var<'t, T>) -> Var<'t, T> {
        gain / self.variance.shift(EPSILON).sqrt()
    }
}

/// What batch normalisation remembers of training, for use without a batch: the running mean and variance of each column.
/// The variance is that of a batch, divided by its n rows and not by n - 1.
///
/// ```
/// use fenchel::nn::RunningNorm;
/// use ndarray::array;
/// let mut norm = RunningNorm::<f64>::new(1, 0.9);
/// for _ in 0..200 {
///     norm.follow(array![[1.0], [3.0]].view());
/// }
/// let y = norm.apply(array![[2.0], [3.0]].view()); // mean 2, variance 1
/// assert!(y[[0, 0]].abs() < 1e-6 && (y[[1, 0]] - 1.0).abs() < 1e-4);
/// ```
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct RunningNorm<T> {
    memory: f64,
    mean: Array2<T>,
    variance: Array2<T>,
}

impl<T: Element> RunningNorm<T> {
    /// Mean 0 and variance 1 for so many columns. `memory` is the share that each batch leaves of what was before.
    ///
    /// # Panics
    /// If `memory` is not in [0, 1).
    #[must_use]
    pub fn new(columns: usize, memory: f64) -> Self {
        assert!((0.0..1.0).contains(&memory), "a memory of {memory} keeps nothing or forgets nothing");
        Self { memory, mean: Array2::zeros((1, columns)), variance: Array2::ones((1, columns)) }
    }

    /// The share that each batch leaves of what was before.
    #[must_use]
    pub fn memory(&self) -> f64 {
        self.memory
    }

    /// Takes a batch into the running mean and variance.
    ///
    /// # Panics
    /// If the batch has no rows or other columns.
    pub fn follow(&mut self, batch: ArrayView2<'_, T>) {
        let n = T::of(batch.nrows() as f64);
        assert!(batch.nrows() > 0, "a batch without rows has no mean");
        let mean = batch.sum_axis(Axis(0)).insert_axis(Axis(0)) / n;
        let centred = &batch - &mean;
        let variance = (&centred * &centred).sum_axis(Axis(0)).insert_axis(Axis(0)) / n;
        self.take(&mean, &variance);
    }

    /// Takes the mean and the variance of a batch.
    pub(super) fn take(&mut self, mean: &Array2<T>, variance: &Array2<T>) {
        let memory = T::of(self.memory);
        for (old, new) in [(&mut self.mean, mean), (&mut self.variance, variance)] {
            old.zip_mut_with(new, |old, &new| *old = *old * memory + new * (T::one() - memory));
        }
    }

    /// Whether it is about so many columns and holds what finite batches leave, for one that was read from a file.
    pub(super) fn is_sound(&self, columns: usize) -> bool {
        let finite = self.mean.iter().chain(&self.variance).all(|x| x.is_finite());
        let shapes = [self.mean.dim(), self.variance.dim()] == [(1, columns); 2];
        shapes && finite && self.variance.iter().all(|v| *v >= T::zero()) && (0.0..1.0).contains(&self.memory)
    }

    /// Each column less its running mean, divided by the root of its running variance with 1e-5 added.
    #[must_use]
    pub fn apply(&self, x: ArrayView2<'_, T>) -> Array2<T> {
        (&x - &self.mean) / self.variance.mapv(|v| (v + T::of(EPSILON)).sqrt())
    }

    /// The same on a tape, where mean and variance are constants.
    #[must_use]
    pub fn on<'t>(&self, tape: &'t Tape<T>, x: Var<'t, T>) -> Var<'t, T> {
        (x - tape.leaf(self.mean.view())) / tape.leaf(self.variance.mapv(|v| (v + T::of(EPSILON)).sqrt()))
    }
}
