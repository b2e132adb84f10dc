//! Decompositions against the identities that define them, on random, rank-deficient and graded matrices; with the
//! feature `lapack`, both backends against each other.

use fenchel::Error;
use fenchel::linalg::{cholesky, eigh, eigvalsh, gram, logdet, matmul, singular_values, solve_lower, svd};
use fenchel::numeric::stream;
use ndarray::{Array2, array, s};
use rand_distr::{Distribution, StandardNormal};

fn normal(n: usize, m: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, m), || StandardNormal.sample(&mut rng))
}

/// Symmetric matrices: full rank, rank 3 of n, rows and columns scaled over twelve orders, diagonal, zero.
fn symmetric() -> Vec<Array2<f64>> {
    let mut all = vec![array![[2.0]], Array2::zeros((4, 4)), Array2::from_diag(&array![3.0, 3.0, -1.0, 1e-8])];
    for n in [2, 7, 40, 65] {
        let x = normal(n, n, n as u64);
        all.push(&x + &x.t());
        all.push(gram(normal(3, n, 1).view()));
        let grades = Array2::from_shape_fn((n, n), |(i, j)| 10f64.powf(-6.0 * (i + j) as f64 / n as f64));
        all.push(gram(x.view()) * grades);
    }
    all
}

fn rectangular() -> Vec<Array2<f64>> {
    let mut all = vec![array![[0.0]], Array2::zeros((3, 5)), normal(1, 9, 1), normal(9, 1, 2)];
    for (n, m) in [(8, 8), (60, 13), (13, 60), (70, 64)] {
        all.push(normal(n, m, 3));
        all.push(matmul(normal(n, 2, 4).view(), normal(2, m, 5).view()));
        all.push(normal(n, m, 6) * Array2::from_shape_fn((1, m), |(_, j)| 10f64.powf(-12.0 * j as f64 / m as f64)));
    }
    all
}

fn largest(a: &Array2<f64>) -> f64 {
    a.iter().fold(0.0, |m, v| m.max(v.abs()))
}

#[track_caller]
fn same(a: &Array2<f64>, b: &Array2<f64>, scale: f64) {
    assert_eq!(a.dim(), b.dim());
    let error = largest(&(a - b));
    assert!(error <= 1e-13 * scale.max(f64::MIN_POSITIVE) * a.nrows() as f64, "error {error:e} at scale {scale:e}");
}

#[test]
fn eigenvectors_diagonalise() {
    for a in symmetric() {
        let e = eigh(a.view()).unwrap();
        assert!(e.values.windows(2).into_iter().all(|w| w[0] <= w[1]));
        same(&matmul(e.vectors.t(), e.vectors.view()), &Array2::eye(a.nrows()), 1.0);
        same(&matmul((&e.vectors * &e.values).view(), e.vectors.t()), &a, largest(&a));
        let only = eigvalsh(a.view()).unwrap().insert_axis(ndarray::Axis(1));
        same(&only, &e.values.insert_axis(ndarray::Axis(1)), largest(&a));
    }
}

#[test]
fn only_the_lower_triangle_is_read() {
    let a = array![[2.0, 99.0], [1.0, 2.0]];
    let values = eigvalsh(a.view()).unwrap();
    assert!((values[0] - 1.0).abs() < 1e-14 && (values[1] - 3.0).abs() < 1e-14);
    let l = cholesky(a.view(), "a").unwrap();
    same(&matmul(l.view(), l.t()), &array![[2.0, 1.0], [1.0, 2.0]], 2.0);
}

#[test]
fn cholesky_factors_rebuild_and_solve() {
    for n in [1, 2, 9, 50, 130] {
        let a = gram(normal(n + 5, n, 7).view());
        let l = cholesky(a.view(), "a").unwrap();
        assert!(l.indexed_iter().all(|((i, j), &v)| if i == j {
            v > 0.0
        } else {
            i > j || v.abs() < f64::MIN_POSITIVE
        }));
        same(&matmul(l.view(), l.t()), &a, largest(&a));
        let x = normal(n, 4, 8);
        let solved = solve_lower(l.view(), matmul(l.view(), x.view()).view());
        assert!(largest(&(solved - x)) < 1e-9);
        let by_values: f64 = eigvalsh(a.view()).unwrap().iter().map(|v| v.ln()).sum();
        assert!((logdet(a.view(), "a").unwrap() - by_values).abs() < 1e-8 * by_values.abs().max(1.0));
    }
}

#[test]
fn cholesky_is_accurate_in_every_entry_of_a_graded_matrix() {
    // the factor of D A D is D L, entry by entry, however graded D is
    let (n, x) = (20, normal(30, 20, 9));
    let a = gram(x.view());
    let d: Vec<f64> = (0..n).map(|i| 2f64.powi(-4 * i)).collect();
    let n = n as usize;
    let graded = Array2::from_shape_fn((n, n), |(i, j)| d[i] * a[[i, j]] * d[j]);
    let (l, graded) = (cholesky(a.view(), "a").unwrap(), cholesky(graded.view(), "graded").unwrap());
    for ((i, j), &v) in graded.indexed_iter() {
        assert!((v - d[i] * l[[i, j]]).abs() <= 1e-12 * d[i] * largest(&l), "{i} {j}");
    }
}

#[test]
fn what_is_not_positive_definite_is_refused_with_its_pivot() {
    let indefinite = array![[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    assert!(matches!(cholesky(indefinite.view(), "a"), Err(Error::NotPositiveDefinite { pivot: 1, .. })));
    assert!(matches!(cholesky(array![[0.0]].view(), "a"), Err(Error::NotPositiveDefinite { pivot: 0, .. })));
    assert!(matches!(cholesky(array![[1.0, 2.0]].view(), "a"), Err(Error::SizeMismatch { .. })));
    for bad in [f64::NAN, f64::INFINITY] {
        let a = array![[1.0, 0.0], [bad, 1.0]];
        assert!(matches!(eigh(a.view()), Err(Error::NotFinite { .. })));
        assert!(matches!(svd(a.view()), Err(Error::NotFinite { .. })));
        assert!(matches!(singular_values(a.view()), Err(Error::NotFinite { .. })));
    }
}

#[test]
fn singular_vectors_rebuild() {
    for a in rectangular() {
        let e = svd(a.view()).unwrap();
        let k = a.nrows().min(a.ncols());
        assert_eq!((e.u.dim(), e.values.len(), e.v.dim()), ((a.nrows(), k), k, (a.ncols(), k)));
        assert!(e.values.iter().all(|&s| s >= 0.0) && e.values.windows(2).into_iter().all(|w| w[0] >= w[1]));
        same(&matmul(e.u.t(), e.u.view()), &Array2::eye(k), 1.0);
        same(&matmul(e.v.t(), e.v.view()), &Array2::eye(k), 1.0);
        same(&matmul((&e.u * &e.values).view(), e.v.t()), &a, e.values[0]);
        let only = singular_values(a.view()).unwrap().insert_axis(ndarray::Axis(1));
        same(&only, &e.values.insert_axis(ndarray::Axis(1)), largest(&a));
    }
}

#[test]
fn empty_matrices_have_no_singular_values() {
    assert_eq!(singular_values(Array2::zeros((0, 3)).view()).unwrap().len(), 0);
    assert_eq!(svd(Array2::zeros((0, 3)).view()).unwrap().v.dim(), (3, 0));
}

#[test]
fn strided_views_are_read_as_they_are() {
    let big = normal(20, 20, 10);
    let view = big.slice(s![..;2, ..;2]);
    let owned = view.to_owned();
    assert_eq!(singular_values(view).unwrap(), singular_values(owned.view()).unwrap());
    same(
        &singular_values(view.t()).unwrap().insert_axis(ndarray::Axis(1)),
        &singular_values(owned.view()).unwrap().insert_axis(ndarray::Axis(1)),
        10.0,
    );
}

#[cfg(feature = "lapack")]
mod backends {
    use super::*;
    use fenchel::linalg::backend::{faer, lapack};
    use ndarray::{Array1, Axis};

    fn column(a: Array1<f64>) -> Array2<f64> {
        a.insert_axis(Axis(1))
    }

    #[test]
    fn agree_on_symmetric_matrices() {
        for a in symmetric() {
            let (f, l) = (faer::eigh(a.view()).unwrap(), lapack::eigh(a.view()).unwrap());
            let scale = largest(&a);
            same(&column(f.values), &column(l.values.clone()), scale);
            same(&matmul((&l.vectors * &l.values).view(), l.vectors.t()), &a, scale);
            same(&column(faer::eigvalsh(a.view()).unwrap()), &column(lapack::eigvalsh(a.view()).unwrap()), scale);
        }
    }

    #[test]
    fn agree_on_rectangular_matrices() {
        for a in rectangular() {
            let (f, l) = (faer::svd(a.view()).unwrap(), lapack::svd(a.view()).unwrap());
            let scale = f.values[0];
            same(&column(f.values), &column(l.values.clone()), scale);
            same(&matmul((&l.u * &l.values).view(), l.v.t()), &a, scale);
            same(
                &column(faer::singular_values(a.view()).unwrap()),
                &column(lapack::singular_values(a.view()).unwrap()),
                scale,
            );
        }
    }

    #[test]
    fn agree_on_factors_and_on_refusals() {
        let a = gram(normal(60, 50, 11).view());
        same(&faer::cholesky(a.view()).unwrap(), &lapack::cholesky(a.view()).unwrap(), largest(&a).sqrt());
        let mut broken = a;
        broken[[17, 17]] = -1.0;
        assert_eq!(faer::cholesky(broken.view()), Err(17));
        assert_eq!(lapack::cholesky(broken.view()), Err(17));
    }
}
