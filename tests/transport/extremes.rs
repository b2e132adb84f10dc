//! Distances and masses at the ends of the range: right where their powers are no numbers, and beside far larger ones.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::common::double_double::Dd;
use fenchel::certificate::Status;
use fenchel::measure::Empirical;
use fenchel::numeric::stream;
use fenchel::transport::{Exact, Ground, MaxSliced, Problem, Sliced, Solution, circle, line};
use ndarray::Array2;
use rand::RngExt;

fn point(at: f64) -> Empirical {
    Empirical::new(Array2::from_elem((1, 1), at)).unwrap()
}

fn close(found: f64, expected: f64) -> bool {
    (found - expected).abs() <= 1e-13 * expected
}

#[test]
fn two_points_are_as_far_apart_as_they_are_at_any_scale_and_power() {
    for far in [5e-324, 1e-300, 1e-170, 1e-23, 1.0, 1e16, 1e150, 1e300] {
        for p in [1.0, 1.5, 2.0, 3.0, 20.0, 1e4, f64::INFINITY] {
            let found = line::distance(&[0.0], None, &[far], None, p).unwrap();
            assert!(close(found.value, far) && close(found.dual, far), "p = {p}: {found:?} for {far:e}");
        }
        for p in [1.0, 2.0, 3.0, 20.0] {
            let found = Sliced::new(2).solve(&point(0.0), &point(far), p).unwrap();
            assert!(close(found.value, far), "sliced, p = {p}: {:e} for {far:e}", found.value);
            let found = MaxSliced::new(1).solve(&point(0.0), &point(far), p).unwrap();
            assert!(close(found.distance, far) && close(found.upper, far), "p = {p}: {found:?} for {far:e}");
            if p * far.log10() < 300.0 {
                let found = line::wasserstein(&[0.0], None, &[far], None, p).unwrap();
                let (low, high) = found.distance_bracket();
                assert!(close(found.distance(), far) && close(low, far) && close(high, far), "p = {p}, {far:e}");
                let found = circle::wasserstein(&[0.0], None, &[far], None, 4.0 * far, p);
                assert!(far < 1e-323 || close(found.unwrap().distance(), far), "circle, p = {p}, {far:e}");
            }
        }
        for ground in Ground::ALL {
            if ground == Ground::SqEuclidean && far > 1e152 {
                continue;
            }
            let plane = |at: f64| Empirical::new(Array2::from_shape_vec((1, 2), vec![0.0, at]).unwrap()).unwrap();
            let problem = Problem::between(&plane(0.0), &plane(far), ground).unwrap();
            let found = Exact::new().solve(&problem).unwrap();
            assert!(close(found.distance(), far), "{ground}: {:e} for {far:e}", found.distance());
            assert!(close(found.distance_bracket().0, far), "{ground}: {:?}", found.distance_bracket());
        }
    }
}

#[test]
fn distances_are_right_beside_far_larger_ones() {
    // one pair coincides, the other is tiny beside the distance between the two
    for tiny in [1e-10, 1e-140, 1e-170, 1e-250] {
        let (x, y) = ([0.0, 1.0], [tiny, 1.0]);
        for p in [1.0, 2.0, 3.0] {
            let expected = tiny * 0.5f64.powf(1.0 / p);
            let found = line::distance(&x, None, &y, None, p).unwrap();
            assert!(close(found.value, expected) && close(found.dual, expected), "p = {p}: {found:?} for {tiny:e}");
            let found = line::wasserstein(&x, None, &y, None, p).unwrap();
            assert!(close(found.distance(), expected), "p = {p}, {tiny:e}: {:e}", found.distance());
            let found = circle::wasserstein(&x, None, &y, None, 5.0, p).unwrap();
            assert!(close(found.distance(), expected), "circle, p = {p}, {tiny:e}: {:e}", found.distance());
            let column = |x: &[f64]| Empirical::new(Array2::from_shape_vec((2, 1), x.to_vec()).unwrap()).unwrap();
            let found = Sliced::new(2).solve(&column(&x), &column(&y), p).unwrap();
            assert!(close(found.value, expected), "sliced, p = {p}, {tiny:e}: {:e}", found.value);
            let found = MaxSliced::new(1).solve(&column(&x), &column(&y), p).unwrap();
            assert!(close(found.distance, expected), "max-sliced, p = {p}, {tiny:e}: {found:?}");
        }
        let plane = |x: [f64; 2]| Empirical::new(Array2::from_shape_vec((2, 2), vec![x[0], 0.0, x[1], 3.0]).unwrap());
        for ground in Ground::ALL {
            let problem = Problem::between(&plane(x).unwrap(), &plane(y).unwrap(), ground).unwrap();
            let found = Exact::new().solve(&problem).unwrap().distance();
            let expected = tiny * 0.5f64.powf(1.0 / ground.root());
            assert!(close(found, expected), "{ground}, {tiny:e}: {found:e}");
        }
    }
}

/// Optimal by what the solution itself shows: every marginal to twelve digits of its own (unless that cannot matter), potentials that
/// are feasible, and values that meet.
fn proven(costs: &Array2<f64>, a: &[f64], b: &[f64], found: &Solution) {
    let (rows, columns) = found.plan.marginals();
    let largest = costs.iter().fold(0.0f64, |most, c| most.max(*c));
    for (sum, w) in rows.iter().zip(a).chain(columns.iter().zip(b)) {
        // a mass may only be missing where it does not count
        let missing = (sum - w).abs();
        assert!(missing <= 1e-12 * w || missing * largest <= 1e-9 * found.cost(), "{sum:e} of {w:e}");
    }
    let (u, v) = &found.potentials;
    let primal: f64 = found.plan.arcs().iter().map(|&(i, j, mass)| mass * costs[[i, j]]).sum();
    // With twice the digits, since potentials are far larger than what is paid. Lowered by what its row exceeds, `u` is feasible.
    let of_row = |i: usize| {
        let beyond = |(c, v): (&f64, &f64)| (Dd::from(u[i]) + Dd::from(*v) - Dd::from(*c)).to_f64();
        a[i] * costs.row(i).iter().zip(v).map(beyond).fold(0.0, f64::max)
    };
    let excess: f64 = (0..a.len()).map(of_row).sum();
    let terms = a.iter().zip(u).chain(b.iter().zip(v)).map(|(w, p)| Dd::from(*w) * Dd::from(*p));
    let dual = terms.fold(Dd::ZERO, |sum, term| sum + term).to_f64();
    assert!(excess <= 1e-9 * primal, "{excess:e} beside {primal:e}");
    assert!((primal - dual).abs() <= 1e-9 * primal, "{primal:e} {dual:e}, {:?}", found.report);
    assert!((found.cost() - primal).abs() <= 1e-9 * primal);
    assert_eq!(found.report.status, Status::Converged);
    assert!(found.plan.arcs().len() < a.len() + b.len());
}

#[test]
fn small_masses_are_moved_and_paid_for() {
    let costs = ndarray::array![[0.0, 1e24], [1e24, 1e24]];
    let w = vec![1.0, 1e-20];
    let solve = |costs: &Array2<f64>, a: &[f64], b: &[f64]| {
        Exact::new().solve(&Problem::with_cost(costs.clone(), Some(a.to_vec()), Some(b.to_vec()))?)
    };
    let found = solve(&costs, &w, &w).unwrap();
    assert!(close(found.cost(), 1e4), "{:?}", found.report);
    proven(&costs, &w, &w, &found);

    let forbidden = costs.mapv(|c| if c > 0.0 { f64::INFINITY } else { c });
    assert!(matches!(solve(&forbidden, &w, &w), Err(fenchel::Error::Infeasible { .. })));

    let mut rng = stream(1, 0);
    for trial in 0..60 {
        let (n, m) = (2 + trial % 7, 2 + trial % 5);
        let costs = Array2::from_shape_simple_fn((n, m), || 10f64.powf(15.0 * rng.random::<f64>()));
        let mut a: Vec<f64> = (0..n).map(|_| 10f64.powf(-20.0 * rng.random::<f64>())).collect();
        let mut b: Vec<f64> = (0..m).map(|_| 10f64.powf(-20.0 * rng.random::<f64>())).collect();
        // the largest of each side takes up what the other has more
        a[0] = 1.0;
        b[m - 1] = 1.0;
        let (rest_a, rest_b): (f64, f64) = (a[1..].iter().sum(), b[..m - 1].iter().sum());
        if rest_a < rest_b {
            a[0] += rest_b - rest_a
        } else {
            b[m - 1] += rest_a - rest_b
        }
        proven(&costs, &a, &b, &solve(&costs, &a, &b).unwrap());
    }
}

#[test]
fn small_masses_count_on_the_line_and_on_the_circle() {
    let (w, x, y) = ([1.0, 1e-20], [0.0, 1e12], [0.0, 2e12]);
    let found = line::distance(&x, Some(&w), &y, Some(&w), 2.0).unwrap();
    assert!(close(found.value, 100.0) && close(found.dual, 100.0), "{found:?}");
    let found = line::wasserstein(&x, Some(&w), &y, Some(&w), 2.0).unwrap();
    assert!(close(found.distance(), 100.0), "{:?}", found.report);
    assert_eq!(found.report.status, Status::Converged);
    assert!(close(line::area(&x, Some(&w), &y, Some(&w)).unwrap(), 1e-8));
    assert!(close(circle::wasserstein(&x, Some(&w), &y, Some(&w), 1e13, 2.0).unwrap().distance(), 100.0));
    let law = |x: &[f64]| Empirical::weighted(Array2::from_shape_vec((2, 1), x.to_vec()).unwrap(), w.to_vec()).unwrap();
    assert!(close(Sliced::new(2).solve(&law(&x), &law(&y), 2.0).unwrap().value, 100.0));
    assert!(close(MaxSliced::new(1).solve(&law(&x), &law(&y), 2.0).unwrap().distance, 100.0));
}

#[test]
fn masses_too_small_for_any_unit_stand_in_the_gap() {
    let w = [1.0, 1e-300];
    let found = line::wasserstein(&[0.0, 1.0], Some(&w), &[0.0, 2.0], Some(&w), 1.0).unwrap();
    assert!(found.report.dual <= 1e-300 && 1e-300 <= found.report.primal, "{:?}", found.report);
    assert!(found.report.primal <= 1e-299);
    let costs = ndarray::array![[0.0, 3.0], [3.0, 1.0]];
    let found = Exact::new().solve(&Problem::with_cost(costs, Some(w.to_vec()), Some(w.to_vec())).unwrap()).unwrap();
    assert!(found.report.dual <= 1e-300 && 1e-300 <= found.report.primal, "{:?}", found.report);
    // beside what is moved they do not count
    let found = line::wasserstein(&[0.0, 1.0], Some(&w), &[1.0, 2.0], Some(&w), 1.0).unwrap();
    assert!(found.cost() == 1.0 && found.report.status == Status::Converged, "{:?}", found.report);
}
