//! The operations that a tape can record.

use super::Element;
use super::window::Window;

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

/// A function of one entry.
#[derive(Debug, Clone, Copy)]
pub(super) enum EntryMap<T> {
    Tanh,
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
            Self::Add(a, b) | Self::Sub(a, b) | Self::Mul(a, b) | Self::Div(a, b) | Self::MatMul { a, b, .. } => {
                [Some(a), Some(b), None]
            }
            // `by` only opens the gate and has no gradient, so it is no parent
            Self::Affine { x, .. }
            | Self::SumTo(x)
            | Self::RepeatTo(x)
            | Self::Reshape(x)
            | Self::Columns { x, .. }
            | Self::Pad { x, .. }
            | Self::Unfold { x, .. }
            | Self::Fold { x, .. }
            | Self::Gate { x, .. }
            | Self::Map(x, _) => [Some(x), None, None],
            Self::Dense { x, weight, bias } => [Some(x), Some(weight), Some(bias)],
        }
    }
}

impl<T: Element> EntryMap<T> {
    pub(super) fn value(self, x: T) -> T {
        match self {
            Self::Tanh => x.tanh(),
            Self::Sigmoid => {
                let e = (-x.abs()).exp();
                (if x >= T::zero() { T::one() } else { e }) / (T::one() + e)
            }
            Self::Softplus => {
                mutate!(x.max(T::zero()) + (-x.abs()).exp().ln_1p(), TapeSoftplus, |y| y * T::of(1.0 + 1e-9))
            }
            Self::Exp => x.exp(),
            Self::Ln => x.ln(),
            Self::Sqrt => x.sqrt(),
            Self::Inverse => {
                if x.is_zero() {
                    T::zero()
                } else {
                    x.recip()
                }
            }
            Self::Pow(power) => x.powf(power),
        }
    }
}

/// `x` where `by` is positive, else `slope·x`.
#[inline]
pub(super) fn gate<T: Element>(x: T, by: T, slope: T) -> T {
    if by > T::zero() { x } else { slope * x }
}
