//! A claim: a statement, where it was said, what was wrong there, and the comparison that settles it.
//!
//! A [`Claim`] cannot be made without a comparison, and the comparison alone decides whether it holds:
//!
//! | method of [`Draft`] | holds if |
//! |---|---|
//! | [`absolute`](Draft::absolute) | `\|measured - expected\| <= tolerance` |
//! | [`relative`](Draft::relative) | `\|measured - expected\| <= tolerance \|expected\|` |
//! | [`vector`](Draft::vector) | the largest absolute difference is at most `tolerance` |
//! | [`exact`](Draft::exact) | the two are the same number (the same infinity, say) |
//! | [`at_most`](Draft::at_most), [`at_least`](Draft::at_least) | the bound holds |
//! | [`property`](Draft::property) | a predicate computed from the library's results is true |
//!
//! A statement whose two sides follow from the same arithmetic cannot be broken by a fault of the library. It is marked
//! as an [`identity`](Draft::identity), and the report shows the mark. For every other claim `benches/mutation.md` has
//! a fault that breaks it.
//!
//! A measured NaN makes a claim fail and is reported as the word `undefined`, so no NaN reaches a file. `f64::max` and
//! `f64::min` discard NaN. So compared values are folded with `larger` and `smaller`, which keep it.

use crate::Code;
use fenchel::text::ten_digits;
use serde::{Serialize, Serializer};
use std::fmt;
use std::panic::Location;

/// A number, several numbers, or words.
#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    /// One number; finite or infinite, never NaN.
    Number(f64),
    /// Several numbers.
    Numbers(Vec<f64>),
    /// Words, for claims about structure.
    Text(String),
}

impl Quantity {
    fn number(x: f64) -> Self {
        if x.is_nan() { Self::Text("undefined".to_owned()) } else { Self::Number(x) }
    }

    fn numbers(xs: &[f64]) -> Self {
        if xs.iter().any(|x| x.is_nan()) { Self::Text("undefined".to_owned()) } else { Self::Numbers(xs.to_vec()) }
    }
}

impl From<&str> for Quantity {
    fn from(words: &str) -> Self {
        Self::Text(words.to_owned())
    }
}

impl From<String> for Quantity {
    fn from(words: String) -> Self {
        // words about numbers are made by formatting them
        Self::Text(words.replace("NaN", "undefined"))
    }
}

/// Ten significant digits, enough to see a disagreement; the JSON has them all.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(x) => f.write_str(&ten_digits(*x)),
            Self::Numbers(xs) => {
                let parts: Vec<String> = xs.iter().map(|&x| ten_digits(x)).collect();
                write!(f, "({})", parts.join(", "))
            }
            Self::Text(words) => f.write_str(words),
        }
    }
}

impl Serialize for Quantity {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(x) => number(x, serializer),
            Self::Numbers(xs) => serializer.collect_seq(xs.iter().map(|&x| Self::Number(x))),
            Self::Text(words) => serializer.serialize_str(words),
        }
    }
}

/// How measured and expected were compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// The difference is within an absolute tolerance.
    Absolute,
    /// The difference is within a tolerance relative to what is expected.
    Relative,
    /// The same number.
    Exact,
    /// Measured is at most what is expected.
    AtMost,
    /// Measured is at least what is expected.
    AtLeast,
    /// A predicate.
    Property,
}

/// A statement of the lectures, corrected, with the numbers that show whether it holds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Claim {
    id: String,
    chapter: &'static str,
    statement: String,
    source: String,
    correction: Option<String>,
    expected: Quantity,
    measured: Quantity,
    comparison: Comparison,
    #[serde(serialize_with = "number")]
    error: f64,
    #[serde(serialize_with = "number")]
    tolerance: f64,
    holds: bool,
    identity: bool,
    figure: Option<String>,
    code: Code,
}

impl Claim {
    /// Starts a claim. `id` is the row of the inventory (`"B9"`; `"B9.2"` for a second number of the same row),
    /// `source` names the lecture and its lines. A draft becomes a claim only by a comparison.
    pub fn about(
        id: impl Into<String>,
        chapter: &'static str,
        statement: impl Into<String>,
        source: impl Into<String>,
    ) -> Draft {
        Draft {
            id: id.into(),
            chapter,
            statement: statement.into(),
            source: source.into(),
            correction: None,
            identity: false,
            figure: None,
        }
    }

    /// Row of the inventory.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name of the chapter.
    #[must_use]
    pub fn chapter(&self) -> &str {
        self.chapter
    }

    /// The statement as it should read.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.statement
    }

    /// The lecture and its lines.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The error in the source, where there is one.
    #[must_use]
    pub fn correction(&self) -> Option<&str> {
        self.correction.as_deref()
    }

    /// The value of theory, or of an independent computation to more digits.
    #[must_use]
    pub fn expected(&self) -> &Quantity {
        &self.expected
    }

    /// The value that the library computed.
    #[must_use]
    pub fn measured(&self) -> &Quantity {
        &self.measured
    }

    /// How the two were compared.
    #[must_use]
    pub fn comparison(&self) -> Comparison {
        self.comparison
    }

    /// The difference as the comparison measures it; the excess over the bound for a bound; 0 or 1 for a property.
    #[must_use]
    pub fn error(&self) -> f64 {
        self.error
    }

    /// The largest error at which the claim holds.
    #[must_use]
    pub fn tolerance(&self) -> f64 {
        self.tolerance
    }

    /// Whether the error is within the tolerance.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.holds
    }

    /// Whether it is true by construction, so that it says nothing about the library.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        self.identity
    }

    /// Id of the figure that shows it.
    #[must_use]
    pub fn figure(&self) -> Option<&str> {
        self.figure.as_deref()
    }

    /// Where the comparison is made.
    #[must_use]
    pub fn code(&self) -> &Code {
        &self.code
    }
}

/// A statement that has not been compared yet.
#[derive(Debug, Clone)]
#[must_use = "a draft becomes a claim by one of the comparisons"]
pub struct Draft {
    id: String,
    chapter: &'static str,
    statement: String,
    source: String,
    correction: Option<String>,
    identity: bool,
    figure: Option<String>,
}

impl Draft {
    /// States the error in the source.
    pub fn corrects(mut self, what: impl Into<String>) -> Self {
        self.correction = Some(what.into());
        self
    }

    /// Marks a statement that is true by construction: it belongs to the argument, and no fault of the library can
    /// break it.
    pub fn identity(mut self) -> Self {
        self.identity = true;
        self
    }

    /// Names the figure that shows the claim.
    pub fn figure(mut self, id: impl Into<String>) -> Self {
        self.figure = Some(id.into());
        self
    }

    /// Holds if `|measured - expected| <= tolerance`. Equal infinities agree.
    #[must_use]
    #[track_caller]
    pub fn absolute(self, measured: f64, expected: f64, tolerance: f64) -> Claim {
        let error = difference(measured, expected);
        self.settle(Quantity::number(measured), Quantity::number(expected), Comparison::Absolute, error, tolerance)
    }

    /// Holds if `|measured - expected| <= tolerance |expected|`. Equal infinities agree; the error is the relative one.
    #[must_use]
    #[track_caller]
    pub fn relative(self, measured: f64, expected: f64, tolerance: f64) -> Claim {
        let gap = difference(measured, expected);
        let error = if gap > 0.0 { gap / expected.abs() } else { gap };
        self.settle(Quantity::number(measured), Quantity::number(expected), Comparison::Relative, error, tolerance)
    }

    /// Holds if the lengths agree and no entry differs by more than `tolerance`.
    #[must_use]
    #[track_caller]
    pub fn vector(self, measured: &[f64], expected: &[f64], tolerance: f64) -> Claim {
        let error = if measured.len() == expected.len() {
            measured.iter().zip(expected).map(|(&m, &e)| difference(m, e)).fold(0.0, larger)
        } else {
            f64::INFINITY
        };
        self.settle(Quantity::numbers(measured), Quantity::numbers(expected), Comparison::Absolute, error, tolerance)
    }

    /// Holds if the two are the same number.
    #[must_use]
    #[track_caller]
    pub fn exact(self, measured: f64, expected: f64) -> Claim {
        let error = difference(measured, expected);
        self.settle(Quantity::number(measured), Quantity::number(expected), Comparison::Exact, error, 0.0)
    }

    /// Holds if `measured <= bound`; the error is the excess.
    #[must_use]
    #[track_caller]
    pub fn at_most(self, measured: f64, bound: f64) -> Claim {
        let error = if measured <= bound { 0.0 } else { difference(measured, bound) };
        self.settle(Quantity::number(measured), Quantity::number(bound), Comparison::AtMost, error, 0.0)
    }

    /// Holds if `measured >= bound`; the error is the shortfall.
    #[must_use]
    #[track_caller]
    pub fn at_least(self, measured: f64, bound: f64) -> Claim {
        let error = if measured >= bound { 0.0 } else { difference(measured, bound) };
        self.settle(Quantity::number(measured), Quantity::number(bound), Comparison::AtLeast, error, 0.0)
    }

    /// Holds if `predicate` does; `expected` and `measured` put both sides into words.
    #[must_use]
    #[track_caller]
    pub fn property(self, expected: impl Into<Quantity>, measured: impl Into<Quantity>, predicate: bool) -> Claim {
        let error = if predicate { 0.0 } else { 1.0 };
        self.settle(measured.into(), expected.into(), Comparison::Property, error, 0.0)
    }

    #[track_caller]
    fn settle(
        self,
        measured: Quantity,
        expected: Quantity,
        comparison: Comparison,
        error: f64,
        tolerance: f64,
    ) -> Claim {
        let error = if error.is_nan() { f64::INFINITY } else { error };
        let tolerance = if tolerance.is_nan() { 0.0 } else { tolerance };
        Claim {
            id: self.id,
            chapter: self.chapter,
            statement: self.statement,
            source: self.source,
            correction: self.correction,
            expected,
            measured,
            comparison,
            error,
            tolerance,
            holds: error <= tolerance && error.is_finite(),
            identity: self.identity,
            figure: self.figure,
            code: Code::of(Location::caller()),
        }
    }
}

/// `|a - b|`, zero for the same infinity, NaN where either is.
pub(crate) fn difference(a: f64, b: f64) -> f64 {
    if a.is_infinite() && b.is_infinite() && a.is_sign_positive() == b.is_sign_positive() { 0.0 } else { (a - b).abs() }
}

/// The larger of the two, NaN where either is.
pub(crate) fn larger(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.max(b) }
}

/// The smaller of the two, NaN where either is.
pub(crate) fn smaller(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { a.min(b) }
}

/// JSON has no infinity: it is written as a string.
#[allow(clippy::trivially_copy_pass_by_ref)] // the signature serde calls
fn number<S: Serializer>(x: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if x.is_finite() {
        serializer.serialize_f64(*x)
    } else if *x > 0.0 {
        serializer.serialize_str("inf")
    } else {
        serializer.serialize_str("-inf")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft() -> Draft {
        Claim::about("Z1", "test", "two equals two", "S0 L1")
    }

    #[test]
    fn a_wrong_claim_does_not_hold() {
        assert!(draft().absolute(1.0 + 1e-9, 1.0, 1e-8).holds());
        assert!(!draft().absolute(1.0 + 1e-7, 1.0, 1e-8).holds());
        assert!(draft().relative(1e6 + 1.0, 1e6, 2e-6).holds());
        assert!(!draft().relative(1e-6 + 1e-9, 1e-6, 1e-4).holds());
        assert!(!draft().relative(1e-300, 0.0, 1.0).holds());
        assert!(draft().relative(0.0, 0.0, 0.0).holds());
        assert!(draft().vector(&[1.0, 2.0], &[1.0, 2.0], 0.0).holds());
        assert!(!draft().vector(&[1.0, 2.5], &[1.0, 2.0], 0.1).holds());
        assert!(!draft().vector(&[1.0], &[1.0, 2.0], 9.0).holds());
        assert!(draft().exact(2.0, 2.0).holds());
        assert!(!draft().exact(2.0 + 4.0 * f64::EPSILON, 2.0).holds());
        assert!(draft().at_most(1.0, 1.0).holds() && !draft().at_most(1.1, 1.0).holds());
        assert!(draft().at_least(1.0, 1.0).holds() && !draft().at_least(0.9, 1.0).holds());
        assert!(draft().property("yes", "yes", true).holds() && !draft().property("yes", "no", false).holds());
    }

    #[test]
    fn a_claim_knows_where_it_is_compared() {
        let (claim, line) = (draft().exact(2.0, 2.0), line!());
        assert_eq!(claim.code().to_string(), format!("lecture/src/claim.rs:{line}"));
    }

    #[test]
    fn infinities_agree_with_themselves_only() {
        let inf = f64::INFINITY;
        assert!(draft().exact(inf, inf).holds());
        assert!(draft().absolute(-inf, -inf, 1e-9).holds());
        assert!(!draft().exact(-inf, inf).holds());
        assert!(!draft().absolute(1e308, inf, inf).holds());
        assert!(!draft().relative(inf, 1.0, 1.0).holds());
    }

    #[test]
    fn nan_never_holds_and_never_shows() {
        let nan = f64::NAN;
        for claim in [
            draft().absolute(nan, 1.0, 1.0),
            draft().relative(nan, 1.0, 1.0),
            draft().vector(&[1.0, nan, 0.0], &[1.0, 1.0, 0.0], 9.0),
            draft().exact(nan, nan),
            draft().at_most(nan, 1.0),
            draft().at_least(nan, 1.0),
            draft().absolute(1.1, 1.0, nan),
        ] {
            assert!(!claim.holds(), "{claim:?}");
            assert!(!claim.error().is_nan() && !claim.tolerance().is_nan());
            assert!(!claim.measured().to_string().contains("NaN"));
        }
    }

    #[test]
    fn nan_survives_a_fold_and_fails() {
        let fold = |with: fn(f64, f64) -> f64, start| [0.0, f64::NAN, 0.0].into_iter().fold(start, with);
        for claim in [
            draft().absolute(fold(larger, 0.0), 0.0, 1.0),
            draft().at_most(fold(larger, f64::NEG_INFINITY), 1.0),
            draft().at_least(fold(smaller, f64::INFINITY), -1.0),
        ] {
            assert!(!claim.holds(), "{claim:?}");
        }
        assert!(larger(f64::NAN, 0.0).is_nan() && smaller(f64::NAN, 0.0).is_nan());
        assert!(larger(0.0, f64::INFINITY).is_infinite() && smaller(0.0, f64::NEG_INFINITY).is_infinite());
        let words = draft().property("≤ 0", format!("{:.2e}", f64::NAN), false);
        assert_eq!(words.measured().to_string(), "undefined");
    }

    #[test]
    fn numbers_are_printed_to_be_compared() {
        let cases = [
            (0.0, "0"),
            (0.45, "0.45"),
            (-1.386_294_361_119_890_6, "−1.386294361"),
            (f64::INFINITY, "∞"),
            (5.102_308_263_076_177e-5, "5.102308263e-5"),
            (1.0e7, "1e7"),
            (123_456.0, "123456"),
            (100.0, "100"),
        ];
        for (x, text) in cases {
            assert_eq!(Quantity::Number(x).to_string(), text);
        }
    }
}
