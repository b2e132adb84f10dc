//! The report: one page, its figures and tables as files, and the claims as JSON and CSV.

use crate::digits::{Finding, SEEN, SourceRow, Study, gallery};
use crate::page::{ClaimRow, FigureItem, PlayItem, ReportPage, Section, TableItem, listing};
use crate::reproduce::Reproduction;
use crate::{Chapter, Claim, Code, Comparison, Explorable, Illustration, Quantity, SOURCES, fgan, text};
use fenchel::certificate::{Estimate, Status};
use fenchel::record::Folder;
use fenchel::record::json::{self, Number};
use fenchel::text::{two_digits, with_error};
use fenchel::{Error, Result};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The maker of the report's folder.
pub const MAKER: &str = "fenchel reproduce";

/// The endings of the files of a figure.
const FORMATS: [&str; 4] = ["svg", "png", "pdf", "csv"];

/// Pixels of a PNG for one of its SVG.
const PNG_SCALE: f64 = 2.0;

/// The content of `claims.json`, which `reproduce --json` prints beside the place of the report.
#[derive(Debug, Clone, Serialize)]
pub struct Summary<'a> {
    /// The claims in the order of the report.
    pub claims: Vec<&'a Claim>,
    /// The scores of the study, if it was run.
    pub scores: Vec<ScoreRecord<'a>>,
}

/// A score of one source of images.
#[derive(Debug, Clone, Serialize)]
pub struct ScoreRecord<'a> {
    /// Which source was scored: `"generator"`, `"real half"`, ...
    pub source: &'a str,
    /// Name of the score.
    pub name: &'a str,
    /// Its value.
    pub value: Number,
    /// Its standard error, where one is defined.
    pub std_error: Option<Number>,
    /// Its confidence interval, where one is defined.
    pub interval: Option<(Number, Number)>,
    /// p-value of a two-sample test, where one was run.
    pub p_value: Option<Number>,
    /// The score of the real half.
    pub baseline: Option<Number>,
    /// The spread of the baseline, where it has one.
    pub baseline_spread: Option<Number>,
    /// Real samples.
    pub n: usize,
    /// Scored samples.
    pub m: usize,
    /// Columns.
    pub dimension: usize,
    /// How value and error were obtained.
    pub parameters: &'a str,
}

impl<'a> ScoreRecord<'a> {
    fn new(source: &'a str, score: &'a Estimate) -> Self {
        Self {
            source,
            name: &score.name,
            value: Number(score.value),
            std_error: score.std_error.map(Number),
            interval: score.interval.map(|(low, high)| (Number(low), Number(high))),
            p_value: score.p_value.map(Number),
            baseline: score.baseline.map(Number),
            baseline_spread: score.baseline_spread.map(Number),
            n: score.n,
            m: score.m,
            dimension: score.dimension,
            parameters: &score.parameters,
        }
    }
}

impl Reproduction {
    /// Writes the report: `index.html` (one file that needs nothing else), `figures/` (each as SVG, PNG and PDF, with its data as CSV), `tables/` (each as CSV,
    /// Markdown and LaTeX), `code/` (the sources that compute the claims), `claims.json`,
    /// `claims.csv`, and `provenance.json`, the only file beside the page that may differ from run to run.
    ///
    /// The folder appears when it is complete; an earlier report in its place stays whole until then.
    ///
    /// # Errors
    /// [`Error::Io`] if the folder cannot be written, or holds something else than a report.
    pub fn write(&self, dir: impl AsRef<Path>) -> Result<()> {
        let folder = Folder::create(dir, MAKER)?;
        let page = self.page();
        folder.write("index.html", page.html()?.as_bytes())?;
        for (name, table) in page.tables() {
            for (ending, text) in [("csv", table.csv()), ("md", table.markdown()), ("tex", table.latex())] {
                folder.write(&format!("tables/{name}.{ending}"), text.as_bytes())?;
            }
        }
        for source in self.sources() {
            if let Some(listing) = listing::page(source) {
                folder.write(&listing::file(source), listing.as_bytes())?;
            }
        }
        for Illustration { id, figure, .. } in self.figures() {
            folder.write(&format!("figures/{id}.svg"), figure.svg().as_bytes())?;
            folder.write(&format!("figures/{id}.png"), &figure.png(PNG_SCALE)?)?;
            folder.write(&format!("figures/{id}.pdf"), &figure.pdf()?)?;
            folder.write(&format!("figures/{id}.csv"), figure.csv().as_bytes())?;
        }
        folder.write("claims.json", self.json().as_bytes())?;
        folder.write(
            "provenance.json",
            json::pretty(&page.about.iter().cloned().collect::<BTreeMap<_, _>>()).as_bytes(),
        )?;
        folder.write("claims.csv", &self.csv()?)?;
        folder.finish()
    }

    /// Claims and scores, to be serialised: infinities become the strings `"inf"` and `"-inf"`.
    #[must_use]
    pub fn summary(&self) -> Summary<'_> {
        let rows = self.study.iter().flat_map(|study| &study.rows);
        Summary {
            claims: self.claims().collect(),
            scores: rows.flat_map(|row| row.scores.iter().map(|score| ScoreRecord::new(row.name, score))).collect(),
        }
    }

    /// The [summary](Self::summary) as JSON, `{"claims": [...], "scores": [...]}`.
    #[must_use]
    pub fn json(&self) -> String {
        json::pretty(&self.summary())
    }

    /// The claims as CSV, one a line, numbers with all their digits.
    fn csv(&self) -> Result<Vec<u8>> {
        let broken = |e: String| Error::io("write", "claims.csv", e);
        let mut table = csv::Writer::from_writer(Vec::new());
        let heading = [
            "id",
            "chapter",
            "statement",
            "source",
            "correction",
            "expected",
            "measured",
            "comparison",
            "error",
            "tolerance",
            "holds",
            "identity",
            "figure",
            "code",
        ];
        table.write_record(heading).map_err(|e| broken(e.to_string()))?;
        for claim in self.claims() {
            let row = [
                claim.id().to_owned(),
                claim.chapter().to_owned(),
                claim.statement().to_owned(),
                claim.source().to_owned(),
                claim.correction().unwrap_or_default().to_owned(),
                exact_text(claim.expected()),
                exact_text(claim.measured()),
                comparison_name(claim.comparison()).to_owned(),
                exact_number(claim.error()),
                exact_number(claim.tolerance()),
                claim.holds().to_string(),
                claim.is_identity().to_string(),
                claim.figure().unwrap_or_default().to_owned(),
                claim.code().to_string(),
            ];
            table.write_record(row).map_err(|e| broken(e.to_string()))?;
        }
        table.into_inner().map_err(|e| broken(e.to_string()))
    }

    /// The report as a page.
    #[must_use]
    pub fn page(&self) -> ReportPage {
        let mut about = vec![
            ("version".to_owned(), format!("fenchel {}", env!("CARGO_PKG_VERSION"))),
            ("seed".to_owned(), self.seed.to_string()),
        ];
        if self.status == Status::Interrupted {
            about.push(("status".to_owned(), "interrupted: what follows was finished before that".to_owned()));
        }
        about.extend(self.about.iter().cloned());
        let chapters = self.chapters.iter().map(|chapter| self.section(chapter));
        ReportPage {
            title: "GAN theory, reproduced".to_owned(),
            lead: "The claims of a set of lectures on generative adversarial networks, each corrected where its source is \
                   wrong, computed, and compared with what theory expects. Logarithms are natural, values in nats."
                .to_owned(),
            chapters: chapters.chain(self.study.iter().map(study_section)).collect(),
            sources: SOURCES.map(|(name, title)| (name.to_owned(), title.to_owned())).to_vec(),
            about,
            beside: true,
        }
    }

    fn section(&self, chapter: &Chapter) -> Section {
        let plays = self.plays.iter().filter(|play| play.chapter == chapter.name);
        Section {
            id: chapter.name.to_owned(),
            title: format!("{}. {}", chapter.letter, chapter.title),
            intro: chapter.intro.clone(),
            text: text::of(chapter.name).to_owned(),
            command: format!("fenchel reproduce --chapter {} --seed {}", chapter.name, self.seed),
            claims: rows(&chapter.claims),
            tables: if chapter.name == "fgan" { vec![fgan::printed_table()] } else { Vec::new() },
            figures: chapter.figures.iter().map(figure_item).collect(),
            plays: plays.map(play_item).collect(),
        }
    }

    /// The sources that the page has links to.
    fn sources(&self) -> BTreeSet<&str> {
        let of_claims = self.claims().map(|claim| claim.code().file.as_str());
        of_claims.chain(self.plays.iter().map(|play| play.code.file.as_str())).collect()
    }
}

fn figure_item(i: &Illustration) -> FigureItem {
    FigureItem {
        id: i.id.to_owned(),
        title: i.figure.title().to_owned(),
        svg: i.figure.svg().to_owned(),
        caption: i.caption.clone(),
        seen: i.figure.description().to_owned(),
        files: FORMATS.map(|ending| format!("figures/{}.{ending}", i.id)).to_vec(),
    }
}

fn play_item(play: &Explorable) -> PlayItem {
    PlayItem {
        id: play.id.to_owned(),
        title: play.title.to_owned(),
        caption: play.caption.clone(),
        data: play.data.clone(),
        code: Some(link(&play.code)),
    }
}

/// A line of the sources, and the page that shows it.
fn link(code: &Code) -> (String, String) {
    (code.to_string(), listing::place(code))
}

fn study_section(study: &Study) -> Section {
    let metrics = study.rows.first().map_or(&[][..], |row| &row.scores);
    let names = |rows: &[SourceRow]| rows.iter().map(|row| row.name.to_owned()).collect::<Vec<_>>();
    let heading = |first: &str, rows: &[SourceRow]| std::iter::once(first.to_owned()).chain(names(rows)).collect();
    let scores = TableItem {
        caption:
            "Scores against the held-out half, ± standard error. The real half is the floor: what a perfect generator \
                  would get."
                .to_owned(),
        columns: heading("score", &study.rows),
        rows: (0..metrics.len())
            .map(|k| {
                let cells = study.rows.iter().map(|row| with_error(row.scores[k].value, row.scores[k].std_error));
                std::iter::once(metrics[k].name.clone()).chain(cells).collect()
            })
            .collect(),
        typeset: false,
    };
    let faulty = study.rows.get(1..).unwrap_or_default();
    let seen = TableItem {
        caption: format!(
            "Which score sees which source: worse than the floor by how many standard errors of the difference; ✓ where \
             that is more than {SEEN}, so that the score sees it."
        ),
        columns: heading("score", faulty),
        rows: metrics
            .iter()
            .map(|score| {
                let cells = faulty.iter().map(|row| {
                    let of = |f: &&Finding| f.source == row.name && f.metric.name() == score.name;
                    study.findings.iter().find(of).map_or_else(String::new, |f| {
                        let times = beside(f.z, SEEN).replace('-', "−");
                        if f.seen { format!("✓ {times}") } else { times }
                    })
                });
                std::iter::once(score.name.clone()).chain(cells).collect()
            })
            .collect(),
        typeset: false,
    };
    let described: Vec<String> = study.rows.iter().map(|row| format!("{} ({})", row.name, row.description)).collect();
    Section {
        id: "digits".to_owned(),
        title: "A generator of real images, scored".to_owned(),
        intro: format!(
            "8×8 handwritten digits, split in two at random; the generator learns from one half and all is scored against the \
             other. The sources: {}. Which score sees which fault is in the second table.",
            described.join("; ")
        ),
        text: text::of("digits").to_owned(),
        command: "fenchel reproduce --chapter digits".to_owned(),
        tables: vec![scores, seen],
        figures: gallery::figures(study).iter().map(figure_item).collect(),
        ..Section::default()
    }
}

/// The rows of a chapter. An error of the source is shown once, not for each number of the same statement.
/// A number with one digit, or with as many as tell it from a bound beside it.
fn beside(x: f64, bound: f64) -> String {
    let rounded = |digits: usize| format!("{x:.digits$}");
    let tells = |text: &String| text.parse::<f64>().is_ok_and(|shown| (shown > bound) == (x > bound));
    (1..6).map(rounded).find(tells).unwrap_or_else(|| rounded(1))
}

fn rows(claims: &[Claim]) -> Vec<ClaimRow> {
    let mut said = None;
    claims
        .iter()
        .map(|claim| {
            let mut row = row(claim);
            if row.correction == said {
                row.correction = None;
            } else {
                said.clone_from(&row.correction);
            }
            row
        })
        .collect()
}

fn row(claim: &Claim) -> ClaimRow {
    let sign = match claim.comparison() {
        Comparison::AtMost => "≤ ",
        Comparison::AtLeast => "≥ ",
        _ => "",
    };
    // for a bound or a property the sign or the words are enough
    let (error, tolerance) = match claim.comparison() {
        Comparison::Exact if claim.holds() => ("exact".to_owned(), String::new()),
        Comparison::Absolute | Comparison::Exact => (two_digits(claim.error()), two_digits(claim.tolerance())),
        Comparison::Relative => (two_digits(claim.error()), format!("{} relative", two_digits(claim.tolerance()))),
        Comparison::AtMost | Comparison::AtLeast | Comparison::Property if claim.holds() => Default::default(),
        Comparison::AtMost | Comparison::AtLeast => (two_digits(claim.error()), String::new()),
        Comparison::Property => ("not so".to_owned(), String::new()),
    };
    ClaimRow {
        id: claim.id().to_owned(),
        statement: claim.statement().to_owned(),
        source: claim.source().to_owned(),
        correction: claim.correction().map(str::to_owned),
        expected: unbroken(&format!("{sign}{}", claim.expected())),
        measured: unbroken(&claim.measured().to_string()),
        error,
        tolerance,
        holds: claim.holds(),
        identity: claim.is_identity(),
        figure: claim.figure().map(str::to_owned),
        code: Some(link(claim.code())),
    }
}

fn exact_number(x: f64) -> String {
    if x.is_finite() {
        format!("{x:?}")
    } else if x > 0.0 {
        "inf".to_owned()
    } else {
        "-inf".to_owned()
    }
}

fn exact_text(quantity: &Quantity) -> String {
    match quantity {
        Quantity::Number(x) => exact_number(*x),
        Quantity::Numbers(xs) => xs.iter().map(|&x| exact_number(x)).collect::<Vec<_>>().join(" "),
        Quantity::Text(words) => words.clone(),
    }
}

fn comparison_name(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Absolute => "absolute",
        Comparison::Relative => "relative",
        Comparison::Exact => "exact",
        Comparison::AtMost => "at_most",
        Comparison::AtLeast => "at_least",
        Comparison::Property => "property",
    }
}

/// Numbers that a narrow column does not break at the sign of their exponent.
fn unbroken(text: &str) -> String {
    text.replace("e-", "e\u{2011}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rounded_number_stays_on_its_side_of_a_bound() {
        let shown = [2.4, 2.97, 2.9996, 3.0, 3.04, 3.2].map(|x| beside(x, 3.0));
        assert_eq!(shown, ["2.4", "3.0", "3.0", "3.0", "3.04", "3.2"]);
    }
}
