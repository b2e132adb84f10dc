//! Scores: closed forms, naive twins that anyone can check by eye, properties, and calibration of the uncertainties.
#![allow(clippy::float_cmp)]

mod accumulate;
mod aggregated;
mod calibration;
mod classifiers;
mod closed_forms;
mod memorisation;
mod naive_twins;
mod properties;
mod running;
mod scorecard;

use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::measure::{Empirical, Gaussian};
use fenchel::numeric::stream;
use fenchel::score::authenticity::authenticity;
use fenchel::score::kernel::{Bandwidth, Kernel};
use fenchel::score::neighbours::Neighbours;
use fenchel::score::vendi::{Similarity, vendi};
use fenchel::score::{
    Compat, Metric, Pair, Permutations, Scorecard, classifier, energy, frechet, information, kernel, transport,
};
use ndarray::{Array1, Array2, ArrayView1, array, concatenate, s};
use proptest::prelude::*;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};

/// Scores whose interval is for the laws, and need not hold the value of the samples.
const FOR_LAWS: [Metric; 6] =
    [Metric::Frechet, Metric::Energy, Metric::W1, Metric::W2, Metric::SlicedW2, Metric::SinkhornDivergence];

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

/// That p-values of equal laws are as small as the level says, and hardly less often; they are of few values, so somewhat less.
fn as_often_as_the_level_says(name: &str, p: &[f64]) {
    let runs = p.len() as f64;
    for level in [0.05, 0.1, 0.3] {
        let share = p.iter().filter(|p| **p <= level).count() as f64 / runs;
        let deviation = (level * (1.0 - level) / runs).sqrt();
        assert!(share < level + 3.5 * deviation, "{name} at {level}: {share}");
        assert!(share > 0.4 * level - 3.0 * deviation, "{name} at {level}: {share}");
    }
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
