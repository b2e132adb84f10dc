//! Gradients: the walk back over a tape, and how each operation passes a gradient to its operands.
//!
//! Let `g` be the gradient of the final value with respect to an operation's result `y`. The pull-back gives the
//! gradient with respect to the operands. It is written in the operations themselves, which makes it differentiable.
//!
//! | operation | `y` | pull-back of `g` |
//! |---|---|---|
//! | product | `A B` | `g Bᵀ`, `Aᵀ g` |
//! | dense | `a(X W + b)` | of `h = g a'`: `h Wᵀ`, `Xᵀ h`, column sums of `h` |
//! | scaled | `a(x s + t)` | of `h = g a'`: `h s`, column sums of `h x` and of `h` |
//! | inner products of columns | `Σᵢ aᵢⱼ bᵢⱼ` | `b g`, `a g` |
//! | repeat, sum | | each is the other's pull-back |
//! | columns, pad; rows, pad rows | | each is the other's pull-back |
//! | stack | `A` above `B` | the rows of `g` |
//! | unfold, fold | | each is the other's pull-back |
//! | reshape | the entries of `x` in another shape | `g` in the shape of `x` |
//! | gate | `x` where `s > 0`, else `slope·x` | the same gate of `g`; nothing to `s` |
//! | sigmoid | `s(x)` | `g s(x) s(-x)` |
//! | softplus | `ln(1 + e^x)` | `g s(x)` |
//!
//! Relu, leaky relu and the absolute value are the gate of `x` by itself, with slope 0, a and -1.

use super::forward::product;
use super::op::{EntryMap, Op, Then};
use super::tape::Adjoints;
use super::{Element, Var};

impl<'t, T: Element> Var<'t, T> {
    /// The gradients of this 1×1 value with respect to each of `of`, recorded on the tape.
    ///
    /// Only the values on a path between the two are differentiated: a generator's gradient through a discriminator
    /// costs no gradient of the discriminator's weights. A value on which this one does not depend has gradient zero.
    /// If `f` treats samples separately, each row of `f(x).sum().gradients(&[x])` is the gradient of that sample's
    /// output.
    ///
    /// Cost: about twice that of computing the value.
    ///
    /// # Panics
    /// If this value is not 1×1.
    #[must_use]
    pub fn gradients(self, of: &[Self]) -> Vec<Self> {
        assert_eq!(
            self.shape(),
            (1, 1),
            "the gradient of a matrix is not a matrix: reduce it first, for example by sum()"
        );
        let count = self.index + 1;
        let mut walk = self.tape.walk(count);
        let Adjoints { wanted, adjoint } = &mut walk;
        for target in of.iter().filter(|target| target.index < count) {
            wanted[target.index] = true;
        }
        for i in 0..count {
            wanted[i] |= self.tape.op(i).parents().into_iter().flatten().any(|parent| wanted[parent]);
        }

        let at = |index| Self { tape: self.tape, index };
        adjoint[self.index] = Some(self.tape.constant(mutate!(1.0, GradientSign, |_| -1.0)).index);
        for i in (0..count).rev().filter(|&i| wanted[i]) {
            let Some(g) = adjoint[i] else { continue };
            self.tape.op(i).pull_back(at(i), at(g), wanted, &mut |parent, contribution| {
                let sum = adjoint[parent].map_or(contribution, |so_far| at(so_far) + contribution);
                adjoint[parent] = Some(sum.index);
            });
        }
        let found = |target: &Self| {
            let found = mutate!(adjoint.get(target.index).copied().flatten(), GradientStops, |_| None);
            found.map_or_else(|| self.tape.filled(target.shape(), 0.0), at)
        };
        let gradients = of.iter().map(found).collect();
        self.tape.keep(walk);
        gradients
    }
}

impl<T: Element> Op<T> {
    /// Passes to `give` the gradient with respect to each wanted operand of `y`, given the gradient `g` with respect to
    /// `y`.
    fn pull_back<'t>(self, y: Var<'t, T>, g: Var<'t, T>, wanted: &[bool], give: &mut impl FnMut(usize, Var<'t, T>)) {
        let var = |index| Var { tape: y.tape, index };
        match self {
            Self::Leaf => {}
            Self::Add(a, b) => {
                if wanted[a] {
                    give(a, g.sum_to(var(a).shape()));
                }
                if wanted[b] {
                    give(b, g.sum_to(var(b).shape()));
                }
            }
            Self::Sub(a, b) => {
                if wanted[a] {
                    give(a, g.sum_to(var(a).shape()));
                }
                if wanted[b] {
                    give(b, -g.sum_to(var(b).shape()));
                }
            }
            Self::Mul(a, b) => {
                if wanted[a] {
                    give(a, (g * var(b)).sum_to(var(a).shape()));
                }
                if wanted[b] {
                    give(b, (g * var(a)).sum_to(var(b).shape()));
                }
            }
            Self::Div(a, b) => {
                let by_b = g / var(b);
                if wanted[a] {
                    give(a, by_b.sum_to(var(a).shape()));
                }
                if wanted[b] {
                    give(b, -(by_b * y).sum_to(var(b).shape()));
                }
            }
            Self::Affine { x, scale } => give(x, g.affine(scale, T::zero())),
            Self::MatMul { a, b, a_transposed: ta, b_transposed: tb } => {
                if wanted[a] {
                    give(a, if ta { product(var(b), g, tb, true) } else { product(g, var(b), false, !tb) });
                }
                if wanted[b] {
                    give(b, if tb { product(g, var(a), true, ta) } else { product(var(a), g, !ta, false) });
                }
            }
            Self::Dense { .. } | Self::Scaled { .. } | Self::DotColumns(..) => self.pull_back_layer(y, g, wanted, give),
            Self::Gate { x, by, slope } => give(x, g.gate(var(by), slope)),
            Self::Map(x, map) => give(x, map.pull_back(var(x), y, g)),
            _ => self.pull_back_moved(y, g, wanted, give),
        }
    }

    /// The same for those of which a layer is made.
    fn pull_back_layer<'t>(
        self,
        y: Var<'t, T>,
        g: Var<'t, T>,
        wanted: &[bool],
        give: &mut impl FnMut(usize, Var<'t, T>),
    ) {
        let var = |index| Var { tape: y.tape, index };
        match self {
            Self::Dense { x, weight, bias, then } => {
                let g = then.pull_back(y, g);
                if wanted[x] {
                    give(x, product(g, var(weight), false, true));
                }
                if wanted[weight] {
                    give(weight, product(var(x), g, true, false));
                }
                if wanted[bias] {
                    give(bias, g.sum_to(var(bias).shape()));
                }
            }
            Self::Scaled { x, scale, shift, then } => {
                let g = then.pull_back(y, g);
                if wanted[x] {
                    give(x, g * var(scale));
                }
                if wanted[scale] {
                    give(scale, g.dot_columns(var(x)));
                }
                if wanted[shift] {
                    give(shift, g.sum_columns());
                }
            }
            Self::DotColumns(a, b) if a == b => give(a, var(a) * g.scale(2.0)),
            Self::DotColumns(a, b) => {
                if wanted[a] {
                    give(a, var(b) * g);
                }
                if wanted[b] {
                    give(b, var(a) * g);
                }
            }
            _ => unreachable!("the others are no part of a layer"),
        }
    }

    /// The same for the operations that move entries, or add up those that were moved.
    fn pull_back_moved<'t>(
        self,
        y: Var<'t, T>,
        g: Var<'t, T>,
        wanted: &[bool],
        give: &mut impl FnMut(usize, Var<'t, T>),
    ) {
        let var = |index| Var { tape: y.tape, index };
        match self {
            Self::SumTo(x) => give(x, g.repeat_to(var(x).shape())),
            Self::RepeatTo(x) => give(x, g.sum_to(var(x).shape())),
            Self::Reshape(x) => give(x, g.reshape(var(x).shape())),
            Self::Columns { x, start } => give(x, g.pad(start, var(x).shape().1)),
            Self::Pad { x, start } => give(x, g.columns(start..start + var(x).shape().1)),
            Self::Stack(a, b) => {
                let (top, rows) = (var(a).shape().0, y.shape().0);
                if wanted[a] {
                    give(a, g.rows(0..top));
                }
                if wanted[b] {
                    give(b, g.rows(top..rows));
                }
            }
            Self::Rows { x, start } => give(x, g.pad_rows(start, var(x).shape().0)),
            Self::PadRows { x, start } => give(x, g.rows(start..start + var(x).shape().0)),
            Self::Unfold { x, window } => give(x, g.fold(window)),
            Self::Fold { x, window } => give(x, g.unfold(window)),
            _ => unreachable!("the others do not move entries"),
        }
    }
}

impl<T: Element> Then<T> {
    fn pull_back<'t>(self, y: Var<'t, T>, g: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Nothing => g,
            // what is stored has the sign of what the gate was given
            Self::Gate(slope) => g.gate(y, slope),
            Self::Tanh => g * y.map(EntryMap::OneLessSquare),
        }
    }
}

impl<T: Element> EntryMap<T> {
    fn pull_back<'t>(self, x: Var<'t, T>, y: Var<'t, T>, g: Var<'t, T>) -> Var<'t, T> {
        match self {
            Self::Tanh => g * y.map(Self::OneLessSquare),
            Self::OneLessSquare => (g * x).affine(-T::of(2.0), T::zero()),
            // s(-x) and not 1 - s(x), which loses every digit for large x
            Self::Sigmoid => g * (y * (-x).sigmoid()),
            Self::Softplus => g * x.sigmoid(),
            Self::Exp => g * y,
            Self::Ln => g / x,
            Self::Sqrt => (g * y.map(Self::Inverse)).scale(0.5),
            Self::Inverse => -(g * (y * y)),
            // 0·x^-1 would be NaN at 0
            Self::Pow(power) if power.is_zero() => g.scale(0.0),
            Self::Pow(power) => g * x.map(Self::Pow(power - T::one())).affine(power, T::zero()),
        }
    }
}
