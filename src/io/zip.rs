//! ZIP, as far as NumPy's archives need it: entries that are stored or deflated, in a file that fits in memory.
//!
//! `ndarray-npy` reads an entry only together with the memory that its header asks for; here the bytes come first, so that
//! the header can be doubted.
//!
//! Format: <https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT>, sections 4.3 to 4.5.

use flate2::Crc;
use flate2::read::DeflateDecoder;
use std::io::Read;

/// A file in an archive.
pub(super) struct Entry<'a> {
    pub(super) name: String,
    method: u64,
    checksum: u64,
    packed: &'a [u8],
}

impl Entry<'_> {
    /// The content, unpacked and compared with its checksum; or what is wrong.
    pub(super) fn read(&self) -> Result<Vec<u8>, String> {
        let mut content = Vec::new();
        match self.method {
            0 => content.extend_from_slice(self.packed),
            8 => {
                DeflateDecoder::new(self.packed).read_to_end(&mut content).map_err(|e| e.to_string())?;
            }
            other => return Err(format!("compression method {other}; expected 0 (stored) or 8 (deflated)")),
        }
        let mut crc = Crc::new();
        crc.update(&content);
        if u64::from(crc.sum()) == self.checksum { Ok(content) } else { Err("its checksum is wrong".to_owned()) }
    }
}

/// The entries in the order of the archive's directory; none if this is no whole archive.
pub(super) fn entries(bytes: &[u8]) -> Option<Vec<Entry<'_>>> {
    // the last record has 22 bytes and a comment of at most 65 535
    let last = bytes.len().checked_sub(22)?;
    let end = (last.saturating_sub(0xffff)..=last).rev().find(|&at| bytes[at..].starts_with(b"PK\x05\x06"))?;
    let (mut count, mut directory) = (number(bytes, end + 10, 2)?, number(bytes, end + 16, 4)?);
    if let Some(locator) = end.checked_sub(20)
        && bytes[locator..].starts_with(b"PK\x06\x07")
    {
        let long = from(bytes, number(bytes, locator + 8, 8)?)?;
        (count, directory) = (number(long, 32, 8)?, number(long, 48, 8)?);
    }
    let mut headers = from(bytes, directory)?;
    let mut found = Vec::new();
    for _ in 0..count {
        let (entry, rest) = entry(bytes, headers)?;
        found.push(entry);
        headers = rest;
    }
    Some(found)
}

/// The entry whose header in the directory comes first, and the headers after it.
fn entry<'a>(bytes: &'a [u8], header: &'a [u8]) -> Option<(Entry<'a>, &'a [u8])> {
    let fields = header.strip_prefix(b"PK\x01\x02").and(header.get(46..))?;
    let (name, fields) = fields.split_at_checked(number(header, 28, 2)? as usize)?;
    let (extra, fields) = fields.split_at_checked(number(header, 30, 2)? as usize)?;
    let rest = from(fields, number(header, 32, 2)?)?;

    // a number that does not fit in four bytes is 2^32 - 1 there, and stands in an extra field, in this order
    let mut long = long_numbers(extra);
    let mut in_full = |at: usize| match number(header, at, 4)? {
        0xffff_ffff => {
            let (first, others) = long.split_at_checked(8)?;
            long = others;
            number(first, 0, 8)
        }
        short => Some(short),
    };
    let (_unpacked, packed, offset) = (in_full(24)?, in_full(20)?, in_full(42)?);

    let local = from(bytes, offset).filter(|local| local.starts_with(b"PK\x03\x04"))?;
    let data = from(local, 30 + number(local, 26, 2)? + number(local, 28, 2)?)?;
    let entry = Entry {
        name: String::from_utf8_lossy(name).into_owned(),
        method: number(header, 10, 2)?,
        checksum: number(header, 16, 4)?,
        packed: data.get(..usize::try_from(packed).ok()?)?,
    };
    Some((entry, rest))
}

/// The numbers of eight bytes among the extra fields; none if there are none.
fn long_numbers(mut extra: &[u8]) -> &[u8] {
    while let (Some(kind), Some(length)) = (number(extra, 0, 2), number(extra, 2, 2)) {
        let Some((field, others)) = extra[4..].split_at_checked(length as usize) else { break };
        if kind == 1 {
            return field;
        }
        extra = others;
    }
    &[]
}

fn from(bytes: &[u8], start: u64) -> Option<&[u8]> {
    bytes.get(usize::try_from(start).ok()?..)
}

/// The little-endian number of `width` bytes at a place that is itself far below the end of memory.
fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    Some(bytes.get(at..at + width)?.iter().rev().fold(0, |n, &byte| (n << 8) | u64::from(byte)))
}
