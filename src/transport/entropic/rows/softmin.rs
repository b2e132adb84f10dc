//! The soft minimum of a row of costs, the one kernel of the entropic variants.

use crate::numeric::exp;
use crate::transport::problem::cost::Cost;
use multiversion::{multiversion, target::target_cfg_f};
use rayon::prelude::*;

/// `-eps ln sum_j exp(h_j - c_ij/eps)` for every row; `+inf` for a row that reaches nothing. Heights may be `-inf`.
///
/// Rows in parallel, each summed in a fixed order. O(n m).
pub(in crate::transport) fn softmin(cost: &Cost, heights: &[f64], eps: f64) -> Vec<f64> {
    let row = |i: usize, terms: &mut [f64]| {
        cost.fill(i, 0, terms);
        let mut highest = f64::NEG_INFINITY;
        for (t, h) in terms.iter_mut().zip(heights) {
            *t = h - *t / eps;
            highest = highest.max(*t);
        }
        if highest == f64::NEG_INFINITY {
            return f64::INFINITY;
        }
        -eps * (highest + sum_of_exps(terms, highest).ln())
    };
    (0..cost.shape().0).into_par_iter().map_init(|| vec![0.0; heights.len()], |terms, i| row(i, terms)).collect()
}

/// `sum_j exp(t_j - highest)`.
#[multiversion(targets = "simd")]
fn sum_of_exps(terms: &[f64], highest: f64) -> f64 {
    const FMA: bool = target_cfg_f!(target_feature = "fma");
    let mut lanes = [0.0; 8];
    let chunks = terms.chunks_exact(8);
    let rest: f64 = chunks.remainder().iter().map(|t| exp::<FMA>(t - highest)).sum();
    for chunk in chunks {
        for (lane, t) in lanes.iter_mut().zip(chunk) {
            *lane += exp::<FMA>(t - highest);
        }
    }
    lanes.iter().sum::<f64>() + rest
}
