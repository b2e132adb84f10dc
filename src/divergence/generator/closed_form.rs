//! The formulas and the facts that the file of a divergence states.
//!
//! A divergence of the [list](super::known) is a type that implements [`ClosedForm`], in a file of its own under `known`.
//! The formulas need to hold inside their domains only: the ends (`u = 0`, a `t` outside the domain of `f*`, equal masses) are
//! taken care of here, once, where every closed form becomes a [`Generator`].

use super::block::{Alone, Sums};
use super::conjugate::ConjugateDomain;
use super::signal::Signal;
use crate::divergence::generator::Generator;
use crate::error::{Error, Result};
use crate::numeric::{ln_ratio, sigmoid, softplus};

pub(super) const INF: f64 = f64::INFINITY;

/// The functional of which a divergence is a multiple, if it is one of a few. Closed forms between named laws, and the
/// choice of an estimator, depend on it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Functional {
    /// `scale (sum p^a q^(1-a) - 1)/(a(a-1))`, with the limits at 0 and 1.
    Alpha { order: f64, scale: f64 },
    /// `KL(P||Q) + KL(Q||P)`.
    Jeffreys,
    /// `scale (w KL(P||N) + (1-w) KL(Q||N)) + shift`, `N = wP + (1-w)Q`.
    JensenShannon { weight: f64, scale: f64, shift: f64 },
    /// Another one.
    Own,
}

/// An f-divergence by its formulas. `u = p/q`, and `l = ln u`.
pub(crate) trait ClosedForm: Copy + Sync {
    /// The name at the command line and in reports.
    fn name(&self) -> &'static str;

    /// The divergence that the name alone means at the command line; none if the command line does not offer it.
    fn usual() -> Option<Self> {
        None
    }

    /// Checks the parameters.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// `f(u)` for `u > 0`.
    fn f(&self, u: f64) -> f64;

    /// `f'(u)` for `u >= 0`.
    fn df(&self, u: f64) -> f64;

    /// `f(0)`.
    fn at_zero(&self) -> f64;

    /// `f'(inf)`.
    fn slope_at_infinity(&self) -> f64;

    /// Whether `f*` is finite at `f'(inf)`.
    fn attained(&self) -> bool {
        false
    }

    /// `f*(t)` for a finite `t` of its domain.
    fn conjugate(&self, t: f64) -> f64;

    /// `(f*)'(t)` for a `t` of the domain of `f*`.
    fn dconjugate(&self, t: f64) -> f64;

    /// `f''(1)`, where it exists.
    fn curvature(&self) -> Option<f64>;

    /// Whether `D(P||Q) = D(Q||P)`.
    fn symmetric(&self) -> bool {
        false
    }

    /// The power of the divergence that is a metric, where one is known.
    fn metric_power(&self) -> Option<f64> {
        None
    }

    /// Whether the value is an amount of information, which can be given in bits.
    fn is_information(&self) -> bool {
        false
    }

    /// The functional it is a multiple of.
    fn functional(&self) -> Functional {
        Functional::Own
    }

    /// The `g` at which `f` is `(u - g)_+` up to a linear function.
    fn kink(&self) -> Option<f64> {
        None
    }

    /// `q [f(u) - f(1) - f'(1)(u-1)]` for `p, q > 0` that differ: the cell, on the masses and their difference.
    fn cell(&self, p: f64, q: f64) -> f64;

    /// `(T* - f'(1), f*(T*) - f'(1) + f(1))` at the logit `l = ln(p/q)`, for `p, q > 0`.
    ///
    /// This is the route of an f-GAN head. It must not use [`cell`](Self::cell), so that their agreement is evidence.
    fn dual_pair(&self, l: f64, masses: (f64, f64)) -> (f64, f64);

    /// `q` times that conjugate where the conjugate alone overflows; `+inf` if the product does.
    fn conjugate_mass(&self, _l: f64, _q: f64) -> f64 {
        INF
    }

    /// The output activation `T = g(v)` of a critic.
    fn activation(&self, v: f64) -> f64 {
        let end = self.slope_at_infinity();
        if end == INF { v } else { end - softplus(-v) }
    }

    /// `f*(g(v))`.
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        Generator::conjugate(self, ClosedForm::activation(self, v))
    }

    /// The training head: `T = g(v)` in operations that a tape can differentiate, none of which overflows before the
    /// result does. None where there is no such formula. An implementation gives both this function and the next, or
    /// neither.
    fn head<S: Signal>(&self, _v: S) -> Option<S> {
        None
    }

    /// `f*(g(v))` in such operations.
    fn conjugate_of_head<S: Signal>(&self, _v: S) -> Option<S> {
        None
    }

    /// The raw output `v` at which the head sees no difference between the laws: `g(v) = f'(1)`.
    fn neutral_output(&self) -> f64 {
        0.0
    }

    /// The cells of a block and their duals, summed by vector instructions; see [`block`](super::block).
    fn sum_block(&self, _p: &[f64], _q: &[f64], _alone: Alone) -> Option<Sums> {
        None
    }
}

impl<C: ClosedForm> Generator for C {
    fn f(&self, u: f64) -> f64 {
        let u = mutate!(u, GeneratorOff, |u| u * (1.0 + 1e-9));
        if u == 0.0 { ClosedForm::at_zero(self) } else { ClosedForm::f(self, u) }
    }

    fn df(&self, u: f64) -> f64 {
        let u = mutate!(u, SlopeOff, |u| u * (1.0 + 1e-9));
        ClosedForm::df(self, u)
    }

    fn at_zero(&self) -> f64 {
        ClosedForm::at_zero(self)
    }

    fn slope_at_infinity(&self) -> f64 {
        ClosedForm::slope_at_infinity(self)
    }

    fn conjugate_domain(&self) -> ConjugateDomain {
        ConjugateDomain { supremum: ClosedForm::slope_at_infinity(self), attained: self.attained() }
    }

    fn conjugate(&self, t: f64) -> f64 {
        let t = mutate!(t, ConjugateOff, |t| t - 1e-9);
        if mutate!(!self.conjugate_domain().contains(t), DomainIgnored, |_| false) {
            return INF;
        }
        if t == -INF { -ClosedForm::at_zero(self) } else { ClosedForm::conjugate(self, t) }
    }

    fn dconjugate(&self, t: f64) -> f64 {
        if self.conjugate_domain().contains(t) { ClosedForm::dconjugate(self, t) } else { INF }
    }

    fn curvature(&self) -> Option<f64> {
        ClosedForm::curvature(self)
    }

    fn symmetric(&self) -> bool {
        ClosedForm::symmetric(self)
    }

    fn dual_optimum(&self, p: f64, q: f64) -> f64 {
        if q == 0.0 {
            Generator::slope_at_infinity(self)
        } else if p == 0.0 {
            Generator::df(self, 0.0)
        } else {
            Generator::df(self, 1.0) + ClosedForm::dual_pair(self, ln_ratio(p, q), (p, q)).0
        }
    }

    fn activation(&self, v: f64) -> f64 {
        ClosedForm::activation(self, v)
    }

    fn conjugate_of_activation(&self, v: f64) -> f64 {
        let v = mutate!(v, HeadOff, |v| v + 1e-3);
        ClosedForm::conjugate_of_activation(self, v)
    }

    #[allow(clippy::float_cmp)] // equal masses add nothing, to the bit
    fn cell(&self, p: f64, q: f64) -> f64 {
        if p == q { 0.0 } else { ClosedForm::cell(self, p, q) }
    }

    fn dual_cell(&self, p: f64, q: f64) -> f64 {
        let l = ln_ratio(p, q);
        let (t, conjugate) = ClosedForm::dual_pair(self, l, (p, q));
        p * t - if conjugate == INF { self.conjugate_mass(l, q) } else { q * conjugate }
    }

    fn dual_pair(&self, logit: f64) -> (f64, f64) {
        let logit = logit.clamp(-700.0, 700.0);
        let (p, q) = (sigmoid(logit), sigmoid(-logit));
        ClosedForm::dual_pair(self, ln_ratio(p, q), (p, q))
    }

    fn sum_block(&self, p: &[f64], q: &[f64], alone: Alone) -> Option<Sums> {
        ClosedForm::sum_block(self, p, q, alone)
    }

    fn validate(&self) -> Result<()> {
        self.check()
    }
}

/// A parameter outside its domain.
pub(super) fn outside<T>(what: &str, value: f64, expected: &str) -> Result<T> {
    Err(Error::out_of_domain(what, value, expected))
}

/// `f(u)` of a generator with `f(1) = f'(1) = 0`: the cell itself, exactly zero at one.
#[allow(clippy::float_cmp)] // one is one number
pub(super) fn centred(f: &impl ClosedForm, u: f64) -> f64 {
    if u == 1.0 { 0.0 } else { f.cell(u, 1.0) }
}
