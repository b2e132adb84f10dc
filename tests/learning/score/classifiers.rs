//! Classifiers that are cross-fitted: what they see, their errors, and how often they find what is not there.

use super::*;
use fenchel::score::classifier::{c2st, c2st_auc};
use fenchel::score::logistic::{c2st_logistic, c2st_logistic_auc};
use ndarray::Axis;

type Score = fn(&Pair<'_>, Permutations) -> fenchel::Result<Estimate>;

const ALL: [(&str, Score); 4] = [
    ("c2st", c2st),
    ("c2st_auc", c2st_auc),
    ("c2st_logistic", c2st_logistic),
    ("c2st_logistic_auc", c2st_logistic_auc),
];

/// The distribution function of the normal law, by Simpson's rule.
fn phi(z: f64) -> f64 {
    let density = |t: f64| (-0.5 * t * t).exp() / std::f64::consts::TAU.sqrt();
    let h = z / 200.0;
    let weight = |k: i32| if k == 0 || k == 200 { 1.0 } else { f64::from(2 + 2 * (k % 2)) };
    0.5 + (0..=200).map(|k| weight(k) * density(f64::from(k) * h)).sum::<f64>() * h / 3.0
}

#[test]
fn a_shift_of_normal_laws_is_seen_as_well_as_it_can_be() {
    // the best threshold is right with probability Φ(δ/2), and the area is Φ(δ/√2); also where sizes differ
    for (n, m, shift) in [(600, 600, 1.0), (900, 150, 1.0), (150, 700, 2.0)] {
        let (x, y) = (law(normal(n, 1, 70, 0)), law(normal(m, 1, 70, 1) + shift));
        let both = pair(&x, &y);
        let accuracy = c2st_logistic(&both, Permutations::none()).unwrap();
        let area = c2st_logistic_auc(&both, Permutations::none()).unwrap();
        for (found, best) in [(&accuracy, phi(shift / 2.0)), (&area, phi(shift / 2f64.sqrt()))] {
            assert!((found.value - best).abs() < 3.5 * found.std_error.unwrap(), "{found:?} {best}");
            let (low, high) = found.interval.unwrap();
            assert!(low < found.value && found.value < high && found.std_error.unwrap() < 0.04, "{found:?}");
        }
        // neighbours lose a little, and no more
        let (accuracy, area) =
            (c2st(&both, Permutations::none()).unwrap().value, c2st_auc(&both, Permutations::none()).unwrap().value);
        assert!((accuracy - phi(shift / 2.0)).abs() < 0.07 && (area - phi(shift / 2f64.sqrt())).abs() < 0.07);
    }
}

#[test]
fn each_sees_what_the_other_does_not() {
    let test = Permutations::new(99, 0);
    // a scale has no direction
    let (x, y) = (law(normal(200, 2, 71, 0)), law(normal(200, 2, 71, 1) * 0.4));
    let both = pair(&x, &y);
    assert!(c2st_logistic_auc(&both, test).unwrap().value < 0.6);
    let area = c2st_auc(&both, test).unwrap();
    assert!(area.value > 0.75 && area.p_value == Some(0.01), "{area:?}");
    // a small shift of every column hides from neighbours in many dimensions
    let (x, y) = (law(normal(150, 60, 71, 2)), law(normal(150, 60, 71, 3) + 0.2));
    let both = pair(&x, &y);
    let (linear, near) = (c2st_logistic_auc(&both, test).unwrap(), c2st_auc(&both, test).unwrap());
    assert!(linear.p_value == Some(0.01) && linear.value > near.value, "{linear:?} {near:?}");
}

#[test]
fn equal_laws_are_told_apart_as_often_as_the_level_says() {
    const RUNS: u64 = 400;
    for (name, score) in ALL {
        let p_of = |run: u64| {
            // unequal sizes, and in a third of the runs rows that are equal
            let round = |x: Array2<f64>| if run.is_multiple_of(3) { (x * 1.5).mapv(f64::round) } else { x };
            let (x, y) = (law(round(normal(18, 2, 30_000 + run, 0))), law(round(normal(25, 2, 30_000 + run, 1))));
            score(&pair(&x, &y), Permutations::new(39, run)).unwrap().p_value.unwrap()
        };
        as_often_as_the_level_says(name, &(0..RUNS).map(p_of).collect::<Vec<f64>>());
    }
}

#[test]
fn copies_across_the_samples_tell_nothing() {
    // every generated row is a real one: both are in one fold, get the same votes, and are right half of the time
    let x = law(normal(60, 3, 72, 0));
    for (name, score) in ALL {
        let found = score(&pair(&x, &x), Permutations::new(99, 0)).unwrap();
        close(found.value, 0.5, 1e-12);
        assert!(found.p_value.unwrap() > 0.3, "{name}: {found:?}");
    }
}

#[test]
fn units_and_shifts_change_nothing() {
    let (x, y) = (normal(60, 3, 73, 0), normal(45, 3, 73, 1) + 0.5);
    for (name, score) in ALL {
        let of = |x: Array2<f64>, y: Array2<f64>| score(&pair(&law(x), &law(y)), Permutations::new(39, 0)).unwrap();
        let plain = of(x.clone(), y.clone());
        for unit in [2f64.powi(-500), 2f64.powi(300)] {
            let scaled = of(&x * unit, &y * unit);
            assert_eq!((scaled.value, scaled.p_value, scaled.interval), (plain.value, plain.p_value, plain.interval));
        }
        assert!((of(&x + 8.0, &y + 8.0).value - plain.value).abs() < 1e-9, "{name}");
    }
    // a regression does not see units of single columns either
    let units = array![1.0, 1e6, 1e-6];
    let of = |x: Array2<f64>, y: Array2<f64>| c2st_logistic_auc(&pair(&law(x), &law(y)), Permutations::none()).unwrap();
    close(of(&x * &units, &y * &units).value, of(x, y).value, 1e-9);
}

#[test]
fn extremes() {
    let beside = |x: Array2<f64>, y: Array2<f64>| concatenate![Axis(1), x, y];
    for (name, score) in ALL {
        let of = |x: Array2<f64>, y: Array2<f64>| score(&pair(&law(x), &law(y)), Permutations::new(99, 0)).unwrap();
        // one point, and two
        let same = of(Array2::ones((8, 2)), Array2::ones((8, 2)));
        close(same.value, 0.5, 1e-12);
        assert!(same.p_value.unwrap() > 0.99, "{name}: {same:?}");
        let apart = of(Array2::zeros((30, 1)), Array2::ones((30, 1)));
        assert!(apart.value == 1.0 && apart.p_value == Some(0.01), "{name}: {apart:?}");
        // a constant column is none
        let (x, y) = (normal(30, 2, 74, 0), normal(30, 2, 74, 1) + 0.7);
        let plain = of(x.clone(), y.clone());
        let constant = || Array2::from_elem((30, 1), 3.0);
        close(of(beside(x.clone(), constant()), beside(y.clone(), constant())).value, plain.value, 1e-12);
        // more columns than rows, and laws far apart
        let wide = of(normal(15, 40, 74, 2), normal(12, 40, 74, 3) + 3.0);
        assert!(wide.value > 0.95 && wide.interval.unwrap().0 < 1.0, "{name}: {wide:?}");
        // more columns than a regression takes, which vary together; in few rows and in many
        for rows in [60, 330] {
            let together = |task: u64, shift: f64| {
                let x = normal(rows, 300, 74, task);
                let first = x.column(0).to_owned().insert_axis(Axis(1));
                x * 0.1 + &first + shift
            };
            let many = of(together(10, 0.0), together(11, 3.0));
            assert!(many.value > 0.9 && many.p_value.unwrap() < 0.02, "{name}: {many:?}");
        }
        // four rows of either
        let few = of(normal(4, 2, 74, 4), normal(4, 2, 74, 5));
        assert!((0.0..=1.0).contains(&few.value) && few.std_error.unwrap().is_finite(), "{name}: {few:?}");
        let three = score(&pair(&law(normal(3, 2, 74, 6)), &law(normal(9, 2, 74, 7))), Permutations::none());
        assert!(matches!(three, Err(Error::TooFew { needed: 4, .. })));
        // ten times as many of one, and equal laws: neither sample is favoured
        let uneven = of(normal(400, 2, 74, 8), normal(40, 2, 74, 9));
        assert!((uneven.value - 0.5).abs() < 4.0 * uneven.std_error.unwrap(), "{name}: {uneven:?}");
    }
}
