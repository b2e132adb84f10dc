//! Jensen-Shannon divergences of many pairs of laws, from entropies that are computed once a law.
//!
//! With `m = pi p + (1-pi) q`,
//!
//! ```text
//! JS(pi) = pi sum p ln p + (1-pi) sum q ln q - sum m ln m,
//! ```
//!
//! So a pair costs one logarithm a bin, where two divergences from `m` cost two. The price is cancellation: for laws
//! near each other the difference of entropies has no digits, and such pairs are refused. The certificate bounds each
//! term by a tangent, for any values of the computed logarithms `a` and `L`. (Only the multiple of `ln 2` in `L` is
//! taken as exact up to its rounding.)
//!
//! ```text
//! p ln p >= p a - (e^a - p),    m ln m <= m L + m (m e^-L - 1).
//! ```
//!
//! Masses are scaled by a power of two near the number of bins. This does not change the difference and makes the
//! logarithms small.

#![allow(clippy::needless_range_loop)] // lanes of several arrays, in step

use super::discrete::with_tangent;
use crate::certificate::Certified;
use crate::divergence::generator::block::BLOCK;
use crate::divergence::generator::closed_form::Functional;
use crate::divergence::generator::{FDivergence as F, Generator};
use crate::divergence::kind::Kind;
use crate::error::Result;
use crate::measure::Pmf;
use crate::numeric::Sum;
use crate::numeric::branchless::{fma, ln_and_excess, sum_lanes};

/// Pairs whose divergence is below this share of the size of the terms are refused. The rounding error is below 1e-15
/// of that size.
const SHARE: f64 = 1.0 / 64.0;

/// The terms of each law that a divergence of the Jensen-Shannon family needs.
pub(super) struct Entropies {
    f: F,
    /// Weight of the first law.
    pi: f64,
    /// The divergence over `JS(pi)`.
    factor: f64,
}

/// `sum x ln x` over the scaled masses of a law.
pub(super) struct Entropy {
    value: f64,
    /// At most the exact one.
    below: f64,
    /// `sum |x ln x|`.
    size: f64,
}

impl Entropies {
    /// None for a divergence that is no difference of entropies.
    ///
    /// # Errors
    /// A weight outside its domain.
    pub fn of(kind: Kind) -> Result<Option<Self>> {
        let Kind::F(f) = kind else { return Ok(None) };
        f.validate()?;
        Ok(match f.functional() {
            Functional::JensenShannon { weight, scale, .. } => Some(Self { f, pi: weight, factor: scale }),
            _ => None,
        })
    }

    pub fn entropy(law: &Pmf) -> Entropy {
        let scale = scale(law.masses().len());
        let (mut value, mut excess, mut size) = (Sum::new(), Sum::new(), Sum::new());
        for x in law.masses().iter().map(|mass| scale * mass).filter(|x| *x > 0.0) {
            let ln = x.ln();
            value.add(x * ln);
            size.add((x * ln).abs());
            excess.add(ln.exp() - x);
        }
        Entropy { value: value.value(), below: value.value() - excess.value(), size: size.value() }
    }

    /// The divergence of a pair; none for laws too near each other.
    pub fn divergence(&self, (p, of_p): (&Pmf, &Entropy), (q, of_q): (&Pmf, &Entropy)) -> Option<Certified> {
        let scale = scale(p.masses().len());
        let (pi, rest) = (self.pi, 1.0 - self.pi);
        let (mut value, mut excess) = (Sum::new(), Sum::new());
        for (p, q) in p.masses().chunks(BLOCK).zip(q.masses().chunks(BLOCK)) {
            let sums = of_mixture(pi * scale, rest * scale, p, q);
            value.add(sums.0);
            excess.add(sums.1);
        }
        let of_mixture = value.value();
        let value = pi * of_p.value + rest * of_q.value - of_mixture;
        let below = pi * of_p.below + rest * of_q.below - (of_mixture + excess.value());
        let size = pi * of_p.size + rest * of_q.size + scale;
        let unit = self.factor / scale;
        (value >= SHARE * size).then(|| with_tangent(&self.f, Certified::new(unit * value, unit * below)))
    }
}

/// The power of two near the number of bins.
fn scale(bins: usize) -> f64 {
    f64::from_bits((1023 + u64::from(bins.ilog2())) << 52)
}

/// Bins that go through the logarithm side by side.
const LANES: usize = 8;
/// A smaller mass takes the logarithm of this one; the error is far below all digits.
const LEAST: f64 = f64::from_bits((1023 - 1000) << 52);

/// `sum m L` over a block, for `m = a p + b q` and `L` the computed `ln m`, and `sum m (m e^-L - 1)`.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn of_mixture(a: f64, b: f64, p: &[f64], q: &[f64]) -> (f64, f64) {
    const FMA: bool = multiversion::target::target_cfg_f!(target_feature = "fma");
    let (mut values, mut excesses) = ([0.0; LANES], [0.0; LANES]);
    let ((p, p_rest), (q, q_rest)) = (p.as_chunks::<LANES>(), q.as_chunks::<LANES>());
    let (mut p_last, mut q_last) = ([0.0; LANES], [0.0; LANES]);
    p_last[..p_rest.len()].copy_from_slice(p_rest);
    q_last[..q_rest.len()].copy_from_slice(q_rest);
    let last = (!p_rest.is_empty()).then_some((&p_last, &q_last));
    // no closure: its body would be compiled for the baseline
    for (p, q) in p.iter().zip(q).chain(last) {
        let (mut m, mut x) = ([0.0; LANES], [0.0; LANES]);
        for i in 0..LANES {
            m[i] = fma::<FMA>(a, p[i], b * q[i]);
            x[i] = if m[i] > LEAST { m[i] } else { LEAST };
        }
        let (ln, excess) = ln_and_excess::<FMA, LANES>(&x);
        for i in 0..LANES {
            values[i] = fma::<FMA>(m[i], ln[i], values[i]);
            excesses[i] = fma::<FMA>(m[i], excess[i], excesses[i]);
        }
    }
    (sum_lanes(values), sum_lanes(excesses))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn laws_far_apart_go_by_entropies_and_near_ones_do_not() {
        let law = |masses: [f64; 4]| Pmf::new(masses).unwrap();
        let (p, far) = (law([0.4, 0.3, 0.2, 0.1]), law([0.1, 0.1, 0.1, 0.7]));
        let near = law([0.41, 0.29, 0.2, 0.1]);
        let of = Entropies::of(Kind::F(F::Jsd)).unwrap().unwrap();
        let pair = |p: &Pmf, q: &Pmf| of.divergence((p, &Entropies::entropy(p)), (q, &Entropies::entropy(q)));
        let (found, kernel) = (pair(&p, &far).unwrap(), Kind::F(F::Jsd).evaluate(&p, &far).unwrap());
        assert!((found.value - kernel.value).abs() < 1e-14 && found.gap() < 1e-15, "{found:?} {kernel:?}");
        assert!(pair(&p, &near).is_none() && pair(&p, &p).is_none());
        assert!(Entropies::of(Kind::F(F::Kl)).unwrap().is_none());
        assert!(Entropies::of(Kind::F(F::JsWeighted(1.5))).is_err());
    }
}
