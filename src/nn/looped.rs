//! The inner loops of [`kernel`](super::kernel), compiled for several instruction sets.

use multiversion::multiversion;
use std::ops::Range;

/// `y ← f(x)`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn each<T: Copy, F: Fn(T) -> T>(y: &mut [T], x: &[T], f: F) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = f(x);
    }
}

/// `y ← f(a, b)`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn combine<T: Copy, F: Fn(T, T) -> T>(y: &mut [T], a: &[T], b: &[T], f: F) {
    for ((y, &a), &b) in y.iter_mut().zip(a).zip(b) {
        *y = f(a, b);
    }
}

/// `y ← f(x, r)` for each row `x` of a matrix with as many columns as `r`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn combine_rows<T: Copy, F: Fn(T, T) -> T>(y: &mut [T], x: &[T], r: &[T], f: F) {
    let columns = r.len().max(1);
    for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
        for ((y, &x), &r) in y.iter_mut().zip(x).zip(r) {
            *y = f(x, r);
        }
    }
}

/// `y ← f(x, s, t)` for each row `x` of a matrix with as many columns as `s` and `t`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn scale_rows<T: Copy, F: Fn(T, T, T) -> T>(y: &mut [T], x: &[T], (s, t): (&[T], &[T]), f: F) {
    let columns = s.len().max(1);
    for (y, x) in y.chunks_exact_mut(columns).zip(x.chunks_exact(columns)) {
        for (((y, &x), &s), &t) in y.iter_mut().zip(x).zip(s).zip(t) {
            *y = f(x, s, t);
        }
    }
}

/// `y ← f(y, x)` for each row `y` of a matrix with as many columns as `x`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn change_rows<T: Copy, F: Fn(T, T) -> T>(rows: &mut [T], x: &[T], f: F) {
    for row in rows.chunks_exact_mut(x.len().max(1)) {
        for (y, &x) in row.iter_mut().zip(x) {
            *y = f(*y, x);
        }
    }
}

/// `sum ← f(sum, x)` for these columns of each row `x` of a matrix of so many columns, from the first row to the last.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn gather_rows<T: Copy, F: Fn(T, T) -> T>(
    sum: &mut [T],
    rows: &[T],
    (all, columns): (usize, Range<usize>),
    f: F,
) {
    for row in rows.chunks_exact(all.max(1)) {
        for (sum, &x) in sum.iter_mut().zip(&row[columns.clone()]) {
            *sum = f(*sum, x);
        }
    }
}

/// `sum ← f(sum, x, y)` for these columns of the rows of two matrices.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn gather_two<T: Copy, F: Fn(T, T, T) -> T>(
    sum: &mut [T],
    (x, y): (&[T], &[T]),
    (all, columns): (usize, Range<usize>),
    f: F,
) {
    for (x, y) in x.chunks_exact(all.max(1)).zip(y.chunks_exact(all.max(1))) {
        for ((sum, &x), &y) in sum.iter_mut().zip(&x[columns.clone()]).zip(&y[columns.clone()]) {
            *sum = f(*sum, x, y);
        }
    }
}

/// `f` of each weight, its gradient and what an optimiser remembers of it.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn step<T: Copy, F: Fn(&mut T, T, &mut T)>(w: &mut [T], g: &[T], memory: &mut [T], f: F) {
    for ((w, &g), m) in w.iter_mut().zip(g).zip(memory) {
        f(w, g, m);
    }
}

/// The same with two memories.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn step_with_two<T: Copy, F: Fn(&mut T, T, &mut T, &mut T)>(
    w: &mut [T],
    g: &[T],
    (first, second): (&mut [T], &mut [T]),
    f: F,
) {
    for (((w, &g), m), v) in w.iter_mut().zip(g).zip(first).zip(second) {
        f(w, g, m, v);
    }
}

/// Whether `f` holds for all entries. Every entry is looked at, so that the loop has no branch.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn all<T: Copy, F: Fn(T) -> bool>(x: &[T], f: F) -> bool {
    x.iter().fold(true, |so_far, &x| so_far & f(x))
}
