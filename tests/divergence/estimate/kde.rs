//! Kernel densities: against sums by hand, bandwidths, invariance.

use super::*;
use std::f64::consts::PI;

/// The log-density of a kernel estimate with bandwidth `h` on the line, at `at`, `skip` left out.
fn ln_density(sample: &[f64], h: f64, at: f64, skip: Option<usize>) -> f64 {
    let n = sample.len() as f64;
    let mean = sample.iter().sum::<f64>() / n;
    let width = h * (sample.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let others = sample.iter().enumerate().filter(|(i, _)| Some(*i) != skip);
    let (sum, count) =
        others.fold((0.0, 0.0), |(sum, count), (_, x)| (sum + (-0.5 * ((at - x) / width).powi(2)).exp(), count + 1.0));
    (sum / (count * width * (2.0 * PI).sqrt())).ln()
}

#[test]
fn is_the_formula_on_the_line() {
    let (p, q) = laws(1);
    let (x, y) = (sample(&p, 120, 1), sample(&q, 90, 2));
    let (xs, ys): (Vec<f64>, Vec<f64>) = (x.points().iter().copied().collect(), y.points().iter().copied().collect());
    let h = 0.3;
    let ratio_x = |i: usize| ln_density(&xs, h, xs[i], Some(i)) - ln_density(&ys, h, xs[i], None);
    let ratio_y = |j: usize| ln_density(&xs, h, ys[j], None) - ln_density(&ys, h, ys[j], Some(j));
    let of = |name: &str| Kde::new().bandwidth(Bandwidth::Fixed(h)).estimate(&x, &y, kind(name)).unwrap().value;
    let kl = (0..120).map(ratio_x).sum::<f64>() / 120.0;
    close(of("kl"), kl, 1e-9, "kl");
    close(of("reverse_kl"), -(0..90).map(ratio_y).sum::<f64>() / 90.0, 1e-9, "reverse kl");
    // the value of the game at D = p/(p+q)
    let (at_x, at_y) = (|l: f64| -(-l).exp().ln_1p(), |l: f64| -l.exp().ln_1p());
    let game =
        (0..120).map(|i| at_x(ratio_x(i))).sum::<f64>() / 120.0 + (0..90).map(|j| at_y(ratio_y(j))).sum::<f64>() / 90.0;
    close(of("jsd"), 0.5 * (game + 4f64.ln()), 1e-9, "jsd");
    // 90 rows can show a ratio of 90
    let pearson = (0..120).map(|i| ratio_x(i).exp().min(90.0)).sum::<f64>() / 120.0 - 1.0;
    close(of("pearson"), pearson, 1e-9, "pearson");
}

#[test]
fn is_near_the_closed_form_and_does_not_change_under_affine_maps() {
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 1500, 1), sample(&q, 1200, 2));
    let truth = gaussian::hellinger2(&p, &q).unwrap();
    let map = array![[2.0, 0.3], [0.0, 1e3]];
    let mapped = |s: &Empirical| Empirical::new(s.points().dot(&map) + 7.0).unwrap();
    for bandwidth in [Bandwidth::Silverman, Bandwidth::Scott, Bandwidth::LeaveOneOut] {
        let kde = Kde::new().bandwidth(bandwidth);
        let plain = kde.estimate(&x, &y, kind("hellinger2")).unwrap();
        close(plain.value, truth, 0.25 * truth, "hellinger2");
        let moved = kde.estimate(&mapped(&x), &mapped(&y), kind("hellinger2")).unwrap();
        close(moved.value / plain.value, 1.0, 1e-6, "affine");
    }
}

#[test]
fn every_kind_has_a_finite_value_and_bad_input_is_named() {
    let (p, q) = laws(2);
    let (x, y) = (sample(&p, 100, 1), sample(&q, 80, 2));
    for k in Kind::all() {
        let estimate = Kde::new().estimate(&x, &y, k).unwrap();
        assert!(estimate.value.is_finite(), "{estimate:?}");
        let (low, high) = estimate.interval.unwrap();
        assert!(low <= high, "{estimate:?}");
    }
    let constant = Empirical::new(Array2::<f64>::ones((80, 2))).unwrap();
    let refused = Kde::new().estimate(&x, &constant, kind("kl")).unwrap_err().to_string();
    assert!(refused.contains("80 of the 80 rows of y equal another row"), "{refused}");
    let bad = Kde::new().bandwidth(Bandwidth::Fixed(0.0)).estimate(&x, &y, kind("kl"));
    assert!(matches!(bad, Err(Error::OutOfDomain { .. })));
}

#[test]
fn the_likeliest_bandwidth_of_two_clusters_is_narrower_than_the_rule() {
    let mut points = sample(&laws(1).0, 400, 1).points().mapv(|v| 0.1 * v);
    points.slice_mut(ndarray::s![..200, ..]).mapv_inplace(|v| v + 5.0);
    let (x, y) = (Empirical::new(points).unwrap(), sample(&laws(1).0, 400, 2));
    let h = |bandwidth| {
        let text = Kde::new().bandwidth(bandwidth).estimate(&x, &y, kind("jsd")).unwrap().parameters;
        let number = text.split("bandwidths ").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        number.parse::<f64>().unwrap()
    };
    assert!(h(Bandwidth::LeaveOneOut) < 0.3 * h(Bandwidth::Silverman));
}

/// Where the value is a dual, the width of the kernels and a multiple of the log-ratio are those under which it is greatest.
#[test]
fn a_dual_is_the_greatest_of_its_widths() {
    let (p, q) = laws(1);
    let (x, y) = (sample(&p, 120, 1), sample(&q, 90, 2));
    let (xs, ys): (Vec<f64>, Vec<f64>) = (x.points().iter().copied().collect(), y.points().iter().copied().collect());
    let (n, m) = (120.0f64, 90.0f64);
    let silverman = |n: f64| (4.0 / (3.0 * n)).powf(0.2);
    let game = |wider: f64, multiple: f64| {
        let (h, g) = (wider * silverman(n), wider * silverman(m));
        let l_x = |i: usize| ln_density(&xs, h, xs[i], Some(i)) - ln_density(&ys, g, xs[i], None);
        let l_y = |j: usize| ln_density(&xs, h, ys[j], None) - ln_density(&ys, g, ys[j], Some(j));
        let real = (0..120).map(|i| -(-multiple * l_x(i)).exp().ln_1p()).sum::<f64>() / n;
        let fake = (0..90).map(|j| -(multiple * l_y(j)).exp().ln_1p()).sum::<f64>() / m;
        0.5 * (real + fake + 4f64.ln())
    };
    let found = Kde::new().estimate(&x, &y, kind("jsd")).unwrap();
    let number = |after: &str| {
        let rest = found.parameters.split(after).nth(1).unwrap();
        rest.split([' ', ')']).next().unwrap().parse::<f64>().unwrap()
    };
    let (wider, multiple) = (number("by the dual "), number("the log-ratio "));
    close(found.value, game(wider, multiple), 1e-5, "the game");
    let mut greatest = f64::NEG_INFINITY;
    for scale in -4..=4 {
        for step in 0..=40 {
            greatest = greatest.max(game(2f64.powf(0.5 * f64::from(scale)), 2f64.powf(0.1 * f64::from(step) - 2.0)));
        }
    }
    assert!(found.value > greatest - 1e-4, "{} {greatest}", found.value);
    // a width that was given is taken, and the interval reaches what the best one has
    let given = Kde::new().bandwidth(Bandwidth::Fixed(0.05)).estimate(&x, &y, kind("jsd")).unwrap();
    assert!(given.value < found.value && given.interval.unwrap().1 > found.value, "{given:?}");
}

#[test]
fn a_dual_is_near_the_truth_in_many_columns() {
    // one apart in all
    let (x, y) = shifted(500, 1.0 / 8f64.sqrt(), 8, 1);
    let truth = gaussian::jsd(
        &Gaussian::new(Array1::zeros(1), Array2::eye(1)).unwrap(),
        &Gaussian::new(Array1::ones(1), Array2::eye(1)).unwrap(),
    )
    .unwrap();
    within(&Kde::new().estimate(&x, &y, kind("jsd")).unwrap(), truth, 3.0);
    let (same, other) = shifted(500, 0.0, 8, 2);
    let none = Kde::new().estimate(&same, &other, kind("jsd")).unwrap();
    assert!(none.value.abs() < 0.02 && none.interval.unwrap().0 < 1e-3, "{none:?}");
}

/// Far outliers say nothing of the law where they lie, and must neither sink the dual nor hide what is lacking.
#[test]
fn outliers_leave_an_interval() {
    let comb = |shift: f64, rows: &[(usize, f64)]| {
        let mut points = sample(&laws(1).0, 400, 7).points().mapv(|v| 0.05 * v);
        points.indexed_iter_mut().for_each(|((i, _), v)| *v += (i % 10) as f64 + shift);
        rows.iter().for_each(|&(row, value)| points[[row, 0]] = value);
        Empirical::new(points).unwrap()
    };
    // the halves of rows with even and odd numbers lose different outliers
    for last in [40, 41] {
        let (x, y) = (comb(0.0, &[(10, 28.0), (21, 30.0)]), comb(0.5, &[(31, 29.0), (last, 31.0)]));
        let found = Kde::new().estimate(&x, &y, kind("jsd")).unwrap();
        assert!(found.interval.unwrap().1 > 0.68, "{found:?}");
    }
    // laws too far apart for a number
    let (near, far) = shifted(200, 40.0, 1, 3);
    for name in ["renyi:0.5", "bhattacharyya"] {
        let found = Kde::new().estimate(&near, &far, kind(name)).unwrap();
        assert!(!found.parameters.contains("NaN"), "{found:?}");
    }
}
