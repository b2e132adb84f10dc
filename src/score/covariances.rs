//! The squared Fréchet distance of many pairs of subsets of the same rows, as relabellings and halves are: what they have in common is
//! computed once.
//!
//! With at most as many rows as columns, everything is in the products of the rows: for centred rows `X` and `Y` the singular values
//! of `Σ_x^½ Σ_y^½` are those of `X Yᵀ/√((n-1)(m-1))`, and the products of any subset are a part of those of all rows. With more rows
//! the covariances are smaller. Then they are those of `Lᵀ Σ_y L` for the Cholesky factor `L` of `Σ_x`, whose eigenvalues
//! alone are needed.

use crate::error::{Error, Result};
use crate::linalg;
use crate::numeric::variance;
use crate::transport::gaussian;
use ndarray::{Array1, Array2, ArrayView2, Axis, concatenate, s};

/// Two samples, one under the other.
pub(super) struct Pooled {
    /// Each less the mean of its own sample.
    rows: Array2<f64>,
    /// Of the real sample.
    n: usize,
    /// The mean of the real sample less that of the generated one.
    shift: Array1<f64>,
    /// Products of all rows with each other, and of each with the shift; where the rows of both samples are few.
    products: Option<(Array2<f64>, Array1<f64>)>,
    /// Products of all columns with each other, of either sample; where there are many rows.
    scatters: Option<[Array2<f64>; 2]>,
}

/// A value below this share of the traces is one that has lost digits in their difference.
const CANCELLED: f64 = 1e-2;
/// By what share rounding may change the trace of a root: of the value itself, and of subsets, which scatter by far more.
const VALUE: f64 = 1e-10;
pub(super) const SUBSETS: f64 = 1e-8;

impl Pooled {
    pub(super) fn new(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Self {
        let ((x_mean, x_rows), (y_mean, y_rows)) = (centred(x), centred(y));
        // where columns are far from zero, the difference of the means is that of two large numbers, and these are subtracted first
        let shift = (&x.row(0) - &y.row(0)) + (x_mean - y_mean);
        let (n, m, d) = (x.nrows(), y.nrows(), x.ncols());
        let scatters = (n.min(m) > d).then(|| {
            let (of_x, of_y) = rayon::join(|| linalg::gram(x_rows.view()), || linalg::gram(y_rows.view()));
            [of_x, of_y]
        });
        let rows = match concatenate(Axis(0), &[x_rows.view(), y_rows.view()]) {
            Ok(rows) => rows,
            Err(_) => unreachable!("the samples were checked to have the same columns"),
        };
        let products = (n.max(m) <= d).then(|| (linalg::gram(rows.t()), rows.dot(&shift)));
        Self { rows, n, shift, products, scatters }
    }

    /// The squared distance of the subsets with these row numbers.
    pub(super) fn value(&self, a: &[usize], b: &[usize]) -> Result<f64> {
        let (a, b) = (self.subset(a), self.subset(b));
        let shift = &a.mean - &b.mean + &self.shift * (a.real - b.real);
        let root = self.trace_of_root(&a, &b)?;
        Ok(shift.dot(&shift) + (a.trace + b.trace - 2.0 * root).max(0.0))
    }

    fn subset<'r>(&self, rows: &'r [usize]) -> Subset<'r> {
        let count = rows.len() as f64;
        let real = rows.iter().filter(|i| **i < self.n).count() as f64 / count;
        let (mut mean, mut squares) = (Array1::zeros(self.rows.ncols()), 0.0);
        for &i in rows {
            let row = self.rows.row(i);
            mean += &row;
            let from = self.sample(i) - real;
            squares += row.dot(&row);
            if from != 0.0 {
                squares += from * (2.0 * row.dot(&self.shift) + from * self.shift.dot(&self.shift));
            }
        }
        mean /= count;
        let trace = (squares - count * mean.dot(&mean)) / (count - 1.0);
        Subset { rows, real, mean, trace }
    }

    /// 1 for a row of the real sample.
    fn sample(&self, i: usize) -> f64 {
        f64::from(u8::from(i < self.n))
    }

    fn trace_of_root(&self, a: &Subset<'_>, b: &Subset<'_>) -> Result<f64> {
        if let Some(products) = &self.products {
            return linalg::nuclear_norm(self.across(products, a, b).view(), SUBSETS);
        }
        let d = self.rows.ncols();
        if a.rows.len().min(b.rows.len()) > d {
            let of_a = self.scatter(a);
            let of_b = match &self.scatters {
                Some([x, y]) if a.rows.len() + b.rows.len() == self.rows.nrows() => {
                    let between = self.n as f64 * (self.rows.nrows() - self.n) as f64 / self.rows.nrows() as f64;
                    let all = between * outer(&self.shift);
                    // what all rows have about their mean, less what is within the other subset and between both
                    let (count_a, count_b) = (a.rows.len() as f64, b.rows.len() as f64);
                    let apart = &a.mean - &b.mean + &self.shift * (a.real - b.real);
                    let apart = count_a * count_b / (count_a + count_b) * outer(&apart);
                    all + x + y - &of_a - apart
                }
                _ => self.scatter(b),
            };
            let (of_a, of_b) = (of_a / (a.rows.len() - 1) as f64, of_b / (b.rows.len() - 1) as f64);
            if let Some(sum) = sum_by_cholesky(of_a.view(), of_b.view())? {
                return Ok(sum);
            }
        }
        let factor = |subset: &Subset<'_>| sample_factor(self.centred_rows(subset).view());
        let (l, m) = (factor(a)?, factor(b)?);
        linalg::nuclear_norm(linalg::matmul(l.t(), m.view()).view(), SUBSETS)
    }

    /// The rows of a subset less their mean.
    fn centred_rows(&self, subset: &Subset<'_>) -> Array2<f64> {
        let mut rows = self.rows.select(Axis(0), subset.rows);
        for (mut row, &i) in rows.rows_mut().into_iter().zip(subset.rows) {
            let from = self.sample(i) - subset.real;
            row.zip_mut_with(&subset.mean, |t, mean| *t -= mean);
            if from != 0.0 {
                row.scaled_add(from, &self.shift);
            }
        }
        rows
    }

    fn scatter(&self, subset: &Subset<'_>) -> Array2<f64> {
        linalg::gram(self.centred_rows(subset).view())
    }

    /// `X Yᵀ/√((n-1)(m-1))` of the centred rows of two subsets, in bases of the differences: a row and a column less than rows.
    fn across(
        &self,
        (products, with_shift): &(Array2<f64>, Array1<f64>),
        a: &Subset<'_>,
        b: &Subset<'_>,
    ) -> Array2<f64> {
        let squared = self.shift.dot(&self.shift);
        let from =
            |subset: &Subset<'_>| -> Vec<f64> { subset.rows.iter().map(|&i| self.sample(i) - subset.real).collect() };
        let (from_a, from_b) = (from(a), from(b));
        let mixed = from_a.iter().chain(&from_b).any(|t| *t != 0.0);
        let mut across = Array2::zeros((a.rows.len(), b.rows.len()));
        for ((mut row, &i), from_i) in across.rows_mut().into_iter().zip(a.rows).zip(&from_a) {
            let all = products.row(i);
            for ((t, &j), from_j) in row.iter_mut().zip(b.rows).zip(&from_b) {
                *t = all[j];
                if mixed {
                    *t += from_j * (with_shift[i] + from_i * squared) + from_i * with_shift[j];
                }
            }
        }
        let degrees = (a.rows.len() - 1) as f64 * (b.rows.len() - 1) as f64;
        across /= degrees.sqrt();
        without_mean(without_mean(across).reversed_axes()).reversed_axes()
    }

    /// The squared distance of the two samples and its standard error, where both are safe from rounding.
    pub(super) fn value_and_error(&self) -> Result<Option<(f64, f64)>> {
        let all: Vec<usize> = (0..self.rows.nrows()).collect();
        let (a, b) = all.split_at(self.n);
        let (a, b) = (self.subset(a), self.subset(b));
        let found = match (&self.products, &self.scatters) {
            (Some(products), _) => by_products(self.across(products, &a, &b))?,
            (None, Some([of_a, of_b])) => {
                let (of_a, of_b) = (of_a / (a.rows.len() - 1) as f64, of_b / (b.rows.len() - 1) as f64);
                let samples = self.rows.view().split_at(Axis(0), self.n);
                by_covariances(samples, of_a.view(), of_b.view())?
            }
            (None, None) => None,
        };
        let Some((root, [moved_a, moved_b])) = found else { return Ok(None) };
        let left = a.trace + b.trace - 2.0 * root;
        if left < CANCELLED * (a.trace + b.trace) {
            return Ok(None);
        }
        // the influence of a point, up to a constant: 2 Δ·x + |x|² - xᵀ T x
        let error = |subset: &Subset<'_>, sign: f64, moved: &[f64]| {
            let of_point = |(&i, moved): (&usize, &f64)| {
                let row = self.rows.row(i);
                2.0 * sign * self.shift.dot(&row) + row.dot(&row) - moved
            };
            let influences: Vec<f64> = subset.rows.iter().zip(moved).map(of_point).collect();
            variance(&influences) / influences.len() as f64
        };
        let error = (error(&a, 1.0, &moved_a) + error(&b, -1.0, &moved_b)).sqrt();
        Ok(Some((mutate!(self.shift.dot(&self.shift), Frechet, |_| 0.0) + left, error)))
    }
}

/// Some rows.
struct Subset<'r> {
    rows: &'r [usize],
    /// The share of them that is of the real sample.
    real: f64,
    /// Of the rows less the means of their own samples.
    mean: Array1<f64>,
    /// Of the unbiased covariance.
    trace: f64,
}

/// The sum of the roots, and `xᵀ T x` for the rows of either sample, where `T` transports its law to the other.
type Transported = Option<(f64, [Vec<f64>; 2])>;

/// From `C = X Yᵀ/√((n-1)(m-1))` in bases of the differences: `xᵀ T x` is on the diagonal of `(n-1) (C Cᵀ)^½`.
fn by_products(c: Array2<f64>) -> Result<Transported> {
    if c.is_empty() {
        return Ok(None);
    }
    if c.nrows() > c.ncols() {
        let turned = by_products(c.reversed_axes().as_standard_layout().into_owned())?;
        return Ok(turned.map(|(sum, [a, b])| (sum, [b, a])));
    }
    let found = linalg::eigh(linalg::gram(c.t()).view())?;
    let fourth_roots = found.values.mapv(|t| t.max(f64::MIN_POSITIVE).sqrt().sqrt());
    let left = &found.vectors * &fourth_roots;
    let right = linalg::matmul(c.t(), (&found.vectors / &fourth_roots).view());
    let lengths = (&right * &right).sum_axis(Axis(0)).mapv(f64::sqrt) * &fourth_roots;
    let Some(sum) = linalg::sum_of_lengths(lengths.view(), found.values.view(), VALUE) else { return Ok(None) };
    let diagonal = |half: Array2<f64>| -> Vec<f64> {
        let free = half.nrows() as f64;
        with_mean(half).rows().into_iter().map(|row| free * row.dot(&row)).collect()
    };
    Ok(Some((sum, [diagonal(left), diagonal(right)])))
}

/// From the covariances `A = L Lᵀ` and `B`, with `Lᵀ B L = U S² Uᵀ`: `T = R Rᵀ` for `R = B L U S^{-3/2}`, and `R = L U S^{-1/2}` back.
fn by_covariances(
    (x, y): (ArrayView2<'_, f64>, ArrayView2<'_, f64>),
    a: ArrayView2<'_, f64>,
    b: ArrayView2<'_, f64>,
) -> Result<Transported> {
    let l = match linalg::cholesky(a, "covariance") {
        Err(Error::NotPositiveDefinite { .. }) => return Ok(None),
        l => l?,
    };
    let (bl, inner) = linalg::congruent(b, l.view());
    let found = linalg::eigh(inner.view())?;
    let Some(sum) = linalg::sum_of_roots(found.values.view(), VALUE) else { return Ok(None) };
    let powers = |exponent: f64| found.values.mapv(|t| t.powf(exponent));
    let there = linalg::matmul(bl.view(), (&found.vectors * &powers(-0.75)).view());
    let back = linalg::matmul(l.view(), (&found.vectors * &powers(-0.25)).view());
    let moved = |rows: ArrayView2<'_, f64>, root: Array2<f64>| -> Vec<f64> {
        // a triangular root takes half the operations
        let moved = match linalg::cholesky(linalg::gram(root.t()).view(), "transport map") {
            Ok(root) => linalg::times_lower(rows, root.view()),
            Err(_) => linalg::matmul(rows, root.view()),
        };
        moved.rows().into_iter().map(|row| row.dot(&row)).collect()
    };
    let (of_x, of_y) = rayon::join(|| moved(x, there), || moved(y, back));
    Ok(Some((sum, [of_x, of_y])))
}

/// The sum of the roots of the eigenvalues of `A B`, where `A` is safely regular and their rounding cannot be seen.
fn sum_by_cholesky(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Option<f64>> {
    let l = match linalg::cholesky(a, "covariance") {
        Err(Error::NotPositiveDefinite { .. }) => return Ok(None),
        l => l?,
    };
    let (_, inner) = linalg::congruent(b, l.view());
    Ok(linalg::sum_of_roots(linalg::eigvalsh(inner.view())?.view(), SUBSETS))
}

/// The coordinates of the columns in a basis whose first vector is constant, without the first: Householder's reflection of `1/√n` to `e₁`.
fn without_mean(rows: Array2<f64>) -> Array2<f64> {
    let reflected = reflected(rows);
    reflected.slice(s![1.., ..]).to_owned()
}

/// The columns with these coordinates, of mean zero.
fn with_mean(rows: Array2<f64>) -> Array2<f64> {
    let mut all = Array2::zeros((rows.nrows() + 1, rows.ncols()));
    all.slice_mut(s![1.., ..]).assign(&rows);
    reflected(all)
}

fn reflected(mut rows: Array2<f64>) -> Array2<f64> {
    let n = rows.nrows() as f64;
    // v = 1/√n - e₁, and |v|² = 2 - 2/√n
    let each = n.sqrt().recip();
    let mut along = rows.sum_axis(Axis(0)) * each;
    along -= &rows.row(0);
    along /= 1.0 - each;
    for (i, mut row) in rows.rows_mut().into_iter().enumerate() {
        row.scaled_add(if i == 0 { 1.0 - each } else { -each }, &along);
    }
    rows
}

fn outer(v: &Array1<f64>) -> Array2<f64> {
    let column = v.view().insert_axis(Axis(1));
    linalg::matmul(column, column.t())
}

/// The mean of the rows less the first, and the rows less the mean. Sums of the differences keep the digits that sums of numbers far from
/// zero, as time stamps are, would lose.
pub(super) fn centred(x: ArrayView2<'_, f64>) -> (Array1<f64>, Array2<f64>) {
    let mut rows = &x - &x.row(0);
    let mean = rows.sum_axis(Axis(0)) / x.nrows() as f64;
    rows -= &mean;
    (mean, rows)
}

/// `L` with `L Lᵀ` the unbiased covariance of centred rows.
pub(super) fn sample_factor(x: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    let free = (x.nrows() - 1) as f64;
    if x.nrows() <= x.ncols() {
        return Ok(x.t().mapv(|v| v / free.sqrt()));
    }
    factor((linalg::gram(x) / free).view())
}

/// `L` with `L Lᵀ = a` for a positive semidefinite `a` of any rank.
pub(super) fn factor(a: ArrayView2<'_, f64>) -> Result<Array2<f64>> {
    match linalg::cholesky(a, "covariance") {
        Err(Error::NotPositiveDefinite { .. }) => Ok(gaussian::factor(a)?.root),
        factor => factor,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::numeric::stream;
    use rand::RngExt;

    /// From the rows themselves, by singular values.
    fn by_hand(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> f64 {
        let ((x_mean, x_rows), (y_mean, y_rows)) = (centred(x), centred(y));
        let (l, m) = (sample_factor(x_rows.view()).unwrap(), sample_factor(y_rows.view()).unwrap());
        let values = linalg::singular_values(linalg::matmul(l.t(), m.view()).view()).unwrap();
        let shift = (&x.row(0) - &y.row(0)) + (x_mean - y_mean);
        let square = |factor: &Array2<f64>| factor.iter().map(|v| v * v).sum::<f64>();
        shift.dot(&shift) + square(&l) + square(&m) - 2.0 * values.sum()
    }

    #[test]
    fn subsets_have_the_distance_of_their_rows() {
        // few rows, many rows, one sample of either kind; a repeated column; far from the origin
        for (n, m, d, repeated, offset) in [
            (40, 30, 50, 0, 0.0),
            (90, 70, 20, 0, 3.0),
            (60, 15, 20, 0, 0.0),
            (80, 80, 20, 3, 0.0),
            (50, 50, 5, 0, 1e6),
        ] {
            let mut rng = stream(5, d as u64);
            let mut pooled = Array2::from_shape_simple_fn((n + m, d), || rng.random::<f64>());
            pooled.slice_mut(s![n.., ..]).mapv_inplace(|t| 0.5 + 1.5 * t);
            pooled += offset;
            for j in 0..repeated {
                let column = pooled.column(j).to_owned();
                pooled.column_mut(d - 1 - j).assign(&column);
            }
            let rows = Pooled::new(pooled.slice(s![..n, ..]), pooled.slice(s![n.., ..]));
            let order: Vec<usize> = (0..n + m).map(|i| i * 37 % (n + m)).collect();
            let real: Vec<usize> = (0..n).collect();
            let generated: Vec<usize> = (n..n + m).collect();
            let pairs = [
                order.split_at(n),
                (&order[..n / 2], &order[n..n + m / 2]),
                (&real[..], &generated[..]),
                (&real[n / 3..], &generated[..m / 2]),
            ];
            for (a, b) in pairs {
                let found = rows.value(a, b).unwrap();
                let expected = by_hand(pooled.select(Axis(0), a).view(), pooled.select(Axis(0), b).view());
                assert!((found - expected).abs() < 1e-10 * expected.abs().max(0.1), "{n} {m} {d}: {found} {expected}");
            }
        }
    }
}
