//! Scores whose value is known.

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
    let at = |shift: f64| frechet::frechet(&pair(&law(&x + shift), &law(&y + shift)), Permutations::none()).unwrap();
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
        close(frechet::frechet(&pair(&x, &y), Permutations::none()).unwrap().value, fits, 2e-7);
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
    close(frechet::frechet(&pair(&law(x), &law(y)), Permutations::none()).unwrap().value, 0.5 + 2.0 + 1.0 - 2.0, 1e-14);
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
    let one = |seed| {
        Neighbours::new(&pair(&law(normal(200, 3, seed, 0)), &law(normal(200, 3, seed, 1))), 5, Permutations::none())
            .unwrap()
    };
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
