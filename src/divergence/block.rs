//! The cells of the divergences that are used most, summed by vector instructions.
//!
//! A block of cells is filled into a buffer by a loop without a branch, value and dual in one pass, and the buffer is
//! summed pairwise (the blocks are summed with compensation). The forms are those of the scalar cells: second order in `p - q` wherever the masses are
//! close, and exact limits where one of them is zero. The logarithm family is one kernel,
//!
//! ```text
//! value   x ln(x/y) - x + y            dual   (x - y) t - y (e^t - 1 - t)   at t = ln(x/y),
//! ```
//!
//! a lower bound whatever `t` is: Kullback-Leibler takes it at `(p, q)`, Jensen-Shannon twice, at `(p, m)` and
//! `(q, m)`. There the pair `a, b` of the two `t` stands for `T = a - c` with `c = ln((e^a + e^b)/2)`, and
//! `c <= (e^a + e^b)/2 - 1` keeps the sum below `p T - q f*(T)`.
//!
//! A block that holds masses too extreme for these forms (outside `2^+-500`, zero excepted) or whose sum leaves the
//! range of `f64` is refused; the caller then takes its cells one by one.

use super::FDivergence as F;
use crate::numeric::Sum;
use crate::numeric::branchless::{LnRatio, exp_excess, ln_ratio};

/// Cells that go through one buffer.
pub(super) const BLOCK: usize = 512;
/// Accumulators side by side.
const LANES: usize = 64;
const LEAST: f64 = f64::from_bits((1023 - 500) << 52);
const GREATEST: f64 = f64::from_bits((1023 + 500) << 52);

/// Value and dual of some cells.
#[derive(Clone, Copy, Default)]
pub(super) struct Sums {
    pub value: Sum,
    pub dual: Sum,
}

impl Sums {
    pub fn merge(&mut self, other: Self) {
        self.value.merge(other.value);
        self.dual.merge(other.dual);
    }
}

/// What a mass adds where the other law has none, for `P` and for `Q`; may be infinite.
#[derive(Clone, Copy)]
pub(super) struct Alone {
    pub p: f64,
    pub q: f64,
}

/// The sums over at most [`BLOCK`] cells, or `None` where the generator has no kernel or the block is not for it.
pub(super) fn sums(f: F, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
    match f {
        F::Kl | F::KlSelfNormalised => sum_block(&Kl, p, q, alone),
        F::ReverseKl | F::ReverseKlSelfNormalised => sum_block(&Swapped(Kl), p, q, alone),
        F::Jeffreys => sum_block(&Jeffreys, p, q, alone),
        F::Jsd => sum_block(&Jsd { scale: 0.5 }, p, q, alone),
        F::TwoJsd | F::Gan => sum_block(&Jsd { scale: 1.0 }, p, q, alone),
        F::JsWeighted(pi) => sum_block(&JsWeighted { pi }, p, q, alone),
        F::Pearson => sum_block(&Pearson, p, q, alone),
        F::Neyman => sum_block(&Swapped(Pearson), p, q, alone),
        F::SquaredHellinger => sum_block(&Hellinger { scale: 1.0 }, p, q, alone),
        F::Hellinger2 => sum_block(&Hellinger { scale: 0.5 }, p, q, alone),
        F::TotalVariation | F::HockeyStick(1.0) => sum_block(&TotalVariation, p, q, alone),
        F::LeCam => sum_block(&LeCam, p, q, alone),
        _ => None,
    }
}

/// What two positive masses add to the value and to the dual; nothing where they are equal.
trait Cell {
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64);
}

struct Kl;

impl Cell for Kl {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        kl::<FMA>(p, q, p - q)
    }
}

#[inline(always)]
fn kl<const FMA: bool>(x: f64, y: f64, difference: f64) -> (f64, f64) {
    let LnRatio { excess, dual, .. } = ln_ratio::<FMA>(x, y, difference);
    (excess, dual)
}

/// The generator of the laws swapped: `T` and `f*(T)` change places too, so the dual is the same number.
struct Swapped<C>(C);

impl<C: Cell> Cell for Swapped<C> {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        self.0.cell::<FMA>(q, p)
    }
}

struct Jeffreys;

impl Cell for Jeffreys {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let t = ln_ratio::<FMA>(p, q, p - q).ln;
        let value = (p - q) * t;
        (value, 2.0 * value - q * exp_excess::<FMA>(t) - p * exp_excess::<FMA>(-t))
    }
}

struct Jsd {
    scale: f64,
}

impl Cell for Jsd {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        // an error in m enters squared, as long as the differences do not come from m
        let (m, half) = (0.5 * (p + q), 0.5 * (p - q));
        let (of_p, of_q) = (kl::<FMA>(p, m, half), kl::<FMA>(q, m, -half));
        (self.scale * (of_p.0 + of_q.0), self.scale * (of_p.1 + of_q.1))
    }
}

struct JsWeighted {
    pi: f64,
}

impl Cell for JsWeighted {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let (pi, rest) = (self.pi, 1.0 - self.pi);
        let (n, difference) = (pi * p + rest * q, p - q);
        let (of_p, of_q) = (kl::<FMA>(p, n, rest * difference), kl::<FMA>(q, n, -pi * difference));
        (pi * of_p.0 + rest * of_q.0, pi * of_p.1 + rest * of_q.1)
    }
}

struct Pearson;

impl Cell for Pearson {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let half = difference / q;
        let t = 2.0 * half;
        // f*(t) = t + t^2/4
        (half * difference, t * (difference - q * (0.25 * t)))
    }
}

struct Hellinger {
    scale: f64,
}

impl Cell for Hellinger {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let (difference, root) = (p - q, p.sqrt());
        let c = difference / (root + q.sqrt());
        let t = c / root;
        // f*(t) = t/(1-t); where 1-t has no digits left, q has no weight
        let conjugate = t / (1.0 - t).max(0.25 * f64::EPSILON);
        let dual = if t.abs() < 0.5 { t * (difference - q * conjugate) } else { t * p - q * conjugate };
        (self.scale * (c * c), self.scale * dual)
    }
}

struct TotalVariation;

impl Cell for TotalVariation {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let t = 0.5f64.copysign(difference);
        (0.5 * difference.abs(), t * p - t * q)
    }
}

struct LeCam;

impl Cell for LeCam {
    #[inline(always)]
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64) {
        let difference = p - q;
        let d = difference / (p + q);
        let t = d * (2.0 - d);
        // f*(t) = t (3-s)/(1+s) = t + 2 t^2/(1+s)^2 with s = sqrt(1-t)
        let s = 1.0 + (1.0 - t).max(0.0).sqrt();
        (d * difference, t * (difference - 2.0 * q * (t / (s * s))))
    }
}

#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
fn sum_block<C: Cell>(kernel: &C, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
    const FMA: bool = multiversion::target::target_cfg_f!(target_feature = "fma");
    let mut pairs;
    let (p, q, single) = if usual(p) & usual(q) {
        (p, q, 0.0)
    } else {
        pairs = Pairs { x: [1.0; BLOCK], y: [1.0; BLOCK] };
        let single = pairs.fill(p, q, alone)?;
        (&pairs.x[..p.len()], &pairs.y[..p.len()], single)
    };
    let (mut values, mut duals) = ([0.0; BLOCK], [0.0; BLOCK]);
    for ((&p, &q), (value, dual)) in p.iter().zip(q).zip(values.iter_mut().zip(&mut duals)) {
        (*value, *dual) = kernel.cell::<FMA>(p, q);
    }
    let (value, dual) = (sum_pairwise(&values), sum_pairwise(&duals));
    if single.is_finite() && !(value.is_finite() && dual.is_finite()) {
        return None;
    }
    Some(Sums { value: [value, single].into_iter().collect(), dual: [dual, single].into_iter().collect() })
}

/// Whether all masses are positive and within the range of the kernels.
#[inline(always)]
fn usual(masses: &[f64]) -> bool {
    // positive numbers are in the order of their bits
    let outside = |mass: &f64| mass.to_bits().wrapping_sub(LEAST.to_bits()) > GREATEST.to_bits() - LEAST.to_bits();
    masses.iter().fold(0, |any, mass| any | u64::from(outside(mass))) == 0
}

/// The cells where both laws have mass; the others stay one and one, which adds nothing.
struct Pairs {
    x: [f64; BLOCK],
    y: [f64; BLOCK],
}

impl Pairs {
    /// Returns what the cells add where one law has mass alone; `None` where a mass is extreme.
    fn fill(&mut self, p: &[f64], q: &[f64], alone: Alone) -> Option<f64> {
        let usual = |mass: f64| (LEAST..=GREATEST).contains(&mass);
        let mut single = [0.0; BLOCK];
        for (i, (&p, &q)) in p.iter().zip(q).enumerate() {
            match (p > 0.0, q > 0.0) {
                (true, true) if usual(p) && usual(q) => (self.x[i], self.y[i]) = (p, q),
                (true, true) => return None,
                (true, false) => single[i] = p * alone.p,
                (false, true) => single[i] = q * alone.q,
                (false, false) => {}
            }
        }
        Some(sum_pairwise(&single))
    }
}

#[inline(always)]
fn sum_pairwise(terms: &[f64; BLOCK]) -> f64 {
    let mut lanes = [0.0; LANES];
    for chunk in terms.as_chunks::<LANES>().0 {
        for (lane, term) in lanes.iter_mut().zip(chunk) {
            *lane += term;
        }
    }
    let mut width = LANES / 2;
    while width > 0 {
        for k in 0..width {
            lanes[k] += lanes[k + width];
        }
        width /= 2;
    }
    lanes[0]
}
