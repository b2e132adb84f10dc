//! Discriminators that are tables, and the losses of the library at them.

use crate::optimise::maximise;
use fenchel::Result;
use fenchel::measure::Pmf;
use fenchel::nn::{Tape, Var};
use ndarray::Array2;

pub(super) const CHAPTER: &str = "losses";

/// The asymmetric pair that most of the exact values refer to, in twentieths.
const P: [usize; 3] = [2, 8, 10];
const Q: [usize; 3] = [16, 3, 1];

pub(super) fn pair() -> Result<(Pmf, Pmf)> {
    let law = |counts: [usize; 3]| Pmf::new(counts.map(|k| k as f64 / 20.0));
    Ok((law(P)?, law(Q)?))
}

/// A row with a single 1 for each twentieth of the mass: its product with a table of outputs has their expectation as its
/// mean.
fn twentieths(counts: [usize; 3]) -> Array2<f64> {
    let points: Vec<usize> = (0..3).flat_map(|i| std::iter::repeat_n(i, counts[i])).collect();
    Array2::from_shape_fn((20, 3), |(row, i)| f64::from(u8::from(points[row] == i)))
}

/// A loss of the outputs for real and for generated samples.
pub(super) type Loss = dyn for<'t> Fn(Var<'t, f64>, Var<'t, f64>) -> Var<'t, f64>;

/// A loss, and its gradient, at a table with an output for each of the three points of the pair.
pub(super) fn at_table(loss: &Loss, table: &[f64]) -> (f64, Vec<f64>) {
    let tape = Tape::new();
    let leaf = tape.leaf(Array2::from_shape_fn((3, 1), |(i, _)| table[i]));
    let value = loss(tape.leaf(twentieths(P)).matmul(leaf), tape.leaf(twentieths(Q)).matmul(leaf));
    (value.scalar(), value.gradients(&[leaf])[0].value().iter().copied().collect())
}

/// The table of least loss, without use of a formula, and the loss there.
pub(super) fn least(loss: &Loss) -> ([f64; 3], f64) {
    let found = maximise(
        |at| {
            let (value, gradient) = at_table(loss, at);
            (-value, gradient.into_iter().map(|g| -g).collect())
        },
        vec![0.0; 3],
    );
    ([found.at[0], found.at[1], found.at[2]], -found.value)
}

/// A loss of one output, and its derivative.
pub(super) fn at_output(loss: &dyn for<'t> Fn(Var<'t, f64>) -> Var<'t, f64>, output: f64) -> (f64, f64) {
    let tape = Tape::new();
    let leaf = tape.constant(output);
    let value = loss(leaf);
    (value.scalar(), value.gradients(&[leaf])[0].scalar())
}
