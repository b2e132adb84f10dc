//! NumPy's arrays (`.npy`) and archives of them (`.npz`).
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use super::limits::{Room, read_at_most};
use super::{broken, no_numbers};
use crate::error::{Error, Result, quoted};
use ndarray::{ArrayD, ArrayView2};
use ndarray_npy::npy::header::Header;
use ndarray_npy::{NpzWriter, ReadNpyError, ReadNpyExt, WriteNpyExt};
use std::io::Cursor;
use zip::ZipArchive;

/// The array in a `.npy` file, of whatever type its numbers are.
pub(super) fn parse(bytes: &[u8], name: &str, room: Room) -> Result<ArrayD<f64>> {
    check_promise(bytes, name, room)?;
    if let Some(at) = half_precision(bytes) {
        // the same bits, read as whole numbers
        let mut bits = bytes.to_vec();
        bits[at] = b'u';
        let read = ArrayD::<u16>::read_npy(bits.as_slice());
        return read.map(|array| array.mapv(from_half)).map_err(|e| not_an_array(name, &e));
    }
    macro_rules! first_of {
        ($($element:ty),*) => {$(
            match ArrayD::<$element>::read_npy(bytes) {
                Err(ReadNpyError::WrongDescriptor(_)) => {}
                read => return read.map(|array| array.mapv(|x| x as f64)).map_err(|e| not_an_array(name, &e)),
            }
        )*};
    }
    first_of!(f64, f32, u8, i64, i32, u32, u64, i16, u16, i8);
    match ArrayD::<bool>::read_npy(bytes) {
        Ok(array) => Ok(array.mapv(|x| f64::from(u8::from(x)))),
        Err(e) => Err(not_an_array(name, &e)),
    }
}

/// Where the header says that the numbers are floats of 16 bits: the place of its `f`.
fn half_precision(bytes: &[u8]) -> Option<usize> {
    // the text of the header begins at byte 10 or 12 and ends with its line
    let text = bytes.get(10..)?;
    let header = text.iter().skip(2).position(|&b| b == b'\n').map(|end| &text[..end + 2])?;
    header.windows(5).position(|word| matches!(word, b"'<f2'" | b"'>f2'")).map(|at| at + 12)
}

/// The number that these 16 bits are: sign, five bits of exponent, ten of fraction.
fn from_half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 1023));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction > 0.0 => f64::NAN,
        31 => f64::INFINITY,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}

/// What the beginning of a `.npy` file says of it.
pub(super) fn header(bytes: &[u8], name: &str) -> Result<Header> {
    let mut data = bytes;
    Header::from_reader(&mut data).map_err(|e| not_an_array(name, &e.into()))
}

/// The bytes of one number: what stands at the end of `'<f8'`.
pub(super) fn size(header: &Header, name: &str) -> Result<usize> {
    let said = header.type_descriptor.to_string();
    let simple = said.trim_matches('\'');
    let size = simple.get(2..).and_then(|digits| digits.parse().ok()).filter(|size| matches!(size, 1 | 2 | 4 | 8));
    size.ok_or_else(|| not_an_array(name, &ReadNpyError::WrongDescriptor(header.type_descriptor.clone())))
}

/// An `.npz` file, whose arrays are unpacked when they are asked for.
pub(super) struct Archive<'a> {
    zip: ZipArchive<Cursor<&'a [u8]>>,
    files: Vec<String>,
    file: &'a str,
    /// Bytes that an array may unpack to.
    most: u64,
}

impl<'a> Archive<'a> {
    pub(super) fn open(bytes: &'a [u8], file: &'a str, most: u64) -> Result<Self> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|e| not_an_archive(file, &e))?;
        let files = zip.file_names().map(str::to_owned).collect();
        Ok(Self { zip, files, file, most })
    }

    /// The names of the arrays.
    pub(super) fn keys(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.strip_suffix(".npy").unwrap_or(file)).collect()
    }

    /// The array called `key`, or the only one.
    pub(super) fn array(&mut self, key: Option<&str>) -> Result<ArrayD<f64>> {
        let name = self.file;
        let keys = self.keys();
        let key = match (key, keys.as_slice()) {
            (_, []) => return Err(broken(name, "the archive holds no arrays")),
            (Some(key), _) => key.to_owned(),
            (None, [only]) => (*only).to_owned(),
            (None, [first, ..]) => {
                let why = format!("several arrays in it: {}; pick one, as in `{name}:{first}`", listed(&keys));
                return Err(broken(name, why));
            }
        };
        let bytes = self.bytes(&key)?;
        parse(&bytes, &format!("{name}:{key}"), Room::unpacked(self.most))
    }

    /// The entry called `key`, unpacked. Its bytes come first, so that its header can be doubted.
    pub(super) fn bytes(&mut self, key: &str) -> Result<Vec<u8>> {
        let keys = self.keys();
        let Some(at) = keys.iter().position(|&known| known == key) else {
            let why = format!("no array `{}` in it; it holds: {}", quoted(key), listed(&keys));
            return Err(broken(self.file, why));
        };
        let name = format!("{}:{key}", self.file);
        let entry = self.zip.by_name(&self.files[at]).map_err(|e| not_an_archive(&name, &e))?;
        read_at_most(entry, self.most, &name, |e| not_an_archive(&name, &e))
    }
}

/// Names that a message lists.
const LISTED: usize = 20;

fn listed(keys: &[&str]) -> String {
    let mut names: Vec<String> = keys.iter().take(LISTED).map(|key| quoted(key)).collect();
    if keys.len() > LISTED {
        names.push(format!("and {} more", keys.len() - LISTED));
    }
    names.join(", ")
}

fn not_an_archive(name: &str, why: &dyn std::fmt::Display) -> Error {
    broken(name, format!("not a whole npz archive: {why}"))
}

/// The text in an array of one string of bytes (`|S3`), as SciPy names the format of a sparse matrix.
pub(super) fn text(bytes: &[u8], name: &str) -> Result<String> {
    let mut data = bytes;
    Header::from_reader(&mut data).map_err(|e| not_an_array(name, &e.into()))?;
    Ok(data.iter().filter(|b| **b != 0).map(|&b| char::from(b)).collect())
}

/// Refuses what promises more than there is: the reader asks for the memory before it looks, and none may be had.
fn check_promise(bytes: &[u8], name: &str, room: Room) -> Result<()> {
    // from version 2 on the header's length has four bytes
    if let &[_, _, _, _, _, _, 2 | 3, _, a, b, c, d, ref rest @ ..] = bytes
        && rest.len() < u32::from_le_bytes([a, b, c, d]) as usize
    {
        return Err(broken(name, "not a whole npy array: it ends within its header"));
    }
    let mut data = bytes;
    let header = Header::from_reader(&mut data).map_err(|e| not_an_array(name, &e.into()))?;
    if header.shape.contains(&0) {
        return Err(no_numbers(&header.shape, name));
    }
    // a number has at least one byte
    if header.shape.iter().copied().fold(1, usize::saturating_mul) > data.len() {
        return Err(not_an_array(name, &ReadNpyError::MissingData));
    }
    room.check_shape(&header.shape, name)
}

fn not_an_array(name: &str, error: &ReadNpyError) -> Error {
    match error {
        ReadNpyError::WrongDescriptor(found) => {
            let found = found.to_string();
            let hint = if found.contains('O') { " (Python objects)" } else { "" };
            let why = format!("its dtype is {found}{hint}; expected floats of 16, 32 or 64 bits, integers or booleans");
            broken(name, why)
        }
        ReadNpyError::MissingData => broken(name, "truncated: fewer numbers in it than its header promises"),
        ReadNpyError::ExtraBytes(extra) => {
            broken(name, format!("{extra} bytes follow the last number that its header promises"))
        }
        other => broken(name, format!("not a whole npy array: {other}")),
    }
}

/// A `.npy` file of a matrix.
#[must_use]
pub fn to_npy(values: ArrayView2<'_, f64>) -> Vec<u8> {
    let mut bytes = Vec::new();
    values.write_npy(&mut bytes).expect("writing to memory");
    bytes
}

/// A compressed `.npz` archive of named matrices, in the order given.
///
/// # Panics
/// If two have the same name.
#[must_use]
pub fn to_npz(arrays: &[(&str, ArrayView2<'_, f64>)]) -> Vec<u8> {
    let mut archive = NpzWriter::new_compressed(Cursor::new(Vec::new()));
    for (name, array) in arrays {
        archive.add_array(*name, array).expect("distinct names, writing to memory");
    }
    archive.finish().expect("writing to memory").into_inner()
}
