//! Scores against their definitions, summed up slowly.

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
    let median =
        kernel::mmd(&pair(&law(x.clone()), &law(y.clone())), &Kernel::Laplace(Bandwidth::Median), Permutations::none());
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
        let fd = |x: &Array2<f64>, y: &Array2<f64>| {
            frechet::frechet(&pair(&law(x.clone()), &law(y.clone())), Permutations::none()).unwrap()
        };
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
        let found = values(&Neighbours::new(&pair(&law(x.clone()), &law(y.clone())), k, Permutations::none()).unwrap());
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
            values(&Neighbours::new(&pair(&moved(&x), &moved(&y)), 5, Permutations::none()).unwrap()),
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
    let n = Neighbours::new(&pair(&real, &generated), 1, Permutations::none()).unwrap();
    // only the ball of 0.4 itself (radius 0.3) holds the copy; that of 0.9 (radius 0.5) ends at it
    assert_eq!(n.density().value, 0.5);
    assert_eq!(n.coverage().value, 1.0 / 3.0);
}
