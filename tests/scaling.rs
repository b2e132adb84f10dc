//! Answers scale with the data, digit for digit: points, costs or masses times `2^k` give the answer times its power of `2^k`.
//!
//! Multiplying by a power of two rounds nothing, so whatever is homogeneous must come out with the same bits. Where it does not,
//! something overflowed or underflowed on the way, or was compared with a constant that has a unit.

#![allow(clippy::float_cmp)] // the same bits are the claim

use fenchel::certificate::Status;
use fenchel::measure::{Empirical, Gaussian, Pmf};
use fenchel::numeric::{stream, times_power};
use fenchel::score::{Metric, Scorecard};
use fenchel::transport::{
    Cost, Exact, FixedSupport, FreeSupport, Gromov, Ground, LowRank, Marginal, MaxSliced, Problem, Sinkhorn, Sliced,
    Solution, Space, Unbalanced, circle, gaussian, line, sinkhorn_divergence, sinkhorn_divergence_gradient,
};
use ndarray::Array2;
use rand::RngExt;

/// A number and the power of `2^k` that it has to be multiplied by.
type Scaled = (i32, f64);

/// What an entry computes from data times `2^k`.
type Compute = fn(i32) -> Vec<Scaled>;

/// What stands for "no answer": an error.
fn check(name: &str, compute: Compute, exponents: &[i32]) {
    let plain = compute(0);
    assert!(plain.iter().all(|(_, value)| value.is_finite()), "{name}: {plain:?}");
    assert!(plain.iter().any(|(_, value)| *value != 0.0), "{name}: nothing but zeros");
    for &k in exponents {
        let scaled = compute(k);
        assert_eq!(scaled.len(), plain.len(), "{name}");
        for (place, (&(degree, value), &(_, found))) in plain.iter().zip(&scaled).enumerate() {
            let expected = times_power(value, degree * k);
            assert!(
                found.to_bits() == expected.to_bits() || found == 0.0 && expected == 0.0,
                "{name}, 2^{k}, number {place} (degree {degree}): {found:e} instead of {expected:e}"
            );
        }
    }
}

fn cloud(n: usize, d: usize, k: i32, seed: u64) -> Empirical {
    let mut rng = stream(seed, 0);
    let shift = seed as f64 * 0.2;
    Empirical::new(Array2::from_shape_simple_fn((n, d), || times_power(rng.random::<f64>() - 0.5 + shift, k))).unwrap()
}

fn weighted(n: usize, d: usize, k: i32, seed: u64) -> Empirical {
    Empirical::weighted(cloud(n, d, k, seed).points().to_owned(), weights(n, 0, seed)).unwrap()
}

/// Weights of a total of `2^k`, some of them small.
fn weights(n: usize, k: i32, seed: u64) -> Vec<f64> {
    let mut rng = stream(seed, 1);
    let w: Vec<f64> = (0..n).map(|_| rng.random::<f64>().powi(6)).collect();
    let total: f64 = w.iter().sum();
    w.iter().map(|w| times_power(w / total, k)).collect()
}

fn numbers(n: usize, k: i32, seed: u64) -> Vec<f64> {
    cloud(n, 1, k, seed).points().iter().copied().collect()
}

fn matrix(n: usize, m: usize, k: i32) -> Array2<f64> {
    let mut rng = stream(7, 2);
    Array2::from_shape_simple_fn((n, m), || times_power(rng.random::<f64>() - 0.1, k))
}

/// The numbers of a solution whose costs have one degree and whose masses have another.
fn solution(found: &Solution, cost: i32, mass: i32) -> Vec<Scaled> {
    let report = &found.report;
    let mut numbers = vec![
        (cost + mass, report.primal),
        (cost + mass, report.dual),
        (0, report.iterations as f64),
        (0, f64::from(u8::from(report.status == Status::Converged))),
    ];
    numbers.extend(found.potentials.0.iter().chain(&found.potentials.1).map(|p| (cost, *p)));
    numbers.extend(found.plan.arcs().iter().step_by(17).map(|arc| (mass, arc.2)));
    if let Some(entropic) = &found.regularised {
        numbers.extend([(cost + mass, entropic.linear), (cost + mass, entropic.primal), (cost + mass, entropic.dual)]);
    }
    numbers
}

/// The same and the distance, of points whose unit has the first power.
fn between_points(found: &Solution, cost: i32) -> Vec<Scaled> {
    let mut numbers = solution(found, cost, 0);
    numbers.extend([(1, found.distance()), (1, found.distance_bracket().0)]);
    numbers
}

fn exact(ground: Ground, n: usize, d: usize, k: i32) -> Vec<Scaled> {
    let problem = Problem::between(&weighted(n, d, k, 1), &cloud(n + 5, d, k, 2), ground).unwrap();
    between_points(&Exact::new().solve(&problem).unwrap(), ground.root() as i32)
}

fn on_line(p: f64, k: i32) -> Vec<Scaled> {
    let (x, y, a) = (numbers(30, k, 1), numbers(40, k, 2), weights(30, 0, 3));
    between_points(&line::wasserstein(&x, Some(&a), &y, None, p).unwrap(), p as i32)
}

fn distance_on_line(p: f64, k: i32) -> Vec<Scaled> {
    let (x, y, a) = (numbers(30, k, 1), numbers(40, k, 2), weights(30, 0, 3));
    let weighted = line::distance(&x, Some(&a), &y, None, p).unwrap();
    let uniform = line::distance(&x, None, &y, None, p).unwrap();
    vec![(1, weighted.value), (1, weighted.dual), (1, uniform.value), (1, uniform.dual)]
}

fn around(p: f64, k: i32) -> Vec<Scaled> {
    let (x, y, a) = (numbers(30, k, 1), numbers(40, k, 2), weights(30, 0, 3));
    between_points(&circle::wasserstein(&x, Some(&a), &y, None, times_power(0.9, k), p).unwrap(), p as i32)
}

fn sliced(p: f64, k: i32) -> Vec<Scaled> {
    let found = Sliced::new(20).solve(&weighted(20, 3, k, 1), &cloud(25, 3, k, 2), p).unwrap();
    let (low, high) = found.interval.unwrap();
    vec![(1, found.value), (1, found.std_error.unwrap()), (1, low), (1, high)]
}

fn max_sliced(p: f64, k: i32) -> Vec<Scaled> {
    let found = MaxSliced::new(3).solve(&weighted(20, 3, k, 1), &cloud(25, 3, k, 2), p).unwrap();
    let mut numbers = vec![(1, found.distance), (1, found.upper), (0, found.iterations as f64)];
    numbers.extend(found.direction.iter().map(|t| (0, *t)));
    numbers
}

fn sinkhorn(ground: Ground, k: i32) -> Vec<Scaled> {
    let degree = ground.root() as i32;
    let problem = Problem::between(&weighted(30, 2, k, 1), &cloud(25, 2, k, 2), ground).unwrap();
    let eps = times_power(0.05, degree * k);
    let mut numbers = between_points(&Sinkhorn::new(eps).solve(&problem).unwrap(), degree);
    numbers.extend(between_points(&Sinkhorn::new(0.1).relative_to_mean_cost().solve(&problem).unwrap(), degree));
    numbers
}

fn unbalanced(marginal: fn(f64) -> Marginal, eps: Option<f64>, k: i32) -> Vec<Scaled> {
    let cost = Cost::between(cloud(20, 2, k, 1).points(), cloud(15, 2, k, 2).points(), Ground::SqEuclidean).unwrap();
    let kept = marginal(times_power(0.5, 2 * k));
    let problem = Problem::unbalanced(cost, weights(20, 0, 1), weights(15, 0, 2), kept, kept).unwrap();
    let found = match eps {
        Some(eps) => Sinkhorn::new(times_power(eps, 2 * k)).iteration_limit(500).solve(&problem),
        None if matches!(kept, Marginal::Tv(_)) => Exact::new().solve(&problem),
        None => Unbalanced::new().iteration_limit(500).solve(&problem),
    };
    solution(&found.unwrap(), 2, 0)
}

/// Exponents of lengths whose squares are in range, some of their costs at the very end of it.
const SQUARES: &[i32] = &[-600, -530, -400, -31, 1, 30, 310, 480];
/// Exponents of what is not squared.
const LENGTHS: &[i32] = &[-900, -400, -31, 1, 30, 310, 480, 900];
/// Of what is not squared, and whose potentials are sums of many.
const CUBES: &[i32] = &[-600, -300, -31, 1, 30, 200, 300];

/// By the unit of the points.
const POINTS: &[(&str, Compute, &[i32])] = &[
    ("exact, squared Euclidean, small", |k| exact(Ground::SqEuclidean, 30, 2, k), SQUARES),
    ("exact, squared Euclidean, multiscale", |k| exact(Ground::SqEuclidean, 200, 2, k), SQUARES),
    ("exact, squared Euclidean, many columns", |k| exact(Ground::SqEuclidean, 160, 9, k), SQUARES),
    ("exact, Euclidean", |k| exact(Ground::Euclidean, 30, 2, k), LENGTHS),
    ("exact, Euclidean, many columns", |k| exact(Ground::Euclidean, 160, 9, k), LENGTHS),
    ("exact, cityblock", |k| exact(Ground::Cityblock, 160, 3, k), LENGTHS),
    ("exact, chebyshev", |k| exact(Ground::Chebyshev, 160, 3, k), LENGTHS),
    ("line, p = 1", |k| on_line(1.0, k), LENGTHS),
    ("line, p = 2", |k| on_line(2.0, k), SQUARES),
    ("line, p = 3", |k| on_line(3.0, k), CUBES),
    ("distance on the line, p = 1", |k| distance_on_line(1.0, k), LENGTHS),
    ("distance on the line, p = 1.5", |k| distance_on_line(1.5, k), LENGTHS),
    ("distance on the line, p = 2", |k| distance_on_line(2.0, k), LENGTHS),
    ("distance on the line, p = 20", |k| distance_on_line(20.0, k), LENGTHS),
    ("distance on the line, p = 5000", |k| distance_on_line(5000.0, k), LENGTHS),
    ("distance on the line, p infinite", |k| distance_on_line(f64::INFINITY, k), LENGTHS),
    ("circle, p = 1", |k| around(1.0, k), LENGTHS),
    ("circle, p = 2", |k| around(2.0, k), SQUARES),
    ("circle, p = 3", |k| around(3.0, k), CUBES),
    ("sliced, p = 1", |k| sliced(1.0, k), LENGTHS),
    ("sliced, p = 2", |k| sliced(2.0, k), LENGTHS),
    ("sliced, p = 20", |k| sliced(20.0, k), LENGTHS),
    ("max-sliced, p = 1", |k| max_sliced(1.0, k), LENGTHS),
    ("max-sliced, p = 2", |k| max_sliced(2.0, k), LENGTHS),
    ("max-sliced, p = 5", |k| max_sliced(5.0, k), LENGTHS),
    ("Sinkhorn, squared Euclidean", |k| sinkhorn(Ground::SqEuclidean, k), &[-400, -31, 1, 30, 310, 400]),
    ("Sinkhorn, Euclidean", |k| sinkhorn(Ground::Euclidean, k), &[-800, -31, 1, 30, 310, 800]),
    (
        "Sinkhorn divergence",
        |k| {
            let (x, y) = (weighted(20, 2, k, 1), cloud(15, 2, k, 2));
            let solver = Sinkhorn::new(0.1).relative_to_mean_cost();
            let found = sinkhorn_divergence(&x, &y, Ground::SqEuclidean, &solver).unwrap();
            let (_, gradient) = sinkhorn_divergence_gradient(&x, &y, Ground::SqEuclidean, &solver).unwrap();
            let mut numbers =
                vec![(2, found.value), (2, found.epsilon), (2, found.report.primal), (2, found.report.dual)];
            numbers.extend(gradient.x.iter().chain(&gradient.y).map(|t| (1, *t)));
            numbers.extend(gradient.a.iter().chain(&gradient.b).map(|t| (2, *t)));
            numbers
        },
        &[-400, -31, 1, 30, 310, 400],
    ),
    ("unbalanced, KL, regularised", |k| unbalanced(Marginal::Kl, Some(0.05), k), &[-400, -31, 1, 30, 400]),
    ("unbalanced, KL", |k| unbalanced(Marginal::Kl, None, k), &[-400, -31, 1, 30, 400]),
    ("unbalanced, L2", |k| unbalanced(Marginal::L2, None, k), &[-400, -31, 1, 30, 400]),
    ("unbalanced, TV", |k| unbalanced(Marginal::Tv, None, k), &[-400, -31, 1, 30, 400]),
    ("unbalanced, TV, regularised", |k| unbalanced(Marginal::Tv, Some(0.05), k), &[-400, -31, 1, 30, 400]),
    (
        "partial",
        |k| {
            let (x, y) = (cloud(20, 2, k, 1), cloud(15, 2, k, 2));
            let cost = Cost::between(x.points(), y.points(), Ground::SqEuclidean).unwrap();
            let problem = Problem::partial(cost, weights(20, 0, 1), weights(15, 0, 2), 0.6).unwrap();
            let found = Exact::new().solve(&problem).unwrap();
            let mut numbers = solution(&found, 2, 0);
            numbers.push((2, found.price.unwrap()));
            numbers
        },
        SQUARES,
    ),
    (
        "low rank",
        |k| {
            let (x, y) = (cloud(30, 2, k, 1), weighted(25, 2, k, 2));
            let problem = Problem::between(&x, &y, Ground::SqEuclidean).unwrap();
            solution(&LowRank::new(4).solve(&problem).unwrap(), 2, 0)
        },
        SQUARES,
    ),
    (
        "barycenter, fixed support",
        |k| {
            let points = cloud(12, 2, k, 1);
            let cost = Cost::between(points.points(), points.points(), Ground::SqEuclidean).unwrap();
            let laws = [1, 2].map(|seed| Pmf::normalised(weights(12, 0, seed)).unwrap());
            let found = FixedSupport::new(times_power(0.05, 2 * k)).solve(&cost, &laws, &[0.3, 0.7]).unwrap();
            let mut numbers = vec![(2, found.report.primal), (2, found.report.dual)];
            numbers.extend(found.masses.masses().iter().map(|w| (0, *w)));
            numbers
        },
        &[-400, -31, 1, 30, 400],
    ),
    (
        "barycenter, free support",
        |k| {
            let laws = [weighted(20, 2, k, 1), cloud(15, 2, k, 2)];
            let found = FreeSupport::new().solve(&laws, &[0.3, 0.7], &cloud(10, 2, k, 3)).unwrap();
            let mut numbers =
                vec![(2, found.report.primal), (2, found.report.dual), (0, found.report.iterations as f64)];
            numbers.extend(found.law.points().iter().map(|t| (1, *t)));
            numbers
        },
        SQUARES,
    ),
    (
        "Gromov-Wasserstein",
        |k| {
            let space = |n, seed| Space::of(&cloud(n, 2, k, seed), Ground::Euclidean).unwrap();
            let found = Gromov::new().solve(&space(8, 1), &space(7, 2)).unwrap();
            vec![(2, found.report.primal), (2, found.report.dual), (0, found.report.iterations as f64)]
        },
        SQUARES,
    ),
    (
        "Gaussian",
        |k| {
            let law = |seed| {
                let x = cloud(9, 3, k, seed);
                let centred = x.points().to_owned() - x.points().mean_axis(ndarray::Axis(0)).unwrap();
                // in the unit of the data, so that squares do not leave the range on the way
                Gaussian::new(x.points().row(0).to_owned(), centred.t().dot(&centred)).unwrap()
            };
            let found = gaussian::squared_distance(&law(1), &law(2)).unwrap();
            vec![(2, found.value), (2, found.dual)]
        },
        &[-400, -31, 1, 30, 400],
    ),
];

/// By the unit of the costs of a matrix.
const COSTS: &[(&str, Compute, &[i32])] = &[
    (
        "exact, small matrix",
        |k| solution(&Exact::new().solve(&Problem::with_cost(matrix(12, 15, k), None, None).unwrap()).unwrap(), 1, 0),
        LENGTHS,
    ),
    (
        "exact, large matrix",
        |k| {
            let problem = Problem::with_cost(matrix(160, 170, k), Some(weights(160, 0, 1)), Some(weights(170, 0, 2)));
            solution(&Exact::new().solve(&problem.unwrap()).unwrap(), 1, 0)
        },
        LENGTHS,
    ),
    (
        "Sinkhorn, matrix",
        |k| {
            let problem = Problem::with_cost(matrix(12, 15, k), None, None).unwrap();
            solution(&Sinkhorn::new(times_power(0.1, k)).solve(&problem).unwrap(), 1, 0)
        },
        &[-800, -31, 1, 30, 310, 800],
    ),
];

/// By the total of the masses.
const MASSES: &[(&str, Compute, &[i32])] = &[
    (
        "exact",
        |k| {
            let problem = Problem::with_cost(matrix(12, 15, 0), Some(weights(12, k, 1)), Some(weights(15, k, 2)));
            solution(&Exact::new().solve(&problem.unwrap()).unwrap(), 0, 1)
        },
        TOTALS,
    ),
    (
        "Sinkhorn",
        |k| {
            let problem = Problem::with_cost(matrix(12, 15, 0), Some(weights(12, k, 1)), Some(weights(15, k, 2)));
            solution(&Sinkhorn::new(0.1).solve(&problem.unwrap()).unwrap(), 0, 1)
        },
        TOTALS,
    ),
    (
        "line",
        |k| {
            let (x, y, a, b) = (numbers(12, 0, 1), numbers(15, 0, 2), weights(12, k, 1), weights(15, k, 2));
            solution(&line::wasserstein(&x, Some(&a), &y, Some(&b), 2.0).unwrap(), 0, 1)
        },
        TOTALS,
    ),
    (
        "circle",
        |k| {
            let (x, y, a, b) = (numbers(12, 0, 1), numbers(15, 0, 2), weights(12, k, 1), weights(15, k, 2));
            solution(&circle::wasserstein(&x, Some(&a), &y, Some(&b), 0.8, 2.0).unwrap(), 0, 1)
        },
        TOTALS,
    ),
    (
        "unbalanced, KL",
        |k| {
            let (a, b, kept) = (weights(12, k, 1), weights(15, k, 2), Marginal::Kl(0.5));
            let problem = Problem::unbalanced(matrix(12, 15, 0), a, b, kept, kept).unwrap();
            solution(&Sinkhorn::new(0.05).solve(&problem).unwrap(), 0, 1)
        },
        TOTALS,
    ),
    (
        "partial",
        |k| {
            let (a, b) = (weights(12, k, 1), weights(15, k, 2));
            let problem = Problem::partial(matrix(12, 15, 0), a, b, times_power(0.6, k)).unwrap();
            solution(&Exact::new().solve(&problem).unwrap(), 0, 1)
        },
        TOTALS,
    ),
];

/// Exponents of totals.
const TOTALS: &[i32] = &[-700, -31, 1, 30, 700];

/// Scores and the degree of each in the unit of the samples; the kernel of `kid` has a unit itself.
const SCORES: &[(Metric, i32)] = &[
    (Metric::Frechet, 2),
    (Metric::FrechetInfinity, 2),
    (Metric::Mmd, 0),
    (Metric::MmdAgg, 0),
    (Metric::Energy, 1),
    (Metric::W1, 1),
    (Metric::W2, 1),
    (Metric::SlicedW2, 1),
    (Metric::SinkhornDivergence, 2),
    (Metric::C2st, 0),
    (Metric::C2stAuc, 0),
    (Metric::C2stLogistic, 0),
    (Metric::C2stLogisticAuc, 0),
    (Metric::KlKnn, 0),
    (Metric::Precision, 0),
    (Metric::Recall, 0),
    (Metric::Density, 0),
    (Metric::Coverage, 0),
    (Metric::Vendi, 0),
    (Metric::Authenticity, 0),
    (Metric::Copies, 0),
    (Metric::Dcr, 0),
    (Metric::Ct, 0),
    (Metric::Fld, 0),
];

#[test]
fn scores_by_the_unit_of_the_samples() {
    assert_eq!(SCORES.len() + 1, Metric::all().len(), "a score is missing");
    let score = |metric: Metric, k: i32| {
        let (real, generated, train) = (cloud(40, 3, k, 1), cloud(35, 3, k, 2), cloud(30, 3, k, 3));
        Scorecard::new().metrics(&[metric]).score(&real, &generated, Some(&train)).unwrap().remove(0)
    };
    for &(metric, degree) in SCORES {
        let plain = score(metric, 0);
        for k in [-400, -31, 1, 30, 400] {
            let found = score(metric, k);
            let expected = |value: f64| times_power(value, degree * k);
            assert_eq!(found.value, expected(plain.value), "{metric}, 2^{k}: {}", found.parameters);
            assert_eq!(found.std_error, plain.std_error.map(expected), "{metric}, 2^{k}");
            assert_eq!(
                found.interval,
                plain.interval.map(|(low, high)| (expected(low), expected(high))),
                "{metric}, 2^{k}"
            );
            assert_eq!(
                (found.p_value, found.baseline),
                (plain.p_value, plain.baseline.map(expected)),
                "{metric}, 2^{k}"
            );
        }
    }
}

fn run(table: &[(&str, Compute, &[i32])]) {
    for (name, compute, exponents) in table {
        check(name, *compute, exponents);
    }
}

#[test]
fn by_the_unit_of_the_points() {
    run(POINTS);
}

#[test]
fn by_the_unit_of_the_costs() {
    run(COSTS);
}

#[test]
fn by_the_unit_of_the_masses() {
    run(MASSES);
}
