//! Newton steps for the entropic dual, where Sinkhorn's iteration is slow.
//!
//! With the row potentials eliminated the dual is a smooth concave function of `g` alone, with gradient `b - c(g)`, the
//! missing column sums, and Hessian `-(diag(c) - Pᵀ diag(1/a) P)/eps`. Sinkhorn's iteration replaces the Hessian by
//! `-diag(c)/eps`, and is slow just where the second term matters: when the plan nearly falls apart into blocks.
//!
//! Where that happens the plan is nearly sparse. Its entries that count are collected once a step, and the equation is
//! solved by conjugate gradients on them, which cost far less than sweeps. What is left out makes the direction a
//! little worse and nothing wrong: gradient and dual value are those of the whole plan.
//!
//! Sources: Brauer, Clason, Lorenz, Wirth 2017 (arXiv:1710.06635); Tang, Shavlovsky, Rahmanian, Tardini, Thekumparampil,
//! Xiao, Ying 2024 (arXiv:2401.12253) for the sparse Hessian.

use crate::numeric::Sum;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use crate::transport::entropic::rows::sweep::{Swept, parts};
use rayon::prelude::*;
use std::ops::Range;

/// What a column wants, and by how much the curvature of the penalties adds to that of the plan.
pub(in crate::transport) struct Wanted<'a> {
    /// The masses of the columns, of which entries count that are not too small.
    pub masses: &'a [f64],
    /// The gradient of the dual: the mass that a column asks for, less the mass that arrives.
    pub missing: Vec<f64>,
    /// Sinkhorn's own step.
    pub plain: &'a [f64],
    /// `eps` times the curvature of the penalty of each row and of each column, in units of mass: nothing where masses are kept.
    pub stiffness: Option<[Vec<f64>; 2]>,
}

/// The entries of a plan that count, by rows in parts.
struct Sparse {
    parts: Vec<Part>,
    /// Column sums of these entries.
    columns: Vec<f64>,
    /// What penalties add to the sums of rows and of columns.
    stiffness: Option<[Vec<f64>; 2]>,
}

struct Part {
    /// The first row.
    first: usize,
    /// Row sums, and where each row ends.
    sums: Vec<f64>,
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
}

/// Sweeps at one `eps` after which Newton steps are tried.
pub(in crate::transport) const PATIENCE: usize = 12;
/// The least part of a Newton step that is tried.
pub(in crate::transport) const SHORTEST: f64 = 0.01;
/// An entry counts if it is more than this part of the smaller of its masses.
const COUNTS: f64 = 1e-10;
/// Most entries kept: 128 MB.
const ENTRIES: usize = 1 << 24;
/// Most iterations of conjugate gradients in one step.
const ITERATIONS: usize = 600;

impl Sparse {
    /// Nothing if too many entries count.
    fn of<T: Float>(rows: &CostRows<'_, T>, eps: f64, b: &[f64], heights: &[f64], swept: &Swept) -> Option<Self> {
        let (n, m) = rows.shape();
        let inverse = T::of(eps.recip());
        let heights: Vec<T> = heights.iter().map(|h| T::of(*h)).collect();
        let least = b.iter().copied().filter(|b| *b > 0.0).fold(f64::INFINITY, f64::min);
        let ranges = parts(n);
        let room = ENTRIES / ranges.len();
        let part = |range: Range<usize>| {
            let mut part = Part { first: range.start, sums: vec![], ends: vec![], columns: vec![], values: vec![] };
            let mut e = vec![T::zero(); m];
            rows.for_each(range, |i, costs| {
                let left = swept.left[i];
                let mut sum = 0.0;
                if left > 0.0 && part.values.len() <= room {
                    T::exponentials(costs, &heights, T::of(swept.shift[i]), inverse, &mut e);
                    let mass = left * e.iter().map(|e| e.double()).sum::<f64>();
                    let bound = T::of(COUNTS * mass.min(least) / left);
                    for (j, e) in e.iter().enumerate() {
                        if *e > bound {
                            let value = left * e.double();
                            part.columns.push(j as u32);
                            part.values.push(value as f32);
                            sum += f64::from(value as f32);
                        }
                    }
                }
                part.sums.push(sum);
                part.ends.push(part.values.len());
            });
            part
        };
        let parts: Vec<Part> = ranges.into_par_iter().map(part).collect();
        if parts.iter().any(|part| part.values.len() > room) {
            return None;
        }
        let mut columns = vec![0.0; m];
        for part in &parts {
            for (j, value) in part.columns.iter().zip(&part.values) {
                columns[*j as usize] += f64::from(*value);
            }
        }
        Some(Self { parts, columns, stiffness: None })
    }

    fn added(&self, side: usize, k: usize) -> f64 {
        self.stiffness.as_ref().map_or(0.0, |stiffness| stiffness[side][k])
    }

    /// `(diag(c (1 + damping) + s) - Pᵀ diag(1/(rows + r)) P) x` with the stiffness `r` of rows and `s` of columns.
    fn times(&self, x: &[f64], damping: f64) -> Vec<f64> {
        let part = |part: &Part| {
            let mut out = vec![0.0; x.len()];
            let mut first = 0;
            for ((i, sum), end) in (part.first..).zip(&part.sums).zip(&part.ends) {
                let (columns, values) = (&part.columns[first..*end], &part.values[first..*end]);
                first = *end;
                if *sum > 0.0 {
                    let along: f64 = columns.iter().zip(values).map(|(j, p)| f64::from(*p) * x[*j as usize]).sum();
                    let along = along / (sum + self.added(0, i));
                    for (j, p) in columns.iter().zip(values) {
                        out[*j as usize] -= f64::from(*p) * along;
                    }
                }
            }
            out
        };
        let parts: Vec<Vec<f64>> = self.parts.par_iter().map(part).collect();
        let rest = |j: usize| parts.iter().map(|part| part[j]).sum::<f64>();
        let diagonal = |j: usize| self.columns[j] * (1.0 + damping) + self.added(1, j);
        (0..x.len()).map(|j| diagonal(j) * x[j] + rest(j)).collect()
    }
}

/// The Newton step for `g`; nothing if the plan has too many entries that count. Directions in which the dual is almost
/// flat are damped in proportion to the marginal error, which leaves the convergence superlinear.
pub(in crate::transport) fn step<T: Float>(
    rows: &CostRows<'_, T>,
    eps: f64,
    wanted: Wanted<'_>,
    heights: &[f64],
    swept: &Swept,
) -> Option<Vec<f64>> {
    let Wanted { masses: b, missing, plain, stiffness } = wanted;
    let plan = Sparse { stiffness, ..Sparse::of(rows, eps, b, heights, swept)? };
    let error = Sum::of(missing.iter().map(|t| t.abs())) / Sum::of(b.iter().copied());
    let damping = (0.1 * error).clamp(1e-13, 1e-2);
    let enough = (0.1 * error.sqrt()).clamp(1e-4, 0.05);

    // conjugate gradients, preconditioned by the diagonal
    let dot = |x: &[f64], y: &[f64]| x.iter().zip(y).map(|(x, y)| x * y).sum::<f64>();
    let scaled = |r: &[f64]| -> Vec<f64> {
        let diagonal = |j: usize| plan.columns[j] + plan.added(1, j);
        r.iter().enumerate().map(|(j, r)| if diagonal(j) > 0.0 { r / diagonal(j) } else { 0.0 }).collect()
    };
    let mut x = vec![0.0; b.len()];
    let mut r = missing;
    let mut z = scaled(&r);
    let mut p = z.clone();
    let mut norm = dot(&r, &z);
    let goal = enough * enough * norm;
    for _ in 0..ITERATIONS {
        let image = plan.times(&p, damping);
        let curvature = dot(&p, &image);
        if !(curvature > 0.0 && norm > goal) {
            break;
        }
        let length = norm / curvature;
        x.iter_mut().zip(&p).for_each(|(x, p)| *x += length * p);
        r.iter_mut().zip(&image).for_each(|(r, q)| *r -= length * q);
        z = scaled(&r);
        let next = dot(&r, &z);
        p.iter_mut().zip(&z).for_each(|(p, z)| *p = z + next / norm * *p);
        norm = next;
    }
    for (j, x) in x.iter_mut().enumerate() {
        // a column of which no entry counts has no part in the equation, and takes Sinkhorn's step
        let alone = b[j] > 0.0 && plan.columns[j] <= 0.0 && swept.columns[j] > 0.0;
        *x = if alone { plain[j] } else { eps * *x };
    }
    x.iter().all(|x| x.is_finite()).then_some(x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transport::problem::cost::Cost;
    use ndarray::array;

    #[test]
    fn a_column_without_entries_that_count_takes_sinkhorns_step() {
        let cost = Cost::matrix(array![[0.0, 25.0], [0.0, 25.0]]).unwrap();
        let (rows, half) = (CostRows::<f64>::of(&cost), [0.5, 0.5]);
        let heights = half.map(f64::ln);
        let swept = rows.sweep(1.0, &half, &heights, &[0.0, 0.0]).unwrap();
        let plain = [0, 1].map(|j| (half[j] / swept.columns[j]).ln());
        let missing = vec![0.5 - swept.columns[0], 0.5 - swept.columns[1]];
        let wanted = Wanted { masses: &half, missing, plain: &plain, stiffness: None };
        let step = step(&rows, 1.0, wanted, &heights, &swept).unwrap();
        assert!(swept.columns[1] > 0.0 && (step[1] - (0.5 / swept.columns[1]).ln()).abs() < 1e-12, "{step:?}");
    }
}
