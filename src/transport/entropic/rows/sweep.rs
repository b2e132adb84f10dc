//! One iteration of Sinkhorn's in one pass over the costs, with one exponential an entry.
//!
//! ```text
//! e_ij = exp((F_i + G_j - c_ij)/eps),   f_i = F_i - eps ln sum_j e_ij,   c_j = sum_i (a_i / sum_k e_ik) e_ij,
//! ```
//!
//! with `G_j = g_j + eps ln(b_j/total)`. The plan of `(f, g)` has exact row sums, and the column sums `c_j` are made of
//! the same numbers as its rows, so the next `g_j + eps ln(b_j/c_j)` needs no second pass. `F` is the `f` of the last
//! sweep: the sums are then near one, and nothing overflows. A row where that does not hold is computed again from its
//! largest term, so the result is that of a log-sum-exp in every case.
//!
//! The exponents are bounded below: what lies under the bound is too small to count, and would only bring subnormal
//! numbers, which are slow.

use crate::error::{Error, Result};
use crate::numeric::Sum;
use crate::transport::entropic::rows::CostRows;
use crate::transport::entropic::rows::lanes::Float;
use rayon::prelude::*;
use std::ops::Range;

/// CostRows are cut into so many parts, whatever the number of threads, and the parts summed in order: the same bits on one
/// thread as on many.
const PARTS: usize = 16;
/// CostRows whose column sums are added up in the precision of the sweep before they go into double precision.
const RUN: usize = 32;

/// The parts of `0..n`; few rows are one part.
pub(in crate::transport) fn parts(n: usize) -> Vec<Range<usize>> {
    let size = n.div_ceil(PARTS).max(RUN);
    (0..n).step_by(size).map(|first| first..(first + size).min(n)).collect()
}

/// What a sweep finds.
pub(in crate::transport) struct Swept {
    /// `F` as it was used, `left_i = a_i / sum_j e_ij`, and the exact `f`.
    pub shift: Vec<f64>,
    pub left: Vec<f64>,
    pub f: Vec<f64>,
    /// `F_i - eps ln sum_j e_ij`, which is `f` where masses are kept.
    pub soft: Vec<f64>,
    /// Column sums of the plan of `(f, g)`.
    pub columns: Vec<f64>,
}

impl<T: Float> CostRows<'_, T> {
    /// One sweep: `heights` are `G`, `guess` is `F`. CostRows that reach nothing and have no mass get zero. O(n m), O(n + m)
    /// memory.
    ///
    /// # Errors
    /// [`Error::Infeasible`] for a row that has mass and reaches nothing.
    pub(in crate::transport) fn sweep(&self, eps: f64, a: &[f64], heights: &[f64], guess: &[f64]) -> Result<Swept> {
        self.sweep_by(eps, heights, guess, |i, soft| {
            if soft == f64::INFINITY { (a[i] <= 0.0).then_some((0.0, 0.0)) } else { Some((soft, a[i])) }
        })
    }

    /// The same where masses need not be kept: `row(i, soft)` is the potential of a row and the mass that it sends, or nothing where
    /// it has to send mass and cannot (`soft` is then infinite).
    ///
    /// # Errors
    /// [`Error::Infeasible`] for a row that has mass to send and reaches nothing.
    pub(in crate::transport) fn sweep_by(
        &self,
        eps: f64,
        heights: &[f64],
        guess: &[f64],
        row: impl Fn(usize, f64) -> Option<(f64, f64)> + Sync,
    ) -> Result<Swept> {
        let (n, m) = self.shape();
        let inverse = T::of(eps.recip());
        let heights: Vec<T> = heights.iter().map(|h| T::of(*h)).collect();
        let part = |range: Range<usize>| {
            let mut e = vec![T::zero(); m];
            let (mut run, mut columns) = (vec![T::zero(); m], vec![0.0; m]);
            let mut found = Vec::with_capacity(range.len());
            let mut reached = true;
            let (first, last) = (range.start, range.end);
            self.for_each(range, |i, costs| {
                let mut shift = T::of(guess[i]);
                let mut sum = T::exponentials(costs, &heights, shift, inverse, &mut e).double();
                if !(sum > T::TINY && sum < T::TINY.recip()) {
                    // infinite where the row reaches nothing
                    shift = T::of(-T::highest(costs, &heights).double());
                    sum = T::exponentials(costs, &heights, shift, inverse, &mut e).double();
                }
                if shift.double() == f64::INFINITY {
                    let alone = row(i, f64::INFINITY);
                    reached &= alone.is_some();
                    found.push([0.0, 0.0, alone.map_or(0.0, |(f, _)| f), 0.0]);
                } else {
                    let soft = shift.double() - eps * sum.ln();
                    let (f, mass) = row(i, soft).unwrap_or((soft, 0.0));
                    let left = mass / sum;
                    if left > 0.0 {
                        T::add_scaled(&mut run, &e, T::of(left));
                    }
                    found.push([shift.double(), left, f, soft]);
                }
                if (i - first) % RUN == RUN - 1 || i + 1 == last {
                    for (sum, run) in columns.iter_mut().zip(&mut run) {
                        *sum += run.double();
                        *run = T::zero();
                    }
                }
            });
            (found, columns, reached)
        };
        let parts: Vec<_> = parts(n).into_par_iter().map(part).collect();
        if !parts.iter().all(|(_, _, reached)| *reached) {
            return Err(Error::infeasible(
                "the transport problem",
                "a point that has mass has only forbidden arcs (infinite costs) to points that have",
            ));
        }
        let pick = |k: usize| parts.iter().flat_map(|(found, ..)| found.iter().map(move |row| row[k])).collect();
        let columns = (0..m).map(|j| parts.iter().map(|(_, columns, _)| columns[j]).sum()).collect();
        Ok(Swept { shift: pick(0), left: pick(1), f: pick(2), soft: pick(3), columns })
    }

    /// `min_i c_ij - p_i` for every column, over the rows with mass; `+inf` where there is none.
    pub(in crate::transport) fn lowest(&self, a: &[f64], p: &[f64]) -> Vec<f64> {
        let (n, m) = self.shape();
        let part = |range: Range<usize>| {
            let mut lowest = vec![f64::INFINITY; m];
            self.for_each(range, |i, costs| {
                if a[i] > 0.0 {
                    for (lowest, c) in lowest.iter_mut().zip(costs) {
                        *lowest = lowest.min(c.double() - p[i]);
                    }
                }
            });
            lowest
        };
        let parts: Vec<Vec<f64>> = parts(n).into_par_iter().map(part).collect();
        (0..m).map(|j| parts.iter().map(|part| part[j]).fold(f64::INFINITY, f64::min)).collect()
    }
}

/// L1 distance of the column sums from the masses.
pub(in crate::transport) fn column_error(b: &[f64], columns: &[f64]) -> f64 {
    Sum::of(b.iter().zip(columns).map(|(b, c)| if *b > 0.0 { (b - c).abs() } else { 0.0 }))
}
