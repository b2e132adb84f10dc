//! The cells of a block, summed by vector instructions, for the divergences that have a [`BlockKernel`].
//!
//! The cells of a block go through loops without a branch, value and dual together, and are summed pairwise (the blocks are
//! summed with compensation). The forms are those of the scalar cells: second order in `p - q` wherever the masses are
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

#![allow(clippy::needless_range_loop)] // lanes of several arrays, in step

use crate::numeric::Sum;
use crate::numeric::branchless::{WIDE, Wide, excesses, fma, sum_lanes};

/// Cells of a block.
pub(crate) const BLOCK: usize = 512;
const LEAST: f64 = f64::from_bits((1023 - 500) << 52);
const GREATEST: f64 = f64::from_bits((1023 + 500) << 52);

/// Value and dual of some cells.
#[derive(Clone, Copy, Default)]
pub struct Sums {
    /// Of the values.
    pub value: Sum,
    /// Of the dual values.
    pub dual: Sum,
}

impl Sums {
    /// The sums over both sets of cells.
    pub fn merge(&mut self, other: Self) {
        self.value.merge(other.value);
        self.dual.merge(other.dual);
    }
}

/// The contribution of a mass where the other law has none, for `P` and for `Q`; may be infinite.
#[derive(Clone, Copy)]
pub struct Alone {
    /// Contribution of a unit of mass of `P` where `Q` has none.
    pub p: f64,
    /// Contribution of a unit of mass of `Q` where `P` has none.
    pub q: f64,
}

/// Contributions of positive masses to the value and to the dual; zero where they are equal.
pub(super) trait BlockKernel {
    /// The factor by which the sums of [`cells`](Self::cells) are to be multiplied.
    fn unit(&self) -> f64 {
        1.0
    }

    fn cells<const FMA: bool>(&self, p: &Wide, q: &Wide) -> (Wide, Wide);
}

/// The generator of the laws swapped: `T` and `f*(T)` change places too, so the dual is the same number.
pub(super) struct Swapped<K>(pub K);

impl<K: BlockKernel> BlockKernel for Swapped<K> {
    fn unit(&self) -> f64 {
        self.0.unit()
    }

    #[inline(always)]
    fn cells<const FMA: bool>(&self, p: &Wide, q: &Wide) -> (Wide, Wide) {
        self.0.cells::<FMA>(q, p)
    }
}

/// The logarithm family at `(p, q)`: Kullback-Leibler.
pub(super) struct Excess;

impl BlockKernel for Excess {
    #[inline(always)]
    fn cells<const FMA: bool>(&self, p: &Wide, q: &Wide) -> (Wide, Wide) {
        let mut difference = [0.0; WIDE];
        for i in 0..WIDE {
            difference[i] = p[i] - q[i];
        }
        excesses::<FMA>(p, q, &difference)
    }
}

/// The logarithm family at `(p, m)` and `(q, m)`, `m = pi p + (1-pi) q`: Jensen-Shannon, times `scale`.
pub(super) struct JensenShannon {
    pub pi: f64,
    pub scale: f64,
}

impl BlockKernel for JensenShannon {
    fn unit(&self) -> f64 {
        self.scale * self.pi
    }

    #[inline(always)]
    fn cells<const FMA: bool>(&self, p: &Wide, q: &Wide) -> (Wide, Wide) {
        // an error in m enters squared, as long as the differences do not come from m
        let (pi, rest) = (self.pi, 1.0 - self.pi);
        let (mut m, mut from_p, mut from_q) = ([0.0; WIDE], [0.0; WIDE], [0.0; WIDE]);
        for i in 0..WIDE {
            m[i] = pi * p[i] + rest * q[i];
            from_p[i] = rest * (p[i] - q[i]);
            from_q[i] = pi * (q[i] - p[i]);
        }
        let (mut value, mut dual) = excesses::<FMA>(p, &m, &from_p);
        let of_q = excesses::<FMA>(q, &m, &from_q);
        let weight = rest / pi;
        for i in 0..WIDE {
            value[i] = fma::<FMA>(weight, of_q.0[i], value[i]);
            dual[i] = fma::<FMA>(weight, of_q.1[i], dual[i]);
        }
        (value, dual)
    }
}

/// A generator of few operations, one cell after the other.
pub(super) struct Each<C>(pub C);

/// Contributions of two positive masses to the value and to the dual.
pub(super) trait Cell {
    fn cell<const FMA: bool>(&self, p: f64, q: f64) -> (f64, f64);
}

impl<C: Cell> BlockKernel for Each<C> {
    #[inline(always)]
    fn cells<const FMA: bool>(&self, p: &Wide, q: &Wide) -> (Wide, Wide) {
        let (mut values, mut duals) = ([0.0; WIDE], [0.0; WIDE]);
        for i in 0..WIDE {
            (values[i], duals[i]) = self.0.cell::<FMA>(p[i], q[i]);
        }
        (values, duals)
    }
}

/// The sums over at most [`BLOCK`] cells, or `None` where a mass is too extreme for the kernel.
#[multiversion::multiversion(targets("x86_64+avx512f+avx512vl+avx512dq+avx512bw+fma+avx2", "x86_64+avx2+fma"))]
pub(super) fn sum<K: BlockKernel>(kernel: &K, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
    const FMA: bool = multiversion::target::target_cfg_f!(target_feature = "fma");
    let pairs;
    let (mut p, mut q, mut single) = (p, q, 0.0);
    let (mut found, unusual) = sum_cells::<K, FMA>(kernel, p, q);
    if unusual {
        pairs = Pairs::of(p, q, alone)?;
        (p, q, single) = (&pairs.x[..p.len()], &pairs.y[..p.len()], pairs.single);
        found = sum_cells::<K, FMA>(kernel, p, q).0;
    }
    let (value, dual) = found;
    if single.is_finite() && !(value.is_finite() && dual.is_finite()) {
        return None;
    }
    Some(Sums { value: [value, single].into_iter().collect(), dual: [dual, single].into_iter().collect() })
}

/// The sums over positive masses, and whether some mass is not positive or outside the range of the kernels, which
/// makes the sums meaningless. Checking in the same pass is cheaper than a pass beforehand.
#[inline(always)]
fn sum_cells<K: BlockKernel, const FMA: bool>(kernel: &K, p: &[f64], q: &[f64]) -> ((f64, f64), bool) {
    let (mut values, mut duals) = ([0.0; WIDE], [0.0; WIDE]);
    let (mut least, mut greatest) = ([f64::INFINITY; WIDE], [0.0; WIDE]);
    let ((p, p_rest), (q, q_rest)) = (p.as_chunks::<WIDE>(), q.as_chunks::<WIDE>());
    let (mut p_last, mut q_last) = ([1.0; WIDE], [1.0; WIDE]);
    p_last[..p_rest.len()].copy_from_slice(p_rest);
    q_last[..q_rest.len()].copy_from_slice(q_rest);
    let last = (!p_rest.is_empty()).then_some((&p_last, &q_last));
    // no closure: its body would be compiled for the baseline
    for (p, q) in p.iter().zip(q).chain(last) {
        for i in 0..WIDE {
            let (low, high) = if p[i] < q[i] { (p[i], q[i]) } else { (q[i], p[i]) };
            least[i] = if low < least[i] { low } else { least[i] };
            greatest[i] = if high > greatest[i] { high } else { greatest[i] };
        }
        let cells = kernel.cells::<FMA>(p, q);
        for i in 0..WIDE {
            values[i] += cells.0[i];
            duals[i] += cells.1[i];
        }
    }
    let unusual = least.iter().any(|&m| m < LEAST) || greatest.iter().any(|&m| m > GREATEST);
    let unit = kernel.unit();
    ((unit * sum_lanes(values), unit * sum_lanes(duals)), unusual)
}

/// Whether a mass is not positive, or outside the range of the kernels.
#[inline(always)]
fn is_unusual(mass: f64) -> bool {
    // positive numbers are in the order of their bits
    mass.to_bits().wrapping_sub(LEAST.to_bits()) > GREATEST.to_bits() - LEAST.to_bits()
}

/// The cells where both laws have mass, and the contributions of all others. The others are set to one and one, which
/// adds nothing.
struct Pairs {
    x: [f64; BLOCK],
    y: [f64; BLOCK],
    single: f64,
}

impl Pairs {
    /// `None` where a mass is extreme.
    fn of(p: &[f64], q: &[f64], alone: Alone) -> Option<Self> {
        let (mut x, mut y, mut single) = ([1.0; BLOCK], [1.0; BLOCK], Sum::new());
        for (i, (&p, &q)) in p.iter().zip(q).enumerate() {
            match (p > 0.0, q > 0.0) {
                (true, true) if is_unusual(p) || is_unusual(q) => return None,
                (true, true) => (x[i], y[i]) = (p, q),
                (true, false) => single.add(p * alone.p),
                (false, true) => single.add(q * alone.q),
                (false, false) => {}
            }
        }
        Some(Self { x, y, single: single.value() })
    }
}
