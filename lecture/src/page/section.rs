//! A chapter of a page: its text, and what the text speaks of.

use super::figure::FigureItem;
use super::play::PlayItem;
use super::table::TableItem;
use super::typeset::anchor;

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

impl Section {
    /// How many claims hold.
    pub(super) fn held(&self) -> usize {
        self.claims.iter().filter(|claim| claim.holds).count()
    }

    /// The name of the files of a table.
    pub(super) fn table_name(&self, k: usize) -> String {
        format!("{}-{}", anchor(&self.id), k + 1)
    }

    /// The name of the files of the claims.
    pub(super) fn claims_name(&self) -> String {
        format!("{}-claims", anchor(&self.id))
    }

    /// The claims as a table for other programs.
    pub(super) fn claims_table(&self) -> TableItem {
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
