//! Inequalities between divergences: they hold for all pairs of laws, and the sharp ones are attained.

#![allow(clippy::float_cmp)] // the extremes are exact

use crate::common::laws::{close_pair, pair, positive_pair};
use fenchel::divergence::{bounds, hellinger2, jeffreys, jsd, kl, le_cam, pearson, total_variation};
use fenchel::measure::Pmf;
use proptest::prelude::*;

type Bound = fn(f64) -> fenchel::Result<(f64, f64)>;

const KL: usize = 0;
const PEARSON: usize = 1;
const JEFFREYS: usize = 2;
const TV: usize = 3;
const HELLINGER2: usize = 4;
const JSD: usize = 5;
const LE_CAM: usize = 6;

const BOUNDS: [(&str, usize, usize, Bound); 28] = [
    ("tv_given_kl", TV, KL, bounds::tv_given_kl),
    ("kl_given_tv", KL, TV, bounds::kl_given_tv),
    ("tv_given_pearson", TV, PEARSON, bounds::tv_given_pearson),
    ("pearson_given_tv", PEARSON, TV, bounds::pearson_given_tv),
    ("tv_given_hellinger2", TV, HELLINGER2, bounds::tv_given_hellinger2),
    ("hellinger2_given_tv", HELLINGER2, TV, bounds::hellinger2_given_tv),
    ("tv_given_jsd", TV, JSD, bounds::tv_given_jsd),
    ("jsd_given_tv", JSD, TV, bounds::jsd_given_tv),
    ("tv_given_le_cam", TV, LE_CAM, bounds::tv_given_le_cam),
    ("le_cam_given_tv", LE_CAM, TV, bounds::le_cam_given_tv),
    ("tv_given_jeffreys", TV, JEFFREYS, bounds::tv_given_jeffreys),
    ("jeffreys_given_tv", JEFFREYS, TV, bounds::jeffreys_given_tv),
    ("kl_given_hellinger2", KL, HELLINGER2, bounds::kl_given_hellinger2),
    ("hellinger2_given_kl", HELLINGER2, KL, bounds::hellinger2_given_kl),
    ("kl_given_pearson", KL, PEARSON, bounds::kl_given_pearson),
    ("pearson_given_kl", PEARSON, KL, bounds::pearson_given_kl),
    ("hellinger2_given_pearson", HELLINGER2, PEARSON, bounds::hellinger2_given_pearson),
    ("pearson_given_hellinger2", PEARSON, HELLINGER2, bounds::pearson_given_hellinger2),
    ("jsd_given_le_cam", JSD, LE_CAM, bounds::jsd_given_le_cam),
    ("le_cam_given_jsd", LE_CAM, JSD, bounds::le_cam_given_jsd),
    ("hellinger2_given_le_cam", HELLINGER2, LE_CAM, bounds::hellinger2_given_le_cam),
    ("le_cam_given_hellinger2", LE_CAM, HELLINGER2, bounds::le_cam_given_hellinger2),
    ("jsd_given_hellinger2", JSD, HELLINGER2, bounds::jsd_given_hellinger2),
    ("hellinger2_given_jsd", HELLINGER2, JSD, bounds::hellinger2_given_jsd),
    ("jsd_given_jeffreys", JSD, JEFFREYS, bounds::jsd_given_jeffreys),
    ("jeffreys_given_jsd", JEFFREYS, JSD, bounds::jeffreys_given_jsd),
    ("jeffreys_given_hellinger2", JEFFREYS, HELLINGER2, bounds::jeffreys_given_hellinger2),
    ("hellinger2_given_jeffreys", HELLINGER2, JEFFREYS, bounds::hellinger2_given_jeffreys),
];

/// The greatest value each divergence can take, in the order of the constants.
const GREATEST: [f64; 7] = [f64::INFINITY, f64::INFINITY, f64::INFINITY, 1.0, 1.0, std::f64::consts::LN_2, 2.0];

fn all(p: &Pmf, q: &Pmf) -> [f64; 7] {
    [kl, pearson, jeffreys, total_variation, hellinger2, jsd, le_cam].map(|d| d(p, q).unwrap().value)
}

#[track_caller]
fn hold(p: &Pmf, q: &Pmf) {
    let values = all(p, q);
    for (name, of, given, bound) in BOUNDS {
        // the given value is itself rounded, which matters where a bound is steep: a total variation of 1 may be less
        let y = values[given];
        let (lo, _) = bound(y * (1.0 - 4e-15)).unwrap();
        let (_, hi) = bound((y * (1.0 + 4e-15)).min(GREATEST[given])).unwrap();
        let x = values[of];
        let slack = 1e-13 * x.min(1e300) + 1e-300;
        assert!(lo <= x + slack, "{name}: {x:e} below {lo:e} for {p:?} {q:?}");
        assert!(x <= hi + slack, "{name}: {x:e} above {hi:e} for {p:?} {q:?}");
        assert!(lo <= hi && lo >= 0.0 && hi <= GREATEST[of] * (1.0 + 1e-15), "{name}: [{lo:e}, {hi:e}]");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn on_laws_with_zeros((p, q) in pair()) {
        hold(&p, &q);
    }

    #[test]
    fn on_positive_laws((p, q) in positive_pair()) {
        hold(&p, &q);
    }

    #[test]
    fn on_laws_that_nearly_agree((p, q) in close_pair()) {
        hold(&p, &q);
    }
}

#[test]
fn at_the_extremes() {
    let pmf = |masses: &[f64]| Pmf::new(masses).unwrap();
    hold(&pmf(&[0.3, 0.7]), &pmf(&[0.3, 0.7]));
    hold(&pmf(&[1.0, 0.0]), &pmf(&[0.0, 1.0]));
    hold(&pmf(&[1.0, 0.0]), &pmf(&[1e-300, 1.0]));
    hold(&pmf(&[1.0, 1e-16]), &pmf(&[1e-16, 1.0]));
    hold(&pmf(&[0.5f64.next_down(), 0.5]), &pmf(&[0.5, 0.5f64.next_down()]));
    for (name, of, given, bound) in BOUNDS {
        assert_eq!(bound(0.0).unwrap(), (0.0, 0.0), "{name}: equal laws");
        let (lo, hi) = bound(GREATEST[given]).unwrap();
        assert!(lo <= GREATEST[of] && hi <= GREATEST[of], "{name}: [{lo}, {hi}]");
        assert_eq!(bound(GREATEST[given].next_up()).unwrap(), (lo, hi), "{name}: a rounding above the greatest");
        for bad in [f64::NAN, -1e-300, GREATEST[given] * 1.001] {
            assert!(bad == f64::INFINITY || bound(bad).is_err(), "{name} accepts {bad}");
        }
    }
}

/// Two-point laws `((1+v)/2, (1-v)/2)` and its mirror image, and laws that share `1-v` of their mass and are
/// otherwise disjoint, are the ends of the sharp inequalities.
#[test]
fn sharp_where_it_is_known_to_be() {
    for v in [1e-9, 0.01, 0.3, 0.7, 0.999] {
        let near = |a: f64, b: f64| assert!((a - b).abs() <= 1e-12 * b.abs() + 1e-16, "{a:e} for {b:e} at {v}");
        let mirrored =
            all(&Pmf::new([0.5 + 0.5 * v, 0.5 - 0.5 * v]).unwrap(), &Pmf::new([0.5 - 0.5 * v, 0.5 + 0.5 * v]).unwrap());
        let overlapping = all(&Pmf::new([v, 0.0, 1.0 - v]).unwrap(), &Pmf::new([0.0, v, 1.0 - v]).unwrap());
        near(bounds::jsd_given_tv(v).unwrap().0, mirrored[JSD]);
        near(bounds::jsd_given_tv(v).unwrap().1, overlapping[JSD]);
        near(bounds::hellinger2_given_tv(v).unwrap().0, mirrored[HELLINGER2]);
        near(bounds::hellinger2_given_tv(v).unwrap().1, overlapping[HELLINGER2]);
        near(bounds::le_cam_given_tv(v).unwrap().0, mirrored[LE_CAM]);
        near(bounds::le_cam_given_tv(v).unwrap().1, overlapping[LE_CAM]);
        near(bounds::jeffreys_given_tv(v).unwrap().0, mirrored[JEFFREYS]);
        near(bounds::jsd_given_hellinger2(overlapping[HELLINGER2]).unwrap().0, overlapping[JSD]);
    }
}

/// Bounding x by y and then y by that bound leads back: the two directions are one inequality.
#[test]
fn inverses_are_inverse() {
    for v in [1e-6, 0.01, 0.3, 0.49, 0.51, 0.7, 0.99] {
        let near = |a: f64| assert!((a - v).abs() <= 1e-9 * v, "{a} for {v}");
        near(bounds::tv_given_jsd(bounds::jsd_given_tv(v).unwrap().0).unwrap().1);
        near(bounds::tv_given_pearson(bounds::pearson_given_tv(v).unwrap().0).unwrap().1);
        near(bounds::tv_given_jeffreys(bounds::jeffreys_given_tv(v).unwrap().0).unwrap().1);
        near(bounds::tv_given_kl(bounds::kl_given_tv(v).unwrap().0).unwrap().1);
        near(bounds::tv_given_hellinger2(bounds::hellinger2_given_tv(v).unwrap().0).unwrap().1);
        near(bounds::hellinger2_given_kl(bounds::kl_given_hellinger2(v).unwrap().0).unwrap().1);
        near(bounds::hellinger2_given_pearson(bounds::pearson_given_hellinger2(v).unwrap().0).unwrap().1);
        near(bounds::hellinger2_given_jeffreys(bounds::jeffreys_given_hellinger2(v).unwrap().0).unwrap().1);
    }
}
