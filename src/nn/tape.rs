//! The tape: a list of values in the order they were computed, each with the operation that made it.

use super::Element;
use super::op::Op;
use ndarray::{Array2, ArrayBase, Data, Ix2};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::mem;
use std::sync::Arc;

/// A record of matrix operations, each with its value, that can be differentiated any number of times.
///
/// Every value is a matrix; a scalar is 1×1, a row of biases 1×n. [`clear`](Self::clear) empties the tape and keeps the
/// buffers, so that a training loop allocates in its first step only.
#[derive(Debug, Default)]
pub struct Tape<T> {
    nodes: RefCell<Vec<Node<T>>>,
    spare: RefCell<HashMap<usize, Vec<Vec<T>>>>,
    /// Emptied places of values.
    places: RefCell<Vec<Arc<Array2<T>>>>,
    walks: RefCell<Vec<Adjoints>>,
    fault: Cell<Option<Blame>>,
}

/// What was not finite, as a caller notes it: kept until the tape is cleared.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Blame {
    /// Where the first of the parameters lies in memory, which says whose they are.
    pub owner: usize,
    /// The parameter whose gradient was not finite; none: the loss was not.
    pub parameter: Option<usize>,
}

/// What a walk back over a tape keeps of each value: whether its gradient is wanted, and where that is recorded.
#[derive(Debug, Default)]
pub(super) struct Adjoints {
    pub wanted: Vec<bool>,
    pub adjoint: Vec<Option<usize>>,
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

impl<T: Element> Tape<T> {
    /// An empty tape.
    #[must_use]
    pub fn new() -> Self {
        Self {
            nodes: RefCell::default(),
            spare: RefCell::default(),
            places: RefCell::default(),
            walks: RefCell::default(),
            fault: Cell::default(),
        }
    }

    /// Puts a matrix on the tape: an input, a parameter or a constant. The three do not differ, because the call of
    /// `gradients` says which of them to differentiate by.
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
        self.fault.set(None);
        let (spare, places) = (self.spare.get_mut(), self.places.get_mut());
        for mut node in self.nodes.get_mut().drain(..) {
            // what somebody else still holds is left to them
            if let Some(value) = Arc::get_mut(&mut node.value) {
                let (buffer, _) = mem::take(value).into_raw_vec_and_offset();
                spare.entry(buffer.len()).or_default().push(buffer);
                places.push(node.value);
            }
        }
    }

    pub(crate) fn note(&self, fault: Blame) {
        self.fault.set(Some(fault));
    }

    pub(crate) fn fault(&self) -> Option<Blame> {
        self.fault.get()
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

    /// The operation that made a value.
    pub(super) fn op(&self, index: usize) -> Op<T> {
        self.nodes.borrow()[index].op
    }

    /// Room for a walk back over the first `count` values.
    pub(super) fn walk(&self, count: usize) -> Adjoints {
        let mut walk = self.walks.borrow_mut().pop().unwrap_or_default();
        walk.wanted.clear();
        walk.adjoint.clear();
        walk.wanted.resize(count, false);
        walk.adjoint.resize(count, None);
        walk
    }

    /// Takes the room back, for the next walk.
    pub(super) fn keep(&self, walk: Adjoints) {
        self.walks.borrow_mut().push(walk);
    }

    pub(super) fn push(&self, value: Array2<T>, op: Op<T>) -> Var<'_, T> {
        let mut place = self.places.borrow_mut().pop().unwrap_or_default();
        if let Some(empty) = Arc::get_mut(&mut place) {
            *empty = value;
        }
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node { value: place, op });
        Var { tape: self, index: nodes.len() - 1 }
    }
}

impl<'t, T: Element> Var<'t, T> {
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn a_steady_step_takes_no_new_memory() {
        let mut tape = Tape::<f32>::new();
        let mut held = Vec::new();
        for step in 0..5 {
            tape.clear();
            let x = tape.leaf(Array2::from_elem((6, 3), 0.5));
            let w = tape.leaf(Array2::from_elem((3, 2), 0.25));
            let loss = x.matmul(w).tanh().square().mean();
            let slope = loss.gradients(&[x])[0].square().sum();
            let gradients = (loss + slope).gradients(&[w]);
            // a gradient that is let go before the next step goes back to the tape
            assert_eq!(gradients[0].value().dim(), (3, 2));
            let buffers = tape.spare.borrow().values().map(Vec::len).sum::<usize>();
            let counts = (tape.len() + buffers, tape.places.borrow().len() + tape.len(), tape.walks.borrow().len());
            held.push(counts);
            assert!(step == 0 || counts == held[0], "{held:?}");
        }
    }
}
