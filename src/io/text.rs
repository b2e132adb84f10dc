//! Numbers in text: comma, semicolon, tab or blanks between them, with or without a header.

use super::columns::{Selection, is_no_name};
use super::field::{Field, hint, is_whole};
use super::fields::Fields;
use super::limits::Room;
use super::{Note, Table, broken};
use crate::error::{Error, Place, Result, quoted};
use ndarray::{Array2, ArrayView2};
use std::cell::Cell;

/// What the reader asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Request<'a> {
    /// Whether the first row is a header; `None` to find out.
    pub header: Option<bool>,
    /// Whether numbers may be labels, of columns or of rows.
    pub labelled: bool,
    /// The columns that are wanted; what is in others need not be numbers.
    pub selection: &'a Selection,
    /// Whether `inf` is a number.
    pub infinite: bool,
    pub room: Room,
    /// What came before, where this is not the beginning of the file.
    pub before: Option<Before>,
}

/// What is known of a file when a later part of it is read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    /// Lines that were read.
    pub lines: u64,
    /// Fields in a row.
    pub width: u64,
    pub delimiter: Option<char>,
}

/// What stands between the fields, by the first line that has any; blanks where there is none.
pub(super) fn delimiter(bytes: &[u8]) -> Option<char> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    text.lines().find(|line| !skipped(line)).and_then(delimiter_of)
}

fn delimiter_of(line: &str) -> Option<char> {
    ['\t', ';', ','].into_iter().find(|&delimiter| line.contains(delimiter))
}

/// Reads the whole of a text file of numbers.
///
/// The delimiter is the first of tab, semicolon and comma that occurs in the first line, else blanks outside double quotes. Empty
/// lines and lines that begin with `#` are skipped.
pub(super) fn parse(bytes: &[u8], file: &str, wanted: Request<'_>) -> Result<Table> {
    Ok(read(bytes, Rows::new(file, wanted, None))?.0)
}

/// The same of a file whose fields need not be numbers: NaN stands in the table for what is none, and all fields are kept.
pub(super) fn parse_words(bytes: &[u8], file: &str, wanted: Request<'_>) -> Result<(Table, Fields)> {
    let (table, fields) = read(bytes, Rows::new(file, wanted, Some(Fields::default())))?;
    Ok((table, fields.unwrap_or_default()))
}

fn read(bytes: &[u8], mut rows: Rows<'_>) -> Result<(Table, Option<Fields>)> {
    let (file, wanted) = (rows.file, rows.wanted);
    let earlier = wanted.before.map_or(0, |before| before.lines);
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = earlier + 1 + newlines(&bytes[..e.valid_up_to()]);
        let why = format!("byte {:#04x} is not UTF-8; expected numbers as text", bytes[e.valid_up_to()]);
        Error::parse(Place { file: file.to_owned(), line: Some(line), column: None }, why)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(first) = text.lines().find(|line| !skipped(line)) else {
        return Err(broken(file, "the file has no rows; expected numbers, one sample a row"));
    };
    let seen = Cell::new((0, 0));
    match wanted.before.map_or_else(|| delimiter_of(first), |before| before.delimiter) {
        Some(delimiter) => {
            let mut reader = csv::ReaderBuilder::new()
                .delimiter(delimiter as u8)
                .has_headers(false)
                .flexible(true)
                .comment(Some(b'#'))
                .trim(csv::Trim::All)
                .from_reader(text.as_bytes());
            let mut record = csv::StringRecord::new();
            while reader.read_record(&mut record).map_err(|e| broken(file, e.to_string()))? {
                if record.iter().all(str::is_empty) && (record.len() == 1 || delimiter == '\t') {
                    continue; // a line of blanks
                }
                let start = record.position().map_or(0, |p| p.byte() as usize);
                rows.push(record.iter(), || earlier + line_of(text, start, &seen))?;
            }
        }
        None => {
            rows.one_name = Some(first.trim().trim_matches('"').to_owned()).filter(|_| wanted.before.is_none());
            for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !skipped(line)) {
                rows.push(words(line), || earlier + number)?;
            }
        }
    }
    rows.finish()
}

/// The fields between blanks; a pair of double quotes holds blanks together.
fn words(line: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = line.trim_start();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let inside = rest.strip_prefix('"').and_then(|inner| inner.split_once('"'));
        let (word, after) = inside
            .filter(|(_, after)| after.is_empty() || after.starts_with(char::is_whitespace))
            .unwrap_or_else(|| rest.split_at(rest.find(char::is_whitespace).unwrap_or(rest.len())));
        rest = after.trim_start();
        Some(word)
    })
}

/// What has been read so far.
struct Rows<'a> {
    file: &'a str,
    wanted: Request<'a>,
    columns: Option<Vec<String>>,
    /// The header as one name, where blanks stand between the fields.
    one_name: Option<String>,
    /// Fields in a row, and the line that said so.
    width: Option<(u64, u64)>,
    /// Whether each column is left out; empty where none is.
    left_out: Vec<bool>,
    /// While the first row, of whole numbers, may have been a header.
    doubt: Option<Doubt>,
    notes: Vec<Note>,
    values: Vec<f64>,
    /// All fields as they stand there, where they need not be numbers.
    fields: Option<Fields>,
}

/// A first row of whole numbers, and what speaks for a header.
struct Doubt {
    line: u64,
    names: Vec<String>,
    /// Of each column, whether a field below it is a whole number, and whether one is none.
    below: Vec<(bool, bool)>,
    /// Whether a row below it is the same, which no header is.
    repeated: bool,
}

/// What such a first row is.
enum First {
    /// A header, for this reason.
    Header(String),
    /// A row, although this speaks for a header.
    Row(Option<String>),
}

impl Doubt {
    fn new(line: u64, names: Vec<String>) -> Self {
        Self { line, below: vec![(false, false); names.len()], names, repeated: false }
    }

    fn see<'f>(&mut self, fields: impl Iterator<Item = &'f str> + Clone) {
        self.repeated |= fields.clone().map(str::trim).eq(self.names.iter().map(String::as_str));
        for (seen, field) in self.below.iter_mut().zip(fields).filter(|(seen, _)| **seen != (true, true)) {
            if is_whole(field) {
                seen.0 = true;
            } else {
                seen.1 = true;
            }
        }
    }

    /// One number is no sequence, and two numbers are one whatever they are.
    fn decide(&self, labelled: bool, rows: usize) -> First {
        let (width, only_decimals) = (self.names.len(), self.below.iter().all(|below| !below.0));
        let counts = |from: usize| self.names.iter().enumerate().all(|(k, name)| *name == (k + from).to_string());
        let from_zero = counts(0).then(|| "it counts the columns from 0".to_owned());
        if labelled && width > 1 && !self.repeated {
            if let Some(why) = from_zero {
                return First::Header(why);
            }
            let no_whole_columns = self.below.iter().all(|below| below.1);
            if no_whole_columns && (counts(1) || (width > 2 && self.is_sequence())) {
                let of = if counts(1) { "it counts the columns from 1" } else { "it is an arithmetic sequence" };
                return First::Header(format!("{of} and the columns are no whole numbers"));
            }
        } else if from_zero.is_some() && (width > 1 || only_decimals) {
            return First::Row(from_zero);
        }
        let odd = only_decimals && rows > 2 && width > 1;
        First::Row(odd.then(|| "it has whole numbers and no other row has".to_owned()))
    }

    /// Whether it is an arithmetic sequence that rises from 0 or 1.
    fn is_sequence(&self) -> bool {
        let numbers: Option<Vec<i64>> = self.names.iter().map(|name| name.parse().ok()).collect();
        numbers.is_some_and(|numbers| {
            let step = numbers[1].saturating_sub(numbers[0]);
            let steady = numbers.windows(2).all(|pair| pair[1].saturating_sub(pair[0]) == step);
            (0..=1).contains(&numbers[0]) && step > 0 && steady
        })
    }
}

impl<'a> Rows<'a> {
    fn new(file: &'a str, wanted: Request<'a>, fields: Option<Fields>) -> Self {
        Self {
            file,
            wanted,
            columns: None,
            one_name: None,
            width: wanted.before.map(|before| (before.width, 0)),
            left_out: Vec::new(),
            doubt: None,
            notes: Vec::new(),
            values: Vec::new(),
            fields,
        }
    }

    /// Takes one row; `line` is asked only where there is something to complain about or to remember.
    fn push<'f>(&mut self, fields: impl Iterator<Item = &'f str> + Clone, line: impl Fn() -> u64) -> Result<()> {
        if self.width.is_none() && self.is_header(fields.clone(), &line)? {
            let names: Vec<String> = fields.map(str::to_owned).collect();
            self.width = Some((names.len() as u64, line()));
            self.columns = Some(names);
            return Ok(());
        }
        if let Some(doubt) = &mut self.doubt {
            doubt.see(fields.clone());
        }
        if self.width.is_none() && self.wanted.header.is_none() && fields.clone().all(is_whole) {
            self.doubt = Some(Doubt::new(line(), fields.clone().map(|field| field.trim().to_owned()).collect()));
        }
        if self.values.is_empty() && *self.wanted.selection != Selection::All {
            let width = fields.clone().count();
            let names = self.columns.as_deref().filter(|names| names.len() == width);
            let kept = self.wanted.selection.of(names, width, self.file)?;
            self.left_out = (0..width).map(|place| !kept.contains(&place)).collect();
        }
        if let Some(kept) = &mut self.fields {
            kept.start_row(line());
        }
        let mut found = 0;
        for field in fields {
            found += 1;
            if let Some(kept) = &mut self.fields {
                kept.push(field);
            }
            match field.parse::<f64>() {
                Ok(value) if value.is_finite() || (self.wanted.infinite && value == f64::INFINITY) => {
                    self.values.push(value);
                }
                _ if self.fields.is_some() || self.left_out.get(found as usize - 1).copied().unwrap_or_default() => {
                    self.values.push(f64::NAN);
                }
                Ok(_) => return Err(self.complain(field, "a finite number", line(), found)),
                Err(_) => return Err(self.complain(field, "a number", line(), found)),
            }
        }
        self.wanted.room.check(self.values.len() / (found.max(1) as usize), self.values.len(), self.file)?;
        // a header of words between blanks, above one column, is one name
        if let (Some((width, first)), Some(name)) = (self.width, &self.one_name)
            && self.columns.is_some()
            && width > 1
            && found == 1
            && self.values.len() == 1
        {
            self.columns = Some(vec![name.clone()]);
            self.width = Some((1, first));
        }
        let (width, first) = *self.width.get_or_insert_with(|| (found, line()));
        if found == width {
            return Ok(());
        }
        let place = Place { file: self.file.to_owned(), line: Some(line()), column: None };
        let those = if first == 0 { "earlier rows have".to_owned() } else { format!("line {first} has") };
        let why = format!(
            "{found} {}, but {those} {width}; every row must have the same number",
            if found == 1 { "field" } else { "fields" },
        );
        Err(Error::parse(place, why))
    }

    /// Whether the first row is a header: it has a word and no number. What is neither clearly a header nor clearly a row is noted.
    fn is_header<'f>(
        &mut self,
        fields: impl Iterator<Item = &'f str> + Clone,
        line: &impl Fn() -> u64,
    ) -> Result<bool> {
        if let Some(header) = self.wanted.header {
            return Ok(header);
        }
        let any = |kind| fields.clone().position(|field| Field::of(field) == kind);
        // what pandas writes above an index: nothing, or a name for nothing, and then the numbers of the columns
        let mut others = fields.clone().enumerate().skip(1).peekable();
        let beside_an_index = self.wanted.labelled
            && fields.clone().next().is_some_and(is_no_name)
            && others.peek().is_some()
            && others.all(|(k, field)| field == (k - 1).to_string());
        if beside_an_index {
            let why = "its first field is no number and the others count the columns from 0";
            self.notes.push(Note::Header(format!("{}, line {}: taken for a header, since {why}", self.file, line())));
            return Ok(true);
        }
        if any(Field::Number).is_some() || any(Field::Word).is_none() {
            return Ok(false);
        }
        let with_digits = fields.clone().all(|field| field.bytes().any(|b| b.is_ascii_digit()));
        let odd = any(Field::Missing).or(any(Field::Meant));
        let why = match odd.and_then(|at| Some((at, fields.clone().nth(at)?))) {
            Some((at, "")) => format!("column {} has no name", 1 + at),
            Some((at, name)) => format!("the name of column {} is `{}`", 1 + at, quoted(name)),
            None if with_digits => "all its fields have digits".to_owned(),
            None => return Ok(true),
        };
        let note = format!("{}, line {}: taken for a header, although {why}", self.file, line());
        self.notes.push(Note::Header(note));
        Ok(true)
    }

    fn complain(&self, field: &str, expected: &str, line: u64, column: u64) -> Error {
        unexpected(self.file, field, expected, (line, column))
    }

    fn finish(mut self) -> Result<(Table, Option<Fields>)> {
        let width = self.width.map_or(1, |(width, _)| width as usize);
        if self.values.is_empty() {
            return Err(broken(self.file, "a header and no rows; expected numbers, one sample a row"));
        }
        let mut rows = self.values.len() / width;
        if let Some(doubt) = self.doubt.take().filter(|_| rows > 1) {
            let at = format!("{}, line {}", self.file, doubt.line);
            match doubt.decide(self.wanted.labelled, rows) {
                First::Header(why) => {
                    self.notes.push(Note::Header(format!("{at}: taken for a header, since {why}")));
                    self.values.drain(..width);
                    if let Some(fields) = &mut self.fields {
                        fields.drop_first_row(width);
                    }
                    rows -= 1;
                    self.columns = Some(doubt.names);
                }
                First::Row(Some(why)) => {
                    self.notes.push(Note::Header(format!("{at}: taken for a row of numbers, although {why}")));
                }
                First::Row(None) => {}
            }
        }
        let values = Array2::from_shape_vec((rows, width), self.values).expect("checked rows");
        Ok((Table { values, columns: self.columns, notes: self.notes }, self.fields))
    }
}

/// The error that a field is not what it should be.
pub(super) fn unexpected(file: &str, field: &str, expected: &str, (line, column): (u64, u64)) -> Error {
    let place = Place { file: file.to_owned(), line: Some(line), column: Some(column) };
    let hint = hint(field).map(|hint| format!(", {hint}")).unwrap_or_default();
    Error::parse(place, format!("found `{}`, expected {expected}{hint}", quoted(field)))
}

fn skipped(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The line of the record whose reading began at byte `start`, which may lie before lines that were skipped. What was counted is kept in `seen`:
/// a byte, and the lines before it.
fn line_of(text: &str, start: usize, seen: &Cell<(usize, u64)>) -> u64 {
    let (from, lines) = seen.get();
    let before = lines + newlines(&text.as_bytes()[from..start]);
    seen.set((start, before));
    let mut rest = &text[start..];
    // a record that ended in \r\n leaves the \n to the next
    let mut line = 1 + before;
    while let Some((head, tail)) = rest.split_once('\n') {
        if !skipped(head) {
            break;
        }
        (rest, line) = (tail, line + 1);
    }
    line
}

fn newlines(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|&&byte| byte == b'\n').count() as u64
}

/// A CSV file of numbers, each written so that it reads back to the same f64.
///
/// # Panics
/// If the number of names is not the number of columns.
///
/// ```
/// let bytes = fenchel::io::to_csv(&["x", "y"], ndarray::array![[0.1, 1e-300]].view());
/// assert_eq!(bytes, b"x,y\n0.1,1e-300\n");
/// ```
#[must_use]
pub fn to_csv(columns: &[&str], values: ArrayView2<'_, f64>) -> Vec<u8> {
    assert_eq!(columns.len(), values.ncols(), "one name a column");
    records_to_csv(columns, values.rows().into_iter().map(|row| row.iter().map(|x| format!("{x:?}")).collect()))
}

/// A CSV file of text; fields with a delimiter, a quote or a line break are quoted.
///
/// # Panics
/// If a record has not as many fields as the header.
#[must_use]
pub fn records_to_csv(header: &[&str], records: impl IntoIterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(header).expect("writing to memory");
    for record in records {
        writer.write_record(&record).expect("as many fields as the header");
    }
    writer.into_inner().expect("writing to memory")
}
