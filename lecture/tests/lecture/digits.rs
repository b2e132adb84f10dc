//! The study of the digits, shortened: the scores see the faults that they are meant to see.

use fenchel::score::Metric;
use fenchel_lecture::digits::{Config, StudyProgress, study};
use std::ops::ControlFlow;

#[test]
fn each_fault_is_seen_by_the_scores_made_for_it() {
    let config = Config { steps: 100, ..Config::default() };
    let (mut steps, mut scores) = (0, 0);
    let study = study(&config, |progress| {
        match progress {
            StudyProgress::Training { .. } => steps += 1,
            StudyProgress::Scoring { .. } => scores += 1,
        }
        ControlFlow::Continue(())
    })
    .unwrap()
    .expect("nobody asked to stop");
    assert_eq!((steps, scores), (100, 5 * config.metrics.len()));
    assert_eq!(study.grids().len(), 6);
    for row in &study.rows {
        assert_eq!(row.samples.dim(), (898, 64));
        for score in &row.scores {
            eprintln!("{:14} {:14} {:10.4} ± {:?}", row.name, score.name, score.value, score.std_error);
            assert!(score.value.is_finite() && score.baseline.is_some());
        }
    }
    study.sentences().iter().for_each(|s| eprintln!("{s}"));
    let sees = |metric, source| study.findings.iter().any(|f| f.metric == metric && f.source == source && f.seen);
    // quality scores see noise, variety scores see the missing digits, and not the other way round
    for metric in [Metric::Frechet, Metric::Energy, Metric::W2, Metric::C2st] {
        assert!(sees(metric, "uniform noise") && sees(metric, "one digit"), "{metric}");
    }
    assert!(sees(Metric::Precision, "uniform noise") && !sees(Metric::Precision, "one digit"));
    assert!(sees(Metric::Recall, "one digit") && sees(Metric::Coverage, "one digit"));
    // a Gaussian fit has the right moments and the wrong shapes
    assert!(sees(Metric::C2st, "Gaussian fit"));
}

#[test]
fn a_study_that_is_stopped_returns_nothing() {
    let config = Config { steps: 100, ..Config::default() };
    let mut steps = 0;
    let stopped = study(&config, |_| {
        steps += 1;
        if steps == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    assert!(stopped.unwrap().is_none());
    assert_eq!(steps, 3);
}
