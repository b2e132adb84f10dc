//! The independent verifier of transport solutions.
//!
//! It takes the raw problem (costs or points, and masses) and what a solver claims, recomputes everything by the plain
//! definition, and shares no code with the solvers. It trusts no bookkeeping: not the primal, not the dual, not the
//! marginal error, not the status.

#![allow(dead_code)] // each test file uses a part of this

use fenchel::certificate::Status;
use fenchel::transport::{Ground, Solution};
use ndarray::{Array2, ArrayView2};

/// What the verifier found.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    pub primal: f64,
    pub dual: f64,
    /// L1 distance of the plan's marginals from the masses.
    pub marginal_error: f64,
    /// Largest `u_i + v_j - c_ij`, relative to the size of the three.
    pub infeasibility: f64,
    /// Largest `u_i + v_j - c_ij`, computed without rounding where it cancels; zero if there is none.
    pub violation: f64,
    pub arcs: usize,
}

/// The costs between two clouds, from the definition.
pub fn costs(x: ArrayView2<'_, f64>, y: ArrayView2<'_, f64>, ground: Ground) -> Array2<f64> {
    Array2::from_shape_fn((x.nrows(), y.nrows()), |(i, j)| {
        let gaps = (0..x.ncols()).map(|k| (x[[i, k]] - y[[j, k]]).abs());
        match ground {
            Ground::SqEuclidean => gaps.map(|g| g * g).sum(),
            Ground::Euclidean => gaps.map(|g| g * g).sum::<f64>().sqrt(),
            Ground::Cityblock => gaps.sum(),
            Ground::Chebyshev => gaps.fold(0.0, f64::max),
        }
    })
}

/// Recomputes the certificate.
pub fn recompute(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let (n, m) = c.dim();
    let (u, v) = &solution.potentials;
    assert_eq!((a.len(), b.len(), u.len(), v.len()), (n, m, n, m), "sizes");
    let arcs = solution.plan.arcs();
    let (mut rows, mut columns, mut primal) = (vec![0.0; n], vec![0.0; m], 0.0);
    for &(i, j, mass) in &arcs {
        assert!(mass > 0.0 && mass.is_finite(), "arc ({i}, {j}) carries {mass}");
        rows[i] += mass;
        columns[j] += mass;
        primal += mass * c[[i, j]];
    }
    let error = |sums: &[f64], masses: &[f64]| sums.iter().zip(masses).map(|(s, w)| (s - w).abs()).sum::<f64>();
    let (mut infeasibility, mut violation) = (f64::NEG_INFINITY, 0.0f64);
    for ((i, j), &c) in c.indexed_iter() {
        assert!(u[i].is_finite() && v[j].is_finite(), "potentials ({i}, {j}): {} {}", u[i], v[j]);
        if c.is_finite() {
            let size = u[i].abs() + v[j].abs() + c.abs();
            infeasibility = infeasibility.max((u[i] + v[j] - c) / size.max(f64::MIN_POSITIVE));
            let (sum, lost) = two_sum(u[i], v[j]);
            let (difference, rest) = two_sum(sum, -c);
            violation = violation.max(difference + (lost + rest));
        }
    }
    let value = |masses: &[f64], p: &[f64]| masses.iter().zip(p).map(|(w, p)| w * p).sum::<f64>();
    Found {
        primal,
        dual: value(a, u) + value(b, v),
        marginal_error: error(&rows, a) + error(&columns, b),
        infeasibility,
        violation,
        arcs: arcs.len(),
    }
}

/// A sum and what its rounding has lost.
fn two_sum(x: f64, y: f64) -> (f64, f64) {
    let sum = x + y;
    let part = sum - x;
    (sum, (x - (sum - part)) + (y - part))
}

/// Panics unless plan and potentials are feasible and the report tells the truth about them.
#[track_caller]
pub fn check_bracket(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let found = recompute(c, a, b, solution);
    let report = &solution.report;
    let total: f64 = a.iter().sum();
    let size = c.iter().filter(|c| c.is_finite()).fold(0.0f64, |s, c| s.max(c.abs()));
    let potentials = solution.potentials.0.iter().chain(&solution.potentials.1).fold(0.0f64, |s, p| s.max(p.abs()));
    let rounding = 1e-12 * total * size.max(potentials).min(1e3 * found.primal.abs().max(size));
    assert!(found.marginal_error <= 1e-12 * total, "marginals off by {:e}", found.marginal_error);
    assert!(found.infeasibility <= 1e-12, "potentials infeasible by {:e} (relative)", found.infeasibility);
    assert!(
        report.primal.is_infinite()
            || (report.primal - found.primal).abs() <= 1e-12 * found.primal.abs() + 1e-14 * total * size
    );
    assert!((report.dual - found.dual).abs() <= rounding, "dual {} is really {}", report.dual, found.dual);
    assert!(report.dual <= report.primal + rounding, "dual {} above primal {}", report.dual, report.primal);
    assert!((report.residual - found.marginal_error).abs() <= 1e-12 * total);
    found
}

/// As [`check_bracket`], and the optimum must be claimed and proven, by a sparse plan.
#[track_caller]
pub fn check_optimal(c: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) -> Found {
    let found = check_bracket(c, a, b, solution);
    let report = &solution.report;
    let moved: f64 = solution.plan.arcs().iter().map(|&(i, j, mass)| (mass * c[[i, j]]).abs()).sum();
    assert_eq!(report.status, Status::Converged, "bracket [{:e}, {:e}]", report.dual, report.primal);
    assert!(report.gap() <= 1e-9 * moved, "gap {:e} of {:e}", report.gap(), moved);
    // potentials that break a constraint by more prove nothing, whatever their dual value
    let total: f64 = a.iter().sum();
    assert!(found.violation * total <= 1e-9 * moved, "u + v - c = {:e} beside {:e}", found.violation, moved);
    assert!(found.arcs < a.len() + b.len(), "{} arcs", found.arcs);
    found
}
