//! Files and standard input as laws; errors speak of the file.

use crate::warning::warn;
use crate::{names, places};
use anyhow::{Result, bail};
use clap::builder::{MapValueParser, OsStringValueParser, TypedValueParser, ValueParserFactory};
use fenchel::divergence::Kind;
use fenchel::error::quoted;
use fenchel::io::{Blocks, CellBlocks, Cells, MAX_UNPACKED, Note, Reading, Sheet, Table};
use fenchel::measure::{Empirical, Frame, MASS_TOLERANCE, Pmf};
use fenchel::{Error, numeric::Sum};
use ndarray::{Array2, ArrayView1, Axis};
use std::ffi::OsString;
use std::fmt;
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

/// A file to read, as it was named on the command line, where not all names are UTF-8. It reads as its name in messages.
#[derive(Debug, Clone)]
pub struct File {
    path: PathBuf,
    shown: String,
}

impl From<OsString> for File {
    fn from(name: OsString) -> Self {
        let path = PathBuf::from(name);
        Self { shown: path.display().to_string(), path }
    }
}

impl ValueParserFactory for File {
    type Parser = MapValueParser<OsStringValueParser, fn(OsString) -> Self>;

    fn value_parser() -> Self::Parser {
        OsStringValueParser::new().map(Self::from)
    }
}

impl AsRef<Path> for File {
    fn as_ref(&self) -> &Path {
        &self.path
    }
}

impl Deref for File {
    type Target = str;

    fn deref(&self) -> &str {
        &self.shown
    }
}

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.shown)
    }
}

/// How all files of this process are read: options that every command has.
static READING: OnceLock<Reading> = OnceLock::new();

/// Whether standard input was read, which can be done once.
static STDIN: AtomicBool = AtomicBool::new(false);

/// The columns of samples that were asked for.
static WANTED: OnceLock<Wanted> = OnceLock::new();

/// By name or number.
#[derive(Debug, Clone)]
pub enum Wanted {
    Columns(Vec<String>),
    Drop(Vec<String>),
}

pub fn configure(reading: Reading, wanted: Option<Wanted>) {
    let _ = READING.set(reading);
    if let Some(wanted) = wanted {
        let _ = WANTED.set(wanted);
    }
}

fn reading() -> Reading {
    READING.get().cloned().unwrap_or_default()
}

/// Numbers, one sample a row: of the columns that were asked for.
pub fn table(file: &File) -> Result<Table> {
    read(file, chosen_columns())
}

fn chosen_columns() -> Reading {
    match WANTED.get() {
        Some(Wanted::Columns(columns)) => reading().columns(columns),
        Some(Wanted::Drop(columns)) => reading().drop(columns),
        None => reading(),
    }
}

/// Numbers of which no row or column is a label, as of laws and distances.
pub fn numbers(file: &File) -> Result<Array2<f64>> {
    Ok(read(file, reading().unlabelled())?.values)
}

/// Costs, one row for each source; `inf` is one of them.
pub fn costs(file: &File) -> Result<Array2<f64>> {
    Ok(read(file, reading().unlabelled().infinite())?.values)
}

/// One number for each point or bin.
pub fn vector(file: &File) -> Result<Vec<f64>> {
    Ok(read(file, reading().unlabelled())?.into_vector(file)?)
}

/// The bytes of a file, or of the files of a folder.
pub fn size(file: &File) -> u64 {
    files(file).iter().filter_map(|file| places::size(file)).sum()
}

/// The files that are read of a folder, or the file itself.
pub fn files(file: &File) -> Vec<PathBuf> {
    reading().files(&file.path).unwrap_or_default()
}

/// The rows of a file in blocks of so many, never all at once: of the columns that were asked for.
pub fn blocks(file: &File, rows: usize) -> Result<Blocks> {
    let blocks = chosen_columns().blocks(&file.path, rows)?;
    say_notes(blocks.notes());
    Ok(blocks)
}

/// The same of a file whose cells may be words, and may be missing.
pub fn cell_blocks(file: &File, rows: usize) -> Result<CellBlocks> {
    Ok(chosen_columns().cell_blocks(&file.path, rows)?)
}

fn read(file: &File, reading: Reading) -> Result<Table> {
    let table = open(file, reading)?.numbers()?;
    say_notes(&table.notes);
    Ok(table)
}

/// A file, or standard input, whose cells are not taken for numbers yet.
fn open(file: &File, reading: Reading) -> Result<Sheet> {
    let by_dash = **file == *"-";
    let stream = file.split(':').next().unwrap_or_default();
    let is_stdin = by_dash || ["/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"].contains(&stream);
    if is_stdin && STDIN.swap(true, Ordering::SeqCst) {
        bail!("standard input is named twice, and can be read once; put one of the two into a file");
    }
    Ok(if by_dash { reading.sheet_from(std::io::stdin().lock(), file)? } else { reading.sheet(&file.path)? })
}

pub fn say_notes(notes: &[Note]) {
    for note in notes {
        warn(match note {
            Note::Header(_) => format!("{note}; --header yes or --header no decides"),
            Note::Column(_) => format!("{note}; --columns or --drop decides"),
        });
    }
}

/// A size in bytes: digits, and K, M, G or T for powers of 1024.
pub fn bytes(text: &str) -> std::result::Result<u64, String> {
    let upper = text.trim().to_ascii_uppercase();
    let number = upper.trim_end_matches("IB").trim_end_matches('B');
    let (digits, shift) = match number.char_indices().next_back() {
        Some((at, 'K')) => (&number[..at], 10),
        Some((at, 'M')) => (&number[..at], 20),
        Some((at, 'G')) => (&number[..at], 30),
        Some((at, 'T')) => (&number[..at], 40),
        _ => (number, 0),
    };
    let size = digits.trim().parse::<u64>().ok().and_then(|n| n.checked_mul(1 << shift)).filter(|n| *n > 0);
    size.ok_or_else(|| format!("expected a number of bytes such as {MAX_UNPACKED}, 500M or 4G"))
}

/// A law, one number a bin. Without `normalize` the numbers must sum to one.
pub fn pmf(file: &File, normalize: bool) -> Result<Pmf> {
    law(vector(file)?, file, normalize)
}

fn law(masses: Vec<f64>, file: &File, normalize: bool) -> Result<Pmf> {
    let law = if normalize { Pmf::normalised(masses) } else { Pmf::new(masses) };
    Ok(law.map_err(|error| error.context(file.to_string()))?)
}

/// The laws in two files, one number a bin. Without `normalize` the numbers must sum to one.
pub fn two_pmfs(files: [&File; 2], normalize: bool) -> Result<[Pmf; 2]> {
    let [p, q] = [vector(files[0])?, vector(files[1])?];
    let already = [&p, &q].into_iter().all(|masses| is_one(Sum::of(masses.iter().copied())));
    let laws = [law(p, files[0], normalize)?, law(q, files[1], normalize)?];
    say_if_idle(&files, normalize && already);
    Ok(laws)
}

/// The laws in two tables, one a row. With `normalize` each is divided by its total; otherwise they are left for the library to check.
pub fn two_tables_of_pmfs(files: [&File; 2], normalize: bool) -> Result<[Array2<f64>; 2]> {
    let mut tables = [numbers(files[0])?, numbers(files[1])?];
    if normalize {
        let mut rows = tables.iter().flat_map(|table| table.rows());
        let already = rows.all(|row| is_one(Sum::of(row.iter().copied())));
        for (table, file) in tables.iter_mut().zip(files) {
            for (i, mut row) in table.rows_mut().into_iter().enumerate() {
                let law = Pmf::normalised(row.to_vec()).map_err(|error| error.context(format!("row {i} of {file}")))?;
                row.assign(&ArrayView1::from(law.masses()));
            }
        }
        say_if_idle(&files, already);
    }
    Ok(tables)
}

/// An option that was asked for and changed nothing is a sign that something else was expected.
pub fn say_if_idle(files: &[&File], already: bool) {
    if already {
        let files: Vec<&str> = files.iter().map(|file| &***file).collect();
        warn(format!("--normalize changed nothing: what is in {} sums to one already", files.join(" and ")));
    }
}

/// Whether it is the total of a law.
pub fn is_one(total: f64) -> bool {
    (total - 1.0).abs() <= MASS_TOLERANCE
}

/// Samples of one space, one file each: where two files have names for their columns, the columns are matched by name.
fn samples_with_names(files: &[&File]) -> Result<(Vec<Empirical>, Vec<String>)> {
    laws(files.iter().map(|file| table(file)).collect::<Result<_>>()?, files)
}

/// Tables of numbers as laws, the columns matched by name, and the names.
fn laws(mut tables: Vec<Table>, files: &[&File]) -> Result<(Vec<Empirical>, Vec<String>)> {
    let orders = orders(&tables.iter().map(|table| table.columns.as_deref()).collect::<Vec<_>>(), files)?;
    for (table, order) in tables.iter_mut().zip(orders) {
        if let Some(order) = order {
            table.values = table.values.select(Axis(1), &order);
            table.columns = table.columns.take().map(|names| order.iter().map(|&place| names[place].clone()).collect());
        }
    }
    let names = tables.iter().find_map(|table| table.columns.clone().filter(|names| is_named(names)));
    let laws = tables.into_iter().zip(files);
    let laws = laws.map(|(table, file)| Empirical::new(table.values).map_err(|error| error.context(file.to_string())));
    Ok((laws.collect::<fenchel::Result<_>>()?, names.unwrap_or_default()))
}

/// For each file the order in which its columns are matched by name with those of the first file that has names, where it is another one.
fn orders(names: &[Option<&[String]>], files: &[&File]) -> Result<Vec<Option<Vec<usize>>>> {
    let names: Vec<Option<&[String]>> = names.iter().map(|names| names.filter(|names| is_named(names))).collect();
    // by number there is an order that was asked for
    let by_number = matches!(WANTED.get(), Some(Wanted::Columns(all)) if all.iter().all(|one| is_number(one)));
    let mut orders = vec![None; names.len()];
    if let Some(first) = names.iter().position(Option::is_some).filter(|_| !by_number) {
        for k in first + 1..names.len() {
            orders[k] = matching([names[first], names[k]], [files[first], files[k]])?;
            if orders[k].is_some() {
                warn(format!(
                    "the columns of {} are in another order than those of {}; they were matched by name",
                    files[k], files[first]
                ));
            }
        }
    }
    Ok(orders)
}

/// Files as tables of numbers, or, where not all cells are numbers, of numbers and categories.
pub struct Tables {
    pub frames: Vec<Frame>,
    /// The names of the columns; none where no file has any.
    pub names: Vec<String>,
    /// The cells as they stand in the files, where they are not all numbers.
    cells: Vec<Cells>,
}

impl Tables {
    /// The files; `categories` are columns that are categories whatever is in them.
    pub fn read(files: &[&File], categories: &[String]) -> Result<Self> {
        let sheets = files.iter().map(|file| open(file, chosen_columns())).collect::<Result<Vec<_>>>()?;
        if categories.is_empty()
            && let Ok(tables) = sheets.iter().map(Sheet::numbers).collect::<fenchel::Result<Vec<_>>>()
        {
            tables.iter().for_each(|table| say_notes(&table.notes));
            let (samples, names) = laws(tables, files)?;
            check(&samples, files)?;
            let frames = samples.iter().map(|sample| Frame::of_points(sample, &names)).collect();
            return Ok(Self { frames, names, cells: Vec::new() });
        }
        let mut cells = sheets.iter().map(Sheet::cells).collect::<fenchel::Result<Vec<_>>>()?;
        cells.iter().for_each(|cells| say_notes(cells.notes()));
        let orders = orders(&cells.iter().map(Cells::columns).collect::<Vec<_>>(), files)?;
        cells = cells
            .into_iter()
            .zip(orders)
            .map(|(cells, order)| match order {
                Some(order) => cells.select(&order),
                None => cells,
            })
            .collect();
        let frames = fenchel::io::frames(&cells, categories)?;
        let names = cells.iter().find_map(|cells| cells.columns().filter(|names| is_named(names)));
        Ok(Self { frames, names: names.map(<[String]>::to_vec).unwrap_or_default(), cells })
    }

    /// The error that the first missing cell is one, of the first file that has any.
    pub fn missing(&self) -> Option<Error> {
        let first = self.frames.iter().position(|frame| frame.first_missing().is_some())?;
        let (row, column) = self.frames[first].first_missing()?;
        Some(self.cells.get(first)?.is_missing(row, column))
    }
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Whether columns have names that are more than their numbers.
fn is_named(names: &[String]) -> bool {
    !names.iter().all(|name| is_number(name))
}

/// The order in which the columns of the second file have the names of the first; none where it is that already.
fn matching(names: [Option<&[String]>; 2], files: [&File; 2]) -> Result<Option<Vec<usize>>> {
    let [Some(names), Some(others)] = names else {
        return Ok(None);
    };
    if names == others {
        return Ok(None);
    }
    let only = |mine: &[String], theirs: &[String]| -> Vec<String> {
        mine.iter().filter(|name| !theirs.contains(name)).map(|name| format!("`{}`", quoted(name))).collect()
    };
    let say = |file: &File, names: &[String]| {
        let shown = names.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        (!names.is_empty()).then(|| format!("only {file} has {shown}{more}"))
    };
    let apart: Vec<String> =
        [say(files[0], &only(names, others)), say(files[1], &only(others, names))].into_iter().flatten().collect();
    if !apart.is_empty() {
        bail!(
            "the columns have different names: {}; --columns or --drop chooses those to compare, by name or, to compare them in their \
             order, by number",
            apart.join(", ")
        );
    }
    let place = |name: &String| others.iter().position(|other| other == name);
    let order: Vec<usize> = names.iter().filter_map(place).collect();
    let mut each = order.clone();
    each.sort_unstable();
    each.dedup();
    if each.len() != others.len() || names.len() != others.len() {
        bail!(
            "the columns of {} and {} cannot be matched: a name occurs more than once; --columns chooses by number",
            files[0],
            files[1]
        );
    }
    Ok(Some(order))
}

/// Names of columns shown in a message.
const SHOWN: usize = 20;

/// The same, of two files, of each of which a statistic with an uncertainty can be made; others may follow.
pub fn several_samples(files: &[&File]) -> Result<Vec<Empirical>> {
    let (samples, _) = samples_with_names(files)?;
    check(&samples, files)?;
    Ok(samples)
}

/// That the first two have rows enough for an uncertainty, and all the same columns.
pub fn check(samples: &[Empirical], files: &[&File]) -> Result<()> {
    if let Some((few, file)) = samples.iter().zip(files).take(2).find(|(law, _)| law.len() < 2) {
        return Err(Error::too_few(file.to_string(), few.len(), 2, "rows (samples)").into());
    }
    for (law, file) in samples.iter().zip(files).skip(1) {
        samples[0].same_dimension(law, files[0], file)?;
    }
    Ok(())
}

/// Divergences by name, each once; `all` stands for the whole list.
pub fn kinds(words: &[String]) -> fenchel::Result<Vec<Kind>> {
    let mut kinds: Vec<Kind> = Vec::new();
    for word in words {
        let named = if is_all(word) { Kind::all() } else { vec![names::parse(word, str::parse)?] };
        for kind in named {
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
    }
    Ok(kinds)
}

/// What is meant by names, each once; `None` where `all` is among them. All names must be known.
pub fn chosen<T: PartialEq>(
    words: &[String],
    parse: impl Fn(&str) -> fenchel::Result<T>,
) -> fenchel::Result<Option<Vec<T>>> {
    let mut chosen = Vec::new();
    for word in words.iter().filter(|word| !is_all(word)) {
        let one = names::parse(word, &parse)?;
        if !chosen.contains(&one) {
            chosen.push(one);
        }
    }
    Ok((!words.iter().any(|word| is_all(word))).then_some(chosen))
}

fn is_all(word: &str) -> bool {
    word.trim().eq_ignore_ascii_case("all")
}

/// The error with the files that its arguments came from.
pub fn about(error: Error, files: &[(&str, &str)]) -> Error {
    let named: Vec<String> = files.iter().map(|(argument, file)| format!("{argument} = {file}")).collect();
    error.context(named.join(", "))
}
