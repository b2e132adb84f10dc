//! `fenchel estimate`: divergences of laws that are known through samples.

use crate::failure::Unfinished;
use crate::figure;
use crate::input::{self, File};
use crate::output::{Answer, Output, Table, optional, percent, significant};
use anyhow::{Context, Result};
use clap::Args;
use fenchel::Error;
use fenchel::certificate::Estimate as Found;
use fenchel::divergence::estimate::{Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn, LEVEL, Variational};
use fenchel::divergence::{FDivergence, Kind};
use fenchel::gan::NetworkBound;
use fenchel::measure::Empirical;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::json::Number;
use fenchel::record::write_atomic;
use serde::Serialize;
use std::path::PathBuf;

/// Divergences of two laws that are known through samples, by several estimators, each with its interval
///
/// Estimators err in different ways: plug-in estimates take noise for a difference, and what proves a lower bound may see too
/// little. So ask several. The bounds (dv, fgan, classifier, network) are fitted on one half of the samples and evaluated on the
/// other: whatever they have learnt, what they prove there is true but for the risk that --level leaves, which they share.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Estimate {
    /// File with samples of the first law P, one a row
    p: File,
    /// File with samples of the second law Q
    q: File,
    /// Names of estimators, separated by commas, or `all`
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    estimator: Vec<String>,
    /// Names of divergences, separated by commas, or `all`; a parameter follows a colon [default: those of kl and jsd that
    /// the estimators can answer]
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    kind: Vec<String>,
    /// Nominal coverage of the intervals
    #[arg(long, value_name = "SHARE", default_value_t = LEVEL, value_parser = share)]
    level: f64,
    /// Let the bounds hold for all laws and sample sizes, not by the normal approximation with half a row of the other law: empirical
    /// Bernstein
    #[arg(long)]
    guaranteed: bool,
    /// Draw the estimates with their intervals into this file (.svg or .png)
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel estimate real.npy fake.npy                                  kl and jsd by all estimators
  fenchel estimate real.csv fake.csv --kind jsd --estimator classifier,network
  fenchel estimate a.npy b.npy --kind kl --estimator dv --guaranteed  a bound for all laws and sizes
  fenchel estimate a.csv b.csv --kind hellinger2,renyi:2 --level 0.95 --figure estimates.svg
  fenchel estimate a.npz:x b.npz:x --json | jq '.results[] | {estimator, value, interval}'

Estimators:
  histogram   frequencies of bins, corrected for their bias; few dimensions
  knn         distances to nearest neighbours, in any dimension
  kde         sums of Gaussian kernels
  gaussian    closed form between the Gaussian laws with the samples' means and covariances
  dv          lower bound of Donsker and Varadhan (kl, reverse_kl)
  fgan        lower bound behind the head of f-GAN; for kl that of Nguyen and others (NWJ)
  classifier  lower bound by logistic regression; for jsd (V + ln 4)/2
  network     lower bound by a small network, trained as a classifier
Powers above one (pearson, neyman, renyi:2, ...) have heavy tails: estimates from samples are too low, \
often by far.
dv, fgan and classifier are linear in features: monomials up to degree 2 and 100 random Fourier \
features.
Names of divergences: see `fenchel divergence --help`. Values are in nats.";

fn share(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("expected a level of confidence between 0 and 1, for example 0.9".to_owned()),
    }
}

/// Makes an estimator for a seed and a level; the last argument asks for bounds that hold for all laws.
type Make = fn(u64, f64, bool) -> Box<dyn Estimator>;

/// The estimators in the order of the table, and whether each is a lower bound.
const ESTIMATORS: [(Make, bool); 8] = [
    (|_, level, _| Box::new(HistogramPlugIn::new().level(level)), false),
    (|_, level, _| Box::new(Knn::new().level(level)), false),
    (|_, level, _| Box::new(Kde::new().level(level)), false),
    (|_, level, _| Box::new(GaussianPlugIn::new().level(level)), false),
    (|s, level, g| Box::new(Variational::donsker_varadhan().seed(s).level(level).guaranteed(g)), true),
    (|s, level, g| Box::new(Variational::fgan().seed(s).level(level).guaranteed(g)), true),
    (|s, level, g| Box::new(Variational::classifier().seed(s).level(level).guaranteed(g)), true),
    (|s, level, g| Box::new(NetworkBound::default().seed(s).level(level).guaranteed(g)), true),
];

#[derive(Serialize)]
struct Json<'a> {
    results: Vec<RowJson<'a>>,
    skipped: &'a [Skipped],
    verdicts: &'a [String],
}

#[derive(Serialize)]
struct RowJson<'a> {
    name: &'a str,
    estimator: &'static str,
    value: Number,
    std_error: Option<Number>,
    interval: Option<[Number; 2]>,
    level: f64,
    lower_bound: bool,
    n: usize,
    m: usize,
    dimension: usize,
    parameters: &'a str,
}

/// An estimator that `all` asked and that could not answer.
#[derive(Serialize)]
struct Skipped {
    name: String,
    estimator: &'static str,
    why: String,
}

/// What one estimator says of one divergence.
struct Row {
    estimator: &'static str,
    is_bound: bool,
    found: Found,
}

impl Estimate {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let kinds = if self.kind.is_empty() {
            vec![Kind::F(FDivergence::Kl), Kind::F(FDivergence::Jsd)]
        } else {
            input::kinds(&self.kind)?
        };
        let chosen = self.estimators()?;
        if let Some(path) = &self.figure {
            figure::check(path, "--figure")?;
        }
        let x = input::several_samples(&self.p)?;
        let y = input::several_samples(&self.q)?;
        x.same_dimension(&y, &self.p, &self.q)?;

        let (mut groups, mut skipped) = (Vec::new(), Vec::new());
        let progress = output.progress(0);
        for kind in kinds {
            progress.set_message(kind.to_string());
            groups.push((kind, self.estimate(kind, &chosen, (&x, &y), seed, &mut skipped)?));
        }
        progress.finish_and_clear();

        let verdicts: Vec<String> = groups.iter().flat_map(|(kind, rows)| verdicts(kind, rows, self.level)).collect();
        let json = Json {
            results: groups.iter().flat_map(|(_, rows)| rows.iter().map(Row::json)).collect(),
            skipped: &skipped,
            verdicts: &verdicts,
        };
        let columns = if x.dimension() == 1 { "dimension" } else { "dimensions" };
        let mut text = format!("{} and {} samples in {} {columns}\n\n", x.len(), y.len(), x.dimension());
        text += &self.table(&groups).render(output);
        for one in &skipped {
            text += &format!("{} by {}: not available, {}\n", one.name, one.estimator, one.why);
        }
        if !verdicts.is_empty() {
            text.push('\n');
        }
        for verdict in &verdicts {
            text += &format!("{verdict}\n");
        }
        if let Some(path) = &self.figure {
            let kept = || Unfinished("the estimates were made, the figure could not be written".to_owned());
            let drawn = draw(&groups, (&self.p, &self.q), self.level);
            write_atomic(path, &figure::bytes(&drawn, path)?).with_context(kept)?;
            text += &format!("\ndrawn to {}\n", path.display());
        }
        Ok(Answer::new(text, &json))
    }

    /// Indices into the list of estimators; none for all that can answer.
    fn estimators(&self) -> fenchel::Result<Option<Vec<usize>>> {
        let names: Vec<&str> = ESTIMATORS.iter().map(|(make, _)| make(0, LEVEL, false).name()).collect();
        input::chosen(&self.estimator, |name| {
            // for kl the head of f-GAN is the bound that goes by this name too
            let name = if name == "nwj" { "fgan" } else { name };
            names.iter().position(|known| *known == name).ok_or_else(|| Error::UnknownName {
                what: "estimator",
                found: name.to_owned(),
                expected: format!("{}, all", names.join(", ")),
            })
        })
    }

    fn estimate(
        &self,
        kind: Kind,
        chosen: &Option<Vec<usize>>,
        (x, y): (&Empirical, &Empirical),
        seed: u64,
        skipped: &mut Vec<Skipped>,
    ) -> fenchel::Result<Vec<Row>> {
        let mut asked = chosen.clone().unwrap_or_else(|| (0..ESTIMATORS.len()).collect());
        if chosen.is_none() || self.kind.is_empty() {
            asked.retain(|&k| ESTIMATORS[k].0(seed, self.level, false).supports(&kind, x.dimension()));
        }
        let bounds = asked.iter().filter(|k| ESTIMATORS[**k].1).count();
        // each bound errs with an equal share of the risk, so that they hold together (Bonferroni)
        let together = 1.0 - (1.0 - self.level) / bounds.max(1) as f64;
        let (mut rows, mut first) = (Vec::new(), None);
        for k in asked {
            let (make, is_bound) = ESTIMATORS[k];
            let estimator = make(seed, if is_bound { together } else { self.level }, self.guaranteed);
            let found = estimator.estimate(x, y, kind);
            match found.map_err(|error| input::about(error, &[("x", &self.p), ("y", &self.q)])) {
                Ok(found) => rows.push(Row { estimator: estimator.name(), is_bound, found }),
                Err(error) if chosen.is_some() => return Err(error),
                Err(error) => {
                    skipped.push(Skipped {
                        name: kind.to_string(),
                        estimator: estimator.name(),
                        why: error.to_string(),
                    });
                    first.get_or_insert(error);
                }
            }
        }
        match first {
            Some(error) if rows.is_empty() => Err(error),
            _ => Ok(rows),
        }
    }

    fn table(&self, groups: &[(Kind, Vec<Row>)]) -> Table {
        let interval = format!(">{} % interval", percent(self.level));
        let mut table = Table::new(&["divergence", "estimator", ">value", ">std. error", &interval, "says"]);
        for row in groups.iter().flat_map(|(_, rows)| rows) {
            let shown = row.found.interval.map(|(low, high)| {
                let close = if high.is_finite() { "]" } else { ")" };
                format!("[{}, {}{close}", significant(low, 4), significant(high, 4))
            });
            table.row([
                row.found.name.clone(),
                row.estimator.to_owned(),
                significant(row.found.value, 5),
                optional(row.found.std_error, 2),
                shown.unwrap_or_else(|| "–".to_owned()),
                if row.is_bound { "at least" } else { "about" }.to_owned(),
            ]);
        }
        table
    }
}

impl Row {
    fn json(&self) -> RowJson<'_> {
        let found = &self.found;
        RowJson {
            name: &found.name,
            estimator: self.estimator,
            value: Number(found.value),
            std_error: found.std_error.map(Number),
            interval: found.interval.map(|(low, high)| [Number(low), Number(high)]),
            level: found.level,
            lower_bound: self.is_bound,
            n: found.n,
            m: found.m,
            dimension: found.dimension,
            parameters: &found.parameters,
        }
    }
}

/// What follows from the rows of one divergence, and nothing else.
fn verdicts(kind: &Kind, rows: &[Row], level: f64) -> Vec<String> {
    let mut said = Vec::new();
    let share = percent(level);
    // a bound above the least value of the divergence excludes that the laws are equal
    let least = match kind {
        Kind::F(f) => fenchel::divergence::Generator::range(f).0,
        _ => 0.0,
    };
    let proven = rows.iter().filter(|row| row.is_bound).filter_map(|row| Some((row.found.interval?.0, row.estimator)));
    let proven = proven.max_by(|a, b| a.0.total_cmp(&b.0));
    match proven {
        // by more than rounding could make of nothing
        Some((bound, by)) if bound > least + 1e-12 => {
            let bound = significant(bound, 4);
            said.push(format!("{kind}: the laws differ, {kind} is at least {bound} (confidence {share} %, by {by})"));
        }
        Some(_) => said.push(format!("{kind}: no bound excludes that the laws are equal (confidence {share} %)")),
        None => {}
    }
    let estimates: Vec<(f64, f64, &str)> = rows
        .iter()
        .filter(|row| !row.is_bound)
        .filter_map(|row| row.found.interval.map(|(low, high)| (low, high, row.estimator)))
        .collect();
    if let Some((bound, by)) = proven {
        for (_, high, name) in estimates.iter().filter(|(_, high, _)| *high < bound) {
            let (high, bound) = (significant(*high, 4), significant(bound, 4));
            said.push(format!(
                "{kind}: {name} is too low: its interval ends at {high}, and {by} proves at least {bound}"
            ));
        }
    }
    if estimates.len() > 1 {
        let (low, low_name) =
            estimates.iter().map(|e| (e.0, e.2)).fold((f64::NEG_INFINITY, ""), |a, b| if b.0 > a.0 { b } else { a });
        let (high, high_name) =
            estimates.iter().map(|e| (e.1, e.2)).fold((f64::INFINITY, ""), |a, b| if b.0 < a.0 { b } else { a });
        let (low, high) = (significant(low, 4), significant(high, 4));
        said.push(if estimates.iter().all(|a| estimates.iter().all(|b| a.0 <= b.1)) {
            format!("{kind}: the intervals of the {} estimates have [{low}, {high}] in common", estimates.len())
        } else {
            format!(
                "{kind}: the estimates disagree: {low_name} says at least {low}, {high_name} at most {high}; at least one is biased here"
            )
        });
    }
    said
}

/// A panel for each divergence: a dot and an interval for each estimator.
fn draw(groups: &[(Kind, Vec<Row>)], (p, q): (&str, &str), level: f64) -> Figure {
    let panels = groups.iter().filter(|(_, rows)| !rows.is_empty()).map(|(kind, rows)| {
        let unit = if kind.is_information() { " (nats)" } else { "" };
        let names: Vec<&str> = rows.iter().map(|row| row.estimator).collect();
        let mut panel =
            Panel::new(Axis::new(format!("{kind}{unit}")).include(0.0), Axis::categories("", names).reversed())
                .size(300.0, 34.0 * rows.len() as f64 + 24.0);
        for (is_bound, label, style) in [(false, "estimate", 0), (true, "lower bound", 1)] {
            let chosen: Vec<(f64, &Found)> = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| row.is_bound == is_bound)
                .map(|(k, row)| (k as f64, &row.found))
                .collect();
            let of = |number: &dyn Fn(&Found) -> f64| chosen.iter().map(|(_, f)| number(f)).collect::<Vec<f64>>();
            let at: Vec<f64> = chosen.iter().map(|(k, _)| *k).collect();
            let low = of(&|f| f.interval.map_or(f.value, |i| i.0));
            // a bound goes up to the greatest value there is, which would only squeeze the rest
            let high = of(&|f| if is_bound { f.value } else { f.interval.map_or(f.value, |i| i.1) });
            if !at.is_empty() {
                panel =
                    panel.add(Series::intervals(label, &at, &of(&|f| f.value), &low, &high).horizontal().style(style));
            }
        }
        panel
    });
    let title = format!("{p} against {q}: estimates with {} % intervals", percent(level));
    Figure::grid(title, 2, panels.collect::<Vec<_>>())
}
