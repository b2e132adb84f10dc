//! The report: chapters of text, figures, claims and tables on one page without external resources.
//!
//! The page has its style, its figures and its scripts in itself and asks for nothing. The colours and the script of the
//! charts are those of all pages of the program.

mod cited;
mod figure;
pub(crate) mod listing;
mod play;
mod table;
mod told;
mod typeset;

pub use figure::FigureItem;
pub use play::PlayItem;
pub use table::TableItem;

use askama::Template;
use fenchel::{Error, Result};
use told::{Piece, pieces};
use typeset::scripts;

/// The colours and fonts of all pages, light and dark, as custom properties of CSS.
pub const COLOURS: &str = include_str!("colours.css");
/// The curves of all pages, drawn by uPlot: [`CHART_STYLE`] and [`UPLOT`] go before it.
pub const CHART: &str = include_str!("chart.js");
/// The style of the charts.
pub const CHART_STYLE: &str = concat!(include_str!("vendor/uPlot.min.css"), include_str!("chart.css"));
/// uPlot 1.6.32, unchanged; its licence is beside it.
pub const UPLOT: &str = include_str!("vendor/uPlot.iife.min.js");

/// Search, copying and marking on the page.
const REPORT_SCRIPT: &str = include_str!("report.js");

/// The content of the page. Text is escaped; figures are SVG, inserted as they are.
///
/// ```
/// use fenchel_lecture::page::{ReportPage, Section};
/// let page = ReportPage {
///     title: "A report".into(),
///     lead: "Two numbers agree.".into(),
///     chapters: vec![Section { id: "a".into(), title: "Sums < products".into(), ..Section::default() }],
///     about: vec![("seed".into(), "0".into())],
///     ..ReportPage::default()
/// };
/// let html = page.html()?;
/// assert!(html.contains("Sums &#60; products") && !html.contains("http://"));
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ReportPage {
    /// The heading.
    pub title: String,
    /// A paragraph under it.
    pub lead: String,
    /// The chapters, in order.
    pub chapters: Vec<Section>,
    /// The sources that claims cite, by name.
    pub sources: Vec<(String, String)>,
    /// How the report was made, as names and values: version, seed, seconds.
    pub about: Vec<(String, String)>,
    /// Whether the tables stand as files beside the page, named as [`tables`](Self::tables) names them.
    pub beside: bool,
}

/// A chapter.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Section {
    /// A short name for links, unique on the page.
    pub id: String,
    /// The heading.
    pub title: String,
    /// A paragraph under it; may be empty.
    pub intro: String,
    /// The text in Markdown with TeX, which places figures, tables, notes and things to play with; may be empty. A line
    /// `::figure ID` stands for a figure, `::play ID` for a thing to play with, `::table N` for the Nth table, and
    /// `::note ID` for what the source of a claim had wrong.
    pub text: String,
    /// The command that makes the section again; may be empty.
    pub command: String,
    /// Claims, shown as a table that folds.
    pub claims: Vec<ClaimRow>,
    /// Other tables, scores for example.
    pub tables: Vec<TableItem>,
    /// Figures.
    pub figures: Vec<FigureItem>,
    /// Things to play with.
    pub plays: Vec<PlayItem>,
}

/// A claim, its numbers already as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ClaimRow {
    /// Unique on the page.
    pub id: String,
    /// The statement as it should read.
    pub statement: String,
    /// Where it was said.
    pub source: String,
    /// What was wrong there.
    pub correction: Option<String>,
    /// What theory says.
    pub expected: String,
    /// What was computed.
    pub measured: String,
    /// How far apart the two are.
    pub error: String,
    /// How far apart they may be.
    pub tolerance: String,
    /// Whether the claim holds.
    pub holds: bool,
    /// Whether it is true by the way it is computed.
    pub identity: bool,
    /// Id of the [`FigureItem`] that shows it.
    pub figure: Option<String>,
    /// The line that computes it, and the file that shows this line, from the folder of the page.
    pub code: Option<(String, String)>,
}

impl ReportPage {
    /// The page as one HTML file: style, figures and scripts in it, nothing fetched.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] if a row of a table is not as long as its heading; [`Error::UnknownName`] if a text places
    /// what its section does not have.
    pub fn html(&self) -> Result<String> {
        for table in self.chapters.iter().flat_map(|chapter| &chapter.tables) {
            if let Some((i, row)) = table.rows.iter().enumerate().find(|(_, row)| row.len() != table.columns.len()) {
                return Err(Error::size_mismatch(
                    (format!("heading of table `{}`", table.caption), table.columns.len()),
                    (format!("row {i}"), row.len()),
                    "columns",
                ));
            }
        }
        let told = self.chapters.iter().map(|chapter| Ok((chapter, pieces(chapter)?))).collect::<Result<Vec<_>>>()?;
        Ok(Page { page: self, told }.render().expect("writing to memory"))
    }

    /// Every table of the page with a name for its files, claims included.
    #[must_use]
    pub fn tables(&self) -> Vec<(String, TableItem)> {
        let of = |chapter: &Section| {
            let claims = (!chapter.claims.is_empty()).then(|| (chapter.claims_name(), chapter.claims_table()));
            let others = chapter.tables.iter().enumerate().map(|(k, table)| (chapter.table_name(k), table.clone()));
            claims.into_iter().chain(others).collect::<Vec<_>>()
        };
        self.chapters.iter().flat_map(of).collect()
    }

    fn claims(&self) -> impl Iterator<Item = &ClaimRow> {
        self.chapters.iter().flat_map(|chapter| &chapter.claims)
    }

    fn failed(&self) -> Vec<&ClaimRow> {
        self.claims().filter(|claim| !claim.holds).collect()
    }

    fn has_plays(&self) -> bool {
        self.chapters.iter().any(|chapter| !chapter.plays.is_empty())
    }

    /// A citation with its links.
    fn linked(&self, text: &str) -> String {
        cited::linked(text, &self.sources)
    }
}

impl Section {
    fn held(&self) -> usize {
        self.claims.iter().filter(|claim| claim.holds).count()
    }

    fn table_name(&self, k: usize) -> String {
        format!("{}-{}", anchor(&self.id), k + 1)
    }

    fn claims_name(&self) -> String {
        format!("{}-claims", anchor(&self.id))
    }

    /// The claims as a table for other programs.
    fn claims_table(&self) -> TableItem {
        let columns = ["claim", "statement", "source", "expected", "measured", "error", "allowed", "holds"];
        let row = |claim: &ClaimRow| {
            let holds = if claim.holds { "yes" } else { "no" };
            let cells = [&claim.id, &claim.statement, &claim.source, &claim.expected, &claim.measured];
            let others = [&claim.error, &claim.tolerance].into_iter().map(|cell| cell.replace('\u{2011}', "-"));
            let cells = cells.into_iter().map(|cell| cell.replace('\u{2011}', "-"));
            cells.chain(others).chain([holds.to_owned()]).collect()
        };
        TableItem {
            caption: format!("Claims of “{}”", self.title),
            columns: columns.map(str::to_owned).to_vec(),
            rows: self.claims.iter().map(row).collect(),
            typeset: false,
        }
    }
}

/// A name that can stand in an `id` and in a link.
fn anchor(name: &str) -> String {
    name.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '-' }).collect()
}

#[derive(Template)]
#[template(path = "report.html", config = "askama.toml")]
struct Page<'a> {
    page: &'a ReportPage,
    told: Vec<(&'a Section, Vec<Piece<'a>>)>,
}
