//! How many pivots the exact solver takes on costs that tie, clouds along a line, and costs beside enormous ones: few for each point.

use super::exact::{
    ALL, FEW, MANY, between, even, normal, optimum, uniform, weighted, weights, whole, with_costs, with_outliers,
};
use fenchel::numeric::stream;
use fenchel::transport::Ground;
use ndarray::{Array1, Array2, Axis};
use rand::RngExt;

#[test]
fn clouds_that_lie_along_one_coordinate_need_few_pivots() {
    for (units, ground) in [
        ([1e6, 1e-4].as_slice(), Ground::Euclidean),
        (&[1e-9, 1e3], Ground::Cityblock),
        (&[1.0, 1e-4], Ground::SqEuclidean),
        (&[1e-4, 1e-5, 10.0], Ground::SqEuclidean),
        (&[1e-8, 1.0, 1e-9, 1e-8, 1e-8], Ground::Chebyshev),
    ] {
        let scaled = |n: usize, seed: u64| normal(n, units.len(), seed) * &Array1::from(units.to_vec());
        for (a, b) in [(None, None), (Some(weights(260, 3, true)), Some(weights(200, 4, false)))] {
            let law = |points: Array2<f64>, w: Option<Vec<f64>>| match w {
                Some(w) => weighted(points, w),
                None => even(points),
            };
            let found = between(&law(scaled(260, 1), a), &law(scaled(200, 2), b), ground, FEW);
            assert!(found.report.iterations < 4 * 460, "{units:?}: {} pivots", found.report.iterations);
        }
    }
    // an outlier makes no line of a cloud
    let mut far = normal(500, 2, 1);
    far[[0, 0]] = 1e9;
    between(&even(far), &even(normal(400, 2, 2)), Ground::SqEuclidean, FEW);
}

/// Poisson counts, by products of uniform numbers.
fn counts(n: usize, d: usize, rate: f64, seed: u64) -> Array2<f64> {
    let (mut rng, limit) = (stream(seed, 4), (-rate).exp());
    Array2::from_shape_simple_fn((n, d), || {
        let (mut count, mut product) = (0.0, rng.random::<f64>());
        while product > limit {
            (count, product) = (count + 1.0, product * rng.random::<f64>());
        }
        count
    })
}

/// Pivots for each point, the optimum being proven.
#[track_caller]
fn pivots(x: Array2<f64>, y: Array2<f64>, ground: Ground) -> f64 {
    let nodes = x.nrows() + y.nrows();
    optimum(&even(x), &even(y), ground).report.iterations as f64 / nodes as f64
}

#[test]
fn ties_keep_no_pivots_going_round() {
    assert!(pivots(whole(200, 2, 3.0, 1), whole(150, 2, 3.0, 2), Ground::SqEuclidean) < 1.0);
    assert!(pivots(whole(5000, 2, 5.0, 1), whole(4000, 2, 5.0, 2), Ground::Euclidean) < 1.0);
    for seed in 0..2 {
        assert!(pivots(normal(3000, 2, seed), normal(2200, 2, seed + 9), Ground::Cityblock) < 8.0);
    }
    for (d, ground) in [(10, Ground::SqEuclidean), (20, Ground::Euclidean)] {
        assert!(pivots(counts(2000, d, 2.0, 1), counts(1700, d, 2.0, 2), ground) < 12.0);
    }
    let unit = |mut points: Array2<f64>| {
        points.column_mut(0).mapv_inplace(|t| t * 1e9);
        points
    };
    assert!(pivots(unit(normal(1500, 3, 1)), unit(normal(1200, 3, 2)), Ground::SqEuclidean) < 50.0);
}

#[test]
fn costs_that_tie_are_read_all() {
    let tied = with_costs(whole(420, 390, 20.0, 1), &weights(420, 1, true), &weights(390, 2, false));
    let untied = with_costs(uniform(420, 390, 1), &weights(420, 1, true), &weights(390, 2, false));
    assert_eq!((&*tied.report.method, &*untied.report.method), (ALL, MANY));
    let (x, y) = (counts(420, 8, 2.0, 1), counts(390, 8, 2.0, 2));
    between(&even(x), &even(y), Ground::Chebyshev, ALL);
}

#[test]
fn few_pivots_on_whatever_ties() {
    for seed in 0..60 {
        let mut rng = stream(seed, 5);
        let (n, m, d) =
            (rng.random_range(60..500), rng.random_range(60..500), [1, 2, 2, 3, 5, 8, 20][seed as usize % 7]);
        let steps = f64::from(rng.random_range(1..8));
        let power = |seed: u64, k: usize| 10f64.powi(((seed * 31 + k as u64 * 17) % 19) as i32 - 9);
        let cloud = |n: usize, place: u64| match seed % 6 {
            0 => whole(n, d, 12.0, place) / steps,
            1 => counts(n, d, steps, place),
            2 => normal(n, d, place),
            3 => normal(n, d, place) * Array2::from_shape_fn((1, d), |(_, k)| power(seed, k)),
            4 => normal(40, d, seed)
                .select(Axis(0), &whole(n, 1, 40.0, place).mapv(|k| k as usize).into_raw_vec_and_offset().0),
            _ => {
                let mut points = normal(n, d, place);
                points[[0, 0]] = 1e3 * 10f64.powi(place as i32 % 7);
                points[[1, 0]] *= -1e6;
                points
            }
        };
        let (x, y) = (cloud(n, 2 * seed), cloud(m, 2 * seed + 1));
        let ground = if seed % 6 == 2 {
            [Ground::Cityblock, Ground::Chebyshev][seed as usize / 6 % 2]
        } else {
            Ground::ALL[seed as usize / 6 % 4]
        };
        let (a, b) = (weights(n, seed, seed % 5 == 0), weights(m, seed + 100, false));
        let (x, y) = if seed % 2 == 0 { (even(x), even(y)) } else { (weighted(x, a), weighted(y, b)) };
        let solution = optimum(&x, &y, ground);
        let each = solution.report.iterations as f64 / (n + m) as f64;
        assert!(each < 60.0, "seed {seed}, {d} dimensions: {each} pivots a point");
    }
}

#[test]
fn few_pivots_beside_enormous_costs() {
    for (n, m) in [(80, 60), (360, 650), (700, 500)] {
        for (enormous, seed) in [(1e3, 1), (1e12, 2)] {
            let costs = with_outliers(n, m, enormous, seed);
            let found = with_costs(costs, &weights(n, seed, false), &weights(m, seed + 1, false));
            let each = found.report.iterations as f64 / (n + m) as f64;
            assert!(each < 12.0, "{n} x {m}, {enormous:e}: {each} pivots a point");
            assert!(found.cost() < 1.0, "{}", found.cost());
        }
    }
    // the first row has one cheap arc, to a column that wants a half of what the row has
    for (n, m) in [(40, 30), (500, 400)] {
        let mut costs = with_outliers(n, m, 1e9, 3);
        costs.row_mut(0).fill(1e9);
        costs[[0, 0]] = 0.0;
        let (mut a, mut b) = (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m]);
        (a[0], a[1]) = (1.5 / n as f64, 0.5 / n as f64);
        (b[0], b[1]) = (0.75 / n as f64, 2.0 / m as f64 - 0.75 / n as f64);
        let found = with_costs(costs, &a, &b);
        let paid = 1e9 * 0.75 / n as f64;
        assert!((found.cost() - paid).abs() < 1.0, "{} for {paid}", found.cost());
    }
}
