//! The aggregated MMD test: the procedure of its paper done slowly, its level, and what it sees.

use super::*;
use fenchel::score::aggregated::{aggregate, mmd_agg};
use rand::seq::SliceRandom;

/// All kernels between all pairs of pooled rows, the diagonal 0.
fn kernels(pooled: &Array2<f64>) -> Vec<Array2<f64>> {
    let n = pooled.nrows();
    let city = |i: usize, j: usize| (&pooled.row(i) - &pooled.row(j)).mapv(f64::abs).sum();
    let straight = |i: usize, j: usize| distance(pooled.row(i), pooled.row(j));
    let widths = |of: &dyn Fn(usize, usize) -> f64| -> Vec<f64> {
        let mut all: Vec<f64> = (0..n).flat_map(|i| (0..i).map(move |j| (i, j))).map(|(i, j)| of(i, j)).collect();
        all.sort_by(f64::total_cmp);
        let (low, high) = (all[all.len() / 20] / 2.0, all[all.len() - 1] * 2.0);
        (0..10).map(|k| low * (high / low).powf(f64::from(k) / 9.0)).collect()
    };
    let matrix =
        |of: &dyn Fn(usize, usize) -> f64| Array2::from_shape_fn((n, n), |(i, j)| if i == j { 0.0 } else { of(i, j) });
    let laplace = widths(&city).into_iter().map(|s| matrix(&|i, j| (-city(i, j) / s).exp()));
    let gaussian = widths(&straight).into_iter().map(|s| matrix(&|i, j| (-0.5 * (straight(i, j) / s).powi(2)).exp()));
    laplace.chain(gaussian).collect()
}

/// The unbiased squared MMD where `real` says which rows are real.
fn statistic(kernel: &Array2<f64>, real: &[bool]) -> f64 {
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (i, row) in kernel.rows().into_iter().enumerate() {
        for (j, k) in row.iter().enumerate() {
            match (real[i], real[j]) {
                (true, true) => xx += k,
                (false, false) => yy += k,
                _ => xy += k / 2.0,
            }
        }
    }
    let n = real.iter().filter(|real| **real).count() as f64;
    let m = real.len() as f64 - n;
    xx / (n * (n - 1.0)) + yy / (m * (m - 1.0)) - 2.0 * xy / (n * m)
}

/// Algorithm 1 of the paper: statistics by kernel (rows), those of the `first` relabellings with the samples' own, and
/// of others. With equal weights and bisection.
fn paper(seen: &[f64], first: &[Vec<f64>], others: &[Vec<f64>], level: f64) -> bool {
    let kernels = seen.len() as f64;
    let sorted: Vec<Vec<f64>> = (0..seen.len())
        .map(|k| {
            let mut all: Vec<f64> = first.iter().map(|statistics| statistics[k]).chain([seen[k]]).collect();
            all.sort_by(f64::total_cmp);
            all
        })
        .collect();
    let quantile = |k: usize, u: f64| {
        let place = (sorted[k].len() as f64 * (1.0 - u / kernels)).ceil() as usize;
        sorted[k][place.max(1) - 1]
    };
    let exceeds = |statistics: &[f64], u: f64| (0..seen.len()).any(|k| statistics[k] > quantile(k, u));
    let (mut low, mut high) = (0.0, kernels);
    for _ in 0..50 {
        let u = (low + high) / 2.0;
        let share = others.iter().filter(|one| exceeds(one, u)).count() as f64 / others.len() as f64;
        if share <= level { low = u } else { high = u }
    }
    exceeds(seen, low)
}

#[test]
fn members_are_the_kernels_of_the_paper() {
    let (x, y) = (normal(30, 3, 41, 0), normal(25, 3, 41, 1) * 1.5);
    let found = aggregate(&pair(&law(x.clone()), &law(y.clone())), Permutations::new(60, 0)).unwrap();
    let slow = kernels(&concatenate![ndarray::Axis(0), x, y]);
    let real: Vec<bool> = (0..55).map(|i| i < 30).collect();
    assert_eq!(found.members.len(), 20);
    for (member, kernel) in found.members.iter().zip(&slow) {
        close(member.value, statistic(kernel, &real), 1e-12);
    }
    assert!(found.members[..10].iter().all(|m| m.family.to_string() == "Laplace"));
    close(found.estimate.value, found.members.iter().map(|m| m.value).sum::<f64>() / 20.0, 1e-12);
    let least = found.members.iter().map(|m| m.p_value).fold(1.0, f64::min);
    assert_eq!(found.members[found.best].p_value, least);
    // the jackknife of the mean, point by point
    let mean = |real: &[Option<bool>]| {
        let kept: Vec<usize> = (0..55).filter(|&i| real[i].is_some()).collect();
        let labels: Vec<bool> = kept.iter().map(|&i| real[i] == Some(true)).collect();
        let of = |kernel: &Array2<f64>| {
            statistic(&kernel.select(ndarray::Axis(0), &kept).select(ndarray::Axis(1), &kept), &labels)
        };
        slow.iter().map(of).sum::<f64>() / 20.0
    };
    let spread = |rows: std::ops::Range<usize>| {
        let without: Vec<f64> =
            rows.map(|left| mean(&(0..55).map(|i| (i != left).then_some(i < 30)).collect::<Vec<_>>())).collect();
        let n = without.len() as f64;
        let middle = without.iter().sum::<f64>() / n;
        (n - 1.0) / n * without.iter().map(|v| (v - middle) * (v - middle)).sum::<f64>()
    };
    close(found.estimate.std_error.unwrap(), (spread(0..30) + spread(30..55)).sqrt(), 1e-9);
}

/// At each level the decision is that of the paper's bisection, but where the p-value is within its grain of the level.
#[test]
fn it_decides_as_the_procedure_of_the_paper() {
    let (mut decided, mut apart) = (0, 0);
    for run in 0..24u64 {
        let shift = 0.1 * run as f64;
        let (x, y) = (normal(16, 2, 50 + run, 0), normal(13, 2, 50 + run, 1) + shift);
        let found = aggregate(&pair(&law(x.clone()), &law(y.clone())), Permutations::new(399, run)).unwrap();
        let slow = kernels(&concatenate![ndarray::Axis(0), x, y]);
        let mut real: Vec<bool> = (0..29).map(|i| i < 16).collect();
        let all = |real: &[bool]| slow.iter().map(|kernel| statistic(kernel, real)).collect::<Vec<f64>>();
        let seen = all(&real);
        // relabellings of its own
        let mut rng = stream(1000 + run, 0);
        let mut draw = || {
            real.shuffle(&mut rng);
            all(&real)
        };
        let (first, others): (Vec<_>, Vec<_>) =
            ((0..399).map(|_| draw()).collect(), (0..399).map(|_| draw()).collect());
        let p = found.estimate.p_value.unwrap();
        for level in [0.02, 0.1, 0.3] {
            // p-values of 399 other relabellings scatter by √(p (1-p)/399), both here and there, and ranks as much
            // again
            if (p - level).abs() > 4.0 * 2.0 * (level * (1.0 - level) / 399.0f64).sqrt() {
                decided += 1;
                apart += usize::from(paper(&seen, &first, &others, level) != found.rejects(level));
            }
        }
    }
    assert!(decided > 24 && apart == 0, "{decided} {apart}");
}

#[test]
fn equal_laws_are_rejected_as_often_as_the_level_says() {
    const RUNS: usize = 600;
    let p_of = |run: u64| {
        // unequal sizes, few relabellings, and in a third of the runs ties
        let round = |x: Array2<f64>| if run.is_multiple_of(3) { x.mapv(f64::round) } else { x };
        let (x, y) = (law(round(normal(12, 2, 7000 + run, 0))), law(round(normal(17, 2, 7000 + run, 1))));
        mmd_agg(&pair(&x, &y), Permutations::new(59, run)).unwrap().p_value.unwrap()
    };
    let p: Vec<f64> = (0..RUNS as u64).map(p_of).collect();
    for level in [0.05, 0.1, 0.2, 0.5] {
        let share = p.iter().filter(|p| **p <= level).count() as f64 / RUNS as f64;
        let deviation = (level * (1.0 - level) / RUNS as f64).sqrt();
        assert!(share < level + 3.5 * deviation, "{level}: {share}");
        // and it does not waste much of it
        assert!(share > 0.5 * level - 3.0 * deviation, "{level}: {share}");
    }
}

/// Two scales: clusters 40 apart, whose inner shape is all that differs. The median distance is that of the clusters.
#[test]
fn it_sees_what_the_median_distance_hides() {
    const RUNS: u64 = 20;
    let (mut by_median, mut by_all) = (0, 0);
    for run in 0..RUNS {
        let clusters = |n: usize, task: u64, inner: f64| {
            let mut rng = stream(300 + run, task);
            Array2::from_shape_fn((n, 2), |(i, j)| {
                let noise: f64 = StandardNormal.sample(&mut rng);
                40.0 * ((i >> j) % 2) as f64 + inner * noise
            })
        };
        let (x, y) = (law(clusters(80, 0, 1.0)), law(clusters(80, 1, 0.5)));
        let both = pair(&x, &y);
        let test = Permutations::new(99, run);
        by_median += usize::from(mmd(&both, test).unwrap().p_value.unwrap() <= 0.05);
        by_all += usize::from(mmd_agg(&both, test).unwrap().p_value.unwrap() <= 0.05);
    }
    assert!(by_median <= 4 && by_all >= 17, "median {by_median}, all {by_all} of {RUNS}");
}

#[test]
fn its_value_does_not_see_units_shifts_or_the_order_of_rows() {
    let (x, y) = (normal(40, 3, 43, 0), normal(35, 3, 43, 1) + 0.4);
    let of = |x: Array2<f64>, y: Array2<f64>| mmd_agg(&pair(&law(x), &law(y)), Permutations::new(99, 1)).unwrap();
    let plain = of(x.clone(), y.clone());
    for unit in [2f64.powi(-600), 2f64.powi(9), 2f64.powi(400)] {
        let scaled = of(&x * unit, &y * unit);
        assert_eq!((scaled.value, scaled.std_error, scaled.p_value), (plain.value, plain.std_error, plain.p_value));
    }
    close(of(&x + 7.0, &y + 7.0).value, plain.value, 1e-10);
    let reversed = of(x.slice(s![..;-1, ..]).to_owned(), y.slice(s![..;-1, ..]).to_owned());
    close(reversed.value, plain.value, 1e-12);
    close(of(y, x).value, plain.value, 1e-12);
}

#[test]
fn extremes() {
    // all rows equal: nothing to see
    let same = law(Array2::ones((6, 2)));
    let found = mmd_agg(&pair(&same, &same), Permutations::new(99, 0)).unwrap();
    assert!(found.value.abs() < 1e-12 && found.p_value == Some(1.0), "{found:?}");
    // two rows of either, and laws far apart: one of three relabellings is as extreme
    let (x, y) = (law(array![[0.0], [1.0]]), law(array![[100.0], [101.0]]));
    let found = mmd_agg(&pair(&x, &y), Permutations::new(999, 0)).unwrap();
    assert!((found.p_value.unwrap() - 1.0 / 3.0).abs() < 0.06 && found.std_error.is_none(), "{found:?}");
    // one point against another
    let (x, y) = (law(Array2::zeros((20, 1))), law(Array2::ones((20, 1))));
    let found = mmd_agg(&pair(&x, &y), Permutations::new(199, 0)).unwrap();
    assert_eq!(found.p_value, Some(1.0 / 200.0));
    // more columns than rows, constant ones among them
    let wide = |task: u64| {
        let mut x = normal(12, 40, 44, task);
        x.column_mut(3).fill(5.0);
        x
    };
    let found = mmd_agg(&pair(&law(wide(0)), &law(wide(1) + 2.0)), Permutations::new(99, 0)).unwrap();
    assert!(found.p_value == Some(0.01) && found.value.is_finite(), "{found:?}");
    // without relabellings there is a value and no test
    let found = aggregate(&pair(&law(wide(0)), &law(wide(1))), Permutations::none()).unwrap();
    assert!(found.estimate.p_value.is_none() && found.estimate.baseline.is_none() && !found.rejects(1.0));
    // more rows than are taken
    let many = law(normal(6000, 1, 45, 0));
    let found = mmd_agg(&pair(&many, &law(normal(50, 1, 45, 1))), Permutations::none()).unwrap();
    assert_eq!((found.n, found.m), (5000, 50));
}
