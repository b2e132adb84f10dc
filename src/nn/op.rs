//! The operations that a tape can record.

use super::window::Window;
use super::{Element, kernel};

#[derive(Debug, Clone, Copy)]
pub(super) enum Op<T> {
    Leaf,
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    /// `scale·x + shift`; the shift plays no part in the gradient.
    Affine {
        x: usize,
        scale: T,
    },
    /// `op(A) op(B)`, each transposed or not.
    MatMul {
        a: usize,
        b: usize,
        a_transposed: bool,
        b_transposed: bool,
    },
    Dense {
        x: usize,
        weight: usize,
        bias: usize,
        then: Then<T>,
    },
    /// `then(x s + t)` with rows `s` and `t`.
    Scaled {
        x: usize,
        scale: usize,
        shift: usize,
        then: Then<T>,
    },
    /// The inner products of the columns of two matrices.
    DotColumns(usize, usize),
    /// The rows of one matrix, then those of another.
    Stack(usize, usize),
    /// The rows from `start` on.
    Rows {
        x: usize,
        start: usize,
    },
    /// Zeros, with `x` from the row `start` on.
    PadRows {
        x: usize,
        start: usize,
    },
    /// Sums over the axes that become 1.
    SumTo(usize),
    /// Repeats along the axes that are 1.
    RepeatTo(usize),
    /// The same entries, by rows, in another shape.
    Reshape(usize),
    /// The columns from `start` on.
    Columns {
        x: usize,
        start: usize,
    },
    /// The windows of images.
    Unfold {
        x: usize,
        window: Window,
    },
    /// Images from their windows.
    Fold {
        x: usize,
        window: Window,
    },
    /// Zeros, with `x` from the column `start` on.
    Pad {
        x: usize,
        start: usize,
    },
    Gate {
        x: usize,
        by: usize,
        slope: T,
    },
    Map(usize, EntryMap<T>),
}

/// What a layer does to an entry before it is stored. Its derivative can be told from what is stored.
#[derive(Debug, Clone, Copy)]
pub(super) enum Then<T> {
    Nothing,
    /// The gate of the entry by itself, with a slope that is not negative.
    Gate(T),
    Tanh,
}

/// A function of one entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum EntryMap<T> {
    Tanh,
    /// `1 - x²`, the derivative of the hyperbolic tangent in terms of its value.
    OneLessSquare,
    Sigmoid,
    Softplus,
    Exp,
    Ln,
    Sqrt,
    /// `1/x`, and 0 at 0.
    Inverse,
    Pow(T),
}

impl<T: Element> Op<T> {
    pub(super) fn parents(self) -> [Option<usize>; 3] {
        match self {
            Self::Leaf => [None; 3],
            Self::Add(a, b)
            | Self::Sub(a, b)
            | Self::Mul(a, b)
            | Self::Div(a, b)
            | Self::Stack(a, b)
            | Self::DotColumns(a, b)
            | Self::MatMul { a, b, .. } => [Some(a), Some(b), None],
            // `by` only opens the gate and has no gradient, so it is no parent
            Self::Affine { x, .. }
            | Self::SumTo(x)
            | Self::RepeatTo(x)
            | Self::Reshape(x)
            | Self::Columns { x, .. }
            | Self::Pad { x, .. }
            | Self::Rows { x, .. }
            | Self::PadRows { x, .. }
            | Self::Unfold { x, .. }
            | Self::Fold { x, .. }
            | Self::Gate { x, .. }
            | Self::Map(x, _) => [Some(x), None, None],
            Self::Dense { x, weight, bias, .. } => [Some(x), Some(weight), Some(bias)],
            Self::Scaled { x, scale, shift, .. } => [Some(x), Some(scale), Some(shift)],
        }
    }
}

impl<T: Element> EntryMap<T> {
    /// `y ← map(x)`; each function has a loop of its own, so that it is vectorised.
    pub(super) fn write(self, y: &mut [T], x: &[T]) {
        match self {
            Self::Tanh => kernel::each(y, x, T::tanh_in_bulk),
            Self::OneLessSquare => kernel::each(y, x, |x| T::one() - x * x),
            Self::Sigmoid => kernel::each(y, x, sigmoid),
            Self::Softplus => kernel::each(y, x, softplus),
            Self::Exp => kernel::each(y, x, T::exp_in_bulk),
            Self::Ln => kernel::each(y, x, T::ln),
            Self::Sqrt => kernel::each(y, x, T::sqrt),
            Self::Inverse => kernel::each(y, x, |x| if x.is_zero() { T::zero() } else { x.recip() }),
            Self::Pow(power) => kernel::each(y, x, |x| x.powf(power)),
        }
    }
}

/// `1/(1 + e^-x)`, without overflow.
#[inline(always)]
fn sigmoid<T: Element>(x: T) -> T {
    let e = (-x.abs()).exp_in_bulk();
    (if x >= T::zero() { T::one() } else { e }) / (T::one() + e)
}

/// `ln(1 + e^x)`, without overflow.
#[inline(always)]
fn softplus<T: Element>(x: T) -> T {
    let positive = if x < T::zero() { T::zero() } else { x };
    mutate!(positive + (-x.abs()).exp_in_bulk().ln_1p_in_bulk(), TapeSoftplus, |y| y * T::of(1.0 + 1e-9))
}

/// `x` where `by` is positive, else `slope·x`.
#[inline(always)]
pub(super) fn gate<T: Element>(x: T, by: T, slope: T) -> T {
    if by > T::zero() { x } else { slope * x }
}
