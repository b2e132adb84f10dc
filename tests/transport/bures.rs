//! Maps and barycenters of Gaussian laws: closed forms, an independent minimisation, samples, and properties.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use fenchel::Error;
use fenchel::certificate::Status;
use fenchel::linalg::{eigh, matmul};
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::score::{Pair, Permutations, frechet};
use fenchel::transport::{Ground, gaussian, wasserstein};
use ndarray::{Array1, Array2, array};
use rand_distr::{Distribution, StandardNormal};

fn normal(n: usize, d: usize, seed: u64) -> Array2<f64> {
    let mut rng = stream(seed, 0);
    Array2::from_shape_simple_fn((n, d), || StandardNormal.sample(&mut rng))
}

/// A random law whose covariance has this rank.
fn law(d: usize, rank: usize, seed: u64) -> Gaussian {
    let root = normal(d, rank, seed);
    Gaussian::new(normal(d, 1, seed + 1000).column(0).to_owned(), matmul(root.view(), root.t())).unwrap()
}

fn objective(laws: &[Gaussian], weights: &[f64], at: &Gaussian) -> f64 {
    laws.iter().zip(weights).map(|(law, w)| w * gaussian::squared_distance(at, law).unwrap().value).sum()
}

#[test]
fn the_map_carries_one_law_to_the_other_at_the_cost_of_the_distance() {
    for (d, seed) in [(1, 0), (2, 1), (5, 2), (12, 3)] {
        let (p, q) = (law(d, d + 2, seed), law(d, d + 1, seed + 20));
        let map = gaussian::map(&p, &q).unwrap();
        assert!(map.residual < 1e-10, "{}", map.residual);
        assert!((&map.linear - &map.linear.t()).iter().all(|t| t.abs() < 1e-10));
        assert!(eigh(map.linear.view()).unwrap().values[0] > 0.0);
        // E |x - T x|² = |m - n|² + tr (I - A) Σ (I - A)
        let rest = Array2::<f64>::eye(d) - &map.linear;
        let spread = matmul(matmul(rest.view(), p.cov()).view(), rest.view()).diag().sum();
        let work = (&p.mean() - &q.mean()).mapv(|t| t * t).sum() + spread;
        let distance = gaussian::squared_distance(&p, &q).unwrap().value;
        assert!((work - distance).abs() < 1e-9 * distance, "{work} {distance}");
        // the way back is the inverse
        let back = gaussian::map(&q, &p).unwrap();
        let points = normal(7, d, seed + 5);
        let there_and_back = back.apply(map.apply(points.view()).view());
        assert!((&there_and_back - &points).iter().all(|t| t.abs() < 1e-7));
    }
    // singular targets are fine, singular sources are not
    let (whole, flat) = (law(4, 6, 1), law(4, 2, 2));
    assert!(gaussian::map(&whole, &flat).unwrap().residual < 1e-7);
    assert!(matches!(gaussian::map(&flat, &whole), Err(Error::NotPositiveDefinite { .. })));
    assert!(matches!(gaussian::map(&whole, &law(3, 3, 1)), Err(Error::SizeMismatch { .. })));
}

/// The map of the laws, applied to a sample, is the optimal plan between sample and image.
#[test]
fn the_map_is_optimal_on_samples() {
    let (p, q) = (law(3, 5, 4), law(3, 5, 5));
    let map = gaussian::map(&p, &q).unwrap();
    let x = p.sample(80, &mut stream(1, 1)).unwrap();
    let image = map.apply(x.view());
    let work = (&x - &image).mapv(|t| t * t).sum() / 80.0;
    let best = wasserstein(&Empirical::new(x).unwrap(), &Empirical::new(image).unwrap(), Ground::SqEuclidean).unwrap();
    assert!((best.cost() - work).abs() < 1e-9 * work, "{} {work}", best.cost());
}

#[test]
fn barycenters_that_are_known() {
    // commuting covariances: the roots are averaged
    let basis = eigh(law(3, 3, 9).cov()).unwrap().vectors;
    let with = |values: [f64; 3]| {
        let cov = matmul((&basis * &Array1::from_vec(values.to_vec())).view(), basis.t());
        Gaussian::new(array![values[0], 0.0, 1.0], (&cov + &cov.t()) / 2.0).unwrap()
    };
    let (laws, weights) = ([with([1.0, 4.0, 0.25]), with([9.0, 1.0, 0.25]), with([4.0, 0.01, 1.0])], [0.5, 0.25, 0.25]);
    let found = gaussian::barycenter(&laws, Some(&weights)).unwrap();
    let roots: [f64; 3] = [0.5 + 0.75 + 0.5, 1.0 + 0.25 + 0.025, 0.25 + 0.125 + 0.25];
    let expected = with(roots.map(|r| r * r));
    assert!((&found.law.cov() - &expected.cov()).iter().all(|t| t.abs() < 1e-9), "{:?}", found.law);
    assert!((&found.law.mean() - &array![3.75, 0.0, 1.0]).iter().all(|t| t.abs() < 1e-12));
    assert_eq!(found.report.status, Status::Converged);
    // of one law, itself; a law without weight takes no part
    let single = law(4, 6, 3);
    let same = gaussian::barycenter(std::slice::from_ref(&single), None).unwrap();
    assert!((&same.law.cov() - &single.cov()).iter().all(|t| t.abs() < 1e-12));
    let ignored = gaussian::barycenter(&[single.clone(), law(4, 6, 8)], Some(&[1.0, 0.0])).unwrap();
    assert!((&ignored.law.cov() - &single.cov()).iter().all(|t| t.abs() < 1e-12));
}

#[test]
fn barycenters_are_bracketed_and_no_other_law_is_better() {
    for (d, k, seed) in [(1, 3, 0), (2, 2, 10), (3, 5, 20), (8, 4, 30)] {
        let laws: Vec<Gaussian> = (0..k).map(|i| law(d, d + 2, seed + i)).collect();
        let weights: Vec<f64> = (0..k).map(|i| (i + 1) as f64 / (k * (k + 1) / 2) as f64).collect();
        let found = gaussian::barycenter(&laws, Some(&weights)).unwrap();
        let report = &found.report;
        assert_eq!(report.status, Status::Converged, "{report:?}");
        assert!(report.residual < 1e-6 && report.gap() <= 1e-9 * (1.0 + report.primal), "{report:?}");
        // the objective along its definition
        let best = objective(&laws, &weights, &found.law);
        assert!((best - report.primal).abs() < 1e-9 * (1.0 + best), "{best} {}", report.primal);
        assert!(report.dual <= best * (1.0 + 1e-9));
        for other in 0..20 {
            let step = matmul(normal(d, d, 500 + other).view(), normal(d, d, 500 + other).t());
            let cov = &found.law.cov() * 0.97 + &step * 0.03;
            let near = Gaussian::new(&found.law.mean() + &normal(d, 1, other).column(0) * 0.01, cov).unwrap();
            assert!(objective(&laws, &weights, &near) > report.dual);
            assert!(objective(&laws, &weights, &near) >= best - 1e-9);
        }
    }
}

/// The half-way law of two is the image of the mean map: Mccann's interpolation.
#[test]
fn the_barycenter_of_two_lies_on_the_geodesic() {
    let (p, q) = (law(3, 6, 1), law(3, 6, 2));
    let found = gaussian::barycenter(&[p.clone(), q.clone()], Some(&[0.7, 0.3])).unwrap().law;
    let map = gaussian::map(&p, &q).unwrap();
    let blend = Array2::<f64>::eye(3) * 0.7 + &map.linear * 0.3;
    let expected = matmul(matmul(blend.view(), p.cov()).view(), blend.view());
    assert!((&found.cov() - &expected).iter().all(|t| t.abs() < 1e-7));
    let distance = |a: &Gaussian, b: &Gaussian| gaussian::squared_distance(a, b).unwrap().value.sqrt();
    let whole = distance(&p, &q);
    assert!((distance(&p, &found) - 0.3 * whole).abs() < 1e-6 * whole);
    assert!((distance(&found, &q) - 0.7 * whole).abs() < 1e-6 * whole);
}

/// A singular law among others, and turning and scaling all laws.
#[test]
fn singular_laws_and_symmetries() {
    let laws = [law(3, 6, 1), law(3, 1, 2), law(3, 4, 3)];
    let found = gaussian::barycenter(&laws, None).unwrap();
    let report = &found.report;
    assert!(report.dual <= report.primal && report.gap() < 1e-4 * report.primal, "{report:?}");
    let turn = eigh(law(3, 3, 7).cov()).unwrap().vectors;
    let turned = laws.each_ref().map(|law| {
        let cov = matmul(matmul(turn.view(), law.cov()).view(), turn.t()) * 4.0;
        Gaussian::new(turn.dot(&law.mean()) * 2.0, (&cov + &cov.t()) / 2.0).unwrap()
    });
    let other = gaussian::barycenter(&turned, None).unwrap();
    assert!((other.report.primal - 4.0 * report.primal).abs() < 1e-5 * other.report.primal);
    let expected = matmul(matmul(turn.view(), found.law.cov()).view(), turn.t()) * 4.0;
    assert!((&other.law.cov() - &expected).iter().all(|t| t.abs() < 1e-3));

    let flat = [law(3, 1, 2), law(3, 1, 5)];
    assert!(matches!(gaussian::barycenter(&flat, None), Err(Error::NotPositiveDefinite { .. })));
    assert!(matches!(gaussian::barycenter(&[], None), Err(Error::TooFew { .. })));
    assert!(matches!(gaussian::barycenter(&laws, Some(&[0.5, 0.5])), Err(Error::SizeMismatch { .. })));
    assert!(matches!(gaussian::barycenter(&laws, Some(&[0.5, 0.5, 0.5])), Err(Error::NotNormalised { .. })));
    assert!(matches!(gaussian::barycenter(&[law(2, 2, 1), law(3, 3, 1)], None), Err(Error::SizeMismatch { .. })));
}

#[test]
fn nearly_equal_laws_keep_their_digits() {
    let basis = eigh(law(3, 3, 9).cov()).unwrap().vectors;
    for basis in [Array2::eye(3), basis] {
        let cov = matmul((&basis * &array![1.0, 2.0, 3.0]).view(), basis.t());
        let cov = (&cov + &cov.t()) / 2.0;
        let with = |h: f64| Gaussian::new(Array1::zeros(3), &cov * ((1.0 + h) * (1.0 + h))).unwrap();
        for h in [1e-3, 1e-6, 1e-8] {
            let found = gaussian::squared_distance(&with(0.0), &with(h)).unwrap();
            let truth = 6.0 * h * h;
            assert!((found.value - truth).abs() < 1e-15 * (1.0 / h) * truth + 1e-12 * truth, "{h}: {found:?}");
            assert!(found.dual <= found.value && found.dual > 0.99 * truth, "{h}: {found:?}");
            let score = frechet::between(&with(0.0), &with(h)).unwrap();
            assert!((score - truth).abs() < 1e-14 * (1.0 / h) * truth + 1e-12 * truth, "{h}: {score:e}");
        }
    }
    // of samples, more rows than columns and fewer
    for (n, d) in [(40, 3), (6, 20)] {
        let x = Empirical::new(normal(n, d, 3)).unwrap();
        let mean = x.points().mean_axis(ndarray::Axis(0)).unwrap();
        let h = 1e-7;
        let y = Empirical::new((&x.points() - &mean) * (1.0 + h) + &mean).unwrap();
        let truth = Gaussian::fit(&x).map_or_else(
            |_| (&x.points() - &mean).mapv(|t| t * t).sum() / (n - 1) as f64,
            |fit| fit.cov().diag().sum(),
        ) * h
            * h;
        let found = frechet::frechet(&Pair::new(&x, &y).unwrap(), Permutations::none()).unwrap().value;
        assert!((found - truth).abs() < 1e-4 * truth, "{n} x {d}: {found:e} {truth:e}");
    }
}

/// An eigenvalue at the size of rounding is not known, so no bound may rest on it.
#[test]
fn bounds_do_not_rest_on_rounding() {
    let thin = Gaussian::new(Array1::zeros(2), array![[1.0, 0.0], [0.0, 1e-16]]).unwrap();
    let round = Gaussian::new(Array1::zeros(2), Array2::eye(2)).unwrap();
    let truth = (1.0f64 - 1e-8).powi(2);
    for (p, q) in [(&thin, &round), (&round, &thin)] {
        let found = gaussian::squared_distance(p, q).unwrap();
        assert!(found.dual <= truth && truth <= found.value && found.gap() < 1e-6, "{found:?}");
    }
    // between a flat law and a round one: the sum of (root difference)² is known
    let basis = eigh(law(3, 3, 7).cov()).unwrap().vectors;
    let with = |values: [f64; 3]| {
        let cov = matmul((&basis * &Array1::from_vec(values.to_vec())).view(), basis.t());
        Gaussian::new(Array1::zeros(3), (&cov + &cov.t()) / 2.0).unwrap()
    };
    let found = gaussian::barycenter(&[with([1.0, 0.0, 0.0]), with([1.0, 1.0, 1.0])], None).unwrap();
    // half-way between 0 and 1 twice: ½ ¼ + ½ ¼ each
    assert!(found.report.dual <= 0.5 + 1e-14 && 0.5 <= found.report.primal + 1e-14, "{:?}", found.report);
    assert!(found.report.primal < 0.5 + 1e-12, "{:?}", found.report);
}
