//! The loops over a row of costs, in single and in double precision, compiled for the widest vectors of the machine.

use crate::linalg::Scalar;
use crate::numeric::branchless::sum_lanes;
use crate::transport::problem::cost::Ground;
use multiversion::multiversion;
use multiversion::target::target_cfg_f;
use std::borrow::Cow;

/// Part of `|x|² + |y|²` below which a squared distance has lost too many digits.
pub(in crate::transport) const CANCELLED: f64 = 1e-3;

/// `f32` or `f64`, and the loops that are compiled for both.
pub(in crate::transport) trait Float: Scalar + Send + Sync + PartialOrd + Clone + 'static {
    fn of(value: f64) -> Self;
    fn double(self) -> f64;
    /// A row sum between `TINY` and `1/TINY` has lost nothing.
    const TINY: f64;
    /// Whether there is a double precision to fall back on, and the rounding of one operation, with some room.
    const SINGLE: bool;
    const NOISE: f64;
    fn table(table: &[f64]) -> Cow<'_, [Self]>;
    /// `out_j = exp((shift + heights_j - costs_j) inverse)` and their sum.
    fn exponentials(costs: &[Self], heights: &[Self], shift: Self, inverse: Self, out: &mut [Self]) -> Self;
    /// `max_j heights_j - costs_j`.
    fn highest(costs: &[Self], heights: &[Self]) -> Self;
    /// `sums += weight row`.
    fn add_scaled(sums: &mut [Self], row: &[Self], weight: Self);
    /// Costs between a point and the columns of `y`.
    fn distances(x: &[Self], y: &[Self], ground: Ground, out: &mut [Self]);
    /// `row_j = max(row_j + xx + yy_j, 0)`, and whether any of them has cancelled.
    fn squares(row: &mut [Self], xx: Self, yy: &[Self]) -> bool;
    fn roots(row: &mut [Self]);
}

macro_rules! float {
    ($float:ident, $exp:ident, $lowest:expr, $tiny:expr, $table:expr) => {
        #[allow(clippy::needless_range_loop)] // lanes of several arrays, in step
        mod $float {
            use super::*;
            use crate::numeric::$exp;

            const LANES: usize = 32;

            #[multiversion(targets = "simd")]
            pub(super) fn exponentials(
                costs: &[$float],
                heights: &[$float],
                shift: $float,
                inverse: $float,
                out: &mut [$float],
            ) -> $float {
                const FMA: bool = target_cfg_f!(target_feature = "fma");
                #[inline(always)]
                fn chunk<const FMA: bool>(
                    c: &[$float; LANES],
                    h: &[$float; LANES],
                    shift: $float,
                    inverse: $float,
                    e: &mut [$float; LANES],
                    sums: &mut [$float; LANES],
                ) {
                    for k in 0..LANES {
                        let t = ((shift + h[k]) - c[k]) * inverse;
                        e[k] = $exp::<FMA>(if t < $lowest { $lowest } else { t });
                        sums[k] += e[k];
                    }
                }
                let mut sums = [0.0; LANES];
                let (costs, costs_rest) = costs.as_chunks::<LANES>();
                let (heights, heights_rest) = heights.as_chunks::<LANES>();
                let (out, out_rest) = out.as_chunks_mut::<LANES>();
                for ((c, h), e) in costs.iter().zip(heights).zip(out) {
                    chunk::<FMA>(c, h, shift, inverse, e, &mut sums);
                }
                let rest = costs_rest.len().min(out_rest.len());
                let (mut c, mut h, mut e, mut last) = ([0.0; LANES], [0.0; LANES], [0.0; LANES], [0.0; LANES]);
                c[..rest].copy_from_slice(costs_rest);
                h[..rest].copy_from_slice(heights_rest);
                chunk::<FMA>(&c, &h, shift, inverse, &mut e, &mut last);
                out_rest.copy_from_slice(&e[..rest]);
                for (sum, e) in sums.iter_mut().zip(&e[..rest]) {
                    *sum += *e;
                }
                sum_lanes(sums)
            }

            #[multiversion(targets = "simd")]
            pub(super) fn highest(costs: &[$float], heights: &[$float]) -> $float {
                let mut best = [$float::NEG_INFINITY; LANES];
                let (c_rest, h_rest) = (costs.as_chunks::<LANES>().1, heights.as_chunks::<LANES>().1);
                for (c, h) in costs.as_chunks::<LANES>().0.iter().zip(heights.as_chunks::<LANES>().0) {
                    for k in 0..LANES {
                        let t = h[k] - c[k];
                        best[k] = if t > best[k] { t } else { best[k] };
                    }
                }
                let rest = c_rest.iter().zip(h_rest).map(|(c, h)| h - c);
                rest.chain(best).fold($float::NEG_INFINITY, $float::max)
            }

            #[multiversion(targets = "simd")]
            pub(super) fn add_scaled(sums: &mut [$float], row: &[$float], weight: $float) {
                for (sum, e) in sums.iter_mut().zip(row) {
                    *sum += weight * e;
                }
            }

            #[multiversion(targets = "simd")]
            pub(super) fn distances(x: &[$float], y: &[$float], ground: Ground, out: &mut [$float]) {
                let m = out.len();
                out.fill(0.0);
                match (ground, x) {
                    (Ground::SqEuclidean | Ground::Euclidean, [x0, x1]) => {
                        let (y0, y1) = y.split_at(m);
                        for ((c, y0), y1) in out.iter_mut().zip(y0).zip(y1) {
                            *c = (x0 - y0) * (x0 - y0) + (x1 - y1) * (x1 - y1);
                        }
                    }
                    (Ground::SqEuclidean | Ground::Euclidean, _) => {
                        // a few coordinates at a time, in their order, so that a sum is fetched once for all of them
                        let (fours, rest) = x.as_chunks::<4>();
                        let (y, y_rest) = y.split_at(4 * fours.len() * m);
                        for (x, y) in fours.iter().zip(y.chunks_exact(4 * m)) {
                            let (y01, y23) = y.split_at(2 * m);
                            let ((y0, y1), (y2, y3)) = (y01.split_at(m), y23.split_at(m));
                            for ((((c, y0), y1), y2), y3) in out.iter_mut().zip(y0).zip(y1).zip(y2).zip(y3) {
                                let [t0, t1, t2, t3] = [x[0] - y0, x[1] - y1, x[2] - y2, x[3] - y3];
                                *c = (((*c + t0 * t0) + t1 * t1) + t2 * t2) + t3 * t3;
                            }
                        }
                        for (x, y) in rest.iter().zip(y_rest.chunks_exact(m)) {
                            for (c, y) in out.iter_mut().zip(y) {
                                *c += (x - y) * (x - y);
                            }
                        }
                    }
                    (Ground::Cityblock, _) => {
                        for (x, y) in x.iter().zip(y.chunks_exact(m)) {
                            for (c, y) in out.iter_mut().zip(y) {
                                *c += (x - y).abs();
                            }
                        }
                    }
                    (Ground::Chebyshev, _) => {
                        for (x, y) in x.iter().zip(y.chunks_exact(m)) {
                            for (c, y) in out.iter_mut().zip(y) {
                                let t = (x - y).abs();
                                *c = if t > *c { t } else { *c };
                            }
                        }
                    }
                }
                if ground == Ground::Euclidean {
                    out.iter_mut().for_each(|c| *c = c.sqrt());
                }
            }

            #[multiversion(targets = "simd")]
            pub(super) fn squares(row: &mut [$float], xx: $float, yy: &[$float]) -> bool {
                let mut cancelled = false;
                for (c, yy) in row.iter_mut().zip(yy) {
                    let t = *c + (xx + yy);
                    cancelled |= t < CANCELLED as $float * (xx + yy);
                    *c = if t > 0.0 { t } else { 0.0 };
                }
                cancelled
            }
        }

        impl Float for $float {
            const TINY: f64 = $tiny;
            const SINGLE: bool = size_of::<$float>() == 4;
            const NOISE: f64 = 4.0 * $float::EPSILON as f64;

            fn of(value: f64) -> Self {
                value as $float
            }

            fn double(self) -> f64 {
                f64::from(self)
            }

            fn table(table: &[f64]) -> Cow<'_, [Self]> {
                $table(table)
            }

            fn exponentials(costs: &[Self], heights: &[Self], shift: Self, inverse: Self, out: &mut [Self]) -> Self {
                $float::exponentials(costs, heights, shift, inverse, out)
            }

            fn highest(costs: &[Self], heights: &[Self]) -> Self {
                $float::highest(costs, heights)
            }

            fn add_scaled(sums: &mut [Self], row: &[Self], weight: Self) {
                $float::add_scaled(sums, row, weight);
            }

            fn distances(x: &[Self], y: &[Self], ground: Ground, out: &mut [Self]) {
                $float::distances(x, y, ground, out);
            }

            fn squares(row: &mut [Self], xx: Self, yy: &[Self]) -> bool {
                $float::squares(row, xx, yy)
            }

            fn roots(row: &mut [Self]) {
                row.iter_mut().for_each(|c| *c = c.sqrt());
            }
        }
    };
}

float!(f32, exp_clamped_f32, -60.0, 1e-12, |table: &[f64]| Cow::Owned(table.iter().map(|c| *c as f32).collect()));
float!(f64, exp_clamped, -600.0, 1e-100, Cow::Borrowed);
