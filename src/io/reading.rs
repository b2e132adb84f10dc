//! From a file or a stream to a table: which format, what is unpacked, and how much.

use super::blocks::{Blocks, CellBlocks};
use super::columns::Selection;
use super::fields::Fields;
use super::folder::{self, Chain, Stamp};
use super::limits::{MAX_UNPACKED, Room, read_at_most};
use super::npy::Archive;
use super::text::Request;
use super::{Table, broken, idx, no_numbers, npy, sparse, text};
use crate::error::{Error, Result};
use ndarray::{Array2, ArrayD};
use std::fs::File;
use std::io::{BufRead, BufReader, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// A file format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Numbers between commas, semicolons, tabs or blanks.
    Text,
    /// A NumPy array.
    Npy,
    /// A NumPy archive.
    Npz,
    /// The format of MNIST.
    Idx,
    /// Columns in row groups; read with the feature `parquet`.
    Parquet,
}

impl Format {
    /// Names and what they stand for.
    const NAMES: [(&'static str, Self); 9] = [
        ("csv", Self::Text),
        ("tsv", Self::Text),
        ("txt", Self::Text),
        ("npy", Self::Npy),
        ("npz", Self::Npz),
        ("idx", Self::Idx),
        ("ubyte", Self::Idx),
        ("parquet", Self::Parquet),
        ("pq", Self::Parquet),
    ];

    fn named(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        Self::named(&name.to_ascii_lowercase())
            .ok_or_else(|| Error::unknown_name("format", name, "csv, tsv, txt, npy, npz, idx, parquet"))
    }
}

/// How to read a file, where neither its name nor its content say it.
///
/// ```
/// use fenchel::io::{Format, Reading};
/// // years above counts: without a word it would be a row
/// let text = "2020,2021\n5,7\n6,9\n";
/// let table = Reading::new().format(Format::Text).header(true).table_from(text.as_bytes(), "stdin")?;
/// assert_eq!(table.columns.unwrap(), ["2020", "2021"]);
/// assert_eq!(table.values.nrows(), 2);
/// # Ok::<(), fenchel::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Reading {
    format: Option<Format>,
    header: Option<bool>,
    labelled: bool,
    selection: Selection,
    infinite: bool,
    max_unpacked: u64,
}

impl Default for Reading {
    fn default() -> Self {
        Self::new()
    }
}

impl Reading {
    /// As [`read_table`](super::read_table) does.
    #[must_use]
    pub fn new() -> Self {
        Self {
            format: None,
            header: None,
            labelled: true,
            selection: Selection::All,
            infinite: false,
            max_unpacked: MAX_UNPACKED,
        }
    }

    /// The format of a file whose name has no known ending.
    #[must_use]
    pub fn format(self, format: Format) -> Self {
        Self { format: Some(format), ..self }
    }

    /// Whether the first row of a text is a header; otherwise it is found out.
    #[must_use]
    pub fn header(self, header: bool) -> Self {
        Self { header: Some(header), ..self }
    }

    /// Takes no number for a label: no first row for a header because it counts the columns, no first column for an index because it counts
    /// the rows. Laws, weights and matrices of distances may begin like that.
    #[must_use]
    pub fn unlabelled(self) -> Self {
        Self { labelled: false, ..self }
    }

    /// Keeps these columns, in this order: by name where the file has names, else by number, counted from 1, or a range of numbers as `2-5`.
    ///
    /// ```
    /// use fenchel::io::{Format, Reading};
    /// let reading = Reading::new().format(Format::Text).columns(["y", "x"]);
    /// let table = reading.table_from("id,x,y\na,1,2\nb,3,4\n".as_bytes(), "stdin")?;
    /// assert_eq!(table.values, ndarray::array![[2.0, 1.0], [4.0, 3.0]]);
    /// # Ok::<(), fenchel::Error>(())
    /// ```
    #[must_use]
    pub fn columns<N: Into<String>>(self, columns: impl IntoIterator<Item = N>) -> Self {
        Self { selection: Selection::Only(columns.into_iter().map(Into::into).collect()), ..self }
    }

    /// Leaves out these columns, named as in [`columns`](Self::columns); what is in them need not be numbers.
    #[must_use]
    pub fn drop<N: Into<String>>(self, columns: impl IntoIterator<Item = N>) -> Self {
        Self { selection: Selection::Without(columns.into_iter().map(Into::into).collect()), ..self }
    }

    /// Takes `+inf` for a number, as a matrix of costs has it.
    #[must_use]
    pub fn infinite(self) -> Self {
        Self { infinite: true, ..self }
    }

    /// So many bytes may be unpacked from a compressed file or read from a stream, and the numbers made of them may take as many.
    #[must_use]
    pub fn max_unpacked(self, bytes: u64) -> Self {
        Self { max_unpacked: bytes, ..self }
    }

    /// Reads a file, or the files of a folder; `file.npz:key` picks an array. What is no ordinary file (a pipe, a terminal) is a stream.
    ///
    /// # Errors
    /// As [`read_table`](super::read_table).
    pub fn table(&self, path: impl AsRef<Path>) -> Result<Table> {
        self.all_numbers(path.as_ref(), &self.all_unpacked(path.as_ref())?)
    }

    /// The files that a path stands for: itself, or of a folder those that are its sample, in the order of their names. A [format](Self::format) that was
    /// said leaves out the files of other formats.
    ///
    /// # Errors
    /// A folder that cannot be read, has no such files, or files of several formats.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// std::fs::write(dir.path().join("b.csv"), "3,4\n")?;
    /// std::fs::write(dir.path().join("a.csv"), "1,2\n")?;
    /// std::fs::write(dir.path().join("_SUCCESS"), "")?;
    /// let reading = fenchel::io::Reading::new();
    /// assert_eq!(reading.files(dir.path())?.len(), 2);
    /// assert_eq!(reading.table(dir.path())?.values, ndarray::array![[1.0, 2.0], [3.0, 4.0]]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn files(&self, path: impl AsRef<Path>) -> Result<Vec<PathBuf>> {
        let path = path.as_ref();
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        folder::files(path, self.format, |name| by_name(name).0)
    }

    /// The bytes of a file, or of all files of a folder.
    pub(super) fn all_unpacked(&self, path: &Path) -> Result<Vec<Unpacked>> {
        self.files(path)?.iter().map(|file| self.unpacked(file)).collect()
    }

    /// The numbers of a file, or of the files of a folder one after another.
    pub(super) fn all_numbers(&self, path: &Path, files: &[Unpacked]) -> Result<Table> {
        match files {
            [file] => self.numbers(file),
            files => {
                let tables = files.iter().map(|file| Ok((&*file.name, self.numbers(file)?))).collect::<Result<_>>()?;
                folder::joined(&path.display().to_string(), tables)
            }
        }
    }

    /// The bytes of a file.
    pub(super) fn unpacked(&self, path: &Path) -> Result<Unpacked> {
        let (path, key) = split_key(path);
        let name = path.display().to_string();
        let failed = |e: std::io::Error| cannot_read(&name, &e);
        let file = File::open(&path).map_err(failed)?;
        let plain = file.metadata().is_ok_and(|about| about.is_file());
        let most = if plain { u64::MAX } else { self.max_unpacked };
        self.unpack(read_at_most(file, most, &name, failed)?, plain, key, name.clone())
    }

    /// Reads a stream; `name` is for messages and, without [`format`](Self::format), for its ending. A compressed stream is unpacked.
    ///
    /// # Errors
    /// As [`read_table`](super::read_table).
    pub fn table_from(&self, source: impl Read, name: &str) -> Result<Table> {
        self.numbers(&self.unpacked_from(source, name)?)
    }

    /// The bytes of a stream.
    pub(super) fn unpacked_from(&self, source: impl Read, name: &str) -> Result<Unpacked> {
        let failed = |e: std::io::Error| Error::io("read", name, e.to_string());
        let (path, key) = split_key(Path::new(name));
        let bytes = read_at_most(source, self.max_unpacked, name, failed)?;
        self.unpack(bytes, false, key, path.display().to_string())
    }

    /// Opens a file, or the files of a folder, whose rows are read in blocks of at most so many, so that they need not fit into memory: a text, or a
    /// NumPy array in C order, either compressed or not, or with the feature `parquet` a Parquet file, whose blocks end with its row groups.
    ///
    /// Header, index and delimiter are decided from the first block and the line after it, which are read at once. So take blocks of a thousand rows
    /// or more. Numbers, errors and notes are those of [`table`](Self::table). A block of text may have as many bytes as may be [unpacked](Self::max_unpacked).
    ///
    /// # Errors
    /// As [`table`](Self::table); a block without rows; formats without blocks, and arrays in Fortran order.
    ///
    /// ```
    /// # let dir = tempfile::tempdir()?;
    /// # let path = dir.path().join("points.npy");
    /// std::fs::write(&path, fenchel::io::to_npy(ndarray::array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]].view()))?;
    /// let mut sum = 0.0;
    /// for block in fenchel::io::Reading::new().blocks(&path, 2)? {
    ///     sum += block?.sum();
    /// }
    /// assert_eq!(sum, 21.0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn blocks(&self, path: impl AsRef<Path>, rows: usize) -> Result<Blocks> {
        self.parts(path.as_ref(), rows, false)
    }

    /// The same of a file whose cells may be words, and may be missing.
    ///
    /// # Errors
    /// As [`blocks`](Self::blocks).
    pub fn cell_blocks(&self, path: impl AsRef<Path>, rows: usize) -> Result<CellBlocks> {
        Ok(CellBlocks::new(self.parts(path.as_ref(), rows, true)?))
    }

    fn parts(&self, path: &Path, rows: usize, words: bool) -> Result<Blocks> {
        if path.is_dir() { self.folder_parts(path, rows, words) } else { self.file_parts(path, rows, words) }
    }

    /// All files are opened once before the first is read, so that what does not belong together is said at once.
    fn folder_parts(&self, path: &Path, rows: usize, words: bool) -> Result<Blocks> {
        let (mut files, mut total, mut first) = (Vec::new(), Some(0u64), None);
        for file in self.files(path)? {
            let stamp = Stamp::of(&file)?;
            let blocks = self.file_parts(&file, rows, words)?;
            total = total.zip(blocks.rows()).map(|(sum, rows)| sum.saturating_add(rows));
            files.push((file, stamp));
            match &first {
                None => first = Some(blocks),
                Some(known) => Blocks::same_columns(known, &blocks)?,
            }
        }
        let reading = self.clone();
        let open = move |file: &Path| reading.file_parts(file, rows, words);
        Blocks::of_folder(Chain::new(files, Box::new(open))?, &path.display().to_string(), total)
    }

    fn file_parts(&self, path: &Path, rows: usize, words: bool) -> Result<Blocks> {
        let (path, _) = split_key(path);
        let name = path.display().to_string();
        if rows == 0 {
            return Err(Error::too_few(format!("a block of {name}"), 0, 1, "rows"));
        }
        let failed = |e: std::io::Error| cannot_read(&name, &e);
        let mut reader: Box<dyn BufRead + Send> = Box::new(BufReader::new(File::open(&path).map_err(failed)?));
        let (known, gzip) = by_name(&name);
        if gzip || (known.is_none() && reader.fill_buf().map_err(failed)?.starts_with(&GZIP)) {
            reader = Box::new(BufReader::new(flate2::bufread::MultiGzDecoder::new(reader)));
        }
        if reader.fill_buf().map_err(failed)?.is_empty() {
            return Err(broken(&name, EMPTY));
        }
        match known.or(self.format) {
            Some(Format::Text) => {
                Blocks::of_text(reader, &name, rows, self.max_unpacked, self.request(Room::plain()), words)
            }
            Some(Format::Npy) => Blocks::of_npy(reader, &name, rows, &self.selection, (self.infinite, words)),
            #[cfg(feature = "parquet")]
            Some(Format::Parquet) if !gzip => {
                Blocks::of_parquet(File::open(&path).map_err(failed)?, &name, rows, &self.selection, words)
            }
            #[cfg(not(feature = "parquet"))]
            Some(Format::Parquet) => Err(without_parquet(&name)),
            Some(_) => Err(broken(
                &name,
                "only texts, npy arrays and Parquet files are read in blocks; unpack the archive, or read it whole",
            )),
            None => Err(broken(&name, UNKNOWN)),
        }
    }

    fn unpack(&self, mut bytes: Vec<u8>, mut plain: bool, key: Option<String>, name: String) -> Result<Unpacked> {
        if bytes.is_empty() {
            return Err(broken(&name, EMPTY));
        }
        let (known, gzip) = by_name(&name);
        if gzip || (known.is_none() && bytes.starts_with(&GZIP)) {
            let unpacked = flate2::read::MultiGzDecoder::new(bytes.as_slice());
            let failed = |e| broken(&name, format!("not a whole gzip file: {e}"));
            bytes = read_at_most(unpacked, self.max_unpacked, &name, failed)?;
            plain = false;
        }
        let room = if plain { Room::plain() } else { Room::unpacked(self.max_unpacked) };
        match known.or(self.format) {
            Some(format) => Ok(Unpacked { bytes, format, room, key, name }),
            None => Err(broken(&name, UNKNOWN)),
        }
    }

    /// All of a file as numbers.
    pub(super) fn numbers(&self, file: &Unpacked) -> Result<Table> {
        let name = &*file.name;
        if file.format == Format::Parquet {
            let table = self.parquet_table(file)?;
            return match table.values.indexed_iter().find(|(_, x)| !x.is_finite()) {
                Some(((i, j), &value)) => Err(Error::not_finite(name, (i, j), value)),
                None => Ok(table),
            };
        }
        let table = match file.format {
            Format::Text => text::parse(&file.bytes, name, self.request(file.room))?,
            _ => self.array(file)?,
        };
        // the text of a column that is left out was not read
        let allowed = |x: f64| x.is_finite() || (self.infinite && x == f64::INFINITY);
        let is_text = file.format == Format::Text;
        if let Some(((i, j), &value)) = table.values.indexed_iter().find(|(_, x)| !is_text && !allowed(**x)) {
            return Err(Error::not_finite(name, (i, j), value));
        }
        let (table, _) = self.cut(table, is_text, name)?;
        match table.values.indexed_iter().find(|(_, x)| x.is_nan()) {
            Some(((i, j), &value)) => Err(Error::not_finite(name, (i, j), value)),
            None => Ok(table),
        }
    }

    #[cfg(feature = "parquet")]
    fn parquet_table(&self, file: &Unpacked) -> Result<Table> {
        super::parquet::table(&file.bytes, &file.name, &self.selection, file.room)
    }

    #[cfg(not(feature = "parquet"))]
    #[allow(clippy::unused_self)] // as with the feature
    fn parquet_table(&self, file: &Unpacked) -> Result<Table> {
        Err(without_parquet(&file.name))
    }

    /// The cells of a file of columns.
    #[cfg(feature = "parquet")]
    pub(super) fn parquet_cells(&self, file: &Unpacked) -> Result<(Table, Fields)> {
        super::parquet::cells(&file.bytes, &file.name, &self.selection, file.room)
    }

    #[cfg(not(feature = "parquet"))]
    #[allow(clippy::unused_self)] // as with the feature
    pub(super) fn parquet_cells(&self, file: &Unpacked) -> Result<(Table, Fields)> {
        Err(without_parquet(&file.name))
    }

    /// What the reader of a text asks for.
    pub(super) fn request(&self, room: Room) -> Request<'_> {
        let (labelled, selection) = (self.labelled, &self.selection);
        Request { header: self.header, labelled, selection, infinite: self.infinite, room, before: None }
    }

    /// The table with the columns that are wanted, and their places.
    pub(super) fn cut(&self, table: Table, text: bool, name: &str) -> Result<(Table, Vec<usize>)> {
        self.selection.cut(table, self.labelled && text, name)
    }

    /// A file that holds an array.
    pub(super) fn array(&self, file: &Unpacked) -> Result<Table> {
        let Unpacked { bytes, room, name, .. } = file;
        let array = match file.format {
            Format::Npz => {
                let mut archive = Archive::open(bytes, name, self.max_unpacked)?;
                if file.key.is_none() && sparse::is_sparse(&archive) {
                    sparse::matrix(&mut archive, name, Room::unpacked(self.max_unpacked))?
                } else {
                    archive.array(file.key.as_deref())?
                }
            }
            Format::Idx => idx::parse(bytes, name, *room)?,
            Format::Npy | Format::Text | Format::Parquet => npy::parse(bytes, name, *room)?,
        };
        flattened(array, name)
    }
}

#[cfg(not(feature = "parquet"))]
fn without_parquet(name: &str) -> Error {
    Error::unsupported(
        format!("{name}, a Parquet file,"),
        "this program was built without the feature `parquet`; build it with `--features parquet`, or save the table as .csv or .npy",
    )
}

/// A file as it was read, and what is known of it.
#[derive(Debug, Clone)]
pub(super) struct Unpacked {
    pub(super) bytes: Vec<u8>,
    pub(super) format: Format,
    pub(super) room: Room,
    key: Option<String>,
    pub(super) name: String,
}

/// Rows are the first axis, columns all the others.
fn flattened(array: ArrayD<f64>, name: &str) -> Result<Table> {
    let shape = array.shape().to_vec();
    let rows = shape.first().copied().unwrap_or(1);
    let columns: usize = shape.iter().skip(1).product();
    if rows == 0 || columns == 0 {
        return Err(no_numbers(&shape, name));
    }
    let values = if array.is_standard_layout() {
        array.into_raw_vec_and_offset().0
    } else {
        // `iter` is in logical order whatever the memory layout, so Fortran-ordered files come out right
        array.iter().copied().collect()
    };
    let values = Array2::from_shape_vec((rows, columns), values).expect("the shape's product");
    Ok(Table { values, columns: None, notes: Vec::new() })
}

const EMPTY: &str = "the file is empty; expected numbers, one sample a row";
const UNKNOWN: &str =
    "unknown format; expected a name ending in .csv .tsv .txt .npy .npz .idx .parquet or -ubyte, or the format";

/// The format that the ending of a name stands for, and whether it says that the file is compressed.
fn by_name(name: &str) -> (Option<Format>, bool) {
    let lower = name.to_ascii_lowercase();
    let inner = lower.strip_suffix(".gz");
    let ending = inner.unwrap_or(&lower).rsplit(['.', '-', '/']).next().unwrap_or_default();
    (Format::named(ending), inner.is_some())
}

fn cannot_read(name: &str, e: &std::io::Error) -> Error {
    let why = match e.kind() {
        ErrorKind::NotFound => "there is no such file".to_owned(),
        ErrorKind::IsADirectory => "it is a folder, expected a file".to_owned(),
        _ => e.to_string(),
    };
    Error::io("read", name, why)
}

/// Standard input as a file.
const STDIN: &str = "/dev/stdin";

/// What a gzip file begins with.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// `file.npz:key` as file and key; so too `/dev/stdin:key`, for an archive that comes through a pipe.
fn split_key(path: &Path) -> (PathBuf, Option<String>) {
    if let Some(text) = path.to_str() {
        let at = text
            .rfind(".npz:")
            .map(|at| at + 4)
            .or_else(|| text.starts_with(&format!("{STDIN}:")).then_some(STDIN.len()));
        if let Some(at) = at {
            return (text[..at].into(), Some(text[at + 1..].to_owned()));
        }
    }
    (path.to_owned(), None)
}
