//! Scores of samples that are larger than the memory they may take: read block by block, and never held.

use super::card::Asked;
use super::columns::Compared;
use super::{Found, Json, Row, Score};
use crate::input::{self, File};
use crate::output::{Answer, EstimateJson, Output};
use crate::provenance::{Provenance, Source};
use crate::{interrupt, places};
use anyhow::{Result, bail};
use fenchel::certificate::Estimate;
use fenchel::io::Blocks;
use fenchel::score::Metric;
use fenchel::score::running::RunningPair;
use fenchel::score::running::{Running, Sample, Setting};
use ndarray::{Array2, ArrayView2, s};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Rows of a block.
pub const ROWS: usize = 8192;
/// Rows that the bandwidth of the kernel is taken from.
pub const FIRST: usize = 1000;

/// The scores that are streamed.
const SCORES: &str = "frechet, mmd, sliced_w2, and ks, w1 and jsd of each column";

/// The same as metrics, as far as they are of whole rows.
const STREAMED: [Metric; 3] = [Metric::Frechet, Metric::Mmd, Metric::SlicedW2];
/// What stands between the name of a score and that of the column that it is of.
pub const OF_COLUMN: char = ':';

/// Scores by name, or why there is none.
pub type Scores = Vec<(String, fenchel::Result<Estimate>)>;

/// When reading ends early: by a time limit, or because somebody asked.
pub struct Watch {
    limit: Option<(Instant, Duration)>,
    stopped: AtomicBool,
}

impl Watch {
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Ordering::Relaxed)
    }

    /// Takes all blocks of a file, or as many as there is time for.
    pub fn each<T>(
        &self,
        blocks: impl IntoIterator<Item = fenchel::Result<T>>,
        mut take: impl FnMut(T) -> Result<()>,
    ) -> Result<()> {
        for block in blocks {
            take(block?)?;
            if interrupt::asked() || self.limit.is_some_and(|(start, limit)| start.elapsed() >= limit) {
                self.stopped.store(true, Ordering::Relaxed);
                break;
            }
        }
        Ok(())
    }
}

impl Score {
    /// Whether the files hold more than they may take, or than half of the memory that is free.
    pub fn is_too_large(&self, files: &[&File]) -> bool {
        let limit = self.memory.or_else(|| places::free_memory().map(|free| free / 2));
        let size: u64 = files.iter().map(|file| input::size(file)).sum();
        limit.is_some_and(|limit| size > limit)
    }

    /// The scores of one generator, both files read once.
    pub fn streamed(&self, seed: u64, output: &Output) -> Result<Answer> {
        let start = Instant::now();
        let [generated] = &self.generated[..] else {
            bail!("several generators cannot be streamed at once; score them one by one, or allow more --memory");
        };
        if self.scale || self.train.is_some() || self.out.is_some() {
            bail!("--scale, --train and --out need the samples in memory; allow more --memory, or leave them out");
        }
        self.check_asked()?;
        interrupt::listen()?;
        let limit = self.time_limit.map(|limit| (start, limit));
        let watch = Watch { limit, stopped: AtomicBool::new(false) };
        let files = [&self.real, generated];
        let of_pairs = self.card.tables().contains(&Asked::Associations);
        if self.columns.is_asked() || of_pairs || files.iter().any(|file| has_words(file)) {
            return self.streamed_table(seed, output, &watch);
        }
        let mut blocks = [input::blocks(files[0], ROWS)?, input::blocks(files[1], ROWS)?];
        let names = names(blocks.each_ref().map(|blocks| (blocks.columns(), blocks.width())), files)?;
        let firsts = [next(&mut blocks[0])?, next(&mut blocks[1])?];
        let Some(first) = &firsts[0] else { bail!("{}: there are no rows", self.real) };
        let setting = Setting {
            seed,
            bandwidth: median_distance(first.slice(s![..first.nrows().min(FIRST), ..])),
            origin: first.row(0).to_vec(),
            ..Setting::default()
        };
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let empty = Sample::new(&names, setting)?;

        // a text does not say how many rows it has
        let rows = blocks.each_ref().map(Blocks::rows);
        let progress = output.progress(rows[0].zip(rows[1]).map_or(0, |(n, m)| n + m));
        progress.set_message(format!("rows of {} and {generated}", self.real));
        let [first_real, first_generated] = firsts;
        let [real_blocks, generated_blocks] = blocks;
        let read = |blocks: Blocks, first: Option<Array2<f64>>| -> Result<Sample> {
            let mut sample = empty.clone();
            watch.each(first.map(Ok).into_iter().chain(blocks), |rows| {
                progress.inc(rows.nrows() as u64);
                Ok(sample.push(rows.view())?)
            })?;
            Ok(sample)
        };
        let (real, made) = rayon::join(|| read(real_blocks, first_real), || read(generated_blocks, first_generated));
        progress.finish_and_clear();
        let pair = RunningPair::of(real?, made?)?;
        let (n, m, d) = (pair.real.rows(), pair.generated.rows(), pair.real.names().len());
        let seen = Seen {
            head: format!("{n} real and {m} generated samples in {d} dimensions, read once: {SCORES}\n"),
            sizes: (n, m, d),
            found: self.asked_of(pair.finish_each())?,
            compared: None,
            encoding: None,
        };
        Ok(self.answer_of(&seen, seed, &watch, output))
    }

    /// That nothing was asked for by name that needs the samples in memory.
    fn check_asked(&self) -> Result<()> {
        let metrics = self.card.metrics()?.unwrap_or_default();
        let whole: Vec<&str> =
            metrics.iter().filter(|metric| !STREAMED.contains(metric)).map(|metric| metric.name()).collect();
        if whole.is_empty() {
            return Ok(());
        }
        bail!("{} need the samples in memory; allow more --memory, or leave them out of --metrics", whole.join(", "))
    }

    /// Of the scores of rows and of columns those that were asked for; the columns of tables have a table of their own.
    pub fn asked_of(&self, mut found: Scores) -> Result<Scores> {
        let Some(metrics) = self.card.metrics()? else { return Ok(found) };
        let columns = self.card.tables().contains(&Asked::Columns);
        found.retain(|(name, _)| {
            metrics.iter().any(|metric| metric.name() == name) || (columns && name.contains(OF_COLUMN))
        });
        Ok(found)
    }

    /// The answer of what was seen.
    pub fn answer_of(&self, seen: &Seen<'_>, seed: u64, watch: &Watch, output: &Output) -> Answer {
        let (n, m, d) = seen.sizes;
        let sources = [("real", &self.real, n), ("generated", &self.generated[0], m)];
        let sources = sources.map(|(role, file, rows)| Source::of(role, file, rows as usize, d));
        let provenance = Provenance::new(seed, sources.into());
        let rows = seen.found.iter().map(|(name, score)| Row {
            result: match score {
                Ok(score) => Found::Score(EstimateJson::from(score)),
                Err(error) => Found::None { name, reason: error.to_string() },
            },
            generated: None,
        });
        let of_pairs = seen.compared.and_then(|compared| Row::of_associations(compared, None));
        let rows = rows.chain(of_pairs);
        let json = Json {
            columns: seen.compared.map_or_else(Vec::new, |compared| compared.columns_json(None).collect()),
            associations: seen.compared.map_or_else(Vec::new, |compared| compared.associations_json(None)),
            encoding: seen.encoding.as_deref(),
            ..Json::of_scores(rows.collect(), &provenance)
        };
        let scores: Vec<Estimate> = seen.found.iter().filter_map(|(_, score)| score.as_ref().ok()).cloned().collect();
        let mut text = seen.head.clone();
        if !scores.is_empty() {
            text += &format!("\n{}", super::table::of_one(&scores).render(output));
        }
        for (name, score) in &seen.found {
            if let Err(error) = score {
                text += &format!("{name}: left out, {error}\n");
            }
        }
        text += &seen.compared.map_or_else(String::new, |compared| compared.text(output));
        let why = "stopped before all rows were read; the scores are of those that were";
        Answer { unfinished: watch.is_stopped().then(|| why.to_owned()), ..Answer::new(text, &json) }
    }
}

/// What two files have shown that were read block by block.
pub struct Seen<'s> {
    /// What it is, for people.
    pub head: String,
    /// Rows of either file, and their columns.
    pub sizes: (u64, u64, usize),
    pub found: Scores,
    /// The columns of tables.
    pub compared: Option<&'s Compared>,
    /// What the rows of tables are as points.
    pub encoding: Option<String>,
}

/// Whether the first rows of a file are not all numbers.
fn has_words(file: &File) -> bool {
    let first = |file| input::cell_blocks(file, ROWS).ok()?.next()?.ok();
    let kinds = |cells| fenchel::io::frames(&[cells], &[]).ok();
    first(file).and_then(kinds).is_some_and(|frames| frames.iter().any(|frame| !frame.is_points()))
}

fn next(blocks: &mut Blocks) -> Result<Option<Array2<f64>>> {
    Ok(blocks.next().transpose()?)
}

/// The names of the columns; files that are streamed are not reordered.
pub fn names(columns: [(Option<&[String]>, usize); 2], files: [&File; 2]) -> Result<Vec<String>> {
    let [(real, width), (generated, other)] = columns;
    if width != other {
        bail!("{} has {width} columns, and {} has {other}", files[0], files[1]);
    }
    match [real, generated] {
        [Some(real), Some(generated)] if real != generated => bail!(
            "the columns of {} and {} have other names or another order; --columns chooses them by name",
            files[0],
            files[1]
        ),
        [Some(names), _] | [None, Some(names)] => Ok(names.to_vec()),
        [None, None] => Ok((1..=width).map(|j| j.to_string()).collect()),
    }
}

/// The median of the positive distances of neighbouring rows of the file; 1 where all are equal.
pub fn median_distance(rows: ArrayView2<'_, f64>) -> f64 {
    let n = rows.nrows();
    let pairs = (0..n).flat_map(|i| [1, 2, 3, 5, 8].map(|step| (i, (i + step) % n)));
    let mut distances: Vec<f64> = pairs
        .map(|(i, j)| rows.row(i).iter().zip(rows.row(j)).fold(0.0, |length: f64, (a, b)| length.hypot(a - b)))
        .filter(|distance| *distance > 0.0 && distance.is_finite())
        .collect();
    distances.sort_by(f64::total_cmp);
    distances.get(distances.len() / 2).copied().unwrap_or(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    #[test]
    fn the_bandwidth_is_a_distance_of_rows() {
        assert!((median_distance(array![[0.0, 0.0], [3.0, 4.0]].view()) - 5.0).abs() < 1e-12);
        assert!((median_distance(Array2::ones((4, 2)).view()) - 1.0).abs() < 1e-12);
        assert!((median_distance(array![[0.0], [1e-200]].view()) - 1e-200).abs() < 1e-212);
    }
}
