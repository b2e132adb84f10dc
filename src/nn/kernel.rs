//! Loops over the entries of matrices. Long ones run on two threads.
//!
//! Each loop does the same arithmetic whatever it was compiled for and wherever it is divided. So its bits depend neither on the
//! processor nor on the number of threads, but for functions that the system's library computes: logarithms, powers, and all of `f64`.

use super::looped;
use crate::linalg::both;

/// Entries from which a loop is worth a second thread.
const WORTH_A_THREAD: usize = 1 << 16;
/// Columns from which they are added up by two threads: a cache line each at least.
const MANY_COLUMNS: usize = 32;

/// What stands in a matrix.
pub(super) trait Entry: Copy + Send + Sync {}

impl<T: Copy + Send + Sync> Entry for T {}

/// Where to divide a loop over so many pieces of so many entries, if it is worth a second thread.
pub(super) fn middle(pieces: usize, entries: usize) -> Option<usize> {
    (pieces > 1 && pieces.saturating_mul(entries) >= WORTH_A_THREAD).then_some(pieces / 2)
}

/// `y ← f(x)`.
pub(super) fn each<T: Entry>(y: &mut [T], x: &[T], f: impl Fn(T) -> T + Sync) {
    let Some(middle) = middle(y.len(), 1) else { return looped::each(y, x, f) };
    let ((y, z), (x, w)) = (y.split_at_mut(middle), x.split_at(middle));
    both(|| looped::each(y, x, &f), || looped::each(z, w, &f));
}

/// `y ← f(a, b)`.
pub(super) fn combine<T: Entry>(y: &mut [T], a: &[T], b: &[T], f: impl Fn(T, T) -> T + Sync) {
    let Some(middle) = middle(y.len(), 1) else { return looped::combine(y, a, b, f) };
    let ((y, z), (a, c), (b, d)) = (y.split_at_mut(middle), a.split_at(middle), b.split_at(middle));
    both(|| looped::combine(y, a, b, &f), || looped::combine(z, c, d, &f));
}

/// `y ← f(x, r)` for each row `x` of a matrix with as many columns as `r`.
pub(super) fn combine_rows<T: Entry>(y: &mut [T], x: &[T], r: &[T], f: impl Fn(T, T) -> T + Sync) {
    let columns = r.len().max(1);
    let Some(middle) = middle(y.len() / columns, columns) else { return looped::combine_rows(y, x, r, f) };
    let ((y, z), (x, w)) = (y.split_at_mut(middle * columns), x.split_at(middle * columns));
    both(|| looped::combine_rows(y, x, r, &f), || looped::combine_rows(z, w, r, &f));
}

/// `y ← f(x, s, t)` for each row `x` of a matrix with as many columns as `s` and `t`.
pub(super) fn scale_rows<T: Entry>(y: &mut [T], x: &[T], rows: (&[T], &[T]), f: impl Fn(T, T, T) -> T + Sync) {
    let columns = rows.0.len().max(1);
    let Some(middle) = middle(y.len() / columns, columns) else { return looped::scale_rows(y, x, rows, f) };
    let ((y, z), (x, w)) = (y.split_at_mut(middle * columns), x.split_at(middle * columns));
    both(|| looped::scale_rows(y, x, rows, &f), || looped::scale_rows(z, w, rows, &f));
}

/// `y ← f(y, r)` for each row `y` of a matrix with as many columns as `r`.
pub(super) fn change_rows<T: Entry>(y: &mut [T], r: &[T], f: impl Fn(T, T) -> T + Sync) {
    let columns = r.len().max(1);
    let Some(middle) = middle(y.len() / columns, columns) else { return looped::change_rows(y, r, f) };
    let (y, z) = y.split_at_mut(middle * columns);
    both(|| looped::change_rows(y, r, &f), || looped::change_rows(z, r, &f));
}

/// `sum ← f(sum, x)` for each row `x` of a matrix, from the first to the last.
pub(super) fn gather_rows<T: Entry>(sum: &mut [T], rows: &[T], f: impl Fn(T, T) -> T + Sync) {
    let all = sum.len();
    let Some(middle) = of_columns(all, rows.len()) else { return looped::gather_rows(sum, rows, (all, 0..all), f) };
    let (first, second) = sum.split_at_mut(middle);
    let one = || looped::gather_rows(first, rows, (all, 0..middle), &f);
    both(one, || looped::gather_rows(second, rows, (all, middle..all), &f));
}

/// `sum ← f(sum, x, y)` for the rows of two matrices, from the first to the last.
pub(super) fn gather_two<T: Entry>(sum: &mut [T], rows: (&[T], &[T]), f: impl Fn(T, T, T) -> T + Sync) {
    let all = sum.len();
    let Some(middle) = of_columns(all, rows.0.len()) else { return looped::gather_two(sum, rows, (all, 0..all), f) };
    let (first, second) = sum.split_at_mut(middle);
    let one = || looped::gather_two(first, rows, (all, 0..middle), &f);
    both(one, || looped::gather_two(second, rows, (all, middle..all), &f));
}

/// `f` of each weight, its gradient and what an optimiser remembers of it.
pub(super) fn step<T: Entry>(w: &mut [T], g: &[T], memory: &mut [T], f: impl Fn(&mut T, T, &mut T) + Sync) {
    let Some(middle) = middle(w.len(), 1) else { return looped::step(w, g, memory, f) };
    let ((w, w2), (g, g2), (m, m2)) = (w.split_at_mut(middle), g.split_at(middle), memory.split_at_mut(middle));
    both(|| looped::step(w, g, m, &f), || looped::step(w2, g2, m2, &f));
}

/// The same with two memories.
pub(super) fn step_with_two<T: Entry>(
    w: &mut [T],
    g: &[T],
    (first, second): (&mut [T], &mut [T]),
    f: impl Fn(&mut T, T, &mut T, &mut T) + Sync,
) {
    let Some(middle) = middle(w.len(), 1) else { return looped::step_with_two(w, g, (first, second), f) };
    let ((w, w2), (g, g2)) = (w.split_at_mut(middle), g.split_at(middle));
    let ((m, m2), (v, v2)) = (first.split_at_mut(middle), second.split_at_mut(middle));
    both(|| looped::step_with_two(w, g, (m, v), &f), || looped::step_with_two(w2, g2, (m2, v2), &f));
}

/// Whether `f` holds for all entries.
pub(super) fn all<T: Entry>(x: &[T], f: impl Fn(T) -> bool) -> bool {
    looped::all(x, f)
}

/// Where to divide the columns of a matrix of so many entries. Each is added up by one thread, in its order.
fn of_columns(columns: usize, entries: usize) -> Option<usize> {
    (columns >= MANY_COLUMNS && entries >= WORTH_A_THREAD).then_some(columns / 2)
}
