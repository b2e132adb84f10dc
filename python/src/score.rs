//! Scores of samples that are held whole.

use crate::estimate::Estimate;
use crate::failure::refused;
use crate::input::{Rows, named};
use crate::watch::Watch;
use fenchel::measure::Empirical;
use fenchel::score::{Better, Compat, Metric, Scorecard};
use pyo3::prelude::*;
use std::collections::BTreeMap;

/// Every metric: its name, what it says, whether lower is better, and whether it needs the training sample.
#[pyfunction]
pub fn metrics() -> Vec<(&'static str, &'static str, bool, bool)> {
    let line =
        |metric: &Metric| (metric.name(), metric.description(), metric.better() == Better::Lower, metric.needs_train());
    Metric::all().iter().map(line).collect()
}

/// What a scorecard is made with; what is left out is as the library has it.
#[derive(FromPyObject)]
pub struct Card {
    metrics: Option<Vec<String>>,
    compat: Option<String>,
    k: Option<usize>,
    kernel: Option<String>,
    permutations: Option<usize>,
    baseline: bool,
    seed: u64,
}

impl Card {
    fn card(&self) -> PyResult<Scorecard> {
        let mut card = Scorecard::new().seed(self.seed).baseline(self.baseline);
        if let Some(names) = &self.metrics {
            let metrics = names.iter().map(|name| metric(name)).collect::<PyResult<Vec<_>>>()?;
            card = card.metrics(&metrics);
        }
        if let Some(program) = &self.compat {
            card = card.compat(named::<Compat>(program)?);
        }
        if let Some(k) = self.k {
            card = card.k(k);
        }
        if let Some(kernel) = &self.kernel {
            card = card.kernel(named(kernel)?);
        }
        if let Some(permutations) = self.permutations {
            card = card.permutations(permutations);
        }
        Ok(card)
    }
}

/// A metric by its name, or by that of another program.
fn metric(name: &str) -> PyResult<Metric> {
    let alias = Metric::all().iter().find(|metric| metric.aliases().contains(&name));
    alias.map_or_else(|| named(name), |metric| Ok(*metric))
}

/// Scores of ``fake`` (m, d) against ``real`` (n, d), and the reasons of those that the samples do not allow.
#[pyfunction]
pub fn scores(
    py: Python<'_>,
    real: Rows<'_>,
    fake: Rows<'_>,
    train: Option<Rows<'_>>,
    card: Card,
    progress: Option<Py<PyAny>>,
) -> PyResult<(Vec<Estimate>, BTreeMap<String, String>)> {
    let (asked, card) = (card.metrics.is_some(), card.card()?);
    let (real, fake) = (real.as_array(), fake.as_array());
    let train = train.as_ref().map(|train| train.as_array());
    let watch = Watch::new(progress);
    let found = py.detach(|| {
        let (real, fake) = (Empirical::new(real)?, Empirical::new(fake)?);
        let train = train.map(Empirical::new).transpose()?;
        let before = |metric: Metric| watch.ask(|py, progress| progress.call1(py, (metric.name(),)).map(drop));
        card.score_with(&real, &fake, train.as_ref(), before)
    });
    let (mut scores, mut reasons) = (Vec::new(), BTreeMap::new());
    for (metric, found) in found.map_err(refused)? {
        match found {
            Ok(estimate) => scores.push(Estimate(estimate)),
            Err(error) if asked => return Err(refused(error)),
            Err(error) => drop(reasons.insert(metric.name().to_owned(), error.to_string())),
        }
    }
    watch.finish(py, (scores, reasons), "the scores so far are in `result`")
}
