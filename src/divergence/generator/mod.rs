//! The convex function `f` that makes an f-divergence, with its conjugate.
//!
//! Convention (Csiszar; Nowozin, Cseke and Tomioka, arXiv:1606.00709):
//! `D_f(P||Q) = sum_{q>0} q f(p/q) + f'(inf) P(q=0)` in nats, with `u = p/q`, `f` convex on `u >= 0` and
//! `f'(inf) = lim f(u)/u`. The conjugate is taken over the true domain, `f*(t) = sup_{u>=0} (u t - f(u))`, so that
//!
//! ```text
//! D_f(P||Q)  =  sup_T  E_P[T] - E_Q[f*(T)],     attained at T* = f'(p/q).
//! ```
//!
//! [`FDivergence`] holds the generators that have names. Another one is a type that implements [`Generator`]: four
//! short functions and the domain of `f*`; the conjugate is then found numerically.
//!
//! ```
//! use fenchel::divergence::{ConjugateDomain, Generator, f_divergence};
//! use fenchel::measure::Pmf;
//!
//! /// `sum q (p/q)^3 - 1`.
//! struct Cubic;
//!
//! impl Generator for Cubic {
//!     fn f(&self, u: f64) -> f64 {
//!         u.powi(3) - 1.0
//!     }
//!     fn df(&self, u: f64) -> f64 {
//!         3.0 * u * u
//!     }
//!     fn at_zero(&self) -> f64 {
//!         -1.0
//!     }
//!     fn slope_at_infinity(&self) -> f64 {
//!         f64::INFINITY
//!     }
//!     fn conjugate_domain(&self) -> ConjugateDomain {
//!         ConjugateDomain::LINE
//!     }
//! }
//!
//! let (p, q) = (Pmf::new([0.25, 0.75])?, Pmf::new([0.5, 0.5])?);
//! let d = f_divergence(&Cubic, &p, &q)?;
//! assert!((d.value - (0.25f64.powi(3) + 0.75f64.powi(3)) / 0.25 + 1.0).abs() < 1e-15);
//! assert!(d.gap() < 1e-12);
//! # Ok::<(), fenchel::Error>(())
//! ```

pub(crate) mod block;
pub(crate) mod closed_form;
pub(crate) mod conjugate;
pub(crate) mod known;
mod parts;
pub(crate) mod signal;

pub use conjugate::ConjugateDomain;
pub use known::FDivergence;

use self::block::{Alone, Sums};
use self::conjugate::{Convex, argument_by_bisection, by_brent};
use crate::error::Result;
use crate::numeric::softplus;

/// The generator of an f-divergence.
///
/// An implementation must give `f`, `f'`, `f(0)`, `f'(inf)` and the domain of `f*`. The other functions have defaults
/// that are right for every convex `f`. An implementation replaces a default where it knows a closed form, or a form
/// that does not cancel. No function returns NaN for arguments in its domain. Sums over many bins are shared among
/// threads, so a generator is [`Sync`].
pub trait Generator: Sync {
    /// `f(u)` for finite `u >= 0`.
    fn f(&self, u: f64) -> f64;

    /// `f'(u)` for finite `u >= 0` (at a kink, a subgradient; at zero the limit, which may be `-inf`).
    fn df(&self, u: f64) -> f64;

    /// `f(0) = lim_{u->0} f(u)`, may be `+inf`.
    fn at_zero(&self) -> f64;

    /// `f'(inf) = lim_{u->inf} f(u)/u`, may be `+inf`.
    fn slope_at_infinity(&self) -> f64;

    /// Where `f*` is finite.
    fn conjugate_domain(&self) -> ConjugateDomain;

    /// `f*(t) = sup_{u>=0} (u t - f(u))`; `+inf` outside its domain.
    ///
    /// By default found numerically (Brent's method in `ln u`), to about 1e-14 of the larger of the two terms.
    fn conjugate(&self, t: f64) -> f64 {
        by_brent(
            Convex { f: &|u| self.f(u), df: &|u| self.df(u), at_zero: self.at_zero(), domain: self.conjugate_domain() },
            t,
        )
    }

    /// `(f*)'(t)`: the `u` that attains the supremum, which is the density ratio `p/q` where `t = T*`.
    /// `+inf` outside the domain.
    fn dconjugate(&self, t: f64) -> f64 {
        argument_by_bisection(
            Convex { f: &|u| self.f(u), df: &|u| self.df(u), at_zero: self.at_zero(), domain: self.conjugate_domain() },
            t,
        )
    }

    /// `f''(1)`, where it exists: near `p = q`, `D_f = f''(1)/2 chi^2`. By default unknown.
    fn curvature(&self) -> Option<f64> {
        None
    }

    /// Whether `D_f(P||Q) = D_f(Q||P)` for all laws. By default not claimed.
    fn symmetric(&self) -> bool {
        false
    }

    /// `[f(1), f(0) + f'(inf)]`: the least value, taken at `P = Q`, and the greatest, taken by laws that do not
    /// overlap (Vajda).
    fn range(&self) -> (f64, f64) {
        (self.f(1.0), mutate!(self.at_zero() + self.slope_at_infinity(), GreatestHalved, |v| 0.5 * v))
    }

    /// `T* = f'(p/q)` for masses `p, q >= 0` not both zero.
    fn dual_optimum(&self, p: f64, q: f64) -> f64 {
        if q == 0.0 {
            return self.slope_at_infinity();
        }
        let ratio = p / q;
        if ratio.is_finite() { self.df(ratio) } else { self.slope_at_infinity() }
    }

    /// An increasing map from the line into the domain of `f*`: the last layer of an f-GAN critic, `T = g_f(v)`.
    fn activation(&self, v: f64) -> f64 {
        let end = self.slope_at_infinity();
        if end == f64::INFINITY { v } else { end - softplus(-v) }
    }

    /// `f*(g_f(v))`, composed so that nothing overflows before the answer does.
    fn conjugate_of_activation(&self, v: f64) -> f64 {
        self.conjugate(self.activation(v))
    }

    /// The contribution of a cell with masses `p, q > 0` to the divergence: `q [f(u) - f(1) - f'(1)(u - 1)]` at `u =
    /// p/q`.
    ///
    /// Taking off the tangent at one changes no divergence of laws with equal totals and makes every cell
    /// non-negative, so that rounding cannot carry a sum below zero.
    fn cell(&self, p: f64, q: f64) -> f64 {
        let (at_one, slope) = (self.f(1.0), self.df(1.0));
        let ratio = p / q;
        let cell = if ratio == 0.0 {
            q * (self.at_zero() - at_one + slope)
        } else if ratio.is_infinite() {
            p * (self.slope_at_infinity() - slope)
        } else {
            q * (self.f(ratio) - at_one) - slope * (p - q)
        };
        // convexity says so; rounding may not
        if cell < 0.0 { 0.0 } else { cell }
    }

    /// The contribution of such a cell to the dual at `T*`: `p [T* - f'(1)] - q [f*(T*) - f'(1) + f(1)]`. It is the
    /// same divergence, by the conjugate instead of by `f`.
    fn dual_cell(&self, p: f64, q: f64) -> f64 {
        let t = self.dual_optimum(p, q);
        let slope = self.df(1.0);
        p * (t - slope) - q * (self.conjugate(t) - slope + self.f(1.0))
    }

    /// The sums of the cells and of the dual cells of a block, by vector instructions. None, the default, if the
    /// generator has no such kernel or the masses are too extreme for it; the cells are then taken one by one.
    #[doc(hidden)]
    fn sum_block(&self, _p: &[f64], _q: &[f64], _alone: Alone) -> Option<Sums> {
        None
    }

    /// `(T - f'(1), f*(T) - f'(1) + f(1))` at `T = f'(e^logit)`, for a critic whose output is read as `ln p/q`. These
    /// are its contributions to the bound `f(1) + E_P[.] - E_Q[.]` at a point of either law.
    fn dual_pair(&self, logit: f64) -> (f64, f64) {
        let (t, slope) = (self.df(logit.clamp(-700.0, 700.0).exp()), self.df(1.0));
        (t - slope, self.conjugate(t) - slope + self.f(1.0))
    }

    /// Checks the parameters, where there are any.
    ///
    /// # Errors
    /// A parameter outside its domain.
    fn validate(&self) -> Result<()> {
        Ok(())
    }
}
