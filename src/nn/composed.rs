//! Functions that are made of the operations of a tape.

use super::{Element, Var};
use ndarray::Array2;

impl<'t, T: Element> Var<'t, T> {
    /// `x` where positive, else `e^x - 1` (Clevert et al., arXiv:1511.07289); the derivative at 0 is taken as 0. For finite `x`;
    /// near 0 the error is that of numbers near 1, 6e-8 in `f32`.
    #[must_use]
    pub fn elu(self) -> Self {
        self.relu() + (-(-self).relu()).exp().shift(-1.0)
    }

    /// `x Φ(x)` with `Φ(x) ≈ ½(1 + tanh √(2/π)(x + 0.044715 x³))`, as in Hendrycks and Gimpel, arXiv:1606.08415. It is within 5e-4 of
    /// the same with the exact `Φ`.
    #[must_use]
    pub fn gelu(self) -> Self {
        let inner = (self + (self.square() * self).scale(0.044_715)).scale((2.0 / std::f64::consts::PI).sqrt());
        (self * inner.tanh().shift(1.0)).scale(0.5)
    }

    /// The largest of `pieces` numbers: those in the same column of as many matrices side by side (Goodfellow et al.,
    /// arXiv:1302.4389). Where two are equal the derivative is that of the later one.
    ///
    /// # Panics
    /// If the columns cannot be split into so many matrices.
    #[must_use]
    pub fn maxout(self, pieces: usize) -> Self {
        let columns = self.shape().1;
        assert!(pieces > 0 && columns.is_multiple_of(pieces), "maxout: {columns} columns in {pieces} pieces");
        let width = columns / pieces;
        let piece = |k: usize| self.columns(k * width..(k + 1) * width);
        (1..pieces).map(piece).fold(piece(0), |largest, next| next + (largest - next).relu())
    }

    /// The rows with these numbers, in this order, any number of times: what stands for words or classes in a table that is learnt.
    /// O(rows × numbers × columns), as a product with vectors of a single 1.
    ///
    /// # Panics
    /// If there is no row of a number.
    #[must_use]
    pub fn embedding(self, numbers: &[usize]) -> Self {
        let rows = self.shape().0;
        let mut chosen = Array2::zeros((numbers.len(), rows));
        for (mut row, &number) in chosen.rows_mut().into_iter().zip(numbers) {
            row[number] = T::one();
        }
        self.tape().leaf(chosen).matmul(self)
    }
}
