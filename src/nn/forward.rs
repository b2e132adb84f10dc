//! The operations on values of a tape: each computes its result and records itself.

use super::op::{EntryMap, Op, gate};
use super::{Element, Tape, Var};
use crate::linalg::matmul_into;
use ndarray::{Array2, ArrayView2, Axis, s};
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
        self.on_one_tape(weight);
        self.on_one_tape(bias);
        let (x, w, b) = (self.value(), weight.value(), bias.value());
        assert_eq!(b.nrows(), 1, "dense: the bias is one row");
        let mut out = self.tape.buffer((x.nrows(), w.ncols()));
        out.assign(&*b);
        matmul_into(T::one(), x.view(), w.view(), T::one(), out.view_mut());
        self.tape.push(out, Op::Dense { x: self.index, weight: weight.index, bias: bias.index })
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
        entries_mut(&mut out).copy_from_slice(entries(&x));
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
        below - below.exp().sum_rows().ln()
    }

    /// `width` columns of zeros, with these from the column `start` on.
    pub(super) fn pad(self, start: usize, width: usize) -> Self {
        let x = self.value();
        let mut out = self.tape.buffer((x.nrows(), width));
        out.fill(T::zero());
        out.slice_mut(s![.., start..start + x.ncols()]).assign(&*x);
        self.tape.push(out, Op::Pad { x: self.index, start })
    }

    pub(super) fn map(self, map: EntryMap<T>) -> Self {
        let value = self.each(|x| map.value(x));
        self.tape.push(value, Op::Map(self.index, map))
    }

    pub(super) fn affine(self, scale: T, shift: T) -> Self {
        let value = self.each(|x| scale * x + shift);
        self.tape.push(value, Op::Affine { x: self.index, scale })
    }

    fn each(self, f: impl Fn(T) -> T) -> Array2<T> {
        let x = self.value();
        let mut out = self.tape.buffer(x.dim());
        for (y, &x) in entries_mut(&mut out).iter_mut().zip(entries(&x)) {
            *y = f(x);
        }
        out
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

    fn entrywise(self, other: Self, op: Op<T>, f: impl Fn(T, T) -> T) -> Self {
        self.on_one_tape(other);
        let (a, b) = (self.value(), other.value());
        let shape = (common(a.nrows(), b.nrows()), common(a.ncols(), b.ncols()));
        let mut out = self.tape.buffer(shape);
        if a.dim() == b.dim() {
            combine(entries_mut(&mut out), entries(&a), entries(&b), &f);
        } else {
            let row = |x: &'_ Array2<T>, i: usize| if x.nrows() == 1 { 0 } else { i * x.ncols() };
            for (i, y) in entries_mut(&mut out).chunks_exact_mut(shape.1.max(1)).enumerate() {
                let (a, b) = (&entries(&a)[row(&a, i)..][..a.ncols()], &entries(&b)[row(&b, i)..][..b.ncols()]);
                match (a, b) {
                    (&[a], b) => y.iter_mut().zip(b).for_each(|(y, &b)| *y = f(a, b)),
                    (a, &[b]) => y.iter_mut().zip(a).for_each(|(y, &a)| *y = f(a, b)),
                    (a, b) => combine(y, a, b, &f),
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
    matmul_into(T::one(), left, right, T::zero(), out.view_mut());
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

fn combine<T: Copy>(out: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T) {
    for ((y, &a), &b) in out.iter_mut().zip(a).zip(b) {
        *y = f(a, b);
    }
}

fn turned<T>(a: &Array2<T>, transposed: bool) -> ArrayView2<'_, T> {
    if transposed { a.t() } else { a.view() }
}

/// Sums along rows first, then down the columns: a fixed order, and short sums before long ones.
fn sum_into<T: Element>(x: &Array2<T>, out: &mut Array2<T>) {
    out.fill(T::zero());
    let one_row = out.nrows() == 1;
    for (i, row) in x.axis_iter(Axis(0)).enumerate() {
        let mut target = out.row_mut(if one_row { 0 } else { i });
        if target.len() == row.len() {
            target += &row;
        } else {
            target[0] += row.sum();
        }
    }
}

fn common(a: usize, b: usize) -> usize {
    assert!(a == b || a == 1 || b == 1, "lengths {a} and {b} do not fit");
    a.max(b)
}
