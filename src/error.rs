//! The one error type of the library.
//!
//! An error means that the input was invalid or that the request is impossible. A solver that stopped early is not an
//! error: it says so in its [`Status`](crate::certificate::Status). Every variant carries the data a caller needs to
//! correct the call: the argument, the place, the value found, and what would have been accepted.

use std::fmt;

/// What can go wrong, with the data that says where and why.
///
/// `what` names the argument in the caller's words (`"p"`, `"weights of x"`, a file name).
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Fewer entries than the operation needs.
    #[error("{what} has {found} {unit}, at least {needed} needed")]
    TooFew {
        /// The argument.
        what: String,
        /// What is counted: `"samples"`, `"bins"`, `"columns"`.
        unit: &'static str,
        /// How many are needed.
        needed: usize,
        /// How many there are.
        found: usize,
    },
    /// More than the stated limit; found before the memory is taken.
    #[error("{what} has more than {most} {unit}, the limit")]
    TooMany {
        /// The argument or the file.
        what: String,
        /// What is counted: `"rows"`, `"numbers"`, `"bytes once unpacked"`.
        unit: &'static str,
        /// How many are allowed.
        most: u64,
    },
    /// NaN, or an infinity where only finite numbers make sense.
    #[error("{what} has {value} at {at}; every entry must be a finite number")]
    NotFinite {
        /// The argument.
        what: String,
        /// Where, counted from zero.
        at: Index,
        /// The value found.
        value: f64,
    },
    /// A mass, weight or variance below zero.
    #[error("{what} has the negative value {} at {at}; it must be zero or more", shown(*value))]
    Negative {
        /// The argument.
        what: String,
        /// Where, counted from zero.
        at: Index,
        /// The value found.
        value: f64,
    },
    /// Masses whose total is not what it must be.
    #[error("{what} sums to {}, expected {}; normalise it first if that is what you mean", shown(*total), shown(*expected))]
    NotNormalised {
        /// The argument.
        what: String,
        /// The total found.
        total: f64,
        /// The total that was expected.
        expected: f64,
    },
    /// Two arguments whose sizes must agree and do not.
    #[error("{left} has {left_size} {unit} but {right} has {right_size}; they must be equal")]
    SizeMismatch {
        /// The first argument.
        left: String,
        /// Its size.
        left_size: usize,
        /// The second argument.
        right: String,
        /// Its size.
        right_size: usize,
        /// What is counted: `"bins"`, `"columns"`, `"rows"`.
        unit: &'static str,
    },
    /// A parameter outside its domain.
    #[error("{what} = {} is outside its domain; expected {expected}", shown(*value))]
    OutOfDomain {
        /// The parameter.
        what: String,
        /// The value found.
        value: f64,
        /// The domain in words.
        expected: String,
    },
    /// A name that is not one of the known ones.
    #[error("unknown {what} `{}`; expected one of: {expected}", quoted(found))]
    UnknownName {
        /// What is being named: `"divergence"`, `"metric"`.
        what: &'static str,
        /// The name found.
        found: String,
        /// The known names.
        expected: String,
    },
    /// A matrix that must be positive definite and is not.
    #[error("{what} is not positive definite (pivot {pivot} of the Cholesky factorisation); {hint}")]
    NotPositiveDefinite {
        /// The matrix.
        what: String,
        /// The pivot at which the factorisation broke down, counted from zero.
        pivot: usize,
        /// What would help.
        hint: &'static str,
    },
    /// No solution exists.
    #[error("{what} is infeasible: {why}")]
    Infeasible {
        /// The problem.
        what: &'static str,
        /// Why there is no solution.
        why: String,
    },
    /// A result without the certificate that the caller insisted on
    /// (see [`Report::require_converged`](crate::certificate::Report::require_converged)).
    #[error("{what} stopped early ({status}) with residual {residual:.3e}; {hint}")]
    NotConverged {
        /// The computation.
        what: String,
        /// Why it stopped.
        status: crate::status::Status,
        /// How far from converged it was.
        residual: f64,
        /// What would help.
        hint: &'static str,
    },
    /// A file whose content is not what its format promises.
    #[error("{place}: {why}")]
    Parse {
        /// File, line and column.
        place: Place,
        /// What is wrong and what would be right, with the value found.
        why: String,
    },
    /// The operating system refused.
    #[error("cannot {action} {path}: {why}")]
    Io {
        /// What was attempted: `"read"`, `"write"`, `"create"`.
        action: &'static str,
        /// The path.
        path: String,
        /// The system's words.
        why: String,
    },
    /// Another error, and where its input came from.
    #[error("{context}: {cause}")]
    In {
        /// A file, an argument, a row.
        context: String,
        /// What was wrong there.
        cause: Box<Error>,
    },
    /// A combination that has no meaning or no implementation, with the reason.
    #[error("{what} is not available: {why}")]
    Unsupported {
        /// What was asked for.
        what: String,
        /// Why it cannot be had and what can.
        why: String,
    },
}

/// Constructors. `what` names the argument in the caller's words.
impl Error {
    /// [`Error::TooFew`]: there are `found` of the `unit`, and `needed` are needed.
    pub fn too_few(what: impl Into<String>, found: usize, needed: usize, unit: &'static str) -> Self {
        Self::TooFew { what: what.into(), unit, needed, found }
    }

    /// [`Error::TooMany`]: there are more than `most` of the `unit`.
    pub fn too_many(what: impl Into<String>, most: u64, unit: &'static str) -> Self {
        Self::TooMany { what: what.into(), unit, most }
    }

    /// [`Error::NotFinite`], at an entry `i` or a cell `(i, j)`.
    pub fn not_finite(what: impl Into<String>, at: impl Into<Index>, value: f64) -> Self {
        Self::NotFinite { what: what.into(), at: at.into(), value }
    }

    /// [`Error::Negative`], at an entry `i` or a cell `(i, j)`.
    pub fn negative(what: impl Into<String>, at: impl Into<Index>, value: f64) -> Self {
        Self::Negative { what: what.into(), at: at.into(), value }
    }

    /// [`Error::NotNormalised`].
    pub fn not_normalised(what: impl Into<String>, total: f64, expected: f64) -> Self {
        Self::NotNormalised { what: what.into(), total, expected }
    }

    /// [`Error::SizeMismatch`] between two arguments, each with its size.
    pub fn size_mismatch(
        (left, left_size): (impl Into<String>, usize),
        (right, right_size): (impl Into<String>, usize),
        unit: &'static str,
    ) -> Self {
        Self::SizeMismatch { left: left.into(), left_size, right: right.into(), right_size, unit }
    }

    /// [`Error::OutOfDomain`]; `expected` says in words what would be accepted.
    pub fn out_of_domain(what: impl Into<String>, value: f64, expected: impl Into<String>) -> Self {
        Self::OutOfDomain { what: what.into(), value, expected: expected.into() }
    }

    /// [`Error::UnknownName`]; `expected` lists the known ones.
    pub fn unknown_name(what: &'static str, found: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::UnknownName { what, found: found.into(), expected: expected.into() }
    }

    /// [`Error::NotPositiveDefinite`].
    pub fn not_positive_definite(what: impl Into<String>, pivot: usize, hint: &'static str) -> Self {
        Self::NotPositiveDefinite { what: what.into(), pivot, hint }
    }

    /// [`Error::Infeasible`].
    pub fn infeasible(what: &'static str, why: impl Into<String>) -> Self {
        Self::Infeasible { what, why: why.into() }
    }

    /// [`Error::Parse`].
    pub fn parse(place: Place, why: impl Into<String>) -> Self {
        Self::Parse { place, why: why.into() }
    }

    /// [`Error::Io`].
    pub fn io(action: &'static str, path: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Io { action, path: path.into(), why: why.into() }
    }

    /// [`Error::Unsupported`]; `why` says also what can be had.
    pub fn unsupported(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Unsupported { what: what.into(), why: why.into() }
    }

    /// The same error with the place its input came from: the name of a file, an option, a row. The caller who knows
    /// that place adds it.
    ///
    /// ```
    /// use fenchel::measure::Pmf;
    /// let error = Pmf::new([0.5, 0.6]).map_err(|error| error.context("p.csv")).unwrap_err();
    /// assert!(error.to_string().starts_with("p.csv: masses sums to 1.1"));
    /// assert!(matches!(error.cause(), fenchel::Error::NotNormalised { .. }));
    /// ```
    #[must_use]
    pub fn context(self, context: impl Into<String>) -> Self {
        Self::In { context: context.into(), cause: Box::new(self) }
    }

    /// The error itself, without the contexts it was given.
    #[must_use]
    pub fn cause(&self) -> &Self {
        match self {
            Self::In { cause, .. } => cause.cause(),
            error => error,
        }
    }
}

/// Characters of somebody else's text that a message shows.
const QUOTED: usize = 80;

/// A piece of a file or an argument as messages show it: at most 80 characters. Characters that cannot be printed, or
/// that would act on a terminal, are escaped.
///
/// ```
/// use fenchel::error::quoted;
/// assert_eq!(quoted("1.5 kg"), "1.5 kg");
/// assert_eq!(quoted("\u{1b}[2Jgone"), "\\u{1b}[2Jgone");
/// assert_eq!(quoted(&"9".repeat(1000)).chars().count(), 81);
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut shown = String::new();
    for (k, c) in text.chars().enumerate() {
        if k == QUOTED {
            shown.push('…');
            break;
        }
        match c {
            '\'' | '"' | '\\' => shown.push(c),
            _ => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// A number as messages show it: the shortest text that reads back to it, with an exponent in place of many zeros.
///
/// ```
/// use fenchel::error::shown;
/// assert_eq!([0.75, -3.0, 1e-308, 2.5e300].map(shown), ["0.75", "-3", "1e-308", "2.5e300"]);
/// ```
#[must_use]
pub fn shown(x: f64) -> String {
    // the texts of zero, infinities and NaN are short as they are
    if x.is_finite() && x != 0.0 && !(1e-6..1e16).contains(&x.abs()) { format!("{x:e}") } else { format!("{x}") }
}

/// The result of every fallible call in this library.
pub type Result<T> = std::result::Result<T, Error>;

/// A position in a vector (`index 3`) or a matrix (`row 3, column 1`), counted from zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// Entry of a vector.
    Entry(usize),
    /// Row and column of a matrix.
    Cell(usize, usize),
}

impl From<usize> for Index {
    fn from(i: usize) -> Self {
        Self::Entry(i)
    }
}

impl From<(usize, usize)> for Index {
    fn from((i, j): (usize, usize)) -> Self {
        Self::Cell(i, j)
    }
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Entry(i) => write!(f, "index {i} (counted from 0)"),
            Self::Cell(i, j) => write!(f, "row {i}, column {j} (counted from 0)"),
        }
    }
}

/// A position in a file; lines and columns are counted from one, as editors do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file's name as the caller gave it.
    pub file: String,
    /// Line, where the format has lines.
    pub line: Option<u64>,
    /// Column (field), where that is known.
    pub column: Option<u64>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file)?;
        if let Some(line) = self.line {
            write!(f, ", line {line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ", column {column}")?;
        }
        Ok(())
    }
}
