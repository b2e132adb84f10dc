//! Random laws for property tests, with the extremes that break naive formulas.

#![allow(dead_code)]

use fenchel::divergence::FDivergence as F;
use fenchel::measure::Pmf;
use proptest::prelude::*;

/// Masses over many orders of magnitude; about one in six is zero.
fn mass() -> impl Strategy<Value = f64> {
    prop_oneof![
        1 => Just(0.0),
        3 => 0.01f64..1.0,
        2 => (-60.0f64..0.0).prop_map(f64::exp),
    ]
}

fn positive_mass() -> impl Strategy<Value = f64> {
    prop_oneof![3 => 0.01f64..1.0, 1 => (-60.0f64..0.0).prop_map(f64::exp)]
}

fn law(masses: Vec<f64>) -> Pmf {
    let bins = masses.len();
    Pmf::normalised(masses).unwrap_or_else(|_| Pmf::uniform(bins).unwrap())
}

/// Two laws on the same bins, zeros included.
pub fn pair() -> impl Strategy<Value = (Pmf, Pmf)> {
    prop::collection::vec((mass(), mass()), 1..10).prop_map(|cells| {
        let (p, q) = cells.into_iter().unzip();
        (law(p), law(q))
    })
}

/// Two laws without zeros.
pub fn positive_pair() -> impl Strategy<Value = (Pmf, Pmf)> {
    prop::collection::vec((positive_mass(), positive_mass()), 1..10).prop_map(|cells| {
        let (p, q) = cells.into_iter().unzip();
        (law(p), law(q))
    })
}

/// Two laws that differ by a relative 1e-12 to 0.1 in each bin.
pub fn close_pair() -> impl Strategy<Value = (Pmf, Pmf)> {
    (prop::collection::vec((0.01f64..1.0, -1.0f64..1.0), 2..10), -12.0f64..-1.0).prop_map(|(cells, exponent)| {
        let size = 10f64.powf(exponent);
        let p = cells.iter().map(|(mass, _)| *mass).collect();
        let q = cells.iter().map(|(mass, shift)| mass * (1.0 + size * shift)).collect();
        (law(p), law(q))
    })
}

/// One of each named generator, and several where there is a parameter.
pub fn generators() -> Vec<F> {
    vec![
        F::Kl,
        F::KlSelfNormalised,
        F::ReverseKl,
        F::ReverseKlSelfNormalised,
        F::Pearson,
        F::Neyman,
        F::SquaredHellinger,
        F::Hellinger2,
        F::TotalVariation,
        F::Jeffreys,
        F::TwoJsd,
        F::Jsd,
        F::JsWeighted(0.3),
        F::JsWeighted(0.9),
        F::Gan,
        F::Alpha(-1.5),
        F::Alpha(0.0),
        F::Alpha(0.3),
        F::Alpha(0.5),
        F::Alpha(1.0),
        F::Alpha(3.0),
        F::LeCam,
        F::KDivergence,
        F::ArithmeticGeometric,
        F::NonSaturating,
        F::LabelSmoothed { real: 0.9, fake: 0.1 },
        F::LabelSmoothed { real: 0.9, fake: 0.0 },
        F::LabelSmoothed { real: 1.0, fake: 0.2 },
        F::LsganSlide,
        F::HockeyStick(1.0),
        F::HockeyStick(2.0),
    ]
}

/// The law with these masses.
#[track_caller]
pub fn pmf(masses: &[f64]) -> Pmf {
    Pmf::new(masses).expect("a law")
}
