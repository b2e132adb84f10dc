//! Many names, few functionals: most kinds are smooth functions of an alpha-divergence.

use crate::divergence::generator::FDivergence;
use crate::divergence::generator::closed_form::Functional;
use crate::divergence::kind::Kind;
use crate::numeric::ln1p_over;

/// The functional that has to be estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Core {
    /// `(E_P[(p/q)^(a-1)] - 1)/(a(a-1))`; Kullback-Leibler at 1, its reverse at 0.
    Alpha(f64),
    /// `KL(P||Q) + KL(Q||P)`.
    Jeffreys,
    /// `w KL(P||N) + (1-w) KL(Q||N)`, `N = wP + (1-w)Q`.
    JensenShannon(f64),
    /// Any other f-divergence.
    Other(FDivergence),
}

impl Core {
    /// The f-divergence that is this functional.
    pub(crate) fn generator(self) -> FDivergence {
        match self {
            Self::Alpha(a) => FDivergence::Alpha(a),
            Self::Jeffreys => FDivergence::Jeffreys,
            Self::JensenShannon(w) => FDivergence::JsWeighted(w),
            Self::Other(f) => f,
        }
    }
}

/// A kind as `scale x + shift`, or `scale ln(1 + a(a-1) x)/(a-1)`, of a functional `x`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reduced {
    pub(crate) core: Core,
    pub(crate) scale: f64,
    shift: f64,
    /// The order of Renyi's logarithm.
    pub(crate) order: Option<f64>,
}

impl Reduced {
    /// `None` for the orders at which Renyi's and Tsallis' divergence are no functions of an alpha-divergence: 0, inf.
    #[allow(clippy::float_cmp)] // orders with formulas of their own
    pub(crate) fn new(kind: &Kind) -> Option<Self> {
        let linear = |core, scale| Some(Self { core, scale, shift: 0.0, order: None });
        let renyi = |a: f64, scale| Some(Self { core: Core::Alpha(a), scale, shift: 0.0, order: Some(a) });
        match *kind {
            Kind::F(f) => match f.functional() {
                Functional::Alpha { order, scale } => linear(Core::Alpha(order), scale),
                Functional::Jeffreys => linear(Core::Jeffreys, 1.0),
                Functional::JensenShannon { weight, scale, shift } => {
                    linear(Core::JensenShannon(weight), scale).map(|r| Self { shift, ..r })
                }
                Functional::Own => linear(Core::Other(f), 1.0),
            },
            Kind::Tsallis(a) if a > 0.0 => linear(Core::Alpha(a), a),
            Kind::Renyi(1.0) => linear(Core::Alpha(1.0), 1.0),
            Kind::Renyi(a) if a > 0.0 && a.is_finite() => renyi(a, 1.0),
            Kind::Bhattacharyya => renyi(0.5, 0.5),
            Kind::Tsallis(_) | Kind::Renyi(_) => None,
        }
    }

    /// The kind's value where the functional has the value `x`; `+inf` past the end of the logarithm.
    ///
    /// An estimate of the functional may be below zero by chance, where the logarithm need not have a value: there it goes
    /// on along its tangent.
    pub(crate) fn value(&self, x: f64) -> f64 {
        match self.order {
            None => self.scale * x + self.shift,
            Some(a) if x < 0.0 => self.scale * a * x,
            Some(a) if 1.0 + a * (a - 1.0) * x > 0.0 => self.scale * ln1p_over(a - 1.0, a * x),
            Some(_) => f64::INFINITY,
        }
    }

    /// The derivative of [`value`](Self::value).
    pub(crate) fn slope(&self, x: f64) -> f64 {
        self.scale * self.order.map_or(1.0, |a| a / (1.0 + a * (a - 1.0) * x.max(0.0)))
    }

    /// The kind's value, and its error, where the functional was estimated as `x` with this standard error.
    ///
    /// A logarithm of what has the relative error `r` is too low on average by `r²/2`. That is the second term of a series
    /// which ends at `r = 1`; beyond, nothing is corrected.
    pub(crate) fn carry(&self, x: f64, error: f64) -> (f64, f64) {
        let (value, slope) = (self.value(x), self.slope(x).abs());
        let bias = match self.order {
            Some(a) if x > 0.0 => {
                let relative = (a - 1.0) * slope * error / self.scale;
                if relative.abs() < 1.0 { 0.5 * self.scale / (1.0 - a) * relative * relative } else { 0.0 }
            }
            _ => 0.0,
        };
        (value - bias, slope * error)
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::divergence::f_divergence;
    use crate::measure::Pmf;

    #[test]
    fn every_kind_is_the_function_of_its_functional() {
        let (p, q) = (Pmf::new([0.1, 0.3, 0.6]).unwrap(), Pmf::new([0.3, 0.2, 0.5]).unwrap());
        let more = [FDivergence::SquaredHellinger, FDivergence::TwoJsd, FDivergence::KlSelfNormalised].map(Kind::F);
        for kind in Kind::all().into_iter().chain(more).chain([Kind::Renyi(1.0), Kind::Renyi(0.3), Kind::Tsallis(0.5)])
        {
            let reduced = Reduced::new(&kind).unwrap();
            let f = reduced.core.generator();
            let x = f_divergence(&f, &p, &q).unwrap().value;
            let exact = kind.evaluate(&p, &q).unwrap().value;
            assert!((reduced.value(x) - exact).abs() < 1e-14, "{kind}: {} {exact}", reduced.value(x));
            let h = 1e-4;
            let slope = (reduced.value(x + h) - reduced.value(x - h)) / (2.0 * h);
            assert!((reduced.slope(x) - slope).abs() < 1e-6, "{kind}");
            // what a bend adds to the mean is half of it times the variance
            let curvature = (reduced.slope(x + h) - reduced.slope(x - h)) / (2.0 * h);
            let (value, error) = reduced.carry(x, 1e-3);
            assert!((reduced.value(x) - value - 0.5e-6 * curvature).abs() < 1e-10, "{kind}");
            assert!((error - 1e-3 * slope).abs() < 1e-9, "{kind}");
        }
        assert!(Reduced::new(&Kind::Renyi(0.0)).is_none() && Reduced::new(&Kind::Tsallis(0.0)).is_none());
    }

    #[test]
    fn a_correction_does_not_run_away_and_a_negative_estimate_is_carried_over() {
        for a in [0.3, 0.5, 2.0, 4.0] {
            let reduced = Reduced::new(&Kind::Renyi(a)).unwrap();
            let (value, error) = reduced.carry(0.9, 1e6);
            assert!(value == reduced.value(0.9) && error > 1e5, "{a}: {value} {error}");
            assert_eq!(reduced.value(-30_707.0), -30_707.0 * reduced.slope(0.0));
            assert_eq!(reduced.carry(-2.0, 1.0), (-2.0 * a, a));
        }
        // past the end of the logarithm, and with an error that is not known
        let half = Reduced::new(&Kind::Renyi(0.5)).unwrap();
        assert_eq!(half.carry(4.0, 0.1).0, f64::INFINITY);
        assert_eq!(half.carry(1.0, f64::INFINITY), (half.value(1.0), f64::INFINITY));
    }
}
