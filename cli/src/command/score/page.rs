//! The page of the scores.

use crate::output::estimate_cells;
use fenchel::certificate::Estimate;
use fenchel::score::Metric;
use fenchel_lecture::page::{ReportPage, Section, TableItem};

/// A page with a table a generator; `files` are the other files by their role.
pub fn page(files: Vec<(String, String)>, shown: &[(String, Vec<Estimate>)], seed: u64) -> ReportPage {
    let columns = ["score", "value", "standard error", "90 % interval", "p-value", "baseline", "n, m"];
    let tables = shown.iter().map(|(file, scores)| TableItem {
        caption: format!("{file} against {}", files.first().map_or("real", |(_, real)| real)),
        columns: columns.map(str::to_owned).to_vec(),
        rows: scores.iter().map(|score| [vec![score.name.clone()], estimate_cells(score).to_vec()].concat()).collect(),
    });
    let says = |score: &Estimate| score.name.parse().map_or("", Metric::description);
    let how = shown.iter().flat_map(|(file, scores)| {
        let whose = if shown.len() > 1 { format!("{file}, ") } else { String::new() };
        scores
            .iter()
            .map(move |score| (format!("{whose}{}", score.name), format!("{}: {}", says(score), score.parameters)))
    });
    let generated = shown.iter().map(|(file, _)| ("generated".to_owned(), file.clone()));
    let version = [("seed", seed.to_string()), ("fenchel", env!("CARGO_PKG_VERSION").to_owned())];
    ReportPage {
        title: "Scores of generated samples".to_owned(),
        lead: "Compare each value with its baseline: what equal laws score at these sizes, with its spread over relabelled samples. \
               Intervals are for the value of the laws."
            .to_owned(),
        chapters: vec![Section {
            id: "scores".to_owned(),
            title: "Scores".to_owned(),
            tables: tables.collect(),
            ..Section::default()
        }],
        about: (files.iter().cloned().chain(generated))
            .chain(version.map(|(name, value)| (name.to_owned(), value)))
            .chain(how)
            .collect(),
    }
}
