//! What the scores say in words, and nothing that their intervals and baselines do not support.

use fenchel::certificate::Estimate;
use fenchel::score::Metric;
use fenchel::text::significant;

/// A p-value at or below it is a finding.
const FOUND: f64 = 0.05;

/// A paragraph on all generators.
pub fn summary(generators: &[(String, Vec<Estimate>)]) -> String {
    let several = generators.len() > 1;
    let mut text: Vec<String> = Vec::new();
    for (file, scores) in generators {
        let said = of_one(scores).join(" ");
        text.push(if several { format!("{file}: {said}") } else { said });
    }
    text.push(
        "These scores see the columns as they are, and only what is in them. That no difference was found is no proof that there is none."
            .to_owned(),
    );
    if !generators.iter().flat_map(|(_, scores)| scores).any(|score| score.name == Metric::Authenticity.name()) {
        text.push("Whether training samples are copied was not asked (--train).".to_owned());
    }
    text.join(" ")
}

fn of_one(scores: &[Estimate]) -> Vec<String> {
    let named = |metric: Metric| scores.iter().find(|score| score.name == metric.name());
    // the test to begin with speaks alone where it was made
    let tests =
        [Metric::MmdAgg, Metric::Energy, Metric::Mmd, Metric::Kid, Metric::C2st, Metric::Frechet, Metric::SlicedW2];
    let mut tests: Vec<&Estimate> =
        tests.into_iter().filter_map(named).filter(|score| score.p_value.is_some()).collect();
    if tests.first().is_some_and(|test| test.name == Metric::MmdAgg.name()) {
        tests.truncate(1);
    }
    let least = tests.iter().min_by(|a, b| a.p_value.partial_cmp(&b.p_value).expect("a p-value is a number"));
    let mut said = Vec::new();
    if let Some((test, p)) = least.and_then(|test| test.p_value.map(|p| (test, p))) {
        // the least of several p-values counts as many times
        let together = (p * tests.len() as f64).min(1.0);
        let p = significant(together, 2);
        let corrected = if tests.len() > 1 { format!(", corrected for {} tests", tests.len()) } else { String::new() };
        said.push(if together <= FOUND {
            format!("The laws differ: {} finds it (p = {p}{corrected}).", test.name)
        } else {
            format!(
                "None of {} tests tells the generated samples from the real ones (p = {p}, corrected).",
                tests.len()
            )
        });
    }
    let worse = |metric: Metric, what: &str| {
        let score = named(metric)?;
        let (p, baseline) = score.p_value.zip(score.baseline)?;
        let (value, baseline) = (significant(score.value, 2), significant(baseline, 2));
        (p <= FOUND).then(|| format!("{what}: {} {value} against {baseline} for equal laws.", metric.name()))
    };
    said.extend(worse(Metric::Precision, "Some generated samples lie where real ones are not"));
    said.extend(worse(Metric::Recall, "A part of the real samples is not reached"));
    let of_one_sample = |metric: Metric, what: &str| {
        let score = named(metric)?;
        let ((_, high), (baseline, spread)) = score.interval.zip(score.baseline.zip(score.baseline_spread))?;
        (high < baseline - 2.0 * spread).then(|| {
            let (value, baseline) = (significant(score.value, 3), significant(baseline, 3));
            format!("{what}: {} {value} against {baseline} for the real ones.", metric.name())
        })
    };
    said.extend(of_one_sample(Metric::Vendi, "The generated samples are less various"));
    said.extend(of_one_sample(Metric::Authenticity, "Training samples are copied"));
    said.extend([Metric::Copies, Metric::Dcr, Metric::Ct].into_iter().filter_map(|metric| {
        let score = named(metric)?;
        let p = score.p_value.filter(|p| *p <= FOUND)?;
        let value = significant(score.value, 3);
        Some(format!(
            "Generated samples are too close to training samples: {} {value} (p = {}).",
            score.name,
            significant(p, 2)
        ))
    }));
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(metric: Metric, value: f64, p: Option<f64>, baseline: f64) -> Estimate {
        Estimate {
            name: metric.name().to_owned(),
            value,
            std_error: Some(0.01),
            interval: Some((value - 0.02, value + 0.02)),
            level: 0.9,
            p_value: p,
            baseline: Some(baseline),
            baseline_spread: Some(0.01),
            n: 10,
            m: 20,
            dimension: 2,
            parameters: String::new(),
            warnings: Vec::new(),
        }
    }

    fn says(scores: Vec<Estimate>) -> String {
        summary(&[("g.csv".to_owned(), scores)])
    }

    #[test]
    fn only_what_was_found_is_said() {
        let good = says(vec![
            score(Metric::Energy, 0.1, Some(0.4), 0.1),
            score(Metric::Recall, 0.93, Some(0.5), 0.93),
            score(Metric::Vendi, 5.0, None, 5.0),
        ]);
        assert!(good.starts_with("None of 1 tests tells"), "{good}");
        for word in ["not reached", "less various", "copied:"] {
            assert!(!good.contains(word), "{good}");
        }
        let bad = says(vec![
            score(Metric::Energy, 0.1, Some(0.002), 0.01),
            score(Metric::C2st, 0.7, Some(0.4), 0.5),
            score(Metric::Recall, 0.61, Some(0.01), 0.93),
            score(Metric::Vendi, 3.0, None, 5.0),
            score(Metric::Authenticity, 0.1, None, 0.5),
        ]);
        for words in [
            "energy finds it (p = 0.0040, corrected for 2 tests)",
            "recall 0.61 against 0.93 for equal laws",
            "vendi 3.00 against 5.00",
            "Training samples are copied: authenticity",
        ] {
            assert!(bad.contains(words), "{words}: {bad}");
        }
        // the test to begin with needs no correction for the others, and copying is said with its p-value
        let tested = says(vec![
            score(Metric::Energy, 0.1, Some(0.002), 0.01),
            score(Metric::MmdAgg, 0.1, Some(0.03), 0.0),
            score(Metric::Dcr, 0.8, Some(0.01), 0.5),
            score(Metric::Ct, -0.8, Some(0.2), 0.0),
        ]);
        assert!(tested.contains("mmd_agg finds it (p = 0.030)"), "{tested}");
        assert!(tested.contains("too close to training samples: dcr 0.800 (p = 0.010)") && !tested.contains("ct "));
        // the least of many p-values is no finding by itself
        let many = [Metric::Energy, Metric::Mmd, Metric::Kid].map(|m| score(m, 0.1, Some(0.03), 0.1));
        assert!(says(many.to_vec()).starts_with("None of 3 tests"));
        assert!(bad.contains("no proof") && !bad.contains("was not asked") && good.contains("--train"));
    }
}
