//! `fenchel score`: generated samples against real ones.

use crate::input::File;
use crate::output::{Answer, ESTIMATE_HEADINGS, EstimateJson, Output, Table, estimate_cells};
use crate::solving::MAX_REPETITIONS;
use crate::warning::{Warned, warn};
use crate::{input, names, places};
use anyhow::{Result, bail};
use clap::Args;
use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::io;
use fenchel::record::Folder;
use fenchel::record::json;
use fenchel::score::kernel::Kernel;
use fenchel::score::vendi::Similarity;
use fenchel::score::{Better, Compat, Metric, Pair, Scorecard};
use fenchel_lecture::page::{ReportPage, Section, TableItem};
use serde::Serialize;
use std::path::PathBuf;

/// Scores generated samples against real ones, each score with its uncertainty and a baseline
///
/// The baseline is what equal laws score at the same sizes, bias included: what a perfect generator would get. Intervals, at 90 %, are for the
/// value of the laws, so they need not hold the value of the samples.
/// Distances are taken between rows as they are; scale the columns first if their units differ.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Score {
    /// File with real samples, one a row; keep them apart from those that were trained on
    real: File,
    /// File with generated samples
    generated: File,
    /// The samples that were trained on, for `authenticity`
    #[arg(long, value_name = "FILE")]
    train: Option<File>,
    /// Names, separated by commas or blanks, or `all`; names of other programs (fid, prdc, mmd2) are understood
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "all")]
    metrics: Vec<String>,
    /// The neighbour that balls reach to, for precision, recall, density and coverage; also that of kl_knn [default: 5]
    #[arg(long, value_name = "K")]
    k: Option<usize>,
    /// The kernel of mmd: gaussian, laplace, or polynomial:DEGREE:OFFSET (kid is polynomial:3:1) [default: gaussian]
    #[arg(long, value_name = "NAME", value_parser = kernel)]
    kernel: Option<Kernel>,
    /// Bandwidths of that kernel, in the unit of the columns, separated by commas; of several the kernel is the mean
    /// [default: the median distance of the pooled samples]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = bandwidth)]
    bandwidth: Vec<f64>,
    /// The similarity of rows in vendi: cosine, as in its paper, or gaussian, at the median distance of the real sample
    #[arg(long, value_name = "NAME", default_value_t, value_parser = similarity)]
    vendi_kernel: Similarity,
    /// The order of vendi, a positive number or inf: large ones count what is common, small ones what is rare
    #[arg(long, value_name = "ORDER", default_value_t = 1.0, value_parser = order)]
    q: f64,
    /// Follow the conventions of another program: torch-fidelity, clean-fid, prdc, scipy or vendi-score
    #[arg(long, value_name = "NAME")]
    compat: Option<String>,
    /// The most relabellings of a score, which make baselines and p-values; 0 for neither, nor intervals of biased scores
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u64).range(..=MAX_REPETITIONS))]
    permutations: u64,
    /// Leave out the baselines that take as long as the score, several times over, with their p-values and the intervals of biased scores
    #[arg(long)]
    no_baseline: bool,
    /// Also write index.html, scores.json and scores.csv into this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel score real.npy generated.npy
  fenchel score test.csv generated.csv --metrics frechet,energy
  fenchel score test.csv generated.csv --columns 1,2 --metrics prdc
  fenchel score test.npy generated.npy --train train.npy --metrics authenticity   does it copy?
  fenchel score real.npy fake.npz:samples --k 3 --permutations 2000 --seed 7
  fenchel score real.npy fake.npy --metrics kid,precision --compat torch-fidelity
  fenchel score real.npy fake.npy --metrics mmd --bandwidth 0.5,1,2   a mixture of Gaussian kernels
  fenchel score real.npy fake.npy --metrics mmd --kernel laplace
  fenchel score real.npy fake.npy --out scores --json | jq '.results[].value'

How to read it: compare `value` with `baseline ± spread`, not with zero, and look at the p-value (the chance of so bad a \
score if the two laws were the same; never zero). Both come from relabelled samples: the pooled rows, divided at random into two samples of the same sizes. frechet sees means and covariances only; precision and density \
see quality, recall and coverage see variety, and vendi counts it (baseline: that of the real samples).

Columns are matched by name where both files have names. What is odd about the samples (too few rows, columns in different units, \
copies) is a warning. A score that cannot be computed is left out with its reason, and the others are printed: the exit status is 1 where it \
was asked for by name.

--compat changes these and leaves all else as it is: torch-fidelity takes kid as the mean over 100 random subsets of \
1000 rows and precision and recall with k = 3 and closed balls; clean-fid the same kid; scipy the root of energy; \
vendi-score all generated rows for vendi; prdc agrees with ours.";

/// A name, or the names that another program's name for several scores stands for.
fn in_full(word: &str) -> Vec<String> {
    let several: &[&str] = match word.to_lowercase().as_str() {
        "prdc" => &["precision", "recall", "density", "coverage"],
        "mmd2" => &["mmd"],
        _ => return vec![word.to_owned()],
    };
    several.iter().map(|name| (*name).to_owned()).collect()
}

fn kernel(text: &str) -> std::result::Result<Kernel, String> {
    names::parse(text, str::parse).map_err(|error| error.to_string())
}

fn similarity(text: &str) -> std::result::Result<Similarity, String> {
    names::parse(text, str::parse).map_err(|error| error.to_string())
}

fn order(text: &str) -> std::result::Result<f64, String> {
    let order = text.trim().parse().ok().filter(|order: &f64| *order > 0.0);
    order.ok_or_else(|| "expected a positive number, or inf".to_owned())
}

fn bandwidth(text: &str) -> std::result::Result<f64, String> {
    let width = text.trim().parse().ok().filter(|width: &f64| width.is_finite() && *width > 0.0);
    width.ok_or_else(|| "expected positive numbers, in the unit of the columns".to_owned())
}

/// Who makes the folder.
const MAKER: &str = "fenchel score";

#[derive(Serialize)]
struct Json<'a> {
    results: Vec<Row<'a>>,
}

/// A score, or why there is none.
#[derive(Serialize)]
#[serde(untagged)]
enum Row<'a> {
    Score(EstimateJson<'a>),
    None { name: &'static str, reason: String },
}

impl Score {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        self.out.as_ref().map(|out| Folder::check(out, MAKER)).transpose()?;
        let inputs = [Some(&self.real), Some(&self.generated), self.train.as_ref()];
        places::distinct(inputs.into_iter().flatten(), &[("--out", self.out.as_ref())])?;
        let metrics = self.metrics()?;
        let compat: Option<Compat> = self.compat.as_deref().map(|name| names::parse(name, str::parse)).transpose()?;
        let files: Vec<&File> = inputs.into_iter().flatten().collect();
        let mut samples = input::several_samples(&files)?.into_iter();
        let (Some(real), Some(generated), train) = (samples.next(), samples.next(), samples.next()) else {
            unreachable!("as many samples as files")
        };

        let mut card = Scorecard::new().permutations(self.permutations as usize).seed(seed);
        if let Some(k) = self.k {
            card = card.k(k);
        }
        let mut kernel = self.kernel.clone().unwrap_or_default();
        if !self.bandwidth.is_empty() {
            if matches!(kernel, Kernel::Polynomial { .. }) {
                bail!("--bandwidth is for the kernels gaussian and laplace; {kernel} has none");
            }
            kernel = kernel.bandwidths(&self.bandwidth);
        }
        card = card.kernel(kernel).similarity(self.vendi_kernel).order(self.q).baseline(!self.no_baseline);
        if let Some(compat) = compat {
            card = card.compat(compat);
        }
        if let Some(metrics) = &metrics {
            card = card.metrics(metrics);
        }
        let progress = output.progress(0);
        let train_file = self.train.as_deref().unwrap_or_default();
        let mut files = vec![("real", &*self.real), ("generated", &*self.generated), ("train", train_file)];
        files.retain(|(_, file)| !file.is_empty());
        let found = card
            .score_with(&real, &generated, train.as_ref(), |metric| progress.set_message(metric.name()))
            .map_err(|error| input::about(error, &files))?;
        progress.finish_and_clear();
        let about = |error: &Error| input::about(error.clone(), &files);
        let scores: Vec<Estimate> = found.iter().filter_map(|(_, score)| score.as_ref().ok()).cloned().collect();
        // an answer without a single score is none
        if scores.is_empty()
            && let Some(error) = found.iter().rev().find_map(|(_, score)| score.as_ref().err())
        {
            return Err(about(error).into());
        }
        Pair::new(&real, &generated)?.doubts().into_iter().for_each(warn);
        for score in &scores {
            score.warnings.iter().for_each(|warning| warn(format!("{}: {warning}", score.name)));
        }
        let missing = metrics.as_ref().and(Some(found.len() - scores.len())).filter(|missing| *missing > 0);
        let unfinished =
            missing.map(|missing| format!("{missing} of the scores that were asked for could not be computed"));

        let json = Json {
            results: (found.iter())
                .map(|(metric, score)| match score {
                    Ok(score) => Row::Score(EstimateJson::from(score)),
                    Err(error) => Row::None { name: metric.name(), reason: about(error).to_string() },
                })
                .collect(),
        };
        let mut text = format!(
            "{} real and {} generated samples in {} dimensions\n\n",
            real.len(),
            generated.len(),
            real.dimension()
        );
        text += &table(&scores).render(output);
        for row in &json.results {
            if let Row::None { name, reason } = row {
                text += &format!("{name}: left out, {reason}\n");
            }
        }
        let written = self.out.as_ref().map_or(Ok(()), |out| self.write(out, &scores, seed, &json));
        if let (Some(out), Ok(())) = (&self.out, &written) {
            text += &format!("\nwritten to {}\n", out.join("index.html").display());
        }
        let answer = Answer { unfinished, ..Answer::new(text, &json) };
        Ok(answer.despite(written, "the scores were computed, not kept"))
    }

    /// None for all that the samples allow.
    fn metrics(&self) -> fenchel::Result<Option<Vec<Metric>>> {
        let words: Vec<String> =
            self.metrics.iter().flat_map(|list| list.split_whitespace()).flat_map(in_full).collect();
        input::chosen(&words, str::parse)
    }

    fn write(&self, out: &PathBuf, scores: &[Estimate], seed: u64, json: &Json<'_>) -> fenchel::Result<()> {
        let folder = Folder::create(out, MAKER)?;
        folder.write("scores.json", json::pretty(&Warned::new(json)).as_bytes())?;
        let header = [
            "name",
            "value",
            "std_error",
            "low",
            "high",
            "p_value",
            "baseline",
            "baseline_spread",
            "n",
            "m",
            "dimension",
            "parameters",
        ];
        let field = |x: Option<f64>| x.map(|x| format!("{x:?}")).unwrap_or_default();
        let records = scores.iter().map(|score| {
            let (low, high) = score.interval.unzip();
            vec![
                score.name.clone(),
                field(Some(score.value)),
                field(score.std_error),
                field(low),
                field(high),
                field(score.p_value),
                field(score.baseline),
                field(score.baseline_spread),
                score.n.to_string(),
                score.m.to_string(),
                score.dimension.to_string(),
                score.parameters.clone(),
            ]
        });
        folder.write("scores.csv", &io::records_to_csv(&header, records))?;
        folder.write("index.html", self.page(scores, seed).html()?.as_bytes())?;
        folder.finish()
    }

    fn page(&self, scores: &[Estimate], seed: u64) -> ReportPage {
        let columns = ["score", "value", "standard error", "90 % interval", "p-value", "baseline", "n, m"];
        let rows = scores.iter().map(|score| [vec![score.name.clone()], estimate_cells(score).to_vec()].concat());
        let says = |score: &Estimate| score.name.parse().map_or("", Metric::description);
        let how = scores.iter().map(|score| (score.name.clone(), format!("{}: {}", says(score), score.parameters)));
        let files = [("real", Some(&self.real)), ("generated", Some(&self.generated)), ("train", self.train.as_ref())];
        let files = files.into_iter().filter_map(|(role, file)| Some((role.to_owned(), file?.to_string())));
        let version = [("seed", seed.to_string()), ("fenchel", env!("CARGO_PKG_VERSION").to_owned())];
        ReportPage {
            title: "Scores of generated samples".to_owned(),
            lead: "Compare each value with its baseline: what equal laws score at these sizes, with its spread over relabelled samples."
                .to_owned(),
            chapters: vec![Section {
                id: "scores".to_owned(),
                title: "Scores".to_owned(),
                tables: vec![TableItem {
                    caption: format!("{} against {}", self.generated, self.real),
                    columns: columns.map(str::to_owned).to_vec(),
                    rows: rows.collect(),
                }],
                ..Section::default()
            }],
            about: files.chain(version.map(|(name, value)| (name.to_owned(), value))).chain(how).collect(),
        }
    }
}

/// The scores as a table for people.
pub fn table(scores: &[Estimate]) -> Table {
    let headings: Vec<&str> = ["score"].into_iter().chain(ESTIMATE_HEADINGS).chain(["better"]).collect();
    let mut table = Table::new(&headings);
    for score in scores {
        table.row([score.name.clone()].into_iter().chain(estimate_cells(score)).chain([better(score).to_owned()]));
    }
    table
}

fn better(score: &Estimate) -> &'static str {
    match score.name.parse().map(Metric::better) {
        Ok(Better::Lower) => "lower",
        Ok(Better::Higher) => "higher",
        Err(_) => "",
    }
}
