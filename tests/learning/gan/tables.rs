//! The optimal discriminator in closed form, and what the generator then minimises, for every objective.
//!
//! Both laws have few points and masses that are multiples of 1/12, so that a column with a row for each twelfth has their
//! expectations as its means. The discriminator is a table: one output a point, moved down its own loss.

use fenchel::divergence::FDivergence;
use fenchel::gan::{Codes, Head, Objective};
use fenchel::nn::{Optimizer, Rule, Tape};
use ndarray::Array2;

/// Twelfths of mass at each point: real, generated.
const P: [usize; 4] = [6, 3, 2, 1];
const Q: [usize; 4] = [1, 3, 2, 6];
const WHOLE: f64 = 12.0;

fn mass(counts: [usize; 4], i: usize) -> f64 {
    counts[i] as f64 / WHOLE
}

/// `Σ h(p, q)` over the points.
fn sum(h: impl Fn(f64, f64) -> f64) -> f64 {
    (0..4).map(|i| h(mass(P, i), mass(Q, i))).sum()
}

fn kl(p: f64, q: f64) -> f64 {
    p * (p / q).ln()
}

fn jsd() -> f64 {
    sum(|p, q| 0.5 * kl(p, 0.5 * (p + q)) + 0.5 * kl(q, 0.5 * (p + q)))
}

fn tv() -> f64 {
    sum(|p, q| 0.5 * (p - q).abs())
}

/// A row with a single 1 for each twelfth of the mass, in pairs of all with all: row `12 i + j` has the i-th real and the
/// j-th generated twelfth.
fn rows(counts: [usize; 4], real: bool) -> Array2<f64> {
    let points: Vec<usize> = (0..4).flat_map(|i| std::iter::repeat_n(i, counts[i])).collect();
    Array2::from_shape_fn((144, 4), |(row, i)| {
        let k = if real { row / 12 } else { row % 12 };
        f64::from(points[k] == i)
    })
}

/// The table that minimises the discriminator's loss, kept in `[-bound, bound]`, and both players' losses there.
fn played(objective: Objective, labels: (f64, f64), bound: f64) -> ([f64; 4], f64, f64) {
    const STEPS: i32 = 4000;
    let (real_rows, fake_rows) = (rows(P, true), rows(Q, false));
    let mut table = Array2::<f64>::from_elem((4, 1), objective.neutral_output());
    let mut optimizer = Optimizer::new(Rule::adam(0.05, 0.9, 0.99));
    let mut tape = Tape::new();
    for step in 0..STEPS {
        tape.clear();
        let leaf = tape.leaf(table.view());
        let (real, fake) = (tape.leaf(real_rows.view()).matmul(leaf), tape.leaf(fake_rows.view()).matmul(leaf));
        let gradient = objective.smoothed_loss(labels, real, fake).gradients(&[leaf])[0].value();
        optimizer.set_rate(0.05 * (1.0 - f64::from(step) / f64::from(STEPS)));
        optimizer.step([&mut table], &[gradient]);
        table.mapv_inplace(|s| s.clamp(-bound, bound));
    }
    let leaf = tape.leaf(table.view());
    let (real, fake) = (tape.leaf(real_rows.view()).matmul(leaf), tape.leaf(fake_rows.view()).matmul(leaf));
    let discriminator = objective.smoothed_loss(labels, real, fake).scalar();
    let generator = objective.generator_loss(fake, || real).scalar();
    ([table[[0, 0]], table[[1, 0]], table[[2, 0]], table[[3, 0]]], discriminator, generator)
}

fn is_near(what: &str, found: f64, expected: f64, tolerance: f64) {
    assert!((found - expected).abs() <= tolerance, "{what}: {found} is not {expected}");
}

/// The table against `s(p, q)`, and the losses of discriminator and generator at it.
fn agrees(objective: Objective, best: impl Fn(f64, f64) -> f64, losses: (f64, f64)) {
    let (table, discriminator, generator) = played(objective, (1.0, 0.0), f64::INFINITY);
    for (i, s) in table.into_iter().enumerate() {
        is_near(&format!("{objective} at {i}"), s, best(mass(P, i), mass(Q, i)), 2e-3);
    }
    is_near(&format!("{objective}: the discriminator's loss"), discriminator, losses.0, 1e-5);
    // its slope at the best table is not zero, so it is known as well as the table is
    is_near(&format!("{objective}: the generator's loss"), generator, losses.1, 2e-3);
}

#[test]
fn the_minimax_game_minimises_twice_jsd() {
    let log_ratio = |p: f64, q: f64| (p / q).ln();
    let to_mixture = sum(|p, q| kl(q, 0.5 * (p + q)));
    agrees(Objective::Minimax, log_ratio, (4f64.ln() - 2.0 * jsd(), to_mixture - 2f64.ln()));
    // without saturation: KL(q, p) less that to the mixture
    let reverse = sum(|p, q| kl(q, p));
    agrees(Objective::NonSaturating, log_ratio, (4f64.ln() - 2.0 * jsd(), reverse - to_mixture + 2f64.ln()));
}

#[test]
fn least_squares_minimise_what_their_codes_say() {
    for (a, b, c) in [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (0.5, -1.5, 2.0)] {
        let objective = Objective::LeastSquares(Codes { fake: a, real: b, target: c });
        let best = |p: f64, q: f64| (b * p + a * q) / (p + q);
        let product = sum(|p, q| p * q / (p + q));
        let generator = sum(|p, q| 0.5 * q * (best(p, q) - c).powi(2));
        agrees(objective, best, (0.5 * (b - a) * (b - a) * product, generator));
    }
    // the coding -1, 1, 0: with what real samples add, half of the triangular discrimination, which the paper's Theorem 1 writes
    // χ²(p + q, 2q)
    let with_real = sum(|p, q| 0.5 * (p + q) * ((p - q) / (p + q)).powi(2));
    let pearson = sum(|p, q| 0.5 * (2.0 * q - (p + q)).powi(2) / (p + q));
    is_near("the paper's Pearson divergence", with_real, pearson, 1e-15);
    is_near("half of Le Cam's", with_real, sum(|p, q| 0.5 * (p - q) * (p - q) / (p + q)), 1e-15);
}

#[test]
fn critics_and_hinges_minimise_total_variation() {
    let sign = |p: f64, q: f64| if p > q { 1.0 } else { -1.0 };
    let generator = sum(|p, q| if (p - q).abs() > 0.0 { -q * sign(p, q) } else { 0.0 });
    // where p = q any output will do
    for (objective, bound, loss) in
        [(Objective::Hinge, f64::INFINITY, 2.0 - 2.0 * tv()), (Objective::Wasserstein, 1.0, -2.0 * tv())]
    {
        let (table, discriminator, found) = played(objective, (1.0, 0.0), bound);
        for i in [0, 3] {
            is_near(&format!("{objective} at {i}"), table[i], sign(mass(P, i), mass(Q, i)), 2e-3);
        }
        is_near(&format!("{objective}: the discriminator's loss"), discriminator, loss, 2e-3);
        let between: f64 = [1, 2].iter().map(|&i| mass(Q, i) * table[i]).sum();
        is_near(&format!("{objective}: the generator's loss"), found, generator - between, 2e-3);
    }
}

#[test]
fn pairs_minimise_the_divergence_of_a_pair_from_its_swap() {
    // up to a constant the output is ln p/q again
    let (table, discriminator, generator) = played(Objective::Relativistic, (1.0, 0.0), f64::INFINITY);
    for (i, s) in table.into_iter().enumerate() {
        let expected = (mass(P, i) / mass(Q, i)).ln() - (mass(P, 0) / mass(Q, 0)).ln();
        is_near(&format!("relativistic at {i}"), s - table[0], expected, 2e-3);
    }
    let pairs = |h: &dyn Fn(f64, f64) -> f64| -> f64 {
        let all = (0..4).flat_map(|i| (0..4).map(move |j| (i, j)));
        all.map(|(i, j)| h(mass(P, i) * mass(Q, j), mass(Q, i) * mass(P, j))).sum()
    };
    let of_pairs = pairs(&|x, y| 0.5 * kl(x, 0.5 * (x + y)) + 0.5 * kl(y, 0.5 * (x + y)));
    is_near("the discriminator's loss", discriminator, 2f64.ln() - of_pairs, 1e-5);
    let jeffreys = sum(|p, q| kl(p, q) + kl(q, p));
    is_near("the generator's loss", generator, jeffreys - of_pairs + 2f64.ln(), 2e-3);
}

#[test]
fn heads_minimise_their_divergence() {
    use FDivergence::{Gan, Hellinger2, Jsd, Kl, Neyman, Pearson, ReverseKl, TotalVariation};
    type Generator = fn(f64) -> f64;
    // f and f' of each
    let table: [(FDivergence, Generator, Generator); 7] = [
        (Kl, |u| u * u.ln(), |u| u.ln() + 1.0),
        (ReverseKl, |u| -u.ln(), |u| -1.0 / u),
        (Pearson, |u| (u - 1.0) * (u - 1.0), |u| 2.0 * (u - 1.0)),
        (Neyman, |u| (1.0 - u) * (1.0 - u) / u, |u| 1.0 - 1.0 / (u * u)),
        (Hellinger2, |u| 0.5 * (u.sqrt() - 1.0).powi(2), |u| 0.5 * (1.0 - 1.0 / u.sqrt())),
        (Jsd, |u| 0.5 * (u * u.ln() - (1.0 + u) * (0.5 * (1.0 + u)).ln()), |u| 0.5 * (2.0 * u / (1.0 + u)).ln()),
        (Gan, |u| u * u.ln() - (u + 1.0) * (u + 1.0).ln(), |u| (u / (1.0 + u)).ln()),
    ];
    for (divergence, f, slope) in table {
        let head = Head::of(divergence).unwrap();
        let (outputs, discriminator, _) = played(Objective::FGan(head), (1.0, 0.0), f64::INFINITY);
        let tape = Tape::<f64>::new();
        for (i, s) in outputs.into_iter().enumerate() {
            let witness = head.witness(tape.constant(s)).scalar();
            is_near(&format!("{divergence:?} at {i}"), witness, slope(mass(P, i) / mass(Q, i)), 1e-2);
        }
        is_near(&format!("{divergence:?}"), -discriminator, sum(|p, q| q * f(p / q)), 1e-5);
    }
    // the witness of total variation is a sign, which the head reaches in the limit only
    let head = Head::of(TotalVariation).unwrap();
    let (_, discriminator, _) = played(Objective::FGan(head), (1.0, 0.0), f64::INFINITY);
    assert!(-discriminator <= tv() && -discriminator > tv() - 1e-3, "{discriminator}");
}

/// With the discriminator held at its best, the generator's loss changes with `q` as the divergence of the table does.
#[test]
fn a_step_of_the_generator_descends_its_divergence() {
    type Two = fn(f64, f64) -> f64;
    let mixture_kl: Two = |p, q| kl(p, 0.5 * (p + q));
    let le_cam: Two = |p, q| (p - q) * (p - q) / (p + q);
    let log_ratio: Two = |p, q| (p / q).ln();
    let js: Two = |p, q| 0.5 * kl(p, 0.5 * (p + q)) + 0.5 * kl(q, 0.5 * (p + q));
    type Output = Box<dyn Fn(f64, f64) -> f64>;
    type OfLaws = Box<dyn Fn(&[f64; 4]) -> f64>;
    let sums = |h: Output| -> OfLaws { Box::new(move |q: &[f64; 4]| (0..4).map(|i| h(mass(P, i), q[i])).sum()) };
    let pairs = move |q: &[f64; 4]| -> f64 {
        let all = (0..4).flat_map(|i| (0..4).map(move |j| (i, j)));
        all.map(|(i, j)| js(mass(P, i) * q[j], q[i] * mass(P, j))).sum()
    };
    let hellinger = Objective::FGan(Head::of(FDivergence::Hellinger2).unwrap());
    let sign: Two = |p, q| if p > q { 1.0 } else { -1.0 };
    let mut table: Vec<(Objective, Output, OfLaws)> = vec![
        (Objective::Minimax, Box::new(log_ratio), sums(Box::new(move |p, q| 2.0 * js(p, q)))),
        (Objective::NonSaturating, Box::new(log_ratio), sums(Box::new(move |p, q| kl(q, p) - 2.0 * js(p, q)))),
        (Objective::Hinge, Box::new(sign), sums(Box::new(|p, q| (p - q).abs()))),
        (Objective::Wasserstein, Box::new(sign), sums(Box::new(|p, q| (p - q).abs()))),
        (
            Objective::Relativistic,
            Box::new(log_ratio),
            Box::new(move |q| (0..4).map(|i| kl(q[i], mass(P, i))).sum::<f64>() - pairs(q)),
        ),
        // the head of this one is T = ½(1 - e^-v)
        (hellinger, Box::new(|p, q| 0.5 * (p / q).ln()), sums(Box::new(|p, q| 0.5 * (p.sqrt() - q.sqrt()).powi(2)))),
    ];
    for (a, b, c) in [(0.0, 1.0, 1.0), (-1.0, 1.0, 0.0), (0.5, -1.5, 2.0)] {
        let divergence = move |p, q| (c - a) * (b - a) * mixture_kl(p, q) - 0.125 * (b - a) * (b - a) * le_cam(p, q);
        let objective = Objective::LeastSquares(Codes { fake: a, real: b, target: c });
        table.push((objective, Box::new(move |p, q| (b * p + a * q) / (p + q)), sums(Box::new(divergence))));
    }
    let q: [f64; 4] = std::array::from_fn(|i| mass(Q, i));
    for (objective, best, divergence) in table {
        let outputs = Array2::from_shape_fn((4, 1), |(i, _)| best(mass(P, i), q[i]));
        let tape = Tape::<f64>::new();
        let real = tape.leaf(rows(P, true)).matmul(tape.leaf(outputs.view()));
        // the loss of a generator that makes nothing but this point
        let loss_at = |i: usize| {
            let fake = tape.leaf(Array2::from_elem((144, 1), outputs[[i, 0]]));
            objective.generator_loss(fake, || real).scalar()
        };
        // mass moves from the last point to the first, and where all is smooth, to others too
        let ways: &[[f64; 4]] = match objective {
            Objective::Hinge | Objective::Wasserstein => &[[1.0, 0.0, 0.0, -1.0]],
            _ => &[[1.0, 0.0, 0.0, -1.0], [1.0, -2.0, 3.0, -2.0], [0.0, 1.0, -1.0, 0.0]],
        };
        for way in ways {
            let h = 1e-6;
            let moved = |h: f64| divergence(&std::array::from_fn(|i| q[i] + h * way[i]));
            let slope = (moved(h) - moved(-h)) / (2.0 * h);
            let loss: f64 = (0..4).map(|i| way[i] * loss_at(i)).sum();
            is_near(&format!("{objective} along {way:?}"), loss, slope, 1e-8);
        }
    }
}

#[test]
fn smoothed_labels_shrink_the_discriminator() {
    for (t, u) in [(0.9, 0.0), (0.9, 0.1), (0.6, 0.3)] {
        let (table, _, _) = played(Objective::Minimax, (t, u), f64::INFINITY);
        for (i, s) in table.into_iter().enumerate() {
            let (p, q) = (mass(P, i), mass(Q, i));
            is_near(&format!("{t} {u} at {i}"), fenchel::numeric::sigmoid(s), (t * p + u * q) / (p + q), 1e-3);
        }
    }
}
