//! Numbers in JSON: they read back to the same f64, and JSON's lack of infinities is mended by the strings `"inf"` and
//! `"-inf"`.
//!
//! ```
//! use fenchel::record::json::{self, Number};
//! assert_eq!(json::line(&[Number(0.1), Number(f64::INFINITY), Number(-1e-300)]), r#"[0.1,"inf",-1e-300]"#);
//! ```

use serde::{Serialize, Serializer};

/// A number, as [`number`] writes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Number(pub f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        number(&self.0, serializer)
    }
}

impl From<f64> for Number {
    fn from(x: f64) -> Self {
        Self(x)
    }
}

/// For `#[serde(serialize_with = "...")]` on a field of type f64. A NaN, which no result holds, would be `null`.
///
/// # Errors
/// Those of the serializer.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde calls
pub fn number<S: Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if x.is_infinite() {
        serializer.serialize_str(if *x > 0.0 { "inf" } else { "-inf" })
    } else {
        serializer.serialize_f64(*x)
    }
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
