//! `fenchel estimate`: divergences of laws that are known through samples.

use crate::input::File;
use crate::output::{Answer, Output, Table, optional, percent, significant};
use crate::{figure, input, places, warning};
use anyhow::{Result, bail};
use clap::Args;
use fenchel::Error;
use fenchel::certificate::Estimate as Found;
use fenchel::divergence::estimate::{
    Binning, Estimator, GaussianPlugIn, HistogramPlugIn, Kde, Knn, LEVEL, Variational,
};
use fenchel::divergence::{FDivergence, Kind};
use fenchel::gan::NetworkBound;
use fenchel::measure::Empirical;
use fenchel::plot::{Axis, Figure, Panel, Series};
use fenchel::record::json::Number;
use fenchel::record::write_atomic;
use serde::Serialize;
use std::f64::consts::LN_2;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::{Duration, Instant};

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
    /// Tell amounts of information in bits (otherwise nats)
    #[arg(long)]
    bits: bool,
    /// Neighbours that knn looks at: it extrapolates from K, 2K and 4K of them [default: 5]
    #[arg(long, value_name = "K", value_parser = count)]
    k: Option<usize>,
    /// Bins of each column for histogram: a number, of equal shares of both samples; `equal:` and a number, of one width;
    /// `fd`, after Freedman and Diaconis [default: as many as the rows allow, after Mann and Wald]
    #[arg(long, value_name = "BINS", value_parser = bins)]
    bins: Option<Binning>,
    /// Stop after so many seconds, with the estimates made by then
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    time_limit: Option<Duration>,
    /// Draw the estimates with their intervals into this file (.svg, .png or .pdf)
    #[arg(long, value_name = "FILE")]
    figure: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel estimate real.npy fake.npy                                  kl and jsd by all estimators
  fenchel estimate real.csv fake.csv --kind jsd --estimator classifier,network
  fenchel estimate a.npy b.npy --kind kl --estimator dv --guaranteed  a bound for all laws and sizes
  fenchel estimate a.csv b.csv --kind hellinger2,renyi:2 --level 0.95 --figure estimates.svg
  fenchel estimate a.csv b.csv --kind kl --estimator knn --k 3 --bits
  fenchel estimate a.csv b.csv --estimator histogram --bins equal:40
  fenchel estimate big.npy other.npy --time-limit 30                  what 30 seconds allow
  fenchel estimate a.npz:x b.npz:x --json | jq '.results[] | {estimator, value, interval}'

Estimators:
  histogram   frequencies of bins, corrected for their bias; in up to 4 dimensions, and for discrete data
  knn         distances to nearest neighbours, in any dimension; laws with a density
  kde         sums of Gaussian kernels; laws with a density (`all` asks it in up to 10 dimensions)
  gaussian    closed form between the Gaussian laws with the samples' means and covariances
  dv          lower bound of Donsker and Varadhan (kl, reverse_kl)
  fgan        lower bound behind the head of f-GAN; for kl that of Nguyen and others (NWJ)
  classifier  lower bound by logistic regression; for jsd (V + ln 4)/2
  network     lower bound by a small network, trained as a classifier
Powers above one (pearson, neyman, renyi:2, ...) have heavy tails: estimates from samples are too low, \
often by far.
dv, fgan and classifier are linear in features: monomials up to degree 2 and 100 random Fourier \
features.
Values lie in their intervals, and intervals in the possible range; an estimate outside of it by more than chance is refused. \
Columns are matched by name where both files have names; those that are constant, or copies of another, in both samples are left out, with \
a warning.
With --time-limit the cheapest are asked first; where some are missing the exit status is 1.
Names of divergences: see `fenchel divergence --help`. Values are in nats but for --bits.";

fn share(text: &str) -> std::result::Result<f64, String> {
    match text.parse() {
        Ok(share) if share > 0.0 && share < 1.0 => Ok(share),
        _ => Err("expected a level of confidence between 0 and 1, for example 0.9".to_owned()),
    }
}

fn count(text: &str) -> std::result::Result<usize, String> {
    text.parse().ok().filter(|&k| k > 0).ok_or_else(|| "expected a whole number, 1 or more".to_owned())
}

fn bins(text: &str) -> std::result::Result<Binning, String> {
    match text.split_once(':') {
        None if text == "fd" => Ok(Binning::FreedmanDiaconis),
        None => count(text).map(Binning::Quantiles),
        Some(("equal", number)) => count(number).map(Binning::Equal),
        Some(_) => Err("expected".to_owned()),
    }
    .map_err(|_| "expected a number of bins, `equal:` and a number, or `fd`".to_owned())
}

fn seconds(text: &str) -> std::result::Result<Duration, String> {
    let parsed = text.parse().ok().and_then(|s| Duration::try_from_secs_f64(s).ok());
    parsed.ok_or_else(|| "expected a number of seconds, zero or more".to_owned())
}

/// What estimators are made with.
struct Settings<'a> {
    seed: u64,
    level: f64,
    /// Whether bounds are to hold for all laws.
    guaranteed: bool,
    k: usize,
    bins: &'a Binning,
}

type Make = fn(&Settings<'_>) -> Box<dyn Estimator + Send>;

/// The estimators in the order of the table, and whether each is a lower bound.
const ESTIMATORS: [(Make, bool); 8] = [
    (|s| Box::new(HistogramPlugIn::new().bins(s.bins.clone()).level(s.level)), false),
    (|s| Box::new(Knn::new().extrapolated(s.k).level(s.level)), false),
    (|s| Box::new(Kde::new().level(s.level)), false),
    (|s| Box::new(GaussianPlugIn::new().level(s.level)), false),
    (|s| Box::new(Variational::donsker_varadhan().seed(s.seed).level(s.level).guaranteed(s.guaranteed)), true),
    (|s| Box::new(Variational::fgan().seed(s.seed).level(s.level).guaranteed(s.guaranteed)), true),
    (|s| Box::new(Variational::classifier().seed(s.seed).level(s.level).guaranteed(s.guaranteed)), true),
    (|s| Box::new(NetworkBound::default().seed(s.seed).level(s.level).guaranteed(s.guaranteed)), true),
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
    unit: &'static str,
    lower_bound: bool,
    n: usize,
    m: usize,
    dimension: usize,
    parameters: &'a str,
    warnings: &'a [String],
}

/// An estimator that `all` asked and that could not answer.
#[derive(Serialize)]
struct Skipped {
    name: String,
    estimator: &'static str,
    why: String,
    /// Whether only the time was missing.
    #[serde(skip)]
    late: bool,
}

/// What one estimator says of one divergence.
struct Row {
    estimator: &'static str,
    is_bound: bool,
    unit: &'static str,
    found: Found,
}

/// The samples, and how long they may be worked on.
struct Work<'a> {
    x: Arc<Empirical>,
    y: Arc<Empirical>,
    seed: u64,
    until: Option<Instant>,
    output: &'a Output,
}

impl Work<'_> {
    /// The estimate, or nothing where the time is over before it is made. The work that is given up ends with the program.
    fn run(&self, estimator: Box<dyn Estimator + Send>, kind: Kind) -> Option<fenchel::Result<Found>> {
        let Some(until) = self.until else { return Some(estimator.estimate(&self.x, &self.y, kind)) };
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return None;
        }
        let (x, y, (send, receive)) = (Arc::clone(&self.x), Arc::clone(&self.y), mpsc::channel());
        // nobody listens any more once the time is over
        thread::spawn(move || drop(send.send(estimator.estimate(&x, &y, kind))));
        receive.recv_timeout(left).ok()
    }
}

impl Estimate {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let kinds = if self.kind.is_empty() {
            vec![Kind::F(FDivergence::Kl), Kind::F(FDivergence::Jsd)]
        } else {
            input::kinds(&self.kind)?
        };
        places::distinct([&self.p, &self.q], &[("--figure", self.figure.as_ref())])?;
        let chosen = self.estimators()?;
        if let Some(path) = &self.figure {
            figure::check(path, "--figure")?;
        }
        let until = self.time_limit.map(|limit| Instant::now() + limit);
        let mut samples = input::several_samples(&[&self.p, &self.q])?.into_iter();
        let (Some(x), Some(y)) = (samples.next(), samples.next()) else { unreachable!("as many samples as files") };

        let work = Work { x: Arc::new(x), y: Arc::new(y), seed, until, output };
        let (x, y) = (&work.x, &work.y);
        let (mut groups, mut skipped) = (Vec::new(), Vec::new());
        for kind in kinds {
            groups.push((kind, self.estimate(kind, &chosen, &work, &mut skipped)?));
        }
        warnings(&groups).into_iter().for_each(warning::warn);
        let late = skipped.iter().filter(|one| one.late).count();
        let unfinished = (late > 0).then(|| format!("the time limit was reached, {late} estimates are missing"));

        let verdicts: Vec<String> =
            groups.iter().flat_map(|(kind, rows)| verdicts(kind, rows, self.level, self.unit(*kind).0)).collect();
        let json = Json {
            results: groups.iter().flat_map(|(_, rows)| rows.iter().map(Row::json)).collect(),
            skipped: &skipped,
            verdicts: &verdicts,
        };
        let columns = if x.dimension() == 1 { "dimension" } else { "dimensions" };
        let unit = if self.bits { "; amounts of information in bits" } else { "" };
        let mut text = format!("{} and {} samples in {} {columns}{unit}\n\n", x.len(), y.len(), x.dimension());
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
        let written = self.figure.as_ref().map_or(Ok(()), |path| {
            write_atomic(path, &figure::bytes(&draw(&groups, (&self.p, &self.q), self.level), path)?)
        });
        if let (Some(path), Ok(())) = (&self.figure, &written) {
            text += &format!("\ndrawn to {}\n", path.display());
        }
        let answer = Answer { unfinished, ..Answer::new(text, &json) };
        Ok(answer.despite(written, "the estimates were made, the figure could not be written"))
    }

    /// Indices into the list of estimators; none for all that can answer.
    fn estimators(&self) -> Result<Option<Vec<usize>>> {
        let named = self.settings(0, LEVEL);
        let names: Vec<&str> = ESTIMATORS.iter().map(|(make, _)| make(&named).name()).collect();
        let chosen = input::chosen(&self.estimator, |name| {
            // for kl the head of f-GAN is the bound that goes by this name too
            let name = if name == "nwj" { "fgan" } else { name };
            names
                .iter()
                .position(|known| *known == name)
                .ok_or_else(|| Error::unknown_name("estimator", name, format!("{}, all", names.join(", "))))
        })?;
        for (given, option, of) in [(self.k.is_some(), "--k", "knn"), (self.bins.is_some(), "--bins", "histogram")] {
            if given && chosen.as_ref().is_some_and(|chosen| chosen.iter().all(|&k| names[k] != of)) {
                bail!("{option} is for the estimator {of}, which --estimator does not name");
            }
        }
        Ok(chosen)
    }

    fn settings(&self, seed: u64, level: f64) -> Settings<'_> {
        let bins = self.bins.as_ref().unwrap_or(&Binning::MannWald);
        Settings { seed, level, guaranteed: self.guaranteed, k: self.k.unwrap_or(5), bins }
    }

    /// What values in nats are divided by, and the unit of the quotient.
    fn unit(&self, kind: Kind) -> (f64, &'static str) {
        match (kind.is_information(), self.bits) {
            (false, _) => (1.0, "1"),
            (true, false) => (1.0, "nats"),
            (true, true) => (LN_2, "bits"),
        }
    }

    fn estimate(
        &self,
        kind: Kind,
        chosen: &Option<Vec<usize>>,
        work: &Work<'_>,
        skipped: &mut Vec<Skipped>,
    ) -> fenchel::Result<Vec<Row>> {
        let dimension = work.x.dimension();
        let plain = self.settings(work.seed, self.level);
        let mut asked = chosen.clone().unwrap_or_else(|| (0..ESTIMATORS.len()).collect());
        if chosen.is_none() || self.kind.is_empty() {
            asked.retain(|&k| ESTIMATORS[k].0(&plain).supports(&kind, dimension));
        }
        let skip =
            |estimator: &'static str, why: String, late: bool| Skipped { name: kind.to_string(), estimator, why, late };
        if chosen.is_none() {
            asked.retain(|&k| {
                let estimator = ESTIMATORS[k].0(&plain);
                let doubt = estimator.doubt(dimension);
                skipped.extend(doubt.iter().map(|doubt| {
                    let name = estimator.name();
                    skip(name, format!("{doubt}; --estimator {name} asks it all the same"), false)
                }));
                doubt.is_none()
            });
        }
        let bounds = asked.iter().filter(|k| ESTIMATORS[**k].1).count();
        // each bound errs with an equal share of the risk, so that they hold together (Bonferroni)
        let together = 1.0 - (1.0 - self.level) / bounds.max(1) as f64;
        let (n, m) = (work.x.len(), work.y.len());
        let forecast = |k: usize| ESTIMATORS[k].0(&plain).forecast(n, m, dimension);
        if work.until.is_some() {
            asked.sort_by(|&a, &b| forecast(a).total_cmp(&forecast(b)));
        }
        let (scale, unit) = self.unit(kind);
        let (mut rows, mut first) = (Vec::new(), None);
        for k in asked {
            let (make, is_bound) = ESTIMATORS[k];
            let level = if is_bound { together } else { self.level };
            let estimator = make(&self.settings(work.seed, level));
            let name = estimator.name();
            work.output.announce(&format!("{kind} by {name}"), forecast(k), "--time-limit bounds it");
            let Some(found) = work.run(estimator, kind) else {
                skipped.push(skip(name, "the time limit was reached".to_owned(), true));
                continue;
            };
            match found.map_err(|error| input::about(error, &[("x", &self.p), ("y", &self.q)])) {
                Ok(found) => rows.push((k, Row { estimator: name, is_bound, unit, found: scaled(found, scale) })),
                Err(error) if chosen.is_some() => return Err(error),
                Err(error) => {
                    skipped.push(skip(name, error.to_string(), false));
                    first.get_or_insert(error);
                }
            }
        }
        rows.sort_by_key(|(k, _)| *k);
        match first {
            Some(error) if rows.is_empty() => Err(error),
            _ => Ok(rows.into_iter().map(|(_, row)| row).collect()),
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
            unit: self.unit,
            lower_bound: self.is_bound,
            n: found.n,
            m: found.m,
            dimension: found.dimension,
            parameters: &found.parameters,
            warnings: &found.warnings,
        }
    }
}

/// An estimate in another unit.
fn scaled(found: Found, scale: f64) -> Found {
    let interval = found.interval.map(|(low, high)| (low / scale, high / scale));
    Found { value: found.value / scale, std_error: found.std_error.map(|s| s / scale), interval, ..found }
}

/// The warnings of all rows, each once, with those whom it concerns.
fn warnings(groups: &[(Kind, Vec<Row>)]) -> Vec<String> {
    let mut said: Vec<(&str, Vec<&str>)> = Vec::new();
    for row in groups.iter().flat_map(|(_, rows)| rows) {
        for warning in &row.found.warnings {
            match said.iter_mut().find(|(known, _)| known == warning) {
                Some((_, of)) if of.contains(&row.estimator) => {}
                Some((_, of)) => of.push(row.estimator),
                None => said.push((warning, vec![row.estimator])),
            }
        }
    }
    said.into_iter().map(|(warning, of)| format!("{}: {warning}", of.join(", "))).collect()
}

/// The value at equal laws: a bound above it excludes that they are.
fn least(kind: &Kind) -> f64 {
    match kind {
        Kind::F(f) => fenchel::divergence::Generator::range(f).0,
        _ => 0.0,
    }
}

/// What follows from the rows of one divergence, and nothing else.
fn verdicts(kind: &Kind, rows: &[Row], level: f64, scale: f64) -> Vec<String> {
    let mut said = Vec::new();
    let share = percent(level);
    let least = least(kind);
    let proven = rows.iter().filter(|row| row.is_bound).filter_map(|row| Some((row.found.interval?.0, row.estimator)));
    let proven = proven.max_by(|a, b| a.0.total_cmp(&b.0));
    match proven {
        // by more than rounding could make of nothing
        Some((bound, by)) if bound > least / scale + 1e-12 => {
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
        let unit =
            rows.first().filter(|row| row.unit != "1").map_or_else(String::new, |row| format!(" ({})", row.unit));
        let names: Vec<&str> = rows.iter().map(|row| row.estimator).collect();
        let mut panel =
            Panel::new(Axis::new(format!("{kind}{unit}")).include(0.0), Axis::categories("", names).reversed())
                .size(300.0, 34.0 * rows.len() as f64 + 24.0);
        let least = |row: &Row| least(kind) / if row.unit == "bits" { LN_2 } else { 1.0 };
        let proves = |row: &Row| row.found.interval.is_some_and(|(low, _)| low > least(row) + 1e-12);
        let sort = |row: &Row| match (row.is_bound, proves(row)) {
            (false, _) => "estimate",
            (true, true) => "lower bound",
            (true, false) => "bound that proves nothing",
        };
        for (style, label) in ["estimate", "lower bound", "bound that proves nothing"].into_iter().enumerate() {
            let is_bound = style > 0;
            let chosen: Vec<(f64, &Found)> = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| sort(row) == label)
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
