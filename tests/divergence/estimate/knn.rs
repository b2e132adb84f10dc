//! Nearest neighbours: against all distances, ties and copies.

use super::*;

/// All distances from `row`, ascending.
fn distances(row: ndarray::ArrayView1<'_, f64>, points: &Empirical, skip: Option<usize>) -> Vec<f64> {
    let others = (0..points.len()).filter(|j| Some(*j) != skip);
    let mut all: Vec<f64> = others.map(|j| (&row - &points.point(j)).mapv(|t| t * t).sum().sqrt()).collect();
    all.sort_by(f64::total_cmp);
    all
}

/// The formula, row by row.
fn kl_by_hand(x: &Empirical, y: &Empirical, k: usize) -> f64 {
    let (n, m, d) = (x.len() as f64, y.len() as f64, x.dimension() as f64);
    let term = |i: usize| {
        let (own, other) = (distances(x.point(i), x, Some(i))[k - 1], distances(x.point(i), y, None)[k - 1]);
        d * (other / own).ln() + (m / (n - 1.0)).ln()
    };
    (0..x.len()).map(term).sum::<f64>() / n
}

fn adaptive_by_hand(x: &Empirical, y: &Empirical, k: usize) -> f64 {
    let (n, m) = (x.len() as f64, y.len() as f64);
    let term = |i: usize| {
        let (own, other) = (distances(x.point(i), x, Some(i)), distances(x.point(i), y, None));
        let radius = own[k - 1].max(other[k - 1]);
        let count = |all: &[f64]| all.iter().filter(|d| **d <= radius).count() as f64;
        digamma(count(&own)) - digamma(count(&other)) + (m / (n - 1.0)).ln()
    };
    (0..x.len()).map(term).sum::<f64>() / n
}

#[test]
fn is_the_formula_in_few_and_many_dimensions() {
    for (d, n, m) in [(1, 300, 260), (2, 90, 120), (4, 300, 280), (12, 150, 100)] {
        let (p, q) = laws(d);
        let (x, y) = (sample(&p, n, 1), sample(&q, m, 2));
        for k in [1, 3, 7] {
            // in many columns a plain value may be so far below zero that it is refused, and told
            let of = |knn: Knn, name: &str| match knn.estimate(&x, &y, kind(name)) {
                Ok(found) => (uncut(&found), 1e-9),
                Err(refused) => {
                    let message = refused.to_string();
                    let told = message.split("came out as ").nth(1).and_then(|rest| rest.split(' ').next());
                    (told.unwrap().parse().unwrap(), 1e-4)
                }
            };
            for (knn, name, want) in [
                (Knn::new().k(k), "kl", kl_by_hand(&x, &y, k)),
                (Knn::new().k(k), "reverse_kl", kl_by_hand(&y, &x, k)),
                (Knn::new().adaptive(k), "kl", adaptive_by_hand(&x, &y, k)),
            ] {
                let (got, tolerance) = of(knn, name);
                close(got, want, tolerance, name);
            }
        }
    }
}

#[test]
fn grids_are_refused_and_a_few_repeated_points_are_counted() {
    let mut rng = stream(5, 0);
    let mut grid = |n: usize, most: u32| {
        Empirical::new(Array2::from_shape_simple_fn((n, 2), || f64::from(rng.random_range(0..most)))).unwrap()
    };
    let (x, y) = (grid(600, 3), grid(500, 4));
    for name in ["kl", "jsd", "renyi:0.5", "reverse_kl"] {
        let refused = Knn::new().k(4).estimate(&x, &y, kind(name)).unwrap_err().to_string();
        assert!(refused.contains("600 of the 600 rows of x equal another row"), "{refused}");
    }
    // six copies of a row: more than there are neighbours to look at
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 600, 1), sample(&q, 500, 2));
    let mut points = x.points().to_owned();
    (1..6).for_each(|i| points.row_mut(i).assign(&x.point(0)));
    let copies = Empirical::new(points).unwrap();
    for name in ["kl", "jsd", "renyi:0.5", "reverse_kl"] {
        let of = |x: &Empirical| Knn::new().k(4).estimate(x, &y, kind(name)).unwrap();
        let (plain, repeated) = (of(&x), of(&copies));
        // around the rows of y nothing repeats
        assert!(name == "reverse_kl" || repeated.parameters.contains("6 distances of zero"), "{repeated:?}");
        assert!(repeated.warnings[0].starts_with("6 rows equal another row"), "{repeated:?}");
        close(repeated.value, plain.value, 0.1, name);
    }
}

#[test]
fn is_near_the_closed_form() {
    for (d, n) in [(1, 3000), (2, 3000)] {
        let (p, q) = laws(d);
        let (x, y) = (sample(&p, n, 1), sample(&q, n - 500, 2));
        let truths = [
            ("kl", gaussian::kl(&p, &q)),
            ("reverse_kl", gaussian::kl(&q, &p)),
            ("renyi:0.5", gaussian::renyi(&p, &q, 0.5)),
            ("hellinger2", gaussian::hellinger2(&p, &q)),
            ("alpha:0.3", gaussian::renyi(&p, &q, 0.3).map(|r| ((-0.7 * r).exp() - 1.0) / (0.3 * -0.7))),
            ("bhattacharyya", gaussian::bhattacharyya(&p, &q)),
        ];
        for (name, truth) in truths {
            within(&Knn::new().estimate(&x, &y, kind(name)).unwrap(), truth.unwrap(), 3.0);
        }
    }
    let (p, q) = laws(1);
    let (x, y) = (sample(&p, 3000, 1), sample(&q, 2500, 2));
    within(&Knn::new().estimate(&x, &y, kind("jsd")).unwrap(), gaussian::jsd(&p, &q).unwrap(), 3.0);
}

#[test]
fn jensen_shannon_of_separate_laws_is_its_greatest_value() {
    let (p, _) = laws(2);
    let (x, far) = (sample(&p, 200, 1), Empirical::new(&sample(&p, 200, 2).points() + 100.0).unwrap());
    for (name, most) in [("jsd", 2f64.ln()), ("js_weighted:0.4", -(0.4 * 0.4f64.ln() + 0.6 * 0.6f64.ln()))] {
        let jsd = Knn::new().k(5).estimate(&x, &far, kind(name)).unwrap();
        close(jsd.value, most, 1e-12, name);
    }
    let near = Knn::new().estimate(&x, &sample(&p, 200, 2), kind("jsd")).unwrap();
    assert!(near.value.abs() < 0.06, "{near:?}");
}

#[test]
fn does_not_change_with_the_order_of_rows_rotation_scale_or_threads() {
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 400, 1), sample(&q, 300, 2));
    let (c, s) = (0.6, 0.8);
    let turn = array![[c, s], [-s, c]] * 37.0;
    let turned = |e: &Empirical| Empirical::new(e.points().dot(&turn) - 3.0).unwrap();
    let reversed = |e: &Empirical| Empirical::new(e.points().slice(ndarray::s![..;-1, ..]).to_owned()).unwrap();
    for name in ["kl", "jsd", "hellinger2"] {
        let of = |x: &Empirical, y: &Empirical| Knn::new().estimate(x, y, kind(name)).unwrap();
        let plain = of(&x, &y);
        close(of(&turned(&x), &turned(&y)).value, plain.value, 1e-9, name);
        close(of(&reversed(&x), &reversed(&y)).value, plain.value, 1e-12, name);
        let pool = |threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        assert_eq!(pool(1).install(|| of(&x, &y)), pool(2).install(|| of(&x, &y)));
    }
}

#[test]
fn names_what_is_wrong_with_its_input() {
    let (p, _) = laws(2);
    let (x, y) = (sample(&p, 30, 1), sample(&p, 10, 2));
    let of = |knn: Knn, name: &str| knn.estimate(&x, &y, kind(name));
    assert!(matches!(of(Knn::new().k(0), "kl"), Err(Error::OutOfDomain { .. })));
    assert!(of(Knn::new().k(9), "kl").is_ok());
    assert!(matches!(of(Knn::new().k(10), "kl"), Err(Error::OutOfDomain { .. })));
    assert!(matches!(of(Knn::new(), "kl"), Err(Error::OutOfDomain { .. }))); // needs 20
    assert!(of(Knn::new().k(3), "pearson").is_ok());
    assert!(matches!(of(Knn::new().k(1), "pearson"), Err(Error::OutOfDomain { .. })));
    assert!(matches!(of(Knn::new().k(3), "tv"), Err(Error::Unsupported { .. })));
    let one = Empirical::new(array![[0.0, 1.0]]).unwrap();
    assert!(matches!(Knn::new().k(1).estimate(&one, &y, kind("kl")), Err(Error::TooFew { .. })));
}
