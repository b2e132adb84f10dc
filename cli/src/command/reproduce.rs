//! `fenchel reproduce`: the claims of the lectures, and the report.

use crate::failure::Unfinished;
use crate::output::{Answer, Output, Table, significant};
use crate::{interrupt, provenance};
use anyhow::{Context, Result};
use clap::Args;
use fenchel::certificate::Estimate;
use fenchel::certificate::Status;
use fenchel::record::Folder;
use fenchel_lecture::digits::Study;
use fenchel_lecture::{self as lecture, Comparison, Options, Part, Reproduction, Summary};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Instant;

/// Reproduces the claims of the lectures and writes the report
///
/// Every statement is corrected where its source is wrong, computed, and compared with the value that theory gives. A
/// small generator is trained on the digits that ship with fenchel and scored beside known failures. The report appears
/// when it is complete; until then an earlier one stays in place. A claim that does not hold makes the exit status 1.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Reproduce {
    /// Only this chapter (may be given several times) [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    chapter: Vec<String>,
    /// Folder of the report, replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "report")]
    out: PathBuf,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel reproduce                            everything, into report/
  fenchel reproduce --chapter game             one chapter
  fenchel reproduce --out /tmp/report --seed 1
  fenchel reproduce --json | jq '.claims[] | select(.holds | not)'

The folder holds index.html (one file that needs nothing else, to be read and played with), figures/ (SVG, PNG, PDF, CSV), \
tables/ (CSV, Markdown, LaTeX), code/ (what computes each number), claims.json, claims.csv, provenance.json.";

#[derive(Serialize)]
struct Json<'a> {
    #[serde(flatten)]
    summary: Summary<'a>,
    /// None where it could not be written.
    report: Option<String>,
}

impl Reproduce {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let mut options = Options { seed, ..Options::default() };
        if !self.chapter.is_empty() {
            options.parts = self.chapter.iter().map(|name| name.parse::<Part>()).collect::<fenchel::Result<_>>()?;
        }
        Folder::check(&self.out, lecture::MAKER)?;
        interrupt::listen()?;
        let start = Instant::now();
        let bar = output.progress(1000);
        let mut result = lecture::reproduce(&options, &mut |progress| {
            bar.set_position((1000.0 * progress.fraction) as u64);
            bar.set_message(progress.message);
            if interrupt::asked() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })
        .with_context(|| self.kept("the reproduction failed"))?;
        bar.finish_and_clear();
        if result.status == Status::Interrupted {
            return Err(self.kept("interrupted").into());
        }
        result.about = provenance::of_report(start.elapsed().as_secs_f64());
        let written = result.write(&self.out);
        let answer = self.answer(&result, written.is_ok(), start.elapsed().as_secs_f64(), output);
        Ok(answer.despite(written, &self.kept("the report could not be written").0))
    }

    fn kept(&self, why: &str) -> Unfinished {
        let place = self.out.display();
        Unfinished(if self.out.exists() {
            format!("{why}; the earlier report in {place} is as it was")
        } else {
            format!("{why}; nothing was written to {place}")
        })
    }

    fn answer(&self, result: &Reproduction, is_written: bool, seconds: f64, output: &Output) -> Answer {
        let mut text = String::new();
        for chapter in &result.chapters {
            text += &format!("{}\n", output.strong(&format!("{}. {}", chapter.letter, chapter.title)));
            let mut table = Table::new(&["claim", ">expected", ">measured", ">error", "", "statement"]);
            for claim in &chapter.claims {
                table.row([
                    claim.id().to_owned(),
                    shorten(&format!("{}{}", sign(claim.comparison()), claim.expected()), 24),
                    shorten(&claim.measured().to_string(), 24),
                    significant(claim.error(), 2),
                    output.mark(claim.holds()),
                    shorten(claim.statement(), 72),
                ]);
            }
            text += &format!("{}\n", table.render(output));
        }
        if let Some(study) = &result.study {
            text += &format!("{}\n{}\n", output.strong("Scores of generated digits"), scores(study).render(output));
        }
        let (failed, total) = (result.failed(), result.claims().count());
        text += &format!("{} of {total} claims hold ({seconds:.1} s)\n", total - failed.len());
        let report = is_written.then(|| self.out.join("index.html").display().to_string());
        if let Some(report) = &report {
            text += &format!("report: {report}\n");
        }
        let json = Json { summary: result.summary(), report };
        let unfinished = (!failed.is_empty()).then(|| {
            let names: Vec<&str> = failed.iter().map(|claim| claim.id()).collect();
            format!("{} of {total} claims do not hold: {}; the report shows them", failed.len(), names.join(", "))
        });
        Answer { unfinished, ..Answer::new(text, &json) }
    }
}

/// A row for each score, a column for each source of samples.
fn scores(study: &Study) -> Table {
    let names: Vec<String> = study.rows.iter().map(|row| format!(">{}", row.name)).collect();
    let headings: Vec<&str> = ["score"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let mut table = Table::new(&headings);
    let cell = |score: &Estimate| match score.std_error {
        Some(error) => format!("{} ± {}", significant(score.value, 3), significant(error, 1)),
        None => significant(score.value, 3),
    };
    let first = study.rows.first().map_or(&[][..], |row| &row.scores);
    for (k, score) in first.iter().enumerate() {
        table.row([score.name.clone()].into_iter().chain(study.rows.iter().map(|row| cell(&row.scores[k]))));
    }
    table
}

/// The sign before a bound.
fn sign(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::AtMost => "≤ ",
        Comparison::AtLeast => "≥ ",
        _ => "",
    }
}

/// The first characters, and an ellipsis if there are more.
fn shorten(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    text.chars().take(length - 1).chain(['…']).collect()
}
