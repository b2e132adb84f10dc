//! One-dimensional laws with a density.
//!
//! [`Density`] holds what an integral over the line needs to know of a law: its log-density (so that far tails do not
//! underflow), its distribution function from both sides, its quantiles, its support, and its kinks. [`Law`] has the
//! named laws. [`Mixture`] has weighted sums of them, among them the law of points or of a uniform law under Gaussian
//! noise.
//!
//! ```
//! use fenchel::measure::density::{Density, Law, Mixture};
//! let p = Mixture::new(vec![(0.3, Law::normal(0.0, 1.0)?), (0.7, Law::laplace(4.0, 0.5)?)])?;
//! assert!((p.cdf(p.quantile(0.2)) - 0.2).abs() < 1e-14);
//! // the density itself is zero in f64
//! assert!((Law::normal(0.0, 1.0)?.ln_pdf(-60.0) + 1800.9189385332047).abs() < 1e-9);
//! # Ok::<(), fenchel::Error>(())
//! ```

use crate::numeric::first_float;
use rand::{Rng, RngExt};
use std::fmt;

pub(crate) use super::law::Family;
pub use super::law::Law;
pub use super::mixture::Mixture;

/// Levels of the quantiles that show a quadrature where the mass lies.
pub(super) const LEVELS: [f64; 7] = [1e-6, 0.01, 0.25, 0.5, 0.75, 0.99, 1.0 - 1e-6];

/// A law on the real line with a density that is positive on the inside of one interval, its support (a mixture may
/// have gaps). All methods take any `x`, infinite ones too, and never return NaN for it.
pub trait Density: Send + Sync + fmt::Debug {
    /// Log-density; `-inf` outside the support, `+inf` at a pole at its end.
    fn ln_pdf(&self, x: f64) -> f64;

    /// A bound on the rounding error of [`ln_pdf`](Self::ln_pdf) at `x`; by default four units in its last place.
    ///
    /// A density that is formed from larger terms that cancel returns more here. Integrals add it to their error.
    fn ln_pdf_error(&self, x: f64) -> f64 {
        let ln_pdf = self.ln_pdf(x);
        if ln_pdf.is_finite() { 4.0 * f64::EPSILON * ln_pdf.abs() } else { 0.0 }
    }

    /// Derivative of the log-density inside the support (the *score*), at a kink from one side; zero outside.
    fn score(&self, x: f64) -> f64;

    /// `P(X <= x)`.
    fn cdf(&self, x: f64) -> f64;

    /// `P(X > x)`, with relative accuracy in the right tail.
    fn survival(&self, x: f64) -> f64;

    /// The closed interval that carries the mass; the ends may be infinite.
    fn support(&self) -> (f64, f64);

    /// The mean, where it exists.
    fn mean(&self) -> Option<f64>;

    /// Kinks and jumps of the density inside or at the ends of the support, finite ones only.
    fn breakpoints(&self) -> Vec<f64>;

    /// Density.
    fn pdf(&self, x: f64) -> f64 {
        self.ln_pdf(x).exp()
    }

    /// The smallest `x` with `cdf(x) >= u`, for `u` in `[0, 1]` (others are taken to the nearer end).
    ///
    /// By default through bisection over the floating-point numbers themselves: at most 64 evaluations of `cdf` or
    /// `survival`, and no starting interval to get wrong.
    fn quantile(&self, u: f64) -> f64 {
        invert(self, u)
    }

    /// Points that show where the mass lies and on what scale, for quadrature; by default some quantiles.
    fn landmarks(&self) -> Vec<f64> {
        LEVELS.iter().map(|&u| self.quantile(u)).collect()
    }

    /// One draw; by default the quantile of a uniform number.
    fn draw(&self, rng: &mut dyn Rng) -> f64 {
        self.quantile(rng.random())
    }

    /// `n` independent draws.
    fn sample(&self, n: usize, rng: &mut dyn Rng) -> Vec<f64> {
        (0..n).map(|_| self.draw(rng)).collect()
    }
}

/// The `u`-quantile by bisection of the distribution function, over the floats themselves.
pub(super) fn invert<D: Density + ?Sized>(law: &D, u: f64) -> f64 {
    let (low, high) = law.support();
    if u <= 0.0 {
        return low;
    }
    if u >= 1.0 {
        return high;
    }
    first_float(low, high, |x| if u <= 0.5 { law.cdf(x) >= u } else { law.survival(x) <= 1.0 - u })
}

#[cfg(test)]
#[allow(clippy::float_cmp)]
mod tests {
    use super::*;
    use crate::error::Error;
    use crate::numeric::quadrature::Quadrature;
    use crate::numeric::stream;
    use std::f64::consts::{LN_2, PI};

    fn laws() -> Vec<Law> {
        vec![
            Law::normal(0.3, 2.0).unwrap(),
            Law::normal(0.0, 1e-8).unwrap(),
            Law::uniform(-1.0, 2.0).unwrap(),
            Law::exponential(3.0).unwrap(),
            Law::laplace(1.0, 0.5).unwrap(),
            Law::cauchy(0.0, 1.0).unwrap(),
            Law::gamma(2.5, 3.0).unwrap(),
            Law::gamma(0.2, 1.0).unwrap(),
            Law::gamma(1.0, 2.0).unwrap(),
            Law::beta(2.0, 3.0).unwrap(),
            Law::beta(0.5, 1.0).unwrap(),
            Law::student_t(3.0, 1.0, 2.0).unwrap(),
            Law::student_t(0.5, 0.0, 1.0).unwrap(),
            Law::log_normal(0.0, 1.0).unwrap(),
            Law::smoothed_uniform(0.0, 1.0, 0.1).unwrap(),
            Law::smoothed_uniform(0.0, 1.0, 3.0).unwrap(),
        ]
    }

    fn densities() -> Vec<Box<dyn Density>> {
        let mut all: Vec<Box<dyn Density>> = laws().into_iter().map(|l| Box::new(l) as Box<dyn Density>).collect();
        let gap = vec![(0.25, Law::uniform(0.0, 1.0).unwrap()), (0.75, Law::uniform(2.0, 3.0).unwrap())];
        all.push(Box::new(Mixture::new(gap).unwrap()));
        let mixed = vec![(0.5, Law::cauchy(0.0, 1.0).unwrap()), (0.5, Law::normal(5.0, 0.1).unwrap())];
        all.push(Box::new(Mixture::new(mixed).unwrap()));
        all
    }

    fn points(law: &dyn Density, extra: &[f64]) -> Vec<f64> {
        let (low, high) = law.support();
        let mut points: Vec<f64> = [vec![low, high], law.breakpoints(), law.landmarks(), extra.to_vec()].concat();
        points.retain(|&x| x >= low && x <= high);
        points.sort_by(f64::total_cmp);
        points
    }

    #[test]
    fn density_integrates_to_the_distribution_function() {
        for law in densities() {
            let law = law.as_ref();
            let pdf = |x: f64| law.pdf(x);
            let whole = Quadrature::new().integrate(pdf, &points(law, &[])).unwrap();
            assert!((whole.value - 1.0).abs() <= whole.error + 1e-13, "{law:?}: {whole:?}");
            for u in [1e-4, 0.2, 0.6, 0.999] {
                let x = law.quantile(u);
                let mut left = points(law, &[x]);
                left.retain(|&y| y <= x);
                let left = Quadrature::new().integrate(pdf, &left).unwrap();
                assert!(
                    (left.value - law.cdf(x)).abs() <= left.error + 2e-13,
                    "{law:?} at {x}: {left:?} {}",
                    law.cdf(x)
                );
                assert!((law.cdf(x) - u).abs() < 1e-13, "{law:?}: cdf(quantile({u})) = {}", law.cdf(x));
                assert!(
                    (law.cdf(x) + law.survival(x) - 1.0).abs() < 1e-13,
                    "{law:?} {x} {} {}",
                    law.cdf(x),
                    law.survival(x)
                );
            }
        }
    }

    #[test]
    fn score_is_the_slope_of_the_log_density() {
        for law in densities() {
            for u in [0.05, 0.3, 0.71, 0.9] {
                let x = law.quantile(u);
                let h = 1e-5 * (x - law.support().0).min(law.quantile(0.75) - law.quantile(0.25));
                let slope = (law.ln_pdf(x + h) - law.ln_pdf(x - h)) / (2.0 * h);
                let error = (slope - law.score(x)).abs() * (law.quantile(0.75) - law.quantile(0.25)).min(1.0);
                assert!(error <= 1e-5 * (1.0 + law.score(x).abs()), "{law:?} at {x}: {slope} {}", law.score(x));
            }
        }
    }

    #[test]
    fn no_nan_anywhere() {
        let xs =
            [f64::NEG_INFINITY, f64::MIN, -1e160, -1.0, -0.0, 0.0, 5e-324, 0.5, 1.0, 1e160, f64::MAX, f64::INFINITY];
        for law in densities() {
            for x in xs {
                for value in [law.ln_pdf(x), law.pdf(x), law.cdf(x), law.survival(x), law.score(x)] {
                    assert!(!value.is_nan(), "{law:?} at {x}");
                }
                assert!((0.0..=1.0).contains(&law.cdf(x)), "{law:?}");
            }
            for u in [0.0, 1e-300, 1e-17, 0.5, 1.0 - f64::EPSILON, 1.0, 2.0, -1.0] {
                assert!(!law.quantile(u).is_nan(), "{law:?} {u}");
            }
            assert_eq!((law.quantile(0.0), law.quantile(1.0)), law.support());
        }
    }

    #[test]
    fn far_tails_keep_their_digits() {
        let normal = Law::normal(0.0, 1.0).unwrap();
        assert!((normal.ln_pdf(-1e6) + 5e11).abs() < 1.0);
        // mpmath: quantiles of the normal law
        for (u, z) in [(1e-10, -6.361_340_902_404_056), (0.975, 1.959_963_984_540_054), (1e-300, -37.047_096_299_361_2)]
        {
            assert!((normal.quantile(u) / z - 1.0).abs() < 1e-15, "{u}: {}", normal.quantile(u));
        }
        assert!((Law::laplace(0.0, 1.0).unwrap().ln_pdf(2000.0) + 2000.0 + LN_2).abs() < 1e-12);
        assert!(Law::cauchy(0.0, 1.0).unwrap().ln_pdf(1e200).is_finite());
        assert!((Law::cauchy(0.0, 1.0).unwrap().cdf(-1e20) * PI * 1e20 - 1.0).abs() < 1e-15);
    }

    #[test]
    fn draws_follow_the_law_and_repeat() {
        for law in densities() {
            let draws = law.sample(4000, &mut stream(3, 1));
            assert_eq!(draws, law.sample(4000, &mut stream(3, 1)));
            for u in [0.1, 0.5, 0.8] {
                let x = law.quantile(u);
                let below = draws.iter().filter(|&&y| y <= x).count() as f64 / 4000.0;
                assert!((below - u).abs() < 0.035, "{law:?} at {u}: {below}");
            }
        }
    }

    #[test]
    fn means_are_integrals() {
        for law in densities() {
            let law = law.as_ref();
            let Some(mean) = law.mean() else { continue };
            let got = Quadrature::new()
                .relative(1e-9)
                .absolute(1e-9)
                .integrate(|x| x * law.pdf(x), &points(law, &[0.0]))
                .unwrap();
            assert!((got.value - mean).abs() <= got.error + 1e-9, "{law:?}: {got:?} {mean}");
        }
        assert!(Law::student_t(1.0, 0.0, 1.0).unwrap().mean().is_none());
    }

    #[test]
    fn bad_parameters_are_named() {
        assert!(matches!(Law::normal(f64::NAN, 1.0), Err(Error::NotFinite { .. })));
        assert!(matches!(Law::normal(0.0, 0.0), Err(Error::OutOfDomain { .. })));
        assert!(
            Law::uniform(1.0, 1.0).is_err() && Law::beta(-1.0, 1.0).is_err() && Law::gamma(1.0, f64::INFINITY).is_err()
        );
        let normal = Law::normal(0.0, 1.0).unwrap();
        assert!(matches!(Mixture::new(vec![(0.5, normal)]), Err(Error::NotNormalised { .. })));
        assert!(Mixture::new(vec![]).is_err() && Mixture::new(vec![(-1.0, normal), (2.0, normal)]).is_err());
        assert!(matches!(Mixture::smoothed(&[0.0], &[0.5, 0.5], 1.0), Err(Error::SizeMismatch { .. })));
    }
}
