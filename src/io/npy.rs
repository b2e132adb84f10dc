//! NumPy's arrays (`.npy`) and archives of them (`.npz`).
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use super::{broken, no_numbers};
use crate::error::{Error, Result};
use ndarray::{ArrayD, ArrayView2};
use ndarray_npy::npy::header::Header;
use ndarray_npy::{NpzWriter, ReadNpyError, ReadNpyExt, WriteNpyExt};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The array in a `.npy` file, of whatever type its numbers are.
pub(super) fn parse(bytes: &[u8], name: &str) -> Result<ArrayD<f64>> {
    check_promise(bytes, name)?;
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

/// The array called `key` in a `.npz` file, or its only one.
pub(super) fn parse_archive(bytes: &[u8], key: Option<&str>, name: &str) -> Result<ArrayD<f64>> {
    let broken_archive = |name: &str, e: &dyn std::fmt::Display| broken(name, format!("not a whole npz archive: {e}"));
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|e| broken_archive(name, &e))?;
    let files: Vec<String> = archive.file_names().map(str::to_owned).collect();
    let names: Vec<&str> = files.iter().map(|file| file.strip_suffix(".npy").unwrap_or(file)).collect();
    let known = || names.join(", ");
    let key = match (key, names.as_slice()) {
        (_, []) => return Err(broken(name, "the archive holds no arrays")),
        (Some(key), _) => key,
        (None, [only]) => only,
        (None, [first, ..]) => {
            let why = format!("several arrays in it: {}; pick one, as in `{name}:{first}`", known());
            return Err(broken(name, why));
        }
    };
    let Some(at) = names.iter().position(|&known| known == key) else {
        return Err(broken(name, format!("no array `{key}` in it; it holds: {}", known())));
    };
    let name = format!("{name}:{key}");
    // the bytes come first, so that the header can be doubted
    let mut array = Vec::new();
    let mut entry = archive.by_name(&files[at]).map_err(|e| broken_archive(&name, &e))?;
    entry.read_to_end(&mut array).map_err(|e| broken_archive(&name, &e))?;
    parse(&array, &name)
}

/// Refuses what promises more than there is: the reader asks for the memory before it looks, and none may be had.
fn check_promise(bytes: &[u8], name: &str) -> Result<()> {
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
    Ok(())
}

fn not_an_array(name: &str, error: &ReadNpyError) -> Error {
    match error {
        ReadNpyError::WrongDescriptor(found) => {
            let found = found.to_string();
            let hint = if found.contains('O') { " (Python objects)" } else { "" };
            let why = format!("its dtype is {found}{hint}; expected floats of 32 or 64 bits, integers or booleans");
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
