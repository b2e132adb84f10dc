//! The tape: a list of nodes in the order they were computed, and the walk back over it.

use super::Real;
use super::op::Op;
use ndarray::{Array2, ArrayBase, Data, Ix2};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

/// A record of matrix operations, each with its value, that can be differentiated any number of times.
///
/// Every value is a matrix; a scalar is 1×1, a row of biases 1×n. [`clear`](Self::clear) empties the tape and keeps the
/// buffers, so that a training loop allocates in its first step only.
#[derive(Debug, Default)]
pub struct Tape<T> {
    nodes: RefCell<Vec<Node<T>>>,
    spare: RefCell<HashMap<usize, Vec<Vec<T>>>>,
}

#[derive(Debug)]
struct Node<T> {
    value: Arc<Array2<T>>,
    op: Op<T>,
}

/// A value on a [`Tape`]; copying it copies a reference.
///
/// The operators `+ - * /` work entry by entry. Shapes must agree, except that a side of length 1 is repeated to the length
/// of the other's (a row of biases is added to every row, a 1×1 to every entry).
#[derive(Debug, Clone, Copy)]
pub struct Var<'t, T> {
    pub(super) tape: &'t Tape<T>,
    pub(super) index: usize,
}

impl<T: Real> Tape<T> {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self { nodes: RefCell::default(), spare: RefCell::default() }
    }

    /// Puts a matrix on the tape: an input, a parameter or a constant. What a gradient is taken of is decided when it is asked
    /// for, so there is no difference between them.
    pub fn leaf<S: Data<Elem = T>>(&self, value: ArrayBase<S, Ix2>) -> Var<'_, T> {
        let mut copy = self.buffer(value.dim());
        copy.assign(&value);
        self.push(copy, Op::Leaf)
    }

    /// Puts a number on the tape, as a 1×1 matrix.
    pub fn constant(&self, value: f64) -> Var<'_, T> {
        self.filled((1, 1), value)
    }

    /// Number of values recorded.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.borrow().len()
    }

    /// Whether nothing is recorded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets every value and keeps the memory for the next ones.
    pub fn clear(&mut self) {
        let spare = self.spare.get_mut();
        for node in self.nodes.get_mut().drain(..) {
            if let Ok(value) = Arc::try_unwrap(node.value) {
                let (buffer, _) = value.into_raw_vec_and_offset();
                spare.entry(buffer.len()).or_default().push(buffer);
            }
        }
    }

    /// A matrix in row-major order whose entries are arbitrary: the caller writes every one.
    pub(super) fn buffer(&self, shape: (usize, usize)) -> Array2<T> {
        let len = shape.0 * shape.1;
        let reused = self.spare.borrow_mut().get_mut(&len).and_then(Vec::pop);
        let data = reused.unwrap_or_else(|| vec![T::zero(); len]);
        Array2::from_shape_vec(shape, data).unwrap_or_else(|_| Array2::zeros(shape))
    }

    pub(super) fn filled(&self, shape: (usize, usize), value: f64) -> Var<'_, T> {
        let mut all = self.buffer(shape);
        all.fill(T::of(value));
        self.push(all, Op::Leaf)
    }

    pub(super) fn push(&self, value: Array2<T>, op: Op<T>) -> Var<'_, T> {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { value: Arc::new(value), op });
        Var { tape: self, index: nodes.len() - 1 }
    }
}

impl<'t, T: Real> Var<'t, T> {
    /// The value computed here.
    #[must_use]
    pub fn value(self) -> Arc<Array2<T>> {
        Arc::clone(&self.tape.nodes.borrow()[self.index].value)
    }

    /// The tape this value is on.
    #[must_use]
    pub fn tape(self) -> &'t Tape<T> {
        self.tape
    }

    /// The first entry as `f64`: the value of a 1×1 matrix.
    #[must_use]
    pub fn scalar(self) -> f64 {
        self.tape.nodes.borrow()[self.index].value[[0, 0]].to_f64()
    }

    /// Rows and columns.
    #[must_use]
    pub fn shape(self) -> (usize, usize) {
        self.tape.nodes.borrow()[self.index].value.dim()
    }

    /// The same value as a new leaf: no gradient flows through it.
    #[must_use]
    pub fn detach(self) -> Self {
        self.tape.leaf(self.value().view())
    }

    /// The gradients of this 1×1 value with respect to each of `of`, recorded on the tape.
    ///
    /// Only what lies on a path between the two is computed: a generator's gradient through a discriminator costs no
    /// gradient of the discriminator's weights. What this value does not depend on has gradient zero. Each row of
    /// `f(x).sum().gradients(&[x])` is the gradient of that sample's output, if `f` treats samples apart.
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
        let ops: Vec<Op<T>> = self.tape.nodes.borrow()[..=self.index].iter().map(|node| node.op).collect();

        let mut wanted = vec![false; ops.len()];
        for target in of.iter().filter(|target| target.index <= self.index) {
            wanted[target.index] = true;
        }
        for (i, op) in ops.iter().enumerate() {
            wanted[i] |= op.parents().into_iter().flatten().any(|parent| wanted[parent]);
        }

        let mut adjoint: Vec<Option<Self>> = vec![None; ops.len()];
        adjoint[self.index] = Some(self.tape.constant(mutate!(1.0, GradientSign, |_| -1.0)));
        for i in (0..ops.len()).rev().filter(|&i| wanted[i]) {
            let Some(g) = adjoint[i] else { continue };
            let here = Self { tape: self.tape, index: i };
            ops[i].pull_back(here, g, &wanted, &mut |parent, contribution| {
                adjoint[parent] = Some(match adjoint[parent] {
                    None => contribution,
                    Some(so_far) => so_far + contribution,
                });
            });
        }
        of.iter()
            .map(|target| {
                let found = mutate!(adjoint.get(target.index).copied().flatten(), GradientStops, |_| None);
                found.unwrap_or_else(|| self.tape.filled(target.shape(), 0.0))
            })
            .collect()
    }
}
