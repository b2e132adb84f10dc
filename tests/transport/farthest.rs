//! The farthest move on the line: against unit masses in order, against plans that may not go farther, and as a limit of powers.
#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use fenchel::Error;
use fenchel::transport::{Exact, Problem, line};
use ndarray::Array2;
use proptest::prelude::*;

/// Every unit of mass a point of its own, in order.
fn by_units(x: &[f64], a: &[u8], y: &[f64], b: &[u8]) -> f64 {
    let units = |points: &[f64], masses: &[u8]| {
        let each = points.iter().zip(masses).flat_map(|(&point, &mass)| std::iter::repeat_n(point, usize::from(mass)));
        let mut units: Vec<f64> = each.collect();
        units.sort_by(f64::total_cmp);
        units
    };
    units(x, a).iter().zip(units(y, b)).map(|(s, t)| (s - t).abs()).fold(0.0, f64::max)
}

/// Whether there is a plan in which nothing goes farther than `reach`, by the general solver.
fn is_possible(x: &[f64], a: &[f64], y: &[f64], b: &[f64], reach: f64) -> bool {
    let costs =
        Array2::from_shape_fn(
            (x.len(), y.len()),
            |(i, j)| {
                if (x[i] - y[j]).abs() <= reach { 0.0 } else { f64::INFINITY }
            },
        );
    match Exact::new().solve(&Problem::with_cost(costs, Some(a.to_vec()), Some(b.to_vec())).unwrap()) {
        Ok(_) => true,
        Err(Error::Infeasible { .. }) => false,
        Err(other) => panic!("{other}"),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn right_and_proven(
        x in prop::collection::vec((-20i32..20, 0u8..6), 1..9),
        y in prop::collection::vec((-20i32..20, 0u8..6), 1..9),
        unit in prop::sample::select(vec![1.0, 0.1, 1.0 / 3.0]),
    ) {
        let points = |law: &[(i32, u8)]| law.iter().map(|(point, _)| 0.1 * f64::from(*point)).collect::<Vec<f64>>();
        let (s, t) = (points(&x), points(&y));
        // as many units on either side: what is missing goes to the last point
        let total = |law: &[(i32, u8)]| law.iter().map(|(_, mass)| u32::from(*mass)).sum::<u32>();
        let most = total(&x).max(total(&y)).max(1);
        let filled = |law: &[(i32, u8)]| {
            let mut masses: Vec<u8> = law.iter().map(|(_, mass)| *mass).collect();
            *masses.last_mut().unwrap() += (most - total(law)) as u8;
            masses
        };
        let (a, b) = (filled(&x), filled(&y));
        let expected = by_units(&s, &a, &t, &b);
        let real = |masses: &[u8]| masses.iter().map(|&mass| unit * f64::from(mass)).collect::<Vec<f64>>();
        let (a, b) = (real(&a), real(&b));
        let found = line::infinity(&s, Some(&a), &t, Some(&b)).unwrap();
        prop_assert_eq!((found.value, found.dual), (expected, expected));
        let back = line::infinity(&t, Some(&b), &s, Some(&a)).unwrap();
        prop_assert_eq!(back.value, expected);
        prop_assert!(is_possible(&s, &a, &t, &b, expected));
        prop_assert!(expected == 0.0 || !is_possible(&s, &a, &t, &b, expected * (1.0 - 1e-9)));
    }
}

#[test]
fn equal_weights_of_other_numbers() {
    // thirds against quarters: counted in twelfths
    let found = line::infinity(&[0.0, 1.0, 2.0], None, &[0.0, 1.0, 2.0, 3.0], None).unwrap();
    assert_eq!((found.value, found.dual), (1.0, 1.0));
    let x: Vec<f64> = (0..700).map(f64::from).collect();
    let y: Vec<f64> = (0..300).map(f64::from).collect();
    let found = line::infinity(&x, None, &y, None).unwrap();
    assert_eq!((found.value, found.dual), (400.0, 400.0));
}

#[test]
fn the_least_mass_counts_and_rounding_does_not() {
    let tiny = line::infinity(&[0.0, 1e12], Some(&[1.0, 1e-20]), &[0.0, 2e12], Some(&[1.0, 1e-20])).unwrap();
    assert_eq!((tiny.value, tiny.dual), (1e12, 1e12));
    // 0.1 + 0.2 is not 0.3, and nobody has to move for it
    let rounded = line::infinity(&[0.0, 1.0, 9.0], Some(&[0.1, 0.2, 0.7]), &[0.0, 1.0, 9.0], Some(&[0.1, 0.2, 0.7]));
    assert_eq!(rounded.unwrap().value, 0.0);
    let split = line::infinity(&[0.0, 0.5, 9.0], Some(&[0.1, 0.2, 0.7]), &[0.0, 9.0], Some(&[0.3, 0.7])).unwrap();
    assert_eq!((split.value, split.dual), (0.5, 0.5));
    for scale in [1e-300, 1e300] {
        let far = line::infinity(&[0.0, scale], None, &[0.0, 1.5 * scale], None).unwrap();
        assert_eq!((far.value, far.dual), (1.5 * scale - scale, 1.5 * scale - scale));
    }
    assert!(line::infinity(&[], None, &[0.0], None).is_err());
    assert!(line::infinity(&[0.0], Some(&[1.0]), &[0.0], Some(&[2.0])).is_err());
    assert!(line::infinity(&[f64::NAN], None, &[0.0], None).is_err());
}

#[test]
fn powers_grow_towards_it() {
    let (x, y) = ([0.0, 1.0, 4.0], [0.5, 3.0, 5.0]);
    let farthest = line::infinity(&x, None, &y, None).unwrap().value;
    let mut before = 0.0;
    for p in [1.0, 2.0, 8.0, 40.0] {
        let distance = line::distance(&x, None, &y, None, p).unwrap().value;
        assert!(before <= distance && distance <= farthest, "{p}");
        before = distance;
    }
    assert!(farthest * 3f64.powf(-1.0 / 40.0) <= before);
}
