//! A transport problem from bytes, as degenerate as bytes make it: ties, equal points, masses over many orders, costs of both
//! signs, forbidden arcs. What a solver returns is looked at by itself; its own report is only compared.

#![no_main]

use fenchel::certificate::Status;
use fenchel::transport::{Exact, Problem, Sinkhorn, Solution};
use ndarray::Array2;

/// Small whole numbers mostly, some scaled by a power of ten, a few forbidden.
fn cost(byte: u8) -> f64 {
    match byte {
        255 => f64::INFINITY,
        200..=254 => 10f64.powi(i32::from(byte) - 227),
        100..=199 => (f64::from(byte) - 150.0) / 8.0,
        _ => f64::from(byte % 5),
    }
}

fn mass(byte: u8) -> f64 {
    match byte {
        0..=15 => 0.0,
        16..=200 => f64::from(byte % 7 + 1),
        _ => 10f64.powi(200 - i32::from(byte) / 4 * 4),
    }
}

fn law(bytes: &[u8]) -> Option<Vec<f64>> {
    let masses: Vec<f64> = bytes.iter().map(|&byte| mass(byte)).collect();
    let total: f64 = masses.iter().sum();
    (total > 0.0).then(|| masses.iter().map(|mass| mass / total).collect())
}

fn check(solver: &str, costs: &Array2<f64>, a: &[f64], b: &[f64], solution: &Solution) {
    let report = &solution.report;
    assert!(!report.primal.is_nan() && !report.dual.is_nan() && !report.residual.is_nan(), "{solver}: {report:?}");
    let (mut rows, mut columns, mut primal, mut size) = (vec![0.0; a.len()], vec![0.0; b.len()], 0.0, 0.0);
    solution.plan.for_each(|i, j, mass| {
        assert!(mass >= 0.0 && mass.is_finite(), "{solver}: arc ({i}, {j}) carries {mass}");
        rows[i] += mass;
        columns[j] += mass;
        if mass > 0.0 {
            primal += mass * costs[[i, j]];
            size += (mass * costs[[i, j]]).abs();
        }
    });
    let (u, v) = &solution.potentials;
    let value = |masses: &[f64], potentials: &[f64]| masses.iter().zip(potentials).map(|(m, p)| m * p).sum::<f64>();
    let reach = u.iter().chain(v).fold(0.0f64, |most, p| most.max(p.abs()));
    assert!(reach.is_finite(), "{solver}: potentials {u:?} {v:?}");
    let rounding = 1e-12 * (size + reach) + f64::MIN_POSITIVE;
    if report.status != Status::Converged {
        return;
    }
    let off = |sums: &[f64], masses: &[f64]| sums.iter().zip(masses).map(|(s, m)| (s - m).abs()).sum::<f64>();
    let residual = off(&rows, a) + off(&columns, b);
    assert!(residual <= report.residual + 1e-9, "{solver}: marginals off by {residual:e}, {report:?}");
    let dual = value(a, u) + value(b, v);
    assert!(dual <= primal + rounding + residual * reach, "{solver}: crossed, {dual:e} above {primal:e}, {report:?}");
    assert!(report.dual <= report.primal + rounding, "{solver}: a crossed report, {report:?}");
}

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let Some((&[rows, columns], rest)) = bytes.split_first_chunk::<2>() else { return };
    let (n, m) = (usize::from(rows % 7) + 1, usize::from(columns % 7) + 1);
    if rest.len() < n * m + n + m {
        return;
    }
    let (of_costs, rest) = rest.split_at(n * m);
    let costs = Array2::from_shape_vec((n, m), of_costs.iter().map(|&byte| cost(byte)).collect()).expect("n m entries");
    let (Some(a), Some(b)) = (law(&rest[..n]), law(&rest[n..n + m])) else { return };
    let Ok(problem) = Problem::with_cost(costs.clone(), Some(a.clone()), Some(b.clone())) else { return };
    if let Ok(solution) = Exact::new().solve(&problem) {
        check("exact", &costs, &a, &b, &solution);
    }
    let entropic = Sinkhorn::new(0.1).iteration_limit(300);
    if let Ok(solution) = entropic.solve(&problem) {
        check("entropic", &costs, &a, &b, &solution);
    }
});
