//! Costs by angle: against the textbook formulas where those have digits, and against limits where they have none.

use fenchel::Error;
use fenchel::numeric::stream;
use fenchel::transport::{Cost, Ground, angular};
use ndarray::{Array2, ArrayView1, ArrayView2, array};
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::PI;

fn cloud(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn cosine(x: ArrayView1<'_, f64>, y: ArrayView1<'_, f64>) -> f64 {
    1.0 - x.dot(&y) / (x.dot(&x) * y.dot(&y)).sqrt()
}

fn between(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>) -> Array2<f64> {
    Cost::between(x, y, Ground::SqEuclidean).unwrap().to_dense()
}

#[test]
fn cosine_and_correlation_are_what_their_formulas_say() {
    for d in [2, 3, 20] {
        let (x, y) = (cloud(9, d, 1), cloud(7, d, 2) * 1e3);
        let [u, v] = [&x, &y].map(|rows| angular::cosine_points(rows.view()).unwrap());
        let [s, t] = [&x, &y].map(|rows| angular::correlation_points(rows.view()).unwrap());
        let (by_cosine, by_correlation) = (between(u.view(), v.view()), between(s.view(), t.view()));
        let centred = |row: ArrayView1<'_, f64>| &row - row.mean().unwrap();
        for i in 0..9 {
            for j in 0..7 {
                assert!((by_cosine[[i, j]] - cosine(x.row(i), y.row(j))).abs() < 1e-14);
                let expected = cosine(centred(x.row(i)).view(), centred(y.row(j)).view());
                assert!((by_correlation[[i, j]] - expected).abs() < 1e-13);
            }
        }
    }
}

#[test]
fn small_angles_and_extreme_lengths_keep_their_digits() {
    // 1 - cos(t) = t²/2, of which the textbook form has no digit left
    for t in [1e-9, 1e-12, 1e-150f64] {
        let points = angular::cosine_points(array![[1.0, 0.0], [1.0, t]].view()).unwrap();
        let found = between(points.view(), points.view())[[0, 1]];
        assert!((found / (0.5 * t * t) - 1.0).abs() < 1e-12, "{t}: {found}");
    }
    for scale in [1e-300, 1e-5, 1e300] {
        let points = angular::cosine_points((array![[1.0, 1.0], [0.0, 2.0]] * scale).view()).unwrap();
        assert!((between(points.view(), points.view())[[0, 1]] - (1.0 - 0.5f64.sqrt())).abs() < 1e-15, "{scale}");
    }
    assert!(matches!(angular::cosine_points(array![[1.0], [0.0]].view()), Err(Error::OutOfDomain { .. })));
    for flat in [array![[0.1, 0.1, 0.1]], array![[1e300, 1e300, 1e300]], array![[0.0, 0.0, 0.0]], array![[7.0]]] {
        assert!(matches!(angular::correlation_points(flat.view()), Err(Error::OutOfDomain { .. })), "{flat}");
    }
}

#[test]
fn great_circles() {
    let one =
        |x: [f64; 2], y: [f64; 2]| angular::great_circle(array![x].view(), array![y].view(), 1.0).unwrap()[[0, 0]];
    let mut rng = stream(5, 0);
    for _ in 0..200 {
        let mut place = || -> [f64; 2] {
            let [a, b]: [f64; 2] = std::array::from_fn(|_| StandardNormal.sample(&mut rng));
            [30.0 * a.clamp(-2.9, 2.9), 90.0 * b.clamp(-3.9, 3.9)]
        };
        let (x, y) = (place(), place());
        // the angle between the two vectors, which is right for neither small nor straight angles
        let vector = |[lat, lon]: [f64; 2]| {
            let (lat, lon) = (lat.to_radians(), lon.to_radians());
            [lat.cos() * lon.cos(), lat.cos() * lon.sin(), lat.sin()]
        };
        let cos: f64 = vector(x).iter().zip(vector(y)).map(|(a, b)| a * b).sum();
        assert!((one(x, y) - cos.clamp(-1.0, 1.0).acos()).abs() < 1e-7, "{x:?} {y:?}");
        assert!((one(x, y) - one(y, x)).abs() < 1e-15);
        // the antipode of a place is a half turn away, and what lies near it is nearly so
        let antipode = [-x[0], x[1] - 180.0f64.copysign(x[1])];
        assert!((one(x, antipode) - PI).abs() < 1e-14, "{x:?}");
        assert!((one(x, y) + one(antipode, y) - PI).abs() < 1e-13, "{x:?} {y:?}");
    }
    // a nanometre along a meridian, and along the equator
    let small = 1e-14f64;
    assert!((one([0.0, 0.0], [small, 0.0]) / small.to_radians() - 1.0).abs() < 1e-12);
    assert!((one([0.0, 0.0], [0.0, small]) / small.to_radians() - 1.0).abs() < 1e-12);
    // around the date line
    assert!((one([0.0, 179.0], [0.0, -179.0]) - 2.0f64.to_radians()).abs() < 1e-15);
    let refused = |x: Array2<f64>, radius: f64| angular::great_circle(x.view(), x.view(), radius).is_err();
    assert!(refused(array![[91.0, 0.0]], 1.0) && refused(array![[0.0, 400.0]], 1.0) && refused(array![[0.0]], 1.0));
    assert!(refused(array![[0.0, 0.0]], 0.0) && refused(array![[f64::NAN, 0.0]], 1.0));
}
