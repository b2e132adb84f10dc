//! The report: chapters of text, figures, claims and tables on one page without external resources.
//!
//! The page has its style, its figures and its scripts in itself and asks for nothing. The colours and the script of the
//! charts are those of all pages of the program.

mod cited;
mod figure;
pub(crate) mod listing;
mod play;
mod section;
mod table;
mod told;
mod typeset;

pub use figure::FigureItem;
pub use play::PlayItem;
pub use section::{ClaimRow, Section};
pub use table::TableItem;

use askama::Template;
use fenchel::{Error, Result};
use told::{Piece, pieces};
use typeset::{anchor, scripts};

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

#[derive(Template)]
#[template(path = "report.html", config = "askama.toml")]
struct Page<'a> {
    page: &'a ReportPage,
    told: Vec<(&'a Section, Vec<Piece<'a>>)>,
}
