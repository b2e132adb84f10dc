//! Scores: closed forms, naive twins that anyone can check by eye, properties, and calibration of the uncertainties.
#![allow(clippy::float_cmp)]

use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::score::kernel::{Bandwidth, Kernel};
use fenchel::score::neighbours::{Neighbours, authenticity};
use fenchel::score::vendi::vendi;
use fenchel::score::{
    Metric, Pair, Permutations, Scorecard, classifier, energy, frechet, information, kernel, transport,
};
use ndarray::{Array1, Array2, ArrayView1, array, concatenate, s};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

fn normal(n: usize, d: usize, seed: u64, task: u64) -> Array2<f64> {
    let mut rng = stream(seed, task);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

fn law(points: Array2<f64>) -> Empirical {
    Empirical::new(points).unwrap()
}

fn pair<'a>(real: &'a Empirical, generated: &'a Empirical) -> Pair<'a> {
    Pair::new(real, generated).unwrap()
}

/// The MMD under the kernel that is the default.
fn mmd(pair: &Pair<'_>, test: Permutations) -> fenchel::Result<Estimate> {
    kernel::mmd(pair, &Kernel::default(), test)
}

fn distance(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    a.iter().zip(b).map(|(x, y)| (x - y) * (x - y)).sum::<f64>().sqrt()
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} is not {b}");
}

/// Mean of `k` over pairs of rows; with `skip` pairs of equal index are left out.
fn mean_over_pairs(
    x: &Array2<f64>,
    y: &Array2<f64>,
    skip: bool,
    k: &dyn Fn(ArrayView1<'_, f64>, ArrayView1<'_, f64>) -> f64,
) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for i in 0..x.nrows() {
        for j in 0..y.nrows() {
            if !(skip && i == j) {
                sum += k(x.row(i), y.row(j));
                count += 1.0;
            }
        }
    }
    sum / count
}

fn naive_energy(x: &Array2<f64>, y: &Array2<f64>) -> f64 {
    2.0 * mean_over_pairs(x, y, false, &distance)
        - mean_over_pairs(x, x, false, &distance)
        - mean_over_pairs(y, y, false, &distance)
}

fn naive_mmd(x: &Array2<f64>, y: &Array2<f64>, k: &dyn Fn(ArrayView1<'_, f64>, ArrayView1<'_, f64>) -> f64) -> f64 {
    mean_over_pairs(x, x, true, k) + mean_over_pairs(y, y, true, k) - 2.0 * mean_over_pairs(x, y, false, k)
}

fn cubic(a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>) -> f64 {
    (a.dot(&b) / a.len() as f64 + 1.0).powi(3)
}

/// Precision, recall, density, coverage by three loops.
fn naive_neighbours(x: &Array2<f64>, y: &Array2<f64>, k: usize) -> [f64; 4] {
    let radii = |a: &Array2<f64>| -> Vec<f64> {
        let radius = |i: usize| {
            let mut others: Vec<f64> =
                (0..a.nrows()).filter(|&j| j != i).map(|j| distance(a.row(i), a.row(j))).collect();
            others.sort_by(f64::total_cmp);
            others[k - 1]
        };
        (0..a.nrows()).map(radius).collect()
    };
    let (x_radii, y_radii) = (radii(x), radii(y));
    let inside = |i: usize, j: usize| distance(x.row(i), y.row(j)) < x_radii[i];
    let share = |hits: usize, of: usize| hits as f64 / of as f64;
    let (n, m) = (x.nrows(), y.nrows());
    let precise = (0..m).filter(|&j| (0..n).any(|i| inside(i, j))).count();
    let recalled = (0..n).filter(|&i| (0..m).any(|j| distance(x.row(i), y.row(j)) < y_radii[j])).count();
    let balls: usize = (0..m).map(|j| (0..n).filter(|&i| inside(i, j)).count()).sum();
    let covered = (0..n).filter(|&i| (0..m).any(|j| inside(i, j))).count();
    [share(precise, m), share(recalled, n), balls as f64 / (k * m) as f64, share(covered, n)]
}

fn values(n: &Neighbours) -> [f64; 4] {
    [n.precision().value, n.recall().value, n.density().value, n.coverage().value]
}

mod closed_forms {
    use super::*;

    #[test]
    fn frechet_of_commuting_covariances() {
        // |Δ|² + Σ (√a - √b)², turned by an orthogonal matrix
        let (c, s) = (0.6, 0.8);
        let turn = array![[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]];
        let turned = |v: &Array1<f64>| turn.dot(&Array2::from_diag(v)).dot(&turn.t());
        let (a, b) = (array![4.0, 1.0, 0.0], array![1.0, 9.0, 0.25]);
        let p = Gaussian::new(array![1.0, 0.0, 0.0], turned(&a)).unwrap();
        let q = Gaussian::new(array![0.0, 2.0, 0.0], turned(&b)).unwrap();
        close(frechet::between(&p, &q).unwrap(), 5.0 + 1.0 + 4.0 + 0.25, 1e-13);
        close(frechet::between(&q, &p).unwrap(), 10.25, 1e-13);
        assert_eq!(frechet::between(&p, &p).unwrap(), 0.0);
    }

    #[test]
    fn frechet_of_columns_far_from_zero_keeps_its_digits() {
        // small whole numbers and quarters: the shifted ones are exact
        let mut rng = stream(31, 0);
        let mut draw =
            |n: usize, most: i32| Array2::from_shape_simple_fn((n, 3), || f64::from(rng.random_range(0..most)) / 4.0);
        let (x, y) = (draw(300, 9), draw(280, 12));
        let at = |shift: f64| frechet::frechet(&pair(&law(&x + shift), &law(&y + shift))).unwrap();
        let near = at(0.0);
        for shift in [1e6, 1.6e9, 1e12, -3e13] {
            let far = at(shift);
            assert!((far.value - near.value).abs() < 1e-9 * near.value, "{shift}: {} {}", far.value, near.value);
            close(far.std_error.unwrap(), near.std_error.unwrap(), 1e-9);
        }
    }

    #[test]
    fn frechet_of_two_by_two_covariances_that_do_not_commute() {
        // for 2×2: tr (AB)^½ = √(tr AB + 2 √det AB)
        let (a, b) = (array![[2.0, 0.5], [0.5, 1.0]], array![[1.0, -0.7], [-0.7, 3.0]]);
        let det = |m: &Array2<f64>| m[[0, 0]] * m[[1, 1]] - m[[0, 1]] * m[[1, 0]];
        let root = (a.dot(&b).diag().sum() + 2.0 * (det(&a) * det(&b)).sqrt()).sqrt();
        let p = Gaussian::new(array![0.0, 0.0], a).unwrap();
        let q = Gaussian::new(array![0.0, 0.0], b).unwrap();
        close(frechet::between(&p, &q).unwrap(), 7.0 - 2.0 * root, 1e-13);
    }

    #[test]
    fn frechet_of_samples_is_that_of_their_fits_at_any_rank() {
        for (n, m, d) in [(50, 40, 3), (5, 9, 12), (5, 40, 12), (12, 13, 12), (2, 2, 30)] {
            let (x, y) = (law(normal(n, d, 1, 0)), law(normal(m, d, 1, 1) * 2.0 + 0.3));
            let fits = frechet::between(&Gaussian::fit(&x).unwrap(), &Gaussian::fit(&y).unwrap()).unwrap();
            // the fits go through the root of a covariance that may be singular: 1e-7, where the samples are exact
            close(frechet::frechet(&pair(&x, &y)).unwrap().value, fits, 2e-7);
        }
    }

    #[test]
    fn frechet_with_fewer_samples_than_columns_is_exact() {
        // two points each, along different directions: the covariances have rank one, tr (AB)^½ = |u·v|
        let mut x = Array2::zeros((2, 50));
        let mut y = Array2::zeros((2, 50));
        x[[1, 0]] = 2.0;
        y[[1, 0]] = 1.0;
        y[[1, 1]] = 1.0;
        // u = 2 e₀/√2, v = (e₀ + e₁)/√2, u·v = 1; means e₀ and (e₀ + e₁)/2
        close(frechet::frechet(&pair(&law(x), &law(y))).unwrap().value, 0.5 + 2.0 + 1.0 - 2.0, 1e-14);
    }

    #[test]
    fn energy_in_one_dimension_is_twice_the_squared_distance_of_the_distribution_functions() {
        let (x, y) = (normal(37, 1, 3, 0), normal(23, 1, 3, 1) + 0.4);
        let mut jumps: Vec<(f64, f64)> =
            x.iter().map(|&v| (v, 1.0 / 37.0)).chain(y.iter().map(|&v| (v, -1.0 / 23.0))).collect();
        jumps.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut f_minus_g, mut integral) = (0.0, 0.0);
        for pair in jumps.windows(2) {
            f_minus_g += pair[0].1;
            integral += 2.0 * f_minus_g * f_minus_g * (pair[1].0 - pair[0].0);
        }
        close(energy::energy(&pair(&law(x), &law(y)), Permutations::none()).unwrap().value, integral, 1e-13);
    }

    #[test]
    fn coverage_of_equal_laws() {
        let expected = 1.0 - (0..5).map(|l| (199.0 - f64::from(l)) / (399.0 - f64::from(l))).product::<f64>();
        let one =
            |seed| Neighbours::new(&pair(&law(normal(200, 3, seed, 0)), &law(normal(200, 3, seed, 1))), 5).unwrap();
        let mean = (0..40).map(|seed| one(seed).coverage().value).sum::<f64>() / 40.0;
        assert!((mean - expected).abs() < 0.006, "{mean} {expected}");
    }

    #[test]
    fn authenticity_of_fresh_samples_in_one_dimension_is_one_third() {
        let one = |seed| authenticity(&pair(&law(normal(400, 1, seed, 0)), &law(normal(400, 1, seed, 1)))).value;
        let mean = (0..20).map(one).sum::<f64>() / 20.0;
        assert!((mean - 1.0 / 3.0).abs() < 0.02, "{mean}");
    }

    #[test]
    fn authenticity_shares_out_ties_whatever_the_order_of_the_rows() {
        // 1 is as near to 0, which is 2 from its nearest, as to 2, which is 1/2 from its nearest
        for train in [array![[0.0], [2.0], [2.5]], array![[2.5], [2.0], [0.0]]] {
            let found = authenticity(&pair(&law(train), &law(array![[1.0], [1.0], [0.0], [9.0]])));
            assert_eq!(found.value, (0.5 + 0.5 + 0.0 + 1.0) / 4.0);
        }
    }

    #[test]
    fn authenticity_of_copies_is_zero() {
        let train = normal(60, 4, 5, 0);
        let copies = train.slice(s![10..40, ..]).to_owned();
        assert_eq!(authenticity(&pair(&law(train.clone()), &law(copies.clone()))).value, 0.0);
        assert!(authenticity(&pair(&law(train), &law(copies * 3.0))).value > 0.5);
    }
}

mod naive_twins {
    use super::*;

    #[test]
    fn energy_mmd_and_kid() {
        for (n, m, d, shift) in [(7, 5, 1, 0.0), (150, 140, 3, 0.5), (20, 31, 40, 0.1), (3, 200, 2, 1e6)] {
            let (x, y) = (normal(n, d, 7, 0) + shift, normal(m, d, 7, 1) * 1.3 + shift);
            let (a, b) = (law(x.clone()), law(y.clone()));
            close(energy::energy(&pair(&a, &b), Permutations::none()).unwrap().value, naive_energy(&x, &y), 1e-9);

            let pooled = concatenate![ndarray::Axis(0), x, y];
            let mut all: Vec<f64> = (0..n + m)
                .flat_map(|i| (0..i).map(move |j| (i, j)))
                .map(|(i, j)| distance(pooled.row(i), pooled.row(j)))
                .collect();
            all.sort_by(f64::total_cmp);
            let s = all[all.len() / 2];
            let gaussian = |a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>| {
                let r = distance(a, b) / s;
                (-0.5 * r * r).exp()
            };
            close(
                kernel::mmd(&pair(&a, &b), &Kernel::default(), Permutations::none()).unwrap().value,
                naive_mmd(&x, &y, &gaussian),
                1e-9,
            );
            let kid = kernel::kid(&pair(&a, &b), Permutations::none()).unwrap().value;
            let naive = naive_mmd(&x, &y, &cubic);
            let scale = mean_over_pairs(&x, &y, false, &cubic).abs();
            assert!((kid - naive).abs() <= 1e-12 * scale.max(1.0), "{kid} {naive}");
        }
    }

    #[test]
    fn mmd_under_kernels_that_are_given() {
        let (x, y) = (normal(40, 3, 21, 0), normal(33, 3, 21, 1) * 1.3 + 0.2);
        let widths = [0.3, 1.0, 4.0];
        let over = |of: &dyn Fn(f64) -> f64| widths.iter().map(|&s| of(s)).sum::<f64>() / 3.0;
        type Twin<'a> = (Kernel, &'a dyn Fn(ArrayView1<'_, f64>, ArrayView1<'_, f64>) -> f64);
        let twins: [Twin<'_>; 6] = [
            (Kernel::default().bandwidths(&[0.7]), &|a, b| (-0.5 * (distance(a, b) / 0.7).powi(2)).exp()),
            (Kernel::default().bandwidths(&widths), &|a, b| over(&|s| (-0.5 * (distance(a, b) / s).powi(2)).exp())),
            (Kernel::Laplace(Bandwidth::Given(widths.to_vec())), &|a, b| over(&|s| (-distance(a, b) / s).exp())),
            (Kernel::KID, &cubic),
            ("polynomial:2:0.5".parse().unwrap(), &|a, b| (a.dot(&b) / 3.0 + 0.5).powi(2)),
            (Kernel::Polynomial { degree: 4, divisor: Some(2.0), offset: 0.0 }, &|a, b| (a.dot(&b) / 2.0).powi(4)),
        ];
        for (kernel, naive) in twins {
            let at = |x: &Array2<f64>, y: &Array2<f64>, kernel: &Kernel| {
                kernel::mmd(&pair(&law(x.clone()), &law(y.clone())), kernel, Permutations::none()).unwrap()
            };
            let found = at(&x, &y, &kernel);
            close(found.value, naive_mmd(&x, &y, naive), 1e-12);
            // bandwidths are in the unit of the columns
            if let Kernel::Gaussian(Bandwidth::Given(all)) | Kernel::Laplace(Bandwidth::Given(all)) = &kernel {
                let scaled: Vec<f64> = all.iter().map(|s| s * 1e3).collect();
                close(at(&(&x * 1e3), &(&y * 1e3), &kernel.clone().bandwidths(&scaled)).value, found.value, 1e-12);
            }
            let card = Scorecard::new().metrics(&[Metric::Mmd]).kernel(kernel).permutations(0).baseline(false);
            assert_eq!(card.score(&law(x.clone()), &law(y.clone()), None).unwrap()[0], found);
        }
        let median = kernel::mmd(
            &pair(&law(x.clone()), &law(y.clone())),
            &Kernel::Laplace(Bandwidth::Median),
            Permutations::none(),
        );
        assert!(median.unwrap().parameters.contains("Laplace kernel, bandwidth "));
    }

    #[test]
    fn kernels_that_are_none() {
        let x = law(normal(5, 2, 1, 0));
        let refused = |kernel: &Kernel| kernel::mmd(&pair(&x, &x), kernel, Permutations::none()).is_err();
        for width in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(refused(&Kernel::default().bandwidths(&[1.0, width])), "{width}");
        }
        assert!(refused(&Kernel::default().bandwidths(&[])));
        assert!(refused(&Kernel::Polynomial { degree: 0, divisor: None, offset: 1.0 }));
        assert!(refused(&Kernel::Polynomial { degree: 2, divisor: Some(0.0), offset: 1.0 }));
        for name in ["rbf", "gaussian:2", "polynomial:x", "polynomial:2:-1", "polynomial:1:1:1"] {
            assert!(name.parse::<Kernel>().is_err(), "{name}");
        }
        for name in ["gaussian", "laplace", "polynomial:3:1", "polynomial:2:0.5"] {
            assert_eq!(name.parse::<Kernel>().unwrap().to_string(), name);
        }
    }

    #[test]
    fn jackknife_is_that_of_the_points_left_out_one_by_one() {
        let (x, y) = (normal(9, 2, 8, 0), normal(6, 2, 8, 1));
        let without = |a: &Array2<f64>, i: usize| {
            let rows: Vec<usize> = (0..a.nrows()).filter(|&j| j != i).collect();
            a.select(ndarray::Axis(0), &rows)
        };
        let spread = |values: Vec<f64>| {
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            (n - 1.0) / n * values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
        };
        type Twin<'a> = (Estimate, &'a dyn Fn(&Array2<f64>, &Array2<f64>) -> f64);
        let (a, b) = (law(x.clone()), law(y.clone()));
        let kid = |x: &Array2<f64>, y: &Array2<f64>| naive_mmd(x, y, &cubic);
        let twins: [Twin<'_>; 2] = [
            (energy::energy(&pair(&a, &b), Permutations::none()).unwrap(), &naive_energy),
            (kernel::kid(&pair(&a, &b), Permutations::none()).unwrap(), &kid),
        ];
        for (estimate, naive) in twins {
            let over_x = spread((0..9).map(|i| naive(&without(&x, i), &y)).collect());
            let over_y = spread((0..6).map(|j| naive(&x, &without(&y, j))).collect());
            close(estimate.std_error.unwrap(), (over_x + over_y).sqrt(), 1e-10);
        }
    }

    #[test]
    fn frechet_error_is_the_jackknife_up_to_its_second_order() {
        for (n, m, d) in [(60, 50, 3), (20, 25, 40)] {
            let (x, y) = (normal(n, d, 9, 0), normal(m, d, 9, 1) * 1.5 + 0.5);
            let fd =
                |x: &Array2<f64>, y: &Array2<f64>| frechet::frechet(&pair(&law(x.clone()), &law(y.clone()))).unwrap();
            let without = |a: &Array2<f64>, i: usize| {
                let rows: Vec<usize> = (0..a.nrows()).filter(|&j| j != i).collect();
                a.select(ndarray::Axis(0), &rows)
            };
            let spread = |values: Vec<f64>| {
                let n = values.len() as f64;
                let mean = values.iter().sum::<f64>() / n;
                (n - 1.0) / n * values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
            };
            let jackknife = (spread((0..n).map(|i| fd(&without(&x, i), &y).value).collect())
                + spread((0..m).map(|j| fd(&x, &without(&y, j)).value).collect()))
            .sqrt();
            let delta = fd(&x, &y).std_error.unwrap();
            assert!((delta / jackknife - 1.0).abs() < 0.15, "{delta} {jackknife}");
        }
    }

    #[test]
    fn permutation_p_value_of_a_tiny_sample_is_near_the_exact_one() {
        // 3 against 3: 20 relabellings, all different; the observed split and its mirror are the most extreme
        let (x, y) = (law(array![[0.0], [0.1], [0.3]]), law(array![[5.0], [5.4], [5.5]]));
        let p = energy::energy(&pair(&x, &y), Permutations::new(20_000, 3)).unwrap().p_value.unwrap();
        assert!((p - 0.1).abs() < 0.01, "{p}");
    }

    #[test]
    fn precision_recall_density_coverage() {
        for (n, m, d, k) in [(40, 30, 2, 3), (200, 150, 5, 5), (30, 140, 1, 1), (10, 10, 20, 9)] {
            let (x, y) = (normal(n, d, 11, 0), normal(m, d, 11, 1) * 0.9 + 0.2);
            let found = values(&Neighbours::new(&pair(&law(x.clone()), &law(y.clone())), k).unwrap());
            assert_eq!(found, naive_neighbours(&x, &y, k));
        }
    }

    #[test]
    fn ties_on_a_grid_are_exact_wherever_the_grid_lies() {
        let mut rng = stream(12, 0);
        let mut grid = |n| Array2::from_shape_simple_fn((n, 3), || f64::from(rng.random_range(0..4)));
        let (x, y) = (grid(160), grid(150));
        let expected = naive_neighbours(&x, &y, 5);
        for (scale, shift) in [(1.0, 0.0), (0.0625, 0.0), (1.0, 1e8), (1024.0, -3.0)] {
            let moved = |a: &Array2<f64>| law(a.mapv(|v| scale * v + shift));
            assert_eq!(
                values(&Neighbours::new(&pair(&moved(&x), &moved(&y)), 5).unwrap()),
                expected,
                "{scale} {shift}"
            );
        }
    }

    #[test]
    fn copies_of_the_point_that_sets_a_radius_are_outside() {
        // the radius of 0.1 is the distance to 0.4: a generated copy of 0.4 is at exactly that distance
        let real = law(array![[0.1, 1e3], [0.4, 1e3], [0.9, 1e3]]);
        let generated = law(array![[0.4, 1e3], [50.0, 1e3]]);
        let n = Neighbours::new(&pair(&real, &generated), 1).unwrap();
        // only the ball of 0.4 itself (radius 0.3) holds the copy; that of 0.9 (radius 0.5) ends at it
        assert_eq!(n.density().value, 0.5);
        assert_eq!(n.coverage().value, 1.0 / 3.0);
    }
}

mod properties {
    use super::*;

    fn cloud(n: std::ops::Range<usize>, d: usize) -> impl Strategy<Value = Array2<f64>> {
        n.prop_flat_map(move |n| {
            proptest::collection::vec(-5.0..5.0f64, n * d).prop_map(move |v| Array2::from_shape_vec((n, d), v).unwrap())
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn distances_are_symmetric_nonnegative_and_blind_to_a_common_shift(x in cloud(3..30, 3), y in cloud(3..30, 3)) {
            let (a, b) = (law(x.clone()), law(y.clone()));
            let (c, d) = (law(x + 2.5), law(y + 2.5));
            let fd = |a: &Empirical, b: &Empirical| frechet::frechet(&pair(a, b)).unwrap();
            let ed = |a: &Empirical, b: &Empirical| energy::energy(&pair(a, b), Permutations::none()).unwrap();
            let mmd = |a: &Empirical, b: &Empirical| kernel::mmd(&pair(a, b), &Kernel::default(), Permutations::none()).unwrap();
            for score in [&fd as &dyn Fn(&Empirical, &Empirical) -> Estimate, &ed, &mmd] {
                let (ab, ba, moved) = (score(&a, &b), score(&b, &a), score(&c, &d));
                close(ab.value, ba.value, 1e-9);
                close(ab.value, moved.value, 1e-9);
                // the influence of a null space is of the size of rounding's root
                close(ab.std_error.unwrap(), ba.std_error.unwrap(), 1e-4);
            }
            prop_assert!(fd(&a, &b).value >= 0.0 && ed(&a, &b).value >= 0.0);
            prop_assert_eq!(fd(&a, &a).value, 0.0);
            prop_assert_eq!(ed(&a, &a).value, 0.0);
        }

        #[test]
        fn nothing_is_ever_nan(x in cloud(2..12, 2), y in cloud(2..12, 2), e in -40..19i32) {
            // constant columns, duplicates, extreme scales
            let scale = 10f64.powi(e);
            let mut x = x.mapv(|v| v.round() * scale);
            x.column_mut(1).fill(scale);
            let (a, b) = (law(x), law(y.mapv(|v| v.round() * scale)));
            let enough = |m: &Metric| a.len().min(b.len()) >= m.rows() && *m != Metric::SinkhornDivergence;
            let metrics: Vec<Metric> = Metric::all().iter().copied().filter(enough).collect();
            let card = Scorecard::new().k(1).metrics(&metrics).permutations(3);
            for (metric, found) in card.score_with(&a, &b, Some(&a), |_| {}).unwrap() {
                // such data may have no density
                if metric == Metric::KlKnn && matches!(found.as_ref().map_err(|e| e.cause()), Err(Error::Unsupported { .. })) {
                    continue;
                }
                let e = found.unwrap();
                prop_assert!(e.value.is_finite(), "{}", e.name);
                prop_assert!(e.std_error.is_none_or(f64::is_finite), "{}", e.name);
                prop_assert!(e.interval.is_none_or(|(l, h)| l <= e.value && e.value <= h), "{}", e.name);
                prop_assert!(e.baseline.is_none_or(f64::is_finite), "{}", e.name);
            }
        }
    }

    #[test]
    fn scores_worsen_with_the_shift() {
        let (x, y) = (law(normal(100, 2, 13, 0)), normal(100, 2, 13, 1));
        let at =
            |shift: f64| Scorecard::new().permutations(0).baseline(false).score(&x, &law(&y + shift), None).unwrap();
        let path: Vec<Vec<Estimate>> = [0.0, 1.0, 2.0, 4.0].map(at).into_iter().collect();
        for (near, far) in path.iter().zip(&path[1..]) {
            for (a, b) in near.iter().zip(far) {
                let metric: Metric = a.name.parse().unwrap();
                if metric == Metric::Vendi {
                    // one sample's variety, wherever it lies
                    assert!((a.value - b.value).abs() < 1e-9 * a.value, "{} {}", a.value, b.value);
                    continue;
                }
                let worse = match metric.better() {
                    fenchel::score::Better::Lower => b.value > a.value,
                    fenchel::score::Better::Higher => b.value < a.value,
                };
                assert!(worse, "{metric}: {} {}", a.value, b.value);
            }
        }
    }

    #[test]
    fn same_seed_same_bits_for_one_and_two_threads() {
        let (x, y) = (law(normal(160, 4, 14, 0)), law(normal(140, 4, 14, 1)));
        let run = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| Scorecard::new().permutations(50).seed(9).score(&x, &y, Some(&x)).unwrap())
        };
        assert_eq!(run(1), run(2));
    }
}

mod calibration {
    use super::*;

    /// Mean standard error over the spread of the values, over seeds.
    fn ratio(runs: u64, one: impl Fn(u64) -> Estimate) -> f64 {
        let estimates: Vec<Estimate> = (0..runs).map(one).collect();
        let n = runs as f64;
        let mean = estimates.iter().map(|e| e.value).sum::<f64>() / n;
        let spread = (estimates.iter().map(|e| (e.value - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        estimates.iter().map(|e| e.std_error.unwrap()).sum::<f64>() / n / spread
    }

    fn drawn(seed: u64, n: usize, d: usize, shift: f64) -> (Empirical, Empirical) {
        (law(normal(n, d, seed, 0)), law(normal(n, d, seed, 1) * 1.2 + shift))
    }

    #[test]
    fn standard_errors_match_the_spread_over_seeds() {
        type Score = fn(&Empirical, &Empirical) -> Estimate;
        let scores: [(&str, Score, f64, f64); 15] = [
            ("frechet", |x, y| frechet::frechet(&pair(x, y)).unwrap(), 0.8, 1.25),
            ("energy", |x, y| energy::energy(&pair(x, y), Permutations::none()).unwrap(), 0.8, 1.25),
            ("mmd", |x, y| kernel::mmd(&pair(x, y), &Kernel::default(), Permutations::none()).unwrap(), 0.8, 1.25),
            ("kid", |x, y| kernel::kid(&pair(x, y), Permutations::none()).unwrap(), 0.7, 1.25),
            ("frechet_infinity", |x, y| frechet::infinity(&pair(x, y), 0).unwrap(), 0.75, 1.25),
            ("w1", |x, y| transport::w1(&pair(x, y), 0).unwrap(), 0.75, 1.25),
            ("w2", |x, y| transport::w2(&pair(x, y), 0).unwrap(), 0.75, 1.25),
            ("sliced_w2", |x, y| transport::sliced_w2(&pair(x, y), 0).unwrap(), 0.75, 1.35),
            ("c2st", |x, y| classifier::c2st(&pair(x, y), Permutations::none()).unwrap(), 0.75, 1.25),
            ("precision", |x, y| Neighbours::new(&pair(x, y), 5).unwrap().precision(), 0.8, 1.5),
            ("recall", |x, y| Neighbours::new(&pair(x, y), 5).unwrap().recall(), 0.8, 1.5),
            ("density", |x, y| Neighbours::new(&pair(x, y), 5).unwrap().density(), 0.8, 1.5),
            ("coverage", |x, y| Neighbours::new(&pair(x, y), 5).unwrap().coverage(), 0.8, 1.5),
            // given the real or the training sample, which is what their errors say
            ("vendi", |_, y| vendi(&pair(&law(normal(120, 3, 999, 0)), y), 0).unwrap(), 0.8, 1.25),
            ("authenticity", |_, y| authenticity(&pair(&law(normal(120, 3, 999, 0)), y)), 0.8, 1.25),
        ];
        for (name, score, low, high) in scores {
            let found = ratio(150, |seed| {
                let (x, y) = drawn(seed, 120, 3, 0.8);
                score(&x, &y)
            });
            eprintln!("{name}: {found:.3}");
            assert!((low..high).contains(&found), "{name}: {found}");
        }
    }

    #[test]
    fn p_values_are_uniform_where_the_laws_agree() {
        for score in [energy::energy, mmd, kernel::kid] {
            let mut p: Vec<f64> = (0..120)
                .map(|seed| {
                    let (x, y) = (law(normal(25, 2, seed, 0)), law(normal(20, 2, seed, 1)));
                    score(&pair(&x, &y), Permutations::new(99, seed)).unwrap().p_value.unwrap()
                })
                .collect();
            p.sort_by(f64::total_cmp);
            let far = p.iter().enumerate().map(|(i, p)| (p - (i as f64 + 0.5) / 120.0).abs()).fold(0.0, f64::max);
            // Kolmogorov-Smirnov at the 0.1 % level: 1.95/√120 = 0.178
            assert!(far < 0.178, "{far}");
        }
    }
}

mod scorecard {
    use super::*;

    #[test]
    fn the_bias_of_frechet_is_extrapolated_away() {
        let run = |seed| {
            let (x, y) = (law(normal(200, 8, seed, 0)), law(normal(200, 8, seed, 1)));
            (frechet::frechet(&pair(&x, &y)).unwrap().value, frechet::infinity(&pair(&x, &y), seed).unwrap().value)
        };
        let runs: Vec<(f64, f64)> = (0..30).map(run).collect();
        let mean = |of: &dyn Fn(&(f64, f64)) -> f64| runs.iter().map(of).sum::<f64>() / 30.0;
        let (plain, extrapolated) = (mean(&|r| r.0), mean(&|r| r.1));
        assert!(plain > 0.2 && extrapolated.abs() < 0.15 * plain, "{plain} {extrapolated}");
    }

    #[test]
    fn transport_beyond_its_limit_says_that_it_subsampled() {
        let rows = transport::EXACT_ROWS + 20;
        let (x, y) = (normal(rows, 2, 1, 0), law(normal(50, 2, 1, 1)));
        let line = law(x.slice(s![.., ..1]).to_owned());
        let whole = law(x.slice(s![..1500, ..]).to_owned());
        let estimate = transport::w1(&pair(&law(x), &y), 3).unwrap();
        let said = "mean of 3 subsamples of 10000 and 50 rows, seed 3, standard deviation";
        assert!(estimate.parameters.contains(said), "{}", estimate.parameters);
        // the rows that were used are the rows that are shown
        assert_eq!((estimate.n, estimate.m), (10_000, 50));
        let exact = transport::w1(&pair(&whole, &y), 3).unwrap();
        assert!((exact.n, exact.m) == (1500, 50) && !exact.parameters.contains("subsamples"));
        let solution = fenchel::transport::wasserstein(&whole, &y, fenchel::transport::Ground::Euclidean).unwrap();
        close(exact.value, solution.distance(), 1e-12);
        assert!((estimate.value - exact.value).abs() < 3.0 * exact.std_error.unwrap());
        let few = transport::sinkhorn_divergence(&pair(&whole, &y), 3).unwrap();
        assert_eq!((few.n, few.m), (fenchel::score::MOST_ROWS, 50));
        assert!(!transport::w1(&pair(&line, &law(normal(50, 1, 1, 1))), 3).unwrap().parameters.contains("subsamples"));
    }

    #[test]
    fn a_classifier_sees_only_differences() {
        let x = law(normal(200, 2, 4, 0));
        let at = |shift: f64| {
            classifier::c2st(&pair(&x, &law(normal(150, 2, 4, 1) + shift)), Permutations::new(200, 0)).unwrap()
        };
        assert!((at(0.0).value - 0.5).abs() < 0.12 && at(0.0).p_value.unwrap() > 0.02);
        assert!(at(3.0).value > 0.97 && at(3.0).p_value.unwrap() < 0.01);
        // total variation of two unit Gaussians at distance δ√2: erf(δ/2)
        let (bound, tv) = (2.0 * at(1.0).value - 1.0, 0.5205);
        assert!(bound < tv + 3.0 * 2.0 * at(1.0).std_error.unwrap() && bound > 0.3, "{bound}");
    }

    #[test]
    fn a_classifier_that_is_always_right_on_few_points_proves_little() {
        let (x, y) = (law(array![[0.0], [1.0], [2.0], [3.0]]), law(array![[90.0], [91.0], [92.0], [93.0]]));
        let estimate = classifier::c2st(&pair(&x, &y), Permutations::none()).unwrap();
        assert_eq!((estimate.value, estimate.std_error), (1.0, Some(0.0)));
        let (low, high) = estimate.interval.unwrap();
        // Wilson's interval of 4 in 4: 4/(4 + z²)
        close(low, 4.0 / (4.0 + 1.959_963_984_540_054_f64.powi(2)), 1e-12);
        assert_eq!(high, 1.0);
    }

    #[test]
    fn names_go_both_ways() {
        for &metric in Metric::all() {
            assert_eq!(metric.to_string().parse::<Metric>().unwrap(), metric);
        }
        assert!(matches!("fid".parse::<Metric>(), Err(Error::UnknownName { what: "metric", .. })));
    }

    #[test]
    fn every_estimate_carries_its_uncertainty_and_baseline() {
        let (x, y) = (law(normal(60, 3, 1, 0)), law(normal(50, 3, 1, 1) + 0.5));
        let mut seen = Vec::new();
        let scores = Scorecard::new().score_with(&x, &y, Some(&x), |m| seen.push(m)).unwrap();
        let scores: Vec<Estimate> = scores.into_iter().map(|(_, found)| found.unwrap()).collect();
        assert_eq!(seen, Metric::all());
        for (score, metric) in scores.iter().zip(Metric::all()) {
            assert_eq!(score.name, metric.name());
            assert_eq!((score.n, score.m, score.dimension), (60, 50, 3));
            assert!(score.baseline.is_some(), "{score:?}");
            if *metric == Metric::SinkhornDivergence {
                continue;
            }
            assert!(score.std_error.is_some(), "{score:?}");
            let (low, high) = score.interval.unwrap();
            assert!(low <= score.value && score.value <= high, "{score:?}");
            assert!(score.parameters.contains("baseline"), "{score:?}");
        }
    }

    #[test]
    fn bad_input_is_named() {
        let x = law(normal(10, 3, 1, 0));
        let wide = law(normal(10, 4, 1, 0));
        let single = law(normal(1, 3, 1, 0));
        let card = Scorecard::new().permutations(0);
        assert!(matches!(card.score(&x, &wide, None), Err(Error::SizeMismatch { left_size: 3, right_size: 4, .. })));
        assert!(matches!(card.score(&x, &single, None), Err(Error::TooFew { found: 1, needed: 2, .. })));
        assert!(matches!(card.score(&single, &x, None), Err(Error::TooFew { .. })));
        for k in [0, 10, 11, 1 << 62, usize::MAX] {
            let asked = card.clone().metrics(&[Metric::Precision]).k(k).score(&x, &x, None);
            assert!(matches!(asked, Err(Error::OutOfDomain { .. })), "{k}");
            assert!(matches!(information::kl_knn(&pair(&x, &x), k), Err(Error::OutOfDomain { .. })), "{k}");
        }
        for score in [energy::energy, mmd, kernel::kid, classifier::c2st] {
            for count in [1_000_001, 100_000_000_000, usize::MAX] {
                let refused = score(&pair(&x, &x), Permutations::new(count, 0));
                assert!(matches!(refused, Err(Error::OutOfDomain { .. })), "{count}");
            }
        }
        // unless they are asked for, scores of more neighbours than there are rows are left out
        let scores = card.clone().k(10).score(&x, &x, None).unwrap();
        assert!(scores.iter().any(|s| s.name == "energy") && scores.iter().all(|s| s.name != "precision"));
        let explicit = card.clone().metrics(&[Metric::Authenticity]).score(&x, &x, None);
        assert!(matches!(explicit, Err(Error::Unsupported { .. })));
        let weighted = Empirical::weighted(array![[0.0], [1.0]], vec![0.25, 0.75]).unwrap();
        assert!(matches!(card.score(&weighted, &weighted, None), Err(Error::Unsupported { .. })));
        let huge = law(array![[0.0], [1e200]]);
        assert!(matches!(card.clone().k(1).score(&huge, &huge, None), Err(Error::OutOfDomain { .. })));
        // small samples have no baseline of k neighbours, and that is no error
        let scores = card.k(5).score(&x, &x, None).unwrap();
        assert!(scores.iter().any(|s| s.baseline.is_none()) && scores.iter().any(|s| s.baseline.is_some()));
    }
}
