//! What every score keeps: symmetry, order, the same bits.

use super::*;
use std::ops::ControlFlow;

fn cloud(n: std::ops::Range<usize>, d: usize) -> impl Strategy<Value = Array2<f64>> {
    n.prop_flat_map(move |n| {
        proptest::collection::vec(-5.0..5.0f64, n * d).prop_map(move |v| Array2::from_shape_vec((n, d), v).unwrap())
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn distances_are_symmetric_nonnegative_and_blind_to_a_common_shift(x in cloud(3..30, 3), y in cloud(3..30, 3)) {
        let (a, b) = (law(x.clone()), law(y.clone()));
        let (c, d) = (law(x + 2.5), law(y + 2.5));
        let fd = |a: &Empirical, b: &Empirical| frechet::frechet(&pair(a, b), Permutations::none()).unwrap();
        let ed = |a: &Empirical, b: &Empirical| energy::energy(&pair(a, b), Permutations::none()).unwrap();
        let mmd = |a: &Empirical, b: &Empirical| kernel::mmd(&pair(a, b), &Kernel::default(), Permutations::none()).unwrap();
        for score in [&fd as &dyn Fn(&Empirical, &Empirical) -> Estimate, &ed, &mmd] {
            let (ab, ba, moved) = (score(&a, &b), score(&b, &a), score(&c, &d));
            close(ab.value, ba.value, 1e-9);
            close(ab.value, moved.value, 1e-9);
            // the influence of a null space is of the size of rounding's root
            close(ab.std_error.unwrap(), ba.std_error.unwrap(), 1e-4);
        }
        prop_assert!(fd(&a, &b).value >= 0.0 && ed(&a, &b).value >= 0.0);
        prop_assert_eq!(fd(&a, &a).value, 0.0);
        prop_assert_eq!(ed(&a, &a).value, 0.0);
    }

    #[test]
    fn nothing_is_ever_nan(x in cloud(2..12, 2), y in cloud(2..12, 2), e in -40..19i32) {
        // constant columns, duplicates, extreme scales
        let scale = 10f64.powi(e);
        let mut x = x.mapv(|v| v.round() * scale);
        x.column_mut(1).fill(scale);
        let (a, b) = (law(x), law(y.mapv(|v| v.round() * scale)));
        let enough = |m: &Metric| a.len().min(b.len()) >= m.rows() && *m != Metric::SinkhornDivergence;
        let metrics: Vec<Metric> = Metric::all().iter().copied().filter(enough).collect();
        let card = Scorecard::new().k(1).metrics(&metrics).permutations(3);
        for (metric, found) in card.score_with(&a, &b, Some(&a), |_| ControlFlow::Continue(())).unwrap() {
            // such data may have no density, and points at the origin no direction
            let may_not_apply = matches!(metric, Metric::KlKnn | Metric::Vendi | Metric::Fld);
            if may_not_apply && matches!(found.as_ref().map_err(|e| e.cause()), Err(Error::Unsupported { .. })) {
                continue;
            }
            let e = found.unwrap();
            prop_assert!(e.value.is_finite(), "{}", e.name);
            prop_assert!(e.std_error.is_none_or(f64::is_finite), "{}", e.name);
            prop_assert!(e.interval.is_none_or(|(l, h)| l <= h && h.is_finite()), "{}", e.name);
            prop_assert!(FOR_LAWS.contains(&metric) || e.interval.is_none_or(|(l, h)| l <= e.value && e.value <= h), "{}", e.name);
            prop_assert!(e.baseline.is_none_or(f64::is_finite) && e.baseline_spread.is_none_or(f64::is_finite), "{}", e.name);
            prop_assert!(e.p_value.is_none_or(|p| 0.0 < p && p <= 1.0), "{}", e.name);
        }
    }
}

#[test]
fn scores_worsen_with_the_shift() {
    let (x, y) = (law(normal(100, 2, 13, 0)), normal(100, 2, 13, 1));
    let at = |shift: f64| {
        let card = Scorecard::new().similarity(Similarity::Gaussian).permutations(0);
        card.score(&x, &law(&y + shift), None).unwrap()
    };
    let path: Vec<Vec<Estimate>> = [0.0, 1.0, 2.0, 4.0].map(at).into_iter().collect();
    for (near, far) in path.iter().zip(&path[1..]) {
        for (a, b) in near.iter().zip(far) {
            let metric: Metric = a.name.parse().unwrap();
            if metric == Metric::Vendi {
                // one sample's variety, wherever it lies
                assert!((a.value - b.value).abs() < 1e-9 * a.value, "{} {}", a.value, b.value);
                continue;
            }
            let worse = match metric.better() {
                fenchel::score::Better::Lower => b.value > a.value,
                fenchel::score::Better::Higher => b.value < a.value,
            };
            assert!(worse, "{metric}: {} {}", a.value, b.value);
        }
    }
}

#[test]
fn same_seed_same_bits_for_one_and_two_threads() {
    let (x, y) = (law(normal(160, 4, 14, 0)), law(normal(140, 4, 14, 1)));
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| Scorecard::new().permutations(50).seed(9).score(&x, &y, Some(&x)).unwrap())
    };
    assert_eq!(run(1), run(2));
}
