//! Tables that are larger than the memory they may take: their files are read twice, block by block. The first time their columns are
//! seen, and the second time their rows are points, in units and categories that are then known.

use super::Score;
use super::card::Asked;
use super::columns::Compared;
use super::samples::{Gone, with_advice};
use super::streamed::{FIRST, OF_COLUMN, ROWS, Scores, Seen, Watch, median_distance, names};
use crate::input::{self, File};
use crate::output::{Answer, Output};
use anyhow::{Result, bail};
use fenchel::io::Cells;
use fenchel::measure::{Empirical, Frame};
use fenchel::score::running::{Running, RunningPair, Sample, Setting};
use fenchel::score::table::{Associations, DrawnRows, Encoding, RunningTable};
use ndarray::s;

/// Cells and rows that associations are computed of.
const CELLS: usize = 4_000_000;
const DRAWN: std::ops::RangeInclusive<usize> = 200..=20_000;

/// The columns of one file, once all of its rows were seen.
struct Known {
    table: RunningTable,
    /// Some of the rows, where associations were asked for.
    drawn: Option<DrawnRows>,
    gone: Gone,
}

/// How the rows of a table become points.
struct Points {
    encoding: Encoding,
    /// What the columns hold.
    model: Frame,
    /// The columns in which missing is a category.
    marked: Vec<usize>,
}

impl Points {
    fn of(&self, mut part: Frame) -> fenchel::Result<Empirical> {
        part.mark_missing_at(&self.marked);
        self.encoding.apply(&part)
    }

    /// A state without rows, for points like those of the first rows.
    fn empty(&self, first: Option<Frame>, seed: u64) -> Result<Sample> {
        let mut setting = Setting { seed, ..Setting::default() };
        if let Some(first) = first {
            let points = self.of(first)?;
            setting.bandwidth = median_distance(points.points().slice(s![..points.len().min(FIRST), ..]));
        }
        let names: Vec<String> = (1..=self.encoding.dimension()).map(|j| j.to_string()).collect();
        Ok(Sample::new(&names.iter().map(String::as_str).collect::<Vec<_>>(), setting)?)
    }
}

/// What is shown of two tables, in words.
fn shown(scores: &Scores, compared: &Compared) -> String {
    let parts = [
        (!compared.columns.is_empty()).then_some("each column by itself"),
        compared.associations.is_some().then_some("associations in rows drawn at random"),
    ];
    let all: Vec<&str> = scores.iter().map(|(name, _)| name.as_str()).chain(parts.into_iter().flatten()).collect();
    if all.is_empty() { "no scores".to_owned() } else { all.join(", ") }
}

impl Score {
    /// The scores of two tables, and of each of their columns.
    pub fn streamed_table(&self, seed: u64, output: &Output, watch: &Watch) -> Result<Answer> {
        let files = [&self.real, &self.generated[0]];
        let mut blocks = [input::cell_blocks(files[0], ROWS)?, input::cell_blocks(files[1], ROWS)?];
        blocks.iter().for_each(|blocks| input::say_notes(blocks.notes()));
        names(blocks.each_ref().map(|blocks| (blocks.columns(), blocks.width())), files)?;
        let mut firsts = Vec::new();
        for (blocks, file) in blocks.iter_mut().zip(files) {
            let Some(first) = blocks.next().transpose()? else { bail!("{file}: there are no rows") };
            firsts.push(first);
        }
        // what a column holds is decided from the first rows of both
        let model = fenchel::io::frames(&firsts, &self.columns.categories)
            .map_err(|error| with_advice(error.into()))?
            .remove(0);
        let first_rows = self.columns.part(&firsts[0], &model, &mut Gone::new(model.columns().len()))?;
        let progress = output.progress(0);
        progress.set_message(format!("reading {} and {}", files[0], files[1]));
        let [first_real, first_generated] = [firsts.remove(0), firsts.remove(0)];
        let [real_blocks, generated_blocks] = blocks;
        let see = |first, blocks, k: usize| {
            self.known(&model, seed.wrapping_add(k as u64), std::iter::once(Ok(first)).chain(blocks), (files[k], watch))
        };
        let (real, made) =
            rayon::join(|| see(first_real, real_blocks, 0), || see(first_generated, generated_blocks, 1));
        let mut known = [real?, made?];
        known.iter().zip(files).for_each(|(known, file)| known.gone.say(file));
        let mut tables = known.each_ref().map(|known| known.table.clone());
        if let Some((few, file)) = tables.iter().zip(files).find(|(table, _)| table.rows() < 2) {
            bail!("{file}: {} rows in which nothing is missing; two at least are needed", few.rows());
        }
        let marked = if self.columns.marks_missing() { RunningTable::mark_missing(&mut tables) } else { Vec::new() };
        let mut columns = tables[0].columns(&tables[1], self.card.relabellings(seed))?;
        for (k, column) in columns.iter_mut().enumerate() {
            let cells = known.each_ref().map(|known| known.gone.cells(k));
            if let [Some(real), Some(generated)] = cells {
                column.count_missing(real, generated);
            }
        }
        let associations = self.of_drawn(known.each_mut().map(|known| known.drawn.take()), &marked, seed)?;
        let metrics = self.card.metrics()?;
        if metrics.is_some() && !self.card.tables().contains(&Asked::Columns) {
            columns.clear();
        }
        let compared = Compared { names: tables[0].names().to_vec(), columns, associations };

        progress.set_message(format!("reading {} and {} again", files[0], files[1]));
        let points = Points { encoding: tables[0].encoding(&tables[1])?, model, marked };
        let mut pair = None;
        let asks_rows = metrics.as_ref().is_none_or(|metrics| !metrics.is_empty());
        if asks_rows && !watch.is_stopped() {
            let empty = points.empty(first_rows, seed)?;
            let again = |file| self.again(&points, empty.clone(), file, watch);
            let (real, made) = rayon::join(|| again(files[0]), || again(files[1]));
            pair = Some(RunningPair::of(real?, made?)?);
        }
        progress.finish_and_clear();
        let mut found = self.asked_of(pair.as_ref().map_or_else(Vec::new, RunningPair::finish_each))?;
        // what the coordinates of categories score by themselves is nothing that anyone asked for
        found.retain(|(name, _)| !name.contains(OF_COLUMN));
        let ([n, m], d) = (tables.each_ref().map(RunningTable::rows), tables[0].names().len());
        let encoding = points.encoding.to_string();
        let shown = shown(&found, &compared);
        let head =
            format!("{n} real and {m} generated rows of {d} columns, read block by block, for {shown}\n{encoding}\n");
        let seen = Seen { head, sizes: (n, m, d), found, compared: Some(&compared), encoding: Some(encoding) };
        Ok(self.answer_of(&seen, seed, watch, output))
    }

    /// How the columns hang together in the rows that were drawn, where that was asked for.
    fn of_drawn(
        &self,
        drawn: [Option<DrawnRows>; 2],
        marked: &[usize],
        seed: u64,
    ) -> Result<Option<fenchel::Result<Associations>>> {
        let [Some(real), Some(made)] = drawn else { return Ok(None) };
        let mut tables = [real.table()?, made.table()?];
        tables.iter_mut().for_each(|table| table.mark_missing_at(marked));
        Ok(Some(Compared::associations_of(&tables[0], &tables[1], self.card.relabellings(seed))))
    }

    /// The columns of a file.
    fn known(
        &self,
        model: &Frame,
        seed: u64,
        blocks: impl Iterator<Item = fenchel::Result<Cells>>,
        (file, watch): (&File, &Watch),
    ) -> Result<Known> {
        let rows = (CELLS / model.columns().len()).clamp(*DRAWN.start(), *DRAWN.end());
        let asked = self.card.tables().contains(&Asked::Associations);
        let mut drawn = asked.then(|| DrawnRows::like(model, rows, seed));
        let (mut table, mut gone) = (RunningTable::like(model)?, Gone::new(model.columns().len()));
        watch.each(blocks, |cells| {
            let Some(part) = self.columns.part(&cells, model, &mut gone)? else { return Ok(()) };
            if let Some(drawn) = &mut drawn {
                drawn.push(&part);
            }
            Ok(table.push(&part).map_err(|error| error.context(file.to_string()))?)
        })?;
        Ok(Known { table, drawn, gone })
    }

    /// The rows of a file as points.
    fn again(&self, points: &Points, mut sample: Sample, file: &File, watch: &Watch) -> Result<Sample> {
        let mut counted = Gone::new(points.model.columns().len());
        watch.each(input::cell_blocks(file, ROWS)?, |cells| {
            let Some(part) = self.columns.part(&cells, &points.model, &mut counted)? else { return Ok(()) };
            let rows = points.of(part).map_err(|error| error.context(file.to_string()))?;
            Ok(sample.push(rows.points())?)
        })?;
        Ok(sample)
    }
}
