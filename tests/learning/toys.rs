//! Laws with known modes, and the scores that count them.
#![allow(clippy::float_cmp)]

use crate::common::oracles::oracle;
use fenchel::Error;
use fenchel::gan::{ModeScores, Toy};
use fenchel::numeric::stream;
use ndarray::{Array2, array};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;

#[test]
fn the_ring_has_eight_distinct_modes_and_the_grid_25() {
    for (law, expected) in [(Toy::ring8(), 8), (Toy::grid25(), 25)] {
        let centres = law.centres();
        assert_eq!(centres.nrows(), expected);
        for i in 0..expected {
            for j in 0..i {
                let apart = &centres.row(i) - &centres.row(j);
                assert!(apart.dot(&apart).sqrt() > 0.7, "{law}: modes {i} and {j}");
            }
        }
        assert!(centres.mean().unwrap().abs() < 1e-15, "{law} is centred");
    }
}

#[test]
fn a_perfect_sampler_scores_perfectly() {
    for law in [Toy::ring8(), Toy::grid25()] {
        let samples = law.sample(20_000, &mut stream(11, 0));
        let scores = ModeScores::new(samples.view(), &law).unwrap();
        let k = law.centres().nrows();
        assert_eq!((scores.modes(), scores.modes_1pct()), (k, k));
        for estimate in scores.estimates() {
            let baseline = estimate.baseline.unwrap();
            let error = estimate.std_error.unwrap_or(0.0);
            assert!((estimate.value - baseline).abs() <= 4.0 * error, "{estimate:?}");
        }
        let share = &scores.estimates()[2];
        assert!((share.baseline.unwrap() - oracle("O170").value()).abs() < 1e-15);
    }
}

#[test]
fn the_noise_floor_of_the_reverse_divergence() {
    let law = Toy::ring8();
    let mut rng = stream(12, 0);
    let scores: Vec<ModeScores> =
        (0..200).map(|_| ModeScores::new(law.sample(2500, &mut rng).view(), &law).unwrap()).collect();
    let mean = |f: &dyn Fn(&ModeScores) -> f64| scores.iter().map(f).sum::<f64>() / 200.0;
    let reverse = mean(&ModeScores::reverse_kl);
    oracle("O175").check(scores[0].estimates()[3].baseline.unwrap());
    // χ²₇/(2n) has mean 7/(2n) and relative deviation sqrt(2/7); the mean of 200 is within 4 × 0.038 of it
    assert!((reverse / 0.0014 - 1.0).abs() < 0.15, "{reverse}");
    let deviation = (mean(&|s| (s.reverse_kl() - reverse).powi(2))).sqrt();
    let claimed = mean(&|s| s.estimates()[3].std_error.unwrap());
    assert!((0.7..2.0).contains(&(claimed / deviation)), "claimed {claimed}, seen {deviation}");
}

#[test]
fn standard_errors_of_an_uneven_sampler_are_those_seen() {
    let law = Toy::ring8();
    let uneven = |rng: &mut ChaCha8Rng| {
        let weights = [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05];
        let centres = law.centres();
        let rows = (0..2000).map(|_| {
            let mut u: f64 = rng.random();
            let k = weights.iter().position(|w| {
                u -= w;
                u < 0.0
            });
            centres.row(k.unwrap_or(7)).to_vec()
        });
        let flat: Vec<f64> = rows.flatten().collect();
        ModeScores::new(Array2::from_shape_vec((2000, 2), flat).unwrap().view(), &law).unwrap()
    };
    let mut rng = stream(13, 0);
    let runs: Vec<_> = (0..300).map(|_| uneven(&mut rng).estimates()).collect();
    for row in 3..6 {
        let values: Vec<f64> = runs.iter().map(|run| run[row].value).collect();
        let mean = values.iter().sum::<f64>() / 300.0;
        let seen = (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 299.0).sqrt();
        let claimed = runs.iter().map(|run| run[row].std_error.unwrap()).sum::<f64>() / 300.0;
        assert!((claimed / seen - 1.0).abs() < 0.2, "{}: claimed {claimed}, seen {seen}", runs[0][row].name);
    }
}

#[test]
fn collapse_is_seen() {
    let law = Toy::ring8();
    let centres = law.centres();
    let two = ndarray::concatenate![
        ndarray::Axis(0),
        centres.slice(ndarray::s![..1, ..]),
        centres.slice(ndarray::s![4..5, ..])
    ];
    let scores = ModeScores::new(two.view(), &law).unwrap();
    assert_eq!((scores.modes(), scores.high_quality_share()), (2, 1.0));
    oracle("O172").check(scores.reverse_kl());
    assert!(scores.forward_kl().is_infinite());
    assert!(scores.estimates()[4].std_error.is_none());
    assert!(scores.jsd() <= std::f64::consts::LN_2);
    // the ring of linspace(0, 2π, 8): mode 0 twice, and seven modes in all
    let endpoint = Toy::Ring { modes: 7, radius: 1.0, sigma: 0.01 };
    let seven = endpoint.centres();
    let eight = ndarray::concatenate![ndarray::Axis(0), seven, seven.slice(ndarray::s![..1, ..])];
    oracle("O173").check(ModeScores::new(eight.view(), &endpoint).unwrap().reverse_kl());
    assert!((25.0 * (24.0_f64 / 25.0).powi(2500) / oracle("O174").value() - 1.0).abs() < 1e-12);
    // between the modes nothing is of high quality
    let lost = ModeScores::new(array![[0.0, 0.0], [0.5, 0.5]].view(), &law).unwrap();
    assert_eq!((lost.modes(), lost.high_quality_share()), (0, 0.0));
    assert!(matches!(ModeScores::new(two.view(), &Toy::swiss_roll()), Err(Error::Unsupported { .. })));
    assert!(matches!(ModeScores::new(array![[1.0]].view(), &law), Err(Error::SizeMismatch { .. })));
    assert!(matches!(ModeScores::new(Array2::zeros((0, 2)).view(), &law), Err(Error::TooFew { .. })));
    assert!(matches!(ModeScores::new(array![[1.0, f64::NAN]].view(), &law), Err(Error::NotFinite { .. })));
}

#[test]
fn the_swiss_roll_is_a_spiral() {
    let samples = Toy::SwissRoll { noise: 0.0 }.sample(500, &mut stream(1, 1));
    for x in samples.rows() {
        let t = 7.5 * x[0].hypot(x[1]);
        assert!((1.5 * std::f64::consts::PI..=4.5 * std::f64::consts::PI).contains(&t));
        assert!((x[0] - t * t.cos() / 7.5).abs() < 1e-12 && (x[1] - t * t.sin() / 7.5).abs() < 1e-12);
    }
}
