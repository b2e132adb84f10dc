//! Where a number is computed: the line of a source of this crate.

use serde::{Serialize, Serializer};
use std::fmt;
use std::panic::Location;

/// A line of the sources of this crate.
///
/// ```
/// use fenchel_lecture::Claim;
/// let claim = Claim::about("Z1", "test", "Two is two", "S0 L1").exact(2.0, 2.0);
/// assert!(claim.code().line > 0 && claim.code().file.starts_with("lecture/"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Code {
    /// The file, from the root of the repository, with `/`.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
}

impl Code {
    /// The line in this crate, in whatever folder that was compiled.
    pub(crate) fn of(place: &Location<'_>) -> Self {
        let file = place.file().replace('\\', "/");
        let inside = file.rfind("src/").map_or(file.as_str(), |at| &file[at..]);
        Self { file: format!("lecture/{inside}"), line: place.line() }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
