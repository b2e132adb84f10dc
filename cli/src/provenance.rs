//! Where an answer came from: files with their checksums, version and seed.

use crate::input::{self, File};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// What a reader needs to make an answer again.
#[derive(Serialize)]
pub struct Provenance {
    version: &'static str,
    seed: u64,
    inputs: Vec<Source>,
}

/// A file and what was read of it.
#[derive(Serialize)]
pub struct Source {
    role: &'static str,
    file: String,
    /// Of a folder that of its files one after another. None for a pipe, which is gone.
    sha256: Option<String>,
    rows: usize,
    columns: usize,
}

impl Provenance {
    pub fn new(seed: u64, inputs: Vec<Source>) -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), seed, inputs }
    }
}

/// How a report was made, as names and values: the command, the commit that the program was built from, day and time, threads,
/// duration, and the checksum of the data that ship with the library.
pub fn of_report(seconds: f64) -> Vec<(String, String)> {
    let mut command = vec!["fenchel".to_owned()];
    command.extend(std::env::args().skip(1));
    let digits = Sha256::digest(fenchel::io::digits_file());
    [
        ("command", command.join(" ")),
        ("commit", option_env!("FENCHEL_COMMIT").unwrap_or("not known to this build").to_owned()),
        ("made", utc(SystemTime::now())),
        ("threads", rayon::current_num_threads().to_string()),
        ("duration", format!("{seconds:.0} s")),
        ("data/digits.csv.gz", format!("SHA-256 {}", hexadecimal(&digits))),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .to_vec()
}

/// A time as day, hour and minute in UTC.
fn utc(time: SystemTime) -> String {
    let minutes = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 60);
    let (mut day, minute) = (minutes / 1440, minutes % 1440);
    let leap = |year: u64| year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let mut year = 1970;
    while day >= 365 + u64::from(leap(year)) {
        day -= 365 + u64::from(leap(year));
        year += 1;
    }
    let mut month = 0;
    for length in [31, 28 + u64::from(leap(year)), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        month += 1;
        if day < length {
            break;
        }
        day -= length;
    }
    format!("{year}-{month:02}-{:02} {:02}:{:02} UTC", day + 1, minute / 60, minute % 60)
}

fn hexadecimal(hash: &[u8]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

impl Source {
    pub fn of(role: &'static str, file: &File, rows: usize, columns: usize) -> Self {
        Self { role, file: file.to_string(), sha256: checksum(file), rows, columns }
    }
}

/// The SHA-256 of a regular file, as `sha256sum` prints it; of `file.npz:key` that of the archive; of a folder that of its files, as `cat` of them has it.
fn checksum(file: &File) -> Option<String> {
    let whole: &Path = file.as_ref();
    let archive = file.rsplit_once(':').map(|(path, _)| Path::new(path));
    let paths: Vec<PathBuf> = match [Some(whole), archive].into_iter().flatten().find(|path| path.is_file()) {
        Some(path) => vec![path.to_owned()],
        None => input::files(file).into_iter().filter(|path| path.is_file()).collect(),
    };
    paths.first()?;
    let (mut hash, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    for path in paths {
        let mut reader = std::fs::File::open(path).ok()?;
        loop {
            match reader.read(&mut block).ok()? {
                0 => break,
                read => hash.update(&block[..read]),
            }
        }
    }
    Some(hexadecimal(&hash.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn days_are_those_of_the_calendar() {
        let at = |seconds: u64| utc(UNIX_EPOCH + Duration::from_secs(seconds));
        assert_eq!(at(0), "1970-01-01 00:00 UTC");
        assert_eq!(at(951_782_399), "2000-02-28 23:59 UTC");
        assert_eq!(at(951_782_400), "2000-02-29 00:00 UTC");
        assert_eq!(at(1_735_689_599), "2024-12-31 23:59 UTC");
        assert_eq!(at(4_107_542_400), "2100-03-01 00:00 UTC");
    }

    #[test]
    fn the_digits_have_the_checksum_that_their_description_tells() {
        let told = include_str!("../../data/README.md");
        let found = of_report(1.0).into_iter().find(|(name, _)| name == "data/digits.csv.gz").unwrap().1;
        assert!(told.contains(found.strip_prefix("SHA-256 ").unwrap()));
    }
}
