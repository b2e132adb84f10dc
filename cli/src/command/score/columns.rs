//! The columns of two tables: each by itself, and how they hang together.

use super::card::Asked;
use super::table::Sheets;
use crate::output::{EstimateJson, Output, Table, optional, significant};
use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::measure::Frame;
use fenchel::record::json::Number;
use fenchel::score::Permutations;
use fenchel::score::table::{Association, Associations, ColumnScores, associations, columns};
use serde::Serialize;

/// Rows of a table for people.
const SHOWN: usize = 40;
/// Pairs of columns that are named.
pub const PAIRS: usize = 10;
/// Categories that are named.
const LEVELS: usize = 5;

/// The columns of one generated table beside the real ones.
pub struct Compared {
    pub names: Vec<String>,
    pub columns: Vec<ColumnScores>,
    /// None where they were not asked for.
    pub associations: Option<Result<Associations>>,
}

impl Compared {
    /// What was asked for of two tables; `whole` are the tables before rows were dropped.
    pub fn of(
        (real, generated): (&Frame, &Frame),
        whole: Option<(&Frame, &Frame)>,
        asked: &[Asked],
        test: Permutations,
    ) -> Result<Self> {
        let mut compared = if asked.contains(&Asked::Columns) { columns(real, generated, test)? } else { Vec::new() };
        if let Some((real, generated)) = whole {
            for (k, scores) in compared.iter_mut().enumerate() {
                let cells = |frame: &Frame| (frame.columns()[k].missing(), frame.rows());
                scores.count_missing(cells(real), cells(generated));
            }
        }
        let of_pairs = || Self::associations_of(real, generated, test);
        let associations = asked.contains(&Asked::Associations).then(of_pairs);
        Ok(Self { names: real.names().to_vec(), columns: compared, associations })
    }

    /// How the columns of two tables hang together.
    pub fn associations_of(real: &Frame, generated: &Frame, test: Permutations) -> Result<Associations> {
        associations(real, generated, Permutations { count: test.count.min(PERMUTATIONS), ..test })
    }

    /// Tables for people.
    pub fn text(&self, output: &Output) -> String {
        let mut text = String::new();
        if !self.columns.is_empty() {
            text += &format!("\nThe columns, each by itself\n\n{}", self.table().render(output));
            text += &self.more();
        }
        match &self.associations {
            None => {}
            Some(Err(error)) => text += &format!("associations: left out, {error}\n"),
            Some(Ok(found)) => {
                text +=
                    &format!("\nHow the columns hang together: the largest of {} differences\n\n", found.pairs.len());
                let (headings, rows) = self.pairs(found);
                let mut table = Table::new(&headings);
                rows.into_iter().for_each(|row| table.row(row));
                text += &table.render(output);
                text += &format!("{}\n", summary(&found.mean_difference));
            }
        }
        text
    }

    fn table(&self) -> Table {
        let (headings, rows) = self.cells(SHOWN);
        let mut table = Table::new(&headings);
        rows.into_iter().for_each(|row| table.row(row));
        table
    }

    /// Headings and rows: of many columns those that differ most surely, else all in their order.
    fn cells(&self, most: usize) -> ([&'static str; 9], Vec<Vec<String>>) {
        let headings =
            ["column", "kind", ">difference", ">90 % interval", ">p (Holm)", ">W1", ">W1/sd", ">JSD", ">missing"];
        let mut shown: Vec<&ColumnScores> = self.columns.iter().collect();
        if shown.len() > most {
            shown.sort_by(|a, b| a.p_adjusted.unwrap_or(2.0).total_cmp(&b.p_adjusted.unwrap_or(2.0)));
            shown.truncate(most);
        }
        (headings, shown.into_iter().map(cells).collect())
    }

    /// What does not fit into the table: columns left out, categories that are new or lost.
    fn more(&self) -> String {
        let mut text = String::new();
        if self.columns.len() > SHOWN {
            text += &format!(
                "{SHOWN} of {} columns, those with the smallest p-values; --json has all\n",
                self.columns.len()
            );
        }
        for scores in &self.columns {
            for line in said(scores) {
                text += &format!("{}: {line}\n", scores.name);
            }
        }
        text
    }

    fn pairs(&self, found: &Associations) -> ([&'static str; 6], Vec<Vec<String>>) {
        let headings = ["columns", "measure", ">real", ">generated", ">difference", ">p (all pairs)"];
        (headings, found.largest(PAIRS).into_iter().map(|pair| self.pair(pair)).collect())
    }

    fn pair(&self, pair: &Association) -> Vec<String> {
        let (x, y) = pair.columns;
        vec![
            format!("{}, {}", self.names[x], self.names[y]),
            pair.kind.name().to_owned(),
            significant(pair.real, 3),
            significant(pair.generated, 3),
            format!("{} ± {}", significant(pair.difference(), 3), significant(pair.std_error, 2)),
            optional(pair.p_value, 2),
        ]
    }

    /// The tables for a text.
    pub fn sheets(&self, file: &str) -> Sheets {
        let mut sheets = Sheets::new();
        let plain =
            |headings: &[&str]| headings.iter().map(|heading| heading.trim_start_matches('>').to_owned()).collect();
        if !self.columns.is_empty() {
            let (headings, rows) = self.cells(usize::MAX);
            sheets.push((format!("{file}, columns"), plain(&headings), rows));
        }
        if let Some(Ok(found)) = &self.associations {
            let (headings, rows) = self.pairs(found);
            sheets.push((format!("{file}, the largest differences of associations"), plain(&headings), rows));
        }
        sheets
    }

    /// Sentences on the associations.
    pub fn of_associations(&self) -> Option<String> {
        let found = self.associations.as_ref()?.as_ref().ok()?;
        Some(summary(&found.mean_difference))
    }

    pub fn columns_json<'a>(&'a self, file: Option<&'a str>) -> impl Iterator<Item = ColumnJson<'a>> {
        self.columns.iter().map(move |scores| ColumnJson::of(scores, file))
    }

    pub fn associations_json<'a>(&'a self, file: Option<&'a str>) -> Vec<PairJson<'a>> {
        let found = self.associations.as_ref().and_then(|found| found.as_ref().ok());
        let pairs = found.into_iter().flat_map(|found| &found.pairs);
        pairs.map(|pair| PairJson::of(pair, &self.names, file)).collect()
    }

    /// The mean difference of associations, or why there is none.
    pub fn mean(&self) -> Option<std::result::Result<&Estimate, String>> {
        let found = self.associations.as_ref()?;
        Some(found.as_ref().map(|found| &found.mean_difference).map_err(ToString::to_string))
    }
}

/// Relabellings of all pairs at once.
const PERMUTATIONS: usize = 499;

fn summary(mean: &Estimate) -> String {
    let interval = mean.interval.map_or(String::new(), |(low, high)| {
        format!(", 90 % interval [{}, {}]", significant(low, 3), significant(high, 3))
    });
    let equal =
        mean.baseline.zip(mean.baseline_spread).zip(mean.p_value).map_or(String::new(), |((base, spread), p)| {
            format!("; equal laws {} ± {}, p = {}", significant(base, 3), significant(spread, 2), significant(p, 2))
        });
    let (value, rows) = (significant(mean.value, 3), (mean.n, mean.m));
    format!(
        "mean difference of associations {value}{interval}{equal}; of {} real and {} generated rows",
        rows.0, rows.1
    )
}

fn cells(scores: &ColumnScores) -> Vec<String> {
    let number = |name: &str| optional(scores.score(name).map(|score| score.value), 3);
    let first = scores.first();
    let interval = first
        .and_then(|first| first.interval)
        .map_or_else(|| "–".to_owned(), |(low, high)| format!("[{}, {}]", significant(low, 3), significant(high, 3)));
    let (real, generated) = scores.missing_shares;
    let missing = if real + generated > 0.0 {
        format!("{} → {} %", significant(100.0 * real, 2), significant(100.0 * generated, 2))
    } else {
        "–".to_owned()
    };
    vec![
        scores.name.clone(),
        scores.kind.name().to_owned(),
        first.map_or_else(|| "–".to_owned(), |first| format!("{} {}", first.name, significant(first.value, 3))),
        interval,
        optional(scores.p_adjusted, 2),
        number("w1"),
        number("w1_relative"),
        number("jsd"),
        missing,
    ]
}

/// What is to be said of a column beside its scores.
fn said(scores: &ColumnScores) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some((name, Err(error))) = scores.scores.first() {
        lines.push(format!("{name} left out, {error}"));
    }
    let listed = |levels: &[(String, usize)]| {
        let shown: Vec<String> = levels.iter().take(LEVELS).map(|(level, rows)| format!("{level} ({rows})")).collect();
        format!("{}{}", shown.join(", "), if levels.len() > LEVELS { ", ..." } else { "" })
    };
    for (levels, what) in [(&scores.unseen, "no real row has"), (&scores.lost, "no generated row has")] {
        if !levels.is_empty() {
            let word = if levels.len() == 1 { "category" } else { "categories" };
            lines.push(format!("{} {word} that {what}: {}", levels.len(), listed(levels)));
        }
    }
    let missing = &scores.missing;
    if let Some((low, high)) = missing.interval.filter(|(low, high)| *low > 0.0 || *high < 0.0) {
        let bounds = [low, high].map(|bound| significant(100.0 * bound, 2));
        lines.push(format!(
            "missing cells differ by {} points of per cent, 90 % interval [{}]",
            significant(100.0 * missing.value, 2),
            bounds.join(", ")
        ));
    }
    lines
}

/// All that is to be said of the columns beside their table.
pub fn remarks(compared: &Compared) -> Vec<String> {
    let of_one = |scores: &ColumnScores| {
        said(scores).into_iter().map(|line| format!("{}: {line}.", scores.name)).collect::<Vec<_>>()
    };
    compared.columns.iter().flat_map(of_one).collect()
}

#[derive(Serialize)]
pub struct ColumnJson<'a> {
    name: &'a str,
    kind: &'static str,
    scores: Vec<ScoreJson<'a>>,
    p_adjusted: Option<Number>,
    missing: MissingJson<'a>,
    unseen: Vec<LevelJson<'a>>,
    lost: Vec<LevelJson<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ScoreJson<'a> {
    Score(EstimateJson<'a>),
    None { name: &'a str, reason: String },
}

#[derive(Serialize)]
struct MissingJson<'a> {
    real: Number,
    generated: Number,
    difference: EstimateJson<'a>,
}

#[derive(Serialize)]
struct LevelJson<'a> {
    category: &'a str,
    rows: usize,
}

impl<'a> ColumnJson<'a> {
    fn of(scores: &'a ColumnScores, generated: Option<&'a str>) -> Self {
        let levels = |levels: &'a [(String, usize)]| -> Vec<LevelJson<'a>> {
            levels.iter().map(|(category, rows)| LevelJson { category, rows: *rows }).collect()
        };
        let score = |(name, found): &'a (&'static str, Result<Estimate>)| match found {
            Ok(found) => ScoreJson::Score(EstimateJson::from(found)),
            Err(error) => ScoreJson::None { name, reason: error.to_string() },
        };
        let (real, made) = scores.missing_shares;
        Self {
            name: &scores.name,
            kind: scores.kind.name(),
            scores: scores.scores.iter().map(score).collect(),
            p_adjusted: scores.p_adjusted.map(Number),
            missing: MissingJson { real: Number(real), generated: Number(made), difference: (&scores.missing).into() },
            unseen: levels(&scores.unseen),
            lost: levels(&scores.lost),
            generated,
        }
    }
}

#[derive(Serialize)]
pub struct PairJson<'a> {
    columns: [&'a str; 2],
    measure: &'static str,
    real: Number,
    synthetic: Number,
    difference: Number,
    std_error: Number,
    p_value: Option<Number>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated: Option<&'a str>,
}

impl<'a> PairJson<'a> {
    fn of(pair: &Association, names: &'a [String], generated: Option<&'a str>) -> Self {
        Self {
            columns: [&names[pair.columns.0], &names[pair.columns.1]],
            measure: pair.kind.name(),
            real: Number(pair.real),
            synthetic: Number(pair.generated),
            difference: Number(pair.difference()),
            std_error: Number(pair.std_error),
            p_value: pair.p_value.map(Number),
            generated,
        }
    }
}

/// Every score of every column, one a line.
pub fn columns_csv(all: &[(&str, &Compared)]) -> Vec<u8> {
    let header = [
        "column",
        "kind",
        "score",
        "value",
        "std_error",
        "low",
        "high",
        "p_value",
        "p_adjusted",
        "baseline",
        "generated",
    ];
    let field = |x: Option<f64>| x.map(|x| format!("{x:?}")).unwrap_or_default();
    let mut records = Vec::new();
    for (file, compared) in all {
        for column in &compared.columns {
            let found = column.scores.iter().filter_map(|(_, found)| found.as_ref().ok()).chain([&column.missing]);
            for (k, score) in found.enumerate() {
                let (low, high) = score.interval.unzip();
                let corrected = column.p_adjusted.filter(|_| k == 0);
                let numbers = [Some(score.value), score.std_error, low, high, score.p_value, corrected, score.baseline]
                    .map(field);
                let names = [column.name.clone(), column.kind.name().to_owned(), score.name.clone()];
                records.push(names.into_iter().chain(numbers).chain([(*file).to_owned()]).collect());
            }
        }
    }
    fenchel::io::records_to_csv(&header, records)
}

/// Every pair of columns, one a line.
pub fn associations_csv(all: &[(&str, &Compared)]) -> Vec<u8> {
    let header = ["x", "y", "measure", "real", "synthetic", "difference", "std_error", "p_value", "generated"];
    let mut records = Vec::new();
    for (file, compared) in all {
        let Some(Ok(found)) = &compared.associations else { continue };
        for pair in &found.pairs {
            let numbers = [pair.real, pair.generated, pair.difference(), pair.std_error].map(|x| format!("{x:?}"));
            let p = pair.p_value.map(|p| format!("{p:?}")).unwrap_or_default();
            let (x, y) = pair.columns;
            let names = [compared.names[x].clone(), compared.names[y].clone(), pair.kind.name().to_owned()];
            records.push(names.into_iter().chain(numbers).chain([p, (*file).to_owned()]).collect());
        }
    }
    fenchel::io::records_to_csv(&header, records)
}
