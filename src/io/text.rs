//! Numbers in text: comma, semicolon, tab or blanks between them, with or without a header.

use super::field::{Field, hint, is_whole};
use super::limits::Room;
use super::{Table, broken};
use crate::error::{Error, Place, Result, quoted};
use ndarray::{Array2, ArrayView2};

/// What the reader asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// Whether the first row is a header; `None` to find out.
    pub header: Option<bool>,
    /// Whether `inf` is a number.
    pub infinite: bool,
    pub room: Room,
}

/// Reads the whole of a text file.
///
/// The delimiter is the first of tab, semicolon and comma that occurs in the first line, else blanks outside double quotes. Empty
/// lines and lines that begin with `#` are skipped.
pub(super) fn parse(bytes: &[u8], file: &str, wanted: Wanted) -> Result<Table> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + newlines(&bytes[..e.valid_up_to()]);
        let why = format!("byte {:#04x} is not UTF-8; expected numbers as text", bytes[e.valid_up_to()]);
        Error::parse(Place { file: file.to_owned(), line: Some(line), column: None }, why)
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(first) = text.lines().find(|line| !skipped(line)) else {
        return Err(broken(file, "the file has no rows; expected numbers, one sample a row"));
    };
    let mut rows = Rows::new(file, wanted);
    match ['\t', ';', ','].into_iter().find(|&delimiter| first.contains(delimiter)) {
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
                rows.push(record.iter(), || line_of(text, start))?;
            }
        }
        None => {
            rows.one_name = Some(first.trim().trim_matches('"'));
            for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !skipped(line)) {
                rows.push(words(line), || number)?;
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
    wanted: Wanted,
    columns: Option<Vec<String>>,
    /// The header as one name, where blanks stand between the fields.
    one_name: Option<&'a str>,
    /// Fields in a row, and the line that said so.
    width: Option<(u64, u64)>,
    /// While the first row, of whole numbers, may have been a header: its line, and what speaks for it.
    doubt: Option<Doubt>,
    notes: Vec<String>,
    values: Vec<f64>,
}

/// A first row of whole numbers.
struct Doubt {
    line: u64,
    /// It is 0, 1, 2, ...
    counts: bool,
    width: usize,
    /// No field below it is a whole number.
    only_decimals: bool,
}

impl<'a> Rows<'a> {
    fn new(file: &'a str, wanted: Wanted) -> Self {
        Self {
            file,
            wanted,
            columns: None,
            one_name: None,
            width: None,
            doubt: None,
            notes: Vec::new(),
            values: Vec::new(),
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
        if let Some(doubt) = self.doubt.as_mut().filter(|doubt| doubt.only_decimals) {
            doubt.only_decimals = !fields.clone().any(is_whole);
        }
        if self.width.is_none() {
            let counts = fields.clone().enumerate().all(|(k, field)| field == k.to_string());
            if self.wanted.header.is_none() && fields.clone().all(is_whole) {
                self.doubt = Some(Doubt { line: line(), counts, width: fields.clone().count(), only_decimals: true });
            }
        }
        let mut found = 0;
        for field in fields {
            found += 1;
            match field.parse::<f64>() {
                Ok(value) if value.is_finite() || (self.wanted.infinite && value == f64::INFINITY) => {
                    self.values.push(value);
                }
                Ok(_) => return Err(self.complain(field, "a finite number", line(), found)),
                Err(_) => return Err(self.complain(field, "a number", line(), found)),
            }
        }
        self.wanted.room.check(self.values.len() / (found.max(1) as usize), self.values.len(), self.file)?;
        // a header of words between blanks, above one column, is one name
        if let (Some((width, first)), Some(name)) = (self.width, self.one_name)
            && self.columns.is_some()
            && width > 1
            && found == 1
            && self.values.len() == 1
        {
            self.columns = Some(vec![name.to_owned()]);
            self.width = Some((1, first));
        }
        let (width, first) = *self.width.get_or_insert_with(|| (found, line()));
        if found == width {
            return Ok(());
        }
        let place = Place { file: self.file.to_owned(), line: Some(line()), column: None };
        let why = format!(
            "{found} {}, but line {first} has {width}; every row must have the same number",
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
        self.notes.push(format!("{}, line {}: taken for a header, although {why}", self.file, line()));
        Ok(true)
    }

    fn complain(&self, field: &str, expected: &str, line: u64, column: u64) -> Error {
        let place = Place { file: self.file.to_owned(), line: Some(line), column: Some(column) };
        let hint = hint(field).map(|hint| format!(", {hint}")).unwrap_or_default();
        Error::parse(place, format!("found `{}`, expected {expected}{hint}", quoted(field)))
    }

    fn finish(mut self) -> Result<Table> {
        let width = self.width.map_or(1, |(width, _)| width as usize);
        if self.values.is_empty() {
            return Err(broken(self.file, "a header and no rows; expected numbers, one sample a row"));
        }
        let rows = self.values.len() / width;
        if let Some(Doubt { line, counts, width, only_decimals }) = self.doubt.take().filter(|_| rows > 1) {
            let why = if counts && (width > 1 || only_decimals) {
                Some("it counts the columns from 0")
            } else {
                (only_decimals && rows > 2 && width > 1).then_some("it has whole numbers and no other row has")
            };
            self.notes.extend(
                why.map(|why| format!("{}, line {line}: taken for a row of numbers, although {why}", self.file)),
            );
        }
        let values = Array2::from_shape_vec((rows, width), self.values).expect("checked rows");
        Ok(Table { values, columns: self.columns, notes: self.notes })
    }
}

fn skipped(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

/// The line of the record whose reading began at byte `start`, which may lie before lines that were skipped.
fn line_of(text: &str, start: usize) -> u64 {
    let before = newlines(&text.as_bytes()[..start]);
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
