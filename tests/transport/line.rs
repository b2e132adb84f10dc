//! Transport on the line, on the circle and along directions: against exact values, the general solver and the properties
//! that each must have.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::check::{check_optimal, costs};
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Ground, MaxSliced, Problem, Sliced, circle, line};
use fenchel::{Error, linalg};
use ndarray::{Array1, Array2, Axis, array};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use std::f64::consts::{PI, TAU};

fn normal(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 0);
    (0..n).map(|_| StandardNormal.sample(&mut rng)).collect()
}

fn cloud(n: usize, d: usize, seed: u64) -> Empirical {
    Empirical::new(Array2::from_shape_vec((n, d), normal(n * d, seed)).unwrap()).unwrap()
}

/// Positive, and some of them zero where `n` is more than one.
fn weights(n: usize, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    let mut w: Vec<f64> = (0..n).map(|k| if k % 5 == 1 { 0.0 } else { rng.random::<f64>() + 0.05 }).collect();
    let total: f64 = w.iter().sum();
    w.iter_mut().for_each(|w| *w /= total);
    w
}

// ------------------------------------------------------------------------------------------------------- the distance

#[test]
fn the_quick_distance_is_the_cost_of_the_plan() {
    for seed in 0..12u64 {
        let (n, m) = (1 + 5 * seed as usize, if seed % 3 == 0 { 1 + 5 * seed as usize } else { 40 - seed as usize });
        let round = |x: Vec<f64>| if seed % 2 == 0 { x } else { x.iter().map(|t| (2.0 * t).round()).collect() };
        let (x, y) = (round(normal(n, seed)), round(normal(m, seed + 50)));
        let (a, b) = (weights(n, seed), weights(m, seed + 1));
        for (a, b) in [(None, None), (Some(&a[..]), Some(&b[..])), (Some(&a[..]), None), (None, Some(&b[..]))] {
            for p in [1.0, 1.5, 2.0, 3.0] {
                let plan = line::wasserstein(&x, a, &y, b, p).unwrap();
                let quick = line::distance(&x, a, &y, b, p).unwrap();
                let c = Array2::from_shape_fn((n, m), |(i, j)| (x[i] - y[j]).abs().powf(p));
                let uniform = |n: usize| vec![1.0 / n as f64; n];
                let (a, b) =
                    (a.map_or_else(|| uniform(n), <[f64]>::to_vec), b.map_or_else(|| uniform(m), <[f64]>::to_vec));
                check_optimal(&c, &a, &b, &plan);
                assert!((quick.value - plan.distance()).abs() <= 1e-13 * (1.0 + plan.distance()), "seed {seed}, p {p}");
                assert!(quick.gap() <= 1e-12 * (1.0 + quick.value), "seed {seed}, p {p}: {quick:?}");
            }
        }
    }
}

/// Long enough to be sorted by buckets: against the definition by quantiles.
#[test]
fn many_points_agree_with_the_integral_of_quantiles() {
    let (n, m) = (12_000, 8_000);
    let (x, y) = (normal(n, 3), normal(m, 4).iter().map(|t| 0.5 + 2.0 * t).collect::<Vec<_>>());
    let (p, q) = (line::Quantile::of(&x, None).unwrap(), line::Quantile::of(&y, None).unwrap());
    // both staircases are constant on each 24,000th
    let levels = (0..24_000).map(|k| (f64::from(k) + 0.5) / 24_000.0);
    let apart: Vec<f64> = levels.map(|u| (p.at(u) - q.at(u)).abs()).collect();
    for order in [1.0, 2.0, 2.5] {
        let expected = (apart.iter().map(|t| t.powf(order)).sum::<f64>() / 24_000.0).powf(1.0 / order);
        let found = line::distance(&x, None, &y, None, order).unwrap();
        assert!((found.value - expected).abs() < 1e-12 * expected, "{found:?} {expected}");
        assert!(found.gap() < 1e-12 * expected, "{found:?}");
        let plan = line::wasserstein(&x, None, &y, None, order).unwrap();
        assert!((plan.distance() - expected).abs() < 1e-12 * expected);
        assert_eq!(plan.report.status, Status::Converged);
    }
}

#[test]
fn distances_that_are_known() {
    let found = |x: &[f64], y: &[f64], p| line::distance(x, None, y, None, p).unwrap();
    assert_eq!(found(&[2.0], &[5.0], 3.0).value, 3.0);
    assert_eq!(found(&[0.0, 1.0, 3.0], &[5.0, 6.0, 8.0], 1.0).value, 5.0); // SciPy's example
    assert_eq!(found(&[1.0, 2.0, 3.0], &[3.0, 1.0, 2.0], 2.0).value, 0.0);
    // one point against two: (1/2)(1 + 9)
    assert!((found(&[0.0], &[1.0, 3.0], 2.0).value - 5f64.sqrt()).abs() < 1e-15);
    let (x, v) = ([3.4, 3.9, 7.5, 7.8], [4.5, 1.4]);
    let (a, b) = ([1.4, 0.9, 3.1, 7.2], [3.2, 3.5]);
    let share = |w: &[f64]| w.iter().map(|t| t / w.iter().sum::<f64>()).collect::<Vec<_>>();
    let weighted = line::distance(&x, Some(&share(&a)), &v, Some(&share(&b)), 1.0).unwrap();
    assert!((weighted.value - 4.078_133_143_804_786).abs() < 1e-14); // SciPy's example
}

#[test]
fn quantiles_invert_the_distribution_function() {
    let (x, a) = (normal(300, 8).iter().map(|t| (4.0 * t).round()).collect::<Vec<_>>(), weights(300, 2));
    let law = line::Quantile::of(&x, Some(&a)).unwrap();
    assert!(law.points().windows(2).all(|t| t[0] < t[1]) && law.levels().windows(2).all(|u| u[0] < u[1]));
    assert_eq!(*law.levels().last().unwrap(), 1.0);
    for k in 0..=1000 {
        let u = f64::from(k) / 1000.0;
        let t = law.at(u);
        assert!(law.cdf(t) >= u && (t == law.points()[0] || law.cdf(t - 1e-9) < u), "u = {u}");
    }
    for (point, level) in law.points().iter().zip(law.levels()) {
        let below: f64 = x.iter().zip(&a).filter(|(t, _)| *t <= point).map(|(_, w)| w).sum();
        assert!((below - level).abs() < 1e-14);
    }
    assert_eq!((law.at(-1.0), law.at(2.0)), (law.points()[0], law.points()[law.points().len() - 1]));
    assert!(matches!(line::Quantile::of(&[], None), Err(Error::TooFew { .. })));
    assert!(matches!(line::Quantile::of(&[1.0], Some(&[0.0])), Err(Error::OutOfDomain { .. })));
    assert!(matches!(line::Quantile::of(&[1.0, f64::NAN], None), Err(Error::NotFinite { .. })));
}

// --------------------------------------------------------------------------------------------------------- the circle

/// Costs along the circle, from the definition: the least over all turns.
fn circular(x: &[f64], y: &[f64], circumference: f64, p: f64) -> Array2<f64> {
    Array2::from_shape_fn((x.len(), y.len()), |(i, j)| {
        let apart = (x[i] - y[j]).rem_euclid(circumference);
        apart.min(circumference - apart).abs().powf(p)
    })
}

#[test]
fn the_circle_agrees_with_the_general_solver() {
    for seed in 0..60u64 {
        let mut rng = stream(seed, 9);
        let (n, m) = (rng.random_range(1..14), rng.random_range(1..14));
        let circumference = [1.0, std::f64::consts::TAU, 12.0][seed as usize % 3];
        let mut points = |n: usize| -> Vec<f64> {
            let t = (0..n).map(|_| rng.random::<f64>());
            // on a third of the problems on a clock face, where there are ties everywhere
            if seed % 3 == 2 { t.map(|t| (12.0 * t).floor()).collect() } else { t.map(|t| t * circumference).collect() }
        };
        let (x, y) = (points(n), points(m));
        let (a, b) = if seed % 2 == 0 {
            (vec![1.0 / n as f64; n], vec![1.0 / m as f64; m])
        } else {
            (weights(n, seed), weights(m, seed + 7))
        };
        for p in [1.0, 1.5, 2.0, 4.0] {
            let c = circular(&x, &y, circumference, p);
            let found = circle::wasserstein(&x, Some(&a), &y, Some(&b), circumference, p).unwrap();
            check_optimal(&c, &a, &b, &found);
            let general =
                Exact::new().solve(&Problem::with_cost(c, Some(a.clone()), Some(b.clone())).unwrap()).unwrap();
            assert!((found.cost() - general.cost()).abs() < 1e-12 * (1.0 + general.cost()), "seed {seed}, p {p}");
        }
    }
}

/// For p = 1: `∫ |F_p - F_q - m|` with the median `m`.
#[test]
fn the_circle_agrees_with_the_median_of_the_distribution_functions() {
    for seed in 0..20 {
        let mut rng = stream(seed, 3);
        let (x, y): (Vec<f64>, Vec<f64>) =
            ((0..40).map(|_| rng.random()).collect(), (0..25).map(|_| rng.random()).collect());
        let mut knots: Vec<f64> = x.iter().chain(&y).copied().chain([0.0, 1.0]).collect();
        knots.sort_by(f64::total_cmp);
        let cdf = |points: &[f64], t: f64| points.iter().filter(|p| **p <= t).count() as f64 / points.len() as f64;
        let pieces: Vec<(f64, f64)> = knots.windows(2).map(|k| (cdf(&x, k[0]) - cdf(&y, k[0]), k[1] - k[0])).collect();
        let mut ascending = pieces.clone();
        ascending.sort_by(|a, b| a.0.total_cmp(&b.0));
        let mut passed = 0.0;
        let median = ascending
            .iter()
            .find(|piece| {
                passed += piece.1;
                passed >= 0.5
            })
            .unwrap()
            .0;
        let expected: f64 = pieces.iter().map(|(height, width)| width * (height - median).abs()).sum();
        let found = circle::wasserstein(&x, None, &y, None, 1.0, 1.0).unwrap();
        assert!((found.cost() - expected).abs() < 1e-14, "{} {expected}", found.cost());
        assert!(found.report.gap() < 1e-14);
    }
}

#[test]
fn circles_that_are_known() {
    let found = |x: &[f64], y: &[f64], p| circle::wasserstein(x, None, y, None, 1.0, p).unwrap();
    // nine tenths of a turn is one tenth
    assert_eq!(found(&[0.0], &[0.9], 1.0).cost(), 1.0 - 0.9);
    assert_eq!(found(&[0.2, 0.5], &[0.5, 0.2], 2.0).cost(), 0.0);
    // points close together, turned by 0.3: each moves by that; whole turns and signs do not matter
    let x: Vec<f64> = (0..100).map(|k| (f64::from(k * k % 1009)) / 20_180.0).collect();
    let y: Vec<f64> = x.iter().map(|t| t + 0.3 - 4.0).collect();
    assert!((found(&x, &y, 2.0).distance() - 0.3).abs() < 1e-12);
    // the same law in another order, and in another turn
    let back: Vec<f64> = x.iter().rev().copied().collect();
    let same = found(&x, &back, 2.5);
    assert_eq!((same.cost(), same.report.dual, same.report.status), (0.0, 0.0, Status::Converged));
    // equally spaced points turned by half a step
    let step = |shift: f64| (0..50).map(|k| (f64::from(k) + shift) / 50.0).collect::<Vec<_>>();
    assert!((found(&step(0.0), &step(0.5), 1.0).cost() - 0.01).abs() < 1e-15);
    // uniform against a point: W1 = 1/4, W2² = 1/12, up to the grid
    assert!((found(&step(0.5), &[0.0], 1.0).cost() - 0.25).abs() < 1e-15);
    assert!((found(&step(0.5), &[0.0], 2.0).cost() - (1.0 / 12.0 - 1.0 / (12.0 * 2500.0))).abs() < 1e-15);
    for circumference in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = circle::wasserstein(&[0.0], None, &[0.5], None, circumference, 1.0);
        assert!(matches!(refused, Err(Error::OutOfDomain { .. })));
    }
    assert!(matches!(circle::wasserstein(&[], None, &[0.5], None, 1.0, 1.0), Err(Error::TooFew { .. })));
    assert!(matches!(circle::wasserstein(&[0.0], None, &[0.5], None, 1.0, 0.9), Err(Error::OutOfDomain { .. })));
}

// --------------------------------------------------------------------------------------------------------- directions

#[test]
fn the_best_direction_of_the_plane_is_found_and_bounded() {
    for seed in 0..6 {
        let x = cloud(30, 2, seed);
        let stretch = array![[1.0, 0.4 * seed as f64], [-0.3, 1.5]];
        let y = Empirical::new(cloud(20, 2, seed + 20).points().dot(&stretch) + &array![0.3, -0.1]).unwrap();
        for p in [1.0, 2.0, 3.0] {
            let found = MaxSliced::new(8).seed(1).solve(&x, &y, p).unwrap();
            assert!((found.direction.dot(&found.direction) - 1.0).abs() < 1e-14);
            let along = |theta: &Array1<f64>| {
                let on = |law: &Empirical| law.points().dot(theta).to_vec();
                line::distance(&on(&x), None, &on(&y), None, p).unwrap().value
            };
            assert!((along(&found.direction) - found.distance).abs() < 1e-12 * found.distance, "not attained");
            let best = (0..3000)
                .map(|k| f64::from(k) * std::f64::consts::PI / 3000.0)
                .map(|t| along(&array![t.cos(), t.sin()]))
                .fold(0.0, f64::max);
            assert!(found.distance >= best - 1e-9, "seed {seed}, p {p}: {} < {best}", found.distance);
            assert!(found.upper >= best && found.upper >= found.distance);
            // the general bound of all slices, and that of the mean of slices
            let c = costs(x.points(), y.points(), Ground::Euclidean).mapv(|c| c.powf(p));
            let whole = Exact::new().solve(&Problem::with_cost(c, None, None).unwrap()).unwrap().cost().powf(1.0 / p);
            assert!(found.distance <= whole * (1.0 + 1e-12));
            assert!(Sliced::new(50).solve(&x, &y, p).unwrap().value <= found.distance);
        }
    }
}

#[test]
fn known_directions() {
    // a translation is seen whole along itself, and nothing is better
    let x = cloud(50, 5, 1);
    let t = array![1.0, -2.0, 0.0, 2.0, 4.0];
    let y = Empirical::new(&x.points() + &t).unwrap();
    for p in [1.0, 2.0, 5.0] {
        let found = MaxSliced::new(2).solve(&x, &y, p).unwrap();
        assert!((found.distance - 5.0).abs() < 1e-12 && (found.upper - 5.0).abs() < 1e-9, "{found:?}");
        assert!((found.direction.dot(&t) - 5.0).abs() < 1e-9);
    }
    // one coordinate is stretched: the others say nothing, and the covariances suggest the direction
    let mut stretched = x.points().to_owned();
    stretched.column_mut(3).mapv_inplace(|t| 9.0 * t);
    let found = MaxSliced::new(0).solve(&x, &Empirical::new(stretched).unwrap(), 2.0).unwrap();
    assert!(found.direction[3] > 0.99, "{found:?}");
    let zero = MaxSliced::new(3).solve(&x, &x, 2.0).unwrap();
    assert!(zero.distance == 0.0 && zero.upper < 1e-12, "{zero:?}");
    let one_dimension = MaxSliced::new(0).solve(&cloud(9, 1, 1), &cloud(9, 1, 2), 1.0).unwrap();
    assert_eq!(one_dimension.direction, array![1.0]);
    assert!(matches!(MaxSliced::new(3).solve(&x, &cloud(4, 2, 1), 2.0), Err(Error::SizeMismatch { .. })));
    assert!(matches!(MaxSliced::new(3).solve(&x, &x, 0.5), Err(Error::OutOfDomain { .. })));
}

#[test]
fn slices_are_the_same_for_any_number_of_threads() {
    let (x, y) =
        (cloud(200, 6, 1), Empirical::weighted(cloud(150, 6, 2).points().to_owned(), weights(150, 3)).unwrap());
    let run = |threads| {
        let pool = rayon_pool(threads);
        pool.install(|| {
            let mean = Sliced::new(70).seed(5).solve(&x, &y, 2.0).unwrap();
            let most = MaxSliced::new(5).seed(5).solve(&x, &y, 1.0).unwrap();
            (mean.value.to_bits(), most.distance.to_bits(), most.direction.mapv(f64::to_bits))
        })
    };
    assert_eq!(run(1), run(2));
    // another seed starts elsewhere; a law and its reflection have the same moments, which suggest nothing
    let x = cloud(40, 6, 3);
    let y = Empirical::new(x.points().mean_axis(Axis(0)).unwrap() * 2.0 - x.points()).unwrap();
    let climbed = |seed| MaxSliced::new(1).seed(seed).solve(&x, &y, 1.0).unwrap().direction;
    assert!((1..20).any(|seed| climbed(seed) != climbed(0)));
}

/// Clusters around the place where the circle is cut, which is not special.
#[test]
fn a_cluster_around_the_cut_keeps_its_digits() {
    for p in [1.0, 2.0] {
        let found = circle::wasserstein(&[-1e-10], None, &[2e-10], None, TAU, p).unwrap();
        assert_eq!(found.report.status, Status::Converged, "{:?}", found.report);
        assert!((found.distance() - 3e-10).abs() < 1e-24, "{:e}", found.distance());
        let (x, y): (Vec<f64>, Vec<f64>) =
            ((0..9).map(|i| 1e-10 * (f64::from(i) - 4.2)).collect(), vec![3e-11, -5e-11]);
        for turns in [0.0, 1.0, -3.0] {
            let turned: Vec<f64> = y.iter().map(|y| y + 1024.0 * turns).collect();
            let on_line = line::wasserstein(&x, None, &y, None, p).unwrap();
            let found = circle::wasserstein(&x, None, &turned, None, 1024.0, p).unwrap();
            assert_eq!(found.report.status, Status::Converged, "{:?}", found.report);
            let digits = if turns == 0.0 { 1e-12 } else { 1e-2 };
            assert!((found.distance() - on_line.distance()).abs() < digits * on_line.distance());
        }
    }
    // on the far side, half a turn from where the numbers are small
    for (x, y) in [(PI - 1e-3, PI + 2e-3), (-PI, PI), (3.0 * PI, -PI + 1e-3)] {
        let found = circle::wasserstein(&[x, 0.1], None, &[y, 0.2], None, TAU, 1.0).unwrap();
        assert_eq!(found.report.status, Status::Converged, "{:?}", found.report);
        assert!(found.distance() < 0.06);
    }
}

#[test]
fn an_area_that_overflows_is_an_error() {
    let far = [-1.5e308, 1.5e308];
    assert!(matches!(line::area(&far, None, &far, None), Err(Error::OutOfDomain { .. })));
    assert!(matches!(line::witness(&far, None, &far, None), Err(Error::OutOfDomain { .. })));
    assert!((line::area(&far, None, &[0.0], None).unwrap() / 1.5e308 - 1.0).abs() < 1e-15);
}

/// Masses are whole numbers of a small unit, and so many costs may overflow where one does not.
#[test]
fn a_sum_of_costs_that_overflows_is_no_infinite_distance() {
    let (half, uneven) = ([0.5, 0.5], [0.3, 0.7]);
    for (scale, p) in [(1e300, 1.0), (1e150, 2.0)] {
        let found = line::distance(&[0.0, 1.0], Some(&half), &[scale, 2.0 * scale], Some(&uneven), p);
        match found {
            Ok(found) => assert!(found.value.is_finite() && found.dual.is_finite(), "{found:?}"),
            Err(error) => assert!(error.to_string().contains("rescale"), "{error}"),
        }
    }
    let within = line::distance(&[0.0, 1.0], Some(&half), &[1e120, 2e120], Some(&uneven), 2.0).unwrap();
    assert!(within.value.is_finite() && within.gap() <= 1e-12 * within.value);
}

fn rayon_pool(threads: usize) -> rayon::ThreadPool {
    rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap()
}

// --------------------------------------------------------------------------------------------------------- properties

fn law() -> impl Strategy<Value = (Vec<f64>, Vec<f64>)> {
    proptest::collection::vec((-6i8..7, 0u8..4), 1..12).prop_map(|entries| {
        let points = entries.iter().map(|e| f64::from(e.0) / 2.0).collect();
        let mut masses: Vec<f64> = entries.iter().map(|e| f64::from(e.1)).collect();
        masses[0] += 1.0;
        let total: f64 = masses.iter().sum();
        masses.iter_mut().for_each(|w| *w /= total);
        (points, masses)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn distances_on_line_and_circle_are_metrics(x in law(), y in law(), z in law(), p in 1.0f64..4.0) {
        let on_line = |x: &(Vec<f64>, Vec<f64>), y: &(Vec<f64>, Vec<f64>)| {
            line::distance(&x.0, Some(&x.1), &y.0, Some(&y.1), p).unwrap().value
        };
        let on_circle = |x: &(Vec<f64>, Vec<f64>), y: &(Vec<f64>, Vec<f64>)| {
            let found = circle::wasserstein(&x.0, Some(&x.1), &y.0, Some(&y.1), 5.0, p).unwrap();
            // laws that are equal but for the rounding of their masses cost less than it, which no gap is proven beside
            let of_masses = 4.0 * f64::EPSILON * 2.5f64.powf(p);
            assert!(found.report.status == Status::Converged || found.report.primal <= of_masses, "{:?}", found.report);
            found.distance()
        };
        for d in [&on_line as &dyn Fn(&_, &_) -> f64, &on_circle] {
            prop_assert!((d(&x, &y) - d(&y, &x)).abs() < 1e-7);
            prop_assert!(d(&x, &z) <= d(&x, &y) + d(&y, &z) + 1e-7);
            prop_assert!(d(&x, &x) < 1e-7);
        }
        prop_assert!(on_circle(&x, &y) <= on_line(&x, &y) + 1e-7);
        // W_p grows with p
        let higher = line::distance(&x.0, Some(&x.1), &y.0, Some(&y.1), p + 1.0).unwrap().value;
        prop_assert!(on_line(&x, &y) <= higher * (1.0 + 1e-9) + 1e-9);
    }

    #[test]
    fn scaling_translation_and_turning(x in law(), y in law(), p in 1.0f64..3.0, s in 0.1f64..9.0, t in -5.0f64..5.0) {
        let map = |x: &[f64]| x.iter().map(|x| s * x + t).collect::<Vec<_>>();
        let (a, b) = (Some(&x.1[..]), Some(&y.1[..]));
        let plain = line::distance(&x.0, a, &y.0, b, p).unwrap().value;
        let moved = line::distance(&map(&x.0), a, &map(&y.0), b, p).unwrap().value;
        prop_assert!((moved - s * plain).abs() < 1e-7 * (1.0 + moved));
        let plain = circle::wasserstein(&x.0, a, &y.0, b, 5.0, p).unwrap().distance();
        let moved = circle::wasserstein(&map(&x.0), a, &map(&y.0), b, 5.0 * s, p).unwrap().distance();
        prop_assert!((moved - s * plain).abs() < 1e-7 * (1.0 + moved));
    }
}

/// Keeps the moments honest that the starts of the search use.
#[test]
fn a_law_with_equal_means_is_told_apart_by_its_covariance() {
    let x = cloud(400, 3, 5);
    let y = Empirical::new(&x.points() * &array![1.0, 2.0, 1.0]).unwrap();
    let found = MaxSliced::new(0).solve(&x, &y, 2.0).unwrap();
    let difference = linalg::gram(y.points()) - linalg::gram(x.points());
    assert!(difference[[1, 1]] > 100.0 && found.direction[1].abs() > 0.99);
}
