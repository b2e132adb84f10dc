//! Tables: exact values, independent slow implementations, properties, extremes, and how often intervals hold the truth.
#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use fenchel::measure::{Column, Frame};
use fenchel::numeric::stream;
use fenchel::score::Permutations;
use fenchel::score::table::{ColumnScores, Encoding, MOST_LEVELS, associations, columns};
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

pub(super) fn numbers(values: &[f64]) -> Column {
    Column::numbers(values.iter().map(|value| Some(*value))).unwrap()
}

pub(super) fn words<W: AsRef<str>>(values: &[W]) -> Column {
    Column::categories(values.iter().map(Some))
}

pub(super) fn frame(columns: Vec<(&str, Column)>) -> Frame {
    Frame::new(columns.into_iter().map(|(name, column)| (name.to_owned(), column)).collect()).unwrap()
}

pub(super) fn test() -> Permutations {
    Permutations::new(999, 7)
}

fn one(real: Column, generated: Column) -> ColumnScores {
    columns(&frame(vec![("c", real)]), &frame(vec![("c", generated)]), test()).unwrap().swap_remove(0)
}

pub(super) fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() <= 1e-12 * expected.abs().max(1e-3), "{found} is not {expected}");
}

#[test]
fn known_values_of_a_column() {
    // scipy.stats.wasserstein_distance([0, 1, 3], [5, 6, 8]) = 5, and ks_2samp = 1 with p = 2/20
    let found = one(numbers(&[0.0, 1.0, 3.0]), numbers(&[5.0, 6.0, 8.0]));
    near(found.score("w1").unwrap().value, 5.0);
    near(found.score("w1_relative").unwrap().value, 5.0 / (14.0f64 / 9.0).sqrt());
    near(found.score("ks").unwrap().value, 1.0);
    near(found.score("ks").unwrap().p_value.unwrap(), 0.1);
    // between 4 and 4.5: 4/5 against 1/3
    let found = one(numbers(&[1.0, 2.0, 3.0, 4.0, 5.0]), numbers(&[2.5, 4.5, 6.5]));
    near(found.score("ks").unwrap().value, 7.0 / 15.0);
    // shares (3/4, 1/4, 0) and (1/4, 1/4, 1/2)
    let found = one(words(&["a", "a", "a", "b"]), words(&["a", "b", "c", "c"]));
    near(found.score("tv").unwrap().value, 0.5);
    let half = |p: f64, q: f64| if p > 0.0 { 0.5 * p * (2.0 * p / (p + q)).ln() } else { 0.0 };
    let cells = [(0.75, 0.25), (0.25, 0.25), (0.0, 0.5)];
    near(found.score("jsd").unwrap().value, cells.iter().map(|(p, q)| half(*p, *q) + half(*q, *p)).sum());
    assert_eq!((found.unseen, found.lost), (vec![("c".to_owned(), 2)], vec![]));
    // two categories of 4 + 4 rows, 4-0 against 0-4: 2 of C(8, 4)
    let found = one(words(&["a"; 4]), words(&["b"; 4]));
    near(found.score("tv").unwrap().p_value.unwrap(), 2.0 / 70.0);
}

#[test]
fn missing_cells_are_counted_and_left_aside() {
    let cells =
        |missing: usize| Column::numbers((0..100).map(|i| (i >= missing).then_some(f64::from(i as u32)))).unwrap();
    let found = one(cells(56), cells(48));
    assert_eq!(found.missing_shares, (0.56, 0.48));
    near(found.missing.value, -0.08);
    // statsmodels.stats.proportion.confint_proportions_2indep(48, 100, 56, 100, method="newcomb", alpha=0.1), by Wilson's intervals
    let wilson = |p: f64| {
        let (n, z) = (100.0, 1.644_853_626_951_472_2f64);
        let middle = (p + z * z / (2.0 * n)) / (1.0 + z * z / n);
        let reach = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt() / (1.0 + z * z / n);
        (middle - reach, middle + reach)
    };
    let ((a, b), (c, d)) = (wilson(0.56), wilson(0.48));
    let (low, high) = found.missing.interval.unwrap();
    near(low, -0.08 - (0.48 - c).hypot(b - 0.56));
    near(high, -0.08 + (d - 0.48).hypot(0.56 - a));
    assert_eq!((found.score("ks").unwrap().n, found.score("ks").unwrap().m), (44, 52));
    // nothing there at all
    let gone = one(Column::numbers([None; 5]).unwrap(), numbers(&[1.0, 2.0, 3.0]));
    assert!(gone.first().is_none() && gone.p_adjusted.is_none());
    assert!(gone.scores[0].1.as_ref().unwrap_err().to_string().contains("real column"));
    assert_eq!(gone.missing_shares, (1.0, 0.0));
}

/// Mixed columns of `n` rows that hang together.
fn mixed(n: usize, shift: f64, rng: &mut impl Rng) -> Frame {
    let (mut x, mut y, mut c, mut d) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..n {
        let z: f64 = StandardNormal.sample(rng);
        let e: f64 = StandardNormal.sample(rng);
        x.push(z);
        y.push(0.5 * z + e + shift);
        c.push(if z > 0.8 {
            "high"
        } else if z + e < -0.5 {
            "low"
        } else {
            "middle"
        });
        d.push(["red", "green", "blue"][(rng.random::<f64>() * 3.0) as usize]);
    }
    frame(vec![("x", numbers(&x)), ("y", numbers(&y)), ("c", words(&c)), ("d", words(&d))])
}

/// Pearson's correlation of the first two columns by its definition.
fn correlation(frame: &Frame) -> f64 {
    let (x, y) = (frame.columns()[0].values().unwrap(), frame.columns()[1].values().unwrap());
    let n = x.len() as f64;
    let (a, b) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let dot = |u: &[f64], a: f64, v: &[f64], b: f64| u.iter().zip(v).map(|(u, v)| (u - a) * (v - b)).sum::<f64>();
    dot(x, a, y, b) / (dot(x, a, x, a) * dot(y, b, y, b)).sqrt()
}

#[test]
fn slow_implementations_agree() {
    let (real, made) = (mixed(60, 0.0, &mut stream(1, 0)), mixed(45, 0.5, &mut stream(1, 1)));
    let found = columns(&real, &made, test()).unwrap();
    let (x, y) = (real.columns()[1].values().unwrap(), made.columns()[1].values().unwrap());
    let cdf = |values: &[f64], t: f64| values.iter().filter(|v| **v <= t).count() as f64 / values.len() as f64;
    let ks = |x: &[f64], y: &[f64]| x.iter().chain(y).map(|t| (cdf(x, *t) - cdf(y, *t)).abs()).fold(0.0, f64::max);
    near(found[1].score("ks").unwrap().value, ks(x, y));
    // the p-value beside that of shuffled rows
    let mut pooled = [x, y].concat();
    let (mut rng, seen) = (stream(1, 2), ks(x, y));
    let mut hits = 0;
    for _ in 0..4000 {
        pooled.shuffle(&mut rng);
        hits += u32::from(ks(&pooled[..60], &pooled[60..]) >= seen - 1e-12);
    }
    let (p, by_rows) = (found[1].score("ks").unwrap().p_value.unwrap(), f64::from(hits) / 4000.0);
    assert!((p - by_rows).abs() < 4.0 * (by_rows / 4000.0).sqrt() + 1e-3, "{p} {by_rows}");
    // total variation and its p-value, row by row
    let level = |frame: &Frame, row: usize| frame.columns()[2].category(row).unwrap().to_owned();
    let mut rows: Vec<String> = (0..60).map(|i| level(&real, i)).chain((0..45).map(|i| level(&made, i))).collect();
    let tv = |rows: &[String]| {
        let share = |part: &[String], w: &str| part.iter().filter(|v| *v == w).count() as f64 / part.len() as f64;
        ["low", "middle", "high"].iter().map(|w| (share(&rows[..60], w) - share(&rows[60..], w)).abs()).sum::<f64>()
            / 2.0
    };
    let seen = tv(&rows);
    near(found[2].score("tv").unwrap().value, seen);
    let mut hits = 0;
    for _ in 0..4000 {
        rows.shuffle(&mut rng);
        hits += u32::from(tv(&rows) >= seen - 1e-12);
    }
    let (p, by_rows) = (found[2].score("tv").unwrap().p_value.unwrap(), f64::from(hits) / 4000.0);
    assert!((p - by_rows).abs() < 0.06, "{p} {by_rows}");
    let pairs = associations(&real, &made, test()).unwrap().pairs;
    near(pairs[0].real, correlation(&real));
    near(pairs[0].generated, correlation(&made));
    // its error beside Fisher's
    let fisher =
        ((1.0 - correlation(&real).powi(2)).powi(2) / 60.0 + (1.0 - correlation(&made).powi(2)).powi(2) / 45.0).sqrt();
    assert!((pairs[0].std_error / fisher).ln().abs() < 0.5, "{} {fisher}", pairs[0].std_error);
}

#[test]
fn a_slow_implementation_of_ranks_agrees() {
    let (real, made) = (mixed(60, 0.0, &mut stream(1, 0)), mixed(45, 0.5, &mut stream(1, 1)));
    // of ranks, those of equal numbers averaged, and without every twentieth row
    let rank = |values: &[f64], at: f64| {
        let (below, equal) = values.iter().fold((0.0, 0.0), |(below, equal), v| {
            (below + f64::from(u8::from(*v < at)), equal + f64::from(u8::from(*v == at)))
        });
        below + (equal + 1.0) / 2.0
    };
    let ranked = |frame: &Frame, kept: &dyn Fn(usize) -> bool| {
        let column = |k: usize| {
            let all = frame.columns()[k].values().unwrap().iter().enumerate().filter(|(i, _)| kept(*i));
            let values: Vec<f64> = all.map(|(_, value)| (2.0 * value).round()).collect();
            numbers(&values.iter().map(|value| rank(&values, *value)).collect::<Vec<f64>>())
        };
        self::frame(vec![("x", column(0)), ("y", column(1))])
    };
    let rounded = |of: &Frame| {
        let column = |k: usize| {
            let values = of.columns()[k].values().unwrap().iter();
            numbers(&values.map(|value| (2.0 * value).round()).collect::<Vec<f64>>())
        };
        self::frame(vec![("x", column(0)), ("y", column(1))])
    };
    let tied = associations(&rounded(&real), &rounded(&made), test()).unwrap().pairs;
    assert_eq!(tied.iter().map(|pair| pair.kind.name()).collect::<Vec<_>>(), ["pearson", "spearman"]);
    near(tied[1].real, correlation(&ranked(&real, &|_| true)));
    near(tied[1].generated, correlation(&ranked(&made, &|_| true)));
    let spread = |of: &Frame| {
        let without: Vec<f64> = (0..20).map(|group| correlation(&ranked(of, &|i| i % 20 != group))).collect();
        let mean = without.iter().sum::<f64>() / 20.0;
        19.0 / 20.0 * without.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
    };
    near(tied[1].std_error, (spread(&real) + spread(&made)).sqrt());
}

#[test]
fn rows_names_and_columns_may_be_in_any_order() {
    let (real, made) = (mixed(80, 0.0, &mut stream(2, 0)), mixed(70, 0.3, &mut stream(2, 1)));
    let found = columns(&real, &made, test()).unwrap();
    let values = |scores: &ColumnScores| -> Vec<f64> {
        let of_one = |score: &fenchel::certificate::Estimate| {
            let (low, high) = score.interval.unwrap();
            [score.value, low, high, score.p_value.unwrap_or(0.0)]
        };
        scores.scores.iter().flat_map(|(_, score)| of_one(score.as_ref().unwrap())).collect()
    };
    // rows in another order, and other names for the categories
    let turned = |frame_of: &Frame| {
        let n = frame_of.rows();
        let order: Vec<usize> = (0..n).map(|i| (i * 37 + 5) % n).collect();
        let column = |column: &Column| match column.values() {
            Some(values) => numbers(&order.iter().map(|&i| values[i]).collect::<Vec<_>>()),
            None => words(
                &order.iter().map(|&i| column.category(i).unwrap().chars().rev().collect()).collect::<Vec<String>>(),
            ),
        };
        let all: Vec<Column> = frame_of.columns().iter().map(column).collect();
        // and columns from last to first
        frame(frame_of.names().iter().map(String::as_str).zip(all).rev().collect())
    };
    let again = columns(&turned(&real), &turned(&made), test()).unwrap();
    for (a, b) in found.iter().zip(again.iter().rev()) {
        assert_eq!((&a.name, a.p_adjusted), (&b.name, b.p_adjusted));
        for (a, b) in values(a).into_iter().zip(values(b)) {
            near(b, a);
        }
    }
    let (pairs, others) =
        (associations(&real, &made, test()).unwrap(), associations(&turned(&real), &turned(&made), test()).unwrap());
    near(others.mean_difference.value, pairs.mean_difference.value);
    for pair in &pairs.pairs {
        let columns = (3 - pair.columns.1, 3 - pair.columns.0);
        let other = others.pairs.iter().find(|other| other.columns == columns && other.kind == pair.kind).unwrap();
        near(other.real, pair.real);
        near(other.generated, pair.generated);
    }
    // a constant column hangs together with none
    let with = |of: &Frame| {
        let mut all: Vec<(String, Column)> = of.names().iter().cloned().zip(of.columns().iter().cloned()).collect();
        all.push(("k".to_owned(), numbers(&vec![0.1; of.rows()])));
        all.push(("l".to_owned(), words(&vec!["same"; of.rows()])));
        Frame::new(all).unwrap()
    };
    for pair in associations(&with(&real), &with(&made), test()).unwrap().pairs.iter().filter(|pair| pair.columns.1 > 3)
    {
        assert_eq!((pair.real, pair.generated, pair.std_error, pair.p_value), (0.0, 0.0, 0.0, Some(1.0)));
    }
    for scores in &columns(&with(&real), &with(&made), test()).unwrap()[4..] {
        assert_eq!((scores.first().unwrap().value, scores.p_adjusted), (0.0, Some(1.0)));
    }
}

#[test]
fn units_make_no_difference() {
    let (real, made) = (mixed(50, 0.0, &mut stream(3, 0)), mixed(50, 0.4, &mut stream(3, 1)));
    let plain = (columns(&real, &made, test()).unwrap(), associations(&real, &made, test()).unwrap());
    for k in [-660, 480] {
        let scaled = |of: &Frame| {
            let unit = |values: &[f64]| numbers(&values.iter().map(|v| v * 2f64.powi(k)).collect::<Vec<_>>());
            let column = |column: &Column| column.values().map_or_else(|| column.clone(), unit);
            frame(of.names().iter().map(String::as_str).zip(of.columns().iter().map(column)).collect())
        };
        let (real, made) = (scaled(&real), scaled(&made));
        let found = columns(&real, &made, test()).unwrap();
        for (found, plain) in found.iter().zip(&plain.0).take(2) {
            let value = |scores: &ColumnScores, name: &str| scores.score(name).unwrap().value;
            assert_eq!(value(found, "ks"), value(plain, "ks"));
            near(value(found, "w1") / 2f64.powi(k), value(plain, "w1"));
            near(value(found, "w1_relative"), value(plain, "w1_relative"));
        }
        let found = associations(&real, &made, test()).unwrap();
        near(found.mean_difference.value, plain.1.mean_difference.value);
        assert_eq!(found.mean_difference.p_value, plain.1.mean_difference.p_value);
    }
}

#[test]
fn extremes_have_the_right_answer() {
    // one category, a category seen once, all rows equal
    let found = one(words(&["a"; 30]), words(&["a"; 20]));
    assert_eq!((found.first().unwrap().value, found.first().unwrap().p_value), (0.0, Some(1.0)));
    let mut rare = vec!["a"; 30];
    rare[7] = "b";
    let found = one(words(&rare), words(&["a"; 30]));
    near(found.first().unwrap().value, 1.0 / 30.0);
    assert_eq!((found.first().unwrap().p_value, found.lost.len()), (Some(1.0), 1));
    let found = one(numbers(&[2.0; 30]), numbers(&[2.0; 20]));
    assert_eq!((found.first().unwrap().value, found.score("w1").unwrap().value), (0.0, 0.0));
    assert!(
        found.score("w1_relative").is_none()
            && found.scores[2].1.as_ref().unwrap_err().to_string().contains("constant")
    );
    // 10,000 categories, each seen once in either table: nothing can be told
    let many: Vec<String> = (0..10_000).map(|i| format!("c{i}")).collect();
    let found = one(words(&many), words(&many));
    assert_eq!(found.first().unwrap().value, 0.0);
    let others: Vec<String> = (0..10_000).map(|i| format!("d{i}")).collect();
    let found = one(words(&many), words(&others));
    assert_eq!((found.first().unwrap().value, found.unseen.len()), (1.0, 10_000));
    assert_eq!(
        found.first().unwrap().p_value,
        Some(1.0),
        "samples without a repeated category look like that under equal laws too"
    );
    // encoded with a bounded number of coordinates
    let (real, made) = (frame(vec![("c", words(&many))]), frame(vec![("c", words(&others))]));
    let encoding = Encoding::of(&real, &[&made]);
    assert_eq!(encoding.dimension(), MOST_LEVELS + 1);
    assert!(encoding.to_string().contains("19936 rarest"), "{encoding}");
    assert_eq!(encoding.apply(&real).unwrap().len(), 10_000);
    // two rows
    let few = one(numbers(&[1.0, 2.0]), numbers(&[1.5, 3.0]));
    near(few.first().unwrap().value, 0.5);
    assert_eq!(few.first().unwrap().p_value, Some(1.0));
}

#[test]
fn tables_that_do_not_belong_together_are_refused() {
    let (x, c) = (frame(vec![("x", numbers(&[1.0, 2.0]))]), frame(vec![("x", words(&["a", "b"]))]));
    let message = columns(&x, &c, test()).unwrap_err().to_string();
    assert!(message.contains("`x`") && message.contains("category"), "{message}");
    let two = frame(vec![("x", numbers(&[1.0, 2.0])), ("y", numbers(&[1.0, 2.0]))]);
    assert!(columns(&x, &two, test()).is_err() && associations(&x, &x, test()).is_err());
    assert!(associations(&two, &two, test()).unwrap_err().to_string().contains("rows"));
    assert!(columns(&x, &x, Permutations::new(2_000_000, 0)).is_err());
}

/// A difference that is there is found, in the pair where it is; and what is not there is not.
#[test]
fn a_broken_association_is_named() {
    let (real, mut rng) = (mixed(400, 0.0, &mut stream(4, 0)), stream(4, 1));
    let made = mixed(300, 0.0, &mut rng);
    let found = associations(&real, &made, test()).unwrap();
    assert!(found.mean_difference.p_value.unwrap() > 0.01);
    // the second column shuffled
    let mut y = made.columns()[1].values().unwrap().to_vec();
    y.shuffle(&mut rng);
    let all = made.columns();
    let broken = frame(vec![("x", all[0].clone()), ("y", numbers(&y)), ("c", all[2].clone()), ("d", all[3].clone())]);
    let found = associations(&real, &broken, test()).unwrap();
    let worst = found.largest(1)[0];
    assert!(worst.columns.1 == 1 || worst.columns.0 == 1, "{worst:?}");
    assert!(worst.p_value.unwrap() < 0.01 && worst.difference().abs() > 4.0 * worst.std_error, "{worst:?}");
    assert!(found.mean_difference.p_value.unwrap() < 0.01);
    let (low, high) = found.mean_difference.interval.unwrap();
    assert!(low > 0.0 && low < found.mean_difference.value && found.mean_difference.value < high);
}

fn coverage(truth: [f64; 2], draw: impl Fn(u64) -> (Column, Column), names: [&str; 2]) -> [f64; 2] {
    const RUNS: u64 = 200;
    let mut hits = [0.0; 2];
    for run in 0..RUNS {
        let (real, made) = draw(run);
        let found = columns(&frame(vec![("c", real)]), &frame(vec![("c", made)]), Permutations::new(199, run)).unwrap();
        for (hit, (name, truth)) in hits.iter_mut().zip(names.iter().zip(truth)) {
            let (low, high) = found[0].score(name).unwrap().interval.unwrap();
            *hit += f64::from(u8::from(low <= truth + 1e-12 && truth <= high + 1e-12)) / RUNS as f64;
        }
    }
    hits
}

#[test]
fn intervals_hold_the_truth_as_often_as_they_say() {
    let category = |shares: &[f64], n: usize, rng: &mut dyn FnMut() -> f64| {
        let draw = |mut u: f64| {
            shares.iter().position(|share| {
                u -= share;
                u < 0.0
            })
        };
        let cells: Vec<String> = (0..n).map(|_| draw(rng()).unwrap_or(0).to_string()).collect();
        words(&cells)
    };
    let even = |k: usize| vec![1.0 / k as f64; k];
    let tilted = |k: usize| (0..k).map(|i| (1.0 + if i < k / 2 { 0.4 } else { -0.4 }) / k as f64).collect::<Vec<f64>>();
    for (p, q, truth) in
        [(even(4), even(4), 0.0), (even(4), tilted(4), 0.2), (even(50), even(50), 0.0), (even(50), tilted(50), 0.2)]
    {
        let found = coverage(
            [
                truth,
                p.iter()
                    .zip(&q)
                    .map(|(p, q)| 0.5 * (p * (2.0 * p / (p + q)).ln() + q * (2.0 * q / (p + q)).ln()))
                    .sum(),
            ],
            |run| {
                let (mut a, mut b) = (stream(5, 2 * run), stream(5, 2 * run + 1));
                (category(&p, 300, &mut || a.random()), category(&q, 200, &mut || b.random()))
            },
            ["tv", "jsd"],
        );
        assert!(found[0] >= 0.86 && found[1] >= 0.84, "{} categories, {truth}: {found:?}", p.len());
    }
    // normal columns: ks of a shift by one is 2Φ(1/2) - 1
    for (shift, ks) in [(0.0, 0.0), (1.0, 0.382_924_922_548_026)] {
        let found = coverage(
            [ks, shift],
            |run| {
                let normal = |task: u64, n: usize, shift: f64| {
                    let mut rng = stream(6, task);
                    let values: Vec<f64> =
                        (0..n).map(|_| shift + Distribution::<f64>::sample(&StandardNormal, &mut rng)).collect();
                    numbers(&values)
                };
                (normal(2 * run, 200, 0.0), normal(2 * run + 1, 300, shift))
            },
            ["ks", "w1"],
        );
        assert!(found[0] >= 0.87 && found[1] >= 0.84, "shift {shift}: {found:?}");
    }
}

#[test]
fn equal_laws_are_seldom_told_apart() {
    let runs = 100;
    let (mut any, mut apart) = (0, 0);
    for run in 0..runs {
        let (real, made) = (mixed(60, 0.0, &mut stream(8, 2 * run)), mixed(50, 0.0, &mut stream(8, 2 * run + 1)));
        let test = Permutations::new(199, run);
        any += u32::from(columns(&real, &made, test).unwrap().iter().any(|scores| scores.p_adjusted.unwrap() <= 0.1));
        let found = associations(&real, &made, Permutations::new(99, run)).unwrap();
        apart += u32::from(found.pairs.iter().any(|pair| pair.p_value.unwrap() <= 0.1));
    }
    // at most a tenth, and 100 runs tell that from a fifth
    assert!(any <= 18 && apart <= 18, "{any} {apart}");
}

/// What rises or falls together has the same ranks, whatever its shape; a single outlier moves Pearson's correlation alone.
#[test]
fn ranks_see_any_monotone_dependence() {
    let x: Vec<f64> = (0..60).map(|i| f64::from(i * 37 % 60) / 10.0).collect();
    let of = |y: &dyn Fn(f64) -> f64| {
        let y: Vec<f64> = x.iter().map(|x| y(*x)).collect();
        let real = frame(vec![("x", numbers(&x)), ("y", numbers(&y))]);
        associations(&real, &real, Permutations::none()).unwrap().pairs[1].real
    };
    near(of(&f64::exp), 1.0);
    near(of(&|x| -x.powi(5)), -1.0);
    near(of(&|x| if x < 5.85 { x } else { 1e9 }), 1.0);
    // beside which the others are equal in common units; the second stands in the first row
    near(of(&|x| if x < 5.85 { x } else { 1e300 }), 1.0);
    near(of(&|x| if x > 0.05 { x } else { -1e300 }), 1.0);
    assert!(of(&|x| ((10.0 * x).round() - 29.5).abs()).abs() < 1e-12);
    // scipy.stats.spearmanr([1, 2, 3, 4, 5, 6], [2, 1, 4, 3, 7, 5]) = 1 - 6 6/(6 35)
    let six =
        frame(vec![("x", numbers(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])), ("y", numbers(&[2.0, 1.0, 4.0, 3.0, 7.0, 5.0]))]);
    near(associations(&six, &six, Permutations::none()).unwrap().pairs[1].real, 1.0 - 36.0 / 210.0);
}
