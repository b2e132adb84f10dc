//! The Vendi score, and scores as other programs report them.
#![allow(clippy::float_cmp)]

use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::score::moments::frechet_of_moments;
use fenchel::score::neighbours::Neighbours;
use fenchel::score::subsets::{Subsets, kid_over_subsets};
use fenchel::score::vendi::{Similarity, vendi, vendi_of_all};
use fenchel::score::{Compat, Metric, Pair, Permutations, Scorecard, energy, kernel};
use ndarray::{Array2, array};
use proptest::prelude::*;

fn law(points: Array2<f64>) -> Empirical {
    Empirical::new(points).unwrap()
}

fn pair<'a>(real: &'a Empirical, generated: &'a Empirical) -> Pair<'a> {
    Pair::new(real, generated).unwrap()
}

fn close(a: f64, b: f64, tolerance: f64) {
    assert!((a - b).abs() <= tolerance * b.abs().max(1.0), "{a} is not {b}");
}

/// Points that any program can write down.
fn wave(n: usize, d: usize, frequency: f64, shift: f64) -> Empirical {
    law(Array2::from_shape_fn((n, d), |(i, j)| {
        let (i, j) = (i as f64, j as f64);
        1.5 * (frequency * (i + 1.0) * (j + 1.0).sqrt()).sin() + shift + 0.1 * j
    }))
}

fn waves() -> (Empirical, Empirical) {
    (wave(60, 3, 0.7, 0.5), wave(50, 3, 1.3, 1.6))
}

fn one(card: &Scorecard, metric: Metric) -> f64 {
    let (x, y) = waves();
    card.clone().metrics(&[metric]).permutations(0).score(&x, &y, None).unwrap()[0].value
}

/// Values of prdc 0.2, SciPy 1.17.1 and vendi-score 0.0.3, and of torch-fidelity's formulas in NumPy.
#[test]
fn other_programs_on_the_same_points() {
    let torch = Scorecard::new().compat(Compat::TorchFidelity);
    assert_eq!(one(&torch, Metric::Precision), 0.44);
    close(one(&torch, Metric::Recall), 0.266_666_666_666_666_66, 1e-15);
    // a convention that it does not have is ours
    assert_eq!(one(&torch, Metric::Density), 0.384);

    for card in [Scorecard::new(), Scorecard::new().compat(Compat::Prdc)] {
        let found = [Metric::Precision, Metric::Recall, Metric::Density, Metric::Coverage].map(|m| one(&card, m));
        for (found, peer) in found.into_iter().zip([0.56, 0.833_333_333_333_333_4, 0.384, 0.366_666_666_666_666_64]) {
            close(found, peer, 1e-15);
        }
        close(one(&card, Metric::Kid), 58.178_864_209_098_776, 1e-13);
        let card = card.similarity(Similarity::Gaussian);
        close(one(&card, Metric::Vendi), 3.600_955_470_871_749, 1e-12);
    }
    close(one(&Scorecard::new().compat(Compat::VendiScore), Metric::Vendi), 1.906_436_465_455_431, 1e-12);

    let (x, y) = waves();
    let first = |sample: &Empirical| law(sample.points().slice(ndarray::s![.., ..1]).to_owned());
    let root = energy::root_energy(&pair(&first(&x), &first(&y)), Permutations::none()).unwrap();
    close(root.value, 0.810_735_551_480_753_6, 1e-13);
    let squared = energy::energy(&pair(&x, &y), Permutations::none()).unwrap();
    close(one(&Scorecard::new().compat(Compat::Scipy), Metric::Energy), squared.value.sqrt(), 1e-15);
}

#[test]
fn kid_over_subsets_is_kid_up_to_their_spread() {
    let (x, y) = waves();
    let test = Permutations::new(99, 3);
    let (all, subsets) =
        (kernel::kid(&pair(&x, &y), test).unwrap(), kid_over_subsets(&pair(&x, &y), Subsets::default(), test).unwrap());
    // subsets of 50 of the 60 rows; NumPy's draws have a standard deviation of 2.08
    assert!(all.value != subsets.value && (all.value - subsets.value).abs() < 4.0 * 2.1 / 10.0, "{subsets:?}");
    assert!(subsets.std_error.unwrap() > all.std_error.unwrap());
    assert_eq!(subsets.p_value, all.p_value);
    assert!((1.5..2.8).contains(&spread(&subsets)), "{subsets:?}");
    let torch = Scorecard::new().compat(Compat::TorchFidelity).seed(3);
    assert_eq!(one(&torch, Metric::Kid), subsets.value);
    // a subset that is the sample has no spread
    let z = wave(60, 3, 1.3, 1.6);
    let (all, whole) =
        (kernel::kid(&pair(&x, &z), test).unwrap(), kid_over_subsets(&pair(&x, &z), Subsets::default(), test).unwrap());
    assert_eq!((all.value, all.std_error), (whole.value, whole.std_error));
    for (count, rows) in [(0, 100), (100, 1), (0, 0)] {
        assert!(kid_over_subsets(&pair(&x, &y), Subsets::new(count, rows), test).is_err(), "{count} {rows}");
    }
    let late = Permutations::new(0, 1 << 32);
    assert!(kid_over_subsets(&pair(&x, &y), Subsets::default(), late).unwrap_err().to_string().contains("4294967295"));
}

/// The standard deviation over the subsets, as it is told.
fn spread(found: &Estimate) -> f64 {
    found.parameters.split("deviation ").nth(1).unwrap().split(')').next().unwrap().parse().unwrap()
}

/// torch-fidelity's and clean-fid's formulas with NumPy 2.4.6 and its `RandomState`, on the digits: rows 0..898 against 898..1796.
#[cfg(feature = "io")]
#[test]
fn kid_of_other_programs_on_the_digits() {
    let digits = fenchel::io::digits().images;
    let rows = |from: usize, to: usize| law(digits.slice(ndarray::s![from..to, ..]).to_owned());
    let (x, y) = (rows(0, 898), rows(898, 1796));
    let card = Scorecard::new().metrics(&[Metric::Kid]).permutations(0).subsets(Subsets::new(100, 200));
    let torch = card.clone().compat(Compat::TorchFidelity).seed(2020).score(&x, &y, None).unwrap().remove(0);
    close(torch.value, 1_752.060_843_652_849, 1e-12);
    close(spread(&torch), 808.195_204_506_445_2, 1e-12);
    let clean = card.compat(Compat::CleanFid).seed(7).score(&x, &y, None).unwrap().remove(0);
    close(clean.value, 1_663.715_178_917_59, 1e-12);
}

/// pytorch-fid's formula with NumPy 2.4.6 and `scipy.linalg.sqrtm`, of the moments and of the samples that have them.
#[test]
fn frechet_of_moments_is_that_of_pytorch_fid() {
    let (x, y) = waves();
    let [p, q] = [&x, &y].map(|sample| Gaussian::fit(sample).unwrap());
    let found = frechet_of_moments(&p, &q).unwrap();
    close(found.value, 3.487_316_940_605_826, 1e-9);
    close(one(&Scorecard::new().compat(Compat::PytorchFid), Metric::Frechet), found.value, 1e-12);
    assert!(found.interval.is_none() && found.std_error.is_none() && found.warnings[0].contains("how many rows"));
    let line = Gaussian::univariate(0.0, 1.0).unwrap();
    assert!(matches!(frechet_of_moments(&p, &line), Err(Error::SizeMismatch { .. })));
}

#[test]
fn names_go_both_ways() {
    for &compat in Compat::all() {
        assert_eq!(compat.to_string().parse::<Compat>().unwrap(), compat);
    }
    assert!(matches!("fid".parse::<Compat>(), Err(Error::UnknownName { what: "program", .. })));
}

#[test]
fn closed_balls_hold_their_edge() {
    // on a grid every radius is 1, and copies of grid points are at that distance
    let real = law(Array2::from_shape_fn((4, 1), |(i, _)| i as f64));
    let generated = law(array![[4.0], [5.0], [3.0]]);
    let (open, closed) = (
        Neighbours::new(&pair(&real, &generated), 1, Permutations::none()).unwrap(),
        Neighbours::with_closed_balls(&pair(&real, &generated), 1, Permutations::none()).unwrap(),
    );
    assert_eq!((open.precision().value, closed.precision().value), (1.0 / 3.0, 2.0 / 3.0));
    // balls of 4, 5 and 3 reach to 3, 4 and 2
    assert_eq!((open.recall().value, closed.recall().value), (0.25, 0.5));
    assert!(closed.precision().parameters.contains("closed") && open.precision().parameters.contains("open"));
}

/// The Vendi score under the similarity that does not see where the origin is.
fn gaussian(pair: &Pair<'_>) -> fenchel::Result<Estimate> {
    vendi(pair, Similarity::Gaussian, 1.0, Permutations::none())
}

#[test]
fn vendi_of_groups_far_apart_is_the_exponential_of_their_entropy() {
    // 30 copies of one point, 10 of another: exp of the entropy of (3/4, 1/4)
    let generated = law(Array2::from_shape_fn((40, 2), |(i, _)| if i < 30 { 0.0 } else { 1e6 }));
    let real = law(Array2::from_shape_fn((40, 2), |(i, j)| (i * (j + 1) % 7) as f64));
    let entropy = -(0.75 * 0.75f64.ln() + 0.25 * 0.25f64.ln());
    let score = gaussian(&pair(&real, &generated)).unwrap();
    close(score.value, entropy.exp(), 1e-12);
    // the influences are -ln p of the group, so the entropy scatters as that of 40 labels
    let deviation = (0.75 * 0.25f64).sqrt() * (0.25f64.ln() - 0.75f64.ln()).abs();
    close(score.std_error.unwrap(), score.value * deviation / 39.0f64.sqrt(), 1e-10);
    // all apart from each other
    let apart = law(Array2::from_shape_fn((40, 1), |(i, _)| 1e4 * i as f64));
    close(
        gaussian(&pair(&law(real.points().slice(ndarray::s![.., ..1]).to_owned()), &apart)).unwrap().value,
        40.0,
        1e-12,
    );
}

#[test]
fn vendi_of_equally_similar_directions_is_closed() {
    // e_i + c 1 have one cosine r with each other: eigenvalues (1 + (n-1) r)/n once and (1 - r)/n, n - 1 times
    let (n, c) = (6usize, 0.5);
    let x = law(Array2::from_shape_fn((n, n), |(i, j)| f64::from(u8::from(i == j)) + c));
    let r = (2.0 * c + n as f64 * c * c) / (1.0 + 2.0 * c + n as f64 * c * c);
    let (large, small) = ((1.0 + (n as f64 - 1.0) * r) / n as f64, (1.0 - r) / n as f64);
    let entropy = -large * large.ln() - (n as f64 - 1.0) * small * small.ln();
    close(vendi_of_all(&pair(&x, &x), Permutations::none()).unwrap().value, entropy.exp(), 1e-13);
    // more rows than columns, and numbers whose squares underflow
    let twice = ndarray::concatenate![ndarray::Axis(0), x.points(), x.points()];
    close(vendi_of_all(&pair(&x, &law(twice * 1e-200)), Permutations::none()).unwrap().value, entropy.exp(), 1e-13);
}

#[test]
fn a_direction_that_is_missing_is_named() {
    let (x, zero) = (law(array![[1.0, 0.0], [0.0, 1.0]]), law(array![[1.0, 1.0], [0.0, 0.0]]));
    let error = vendi_of_all(&pair(&x, &zero), Permutations::none()).unwrap_err().to_string();
    assert!(error.contains("row 1 of generated"), "{error}");
    assert!(vendi_of_all(&pair(&zero, &x), Permutations::new(1, 0)).unwrap_err().to_string().contains("row 1 of real"));
}

#[test]
fn vendi_sees_lost_modes_and_takes_as_many_rows_as_its_baseline() {
    let modes = |n: usize, of: usize| {
        law(Array2::from_shape_fn((n, 2), |(i, j)| {
            let turn = std::f64::consts::TAU * (i % of) as f64 / 8.0;
            [turn.cos(), turn.sin()][j] + 0.01 * ((i * (j + 3)) as f64).sin()
        }))
    };
    let (real, same, lost) = (modes(400, 8), modes(1300, 8), modes(1300, 3));
    let card = Scorecard::new().metrics(&[Metric::Vendi]).similarity(Similarity::Gaussian);
    let score = |generated| card.score(&real, generated, None).unwrap().remove(0);
    let (same, lost) = (score(&same), score(&lost));
    close(same.value, same.baseline.unwrap(), 0.03);
    assert!(lost.value < 0.7 * lost.baseline.unwrap(), "{lost:?}");
    assert!(
        same.parameters.contains("400 rows, seed 0") && same.parameters.contains("baseline: 400 real rows, mean of 1")
    );
    let large = card.score(&modes(1500, 8), &modes(1200, 8), None).unwrap();
    assert!(large[0].parameters.contains("baseline: 1000 real rows, mean of 5"), "{large:?}");
    assert!(large[0].baseline_spread.unwrap() < 0.1 * large[0].baseline.unwrap());
    // copies of one point, on either side
    let point = law(Array2::ones((30, 2)));
    close(score(&point).value, 1.0, 1e-12);
    close(gaussian(&pair(&point, &point)).unwrap().value, 1.0, 1e-12);
    assert!(gaussian(&pair(&point, &real)).unwrap().value > 1.5);
}

/// A width whose square underflows still makes a point like itself.
#[test]
fn columns_whose_squares_underflow() {
    let tiny = law(Array2::from_shape_fn((12, 1), |(i, _)| (i / 2) as f64 * 1e-160));
    let score = gaussian(&pair(&tiny, &tiny)).unwrap();
    assert!((1.0..=12.0).contains(&score.value), "{score:?}");
    assert!(
        kernel::mmd(&pair(&tiny, &tiny), &kernel::Kernel::default(), Permutations::none()).unwrap().value.is_finite()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn vendi_lies_between_one_and_n_and_does_not_see_copies_of_all_rows(
        x in proptest::collection::vec(-3.0..3.0f64, 6..60), shift in -10.0..10.0f64,
    ) {
        let n = x.len() / 2;
        let x = Array2::from_shape_vec((n, 2), x[..2 * n].to_vec()).unwrap();
        // the width is that of the real sample, and rows are as many as the smaller has
        let real = law(ndarray::concatenate![ndarray::Axis(0), x, &x + shift]);
        let once = gaussian(&pair(&real, &law(x.clone()))).unwrap();
        prop_assert!(1.0 <= once.value && once.value <= n as f64 && once.std_error.unwrap().is_finite());
        let twice = gaussian(&pair(&real, &law(ndarray::concatenate![ndarray::Axis(0), x, x]))).unwrap();
        close(twice.value, once.value, 1e-9);
        let moved = gaussian(&pair(&real, &law(&x + shift))).unwrap();
        close(moved.value, once.value, 1e-9);
    }
}
