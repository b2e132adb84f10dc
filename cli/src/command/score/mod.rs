//! `fenchel score`: generated samples against real ones.

mod ahead;
mod card;
mod columns;
mod moments;
mod page;
mod samples;
mod streamed;
mod streamed_table;
pub mod table;

use crate::input::File;
use crate::output::{Answer, EstimateJson, Output};
use crate::warning::{Warned, warn};
use crate::{input, interrupt, places, provenance};
use ahead::Ahead;
use anyhow::{Result, bail};
use card::{Asked, Card};
use clap::Args;
use columns::{ColumnJson, Compared, PairJson};
use fenchel::Error;
use fenchel::certificate::Estimate;
use fenchel::measure::Empirical;
use fenchel::record::Folder;
use fenchel::record::json;
use fenchel::score::{Metric, Pair, Scorecard};
use page::Content;
use provenance::{Provenance, Source};
use samples::{Columns, Samples};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Scores generated samples against real ones, each score with its uncertainty and a baseline
///
/// The baseline is what equal laws score at the same sizes, bias included: what a perfect generator would get. Intervals, at 90 %, are for the
/// value of the laws, so they need not hold the value of the samples. With several generators the answer is one table with ranks.
#[derive(Args)]
#[command(after_help = AFTER_HELP)]
pub struct Score {
    /// File with real samples, one a row; keep them apart from those that were trained on
    real: File,
    /// Files with generated samples, one a generator
    #[arg(required = true)]
    generated: Vec<File>,
    /// The samples that were trained on, for the scores of memorisation: authenticity, copies, dcr, ct and fld
    #[arg(long, value_name = "FILE")]
    train: Option<File>,
    /// Standardise every column by the real samples first, so that columns in different units count alike
    #[arg(long)]
    scale: bool,
    #[command(flatten)]
    card: Card,
    #[command(flatten)]
    columns: Columns,
    /// Start no score after so many seconds, and print those that are done
    #[arg(long, value_name = "SECONDS", value_parser = crate::solving::seconds)]
    time_limit: Option<Duration>,
    /// Bytes that the files may have to be read whole: digits, with K, M, G or T. Larger ones are read in blocks, for the scores that need
    /// no more [default: half of the memory that is free]
    #[arg(long, value_name = "SIZE", value_parser = input::bytes)]
    memory: Option<u64>,
    /// The rows are pictures of this height and width; the page shows some, each with the real one nearest to it
    #[arg(long, value_name = "HxW", value_parser = image)]
    image: Option<(usize, usize)>,
    /// Also write index.html, scores.json, scores.csv, scores.md, scores.tex (booktabs), and of tables columns.csv and associations.csv into this
    /// folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

const AFTER_HELP: &str = "\
Examples:
  fenchel score real.npy generated.npy
  fenchel score test.csv generated.csv --metrics frechet,energy
  fenchel score test.csv generated.csv --columns 1,2 --metrics prdc
  fenchel score test.csv generated.csv --scale   columns in different units
  fenchel score real.csv synthetic.csv --metrics columns,associations   tables, by column
  fenchel score real.csv synthetic.csv --categories 2 --missing drop   codes, and holes
  fenchel score test.npy small.npy large.npy tuned.npy   which generator is best?
  fenchel score test.npy generated.npy --train train.npy --metrics copies,dcr,ct,fld   does it copy?
  fenchel score real.npy fake.npz:samples --k 3 --permutations 2000 --seed 7
  fenchel score real.npy fake.npy --metrics kid,precision --compat torch-fidelity --seed 2020
  fenchel score real.npy fake.npy --metrics mmd_agg,c2st,c2st_auc   can anything tell them apart?
  fenchel score real.npy fake.npy --metrics mmd --bandwidth 0.5,1,2   a mixture of Gaussian kernels
  fenchel score real.npy fake.npy --metrics vendi --vendi-kernel gaussian --q 2
  fenchel score digits.npy drawn.npy --image 28x28 --metrics frechet,prdc --out page
  fenchel score real.npy fake.npy --memory 100M   larger files are streamed
  fenchel score real.csv synthetic.csv --missing drop --memory 1G   and so are tables
  fenchel score real/ generated/ --memory 2G   folders of parts, each one sample
  fenchel score real.npy fake.npy --out scores --json | jq '.results[].value'

How to read it: compare `value` with `baseline ± spread`, not with zero, and look at the p-value (the chance of so bad a \
score if the two laws were the same; never zero). Both come from relabelled samples: the pooled rows, divided at random into two samples of \
the same sizes. frechet sees means and covariances only; precision and density \
see quality, recall and coverage see variety, and vendi counts it (baseline: that of the real samples). mmd_agg is the test to begin with: \
it looks at all scales at once. The p-values of copies, dcr and ct, which need --train, are for copying.

Tables: a column with words is one of categories; what was decided is printed, and --categories decides otherwise. Missing cells (an empty field, NA, NaN, \
null) are an error unless --missing says what becomes of them. Every column has ks (numbers) or tv (categories), W1 in its unit and in standard deviations, \
JSD, a p-value corrected for the number of columns (Holm), and its missing share; categories that are new or lost are listed. Associations (Pearson and Spearman, \
correlation ratio, Cramer's V) are compared pair by pair, with p-values corrected for all pairs. This is done where files have names for at most 64 columns or columns with words, and \
where it is asked for: --metrics columns,associations. For the scores of whole rows numbers are then standardised, and two categories are at distance 1.

Several generators are ranked by value, score by score: (1) is the best, and (2=) is second but not farther from the best than the error of \
their difference.

Files larger than --memory are read once, in blocks of 8192 rows, and never held: frechet, mmd (by 256 random frequencies), sliced_w2 (50 directions), \
KS, W1 and JSD of each column by quantile sketches, and counts of copies. What a sketch forgets is bounded and part of the interval; there are no \
baselines. Columns are then not reordered. Tables with words, --categories or --missing are read twice: the first time for their columns, whose categories and \
missing cells are counted exactly, and the second time for their rows. What a column holds is decided from the first 8192 rows. Associations, where they are asked for, are those of at most \
20,000 rows of either table, drawn at random. Other scores that are asked for by name are refused.

What takes long is said before it is computed, with the scores that take most of it. --metrics chooses scores; --no-baseline and fewer --permutations leave out \
repetitions; --time-limit prints what is done by then.

A folder is one sample: its files of one format, one after another in the order of their names, without those that begin with a dot or an underscore. \
Their columns must be the same. --format leaves out files of other formats. Streamed, a folder takes the bandwidth of mmd from its first file.

Columns are matched by name where both files have names. What is odd about the samples (too few rows, columns in different units, \
copies) is a warning. A score that cannot be computed is left out with its reason, and the others are printed: the exit status is 1 where it \
was asked for by name. Ctrl-C, too, prints what is done.

--compat changes these and leaves all else as it is: torch-fidelity takes kid as the mean over 100 random subsets of \
1000 rows (--kid-subsets), drawn as it draws them with this --seed (its own is 2020), and precision and recall with k = 3 and closed balls; clean-fid the \
same kid, drawn as after numpy.random.seed; scipy the root of energy; vendi-score all generated rows for vendi; pytorch-fid and prdc agree with ours. \
Files of moments as pytorch-fid keeps them (.npz with mu and sigma) may stand for samples, for frechet alone.";

pub fn image(text: &str) -> std::result::Result<(usize, usize), String> {
    let sides = text.split_once(['x', 'X', '×']);
    let sides = sides.and_then(|(height, width)| Some((height.trim().parse().ok()?, width.trim().parse().ok()?)));
    sides.filter(|(h, w)| *h > 0 && *w > 0).ok_or_else(|| "expected HEIGHTxWIDTH, such as 28x28".to_owned())
}

/// Who makes the folder.
const MAKER: &str = "fenchel score";

#[derive(Serialize)]
struct Json<'a> {
    results: Vec<Row<'a>>,
    /// Every column by itself, where columns were compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    columns: Vec<ColumnJson<'a>>,
    /// Every pair of columns, where they were compared.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    associations: Vec<PairJson<'a>>,
    /// What the rows are for the scores of all columns, where they are no points.
    #[serde(skip_serializing_if = "Option::is_none")]
    encoding: Option<&'a str>,
    #[serde(flatten)]
    provenance: &'a Provenance,
}

impl<'a> Json<'a> {
    /// Scores alone.
    fn of_scores(results: Vec<Row<'a>>, provenance: &'a Provenance) -> Self {
        Self { results, columns: Vec::new(), associations: Vec::new(), encoding: None, provenance }
    }
}

/// A score, or why there is none; of several generators with its file.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(flatten)]
    result: Found<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    generated: Option<&'a str>,
}

impl<'a> Row<'a> {
    /// The mean difference of associations, where they were asked for.
    fn of_associations(compared: &'a Compared, generated: Option<&'a str>) -> Option<Self> {
        let result = match compared.mean()? {
            Ok(mean) => Found::Score(EstimateJson::from(mean)),
            Err(reason) => Found::None { name: "associations", reason },
        };
        Some(Self { result, generated })
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum Found<'a> {
    Score(EstimateJson<'a>),
    None { name: &'a str, reason: String },
}

/// A generator with its scores or the reasons why there are none.
struct Generator {
    file: String,
    found: Vec<(Metric, fenchel::Result<Estimate>)>,
    /// Its columns, where they were compared.
    compared: Option<Compared>,
    /// What is odd about its sample and its scores.
    warnings: Vec<String>,
}

/// The samples, the generators, and their names with the scores that are shown.
type Done<'a> = (&'a Samples, &'a [Generator], &'a [(String, Vec<Estimate>)]);

impl Generator {
    fn scores(&self) -> Vec<Estimate> {
        self.found.iter().filter_map(|(_, score)| score.as_ref().ok()).cloned().collect()
    }

    /// Its name, where there are several.
    fn whose(&self, is_one_of_several: bool) -> Option<&str> {
        is_one_of_several.then_some(&*self.file)
    }

    fn rows(&self, is_one_of_several: bool) -> impl Iterator<Item = Row<'_>> {
        let generated = self.whose(is_one_of_several);
        let of_rows = self.found.iter().map(move |(metric, score)| Row {
            result: match score {
                Ok(score) => Found::Score(EstimateJson::from(score)),
                Err(error) => Found::None { name: metric.name(), reason: error.to_string() },
            },
            generated,
        });
        of_rows.chain(self.compared.as_ref().and_then(|compared| Row::of_associations(compared, generated)))
    }
}

impl Score {
    pub fn run(&self, seed: u64, output: &Output) -> Result<Answer> {
        let start = Instant::now();
        self.out.as_ref().map(|out| Folder::check(out, MAKER)).transpose()?;
        let files: Vec<&File> = [&self.real].into_iter().chain(&self.generated).chain(self.train.as_ref()).collect();
        places::distinct(files.iter().copied(), &[("--out", self.out.as_ref())])?;
        let metrics = self.card.metrics()?;
        if let Some(answer) = self.of_moments(metrics.as_deref(), seed, output)? {
            return Ok(answer);
        }
        if self.is_too_large(&files) {
            return self.streamed(seed, output);
        }
        let card = self.card.scorecard(metrics.as_deref(), seed)?;
        let samples = self.columns.read(&files, self.scale)?;
        self.check_image(&samples.points[0])?;
        let roles = ["real"].into_iter().chain(self.generated.iter().map(|_| "generated")).chain(["train"]);
        let tables = samples.whole.as_ref().unwrap_or(&samples.frames);
        let sources = roles.zip(&files).zip(tables);
        let sources = sources.map(|((role, file), table)| Source::of(role, file, table.rows(), table.columns().len()));
        let provenance = Provenance::new(seed, sources.collect());

        let (mut generators, stopped) = self.all(&card, &samples, start, output)?;
        if !stopped {
            self.compare(&mut generators, &samples, metrics.is_none(), seed)?;
        }
        let shown: Vec<(String, Vec<Estimate>)> = generators.iter().map(|g| (g.file.clone(), g.scores())).collect();
        // an answer without a single score is none
        let errors = || generators.iter().flat_map(|g| &g.found).filter_map(|(_, score)| score.as_ref().err());
        let is_empty = shown.iter().all(|(_, scores)| scores.is_empty()) && generators[0].compared.is_none();
        if let (true, Some(error)) = (is_empty, errors().next_back()) {
            return Err(error.clone().into());
        }
        generators.iter().flat_map(|generator| &generator.warnings).for_each(warn);
        warn_of_sizes(&samples.points[1..=self.generated.len()]);
        let missing = errors().count();
        let mut unfinished = (missing > 0 && metrics.is_some())
            .then(|| format!("{missing} of the scores that were asked for could not be computed"));
        if stopped {
            unfinished = Some("stopped before all scores were done; those printed are complete".to_owned());
        }
        let answer = self.made((&samples, &generators, &shown), seed, &provenance, output);
        Ok(Answer { unfinished: unfinished.or(answer.unfinished), ..answer })
    }

    /// The answer, which is also written where that was asked for.
    fn made(
        &self,
        (samples, generators, shown): Done<'_>,
        seed: u64,
        provenance: &Provenance,
        output: &Output,
    ) -> Answer {
        let several = generators.len() > 1;
        let compared = || generators.iter().filter_map(|g| Some((g.compared.as_ref()?, g.whose(several))));
        let json = Json {
            results: generators.iter().flat_map(|generator| generator.rows(several)).collect(),
            columns: compared().flat_map(|(compared, whose)| compared.columns_json(whose)).collect(),
            associations: compared().flat_map(|(compared, whose)| compared.associations_json(whose)).collect(),
            encoding: samples.encoding.as_deref(),
            provenance,
        };
        let mut text = self.text(samples, shown, output);
        for row in &json.results {
            if let Found::None { name, reason } = &row.result {
                text += &format!("{name}: left out, {reason}\n");
            }
        }
        for (compared, whose) in compared() {
            text += &whose.map(|file| format!("\n{file}\n")).unwrap_or_default();
            text += &compared.text(output);
        }
        let written =
            self.out.as_ref().map_or(Ok(()), |out| self.write(out, (samples, generators, shown), seed, &json));
        if let (Some(out), Ok(())) = (&self.out, &written) {
            text += &format!("\nwritten to {}\n", out.join("index.html").display());
        }
        Answer::new(text, &json).despite(written, "the scores were computed, not kept")
    }

    /// Compares the columns of every generator, where that was asked for, or where all was and they are worth it.
    fn compare(&self, generators: &mut [Generator], samples: &Samples, all: bool, seed: u64) -> Result<()> {
        let mut asked = self.card.tables();
        if asked.is_empty() && all && samples.is_table() {
            asked = vec![Asked::Columns];
            if samples.frames[0].columns().len() > 1 {
                asked.push(Asked::Associations);
            }
        }
        if asked.is_empty() {
            return Ok(());
        }
        for (k, generator) in generators.iter_mut().enumerate() {
            let whole = samples.whole.as_ref().map(|whole| (&whole[0], &whole[k + 1]));
            let pair = (&samples.frames[0], &samples.frames[k + 1]);
            generator.compared = Some(Compared::of(pair, whole, &asked, self.card.relabellings(seed))?);
        }
        Ok(())
    }

    /// The scores of all generators, and whether some are missing for want of time.
    fn all(
        &self,
        card: &Scorecard,
        samples: &Samples,
        start: Instant,
        output: &Output,
    ) -> Result<(Vec<Generator>, bool)> {
        interrupt::listen()?;
        let (real, generated) = (&samples.points[0], &samples.points[1..=self.generated.len()]);
        let train = self.train.as_ref().and(samples.points.last());
        let is_encoded = samples.encoding.is_some();
        // what is wrong with the samples is said when they are scored
        let forecast = |sample| card.forecast(real, sample, train).unwrap_or_default();
        let mut ahead = Ahead::new(generated.iter().flat_map(forecast).collect(), output);
        let mut stopped = false;
        let mut generators = Vec::new();
        for (sample, file) in generated.iter().zip(&self.generated) {
            let on_metric = |metric: Metric| {
                ahead.begin(file, metric);
                stopped |= interrupt::asked() || self.time_limit.is_some_and(|limit| start.elapsed() >= limit);
                if stopped { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            };
            generators.push(self.score(card, (real, sample, train), is_encoded, file, on_metric)?);
        }
        ahead.finish();
        Ok((generators, stopped))
    }

    /// That the rows are pictures of the size that was given.
    fn check_image(&self, real: &Empirical) -> Result<()> {
        match self.image {
            Some((height, width)) if height * width != real.dimension() => bail!(
                "--image {height}x{width}: {} pixels, but the rows of {} have {} numbers",
                height * width,
                self.real,
                real.dimension()
            ),
            _ => Ok(()),
        }
    }

    /// The scores of one generator.
    fn score(
        &self,
        card: &Scorecard,
        (real, sample, train): (&Empirical, &Empirical, Option<&Empirical>),
        is_encoded: bool,
        file: &File,
        on_metric: impl FnMut(Metric) -> ControlFlow<()>,
    ) -> Result<Generator> {
        let train_file = self.train.as_deref().unwrap_or_default();
        let mut files = vec![("real", &*self.real), ("generated", &**file), ("train", train_file)];
        files.retain(|(_, file)| !file.is_empty());
        let about = |error: Error| input::about(error, &files);
        let found = card.score_with(real, sample, train, on_metric).map_err(about)?;
        let several = self.generated.len() > 1;
        let whose = if several { format!("{file}: ") } else { String::new() };
        let pair = Pair::new(real, sample)?;
        // the coordinates of categories have no unit
        let doubts = if is_encoded { pair.doubts_of_rows() } else { pair.doubts() }.into_iter();
        let of_scores = found.iter().filter_map(|(_, score)| score.as_ref().ok());
        let of_scores = of_scores.flat_map(|s| s.warnings.iter().map(move |warning| format!("{}: {warning}", s.name)));
        let left_out: Vec<&str> =
            card.left_out(real, sample, train).map_err(about)?.into_iter().map(Metric::name).collect();
        let left_out = (!left_out.is_empty()).then(|| format!("left out for want of rows: {}", left_out.join(", ")));
        let warnings = doubts.chain(left_out).chain(of_scores);
        let warnings = warnings.map(|warning| format!("{whose}{warning}")).collect();
        let found = found.into_iter().map(|(metric, score)| (metric, score.map_err(about)));
        Ok(Generator { file: file.to_string(), found: found.collect(), compared: None, warnings })
    }

    fn text(&self, samples: &Samples, shown: &[(String, Vec<Estimate>)], output: &Output) -> String {
        let (n, d) = (samples.points[0].len(), samples.points[0].dimension());
        let kinds = samples.kinds();
        if shown.iter().all(|(_, scores)| scores.is_empty()) {
            let sizes: Vec<String> = samples.points[1..].iter().map(|sample| sample.len().to_string()).collect();
            return format!("{n} real and {} generated rows\n{kinds}", sizes.join(", "));
        }
        match shown {
            [(_, scores)] => {
                let m = samples.points[1].len();
                format!("{n} real and {m} generated samples in {d} dimensions\n{kinds}\n")
                    + &table::of_one(scores).render(output)
            }
            several => {
                let sizes = format!("{n} real samples in {d} dimensions, {} generators\n{kinds}\n", several.len());
                let read = "\nvalue ± standard error (rank); = is not farther from the best than the error of the difference\n";
                sizes + &table::of_several(several).render(output) + read
            }
        }
    }

    fn write(
        &self,
        out: &Path,
        (samples, generators, shown): Done<'_>,
        seed: u64,
        json: &Json<'_>,
    ) -> fenchel::Result<()> {
        let folder = Folder::create(out, MAKER)?;
        folder.write("scores.json", json::pretty(&Warned::new(json)).as_bytes())?;
        folder.write("scores.csv", &table::csv(shown))?;
        let compared: Vec<(&str, &Compared)> =
            generators.iter().filter_map(|g| Some((&*g.file, g.compared.as_ref()?))).collect();
        if compared.iter().any(|(_, compared)| !compared.columns.is_empty()) {
            folder.write("columns.csv", &columns::columns_csv(&compared))?;
        }
        if !json.associations.is_empty() {
            folder.write("associations.csv", &columns::associations_csv(&compared))?;
        }
        let mut sheets = table::sheets(shown);
        sheets.extend(compared.iter().flat_map(|(file, compared)| compared.sheets(file)));
        folder.write("scores.md", table::markdown(&sheets).as_bytes())?;
        folder.write("scores.tex", table::latex(&sheets).as_bytes())?;
        let content = Content { real: &self.real, samples, compared: &compared, shown, image: self.image, seed };
        folder.write("index.html", content.page()?.html()?.as_bytes())?;
        folder.finish()
    }
}

/// Values of samples of different sizes have different biases.
fn warn_of_sizes(generated: &[Empirical]) {
    let sizes = || generated.iter().map(Empirical::len);
    if let (Some(least), Some(most)) = (sizes().min(), sizes().max())
        && least != most
    {
        warn(format!(
            "the generators have from {least} to {most} rows: values have a bias that falls with the rows, so ranks favour the larger; compare the intervals"
        ));
    }
}
