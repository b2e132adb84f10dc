//! The bytes of a state: a header of 64 bytes, and arrays with their names.
//!
//! `bytes.md` says what stands where.

use crate::error::{Error, Result};
use siphasher::sip::SipHasher13;
use std::hash::Hasher;

/// The version of the format that is written and read.
pub const VERSION: u32 = 1;

const MAGIC: &[u8; 8] = b"fenchel\0";
const HEADER: usize = 64;
const CHECK: std::ops::Range<usize> = 48..56;
const NAME: usize = 16;

/// The entries of an array.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Values {
    Reals(Vec<f64>),
    Integers(Vec<i64>),
    Counts(Vec<u64>),
}

/// Named arrays, in the order in which they are written and read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Arrays(Vec<(String, Values)>);

/// What the header says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Header {
    pub(super) kind: u32,
    pub(super) hash: u64,
    pub(super) rows: u64,
}

impl Values {
    fn kind(&self) -> &'static [u8; 8] {
        match self {
            Self::Reals(_) => b"<f8\0\0\0\0\0",
            Self::Integers(_) => b"<i8\0\0\0\0\0",
            Self::Counts(_) => b"<u8\0\0\0\0\0",
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Reals(values) => values.len(),
            Self::Integers(values) => values.len(),
            Self::Counts(values) => values.len(),
        }
    }

    fn write(&self, bytes: &mut Vec<u8>) {
        match self {
            Self::Reals(values) => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
            Self::Integers(values) => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
            Self::Counts(values) => values.iter().for_each(|value| bytes.extend(value.to_le_bytes())),
        }
    }

    /// A single value as text, and of more how many there are.
    fn shown(&self) -> String {
        match self {
            Self::Reals(values) if values.len() == 1 => values[0].to_string(),
            Self::Integers(values) if values.len() == 1 => values[0].to_string(),
            Self::Counts(values) if values.len() == 1 => values[0].to_string(),
            values => format!("{} numbers", values.len()),
        }
    }

    /// The same bits: a NaN is equal to itself.
    fn same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Reals(x), Self::Reals(y)) => {
                x.len() == y.len() && x.iter().zip(y).all(|(x, y)| x.to_bits() == y.to_bits())
            }
            _ => self == other,
        }
    }
}

impl Arrays {
    /// Adds an array of reals; names have at most 16 letters of ASCII.
    pub(super) fn reals(&mut self, name: &str, values: &[f64]) {
        self.0.push((name.to_owned(), Values::Reals(values.to_vec())));
    }

    /// Adds whole numbers of either sign.
    pub(super) fn integers(&mut self, name: &str, values: &[i64]) {
        self.0.push((name.to_owned(), Values::Integers(values.to_vec())));
    }

    /// Adds whole numbers of zero or more.
    pub(super) fn counts(&mut self, name: &str, values: &[u64]) {
        self.0.push((name.to_owned(), Values::Counts(values.to_vec())));
    }

    /// Adds one number of zero or more.
    pub(super) fn count(&mut self, name: &str, value: u64) {
        self.counts(name, &[value]);
    }

    /// Takes out the next array, which has to be this one.
    fn take(&mut self, name: &str) -> Result<Values> {
        match self.0.first() {
            Some((found, _)) if found == name => Ok(self.0.remove(0).1),
            Some((found, _)) => Err(foreign(format!("`{found}` stands where `{name}` is expected"))),
            None => Err(foreign(format!("`{name}` is missing"))),
        }
    }

    /// The next array: reals of this name, and so many of them.
    pub(super) fn take_reals(&mut self, name: &str, len: usize) -> Result<Vec<f64>> {
        match self.take(name)? {
            Values::Reals(values) if values.len() == len && values.iter().all(|value| value.is_finite()) => Ok(values),
            _ => Err(foreign(format!("`{name}` does not hold {len} finite numbers"))),
        }
    }

    /// The next array: integers of this name, and so many of them.
    pub(super) fn take_integers(&mut self, name: &str, len: usize) -> Result<Vec<i64>> {
        match self.take(name)? {
            Values::Integers(values) if values.len() == len => Ok(values),
            _ => Err(foreign(format!("`{name}` does not hold {len} whole numbers"))),
        }
    }

    /// The next array: counts of this name, as many as there are.
    pub(super) fn take_all(&mut self, name: &str) -> Result<Vec<u64>> {
        match self.take(name)? {
            Values::Counts(values) => Ok(values),
            _ => Err(foreign(format!("`{name}` does not hold counts"))),
        }
    }

    /// The next array: counts of this name, and so many of them.
    pub(super) fn take_counts(&mut self, name: &str, len: usize) -> Result<Vec<u64>> {
        let values = self.take_all(name)?;
        if values.len() == len { Ok(values) } else { Err(foreign(format!("`{name}` does not hold {len} counts"))) }
    }

    /// The next array: one count of this name.
    pub(super) fn take_count(&mut self, name: &str) -> Result<u64> {
        Ok(self.take_counts(name, 1)?[0])
    }

    /// The same, as a size of this machine.
    pub(super) fn take_size(&mut self, name: &str) -> Result<usize> {
        usize::try_from(self.take_count(name)?).map_err(|_| foreign(format!("`{name}` is too large")))
    }

    /// That all arrays were taken out.
    pub(super) fn end(&self) -> Result<()> {
        match self.0.first() {
            Some((name, _)) => Err(foreign(format!("`{name}` has no place in it"))),
            None => Ok(()),
        }
    }

    /// That two specifications are one; the error says where they differ.
    pub(super) fn same(&self, other: &Self) -> Result<()> {
        let differ = |(x, y): &(&(String, Values), &(String, Values))| x.0 != y.0 || !x.1.same(&y.1);
        let Some((x, y)) = self.0.iter().zip(&other.0).find(differ) else { return Ok(()) };
        Err(Error::unsupported(
            format!("one state of two whose `{}` differ ({} and {})", x.0, x.1.shown(), y.1.shown()),
            "only states of one specification go together",
        ))
    }

    /// A hash with the same bits on every machine.
    pub(super) fn hash(&self) -> u64 {
        hash(&[&self.body()])
    }

    fn body(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.0.iter().map(|(_, values)| NAME + 16 + 8 * values.len()).sum());
        for (name, values) in &self.0 {
            let mut padded = [0; NAME];
            padded[..name.len()].copy_from_slice(name.as_bytes());
            bytes.extend(padded);
            bytes.extend(values.kind());
            bytes.extend((values.len() as u64).to_le_bytes());
            values.write(&mut bytes);
        }
        bytes
    }

    /// Header and arrays as bytes.
    pub(super) fn to_bytes(&self, Header { kind, hash: specification, rows }: Header) -> Vec<u8> {
        let body = self.body();
        let mut bytes = Vec::with_capacity(HEADER + body.len());
        bytes.extend(MAGIC);
        bytes.extend(VERSION.to_le_bytes());
        bytes.extend(kind.to_le_bytes());
        for number in [specification, rows, self.0.len() as u64, (HEADER + body.len()) as u64, 0, 0] {
            bytes.extend(number.to_le_bytes());
        }
        bytes.extend(body);
        let check = checked(&bytes);
        bytes[CHECK].copy_from_slice(&check.to_le_bytes());
        bytes
    }

    /// What bytes hold, if nothing of them is lost or changed.
    pub(super) fn from_bytes(bytes: &[u8]) -> Result<(Header, Self)> {
        if bytes.len() < HEADER || bytes[..8] != *MAGIC {
            return Err(foreign("they do not begin like one"));
        }
        let half = |at: usize| number(bytes, at) as u32;
        let version = half(8);
        if version != VERSION {
            return Err(Error::unsupported(
                format!("a state of format version {version}"),
                format!("this library reads version {VERSION}: all machines need the same one"),
            ));
        }
        let length = number(bytes, 40);
        if length != bytes.len() as u64 {
            return Err(foreign(format!("there are {} bytes of {length}", bytes.len())));
        }
        if number(bytes, CHECK.start) != checked(bytes) {
            return Err(foreign("some of them are not as they were written"));
        }
        let header = Header { kind: half(12), hash: number(bytes, 16), rows: number(bytes, 24) };
        let (mut arrays, mut rest) = (Self::default(), &bytes[HEADER..]);
        for _ in 0..number(bytes, 32) {
            arrays.0.push(array(&mut rest)?);
        }
        if rest.is_empty() { Ok((header, arrays)) } else { Err(foreign("there are bytes after the last array")) }
    }
}

/// An array from the beginning of the bytes, which are then those after it.
fn array(rest: &mut &[u8]) -> Result<(String, Values)> {
    let Some((head, after)) = rest.split_at_checked(NAME + 16) else { return Err(foreign("an array is cut off")) };
    let name = head[..NAME].split(|byte| *byte == 0).next().unwrap_or_default();
    let name = std::str::from_utf8(name).map_err(|_| foreign("an array has no name"))?.to_owned();
    let size = usize::try_from(number(head, NAME + 8)).ok().and_then(|len| len.checked_mul(8));
    let Some((data, after)) = size.and_then(|size| after.split_at_checked(size)) else {
        return Err(foreign(format!("`{name}` is cut off")));
    };
    *rest = after;
    let words = data.chunks_exact(8).map(|word| word.try_into().expect("eight bytes"));
    let values = match &head[NAME..NAME + 8] {
        b"<f8\0\0\0\0\0" => Values::Reals(words.map(f64::from_le_bytes).collect()),
        b"<i8\0\0\0\0\0" => Values::Integers(words.map(i64::from_le_bytes).collect()),
        b"<u8\0\0\0\0\0" => Values::Counts(words.map(u64::from_le_bytes).collect()),
        _ => return Err(foreign(format!("`{name}` has a type that is not known"))),
    };
    Ok((name, values))
}

/// The number of eight bytes from here; the caller knows that they are there.
fn number(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"))
}

/// A hash of everything but the place of the hash.
fn checked(bytes: &[u8]) -> u64 {
    hash(&[&bytes[..CHECK.start], &bytes[CHECK.end..]])
}

fn hash(parts: &[&[u8]]) -> u64 {
    let mut hasher = SipHasher13::new_with_keys(0x6665_6e63_6865_6c00, 0);
    parts.iter().for_each(|part| hasher.write(part));
    hasher.finish()
}

/// Bytes that are no state of this library.
pub(super) fn foreign(why: impl std::fmt::Display) -> Error {
    Error::unsupported("a state from bytes that are no state", format!("{why}; a state is what `to_bytes` returns"))
}
