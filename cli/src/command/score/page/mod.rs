//! The page of the scores: what they say in words, each beside its baseline, and the samples themselves.

mod columns;
mod figures;
mod words;

use super::columns::{Compared, remarks};
use super::samples::Samples;
use super::table::better;
use crate::output::estimate_cells;
use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::plot::Figure;
use fenchel::score::table::ColumnScores;
use fenchel::score::{Metric, Sees};
use fenchel_lecture::page::{FigureItem, ReportPage, Section, TableItem};

/// What the page is made of.
pub struct Content<'a> {
    /// The file with the real samples.
    pub real: &'a str,
    /// The samples of all files: real ones, then those of the generators.
    pub samples: &'a Samples,
    /// The generators whose columns were compared.
    pub compared: &'a [(&'a str, &'a Compared)],
    /// The generators with their scores.
    pub shown: &'a [(String, Vec<Estimate>)],
    /// Height and width of the pictures that the rows are.
    pub image: Option<(usize, usize)>,
    pub seed: u64,
}

/// The groups of scores: what they see, a name for links, a heading, a sentence.
const GROUPS: [(Sees, &str, &str, &str); 4] = [
    (
        Sees::Distribution,
        "distribution",
        "Distribution",
        "Is the law of the generated samples that of the real ones? Each of these sees other differences.",
    ),
    (Sees::Fidelity, "fidelity", "Fidelity", "Are the generated samples where real ones are?"),
    (Sees::Diversity, "diversity", "Diversity", "Is all of the real law reached?"),
    (Sees::Memorisation, "memorisation", "Memorisation", "Are training samples copied?"),
];

impl Content<'_> {
    /// The page.
    pub fn page(&self) -> Result<ReportPage> {
        let mut chapters: Vec<Section> = GROUPS.iter().filter_map(|group| self.group(group)).collect();
        for (k, (file, compared)) in self.compared.iter().enumerate() {
            chapters.extend(self.columns(k, file, compared));
            chapters.extend(self.associations(k, file, compared));
        }
        let figures = self.samples()?;
        if !figures.is_empty() {
            chapters.push(Section {
                id: "samples".to_owned(),
                title: "The samples".to_owned(),
                figures,
                ..Section::default()
            });
        }
        Ok(ReportPage {
            title: "Scores of generated samples".to_owned(),
            lead: words::summary(self.shown),
            chapters,
            about: self.about(),
            ..ReportPage::default()
        })
    }

    /// The scores that see one thing; none where there are none.
    fn group(&self, (sees, id, title, intro): &(Sees, &str, &str, &str)) -> Option<Section> {
        let columns = ["score", "value", "standard error", "90 % interval", "p-value", "baseline", "n, m", "better"];
        let of_group = |score: &&Estimate| score.name.parse().is_ok_and(|metric: Metric| metric.sees() == *sees);
        let groups: Vec<(&str, Vec<&Estimate>)> =
            self.shown.iter().map(|(file, scores)| (&**file, scores.iter().filter(of_group).collect())).collect();
        if groups.iter().all(|(_, scores)| scores.is_empty()) {
            return None;
        }
        let row = |score: &&Estimate| {
            [vec![score.name.clone()], estimate_cells(score).to_vec(), vec![better(score).to_owned()]].concat()
        };
        let tables = groups.iter().map(|(file, scores)| TableItem {
            caption: format!("{file} against {}", self.real),
            columns: columns.map(str::to_owned).to_vec(),
            rows: scores.iter().map(row).collect(),
            ..TableItem::default()
        });
        let scores = figures::scores(&groups);
        let figure = FigureItem {
            id: format!("scores-{id}"),
            svg: scores.svg().to_owned(),
            seen: scores.description().to_owned(),
            caption: "Each score on an axis of its own: the value of the samples, the interval for the laws, and what equal laws score at \
                      these sizes (mean and standard deviation over relabelled samples)."
                .to_owned(),
            ..FigureItem::default()
        };
        Some(Section {
            id: (*id).to_owned(),
            title: (*title).to_owned(),
            intro: (*intro).to_owned(),
            tables: tables.collect(),
            figures: vec![figure],
            ..Section::default()
        })
    }

    /// Figures of the samples themselves.
    fn samples(&self) -> Result<Vec<FigureItem>> {
        let mut items = Vec::new();
        let real = &self.samples.points[0];
        for (k, ((file, _), generated)) in self.shown.iter().zip(&self.samples.points[1..]).enumerate() {
            let mut add = |id: &str, figure: Figure, caption: String| {
                items.push(item((id, figure, caption), k));
            };
            if real.dimension() > 1 {
                let caption = format!(
                    "{file} and {} on the first two principal components of the real samples, at most {} rows of each.",
                    self.real,
                    figures::MOST_POINTS
                );
                add("components", figures::components(real, generated)?, caption);
            }
            if let Some((height, width)) = self.image {
                let caption = format!(
                    "Rows of {file} ({height} x {width} pixels), and below each the real sample that is nearest to it."
                );
                add("pairs", figures::nearest_pairs(real, generated, width), caption);
            } else if self.compared.is_empty() && real.dimension() <= columns::MOST_COLUMNS {
                for (id, figure, caption) in self.laws(k, file, &[]) {
                    add(id, figure, caption);
                }
            }
        }
        Ok(items)
    }

    /// The laws of the columns of a generator beside the real ones, and their quantiles.
    fn laws(&self, k: usize, file: &str, scores: &[ColumnScores]) -> Vec<(&'static str, Figure, String)> {
        let (real, generated) = (&self.samples.frames[0], &self.samples.frames[k + 1]);
        let places = columns::chosen(real, scores);
        let of = |places: usize| match real.columns().len() {
            all if all > places => format!("{places} of the {all} columns, those that differ most surely"),
            _ => "The columns".to_owned(),
        };
        let caption = format!(
            "{} of {} and of {file}: shares of the rows{}.",
            of(places.len()),
            self.real,
            if scores.is_empty() { "" } else { "; above each its score and corrected p-value" }
        );
        let mut items = vec![("columns", columns::laws(real, generated, scores, &places), caption)];
        if let Some(figure) = columns::quantiles(real, generated, scores, &places) {
            let caption = format!(
                "Quantiles of {file} against those of {}, at most {} columns: on the line where a column agrees.",
                self.real,
                columns::MOST_QUANTILES
            );
            items.push(("quantiles", figure, caption));
        }
        items
    }

    /// The columns of a generator, each by itself.
    fn columns(&self, k: usize, file: &str, compared: &Compared) -> Option<Section> {
        if compared.columns.is_empty() {
            return None;
        }
        let intro = "Each column by itself: ks of numbers and tv of categories are the largest share of rows that would have to change. p-values are corrected for \
                     the number of columns (Holm). W1 is in the unit of the column, and beside it in standard deviations of the real one.";
        let tables = compared.sheets(file).into_iter().take(1);
        Some(Section {
            id: format!("columns-{k}-section"),
            title: format!("The columns of {file}"),
            intro: [vec![intro.to_owned()], remarks(compared)].concat().join(" "),
            tables: tables.map(sheet).collect(),
            figures: self.laws(k, file, &compared.columns).into_iter().map(|figure| item(figure, k)).collect(),
            ..Section::default()
        })
    }

    /// How the columns of a generator hang together.
    fn associations(&self, k: usize, file: &str, compared: &Compared) -> Option<Section> {
        let Some(Ok(found)) = &compared.associations else { return None };
        let figure = columns::associations(found, &compared.names);
        let caption = format!(
            "Sizes of the associations of {} (below the diagonal) and of {file} (above it), and how far they are apart: Pearson's correlation of numbers, correlation \
             ratio of a number by a category, Cramér's V of categories. At most {} columns, those that differ most.",
            self.real,
            columns::MOST_ASSOCIATED
        );
        let tables = compared.sheets(file).into_iter().skip(usize::from(!compared.columns.is_empty()));
        Some(Section {
            id: format!("associations-{k}-section"),
            title: format!("How the columns of {file} hang together"),
            intro: compared.of_associations().map(|summary| format!("In short: {summary}.")).unwrap_or_default(),
            tables: tables.map(sheet).collect(),
            figures: vec![item(("associations", figure, caption), k)],
            ..Section::default()
        })
    }

    /// Files, seed, version, and how each score was obtained.
    fn about(&self) -> Vec<(String, String)> {
        let says = |score: &Estimate| score.name.parse().map_or("", Metric::description);
        let how = self.shown.iter().flat_map(|(file, scores)| {
            let whose = if self.shown.len() > 1 { format!("{file}, ") } else { String::new() };
            scores
                .iter()
                .map(move |score| (format!("{whose}{}", score.name), format!("{}: {}", says(score), score.parameters)))
        });
        let generated = self.shown.iter().map(|(file, _)| ("generated".to_owned(), file.clone()));
        let version = [("seed", self.seed.to_string()), ("fenchel", env!("CARGO_PKG_VERSION").to_owned())];
        [("real".to_owned(), self.real.to_owned())]
            .into_iter()
            .chain(generated)
            .chain(version.map(|(name, value)| (name.to_owned(), value)))
            .chain(self.samples.encoding.iter().map(|encoding| ("encoding".to_owned(), encoding.clone())))
            .chain(how)
            .collect()
    }
}

/// A figure of a generator.
fn item((id, figure, caption): (&str, Figure, String), generator: usize) -> FigureItem {
    FigureItem {
        id: format!("{id}-{generator}"),
        svg: figure.svg().to_owned(),
        seen: figure.description().to_owned(),
        caption,
        ..FigureItem::default()
    }
}

fn sheet((caption, columns, rows): (String, Vec<String>, Vec<Vec<String>>)) -> TableItem {
    TableItem { caption, columns, rows, typeset: false }
}
