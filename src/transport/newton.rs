//! Newton steps for the entropic dual, where Sinkhorn's iteration is slow.
//!
//! With the row potentials eliminated the dual is a smooth concave function of `g` alone, with gradient `b - c(g)`, the
//! missing column sums, and Hessian `-(diag(c) - Pᵀ diag(1/a) P)/eps`. Sinkhorn's iteration replaces the Hessian by
//! `-diag(c)/eps`, and is slow just where the second term matters: when the plan nearly falls apart into blocks.
//!
//! Source: Brauer, Clason, Lorenz, Wirth 2017 (arXiv:1710.06635).

use super::cost::Cost;
use crate::error::Result;
use crate::linalg::{cholesky, gram, solve_lower};
use crate::numeric::Sum;
use ndarray::{Array2, Axis};

/// The entropic plan whose row sums are exact, n×m.
pub(super) fn plan(cost: &Cost, eps: f64, f: &[f64], g: &[f64], a: &[f64], ln_b: &[f64]) -> Array2<f64> {
    let mut plan = Array2::zeros(cost.shape());
    for (i, mut row) in plan.rows_mut().into_iter().enumerate() {
        let row = row.as_slice_mut().expect("rows of a new array are contiguous");
        cost.fill(i, 0, row);
        for ((p, g), ln) in row.iter_mut().zip(g).zip(ln_b) {
            *p = if a[i] > 0.0 { a[i] * (ln + (f[i] + g - *p) / eps).exp() } else { 0.0 };
        }
    }
    plan
}

/// The Newton direction for `g`, with the column sums that are missing. Directions in which the dual is almost flat are
/// damped in proportion to the marginal error, which leaves the convergence superlinear.
pub(super) fn direction(plan: Array2<f64>, eps: f64, a: &[f64], b: &[f64]) -> Result<Vec<f64>> {
    let sums: Vec<f64> = plan.axis_iter(Axis(1)).map(|column| Sum::of(column.iter().copied())).collect();
    let missing: Vec<f64> = b.iter().zip(&sums).map(|(b, c)| b - c).collect();
    let error = missing.iter().map(|t| t.abs()).sum::<f64>() / a.iter().sum::<f64>();
    let damping = (0.1 * error).clamp(1e-13, 1e-2);
    let mut scaled = plan;
    for (mut row, &a) in scaled.rows_mut().into_iter().zip(a) {
        if a > 0.0 {
            row /= a.sqrt();
        }
    }
    let mut hessian = -gram(scaled.view());
    for (j, &c) in sums.iter().enumerate() {
        hessian[[j, j]] += if c > 0.0 { c * (1.0 + damping) } else { 1.0 };
    }
    let lower = cholesky(hessian.view(), "Hessian of the entropic dual")?;
    let right = Array2::from_shape_vec((b.len(), 1), missing).expect("one column");
    let mut step = solve_lower(lower.view(), right.view()).into_raw_vec_and_offset().0;
    for j in (0..step.len()).rev() {
        step[j] /= lower[[j, j]];
        let known = step[j];
        for (k, t) in step[..j].iter_mut().enumerate() {
            *t -= lower[[j, k]] * known;
        }
    }
    step.iter_mut().for_each(|t| *t *= eps);
    Ok(step)
}
