//! The operations on values of a tape: each computes its result and records itself.

use super::op::{EntryMap, Op, Then, gate};
use super::{Activation, Element, Tape, Var, kernel};
use crate::linalg::matmul_in_halves;
use ndarray::{Array2, ArrayView2, s};
use std::ops::{self, Range};

/// Operations on values of a tape.
///
/// # Panics
/// All of them if shapes do not fit, or if the operands are on different tapes.
impl<'t, T: Element> Var<'t, T> {
    /// The matrix product. O(n k m).
    #[must_use]
    pub fn matmul(self, other: Self) -> Self {
        product(self, other, false, false)
    }

    /// `A Bᵀ`; the transpose costs nothing.
    #[must_use]
    pub fn matmul_t(self, other: Self) -> Self {
        product(self, other, false, true)
    }

    /// `Aᵀ B`; the transpose costs nothing.
    #[must_use]
    pub fn t_matmul(self, other: Self) -> Self {
        product(self, other, true, false)
    }

    /// A dense layer in one pass: `X W + b`, with X n×k, W k×m and b 1×m.
    #[must_use]
    pub fn dense(self, weight: Self, bias: Self) -> Self {
        self.dense_then(weight, bias, Then::Nothing)
    }

    /// A dense layer with its activation, `activation(X W + b)`: in one pass for rectifiers and the hyperbolic tangent.
    #[must_use]
    pub fn layer(self, weight: Self, bias: Self, activation: Activation) -> Self {
        match activation.fused() {
            Some(then) => self.dense_then(weight, bias, then),
            None => activation.on(self.dense(weight, bias)),
        }
    }

    fn dense_then(self, weight: Self, bias: Self, then: Then<T>) -> Self {
        self.on_one_tape(weight);
        self.on_one_tape(bias);
        let (x, w, b) = (self.value(), weight.value(), bias.value());
        let mut out = self.tape.buffer((x.nrows(), w.ncols()));
        dense_into(x.view(), &w, &b, then, &mut out);
        self.tape.push(out, Op::Dense { x: self.index, weight: weight.index, bias: bias.index, then })
    }

    /// Columns in their own units, in one pass: `x s + t`, with X n×m and rows s and t, 1×m.
    #[must_use]
    pub fn scaled(self, scale: Self, shift: Self) -> Self {
        self.scaled_then(scale, shift, Then::Nothing)
    }

    /// The same with an activation: in one pass for rectifiers and the hyperbolic tangent.
    #[must_use]
    pub(super) fn scaled_layer(self, scale: Self, shift: Self, activation: Activation) -> Self {
        match activation.fused() {
            Some(then) => self.scaled_then(scale, shift, then),
            None => activation.on(self.scaled(scale, shift)),
        }
    }

    fn scaled_then(self, scale: Self, shift: Self, then: Then<T>) -> Self {
        self.on_one_tape(scale);
        self.on_one_tape(shift);
        let (x, s, t) = (self.value(), scale.value(), shift.value());
        let row = (1, x.ncols());
        assert_eq!((s.dim(), t.dim()), (row, row), "scaled: scale and shift are one row each");
        let mut out = self.tape.buffer(x.dim());
        let (into, x, s, t) = (entries_mut(&mut out), entries(&x), entries(&s), entries(&t));
        match then {
            Then::Nothing => kernel::scale_rows(into, x, (s, t), |x, s, t| x * s + t),
            Then::Gate(slope) => {
                kernel::scale_rows(into, x, (s, t), |x, s, t| gate(x * s + t, x * s + t, slope));
            }
            Then::Tanh => kernel::scale_rows(into, x, (s, t), |x, s, t| (x * s + t).tanh_in_bulk()),
        }
        self.tape.push(out, Op::Scaled { x: self.index, scale: scale.index, shift: shift.index, then })
    }

    /// The inner product of each column with that of a matrix of the same shape, 1×m.
    #[must_use]
    pub fn dot_columns(self, other: Self) -> Self {
        self.on_one_tape(other);
        let (a, b) = (self.value(), other.value());
        assert_eq!(a.dim(), b.dim(), "dot_columns: the shapes differ");
        let mut out = self.tape.buffer((1, a.ncols()));
        out.fill(T::zero());
        kernel::gather_two(entries_mut(&mut out), (entries(&a), entries(&b)), |sum, a, b| sum + a * b);
        self.tape.push(out, Op::DotColumns(self.index, other.index))
    }

    /// `factor·x`.
    #[must_use]
    pub fn scale(self, factor: f64) -> Self {
        self.affine(T::of(factor), T::zero())
    }

    /// `x + by`.
    #[must_use]
    pub fn shift(self, by: f64) -> Self {
        self.affine(T::one(), T::of(by))
    }

    /// The sum of all entries, 1×1.
    #[must_use]
    pub fn sum(self) -> Self {
        self.sum_to((1, 1))
    }

    /// The sum of each row, n×1.
    #[must_use]
    pub fn sum_rows(self) -> Self {
        self.sum_to((self.shape().0, 1))
    }

    /// The sum of each column, 1×m.
    #[must_use]
    pub fn sum_columns(self) -> Self {
        self.sum_to((1, self.shape().1))
    }

    /// The mean of all entries, 1×1.
    #[must_use]
    pub fn mean(self) -> Self {
        let (rows, columns) = self.shape();
        self.sum().scale(1.0 / (rows * columns) as f64)
    }

    /// `x²`.
    #[must_use]
    pub fn square(self) -> Self {
        self * self
    }

    /// `max(x, 0)`; the derivative at 0 is taken as 0.
    #[must_use]
    pub fn relu(self) -> Self {
        self.gate(self, T::zero())
    }

    /// `x` where positive, else `slope·x`; the derivative at 0 is taken as `slope`.
    #[must_use]
    pub fn leaky_relu(self, slope: f64) -> Self {
        self.gate(self, T::of(slope))
    }

    /// `|x|`; the derivative at 0 is taken as -1.
    #[must_use]
    pub fn abs(self) -> Self {
        self.gate(self, -T::one())
    }

    /// The hyperbolic tangent.
    #[must_use]
    pub fn tanh(self) -> Self {
        self.map(EntryMap::Tanh)
    }

    /// `1/(1 + e^-x)`, without overflow.
    #[must_use]
    pub fn sigmoid(self) -> Self {
        self.map(EntryMap::Sigmoid)
    }

    /// `ln(1 + e^x)`, without overflow.
    #[must_use]
    pub fn softplus(self) -> Self {
        self.map(EntryMap::Softplus)
    }

    /// `e^x`.
    #[must_use]
    pub fn exp(self) -> Self {
        self.map(EntryMap::Exp)
    }

    /// The natural logarithm, for `x > 0`.
    #[must_use]
    pub fn ln(self) -> Self {
        self.map(EntryMap::Ln)
    }

    /// The square root, for `x >= 0`. At 0, where the derivative is infinite, the gradient passed back is 0, so the
    /// norm of a vector has the subgradient 0 at the origin instead of NaN.
    #[must_use]
    pub fn sqrt(self) -> Self {
        self.map(EntryMap::Sqrt)
    }

    /// `x^power`, for `x > 0`, or any `x` where the power is an integer.
    #[must_use]
    pub fn pow(self, power: f64) -> Self {
        self.map(EntryMap::Pow(T::of(power)))
    }

    /// The same entries, row by row, in another shape: `m` rows side by side in one, say.
    #[must_use]
    pub fn reshape(self, shape: (usize, usize)) -> Self {
        let x = self.value();
        assert_eq!(x.len(), shape.0 * shape.1, "reshape: {:?} has not as many entries as {shape:?}", x.dim());
        if x.dim() == shape {
            return self;
        }
        let mut out = self.tape.buffer(shape);
        kernel::each(entries_mut(&mut out), entries(&x), |x| x);
        self.tape.push(out, Op::Reshape(self.index))
    }

    /// Some of the columns.
    #[must_use]
    pub fn columns(self, range: Range<usize>) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer((x.nrows(), range.len()));
        out.assign(&x.slice(s![.., range.clone()]));
        self.tape.push(out, Op::Columns { x: self.index, start: range.start })
    }

    /// Some of the rows.
    #[must_use]
    pub fn rows(self, range: Range<usize>) -> Self {
        let x = self.value();
        if range == (0..x.nrows()) {
            return self;
        }
        let mut out = self.tape.buffer((range.len(), x.ncols()));
        let (first, last) = (range.start * x.ncols(), range.end * x.ncols());
        entries_mut(&mut out).copy_from_slice(&entries(&x)[first..last]);
        self.tape.push(out, Op::Rows { x: self.index, start: range.start })
    }

    /// The rows of one matrix, then those of another with as many columns.
    #[must_use]
    pub fn above(self, other: Self) -> Self {
        self.on_one_tape(other);
        let (a, b) = (self.value(), other.value());
        assert_eq!(a.ncols(), b.ncols(), "above: the columns differ in number");
        let mut out = self.tape.buffer((a.nrows() + b.nrows(), a.ncols()));
        let (top, bottom) = entries_mut(&mut out).split_at_mut(a.len());
        top.copy_from_slice(entries(&a));
        bottom.copy_from_slice(entries(&b));
        self.tape.push(out, Op::Stack(self.index, other.index))
    }

    /// The columns of one matrix, then those of another with as many rows.
    #[must_use]
    pub fn beside(self, other: Self) -> Self {
        assert_eq!(self.shape().0, other.shape().0, "beside: the rows differ in number");
        let (left, right) = (self.shape().1, other.shape().1);
        self.pad(0, left + right) + other.pad(left, left + right)
    }

    /// `ln(e^xⱼ / Σₖ e^xₖ)` in each row, without overflow: the log-probabilities of classes with scores `x`.
    #[must_use]
    pub fn log_softmax(self) -> Self {
        let x = self.value();
        let mut largest = self.tape.buffer((x.nrows(), 1));
        for (most, row) in largest.iter_mut().zip(x.rows()) {
            *most = row.iter().copied().fold(T::neg_infinity(), T::max);
        }
        // the result does not depend on what is subtracted, so that may be a constant
        let below = self - self.tape.leaf(largest);
        below - mutate!(below.exp().sum_rows(), Softmax, Self::exp).ln()
    }

    /// `width` columns of zeros, with these from the column `start` on.
    pub(super) fn pad(self, start: usize, width: usize) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer((x.nrows(), width));
        out.fill(T::zero());
        out.slice_mut(s![.., start..start + x.ncols()]).assign(&*x);
        self.tape.push(out, Op::Pad { x: self.index, start })
    }

    /// `rows` rows of zeros, with these from the row `start` on.
    pub(super) fn pad_rows(self, start: usize, rows: usize) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer((rows, x.ncols()));
        out.fill(T::zero());
        entries_mut(&mut out)[start * x.ncols()..][..x.len()].copy_from_slice(entries(&x));
        self.tape.push(out, Op::PadRows { x: self.index, start })
    }

    pub(super) fn map(self, map: EntryMap<T>) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer(x.dim());
        map.write(entries_mut(&mut out), entries(&x));
        self.tape.push(out, Op::Map(self.index, map))
    }

    pub(super) fn affine(self, scale: T, shift: T) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer(x.dim());
        kernel::each(entries_mut(&mut out), entries(&x), |x| scale * x + shift);
        self.tape.push(out, Op::Affine { x: self.index, scale })
    }

    /// `x` where `by` is positive, `slope·x` elsewhere.
    pub(super) fn gate(self, by: Self, slope: T) -> Self {
        self.entrywise(by, Op::Gate { x: self.index, by: by.index, slope }, |x, s| gate(x, s, slope))
    }

    pub(super) fn sum_to(self, shape: (usize, usize)) -> Self {
        let x = self.value();
        if x.dim() == shape {
            return self;
        }
        let mut out = self.tape.buffer(shape);
        sum_into(&x, &mut out);
        self.tape.push(out, Op::SumTo(self.index))
    }

    pub(super) fn repeat_to(self, shape: (usize, usize)) -> Self {
        let x = self.value();
        if x.dim() == shape {
            return self;
        }
        let mut out = self.tape.buffer(shape);
        out.assign(&*x);
        self.tape.push(out, Op::RepeatTo(self.index))
    }

    fn entrywise(self, other: Self, op: Op<T>, f: impl Fn(T, T) -> T + Copy + Sync) -> Self {
        self.on_one_tape(other);
        let (a, b) = (self.value(), other.value());
        let shape = (common(a.nrows(), b.nrows()), common(a.ncols(), b.ncols()));
        let mut out = self.tape.buffer(shape);
        if a.dim() == b.dim() {
            kernel::combine(entries_mut(&mut out), entries(&a), entries(&b), f);
        } else if a.dim() == shape && b.dim() == (1, shape.1) {
            kernel::combine_rows(entries_mut(&mut out), entries(&a), entries(&b), f);
        } else {
            let row = |x: &'_ Array2<T>, i: usize| if x.nrows() == 1 { 0 } else { i * x.ncols() };
            for (i, y) in entries_mut(&mut out).chunks_exact_mut(shape.1.max(1)).enumerate() {
                let (a, b) = (&entries(&a)[row(&a, i)..][..a.ncols()], &entries(&b)[row(&b, i)..][..b.ncols()]);
                match (a, b) {
                    (&[a], &[b]) => y[0] = f(a, b),
                    (&[a], b) => kernel::each(y, b, |b| f(a, b)),
                    (a, &[b]) => kernel::each(y, a, |a| f(a, b)),
                    (a, b) => kernel::combine(y, a, b, f),
                }
            }
        }
        self.tape.push(out, op)
    }

    fn on_one_tape(self, other: Self) {
        assert!(std::ptr::eq(self.tape, other.tape), "the operands are on different tapes");
    }
}

impl<T: Element> ops::Add for Var<'_, T> {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        self.entrywise(other, Op::Add(self.index, other.index), |a, b| a + b)
    }
}

impl<T: Element> ops::Sub for Var<'_, T> {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        self.entrywise(other, Op::Sub(self.index, other.index), |a, b| a - b)
    }
}

impl<T: Element> ops::Mul for Var<'_, T> {
    type Output = Self;
    fn mul(self, other: Self) -> Self {
        self.entrywise(other, Op::Mul(self.index, other.index), |a, b| a * b)
    }
}

impl<T: Element> ops::Div for Var<'_, T> {
    type Output = Self;
    fn div(self, other: Self) -> Self {
        self.entrywise(other, Op::Div(self.index, other.index), |a, b| a / b)
    }
}

impl<T: Element> ops::Neg for Var<'_, T> {
    type Output = Self;
    fn neg(self) -> Self {
        self.affine(-T::one(), T::zero())
    }
}

pub(super) fn product<'t, T: Element>(
    a: Var<'t, T>,
    b: Var<'t, T>,
    a_transposed: bool,
    b_transposed: bool,
) -> Var<'t, T> {
    a.on_one_tape(b);
    let tape: &'t Tape<T> = a.tape;
    let (left, right) = (a.value(), b.value());
    let left = turned(&left, a_transposed);
    let right = turned(&right, b_transposed);
    let mut out = tape.buffer((left.nrows(), right.ncols()));
    matmul_in_halves(left, right, out.view_mut());
    tape.push(out, Op::MatMul { a: a.index, b: b.index, a_transposed, b_transposed })
}

/// The entries in row-major order, as every value on a tape is laid out. Plain slices, because loops over them are
/// vectorised in every build profile.
fn entries<T>(x: &Array2<T>) -> &[T] {
    x.as_slice().expect("values on a tape are laid out by rows")
}

fn entries_mut<T>(x: &mut Array2<T>) -> &mut [T] {
    x.as_slice_mut().expect("values on a tape are laid out by rows")
}

/// `then(X W + b)`, with and without a tape.
pub(super) fn dense_into<T: Element>(
    x: ArrayView2<'_, T>,
    weight: &Array2<T>,
    bias: &Array2<T>,
    then: Then<T>,
    out: &mut Array2<T>,
) {
    assert_eq!(bias.dim(), (1, weight.ncols()), "dense: the bias is one row");
    matmul_in_halves(x, weight.view(), out.view_mut());
    let (out, bias) = (entries_mut(out), entries(bias));
    match then {
        Then::Nothing => kernel::change_rows(out, bias, |x, b| x + b),
        Then::Gate(slope) => kernel::change_rows(out, bias, |x, b| gate(x + b, x + b, slope)),
        Then::Tanh => kernel::change_rows(out, bias, |x, b| (x + b).tanh_in_bulk()),
    }
}

fn turned<T>(a: &Array2<T>, transposed: bool) -> ArrayView2<'_, T> {
    if transposed { a.t() } else { a.view() }
}

/// Sums along rows first, then down the columns: a fixed order, and short sums before long ones.
fn sum_into<T: Element>(x: &Array2<T>, out: &mut Array2<T>) {
    let (one_row, one_column) = (out.nrows() == 1, out.ncols() == 1);
    let out = entries_mut(out);
    out.fill(T::zero());
    if !one_column {
        return kernel::gather_rows(out, entries(x), |sum, x| sum + x);
    }
    for (i, row) in x.rows().into_iter().enumerate() {
        out[if one_row { 0 } else { i }] += row.sum();
    }
}

fn common(a: usize, b: usize) -> usize {
    if a == 1 {
        return b; // 0 too: no rows and a row of biases are no rows
    }
    assert!(a == b || b == 1, "lengths {a} and {b} do not fit");
    a
}
