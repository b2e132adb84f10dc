//! Eigenvalues of a large symmetric matrix in two stages: to a band, and from the band to a tridiagonal matrix.
//!
//! A matrix that is made tridiagonal in one stage goes through memory once a column, and waits for it. So columns are first taken
//! [`BAND`] at a time: a block reflector leaves only the band, and all it costs are matrix products (Bischof, Lang and Sun 2000,
//! doi:10.1145/365723.365735). The band fits into a cache. There its columns are made tridiagonal one by one, each reflector chasing
//! the entries beyond the band that the last one made down to the end (Schwarz 1968, doi:10.1007/BF02162505).
//! 2 n³ operations in products and 6 n² [`BAND`] in the band.

#![allow(clippy::needless_range_loop)] // rows and columns of a block go by the letters of the formulas

use super::matmul_into;
use multiversion::multiversion;
use ndarray::{Array2, ArrayView2, ArrayViewMut2, Axis, concatenate, s};

/// Subdiagonals of the band: the wider, the better do products pay; the narrower, the less is left to do.
const BAND: usize = 32;
/// Distance in memory of two columns of the band, which holds what is chased as well: entry (r, c) is at `c · STEP + r`.
const STEP: usize = 2 * BAND - 1;

/// Diagonal and subdiagonal of a tridiagonal matrix with the eigenvalues of this symmetric one.
pub(super) fn tridiagonal(a: ArrayView2<'_, f64>) -> (Vec<f64>, Vec<f64>) {
    let n = a.nrows();
    let mut a = a.as_standard_layout().into_owned();
    for first in (0..n.saturating_sub(BAND + 1)).step_by(BAND) {
        reduce_panel(&mut a, first);
    }
    // beyond the end the band goes on with zeros, so that all blocks have one size
    let mut band = vec![0.0; (n + 2 * BAND) * (STEP + 1)];
    for c in 0..n {
        for r in c..n.min(c + BAND + 1) {
            band[c * STEP + r] = a[[r, c]];
        }
    }
    drop(a);
    chase(&mut band, n);
    let entry = |r: usize, c: usize| band[c * STEP + r];
    ((0..n).map(|i| entry(i, i)).collect(), (1..n).map(|i| entry(i, i - 1)).collect())
}

/// Leaves of the columns from `first` on only the band, by `Qᵀ A Q` with `Q = I - V T Vᵀ`.
fn reduce_panel(a: &mut Array2<f64>, first: usize) {
    let low = first + BAND;
    let rest = a.nrows() - low;
    // a column a row, so that it lies in one piece
    let mut panel = a.slice(s![low.., first..low]).t().as_standard_layout().into_owned();
    let (v, t) = factor_panel(panel.view_mut());
    for c in 0..BAND {
        for r in 0..rest {
            a[[low + r, first + c]] = if r <= c { panel[[c, r]] } else { 0.0 };
        }
    }
    // with X = A V T and W = X - V (Tᵀ Vᵀ X)/2 the new matrix is A - V Wᵀ - W Vᵀ
    let vt = super::matmul(v.t(), t.view());
    let mut x = super::matmul(a.slice(s![low.., low..]), vt.view());
    let inner = super::matmul(t.t(), super::matmul(v.view(), x.view()).view());
    matmul_into(-0.5, v.t(), inner.view(), 1.0, x.view_mut());
    let (both, turned) = (concatenate![Axis(1), v.t(), x], concatenate![Axis(1), x, v.t()]);
    matmul_into(-1.0, both.view(), turned.t(), 1.0, a.slice_mut(s![low.., low..]));
}

/// Householder's QR decomposition of a panel whose columns are the rows here: it becomes `R`; the reflectors, a row each, and `T`.
fn factor_panel(mut panel: ArrayViewMut2<'_, f64>) -> (Array2<f64>, Array2<f64>) {
    let (columns, rows) = panel.dim();
    let mut v = Array2::zeros((columns, rows));
    let mut t = Array2::<f64>::zeros((columns, columns));
    for c in 0..columns.min(rows) {
        let mut reflector = panel.slice(s![c, c..]).to_vec();
        let (scale, end) = reflect(&mut reflector);
        panel[[c, c]] = end;
        for mut other in panel.slice_mut(s![c + 1.., c..]).rows_mut() {
            let Some(other) = other.as_slice_mut() else { unreachable!("a row of a standard layout") };
            let share = scale * dot(other, &reflector);
            subtract(other, share, &reflector);
        }
        for (r, value) in reflector.into_iter().enumerate() {
            v[[c, c + r]] = value;
        }
        // column c of T is -scale T (Vᵀ v), and scale on the diagonal
        let across = v.slice(s![..c, c..]).dot(&v.slice(s![c, c..]));
        let column = t.slice(s![..c, ..c]).dot(&across) * -scale;
        t.slice_mut(s![..c, c]).assign(&column);
        t[[c, c]] = scale;
    }
    (v, t)
}

/// Turns `x` into the `v` with leading 1 for which `(I - scale v vᵀ) x = (end, 0, …, 0)`: the scale, and the end.
fn reflect(x: &mut [f64]) -> (f64, f64) {
    let (head, largest) = (x[0], x[1..].iter().fold(0.0, |most: f64, t| most.max(t.abs())));
    x[0] = 1.0;
    if largest == 0.0 {
        return (0.0, head);
    }
    // in a unit in which no square underflows or overflows
    let size = largest.max(head.abs());
    let rest: f64 = x[1..].iter().map(|t| (t / size) * (t / size)).sum();
    let length = size * ((head / size) * (head / size) + rest).sqrt();
    let end = if head > 0.0 { -length } else { length };
    let divisor = head - end;
    x[1..].iter_mut().for_each(|t| *t /= divisor);
    (-divisor / end, end)
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 16];
    let (a_chunks, b_chunks) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f64 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in a_chunks.zip(b_chunks) {
        lanes.iter_mut().zip(a.iter().zip(b)).for_each(|(lane, (a, b))| *lane += a * b);
    }
    rest + lanes.iter().sum::<f64>()
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn subtract(a: &mut [f64], share: f64, b: &[f64]) {
    a.iter_mut().zip(b).for_each(|(a, b)| *a -= share * b);
}

/// Makes the band tridiagonal.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn chase(band: &mut [f64], n: usize) {
    for column in 0..n.saturating_sub(2) {
        let mut first = column + 1;
        let mut v: [f64; BAND] = std::array::from_fn(|i| band[column * STEP + first + i]);
        let (mut scale, end) = reflect(&mut v);
        leave_end(band, (first, column), end);
        loop {
            both_sides(band, first, scale, &v);
            let next = first + BAND;
            if next >= n {
                break;
            }
            from_the_right(band, (next, first), scale, &v);
            let mut w: [f64; BAND] = std::array::from_fn(|i| band[first * STEP + next + i]);
            let (new_scale, end) = reflect(&mut w);
            leave_end(band, (next, first), end);
            from_the_left(band, (next, first), new_scale, &w);
            (first, v, scale) = (next, w, new_scale);
        }
    }
}

/// What a reflector leaves of the column that it was made from.
#[inline(always)]
fn leave_end(band: &mut [f64], (row, column): (usize, usize), end: f64) {
    let at = column * STEP + row;
    band[at..at + BAND].fill(0.0);
    band[at] = end;
}

/// `H A H` of the symmetric block on the diagonal from `first` on, whose lower triangle is stored.
#[inline(always)]
fn both_sides(band: &mut [f64], first: usize, scale: f64, v: &[f64; BAND]) {
    let mut block = [[0.0; BAND]; BAND];
    for c in 0..BAND {
        let column = &band[(first + c) * STEP + first..][c..BAND];
        block[c][c..].copy_from_slice(column);
    }
    for c in 0..BAND {
        for r in c + 1..BAND {
            block[r][c] = block[c][r];
        }
    }
    let mut w = [0.0; BAND];
    for (column, v) in block.iter().zip(v) {
        w.iter_mut().zip(column).for_each(|(w, a)| *w += scale * v * a);
    }
    let half = 0.5 * scale * w.iter().zip(v).map(|(w, v)| w * v).sum::<f64>();
    w.iter_mut().zip(v).for_each(|(w, v)| *w -= half * v);
    for c in 0..BAND {
        let (w_c, v_c) = (w[c], v[c]);
        let mut column = block[c];
        for r in 0..BAND {
            column[r] -= v[r] * w_c + w[r] * v_c;
        }
        band[(first + c) * STEP + first..][c..BAND].copy_from_slice(&column[c..]);
    }
}

/// `B H` of the block with this first row and column.
#[inline(always)]
fn from_the_right(band: &mut [f64], (row, column): (usize, usize), scale: f64, v: &[f64; BAND]) {
    let mut w = [0.0; BAND];
    for c in 0..BAND {
        let at = (column + c) * STEP + row;
        w.iter_mut().zip(&band[at..at + BAND]).for_each(|(w, b)| *w += scale * v[c] * b);
    }
    for c in 0..BAND {
        let at = (column + c) * STEP + row;
        band[at..at + BAND].iter_mut().zip(&w).for_each(|(b, w)| *b -= w * v[c]);
    }
}

/// `H B` of the same, but for its first column.
#[inline(always)]
fn from_the_left(band: &mut [f64], (row, column): (usize, usize), scale: f64, v: &[f64; BAND]) {
    for c in 1..BAND {
        let at = (column + c) * STEP + row;
        let b = &mut band[at..at + BAND];
        let share = scale * b.iter().zip(v).map(|(b, v)| b * v).sum::<f64>();
        b.iter_mut().zip(v).for_each(|(b, v)| *b -= share * v);
    }
}

#[cfg(test)]
mod tests {
    use super::super::{backend, eigvalsh, nuclear_norm, singular_values};
    use ndarray::{Array1, Array2};

    /// `Q D Qᵀ` for a product of reflections.
    fn with_eigenvalues(values: &[f64]) -> Array2<f64> {
        let n = values.len();
        let mut a = Array2::from_diag(&Array1::from(values.to_vec()));
        for k in 1..4 {
            let v = Array1::from_shape_fn(n, |i| ((k * i * i + 3 * i + k) % 17) as f64 - 8.0);
            let h = Array2::eye(n)
                - crate::linalg::matmul(v.view().insert_axis(ndarray::Axis(1)), v.view().insert_axis(ndarray::Axis(0)))
                    * (2.0 / v.dot(&v));
            a = h.dot(&a).dot(&h);
        }
        (&a + &a.t()) / 2.0
    }

    #[test]
    fn eigenvalues_by_way_of_a_band_are_those_that_were_put_in() {
        for n in [256, 289, 330] {
            let kinds: [fn(usize) -> f64; 4] = [
                |i| 1.0 + i as f64,
                |i| (-(i as f64) / 10.0).exp(),
                |i| if i < 30 { 1.0 + i as f64 } else { 0.0 },
                |i| (i % 3) as f64 - 1.0,
            ];
            for kind in kinds {
                let mut expected: Vec<f64> = (0..n).map(kind).collect();
                let a = with_eigenvalues(&expected);
                expected.sort_by(f64::total_cmp);
                let size = expected.iter().fold(0.0, |most: f64, t| most.max(t.abs()));
                let found = eigvalsh(a.view()).unwrap();
                let by_faer = backend::faer::eigvalsh(a.view()).unwrap();
                for ((found, expected), by_faer) in found.iter().zip(&expected).zip(&by_faer) {
                    assert!((found - expected).abs() < 1e-13 * size, "{n}: {found} for {expected}");
                    assert!((found - by_faer).abs() < 1e-13 * size, "{n}: {found} for {by_faer}");
                }
            }
        }
        let zero = Array2::<f64>::zeros((300, 300));
        assert_eq!(eigvalsh(zero.view()).unwrap(), Array1::<f64>::zeros(300));
    }

    #[test]
    fn nuclear_norm_is_the_sum_of_singular_values_also_where_eigenvalues_lose_them() {
        for (n, m, rank) in [(300, 300, 300), (260, 400, 260), (500, 270, 270), (300, 280, 40), (20, 30, 20)] {
            let entry = |(i, j): (usize, usize)| ((i * i * 31 + j * 17 + i * j * 7) % 101) as f64 - 50.0;
            let (a, b) = (Array2::from_shape_fn((n, rank), entry), Array2::from_shape_fn((rank, m), entry));
            let a = a.dot(&b);
            let (found, expected) = (nuclear_norm(a.view(), 1e-10).unwrap(), singular_values(a.view()).unwrap().sum());
            assert!((found - expected).abs() < 1e-10 * expected, "{n} {m} {rank}: {found} for {expected}");
        }
    }
}
