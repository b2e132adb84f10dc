//! The report: chapters of claims, tables and figures on one page without external resources.

use askama::Template;
use fenchel::{Error, Result};

/// The colours and fonts of all pages, light and dark, as custom properties of CSS.
pub const COLOURS: &str = include_str!("colours.css");

/// The content of the page. Text is escaped; figures are SVG, inserted as they are.
///
/// ```
/// use fenchel_lecture::page::{ReportPage, Section};
/// let page = ReportPage {
///     title: "A report".into(),
///     lead: "Two numbers agree.".into(),
///     chapters: vec![Section { id: "a".into(), title: "Sums < products".into(), ..Section::default() }],
///     about: vec![("seed".into(), "0".into())],
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
    /// How the report was made, as names and values: version, seed, seconds.
    pub about: Vec<(String, String)>,
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
    /// Claims, shown as a table.
    pub claims: Vec<ClaimRow>,
    /// Other tables, scores for example.
    pub tables: Vec<TableItem>,
    /// Figures.
    pub figures: Vec<FigureItem>,
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
}

/// A table: the first column names the row, the others are numbers as text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableItem {
    /// What the table shows, with units.
    pub caption: String,
    /// Headings, one a column.
    pub columns: Vec<String>,
    /// Rows, each as long as `columns`.
    pub rows: Vec<Vec<String>>,
}

/// A figure.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FigureItem {
    /// Unique on the page.
    pub id: String,
    /// An SVG document.
    pub svg: String,
    /// What it shows.
    pub caption: String,
}

impl ReportPage {
    /// The page as one HTML file: inline style and figures, no scripts, nothing fetched.
    ///
    /// # Errors
    /// [`Error::SizeMismatch`] if a row of a table is not as long as its heading.
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
        Ok(Page { page: self }.render().expect("writing to memory"))
    }

    fn claims(&self) -> impl Iterator<Item = &ClaimRow> {
        self.chapters.iter().flat_map(|chapter| &chapter.claims)
    }

    fn failed(&self) -> Vec<&ClaimRow> {
        self.claims().filter(|claim| !claim.holds).collect()
    }
}

impl Section {
    fn held(&self) -> usize {
        self.claims.iter().filter(|claim| claim.holds).count()
    }
}

impl FigureItem {
    /// The SVG element without its prologue, its ids made unique on the page, described for those who cannot see it.
    fn inline(&self) -> String {
        let element = self.svg.find("<svg").map_or("", |start| &self.svg[start..]);
        let prefix = anchor(&self.id);
        let unique = element
            .replace(" id=\"", &format!(" id=\"{prefix}-"))
            .replace("url(#", &format!("url(#{prefix}-"))
            .replace("href=\"#", &format!("href=\"#{prefix}-"));
        let label = askama::filters::escape(&self.caption, askama::filters::Html).expect("text is escaped");
        unique.replacen("<svg", &format!("<svg role=\"img\" aria-label=\"{label}\""), 1)
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
}
