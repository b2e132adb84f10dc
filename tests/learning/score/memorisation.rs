//! Copies of the training sample: slow twins of the scores that look for them, their calibration, and whom they catch.

use super::*;
use fenchel::score::cells::ct;
use fenchel::score::closest::dcr;
use fenchel::score::copied::copies;
use fenchel::score::likelihood::fld;
use ndarray::{Array1, Axis};
use rand::seq::SliceRandom;

fn test() -> Permutations {
    Permutations::new(199, 0)
}

fn grid(n: usize, d: usize, values: u32, task: u64) -> Array2<f64> {
    let mut rng = stream(61, task);
    Array2::from_shape_simple_fn((n, d), || f64::from(rng.random_range(0..values)))
}

/// A third of the rows are training rows, slightly moved.
fn memorised(train: &Array2<f64>, fresh: &Array2<f64>, noise: f64) -> Array2<f64> {
    let mut rows = fresh.clone();
    for i in (0..rows.nrows()).step_by(3) {
        let moved = &train.row(i) + noise;
        rows.row_mut(i).assign(&moved);
    }
    rows
}

#[test]
fn a_planted_memoriser_is_caught_and_an_honest_generator_is_not() {
    for (n, d) in [(300, 2), (300, 16)] {
        let (train, real, fresh) = (normal(n, d, 60, 0), normal(n, d, 60, 1), normal(n, d, 60, 2));
        let scores = |generated: Array2<f64>| {
            let metrics = [Metric::Copies, Metric::Dcr, Metric::Ct, Metric::Fld, Metric::Authenticity];
            let card = Scorecard::new().metrics(&metrics).permutations(199);
            card.score(&law(real.clone()), &law(generated), Some(&law(train.clone()))).unwrap()
        };
        let p = |score: &Estimate| score.p_value.unwrap();
        let honest = scores(fresh.clone());
        assert!(honest[0].value == 0.0 && p(&honest[0]) == 1.0);
        assert!(p(&honest[1]) > 0.02 && p(&honest[2]) > 0.02 && honest[2].value.abs() < 3.0, "{honest:?}");
        assert!(honest[3].value.abs() < 12.0, "{:?}", honest[3]);
        let moved = scores(memorised(&train, &fresh, 1e-4));
        assert!(moved[0].value == 0.0);
        assert!(p(&moved[1]) < 0.01 && moved[1].interval.unwrap().0 > 0.5, "{:?}", moved[1]);
        assert!(p(&moved[2]) < 0.01 && moved[2].value < -3.0, "{:?}", moved[2]);
        let copied = scores(memorised(&train, &fresh, 0.0));
        assert!((copied[0].value - 1.0 / 3.0).abs() < 0.01 && p(&copied[0]) < 1e-9, "{:?}", copied[0]);
        // FLD is a likelihood: what a third of copies costs is ln(3/2) or so a row, and all copies cost everything
        let all = scores(train.clone());
        assert!(all[3].value > 50.0 && all[3].interval.unwrap().0 > honest[3].interval.unwrap().1, "{:?}", all[3]);
        assert!(p(&all[1]) < 0.01 && p(&all[2]) < 0.01 && all[0].value == 1.0);
    }
}

/// The share by loops over all rows, ties in equal parts.
fn naive_dcr(train: &Array2<f64>, real: &Array2<f64>, generated: &Array2<f64>) -> f64 {
    let (mut trained, mut held_out) = (0.0, 0.0);
    for row in generated.rows() {
        let square = |other: ArrayView1<'_, f64>| (&other - &row).mapv(|t| t * t).sum();
        let (of_train, of_real): (Vec<f64>, Vec<f64>) =
            (train.rows().into_iter().map(square).collect(), real.rows().into_iter().map(square).collect());
        let least = of_train.iter().chain(&of_real).copied().fold(f64::INFINITY, f64::min);
        let at = |squares: &[f64]| squares.iter().filter(|s| **s == least).count() as f64;
        let (a, b) = (at(&of_train), at(&of_real));
        trained += a / (a + b);
        held_out += b / (a + b);
    }
    let balance = real.nrows() as f64 / train.nrows() as f64;
    balance * trained / (balance * trained + held_out)
}

#[test]
fn dcr_is_the_share_of_the_nearest() {
    for (t, n, m, d, values) in [(40, 40, 30, 2, 5), (90, 30, 50, 3, 3), (20, 70, 33, 1, 40), (300, 280, 100, 2, 9)] {
        let (train, real, generated) = (grid(t, d, values, 0), grid(n, d, values, 1), grid(m, d, values, 2));
        let of = |train: &Array2<f64>, real: &Array2<f64>, generated: &Array2<f64>| {
            dcr(&pair(&law(real.clone()), &law(generated.clone())), &law(train.clone()), test()).unwrap()
        };
        let found = of(&train, &real, &generated);
        close(found.value, naive_dcr(&train, &real, &generated), 1e-12);
        // the two samples change places, rows are reversed, units are others
        close(of(&real, &train, &generated).value, 1.0 - found.value, 1e-12);
        let back = |x: &Array2<f64>| x.slice(s![..;-1, ..]).to_owned();
        close(of(&back(&train), &back(&real), &back(&generated)).value, found.value, 1e-12);
        for unit in [2f64.powi(-500), 2f64.powi(300)] {
            assert_eq!(of(&(&train * unit), &(&real * unit), &(&generated * unit)).value, found.value);
        }
    }
}

/// The paper's statistic in one cell, by loops.
#[test]
fn ct_is_mann_and_whitneys_z() {
    for (t, n, m, d) in [(50, 60, 45, 2), (30, 25, 90, 20)] {
        let (train, real, generated) = (normal(t, d, 62, 0), normal(n, d, 62, 1), normal(m, d, 62, 2) * 0.8);
        let (far_real, far_generated) = (nearest(&train, &real), nearest(&train, &generated));
        let z = mann_whitney(&train, &real, &generated);
        let (n, m) = (n as f64, m as f64);
        let found = ct(&pair(&law(real.clone()), &law(generated.clone())), &law(train.clone()), test()).unwrap();
        close(found.value, z, 1e-10);
        // the error is that of both samples' placements
        let above = |g: &f64| far_real.iter().filter(|r| g > *r).count() as f64 / n;
        let below = |r: &f64| far_generated.iter().filter(|g| *g > r).count() as f64 / m;
        let spread = |values: Vec<f64>| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (values.len() as f64 - 1.0)
        };
        let of_auc = (spread(far_generated.iter().map(above).collect()) / m
            + spread(far_real.iter().map(below).collect()) / n)
            .sqrt();
        close(found.std_error.unwrap(), of_auc * n * m / (n * m * (n + m + 1.0) / 12.0).sqrt(), 1e-10);
    }
}

fn nearest(train: &Array2<f64>, x: &Array2<f64>) -> Vec<f64> {
    let least = |row: ArrayView1<'_, f64>| {
        train.rows().into_iter().map(|other| distance(row, other)).fold(f64::INFINITY, f64::min)
    };
    x.rows().into_iter().map(least).collect()
}

fn mann_whitney(train: &Array2<f64>, real: &Array2<f64>, generated: &Array2<f64>) -> f64 {
    let (far_real, far_generated) = (nearest(train, real), nearest(train, generated));
    let larger = far_generated.iter().flat_map(|g| far_real.iter().map(move |r| g > r));
    let u = larger.filter(|larger| *larger).count() as f64;
    let (n, m) = (far_real.len() as f64, far_generated.len() as f64);
    (u - n * m / 2.0) / (n * m * (n + m + 1.0) / 12.0).sqrt()
}

/// Two clusters far apart and two cells: each has its own statistic, weighted by its share of the real rows. One is
/// copied.
#[test]
fn ct_looks_into_each_region() {
    let cluster = |rows: usize, centre: f64, task: u64| normal(rows, 2, 63, task) + centre;
    let near = [cluster(150, 0.0, 0), cluster(130, 0.0, 1), cluster(120, 0.0, 2)];
    let far = [cluster(60, 1e4, 3), cluster(75, 1e4, 4), cluster(90, 1e4, 5)];
    let copied = &near[0].slice(s![..120, ..]) + &(normal(120, 2, 63, 6) * 1e-5);
    let both = |a: &Array2<f64>, b: &Array2<f64>| law(concatenate![Axis(0), *a, *b]);
    let (train, real, generated) = (both(&near[0], &far[0]), both(&near[1], &far[1]), both(&copied, &far[2]));
    let found = ct(&pair(&real, &generated), &train, test()).unwrap();
    let z = [mann_whitney(&near[0], &near[1], &copied), mann_whitney(&far[0], &far[1], &far[2])];
    close(found.value, (130.0 * z[0] + 75.0 * z[1]) / 205.0, 1e-9);
    assert!(z[0] < -8.0 && found.parameters.contains("2 of 2 cells") && found.p_value.unwrap() < 0.01, "{found:?}");
}

#[test]
fn copies_are_counted_exactly() {
    let (train, real, generated) = (grid(60, 3, 3, 3), grid(50, 3, 3, 4), grid(40, 3, 3, 5));
    let is_known = |row: ArrayView1<'_, f64>| train.rows().into_iter().any(|other| other == row);
    let share = |x: &Array2<f64>| x.rows().into_iter().filter(|row| is_known(*row)).count() as f64 / x.nrows() as f64;
    let found = copies(&pair(&law(real.clone()), &law(generated.clone())), &law(train.clone())).unwrap();
    assert_eq!((found.value, found.baseline.unwrap()), (share(&generated), share(&real)));
    // Fisher's test by hand: 3 of 4 generated and 0 of 2 real rows are copies; of 15 choices of 4 rows with all three
    // copies there are 3
    let (x, y) = (law(array![[5.0], [6.0]]), law(array![[1.0], [1.0], [-0.0], [7.0]]));
    let found = copies(&pair(&x, &y), &law(array![[0.0], [1.0]])).unwrap();
    assert_eq!(found.value, 0.75);
    close(found.p_value.unwrap(), 0.2, 1e-12);
    let (low, high) = found.interval.unwrap();
    let z = 1.644_853_626_951_472_2f64;
    // Wilson's interval of 3 in 4
    let middle = (0.75 + z * z / 8.0) / (1.0 + z * z / 4.0);
    close((low + high) / 2.0, middle, 1e-12);
}

/// The mixture by loops: expectation-maximisation of variances, and the densities.
fn naive_ln_density(centres: &Array2<f64>, sample: &Array2<f64>, at: &Array2<f64>) -> Vec<f64> {
    let d = centres.ncols() as f64;
    let square = |a: ArrayView1<'_, f64>, b: ArrayView1<'_, f64>| (&a - &b).mapv(|t| t * t).sum();
    let ln_normal = |s: f64, v: f64| -0.5 * s / v - 0.5 * d * (std::f64::consts::TAU * v).ln();
    let m = centres.nrows();
    let mean = sample.mean_axis(Axis(0)).unwrap();
    let squares = |x: ArrayView1<'_, f64>| -> Vec<f64> {
        let to_mean = 0.81 * square(x, mean.view());
        centres.rows().into_iter().map(|c| square(x, c)).chain([to_mean]).collect()
    };
    let all: Vec<Vec<f64>> = sample.rows().into_iter().map(squares).collect();
    let least = |j: usize| all.iter().map(|row| row[j]).fold(f64::INFINITY, f64::min);
    let mut variances: Vec<f64> = (0..m).map(|j| (least(j) + 1e-3) / d).chain([1.0]).collect();
    let mut before = f64::NEG_INFINITY;
    for _ in 0..100 {
        let terms = |row: &Vec<f64>| -> Vec<f64> {
            (0..=m).map(|j| ln_normal(row[j], variances[j]) - if j < m { (m as f64).ln() } else { 0.0 }).collect()
        };
        let (mut likely, mut shares, mut moments) = (0.0, vec![0.0; m + 1], vec![0.0; m + 1]);
        for row in &all {
            let terms = terms(row);
            let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let total: f64 = terms.iter().map(|t| (t - top).exp()).sum();
            likely += top + total.ln();
            for j in 0..=m {
                let part = (terms[j] - top).exp() / total;
                shares[j] += part;
                moments[j] += part * row[j];
            }
        }
        likely /= all.len() as f64 * d;
        if likely - before < 1e-5 {
            break;
        }
        before = likely;
        for j in (0..=m).filter(|j| shares[*j] > 0.0) {
            variances[j] = (moments[j] / (d * shares[j])).clamp((-40f64).exp(), 40f64.exp());
        }
    }
    let ln = |x: ArrayView1<'_, f64>| {
        let terms: Vec<f64> = (0..m).map(|j| ln_normal(square(x, centres.row(j)), variances[j])).collect();
        let top = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        top + terms.iter().map(|t| (t - top).exp()).sum::<f64>().ln() - (m as f64).ln()
    };
    at.rows().into_iter().map(ln).collect()
}

#[test]
fn fld_is_that_of_its_definition() {
    for (t, n, m, d) in [(40, 30, 25, 2), (50, 20, 60, 5), (24, 18, 20, 30)] {
        let (train, real, generated) =
            (normal(t, d, 64, 0) + 3.0, normal(n, d, 64, 1) + 3.0, normal(m, d, 64, 2) * 1.2 + 3.0);
        let (mean, deviation) = (real.mean_axis(Axis(0)).unwrap(), real.std_axis(Axis(0), 1.0));
        let scaled = |x: &Array2<f64>| (x - &mean) / &deviation;
        let (a, b, c) = (scaled(&train), scaled(&real), scaled(&generated));
        let likely: Array1<f64> = naive_ln_density(&c, &a, &b).into();
        let of_half = |split: u64| -> Array1<f64> {
            let mut order: Vec<usize> = (0..t).collect();
            order.shuffle(&mut stream(5, 43 + split));
            let size = m.min(t / 2);
            naive_ln_density(&a.select(Axis(0), &order[..size]), &a.select(Axis(0), &order[size..]), &b).into()
        };
        let halves = (0..4).map(|split| of_half(split).mean().unwrap()).sum::<f64>() / 4.0;
        let slow = 100.0 / d as f64 * (halves - likely.mean().unwrap());
        let of = |k: f64, shift: f64| {
            let moved = |x: &Array2<f64>| law(x * k + shift);
            fld(&pair(&moved(&real), &moved(&generated)), &moved(&train), 5).unwrap()
        };
        let found = of(1.0, 0.0);
        assert!((found.value - slow).abs() < 1e-6 * slow.abs().max(1.0), "{} {slow}", found.value);
        // it does not see units or shifts, since columns are standardised
        assert!((of(1024.0, -7.0).value - found.value).abs() < 1e-5 * found.value.abs().max(1.0));
        assert_eq!(of(2f64.powi(-700), 0.0).value, found.value);
    }
}

/// The paper's program in NumPy, on points that any program can write down. What it subtracts is the same for two
/// generators of one size, so their difference is compared: 49.8337 with variances by expectation-maximisation, and
/// 45.1 by the 50 steps of Adam that it takes.
#[test]
fn fld_of_another_program() {
    let wave = |n: usize, frequency: f64, shift: f64| {
        Array2::from_shape_fn((n, 3), |(i, j)| {
            1.5 * (frequency * (i as f64 + 1.0) * (j as f64 + 1.0).sqrt()).sin() + shift + 0.1 * j as f64
        })
    };
    let (train, real) = (law(wave(60, 0.7, 0.5)), law(wave(50, 1.3, 0.5)));
    let of = |generated: Array2<f64>| fld(&pair(&real, &law(generated)), &train, 0).unwrap().value;
    let apart = of(wave(40, 2.3, 0.9) * 1.1) - of(wave(40, 1.9, 0.5));
    assert!((apart - 49.833_706_803_730_28).abs() < 1e-6 && (apart - 45.1).abs() < 6.0, "{apart}");
}

#[test]
fn p_values_of_honest_generators_are_as_small_as_they_say() {
    const RUNS: u64 = 500;
    type Score = fn(&Pair<'_>, &Empirical) -> fenchel::Result<Estimate>;
    let scores: [(&str, Score, bool); 3] = [
        ("dcr", |pair, train| dcr(pair, train, Permutations::new(59, 1)), false),
        ("ct", |pair, train| ct(pair, train, Permutations::new(59, 1)), false),
        // on a grid, where rows are equal by chance
        ("copies", copies, true),
    ];
    for (name, score, discrete) in scores {
        let p_of = |run: u64| {
            let draw = |n: usize, task: u64| {
                let x = normal(n, 2, 9000 + run, task);
                law(if discrete { (x * 1.5).mapv(f64::round) } else { x })
            };
            let (train, real, generated) = (draw(45, 0), draw(30, 1), draw(35, 2));
            score(&pair(&real, &generated), &train).unwrap().p_value.unwrap()
        };
        as_often_as_the_level_says(name, &(0..RUNS).map(p_of).collect::<Vec<f64>>());
    }
}

#[test]
fn the_interval_of_dcr_holds_one_half_where_nothing_is_copied() {
    const RUNS: u64 = 400;
    let held = (0..RUNS).filter(|run| {
        let draw = |n: usize, task: u64| law(normal(n, 3, 20_000 + run, task));
        let (train, real, generated) = (draw(60, 0), draw(40, 1), draw(80, 2));
        let found = dcr(&pair(&real, &generated), &train, Permutations::none()).unwrap();
        let (low, high) = found.interval.unwrap();
        low <= 0.5 && 0.5 <= high
    });
    let share = held.count() as f64 / RUNS as f64;
    assert!((0.85..=0.97).contains(&share), "{share}");
}

#[test]
fn extremes() {
    let all = |train: &Empirical, real: &Empirical, generated: &Empirical| {
        let both = pair(real, generated);
        [copies(&both, train), dcr(&both, train, test()), ct(&both, train, test()), fld(&both, train, 0)]
    };
    // one point: everybody is a copy, and no one is nearer
    let point = law(Array2::ones((30, 2)));
    let [copied, closest, cells, likely] = all(&point, &point, &point);
    assert_eq!((copied.unwrap().value, closest.as_ref().unwrap().value), (1.0, 0.5));
    assert!(closest.unwrap().p_value.unwrap() > 0.99);
    let cells = cells.unwrap();
    assert_eq!((cells.value, cells.p_value), (0.0, Some(1.0)));
    assert!(likely.unwrap_err().to_string().contains("no density"));
    // constant columns, and more columns than rows
    let wide = |task: u64| {
        let mut x = normal(25, 40, 65, task);
        x.column_mut(2).fill(7.0);
        law(x)
    };
    let (train, real, generated) = (wide(0), wide(1), wide(2));
    for found in all(&train, &real, &generated) {
        let found = found.unwrap();
        assert!(found.value.is_finite() && found.std_error.unwrap().is_finite(), "{found:?}");
        assert!(found.name != "fld" || found.warnings[0].contains("1 columns that are constant"));
    }
    // few rows
    let (one, two) = (law(array![[0.0, 1.0]]), law(array![[0.0, 2.0], [3.0, 1.0]]));
    let [copied, closest, cells, likely] = all(&one, &two, &two);
    assert_eq!(copied.unwrap().value, 0.0);
    assert!(closest.is_ok() && cells.unwrap_err().to_string().contains("20 real") && likely.is_err());
    // a training sample that does not fit
    let narrow = law(normal(30, 1, 66, 0));
    for found in all(&narrow, &two, &two) {
        assert!(matches!(found.unwrap_err().cause(), Error::SizeMismatch { .. }));
    }
    let weighted = Empirical::weighted(array![[0.0, 0.0], [1.0, 1.0]], vec![0.25, 0.75]).unwrap();
    for found in all(&weighted, &two, &two) {
        assert!(matches!(found.unwrap_err().cause(), Error::Unsupported { .. }));
    }
    // far from each other, and at the ends of the numbers
    for scale in [1e-200, 1e150] {
        let of = |task: u64| law(normal(40, 2, 67, task) * scale);
        for found in all(&of(0), &of(1), &of(2)) {
            let found = found.unwrap();
            assert!(found.value.is_finite() && found.std_error.unwrap().is_finite(), "{scale}: {found:?}");
        }
    }
}
