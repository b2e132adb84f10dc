//! The page of the scores: what they say in words, each beside its baseline, and the samples themselves.

mod figures;
mod words;

use super::table::better;
use crate::output::estimate_cells;
use fenchel::Result;
use fenchel::certificate::Estimate;
use fenchel::measure::Empirical;
use fenchel::score::{Metric, Sees};
use fenchel_lecture::page::{FigureItem, ReportPage, Section, TableItem};

/// What the page is made of.
pub struct Content<'a> {
    /// The file with the real samples.
    pub real: &'a str,
    /// The samples of all files: real ones, then those of the generators.
    pub samples: &'a [Empirical],
    /// The names of the columns, where the file has them.
    pub columns: Vec<String>,
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
        });
        let figure = FigureItem {
            id: format!("scores-{id}"),
            svg: figures::scores(&groups).svg().to_owned(),
            caption: "Each score on an axis of its own: the value of the samples, the interval for the laws, and what equal laws score at \
                      these sizes (mean and standard deviation over relabelled samples)."
                .to_owned(),
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
        let real = &self.samples[0];
        for (k, ((file, _), generated)) in self.shown.iter().zip(&self.samples[1..]).enumerate() {
            let mut add = |id: &str, figure: fenchel::plot::Figure, caption: String| {
                items.push(FigureItem { id: format!("{id}-{k}"), svg: figure.svg().to_owned(), caption });
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
            } else if real.dimension() <= figures::MOST_COLUMNS {
                let caption = format!("The columns of {} and of {file}: shares of the rows.", self.real);
                add("columns", figures::columns(real, generated, &self.columns), caption);
                let caption =
                    format!("Quantiles of {file} against those of {}: on the line where a column agrees.", self.real);
                add("quantiles", figures::quantiles(real, generated, &self.columns), caption);
            }
        }
        Ok(items)
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
            .chain(how)
            .collect()
    }
}
