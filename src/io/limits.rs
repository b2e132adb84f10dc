//! How much a file may hold, found out before the memory is asked for.

use crate::error::{Error, Result};
use std::io::Read;

/// Rows of a table.
pub const MAX_ROWS: usize = 100_000_000;
/// Numbers in a table: four gigabytes.
pub const MAX_NUMBERS: usize = 500_000_000;
/// Bytes that compressed input may unpack to, and that a stream may hold, unless [`Reading::max_unpacked`](super::Reading::max_unpacked)
/// says otherwise; the numbers made of them, eight bytes each, may take as much.
pub const MAX_UNPACKED: u64 = 1 << 30;

/// How many numbers there is room for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Room {
    numbers: usize,
}

impl Room {
    /// For a file that lies there as large as it is.
    pub(super) fn plain() -> Self {
        Self { numbers: MAX_NUMBERS }
    }

    /// For what was unpacked or streamed under a limit of so many bytes.
    pub(super) fn unpacked(bytes: u64) -> Self {
        Self { numbers: MAX_NUMBERS.min(usize::try_from(bytes / 8).unwrap_or(MAX_NUMBERS)) }
    }

    /// Whether so many rows, and so many numbers in all, may be had.
    pub(super) fn check(self, rows: usize, numbers: usize, file: &str) -> Result<()> {
        for (unit, found, most) in [("rows", rows, MAX_ROWS), ("numbers", numbers, self.numbers)] {
            if found > most {
                return Err(Error::too_many(file, most as u64, unit));
            }
        }
        Ok(())
    }

    /// The same for an array of this shape, whose rows are the first axis.
    pub(super) fn check_shape(self, shape: &[usize], file: &str) -> Result<()> {
        let numbers = shape.iter().copied().fold(1, usize::saturating_mul);
        self.check(shape.first().copied().unwrap_or(1), numbers, file)
    }
}

/// All that `source` holds, if it is no more than `most` bytes.
pub(super) fn read_at_most(
    source: impl Read,
    most: u64,
    file: &str,
    failed: impl Fn(std::io::Error) -> Error,
) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > most {
        return Err(Error::too_many(file, most, "bytes once unpacked"));
    }
    Ok(bytes)
}
