//! NumPy's arrays (`.npy`) and archives of them (`.npz`).
//!
//! Format: <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>.

use super::broken;
use crate::error::{Error, Result};
use ndarray::{ArrayD, ArrayView2, IxDyn, OwnedRepr};
use ndarray_npy::{NpzReader, NpzWriter, ReadNpyError, ReadNpyExt, ReadNpzError, ReadableElement, WriteNpyExt};
use std::io::Cursor;

/// The array in a `.npy` file.
pub(super) fn parse(bytes: &[u8], name: &str) -> Result<ArrayD<f64>> {
    of_any_type(name, Bytes(bytes))
}

/// The array called `key` in a `.npz` file, or its only one.
pub(super) fn parse_archive(bytes: &[u8], key: Option<&str>, name: &str) -> Result<ArrayD<f64>> {
    let mut archive =
        NpzReader::new(Cursor::new(bytes)).map_err(|e| broken(name, format!("not a whole npz archive: {e}")))?;
    let names = archive.names().map_err(|e| broken(name, e.to_string()))?;
    let names: Vec<&str> = names.iter().map(|n| n.strip_suffix(".npy").unwrap_or(n)).collect();
    let known = || names.join(", ");
    let key = match (key, names.as_slice()) {
        (_, []) => return Err(broken(name, "the archive holds no arrays")),
        (Some(key), all) if all.contains(&key) => key,
        (Some(key), _) => return Err(broken(name, format!("no array `{key}` in it; it holds: {}", known()))),
        (None, [only]) => only,
        (None, [first, ..]) => {
            let why = format!("several arrays in it: {}; pick one, as in `{name}:{first}`", known());
            return Err(broken(name, why));
        }
    };
    of_any_type(&format!("{name}:{key}"), Entry(&mut archive, key))
}

/// Where an array is read from, once for each element type that it might have.
trait Source {
    fn read<T: ReadableElement>(&mut self) -> std::result::Result<ArrayD<T>, ReadNpyError>;
}

struct Bytes<'a>(&'a [u8]);

impl Source for Bytes<'_> {
    fn read<T: ReadableElement>(&mut self) -> std::result::Result<ArrayD<T>, ReadNpyError> {
        ArrayD::<T>::read_npy(self.0)
    }
}

struct Entry<'a, 'b>(&'a mut NpzReader<Cursor<&'b [u8]>>, &'a str);

impl Source for Entry<'_, '_> {
    fn read<T: ReadableElement>(&mut self) -> std::result::Result<ArrayD<T>, ReadNpyError> {
        self.0.by_name::<OwnedRepr<T>, IxDyn>(self.1).map_err(|e| match e {
            ReadNpzError::Npy(e) => e,
            ReadNpzError::Zip(e) => ReadNpyError::Io(std::io::Error::other(e)),
        })
    }
}

/// Reads numbers of whatever type: the header is looked at before the data, so a wrong guess costs nothing.
fn of_any_type(name: &str, mut source: impl Source) -> Result<ArrayD<f64>> {
    macro_rules! first_of {
        ($($element:ty),*) => {$(
            match source.read::<$element>() {
                Err(ReadNpyError::WrongDescriptor(_)) => {}
                read => return read.map(|array| array.mapv(|x| x as f64)).map_err(|e| not_an_array(name, &e)),
            }
        )*};
    }
    first_of!(f64, f32, u8, i64, i32, u32, u64, i16, u16, i8);
    match source.read::<bool>() {
        Ok(array) => Ok(array.mapv(|x| f64::from(u8::from(x)))),
        Err(e) => Err(not_an_array(name, &e)),
    }
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
