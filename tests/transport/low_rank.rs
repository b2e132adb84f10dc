//! Plans of low rank: plans, brackets, extremes.

#![allow(clippy::float_cmp)] // exactness is the claim where `==` stands

use crate::clouds::{squared, weighted};
use crate::common::check::costs;
use fenchel::Error;
use fenchel::measure::Empirical;
use fenchel::transport::{Ground, LowRank, Problem, wasserstein};
use ndarray::{Axis, array};

#[test]
fn a_low_rank_plan_is_a_plan_and_its_bracket_holds() {
    let (x, y) = (weighted(150, 3, 1), weighted(120, 3, 2));
    let exact = wasserstein(&x, &y, Ground::SqEuclidean).unwrap().cost();
    let c = costs(x.points(), y.points(), Ground::SqEuclidean);
    let mut last = f64::INFINITY;
    for rank in [1, 8, 60] {
        let found = LowRank::new(rank).solve(&squared(&x, &y)).unwrap();
        let plan = found.plan.to_dense();
        assert!(plan.iter().all(|p| *p >= 0.0));
        // quadratic potentials are feasible, and prove what is claimed
        let (u, v) = &found.potentials;
        assert!(c.indexed_iter().all(|((i, j), c)| u[i] + v[j] <= c + 1e-12));
        let pairs = x.weights().iter().zip(u).chain(y.weights().iter().zip(v));
        assert!((pairs.map(|(w, p)| w * p).sum::<f64>() - found.report.dual).abs() < 1e-12);
        let (rows, columns) = found.plan.marginals();
        assert!(rows.iter().zip(plan.rows()).all(|(sum, row)| (sum - row.sum()).abs() < 1e-14));
        assert!(columns.iter().zip(plan.columns()).all(|(sum, column)| (sum - column.sum()).abs() < 1e-14));
        let image = plan.dot(&y.points()) / plan.sum_axis(Axis(1)).insert_axis(Axis(1));
        let off = &image - &found.plan.barycentric(y.points());
        // a point without mass goes nowhere
        assert!(
            off.rows().into_iter().zip(x.weights()).all(|(row, w)| *w == 0.0 || row.iter().all(|t| t.abs() < 1e-12))
        );
        for (sum, w) in plan.sum_axis(Axis(1)).iter().zip(x.weights()) {
            assert!((sum - w).abs() < 1e-12);
        }
        for (sum, w) in plan.sum_axis(Axis(0)).iter().zip(y.weights()) {
            assert!((sum - w).abs() < 1e-12);
        }
        assert!(((&plan * &c).sum() - found.cost()).abs() < 1e-10 * found.cost());
        assert!(found.report.dual <= exact && exact <= found.report.primal && found.report.residual < 1e-12);
        assert!(found.report.primal < last, "more hubs, less cost");
        last = found.report.primal;
        assert_eq!(LowRank::new(rank).solve(&squared(&x, &y)).unwrap().cost(), found.cost());
    }
    // through one hub everything goes everywhere
    let product: f64 = c.indexed_iter().map(|((i, j), c)| x.weights()[i] * y.weights()[j] * c).sum();
    assert!((LowRank::new(1).solve(&squared(&x, &y)).unwrap().cost() - product).abs() < 1e-9 * product);
    assert!(matches!(LowRank::new(0).solve(&squared(&x, &y)), Err(Error::TooFew { .. })));
    assert!(matches!(Problem::between(&x, &weighted(5, 2, 1), Ground::SqEuclidean), Err(Error::SizeMismatch { .. })));
}

#[test]
fn a_low_rank_cost_that_overflows_is_an_error() {
    let (x, y) = (Empirical::new(array![[0.0], [1.0]]).unwrap(), Empirical::new(array![[1.2e154]]).unwrap());
    // sums of squares overflow on the way, the answer does not
    let found = LowRank::new(2).solve(&squared(&x, &y)).unwrap();
    assert!((found.cost() / 1.44e308 - 1.0).abs() < 1e-9, "{found:?}");
    let y = Empirical::new(array![[1.4e154]]).unwrap();
    assert!(matches!(Problem::between(&x, &y, Ground::SqEuclidean), Err(Error::OutOfDomain { .. })));
}

/// Totals that are one only to within what a law may miss it by.
#[test]
fn low_rank_bounds_hold_for_totals_that_are_not_quite_one() {
    let off = |by: f64| Empirical::weighted(array![[0.0, 0.0]], vec![1.0 + by]).unwrap();
    for (p, q) in [(9e-10, -9e-10), (-9e-10, 9e-10), (9e-10, 9e-10)] {
        let y = Empirical::weighted(array![[3.0, 4.0]], vec![1.0 + q]).unwrap();
        let found = LowRank::new(1).solve(&squared(&off(p), &y)).unwrap().report;
        assert!((found.primal - 25.0).abs() < 1e-13 && found.dual <= found.primal && found.gap() < 1e-12, "{found:?}");
        assert!(found.residual < 1e-12);
    }
}
