//! Numbers in text: comma, semicolon, tab or blanks between them, with or without a header.

use super::{Table, broken};
use crate::error::{Error, Place, Result};
use ndarray::{Array2, ArrayView2};

/// Reads the whole of a text file.
///
/// The delimiter is the first of tab, semicolon and comma that occurs in the first line, else blanks. The first line is
/// a header if none of its fields is a number. Empty lines and lines that begin with `#` are skipped.
pub(super) fn parse(bytes: &[u8], file: &str) -> Result<Table> {
    let text = std::str::from_utf8(bytes).map_err(|e| {
        let line = 1 + newlines(&bytes[..e.valid_up_to()]);
        let why = format!("byte {:#04x} is not UTF-8; expected numbers as text", bytes[e.valid_up_to()]);
        Error::Parse { place: Place { file: file.to_owned(), line: Some(line), column: None }, why }
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Some(first) = text.lines().find(|line| !skipped(line)) else {
        return Err(broken(file, "the file has no rows; expected numbers, one sample a row"));
    };
    let mut rows = Rows { file, columns: None, width: None, values: Vec::new() };
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
            for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !skipped(line)) {
                rows.push(line.split_whitespace(), || number)?;
            }
        }
    }
    rows.finish()
}

/// What has been read so far.
struct Rows<'a> {
    file: &'a str,
    columns: Option<Vec<String>>,
    /// Fields in a row, and the line that said so.
    width: Option<(u64, u64)>,
    values: Vec<f64>,
}

impl Rows<'_> {
    /// Takes one row; `line` is asked only where there is something to complain about or to remember.
    fn push<'f>(&mut self, fields: impl Iterator<Item = &'f str> + Clone, line: impl Fn() -> u64) -> Result<()> {
        if self.width.is_none() && fields.clone().all(|field| field.parse::<f64>().is_err()) {
            let names: Vec<String> = fields.map(str::to_owned).collect();
            self.width = Some((names.len() as u64, line()));
            self.columns = Some(names);
            return Ok(());
        }
        let mut found = 0;
        for field in fields {
            found += 1;
            match field.parse::<f64>() {
                Ok(value) if value.is_finite() => self.values.push(value),
                Ok(_) => return Err(self.complain(field, "a finite number", line(), found)),
                Err(_) => return Err(self.complain(field, "a number", line(), found)),
            }
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
        Err(Error::Parse { place, why })
    }

    fn complain(&self, field: &str, expected: &str, line: u64, column: u64) -> Error {
        let place = Place { file: self.file.to_owned(), line: Some(line), column: Some(column) };
        let hint = if field.contains(',') && field.replace(',', ".").parse::<f64>().is_ok() {
            ", with a decimal point"
        } else {
            ""
        };
        Error::Parse { place, why: format!("found `{field}`, expected {expected}{hint}") }
    }

    fn finish(self) -> Result<Table> {
        let width = self.width.map_or(1, |(width, _)| width as usize);
        if self.values.is_empty() {
            return Err(broken(self.file, "a header and no rows; expected numbers, one sample a row"));
        }
        let values = Array2::from_shape_vec((self.values.len() / width, width), self.values).expect("checked rows");
        Ok(Table { values, columns: self.columns })
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
