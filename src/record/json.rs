//! Numbers in JSON that read back to the same f64; infinities are the strings `"inf"` and `"-inf"`.
//!
//! ```
//! use fenchel::record::json::{self, Number};
//! assert_eq!(json::line(&[Number(0.1), Number(f64::INFINITY), Number(-1e-300)]), r#"[0.1,"inf",-1e-300]"#);
//! ```

use serde::{Serialize, Serializer};

pub use crate::serial::Number;

/// Writes a field of type f64 as [`Number`] does, for `#[serde(serialize_with = "...")]`.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde calls
pub fn number<S: Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    Number(*x).serialize(serializer)
}

/// One line of JSON.
///
/// # Panics
/// If a map in `value` has keys that are not strings.
#[must_use]
pub fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("keys are strings")
}

/// JSON with line breaks and indentation, for files that people open.
///
/// # Panics
/// As [`line()`].
#[must_use]
pub fn pretty(value: &impl Serialize) -> String {
    serde_json::to_string_pretty(value).expect("keys are strings") + "\n"
}
